#!/usr/bin/env bash
# Prints a version's part of the changelog: notes.sh 0.1.0
set -euo pipefail
cd "$(dirname "$0")/../.."
notes=$(awk -v version="$1" '
  index($0, "## [" version "]") == 1 { found = 1; next }
  found && /^## \[/ { exit }
  found
' CHANGELOG.md)
if [ -z "$notes" ]; then
  echo "CHANGELOG.md has no part for $1" >&2
  exit 1
fi
printf '%s\n' "$notes"
