#!/usr/bin/env bash
# Code in documents is code that is compiled and tested: a block that follows
#     <!-- source: tests/optim/adding_an_optimizer_test.cpp -->
# stands in that file line by line, however it is indented there. A path in backquotes, `tensor/shape.h` or
# `fit.h`, is that of a file: seen from the top, from the document's folder, or by the end of its path. So is
# one in a comment of a source, tensor/shape.h, seen from the top.
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"
status=0 blocks=0

# stripped FILE: its lines without the blanks around them
stripped() { sed -E 's/^[[:space:]]+//; s/[[:space:]]+$//' "$1"; }

check() {  # document line source block
  blocks=$((blocks + 1))
  if [ ! -f "$3" ]; then
    echo "$1:$2: there is no $3" && status=1
  elif [[ $'\n'"$(stripped "$3")"$'\n' != *$'\n'"$4"* ]]; then
    echo "$1:$2: this block does not stand in $3" && status=1
  fi
}

while IFS= read -r document; do
  source="" block="" inside=false number=0 first=0
  while IFS= read -r line; do
    number=$((number + 1))
    if [[ $line =~ ^'<!-- source: '([^ ]+)' -->'$ ]]; then
      source=${BASH_REMATCH[1]}
    elif $inside && [ "$line" = '```' ]; then
      check "$document" "$first" "$source" "$block"
      inside=false source="" block=""
    elif $inside; then
      block+="$line"$'\n'
    elif [[ $line =~ ^'```'(cpp|python)$ ]] && [ -z "$source" ]; then
      echo "$document:$number: this block does not say where it stands" && status=1
    elif [ -n "$source" ] && [[ $line == '```'* ]]; then
      inside=true first=$number
    fi
  done < <(stripped "$document")
  if $inside; then echo "$document:$first: the block has no end" && status=1; fi
done < <(find . -path ./build -prune -o -name '*.md' -print | sed 's/^\.\///' | sort)
# What is written in the course of a page, or by a build, is not there.
made='^(optim/lion\.(h|cpp)|bench/(epoch|kernels|model_files|train_step|ops)|build/.*|examples/[0-9]+_[a-z_]+)$'
everything=$(find . -path ./build -prune -o -path ./.git -prune -o -print | sed 's/^\.//')
paths=0
while IFS=: read -r document number path; do
  path=${path//\`/}
  path=${path%/}
  paths=$((paths + 1))
  [ -e "$path" ] || [ -e "$(dirname "$document")/$path" ] || [[ $path =~ $made ]] ||
    grep -qE "/${path//./\\.}\$" <<<"$everything" ||
    { echo "$document:$number: there is no $path" && status=1; }
done < <(find . -name '*.md' -not -path './build/*' -not -path './.git/*' | sed 's/^\.\///' | sort |
  xargs grep -noE '`([A-Za-z0-9_.-]+/)+[A-Za-z0-9_.-]*`|`[A-Za-z0-9_-]+\.(h|cpp|md|py|sh|txt|cmake|awk)`')
folders='tensor|autograd|nn|optim|files|data|training|autoencoders|anomaly|onnx|bench|examples|tests|docs'
while IFS=: read -r source number path; do
  paths=$((paths + 1))
  [ -e "$path" ] || { echo "$source:$number: there is no $path" && status=1; }
done < <(find . -path ./build -prune -o \( -name '*.h' -o -name '*.cpp' \) -print | sed 's/^\.\///' | sort |
  xargs grep -nE '//.*/' | grep -vE 'NOLINT|#include' |
  sed -nE "s#^([^:]+:[0-9]+):.*[^A-Za-z0-9_/.-](($folders)/[A-Za-z0-9_/.-]*\.(h|cpp|md|py|sh)).*#\1:\2#p")
for document in docs/*.md; do
  grep -qF "\`$document\`" README.md || { echo "README.md does not name $document" && status=1; }
done
echo "$paths paths are there"
echo "$blocks blocks of code compared with their sources"
exit $status
