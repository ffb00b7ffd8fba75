#!/usr/bin/env bash
# Holds what `quotas request` prints to the programs that it is meant for: each line to the AWS CLI, which sends it to a
# server on loopback, and each block to Terraform. Terraform needs the AWS provider: the oracle's or, where the registry
# can be reached, the real one; otherwise that part says that it is skipped.
set -euo pipefail
# shellcheck source=tests/tools/tools.sh
source "$(dirname "$0")/tools.sh"
cd "$root"
need_python awscli==1.46.2

out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
mkdir "$out/blocks"
printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$tools/python/bin/python" "$root/tests/tools/aws_shell.py" >"$out/aws-shell"
chmod +x "$out/aws-shell"
TF_HEADROOM_AWS_SHELL=$out/aws-shell TF_HEADROOM_REQUESTS=$out/blocks cargo test --test it requests:: -- --nocapture | tee "$out/said"
grep -q "requests: the AWS CLI sent" "$out/said" || missing "what the AWS CLI makes of the lines"
[ -s "$out/blocks/main.tf" ] || missing "the blocks"

blocks=$(grep -c '^resource ' "$out/blocks/main.tf")
if ! command -v terraform >/dev/null; then
  echo "requests: blocks skipped, terraform is not installed"
elif [ -x "${TF_HEADROOM_ORACLE:-}/run" ]; then
  # A plan validates first.
  "$TF_HEADROOM_ORACLE/run" "$out/blocks" -o "$out/plan.json"
  made=$(python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["resource_changes"]))' "$out/plan.json")
  [ "$made" = "$blocks" ] || { echo "$made blocks planned of $blocks" >&2; exit 1; }
  echo "requests: Terraform plans all $blocks blocks with a mock provider"
elif (cd "$out/blocks" && printf 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n' >versions.tf &&
  terraform init -input=false -no-color) >"$out/init" 2>&1; then
  (cd "$out/blocks" && terraform validate -no-color)
  echo "requests: Terraform takes all $blocks blocks"
else
  echo "requests: blocks skipped, there is neither an oracle nor the AWS provider"
fi
