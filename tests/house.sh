#!/usr/bin/env bash
# The order of the house:
#   includes go along the arrows; tensor/base and tensor/kernels know nothing above them, and no kernel
#   knows a Tensor;
#   kernel headers are seen by tensor's sources and by tests, never by an installed header; the loops that
#   are compiled for several processors stand among the kernels;
#   each folder's header includes all of its headers, each folder has a README;
#   no file grows beyond 400 lines, no function beyond 60;
#   errors say what to try; no line of a document is longer than 110 columns.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/..}"
libraries=(tensor autograd nn optim files data training autoencoders anomaly onnx)
hinted=("${libraries[@]}" app)
declare -A sees=(
  [tensor]="tensor" [autograd]="autograd tensor" [nn]="nn autograd tensor" [optim]="optim autograd tensor"
  [data]="data tensor"
  [files]="files nn optim autograd tensor"
  [training]="training files nn optim data autograd tensor"
  [autoencoders]="autoencoders training files nn optim data autograd tensor"
  [anomaly]="anomaly autoencoders training files nn optim data autograd tensor"
  [onnx]="onnx autoencoders training files nn optim data autograd tensor"
  [app]="app anomaly onnx autoencoders training files nn optim data autograd tensor"
  [tensor/base]="tensor/base" [tensor/kernels]="tensor/kernels tensor/base"
  [autograd/fast]="autograd/fast autograd/[a-z_]*.h tensor")
status=0
complain() { echo "$1" && status=1; }
sources() { find "$@" \( -name '*.h' -o -name '*.cpp' \) -not -path '*/build/*'; }
includes() { grep -oE '^ *#include <hourglass/[^>]+' "$@" | sed 's/#include <hourglass\///' || true; }
# Headers that are installed: all but kernels and what only the library's own sources include.
installed() { find "$@" -name '*.h' -not -path '*/kernels/*' -not -path '*/internal/*'; }

for folder in "${!sees[@]}"; do
  [ -d "$folder" ] || continue
  allowed=$(sed -E 's/ /|/g; s/[^|]+/&/g' <<<"${sees[$folder]}")
  while IFS=: read -r file target; do
    [ -z "$file" ] || complain "$file includes $target, against the arrows"
  done < <(includes -H $(sources "$folder") /dev/null |
    grep -vE ":(($allowed)(/|$)|$(sed 's/.*\///' <<<"$folder")\.h$)" || true)
done
while IFS=: read -r file target; do
  [ -z "$file" ] || complain "$file includes $target; the core of autograd knows no fast path"
done < <(includes -H autograd/*.h autograd/*.cpp | grep ':autograd/fast/' || true)

while read -r file; do
  complain "$file names a Tensor; kernels know raw memory and extents"
done < <(for f in $(sources tensor/kernels); do
  sed 's/\/\/.*//' "$f" | grep -qw 'Tensor' && echo "$f" || true
done)
while IFS=: read -r file target; do
  [ -z "$file" ] || complain "$file is installed and includes $target, which is not"
done < <(includes -H $(installed "${libraries[@]}") ./*.h | grep -E ':.*/(kernels|internal)/' || true)
others=(); for l in "${libraries[@]}"; do [ "$l" = tensor ] || others+=("$l"); done
while IFS=: read -r file target; do
  [ -z "$file" ] || complain "$file includes $target; kernels are for tensor/ alone"
done < <(includes -H $(sources "${others[@]}" examples) | grep ':tensor/kernels/' || true)
for pattern in kernels internal; do
  grep -q "PATTERN $pattern EXCLUDE" CMakeLists.txt || complain "CMakeLists.txt installs the folders $pattern"
done
while read -r file; do
  complain "$file has a loop compiled for several processors; it belongs into tensor/kernels"
done < <(grep -l 'dispatch(' -r tensor/ops --include='*.h' --include='*.cpp' || true)

for library in "${libraries[@]}"; do
  seen=" $library.h " next="$library.h"
  while [ -n "$next" ]; do
    found=$(includes -h $next | tr -d ' ' | sort -u | grep "^$library/" || true) next=""
    for header in $found; do
      case "$seen" in *" $header "*) ;; *) seen+="$header " next+="$header " ;; esac
    done
  done
  for header in $(installed "$library"); do
    case "$seen" in *" $header "*) ;; *) complain "$library.h does not include $header" ;; esac
  done
done
for folder in "${libraries[@]}" tensor/base tensor/kernels tensor/kernels/product tensor/kernels/conv tensor/ops \
  autograd/ops autograd/fast nn/layers nn/losses app app/service app/page; do
  [ -d "$folder" ] || continue
  [ -f "$folder/README.md" ] || { complain "$folder has no README.md" && continue; }
  for named in $(grep -oE '`[a-z_/0-9]+\.(h|cpp|md)`' "$folder/README.md" | tr -d '`'); do
    [ -f "$folder/$named" ] || [ -f "$named" ] || complain "$folder/README.md names $named, which is not there"
  done
done

# What to try stands after the facts: "; …", a question at the end, or a line of its own.
nothing_to_try='bad_alloc|advice\(|e\.message\(\)'  # no memory; `advice` makes the hint; another's text has it
while read -r site; do
  [ -z "$site" ] || complain "$site does not say what to try"
done < <(sources "${hinted[@]}" | xargs awk -f "$here/throw_sites.awk" |
  grep -vE '; [^ ]|\?"|\\n[a-z]' | grep -vE "$nothing_to_try" || true)

while read -r lines file; do
  [ "$lines" -le 400 ] || complain "$file has $lines lines; it wants to be two"
done < <(sources "${libraries[@]}" app examples bench tests | xargs wc -l | grep -v ' total$')
while read -r line; do
  [ -z "$line" ] || complain "$line"
done < <(sources "${libraries[@]}" app examples bench tests | xargs awk -v most=60 -f "$here/long_functions.awk")
while read -r line; do
  [ -z "$line" ] || complain "$line"
done < <(find . -path ./build -prune -o -name '*.md' -print | LC_ALL=C sort | LC_ALL=C xargs awk '{
  gsub(/[\200-\277]/, "")  # bytes that continue a character
  if (length($0) > 110) print substr(FILENAME, 3) ":" FNR ": " length($0) " columns; 110 at most"
}')
exit $status
