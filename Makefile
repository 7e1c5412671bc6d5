# Everything a person or CI does with Deskhand. `make help` lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
PYTHON ?= python3
VENV := .venv
# What the Go builder of SAM compiles the functions with: small and quick to start.
LAMBDA_FLAGS := CGO_ENABLED=0 GOFLAGS="-tags=lambda.norpc -ldflags=-s -trimpath"
export SAM_CLI_TELEMETRY := 0

WEB := functions/console/web
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/public $(WEB)/scripts -type f 2>/dev/null) $(addprefix $(WEB)/,index.html package.json vite.config.ts tsconfig.json)

# What an operator does with a stack: make <verb> STACK=<name>, in the account and the Region of the AWS CLI, or on the
# local stack with AWS_ENDPOINT_URL=http://127.0.0.1:4566. Settings reach the command as environment variables.
OPERATE := outputs smoke logs purge activate-rule-set sandbox backup restore export import diff
# SAM checks and builds without an account, and wants a Region all the same.
template build: export AWS_DEFAULT_REGION ?= us-east-1

.PHONY: help run test e2e lint template build bench cost permissions clean tools console verify-aws verify-aws-local validate deploy check-workflows $(OPERATE)

help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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
	go test -timeout 30m -json ./... | go run ./infra/testsum

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

validate: template ## template, and that its references resolve, nothing goes in circles, policies name what exists
	go run ./infra/operate validate

deploy: ## build and deploy a stack, with questions the first time (STACK=name, YES=1 does not ask)
	@go run ./infra/operate deploy

outputs: ## where a stack is and what it made (STACK=name, as the verbs below)
smoke: ## publish a throw-away workflow, run it by event and by mail, clean up (TOKEN=…, MAIL=1, PATIENCE=2m)
logs: ## follow all functions' logs, or one id through them (ID=run_… or evt_…, SINCE=2h, FOLLOW=0)
purge: ## delete state machines and schedules that workflows made; shows them first (YES=1, FORCE=1)
activate-rule-set: ## make the stack's SES receipt rule set the active one; says first what that switches off (YES=1)
sandbox: ## what SES allows: sandbox, quota, identities, DKIM, and what to do next
backup: ## what is protected and how far back; workflows, inboxes and groups as files (DIR=folder)
restore: ## how the data comes back, with the stack's names
export: ## workflows as one JSON file each (DIR=workflows)
import: ## workflows from such files (DIR=workflows, PUBLISH=1, FORCE=1)
diff: ## in which nodes such files differ from what runs on the desk (DIR=workflows)
check-workflows: ## lint such files and play their examples; needs no stack (DIR=workflows)
	@go run ./infra/operate lint
	@go run ./infra/operate test

$(OPERATE):
	@go run ./infra/operate $@

bench: ## what a run takes (calls, units, money), cold starts and ways, JSONata, each against a named peer or limit
	go run ./infra/bench/counts
	go run ./infra/bench/cold
	go run ./infra/bench/jsonata

cost: ## what a month costs and which quota is met first, at 1, 100 and 10,000 mails a minute
	@go run ./infra/bench/cost

permissions: console ## which rights of template.yaml the end-to-end tests did not need, and why each is there
	cd infra/local/e2e && go test -count=1

verify-aws: ## record an AWS account and compare the local stack with it (needs credentials; see infra/verifyaws)
	infra/verifyaws/run.sh

verify-aws-local: ## the half of verify-aws that needs no account
	go run ./infra/verifyaws -local -out "$$(mktemp -d)"

clean: ## what the other commands made, but for the data of `make run`
	rm -rf .aws-sam $(VENV) bin $(WEB)/node_modules
	find $(WEB)/dist -mindepth 1 ! -name .gitkeep -delete
