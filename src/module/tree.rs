//! The static tree of module calls: which folder each call leads to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;

use super::build::unclear;
use super::load::shown;
use super::{Call, Given, Loader, Module, early};
use crate::finding::Diagnostic;
use crate::source::{self, Span};

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
    /// Modules and resources in it and below, one instance of each.
    pub weight: u64,
    depth: usize,
    /// The folder, in one spelling for all ways that lead there.
    canonical: PathBuf,
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
    /// None: it depends on a variable without a value.
    pub source: Option<EcoString>,
    pub span: Span,
    /// The head of the `module` block.
    pub call: Span,
    /// True for a local path, which nothing can fetch.
    pub local: bool,
}

/// Stands for what is not shown.
const HIDDEN: &str = "…";

/// Modules may be nested this deep; a module that calls itself is found long before.
const MAX_DEPTH: usize = 200;

/// Modules a root may reach by all its call paths together.
const MAX_NODES: usize = 20_000;

/// Where `terraform init` put modules, by call path.
type Installed = HashMap<EcoString, PathBuf>;

impl Tree {
    /// Follows all module calls from a root folder; `given`: values of its variables, which sources may name.
    pub fn load(loader: &Loader<'_>, root: &Path, data_dir: &Path, given: Given<'_>) -> Tree {
        let mut tree = Tree { nodes: Vec::new(), diagnostics: Vec::new(), missing: Vec::new() };
        let installed = installed(loader, root, data_dir);
        let module = loader.load(root);
        tree.nodes.push(Node {
            canonical: loader.tree.canonical(root),
            module,
            children: Vec::new(),
            path: EcoString::new(),
            parent: None,
            weight: 0,
            depth: 0,
        });
        let mut next = 0;
        while next < tree.nodes.len() {
            tree.expand(loader, &installed, NodeId(next as u32), given);
            next += 1;
        }
        tree.weigh();
        tree
    }

    /// Adds up what is in each module and below: children come after their parents.
    fn weigh(&mut self) {
        for i in (0..self.nodes.len()).rev() {
            let node = &mut self.nodes[i];
            node.weight = node.weight.saturating_add(1 + node.module.resources.len() as u64);
            let (weight, parent) = (node.weight, node.parent);
            if let Some((parent, _)) = parent {
                let above = &mut self.nodes[parent.0 as usize].weight;
                *above = above.saturating_add(weight);
            }
        }
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

    fn expand(&mut self, loader: &Loader<'_>, installed: &Installed, id: NodeId, given: Given<'_>) {
        let module = self.node(id).module.clone();
        let mut children = Vec::with_capacity(module.calls.len());
        for (i, call) in module.calls.iter().enumerate() {
            let path = match self.node(id).path.as_str() {
                "" => call.name.clone(),
                parent => EcoString::from(format!("{parent}.{}", call.name)),
            };
            let Some((source, span)) = self.source(loader, id, call, given) else {
                children.push(None);
                continue;
            };
            let local = source.as_deref().is_some_and(is_local);
            let dir = if local {
                source.as_deref().map(|s| join(&module.dir, s))
            } else {
                installed.get(&path).cloned()
            };
            let found = dir.filter(|d| loader.tree.is_dir(d));
            let Some(dir) = found else {
                let address = match self.address(id).as_str() {
                    "" => format!("module.{}", call.name),
                    parent => format!("{parent}.module.{}", call.name),
                };
                // What variables make of it is not for everybody's eyes.
                let shown = if call.early.is_some() { source.map(|_| HIDDEN.into()) } else { source };
                self.missing.push(Missing { address, source: shown, span, call: call.span, local });
                children.push(None);
                continue;
            };
            let canonical = loader.tree.canonical(&dir);
            if let Some(problem) = self.refused(id, call, span, &dir, &canonical) {
                self.diagnostics.extend(problem);
                children.push(None);
                continue;
            }
            let child = NodeId(self.nodes.len() as u32);
            let module = loader.load(&dir);
            self.nodes.push(Node {
                module,
                children: Vec::new(),
                path,
                parent: Some((id, i as u32)),
                weight: 0,
                depth: self.node(id).depth + 1,
                canonical,
            });
            children.push(Some(child));
        }
        self.nodes[id.0 as usize].children = children;
    }

    /// Returns the source of a call, evaluated if it names something; what is not known then may be installed all the same.
    fn source(
        &mut self,
        loader: &Loader<'_>,
        id: NodeId,
        call: &Call,
        given: Given<'_>,
    ) -> Option<(Option<EcoString>, Span)> {
        let Some(early) = call.early else {
            return call.source.clone().map(|(text, span)| (Some(text), span));
        };
        let span = self.node(id).module.span(early.at);
        let problem = match early::source(&self.nodes, id, early, given, loader.tree) {
            Ok(None) => return Some((None, span)),
            Ok(Some(text)) if unclear(&text).is_none() => return Some((Some(text), span)),
            Ok(Some(_)) => {
                let detail = "Terraform cannot tell how to install what this makes; a path relative to the module starts with \"./\"";
                Diagnostic::error("Invalid module source address", detail, Some(span))
            }
            Err(e) => {
                let problem = e.diagnostic();
                Diagnostic { span: problem.span.or(Some(span)), ..problem }
            }
        };
        self.diagnostics.push(problem);
        None
    }

    /// Says why a call is not followed; an empty list if that was said before.
    fn refused(
        &self,
        id: NodeId,
        call: &Call,
        span: Span,
        dir: &Path,
        canonical: &Path,
    ) -> Option<Option<Diagnostic>> {
        let span = Some(span);
        if self.calls_itself(id, canonical) {
            let text = format!("`module.{}` leads back to `{}`, without end", call.name, shown(dir));
            let help = "a module must not contain a call of itself, not even by way of others";
            return Some(Some(Diagnostic::error("Module calls itself", text, span).help(help)));
        }
        if self.node(id).depth >= MAX_DEPTH {
            let text = format!(
                "`module.{}` is called through {MAX_DEPTH} others; no more are followed here",
                call.name
            );
            return Some(Some(Diagnostic::error("Modules nested too deeply", text, span)));
        }
        if self.nodes.len() < MAX_NODES {
            return None;
        }
        let text = format!(
            "More than {MAX_NODES} ways lead from the root module to others; the rest is not followed"
        );
        let problem = Diagnostic::error("Too many module calls", text, span);
        let told = self.diagnostics.iter().any(|d| d.summary == problem.summary);
        Some((!told).then_some(problem))
    }

    fn calls_itself(&self, id: NodeId, canonical: &Path) -> bool {
        let mut at = Some(id);
        while let Some(node) = at {
            if self.node(node).canonical == canonical {
                return true;
            }
            at = self.node(node).parent.map(|(parent, _)| parent);
        }
        false
    }
}

/// Returns the local sources that a module calls, those that name variables with their defaults.
pub fn local_sources(module: &Arc<Module>, files: &dyn source::Tree) -> Vec<EcoString> {
    let mut found: Vec<EcoString> =
        module.calls.iter().filter_map(|c| Some(c.source.as_ref()?.0.clone())).collect();
    if module.calls.iter().any(|call| call.early.is_some()) {
        let alone = Node {
            module: module.clone(),
            children: Vec::new(),
            path: EcoString::new(),
            parent: None,
            weight: 0,
            depth: 0,
            canonical: PathBuf::new(),
        };
        let nodes = std::slice::from_ref(&alone);
        let early = module.calls.iter().filter_map(|call| call.early);
        // What is wrong with them is told where they are followed.
        found.extend(
            early.filter_map(|e| early::source(nodes, NodeId(0), e, &|_| None, files).ok().flatten()),
        );
    }
    found.retain(|source| is_local(source));
    found
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
