#!/usr/bin/env python3
"""Compares an inventory made from source with what Terraform planned.

    compare.py PLAN.json INVENTORY.json [--known PLAN.json] [--summary]

PLAN.json is what `terraform show -json` prints, INVENTORY.json what `tf-headroom inventory --format json` prints.
Every planned instance is exact, undecided or wrong; so is every instance that only the inventory has.
Wrong is what differs without being marked undecided. `--known` names a plan in which computed strings are
known (see scopes.py): with it the parents of each instance are compared too, and its provider's account and Region.
`--summary` prints one line.

Exit status: 0 nothing is wrong, 1 something is, 2 bad usage.
"""
import argparse
import collections
import json
import re
import sys

IDS = {"name", "bucket", "function_name", "key_name", "identifier"}


def pattern(address):
    """What the address of a group stands for: `[*]` is any key, or none."""
    parts = [re.escape(p) for p in address.split("[*]")]
    return re.compile(r"(?:\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\])?".join(parts) + r"\Z")


def planned(plan):
    """The instances that exist after apply, by address."""
    found = {}
    for rc in plan.get("resource_changes", []):
        if rc["mode"] == "managed" and rc["change"]["actions"] not in (["delete"], ["forget"]):
            found[rc["address"]] = rc
    return found


def tags_of(change, name):
    """{key: value, None if unknown}, or None if nothing is known of them; {} if there are none."""
    after, unknown = change.get("after") or {}, change.get("after_unknown") or {}
    if unknown.get(name) is True:
        return None
    tags = {k: v for k, v in (after.get(name) or {}).items() if v is not None}
    later = unknown.get(name) or {}
    tags.update({k: None for k, v in later.items() if v is True})
    return tags


def refuses_defaults(change):
    """Whether an object takes none of its provider's default_tags, which a mock of the provider may not know:
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_object#override_provider"""
    if "true" in json.dumps((change.get("after_unknown") or {}).get("override_provider")):
        return False
    overriding = (change.get("after") or {}).get("override_provider") or []
    return any(not defaults.get("tags") for one in overriding for defaults in one.get("default_tags") or [])


def compare_tags(ours, truth, complete, name):
    """(what is wrong, what is undecided) in one map of tags."""
    wrong, open_ = [], []
    if ours is None:
        return ([f"{name}: the plan has {sorted(truth)}, ours takes none"] if truth else []), []
    for key in sorted(set(ours) | set(truth)):
        if key not in truth:
            (wrong if ours[key] is not None or complete else open_).append(f"{name}.{key}: only ours")
        elif key not in ours:
            (wrong if complete else open_).append(f"{name}.{key}: only the plan's")
        elif ours[key] is None and truth[key] is not None:
            open_.append(f"{name}.{key}: value")
        elif ours[key] is not None and truth[key] is None:
            wrong.append(f"{name}.{key}: ours {ours[key]!r}, unknown in the plan")
        elif ours[key] != truth[key] and ours[key] != "(sensitive value)":
            wrong.append(f"{name}.{key}: ours {ours[key]!r}, the plan's {truth[key]!r}")
    return wrong, open_


def compare_one(one, rc):
    wrong, open_ = [], []
    change, complete = rc["change"], one["tags_complete"]
    after = change.get("after") or {}
    blocks, listed = after.get("tag"), after.get("tags")
    if isinstance(blocks, list) and one["tags"] is not None:
        # Auto Scaling groups of providers before 5.0 take a list in `tags` as well.
        both = blocks + (listed if isinstance(listed, list) else [])
        truth = {b["key"]: b.get("value") for b in both if b.get("key")}
        wrong, open_ = compare_tags(one["tags"], truth, complete, "tag")
    elif "tags" in after or "tags" in (change.get("after_unknown") or {}):
        truth = tags_of(change, "tags")
        if truth is None:
            if complete:
                wrong.append("tags: all unknown in the plan, complete in ours")
        elif not isinstance(after.get("tags"), list):
            w, o = compare_tags(one["tags"], truth, complete, "tags")
            wrong, open_ = wrong + w, open_ + o
        whole = tags_of(change, "tags_all") if truth is not None else None
        if refuses_defaults(change):
            whole = truth
        if whole is not None and "tags_all" in after:
            w, o = compare_tags(one["tags_all"], whole, complete, "tags_all")
            wrong, open_ = wrong + w, open_ + o
        if not complete and not open_:
            open_.append("tags: may have more keys")
    elif one["tags"]:
        wrong.append("tags: the plan's type takes none")
    region = one["provider"]["region"]
    if isinstance(after.get("region"), str) and one["type"].startswith("aws_"):
        if region is None:
            open_.append("region")
        elif region != after["region"]:
            wrong.append(f"region: ours {region}, the plan's {after['region']}")
    return wrong, open_


def compare_scopes(one, rc, known):
    """Parents by the text that a plan with known ids shows."""
    wrong, open_ = [], []
    after = rc["change"].get("after") or {}
    for scope in one["scopes"]:
        value = after
        for step in scope["via"].split("."):
            value = value.get(step) if isinstance(value, dict) else value
            if isinstance(value, list) and len(value) == 1:
                value = value[0]
        if not isinstance(value, str):
            continue
        owners = known.get(value, set()) - {one["address"]}
        # None named: it may be any.
        if not scope["parent"]:
            if owners:
                open_.append(f"scope {scope['via']}: is {sorted(owners)}")
            continue
        ours = [p for p in scope["parent"]]
        fits = [p for p in ours if p in owners or p == value or pattern(p).match(sorted(owners)[0] if owners else "")]
        if owners and not fits:
            wrong.append(f"scope {scope['via']}: ours {ours}, the plan's {sorted(owners)}")
        elif owners and len(ours) > 1:
            open_.append(f"scope {scope['via']}: {len(ours)} candidates")
    return wrong, open_


def compare_place(one, rc):
    """Account and Region of the provider, as a text that the instance computes itself tells them (see scopes.py)."""
    wrong, open_ = [], []
    own = re.compile(r"(?:arn:.*:)?" + re.escape(one["type"]) + r"\.\d+\.(\w+)@(\d*)/([\w-]+)")
    found = (own.fullmatch(v) for v in (rc["change"].get("after") or {}).values() if isinstance(v, str))
    place = next((m for m in found if m), None)
    if place is None:
        return wrong, open_
    for what, truth in (("account", place[2]), ("region", place[3])):
        ours = one["provider"][what]
        if truth and ours is None:
            open_.append(f"provider's {what}: is {truth}")
        elif truth and ours != truth and (what == "account" or "region" not in (rc["change"].get("after") or {})):
            wrong.append(f"provider's {what}: ours {ours}, the plan's {truth}")
        elif not truth and ours is not None:
            wrong.append(f"provider's {what}: ours {ours}, the plan's provider names none")
    return wrong, open_


def identities(plan):
    found = collections.defaultdict(set)
    for address, rc in planned(plan).items():
        for name, value in (rc["change"].get("after") or {}).items():
            if isinstance(value, str) and value and (name in IDS or name.split("_")[-1] in ("id", "arn")):
                # Only what the instance computes itself is its own: made-up texts start with its type or name.
                if rc["change"].get("after_unknown", {}).get(name) or name in ("id", "arn", *IDS):
                    found[value].add(address)
    return found


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("plan")
    ap.add_argument("inventory")
    ap.add_argument("--known")
    ap.add_argument("--summary", action="store_true")
    args = ap.parse_args()
    with open(args.plan) as f:
        truth = planned(json.load(f))
    with open(args.inventory) as f:
        inventory = json.load(f)
    known, by_id = {}, {}
    if args.known:
        with open(args.known) as f:
            plan = json.load(f)
        known, by_id = planned(plan), identities(plan)

    ours = {i["address"]: i for i in inventory["instances"] if i["mode"] == "managed"}
    groups = [(g["address"], pattern(g["address"]), g["count"], g["because"]) for g in inventory["undecided"]
              if "[*]" in g["address"] or g["count"]["low"] != g["count"]["high"]]
    because = {g["address"]: g["because"] for g in inventory["undecided"]}
    wrong, undecided, exact = [], [], 0
    members = collections.Counter()
    for address, rc in truth.items():
        one = ours.get(address)
        if one and one["count"] == {"low": 1, "high": 1}:
            w, o = compare_one(one, rc)
            if address in known:
                for w2, o2 in (compare_scopes(one, known[address], by_id), compare_place(one, known[address])):
                    w, o = w + w2, o + o2
            if w:
                wrong.append((address, "; ".join(w)))
            elif o:
                undecided.append((address, "; ".join(o)))
            else:
                exact += 1
            continue
        group = address if address in because else next((g[0] for g in groups if g[1].match(address)), None)
        if group is None:
            wrong.append((address, "only in the plan"))
        else:
            members[group] += 1
            undecided.append((address, "because " + ", ".join(because[group])))
    for address, one in ours.items():
        if address not in truth and "[*]" not in address and one["count"]["low"] > 0:
            wrong.append((address, f"only in ours, count {one['count']}"))
    for address, _, count, _ in groups:
        n, high = members[address], count["high"]
        if n < count["low"] or (high is not None and n > high):
            wrong.append((address, f"{n} in the plan, ours says {count['low']}..{high}"))

    if args.summary:
        print(f"{len(truth)}\t{exact}\t{len(undecided)}\t{len(wrong)}")
    else:
        print(f"{len(truth)} instances: {exact} exact, {len(undecided)} undecided, {len(wrong)} wrong")
        causes = collections.defaultdict(list)
        for address, cause in undecided:
            causes[cause].append(address)
        for cause, addresses in sorted(causes.items(), key=lambda c: -len(c[1])):
            print(f"undecided {len(addresses):4}  {cause}  ({addresses[0]}{', …' if len(addresses) > 1 else ''})")
        for address, what in sorted(wrong):
            print(f"WRONG  {address}: {what}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
