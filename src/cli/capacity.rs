//! `capacity`: how many more tenants fit.

use clap::ArgMatches;

use super::args::{Common, Plain, Target};
use super::commands::{enter, quotas, reading, source, today};
use super::error::CliError;
use super::output::Terminal;
use super::progress;
use super::terraform::Environment;
use super::{Result, args, args::Capacity};
use crate::capacity::{self, Answer, Search, Shape, Study, Trouble};
use crate::config::Settings;
use crate::expand::{Model, Options};
use crate::finding::Diagnostic;
use crate::module::Loader;
use crate::pipeline::{self, Quotas, Source};
use crate::projection::{Root, partition_of_region};
use crate::report::human::capacity::Asked;
use crate::report::{Exit, human, json};
use crate::request::profile::{self, Layout, Profile};
use crate::source::{Disk, Files};
use crate::words::nearest;

/// Runs the command.
pub fn run(common: &Common, options: Capacity, matches: &ArgMatches, terminal: &mut Terminal) -> Result<u8> {
    let environment = enter(common)?;
    let files = Files::default();
    if let Some(profile) = options.profile {
        return Ok(sizes(profile, &options, &environment, &files, terminal));
    }
    let source = source(&options.path, None)?;
    let Source::Folder(dir) = &source else {
        let what = format!(
            "`{}` is a plan, and a plan cannot be made again with other tenants",
            options.path.display()
        );
        return Err(stopped(what, "give the folder of the root module"));
    };
    let dir = dir.clone();
    let mut reading = reading(options.reading, matches, &environment)?;
    let (settings, told) = pipeline::settings(options.settings.config.as_deref(), &[source], &Disk, &files);
    reading = pipeline::with_settings(reading, &settings);
    let loader = Loader::new(&Disk, &files);
    let path = options.path.display().to_string();
    let ask = Ask {
        like: options.like.as_deref(),
        shape: options.shape.as_deref(),
        most: options.most,
        today: options.today.unwrap_or_else(today),
        quotas: quotas(options.quotas, &environment)?,
    };
    let search = || answer(&dir, &path, &loader, &reading, &settings, &ask, &files);
    let (answer, asked, mut diagnostics) = progress::during(terminal.tells_progress(), &files, search)?;
    diagnostics.splice(0..0, told);
    let target = options.format.unwrap_or(Target { format: Plain::Human, file: None });
    let look = if target.file.is_some() { terminal.look_of_file() } else { terminal.look() };
    let text = match target.format {
        Plain::Human => {
            let asked =
                Asked { path: &path, shape: &asked.shape, tenants: asked.tenants, buffer: settings.buffer };
            human::capacity::render(&answer, &asked, &look)
        }
        Plain::Json => json::capacity(&answer, &path, &asked.variable, asked.tenants),
    };
    match &target.file {
        Some(path) => terminal.save(&[(path.as_path(), text)])?,
        None => _ = terminal.print(&text),
    }
    terminal.tell_errors(&diagnostics, &files);
    Ok(match pipeline::unchecked(&diagnostics) {
        Exit::Clean if !answer.exceeded.is_empty() || answer.fits.high == Some(0) => Exit::Findings.code(),
        exit => exit.code(),
    })
}

/// Says what agencies of a size need, without any configuration.
fn sizes(
    profile: &Profile,
    options: &Capacity,
    environment: &Environment,
    files: &Files,
    terminal: &mut Terminal,
) -> u8 {
    let here = [Source::Folder(".".into())];
    let (settings, told) = pipeline::settings(options.settings.config.as_deref(), &here, &Disk, files);
    let layout = options.layout.map(|l| match l {
        args::Layout::Shared => Layout::Shared,
        args::Layout::Separate => Layout::Separate,
    });
    let partition = partition_of_region(environment.get("AWS_REGION").unwrap_or("us-east-1"));
    terminal.print(&profile::render(profile, options.tenants, layout, settings.buffer, partition));
    terminal.tell_errors(&told, files);
    pipeline::unchecked(&told).code()
}

fn stopped(what: impl Into<String>, help: impl Into<String>) -> Box<CliError> {
    Box::new(CliError::Capacity { what: what.into(), help: Some(help.into()) })
}

/// What is asked.
struct Ask<'a> {
    like: Option<&'a str>,
    shape: Option<&'a str>,
    most: u64,
    today: crate::date::Date,
    quotas: Quotas,
}

/// What was asked, in the words of the answer.
struct Told {
    shape: String,
    variable: String,
    tenants: u64,
}

fn answer<'a>(
    dir: &std::path::Path,
    path: &str,
    loader: &'a Loader<'a>,
    reading: &'a Options,
    settings: &'a Settings,
    ask: &Ask<'_>,
    files: &Files,
) -> Result<(Answer, Told, Vec<Diagnostic>)> {
    let mut model = Model::load(loader, dir, reading);
    let mut inventory = model.inventory();
    let mut diagnostics = std::mem::take(&mut inventory.diagnostics);
    let tenancy = match capacity::find(&mut model, &inventory, settings.tenants.as_ref()) {
        Ok(tenancy) => tenancy,
        Err(why) => return Err(stopped(why.text(), why.help())),
    };
    let (shape, words) = match (ask.like, ask.shape) {
        (Some(key), _) => (Shape::Key(key.into()), format!("like {key}")),
        (None, Some(text)) => {
            let value = model.eval_text("--shape", text).map_err(|problems| {
                let what =
                    problems.first().map_or_else(String::new, |d| format!("{}: {}", d.summary, d.detail));
                stopped(
                    format!("the shape is no expression: {what}"),
                    "write an object: `--shape '{ name = \"New\" }'`",
                )
            })?;
            if !value.is_wholly_known() {
                return Err(stopped("the shape is not known", "give values, or variables that have one"));
            }
            (Shape::Given(value), "of the given shape".to_owned())
        }
        (None, None) => (Shape::Median, String::new()),
    };
    let _ = files;
    let (tenants, keys, variable) =
        (tenancy.keys.len() as u64, tenancy.keys.clone(), tenancy.variable.to_string());
    let root = Root { name: path.to_owned(), path: path.to_owned(), account: None };
    let mut limits = pipeline::limits(settings, ask.today);
    let asked = (&inventory, &root);
    pipeline::fill(&mut limits, &ask.quotas, asked, settings, &Disk, &mut diagnostics);
    let mut study = Study::new(model, settings, limits, root, tenancy);
    let search = Search { most: ask.most, buffer: settings.buffer, ..Search::default() };
    let answer = capacity::search(&mut study, &shape, &search).map_err(|trouble| match trouble {
        Trouble::NoSuchTenant(name) => {
            let near = nearest(&name, keys.iter().map(|k| k.as_str()));
            let help = near.map_or("`--like` takes a key of the map of tenants".to_owned(), |n| format!("did you mean `{n}`?"));
            stopped(format!("`var.{variable}` has no tenant `{name}`"), help)
        }
        Trouble::Shape(problems) => {
            let what = problems.first().map_or_else(String::new, |d| format!("{}: {}", d.summary, d.detail));
            stopped(
                format!("with one more tenant the configuration fails: {what}"),
                "give another shape: `--like TENANT`, or `--shape '{ … }'` with what each tenant needs of its own",
            )
        }
        Trouble::Fixed => stopped(
            format!("the type of `var.{variable}` has fixed keys: no tenant can be added"),
            "make it a `map(object({ … }))`",
        ),
        Trouble::NothingGrows => stopped(
            "no quota that is measured uses more with one more tenant".to_owned(),
            "`tf-headroom inventory` shows what there is; demand that no resource shows is a `demand` or `tenant` block",
        ),
    })?;
    let shape = match words.as_str() {
        "" => format!("like {}, the one in the middle,", answer.trial.like),
        _ => words,
    };
    Ok((answer, Told { shape, variable, tenants }, diagnostics))
}
