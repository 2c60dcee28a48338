#!/usr/bin/env bash
# Twelve trained models run in PyTorch as model.py, with our outputs; and with weights that PyTorch drew, ours
# give its outputs.
#     torch.sh PROGRAM FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=/usr/bin/python3
if ! "$python" -c 'import torch' 2>/dev/null; then
  echo "PyTorch is not there: not tested (apt-get install python3-torch)"
  exit 77
fi
rm -rf "$2"
"$1" write "$2"
"$python" "$here/torch_models.py" run "$2"
"$1" read "$2"
"$python" "$here/torch_models.py" compare "$2"
