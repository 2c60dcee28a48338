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
  cmake --build build/release --target "$@" | { grep -E '(error|warning):|FAILED' || true; }
}

if [ $# -gt 0 ]; then
  program=$1
  shift
  if [ ! -f "examples/$program.cpp" ]; then
    echo "There is no example \"$program\". There are:" >&2
    for f in examples/[0-9]*.cpp; do echo "  $(basename "$f" .cpp)" >&2; done
    exit 2
  fi
  build "$program"
  case " $program $* " in
    *" --out "* | *" --out="* | *" 0"*) exec "build/release/examples/$program" "$@" ;;
    *) exec "build/release/examples/$program" --out "out/$program" "$@" ;;
  esac
fi

trap 'exit 130' INT # Ctrl-C ends the program that trains, in order, and then this
echo "Building (a minute or two the first time) ..."
programs=()
for f in examples/[0-9]*.cpp; do programs+=("$(basename "$f" .cpp)"); done
build "${programs[@]}"
failed=()
for program in "${programs[@]}"; do
  printf '\n=== %s ===\n' "$program"
  case $program in
    0*) "build/release/examples/$program" || failed+=("$program") ;;
    2*) "build/release/examples/$program" --out "out/$program" || failed+=("$program") ;;
    *)
      budget=()
      case $program in 11* | 14*) budget=(--limit 30000) ;; 12* | 13*) budget=(--limit 20000) ;; esac
      "build/release/examples/$program" --out "out/$program" "${budget[@]}" &&
        bash tests/examples/reached.sh "$program" "out/$program" || failed+=("$program")
      ;;
  esac
done

# A figure of a program's metrics.json.
figure() { sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$2"; }
row='%-28s %10s %6s %10s %10s %10s %9s  %s\n'
printf "\n$row" "" parameters code "test MSE" "mean image" "PCA" "seconds" pictures
for program in "${programs[@]}"; do
  file=out/$program/metrics.json
  case $program in 0* | 15* | 2*) continue ;; esac
  [ -f "$file" ] || continue
  printf "$row" "$program" "$(figure parameters "$file")" "$(figure code_size "$file")" \
    "$(figure test_mse_per_pixel "$file")" "$(figure baseline_mean_mse_per_pixel "$file")" \
    "$(figure baseline_pca_mse_per_pixel "$file")" "$(figure seconds_in_all "$file")" "out/$program"
done
printf 'MSE per pixel on the test images of %s; PCA with as many components as the code has numbers\n' \
  "$(figure data "out/10_basic_autoencoder/metrics.json")"
[ ${#failed[@]} -eq 0 ] || { echo "Worse than stated: ${failed[*]}" && exit 1; }
