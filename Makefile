# Everything that is done with loadx's source. `make help` lists the targets.
SHELL := /bin/bash
GO ?= go
BIN := bin
PREFIX ?= /usr/local
TOOLS := .cache/bin
GOLANGCI_LINT_VERSION := v2.15.0
STATICCHECK_VERSION := v0.8.2
ACTIONLINT_VERSION := v1.7.7
PACKAGES := ./...

.DEFAULT_GOAL := help
.PHONY: help build man install demo test test-e2e setup lint fmt ci bench pgo fuzz pictures clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/loadx
	$(GO) build -trimpath -o $(BIN)/loadx ./cmd/loadx

man: build ## write the manual pages to bin/man
	$(BIN)/loadx man $(BIN)/man

install: man ## install program, manual pages and completions below PREFIX (default /usr/local) of DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man7
	install -m 755 $(BIN)/loadx $(DESTDIR)$(PREFIX)/bin/loadx
	install -m 644 $(BIN)/man/man1/* $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(BIN)/man/man7/* $(DESTDIR)$(PREFIX)/share/man/man7
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(BIN)/loadx completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/loadx
	$(BIN)/loadx completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_loadx
	$(BIN)/loadx completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/loadx.fish

demo: build ## the main job on loopback: sent against seen for three kinds of traffic
	$(BIN)/loadx demo

test: setup ## run every test with the race detector, end-to-end tests with the real programs included
	@# Compiled side by side, run one after the other: many tests measure time, and two of them at once disturb each other.
	$(GO) test -race -run '^$$' $(PACKAGES) >/dev/null
	$(GO) test -race -shuffle=on -timeout 20m -p 1 $(PACKAGES)

test-e2e: setup ## run only the end-to-end tests with the real programs
	$(GO) test -race -shuffle=on -timeout 20m -count=1 -run 'TestE2E|TestScripts' ./cmd/...

setup: ## install the real programs that the tests need, where apt can
	@bash scripts/setup.sh

lint: $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION) $(TOOLS)/staticcheck-$(STATICCHECK_VERSION) $(TOOLS)/actionlint-$(ACTIONLINT_VERSION) ## formatting, go vet, staticcheck, golangci-lint, actionlint
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "gofmt would change: $$unformatted"; exit 1; }
	$(GO) vet $(PACKAGES)
	$(TOOLS)/staticcheck-$(STATICCHECK_VERSION) $(PACKAGES)
	$(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION) run --timeout 10m
	$(TOOLS)/actionlint-$(ACTIONLINT_VERSION) docs/ci/github.yml
	$(GO) mod tidy -diff
	$(GO) mod verify

fmt: ## format the source
	gofmt -w $$(git ls-files '*.go')

ci: build lint test ## what continuous integration runs

bench: build ## benchmarks against the field's tools and the stated goals; takes minutes
	@bash scripts/bench.sh

pgo: build ## profile loadx on this machine anew for the compiler (cmd/loadx/default.pgo)
	@bash scripts/bench.sh pgo

fuzz: ## run every fuzzer for FUZZTIME (default 30s) each
	@bash scripts/fuzz.sh $(or $(FUZZTIME),30s)

pictures: build ## make the pictures of the documents again, of a real attack on nginx
	@bash scripts/pictures.sh

clean: ## remove what was built
	rm -rf $(BIN) .cache out

$(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION):
	GOBIN=$(CURDIR)/$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv $(TOOLS)/golangci-lint $@

$(TOOLS)/staticcheck-$(STATICCHECK_VERSION):
	GOBIN=$(CURDIR)/$(TOOLS) $(GO) install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)
	mv $(TOOLS)/staticcheck $@

$(TOOLS)/actionlint-$(ACTIONLINT_VERSION):
	GOBIN=$(CURDIR)/$(TOOLS) $(GO) install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION)
	mv $(TOOLS)/actionlint $@
