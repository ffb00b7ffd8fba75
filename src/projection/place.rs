//! Accounts and Regions: which ones are the same, and which may be.

use std::collections::{BTreeMap, HashMap};

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use super::observed::{Choice, TakenAccount};
use crate::inventory::{Account, Inventory, ProviderConfig, ProviderId, Setting, StatedAccount};
use crate::value::{Cause, CauseKind};
use crate::words::glob;

/// What the caller knows of an input besides what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// What the user calls it.
    pub name: String,
    /// The folder of the root module, as the settings' `paths` see it; or the file of the plan.
    pub path: String,
    /// The account that the settings' `target` names.
    pub account: Option<EcoString>,
}

/// Number of a [`Place`] in [`Places`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PlaceId(pub u32);

/// An account, or one Region of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub partition: EcoString,
    pub account: AccountKey,
    pub region: RegionKey,
}

/// What tells one account from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AccountKey {
    Id(EcoString),
    /// The settings name it, and nobody told its number.
    Named(EcoString),
    /// Known by the arguments that choose its credentials, within one input.
    Chosen(usize, BTreeMap<EcoString, EcoString>),
    /// Something unknown chooses it; equal only to itself.
    Unknown(usize, ProviderId, Cause),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RegionKey {
    /// The account as a whole: the scope of a global quota.
    All,
    Known(EcoString),
    /// The configuration does not say: the same one wherever the account is the same.
    Surroundings,
    Unknown(Cause),
}

impl Place {
    /// True if both may be the same account and Region, though nobody says that they are.
    pub fn may_be(&self, other: &Place) -> bool {
        self != other
            && self.partition == other.partition
            && self.account.may_be(&other.account)
            && self.region.may_be(&other.region)
    }

    /// True if it is the account of that number or name, and the Region; one that is not named matches all.
    pub fn is(&self, account: Option<&str>, region: Option<&str>, accounts: &[StatedAccount]) -> bool {
        self.is_account(account, accounts) && self.is_region(region)
    }

    fn is_account(&self, account: Option<&str>, accounts: &[StatedAccount]) -> bool {
        let Some(account) = account else { return true };
        let number = accounts.iter().find(|a| a.name == account).and_then(|a| a.id.as_deref());
        match &self.account {
            AccountKey::Id(id) => id == account || number == Some(id.as_str()),
            AccountKey::Named(name) => name == account,
            AccountKey::Chosen(..) | AccountKey::Unknown(..) => false,
        }
    }

    /// A global quota has the Region in which it is answered.
    fn is_region(&self, region: Option<&str>) -> bool {
        match (&self.region, region) {
            (RegionKey::All, _) | (_, None) => true,
            (RegionKey::Known(r), Some(region)) => r == region,
            (RegionKey::Surroundings | RegionKey::Unknown(_), Some(_)) => false,
        }
    }

    /// The number or name of the account, or what chooses it.
    pub fn account_text(&self) -> Option<EcoString> {
        match &self.account {
            AccountKey::Id(text) | AccountKey::Named(text) => Some(text.clone()),
            AccountKey::Chosen(_, arguments) if arguments.is_empty() => None,
            AccountKey::Chosen(_, arguments) => {
                let shown: Vec<String> = arguments
                    .iter()
                    .map(|(name, value)| {
                        // Keys and tokens choose an account as well, and are nobody's business.
                        let secret = ["access_key", "secret", "token", "password"];
                        if secret.iter().any(|s| name.contains(s)) {
                            format!("{name} set")
                        } else {
                            format!("{name} {value}")
                        }
                    })
                    .collect();
                Some(shown.join(", ").into())
            }
            AccountKey::Unknown(_, _, cause) => Some(format!("chosen by {}", cause.name()).into()),
        }
    }

    pub fn region_text(&self) -> Option<EcoString> {
        match &self.region {
            RegionKey::Known(text) => Some(text.clone()),
            RegionKey::Unknown(cause) => Some(format!("chosen by {}", cause.name()).into()),
            RegionKey::All | RegionKey::Surroundings => None,
        }
    }

    /// Why it may be another place as well.
    pub fn doubt(&self) -> Cause {
        match (&self.account, &self.region) {
            (_, RegionKey::Unknown(cause)) | (AccountKey::Unknown(_, _, cause), _) => cause.clone(),
            _ => Cause::new(
                CauseKind::Unstated,
                format!("which account {} is", self.account_text().unwrap_or("the default one".into())),
                None,
            ),
        }
    }
}

impl AccountKey {
    fn may_be(&self, other: &AccountKey) -> bool {
        match (self, other) {
            (AccountKey::Id(a), AccountKey::Id(b)) | (AccountKey::Named(a), AccountKey::Named(b)) => a == b,
            // Over several inputs, sums are made only where accounts are known to be equal.
            _ => match (self.input(), other.input()) {
                (Some(a), Some(b)) => a == b,
                _ => true,
            },
        }
    }

    /// The input within which alone the key means something.
    pub fn input(&self) -> Option<usize> {
        match self {
            AccountKey::Id(_) | AccountKey::Named(_) => None,
            AccountKey::Chosen(input, _) | AccountKey::Unknown(input, ..) => Some(*input),
        }
    }
}

impl RegionKey {
    fn may_be(&self, other: &RegionKey) -> bool {
        match (self, other) {
            (RegionKey::All, RegionKey::All) => true,
            (RegionKey::All, _) | (_, RegionKey::All) => false,
            (RegionKey::Known(a), RegionKey::Known(b)) => a == b,
            _ => true,
        }
    }
}

/// All places of a run, each once.
#[derive(Debug, Default)]
pub(super) struct Places {
    all: Vec<Place>,
    by_place: BTreeMap<Place, PlaceId>,
    /// The inputs that have something in a place.
    inputs: Vec<Vec<usize>>,
    /// The account that a place is in, once it was asked for.
    whole: Vec<Option<PlaceId>>,
}

impl Places {
    pub fn get(&self, id: PlaceId) -> &Place {
        &self.all[id.0 as usize]
    }

    fn add(&mut self, place: Place, input: usize) -> PlaceId {
        let id = *self.by_place.entry(place.clone()).or_insert_with(|| {
            self.all.push(place);
            self.inputs.push(Vec::new());
            self.whole.push(None);
            PlaceId(u32::try_from(self.all.len() - 1).expect("bug: more than 4 billion places"))
        });
        let inputs = &mut self.inputs[id.0 as usize];
        if !inputs.contains(&input) {
            inputs.push(input);
        }
        id
    }

    /// Returns the account as a whole.
    pub fn account_of(&mut self, id: PlaceId) -> PlaceId {
        if let Some(whole) = self.whole[id.0 as usize] {
            let known = &self.inputs[whole.0 as usize];
            if self.inputs[id.0 as usize].iter().all(|i| known.contains(i)) {
                return whole;
            }
        }
        let inputs = self.inputs[id.0 as usize].clone();
        let place = Place { region: RegionKey::All, ..self.get(id).clone() };
        let mut found = id;
        for input in inputs {
            found = self.add(place.clone(), input);
        }
        self.whole[id.0 as usize] = Some(found);
        found
    }

    /// Returns the account as a whole, if anything is counted in it.
    pub fn account(&self, id: PlaceId) -> Option<PlaceId> {
        self.whole[id.0 as usize].or_else(|| {
            let whole = Place { region: RegionKey::All, ..self.get(id).clone() };
            self.by_place.get(&whole).copied()
        })
    }

    /// True if two places of one input may be the same.
    pub fn may_be(&self, a: PlaceId, b: PlaceId) -> bool {
        let shared = |i: &usize| self.inputs[b.0 as usize].contains(i);
        self.inputs[a.0 as usize].iter().any(shared) && self.get(a).may_be(self.get(b))
    }
}

/// Finds the places of one input's instances.
#[derive(Debug)]
pub(super) struct Placing {
    input: usize,
    pub providers: Vec<ProviderConfig>,
    accounts: Vec<StatedAccount>,
    /// What AWS told of accounts.
    taken: Vec<TakenAccount>,
    /// The settings' account of this input.
    stated: Option<StatedAccount>,
    /// The choice of credentials that the settings' account stands for.
    choice: Option<Account>,
    found: HashMap<(ProviderId, Option<EcoString>), PlaceId>,
}

impl Placing {
    pub fn new(
        input: usize,
        inventory: &Inventory,
        root: &Root,
        accounts: &[StatedAccount],
        taken: &[TakenAccount],
    ) -> Placing {
        let stated = accounts.iter().find(|a| match &root.account {
            Some(name) => a.name == *name,
            None => a.paths.iter().any(|p| glob(p, &root.path, Some('/'))),
        });
        Placing {
            input,
            providers: inventory.providers.clone(),
            accounts: accounts.to_vec(),
            taken: taken.to_vec(),
            stated: stated.cloned(),
            choice: main_choice(&inventory.providers),
            found: HashMap::new(),
        }
    }

    /// Returns where an instance of that provider configuration and `region` argument is.
    pub fn place(&mut self, places: &mut Places, provider: ProviderId, region: Option<&Setting>) -> PlaceId {
        let cached = match region {
            None => Some((provider, None)),
            Some(Setting::Known(r)) => Some((provider, Some(r.clone()))),
            Some(Setting::Unknown(_)) => None,
        };
        if let Some(key) = &cached
            && let Some(id) = self.found.get(key)
        {
            return *id;
        }
        let place = self.make(provider, region);
        let id = places.add(place, self.input);
        if let Some(key) = cached {
            self.found.insert(key, id);
        }
        id
    }

    fn make(&self, provider: ProviderId, region: Option<&Setting>) -> Place {
        let Some(config) = self.providers.get(provider.0 as usize) else {
            // A reader that names no provider leaves the surroundings to decide.
            let surroundings = AccountKey::Chosen(self.input, BTreeMap::new());
            let (account, taken) = self.settle(surroundings);
            let known = taken.and_then(|t| t.region.clone());
            return Place {
                partition: known.as_deref().map_or("aws", partition_of_region).into(),
                account,
                region: known.map_or(RegionKey::Surroundings, RegionKey::Known),
            };
        };
        let (account, stated) = self.account(provider, config);
        let (account, taken) = self.settle(account);
        let region = match region.or(config.region.as_ref()) {
            Some(Setting::Known(r)) => RegionKey::Known(r.clone()),
            Some(Setting::Unknown(cause)) => RegionKey::Unknown(cause.clone()),
            None => {
                match stated.and_then(|a| a.region.clone()).or_else(|| taken.and_then(|t| t.region.clone())) {
                    Some(r) => RegionKey::Known(r),
                    None => RegionKey::Surroundings,
                }
            }
        };
        let partition = match &region {
            RegionKey::Known(r) => partition_of_region(r).into(),
            _ => partition_of_arns(config, stated),
        };
        Place { partition, account, region }
    }

    /// Returns the account as AWS told it, with what else it told.
    fn settle(&self, key: AccountKey) -> (AccountKey, Option<&TakenAccount>) {
        let by = |choice: &Choice| self.taken.iter().find(|t| t.choice == *choice);
        let found = match &key {
            AccountKey::Named(name) => by(&Choice::Named(name.clone())),
            AccountKey::Chosen(_, arguments) => by(&Choice::Arguments(arguments.clone())).or_else(|| {
                let main = self.choice.as_ref().is_none_or(|c| *c == Account::Chosen(arguments.clone()));
                by(&Choice::Main).filter(|_| main)
            }),
            AccountKey::Id(number) => by(&Choice::Main).filter(|t| t.account == *number),
            AccountKey::Unknown(..) => None,
        };
        match (key, found) {
            (AccountKey::Named(_) | AccountKey::Chosen(..), Some(taken)) => {
                (AccountKey::Id(taken.account.clone()), found)
            }
            (key, found) => (key, found),
        }
    }

    fn account(&self, id: ProviderId, config: &ProviderConfig) -> (AccountKey, Option<&StatedAccount>) {
        let named = |a: &StatedAccount| match &a.id {
            Some(number) => AccountKey::Id(number.clone()),
            None => AccountKey::Named(a.name.clone()),
        };
        match &config.account {
            Account::Id(number) => {
                let stated = self.accounts.iter().find(|a| a.id.as_ref() == Some(number));
                (AccountKey::Id(number.clone()), stated)
            }
            chosen if self.choice.as_ref() == Some(chosen) && self.stated.is_some() => {
                (self.stated.as_ref().map(named).expect("bug: asked for above"), self.stated.as_ref())
            }
            Account::Chosen(arguments) => {
                let by_role = self
                    .accounts
                    .iter()
                    .find(|a| a.role_arn.as_ref().is_some_and(|r| arguments.values().any(|v| v == r)));
                match by_role {
                    Some(a) => (named(a), Some(a)),
                    None => (AccountKey::Chosen(self.input, arguments.clone()), None),
                }
            }
            Account::Unknown(cause) => (AccountKey::Unknown(self.input, id, cause.clone()), None),
        }
    }
}

/// Returns the choice of credentials that an input's account in the settings speaks of: the only one there is, or the
/// surroundings' one.
fn main_choice(providers: &[ProviderConfig]) -> Option<Account> {
    let aws = || providers.iter().filter(|p| is_aws(p)).map(|p| &p.account);
    let first = aws().next()?;
    if aws().all(|a| a == first) && !matches!(first, Account::Id(_)) {
        return Some(first.clone());
    }
    Some(Account::default())
}

pub(super) fn is_aws(provider: &ProviderConfig) -> bool {
    provider.name == "aws" || provider.name == "awscc"
}

/// Returns the partition of a Region, by the beginning of its name.
///
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
pub fn partition_of_region(region: &str) -> &'static str {
    const BEGINNINGS: [(&str, &str); 7] = [
        ("us-gov-", "aws-us-gov"),
        ("cn-", "aws-cn"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    BEGINNINGS.iter().find(|(b, _)| region.starts_with(b)).map_or("aws", |(_, p)| p)
}

/// Returns the Region in which a partition answers for quotas of whole accounts.
///
/// <https://docs.aws.amazon.com/servicequotas/latest/userguide/intro.html>
pub(super) fn home_region(partition: &str) -> &'static str {
    match partition {
        "aws-us-gov" => "us-gov-west-1",
        "aws-cn" => "cn-northwest-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-iso-e" => "eu-isoe-west-1",
        "aws-iso-f" => "us-isof-south-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => "us-east-1",
    }
}

/// Returns the partition that the ARNs of roles tell; without any, the commercial one, which limits are known for.
fn partition_of_arns(config: &ProviderConfig, stated: Option<&StatedAccount>) -> EcoString {
    let chosen = match &config.account {
        Account::Chosen(arguments) => arguments.values().cloned().collect(),
        Account::Id(_) | Account::Unknown(_) => Vec::new(),
    };
    chosen
        .iter()
        .chain(stated.and_then(|a| a.role_arn.as_ref()))
        .find_map(|text| {
            text.strip_prefix("arn:").and_then(|rest| rest.split(':').next()).map(EcoString::from)
        })
        .unwrap_or_else(|| "aws".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::inventory::{IgnoreTags, Tags};

    fn provider(account: Account, region: Option<&str>) -> ProviderConfig {
        ProviderConfig {
            name: "aws".into(),
            alias: None,
            module: None,
            region: region.map(|r| Setting::Known(r.into())),
            region_origin: None,
            account,
            default_tags: Arc::new(Tags::default()),
            default_tags_span: None,
            ignore_tags: IgnoreTags::default(),
            span: None,
        }
    }

    fn chosen(profile: &str) -> Account {
        Account::Chosen([("profile".into(), profile.into())].into())
    }

    /// Places of the providers in one input.
    fn places(providers: Vec<ProviderConfig>, root: &Root, accounts: &[StatedAccount]) -> Vec<Place> {
        let inventory = Inventory { providers, ..Inventory::default() };
        let mut places = Places::default();
        let mut placing = Placing::new(0, &inventory, root, accounts, &[]);
        (0..inventory.providers.len())
            .map(|i| {
                let id = placing.place(&mut places, ProviderId(i as u32), None);
                places.get(id).clone()
            })
            .collect()
    }

    #[test]
    fn equal_choices_are_one_account_and_unequal_ones_may_be() {
        let found = places(
            vec![
                provider(chosen("a"), Some("us-east-1")),
                provider(chosen("a"), Some("us-east-1")),
                provider(chosen("b"), Some("us-east-1")),
                provider(chosen("b"), Some("us-west-2")),
            ],
            &Root::default(),
            &[],
        );
        assert_eq!(found[0], found[1]);
        assert!(found[0].may_be(&found[2]));
        assert!(!found[0].may_be(&found[3]));
    }

    #[test]
    fn two_numbers_are_two_accounts() {
        let found = places(
            vec![
                provider(Account::Id("1".into()), Some("us-east-1")),
                provider(Account::Id("2".into()), Some("us-east-1")),
                provider(Account::default(), Some("us-east-1")),
            ],
            &Root::default(),
            &[],
        );
        assert!(!found[0].may_be(&found[1]));
        assert!(found[0].may_be(&found[2]));
    }

    #[test]
    fn the_settings_name_the_account_of_a_folder() {
        let prod = StatedAccount {
            name: "prod".into(),
            id: Some("123456789012".into()),
            region: Some("us-gov-west-1".into()),
            paths: vec!["envs/prod/**".into()],
            ..StatedAccount::default()
        };
        let root = Root { path: "envs/prod/connect".into(), ..Root::default() };
        let found = places(vec![provider(Account::default(), None)], &root, std::slice::from_ref(&prod));
        assert_eq!(found[0].account, AccountKey::Id("123456789012".into()));
        assert_eq!(found[0].region_text().as_deref(), Some("us-gov-west-1"));
        assert_eq!(found[0].partition, "aws-us-gov");

        let other = Root { path: "envs/dev".into(), ..Root::default() };
        let found = places(vec![provider(Account::default(), None)], &other, &[prod]);
        assert_eq!(found[0].account_text(), None);
    }

    #[test]
    fn an_unknown_region_may_be_any_region_of_the_account() {
        let cause = Cause::new(CauseKind::Variable, "var.region", None);
        let mut unknown = provider(Account::Id("1".into()), None);
        unknown.region = Some(Setting::Unknown(cause));
        let found = places(
            vec![unknown, provider(Account::Id("1".into()), Some("us-east-1"))],
            &Root::default(),
            &[],
        );
        assert!(found[0].may_be(&found[1]));
        assert_eq!(found[0].doubt().name(), "var.region");
    }

    #[test]
    fn secret_arguments_are_named_but_not_shown() {
        let account = Account::Chosen([("access_key".into(), "AKIA123".into())].into());
        let found = places(vec![provider(account, None)], &Root::default(), &[]);
        assert_eq!(found[0].account_text().as_deref(), Some("access_key set"));
    }

    #[test]
    fn the_partition_follows_from_the_region_or_from_a_role() {
        for (region, partition) in [
            ("us-east-1", "aws"),
            ("us-gov-west-1", "aws-us-gov"),
            ("cn-north-1", "aws-cn"),
            ("us-isob-east-1", "aws-iso-b"),
        ] {
            assert_eq!(partition_of_region(region), partition);
        }
        let role = Account::Chosen([("assume_role".into(), "arn:aws-us-gov:iam::1:role/x".into())].into());
        assert_eq!(places(vec![provider(role, None)], &Root::default(), &[])[0].partition, "aws-us-gov");
    }
}
