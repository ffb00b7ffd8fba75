//! Reports in all formats: to standard output and to files, whole or not at all, the same bytes every time.

use std::path::Path;

use serde_json::Value as Json;
use tf_headroom::report::Format;

use crate::common::run;

const TODAY: &str = "--today 2026-11-20";

/// Every file in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder can be listed");
    let mut names: Vec<String> =
        entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_run_writes_all_formats_and_they_are_what_standard_output_shows() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut arguments = format!("check fixtures/over-quota {TODAY} --format human");
    let others = || Format::ALL.iter().filter(|f| **f != Format::Human);
    for format in others() {
        arguments.push_str(&format!(" --format {0}={1}/{0}", format.name(), folder.path().display()));
    }
    let all = run(&arguments);
    assert_eq!((all.code, all.err.as_str()), (1, ""));
    assert!(all.out.starts_with("✗ "), "{}", all.out);
    assert_eq!(names(folder.path()).len(), others().count());
    for format in others() {
        let name = format.name();
        let alone = run(&format!("check fixtures/over-quota {TODAY} --format {name}"));
        let file = std::fs::read_to_string(folder.path().join(name)).expect("the report was written");
        assert_eq!(alone.code, 1, "{name}");
        assert!(alone.out == file, "{name}: the file is not what standard output shows");
        assert!(!file.is_empty(), "{name}");
    }
}

#[test]
fn a_file_that_cannot_be_written_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let good = folder.path().join("good.json");
    std::fs::write(&good, "old").expect("the file can be written");
    let bad = folder.path().join("nowhere").join("bad.sarif");
    let run = run(&format!(
        "check fixtures/over-quota --format json={} --format sarif={} --format human",
        good.display(),
        bad.display()
    ));
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("bad.sarif") && run.err.contains("cannot be written"), "{}", run.err);
    assert_eq!(names(folder.path()), ["good.json"]);
    assert_eq!(std::fs::read_to_string(&good).expect("it is still there"), "old");
}

#[test]
fn two_reports_cannot_go_to_one_place() {
    let twice = run("check fixtures/over-quota --format json --format sarif");
    assert_eq!((twice.code, twice.out.as_str()), (2, ""));
    assert!(twice.err.contains("two reports would go to standard output"), "{}", twice.err);
    assert_eq!(run("check --format json=x --format sarif=x").code, 2);
}

#[test]
fn sarif_has_a_place_and_a_rule_for_every_result() {
    for path in ["over-quota", "unknown", "contact-center", "plan-kinds/aws-more.json", "bad/wrong-key"] {
        let run = run(&format!("check fixtures/{path} {TODAY} --format sarif"));
        let log: Json = serde_json::from_str(&run.out).expect("SARIF is JSON");
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        let results = run["results"].as_array().expect("results");
        for result in results {
            let index = result["ruleIndex"].as_u64().expect("an index") as usize;
            assert_eq!(rules[index]["id"], result["ruleId"], "{path}");
            let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            assert!(uri.as_str().is_some_and(|u| u.starts_with("fixtures/")), "{path}: {uri}");
        }
        let mut prints: Vec<&Json> = results.iter().map(|r| &r["partialFingerprints"]).collect();
        prints.sort_by_key(|p| p.to_string());
        prints.dedup();
        assert_eq!(prints.len(), results.len(), "{path}: fingerprints are unique");
        let read = run["invocations"][0]["executionSuccessful"].as_bool();
        assert_eq!(read, Some(!path.starts_with("bad/")), "{path}");
    }
}

#[test]
fn paths_begin_at_the_root_of_the_repository_wherever_the_program_runs() {
    let here = run(&format!("check fixtures/over-quota {TODAY} --format gitlab"));
    let there = run(&format!("-chdir=fixtures/over-quota check . {TODAY} --format gitlab"));
    let paths = |text: &str| -> Vec<String> {
        let issues: Vec<Json> = serde_json::from_str(text).expect("a list");
        issues.iter().map(|i| format!("{}{}", i["location"]["path"], i["fingerprint"])).collect()
    };
    assert_eq!(paths(&here.out), paths(&there.out));
    assert!(here.out.contains("\"fixtures/over-quota/queues.tf\""), "{}", here.out);
}

#[test]
fn one_input_has_one_report_though_names_are_the_same() {
    let report = || run("check fixtures/same-names --format json --today 2026-11-21").out;
    let first = report();
    assert!(first.matches("\"parent\": \"default\"").count() == 2, "{first}");
    for _ in 0..12 {
        assert!(report() == first, "the order of two projections changed");
    }
}
