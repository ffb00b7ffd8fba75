//! Resources written down: as source, and as the plan that Terraform would make of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};
use tf_headroom::catalog::{self, Item, Nesting, TypeSchema};
use tf_headroom::value::Type;

use super::made::{Made, Tree};

/// Longer lists of blocks are written with `dynamic`, longer lists of texts with `for`, as far as `range` goes.
const LONG: std::ops::RangeInclusive<usize> = 40..=1024;

/// Returns the configuration as source.
pub fn source(resources: &[Made]) -> String {
    let mut out = String::from("provider \"aws\" {\n  region = \"us-east-1\"\n}\n");
    for made in resources {
        let schema = catalog::resource_schema(&made.ty);
        let _ = writeln!(out, "\nresource \"{}\" \"{}\" {{", made.ty, made.name);
        if let Some(count) = made.count {
            let _ = writeln!(out, "  count = {count}");
        }
        body(&mut out, schema, "", &made.attributes, 1);
        out.push_str("}\n");
    }
    out
}

fn body(
    out: &mut String,
    schema: Option<&TypeSchema>,
    path: &str,
    fields: &BTreeMap<String, Tree>,
    depth: usize,
) {
    let indent = "  ".repeat(depth);
    for (name, tree) in fields {
        let whole = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let is_block = match schema.and_then(|s| s.get(&whole)) {
            Some(Item::Block(_)) => true,
            Some(Item::Attribute(_)) => false,
            None => matches!(tree, Tree::List(items) if items.iter().all(|i| matches!(i, Tree::Fields(_)))),
        };
        let Tree::List(items) = tree else {
            if let (true, Tree::Fields(inner)) = (is_block, tree) {
                let _ = writeln!(out, "{indent}{name} {{");
                body(out, schema, &whole, inner, depth + 1);
                let _ = writeln!(out, "{indent}}}");
            } else {
                let _ = writeln!(out, "{indent}{name} = {}", expression(tree));
            }
            continue;
        };
        if !is_block {
            let _ = writeln!(out, "{indent}{name} = {}", expression(tree));
        } else if let (true, Some(template)) = (LONG.contains(&items.len()), template(items)) {
            let _ =
                writeln!(out, "{indent}dynamic \"{name}\" {{\n{indent}  for_each = range({})", items.len());
            let _ = writeln!(out, "{indent}  content {{");
            let mut inner = String::new();
            body(&mut inner, schema, &whole, &template, depth + 2);
            out.push_str(
                &inner
                    .replace("\"x0\"", &format!("\"x${{{name}.value}}\""))
                    .replace("= 0\n", &format!("= {name}.value\n")),
            );
            let _ = writeln!(out, "{indent}  }}\n{indent}}}");
        } else {
            for item in items {
                let Tree::Fields(inner) = item else { continue };
                let _ = writeln!(out, "{indent}{name} {{");
                body(out, schema, &whole, inner, depth + 1);
                let _ = writeln!(out, "{indent}}}");
            }
        }
    }
}

/// Returns the first block, if the others differ from it in a number only.
fn template(items: &[Tree]) -> Option<BTreeMap<String, Tree>> {
    let written = |i: usize| format!("{:?}", items[i]);
    let first = written(0);
    let as_nth = |n: usize| {
        first.replace("\"x0\"", &format!("\"x{n}\"")).replace("Number(0)", &format!("Number({n})"))
    };
    let alike = (1..items.len()).all(|n| written(n) == as_nth(n));
    let Tree::Fields(fields) = &items[0] else { return None };
    alike.then(|| fields.clone())
}

fn expression(tree: &Tree) -> String {
    match tree {
        Tree::Text(text) => quoted(text),
        Tree::Number(n) => n.to_string(),
        Tree::Bool(b) => b.to_string(),
        Tree::Null => "null".to_owned(),
        Tree::Parent(ty, attribute) => format!("{ty}.parent.{attribute}"),
        Tree::List(items) => {
            let numbered = |(i, t): (usize, &Tree)| matches!(t, Tree::Text(t) if *t == format!("x{i}"));
            if LONG.contains(&items.len()) && items.iter().enumerate().all(numbered) {
                return format!("[for i in range({}) : \"x${{i}}\"]", items.len());
            }
            format!("[{}]", items.iter().map(expression).collect::<Vec<_>>().join(", "))
        }
        Tree::Fields(fields) => {
            let entries: Vec<String> =
                fields.iter().map(|(k, v)| format!("{} = {}", quoted(k), expression(v))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    let plain = Json::from(text).to_string();
    plain.replace("${", "$${").replace("%{", "%%{")
}

// ---------------------------------------------------------------- plan

/// Returns the configuration as a plan: every attribute of the schema is there, null, or known after apply.
pub fn plan(resources: &[Made]) -> String {
    let mut changes: Vec<Json> = Vec::new();
    let mut blocks: Vec<Json> = Vec::new();
    let mut out = String::new();
    for made in resources {
        let schema = catalog::resource_schema(&made.ty);
        let (after, mut unknown) = object(schema, "", &made.attributes);
        if schema.is_none() {
            unknown["id"] = json!(true);
            unknown["arn"] = json!(true);
        }
        let address = format!("{}.{}", made.ty, made.name);
        let change = json!({
            "actions": ["create"], "before": null, "after": after, "after_unknown": unknown,
            "before_sensitive": false, "after_sensitive": {},
        });
        let head = |address: String| {
            json!({
                "address": address, "mode": "managed", "type": made.ty, "name": made.name,
                "provider_name": "registry.terraform.io/hashicorp/aws",
            })
        };
        match made.count {
            None => {
                let mut one = head(address.clone());
                one["change"] = change;
                changes.push(one);
            }
            Some(count) => {
                for i in 0..count {
                    let mut one = head(format!("{address}[{i}]"));
                    one["index"] = json!(i);
                    one["change"] = change.clone();
                    changes.push(one);
                }
            }
        }
        let mut block = json!({
            "address": address, "mode": "managed", "type": made.ty, "name": made.name, "provider_config_key": "aws",
            "expressions": expressions(&made.attributes), "schema_version": 0,
        });
        if let Some(count) = made.count {
            block["count_expression"] = json!({ "constant_value": count });
        }
        blocks.push(block);
    }
    let whole = json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": { "root_module": {} },
        "resource_changes": changes,
        "configuration": {
            "provider_config": { "aws": {
                "name": "aws", "full_name": "registry.terraform.io/hashicorp/aws",
                "expressions": { "region": { "constant_value": "us-east-1" } },
            } },
            "root_module": { "resources": blocks },
        },
        "timestamp": "2026-11-20T00:00:00Z", "applyable": true, "complete": true, "errored": false,
    });
    let _ = write!(out, "{whole}");
    out
}

/// Returns `after` and `after_unknown` of a resource or a nested block.
fn object(schema: Option<&TypeSchema>, path: &str, fields: &BTreeMap<String, Tree>) -> (Json, Json) {
    let (mut after, mut unknown) = (Map::new(), Map::new());
    let whole = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, item) in schema.iter().flat_map(|s| s.children(path)) {
        if fields.contains_key(name) {
            continue;
        }
        match item {
            Item::Attribute(a) if a.flags.computed() && name == "region" => {
                after.insert(name.into(), json!("us-east-1"));
            }
            Item::Attribute(a) if a.flags.computed() => {
                unknown.insert(name.into(), json!(true));
            }
            Item::Attribute(_) => {
                after.insert(name.into(), Json::Null);
            }
            Item::Block(block) if block.nesting == Nesting::Single => {
                after.insert(name.into(), Json::Null);
            }
            Item::Block(_) => {
                after.insert(name.into(), json!([]));
                unknown.insert(name.into(), json!([]));
            }
        }
    }
    for (name, tree) in fields {
        let (value, open) = value(schema, &whole(name), tree);
        if let Some(value) = value {
            after.insert(name.clone(), value);
        }
        unknown.insert(name.clone(), open);
    }
    (after.into(), unknown.into())
}

fn value(schema: Option<&TypeSchema>, path: &str, tree: &Tree) -> (Option<Json>, Json) {
    let single =
        matches!(schema.and_then(|s| s.get(path)), Some(Item::Block(b)) if b.nesting == Nesting::Single);
    match tree {
        Tree::Text(text) => (Some(json!(text)), json!(false)),
        Tree::Number(n) => (Some(as_typed(schema, path, *n)), json!(false)),
        Tree::Bool(b) => (Some(json!(b)), json!(false)),
        Tree::Null => (Some(Json::Null), json!(false)),
        Tree::Parent(..) => (None, json!(true)),
        Tree::List(items) => {
            let all: Vec<_> = items.iter().map(|item| value(schema, path, item)).collect();
            let open: Vec<Json> = all.iter().map(|(_, open)| open.clone()).collect();
            let known: Vec<Json> = all.into_iter().map(|(known, _)| known.unwrap_or(Json::Null)).collect();
            if single && known.len() == 1 {
                (Some(known[0].clone()), open[0].clone())
            } else {
                (Some(known.into()), open.into())
            }
        }
        Tree::Fields(fields) => {
            let is_block = !matches!(schema.and_then(|s| s.get(path)), Some(Item::Attribute(_)));
            let (after, unknown) =
                if is_block { object(schema, path, fields) } else { object(None, path, fields) };
            (Some(after), unknown)
        }
    }
}

/// A number in an attribute of texts is a text in the plan.
fn as_typed(schema: Option<&TypeSchema>, path: &str, n: u64) -> Json {
    match schema.and_then(|s| s.attribute(path)) {
        Some(a) if a.ty == Type::String => json!(n.to_string()),
        _ => json!(n),
    }
}

fn expressions(fields: &BTreeMap<String, Tree>) -> Json {
    fn of(tree: &Tree) -> Json {
        match tree {
            Tree::Parent(ty, attribute) => {
                json!({ "references": [format!("{ty}.parent.{attribute}"), format!("{ty}.parent")] })
            }
            Tree::List(items)
                if items.iter().all(|i| matches!(i, Tree::Fields(_))) && items.len() < *LONG.start() =>
            {
                items.iter().map(of).collect::<Vec<_>>().into()
            }
            Tree::Fields(fields) => expressions(fields),
            Tree::Text(text) if text.len() < 100 => json!({ "constant_value": text }),
            Tree::Number(n) => json!({ "constant_value": n }),
            Tree::Bool(b) => json!({ "constant_value": b }),
            Tree::Text(_) | Tree::List(_) | Tree::Null => json!({}),
        }
    }
    fields.iter().map(|(name, tree)| (name.clone(), of(tree))).collect::<Map<_, _>>().into()
}
