//! Tag policies of AWS Organizations: read with their inheritance, written from a schema.
//!
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_tag-policies.html> and
//! <https://docs.aws.amazon.com/organizations/latest/userguide/policy-operators.html>.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;
use serde_json::{Map, Value as Json, json};

use super::schema::{Schema, TagRule};
use crate::catalog;
use crate::finding::Severity;
use crate::words::{glob, list, nearest};

const OPERATORS: [&str; 3] = ["@@assign", "@@append", "@@remove"];
const CHILD_CONTROL: &str = "@@operators_allowed_for_child_policies";
const FIELDS: [&str; 4] = ["tag_key", "tag_value", "enforced_for", "report_required_tag_for"];
/// The most characters that Organizations takes.
const MAX_SIZE: usize = 10_000;

/// What holds for an account: the policies from the root down, merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Sorted by key, as it has to be spelt.
    pub tags: Vec<PolicyTag>,
    /// What a child policy says and may not, and what is odd.
    pub notes: Vec<String>,
}

/// What a policy says of one key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyTag {
    pub key: EcoString,
    /// Empty: any value.
    pub values: Vec<EcoString>,
    /// `s3:bucket`, `ec2:*`, `ec2:ALL_SUPPORTED`
    pub enforced_for: Vec<EcoString>,
    pub required_for: Vec<EcoString>,
}

/// A name in a policy that AWS does not have, as far as it is known here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownType {
    pub name: EcoString,
    /// What is probably meant.
    pub near: Option<EcoString>,
}

/// What a field of one key holds while policies are merged.
#[derive(Clone, Debug, Default)]
struct Field {
    values: Vec<EcoString>,
    /// Operators that policies further down may use; None: all.
    allowed: Option<BTreeSet<String>>,
}

#[derive(Clone, Debug, Default)]
struct Entry {
    fields: BTreeMap<&'static str, Field>,
    allowed: Option<BTreeSet<String>>,
}

/// Merges policies, from the root of the organization down to the account.
///
/// # Errors
/// What keeps the text of a policy from being one, with the path in it.
pub fn effective_policy(texts: &[(String, String)]) -> Result<Policy, String> {
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    let mut all_allowed: Option<BTreeSet<String>> = None;
    let mut notes = Vec::new();
    for (name, text) in texts {
        let document: Json = serde_json::from_str(text)
            .map_err(|e| format!("`{name}` is not JSON: line {}, column {}", e.line(), e.column()))?;
        let tags = object(&document, name, "the policy")?
            .get("tags")
            .ok_or_else(|| format!("`{name}` is no tag policy: it has no `tags`"))?;
        let tags = object(tags, name, "`tags`")?;
        if let Some(other) = document.as_object().into_iter().flatten().map(|(k, _)| k).find(|k| *k != "tags")
        {
            return Err(format!("`{name}` is no tag policy: it has `{other}` beside `tags`"));
        }
        // What a policy allows its children does not hold for itself.
        let mut for_children = None;
        let mut below: Vec<(String, Option<BTreeSet<String>>)> = Vec::new();
        for (key, content) in tags {
            if key == CHILD_CONTROL {
                for_children = Some(control(content, name, "tags")?);
                continue;
            }
            if key.starts_with("@@") {
                return Err(operator_error(name, key, "tags"));
            }
            let at = key.to_lowercase();
            let path = format!("tags.{key}");
            let entry = entries.entry(at.clone()).or_default();
            for (field, content) in object(content, name, &format!("`{path}`"))? {
                if field == CHILD_CONTROL {
                    below.push((at.clone(), Some(control(content, name, &path)?)));
                    continue;
                }
                if field.starts_with("@@") {
                    return Err(operator_error(name, field, &path));
                }
                let Some(known) = FIELDS.into_iter().find(|f| f == field) else {
                    let near =
                        nearest(field, FIELDS).map(|n| format!(": did you mean `{n}`?")).unwrap_or_default();
                    return Err(format!("`{name}`: `{path}.{field}` is no part of a tag policy{near}"));
                };
                let path = format!("{path}.{field}");
                let allowed =
                    [&all_allowed, &entry.allowed, &entry.fields.get(known).and_then(|f| f.allowed.clone())]
                        .into_iter()
                        .flatten()
                        .cloned()
                        .reduce(|a, b| a.intersection(&b).cloned().collect());
                let slot = entry.fields.entry(known).or_default();
                set(slot, content, allowed.as_ref(), name, &path, &mut notes)?;
            }
        }
        narrow(&mut all_allowed, for_children);
        for (key, allowed) in below {
            narrow(&mut entries.entry(key).or_default().allowed, allowed);
        }
    }
    let mut tags: Vec<PolicyTag> = entries
        .into_iter()
        .map(|(lower, entry)| {
            let of = |field: &str| entry.fields.get(field).map(|f| f.values.clone()).unwrap_or_default();
            PolicyTag {
                // Without `tag_key` the key is spelt in small letters.
                key: of("tag_key").into_iter().next().unwrap_or_else(|| lower.as_str().into()),
                values: of("tag_value"),
                enforced_for: of("enforced_for"),
                required_for: of("report_required_tag_for"),
            }
        })
        .collect();
    for value in tags.iter().flat_map(|t| &t.values).filter(|v| v.matches('*').count() > 1) {
        notes.push(format!("the value `{value}` has more than one `*`, which AWS refuses"));
    }
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(Policy { tags, notes })
}

/// Applies what one policy says of one field.
fn set(
    slot: &mut Field,
    content: &Json,
    allowed: Option<&BTreeSet<String>>,
    name: &str,
    path: &str,
    notes: &mut Vec<String>,
) -> Result<(), String> {
    let plain = !content.is_object();
    let mut found: BTreeMap<&str, Vec<EcoString>> = BTreeMap::new();
    let mut for_children = None;
    if plain {
        // An effective policy, as AWS prints it, has no operators.
        found.insert("@@assign", texts(content, name, path)?);
    }
    for (operator, content) in content.as_object().into_iter().flatten() {
        if operator == CHILD_CONTROL {
            for_children = Some(control(content, name, path)?);
        } else if let Some(known) = OPERATORS.into_iter().find(|o| o == operator) {
            found.insert(known, texts(content, name, path)?);
        } else {
            return Err(operator_error(name, operator, path));
        }
    }
    for operator in OPERATORS {
        let Some(values) = found.remove(operator) else { continue };
        if allowed.is_some_and(|a| !a.contains(operator)) {
            notes.push(format!(
                "`{name}`: `{operator}` of `{path}` has no effect: a policy above does not allow it"
            ));
            continue;
        }
        match operator {
            "@@assign" => slot.values = values,
            "@@append" => {
                for value in values {
                    if !slot.values.contains(&value) {
                        slot.values.push(value);
                    }
                }
            }
            _ => slot.values.retain(|v| !values.contains(v)),
        }
    }
    narrow(&mut slot.allowed, for_children);
    Ok(())
}

/// What is forbidden once stays forbidden further down.
fn narrow(allowed: &mut Option<BTreeSet<String>>, more: Option<BTreeSet<String>>) {
    *allowed = match (allowed.take(), more) {
        (Some(a), Some(b)) => Some(a.intersection(&b).cloned().collect()),
        (a, b) => a.or(b),
    };
}

fn object<'j>(value: &'j Json, name: &str, what: &str) -> Result<&'j Map<String, Json>, String> {
    value.as_object().ok_or_else(|| format!("`{name}`: {what} has to be an object"))
}

fn operator_error(name: &str, operator: &str, path: &str) -> String {
    let all = [&OPERATORS[..], &[CHILD_CONTROL]].concat();
    let help = match nearest(operator, all.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", list(&all)),
    };
    format!("`{name}`: `{operator}` in `{path}` is not an operator of tag policies: {help}")
}

fn texts(value: &Json, name: &str, path: &str) -> Result<Vec<EcoString>, String> {
    let wrong = || format!("`{name}`: `{path}` has to hold texts");
    match value {
        Json::String(text) => Ok(vec![text.as_str().into()]),
        Json::Array(items) => {
            items.iter().map(|i| i.as_str().map(EcoString::from).ok_or_else(wrong)).collect()
        }
        _ => Err(wrong()),
    }
}

fn control(value: &Json, name: &str, path: &str) -> Result<BTreeSet<String>, String> {
    let mut allowed = BTreeSet::new();
    for operator in texts(value, name, path)? {
        match operator.as_str() {
            "@@all" => allowed.extend(OPERATORS.map(str::to_owned)),
            "@@none" => {}
            known if OPERATORS.contains(&known) => _ = allowed.insert(known.to_owned()),
            other => return Err(operator_error(name, other, &format!("{path}.{CHILD_CONTROL}"))),
        }
    }
    Ok(allowed)
}

/// Returns the Terraform types that a name in a policy stands for.
fn terraform_types(name: &str) -> Result<Vec<EcoString>, UnknownType> {
    let all = catalog::tag_policy_types();
    let found: Vec<EcoString> = match name.split_once(':') {
        Some((service, "*" | "ALL_SUPPORTED")) => {
            let enforceable = name.ends_with("ALL_SUPPORTED");
            let of_service = |t: &&catalog::Taggable| {
                t.policy_type.split_once(':').is_some_and(|(s, _)| s == service)
                    && !(enforceable && t.enforceable == Some(false))
            };
            all.filter(of_service).map(|t| t.resource_type.into()).collect()
        }
        _ => all.filter(|t| t.policy_type == name).map(|t| t.resource_type.into()).collect(),
    };
    if found.is_empty() { Err(UnknownType { name: name.into(), near: near_type(name) }) } else { Ok(found) }
}

/// Finds what a name is probably meant to be: `connect:instance/queue` for `connect:queue`.
fn near_type(name: &str) -> Option<EcoString> {
    let names: BTreeSet<&str> = catalog::tag_policy_types().map(|t| t.policy_type).collect();
    let (service, rest) = name.split_once(':')?;
    let last = |n: &str| n.rsplit(['/', ':']).next().unwrap_or(n).to_owned();
    let same = names.iter().filter(|n| n.starts_with(&format!("{service}:")) && last(n) == last(rest));
    match same.copied().collect::<Vec<_>>().as_slice() {
        [one] => Some((*one).into()),
        _ => nearest(name, names.iter().copied()).map(EcoString::from),
    }
}

impl Policy {
    /// Returns what is asked of Terraform's resources, and names of types that are not known.
    ///
    /// AWS refuses a wrong value only where the policy is enforced; elsewhere it reports it.
    pub fn rules(&self) -> (Vec<TagRule>, Vec<UnknownType>) {
        let (mut rules, mut unknown) = (Vec::new(), BTreeSet::new());
        let mut types = |names: &[EcoString]| -> Vec<EcoString> {
            let mut found = BTreeSet::new();
            for name in names {
                match terraform_types(name) {
                    Ok(types) => found.extend(types),
                    Err(name) => _ = unknown.insert(name),
                }
            }
            found.into_iter().collect()
        };
        for tag in &self.tags {
            let plain = TagRule { key: tag.key.clone(), allowed: tag.values.clone(), ..TagRule::default() };
            let enforced = types(&tag.enforced_for);
            let required = types(&tag.required_for);
            if !enforced.is_empty() {
                rules.push(TagRule { types: enforced, ..plain.clone() });
            }
            if !required.is_empty() {
                rules.push(TagRule { required: true, types: required, allowed: Vec::new(), ..plain.clone() });
            }
            rules.push(TagRule { severity: Some(Severity::Warning), ..plain });
        }
        (rules, unknown.into_iter().collect())
    }
}

/// Writes rules as blocks of a settings file.
pub fn as_settings(rules: &[TagRule]) -> String {
    let mut out = String::new();
    for rule in rules {
        let mut lines: Vec<(&str, String)> = Vec::new();
        if rule.required {
            lines.push(("required", "true".into()));
        }
        if !rule.allowed.is_empty() {
            lines.push(("allowed", text_list(&rule.allowed)));
        }
        if !rule.types.is_empty() {
            lines.push(("types", text_list(&rule.types)));
        }
        if let Some(severity) = rule.severity {
            lines.push(("severity", quoted(severity.name())));
        }
        if !out.is_empty() {
            out.push('\n');
        }
        if lines.is_empty() {
            out.push_str(&format!("tag {} {{}}\n", quoted(&rule.key)));
            continue;
        }
        let width = lines.iter().map(|(n, _)| n.len()).max().unwrap_or(0);
        out.push_str(&format!("tag {} {{\n", quoted(&rule.key)));
        for (name, value) in lines {
            out.push_str(&format!("  {name:width$} = {value}\n"));
        }
        out.push_str("}\n");
    }
    out
}

fn text_list(values: &[EcoString]) -> String {
    let values: Vec<String> = values.iter().map(|v| quoted(v)).collect();
    format!("[{}]", values.join(", "))
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    format!("\"{escaped}\"")
}

/// Writes a schema as a tag policy; and says what a policy cannot express.
pub fn export(schema: &Schema) -> (String, Vec<String>) {
    let mut notes = BTreeSet::new();
    let mut tags = Map::new();
    let keys: BTreeSet<&EcoString> = schema.tags.iter().map(|r| &r.key).collect();
    for key in keys {
        let rules: Vec<&TagRule> = schema.tags.iter().filter(|r| r.key == *key).collect();
        let mut entry = Map::new();
        entry.insert("tag_key".into(), json!({ "@@assign": key.as_str() }));
        let mut note = |what: &str| _ = notes.insert(format!("`{key}`: {what}"));
        for rule in &rules {
            inexpressible(rule, &mut note);
        }
        // Values hold wherever the key is used: those that are asked of some types only would be too narrow elsewhere.
        let values = rules.iter().filter(|r| !r.allowed.is_empty());
        let (everywhere, somewhere): (Vec<&TagRule>, Vec<&TagRule>) = values.copied().partition(|r| {
            r.when.is_empty()
                && r.modules.is_empty()
                && r.paths.is_empty()
                && r.accounts.is_empty()
                && r.tenants.is_empty()
        });
        if !somewhere.is_empty() {
            note("values that depend on something else than the type are left out");
        }
        if let Some(first) = everywhere.first() {
            let mut values = first.allowed.clone();
            for other in &everywhere[1..] {
                values.retain(|v| other.allowed.iter().any(|p| glob(p, v, None)));
            }
            let (sound, odd): (Vec<EcoString>, Vec<EcoString>) =
                values.into_iter().partition(|v| v.matches('*').count() <= 1);
            if !odd.is_empty() {
                note("values with more than one `*` are left out, which AWS refuses");
            }
            if everywhere.iter().any(|r| !r.types.is_empty()) {
                note(
                    "its values are asked of some types only; a policy asks the same of every resource with the key",
                );
            }
            if !sound.is_empty() {
                let values: Vec<&str> = sound.iter().map(EcoString::as_str).collect();
                entry.insert("tag_value".into(), json!({ "@@assign": values }));
            }
        }
        let enforced = policy_types(rules.iter().filter(|r| !r.allowed.is_empty() || !r.required), true);
        if !enforced.is_empty() {
            entry.insert("enforced_for".into(), json!({ "@@assign": enforced }));
        }
        let required = policy_types(rules.iter().filter(|r| r.required), false);
        if !required.is_empty() {
            entry.insert("report_required_tag_for".into(), json!({ "@@assign": required }));
        }
        if rules.iter().any(|r| r.required && r.types.is_empty()) {
            note("it is required of everything; a policy asks for keys by type (`types`)");
        }
        tags.insert(key.as_str().into(), Json::Object(entry));
    }
    let text = serde_json::to_string_pretty(&json!({ "tags": tags })).expect("bug: JSON is JSON") + "\n";
    if !schema.exemptions.is_empty() {
        notes.insert("exemptions: a policy has none".into());
    }
    let size = serde_json::to_string(&json!({ "tags": tags })).map_or(0, |t| t.chars().count());
    if size > MAX_SIZE {
        notes.insert(format!("the policy has {size} characters, AWS takes {MAX_SIZE}"));
    }
    (text, notes.into_iter().collect())
}

fn inexpressible(rule: &TagRule, note: &mut impl FnMut(&str)) {
    for (is, what) in [
        (rule.pattern.is_some(), "a policy has no patterns"),
        (!rule.formats.is_empty(), "a policy has no formats"),
        (rule.equals.is_some(), "a policy compares no values with facts"),
        (!rule.when.is_empty(), "a policy has no conditions"),
        (!rule.modules.is_empty() || !rule.paths.is_empty(), "a policy knows neither modules nor files"),
        (!rule.accounts.is_empty(), "a policy holds where it is attached, not by account"),
        (!rule.tenants.is_empty(), "a policy knows no tenants"),
        (rule.default.is_some(), "a policy has no values to repair with"),
    ] {
        if is {
            note(what);
        }
    }
}

/// The names in policies of the types that rules are about.
fn policy_types<'r>(rules: impl Iterator<Item = &'r &'r TagRule>, enforced: bool) -> Vec<&'static str> {
    let mut found = BTreeSet::new();
    for rule in rules.filter(|r| !r.types.is_empty()) {
        for t in catalog::tag_policy_types() {
            if rule.types.iter().any(|p| glob(p, t.resource_type, None))
                && !(enforced && t.enforceable == Some(false))
            {
                found.insert(t.policy_type);
            }
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(texts: &[&str]) -> Result<Policy, String> {
        let texts: Vec<(String, String)> =
            texts.iter().enumerate().map(|(i, t)| (format!("{i}.json"), (*t).to_owned())).collect();
        effective_policy(&texts)
    }

    fn values(texts: &[&str]) -> Vec<String> {
        let policy = policy(texts).unwrap();
        policy.tags[0].values.iter().map(EcoString::to_string).collect()
    }

    const ROOT: &str =
        r#"{"tags": {"Cost": {"tag_key": {"@@assign": "Cost"}, "tag_value": {"@@assign": ["a", "b"]}}}}"#;

    #[test]
    fn children_assign_append_and_remove() {
        let child = |operators: &str| format!(r#"{{"tags": {{"cost": {{"tag_value": {{{operators}}}}}}}}}"#);
        let of = |operators: &str| values(&[ROOT, &child(operators)]);
        assert_eq!(of(r#""@@assign": ["c"]"#), ["c"]);
        assert_eq!(of(r#""@@append": ["b", "c"]"#), ["a", "b", "c"]);
        assert_eq!(of(r#""@@remove": ["a"]"#), ["b"]);
        assert_eq!(of(r#""@@append": ["c"], "@@remove": ["a"]"#), ["b", "c"]);
        assert_eq!(
            values(&[ROOT, &child(r#""@@append": ["c"]"#), &child(r#""@@remove": ["b", "c"]"#)]),
            ["a"]
        );
    }

    #[test]
    fn what_a_parent_does_not_allow_has_no_effect() {
        let root = |at_tags: &str, at_key: &str, at_value: &str| {
            format!(
                r#"{{"tags": {{{at_tags}"Cost": {{{at_key}"tag_key": {{"@@assign": "Cost"}}, "tag_value": {{{at_value}"@@assign": ["a"]}}}}}}}}"#
            )
        };
        let none = r#""@@operators_allowed_for_child_policies": ["@@none"], "#;
        let append = r#""@@operators_allowed_for_child_policies": ["@@append"], "#;
        let child = r#"{"tags": {"Cost": {"tag_value": {"@@assign": ["x"], "@@append": ["y"]}}}}"#;
        assert_eq!(values(&[&root("", "", ""), child]), ["x", "y"]);
        for (tags, key, value) in [(none, "", ""), ("", none, ""), ("", "", none)] {
            assert_eq!(values(&[&root(tags, key, value), child]), ["a"]);
        }
        assert_eq!(values(&[&root("", "", append), child]), ["a", "y"]);
        // A grandchild gets nothing back that is taken away.
        let all =
            r#"{"tags": {"Cost": {"tag_value": {"@@operators_allowed_for_child_policies": ["@@all"]}}}}"#;
        assert_eq!(values(&[&root("", "", none), all, child]), ["a"]);
        let notes = policy(&[&root("", "", none), child]).unwrap().notes;
        assert!(notes[0].contains("`@@assign` of `tags.Cost.tag_value` has no effect"), "{notes:?}");
    }

    /// <https://docs.aws.amazon.com/organizations/latest/userguide/inheritance_mgmt.html>
    #[test]
    fn operators_work_alike_on_every_list_and_down_every_level() {
        for list in ["tag_value", "enforced_for", "report_required_tag_for"] {
            let level = |operators: &str| format!(r#"{{"tags": {{"cost": {{"{list}": {{{operators}}}}}}}}}"#);
            let of = |levels: &[&str]| -> Vec<String> {
                let texts: Vec<String> = levels.iter().map(|l| level(l)).collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                let policy = policy(&texts).unwrap();
                let tag = &policy.tags[0];
                let found = match list {
                    "tag_value" => &tag.values,
                    "enforced_for" => &tag.enforced_for,
                    _ => &tag.required_for,
                };
                found.iter().map(EcoString::to_string).collect()
            };
            let root = r#""@@assign": ["s3:bucket", "kms:key"]"#;
            assert_eq!(of(&[root]), ["s3:bucket", "kms:key"], "{list}");
            assert_eq!(of(&[root, r#""@@append": ["sns:topic"]"#]).len(), 3, "{list}");
            assert_eq!(of(&[root, r#""@@remove": ["kms:key"]"#]), ["s3:bucket"], "{list}");
            assert_eq!(of(&[root, r#""@@assign": ["sns:topic"]"#]), ["sns:topic"], "{list}");
            assert_eq!(
                of(&[root, r#""@@append": ["a:b"]"#, r#""@@remove": ["a:b", "kms:key"]"#]),
                ["s3:bucket"]
            );
            let only =
                |allowed: &str| format!(r#"{root}, "@@operators_allowed_for_child_policies": [{allowed}]"#);
            let all = r#""@@assign": ["x:y"], "@@append": ["sns:topic"], "@@remove": ["kms:key"]"#;
            for (allowed, expected) in [
                (r#""@@none""#, vec!["s3:bucket", "kms:key"]),
                (r#""@@append""#, vec!["s3:bucket", "kms:key", "sns:topic"]),
                (r#""@@remove""#, vec!["s3:bucket"]),
                (r#""@@append", "@@remove""#, vec!["s3:bucket", "sns:topic"]),
                (r#""@@assign""#, vec!["x:y"]),
                (r#""@@all""#, vec!["x:y", "sns:topic"]),
            ] {
                assert_eq!(of(&[&only(allowed), all]), expected, "{list} {allowed}");
            }
        }
    }

    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html>
    #[test]
    fn the_spelling_of_a_key_is_inherited_and_assigned() {
        let key = |policy_key: &str, spelt: &str| {
            format!(r#"{{"tags": {{"{policy_key}": {{"tag_key": {{"@@assign": "{spelt}"}}}}}}}}"#)
        };
        let of = |texts: &[&str]| {
            policy(texts).unwrap().tags.iter().map(|t| t.key.to_string()).collect::<Vec<_>>()
        };
        // Policy keys are one whatever their case; the lower policy says how it is spelt.
        assert_eq!(of(&[&key("costcenter", "CostCenter"), &key("CostCenter", "COSTCENTER")]), ["COSTCENTER"]);
        let fixed = r#"{"tags": {"costcenter": {"tag_key": {"@@operators_allowed_for_child_policies": ["@@none"], "@@assign": "CostCenter"}}}}"#;
        assert_eq!(of(&[fixed, &key("CostCenter", "COSTCENTER")]), ["CostCenter"]);
        assert_eq!(of(&[fixed, &key("project", "Project")]), ["CostCenter", "Project"]);
    }

    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_tag-policies-enforcement.html>
    #[test]
    fn values_have_one_wildcard_and_services_all_that_is_supported() {
        let text = r#"{"tags": {"cost": {"tag_key": {"@@assign": "Cost"}, "tag_value": {"@@assign": ["300*", "*@example.com"]},
            "enforced_for": {"@@assign": ["dynamodb:ALL_SUPPORTED", "s3:bucket"]}}}}"#;
        let (rules, unknown) = policy(&[text]).unwrap().rules();
        assert!(unknown.is_empty(), "{unknown:?}");
        let enforced = rules.iter().find(|r| r.types.contains(&"aws_s3_bucket".into())).unwrap();
        assert!(enforced.types.contains(&"aws_dynamodb_table".into()) && !enforced.required);
        for (value, taken) in
            [("300", true), ("3001", true), ("a@example.com", true), ("30", false), ("@example.org", false)]
        {
            assert_eq!(enforced.refuses(value).is_none(), taken, "{value}");
        }
        // Values are told apart by case.
        assert!(enforced.refuses("A@EXAMPLE.COM").is_some());
    }

    #[test]
    fn a_key_without_its_spelling_is_in_small_letters() {
        let policy = policy(&[r#"{"tags": {"CostCenter": {}}}"#]).unwrap();
        assert_eq!(policy.tags[0].key, "costcenter");
    }

    #[test]
    fn an_effective_policy_is_read_as_aws_prints_it() {
        let text =
            r#"{"tags": {"cost": {"tag_key": "Cost", "tag_value": ["a*"], "enforced_for": ["s3:bucket"]}}}"#;
        let (rules, unknown) = policy(&[text]).unwrap().rules();
        assert!(unknown.is_empty());
        assert_eq!(rules[0].types, ["aws_s3_bucket"]);
        assert_eq!((rules[0].refuses("abc"), rules[0].refuses("b").is_some()), (None, true));
        assert_eq!((rules[1].severity, rules[1].types.len()), (Some(Severity::Warning), 0));
    }

    #[test]
    fn types_are_named_as_aws_names_them() {
        let of = |names: &str| {
            let text = format!(
                r#"{{"tags": {{"T": {{"tag_key": {{"@@assign": "T"}}, "report_required_tag_for": {{"@@assign": [{names}]}}}}}}}}"#
            );
            policy(&[&text]).unwrap().rules()
        };
        let (rules, unknown) = of(r#""connect:instance/queue", "connect:instance""#);
        assert_eq!(rules[0].types, ["aws_connect_instance", "aws_connect_queue"]);
        assert!(rules[0].required && unknown.is_empty());
        let (_, unknown) = of(r#""connect:queue""#);
        assert_eq!(unknown[0].near.as_deref(), Some("connect:instance/queue"));
        let (_, unknown) = of(r#""dynamodb:tabel""#);
        assert_eq!(unknown[0].near.as_deref(), Some("dynamodb:table"));
        let (rules, _) = of(r#""dynamodb:ALL_SUPPORTED", "kms:*""#);
        assert!(rules[0].types.contains(&"aws_dynamodb_table".into()));
        assert!(rules[0].types.contains(&"aws_kms_key".into()));
    }

    #[test]
    fn what_is_no_policy_is_told() {
        for (text, expected) in [
            ("{", "is not JSON: line 1"),
            ("[]", "has to be an object"),
            (r#"{"Tags": {}}"#, "it has no `tags`"),
            (r#"{"tags": {}, "x": 1}"#, "it has `x` beside `tags`"),
            (r#"{"tags": {"A": {"tag_value": {"@@asign": ["x"]}}}}"#, "did you mean `@@assign`?"),
            (r#"{"tags": {"A": {"tag_values": {}}}}"#, "did you mean `tag_value`?"),
            (r#"{"tags": {"A": {"tag_value": {"@@assign": [1]}}}}"#, "has to hold texts"),
            (
                r#"{"tags": {"A": {"@@operators_allowed_for_child_policies": ["@@some"]}}}"#,
                "is not an operator",
            ),
        ] {
            let problem = policy(&[text]).unwrap_err();
            assert!(problem.contains(expected), "{text}: {problem}");
        }
    }

    #[test]
    fn an_exported_policy_comes_back_the_same() {
        let rule = |key: &str| TagRule { key: key.into(), required: true, ..TagRule::default() };
        let schema = Schema {
            tags: vec![
                TagRule {
                    allowed: vec!["pii".into(), "p*".into()],
                    types: vec!["aws_dynamodb_table".into(), "aws_s3_bucket".into()],
                    ..rule("Data")
                },
                TagRule { formats: vec![crate::tags::Format::Date], ..rule("Date") },
            ],
            ..Schema::default()
        };
        let (text, notes) = export(&schema);
        let policy = policy(&[&text]).unwrap();
        assert_eq!(policy.tags.len(), 2);
        assert_eq!(policy.tags[0].values, ["pii", "p*"]);
        assert_eq!(policy.tags[0].required_for, ["dynamodb:table", "s3:bucket"]);
        assert_eq!(policy.tags[0].enforced_for, ["dynamodb:table", "s3:bucket"]);
        assert!(notes.iter().any(|n| n.contains("`Date`: a policy has no formats")), "{notes:?}");
        assert!(notes.iter().any(|n| n.contains("`Date`: it is required of everything")), "{notes:?}");
    }

    #[test]
    fn settings_written_from_rules_say_the_same() {
        let rule = TagRule {
            key: "A\"b".into(),
            required: true,
            allowed: vec!["${x}".into()],
            ..TagRule::default()
        };
        assert_eq!(
            as_settings(&[rule]),
            "tag \"A\\\"b\" {\n  required = true\n  allowed  = [\"$${x}\"]\n}\n"
        );
    }
}
