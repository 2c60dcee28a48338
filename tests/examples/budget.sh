#!/usr/bin/env bash
# Runs an example with a small budget, and fails if it ends with an error or reaches less than it is to reach.
#
#     budget.sh PROGRAM FOLDER flags…
set -euo pipefail
program=$1 folder=$2
shift 2
"$program" --data strokes --out "$folder" "$@"
bash "$(dirname "$0")/reached.sh" "$program" "$folder"
