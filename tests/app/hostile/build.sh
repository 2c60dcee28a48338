#!/usr/bin/env bash
# The service's own sources under a sanitizer, linked with the library as it is built already in BUILD: a matter
# of minutes, where all of it (cmake --preset asan) takes an hour.
#
#     bash tests/app/hostile/build.sh address,undefined build/release     # build/release/service_address,undefined
#     bash tests/app/hostile/build.sh thread build/release
set -euo pipefail
cd "$(dirname "$0")/../../.."
sanitizers=$1 build=$2 folder=$2/objects_$1
mkdir -p "$folder"
flags=(-std=c++20 -O1 -g1 "-fsanitize=$sanitizers" -fno-sanitize-recover=all -fno-omit-frame-pointer -DFMT_SHARED
  "-I$build/include" $(pkg-config --cflags cpp-httplib hdf5))
sources=(app/main.cpp app/service/*.cpp app/service/http/*.cpp "$build/app/service/page.cpp")
compile() {
  local object=$1/$(tr / _ <<<"$2").o
  [ "$object" -nt "$2" ] || g++ "${@:3}" -c "$2" -o "$object"
}
export -f compile
printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -I{} bash -c 'compile "$@"' _ "$folder" {} "${flags[@]}"
link=$(ninja -C "$build" -t commands hourglass_program | grep -- '-o app/hourglass ' | grep -oE ' -Wl,-u.*')
cd "$build"
# shellcheck disable=SC2086  # a list of flags
g++ "-fsanitize=$sanitizers" "${OLDPWD}/$folder"/*.o $(sed -E 's/ app\/[^ ]*\.o//; s/ -o app\/hourglass//; s/ app\/service\/libhourglass_service\.a//; s/ && :$//' <<<"$link") \
  -o "service_$sanitizers"
