//! All totals of a run. There are as many as there are roles and security groups, and most have one or two parts.

use std::borrow::Cow;
use std::hash::BuildHasher as _;

use foldhash::HashMap;
use foldhash::fast::RandomState;

use super::holder::HolderId;
use super::projector::Key;
use super::total::{PartTotal, Step, Total};
use crate::catalog::Aggregate;
use crate::inventory::{Basis, Change};
use crate::pieces::Pieces;
use crate::value::Count;

/// Totals by what is summed apart.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// Keys without their parents: as many as there are quotas in places.
    kinds: Vec<Key>,
    kind_of: HashMap<Key, u32>,
    rows: Pieces<Row>,
    /// Numbers of rows and one, at the place that the hash says or the next free one; as many as a power of two.
    places: Vec<u32>,
    hasher: RandomState,
    /// What many rows say comes first, each once; the others have one row each.
    few: Vec<Few>,
    few_of: HashMap<Few, u32>,
    /// By row.
    full: HashMap<u32, Box<Total>>,
}

/// Number of a total: a tenth of its key.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowId(u32);

/// One total.
#[derive(Clone, Copy, Debug)]
struct Row {
    kind: u32,
    holder: Option<HolderId>,
    /// Index of a few, [`FULL`] or [`GONE`].
    what: u32,
}

const FULL: u32 = u32::MAX;
const GONE: u32 = u32::MAX - 1;

/// How many different fews are looked up.
const SHARED: usize = 1 << 13;

/// The steps of one or two instances, exact and small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Few {
    spare: u32,
    first: Small,
    second: Option<Small>,
    basis: Basis,
}

/// What one instance without a place in the source adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
        let (row, _) = self.row(key);
        let what = std::mem::replace(&mut self.rows[row as usize].what, FULL);
        self.full.entry(row).or_insert_with(|| {
            Box::new(match what {
                FULL | GONE => Total::new(basis),
                few => self.few[few as usize].total(key.aggregate.aggregate()),
            })
        })
    }

    /// Adds an instance as one of a few; false: there is no room, and nothing is added.
    pub fn add(&mut self, key: Key, basis: Basis, spare: u64, small: Small) -> bool {
        let Ok(spare) = u32::try_from(spare) else { return false };
        let (row, is_new) = self.row(key);
        if is_new {
            let what = self.put(Few { spare, first: small, second: None, basis });
            self.rows[row as usize].what = what;
            return true;
        }
        let what = self.rows[row as usize].what;
        let Some(few) = self.few.get(what as usize).filter(|few| few.second.is_none()) else { return false };
        let more =
            Few { second: Some(small), spare: few.spare.max(spare), basis: few.basis.min(basis), ..*few };
        if (what as usize) < SHARED {
            self.rows[row as usize].what = self.put(more);
        } else {
            self.few[what as usize] = more;
        }
        true
    }

    fn put(&mut self, few: Few) -> u32 {
        if let Some(known) = self.few_of.get(&few) {
            return *known;
        }
        let at = number(self.few.len());
        if self.few.len() < SHARED {
            self.few_of.insert(few, at);
        }
        self.few.push(few);
        at
    }

    /// Returns the row of a key, and whether it was made now.
    fn row(&mut self, key: Key) -> (u32, bool) {
        let (without, holder) = (Key { holder: None, ..key }, key.holder);
        let kind = match self.kind_of.get(&without) {
            Some(kind) => *kind,
            None => {
                let kind = number(self.kinds.len());
                self.kinds.push(without);
                self.kind_of.insert(without, kind);
                kind
            }
        };
        if self.rows.len() * 4 >= self.places.len() * 3 {
            self.places = vec![0; (self.places.len() * 2).max(64)];
            for at in 0..number(self.rows.len()) {
                let Row { kind, holder, .. } = self.rows[at as usize];
                if let Err(place) = self.look(kind, holder) {
                    self.places[place] = at + 1;
                }
            }
        }
        match self.look(kind, holder) {
            Ok(row) => (row, false),
            Err(place) => {
                let row = number(self.rows.len());
                self.rows.push(Row { kind, holder, what: GONE });
                self.places[place] = row + 1;
                (row, true)
            }
        }
    }

    /// Returns the row of a kind and parent, or the place where it belongs.
    fn look(&self, kind: u32, holder: Option<HolderId>) -> Result<u32, usize> {
        let last = self.places.len().wrapping_sub(1);
        let mut place = self.hasher.hash_one((kind, holder)) as usize & last;
        loop {
            match self.places.get(place) {
                None | Some(0) => return Err(place),
                Some(row) => {
                    let found = self.rows[*row as usize - 1];
                    if (found.kind, found.holder) == (kind, holder) {
                        return Ok(row - 1);
                    }
                    place = (place + 1) & last;
                }
            }
        }
    }

    fn find(&self, key: &Key) -> Option<u32> {
        let kind = *self.kind_of.get(&Key { holder: None, ..*key })?;
        self.look(kind, key.holder).ok()
    }

    pub fn get(&self, key: &Key) -> Option<Cow<'_, Total>> {
        let row = self.find(key)?;
        (self.rows[row as usize].what != GONE).then(|| self.at(RowId(row)))
    }

    pub fn key(&self, RowId(row): RowId) -> Key {
        let row = self.rows[row as usize];
        Key { holder: row.holder, ..self.kinds[row.kind as usize] }
    }

    pub fn at(&self, RowId(row): RowId) -> Cow<'_, Total> {
        let Row { kind, what, .. } = self.rows[row as usize];
        let full = (what == FULL).then(|| self.full.get(&row)).flatten();
        match full {
            Some(total) => Cow::Borrowed(&**total),
            None => {
                let aggregate = self.kinds[kind as usize].aggregate.aggregate();
                Cow::Owned(self.few[what as usize].total(aggregate))
            }
        }
    }

    pub fn remove(&mut self, RowId(row): RowId) {
        self.rows[row as usize].what = GONE;
        self.full.remove(&row);
    }

    fn ids(&self) -> impl Iterator<Item = RowId> {
        (0..number(self.rows.len())).filter(|row| self.rows[*row as usize].what != GONE).map(RowId)
    }

    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.ids().map(|row| self.key(row))
    }

    /// Returns all in the order of their keys.
    pub fn sorted(&self) -> Vec<RowId> {
        let mut rows: Vec<RowId> = self.ids().collect();
        rows.sort_unstable_by_key(|row| self.key(*row));
        rows
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).ok().filter(|n| *n < GONE).expect("bug: more than 4 billion totals")
}
