//! How much of Amazon Connect's quotas is in use: its instances, and what each holds.
//!
//! No metric tells it, and the SDK is 664 000 lines for a dozen lists: the calls are signed here.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_smithy_http_client::Connector;
use serde_json::{Value as Json, json};

use super::account::Session;
use super::call::{Ask, Service, connector, items, pages};
use super::pace::Rate;
use super::{Asked, Live, Part, boxed, join_all, missing};
use crate::live::calls::lists_instances;
use crate::live::lists::{INSTANCES, KIND, LISTS, List, list};
use crate::snapshot::{Resource, Usage};

const CONNECT: Service = Service { name: "connect", host: "connect", variable: "AWS_ENDPOINT_URL_CONNECT" };

/// Counts what is wanted of the instances that are meant.
pub(super) async fn usage(live: Arc<Live>, session: Arc<Session>, asked: Asked) -> Part {
    let mut part = Part::default();
    let codes: BTreeSet<&'static str> =
        asked.quotas.iter().map(|q| q.get()).filter(|q| q.service == "connect").map(|q| q.code).collect();
    let meant = asked.parents.as_ref().is_none_or(|texts| !texts.is_empty());
    if !lists_instances(asked.quotas.iter().map(|q| q.get()), meant) {
        return part;
    }
    let http = Arc::new(connector(live.timeout));
    let caller = Caller { live, session, http };
    let instances = match caller.instances().await {
        Ok(instances) => instances,
        Err(why) => {
            part.missing.push(missing("usage", "connect", "", why));
            return part;
        }
    };
    part.usage.push(Usage {
        service: "connect".to_owned(),
        code: INSTANCES.to_owned(),
        amount: instances.len() as u64,
        resource: None,
        source: "connect ListInstances".to_owned(),
    });
    let is_meant = |i: &Resource| {
        let Some(texts) = &asked.parents else { return true };
        [Some(&i.arn), Some(&i.id), i.name.as_ref()].into_iter().flatten().any(|t| texts.contains(t.as_str()))
    };
    let mut work = Vec::new();
    for instance in instances.iter().filter(|i| is_meant(i)) {
        for list in LISTS.iter().filter(|l| codes.contains(l.code)) {
            let (caller, instance) = (caller.clone(), instance.clone());
            work.push(boxed(
                async move { (list, instance.arn.clone(), caller.count(list, &instance).await) },
            ));
        }
    }
    part.resources = instances;
    for (list, arn, counted) in join_all(work).await {
        match counted {
            Ok(amount) => part.usage.push(Usage {
                service: "connect".to_owned(),
                code: list.code.to_owned(),
                amount,
                resource: Some(arn),
                source: format!("connect {}", list.action),
            }),
            Err(why) => part.missing.push(missing("usage", "connect", list.code, why)),
        }
    }
    part
}

#[derive(Clone)]
struct Caller {
    live: Arc<Live>,
    session: Arc<Session>,
    http: Arc<Connector>,
}

impl Caller {
    async fn instances(&self) -> Result<Vec<Resource>, String> {
        let list =
            List { page: 10, ..list(INSTANCES, "ListInstances", "/instance", "InstanceSummaryList", 1.0) };
        let mut found = Vec::new();
        self.pages(&list, "", "", |item| {
            let text = |name: &str| item[name].as_str().map(str::to_owned);
            if let (Some(arn), Some(id)) = (text("Arn"), text("Id")) {
                found.push(Resource { r#type: KIND.to_owned(), arn, id, name: text("InstanceAlias") });
            }
        })
        .await?;
        Ok(found)
    }

    async fn count(&self, list: &List, instance: &Resource) -> Result<u64, String> {
        let mut count = 0;
        self.pages(list, &instance.id, &instance.arn, |_| count += 1).await?;
        Ok(count)
    }

    /// Goes through all pages of a list.
    async fn pages(
        &self,
        list: &List,
        id: &str,
        arn: &str,
        mut each: impl FnMut(&Json) + Send,
    ) -> Result<(), String> {
        let page = |token: Option<&str>| ask(list, id, arn, token);
        pages(&self.live, &self.session, &self.http, page, |answer| {
            // An empty list may be left out; anything else in its place is no answer.
            if !answer[list.field].is_null() {
                items(answer, list.field, list.action)?.iter().for_each(&mut each);
            }
            Ok(())
        })
        .await
    }
}

fn ask(list: &List, id: &str, arn: &str, token: Option<&str>) -> Ask {
    let rate = Rate::granted(list.per_second, list.per_second);
    let base = Ask {
        service: CONNECT,
        action: list.action,
        rate,
        method: "GET",
        path: String::new(),
        headers: &[],
        body: String::new(),
    };
    if list.action == "ListPhoneNumbersV2" {
        let mut body = json!({ "TargetArn": arn, "MaxResults": list.page });
        if let Some(token) = token {
            body["NextToken"] = token.into();
        }
        let headers = &[("content-type", "application/json")];
        return Ask { method: "POST", path: list.path.to_owned(), headers, body: body.to_string(), ..base };
    }
    let mut path = list.path.replace("{}", &escaped(id));
    path.push(if path.contains('?') { '&' } else { '?' });
    path.push_str(&format!("maxResults={}", list.page));
    if let Some(token) = token {
        path.push_str(&format!("&nextToken={}", escaped(token)));
    }
    Ask { path, ..base }
}

/// Escapes a text for a path or a query.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_carry_what_is_asked() {
        assert_eq!(
            ask(&LISTS[0], "a/b", "", Some("t+=")).path,
            "/queues-summary/a%2Fb?queueTypes=STANDARD&maxResults=1000&nextToken=t%2B%3D"
        );
        assert_eq!(ask(&LISTS[2], "a", "arn:x", None).body, r#"{"TargetArn":"arn:x","MaxResults":1000}"#);
    }
}
