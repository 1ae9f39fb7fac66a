#!/usr/bin/env bash
# Signs every module that was published, and what is said of it, by digests: sign.sh dist/digests.json dist/attestations.json.
# Without a key in COSIGN_KEY the workflow's identity signs; with one, COSIGN_OFFLINE=1 keeps the signature out of the public
# transparency log.
set -euo pipefail
options=(--yes --use-signing-config=false)
[ -z "${COSIGN_KEY:-}" ] || options+=(--key "$COSIGN_KEY")
[ -z "${COSIGN_OFFLINE:-}" ] || options+=(--tlog-upload=false)

# Tags with their digests, or addresses with digests.
addresses() {
  python3 - "$1" <<'PYTHON'
import json, sys
for address, what in sorted(json.load(open(sys.argv[1])).items()):
    print(address if "@" in address else address.rsplit(":", 1)[0] + "@" + what)
PYTHON
}

# Kubewarden reads signatures in the older form; other verifiers ask for the newer one, a referrer of what is signed.
addresses "$1" | while read -r module; do
  cosign sign "${options[@]}" --new-bundle-format=false "$module"
  cosign sign "${options[@]}" --new-bundle-format=true "$module"
done
for said in "${@:2}"; do
  addresses "$said" | while read -r attestation; do
    cosign sign "${options[@]}" --new-bundle-format=true "$attestation"
  done
done
