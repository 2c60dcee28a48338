#!/usr/bin/env bash
# Builds for arm64 by a cross compiler, without warnings, and runs the tests of tensor, autograd, nn and optim
# and an example under emulation. Debian's arm64 packages are unpacked into a folder of their own; the system
# gets the cross compiler and qemu alone.
#
#   tests/arm64.sh [folder]         build/arm64 where not said; about 30 minutes on 2 cores
set -euo pipefail
cd "$(dirname "$0")/.."
source cmake/packages.sh
folder=$(realpath -m "${1:-build/arm64}")
root=$folder/root
libraries=(libopenblas-pthread-dev libtbb-dev libhdf5-dev libfmt-dev librandom123-dev libpng-dev zlib1g-dev libssl-dev
  libcli11-dev nlohmann-json3-dev libgtest-dev libgmock-dev)
need_packages arm64

if [ ! -e "$root/usr/include/gtest" ]; then
  mkdir -p "$root" "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial"
  : >"$folder/apt/status"
  apt=(apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o "Dir::State=$folder/apt/state"
    -o "Dir::State::status=$folder/apt/status" -o "Dir::Cache=$folder/apt/cache" -o Debug::NoLocking=1
    -o "APT::Sandbox::User=$(id -un)")
  "${apt[@]}" update
  "${apt[@]}" install -y --no-install-recommends --download-only "${libraries[@]}" >/dev/null
  for package in "$folder"/apt/cache/archives/*.deb; do dpkg -x "$package" "$root"; done
fi

triple=aarch64-linux-gnu
lib=$root/usr/lib/$triple
cat >"$folder/toolchain.cmake" <<END
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER $triple-gcc)
set(CMAKE_CXX_COMPILER $triple-g++)
set(CMAKE_LIBRARY_ARCHITECTURE $triple)
set(CMAKE_SYSROOT $root)
set(CMAKE_FIND_ROOT_PATH $root)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L $root)
END
cmake -S . -B "$folder/build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$folder/toolchain.cmake" -DCMAKE_BUILD_TYPE=None \
  -DCMAKE_CXX_FLAGS="-O1 -Werror" -DHOURGLASS_BENCH=OFF -DHOURGLASS_ONNX=OFF \
  -DOPENBLAS_PTHREAD_LIBRARY="$lib/openblas-pthread/libopenblas.so" \
  -DOPENBLAS_PTHREAD_INCLUDE_DIR="$root/usr/include/$triple/openblas-pthread"
folders=(tensor autograd nn optim)
cmake --build "$folder/build" --target "${folders[@]/%/_tests}" 03_linear_regression
for test in "${folders[@]}"; do
  qemu-aarch64 -L "$root" "$folder/build/tests/${test}_tests" --gtest_brief=1
done
qemu-aarch64 -L "$root" "$folder/build/examples/03_linear_regression"
