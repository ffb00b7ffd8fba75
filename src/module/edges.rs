//! What must come before what, as coarse as Terraform orders it: whole resources, calls, variables.
//!
//! Finer than [`slots`](super::slots) a dependency cannot be; coarser ones make cycles that Terraform refuses although
//! the values alone could be worked out.

use ecow::EcoString;

use super::resolve::{Resolved, Target};
use super::{At, Module, Resource, Rule, slots};
use crate::address::Mode;
use crate::syntax::{Arena, Node, Reference, StepKind};
use crate::value::Value;

/// Something that Terraform evaluates in one go, in all instances of its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Variable(u32),
    /// The validation rules of a variable.
    Validation(u32),
    Local(u32),
    Output(u32),
    Resource(u32),
    /// `count` or `for_each` of a module call.
    Call(u32),
    Check(u32),
    Provider(u32),
    /// The end of the module: after all else in it.
    Close,
}

/// What a step has to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A variable and its validation.
    Variable(u32),
    Local(u32),
    Resource(u32),
    /// An output of a module call.
    Output(u32, EcoString),
    /// All of a module call.
    Call(u32),
}

/// The steps of a module, with what each waits for.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pub steps: Vec<Step>,
    pub edges: Vec<Box<[Edge]>>,
    /// By call and input.
    pub inputs: Vec<Vec<Box<[Edge]>>>,
}

pub(super) fn number(module: &Module) -> Steps {
    let mut found = Steps::default();
    let mut add = |step: Step, edges: Vec<Edge>| {
        found.steps.push(step);
        found.edges.push(edges.into());
    };
    for i in 0..module.variables.len() as u32 {
        add(Step::Variable(i), Vec::new());
    }
    for (i, v) in module.variables.iter().enumerate() {
        let mut edges = Vec::new();
        of_rules(module, &v.validations, &mut edges);
        edges.retain(|e| *e != Edge::Variable(i as u32));
        add(Step::Validation(i as u32), edges);
    }
    for (i, local) in module.locals.iter().enumerate() {
        let mut edges = Vec::new();
        of_expr(module, local.at, &mut edges);
        edges.retain(|e| *e != Edge::Local(i as u32));
        add(Step::Local(i as u32), edges);
    }
    for (i, output) in module.outputs.iter().enumerate() {
        let mut edges = Vec::new();
        output.value.iter().chain(&output.depends_on).for_each(|at| of_expr(module, *at, &mut edges));
        of_rules(module, &output.preconditions, &mut edges);
        add(Step::Output(i as u32), edges);
    }
    for (i, resource) in module.resources.iter().enumerate() {
        let mut edges = Vec::new();
        resource.expressions(&mut |at| of_expr(module, at, &mut edges));
        edges.retain(|e| *e != Edge::Resource(i as u32));
        add(Step::Resource(i as u32), edges);
    }
    for (i, call) in module.calls.iter().enumerate() {
        let mut edges = Vec::new();
        call.repeat.at().iter().chain(&call.depends_on).for_each(|at| of_expr(module, *at, &mut edges));
        add(Step::Call(i as u32), edges);
    }
    for (i, check) in module.checks.iter().enumerate() {
        let mut edges = Vec::new();
        of_rules(module, &check.asserts, &mut edges);
        let nested = module.resources.iter().position(|r| r.check == Some(i as u32));
        push(nested.map(|r| Edge::Resource(r as u32)), &mut edges);
        add(Step::Check(i as u32), edges);
    }
    for (i, provider) in module.providers.iter().enumerate() {
        let mut edges = Vec::new();
        provider.items.iter().for_each(|item| item.expressions(&mut |at| of_expr(module, at, &mut edges)));
        add(Step::Provider(i as u32), edges);
    }
    add(Step::Close, Vec::new());
    found.inputs = module
        .calls
        .iter()
        .map(|call| {
            let of = |at: At| {
                let mut edges = Vec::new();
                of_expr(module, at, &mut edges);
                edges.into()
            };
            call.inputs.iter().map(|input| of(input.at)).collect()
        })
        .collect();
    found
}

fn of_rules(module: &Module, rules: &[Rule], edges: &mut Vec<Edge>) {
    for at in rules.iter().flat_map(|r| [r.condition, r.message]).flatten() {
        of_expr(module, at, edges);
    }
}

fn of_expr(module: &Module, at: At, edges: &mut Vec<Edge>) {
    let arena = &module.files[at.file as usize].arena;
    slots::each_ref(arena, at.expr, &mut |r| {
        push(of_target(module, arena, module.resolved(at.file, r), arena.reference(r)), edges);
    });
}

fn push(edge: Option<Edge>, edges: &mut Vec<Edge>) {
    if let Some(edge) = edge
        && (edges.len() > 64 || !edges.contains(&edge))
    {
        edges.push(edge);
    }
}

fn of_target(module: &Module, arena: &Arena, resolved: &Resolved, reference: &Reference) -> Option<Edge> {
    Some(match &resolved.target {
        Target::Variable(i) => Edge::Variable(*i),
        Target::Local(i) => Edge::Local(*i),
        Target::Resource(i) => Edge::Resource(*i),
        Target::Call(i) => match named_output(arena, reference, resolved.used) {
            Some(name) => Edge::Output(*i, name),
            None => Edge::Call(*i),
        },
        Target::EachKey
        | Target::EachValue
        | Target::CountIndex
        | Target::SelfObject
        | Target::Iterator { .. }
        | Target::Path(_)
        | Target::Workspace => return None,
        // What is wrong with the steps after a name does not make it another one.
        Target::Invalid(_) => {
            Edge::Resource(module.resources.iter().position(|r| is_named(r, reference))? as u32)
        }
    })
}

/// True if a reference starts with the name of a resource.
fn is_named(resource: &Resource, reference: &Reference) -> bool {
    let step = |i: usize| match reference.steps.get(i).map(|s| &s.kind) {
        Some(StepKind::Attr(n)) => n.as_str(),
        _ => "",
    };
    let (mode, ty, name) = match reference.root.as_str() {
        "data" => (Mode::Data, step(0), step(1)),
        "ephemeral" => (Mode::Ephemeral, step(0), step(1)),
        "resource" => (Mode::Managed, step(0), step(1)),
        root => (Mode::Managed, root, step(0)),
    };
    resource.name.mode == mode && resource.name.ty == ty && resource.name.name == name
}

/// Returns the output that a reference to a module call names, if it can be told without evaluating anything.
fn named_output(arena: &Arena, reference: &Reference, used: usize) -> Option<EcoString> {
    let mut rest = reference.steps[used..].iter().map(|s| &s.kind);
    match rest.next()? {
        StepKind::Attr(name) => return Some(name.clone()),
        StepKind::LegacyIndex(_) => {}
        StepKind::Index(e) if is_literal(arena.node(*e)) => {}
        StepKind::Index(_) | StepKind::AttrSplat | StepKind::FullSplat => return None,
    }
    match rest.next()? {
        StepKind::Attr(name) => Some(name.clone()),
        _ => None,
    }
}

/// True for a key that stands there as it is.
pub(super) fn is_literal(node: &Node) -> bool {
    matches!(node, Node::Literal(Value::String(_) | Value::Number(_)))
}
