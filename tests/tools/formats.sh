#!/usr/bin/env bash
# Holds each format to its own authority: SARIF to its schema and two tools, JUnit to the schema that Jenkins and pytest
# use, JSON to ours, GitLab's report to what its documentation asks for, OpenMetrics to the reference parser.
set -euo pipefail
# shellcheck source=tests/tools/tools.sh
source "$(dirname "$0")/tools.sh"
cd "$root"
built
need_python check-jsonschema==0.39.0 sarif-tools==3.0.5 prometheus-client==0.26.0 lxml==6.1.3
need_node @microsoft/sarif-multitool@5.7.0
bin=$tools/python/bin
sarif=$tools/node/node_modules/@microsoft/sarif-multitool-linux

# pytest's source carries Jenkins' schema for JUnit.
if [ ! -e "$tools/junit-10.xsd" ]; then
  fetched=$(mktemp -d)
  "$bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
    --dest "$fetched" pytest==8.3.4 >/dev/null 2>&1 || true
  [ -e "$fetched/pytest-8.3.4.tar.gz" ] || missing "pytest's source, for the schema of JUnit"
  tar -xzf "$fetched/pytest-8.3.4.tar.gz" -C "$fetched"
  cp "$fetched/pytest-8.3.4/testing/example_scripts/junit-10.xsd" "$tools/junit-10.xsd"
  rm -r "$fetched"
fi

out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
"$program" schema check >"$out/check.schema.json"
"$program" schema inventory >"$out/inventory.schema.json"

# Input, and the exit code that is due.
while read -r input due; do
  name=$(echo "$input" | tr '/.' '__')
  formats=()
  for format in json sarif gitlab junit openmetrics markdown; do formats+=(--format "$format=$out/$name.$format"); done
  expect "$due" "$program" check "$input" --today 2026-11-20 "${formats[@]}" >/dev/null 2>"$out/err" </dev/null

  "$bin/check-jsonschema" --quiet --schemafile "$out/check.schema.json" "$out/$name.json"
  "$bin/check-jsonschema" --quiet --schemafile "$sarif/sarif-2.1.0.json" "$out/$name.sarif"
  "$bin/check-jsonschema" --quiet --schemafile tests/tools/gitlab-code-quality.schema.json "$out/$name.gitlab"
  "$bin/sarif" summary "$out/$name.sarif" >/dev/null
  said=$(cd "$tools/node" && DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 npx --no-install sarif-multitool validate "$out/$name.sarif" 2>&1) || true
  grep -q "Analysis completed successfully" <<<"$said" || { echo "$said" >&2; missing "a verdict of the SARIF multitool"; }
  if grep -q ": error " <<<"$said"; then
    echo "$said" >&2
    exit 1
  fi
  "$bin/python" - "$out/$name.junit" "$tools/junit-10.xsd" "$out/$name.openmetrics" <<'PYTHON'
import sys
from lxml import etree
from prometheus_client.openmetrics.parser import text_string_to_metric_families

junit, xsd, metrics = sys.argv[1:]
etree.XMLSchema(etree.parse(xsd)).assertValid(etree.parse(junit))
families = list(text_string_to_metric_families(open(metrics, encoding="utf-8").read()))
names = {f.name for f in families}
assert {"tf_headroom_quota_use", "tf_headroom_quota_limit", "tf_headroom_build"} <= names, names
PYTHON
  [ "$(wc -c <"$out/$name.markdown")" -lt 65536 ]
  echo "sound: $input"
done <<'INPUTS'
fixtures/over-quota 1
fixtures/unknown 0
fixtures/contact-center 1
fixtures/govcloud 0
fixtures/separate-instances 1
fixtures/plans/over-quota.json 1
fixtures/plan-kinds/aws-more.json 1
fixtures/bad/wrong-key 2
fixtures/bad/syntax-error 2
INPUTS

for input in fixtures/contact-center fixtures/unknown fixtures/plans/govcloud.json; do
  "$program" inventory "$input" --format json >"$out/inventory.json"
  "$bin/check-jsonschema" --quiet --schemafile "$out/inventory.schema.json" "$out/inventory.json"
done
