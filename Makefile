# Thin: what the targets do is in cargo, xtask and npm.

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests setup-playground playground playground-dist playground-test demo test lint gen new modules size bench fuzz dist ci
MAKEFLAGS += --no-print-directory

# What `make demo` judges: a file, or - for standard input.
MANIFEST ?= examples/web-service.yaml
# How long `make fuzz` looks, in seconds, and at what: manifest or object.
TIME ?= 300
FUZZ ?= object
# The browser of the playground's tests: installed from the distribution if it isn't there.
CHROMIUM ?= /usr/bin/chromium

say = @printf '\n== %s\n'

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: node_modules/.package-lock.json ## Install what building needs: Wasm targets and the optimiser
	@for target in wasm32-wasip1 wasm32-unknown-unknown; do \
		rustup target list --installed | grep -qx $$target || rustup target add $$target; \
	done

node_modules/.package-lock.json: package.json package-lock.json .npmrc
	npm ci --no-audit --no-fund
	@touch $@

# Built without optimisation where that saves minutes and costs seconds. Where a registry lacks a version that a tool has
# locked, another one that fits will do.
setup-tests: setup ## Install what testing needs besides: clippy, rustfmt, cargo-nextest, cargo-deny
	@for component in clippy rustfmt; do \
		rustup component list --installed | grep -q "^$$component" || rustup component add $$component; \
	done
	@command -v cargo-nextest >/dev/null || cargo install --locked cargo-nextest
	@command -v cargo-deny >/dev/null || cargo install --locked --debug cargo-deny || cargo install --debug cargo-deny

setup-playground: setup playground/web/node_modules/.package-lock.json ## Install what the playground needs: the page's packages

playground/web/node_modules/.package-lock.json: playground/web/package.json playground/web/package-lock.json
	npm ci --prefix playground/web --no-audit --no-fund
	@touch $@

playground-dist: setup-playground ## Build the playground's static folder, playground/web/dist
	@cargo build --package xtask
	cargo xtask playground
	npm run --silent --prefix playground/web build

playground: playground-dist ## Build the playground and serve it on http://127.0.0.1:4173
	npm run --silent --prefix playground/web preview -- --port 4173 --strictPort

# Tests are chosen among all, so that nothing is built twice with other features.
playground-test: playground-dist ## Test the playground, in Chromium too
	@test -x $(CHROMIUM) || { apt-get update && apt-get install --yes --no-install-recommends chromium; }
	cargo nextest run -E 'package(plimsoll-playground)'
	CHROMIUM=$(CHROMIUM) npm test --silent --prefix playground/web

demo: setup ## Judge MANIFEST (examples/web-service.yaml) by every module, as a cluster would
	@cargo build --package xtask
	@cargo xtask modules
	@cargo build --package plimsoll-demo
	@cargo run --quiet --package plimsoll-demo -- $(MANIFEST)

test: setup-tests lint ## Everything that CI checks
	$(say) "generated files"
	cargo xtask gen --check
	$(say) "modules that ship, and their sizes"
	cargo xtask size
	$(say) "tests"
	PLIMSOLL_MODULES=$(CURDIR)/target/policies/policy cargo nextest run
	$(say) "Kubewarden's own programs"
	PLIMSOLL_MODULES=$(CURDIR)/target/policies/policy cargo nextest run --no-capture -E 'binary(real_hosts)'
	$(say) "the playground, in Node and in Chromium"
	$(MAKE) playground-test
	$(say) "licences, bans, sources"
	cargo deny --log-level error check bans licenses sources
	$(say) "advisories"
	@if ls -d "$${CARGO_HOME:-$$HOME/.cargo}"/advisory-dbs/* >/dev/null 2>&1; then \
		cargo deny --log-level error --offline check advisories; \
	else \
		echo "not checked: no advisory database here; \`cargo deny fetch\` brings it"; \
	fi

lint: setup-tests
	$(say) "formatting"
	cargo fmt --all --check
	$(say) "clippy, host"
	cargo clippy --all-targets -- --deny warnings
	cargo clippy --package plimsoll-playground-bind -- --deny warnings
	$(say) "clippy, modules"
	cargo clippy --target wasm32-unknown-unknown --package 'plimsoll-policy-*' --package plimsoll-guest -- --deny warnings
	cargo clippy --target wasm32-wasip1 --package plimsoll-guest --features inventory,get-resource -- --deny warnings
	cargo clippy --target wasm32-wasip1 --package plimsoll-guest --features inventory -- --deny warnings
	cargo clippy --target wasm32-wasip1 --package plimsoll-guest --features get-resource -- --deny warnings
	$(say) "clippy, browser"
	cargo clippy --target wasm32-unknown-unknown --package plimsoll --package plimsoll-manifest --package plimsoll-playground -- --deny warnings

gen: ## Write every generated file
	@cargo build --package xtask
	@cargo xtask gen

new: ## Scaffold a policy: make new id=some-offence
	cargo xtask new $(id)

modules: setup ## Build the modules that ship
	cargo xtask modules --release

size: setup ## Build the modules that ship and hold them against their budget
	cargo xtask size

bench: modules ## Measure
	cargo bench --package plimsoll-bench

fuzz: ## Look for inputs that panic: make fuzz FUZZ=manifest TIME=600 (needs cargo-fuzz and a nightly compiler)
	cargo +nightly fuzz run $(FUZZ) -- -max_total_time=$(TIME)

dist: setup ## Lay out what a release publishes in dist/
	cargo xtask dist

ci: ## What CI runs
	.ci/run
