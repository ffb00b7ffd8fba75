#!/usr/bin/env python3
"""Holds requests that were sent and answers that were given on loopback to AWS's own service models.

    answers.py FOLDER

Each file of FOLDER is one call as the test server recorded it. Requests and answers must be what the model of the operation
allows: known members, right types, allowed values, everything that is required; and the SDK's own parser reads them.
"""
import collections
import json
import re
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.validate import ParamValidator

LOADER = Loader()
MODELS = {}
TARGETS = {"ServiceQuotasV20190624": "service-quotas", "GraniteServiceVersion20100801": "cloudwatch",
           "AWSOrganizationsV20161128": "organizations"}


def model(service):
    if service not in MODELS:
        MODELS[service] = ServiceModel(LOADER.load_service_model(service, "service-2"), service)
    return MODELS[service]


FAULTS = collections.Counter()


def fault(call, text):
    FAULTS[re.sub(r"\[\d+\]", "[]", f"{call['action']}: {text}")] += 1


def held(call, shape, value, path):
    """Members that the model does not know, and values that it does not allow."""
    kind = shape.type_name
    types = {"structure": dict, "map": dict, "list": list, "string": str, "boolean": bool, "integer": int, "long": int,
             "double": (int, float), "float": (int, float), "timestamp": (int, float)}
    if not isinstance(value, types.get(kind, object)) or (isinstance(value, bool) and kind != "boolean"):
        return fault(call, f"{path}: {value!r} is no {kind}")
    if kind == "structure":
        # Names as they are written on the wire.
        wire = {s.serialization.get("name", n): s for n, s in shape.members.items()}
        members = wire if path.startswith("answer") else {**shape.members, **wire}
        for name, inner in value.items():
            if name in members:
                held(call, members[name], inner, f"{path}.{name}")
            else:
                fault(call, f"{path}: the model has no `{name}`")
        for name in shape.required_members:
            if name not in value:
                fault(call, f"{path}: `{name}` is missing")
    elif kind == "list":
        for n, inner in enumerate(value):
            held(call, shape.member, inner, f"{path}[{n}]")
    elif kind == "map":
        for name, inner in value.items():
            held(call, shape.value, inner, f"{path}.{name}")
    elif kind == "string":
        if shape.enum and value not in shape.enum:
            fault(call, f"{path}: {value!r} is none of {shape.enum}")
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern.replace(r"\p{L}", "a-zA-Z").replace(r"\p{Z}", " "), value, re.S):
            fault(call, f"{path}: {value!r} is not {pattern}")
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    size = value if kind in ("integer", "long", "double", "float") else len(value) if kind in ("string", "list") else None
    if size is not None and (low is not None and size < low or high is not None and size > high):
        fault(call, f"{path}: {size} is not within {low} and {high}")


def rest(call, operation):
    """Parameters from path, query and body."""
    path, _, query = call["path"].partition("?")
    uri = operation.http["requestUri"]
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(uri.partition("?")[0]))
    match = re.fullmatch(pattern + "/?", path)
    if call["method"] != operation.http["method"] or not match:
        fault(call, f"{call['method']} {path} is not {operation.http['method']} {uri}")
        return {}
    params = {n: unquote(v) for n, v in match.groupdict().items()}
    query = parse_qs(query, keep_blank_values=True)
    for name, shape in operation.input_shape.members.items():
        key = shape.serialization.get("name", name)
        if shape.serialization.get("location") == "querystring" and key in query:
            values = query.pop(key)
            params[name] = values if shape.type_name == "list" else int(values[0]) if shape.type_name == "integer" else values[0]
        elif shape.serialization.get("location") == "uri" and key in params:
            params[name] = params.pop(key)
    if query:
        fault(call, f"the model has no query {list(query)}")
    return {**params, **(json.loads(call["body"]) if call["body"] else {})}


def main():
    calls = [json.loads(f.read_text()) for f in sorted(Path(sys.argv[1]).iterdir())]
    count = collections.Counter()
    for call in calls:
        prefix, _, action = call["target"].rpartition(".")
        if "Action=" in call["body"]:
            service, action = "sts", call["action"]
        else:
            service, action = TARGETS.get(prefix, "connect"), action or call["action"]
        operation = model(service).operation_model(action)
        if service == "sts":
            fields = {k: v[0] for k, v in parse_qs(call["body"]).items()}
            params = {k: int(v) if k == "DurationSeconds" else v for k, v in fields.items() if k not in ("Action", "Version")}
        elif service == "connect":
            params = rest(call, operation)
        else:
            params = json.loads(call["body"])
        held(call, operation.input_shape, params, "request") if operation.input_shape else None
        if operation.input_shape and not (service == "cloudwatch"):
            problems = ParamValidator().validate(params, operation.input_shape)
            if problems.has_errors():
                fault(call, problems.generate_report())
        protocol = {"sts": "query", "connect": "rest-json"}.get(service, "json")
        answer = {"status_code": 200, "headers": {}, "body": call["answer"].encode()}
        read = create_parser(protocol).parse(answer, operation.output_shape)
        if service == "sts":
            members = operation.output_shape.members
            if not any(read.get(m) for m in members):
                fault(call, "the parser reads nothing of the answer")
        else:
            held(call, operation.output_shape, json.loads(call["answer"]), "answer")
        count[f"{service} {action}"] += 1
    for name, n in sorted(count.items()):
        print(f"  {n:6} {name}")
    for text, n in FAULTS.most_common(20):
        print(f"{n} × {text}", file=sys.stderr)
    if FAULTS:
        sys.exit(f"answers: {len(FAULTS)} faults")
    print(f"answers: {len(calls)} calls of {len(count)} operations are what the models of botocore say")
    if len(count) < 18:
        sys.exit("answers: there ought to be at least 18 operations")


main()
