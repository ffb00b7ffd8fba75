//! `module-missing`: a module is not on disk, so what it declares is in no count.

use super::{Context, finding};
use crate::finding::{Finding, Place, Severity};
use crate::inventory::MissingModule;
use crate::words::list_some;

pub(super) const ID: &str = "module-missing";
pub(super) const SEVERITY: Severity = Severity::Warning;

/// How many modules the message names.
const NAMED: usize = 2;

/// Returns one finding for all modules that are to be fetched, and one for each that lies nowhere.
pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let told: Vec<&MissingModule> =
        context.missing.iter().filter(|m| !(context.allows)(ID, m.span)).collect();
    let (local, remote): (Vec<&MissingModule>, Vec<&MissingModule>) = told.into_iter().partition(|m| m.local);
    let mut found: Vec<Finding> = local
        .iter()
        .map(|m| report(&[*m], format!("there is no folder `{}`", m.source)))
        .collect();
    if !remote.is_empty() {
        found.push(report(&remote, "run `terraform init`, or read a saved plan".into()));
    }
    found
}

fn report(missing: &[&MissingModule], help: String) -> Finding {
    let names: Vec<String> = missing.iter().map(|m| format!("`{}`", m.address)).collect();
    let are = if missing.len() == 1 { "is" } else { "are" };
    let message = format!("{} {are} not on disk, and in no count", list_some(&names, NAMED));
    let place = |m: &&MissingModule| Place { address: Some(m.address.clone()), span: Some(m.span), label: None };
    Finding {
        help: Some(help),
        places: missing.iter().map(place).collect(),
        places_total: missing.len() as u64,
        ..finding(ID, SEVERITY, message)
    }
}
