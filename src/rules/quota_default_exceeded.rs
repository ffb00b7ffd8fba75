//! `quota-default-exceeded`: more than AWS's default, which the account may have had raised.

use super::Context;
use super::quota_exceeded::exceeded;
use crate::finding::{Finding, Severity};

pub(super) const ID: &str = "quota-default-exceeded";
pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    exceeded(context, ID, SEVERITY, true)
}
