//! From drafts to the instances of an inventory, when everything is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;

use super::ask::{Ask, MeasureAsk, MeasureScope};
use super::config::{Block, Config};
use super::providers::{self, Known};
use super::resolve::Resolver;
use super::store::{Draft, NONE, Store, Told, Wide};
use crate::address::Mode;
use crate::catalog::Amount;
use crate::inventory::{
    IgnoredTags, Instance, Inventory, ObservedLimit, ProviderConfig, ProviderId, Reading, RequestedLimit,
    ScopeRef, Setting, Tags,
};
use crate::value::{Cause, CauseKind, Count};

/// Makes instances of the drafts and hands them on, in the order of the input.
pub fn finish(
    mut store: Store,
    config: &Config,
    variables: &BTreeMap<EcoString, EcoString>,
    inventory: &mut Inventory,
    sink: &mut dyn FnMut(Instance),
) {
    store.drop_listed();
    store.finish_reading();
    store.parents.settle();
    let mut providers = Providers::new(config, variables);
    let observed = std::mem::take(&mut store.observed);
    let drafts = store.drafts.len() as u32;
    let mut resolver = Resolver::new(&mut store, config);
    let mut ids = Vec::with_capacity(drafts as usize);
    for i in 0..drafts {
        ids.push(providers.of(i, &mut resolver));
    }
    for told in &observed {
        observe(told.draft, &told.what, ids[told.draft as usize], &mut providers, resolver.store, inventory);
    }
    providers.settle(&ids, resolver.store);
    for i in 0..drafts {
        let instance = instance(i, ids[i as usize], &mut resolver);
        sink(instance);
    }
    inventory.providers = providers.all;
    inventory.parents = std::mem::take(&mut store.parents);
}

fn observe(
    i: u32,
    what: &Told,
    provider: ProviderId,
    providers: &mut Providers<'_>,
    store: &Store,
    inventory: &mut Inventory,
) {
    let address = store.address(&store.drafts[i as usize]);
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
            if !matches!(config.account, crate::inventory::Account::Id(_)) {
                config.account = crate::inventory::Account::Id(id.clone());
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
}

impl<'c> Providers<'c> {
    fn new(config: &'c Config, variables: &BTreeMap<EcoString, EcoString>) -> Providers<'c> {
        let mut providers =
            Providers { config, all: Vec::new(), by_key: BTreeMap::new(), by_name: BTreeMap::new() };
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
        if let Some(id) = block.and_then(|b| self.by_config_key(&b.provider)) {
            return id;
        }
        let draft = &resolver.store.drafts[i as usize];
        if let Some(id) = self.by_name.get(&draft.provider) {
            return *id;
        }
        let text = resolver.store.texts[draft.provider as usize].clone();
        let id = self.named(&text, resolver.store.block_of(draft).name.ty.as_str());
        self.by_name.insert(draft.provider, id);
        id
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

    /// Fills in Regions that only the instances tell.
    fn settle(&mut self, ids: &[ProviderId], store: &Store) {
        let mut regions: Vec<Option<u32>> = vec![None; self.all.len()];
        let mut differ = vec![false; self.all.len()];
        for (draft, id) in store.drafts.iter().zip(ids).filter(|(d, _)| d.region != NONE) {
            match &mut regions[id.0 as usize] {
                Some(region) => differ[id.0 as usize] |= *region != draft.region,
                empty => *empty = Some(draft.region),
            }
        }
        for (provider, (region, differ)) in self.all.iter_mut().zip(regions.into_iter().zip(differ)) {
            if let Some(region) = region.filter(|_| !differ)
                && !matches!(provider.region, Some(Setting::Known(_)))
            {
                provider.region = Some(Setting::Known(store.texts[region as usize].clone()));
                provider.region_origin = Some("its instances".into());
            }
        }
    }
}

fn instance(i: u32, provider: ProviderId, resolver: &mut Resolver<'_>) -> Instance {
    let ask = resolver.store.ask_of(&resolver.store.drafts[i as usize]).clone();
    let readings = readings(i, &ask, resolver);
    let scopes = scopes(i, &ask, resolver);
    let sets_tags = resolver.config_block(i).is_none_or(|b| b.attributes.contains_key("tags"));
    let store = &mut *resolver.store;
    let draft = &store.drafts[i as usize];
    let address = store.address(draft);
    let tags = |at: u32| (at != NONE).then(|| store.tags[at as usize].clone());
    let mut own_tags = tags(draft.tags);
    if own_tags.is_none() && draft.flags.tags_unknown && sets_tags {
        let cause = Cause::new(CauseKind::Attribute, format!("{address}.tags"), None);
        own_tags = Some(Arc::new(Tags { entries: Vec::new(), open: Some(cause) }));
    }
    let count = |n: u8| Count::exactly(u64::from(n));
    let (before, after, why) = if draft.flags.uncertain {
        let why = Cause::new(CauseKind::Unstated, "an action that is not known", None);
        (count(draft.before).or_none(), count(draft.after).or_none(), Some(why))
    } else {
        (count(draft.before), count(draft.after), None)
    };
    let extra = (draft.extra != NONE).then(|| &store.extras[draft.extra as usize]);
    Instance {
        provider,
        region: (draft.region != NONE).then(|| Setting::Known(store.texts[draft.region as usize].clone())),
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
        parent: draft.flags.parent.then(|| store.parents.resolve(draft.parent)),
        address,
    }
}

fn scopes(i: u32, ask: &Ask, resolver: &mut Resolver<'_>) -> Vec<(EcoString, ScopeRef)> {
    let draft = &resolver.store.drafts[i as usize];
    if draft.scopes == NONE {
        return Vec::new();
    }
    let after = draft.after > 0;
    let named = ask.scopes.iter().enumerate().filter(|(_, s)| s.kind.is_empty() || s.kind.contains('_'));
    named
        .flat_map(|(at, scope)| {
            let all = resolver.scopes(i, at, after);
            all.into_iter().map(|found| (EcoString::from(scope.name), found)).collect::<Vec<_>>()
        })
        .filter(|(_, found)| *found != ScopeRef::Nothing)
        .collect()
}

fn readings(i: u32, ask: &Ask, resolver: &mut Resolver<'_>) -> Vec<Reading> {
    let mut readings = Vec::with_capacity(ask.measures.len());
    let mut next = resolver.store.drafts[i as usize].readings;
    for measure in &ask.measures {
        let (before, after) = if measure.plain {
            (Wide::exactly(1), Wide::exactly(1))
        } else {
            let found = resolver.store.readings[next as usize];
            next += 1;
            (
                settled(i, resolver.store.amount(found.before), ask, resolver),
                settled(i, resolver.store.amount(found.after), ask, resolver),
            )
        };
        let draft = &resolver.store.drafts[i as usize];
        // A data source uses nothing.
        if resolver.store.block_of(draft).name.mode != Mode::Managed {
            continue;
        }
        let amount = |wide: &Wide, n: u8, draft: &Draft| {
            let count = Count::exactly(u64::from(n)).times(wide.count);
            if draft.flags.uncertain { count.or_none() } else { count }
        };
        let (b, a) = (amount(&before, draft.before, draft), amount(&after, draft.after, draft));
        let ends = [(b, before, false), (a, after, true)];
        let mut parts: Vec<Reading> = Vec::new();
        for (count, wide, is_after) in ends {
            let exists = if is_after {
                resolver.store.drafts[i as usize].after
            } else {
                resolver.store.drafts[i as usize].before
            };
            if exists == 0 {
                continue;
            }
            for scope in places(i, measure, is_after, resolver) {
                let found = parts.iter_mut().find(|p| p.scope == scope);
                let part = match found {
                    Some(part) => part,
                    None => {
                        parts.push(Reading {
                            measure: u32::from(measure.measure.id.0),
                            scope,
                            before: Count::ZERO,
                            after: Count::ZERO,
                            why: None,
                            texts: Box::default(),
                        });
                        parts.last_mut().expect("bug: it was just pushed")
                    }
                };
                if is_after {
                    part.after += count;
                    part.why = wide.why.clone();
                    part.texts = wide.texts.clone();
                } else {
                    part.before += count;
                    if part.texts.is_empty() {
                        part.texts = wide.texts.clone();
                    }
                }
            }
        }
        readings.extend(parts);
    }
    readings
}

/// An amount, once it is known which attributes the configuration sets: what nobody sets counts as not set, as in the source.
fn settled(i: u32, mut wide: Wide, ask: &Ask, resolver: &mut Resolver<'_>) -> Wide {
    let Some((hidden, unset)) = wide.unset.take() else { return wide };
    let Some(block) = resolver.config_block(i) else { return wide };
    let set = ask.attributes.iter().enumerate().any(|(at, name)| {
        1u64.checked_shl(at as u32).is_some_and(|bit| hidden & bit != 0)
            && block.attributes.contains_key(*name)
    });
    if !set {
        wide.count = unset;
        wide.why = None;
    }
    wide
}

/// Where a measure counts an instance; several for each parent that a list names.
fn places(i: u32, measure: &MeasureAsk, after: bool, resolver: &mut Resolver<'_>) -> Vec<ScopeRef> {
    let one = match &measure.scope {
        MeasureScope::Account => ScopeRef::Account,
        MeasureScope::Own => ScopeRef::Parent(resolver.parent(i)),
        MeasureScope::Named { scope, .. } if matches!(measure.measure.amount, Amount::Each(_)) => {
            return resolver.scopes(i, *scope, after);
        }
        MeasureScope::Named { scope, unset, steps } => {
            let from = resolver.scope(i, *scope, after, *unset);
            resolver.through(from, steps, after)
        }
        MeasureScope::Together(parts) => {
            let parts = parts.iter().map(|(scope, unset)| resolver.scope(i, *scope, after, *unset)).collect();
            resolver.together(measure.measure.scope_type, parts)
        }
    };
    if one == ScopeRef::Nothing { Vec::new() } else { vec![one] }
}
