# Aldis. `make` lists the targets.

GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/aldis-rtc/aldis/pkg/cli.version=$(VERSION)
JS := pkg/client/js
FUZZTIME ?= 10s
BENCHCOUNT ?= 6

.DEFAULT_GOAL := help
.PHONY: help run build compile test deps lint test-go test-js fuzz bench soak types clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## a gateway on this machine, everything in memory (ARGS="--flag ...")
	$(GO) run ./cmd/aldis serve $(ARGS)

build: ## bin/aldis
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/aldis ./cmd/aldis

compile: ## every package, nothing kept
	$(GO) build ./...

test: ## everything below, in this order, with a summary: deps, lint, test-go, test-js
	@hack/parts deps lint test-go test-js

deps: ## install what the tests need and is missing
	@hack/deps

lint: ## gofmt, go vet, staticcheck, govulncheck, the JavaScript SDK's check
	@hack/lint

test-go: ## the Go tests, with the race detector; those with real processes one package at a time
	$(GO) test -race $$($(GO) list ./... | grep -v -e /e2e/ -e /broker/redis)
	$(GO) test -race -p 1 -count=1 ./pkg/broker/redis/... ./e2e/...

test-js: ## the JavaScript SDK's tests
	npm --prefix $(JS) test

fuzz: ## each fuzz target for FUZZTIME (10s)
	@hack/fuzz $(FUZZTIME)

bench: ## every benchmark BENCHCOUNT (6) times, medians; beside bin/bench.old.txt where that is
	@hack/bench $(BENCHCOUNT)

soak: ## everything bad at a gateway's door for a minute (ARGS="-duration 24h"), with sessions that must not notice
	$(GO) run ./hack/soak $(ARGS)

types: ## the JavaScript SDK's type declarations
	npm --prefix $(JS) run types

clean: ## remove what the other targets made, npm packages included
	rm -rf bin $(JS)/node_modules e2e/*/node_modules
