# make build   bin/lvsctl, static
# make demo    the tutorial's cluster, live, on lvsctl alone
# make test    everything that can be proven here, the lab included
# make lint    golangci-lint with the rules of .golangci.yml
# make lab     the tests that need a kernel with IPVS; RUN='ipvsadm -Ln' runs a command there
# make goldens the answers of the real ipvsadm to the stories in ipvs/ipvsadm, anew
# make bench   the figures, beside ipvsadm and keepalived
# make docs    man pages and completions from the command tree, the schema from the model
# make install PREFIX=/usr/local DESTDIR=

PREFIX  ?= /usr/local
VERSION ?= devel
GO      ?= go
LINT    := $(GO) tool -modfile=tools/go.mod golangci-lint

export CGO_ENABLED := 0
BUILD   := $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)'
TESTSUM := bin/testsum
# The packages that have tests for the lab, and the names of these tests.
LAB_PKGS  = $(sort $(dir $(shell git ls-files -co --exclude-standard '*_lab_test.go')))
TERMINAL := $(shell test -t 1 && echo true || echo false)

.PHONY: all build demo test unit lab goldens lint bench docs docs-fresh install tools packages clean
all: build

build:
	$(BUILD) -o bin/lvsctl ./cmd/lvsctl

# What the tests, the demo and the bench run with.
tools: packages build
	$(BUILD) -o bin/lab ./internal/lab/run
	$(BUILD) -o $(TESTSUM) ./internal/testsum

packages:
	@sh internal/lab/packages.sh

demo: tools
	$(BUILD) -o bin/demo ./internal/lab/demo
	@bin/lab bin/demo -color=$(TERMINAL)

test: tools
	@$(MAKE) --no-print-directory unit lab

unit: tools
	$(GO) vet ./...
	GOOS=darwin $(GO) vet ./...
	$(GO) test -json ./... | $(TESTSUM)

lab: tools
ifdef RUN
	@bin/lab $(RUN)
else
	$(GO) test -json -p 1 -tags lab -run '^TestLab' -exec $(CURDIR)/bin/lab $(addprefix ./,$(LAB_PKGS)) | $(TESTSUM)
endif

goldens: tools
	$(GO) test -count=1 -tags lab -run '^TestLabGoldens$$' -exec $(CURDIR)/bin/lab ./ipvs/ipvsadm -rewrite
	git diff --stat -- ipvs/ipvsadm/testdata/golden

bench: tools
	$(BUILD) -o bin/bench ./internal/lab/bench
	@status=0; bin/bench -only config || status=1; bin/lab -timeout 90m bin/bench || status=1; exit $$status

lint:
	$(LINT) run ./...

docs:
	$(GO) run ./cmd/gendocs

# Fails if the committed pages, completions and schema are not those of the tree.
docs-fresh: docs
	git diff --exit-code -- docs/man docs/lvsctl.schema.json docs/keepalived-keywords.md completions

install: build
	install -D -m 755 bin/lvsctl $(DESTDIR)$(PREFIX)/sbin/lvsctl
	install -d $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 644 docs/man/*.8 $(DESTDIR)$(PREFIX)/share/man/man8/
	install -D -m 644 docs/lvsctl.schema.json $(DESTDIR)$(PREFIX)/share/lvsctl/lvsctl.schema.json
	install -D -m 644 completions/lvsctl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/lvsctl
	install -D -m 644 completions/_lvsctl $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_lvsctl
	install -D -m 644 completions/lvsctl.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/lvsctl.fish

clean:
	rm -rf bin
