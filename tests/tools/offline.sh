#!/usr/bin/env bash
# Without `--quotas live` and `quotas pull` the program opens no socket: watches the system calls of every other command,
# in a program that can ask AWS. The last run does ask, which shows that a socket would be seen.
set -euo pipefail
# shellcheck source=tests/tools/tools.sh
source "$(dirname "$0")/tools.sh"
cd "$root"

if ! command -v strace >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq strace; } >/dev/null 2>&1 || true
fi
if ! command -v strace >/dev/null || ! strace -o /dev/null true 2>/dev/null; then
  echo "offline: skipped, system calls cannot be watched here"
  exit 0
fi
cargo build --quiet
program=$(realpath "${CARGO_TARGET_DIR:-target}")/debug/tf-headroom

out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
export AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=AKIAFIRST AWS_SECRET_ACCESS_KEY=secret AWS_ENDPOINT_URL=http://127.0.0.1:9
export AWS_EC2_METADATA_DISABLED=true HOME=$out TF_HEADROOM_TIMEOUT=1

for day in 01 08 15; do
  cat >"$out/2026-11-$day.json" <<END
{"schema_version": 1, "made_by": "tf-headroom", "places": [{"account": "123456789012", "partition": "aws",
  "region": "us-east-1", "taken_at": "2026-11-${day}T08:00:00Z",
  "quotas": [{"service": "vpc", "code": "L-F678F1CE", "name": "VPCs per Region", "value": 5, "metric":
    {"namespace": "AWS/Usage", "name": "ResourceCount", "dimensions": {"Resource": "vpc"}, "statistic": "Maximum"}}],
  "usage": [{"service": "vpc", "code": "L-F678F1CE", "amount": 3}]}]}
END
done
snapshot=$out/2026-11-15.json
echo '{"tags": {"Owner": {"tag_key": {"@@assign": "Owner"}}}}' >"$out/policy.json"

# watched ARGUMENTS…: leaves the calls in $out/calls.
watched() {
  strace -f -qq -e trace=%network -e signal=none -o "$out/calls" "$program" "$@" >"$out/said" 2>&1 </dev/null || true
}

seen=()
# offline ARGUMENTS…: any call about networks is a fault, and so are arguments that are refused.
offline() {
  watched "$@"
  if [ -s "$out/calls" ]; then
    echo "offline: tf-headroom $* opens a socket:" >&2
    head "$out/calls" >&2
    exit 1
  fi
  if grep -q "Usage: tf-headroom" "$out/said"; then
    echo "offline: tf-headroom $* is not understood:" >&2
    head "$out/said" >&2
    exit 1
  fi
  seen+=("$1 ${2:-}")
}

for format in human json sarif github gitlab markdown junit html openmetrics; do
  offline check fixtures/over-quota --format "$format"
done
offline check fixtures/plans/over-quota.json --source fixtures/over-quota --shares --all
offline check --recursive fixtures/monorepo --fail-on never
for part in 1 2; do
  offline check --recursive fixtures/monorepo --shard "$part/2" --format json="$out/part-$part.json"
done
offline merge "$out/part-1.json" "$out/part-2.json"
offline check fixtures/over-quota --quotas catalog --write-baseline "$out/baseline.json"
offline check fixtures/over-quota --quotas "$snapshot" --baseline "$out/baseline.json"
offline check fixtures/over-quota --base HEAD --settings-from HEAD
offline check fixtures/bad/syntax-error --strict
offline inventory fixtures/contact-center --format json
offline eval --path fixtures/contact-center 'var.tenants'
offline capacity fixtures/contact-center
offline capacity --profile medium --tenants 5
offline tags fixtures/tagging
offline tags fix fixtures/tagging
offline tags import "$out/policy.json"
offline tags export --settings fixtures/tagging/.tf-headroom.hcl
offline quotas list connect
offline quotas show L-19A87C94
offline quotas request fixtures/over-quota --as cli
offline quotas request fixtures/over-quota --quotas "$snapshot"
offline quotas diff catalog "$snapshot"
offline quotas trend "$out"/2026-11-*.json
offline quotas policy fixtures/over-quota
offline quotas alarms --quotas "$snapshot"
offline init --print
offline explain quota-exceeded
offline explain L-19A87C94
offline explain L-19A87C94 --of fixtures/over-quota
offline capacity fixtures/contact-center --quotas "$snapshot"
offline schema
offline completions bash
offline man

# Every command that there is has been watched, but the one that asks.
for of in "" tags quotas; do
  # shellcheck disable=SC2086
  for command in $("$program" $of --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    case "$of $command" in *" tags" | *" quotas" | "quotas pull") continue ;; esac
    printf '%s\n' "${seen[@]}" | grep -q "^${of:+$of }$command" || { echo "offline: $of $command is not watched" >&2; exit 1; }
  done
done

watched check fixtures/over-quota --quotas live
grep -q '^[0-9]* *socket(AF_INET' "$out/calls" || missing "a socket that is opened, to see that it would be seen"
echo "offline: ${#seen[@]} commands opened no socket; asking AWS does"
