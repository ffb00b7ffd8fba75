//! What to ask AWS about: the quotas and parents that an input uses, by account and Region.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

use super::place::{AccountKey, PlaceId, RegionKey, home_region};
use super::projector::Projector;
use crate::catalog::{Kind, QuotaId, ScopeKind};

/// What an input uses in one account and Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    pub partition: EcoString,
    pub account: WantedAccount,
    /// None: the surroundings decide, or all that is wanted belongs to the account.
    pub region: Option<EcoString>,
    /// Quotas with a code, which alone Service Quotas knows.
    pub quotas: BTreeSet<QuotaId>,
    /// Parents that exist, as resource type and id or ARN.
    pub parents: BTreeSet<(EcoString, EcoString)>,
}

/// The account that is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WantedAccount {
    Id(EcoString),
    /// The settings' name of it.
    Named(EcoString),
    /// What these arguments of a provider configuration lead to.
    Chosen(BTreeMap<EcoString, EcoString>),
    /// Nobody can say: why.
    Unknown(EcoString),
}

impl Projector {
    /// Returns what to ask AWS for, given all inputs that were added.
    pub fn wants(&self) -> Vec<Want> {
        let mut wants: BTreeMap<(WantedAccount, Option<EcoString>, EcoString), Want> = BTreeMap::new();
        for (quota, place) in self.uses() {
            let quota = quota.get();
            let Some(want) = self.want(&mut wants, place) else { continue };
            if !quota.code.is_empty() && quota.kind != Kind::Rate {
                want.quotas.insert(quota.id);
            }
            if let ScopeKind::Each(kind) = quota.scope {
                want.parents.extend(self.existing.iter().filter(|(k, _)| k == kind).cloned());
            }
        }
        wants.into_values().filter(|w| !w.quotas.is_empty()).collect()
    }

    fn want<'a>(
        &self,
        wants: &'a mut BTreeMap<(WantedAccount, Option<EcoString>, EcoString), Want>,
        place: PlaceId,
    ) -> Option<&'a mut Want> {
        let place = self.place(place);
        let account = match &place.account {
            AccountKey::Id(id) => WantedAccount::Id(id.clone()),
            AccountKey::Named(name) => WantedAccount::Named(name.clone()),
            AccountKey::Chosen(_, arguments) => WantedAccount::Chosen(arguments.clone()),
            AccountKey::Unknown(_, _, cause) => WantedAccount::Unknown(cause.name().into()),
        };
        let region = match &place.region {
            // Global quotas are answered in one Region of the partition.
            RegionKey::All => Some(EcoString::from(home_region(&place.partition))),
            RegionKey::Known(region) => Some(region.clone()),
            RegionKey::Surroundings => None,
            // It cannot be asked for; the Regions it may be are wanted by themselves.
            RegionKey::Unknown(_) => return None,
        };
        let key = (account.clone(), region.clone(), place.partition.clone());
        Some(wants.entry(key).or_insert_with(|| Want {
            partition: place.partition.clone(),
            account,
            region,
            quotas: BTreeSet::new(),
            parents: BTreeSet::new(),
        }))
    }
}
