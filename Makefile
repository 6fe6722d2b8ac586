.DEFAULT_GOAL := help
.PHONY: check-packaging check-sandbox check-signin check-api check-feeds check-payments check-webhooks check-pdf check-kurrentdb kurrentdb-check check-journeys help bench check-crash check-accounting run test check fmt lint doc golden check-pages screenshots clean check-mutants simulate

help: ## List the commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Start the demo on http://127.0.0.1:8080.
	cargo run --locked -p ledger-api -- demo

test: ## Run every test; no server is needed.
	cargo test --workspace --locked

check: fmt lint test doc ## All that must pass before a change is taken.

fmt: ## Is the code formatted? `cargo fmt --all` repairs it.
	cargo fmt --all --check

lint: ## Do the lints of Cargo.toml and .clippy.toml pass?
	cargo clippy --workspace --all-targets --locked -- -D warnings

doc: ## Are the docs complete and free of broken links?
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked

golden: ## Write missing golden files, docs/events.md and docs/accounting.md.
	cargo run --quiet --locked -p fixtures --bin docs

check-pages: ## Look at every page in Chromium, at 1280 and 375 pixels: accessibility and weight.
	fixtures/checks/with-demo.sh node fixtures/checks/axe.mjs

check-journeys: ## Search, pay, cancel, freeze, audit in Chromium, as people do, with and without JavaScript.
	fixtures/checks/with-demo.sh node fixtures/checks/journeys.mjs

check-api: ## Ask the API all that its description allows and forbids.
	fixtures/checks/api.sh

check-signin: ## Sign in at an identity provider of another's making, in Chromium; be refused in every way.
	fixtures/checks/signin.sh

check-accounting: ## Have hledger, ledger and beancount compute every balance again, and two checkers read the FEC.
	fixtures/checks/accounting.sh

check-payments: ## Have xmllint and two Python packages read the file of transfers, and refuse doctored ones.
	fixtures/checks/payments.sh

check-webhooks: ## Have PyPI's standardwebhooks verify what a killed and restarted service tells.
	fixtures/checks/webhooks.sh

check-packaging: ## Have systemd, hadolint, promtool and a schema read what is packaged; run the image's files.
	fixtures/checks/packaging.sh

check-pdf: ## Have qpdf and poppler read accounts on paper.
	fixtures/checks/pdf.sh

check-kurrentdb: ## Hold the double of KurrentDB's server against PyPI's kurrentdbclient, and our events too.
	fixtures/checks/kurrentdb.sh

kurrentdb-check: ## Build one file that tries the log's promises on a real KurrentDB, wherever it is carried.
	RUSTFLAGS='-C target-feature=+crt-static' cargo build --locked --release -p ledger-core \
	  --example kurrentdb-check --target $$(rustc -vV | sed -n 's/^host: //p')
	@echo "$${CARGO_TARGET_DIR:-target}/$$(rustc -vV | sed -n 's/^host: //p')/release/examples/kurrentdb-check"

check-feeds: ## Harvest another's repository, have xmllint and jsonschema read our feeds, and refuse doctored ones.
	fixtures/checks/feeds.sh

check-sandbox: ## Walk through docs/sandbox.md, line by line, against a sandbox.
	fixtures/checks/sandbox.sh

check-crash: ## Kill the service two hundred times under load; CRASH_ROUNDS says otherwise.
	CRASH_ROUNDS=$${CRASH_ROUNDS:-200} cargo test --locked --release -p ledger-api --test crash -- --nocapture

simulate: ## Simulate several nodes on one failing log, thousands of seeds; SEEDS=… or SEED=n.
	SEEDS=$${SEEDS:-3000} cargo test --locked --release -p ledger-core --test simulation whatever -- --nocapture

check-mutants: ## Spoil rules and flows one by one in a copy; see that tests find each.
	fixtures/checks/mutants.sh

bench: ## Measure what this machine does, beside its own baselines.
	cargo bench --locked -p ledger-core -p projections -p catalogue-sync -p ledger-api

screenshots: ## Take the README's pictures again, into docs/images.
	fixtures/checks/with-demo.sh node fixtures/checks/screenshots.mjs

clean: ## Delete what was built and installed; data stays.
	cargo clean
	rm -rf fixtures/checks/node_modules
