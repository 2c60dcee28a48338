#!/usr/bin/env bash
# An outside project uses the installed package: programs of at most 60 lines, each of which checks its own
# result.
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cmake --install "$build" --prefix "$folder/prefix" >/dev/null
if find "$folder/prefix" -type f \( -path '*/kernels/*' -o -path '*/internal/*' \) | grep .; then
  echo "these are the library's own and must not be installed"
  exit 1
fi
cmake -S "$here/consumer" -B "$folder/build" -G Ninja -DCMAKE_PREFIX_PATH="$folder/prefix" -DCMAKE_CXX_FLAGS=-O1 >/dev/null
start=$(date +%s)
cmake --build "$folder/build" >/dev/null
echo "the outside project was built in $(($(date +%s) - start)) s"
status=0
run() { "$folder/build/$1" "${@:2}" || { echo "$1: status $?" && status=1; }; }
for source in "$here"/consumer/*.cpp; do
  program=$(basename "$source" .cpp)
  if [ "$(wc -l <"$source")" -gt 60 ]; then echo "$program has more than 60 lines" && status=1; fi
  if grep -q "detail::" "$source"; then echo "$program uses what is not public" && status=1; fi
  case $program in load_elsewhere | stacked_denoising) ;; *) run "$program" ;; esac
done
run stacked_denoising "$folder/classifier.h5" && run load_elsewhere "$folder/classifier.h5"
exit $status
