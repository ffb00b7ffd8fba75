//! The blocks `tag` and `exempt`.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;
use regex::Regex;

use super::blocks::{LEVELS, severity};
use super::read::{Reader, expected, meant, texts_of};
use super::{Settings, reference};
use crate::catalog;
use crate::finding::{Diagnostic, Severity};
use crate::syntax::{Block, Stretch};
use crate::tags::policy::effective_policy;
use crate::tags::{Exemption, Fact, Format, TagRule};

pub(super) fn tag(r: &mut Reader<'_>, block: &Block) -> Option<TagRule> {
    let body = &block.body;
    r.only(body, "a `tag` block", &reference::arguments("tag"), &[]);
    let [key] = r.labels(block, ["the key"])?;
    if key.is_empty() {
        r.wrong(block.head_span, "Wrong labels", "a tag has a key", None);
        return None;
    }
    let _ = r.text(body, "description");
    let types = r.texts(body, "types").unwrap_or_default();
    types_exist(r, &types, body.attr("types").map(|a| a.span).unwrap_or_default());
    let allowed = r.texts(body, "allowed");
    if let (Some([]), Some(attr)) = (allowed.as_deref(), body.attr("allowed")) {
        let help = "leave `allowed` out to allow every value".to_owned();
        r.wrong(attr.span, "Wrong value", format!("no value of `{key}` would be allowed"), Some(help));
    }
    Some(TagRule {
        required: r.flag(body, "required").unwrap_or(false),
        allowed: allowed.unwrap_or_default(),
        pattern: pattern(r, block),
        formats: formats(r, block),
        types,
        modules: r.texts(body, "modules").unwrap_or_default(),
        paths: r.texts(body, "paths").unwrap_or_default(),
        accounts: r.texts(body, "accounts").unwrap_or_default(),
        tenants: r.texts(body, "tenants").unwrap_or_default(),
        when: when(r, block),
        equals: equals(r, block),
        default: r.text(body, "default"),
        severity: grade(r, block),
        span: Some(r.span(block.head_span)),
        key,
    })
}

/// Warns of resource types that AWS's provider does not have; a later one than the catalog's might.
pub(super) fn types_exist(r: &mut Reader<'_>, types: &[EcoString], at: Stretch) {
    for name in types.iter().filter(|t| !catalog::may_be_type(t)) {
        let detail = format!("no resource type is called `{name}`");
        let help = catalog::right_type(name).map(|near| format!("did you mean `{near}`?"));
        let problem = Diagnostic::warning("Unknown resource type", detail, Some(r.span(at)));
        r.problems.push(Diagnostic { help, ..problem });
    }
}

fn pattern(r: &mut Reader<'_>, block: &Block) -> Option<Regex> {
    let text = r.text(&block.body, "pattern")?;
    match Regex::new(&text) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let at = block.body.attr("pattern").map(|a| a.span).unwrap_or_default();
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            r.wrong(at, "Wrong pattern", format!("`pattern` is not a regular expression: {why}"), None);
            None
        }
    }
}

fn formats(r: &mut Reader<'_>, block: &Block) -> Vec<Format> {
    let names = r.texts(&block.body, "format").unwrap_or_default();
    let at = block.body.attr("format").map(|a| a.span).unwrap_or_default();
    let mut formats = Vec::new();
    for name in names {
        match Format::from_name(&name) {
            Some(format) => formats.push(format),
            None => {
                let all: Vec<&str> = Format::names().collect();
                let help = meant(&name, &all).unwrap_or_else(|| expected(&all));
                r.wrong(at, "Unknown format", format!("there is no format `{name}`"), Some(help));
            }
        }
    }
    formats
}

fn when(r: &mut Reader<'_>, block: &Block) -> BTreeMap<EcoString, Vec<EcoString>> {
    let Some((value, at)) = r.value(&block.body, "when") else { return BTreeMap::new() };
    let conditions = value.as_fields().and_then(|fields| {
        fields
            .iter()
            .map(|(key, values)| Some((key.clone(), texts_of(values)?)))
            .collect::<Option<BTreeMap<_, _>>>()
    });
    conditions.unwrap_or_else(|| {
        let help = "write `when = { DataClassification = [\"pii\", \"phi\"] }`".to_owned();
        r.wrong(at, "Wrong value", "`when` has to be an object of tag values by key", Some(help));
        BTreeMap::new()
    })
}

pub(super) fn exempt(r: &mut Reader<'_>, block: &Block) -> Option<Exemption> {
    let body = &block.body;
    let names: Vec<&str> = reference::arguments("exempt").into_iter().filter(|n| *n != "rules").collect();
    r.only(body, "an `exempt` block", &names, &[]);
    let [what] = r.labels(block, ["a pattern of types or addresses"])?;
    r.needs(block, "reason", "say why, for whoever reads it in a year");
    if !what.contains('.') {
        types_exist(r, std::slice::from_ref(&what), block.labels[0].span);
    }
    Some(Exemption {
        what,
        tags: r.texts(body, "tags").unwrap_or_default(),
        modules: r.texts(body, "modules").unwrap_or_default(),
        paths: r.texts(body, "paths").unwrap_or_default(),
        reason: r.text(body, "reason").unwrap_or_default(),
        until: r.date(body, "until"),
        span: Some(r.span(block.head_span)),
    })
}

fn equals(r: &mut Reader<'_>, block: &Block) -> Option<Fact> {
    let name = r.text(&block.body, "equals")?;
    let found = Fact::from_name(&name);
    if found.is_none() {
        let at = block.body.attr("equals").map(|a| a.span).unwrap_or_default();
        let all: Vec<&str> = Fact::names().collect();
        let help = meant(&name, &all).unwrap_or_else(|| expected(&all));
        r.wrong(at, "Unknown fact", format!("`equals` cannot be `{name}`"), Some(help));
    }
    found
}

fn grade(r: &mut Reader<'_>, block: &Block) -> Option<Severity> {
    let word = r.text(&block.body, "severity")?;
    let found = severity(&word);
    if found.is_none() {
        let at = block.body.attr("severity").map(|a| a.span).unwrap_or_default();
        let help = meant(&word, &LEVELS[..3]).unwrap_or_else(|| expected(&LEVELS[..3]));
        r.wrong(at, "Wrong value", format!("`{word}` is not a severity"), Some(help));
    }
    found
}

/// Reads the tag policies that the settings name, from the organization's root to the account.
fn policies(r: &mut Reader<'_>, settings: &mut Settings) {
    let body = &r.file.body;
    let (Some(paths), Some(attr)) = (r.texts(body, "tag_policy"), body.attr("tag_policy")) else { return };
    let span = r.span(attr.span);
    let mut texts = Vec::new();
    for path in paths {
        let read = r.world().tree.read(&r.world().cwd.join(path.as_str())).map_err(|e| e.to_string());
        match read.and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())) {
            Ok(text) => texts.push((path.to_string(), text.trim_start_matches('\u{feff}').to_owned())),
            Err(why) => {
                return r.wrong(
                    attr.span,
                    "Unreadable policy",
                    format!("`{path}` cannot be read: {why}"),
                    None,
                );
            }
        }
    }
    match effective_policy(&texts) {
        Ok(policy) => {
            let (rules, unknown) = policy.rules();
            settings.schema.tags.extend(rules.into_iter().map(|rule| TagRule { span: Some(span), ..rule }));
            settings.schema.unknown_types.extend(unknown.into_iter().map(|u| (u, Some(span))));
        }
        Err(problem) => r.wrong(attr.span, "Wrong policy", problem, None),
    }
}

/// Joins the schema with the rest of the settings, and complains about what nothing can satisfy.
pub(super) fn finish(r: &mut Reader<'_>, settings: &mut Settings) {
    policies(r, settings);
    settings.schema.accounts.clone_from(&settings.accounts);
    settings.schema.tenants = settings.tenants.as_ref().map(|t| t.variable.clone());
    let names: Vec<&str> = settings.accounts.iter().map(|a| a.name.as_str()).collect();
    let file = r.file;
    for block in file.body.blocks("tag") {
        let before = r.problems.len();
        let (accounts, tenants) = (r.texts(&block.body, "accounts"), block.body.attr("tenants"));
        let equals = r.text(&block.body, "equals");
        // What is wrong with the values themselves was told when the block was read.
        r.problems.truncate(before);
        let about_tenants =
            tenants.or(block.body.attr("equals").filter(|_| equals.as_deref() == Some("tenant")));
        if let Some(attr) = about_tenants.filter(|_| settings.tenants.is_none()) {
            let help = "add `tenants { variable = \"…\" }`".to_owned();
            r.wrong(attr.span, "Unknown tenants", "no `tenants` block says who they are", Some(help));
        }
        for account in accounts.into_iter().flatten() {
            if !names.contains(&account.as_str()) && !Format::AccountId.matches(&account) {
                let at = block.body.attr("accounts").map(|a| a.span).unwrap_or_default();
                let help = meant(&account, &names)
                    .unwrap_or_else(|| format!("add `account \"{account}\" {{ id = … }}`"));
                let detail = format!("no `account` block declares `{account}`");
                r.wrong(at, "Unknown account", detail, Some(help));
            }
        }
    }
    let keys: BTreeSet<&str> = settings.schema.tags.iter().map(|t| t.key.as_str()).collect();
    for block in file.body.blocks("exempt").filter(|_| !keys.is_empty()) {
        let Some(attr) = block.body.attr("tags") else { continue };
        let before = r.problems.len();
        let tags = r.texts(&block.body, "tags").unwrap_or_default();
        r.problems.truncate(before);
        for key in tags.iter().filter(|key| !keys.contains(key.as_str())) {
            let detail = format!("no `tag` block is about `{key}`");
            let problem = Diagnostic::warning("Unknown tag", detail, Some(r.span(attr.span)));
            r.problems.push(Diagnostic { help: crate::words::meant(key, keys.iter().copied()), ..problem });
        }
    }
    for found in settings.schema.contradictions() {
        if let Some(span) = settings.schema.tags[found.at].span {
            let at = Stretch { start: span.start, end: span.end };
            r.wrong(at, "Contradictory tags", found.what, None);
        }
    }
}
