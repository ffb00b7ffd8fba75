//! How AWS is asked, in a program that can.

#[cfg(not(feature = "live"))]
pub use without::{ask, pull};

#[cfg(feature = "live")]
pub use with::{ask, pull};

/// Whose values are pulled, in a word of the settings each.
#[derive(Clone, Debug, Default)]
#[cfg_attr(not(feature = "live"), expect(dead_code, reason = "only a program that asks reads it"))]
pub struct Wanted {
    /// Names of the settings' accounts; empty: the surroundings' credentials.
    pub accounts: Vec<ecow::EcoString>,
    /// Empty: the one that the surroundings name.
    pub regions: Vec<ecow::EcoString>,
    /// Empty: all that are measured.
    pub services: Vec<ecow::EcoString>,
}

#[cfg(not(feature = "live"))]
mod without {
    use super::Wanted;
    use crate::cli::Result;
    use crate::cli::error::CliError;
    use crate::cli::terraform::Environment;
    use crate::inventory::StatedAccount;
    use crate::pipeline::Ask;
    use crate::snapshot::Snapshot;

    /// Says that this program cannot.
    pub fn ask(_environment: &Environment) -> Result<Box<Ask>> {
        Err(Box::new(CliError::NoLive))
    }

    /// Says that this program cannot.
    pub fn pull(_: &Wanted, _: &[StatedAccount], _: &Environment) -> Result<Snapshot> {
        Err(Box::new(CliError::NoLive))
    }
}

#[cfg(feature = "live")]
mod with {
    use std::collections::BTreeMap;
    use std::io::{IsTerminal, Write};
    use std::sync::Arc;
    use std::time::Duration;

    use super::Wanted;
    use crate::cli::Result;
    use crate::cli::error::CliError;
    use crate::cli::terraform::Environment;
    use crate::inventory::StatedAccount;
    use crate::live::{self, Options, Pull};
    use crate::pipeline::Ask;
    use crate::projection::WantedAccount;
    use crate::snapshot::Snapshot;

    /// Seconds that one call may take, unless `TF_HEADROOM_TIMEOUT` says otherwise.
    const TIMEOUT: u64 = 20;

    /// Returns what asks AWS.
    pub fn ask(environment: &Environment) -> Result<Box<Ask>> {
        let options = options(environment)?;
        Ok(Box::new(move |wants, accounts| {
            let snapshot = live::ask(wants, accounts, &options);
            wipe(&options);
            snapshot
        }))
    }

    /// Asks for everything.
    pub fn pull(wanted: &Wanted, stated: &[StatedAccount], environment: &Environment) -> Result<Snapshot> {
        let options = options(environment)?;
        let accounts: Vec<WantedAccount> = match wanted.accounts.is_empty() {
            true => vec![WantedAccount::Chosen(BTreeMap::new())],
            false => wanted.accounts.iter().map(|name| WantedAccount::Named(name.clone())).collect(),
        };
        let regions: Vec<_> = match wanted.regions.is_empty() {
            true => vec![None],
            false => wanted.regions.iter().cloned().map(Some).collect(),
        };
        let mut pulls = Vec::new();
        for account in &accounts {
            for region in &regions {
                let stated = match account {
                    WantedAccount::Named(name) => stated.iter().find(|a| a.name == *name),
                    _ => None,
                };
                let region = region.clone().or_else(|| stated.and_then(|a| a.region.clone()));
                let services = wanted.services.iter().cloned().collect();
                pulls.push(Pull { account: account.clone(), region, services });
            }
        }
        let snapshot = live::pull(&pulls, stated, &options);
        wipe(&options);
        Ok(snapshot)
    }

    fn options(environment: &Environment) -> Result<Options> {
        let seconds = match environment.get("TF_HEADROOM_TIMEOUT") {
            None => TIMEOUT,
            Some(text) => match text.parse() {
                Ok(seconds @ 1..=600) => seconds,
                _ => return Err(Box::new(CliError::Timeout { text: text.to_owned() })),
            },
        };
        let ignored = environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == Some("true");
        let endpoints =
            ["AWS_ENDPOINT_URL_CONNECT", "AWS_ENDPOINT_URL_CLOUDWATCH", "AWS_ENDPOINT_URL_ORGANIZATIONS"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), environment.get(name)?.to_owned())))
                .filter(|_| !ignored)
                .collect();
        Ok(Options {
            now: crate::cli::commands::now(),
            timeout: Duration::from_secs(seconds),
            endpoints,
            progress: std::io::stderr().is_terminal().then(|| Arc::new(progress) as _),
        })
    }

    fn progress(made: usize, pending: usize) {
        crate::cli::progress::lend(true);
        let _ = write!(std::io::stderr(), "\r\x1b[Kasking AWS: {made} answered, {pending} to come");
    }

    /// Takes the line of the progress away.
    fn wipe(options: &Options) {
        crate::cli::progress::lend(false);
        if options.progress.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
