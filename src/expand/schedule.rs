//! The order of evaluation: dependencies first, on an explicit stack.

use std::sync::Arc;

use ecow::EcoString;

use super::keys::{self, By, Keys};
use super::lookup::{FrameLookup, Rep};
use super::{Column, FrameId, Root, Slot, Walk, builtin};
use crate::address::{Key, ModuleInstance};
use crate::eval::{EvalError, EvalResult, Evaluator};
use crate::module::{At, BodyItem, Content, Dep, Module, Nested, SlotId, SlotKind};
use crate::source::Span;
use crate::value::{Cause, CauseKind, Count, Identity, Marks, ObjectId, Refine, Type, Value};

/// A slot on the stack, and how far its dependencies have been looked at.
#[derive(Debug)]
pub(super) struct Task {
    frame: FrameId,
    slot: SlotId,
    dep: usize,
    child: usize,
}

/// Evaluates a slot after everything it needs.
pub(super) fn run(root: &mut Root<'_>, frame: FrameId, slot: SlotId) {
    if matches!(root.frames[frame.0 as usize].slots[slot.0 as usize], Slot::Done(_) | Slot::Keys(_)) {
        return;
    }
    let mut stack = std::mem::take(&mut root.stack);
    stack.clear();
    push(root, &mut stack, frame, slot);
    while let Some(task) = stack.last_mut() {
        let (frame, slot) = (task.frame, task.slot);
        match next(root, task) {
            Next::Need(frame, slot) => push(root, &mut stack, frame, slot),
            Next::Look => {}
            Next::Ready => {
                stack.pop();
                evaluate(root, frame, slot);
            }
        }
    }
    root.stack = stack;
}

fn push(root: &mut Root<'_>, stack: &mut Vec<Task>, frame: FrameId, slot: SlotId) {
    match root.frames[frame.0 as usize].slots[slot.0 as usize] {
        Slot::Done(_) | Slot::Keys(_) => {}
        Slot::Running => cycle(root, stack, frame, slot),
        Slot::Untouched => {
            root.frames[frame.0 as usize].slots[slot.0 as usize] = Slot::Running;
            stack.push(Task { frame, slot, dep: 0, child: 0 });
        }
    }
}

/// Reports a cycle. The slot that closes it stays running and reads as failed.
fn cycle(root: &mut Root<'_>, stack: &[Task], frame: FrameId, slot: SlotId) {
    if root.has_cycles {
        return;
    }
    let from = stack.iter().position(|t| t.frame == frame && t.slot == slot).unwrap_or(0);
    let mut names: Vec<String> = stack[from..].iter().map(|t| name(root, t.frame, t.slot)).collect();
    names.sort();
    names.dedup();
    let span = span_of(root, frame, slot);
    let text = format!("Cycle: {}", names.join(", "));
    root.report(&EvalError::new(text, "each of these needs the next, in a circle", span), None);
}

enum Next {
    Need(FrameId, SlotId),
    Look,
    Ready,
}

fn next(root: &Root<'_>, task: &mut Task) -> Next {
    let frame = root.frame(task.frame);
    if let SlotKind::Variable(v) = frame.module.slot_kinds()[task.slot.0 as usize]
        && let Some((parent, call, _)) = frame.parent
    {
        if task.dep > 0 {
            return Next::Ready;
        }
        task.dep = 1;
        let name = &frame.module.variables[v as usize].name;
        let caller = &root.frame(parent).module;
        let inputs = &caller.calls[call as usize].inputs;
        return match inputs.iter().position(|i| i.name == *name) {
            Some(i) => Next::Need(parent, SlotId(caller.call_slot(call as usize).0 + 1 + i as u32)),
            None => Next::Ready,
        };
    }
    let Some(dep) = frame.module.deps(task.slot).get(task.dep) else { return Next::Ready };
    if root.walk == Walk::Validate && !is_own(&frame.module, task.slot, dep) {
        task.dep += 1;
        return Next::Look;
    }
    match dep {
        Dep::Slot(slot) => {
            task.dep += 1;
            Next::Need(task.frame, *slot)
        }
        Dep::Output(call, name) => {
            let Some(children) = &frame.children[*call as usize] else {
                let keys = frame.module.call_slot(*call as usize);
                return need_children(root, task, keys);
            };
            let Some(child) = children.get(task.child) else {
                (task.dep, task.child) = (task.dep + 1, 0);
                return Next::Look;
            };
            task.child += 1;
            let module = &root.frame(*child).module;
            match module.output(name) {
                Some(o) => Next::Need(*child, module.output_slot(o)),
                None => Next::Look,
            }
        }
        Dep::Outputs(call) => {
            let Some(children) = &frame.children[*call as usize] else {
                let keys = frame.module.call_slot(*call as usize);
                return need_children(root, task, keys);
            };
            // `child` counts through the outputs of the first instance, then of the second, and so on.
            let outputs = children.first().map_or(0, |c| root.frame(*c).module.outputs.len());
            if outputs == 0 || task.child >= outputs * children.len() {
                (task.dep, task.child) = (task.dep + 1, 0);
                return Next::Look;
            }
            let child = children[task.child / outputs];
            let output = task.child % outputs;
            task.child += 1;
            Next::Need(child, root.frame(child).module.output_slot(output))
        }
    }
}

/// True for what is looked at even where nothing is expanded: all but the resources and calls of others.
fn is_own(module: &Module, slot: SlotId, dep: &Dep) -> bool {
    let Dep::Slot(dep) = dep else { return false };
    let kinds = module.slot_kinds();
    match (kinds[dep.0 as usize], kinds[slot.0 as usize]) {
        (SlotKind::ResourceKeys(a), SlotKind::Item(b, _)) => a == b,
        (SlotKind::ResourceKeys(_) | SlotKind::Item(..), _) => false,
        _ => true,
    }
}

/// The instances of a call are known once its keys are; if they cannot be, the dependency is passed over.
fn need_children(root: &Root<'_>, task: &mut Task, keys: SlotId) -> Next {
    match root.frame(task.frame).slots[keys.0 as usize] {
        Slot::Untouched => Next::Need(task.frame, keys),
        Slot::Running if task.child == 0 => {
            task.child = usize::MAX;
            Next::Need(task.frame, keys)
        }
        _ => {
            (task.dep, task.child) = (task.dep + 1, 0);
            Next::Look
        }
    }
}

/// Returns what a slot is called in messages: `module.a.var.b`, `aws_vpc.main`.
fn name(root: &Root<'_>, frame: FrameId, slot: SlotId) -> String {
    let f = root.frame(frame);
    let module = &f.module;
    let (text, expands) = match module.slot_kinds()[slot.0 as usize] {
        SlotKind::Variable(i) => (format!("var.{}", module.variables[i as usize].name), true),
        SlotKind::Local(i) => (format!("local.{}", module.locals[i as usize].name), true),
        SlotKind::Output(i) => (format!("output.{}", module.outputs[i as usize].name), true),
        SlotKind::ResourceKeys(i) | SlotKind::Item(i, _) => {
            (module.resources[i as usize].name.to_string(), false)
        }
        SlotKind::CallKeys(i) | SlotKind::Input(i, _) => {
            (format!("module.{}", module.calls[i as usize].name), false)
        }
        SlotKind::Provider(i) => (format!("provider.{}", module.providers[i as usize].name.name), false),
    };
    let expand = if expands { " (expand)" } else { "" };
    match root.tree.address(f.node).as_str() {
        "" => format!("{text}{expand}"),
        path => format!("{path}.{text}{expand}"),
    }
}

fn span_of(root: &Root<'_>, frame: FrameId, slot: SlotId) -> Option<Span> {
    let module = &root.frame(frame).module;
    Some(match module.slot_kinds()[slot.0 as usize] {
        SlotKind::Variable(i) => module.variables[i as usize].span,
        SlotKind::Local(i) => module.locals[i as usize].span,
        SlotKind::Output(i) => module.outputs[i as usize].span,
        SlotKind::ResourceKeys(i) => module.resources[i as usize].span,
        SlotKind::Item(r, i) => module.resources[r as usize].items[i as usize].span,
        SlotKind::CallKeys(i) => module.calls[i as usize].span,
        SlotKind::Input(c, i) => module.calls[c as usize].inputs[i as usize].name_span,
        SlotKind::Provider(i) => module.providers[i as usize].span,
    })
}

fn evaluate(root: &mut Root<'_>, frame: FrameId, slot: SlotId) {
    let module = root.frame(frame).module.clone();
    // What mentions nothing is the same in all instances of its module.
    let constant = constant_of(&module, slot)
        .filter(|block| root.keys_of(frame, *block).len() > 0)
        .map(|_| (root.frame(frame).node, slot));
    if let Some(column) = constant.and_then(|at| root.constants.get(&at)) {
        root.frames[frame.0 as usize].slots[slot.0 as usize] = Slot::Done(column.clone());
        return;
    }
    let failures = root.failures;
    let done = match module.slot_kinds()[slot.0 as usize] {
        SlotKind::Variable(i) => Slot::Done(Column::Same(variable(root, frame, i))),
        SlotKind::Local(i) => {
            let local = &module.locals[i as usize];
            let value = match assumed(root, frame, "local", &local.name) {
                Some(v) => v,
                None => plain(root, frame, local.at),
            };
            Slot::Done(Column::Same(value))
        }
        SlotKind::Output(i) => {
            let output = &module.outputs[i as usize];
            let value = output.value.map_or_else(|| Root::failed(None), |at| plain(root, frame, at));
            let mut marks = Marks::NONE;
            // NOTE: Terraform 1.11 forgets this mark where a module's output is used.
            if output.sensitive && (frame.0 == 0 || root.walk == Walk::Demand) {
                marks |= Marks::SENSITIVE;
            }
            if output.ephemeral {
                marks |= Marks::EPHEMERAL;
            }
            Slot::Done(Column::Same(value.mark(marks)))
        }
        SlotKind::ResourceKeys(i) => {
            let repeat = module.resources[i as usize].repeat;
            let address = root.address(frame, i, Key::None);
            Slot::Keys(keys::of(root, frame, repeat, 1, &|| address.to_string()))
        }
        SlotKind::CallKeys(i) => {
            let call = &module.calls[i as usize];
            let address = || format!("module.{}", call.name);
            let child = root.tree.node(root.frame(frame).node).children[i as usize];
            let weight = child.map_or(1, |c| root.tree.node(c).weight);
            let found = keys::of(root, frame, call.repeat, weight, &address);
            // Unexpanded, every module has one instance.
            let keys = if root.walk == Walk::Validate { root.single.clone() } else { found };
            spawn(root, frame, i, &keys);
            Slot::Keys(keys)
        }
        SlotKind::Item(r, i) => {
            let resource = &module.resources[r as usize];
            let item = &resource.items[i as usize];
            let keys = root.resource_keys(frame, r);
            let column = item_column(root, frame, item, &keys, Owner::Resource(r));
            Slot::Done(column)
        }
        SlotKind::Input(c, i) => {
            let input = &module.calls[c as usize].inputs[i as usize];
            let item = BodyItem {
                name: input.name.clone(),
                content: Content::Attr(input.at),
                span: input.name_span,
                varies: input.varies,
            };
            let keys = root.call_keys(frame, c);
            Slot::Done(item_column(root, frame, &item, &keys, Owner::Call(c)))
        }
        SlotKind::Provider(i) => {
            let block = &module.providers[i as usize];
            let mut entries: Vec<(EcoString, Value)> = Vec::new();
            for item in &block.items {
                let column = item_column(root, frame, item, &Keys::Single, Owner::Provider);
                entries.push((item.name.clone(), column.at(0).clone()));
            }
            Slot::Done(Column::Same(Value::object(entries)))
        }
    };
    if let (Some(at), Slot::Done(column)) = (constant, &done)
        && root.failures == failures
    {
        root.constants.insert(at, column.clone());
    }
    root.frames[frame.0 as usize].slots[slot.0 as usize] = done;
}

/// Returns the block of what depends on nothing but on whether that block has instances.
fn constant_of(module: &Module, slot: SlotId) -> Option<SlotId> {
    let block = match module.slot_kinds()[slot.0 as usize] {
        SlotKind::Item(r, i) if !module.resources[r as usize].items[i as usize].varies => {
            module.resource_slot(r as usize)
        }
        SlotKind::Input(c, i) if !module.calls[c as usize].inputs[i as usize].varies => {
            module.call_slot(c as usize)
        }
        _ => return None,
    };
    let only = module.deps(slot).iter().all(|dep| matches!(dep, Dep::Slot(slot) if *slot == block));
    only.then_some(block)
}

/// Whose item is evaluated.
#[derive(Clone, Copy)]
enum Owner {
    Resource(u32),
    Call(u32),
    Provider,
}

/// Returns the value that the settings assume for something in the root module.
fn assumed(root: &Root<'_>, frame: FrameId, what: &str, name: &str) -> Option<Value> {
    if root.options.assume.is_empty() {
        return None;
    }
    let full = match &root.frame(frame).path {
        None => format!("{what}.{name}"),
        Some(path) => format!("{path}.{what}.{name}"),
    };
    root.options.assume.get(&full).cloned()
}

/// Evaluates an expression outside of any repetition.
fn plain(root: &mut Root<'_>, frame: FrameId, at: At) -> Value {
    match eval_at(root, frame, at, Rep::None, &[]) {
        Ok(v) => v,
        Err(e) => {
            let span = e.span;
            root.report_in(frame, None, &e, None);
            Root::failed(span)
        }
    }
}

/// Evaluates an expression of a module.
pub(super) fn eval_at(
    root: &Root<'_>,
    frame: FrameId,
    at: At,
    rep: Rep<'_>,
    iterators: &[(Value, Value)],
) -> EvalResult<Value> {
    let module = &root.frame(frame).module;
    let file = &module.files[at.file as usize];
    let mut lookup = FrameLookup::new(root, frame, module.targets(at.file), rep);
    lookup.iterators = iterators;
    Evaluator::new(&file.arena, file.id, &lookup, root.world()).eval(at.expr)
}

fn variable(root: &mut Root<'_>, frame: FrameId, index: u32) -> Value {
    let module = root.frame(frame).module.clone();
    let variable = &module.variables[index as usize];
    if let Some(v) = assumed(root, frame, "var", &variable.name) {
        return v;
    }
    match root.frame(frame).parent {
        None if root.walk == Walk::Validate => Root::unknown_variable(variable),
        None => root.root_variable(index),
        Some((parent, call, place)) => root.module_variable(frame, index, parent, call, place),
    }
}

/// Makes the frames of a call's instances.
fn spawn(root: &mut Root<'_>, frame: FrameId, call: u32, keys: &Keys) {
    let node = root.frame(frame).node;
    let child = root.tree.node(node).children[call as usize];
    let mut frames = Vec::new();
    if let Some(child) = child {
        let name = root.frame(frame).module.calls[call as usize].name.clone();
        let parent = root.frame(frame).path.clone();
        let (count, why) = match keys {
            Keys::Unknown { why, low, high, .. } => {
                (root.frame(frame).count.times(Count::new(*low, *high)), Some(why.clone()))
            }
            _ => (root.frame(frame).count, root.frame(frame).why.clone()),
        };
        for i in 0..keys.len() {
            let path = ModuleInstance { parent: parent.clone(), name: name.clone(), key: keys.key(i) };
            frames.push(root.new_frame(
                child,
                Some((frame, call, i as u32)),
                Some(Arc::new(path)),
                count,
                why.clone(),
            ));
        }
    }
    root.frames[frame.0 as usize].children[call as usize] = Some(frames.into());
}

/// Evaluates an item for all instances of its block, once if it is the same for all.
fn item_column(root: &mut Root<'_>, frame: FrameId, item: &BodyItem, keys: &Keys, owner: Owner) -> Column {
    let same = !item.varies || matches!(keys, Keys::Single | Keys::Unknown { .. });
    let count = if same { usize::from(keys.len() > 0) } else { keys.len() };
    let module = root.frame(frame).module.clone();
    let ty = match owner {
        Owner::Resource(r) => Some(module.resources[r as usize].name.clone()),
        _ => None,
    };
    let argument = ty.as_ref().map(|ty| builtin::Argument::of(ty, &item.name));
    let mut values = Vec::with_capacity(count);
    for i in 0..count {
        if let Owner::Resource(r) = owner
            && !same
            && root.is_blocked(frame, r, i)
        {
            values.push(Root::failed(None));
            continue;
        }
        let rep = match owner {
            Owner::Call(_) if root.walk == Walk::Validate => Rep::Any,
            _ => Rep::of(keys, i),
        };
        let value = item_value(root, frame, item, rep, ty.is_some(), &mut Vec::new());
        let value = value.and_then(|v| match ty.as_ref().zip(argument.as_ref()) {
            Some((ty, argument)) => {
                let v = match item.content {
                    Content::Blocks(_) => argument.of_blocks(v),
                    Content::Attr(_) => v,
                };
                let v = argument.conform(v, item.span)?;
                Ok(match (&item.content, owner) {
                    (Content::Blocks(_), Owner::Resource(r)) if builtin::is_unknown(ty) => {
                        let address = root.address(frame, r, keys.key(i));
                        let name = format!("{address}.{}", item.name);
                        let why = Cause::new(CauseKind::Data, name, Some(item.span));
                        Value::unknown(Type::Dynamic, why).mark(v.marks())
                    }
                    _ => v,
                })
            }
            None => Ok(v),
        });
        values.push(match value {
            Ok(v) => v,
            Err(e) => {
                let address = match owner {
                    Owner::Resource(r) => Some(root.address(frame, r, keys.key(i)).to_string()),
                    Owner::Call(c) => Some(format!("module.{}", module.calls[c as usize].name)),
                    Owner::Provider => None,
                };
                let span = e.span;
                root.report_in(frame, Some(keys), &e, address);
                Root::failed(span)
            }
        });
    }
    if same { Column::Same(values.pop().unwrap_or(Value::NULL)) } else { Column::Each(values.into()) }
}

/// Evaluates an item for one instance: an attribute's value, or a tuple of objects for nested blocks.
pub(super) fn item_value(
    root: &Root<'_>,
    frame: FrameId,
    item: &BodyItem,
    rep: Rep<'_>,
    open: bool,
    iterators: &mut Vec<(Value, Value)>,
) -> EvalResult<Value> {
    match &item.content {
        Content::Attr(at) => eval_at(root, frame, *at, rep, iterators),
        Content::Blocks(blocks) => {
            let mut values = Vec::new();
            for block in blocks {
                if let Some(open) = nested_values(root, frame, block, rep, open, iterators, &mut values)? {
                    return Ok(open);
                }
            }
            Ok(Value::tuple(values))
        }
    }
}

/// Making one nested block takes as long as so many steps of an expression.
const BLOCK_STEPS: u64 = 20;

/// Adds the objects a nested block stands for; returns an unknown if their number is not known.
fn nested_values(
    root: &Root<'_>,
    frame: FrameId,
    block: &Nested,
    rep: Rep<'_>,
    open: bool,
    iterators: &mut Vec<(Value, Value)>,
    values: &mut Vec<Value>,
) -> EvalResult<Option<Value>> {
    let object = |iterators: &mut Vec<(Value, Value)>| -> EvalResult<Value> {
        root.work.spend(BLOCK_STEPS + block.items.len() as u64, || Some(block.span))?;
        let mut entries = Vec::with_capacity(block.items.len());
        for item in &block.items {
            entries.push((item.name.clone(), item_value(root, frame, item, rep, open, iterators)?));
        }
        // The provider may fill in attributes that the source does not set.
        Ok(if open { Value::open_object(entries, ObjectId::NESTED) } else { Value::object(entries) })
    };
    let Some((at, depth)) = block.dynamic else {
        values.push(object(iterators)?);
        return Ok(None);
    };
    let each = eval_at(root, frame, at, rep, iterators)?;
    let span = Some(root.frame(frame).module.span(at));
    if each.is_null() {
        return Err(EvalError::new(
            "Invalid dynamic for_each value",
            "Cannot use a null value in for_each.",
            span,
        ));
    }
    let (bare, marks) = each.unmark();
    let elements = match &bare {
        Value::List(s) | Value::Tuple(s) => {
            s.items().iter().enumerate().map(|(i, v)| (Value::int(i as i64), v.clone())).collect::<Vec<_>>()
        }
        Value::Set(s) => s.items().iter().map(|v| (v.clone(), v.clone())).collect(),
        Value::Map(f) | Value::Object(f) if f.open().is_none() => {
            f.iter().map(|(k, v)| (Value::String(k.clone()), v.clone())).collect()
        }
        Value::Unknown(u) => {
            let mut refine = Refine::not_null();
            refine.len_min = values.len() as u64 + u.refine.len_min;
            refine.len_max = None;
            let ty = Type::list(Type::Dynamic);
            return Ok(Some(Value::unknown_as(ty, refine, u.why.clone(), Identity::Nobody)));
        }
        Value::Map(_) | Value::Object(_) => {
            let why = bare.cause().unwrap_or_else(Cause::unstated);
            return Ok(Some(Value::unknown(Type::list(Type::Dynamic), why)));
        }
        other => {
            return Err(EvalError::new(
                "Invalid dynamic for_each value",
                format!(
                    "Cannot use a {} value in for_each. An iterable collection is required.",
                    other.type_of().friendly()
                ),
                span,
            ));
        }
    };
    for (key, value) in elements {
        iterators.truncate(depth as usize);
        iterators.push((key, value.mark(marks)));
        let made = object(iterators);
        iterators.truncate(depth as usize);
        values.push(made?);
    }
    Ok(None)
}

impl Root<'_> {
    /// Evaluates what a dependency names.
    pub(crate) fn demand_dep(&mut self, frame: FrameId, dep: &Dep) {
        match dep {
            Dep::Slot(slot) => run(self, frame, *slot),
            Dep::Output(call, _) | Dep::Outputs(call) => {
                let keys = self.frame(frame).module.call_slot(*call as usize);
                run(self, frame, keys);
                let children = self.frame(frame).children[*call as usize].clone().unwrap_or_default();
                for child in children {
                    let module = self.frame(child).module.clone();
                    for (i, output) in module.outputs.iter().enumerate() {
                        if matches!(dep, Dep::Output(_, name) if output.name != *name) {
                            continue;
                        }
                        run(self, child, module.output_slot(i));
                    }
                }
            }
        }
    }

    /// Returns the value of a slot; one that is not done has failed or lies on a cycle.
    pub(crate) fn slot(&self, frame: FrameId, slot: SlotId) -> Column {
        match &self.frame(frame).slots[slot.0 as usize] {
            Slot::Done(column) => column.clone(),
            _ => Column::Same(Root::failed(None)),
        }
    }

    /// Returns the value of a slot that is done.
    pub(crate) fn done(&self, frame: FrameId, slot: SlotId) -> Option<Value> {
        match &self.frame(frame).slots[slot.0 as usize] {
            Slot::Done(column) => Some(column.at(0).clone()),
            _ => None,
        }
    }

    pub(crate) fn keys_of(&self, frame: FrameId, slot: SlotId) -> Arc<Keys> {
        match &self.frame(frame).slots[slot.0 as usize] {
            Slot::Keys(keys) => keys.clone(),
            _ => {
                let why = Cause::new(CauseKind::Failed, "an expression that failed", None);
                let value = Value::unknown(Type::Dynamic, why.clone());
                Arc::new(Keys::Unknown { why, low: 0, high: None, by: By::Each, value })
            }
        }
    }

    pub(crate) fn resource_keys(&self, frame: FrameId, block: u32) -> Arc<Keys> {
        self.keys_of(frame, self.frame(frame).module.resource_slot(block as usize))
    }

    pub(crate) fn call_keys(&self, frame: FrameId, call: u32) -> Arc<Keys> {
        self.keys_of(frame, self.frame(frame).module.call_slot(call as usize))
    }
}
