#!/usr/bin/env bash
# The same binary on processors without AVX-512 and without AVX2, by emulation. Status 77: there is no
# emulator.
set -euo pipefail
tests=$1
command -v qemu-x86_64 >/dev/null && [ "$(uname -m)" = x86_64 ] || exit 77
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
for cpu in Haswell Nehalem; do
  qemu-x86_64 -cpu $cpu "$tests" --gtest_brief=1 --gtest_filter='Conv*:Engines*:Matmul*:Affine*:Pool*:Philox*:Table/UnaryOp*'
done
