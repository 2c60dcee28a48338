#!/usr/bin/env bash
# Fuzzes a reader of files with libFuzzer under ASan and UBSan (needs clang and its runtime,
# libclang-rt-14-dev on Debian 12).
#
#     bash tests/fuzz/files/run.sh NAME SECONDS [further flags of libFuzzer]     # model, description, idx, …
#
# What it finds stands in build/fuzz/NAME; the corpus grows in build/fuzz/corpus_NAME.
set -euo pipefail
cd "$(dirname "$0")/../../.."
name=$1 seconds=$2
shift 2
sanitizers=address,undefined
if [ ! -f build/fuzz/build.ninja ]; then
  cmake -S . -B build/fuzz -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
    "-DHOURGLASS_SANITIZE=fuzzer-no-link,$sanitizers" -DHOURGLASS_TESTS=OFF -DHOURGLASS_EXAMPLES=OFF -DHOURGLASS_BENCH=OFF
fi
ninja -C build/fuzz hourglass_files hourglass_data
# Changed model files get the right checksums, so that what lies behind them is reached.
repairs=()
if [ "$name" = model ]; then repairs=(-DHOURGLASS_FUZZ_REPAIRS); fi
openblas=$(dirname "$(ls /usr/lib/*/openblas-pthread/libopenblas.so | head -1)")
# shellcheck disable=SC2086,SC2046  # lists of flags
clang++ -std=c++20 -O1 -g1 -fsanitize=fuzzer,$sanitizers -fno-sanitize-recover=all "-DHOURGLASS_FUZZED=read_$name" "${repairs[@]}" -Ibuild/fuzz/include \
  tests/fuzz/files/{libfuzzer,targets,repair,safetensors,keras}.cpp -o "build/fuzz/fuzz_$name" -Lbuild/fuzz -lhourglass_files -lhourglass_data \
  -lhourglass_optim -lhourglass_nn -lhourglass_autograd -lhourglass_tensor $(pkg-config --libs hdf5 libpng libjpeg zlib) \
  -L"$openblas" -Wl,-rpath,"$openblas" -lopenblas -ltbb -lfmt -lcrypto
mkdir -p "build/fuzz/corpus_$name" "build/fuzz/$name"
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
cp tests/fuzz/files/seeds/"$name"_* "$seeds"
"build/fuzz/fuzz_$name" -max_total_time="$seconds" -max_len=32768 -timeout=5 -rss_limit_mb=2048 -dict="tests/fuzz/files/$name.dict" \
  -artifact_prefix="build/fuzz/$name/" -print_final_stats=1 "$@" "build/fuzz/corpus_$name" "$seeds"
