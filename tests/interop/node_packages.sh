#!/usr/bin/env bash
# Installs the readers that run in Node into a build folder, never into the tree; without Node or a network
# their tests are skipped.
#     node_packages.sh BUILD_FOLDER
set -euo pipefail
packages=(onnxruntime-web@1 @tensorflow/tfjs@4)
folder=$1/node
mkdir -p "$folder"
[ -f "$folder/package.json" ] || echo '{"private": true}' >"$folder/package.json"
if ! command -v npm >/dev/null; then
  echo "npm is not there: models are not run in Node"
elif ! npm install --prefix "$folder" --no-package-lock --no-audit --no-fund --ignore-scripts "${packages[@]}"; then
  echo "npm could not install ${packages[*]}: models are not run in Node"
fi
