//! `tags`: coverage, repairs, and policies in exchange with AWS.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ArgMatches;

use super::Result;
use super::args::{self, Common, Coverage, Plain, Tags, TagsCommand};
use super::commands::{enter, reading, source, sources, today};
use super::error::CliError;
use super::output::Terminal;
use super::progress;
use crate::fix::{self, Repairs};
use crate::pipeline::{self, TagReport, TagRequest};
use crate::report;
use crate::source::{Disk, Files, Tree};
use crate::words::{list_some, nearest, several};

/// Runs `tags` and its commands.
pub fn run(common: &Common, options: Tags, matches: &ArgMatches, terminal: &mut Terminal) -> Result<u8> {
    match options.command {
        None => coverage(common, options.coverage, matches, terminal),
        Some(TagsCommand::Fix { paths, write, today: day, settings, reading: how }) => {
            let environment = enter(common)?;
            // Variables are given to the inner command.
            let inner = matches.subcommand().map_or(matches, |(_, inner)| inner);
            let request = TagRequest {
                sources: sources(&paths, None)?,
                options: reading(how, inner, &environment)?,
                settings: settings.config,
                today: day.unwrap_or_else(today),
                state: None,
                snapshot: None,
            };
            fix(request, write, terminal)
        }
        Some(TagsCommand::Import { policies }) => {
            enter(common)?;
            super::policy::import(&policies, terminal)
        }
        Some(TagsCommand::Export { to, settings }) => {
            enter(common)?;
            super::policy::export(to, settings.config.as_deref(), terminal)
        }
    }
}

/// Complains about a first path that does not exist and is spelt like a command.
fn no_command(paths: &[PathBuf]) -> Result<()> {
    let Some(first) = paths.first().filter(|p| !Disk.is_dir(p) && !Disk.is_file(p)) else { return Ok(()) };
    let path = first.display().to_string();
    match nearest(&path, ["fix", "import", "export"]) {
        Some(command) => {
            Err(Box::new(CliError::Missing { path, near: Some(format!("tf-headroom tags {command}")) }))
        }
        None => Ok(()),
    }
}

fn coverage(common: &Common, options: Coverage, matches: &ArgMatches, terminal: &mut Terminal) -> Result<u8> {
    let environment = enter(common)?;
    let files = Files::default();
    no_command(&options.paths)?;
    let request = TagRequest {
        sources: sources(&options.paths, None)?,
        options: reading(options.reading, matches, &environment)?,
        settings: options.settings.config,
        today: options.today.unwrap_or_else(today),
        state: options.state.as_deref().map(|path| source(path, None)).transpose()?,
        snapshot: options.quotas,
    };
    let read = || pipeline::tags(request, &Disk, &files);
    let TagReport { verdicts, unmanaged, diagnostics, .. } =
        progress::during(terminal.tells_progress(), &files, read);
    let target = options.format.unwrap_or(args::Target { format: Plain::Human, file: None });
    let look = if target.file.is_some() { terminal.look_of_file() } else { terminal.look() };
    let text = match target.format {
        Plain::Human => report::tags::render(&verdicts, &unmanaged, &files, &look),
        Plain::Json => report::json::tags(&verdicts, &unmanaged, &files),
    };
    match &target.file {
        Some(path) => terminal.save(&[(path.as_path(), text)])?,
        None => _ = terminal.print(&text),
    }
    terminal.tell_errors(&diagnostics, &files);
    Ok(pipeline::unchecked(&diagnostics).code())
}

fn fix(request: TagRequest, write: bool, terminal: &mut Terminal) -> Result<u8> {
    let files = Files::default();
    let read = || pipeline::tags(request, &Disk, &files);
    let report = progress::during(terminal.tells_progress(), &files, read);
    let code = pipeline::unchecked(&report.diagnostics).code();
    if code != 0 {
        terminal.tell_errors(&report.diagnostics, &files);
        return Ok(code);
    }
    let repairs = fix::repairs(&report.verdicts.faults, &report.settings.schema, &files);
    if write {
        let changed: Vec<(PathBuf, String)> =
            repairs.files.iter().map(|f| (PathBuf::from(&f.path), f.after.clone())).collect();
        let changed: Vec<(&Path, String)> = changed.iter().map(|(p, t)| (p.as_path(), t.clone())).collect();
        terminal.save(&changed)?;
    } else {
        let diff: String = repairs.files.iter().map(|f| fix::diff(&f.path, &f.before, &f.after)).collect();
        terminal.print(&diff);
    }
    terminal.hint(&told(&repairs, write));
    Ok(code)
}

/// Says what was repaired, and what was not and why.
fn told(repairs: &Repairs, write: bool) -> String {
    let instances: u64 = repairs.done.iter().map(|r| r.instances).sum();
    let mut text = match (repairs.files.len(), write) {
        (0, _) => "nothing to add".to_owned(),
        (n, true) => format!("added {} in {}", several(instances, "missing tag"), several(n as u64, "file")),
        (n, false) => format!(
            "would add {} in {}; `--write` does",
            several(instances, "missing tag"),
            several(n as u64, "file")
        ),
    };
    let mut left: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for one in &repairs.left {
        left.entry((&one.why, &one.key)).or_default().push(&one.place);
    }
    for ((why, key), places) in left {
        text.push_str(&format!("\nleft: `{key}` of {}: {why}", list_some(&places, 3)));
    }
    text
}
