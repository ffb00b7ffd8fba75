//! The story: read, count, compare, judge, forgive, tell.
//!
//! In: what to read and what was said of it. Out: a [`Report`]. Never here: how any of it is done.

mod joined;
mod read;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};

use crate::catalog;
use crate::config::{self, FailOn, Settings};
use crate::date::Date;
use crate::expand::{self, Options};
use crate::finding::{Diagnostic, Severity};
use crate::inventory::{Inventory, MissingModule};
use crate::module::{Loader, module_files};
use crate::plan;
use crate::projection::{self, Limits, Projected, Projector, QuotaName, Root};
use crate::report::{Exit, Input, InputKind, Origin, Report, RuleHelp, Stats};
use crate::rules::{self, Context};
use crate::source::{Files, Span, Tree};
use crate::suppress::Allows;
use crate::tags::{TagJudge, TagVerdicts};
use crate::value::Value;
use crate::words::list_some;

use read::{Job, Read};

/// What a run is to do.
pub struct Request {
    pub sources: Vec<Source>,
    /// Folders are searched for root modules.
    pub recursive: bool,
    /// `target` blocks of the settings to check, in place of sources.
    pub targets: Vec<String>,
    /// Which of the inputs are checked here: `(2, 4)` for the second of four parts. None: all of them.
    pub shard: Option<(usize, usize)>,
    pub options: Options,
    /// None: `.tf-headroom.hcl`, found upwards.
    pub settings: Option<PathBuf>,
    pub today: Date,
    /// Judge tags of instances that the plan does not change as well.
    pub all: bool,
    /// From which finding on it fails; None: as the settings say, else from errors on.
    pub fail_on: Option<FailOn>,
    /// Where the working folder lies, for links and for paths from the root of the repository.
    pub origin: Origin,
}

/// Something to read.
pub enum Source {
    /// A root module.
    Folder(PathBuf),
    /// A plan or state as JSON, what it is called, and the folder of the source that it was made from.
    Json { name: String, input: Box<dyn io::Read + Send>, folder: Option<PathBuf> },
}

/// Checks everything and returns the report.
pub fn run(request: Request, tree: &dyn Tree, files: &Files) -> Report {
    let Request { sources, recursive, targets, shard, options, today, all, .. } = request;
    let (settings, diagnostics) = settings(request.settings.as_deref(), &sources, tree, files);
    let mut report = Report { diagnostics, ..Report::default() };
    let options = with_settings(options, &settings);

    let accounts = read::accounts(&settings);
    let limits = Limits { stated: settings.limits.clone(), today: Some(today), ..Limits::default() };
    let mut projector =
        Projector::new(limits, projection::Options { accounts, ..projection::Options::default() });
    let mut tags = TagJudge::new(&settings.schema, Some(today));
    let (mut missing, mut partial) = (Vec::new(), Vec::new());
    let several = recursive || sources.len() > 1 || targets.len() > 1;
    let pool = read::threads(several);
    let loader = if pool.is_some() { Loader::shared(tree, files) } else { Loader::new(tree, files) };
    let repository = read::Repository::of(&settings, &loader, pool.as_ref());
    let mut jobs = match (recursive, targets.as_slice()) {
        (_, [_, ..]) => repository.targets(&targets, &mut report.diagnostics),
        (true, []) => repository.below(sources, &mut report.diagnostics),
        (false, []) => sources.into_iter().map(Job::plain).collect(),
    };
    if let Some((part, of)) = shard {
        jobs = read::shard(jobs, part, of, &mut report.diagnostics);
    }
    read::each(jobs, &options, &loader, pool.as_ref(), &mut |Read { job, path, folder, kind, inventory }| {
        let known_as = repository.path(&folder);
        let managed =
            inventory.instances.iter().filter(|i| i.address.block.mode == crate::address::Mode::Managed);
        let instances = managed.map(|i| i.after.low()).fold(0, u64::saturating_add);
        let target = job.as_ref().map(|t| t.name.clone());
        let input = Input { path, target, kind, instances, partial: inventory.partial.clone() };
        let (name, account) = (input.name(), job.and_then(|t| t.account));
        projector.add(&inventory, &Root { name: name.clone(), path: known_as, account });
        tags.add_called(&name, &inventory, &input.path, Some(files));
        missing.extend(inventory.missing);
        partial.extend(inventory.partial.map(|why| (name, why)));
        report.inputs.push(input);
        report.diagnostics.extend(inventory.diagnostics);
    });
    let projected = projector.finish();
    let verdicts = tags.finish();

    let mut read = files.all();
    let unused = loader.unused();
    read.retain(|file| !unused.contains(&file.id));
    let allows = Allows::read(&read, &rules::ids(), Some(today));
    let context = Context {
        projected: &projected,
        stated: &settings.limits,
        tags: &verdicts,
        schema: &settings.schema,
        files,
        missing: &missing,
        partial: &partial,
        buffer: settings.buffer,
        all,
        allows: &|rule: &'static str, span: Span| allows.covers(rule, span, files),
    };
    report.findings = rules::run(&context, &settings.levels);
    report.findings.extend(rules::settle(allows.leftover(), &settings.levels));

    report.stats = Stats { allowed: allows.used(), ..stats(&projected, &verdicts) };
    report.coverage = verdicts.coverage;
    report.projections = projected.projections;
    report.rules =
        rules::RULES.iter().map(|r| RuleHelp { id: r.id, severity: r.severity, page: r.page }).collect();
    report.origin = request.origin;
    report.sort(files);
    report.exit = report.exit(match request.fail_on.or(settings.fail_on) {
        Some(FailOn::Never) => None,
        Some(FailOn::At(severity)) => Some(severity),
        None => Some(Severity::Error),
    });
    report
}

/// Reads one source for `inventory`, with what the settings assume.
pub fn inventory(
    source: Source,
    options: Options,
    settings_file: Option<&Path>,
    tree: &dyn Tree,
    files: &Files,
) -> Inventory {
    let sources = [source];
    let (settings, mut diagnostics) = settings(settings_file, &sources, tree, files);
    let options = with_settings(options, &settings);
    let [source] = sources;
    let mut inventory = read(source, &options, &Loader::new(tree, files));
    diagnostics.append(&mut inventory.diagnostics);
    Inventory { diagnostics, ..inventory }
}

/// Reads the settings file: the one that is named, or the first that is found from a source upwards.
pub fn settings(
    named: Option<&Path>,
    sources: &[Source],
    tree: &dyn Tree,
    files: &Files,
) -> (Settings, Vec<Diagnostic>) {
    if let Some(path) = named {
        return config::load(path, tree, files, &rules::ids());
    }
    let mut found: Vec<PathBuf> = Vec::new();
    for source in sources {
        // A plan lies anywhere: its settings are those of its source or of the working folder.
        let start = source.folder().unwrap_or(Path::new("."));
        let path = config::find(start, tree);
        found.extend(path.filter(|p| found.iter().all(|f| tree.canonical(f) != tree.canonical(p))));
    }
    let Some(first) = found.first() else { return (Settings::default(), Vec::new()) };
    let (settings, mut diagnostics) = config::load(first, tree, files, &rules::ids());
    for other in &found[1..] {
        let text = format!("`{}` is not read: `{}` holds for all paths", other.display(), first.display());
        let help = "check paths with settings of their own one by one, or name one file with `--settings`";
        diagnostics.push(Diagnostic::warning("Several settings files", text, None).help(help));
    }
    (settings, diagnostics)
}

/// Adds what the settings say of reading source.
pub fn with_settings(options: Options, settings: &Settings) -> Options {
    let map_keys = settings.tenants.iter().map(|t| t.variable.clone()).collect();
    Options { assume: assumed(settings), map_keys, ..options }
}

/// What references without a value are taken to be.
pub fn assumed(settings: &Settings) -> BTreeMap<String, Value> {
    settings.assume.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
}

/// Reads one source, whichever it is: from here on nobody can tell.
pub fn read(source: Source, options: &Options, loader: &Loader<'_>) -> Inventory {
    match source {
        Source::Folder(dir) => match nothing_to_read(&dir, loader.tree) {
            Some(problem) => Inventory { diagnostics: vec![problem], ..Inventory::default() },
            None => with_missing_folders(expand::inventory(&dir, loader, options)),
        },
        Source::Json { name, input, folder: None } => from_plan(name, input),
        Source::Json { name, input, folder: Some(dir) } => joined::read(name, input, &dir, options, loader),
    }
}

fn from_plan(name: String, input: Box<dyn io::Read>) -> Inventory {
    let read = plan::read(input, &name, &plan::Options::default());
    read.unwrap_or_else(|error| refused(name, &error))
}

/// Nothing but why a plan cannot be read.
fn refused(name: String, error: &plan::PlanError) -> Inventory {
    let help = miette::Diagnostic::help(error).map(|h| h.to_string());
    let problem = Diagnostic { help, ..Diagnostic::error(error.to_string(), "", None) };
    Inventory { diagnostics: vec![problem.origin(name)], ..Inventory::default() }
}

/// A module that lies nowhere is an error, as it is to `terraform init`; one that has to be fetched first is a finding.
fn with_missing_folders(mut inventory: Inventory) -> Inventory {
    let (local, remote) = inventory.missing.into_iter().partition(|m| m.local);
    let missing: Vec<MissingModule> = local;
    inventory.missing = remote;
    inventory.diagnostics.extend(missing.into_iter().map(|m| {
        let detail = format!("`{}` has its source in `{}`, and there is no such folder", m.address, m.source);
        let help = "what the module declares is in no count: mend the path, or fetch the folder";
        Diagnostic::error("Unreadable module directory", detail, Some(m.span)).help(help)
    }));
    inventory
}

/// Exit code 2 if something could not be read.
pub fn unchecked(diagnostics: &[Diagnostic]) -> Exit {
    match diagnostics.iter().any(|d| d.severity == Severity::Error) {
        true => Exit::Unchecked,
        false => Exit::Clean,
    }
}

impl Source {
    /// The folder of its source, if there is one.
    fn folder(&self) -> Option<&Path> {
        match self {
            Source::Folder(dir) => Some(dir),
            Source::Json { folder, .. } => folder.as_deref(),
        }
    }

    fn name(&self) -> (String, InputKind) {
        match self {
            Source::Folder(dir) => (dir.display().to_string(), InputKind::Source),
            Source::Json { name, .. } => (name.clone(), InputKind::Plan),
        }
    }
}

/// An empty folder is no configuration without faults: whoever names it means another one.
fn nothing_to_read(dir: &Path, tree: &dyn Tree) -> Option<Diagnostic> {
    let files = module_files(tree, dir).ok()?;
    if !files.is_empty() {
        return None;
    }
    let below = roots_below(dir, tree);
    let help = match below.as_slice() {
        [] => "give the folder of a root module, or a plan: `terraform show -json plan.out | tf-headroom check -`".into(),
        [one] => format!("there is one at `{one}`"),
        several => format!("there are some below: {}", list_some(several, 3)),
    };
    let text = format!("`{}` holds no Terraform files", dir.display());
    Some(Diagnostic::error(text, "", None).help(help).origin(dir.display().to_string()))
}

/// Returns folders below that hold Terraform files, the nearest first.
fn roots_below(dir: &Path, tree: &dyn Tree) -> Vec<String> {
    const DEPTH: usize = 3;
    const LOOKED_AT: usize = 500;
    let mut found = Vec::new();
    let mut folders = VecDeque::from([(dir.to_path_buf(), 0)]);
    let mut left = LOOKED_AT;
    while let Some((folder, depth)) = folders.pop_front() {
        if depth > 0 && module_files(tree, &folder).is_ok_and(|files| !files.is_empty()) {
            found.push(folder.display().to_string());
            continue;
        }
        let names = if depth < DEPTH { tree.list(&folder).unwrap_or_default() } else { Vec::new() };
        for (name, is_dir) in names {
            if is_dir && !name.starts_with('.') && name != "modules" && left > 0 {
                left -= 1;
                folders.push_back((folder.join(name), depth + 1));
            }
        }
    }
    found
}

fn stats(projected: &Projected, tags: &TagVerdicts) -> Stats {
    let mut quotas: Vec<&QuotaName> = projected.projections.iter().map(|p| &p.quota).collect();
    quotas.sort_unstable();
    quotas.dedup();
    Stats {
        instances: projected.instances,
        groups: projected.groups,
        types: projected.types as u64,
        quotas: quotas.len() as u64,
        unmeasured: projected.unmeasured.keys().cloned().collect(),
        tags_judged: tags.judged,
        tags_schema: tags.schema,
        catalog: catalog::AS_OF,
        ..Stats::default()
    }
}
