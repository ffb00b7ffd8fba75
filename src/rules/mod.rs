//! What is a fault, and how grave: one rule per file.
//!
//! In: projections and verdicts on tags. Out: findings, each with a way out. Never here: counting, comparing, reading.

mod quotas;
mod tagging;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ecow::EcoString;

use crate::finding::{Finding, Level, Place, Severity};
use crate::inventory::{MissingModule, StatedLimit};
use crate::projection::{ObservedSource, Projected, Projection, Verdict};
use crate::source::{Files, Span};
use crate::tags::{Schema, TagVerdicts};

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// `quota-exceeded`: names the fault and never changes.
    pub id: &'static str,
    /// How grave its findings are, unless a finding or the settings say otherwise.
    pub severity: Severity,
    /// Its help page.
    pub page: &'static str,
    run: fn(&Context<'_>) -> Vec<Finding>,
}

impl Rule {
    /// What it does: the first sentence of its page.
    pub fn does(&self) -> String {
        let (_, text) = self.page.split_once("## What it does\n").unwrap_or_default();
        let paragraph: Vec<&str> = text.lines().take_while(|l| !l.trim().is_empty()).collect();
        let paragraph = paragraph.join(" ");
        paragraph.split_once(". ").map_or(paragraph.clone(), |(first, _)| format!("{first}."))
    }
}

/// True if no rule has anything to say of a projection, where nobody observed limits or use.
pub fn are_silent(p: &Projection) -> bool {
    p.verdict == Verdict::Within
        && !quota_near::is_near(p)
        && !quota_peak::is_over(p)
        && !service_not_in_region::is_elsewhere(p)
}

/// Declares the rules, each in a file with its page beside it.
macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        /// All rules, by id.
        pub static RULES: &[Rule] = &[$(
            Rule {
                id: $name::ID,
                severity: $name::SEVERITY,
                page: include_str!(concat!(stringify!($name), ".md")),
                run: $name::run,
            },
        )*];
    };
}

rules![
    allow_unused,
    apply_rate,
    exemption_expired,
    gate_changed,
    limits_fallback,
    module_missing,
    override_contradicted,
    plan_partial,
    policy_type_unknown,
    quota_code_unknown,
    quota_default_exceeded,
    quota_exceeded,
    quota_near,
    quota_over_already,
    quota_peak,
    quota_undecided,
    service_not_in_region,
    snapshot_stale,
    tag_format,
    tag_key_case,
    tag_key_unknown,
    tag_limit,
    tag_missing,
    tag_not_passed,
    tag_undecided,
    tag_unstable,
    tag_value,
    usage_below_state,
];

/// A file that decides about findings, and that the change edits: it is read as it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateChange {
    pub path: String,
    /// The revision that counts.
    pub revision: String,
    /// Lines that the change adds and removes, without blanks around them.
    pub added: Vec<String>,
    pub removed: Vec<String>,
}

/// Everything that rules look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub projected: &'a Projected,
    /// What the settings state of limits, by the index that [`Projected`] uses.
    pub stated: &'a [StatedLimit],
    /// Where observed limits come from. None: nobody was asked.
    pub observed: Option<&'a ObservedSource>,
    pub tags: &'a TagVerdicts,
    pub schema: &'a Schema,
    pub files: &'a Files,
    /// Modules that are not on disk.
    pub missing: &'a [MissingModule],
    /// Inputs that are not whole, and why.
    pub partial: &'a [(String, String)],
    /// What the change does to the files that it is judged by.
    pub gate: &'a [GateChange],
    /// Per cent of headroom that is asked for.
    pub buffer: u64,
    /// Judges what the change leaves as it is, too.
    pub all: bool,
    /// True if a comment in the source allows this rule's fault at this place.
    pub allows: &'a dyn Fn(&'static str, Span) -> bool,
}

/// Returns the ids of all rules.
pub fn ids() -> Vec<&'static str> {
    RULES.iter().map(|r| r.id).collect()
}

/// Returns the rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.id == id)
}

/// Runs every rule that the settings do not turn off; the gravest findings come first, then by rule and message.
pub fn run(context: &Context<'_>, levels: &BTreeMap<EcoString, Level>) -> Vec<Finding> {
    let found = RULES
        .iter()
        .filter(|r| levels.get(r.id) != Some(&Level::Off))
        .flat_map(|r| (r.run)(context))
        .filter(|f| !is_allowed(context, f))
        .collect();
    settle(found, levels)
}

/// Returns the faults of tags that the change does not make: what [`run`] leaves out unless all is asked for.
pub fn older(context: &Context<'_>, levels: &BTreeMap<EcoString, Level>) -> Vec<Finding> {
    let mut tags = context.tags.clone();
    tags.faults.retain(|f| f.existing);
    if tags.faults.is_empty() {
        return Vec::new();
    }
    let context = Context { tags: &tags, all: true, ..*context };
    let of_tags = RULES.iter().filter(|r| r.id.starts_with("tag-") && levels.get(r.id) != Some(&Level::Off));
    settle(of_tags.flat_map(|r| (r.run)(&context)).collect(), levels)
}

/// Gives findings the severity that the settings say, drops what they turn off, and sorts.
///
/// For findings that other rooms make (`suppress`); [`run`] does it by itself.
pub fn settle(mut found: Vec<Finding>, levels: &BTreeMap<EcoString, Level>) -> Vec<Finding> {
    found.retain_mut(|f| match levels.get(f.rule) {
        None => true,
        Some(Level::Off) => false,
        Some(Level::At(severity)) => {
            f.severity = *severity;
            true
        }
    });
    found.sort_by(|a, b| {
        (b.severity, a.rule, &a.message, a.identity()).cmp(&(a.severity, b.rule, &b.message, b.identity()))
    });
    found
}

/// A comment at the first place, where the finding points, silences the whole; faults of tags were asked about one by one.
fn is_allowed(context: &Context<'_>, finding: &Finding) -> bool {
    let Some(place) = finding.places.first().filter(|_| !finding.rule.starts_with("tag-")) else {
        return false;
    };
    let projection = finding.quota.as_ref().and_then(|q| context.projected.projections.get(q.projection));
    let head = projection
        .and_then(|p| p.parts.iter().find(|part| place.address.as_deref() == Some(&*part.address)))
        .and_then(|part| part.span);
    place.span.into_iter().chain(head).any(|span| (context.allows)(finding.rule, span))
}

/// A finding with nothing but its message.
fn finding(rule: &'static str, severity: Severity, message: impl Into<String>) -> Finding {
    Finding {
        rule,
        severity,
        message: message.into(),
        notes: Vec::new(),
        help: None,
        quota: None,
        key: None,
        places: Vec::new(),
        places_total: 0,
        written: Vec::new(),
        roots: Vec::new(),
    }
}

/// Points a finding at one place.
fn at(mut finding: Finding, address: Option<String>, span: Option<Span>) -> Finding {
    if address.is_some() || span.is_some() {
        finding.places = vec![Place { address, span, label: None }];
        finding.places_total = 1;
    }
    finding
}
