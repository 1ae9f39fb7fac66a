#!/usr/bin/env bash
# Pushes the images that `make packages` made, and writes their digests beside the folder: images.sh FOLDER VERSION REGISTRY
# A tag never moves: an equal image is left alone, another one under the same tag is an error.
set -euo pipefail
folder=$1 version=$2 registry=$3
options=()
[[ $registry != 127.0.0.1:* ]] || options=(--tls-verify=false)
digest() {
  skopeo inspect --raw "$@" | sha256sum | cut -d ' ' -f 1
}

digests=()
for name in plimsoll plimsoll-page; do
  archive=oci-archive:$folder/$name-$version.tar image=$registry/$name:v$version
  here=$(digest "$archive")
  # Whether there is one. A registry that can't be asked can't be pushed to either.
  if skopeo inspect "${options[@]}" --raw "docker://$image" >/dev/null 2>&1; then
    there=$(digest "${options[@]}" "docker://$image")
    if [ "$here" != "$there" ]; then
      echo "$image is there with other bytes, and a tag never moves: sha256:$there there, sha256:$here here" >&2
      exit 1
    fi
    echo "unchanged: $image sha256:$here"
  else
    skopeo copy --quiet --all --preserve-digests --insecure-policy "${options[@]/#--tls/--dest-tls}" "$archive" "docker://$image"
    echo "pushed: $image sha256:$here"
  fi
  digests+=("$image" "sha256:$here")
done
python3 - "$folder.json" "${digests[@]}" <<'PYTHON'
import json, sys
names = sys.argv[2:]
with open(sys.argv[1], "w") as file:
    json.dump(dict(zip(names[::2], names[1::2])), file, indent=2)
    file.write("\n")
PYTHON
