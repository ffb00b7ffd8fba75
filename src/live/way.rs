//! Which credentials lead to an account, as the settings and the configuration say.

use crate::inventory::{EVERY, StatedAccount};
use crate::projection::WantedAccount;

/// How credentials are come by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    Surroundings,
    Profile(String),
    Role(String),
}

/// Returns the way to an account's credentials and its number where it is known, or why there is none.
pub fn way(wanted: &WantedAccount, stated: &[StatedAccount]) -> Result<(Way, Option<String>), String> {
    let of = |a: &StatedAccount| match (&a.role_arn, &a.profile) {
        (Some(role), _) => Way::Role(role.to_string()),
        (None, Some(profile)) => Way::Profile(profile.to_string()),
        (None, None) => Way::Surroundings,
    };
    let number = |a: &StatedAccount| a.id.as_ref().map(ToString::to_string);
    match wanted {
        WantedAccount::Id(id) => {
            let stated = stated.iter().find(|a| a.id.as_ref() == Some(id));
            Ok((stated.map_or(Way::Surroundings, of), Some(id.to_string())))
        }
        WantedAccount::Named(name) => {
            let stated = stated.iter().find(|a| a.name == *name);
            Ok(stated.map_or((Way::Surroundings, None), |a| (of(a), number(a))))
        }
        WantedAccount::Chosen(arguments) => {
            let text = |name: &str| {
                let text = arguments.get(name)?;
                let plain = serde_json::from_str::<String>(text);
                Some(plain.unwrap_or_else(|_| text.to_string()))
            };
            match (text("role_arn"), text("profile"), arguments.is_empty()) {
                (Some(role), ..) => Ok((Way::Role(role), None)),
                (None, Some(profile), _) => Ok((Way::Profile(profile), None)),
                (None, None, true) => Ok((Way::Surroundings, None)),
                (None, None, false) => Err(
                    "the provider configuration has keys or files of its own, which are not used: name a `role_arn` or `profile` in an `account` block"
                        .to_owned(),
                ),
            }
        }
        WantedAccount::Unknown(cause) => Err(format!("the account is not known: it is chosen by {cause}")),
    }
}

/// Returns the role of an account that has no block of its own but is in the organization.
pub fn stands_for(wanted: &WantedAccount, stated: &[StatedAccount]) -> Option<String> {
    let WantedAccount::Id(id) = wanted else { return None };
    if stated.iter().any(|a| a.id.as_ref() == Some(id)) {
        return None;
    }
    let all = stated.iter().find(|a| a.name == EVERY)?;
    Some(all.role_arn.as_deref()?.replacen(EVERY, id, 1))
}
