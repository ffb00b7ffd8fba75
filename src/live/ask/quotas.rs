//! Applied values, AWS's defaults where there are none, and increases that were asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_servicequotas::Client;
use aws_sdk_servicequotas::types::{AppliedLevelEnum, ServiceQuota};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::account::Session;
use super::call::explain;
use super::pace::Rate;
use super::{Asked, Live, Part, boxed, join_all, missing};
use crate::date::Date;
use crate::live::calls::{PAGE, Values, values};
use crate::snapshot::{Metric, Quota, Request};

// https://docs.aws.amazon.com/servicequotas/latest/userguide/reference_limits.html
const LIST: Rate = Rate::granted(10.0, 10.0);
const GET: Rate = Rate::granted(5.0, 5.0);
const NAME: &str = "servicequotas";

/// Asks for what applies to an account, service by service.
pub(super) async fn applied(live: Arc<Live>, session: Arc<Session>, asked: Asked) -> Part {
    let mut codes: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for id in &asked.quotas {
        let quota = id.get();
        codes.entry(quota.service.to_owned()).or_default().insert(quota.code);
    }
    let client = Client::new(&session.config);
    let services = asked.services.iter().map(ToString::to_string).filter(|s| !codes.contains_key(s));
    let whole: Vec<(String, BTreeSet<&str>)> = services.map(|s| (s, BTreeSet::new())).collect();
    let work = codes.into_iter().chain(whole).map(|(service, wanted)| {
        let all = asked.services.contains(service.as_str());
        let one =
            One { live: live.clone(), session: session.clone(), client: client.clone(), service, wanted };
        boxed(async move { one.ask(all).await })
    });
    let mut part = Part::default();
    for one in join_all(work.collect()).await {
        part.quotas.extend(one.quotas);
        part.missing.extend(one.missing);
    }
    part
}

/// One service in one account and Region.
struct One {
    live: Arc<Live>,
    session: Arc<Session>,
    client: Client,
    service: String,
    /// Codes that are wanted at least.
    wanted: BTreeSet<&'static str>,
}

/// Why a list is not whole. None: there is no such thing.
type Failure = Option<String>;

impl One {
    async fn ask(self, all: bool) -> Part {
        let mut part = Part::default();
        match values(&self.service, &self.wanted, all) {
            Values::List { resources } => self.list(&mut part, all, resources).await,
            Values::Single => self.get(&mut part).await,
        }
        let told: BTreeSet<&str> = part.quotas.iter().map(|q| q.code.as_str()).collect();
        let rest: Vec<&'static str> = self.wanted.iter().copied().filter(|c| !told.contains(c)).collect();
        if !rest.is_empty() && part.missing.is_empty() {
            self.defaults(&mut part, &rest).await;
        }
        if !all {
            part.quotas.retain(|q| self.wanted.contains(q.code.as_str()));
        }
        part
    }

    fn key(&self, action: &'static str) -> super::pace::Key {
        (self.session.account.clone(), self.session.region.clone(), action)
    }

    fn fails(&self, part: &mut Part, code: &str, why: String) {
        part.missing.push(missing("applied values", &self.service, code, why));
    }

    async fn list(&self, part: &mut Part, all: bool, resources: bool) {
        let mut token = None;
        loop {
            let level = if resources { AppliedLevelEnum::All } else { AppliedLevelEnum::Account };
            let call = self
                .client
                .list_service_quotas()
                .service_code(&self.service)
                .quota_applied_at_level(level)
                .max_results(PAGE as i32)
                .set_next_token(token.take())
                .send();
            match self.live.paced(self.key("ListServiceQuotas"), LIST, call).await {
                Ok(page) => {
                    part.quotas
                        .extend(page.quotas.unwrap_or_default().iter().filter_map(|q| self.row(q, false)));
                    token = page.next_token.filter(|t| !t.is_empty());
                }
                Err(error) => {
                    if let Some(why) = self.failure("ListServiceQuotas", error) {
                        self.fails(part, "", why);
                    }
                    return;
                }
            }
            let found = |code: &&str| part.quotas.iter().any(|q| q.code == **code);
            // Rows about single resources may stand on any page.
            if token.is_none() || (!all && !resources && self.wanted.iter().all(found)) {
                return;
            }
        }
    }

    async fn get(&self, part: &mut Part) {
        for code in &self.wanted {
            let call = self.client.get_service_quota().service_code(&self.service).quota_code(*code).send();
            match self.live.paced(self.key("GetServiceQuota"), GET, call).await {
                Ok(answer) => part.quotas.extend(answer.quota.and_then(|q| self.row(&q, false))),
                Err(error) => {
                    if let Some(why) = self.failure("GetServiceQuota", error) {
                        self.fails(part, code, why);
                    }
                }
            }
        }
    }

    /// Asks for AWS's defaults of quotas without an applied value.
    async fn defaults(&self, part: &mut Part, rest: &[&'static str]) {
        for code in rest {
            let call = self
                .client
                .get_aws_default_service_quota()
                .service_code(&self.service)
                .quota_code(*code)
                .send();
            match self.live.paced(self.key("GetAWSDefaultServiceQuota"), GET, call).await {
                Ok(answer) => part.quotas.extend(answer.quota.and_then(|q| self.row(&q, true))),
                Err(error) => {
                    if let Some(why) = self.failure("GetAWSDefaultServiceQuota", error) {
                        self.fails(part, code, why);
                        return;
                    }
                }
            }
        }
    }

    fn failure<E, R>(
        &self,
        action: &str,
        error: aws_smithy_runtime_api::client::result::SdkError<E, R>,
    ) -> Failure
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        (code != Some("NoSuchResourceException")).then(|| explain(action, NAME, error))
    }

    fn row(&self, q: &ServiceQuota, default: bool) -> Option<Quota> {
        let error = q.error_reason.as_ref().map(|e| {
            e.error_code.as_ref().map_or("AWS told an error and no value", |c| c.as_str()).to_owned()
        });
        Some(Quota {
            service: self.service.clone(),
            code: q.quota_code.clone()?,
            name: q.quota_name.clone().unwrap_or_default(),
            value: q.value.filter(|_| error.is_none()),
            unit: q.unit.clone().filter(|u| u != "None").unwrap_or_default(),
            resource: q.quota_context.as_ref().and_then(|c| c.context_id.clone()),
            default,
            adjustable: Some(q.adjustable),
            global: q.global_quota,
            error,
            metric: q.usage_metric.as_ref().and_then(metric),
        })
    }
}

fn metric(m: &aws_sdk_servicequotas::types::MetricInfo) -> Option<Metric> {
    Some(Metric {
        namespace: m.metric_namespace.clone()?,
        name: m.metric_name.clone()?,
        dimensions: m.metric_dimensions.clone().unwrap_or_default().into_iter().collect(),
        statistic: m.metric_statistic_recommendation.clone().unwrap_or_else(|| "Maximum".to_owned()),
    })
}

/// Asks which increases were asked for.
pub(super) async fn requests(live: Arc<Live>, session: Arc<Session>, asked: Asked) -> Part {
    let mut part = Part::default();
    let services: BTreeSet<&str> = asked
        .quotas
        .iter()
        .map(|q| q.get().service)
        .chain(asked.services.iter().map(|s| s.as_str()))
        .collect();
    let client = Client::new(&session.config);
    let mut token = None;
    loop {
        let call = client
            .list_requested_service_quota_change_history()
            .quota_requested_at_level(AppliedLevelEnum::All)
            .max_results(PAGE as i32)
            .set_next_token(token.take())
            .send();
        let action = "ListRequestedServiceQuotaChangeHistory";
        let key = (session.account.clone(), session.region.clone(), action);
        match live.paced(key, GET, call).await {
            Ok(page) => {
                for r in page.requested_quotas.unwrap_or_default() {
                    let (Some(service), Some(code), Some(desired)) =
                        (r.service_code, r.quota_code, r.desired_value)
                    else {
                        continue;
                    };
                    if !services.contains(service.as_str()) {
                        continue;
                    }
                    let day = r.created.and_then(|t| u64::try_from(t.secs()).ok()).map(Date::from_unix);
                    part.requests.push(Request {
                        service,
                        code,
                        status: r.status.map_or_else(String::new, |s| s.as_str().to_owned()),
                        desired,
                        resource: r.quota_context.and_then(|c| c.context_id),
                        created: day.map(|d| d.to_string()),
                    });
                }
                token = page.next_token.filter(|t| !t.is_empty());
            }
            Err(error) => {
                part.missing.push(missing("requested increases", "", "", explain(action, NAME, error)));
                return part;
            }
        }
        if token.is_none() {
            return part;
        }
    }
}
