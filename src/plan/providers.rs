//! Provider configurations of a plan: account, Region and default tags.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;

use super::config::{Config, Provider, Ref, To, references};
use super::json::{Cursor, Inside, Raw, Read};
use super::values::constant;
use crate::inventory::{Account, IgnoreTags, ProviderConfig, Setting, TagValue, Tags};
use crate::value::{Cause, CauseKind, Value};

/// The arguments of a provider block that matter.
#[derive(Debug, Default)]
pub struct Arguments {
    region: Arg,
    allowed_account_ids: Arg,
    /// `tags` in `default_tags`.
    default_tags: Arg,
    ignore_keys: Arg,
    ignore_prefixes: Arg,
    /// Those that choose the account's credentials, by name.
    credentials: BTreeMap<&'static str, Arg>,
}

/// An argument.
#[derive(Debug, Default)]
enum Arg {
    #[default]
    Unset,
    Constant(Value),
    /// Not constant; what it refers to.
    References(Box<[Ref]>),
}

/// Arguments that choose an account's credentials. The first ones name a role in a block.
const CREDENTIALS: [&str; 7] = [
    "assume_role",
    "assume_role_with_web_identity",
    "profile",
    "access_key",
    "shared_config_files",
    "shared_credentials_files",
    "shared_credentials_file",
];

impl Arguments {
    /// Reads `expressions` of a provider configuration.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn read(c: &mut Cursor<'_>) -> Read<Arguments> {
        let mut found = Arguments::default();
        c.object(|c, key| {
            match key.as_ref() {
                "region" => found.region = Arg::read(c).key("region")?,
                "allowed_account_ids" => {
                    found.allowed_account_ids = Arg::read(c).key("allowed_account_ids")?;
                }
                "default_tags" => {
                    first_block(c, |c, key| match key {
                        "tags" => Arg::read(c).key("tags").map(|arg| found.default_tags = arg),
                        _ => c.skip(),
                    })
                    .key("default_tags")?;
                }
                "ignore_tags" => {
                    first_block(c, |c, key| match key {
                        "keys" => Arg::read(c).key("keys").map(|arg| found.ignore_keys = arg),
                        "key_prefixes" => {
                            Arg::read(c).key("key_prefixes").map(|arg| found.ignore_prefixes = arg)
                        }
                        _ => c.skip(),
                    })
                    .key("ignore_tags")?;
                }
                other => match CREDENTIALS.iter().copied().find(|name| *name == other) {
                    Some(name) if name.starts_with("assume_role") => {
                        first_block(c, |c, key| match key {
                            "role_arn" => {
                                let arg = Arg::read(c).key("role_arn")?;
                                found.credentials.insert(name, arg);
                                Ok(())
                            }
                            _ => c.skip(),
                        })
                        .key(name)?;
                    }
                    Some(name) => {
                        let arg = Arg::read(c).key(name)?;
                        found.credentials.insert(name, arg);
                    }
                    None => c.skip()?,
                },
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// Reads the first of some nested blocks.
fn first_block<'a>(c: &mut Cursor<'a>, mut field: impl FnMut(&mut Cursor<'a>, &str) -> Read<()>) -> Read<()> {
    if c.peek() == b'{' {
        return c.object(|c, key| field(c, &key));
    }
    c.array(|c, i| match i {
        0 => c.object(|c, key| field(c, &key)),
        _ => c.skip(),
    })
}

impl Arg {
    fn read(c: &mut Cursor<'_>) -> Read<Arg> {
        let mut found = Arg::References(Box::new([]));
        c.object(|c, key| {
            match key.as_ref() {
                "constant_value" => {
                    let raw: Raw<'_> = c.raw()?;
                    found = Arg::Constant(constant(raw).key("constant_value")?);
                }
                "references" => found = Arg::References(references(c).key("references")?.into()),
                _ => c.skip()?,
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Returns the value, from a variable too if the argument refers to nothing else and the value is of the right form.
    fn value(&self, known: &Known<'_>, form: fn(&str) -> bool) -> Option<EcoString> {
        match self {
            Arg::Unset => None,
            Arg::Constant(value) => value.as_str().cloned(),
            Arg::References(refs) => known.lone(refs).filter(|text| form(text)),
        }
    }

    fn cause(&self) -> Cause {
        match self {
            Arg::References(refs) => match refs.first() {
                Some(first) => first.cause(),
                None => Cause::unstated(),
            },
            Arg::Unset | Arg::Constant(_) => Cause::unstated(),
        }
    }
}

/// Values of root variables that expressions of root providers may be.
pub struct Known<'a> {
    pub variables: &'a BTreeMap<EcoString, EcoString>,
    pub config: &'a Config,
    /// The provider is configured in the root module, where `var` means these variables.
    pub root: bool,
}

impl Known<'_> {
    /// Returns the value of the only variable referred to.
    ///
    /// A plan does not tell `var.x` from `"${var.x}-1"`: whoever asks checks whether the value is whole.
    fn lone(&self, refs: &[Ref]) -> Option<EcoString> {
        let [Ref { to: To::Variable(name), path }] = refs else { return None };
        if !self.root || !path.is_empty() || self.config.sensitive.contains(name) {
            return None;
        }
        self.variables.get(name).cloned()
    }
}

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts.as_slice(), [first, .., number]
        if parts.len() >= 3 && first.len() == 2 && number.len() == 1 && number.as_bytes()[0].is_ascii_digit()
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
}

/// Returns the account of an ARN.
pub fn account_of(arn: &str) -> Option<&str> {
    part_of_arn(arn, 3).filter(|a| is_account(a))
}

/// Returns the Region of an ARN.
pub fn region_of(arn: &str) -> Option<&str> {
    part_of_arn(arn, 2).filter(|r| is_region(r))
}

/// Returns what stands between two colons of an ARN: parts are too short for a search of their ends.
fn part_of_arn(arn: &str, number: usize) -> Option<&str> {
    let rest = arn.strip_prefix("arn:")?;
    let mut colons = rest.bytes().enumerate().filter(|(_, byte)| *byte == b':').map(|(at, _)| at);
    let from = match number {
        0 => 0,
        n => colons.nth(n - 1)? + 1,
    };
    Some(&rest[from..colons.next().unwrap_or(rest.len())])
}

pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_role_arn(text: &str) -> bool {
    account_of(text).is_some() && text.contains(":role/")
}

fn never(_: &str) -> bool {
    false
}

/// Makes the inventory's provider configuration.
pub fn provider(key: &str, p: &Provider, known: &Known<'_>) -> ProviderConfig {
    let arguments = &p.arguments;
    let region = match &arguments.region {
        Arg::Unset => None,
        arg => Some(match arg.value(known, is_region) {
            Some(text) => Setting::Known(text),
            None => Setting::Unknown(arg.cause()),
        }),
    };
    ProviderConfig {
        name: p.name.clone(),
        alias: p.alias.clone(),
        module: p.module.as_ref().map(ToString::to_string),
        region,
        region_origin: None,
        account: account(key, arguments, known),
        default_tags: Arc::new(default_tags(&arguments.default_tags)),
        default_tags_span: None,
        ignore_tags: IgnoreTags {
            keys: texts(&arguments.ignore_keys),
            prefixes: texts(&arguments.ignore_prefixes),
        },
        span: None,
    }
}

fn account(key: &str, arguments: &Arguments, known: &Known<'_>) -> Account {
    if let Arg::Constant(ids) = &arguments.allowed_account_ids
        && let Some([one]) = ids.as_seq()
        && let Some(id) = one.as_str().filter(|id| is_account(id))
    {
        return Account::Id(id.clone());
    }
    for name in ["assume_role", "assume_role_with_web_identity"] {
        let arn = arguments.credentials.get(name).and_then(|arg| arg.value(known, is_role_arn));
        if let Some(id) = arn.as_deref().and_then(account_of) {
            return Account::Id(id.into());
        }
    }
    let chosen = arguments.credentials.iter().map(|(name, arg)| {
        let text = match (arg.value(known, never), *name) {
            (Some(text), "profile" | "assume_role" | "assume_role_with_web_identity") => text,
            // Equal references need not be equal values, and keys are secret: unlike those of any other configuration.
            _ => format!("as `{key}` says").into(),
        };
        (EcoString::from(*name), text)
    });
    Account::Chosen(chosen.collect())
}

fn default_tags(arg: &Arg) -> Tags {
    match arg {
        Arg::Unset => Tags::default(),
        Arg::Constant(value) => {
            let mut tags = Tags::from_value(value);
            tags.entries.retain(|(_, v)| *v != TagValue::Null);
            tags
        }
        Arg::References(refs) => {
            let cause = refs
                .first()
                .map_or_else(|| Cause::new(CauseKind::Unstated, "default_tags", None), Ref::cause);
            Tags { entries: Vec::new(), open: Some(cause) }
        }
    }
}

fn texts(arg: &Arg) -> Vec<EcoString> {
    match arg {
        Arg::Constant(value) => {
            value.as_seq().unwrap_or_default().iter().filter_map(|v| v.as_str().cloned()).collect()
        }
        Arg::Unset | Arg::References(_) => Vec::new(),
    }
}

/// A provider configuration of which only the type is known.
pub fn plain(name: &str, alias: Option<EcoString>, module: Option<String>) -> ProviderConfig {
    ProviderConfig {
        name: name.into(),
        alias,
        module,
        region: None,
        region_origin: None,
        account: Account::default(),
        default_tags: Arc::default(),
        default_tags_span: None,
        ignore_tags: IgnoreTags::default(),
        span: None,
    }
}

/// The type of a provider: the last part of `registry.terraform.io/hashicorp/aws`.
pub fn short_name(full: &str) -> &str {
    full.rsplit('/').next().unwrap_or(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_and_accounts_are_told_by_their_form() {
        assert!(is_region("us-gov-west-1") && is_region("eu-central-1"));
        assert!(!is_region("west") && !is_region("us-east-x") && !is_region("prod-1"));
        assert_eq!(account_of("arn:aws:iam::123456789012:role/x"), Some("123456789012"));
        assert_eq!(region_of("arn:aws:sqs:eu-west-1:123456789012:q"), Some("eu-west-1"));
        assert_eq!(account_of("arn:aws:s3:::bucket"), None);
    }
}
