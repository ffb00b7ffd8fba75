//! All totals of a run. There are as many as there are roles and security groups, and most have one or two parts.

use std::borrow::Cow;

use super::projector::Key;
use super::total::{PartTotal, Step, Total};
use crate::catalog::Aggregate;
use crate::inventory::{Basis, Change};
use crate::value::Count;

/// Totals by what is summed apart.
#[derive(Debug, Default)]
pub(super) struct Totals(foldhash::HashMap<Key, Slot>);

#[derive(Debug)]
enum Slot {
    Few(Few),
    /// Boxed: a table has room for more than it holds.
    Full(Box<Total>),
}

/// The steps of one or two instances, exact and small.
#[derive(Clone, Copy, Debug)]
struct Few {
    spare: u32,
    first: Small,
    second: Option<Small>,
    basis: Basis,
}

/// What one instance without a place in the source adds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Small {
    part: u32,
    before: u32,
    after: u32,
    change: Option<Change>,
}

impl Small {
    /// None: it says more than fits.
    pub fn of(part: u32, step: Step) -> Option<Small> {
        let small = |count: Count| u32::try_from(count.low()).ok().filter(|_| count.is_exact());
        Some(Small { part, before: small(step.before)?, after: small(step.after)?, change: step.change })
    }
}

const NOTHING: PartTotal =
    PartTotal { instances: 0, before: Count::ZERO, after: Count::ZERO, span: None, repeat: None };

impl Few {
    fn total(&self, aggregate: Aggregate) -> Total {
        let mut total = Total::new(self.basis);
        total.spare = u64::from(self.spare);
        for small in [Some(self.first), self.second].into_iter().flatten() {
            let (before, after) =
                (Count::exactly(u64::from(small.before)), Count::exactly(u64::from(small.after)));
            total.add(Step { before, after, change: small.change }, aggregate);
            let part = total.parts.entry((small.part, small.change), || NOTHING);
            part.instances += 1;
            part.before += before;
            part.after += after;
        }
        total
    }
}

impl Totals {
    /// Returns a total to add to, made if it is new.
    pub fn full(&mut self, key: Key, basis: Basis) -> &mut Total {
        let slot = self.0.entry(key).or_insert_with(|| Slot::Full(Box::new(Total::new(basis))));
        if let Slot::Few(few) = slot {
            *slot = Slot::Full(Box::new(few.total(key.aggregate.aggregate())));
        }
        match slot {
            Slot::Full(total) => total,
            Slot::Few(_) => unreachable!("bug: it was made full"),
        }
    }

    /// Adds an instance as one of a few; false: there is no room, and nothing is added.
    pub fn add(&mut self, key: Key, basis: Basis, spare: u64, small: Small) -> bool {
        let Ok(spare) = u32::try_from(spare) else { return false };
        match self.0.entry(key) {
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(Slot::Few(Few { spare, first: small, second: None, basis }));
                true
            }
            std::collections::hash_map::Entry::Occupied(mut place) => match place.get_mut() {
                Slot::Few(few) if few.second.is_none() => {
                    few.second = Some(small);
                    few.spare = few.spare.max(spare);
                    few.basis = few.basis.min(basis);
                    true
                }
                _ => false,
            },
        }
    }

    pub fn get(&self, key: &Key) -> Option<Cow<'_, Total>> {
        self.0.get(key).map(|slot| match slot {
            Slot::Few(few) => Cow::Owned(few.total(key.aggregate.aggregate())),
            Slot::Full(total) => Cow::Borrowed(&**total),
        })
    }

    pub fn remove(&mut self, key: &Key) {
        self.0.remove(key);
    }

    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.0.keys()
    }

    /// Returns the keys in order.
    pub fn sorted(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.0.keys().copied().collect();
        keys.sort_unstable();
        keys
    }
}
