#!/usr/bin/env bash
# Fetches MNIST into the cache folder, where the programs look for it, and checks every file.
#     bash data/fetch_mnist.sh [folder]
set -euo pipefail
folder="${1:-${XDG_CACHE_HOME:-$HOME/.cache}/hourglass/mnist}"
mirrors=(https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist)
files=(  # the sums are of the unpacked files
  "train-images-idx3-ubyte ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
  "train-labels-idx1-ubyte 65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
  "t10k-images-idx3-ubyte 0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
  "t10k-labels-idx1-ubyte ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
)

if command -v curl >/dev/null; then
  download() { curl -fsSL --retry 2 --connect-timeout 20 -o "$1" "$2"; }
elif command -v wget >/dev/null; then
  download() { wget -q --tries=3 --connect-timeout=20 -O "$1" "$2"; }
else
  echo "fetch_mnist: needs curl or wget: apt-get install curl" >&2
  exit 1
fi
good() { [ -s "$1" ] && [ "$(gzip -dc <"$1" 2>/dev/null | sha256sum | cut -d' ' -f1)" = "$2" ]; }

mkdir -p "$folder"
part=$(mktemp "$folder/.fetch.XXXXXX")
trap 'rm -f "$part"' EXIT
for entry in "${files[@]}"; do
  read -r name sum <<<"$entry"
  good "$folder/$name.gz" "$sum" && continue
  why="no mirror could be reached"
  for mirror in "${mirrors[@]}"; do
    echo "$mirror/$name.gz"
    download "$part" "$mirror/$name.gz" || continue
    if good "$part" "$sum"; then
      chmod 644 "$part"
      mv "$part" "$folder/$name.gz"
      continue 2
    fi
    why="what came does not have the right checksum"
  done
  echo "fetch_mnist: $name.gz: $why; put the file into $folder by hand" >&2
  exit 1
done
echo "MNIST is in $folder"
