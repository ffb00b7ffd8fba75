//! `tags import` and `tags export`.

use std::path::{Path, PathBuf};

use super::Result;
use super::args::ExportTo;
use super::error::CliError;
use super::output::Terminal;
use crate::pipeline::{self, Source};
use crate::source::{Disk, Files, Tree};
use crate::tags::policy::{as_settings, effective_policy, export as policy_of};

/// Prints the policies as settings.
pub fn import(policies: &[PathBuf], terminal: &mut Terminal) -> Result<u8> {
    let mut texts = Vec::new();
    for path in policies {
        let name = path.display().to_string();
        let bytes = Disk
            .read(path)
            .map_err(|problem| Box::new(CliError::Unreadable { path: name.clone(), problem }))?;
        texts.push((name, String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned()));
    }
    let policy = effective_policy(&texts).map_err(|problem| Box::new(CliError::Policy { problem }))?;
    let (rules, unknown) = policy.rules();
    let code = terminal.print(&as_settings(&rules));
    for note in &policy.notes {
        terminal.hint(&format!("note: {note}"));
    }
    for ty in unknown {
        let near = ty.near.map(|n| format!(": did you mean `{n}`?")).unwrap_or_default();
        terminal.hint(&format!("policy-type-unknown: no resource type `{}` is known{near}", ty.name));
    }
    Ok(code)
}

/// Prints the settings' tags for AWS.
pub fn export(to: ExportTo, settings: Option<&Path>, terminal: &mut Terminal) -> Result<u8> {
    let files = Files::default();
    let here = [Source::Folder(PathBuf::from("."))];
    let (settings, diagnostics) = pipeline::settings(settings, &here, &Disk, &files);
    terminal.tell_errors(&diagnostics, &files);
    let code = pipeline::unchecked(&diagnostics).code();
    if code != 0 {
        return Ok(code);
    }
    if settings.schema.is_empty() {
        return Err(Box::new(CliError::NoTags));
    }
    match to {
        ExportTo::Policy => {
            let (text, notes) = policy_of(&settings.schema);
            let code = terminal.print(&text);
            for note in notes {
                terminal.hint(&format!("not in the policy: {note}"));
            }
            Ok(code)
        }
        ExportTo::CostAllocation => Ok(terminal.print(&cost_allocation(
            settings.schema.tags.iter().filter(|t| t.required).map(|t| t.key.as_str()),
        ))),
    }
}

/// The commands that activate keys for cost reports; one call takes twenty.
///
/// <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_UpdateCostAllocationTagsStatus.html>
fn cost_allocation<'k>(keys: impl Iterator<Item = &'k str>) -> String {
    const MOST: usize = 20;
    let mut keys: Vec<&str> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    let mut out = String::new();
    for some in keys.chunks(MOST) {
        let list: Vec<String> = some.iter().map(|k| format!("'TagKey={k},Status=Active'")).collect();
        out.push_str(&format!(
            "aws ce update-cost-allocation-tags-status --cost-allocation-tags-status \\\n  {}\n",
            list.join(" \\\n  ")
        ));
    }
    out
}
