//! What of a module can be evaluated on its own, numbered, and what each needs first.

use ecow::EcoString;

use super::resolve::{Resolved, Target, column_names};
use super::{At, BodyItem, Content, Module, Repeat};
use crate::syntax::{Arena, ExprId, Node};

/// Number of something that is evaluated on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotKind {
    Variable(u32),
    Local(u32),
    Output(u32),
    /// `count` or `for_each` of a resource block, as a list of keys.
    ResourceKeys(u32),
    /// An item of a resource block, for all its instances.
    Item(u32, u32),
    CallKeys(u32),
    /// An argument of a module call, for all its instances.
    Input(u32, u32),
    Provider(u32),
}

/// What must be evaluated first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dep {
    Slot(SlotId),
    /// An output of a module call, in all its instances.
    Output(u32, EcoString),
    /// All outputs of a module call.
    Outputs(u32),
}

#[derive(Debug, Default)]
pub(super) struct Slots {
    pub kinds: Vec<SlotKind>,
    pub deps: Vec<Box<[Dep]>>,
    pub resources: Vec<SlotId>,
    pub calls: Vec<SlotId>,
    pub providers: Vec<SlotId>,
}

/// Numbers the slots, then lists their dependencies. References have to be resolved.
pub(super) fn number(module: &mut Module) {
    let mut slots = Slots::default();
    let push = |slots: &mut Slots, kind| {
        slots.kinds.push(kind);
        SlotId((slots.kinds.len() - 1) as u32)
    };
    for i in 0..module.variables.len() {
        push(&mut slots, SlotKind::Variable(i as u32));
    }
    for i in 0..module.locals.len() {
        push(&mut slots, SlotKind::Local(i as u32));
    }
    for i in 0..module.outputs.len() {
        push(&mut slots, SlotKind::Output(i as u32));
    }
    for (i, r) in module.resources.iter().enumerate() {
        let id = push(&mut slots, SlotKind::ResourceKeys(i as u32));
        slots.resources.push(id);
        for item in 0..r.items.len() {
            push(&mut slots, SlotKind::Item(i as u32, item as u32));
        }
    }
    for (i, c) in module.calls.iter().enumerate() {
        let id = push(&mut slots, SlotKind::CallKeys(i as u32));
        slots.calls.push(id);
        for input in 0..c.inputs.len() {
            push(&mut slots, SlotKind::Input(i as u32, input as u32));
        }
    }
    for i in 0..module.providers.len() {
        let id = push(&mut slots, SlotKind::Provider(i as u32));
        slots.providers.push(id);
    }
    module.slots = slots;
    let deps = module.slots.kinds.iter().map(|kind| dependencies(module, *kind)).collect();
    module.slots.deps = deps;
}

fn dependencies(module: &Module, kind: SlotKind) -> Box<[Dep]> {
    let mut deps = Vec::new();
    match kind {
        SlotKind::Variable(_) => {}
        SlotKind::Local(i) => of_expr(module, module.locals[i as usize].at, &mut deps),
        SlotKind::Output(i) => {
            if let Some(at) = module.outputs[i as usize].value {
                of_expr(module, at, &mut deps);
            }
        }
        SlotKind::ResourceKeys(i) => of_repeat(module, module.resources[i as usize].repeat, &mut deps),
        SlotKind::Item(r, i) => {
            deps.push(Dep::Slot(module.resource_slot(r as usize)));
            of_item(module, &module.resources[r as usize].items[i as usize], &mut deps);
        }
        SlotKind::CallKeys(i) => of_repeat(module, module.calls[i as usize].repeat, &mut deps),
        SlotKind::Input(c, i) => {
            deps.push(Dep::Slot(module.call_slot(c as usize)));
            of_expr(module, module.calls[c as usize].inputs[i as usize].at, &mut deps);
        }
        SlotKind::Provider(i) => {
            for item in &module.providers[i as usize].items {
                of_item(module, item, &mut deps);
            }
        }
    }
    deps.into()
}

fn of_repeat(module: &Module, repeat: Repeat, deps: &mut Vec<Dep>) {
    if let Some(at) = repeat.at() {
        of_expr(module, at, deps);
    }
}

/// Lists what an item of a block needs.
pub(super) fn of_item(module: &Module, item: &BodyItem, deps: &mut Vec<Dep>) {
    match &item.content {
        Content::Attr(at) => of_expr(module, *at, deps),
        Content::Blocks(blocks) => {
            for block in blocks {
                if let Some((at, _)) = block.dynamic {
                    of_expr(module, at, deps);
                }
                for item in &block.items {
                    of_item(module, item, deps);
                }
            }
        }
    }
}

/// Lists what an expression needs, each once, in source order.
pub(super) fn of_expr(module: &Module, at: At, deps: &mut Vec<Dep>) {
    let file = &module.files[at.file as usize];
    each_ref(&file.arena, at.expr, &mut |r| {
        let resolved = &module.targets[at.file as usize][r.0 as usize];
        of_target(module, resolved, deps);
    });
}

/// Calls `f` with every reference in an expression, in source order.
pub(super) fn each_ref(arena: &Arena, expr: ExprId, f: &mut dyn FnMut(crate::syntax::RefId)) {
    arena.walk(expr, &mut |_, node| {
        if let Node::Ref(r) = node {
            f(*r);
        }
    });
}

/// Lists what a reference needs.
pub(super) fn of_target(module: &Module, resolved: &Resolved, deps: &mut Vec<Dep>) {
    let mut add = |dep: Dep| {
        // Few references name few things; a long list is rare enough to be searched.
        if deps.len() > 64 || !deps.contains(&dep) {
            deps.push(dep);
        }
    };
    match &resolved.target {
        Target::Variable(i) => add(Dep::Slot(module.variable_slot(*i as usize))),
        Target::Local(i) => add(Dep::Slot(module.local_slot(*i as usize))),
        Target::Resource(i) => {
            let keys = module.resource_slot(*i as usize);
            add(Dep::Slot(keys));
            for item in column_names(module, *i, resolved.attr.as_ref()) {
                add(Dep::Slot(SlotId(keys.0 + 1 + item)));
            }
        }
        Target::Call(i) => match &resolved.attr {
            Some(output) => add(Dep::Output(*i, output.clone())),
            None => add(Dep::Outputs(*i)),
        },
        Target::EachKey
        | Target::EachValue
        | Target::CountIndex
        | Target::SelfObject
        | Target::Iterator { .. }
        | Target::Path(_)
        | Target::Workspace
        | Target::Invalid(_) => {}
    }
}
