//! Addresses as `moved`, `removed` and `import` blocks write them.

use std::fmt;

use ecow::EcoString;

use crate::address::{BlockName, Key, Mode};
use crate::source::Span;
use crate::syntax::{ExprId, File, Node, StepKind};
use crate::value::Value;

/// A module call, resource block or an instance of one, seen from the module in which it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub modules: Vec<(EcoString, Key)>,
    pub resource: Option<(BlockName, Key)>,
    pub span: Span,
}

impl Endpoint {
    /// True if no key has to be evaluated.
    pub fn is_certain(&self) -> bool {
        let resource = self.resource.iter().map(|(_, key)| key);
        self.modules.iter().map(|(_, key)| key).chain(resource).all(|key| *key != Key::Unknown)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut dot = "";
        for (name, key) in &self.modules {
            write!(f, "{dot}module.{name}{key}")?;
            dot = ".";
        }
        match &self.resource {
            Some((name, key)) => write!(f, "{dot}{name}{key}"),
            None => Ok(()),
        }
    }
}

/// Reads an address. A key that has to be evaluated, as `import` allows it, is unknown.
///
/// # Errors
/// Summary and detail of what is wrong with it.
pub(super) fn parse(file: &File, expr: ExprId) -> Result<Endpoint, (&'static str, String)> {
    const INVALID: &str = "Invalid address";
    let span = file.arena.span(expr).in_file(file.id);
    let Node::Ref(r) = file.arena.node(expr) else {
        return Err((
            "Invalid expression",
            "A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.".into(),
        ));
    };
    let reference = file.arena.reference(*r);
    // `module.a` and `data.b.c` start with a word that is no name; the rest come in names and keys.
    let mut parts: Vec<(EcoString, Key)> = vec![(reference.root.clone(), Key::None)];
    for step in &reference.steps {
        let key = match &step.kind {
            StepKind::Attr(n) => {
                parts.push((n.clone(), Key::None));
                continue;
            }
            StepKind::LegacyIndex(i) => Key::Index(*i),
            StepKind::Index(e) => match file.arena.node(*e) {
                Node::Literal(Value::String(s)) => Key::Name(s.clone()),
                Node::Literal(Value::Number(n)) => match n.as_u64() {
                    Some(i) => Key::Index(i),
                    None => {
                        return Err((
                            INVALID,
                            "Invalid resource instance key: must be a whole number.".into(),
                        ));
                    }
                },
                _ => Key::Unknown,
            },
            StepKind::AttrSplat | StepKind::FullSplat => {
                return Err((INVALID, "A splat is no address of a single object.".into()));
            }
        };
        let last = parts.last_mut().expect("bug: an address without a first part");
        if last.1 != Key::None {
            return Err((INVALID, "An object has one key only.".into()));
        }
        last.1 = key;
    }
    let mut rest = parts.into_iter().peekable();
    let mut modules = Vec::new();
    while rest.peek().is_some_and(|(n, k)| n == "module" && *k == Key::None) {
        rest.next();
        match rest.next() {
            Some(name) => modules.push(name),
            None => return Err((INVALID, "Prefix \"module.\" must be followed by a module name.".into())),
        }
    }
    let mode = match rest.peek().map(|(n, _)| n.as_str()) {
        None => return Ok(Endpoint { modules, resource: None, span }),
        Some("data") => Mode::Data,
        Some("ephemeral") => Mode::Ephemeral,
        Some("resource") => Mode::Managed,
        Some(_) => Mode::Managed,
    };
    if mode != Mode::Managed || rest.peek().is_some_and(|(n, _)| n == "resource") {
        rest.next();
    }
    match (rest.next(), rest.next(), rest.next()) {
        (Some((ty, Key::None)), Some((name, key)), None) => {
            Ok(Endpoint { modules, resource: Some((BlockName { mode, ty, name }, key)), span })
        }
        (_, None, _) => {
            Err((INVALID, "Resource specification must include a resource type and name.".into()))
        }
        _ => Err((INVALID, "Resource instance key must be given in square brackets.".into())),
    }
}
