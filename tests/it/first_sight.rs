//! What a stranger sees first: a repository without settings, and a change that adds nothing.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use crate::changes::git;
use crate::common::{Run, command, finish, root};

/// A repository with the contact centre, as somebody has it who never heard of settings.
fn stranger() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    let fixture = root().join("fixtures/contact-center/.");
    let copied = Command::new("cp").arg("-R").arg(fixture).arg(at).status().expect("cp can be run");
    assert!(copied.success());
    std::fs::remove_file(at.join(".tf-headroom.hcl")).expect("the fixture has settings");
    git(at, &["init", "-q", "-b", "main"]);
    git(at, &["config", "user.email", "a@example.com"]);
    git(at, &["config", "user.name", "a"]);
    git(at, &["add", "-A"]);
    git(at, &["commit", "-q", "-m", "one"]);
    folder
}

fn at(folder: &Path, arguments: &str) -> Run {
    let mut command = command(arguments);
    command.current_dir(folder).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    finish(command, "")
}

#[test]
fn a_repository_without_settings_is_answered_in_a_few_lines() {
    let folder = stranger();
    let run = at(folder.path(), "check . --today 2026-11-20");
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    assert!(run.out.lines().count() <= 20, "{}", run.out);
    insta::assert_snapshot!("stranger", run.out);
}

#[test]
fn a_change_that_adds_nothing_is_a_mark_and_a_line() {
    let folder = stranger();
    let run = at(folder.path(), "check . --base main --format markdown --today 2026-11-20");
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    insta::assert_snapshot!("unchanged", run.out);
}
