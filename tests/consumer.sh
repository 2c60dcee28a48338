#!/usr/bin/env bash
# An outside project of two files uses the installed package.
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
cmake -S "$here/consumer" -B "$folder/build" -G Ninja -DCMAKE_PREFIX_PATH="$folder/prefix" >/dev/null
start=$(date +%s.%N)
cmake --build "$folder/build" >/dev/null
echo "the outside project was built in $(echo "$(date +%s.%N) - $start" | bc 2>/dev/null || echo '?') s"
"$folder/build/consumer"
