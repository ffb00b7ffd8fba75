//! Which root modules a change touches.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::Roots;
use crate::source::Tree;

impl Roots {
    /// Keeps the root modules that the changed files are part of: by lying in their folder or in that of a module that they
    /// call, directly or not; or, for values of variables, below their folder.
    ///
    /// `named`: files that belong to a root module by what the settings say. `all`: files that all of them depend on.
    pub fn touched(&mut self, changed: &[PathBuf], named: &[(PathBuf, PathBuf)], all: &str, tree: &dyn Tree) {
        if changed.iter().any(|file| file.file_name().is_some_and(|n| n == all)) {
            return;
        }
        let mut callers: HashMap<&PathBuf, Vec<&PathBuf>> = HashMap::new();
        for (caller, called) in &self.calls {
            callers.entry(called).or_default().push(caller);
        }
        let mut touched: HashSet<PathBuf> = HashSet::new();
        let mut next: Vec<PathBuf> = Vec::new();
        let mut values: Vec<PathBuf> = Vec::new();
        for file in changed {
            let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let folder = tree.canonical(folder);
            let place = folder.join(file.file_name().unwrap_or_default());
            next.extend(named.iter().filter(|(f, _)| *f == place).map(|(_, root)| root.clone()));
            let name = place.to_string_lossy();
            if name.ends_with(".tfvars") || name.ends_with(".tfvars.json") {
                values.push(folder.clone());
            }
            next.push(folder);
        }
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
