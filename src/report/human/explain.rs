//! The whole arithmetic of one projection, in words and numbers.

use super::super::text::{Line, Tone};
use super::super::view::basis_text;
use super::super::{Look, Report};
use super::print;
use crate::catalog::{self, Quota, ScopeKind, Unit};
use crate::inventory::{Basis, Change};
use crate::projection::{LimitOrigin, Part, Projection, Share, Verdict};
use crate::source::Files;
use crate::value::Count;
use crate::words::{list_some, several};

/// Column in which the text begins.
const INDENT: usize = 13;

/// Returns how each count came about; `buffer`: per cent that a request plans with.
pub fn render(
    projections: &[&Projection],
    report: &Report,
    files: &Files,
    buffer: u64,
    look: &Look,
) -> String {
    let mut lines = Vec::new();
    for p in projections {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.extend(one(p, report, files, buffer, look));
    }
    print(&lines, look)
}

fn one(p: &Projection, report: &Report, files: &Files, buffer: u64, look: &Look) -> Vec<Line> {
    let quota = quota_of(p);
    let unit = quota.map_or_else(|| Unit::from_word(&p.quota.unit).unwrap_or(Unit::Count), |q| q.unit);
    let head = Line::new()
        .with(Tone::Strong, p.quota.name.as_str())
        .with(Tone::Faint, format!(" · {} {} · {}", p.quota.service, p.quota.code, place(p)));
    let mut lines = head.wrap(look.width, 2);
    let mut say = |word: &str, text: String| {
        let line = Line::new().with(Tone::Faint, format!("  {word:<10} ")).with(Tone::Plain, text);
        lines.extend(line.wrap(look.width, INDENT));
    };
    if let Some(quota) = quota {
        say("counted", counted(quota));
    }
    let mut word = "parts";
    if p.basis == Basis::Live {
        say(word, format!("{} in use, as AWS says", amount(unit, p.before)));
        word = "";
    }
    for part in &p.parts {
        say(word, part_text(part, unit, p.single, report, files));
        word = "";
    }
    let left_out = p.parts_total.saturating_sub(p.parts.len() as u64);
    if left_out > 0 {
        say(word, format!("and {}", several(left_out, "more part")));
        word = "";
    }
    for (name, count) in &p.baselines {
        say(word, format!("{} {name}, made by AWS", amount(unit, *count)));
        word = "";
    }
    if !word.is_empty() {
        say(word, "none".to_owned());
    }
    say(if p.single { "largest" } else { "together" }, sum(p, unit));
    if p.peak != p.count {
        say("peak", format!("{} while it is applied", amount(unit, p.peak)));
    }
    say("limit", limit(p, unit));
    say("verdict", verdict(p, unit));
    let because: Vec<&str> = p.because.iter().map(|c| c.name().as_str()).filter(|n| !n.is_empty()).collect();
    if !because.is_empty() {
        say("because", format!("it depends on {}", list_some(&because, 6)));
    }
    say("basis", basis_text(p.basis).to_owned());
    if let Some(shares) = p.shares.as_ref().filter(|s| !s.tenants.is_empty()) {
        let mut texts: Vec<String> =
            shares.tenants.iter().map(|(name, share)| format!("{name} {}", show(unit, *share))).collect();
        texts.push(format!("shared {}", show(unit, shares.shared)));
        say("whose", texts.join(" + "));
    }
    if p.verdict != Verdict::Within && p.limit.as_ref().is_some_and(|l| l.adjustable != Some(false)) {
        let ask = p.desired(unit, buffer);
        say(
            "ask for",
            format!("{ask}: what is used and {buffer} % more, at least one tenant more, rounded up"),
        );
    }
    lines
}

fn quota_of(p: &Projection) -> Option<&'static Quota> {
    match p.quota.code.is_empty() {
        false => catalog::quota(&p.quota.service, &p.quota.code),
        true => catalog::quotas_by_name(&p.quota.service, &p.quota.name).next(),
    }
}

fn place(p: &Projection) -> String {
    let scope = &p.scope;
    let account = scope.account.as_ref().map_or("the account".to_owned(), |a| format!("account {a}"));
    let mut text = match (&scope.parent, &scope.region) {
        (Some(parent), _) if scope.candidates > 1 => format!("one of {}: {parent}", scope.candidates),
        (Some(parent), _) => parent.to_string(),
        (None, Some(region)) => format!("{account}, {region}"),
        (None, None) => account,
    };
    if let Some(root) = &scope.root {
        text.push_str(&format!(" of {root}"));
    }
    text
}

fn counted(quota: &Quota) -> String {
    let scope = match quota.scope {
        ScopeKind::Account => "in the account, all Regions together".to_owned(),
        ScopeKind::Region => "in each Region of an account".to_owned(),
        ScopeKind::Each(parent) => format!("in each {parent}"),
    };
    let mut types: Vec<&str> = quota.measures.iter().map(|m| m.resource_type).collect();
    types.dedup();
    match types.is_empty() {
        true => format!("{scope}; no resource shows it"),
        false => format!("{scope}; used by {}", list_some(&types, 6)),
    }
}

fn amount(unit: Unit, count: Count) -> String {
    match count.high() {
        Some(high) if high == count.low() => unit.show(high),
        Some(high) => format!("{} to {}", unit.show(count.low()), unit.show(high)),
        None => format!("at least {}", unit.show(count.low())),
    }
}

fn show(unit: Unit, share: Share) -> String {
    match share.exact() {
        Some(n) if n >= 0 => unit.show(n.unsigned_abs()),
        Some(n) => format!("−{}", unit.show(n.unsigned_abs())),
        None => share.to_string(),
    }
}

/// Returns `40 created by aws_connect_queue.q, 40 instances, queues.tf:12`.
fn part_text(part: &Part, unit: Unit, single: bool, report: &Report, files: &Files) -> String {
    let (before, after) = (amount(unit, part.before), amount(unit, part.count));
    let what = match part.change {
        None if part.before.is_zero() => after,
        Some(Change::Keep | Change::Read) => format!("{after} existing"),
        _ if part.before == part.count => format!("{after} existing"),
        _ if part.before.is_zero() => format!("{after} created"),
        _ if part.count.is_zero() => format!("{before} destroyed, 0"),
        _ => format!("{before} so far, then {after}"),
    };
    let mut text = format!("{what} by {}", part.address);
    if let Some(root) = &part.root {
        text.push_str(&format!(" of {root}"));
    }
    if !single {
        let known = part.count.high().is_some() || part.repeat.is_none();
        let instances =
            if known { several(part.instances, "instance") } else { "instances not known".to_owned() };
        text.push_str(&format!(", {instances}"));
    }
    if let Some(span) = part.repeat.or(part.span) {
        let (line, _) = files.get(span.file).line_col(span.start);
        text.push_str(&format!(", {}:{line}", report.origin.path(&files.get(span.file).path)));
    }
    text
}

/// Returns `6 + 1 = 7`; with what AWS says is in use, how both go together.
fn sum(p: &Projection, unit: Unit) -> String {
    let total = amount(unit, p.count);
    let mut counts: Vec<Count> = p.parts.iter().map(|part| part.count).collect();
    if p.single {
        return total;
    }
    let created = p.parts.iter().map(|part| part.count.minus(part.before)).sum::<Count>();
    let destroyed = p.parts.iter().map(|part| part.before.minus(part.count)).sum::<Count>();
    if p.basis == Basis::Live {
        let declared: Count = counts.into_iter().sum();
        // A plan tells what is new; of source alone nobody knows what is in use already.
        let planned = p.parts.iter().any(|part| part.change.is_some());
        return match planned {
            true => format!(
                "{} in use + {} created − {} destroyed = {total}",
                amount(unit, p.before),
                amount(unit, created),
                amount(unit, destroyed)
            ),
            false => format!(
                "{} in use and {} declared, which may be the same ones: {total}",
                amount(unit, p.before),
                amount(unit, declared)
            ),
        };
    }
    counts.extend(p.baselines.iter().map(|(_, count)| *count));
    counts.retain(|c| !c.is_zero());
    const SHOWN: usize = 12;
    if counts.len() < 2 || counts.len() > SHOWN || p.parts_total > p.parts.len() as u64 {
        return total;
    }
    let texts: Vec<String> = counts.iter().map(|c| amount(unit, *c)).collect();
    format!("{} = {total}", texts.join(" + "))
}

fn limit(p: &Projection, unit: Unit) -> String {
    let Some(limit) = &p.limit else { return "nobody tells one".to_owned() };
    let mut facts = vec![amount(unit, Count::new(limit.low, limit.high))];
    facts.push(match limit.origin {
        LimitOrigin::Live => "AWS's own answer".to_owned(),
        LimitOrigin::Snapshot => format!("snapshot of {}", limit.as_of),
        LimitOrigin::Plan => "read by the plan".to_owned(),
        LimitOrigin::Settings => "stated in the settings".to_owned(),
        LimitOrigin::State => "at least what the state holds".to_owned(),
        LimitOrigin::Catalog => format!("AWS's default, {}", limit.confidence.name()),
    });
    if !limit.note.is_empty() {
        facts.push(limit.note.clone());
    }
    facts.extend(match limit.adjustable {
        Some(true) => Some("AWS raises it on request".to_owned()),
        Some(false) => Some("AWS never raises it".to_owned()),
        None => None,
    });
    if limit.assumed {
        facts.push("assumed: the account may have had it raised".to_owned());
    }
    facts.join(" · ")
}

/// Returns the comparison that decides.
fn verdict(p: &Projection, unit: Unit) -> String {
    let (low, high) = (p.count.low(), p.count.high());
    let name = p.verdict.name();
    let Some(limit) = &p.limit else { return format!("{name}: there is nothing to compare with") };
    match (p.verdict, high) {
        (Verdict::Exceeded, _) => {
            let most = limit.high.unwrap_or(limit.low);
            format!(
                "{name}: {} is more than {}, by {}",
                unit.show(low),
                unit.show(most),
                unit.show(low.saturating_sub(most))
            )
        }
        (Verdict::Within, Some(high)) => format!(
            "{name}: {} is not more than {}, {} are free",
            unit.show(high),
            unit.show(limit.low),
            unit.show(limit.low.saturating_sub(high))
        ),
        _ => format!(
            "{name}: {} may be more than {}, or not",
            amount(unit, p.count),
            amount(unit, Count::new(limit.low, limit.high))
        ),
    }
}
