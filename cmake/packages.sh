# Debian packages that the scripts need. Sourced: `need_packages build`, `need_packages tests`, `need_packages
# interop` or `need_packages arm64`.

build_packages=(g++ cmake ninja-build ccache libopenblas-pthread-dev libtbb-dev libhdf5-dev libfmt-dev librandom123-dev
  libpng-dev libjpeg-dev zlib1g-dev libssl-dev libcli11-dev nlohmann-json3-dev libcpp-httplib-dev pkg-config
  gnuplot-nox)
test_packages=(libgtest-dev libgmock-dev libbenchmark-dev libonnx-dev libprotobuf-dev python3-h5py qemu-user)
# Other programs that read our models; tests/interop skips those that are not there.
interop_packages=(python3-onnx python3-torch)
arm64_packages=(g++-aarch64-linux-gnu qemu-user cmake ninja-build ccache)  # tests/arm64.sh
command -v npm >/dev/null || interop_packages+=(nodejs npm)

# Installs what is missing, as root or through sudo; without either, says what to paste and fails.
need_packages() {
  local wanted=("${build_packages[@]}") missing=() p
  if [ "${1:-}" = arm64 ]; then wanted=("${arm64_packages[@]}"); fi
  if [[ "${1:-build}" = @(tests|interop) ]]; then wanted+=("${test_packages[@]}"); fi
  if [ "${1:-}" = interop ]; then wanted+=("${interop_packages[@]}"); fi
  for p in "${wanted[@]}"; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo -n)
    else
      echo "Some packages are missing. To install them, paste:" >&2
      echo "sudo apt-get install -y ${missing[*]}" >&2
      return 1
    fi
  fi
  echo "Installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
