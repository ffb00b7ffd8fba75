//! Several root modules in one run.

use serde_json::Value;

use crate::common::{Run, command, finish, root};

/// Runs in the fixture monorepo, on some number of threads.
fn monorepo(arguments: &str, threads: u32) -> Run {
    let mut command = command(arguments);
    command.current_dir(root().join("fixtures/monorepo")).env("RAYON_NUM_THREADS", threads.to_string());
    finish(command, "")
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}:\n{}\n{}", run.out, run.err))
}

/// Counts of a quota: account, root, low, high.
fn counts(report: &Value, code: &str) -> Vec<(String, String, u64, Option<u64>)> {
    let text = |v: &Value| v.as_str().unwrap_or("-").to_owned();
    let projections = report["projections"].as_array().unwrap().iter();
    let mut counts: Vec<_> = projections
        .filter(|p| p["quota"]["code"] == code)
        .map(|p| {
            let (scope, count) = (&p["scope"], &p["count"]);
            (
                text(&scope["account"]),
                text(&scope["root"]),
                count["low"].as_u64().unwrap(),
                count["high"].as_u64(),
            )
        })
        .collect();
    counts.sort();
    counts
}

#[test]
fn a_monorepo_is_summed_where_accounts_are_known_equal() {
    let run = monorepo("check --recursive --format json", 2);
    let report = json(&run);
    let inputs: Vec<&str> =
        report["inputs"].as_array().unwrap().iter().map(|i| i["path"].as_str().unwrap()).collect();
    assert_eq!(inputs, ["stacks/dev", "stacks/prod/app", "stacks/prod/data", "stacks/shared"]);
    let row = |account: &str, root: &str, n| (account.to_owned(), root.to_owned(), n, Some(n));
    assert_eq!(
        counts(&report, "L-0263D0A3"),
        [
            row("-", "stacks/shared", 1),
            // Told by `allowed_account_ids` and by the role that is assumed.
            row("111111111111", "-", 6),
            row("222222222222", "-", 4),
        ]
    );
    assert_eq!(run.code, 1, "six addresses of five");
}

#[test]
fn what_is_not_read_is_named() {
    let run = monorepo("check --recursive", 2);
    for text in [
        "Terragrunt is not read",
        "`live/eu/vpc`",
        "`tools/loose`",
        "roots  stacks/prod/app 3 + stacks/prod/data 3",
    ] {
        assert!(run.out.contains(text), "`{text}` is missing in\n{}", run.out);
    }
    for text in ["examples/", "tests/lambda", "100"] {
        assert!(!run.out.contains(text), "`{text}` is in\n{}", run.out);
    }
}

#[test]
fn several_paths_are_summed_like_a_monorepo() {
    let paths = json(&monorepo("check --format json stacks/prod/data stacks/prod/app", 2));
    assert_eq!(
        counts(&paths, "L-0263D0A3"),
        [("111111111111".to_owned(), "-".to_owned(), 6, Some(6))],
        "one account, whichever way it is told"
    );
    let apart = json(&monorepo("check --format json stacks/shared stacks/dev", 2));
    assert_eq!(counts(&apart, "L-0263D0A3").len(), 2, "nobody says that they are one account");
}

#[test]
fn threads_do_not_change_a_byte() {
    for format in ["human", "json", "sarif", "markdown", "junit", "openmetrics"] {
        let arguments = format!("check --recursive --format {format}");
        let one = monorepo(&arguments, 1);
        for threads in [2, 4, 7] {
            assert_eq!(monorepo(&arguments, threads).out, one.out, "{format} on {threads} threads");
        }
    }
}

#[test]
fn a_folder_without_root_modules_cannot_be_checked() {
    let run = monorepo("check --recursive tools", 2);
    assert_eq!(run.code, 2, "{}", run.out);
    for text in ["there is no root module in `tools` or below", "`tools/loose`", "name others"] {
        assert!(run.out.contains(text), "`{text}` is missing in\n{}", run.out);
    }
}
