//! `policy-type-unknown`: a tag policy names a resource type that AWS does not have.

use super::{Context, at, finding};
use crate::finding::{Finding, Severity};

pub(super) const ID: &str = "policy-type-unknown";
pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let unknown = context.schema.unknown_types.iter();
    let unknown = unknown.filter(|(_, span)| !span.is_some_and(|span| (context.allows)(ID, span)));
    unknown
        .map(|(ty, span)| {
            let message = format!("the tag policy names `{}`, and no resource type has that name", ty.name);
            let mut found = at(finding(ID, SEVERITY, message), None, *span);
            found.help = Some(match &ty.near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "it is enforced for nothing, as far as Terraform's types show".into(),
            });
            found
        })
        .collect()
}
