#!/usr/bin/env python3
"""Runs programs through the real `terraform` and records what it says of each.

    random_programs.py 7 500 | record_programs.py FOLDER/programs.jsonl

A program is one JSON object a line: `group`, `title`, `files`, and if need be `args`, `env`, `cwd`. What is written has
`id` and `result` besides, in the form of fixtures/conformance/programs.jsonl, and an empty expressions.jsonl beside it:

    TF_HEADROOM_CONFORMANCE=FOLDER TF_HEADROOM_MISSES=misses.txt cargo test --test it programs_evaluate

then compares them with ours and lists the differences in misses.txt.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ENV = {k: v for k, v in os.environ.items() if not k.startswith(("TF_VAR", "TF_CLI_ARGS"))}
ENV.update(TF_CLI_CONFIG_FILE="/dev/null", HOME="/home/ci", TF_IN_AUTOMATION="1", CHECKPOINT_DISABLE="1")


def diagnostics(text, severity="error"):
    """What `-json` output reports, in the order of its places."""
    found = []
    for line in text.splitlines():
        try:
            said = json.loads(line).get("diagnostic")
        except ValueError:
            continue
        # The frame around the errors of a stage says nothing itself.
        if not said or said["severity"] != severity or said["summary"].startswith("Terraform encountered problems"):
            continue
        place = said.get("range") or {}
        one = {"summary": said["summary"], "detail": said.get("detail", ""), "file": place.get("filename"),
               "line": (place.get("start") or {}).get("line")}
        found.append({**one, **({"address": said["address"]} if said.get("address") else {})})
    return sorted(found, key=lambda e: (e["file"] or "", e["line"] or 0))


def any_true(shape):
    parts = shape if isinstance(shape, list) else shape.values() if isinstance(shape, dict) else []
    return shape is True or any(map(any_true, parts))


def collapsed(shape):
    """A structure of booleans with nothing in it but what leads to a true one."""
    if not any_true(shape):
        return False
    if isinstance(shape, list):
        return [collapsed(s) for s in shape]
    if isinstance(shape, dict):
        return {k: collapsed(s) for k, s in shape.items() if any_true(s)}
    return shape


def filled(value, unknown):
    """The value with null wherever something is unknown: the plan leaves it out."""
    if isinstance(unknown, dict) and isinstance(value, dict):
        return {**{k: filled(None, u) for k, u in unknown.items() if k not in value},
                **{k: filled(v, unknown.get(k)) for k, v in value.items()}}
    if isinstance(unknown, list) and isinstance(value, list):
        return [filled(v, unknown[i] if i < len(unknown) else None) for i, v in enumerate(value)]
    if value is None and isinstance(unknown, dict) and unknown:
        return {k: filled(None, u) for k, u in unknown.items()}
    return value


def recorded(value, unknown, sensitive):
    return {"value": filled(value, unknown), "unknown": collapsed(unknown or False), "sensitive": collapsed(sensitive or False)}


def read(plan, result):
    for change in plan.get("resource_changes", []):
        c = change["change"]
        if c["actions"] in (["delete"], ["forget"]):
            continue
        one = {"mode": change["mode"], "type": change["type"], "index": change.get("index"),
               "module": change.get("module_address")}
        after, unknown, sensitive = (c.get(k) or {} for k in ("after", "after_unknown", "after_sensitive"))
        for name in ("input", "triggers_replace"):
            if after.get(name) is not None or unknown.get(name):
                hidden = sensitive.get(name) if isinstance(sensitive, dict) else sensitive
                one[name] = recorded(after.get(name), unknown.get(name), hidden)
        result["resources"][change["address"]] = one
    planned = plan["planned_values"].get("outputs", {})
    for name, c in plan.get("output_changes", {}).items():
        one = recorded(c.get("after"), c.get("after_unknown"), c.get("after_sensitive"))
        if "type" in planned.get(name, {}):
            one["type"] = planned[name]["type"]
        result["outputs"][name] = one


def run(program):
    name = hashlib.sha1(json.dumps(program, sort_keys=True).encode()).hexdigest()[:10]
    result = {"stage": "init", "ok": False, "resources": {}, "outputs": {}, "errors": [], "warnings": []}
    folder = Path(tempfile.mkdtemp(prefix="program-"))
    try:
        for path, text in program["files"].items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        cwd, env = folder / program.get("cwd", "."), {**ENV, **program.get("env", {})}

        def terraform(*args):
            return subprocess.run(["terraform", *args], cwd=cwd, env=env, capture_output=True, text=True)

        done = terraform("init", "-input=false", "-json")
        if done.returncode == 0:
            result["stage"] = "plan"
            done = terraform("plan", "-input=false", "-json", "-out", "saved.plan", *program.get("args", []))
        if done.returncode:
            result["errors"] = diagnostics(done.stdout + done.stderr)
        else:
            result["ok"] = True
            read(json.loads(terraform("show", "-json", "saved.plan").stdout), result)
    finally:
        shutil.rmtree(folder)
    return {**program, "id": f"{program['group']}/{name}", "result": result}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    programs = [json.loads(line) for line in sys.stdin]
    with out.open("w") as f, ThreadPoolExecutor(2) as pool:
        for one in pool.map(run, programs):
            f.write(json.dumps(one) + "\n")
            f.flush()
    out.with_name("expressions.jsonl").touch()


main()
