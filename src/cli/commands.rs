//! The commands, one function each.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use clap::ArgMatches;

use super::args::{self, Common, Plain, QuotasFrom, Target};
use super::aws;
use super::error::CliError;
use super::output::Terminal;
use super::progress;
use super::terraform::{Environment, variables};
use super::{Result, base};
use crate::catalog;
use crate::date::Date;
use crate::expand::Options;
use crate::pipeline::{self, Effort, Quotas, Request, Source};
use crate::report::{Exit, Format, Origin, Report, human, json};
use crate::source::{Disk, Files, Tree, Writing, near};

/// What `--version` prints: a verdict depends on the catalog as much as on the program.
pub static VERSION: LazyLock<String> =
    LazyLock::new(|| format!("{} (catalog {})", env!("CARGO_PKG_VERSION"), catalog::AS_OF));

/// Runs `check`.
pub fn check(
    common: &Common,
    options: args::Check,
    matches: &ArgMatches,
    terminal: &mut Terminal,
) -> Result<u8> {
    let environment = enter(common)?;
    let files = Files::default();
    let base = options.base.as_deref().map(|name| base::open(name, &options)).transpose()?;
    let gate = options.settings_from.as_deref().map(base::gate).transpose()?;
    // People see the worst only; programs and pages get it where it is quick.
    let told = options.format.iter().any(|t| t.format != Format::Human);
    let shares = match (options.shares, told) {
        (true, _) => Effort::All,
        (false, true) => Effort::Cheap,
        (false, false) => Effort::None,
    };
    // JSON lists them as they come, and people see a few: unless they ask for all.
    let needs_all = |format: Format| match format {
        Format::Json => false,
        Format::Human => terminal.is_full(),
        _ => true,
    };
    let formats = options.format.iter().map(|t| t.format);
    let request = Request {
        in_passing: match options.format.is_empty() {
            true => !needs_all(Format::Human),
            false => !formats.clone().any(needs_all),
        },
        changed: options.changed.then(|| options.paths.clone()),
        carry: options.format.iter().any(|t| t.format == Format::Json),
        parts: Vec::new(),
        sources: match options.changed {
            true => vec![Source::Folder(".".into())],
            false => sources(&options.paths, options.source.as_deref())?,
        },
        recursive: options.recursive || options.changed,
        targets: options.target,
        shard: options.shard,
        options: reading(options.reading, matches, &environment)?,
        settings: options.settings.config,
        today: options.today.unwrap_or_else(today),
        all: options.all,
        fail_on: options.fail_on.map(Into::into),
        shares,
        quotas: quotas(options.quotas, &environment)?,
        origin: origin(&environment),
        base,
        gate,
        // A baseline that is written is one that holds.
        baseline: options.baseline.filter(|_| options.write_baseline.is_none()),
    };
    let targets = match options.format.is_empty() {
        true => vec![Target { format: Format::Human, file: None }],
        false => options.format,
    };
    apart(&targets)?;
    let check = || pipeline::run(request, &Disk, &files);
    let (mut report, baseline) = progress::during(terminal.tells_progress(), &files, check);
    // What is written down as known fails nothing; what could not be read is not known.
    if options.write_baseline.is_some() {
        if report.exit == Exit::Unchecked {
            terminal.tell_errors(&report.diagnostics, &files);
            return Err(Box::new(CliError::PartialBaseline));
        }
        report.exit = Exit::Clean;
    }
    let written = options.write_baseline.as_deref().map(|path| (path, baseline.text()));
    let code = deliver(&report, &files, &targets, written, terminal);
    // The program ends: to give back piece by piece what goes with it takes a hundredth of its time.
    std::mem::forget((report, files));
    code
}

/// Writes a report where it is to go, with one more file, and returns the exit code.
pub(super) fn deliver(
    report: &Report,
    files: &Files,
    targets: &[Target],
    more: Option<(&Path, String)>,
    terminal: &mut Terminal,
) -> Result<u8> {
    let human_reads = targets.iter().any(|t| t.format == Format::Human && t.file.is_none());
    let look = terminal.look_of_file();
    let writing = |format: Format| -> Writing<'_> {
        let look = &look;
        Box::new(move |to| format.write(report, files, look, to))
    };
    let mut to_files: Vec<(&Path, Writing<'_>)> =
        targets.iter().filter_map(|t| Some((t.file.as_deref()?, writing(t.format)))).collect();
    to_files.extend(more.map(|(path, text)| -> (&Path, Writing<'_>) {
        (path, Box::new(move |to| to.write_all(text.as_bytes())))
    }));
    terminal.save_with(&to_files)?;
    for target in targets.iter().filter(|t| t.file.is_none()) {
        let look = terminal.look();
        terminal.print_with(|out| target.format.write(report, files, &look, out));
    }
    // Whoever reads a machine's format on standard output still sees why it is not whole.
    if !human_reads {
        terminal.tell_errors(&report.diagnostics, files);
    }
    Ok(report.exit.code())
}

/// Runs `inventory`.
pub fn inventory(
    common: &Common,
    options: args::Inventory,
    matches: &ArgMatches,
    terminal: &mut Terminal,
) -> Result<u8> {
    let environment = enter(common)?;
    let files = Files::default();
    let source = source(&options.path, options.source.as_deref())?;
    let reading = reading(options.reading, matches, &environment)?;
    let list = || pipeline::inventory(source, reading, options.settings.config.as_deref(), &Disk, &files);
    let inventory = progress::during(terminal.tells_progress(), &files, list);
    let target = options.format.unwrap_or(Target { format: Plain::Human, file: None });
    let look = if target.file.is_some() { terminal.look_of_file() } else { terminal.look() };
    let text = match target.format {
        Plain::Human => human::inventory(&inventory, &files, &look),
        Plain::Json => json::inventory(&inventory, &files),
    };
    match &target.file {
        Some(path) => terminal.save(&[(path.as_path(), text)])?,
        None => _ = terminal.print(&text),
    }
    terminal.tell_errors(&inventory.diagnostics, &files);
    Ok(pipeline::unchecked(&inventory.diagnostics).code())
}

/// Runs `schema`.
pub fn schema(options: &args::Schema) -> &'static str {
    options.of.text()
}

/// Runs `completions`.
pub fn completions(options: &args::Completions) -> String {
    let mut out = Vec::new();
    clap_complete::generate(options.shell, &mut args::command(), "tf-headroom", &mut out);
    String::from_utf8(out).expect("bug: completions are not UTF-8")
}

/// Runs `man`: one page, with a section for each command.
pub fn man() -> String {
    let mut command = args::command();
    command.build();
    let page = |render: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
        let mut out = Vec::new();
        render(&mut out).expect("bug: memory cannot be written to");
        String::from_utf8(out).expect("bug: the manual page is not UTF-8")
    };
    let whole = clap_mangen::Man::new(command.clone());
    let mut text = page(&|out| whole.render(out));
    let mut next: VecDeque<clap::Command> = command.get_subcommands().cloned().collect();
    while let Some(sub) = next.pop_front() {
        let name = sub.get_bin_name().unwrap_or(sub.get_name()).to_uppercase();
        sub.get_subcommands().cloned().collect::<Vec<_>>().into_iter().rev().for_each(|s| next.push_front(s));
        let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
        // What holds for all commands is said once.
        let shared: Vec<_> =
            sub.get_arguments().filter(|a| a.is_global_set()).map(|a| a.get_id().clone()).collect();
        let own = shared.into_iter().fold(sub, |sub, id| sub.mut_arg(id, |a| a.hide(true)));
        let man = clap_mangen::Man::new(own);
        let inner =
            page(&|out| man.render_synopsis_section(out).and_then(|()| man.render_options_section(out)));
        let _ = write!(text, ".SH \"{name}\"\n{}\n", about.replace('\\', "\\\\"));
        // Each section says again how an apostrophe is written.
        for line in inner.lines().filter(|l| !l.starts_with(".ie ") && !l.starts_with(".el ")) {
            let _ = writeln!(text, "{}", line.replacen(".SH ", ".SS ", 1));
        }
    }
    text
}

/// Goes where `-chdir` says and returns what of the environment may be looked at.
pub fn enter(common: &Common) -> Result<Environment> {
    if let Some(dir) = &common.chdir {
        std::env::set_current_dir(dir)
            .map_err(|problem| CliError::Chdir { path: dir.display().to_string(), problem })?;
    }
    Ok(Environment::of_process())
}

/// Returns who tells limits and use.
pub(super) fn quotas(from: QuotasFrom, environment: &Environment) -> Result<Quotas> {
    let only = from == QuotasFrom::LiveOnly;
    match from {
        QuotasFrom::Catalog => Ok(Quotas::Catalog),
        QuotasFrom::File(path) => {
            let words = ["catalog", "live", "live-only"];
            let name = path.display().to_string();
            match crate::words::nearest(&name, words) {
                Some(near) if !Disk.is_file(&path) => {
                    Err(Box::new(CliError::Missing { path: name, near: Some(near.to_owned()) }))
                }
                _ => Ok(Quotas::File(path)),
            }
        }
        QuotasFrom::Live | QuotasFrom::LiveOnly => Ok(Quotas::Live { only, ask: aws::ask(environment)? }),
    }
}

/// Complains about two reports that would go to one place.
pub(super) fn apart(targets: &[Target]) -> Result<()> {
    for (at, target) in targets.iter().enumerate() {
        if targets[..at].iter().any(|t| t.file == target.file) {
            let place = target.file.as_ref().map(|f| f.display().to_string());
            return Err(Box::new(CliError::OnePlace { place }));
        }
    }
    Ok(())
}

/// Where the working folder lies, and where its files are seen in a browser.
#[allow(clippy::disallowed_methods, reason = "the command line knows the working folder, and passes it in")]
pub fn origin(environment: &Environment) -> Origin {
    let folder = std::env::current_dir().unwrap_or_default();
    let repository = folder
        .ancestors()
        .find(|f| {
            let git = f.join(".git");
            Disk.is_dir(&git) || Disk.is_file(&git)
        })
        .map(Path::to_path_buf);
    let value = |name: &str| environment.get(name);
    let github = || {
        let (server, name) = (value("GITHUB_SERVER_URL")?, value("GITHUB_REPOSITORY")?);
        Some(format!("{server}/{name}/blob/{}", value("GITHUB_SHA")?))
    };
    let gitlab = || Some(format!("{}/-/blob/{}", value("CI_PROJECT_URL")?, value("CI_COMMIT_SHA")?));
    let revision = value("GITHUB_SHA").or(value("CI_COMMIT_SHA"));
    let revision = revision.map(|r| r.chars().take(7).collect());
    Origin { folder, repository, link: github().or_else(gitlab), revision }
}

/// Opens what the paths lead to.
pub fn sources(paths: &[PathBuf], folder: Option<&Path>) -> Result<Vec<Source>> {
    if folder.is_some() && paths.len() > 1 {
        return Err(Box::new(CliError::SourceOfSeveral));
    }
    paths.iter().map(|path| source(path, folder)).collect()
}

/// `folder`: where the source of a plan lies.
pub fn source(path: &Path, folder: Option<&Path>) -> Result<Source> {
    let json = |name: String, input: Box<dyn std::io::Read + Send>| Source::Json {
        name,
        input,
        folder: folder.map(Path::to_owned),
    };
    let name = path.display().to_string();
    if name == "-" {
        return Ok(json("standard input".to_owned(), Box::new(progress::Counted(std::io::stdin()))));
    }
    if Disk.is_dir(path) {
        if let Some(folder) = folder {
            return Err(Box::new(CliError::SourceOfFolder {
                path: name,
                folder: folder.display().to_string(),
            }));
        }
        return Ok(Source::Folder(path.to_owned()));
    }
    if [".tf", ".tofu", ".tfvars"].iter().any(|end| name.ends_with(end)) && Disk.is_file(path) {
        return Err(Box::new(CliError::OneFile { path: name }));
    }
    match std::fs::File::open(path) {
        Ok(file) => Ok(json(name, Box::new(progress::Counted(file)))),
        Err(problem) if problem.kind() == std::io::ErrorKind::NotFound => {
            Err(Box::new(CliError::Missing { path: name, near: near(path, &Disk) }))
        }
        Err(problem) => Err(Box::new(CliError::Unreadable { path: name, problem })),
    }
}

pub fn reading(reading: args::Reading, matches: &ArgMatches, environment: &Environment) -> Result<Options> {
    let limit = |variable: &'static str| match environment.get(variable) {
        Some(text) => text.parse().map(Some).map_err(|_| CliError::Limit { variable }),
        None => Ok(None),
    };
    Ok(Options {
        variables: variables(matches, environment)?,
        env: environment.all().clone(),
        workspace: reading.workspace,
        strict: reading.strict,
        data_dir: environment.get("TF_DATA_DIR").map(PathBuf::from),
        max_steps: limit("TF_HEADROOM_MAX_STEPS")?,
        max_instances: limit("TF_HEADROOM_MAX_INSTANCES")?,
        ..Options::default()
    })
}

/// The clock's time, in UTC: `2026-11-20T08:15:30Z`.
#[cfg(feature = "live")]
#[allow(clippy::disallowed_methods, reason = "the command line reads the clock, and passes it in")]
pub fn now() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = since.map_or(0, |s| s.as_secs());
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", Date::from_unix(seconds))
}

/// The clock's day, in UTC.
#[allow(clippy::disallowed_methods, reason = "the command line reads the clock, and passes it in")]
pub fn today() -> Date {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Date::from_unix(since.map_or(0, |s| s.as_secs()))
}
