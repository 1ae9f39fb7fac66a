#!/usr/bin/env bash
# Publishes the wheels of a folder: python.sh FOLDER. The workflow's identity is the credential. What is there already is left
# alone: a version never changes.
set -euo pipefail
python3 -m venv "${RUNNER_TEMP:-/tmp}/twine"
"${RUNNER_TEMP:-/tmp}/twine/bin/pip" install --quiet twine==7.0.0
"${RUNNER_TEMP:-/tmp}/twine/bin/twine" check --strict "$1"/*.whl
"${RUNNER_TEMP:-/tmp}/twine/bin/twine" upload --skip-existing --non-interactive "$1"/*.whl
