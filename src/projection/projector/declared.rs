//! Adds declared use to the totals of one input.

use super::super::demand::Demanded;
use super::{Adding, Key, Projector, Way};
use crate::catalog::{Quota, ScopeKind};
use crate::inventory::{Home, Inventory, ParentId, ProviderId, ScopeRef, Setting};
use crate::projection::holder::{Found, HolderId, Known};
use crate::projection::place::{PlaceId, Placing, is_aws};
use crate::projection::total::{PartTotal, Step};
use crate::value::{Cause, CauseKind, Count};

impl Projector {
    /// Adds what the settings declare of this input's use.
    pub(super) fn declare(
        &mut self,
        adding: &mut Adding,
        inventory: &Inventory,
        known: Known<'_>,
        declared: &[Demanded],
    ) {
        let Adding { input, placing, holding, .. } = adding;
        let input = *input;
        for demanded in declared {
            let own = self.place_of_demand(inventory, demanded, placing);
            let Some(kind) = parent_type(demanded.quota) else {
                let place = self.level(demanded.quota, "", own);
                self.declare_in(input, inventory, demanded, place, None, true);
                continue;
            };
            let place = self.level(demanded.quota, &kind, own);
            let parents = parents(inventory, &kind, demanded);
            let holders: Vec<HolderId> = {
                let places = &mut self.places;
                let mut place_of = |home: &Home| placing.place(places, home.provider, home.region.as_ref());
                let mut found = Vec::new();
                for parent in &parents {
                    let scope = ScopeRef::Parent(*parent);
                    if let Found::In(holder) =
                        holding.find(&mut self.holders, known, &scope, &kind, place, &mut place_of)
                    {
                        found.push(holder);
                    }
                }
                found.sort_unstable();
                found.dedup();
                found
            };
            match holders.as_slice() {
                // Nothing here is such a parent: it is counted by itself.
                [] => self.declare_in(input, inventory, demanded, place, None, true),
                [one] => self.declare_in(input, inventory, demanded, place, Some(*one), true),
                several => {
                    for holder in several {
                        self.declare_in(input, inventory, demanded, place, Some(*holder), false);
                    }
                }
            }
        }
    }

    fn place_of_demand(
        &mut self,
        inventory: &Inventory,
        demanded: &Demanded,
        placing: &mut Placing,
    ) -> PlaceId {
        let region = demanded.region.clone().map(Setting::Known);
        let ids = || {
            let aws = inventory.providers.iter().enumerate().filter(|(_, p)| is_aws(p));
            aws.map(|(i, p)| (ProviderId(i as u32), p))
        };
        let main = ids().find(|(_, p)| p.alias.is_none()).or_else(|| ids().next());
        let main = main.map_or(ProviderId(u32::MAX), |(id, _)| id);
        if let Some(account) = &demanded.account {
            for (id, _) in ids() {
                let place = placing.place(&mut self.places, id, region.as_ref());
                if self.places.get(place).is(Some(account), None, &self.options.accounts) {
                    return place;
                }
            }
        }
        placing.place(&mut self.places, main, region.as_ref())
    }

    fn declare_in(
        &mut self,
        input: usize,
        inventory: &Inventory,
        demanded: &Demanded,
        place: PlaceId,
        holder: Option<HolderId>,
        certain: bool,
    ) {
        let place = holder.map_or(place, |h| self.holders.place(h, place));
        let key = Key { quota: demanded.quota.id, part: "", aggregate: Way::Sum, place, holder };
        let part = self.names.declared(input, &demanded.label);
        let amount = if certain { demanded.amount } else { demanded.amount.or_none() };
        let total = self.totals.full(key, inventory.basis);
        let step = Step { before: Count::ZERO, after: amount, change: None };
        total.add(step, crate::catalog::Aggregate::Sum);
        total.basis = total.basis.min(inventory.basis);
        for cause in &demanded.because {
            total.because(cause.clone());
        }
        if !certain {
            let text = format!("which parent {} is made of", demanded.label);
            total.because(Cause::new(CauseKind::Unstated, text, demanded.span));
        }
        let kept = total.parts.entry((part, None), || PartTotal {
            instances: 0,
            before: Count::ZERO,
            after: Count::ZERO,
            span: demanded.span,
            repeat: None,
        });
        kept.instances += 1;
        kept.after += amount;
    }
}

/// Returns the resource type in which a quota's demand is counted. None: in the account or Region.
fn parent_type(quota: &Quota) -> Option<String> {
    let ScopeKind::Each(kind) = quota.scope else { return None };
    // What is measured of a queue may be a limit of the instance that all its queues share.
    if quota.service == "connect" && quota.name.ends_with("per instance") {
        return Some("aws_connect_instance".to_owned());
    }
    // What nothing measures is named by words: `connect-instance`.
    Some(if kind.starts_with("aws") { kind.to_owned() } else { format!("aws_{}", kind.replace('-', "_")) })
}

/// Returns the parents that a demand may be made of: the one it names, the only one, the tenant's own, else all.
fn parents(inventory: &Inventory, kind: &str, demanded: &Demanded) -> Vec<ParentId> {
    let fits = |id: &ParentId| {
        let own = inventory.parents.kind(*id);
        own == kind || own.is_empty()
    };
    if let Some(text) = &demanded.scope {
        return inventory.parents.find("", text).into_iter().filter(fits).collect();
    }
    // What names the part of a key is no parent, though it may be named as one.
    let all: Vec<ParentId> = inventory.parents.of_kinds(|own| own == kind).collect();
    if let Some(tenant) = &demanded.tenant {
        let key = format!("[\"{tenant}\"]");
        let own: Vec<ParentId> =
            all.iter().copied().filter(|id| inventory.parents.name(*id).to_string().contains(&key)).collect();
        if !own.is_empty() {
            return own;
        }
    }
    all
}
