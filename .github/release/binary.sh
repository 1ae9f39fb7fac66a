#!/usr/bin/env bash
# Builds the command for one target into dist/plimsoll-VERSION-TARGET.tar.gz: binary.sh 0.1.0 x86_64-unknown-linux-musl
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$1 target=$2

actual=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
if [ "$version" != "$actual" ]; then
  echo "the tag says $version, Cargo.toml $actual" >&2
  exit 1
fi

rustup target add "$target"
PLIMSOLL_COMMIT=$(git rev-parse --short HEAD)
export PLIMSOLL_COMMIT
# The same bytes wherever the checkout is.
export RUSTFLAGS="--remap-path-prefix=$PWD=/plimsoll --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
cargo build --release --locked --package plimsoll-cli --features modules --target "$target"

program=plimsoll
[[ $target != *windows* ]] || program=plimsoll.exe
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "target/$target/release/$program" LICENSE README.md "$folder"
mkdir -p dist
archive=dist/plimsoll-$version-$target.tar.gz
if tar --version | grep -q GNU; then
  date=$(git log -1 --format=%cI)
  tar --sort=name --mtime="$date" --owner=0 --group=0 --numeric-owner -C "$folder" -cf - . | gzip --no-name >"$archive"
else
  tar -C "$folder" -czf "$archive" .
fi
echo "$archive"
