#!/usr/bin/env bash
# Records an account, then the local stack, and compares: `make verify-aws`. See README.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
for tool in aws jq; do command -v "$tool" >/dev/null || { echo "verify-aws needs $tool"; exit 1; }; done
account=$(aws sts get-caller-identity --query Account --output text)
stack=deskhand-verify-$RANDOM
work=$(mktemp -d)
trap 'rm -rf "$work"; aws cloudformation delete-stack --stack-name "$stack"' EXIT
aws cloudformation deploy --stack-name "$stack" --template-file infra/verifyaws/setup.yaml --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset
outputs=$(aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].Outputs' --output json | jq 'map({(.OutputKey): .OutputValue}) | add')
for try in 1 2 3 4 5 6; do # a new role can be assumed after a moment
  narrow=$(aws sts assume-role --role-arn "$(jq -r .NarrowRole <<<"$outputs")" --role-session-name verify --query Credentials --output json) && break
  [ "$try" -lt 6 ] && sleep 10
done
(umask 077; jq -n --arg stack "$stack" --arg account "$account" --argjson o "$outputs" --argjson n "$narrow" '$o + {Stack: $stack, Account: $account, Narrow: $n}' >"$work/setup.json")
go run ./infra/verifyaws -setup "$work/setup.json" -out infra/verifyaws/recorded
go run ./infra/verifyaws -local -out "$work/local"
go run ./infra/verifyaws -diff "infra/verifyaws/recorded,$work/local"
