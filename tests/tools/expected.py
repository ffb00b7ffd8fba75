#!/usr/bin/env python3
"""Counts, from a plan of real Terraform, what the AWS quotas of some services count.

This is a second opinion on tf-headroom: it shares no code and no data with it. The limits
stand in the table below, the parents come from scopes.py (that is, from Terraform itself).

    expected.py PLAN.json SCOPES.json        prints the answer
    expected.py --all                        writes fixtures/expected/*.exceeded.json
    expected.py --check                      the same, but only says what would change

Limits are the defaults of us-east-1 as ListAWSDefaultServiceQuotas and the service pages gave
them in 2026. Not measured here: tags (tag rules are not quotas of this table), web ACL capacity
units, package sizes, network interfaces, resource policies of functions, and
aws_iam_role.managed_policy_arns, which a plan shows as unknown whenever it is left unset.
"""
import collections
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# fixture -> its plan; the scopes file bears the name of the plan
PLANS = ["contact-center", "over-quota", "separate-instances", "govcloud", "unknown.with-values"]

# service, code, name, limit, resource type, measure, scope attribute, scope type, filter
#   scope attribute "" counts over account and Region (or the account, see GLOBAL), "id" means the resource itself
#   filter a=v holds where the attribute is v; a=v? also where it is unset
CONNECT = "aws_connect_instance"
LOCALE = "aws_lexv2models_bot_locale"
AGENT = "aws_bedrockagent_agent"
ROWS = [
    ("connect", "L-AA17A6B9", "Amazon Connect instance count", 2, CONNECT, "count", "", "", ""),
    ("connect", "", "Limit on creating and deleting instances", 100, CONNECT, "count", "", "", ""),
    ("connect", "L-9A46857E", "Users per instance", 500, "aws_connect_user", "count", "instance_id", CONNECT, ""),
    ("connect", "L-19A87C94", "Queues per instance", 100, "aws_connect_queue", "count", "instance_id", CONNECT, ""),
    ("connect", "L-68BBE2E8", "Quick connects per instance", 100, "aws_connect_quick_connect", "count", "instance_id", CONNECT, ""),
    ("connect", "L-D3E7BE26", "Routing profiles per instance", 500, "aws_connect_routing_profile", "count", "instance_id", CONNECT, ""),
    ("connect", "L-20CD02F7", "Hours of operation per instance", 100, "aws_connect_hours_of_operation", "count", "instance_id", CONNECT, ""),
    ("connect", "L-F325A715", "Security profiles per instance", 100, "aws_connect_security_profile", "count", "instance_id", CONNECT, ""),
    ("connect", "L-D68AAAE4", "User hierarchy groups per instance", 500, "aws_connect_user_hierarchy_group", "count", "instance_id", CONNECT, ""),
    ("connect", "L-22922690", "Contact flows per instance", 100, "aws_connect_contact_flow", "count", "instance_id", CONNECT, ""),
    ("connect", "L-19755C7E", "Flow modules per instance", 200, "aws_connect_contact_flow_module", "count", "instance_id", CONNECT, ""),
    ("connect", "L-8F812903", "Phone numbers per instance", 5, "aws_connect_phone_number", "count", "target_arn", CONNECT, ""),
    ("connect", "L-E3D2F503", "AWS Lambda functions per instance", 50, "aws_connect_lambda_function_association", "count", "instance_id", CONNECT, ""),
    ("connect", "L-516BC0EB", "Queues per routing profile per instance", 50, "aws_connect_routing_profile", "blocks:queue_configs", "id", "", ""),
    ("connect", "", "Active chats per agent", 10, "aws_connect_routing_profile", "max:media_concurrencies.concurrency", "id", "", "media_concurrencies.channel=CHAT"),
    ("connect", "", "Contacts per agent (concurrent maximum)", 10, "aws_connect_routing_profile", "max:media_concurrencies.concurrency", "id", "", ""),
    ("connect", "", "Queue priority levels", 99, "aws_connect_routing_profile", "max:queue_configs.priority", "id", "", ""),
    ("connect", "", "Quick connects you can assign to a queue", 700, "aws_connect_queue", "len:quick_connect_ids", "id", "", ""),
    ("connect", "", "Maximum contact flow size (MB)", 1_000_000, "aws_connect_contact_flow", "strlen:content", "id", "", ""),
    # AWS refuses a queue whose max_contacts is not below the calls quota, which is 10.
    ("connect", "L-12AB7C57", "Concurrent active calls per instance", 9, "aws_connect_queue", "value:max_contacts", "id", "", ""),
    ("lex", "L-36FA8BD2", "Bots per account (V2)", 100, "aws_lexv2models_bot", "count", "", "", ""),
    ("lex", "", "Intents per locale in each bot", 250, "aws_lexv2models_intent", "count", "bot_id,locale_id", LOCALE, ""),
    ("lex", "L-9030FC28", "Slots per bot locale (V2)", 2000, "aws_lexv2models_slot", "count", "bot_id,locale_id", LOCALE, ""),
    ("lex", "L-3D56827F", "Custom slot types per bot locale (V2)", 100, "aws_lexv2models_slot_type", "count", "bot_id,locale_id", LOCALE, ""),
    ("lex", "L-824BBA1D", "Custom slot type values and synonyms per bot locale (V2)", 50000, "aws_lexv2models_slot_type", "blocks:slot_type_values|slot_type_values.synonyms", "bot_id,locale_id", LOCALE, ""),
    ("lex", "L-311093B9", "Slots per intent (V2)", 100, "aws_lexv2models_slot", "count", "intent_id", "aws_lexv2models_intent", ""),
    ("lex", "L-52297D95", "Values and synonyms per custom slot type (V2)", 10000, "aws_lexv2models_slot_type", "blocks:slot_type_values|slot_type_values.synonyms", "id", "", ""),
    ("lex", "L-ED50DA7C", "Sample utterances per intent (V2)", 1500, "aws_lexv2models_intent", "blocks:sample_utterance", "id", "", ""),
    ("lex", "L-77D6C60C", "Sample utterances per slot (V2)", 10, "aws_lexv2models_slot", "blocks:value_elicitation_setting.sample_utterance", "id", "", ""),
    ("lex", "L-4F321B43", "Characters per sample utterance (V2)", 500, "aws_lexv2models_intent", "strlen:sample_utterance.utterance", "id", "", ""),
    ("bedrock", "L-97D79C54", "Agents per account", 1000, AGENT, "count", "", "", ""),
    ("bedrock", "L-5DAAE567", "Action groups per Agent", 20, "aws_bedrockagent_agent_action_group", "count", "agent_id", AGENT, ""),
    ("bedrock", "L-14A16430", "Enabled action groups per agent", 15, "aws_bedrockagent_agent_action_group", "count", "agent_id", AGENT, "action_group_state=ENABLED?"),
    ("bedrock", "L-6E57E827", "Associated aliases per Agent", 10, "aws_bedrockagent_agent_alias", "count", "agent_id", AGENT, ""),
    ("bedrock", "L-6B2DA87E", "APIs per Agent", 11, "aws_bedrockagent_agent_action_group", "blocks:function_schema.member_functions.functions", "agent_id", AGENT, ""),
    ("bedrock", "L-4B4330A0", "Parameters per function", 5, "aws_bedrockagent_agent_action_group", "maxblocks:function_schema.member_functions.functions.parameters", "id", "", ""),
    ("bedrock", "L-6E3CDA2D", "Characters in Agent instructions", 20000, AGENT, "strlen:instruction", "id", "", ""),
    # The default of 1000, less the 100 that must stay unreserved.
    ("lambda", "L-B99A9384", "Concurrent executions", 900, "aws_lambda_function", "sum:reserved_concurrent_executions", "", "", ""),
    ("lambda", "L-01237738", "Function layers", 5, "aws_lambda_function", "len:layers", "id", "", ""),
    ("lambda", "L-9FEEFFC0", "Function timeout", 900, "aws_lambda_function", "value:timeout", "id", "", ""),
    ("lambda", "", "Function memory (maximum MB)", 10240, "aws_lambda_function", "value:memory_size", "id", "", ""),
    ("lambda", "", "/tmp directory storage (maximum MB)", 10240, "aws_lambda_function", "max:ephemeral_storage.size", "id", "", ""),
    ("lambda", "L-6581F036", "Environment variable size", 4096, "aws_lambda_function", "jsonlen:environment.variables", "id", "", ""),
    ("dynamodb", "L-F98FE922", "Maximum number of tables", 2500, "aws_dynamodb_table", "count", "", "", ""),
    ("dynamodb", "L-34F6A552", "Account-level read throughput limit (Provisioned mode)", 80000, "aws_dynamodb_table", "sum:read_capacity", "", "", "billing_mode=PROVISIONED?"),
    ("dynamodb", "L-34F8CCC8", "Account-level write throughput limit (Provisioned mode)", 80000, "aws_dynamodb_table", "sum:write_capacity", "", "", "billing_mode=PROVISIONED?"),
    # A table on demand has no capacity of its own; the plan shows it as unknown.
    ("dynamodb", "L-CF0CBE56", "Table-level read throughput limit", 40000, "aws_dynamodb_table", "value:read_capacity", "id", "", "billing_mode=PROVISIONED?"),
    ("dynamodb", "L-AB614373", "Table-level write throughput limit", 40000, "aws_dynamodb_table", "value:write_capacity", "id", "", "billing_mode=PROVISIONED?"),
    ("dynamodb", "L-F7858A77", "Global Secondary Indexes per table", 20, "aws_dynamodb_table", "blocks:global_secondary_index", "id", "", ""),
    ("dynamodb", "", "Local secondary indexes per table", 5, "aws_dynamodb_table", "blocks:local_secondary_index", "id", "", ""),
    ("s3", "L-DC2B2D3D", "General purpose buckets", 10000, "aws_s3_bucket", "count", "", "", ""),
    ("s3", "L-146D5F0C", "Lifecycle rules", 1000, "aws_s3_bucket_lifecycle_configuration", "blocks:rule", "bucket", "aws_s3_bucket", ""),
    ("kms", "L-C2F1777E", "Customer Master Keys (CMKs)", 100000, "aws_kms_key", "count", "", "", ""),
    ("kms", "L-340F62FB", "Aliases per CMK", 50, "aws_kms_alias", "count", "target_key_id", "aws_kms_key", ""),
    ("monitoring", "", "Alarms per Region per account", 5000, "aws_cloudwatch_metric_alarm", "count", "", "", ""),
    ("monitoring", "", "Dashboards per account", 5000, "aws_cloudwatch_dashboard", "count", "", "", ""),
    ("monitoring", "", "Actions per alarm", 5, "aws_cloudwatch_metric_alarm", "len:alarm_actions", "id", "", ""),
    ("monitoring", "L-9533564A", "Dimensions per metric", 30, "aws_cloudwatch_metric_alarm", "len:dimensions", "id", "", ""),
    ("wafv2", "L-2EC3DE7B", "Maximum web ACLs per account in WAF for regional", 100, "aws_wafv2_web_acl", "count", "", "", "scope=REGIONAL"),
    ("wafv2", "L-D6DA96AE", "Maximum IP sets per account in WAF for regional", 100, "aws_wafv2_ip_set", "count", "", "", "scope=REGIONAL"),
    ("wafv2", "L-B24834C1", "Maximum number of IP addresses in an IP set in WAF for regional", 10000, "aws_wafv2_ip_set", "len:addresses", "id", "", "scope=REGIONAL"),
    ("wafv2", "L-B1635397", "Maximum number of rate-based statements per web ACL in WAF for regional", 10, "aws_wafv2_web_acl", "blocks:rule.statement.rate_based_statement", "id", "", "scope=REGIONAL"),
    ("wafv2", "L-030B54CC", "Maximum number of referenced statements per rule group or web ACL in WAF for regional", 50, "aws_wafv2_web_acl", "blocks:rule.statement.ip_set_reference_statement|rule.statement.rule_group_reference_statement|rule.statement.regex_pattern_set_reference_statement", "id", "", "scope=REGIONAL"),
    ("iam", "L-FE177D64", "Roles per account", 1000, "aws_iam_role", "count", "", "", ""),
    ("iam", "L-E95E4862", "Customer managed policies per account", 1500, "aws_iam_policy", "count", "", "", ""),
    ("iam", "L-0DA4ABF3", "Managed policies per role", 20, "aws_iam_role_policy_attachment", "count", "role", "aws_iam_role", ""),
    ("iam", "", "Inline policy size per role (aggregate)", 10240, "aws_iam_role_policy", "policylen:policy", "role", "aws_iam_role", ""),
    ("iam", "L-ED111B8C", "Managed policy length", 6144, "aws_iam_policy", "policylen:policy", "id", "", ""),
    ("iam", "L-C07B4B0D", "Role trust policy length", 2048, "aws_iam_role", "policylen:assume_role_policy", "id", "", ""),
]

# Counted over the whole account, all Regions together.
GLOBAL = {"L-DC2B2D3D", "Dashboards per account", "L-FE177D64", "L-E95E4862"}

# Lex gives these three locales more: https://docs.aws.amazon.com/lexv2/latest/dg/quotas.html
ENGLISH = {"Intents per locale in each bot": 1000, "Slots per bot locale (V2)": 4000,
           "Custom slot types per bot locale (V2)": 250}

# What AWS puts into a new parent: (low, high), by quota. A quota without a resource in the plan is
# not listed, so a baseline alone never shows.
#   queue, hours, routing profile: "BasicQueue", "Basic Hours", "Basic Routing Profile"
#     https://docs.aws.amazon.com/connect/latest/adminguide/connect-queues.html
#   security profiles: Admin, Agent, CallCenterManager, QualityAnalyst
#     https://docs.aws.amazon.com/connect/latest/adminguide/connect-security-profiles.html
#   contact flows: the guide describes 8 default flows and 13 sample flows; which samples an instance
#     gets changed over the years (a published as-built report of one lists 8 + 11)
#     https://docs.aws.amazon.com/connect/latest/adminguide/contact-flow-default.html
#     https://docs.aws.amazon.com/connect/latest/adminguide/contact-flow-samples.html
#   intents: FallbackIntent, https://docs.aws.amazon.com/lexv2/latest/dg/built-in-intent-fallback.html
BASELINES = {"L-19A87C94": (1, 1), "L-20CD02F7": (1, 1), "L-D3E7BE26": (1, 1), "L-F325A715": (4, 4),
             "L-22922690": (8, 21), "Intents per locale in each bot": (1, 1)}

UNKNOWN = object()


def unset(value):
    return value is None or value == []


def resolve(after, unknown):
    """The attributes after apply, with UNKNOWN where only AWS knows."""
    if unknown is True:
        return UNKNOWN
    if isinstance(after, dict) or isinstance(unknown, dict):
        after, unknown = after or {}, unknown if isinstance(unknown, dict) else {}
        return {k: resolve(after.get(k), unknown.get(k)) for k in {**after, **unknown}}
    if isinstance(after, list):
        unknown = unknown if isinstance(unknown, list) else []
        return [resolve(v, unknown[i] if i < len(unknown) else None) for i, v in enumerate(after)]
    return after


def walk(value, path):
    """Every value at a dotted path, through lists of blocks."""
    if not path or value is UNKNOWN:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from walk(item, path)
    elif isinstance(value, dict):
        yield from walk(value.get(path[0]), path[1:])


def items(value, path):
    """The blocks at a dotted path, one by one; UNKNOWN where their number is unknown."""
    for found in walk(value, path.split(".")):
        if isinstance(found, list):
            yield from found
        elif found is not None:
            yield found


def interval(values):
    """Sum of numbers, any of which may be unknown (then at least 0)."""
    low, high = 0, 0
    for v in values:
        if v is UNKNOWN:
            high = None
        else:
            low += v
            high = None if high is None else high + v
    return low, high


def size(kind, value):
    if value is UNKNOWN:
        return UNKNOWN
    if value is None:
        return 0
    if kind == "jsonlen":
        if any(v is UNKNOWN for v in value.values()):
            return UNKNOWN
        return len(json.dumps(value, separators=(",", ":")).encode())
    if kind == "policylen":         # IAM does not count white space
        return len(re.sub(r"\s", "", value))
    return len(value)


def measure(spec, attrs, condition):
    kind, _, path = spec.partition(":")
    if kind == "count":
        return 1, 1
    if kind == "blocks":
        return interval(UNKNOWN if v is UNKNOWN else 1 for p in path.split("|") for v in items(attrs, p))
    if kind == "maxblocks":
        head, _, tail = path.rpartition(".")
        found = [interval(UNKNOWN if v is UNKNOWN else 1 for v in items(b, tail)) for b in items(attrs, head)]
        return max((low for low, _ in found), default=0), None if any(h is None for _, h in found) else max((h for _, h in found), default=0)
    if kind == "sum":
        found = [v for v in walk(attrs, path.split(".")) if v is not None and (v is UNKNOWN or v > 0)]
        return interval(found)
    if kind in ("max", "value"):
        head, _, tail = path.rpartition(".")
        blocks = list(items(attrs, head)) if head else [attrs]
        if condition and head and condition.startswith(head + "."):
            key, want = condition[len(head) + 1:].split("=")
            blocks = [b for b in blocks if b is UNKNOWN or b.get(key) in (want, UNKNOWN)]
        found = [b if b is UNKNOWN else b.get(tail) for b in blocks]
        found = [v for v in found if v is not None]
        known = [v for v in found if v is not UNKNOWN]
        return max(known, default=0), None if len(known) < len(found) else max(known, default=0)
    found = [size(kind, v) for v in walk(attrs, path.split("."))]
    if kind == "strlen" and "." in path:
        known = [v for v in found if v is not UNKNOWN]
        return max(known, default=0), None if len(known) < len(found) else max(known, default=0)
    return interval(found)


def holds(condition, attrs):
    """Whether a filter takes the resource in; filters on blocks are left to the measure."""
    if not condition or "." in condition:
        return True
    key, want = condition.split("=")
    value = attrs.get(key)
    if want.endswith("?"):
        return value is UNKNOWN or unset(value) or value == want[:-1]
    return value == want


def tier(low, limit, shared):
    """How near a count is; sizes of one resource are exceeded or silent."""
    if not shared:
        return None
    if limit < 10:
        return "full" if low == limit else None
    percent = 100 * low / limit
    return "critical" if percent >= 90 else "warning" if percent >= 80 else "notice" if percent >= 70 else None


def judge(plan, scopes):
    resources = collections.defaultdict(list)
    for rc in plan["resource_changes"]:
        if rc["mode"] == "managed" and rc["change"]["actions"] != ["delete"]:
            attrs = resolve(rc["change"]["after"], rc["change"]["after_unknown"])
            resources[rc["type"]].append((rc["address"], attrs))

    counts, own = [], []
    for service, code, name, limit, kind, spec, attribute, _, condition in ROWS:
        quota = {"service": service, "code": code, "name": name}
        groups = collections.defaultdict(list)
        for address, attrs in resources[kind]:
            if not holds(condition, attrs):
                continue
            if attribute == "id":
                groups[(None, address)].append((address, attrs))
            elif attribute:
                groups[(None, scopes[address][attribute])].append((address, attrs))
            else:
                region = None if {code, name} & GLOBAL else attrs.get("region")
                groups[(region, None)].append((address, attrs))
        for (region, parent), members in sorted(groups.items(), key=str):
            at_most = ENGLISH.get(name, limit) if parent and re.search(r'en_(AU|GB|US)"', parent) else limit
            base = BASELINES.get(code or name, (0, 0))
            amounts = [measure(spec, attrs, condition) for _, attrs in members]
            low = sum(a for a, _ in amounts) + base[0]
            high = None if any(b is None for _, b in amounts) else sum(b for _, b in amounts) + base[1]
            row = {"quota": quota, "region": region, "parent": parent, "instances": len(members),
                   "baseline": {"low": base[0], "high": base[1]}, "count": {"low": low, "high": high}, "limit": at_most,
                   "verdict": "exceeded" if low > at_most else "undecided" if high is None or high > at_most else "within",
                   "near": tier(low, at_most, attribute != "id") if low <= at_most else None}
            (own if attribute == "id" else counts).append(row)

    # Of the quotas on one resource only the fullest is worth a line, and what is not within.
    fullest = {}
    for row in own:
        key = (row["quota"]["service"], row["quota"]["name"])
        if row["verdict"] == "within" and row["count"]["low"] > fullest.get(key, {"count": {"low": 0}})["count"]["low"]:
            fullest[key] = row

    def brief(row):
        return {k: row[k] for k in ("quota", "region", "parent", "count", "limit")}

    every = counts + own
    return {
        "exceeded": [brief(r) for r in every if r["verdict"] == "exceeded"],
        "near": [{**brief(r), "tier": r["near"]} for r in every if r["near"]],
        "undecided": [brief(r) for r in every if r["verdict"] == "undecided"],
        "counts": counts,
        "fullest_of_one_resource": [brief(r) for r in fullest.values()],
    }


def lay_out(answer):
    """JSON with a line for each entry, so that a difference can be read."""
    parts = []
    for key, rows in answer.items():
        body = ",\n".join("    " + json.dumps(r) for r in rows)
        parts.append(f'  "{key}": [' + (f"\n{body}\n  ]" if rows else "]"))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def of(name):
    plan = json.loads((ROOT / f"fixtures/plans/{name}.json").read_text())
    scopes = json.loads((ROOT / f"fixtures/expected/{name}.scopes.json").read_text())
    return lay_out(judge(plan, scopes))


def main(args):
    if args in (["--all"], ["--check"]):
        stale = []
        for name in PLANS:
            out = ROOT / f"fixtures/expected/{name}.exceeded.json"
            text = of(name)
            if not out.is_file() or out.read_text() != text:
                stale.append(out.relative_to(ROOT))
                if args == ["--all"]:
                    out.write_text(text)
        for path in stale:
            print(("wrote " if args == ["--all"] else "stale: ") + str(path))
        return 1 if stale and args == ["--check"] else 0
    if len(args) != 2:
        sys.exit(__doc__)
    print(lay_out(judge(json.loads(Path(args[0]).read_text()), json.loads(Path(args[1]).read_text()))), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
