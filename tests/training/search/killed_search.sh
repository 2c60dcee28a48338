#!/usr/bin/env bash
# Kills a search N times at random instants (SIGKILL, and SIGTERM every third time) and starts it again each
# time, with another number of threads; then the table of its trials must be that of one that was left alone.
#
#     killed_search.sh PROGRAM [N]
set -euo pipefail
program=$1 kills=${2:-6}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/straight" "$folder/killed"
begin=$(date +%s%N)
"$program" "$folder/straight" 2
milliseconds=$((($(date +%s%N) - begin) / 1000000))

RANDOM=1
done_before=0
for ((i = 0; i < kills; ++i)); do
  "$program" "$folder/killed" $((1 + i % 3)) &
  child=$!
  pause=$((RANDOM * 8 % (milliseconds * 2 / kills + 20)))
  sleep "$(printf '%d.%03d' $((pause / 1000)) $((pause % 1000)))"
  signal=KILL
  if ((i % 3 == 2)); then signal=TERM; fi
  kill -"$signal" $child 2>/dev/null || true
  status=0
  wait $child 2>/dev/null || status=$?
  if [ $status = 0 ]; then done_before=$((done_before + 1)); fi
  if [ $status != 0 ] && [ $status != 3 ] && [ $status != 137 ] && [ $status != 143 ]; then
    echo "the search ended with status $status" >&2
    exit 1
  fi
done
"$program" "$folder/killed" 3
cmp "$folder/straight/trials.csv" "$folder/killed/trials.csv"
[ "$(ls "$folder/killed" | tr '\n' ' ')" = "search.h5 trials.csv " ] || { ls "$folder/killed" && exit 1; }
echo "$kills kills, $done_before of them after the end: the same $(wc -l <"$folder/killed/trials.csv") lines"
