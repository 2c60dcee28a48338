#!/usr/bin/env bash
# Models as files for Keras and TensorFlow.js: h5py finds in them what the formats ask for, files made after
# the formats' description load, and TensorFlow.js gives our outputs within 1e-5.
#     keras.sh PROGRAM FOLDER NODE_MODULES
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=/usr/bin/python3 done=0
rm -rf "$2"
mkdir -p "$2"
"$1" write "$2/written"
if "$python" -c 'import h5py' 2>/dev/null; then
  "$python" "$here/keras_layout.py" "$1" "$2"
  done=$((done + 1))
else
  echo "h5py is not there: layouts not looked at (apt-get install python3-h5py)"
fi
if command -v node >/dev/null && [ -d "$3/@tensorflow/tfjs" ]; then
  node "$here/run_tfjs.cjs" "$2/written" "$3"
  done=$((done + 1))
else
  echo "TensorFlow.js is not there: not run (bash tests/interop/node_packages.sh BUILD_FOLDER)"
fi
[ $done -gt 0 ] || exit 77
