//! `quotas list` and `quotas show`: what the catalog knows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::ArgMatches;

use super::args::{Common, QuotasCommand};
use super::error::CliError;
use super::output::Terminal;
use super::{Result, snapshots};
use crate::catalog::{self, Adjustable, Confidence, Quota, ScopeKind};
use crate::report::human;
use crate::report::text::{Line, Tone};
use crate::words::{list_some, nearest, several};

/// How many quotas of one name are shown in full.
const SHOWN: usize = 5;

/// Runs the command.
pub fn run(
    common: &Common,
    command: QuotasCommand,
    matches: &ArgMatches,
    terminal: &mut Terminal,
) -> Result<u8> {
    let matches = matches.subcommand().map_or(matches, |(_, inner)| inner);
    match command {
        QuotasCommand::Pull(options) => snapshots::pull(common, *options, matches, terminal),
        QuotasCommand::Diff(options) => snapshots::diff(common, &options, terminal),
        QuotasCommand::Policy(options) => snapshots::policy(common, *options, matches, terminal),
        QuotasCommand::Alarms(options) => snapshots::alarms(common, *options, matches, terminal),
        QuotasCommand::List { service: None } => Ok(terminal.print(&services())),
        QuotasCommand::List { service: Some(name) } => Ok(terminal.print(&quotas_of(&name)?)),
        QuotasCommand::Show { quota } => {
            let name = quota.join(" ");
            match find(&name).as_slice() {
                [] => Err(Box::new(CliError::Unexplained { near: None, name })),
                found => Ok(show(found, terminal)),
            }
        }
    }
}

/// Prints what is known of quotas.
pub fn show(quotas: &[&Quota], terminal: &mut Terminal) -> u8 {
    let look = terminal.look();
    terminal.print(&human::print(&pages(quotas, look.width), &look))
}

/// Every service with the number of its quotas.
fn services() -> String {
    let mut services: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for quota in catalog::quotas() {
        let entry = services.entry(quota.service).or_default();
        entry.0 += 1;
        entry.1 += u64::from(!quota.measures.is_empty());
    }
    let width = services.keys().map(|s| s.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (service, (all, measured)) in &services {
        let _ = writeln!(text, "{service:width$}  {:>10}  {measured:>3} measured", several(*all, "quota"));
    }
    text
}

fn quotas_of(service: &str) -> Result<String> {
    let quotas = catalog::quotas_of(service);
    if quotas.is_empty() {
        let mut services: Vec<&str> = catalog::quotas().iter().map(|q| q.service).collect();
        services.dedup();
        let near = nearest(service, services).map(str::to_owned);
        return Err(Box::new(CliError::Service { name: service.to_owned(), near }));
    }
    let mut text = String::new();
    for quota in quotas {
        let code = if quota.code.is_empty() { "–" } else { quota.code };
        let measured = if quota.measures.is_empty() { "" } else { "  measured" };
        let _ = writeln!(text, "{code:10}  {:>14}  {}{measured}", default(quota), quota.name);
    }
    Ok(text)
}

/// Returns the quotas that a text may mean: a code, a whole name, else part of one, with or without the service before it.
pub fn find(text: &str) -> Vec<&'static Quota> {
    let upper = text.to_uppercase();
    let code = upper.rsplit(' ').next().unwrap_or_default();
    if let Some(quota) = catalog::quota_by_code(code) {
        return vec![quota];
    }
    let (service, name) = match text.split_once(' ') {
        Some((service, name)) if !catalog::quotas_of(service).is_empty() => (Some(service), name),
        _ => (None, text),
    };
    let wanted = name.to_lowercase();
    let all = || catalog::quotas().iter().filter(|q| service.is_none_or(|s| s == q.service));
    let exact: Vec<_> = all().filter(|q| q.name.to_lowercase() == wanted).collect();
    if !exact.is_empty() {
        return exact;
    }
    all().filter(|q| q.name.to_lowercase().contains(&wanted)).collect()
}

/// What is known of some quotas: all of the first few, only the names of the rest.
fn pages(quotas: &[&Quota], width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for quota in quotas.iter().take(SHOWN) {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.extend(page(quota, width));
    }
    let more: Vec<String> = quotas.iter().skip(SHOWN).map(|q| format!("{} {}", q.service, q.key())).collect();
    if !more.is_empty() {
        lines.push(Line::new());
        let text = format!("and {}: {}", several(more.len() as u64, "more quota"), list_some(&more, 20));
        lines.extend(Line::new().with(Tone::Faint, text).wrap(width, 2));
    }
    lines
}

fn page(quota: &Quota, width: usize) -> Vec<Line> {
    let mut facts: Vec<(&str, String)> = vec![("code", quota.code.to_owned())];
    let sure = match quota.confidence {
        Confidence::Confirmed => "confirmed",
        Confidence::Dated => "one dated source",
        Confidence::Unconfirmed => "unconfirmed",
    };
    let as_of = if quota.as_of.is_empty() { String::new() } else { format!(", {}", quota.as_of) };
    facts.push(("default", format!("{} ({sure}{as_of})", default(quota))));
    let adjustable = match quota.adjustable {
        Adjustable::Yes => "yes",
        Adjustable::No => "no",
        Adjustable::Unknown => "not known",
    };
    facts.push(("adjustable", adjustable.to_owned()));
    let counted = match quota.scope {
        ScopeKind::Account => "in the account, all Regions together".to_owned(),
        ScopeKind::Region => "in each Region of an account".to_owned(),
        ScopeKind::Each(parent) => format!("in each {parent}"),
    };
    facts.push(("counted", counted));
    let mut types: Vec<&str> = quota.measures.iter().map(|m| m.resource_type).collect();
    types.dedup();
    let used_by = if types.is_empty() { "no resource shows it".to_owned() } else { list_some(&types, 8) };
    facts.push(("used by", used_by));
    for source in quota.sources.iter().filter_map(|id| catalog::source(id)) {
        facts.push(("source", format!("{}, {}", source.title, source.date)));
    }
    facts.push(("notes", quota.notes.to_owned()));
    facts.push(("settings", format!("quota \"{}\" \"{}\" {{ applied = … }}", quota.service, quota.key())));

    let mut lines =
        vec![Line::new().with(Tone::Strong, quota.name).with(Tone::Faint, format!(" · {}", quota.service))];
    for (name, text) in facts.iter().filter(|(_, text)| !text.is_empty()) {
        let line = Line::new().with(Tone::Faint, format!("  {name:<10} ")).with(Tone::Plain, text.as_str());
        lines.extend(line.wrap(width, 13));
    }
    lines
}

fn default(quota: &Quota) -> String {
    quota.default.map_or("not published".to_owned(), |n| quota.unit.show(n))
}
