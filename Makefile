# Everything a person or CI does with Deskhand. `make help` lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
PYTHON ?= python3
VENV := .venv
# What the Go builder of SAM compiles the functions with: small and quick to start.
LAMBDA_FLAGS := CGO_ENABLED=0 GOFLAGS="-tags=lambda.norpc -ldflags=-s -trimpath"
export AWS_DEFAULT_REGION ?= us-east-1
export SAM_CLI_TELEMETRY := 0

WEB := functions/console/web
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/public $(WEB)/scripts -type f 2>/dev/null) $(addprefix $(WEB)/,index.html package.json vite.config.ts tsconfig.json)

.PHONY: help run test e2e lint template build bench cost clean tools console verify-aws verify-aws-local

help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Its packages, as the lockfile says, from the registry that this machine's npm is set up with.
$(WEB)/node_modules/.package-lock.json: $(WEB)/package-lock.json
	cd $(WEB) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB)/dist/manifest.json: $(WEB)/node_modules/.package-lock.json $(WEB_SOURCES)
	cd $(WEB) && npm run --silent build

console: $(WEB)/dist/manifest.json ## the pages of the console, when their sources have changed

run: console ## the whole product on this machine (PORT SMTP_PORT AWS_PORT DATA_DIR AUTH=1 DEMO=0)
	go run ./infra/local

test: console ## every test but the browser's
	cd $(WEB) && npm test --silent
	go test -json ./... | go run ./infra/testsum

e2e: console ## the browser's tests, in Chromium (CHROMIUM=path) against a whole stack
	cd $(WEB) && node e2e/run.mjs

lint: $(WEB)/node_modules/.package-lock.json ## gofmt, vet, staticcheck, tidy go.mod, types of the console and of the API
	cd $(WEB) && npm run --silent check && npm run --silent api -- --check
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	go mod tidy -diff

$(VENV)/bin/sam:
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -q --disable-pip-version-check aws-sam-cli cfn-lint awscli

tools: $(VENV)/bin/sam ## SAM, cfn-lint and the AWS CLI, in .venv

template: $(VENV)/bin/sam ## check template.yaml: cfn-lint, sam validate
	$(VENV)/bin/cfn-lint template.yaml
	$(VENV)/bin/sam validate --lint

build: $(VENV)/bin/sam console ## the functions for deployment, with sam build
	$(LAMBDA_FLAGS) $(VENV)/bin/sam build
	@for f in $$(awk '/^  [A-Za-z]+Function:/ {print substr($$1, 1, length($$1)-1)}' template.yaml); do \
	  test -x .aws-sam/build/$$f/bootstrap || { echo "$$f was not built"; exit 1; }; done
	@echo "built: $$(ls -d .aws-sam/build/*Function | wc -l) functions"

bench: ## what a run takes (calls, units, money), cold starts and ways, JSONata, each against a named peer or limit
	go run ./infra/bench/counts
	go run ./infra/bench/cold
	go run ./infra/bench/jsonata

cost: ## what a month costs and which quota is met first, at 1, 100 and 10,000 mails a minute
	@go run ./infra/bench/cost

verify-aws: ## record an AWS account and compare the local stack with it (needs credentials; see infra/verifyaws)
	infra/verifyaws/run.sh

verify-aws-local: ## the half of verify-aws that needs no account
	go run ./infra/verifyaws -local -out "$$(mktemp -d)"

clean: ## what the other commands made, but for the data of `make run`
	rm -rf .aws-sam $(VENV) bin $(WEB)/node_modules
	find $(WEB)/dist -mindepth 1 ! -name .gitkeep -delete
