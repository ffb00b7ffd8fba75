//! What Amazon Connect lists of an instance, and the quota that each list counts for.

/// The parent in which it is counted.
pub const KIND: &str = "aws_connect_instance";

/// The quota of instances in an account and Region.
pub const INSTANCES: &str = "L-AA17A6B9";

/// What an instance holds, and how it is listed.
#[derive(Debug)]
pub struct List {
    pub code: &'static str,
    pub action: &'static str,
    /// `{}` stands for the instance's id.
    pub path: &'static str,
    /// The field of the answer that holds the list.
    pub field: &'static str,
    /// How many calls a second AWS grants.
    pub per_second: f64,
    /// How many items a page may hold.
    pub page: u32,
}

/// A list with pages of a thousand.
pub const fn list(
    code: &'static str,
    action: &'static str,
    path: &'static str,
    field: &'static str,
    per_second: f64,
) -> List {
    List { code, action, path, field, per_second, page: 1000 }
}

/// Everything that is counted. Rates: <https://docs.aws.amazon.com/connect/latest/adminguide/amazon-connect-service-limits.html#connect-api-quotas>
pub const LISTS: [List; 15] = [
    // Each user has a queue of its own, which does not count.
    list("L-19A87C94", "ListQueues", "/queues-summary/{}?queueTypes=STANDARD", "QueueSummaryList", 10.0),
    list("L-9A46857E", "ListUsers", "/users-summary/{}", "UserSummaryList", 10.0),
    list("L-8F812903", "ListPhoneNumbersV2", "/phone-number/list", "ListPhoneNumbersSummaryList", 2.0),
    list(
        "L-D3E7BE26",
        "ListRoutingProfiles",
        "/routing-profiles-summary/{}",
        "RoutingProfileSummaryList",
        10.0,
    ),
    list(
        "L-F325A715",
        "ListSecurityProfiles",
        "/security-profiles-summary/{}",
        "SecurityProfileSummaryList",
        2.0,
    ),
    list("L-22922690", "ListContactFlows", "/contact-flows-summary/{}", "ContactFlowSummaryList", 2.0),
    list(
        "L-19755C7E",
        "ListContactFlowModules",
        "/contact-flow-modules-summary/{}",
        "ContactFlowModulesSummaryList",
        2.0,
    ),
    list(
        "L-20CD02F7",
        "ListHoursOfOperations",
        "/hours-of-operations-summary/{}",
        "HoursOfOperationSummaryList",
        10.0,
    ),
    list("L-68BBE2E8", "ListQuickConnects", "/quick-connects/{}", "QuickConnectSummaryList", 10.0),
    list("L-0865B754", "ListPrompts", "/prompts-summary/{}", "PromptSummaryList", 10.0),
    list(
        "L-D68AAAE4",
        "ListUserHierarchyGroups",
        "/user-hierarchy-groups-summary/{}",
        "UserHierarchyGroupSummaryList",
        10.0,
    ),
    list("L-D945C9A8", "ListAgentStatuses", "/agent-status/{}", "AgentStatusSummaryList", 10.0),
    List {
        page: 25,
        ..list("L-E3D2F503", "ListLambdaFunctions", "/instance/{}/lambda-functions", "LambdaFunctions", 2.0)
    },
    List { page: 25, ..list("L-B93A6612", "ListBots", "/instance/{}/bots?lexVersion=V1", "LexBots", 2.0) },
    List { page: 25, ..list("L-CCEA7427", "ListBots", "/instance/{}/bots?lexVersion=V2", "LexBots", 2.0) },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{self, ScopeKind};

    #[test]
    fn every_list_is_of_a_quota_of_instances() {
        for list in &LISTS {
            let quota = catalog::quota("connect", list.code).expect(list.action);
            // What no resource type measures has the scope in AWS's words.
            let each = matches!(quota.scope, ScopeKind::Each(of) if of == KIND || of == "connect-instance");
            assert!(each, "{}", list.action);
        }
        assert!(catalog::quota("connect", INSTANCES).is_some());
    }
}
