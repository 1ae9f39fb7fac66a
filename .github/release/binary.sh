#!/usr/bin/env bash
# Builds the command for one target into dist/plimsoll-VERSION-TARGET.tar.gz: binary.sh 0.1.0 x86_64-unknown-linux-musl
# `make release-binaries` installs what this needs.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$1 target=$2

actual=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
if [ "$version" != "$actual" ]; then
  echo "the tag says $version, Cargo.toml $actual" >&2
  exit 1
fi

rustup target list --installed | grep -qx "$target" || rustup target add "$target"
PLIMSOLL_COMMIT=$(git rev-parse --short HEAD)
export PLIMSOLL_COMMIT
# The same bytes wherever the checkout is.
export RUSTFLAGS="--remap-path-prefix=$PWD=/plimsoll --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
# Zig brings the C compiler, the linker and the C libraries of all targets; macOS has its own, and frameworks that nobody else
# may have.
build=zigbuild
[ "$(uname)" != Darwin ] || build=build
# shellcheck disable=SC2086 # options, separated by spaces
cargo "$build" --release --locked --package plimsoll-cli --features modules --target "$target" ${BUILD_OPTIONS:-}

program=plimsoll
[[ $target != *windows* ]] || program=plimsoll.exe
built=${CARGO_TARGET_DIR:-target}/$target/release/$program
case $target-$(uname -sm) in
x86_64-unknown-linux-musl-"Linux x86_64" | aarch64-unknown-linux-musl-"Linux aarch64") run="" ;;
aarch64-apple-darwin-"Darwin arm64" | x86_64-apple-darwin-Darwin*) run="" ;;
aarch64-unknown-linux-musl-Linux*) run=qemu-aarch64-static ;;
*) run=- ;;
esac
if [ "$run" = - ] || { [ -n "$run" ] && ! command -v "$run" >/dev/null; }; then
  echo "$target: built; it can't be run here"
else
  # One object with findings: the status says so.
  $run "$built" --version
  $run "$built" check examples/web-service.yaml >/dev/null || [ $? = 1 ]
  echo "$target: built and run"
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$built" LICENSE README.md "$folder"
mkdir -p dist
archive=dist/plimsoll-$version-$target.tar.gz
# By their names: an entry for the folder would give its mode to the one that somebody unpacks into.
files=(LICENSE README.md "$program")
if tar --version | grep -q GNU; then
  date=$(git log -1 --format=%cI)
  tar --sort=name --mtime="$date" --owner=0 --group=0 --numeric-owner -C "$folder" -cf - "${files[@]}" | gzip --no-name >"$archive"
else
  tar -C "$folder" -czf "$archive" "${files[@]}"
fi
echo "$archive"
