# Every target is one command or one script in tools/; the logic is there.

export PREFIX ?= /usr/local
export DESTDIR ?=

.DEFAULT_GOAL := help
.PHONY: help demo build install test test-races header bench bench-peers soak fuzz clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Install what is missing, build, and show everything at work on recorded traces
	tools/demo.sh

build: ## Build the library and the blockpack command
	tools/bootstrap.sh
	tools/build.sh

install: ## Install below PREFIX (/usr/local) and DESTDIR
	tools/install.sh

test: ## Install what is missing, then run every check and test
	tools/test.sh

test-races: ## Run the C tests with ThreadSanitizer (needs rustup component add rust-src)
	tools/test.sh races

header: ## Write include/blockpack.h anew from capi/src, and record what was added to the ABI
	BLOCKPACK_BLESS=1 cargo test --quiet -p blockpack-capi --test header checked_in
	BLOCKPACK_BLESS=1 cargo test --quiet -p blockpack-capi --test c_programs recorded

bench: ## Run the project's own benchmarks
	tools/bench.sh

bench-peers: ## Compare with other engines from PyPI, and write docs/benchmarks.md
	tools/bench-peers.sh

soak: ## Open, read and close a million times, in C and Go; memory must stay flat
	tools/soak.sh

fuzz: ## Run the coverage-guided fuzzers, SECONDS (60) each
	tools/fuzz.sh $(SECONDS)

clean: ## Remove everything that was built
	rm -rf build
	cargo clean
