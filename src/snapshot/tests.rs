//! The form of the file, and what is wrong with files.

use super::*;

fn sample() -> Snapshot {
    let place = Place {
        account: "123456789012".into(),
        partition: "aws".into(),
        region: "us-east-1".into(),
        taken_at: "2026-11-18T08:15:30Z".into(),
        quotas: vec![
            Quota {
                service: "connect".into(),
                code: "L-19A87C94".into(),
                name: "Queues per instance".into(),
                value: Some(150.0),
                resource: Some("*".into()),
                adjustable: Some(true),
                ..Quota::default()
            },
            Quota {
                service: "connect".into(),
                code: "L-8F812903".into(),
                error: Some("DEPENDENCY_ACCESS_DENIED_ERROR".into()),
                value: Some(0.0),
                ..Quota::default()
            },
        ],
        usage: vec![Usage {
            service: "connect".into(),
            code: "L-AA17A6B9".into(),
            amount: 2,
            ..Usage::default()
        }],
        requests: vec![Request {
            service: "connect".into(),
            code: "L-19A87C94".into(),
            status: "PENDING".into(),
            desired: 300.0,
            ..Request::default()
        }],
        resources: vec![Resource {
            r#type: "aws_connect_instance".into(),
            arn: "arn:aws:connect:us-east-1:123456789012:instance/abc".into(),
            id: "abc".into(),
            name: Some("centre".into()),
        }],
        missing: vec![Missing {
            what: "usage".into(),
            service: "lambda".into(),
            why: "denied".into(),
            ..Missing::default()
        }],
    };
    Snapshot { places: vec![place], ..Snapshot::new() }
}

#[test]
fn what_is_written_is_read_again() {
    assert_eq!(parse(&sample().text()).unwrap(), sample());
}

#[test]
fn the_committed_form_stays_readable() {
    // A file of the first version, as it will lie in repositories: later programs must read it.
    let text = r#"{"schema_version": 1, "made_by": "tf-headroom 0.1.0", "unknown": true, "places": [
      {"account": "123456789012", "partition": "aws", "region": "us-east-1", "taken_at": "2026-11-18T08:15:30Z",
       "quotas": [{"service": "connect", "code": "L-19A87C94", "value": 150}]}]}"#;
    let snapshot = parse(text).unwrap();
    assert_eq!(snapshot.places[0].quotas[0].value, Some(150.0));
}

#[test]
fn every_cut_of_a_snapshot_is_refused() {
    let text = sample().text();
    for end in (0..text.trim_end().len()).filter(|i| text.is_char_boundary(*i)) {
        assert!(parse(&text[..end]).is_err(), "cut at {end}");
    }
    assert!(matches!(parse(&text[..300]), Err(SnapshotError::Truncated { .. })));
}

#[test]
fn what_cannot_be_is_refused_and_named() {
    let check = |change: &dyn Fn(&mut Snapshot), expected: &str| {
        let mut snapshot = sample();
        change(&mut snapshot);
        let said = parse(&snapshot.text()).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
    };
    check(&|s| s.schema_version = 2, "version 2, and this program reads version 1");
    check(&|s| s.places.clear(), "no account");
    check(&|s| s.places[0].account = "prod".into(), "`prod` is not an account number");
    check(&|s| s.places[0].taken_at = "yesterday".into(), "`yesterday` is not a time");
    check(&|s| s.places.push(s.places[0].clone()), "123456789012 us-east-1 is there twice");
    check(&|s| s.places[0].quotas[0].value = Some(-3.0), "-3 is no value of a quota (connect L-19A87C94)");
    check(&|s| s.places[0].quotas[0].value = Some(1e300), "is no value of a quota");
    check(&|s| s.places[0].requests[0].desired = -1.0, "-1 is no value");
    for other in ["{}", "{\"format_version\": \"1.2\", \"planned_values\": {}}", "{\"schema_version\": 1}"] {
        assert!(matches!(parse(other), Err(SnapshotError::Other)), "{other}");
    }
    for text in ["[1]", "no", "{\"schema_version\": 1, \"places\": 3}"] {
        assert!(matches!(parse(text), Err(SnapshotError::Json { .. })), "{text}");
    }
}

#[test]
fn a_value_that_aws_did_not_tell_is_a_failure_and_no_limit() {
    let observed = sample().observed(LimitOrigin::Snapshot, "q.json", Date::parse("2026-11-20"), 30);
    let codes: Vec<&str> = observed.limits.iter().map(|l| l.code.as_str()).collect();
    assert_eq!(codes, ["L-19A87C94"]);
    let source = observed.source.unwrap();
    let why: Vec<&str> = source.failures.iter().map(|f| f.why.as_str()).collect();
    assert_eq!(why, ["DEPENDENCY_ACCESS_DENIED_ERROR", "denied"]);
    assert_eq!(source.text(), "snapshot of 2026-11-18, 2 days old");
}

#[test]
fn one_account_is_taken_for_the_one_that_nobody_names() {
    let accounts = |s: &Snapshot| s.observed(LimitOrigin::Snapshot, "", None, 30).accounts;
    let mut snapshot = sample();
    let known = accounts(&snapshot);
    assert_eq!((known[0].account.as_str(), known[0].region.as_deref()), ("123456789012", Some("us-east-1")));
    snapshot.places.push(Place { region: "us-west-2".into(), ..snapshot.places[0].clone() });
    assert_eq!(accounts(&snapshot)[0].region, None);
    snapshot.places.push(Place { account: "999999999999".into(), ..snapshot.places[0].clone() });
    assert_eq!(accounts(&snapshot), []);
}
