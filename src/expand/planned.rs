//! What `terraform plan` asks of the instances of a resource, once it is validated.

use super::lookup::Rep;
use super::names::{Scope, expressions, is_data, wrong_names};
use super::rules::{Place, RuleKind};
use super::{FrameId, Keys, Root, structure};
use crate::address::{Key, Mode};
use crate::finding::Diagnostic;
use crate::module::tree::NodeId;
use crate::module::{Module, Resource, SlotId, Target, static_key};

impl Root<'_> {
    /// Evaluates a resource in all its instances.
    pub(super) fn plan_resource(&mut self, id: NodeId, module: &Module, index: u32) {
        let resource = &module.resources[index as usize];
        if let Some(at) = resource.repeat.at()
            && self.refuse(structure::resource_itself(module, index, at, &|_| true))
        {
            return;
        }
        for frame in self.frames_of(id) {
            let before = self.failures;
            self.demand(frame, module.resource_slot(index as usize));
            if self.failures == before {
                self.plan_instances(frame, module, resource, index);
            }
        }
    }

    fn plan_instances(&mut self, frame: FrameId, module: &Module, resource: &Resource, index: u32) {
        let keys = self.resource_keys(frame, index);
        if keys.len() == 0 {
            return;
        }
        let scope = Scope { check: resource.check, builtin: is_data(resource), ..Scope::of(resource.repeat) };
        let body = expressions(&resource.items);
        if self.mentions_itself(frame, module, index, &keys) {
            return;
        }
        let before = self.failures;
        self.replacements(frame, module, index, &keys);
        if self.failures > before {
            return;
        }
        let lifecycle = &resource.lifecycle;
        if !lifecycle.preconditions.is_empty() {
            let mut blocked = vec![false; keys.len()];
            for (i, blocked) in blocked.iter_mut().enumerate() {
                let place = Place { frame, rep: Rep::of(&keys, i), this: None, own: None };
                let address = self.address(frame, index, keys.key(i)).to_string();
                let name = || Some(address.clone());
                *blocked =
                    !self.rules_hold(RuleKind::Precondition, &lifecycle.preconditions, place, scope, &name);
            }
            if blocked.iter().all(|b| *b) {
                return;
            }
            if blocked.contains(&true) {
                self.blocked.insert((frame, index), blocked);
            }
        }
        if !self.names_are_fine(module, &body, scope) {
            return;
        }
        let before = self.failures;
        let first = module.resource_slot(index as usize).0;
        for item in 0..resource.items.len() as u32 {
            self.demand(frame, SlotId(first + 1 + item));
        }
        if resource.name.mode == Mode::Data {
            self.read_data(frame, index);
        }
        if self.failures > before || lifecycle.postconditions.is_empty() {
            return;
        }
        for i in 0..keys.len() {
            if self.is_blocked(frame, index, i) {
                continue;
            }
            let this = match self.whole(frame, index, i, None) {
                Ok(v) => v,
                Err(e) => return self.report(&e, None),
            };
            let place = Place { frame, rep: Rep::of(&keys, i), this: Some(&this), own: None };
            let address = self.address(frame, index, keys.key(i)).to_string();
            let name = || Some(address.clone());
            self.rules_hold(
                RuleKind::Postcondition,
                &lifecycle.postconditions,
                place,
                scope.with_this(),
                &name,
            );
        }
    }

    /// Reports instances that are made of themselves or of each other. True if there are any.
    fn mentions_itself(&mut self, frame: FrameId, module: &Module, index: u32, keys: &Keys) -> bool {
        let resource = &module.resources[index as usize];
        let mut mentioned = std::collections::BTreeSet::new();
        let mut whole = false;
        resource.expressions(&mut |at| {
            module.references(at, &mut |arena, reference, resolved| {
                if matches!(resolved.target, Target::Resource(i) if i == index) {
                    match static_key(arena, reference, resolved.used) {
                        Some(key) if has_key(keys, &key) => drop(mentioned.insert(key)),
                        Some(_) => {}
                        None => whole = true,
                    }
                }
            });
        });
        if mentioned.len() > 1 || (whole && keys.len() > 1) {
            let address = self.address(frame, index, Key::None);
            let problem = Diagnostic::error(
                format!("Cycle: instances of {address}"),
                "each of these instances needs another one of them, in a circle",
                None,
            )
            .among(vec![resource.span]);
            return self.refuse(vec![problem]);
        }
        let is_own = |key: &Key| *key == Key::None || has_key(keys, key);
        let body = expressions(&resource.items);
        self.refuse(
            body.iter().flat_map(|at| structure::resource_itself(module, index, *at, &is_own)).collect(),
        )
    }

    /// Checks `replace_triggered_by`: what it names has to be declared, and to have changes by now.
    fn replacements(&mut self, frame: FrameId, module: &Module, index: u32, keys: &Keys) {
        let resource = &module.resources[index as usize];
        for at in &resource.lifecycle.replace_triggered_by {
            let mut found = wrong_names(module, &[*at], Scope::of(resource.repeat));
            // The steps after the name are not looked at.
            found.retain(|d| d.span.is_none() || d.summary.starts_with("Reference to "));
            if self.refuse(found) {
                continue;
            }
            let mut named = None;
            module.references(*at, &mut |arena, reference, resolved| {
                if let Target::Resource(i) = resolved.target {
                    named = Some((i, static_key(arena, reference, resolved.used)));
                }
            });
            let Some((other, key)) = named else { continue };
            self.demand(frame, module.resource_slot(other as usize));
            let there = self.resource_keys(frame, other);
            let missing = match &key {
                Some(key) => !has_key(&there, key),
                None => there.len() == 0,
            };
            // Its own changes come later, but for those of the instances before.
            if missing || (other == index && keys.len() == 1) {
                let name = &module.resources[other as usize].name;
                let key = key.unwrap_or_default();
                let problem = Diagnostic::error(
                    format!("no change found for {name}{key}"),
                    format!("`replace_triggered_by` of `{}` names what has no changes", resource.name),
                    None,
                );
                self.refuse(vec![problem.origin(resource.name.to_string())]);
            }
        }
    }

    /// True if a precondition of the instance failed, so that it is not evaluated.
    pub(super) fn is_blocked(&self, frame: FrameId, block: u32, place: usize) -> bool {
        !self.blocked.is_empty()
            && self.blocked.get(&(frame, block)).is_some_and(|b| b.get(place) == Some(&true))
    }
}

fn has_key(keys: &Keys, key: &Key) -> bool {
    match (keys, key) {
        (Keys::Count(n), Key::Index(i)) => i < n,
        (Keys::Each { .. }, Key::Name(name)) => keys.find(name).is_some(),
        _ => false,
    }
}
