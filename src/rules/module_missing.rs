//! `module-missing`: a module is not on disk, so what it declares is in no count.

use super::{Context, at, finding};
use crate::finding::{Finding, Severity};

pub(super) const ID: &str = "module-missing";
pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    context
        .missing
        .iter()
        .map(|missing| {
            let message = format!("`{}` is not on disk: what it declares is in no count", missing.address);
            let mut found =
                at(finding(ID, SEVERITY, message), Some(missing.address.clone()), Some(missing.span));
            found.help = Some(if missing.local {
                format!("there is no folder `{}`", missing.source)
            } else {
                "run `terraform init` or `terraform get`, or read a saved plan".into()
            });
            found
        })
        .collect()
}
