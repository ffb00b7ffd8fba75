//! What the form of an id or ARN tells of its object.

/// Returns what an attribute of the object, or of a parent on the way to it, holds: the type of a load balancer stands in
/// its ARN and in those of its listeners. None: the text does not tell.
///
/// ```
/// use tf_headroom::catalog::told_by_name;
/// let listener = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/net/a/0123/4567";
/// assert_eq!(told_by_name("load_balancer_type", listener), Some("network"));
/// assert_eq!(told_by_name("load_balancer_type", "a-name"), None);
/// assert_eq!(told_by_name("fifo_topic", "arn:aws:sns:us-east-1:123456789012:orders.fifo"), Some("true"));
/// assert_eq!(told_by_name("fifo_topic", "arn:aws:sns:us-east-1:123456789012:orders"), Some("false"));
/// ```
pub fn told_by_name(attribute: &str, text: &str) -> Option<&'static str> {
    match (attribute, text) {
        // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
        ("type", "p-FullAWSAccess") => return Some("SERVICE_CONTROL_POLICY"),
        ("type", "p-RCPFullAWSAccess") => return Some("RESOURCE_CONTROL_POLICY"),
        _ => {}
    }
    let mut parts = text.splitn(6, ':');
    let service = parts.nth(2).filter(|_| text.starts_with("arn:"))?;
    let resource = parts.nth(2)?;
    match (attribute, service) {
        // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
        ("load_balancer_type", "elasticloadbalancing") => {
            let (what, rest) = resource.split_once('/')?;
            match (what, rest.split('/').next()?) {
                ("loadbalancer" | "listener" | "listener-rule", "app") => Some("application"),
                ("loadbalancer" | "listener" | "listener-rule", "net") => Some("network"),
                ("loadbalancer" | "listener" | "listener-rule", "gwy") => Some("gateway"),
                _ => None,
            }
        }
        // https://docs.aws.amazon.com/sns/latest/dg/sns-fifo-topics.html
        ("fifo_topic", "sns") => Some(if resource.ends_with(".fifo") { "true" } else { "false" }),
        _ => None,
    }
}

/// True if the text is the id of an object of another type: `ou-…` is no account.
///
/// ```
/// use tf_headroom::catalog::names_another;
/// assert!(names_another("aws_organizations_account", "ou-ab12-cdefgh34"));
/// assert!(names_another("aws_organizations_organizational_unit", "123456789012"));
/// assert!(!names_another("aws_organizations_account", "123456789012"));
/// assert!(!names_another("aws_vpc", "ou-ab12-cdefgh34"));
/// ```
pub fn names_another(kind: &str, text: &str) -> bool {
    // Targets of a policy: https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html
    let of = if text.starts_with("ou-") {
        "aws_organizations_organizational_unit"
    } else if text.starts_with("r-") {
        "aws_organizations_organization"
    } else if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        "aws_organizations_account"
    } else {
        return false;
    };
    let targets = ["aws_organizations_organizational_unit", "aws_organizations_account"];
    targets.contains(&kind) && kind != of
}
