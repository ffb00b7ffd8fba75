//! How much is in use, as CloudWatch's usage metrics say.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::account::Session;
use super::call::{Ask, Service, connector, items, pages};
use super::pace::Rate;
use super::{Asked, Live, Part, missing};
use crate::live::calls::has_use;
use crate::snapshot::{Quota, Usage};

const CLOUDWATCH: Service =
    Service { name: "monitoring", host: "monitoring", variable: "AWS_ENDPOINT_URL_CLOUDWATCH" };
const ACTION: &str = "GetMetricData";
/// The most metrics that one call may ask for.
const BATCH: usize = 500;
/// Some metrics are written once a day.
const SECONDS: u64 = 36 * 3600;

/// Asks for the use of quotas that count things in an account and Region and name a metric.
pub(super) async fn usage(live: Arc<Live>, session: Arc<Session>, quotas: &[Quota], asked: &Asked) -> Part {
    let mut part = Part::default();
    let counted: BTreeSet<&str> =
        asked.quotas.iter().map(|q| q.get()).filter(|q| has_use(q)).map(|q| q.code).collect();
    let named: Vec<&Quota> = quotas
        .iter()
        .filter(|q| counted.contains(q.code.as_str()) && q.resource.is_none() && q.metric.is_some())
        .collect();
    let http = connector(live.timeout);
    for batch in named.chunks(BATCH) {
        match latest(&live, &session, &http, batch).await {
            Ok(values) => {
                for (quota, value) in batch.iter().zip(values) {
                    let name = quota.metric.as_ref().map_or("", |m| &m.name);
                    let namespace = quota.metric.as_ref().map_or("", |m| &m.namespace);
                    // Nothing was written: nobody knows, least of all that it is none.
                    let Some(amount) = value else { continue };
                    part.usage.push(Usage {
                        service: quota.service.clone(),
                        code: quota.code.clone(),
                        amount,
                        resource: None,
                        source: format!("{namespace} {name}"),
                    });
                }
            }
            Err(why) => {
                let services: BTreeSet<&str> = batch.iter().map(|q| q.service.as_str()).collect();
                part.missing.extend(services.iter().map(|s| missing("usage", s, "", why.clone())));
            }
        }
    }
    part
}

/// Returns the newest value of each metric.
async fn latest(
    live: &Live,
    session: &Session,
    http: &aws_smithy_http_client::Connector,
    batch: &[&Quota],
) -> Result<Vec<Option<u64>>, String> {
    let queries: Vec<Json> = batch.iter().enumerate().map(|(at, q)| query(at, q)).collect();
    let end = unix_now();
    let page = |token: Option<&str>| {
        let mut body = json!({
            "MetricDataQueries": queries, "StartTime": end - SECONDS, "EndTime": end, "ScanBy": "TimestampDescending",
        });
        if let Some(token) = token {
            body["NextToken"] = token.into();
        }
        Ask {
            service: CLOUDWATCH,
            action: ACTION,
            rate: Rate::granted(50.0, 50.0),
            method: "POST",
            path: "/".to_owned(),
            headers: &[
                ("content-type", "application/x-amz-json-1.0"),
                ("x-amz-target", "GraniteServiceVersion20100801.GetMetricData"),
            ],
            body: body.to_string(),
        }
    };
    let mut values = vec![None; batch.len()];
    pages(live, session, http, page, |answer| {
        for result in items(answer, "MetricDataResults", ACTION)? {
            let at = result["Id"].as_str().and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
            let value = result["Values"].as_array().and_then(|v| v.first()?.as_f64());
            if let (Some(at), Some(value)) = (at, value)
                && let Some(known @ None) = values.get_mut(at)
                && (0.0..1e18).contains(&value)
            {
                *known = Some(value.ceil() as u64);
            }
        }
        Ok(())
    })
    .await?;
    Ok(values)
}

fn query(at: usize, quota: &Quota) -> Json {
    let metric = quota.metric.as_ref().expect("bug: only quotas with a metric are asked about");
    let dimensions: Vec<Json> =
        metric.dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    json!({ "Id": format!("q{at}"), "ReturnData": true, "MetricStat": {
        "Metric": { "Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions },
        "Period": 300, "Stat": metric.statistic } })
}

#[expect(clippy::disallowed_methods, reason = "metrics are asked for up to now")]
fn unix_now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |s| s.as_secs())
}
