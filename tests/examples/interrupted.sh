#!/usr/bin/env bash
# A training program that Ctrl-C, SIGTERM or SIGKILL ends leaves a model, and goes on with --resume to the
# same bits.
#
#     interrupted.sh PROGRAM flags…
set -euo pipefail
program=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
flags=(--data strokes "$@")
fail() { echo "$(basename "$program"): $*" && exit 1; }
figure() { sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$2/metrics.json"; }
epochs() { cut -d , -f 1-3 "$1/history.csv"; } # without the seconds

# same FOLDER EPOCHS: the run in the folder goes on to so many epochs, and ends as one that never stopped
same() {
  "$program" "${flags[@]}" --epochs "$2" --out "$folder/whole" >/dev/null
  "$program" "${flags[@]}" --epochs "$2" --out "$1" --resume >/dev/null
  for name in weights_sha256 epochs test_mse_per_pixel; do
    [ "$(figure $name "$folder/whole")" = "$(figure $name "$1")" ] || fail "$(basename "$1"), resumed: $name differs"
  done
  [ "$(epochs "$folder/whole")" = "$(epochs "$1")" ] || fail "$(basename "$1"), resumed: the history differs"
}

for signal in INT TERM KILL; do
  out=$folder/$signal status=0
  : >"$folder/log"
  # One that was started in the background ignores SIGINT; env gives it back what it would have from a
  # terminal.
  env --default-signal=INT "$program" "${flags[@]}" --epochs 400 --out "$out" >"$folder/log" 2>&1 &
  for ((i = 0; i < 600; ++i)); do
    if [ -s "$out/model.h5" ] && grep -q "^Epoch 1/" "$folder/log"; then break; fi
    sleep 0.1
  done
  kill -"$signal" $! && wait $! 2>/dev/null || status=$?
  [ -s "$out/model.h5" ] || fail "$signal left no model: $(cat "$folder/log")"
  if [ $signal != KILL ]; then
    [ $status = 130 ] || fail "$signal: status $status, expected 130: $(cat "$folder/log")"
    for file in history.csv curves.gp metrics.json; do [ -s "$out/$file" ] || fail "$signal left no $file"; done
    grep -q -- "--resume goes on" "$folder/log" || fail "$signal: nothing is said of --resume"
  fi
done

"$program" "${flags[@]}" --epochs 2 --out "$folder/part" >/dev/null
same "$folder/part" 4
same "$folder/INT" $(($(wc -l <"$folder/INT/history.csv") + 1))
echo "$(basename "$program"): interrupted and resumed to the same bits"
