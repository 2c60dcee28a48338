#!/usr/bin/env bash
# 21_anomaly on its own table: what it reaches, that the file's detector scores another file with its columns
# in another order alike, and that the bits do not depend on threads.
#
#     anomaly.sh PROGRAM FOLDER
set -euo pipefail
program=$1 folder=$2
rm -rf "$folder"
mkdir -p "$folder"
fail() { echo "$*" && exit 1; }
figure() { sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$folder/out/metrics.json"; }

"$program" --out "$folder/out" --threads 2 >"$folder/log"
for name in auc average_precision precision_at_n f1 threshold auc_mean_row auc_pca auc_nearest_neighbours \
  seconds; do
  [ -n "$(figure $name)" ] || fail "metrics.json has no $name"
done
awk "BEGIN { exit !($(figure auc) > 0.9 && $(figure auc) > $(figure auc_mean_row)) }" ||
  fail "AUC $(figure auc), mean row $(figure auc_mean_row)"
grep -q "was expected" "$folder/log" || fail "no row is explained"
for file in detector.h5 scores.csv scores_histogram.gp roc.gp precision_recall.gp columns.gp; do
  [ -s "$folder/out/$file" ] || fail "there is no $file"
done
"$program" --out "$folder/again" --threads 1 >/dev/null
cmp "$folder/out/scores.csv" "$folder/again/scores.csv" || fail "other scores with one thread"

# A table of two columns, and the same with its columns the other way round.
awk 'BEGIN { srand(1); print "a,b"; for (i = 0; i < 300; ++i) { a = rand(); print a "," 2 * a + 0.1 * rand() } }' \
  >"$folder/ab.csv"
awk -F, '{ print $2 "," $1 }' "$folder/ab.csv" >"$folder/ba.csv"
"$program" "$folder/ab.csv" --score "$folder/ba.csv" --out "$folder/ab" >/dev/null
cmp "$folder/ab/scores.csv" "$folder/ab/scores_of_other.csv" || fail "the order of the columns matters"

status=0
"$program" "$folder/ab.csv" --label c --out "$folder/none" >"$folder/log" 2>&1 || status=$?
[ "$status" = 2 ] && grep -q '"c"' "$folder/log" || fail "a label that is not there: status $status"
[ ! -e "$folder/none" ] || fail "a folder was made for nothing"
