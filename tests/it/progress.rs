//! The line on a terminal while work takes longer than a second. `script` makes the terminal.

use std::process::Command;

use crate::common::root;

/// Runs a command of the shell on a terminal and returns what that shows; None: there is no `script` to make one.
fn on_a_terminal(line: &str) -> Option<String> {
    let mut command = Command::new("script");
    command.args(["-qec", line, "/dev/null"]).env("TERM", "xterm").current_dir(root());
    let done = command.stdin(std::process::Stdio::null()).output().ok()?;
    Some(String::from_utf8(done.stdout).expect("a terminal shows UTF-8"))
}

/// A plan that takes so many seconds to come.
fn slow(seconds: f64, more: &str) -> String {
    let program = env!("CARGO_BIN_EXE_tf-headroom");
    format!("(sleep {seconds}; cat fixtures/plans/over-quota.json) | {program} check - --color never {more}")
}

#[test]
fn a_line_tells_of_work_that_takes_longer_than_a_second_and_goes_when_it_is_done() {
    let Some(shown) = on_a_terminal(&slow(2.2, "")) else { return };
    assert!(shown.contains("reading · 1 s"), "{shown}");
    let (before, after) = shown.split_once("✗ apply would fail").expect("there is a report");
    assert!(before.ends_with("\r\x1b[K"), "{before:?}");
    assert!(!after.contains("\x1b[K"), "{after:?}");
}

#[test]
fn nothing_tells_of_work_that_is_soon_done_is_to_be_quiet_or_has_no_terminal() {
    for line in [slow(0.0, ""), slow(1.5, "--quiet"), slow(1.5, "2>&1 | cat")] {
        let Some(shown) = on_a_terminal(&line) else { return };
        assert!(shown.contains("apply would fail") && !shown.contains("reading ·"), "{line}: {shown}");
    }
}
