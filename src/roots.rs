//! Which folders are root modules.
//!
//! In: a folder of a repository, and what the settings say. Out: [`Roots`], and what was passed over.
//! Never here: reading values, following modules that have to be fetched.
//!
//! A folder with Terraform files is a root module if it has a `backend` or `cloud` block; or if no other folder calls it and
//! it has a `provider` block, a file of variables or the lock file that `terraform init` writes. Folders of examples are no
//! roots; folders of tests are, if their state is kept somewhere.

mod scan;
mod touched;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use ecow::EcoString;
use rayon::prelude::*;

use crate::finding::Diagnostic;
use crate::module::{Loader, module_files, shown, tree};
use crate::words::{glob, list_some, several};

pub use touched::Change;

/// What the settings say of root modules: the `roots` block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Where the paths start: the folder of the settings.
    pub base: PathBuf,
    /// Only these, and they need not look like root modules. Empty: whatever looks like one.
    pub include: Vec<EcoString>,
    pub exclude: Vec<EcoString>,
}

/// What was found below a folder. All sorted.
#[derive(Debug, Default)]
pub struct Roots {
    pub roots: Vec<PathBuf>,
    /// Folders that only Terragrunt makes a configuration of.
    pub terragrunt: Vec<PathBuf>,
    /// Folders with Terraform files that nothing calls and nothing makes a root module.
    pub left: Vec<PathBuf>,
    /// Folders with Terraform files below those of examples and tests; listed where there is no root module.
    pub aside: Vec<PathBuf>,
    pub unreadable: Vec<Diagnostic>,
    /// Places of local modules that something calls.
    pub called: HashSet<PathBuf>,
    /// Which folder calls which, by their places.
    calls: Vec<(PathBuf, PathBuf)>,
    /// Settings in folders below, which count for nothing here.
    pub settings: Vec<PathBuf>,
}

/// The name of a settings file.
pub const SETTINGS: &str = ".tf-headroom.hcl";

/// How many folders a message names.
const NAMED: usize = 3;

/// A folder as the walk finds it.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    place: PathBuf,
    aside: Aside,
    configuration: bool,
    terragrunt: bool,
    /// Variables or a lock file lie in it.
    evidence: bool,
    /// A settings file lies in it.
    settings: bool,
}

/// Whether it lies below a folder whose name says that it is not applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Aside {
    No,
    Test,
    Example,
}

impl Aside {
    fn of(name: &str) -> Aside {
        match name.to_ascii_lowercase() {
            name if matches!(name.as_str(), "example" | "examples") => Aside::Example,
            name if name.starts_with("test") => Aside::Test,
            _ => Aside::No,
        }
    }
}

/// Finds the root modules in a folder and below it; `named` are the places of those that the settings name.
pub fn find(top: &Path, choice: &Choice, named: &[PathBuf], loader: &Loader<'_>) -> Roots {
    let mut roots = Roots::default();
    let folders = walk(top, choice, false, loader, &mut roots.unreadable);
    let mut roots = among(folders, roots, choice, named, loader);
    if roots.roots.is_empty() {
        let all = walk(top, choice, true, loader, &mut Vec::new());
        let aside = all.into_iter().filter(|f| f.configuration && f.aside != Aside::No);
        roots.aside = aside.map(|f| f.path).collect();
    }
    roots
}

/// Finds those of them that a change touches, and says nothing of others: what it cannot reach is not parsed.
pub fn find_touched(
    top: &Path,
    choice: &Choice,
    named: &[PathBuf],
    change: &Change<'_>,
    loader: &Loader<'_>,
) -> Roots {
    let mut roots = Roots::default();
    let mut folders = walk(top, choice, false, loader, &mut roots.unreadable);
    let Some(start) = change.start(loader.tree) else { return among(folders, roots, choice, named, loader) };
    let reached = scan::reached(&folders, &start, loader);
    folders.retain(|f| reached.contains(&f.place));
    let mut roots = among(folders, roots, choice, named, loader);
    roots.touched(change, loader.tree);
    roots
}

fn among(
    folders: Vec<Folder>,
    mut roots: Roots,
    choice: &Choice,
    named: &[PathBuf],
    loader: &Loader<'_>,
) -> Roots {
    let modules: Vec<_> = folders.par_iter().map(|f| f.configuration.then(|| loader.peek(&f.path))).collect();
    let mut calls = Vec::new();
    for module in modules.iter().flatten() {
        for source in tree::local_sources(module, loader.tree) {
            let called = loader.tree.canonical(&tree::join(&module.dir, &source));
            calls.push((loader.tree.canonical(&module.dir), called));
        }
    }
    let called: HashSet<PathBuf> = calls.iter().map(|(_, called)| called.clone()).collect();
    for (folder, module) in folders.into_iter().zip(modules) {
        if folder.settings && folder.place != choice.place(loader) {
            roots.settings.push(folder.path.clone());
        }
        let Some(module) = module else {
            if folder.terragrunt {
                roots.terragrunt.push(folder.path);
            }
            continue;
        };
        let place = &folder.place;
        if named.contains(place) {
            roots.roots.push(folder.path);
            continue;
        }
        if !choice.include.is_empty() && !choice.includes(&folder.path, loader) {
            continue;
        }
        let is_called = called.contains(place);
        let looks = !choice.include.is_empty() || folder.evidence || !module.providers.is_empty();
        let is_root = match folder.aside {
            _ if !choice.include.is_empty() => module.has_backend || !is_called,
            Aside::Example => false,
            Aside::Test => module.has_backend,
            Aside::No => module.has_backend || looks && !is_called,
        };
        match (is_root, folder.aside) {
            (true, _) => roots.roots.push(folder.path),
            (false, Aside::No) if folder.terragrunt => roots.terragrunt.push(folder.path),
            (false, Aside::No) if !is_called => roots.left.push(folder.path),
            (false, _) => {}
        }
    }
    (roots.called, roots.calls) = (called, calls);
    roots
}

impl Choice {
    fn includes(&self, path: &Path, loader: &Loader<'_>) -> bool {
        let path = self.path(path, loader);
        self.include.iter().any(|p| glob(p.trim_end_matches('/'), &path, Some('/')))
    }

    fn excludes(&self, path: &Path, loader: &Loader<'_>) -> bool {
        let path = self.path(path, loader);
        self.exclude.iter().any(|p| glob(p.trim_end_matches('/'), &path, Some('/')))
    }

    /// The folder of the settings that count.
    fn place(&self, loader: &Loader<'_>) -> PathBuf {
        let base = if self.base.as_os_str().is_empty() { Path::new(".") } else { &self.base };
        loader.tree.canonical(base)
    }

    fn path(&self, path: &Path, loader: &Loader<'_>) -> String {
        relative(path, &self.base, loader.tree)
    }
}

/// Returns a path as it is from the folder `base`; one that does not lie below it stays as it is.
pub fn relative(path: &Path, base: &Path, tree: &dyn crate::source::Tree) -> String {
    let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    match tree.canonical(path).strip_prefix(tree.canonical(base)) {
        Ok(inner) if inner.as_os_str().is_empty() => ".".to_owned(),
        Ok(inner) => shown(inner),
        Err(_) => shown(path),
    }
}

/// Returns the folder and those below it, sorted; hidden ones and installed packages apart.
/// `examples`: also those of examples, which otherwise only the settings lead to.
fn walk(
    top: &Path,
    choice: &Choice,
    examples: bool,
    loader: &Loader<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Folder> {
    let mut folders = Vec::new();
    let mut seen = HashSet::new();
    let mut next = vec![(top.to_path_buf(), Aside::No)];
    while let Some((path, aside)) = next.pop() {
        // A link may lead to a folder above.
        let place = loader.tree.canonical(&path);
        if !seen.insert(place.clone()) || choice.excludes(&path, loader) {
            continue;
        }
        let names = match loader.tree.list(&path) {
            Ok(names) => names,
            Err(error) => {
                let text = format!("`{}` cannot be read: {error}", shown(&path));
                problems.push(Diagnostic::error("Unreadable folder", text, None).origin(shown(&path)));
                continue;
            }
        };
        let has = |of: &dyn Fn(&str) -> bool| names.iter().any(|(name, is_dir)| !is_dir && of(name));
        let written = has(&|n| n.contains(".tf") || n.contains(".tofu"));
        folders.push(Folder {
            configuration: written && module_files(loader.tree, &path).is_ok_and(|files| !files.is_empty()),
            terragrunt: has(&|n| {
                matches!(n, "terragrunt.hcl" | "terragrunt.stack.hcl" | "terragrunt.hcl.json")
            }),
            evidence: has(&|n| {
                n.ends_with(".tfvars") || n.ends_with(".tfvars.json") || n == ".terraform.lock.hcl"
            }),
            settings: has(&|n| n == SETTINGS),
            path: path.clone(),
            place,
            aside,
        });
        for (name, is_dir) in names.iter().rev() {
            let inner = aside.max(Aside::of(name));
            let looked_at = examples || inner != Aside::Example || !choice.include.is_empty();
            if *is_dir && !name.starts_with('.') && name != "node_modules" && looked_at {
                let below = if path == Path::new(".") { PathBuf::from(name) } else { path.join(name) };
                next.push((below, inner));
            }
        }
    }
    folders.sort_by(|a, b| a.path.cmp(&b.path));
    folders
}

impl Roots {
    /// Says which folders were passed over, why, and how each kind is checked after all.
    fn why_none(&self, top: &Path, list: &dyn Fn(&[PathBuf]) -> String) -> String {
        let mut found = Vec::new();
        let is_or_are = |n: usize| if n == 1 { "is" } else { "are" };
        if !self.left.is_empty() {
            let (folders, are) = (list(&self.left), is_or_are(self.left.len()));
            let one = shown(&self.left[0]);
            found.push(format!(
                "{folders} {are} called by nothing and without backend, provider or file of variables: name one by its path (`tf-headroom check {one}`)"
            ));
        }
        if !self.called.is_empty() {
            let called = self.called.len();
            let are = is_or_are(called);
            found.push(format!("{} {are} called by others", several(called as u64, "folder")));
        }
        if let Some(first) = self.aside.first() {
            let (folders, are) = (list(&self.aside), is_or_are(self.aside.len()));
            // The folder of examples itself, as it is seen from here.
            let inside = first.strip_prefix(top).unwrap_or(first);
            let depth =
                inside.iter().take_while(|n| Aside::of(&n.to_string_lossy()) == Aside::No).count() + 1;
            let inside: PathBuf = inside.iter().take(depth).collect();
            let folder = shown(&if top == Path::new(".") { inside } else { top.join(inside) });
            found.push(format!(
                "{folders} {are} an example or a test by name: `tf-headroom check --recursive {folder}` checks them"
            ));
        }
        let rule = "a root module has a backend, a provider or a file of variables";
        found.push(format!("{rule}; `roots {{ include = [\"FOLDER/*\"] }}` in the settings names others"));
        found.join("; ")
    }

    /// Says what is not read, and why.
    pub fn remarks(&self, top: &Path) -> Vec<Diagnostic> {
        let mut remarks = Vec::new();
        let list = |folders: &[PathBuf]| {
            let texts: Vec<String> = folders.iter().map(|f| format!("`{}`", shown(f))).collect();
            list_some(&texts, NAMED)
        };
        if !self.terragrunt.is_empty() {
            let count = several(self.terragrunt.len() as u64, "Terragrunt folder");
            let help =
                "`terragrunt plan -out` and `terragrunt show -json` make a plan of each that can be read";
            remarks.push(
                Diagnostic::warning(
                    "Terragrunt is not read",
                    format!("{count} in no count: {}", list(&self.terragrunt)),
                    None,
                )
                .help(help),
            );
        }
        if !self.settings.is_empty() {
            let text = format!("settings below that count for nothing here: {}", list(&self.settings));
            let help = "one file holds for a run; check these folders by themselves, or move what they say";
            let remark = Diagnostic::warning("Settings that are not read", text, None).help(help);
            remarks.push(Diagnostic { severity: crate::finding::Severity::Notice, ..remark });
        }
        if self.roots.is_empty() {
            let text = format!("there is no root module in `{}` or below", shown(top));
            let help = self.why_none(top, &list);
            remarks.push(Diagnostic::error("Nothing to check", text, None).help(help).origin(shown(top)));
        } else if !self.left.is_empty() {
            let count = several(self.left.len() as u64, "folder");
            let text = format!(
                "{count} with neither backend, provider nor variables, called by nothing: {}",
                list(&self.left)
            );
            let help =
                "a root module has a backend, a provider or a file of variables; name others by their path";
            let remark = Diagnostic::warning("Not taken for root modules", text, None).help(help);
            remarks.push(Diagnostic { severity: crate::finding::Severity::Notice, ..remark });
        }
        remarks
    }
}
