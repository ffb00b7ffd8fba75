//! The static graph of a root module: what Terraform evaluates after what, and the cycles it refuses.
//!
//! One node for each step of each module in the tree, whatever the number of its instances.

use std::collections::HashMap;

use super::FrameId;
use super::Root;
use crate::finding::Diagnostic;
use crate::module::tree::{NodeId, Tree};
use crate::module::{Edge, Module, ProviderName, Step};
use crate::source::Span;

/// Number of a node in its [`Graph`].
pub(super) type Vertex = u32;

pub(super) struct Graph {
    /// By module in the tree: its first node.
    bases: Vec<u32>,
    /// By node: where its edges start; one more than there are nodes.
    starts: Vec<u32>,
    edges: Vec<Vertex>,
    /// Groups of nodes that need each other, dependencies first. Nearly all are of one node.
    order: Vec<Vertex>,
    cycles: Vec<Vec<Vertex>>,
}

impl Graph {
    /// Orders all steps of all modules; linear in the number of references.
    pub fn new(tree: &Tree) -> Graph {
        let mut bases = Vec::with_capacity(tree.nodes.len());
        let mut nodes = 0u32;
        for node in &tree.nodes {
            bases.push(nodes);
            nodes += node.module.steps().len() as u32;
        }
        let mut graph =
            Graph { bases, starts: Vec::new(), edges: Vec::new(), order: Vec::new(), cycles: Vec::new() };
        let mut providers = Providers { tree, known: HashMap::new() };
        for id in (0..tree.nodes.len() as u32).map(NodeId) {
            let module = &tree.node(id).module;
            for index in 0..module.steps().len() {
                graph.starts.push(graph.edges.len() as u32);
                graph.connect(tree, &mut providers, id, index);
            }
        }
        graph.starts.push(graph.edges.len() as u32);
        graph.sort();
        graph
    }

    /// The steps of the modules, dependencies first.
    pub fn order(&self) -> &[Vertex] {
        &self.order
    }

    pub fn has_cycles(&self) -> bool {
        !self.cycles.is_empty()
    }

    pub fn edges(&self, vertex: Vertex) -> &[Vertex] {
        &self.edges[self.starts[vertex as usize] as usize..self.starts[vertex as usize + 1] as usize]
    }

    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns the module and the step that a node stands for.
    pub fn step(&self, tree: &Tree, vertex: Vertex) -> (NodeId, Step) {
        let at = self.bases.partition_point(|b| *b <= vertex) - 1;
        let id = NodeId(at as u32);
        (id, tree.node(id).module.steps()[(vertex - self.bases[at]) as usize])
    }

    fn vertex(&self, tree: &Tree, id: NodeId, step: Step) -> Vertex {
        self.bases[id.0 as usize] + tree.node(id).module.step_index(step)
    }

    fn connect(&mut self, tree: &Tree, providers: &mut Providers<'_>, id: NodeId, index: usize) {
        let node = tree.node(id);
        let module = &node.module;
        let step = module.steps()[index];
        for edge in module.edges(index) {
            self.add(tree, id, edge);
        }
        // Whatever is in a module comes after the instances of the module are known.
        if let Some((parent, call)) = node.parent {
            self.edges.push(self.vertex(tree, parent, Step::Call(call)));
        }
        match step {
            Step::Variable(i) => {
                let Some((parent, call)) = node.parent else { return };
                let caller = &tree.node(parent).module;
                let name = &module.variables[i as usize].name;
                let inputs = &caller.calls[call as usize].inputs;
                if let Some(input) = inputs.iter().position(|i| i.name == *name) {
                    for edge in caller.input_edges(call as usize, input) {
                        self.add(tree, parent, edge);
                    }
                }
            }
            Step::Validation(i) => self.edges.push(self.vertex(tree, id, Step::Variable(i))),
            Step::Resource(i) => {
                let name = &module.resources[i as usize].provider;
                if let Found::Block(owner, provider) = providers.find(id, name) {
                    self.edges.push(self.vertex(tree, owner, Step::Provider(provider)));
                }
            }
            Step::Close => {
                let base = self.bases[id.0 as usize];
                self.edges.extend(base..base + index as u32);
                for (call, child) in node.children.iter().enumerate() {
                    self.edges.push(self.vertex(tree, id, Step::Call(call as u32)));
                    self.edges.extend(child.map(|c| self.vertex(tree, c, Step::Close)));
                }
            }
            Step::Local(_) | Step::Output(_) | Step::Call(_) | Step::Check(_) | Step::Provider(_) => {}
        }
    }

    fn add(&mut self, tree: &Tree, id: NodeId, edge: &Edge) {
        let module = &tree.node(id).module;
        match edge {
            Edge::Variable(i) => {
                self.edges.push(self.vertex(tree, id, Step::Variable(*i)));
                if !module.variables[*i as usize].validations.is_empty() {
                    self.edges.push(self.vertex(tree, id, Step::Validation(*i)));
                }
            }
            Edge::Local(i) => self.edges.push(self.vertex(tree, id, Step::Local(*i))),
            Edge::Resource(i) => self.edges.push(self.vertex(tree, id, Step::Resource(*i))),
            Edge::Output(call, name) => {
                let Some(child) = tree.node(id).children[*call as usize] else { return };
                match tree.node(child).module.output(name) {
                    Some(output) => self.edges.push(self.vertex(tree, child, Step::Output(output as u32))),
                    None => self.edges.push(self.vertex(tree, id, Step::Call(*call))),
                }
            }
            Edge::Call(call) => {
                self.edges.push(self.vertex(tree, id, Step::Call(*call)));
                if let Some(child) = tree.node(id).children[*call as usize] {
                    self.edges.push(self.vertex(tree, child, Step::Close));
                }
            }
        }
    }

    /// Finds groups of nodes that need each other, by Tarjan's algorithm on a stack of our own.
    fn sort(&mut self) {
        const NEW: u32 = u32::MAX;
        let len = self.len();
        let mut number = vec![NEW; len];
        let mut lowest = vec![0u32; len];
        let mut on_stack = vec![false; len];
        let mut stack: Vec<Vertex> = Vec::new();
        // A node and how many of its edges have been followed.
        let mut work: Vec<(Vertex, u32)> = Vec::new();
        let mut next = 0;
        for root in 0..len as u32 {
            if number[root as usize] != NEW {
                continue;
            }
            work.push((root, 0));
            while let Some((vertex, done)) = work.pop() {
                let v = vertex as usize;
                if done == 0 {
                    number[v] = next;
                    lowest[v] = next;
                    next += 1;
                    stack.push(vertex);
                    on_stack[v] = true;
                }
                let edges = self.starts[v]..self.starts[v + 1];
                let mut at = edges.start + done;
                let mut deeper = None;
                while at < edges.end {
                    let to = self.edges[at as usize] as usize;
                    at += 1;
                    if number[to] == NEW {
                        deeper = Some(to as u32);
                        break;
                    }
                    if on_stack[to] {
                        lowest[v] = lowest[v].min(number[to]);
                    }
                }
                if let Some(to) = deeper {
                    work.push((vertex, at - edges.start));
                    work.push((to, 0));
                    continue;
                }
                if lowest[v] == number[v] {
                    let from =
                        stack.iter().rposition(|s| *s == vertex).expect("bug: a node is not on the stack");
                    let group = stack.split_off(from);
                    group.iter().for_each(|s| on_stack[*s as usize] = false);
                    self.order.extend(&group);
                    if group.len() > 1 {
                        self.cycles.push(group);
                    }
                }
                if let Some((parent, _)) = work.last() {
                    let p = *parent as usize;
                    lowest[p] = lowest[p].min(lowest[v]);
                }
            }
        }
    }

    /// Says which steps need each other.
    pub fn cycle_diagnostics(&self, tree: &Tree) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = self
            .cycles
            .iter()
            .map(|group| {
                let mut members: Vec<(String, Span)> =
                    group.iter().filter_map(|v| Some((self.name(tree, *v), self.span(tree, *v)?))).collect();
                members.sort_by(|a, b| a.0.cmp(&b.0));
                let places = members.into_iter().map(|(_, span)| span).collect();
                let mut names: Vec<String> = group.iter().map(|v| self.name(tree, *v)).collect();
                names.sort();
                Diagnostic::error(
                    format!("Cycle: {}", names.join(", ")),
                    "each of these needs another one of them, in a circle",
                    None,
                )
                .help("Terraform orders whole blocks: move what causes the circle to a block of its own")
                .among(places)
            })
            .collect();
        found.sort_by(|a, b| a.summary.cmp(&b.summary));
        found
    }

    fn span(&self, tree: &Tree, vertex: Vertex) -> Option<Span> {
        let (id, step) = self.step(tree, vertex);
        let module = &tree.node(id).module;
        Some(match step {
            Step::Variable(i) | Step::Validation(i) => module.variables[i as usize].span,
            Step::Local(i) => module.locals[i as usize].span,
            Step::Output(i) => module.outputs[i as usize].span,
            Step::Resource(i) => module.resources[i as usize].span,
            Step::Call(i) => module.calls[i as usize].span,
            Step::Check(i) => module.checks[i as usize].span,
            Step::Provider(_) | Step::Close => return None,
        })
    }

    /// Returns what Terraform calls a node: `module.a.var.b (expand)`, `aws_vpc.main`.
    fn name(&self, tree: &Tree, vertex: Vertex) -> String {
        let (id, step) = self.step(tree, vertex);
        let module = &tree.node(id).module;
        let root = id.0 == 0;
        let (text, suffix) = match step {
            Step::Variable(i) => {
                let text = format!("var.{}", module.variables[i as usize].name);
                (text, if root { "" } else { " (expand)" })
            }
            Step::Validation(i) => (format!("var.{}", module.variables[i as usize].name), " (validation)"),
            Step::Local(i) => (format!("local.{}", module.locals[i as usize].name), " (expand)"),
            Step::Output(i) => (format!("output.{}", module.outputs[i as usize].name), " (expand)"),
            Step::Resource(i) => (module.resources[i as usize].name.to_string(), ""),
            Step::Call(i) => (format!("module.{}", module.calls[i as usize].name), " (expand)"),
            Step::Check(i) => (format!("check.{}", module.checks[i as usize].name), " (expand)"),
            Step::Provider(i) => (provider_name(module, i), ""),
            Step::Close => (String::new(), " (close)"),
        };
        let address = tree.address(id);
        let dot = if address.is_empty() || text.is_empty() { "" } else { "." };
        format!("{address}{dot}{text}{suffix}")
    }
}

fn provider_name(module: &Module, provider: u32) -> String {
    let name = &module.providers[provider as usize].name;
    let source = module.required_providers.iter().find(|p| p.name == name.name);
    let source = source.map_or_else(|| format!("hashicorp/{}", name.name), |p| p.source.to_string());
    let full =
        if source.split('/').count() == 3 { source } else { format!("registry.terraform.io/{source}") };
    let alias = name.alias.as_ref().map_or(String::new(), |a| format!(".{a}"));
    format!("provider[{full:?}]{alias}")
}

/// Where a name of a provider configuration leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Block(NodeId, u32),
    /// No block configures it: the default configuration of the provider.
    Default,
    /// A configuration with an alias that nobody has.
    Nothing,
}

/// Follows names of provider configurations through the tree.
pub(super) struct Providers<'t> {
    tree: &'t Tree,
    known: HashMap<(NodeId, ProviderName), Found>,
}

impl<'t> Providers<'t> {
    pub fn new(tree: &'t Tree) -> Providers<'t> {
        Providers { tree, known: HashMap::new() }
    }

    pub fn find(&mut self, id: NodeId, name: &ProviderName) -> Found {
        let key = (id, name.clone());
        if let Some(found) = self.known.get(&key) {
            return *found;
        }
        let found = self.follow(id, name);
        self.known.insert(key, found);
        found
    }

    fn follow(&self, id: NodeId, name: &ProviderName) -> Found {
        let (mut id, mut name) = (id, name.clone());
        loop {
            let node = self.tree.node(id);
            if let Some(i) = node.module.providers.iter().position(|p| p.name == name) {
                return Found::Block(id, i as u32);
            }
            let nothing = if name.alias.is_some() { Found::Nothing } else { Found::Default };
            let Some((parent, call)) = node.parent else { return nothing };
            let passed = &self.tree.node(parent).module.calls[call as usize].providers;
            match passed.iter().find(|(inner, _)| *inner == name) {
                Some((_, outer)) => name = outer.clone(),
                None if name.alias.is_some() => return Found::Nothing,
                None => {}
            }
            id = parent;
        }
    }
}

impl Root<'_> {
    /// Returns the instances of a module in the tree, of which some may not have been made.
    pub(super) fn frames_of(&self, id: NodeId) -> Vec<FrameId> {
        self.by_node.get(id.0 as usize).cloned().unwrap_or_default()
    }
}
