//! What `--base` and `--settings-from` name.

use std::path::Path;

use super::Result;
use super::args;
use super::commands::source;
use super::error::CliError;
use crate::pipeline::{Base, Gate, Source};
use crate::report::PartGate;
use crate::source::{Disk, Git, GitError, Tree, near, near_revision};

/// Opens what `--base` names: a file is a plan, what begins like a path is a folder, anything else first a revision.
pub fn open(name: &str, options: &args::Check) -> Result<Base> {
    let path = Path::new(name);
    let spelt = [".", "/", "~"].iter().any(|s| name.starts_with(s));
    if Disk.is_file(path) || (spelt && Disk.is_dir(path)) {
        return on_disk(name);
    }
    let from_disk = [options.reading.var_file.clone(), Git::ignored_values(Path::new("."))].concat();
    match Git::open(Path::new("."), name, from_disk) {
        Ok(git) => {
            let sources = options.paths.iter().map(|p| at_revision(p, &git)).collect::<Result<_>>()?;
            let commit = Some(git.commit().to_owned());
            Ok(Base { name: name.to_owned(), commit, sources, tree: Box::new(git) })
        }
        Err(_) if Disk.is_dir(path) => on_disk(name),
        Err(GitError(why)) => {
            let near = near_revision(Path::new("."), name).or_else(|| near(path, &Disk));
            Err(Box::new(CliError::Base { name: name.to_owned(), why, near }))
        }
    }
}

fn on_disk(name: &str) -> Result<Base> {
    let sources = vec![Some(source(Path::new(name), None)?)];
    Ok(Base { name: name.to_owned(), commit: None, sources, tree: Box::new(Disk) })
}

/// The same root as it was; None: it did not exist.
fn at_revision(path: &Path, git: &Git) -> Result<Option<Source>> {
    if !Disk.is_dir(path) {
        return Err(Box::new(CliError::PlanAndRevision));
    }
    Ok(git.is_dir(path).then(|| Source::Folder(path.to_owned())))
}

/// Opens the revision that a part of a check had its settings from.
pub fn gate_again(part: &PartGate) -> Result<Gate> {
    let again = gate(&part.commit).map_err(|_| {
        let why = format!("settings are from `{}`, the commit {}, which is not here", part.name, part.commit);
        Box::new(CliError::Unfetched { why, commit: part.commit.clone() })
    })?;
    let files = part.files.iter().map(Into::into).collect();
    Ok(Gate { name: part.name.clone(), files: Some(files), ..again })
}

/// Opens the revision that settings and baseline are read from.
pub fn gate(name: &str) -> Result<Gate> {
    let git = Git::open(Path::new("."), name, Vec::new()).map_err(|GitError(why)| {
        let near = near_revision(Path::new("."), name);
        CliError::Revision { name: name.to_owned(), why, near }
    })?;
    let commit = git.commit().to_owned();
    Ok(Gate { name: name.to_owned(), commit, tree: Box::new(git), files: None })
}
