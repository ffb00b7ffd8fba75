//! Credentials: which account they lead to, with roles and profiles as the settings and the configuration say.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::OnceCell;

use super::Live;
use super::call::{chain, explain};
use super::pace::Rate;
use crate::inventory::{EVERY, StatedAccount};
use crate::live::way::{Way, stands_for, way};
use crate::projection::{WantedAccount, partition_of_region};

/// Credentials for one account, in one Region.
pub(super) struct Session {
    pub config: SdkConfig,
    pub account: String,
    pub partition: String,
    pub region: String,
    /// The Region that the surroundings name.
    pub default_region: Option<String>,
}

impl Session {
    /// The same credentials, in another Region.
    pub fn in_region(&self, region: &str) -> Session {
        Session {
            config: self.config.clone().into_builder().region(Region::new(region.to_owned())).build(),
            account: self.account.clone(),
            partition: self.partition.clone(),
            region: region.to_owned(),
            default_region: self.default_region.clone(),
        }
    }
}

type Identified = Result<(SdkConfig, String), String>;

/// All accounts of a run; each way to credentials is gone once.
pub(super) struct Accounts {
    live: Arc<Live>,
    stated: Vec<StatedAccount>,
    http: SharedHttpClient,
    known: std::sync::Mutex<HashMap<(Way, String), Arc<OnceCell<Identified>>>>,
}

impl Accounts {
    pub fn new(live: Arc<Live>, stated: Vec<StatedAccount>) -> Arc<Accounts> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        Arc::new(Accounts { live, stated, http, known: std::sync::Mutex::default() })
    }

    /// Returns credentials for an account in a Region, or why there are none.
    pub fn session(
        self: &Arc<Accounts>,
        account: &WantedAccount,
        region: Option<&str>,
    ) -> impl Future<Output = Result<Arc<Session>, String>> + Send + 'static {
        let (all, account) = (self.clone(), account.clone());
        let region = region.map(str::to_owned);
        async move { all.find(&account, region).await }
    }

    async fn find(&self, wanted: &WantedAccount, region: Option<String>) -> Result<Arc<Session>, String> {
        let (way, number) = way(wanted, &self.stated)?;
        if let Some(role) = stands_for(wanted, &self.stated) {
            // The account that asks needs no role.
            let own = WantedAccount::Chosen(BTreeMap::new());
            if let Ok(session) = Box::pin(self.find(&own, region.clone())).await
                && number.as_ref() == Some(&session.account)
            {
                return Ok(session);
            }
            return self.with(Way::Role(role), number, wanted, region).await;
        }
        self.with(way, number, wanted, region).await
    }

    async fn with(
        &self,
        way: Way,
        number: Option<String>,
        wanted: &WantedAccount,
        region: Option<String>,
    ) -> Result<Arc<Session>, String> {
        let stated = self.stated_region(wanted);
        let base = self.base(&way).await;
        let surroundings = base.region().map(ToString::to_string).filter(|r| !r.is_empty());
        let default_region = stated.or(surroundings);
        let Some(region) = region.or_else(|| default_region.clone()) else {
            return Err("no Region is known: set AWS_REGION, or `region` of the `account` block".to_owned());
        };
        let partition = partition_of_region(&region).to_owned();
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            known.entry((way.clone(), partition.clone())).or_default().clone()
        };
        let (config, account) =
            cell.get_or_init(|| self.identify(&way, base, region.clone())).await.clone()?;
        if let Some(number) = number.filter(|n| *n != account) {
            return Err(format!(
                "the credentials belong to account {account}, not {number}: name a `role_arn` or `profile` in an `account` block"
            ));
        }
        let config = config.into_builder().region(Region::new(region.clone())).build();
        Ok(Arc::new(Session { config, account, partition, region, default_region }))
    }

    fn stated_region(&self, wanted: &WantedAccount) -> Option<String> {
        let stated = match wanted {
            WantedAccount::Id(id) => {
                let own = self.stated.iter().find(|a| a.id.as_ref() == Some(id));
                own.or_else(|| self.stated.iter().find(|a| a.name == EVERY))
            }
            WantedAccount::Named(name) => self.stated.iter().find(|a| a.name == *name),
            WantedAccount::Chosen(_) | WantedAccount::Unknown(_) => None,
        };
        stated?.region.as_ref().map(ToString::to_string)
    }

    async fn base(&self, way: &Way) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(self.http.clone())
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(6)
                    .with_initial_backoff(std::time::Duration::from_millis(300))
                    .with_max_backoff(std::time::Duration::from_secs(10)),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(std::time::Duration::from_secs(5).min(self.live.timeout))
                    .operation_attempt_timeout(self.live.timeout)
                    .operation_timeout(self.live.timeout * 3)
                    .build(),
            );
        if let Way::Profile(name) = way {
            loader = loader.profile_name(name);
        }
        loader.load().await
    }

    /// Assumes the role, if there is one, and asks whose credentials they are.
    async fn identify(&self, way: &Way, base: SdkConfig, region: String) -> Identified {
        let base = base.into_builder().region(Region::new(region.clone())).build();
        let config = match way {
            Way::Role(arn) => {
                let provider = AssumeRoleProvider::builder(arn)
                    .session_name("tf-headroom")
                    .region(Region::new(region.clone()))
                    .configure(&base)
                    .build()
                    .await;
                let provider = SharedCredentialsProvider::new(provider);
                base.into_builder().credentials_provider(provider).build()
            }
            Way::Surroundings | Way::Profile(_) => base,
        };
        // Resolved once: every client would ask for them again.
        let config = self.resolved(way, config).await?;
        let client = aws_sdk_sts::Client::new(&config);
        let key = (way_text(way), region, "sts");
        let call = client.get_caller_identity().send();
        match self.live.paced(key, Rate::granted(10.0, 10.0), call).await {
            Ok(identity) => match identity.account {
                Some(account) => Ok((config, account)),
                None => Err("AWS did not tell whose credentials they are".to_owned()),
            },
            Err(problem) => Err(said(way, explain("GetCallerIdentity", "sts", problem))),
        }
    }

    /// Returns the configuration with the credentials themselves in it.
    async fn resolved(&self, way: &Way, config: SdkConfig) -> Result<SdkConfig, String> {
        let none = || said(way, "no credentials".to_owned());
        let provider = config.credentials_provider().ok_or_else(none)?;
        let wait = self.live.timeout.max(std::time::Duration::from_secs(5)) * 2;
        let credentials = match tokio::time::timeout(wait, provider.provide_credentials()).await {
            Ok(Ok(credentials)) => credentials,
            Ok(Err(CredentialsError::CredentialsNotLoaded(_))) => return Err(none()),
            Ok(Err(problem)) => return Err(said(way, format!("no credentials: {}", chain(&problem)))),
            Err(_) => return Err(said(way, "no credentials in time".to_owned())),
        };
        let provider = SharedCredentialsProvider::new(credentials);
        Ok(config.into_builder().credentials_provider(provider).build())
    }
}

fn said(way: &Way, why: String) -> String {
    match way {
        Way::Surroundings => why,
        Way::Profile(name) => format!("profile `{name}`: {why}"),
        Way::Role(arn) => format!("role `{arn}` cannot be assumed: {why}"),
    }
}

fn way_text(way: &Way) -> String {
    match way {
        Way::Surroundings => String::new(),
        Way::Profile(text) | Way::Role(text) => text.clone(),
    }
}
