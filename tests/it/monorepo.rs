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
    assert_eq!(
        inputs,
        [
            "stacks/dev",
            "stacks/prod/app",
            "stacks/prod/data",
            "stacks/shared",
            "stacks/sized",
            "stacks/sized",
            "stacks/unstated"
        ]
    );
    let row = |account: &str, root: &str, n| (account.to_owned(), root.to_owned(), n, Some(n));
    assert_eq!(
        counts(&report, "L-0263D0A3"),
        [
            row("-", "stacks/unstated", 1),
            // Told by `allowed_account_ids`, by the role that is assumed, and by a target of the settings.
            row("111111111111", "-", 8),
            row("222222222222", "-", 4),
            // By the paths of an account in the settings, and by a target that names it.
            row("333333333333", "-", 2),
        ]
    );
    assert_eq!(run.code, 1, "eight addresses of five");
}

#[test]
fn what_is_not_read_is_named() {
    let run = monorepo("check --recursive", 2);
    for text in [
        "Terragrunt is not read",
        "`live/eu/vpc`",
        "roots  stacks/prod/app 3 + stacks/prod/data 3 + stacks/sized (prod) 2",
        "✗ stacks/prod/app",
        "✓ stacks/dev",
        "1 root module whose account nobody states",
    ] {
        assert!(run.out.contains(text), "`{text}` is missing in\n{}", run.out);
    }
    for text in ["examples/", "tests/lambda", "100"] {
        assert!(!run.out.contains(text), "`{text}` is in\n{}", run.out);
    }
    let all = monorepo("check --recursive --config /dev/null", 2).out;
    assert!(all.contains("Not taken for root modules") && all.contains("`tools/loose`"), "{all}");
}

#[test]
fn a_target_is_a_root_module_with_its_variables_and_workspace() {
    let one = json(&monorepo("check --target prod --format json", 2));
    let account = |n| ("111111111111".to_owned(), "-".to_owned(), n, Some(n));
    assert_eq!(counts(&one, "L-0263D0A3"), [account(2)]);
    assert_eq!(one["inputs"][0]["name"], "stacks/sized (prod)");
    // The command line counts over the settings.
    let more = json(&monorepo("check --target prod -var addresses=4 --format json", 2));
    assert_eq!(counts(&more, "L-0263D0A3"), [account(4)]);
    let two = json(&monorepo("check --target prod --target test --format json", 2));
    assert_eq!(counts(&two, "L-0263D0A3").len(), 2);
    // From anywhere below the settings.
    let mut below = command("check --target prod --format json");
    below.current_dir(root().join("fixtures/monorepo/tools"));
    assert_eq!(counts(&json(&finish(below, "")), "L-0263D0A3"), [account(2)]);

    let unknown = monorepo("check --target prd", 2);
    assert_eq!(unknown.code, 2);
    assert!(unknown.out.contains("did you mean `prod`?"), "{}", unknown.out);
}

#[test]
fn parts_of_a_monorepo_are_all_of_it() {
    let paths = |arguments: &str| -> Vec<String> {
        let report = json(&monorepo(arguments, 2));
        report["inputs"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap().to_owned()).collect()
    };
    let mut all = paths("check --recursive --format json");
    all.sort();
    let mut parts: Vec<String> = (1..=3)
        .flat_map(|part| paths(&format!("check --recursive --format json --shard {part}/3")))
        .collect();
    parts.sort();
    assert_eq!(parts, all);
    let run = monorepo("check --recursive --shard 2/3", 2);
    assert!(run.out.contains("what the others hold is in no count"), "{}", run.out);
    for bad in ["0/3", "4/3", "1/0", "x", "1-3"] {
        assert_eq!(monorepo(&format!("check --recursive --shard {bad}"), 2).code, 2, "{bad}");
    }
}

#[test]
fn the_settings_choose_root_modules() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let names = |settings: &str| -> Vec<String> {
        write(".tf-headroom.hcl", settings);
        let mut run = command("check --recursive --format json");
        run.current_dir(folder.path());
        let report = json(&finish(run, ""));
        report["inputs"].as_array().unwrap().iter().map(|i| i["path"].as_str().unwrap().to_owned()).collect()
    };
    let topic = "resource \"aws_sns_topic\" \"t\" {}\n";
    let backend = "terraform {\n  backend \"s3\" {}\n}\n";
    let provider = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    write("a/main.tf", &format!("{topic}{provider}module \"m\" {{\n  source = \"../m\"\n}}\n"));
    write("m/main.tf", &format!("{topic}{provider}"));
    write("both/main.tf", &format!("{topic}{backend}"));
    write("caller/main.tf", &format!("{backend}module \"b\" {{\n  source = \"../both\"\n}}\n"));
    write("envs/test/main.tf", &format!("{topic}{backend}"));
    write("tests/unit/main.tf", &format!("{topic}{provider}"));
    write("examples/x/main.tf", &format!("{topic}{backend}"));
    write("plain/main.tf", topic);
    write("locked/main.tf", topic);
    write("locked/.terraform.lock.hcl", "");
    write("valued/main.tf", topic);
    write("valued/prod.auto.tfvars", "");
    write(".terraform/modules/x/main.tf", &format!("{topic}{backend}"));
    assert_eq!(
        names(""),
        ["a", "both", "caller", "envs/test", "locked", "valued"],
        "a module is only called, whatever provider it has; what has a backend is applied"
    );
    assert_eq!(
        names("roots {\n  exclude = [\"envs/**\", \"both\"]\n}\n"),
        ["a", "caller", "locked", "valued"]
    );
    assert_eq!(
        names("roots {\n  include = [\"plain\", \"examples/*\", \"m\"]\n}\n"),
        ["examples/x", "plain"],
        "`m` is called by `a`"
    );
    assert_eq!(
        names(
            "target \"x\" {\n  root = \"plain\"\n}\ntarget \"y\" {\n  root = \"plain\"\n}\nroots {\n  include = [\"a\"]\n}\n"
        ),
        ["a", "plain", "plain"],
        "a target names a root module"
    );
}

#[cfg(unix)]
#[test]
fn links_to_a_folder_above_end() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("stack");
    std::fs::create_dir_all(&root).unwrap();
    std::fs::write(root.join("main.tf"), "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n").unwrap();
    std::os::unix::fs::symlink(folder.path(), root.join("up")).unwrap();
    let mut run = command("check --recursive --format json");
    run.current_dir(folder.path());
    let report = json(&finish(run, ""));
    assert_eq!(report["inputs"].as_array().unwrap().len(), 1);
}

#[test]
fn several_paths_are_summed_like_a_monorepo() {
    let paths = json(&monorepo("check --format json stacks/prod/data stacks/prod/app", 2));
    assert_eq!(
        counts(&paths, "L-0263D0A3"),
        [("111111111111".to_owned(), "-".to_owned(), 6, Some(6))],
        "one account, whichever way it is told"
    );
    let apart = json(&monorepo("check --format json stacks/unstated stacks/dev", 2));
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
    let run = monorepo("check --recursive tools --config /dev/null", 2);
    assert_eq!(run.code, 2, "{}", run.out);
    for text in ["there is no root module in `tools` or below", "`tools/loose`", "include = ["] {
        assert!(run.out.contains(text), "`{text}` is missing in\n{}", run.out);
    }
}
