//! `exemption-expired`: an exemption, a stated limit or an allow has run out. Allows are found by `suppress`.

use super::{Context, at, finding};
use crate::finding::{Finding, Severity};

pub(super) const ID: &str = "exemption-expired";
pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let exemptions = context.tags.expired.iter().map(|index| {
        let exemption = &context.schema.exemptions[*index];
        let until = exemption.until.map(|d| d.to_string()).unwrap_or_default();
        let message = format!("exemption `{}` held until {until} and no longer does", exemption.what);
        let mut found = at(finding(ID, SEVERITY, message), None, exemption.span);
        if !exemption.reason.is_empty() {
            found.notes.push(("reason", exemption.reason.to_string()));
        }
        found.help = Some("remove it, or set a new `until`".into());
        found
    });
    let limits = context.projected.expired.iter().map(|index| {
        let stated = &context.stated[*index];
        let until = stated.until.map(|d| d.to_string()).unwrap_or_default();
        let name = if stated.code.is_empty() { &stated.name } else { &stated.code };
        let message = format!(
            "the limit stated for `{}` `{name}` held until {until} and no longer does",
            stated.service
        );
        let mut found = at(finding(ID, SEVERITY, message), None, stated.span);
        if let Some(reason) = &stated.reason {
            found.notes.push(("reason", reason.to_string()));
        }
        found.help = Some("look it up again and set a new `until`, or remove the block".into());
        found
    });
    exemptions.chain(limits).collect()
}
