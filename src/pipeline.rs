//! The story: read, count, compare, judge, forgive, tell.
//!
//! In: what to read and what was said of it. Out: a [`Report`]. Never here: how any of it is done.

use std::path::{Path, PathBuf};

use crate::date::Date;
use crate::expand::{self, Options};
use crate::finding::{Diagnostic, Severity};
use crate::inventory::Inventory;
use crate::module::Loader;
use crate::report::{Exit, Input, InputKind, Report, Stats};
use crate::source::{Files, Tree};

/// What a run is to do.
#[derive(Debug)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A root module.
    Folder(PathBuf),
    /// A plan or state as JSON.
    File(PathBuf),
    /// The same on standard input.
    Stream,
}

/// Checks everything and returns the report.
pub fn run(request: Request, tree: &dyn Tree, files: &Files) -> Report {
    let mut report = Report::default();
    for source in &request.sources {
        let inventory = read(source, &request.options, tree, files);
        report.inputs.push(source.input(&inventory));
        report.stats = stats(&inventory);
        report.diagnostics.extend(inventory.diagnostics);
    }
    report.sort(files);
    report.exit = report.exit(request.fail_on);
    report
}

/// Reads one source, whichever it is: from here on nobody can tell.
pub fn read(source: &Source, options: &Options, tree: &dyn Tree, files: &Files) -> Inventory {
    match source {
        Source::Folder(dir) => expand::inventory(dir, &Loader::new(tree, files), options),
        Source::File(_) | Source::Stream => Inventory::default(),
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
    fn input(&self, inventory: &Inventory) -> Input {
        let path = |p: &Path| p.display().to_string();
        let (path, kind) = match self {
            Source::Folder(p) => (path(p), InputKind::Source),
            Source::File(p) => (path(p), InputKind::Plan),
            Source::Stream => ("-".to_owned(), InputKind::Plan),
        };
        Input { path, kind, partial: inventory.partial.clone() }
    }
}

fn stats(inventory: &Inventory) -> Stats {
    let mut types: Vec<&str> = inventory.instances.iter().map(|i| i.address.block.ty.as_str()).collect();
    types.sort_unstable();
    types.dedup();
    Stats { instances: inventory.instances.len() as u64, types: types.len() as u64, ..Stats::default() }
}
