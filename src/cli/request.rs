//! `quotas request`: what to ask AWS for. It prints; it never sends.

use std::path::PathBuf;

use clap::ArgMatches;

use super::Result;
use super::args::{Common, RequestForm, RequestOptions};
use super::commands::{enter, origin, quotas, reading, source, today};
use super::output::Terminal;
use super::progress;
use crate::catalog;
use crate::finding::Diagnostic;
use crate::pipeline;
use crate::report::Exit;
use crate::request::{self, Form, Growth, Plan};
use crate::snapshot::trend;
use crate::source::{Disk, Files};

impl From<RequestForm> for Form {
    fn from(form: RequestForm) -> Form {
        match form {
            RequestForm::Checklist => Form::Checklist,
            RequestForm::Cli => Form::Cli,
            RequestForm::Terraform => Form::Terraform,
            RequestForm::Links => Form::Links,
            RequestForm::Case => Form::Case,
        }
    }
}

/// Reads how use has grown; of an account and Region, as far as it is known.
fn growth(files: &[PathBuf]) -> std::result::Result<Vec<Growth>, Box<Diagnostic>> {
    let trends = trend::trends(&super::trend::snapshots(files)?);
    let known = trends.into_iter().filter_map(|t| {
        let trend::Growth::Known { per_day, .. } = t.growth else { return None };
        let unit = catalog::quota(&t.service, &t.code).map_or(1, |q| q.unit.base());
        Some(Growth {
            over_on: t.over_on(),
            service: t.service.into(),
            code: t.code.into(),
            account: t.account.into(),
            region: t.region.into(),
            parent: t.resource.map(Into::into),
            per_day: per_day * unit as f64,
        })
    });
    Ok(known.collect())
}

/// Runs the command. `matches` are those of `request` itself, inside their parent's.
pub fn run(
    common: &Common,
    options: RequestOptions,
    matches: &ArgMatches,
    terminal: &mut Terminal,
) -> Result<u8> {
    let environment = enter(common)?;
    let files = Files::default();
    let sources = options.paths.iter().map(|p| source(p, None)).collect::<Result<Vec<_>>>()?;
    let (settings, _) =
        pipeline::settings(options.settings.config.as_deref(), &sources, &Disk, &Files::default());
    let today = options.today.unwrap_or_else(today);
    let run = pipeline::Request {
        options: reading(options.reading, matches, &environment)?,
        settings: options.settings.config,
        shares: pipeline::Effort::All,
        quotas: quotas(options.quotas, &environment)?,
        origin: origin(&environment),
        ..pipeline::Request::of(sources, today)
    };
    let check = || pipeline::run(run, &Disk, &files);
    let (report, _) = progress::during(terminal.tells_progress(), &files, check);
    let starts = settings.figures.iter().filter_map(|t| t.starts).filter(|day| *day >= today).min();
    let plan = Plan {
        buffer: settings.buffer,
        today: Some(today),
        tenants_per_month: settings.growth.map(|g| g.tenants_per_month),
        starts,
        growth: match growth(&options.trend) {
            Ok(growth) => growth,
            Err(problem) => {
                terminal.tell_errors(&[*problem], &files);
                return Ok(Exit::Unchecked.code());
            }
        },
    };
    let asks = request::asks(&report.projections, &plan);
    terminal.print(&request::render(&asks, options.form.into()));
    terminal.tell_errors(&report.diagnostics, &files);
    Ok(pipeline::unchecked(&report.diagnostics).code())
}
