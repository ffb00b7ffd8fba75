//! Whether a rule's conditions hold, and what is known of an instance besides its tags.

use ecow::{EcoString, eco_format};

use super::effective::Effective;
use super::faults::Judged;
use super::judge::Block;
use super::schema::{Fact, TagRule};
use crate::address::Key;
use crate::inventory::{Account, Instance, Setting, TagValue};
use crate::value::{Cause, CauseKind};
use crate::words::glob;

/// Whether a rule's conditions hold.
pub(super) enum Asked {
    Yes,
    No,
    Maybe(Cause),
}

pub(super) fn is_asked(
    rule: &TagRule,
    judged: &Judged<'_>,
    block: &Block<'_>,
    tags: &Effective<'_>,
) -> Asked {
    let mut answer = Asked::Yes;
    if !rule.accounts.is_empty() {
        match in_account(rule, judged, block) {
            Asked::No => return Asked::No,
            Asked::Yes => {}
            maybe @ Asked::Maybe(_) => answer = maybe,
        }
    }
    if !rule.tenants.is_empty() {
        match known(Fact::Tenant, judged) {
            Known::Is(tenant) if rule.tenants.iter().any(|p| glob(p, &tenant, None)) => {}
            Known::Is(_) | Known::Nothing => return Asked::No,
            Known::Open(cause) => answer = Asked::Maybe(cause),
        }
    }
    for (key, values) in &rule.when {
        match tags.get(key).map(|t| t.value) {
            Some(TagValue::Known(v) | TagValue::Sensitive(v)) => {
                if !values.iter().any(|p| glob(p, v, None)) {
                    return Asked::No;
                }
            }
            Some(TagValue::Unknown(cause)) => answer = Asked::Maybe(cause.clone()),
            Some(TagValue::Null) | None => match &tags.open {
                Some(cause) => answer = Asked::Maybe(cause.clone()),
                None => return Asked::No,
            },
        }
    }
    answer
}

/// Whether a resource is in one of a rule's accounts.
fn in_account(rule: &TagRule, judged: &Judged<'_>, block: &Block<'_>) -> Asked {
    let named = |name: &EcoString| judged.schema.accounts.iter().find(|a| a.name == *name);
    let by_path = rule
        .accounts
        .iter()
        .filter_map(named)
        .any(|a| a.paths.iter().any(|p| glob(p, &block.path, Some('/'))));
    if by_path {
        return Asked::Yes;
    }
    match judged.provider.map(|p| &p.account) {
        Some(Account::Id(id)) => {
            let is = |name: &EcoString| name == id || named(name).is_some_and(|a| a.id.as_ref() == Some(id));
            if rule.accounts.iter().any(is) { Asked::Yes } else { Asked::No }
        }
        Some(Account::Unknown(cause)) => Asked::Maybe(cause.clone()),
        Some(Account::Chosen(_)) | None => {
            let span = judged.provider.and_then(|p| p.span);
            Asked::Maybe(Cause::new(CauseKind::Unstated, "which account the provider leads to", span))
        }
    }
}

/// What is known of a fact.
pub(super) enum Known {
    Is(EcoString),
    /// There is none: a resource that all tenants share.
    Nothing,
    Open(Cause),
}

pub(super) fn known(fact: Fact, judged: &Judged<'_>) -> Known {
    let instance = judged.instance;
    match fact {
        Fact::Tenant => tenant_of(judged),
        Fact::Key => match keys(instance).last() {
            None => Known::Nothing,
            Some(Key::Name(name)) => Known::Is(name.clone()),
            Some(Key::Index(n)) => Known::Is(eco_format!("{n}")),
            Some(Key::Unknown | Key::None) => Known::Open(unknown_key(instance)),
        },
        Fact::Account => match judged.provider.map(|p| &p.account) {
            Some(Account::Id(id)) => Known::Is(id.clone()),
            Some(Account::Unknown(cause)) => Known::Open(cause.clone()),
            Some(Account::Chosen(_)) | None => {
                Known::Open(Cause::new(CauseKind::Unstated, "which account the provider leads to", None))
            }
        },
        Fact::Region => match instance.region.as_ref().or(judged.provider.and_then(|p| p.region.as_ref())) {
            Some(Setting::Known(region)) => Known::Is(region.clone()),
            Some(Setting::Unknown(cause)) => Known::Open(cause.clone()),
            None => Known::Open(Cause::new(CauseKind::Unstated, "which Region the provider has", None)),
        },
    }
}

/// The keys of an address, from the root inwards.
fn keys(instance: &Instance) -> Vec<Key> {
    let mut found = vec![instance.address.key.clone()];
    let mut module = instance.address.module.as_ref();
    while let Some(m) = module {
        found.push(m.key.clone());
        module = m.parent.as_ref();
    }
    found.retain(|k| *k != Key::None);
    found.reverse();
    found
}

fn unknown_key(instance: &Instance) -> Cause {
    instance.why.clone().unwrap_or_else(|| {
        Cause::new(CauseKind::Unstated, "which instances there are", instance.repeat.or(instance.origin))
    })
}

/// Finds the tenant among the keys of an address: `agency-va` in `["agency-va"]` and in `["agency-va/general"]`.
pub(super) fn tenant_of(judged: &Judged<'_>) -> Known {
    let Some(variable) = &judged.schema.tenants else { return Known::Nothing };
    let keys = keys(judged.instance);
    if keys.contains(&Key::Unknown) {
        return Known::Open(unknown_key(judged.instance));
    }
    let Some(tenants) = judged.inventory.map_keys.get(variable) else {
        let span = judged.instance.origin;
        return Known::Open(Cause::new(CauseKind::Variable, format!("var.{variable}"), span));
    };
    let begins = |key: &str, tenant: &str| {
        key.strip_prefix(tenant).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    let of_key = |key: &Key| match key {
        Key::Name(key) => tenants.iter().filter(|t| begins(key, t)).max_by_key(|t| t.len()),
        Key::Index(_) | Key::None | Key::Unknown => None,
    };
    match keys.iter().find_map(of_key) {
        Some(tenant) => Known::Is(tenant.clone()),
        None => Known::Nothing,
    }
}
