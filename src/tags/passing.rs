//! Required tags that do not reach what AWS makes for a resource: its tasks, volumes, snapshots.

use ecow::EcoString;

use super::asked::{Asked, is_asked};
use super::effective::{Effective, Origin, of_both};
use super::faults::{Judged, undecided};
use super::found::Fault;
use super::judge::Block;
use super::reach::{Reach, reach};
use super::verdict::FaultKind;
use crate::catalog;
use crate::finding::Severity;
use crate::inventory::{Lent, Made, TagValue, Tags};
use crate::value::{Cause, CauseKind};

/// Whether a tag reaches objects.
enum Reaches {
    Yes,
    No,
    Maybe(Cause),
}

/// Returns the required keys that do not reach objects. `own`: the resource's tags; None: it takes none.
///
/// A key that the resource itself, or the launch template that it uses, lacks is told there.
pub(super) fn not_passed(
    judged: &Judged<'_>,
    block: &Block<'_>,
    own: Option<&Effective<'_>>,
    made: &Made,
) -> Vec<Fault> {
    let row = &catalog::all_passing()[made.row];
    let mut found: Vec<Fault> = Vec::new();
    let none = Effective::default();
    let rules = block.rules.iter().filter(|r| r.required && !block.exempt.contains(&r.key));
    for rule in rules.filter(|r| own.is_none_or(|tags| tags.get(&r.key).is_some())) {
        let doubt = match (
            is_asked(rule, judged, block, own.unwrap_or(&none)),
            reaches(judged, own, made, &rule.key),
        ) {
            (Asked::No, _) | (_, Reaches::Yes) => continue,
            (_, Reaches::Maybe(cause)) | (Asked::Maybe(cause), Reaches::No) => Some(cause),
            (Asked::Yes, Reaches::No) => None,
        };
        let fault = match doubt {
            Some(cause) => undecided(&rule.key, &format!("may not reach {}", row.what), cause),
            None => Fault {
                hint: Some(row.repair.into()),
                // Settings that make a missing tag graver do not speak of this.
                severity: rule.severity.filter(|s| *s < Severity::Warning),
                ..Fault::new(FaultKind::NotPassed, &rule.key, format!("does not reach {}", row.what))
            },
        };
        // Several blocks may ask for one key.
        if !found.iter().any(|f| f.key == fault.key) {
            found.push(fault);
        }
    }
    found
}

fn reaches(judged: &Judged<'_>, own: Option<&Effective<'_>>, made: &Made, key: &EcoString) -> Reaches {
    let row = &catalog::all_passing()[made.row];
    if has(&made.added, key) {
        return Reaches::Yes;
    }
    // A list that is judged by itself is told by itself.
    let judged_there = catalog::taggable(row.resource_type).is_some_and(|t| {
        row.adds.iter().any(|adds| {
            let path: Vec<&str> = row.block.iter().chain(*adds).copied().collect();
            t.also.contains(&&path[..])
        })
    });
    if judged_there && !made.added.entries.is_empty() {
        return Reaches::Yes;
    }
    let mut doubt = made.open.clone().or_else(|| made.added.open.clone());
    if let Some(lent) = &made.lent {
        let all: Vec<Reaches> = lent.iter().map(|one| lends(judged, one, key)).collect();
        if !all.is_empty() && all.iter().all(|one| matches!(one, Reaches::Yes)) {
            return Reaches::Yes;
        }
        for one in all {
            match one {
                Reaches::Maybe(cause) => doubt = doubt.or(Some(cause)),
                Reaches::Yes => {
                    let text = format!("which {} it uses", row.of);
                    doubt = doubt.or_else(|| Some(Cause::new(CauseKind::Unstated, text, made.span)));
                }
                Reaches::No => {}
            }
        }
    }
    if !row.defaults.is_empty()
        && let Some(provider) = judged.provider
        && (provider.default_tags.open.is_some() || has(&provider.default_tags, key))
    {
        let versions = judged.inventory.versions.get(&provider.name);
        match reach(&judged.instance.address.block.ty, row.defaults, versions) {
            Reach::Yes if has(&provider.default_tags, key) => return Reaches::Yes,
            Reach::Yes => doubt = doubt.or_else(|| provider.default_tags.open.clone()),
            Reach::Open(text) => {
                doubt = doubt.or_else(|| Some(Cause::new(CauseKind::Unstated, text, made.span)));
            }
            Reach::No => {}
        }
    }
    // The resource that sets the tag on the group says whether it is passed on as well.
    let attached = own.and_then(|tags| tags.get(key)).is_some_and(|t| t.origin == Origin::Attached);
    if row.launched && attached {
        let text = "whether the resource that sets it passes it on";
        doubt = doubt.or_else(|| Some(Cause::new(CauseKind::Unstated, text, made.span)));
    }
    doubt.map_or(Reaches::No, Reaches::Maybe)
}

fn has(tags: &Tags, key: &str) -> bool {
    tags.get(key).is_some_and(|value| *value != TagValue::Null)
}

fn lends(judged: &Judged<'_>, lent: &Lent, key: &str) -> Reaches {
    match lent {
        // What such a list lacks is told of the launch template.
        Lent::Part(Some(_)) => Reaches::Yes,
        Lent::Part(None) => Reaches::No,
        Lent::Own { ty, tags, tags_all, provider } => {
            let reached = catalog::taggable(ty).is_some_and(|t| t.tags_all);
            let provider = judged.inventory.providers.get(provider.0 as usize).filter(|_| reached);
            let tags = of_both(tags.as_deref(), tags_all.as_deref(), provider);
            match (tags.get(key), &tags.open) {
                (Some(_), _) => Reaches::Yes,
                (None, Some(cause)) => Reaches::Maybe(cause.clone()),
                (None, None) => Reaches::No,
            }
        }
    }
}
