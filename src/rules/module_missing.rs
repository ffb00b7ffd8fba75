//! `module-missing`: a module is not on disk, so what it declares is in no count.

use super::{Context, finding};
use crate::finding::{Finding, Place, Severity};
use crate::inventory::MissingModule;
use crate::words::list_some;

pub(super) const ID: &str = "module-missing";
pub(super) const SEVERITY: Severity = Severity::Warning;

/// How many modules the message names.
const NAMED: usize = 2;

/// Returns one finding for all modules that are to be fetched, one for all whose source is not known, and one for each that
/// lies nowhere.
pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let told: Vec<&MissingModule> =
        context.missing.iter().filter(|m| !(context.allows)(ID, m.span)).collect();
    let (open, told): (Vec<&MissingModule>, Vec<_>) = told.into_iter().partition(|m| m.source.is_none());
    let (local, remote): (Vec<&MissingModule>, Vec<_>) = told.into_iter().partition(|m| m.local);
    let mut found: Vec<Finding> = local
        .iter()
        .map(|m| report(&[*m], format!("there is no folder `{}`", m.source.as_deref().unwrap_or_default())))
        .collect();
    if !open.is_empty() {
        found.push(report(&open, "its source names a variable without a value: give it one".into()));
    }
    if !remote.is_empty() {
        found.push(report(&remote, "run `terraform init`, or read a saved plan".into()));
    }
    found
}

fn report(missing: &[&MissingModule], help: String) -> Finding {
    let names: Vec<String> = missing.iter().map(|m| format!("`{}`", m.address)).collect();
    let are = if missing.len() == 1 { "is" } else { "are" };
    let where_to = if missing.iter().any(|m| m.source.is_none()) { "not known" } else { "not on disk" };
    let message = format!("{} {are} {where_to}, and in no count", list_some(&names, NAMED));
    let place = |m: &&MissingModule| Place { address: Some(m.address.clone()), span: Some(m.span), label: None };
    Finding {
        help: Some(help),
        places: missing.iter().map(place).collect(),
        places_total: missing.len() as u64,
        ..finding(ID, SEVERITY, message)
    }
}
