#!/usr/bin/env bash
# Runs the hook by pre-commit itself, in a scratch repository: only root modules that changed files are part of are checked.
set -euo pipefail
# shellcheck source=tests/tools/tools.sh
source "$(dirname "$0")/tools.sh"
need_python pre-commit==4.3.0
built
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export PATH="$(dirname "$program"):$PATH" PRE_COMMIT_HOME="$scratch/home" GIT_CONFIG_GLOBAL=/dev/null
git_() { git -C "$1" -c user.name=test -c user.email=test@example.invalid -c commit.gpgsign=false "${@:2}"; }
repository() {
  git init --quiet "$1"
  git_ "$1" add --all
  git_ "$1" commit --quiet --message "$1"
}

# The hook as it is shipped, but for the language: the program is built already.
mkdir -p "$scratch/hooks"
sed 's/language: rust/language: system/' "$root/.pre-commit-hooks.yaml" >"$scratch/hooks/.pre-commit-hooks.yaml"
repository "$scratch/hooks"

put() { mkdir -p "$(dirname "$scratch/repo/$1")" && cat >"$scratch/repo/$1"; }
module() { printf 'module "m" {\n  source = "%s"\n}\n' "$1"; }
provider=$'provider "aws" {\n  region = "eu-central-1"\n}\n'
mkdir -p "$scratch/repo"
for name in a b c d; do printf '%s' "$provider" | put "stacks/$name/provider.tf"; done
module ../../modules/outer | put stacks/a/main.tf
module ../../modules/inner | put stacks/b/main.tf
printf 'resource "aws_eip" "e" {\n  count = 9\n}\n' | put stacks/c/main.tf
printf 'variable "n" {\n  type = number\n}\n\nresource "aws_eip" "e" {\n  count = var.n\n}\n' | put stacks/d/main.tf
module ../inner | put modules/outer/main.tf
printf 'resource "aws_sqs_queue" "q" {}\n' | put modules/inner/main.tf
printf 'resource "aws_sqs_queue" "q" {}\n' | put modules/nobody/main.tf
printf 'n = 2\n' | put envs/d.tfvars
printf 'n = 3\n' | put stacks/d/envs/other.tfvars
printf 'target "d" {\n  root      = "stacks/d"\n  var_files = ["../../envs/d.tfvars"]\n}\n' | put .tf-headroom.hcl
printf 'nothing of Terraform\n' | put README.md
put .pre-commit-config.yaml <<END
repos:
  - repo: $scratch/hooks
    rev: $(git -C "$scratch/hooks" rev-parse HEAD)
    hooks:
      - id: tf-headroom
        args: [--format, human, --format, json=$scratch/report.json]
END
repository "$scratch/repo"
cd "$scratch/repo"

# hook EXIT ROOTS FILES…: what is checked when these files have changed; `-` is no run at all.
hook() {
  rm -f "$scratch/report.json"
  local due=$1 roots=$2
  shift 2
  expect "$due" "$tools/python/bin/pre-commit" run --color never tf-headroom --files "$@" >"$scratch/said" 2>&1 ||
    { cat "$scratch/said"; exit 1; }
  local read=-
  if [ -e "$scratch/report.json" ]; then
    read=$(python3 -c 'import json,sys; print(" ".join(i["path"] for i in json.load(open(sys.argv[1]))["inputs"]))' "$scratch/report.json")
  fi
  [ "$read" = "$roots" ] || { cat "$scratch/said"; echo "checked \`$read\` where \`$roots\` was due: $*" >&2; exit 1; }
}
hook 0 "stacks/a" stacks/a/main.tf
hook 0 "stacks/a stacks/b" modules/inner/main.tf
hook 0 "stacks/a" modules/outer/main.tf
hook 0 "stacks/a stacks/b" modules/outer/main.tf stacks/b/provider.tf
hook 1 "stacks/c" stacks/c/main.tf
hook 0 "stacks/d" envs/d.tfvars
hook 0 "stacks/d" stacks/d/envs/other.tfvars
hook 0 "" modules/nobody/main.tf
hook 1 "stacks/a stacks/b stacks/c stacks/d" .tf-headroom.hcl
hook 0 "-" README.md
# As a commit runs it.
"$tools/python/bin/pre-commit" install >/dev/null
printf '\nresource "aws_sns_topic" "t" {}\n' >>stacks/a/main.tf
git_ . commit --quiet --all --message "passes" >/dev/null 2>&1
sed -i 's/count = 9/count = 8/' stacks/c/main.tf
if git_ . commit --quiet --all --message "is refused" >"$scratch/said" 2>&1; then
  echo "a commit that exceeds a quota was not refused" >&2
  exit 1
fi
grep -q "8 EC2-VPC Elastic IPs" "$scratch/said" || { cat "$scratch/said"; exit 1; }
cd /

# How long it takes on 50 root modules: one of them, and one module that all of them share.
many=$scratch/many
for i in $(seq 50); do
  mkdir -p "$many/stacks/s$i"
  printf '%s' "$provider" >"$many/stacks/s$i/provider.tf"
  for j in $(seq 10); do printf 'resource "aws_sqs_queue" "q%s" {\n  count = 3\n}\n' "$j" >"$many/stacks/s$i/part$j.tf"; done
  printf 'module "m" {\n  source = "../../modules/m"\n}\n' >"$many/stacks/s$i/main.tf"
done
mkdir -p "$many/modules/m"
printf 'resource "aws_sns_topic" "t" {}\n' >"$many/modules/m/main.tf"
cd "$many"
for file in stacks/s7/main.tf modules/m/main.tf; do
  best=999999
  for _ in 1 2 3 4 5; do
    start=$(date +%s%N)
    "$program" check --changed "$file" --quiet >/dev/null
    took=$((($(date +%s%N) - start) / 1000000))
    if [ "$took" -lt "$best" ]; then best=$took; fi
  done
  echo "50 root modules, $file changed: $best ms"
done
echo "the hook checks what a change touches"
