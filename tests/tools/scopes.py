#!/usr/bin/env python3
"""Finds out from Terraform itself which instance each resource belongs to.

In an ordinary plan the id of a new parent is unknown, so its children show nothing. Here the
oracle's mock provider is copied and its planned unknown strings are replaced by made-up known
ones; then a child holds the id, ARN or name of its parent in plain sight, and whoever has a
computed text tells the account and the Region of its provider: `aws_vpc.1.arn@123456789012/us-east-1`.

    TF_HEADROOM_ORACLE=DIR scopes.py NAME CONFIG_DIR [-var-file FILE]

writes fixtures/expected/NAME.scopes.json  {child: {scope attribute: parent}}
and    fixtures/expected/NAME.parents.json {child: Connect instance}
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the next line would leave a __pycache__ in the tree
from expected import CONNECT, ROOT, ROWS

ORDINARY = "plan = fill(block, proposed, lambda n, a: UNKNOWN)"
KNOWN = ('number = next(NUMBERS)\n'
         '    where = f"@{CONF.get(\'account\', \'\')}/{REGION()}" if SCHEMA["name"] == "aws" else ""\n'
         '    plan = fill(block, proposed, lambda n, a: f"{\'arn:aws:made:::up:\' * (n == \'arn\')}{text(req, 1)}.{number}.{n}{where}"'
         ' if a.get("type") == "string" and "cidr" not in n else UNKNOWN)')
# The account that a provider's settings name, as Terraform evaluated them.
CONFIGURED = 'c = load(req, 2) or {}\n'
ACCOUNT = ('    roles = [b.get("role_arn") for b in c.get("assume_role") or [] if isinstance(b.get("role_arn"), str)]\n'
           '    named = [r.split(":")[4] for r in roles[-1:] if r.count(":") >= 5] or c.get("allowed_account_ids") or []\n'
           '    CONF["account"] = named[0] if known(named) and len(named) == 1 else ""\n')

# Resources of no measured quota that belong to a Connect instance all the same.
ALSO = [(kind, "instance_id", CONNECT) for kind in (
    "aws_connect_bot_association", "aws_connect_instance_storage_config", "aws_connect_user_hierarchy_structure",
    "aws_connect_vocabulary")]

# By what names a parent may be called, besides id, arn and anything that ends so.
NAMES = {"name", "bucket", "function_name"}


def known_plan(oracle, args):
    """The plan of a configuration in which every computed string is known."""
    with tempfile.TemporaryDirectory() as tmp:
        copy = Path(tmp) / "oracle"
        shutil.copytree(oracle, copy, ignore=shutil.ignore_patterns(".cache", "__pycache__"))
        provider = copy / "lib/provider.py"
        text = provider.read_text()
        if text.count(ORDINARY) != 1 or text.count(CONFIGURED) != 1:
            sys.exit("scopes.py: the oracle's provider has changed, its planning or configuring line is not found")
        text = text.replace(ORDINARY, KNOWN).replace(CONFIGURED, CONFIGURED + ACCOUNT).replace("\nUNKNOWN = ", "\nimport itertools\nNUMBERS = itertools.count(1)\nUNKNOWN = ", 1)
        provider.unlink()
        provider.write_text(text)
        env = {"ORACLE_CACHE": str(Path(oracle) / ".cache"), **os.environ}
        out = Path(tmp) / "plan.json"
        done = subprocess.run(["sh", str(copy / "run"), *args, "-o", str(out)], env=env)
        if done.returncode:
            sys.exit(done.returncode)
        return json.loads(out.read_text())


def find(plan):
    by_type = {}
    for rc in plan["resource_changes"]:
        if rc["mode"] == "managed":
            by_type.setdefault(rc["type"], []).append((rc["address"], rc["change"]["after"]))

    def parents(kind, attribute, child):
        for address, attrs in by_type.get(kind, []):
            if "," in attribute:
                if all(attrs.get(a) == child.get(a) is not None for a in attribute.split(",")):
                    yield address
            elif any(v == child.get(attribute) for k, v in attrs.items()
                     if isinstance(v, str) and (k in NAMES or k.split("_")[-1] in ("id", "arn"))):
                yield address

    wanted = dict.fromkeys([(r[4], r[6], r[7]) for r in ROWS if r[7]] + ALSO)
    scopes = {}
    for kind, attribute, parent in wanted:
        for address, attrs in by_type.get(kind, []):
            found = list(parents(parent, attribute, attrs))
            if len(found) != 1:
                sys.exit(f"scopes.py: {address}: {attribute} fits {len(found)} of {parent}")
            scopes.setdefault(address, {})[attribute] = found[0]
    connect = {address for address, _ in by_type.get(CONNECT, [])}
    direct = {child: parent for child, found in scopes.items() for parent in found.values() if parent in connect}
    return dict(sorted(scopes.items())), dict(sorted(direct.items()))


def main(args):
    oracle = os.environ.get("TF_HEADROOM_ORACLE")
    if not oracle or len(args) < 2:
        sys.exit(__doc__)
    name, config = args[0], args[1:]
    scopes, parents = find(known_plan(oracle, config))
    out = Path(os.environ.get("OUT") or ROOT / "fixtures/expected")
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.scopes.json").write_text(json.dumps(scopes, indent=1) + "\n")
    (out / f"{name}.parents.json").write_text(json.dumps(parents, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
