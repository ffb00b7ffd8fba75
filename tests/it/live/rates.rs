//! Calls and wall time where AWS keeps its rates.

use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::{findings, run_in, world};
use crate::aws::{Server, World};
use crate::observed::folder;

/// The rates that AWS grants.
/// <https://docs.aws.amazon.com/servicequotas/latest/userguide/reference_limits.html>
const RATES: [(&str, f64, f64); 7] = [
    ("ListServiceQuotas", 10.0, 10.0),
    ("ListAWSDefault", 10.0, 10.0),
    ("Get", 5.0, 5.0),
    ("ListRequested", 5.0, 5.0),
    ("ListInstances", 1.0, 1.0),
    ("ListContactFlow", 2.0, 2.0),
    ("ListQueues", 10.0, 10.0),
];

/// Prints calls and wall time; run it alone with `--nocapture` for the table of the README.
#[test]
fn calls_stay_within_the_rates_of_aws() {
    let ids: Vec<String> = (1..=3).map(|n| format!("0a1b2c3d-0000-4000-8000-00000000000{n}")).collect();
    let parts = [
        "queue",
        "routing_profile",
        "contact_flow",
        "contact_flow_module",
        "hours_of_operation",
        "quick_connect",
        "user",
        "security_profile",
    ];
    let mut main = "provider \"aws\" { region = \"us-east-1\" }\n".to_owned();
    for (n, id) in ids.iter().enumerate() {
        for part in parts {
            main.push_str(&format!(
                "resource \"aws_connect_{part}\" \"i{n}\" {{\n  instance_id = \"{id}\"\n  name = \"x\"\n}}\n"
            ));
        }
    }
    let delay = Duration::from_millis(50);
    let instances = ids.iter().map(|id| (id.clone(), None)).collect();
    let server = Server::start(World { rates: RATES.to_vec(), delay, instances, ..world() });
    let three = folder("live-three", &[("main.tf", &main)]);
    let start = Instant::now();
    let run = run_in(
        &three,
        &server,
        "check --format json --quotas live --fail-on never",
        &[("TF_HEADROOM_TIMEOUT", "20")],
    );
    let time = start.elapsed();
    println!(
        "3 instances: {} calls, {} throttled, {:.1} s",
        server.actions().len(),
        server.throttled.lock().expect("no panic"),
        time.as_secs_f64()
    );
    let report: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}{}", run.err));
    assert_eq!(findings(&report, "limits-fallback").iter().filter(|m| m.contains("usage")).count(), 0);
    assert_eq!(server.count("ListQueues"), 3);
    assert!(*server.throttled.lock().expect("no panic") <= 2);
    assert!(time < Duration::from_secs(30), "{time:?}");

    let (mut main, mut settings, mut accounts) = (String::new(), String::new(), Vec::new());
    for n in 0..20 {
        let id = format!("{:012}", 100_000_000_000u64 + n);
        settings.push_str(&format!(
            "account \"a{n}\" {{\n  id = \"{id}\"\n  role_arn = \"arn:aws:iam::{id}:role/r\"\n}}\n"
        ));
        main.push_str(&format!("provider \"aws\" {{\n  alias = \"a{n}\"\n  region = \"us-east-1\"\n  allowed_account_ids = [\"{id}\"]\n}}\n"));
        for (ty, body) in [
            ("aws_vpc", "cidr_block = \"10.0.0.0/16\""),
            (
                "aws_connect_instance",
                "identity_management_type = \"SAML\"\n  inbound_calls_enabled = true\n  outbound_calls_enabled = true",
            ),
            ("aws_lambda_function", "function_name = \"f\"\n  role = \"r\""),
            ("aws_dynamodb_table", "name = \"t\""),
            ("aws_kms_key", ""),
            ("aws_s3_bucket", ""),
        ] {
            main.push_str(&format!("resource \"{ty}\" \"a{n}\" {{\n  provider = aws.a{n}\n  {body}\n}}\n"));
        }
        accounts.push((format!("AKIA{id}"), id));
    }
    let server = Server::start(World {
        rates: RATES.to_vec(),
        delay,
        accounts: accounts.into_iter().collect(),
        ..world()
    });
    let twenty = folder("live-twenty", &[("main.tf", &main), (".tf-headroom.hcl", &settings)]);
    let start = Instant::now();
    let run = run_in(
        &twenty,
        &server,
        "check --format json --quotas live --fail-on never",
        &[("TF_HEADROOM_TIMEOUT", "20")],
    );
    let time = start.elapsed();
    println!(
        "20 accounts: {} calls, {} throttled, {:.1} s",
        server.actions().len(),
        server.throttled.lock().expect("no panic"),
        time.as_secs_f64()
    );
    let report: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}{}", run.err));
    let all = report["projections"].as_array().expect("projections");
    let live =
        all.iter().filter(|p| p["quota"]["code"] == "L-F678F1CE" && p["limit"]["origin"] == "live").count();
    assert_eq!(live, 20, "{}", run.err);
    assert!(time < Duration::from_secs(60), "{time:?}");
}
