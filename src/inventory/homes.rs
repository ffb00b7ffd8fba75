//! Where parents are, told before their instances come by.

use ecow::EcoString;
use foldhash::HashMap;

use super::{Instance, Inventory, ParentId, ProviderId, Setting};

/// What tells the account and Region of a parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    pub provider: ProviderId,
    /// The instance's own `region` argument.
    pub region: Option<Setting>,
    /// True if its type belongs to the whole account.
    pub global: bool,
}

/// The homes of all parents that are instances, equal ones once.
#[derive(Debug, Default)]
pub struct Homes {
    all: Vec<Home>,
    /// By parent; 0 for one that nothing was said of, else one more than the number.
    of: Vec<u32>,
    known: HashMap<(ProviderId, Option<EcoString>, bool), u32>,
}

impl Homes {
    /// Collects what the instances of an inventory tell. `is_global`: the type belongs to the whole account.
    pub fn of_instances(inventory: &Inventory, is_global: impl Fn(&str) -> bool) -> Homes {
        let mut homes = Homes::default();
        let mut asked: HashMap<&str, bool> = HashMap::default();
        for Instance { parent, provider, region, address, .. } in &inventory.instances {
            if let Some(parent) = parent {
                let ty = address.block.ty.as_str();
                let global = *asked.entry(ty).or_insert_with(|| is_global(ty));
                homes.add(*parent, *provider, region.as_ref(), global);
            }
        }
        homes
    }

    /// Says where the instance is that a parent is; what is said last holds.
    pub fn add(&mut self, parent: ParentId, provider: ProviderId, region: Option<&Setting>, global: bool) {
        let key = match region {
            None => Some((provider, None, global)),
            Some(Setting::Known(text)) => Some((provider, Some(text.clone()), global)),
            Some(Setting::Unknown(_)) => None,
        };
        let next = u32::try_from(self.all.len()).expect("bug: more than 4 billion homes");
        let at = match key {
            Some(key) => *self.known.entry(key).or_insert(next),
            None => next,
        };
        if at == next {
            self.all.push(Home { provider, region: region.cloned(), global });
        }
        let place = parent.0 as usize;
        if parent == ParentId::UNUSED {
            return;
        }
        if self.of.len() <= place {
            self.of.resize(place + 1, 0);
        }
        self.of[place] = at + 1;
    }

    pub fn get(&self, parent: ParentId) -> Option<&Home> {
        let at = self.of.get(parent.0 as usize)?.checked_sub(1)?;
        Some(&self.all[at as usize])
    }
}
