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

.PHONY: help run test lint template build bench clean tools

help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## the whole product on this machine (PORT SMTP_PORT AWS_PORT DATA_DIR AUTH=1 DEMO=0)
	go run ./infra/local

test: ## every test but the browser's
	go test -json ./... | go run ./infra/testsum

lint: ## gofmt, vet, staticcheck, tidy go.mod
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

build: $(VENV)/bin/sam ## the functions for deployment, with sam build
	$(LAMBDA_FLAGS) $(VENV)/bin/sam build
	@for f in $$(awk '/^  [A-Za-z]+Function:/ {print substr($$1, 1, length($$1)-1)}' template.yaml); do \
	  test -x .aws-sam/build/$$f/bootstrap || { echo "$$f was not built"; exit 1; }; done
	@echo "built: $$(ls -d .aws-sam/build/*Function | wc -l) functions"

bench: ## what a run takes (calls, units, money), cold starts and ways, JSONata, each against a named peer or limit
	go run ./infra/bench/counts
	go run ./infra/bench/cold
	go run ./infra/bench/jsonata

clean: ## what the other commands made, but for the data of `make run`
	rm -rf .aws-sam $(VENV) bin
