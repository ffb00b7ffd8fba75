//! What AWS itself refuses in tags.

use std::collections::BTreeMap;

use ecow::EcoString;

use super::effective::{Effective, EffectiveTag};
use super::services::Service;
use crate::inventory::TagValue;

/// Something that AWS refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Empty if it is about all tags together.
    pub key: EcoString,
    /// What is wrong, to follow the key: "is longer than 128 characters".
    pub what: String,
}

/// Returns what AWS refuses in the tags of a resource of that type.
pub(super) fn refusals(ty: &str, service: &Service, tags: &Effective<'_>) -> Vec<Refusal> {
    let mut found = Vec::new();
    let mut refuse = |key: &EcoString, what: String| found.push(Refusal { key: key.clone(), what });
    let mut own = 0;
    for tag in &tags.entries {
        let key = tag.key;
        if is_fine(service, tag) {
            own += 1;
            continue;
        }
        if is_reserved(ty, key) {
            refuse(key, "begins with `aws:`, which AWS keeps for itself".into());
            continue;
        }
        own += 1;
        if key.is_empty() {
            refuse(key, "is an empty key".into());
        }
        let length = key.chars().count();
        if length > service.longest.0 {
            let (name, most) = (service.name, service.longest.0);
            refuse(key, format!("is a key of {length} characters, {name} takes {most}"));
        }
        if let Some(c) = key.chars().find(|c| !service.keys.takes(*c)) {
            refuse(key, format!("has {} in its key, which {} does not take", shown(c), service.name));
        }
        if service.refused_keys.contains(&key.as_str()) {
            refuse(key, format!("is a key that {} does not take", service.name));
        }
        let (TagValue::Known(value) | TagValue::Sensitive(value)) = tag.value else { continue };
        let length = value.chars().count();
        if length > service.longest.1 {
            let (name, most) = (service.name, service.longest.1);
            refuse(key, format!("has a value of {length} characters, {name} takes {most}"));
        }
        if let Some(c) = value.chars().find(|c| !service.values.takes(*c)) {
            // One character of a sensitive value would be one too many.
            let what =
                if matches!(tag.value, TagValue::Sensitive(_)) { "a character".into() } else { shown(c) };
            refuse(key, format!("has {what} in its value, which {} does not take", service.name));
        }
        if value.is_empty() && service.refuses_empty_values {
            refuse(key, format!("is empty, which {} does not take", service.name));
        }
    }
    if own > service.most {
        found.push(Refusal {
            key: EcoString::new(),
            what: format!("{own} tags, {} takes {}", service.name, service.most),
        });
    }
    found
}

/// True for most tags: short, and of letters and digits that every service takes.
fn is_fine(service: &Service, tag: &EffectiveTag<'_>) -> bool {
    let key = tag.key;
    let value = match tag.value {
        TagValue::Known(value) | TagValue::Sensitive(value) => value.as_str(),
        TagValue::Unknown(_) | TagValue::Null => "",
    };
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    !key.is_empty()
        && key.len() <= service.longest.0
        && value.len() <= service.longest.1
        && plain(key)
        && plain(value)
        && !(value.is_empty() && service.refuses_empty_values)
        && !service.refused_keys.contains(&key.as_str())
}

/// Up to so many tags, each is held against each.
const FEW: usize = 50;

/// Returns the keys that differ only by case, in groups.
pub(super) fn alike<'a>(tags: &Effective<'a>) -> Vec<Vec<&'a EcoString>> {
    // Asked of every resource, and seldom so: look before making lists.
    let entries = &tags.entries;
    let suspicious = entries.len() > FEW
        || entries.iter().enumerate().any(|(i, a)| {
            !a.key.is_ascii() || entries[..i].iter().any(|b| a.key.eq_ignore_ascii_case(b.key))
        });
    if !suspicious {
        return Vec::new();
    }
    let mut groups: BTreeMap<String, Vec<&EcoString>> = BTreeMap::new();
    for tag in entries {
        groups.entry(tag.key.to_lowercase().into()).or_default().push(tag.key);
    }
    groups.into_values().filter(|keys| keys.len() > 1).collect()
}

fn is_reserved(ty: &str, key: &str) -> bool {
    // Transfer Family keeps the name and zone of a server in tags that users set.
    // https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/transfer_tag
    let is_taken = ty.starts_with("aws_transfer_") && key.starts_with("aws:transfer:");
    !is_taken && key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

fn shown(c: char) -> String {
    if c.is_control() || c.is_whitespace() { format!("U+{:04X}", u32::from(c)) } else { format!("`{c}`") }
}

#[cfg(test)]
mod tests {
    use super::super::services::{Characters, SERVICES, of_type};
    use super::*;
    use crate::inventory::Tags;
    use crate::inventory::build::{instance, tag_values, tags, variable};
    use crate::tags::effective::effective;

    fn check(ty: &str, tags: Tags) -> Vec<String> {
        let i = instance(&format!("{ty}.x")).tagged(tags);
        let e = effective(&i, None, true);
        refusals(ty, of_type(ty), &e).into_iter().map(|r| format!("{} {}", r.key, r.what)).collect()
    }

    fn many(n: usize) -> Tags {
        let keys: Vec<String> = (0..n).map(|i| format!("k{i}")).collect();
        tags(&keys.iter().map(|k| (k.as_str(), "v")).collect::<Vec<_>>())
    }

    #[test]
    fn fifty_tags_are_taken_and_no_more() {
        assert!(check("aws_sqs_queue", many(50)).is_empty());
        assert_eq!(check("aws_sqs_queue", many(51)), [" 51 tags, AWS takes 50"]);
        assert_eq!(check("aws_s3_object", many(11)), [" 11 tags, an S3 object takes 10"]);
        assert!(check("aws_s3_bucket", many(11)).is_empty());
        assert!(check("aws_lexv2models_bot", many(51)).is_empty());
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(check("aws_sqs_queue", tags(&[(&"é".repeat(128), &"é".repeat(256))])).is_empty());
        assert_eq!(check("aws_sqs_queue", tags(&[(&"k".repeat(129), "v")])).len(), 1);
        assert_eq!(
            check("aws_sqs_queue", tags(&[("k", &"v".repeat(257))])),
            ["k has a value of 257 characters, AWS takes 256"]
        );
    }

    #[test]
    fn the_prefix_of_aws_is_reserved_in_any_case() {
        for key in ["aws:x", "AWS:x", "Aws:cloudformation:stack-name"] {
            assert_eq!(check("aws_instance", tags(&[(key, "v")])).len(), 1, "{key}");
        }
        assert!(check("aws_instance", tags(&[("awsome", "v"), ("x", "aws:y"), ("äwsx", "v")])).is_empty());
        let hostname = || tags(&[("aws:transfer:customHostname", "sftp.example.com")]);
        assert!(check("aws_transfer_server", hostname()).is_empty());
        assert_eq!(check("aws_s3_bucket", hostname()).len(), 1);
    }

    #[test]
    fn characters_depend_on_the_service() {
        for (ty, key, value, refused) in [
            ("aws_instance", "a(b)", "x;y", 0),
            ("aws_iam_role", "a(b)", "x", 1),
            ("aws_iam_role", "a", "x;y", 1),
            ("aws_iam_role", "Größe", "Ünïcode 12", 0),
            ("aws_connect_queue", "a b@c", "a/b=c+d", 0),
            ("aws_connect_queue", "a", "tab\there;", 0),
            ("aws_connect_queue", "a;", "x", 1),
            ("aws_bedrockagent_agent", "Größe", "x", 1),
            ("aws_bedrock_guardrail", "a", "x y@z", 0),
            ("aws_customerprofiles_domain", "a b", "a b@c", 1),
            ("aws_customerprofiles_domain", "a_b:c", "(x)", 0),
            ("aws_appintegrations_data_integration", "a@b", "x", 1),
            ("aws_mwaa_environment", "a", "", 1),
            ("aws_lb_target_group", "a", "x!", 1),
            ("aws_ssmincidents_replication_set", "a!", "x", 0),
            ("aws_elastic_beanstalk_application", "Name", "x", 1),
            ("aws_elastic_beanstalk_application", "x", "", 1),
            ("aws_sqs_queue", "x", "", 0),
            ("aws_sqs_queue", "", "x", 1),
        ] {
            assert_eq!(check(ty, tags(&[(key, value)])).len(), refused, "{ty} {key} {value}");
        }
    }

    #[test]
    fn every_service_that_limits_characters_refuses_some_and_takes_others() {
        for service in &SERVICES {
            let ty = format!("{}x", service.types);
            let clean = check(&ty, tags(&[("plain_key", "a-b")]));
            assert!(clean.is_empty(), "{ty}: {clean:?}");
            for (characters, tags) in
                [(service.keys, tags(&[("a{b}", "x")])), (service.values, tags(&[("a", "{x}")]))]
            {
                let refused = usize::from(characters != Characters::Any);
                assert_eq!(check(&ty, tags).len(), refused, "{ty}");
            }
            let (key, value) = service.longest;
            assert!(check(&ty, tags(&[(&"k".repeat(key), &"v".repeat(value))])).is_empty(), "{ty}");
            assert_eq!(check(&ty, tags(&[(&"k".repeat(key + 1), &"v".repeat(value + 1))])).len(), 2, "{ty}");
        }
    }

    #[test]
    fn nothing_of_a_sensitive_value_is_told() {
        let found = check("aws_iam_role", tag_values([("k", TagValue::Sensitive("geheim;".into()))]));
        assert_eq!(found, ["k has a character in its value, which IAM does not take"]);
    }

    #[test]
    fn an_unknown_value_is_not_judged() {
        assert!(check("aws_iam_role", tag_values([("k", TagValue::Unknown(variable("x")))])).is_empty());
    }

    #[test]
    fn keys_that_differ_only_by_case_are_found() {
        let i = instance("aws_sqs_queue.q").tagged(tags(&[("Owner", "a"), ("owner", "b"), ("Other", "c")]));
        assert_eq!(alike(&effective(&i, None, true)), [["Owner", "owner"]]);
    }
}
