//! `merge`: the reports of the parts of a check, put together.

use std::path::Path;

use serde::Deserialize;

use super::Result;
use super::args::{Common, Merge, Target};
use super::base;
use super::commands::{apart, deliver, enter, origin};
use super::error::CliError;
use super::output::Terminal;
use super::progress;
use crate::date::Date;
use crate::expand::Options;
use crate::pipeline::{self, Effort, Quotas, Request};
use crate::report::{Format, Part};
use crate::snapshot::Snapshot;
use crate::source::{Disk, Files, Tree};

/// What of a report is read.
#[derive(Debug, Deserialize)]
struct Report {
    schema_version: u32,
    part: Option<Part>,
}

/// Runs `merge`.
pub fn run(common: &Common, options: Merge, terminal: &mut Terminal) -> Result<u8> {
    let environment = enter(common)?;
    let files = Files::default();
    let mut parts = Vec::new();
    for path in &options.reports {
        parts.push((path.display().to_string(), read(path)?));
    }
    let (name, first) = parts.first().expect("bug: the command line asks for a report");
    let broken = || damaged(name, "its `part` is not one that this program writes");
    let today = Date::parse(&first.today).ok_or_else(broken)?;
    let shares = Effort::parse(&first.shares).ok_or_else(broken)?;
    let live = |only: bool| Quotas::Live { only, ask: Box::new(|_, _| Snapshot::default()) };
    let quotas = match (first.live.as_deref(), &first.snapshot) {
        (Some("live"), _) => live(false),
        (Some("live-only"), _) => live(true),
        (Some(_), _) => return Err(broken()),
        (None, Some(file)) => Quotas::File(file.into()),
        (None, None) => Quotas::Catalog,
    };
    let gate = first.settings_from.as_ref().map(base::gate_again).transpose()?;
    let request = Request {
        sources: Vec::new(),
        recursive: true,
        targets: Vec::new(),
        shard: None,
        changed: None,
        carry: false,
        in_passing: false,
        options: Options { env: environment.all().clone(), ..Options::default() },
        settings: first.settings.as_ref().map(Into::into),
        today,
        all: first.all,
        fail_on: options.fail_on.map(Into::into),
        shares,
        quotas,
        base: None,
        gate,
        baseline: first.baseline.as_ref().map(Into::into),
        origin: origin(&environment),
        parts,
    };
    let targets = match options.format.is_empty() {
        true => vec![Target { format: Format::Human, file: None }],
        false => options.format,
    };
    apart(&targets)?;
    let check = || pipeline::run(request, &Disk, &files);
    let (report, _) = progress::during(terminal.tells_progress(), &files, check);
    deliver(&report, &files, &targets, None, terminal)
}

fn read(path: &Path) -> Result<Part> {
    let name = path.display().to_string();
    let bytes =
        Disk.read(path).map_err(|problem| Box::new(CliError::Unreadable { path: name.clone(), problem }))?;
    let report: Report = match serde_json::from_slice(&bytes) {
        Ok(report) => report,
        Err(_) => return Err(damaged(&name, "it is not a report of `check --format json`")),
    };
    if report.schema_version != 1 {
        let why = format!("its version is {}, and this program reads 1", report.schema_version);
        return Err(damaged(&name, &why));
    }
    let why = "it holds no part of a check: only `--shard I/N` writes one";
    let part = report.part.ok_or_else(|| damaged(&name, why))?;
    match &part.unfit {
        Some(why) => Err(damaged(&name, why)),
        None => Ok(part),
    }
}

fn damaged(path: &str, why: &str) -> Box<CliError> {
    Box::new(CliError::NoPart { path: path.to_owned(), why: why.to_owned() })
}
