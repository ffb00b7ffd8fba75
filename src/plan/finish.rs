//! From drafts to the instances of an inventory, when everything is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;

use super::Sink;
use super::ask::{Ask, MeasureAsk, MeasureScope, bit};
use super::config::{Block, Config};
use super::drafts::Draft;
use super::providers::{self, Known};
use super::resolve::Resolver;
use super::store::{NONE, Small, Store, Told, Wide};
use crate::address::Mode;
use crate::catalog::{self, Amount};
use crate::inventory::{
    Account, AttachedTags, Homes, IgnoredTags, Instance, Inventory, ObservedLimit, OtherTags, ParentId,
    Parents, ProviderConfig, ProviderId, Reading, RequestedLimit, ScopeRef, Setting, Tags, Target,
};
use crate::value::{Cause, CauseKind, Count};

/// Makes instances of the drafts and hands them on, in the order of the input.
pub fn finish(
    mut store: Store,
    config: &Config,
    variables: &BTreeMap<EcoString, EcoString>,
    inventory: &mut Inventory,
    sink: Sink<'_>,
) {
    store.drop_listed();
    store.finish_reading();
    // Whose tags come from another one is found through parents; else they need not be there while tags are.
    let lends = !store.made.is_empty();
    if lends {
        store.make_parents();
    }
    let mut providers = Providers::new(config, variables);
    let observed = std::mem::take(&mut store.observed);
    let drafts = store.drafts.len() as u32;
    let mut resolver = Resolver::new(&mut store, config);
    let mut ids = Ids::default();
    for i in 0..drafts {
        ids.push(i, providers.of(i, &mut resolver));
    }
    for told in &observed {
        observe(told.draft, &told.what, ids.of(told.draft), &mut providers, resolver.store, inventory);
    }
    providers.settle(&ids, resolver.store);
    inventory.other_tags = other_tags(&mut resolver);
    inventory.made = super::made::finish(&mut resolver, &ids, &inventory.other_tags);
    let attached = std::mem::take(&mut resolver.store.attached);
    inventory.attached_tags = attached
        .into_iter()
        .map(|(by, tags)| AttachedTags { by: by as usize, target: Target::Elsewhere, tags })
        .collect();
    inventory.names =
        std::mem::take(&mut resolver.store.names).into_iter().map(|(i, name)| (i as usize, name)).collect();
    let twice = std::mem::take(&mut resolver.store.twice);
    if !twice.is_empty() {
        let tags = resolver.store.drafts.iter().map(|draft| draft.tags).enumerate();
        inventory.tags_twice = tags.filter_map(|(i, tags)| Some((i, twice.get(&tags)?.clone()))).collect();
    }
    inventory.providers = providers.all;
    let mut whole;
    let (with_tags, take): (bool, &mut Take<'_>) = match sink {
        Sink::Whole(sink) => {
            whole = |_: &Inventory, _: &Parents, instance| sink(instance);
            (true, &mut whole)
        }
        Sink::Apart { tags, counts } => {
            for i in 0..drafts {
                let what = What { tags: true, counts: false };
                tags(inventory, instance(i, ids.of(i), what, &mut resolver));
            }
            resolver.store.drop_tags();
            (false, counts)
        }
    };
    if !lends {
        resolver.make_parents();
    }
    let first = resolver.store.drafts.parents().into_iter().map(|(i, _)| i).collect();
    let mut homes = Homes::default();
    add_homes(&mut homes, first, &ids, resolver.store);
    inventory.homes = Some(homes);
    for i in 0..drafts {
        let instance = instance(i, ids.of(i), What { tags: with_tags, counts: true }, &mut resolver);
        let made = std::mem::take(&mut resolver.made);
        if let Some(homes) = inventory.homes.as_mut().filter(|_| !made.is_empty()) {
            add_homes(homes, made, &ids, resolver.store);
        }
        take(inventory, &resolver.store.parents, instance);
    }
    inventory.parents = std::mem::take(&mut store.parents);
}

/// Takes an instance with what it counts.
type Take<'a> = dyn FnMut(&Inventory, &Parents, Instance) + 'a;

/// What of an instance is made.
#[derive(Clone, Copy)]
struct What {
    tags: bool,
    counts: bool,
}

/// The provider configurations of drafts: neighbours mostly have the same one.
#[derive(Default)]
pub(super) struct Ids(Vec<(u32, ProviderId)>);

impl Ids {
    /// Adds the next draft.
    fn push(&mut self, i: u32, id: ProviderId) {
        if self.0.last().is_none_or(|(_, last)| *last != id) {
            self.0.push((i, id));
        }
    }

    pub(super) fn of(&self, i: u32) -> ProviderId {
        let after = self.0.partition_point(|(first, _)| *first <= i);
        self.0[after - 1].1
    }
}

/// Says where the instances are that are parents.
fn add_homes(homes: &mut Homes, drafts: Vec<u32>, ids: &Ids, store: &Store) {
    for i in drafts {
        let draft = &store.drafts.get(i);
        let region = region(draft, store);
        let global = catalog::is_global(&store.block_of(draft).name.ty);
        homes.add(store.parents.resolve(draft.parent), ids.of(i), region.as_ref(), global);
    }
}

fn region(draft: &Draft, store: &Store) -> Option<Setting> {
    (draft.region != NONE).then(|| Setting::Known(store.texts[draft.region as usize].clone()))
}

/// Tags in other shapes, but for those that the provider fills in and nobody sets.
fn other_tags(resolver: &mut Resolver<'_>) -> Vec<OtherTags> {
    let all = std::mem::take(&mut resolver.store.other_tags);
    all.into_iter()
        .filter(|o| resolver.config_block(o.draft).is_none_or(|b| b.attributes.contains_key(o.attribute)))
        .map(|o| OtherTags { instance: o.draft as usize, shape: o.shape, tags: o.tags, span: None })
        .collect()
}

fn observe(
    i: u32,
    what: &Told,
    provider: ProviderId,
    providers: &mut Providers<'_>,
    store: &Store,
    inventory: &mut Inventory,
) {
    let address = store.address(&store.drafts.get(i));
    match what {
        Told::Limit { service, code, value } => inventory.observed.push(ObservedLimit {
            service: service.clone(),
            code: code.clone(),
            value: *value,
            provider: Some(provider),
            address: address.to_string(),
        }),
        Told::Request { service, code, value } => inventory.requested.push(RequestedLimit {
            service: service.clone(),
            code: code.clone(),
            value: *value,
            provider,
            address,
            span: None,
        }),
        Told::Account(id) => {
            let config = &mut providers.all[provider.0 as usize];
            if !matches!(config.account, Account::Id(_)) {
                config.account = Account::Id(id.clone());
            }
        }
        Told::Region(region) => {
            let config = &mut providers.all[provider.0 as usize];
            if !matches!(config.region, Some(Setting::Known(_))) {
                config.region = Some(Setting::Known(region.clone()));
            }
        }
    }
}

/// The provider configurations, as far as anybody uses them.
struct Providers<'c> {
    config: &'c Config,
    all: Vec<ProviderConfig>,
    by_key: BTreeMap<EcoString, ProviderId>,
    /// For instances that no configuration tells of: by the text that names their provider.
    by_name: BTreeMap<u32, ProviderId>,
    /// By the text that names the configuration in a block, once it was asked for.
    by_block: foldhash::HashMap<EcoString, Option<ProviderId>>,
}

impl<'c> Providers<'c> {
    fn new(config: &'c Config, variables: &BTreeMap<EcoString, EcoString>) -> Providers<'c> {
        let mut providers = Providers {
            config,
            all: Vec::new(),
            by_key: BTreeMap::new(),
            by_name: BTreeMap::new(),
            by_block: foldhash::HashMap::default(),
        };
        for (key, provider) in &config.providers {
            let known = Known { variables, config, root: provider.module.is_none() };
            let id = providers.add(providers::provider(key, provider, &known));
            providers.by_key.insert(key.clone(), id);
        }
        providers
    }

    fn add(&mut self, provider: ProviderConfig) -> ProviderId {
        self.all.push(provider);
        ProviderId(self.all.len() as u32 - 1)
    }

    fn of(&mut self, i: u32, resolver: &mut Resolver<'_>) -> ProviderId {
        let block: Option<&Block> = resolver.config_block(i);
        if let Some(id) = block.and_then(|b| self.of_block(&b.provider)) {
            return id;
        }
        let draft = &resolver.store.drafts.get(i);
        if let Some(id) = self.by_name.get(&draft.provider) {
            return *id;
        }
        let text = resolver.store.texts[draft.provider as usize].clone();
        let id = self.named(&text, resolver.store.block_of(draft).name.ty.as_str());
        self.by_name.insert(draft.provider, id);
        id
    }

    fn of_block(&mut self, key: &EcoString) -> Option<ProviderId> {
        if let Some(known) = self.by_block.get(key) {
            return *known;
        }
        let found = self.by_config_key(key);
        self.by_block.insert(key.clone(), found);
        found
    }

    /// The configuration of a block, or the one that its module inherits.
    fn by_config_key(&self, key: &str) -> Option<ProviderId> {
        if let Some(id) = self.by_key.get(key) {
            return Some(*id);
        }
        let (mut module, local) = key.rsplit_once(':')?;
        loop {
            module = module.rsplit_once('.').map_or("", |(outer, _)| outer);
            let module = module.trim_end_matches("module").trim_end_matches('.');
            let key = if module.is_empty() { local.to_string() } else { format!("{module}:{local}") };
            if let Some(id) = self.by_key.get(key.as_str()) {
                return Some(*id);
            }
            if module.is_empty() {
                return None;
            }
        }
    }

    /// The configuration that `registry.terraform.io/hashicorp/aws` or `provider["…"].alias` of a state stands for.
    fn named(&mut self, text: &str, ty: &str) -> ProviderId {
        let (module, rest) = match text.find("provider[\"") {
            Some(0) | None => (None, text),
            Some(at) => (Some(text[..at].trim_end_matches('.').to_string()), &text[at..]),
        };
        let (source, alias) = match rest.strip_prefix("provider[\"").and_then(|r| r.split_once("\"]")) {
            Some((source, alias)) => (source, alias.strip_prefix('.')),
            None => (rest, None),
        };
        let name = match providers::short_name(source) {
            "" => ty.split('_').next().unwrap_or(ty),
            name => name,
        };
        // What the configuration no longer mentions was made by the plain provider, as far as a plan tells.
        if module.is_none() {
            let key = alias.map_or_else(|| name.to_string(), |a| format!("{name}.{a}"));
            if let Some(id) = self.by_key.get(key.as_str()) {
                return *id;
            }
            let mut of_type = self.config.providers.iter().filter(|(_, p)| p.name == name);
            if alias.is_none()
                && let (Some((key, _)), None) = (of_type.next(), of_type.next())
            {
                return self.by_key[key];
            }
        }
        self.add(providers::plain(name, alias.map(EcoString::from), module))
    }

    /// Fills in Regions and accounts that only the instances tell, where all agree.
    fn settle(&mut self, ids: &Ids, store: &Store) {
        let regions = self.agreed(ids, store.drafts.regions());
        let accounts = self.agreed(ids, store.drafts.accounts());
        for (provider, (region, account)) in self.all.iter_mut().zip(regions.into_iter().zip(accounts)) {
            if let Some(region) = region.filter(|_| !matches!(provider.region, Some(Setting::Known(_)))) {
                provider.region = Some(Setting::Known(store.texts[region as usize].clone()));
                provider.region_origin = Some("its instances".into());
            }
            if let Some(account) = account.filter(|_| !matches!(provider.account, Account::Id(_))) {
                provider.account = Account::Id(store.texts[account as usize].clone());
            }
        }
    }

    /// Returns, for each configuration, the one text that all its instances tell.
    fn agreed(&self, ids: &Ids, texts: impl Iterator<Item = u32>) -> Vec<Option<u32>> {
        let mut found: Vec<Option<u32>> = vec![None; self.all.len()];
        let mut differ = vec![false; self.all.len()];
        for (i, text) in (0..).zip(texts) {
            let at = ids.of(i).0 as usize;
            match (found[at], text) {
                (_, NONE) => {}
                (None, text) => found[at] = Some(text),
                (Some(before), text) => differ[at] |= before != text,
            }
        }
        found.into_iter().zip(differ).map(|(text, differ)| text.filter(|_| !differ)).collect()
    }
}

/// The tags that an instance has of its own.
pub(super) fn own_tags(i: u32, ask: &Ask, resolver: &mut Resolver<'_>) -> Option<Arc<Tags>> {
    let draft = &resolver.store.drafts.get(i);
    if draft.tags != NONE {
        return Some(Arc::new(resolver.store.tags.get(draft.tags)));
    }
    if !draft.flags.tags_unknown {
        return None;
    }
    let name = ask.tags_attribute().unwrap_or_default();
    let is_set = resolver.config_block(i).is_none_or(|b| b.attributes.contains_key(name));
    let address = resolver.store.address(draft);
    let cause = || Cause::new(CauseKind::Attribute, format!("{address}.{name}"), None);
    Some(Arc::new(Tags { entries: Vec::new(), open: is_set.then(cause) }))
}

fn instance(i: u32, provider: ProviderId, what: What, resolver: &mut Resolver<'_>) -> Instance {
    let ask = resolver.store.ask_at(i).clone();
    let (readings, scopes) = match what.counts {
        true => (readings(i, &ask, resolver), scopes(i, &ask, resolver)),
        false => (Vec::new(), Vec::new()),
    };
    let own_tags = if what.tags { own_tags(i, &ask, resolver) } else { None };
    let store = &mut *resolver.store;
    let draft = &store.drafts.get(i);
    let address = store.address(draft);
    let tags = |at: u32| (what.tags && at != NONE).then(|| Arc::new(store.tags.get(at)));
    // Terraform does not know its keys yet: any number of them, and none is known to be there.
    let count = |n: u8| match n {
        1.. if address.is_group() => Count::at_least(0),
        n => Count::exactly(u64::from(n)),
    };
    let (before, after) = (count(draft.before), count(draft.after));
    let (before, after, why) = if draft.flags.uncertain {
        let why = Cause::new(CauseKind::Unstated, "an action that is not known", None);
        (before.or_none(), after.or_none(), Some(why))
    } else if draft.flags.deferred {
        let why = Cause::new(CauseKind::Unstated, "a change is put off to a later plan", None);
        (before, before.or(after), Some(why))
    } else {
        (before, after, None)
    };
    let extra = (draft.extra != NONE).then(|| &store.extras[draft.extra as usize]);
    Instance {
        provider,
        region: region(draft, store),
        change: Some(draft.change),
        previous: extra.and_then(|e| e.previous.clone()),
        before,
        after,
        why: why.or_else(|| extra.and_then(|e| e.why.clone())),
        tags: own_tags,
        tags_all: tags(draft.tags_all),
        tags_before: tags(draft.tags_before),
        ignored_tags: IgnoredTags::None,
        origin: None,
        repeat: None,
        tags_span: None,
        readings: readings.into(),
        scopes: scopes.into(),
        parent: (draft.flags.parent && what.counts).then(|| match draft.parent {
            ParentId::UNUSED => ParentId::UNUSED,
            id => store.parents.resolve(id),
        }),
        address,
    }
}

fn scopes(i: u32, ask: &Ask, resolver: &mut Resolver<'_>) -> Vec<(EcoString, ScopeRef)> {
    if resolver.store.drafts.scope_count(i) == 0 {
        return Vec::new();
    }
    let after = resolver.store.drafts.get(i).after > 0;
    let mut found = Vec::with_capacity(ask.scopes.len());
    // A text scope such as a zone is no resource.
    let is_resource = |kind: &str| kind.is_empty() || kind.contains('_');
    for (at, scope) in ask.scopes.iter().enumerate().filter(|(_, s)| s.shown && is_resource(s.kind)) {
        let all = resolver.scopes(i, at, after);
        let all = all.into_iter().filter(|s| *s != ScopeRef::Nothing);
        found.extend(all.map(|s| (EcoString::from(scope.name), s)));
    }
    found
}

/// What an instance adds to each measure, one reading for each scope. Amounts are those of one instance while it exists.
fn readings(i: u32, ask: &Ask, resolver: &mut Resolver<'_>) -> Vec<Reading> {
    let draft = &resolver.store.drafts.get(i);
    // A data source uses nothing.
    if resolver.store.block_of(draft).name.mode != Mode::Managed {
        return Vec::new();
    }
    let (exists_before, exists_after) = (draft.before > 0, draft.after > 0);
    let mut next = resolver.store.drafts.readings(i).into_iter();
    let mut readings = Vec::with_capacity(ask.measures.len());
    for measure in &ask.measures {
        let (before, after) = if measure.plain {
            (Wide::exactly(1), Wide::exactly(1))
        } else {
            let found = next.next().expect("bug: a reading for each measure that is not plain");
            let of = |small: Small| {
                let mut wide = resolver.store.amount(small);
                if std::mem::take(&mut wide.own) {
                    let address = resolver.store.address(draft).to_string();
                    wide.why = Some(Cause::new(CauseKind::Attribute, address, None));
                }
                wide
            };
            let (before, after) = (of(found.before), of(found.after));
            (settled(i, before, ask, resolver), settled(i, after, ask, resolver))
        };
        let own = matches!(measure.scope, MeasureScope::Own | MeasureScope::OwnChildren);
        let first = readings.len();
        for (exists, wide, is_after) in [(exists_before, before, false), (exists_after, after, true)] {
            let wide = if exists && !wide.count.is_zero() {
                resolver.judged(i, wide, &measure.conditions, is_after)
            } else {
                wide
            };
            if !exists || wide.count.is_zero() && !own {
                continue;
            }
            for scope in places(i, measure, is_after, resolver) {
                let at = match readings[first..].iter().position(|r: &Reading| r.scope == scope) {
                    Some(at) => first + at,
                    None => {
                        readings.push(Reading {
                            measure: u32::from(measure.measure.id.0),
                            scope,
                            before: Count::ZERO,
                            after: Count::ZERO,
                            why: None,
                            texts: Box::default(),
                        });
                        readings.len() - 1
                    }
                };
                let reading = &mut readings[at];
                if is_after {
                    reading.after = wide.count;
                } else {
                    reading.before = wide.count;
                }
                // What it is after apply counts for more.
                reading.why.clone_from(&wide.why);
                if !(reading.texts.is_empty() && wide.texts.is_empty()) {
                    reading.texts.clone_from(&wide.texts);
                }
            }
        }
    }
    readings
}

/// An amount, once it is known which attributes the configuration sets: what nobody sets counts as not set, as in the source.
fn settled(i: u32, mut wide: Wide, ask: &Ask, resolver: &mut Resolver<'_>) -> Wide {
    let Some(unset) = wide.unset.take() else { return wide };
    let hidden = ask.attributes.iter().enumerate().filter(|(at, _)| unset.attributes & bit(*at) != 0);
    let mut hidden = hidden.map(|(_, name)| *name);
    let set = match resolver.config_block(i) {
        Some(block) if !hidden.clone().any(|name| block.attributes.contains_key(name)) => Some(false),
        Some(block) if hidden.all(|name| block.attributes.contains_key(name)) => Some(true),
        // Without a configuration what is shown is what is set, unless it may show what others have made.
        None if !unset.mirrored => Some(true),
        Some(_) | None => None,
    };
    match set {
        Some(true) => {}
        Some(false) => {
            wide.count = unset.count;
            wide.why = None;
        }
        None => {
            wide.count = wide.count.or(unset.count);
            wide.why
                .get_or_insert_with(|| Cause::new(CauseKind::Unstated, "what the provider fills in", None));
        }
    }
    wide
}

/// Where a measure counts an instance; several for each parent that a list names.
fn places(i: u32, measure: &MeasureAsk, after: bool, resolver: &mut Resolver<'_>) -> Vec<ScopeRef> {
    let one = match &measure.scope {
        MeasureScope::Account => ScopeRef::Account,
        MeasureScope::Own => ScopeRef::Own,
        MeasureScope::OwnChildren => ScopeRef::Parent(resolver.parent(i)),
        MeasureScope::Named { scope, .. } if matches!(measure.measure.amount, Amount::Each(_)) => {
            return resolver.scopes(i, *scope, after);
        }
        MeasureScope::Named { scope, unset, steps } => {
            let from = resolver.scope(i, *scope, after, *unset);
            resolver.through(from, steps, after)
        }
        MeasureScope::Together(parts) => {
            let parts = parts.iter().map(|(scope, unset)| resolver.scope(i, *scope, after, *unset)).collect();
            resolver.together(parts)
        }
    };
    if one == ScopeRef::Nothing { Vec::new() } else { vec![one] }
}
