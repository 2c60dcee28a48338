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
cmake --build "$folder/build" >"$folder/build.log" || { cat "$folder/build.log" && exit 1; }
echo "the outside project was built in $(($(date +%s) - start)) s"

status=0 programs=()
for source in "$here"/consumer/*.cpp; do
  program=$(basename "$source" .cpp)
  if [ "$(wc -l <"$source")" -gt 60 ]; then echo "$program has more than 60 lines" && status=1; fi
  if grep -q "detail::" "$source"; then echo "$program uses what is not public" && status=1; fi
  [ "$program" = export_onnx ] && [ ! -e "$folder/build/$program" ] && continue # no libonnx
  [ "$program" = load_elsewhere ] || programs+=("$program")
done
# run PROGRAM FILE: FILE is where some of them leave a model
run() {
  local start status=0
  start=$(date +%s%N)
  "$folder/build/$1" "$2" >"$folder/$1.log" 2>&1 || status=$?
  printf '%s, status %d, %d ms: %s\n' "$1" $status $((($(date +%s%N) - start) / 1000000)) "$(tail -n 1 "$folder/$1.log")"
  return $status
}
export -f run
export folder HOURGLASS_NUM_THREADS=1 # the networks are small: rather several programs at once than threads for one
printf '%s\n' "${programs[@]}" | xargs -P "$(nproc)" -I{} bash -c "run {} $folder/{}.h5" || status=1
run load_elsewhere "$folder/stacked_denoising.h5" || status=1
exit $status
