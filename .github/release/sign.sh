#!/usr/bin/env bash
# Signs every module that was published, by its digest: sign.sh dist/digests.json. Without a key in COSIGN_KEY the
# workflow's identity signs.
set -euo pipefail
key=()
[ -z "${COSIGN_KEY:-}" ] || key=(--key "$COSIGN_KEY")
python3 - "$1" <<'PYTHON' | while read -r image; do
import json, sys
for tag, digest in sorted(json.load(open(sys.argv[1])).items()):
    print(tag.rsplit(":", 1)[0] + "@" + digest)
PYTHON
  cosign sign --yes ${key[@]+"${key[@]}"} "$image"
done
