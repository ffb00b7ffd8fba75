//! Which arguments of module calls reach the tags of a resource, key for key.

use super::trail::{Place, Walk};
use super::tree::{NodeId, Tree};
use super::{At, Content, Target};
use crate::source::Span;
use crate::syntax::Node;
use crate::value::{Type, Value};

/// An argument of a module call: what is added to it is added to the resource's tags, unless the resource sets the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagInput {
    /// `module.a.module.b`
    pub call: String,
    /// The argument from its name to its end; the head of the call where it is not given yet.
    pub span: Span,
    /// True if it is given.
    pub given: bool,
}

/// How far inwards one is followed.
const DEEPEST: usize = 50;

/// Returns the arguments that a resource's tags come from whatever their values are, the innermost first.
pub fn of_tags(tree: &Tree, place: Place<'_>) -> Vec<TagInput> {
    let mut found = Vec::new();
    let walk = Walk::new(tree);
    if let Some((scope, resource)) = walk.resource(place.address)
        && let Some(item) = resource.items.iter().find(|i| i.name == place.shape)
        && let Content::Attr(at) = &item.content
    {
        follow(tree, scope.node, *at, 0, &mut found);
    }
    found
}

fn follow(tree: &Tree, node: NodeId, at: At, depth: usize, found: &mut Vec<TagInput>) {
    let module = &tree.node(node).module;
    let arena = &module.files[at.file as usize].arena;
    let inside = |expr| At { file: at.file, expr };
    if depth >= DEEPEST {
        return;
    }
    match arena.node(at.expr) {
        Node::Paren(inner) | Node::Wrap(inner) => follow(tree, node, inside(*inner), depth + 1, found),
        Node::Call { name, args, expand: false, .. } if matches!(name.as_str(), "merge" | "tomap") => {
            for arg in args {
                follow(tree, node, inside(*arg), depth + 1, found);
            }
        }
        Node::Ref(id) => {
            let resolved = module.resolved(at.file, *id);
            if arena.reference(*id).steps.len() != resolved.used {
                return;
            }
            match resolved.target {
                Target::Local(i) => follow(tree, node, module.locals[i as usize].at, depth + 1, found),
                Target::Variable(i) => input(tree, node, i as usize, depth, found),
                _ => {}
            }
        }
        _ => {}
    }
}

fn input(tree: &Tree, node: NodeId, variable: usize, depth: usize, found: &mut Vec<TagInput>) {
    let Some((parent, call)) = tree.node(node).parent else { return };
    let variable = &tree.node(node).module.variables[variable];
    // An object takes no further keys, and a condition may refuse them.
    if !matches!(variable.ty.ty, Type::Dynamic | Type::Map(_)) || !variable.validations.is_empty() {
        return;
    }
    let caller = &tree.node(parent).module;
    let block = &caller.calls[call as usize];
    let name = tree.address(node);
    match block.inputs.iter().find(|input| input.name == variable.name) {
        Some(input) => {
            let span = input.name_span.to(caller.span(input.at));
            found.push(TagInput { call: name, span, given: true });
            follow(tree, parent, input.at, depth + 1, found);
        }
        // What would be given takes the place of the default, which has to be empty.
        None if variable.name == "tags" => {
            let empty = match variable.default.as_ref().map(Value::bare) {
                Some(Value::Map(fields) | Value::Object(fields)) => fields.is_empty(),
                Some(Value::Null(_)) => true,
                _ => false,
            };
            if empty {
                found.push(TagInput { call: name, span: block.span, given: false });
            }
        }
        None => {}
    }
}
