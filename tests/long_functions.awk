# Functions of more than `most` lines in C++ sources, counted by their braces:
#   awk -v most=60 -f long_functions.awk FILE…
# Code is taken without comments, texts and preprocessor lines. A brace opens a function if something in
# parentheses stands before it and no namespace, class or enum does; what is inside one is not looked at. A
# function that only returns a table, `return {` first, may be long.
FNR == 1 { depth = 0; inside = 0; header = ""; raw = 0; macro = 0 }
{
  line = $0
  if (macro || line ~ /^[ \t]*#/) { macro = line ~ /\\$/; next }
  if (raw) {
    end = index(line, ")\"")
    if (!end) next
    line = substr(line, end + 2)
    raw = 0
  }
  gsub(/\\./, "", line)
  while ((at = index(line, "R\"(")) > 0) {
    rest = substr(line, at + 3)
    end = index(rest, ")\"")
    if (!end) { raw = 1; line = substr(line, 1, at - 1) } else line = substr(line, 1, at - 1) substr(rest, end + 2)
  }
  gsub(/"[^"]*"/, "\"\"", line)
  gsub(/'[^']'/, "0", line)
  gsub(/\/\*[^*]*\*\//, "", line)
  sub(/\/\/.*/, "", line)
  if (header ~ /^[ \t]*$/) first = FNR
  n = length(line)
  for (i = 1; i <= n; ++i) {
    c = substr(line, i, 1)
    if (c == "{") {
      ++depth
      if (!inside && opens_function(header)) { inside = depth; start = first; table = 0; statements = "" }
      else if (!inside) header = ""
    } else if (c == "}") {
      if (inside == depth) {
        lines = FNR - start + 1
        if (lines > most && statements !~ /^[ \t]*return *{/) print FILENAME ":" start ": a function of " lines " lines; " most " at most"
        inside = 0
      }
      --depth
      if (!inside) { header = ""; first = FNR }
    } else if (!inside) {
      if (c == ";") { header = ""; first = FNR } else {
        if (header ~ /^[ \t]*$/) first = FNR
        header = header c
      }
    }
    if (inside && (depth > inside || c != "{") && length(statements) < 20) statements = statements c
  }
  if (!inside) header = header " "
}
function opens_function(text,   i, c, open) {
  sub(/^[ \t]+/, "", text)
  while (text ~ /^template *</) {
    open = 0
    for (i = index(text, "<"); i <= length(text); ++i) {
      c = substr(text, i, 1)
      if (c == "<") ++open
      if (c == ">" && --open == 0) break
    }
    text = substr(text, i + 1)
    sub(/^[ \t]+/, "", text)
  }
  sub(/^inline /, "", text)
  return index(text, "(") > 0 && text !~ /^(namespace|class|struct|enum|union|extern)[^A-Za-z_]/
}
