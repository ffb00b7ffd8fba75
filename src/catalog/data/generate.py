#!/usr/bin/env python3
"""Writes the catalog's generated data files. Standard library only; running it twice changes nothing.

    python3 src/catalog/data/generate.py FOLDER [--all]

FOLDER holds the collected facts:

    quotas.csv                quotas: code, name, default, unit, adjustable, scope, kind, sources, as_of, notes
    terraform_measures.csv    which attribute of which resource type uses a quota, and in which scope
    quota_sources.csv         what each source id stands for
    taggable_types.csv        which types take tags, in which shape
    provider_schema.tsv.gz    attributes of the resource types and data sources of hashicorp/aws
    aws-default-quotas-us-east-1.tsv.gz    what ListAWSDefaultServiceQuotas answers for all services; or, newer, a folder
                              `api` with its answers as they are, one JSON file for each service:

        mkdir api
        for s in $(aws service-quotas list-services --query 'Services[].ServiceCode' --output text); do
            aws service-quotas list-aws-default-service-quotas --region us-east-1 --service-code "$s" > "api/$s.json"
        done

Written, beside this file:

    <service>.toml            every quota with a measure or a reason for none, and all quotas of the services in WHOLE
                              (--all: of every service)
    sources.toml              the sources
    long_list.bin             every quota of the API and of quotas.csv, deflated: for `quotas` and `explain`
    taggable.tsv              tag facts of the resource types
    provider_schema.bin       the provider schema, one deflated piece for each type
    provider_schema.tsv       where each piece lies
    generated.txt             what went in, how many rows came of it, and fingerprints of what came out

Facts kept by hand are in `hand/` and are never written here. Two of its files say how the collected rows are read:
`hand/quotas.toml` corrects and adds quotas (and `hand/sources.toml` their sources), `hand/measures.toml` measures. A row of
terraform_measures.csv that is not measured stands in `hand/unmeasured.toml` with its reason, or this step fails.
"""

import csv
import gzip
import hashlib
import json
import re
import sys
import tomllib
import zlib
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Services whose quotas are taken in whether or not anything measures them.
WHOLE = {"connect", "lex", "bedrock", "lambda", "dynamodb", "s3", "kms", "monitoring", "wafv2", "iam"}

# Sources that state default values, and since when. GW25, SP24 and QM26 are used for names and codes only; the seeds and
# UNV confirm nothing. (DATA_NOTES, "How it was assembled")
API_ANSWERS = {"SQ26"}
SINCE_2025 = {"GR26", "CL26", "CF26", "LX26", "GS26", "CA26", "UG26"}
DATED = SINCE_2025 | {"GW24", "AD23", "AD21"}

# Spellings of units in the CSV, and ours.
UNITS = {
    "count": "count", "": "number", "characters": "characters", "per second": "per second", "per minute": "per minute",
    "bytes": "B", "Bytes": "B", "KB": "KiB", "Kilobytes": "KiB", "MB": "MiB", "Megabytes": "MiB",
    "Gigabytes": "GiB", "Terabytes": "TiB", "Milliseconds": "ms", "seconds": "s", "Seconds": "s",
    "minutes": "min", "hours": "h", "days": "days", "months": "months", "capacity units": "capacity units",
    "WCU": "WCU", "vCPU": "vCPU", "USD": "USD", "Gbps": "Gbit/s", "Gigabits per second": "Gbit/s",
    "Megabytes/Second": "MiB/s",
}

# Notes of measures that say how the row is to be read: the fields say it now, and people need not be told.
READING_NOTES = re.compile(
    r"(add\b|plus\b|or |sum\b|largest of|weight by|group by|GiB|seconds$|bytes$|longest$|rules whose|resource_arn of"
    r"|also (type )?aws_|\w+ load balancers$|HTTP APIs$|parent by way|length of the JSON|distinct rule|instances with"
    r"|requested cert|imported cert|raw, before|quota is per|PROVISIONED mode|topic with|expand |per agent_version"
    r"|one for each listed|size of the file|as (above|for)|account-wide|global$|default bus|Gateway is|EDGE is"
    r"|application is|the (default|main|built-in).*counts?$|NS and SOA|FullAWSAccess|built-in default flows"
    r"|four built-in|longest|white space not counted|custom \(non-standard|all condition values|per function and qual)")

# What runs at one moment: calls, executions, jobs. Never a count of resources.
CONCURRENCY = re.compile(
    r"\b(concurrent|concurrency|in[- ]progress|simultaneous|flow executions)\b", re.IGNORECASE)


# Maps that are called tags and are none: they choose objects, ask for tags, or replace default_tags.
NO_TAGS = {
    ("aws_backup_framework", "control.scope.tags"),
    ("aws_dlm_lifecycle_policy", "policy_details.exclusions.exclude_tags"),
    ("aws_dlm_lifecycle_policy", "policy_details.schedule.variable_tags"),
    ("aws_dlm_lifecycle_policy", "policy_details.target_tags"),
    ("aws_fms_policy", "resource_tags"),
    ("aws_s3_object", "override_provider.default_tags.tags"),
    ("aws_s3_object_copy", "override_provider.default_tags.tags"),
    ("aws_vpc_ipam_pool", "allocation_resource_tags"),
}


def fail(message):
    sys.exit(f"generate.py: {message}")


def rows(folder, name):
    with open(folder / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def hand(name):
    path = HERE / "hand" / name
    with open(path, "rb") as file:
        return tomllib.load(file)


def key_of(row):
    """A quota within its service: by code, by name where there is none."""
    return row["quota_code"] or row["quota_name"]


# ---------------------------------------------------------------- quotas

def confidence(sources):
    named = set(sources)
    if named & API_ANSWERS or len(named & SINCE_2025) >= 2:
        return "confirmed"
    return "dated" if named & DATED else "unconfirmed"


def scope_of(text):
    return {"account-region": "region", "account-global": "account"}.get(text, text.removeprefix("resource:"))


def quota_of(row):
    sources = [s for s in row["source"].split(";") if s]
    kind = row["kind"]
    if kind == "count" and CONCURRENCY.search(row["quota_name"]):
        kind = "concurrency"
    unit = UNITS.get(row["unit"])
    if unit is None:
        fail(f"unit {row['unit']!r} of {row['service_code']} {row['quota_name']}: add it to UNITS")
    if unit in {"B", "KiB", "MiB", "GiB", "TiB", "characters"} and kind == "count":
        kind = "size"
    quota = {
        "code": row["quota_code"],
        "name": row["quota_name"],
        "default": row["default_value"],
        "unit": unit,
        "adjustable": {"true": "yes", "false": "no"}.get(row["adjustable"], "unknown"),
        "scope": scope_of(row["scope"]),
        "kind": kind,
        "confidence": confidence(sources),
        "sources": sources,
        "as_of": "" if row["as_of"] == "unknown" else row["as_of"],
        "notes": row["notes"].strip(),
    }
    return quota


# ---------------------------------------------------------------- measures

def measure_of(row):
    scope = [s.strip() for s in row["scope_attribute"].split(",") if s.strip()]
    return {
        "type": row["terraform_resource_type"],
        "amount": row["measure"],
        "scope": ["self"] if scope == ["id"] else scope,
        "of": row["scope_resource_type"],
        "filter": [row["filter"]] if row["filter"] else [],
        "notes": "" if READING_NOTES.match(row["notes"]) else row["notes"].strip(),
    }


def matches(entry, row):
    return (entry["service"] == row["service_code"] and entry["quota"] == key_of(row)
            and entry["type"] == row["terraform_resource_type"] and entry["measure"] == row["measure"]
            and entry.get("filter_was", row["filter"]) == row["filter"])


MEASURE_FIELDS = ["type", "amount", "scope", "of", "filter", "part", "plus", "unset", "unit", "spare", "blind",
                  "aggregate", "on_create", "notes"]


def measures(folder, report):
    """Returns the measures of each quota, by (service, key)."""
    adjust, refused = hand("measures.toml"), hand("unmeasured.toml").get("row", [])
    changes = adjust.get("change", [])
    used = set()
    result = {}
    taken = dropped = 0
    for row in rows(folder, "terraform_measures.csv"):
        reasons = [i for i, e in enumerate(refused) if matches(e, row)]
        if reasons:
            used.update(("unmeasured", i) for i in reasons)
            dropped += 1
            continue
        measure = measure_of(row)
        for i, change in enumerate(changes):
            if matches(change, row) and ("change", i) not in used:
                used.add(("change", i))
                for field in MEASURE_FIELDS:
                    if field in change and field != "type":
                        measure[field] = change[field]
                break
        result.setdefault((row["service_code"], key_of(row)), []).append(measure)
        taken += 1
    for name, entries in (("change", changes), ("unmeasured", refused)):
        for i, entry in enumerate(entries):
            if (name, i) not in used:
                fail(f"hand: no row of terraform_measures.csv for this {name} entry: {entry}")
    added = adjust.get("add", [])
    for entry in added:
        measure = {"scope": [], "of": "", "filter": [], "notes": ""}
        measure.update({f: entry[f] for f in MEASURE_FIELDS if f in entry})
        result.setdefault((entry["service"], entry["quota"]), []).append(measure)
    for quota, list_of_measures in result.items():
        for measure in list_of_measures:
            measure.setdefault("aggregate", aggregate(measure, list_of_measures))
    report.append(f"rows of terraform_measures.csv: {taken + dropped}")
    report.append(f"  measured: {taken}, of these read otherwise than the row says (hand/measures.toml): {len(changes)}")
    report.append(f"  not measured, with a reason (hand/unmeasured.toml): {dropped}")
    report.append(f"measures added by hand (hand/measures.toml): {len(added)}")
    return result


def aggregate(measure, siblings):
    """How the amounts of several instances in one scope come together."""
    word = measure["amount"].partition(":")[0]
    if word == "maxsame":
        return "maxsame"
    if word == "distinct" and measure["scope"] != ["self"]:
        return "distinct"
    if measure["scope"] == ["self"]:
        # A value of one resource, unless another resource adds to the same scope.
        others = [m for m in siblings if m is not measure and m["of"] == measure["of"] and m["type"] != measure["type"]]
        return "sum" if others and word not in {"value", "max", "maxlen", "maxblocks", "maxstrlen"} else "each"
    return "sum"


# ---------------------------------------------------------------- writing

def text(value):
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def array(values):
    return "[" + ", ".join(text(v) for v in values) + "]"


def number(value):
    plain = Decimal(value).normalize()
    return f"{plain:f}"


HEAD = """\
# Quotas of `{service}`, with what uses them.
# Written by generate.py from the collected facts; corrections belong into hand/, not here. The words are explained in README.md.
"""


def service_file(service, quotas):
    out = [HEAD.format(service=service)]
    for quota in quotas:
        out.append("\n[[quota]]\n")
        if quota["code"]:
            out.append(f"code = {text(quota['code'])}\n")
        out.append(f"name = {text(quota['name'])}\n")
        if quota["default"] != "":
            out.append(f"default = {number(quota['default'])}\n")
        for field in ("unit", "adjustable", "scope", "kind", "confidence"):
            out.append(f"{field} = {text(quota[field])}\n")
        out.append(f"sources = {array(quota['sources'])}\n")
        if quota["as_of"]:
            out.append(f"as_of = {text(quota['as_of'])}\n")
        if quota["notes"]:
            out.append(f"notes = {text(quota['notes'])}\n")
        for measure in quota["measures"]:
            out.append("\n[[quota.measure]]\n")
            for field in ("type", "amount"):
                out.append(f"{field} = {text(measure[field])}\n")
            if measure["scope"]:
                out.append(f"scope = {array(measure['scope'])}\n")
            if measure["of"]:
                out.append(f"of = {text(measure['of'])}\n")
            if measure["aggregate"] != "sum":
                out.append(f"aggregate = {text(measure['aggregate'])}\n")
            for field in ("filter", "blind"):
                if measure.get(field):
                    out.append(f"{field} = {array(measure[field])}\n")
            for field in ("part", "unit"):
                if measure.get(field):
                    out.append(f"{field} = {text(measure[field])}\n")
            for field in ("plus", "unset", "spare"):
                if measure.get(field):
                    out.append(f"{field} = {measure[field]}\n")
            if measure.get("on_create"):
                out.append("on_create = true\n")
            if measure["notes"]:
                out.append(f"notes = {text(measure['notes'])}\n")
    return "".join(out)


def order(quota):
    return (quota["name"].casefold(), quota["code"])


def write(name, content, fingerprints):
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    (HERE / name).write_bytes(data)
    fingerprints.append((name, fnv(data)))


def fnv(data):
    """64-bit FNV-1a: small enough to be repeated in a test without a dependency."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


# ---------------------------------------------------------------- the long list

API_UNITS = {"None": "", "Count": "", "Count/Second": "per second"}
API_FIELDS = ["service_code", "quota_code", "quota_name", "default_value", "unit", "adjustable", "global",
              "context_scope_type", "period", "usage_metric"]


def api_rows(folder):
    """What the API answers, one dictionary for each quota."""
    answers = sorted((folder / "api").glob("*.json"))
    for path in answers:
        for quota in json.loads(path.read_text(encoding="utf-8"))["Quotas"]:
            period = quota.get("Period") or {}
            metric = quota.get("UsageMetric") or {}
            yield {
                "service_code": quota["ServiceCode"], "quota_code": quota["QuotaCode"], "quota_name": quota["QuotaName"],
                "default_value": str(quota.get("Value", "")), "unit": quota.get("Unit", "None"),
                "adjustable": str(quota["Adjustable"]).lower(), "global": str(quota["GlobalQuota"]).lower(),
                "context_scope_type": (quota.get("QuotaContext") or {}).get("ContextScopeType", ""),
                "period": f"{period['PeriodValue']} {period['PeriodUnit']}" if period else "",
                "usage_metric": f"{metric['MetricNamespace']}/{metric['MetricName']}" if metric else "",
            }
    if not answers:
        with gzip.open(folder / "aws-default-quotas-us-east-1.tsv.gz", "rt", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def with_unit(value, unit):
    return f"{number(value)} {unit}".rstrip() if value != "" else ""


def plain_unit(quota):
    return "" if quota["unit"] in {"count", "number"} else quota["unit"]


def long_list(folder, collected, report):
    """Returns the packed table: service, code, name, default, adjustable, global, context, period, metric, sources, as_of, notes."""
    by_code = {(s, q["code"]): q for s, q in collected if q["code"]}
    lines, seen = [], set()
    for row in api_rows(folder):
        key = (row["service_code"], row["quota_code"])
        seen.add(key)
        quota = by_code.get(key)
        unit = API_UNITS.get(row["unit"], UNITS.get(row["unit"], row["unit"]))
        default = with_unit(row["default_value"], unit)
        sources, as_of, notes, name = "SQ26", "2026", "", row["quota_name"].strip()
        if quota:
            default = with_unit(quota["default"], plain_unit(quota))
            sources, as_of, notes = ";".join(quota["sources"]), quota["as_of"], quota["notes"]
            name = quota["name"]
        lines.append([*key, name, default, {"true": "yes", "false": "no"}[row["adjustable"]],
                      "global" if row["global"] == "true" else "", row["context_scope_type"], row["period"],
                      row["usage_metric"], sources, as_of, notes])
    answered = len(lines)
    for service, quota in collected:
        if (service, quota["code"]) in seen:
            continue
        lines.append([service, quota["code"], quota["name"], with_unit(quota["default"], plain_unit(quota)),
                      quota["adjustable"], "global" if quota["scope"] == "account" else "", "", "", "",
                      ";".join(quota["sources"]), quota["as_of"], quota["notes"]])
    for line in lines:
        if any("\t" in field or "\n" in field for field in line):
            fail(f"a tab or line end in {line}")
    lines.sort(key=lambda line: (line[0].encode(), line[2].encode(), line[1]))
    report.append(f"long list: {answered} quotas of the API, {len(lines) - answered} that only documents know")
    text = "".join("\t".join(line) + "\n" for line in lines).encode()
    return zlib.compress(text, 9)[2:-4]


# ---------------------------------------------------------------- provider schema

def schema_pieces(folder):
    """Yields kind, type and its lines: path, value type, flags, items."""
    pieces = {}
    with gzip.open(folder / "provider_schema.tsv.gz", "rt", encoding="utf-8") as file:
        next(file)
        for line in file:
            kind, name, *fields = line.rstrip("\n").split("\t")
            pieces.setdefault((kind, name), []).append("\t".join(fields))
    for kind, name in sorted(pieces):
        yield kind, name, "\n".join(sorted(pieces[kind, name])) + "\n"


def primer(pieces):
    """Text that most pieces share: what comes last in it is cheapest to point at."""
    seen = {}
    for _, _, piece in pieces:
        for line in set(piece.splitlines()):
            seen[line] = seen.get(line, 0) + 1
    common = sorted((n, line) for line, n in seen.items() if n >= 12)
    return ("\n".join(line for _, line in common) + "\n").encode()[-32768:]


def schema_files(folder):
    pieces = list(schema_pieces(folder))
    shared = primer(pieces)
    blob = bytearray(zlib.compress(shared, 9)[2:-4])
    index = [f"# kind\ttype\toffset\tpacked\tlength; the first piece is the primer that all others may point into",
             f"primer\t\t0\t{len(blob)}\t{len(shared)}"]
    for kind, name, piece in pieces:
        data = piece.encode()
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, shared)
        packed = packer.compress(data) + packer.flush()
        index.append(f"{kind}\t{name}\t{len(blob)}\t{len(packed)}\t{len(data)}")
        blob += packed
    return bytes(blob), "\n".join(index) + "\n"


# ---------------------------------------------------------------- the story

def main():
    arguments = sys.argv[1:]
    everything = "--all" in arguments
    folders = [a for a in arguments if not a.startswith("-")]
    if len(folders) != 1 or any(a.startswith("-") and a != "--all" for a in arguments):
        fail("usage: generate.py FOLDER [--all]")
    folder = Path(folders[0])
    report, fingerprints = [], []

    by_quota = measures(folder, report)
    refused = {(e["service"], e["quota"]) for e in hand("unmeasured.toml").get("row", [])}
    corrections = hand("quotas.toml")
    services = {}
    collected = []
    known = set()
    corrected = set()
    for row in rows(folder, "quotas.csv"):
        service, key = row["service_code"], key_of(row)
        known.add((service, key))
        quota = quota_of(row)
        for i, change in enumerate(corrections.get("change", [])):
            if change["service"] == service and change["quota"] == key:
                corrected.add(i)
                quota.update({k: v for k, v in change.items() if k in quota})
        quota["default"] = str(quota["default"])
        collected.append((service, quota))
        quota["measures"] = by_quota.get((service, key), [])
        # A quota with a use that is not measured is there too, so that the report can say so.
        if quota["measures"] or (service, key) in refused or service in WHOLE or everything:
            services.setdefault(service, []).append(quota)
    for i, change in enumerate(corrections.get("change", [])):
        if i not in corrected:
            fail(f"hand/quotas.toml: no such quota: {change}")
    for entry in corrections.get("add", []):
        quota = {"code": "", "default": "", "notes": "", "as_of": "", **entry}
        service = quota.pop("service")
        quota["default"] = str(quota["default"])
        quota["confidence"] = confidence(quota["sources"])
        collected.append((service, quota))
        key = quota["code"] or quota["name"]
        quota["measures"] = by_quota.get((service, key), [])
        known.add((service, key))
        services.setdefault(service, []).append(quota)
    for service, key in by_quota:
        if (service, key) not in known:
            fail(f"a measure names a quota that is not in quotas.csv: {service} {key}")

    for stale in HERE.glob("*.toml"):
        stale.unlink()
    total = measured = amounts = 0
    for service in sorted(services):
        quotas = sorted(services[service], key=order)
        for quota in quotas:
            # Where a measure says what the scope is, it is no longer guessed from the quota's name.
            for measure in quota["measures"]:
                if measure["of"]:
                    quota["scope"] = measure["of"]
                    break
        total += len(quotas)
        measured += sum(1 for q in quotas if q["measures"])
        amounts += sum(len(q["measures"]) for q in quotas)
        write(f"{service}.toml", service_file(service, quotas), fingerprints)
    report.append(f"services: {len(services)}, quotas: {total}, of these measured: {measured}, measures: {amounts}")

    sources = ["# Where the numbers come from. Written by generate.py.\n"]
    for row in rows(folder, "quota_sources.csv"):
        sources.append(f"\n[{row['id']}]\ntitle = {text(row['title'])}\ndocument = {text(row['repository_or_document'])}\n"
                       f"date = {text(row['date'])}\nused_for = {text(row['used_for'])}\n")
    for name, row in hand("sources.toml").items():
        fields = "".join(f"{field} = {text(row[field])}\n" for field in ("title", "document", "date", "used_for"))
        sources.append(f"\n[{name}]\n{fields}")
    write("sources.toml", "".join(sources), fingerprints)

    lines = ["# type\ttags_all\tstyle\ttag_policy_type\tenforceable"]
    for row in rows(folder, "taggable_types.csv"):
        if row["type"] == "aws":
            continue
        style = "+".join(p for p in row["tag_style"].split("+") if (row["type"], p) not in NO_TAGS)
        lines.append("\t".join([row["type"], "yes" if row["has_tags_all"] == "true" else "no", style,
                                row["tag_policy_type"], row["tag_policy_enforceable"]]))
    write("taggable.tsv", "\n".join(lines) + "\n", fingerprints)

    write("long_list.bin", long_list(folder, collected, report), fingerprints)

    blob, index = schema_files(folder)
    write("provider_schema.bin", blob, fingerprints)
    write("provider_schema.tsv", index, fingerprints)

    out = ["What generate.py read, counted and wrote. A test compares the fingerprints (64-bit FNV-1a) with the files.\n\n"]
    for name in ("quotas.csv", "terraform_measures.csv", "quota_sources.csv", "taggable_types.csv", "provider_schema.tsv.gz",
                 "aws-default-quotas-us-east-1.tsv.gz"):
        if (folder / name).exists():
            out.append(f"read {hashlib.sha256((folder / name).read_bytes()).hexdigest()} {name}\n")
    out.append("\n" + "\n".join(report) + "\n\n")
    for name, value in sorted(fingerprints):
        out.append(f"wrote {value} {name}\n")
    (HERE / "generated.txt").write_text("".join(out), encoding="utf-8")
    print("\n".join(report))


if __name__ == "__main__":
    main()
