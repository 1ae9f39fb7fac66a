#!/bin/sh
# Lists the address of every policy's source once, with the policies that name it: what a person opens before a release.
# Whoever has opened them all writes the day into site/sources-checked.txt.
set -eu
cd "$(dirname "$0")/.."
for readme in policies/*/README.md docs/unknown-field.md; do
	case $readme in
		docs/*) id=$(basename "$readme" .md) ;;
		*) id=$(basename "$(dirname "$readme")") ;;
	esac
	# `- [title](address)`
	sed -n '/^## Sources/,$ s/^- \[.*\](\(https:.*\))$/\1/p' "$readme" | sed "s/\$/ $id/"
done | sort | awk '
	$1 != address { if (address) print address "  " ids; address = $1; ids = "" }
	{ ids = ids (ids ? " " : "") $2 }
	END { if (address) print address "  " ids }
'
checked=$(sed -n 's/^checked: *//p' site/sources-checked.txt)
echo "opened by hand: ${checked:-never}" >&2
