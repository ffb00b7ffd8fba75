//! The story: read, count, compare, judge, forgive, tell.
//!
//! In: what to read and what was said of it. Out: a [`Report`]. Never here: how any of it is done.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use crate::catalog;
use crate::date::Date;
use crate::expand::{self, Options};
use crate::finding::{Diagnostic, Severity};
use crate::inventory::Inventory;
use crate::module::{Loader, module_files};
use crate::plan;
use crate::projection::{self, Limits, Projected, Projector, QuotaName, Root};
use crate::report::{Exit, Input, InputKind, Report, Stats};
use crate::source::{Files, Tree};
use crate::tags::{Schema, TagJudge, TagVerdicts};
use crate::words::list_some;

/// What a run is to do.
pub struct Request {
    pub sources: Vec<Source>,
    pub options: Options,
    /// None: `.tf-headroom.hcl`, found upwards.
    pub settings: Option<PathBuf>,
    pub today: Date,
    /// Judge tags of instances that the plan does not change as well.
    pub all: bool,
    /// The least grave finding that fails; None: none does.
    pub fail_on: Option<Severity>,
}

/// Something to read.
pub enum Source {
    /// A root module.
    Folder(PathBuf),
    /// A plan or state as JSON, and what it is called.
    Json { name: String, input: Box<dyn io::Read> },
}

/// Checks everything and returns the report.
pub fn run(request: Request, tree: &dyn Tree, files: &Files) -> Report {
    let mut report = Report::default();
    let schema = Schema::default();
    let limits = Limits { today: Some(request.today), ..Limits::default() };
    let mut projector = Projector::new(limits, projection::Options::default());
    let mut tags = TagJudge::new(&schema, Some(request.today));
    for source in request.sources {
        let (path, kind) = source.name();
        let inventory = read(source, &request.options, tree, files);
        projector.add(&inventory, &Root { path: path.clone(), account: None });
        tags.add(&inventory, &path, Some(files));
        report.inputs.push(Input { path, kind, partial: inventory.partial });
        report.diagnostics.extend(inventory.diagnostics);
    }
    let projected = projector.finish();
    let verdicts = tags.finish();
    report.stats = stats(&projected, &verdicts);
    report.projections = projected.projections;
    report.sort(files);
    report.exit = report.exit(request.fail_on);
    report
}

/// Reads one source, whichever it is: from here on nobody can tell.
pub fn read(source: Source, options: &Options, tree: &dyn Tree, files: &Files) -> Inventory {
    match source {
        Source::Folder(dir) => match nothing_to_read(&dir, tree) {
            Some(problem) => Inventory { diagnostics: vec![problem], ..Inventory::default() },
            None => expand::inventory(&dir, &Loader::new(tree, files), options),
        },
        Source::Json { name, input } => {
            plan::read(input, &name, &plan::Options::default()).unwrap_or_else(|error| {
                let help = miette::Diagnostic::help(&error).map(|h| h.to_string());
                let problem = Diagnostic { help, ..Diagnostic::error(error.to_string(), "", None) };
                Inventory { diagnostics: vec![problem.origin(name)], ..Inventory::default() }
            })
        }
    }
}

/// Exit code 2 if something could not be read.
pub fn unchecked(diagnostics: &[Diagnostic]) -> Exit {
    match diagnostics.iter().any(|d| d.severity == Severity::Error) {
        true => Exit::Unchecked,
        false => Exit::Clean,
    }
}

impl Source {
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
        types: projected.types as u64,
        quotas: quotas.len() as u64,
        unmeasured: projected.unmeasured.keys().cloned().collect(),
        tags_judged: tags.judged,
        tags_schema: tags.schema,
        catalog: catalog::AS_OF,
        ..Stats::default()
    }
}
