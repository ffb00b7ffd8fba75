//! Projections that nobody has anything to say of, kept as their totals until somebody lists them.

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;
use foldhash::{HashMap, HashMapExt as _, HashSet};

use super::{Key, Projector, quota_name};
use crate::catalog::QuotaId;
use crate::projection::holder::HolderId;
use crate::projection::place::PlaceId;
use crate::projection::totals::RowId;
use crate::projection::{Fullness, Projection, Projections, QuotaName, Scope};

/// Projections that are made when they are asked for, and take a fraction of the memory till then.
#[derive(Debug)]
pub struct Quiet {
    projector: Projector,
    rows: Vec<RowId>,
}

/// What a place is called: partition, account, Region.
type PlaceName = (EcoString, Option<EcoString>, Option<EcoString>);

impl Quiet {
    pub(super) fn new(projector: Projector, mut rows: Vec<RowId>) -> Quiet {
        rows.shrink_to_fit();
        Quiet { projector, rows }
    }

    /// Returns the rows in the order of what they become.
    fn ordered(&self) -> Vec<RowId> {
        let Quiet { projector, rows } = self;
        let keys = || rows.iter().map(|row| projector.totals.key(*row));
        let mut names: BTreeMap<QuotaName, (QuotaId, &'static str)> = BTreeMap::new();
        let called = |id: PlaceId| -> PlaceName {
            let place = projector.places.get(id);
            (place.partition.clone(), place.account_text(), place.region_text())
        };
        let mut all_places: Vec<PlaceId> = keys().map(|key| key.place).collect();
        all_places.sort_unstable();
        all_places.dedup();
        let mut place_names: Vec<PlaceName> = all_places.iter().map(|id| called(*id)).collect();
        place_names.sort_unstable();
        // Places of one name have one rank.
        let rank = |id| place_names.partition_point(|name| *name < called(id));
        let places: HashMap<PlaceId, usize> = all_places.into_iter().map(|id| (id, rank(id))).collect();
        let mut quotas: Vec<(QuotaId, &'static str)> = keys().map(|k| (k.quota, k.part)).collect();
        quotas.dedup();
        for (quota, part) in quotas {
            names.insert(quota_name(quota.get(), part), (quota, part));
        }
        let ranks: HashMap<(QuotaId, &'static str), usize> =
            names.into_values().enumerate().map(|(rank, key)| (key, rank)).collect();
        let holders = ranked(projector, keys());
        let order = |row: &RowId| {
            let key = projector.totals.key(*row);
            (ranks[&(key.quota, key.part)], places[&key.place], key.holder.map(|h| holders[&h]))
        };
        let mut rows = rows.clone();
        rows.sort_by_cached_key(order);
        rows
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns those in some scopes, and of their likes elsewhere the fullest of each quota: those that were not set aside may
    /// all lie in these scopes.
    pub fn beside(&self, scopes: &BTreeSet<&Scope>) -> Vec<Projection> {
        let Quiet { projector, rows } = self;
        let kinds: HashSet<EcoString> =
            scopes.iter().filter_map(|s| s.parent.as_deref()).map(Scope::kind_of).collect();
        if kinds.is_empty() {
            return Vec::new();
        }
        let mut told = projector.told();
        let mut here: HashMap<(PlaceId, HolderId), Option<bool>> = HashMap::new();
        let mut fullest: BTreeMap<(EcoString, QuotaId, &'static str), (Fullness, Projection)> =
            BTreeMap::new();
        let mut found = Vec::new();
        for row in rows {
            let key = projector.totals.key(*row);
            let Some(id) = key.holder else { continue };
            let holder = projector.holders.get(id);
            let is_here = here.entry((key.place, id)).or_insert_with(|| {
                let scope = || projector.scope(key.place, Some(holder.text()), holder.input());
                kinds.contains(&holder.kind_of_label()).then(|| scopes.contains(&scope()))
            });
            let Some(is_here) = *is_here else { continue };
            let projection = projector.projection(key, &projector.totals.at(*row), None, &mut told).0;
            if is_here {
                found.push(projection);
                continue;
            }
            let fullness = Fullness::of(&projection);
            match fullest.entry((holder.kind_of_label(), key.quota, key.part)) {
                Entry::Occupied(mut known) if known.get().0 < fullness => {
                    known.insert((fullness, projection));
                }
                Entry::Occupied(_) => {}
                Entry::Vacant(entry) => {
                    entry.insert((fullness, projection));
                }
            }
        }
        found.extend(fullest.into_values().map(|(_, projection)| projection));
        found
    }

    /// Returns them in order.
    fn iter(&self) -> impl Iterator<Item = Projection> + '_ {
        let mut told = self.projector.told();
        self.ordered().into_iter().map(move |row| {
            let (key, total) = (self.projector.totals.key(row), self.projector.totals.at(row));
            self.projector.projection(key, &total, None, &mut told).0
        })
    }
}

/// Numbers parents in the order of what they are called.
fn ranked(projector: &Projector, keys: impl Iterator<Item = Key>) -> HashMap<HolderId, u32> {
    let mut all: Vec<HolderId> = keys.filter_map(|key| key.holder).collect();
    all.sort_unstable();
    all.dedup();
    let called = |id: &HolderId| {
        let holder = projector.holders.get(*id);
        (holder.text(), holder.input())
    };
    let mut named: Vec<((EcoString, Option<usize>), HolderId)> =
        all.iter().map(|id| (called(id), *id)).collect();
    named.sort_unstable();
    let (mut rank, mut last) = (0, None);
    let mut ranks = HashMap::with_capacity(named.len());
    for (name, id) in &named {
        rank += u32::from(last.is_some_and(|last| last != name));
        last = Some(name);
        ranks.insert(*id, rank);
    }
    ranks
}

/// Returns all projections in order; those that are quiet are made on the way.
pub fn all<'a>(
    projections: &'a Projections,
    quiet: Option<&'a Quiet>,
) -> impl Iterator<Item = Cow<'a, Projection>> {
    let mut loud = projections.iter().peekable();
    let mut quiet = quiet.into_iter().flat_map(Quiet::iter).peekable();
    std::iter::from_fn(move || {
        let order = |p: &Projection| (p.quota.clone(), p.scope.clone(), p.single, p.verdict);
        let is_quiet = match (loud.peek(), quiet.peek()) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(l), Some(q)) if l.quota != q.quota => q.quota < l.quota,
            (Some(l), Some(q)) => order(q) < order(l),
        };
        if is_quiet { quiet.next().map(Cow::Owned) } else { loud.next().map(Cow::Borrowed) }
    })
}
