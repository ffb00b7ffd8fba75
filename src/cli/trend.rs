//! `quotas trend`: how use grows from snapshot to snapshot.

use std::path::{Path, PathBuf};

use super::Result;
use super::args::{Common, DiffFormat, Trend};
use super::commands::enter;
use super::output::Terminal;
use super::snapshots::unknown_service;
use crate::catalog;
use crate::finding::Diagnostic;
use crate::pipeline;
use crate::report::{Detail, Exit};
use crate::snapshot::{Snapshot, trend};
use crate::source::{Disk, Files, Tree};

/// How many trends that reach no limit are shown unless all are asked for.
const SHOWN: usize = 10;

/// Runs the command.
pub fn run(common: &Common, options: &Trend, terminal: &mut Terminal) -> Result<u8> {
    enter(common)?;
    let snapshots = match snapshots(&options.files) {
        Ok(snapshots) => snapshots,
        Err(problem) => {
            terminal.tell_errors(&[*problem], &Files::default());
            return Ok(Exit::Unchecked.code());
        }
    };
    let mut trends = trend::trends(&snapshots);
    let held = |service: &str| trends.iter().any(|t| t.service == service);
    if let Some(name) = options.service.iter().find(|s| catalog::listed_of(s).is_empty() && !held(s)) {
        return Err(unknown_service(name));
    }
    trends.retain(|t| options.service.is_empty() || options.service.contains(&t.service));
    Ok(match options.format {
        DiffFormat::Json => terminal.print(&trend::json(&trends)),
        DiffFormat::Human => {
            let most = if terminal.look().detail == Detail::Full { usize::MAX } else { SHOWN };
            terminal.print(&trend::human(&trends, most))
        }
    })
}

/// Reads snapshots; of a folder all files that end in `.json`.
///
/// # Errors
/// What is wrong with one of them.
pub fn snapshots(paths: &[PathBuf]) -> std::result::Result<Vec<Snapshot>, Box<Diagnostic>> {
    let mut found = Vec::new();
    for path in paths {
        if Disk.is_dir(path) {
            for file in files(path)? {
                found.push(pipeline::snapshot(&file, &Disk)?);
            }
        } else {
            found.push(pipeline::snapshot(path, &Disk)?);
        }
    }
    Ok(found)
}

fn files(folder: &Path) -> std::result::Result<Vec<PathBuf>, Box<Diagnostic>> {
    let name = folder.display();
    let wrong = |what: String| Box::new(Diagnostic::error("No snapshots", what, None));
    let listed = Disk.list(folder).map_err(|e| wrong(format!("`{name}` cannot be read: {e}")))?;
    let files: Vec<PathBuf> = listed
        .into_iter()
        .filter(|(name, is_folder)| !is_folder && name.ends_with(".json"))
        .map(|(name, _)| folder.join(name))
        .collect();
    if files.is_empty() {
        return Err(wrong(format!("`{name}` has no file that ends in `.json`")));
    }
    Ok(files)
}
