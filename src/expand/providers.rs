//! Which provider configuration an instance has, and what it says about Region, account and tags.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ecow::EcoString;

use super::{FrameId, Root};
use crate::address::ModuleInstance;
use crate::inventory::{Account, IgnoreTags, ProviderConfig, ProviderId, Setting, Tags};
use crate::module::{Content, ProviderName};
use crate::source::Span;
use crate::value::{Cause, Value};

/// Provider configurations as instances name them, each read once.
#[derive(Debug, Default)]
pub(crate) struct Providers {
    by_place: HashMap<(FrameId, ProviderName), ProviderId>,
    by_block: HashMap<(FrameId, Option<u32>, EcoString), ProviderId>,
    pub all: Vec<ProviderConfig>,
}

/// Arguments that choose credentials, and so an account.
const CREDENTIALS: &[&str] = &[
    "profile",
    "access_key",
    "shared_config_files",
    "shared_credentials_files",
    "shared_credentials_file",
    "allowed_account_ids",
];

impl Root<'_> {
    /// Follows the names of provider configurations outwards to the block that configures them.
    pub(super) fn provider_block(&self, frame: FrameId, name: &ProviderName) -> (FrameId, Option<u32>) {
        let (mut frame, mut name) = (frame, name.clone());
        loop {
            let f = self.frame(frame);
            if let Some(i) = f.module.providers.iter().position(|p| p.name == name) {
                return (frame, Some(i as u32));
            }
            let Some((parent, call, _)) = f.parent else { return (frame, None) };
            let caller = &self.frame(parent).module.calls[call as usize];
            match caller.providers.iter().find(|(inner, _)| *inner == name) {
                Some((_, outer)) => name = outer.clone(),
                // What is not passed by name is inherited, but only the configuration without an alias.
                None if name.alias.is_some() => return (frame, None),
                None => {}
            }
            frame = parent;
        }
    }

    /// Evaluates the provider blocks of the root module that something uses, as Terraform does: data sources answer
    /// from them.
    pub(crate) fn demand_providers(&mut self) {
        let module = self.frame(FrameId(0)).module.clone();
        for i in 0..module.providers.len() {
            if self.uses_provider(&module.providers[i].name) {
                self.demand(FrameId(0), module.provider_slot(i));
            }
        }
    }

    /// True if a resource may belong to this provider of the root module, or a call passes it on.
    fn uses_provider(&self, name: &ProviderName) -> bool {
        !self.tree.missing.is_empty()
            || self.tree.nodes.iter().enumerate().any(|(i, node)| {
                let module = &node.module;
                let passed = module.calls.iter().any(|c| c.providers.iter().any(|(_, outer)| outer == name));
                let inherits = i == 0 || name.alias.is_none();
                passed || inherits && module.resources.iter().any(|r| r.provider == *name)
            })
    }

    /// Returns the provider configuration of a resource block, read if it is new.
    pub(crate) fn provider_of(
        &mut self,
        providers: &mut Providers,
        frame: FrameId,
        name: &ProviderName,
    ) -> ProviderId {
        let place = (frame, name.clone());
        if let Some(id) = providers.by_place.get(&place) {
            return *id;
        }
        let (owner, block) = self.provider_block(frame, name);
        let local = match block {
            Some(i) => self.frame(owner).module.providers[i as usize].name.name.clone(),
            None => name.name.clone(),
        };
        let key = (if block.is_some() { owner } else { FrameId(0) }, block, local.clone());
        let id = match providers.by_block.get(&key) {
            Some(id) => *id,
            None => {
                let config = match block {
                    Some(i) => self.configured(owner, i),
                    None => self.implied(&local),
                };
                let id = ProviderId(providers.all.len() as u32);
                providers.all.push(config);
                providers.by_block.insert(key, id);
                id
            }
        };
        providers.by_place.insert(place, id);
        id
    }

    /// The type of the provider behind a local name: `aws` for `hashicorp/aws`.
    fn provider_type(&self, frame: FrameId, local: &EcoString) -> EcoString {
        let required = &self.frame(frame).module.required_providers;
        match required.iter().find(|p| p.name == *local).map(|p| &p.source) {
            Some(source) => source.rsplit('/').next().unwrap_or(source).into(),
            None => local.clone(),
        }
    }

    /// The configuration of a provider that no block configures: the surroundings decide.
    fn implied(&self, local: &EcoString) -> ProviderConfig {
        let name = self.provider_type(FrameId(0), local);
        let (region, region_origin) = self.region_of_environment(&name);
        ProviderConfig {
            name,
            alias: None,
            module: None,
            region,
            region_origin,
            account: Account::default(),
            default_tags: Arc::new(self.tags_of_environment(Tags::default())),
            default_tags_span: None,
            ignore_tags: IgnoreTags::default(),
            span: None,
        }
    }

    fn region_of_environment(&self, name: &str) -> (Option<Setting>, Option<String>) {
        if name != "aws" && name != "awscc" {
            return (None, None);
        }
        for key in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            if let Some(value) = self.options.env.get(key).filter(|v| !v.is_empty()) {
                return (Some(Setting::Known(value.as_str().into())), Some(key.to_string()));
            }
        }
        (None, None)
    }

    /// Adds what `TF_AWS_DEFAULT_TAGS_<KEY>` says, which the provider block overrules.
    fn tags_of_environment(&self, mut tags: Tags) -> Tags {
        for (key, value) in &self.options.env {
            let Some(key) = key.strip_prefix("TF_AWS_DEFAULT_TAGS_") else { continue };
            if tags.get(key).is_none() {
                tags.entries.push((key.into(), crate::inventory::TagValue::Known(value.as_str().into())));
            }
        }
        tags.entries.sort_by(|a, b| a.0.cmp(&b.0));
        tags
    }

    fn configured(&mut self, frame: FrameId, index: u32) -> ProviderConfig {
        let module = self.frame(frame).module.clone();
        let slot = module.provider_slot(index as usize);
        self.demand(frame, slot);
        let block = &module.providers[index as usize];
        let value = self.slot(frame, slot).at(0).clone();
        let get = |name: &str| value.as_fields().and_then(|f| f.get(name)).filter(|v| !v.is_null()).cloned();
        let name = self.provider_type(frame, &block.name.name);
        let (region, region_origin) = match get("region") {
            Some(v) => (Some(setting(&v)), None),
            None => self.region_of_environment(&name),
        };
        let default_tags = first_block(get("default_tags").as_ref(), "tags")
            .map_or_else(Tags::default, |t| Tags::from_value(&t));
        let default_tags_span = nested_span(&module, &block.items, "default_tags", "tags");
        let ignore = |name: &str| {
            let list = first_block(get("ignore_tags").as_ref(), name);
            let texts = list.as_ref().and_then(Value::as_seq).unwrap_or_default();
            texts.iter().filter_map(|v| v.as_str().cloned()).collect()
        };
        ProviderConfig {
            name,
            alias: block.name.alias.clone(),
            module: self.frame(frame).path.as_ref().map(|p: &Arc<ModuleInstance>| p.to_string()),
            region,
            region_origin,
            account: account(&get),
            default_tags: Arc::new(self.tags_of_environment(default_tags)),
            default_tags_span,
            ignore_tags: IgnoreTags { keys: ignore("keys"), prefixes: ignore("key_prefixes") },
            span: Some(block.span),
        }
    }
}

/// Returns a value from a provider configuration or a `region` argument.
pub(super) fn setting(value: &Value) -> Setting {
    match value.as_str() {
        Some(s) => Setting::Known(s.clone()),
        None => Setting::Unknown(value.cause().unwrap_or_else(Cause::unstated)),
    }
}

/// Returns an argument of the first of some nested blocks.
fn first_block(blocks: Option<&Value>, name: &str) -> Option<Value> {
    let blocks = blocks?;
    let first = match blocks.bare() {
        Value::Tuple(_) | Value::List(_) | Value::Set(_) => blocks.as_seq()?.first()?,
        _ => blocks,
    };
    match first.bare() {
        Value::Unknown(_) => Some(first.clone()),
        _ => first.as_fields()?.get(name).cloned(),
    }
}

fn nested_span(
    module: &crate::module::Module,
    items: &[crate::module::BodyItem],
    block: &str,
    name: &str,
) -> Option<Span> {
    let item = items.iter().find(|i| i.name == block)?;
    match &item.content {
        Content::Attr(at) => Some(module.span(*at)),
        Content::Blocks(blocks) => {
            let inner = blocks.first()?.items.iter().find(|i| i.name == name)?;
            Some(inner.span)
        }
    }
}

/// Returns the account that credentials lead to, as far as they say.
pub(super) fn account(get: &dyn Fn(&str) -> Option<Value>) -> Account {
    let allowed = get("allowed_account_ids");
    if let Some([only]) = allowed.as_ref().and_then(Value::as_seq)
        && let Some(id) = only.as_str()
    {
        return Account::Id(id.clone());
    }
    let role = first_block(get("assume_role").as_ref(), "role_arn")
        .or_else(|| first_block(get("assume_role_with_web_identity").as_ref(), "role_arn"));
    let mut chosen = BTreeMap::new();
    if let Some(role) = role.filter(|r| !r.is_null()) {
        match role.as_str() {
            Some(arn) => {
                let number =
                    arn.split(':').nth(4).filter(|a| a.len() == 12 && a.bytes().all(|b| b.is_ascii_digit()));
                if let Some(number) = number {
                    return Account::Id(number.into());
                }
                chosen.insert(EcoString::from("role_arn"), arn.clone());
            }
            None => return Account::Unknown(role.cause().unwrap_or_else(Cause::unstated)),
        }
    }
    for name in CREDENTIALS {
        let Some(value) = get(name) else { continue };
        if let Some(why) = value.cause() {
            return Account::Unknown(why);
        }
        // Keys are told apart without being kept.
        let text = crate::value::to_json(&value).to_string();
        let kept = if *name == "access_key" { format!("{:016x}", fnv(&text)) } else { text };
        chosen.insert((*name).into(), kept.into());
    }
    Account::Chosen(chosen)
}

/// A short fingerprint of a text that must not be shown.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}
