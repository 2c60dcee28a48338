#!/usr/bin/env bash
# How fast the service answers requests of one row, beside the same model behind FastAPI and PyTorch:
# latencies at 1,000 requests a second (hey, 10 connections), then as many as it can (wrk, 32 connections).
# The load generator has the same processors. Needs wrk and hey; python3-fastapi, python3-uvicorn and
# python3-torch for the peer.
#
#     bash bench/service/speed.sh PROGRAM MODELS [SECONDS]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=$1 models=$2 seconds=${3:-10}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
export BODY=$work/row.json
awk 'BEGIN { srand(1); printf "{\"data\": [["; for (i = 0; i < 784; ++i)
  printf "%s%s", i ? ", " : "", rand() < 0.8 ? "0.0" : sprintf("%.6f", rand()); print "]]}" }' >"$BODY"

wait_for() { for _ in $(seq 300); do curl -s -o "$work/out" "$1" && return; sleep 0.1; done; return 1; }

measure() {  # name url
  for path in encode anomaly_score; do
    hey -z "${seconds}s" -c 10 -q 100 -m POST -T application/json -D "$BODY" "$2/$path" >"$work/hey"
    rate=$(awk '/Requests\/sec/ { printf "%.0f", $2 }' "$work/hey")
    p50=$(awk '/50%+ in/ { print $3 * 1000 }' "$work/hey") p99=$(awk '/99%+ in/ { print $3 * 1000 }' "$work/hey")
    other=$(awk '/^  \[[0-9]+\]/ && !/\[200\]/' "$work/hey" | wc -l)
    wrk -t 1 -c 32 -d "${seconds}s" -s "$here/post.lua" "$2/$path" >"$work/wrk"
    most=$(awk '/Requests\/sec/ { printf "%.0f", $2 }' "$work/wrk")
    printf '%-22s %-14s %8s %9s %9s %11s   %s\n' "$1" "/$path" "$rate" "$p50" "$p99" "$most" \
      "$(awk '/^errors/' "$work/wrk"), other answers at the fixed rate: $other"
  done
}

echo "$(nproc) processors, $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo); load before: $(cut -d' ' -f1 /proc/loadavg)"
printf '%-22s %-14s %8s %9s %9s %11s\n' "" path "per sec." "p50 ms" "p99 ms" "at most"
"$program" serve "$models/image.h5" --port 0 >"$work/served" 2>"$work/log" &
for _ in $(seq 100); do grep -q http "$work/served" && break; sleep 0.1; done
url=$(grep -o 'http://[^ /]*' "$work/served")
measure hourglass "$url"
curl -s "$url/metrics" | awk '/^hourglass_batch_rows_(sum|count)/ { v[NR] = $2; n[++k] = $2 }
  END { printf "rows computed together, on average: %.1f\n", n[1] / n[2] }'
if /usr/bin/python3 -c 'import fastapi, torch, uvicorn' 2>/dev/null; then
  /usr/bin/python3 "$here/peer.py" 8377 &
  wait_for http://127.0.0.1:8377/docs
  measure "FastAPI and PyTorch" http://127.0.0.1:8377
else
  echo "FastAPI, uvicorn or PyTorch are not here: no peer"
fi
