//! Repairs of tags in copies of the fixtures, and what Terraform says of them.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::{copied, run};

const FIXTURES: [&str; 5] = ["tagging", "over-quota", "contact-center", "govcloud", "separate-instances"];

/// Keys that have a default after [`with_defaults`].
const REPAIRABLE: [&str; 4] = ["CostCenter", "DataClassification", "Owner", "Reviewed"];

const DAY: &str = "--today 2026-11-20";

/// Gives keys a value to repair them with, and asks for one more.
fn with_defaults(folder: &Path) {
    let path = folder.join(".tf-headroom.hcl");
    let settings = fs::read_to_string(&path).unwrap();
    let with_default = |line: &str| match line {
        "tag \"CostCenter\" {" => format!("{line}\n  default = \"CC-1\""),
        "tag \"Owner\" {" => format!("{line}\n  default = \"platform-team\""),
        "tag \"DataClassification\" {" => format!("{line}\n  default = \"pii\""),
        _ => line.to_owned(),
    };
    let settings: Vec<String> = settings.lines().map(with_default).collect();
    let added = "tag \"Reviewed\" {\n  required = true\n  default  = \"no\"\n}\n";
    fs::write(&path, format!("{}\n{added}", settings.join("\n"))).unwrap();
}

fn report(arguments: &str) -> Value {
    let run = run(&format!("{arguments} --format json"));
    serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}{}", run.out, run.err))
}

/// How many resources lack keys that have a default.
fn lacking(dir: &str) -> u64 {
    let report = report(&format!("tags {dir} {DAY}"));
    let keys = report["keys"].as_array().unwrap().iter();
    keys.filter(|k| REPAIRABLE.contains(&k["name"].as_str().unwrap()))
        .map(|k| k["without"].as_u64().unwrap())
        .sum()
}

/// Messages of `tag-missing`.
fn missing(dir: &str) -> Vec<String> {
    let report = report(&format!("check {dir} {DAY}"));
    let found = report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "tag-missing");
    found.map(|f| f["message"].as_str().unwrap().to_owned()).collect()
}

/// Has the real Terraform format and plan a folder. `tests/tools/repairs.sh` names an oracle that knows the AWS provider; where
/// none is named, nobody is asked.
fn terraform_is_content(folder: &Path, fixture: &str) {
    let Some(oracle) = env::var_os("TF_HEADROOM_REPAIRS").filter(|o| !o.is_empty()) else { return };
    let formatted =
        Command::new("terraform").args(["fmt", "-check", "-diff", "-recursive"]).arg(folder).output();
    let formatted = formatted.expect("`terraform` is on the path where an oracle is named");
    assert!(formatted.status.success(), "{fixture}: {}", String::from_utf8_lossy(&formatted.stdout));
    let plan = tempfile::NamedTempFile::new().unwrap();
    let planned =
        Command::new(Path::new(&oracle).join("run")).arg(folder).arg("-o").arg(plan.path()).output();
    let planned = planned.expect("the oracle can be run");
    assert!(planned.status.success(), "{fixture}: {}", String::from_utf8_lossy(&planned.stderr));
    let plan: Value = serde_json::from_slice(&fs::read(plan.path()).unwrap()).unwrap();
    let changes = plan["resource_changes"].as_array().unwrap();
    let has_tag = |c: &Value| c["change"]["after"]["tags_all"]["Reviewed"] == "no";
    let takes = |c: &Value| !c["change"]["after"]["tags_all"].is_null();
    // What the repair wrote is what the provider would send.
    let without: Vec<&Value> = changes
        .iter()
        .filter(|c| c["mode"] == "managed" && takes(c) && !has_tag(c))
        .map(|c| &c["address"])
        .collect();
    assert!(without.is_empty(), "{fixture}: {without:?}");
}

#[test]
fn fix_repairs_what_check_finds_and_stops_at_that() {
    let (mut before, mut after) = (0, 0);
    for fixture in FIXTURES {
        let folder = copied(&format!("fixtures/{fixture}"));
        with_defaults(folder.path());
        let dir = folder.path().display().to_string();
        assert!(missing(&dir).iter().any(|f| f.contains("`Reviewed`")), "{fixture}");
        before += lacking(&dir);
        let diff = run(&format!("tags fix {dir} {DAY}"));
        assert!(diff.out.contains("+++ b/") && diff.code == 0, "{fixture}: {}{}", diff.out, diff.err);
        let write = run(&format!("tags fix --write {dir} {DAY}"));
        assert_eq!(write.code, 0, "{}", write.err);
        after += lacking(&dir);
        let left = missing(&dir);
        let repaired = ["`Reviewed`", "`Owner`", "`DataClassification`"];
        assert!(!left.iter().any(|f| repaired.iter().any(|k| f.contains(k))), "{fixture}: {left:#?}");
        // `costcenter` is to be renamed by people.
        let spelt = left.iter().filter(|f| f.contains("`CostCenter`")).count();
        assert_eq!(spelt, usize::from(fixture == "tagging"), "{left:#?}");
        let again = run(&format!("tags fix {dir} {DAY}"));
        assert_eq!(again.out, "", "{fixture}");
        terraform_is_content(folder.path(), fixture);
    }
    assert!(before >= 100 && after * 10 <= before, "{after} of {before} are left");
}
