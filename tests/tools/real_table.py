#!/usr/bin/env python3
"""Holds what the program reads of real root modules against what Terraform planned of them, as one table.

    real_table.py BINARY FOLDER [--region us-east-1]

FOLDER has a folder for each root: `root` (a file with the path of the root module, modules laid out), `plan.json` (as
`terraform show -json` prints it), and if need be `vars` (options) and `known.json` (a plan with known ids, see scopes.py).
Nothing is assumed: what a data source would tell stays undecided, and the causes are listed.

Exit status: 0 nothing is wrong, 1 something is.
"""
import argparse
import collections
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMPARE = Path(__file__).with_name("compare.py")


def one(binary, folder, region, scratch):
    """(exact, undecided, wrong, milliseconds, causes, faults) of one root."""
    settings = scratch / "none.hcl"
    settings.write_text("")
    options = shlex.split((folder / "vars").read_text()) if (folder / "vars").exists() else []
    root = (folder / "root").read_text().strip()
    made = scratch / "inventory.json"
    env = {"AWS_REGION": region, "HOME": "/nowhere", "PATH": os.environ["PATH"]}
    command = [binary, "inventory", *options, "--config", settings, "--format", "json", root]
    start = time.monotonic()
    with made.open("wb") as out:
        subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL, env=env, timeout=300)
    took = round((time.monotonic() - start) * 1000)
    known = ["--known", folder / "known.json"] if (folder / "known.json").exists() else []
    said = subprocess.run([sys.executable, COMPARE, folder / "plan.json", made, *known], capture_output=True, text=True)
    counts = re.match(r"\d+ instances: (\d+) exact, (\d+) undecided, (\d+) wrong", said.stdout)
    if not counts:
        return 0, 0, 1, took, {}, [said.stderr.strip().splitlines()[-1] if said.stderr else "no answer"]
    causes = {m[2]: int(m[1]) for m in re.finditer(r"^undecided +(\d+)  (.*?)  \(", said.stdout, re.M)}
    faults = [line for line in said.stdout.splitlines() if line.startswith("WRONG")]
    return *map(int, counts.groups()), took, causes, faults


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("binary")
    ap.add_argument("folder", type=Path)
    ap.add_argument("--region", default="us-east-1")
    args = ap.parse_args()
    totals, causes, faults, roots, large, scopes = collections.Counter(), collections.Counter(), [], 0, 0, 0
    print("| root | instances | exact | undecided | wrong | parents | ms |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for folder in sorted(p for p in args.folder.iterdir() if p.is_dir()):
            if not all((folder / n).exists() and (folder / n).stat().st_size for n in ("root", "plan.json")):
                continue
            exact, undecided, wrong, took, why, what = one(args.binary, folder, args.region, Path(scratch))
            parents = (folder / "known.json").exists()
            n = exact + undecided + wrong
            print(f"| {folder.name} | {n} | {exact} | {undecided} | {wrong} | {'yes' if parents else ''} | {took} |")
            roots, large, scopes = roots + 1, large + (n >= 100), scopes + parents
            totals.update(exact=exact, undecided=undecided, wrong=wrong)
            causes.update(why)
            faults += [f"{folder.name}: {w}" for w in what]
    n = sum(totals.values())
    share = 100 * totals["undecided"] / n if n else 0
    print(f"\n{roots} roots, {large} of 100 instances or more, parents compared on {scopes}.")
    print(f"{n} instances: {totals['exact']} exact, {totals['undecided']} undecided ({share:.1f} %), {totals['wrong']} wrong.\n")
    for cause, count in causes.most_common():
        print(f"- undecided {count}: {cause}")
    for fault in faults:
        print(f"- {fault}")
    return 1 if totals["wrong"] else 0


sys.exit(main())
