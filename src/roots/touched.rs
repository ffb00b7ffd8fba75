//! Which root modules a change touches.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::{Roots, SETTINGS};
use crate::source::Tree;

/// What changed.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    pub files: &'a [PathBuf],
    /// Files that belong to a root module by what the settings say, with its place.
    pub named: &'a [(PathBuf, PathBuf)],
}

impl Change<'_> {
    /// Returns the places that it begins at. None: at all of them.
    pub(super) fn start(&self, tree: &dyn Tree) -> Option<Vec<PathBuf>> {
        if self.files.iter().any(|file| file.file_name().is_some_and(|n| n == SETTINGS)) {
            return None;
        }
        let (mut start, values) = self.places(tree);
        start.extend(values.iter().flat_map(|v| v.ancestors().map(Path::to_path_buf)));
        Some(start)
    }

    /// The places that files lie in or belong to, and those with values of variables.
    fn places(&self, tree: &dyn Tree) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let (mut places, mut values) = (Vec::new(), Vec::new());
        for file in self.files {
            let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let folder = tree.canonical(folder);
            let place = folder.join(file.file_name().unwrap_or_default());
            places.extend(self.named.iter().filter(|(f, _)| *f == place).map(|(_, root)| root.clone()));
            let name = place.to_string_lossy();
            if name.ends_with(".tfvars") || name.ends_with(".tfvars.json") {
                values.push(folder.clone());
            }
            places.push(folder);
        }
        (places, values)
    }
}

impl Roots {
    /// Keeps the root modules that the changed files are part of: by lying in their folder or in that of a module that they
    /// call, directly or not; or, for values of variables, below their folder.
    pub(super) fn touched(&mut self, change: &Change<'_>, tree: &dyn Tree) {
        let mut callers: HashMap<&PathBuf, Vec<&PathBuf>> = HashMap::new();
        for (caller, called) in &self.calls {
            callers.entry(called).or_default().push(caller);
        }
        let mut touched: HashSet<PathBuf> = HashSet::new();
        let (mut next, values) = change.places(tree);
        while let Some(folder) = next.pop() {
            if touched.contains(&folder) {
                continue;
            }
            next.extend(callers.get(&folder).into_iter().flatten().map(|c| (*c).clone()));
            touched.insert(folder);
        }
        self.roots.retain(|root| {
            let place = tree.canonical(root);
            touched.contains(&place) || values.iter().any(|v| v.starts_with(&place))
        });
    }
}
