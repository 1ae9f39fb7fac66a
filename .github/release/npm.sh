#!/usr/bin/env bash
# Publishes the npm packages of folders, those for one system before the one that needs them: npm.sh FOLDER…
# The workflow's identity is the credential. What is there already is left alone: a version never changes.
set -euo pipefail
for folder in "$@"; do
  while read -r tarball; do
    name=$(tar -xzOf "$tarball" package/package.json | python3 -c 'import json, sys; p = json.load(sys.stdin); print(p["name"] + "@" + p["version"])')
    tag=latest
    [[ ${name##*@} != *-* ]] || tag=next
    if npm view "$name" version >/dev/null 2>&1; then
      echo "unchanged: $name"
    else
      npm publish --access public --tag "$tag" ${NPM_OPTIONS:-} "$tarball"
    fi
  done < <(find "$folder" -maxdepth 1 -name '*.tgz' | awk '{ print length, $0 }' | sort -rn | cut -d ' ' -f 2-)
done
