//! Inventories made by hand, for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;

use super::{
    Account, Basis, Change, IgnoreTags, IgnoredTags, Instance, Inventory, ProviderConfig, ProviderId,
    Reading, ScopeRef, Setting, TagValue, Tags,
};
use crate::address::Address;
use crate::value::{Cause, CauseKind, Count};

/// A provider configuration of `aws` in us-east-1, with nothing else set.
pub fn provider() -> ProviderConfig {
    ProviderConfig {
        name: "aws".into(),
        alias: None,
        module: None,
        region: Some(Setting::Known("us-east-1".into())),
        region_origin: None,
        account: Account::default(),
        default_tags: Arc::new(Tags::default()),
        default_tags_span: None,
        ignore_tags: IgnoreTags::default(),
        span: None,
    }
}

/// An account that a profile chooses.
pub fn profile(name: &str) -> Account {
    Account::Chosen(BTreeMap::from([("profile".into(), name.into())]))
}

/// A variable without a value.
pub fn variable(name: &str) -> Cause {
    Cause::new(CauseKind::Variable, format!("var.{name}"), None)
}

/// Tags with known values, sorted.
pub fn tags(entries: &[(&str, &str)]) -> Tags {
    tag_values(entries.iter().map(|(k, v)| (*k, TagValue::Known((*v).into()))))
}

/// Tags with any values, sorted.
pub fn tag_values<'a>(entries: impl IntoIterator<Item = (&'a str, TagValue)>) -> Tags {
    let entries: BTreeMap<EcoString, TagValue> = entries.into_iter().map(|(k, v)| (k.into(), v)).collect();
    Tags { entries: entries.into_iter().collect(), open: None }
}

/// An inventory with one provider configuration.
pub fn inventory() -> Inventory {
    Inventory { providers: vec![provider()], ..Inventory::default() }
}

/// An inventory read from a plan.
pub fn plan() -> Inventory {
    Inventory { basis: Basis::State, ..inventory() }
}

/// An instance that exists after apply.
pub fn instance(address: &str) -> Instance {
    Instance {
        address: Address::parse(address).expect("bug: a test with a broken address"),
        provider: ProviderId(0),
        region: None,
        change: None,
        previous: None,
        before: Count::ZERO,
        after: Count::exactly(1),
        why: None,
        tags: None,
        tags_all: None,
        tags_before: None,
        ignored_tags: IgnoredTags::None,
        origin: None,
        repeat: None,
        tags_span: None,
        readings: Box::default(),
        scopes: Box::default(),
        parent: None,
    }
}

impl Instance {
    pub fn changed(mut self, change: Change) -> Instance {
        (self.before, self.after) = match change {
            Change::Create => (0, 1),
            Change::Import => (0, 1),
            Change::Destroy | Change::Forget => (1, 0),
            Change::Update | Change::Replace | Change::ReplaceCreateFirst | Change::Keep | Change::Read => {
                (1, 1)
            }
        }
        .map_counts();
        self.change = Some(change);
        for reading in &mut self.readings {
            let amount = reading.before.max(reading.after);
            reading.before = if self.before.is_zero() { Count::ZERO } else { amount };
            reading.after = if self.after.is_zero() { Count::ZERO } else { amount };
        }
        self
    }

    pub fn through(mut self, provider: u32) -> Instance {
        self.provider = ProviderId(provider);
        self
    }

    pub fn tagged(mut self, tags: Tags) -> Instance {
        self.tags = Some(Arc::new(tags));
        self
    }

    pub fn reads(mut self, measure: u32, scope: ScopeRef, amount: Count) -> Instance {
        let before = if self.before.is_zero() { Count::ZERO } else { amount };
        let after = if self.after.is_zero() { Count::ZERO } else { amount };
        let reading = Reading { measure, scope, before, after, why: None, texts: Box::default() };
        self.readings = self.readings.iter().cloned().chain([reading]).collect();
        self
    }
}

trait MapCounts {
    fn map_counts(self) -> (Count, Count);
}

impl MapCounts for (u64, u64) {
    fn map_counts(self) -> (Count, Count) {
        (Count::exactly(self.0), Count::exactly(self.1))
    }
}

impl Inventory {
    /// Adds an instance that is a parent to others.
    pub fn add_parent(&mut self, mut instance: Instance) -> ScopeRef {
        let id = self.parents.of_instance(&instance.address, instance.before, instance.after);
        instance.parent = Some(id);
        self.instances.push(instance);
        ScopeRef::Parent(id)
    }

    pub fn add(&mut self, instance: Instance) {
        self.instances.push(instance);
    }
}
