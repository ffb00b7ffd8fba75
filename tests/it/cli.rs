//! The command line: arguments, exit codes, errors.

use crate::common::{command, finish, run};

#[test]
fn bad_input_says_what_where_and_what_to_do() {
    // Arguments, then what must be said.
    for (arguments, expected) in [
        (
            "check fixtures/bad/syntax-error",
            &["syntax-error/main.tf:3", "Unclosed configuration block", "help"][..],
        ),
        ("check fixtures/bad/undeclared-variable", &["undeclared-variable/main.tf:4", "var.bucket_count"]),
        ("check fixtures/bad/cycle", &["cycle/main.tf:4", "cycle/main.tf:14", "local.first", "local.second"]),
        ("check fixtures/bad/not-utf8", &["not-utf8/main.tf:4", "UTF-8", "help"]),
        ("check fixtures/bad/missing-module", &["missing-module/main.tf:4", "`./nowhere`", "help"]),
        (
            "check fixtures/bad/wrong-key",
            &[".tf-headroom.hcl:4", "did you mean `required`?", ".tf-headroom.hcl:8"],
        ),
        ("check fixtures/bad/plan-not-json.json", &["bad/plan-not-json.json", "byte 134", "help"]),
        ("check --settings nowhere.hcl fixtures/govcloud", &["nowhere.hcl"]),
        (
            "check fixtures/bad/empty",
            &["`fixtures/bad/empty` holds no Terraform files", "help", "terraform show -json"],
        ),
        ("check fixtures", &["holds no Terraform files", "fixtures/contact-center"]),
        ("check fixtures/over-qouta", &["does not exist", "did you mean `fixtures/over-quota`?"]),
        ("check fixtures/over-quota/main.tf", &["one file of a module", "give the folder"]),
        (
            "check -var tenants fixtures/over-quota",
            &["`-var tenants` gives no value", "-var 'tenants=VALUE'"],
        ),
        ("check --format jsn", &["did you mean `json`?"]),
        ("check --fail-on eror", &["error", "possible values"]),
        ("check -var-fiel=a", &["--var-file"]),
        ("chekc", &["check"]),
        ("check --today tomorrow", &["YYYY-MM-DD"]),
        ("check -chdir=nowhere", &["cannot go to the folder `nowhere`"]),
    ] {
        let run = run(arguments);
        let said = format!("{}{}", run.out, run.err);
        assert_eq!(run.code, 2, "{arguments}\n{said}");
        for text in expected {
            assert!(said.contains(text), "{arguments}: `{text}` is missing in\n{said}");
        }
        assert!(!said.contains("panicked"), "{arguments}\n{said}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in
        ["--help", "-help", "check --help", "--version", "-version", "man", "schema", "completions bash"]
    {
        let run = run(arguments);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{arguments}");
        assert!(!run.out.is_empty(), "{arguments}");
    }
}

#[test]
fn the_manual_page_has_every_command_and_each_option_of_its_own() {
    let page = run("man").out;
    for text in [
        ".SH \"TF-HEADROOM CHECK\"",
        ".SH \"TF-HEADROOM QUOTAS PULL\"",
        ".SH \"TF-HEADROOM TAGS FIX\"",
        ".SH \"TF-HEADROOM MERGE\"",
        "\\-\\-settings\\-from",
        "\\-\\-write\\-baseline",
    ] {
        assert!(page.contains(text), "`{text}` is missing in\n{page}");
    }
    let (_, commands) = page.split_once(".SH \"TF-HEADROOM CHECK\"").expect("a section for it");
    assert!(!commands.contains("\\-\\-chdir"), "what holds for all commands is said once");
    // Where there is a formatter of manual pages, it has nothing to complain of.
    let formatter = std::process::Command::new("groff")
        .args(["-man", "-Tutf8", "-Kutf8", "-ww", "-z"])
        .arg("-")
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn();
    if let Ok(mut groff) = formatter {
        use std::io::Write as _;
        groff.stdin.take().expect("a pipe").write_all(page.as_bytes()).expect("it reads");
        let said = groff.wait_with_output().expect("it ends");
        assert!(said.stderr.is_empty(), "{}", String::from_utf8_lossy(&said.stderr));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::io::Read;
    use std::process::Stdio;
    let mut child = command("inventory fixtures/over-quota --format json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn eval_answers_line_by_line() {
    let questions = concat!(
        "{\"id\": 1, \"expr\": \"length(var.tenants)\"}\n",
        "\n",
        "{\"id\": \"b\", \"expr\": \"[timestamp(), 1]\"}\n",
        "{\"id\": null, \"expr\": \"sensitive(\\\"s3cret\\\")\"}\n",
        "{\"id\": 4, \"expr\": \"local.nope\"}\n",
    );
    let run = finish(command("eval --path fixtures/over-quota"), questions);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(lines.len(), 4, "{}{}", run.out, run.err);
    assert_eq!(
        lines[0],
        r#"{"id":1,"value":13,"unknown":false,"sensitive":false,"type":"number","error":null}"#
    );
    assert!(lines[1].starts_with(r#"{"id":"b","value":[null,1],"unknown":[true,false]"#), "{}", lines[1]);
    assert_eq!(
        lines[2],
        r#"{"id":null,"value":null,"unknown":false,"sensitive":true,"type":"string","error":null}"#
    );
    assert!(lines[3].contains("undeclared local value"), "{}", lines[3]);
    assert_eq!(run.code, 2);
    assert_eq!(finish(command("eval"), "nonsense\n").code, 2);
}

#[test]
fn variables_come_from_the_command_line_and_the_environment() {
    let answer = |arguments: &str, environment: &[(&str, &str)]| {
        let mut command = command(&format!("eval --path fixtures/over-quota {arguments} var.environment"));
        command.envs(environment.iter().copied());
        finish(command, "").out.trim().to_owned()
    };
    assert_eq!(answer("", &[]), "\"production\"");
    assert_eq!(answer("", &[("TF_VAR_environment", "a")]), "\"a\"");
    assert_eq!(answer("", &[("TF_CLI_ARGS_plan", "-var environment=b -lock=false")]), "\"b\"");
    assert_eq!(answer("-var environment=c", &[("TF_CLI_ARGS", "-var environment=b")]), "\"c\"");
    assert_eq!(answer("-var=environment=c --var environment=d", &[]), "\"d\"");
}

#[test]
fn nothing_sensitive_is_printed_by_eval() {
    let run = run("eval {a=sensitive(\"s3cret\"),b=1} --format json");
    assert!(!run.out.contains("s3cret") && run.out.contains(r#""value":{"a":null,"b":1}"#), "{}", run.out);
}
