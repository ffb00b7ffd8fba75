//! Walks back from a map to where one of its keys is written: through locals, inputs of module calls, outputs, `merge`,
//! `for`, conditionals and `lookup`. Evaluates nothing: where the code leaves a choice, all that may be meant are told.

use ecow::EcoString;

use super::resolve::IteratorPart;
use super::tree::{NodeId, Tree};
use super::{At, BodyItem, Content, Module, Nested, Repeat, Resource, Target};
use crate::address::{Address, Key, ModuleInstance};
use crate::source::Span;
use crate::syntax::{Arena, ExprId, ForExpr, Item, KeyExpr, Node, StepKind};
use crate::value::Value;

/// Where a value is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub span: Span,
    /// The names it comes through, from where it is used: `local.common`, `module.labels.tags`.
    pub through: Vec<EcoString>,
    literal: Literal,
}

/// What stands there, if it is a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Literal {
    Text(EcoString),
    Null,
    Other,
}

impl Literal {
    fn of(value: &Value) -> Literal {
        match value.bare() {
            Value::Null(_) => Literal::Null,
            Value::String(text) => Literal::Text(text.clone()),
            Value::Bool(b) => Literal::Text(if *b { "true".into() } else { "false".into() }),
            Value::Number(n) => Literal::Text(n.to_string().into()),
            _ => Literal::Other,
        }
    }
}

/// An attribute or nested block of a resource.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub address: &'a Address,
    /// `tags`, or what stands in its place: `volume_tags`, `tag_specifications volume`.
    pub shape: &'a str,
}

/// Expressions that are looked at for one answer.
const MOST_STEPS: u32 = 2_000;

/// How far inwards one is followed.
const DEEPEST: usize = 100;

/// More places than this help nobody.
const MOST_FOUND: usize = 8;

/// Returns where the resource's tag of that key is written.
///
/// `value`: what it is known to be, which leaves out constants that are something else.
pub fn of_resource(tree: &Tree, place: Place<'_>, key: &str, value: Option<&str>) -> Vec<Written> {
    let mut walk = Walk::new(tree);
    if let Some((scope, resource)) = walk.resource(place.address) {
        let mut names = place.shape.split(' ').next().unwrap_or_default().split('.');
        let first = names.next().unwrap_or_default();
        let names: Vec<&str> = names.collect();
        let items = resource.items.iter().filter(|i| i.name == first || (first == "tags" && i.name == "tag"));
        for item in items {
            walk.item(&scope, item, &names, key);
        }
    }
    walk.finish(value)
}

/// Returns where a tag of a provider configuration's `default_tags` is written, by the span of its block.
pub fn of_provider(
    tree: &Tree,
    module: Option<&ModuleInstance>,
    block: Span,
    key: &str,
    value: Option<&str>,
) -> Vec<Written> {
    let mut walk = Walk::new(tree);
    if let Some(scope) = walk.scope(module) {
        let module = tree.node(scope.node).module.clone();
        let provider = module.providers.iter().find(|p| p.span == block);
        let tags = provider.and_then(|p| p.items.iter().find(|i| i.name == "default_tags"));
        if let Some(item) = tags {
            walk.item(&scope, item, &["tags"], key);
        }
    }
    walk.finish(value)
}

/// What is to be found inside of an expression's value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Want {
    /// The value of a key.
    Key(EcoString),
    /// Of a list of objects: the `value` of the one whose `key` is this.
    Listed(EcoString),
}

/// Where an expression stands, and what its names stand for.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) node: NodeId,
    /// Keys of the module instances that lead here, the outermost first.
    keys: Vec<Key>,
    /// What `each` and `count` stand for.
    own: Option<(Repeat, Key)>,
    /// The loops around, the innermost last.
    loops: Vec<Loop>,
    /// What the iterator of a `dynamic` block runs over.
    dynamic: Option<Loop>,
}

/// A `for`: what it runs over, and the key of the element that is asked for.
#[derive(Clone, Debug)]
struct Loop {
    over: At,
    element: Option<EcoString>,
}

pub(super) struct Walk<'t> {
    tree: &'t Tree,
    left: u32,
    depth: usize,
    through: Vec<EcoString>,
    found: Vec<Written>,
}

impl<'t> Walk<'t> {
    pub(super) fn new(tree: &'t Tree) -> Walk<'t> {
        Walk { tree, left: MOST_STEPS, depth: 0, through: Vec::new(), found: Vec::new() }
    }

    fn finish(self, value: Option<&str>) -> Vec<Written> {
        let mut found = self.found;
        if let Some(value) = value {
            let may_be = |w: &Written| match &w.literal {
                Literal::Text(text) => text == value,
                Literal::Null => false,
                Literal::Other => true,
            };
            let is = |w: &Written| matches!(&w.literal, Literal::Text(text) if text == value);
            // A constant that is what was found counts over what nobody evaluated.
            if found.iter().any(is) {
                found.retain(is);
            } else if found.iter().any(may_be) {
                found.retain(may_be);
            }
        }
        // One place may be reached in several ways: the shortest is told.
        found.sort_by_key(|w| (w.span, w.through.len()));
        found.dedup_by_key(|w| w.span);
        found.truncate(MOST_FOUND);
        found
    }

    /// Finds a module instance in the tree.
    fn scope(&self, module: Option<&ModuleInstance>) -> Option<Scope> {
        let mut path = Vec::new();
        let mut at = module;
        while let Some(m) = at {
            path.push(m);
            at = m.parent.as_deref();
        }
        let mut node = NodeId(0);
        let mut keys = Vec::new();
        for step in path.into_iter().rev() {
            let module = &self.tree.node(node).module;
            let call = module.calls.iter().position(|c| c.name == step.name)?;
            node = (*self.tree.node(node).children.get(call)?)?;
            keys.push(step.key.clone());
        }
        Some(Scope { node, keys, own: None, loops: Vec::new(), dynamic: None })
    }

    pub(super) fn resource(&self, address: &Address) -> Option<(Scope, Resource)> {
        let scope = self.scope(address.module.as_deref())?;
        let module = &self.tree.node(scope.node).module;
        let resource = module.resources.iter().find(|r| *r.name == *address.block)?.clone();
        let own = Some((resource.repeat, address.key.clone()));
        Some((Scope { own, ..scope }, resource))
    }

    /// Looks into an attribute, or into the attribute at the end of a path of nested blocks.
    fn item(&mut self, scope: &Scope, item: &BodyItem, path: &[&str], key: &str) {
        match &item.content {
            Content::Attr(at) => {
                let wanted = [Want::Key(key.into())];
                self.look(scope, *at, &wanted);
            }
            Content::Blocks(blocks) => {
                for block in blocks {
                    self.block(scope, block, item.name == "tag", path, key);
                }
            }
        }
    }

    fn block(&mut self, scope: &Scope, block: &Nested, is_tag: bool, path: &[&str], key: &str) {
        let attribute = |name: &str| {
            block.items.iter().find(|i| i.name == name).and_then(|i| match &i.content {
                Content::Attr(at) => Some(*at),
                Content::Blocks(_) => None,
            })
        };
        let mut inner = scope.clone();
        inner.dynamic = block.dynamic.map(|(over, _)| Loop { over, element: Some(key.into()) });
        if !is_tag {
            let name = path.first().copied().unwrap_or("tags");
            let rest = path.get(1..).unwrap_or_default();
            for item in block.items.iter().filter(|i| i.name == name) {
                self.item(&inner, item, rest, key);
            }
            return;
        }
        let (Some(name), Some(value)) = (attribute("key"), attribute("value")) else { return };
        let module = self.module(scope);
        match (block.dynamic, constant_text(&module, name)) {
            (_, Some(text)) if text != key => {}
            (_, Some(_)) => _ = self.look(&inner, value, &[]),
            (Some((over, _)), None) if iterator(&module, name) == Some((false, None)) => {
                match iterator(&module, value) {
                    Some((true, None)) => _ = self.look(scope, over, &[Want::Key(key.into())]),
                    _ => _ = self.look(&inner, value, &[]),
                }
            }
            // Elements that are objects with `key` and `value`.
            (Some((over, _)), None) => _ = self.look(scope, over, &[Want::Listed(key.into())]),
            (None, None) => self.end(scope, name, Literal::Other),
        }
    }

    fn module(&self, scope: &Scope) -> std::sync::Arc<Module> {
        self.tree.node(scope.node).module.clone()
    }

    fn end(&mut self, scope: &Scope, at: At, literal: Literal) {
        let span = self.tree.node(scope.node).module.span(at);
        self.found.push(Written { span, through: self.through.clone(), literal });
    }

    /// Looks for what is wanted in the value of an expression; with nothing wanted, for where the value itself is written.
    ///
    /// Returns whether the value holds it whatever is chosen.
    fn look(&mut self, scope: &Scope, at: At, wanted: &[Want]) -> bool {
        if self.left == 0 || self.depth >= DEEPEST || self.found.len() >= MOST_FOUND * 4 {
            return false;
        }
        self.left -= 1;
        self.depth += 1;
        let certain = self.node(scope, at, wanted);
        self.depth -= 1;
        certain
    }

    fn node(&mut self, scope: &Scope, at: At, wanted: &[Want]) -> bool {
        let module = self.module(scope);
        let arena = &module.files[at.file as usize].arena;
        let inside = |expr: ExprId| At { file: at.file, expr };
        match arena.node(at.expr) {
            Node::Paren(inner) | Node::Wrap(inner) => self.look(scope, inside(*inner), wanted),
            Node::Conditional { yes, no, .. } => {
                let (yes, no) =
                    (self.look(scope, inside(*yes), wanted), self.look(scope, inside(*no), wanted));
                yes && no
            }
            Node::Object(items) => self.object(scope, at, items, arena, wanted),
            Node::Tuple(elements) => match wanted.split_first() {
                Some((Want::Listed(key), rest)) => {
                    elements.iter().rev().any(|e| self.listed(scope, inside(*e), key, rest))
                }
                Some((Want::Key(_), _)) => false,
                None => self.stop(scope, at, &[]),
            },
            Node::Call { name, args, expand, .. } => {
                let args: Vec<At> = args.iter().map(|e| inside(*e)).collect();
                self.call(scope, at, name, &args, *expand, wanted)
            }
            Node::For(each) => self.each(scope, at, each, arena, wanted),
            Node::Bound { depth, second } => {
                let here = scope.loops.len().checked_sub(*depth as usize + 1);
                match here.map(|i| (i, scope.loops[i].clone())) {
                    Some((i, Loop { over, element: Some(element) })) if *second => {
                        let outside = Scope { loops: scope.loops[..i].to_vec(), ..scope.clone() };
                        let wanted: Vec<Want> =
                            [Want::Key(element)].into_iter().chain(wanted.iter().cloned()).collect();
                        self.look(&outside, over, &wanted)
                    }
                    _ => self.stop(scope, at, wanted),
                }
            }
            Node::Steps { source, steps } => match keys_of(scope, &module, at.file, steps) {
                Some(mut path) => {
                    path.extend(wanted.iter().cloned());
                    self.look(scope, inside(*source), &path)
                }
                None => self.stop(scope, at, wanted),
            },
            Node::Ref(reference) => {
                let reference = arena.reference(*reference).clone();
                let resolved = match arena.node(at.expr) {
                    Node::Ref(id) => module.resolved(at.file, *id).clone(),
                    _ => return false,
                };
                let rest = &reference.steps[resolved.used.min(reference.steps.len())..];
                self.reference(scope, at, &resolved.target, rest, wanted)
            }
            Node::Literal(_) => self.stop(scope, at, wanted),
            Node::Unary(..) | Node::Binary(..) | Node::Template(_) | Node::Failed(_) => {
                self.stop(scope, at, wanted)
            }
        }
    }

    /// Ends the walk at an expression; a key that is only somewhere in it is not certain to be there.
    fn stop(&mut self, scope: &Scope, at: At, wanted: &[Want]) -> bool {
        let module = self.module(scope);
        let literal = match module.files[at.file as usize].arena.node(at.expr) {
            Node::Literal(value) => match value.bare() {
                // No key is in a text or in a null.
                _ if !wanted.is_empty() => return false,
                _ => Literal::of(value),
            },
            _ => Literal::Other,
        };
        self.end(scope, at, literal);
        wanted.is_empty()
    }

    fn object(&mut self, scope: &Scope, at: At, items: &[Item], arena: &Arena, wanted: &[Want]) -> bool {
        let Some((Want::Key(key), rest)) = wanted.split_first() else {
            return wanted.is_empty() && self.stop(scope, at, &[]);
        };
        let mut open = Vec::new();
        for item in items.iter().rev() {
            let name = match &item.key {
                KeyExpr::Name(name) => Some(name.clone()),
                KeyExpr::Expr(e) => self.text(scope, At { file: at.file, expr: *e }, arena),
                KeyExpr::Ambiguous => None,
            };
            let value = At { file: at.file, expr: item.value };
            match name {
                Some(name) if name == *key => return self.look(scope, value, rest),
                Some(_) => {}
                None => open.push(value),
            }
        }
        for value in open {
            self.look(scope, value, rest);
        }
        false
    }

    /// Looks into an object with `key` and `value`.
    fn listed(&mut self, scope: &Scope, at: At, key: &EcoString, rest: &[Want]) -> bool {
        let module = self.module(scope);
        let arena = &module.files[at.file as usize].arena;
        let Node::Object(items) = arena.node(at.expr) else { return self.stop(scope, at, rest) };
        let field = |name: &str| {
            let is = |i: &&Item| matches!(&i.key, KeyExpr::Name(n) if n.eq_ignore_ascii_case(name));
            items.iter().find(is).map(|i| At { file: at.file, expr: i.value })
        };
        let (Some(name), Some(value)) = (field("key"), field("value")) else { return false };
        match self.text(scope, name, arena) {
            Some(text) if text == *key => self.look(scope, value, rest),
            Some(_) => false,
            None => {
                self.look(scope, value, rest);
                false
            }
        }
    }

    fn call(
        &mut self,
        scope: &Scope,
        at: At,
        name: &str,
        args: &[At],
        expand: bool,
        wanted: &[Want],
    ) -> bool {
        match (name, args) {
            // The last one that has it counts.
            ("merge", _) if !wanted.is_empty() && !expand => {
                args.iter().rev().any(|a| self.look(scope, *a, wanted))
            }
            ("merge" | "concat", [only]) if !wanted.is_empty() => {
                let module = self.module(scope);
                match module.files[only.file as usize].arena.node(only.expr) {
                    Node::Tuple(elements) => {
                        let mut parts = elements.iter().rev().map(|e| At { file: only.file, expr: *e });
                        parts.any(|e| self.look(scope, e, wanted))
                    }
                    _ => self.stop(scope, at, wanted),
                }
            }
            ("concat", _) if !wanted.is_empty() && !expand => {
                args.iter().rev().any(|a| self.look(scope, *a, wanted))
            }
            ("tomap" | "tolist" | "toset" | "sensitive" | "nonsensitive", [only]) => {
                self.look(scope, *only, wanted)
            }
            // Which of them counts depends on values.
            ("coalesce" | "coalescelist" | "try", [_, ..]) if !expand => {
                let certain: Vec<bool> = args.iter().map(|a| self.look(scope, *a, wanted)).collect();
                certain.iter().all(|c| *c)
            }
            ("lookup", [map, key, rest @ ..]) => {
                let module = self.module(scope);
                let arena = &module.files[key.file as usize].arena;
                let Some(text) = self.text(scope, *key, arena) else { return self.stop(scope, at, wanted) };
                let path: Vec<Want> = [Want::Key(text)].into_iter().chain(wanted.iter().cloned()).collect();
                let there = self.look(scope, *map, &path);
                there || rest.first().is_some_and(|default| self.look(scope, *default, wanted))
            }
            _ => self.stop(scope, at, wanted),
        }
    }

    fn each(&mut self, scope: &Scope, at: At, each: &ForExpr, arena: &Arena, wanted: &[Want]) -> bool {
        let inside = |expr: ExprId| At { file: at.file, expr };
        let element = match (wanted.first(), each.key) {
            // `{ for k, v in … : k => … }`
            (Some(Want::Key(key)), Some(name)) => {
                let is_key = matches!(arena.node(name), Node::Bound { depth: 0, second: false });
                is_key.then(|| key.clone())
            }
            // `[for k, v in … : { key = k, value = v }]`
            (Some(Want::Listed(key)), None) => Some(key.clone()),
            _ => None,
        };
        let (Some(element), false) = (element, each.group) else { return self.stop(scope, at, wanted) };
        let mut inner = scope.clone();
        inner.loops.push(Loop { over: inside(each.collection), element: Some(element.clone()) });
        let certain = match &wanted[0] {
            Want::Key(_) => self.look(&inner, inside(each.value), &wanted[1..]),
            Want::Listed(_) => self.listed(&inner, inside(each.value), &element, &wanted[1..]),
        };
        certain && each.cond.is_none()
    }

    fn reference(
        &mut self,
        scope: &Scope,
        at: At,
        target: &Target,
        steps: &[crate::syntax::Step],
        wanted: &[Want],
    ) -> bool {
        let module = self.module(scope);
        let Some(mut path) = keys_of(scope, &module, at.file, steps) else {
            return self.stop(scope, at, wanted);
        };
        let here = Scope { own: None, loops: Vec::new(), dynamic: None, ..scope.clone() };
        match target {
            Target::Local(i) => {
                let local = &module.locals[*i as usize];
                path.extend(wanted.iter().cloned());
                self.by(format!("local.{}", local.name), |walk| walk.look(&here, local.at, &path))
            }
            Target::Variable(i) => {
                let variable = &module.variables[*i as usize];
                path.extend(wanted.iter().cloned());
                self.by(format!("var.{}", variable.name), |walk| {
                    let node = walk.tree.node(scope.node);
                    let Some((parent, call)) = node.parent else {
                        walk.outside(variable.span, Literal::Other);
                        return path.is_empty();
                    };
                    let call = walk.tree.node(parent).module.calls[call as usize].clone();
                    let (mut keys, mut own) = (scope.keys.clone(), None);
                    if let Some(key) = keys.pop() {
                        own = Some((call.repeat, key));
                    }
                    match call.inputs.iter().find(|input| input.name == variable.name) {
                        Some(input) => {
                            let outer = Scope { node: parent, keys, own, loops: Vec::new(), dynamic: None };
                            walk.look(&outer, input.at, &path)
                        }
                        None => match variable.default.as_ref().and_then(|d| within(d, &path)) {
                            Some(value) => {
                                walk.outside(variable.span, Literal::of(value));
                                true
                            }
                            None => false,
                        },
                    }
                })
            }
            Target::Call(i) => {
                let call = &module.calls[*i as usize];
                let child = self.tree.node(scope.node).children.get(*i as usize).copied().flatten();
                let key = match call.repeat {
                    Repeat::Once | Repeat::Enabled(_) => Key::None,
                    Repeat::Count(_) | Repeat::ForEach(_) if path.is_empty() => Key::Unknown,
                    Repeat::Count(_) | Repeat::ForEach(_) => match path.remove(0) {
                        Want::Key(key) => key.parse().map_or(Key::Name(key), Key::Index),
                        Want::Listed(_) => Key::Unknown,
                    },
                };
                let (Some(child), Some(Want::Key(name))) = (child, path.first().cloned()) else {
                    return self.stop(scope, at, wanted);
                };
                let inner = self.tree.node(child).module.clone();
                let value = inner.output(&name).and_then(|o| inner.outputs[o].value);
                let Some(value) = value else { return self.stop(scope, at, wanted) };
                path.remove(0);
                path.extend(wanted.iter().cloned());
                let mut keys = here.keys.clone();
                keys.push(key);
                let there = Scope { node: child, keys, ..here };
                let name = format!("module.{}.{name}", call.name);
                self.by(name, |walk| walk.look(&there, value, &path))
            }
            Target::EachValue => match &scope.own {
                Some((Repeat::ForEach(over), Key::Name(key))) => {
                    let mut whole = vec![Want::Key(key.clone())];
                    whole.append(&mut path);
                    whole.extend(wanted.iter().cloned());
                    let over = *over;
                    self.by("each.value".to_owned(), |walk| walk.look(&here, over, &whole))
                }
                _ => self.stop(scope, at, wanted),
            },
            Target::Iterator { part: IteratorPart::Value, .. } => match &scope.dynamic {
                Some(Loop { over, element: Some(key) }) if path.is_empty() && wanted.is_empty() => {
                    let over = *over;
                    self.look(&here, over, &[Want::Key(key.clone())])
                }
                _ => self.stop(scope, at, wanted),
            },
            Target::Resource(i) => {
                let resource = module.resources[*i as usize].clone();
                let (false, Some(Want::Key(name))) = (resource.repeat.has_keys(), path.first().cloned())
                else {
                    return self.stop(scope, at, wanted);
                };
                let item = resource.items.iter().find(|item| item.name == name);
                let Some(Content::Attr(value)) = item.map(|i| &i.content) else {
                    return self.stop(scope, at, wanted);
                };
                path.remove(0);
                path.extend(wanted.iter().cloned());
                self.by(format!("{}.{name}", resource.name), |walk| walk.look(&here, *value, &path))
            }
            Target::EachKey
            | Target::CountIndex
            | Target::SelfObject
            | Target::Iterator { part: IteratorPart::Key | IteratorPart::Whole, .. }
            | Target::Path(_)
            | Target::Workspace
            | Target::Invalid(_) => self.stop(scope, at, wanted),
        }
    }

    /// Ends the walk at a variable: its default, or what is given from outside.
    fn outside(&mut self, span: Span, literal: Literal) {
        self.found.push(Written { span, through: self.through.clone(), literal });
    }

    fn by(&mut self, name: String, look: impl FnOnce(&mut Self) -> bool) -> bool {
        self.through.push(name.into());
        let certain = look(self);
        self.through.pop();
        certain
    }

    /// Returns the text of a key that is constant, or the key of an element that is asked for.
    fn text(&self, scope: &Scope, at: At, arena: &Arena) -> Option<EcoString> {
        match arena.node(at.expr) {
            Node::Literal(value) => value.as_str().cloned(),
            Node::Paren(inner) | Node::Wrap(inner) => {
                self.text(scope, At { file: at.file, expr: *inner }, arena)
            }
            Node::Bound { depth, second: false } => {
                let i = scope.loops.len().checked_sub(*depth as usize + 1)?;
                scope.loops[i].element.clone()
            }
            Node::Ref(id) => {
                let module = &self.tree.node(scope.node).module;
                let resolved = module.resolved(at.file, *id);
                key_text(scope, &resolved.target)
                    .filter(|_| arena.reference(*id).steps.len() == resolved.used)
            }
            _ => None,
        }
    }
}

/// Returns what a constant holds at the end of a path.
fn within<'v>(value: &'v Value, path: &[Want]) -> Option<&'v Value> {
    path.iter().try_fold(value, |at, want| match want {
        Want::Key(key) => at.as_fields()?.get(key.as_str()),
        Want::Listed(_) => None,
    })
}

/// Returns what `each.key` stands for.
fn key_text(scope: &Scope, target: &Target) -> Option<EcoString> {
    match (target, &scope.own) {
        (Target::EachKey, Some((_, Key::Name(name)))) => Some(name.clone()),
        _ => None,
    }
}

/// Returns steps as keys; None: one of them is not constant.
fn keys_of(scope: &Scope, module: &Module, file: u32, steps: &[crate::syntax::Step]) -> Option<Vec<Want>> {
    let arena = &module.files[file as usize].arena;
    let key = |step: &crate::syntax::Step| match &step.kind {
        StepKind::Attr(name) => Some(Want::Key(name.clone())),
        StepKind::LegacyIndex(i) => Some(Want::Key(i.to_string().into())),
        StepKind::Index(e) => match arena.node(*e) {
            Node::Literal(value) => match value.bare() {
                Value::String(text) => Some(Want::Key(text.clone())),
                Value::Number(n) => Some(Want::Key(n.to_string().into())),
                _ => None,
            },
            Node::Ref(id) => {
                let resolved = module.resolved(file, *id);
                let plain = arena.reference(*id).steps.len() == resolved.used;
                key_text(scope, &resolved.target).filter(|_| plain).map(Want::Key)
            }
            Node::Bound { depth, second: false } => {
                let i = scope.loops.len().checked_sub(*depth as usize + 1)?;
                scope.loops[i].element.clone().map(Want::Key)
            }
            _ => None,
        },
        StepKind::AttrSplat | StepKind::FullSplat => None,
    };
    steps.iter().map(key).collect()
}

fn constant_text(module: &Module, at: At) -> Option<EcoString> {
    match module.files[at.file as usize].arena.node(at.expr) {
        Node::Literal(value) => value.as_str().cloned(),
        _ => None,
    }
}

/// Returns whether an expression is the iterator's value or key, and the one attribute after it.
fn iterator(module: &Module, at: At) -> Option<(bool, Option<EcoString>)> {
    let arena = &module.files[at.file as usize].arena;
    let Node::Ref(id) = arena.node(at.expr) else { return None };
    let resolved = module.resolved(at.file, *id);
    let value = match resolved.target {
        Target::Iterator { part: IteratorPart::Value, .. } => true,
        Target::Iterator { part: IteratorPart::Key, .. } => false,
        _ => return None,
    };
    match &arena.reference(*id).steps[resolved.used..] {
        [] => Some((value, None)),
        [one] => match &one.kind {
            StepKind::Attr(name) => Some((value, Some(name.clone()))),
            _ => None,
        },
        _ => None,
    }
}
