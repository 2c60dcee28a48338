#!/usr/bin/env bash
# What the program writes, and that it says what is wrong: status 2 for bad flags, 1 for a bad result.
set -euo pipefail
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset HOURGLASS_DATA_DIR
export XDG_CACHE_HOME=$folder/none
fail() { echo "$*" && exit 1; }

# expect STATUS TEXT flags…: that status, and the text in what is printed
expect() {
  local status=0 text=$2 wanted=$1
  shift 2
  "$program" --out "$folder/out" "$@" >"$folder/log" 2>&1 || status=$?
  [ "$status" = "$wanted" ] || { cat "$folder/log" && fail "$*: status $status, expected $wanted"; }
  grep -qF -- "$text" "$folder/log" || { cat "$folder/log" && fail "$*: no \"$text\" in the text"; }
}

expect 0 "strokes, the built-in digits, 320 images" --limit 320 --epochs 2
for file in reconstructions.png features.png history.csv curves.gp model.h5 metrics.json; do
  [ -s "$folder/out/$file" ] || fail "$file was not written"
done
for key in test_mse_per_pixel baseline_mean_mse_per_pixel baseline_pca_mse_per_pixel seconds_per_epoch peak_rss_mb \
  parameters weights_sha256 data seed threads reconstruction_sha256; do
  grep -q "^  \"$key\": " "$folder/out/metrics.json" || fail "metrics.json has no $key"
done
head -n 1 "$folder/out/history.csv" | grep -q '^epoch,loss,val_loss,seconds' || fail "history.csv begins otherwise"
[ "$(wc -l <"$folder/out/history.csv")" = 3 ] || fail "history.csv has not two epochs"

expect 0 "Epoch 1/1: 25/25 [==============================] - " --limit 800 --epochs 1 --hidden 32 --loss bce
bash "$(dirname "$0")/reached.sh" "$program" "$folder/out" || fail "a run that learned has not reached what it should"
expect 0 "this autoencoder" --limit 1000 --epochs 5 --batch 10 --learning-rate 1e-9
status=0; bash "$(dirname "$0")/reached.sh" "$program" "$folder/out" 2>"$folder/log" || status=$?
[ $status = 1 ] && grep -q "it was to be at most" "$folder/log" || fail "a run that learned nothing passes: status $status"
expect 2 "mnist: no train-images-idx3-ubyte" --data mnist
expect 2 "no train-images-idx3-ubyte (or .gz) found. Looked in:" --data "$folder"
expect 2 "of another form: encoder.0.bias" --limit 10 --latent 32 --load "$folder/out/model.h5"
expect 2 "File does not exist" --load "$folder/nothing.h5"
status=0; : >"$folder/file"; "$program" --out "$folder/file/inside" >"$folder/log" 2>&1 || status=$?
[ $status = 2 ] && grep -q "cannot make the folder" "$folder/log" || fail "--out below a file: status $status"
expect 2 'must be a whole number >= 0, got "-1"' --epochs -1
expect 2 'must be a whole number >= 0, got "99999999999999999999"' --epochs 99999999999999999999
expect 2 'must be a whole number >= 1, got "0"' --batch 0
expect 2 'must be a whole number 1 to 1024, got "0"' --threads 0
expect 2 'must be a whole number >= 0, got "-1"' --seed -1
expect 2 'must be a whole number >= 1, got "many"' --limit many
expect 2 'must be a number > 0, got "nan"' --learning-rate nan
expect 2 "not expected" --nonsense
expect 0 "--learning-rate" --help
