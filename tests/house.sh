#!/usr/bin/env bash
# The order of the house: includes go along the arrows, no source file grows beyond 400 lines.
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"
declare -A sees=(
  [tensor]="tensor" [autograd]="autograd tensor" [nn]="nn autograd tensor" [optim]="optim autograd tensor" [data]="data tensor"
  [files]="files nn optim autograd tensor"
  [training]="training files nn optim data autograd tensor" [autoencoders]="autoencoders training files nn optim data autograd tensor")
status=0
for folder in "${!sees[@]}"; do
  while IFS=: read -r file line; do
    target=$(sed -E 's/.*<hourglass\/([a-z]+)\/.*/\1/' <<<"$line")
    case " ${sees[$folder]} " in
      *" $target "*) ;;
      *) echo "$file includes from $target/, against the arrows" && status=1 ;;
    esac
  done < <(grep -rE '#include <hourglass/[a-z]+/' "$folder" --include='*.h' --include='*.cpp' || true)
done
while read -r lines file; do
  if [ "$lines" -gt 400 ]; then echo "$file has $lines lines; it wants to be two" && status=1; fi
done < <(find tensor autograd nn optim files data training autoencoders examples bench tests -name '*.h' -o -name '*.cpp' | xargs wc -l | grep -v total)
exit $status
