//! What findings about tags have in common: grouping, places, where they are mended best.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

use super::{Context, finding};
use crate::finding::{Finding, Place, Severity, Written};
use crate::source::{Files, Span};
use crate::tags::{FaultKind, Mends, Origin, TagFault};
use crate::words::{list_some, several};

/// How many places a finding keeps.
const PLACES_KEPT: usize = 50;

/// How many places where tags are written a finding shows.
const PLACES_SHOWN: usize = 3;

/// How many different values a finding shows.
const VALUES_SHOWN: usize = 5;

/// Returns the faults of a kind that are to be told, those that say the same together.
pub(super) fn groups<'a>(
    context: &Context<'a>,
    rule: &'static str,
    kind: FaultKind,
) -> Vec<Vec<&'a TagFault>> {
    let mut groups: BTreeMap<(&str, &str, Option<Severity>), Vec<&TagFault>> = BTreeMap::new();
    for fault in told(context, rule, kind) {
        groups.entry((&fault.key, &fault.what, fault.severity)).or_default().push(fault);
    }
    groups.into_values().collect()
}

/// Returns the faults of a kind that the change makes, and no comment allows.
pub(super) fn told<'a>(
    context: &Context<'a>,
    rule: &'static str,
    kind: FaultKind,
) -> impl Iterator<Item = &'a TagFault> {
    let (all, allows) = (context.all, context.allows);
    context
        .tags
        .faults
        .iter()
        .filter(move |f| f.kind == kind && (all || !f.existing))
        .filter(move |f| !f.span.into_iter().chain(f.head).any(|span| allows(rule, span)))
}

/// Makes a finding of faults that say the same, of one value or of several.
pub(super) fn report(
    context: &Context<'_>,
    rule: &'static str,
    severity: Severity,
    faults: &[&TagFault],
) -> Finding {
    let first = faults[0];
    let total = instances(faults);
    let mut values: Vec<Option<&EcoString>> = faults.iter().map(|f| f.value.as_ref()).collect();
    values.sort();
    values.dedup();
    let subject = match values.as_slice() {
        _ if first.key.is_empty() => String::new(),
        [Some(value)] => format!("`{} = \"{}\"` ", first.key, shortened(value)),
        _ => format!("`{}` ", first.key),
    };
    let comma = if first.kind == FaultKind::Missing { "" } else { "," };
    let message = format!("{subject}{}{comma} on {}", first.what, on(faults, total));
    let mut found = finding(rule, first.severity.unwrap_or(severity), message);
    if values.len() > 1 {
        let shown: Vec<String> = values.iter().flatten().map(|v| format!("`{}`", shortened(v))).collect();
        let more = if values[0].is_none() { " and others" } else { "" };
        found.notes.push(("values", format!("{}{more}", list_some(&shown, VALUES_SHOWN))));
    }
    found.key = (!first.key.is_empty()).then(|| first.key.clone());
    // What is meant by all of them, if it is the same.
    let same = faults.iter().all(|f| f.hint == first.hint);
    found.help = first.hint.as_ref().filter(|_| same).map(EcoString::to_string);
    (found.places, found.places_total) = (places(faults), total);
    found.roots = roots(faults);
    found.written = written(context.files, faults);
    found
}

/// Returns where tags are written that come from elsewhere than the line a finding points at: where the most are mended, first.
pub(super) fn written(files: &Files, faults: &[&TagFault]) -> Vec<Written> {
    let mut by_place: BTreeMap<Span, Written> = BTreeMap::new();
    for fault in faults {
        for place in &fault.written {
            // What stands where the finding points is told already.
            if fault.span.is_some_and(|s| line(files, s) == line(files, place.span)) {
                continue;
            }
            let through = place.through.clone();
            let new = || Written { span: place.span, through, resources: 0 };
            by_place.entry(place.span).or_insert_with(new).resources += fault.instances;
        }
    }
    let mut found: Vec<Written> = by_place.into_values().collect();
    let place = |span: Span| (files.get(span.file).path.clone(), span.start);
    found.sort_by_cached_key(|w| (std::cmp::Reverse(w.resources), place(w.span)));
    found.truncate(PLACES_KEPT);
    found
}

/// Adds to what is to be done where it is done.
pub(super) fn and_where(found: &mut Finding, files: &Files) {
    if found.written.is_empty() {
        return;
    }
    let several = found.written.len() > 1;
    let texts: Vec<String> = found
        .written
        .iter()
        .map(|w| {
            let through =
                if w.through.is_empty() { String::new() } else { format!(" ({})", w.through.join(", ")) };
            let much = if several { format!(" for {}", w.resources) } else { String::new() };
            format!("{}{through}{much}", line(files, w.span))
        })
        .collect();
    let place = format!("it is written at {}", list_some(&texts, PLACES_SHOWN));
    found.help = Some(match found.help.take() {
        Some(help) => format!("{help}; {place}"),
        None => place,
    });
}

/// Returns the inputs that the faults are in.
pub(super) fn roots(faults: &[&TagFault]) -> Vec<EcoString> {
    let roots: BTreeSet<&EcoString> = faults.iter().filter_map(|f| f.root.as_ref()).collect();
    roots.into_iter().cloned().collect()
}

/// Returns how many instances the faults have.
pub(super) fn instances(faults: &[&TagFault]) -> u64 {
    faults.iter().map(|f| f.instances).sum()
}

/// Returns `aws_sqs_queue.q`, `104 resources (aws_connect_queue.tenant)`, `130 resources of 7 blocks`.
pub(super) fn on(faults: &[&TagFault], total: u64) -> String {
    let blocks = blocks(faults);
    match (total, blocks.as_slice()) {
        (1, _) if faults[0].origin != Origin::Default => faults[0].example.clone(),
        (_, blocks) if blocks.len() <= 3 => {
            format!("{} ({})", several(total, "resource"), list_some(blocks, 3))
        }
        (_, blocks) => format!("{} of {} blocks", several(total, "resource"), blocks.len()),
    }
}

fn blocks(faults: &[&TagFault]) -> Vec<String> {
    let mut blocks: Vec<String> = faults.iter().map(|f| f.block.clone()).collect();
    blocks.sort();
    blocks.dedup();
    blocks
}

/// Returns one place for each block, the one with the most instances first.
pub(super) fn places(faults: &[&TagFault]) -> Vec<Place> {
    let mut by_place: BTreeMap<(&str, Option<&EcoString>, Option<Span>), u64> = BTreeMap::new();
    for fault in faults {
        *by_place.entry((&fault.block, fault.root.as_ref(), fault.span)).or_insert(0) += fault.instances;
    }
    let mut sorted: Vec<_> = by_place.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.0.cmp(b.0.0)));
    sorted
        .into_iter()
        .take(PLACES_KEPT)
        .map(|((block, _, span), n)| Place {
            address: Some(block.to_owned()),
            span,
            label: (n > 1).then(|| several(n, "resource")),
        })
        .collect()
}

/// Says where a missing key is added once for the most resources.
pub(super) fn mend(context: &Context<'_>, faults: &[&TagFault]) -> Option<String> {
    let total = instances(faults);
    let mut by_provider: BTreeMap<&Mends, u64> = BTreeMap::new();
    for fault in faults {
        if let Some(mends) = &fault.mends {
            *by_provider.entry(mends).or_insert(0) += fault.instances;
        }
    }
    let best = by_provider.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)));
    let Some((mends, n)) = best.filter(|_| total > 1) else {
        return Some(match faults[0].span {
            Some(span) => format!("add it to the tags, {}", line(context.files, span)),
            None => "add it to the tags".into(),
        });
    };
    let much = if n == total { format!("mends all {total}") } else { format!("mends {n} of {total}") };
    Some(match (mends.default_tags, mends.span) {
        (Some(span), _) => format!("add it to default_tags, {}: {much}", line(context.files, span)),
        (None, Some(span)) => format!(
            "add `default_tags {{ tags = {{ … }} }}` to the provider, {}: {much}",
            line(context.files, span)
        ),
        (None, None) => format!("add it to default_tags of {}: {much}", mends.provider),
    })
}

/// Returns `providers.tf:5`.
pub(super) fn line(files: &Files, span: Span) -> String {
    let at = files.locate(span);
    format!("{}:{}", at.path, at.line)
}

/// Values are shown, but nobody reads a page of one.
fn shortened(value: &str) -> String {
    const MOST: usize = 60;
    let shown: String = value.chars().take(MOST).flat_map(char::escape_debug).collect();
    if value.chars().nth(MOST).is_some() { format!("{shown}…") } else { shown }
}
