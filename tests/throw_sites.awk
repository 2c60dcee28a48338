# Each throw of an error with a text, on one line: file:line: throw …;  (rethrows and comments aside)
FNR == 1 { inside = 0 }
!inside && /(^|[^[:alnum:]_])throw [[:alnum:]:_]/ && !/\/\/.*throw/ {
  inside = 1
  statement = FILENAME ":" FNR ": "
  sub(/.*throw /, "throw ")
}
inside {
  sub(/^ +/, "")
  statement = statement $0 " "
  if (/; *}? *$/) { inside = 0; gsub(/" "/, "", statement); print statement }
}
