#!/usr/bin/env bash
# Models as ONNX files: onnx.checker accepts them, and onnxruntime-web gives our outputs within 1e-5.
#     onnx.sh PROGRAM FOLDER NODE_MODULES
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=/usr/bin/python3 done=0
rm -rf "$2"
"$1" "$2"
if "$python" -c 'import onnx' 2>/dev/null; then
  "$python" "$here/check_onnx.py" "$2"
  done=$((done + 1))
else
  echo "onnx.checker is not there: not asked (apt-get install python3-onnx)"
fi
if command -v node >/dev/null && [ -d "$3/onnxruntime-web" ]; then
  node "$here/run_onnx.mjs" "$2" "$3"
  done=$((done + 1))
else
  echo "onnxruntime-web is not there: not run (bash tests/interop/node_packages.sh BUILD_FOLDER)"
fi
[ $done -gt 0 ] || exit 77
