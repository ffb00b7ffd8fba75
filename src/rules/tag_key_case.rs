//! `tag-key-case`: keys of one resource that differ only by case.

use super::Context;
use super::tagging::{and_where, groups, report};
use crate::finding::{Finding, Severity};
use crate::tags::FaultKind;

pub(super) const ID: &str = "tag-key-case";
pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for faults in groups(context, ID, FaultKind::KeyCase) {
        // IAM keeps the case of keys but does not tell them apart, and refuses the second one.
        // Another spelling than the settings have is one key for IAM as well.
        let is_iam = |f: &&&crate::tags::TagFault| {
            f.what.ends_with("only by case") && f.types.iter().any(|t| t.starts_with("aws_iam_"))
        };
        let (iam, others): (Vec<_>, Vec<_>) = faults.iter().partition(is_iam);
        if !iam.is_empty() {
            let mut refused = report(context, ID, Severity::Error, &iam);
            refused.help = Some("IAM refuses the second one: keep one spelling".into());
            and_where(&mut refused, context.files);
            found.push(refused);
        }
        if !others.is_empty() {
            let mut told = report(context, ID, SEVERITY, &others);
            told.help =
                Some("keep one spelling: tag policies and cost reports take them for two tags".into());
            and_where(&mut told, context.files);
            found.push(told);
        }
    }
    found
}
