#!/bin/sh
# Counts what comparison.md says of other projects, at the commits that it names.
#
# Clones them into a temporary folder. With a folder as argument, clones in there (OWNER/NAME) are read instead.
set -eu

clones=${1:-}
if [ -z "$clones" ]; then
	clones=$(mktemp -d)
	trap 'rm -rf "$clones"' EXIT
fi

# The repository's files at that commit, one a line.
files() {
	[ -d "$clones/$1" ] || git clone --quiet --filter=blob:none --no-checkout "https://github.com/$1" "$clones/$1"
	git -C "$clones/$1" ls-tree -r --name-only "$2"
}

count() {
	printf '%s: ' "$1"
	wc -l | tr -d ' '
}

files stackrox/kube-linter 35de568d49825fe0278d25d7fca5aa2467f9dd00 |
	grep '^pkg/builtinchecks/yamls/.*\.yaml$' | count kube-linter

score=06dedc9ccce58bff50a4f42a3ce0633dc72b0dfa
files zegl/kube-score $score >/dev/null
git -C "$clones/zegl/kube-score" show $score:README_CHECKS.md | grep '^| [a-z]' | count kube-score

files FairwindsOps/polaris c0e23a233b2087272a7f524f1b922f4e3f2f9689 |
	grep '^pkg/config/checks/.*\.yaml$' | count Polaris

# The same policy in several languages is one.
files kyverno/policies b9c4317ce02256dc66118e08bb3e9345e7bfce5c |
	sed -n 's|^.*/\([^/]*\)/artifacthub-pkg\.yml$|\1|p' | sort -u | count Kyverno

# Without examples and what Kubewarden tests itself with.
files kubewarden/policies 6a01a242a770dbb168767a986ad0bc57cb3b61fb |
	sed -n 's|^policies/\([^/]*\)/metadata\.yml$|\1|p' |
	grep -v -e ^raw- -e test-policy -e demo -e ^echo$ -e ^sleeping- | count Kubewarden
