//! Data sources whose answer follows from the source, and what the provider plans from other arguments.

use ecow::EcoString;
use serde_json::{Map, Value as Json, json};

use super::{Column, FrameId, Keys, Root, remote_state};
use crate::address::Mode;
use crate::inventory::Account;
use crate::module::SlotId;
use crate::value::{Cause, Refine, Type, Value, from_json};

/// Returns an attribute of a data source that needs no request to anybody. None: a real plan has to read it.
pub(super) fn known(root: &Root<'_>, frame: FrameId, block: u32, attr: &str, keys: &Keys) -> Option<Column> {
    let module = &root.frame(frame).module;
    let resource = &module.resources[block as usize];
    if resource.name.mode != Mode::Data {
        return None;
    }
    let argument = |name: &str, place: usize| {
        let item = resource.item(name)?;
        let slot = SlotId(module.resource_slot(block as usize).0 + 1 + item as u32);
        Some(root.slot(frame, slot).at(place).clone()).filter(|v| !v.is_null())
    };
    let answer = |place: usize| -> Option<Value> {
        match (resource.name.ty.as_str(), attr) {
            ("aws_region", "name" | "id" | "region") => argument("region", place)
                .or_else(|| argument("name", place))
                .or_else(|| region(root, frame, block)),
            ("aws_partition", "partition" | "id" | "dns_suffix" | "reverse_dns_prefix") => {
                let region = region(root, frame, block)?;
                Some(Value::from(partition(region.as_str()?, attr)))
            }
            ("aws_caller_identity", "account_id" | "id") => account(root, frame, block),
            ("aws_default_tags", "tags") => default_tags(root, frame, block),
            ("aws_arn", "partition" | "service" | "region" | "account" | "resource") => {
                let arn = argument("arn", place)?;
                let part = ["partition", "service", "region", "account", "resource"]
                    .iter()
                    .position(|n| *n == attr)?;
                Some(Value::from(arn.as_str()?.splitn(6, ':').nth(part + 1).unwrap_or_default()))
            }
            ("aws_iam_policy_document", "json" | "minified_json") => {
                Some(policy(&|n| argument(n, place), attr))
            }
            (remote_state::TYPE, _) => {
                remote_state::attribute(root, remote_state::Source { frame, block, place }, attr)
            }
            _ => None,
        }
    };
    let values = (0..keys.len()).map(answer).collect::<Option<Vec<Value>>>()?;
    (!values.is_empty()).then(|| Column::Each(values.into()))
}

/// Returns `domain_validation_options` as the provider plans them: one for each name of a certificate that DNS validates.
/// As long as an argument is not known they are not known for the same reason.
///
/// <https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/acm/certificate.go>
pub(super) fn validation_options(
    root: &Root<'_>,
    frame: FrameId,
    block: u32,
    place: usize,
    unknown: &Value,
) -> Option<Value> {
    let argument = |name: &str| root.attribute(frame, block, name).ok().map(|c| c.at(place).bare().clone());
    let resource = &root.frame(frame).module.resources[block as usize];
    let set = ["validation_method", "domain_name", "subject_alternative_names"];
    for name in set.into_iter().filter(|n| resource.item(n).is_some()) {
        if let Some(why) = argument(name)?.cause() {
            return Some(Value::unknown(Type::set(Type::Dynamic), why));
        }
    }
    if argument("validation_method")?.as_str()? != "DNS" {
        return None;
    }
    let mut names = vec![argument("domain_name")?.as_str()?.clone()];
    // Left out, they are the certificate's own name.
    if resource.item("subject_alternative_names").is_some() {
        let more = argument("subject_alternative_names")?;
        if !more.is_null() {
            for name in more.as_seq()? {
                names.push(name.as_str()?.clone());
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    let option = |name: EcoString| {
        let later = |attr: &str| (EcoString::from(attr), unknown.clone());
        Value::object(vec![
            ("domain_name".into(), Value::String(name)),
            later("resource_record_name"),
            later("resource_record_type"),
            later("resource_record_value"),
        ])
    };
    let options: Vec<Value> = names.into_iter().filter(|n| seen.insert(n.clone())).map(option).collect();
    Some(Value::set(options[0].type_of(), options))
}

/// Returns an argument of the provider configuration of a data block, if it has been evaluated.
fn provider_argument(root: &Root<'_>, frame: FrameId, block: u32, name: &str) -> Option<Value> {
    let resource = &root.frame(frame).module.resources[block as usize];
    let (owner, index) = root.provider_block(frame, &resource.provider);
    let module = &root.frame(owner).module;
    let value = root.done(owner, module.provider_slot(index? as usize))?;
    value.as_fields()?.get(name).filter(|v| !v.is_null()).cloned()
}

fn region(root: &Root<'_>, frame: FrameId, block: u32) -> Option<Value> {
    provider_argument(root, frame, block, "region").or_else(|| {
        let env = &root.options.env;
        let set =
            ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|k| env.get(*k).filter(|v| !v.is_empty()));
        set.map(|v| Value::from(v.as_str()))
    })
}

fn partition(region: &str, attr: &str) -> &'static str {
    let china = region.starts_with("cn-");
    match attr {
        "dns_suffix" if china => "amazonaws.com.cn",
        "dns_suffix" => "amazonaws.com",
        "reverse_dns_prefix" if china => "cn.com.amazonaws",
        "reverse_dns_prefix" => "com.amazonaws",
        _ if china => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

fn account(root: &Root<'_>, frame: FrameId, block: u32) -> Option<Value> {
    let get = |name: &str| provider_argument(root, frame, block, name);
    match super::providers::account(&get) {
        Account::Id(id) => Some(Value::String(id)),
        Account::Chosen(_) | Account::Unknown(_) => None,
    }
}

fn default_tags(root: &Root<'_>, frame: FrameId, block: u32) -> Option<Value> {
    let blocks = provider_argument(root, frame, block, "default_tags");
    match blocks.as_ref().and_then(Value::as_seq).and_then(<[Value]>::first) {
        Some(first) => first.as_fields()?.get("tags").cloned(),
        None => Some(Value::map(Type::String, vec![])),
    }
}

/// Returns the policy that the arguments of `aws_iam_policy_document` make, or an unknown text.
fn policy(argument: &dyn Fn(&str) -> Option<Value>, attr: &str) -> Value {
    const ARGUMENTS: &[&str] = &[
        "version",
        "policy_id",
        "statement",
        "source_policy_documents",
        "override_policy_documents",
        "source_json",
        "override_json",
    ];
    let unknown = ARGUMENTS.iter().filter_map(|n| argument(n)).find_map(|v| v.cause());
    let document = match unknown {
        None => document(argument),
        Some(_) => None,
    };
    match document {
        Some(document) => {
            let text = if attr == "json" {
                serde_json::to_string_pretty(&document).expect("bug: a JSON document that cannot be written")
            } else {
                document.to_string()
            };
            Value::from(text)
        }
        None => {
            let why = unknown.unwrap_or_else(Cause::unstated);
            Value::unknown_with(Type::String, Refine::not_null(), why)
        }
    }
}

fn document(argument: &dyn Fn(&str) -> Option<Value>) -> Option<Json> {
    let text = |v: Value| v.as_str().map(EcoString::to_string);
    let version = argument("version").and_then(text).unwrap_or_else(|| "2012-10-17".into());
    let mut statements: Vec<Json> = Vec::new();
    for name in ["source_json", "source_policy_documents"] {
        for other in texts(argument(name).as_ref()) {
            merge(&mut statements, &other, false)?;
        }
    }
    for statement in argument("statement").as_ref().and_then(Value::as_seq).unwrap_or_default() {
        statements.push(one_statement(statement)?);
    }
    for name in ["override_policy_documents", "override_json"] {
        for other in texts(argument(name).as_ref()) {
            merge(&mut statements, &other, true)?;
        }
    }
    let mut document = Map::new();
    document.insert("Version".into(), version.into());
    if let Some(id) = argument("policy_id").and_then(text) {
        document.insert("Id".into(), id.into());
    }
    document.insert("Statement".into(), statements.into());
    Some(Json::Object(document))
}

/// Adds the statements of another document; one with the same Sid is replaced where it overrides.
fn merge(statements: &mut Vec<Json>, text: &str, overrides: bool) -> Option<()> {
    if text.trim().is_empty() {
        return Some(());
    }
    let document: Json = serde_json::from_str(text).ok()?;
    let more = match document.get("Statement") {
        Some(Json::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => vec![],
    };
    for statement in more {
        let sid = statement.get("Sid").and_then(Json::as_str).filter(|s| !s.is_empty());
        let old = statements
            .iter_mut()
            .find(|s| overrides && sid.is_some() && s.get("Sid").and_then(Json::as_str) == sid);
        match old {
            Some(old) => *old = statement,
            None => statements.push(statement),
        }
    }
    Some(())
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value.map(Value::bare) {
        Some(Value::String(s)) => vec![s.to_string()],
        Some(v) => v
            .as_seq()
            .unwrap_or_default()
            .iter()
            .filter_map(|v| v.as_str().map(EcoString::to_string))
            .collect(),
        None => vec![],
    }
}

/// One text stands alone; several are a list, in the order of a set.
fn lone(mut texts: Vec<String>) -> Json {
    texts.sort();
    texts.dedup();
    match texts.as_slice() {
        [one] => one.as_str().into(),
        _ => texts.into(),
    }
}

fn one_statement(value: &Value) -> Option<Json> {
    let fields = value.as_fields()?;
    let get = |name: &str| fields.get(name).filter(|v| !v.is_null());
    let mut statement = Map::new();
    if let Some(sid) = get("sid").and_then(Value::as_str).filter(|s| !s.is_empty()) {
        statement.insert("Sid".into(), sid.as_str().into());
    }
    let effect = get("effect").and_then(Value::as_str).map_or("Allow", |s| s.as_str());
    statement.insert("Effect".into(), effect.into());
    for (name, key) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        let list = texts(get(name));
        if !list.is_empty() {
            statement.insert(key.into(), lone(list));
        }
    }
    for (name, key) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        let mut who: Map<String, Json> = Map::new();
        for block in get(name).and_then(Value::as_seq).unwrap_or_default() {
            let block = block.as_fields()?;
            let ty = block.get("type")?.as_str()?.to_string();
            let mut ids = texts(block.get("identifiers"));
            ids.extend(who.get(&ty).map(|old| texts(Some(&from_json(old)))).unwrap_or_default());
            who.insert(ty, lone(ids));
        }
        if !who.is_empty() {
            let all = who.len() == 1 && who.contains_key("*");
            statement.insert(key.into(), if all { json!("*") } else { Json::Object(who) });
        }
    }
    let mut conditions: Map<String, Json> = Map::new();
    for block in get("condition").and_then(Value::as_seq).unwrap_or_default() {
        let block = block.as_fields()?;
        let text = |name: &str| block.get(name).and_then(Value::as_str).map(EcoString::to_string);
        let (test, variable) = (text("test")?, text("variable")?);
        let values = texts(block.get("values"));
        let values = match values.as_slice() {
            [one] => json!(one),
            _ => json!(values),
        };
        if let Json::Object(of_test) = conditions.entry(test).or_insert_with(|| json!({})) {
            of_test.insert(variable, values);
        }
    }
    if !conditions.is_empty() {
        statement.insert("Condition".into(), conditions.into());
    }
    Some(Json::Object(statement))
}
