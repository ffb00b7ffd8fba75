//! The blocks of a settings file, one function each.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

use super::read::{Reader, expected, meant};
use super::{Demand, FailOn, Roots, Settings, Target, Tenants, reference, tags, tenant};
use crate::catalog::{self, Quota};
use crate::finding::{Level, RuleExemption, Severity};
use crate::inventory::{EVERY, StatedAccount, StatedLimit};
use crate::syntax::{Block, Stretch};
use crate::tags::Format;
use crate::value::Value;
use crate::words::{list, nearest};

/// Reads the whole file.
pub(super) fn settings(r: &mut Reader<'_>, rules: &[&str]) -> Settings {
    let mut settings = Settings::default();
    let file = r.file;
    let body = &file.body;
    r.only(body, "the settings", &reference::arguments(""), &reference::blocks());
    if let Some(n) = r.number(body, "buffer") {
        if n.fract() == 0.0 && n <= 1_000.0 {
            settings.buffer = n as u64;
        } else {
            let at = body.attr("buffer").map(|a| a.span).unwrap_or_default();
            r.wrong(at, "Wrong value", "`buffer` has to be a whole number of per cent, at most 1000", None);
        }
    }
    if let Some(n) = r.number(body, "snapshot_days") {
        if n.fract() == 0.0 && n <= 3_660.0 {
            settings.snapshot_days = n as u32;
        } else {
            let at = body.attr("snapshot_days").map(|a| a.span).unwrap_or_default();
            r.wrong(
                at,
                "Wrong value",
                "`snapshot_days` has to be a whole number of days, at most 3660",
                None,
            );
        }
    }
    settings.assume = assume(r);
    settings.fail_on = fail_on(r);
    for block in &body.blocks {
        match block.kind.as_str() {
            "quota" => settings.limits.extend(quota(r, block)),
            "account" => settings.accounts.extend(account(r, block)),
            "target" => settings.targets.extend(target(r, block)),
            "roots" => {
                let found = roots(r, block);
                if settings.roots.is_some() {
                    r.wrong(block.head_span, "Duplicate block", "there is a `roots` block already", None);
                }
                settings.roots = settings.roots.or(found);
            }
            "tenants" => {
                let found = tenants(r, block);
                if settings.tenants.is_some() {
                    r.wrong(block.head_span, "Duplicate block", "there is a `tenants` block already", None);
                }
                settings.tenants = settings.tenants.or(found);
            }
            "tenant" => settings.figures.extend(tenant::tenant(r, block)),
            "growth" => {
                let found = tenant::growth(r, block);
                if settings.growth.is_some() {
                    r.wrong(block.head_span, "Duplicate block", "there is a `growth` block already", None);
                }
                settings.growth = settings.growth.or(found);
            }
            "demand" => settings.demands.extend(demand(r, block)),
            "tag" => settings.schema.tags.extend(tags::tag(r, block)),
            "exempt" if block.body.attr("rules").is_some() => {
                settings.exemptions.extend(exempt_from_rules(r, block, rules));
            }
            "exempt" => settings.schema.exemptions.extend(tags::exempt(r, block)),
            "rule" => {
                if let Some((id, level)) = rule(r, block, rules)
                    && settings.levels.insert(id.clone(), level).is_some()
                {
                    r.wrong(
                        block.head_span,
                        "Duplicate block",
                        format!("there is a `rule \"{id}\"` block already"),
                        None,
                    );
                }
            }
            // Complained about above.
            _ => {}
        }
    }
    unique(r, "account", |b| b.labels.first().map(|l| l.text.clone()));
    unique(r, "tenant", |b| b.labels.first().map(|l| l.text.clone()));
    unique(r, "target", |b| b.labels.first().map(|l| l.text.clone()));
    accounts_exist(r, &settings);
    tags::finish(r, &mut settings);
    settings
}

fn assume(r: &mut Reader<'_>) -> BTreeMap<EcoString, Value> {
    let body = &r.file.body;
    let Some((value, at)) = r.value(body, "assume") else { return BTreeMap::new() };
    match value.as_fields() {
        Some(fields) => fields.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        None => {
            let help = "write `assume = { \"data.aws_x.y.names\" = […] }`".to_owned();
            r.wrong(at, "Wrong value", "`assume` has to be an object of values by reference", Some(help));
            BTreeMap::new()
        }
    }
}

pub(super) const LEVELS: [&str; 4] = ["error", "warning", "notice", "off"];
const FAIL_ON: [&str; 4] = ["error", "warning", "notice", "never"];

pub(super) fn severity(word: &str) -> Option<Severity> {
    match word {
        "error" => Some(Severity::Error),
        "warning" => Some(Severity::Warning),
        "notice" => Some(Severity::Notice),
        _ => None,
    }
}

fn fail_on(r: &mut Reader<'_>) -> Option<FailOn> {
    let body = &r.file.body;
    let word = r.text(body, "fail_on")?;
    match severity(&word) {
        Some(severity) => Some(FailOn::At(severity)),
        None if word == "never" => Some(FailOn::Never),
        None => {
            let at = body.attr("fail_on").map(|a| a.span).unwrap_or_default();
            let help = meant(&word, &FAIL_ON).unwrap_or_else(|| expected(&FAIL_ON));
            r.wrong(at, "Wrong value", format!("`{word}` is not a severity"), Some(help));
            None
        }
    }
}

fn quota(r: &mut Reader<'_>, block: &Block) -> Option<StatedLimit> {
    let names = reference::arguments("quota");
    let body = &block.body;
    // The word people reach for first.
    if let Some(limit) = body.attr("limit").or_else(|| body.attr("value")) {
        let detail = format!("`{}` is not an argument of a `quota` block", limit.name);
        let help = "write `applied` for the limit that holds, `budget` for a ceiling of your own".to_owned();
        r.wrong(limit.name_span, "Unsupported argument", detail, Some(help));
        let known = [&names[..], &["limit", "value"]].concat();
        r.only(body, "a `quota` block", &known, &[]);
        return None;
    }
    r.only(body, "a `quota` block", &names, &[]);
    let (applied, budget) = (r.quota_value(body, "applied"), r.quota_value(body, "budget"));
    if body.attr("applied").is_none() && body.attr("budget").is_none() {
        let help = "`applied` is the limit that holds, `budget` a ceiling of your own".to_owned();
        r.wrong(
            block.head_span,
            "Missing argument",
            "this `quota` block has neither `applied` nor `budget`",
            Some(help),
        );
    }
    let (service, code, name) = which_quota(r, block)?;
    Some(StatedLimit {
        service,
        code,
        name,
        applied,
        budget,
        account: r.text(body, "account"),
        region: r.text(body, "region"),
        scope: r.text(body, "scope"),
        reason: r.text(body, "reason"),
        until: r.date(body, "until"),
        force: r.flag(body, "force").unwrap_or(false),
        span: Some(r.span(block.head_span)),
    })
}

/// Returns service, code and name of the quota that the labels name; a code that the catalog does not have stays as it is.
fn which_quota(r: &mut Reader<'_>, block: &Block) -> Option<(EcoString, EcoString, EcoString)> {
    let [service, label] = r.labels(block, ["the service", "the code"])?;
    if let Some(quota) = catalog::quota(&service, &label) {
        return Some((service, quota.code.into(), quota.name.into()));
    }
    if let Some(meant) = catalog::right_service(&service) {
        let detail = format!("the catalog has no service `{service}`");
        r.wrong(block.labels[0].span, "Unknown service", detail, Some(format!("did you mean `{meant}`?")));
        return None;
    }
    if is_code(&label) {
        // The rule quota-code-unknown tells, if nothing else knows it.
        return Some((service, label, EcoString::new()));
    }
    let found: Vec<&Quota> = catalog::quotas_by_name(&service, &label).collect();
    let at = block.labels[1].span;
    match found.as_slice() {
        [one] => Some((service, one.code.into(), one.name.into())),
        [] => {
            let all = catalog::quotas_of(&service);
            let detail = format!("the catalog has no quota `{label}` of `{service}`");
            let known = all.iter().flat_map(|q| [q.name, q.code]).filter(|known| !known.is_empty());
            let help = match nearest(&label, known) {
                Some(name) => format!("did you mean `{name}`?"),
                None if all.is_empty() => "`tf-headroom quotas list` lists the services".to_owned(),
                None => format!("`tf-headroom quotas list {service}` lists names and codes"),
            };
            r.wrong(at, "Unknown quota", detail, Some(help));
            None
        }
        several => {
            let codes: Vec<String> = several.iter().map(|q| format!("`{}`", q.code)).collect();
            let detail = format!("`{service}` has {} quotas of the name `{label}`", several.len());
            r.wrong(at, "Ambiguous quota", detail, Some(format!("write one of the codes {}", list(&codes))));
            None
        }
    }
}

fn is_code(label: &str) -> bool {
    label
        .strip_prefix("L-")
        .is_some_and(|rest| rest.len() == 8 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn account(r: &mut Reader<'_>, block: &Block) -> Option<StatedAccount> {
    let body = &block.body;
    r.only(body, "an `account` block", &reference::arguments("account"), &[]);
    let [name] = r.labels(block, ["its name"])?;
    if name == EVERY {
        return every_account(r, block);
    }
    let id = r.text(body, "id");
    if let (Some(id), Some(attr)) = (&id, body.attr("id"))
        && !Format::AccountId.matches(id)
    {
        r.wrong(
            attr.span,
            "Wrong account",
            format!("`{id}` is not an account number"),
            Some("it has twelve digits".into()),
        );
    }
    Some(StatedAccount {
        name,
        id: id.filter(|id| Format::AccountId.matches(id)),
        role_arn: r.text(body, "role_arn"),
        profile: r.text(body, "profile"),
        region: r.text(body, "region"),
        paths: r.texts(body, "paths").unwrap_or_default(),
        span: Some(r.span(block.head_span)),
    })
}

/// Reads `account "*"`: how any account of the organization is asked.
fn every_account(r: &mut Reader<'_>, block: &Block) -> Option<StatedAccount> {
    const SUMMARY: &str = "Wrong account";
    let body = &block.body;
    for name in ["id", "profile", "paths"] {
        if let Some(attr) = body.attr(name) {
            let detail =
                format!("`account \"*\"` stands for many accounts, which have no `{name}` in common");
            r.wrong(attr.name_span, SUMMARY, detail, None);
        }
    }
    let role_arn = r.text(body, "role_arn");
    let help = "`role_arn = \"arn:aws:iam::*:role/NAME\"`, with `*` for the account's number";
    let is_pattern = |arn: &EcoString| arn.starts_with("arn:") && arn.contains(":iam::*:role/");
    if !role_arn.as_ref().is_some_and(is_pattern) {
        let span = body.attr("role_arn").map_or(block.head_span, |a| a.span);
        r.wrong(span, SUMMARY, "`account \"*\"` has no role that every account can have", Some(help.into()));
        return None;
    }
    Some(StatedAccount {
        name: EVERY.into(),
        id: None,
        role_arn,
        profile: None,
        region: r.text(body, "region"),
        paths: Vec::new(),
        span: Some(r.span(block.head_span)),
    })
}

fn target(r: &mut Reader<'_>, block: &Block) -> Option<Target> {
    let body = &block.body;
    r.only(body, "a `target` block", &reference::arguments("target"), &[]);
    let [name] = r.labels(block, ["its name"])?;
    Some(Target {
        name,
        root: r.text(body, "root"),
        var_files: r.texts(body, "var_files").unwrap_or_default(),
        workspace: r.text(body, "workspace"),
        account: r.text(body, "account"),
        span: Some(r.span(block.head_span)),
    })
}

fn roots(r: &mut Reader<'_>, block: &Block) -> Option<Roots> {
    let body = &block.body;
    r.only(body, "a `roots` block", &reference::arguments("roots"), &[]);
    let [] = r.labels(block, [])?;
    Some(Roots {
        include: r.texts(body, "include").unwrap_or_default(),
        exclude: r.texts(body, "exclude").unwrap_or_default(),
    })
}

fn tenants(r: &mut Reader<'_>, block: &Block) -> Option<Tenants> {
    let body = &block.body;
    r.only(body, "a `tenants` block", &reference::arguments("tenants"), &[]);
    let [] = r.labels(block, [])?;
    r.needs(block, "variable", "name the variable of the root module whose keys are the tenants");
    Some(Tenants {
        variable: r.text(body, "variable")?,
        tag: r.text(body, "tag"),
        span: Some(r.span(block.head_span)),
    })
}

fn demand(r: &mut Reader<'_>, block: &Block) -> Option<Demand> {
    let body = &block.body;
    r.only(body, "a `demand` block", &reference::arguments("demand"), &[]);
    r.needs(block, "value", "any expression of the root module: `sum([for t in var.tenants : t.agents])`");
    let (service, code, name) = which_quota(r, block)?;
    if !code.is_empty() && catalog::quota(&service, &code).is_none() {
        let detail = format!("the catalog has no quota `{code}` of `{service}`");
        let help = catalog::right_code(&service, &code);
        r.wrong(block.labels[1].span, "Unknown quota", detail, Some(help));
        return None;
    }
    let value = body.attr("value")?.expr;
    Some(Demand {
        service,
        code,
        name,
        value,
        scope: r.text(body, "scope"),
        account: r.text(body, "account"),
        region: r.text(body, "region"),
        span: Some(r.span(block.head_span)),
    })
}

fn rule(r: &mut Reader<'_>, block: &Block, rules: &[&str]) -> Option<(EcoString, Level)> {
    let body = &block.body;
    r.only(body, "a `rule` block", &reference::arguments("rule"), &[]);
    let [id] = r.labels(block, ["the id of a rule"])?;
    if !rules.contains(&id.as_str()) {
        let help = meant(&id, rules).unwrap_or_else(|| expected(rules));
        r.wrong(block.labels[0].span, "Unknown rule", format!("there is no rule `{id}`"), Some(help));
        return None;
    }
    r.needs(block, "severity", &expected(&LEVELS));
    let word = r.text(body, "severity")?;
    match severity(&word) {
        Some(severity) => Some((id, Level::At(severity))),
        None if word == "off" => Some((id, Level::Off)),
        None => {
            let at = body.attr("severity").map(|a| a.span).unwrap_or_default();
            let help = meant(&word, &LEVELS).unwrap_or_else(|| expected(&LEVELS));
            r.wrong(at, "Wrong value", format!("`{word}` is not a severity"), Some(help));
            None
        }
    }
}

/// An exemption from rules, whatever they are about; one that names tags alone is the tags' own.
fn exempt_from_rules(r: &mut Reader<'_>, block: &Block, known: &[&str]) -> Option<RuleExemption> {
    let body = &block.body;
    let names: Vec<&str> =
        reference::arguments("exempt").into_iter().filter(|n| !["tags", "modules"].contains(n)).collect();
    r.only(body, "an `exempt` block with `rules`", &names, &[]);
    let [what] = r.labels(block, ["a pattern of types or addresses"])?;
    r.needs(block, "reason", "say why, for whoever reads it in a year");
    if !what.contains('.') {
        tags::types_exist(r, std::slice::from_ref(&what), block.labels[0].span);
    }
    let rules = r.texts(body, "rules").unwrap_or_default();
    let at = body.attr("rules").map(|a| a.span).unwrap_or_default();
    for rule in rules.iter().filter(|id| *id != "*" && !known.contains(&id.as_str())) {
        let help = meant(rule, known).unwrap_or_else(|| expected(known));
        r.wrong(at, "Unknown rule", format!("there is no rule `{rule}`"), Some(help));
    }
    Some(RuleExemption {
        what,
        rules,
        paths: r.texts(body, "paths").unwrap_or_default(),
        reason: r.text(body, "reason").unwrap_or_default(),
        until: r.date(body, "until"),
        span: Some(r.span(block.head_span)),
    })
}

/// Complains about blocks of one kind with the same name.
fn unique(r: &mut Reader<'_>, kind: &str, name: impl Fn(&Block) -> Option<EcoString>) {
    let mut seen = BTreeSet::new();
    let twice: Vec<(EcoString, Stretch)> = r
        .file
        .body
        .blocks(kind)
        .filter_map(|b| Some((name(b)?, b.head_span)))
        .filter(|(name, _)| !seen.insert(name.clone()))
        .collect();
    for (name, at) in twice {
        r.wrong(at, "Duplicate block", format!("there is a `{kind} \"{name}\"` block already"), None);
    }
}

/// Complains about accounts that no block declares and that are no numbers.
fn accounts_exist(r: &mut Reader<'_>, settings: &Settings) {
    let named = settings.accounts.iter().map(|a| a.name.as_str()).filter(|name| *name != EVERY);
    let names: Vec<&str> = named.collect();
    let file = r.file;
    for block in file.body.blocks.iter().filter(|b| matches!(b.kind.as_str(), "quota" | "target" | "demand"))
    {
        let Some(attr) = block.body.attr("account") else { continue };
        let before = r.problems.len();
        let account = r.text(&block.body, "account");
        // What is wrong with the value itself was told when the block was read.
        r.problems.truncate(before);
        let Some(account) = account else { continue };
        if !names.contains(&account.as_str()) && !Format::AccountId.matches(&account) {
            let help = meant(&account, &names)
                .unwrap_or_else(|| format!("add `account \"{account}\" {{ id = … }}`"));
            r.wrong(
                attr.span,
                "Unknown account",
                format!("no `account` block declares `{account}`"),
                Some(help),
            );
        }
    }
}
