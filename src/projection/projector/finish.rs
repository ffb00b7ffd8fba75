//! Totals to projections, once all inputs are added.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use ecow::EcoString;

use super::{
    Below, Creations, Key, Projected, Projector, Quiet, Way, counts_in, made_among, made_here, made_in,
    parent_noun, planned, quota_name,
};
use crate::catalog::{self, Aggregate, Baseline, Kind, Quota, QuotaId, ScopeKind};
use crate::inventory::Basis;
use crate::projection::holder::{Holder, HolderId};
use crate::projection::limit::{Answer, Asked};
use crate::projection::place::PlaceId;
use crate::projection::single::Hit;
use crate::projection::total::Total;
use crate::projection::totals::RowId;
use crate::projection::{
    Fullness, Limit, LimitOrigin, PARTS_KEPT, Part, Projection, QuotaName, Scope, Verdict,
};
use crate::value::{Cause, CauseKind, Count};

impl Projector {
    /// Returns every projection, sorted by quota and scope.
    pub fn finish(self) -> Projected {
        self.finish_with(&|_| false)
    }

    /// The same; those that are in parents and quiet are set aside, all but the fullest of each class.
    pub fn finish_with(mut self, is_quiet: &dyn Fn(&Projection) -> bool) -> Projected {
        self.spread_open();
        self.widen_places();
        let mut creations: Vec<Creations> = std::mem::take(&mut self.creations).into_values().collect();
        for made in &mut creations {
            made.blocks.sort();
            made.blocks.dedup();
        }
        creations.sort_by(|a, b| {
            (&a.resource_type, &a.region, &a.blocks).cmp(&(&b.resource_type, &b.region, &b.blocks))
        });
        let mut report = Projected {
            unmeasured: std::mem::take(&mut self.unmeasured),
            creations,
            requested: std::mem::take(&mut self.asked),
            instances: self.instances,
            groups: self.groups,
            types: self.kinds.len(),
            ..Projected::default()
        };
        let mut used: BTreeSet<usize> = std::mem::take(&mut self.singles.used);
        let mut contradictions = std::mem::take(&mut self.singles.contradictions);
        let rows = self.totals.sorted();
        let open = std::mem::take(&mut self.open);
        let singles = std::mem::take(&mut self.singles).kept();
        let mut told = self.told();
        let mut quiet = Vec::new();
        let mut fullest: foldhash::HashMap<Class, (RowId, Fullness)> = foldhash::HashMap::default();
        for row in rows {
            let (key, total) = (self.totals.key(row), self.totals.at(row));
            let (mut projection, answer) = self.bare(key, &total, None, &mut told);
            report.below.extend(self.below(key, &total, &projection));
            used.extend(answer.used);
            contradictions.extend(answer.contradiction);
            let holder = key.holder.filter(|_| projection.requested.is_none() && is_quiet(&projection));
            let Some(holder) = holder.map(|h| self.holders.get(h)) else {
                self.fill(&mut projection, &total);
                drop(total);
                self.totals.remove(row);
                report.projections.push(projection);
                continue;
            };
            let class = Class {
                quota: key.quota,
                part: key.part,
                place: key.place,
                kind: holder.kind_of_label(),
                basis: projection.basis,
                origin: projection.limit.as_ref().map(|l| l.origin),
            };
            let fullness = Fullness::of(&projection);
            quiet.push(match fullest.entry(class) {
                Entry::Vacant(entry) => {
                    entry.insert((row, fullness));
                    continue;
                }
                Entry::Occupied(mut known) if known.get().1 < fullness => known.insert((row, fullness)).0,
                Entry::Occupied(_) => row,
            });
        }
        // What cannot be told apart by its name keeps this order.
        let mut fullest: Vec<RowId> = fullest.into_values().map(|(row, _)| row).collect();
        fullest.sort_unstable_by_key(|row| self.totals.key(*row));
        for row in fullest {
            let (key, total) = (self.totals.key(row), self.totals.at(row));
            let (projection, _) = self.projection(key, &total, None, &mut told);
            drop(total);
            self.totals.remove(row);
            report.projections.push(projection);
        }
        for ((key, input), open) in open {
            let (projection, answer) = self.projection(key, &open.total, Some((open.kind, input)), &mut told);
            used.extend(answer.used);
            report.projections.push(projection);
        }
        for (key, basis, hits, total) in singles {
            report.projections.push(self.single(key, basis, &hits, total, &mut told));
        }
        contradictions.sort_by_key(|c| c.stated);
        contradictions.dedup_by_key(|c| c.stated);
        report.contradictions = contradictions;
        let holds = |i: &usize| self.limits.holds(&self.limits.stated[*i]);
        (report.unused, report.expired) =
            (0..self.limits.stated.len()).filter(|i| !used.contains(i)).partition(holds);
        report.below.sort_unstable();
        report.projections.sort();
        report.quiet = (!quiet.is_empty()).then(|| Quiet::new(self, quiet));
        report
    }

    pub(super) fn told(&self) -> Told {
        Told { made: self.made(), ..Told::default() }
    }

    /// Adds counts whose parent is not known to every parent it may be; without any, they stand by themselves.
    fn spread_open(&mut self) {
        for ((key, input), open) in std::mem::take(&mut self.open) {
            let candidates: Vec<HolderId> = open
                .candidates
                .iter()
                .copied()
                .filter(|h| {
                    self.holders
                        .get(*h)
                        .place
                        .is_none_or(|p| p == key.place || self.places.may_be(p, key.place))
                })
                .collect();
            if candidates.is_empty() {
                self.open.insert((key, input), open);
                continue;
            }
            for holder in candidates {
                let place = self.holders.place(holder, key.place);
                let basis = open.total.basis;
                self.total(Key { place, holder: Some(holder), ..key }, basis).absorb(&open.total, false);
            }
        }
    }

    /// Adds to each place what may be in the same account and Region.
    fn widen_places(&mut self) {
        let mut groups: BTreeMap<Alike<'_>, Vec<Key>> = BTreeMap::new();
        for row in self.totals.sorted() {
            let key = self.totals.key(row);
            let class = match key.holder.map(|h| self.holders.get(h)) {
                None => None,
                Some(h) if h.is_named => Some((h.kind.clone(), h.text())),
                Some(_) => continue,
            };
            groups.entry((key.quota, key.part, key.aggregate, class)).or_default().push(key);
        }
        for keys in groups.values().filter(|keys| keys.len() > 1) {
            let total = |key| self.totals.get(key).expect("bug: a key of the same map").into_owned();
            let before: Vec<Total> = keys.iter().map(total).collect();
            for key in keys {
                for (other, total) in keys.iter().zip(&before) {
                    if self.places.may_be(key.place, other.place) {
                        let doubt = self.places.get(other.place).doubt();
                        let here = self.totals.full(*key, total.basis);
                        here.absorb(total, false);
                        here.because(doubt);
                    }
                }
            }
        }
    }

    pub(super) fn projection(
        &self,
        key: Key,
        total: &Total,
        open: Option<(&'static str, usize)>,
        told: &mut Told,
    ) -> (Projection, Answer) {
        let (mut projection, answer) = self.bare(key, total, open, told);
        self.fill(&mut projection, total);
        (projection, answer)
    }

    /// Adds what it is made of.
    fn fill(&self, projection: &mut Projection, total: &Total) {
        (projection.parts, projection.parts_total) = self.parts(total);
        projection.roots = self.roots(total.parts.blocks().map(|name| self.names.input(name)));
    }

    /// The same without what it is made of.
    fn bare(
        &self,
        key: Key,
        total: &Total,
        open: Option<(&'static str, usize)>,
        told: &mut Told,
    ) -> (Projection, Answer) {
        let quota = key.quota.get();
        let aggregate = key.aggregate.aggregate();
        let holder = key.holder.map(|h| self.holders.get(h));
        let baselines = self.baselines(key, total, told);
        let usage = self.usage(key, quota);
        let mut counts = Counts {
            before: total.before,
            count: total.settled(aggregate),
            peak: match aggregate {
                Aggregate::Distinct | Aggregate::MaxSame => total.settled(aggregate),
                Aggregate::Sum | Aggregate::Max | Aggregate::Each => total.peak(),
            },
        };
        match usage {
            // What AWS says is in use has the baselines in it already.
            Some(usage) => counts = counts.with_usage(usage, total),
            None => {
                for (baseline, count) in &baselines {
                    let before = if holder.as_ref().is_some_and(Holder::is_new) {
                        Count::ZERO
                    } else {
                        self.baseline_before(key, baseline, *count)
                    };
                    counts.before += before;
                    counts.count += *count;
                    counts.peak += *count;
                }
            }
        }
        let named = |text: &str| key.holder.is_some_and(|h| self.is_called(h, text));
        let state = if total.basis >= Basis::State { total.before.low() } else { 0 };
        let plain = told.plain_limit(self, key, total.spare).filter(|l| state <= l.low);
        let answer = match plain {
            Some(_) => Answer::default(),
            None => self.limits.find(&Asked {
                quota,
                spare: total.spare,
                place: self.places.get(key.place),
                parent: (key.holder.is_some() || open.is_some()).then_some(&named),
                new_parent: holder.as_ref().is_some_and(Holder::is_new) && !self.is_told(key, total),
                planned: planned(&self.planned, &self.places, key.quota, key.place),
                state,
                accounts: &self.options.accounts,
            }),
        };
        let found = || answer.limit.clone().map(|l| told.limit(self.with_requests(quota, l)));
        let limit = plain.or_else(found);
        let scope = match open {
            None => self.scope(
                key.place,
                holder.as_ref().map(Holder::text),
                holder.as_ref().and_then(Holder::input),
            ),
            Some((kind, input)) => Scope {
                candidates: 0,
                ..self.scope(
                    key.place,
                    Some(format!("{} that is not known", an(parent_noun(kind))).into()),
                    Some(input),
                )
            },
        };
        let mut because: Vec<Cause> = total.causes.iter().cloned().collect();
        if limit.is_none() {
            because.insert(0, no_limit());
        }
        let projection = Projection {
            quota: told.name(quota, key.part),
            scope,
            parts: Vec::new(),
            parts_total: 0,
            roots: Vec::new(),
            baselines: baselines
                .into_iter()
                .filter(|(_, count)| usage.is_none() && !count.is_zero())
                .map(|(b, count)| (EcoString::from(b.name), count))
                .collect(),
            before: counts.before,
            count: counts.count,
            peak: Count::new(counts.peak.low().max(counts.count.low()), counts.peak.or(counts.count).high()),
            verdict: Verdict::of(counts.count, limit.as_deref()),
            limit,
            basis: if usage.is_some() { Basis::Live } else { total.basis },
            because,
            single: false,
            shares: None,
            requested: self.asked_for(quota),
        };
        (projection, answer)
    }

    /// Returns what AWS makes by itself here, less what the input declares of it.
    fn baselines(&self, key: Key, total: &Total, told: &mut Told) -> Vec<(&'static Baseline, Count)> {
        let less = |b: &Baseline, count: Count| count.minus(total.built_in(b.name));
        let mut found: Vec<(&'static Baseline, Count)> = Vec::new();
        let holder = key.holder.map(|h| self.holders.get(h));
        let holder = holder.as_ref();
        let here: Vec<&'static Baseline> = match holder {
            Some(h) => made_among(told.made_in(&h.kind), key, holder).collect(),
            None => made_here(key, None).collect(),
        };
        for b in here {
            // Nothing is made in a parent that may not come to be.
            let exists = match holder {
                Some(h) if h.after().low() == 0 => Count::between(0, 1),
                _ => Count::exactly(1),
            };
            found.push((b, less(b, b.count().times(exists))));
        }
        if holder.is_none() && !matches!(key.quota.get().scope, ScopeKind::Each(_)) {
            let here = |m: &&Made| {
                counts_in(m.baseline, key) && (m.place == key.place || m.account == Some(key.place))
            };
            for Made { baseline, after, .. } in told.made.iter().filter(here) {
                found.push((baseline, less(baseline, baseline.count().times(*after))));
            }
        }
        found
    }

    fn made(&self) -> Vec<Made> {
        let mut made = Vec::new();
        for ((kind, place), (before, after)) in &self.parents {
            let account = self.places.account(*place);
            for baseline in catalog::baselines(kind) {
                if baseline.new || before.low() > 0 && baseline.existing {
                    made.push(Made { place: *place, account, baseline, after: *after });
                }
            }
        }
        made
    }

    /// Returns how much of a baseline was there before apply.
    fn baseline_before(&self, key: Key, baseline: &Baseline, count: Count) -> Count {
        if key.holder.is_some() || matches!(baseline.parent_type, "account" | "region") {
            return count;
        }
        let before: Count = self
            .parents
            .iter()
            .filter(|((kind, _), _)| kind == baseline.parent_type)
            .map(|(_, (before, _))| *before)
            .sum();
        let there = baseline.count().times(before);
        Count::new(there.low().min(count.low()), there.high())
    }

    /// Returns what AWS says is in use: of things that are counted, for nothing else adds up with what apply makes.
    fn usage(&self, key: Key, quota: &Quota) -> Option<u64> {
        if key.aggregate != Way::Sum || quota.kind != Kind::Count {
            return None;
        }
        let place = self.places.get(key.place);
        self.limits
            .observed
            .usage
            .iter()
            .filter(|u| u.code == quota.code && u.service == quota.service && key.part.is_empty())
            .filter(|u| place.is(u.account.as_deref(), u.region.as_deref(), &self.options.accounts))
            .find(|u| match (&u.parent, key.holder) {
                (None, None) => true,
                (Some(text), Some(holder)) => self.is_called(holder, text),
                _ => false,
            })
            .map(|u| u.amount)
    }

    /// True if the source declares a parent that AWS knows already: it is not made by this apply.
    fn is_told(&self, key: Key, total: &Total) -> bool {
        let Some(holder) = key.holder.filter(|_| total.basis == Basis::Configuration) else { return false };
        self.limits
            .observed
            .objects
            .iter()
            .any(|o| self.named.get(&o.arn).is_some_and(|all| all.contains(&holder)))
    }

    fn below(&self, key: Key, total: &Total, projection: &Projection) -> Option<Below> {
        let usage = self.usage(key, key.quota.get())?;
        let state = total.before.low();
        (total.basis >= Basis::State && usage < state).then(|| Below {
            quota: projection.quota.clone(),
            scope: projection.scope.clone(),
            usage,
            state,
        })
    }

    fn with_requests(&self, quota: &Quota, mut limit: Limit) -> Limit {
        for (_, value, address) in self.requested.iter().filter(|(q, ..)| q.id == quota.id) {
            let text = format!("pending: {address} asks for {value}");
            limit.note = if limit.note.is_empty() { text } else { format!("{}; {text}", limit.note) };
        }
        limit
    }

    /// Returns the most that the input asks AWS for.
    fn asked_for(&self, quota: &Quota) -> Option<u64> {
        let asked = self.requested.iter().filter(|(q, ..)| q.id == quota.id);
        asked.filter_map(|(_, value, _)| quota.limit(*value)).max()
    }

    /// `input`: the one that alone has the parent.
    pub(super) fn scope(&self, place: PlaceId, parent: Option<EcoString>, input: Option<usize>) -> Scope {
        let place = self.places.get(place);
        let input = input.or_else(|| place.account.input());
        Scope {
            partition: place.partition.clone(),
            account: place.account_text(),
            region: place.region_text(),
            parent,
            root: input.and_then(|i| self.root(i)),
            candidates: 1,
        }
    }

    fn roots(&self, inputs: impl Iterator<Item = usize>) -> Vec<EcoString> {
        let inputs: BTreeSet<usize> = inputs.collect();
        let mut roots: Vec<EcoString> = inputs.into_iter().filter_map(|i| self.root(i)).collect();
        roots.sort();
        roots
    }

    /// Returns what an input is called, where there are several.
    fn root(&self, input: usize) -> Option<EcoString> {
        (self.inputs.len() > 1).then(|| self.inputs[input].clone())
    }

    fn parts(&self, total: &Total) -> (Vec<Part>, u64) {
        let mut parts: Vec<Part> = total
            .parts
            .iter()
            .map(|((name, change), part)| Part {
                address: self.names.text(*name).clone(),
                root: self.root(self.names.input(*name)),
                instances: part.instances,
                count: part.after,
                before: part.before,
                change: *change,
                span: part.span,
                repeat: part.repeat,
            })
            .collect();
        parts.sort_by(|a, b| {
            (&a.address, &a.root, a.change, a.span).cmp(&(&b.address, &b.root, b.change, b.span))
        });
        let all = parts.len() as u64;
        if !self.options.all_parts {
            parts.truncate(PARTS_KEPT);
        }
        (parts, all)
    }

    fn single(&self, key: Key, basis: Basis, hits: &[Hit], total: u64, told: &mut Told) -> Projection {
        let quota = key.quota.get();
        let worst = &hits[0];
        let mut because: Vec<Cause> = worst.causes.iter().cloned().collect();
        if worst.limit.is_none() {
            because.insert(0, no_limit());
        }
        let kept = if self.options.all_parts { hits.len() } else { hits.len().min(PARTS_KEPT) };
        Projection {
            quota: told.name(quota, key.part),
            scope: self.scope(key.place, Some(worst.address.to_string().into()), Some(worst.input)),
            parts: hits[..kept]
                .iter()
                .map(|h| Part {
                    address: h.address.to_string().into(),
                    root: self.root(h.input),
                    instances: 1,
                    count: h.after,
                    before: h.before,
                    change: h.change,
                    span: h.span,
                    // What is judged is in the block, not how many there are of it.
                    repeat: None,
                })
                .collect(),
            parts_total: total,
            roots: self.roots(hits.iter().map(|h| h.input)),
            baselines: Vec::new(),
            before: worst.before,
            count: worst.after,
            peak: worst.after,
            verdict: Verdict::of(worst.after, worst.limit.as_deref()),
            limit: worst.limit.clone(),
            basis,
            because,
            single: true,
            shares: None,
            requested: self.asked_for(quota),
        }
    }
}

/// What is told of many parents by one of them.
#[derive(PartialEq, Eq, Hash)]
struct Class {
    quota: QuotaId,
    part: &'static str,
    place: PlaceId,
    kind: EcoString,
    basis: Basis,
    origin: Option<LimitOrigin>,
}

/// What is the same for scopes that may turn out to be one: quota, part, way of adding, and type and name of the parent.
type Alike<'a> = (QuotaId, &'a str, Way, Option<(EcoString, EcoString)>);

/// Texts and limits that many projections share.
#[derive(Default)]
pub(super) struct Told {
    /// By quota, and where its part is written in the catalog: quicker than what is written there.
    names: foldhash::HashMap<(QuotaId, usize, usize), QuotaName>,
    limits: HashSet<Arc<Limit>>,
    /// Limits of which only the catalog tells, by quota, place and what must stay free.
    plain: foldhash::HashMap<(QuotaId, PlaceId, u64), Option<Arc<Limit>>>,
    made: Vec<Made>,
    /// What AWS makes in parents, by their type.
    made_in: foldhash::HashMap<EcoString, &'static [Baseline]>,
}

/// What AWS makes in parents, and counts in their account or Region.
struct Made {
    place: PlaceId,
    account: Option<PlaceId>,
    baseline: &'static Baseline,
    /// How many parents.
    after: Count,
}

impl Told {
    fn name(&mut self, quota: &'static Quota, part: &'static str) -> QuotaName {
        let key = (quota.id, part.as_ptr().addr(), part.len());
        self.names.entry(key).or_insert_with(|| quota_name(quota, part)).clone()
    }

    fn made_in(&mut self, kind: &EcoString) -> &'static [Baseline] {
        if let Some(known) = self.made_in.get(kind) {
            return known;
        }
        self.made_in.entry(kind.clone()).or_insert(made_in(kind))
    }

    /// Returns the limit of a quota of which only the catalog tells, looked up once.
    fn plain_limit(&mut self, projector: &Projector, key: Key, spare: u64) -> Option<Arc<Limit>> {
        let asked = (key.quota, key.place, spare);
        if let Some(known) = self.plain.get(&asked) {
            return known.clone();
        }
        let quota = key.quota.get();
        let limit = projector.is_plain(quota).then(|| {
            let limit = projector.limits.plain(quota, spare, projector.places.get(key.place))?;
            Some(self.limit(projector.with_requests(quota, limit)))
        });
        self.plain.insert(asked, limit.clone().flatten());
        limit.flatten()
    }

    fn limit(&mut self, limit: Limit) -> Arc<Limit> {
        if let Some(known) = self.limits.get(&limit) {
            return known.clone();
        }
        let limit = Arc::new(limit);
        self.limits.insert(limit.clone());
        limit
    }
}

struct Counts {
    before: Count,
    count: Count,
    peak: Count,
}

impl Counts {
    /// Joins what is in use with what apply changes. <https://docs.aws.amazon.com/servicequotas/> counts all of it alike.
    fn with_usage(self, usage: u64, total: &Total) -> Counts {
        // Less than the state holds cannot be all of it: either is out of date.
        let used = Count::between(usage, usage.max(self.before.low()));
        if total.basis == Basis::Configuration {
            // The source does not say what of it exists already: none of it, or as much as can be.
            let declared = self.count;
            let low = usage.max(declared.low());
            let count = Count::new(low, declared.high().map(|h| h.saturating_add(usage)));
            return Counts { before: used, count, peak: count };
        }
        let count = (used + total.created).minus(total.destroyed);
        let peak = Count::new(
            count.low().max(used.low()),
            (used + total.created + self.peak.minus(self.count)).high(),
        );
        Counts { before: used, count, peak }
    }
}

/// One cause for all quotas without a limit, so that they are one finding.
fn no_limit() -> Cause {
    Cause::new(CauseKind::Unstated, "no limit is known", None)
}

fn an(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}
