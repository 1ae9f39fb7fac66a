#!/usr/bin/env bash
# Checks: findings become annotations, a summary of the run, and a SARIF file.
set -euo pipefail

sarif=${RUNNER_TEMP:-/tmp}/plimsoll.sarif
read -r -a paths <<<"${PATHS:-.}"
read -r -a args <<<"${ARGS:-}"
status=0
plimsoll check --format github --format "markdown=$GITHUB_STEP_SUMMARY" --format "sarif=$sarif" \
  ${args[@]+"${args[@]}"} -- "${paths[@]}" || status=$?
if [ -s "$sarif" ]; then
  echo "sarif-file=$sarif" >>"$GITHUB_OUTPUT"
fi
exit "$status"
