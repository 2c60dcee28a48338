#!/usr/bin/env bash
# clang-tidy over every source file of the build, with the checks of .clang-tidy. Fails if there is a finding.
#
#   bash tests/tidy.sh [files…]      (some ten minutes for all)
set -euo pipefail
cd "$(dirname "$0")/.."
cmake -S . -B build/tidy -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
  -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DHOURGLASS_TESTS=ON -DHOURGLASS_BENCH=ON >/dev/null
if [ $# -eq 0 ]; then
  mapfile -t files < <(git ls-files '*.cpp' | grep -Fxf <(sed -n "s|^ *\"file\": \"$PWD/\(.*\)\",*$|\1|p" build/tidy/compile_commands.json))
  set -- "${files[@]}"
fi
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 clang-tidy -p build/tidy --quiet
