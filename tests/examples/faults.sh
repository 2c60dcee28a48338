#!/usr/bin/env bash
# What the examples do when something is wrong: status 2, a text that says what, and nothing half-made.
#
#     faults.sh FOLDER      with the programs
set -euo pipefail
programs=$1
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
unset HOURGLASS_DATA_DIR
export XDG_CACHE_HOME=$folder/none
fail() { echo "$*" && exit 1; }

# expect STATUS TEXT command…: that status, and the text in what is printed
expect() {
  local status=0 wanted=$1 text=$2
  shift 2
  "$@" >"$folder/log" 2>&1 || status=$?
  [ "$status" = "$wanted" ] || { cat "$folder/log" && fail "$*: status $status, expected $wanted"; }
  grep -qF -- "$text" "$folder/log" || { cat "$folder/log" && fail "$*: no \"$text\" in the text"; }
}
full() { "$@" >/dev/full; }
# No file may grow beyond 8 KB: what a full disk does to a write.
small_disk() { (trap '' XFSZ && ulimit -f 8 && "$@"); }

for program in 01_tensors 02_gradients 03_linear_regression; do
  expect 2 "was not expected: --epochs" "$programs/$program" --epochs
  expect 2 "not expected" "$programs/$program" more
  expect 0 "--help" "$programs/$program" --help
  expect 2 "standard output: cannot write: No space left on device" full "$programs/$program"
done
short=(--data strokes --limit 100 --epochs 1 --out "$folder/out")
for program in "$programs"/1[0-9]_*; do
  [ -x "$program" ] && [ -f "$program" ] || continue
  expect 2 "no train-images-idx3-ubyte" "$program" --data "$folder/nowhere" --out "$folder/new/out"
  expect 2 "No such file or directory" "$program" --data strokes --limit 100 --out /proc/nowhere
  expect 2 "standard output: cannot write: No space left on device" full "$program" --help
  expect 2 "standard output: cannot write: No space left on device" full "$program" "${short[@]}"
  expect 2 "not expected" "$program" --nonsense
  [ ! -e "$folder/new" ] || fail "$program: a folder was made for data that are not there"
  [ ! -e "$folder/out" ] || fail "$program: a folder was made, though nothing could be printed"
  echo "no model" >"$folder/no.h5"
  expect 2 "$folder/no.h5" "$program" --data strokes --limit 100 --load "$folder/no.h5" --out "$folder/new/out"
  [ ! -e "$folder/new" ] || fail "$program: a folder was made for a model that cannot be read"

  expect 2 "$folder/out/" small_disk "$program" "${short[@]}"
  rm -rf "$folder/out"
  mkdir "$folder/out" && echo "kept" >"$folder/out/model.h5" && chmod 444 "$folder/out/model.h5"
  expect 2 "model.h5 is there and cannot be written" "$program" "${short[@]}"
  ! grep -q "Epoch 1" "$folder/log" || fail "$program: trained, though the model could not be saved"
  [ "$(cat "$folder/out/model.h5")" = kept ] || fail "$program: replaced a read-only model"
  rm -rf "$folder/out"
done
expect 2 "topk keeps a whole number of units from 1 to 64, got 2.5" "$programs/12_sparse_autoencoder" "${short[@]}" \
  --latent 64 --penalty topk --strength 2.5
expect 2 "got 65" "$programs/12_sparse_autoencoder" "${short[@]}" --latent 64 --penalty topk --strength 65
[ ! -e "$folder/out" ] || fail "a folder was made for a strength that cannot be"
echo "every fault was named"
