# shellcheck shell=sh
# Sourced: what the oracle at hand can plan. An oracle is a folder with `run`, which plans a configuration with mock
# providers: run CONFIG [-var-file FILE] -o OUT. Without the provider's schema it knows only the attributes that a
# configuration sets: what it then plans of tags is nothing to hold a program to.

# oracle_lacks: says why nothing can be asked of it; fails where it plans with the schema of the AWS provider.
oracle_lacks() {
  [ -n "${TF_HEADROOM_ORACLE:-}" ] || { echo "TF_HEADROOM_ORACLE names no folder with an oracle"; return; }
  [ -x "$TF_HEADROOM_ORACLE/run" ] || { echo "$TF_HEADROOM_ORACLE/run cannot be run"; return; }
  for tool in terraform jq python3; do
    command -v "$tool" >/dev/null 2>&1 || { echo "$tool is not installed"; return; }
  done
  probe=$(mktemp -d)
  if [ -x "$TF_HEADROOM_ORACLE/setup" ] && ! "$TF_HEADROOM_ORACLE/setup" >"$probe/err" 2>&1; then
    echo "the oracle cannot be set up: $(cat "$probe/err")"
    rm -rf "$probe"
    return
  fi
  mkdir "$probe/config"
  cat >"$probe/config/main.tf" <<'TF'
resource "aws_connect_queue" "probe" {
  name                  = "probe"
  instance_id           = "i"
  hours_of_operation_id = "h"
}
TF
  if ! "$TF_HEADROOM_ORACLE/run" "$probe/config" -o "$probe/plan.json" 2>"$probe/err"; then
    echo "the oracle plans nothing here: $(cat "$probe/err")"
  elif ! jq -e '.resource_changes[0].change.after_unknown.queue_id' "$probe/plan.json" >/dev/null; then
    echo "the oracle has no schema of the AWS provider"
  else
    rm -rf "$probe"
    return 1
  fi
  rm -rf "$probe"
}
