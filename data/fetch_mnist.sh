#!/usr/bin/env bash
# Fetches MNIST into the cache folder, where the programs look for it, and checks every file.
set -euo pipefail
folder="${1:-${XDG_CACHE_HOME:-$HOME/.cache}/hourglass/mnist}"
mirrors=(https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist)
files=(
  "train-images-idx3-ubyte ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
  "train-labels-idx1-ubyte 65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
  "t10k-images-idx3-ubyte 0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
  "t10k-labels-idx1-ubyte ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
)
mkdir -p "$folder"
for entry in "${files[@]}"; do
  read -r name sum <<<"$entry"
  for mirror in "${mirrors[@]}"; do
    echo "$mirror/$name.gz"
    if curl -fsSL --retry 2 -o "$folder/$name.gz.part" "$mirror/$name.gz"; then break; fi
  done
  if [ ! -s "$folder/$name.gz.part" ]; then
    echo "no mirror could be reached; put $name.gz into $folder by hand" >&2
    exit 1
  fi
  if [ "$(gzip -dc "$folder/$name.gz.part" | sha256sum | cut -d' ' -f1)" != "$sum" ]; then
    rm -f "$folder/$name.gz.part"
    echo "$name.gz does not have the right checksum; nothing was kept" >&2
    exit 1
  fi
  mv "$folder/$name.gz.part" "$folder/$name.gz"
done
echo "MNIST is in $folder"
