//! What depends on a variable, by the references in the code alone.

use std::collections::HashSet;

use super::Root;
use crate::module::tree::NodeId;
use crate::module::{Dep, SlotId, SlotKind};

/// The slots of every module in the tree whose values may change with a root variable.
pub(super) struct Dependents {
    /// By module in the tree and slot.
    slots: Vec<Vec<bool>>,
    /// Modules whose instances themselves depend on it.
    nodes: Vec<bool>,
}

impl Dependents {
    pub fn of(root: &Root<'_>, variable: &str) -> Dependents {
        let tree = &root.tree;
        let mut found = Dependents {
            slots: tree.nodes.iter().map(|n| vec![false; n.module.slot_kinds().len()]).collect(),
            nodes: vec![false; tree.nodes.len()],
        };
        let module = &tree.node(NodeId(0)).module;
        let Some(index) = module.variable(variable) else { return found };
        found.slots[0][module.variable_slot(index).0 as usize] = true;
        while found.spread(root) {}
        found
    }

    /// Follows every reference once; true if that found anything.
    fn spread(&mut self, root: &Root<'_>) -> bool {
        let mut more = false;
        for (at, node) in root.tree.nodes.iter().enumerate() {
            let module = &node.module;
            for slot in 0..module.slot_kinds().len() {
                let depends = self.slots[at][slot]
                    || self.nodes[at]
                    || self.caller_depends(root, at, slot)
                    || module.deps(SlotId(slot as u32)).iter().any(|dep| self.dep(root, at, dep));
                more |= depends && !self.slots[at][slot];
                self.slots[at][slot] = depends;
            }
            for (call, child) in node.children.iter().enumerate() {
                let Some(child) = child else { continue };
                let keys = self.slots[at][module.call_slot(call).0 as usize] || self.nodes[at];
                more |= keys && !self.nodes[child.0 as usize];
                self.nodes[child.0 as usize] |= keys;
            }
        }
        more
    }

    /// True for a variable whose value the caller takes from something that depends.
    fn caller_depends(&self, root: &Root<'_>, at: usize, slot: usize) -> bool {
        let node = &root.tree.nodes[at];
        let (SlotKind::Variable(v), Some((parent, call))) = (node.module.slot_kinds()[slot], node.parent)
        else {
            return false;
        };
        let caller = &root.tree.node(parent).module;
        let name = &node.module.variables[v as usize].name;
        let input = caller.calls[call as usize].inputs.iter().position(|i| i.name == *name);
        let first = caller.call_slot(call as usize).0 as usize;
        input.is_some_and(|i| self.slots[parent.0 as usize][first + 1 + i])
    }

    fn dep(&self, root: &Root<'_>, at: usize, dep: &Dep) -> bool {
        let node = &root.tree.nodes[at];
        let (call, name) = match dep {
            Dep::Slot(slot) => return self.slots[at][slot.0 as usize],
            Dep::Output(call, name) => (*call, Some(name)),
            Dep::Outputs(call) => (*call, None),
        };
        if self.slots[at][node.module.call_slot(call as usize).0 as usize] {
            return true;
        }
        let Some(child) = node.children[call as usize] else { return false };
        let module = &root.tree.node(child).module;
        let output = |i: usize| self.slots[child.0 as usize][module.output_slot(i).0 as usize];
        match name {
            Some(name) => module.output(name).is_some_and(output),
            None => (0..module.outputs.len()).any(output),
        }
    }

    /// Returns the resource blocks that do not depend on it, by their addresses without keys.
    pub fn independent(&self, root: &Root<'_>) -> HashSet<String> {
        let mut found = HashSet::new();
        for (at, node) in root.tree.nodes.iter().enumerate().filter(|(at, _)| !self.nodes[*at]) {
            let path = root.tree.address(NodeId(at as u32));
            for (i, resource) in node.module.resources.iter().enumerate() {
                let first = node.module.resource_slot(i).0 as usize;
                if self.slots[at][first..=first + resource.items.len()].iter().all(|depends| !depends) {
                    found.insert(match path.as_str() {
                        "" => resource.name.to_string(),
                        path => format!("{path}.{}", resource.name),
                    });
                }
            }
        }
        found
    }
}
