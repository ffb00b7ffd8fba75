//! Values, sizes and maxima of single resources: what is over a limit is kept, of the rest only the fullest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::limit::{Answer, Contradiction};
use super::place::PlaceId;
use super::projector::Key;
use super::{Limit, PARTS_KEPT, Verdict};
use crate::address::Address;
use crate::catalog::QuotaId;
use crate::inventory::{Basis, Change};
use crate::source::Span;
use crate::value::{Cause, Count};

/// One resource against a limit.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub address: Address,
    pub input: usize,
    pub before: Count,
    pub after: Count,
    pub change: Option<Change>,
    pub span: Option<Span>,
    pub limit: Option<Arc<Limit>>,
    pub causes: BTreeSet<Cause>,
}

impl Hit {
    /// Orders by how much there is: the worst first, then by address.
    fn worse(&self, other: &Hit) -> std::cmp::Ordering {
        much(other.after)
            .cmp(&much(self.after))
            .then_with(|| (&self.address, self.input).cmp(&(&other.address, other.input)))
    }
}

/// Orders counts by what is certain of them, then by what is possible.
fn much(count: Count) -> (u64, u64) {
    (count.low(), count.high().unwrap_or(u64::MAX))
}

#[derive(Debug)]
struct Kept {
    hits: Vec<Hit>,
    total: u64,
    basis: Basis,
}

/// Everything that is judged by itself.
#[derive(Debug, Default)]
pub(super) struct Singles {
    /// Limits where none is set for a resource of its own.
    pub general: foldhash::HashMap<(Key, u64), Option<Arc<Limit>>>,
    /// Limits of which only the catalog tells, by quota, what must stay free, and place.
    pub plain: foldhash::HashMap<(QuotaId, u64, PlaceId), Option<Arc<Limit>>>,
    pub used: BTreeSet<usize>,
    pub contradictions: Vec<Contradiction>,
    /// By quota, place, verdict and block.
    over: BTreeMap<(Key, Verdict, u32), Kept>,
    fullest: foldhash::HashMap<Key, (Hit, Basis)>,
}

impl Singles {
    /// Returns what is judged, some of it several times.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.over.keys().map(|(key, _, _)| key).chain(self.fullest.keys())
    }

    /// Takes note of the limits that were asked for and returns the one that holds.
    pub fn note(&mut self, answer: Answer) -> Option<Arc<Limit>> {
        self.used.extend(answer.used);
        self.contradictions.extend(answer.contradiction);
        answer.limit.map(Arc::new)
    }

    /// Adds one resource; `hit` is made only if it may be told.
    pub fn add(
        &mut self,
        key: Key,
        block: u32,
        (verdict, after): (Verdict, Count),
        (basis, address, input): (Basis, &Address, usize),
        hit: impl FnOnce() -> Hit,
    ) {
        if verdict == Verdict::Within {
            match self.fullest.get_mut(&key) {
                Some((fullest, _)) => {
                    let worse = much(after).cmp(&much(fullest.after)).reverse();
                    let worse = worse.then_with(|| (address, input).cmp(&(&fullest.address, fullest.input)));
                    if worse.is_lt() {
                        *fullest = hit();
                    }
                }
                None => {
                    self.fullest.insert(key, (hit(), basis));
                }
            }
            return;
        }
        let kept = self.over.entry((key, verdict, block)).or_insert_with(|| Kept {
            // Most are alone.
            hits: Vec::with_capacity(1),
            total: 0,
            basis,
        });
        kept.total += 1;
        kept.hits.push(hit());
        // The worst ones are kept; sorting now and then keeps memory and time bounded.
        if kept.hits.len() >= 2 * PARTS_KEPT {
            kept.hits.sort_by(Hit::worse);
            kept.hits.truncate(PARTS_KEPT);
        }
    }

    /// Returns what is to be told: for each block its worst first, and how many there are.
    pub fn kept(self) -> Vec<(Key, Basis, Vec<Hit>, u64)> {
        let over = self.over.into_iter().map(|((key, _, _), mut kept)| {
            kept.hits.sort_by(Hit::worse);
            kept.hits.truncate(PARTS_KEPT);
            (key, kept.basis, kept.hits, kept.total)
        });
        let mut fullest: Vec<(Key, (Hit, Basis))> = self.fullest.into_iter().collect();
        fullest.sort_unstable_by_key(|(key, _)| *key);
        let fullest = fullest.into_iter().map(|(key, (hit, basis))| (key, basis, vec![hit], 1));
        over.chain(fullest).collect()
    }
}
