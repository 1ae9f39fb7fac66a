#!/usr/bin/env bash
# Lays out what a release offers for download, with one list of checksums: collect.sh artifacts release
set -euo pipefail
from=$1 to=$2
mkdir -p "$to"
find "$from" -name 'plimsoll-*.tar.gz' -exec cp {} "$to" \;
cp "$from"/modules/digests.json "$from"/modules/attestations.json "$to"
cp "$from"/packages/images.json "$from"/packages/images/*.tar "$to"
cp "$from"/packages/npm/*.tgz "$from"/packages/pypi/*.whl "$to"
cp "$from"/packages/homebrew/plimsoll.rb "$to"
cp "$from"/packages/krew/plimsoll.yaml "$to"/plimsoll-krew.yaml
cp "$from"/packages/scoop/plimsoll.json "$to"/plimsoll-scoop.json
cp "$from"/modules/*.tgz "$from"/modules/plimsoll-*-oci.tar "$to"
(cd "$from/modules" && tar --exclude='*.tar' --exclude='*.tgz' -czf - -- *) >"$to/policies.tar.gz"
(cd "$to" && sha256sum -- * >SHA256SUMS)
