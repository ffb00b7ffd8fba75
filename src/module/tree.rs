//! The static tree of module calls: which folder each call leads to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;

use super::load::shown;
use super::{Loader, Module};
use crate::finding::Diagnostic;

/// Number of a [`Node`] in its [`Tree`]. The root is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// A module as one call path reaches it, whatever the number of its instances.
#[derive(Debug)]
pub struct Node {
    pub module: Arc<Module>,
    /// By the index of the call in the module. None: not on disk.
    pub children: Vec<Option<NodeId>>,
    /// `a.b`: the names of the calls that lead here; empty for the root.
    pub path: EcoString,
    pub parent: Option<(NodeId, u32)>,
}

/// All modules that a root module reaches.
#[derive(Debug)]
pub struct Tree {
    pub nodes: Vec<Node>,
    pub diagnostics: Vec<Diagnostic>,
    /// Modules that are not on disk: `module-missing` findings.
    pub missing: Vec<Missing>,
}

/// A module call whose module is not on disk.
#[derive(Clone, Debug)]
pub struct Missing {
    /// `module.a.module.b`, without keys.
    pub address: String,
    pub source: EcoString,
    pub span: crate::source::Span,
    /// The head of the `module` block.
    pub call: crate::source::Span,
    /// True for a local path, which nothing can fetch.
    pub local: bool,
}

/// Modules may be nested this deep; a module that calls itself is found long before.
const MAX_DEPTH: usize = 64;

/// Modules a root may reach by all its call paths together.
const MAX_NODES: usize = 100_000;

/// Where `terraform init` put modules, by call path.
type Installed = HashMap<EcoString, PathBuf>;

impl Tree {
    /// Follows all module calls from a root folder.
    pub fn load(loader: &Loader<'_>, root: &Path, data_dir: &Path) -> Tree {
        let mut tree = Tree { nodes: Vec::new(), diagnostics: Vec::new(), missing: Vec::new() };
        let installed = installed(loader, root, data_dir);
        let module = loader.load(root);
        tree.nodes.push(Node { module, children: Vec::new(), path: EcoString::new(), parent: None });
        let mut next = 0;
        while next < tree.nodes.len() {
            tree.expand(loader, &installed, NodeId(next as u32));
            next += 1;
        }
        tree
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// Returns `module.a.module.b` of a node's path.
    pub fn address(&self, id: NodeId) -> String {
        let path = &self.node(id).path;
        if path.is_empty() {
            return String::new();
        }
        path.split('.').map(|n| format!("module.{n}")).collect::<Vec<_>>().join(".")
    }

    fn depth(&self, id: NodeId) -> usize {
        let path = &self.node(id).path;
        if path.is_empty() { 0 } else { path.split('.').count() }
    }

    fn expand(&mut self, loader: &Loader<'_>, installed: &Installed, id: NodeId) {
        let module = self.node(id).module.clone();
        let mut children = Vec::with_capacity(module.calls.len());
        for (i, call) in module.calls.iter().enumerate() {
            let path = match self.node(id).path.as_str() {
                "" => call.name.clone(),
                parent => EcoString::from(format!("{parent}.{}", call.name)),
            };
            let Some((source, span)) = &call.source else {
                children.push(None);
                continue;
            };
            let local = is_local(source);
            let dir = if local { Some(join(&module.dir, source)) } else { installed.get(&path).cloned() };
            let found = dir.filter(|d| loader.tree.is_dir(d));
            let Some(dir) = found else {
                let address = match self.address(id).as_str() {
                    "" => format!("module.{}", call.name),
                    parent => format!("{parent}.module.{}", call.name),
                };
                self.missing.push(Missing {
                    address,
                    source: source.clone(),
                    span: *span,
                    call: call.span,
                    local,
                });
                children.push(None);
                continue;
            };
            if self.depth(id) >= MAX_DEPTH
                || self.nodes.len() >= MAX_NODES
                || self.calls_itself(loader, id, &dir)
            {
                let problem = Diagnostic::error(
                    "Module calls itself",
                    format!("`module.{}` leads back to `{}`, without end", call.name, shown(&dir)),
                    Some(*span),
                );
                self.diagnostics.push(
                    problem.help("a module must not contain a call of itself, not even by way of others"),
                );
                children.push(None);
                continue;
            }
            let child = NodeId(self.nodes.len() as u32);
            let module = loader.load(&dir);
            self.nodes.push(Node { module, children: Vec::new(), path, parent: Some((id, i as u32)) });
            children.push(Some(child));
        }
        self.nodes[id.0 as usize].children = children;
    }

    fn calls_itself(&self, loader: &Loader<'_>, id: NodeId, dir: &Path) -> bool {
        let dir = loader.tree.canonical(dir);
        let mut at = Some(id);
        while let Some(node) = at {
            if loader.tree.canonical(&self.node(node).module.dir) == dir {
                return true;
            }
            at = self.node(node).parent.map(|(parent, _)| parent);
        }
        false
    }
}

/// True for `./x` and `../x`.
pub fn is_local(source: &str) -> bool {
    source.starts_with("./")
        || source.starts_with("../")
        || source == "."
        || source == ".."
        || source.starts_with(".\\")
        || source.starts_with("..\\")
}

/// Joins a folder and a relative source, without `./` and `x/..` in between.
pub(crate) fn join(dir: &Path, source: &str) -> PathBuf {
    let mut out = dir.to_path_buf();
    for part in source.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                let can_pop = matches!(out.components().next_back(), Some(std::path::Component::Normal(_)));
                if can_pop {
                    out.pop();
                } else {
                    out.push("..");
                }
            }
            part => out.push(part),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

/// Reads `modules.json`, in which `terraform init` notes where it put modules.
fn installed(loader: &Loader<'_>, root: &Path, data_dir: &Path) -> Installed {
    #[derive(serde::Deserialize)]
    struct Manifest {
        #[serde(rename = "Modules")]
        modules: Vec<Entry>,
    }
    #[derive(serde::Deserialize)]
    struct Entry {
        #[serde(rename = "Key")]
        key: String,
        #[serde(rename = "Dir")]
        dir: String,
    }
    let path = root.join(data_dir).join("modules").join("modules.json");
    let Ok(bytes) = loader.tree.read(&path) else { return Installed::new() };
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&bytes) else { return Installed::new() };
    manifest
        .modules
        .into_iter()
        .filter(|m| !m.key.is_empty())
        .map(|m| (m.key.into(), join(root, &m.dir)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_sources_are_joined_without_detours() {
        for (dir, source, want) in [
            (".", "./modules/a", "./modules/a"),
            ("stacks/a", "../../modules/b", "modules/b"),
            (".", "../x", "./../x"),
            ("a", "..", "."),
        ] {
            assert_eq!(join(Path::new(dir), source), PathBuf::from(want), "{dir} {source}");
        }
    }
}
