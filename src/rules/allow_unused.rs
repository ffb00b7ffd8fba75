//! `allow-unused`: a comment allows what nothing finds. Found by `suppress`, when all rules have run.

use super::Context;
use crate::finding::{Finding, Severity};

pub(super) const ID: &str = "allow-unused";
pub(super) const SEVERITY: Severity = Severity::Notice;

pub(super) fn run(_: &Context<'_>) -> Vec<Finding> {
    Vec::new()
}
