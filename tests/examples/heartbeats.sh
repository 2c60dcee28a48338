#!/usr/bin/env bash
# 24_heartbeats on beats that are drawn, with a small budget: what it reaches, that steps are named, and that
# the bits do not depend on threads.
#
#     heartbeats.sh PROGRAM FOLDER
set -euo pipefail
program=$1 folder=$2
rm -rf "$folder"
mkdir -p "$folder"
fail() { echo "$*" && exit 1; }
figure() { sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$folder/out/metrics.json"; }
budget=(drawn --units 16 --batch 8 --epochs 120 --seed 1)

"$program" "${budget[@]}" --out "$folder/out" --threads 2 >"$folder/log"
for name in auc train_mse auc_mean_beat auc_pca_2 accuracy_best_threshold accuracy_mean_plus_2_sigma seconds; do
  [ -n "$(figure $name)" ] || fail "metrics.json has no $name"
done
awk "BEGIN { exit !($(figure auc) > 0.85 && $(figure train_mse) < 0.5) }" ||
  fail "AUC $(figure auc), error $(figure train_mse)"  # a beat has a mean square of 1
grep -q "was expected" "$folder/log" || fail "no step is explained"
for file in beats.png detector.h5 scores.csv scores_histogram.gp roc.gp; do
  [ -s "$folder/out/$file" ] || fail "there is no $file"
done
"$program" "${budget[@]}" --out "$folder/again" --threads 1 >/dev/null
cmp "$folder/out/scores.csv" "$folder/again/scores.csv" || fail "other scores with one thread"

status=0
"$program" "$folder/none.csv" --out "$folder/none" >"$folder/log" 2>&1 || status=$?
[ "$status" != 0 ] && grep -q "none.csv" "$folder/log" || fail "a file that is not there: status $status"
