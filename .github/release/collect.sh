#!/usr/bin/env bash
# Lays out what a release offers for download, with one list of checksums: collect.sh artifacts release
set -euo pipefail
from=$1 to=$2
mkdir -p "$to"
find "$from" -name 'plimsoll-*.tar.gz' -exec cp {} "$to" \;
cp "$from"/modules/digests.json "$to"
cp "$from"/modules/*.tgz "$from"/modules/plimsoll-*-oci.tar "$to"
tar -C "$from/modules" --exclude='*.tar' --exclude='*.tgz' -czf "$to/policies.tar.gz" .
(cd "$to" && sha256sum -- * >SHA256SUMS)
