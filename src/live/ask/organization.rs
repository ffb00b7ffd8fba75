//! The accounts of an organization, asked with the credentials of the surroundings.

use std::sync::Arc;

use serde_json::json;

use super::Live;
use super::account::Session;
use super::call::{Ask, Service, connector, items, pages};
use super::pace::Rate;

const ORGANIZATIONS: Service =
    Service { name: "organizations", host: "organizations", variable: "AWS_ENDPOINT_URL_ORGANIZATIONS" };

const ACTION: &str = "ListAccounts";

/// Returns the Region in which a partition keeps what belongs to all of them.
///
/// <https://docs.aws.amazon.com/general/latest/gr/ao.html>
fn home(partition: &str) -> Option<&'static str> {
    match partition {
        "aws" => Some("us-east-1"),
        "aws-us-gov" => Some("us-gov-west-1"),
        "aws-cn" => Some("cn-northwest-1"),
        _ => None,
    }
}

/// Returns the numbers of the accounts that can be used, sorted.
pub(super) async fn members(live: &Live, session: &Session) -> Result<Vec<String>, String> {
    let Some(region) = home(&session.partition) else {
        return Err(format!("where Organizations answers in {} is not known", session.partition));
    };
    let session = Arc::new(session.in_region(region));
    let http = connector(live.timeout);
    let page = |token: Option<&str>| {
        let mut body = json!({ "MaxResults": 20 });
        if let Some(token) = token {
            body["NextToken"] = token.into();
        }
        Ask {
            service: ORGANIZATIONS,
            action: ACTION,
            rate: Rate::granted(5.0, 8.0),
            method: "POST",
            path: "/".to_owned(),
            headers: &[
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", "AWSOrganizationsV20161128.ListAccounts"),
            ],
            body: body.to_string(),
        }
    };
    let mut found = Vec::new();
    pages(live, &session, &http, page, |answer| {
        for account in items(answer, "Accounts", ACTION)? {
            // `Status` is the old name of `State`.
            let state = account["State"].as_str().or(account["Status"].as_str());
            if let (Some(id), Some("ACTIVE")) = (account["Id"].as_str(), state) {
                found.push(id.to_owned());
            }
        }
        Ok(())
    })
    .await?;
    found.sort_unstable();
    Ok(found)
}
