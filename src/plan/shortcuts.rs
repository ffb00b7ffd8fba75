//! What is read once and taken for several is what it would be, read each time.

use super::tests::inventory;
use crate::inventory::{Instance, Inventory};

/// One element of `resource_changes` for a function.
#[derive(Clone)]
struct Element {
    actions: &'static str,
    before: String,
    after: String,
    unknown: &'static str,
    sensitive: [&'static str; 2],
}

const VALUES: &str = r#"{"arn":"arn:aws:lambda:eu-central-1:123456789012:function:f","environment":[{"variables":{"A":"1"}}],"function_name":"f","id":"f","layers":["arn:aws:lambda:eu-central-1:123456789012:layer:l:1"],"memory_size":512,"role":"arn:aws:iam::123456789012:role/r","tags":{"Owner":"a","Stage":"b"},"tags_all":{"Owner":"a","Stage":"b"},"timeout":30}"#;

fn elements() -> Vec<Element> {
    let mut all = Vec::new();
    let actions = [r#"["no-op"]"#, r#"["update"]"#, r#"["delete","create"]"#];
    let unknowns = [
        "{}",
        r#"{"memory_size":true,"layers":[true]}"#,
        r#"{"tags_all":{"Owner":true}}"#,
        r#"{"tags":true}"#,
    ];
    let marks =
        ["{}", r#"{"tags":{"Owner":true},"tags_all":{"Owner":true}}"#, r#"{"tags":true}"#, "true", "false"];
    for actions in actions {
        for unknown in unknowns {
            for before in marks {
                for after in marks {
                    all.push(Element {
                        actions,
                        before: VALUES.into(),
                        after: VALUES.into(),
                        unknown,
                        sensitive: [before, after],
                    });
                }
            }
        }
    }
    let other = VALUES.replace("512", "1024").replace(r#""timeout":30"#, r#""timeout":null"#);
    for (before, after) in [(VALUES, "null"), ("null", VALUES), (VALUES, other.as_str()), (&other, VALUES)] {
        all.push(Element {
            actions: r#"["update"]"#,
            before: before.into(),
            after: after.into(),
            unknown: "{}",
            sensitive: ["{}", "{}"],
        });
    }
    all
}

/// Reads elements as one plan.
fn plan<'e>(elements: impl IntoIterator<Item = &'e Element>) -> Inventory {
    let elements = elements.into_iter().enumerate().map(|(i, e)| {
        let Element { actions, before, after, unknown, sensitive: [old, new] } = e;
        format!(
            r#"{{"address":"aws_lambda_function.f[{i}]","mode":"managed","type":"aws_lambda_function","name":"f","index":{i},"provider_name":"registry.terraform.io/hashicorp/aws","change":{{"actions":{actions},"before":{before},"after":{after},"after_unknown":{unknown},"before_sensitive":{old},"after_sensitive":{new}}}}}"#
        )
    });
    let elements = elements.collect::<Vec<_>>().join(",");
    inventory(format!(r#"{{"format_version":"1.2","resource_changes":[{elements}]}}"#).as_bytes())
}

/// What is told of an instance, without its address.
fn told(instance: &Instance) -> String {
    let readings: Vec<_> = instance
        .readings
        .iter()
        .map(|r| (r.measure, r.before, r.after, r.why.as_ref().map(|c| c.kind()), &r.texts))
        .collect();
    let Instance { tags, tags_all, tags_before, before, after, change, region, .. } = instance;
    let text =
        format!("{before} {after} {change:?} {region:?} {readings:?} {tags:?} {tags_all:?} {tags_before:?}");
    // Causes name the instance.
    text.replace(&instance.address.to_string(), "")
}

#[test]
fn sides_that_are_written_the_same_are_read_as_if_they_were_not() {
    for element in elements() {
        let [old, new] = element.sensitive;
        let old = if old == "{}" { "{ }" } else { old };
        let before = element.before.replacen('{', "{ ", 1);
        let spaced = Element { before, sensitive: [old, new], ..element.clone() };
        let (one, other) = (plan([&element]), plan([&spaced]));
        assert_eq!((one.instances.len(), other.instances.len()), (1, 1));
        assert_eq!(told(&one.instances[0]), told(&other.instances[0]));
    }
}

#[test]
fn what_was_read_before_changes_nothing_of_what_comes_after() {
    let all = elements();
    let together = plan(&all);
    assert_eq!(together.instances.len(), all.len());
    let mut different = std::collections::BTreeSet::new();
    for (element, instance) in all.iter().zip(&together.instances) {
        let alone = plan([element]);
        assert_eq!(told(&alone.instances[0]), told(instance));
        different.insert(told(instance));
    }
    assert!(different.len() > 20, "{}", different.len());
}

#[test]
fn tags_that_are_no_utf8_are_told_of_whatever_was_read_before() {
    let mut text = br#"{"format_version":"1.2","resource_changes":["#.to_vec();
    for (i, bad) in [false, true, false].into_iter().enumerate() {
        let head = format!(
            r#"{}{{"address":"aws_lambda_function.f[{i}]","mode":"managed","type":"aws_lambda_function","name":"f","index":{i},"change":{{"actions":["create"],"before":null,"after":"#,
            if i > 0 { "," } else { "" }
        );
        text.extend_from_slice(head.as_bytes());
        let mut values = VALUES.as_bytes().to_vec();
        if bad {
            let at = VALUES.find(r#""Stage":"b""#).unwrap() + 9;
            values[at] = 0xff;
        }
        text.extend_from_slice(&values);
        text.extend_from_slice(br#","after_unknown":{},"before_sensitive":false,"after_sensitive":{}}}"#);
    }
    text.extend_from_slice(b"]}");
    let found = inventory(&text);
    assert_eq!(found.instances.len(), 2);
    let faults: Vec<&str> = found
        .diagnostics
        .iter()
        .filter(|d| d.summary == "Resource cannot be read")
        .map(|d| d.detail.as_str())
        .collect();
    assert!(matches!(faults.as_slice(), [one] if one.contains("tags")), "{faults:?}");
}

#[test]
fn a_list_of_texts_has_its_length_however_it_is_written() {
    let queue = |list: &str| {
        let text = format!(
            r#"{{"format_version":"1.2","resource_changes":[{{"address":"aws_connect_queue.q","mode":"managed","type":"aws_connect_queue","name":"q","change":{{"actions":["create"],"before":null,"after":{{"quick_connect_ids":{list}}},"after_unknown":{{}}}}}}]}}"#
        );
        inventory(text.as_bytes())
    };
    let long = "x".repeat(2000);
    let expected = told(&queue(r#"["a","b"]"#).instances[0]);
    for list in [r#"[ "a" , "b" ]"#, r#"["a","\u0062"]"#, r#"["\"a","b"]"#, &format!(r#"["{long}","b"]"#)] {
        assert_eq!(told(&queue(list).instances[0]), expected, "{list}");
    }
    for list in [r#"["a"]"#, r#"["a","b","c"]"#, "[]", "null"] {
        assert_ne!(told(&queue(list).instances[0]), expected, "{list}");
    }
    for list in [r#"["a","\x"]"#, r#"["a" "b"]"#, r#"["a",01]"#, r#"["a",]"#] {
        assert!(queue(list).instances.is_empty(), "{list}");
    }
}
