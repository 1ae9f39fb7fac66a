#!/bin/sh
# Copies what is in this folder into a registry: sh load.sh registry.example.com/policies
# By oras, or else by skopeo; WITH chooses one of them, OPTIONS are given to it. Credentials are what it logged in with.
set -eu
cd "$(dirname "$0")"
registry=${1:?name the registry and the path, such as registry.example.com/policies}

with=${WITH:-}
for program in oras skopeo; do
	[ -n "$with" ] || ! command -v "$program" >/dev/null || with=$program
done
[ -n "$with" ] || { echo "neither oras nor skopeo is on PATH" >&2; exit 1; }

copy() {
	case $with-$1 in
	oras-*:sha256-*.sig | oras-*:v*)
		# shellcheck disable=SC2086 # options, separated by spaces
		oras cp --no-tty --recursive ${OPTIONS:-} --from-oci-layout ".@$2" "$registry/$1" >/dev/null ;;
	# The list of what refers to a module: oras has copied that with it, and keeps what is in the registry's list already.
	oras-*) ;;
	*)
		# shellcheck disable=SC2086
		skopeo copy --quiet --all --preserve-digests ${OPTIONS:-} "oci:.:$1" "docker://$registry/$1" ;;
	esac
}

failed=0
while read -r image digest; do
	if copy "$image" "$digest" </dev/null; then
		echo "copied: $registry/$image $digest"
	else
		failed=1
		echo "failed: $registry/$image" >&2
	fi
done <images.txt
[ $failed = 0 ] || {
	echo "not everything was copied: run it again. Lists of what refers to a module need oras, or skopeo 1.15 or newer." >&2
	exit 1
}
