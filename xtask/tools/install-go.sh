#!/bin/sh
# Installs programs of go-tools.txt into .tools/bin, at the versions named there: install-go.sh crane oras; without names, all.
# Whatever is on PATH is taken as it is. Without Go, it says what is absent and goes on: what needs it is skipped.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools=$(cd "$here/../.." && pwd)/.tools
PATH=$PATH:$tools/bin
[ $# -gt 0 ] || set -- $(sed -n 's/^\([a-z0-9]*\) .*/\1/p' "$here/go-tools.txt")
for program in "$@"; do
	command -v "$program" >/dev/null && continue
	line=$(grep "^$program " "$here/go-tools.txt") || { echo "$program has no line in $here/go-tools.txt" >&2; exit 1; }
	if ! command -v go >/dev/null; then
		echo "absent: $program (there is no Go to build it with)"
		continue
	fi
	version=$(echo "$line" | awk '{ print $2 }')
	package=$(echo "$line" | awk '{ print $3 }')
	echo "$program $version: building it from source"
	# A module whose go.mod replaces others can't be installed by its version alone, and says so: the others still are. Two versions
	# of a program have one name, unless they get another.
	built=$tools/built
	if GOBIN=$built CGO_ENABLED=0 go install "$package@$version"; then
		mkdir -p "$tools/bin"
		mv "$built"/* "$tools/bin/$program"
	else
		echo "absent: $program (it could not be built)"
	fi
done
