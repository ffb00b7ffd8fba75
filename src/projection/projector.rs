//! Folds instances into totals, and totals into projections.

mod declared;
mod finish;
mod kinds;
mod quiet;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use ecow::EcoString;

pub use quiet::{Quiet, all};

use self::kinds::{Kinds, Told};
use super::demand::Demanded;
use super::holder::{Found, Holder, HolderId, Holders, Holding, Known};
use super::limit::{Asked, Contradiction, Limits};
use super::place::{Place, PlaceId, Places, Placing, Root, is_aws};
use super::single::{Hit, Singles};
use super::total::{PartTotal, Step, Total};
use super::totals::{Small, Totals};
use super::{Limit, Projections, QuotaName, Scope, Verdict};
use crate::address::{Address, Mode};
use crate::catalog::{self, Aggregate, Baseline, Frees, Measure, MeasureId, Quota, QuotaId, ScopeKind, Unit};
use crate::inventory::{
    Basis, Change, Home, Homes, Instance, Inventory, LISTED, ParentId, Parents, Reading, StatedAccount,
};
use crate::source::Span;
use crate::value::{Cause, CauseKind, Count};

/// How projections are made.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Keeps every part, not only the first [`super::PARTS_KEPT`].
    pub all_parts: bool,
    /// The settings' `account` blocks.
    pub accounts: Vec<StatedAccount>,
}

/// Everything that was projected.
#[derive(Debug, Default)]
pub struct Projected {
    /// Sorted by quota and scope.
    pub projections: Projections,
    /// Those that were set aside because nobody has anything to say of them, see [`Projector::finish_with`].
    pub quiet: Option<Quiet>,
    /// Stated limits that something observed contradicts, each once.
    pub contradictions: Vec<Contradiction>,
    /// Stated limits (indexes) that nothing counted here asked for.
    pub unused: Vec<usize>,
    /// Stated limits (indexes) whose `until` has passed.
    pub expired: Vec<usize>,
    /// What is created whose calls AWS takes slowly, sorted by type and Region.
    pub creations: Vec<Creations>,
    /// Increases that the configuration asks for.
    pub requested: Vec<Requested>,
    /// AWS resource types of which nothing is measured, with how many instances there are.
    pub unmeasured: BTreeMap<EcoString, u64>,
    /// Scopes of which AWS says that less is in use than the state holds.
    pub below: Vec<Below>,
    /// Managed instances that were read.
    pub instances: u64,
    /// Groups `[*]` of instances whose number is not known.
    pub groups: u64,
    /// How many resource types they are of.
    pub types: usize,
}

/// Use that AWS told and that is less than what the state holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Below {
    pub quota: QuotaName,
    pub scope: Scope,
    pub usage: u64,
    pub state: u64,
}

/// What is created of one resource type in one account and Region.
#[derive(Clone, Debug, PartialEq)]
pub struct Creations {
    pub resource_type: EcoString,
    /// None: not stated.
    pub region: Option<EcoString>,
    pub count: Count,
    /// True if a plan says so; a source does not tell what exists already.
    pub planned: bool,
    /// Addresses of the blocks.
    pub blocks: Vec<(EcoString, Option<Span>)>,
}

/// An increase that the configuration asks AWS for.
#[derive(Clone, Debug, PartialEq)]
pub struct Requested {
    pub service: EcoString,
    pub code: EcoString,
    /// In the quota's unit. None: not known yet.
    pub value: Option<f64>,
    pub address: String,
    pub span: Option<Span>,
}

impl Projected {
    /// Takes another projection of the same inputs, made before a change, as what was in use before it.
    ///
    /// For `--base`: only what the change raises is a fault then.
    pub fn since(&mut self, base: &Projected) {
        let before: BTreeMap<(&QuotaName, &Scope), Count> =
            base.projections.iter().map(|p| ((&p.quota, &p.scope), p.count)).collect();
        for p in self.projections.iter_mut() {
            p.before = before.get(&(&p.quota, &p.scope)).copied().unwrap_or(Count::ZERO);
        }
    }
}

/// Returns the projections of one input; for several, see [`Projector`].
pub fn project(inventory: &Inventory, root: &Root, limits: Limits, options: Options) -> Projected {
    let mut projector = Projector::new(limits, options);
    projector.add(inventory, root);
    projector.finish()
}

/// Adds up one input after the other; what it keeps grows with scopes and blocks, not with instances.
#[derive(Debug)]
pub struct Projector {
    limits: Limits,
    options: Options,
    /// What the inputs are called.
    inputs: Vec<EcoString>,
    places: Places,
    holders: Holders,
    totals: Totals,
    /// Counts whose parent is not known, with the parents it may be.
    open: BTreeMap<(Key, usize), Open>,
    singles: Singles,
    names: Names,
    /// Texts of parents of which AWS says how much is in use.
    pub(super) existing: BTreeSet<(EcoString, EcoString)>,
    /// Parents that texts of the settings and of AWS name.
    named: HashMap<EcoString, BTreeSet<HolderId>>,
    /// Where parents are, by type: for what AWS makes in them that counts in the account or Region.
    parents: BTreeMap<(EcoString, PlaceId), (Count, Count)>,
    planned: Vec<Planned>,
    requested: Vec<(&'static Quota, f64, String)>,
    asked: Vec<Requested>,
    creations: BTreeMap<(EcoString, PlaceId), Creations>,
    unmeasured: BTreeMap<EcoString, u64>,
    kinds: Kinds,
    instances: u64,
    groups: u64,
}

/// An input that is being added.
#[derive(Debug)]
pub struct Adding {
    input: usize,
    basis: Basis,
    placing: Placing,
    holding: Holding,
    /// Names of instances whose type AWS makes objects of, by index; None: not known yet.
    names: foldhash::HashMap<usize, Option<EcoString>>,
}

/// What is summed apart.
#[derive(Clone, Copy, Debug, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub quota: QuotaId,
    pub aggregate: Way,
    pub place: PlaceId,
    /// None: the account or Region itself.
    pub holder: Option<HolderId>,
    /// Last: texts are dear to compare.
    pub part: &'static str,
}

impl Key {
    fn numbers(&self) -> (QuotaId, Way, PlaceId, Option<HolderId>) {
        (self.quota, self.aggregate, self.place, self.holder)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        // Equal parts mostly are one text of the catalog.
        let same = || std::ptr::eq(self.part, other.part) || self.part == other.part;
        self.numbers() == other.numbers() && same()
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.numbers(), self.part.len()).hash(state);
    }
}

/// [`Aggregate`], with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Way {
    Sum,
    Max,
    Distinct,
    MaxSame,
}

impl Way {
    pub(super) fn aggregate(self) -> Aggregate {
        match self {
            Way::Sum => Aggregate::Sum,
            Way::Max => Aggregate::Max,
            Way::Distinct => Aggregate::Distinct,
            Way::MaxSame => Aggregate::MaxSame,
        }
    }
}

#[derive(Debug)]
struct Open {
    total: Total,
    kind: &'static str,
    candidates: Vec<HolderId>,
}

#[derive(Debug)]
struct Planned {
    quota: QuotaId,
    /// None: the observation does not say where it was made.
    place: Option<PlaceId>,
    value: f64,
    address: String,
}

/// Addresses of blocks, made once each.
#[derive(Debug, Default)]
pub(super) struct Names {
    all: Vec<(usize, EcoString)>,
    /// By input and text.
    by_text: foldhash::HashMap<usize, foldhash::HashMap<EcoString, u32>>,
    /// The last one, by the address's shared parts; valid for one input only.
    last: Option<((usize, usize), u32)>,
    /// Where texts are made that are mostly known.
    text: String,
}

impl Names {
    fn of(&mut self, input: usize, address: &Address) -> u32 {
        let module = address.module.as_ref().map_or(0, |m| Arc::as_ptr(m).addr());
        let pointers = (module, Arc::as_ptr(&address.block).addr());
        if let Some((_, id)) = self.last.filter(|(last, _)| *last == pointers) {
            return id;
        }
        self.text.clear();
        address.write_written(&mut self.text);
        let known = self.by_text.get(&input).and_then(|of_input| of_input.get(self.text.as_str()));
        let id = match known {
            Some(id) => *id,
            None => self.add(input, self.text.as_str().into()),
        };
        self.last = Some((pointers, id));
        id
    }

    fn add(&mut self, input: usize, text: EcoString) -> u32 {
        let id = u32::try_from(self.all.len()).expect("bug: more than 4 billion blocks");
        self.all.push((input, text.clone()));
        self.by_text.entry(input).or_default().insert(text, id);
        id
    }

    /// What is declared has no address, only a label.
    fn declared(&mut self, input: usize, label: &str) -> u32 {
        let known = self.by_text.get(&input).and_then(|of_input| of_input.get(label));
        known.copied().unwrap_or_else(|| self.add(input, label.into()))
    }

    pub fn text(&self, id: u32) -> &EcoString {
        &self.all[id as usize].1
    }

    pub fn input(&self, id: u32) -> usize {
        self.all[id as usize].0
    }
}

impl Projector {
    pub fn new(mut limits: Limits, options: Options) -> Projector {
        limits.observed.sort();
        Projector {
            limits,
            options,
            inputs: Vec::new(),
            places: Places::default(),
            holders: Holders::default(),
            totals: Totals::default(),
            open: BTreeMap::new(),
            singles: Singles::default(),
            names: Names::default(),
            existing: BTreeSet::new(),
            named: HashMap::new(),
            parents: BTreeMap::new(),
            planned: Vec::new(),
            requested: Vec::new(),
            asked: Vec::new(),
            creations: BTreeMap::new(),
            unmeasured: BTreeMap::new(),
            kinds: Kinds::default(),
            instances: 0,
            groups: 0,
        }
    }

    /// Adds what one root module, plan or state holds.
    pub fn add(&mut self, inventory: &Inventory, root: &Root) {
        self.add_with(inventory, root, &[]);
    }

    /// Adds what one root module, plan or state holds, and what is declared of its use.
    pub fn add_with(&mut self, inventory: &Inventory, root: &Root, declared: &[Demanded]) {
        let homes = Homes::of_instances(inventory, catalog::is_global);
        let mut adding = self.begin(inventory, root);
        let known = Known { parents: &inventory.parents, homes: &homes };
        for (index, instance) in inventory.instances.iter().enumerate() {
            self.take(&mut adding, known, index, instance);
        }
        self.close(adding, inventory, known, declared);
    }

    /// Begins with an input whose instances are handed on one by one; it has all but instances and parents.
    pub fn begin(&mut self, header: &Inventory, root: &Root) -> Adding {
        let input = self.inputs.len();
        self.inputs.push(root.name.as_str().into());
        self.names.last = None;
        let (accounts, taken) = (&self.options.accounts, &self.limits.observed.accounts);
        let mut placing = Placing::new(input, header, root, accounts, taken);
        self.observe(header, &mut placing);
        let names = header.names.iter().cloned().collect();
        Adding { input, basis: header.basis, placing, holding: Holding::new(input), names }
    }

    /// Adds the next instance.
    pub fn add_next(
        &mut self,
        adding: &mut Adding,
        header: &Inventory,
        parents: &Parents,
        index: usize,
        instance: &Instance,
    ) {
        let none = Homes::default();
        let homes = header.homes.as_ref().unwrap_or(&none);
        self.take(adding, Known { parents, homes }, index, instance);
    }

    /// Ends with an input whose instances were handed on one by one.
    pub fn end(&mut self, adding: Adding, inventory: &Inventory, declared: &[Demanded]) {
        let none = Homes::default();
        let homes = inventory.homes.as_ref().unwrap_or(&none);
        self.close(adding, inventory, Known { parents: &inventory.parents, homes }, declared);
    }

    fn take(&mut self, adding: &mut Adding, known: Known<'_>, index: usize, instance: &Instance) {
        let provider = adding.placing.providers.get(instance.provider.0 as usize);
        self.count_type(instance, provider.is_none_or(is_aws));
        self.add_instance(adding, known, index, instance);
    }

    fn close(&mut self, mut adding: Adding, inventory: &Inventory, known: Known<'_>, declared: &[Demanded]) {
        self.declare(&mut adding, inventory, known, declared);
        self.remember_names(&inventory.parents, &adding.holding);
        for kind in LISTED {
            self.existing.extend(inventory.parents.texts(kind).map(|text| (kind.into(), text.clone())));
        }
    }

    fn count_type(&mut self, instance: &Instance, aws: bool) {
        if instance.address.block.mode != Mode::Managed {
            return;
        }
        let ty = &instance.address.block.ty;
        let told = self.kinds.of(ty);
        if instance.after.is_exact() {
            self.instances = self.instances.saturating_add(instance.after.low().max(1));
        } else {
            self.groups += 1;
        }
        if aws && instance.readings.is_empty() && !told.covered {
            *self.unmeasured.entry(ty.clone()).or_insert(0) += 1;
        }
    }

    /// Takes note of limits that the input tells or asks for.
    fn observe(&mut self, inventory: &Inventory, placing: &mut Placing) {
        for observed in &inventory.observed {
            let Some(quota) = catalog::quota(&observed.service, &observed.code) else { continue };
            let place = observed.provider.map(|p| {
                let place = placing.place(&mut self.places, p, None);
                self.level(quota, "", place)
            });
            let address = observed.address.clone();
            self.planned.push(Planned { quota: quota.id, place, value: observed.value, address });
        }
        for requested in &inventory.requested {
            if let (Some(service), Some(code)) = (&requested.service, &requested.code) {
                self.asked.push(Requested {
                    service: service.clone(),
                    code: code.clone(),
                    value: requested.value,
                    address: requested.address.to_string(),
                    span: requested.span,
                });
            }
            let (Some(service), Some(code), Some(value)) =
                (&requested.service, &requested.code, requested.value)
            else {
                continue;
            };
            if let Some(quota) = catalog::quota(service, code) {
                self.requested.push((quota, value, requested.address.to_string()));
            }
        }
    }

    /// Returns the account or the Region, as the quota is counted.
    fn level(&mut self, quota: &Quota, kind: &str, place: PlaceId) -> PlaceId {
        let whole = match quota.scope {
            ScopeKind::Account => true,
            ScopeKind::Region => false,
            ScopeKind::Each(_) => !kind.is_empty() && catalog::is_global(kind),
        };
        if whole { self.places.account_of(place) } else { place }
    }

    fn add_instance(&mut self, adding: &mut Adding, known: Known<'_>, index: usize, instance: &Instance) {
        let Adding { input, basis, placing, holding, names } = adding;
        let (input, basis) = (*input, *basis);
        let ty = match instance.address.block.mode {
            Mode::Managed => self.kinds.of(&instance.address.block.ty),
            Mode::Data | Mode::Ephemeral => Told { slow: false, ..Told::of(&instance.address.block.ty) },
        };
        if instance.readings.is_empty() && instance.parent.is_none() && !ty.slow {
            return;
        }
        let own = placing.place(&mut self.places, instance.provider, instance.region.as_ref());
        if ty.slow {
            self.add_creation(input, instance, own);
        }
        if instance.parent.is_some() && ty.brings {
            self.add_parent(instance, own);
        }
        for reading in &instance.readings {
            let measure = measure_of(reading);
            let quota = measure.quota.get();
            if measure.aggregate == Aggregate::Each {
                let place = self.level(quota, "", own);
                self.add_single(input, basis, instance, reading, measure, place);
                continue;
            }
            let place = self.level(quota, measure.scope_type, own);
            let found = {
                let places = &mut self.places;
                let mut place_of = |home: &Home| {
                    let at = placing.place(places, home.provider, home.region.as_ref());
                    if home.global { places.account_of(at) } else { at }
                };
                let kind = measure.scope_type;
                holding.find(&mut self.holders, known, &reading.scope, kind, place, &mut place_of)
            };
            let step = step_of(instance, reading);
            let name = names.get(&index).map(Option::as_ref);
            let amounts = Amounts { input, basis, instance, reading, measure, step, name };
            match found {
                Found::Nothing => {}
                Found::Place => {
                    let key = self.key(measure, place, None);
                    self.add_to(key, &amounts);
                }
                Found::In(holder) => {
                    let step = if self.holders.is_group(holder) { step.or_none() } else { step };
                    let key = self.key(measure, place, Some(holder));
                    self.add_to(key, &Amounts { step, ..amounts });
                }
                Found::OneOf(candidates, open) => {
                    let step = step.or_none();
                    let doubt = Cause::new(
                        CauseKind::Unstated,
                        format!(
                            "which {} {} is in",
                            parent_noun(measure.scope_type),
                            instance.address.written()
                        ),
                        instance.origin,
                    );
                    for holder in candidates {
                        let key = self.key(measure, place, Some(holder));
                        self.add_to(key, &Amounts { step, ..amounts });
                        self.total(key, basis).because(doubt.clone());
                    }
                    if let Some(cause) = open {
                        let all = {
                            let places = &mut self.places;
                            let mut place_of =
                                |home: &Home| placing.place(places, home.provider, home.region.as_ref());
                            holding.all(&mut self.holders, known, measure.scope_type, place, &mut place_of)
                        };
                        self.add_open(&amounts, place, all, cause);
                    }
                }
            }
        }
    }

    /// Takes note of what is created, if AWS takes the calls for it slowly.
    fn add_creation(&mut self, input: usize, instance: &Instance, place: PlaceId) {
        let ty = &instance.address.block.ty;
        let created = match instance.change {
            None | Some(Change::Create | Change::Replace | Change::ReplaceCreateFirst) => instance.after,
            _ => return,
        };
        let region = self.places.get(place).region_text();
        let made = self.creations.entry((ty.clone(), place)).or_insert_with(|| Creations {
            resource_type: ty.clone(),
            region,
            count: Count::ZERO,
            planned: true,
            blocks: Vec::new(),
        });
        made.count += created;
        made.planned &= instance.change.is_some();
        let name = self.names.of(input, &instance.address);
        let block = self.names.text(name);
        if made.blocks.last().is_none_or(|(last, _)| last != block) {
            made.blocks.push((block.clone(), instance.origin));
        }
    }

    /// Takes note of a parent: some of what AWS makes in it counts in the account or Region.
    fn add_parent(&mut self, instance: &Instance, place: PlaceId) {
        // What comes with an adopted object is part of what the Region has by itself.
        let kind = catalog::canonical(&instance.address.block.ty);
        let (before, after) = self.parents.entry((kind.into(), place)).or_insert((Count::ZERO, Count::ZERO));
        *before += instance.before;
        *after += if instance.change == Some(Change::Forget) { instance.before } else { instance.after };
    }

    fn key(&mut self, measure: &Measure, place: PlaceId, holder: Option<HolderId>) -> Key {
        let way = match measure.aggregate {
            Aggregate::Sum | Aggregate::Each => Way::Sum,
            Aggregate::Max => Way::Max,
            Aggregate::Distinct => Way::Distinct,
            Aggregate::MaxSame => Way::MaxSame,
        };
        // One parent is one scope, whichever provider configuration its children come through.
        let place = holder.map_or(place, |h| self.holders.place(h, place));
        Key { quota: measure.quota, part: measure.part, aggregate: way, place, holder }
    }

    fn total(&mut self, key: Key, basis: Basis) -> &mut Total {
        self.totals.full(key, basis)
    }

    fn add_to(&mut self, key: Key, amounts: &Amounts<'_>) {
        let part = self.names.of(amounts.input, &amounts.instance.address);
        if let Some(small) = few(part, amounts)
            && self.totals.add(key, amounts.basis, amounts.measure.spare, small)
        {
            return;
        }
        let total = self.totals.full(key, amounts.basis);
        fill(total, part, amounts);
        let Some(name) = amounts.name else { return };
        let after = amounts.instance.after;
        for baseline in made_here(key, key.holder.map(|h| self.holders.get(h)).as_ref()) {
            if baseline.resource_type != catalog::canonical(&amounts.instance.address.block.ty) {
                continue;
            }
            match name {
                Some(name) if baseline.objects.contains(&name.as_str()) => {
                    total.is_built_in(baseline.name, after)
                }
                Some(_) => {}
                None => total.is_built_in(baseline.name, after.or_none()),
            }
        }
    }

    fn add_open(&mut self, amounts: &Amounts<'_>, place: PlaceId, candidates: Vec<HolderId>, cause: Cause) {
        let key = self.key(amounts.measure, place, None);
        let part = self.names.of(amounts.input, &amounts.instance.address);
        let open = self.open.entry((key, amounts.input)).or_insert_with(|| Open {
            total: Total::new(amounts.basis),
            kind: amounts.measure.scope_type,
            candidates: Vec::new(),
        });
        fill(&mut open.total, part, &Amounts { step: amounts.step.or_none(), ..*amounts });
        open.total.because(cause);
        open.candidates.extend(candidates);
        open.candidates.sort_unstable();
        open.candidates.dedup();
    }

    /// Judges a value of one resource at once: of those within, only the fullest is kept.
    fn add_single(
        &mut self,
        input: usize,
        basis: Basis,
        instance: &Instance,
        reading: &Reading,
        measure: &'static Measure,
        place: PlaceId,
    ) {
        let gone = instance.after.is_zero() && instance.change != Some(Change::Forget);
        if gone {
            return;
        }
        let exists = |n: Count, count: Count| match n.low() {
            0 if n.is_zero() => Count::ZERO,
            0 => count.or_none(),
            _ => count,
        };
        let after = exists(instance.after.max(forgotten(instance)), reading.after);
        let before = exists(instance.before, reading.before);
        let quota = measure.quota.get();
        let key = Key { quota: quota.id, part: measure.part, aggregate: Way::Max, place, holder: None };
        let part = self.names.of(input, &instance.address);
        let address = &instance.address;
        let special = self.limits.stated.iter().any(|s| s.scope.is_some() && is_stated_for(s, quota))
            || self.limits.observed.limits_of(quota).iter().any(|t| t.resource.is_some());
        let plain = match before.low() {
            0 => None,
            state => self.plain_limit(quota, measure.spare, place).filter(|l| state <= l.low),
        };
        let limit = match self.singles.general.get(&(key, measure.spare)) {
            _ if plain.is_some() => plain,
            Some(limit) if !special && before.low() == 0 => limit.clone(),
            _ => {
                let named = |text: &str| address.to_string() == text;
                let answer = self.limits.find(&Asked {
                    quota,
                    spare: measure.spare,
                    place: self.places.get(place),
                    parent: Some(&named),
                    new_parent: instance.before.is_zero(),
                    planned: planned(&self.planned, &self.places, quota.id, place),
                    state: before.low(),
                    accounts: &self.options.accounts,
                });
                let limit = self.singles.note(answer);
                if !special && before.low() == 0 {
                    self.singles.general.insert((key, measure.spare), limit.clone());
                }
                limit
            }
        };
        let verdict = Verdict::of(after, limit.as_deref());
        self.singles.add(key, part, (verdict, after), (basis, address, input), || Hit {
            address: address.clone(),
            input,
            before,
            after,
            change: instance.change,
            span: instance.origin,
            limit,
            causes: if after.is_exact() {
                BTreeSet::new()
            } else {
                reading.why.iter().chain(&instance.why).cloned().collect()
            },
        });
    }

    /// Returns the limit of a quota of which only the catalog tells, looked up once.
    fn plain_limit(&mut self, quota: &'static Quota, spare: u64, place: PlaceId) -> Option<Arc<Limit>> {
        if !self.is_plain(quota) {
            return None;
        }
        let known = self.singles.plain.get(&(quota.id, spare, place)).cloned();
        known.unwrap_or_else(|| {
            let limit = self.limits.plain(quota, spare, self.places.get(place)).map(Arc::new);
            self.singles.plain.insert((quota.id, spare, place), limit.clone());
            limit
        })
    }

    /// True if nothing but the catalog tells anything of the limit of a quota.
    fn is_plain(&self, quota: &Quota) -> bool {
        self.limits.is_plain(quota) && !self.planned.iter().any(|p| p.quota == quota.id)
    }

    /// Remembers which parents the settings' and AWS's texts name.
    fn remember_names(&mut self, parents: &Parents, holding: &Holding) {
        let observed = &self.limits.observed;
        // A name may be that of objects of several types: what is told of a quota is about those that it counts in.
        let kind = |service: &str, code: &str| match catalog::quota(service, code).map(|q| q.scope) {
            Some(ScopeKind::Each(kind)) => kind,
            _ => "",
        };
        let stated = self.limits.stated.iter().filter_map(|s| Some((s.scope.clone()?, "")));
        let limits =
            observed.limits.iter().filter_map(|t| Some((t.resource.clone()?, kind(&t.service, &t.code))));
        let usage =
            observed.usage.iter().filter_map(|u| Some((u.parent.clone()?, kind(&u.service, &u.code))));
        let objects = observed.objects.iter().map(|o| (o.arn.clone(), ""));
        for (text, kind) in stated.chain(limits).chain(usage).chain(objects).collect::<BTreeSet<_>>() {
            let found: Option<ParentId> = match observed.objects.iter().find(|o| o.arn == text) {
                Some(object) => {
                    let mut texts = std::iter::once(&object.arn).chain(&object.texts);
                    texts.find_map(|t| parents.find(&object.kind, t))
                }
                None => parents.find(kind, &text).or_else(|| parents.find("", &text)),
            };
            if let Some(holder) = found.and_then(|id| holding.known(parents, id)) {
                self.named.entry(text).or_default().insert(holder);
            }
        }
    }

    /// True if a text of the settings or of AWS, said of a quota that counts in a holder, is about that holder.
    fn is_called(&self, holder: HolderId, text: &str) -> bool {
        self.named.get(text).is_some_and(|all| all.contains(&holder))
            || self.holders.get(holder).answers_to(text)
    }

    /// Returns the quotas that are counted, with where.
    pub(super) fn uses(&self) -> impl Iterator<Item = (QuotaId, PlaceId)> {
        let open = self.open.keys().map(|(key, _)| *key);
        self.totals.keys().chain(open).chain(self.singles.keys().copied()).map(|key| (key.quota, key.place))
    }

    pub(super) fn place(&self, id: PlaceId) -> &Place {
        self.places.get(id)
    }
}

/// One reading on its way into a total.
#[derive(Clone, Copy)]
struct Amounts<'a> {
    input: usize,
    basis: Basis,
    instance: &'a Instance,
    reading: &'a Reading,
    measure: &'static Measure,
    step: Step,
    /// Some: AWS makes objects of this type; the instance's name, if it is known.
    name: Option<Option<&'a EcoString>>,
}

/// What a single instance of a plan adds, if numbers say it all.
fn few(part: u32, amounts: &Amounts<'_>) -> Option<Small> {
    let Amounts { instance, measure, step, name, .. } = amounts;
    let plain = matches!(measure.aggregate, Aggregate::Sum | Aggregate::Max)
        && name.is_none()
        && instance.origin.is_none()
        && instance.repeat.is_none()
        && instance.before.max(instance.after).high().is_some_and(|most| most <= 1);
    if plain { Small::of(part, *step) } else { None }
}

fn fill(total: &mut Total, part: u32, amounts: &Amounts<'_>) {
    let Amounts { instance, reading, measure, step, .. } = amounts;
    total.add(*step, measure.aggregate);
    if matches!(measure.aggregate, Aggregate::Distinct | Aggregate::MaxSame) {
        total.add_texts(&reading.texts, step.after);
    }
    total.spare = total.spare.max(measure.spare);
    total.basis = total.basis.min(amounts.basis);
    if !step.after.is_exact() || !step.before.is_exact() {
        for cause in reading.why.iter().chain(&instance.why) {
            total.because(cause.clone());
        }
    }
    let kept = total.parts.entry((part, instance.change), || PartTotal {
        instances: 0,
        before: Count::ZERO,
        after: Count::ZERO,
        span: instance.origin,
        // A size that is not known says nothing of how many there are.
        repeat: instance.repeat.filter(|_| step.after.is_exact() || !instance.after.is_exact()),
    });
    let instances = instance.after.max(instance.before);
    kept.instances = kept.instances.saturating_add(instances.high().unwrap_or(instances.low()).max(1));
    kept.before += step.before;
    kept.after += step.after;
}

fn measure_of(reading: &Reading) -> &'static Measure {
    MeasureId(u16::try_from(reading.measure).expect("bug: a measure that the catalog does not have")).get()
}

/// Returns what an instance uses before and after apply.
fn step_of(instance: &Instance, reading: &Reading) -> Step {
    let before = reading.before.times(instance.before);
    let after = reading.after.times(instance.after);
    let change = instance.change;
    let (before, after) = match change {
        // It goes on to exist, only not in the state.
        Some(Change::Forget) => (before, before),
        // It exists already, only not in the state.
        Some(Change::Import) => (before.max(after), after),
        Some(Change::Destroy | Change::Replace | Change::ReplaceCreateFirst) => {
            (before, after + still_used(instance, before))
        }
        Some(Change::Create | Change::Update | Change::Keep | Change::Read) | None => (before, after),
    };
    Step { before, after, change }
}

/// Returns how much of what is destroyed goes on to use its quotas.
fn still_used(instance: &Instance, before: Count) -> Count {
    match catalog::delete(&instance.address.block.ty) {
        None => Count::ZERO,
        Some(delete) => match delete.frees {
            Frees::AtOnce => Count::ZERO,
            // A waiting period of no days is possible.
            Frees::After { least_days: 0, .. } => before.or_none(),
            Frees::After { .. } | Frees::Never => before,
        },
    }
}

fn forgotten(instance: &Instance) -> Count {
    if instance.change == Some(Change::Forget) { instance.before } else { Count::ZERO }
}

/// True if the baseline counts in that quota.
fn counts_in(baseline: &Baseline, key: Key) -> bool {
    baseline.quota == key.quota && baseline.part == key.part
}

/// Returns what AWS makes by itself in this very scope.
fn made_here(key: Key, holder: Option<&Holder>) -> impl Iterator<Item = &'static Baseline> {
    let all = match holder {
        Some(holder) => made_in(&holder.kind),
        None if matches!(key.quota.get().scope, ScopeKind::Account) => catalog::baselines("account"),
        None => catalog::baselines("region"),
    };
    made_among(all, key, holder)
}

/// Returns what AWS makes by itself in parents of a type, whichever quota it counts in.
fn made_in(kind: &str) -> &'static [Baseline] {
    catalog::baselines(catalog::adopts(kind).unwrap_or_else(|| catalog::canonical(kind)))
}

/// Returns what of that is in this very scope.
fn made_among(
    all: &'static [Baseline],
    key: Key,
    holder: Option<&Holder>,
) -> impl Iterator<Item = &'static Baseline> {
    let new = holder.is_some_and(Holder::is_new);
    all.iter().filter(move |b| counts_in(b, key) && if new { b.new } else { b.existing })
}

fn is_stated_for(stated: &crate::inventory::StatedLimit, quota: &Quota) -> bool {
    stated.service == quota.service && (stated.code == quota.code || stated.name == quota.name)
}

fn planned<'a>(
    all: &'a [Planned],
    places: &Places,
    quota: QuotaId,
    place: PlaceId,
) -> Option<(f64, &'a str)> {
    let _ = places;
    all.iter()
        .find(|p| p.quota == quota && p.place.is_none_or(|at| at == place))
        .map(|p| (p.value, p.address.as_str()))
}

/// Returns what a quota is called here; its unit is the smallest one, in which amounts are kept.
pub(super) fn quota_name(quota: &Quota, part: &str) -> QuotaName {
    let name =
        if part.is_empty() { quota.name.into() } else { EcoString::from(format!("{} ({part})", quota.name)) };
    let unit = match quota.unit.smallest() {
        Unit::Count | Unit::Number => "",
        unit => unit.word(),
    };
    QuotaName { service: quota.service.into(), code: quota.code.into(), name, unit: unit.into() }
}

/// Returns `Connect instance` for `aws_connect_instance`.
fn parent_noun(kind: &str) -> &str {
    if kind.is_empty() { "parent" } else { kind }
}
