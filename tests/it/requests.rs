//! What `quotas request` prints, for every quota that is measured: held to the programs that people give it to.
//!
//! `tests/tools/requests.sh` runs these with the AWS CLI and Terraform at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tf_headroom::catalog::{self, Adjustable, Quota};
use tf_headroom::expand;
use tf_headroom::finding::Severity;
use tf_headroom::module::Loader;
use tf_headroom::projection::{Projection, Verdict};
use tf_headroom::request::{Ask, Form, Plan, Way, asks, render};
use tf_headroom::source::Files;

use crate::boundary;
use crate::conformance::Memory;

/// Names that a shell would take apart.
const ARNS: [&str; 2] = [
    "arn:aws:connect:us-east-1:123456789012:instance/0a1b2c3d-0000-4000-8000-000000000001",
    "arn:aws:x:us-east-1:123456789012:it's \"one\" $HOME `id` \\ & more/*",
];

/// What is asked for of each quota that a configuration can exceed.
fn every_ask() -> Vec<Ask> {
    let mut found: BTreeMap<(&str, &str), Vec<Ask>> = BTreeMap::new();
    let thread = std::thread::Builder::new().stack_size(32 << 20).spawn(|| {
        let mut all: Vec<(&'static Quota, Projection)> = Vec::new();
        for quota in catalog::quotas().iter().filter(|q| !q.code.is_empty()) {
            for measure in quota.measures {
                let Ok(projected) = boundary::exceeding(measure) else { continue };
                let mut over = projected.projections.into_iter().filter(|p| {
                    p.verdict == Verdict::Exceeded
                        && p.quota.code == quota.code
                        && p.quota.service == quota.service
                });
                if let Some(p) = over.next() {
                    all.push((quota, p));
                    break;
                }
            }
        }
        all
    });
    let all = thread.expect("a thread starts").join().expect("no panic");
    let plan = Plan { buffer: 20, ..Plan::default() };
    for (quota, p) in all {
        let mut own = asks(&[p.clone()].into_iter().collect(), &plan);
        // The same in parents that exist.
        if p.scope.parent.is_some() {
            for arn in ARNS {
                let mut existing = p.clone();
                existing.scope.parent = Some(arn.into());
                own.extend(asks(&[existing].into_iter().collect(), &plan));
            }
        }
        found.insert((quota.service, quota.code), own);
    }
    found.into_values().flatten().collect()
}

/// Returns how many requests are in Terraform blocks.
fn read(blocks: &str) -> usize {
    let tree = Memory(BTreeMap::from([(PathBuf::from("root/main.tf"), blocks.as_bytes().to_vec())]));
    let files = Files::default();
    let loader = Loader::new(&tree, &files);
    let inventory = expand::inventory(Path::new("root"), &loader, &expand::Options::default());
    let wrong: Vec<_> = inventory.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    inventory.instances.len()
}

#[test]
fn every_quota_that_is_raised_has_its_line_and_the_blocks_are_terraform() {
    let asks = every_ask();
    let raised: BTreeSet<&str> = asks.iter().filter(|a| a.way != Way::Hard).map(|a| a.quota.code).collect();
    let adjustable = catalog::quotas()
        .iter()
        .filter(|q| !q.code.is_empty() && !q.measures.is_empty() && q.adjustable != Adjustable::No);
    let without: Vec<&str> = adjustable.map(|q| q.code).filter(|code| !raised.contains(code)).collect();
    println!("requests: {} quotas, {} without: {without:?}", raised.len(), without.len());
    assert!(raised.len() > 250 && without.len() < 10, "{without:?}");

    let lines = render(&asks, Form::Cli);
    let lines: Vec<&str> = lines.lines().filter(|l| !l.starts_with('#')).collect();
    let due = asks.iter().filter(|a| a.way != Way::Hard).count();
    assert_eq!(lines.len(), due);
    let blocks = render(&asks, Form::Terraform);
    let of_accounts = asks.iter().filter(|a| a.way == Way::Account).count();
    assert_eq!(read(&blocks), of_accounts, "each block has a name of its own");
    if let Some(folder) = std::env::var_os("TF_HEADROOM_REQUESTS") {
        let folder = PathBuf::from(folder);
        std::fs::write(folder.join("main.tf"), blocks).expect("the folder can be written to");
    }
}

/// The AWS CLI itself takes each line from a shell, and sends what was meant.
#[cfg(feature = "live")]
#[test]
fn the_aws_cli_sends_what_the_lines_say() {
    use crate::aws::{Server, World};
    use serde_json::{Value as Json, json};

    // A program that reads a script and calls the AWS CLI for each `aws` in it.
    let Some(shell) = std::env::var_os("TF_HEADROOM_AWS_SHELL") else {
        println!("requests: skipped, TF_HEADROOM_AWS_SHELL names no shell with the AWS CLI");
        return;
    };
    const LATER: &str = "arn:aws:connect:us-east-1:123456789012:instance/made later";
    let mut asks = every_ask();
    asks.retain(|a| !matches!(a.way, Way::Hard | Way::Pending(_) | Way::Support));
    // Each partition has Regions and ARNs of its own.
    for region in ["us-gov-west-1", "cn-north-1"] {
        let mut elsewhere = asks[0].clone();
        elsewhere.scope.region = Some(region.into());
        elsewhere.scope.partition = tf_headroom::projection::partition_of_region(region).into();
        asks.push(elsewhere);
    }
    let server = Server::start(World::default());
    let folder = std::env::temp_dir().join(format!("tf-headroom-requests-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let script = folder.join("lines.sh");
    std::fs::write(&script, format!("CONTEXT_ID='{LATER}'\n{}", render(&asks, Form::Cli)))
        .expect("it is written");
    let mut command = std::process::Command::new(shell);
    command.arg(&script).env("AWS_ENDPOINT_URL", &server.url).env("HOME", &folder);
    command.env("AWS_ACCESS_KEY_ID", "AKIAFIRST").env("AWS_SECRET_ACCESS_KEY", "secret");
    let run = command.output().expect("the shell runs");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    let _ = std::fs::remove_dir_all(&folder);
    let asked = server.asked.lock().expect("no panic");
    assert_eq!(asked.len(), asks.len(), "{said}");
    for (ask, sent) in asks.iter().zip(asked.iter()) {
        assert_eq!(sent.action, "RequestServiceQuotaIncrease");
        let mut meant = json!({ "ServiceCode": ask.quota.service, "QuotaCode": ask.quota.code,
            "DesiredValue": ask.desired as f64 });
        match &ask.way {
            Way::Resource(arn) => meant["ContextId"] = json!(arn),
            Way::Later(_) => meant["ContextId"] = json!(LATER),
            _ => {}
        }
        let body: Json = serde_json::from_str(&sent.body).expect("a JSON body");
        let numbers = |json: &Json| json["DesiredValue"].as_f64();
        assert_eq!(numbers(&body), numbers(&meant));
        for field in ["ServiceCode", "QuotaCode", "ContextId"] {
            assert_eq!(body[field], meant[field], "{field}");
        }
        let region = ask.scope.region.as_deref().unwrap_or("us-east-1");
        assert_eq!(sent.region, region, "{}", ask.quota.name);
    }
    println!("requests: the AWS CLI sent {} of {} lines as they were meant", asked.len(), asks.len());
}
