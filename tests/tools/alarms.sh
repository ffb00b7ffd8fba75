#!/usr/bin/env bash
# The blocks that `quotas alarms` prints for every measured quota with a metric, planned by the real Terraform. Without
# an oracle that knows the AWS provider that is said.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/tools/oracle.sh
. tests/tools/oracle.sh

out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
TF_HEADROOM_ALARMS=$out cargo test --no-default-features --test it alarms::
[ -s "$out/blocks/main.tf" ] || { echo "no blocks were written" >&2; exit 1; }
if why=$(oracle_lacks); then
  echo "alarms: not planned, $why"
  exit 0
fi
terraform fmt -check -diff "$out/blocks"
"$TF_HEADROOM_ORACLE/run" "$out/blocks" -o "$out/plan.json"
python3 - "$out/plan.json" "$out/rows.json" <<'PYTHON'
import json
import sys

plan, rows = (json.load(open(f)) for f in sys.argv[1:])
planned = {}
for change in plan["resource_changes"]:
    after = change["change"]["after"]
    assert change["change"]["actions"] == ["create"], change["address"]
    [usage] = [q for q in after["metric_query"] if q["id"] == "usage"]
    [share] = [q for q in after["metric_query"] if q["id"] != "usage"]
    assert share["return_data"] and not usage.get("return_data"), change["address"]
    [metric] = usage["metric"]
    planned[after["alarm_name"]] = (after, metric)
due = {}
for row in rows:
    for per_cent, tier in (70, "notice"), (80, "warning"), (90, "critical"):
        name = f"quota {row['service']} {row['code']} {tier}"
        after, metric = planned[name]
        named = row["metric"]
        assert after["threshold"] == per_cent, name
        assert after["alarm_description"] == f"{row['name']}: {per_cent} % of the quota is in use", after["alarm_description"]
        assert (metric["namespace"], metric["metric_name"], metric["stat"]) == (named["namespace"], named["name"], named["statistic"]), name
        assert metric["dimensions"] == named["dimensions"], name
        due[name] = True
assert due.keys() == planned.keys(), due.keys() ^ planned.keys()
print(f"alarms: Terraform plans all {len(planned)} blocks as they are meant")
PYTHON
