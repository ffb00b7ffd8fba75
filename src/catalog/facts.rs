//! Facts about resource types: what identifies them, what AWS adds by itself, what a delete frees, who takes tags.

use super::measure::Path;
use super::quota::QuotaId;
use super::{Count, tables};

/// Where a number comes from.
#[derive(Debug)]
pub struct Source {
    pub id: &'static str,
    pub title: &'static str,
    /// Repository or document.
    pub document: &'static str,
    /// As precise as it is known: `2024-02-10`, `2026 (crawl date not stated)`, `unknown`.
    pub date: &'static str,
    pub used_for: &'static str,
}

/// A quota that instances of a type use in a way that is not measured.
#[derive(Debug)]
pub struct Unmeasured {
    pub resource_type: &'static str,
    pub quota: QuotaId,
    /// Why not.
    pub reason: &'static str,
}

/// What AWS makes by itself in a parent, and which quota that uses.
///
/// Live usage contains it already. Where the quota's scope is not the parent itself (the default security group of a VPC
/// counts in the Region), it is added for each parent in that scope.
#[derive(Debug)]
pub struct Baseline {
    /// A resource type, or `region` or `account`.
    pub parent_type: &'static str,
    pub quota: QuotaId,
    /// Which [part](super::Measure::part) of the quota.
    pub part: &'static str,
    pub low: u64,
    /// Inclusive.
    pub high: u64,
    /// What it is, for people.
    pub name: &'static str,
    /// The resource type with which such an object is written down or imported; empty if there is none.
    pub resource_type: &'static str,
    /// The `name` attributes of these objects. An instance of `resource_type` in this parent that has one of these names, or of a
    /// type that [adopts](super::adopts), *is* the object and must not be counted twice. Empty if they have no fixed names.
    pub objects: &'static [&'static str],
    /// Valid for a parent that the plan creates.
    pub new: bool,
    /// Valid for a parent that exists already, where users may have deleted some.
    pub existing: bool,
    /// The page that says so.
    pub source: &'static str,
    pub notes: &'static str,
}

impl Baseline {
    /// Returns how many there are.
    pub fn count(&self) -> Count {
        Count::between(self.low, self.high)
    }
}

/// What names an object of a type, so that a child's scope attribute is matched to its parent.
#[derive(Debug)]
pub struct Identity {
    /// Each of these alone.
    pub attributes: &'static [&'static str],
    /// These together, in the order of the child's scope attributes, with the text AWS takes for one that is not set.
    pub key: &'static [(&'static str, Option<&'static str>)],
}

/// What deleting an object gives back to its quotas.
#[derive(Debug)]
pub struct Delete {
    pub resource_type: &'static str,
    pub frees: Frees,
    /// The attribute that states the days; empty if there is none.
    pub days_attribute: &'static str,
    /// The attribute that, if `true`, keeps the object when Terraform destroys it; empty if there is none.
    pub kept_if: &'static str,
    /// The first provider version that deletes the object at all; before, nothing is freed. Empty: every version.
    pub since_provider: &'static str,
    /// The page that says so.
    pub source: &'static str,
    pub notes: &'static str,
}

/// When a deleted object no longer uses its quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Frees {
    AtOnce,
    /// Inclusive.
    After {
        least_days: u64,
        most_days: u64,
    },
    Never,
}

/// How a resource type takes tags.
#[derive(Debug)]
pub struct Taggable {
    pub resource_type: &'static str,
    pub shape: TagShape,
    /// It has the computed attribute `tags_all`, so default_tags reach it.
    pub tags_all: bool,
    /// Further places where tags of other objects are written: `volume_tags`, `root_block_device.tags`.
    pub also: &'static [Path],
    /// The name in Organizations tag policies, `connect:instance/queue`; empty if it has none or none is known.
    pub policy_type: &'static str,
    /// Whether a tag policy can enforce it. None: unknown.
    pub enforceable: Option<bool>,
}

/// The shape in which tags of the resource itself are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagShape {
    /// It takes no tags.
    None,
    /// A map in `tags`.
    Map,
    /// Blocks `tag { key, value, propagate_at_launch }`.
    Blocks,
    /// The resource is one tag of another resource: `key` and `value`.
    Single,
}

/// The attributes of a resource type that anybody asks for; readers take these and no others.
#[derive(Debug)]
pub struct Wanted {
    /// Names of top-level attributes and blocks, sorted.
    pub attributes: &'static [&'static str],
    /// Those of them that the provider fills in where the configuration does not set them, with what other resources made:
    /// the rules of a security group, the policies attached to a role. A plan or state shows them; unless the configuration
    /// sets them, readers take them as unset, or the same things would count twice.
    pub mirrored: &'static [&'static str],
}

impl Wanted {
    /// True if somebody reads this attribute.
    pub fn contains(&self, attribute: &str) -> bool {
        self.attributes.binary_search(&attribute).is_ok()
    }
}

static PLAIN: Wanted = Wanted { attributes: &["region", "tags", "tags_all"], mirrored: &[] };
static BY_ID: Identity = Identity { attributes: &["id", "arn"], key: &[] };

fn find<'a, T>(table: &'a [(&str, T)], key: &str) -> Option<&'a T> {
    table.binary_search_by(|(k, _)| (*k).cmp(key)).ok().map(|i| &table[i].1)
}

/// Returns the type that a type is another spelling of, or the type itself.
pub fn canonical(resource_type: &str) -> &str {
    find(&tables::ALIASES, resource_type).copied().unwrap_or(resource_type)
}

/// Returns the type whose objects, made by AWS, this type adopts: `aws_default_vpc` an `aws_vpc`.
///
/// An instance of such a type creates nothing; as a parent it is one of the returned type.
pub fn adopts(resource_type: &str) -> Option<&'static str> {
    find(&tables::ADOPTS, resource_type).copied()
}

/// Returns what identifies an object of this type; types that nothing is known of are identified by `id` and `arn`.
pub fn identity(parent_type: &str) -> &'static Identity {
    let parent_type = adopts(parent_type).unwrap_or_else(|| canonical(parent_type));
    find(&tables::IDENTITIES, parent_type).unwrap_or(&BY_ID)
}

/// Returns what AWS makes by itself in a parent of this type, or in a `region` or `account`.
pub fn baselines(parent_type: &str) -> &'static [Baseline] {
    let parent_type = canonical(parent_type);
    let all = &tables::BASELINES;
    let first = all.partition_point(|b| b.parent_type < parent_type);
    let count = all[first..].partition_point(|b| b.parent_type == parent_type);
    &all[first..first + count]
}

/// Returns the quotas that instances of a type use in ways that are not measured, for the report to list.
pub fn unmeasured(resource_type: &str) -> &'static [Unmeasured] {
    let resource_type = canonical(resource_type);
    let all = &tables::UNMEASURED;
    let first = all.partition_point(|u| u.resource_type < resource_type);
    let count = all[first..].partition_point(|u| u.resource_type == resource_type);
    &all[first..first + count]
}

/// Returns every use that is not measured, sorted by resource type.
pub fn all_unmeasured() -> &'static [Unmeasured] {
    &tables::UNMEASURED
}

/// Returns all that AWS makes by itself, sorted by parent.
pub fn all_baselines() -> &'static [Baseline] {
    &tables::BASELINES
}

/// How long AWS takes to raise a quota, as somebody says.
#[derive(Debug)]
pub struct LeadTime {
    pub service: &'static str,
    /// Code or name; empty: all quotas of the service.
    pub quota: &'static str,
    pub time: &'static str,
    /// Id for [`source`].
    pub source: &'static str,
}

/// Returns what is said of the time that an increase takes; that of the quota itself first.
pub fn lead_times(service: &str, key: &str) -> Vec<&'static LeadTime> {
    let all = tables::LEAD_TIMES.iter();
    let mut found: Vec<_> =
        all.filter(|l| l.service == service && (l.quota.is_empty() || l.quota == key)).collect();
    found.sort_by_key(|l| l.quota.is_empty());
    found
}

/// A service that has another name now, or is no more.
#[derive(Debug)]
pub struct ServiceChange {
    pub service: &'static str,
    pub what: &'static str,
    /// The page that says so.
    pub source: &'static str,
}

/// Returns what became of a service. None: nothing that we know of.
pub fn service_change(service: &str) -> Option<&'static ServiceChange> {
    tables::SERVICE_CHANGES.iter().find(|c| c.service == service)
}

/// Returns what a delete of this type frees. None: everything, at once.
pub fn delete(resource_type: &str) -> Option<&'static Delete> {
    let resource_type = canonical(resource_type);
    let all = &tables::DELETES;
    all.binary_search_by(|d| d.resource_type.cmp(resource_type)).ok().map(|i| &all[i])
}

/// True if objects of this type belong to an account as a whole, not to a Region of it.
pub fn is_global(resource_type: &str) -> bool {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|p| resource_type.starts_with(p));
    tables::GLOBAL_TYPES.binary_search(&resource_type).is_ok()
        || starts(&tables::GLOBAL_PREFIXES) && !starts(&tables::REGIONAL_PREFIXES)
}

/// Returns how a type takes tags. None: the data does not know the type.
pub fn taggable(resource_type: &str) -> Option<&'static Taggable> {
    let all = &tables::TAGGABLE;
    all.binary_search_by(|t| t.resource_type.cmp(resource_type)).ok().map(|i| &all[i])
}

/// Returns the types that have a name in Organizations tag policies, by type.
pub fn tag_policy_types() -> impl Iterator<Item = &'static Taggable> {
    tables::TAGGABLE.iter().filter(|t| !t.policy_type.is_empty())
}

/// Returns the attribute that names what a tag is set on, for types that are a tag of another resource.
pub fn tag_target(resource_type: &str) -> Option<&'static str> {
    taggable(resource_type).filter(|t| t.shape == TagShape::Single)?;
    Some(match resource_type {
        "aws_ec2_tag" => "resource_id",
        "aws_autoscaling_group_tag" => "autoscaling_group_name",
        _ => "resource_arn",
    })
}

/// Returns the attributes that readers have to take from an instance of this type.
pub fn wanted(resource_type: &str) -> &'static Wanted {
    find(&tables::WANTED, resource_type)
        .or_else(|| find(&tables::WANTED, canonical(resource_type)))
        .unwrap_or(&PLAIN)
}

/// Returns the source of that id.
pub fn source(id: &str) -> Option<&'static Source> {
    let all = &tables::SOURCES;
    all.binary_search_by(|s| s.id.cmp(id)).ok().map(|i| &all[i])
}

/// Returns the virtual CPUs of an EC2 instance type as EC2 describes it.
pub fn virtual_cpus(instance_type: &str) -> Option<u64> {
    find(&tables::VIRTUAL_CPUS, instance_type).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ScopeKey, quotas, resource_schema};

    #[test]
    fn aliases_and_adopting_types_resolve() {
        assert_eq!(canonical("aws_alb"), "aws_lb");
        assert_eq!(canonical("aws_lb"), "aws_lb");
        assert_eq!(canonical("null_resource"), "null_resource");
        assert_eq!(adopts("aws_default_vpc"), Some("aws_vpc"));
        assert_eq!(adopts("aws_vpc"), None);
    }

    #[test]
    fn parents_are_named_by_what_is_unique() {
        assert_eq!(identity("aws_s3_bucket").attributes, ["id", "bucket", "arn"]);
        assert_eq!(identity("aws_alb").attributes, identity("aws_lb").attributes);
        assert_eq!(identity("aws_default_vpc").attributes, ["id", "arn"]);
        assert_eq!(identity("aws_no_such_thing").attributes, ["id", "arn"]);
        let locale = identity("aws_lexv2models_bot_locale");
        assert_eq!(locale.key, [("bot_id", None), ("locale_id", None)]);
        let rule = identity("aws_cloudwatch_event_rule");
        assert_eq!(rule.key[1], ("event_bus_name", Some("default")));
    }

    /// A scope of several attributes is the key of its parent, or the parent and what narrows it.
    #[test]
    fn scopes_of_several_attributes_fit_the_key_of_their_parent() {
        for measure in quotas().iter().flat_map(|q| q.measures).filter(|m| m.scope.len() > 1) {
            let key = identity(measure.scope_type).key;
            let narrowed = matches!(measure.scope[1], ScopeKey::Through { .. });
            assert!(key.len() == measure.scope.len() || narrowed, "{}", measure.resource_type);
        }
    }

    #[test]
    fn every_parent_in_a_scope_is_asked_for_what_names_it() {
        for measure in quotas().iter().flat_map(|q| q.measures).filter(|m| !m.scope.is_empty()) {
            if measure.scope_type == "availability_zone" || measure.scope[0].is_own() {
                continue;
            }
            let parent = identity(measure.scope_type);
            for name in parent.attributes.iter().chain(parent.key.iter().map(|(name, _)| name)) {
                assert!(wanted(measure.scope_type).contains(name), "{name} of {}", measure.scope_type);
            }
        }
    }

    #[test]
    fn a_connect_instance_comes_with_a_queue_and_more() {
        let rows = baselines("aws_connect_instance");
        let queue: Vec<_> = rows.iter().filter(|b| b.objects == ["BasicQueue"]).collect();
        assert_eq!(queue.len(), 2);
        let new = queue.iter().find(|b| b.new).unwrap();
        assert_eq!(new.quota.get().code, "L-19A87C94");
        assert_eq!(new.count(), Count::exactly(1));
        let existing = queue.iter().find(|b| b.existing).unwrap();
        assert_eq!(existing.count(), Count::between(0, 1));
        assert!(baselines("aws_sns_topic").is_empty());
        assert!(baselines("region").iter().any(|b| b.quota.get().code == "L-F678F1CE"));
    }

    #[test]
    fn a_baseline_is_stated_once_for_each_kind_of_parent() {
        let all = &tables::BASELINES;
        for (i, a) in all.iter().enumerate() {
            for b in &all[i + 1..] {
                let same =
                    (a.parent_type, a.quota, a.part, a.name) == (b.parent_type, b.quota, b.part, b.name);
                assert!(!same || !(a.new && b.new || a.existing && b.existing), "{}", a.name);
            }
        }
    }

    #[test]
    fn what_is_not_measured_says_why() {
        let group = unmeasured("aws_autoscaling_group");
        assert_eq!(group[0].quota.get().code, "L-1216C47A");
        assert!(group[0].reason.contains("launch template"));
        assert!(unmeasured("aws_vpc").is_empty());
    }

    #[test]
    fn attributes_that_show_what_other_resources_made_are_known() {
        assert_eq!(wanted("aws_security_group").mirrored, ["egress", "ingress"]);
        assert_eq!(wanted("aws_iam_role").mirrored, ["inline_policy", "managed_policy_arns"]);
        assert!(wanted("aws_lambda_function").mirrored.is_empty());
    }

    #[test]
    fn deletes_tell_when_quota_is_free_again() {
        let key = delete("aws_kms_key").unwrap();
        assert_eq!(key.frees, Frees::After { least_days: 7, most_days: 30 });
        assert_eq!(key.days_attribute, "deletion_window_in_days");
        assert!(wanted("aws_kms_key").contains("deletion_window_in_days"));
        assert_eq!(delete("aws_cloudwatch_log_group").unwrap().kept_if, "skip_destroy");
        assert!(delete("aws_sqs_queue").is_none());
    }

    #[test]
    fn global_types_are_those_without_a_region() {
        for global in ["aws_iam_role", "aws_cloudfront_distribution", "aws_route53_zone", "aws_s3_bucket"] {
            assert!(is_global(global), "{global}");
        }
        for regional in
            ["aws_vpc", "aws_route53_resolver_endpoint", "aws_route53profiles_profile", "aws_wafv2_web_acl"]
        {
            assert!(!is_global(regional), "{regional}");
        }
        for (name, _) in &tables::RESOURCES {
            let schema = resource_schema(name).unwrap();
            let named = tables::GLOBAL_TYPES.contains(name);
            if is_global(name) && !named {
                assert!(schema.get("region").is_none(), "{name} has a region");
            }
        }
    }

    #[test]
    fn tags_have_a_shape() {
        assert_eq!(taggable("aws_connect_queue").unwrap().shape, TagShape::Map);
        assert_eq!(taggable("aws_connect_queue").unwrap().policy_type, "connect:instance/queue");
        assert_eq!(taggable("aws_autoscaling_group").unwrap().shape, TagShape::Blocks);
        assert_eq!(taggable("aws_ec2_tag").unwrap().shape, TagShape::Single);
        assert_eq!(tag_target("aws_ec2_tag"), Some("resource_id"));
        assert_eq!(tag_target("aws_transfer_tag"), Some("resource_arn"));
        assert_eq!(tag_target("aws_autoscaling_group_tag"), Some("autoscaling_group_name"));
        assert_eq!(tag_target("aws_instance"), None);
        assert_eq!(taggable("aws_iam_group").unwrap().shape, TagShape::None);
        assert!(taggable("aws_instance").unwrap().also.contains(&(&["volume_tags"] as Path)));
        assert!(taggable("google_project").is_none());
        assert!(wanted("aws_instance").contains("volume_tags"));
        assert!(wanted("aws_ec2_tag").contains("resource_id"));
    }

    #[test]
    fn what_nobody_knows_is_asked_for_tags_and_region_only() {
        assert_eq!(wanted("google_project").attributes, ["region", "tags", "tags_all"]);
        assert!(wanted("aws_alb").contains("load_balancer_type"));
        for (_, wanted) in &tables::WANTED {
            assert!(wanted.attributes.is_sorted());
        }
    }

    #[test]
    fn instance_types_have_cpus() {
        assert_eq!(virtual_cpus("m5.large"), Some(2));
        assert_eq!(virtual_cpus("c5.18xlarge"), Some(72));
        assert_eq!(virtual_cpus("m5.enormous"), None);
    }
}
