#!/usr/bin/env bash
# house.sh notices what it is there for: a copy of the tree is broken in one way after the other.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$here/.." && tar cf - CMakeLists.txt ./*.h tensor autograd nn optim files data training autoencoders anomaly onnx examples bench docs \
  tests/house.sh tests/long_functions.awk tests/throw_sites.awk) | tar xf - -C "$folder"
cd "$folder"
status=0
# breaks FILE TEXT MESSAGE: with TEXT at the end of FILE, house.sh fails and says MESSAGE.
breaks() {
  local existed=0 said
  [ -f "$1" ] && existed=1 && cp "$1" "$folder/kept"
  printf '%b\n' "$2" >>"$1"
  if said=$(bash "$folder/tests/house.sh" "$folder" 2>&1) || ! grep -qF "$3" <<<"$said"; then
    echo "not noticed: $1: $3" && status=1
  fi
  if [ $existed = 1 ]; then cp "$folder/kept" "$1"; else rm "$1"; fi
}
long=$(printf 'void f() {\n'; yes '  g();' | head -60; printf '}\n')
breaks tensor/base/error.h '#include <hourglass/tensor/shape.h>' 'against the arrows'
breaks tensor/kernels/sums.h '#include <hourglass/tensor/dtype.h>' 'against the arrows'
breaks tensor/shape.cpp '#include <hourglass/autograd/variable.h>' 'against the arrows'
breaks optim/optimizer.cpp '#include <hourglass/nn/module.h>' 'against the arrows'
breaks autograd/variable.cpp '#include <hourglass/autograd/fast/dense.h>' 'knows no fast path'
breaks tensor/kernels/sums.h 'void f(const Tensor& x);' 'names a Tensor'
breaks tensor/ops/conv.h '#include <hourglass/tensor/kernels/sums.h>' 'is installed and includes'
breaks nn/module.cpp '#include <hourglass/tensor/kernels/sums.h>' 'kernels are for tensor/ alone'
breaks tensor/ops/loss.cpp 'void f() { dispatch([](auto) {}); }' 'belongs into tensor/kernels'
breaks tensor/ops/forgotten.h '#pragma once' 'does not include tensor/ops/forgotten.h'
breaks tensor/views.cpp 'void f() {\n  throw ShapeError("f: shape {} is wrong",\n                   shape);\n}' 'does not say what to try'
breaks tensor/README.md 'See `nowhere.h`.' 'names nowhere.h'
breaks docs/decisions.md "$(yes 'wörter' | head -16 | tr '\n' ' ')" '112 columns; 110 at most'
breaks tensor/shape.cpp "$(yes '// x' | head -400)" 'wants to be two'
breaks tensor/shape.cpp "$long" 'a function of 62 lines'
breaks tensor/shape.h "template <class T>\nstruct X {\n$long\n};" 'a function of 62 lines'
exit $status
