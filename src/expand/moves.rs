//! `moved` blocks, judged once the instances are known.

use std::collections::HashMap;
use std::fmt;

use ecow::EcoString;

use super::structure::moved_still;
use super::{FrameId, Keys, Root};
use crate::address::{BlockName, Key};
use crate::finding::Diagnostic;
use crate::module::Endpoint;
use crate::module::tree::NodeId;
use crate::source::Span;

/// An absolute address that can move: a module call or resource, or an instance of one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Object {
    modules: Vec<(EcoString, Key)>,
    resource: Option<(BlockName, Key)>,
    /// True if one instance is meant and not the whole block.
    instance: bool,
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.modules.iter().map(|(name, key)| format!("module.{name}{key}"));
        let resource = self.resource.iter().map(|(name, key)| format!("{name}{key}"));
        f.write_str(&names.chain(resource).collect::<Vec<_>>().join("."))
    }
}

/// Reports statements that contradict the configuration or each other.
pub(super) fn problems(root: &Root<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut all: Vec<(Object, Object, Span)> = Vec::new();
    let mut from_seen: HashMap<Object, Object> = HashMap::new();
    let mut to_seen: HashMap<Object, Object> = HashMap::new();
    for id in (0..root.tree.nodes.len() as u32).map(NodeId) {
        for moved in &root.tree.node(id).module.moved {
            for frame in root.frames_of(id) {
                let instance = is_keyed(&moved.from) || is_keyed(&moved.to);
                let from = absolute(root, frame, &moved.from, instance);
                let to = absolute(root, frame, &moved.to, instance);
                if from == to {
                    found.push(Diagnostic::error(
                        "Redundant move statement",
                        format!("This statement declares a move from {from} to the same address."),
                        Some(moved.span),
                    ));
                    continue;
                }
                if exists(root, frame, &moved.from, instance) {
                    found.push(moved_still(&from, &to, moved.span));
                }
                for (seen, key, other) in [(&mut from_seen, &from, &to), (&mut to_seen, &to, &from)] {
                    let known = seen.entry(key.clone()).or_insert_with(|| other.clone());
                    if known != other {
                        found.push(Diagnostic::error(
                            "Ambiguous move statements",
                            format!(
                                "Another statement connects {key} with {known}, and this one with {other}."
                            ),
                            Some(moved.span),
                        ));
                    }
                }
                all.push((from, to, moved.span));
            }
        }
    }
    if found.is_empty() && is_circular(&all) {
        found.push(Diagnostic::error(
            "Cyclic dependency in move statements",
            "Chained move statements form a cycle, and so there is no final location to move objects to.",
            None,
        ));
    }
    found
}

fn is_keyed(end: &Endpoint) -> bool {
    let last = end.resource.as_ref().map(|(_, k)| k).or(end.modules.last().map(|(_, k)| k));
    last.is_some_and(|k| *k != Key::None)
}

fn absolute(root: &Root<'_>, frame: FrameId, end: &Endpoint, instance: bool) -> Object {
    let mut modules = Vec::new();
    let mut at = root.frame(frame).path.clone();
    while let Some(path) = at {
        modules.push((path.name.clone(), path.key.clone()));
        at = path.parent.clone();
    }
    modules.reverse();
    modules.extend(end.modules.iter().cloned());
    Object { modules, resource: end.resource.clone(), instance }
}

/// True if the configuration still declares what an address names.
pub(super) fn exists(root: &Root<'_>, frame: FrameId, end: &Endpoint, instance: bool) -> bool {
    let mut frame = frame;
    for (i, (name, key)) in end.modules.iter().enumerate() {
        let f = root.frame(frame);
        let Some(call) = f.module.calls.iter().position(|c| c.name == *name) else { return false };
        let last = end.resource.is_none() && i + 1 == end.modules.len();
        if last && !instance {
            return true;
        }
        let keys = root.call_keys(frame, call as u32);
        let Some(place) = place_of(&keys, key) else { return false };
        if last {
            return true;
        }
        match f.children[call].as_ref().and_then(|c| c.get(place)) {
            Some(child) => frame = *child,
            None => return false,
        }
    }
    let Some((name, key)) = &end.resource else { return false };
    let module = &root.frame(frame).module;
    let Some(block) = module.resources.iter().position(|r| *r.name == *name) else { return false };
    !instance || place_of(&root.resource_keys(frame, block as u32), key).is_some()
}

fn place_of(keys: &Keys, key: &Key) -> Option<usize> {
    match (keys, key) {
        (Keys::Single, Key::None) => Some(0),
        (Keys::Count(n), Key::Index(i)) if i < n => Some(*i as usize),
        (Keys::Each { .. }, Key::Name(name)) => keys.find(name),
        _ => None,
    }
}

/// True if following the statements leads back to where one started.
fn is_circular(all: &[(Object, Object, Span)]) -> bool {
    let next: HashMap<&Object, &Object> = all.iter().map(|(from, to, _)| (from, to)).collect();
    let mut fine: std::collections::HashSet<&Object> = std::collections::HashSet::new();
    for start in next.keys() {
        let mut path = std::collections::HashSet::new();
        let mut at = *start;
        while let Some(to) = next.get(at) {
            if fine.contains(at) {
                break;
            }
            if !path.insert(at) {
                return true;
            }
            at = to;
        }
        fine.extend(path);
    }
    false
}
