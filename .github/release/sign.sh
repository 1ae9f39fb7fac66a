#!/usr/bin/env bash
# Signs every module that was published, by its digest: sign.sh dist/digests.json. Without a key in COSIGN_KEY the
# workflow's identity signs; with one, COSIGN_OFFLINE=1 keeps the signature out of the public transparency log.
set -euo pipefail
options=(--yes)
[ -z "${COSIGN_KEY:-}" ] || options+=(--key "$COSIGN_KEY")
[ -z "${COSIGN_OFFLINE:-}" ] || options+=(--tlog-upload=false)
python3 - "$1" <<'PYTHON' | while read -r image; do
import json, sys
for tag, digest in sorted(json.load(open(sys.argv[1])).items()):
    print(tag.rsplit(":", 1)[0] + "@" + digest)
PYTHON
  # Kubewarden reads signatures in the older form; other verifiers ask for the newer one, a referrer of the module.
  cosign sign "${options[@]}" --new-bundle-format=false --use-signing-config=false "$image"
  cosign sign "${options[@]}" --new-bundle-format=true --use-signing-config=false "$image"
done
