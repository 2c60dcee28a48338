#!/usr/bin/env bash
# Builds and runs the example programs, installing what is missing.
#
#   bash examples/run.sh                                    all of them, with small budgets
#   bash examples/run.sh 10_basic_autoencoder --epochs 7    one of them, with its flags
set -euo pipefail
cd "$(dirname "$0")/.."
source cmake/packages.sh
need_packages build

build() {
  cmake --preset release -DHOURGLASS_TESTS=OFF -DHOURGLASS_BENCH=OFF >/dev/null
  cmake --build build/release --target "$@" | { grep -E 'error|warning|FAILED' || true; }
}

if [ $# -gt 0 ]; then
  program=$1
  shift
  if [ ! -f "examples/$program.cpp" ]; then
    echo "There is no example \"$program\". There are:" >&2
    for f in examples/*.cpp; do echo "  $(basename "$f" .cpp)" >&2; done
    exit 2
  fi
  build "$program"
  case " $program $* " in
    *" --out "* | *" --out="* | *" 0"*) exec "build/release/examples/$program" "$@" ;;
    *) exec "build/release/examples/$program" --out "out/$program" "$@" ;;
  esac
fi

echo "Building (a minute or two the first time) ..."
programs=()
for f in examples/*.cpp; do programs+=("$(basename "$f" .cpp)"); done
build "${programs[@]}"
for program in "${programs[@]}"; do
  printf '\n=== %s ===\n' "$program"
  case $program in
    0*) "build/release/examples/$program" ;;
    *) "build/release/examples/$program" --out "out/$program" ;;
  esac
done
printf '\nPictures, models and figures are in %s/out\n' "$PWD"
