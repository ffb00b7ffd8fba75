//! The commands of the recipes in the README and of the example workflows, run as they stand there.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::root;

/// Writes a program into a folder that is looked through first.
pub fn program(folder: &Path, name: &str, text: &str) {
    let path = folder.join("bin").join(name);
    std::fs::create_dir_all(folder.join("bin")).expect("a folder can be made");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a program can be written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
}

/// Runs a script as pipelines do: the first failure ends it.
pub fn shell(folder: &Path, script: &str, variables: &[(&str, &str)]) -> Output {
    let path =
        format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").expect("there is a path"));
    let mut command = Command::new("bash");
    command.args(["-e", "-o", "pipefail", "-c", script]).current_dir(folder).env("PATH", path);
    command.envs(variables.iter().copied()).output().expect("bash can be run")
}

/// The block of the README between two marks, without its fence.
fn recipe(name: &str) -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("there is a README");
    let (_, rest) = readme.split_once(&format!("<!-- {name} -->\n")).expect("the recipe begins");
    let (block, _) = rest.split_once(&format!("<!-- /{name} -->")).expect("the recipe ends");
    block.lines().filter(|l| !l.starts_with("```")).map(|l| format!("{l}\n")).collect()
}

/// The lines for the shell in a recipe.
fn script(recipe: &str) -> String {
    let line = |l: &str| -> Option<String> {
        let l = l.trim();
        let l = l.strip_prefix("- run: ").or(l.strip_prefix("- ")).unwrap_or(l);
        let l = l.strip_prefix("sh '").and_then(|l| l.strip_suffix('\'')).unwrap_or(l);
        (l.starts_with("terraform ") || l.starts_with("tf-headroom ")).then(|| format!("{l}\n"))
    };
    recipe.lines().filter_map(line).collect()
}

/// A folder with the fixture that is over its quotas, and a Terraform that has planned it.
fn planned() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fixture = root().join("fixtures/over-quota/.");
    let copied = Command::new("cp").arg("-R").arg(fixture).arg(folder.path()).status();
    assert!(copied.expect("cp can be run").success());
    let plan = root().join("fixtures/plans/over-quota.json");
    let show = format!("if [ \"$1 $2 $3\" = 'show -json plan.out' ]; then cat '{}'; fi", plan.display());
    program(folder.path(), "terraform", &show);
    program(folder.path(), "tf-headroom", &format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_tf-headroom")));
    folder
}

#[test]
fn the_recipes_of_the_readme_stop_a_plan_that_would_fail() {
    for (name, commands, reports) in [
        ("atlantis", 1, &[][..]),
        ("gitlab", 2, &["quality.json", "junit.xml"]),
        ("jenkins", 2, &["junit.xml", "headroom.html"]),
        ("hcp", 3, &[]),
    ] {
        let script = script(&recipe(name));
        assert_eq!(script.lines().count(), commands, "{name}: {script}");
        let folder = planned();
        let done = shell(folder.path(), &script, &[("PLANFILE", "plan.out")]);
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert_eq!(done.status.code(), Some(1), "{name}: {out}{err}");
        assert!(out.contains("apply would fail") && out.contains("queues.tf:12"), "{name}: {out}{err}");
        for report in reports {
            let text = std::fs::read_to_string(folder.path().join(report));
            assert!(text.is_ok_and(|t| t.contains("quota-default-exceeded")), "{name}: {report}");
        }
    }
}

/// The script of the last step of a workflow.
fn last_step(name: &str) -> String {
    let path = root().join(".github/examples").join(name);
    let text = std::fs::read_to_string(path).expect("there is a workflow");
    let (_, lines) = text.rsplit_once("        run: |\n").expect("the last step has a script");
    lines.lines().map(|l| format!("{}\n", l.strip_prefix("          ").unwrap_or(l))).collect()
}

#[test]
fn the_weekly_workflow_keeps_one_issue_while_something_is_near() {
    let script = last_step("weekly.yml");
    let tell = |used: &str, open: &str| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // What is open is asked for as JSON; the real `gh` hands it to its own jq.
        let gh = format!("if [ \"$2\" = list ]; then printf '%s' '{open}'; else echo \"$@\" >>calls; fi");
        program(folder.path(), "gh", &gh);
        let variables =
            [("USE", used), ("NEAR", "80"), ("REPOSITORY", "o/r"), ("TITLE", "T"), ("BODY", "body.md")];
        let done = shell(folder.path(), &script, &variables);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        std::fs::read_to_string(folder.path().join("calls")).unwrap_or_default()
    };
    assert_eq!(tell("79", ""), "");
    assert_eq!(tell("", ""), "");
    assert_eq!(tell("80", ""), "issue create --repo o/r --title T --body-file body.md\n");
    assert_eq!(tell("120", "7"), "issue edit 7 --repo o/r --body-file body.md\n");
    assert_eq!(tell("12", "7"), "issue close 7 --repo o/r --comment The fullest quota is at 12 % again.\n");
}

#[test]
fn the_examples_ask_for_inputs_that_the_action_has() {
    let action = std::fs::read_to_string(root().join("action.yml")).expect("there is an action");
    let (inputs, _) = action.split_once("\noutputs:").expect("the action has outputs");
    for name in ["source.yml", "plan.yml", "forks.yml", "weekly.yml"] {
        let text = std::fs::read_to_string(root().join(".github/examples").join(name)).expect("a workflow");
        let (_, rest) = text.split_once("OWNER/tf-headroom@").expect("it uses the action");
        let with = rest.lines().skip(2).take_while(|l| l.starts_with("          "));
        let names: Vec<&str> = with.filter_map(|l| l.trim().split_once(':')).map(|(name, _)| name).collect();
        assert!(!names.is_empty(), "{name}");
        for input in names {
            assert!(inputs.contains(&format!("\n  {input}:\n")), "{name}: {input}");
        }
    }
}
