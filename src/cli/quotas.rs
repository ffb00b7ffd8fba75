//! `quotas list` and `quotas show`: what the catalog and the long list know.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use clap::ArgMatches;

use super::args::{Common, QuotasCommand, QuotasList};
use super::error::CliError;
use super::output::Terminal;
use super::snapshots::unknown_service;
use super::{Result, quota_page, request, snapshots, trend};
use crate::catalog::{self, Adjustable, Coverage, Listed, Quota};
use crate::report::human;
use crate::words::{grouped, nearest, several};

/// A quota that somebody asks about.
#[derive(Clone, Copy)]
pub enum Known {
    /// The catalog has it: it may be measured.
    Quota(&'static Quota),
    /// Only the long list has it.
    Listed(&'static Listed),
}

impl Known {
    fn of(listed: &'static Listed) -> Known {
        listed.quota().map_or(Known::Listed(listed), Known::Quota)
    }

    pub fn service(self) -> &'static str {
        match self {
            Known::Quota(q) => q.service,
            Known::Listed(q) => q.service,
        }
    }

    /// The code, or the name of a quota without one.
    pub fn key(self) -> &'static str {
        match self {
            Known::Quota(q) => q.key(),
            Known::Listed(q) => q.key(),
        }
    }

    fn code(self) -> &'static str {
        match self {
            Known::Quota(q) => q.code,
            Known::Listed(q) => q.code,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Known::Quota(q) => q.name,
            Known::Listed(q) => q.name,
        }
    }

    fn is_measured(self) -> bool {
        matches!(self, Known::Quota(q) if !q.measures.is_empty())
    }

    fn default(self) -> String {
        match self {
            Known::Quota(q) => quota_page::default(q),
            Known::Listed(q) if q.default.is_empty() => "not published".to_owned(),
            Known::Listed(q) => q.default.to_owned(),
        }
    }
}

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
        QuotasCommand::Trend(options) => trend::run(common, &options, terminal),
        QuotasCommand::Policy(options) => snapshots::policy(common, *options, matches, terminal),
        QuotasCommand::Alarms(options) => snapshots::alarms(common, *options, matches, terminal),
        QuotasCommand::List(options) => Ok(terminal.print(&list(&options)?)),
        QuotasCommand::Request(options) => request::run(common, options, matches, terminal),
        QuotasCommand::Show { quota } => {
            let name = quota.join(" ");
            match find(&name).as_slice() {
                [] => Err(Box::new(CliError::Unexplained { near: near(&name), name })),
                found => Ok(show(found, terminal)),
            }
        }
    }
}

/// Prints what is known of quotas.
pub fn show(quotas: &[Known], terminal: &mut Terminal) -> u8 {
    let look = terminal.look();
    terminal.print(&human::print(&quota_page::pages(quotas, look.width), &look))
}

fn list(options: &QuotasList) -> Result<String> {
    let wanted = |quota: Known| match (options.measured, options.unmeasured) {
        (true, _) => quota.is_measured(),
        (_, true) => !quota.is_measured(),
        _ => true,
    };
    match (&options.service, &options.r#type) {
        (None, None) => Ok(services(&wanted)),
        (service, Some(ty)) => {
            let quotas = used_by(ty)?;
            let said = match catalog::coverage(ty) {
                Coverage::NoQuota(why) => format!("{ty} uses no quota of its own: {why}\n"),
                Coverage::NotMeasured(why) => format!("{ty} is not measured: {why}\n"),
                Coverage::Measured | Coverage::Unknown => String::new(),
            };
            let here = |q: &Known| service.as_ref().is_none_or(|s| q.service() == s) && wanted(*q);
            Ok(said + &lines(quotas.into_iter().filter(here), true))
        }
        (Some(service), None) => {
            let quotas = catalog::listed_of(service);
            if quotas.is_empty() {
                return Err(unknown_service(service));
            }
            Ok(lines(quotas.iter().map(Known::of).filter(|q| wanted(*q)), false))
        }
    }
}

/// Every service with the number of its quotas.
fn services(wanted: &dyn Fn(Known) -> bool) -> String {
    let mut services: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for quota in catalog::listed().iter().map(Known::of).filter(|q| wanted(*q)) {
        let entry = services.entry(quota.service()).or_default();
        entry.0 += 1;
        entry.1 += u64::from(quota.is_measured());
    }
    let width = services.keys().map(|s| s.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (service, (all, measured)) in &services {
        let _ = writeln!(text, "{service:width$}  {:>11}  {measured:>3} measured", several(*all, "quota"));
    }
    let all: u64 = services.values().map(|(all, _)| all).sum();
    let measured: u64 = services.values().map(|(_, measured)| measured).sum();
    let _ = writeln!(
        text,
        "{} in {}, {} of them measured",
        several(all, "quota"),
        several(services.len() as u64, "service"),
        grouped(measured)
    );
    text
}

/// Returns the quotas that instances of a resource type use, measured or not.
fn used_by(ty: &str) -> Result<Vec<Known>> {
    let mut seen = BTreeSet::new();
    let measured = catalog::measures_of(ty).iter().map(|m| m.quota);
    let refused = catalog::unmeasured(ty).iter().map(|u| u.quota);
    let quotas: Vec<Known> =
        measured.chain(refused).filter(|q| seen.insert(*q)).map(|q| Known::Quota(q.get())).collect();
    if quotas.is_empty() && catalog::resource_schema(ty).is_none() {
        let types: BTreeSet<&str> =
            catalog::quotas().iter().flat_map(|q| q.measures).map(|m| m.resource_type).collect();
        let near = nearest(ty, types).map(str::to_owned);
        return Err(Box::new(CliError::ResourceType { name: ty.to_owned(), near }));
    }
    Ok(quotas)
}

fn lines(quotas: impl Iterator<Item = Known>, with_service: bool) -> String {
    let mut text = String::new();
    for quota in quotas {
        let code = if quota.code().is_empty() { "–" } else { quota.code() };
        let measured = if quota.is_measured() { "  measured" } else { "" };
        let service = if with_service { format!("{}  ", quota.service()) } else { String::new() };
        let _ = writeln!(text, "{service}{code:10}  {:>14}  {}{measured}", quota.default(), quota.name());
    }
    text
}

/// Returns the quotas that a text may mean: a code, a whole name, else part of one, with or without the service before it.
pub fn find(text: &str) -> Vec<Known> {
    let upper = text.to_uppercase();
    let code = upper.rsplit(' ').next().unwrap_or_default();
    if let Some(quota) = catalog::quota_by_code(code) {
        return vec![Known::Quota(quota)];
    }
    if let Some(listed) = catalog::listed().iter().find(|q| !q.code.is_empty() && q.code == code) {
        return vec![Known::of(listed)];
    }
    let misnamed = catalog::misnamed(code);
    if !misnamed.is_empty() {
        return misnamed.into_iter().map(Known::of).collect();
    }
    let (service, name) = match text.split_once(' ') {
        Some((service, name)) if !catalog::listed_of(service).is_empty() => (Some(service), name),
        _ => (None, text),
    };
    let wanted = name.to_lowercase();
    let all = || {
        let mut all: Vec<Known> = catalog::listed()
            .iter()
            .filter(|q| service.is_none_or(|s| s == q.service))
            .map(Known::of)
            .collect();
        // What is measured is meant more often.
        all.sort_by_key(|q| !q.is_measured());
        all
    };
    let exact: Vec<_> = all().into_iter().filter(|q| q.name().to_lowercase() == wanted).collect();
    if !exact.is_empty() {
        return exact;
    }
    all().into_iter().filter(|q| q.name().to_lowercase().contains(&wanted)).collect()
}

/// Returns the name that may have been meant. A code is right or wrong: those next to it mean something else.
pub fn near(text: &str) -> Option<String> {
    let is_code = text.to_uppercase().starts_with("L-");
    let all = catalog::listed().iter();
    let near = if is_code {
        let codes = catalog::quotas().iter().map(|q| q.code).filter(|c| c.len().abs_diff(text.len()) <= 1);
        nearest(&text.to_uppercase(), codes)
    } else {
        nearest(text, all.map(|q| q.name))
    };
    near.map(str::to_owned)
}

/// Whether AWS raises it, as a word.
pub fn adjustable(adjustable: Adjustable) -> &'static str {
    match adjustable {
        Adjustable::Yes => "yes",
        Adjustable::No => "no",
        Adjustable::Unknown => "not known",
    }
}
