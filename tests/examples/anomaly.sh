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

# The same as others write it: byte order mark, semicolons, \r\n, quotes, numbers of the rows.
awk -F, 'NR == 1 { printf "\xef\xbb\xbf"; print "id;\"a\";\"b\"\r"; next } { print NR ";\"" $1 "\";" $2 "\r" }' \
  "$folder/ab.csv" >"$folder/other.csv"
"$program" "$folder/other.csv" --out "$folder/other" >"$folder/log"
grep -q '"id" is left out: it numbers the rows' "$folder/log" || fail "the numbers of the rows were learnt from"
cmp "$folder/ab/scores.csv" "$folder/other/scores.csv" || fail "the same table is scored otherwise"

# Labels as texts, names, a category that comes later, holes, a constant column.
awk 'BEGIN { srand(2); print "name,a,b,kind,same,empty,fault"
  for (i = 0; i < 200; ++i) { a = rand(); odd = i % 20 == 7
    print "row " i "," (i % 9 == 4 ? "" : a) "," (odd ? 2.5 - 2 * a : 2 * a) "," (i == 190 ? "new" : "x") ",7,," \
      (odd ? "yes" : "no") } }' >"$folder/texts.csv"
"$program" "$folder/texts.csv" --label fault --out "$folder/texts" >"$folder/log"
for text in "190 rows with fault no" '"name" is left out: it has' '"empty" is left out: it has no entry' \
  '"same" holds one value' '"new" is in none of the rows'; do
  grep -q "$text" "$folder/log" || { cat "$folder/log" && fail "does not say: $text"; }
done

# What is wrong: status 2, a line that says what, and no folder.
# expect TEXT flags…
expect() {
  local status=0 text=$1
  shift
  "$program" "$@" --out "$folder/none" >"$folder/log" 2>&1 || status=$?
  [ "$status" = 2 ] && grep -qF -- "$text" "$folder/log" || { cat "$folder/log" && fail "$*: status $status, no $text"; }
  [ "$(grep -cF -- "$text" "$folder/log")" = 1 ] || fail "$*: said twice"
  [ ! -e "$folder/none" ] || fail "$*: a folder was made for nothing"
}
printf 'a,b,l\n1,2,1\n2,3,1\n3,4,1\n' >"$folder/alike.csv"
printf 'a,b,l\n1,2,0\n2,3,\n3,4,1\n' >"$folder/hole.csv"
printf 'a,b\n1,2\n3\n' >"$folder/ragged.csv"
printf 'a,b\n' >"$folder/header.csv"
: >"$folder/empty.csv"
printf 'a,b\n1,2\nx,3\n' >"$folder/words.csv"
expect 'no column "c"' "$folder/ab.csv" --label c
expect "File does not exist" "$folder/nowhere.csv"
expect "is empty" "$folder/empty.csv"
expect "rows to learn from" "$folder/header.csv"
expect "line 3, column 1" "$folder/ragged.csv"
expect "all rows have the same l" "$folder/alike.csv" --label l
expect 'line 3 of' "$folder/hole.csv" --label l
expect "different entries" "$folder/ab.csv" --label a
expect 'no row has b "x"' "$folder/ab.csv" --label b --normal x
expect "must be first-half-of-normals" "$folder/ab.csv" --train-on some
expect "needs --label" "$folder/ab.csv" --train-on normals
expect "--scaling" "$folder/ab.csv" --scaling big
expect "--seed" "$folder/ab.csv" --seed -1
expect "not expected" "$folder/ab.csv" --nonsense
printf 'a,c\n1,2\n' >"$folder/lacks.csv"
expect 'no column "b"' "$folder/ab.csv" --score "$folder/lacks.csv"
