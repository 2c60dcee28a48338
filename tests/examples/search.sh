#!/usr/bin/env bash
# 22_search: what it reaches on its own table, that the grid has 24 trials, that neither threads nor kill -9 in
# the middle of it change a bit, that a file of another search is refused, and that it takes any CSV file.
#
#     search.sh PROGRAM FOLDER
set -euo pipefail
program=$1 folder=$2
rm -rf "$folder"
mkdir -p "$folder"
fail() { echo "$*" && exit 1; }
figure() { sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$folder/$2/metrics.json"; }
# The table without its column of seconds, the last but one.
table() { cut -d, -f1-9 "$folder/$1/trials.csv"; }

"$program" --out "$folder/two" --threads 2 >"$folder/log"
[ "$(figure parameters two)" = 27 ] || fail "5-2-5 has $(figure parameters two) parameters"
awk "BEGIN { exit !($(figure test_mse two) <= 0.060 && $(figure test_mse two) < $(figure baseline_mean_mse two)) }" ||
  fail "test MSE $(figure test_mse two), mean row $(figure baseline_mean_mse two)"
grep -q "no structure to learn" "$folder/log" || fail "it does not say that there is no structure"
[ "$(table two | wc -l)" = 25 ] || fail "$(table two | wc -l) lines of trials"
for file in trials.csv trials.gp search.h5 model.h5; do
  [ -s "$folder/two/$file" ] || fail "there is no $file"
done

"$program" --out "$folder/one" --threads 1 >/dev/null
cmp <(table one) <(table two) || fail "other trials with one thread"
[ "$(figure best_weights_sha256 one)" = "$(figure best_weights_sha256 two)" ] || fail "another model with one thread"

# Killed when it has done some of the trials, and again.
for trials in 3 12; do
  "$program" --out "$folder/killed" --resume --threads 2 >"$folder/log" &
  child=$!
  for ((i = 0; i < 6000; ++i)); do
    [ "$(grep -c '^Trial ' "$folder/log")" -lt $trials ] || break
    kill -0 $child 2>/dev/null || break
    sleep 0.01
  done
  kill -KILL $child 2>/dev/null || true
  wait $child 2>/dev/null || true
  [ ! -e "$folder/killed/metrics.json" ] || fail "it had ended before it was killed"
done
"$program" --out "$folder/killed" --resume --threads 2 >"$folder/log"
[ "$(grep -c '^Trial ' "$folder/log")" -lt 24 ] || fail "all trials were run again"
cmp <(table killed) <(table two) || fail "other trials after it was killed"
[ "$(figure best_weights_sha256 killed)" = "$(figure best_weights_sha256 two)" ] || fail "another model after it was killed"

status=0
"$program" --out "$folder/killed" --resume --seed 2 >"$folder/log" 2>&1 || status=$?
[ "$status" = 2 ] && grep -q "holds another search" "$folder/log" || fail "another seed: status $status"

# Names, numbers with holes, and a column that follows from another.
awk 'BEGIN { srand(1); print "name,size,double,town,id"; for (i = 0; i < 80; ++i) { a = rand();
  print "n" i % 4 "," (i % 9 == 0 ? "" : a) "," 2 * a "," (i % 3 ? "Bonn" : "Kiel") ",#" i } }' >"$folder/any.csv"
"$program" "$folder/any.csv" --method tpe --trials 10 --median --axis code=1..3 \
  --axis learning_rate=1e-3..1e-1:log --axis epochs=5..20 --out "$folder/any" >"$folder/log"
grep -q '"id" has 80 texts in 80 rows; it is left out' "$folder/log" || fail "a column of names is taken"
grep -q "the other columns explain" "$folder/log" || fail "no structure in a table that has some"
[ "$(wc -l <"$folder/any/trials.csv")" = 11 ] || fail "not 10 trials"
status=0
"$program" "$folder/any.csv" --axis width=1,2 --out "$folder/none" >"$folder/log" 2>&1 || status=$?
[ "$status" = 2 ] && grep -q "there is no option width; there are: code, batch" "$folder/log" ||
  fail "an axis that is none: status $status"
