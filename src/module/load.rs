//! Folders to modules, each read once a run.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use rayon::prelude::*;

use super::{Module, build};
use crate::finding::Diagnostic;
use crate::source::{FileId, Files, SourceFile, Tree};
use crate::syntax::{self, File};

/// What was read of one file: nothing of it if the file could not be opened.
type ReadFile = (FileKind, Option<Arc<SourceFile>>, Option<File>, Vec<Diagnostic>);

/// Reads modules and keeps them for whoever asks next.
pub struct Loader<'a> {
    pub tree: &'a dyn Tree,
    pub files: &'a Files,
    modules: Mutex<HashMap<PathBuf, Arc<Slot>>>,
    /// Reads the files of one folder on one thread.
    shared: bool,
}

/// A module, and whether anything but a look at it was wanted.
#[derive(Default)]
struct Slot {
    module: OnceLock<Arc<Module>>,
    used: AtomicBool,
}

impl<'a> Loader<'a> {
    pub fn new(tree: &'a dyn Tree, files: &'a Files) -> Loader<'a> {
        Loader { tree, files, modules: Mutex::default(), shared: false }
    }

    /// A loader for several threads, each at a root module of its own.
    ///
    /// A thread that waits for others while it reads a folder could be handed a root that waits for that folder, so each
    /// folder is read by one thread.
    pub fn shared(tree: &'a dyn Tree, files: &'a Files) -> Loader<'a> {
        Loader { shared: true, ..Loader::new(tree, files) }
    }

    /// Returns the module in a folder, read if nobody has read it yet.
    pub fn load(&self, dir: &Path) -> Arc<Module> {
        let slot = self.slot(dir);
        slot.used.store(true, Ordering::Relaxed);
        slot.module.get_or_init(|| Arc::new(self.read(dir))).clone()
    }

    /// The same, to see what kind of folder it is.
    pub fn peek(&self, dir: &Path) -> Arc<Module> {
        self.slot(dir).module.get_or_init(|| Arc::new(self.read(dir))).clone()
    }

    /// Returns the files of modules that were only looked at, and are part of no configuration.
    pub fn unused(&self) -> HashSet<FileId> {
        let modules = self.modules.lock().expect("bug: a thread panicked while it held the modules");
        let idle = modules.values().filter(|slot| !slot.used.load(Ordering::Relaxed));
        idle.filter_map(|slot| slot.module.get()).flat_map(|m| m.files.iter().map(|f| f.id)).collect()
    }

    /// Drops a module that nobody will ask for again; where its lines are remains known.
    pub fn release(&self, dir: &Path) {
        let key = self.tree.canonical(dir);
        self.modules.lock().expect("bug: a thread panicked while it held the modules").remove(&key);
    }

    fn slot(&self, dir: &Path) -> Arc<Slot> {
        let key = self.tree.canonical(dir);
        let mut modules = self.modules.lock().expect("bug: a thread panicked while it held the modules");
        modules.entry(key).or_default().clone()
    }

    fn read(&self, dir: &Path) -> Module {
        let names = match module_files(self.tree, dir) {
            Ok(names) => names,
            Err(error) => {
                let problem = Diagnostic::error(
                    "Unreadable module directory",
                    format!("`{}` cannot be read: {error}", shown(dir)),
                    None,
                )
                .origin(shown(dir));
                return Module {
                    dir: dir.to_path_buf(),
                    diagnostics: vec![problem],
                    unreadable: true,
                    ..Module::default()
                };
            }
        };
        let read: Vec<ReadFile> = if names.len() > 1 && !self.shared {
            names.par_iter().map(|name| self.read_file(dir, name)).collect()
        } else {
            names.iter().map(|name| self.read_file(dir, name)).collect()
        };
        let mut primary = Vec::new();
        let mut overrides = Vec::new();
        let mut diagnostics = Vec::new();
        let mut texts = HashMap::new();
        for (kind, source, file, problems) in read {
            diagnostics.extend(problems);
            texts.extend(source.map(|s| (s.id, s)));
            if let Some(file) = file {
                match kind {
                    FileKind::Primary => primary.push(Arc::new(file)),
                    FileKind::Override => overrides.push(Arc::new(file)),
                }
            }
        }
        build::module(dir, primary, overrides, &texts, diagnostics)
    }

    fn read_file(&self, dir: &Path, name: &str) -> ReadFile {
        let path = dir.join(name);
        let kind = if is_override(name) { FileKind::Override } else { FileKind::Primary };
        let bytes = match self.tree.read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let problem = Diagnostic::error(
                    "Failed to read file",
                    format!("`{}` cannot be read: {error}", shown(&path)),
                    None,
                )
                .origin(shown(&path));
                return (kind, None, None, vec![problem]);
            }
        };
        let (source, file, problems) = parse_bytes(self.files, &path, &bytes);
        (kind, Some(source), Some(file), problems)
    }
}

/// Reads a file's bytes by what its name says it is.
pub(crate) fn parse_bytes(
    files: &Files,
    path: &Path,
    bytes: &[u8],
) -> (Arc<SourceFile>, File, Vec<Diagnostic>) {
    let (text, bad) = syntax::decode(bytes);
    let source = files.add(shown(path), text);
    let (file, mut problems) = syntax::parse(&source);
    if let Some(offset) = bad {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        let span = crate::source::Span { file: source.id, start: offset, end: offset.saturating_add(1) };
        problems.insert(
            0,
            Diagnostic::error(
                "Invalid character encoding",
                "the file is not UTF-8: this byte is no character",
                Some(span),
            )
            .help("save the file as UTF-8"),
        );
    }
    (source, file, problems)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FileKind {
    Primary,
    Override,
}

/// Lists the configuration files of a folder, in the order in which they count.
///
/// # Errors
/// What the file system says.
pub fn module_files(tree: &dyn Tree, dir: &Path) -> std::io::Result<Vec<String>> {
    let mut names: Vec<String> = tree
        .list(dir)?
        .into_iter()
        .filter(|(name, is_dir)| !is_dir && is_config(name) && !is_ignored(name))
        .map(|(name, _)| name)
        .collect();
    // OpenTofu reads `x.tofu` in place of `x.tf`.
    let tofu: Vec<String> = names
        .iter()
        .filter_map(|n| n.strip_suffix(".tofu").or(n.strip_suffix(".tofu.json")).map(str::to_string))
        .collect();
    if !tofu.is_empty() {
        names.retain(|n| {
            let stem = n.strip_suffix(".tf").or(n.strip_suffix(".tf.json"));
            !stem.is_some_and(|s| tofu.iter().any(|t| t == s))
        });
    }
    names.sort();
    Ok(names)
}

fn is_config(name: &str) -> bool {
    [".tf", ".tf.json", ".tofu", ".tofu.json"].iter().any(|e| name.ends_with(e))
}

fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

fn is_override(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

/// Returns a path as it is shown: with `/`, and without a leading `./`.
pub(crate) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    match text.strip_prefix("./") {
        Some("") => ".".into(),
        Some(rest) => rest.to_string(),
        None => text,
    }
}
