//! `quotas pull`, `quotas diff`, `quotas policy` and `quotas alarms`.

use std::collections::BTreeSet;
use std::path::Path;

use clap::ArgMatches;

use super::Result;
use super::args::{self, Common, DiffFormat};
use super::aws::{self, Wanted};
use super::commands::{enter, reading, sources};
use super::error::CliError;
use super::output::Terminal;
use crate::catalog::{self, Quota};
use crate::config::Settings;
use crate::finding::{Diagnostic, Severity};
use crate::live::alarms;
use crate::live::policy::{self, Run};
use crate::pipeline;
use crate::projection::{Want, partition_of_region};
use crate::report::Exit;
use crate::snapshot::diff::{self, Side};
use crate::snapshot::{Missing, Snapshot};
use crate::source::{Disk, Files};
use crate::words::{list_some, meant, nearest, several};

/// Runs `quotas pull`.
pub fn pull(
    common: &Common,
    options: args::Pull,
    matches: &ArgMatches,
    terminal: &mut Terminal,
) -> Result<u8> {
    let environment = enter(common)?;
    let files = Files::default();
    let snapshot = if options.paths.is_empty() {
        let (settings, diagnostics) = pipeline::settings(
            options.settings.config.as_deref(),
            &[pipeline::Source::Folder(".".into())],
            &Disk,
            &files,
        );
        if told(&diagnostics, &files, terminal) {
            return Ok(Exit::Unchecked.code());
        }
        let wanted = wanted(&options, &settings)?;
        aws::pull(&wanted, &settings.accounts, &environment)?
    } else {
        let reading = reading(options.reading, matches, &environment)?;
        let read = pipeline::wants(
            sources(&options.paths, None)?,
            reading,
            options.settings.config.as_deref(),
            &Disk,
            &files,
        );
        let (wants, settings, diagnostics) = read;
        if told(&diagnostics, &files, terminal) {
            return Ok(Exit::Unchecked.code());
        }
        aws::ask(&environment)?(&wants, &settings.accounts)
    };
    let text = snapshot.text();
    if let Some(folder) = &options.history {
        let time = snapshot.places.iter().map(|p| p.taken_at.as_str()).max().unwrap_or_default();
        if !time.is_empty() {
            std::fs::create_dir_all(folder)
                .map_err(|problem| CliError::Unwritable { path: folder.display().to_string(), problem })?;
            terminal
                .save(&[(folder.join(format!("{}.json", time.replace(':', ""))).as_path(), text.clone())])?;
        }
    }
    let nothing = snapshot.places.iter().all(|p| p.quotas.is_empty());
    match &options.output {
        // A good snapshot is not written over by one without anything in it.
        Some(_) if nothing => {}
        Some(path) => terminal.save(&[(path.as_path(), text)])?,
        None => _ = terminal.print(&text),
    }
    summary(&snapshot, options.output.as_deref(), nothing, terminal);
    Ok(if nothing { Exit::Unchecked.code() } else { Exit::Clean.code() })
}

/// Says on standard error what was got and what was not.
fn summary(snapshot: &Snapshot, output: Option<&Path>, nothing: bool, terminal: &mut Terminal) {
    for place in &snapshot.places {
        let told = place.quotas.iter().filter(|q| q.value.is_some()).count() as u64;
        terminal.hint(&format!(
            "{} {}: {}, {}, {}",
            place.account,
            place.region,
            several(told, "value"),
            several(place.usage.len() as u64, "count"),
            several(place.requests.len() as u64, "request")
        ));
        not_told(&place.missing, terminal);
    }
    for missing in &snapshot.missing {
        let account = missing.account.as_deref().unwrap_or("the surroundings' account");
        terminal.hint(&format!("  not told: {account}: {}", missing.why));
    }
    match output {
        Some(path) if nothing => {
            terminal.hint(&format!("`{}` is not written: there is nothing to write", path.display()))
        }
        _ => {}
    }
}

/// One line for each reason.
fn not_told(missing: &[Missing], terminal: &mut Terminal) {
    let reasons: BTreeSet<(&str, &str)> = missing.iter().map(|m| (m.what.as_str(), m.why.as_str())).collect();
    for (what, why) in reasons {
        let of = missing.iter().filter(|m| m.what == what && m.why == why);
        let mut services: Vec<&str> = of.map(|m| m.service.as_str()).filter(|s| !s.is_empty()).collect();
        services.dedup();
        let services =
            if services.is_empty() { String::new() } else { format!(" of {}", list_some(&services, 5)) };
        terminal.hint(&format!("  not told: {what}{services}: {why}"));
    }
}

fn wanted(options: &args::Pull, settings: &Settings) -> Result<Wanted> {
    let names: Vec<&str> = settings.accounts.iter().map(|a| a.name.as_str()).collect();
    for name in &options.account {
        if !names.contains(&name.as_str()) {
            let near = nearest(name, names.iter().copied()).map(str::to_owned);
            return Err(Box::new(CliError::Account { name: name.clone(), near }));
        }
    }
    for name in &options.service {
        if catalog::quotas_of(name).is_empty() {
            return Err(unknown_service(name));
        }
    }
    let accounts: Vec<&str> = match options.account.is_empty() {
        true => names,
        false => options.account.iter().map(String::as_str).collect(),
    };
    Ok(Wanted {
        accounts: accounts.into_iter().map(Into::into).collect(),
        regions: options.region.iter().map(|r| r.as_str().into()).collect(),
        services: options.service.iter().map(|s| s.as_str().into()).collect(),
    })
}

pub(super) fn unknown_service(name: &str) -> Box<CliError> {
    let mut services: Vec<&str> = catalog::listed().iter().map(|q| q.service).collect();
    services.dedup();
    Box::new(CliError::Service { name: name.to_owned(), near: nearest(name, services).map(str::to_owned) })
}

/// Tells of diagnostics; true if one of them is an error.
fn told(diagnostics: &[Diagnostic], files: &Files, terminal: &mut Terminal) -> bool {
    terminal.tell_errors(diagnostics, files);
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

/// Runs `quotas diff`.
pub fn diff(common: &Common, options: &args::Diff, terminal: &mut Terminal) -> Result<u8> {
    enter(common)?;
    let mut sides = Vec::new();
    for text in [&options.from, &options.to] {
        match side(text) {
            Ok(side) => sides.push(side),
            Err(problem) => {
                terminal.tell_errors(&[*problem], &Files::default());
                return Ok(Exit::Unchecked.code());
            }
        }
    }
    let differences = match diff::compare(&sides[0], &sides[1]) {
        Ok(differences) => differences,
        Err(why) => {
            let problem = Diagnostic::error("Nothing to compare", why, None);
            terminal.tell_errors(&[problem], &Files::default());
            return Ok(Exit::Unchecked.code());
        }
    };
    Ok(match options.format {
        DiffFormat::Human => terminal.print(&diff::human(&differences)),
        DiffFormat::Json => terminal.print(&diff::json(&differences)),
    })
}

/// Reads what is compared: `catalog`, a file, or one place of it.
fn side(text: &str) -> std::result::Result<Side, Box<Diagnostic>> {
    if text == "catalog" {
        return Ok(Side::Catalog);
    }
    let load = |path: &str| {
        pipeline::snapshot(Path::new(path), &Disk).map_err(|mut problem| {
            problem.help = problem.help.take().or_else(|| meant(path, ["catalog"]));
            problem
        })
    };
    match text.rsplit_once('@') {
        Some((path, place)) if !path.is_empty() && !Path::new(text).exists() => {
            let (account, region) = match place.split_once('/') {
                Some((account, region)) => (Some(account), Some(region)),
                None if place.bytes().all(|b| b.is_ascii_digit()) => (Some(place), None),
                None => (None, Some(place)),
            };
            let owned = |t: Option<&str>| t.map(str::to_owned);
            Ok(Side::Place {
                name: text.to_owned(),
                snapshot: load(path)?,
                account: owned(account),
                region: owned(region),
            })
        }
        _ => Ok(Side::File { name: text.to_owned(), snapshot: load(text)? }),
    }
}

/// Runs `quotas policy`.
pub fn policy(
    common: &Common,
    options: args::Policy,
    matches: &ArgMatches,
    terminal: &mut Terminal,
) -> Result<u8> {
    let environment = enter(common)?;
    let files = Files::default();
    let policy = if options.paths.is_empty() {
        let here = [pipeline::Source::Folder(".".into())];
        let (settings, diagnostics) =
            pipeline::settings(options.settings.config.as_deref(), &here, &Disk, &files);
        if told(&diagnostics, &files, terminal) {
            return Ok(Exit::Unchecked.code());
        }
        let region = environment.get("AWS_REGION").unwrap_or("us-east-1");
        policy::policy(Run::Any(&measured(), partition_of_region(region)), &settings.accounts)
    } else {
        let reading = reading(options.reading, matches, &environment)?;
        let read = pipeline::wants(
            sources(&options.paths, None)?,
            reading,
            options.settings.config.as_deref(),
            &Disk,
            &files,
        );
        let (wants, settings, diagnostics) = read;
        if told(&diagnostics, &files, terminal) {
            return Ok(Exit::Unchecked.code());
        }
        policy::policy(Run::Of(&wants), &settings.accounts)
    };
    let Some(policy) = policy else {
        terminal.hint("nothing here is asked of AWS: no policy is needed");
        return Ok(Exit::Clean.code());
    };
    let text = serde_json::to_string_pretty(&policy.json).expect("bug: a policy is plain data");
    let code = terminal.print(&format!("{text}\n"));
    for note in policy.notes {
        terminal.hint(&format!("note: {note}"));
    }
    Ok(code)
}

fn measured() -> Vec<&'static Quota> {
    catalog::quotas().iter().filter(|q| !q.code.is_empty() && !q.measures.is_empty()).collect()
}

fn wanted_quotas(wants: &[Want]) -> Vec<&'static Quota> {
    let ids: BTreeSet<_> = wants.iter().flat_map(|w| &w.quotas).collect();
    ids.into_iter().map(|id| id.get()).collect()
}

/// Runs `quotas alarms`.
pub fn alarms(
    common: &Common,
    options: args::Alarms,
    matches: &ArgMatches,
    terminal: &mut Terminal,
) -> Result<u8> {
    let environment = enter(common)?;
    let files = Files::default();
    let snapshot = match pipeline::snapshot(&options.quotas, &Disk) {
        Ok(snapshot) => snapshot,
        Err(problem) => {
            terminal.tell_errors(&[*problem], &files);
            return Ok(Exit::Unchecked.code());
        }
    };
    let held = |service: &str| snapshot.places.iter().flat_map(|p| &p.quotas).any(|q| q.service == service);
    if let Some(name) = options.service.iter().find(|s| catalog::listed_of(s).is_empty() && !held(s)) {
        return Err(unknown_service(name));
    }
    let codes: BTreeSet<(&str, &str)> = if options.paths.is_empty() {
        measured().iter().map(|q| (q.service, q.code)).collect()
    } else {
        let reading = reading(options.reading, matches, &environment)?;
        let read = pipeline::wants(
            sources(&options.paths, None)?,
            reading,
            options.settings.config.as_deref(),
            &Disk,
            &files,
        );
        let (wants, _, diagnostics) = read;
        if told(&diagnostics, &files, terminal) {
            return Ok(Exit::Unchecked.code());
        }
        wanted_quotas(&wants).iter().map(|q| (q.service, q.code)).collect()
    };
    let chosen = |q: &&crate::snapshot::Quota| match options.service.is_empty() {
        true => codes.contains(&(q.service.as_str(), q.code.as_str())),
        false => options.service.contains(&q.service),
    };
    let rows: Vec<&crate::snapshot::Quota> = snapshot
        .places
        .iter()
        .flat_map(|p| &p.quotas)
        .filter(|q| q.metric.is_some())
        .filter(chosen)
        .collect();
    if rows.is_empty() {
        terminal.hint("no quota here has a usage metric: nothing to print");
        return Ok(Exit::Clean.code());
    }
    Ok(terminal.print(&alarms::blocks(&rows)))
}
