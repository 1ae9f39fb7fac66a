#!/bin/sh
# Installs programs of tools.txt into .tools/bin, at the versions named there: install.sh cargo-nextest typos
#
# Whatever is on PATH is taken as it is. Else a wheel brings the program in a second or two; without pip, or where no wheel
# runs, it is built from source, unoptimised, which takes minutes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools=$(cd "$here/../.." && pwd)/.tools
PATH=$tools/bin:$PATH

# Whether a program runs on this system. What is a subcommand of cargo wants its name first, as cargo gives it, unless it is zigbuild.
runs() {
	case $2 in
		cargo-zigbuild) "$1/$2" --version ;;
		cargo-*) "$1/$2" "${2#cargo-}" --version ;;
		zig) "$1/$2" version ;;
		*) "$1/$2" --version ;;
	esac >/dev/null 2>&1
}

# Downloads a wheel and takes the program out of it. One that needs what lies beside it, as zig does, stays in its folder.
from_wheel() {
	[ "$3" != - ] || return 1
	unpacked=$tools/$1.wheel
	rm -rf "$unpacked"
	python3 -m pip install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: \
		--target "$unpacked" "$3==$2" >"$tools/pip.log" 2>&1 \
		&& if [ -x "$unpacked/$3/$1" ]; then
			runs "$unpacked/$3" "$1" && rm -rf "${tools:?}/$1" && mv "$unpacked/$3" "$tools/$1" \
				&& ln -sf "../$1/$1" "$tools/bin/$1"
		else
			runs "$unpacked/bin" "$1" && mv "$unpacked/bin/$1" "$tools/bin/$1"
		fi
	found=$?
	rm -rf "$unpacked"
	return $found
}

# Where a registry lacks a version that the program has locked, another one that fits will do.
from_source() {
	[ "$4" != - ] || { echo "$1 comes as a wheel only: $3 $2" >&2; return 1; }
	cargo install --debug --root "$tools" --locked "$4@$2" || cargo install --debug --root "$tools" "$4@$2"
}

mkdir -p "$tools/bin"
for program in "$@"; do
	command -v "$program" >/dev/null && continue
	# shellcheck disable=SC2046 # the fields of the program's line
	set -- $(grep "^$program " "$here/tools.txt")
	[ $# = 4 ] || { echo "$program has no line in $here/tools.txt" >&2; exit 1; }
	if from_wheel "$@"; then
		echo "$program $2: from a wheel"
	else
		echo "$program $2: no wheel that runs here, building it from source"
		from_source "$@"
	fi
done
