//! What names stand for: slots that are done, instances, outputs.

use std::path::{Component, Path, PathBuf};

use ecow::EcoString;

use super::keys::By;
use super::objects::Object;
use super::{Column, FrameId, Keys, Root, Walk, builtin, data};
use crate::address::{Key, Mode};
use crate::catalog;
use crate::eval::{EvalError, EvalResult, Lookup};
use crate::module::{IteratorPart, Repeat, Resolved, Target};
use crate::syntax::{ExprId, RefId, Reference, StepKind};
use crate::value::{
    Candidate, Cause, CauseKind, Identity, Marks, ObjectId, Referent, Refine, Type, Value, convert,
};

/// Which instance of its block an expression is evaluated for.
#[derive(Clone, Copy)]
pub(crate) enum Rep<'k> {
    /// Outside of a block that may repeat.
    None,
    Single,
    Count(u64),
    Each(&'k EcoString, &'k Value),
    /// Of any block at all, before anything is expanded.
    Any,
    /// One of a group: the cause, whether by `for_each`, and what `each.value` is.
    Unknown(&'k Cause, bool, &'k Value),
}

impl<'k> Rep<'k> {
    pub fn of(keys: &'k Keys, index: usize) -> Rep<'k> {
        match keys {
            Keys::Single | Keys::Off | Keys::Unknown { by: By::Enabled, .. } => Rep::Single,
            Keys::Count(_) => Rep::Count(index as u64),
            Keys::Each { keys, values } => Rep::Each(&keys[index], &values[index]),
            Keys::Unknown { why, by, value, .. } => Rep::Unknown(why, *by == By::Each, value),
        }
    }
}

/// Names as one place of one module instance sees them.
pub(crate) struct FrameLookup<'r, 'a> {
    root: &'r Root<'a>,
    frame: FrameId,
    targets: &'r [Resolved],
    rep: Rep<'r>,
    pub iterators: &'r [(Value, Value)],
    /// What `self` stands for.
    pub this: Option<&'r Value>,
    /// The variable whose value is tested, which is known even where none is.
    pub own: Option<(u32, &'r Value)>,
}

impl<'r, 'a> FrameLookup<'r, 'a> {
    pub fn new(
        root: &'r Root<'a>,
        frame: FrameId,
        targets: &'r [Resolved],
        rep: Rep<'r>,
    ) -> FrameLookup<'r, 'a> {
        FrameLookup { root, frame, targets, rep, iterators: &[], this: None, own: None }
    }
}

fn refuse<T>(summary: &str, detail: impl Into<String>) -> EvalResult<T> {
    let mut e = EvalError::new(summary, detail, None);
    e.uncaught = true;
    Err(e)
}

impl Lookup for FrameLookup<'_, '_> {
    fn resolve(
        &self,
        id: RefId,
        reference: &Reference,
        index: &mut dyn FnMut(ExprId) -> EvalResult<Value>,
    ) -> EvalResult<(Value, usize)> {
        let resolved = &self.targets[id.0 as usize];
        let module = &self.root.frame(self.frame).module;
        let unexpanded = self.root.walk == Walk::Validate;
        let value = match &resolved.target {
            Target::Variable(i) if self.own.is_some_and(|(own, _)| own == *i) => {
                self.own.map_or(Value::NULL, |(_, value)| value.clone())
            }
            Target::Variable(i) if unexpanded => Root::unknown_variable(&module.variables[*i as usize]),
            Target::Variable(i) => {
                self.root.slot(self.frame, module.variable_slot(*i as usize)).at(0).clone()
            }
            Target::Local(i) => self.root.slot(self.frame, module.local_slot(*i as usize)).at(0).clone(),
            Target::Resource(i) if unexpanded => {
                let value = Value::unknown(Type::Dynamic, Cause::unstated());
                match module.resources[*i as usize].name.mode {
                    Mode::Ephemeral => value.mark(Marks::EPHEMERAL),
                    Mode::Managed | Mode::Data => value,
                }
            }
            Target::Call(i) if unexpanded => self.unexpanded_call(*i),
            Target::Resource(i) => return self.resource(*i, resolved, reference, index),
            Target::Call(i) => return self.call(*i, resolved, reference, index),
            Target::EachKey => match self.rep {
                Rep::Each(key, _) => Value::String(key.clone()),
                Rep::Unknown(why, true, _) => {
                    Value::unknown_with(Type::String, Refine::not_null(), why.clone())
                }
                Rep::Any => Value::unknown(Type::String, Cause::unstated()),
                _ => return no_each(),
            },
            Target::EachValue => match self.rep {
                Rep::Each(_, value) | Rep::Unknown(_, true, value) => value.clone(),
                Rep::Any => Value::unknown(Type::Dynamic, Cause::unstated()),
                _ => return no_each(),
            },
            Target::CountIndex => match self.rep {
                Rep::Count(i) => Value::int(i as i64),
                Rep::Any => Value::unknown(Type::Number, Cause::unstated()),
                Rep::Unknown(why, false, _) => {
                    let refine =
                        Refine { min: Some((crate::value::Number::ZERO, true)), ..Refine::not_null() };
                    Value::unknown_with(Type::Number, refine, why.clone())
                }
                _ => {
                    return refuse(
                        "Reference to \"count\" in non-counted context",
                        "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only when the \"count\" argument is set.",
                    );
                }
            },
            Target::SelfObject => match self.this {
                Some(v) => v.clone(),
                None => {
                    return refuse(
                        "Invalid \"self\" reference",
                        "The \"self\" object is not available in this context. This object can be used only in resource provisioner, connection, and postcondition blocks.",
                    );
                }
            },
            Target::Iterator { depth, part } => match self.iterators.get(*depth as usize) {
                Some((k, v)) => match part {
                    IteratorPart::Key => k.clone(),
                    IteratorPart::Value => v.clone(),
                    IteratorPart::Whole => {
                        Value::object(vec![("key".into(), k.clone()), ("value".into(), v.clone())])
                    }
                },
                None => return refuse("Invalid reference", "this iterator is not in scope here"),
            },
            Target::Path(kind) => Value::from(self.root.path(self.frame, *kind)),
            Target::Workspace => Value::String(self.root.workspace.clone()),
            Target::Invalid(d) => {
                let mut e = EvalError::new(d.summary.clone(), d.detail.clone(), d.span);
                e.uncaught = true;
                // Reported when the module was read; of a `dynamic` block, now that it has an element.
                e.silent = self.iterators.is_empty();
                return Err(e);
            }
        };
        Ok((value, resolved.used))
    }

    fn provider(&self, local: &str) -> Option<EcoString> {
        let required = &self.root.frame(self.frame).module.required_providers;
        let source = &required.iter().find(|p| p.name == *local)?.source;
        Some(source.rsplit('/').next().unwrap_or(source).into())
    }

    fn missing(&self, object: ObjectId, attr: &str) -> EvalResult<Value> {
        self.root.unset_of(object, attr)
    }
}

fn no_each<T>() -> EvalResult<T> {
    refuse(
        "Reference to \"each\" in context without for_each",
        "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \"for_each\" argument is set.",
    )
}

/// The first step after a name, as it chooses among instances.
enum First<'s> {
    Nothing,
    Attr(&'s EcoString),
    Index(Value),
    Splat,
}

fn first<'s>(
    reference: &'s Reference,
    used: usize,
    index: &mut dyn FnMut(ExprId) -> EvalResult<Value>,
) -> EvalResult<First<'s>> {
    Ok(match reference.steps.get(used).map(|s| &s.kind) {
        None => First::Nothing,
        Some(StepKind::Attr(n)) => First::Attr(n),
        Some(StepKind::Index(e)) => First::Index(index(*e)?),
        Some(StepKind::LegacyIndex(i)) => First::Index(Value::int(i64::try_from(*i).unwrap_or(i64::MAX))),
        Some(StepKind::AttrSplat | StepKind::FullSplat) => First::Splat,
    })
}

/// Which of several instances an index names.
enum Chosen {
    At(usize),
    Any(Cause),
}

fn choose(keys: &Keys, key: &Value) -> EvalResult<Chosen> {
    const INVALID: &str = "Invalid index";
    if key.is_null() {
        return Err(EvalError::new(INVALID, "Can't use a null value as an indexing key.", None));
    }
    let want = if matches!(keys, Keys::Count(_)) { Type::Number } else { Type::String };
    let key = convert(key, &want).map_err(|e| {
        let text = crate::value::convert_error_text(&e);
        EvalError::new(
            INVALID,
            format!("The given key does not identify an element in this collection value: {text}."),
            None,
        )
    })?;
    if let Some(why) = key.cause() {
        return Ok(Chosen::Any(why));
    }
    let found = match keys {
        Keys::Count(n) => key.as_number().and_then(|k| k.as_u64()).filter(|k| k < n).map(|k| k as usize),
        _ => key.as_str().and_then(|k| keys.find(k)),
    };
    match found {
        Some(i) => Ok(Chosen::At(i)),
        None => {
            let detail = if keys.len() == 0 {
                "The given key does not identify an element in this collection value: the collection has no elements."
            } else {
                "The given key does not identify an element in this collection value."
            };
            Err(EvalError::new(INVALID, detail, None))
        }
    }
}

impl FrameLookup<'_, '_> {
    /// A module call before anything is expanded: its outputs are known by name only.
    fn unexpanded_call(&self, call: u32) -> Value {
        let frame = self.root.frame(self.frame);
        let Some(child) = self.root.tree.node(frame.node).children[call as usize] else {
            return Value::unknown(Type::Dynamic, Cause::unstated());
        };
        let outputs = &self.root.tree.node(child).module.outputs;
        let instance = Type::object(outputs.iter().map(|o| (o.name.clone(), Type::Dynamic)));
        let ty = match frame.module.calls[call as usize].repeat {
            Repeat::Once | Repeat::Enabled(_) => instance,
            Repeat::Count(_) => Type::list(instance),
            Repeat::ForEach(_) => Type::map(instance),
        };
        Value::unknown(ty, Cause::unstated())
    }

    fn resource(
        &self,
        block: u32,
        resolved: &Resolved,
        reference: &Reference,
        index: &mut dyn FnMut(ExprId) -> EvalResult<Value>,
    ) -> EvalResult<(Value, usize)> {
        let root = self.root;
        let used = resolved.used;
        let keys = root.resource_keys(self.frame, block);
        let name = || root.frame(self.frame).module.resources[block as usize].name.to_string();
        let attr_at = |i: usize| match reference.steps.get(i).map(|s| &s.kind) {
            Some(StepKind::Attr(n)) => Some(n.clone()),
            _ => None,
        };
        match (&*keys, first(reference, used, index)?) {
            (Keys::Single, First::Attr(a)) => {
                Ok((root.attribute(self.frame, block, a)?.at(0).clone(), used + 1))
            }
            (Keys::Single | Keys::Unknown { by: By::Enabled, .. }, First::Index(_)) => refuse(
                "Unexpected resource instance key",
                format!(
                    "Because {} does not have \"count\" or \"for_each\" set, references to it must not include an index key. Remove the bracketed index to refer to the single instance of this resource.",
                    name()
                ),
            ),
            (Keys::Single, _) => Ok((root.whole(self.frame, block, 0, resolved.attr.as_ref())?, used)),
            (Keys::Off, _) => Ok((Value::NULL, used)),
            (Keys::Count(_) | Keys::Each { .. }, First::Attr(_)) => {
                let which = if matches!(*keys, Keys::Count(_)) { "count" } else { "for_each" };
                refuse(
                    "Missing resource instance key",
                    format!(
                        "Because {} has {which:?} set, its attributes must be accessed on specific instances.",
                        name()
                    ),
                )
            }
            (Keys::Count(_) | Keys::Each { .. }, First::Index(key)) => match choose(&keys, &key)? {
                Chosen::At(i) => match attr_at(used + 1) {
                    Some(a) => Ok((root.attribute(self.frame, block, &a)?.at(i).clone(), used + 2)),
                    None => Ok((root.whole(self.frame, block, i, None)?, used + 1)),
                },
                Chosen::Any(why) => match attr_at(used + 1) {
                    Some(a) => {
                        let column = root.attribute(self.frame, block, &a)?;
                        let values: Vec<&Value> = (0..keys.len()).map(|i| column.at(i)).collect();
                        Ok((any_of(&values, why), used + 2))
                    }
                    None => Ok((Value::unknown(Type::Dynamic, why), used + 1)),
                },
            },
            (Keys::Count(_) | Keys::Each { .. }, First::Nothing | First::Splat) => {
                Ok((root.all_instances(self.frame, block, &keys, resolved.attr.as_ref())?, used))
            }
            (Keys::Unknown { why, .. }, step) => {
                let (attr, taken) = match step {
                    First::Attr(a) => (Some(a.clone()), 1),
                    First::Index(_) => (attr_at(used + 1), if attr_at(used + 1).is_some() { 2 } else { 1 }),
                    First::Nothing | First::Splat => (None, 0),
                };
                // The group stands for all its instances, so an attribute of it has an identity all the same.
                match attr {
                    Some(a) => {
                        let value = root.attribute(self.frame, block, &a)?.at(0).clone();
                        let is = value.as_unknown().map_or(Identity::Nobody, |u| u.is.clone());
                        let ty = value.type_of();
                        Ok((Value::unknown_as(ty, Refine::default(), why.clone(), is), used + taken))
                    }
                    None => Ok((Value::unknown(Type::Dynamic, why.clone()), used + taken)),
                }
            }
        }
    }

    fn call(
        &self,
        call: u32,
        resolved: &Resolved,
        reference: &Reference,
        index: &mut dyn FnMut(ExprId) -> EvalResult<Value>,
    ) -> EvalResult<(Value, usize)> {
        let root = self.root;
        let used = resolved.used;
        let frame = root.frame(self.frame);
        let keys = root.call_keys(self.frame, call);
        let step = first(reference, used, index)?;
        if root.tree.node(frame.node).children[call as usize].is_none() {
            let name = EcoString::from(format!("module.{}", frame.module.calls[call as usize].name));
            let why = Cause::new(CauseKind::Module, name, Some(frame.module.calls[call as usize].span));
            // Whatever follows cannot be checked, so the whole reference is unknown.
            return Ok((Value::unknown(Type::Dynamic, why), reference.steps.len()));
        }
        let children = frame.children[call as usize].clone().unwrap_or_default();
        let attr_at = |i: usize| match reference.steps.get(i).map(|s| &s.kind) {
            Some(StepKind::Attr(n)) => Some(n.clone()),
            _ => None,
        };
        let output = |child: FrameId, name: &EcoString| root.output(child, name);
        match (&*keys, step) {
            (Keys::Single, First::Attr(name)) => match children.first() {
                Some(child) => Ok((output(*child, name)?, used + 1)),
                None => Ok((Root::failed(None), used + 1)),
            },
            (Keys::Single | Keys::Unknown { by: By::Enabled, .. }, First::Index(_)) => refuse(
                "Unexpected module instance key",
                "Because this module call does not have \"count\" or \"for_each\" set, references to it must not include an index key.",
            ),
            (Keys::Off, _) => Ok((Value::NULL, used)),
            (Keys::Single, _) => match children.first() {
                Some(child) => Ok((root.outputs(*child, resolved.attr.as_ref())?, used)),
                None => Ok((Root::failed(None), used)),
            },
            (Keys::Count(_) | Keys::Each { .. }, First::Index(key)) => match choose(&keys, &key)? {
                Chosen::At(i) => match attr_at(used + 1) {
                    Some(name) => Ok((output(children[i], &name)?, used + 2)),
                    None => Ok((root.outputs(children[i], None)?, used + 1)),
                },
                Chosen::Any(why) => match attr_at(used + 1) {
                    Some(name) => {
                        let values: Vec<Value> =
                            children.iter().map(|c| output(*c, &name)).collect::<EvalResult<_>>()?;
                        Ok((any_of(&values.iter().collect::<Vec<_>>(), why), used + 2))
                    }
                    None => Ok((Value::unknown(Type::Dynamic, why), used + 1)),
                },
            },
            // All instances are an object by key, so a key may be written as an attribute.
            (Keys::Each { .. }, First::Attr(name)) if keys.find(name).is_some() => {
                let child = keys.find(name).and_then(|i| children.get(i));
                match (child, attr_at(used + 1)) {
                    (Some(child), Some(name)) => Ok((output(*child, &name)?, used + 2)),
                    (Some(child), None) => Ok((root.outputs(*child, None)?, used + 1)),
                    (None, _) => Ok((Root::failed(None), used + 1)),
                }
            }
            (Keys::Count(_) | Keys::Each { .. }, First::Attr(name)) => refuse(
                "Unsupported attribute",
                format!(
                    "This object does not have an attribute named {name:?}: the module call has several instances"
                ),
            ),
            (Keys::Count(_) | Keys::Each { .. }, First::Nothing | First::Splat) => {
                Ok((root.all_calls(self.frame, call, &keys, &children, resolved.attr.as_ref())?, used))
            }
            (Keys::Unknown { why, .. }, step) => {
                let (name, taken) = match step {
                    First::Attr(a) => (Some(a.clone()), 1),
                    First::Index(_) => (attr_at(used + 1), if attr_at(used + 1).is_some() { 2 } else { 1 }),
                    First::Nothing | First::Splat => (None, 0),
                };
                match (name, children.first()) {
                    (Some(name), Some(child)) => {
                        let value = output(*child, &name)?;
                        let is = value.as_unknown().map_or(Identity::Nobody, |u| u.is.clone());
                        Ok((
                            Value::unknown_as(value.type_of(), Refine::default(), why.clone(), is),
                            used + taken,
                        ))
                    }
                    _ => Ok((Value::unknown(Type::Dynamic, why.clone()), used + taken)),
                }
            }
        }
    }
}

/// Returns the unknown that is one of these values.
fn any_of(values: &[&Value], why: Cause) -> Value {
    let mut candidates = Vec::new();
    let mut all = true;
    for v in values {
        match v.bare() {
            Value::Null(_) => {}
            Value::String(s) => candidates.push(Candidate::Text(s.clone())),
            Value::Unknown(u) => match u.is.candidates() {
                Some(more) => candidates.extend(more),
                None => all = false,
            },
            _ => all = false,
        }
    }
    let types: Vec<Type> = values.iter().map(|v| v.type_of()).collect();
    let ty = match types.first() {
        Some(t) if types.iter().all(|x| x == t) => t.clone(),
        _ => Type::Dynamic,
    };
    let is = if all { Identity::one_of(candidates) } else { Identity::Nobody };
    Value::unknown_as(ty, Refine::default(), why, is)
}

impl Root<'_> {
    fn path(&self, frame: FrameId, kind: crate::module::PathKind) -> String {
        use crate::module::PathKind;
        match kind {
            PathKind::Module => {
                let dir = &self.frame(frame).module.dir;
                if frame.0 == 0 {
                    return ".".into();
                }
                crate::module::shown(&relative(&self.root_dir, dir))
            }
            PathKind::Root => ".".into(),
            PathKind::Cwd => self.cwd(),
        }
    }

    /// The absolute path that `path.cwd` gives.
    fn cwd(&self) -> String {
        crate::module::shown(&self.loader.tree.canonical(&self.root_dir))
    }

    /// Returns an attribute of a whole resource that its source does not set.
    pub(super) fn unset_of(&self, object: ObjectId, attr: &str) -> EvalResult<Value> {
        if object == ObjectId::NESTED {
            let why = Cause::new(
                CauseKind::Attribute,
                EcoString::from(format!("`{attr}` of a nested block")),
                None,
            );
            return Ok(Value::unknown(Type::Dynamic, why));
        }
        let found = self.objects.borrow().get(object).clone();
        match found {
            Object::Instance(frame, block, place) => {
                self.attribute(frame, block, attr).map(|c| c.at(place as usize).clone())
            }
            Object::Variable(name) => {
                refuse("Unsupported attribute", format!("`var.{name}` has no attribute `{attr}`"))
            }
        }
    }

    /// Returns an attribute of a block for all its instances.
    pub(crate) fn attribute(&self, frame: FrameId, block: u32, attr: &str) -> EvalResult<Column> {
        let f = self.frame(frame);
        let resource = &f.module.resources[block as usize];
        if !self.options.assume.is_empty()
            && let Some(column) = self.assumed_attribute(frame, block, attr)
        {
            return Ok(column);
        }
        if let Some(item) = resource.item(attr) {
            let slot = crate::module::SlotId(f.module.resource_slot(block as usize).0 + 1 + item as u32);
            return self.set_attribute(frame, block, attr, self.slot(frame, slot));
        }
        self.unset_column(frame, block, attr)
    }

    /// Returns an attribute that the source sets; where it sets null it might as well not have set it.
    fn set_attribute(&self, frame: FrameId, block: u32, attr: &str, column: Column) -> EvalResult<Column> {
        let count = self.resource_keys(frame, block).len();
        let column = self.identified(frame, block, attr, column, count);
        if !(0..count).any(|i| column.at(i).is_null()) {
            return Ok(column);
        }
        let unset = self.unset_column(frame, block, attr)?;
        let value = |i: usize| match column.at(i) {
            v if v.is_null() && !unset.at(i).is_null() => unset.at(i).clone().mark(v.marks()),
            v => v.clone(),
        };
        Ok(Column::Each((0..count).map(value).collect()))
    }

    /// Makes what an object is called stand for that object, whatever the name is made of.
    fn identified(&self, frame: FrameId, block: u32, attr: &str, column: Column, count: usize) -> Column {
        let name = &self.frame(frame).module.resources[block as usize].name;
        let names_it = name.mode == Mode::Managed && catalog::identity(&name.ty).attributes.contains(&attr);
        if !names_it || !(0..count).any(|i| column.at(i).is_unknown()) {
            return column;
        }
        let value = |i: usize| match column.at(i).as_unknown() {
            None => column.at(i).clone(),
            Some(u) => {
                let object = self.objects.borrow_mut().id(Object::Instance(frame, block, i as u32));
                let is = Identity::Is(Referent { object, attr: attr.into() });
                Value::unknown_as(u.ty.clone(), u.refine.clone(), u.why.clone(), is)
                    .mark(column.at(i).marks())
            }
        };
        Column::Each((0..count).map(value).collect())
    }

    fn unset_column(&self, frame: FrameId, block: u32, attr: &str) -> EvalResult<Column> {
        let f = self.frame(frame);
        if let Some(column) = f.unset.borrow().get(&(block, EcoString::from(attr))) {
            return Ok(column.clone());
        }
        let column = self.unset_attribute(frame, block, attr)?;
        f.unset.borrow_mut().insert((block, attr.into()), column.clone());
        Ok(column)
    }

    fn assumed_attribute(&self, frame: FrameId, block: u32, attr: &str) -> Option<Column> {
        let keys = self.resource_keys(frame, block);
        let block_address = self.address(frame, block, Key::None).to_string();
        let values: Vec<Option<&Value>> = (0..keys.len())
            .map(|i| {
                let address = self.address(frame, block, keys.key(i));
                let assume = &self.options.assume;
                assume
                    .get(&format!("{address}.{attr}"))
                    .or_else(|| assume.get(&format!("{block_address}.{attr}")))
            })
            .collect();
        let values: Option<Vec<Value>> = values.into_iter().map(|v| v.cloned()).collect();
        values.filter(|v| !v.is_empty()).map(|v| Column::Each(v.into()))
    }

    /// Returns an attribute that the source does not set: null, a default, or unknown with its address.
    fn unset_attribute(&self, frame: FrameId, block: u32, attr: &str) -> EvalResult<Column> {
        let resource = &self.frame(frame).module.resources[block as usize];
        let keys = self.resource_keys(frame, block);
        if let Some(column) = data::known(self, frame, block, attr, &keys) {
            return Ok(column);
        }
        let fact = builtin::unset(&resource.name, attr)?;
        let (ty, refine) = match fact {
            builtin::Unset::Null(ty) => return Ok(Column::Same(Value::Null(ty))),
            builtin::Unset::Default(ty) => {
                let address = self.address(frame, block, Key::None);
                let text = format!("what the provider takes for `{address}.{attr}`, which is not set");
                let why = Cause::new(CauseKind::Unstated, text, Some(resource.span));
                return Ok(Column::Same(Value::unknown_with(ty, Refine::default(), why)));
            }
            builtin::Unset::Empty => return Ok(Column::Same(Value::tuple(vec![]))),
            builtin::Unset::Computed(ty, refine) => (ty, refine),
            builtin::Unset::Like(other) => {
                let column = self.attribute(frame, block, other)?;
                let values: Vec<Value> = (0..keys.len())
                    .map(|i| {
                        if column.at(i).is_null() {
                            return column.at(i).bare().clone();
                        }
                        self.computed(frame, block, attr, i, &keys, column.at(i).type_of(), Refine::default())
                    })
                    .collect();
                return Ok(Column::Each(values.into()));
            }
        };
        let planned = resource.name.mode == Mode::Managed
            && resource.name.ty == "aws_acm_certificate"
            && attr == "domain_validation_options";
        let value = |i: usize| {
            let unknown = |ty| self.computed(frame, block, attr, i, &keys, ty, refine.clone());
            let options = || data::validation_options(self, frame, block, i, &unknown(Type::String));
            if planned && let Some(options) = options() { options } else { unknown(ty.clone()) }
        };
        Ok(Column::Each((0..keys.len()).map(value).collect()))
    }

    #[expect(clippy::too_many_arguments, reason = "one value of one column, with what is known of it")]
    fn computed(
        &self,
        frame: FrameId,
        block: u32,
        attr: &str,
        place: usize,
        keys: &Keys,
        ty: Type,
        refine: Refine,
    ) -> Value {
        let resource = &self.frame(frame).module.resources[block as usize];
        let address = self.address(frame, block, keys.key(place));
        let kind = match resource.name.mode {
            Mode::Managed => CauseKind::Attribute,
            Mode::Data | Mode::Ephemeral => CauseKind::Data,
        };
        let why = Cause::new(kind, EcoString::from(format!("{address}.{attr}")), Some(resource.span));
        let object = self.objects.borrow_mut().id(Object::Instance(frame, block, place as u32));
        let is = Identity::Is(Referent { object, attr: attr.into() });
        Value::unknown_as(ty, refine, why, is)
    }

    /// Returns one instance as a value; with `attr` only that attribute of it.
    pub(super) fn whole(
        &self,
        frame: FrameId,
        block: u32,
        place: usize,
        attr: Option<&EcoString>,
    ) -> EvalResult<Value> {
        if let Some(a) = attr {
            let value = self.attribute(frame, block, a)?.at(place).clone();
            return Ok(Value::object(vec![(a.clone(), value)]));
        }
        let resource = &self.frame(frame).module.resources[block as usize];
        let mut entries = Vec::with_capacity(resource.items.len());
        for item in &resource.items {
            entries.push((item.name.clone(), self.attribute(frame, block, &item.name)?.at(place).clone()));
        }
        if let Some(names) = builtin::all_attributes(&resource.name) {
            for name in names {
                if resource.item(name).is_none() {
                    entries.push(((*name).into(), self.attribute(frame, block, name)?.at(place).clone()));
                }
            }
            return Ok(Value::object(entries));
        }
        let object = self.objects.borrow_mut().id(Object::Instance(frame, block, place as u32));
        Ok(Value::open_object(entries, object))
    }

    /// Returns all instances of a block as Terraform has them: a tuple, or an object by key.
    fn all_instances(
        &self,
        frame: FrameId,
        block: u32,
        keys: &Keys,
        attr: Option<&EcoString>,
    ) -> EvalResult<Value> {
        let key = (false, block, attr.cloned());
        if let Some(view) = self.frame(frame).views.borrow().get(&key) {
            return Ok(view.clone());
        }
        let items =
            (0..keys.len()).map(|i| self.whole(frame, block, i, attr)).collect::<EvalResult<Vec<_>>>()?;
        let view = collect(keys, items);
        self.frame(frame).views.borrow_mut().insert(key, view.clone());
        Ok(view)
    }

    /// Returns an output of a module instance.
    fn output(&self, child: FrameId, name: &EcoString) -> EvalResult<Value> {
        let module = &self.frame(child).module;
        match module.output(name) {
            Some(o) => Ok(self.slot(child, module.output_slot(o)).at(0).clone()),
            // The module is there, but could not be read: nothing can be said of its outputs.
            None if module.unreadable
                || module.diagnostics.iter().any(|d| d.severity == crate::finding::Severity::Error) =>
            {
                Ok(Root::failed(None))
            }
            None => Err(EvalError::new(
                "Unsupported attribute",
                format!("This object does not have an attribute named {name:?}."),
                None,
            )),
        }
    }

    /// Returns the outputs of a module instance as an object; with `only` just that one.
    fn outputs(&self, child: FrameId, only: Option<&EcoString>) -> EvalResult<Value> {
        if let Some(name) = only {
            return Ok(Value::object(vec![(name.clone(), self.output(child, name)?)]));
        }
        let module = &self.frame(child).module;
        let mut entries = Vec::with_capacity(module.outputs.len());
        for output in &module.outputs {
            entries.push((output.name.clone(), self.output(child, &output.name)?));
        }
        Ok(Value::object(entries))
    }

    fn all_calls(
        &self,
        frame: FrameId,
        call: u32,
        keys: &Keys,
        children: &[FrameId],
        only: Option<&EcoString>,
    ) -> EvalResult<Value> {
        let key = (true, call, only.cloned());
        if let Some(view) = self.frame(frame).views.borrow().get(&key) {
            return Ok(view.clone());
        }
        let items = children.iter().map(|c| self.outputs(*c, only)).collect::<EvalResult<Vec<_>>>()?;
        let view = collect(keys, items);
        self.frame(frame).views.borrow_mut().insert(key, view.clone());
        Ok(view)
    }
}

/// Returns the way from one folder to another.
fn relative(from: &Path, to: &Path) -> PathBuf {
    fn parts(path: &Path) -> Vec<Component<'_>> {
        path.components().filter(|c| *c != Component::CurDir).collect()
    }
    let (from, to) = (parts(from), parts(to));
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    // What lies above a folder that is left by `..` cannot be told from its name.
    if from[same..].contains(&Component::ParentDir) {
        return to.iter().collect();
    }
    from[same..].iter().map(|_| Component::ParentDir).chain(to[same..].iter().copied()).collect()
}

fn collect(keys: &Keys, items: Vec<Value>) -> Value {
    match keys {
        Keys::Each { keys, .. } => Value::object(keys.iter().cloned().zip(items).collect()),
        _ => Value::tuple(items),
    }
}
