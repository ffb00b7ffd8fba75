//! What is wrong with the tags of one instance.

use std::collections::BTreeMap;

use ecow::{EcoString, eco_format};

use super::asked::{Asked, Known, is_asked, known};
use super::aws::{alike, refusals};
use super::effective::{Effective, EffectiveTag, Origin, left_alone};
use super::found::Fault;
use super::judge::Block;
use super::reach::{Reach, reach};
use super::schema::{Schema, TagRule};
use super::services::{self, Service};
use super::trace::Trace;
use super::verdict::{Coverage, FaultKind};
use crate::inventory::{Instance, Inventory, OtherTags, ProviderConfig, TagValue};
use crate::source::Span;
use crate::value::{Cause, CauseKind};
use crate::words::{glob, list, nearest};

/// An instance that is being judged.
#[derive(Clone, Copy)]
pub(super) struct Judged<'a> {
    /// Where faults are told of; None: at its tags.
    pub(super) at: Option<Span>,
    pub(super) instance: &'a Instance,
    pub(super) provider: Option<&'a ProviderConfig>,
    /// Whether default_tags reach it.
    pub(super) reached: bool,
    pub(super) input: usize,
    pub(super) existing: bool,
    pub(super) count: u64,
    pub(super) inventory: &'a Inventory,
    pub(super) schema: &'a Schema,
    pub(super) trace: Option<&'a dyn Trace>,
}

pub(super) fn faults(
    judged: &Judged<'_>,
    block: &Block<'_>,
    tags: &Effective<'_>,
    coverage: &mut BTreeMap<EcoString, Coverage>,
) -> Vec<Fault> {
    let mut found = of_aws(&judged.instance.address.block.ty, block.service, tags);
    unstable(judged, tags, &mut found);
    for rule in &block.rules {
        let seen = coverage_of(coverage, rule);
        if block.exempt.contains(&rule.key) {
            if let Some(seen) = seen {
                seen.exempt += judged.count;
            }
            continue;
        }
        let asked = is_asked(rule, judged, block, tags);
        match (tags.get(&rule.key), asked) {
            (_, Asked::No) => {}
            (Some(tag), asked) => {
                if let Some(seen) = seen {
                    seen.with += judged.count;
                }
                value_faults(rule, judged, tag, &asked, &mut found);
            }
            (None, asked) if rule.required => {
                let doubt = match asked {
                    Asked::Maybe(cause) => Some(cause),
                    Asked::Yes | Asked::No => {
                        tags.open.clone().or_else(|| left_alone(judged.instance, judged.provider, &rule.key))
                    }
                };
                let seen = seen.expect("bug: a required key without coverage");
                match doubt {
                    Some(cause) => {
                        seen.undecided += judged.count;
                        found.push(undecided(&rule.key, "may be missing", cause));
                    }
                    None => {
                        seen.without += judged.count;
                        found.push(missing(rule, tags));
                    }
                }
            }
            (None, asked) => {
                let same = |t: &&EffectiveTag<'_>| t.key.to_lowercase() == rule.key.to_lowercase();
                if let Some(tag) = tags.entries.iter().find(same).filter(|_| matches!(asked, Asked::Yes)) {
                    let what = format!("is spelt `{}` in the settings", rule.key);
                    found.push(Fault { severity: rule.severity, ..Fault::of(FaultKind::KeyCase, tag, what) });
                }
            }
        }
    }
    found.sort_by(|a, b| (a.kind, &a.key, &a.what).cmp(&(b.kind, &b.key, &b.what)));
    // Several rules may ask the same of one key.
    found.dedup_by(|a, b| (a.kind, &a.key, &a.what, &a.cause) == (b.kind, &b.key, &b.what, &b.cause));
    found
}

/// Judges tags that are written in another shape: for what the resource makes besides itself.
pub(super) fn other_faults(judged: &Judged<'_>, block: &Block<'_>, other: &OtherTags) -> Vec<Fault> {
    let ty = &judged.instance.address.block.ty;
    let versions = judged.provider.and_then(|p| judged.inventory.versions.get(&p.name));
    let reached = reach(ty, &other.shape, versions);
    let mut tags = Effective::default();
    tags.add_under(&other.tags, Origin::Resource);
    if let (Reach::Yes, Some(provider)) = (&reached, judged.provider) {
        tags.add_under(&provider.default_tags, Origin::Default);
    }
    let mut found = of_aws(ty, services::of_type(ty), &tags);
    unstable(judged, &tags, &mut found);
    for rule in block.rules.iter().filter(|r| !block.exempt.contains(&r.key)) {
        let asked = is_asked(rule, judged, block, &tags);
        match tags.get(&rule.key) {
            _ if matches!(asked, Asked::No) => {}
            Some(tag) => value_faults(rule, judged, tag, &asked, &mut found),
            None if rule.required => {
                let by_default = || {
                    judged.provider.is_some_and(|p| {
                        p.default_tags.open.is_some() || p.default_tags.get(&rule.key).is_some()
                    })
                };
                let doubt = match asked {
                    Asked::Maybe(cause) => Some(cause),
                    Asked::Yes | Asked::No => tags.open.clone().or_else(|| match &reached {
                        Reach::Open(text) if by_default() => {
                            Some(Cause::new(CauseKind::Unstated, text.clone(), other.span))
                        }
                        Reach::Open(_) | Reach::Yes | Reach::No => None,
                    }),
                };
                found.push(match doubt {
                    Some(cause) => undecided(&rule.key, "may be missing", cause),
                    None => missing(rule, &tags),
                });
            }
            None => {}
        }
    }
    // What default_tags say is told once, of the resource itself.
    found.retain(|fault| fault.origin != Origin::Default);
    found
}

fn coverage_of<'a>(
    coverage: &'a mut BTreeMap<EcoString, Coverage>,
    rule: &TagRule,
) -> Option<&'a mut Coverage> {
    if !rule.required {
        return None;
    }
    if !coverage.contains_key(&rule.key) {
        coverage.insert(rule.key.clone(), Coverage::default());
    }
    coverage.get_mut(&rule.key)
}

fn of_aws(ty: &str, service: &Service, tags: &Effective<'_>) -> Vec<Fault> {
    let mut found: Vec<Fault> = refusals(ty, service, tags)
        .into_iter()
        .map(|r| Fault {
            origin: tags.get(&r.key).map_or(Origin::Resource, |t| t.origin),
            ..Fault::new(FaultKind::Limit, &r.key, r.what)
        })
        .collect();
    found.extend(tags.twice.iter().map(|key| {
        let what = "is in the list more than once, and only one of them counts";
        Fault::new(FaultKind::Limit, key, what)
    }));
    for keys in alike(tags) {
        let others: Vec<String> = keys[1..].iter().map(|k| format!("`{k}`")).collect();
        let what = format!("and {} differ only by case", list(&others));
        found.push(Fault::new(FaultKind::KeyCase, keys[0], what));
    }
    found
}

/// Finds values that a function makes anew on every plan.
fn unstable(judged: &Judged<'_>, tags: &Effective<'_>, found: &mut Vec<Fault>) {
    for tag in &tags.entries {
        if let TagValue::Unknown(cause) = tag.value
            && cause.kind() == CauseKind::Function
            && left_alone(judged.instance, judged.provider, tag.key).is_none()
        {
            let mut fault = Fault::of(FaultKind::Unstable, tag, "changes on every plan");
            fault.cause = Some(cause.clone());
            found.push(fault);
        }
    }
}

fn value_faults(
    rule: &TagRule,
    judged: &Judged<'_>,
    tag: &EffectiveTag<'_>,
    asked: &Asked,
    found: &mut Vec<Fault>,
) {
    if !rule.asks_of_value() {
        return;
    }
    let value = match tag.value {
        TagValue::Known(value) | TagValue::Sensitive(value) => value,
        TagValue::Unknown(cause) => {
            // What changes on every plan is a fault of its own.
            if cause.kind() != CauseKind::Function {
                found.push(Fault {
                    origin: tag.origin,
                    ..undecided(tag.key, "has a value that is not known", cause.clone())
                });
            }
            return;
        }
        TagValue::Null => return,
    };
    let from = found.len();
    if !rule.allowed.is_empty() && !rule.allowed.iter().any(|a| glob(a, value, None)) {
        let allowed: Vec<String> = rule.allowed.iter().map(|a| format!("`{a}`")).collect();
        let mut fault = Fault::of(FaultKind::Value, tag, format!("is not one of {}", list(&allowed)));
        if matches!(tag.value, TagValue::Known(_)) {
            fault.hint = nearest(value, rule.allowed.iter().map(EcoString::as_str))
                .map(|n| eco_format!("did you mean `{n}`?"));
        }
        found.push(fault);
    }
    if let Some(pattern) = &rule.pattern
        && !pattern.is_match(value)
    {
        found.push(Fault::of(FaultKind::Format, tag, format!("does not match `{pattern}`")));
    }
    if !rule.formats.is_empty() && !rule.formats.iter().any(|f| f.matches(value)) {
        let names: Vec<String> =
            rule.formats.iter().map(|f| format!("{} (`{}`)", f.name(), f.example())).collect();
        found.push(Fault::of(FaultKind::Format, tag, format!("is not {}", names.join(" or "))));
    }
    if let Some(fact) = rule.equals {
        match known(fact, judged) {
            Known::Is(expected) if expected != *value => {
                let mut fault = Fault::of(FaultKind::Value, tag, format!("is not {}", fact.text()));
                fault.hint =
                    matches!(tag.value, TagValue::Known(_)).then(|| eco_format!("it has to be `{expected}`"));
                found.push(fault);
            }
            Known::Is(_) | Known::Nothing => {}
            Known::Open(cause) => found.push(undecided(tag.key, "may have a wrong value", cause)),
        }
    }
    for fault in &mut found[from..] {
        fault.severity = rule.severity;
    }
    if let Asked::Maybe(cause) = asked
        && found.len() > from
    {
        // Whether it is asked at all depends on a tag that is not known.
        found.truncate(from);
        found.push(undecided(tag.key, "may have a wrong value", cause.clone()));
    }
}

fn missing(rule: &TagRule, tags: &Effective<'_>) -> Fault {
    let key = &rule.key;
    let mut fault = Fault::new(FaultKind::Missing, key, "is missing");
    (fault.severity, fault.default, fault.general) = (rule.severity, rule.default.clone(), rule.is_general());
    let others = || tags.entries.iter().map(|t| t.key.as_str());
    fault.hint = match others().find(|other| is_same_but_for_case(key, other)) {
        Some(near) if near.eq_ignore_ascii_case(key) => {
            Some(eco_format!("`{near}` is there: keys are case-sensitive"))
        }
        Some(near) => Some(eco_format!("`{near}` is there: is it meant to be `{key}`?")),
        // Asked of every resource without the key, so only of what can be a misspelling at all.
        None => nearest(key, others().filter(|other| begins_alike(key, other)))
            .map(|near| eco_format!("`{near}` is there: is it meant to be `{key}`?")),
    };
    fault
}

/// True for `CostCenter`, `cost-center` and `cost_center`.
fn is_same_but_for_case(a: &str, b: &str) -> bool {
    let plain = |c: &char| c.is_alphanumeric();
    let (a, b) = (a.chars().filter(plain), b.chars().filter(plain));
    a.flat_map(char::to_lowercase).eq(b.flat_map(char::to_lowercase))
}

fn begins_alike(a: &str, b: &str) -> bool {
    let first = |text: &str| text.chars().next().map(|c| c.to_ascii_lowercase());
    a.len().abs_diff(b.len()) <= 2 && first(a) == first(b)
}

pub(super) fn undecided(key: &EcoString, what: &str, cause: Cause) -> Fault {
    Fault { cause: Some(cause), ..Fault::new(FaultKind::Undecided, key, what) }
}
