//! Names to what they name, once per module.

use std::collections::HashMap;

use ecow::EcoString;

use super::{Module, Repeat};
use crate::address::{Key, Mode};
use crate::finding::Diagnostic;
use crate::syntax::{Arena, Node, RefId, Reference, StepKind};
use crate::value::Value;
use crate::words::suggestion;

/// What a reference names.
#[derive(Clone, Debug)]
pub struct Resolved {
    pub target: Target,
    /// How many steps the name itself takes: one for `var.a`, two for `data.aws_vpc.main`.
    pub used: usize,
    /// The only attribute or output asked for, where the path names it; None: all may be.
    pub attr: Option<EcoString>,
}

#[derive(Clone, Debug)]
pub enum Target {
    Variable(u32),
    Local(u32),
    Resource(u32),
    Call(u32),
    EachKey,
    EachValue,
    CountIndex,
    SelfObject,
    /// The iterator of a `dynamic` block: how many enclosing ones there are outside of it.
    Iterator {
        depth: u32,
        part: IteratorPart,
    },
    Path(PathKind),
    Workspace,
    /// A name that Terraform refuses; reported when the module was read.
    Invalid(Box<Diagnostic>),
}

/// What is asked of an iterator: `it.key`, `it.value`, or `it` itself, an object of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IteratorPart {
    Key,
    Value,
    Whole,
}

/// `path.module`, `path.root`, `path.cwd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    Module,
    Root,
    Cwd,
}

/// Finds declarations by name.
pub(super) struct Names {
    variables: HashMap<EcoString, u32>,
    locals: HashMap<EcoString, u32>,
    /// With whether there may be several instances.
    calls: HashMap<EcoString, (u32, bool)>,
    resources: HashMap<(Mode, EcoString, EcoString), (u32, Repeats)>,
}

/// Whether a block has several instances, and by what.
type Repeats = Option<&'static str>;

impl Names {
    pub fn of(module: &Module) -> Names {
        let by = |names: Vec<&EcoString>| {
            names.into_iter().enumerate().map(|(i, n)| (n.clone(), i as u32)).collect()
        };
        Names {
            variables: by(module.variables.iter().map(|v| &v.name).collect()),
            locals: by(module.locals.iter().map(|l| &l.name).collect()),
            calls: module
                .calls
                .iter()
                .enumerate()
                .map(|(i, c)| (c.name.clone(), (i as u32, c.repeat.has_keys())))
                .collect(),
            resources: module
                .resources
                .iter()
                .enumerate()
                .map(|(i, r)| {
                    let repeats = match r.repeat {
                        Repeat::Once | Repeat::Enabled(_) => None,
                        Repeat::Count(_) => Some("count"),
                        Repeat::ForEach(_) => Some("for_each"),
                    };
                    ((r.name.mode, r.name.ty.clone(), r.name.name.clone()), (i as u32, repeats))
                })
                .collect(),
        }
    }
}

/// Resolves every reference of a file that `iterators` has not resolved already.
pub(super) fn file(
    names: &Names,
    arena: &Arena,
    file: crate::source::FileId,
    iterators: &HashMap<RefId, Resolved>,
) -> Vec<Resolved> {
    arena
        .refs()
        .iter()
        .enumerate()
        .map(|(i, reference)| {
            let id = RefId(i as u32);
            iterators.get(&id).cloned().unwrap_or_else(|| one(names, arena, file, reference))
        })
        .collect()
}

/// Returns the name of an attribute step: `.a`, or `["a"]` where the index is constant.
pub(super) fn attr_name(arena: &Arena, kind: &StepKind) -> Option<EcoString> {
    match kind {
        StepKind::Attr(n) => Some(n.clone()),
        StepKind::Index(e) => match arena.node(*e) {
            Node::Literal(Value::String(s)) => Some(s.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Suggests a name among a reasonable number of others: a file may hold as many wrong names as right ones.
fn hint<'n>(given: &str, names: impl Iterator<Item = &'n str> + Clone) -> String {
    if names.clone().nth(1000).is_some() {
        return String::new();
    }
    suggestion(given, names)
}

fn one(names: &Names, arena: &Arena, file: crate::source::FileId, reference: &Reference) -> Resolved {
    let span = Some(reference.span.in_file(file));
    let refused = |problem: Diagnostic| Resolved {
        target: Target::Invalid(Box::new(problem)),
        used: reference.steps.len(),
        attr: None,
    };
    let invalid = |summary: &str, detail: String| refused(Diagnostic::error(summary, detail, span));
    let undeclared = |summary: &str, what: String, hint: String, declare: String| {
        let detail = format!("{what} has not been declared.{hint}");
        refused(Diagnostic::error(summary, detail, span).help(declare))
    };
    let step = |i: usize| {
        reference.steps.get(i).and_then(|s| match &s.kind {
            StepKind::Attr(n) => Some(n.clone()),
            _ => None,
        })
    };
    let plain = |target: Target, used: usize| Resolved { target, used, attr: None };
    let root = reference.root.as_str();
    match root {
        "var" => match step(0) {
            Some(name) => match names.variables.get(&name) {
                Some(i) => plain(Target::Variable(*i), 1),
                None => undeclared(
                    "Reference to undeclared input variable",
                    format!("An input variable with the name {name:?}"),
                    hint(&name, names.variables.keys().map(EcoString::as_str)),
                    format!("declare it: `variable \"{name}\" {{}}`"),
                ),
            },
            None => invalid("Invalid reference", "The \"var\" object cannot be accessed directly. Instead, access one of its attributes.".into()),
        },
        "local" => match step(0) {
            Some(name) => match names.locals.get(&name) {
                Some(i) => plain(Target::Local(*i), 1),
                None => undeclared(
                    "Reference to undeclared local value",
                    format!("A local value with the name {name:?}"),
                    hint(&name, names.locals.keys().map(EcoString::as_str)),
                    format!("declare it: `locals {{ {name} = … }}`"),
                ),
            },
            None => invalid("Invalid reference", "The \"local\" object cannot be accessed directly. Instead, access one of its attributes.".into()),
        },
        "each" => match step(0).as_deref() {
            Some("key") => plain(Target::EachKey, 1),
            Some("value") => plain(Target::EachValue, 1),
            Some(other) => invalid(
                "Invalid \"each\" attribute",
                format!("The \"each\" object does not have an attribute named {other:?}. The supported attributes are each.key and each.value, the current key and value pair of the \"for_each\" attribute set."),
            ),
            None => invalid("Invalid reference", "The \"each\" object cannot be accessed directly. Instead, access one of its attributes.".into()),
        },
        "count" => match step(0).as_deref() {
            Some("index") => plain(Target::CountIndex, 1),
            Some(other) => invalid(
                "Invalid \"count\" attribute",
                format!("The \"count\" object does not have an attribute named {other:?}. The only supported attribute is count.index, which is the index of each instance of a resource block that has the \"count\" argument set."),
            ),
            None => invalid("Invalid reference", "The \"count\" object cannot be accessed directly. Instead, access one of its attributes.".into()),
        },
        "self" => plain(Target::SelfObject, 0),
        "path" => match step(0).as_deref() {
            Some("module") => plain(Target::Path(PathKind::Module), 1),
            Some("root") => plain(Target::Path(PathKind::Root), 1),
            Some("cwd") => plain(Target::Path(PathKind::Cwd), 1),
            Some(other) => invalid(
                "Invalid \"path\" attribute",
                format!("The \"path\" object does not have an attribute named {other:?}. The supported attributes are path.cwd, path.module and path.root."),
            ),
            None => invalid("Invalid reference", "The \"path\" object cannot be accessed directly. Instead, access one of its attributes.".into()),
        },
        "terraform" | "tofu" => match step(0).as_deref() {
            Some("workspace") => plain(Target::Workspace, 1),
            Some(other) => invalid(
                "Invalid \"terraform\" attribute",
                format!("The \"terraform\" object does not have an attribute named {other:?}. The only supported attribute is terraform.workspace, the name of the currently-selected workspace."),
            ),
            None => invalid("Invalid reference", "The \"terraform\" object cannot be accessed directly. Instead, access one of its attributes.".into()),
        },
        "module" => match step(0) {
            Some(name) => match names.calls.get(&name) {
                Some((i, repeats)) => Resolved {
                    target: Target::Call(*i),
                    used: 1,
                    // Where there are several, a name is a key.
                    attr: only_attr(arena, reference, 1).filter(|_| !(*repeats && step(1).is_some())),
                },
                None => {
                    let hint = hint(&name, names.calls.keys().map(EcoString::as_str));
                    invalid(
                        "Reference to undeclared module",
                        format!("No module call named {name:?} is declared in this module.{hint}"),
                    )
                }
            },
            None => invalid("Invalid reference", "The \"module\" object cannot be accessed directly. Instead, access one of its attributes.".into()),
        },
        "template" | "lazy" | "arg" => invalid(
            "Reserved symbol name",
            format!("The symbol name {root:?} is reserved for use in a future Terraform version."),
        ),
        _ => resource(names, arena, reference, &invalid),
    }
}

fn resource(
    names: &Names,
    arena: &Arena,
    reference: &Reference,
    invalid: &dyn Fn(&str, String) -> Resolved,
) -> Resolved {
    let attr_step = |i: usize| {
        reference.steps.get(i).and_then(|s| match &s.kind {
            StepKind::Attr(n) => Some(n.clone()),
            _ => None,
        })
    };
    let (mode, first) = match reference.root.as_str() {
        "data" => (Mode::Data, 0),
        "ephemeral" => (Mode::Ephemeral, 0),
        // `resource.aws_vpc.main` is `aws_vpc.main`.
        "resource" => (Mode::Managed, 0),
        _ => (Mode::Managed, usize::MAX),
    };
    let (ty, name, used) = if first == 0 {
        let (Some(ty), Some(name)) = (attr_step(0), attr_step(1)) else {
            return invalid(
                "Invalid reference",
                format!(
                    "The {:?} object must be followed by two attribute names: the type and the name of a resource.",
                    reference.root
                ),
            );
        };
        (ty, name, 2)
    } else {
        let Some(name) = attr_step(0) else {
            return invalid(
                "Invalid reference",
                "A reference to a resource type must be followed by at least one attribute access, specifying the resource name.".into(),
            );
        };
        (reference.root.clone(), name, 1)
    };
    match names.resources.get(&(mode, ty.clone(), name.clone())) {
        Some((i, repeats)) => match wrong_steps(arena, reference, used, *repeats) {
            Some((summary, detail)) => invalid(summary, detail),
            None => Resolved { target: Target::Resource(*i), used, attr: only_attr(arena, reference, used) },
        },
        None => {
            let kind = match mode {
                Mode::Managed => "managed",
                Mode::Data => "data",
                Mode::Ephemeral => "ephemeral",
            };
            let alike = names.resources.keys().filter(|(m, t, _)| *m == mode && *t == ty);
            let hint = hint(&name, alike.map(|(_, _, n)| n.as_str()));
            invalid(
                "Reference to undeclared resource",
                format!("A {kind} resource {ty:?} {name:?} has not been declared in this module.{hint}"),
            )
        }
    }
}

/// Says what is wrong with the first step after the name of a resource, as far as the code alone shows it.
fn wrong_steps(
    arena: &Arena,
    reference: &Reference,
    used: usize,
    repeats: Repeats,
) -> Option<(&'static str, String)> {
    let attr = |i: usize| match reference.steps.get(i).map(|s| &s.kind) {
        Some(StepKind::Attr(n)) => Some(n),
        _ => None,
    };
    let ty = match reference.root.as_str() {
        "resource" => attr(0)?.as_str(),
        "data" | "ephemeral" => "",
        root => root,
    };
    if let (Some(_), Some(by)) = (attr(used), repeats) {
        return Some((
            "Missing resource instance key",
            format!("Because it has {by:?} set, its attributes must be accessed on specific instances."),
        ));
    }
    let keyed = static_key(arena, reference, used).is_some();
    if keyed && repeats.is_none() {
        return Some((
            "Unexpected resource instance key",
            "Because it does not have \"count\" or \"for_each\" set, references to it must not include an index key. Remove the bracketed index to refer to the single instance of this resource.".into(),
        ));
    }
    let name = attr(used + usize::from(keyed))?;
    // The one type of which all versions of Terraform have the same attributes.
    if ty == "terraform_data" && !matches!(name.as_str(), "id" | "input" | "output" | "triggers_replace") {
        return Some((
            "Unsupported attribute",
            format!("This object has no argument, nested block, or exported attribute named {name:?}."),
        ));
    }
    None
}

/// Returns the key that a reference gives right after the name, if it can be told without evaluating anything.
pub fn static_key(arena: &Arena, reference: &Reference, used: usize) -> Option<Key> {
    match &reference.steps.get(used)?.kind {
        StepKind::LegacyIndex(i) => Some(Key::Index(*i)),
        StepKind::Index(e) => match arena.node(*e) {
            Node::Literal(Value::String(s)) => Some(Key::Name(s.clone())),
            Node::Literal(Value::Number(n)) => n.as_u64().map(Key::Index),
            _ => None,
        },
        StepKind::Attr(_) | StepKind::AttrSplat | StepKind::FullSplat => None,
    }
}

/// Returns the attribute that alone is asked for: `.a`, `[i].a`, `[*].a`, `.*.a` after the name.
fn only_attr(arena: &Arena, reference: &Reference, used: usize) -> Option<EcoString> {
    let rest = &reference.steps[used..];
    let attr = |i: usize| match rest.get(i).map(|s| &s.kind) {
        Some(StepKind::Attr(n)) => Some(n.clone()),
        _ => None,
    };
    match rest.first().map(|s| &s.kind)? {
        StepKind::Attr(n) => Some(n.clone()),
        StepKind::Index(_) | StepKind::LegacyIndex(_) | StepKind::AttrSplat | StepKind::FullSplat => {
            attr(1).or_else(|| rest.get(1).and_then(|s| attr_name(arena, &s.kind)))
        }
    }
}

/// Returns the items of a resource block that a reference needs: one by name, or all.
///
/// What the source does not set asks for nothing, but where it is worked out from what is set.
pub(super) fn column_names(module: &Module, resource: u32, attr: Option<&EcoString>) -> Vec<u32> {
    let resource = &module.resources[resource as usize];
    let all = || (0..resource.items.len() as u32).collect();
    match attr {
        None => all(),
        Some(name) => match resource.item(name) {
            Some(i) => vec![i as u32],
            None if resource.name.mode == Mode::Data || resource.name.ty == "terraform_data" => all(),
            None if resource.name.ty == "aws_acm_certificate" && name == "domain_validation_options" => all(),
            None => Vec::new(),
        },
    }
}
