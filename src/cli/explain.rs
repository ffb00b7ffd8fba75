//! `explain`: the help page of a rule, what a quota is, or how its use in a configuration came about.

use clap::ArgMatches;

use super::Result;
use super::args::{self, Common};
use super::commands::{enter, origin, quotas as limits, reading, source, today};
use super::error::CliError;
use super::output::Terminal;
use super::progress;
use super::quotas;
use crate::pipeline;
use crate::projection::Projection;
use crate::report::human;
use crate::rules::{self, RULES};
use crate::source::{Disk, Files};
use crate::words::nearest;

/// Runs the command.
pub fn run(
    common: &Common,
    options: args::Explain,
    matches: &ArgMatches,
    terminal: &mut Terminal,
) -> Result<u8> {
    if options.of.is_some() {
        return worked(common, options, matches, terminal);
    }
    let subject = options.subject.join(" ");
    if matches!(subject.as_str(), "" | "rules") {
        return Ok(terminal.print(&rule_list()));
    }
    if let Some(rule) = rules::rule(&subject.to_lowercase()) {
        return Ok(terminal.print(&format!("{}\n", rule.page.trim_end())));
    }
    match quotas::find(&subject).as_slice() {
        [] => Err(unknown(subject)),
        found => Ok(quotas::show(found, terminal)),
    }
}

fn unknown(name: String) -> Box<CliError> {
    let near = nearest(&name, RULES.iter().map(|r| r.id)).map(str::to_owned).or_else(|| quotas::near(&name));
    Box::new(CliError::Unexplained { name, near })
}

/// Shows the whole arithmetic of a quota in a configuration or plan; without a quota, of all that are not within.
fn worked(
    common: &Common,
    options: args::Explain,
    matches: &ArgMatches,
    terminal: &mut Terminal,
) -> Result<u8> {
    let environment = enter(common)?;
    let files = Files::default();
    let subject = options.subject.join(" ");
    let found = if subject.is_empty() { Vec::new() } else { quotas::find(&subject) };
    if !subject.is_empty() && found.is_empty() {
        return Err(unknown(subject));
    }
    let path = options.of.unwrap_or_else(|| ".".into());
    let sources = vec![source(&path, None)?];
    let (settings, _) =
        pipeline::settings(options.settings.config.as_deref(), &sources, &Disk, &Files::default());
    let request = pipeline::Request {
        sources,
        options: reading(options.reading, matches, &environment)?,
        settings: options.settings.config,
        today: options.today.unwrap_or_else(today),
        all: false,
        fail_on: None,
        shares: pipeline::Effort::All,
        recursive: false,
        targets: Vec::new(),
        shard: None,
        quotas: limits(options.quotas, &environment)?,
        base: None,
        changed: None,
        carry: false,
        in_passing: false,
        parts: Vec::new(),
        gate: None,
        baseline: None,
        origin: origin(&environment),
    };
    let check = || pipeline::run(request, &Disk, &files);
    let (report, _) = progress::during(terminal.tells_progress(), &files, check);
    let wanted = |p: &&Projection| {
        let place = options
            .scope
            .as_ref()
            .is_none_or(|s| p.scope.parent.as_ref().is_some_and(|t| t.contains(s.as_str())));
        let quota = match found.is_empty() {
            true => p.verdict != crate::projection::Verdict::Within,
            false => found.iter().any(|q| {
                let key = if p.quota.code.is_empty() { &p.quota.name } else { &p.quota.code };
                // A part of a quota is named after it.
                q.service() == p.quota.service
                    && (q.key() == key || key.starts_with(&format!("{} (", q.key())))
            }),
        };
        quota && place
    };
    let chosen: Vec<&Projection> = report.projections.iter().filter(wanted).collect();
    if chosen.is_empty() {
        let what = match subject.as_str() {
            "" => "every quota that is used is within its limit".to_owned(),
            name => format!("nothing in {} uses {name}", path.display()),
        };
        let what = match &options.scope {
            Some(text) => format!("{what}, in parents with `{text}` in their address, id or ARN"),
            None => what,
        };
        terminal.print(&format!("{what}\n"));
    } else {
        terminal.print(&human::explain::render(&chosen, &report, &files, settings.buffer, &terminal.look()));
    }
    terminal.tell_errors(&report.diagnostics, &files);
    Ok(pipeline::unchecked(&report.diagnostics).code())
}

/// Every rule with its severity and what it finds.
fn rule_list() -> String {
    let width = RULES.iter().map(|r| r.id.len()).max().unwrap_or(0);
    RULES.iter().map(|r| format!("{:width$}  {:7}  {}\n", r.id, r.severity.name(), r.does())).collect()
}
