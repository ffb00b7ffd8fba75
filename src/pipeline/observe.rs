//! What AWS tells of limits and use: from a snapshot, or asked now for what the inputs use.

use std::path::Path;

use ecow::EcoString;

use super::read::Content;
use super::{Ask, Quotas, Read};
use crate::config::Settings;
use crate::date::Date;
use crate::finding::Diagnostic;
use crate::inventory::{Inventory, StatedAccount};
use crate::projection::{self, LimitOrigin, Limits, Observed, Projector, Root, Want};
use crate::snapshot::{self, Snapshot};
use crate::source::{self, Tree};

/// Reads a snapshot; what is wrong with it is told, and nothing of it is used then.
pub(super) fn from_file(
    path: &Path,
    today: Date,
    settings: &Settings,
    tree: &dyn Tree,
    diagnostics: &mut Vec<Diagnostic>,
) -> Observed {
    let name = path.display().to_string();
    match load(path, tree) {
        Ok(snapshot) => snapshot.observed(LimitOrigin::Snapshot, &name, Some(today), settings.snapshot_days),
        Err(problem) => {
            diagnostics.push(*problem);
            Observed::default()
        }
    }
}

/// Reads the file of a snapshot.
///
/// # Errors
/// What is wrong with it.
pub fn load(path: &Path, tree: &dyn Tree) -> Result<Snapshot, Box<Diagnostic>> {
    let name = path.display().to_string();
    let summary = "Unusable snapshot";
    let bytes = tree.read(path).map_err(|e| {
        let mut problem =
            Diagnostic::error(summary, format!("`{name}` cannot be read: {e}"), None).origin(name.clone());
        problem.help = source::meant(path, tree);
        problem
    })?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Box::new(Diagnostic::error(summary, format!("`{name}`: it is not UTF-8"), None).origin(name.clone()))
    })?;
    snapshot::parse(&text).map_err(|error| {
        let problem = Diagnostic::error(summary, format!("`{name}`: {error}"), None).origin(name);
        Box::new(problem.help(error.help()))
    })
}

/// Fills in what a snapshot or AWS tells of what one input uses.
pub fn fill(
    limits: &mut Limits,
    quotas: &Quotas,
    (inventory, root): (&Inventory, &Root),
    settings: &Settings,
    tree: &dyn Tree,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let today = limits.today.unwrap_or(Date::from_unix(0));
    match quotas {
        Quotas::Catalog => {}
        Quotas::File(path) => limits.observed = from_file(path, today, settings, tree, diagnostics),
        Quotas::Live { only, ask } => {
            let options =
                projection::Options { accounts: settings.accounts.clone(), ..projection::Options::default() };
            let mut projector = Projector::new(Limits::default(), options);
            projector.add(inventory, root);
            limits.defaults = !only;
            (limits.observed, _) = from_aws(&projector.wants(), settings, *only, ask, today, diagnostics);
        }
    }
}

/// Asks AWS for what the inputs use; returns what it answered as well.
pub(super) fn from_aws(
    wants: &[Want],
    settings: &Settings,
    only: bool,
    ask: &Ask,
    today: Date,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Observed, Snapshot) {
    let snapshot = ask(wants, &settings.accounts);
    let observed = snapshot.observed(LimitOrigin::Live, "", Some(today), settings.snapshot_days);
    let failures = observed.source.iter().flat_map(|s| &s.failures);
    if only {
        // What failed for one reason in one place is one error.
        let mut told: Vec<(&str, String, &str, Vec<String>)> = Vec::new();
        for f in failures {
            let joined = |of: &[&str]| -> String {
                of.iter().copied().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ")
            };
            let text = |t: &'_ Option<EcoString>| t.as_deref().unwrap_or_default().to_owned();
            let place = joined(&[&text(&f.account), &text(&f.region)]);
            let of = joined(&[&f.service, &f.code]);
            match told.iter_mut().find(|t| (t.0, t.1.as_str(), t.2) == (&f.what, &place, &f.why)) {
                Some((.., all)) => all.push(of),
                None => told.push((&f.what, place, &f.why, vec![of])),
            }
        }
        diagnostics.extend(told.into_iter().map(|(what, place, why, of)| {
            let of: Vec<String> = of.into_iter().filter(|t| !t.is_empty()).collect();
            let of = if of.is_empty() { place } else { format!("{place} {}", of.join(", ")) };
            let detail = format!("{what} of {}: {why}", of.trim());
            let help = "without `live-only` the catalog's defaults would count, and be told as such";
            Diagnostic::error("AWS did not tell", detail, None).help(help)
        }));
    }
    (observed, snapshot)
}

/// Returns what the inputs use, by account and Region.
pub(super) fn wants(
    inputs: &[Read],
    accounts: &[StatedAccount],
    known_as: &dyn Fn(&str) -> String,
) -> Vec<Want> {
    let options = projection::Options { accounts: accounts.to_vec(), ..projection::Options::default() };
    let mut projector = Projector::new(Limits::default(), options);
    for input in inputs {
        let account = input.job.as_ref().and_then(|t| t.account.clone());
        let root = Root { name: input.path.clone(), path: known_as(&input.folder), account };
        let Content::Whole(inventory) = &input.content else {
            panic!("bug: an input whose instances are still to be made");
        };
        projector.add(inventory, &root);
    }
    projector.wants()
}
