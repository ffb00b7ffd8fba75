#!/usr/bin/env python3
"""Counts, key by key, how effective tags made from source agree with what Terraform planned.

    tags.py NAME=PLAN.json=INVENTORY.json …

PLAN.json is what `terraform show -json` prints, INVENTORY.json what `tf-headroom inventory --format json` prints.
A key is equal, undecided (ours says that its value, or that more keys, are not known) or wrong. Where a plan says
nothing of `tags_all` as a whole, its `tags` are what is compared. A table in Markdown; wrong keys follow it.

Exit status: 0 nothing is wrong, 1 something is, 2 bad usage.
"""
import json
import sys

from compare import pattern, planned, tags_of


def truth_of(change):
    """(attribute, {key: value, None if unknown}) of an instance that takes tags; None if it takes none."""
    after, unknown = change.get("after") or {}, change.get("after_unknown") or {}
    blocks = after.get("tag")
    if isinstance(blocks, list) and "tags" not in after:
        known = {b["key"]: b.get("value") for b in blocks if b.get("key")}
        return ("tag", known) if known else None
    for name in ("tags_all", "tags"):
        if isinstance(after.get(name), list):
            return name, {t["key"]: t.get("value") for t in after[name]}
        if name in after or name in unknown:
            tags = tags_of(change, name)
            if tags is not None:
                return name, tags
    return None


def compare(plan, inventory):
    ours = {i["address"]: i for i in inventory["instances"] if i["mode"] == "managed"}
    groups = [(pattern(a), one) for a, one in ours.items() if "[*]" in a]
    open_groups = [pattern(u["address"]) for u in inventory["undecided"] if u["count"]["low"] != u["count"]["high"]]
    counts = {"instances": 0, "keys": 0, "equal": 0, "undecided": 0}
    wrong = []
    for address, rc in sorted(planned(plan).items()):
        found = truth_of(rc["change"])
        if found is None:
            continue
        name, truth = found
        counts["instances"] += 1
        one = ours.get(address) or next((one for p, one in groups if p.match(address)), None)
        if one is None:
            counts["keys"] += len(truth)
            # Which instances there are is what nobody knows.
            if any(p.match(address) for p in open_groups):
                counts["undecided"] += len(truth)
            else:
                wrong.append((address, "no such instance"))
            continue
        mine = (one["tags_all"] if name == "tags_all" else one["tags"]) or {}
        for key in sorted(set(truth) | set(mine)):
            counts["keys"] += 1
            sensitive = mine.get(key) == "(sensitive value)"
            if key in mine and key in truth and (mine[key] == truth[key] or sensitive):
                counts["equal"] += 1
            elif key in mine and mine[key] is None or key not in mine and not one["tags_complete"]:
                counts["undecided"] += 1
            elif name == "tags" and key not in truth and rc["change"]["after"].get("tags") is None:
                counts["undecided"] += 1
            else:
                wrong.append((address, f"{name}.{key}: ours {mine.get(key)!r}, the plan's {truth.get(key)!r}"))
    return counts, wrong


def main(arguments):
    if not arguments or any(a.count("=") != 2 for a in arguments):
        print(__doc__, file=sys.stderr)
        return 2
    print("| root | tagged instances | keys | equal | undecided | wrong |\n|---|---|---|---|---|---|")
    total, all_wrong = [0] * 5, []
    for argument in arguments:
        name, plan, inventory = argument.split("=")
        with open(plan) as p, open(inventory) as i:
            counts, wrong = compare(json.load(p), json.load(i))
        row = [counts["instances"], counts["keys"], counts["equal"], counts["undecided"], len(wrong)]
        total = [a + b for a, b in zip(total, row)]
        all_wrong += [(name, *w) for w in wrong]
        print(f"| {name} | " + " | ".join(map(str, row)) + " |")
    share = 100 * total[3] / max(total[1], 1)
    print("| **all** | " + " | ".join(map(str, total)) + f" |\n\nundecided: {share:.2f} % of keys")
    for name, address, what in all_wrong:
        print(f"WRONG  {name} {address}: {what}")
    return 1 if all_wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
