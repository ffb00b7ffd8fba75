//! What findings about quotas have in common: nouns, arithmetic, places.

use std::collections::BTreeMap;

use crate::catalog::{self, ScopeKind, Unit};
use crate::finding::{Finding, Place, QuotaFacts, Severity};
use crate::inventory::Basis;
use crate::projection::{Confidence, Limit, LimitOrigin, Part, Projection, QuotaName, Scope, Share};
use crate::value::{Cause, CauseKind, Count};
use crate::words::several;

use super::finding;

/// How many places a finding keeps.
pub(super) const PLACES_KEPT: usize = 50;

/// How many root modules a note names.
const ROOTS_SHOWN: usize = 5;

/// A finding about one projection: message, arithmetic, limit and places.
pub(super) fn about(
    rule: &'static str,
    severity: Severity,
    message: String,
    index: usize,
    p: &Projection,
) -> Finding {
    let mut found = finding(rule, severity, message);
    found.quota = Some(facts(index, p));
    if !p.single {
        found.notes.push(("parts", arithmetic(p)));
        found.notes.extend(roots(p).map(|text| ("roots", text)));
        found.notes.extend(whose(p).map(|text| ("whose", text)));
    }
    if let Some(limit) = &p.limit {
        found.notes.push(("limit", limit_note(p, limit)));
    }
    (found.places, found.places_total) = places(p);
    found.roots = p.roots.clone();
    found
}

/// Returns `agency-health 40 · agency-parks 24 · 12 others 300 · shared 1`, the largest share first.
fn whose(p: &Projection) -> Option<String> {
    const NAMED: usize = 4;
    let shares = p.shares.as_ref().filter(|s| !s.tenants.is_empty())?;
    let unit = unit(&p.quota);
    let show = |share: Share| match share.exact() {
        Some(n) if n >= 0 => unit.show(n.unsigned_abs()),
        Some(n) => format!("−{}", unit.show(n.unsigned_abs())),
        None => share.to_string(),
    };
    let mut tenants: Vec<_> = shares.tenants.iter().collect();
    tenants.sort_by_key(|(name, share)| (std::cmp::Reverse(share.high.unwrap_or(i64::MAX)), name));
    let mut texts: Vec<String> =
        tenants.iter().take(NAMED).map(|(name, share)| format!("{name} {}", show(*share))).collect();
    let rest = tenants.iter().skip(NAMED);
    if rest.len() > 0 {
        let n = rest.len() as u64;
        let sum = rest.fold(Share::ZERO, |sum, (_, share)| sum.plus(*share));
        texts.push(format!("{} {}", several(n, "other"), show(sum)));
    }
    texts.push(match shares.shared.exact() {
        Some(n) if n < 0 => format!("{} counted for several together", unit.show(n.unsigned_abs())),
        _ => format!("shared {}", show(shares.shared)),
    });
    Some(texts.join(" · "))
}

pub(super) fn facts(index: usize, p: &Projection) -> QuotaFacts {
    let QuotaName { service, code, name, .. } = p.quota.clone();
    QuotaFacts { service, code, name, projection: index }
}

/// True if the change uses more of the quota, or may.
pub(super) fn is_raised(p: &Projection) -> bool {
    let open = |c: Count| c.high().unwrap_or(u64::MAX);
    p.count.low() > p.before.low() || open(p.count) > open(p.before)
}

/// Lowers an error where the limit is not confirmed, and says why.
pub(super) fn cap(mut found: Finding, limit: &Limit) -> Finding {
    let why = match limit.confidence {
        Confidence::Confirmed => return found,
        Confidence::Dated => "the limit is known from one dated source only",
        Confidence::Unconfirmed => "the limit is not confirmed by any source",
    };
    found.severity = found.severity.min(Severity::Warning);
    found.notes.push(("sure", format!("a warning only: {why}")));
    found
}

/// Returns the unit in which a quota is shown.
pub(super) fn unit(quota: &QuotaName) -> Unit {
    let known = if quota.code.is_empty() {
        catalog::quotas_by_name(&quota.service, plain_name(quota)).next()
    } else {
        catalog::quota(&quota.service, &quota.code)
    };
    known.map(|q| q.unit).or_else(|| Unit::from_word(&quota.unit)).unwrap_or(Unit::Count)
}

/// The name without the part of the quota that it is about.
fn plain_name(quota: &QuotaName) -> &str {
    match quota.name.strip_suffix(')').and_then(|n| n.rsplit_once(" (")) {
        Some((plain, _)) if catalog::quotas_by_name(&quota.service, plain).next().is_some() => plain,
        _ => &quota.name,
    }
}

/// Returns `105`, `at least 4`, `4 to 9`, with units.
pub(super) fn amount(unit: Unit, count: Count) -> String {
    match count.high() {
        Some(high) if high == count.low() => unit.show(high),
        Some(high) => format!("{} to {}", unit.show(count.low()), unit.show(high)),
        None => format!("at least {}", unit.show(count.low())),
    }
}

/// Returns the limit as an amount.
pub(super) fn limit_text(unit: Unit, limit: &Limit) -> String {
    amount(unit, Count::new(limit.low, limit.high))
}

/// Returns `105 queues`, or `Role trust policy length 2100 characters` for what is not made of things.
pub(super) fn subject(p: &Projection, count: Count) -> String {
    let unit = unit(&p.quota);
    match noun(&p.quota.name) {
        Some(noun) if matches!(unit, Unit::Count) && !p.single => {
            let one = count.low() == 1 && count.high().is_none_or(|h| h == 1);
            format!("{} {}", amount(unit, count), if one { singular(&noun) } else { noun })
        }
        _ => format!("{} {}", p.quota.name, amount(unit, count)),
    }
}

/// Returns `105 queues, limit 100, in aws_connect_instance.this`.
pub(super) fn headline(p: &Projection) -> String {
    let more = match p.parts_total {
        n if p.single && n > 1 => format!(" and {} more of the block", n - 1),
        _ => String::new(),
    };
    format!("{}{more}", plain_headline(p))
}

/// The same of the first resource alone.
pub(super) fn plain_headline(p: &Projection) -> String {
    let limit = match &p.limit {
        Some(limit) => format!("limit {}", limit_text(unit(&p.quota), limit)),
        None => "limit not known".to_owned(),
    };
    format!("{}, {limit}, {}", subject(p, p.count), place(p))
}

/// Returns `in aws_connect_instance.this`, `in us-east-1`, `in the account`, `in aws_vpc.this of stacks/a`.
pub(super) fn place(p: &Projection) -> String {
    match &p.scope.root {
        Some(root) => format!("{} of {root}", within(p)),
        None => within(p),
    }
}

fn within(p: &Projection) -> String {
    let Scope { account, region, parent, .. } = &p.scope;
    if let Some(parent) = parent {
        return format!("in {parent}");
    }
    match (account, region) {
        (Some(account), Some(region)) => format!("in account {account}, {region}"),
        (None, Some(region)) => format!("in {region}"),
        (Some(account), None) => format!("in account {account}"),
        (None, None) if is_regional(&p.quota) => "in the Region".to_owned(),
        (None, None) => "in the account".to_owned(),
    }
}

fn is_regional(quota: &QuotaName) -> bool {
    catalog::quota(&quota.service, &quota.code).is_some_and(|q| q.scope == ScopeKind::Region)
}

/// Returns what a quota counts: `queues` for "Queues per instance". None: the name tells no thing that can be counted.
pub(super) fn noun(name: &str) -> Option<String> {
    let name = name.split(" (").next().unwrap_or(name);
    let mut words: Vec<&str> = name.split_whitespace().collect();
    for lead in [&["Maximum", "number", "of"][..], &["Number", "of"], &["Maximum"], &["Limit", "on"]] {
        if words.len() > lead.len() && words.iter().zip(lead).all(|(a, b)| a.eq_ignore_ascii_case(b)) {
            words.drain(..lead.len());
            break;
        }
    }
    if let Some(end) =
        words.iter().position(|w| matches!(*w, "per" | "in" | "for" | "within" | "you" | "that" | "by"))
    {
        words.truncate(end);
    }
    let counted = words.last() == Some(&"count") && words.len() > 1;
    if counted {
        words.pop();
    }
    let last = *words.last()?;
    let mut text = words.join(" ");
    if counted && !last.ends_with('s') {
        text.push('s');
    } else if !is_plural(words[0], last, words.len()) {
        return None;
    }
    Some(lower_first(&text))
}

/// True for `Queues`, `Hours of operation`, `Routes`; false for `length`, `Access`.
fn is_plural(first: &str, last: &str, words: usize) -> bool {
    let plural = |w: &str| w.len() > 2 && w.ends_with('s') && !w.ends_with("ss") && !w.ends_with("us");
    plural(last) || (words > 2 && plural(first))
}

/// Lowers the first letter, unless it belongs to a name: `VPCs`, `Lambda functions`.
fn lower_first(text: &str) -> String {
    const NAMES: [&str; 20] = [
        "Amazon",
        "AWS",
        "Lambda",
        "Lex",
        "Bedrock",
        "Connect",
        "Route",
        "Elastic",
        "Fargate",
        "Glue",
        "Kinesis",
        "Aurora",
        "Cognito",
        "DynamoDB",
        "CloudFront",
        "CloudWatch",
        "Customer",
        "Application",
        "Internet",
        "Classic",
    ];
    let first = text.split_whitespace().next().unwrap_or_default();
    let acronym = first.chars().skip(1).any(char::is_uppercase);
    if acronym || NAMES.contains(&first) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    match chars.next() {
        Some(c) => c.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

fn singular(noun: &str) -> String {
    let single = |w: &str| match w {
        _ if w.ends_with("ies") && w.len() > 4 => format!("{}y", &w[..w.len() - 3]),
        _ if w.ends_with("sses") || w.ends_with("xes") || w.ends_with("ches") => w[..w.len() - 2].to_owned(),
        _ if w.ends_with('s') && !w.ends_with("ss") => w[..w.len() - 1].to_owned(),
        _ => w.to_owned(),
    };
    match noun.split_once(" of ") {
        Some((thing, rest)) => format!("{} of {rest}", single(thing)),
        None => match noun.rsplit_once(' ') {
            Some((rest, thing)) => format!("{rest} {}", single(thing)),
            None => single(noun),
        },
    }
}

/// Returns `42 existing + 9 created − 1 destroyed + 1 BasicQueue made by AWS = 51`.
pub(super) fn arithmetic(p: &Projection) -> String {
    let unit = unit(&p.quota);
    let total = |of: &dyn Fn(&Part) -> Count| p.parts.iter().map(of).sum::<Count>();
    let existing = if p.basis == Basis::Live { p.before } else { total(&|part| part.before) };
    let created = total(&|part| part.count.minus(part.before));
    let destroyed = total(&|part| part.before.minus(part.count));
    let mut text = String::new();
    let mut term = |sign: &str, count: Count, what: &str| {
        if count.is_zero() {
            return;
        }
        if !text.is_empty() {
            text.push_str(&format!(" {sign} "));
        } else if sign == "−" {
            text.push_str("− ");
        }
        text.push_str(&format!("{} {what}", amount(unit, count)));
    };
    term("+", existing, if p.basis == Basis::Live { "in use" } else { "existing" });
    term("+", created, "created");
    term("−", destroyed, "destroyed");
    if p.parts_total > p.parts.len() as u64 {
        let blocks = several(p.parts_total - p.parts.len() as u64, "more block");
        text.push_str(&format!("{}what {blocks} add", if text.is_empty() { "" } else { " + " }));
    }
    for (name, count) in &p.baselines {
        text.push_str(&format!(
            "{}{} {name} made by AWS",
            if text.is_empty() { "" } else { " + " },
            amount(unit, *count)
        ));
    }
    if text.is_empty() {
        return amount(unit, p.count);
    }
    format!("{text} = {}", amount(unit, p.count))
}

/// Returns `stacks/a 42 + stacks/b 9`, the largest first. None: it is all of one root.
fn roots(p: &Projection) -> Option<String> {
    let mut roots: BTreeMap<&str, Count> = BTreeMap::new();
    for part in &p.parts {
        *roots.entry(part.root.as_deref()?).or_insert(Count::ZERO) += part.count;
    }
    if roots.len() < 2 {
        return None;
    }
    let unit = unit(&p.quota);
    let mut roots: Vec<(&str, Count)> = roots.into_iter().collect();
    roots.sort_by_key(|(_, count)| std::cmp::Reverse((count.low(), count.high())));
    let mut texts: Vec<String> = roots
        .iter()
        .take(ROOTS_SHOWN)
        .map(|(root, count)| format!("{root} {}", amount(unit, *count)))
        .collect();
    let more = roots.len() - texts.len();
    if more > 0 || p.parts_total > p.parts.len() as u64 {
        texts.push(if more > 0 { format!("{more} more") } else { "others".to_owned() });
    }
    Some(texts.join(" + "))
}

/// Returns `100 · L-19A87C94 · AWS default list 2026, us-east-1 · adjustable · assumed`.
pub(super) fn limit_note(p: &Projection, limit: &Limit) -> String {
    let mut facts = vec![limit_text(unit(&p.quota), limit)];
    if !p.quota.code.is_empty() {
        facts.push(p.quota.code.to_string());
    }
    match limit.origin {
        LimitOrigin::Catalog => {}
        LimitOrigin::Live | LimitOrigin::Snapshot if !limit.as_of.is_empty() => {
            facts.push(format!("{} of {}", limit.origin.name(), limit.as_of));
        }
        LimitOrigin::Live | LimitOrigin::Snapshot => facts.push(limit.origin.name().to_owned()),
        LimitOrigin::Settings => facts.push("stated in the settings".to_owned()),
        LimitOrigin::Plan | LimitOrigin::State => {}
    }
    if !limit.note.is_empty() {
        facts.push(limit.note.clone());
    }
    match limit.adjustable {
        Some(true) => facts.push("adjustable".to_owned()),
        Some(false) => facts.push("not adjustable".to_owned()),
        None => {}
    }
    if limit.assumed {
        facts.push("assumed".to_owned());
    }
    facts.join(" · ")
}

/// Returns the places of a projection, the largest part first, and how many there are.
pub(super) fn places(p: &Projection) -> (Vec<Place>, u64) {
    let mut parts: Vec<&Part> = p.parts.iter().collect();
    if !p.single {
        let much = |part: &Part| (part.count.high().unwrap_or(u64::MAX), part.count.low());
        parts.sort_by(|a, b| {
            // What the change adds comes before what exists.
            let adds =
                |part: &Part| part.count.low() > part.before.low() || part.count.high() != part.before.high();
            (adds(b), much(b)).cmp(&(adds(a), much(a))).then_with(|| a.address.cmp(&b.address))
        });
    }
    let places = parts
        .into_iter()
        .take(PLACES_KEPT)
        .map(|part| Place {
            address: Some(part.address.to_string()),
            span: part.repeat.or(part.span),
            label: if p.single { None } else { instances(part) },
        })
        .collect();
    (places, p.parts_total)
}

fn instances(part: &Part) -> Option<String> {
    match (part.count.high(), part.repeat) {
        (Some(_), _) => Some(several(part.instances, "instance")),
        (None, Some(_)) => Some("a number that is not known".into()),
        (None, None) => None,
    }
}

/// Returns the ways out of a limit that is exceeded.
pub(super) fn way_out(p: &Projection, limit: &Limit, buffer: u64) -> String {
    let ask = p.desired(unit(&p.quota), buffer);
    let block = |argument: &str| {
        let name = if p.quota.code.is_empty() { plain_name(&p.quota) } else { &p.quota.code };
        format!("quota \"{}\" \"{name}\" {{ {argument} = {ask} }}", p.quota.service)
    };
    if limit.origin == LimitOrigin::Settings && limit.note.contains("budget") {
        return format!("the budget is our own: use less, or raise it: {}", block("budget"));
    }
    match limit.adjustable {
        Some(false) if p.single => "AWS does not raise it: make the resource smaller, or split it".into(),
        Some(false) => match &p.scope.parent {
            Some(_) => "AWS does not raise it: use less, or spread it over another parent".into(),
            None => "AWS does not raise it: use less, or spread it over another Region or account".into(),
        },
        _ if limit.assumed => format!("ask AWS for {ask}\nAlready raised?  {}", block("applied")),
        _ => format!("ask AWS for {ask}"),
    }
}

/// Returns why something is not known, as a half sentence.
pub(super) fn because(cause: &Cause) -> String {
    let name = cause.name();
    match cause.kind() {
        CauseKind::Variable => format!("`{name}` has no value"),
        CauseKind::Data => format!("`{name}` is read only when a plan is made"),
        CauseKind::Attribute => format!("`{name}` is known only after apply"),
        CauseKind::Function => format!("`{name}` gives another result each time"),
        CauseKind::Module => format!("`{name}` is not on disk"),
        CauseKind::Failed if name.is_empty() => "an expression failed".into(),
        CauseKind::Failed => format!("`{name}` failed"),
        CauseKind::Unstated if name.is_empty() => "a value is not known".into(),
        CauseKind::Unstated if name.starts_with("which") || name.starts_with("whether") => {
            format!("it is not known {name}")
        }
        CauseKind::Unstated => name.to_string(),
    }
}

/// Returns how to get to know it.
pub(super) fn remedy(cause: &Cause) -> Option<String> {
    let name = cause.name();
    match cause.kind() {
        CauseKind::Variable => {
            let variable = name.strip_prefix("var.").unwrap_or(name);
            let variable = variable.split(['.', '[']).next().unwrap_or(variable);
            Some(format!("pass `-var {variable}=…` or a `-var-file`, or read a saved plan"))
        }
        CauseKind::Data => Some(format!("read a saved plan, or say it in the settings: assume = {{ \"{name}\" = … }}")),
        CauseKind::Attribute => Some("a plan after the first apply knows it".into()),
        CauseKind::Function => None,
        CauseKind::Module => Some("`terraform init` fetches it".into()),
        CauseKind::Failed => Some("mend what is reported above".into()),
        CauseKind::Unstated if name.starts_with("no limit") => {
            Some("`tf-headroom quotas pull` asks AWS, a `quota` block in the settings states it".into())
        }
        CauseKind::Unstated if name.starts_with("which account") => {
            Some("set `allowed_account_ids` in the provider configurations, or add `account` blocks to the settings".into())
        }
        CauseKind::Unstated => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noun_comes_from_the_quotas_name() {
        for (name, expected) in [
            ("Queues per instance", Some("queues")),
            ("Phone numbers per instance", Some("phone numbers")),
            ("Hours of operation per instance", Some("hours of operation")),
            ("Amazon Connect instance count", Some("Amazon Connect instances")),
            ("General purpose buckets", Some("general purpose buckets")),
            ("Maximum number of tables", Some("tables")),
            ("AWS Lambda functions per instance", Some("AWS Lambda functions")),
            ("VPCs per Region", Some("VPCs")),
            ("Roles per account", Some("roles")),
            ("Customer Master Keys (CMKs)", Some("Customer Master Keys")),
            ("Role trust policy length", None),
            ("Function timeout", None),
            ("Active chats per agent", Some("active chats")),
            ("", None),
        ] {
            assert_eq!(noun(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn one_of_a_thing_is_not_several() {
        for (many, one) in [
            ("queues", "queue"),
            ("hours of operation", "hour of operation"),
            ("policies", "policy"),
            ("phone numbers", "phone number"),
            ("Elastic IP addresses", "Elastic IP address"),
        ] {
            assert_eq!(singular(many), one);
        }
    }

    #[test]
    fn causes_are_half_sentences_with_a_remedy() {
        let cause = Cause::new(CauseKind::Variable, "var.tenants.a", None);
        assert_eq!(because(&cause), "`var.tenants.a` has no value");
        assert_eq!(remedy(&cause).unwrap(), "pass `-var tenants=…` or a `-var-file`, or read a saved plan");
        assert_eq!(because(&Cause::unstated()), "a value is not known");
        assert_eq!(remedy(&Cause::unstated()), None);
    }
}
