#!/usr/bin/env bash
# Builds everything and runs all tests, installing what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
source cmake/packages.sh
need_packages tests
cmake --preset release -DHOURGLASS_TESTS=ON -DHOURGLASS_BENCH=ON
cmake --build build/release
ctest --test-dir build/release -j2 --output-on-failure
