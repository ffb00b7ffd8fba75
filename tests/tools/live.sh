#!/usr/bin/env bash
# Holds what is asked of AWS, and what our server on loopback answers, to AWS's own service models as the Python SDK has
# them; then asks moto, which is somebody else's AWS, for what it implements.
set -euo pipefail
# shellcheck source=tests/tools/tools.sh
source "$(dirname "$0")/tools.sh"
cd "$root"
need_python awscli==1.46.2 'moto[server]==5.2.5'
bin=$tools/python/bin

out=$(mktemp -d)
moto=
trap '[ -z "$moto" ] || kill "$moto"; rm -r "$out"' EXIT
mkdir "$out/calls"
TF_HEADROOM_RECORD=$out/calls cargo test --quiet --test it live:: >"$out/said" 2>&1 || { cat "$out/said" >&2; exit 1; }
"$bin/python" tests/tools/answers.py "$out/calls"

cargo build --quiet
program=$(realpath "${CARGO_TARGET_DIR:-target}")/debug/tf-headroom
# Every action of the policy is an operation, under the service's name in policies.
"$program" quotas policy >"$out/policy.json"
"$bin/python" - "$out/policy.json" <<'PYTHON'
import json
import sys
from botocore.loaders import Loader

models = {"servicequotas": "service-quotas"}
actions = [a for s in json.load(open(sys.argv[1]))["Statement"] for a in s["Action"]]
for action in actions:
    service, name = action.split(":")
    operations = Loader().load_service_model(models.get(service, service), "service-2")["operations"]
    assert name in operations, action
print(f"policy: {len(actions)} actions are operations of their services")
PYTHON

port=$("$bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$bin/moto_server" -H 127.0.0.1 -p "$port" >"$out/moto" 2>&1 &
moto=$!
export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_ACCESS_KEY_ID=AKIAFIRST AWS_SECRET_ACCESS_KEY=secret
export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true HOME=$out
for _ in $(seq 100); do
  "$bin/python" -c "import socket; socket.create_connection(('127.0.0.1', $port))" 2>/dev/null && break
  sleep 0.2
done
arn=$("$bin/aws" connect create-instance --identity-management-type CONNECT_MANAGED --instance-alias centre \
  --inbound-calls-enabled --outbound-calls-enabled --query Arn --output text)
cat >"$out/main.tf" <<'END'
provider "aws" { region = "us-east-1" }
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_connect_instance" "i" {
  identity_management_type = "CONNECT_MANAGED"
  inbound_calls_enabled    = true
  outbound_calls_enabled   = true
  instance_alias           = "other"
}
END
expect 0 "$program" check "$out" --quotas live --format json >"$out/report.json"
"$program" quotas pull "$out" >"$out/snapshot.json" 2>"$out/summary" || [ $? = 2 ]
"$bin/python" - "$out/report.json" "$out/snapshot.json" "$arn" <<'PYTHON'
import json
import sys

report, snapshot = (json.load(open(f)) for f in sys.argv[1:3])
arn = sys.argv[3]
[place] = snapshot["places"]
assert place["account"] == "123456789012" and place["region"] == "us-east-1", place
assert [r["arn"] for r in place["resources"] if r["type"] == "aws_connect_instance"] == [arn], place["resources"]
of = {p["quota"]["code"]: p for p in report["projections"]}
instances = of["L-AA17A6B9"]
assert instances["scope"]["account"] == "123456789012", instances["scope"]
# One that moto made and one that is planned.
assert (instances["count"], instances["basis"]) == ({"low": 1, "high": 2}, "live"), instances
fallbacks = [f["message"] for f in report["findings"] if f["rule"] == "limits-fallback"]
assert any("ListServiceQuotas" in m or "servicequotas" in m for m in fallbacks), fallbacks
print("moto: the account, an instance and its use are read; what moto does not implement is named:")
print("  " + "\n  ".join(fallbacks))
PYTHON
