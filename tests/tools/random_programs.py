#!/usr/bin/env python3
"""Makes up small configurations out of what Terraform offers, to compare our answers with its own.

    random_programs.py SEED [COUNT]          one JSON object a line, for record_programs.py

Everything is `terraform_data`, so no provider is needed. The same seed makes the same programs.
"""
import json
import random
import sys

R = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
pick, chance = R.choice, lambda p: R.random() < p

# What expressions are made of: known values, some of them sensitive, and outputs known only after apply.
HEAD = '''resource "terraform_data" "src" {
  input = ["s", "t"]
}
resource "terraform_data" "mp" {
  input = { a = 1, b = 2 }
}
locals {
  n    = 2
  zero = 0
  name = "web"
  none = null
  l    = ["c", "a", "b", "a"]
  nums = [3, 1, 2]
  s    = toset(["x", "y"])
  m    = { a = { x = 1, y = ["p", "q"] }, b = { x = 2, y = [] } }
  mix  = { id = terraform_data.src.id, name = "n", list = [1, terraform_data.src.id] }
  sec  = sensitive("hid")
}
variable "u" {
  type = map(object({
    size  = optional(number, 1)
    names = optional(list(string), [])
    more  = optional(object({ on = optional(bool, true), tag = optional(string) }), {})
  }))
  default = { p = { size = 2 }, q = { names = ["n1", "n2"], more = { tag = "t" } } }
}
variable "objs" {
  type    = set(object({ name = string, port = optional(number, 80) }))
  default = [{ name = "a" }, { name = "b", port = 443 }, { name = "a", port = 80 }]
}
'''
FILES = {
    "data/a.json": '{"k": [1, 2], "n": {"z": null}}', "data/b.json": '{"k": []}', "data/list.csv": "name,size\nx,1\ny,2\n",
    "data/c.yaml": "env: dev\nports: [80, 443]\nnest:\n  - {a: 1}\n  - {a: 2}\n", "data/t.tftpl":
    "%{ for x in xs ~}\n- ${x} ${upper(name)}\n%{ endfor ~}\n%{ if length(xs) > 1 }many%{ else }few%{ endif }\n", "data/text.txt": "one\ntwo\n",
}


def number(d):
    if d <= 0 or chance(.2):
        return pick(["0", "1", "-2", "1.5", "local.n", "local.zero", 'var.u["p"].size', "local.m.a.x", "1e3"])
    return pick([
        lambda: f"({number(d - 1)} {pick('+-*/%')} {number(d - 1)})", lambda: f"length({pick([many, text, table])(d - 1)})",
        lambda: f"{pick(['max', 'min'])}({number(d - 1)}, {number(d - 1)})", lambda: f"({truth(d - 1)} ? {number(d - 1)} : {number(d - 1)})",
        lambda: f"try({number(d - 1)}, {number(0)})", lambda: f"tonumber({pick([text, number])(d - 1)})", lambda: f"{pick(['abs', 'ceil', 'floor', 'signum'])}({number(d - 1)})",
        lambda: f"parseint({text(d - 1)}, {pick(['10', '16', '2'])})", lambda: f"index({many(d - 1)}, {text(d - 1)})", lambda: f"sum([{number(d - 1)}, {number(d - 1)}])",
        lambda: f"coalesce(local.none, {number(d - 1)})", lambda: f"{anything(d - 1)}.size", lambda: f"one([{number(d - 1)}])",
    ])()


def text(d):
    if d <= 0 or chance(.2):
        return pick(['"x"', '""', '"a-b"', "local.name", "terraform_data.src.id", "local.sec", "local.mix.id", "path.module",
                     "terraform.workspace", "local.l[1]", "null", '"é"', '"$${x}"', '"%%{y}"'])
    return pick([
        lambda: f'"{pick(["", "p-"])}${{{pick([text, number, truth])(d - 1)}}}{pick(["", "-s"])}"', lambda: f"{pick(['upper', 'lower', 'title', 'trimspace', 'strrev'])}({text(d - 1)})",
        lambda: f'join("{pick(",-")}", {many(d - 1)})', lambda: f"({truth(d - 1)} ? {text(d - 1)} : {text(d - 1)})", lambda: f"try({anything(d - 1)}, {text(0)})",
        lambda: f'format("{pick(["%s", "%5s|", "%-3s", "%q", "%v"])}-%d", {text(d - 1)}, {number(d - 1)})', lambda: f"jsonencode({anything(d - 1)})", lambda: f"tostring({number(d - 1)})",
        lambda: f'replace({text(d - 1)}, "{pick(["-", "/[a-c]/", "x"])}", "_")', lambda: f"substr({text(d - 1)}, {pick(['0', '1', '-2'])}, {pick(['1', '-1', '9'])})",
        lambda: f"element({many(d - 1)}, {number(d - 1)})", lambda: f"{many(d - 1)}[{number(d - 1)}]", lambda: f"lookup({table(d - 1)}, {text(0)}, {text(d - 1)})",
        lambda: f'"%{{ if {truth(d - 1)} }}yes%{{ else }}${{{text(d - 1)}}}%{{ endif }}"', lambda: f'"%{{ for i, v in {many(d - 1)} ~}} ${{i}}=${{v}} %{{~ endfor }}"',
        lambda: f"coalesce({text(d - 1)}, {text(d - 1)})", lambda: f"nonsensitive({text(d - 1)})", lambda: f"yamlencode({anything(d - 1)})", lambda: f"one({many(d - 1)})",
        lambda: f'regex("{pick(["[a-z]+", "^(?P<n>.)", "z+"])}", {text(d - 1)})', lambda: f"md5({text(d - 1)})", lambda: f'trim({text(d - 1)}, "x")',
        lambda: f'templatestring(local.name, {{ a = {text(d - 1)} }})', lambda: f'templatefile("data/t.tftpl", {{ xs = {many(d - 1)}, name = {text(d - 1)} }})',
    ])()


def truth(d):
    if d <= 0 or chance(.2):
        return pick(["true", "false", "local.n > 1", "local.none == null", 'terraform_data.src.id == "x"', "terraform_data.src.id != null", 'var.u["q"].more.on'])
    return pick([
        lambda: f"({number(d - 1)} {pick(['<', '>', '<=', '>=', '==', '!='])} {number(d - 1)})", lambda: f"({text(d - 1)} {pick(['==', '!='])} {text(d - 1)})",
        lambda: f"({truth(d - 1)} {pick(['&&', '||'])} {truth(d - 1)})", lambda: f"!{truth(d - 1)}", lambda: f"contains({many(d - 1)}, {text(d - 1)})", lambda: f"can({anything(d - 1)})",
        lambda: f"({anything(d - 1)} == {anything(d - 1)})", lambda: f"alltrue([for x in {many(d - 1)} : x != {text(0)}])", lambda: f"anytrue([{truth(d - 1)}])", lambda: f"tobool({text(d - 1)})",
        lambda: f'startswith({text(d - 1)}, "x")', lambda: f"issensitive({anything(d - 1)})", lambda: f"({many(d - 1)} == [])",
    ])()


def many(d):
    if d <= 0 or chance(.2):
        return pick(["local.l", "local.nums", "[]", "tolist(local.s)", "terraform_data.src.output", "local.m.a.y", 'var.u["q"].names', "local.mix.list", "[null]", 'split(",", "a,b")'])
    return pick([
        lambda: f"[for x in {many(d - 1)} : {pick(['x', text(0), f'[x, {number(0)}]'])}{pick(['', f' if x != {text(0)}'])}]", lambda: f"concat({many(d - 1)}, {many(d - 1)})",
        lambda: f"{pick(['distinct', 'compact', 'reverse', 'flatten', 'sort', 'toset', 'tolist'])}({many(d - 1)})", lambda: f"[{anything(d - 1)}, {anything(d - 1)}]",
        lambda: f"keys({table(d - 1)})", lambda: f"values({table(d - 1)})", lambda: f"slice({many(d - 1)}, {pick('01')}, {pick('123')})", lambda: f"({truth(d - 1)} ? {many(d - 1)} : {many(d - 1)})",
        lambda: f"range({number(d - 1)})", lambda: f"setunion({many(d - 1)}, {many(d - 1)})", lambda: f"setsubtract({many(d - 1)}, {many(d - 1)})", lambda: f"{pick([many, table])(d - 1)}[*]{pick(['', '.name'])}",
        lambda: f"[for k, v in {table(d - 1)} : {pick(['k', 'v', '{ k = k, v = v }'])}]", lambda: f"chunklist({many(d - 1)}, {pick('12')})", lambda: f"setproduct({many(d - 1)}, {many(d - 1)})",
        lambda: f"try({many(d - 1)}, [])", lambda: f"coalescelist({many(d - 1)}, {many(d - 1)})", lambda: f"matchkeys({many(d - 1)}, {many(d - 1)}, {many(d - 1)})", lambda: "[for o in var.objs : o.port]",
        lambda: 'fileset("data", "*.{json,csv}")', lambda: f"regexall('[a-z]', {text(d - 1)})".replace("'", '"'), lambda: f"sensitive({many(d - 1)})", lambda: "var.objs[*].name", lambda: "flatten([for k, v in var.u : v.names])",
    ])()


def table(d):
    if d <= 0 or chance(.2):
        return pick(["local.m", "{}", "var.u", '{ a = "x", b = "y" }', "terraform_data.mp.input", "terraform_data.mp.output", "local.mix", 'jsondecode(file("data/a.json"))', 'yamldecode(file("data/c.yaml"))'])
    return pick([
        lambda: f"{{ for i, x in {many(d - 1)} : {pick(['i', 'x', text(0)])} => {pick(['x', number(0), '[x]'])}{pick(['', '...', ' if i > 0'])} }}", lambda: f"merge({table(d - 1)}, {table(d - 1)})",
        lambda: f"{{ for k, v in {table(d - 1)} : {pick(['k', 'upper(k)'])} => {pick(['v', 'k', anything(0)])} }}", lambda: f"zipmap({many(d - 1)}, {many(d - 1)})", lambda: f"({truth(d - 1)} ? {table(d - 1)} : {table(d - 1)})",
        lambda: f"{{ a = {anything(d - 1)}, ({text(d - 1)}) = {anything(d - 1)} }}", lambda: f"tomap({table(d - 1)})", lambda: f"try({table(d - 1)}, {{}})", lambda: f"{{ for o in var.objs : o.name => o{pick(['...', ''])} }}",
        lambda: f"transpose({table(d - 1)})", lambda: f"defaults({table(d - 1)}, {{}})" if chance(.1) else f"merge({table(d - 1)}, null)", lambda: '{ for r in csvdecode(file("data/list.csv")) : r.name => r.size }',
        lambda: '{ for f in fileset("data", "*.json") : trimsuffix(f, ".json") => jsondecode(file("data/${f}")) }', lambda: f'provider::terraform::decode_tfvars("a = {pick(["1", "[true]", "{}"])}")',
    ])()


def anything(d):
    return pick([number, text, truth, many, table])(d)


def program(group, title, main, files=None, **rest):
    return {"group": group, "title": title, "files": {"main.tf": main, **(files or {})}, **rest}


USES = 'terraform {\n  required_providers {\n    terraform = { source = "terraform.io/builtin/terraform" }\n  }\n}\n'


def expressions():
    made = [anything(R.randint(1, 4)) for _ in range(R.randint(1, 5))]
    made = [f'try({e}, "failed")' if chance(.75) else e for e in made]
    outputs = "".join(f'output "o{i}" {{\n  value     = {e}\n  sensitive = true\n}}\n' for i, e in enumerate(made))
    return program("random.expression", made[0][:90], USES + HEAD + outputs, FILES)


def repeats():
    d = R.randint(1, 3)
    by = pick(["count", "for_each"])
    each = number(d) if by == "count" else pick([table, lambda d: f"toset({many(d)})"])(d)
    each = f"try({each}, {pick(['0', 'null']) if by == 'count' else '{}'})" if chance(.4) else each
    key = "count.index" if by == "count" else "each.key"
    body = f'resource "terraform_data" "r" {{\n  {by} = {each}\n  input = "${{{key}}}-${{length({many(1)})}}"\n}}\noutput "k" {{\n  value     = [for k, r in terraform_data.r : r.input]\n  sensitive = true\n}}\n'
    if chance(.4):
        body = f'module "m" {{\n  source = "./m"\n  {by} = {each}\n  k      = {key}\n  v      = {anything(1)}\n}}\noutput "k" {{\n  value     = module.m\n  sensitive = true\n}}\n'
    module = 'variable "k" {}\nvariable "v" {}\nresource "terraform_data" "x" {\n  for_each = toset(["1", tostring(var.k)])\n  input    = [var.v, each.key]\n}\noutput "o" {\n  value     = { for k, x in terraform_data.x : k => x.input }\n  sensitive = true\n}\n'
    return program("random.repeat", f"{by} = {each[:80]}", USES + HEAD + body, {**FILES, "m/main.tf": module})


def typed(d):
    """A type, and what makes values that fit it, though some need a conversion."""
    if d <= 0 or chance(.3):
        return pick([("string", lambda: pick(['"x"', "1", "true", "null"])), ("number", lambda: pick(["1", '"2"', "1.50", "null"])),
                     ("bool", lambda: pick(["true", '"false"', "null"])), ("any", lambda: a_value(1))])
    kind = pick(["list", "set", "map", "tuple", "object", "object"])
    if kind in ("list", "set"):
        ty, value = typed(d - 1)
        return f"{kind}({ty})", lambda: "[" + ", ".join(value() for _ in range(R.randint(0, 3))) + "]"
    if kind == "map":
        ty, value = typed(d - 1)
        return f"map({ty})", lambda: "{ " + ", ".join(f"{n} = {value()}" for n in R.sample("abz", R.randint(0, 3))) + " }"
    if kind == "tuple":
        one, other = typed(d - 1), typed(d - 1)
        return f"tuple([{one[0]}, {other[0]}])", lambda: f"[{one[1]()}, {other[1]()}]"
    fields = [(n, *typed(d - 1), chance(.5)) for n in R.sample("abcn", R.randint(0, 3))]

    def declared(name, ty, value, optional):
        default = f", {value()}" if chance(.6) else ""
        return f"{name} = " + (f"optional({ty}{default})" if optional else ty)

    def made():
        given = [f"{n} = {value()}" for n, _, value, optional in fields if not optional or chance(.5)]
        return "{ " + ", ".join(given + (["z = 1"] if chance(.2) else [])) + " }"
    return "object({ " + ", ".join(declared(*f) for f in fields) + " })", made


def a_value(d):
    if d <= 0 or chance(.3):
        return pick(["1", '"2"', '"x"', "true", '"true"', "null", "1.50", "[]", "{}"])
    if chance(.5):
        return "[" + ", ".join(a_value(d - 1) for _ in range(R.randint(0, 3))) + "]"
    return "{ " + ", ".join(f"{n} = {a_value(d - 1)}" for n in R.sample(["a", "b", "c", "n", "z"], R.randint(0, 3))) + " }"


def variables():
    ty, fitting = typed(3)
    value = fitting() if chance(.8) else a_value(3)
    nullable = pick(["", "  nullable = false\n", "  sensitive = true\n"])
    rest = 'resource "terraform_data" "r" {\n  input = var.v\n}\noutput "o" {\n  value     = var.v\n  sensitive = true\n}\n'
    how = pick(["default", "tfvars", "module", "cli", "json"])
    declared = f'variable "v" {{\n  type = {ty}\n{nullable}}}\n'
    title = f"{ty} by {how} {value}"[:120]
    if how == "default":
        return program("random.variable", title, f'variable "v" {{\n  type    = {ty}\n  default = {value}\n{nullable}}}\n' + rest)
    if how == "tfvars":
        return program("random.variable", title, declared + rest, {"terraform.tfvars": f"v = {value}\n"})
    if how == "cli":
        return program("random.variable", title, declared + rest, args=["-var", f"v={value}"])
    if how == "json":
        block = {"variable": {"v": {"type": ty}}, "output": {"j": {"value": ["${var.v}", "a-${jsonencode(var.v)}", "$${esc}"], "sensitive": True}}}
        return program("random.variable", title, rest, {"v.tf.json": json.dumps(block), "x.auto.tfvars": f"v = {value}\n"})
    call = f'module "m" {{\n  source = "./m"\n  v      = {pick([value, anything(1)])}\n}}\noutput "o" {{\n  value     = module.m.o\n  sensitive = true\n}}\n'
    return program("random.variable", title, USES + HEAD + call, {**FILES, "m/main.tf": declared + rest})


def block_lines(d):
    """Lines of a heredoc, whose directives open and close as they should."""
    lines = []
    for _ in range(R.randint(1, 3)):
        kind = pick(["text", "if", "for"]) if d > 0 else "text"
        left, right = pick(["%{", "%{~"]), pick(["}", "~}"])
        indent = " " * R.randint(0, 6)
        if kind == "if":
            lines += [f"{indent}{left} if {truth(1)} {right}", *block_lines(d - 1)]
            lines += [f"{indent}%{{ else {right}", *block_lines(d - 1)] if chance(.4) else []
            lines += [f"{indent}{left} endif {right}"]
        elif kind == "for":
            lines += [f"{indent}{left} for x in {many(1)} {right}", *block_lines(d - 1), f"{indent}  ${{jsonencode(x)}}", f"{indent}{left} endfor {right}"]
        else:
            lines.append(indent + pick(["line ${local.name}", "deep", "", "${" + text(1) + "}", "\t tab", "$${no} %%{no}", "\"quoted\" \\n", "${~ local.n ~} after", "100% ", "$"]))
    return lines


def heredocs():
    lines = block_lines(2)
    if chance(.1):
        lines.append(pick(["%{ endif }", "%{ if true }"]))
    dash = pick(["-", ""])
    body = f'output "h" {{\n  sensitive = true\n  value     = <<{dash}EOT\n' + "\n".join(lines) + f'\n{"  " if dash else ""}EOT\n}}\n'
    return program("random.heredoc", f"heredoc of {len(lines)} lines", USES + HEAD + body, FILES)


def moves():
    names = ["a", "b", "c"]
    resources = [f'resource "terraform_data" "{n}" {{\n{pick(["", "  count = 2", "  for_each = local.s"])}\n  input = "{n}"\n}}\n' for n in R.sample(names, R.randint(1, 3))]
    ident = lambda: pick(["local.name", '"i-1"', text(1), "null"])
    at = lambda: "terraform_data." + pick(names) + pick(["", "[0]", '["x"]', ""])
    place = lambda: pick([at, at, lambda: f"module.m{pick(['', '[0]'])}", lambda: f"module.m{pick(['', '[0]'])}.{at()}"])()
    blocks = [pick([f"moved {{\n  from = {place()}\n  to   = {place()}\n}}\n", f'import {{\n  to = {at()}\n  id = {ident()}\n}}\n',
                    f"removed {{\n  from = {place().split('[')[0]}\n  lifecycle {{\n    destroy = {pick(['true', 'false'])}\n  }}\n}}\n"]) for _ in range(R.randint(1, 3))]
    call = f'module "m" {{\n  source = "./m"\n{pick(["", "  count = 1"])}\n}}\n' if chance(.6) else ""
    return program("random.moves", blocks[0].replace("\n", " ")[:90], HEAD + "".join(resources + blocks) + call, {"m/main.tf": 'resource "terraform_data" "a" {}\n'})


def conditions():
    rule = f"condition     = {truth(2)}\n      error_message = " + pick(['"no"', text(1)])
    made = pick([
        f'check "c" {{\n  assert {{\n      {rule}\n  }}\n}}\n', f'output "o" {{\n  value     = 1\n  precondition {{\n      {rule}\n  }}\n}}\n',
        f'resource "terraform_data" "r" {{\n  lifecycle {{\n    {pick(["precondition", "postcondition"])} {{\n      {rule}\n    }}\n  }}\n}}\n',
        f'variable "v" {{\n  type    = {typed(1)[0]}\n  default = {a_value(1)}\n  validation {{\n      condition     = {pick(["var.v != null", "length(var.v) > 0", "can(var.v.a)", "var.v == " + a_value(1)])}\n      error_message = "bad ${{jsonencode(var.v)}}"\n  }}\n}}\n',
    ])
    return program("random.condition", made.replace("\n", " ")[:90], USES + HEAD + made, FILES)


KINDS = [expressions] * 5 + [repeats] * 4 + [variables] * 3 + [heredocs, moves, conditions] * 2
for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 500):
    print(json.dumps(pick(KINDS)()))
