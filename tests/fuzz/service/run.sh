#!/usr/bin/env bash
# Fuzzes a reader of the service with libFuzzer under ASan and UBSan (needs clang and its runtime,
# libclang-rt-14-dev on Debian 12).
#
#     bash tests/fuzz/service/run.sh NAME SECONDS [further flags of libFuzzer]     # json, form, connection
#
# What it finds stands in build/fuzz_service/NAME; the corpus grows in build/fuzz_service/corpus_NAME.
set -euo pipefail
cd "$(dirname "$0")/../../.."
name=$1 seconds=$2
shift 2
out=build/fuzz_service
mkdir -p "$out/include" "$out/corpus_$name" "$out/$name"
ln -sfn "$PWD" "$out/include/hourglass"
clang++ -std=c++20 -O1 -g1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all "-DHOURGLASS_FUZZED=read_$name" \
  "-I$out/include" tests/fuzz/service/{libfuzzer,targets}.cpp app/service/{request,multipart}.cpp \
  app/service/http/framing.cpp -o "$out/fuzz_$name" -lfmt
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
printf '{"data": [[0.5, 1], [0, 1.25]]}' >"$seeds/json"
printf '{"rows": [{"a": 1, "b": "x"}, {"b": null, "a": 2.5}]}' >"$seeds/rows"
printf -- '--b\r\nContent-Type: image/png\r\n\r\n123\r\n--b--\r\n' >"$seeds/form"
printf 'POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n' >"$seeds/connection"
"$out/fuzz_$name" -max_total_time="$seconds" -max_len=16384 -timeout=5 -rss_limit_mb=2048 -artifact_prefix="$out/$name/" \
  -print_final_stats=1 "$@" "$out/corpus_$name" "$seeds"
