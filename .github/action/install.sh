#!/usr/bin/env bash
# Installs a release of plimsoll, held against its checksum, and puts it on the PATH of the next steps.
set -euo pipefail

version=${VERSION#v}
if [[ ! $version =~ ^[0-9]+\.[0-9]+\.[0-9]+ ]]; then
  echo "::error::$VERSION is no release of plimsoll: use the action by a tag such as v0.1.0, or set version"
  exit 2
fi
case "${RUNNER_OS:-$(uname -s)}-${RUNNER_ARCH:-$(uname -m)}" in
Linux-X64 | Linux-x86_64) target=x86_64-unknown-linux-musl ;;
Linux-ARM64 | Linux-aarch64) target=aarch64-unknown-linux-musl ;;
macOS-ARM64 | Darwin-arm64) target=aarch64-apple-darwin ;;
macOS-X64 | Darwin-x86_64) target=x86_64-apple-darwin ;;
Windows-*) target=x86_64-pc-windows-gnu ;;
*)
  echo "::error::there is no release of plimsoll for this runner"
  exit 2
  ;;
esac

releases=${PLIMSOLL_RELEASES:-https://github.com/plimsoll-dev/plimsoll/releases/download}
archive=plimsoll-$version-$target.tar.gz
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for file in "$archive" SHA256SUMS; do
  curl --fail --silent --show-error --location --retry 3 --output "$folder/$file" "$releases/v$version/$file"
done
(
  cd "$folder"
  grep " $archive\$" SHA256SUMS >expected || {
    echo "::error::$archive is not among the checksums of the release"
    exit 2
  }
  if command -v sha256sum >/dev/null; then sha256sum --check expected; else shasum --algorithm 256 --check expected; fi
)

bin=${RUNNER_TOOL_CACHE:-$HOME/.local}/plimsoll/$version
mkdir -p "$bin"
tar -xzf "$folder/$archive" -C "$bin"
echo "$bin" >>"$GITHUB_PATH"
"$bin/plimsoll" --version
