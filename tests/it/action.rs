//! The scripts of `action.yml`, run as a runner runs them: as they stand there, with inputs as variables.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::root;

/// A step of the action.
#[derive(Debug, Default)]
struct Step {
    id: String,
    condition: String,
    env: BTreeMap<String, String>,
    run: String,
}

/// Reads the steps: the file is ours, and keeps to two blanks a level.
fn steps() -> Vec<Step> {
    let text = std::fs::read_to_string(root().join("action.yml")).expect("there is an action");
    let (_, text) = text.split_once("  steps:\n").expect("the action has steps");
    let mut steps: Vec<Step> = Vec::new();
    let mut block = "";
    for line in text.lines() {
        if let Some(id) = line.strip_prefix("    - id: ") {
            steps.push(Step { id: id.to_owned(), ..Step::default() });
            block = "";
            continue;
        }
        let step = steps.last_mut().expect("a step begins with its id");
        match line.strip_prefix("      ").filter(|l| !l.starts_with(' ')) {
            Some("env:") => block = "env",
            Some("run: |") => block = "run",
            Some(key) => {
                block = "";
                let (key, value) = key.split_once(": ").expect("a key with a value");
                match key {
                    "run" => step.run = value.to_owned(),
                    "if" => step.condition = value.to_owned(),
                    "shell" => assert_eq!(value, "bash"),
                    other => panic!("a key that this test does not know: {other}"),
                }
            }
            None if block == "env" => {
                let (key, value) = line.trim().split_once(": ").expect("a variable with a value");
                step.env.insert(key.to_owned(), value.to_owned());
            }
            None => {
                step.run.push_str(line.get(8..).unwrap_or_default());
                step.run.push('\n');
            }
        }
    }
    steps
}

/// A runner with a folder of its own.
struct Runner {
    folder: tempfile::TempDir,
    /// What stands for `${{ … }}`.
    context: BTreeMap<String, String>,
    summary: String,
}

impl Runner {
    fn new() -> Runner {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let temp = folder.path().join("temp").display().to_string();
        let program = env!("CARGO_BIN_EXE_tf-headroom").to_owned();
        let mut context: BTreeMap<String, String> = [
            ("runner.temp", temp.as_str()),
            ("steps.install.outputs.program", &program),
            ("inputs.path", "fixtures/over-quota"),
            ("inputs.base", "auto"),
            ("inputs.args", "--today=2026-11-20"),
            ("github.repository", "o/r"),
        ]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .into();
        context.insert("github.event.pull_request.base.sha".to_owned(), String::new());
        Runner { folder, context, summary: String::new() }
    }

    fn with(mut self, name: &str, value: &str) -> Runner {
        self.context.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Puts values in place of `${{ … }}`.
    fn filled(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, inner)) = rest.split_once("${{ ") {
            let (name, after) = inner.split_once(" }}").expect("an expression ends");
            out.push_str(before);
            out.push_str(self.context.get(name).map_or("", String::as_str));
            rest = after;
        }
        out + rest
    }

    /// Runs a step in a folder and returns its exit code, what it printed, and takes its outputs.
    fn run(&mut self, id: &str, cwd: &Path) -> (i32, String) {
        let step = steps().into_iter().find(|s| s.id == id).expect("the step is there");
        assert!(!step.run.contains("${{"), "{id}: an expression in a script is an open door");
        let temp = self.folder.path();
        let file = |name: &str| -> PathBuf { temp.join(name) };
        for name in ["output", "summary"] {
            std::fs::write(file(name), "").expect("the file can be written");
        }
        std::fs::write(file("script.sh"), &step.run).expect("the script can be written");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut paths = vec![file("bin")];
        paths.extend(std::env::split_paths(&path));
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(file("script.sh"))
            .current_dir(cwd)
            .env_clear()
            .env("PATH", std::env::join_paths(paths).expect("paths"))
            .env("GITHUB_OUTPUT", file("output"))
            .env("GITHUB_STEP_SUMMARY", file("summary"))
            .envs(step.env.iter().map(|(k, v)| (k, self.filled(v))))
            .output()
            .expect("bash runs");
        let outputs = std::fs::read_to_string(file("output")).expect("outputs");
        for (name, value) in outputs.lines().filter_map(|l| l.split_once('=')) {
            self.context.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
        }
        self.summary = std::fs::read_to_string(file("summary")).expect("a summary");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().expect("an exit code"), String::from_utf8(said).expect("text"))
    }

    fn output(&self, name: &str) -> &str {
        self.context.get(&format!("steps.check.outputs.{name}")).map_or("", String::as_str)
    }
}

#[test]
fn a_run_says_how_it_ends_and_leaves_reports() {
    let mut runner = Runner::new();
    let (code, said) = runner.run("check", &root());
    assert_eq!(code, 0, "the step itself goes on: {said}");
    assert!(said.contains("2 quotas exceeded"), "{said}");
    for (name, value) in
        [("exit-code", "1"), ("errors", "3"), ("warnings", "3"), ("notices", "1"), ("worst-use", "260")]
    {
        assert_eq!(runner.output(name), value, "{name}");
    }
    for name in ["report", "sarif", "page", "comment"] {
        assert!(Path::new(runner.output(name)).is_file(), "{name}");
    }
    assert!(
        runner.summary.starts_with("<!-- tf-headroom:fixtures/over-quota -->\n### ✗"),
        "{}",
        runner.summary
    );
    assert_eq!(runner.run("end", &root()).0, 1);
}

#[test]
fn clean_input_and_input_that_cannot_be_read_end_as_they_should() {
    for (path, code) in [
        ("fixtures/govcloud", "0"),
        ("fixtures/nowhere", "2"),
        ("fixtures/bad/syntax-error", "2"),
        ("fixtures/plans/over-quota.json", "1"),
    ] {
        let mut runner = Runner::new().with("inputs.path", path);
        assert_eq!(runner.run("check", &root()).0, 0, "{path}");
        assert_eq!(runner.output("exit-code"), code, "{path}");
        assert_eq!(runner.run("end", &root()).0.to_string(), code, "{path}");
    }
}

#[test]
fn inputs_are_never_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mark = folder.path().join("run");
    let hostile = [
        format!("$(touch {0})", mark.display()),
        format!("`touch {0}`", mark.display()),
        format!("'; touch {0}; '", mark.display()),
        format!("\"; touch {0}; \"", mark.display()),
        format!("a\n--format=json={0}\n-x", mark.display()),
        "--write-baseline=x".to_owned(),
    ];
    for text in &hostile {
        for input in ["path", "settings", "fail-on", "baseline", "base", "format"] {
            let mut runner = Runner::new().with(&format!("inputs.{input}"), text);
            let (_, said) = runner.run("check", folder.path());
            assert!(!mark.exists(), "{input}: {text}: {said}");
            assert_ne!(runner.output("exit-code"), "0", "{input}: {text}");
        }
    }
    let mut runner = Runner::new().with("inputs.version", "v1.0.0; touch x");
    assert_eq!(runner.run("install", folder.path()).0, 2);
}

/// A program named `gh` that writes down what it is asked, and knows one comment if there is a file with it.
const GH: &str = r#"#!/bin/bash
here=$(dirname "$0")
echo "$*" >>"$here/asked"
case "$*" in
  *--paginate*) if [ -e "$here/known" ]; then echo 7; fi ;;
  *"--jq .body"*) cat "$here/known" ;;
esac
"#;

#[test]
fn one_comment_is_written_changed_and_left_alone() {
    let mut runner = Runner::new().with("github.event.pull_request.number", "12");
    let bin = runner.folder.path().join("bin");
    std::fs::create_dir_all(&bin).expect("the folder can be made");
    std::fs::write(bin.join("gh"), GH).expect("the program can be written");
    std::fs::set_permissions(bin.join("gh"), std::fs::Permissions::from_mode(0o755)).expect("a program");
    let asked = || {
        let text = std::fs::read_to_string(bin.join("asked")).unwrap_or_default();
        let _ = std::fs::remove_file(bin.join("asked"));
        text
    };
    runner.run("check", &root());
    assert_eq!(runner.run("comment", &root()).0, 0);
    let first = asked();
    assert!(first.contains("--method POST repos/o/r/issues/12/comments"), "{first}");
    // The same again: nothing is changed.
    std::fs::copy(runner.output("comment"), bin.join("known")).expect("a comment");
    runner.run("comment", &root());
    assert!(!asked().contains("--method"), "nothing to change");
    // Repaired: the same comment becomes one line.
    let clean = runner.folder.path().join("clean");
    std::fs::create_dir_all(&clean).expect("the folder can be made");
    let source = "provider \"aws\" { region = \"us-east-1\" }\nresource \"aws_sqs_queue\" \"q\" {}\n";
    std::fs::write(clean.join("main.tf"), source).expect("the file can be written");
    runner = runner.with("inputs.path", &clean.display().to_string());
    runner.run("check", &root());
    runner.run("comment", &root());
    assert!(asked().contains("--method PATCH repos/o/r/issues/comments/7"), "changed");
    // Nothing to say and no comment: none is written.
    std::fs::remove_file(bin.join("known")).expect("it was there");
    runner.run("comment", &root());
    let last = asked();
    assert!(last.contains("--paginate") && !last.contains("--method"), "{last}");
}
