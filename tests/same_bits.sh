#!/usr/bin/env bash
# The same weights, bit for bit, for any number of threads, on a second run and, where the processor has both,
# with AVX2 and AVX-512; a second process reconstructs the same bits.
set -euo pipefail
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
field() { grep -o "\"$2\": \"[0-9a-f]*\"" "$1/metrics.json"; }
runs=(1 2 3 4 2)
if grep -q avx512vl /proc/cpuinfo 2>/dev/null && [ -z "${HOURGLASS_INSTRUCTIONS:-}" ]; then runs+=("2 avx2"); fi
for run in "${runs[@]}"; do
  read -r threads set <<<"$run"
  HOURGLASS_INSTRUCTIONS=${set:-${HOURGLASS_INSTRUCTIONS:-}} "$program" --data strokes --limit 2000 --epochs 2 --threads $threads --out "$folder/t" >/dev/null
  now=$(field "$folder/t" weights_sha256)
  if [ "$now" != "${first:=$now}" ]; then
    echo "with $threads threads ${set:+and $set }the weights differ: $now, not $first"
    exit 1
  fi
done
"$program" --data strokes --limit 2000 --load "$folder/t/model.h5" --out "$folder/loaded" >/dev/null
for name in weights_sha256 reconstruction_sha256; do
  [ "$(field "$folder/t" $name)" = "$(field "$folder/loaded" $name)" ] || { echo "loaded: $name differs"; exit 1; }
done
echo "the same bits: $first"
