#!/usr/bin/env python3
"""Makes the plans and states under fixtures/plan-kinds with real Terraform.

    TF_HEADROOM_ORACLE=DIR tests/tools/plan_kinds.py [OUT]

One file for each thing that a plan can be besides a first rollout: all actions, -target, errored, deposed objects,
states in both forms. The first ones need nothing but `terraform` (resources are `terraform_data`). The `aws-` ones are
planned with the mock provider of the oracle in DIR against a state that is made up from a first plan: known ids, ARNs and
account numbers where Terraform would have them after an apply.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
OUT = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "fixtures/plan-kinds"
ACCOUNT, REGION = "123456789012", "us-east-1"


def run(args, cwd, env=None, may_fail=False):
    r = subprocess.run(args, cwd=cwd, env=env, capture_output=True, text=True)
    if r.returncode and not may_fail:
        sys.exit(f"{' '.join(map(str, args))}: {r.stderr}")
    return r.stdout


def keep(name, text):
    if text.lstrip().startswith("{") and name.endswith(".json"):
        plan = json.loads(text)
        plan.pop("timestamp", None)
        text = json.dumps(plan, indent=1) + "\n"
    (OUT / name).write_text(text)


# ---- with terraform_data

BEFORE = '''
resource "terraform_data" "keep" { input = "same" }
resource "terraform_data" "update" { input = "old" }
resource "terraform_data" "replace" { triggers_replace = "old" }
resource "terraform_data" "create_first" {
  triggers_replace = "old"
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "delete" { input = "gone" }
resource "terraform_data" "forget" { input = "kept by others" }
resource "terraform_data" "old_name" { input = "moved" }
module "inner" {
  source   = "./inner"
  for_each = toset(["a.b", "c"])
  name     = each.key
}
'''

AFTER = '''
resource "terraform_data" "keep" { input = "same" }
resource "terraform_data" "update" { input = "new" }
resource "terraform_data" "replace" { triggers_replace = "new" }
resource "terraform_data" "create_first" {
  triggers_replace = "new"
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "create" { input = terraform_data.replace.id }
removed {
  from = terraform_data.forget
  lifecycle { destroy = false }
}
moved {
  from = terraform_data.old_name
  to   = terraform_data.new_name
}
resource "terraform_data" "new_name" { input = "moved" }
import {
  to = terraform_data.import
  id = "11111111-2222-3333-4444-555555555555"
}
resource "terraform_data" "import" {}
module "inner" {
  source   = "./inner"
  for_each = toset(["a.b", "d"])
  name     = each.key
}
check "always" {
  assert {
    condition     = terraform_data.keep.input == "other"
    error_message = "the check fails"
  }
}
'''

INNER = '''
variable "name" { type = string }
resource "terraform_data" "this" {
  count = 2
  input = "${var.name}-${count.index}"
}
'''

TARGET = AFTER.replace("old_name\n", "x\n").split("removed {")[0] + 'resource "terraform_data" "delete" { input = "gone" }\n'

ERRORED = '''
resource "terraform_data" "fine" { input = "new" }
resource "terraform_data" "broken" {
  input = "x"
  lifecycle {
    precondition {
      condition     = terraform_data.fine.input == "old"
      error_message = "the precondition fails"
    }
  }
}
'''

DEPOSED = 'resource "terraform_data" "this" { input = "x" }\n'


def plain():
    env = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    with tempfile.TemporaryDirectory() as tmp:
        d = Path(tmp)

        def write(text):
            (d / "main.tf").write_text(text)

        def tf(*args, may_fail=False):
            return run(["terraform", *args], d, env, may_fail)

        def plan(name, *args, may_fail=False):
            (d / "p").unlink(missing_ok=True)
            tf("plan", "-no-color", "-out=p", *args, may_fail=may_fail)
            keep(name, tf("show", "-json", "p"))

        (d / "inner").mkdir()
        (d / "inner/main.tf").write_text(INNER)
        write(BEFORE)
        tf("init", "-no-color")
        tf("apply", "-auto-approve", "-no-color")
        keep("state.json", tf("show", "-json"))
        keep("tfstate-v4.json", (d / "terraform.tfstate").read_text())
        write(AFTER)
        plan("actions.json")
        shutil.copy(d / "p", OUT / "binary.tfplan")
        keep("log.jsonl", "".join(tf("plan", "-json", "-no-color").splitlines(True)[:2]))
        write(TARGET)
        plan("target.json", "-target=terraform_data.update")
        plan("refresh-only.json", "-refresh-only")
        plan("destroy.json", "-destroy")
    with tempfile.TemporaryDirectory() as tmp:
        d = Path(tmp)
        write(ERRORED.split("resource \"terraform_data\" \"broken\"")[0].replace("new", "old"))
        tf("init", "-no-color")
        keep("empty-state.json", tf("show", "-json"))
        tf("apply", "-auto-approve", "-no-color")
        write(ERRORED)
        plan("errored.json", may_fail=True)
    with tempfile.TemporaryDirectory() as tmp:
        d = Path(tmp)
        write(DEPOSED)
        tf("init", "-no-color")
        tf("apply", "-auto-approve", "-no-color")
        state = json.loads((d / "terraform.tfstate").read_text())
        old = json.loads(json.dumps(state["resources"][0]["instances"][0]))
        old["attributes"]["id"], old["deposed"] = "11111111-2222-3333-4444-555555555555", "0a1b2c3d"
        state["resources"][0]["instances"].append(old)
        (d / "terraform.tfstate").write_text(json.dumps(state))
        plan("deposed.json")
        keep("deposed-state.json", tf("show", "-json"))
        keep("deposed-tfstate-v4.json", (d / "terraform.tfstate").read_text())


# ---- with the mock AWS provider

CENTRE = '''
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
variable "region" {
  type    = string
  default = "us-east-1"
}
variable "owner" {
  type      = string
  default   = "platform-team-secret-canary"
  sensitive = true
}
provider "aws" {
  region = var.region
  default_tags { tags = { ManagedBy = "terraform" } }
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
  assume_role { role_arn = "arn:aws:iam::210987654321:role/deploy" }
  default_tags { tags = merge({ ManagedBy = "terraform" }, { Stage = var.region }) }
}
data "aws_caller_identity" "current" {}
data "aws_region" "current" {}
data "aws_servicequotas_service_quota" "queues" {
  service_code = "connect"
  quota_code   = "L-19A87C94"
}
resource "aws_connect_instance" "this" {
  identity_management_type = "SAML"
  instance_alias           = "centre"
  inbound_calls_enabled    = true
  outbound_calls_enabled   = true
  tags                     = { Name = "centre", Owner = var.owner }
}
resource "aws_connect_hours_of_operation" "this" {
  instance_id = aws_connect_instance.this.id
  name        = "always"
  time_zone   = "UTC"
  config {
    day = "MONDAY"
    start_time {
      hours   = 0
      minutes = 0
    }
    end_time {
      hours   = 23
      minutes = 59
    }
  }
}
module "desk" {
  source   = "./desk"
  for_each = toset(["a", "b"%(more)s])
  context  = { instance_id = aws_connect_instance.this.id, hours = aws_connect_hours_of_operation.this.hours_of_operation_id }
  name     = each.key
}
resource "aws_security_group" "plain" {
  provider = aws.west
  name     = "plain"
  tags     = { Name = "plain" }
}
resource "aws_iam_role" "function" {
  for_each           = toset(["x", "y"%(more)s])
  name               = "function-${each.key}"
  assume_role_policy = "{}"
}
resource "aws_iam_role_policy" "function" {
  for_each = aws_iam_role.function
  role     = each.value.name
  policy   = jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = each.value.arn }] })
}
resource "aws_iam_role_policy_attachment" "function" {
  for_each   = toset(["x", "y"%(more)s])
  role       = aws_iam_role.function[each.key].id
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
resource "aws_autoscaling_group" "this" {
  min_size           = 1
  max_size           = 4
  availability_zones = ["us-east-1a"]
  tag {
    key                 = "Name"
    value               = "%(stage)s"
    propagate_at_launch = true
  }
}
'''

DESK = '''
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
variable "context" {}
variable "name" {}
resource "aws_connect_queue" "this" {
  count                 = 2
  instance_id           = var.context.instance_id
  hours_of_operation_id = var.context.hours
  name                  = "${var.name}-${count.index}"
  tags                  = { Name = "${var.name}-${count.index}" }
}
'''


def made_up(rc, numbers, schemas):
    """The attributes of a planned instance as they could be after apply."""
    kind, change = rc["type"], rc["change"]
    types = {n: a.get("type") for n, a in schemas[kind]["block"].get("attributes", {}).items()}
    number = numbers.setdefault(rc["address"], len(numbers) + 1)

    def fill(value, unknown, name):
        if unknown is True:
            if name.endswith("arn"):
                return f"arn:aws:{kind.split('_')[1]}:{REGION}:{ACCOUNT}:{kind}/{number}"
            if name == "id" or name.endswith("_id"):
                return f"{kind}-{number}"
            if name == "tags_all":
                return change["after"].get("tags")
            kind_of = types.get(name)
            plain = {"string": "", "number": 0, "bool": False}
            if isinstance(kind_of, str):
                return plain[kind_of]
            return {} if kind_of and kind_of[0] == "map" else [] if kind_of else None
        if isinstance(unknown, dict):
            value = dict(value or {})
            for k, u in unknown.items():
                value[k] = fill(value.get(k), u, k)
        if isinstance(unknown, list) and isinstance(value, list):
            return [fill(v, u, name) for v, u in zip(value, unknown)]
        return value

    return fill(change["after"], change["after_unknown"], "")


def versions(module):
    found = {r["address"]: r["schema_version"] for r in module.get("resources", [])}
    for child in module.get("child_modules", []):
        found.update(versions(child))
    return found


def state_of(plan, schemas):
    numbers, blocks = {}, {}
    version = versions(plan["planned_values"]["root_module"])
    for rc in plan["resource_changes"]:
        if rc["mode"] != "managed":
            continue
        attributes = made_up(rc, numbers, schemas)
        for name, value in attributes.items():
            if value is None and isinstance(rc["change"]["after_unknown"].get(name), list):
                attributes[name] = []
        key = (rc.get("module_address"), rc["type"], rc["name"])
        west = ".west" if rc["name"] == "plain" else ""
        block = blocks.setdefault(key, {
            **({"module": key[0]} if key[0] else {}), "mode": "managed", "type": rc["type"], "name": rc["name"],
            "provider": f'provider["registry.terraform.io/hashicorp/aws"]{west}', "instances": []})
        block["instances"].append({
            **({"index_key": rc["index"]} if "index" in rc else {}), "schema_version": version[rc["address"]], "attributes": attributes,
            "sensitive_attributes": [[{"type": "get_attr", "value": "tags"}]] if rc["type"] == "aws_connect_instance" else [],
            "private": "bnVsbA=="})
    return {"version": 4, "terraform_version": plan["terraform_version"], "serial": 1,
            "lineage": "00000000-0000-0000-0000-000000000000", "outputs": {}, "resources": list(blocks.values()),
            "check_results": None}


def aws():
    oracle = os.environ.get("TF_HEADROOM_ORACLE")
    if not oracle:
        print("plan_kinds: the aws- plans are skipped, TF_HEADROOM_ORACLE names no folder with an oracle")
        return
    sys.path.insert(0, str(Path(oracle) / "lib"))
    import plan as oracle_plan
    import schema
    with tempfile.TemporaryDirectory() as tmp:
        d, providers = Path(tmp) / "config", Path(tmp)
        (d / "desk").mkdir(parents=True)
        (d / "desk/main.tf").write_text(DESK)

        def write(more, stage):
            (d / "main.tf").write_text(CENTRE % {"more": more, "stage": stage})

        write("", "one")
        dirs = oracle_plan.prepare(d)
        rows = []
        schemas = schema.build(schema.Scan(dirs), oracle_plan.AWS if oracle_plan.AWS.is_dir() else None)
        for i, (source, s) in enumerate(sorted(schemas.items())):
            p = providers / str(i)
            p.mkdir()
            (p / "schema.json").write_text(json.dumps(s))
            exe = p / f"terraform-provider-{source.split('/')[-1]}"
            exe.write_text(f'#!/bin/sh\nexec "{oracle_plan.CACHE}/venv/bin/python" "{oracle_plan.HERE}/provider.py" "{p}/schema.json"\n')
            exe.chmod(0o755)
            rows.append(f'    "{source}" = "{p}"\n')
        rc = providers / "rc.tfrc"
        rc.write_text("provider_installation {\n  dev_overrides {\n" + "".join(rows) + "  }\n  direct {}\n}\n")
        env = {"PATH": os.environ["PATH"], "HOME": tmp, "TF_CLI_CONFIG_FILE": str(rc), "TF_DISABLE_PLUGIN_TLS": "1",
               "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "ORACLE_MIRROR": str(oracle_plan.MIRROR),
               "PYTHONDONTWRITEBYTECODE": "1"}

        def plan(*args):
            run(["terraform", "plan", "-no-color", "-input=false", "-refresh=false", "-out=p", *args], d, env)
            return run(["terraform", "show", "-json", "p"], d, env)

        resources = next(s for source, s in schemas.items() if source.endswith("/aws"))["resources"]
        # Each round knows the ids of the one before, and so what refers to them.
        for _ in range(3):
            state = json.dumps(state_of(json.loads(plan()), resources))
            (d / "terraform.tfstate").write_text(state)
        keep("aws-tfstate-v4.json", state)
        keep("aws-state.json", run(["terraform", "show", "-json"], d, env))
        write(', "c"', "two")
        keep("aws-more.json", plan())
        keep("aws-target.json", plan("-target=module.desk"))
        keep("aws-replace.json", plan("-replace=aws_connect_instance.this", '-replace=aws_iam_role.function["x"]'))
        write("", "one")
        keep("aws-quiet.json", plan())
        keep("aws-destroy.json", plan("-destroy"))


OUT.mkdir(parents=True, exist_ok=True)
plain()
aws()
