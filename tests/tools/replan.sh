#!/bin/sh
# Makes the plans under fixtures/plans again with real Terraform and compares them with the committed ones.
#
#   TF_HEADROOM_ORACLE=DIR tests/tools/replan.sh            compares; exit 1 on a difference
#   TF_HEADROOM_ORACLE=DIR tests/tools/replan.sh --write    writes plans, scopes and expected counts anew
#
# DIR holds `run`, which plans a folder with mock providers: run CONFIG [-var-file FILE] -o OUT
set -eu
# The same order of keys and the same messages everywhere.
export LC_ALL=C

top=$(cd "$(dirname "$0")/../.." && pwd)
fixtures=$top/fixtures
large=614400 # bytes; a plan above this is stored without indentation

skip() {
  echo "replan: skipped, $1"
  exit 0
}

# shellcheck source=tests/tools/oracle.sh
. "$top/tests/tools/oracle.sh"
if why=$(oracle_lacks); then skip "$why"; fi

write=no
[ "${1:-}" = --write ] && write=yes

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
differ=0

complain() {
  echo "replan: $1"
  differ=1
}

# What may differ between two runs of the same configuration is taken out or put in order.
normal() {
  jq -S 'del(.timestamp, .terraform_version, .format_version)
         | walk(if type == "object" and has("child_modules") then .child_modules |= sort_by(.address) else . end)
         | if .relevant_attributes then .relevant_attributes |= sort else . end
         | if .prior_state then .prior_state |= del(.terraform_version, .format_version) else . end' "$1"
}

# plan NAME FOLDER [argument…]
plan() {
  name=$1 folder=$2
  shift 2
  committed=$fixtures/plans/$name.json
  if ! "$TF_HEADROOM_ORACLE/run" "$fixtures/$folder" "$@" -o "$tmp/plan.json" 2>"$tmp/err"; then
    cat "$tmp/err"
    complain "$name cannot be planned any more"
    return
  fi
  if [ "$write" = yes ]; then
    mkdir -p "$fixtures/plans"
    jq --indent 1 . "$tmp/plan.json" >"$committed"
    [ "$(wc -c <"$committed")" -le "$large" ] || jq -c . "$tmp/plan.json" >"$committed"
    python3 "$top/tests/tools/scopes.py" "$name" "$fixtures/$folder" "$@"
    return
  fi
  normal "$committed" >"$tmp/committed"
  normal "$tmp/plan.json" >"$tmp/fresh"
  diff -u "$tmp/committed" "$tmp/fresh" >"$tmp/diff" || {
    head -n 40 "$tmp/diff"
    complain "fixtures/plans/$name.json is not what Terraform plans of fixtures/$folder"
  }
  OUT=$tmp/expected python3 "$top/tests/tools/scopes.py" "$name" "$fixtures/$folder" "$@"
  for kind in scopes parents; do
    cmp -s "$tmp/expected/$name.$kind.json" "$fixtures/expected/$name.$kind.json" ||
      complain "fixtures/expected/$name.$kind.json is stale"
  done
}

# refuse FOLDER TEXT: Terraform must not plan it, and say TEXT.
refuse() {
  if "$TF_HEADROOM_ORACLE/run" "$fixtures/$1" -o "$tmp/plan.json" 2>"$tmp/err"; then
    complain "fixtures/$1 was planned, though Terraform ought to refuse it"
  else
    grep -q "$2" "$tmp/err" || complain "fixtures/$1 was refused, but not for \"$2\""
  fi
}

plan contact-center contact-center
plan over-quota over-quota
plan separate-instances separate-instances
plan govcloud govcloud
plan unknown.with-values unknown -var-file "$fixtures/unknown/with-values.tfvars"

# alone FOLDER PLAN: of these only the plan is kept.
alone() {
  if ! "$TF_HEADROOM_ORACLE/run" "$fixtures/$1" -o "$tmp/plan.json" 2>"$tmp/err"; then
    cat "$tmp/err"
    complain "$1 cannot be planned any more"
  elif [ "$write" = yes ]; then
    jq -c 'del(.timestamp)' "$tmp/plan.json" >"$fixtures/$2"
  else
    normal "$fixtures/$2" >"$tmp/committed"
    normal "$tmp/plan.json" >"$tmp/fresh"
    cmp -s "$tmp/committed" "$tmp/fresh" || complain "fixtures/$2 is not what Terraform plans of fixtures/$1"
  fi
}

alone conditions conditions/plan.json
alone other-types other-types/plan.json
alone tag-passing plans/tag-passing.json

refuse unknown "No value for required variable"
refuse unknown-after-apply "Invalid for_each argument"
refuse bad/syntax-error "Unclosed configuration block"
refuse bad/undeclared-variable "Reference to undeclared input variable"
refuse bad/cycle "Cycle:"

if [ "$write" = yes ]; then
  python3 "$top/tests/tools/expected.py" --all
else
  python3 "$top/tests/tools/expected.py" --check || differ=1
fi
[ "$differ" = 1 ] || echo "replan: all plans are what Terraform makes of the fixtures"
exit "$differ"
