# Thin: what the targets do is in cargo, xtask and npm.

.DEFAULT_GOAL := help
.PHONY: help setup setup-wasm setup-rust setup-check setup-tests setup-release setup-playground setup-chromium setup-registry playground playground-dist \
	playground-test page-test site demo demo-modules demo-host check test lint features core-features docs build-all e2e-real e2e-cluster bench-cluster soak advisories gen new modules size bench loops \
	coverage mutants fuzz crates release release-binaries packages package-tests dist publish bundle reproduce registry-tests render-tests program-tests built-size built-playground ci
MAKEFLAGS += --no-print-directory

# What `make release-binaries` builds. Elsewhere than on a Mac those for macOS want its SDK: SDKROOT names it.
TARGETS ?= $(shell awk '!/^#/ && NF { print $$1 }' crates/release/targets.txt)
VERSION := $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' Cargo.toml | head -n 1)

# What `make demo` asks about: a file, or - for standard input. With ALL=1 the module of each policy is asked.
MANIFEST ?= examples/web-service.yaml
# How long `make fuzz` looks, in seconds, and at what: manifest or object.
TIME ?= 300
FUZZ ?= object
# How long `make soak` takes, and its requests a second.
MINUTES ?= 30
RATE ?= 200

# The browser of the playground's tests: installed from the distribution if it isn't there.
CHROMIUM ?= /usr/bin/chromium

# What xtask/tools/install.sh has installed.
export PATH := $(PATH):$(CURDIR)/.tools/bin

# Programs of the workspace. A target that runs one builds it first, by a selection of packages whose features are those of
# what is built next, so that nothing is built twice. A test among what is built brings the features of all tests.
BIN := $(or $(CARGO_TARGET_DIR),target)/debug
# As `make test` builds: all members.
ALL_MEMBERS := --test scaffold
# With what the command's releases have: the engine is built for the tests anyway.
RELEASED := --features plimsoll-cli/modules
# As `make check` builds: only what a policy's author needs, without the engine.
CORE := --package plimsoll --package xtask

say = @printf '\n== %s  %s\n' "$$(date +%T)"

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: setup-wasm node_modules/.package-lock.json ## Install what building needs: the Wasm target and the optimiser

setup-wasm:
	@rustup target list --installed | grep -qx wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown

setup-rust:
	@for component in clippy rustfmt; do \
		rustup component list --installed | grep -q "^$$component" || rustup component add $$component; \
	done

node_modules/.package-lock.json: package.json package-lock.json .npmrc
	npm ci --no-audit --no-fund
	@touch $@

setup-check: setup-rust
	@xtask/tools/install.sh cargo-nextest

setup-tests: setup setup-rust ## Install what testing needs besides: clippy, rustfmt, and the programs in xtask/tools/tools.txt
	@xtask/tools/install.sh cargo-nextest cargo-deny cargo-hack cargo-shear typos zizmor

setup-release: ## Install what releasing needs besides, where Go is: the programs in xtask/tools/go-tools.txt
	@xtask/tools/install-go.sh

setup-playground: setup playground/web/node_modules/.package-lock.json ## Install what the playground needs: the page's packages

playground/web/node_modules/.package-lock.json: playground/web/package.json playground/web/package-lock.json
	npm ci --prefix playground/web --no-audit --no-fund
	@touch $@

setup-chromium:
	@test -x $(CHROMIUM) || { apt-get update && apt-get install --yes --no-install-recommends chromium; }

# What a machine can't install, its tests are skipped for.
setup-registry:
	@{ command -v docker-registry && command -v skopeo; } >/dev/null \
		|| { apt-get update && apt-get install --yes --no-install-recommends docker-registry skopeo; } || true

playground-dist: setup-playground ## Build the playground's static folder, playground/web/dist
	cargo build --bin xtask --bin plimsoll-playground-schema $(ALL_MEMBERS)
	$(BIN)/xtask playground
	npm run --silent --prefix playground/web build

playground: playground-dist ## Build the playground and serve it on http://127.0.0.1:4173
	npm run --silent --prefix playground/web preview -- --port 4173 --strictPort

# Tests are chosen among all, so that nothing is built twice with other features.
playground-test: setup-tests ## Test the playground, in Chromium too
	cargo nextest run -E 'package(plimsoll-playground)'
	$(MAKE) page-test

# What the page says is held against what the tests in Rust wrote down.
page-test: playground-dist setup-chromium
	CHROMIUM=$(CHROMIUM) npm test --silent --prefix playground/web

# A selection of its own, which CI doesn't pay for: see ARCHITECTURE.md.
site: playground-dist setup-check ## Build the site with guides, policies and playground, target/site, and check its links
	$(say) "the site"
	cargo clippy --quiet --package plimsoll-site --all-targets -- --deny warnings
	cargo nextest run --package plimsoll-site
	cargo run --quiet --package plimsoll-site -- target/site

demo: setup-wasm ## Show what a cluster would answer to MANIFEST (examples/web-service.yaml); ALL=1 asks each policy's module
	@cargo build --bin xtask $(ALL_MEMBERS)
	@$(MAKE) --jobs 2 demo-modules demo-host
	@$(BIN)/plimsoll-demo $(if $(ALL),--all) $(MANIFEST)

demo-modules:
	@$(BIN)/xtask modules $(if $(ALL),,--policy suite)

demo-host:
	@cargo build --bin plimsoll-demo $(ALL_MEMBERS)

# What a policy's author runs between edits: without the tests that scaffold a policy or check tens of thousands of objects.
check: setup-check ## Test the core quickly; one policy: make check id=some-offence
ifdef id
	POLICY=$(id) cargo nextest run $(CORE) --test fixtures --test catalogue --test lifting
else
	cargo fmt --all --check
	cargo clippy --quiet $(CORE) -- --deny warnings
	cargo nextest run $(CORE) -E 'package(plimsoll) and not test(/_thousand_/)'
	$(BIN)/xtask gen --check
endif

# Each part says how it went by itself, the quick ones first. All tests are built once, and xtask with them.
test: setup-tests lint build-all ## Everything that CI checks
	$(say) "generated files"
	$(BIN)/xtask gen --check
	$(say) "modules that ship, and their sizes; the page's policies beside them, which one core builds"
	$(MAKE) --jobs 2 built-size built-playground
	$(say) "tests"
	PLIMSOLL_MODULES=$(CURDIR)/target/policies/policy cargo nextest run $(RELEASED)
	$(say) "examples in the documentation"
	cargo test --quiet --doc
	$(say) "what other programs make of the artefacts; beside it the playground, in Node and in Chromium"
	$(MAKE) setup-chromium setup-registry
	$(MAKE) --jobs 2 program-tests page-test

built-size:
	$(BIN)/xtask size

built-playground:
	$(BIN)/xtask playground

program-tests:
	$(MAKE) --jobs 1 registry-tests package-tests render-tests

build-all: setup
	$(say) "build"
	cargo build --bins --tests $(RELEASED)

# Absent programs are skipped, unless REQUIRE_REAL=1 makes that a failure.
e2e-real: ## Ask the modules that ship about every fixture in policy-server and kwctl, where those are on PATH
	$(say) "Kubewarden's own programs"
	@for test in policy_server:policy-server kwctl:kwctl registry:kwctl,docker-registry; do \
		absent=; \
		for program in $$(echo $${test#*:} | tr , ' '); do \
			command -v $$program >/dev/null || absent="$$absent $$program"; \
		done; \
		if [ -z "$$absent" ] || [ "$(REQUIRE_REAL)" = 1 ]; then \
			PLIMSOLL_MODULES=$(CURDIR)/target/policies/policy cargo nextest run --run-ignored only --no-fail-fast \
				-E "binary_id(plimsoll-e2e::$${test%%:*})" || exit 1; \
		else \
			echo "skipped: not on PATH:$$absent"; \
		fi; \
	done

# The same rule. The modules that ship are built before: make size e2e-cluster. RECORD=1 records what e2e/tests/reviews.rs replays.
CLUSTER := etcd kube-apiserver kube-controller-manager kube-scheduler kubectl policy-server
e2e-cluster: ## Run the modules that ship in policy-server behind a real API server, where the programs are
	$(say) "a cluster"
	@absent=; \
	for program in $(CLUSTER); do \
		PATH="$(if $(KUBEBUILDER_ASSETS),$(KUBEBUILDER_ASSETS):)$$PATH" command -v $$program >/dev/null || absent="$$absent $$program"; \
	done; \
	if [ -z "$$absent" ] || [ "$(REQUIRE_REAL)" = 1 ]; then \
		PLIMSOLL_MODULES=$(CURDIR)/target/policies/policy cargo nextest run --run-ignored only --no-fail-fast \
			-E "package(plimsoll-e2e-cluster)"; \
	else \
		echo "skipped: neither in KUBEBUILDER_ASSETS nor on PATH:$$absent"; \
	fi

bench-cluster: ## Measure what look-ups cost in a real cluster (half an hour)
	PLIMSOLL_MODULES=$(CURDIR)/target/policies/policy cargo bench --package plimsoll-e2e-cluster

# The modules that ship are built before: make size soak. BESIDE names modules of others, to be measured with the same requests.
soak: ## Put a load on policy-server with all modules: make soak MINUTES=5 RATE=100
	PLIMSOLL_MODULES=$(CURDIR)/target/policies/policy cargo run --quiet --package plimsoll-e2e --bin plimsoll-soak -- \
		--minutes $(MINUTES) --rate $(RATE) $(addprefix --beside ,$(BESIDE))

lint: setup-tests setup-playground ## Check formatting, spelling, dependencies, lints, feature sets and documentation
	$(say) "formatting"
	cargo fmt --all --check
	$(say) "spelling"
	typos
	$(say) "dependencies: unused, licences, bans, sources"
	cargo shear
	cargo deny --log-level error check bans licenses sources
	$(MAKE) advisories
	$(say) "clippy"
	cargo clippy --all-targets $(RELEASED) -- --deny warnings
	$(say) "clippy, Wasm: what the browser has, and two modules for all, which differ by a name only"
	cargo clippy --target wasm32-unknown-unknown --package plimsoll-manifest --package plimsoll-playground -- --deny warnings
	cargo clippy --target wasm32-unknown-unknown --package plimsoll-policy-suite \
		--package plimsoll-policy-missing-prestop -- --deny warnings
	$(MAKE) features
	$(say) "the page"
	npm run --silent --prefix playground/web lint
	$(say) "workflows"
	zizmor --offline --quiet --no-progress .
	@if command -v actionlint >/dev/null; then actionlint; else echo "actionlint: skipped, not on PATH"; fi
	$(say) "fuzz targets"
	cargo check --quiet --manifest-path fuzz/Cargo.toml --target-dir target
	$(MAKE) docs

advisories:
	$(say) "advisories"
	@if ls -d "$${CARGO_HOME:-$$HOME/.cargo}"/advisory-dbs/* >/dev/null 2>&1; then \
		cargo deny --log-level error --offline check advisories; \
	else \
		echo "not checked: no advisory database here; \`cargo deny fetch\` brings it"; \
	fi

# Only what has features; clippy rather than check, whose dependencies it shares. cargo-hack names a package by its manifest,
# and the root's manifest stands for all default members: the core's sets are named.
features: ## Check every set of features, on the host and for Wasm
	$(say) "sets of features"
	@for features in '' std files catalogue; do $(MAKE) core-features FEATURES="$$features" || exit 1; done
	cargo hack clippy --quiet --feature-powerset --exclude-features default --package plimsoll-guest --package plimsoll-lint \
		--package plimsoll-fields -- --deny warnings
	cargo clippy --quiet --package plimsoll-cli --no-default-features -- --deny warnings
	$(say) "sets of features, Wasm"
	@for features in '' std files catalogue; do \
		$(MAKE) core-features FEATURES="$$features" TARGET=wasm32-unknown-unknown || exit 1; \
	done
	cargo hack clippy --quiet --feature-powerset --exclude-features default --package plimsoll-guest \
		--target wasm32-unknown-unknown -- --deny warnings

core-features:
	cargo clippy --quiet --package plimsoll --no-default-features --features '$(FEATURES)' $(if $(TARGET),--target $(TARGET)) \
		-- --deny warnings

docs: ## Build the documentation of the code
	$(say) "documentation of the code"
	RUSTDOCFLAGS='--deny warnings' cargo doc --quiet --no-deps --document-private-items

gen: ## Write every generated file
	@cargo build $(CORE) --bin xtask --test scaffold
	@$(BIN)/xtask gen

new: ## Scaffold a policy: make new id=some-violation category=lifecycle kind=cross-object
	cargo xtask new $(id) $(if $(category),--category $(category)) $(if $(kind),--kind $(kind))

# In minutes: the suite stands for all. `cargo xtask reproduce` builds every module twice.
reproduce: setup ## Build the suite's module in a second checkout and compare the bytes
	cargo xtask reproduce --policy suite --policy missing-prestop

modules: setup ## Build the modules that ship
	cargo xtask modules --release

size: setup ## Build the modules that ship and hold them against their budget
	cargo xtask size

bench: modules ## Measure
	cargo bench --package plimsoll-bench

# Warm: run `make demo check` once before.
loops: setup-check ## Measure how long the everyday commands take
	@xtask/tools/install.sh hyperfine
	hyperfine --warmup 1 --runs 3 'make demo' 'make check' 'make check id=missing-prestop'

coverage: setup-tests ## Measure which lines the tests of the core reach: a summary, and target/llvm-cov/html
	@xtask/tools/install.sh cargo-llvm-cov
	@rustup component list --installed | grep -q '^llvm-tools' || rustup component add llvm-tools
	cargo llvm-cov nextest $(CORE) --html -E 'not package(xtask)'
	cargo llvm-cov report

mutants: setup-tests ## Look for mistakes that no test would notice: make mutants category=disruption
	@xtask/tools/install.sh cargo-mutants
	cargo mutants --package plimsoll --features catalogue --test-tool nextest --output target --file 'src/policies/$(or $(category),disruption)/*.rs'

fuzz: ## Look for inputs that panic: make fuzz FUZZ=manifest TIME=600 (needs a nightly compiler)
	@xtask/tools/install.sh cargo-fuzz
	cargo +nightly fuzz run $(FUZZ) -- -max_total_time=$(TIME)

crates: ## Try whether the crates that others build on could be published
	cargo publish --dry-run --package plimsoll --package plimsoll-guest --package plimsoll-manifest

dist: setup ## Lay out what a release publishes in dist/
	cargo xtask dist

release: ## Prepare a release but for its tag: make release VERSION=1.2.3
	cargo xtask release $(VERSION)

release-binaries: ## Build the command for each target: make release-binaries TARGETS=aarch64-unknown-linux-musl
	@[ "$$(uname)" = Darwin ] || xtask/tools/install.sh cargo-zigbuild zig
	@for target in $(TARGETS); do \
		case $$target in \
		*-apple-*) \
			if [ "$$(uname)" != Darwin ] && [ -z "$$SDKROOT" ]; then \
				echo "skipped: $$target (no Mac, and SDKROOT names no SDK)"; \
				continue; \
			fi ;; \
		esac; \
		.github/release/binary.sh $(VERSION) $$target || exit 1; \
	done

packages: ## Make the packages and images that carry the command, of what release-binaries built
	cargo xtask packages

publish: ## Push the modules of dist/: make dist publish REGISTRY=ghcr.io/owner/policies
	cargo xtask publish --registry $(REGISTRY)

bundle: ## Pack the modules of dist/ and the chart for networks without a way to the registry; with REGISTRY, their signatures too
	cargo xtask bundle $(if $(REGISTRY),--registry $(REGISTRY))

# Each by its program: what is absent counts as skipped, unless REQUIRE_REAL=1 makes that a failure.
render-tests: setup-tests ## Render the Helm chart, charts and overlays, where helm (3, and 4 as helm4) and Kustomize are
	$(say) "helm and Kustomize"
	@for helm in helm helm4; do \
		if found=$$(command -v $$helm) || [ "$(REQUIRE_REAL)" = 1 ]; then \
			mkdir -p $(BIN)/$$helm && ln -sf "$${found:-/$$helm-is-absent}" $(BIN)/$$helm/helm && $(BIN)/$$helm/helm version --short && \
			PATH="$(abspath $(BIN))/$$helm:$$PATH" cargo nextest run $(RELEASED) --run-ignored only \
				-E 'package(xtask) and binary(chart) or test(the_real_helm_)' || exit 1; \
		else \
			echo "skipped: not on PATH: $$helm"; \
		fi; \
	done; \
	if command -v kustomize >/dev/null || command -v kubectl >/dev/null || [ "$(REQUIRE_REAL)" = 1 ]; then \
		cargo nextest run $(RELEASED) --run-ignored only -E 'test(the_real_kustomize_)' || exit 1; \
	else \
		echo "skipped: not on PATH: kustomize, kubectl"; \
	fi

# The command is what the workspace's build has made.
package-tests: setup-tests build-all ## Install the npm package and the wheel, and read the formula and the images, each by its program
	$(say) "packages"
	@absent=; \
	for test in npm:^npm python3:^pip ruby:^ruby skopeo:^skopeo docker-registry:_pushes_; do \
		command -v $${test%%:*} >/dev/null || [ "$(REQUIRE_REAL)" = 1 ] || absent="$$absent - test(/$${test#*:}/)"; \
	done; \
	[ -z "$$absent" ] || echo "skipped, for want of their programs:$$absent"; \
	cargo nextest run $(RELEASED) --run-ignored only -E "binary_id(plimsoll-release::packages)$$absent"

registry-tests: setup-tests setup-registry ## Push to a registry on loopback, installed from the distribution where that is possible
	$(say) "a registry"
	@if command -v docker-registry >/dev/null || [ "$(REQUIRE_REAL)" = 1 ]; then \
		absent=; \
		for program in skopeo cosign crane oras; do \
			command -v $$program >/dev/null || [ "$(REQUIRE_REAL)" = 1 ] || absent="$$absent - test(/(^|_)$${program}_/)"; \
		done; \
		[ -z "$$absent" ] || echo "skipped, for want of their programs:$$absent"; \
		cargo nextest run $(RELEASED) --run-ignored only -E "binary_id(plimsoll-release::publish)$$absent"; \
	else \
		echo "skipped: not on PATH: docker-registry"; \
	fi

ci: ## What CI runs
	.ci/run
