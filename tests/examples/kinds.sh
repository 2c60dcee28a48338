#!/usr/bin/env bash
# All kinds with a small budget: each does better than untrained (the program's status), has its row in
# kinds.csv, and its pictures are there.
#
#     kinds.sh PROGRAM FOLDER
set -euo pipefail
program=$1 folder=$2
rm -rf "$folder"
"$program" --data strokes --limit 300 --epochs 3 --batch 32 --out "$folder" | tee "$folder.log"
rows=$(($(wc -l <"$folder/kinds.csv") - 1)) printed=$(grep -cE '^[a-z0-9_]+ +[0-9]+ +[0-9]+ +0\.' "$folder.log")
[ "$rows" -ge 28 ] && [ "$rows" = "$printed" ] || { echo "$rows rows, $printed printed" >&2 && exit 1; }
if cut -d, -f4 "$folder/kinds.csv" | grep -qiE 'nan|inf'; then echo "an error is not finite" >&2 && exit 1; fi
for picture in reconstructions samples; do [ -s "$folder/$picture.png" ]; done
refusal=$("$program" --only no_such --out "$folder" 2>&1) && exit 1
grep -q "there is no kind no_such" <<<"$refusal"
