//! `quotas request`: what to ask AWS for. It prints; it never sends.

use clap::ArgMatches;

use super::Result;
use super::args::{Common, RequestForm, RequestOptions};
use super::commands::{enter, origin, quotas, reading, source, today};
use super::output::Terminal;
use crate::pipeline;
use crate::request::{self, Form, Plan};
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
        changed: None,
        carry: false,
        parts: Vec::new(),
        sources,
        options: reading(options.reading, matches, &environment)?,
        settings: options.settings.config,
        today,
        all: false,
        fail_on: None,
        shares: pipeline::Effort::All,
        recursive: false,
        targets: Vec::new(),
        shard: None,
        quotas: quotas(options.quotas, &environment)?,
        base: None,
        gate: None,
        baseline: None,
        origin: origin(&environment),
    };
    let (report, _) = pipeline::run(run, &Disk, &files);
    let starts = settings.figures.iter().filter_map(|t| t.starts).filter(|day| *day >= today).min();
    let plan = Plan {
        buffer: settings.buffer,
        today: Some(today),
        tenants_per_month: settings.growth.map(|g| g.tenants_per_month),
        starts,
    };
    let asks = request::asks(&report.projections, &plan);
    terminal.print(&request::render(&asks, options.form.into()));
    terminal.tell_errors(&report.diagnostics, &files);
    Ok(pipeline::unchecked(&report.diagnostics).code())
}
