//! What decides whether a finding is new: the base, the baseline, and the revision that both are read from.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use ecow::EcoString;

use super::Gate;
use crate::finding::{Diagnostic, Finding, Level, Severity};
use crate::report::Report;
use crate::rules::{self, GateChange};
use crate::source::{self, Tree};
use crate::suppress::{Baseline, Entry};
use crate::words::several;

/// Reads a file that decides about findings. None: there is none.
///
/// # Errors
/// It is there, and cannot be read: nobody knows what the change does to it.
pub(super) fn guarded(path: &Path, tree: &dyn Tree) -> Result<Option<Vec<u8>>, Box<Diagnostic>> {
    match tree.read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => {
            let shown = path.display().to_string();
            let text = format!("`{shown}` cannot be read: {e}");
            let help = "what this change does to its own gate is not known before it can be read";
            Err(Box::new(Diagnostic::error("Unreadable gate", text, None).help(help).origin(shown)))
        }
    }
}

/// Returns what the change does to the files that a revision guards, and what of them cannot be read.
pub(super) fn changes(
    gate: &Gate,
    guarded: &[PathBuf],
    now: &dyn Tree,
) -> (Vec<GateChange>, Vec<Diagnostic>) {
    let (mut changes, mut problems) = (Vec::new(), Vec::new());
    for path in guarded {
        match change(path, &gate.name, &*gate.tree, now) {
            Ok(change) => changes.extend(change),
            Err(problem) => problems.push(*problem),
        }
    }
    (changes, problems)
}

/// Returns what differs in a file between the revision that counts and what is checked.
///
/// # Errors
/// One of the two cannot be read.
fn change(
    path: &Path,
    revision: &str,
    before: &dyn Tree,
    now: &dyn Tree,
) -> Result<Option<GateChange>, Box<Diagnostic>> {
    let (before, now) = (guarded(path, before)?, guarded(path, now)?);
    if before == now {
        return Ok(None);
    }
    let text =
        |bytes: Option<Vec<u8>>| String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
    let (before, now) = (text(before), text(now));
    let missing = |from: &str, other: &str| -> Vec<String> {
        let mut left: BTreeMap<&str, usize> = BTreeMap::new();
        for line in other.lines().map(str::trim) {
            *left.entry(line).or_insert(0) += 1;
        }
        let lines = from.lines().map(str::trim).filter(|l| !l.is_empty());
        lines
            .filter(|line| match left.get_mut(line) {
                Some(n) if *n > 0 => {
                    *n -= 1;
                    false
                }
                _ => true,
            })
            .map(str::to_owned)
            .collect()
    };
    Ok(Some(GateChange {
        path: path.display().to_string(),
        revision: revision.to_owned(),
        added: missing(&now, &before),
        removed: missing(&before, &now),
    }))
}

/// Says that the base could not be read whole: what is missing in it looks as if the change added it.
pub(super) fn unread_base(name: &str, diagnostics: &[Diagnostic]) -> Option<Diagnostic> {
    let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    let first = errors.first()?;
    let detail =
        format!("{} in `{name}`: {} {}", several(errors.len() as u64, "error"), first.summary, first.detail);
    let help = "what could not be read there looks as if this change added it";
    Some(Diagnostic::warning("The base could not be read whole", detail.trim().to_owned(), None).help(help))
}

/// Puts aside what the base has as well. Tags were compared fault by fault, quotas by their use; the rest by what it says.
pub(super) fn set_aside(report: &mut Report, known: &[Finding]) {
    let known: BTreeSet<(&str, &str)> = known.iter().map(|f| (f.rule, f.message.as_str())).collect();
    let is_old = |f: &Finding| {
        let compared = f.quota.is_some() || f.rule.starts_with("tag-");
        f.rule == "quota-over-already" || (!compared && known.contains(&(f.rule, f.message.as_str())))
    };
    let (old, new) = std::mem::take(&mut report.findings).into_iter().partition(is_old);
    report.findings = new;
    report.older.extend::<Vec<Finding>>(old);
}

/// Reads a baseline.
pub(super) fn read_baseline(path: &Path, tree: &dyn Tree) -> Result<Baseline, Box<Diagnostic>> {
    let shown = path.display().to_string();
    let bytes = tree.read(path).map_err(|e| e.to_string());
    let text = bytes.and_then(|b| String::from_utf8(b).map_err(|_| "it is not UTF-8".to_owned()));
    text.and_then(|text| Baseline::parse(&text)).map_err(|why| {
        let help = source::meant(path, tree)
            .unwrap_or_else(|| format!("write one: `tf-headroom check --write-baseline {shown}`"));
        let problem = Diagnostic::error("Unreadable baseline", format!("`{shown}`: {why}"), None);
        Box::new(problem.help(help).origin(shown))
    })
}

/// Returns a baseline of all that was found.
pub(super) fn baseline_of(report: &Report) -> Baseline {
    let lasting = report.findings.iter().chain(&report.older).filter(|f| f.rule != "gate-changed");
    Baseline::new(lasting.map(|f| entry(report, f)))
}

/// Puts aside what the baseline knows.
pub(super) fn apply(
    baseline: &Baseline,
    path: &Path,
    report: &mut Report,
    levels: &BTreeMap<EcoString, Level>,
) {
    let found = std::mem::take(&mut report.findings);
    let entries = found.into_iter().map(|f| (entry(report, &f), f)).collect();
    // What is older anyway needs its entries as well.
    let older = std::mem::take(&mut report.older);
    let older: Vec<(Entry, Finding)> = older.into_iter().map(|f| (entry(report, &f), f)).collect();
    let lapsed = older.len();
    let all: Vec<(Entry, Finding)> = [older, entries].concat();
    let (new, known) = baseline.split(&path.display().to_string(), all, lapsed);
    report.findings = rules::settle(new, levels);
    report.older = known;
}

fn entry(report: &Report, f: &Finding) -> Entry {
    let projection = report.projection(f);
    let subject = match (&f.quota, &f.key, projection) {
        (Some(q), _, Some(p)) => {
            let text = |t: &Option<EcoString>| t.as_deref().unwrap_or_default().to_owned();
            let scope = [text(&p.scope.account), text(&p.scope.region), text(&p.scope.parent)];
            format!("{} {} {} in {}", q.service, q.code, q.name, scope.join("/"))
        }
        (_, Some(key), _) => key.to_string(),
        _ => f.message.clone(),
    };
    Entry {
        rule: f.rule.to_owned(),
        subject,
        addresses: f.places.iter().filter_map(|p| p.address.clone()).collect(),
        resources: f.places_total,
        r#use: projection.map(|p| p.count.low()),
    }
}
