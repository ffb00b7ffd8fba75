//! The parts of a check, put together.

use std::path::Path;

use serde_json::{Value, json};

use crate::changes::git;
use crate::common::{Run, command, finish, root};
use crate::estate;
use crate::observed::flowing;

const FORMATS: [&str; 9] =
    ["human", "json", "sarif", "github", "gitlab", "markdown", "junit", "html", "openmetrics"];

fn at(folder: &Path, arguments: &str) -> Run {
    let mut command = command(arguments);
    // Git is found by the path.
    command.current_dir(folder).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    finish(command, "")
}

/// Checks in parts, and returns the paths of their reports.
fn in_parts(folder: &Path, reports: &Path, arguments: &str, of: usize) -> String {
    let paths: Vec<String> = (1..=of)
        .map(|part| {
            let path = reports.join(format!("{part}-of-{of}.json")).display().to_string();
            let run = at(folder, &format!("check {arguments} --shard {part}/{of} --format json={path}"));
            assert!(Path::new(&path).exists(), "{}{}", run.out, run.err);
            path
        })
        .collect();
    paths.join(" ")
}

/// The parts, merged, are what a check of all is, to the byte and in every form.
fn same(folder: &Path, arguments: &str, of: usize) {
    let reports = tempfile::tempdir().unwrap();
    let paths = in_parts(folder, reports.path(), arguments, of);
    // Last part first: the order of the reports is nobody's business.
    let paths: Vec<&str> = paths.split(' ').rev().collect();
    for format in FORMATS {
        // Shares are worked out for what is read by programs.
        let json = reports.path().join("x.json").display().to_string();
        let formats = match format {
            "json" => "--format json".to_owned(),
            _ => format!("--format {format} --format json={json}"),
        };
        let whole = at(folder, &format!("check {arguments} {formats}"));
        let merged = at(folder, &format!("merge {} {formats}", paths.join(" ")));
        assert_eq!(merged.code, whole.code, "{arguments} as {format}: {}", merged.err);
        if merged.out != whole.out {
            let other = whole.out.lines().zip(merged.out.lines()).find(|(a, b)| a != b);
            panic!("{arguments} as {format} in {of} parts: {other:#?}");
        }
    }
}

#[test]
fn the_fixtures_in_parts_are_the_fixtures() {
    same(&root().join("fixtures"), "--recursive --today 2026-11-21", 3);
    same(&root().join("fixtures/monorepo"), "--recursive --today 2026-11-21", 2);
    same(&root().join("fixtures/monorepo"), "--recursive --today 2026-11-21 --shares", 7);
    same(&root().join("fixtures"), "over-quota unknown tagging --today 2026-11-21 --all", 2);
}

#[test]
fn plans_in_parts_are_all_plans() {
    let plans: Vec<String> = std::fs::read_dir(root().join("fixtures/plans"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .collect();
    assert!(plans.len() > 3);
    let mut plans = plans;
    plans.sort();
    same(&root().join("fixtures/plans"), &format!("{} --today 2026-11-21", plans.join(" ")), 3);
}

#[test]
fn a_generated_monorepo_in_four_parts_is_itself() {
    let folder = tempfile::tempdir().unwrap();
    estate::write(folder.path(), 20, 3);
    let arguments = "--recursive --today 2026-11-21";
    same(folder.path(), arguments, 4);
    let report: Value =
        serde_json::from_str(&at(folder.path(), &format!("check {arguments} --format json")).out).unwrap();
    assert_eq!(report["inputs"].as_array().unwrap().len(), 20);
    let scopes: Vec<&Value> = report["projections"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["quota"]["code"] == "L-0263D0A3")
        .map(|p| &p["scope"]["account"])
        .collect();
    assert!(scopes.iter().filter(|a| a.is_string()).count() >= 3, "several accounts: {scopes:?}");
    assert!(!report["findings"].as_array().unwrap().is_empty());
}

#[test]
fn a_part_holds_no_secret_and_no_source() {
    let (folder, reports) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    estate::write(folder.path(), 5, 1);
    let paths = in_parts(folder.path(), reports.path(), "--recursive --today 2026-11-21", 2);
    for path in paths.split(' ') {
        let report: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let data = report["part"]["data"].as_str().unwrap();
        use base64::Engine as _;
        let packed = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
        let text = String::from_utf8(miniz_oxide::inflate::decompress_to_vec(&packed).unwrap()).unwrap();
        assert!(text.contains("aws_connect_instance"));
        for secret in ["never-told", "hidden-", "AKIAEXAMPLE", "PAY_PER_REQUEST", "10.0.0.0"] {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}

#[test]
fn reports_that_do_not_belong_together_are_refused() {
    let (folder, reports) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    estate::write(folder.path(), 4, 1);
    let (folder, reports) = (folder.path(), reports.path());
    let day = "--recursive --today 2026-11-21";
    let two = in_parts(folder, reports, day, 2);
    let [a, b] = two.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let refused = |arguments: &str, says: &str| {
        let run = at(folder, &format!("merge {arguments}"));
        let text = format!("{}{}", run.out, run.err);
        assert_eq!(run.code, 2, "{arguments}: {text}");
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(says), "`{says}` is missing in\n{text}");
    };
    assert!(!at(folder, &format!("merge {a} {b}")).out.contains("Not the parts of one check"));
    refused(a, "part 2 of 2 is missing");
    refused(&format!("{a} {b} {b}"), "are all part 2 of 2");
    refused("nowhere.json", "`nowhere.json` cannot be read");
    let three = in_parts(folder, reports, day, 3);
    refused(&format!("{a} {}", three.split(' ').nth(1).unwrap()), "differ in what they are parts of");
    let other = |name: &str, change: &dyn Fn(&mut Value)| -> String {
        let mut report: Value = serde_json::from_slice(&std::fs::read(b).unwrap()).unwrap();
        change(&mut report);
        let path = reports.join(name);
        std::fs::write(&path, report.to_string()).unwrap();
        path.display().to_string()
    };
    let changed = |change: &dyn Fn(&mut Value), says: &str| {
        refused(&format!("{a} {}", other("changed.json", change)), says);
    };
    changed(&|r| r["part"] = Value::Null, "it holds no part of a check");
    changed(&|r| r["schema_version"] = 2.into(), "its version is 2");
    changed(&|r| r["part"]["today"] = "2026-11-22".into(), "differ in the day");
    changed(&|r| r["part"]["all"] = true.into(), "differ in the options");
    changed(
        &|r| r["part"]["key"]["the version of the program"] = "0".into(),
        "differ in the version of the program",
    );
    changed(&|r| r["part"]["data"] = "AAAA".into(), "is damaged");
    std::fs::write(reports.join("none.json"), "[]").unwrap();
    refused(&reports.join("none.json").display().to_string(), "it is not a report of `check --format json`");

    // The other part with another variable, then with other settings, then in another state of the source.
    let again = |more: &str| in_parts(folder, reports, &format!("{day} {more}"), 2);
    std::fs::copy(a, reports.join("kept.json")).unwrap();
    let kept = reports.join("kept.json").display().to_string();
    again("-var vpc_id=vpc-1");
    refused(&format!("{kept} {b}"), "differ in variables or environment");
    let settings = folder.join(".tf-headroom.hcl");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{text}\nbuffer = 10\n")).unwrap();
    again("");
    refused(&format!("{kept} {b}"), "differ in the settings");
    std::fs::write(&settings, text).unwrap();
    refused(&format!("{a} {b}"), "the settings differs from that of");
    again("");
    std::fs::write(folder.join("stacks/stack-0001/main.tf"), "# nothing is left\n").unwrap();
    refused(&format!("{a} {b}"), "is not the file that");
}

/// A generated monorepo as a repository, changed after its commit: a root less, two more, values and a module of others.
fn changed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    estate::write(at, 7, 2);
    git(at, &["init", "-q", "-b", "main"]);
    git(at, &["config", "user.email", "a@example.com"]);
    git(at, &["config", "user.name", "a"]);
    git(at, &["add", "-A"]);
    git(at, &["commit", "-q", "-m", "one"]);
    estate::write(at, 9, 30);
    std::fs::remove_dir_all(at.join("stacks/stack-0002")).unwrap();
    let table = at.join("modules/table/main.tf");
    let text = std::fs::read_to_string(&table).unwrap();
    std::fs::write(&table, format!("{text}\nresource \"aws_sns_topic\" \"t\" {{}}\n")).unwrap();
    folder
}

#[test]
fn a_change_in_parts_is_the_change() {
    let folder = changed();
    same(folder.path(), "--recursive --today 2026-11-21 --base main", 3);
    let run = at(folder.path(), "check --recursive --today 2026-11-21 --base main --format markdown");
    assert!(run.out.contains("before"), "the change shows: {}", run.out);
    // The base is a folder: it is read in each part, and need not be there any more.
    let other = tempfile::tempdir().unwrap();
    estate::write(other.path(), 7, 2);
    let base = other.path().display();
    same(folder.path(), &format!("--recursive --today 2026-11-21 --base {base}"), 3);
}

#[test]
fn a_gate_in_parts_is_the_gate() {
    let folder = changed();
    let settings = folder.path().join(".tf-headroom.hcl");
    let text = std::fs::read_to_string(&settings).unwrap();
    // What Terraform would refuse has no baseline.
    for root in ["stack-0001", "stack-0005"] {
        let main = folder.path().join("stacks").join(root).join("main.tf");
        let text = std::fs::read_to_string(&main).unwrap();
        std::fs::write(&main, text.replace("var.nowhere", "1")).unwrap();
    }
    let baseline = "--recursive --today 2026-11-21 --write-baseline known.json";
    let written = at(folder.path(), &format!("check {baseline}"));
    assert_ne!(written.code, 2, "{}{}", written.out, written.err);
    git(folder.path(), &["add", "known.json"]);
    git(folder.path(), &["commit", "-q", "-m", "two", "--", "known.json"]);
    std::fs::write(&settings, text.replace("allowed = [\"dev\"", "allowed = [\"test\", \"dev\"")).unwrap();
    std::fs::write(folder.path().join("known.json"), "{}").unwrap();
    let gated = "--recursive --today 2026-11-21 --settings-from main --baseline known.json";
    same(folder.path(), gated, 3);
    same(folder.path(), &format!("{gated} --base main~1"), 2);
    let run = at(folder.path(), &format!("check {gated}"));
    assert!(run.out.contains("gate-changed"), "{}", run.out);

    // The commit is not in this clone; then the settings were changed after the parts were checked.
    let reports = tempfile::tempdir().unwrap();
    let paths = in_parts(folder.path(), reports.path(), gated, 2);
    let clone = tempfile::tempdir().unwrap();
    git(clone.path(), &["init", "-q", "-b", "main"]);
    let refused = at(clone.path(), &format!("merge {paths}"));
    assert_eq!(refused.code, 2, "{}", refused.out);
    assert!(flowing(&refused.err).contains("which is not here"), "{}", refused.err);
    std::fs::write(&settings, "buffer = 3\n").unwrap();
    let refused = at(folder.path(), &format!("merge {paths}"));
    assert_eq!(refused.code, 2, "{}", refused.out);
    assert!(flowing(&refused.out).contains("the files that a revision guards differs"), "{}", refused.out);
}

#[test]
fn a_gate_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    estate::write(here, 4, 1);
    let known = here.join("known.json");
    std::fs::write(&known, "").unwrap();
    git(here, &["init", "-q", "-b", "main"]);
    git(here, &["config", "user.email", "a@example.com"]);
    git(here, &["config", "user.name", "a"]);
    git(here, &["add", "-A"]);
    git(here, &["commit", "-q", "-m", "one"]);
    let reports = tempfile::tempdir().unwrap();
    let gated = "--recursive --today 2026-11-21 --settings-from main --baseline known.json";
    let paths = in_parts(here, reports.path(), gated, 2);
    assert!(!at(here, &format!("merge {paths}")).out.contains("that a revision guards"));
    // Gone is not the same as empty.
    std::fs::remove_file(&known).unwrap();
    let gone = at(here, &format!("merge {paths}"));
    assert_eq!(gone.code, 2, "{}", gone.out);
    assert!(flowing(&gone.out).contains("the files that a revision guards differs"), "{}", gone.out);
    std::fs::create_dir(&known).unwrap();
    for arguments in [format!("merge {paths}"), format!("check {gated}")] {
        let run = at(here, &arguments);
        assert_eq!(run.code, 2, "{}", run.out);
        let text = flowing(&format!("{}{}", run.out, run.err));
        assert!(text.contains("Unreadable gate") && text.contains("`known.json` cannot be read"), "{text}");
    }
}

#[test]
fn a_snapshot_in_parts_is_the_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    estate::write(folder.path(), 8, 3);
    let quota =
        |service: &str, code: &str, value: u32| json!({ "service": service, "code": code, "value": value });
    let place = |region: &str| {
        json!({ "account": "111111111111", "partition": "aws", "region": region, "taken_at": "2026-11-20T08:00:00Z",
            "quotas": [quota("vpc", "L-F678F1CE", 3), quota("ec2", "L-0263D0A3", 6), quota("connect", "L-AA17A6B9", 4)],
            "usage": [{ "service": "ec2", "code": "L-0263D0A3", "amount": 5 }],
            "missing": [{ "what": "usage", "service": "connect", "why": "not allowed: connect:ListQueues" }] })
    };
    let snapshot = json!({ "schema_version": 1, "made_by": "test", "places": [place("eu-central-1"), place("us-east-1")] });
    std::fs::write(folder.path().join("quotas.json"), snapshot.to_string()).unwrap();
    let arguments = "--recursive --today 2026-11-21 --quotas quotas.json";
    same(folder.path(), arguments, 3);
    let run = at(folder.path(), &format!("check {arguments} --format json"));
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let told =
        report["projections"].as_array().unwrap().iter().filter(|p| p["limit"]["origin"] == "snapshot");
    assert!(told.count() > 3, "the snapshot counts");
}

#[test]
fn parts_with_different_bases_do_not_belong_together() {
    let folder = changed();
    let reports = tempfile::tempdir().unwrap();
    let day = "--recursive --today 2026-11-21";
    let others = tempfile::tempdir().unwrap();
    estate::write(others.path(), 7, 2);
    let base = others.path().display().to_string();
    let refused = |first: &str, second: &str, between: &dyn Fn(), says: &str| {
        let part = |number: usize, base: &str| {
            let path = reports.path().join(format!("{number}.json")).display().to_string();
            at(folder.path(), &format!("check {day} {base} --shard {number}/2 --format json={path}"));
            path
        };
        let one = part(1, first);
        between();
        let two = part(2, second);
        let run = at(folder.path(), &format!("merge {one} {two}"));
        assert_eq!(run.code, 2, "{}", run.out);
        assert!(flowing(&run.out).contains(says), "`{says}` is missing in\n{}", run.out);
    };
    let nothing = || {};
    refused("--base main", "", &nothing, "differ in the base: `main`, 7 root modules, none");
    let moved = || {
        git(folder.path(), &["commit", "-q", "-a", "-m", "three"]);
    };
    refused("--base main", "--base main", &moved, "differ in the base");
    let rewritten = || {
        let table = others.path().join("modules/table/main.tf");
        let text = std::fs::read_to_string(&table).unwrap();
        std::fs::write(&table, format!("# another\n{text}")).unwrap();
    };
    let on_disk = format!("--base {base}");
    refused(&on_disk, &on_disk, &rewritten, "of the base is another file in");
}

#[test]
fn what_cannot_be_put_together_says_so() {
    let reports = tempfile::tempdir().unwrap();
    let path = reports.path().join("one.json").display().to_string();
    let run = at(&root().join("fixtures/monorepo"), &format!("check --recursive --format json={path}"));
    assert_ne!(run.code, 2, "{}{}", run.out, run.err);
    let merged = at(&root().join("fixtures/monorepo"), &format!("merge {path}"));
    assert_eq!(merged.code, 2);
    assert!(flowing(&merged.err).contains("only `--shard I/N` writes one"), "{}", merged.err);
}
