#!/usr/bin/env bash
# Kills a training N times at random instants (SIGKILL, and SIGTERM every third time) and starts it again each
# time; then weights, history without its column of seconds, best file, log, pictures and what TensorBoard reads
# must be those of one that was left alone, and nothing else may lie in the folder.
#
#     killed_training.sh PROGRAM [N [KIND]]
set -euo pipefail
program=$1 kills=${2:-5} kind=${3:-variational}
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/straight" "$folder/killed"
begin=$(date +%s%N)
"$program" "$folder/straight" "$kind"
milliseconds=$((($(date +%s%N) - begin) / 1000000))

RANDOM=1
done_before=0
for ((i = 0; i < kills; ++i)); do
  "$program" "$folder/killed" "$kind" &
  child=$!
  pause=$((RANDOM * 8 % (milliseconds * 3 / (kills > 20 ? 20 : kills) + 20)))
  sleep "$(printf '%d.%03d' $((pause / 1000)) $((pause % 1000)))"
  signal=KILL
  if ((i % 3 == 2)); then signal=TERM; fi
  kill -"$signal" $child 2>/dev/null || true
  status=0
  wait $child 2>/dev/null || status=$?
  if [ $status = 0 ]; then done_before=$((done_before + 1)) && rm -rf "$folder/killed" && mkdir "$folder/killed"; fi
  if [ $status != 0 ] && [ $status != 3 ] && [ $status != 137 ] && [ $status != 143 ]; then
    echo "the training ended with status $status" >&2
    exit 1
  fi
done
"$program" "$folder/killed" "$kind"
for run in straight killed; do cut -d, -f1-3,5- "$folder/$run/history.csv" >"$folder/$run.csv"; done
cmp "$folder/straight.csv" "$folder/killed.csv"
for file in best.h5 log.csv weights.sha256 $(cd "$folder/straight" && ls pictures/*); do
  cmp "$folder/straight/$file" "$folder/killed/$file"
done
# Names of events files hold time and process; TensorBoard reads all that are there.
list() { (cd "$1" && find . -type f | sed -E 's/(tfevents).*/\1/' | sort); }
diff <(list "$folder/straight") <(list "$folder/killed")
if command -v python3 >/dev/null; then
  python3 "$here/events.py" "$folder/killed/logs" --csv "$folder/killed/log.csv" --same "$folder/straight/logs" \
    >"$folder/events"
  event=$(find "$folder/killed/logs/train" -type f)
  printf 'x' | dd of="$event" bs=1 seek=2000 conv=notrunc status=none
  if python3 "$here/events.py" "$folder/killed/logs" >/dev/null 2>&1; then
    echo "events.py does not see a damaged byte" >&2
    exit 1
  fi
  echo "$(wc -l <"$folder/events") figures, histograms and images in the events files"
else
  echo "without python3 the events files are not read"
fi
echo "$kind: $kills kills, $done_before of them after the end: the same files"
