//! Input that means harm, or an accident: an answer or an error with a position, in bounded time and memory.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::{Run, finish, root};

const VPC: &str = "resource \"aws_vpc\" \"v\" {\n  tags = { A = try(tostring(local.last), \"x\") }\n}\n";

/// Runs `check` with 2 GiB of address space and little patience for endless evaluation.
fn check(dir: &Path) -> Run {
    let mut command = if cfg!(target_os = "linux") {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "ulimit -v 2097152; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_tf-headroom")]);
        shell
    } else {
        Command::new(env!("CARGO_BIN_EXE_tf-headroom"))
    };
    command.current_dir(root()).env_clear().env("RAYON_NUM_THREADS", "2");
    command.env("TF_HEADROOM_MAX_STEPS", "300000").env("TF_HEADROOM_MAX_INSTANCES", "1000");
    command.arg("check").arg(dir);
    let start = Instant::now();
    let run = finish(command, "");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(60), "{}: {took:?}", dir.display());
    run
}

/// Writes files into a folder of their own, checks them, and returns what was said.
fn said(files: &[(&str, &str)], code: i32) -> String {
    let dir = tempfile::tempdir().expect("a folder can be made");
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder"))
            .expect("a folder can be made");
        std::fs::write(path, text).expect("a file can be written");
    }
    let run = check(dir.path());
    let said = format!("{}{}", run.out, run.err);
    assert_eq!(run.code, code, "{said}");
    assert!(!said.contains("panicked") && !said.contains("overflow"), "{said}");
    said
}

/// Expects an error of this summary in `main.tf`.
fn refused(main: &str, summary: &str) {
    let said = said(&[("main.tf", main)], 2);
    assert!(said.contains(summary) && said.contains("main.tf:"), "{summary} is missing in\n{said}");
}

fn answered(main: &str) -> String {
    said(&[("main.tf", main)], 0)
}

/// A chain of locals, each made of the one before.
fn chain(first: &str, length: usize, step: impl Fn(&str) -> String) -> String {
    let mut text = format!("locals {{\n  l0 = {first}\n");
    for i in 1..length {
        let _ = writeln!(text, "  l{i} = {}", step(&format!("local.l{}", i - 1)));
    }
    let _ = writeln!(text, "  last = local.l{}\n}}", length - 1);
    text + VPC
}

#[test]
fn long_chains_are_followed_without_a_stack() {
    answered(&chain("1", 20_000, |l| format!("{l} + 1")));
    refused(&chain("1", 3_000, |l| format!("[{l}]")), "Value too large");
    refused(&chain("1", 3_000, |l| format!("{{ a = {l} }}")), "Value too large");
}

#[test]
fn what_doubles_with_every_step_is_refused() {
    refused(&chain("1", 64, |l| format!("[{l}, {l}]")), "Value too large");
    refused(&chain("1", 64, |l| format!("{{ a = {l}, b = {l} }}")), "Value too large");
    refused(&chain("\"x\"", 64, |l| format!("\"${{{l}}}${{{l}}}\"")), "Too much to evaluate");
    refused(&chain("[1]", 64, |l| format!("concat({l}, {l})")), "Too much to evaluate");
    refused(&chain("10", 64, |l| format!("{l} * {l}")), "Operation failed");
}

#[test]
fn what_has_failed_is_told_once_however_far_it_goes() {
    let main = chain("1", 5_000, |l| format!("[{l}]"));
    let said = said(&[("main.tf", &main)], 2);
    assert_eq!(said.matches("Value too large").count(), 1, "{said}");
}

#[test]
fn loops_without_end_are_refused() {
    let locals = |text: &str| format!("locals {{\n  r = range(1000)\n  last = {text}\n}}\n{VPC}");
    for text in [
        "[for a in local.r : [for b in local.r : [for c in local.r : 1]]]",
        "length([for a in local.r : a if length([for b in local.r : b if length([for c in local.r : c if false]) > 0]) > 0])",
        "\"%{ for a in local.r }%{ for b in local.r }%{ for c in local.r }x%{ endfor }%{ endfor }%{ endfor }\"",
        "[for a in local.r : contains(concat(local.r, local.r), a + 0.5)]",
        "try([for a in local.r : [for b in local.r : [for c in local.r : 1]]], 1)",
    ] {
        refused(&locals(text), "Too much to evaluate");
    }
    refused(&locals("setproduct(local.r, local.r, local.r)"), "Error in function call");
    refused(&locals("range(1e9)"), "Error in function call");
    refused(&locals("cidrsubnet(\"::/0\", 1e9, 1)"), "Error in function call");
    refused(&locals("format(\"%1000000000d\", 1)"), "Error in function call");
    refused(&locals("regex(\"((((a{0,100}){0,100}){0,100}){0,100})\", \"a\")"), "Invalid function argument");
    let nested = |depth: usize| {
        let open = "dynamic \"rule\" {\n for_each = range(1000)\n content {\n".repeat(depth);
        format!("resource \"aws_wafv2_web_acl\" \"v\" {{\n{open}{}}}\n", "}\n}\n".repeat(depth))
    };
    refused(&nested(4), "Too much to evaluate");
}

#[test]
fn more_instances_than_fit_are_counted_as_one_group() {
    let said = said(
        &[(
            "main.tf",
            "resource \"aws_sqs_queue\" \"q\" {\n  count = 1000000\n  tags  = { N = count.index }\n}\n",
        )],
        2,
    );
    assert!(said.contains("Too many instances") && said.contains("1000000"), "{said}");
    refused(
        "resource \"aws_vpc\" \"v\" {\n  for_each = toset([for n in range(2000) : tostring(n)])\n}\n",
        "Error in function call",
    );
    refused(
        "resource \"aws_vpc\" \"v\" {\n  for_each = toset([for p in setproduct(range(40), range(40)) : join(\"-\", p)])\n}\n",
        "Too many instances",
    );
    refused("resource \"aws_vpc\" \"v\" {\n  count = 1e30\n}\n", "Invalid count argument");
}

#[test]
fn instances_of_instances_stay_an_exact_number() {
    let call = "module \"m\" {\n  source = \"./m\"\n  count  = 100\n}\n";
    let said = said(
        &[
            ("main.tf", call),
            ("m/main.tf", call),
            ("m/m/main.tf", call),
            ("m/m/m/main.tf", "resource \"aws_vpc\" \"v\" {}\n"),
        ],
        2,
    );
    assert!(said.contains("Too many instances"), "{said}");
    assert!(said.contains("1,000,000"), "{said}");
}

#[test]
fn modules_that_lead_back_or_nowhere_end() {
    refused("module \"m\" {\n  source = \"./\"\n}\n", "Module calls itself");
    let mut deep = vec![("main.tf".to_owned(), "module \"m\" {\n  source = \"./m0\"\n}\n".to_owned())];
    let mut wide = deep.clone();
    for i in 0..300 {
        let call = |name: &str| format!("module \"{name}\" {{\n  source = \"../m{}\"\n}}\n", i + 1);
        deep.push((format!("m{i}/main.tf"), call("a")));
        wide.push((format!("m{i}/main.tf"), call("a") + &call("b")));
    }
    for (files, summary) in [(deep, "Modules nested too deeply"), (wide, "Too many module calls")] {
        let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        let said = said(&files, 2);
        assert!(said.contains(summary), "{said}");
    }
    let cycle = "resource \"aws_vpc\" \"a\" {\n  count = 0\n  cidr_block = aws_vpc.b[0].id\n}\nresource \"aws_vpc\" \"b\" {\n  count = 0\n  cidr_block = aws_vpc.a[0].id\n}\n";
    let said = said(&[("main.tf", cycle)], 2);
    assert!(said.contains("Cycle: aws_vpc.a, aws_vpc.b"), "{said}");
}

#[test]
fn brackets_without_end_are_refused() {
    let local = |text: String| format!("locals {{\n  last = {text}\n}}\n{VPC}");
    let nest = |open: &str, inner: &str, close: &str, n: usize| {
        local(format!("{}{inner}{}", open.repeat(n), close.repeat(n)))
    };
    for text in [
        nest("[", "", "]", 10_000),
        nest("(", "1", ")", 10_000),
        nest("!", "true", "", 100_000),
        nest("true ? 1 : ", "1", "", 20_000),
        nest("\"${", "1", "}\"", 5_000),
        nest("abs(", "1", ")", 10_000),
        nest("{ a = ", "1", " }", 10_000),
    ] {
        refused(&text, "Nesting too deep");
    }
    refused(&nest("1 + ", "1", "", 100_000), "Expression too long");
    let blocks = format!("{}{}", "a {\n".repeat(9_000), "}\n".repeat(9_000));
    refused(&format!("resource \"aws_vpc\" \"v\" {{\n{blocks}}}\n"), "Nesting too deep");
    let json = format!("{{\"locals\": {{\"l\": {}{}}}}}", "[".repeat(100_000), "]".repeat(100_000));
    let said = said(&[("main.tf.json", &json)], 2);
    assert!(said.contains("Nesting too deep"), "{said}");
    for (function, name, text) in [
        ("jsondecode", "a.json", "[".repeat(1_000_000)),
        ("yamldecode", "a.yaml", "[".repeat(100_000)),
        (
            "yamldecode",
            "b.yaml",
            (1..20).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, i| {
                format!("{text}a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(","))
            }),
        ),
    ] {
        let main = local(format!("{function}(file(\"{name}\"))"));
        let said = self::said(&[("main.tf", &main), (name, &text)], 2);
        assert!(said.contains("function"), "{said}");
    }
}

#[test]
fn large_but_honest_input_is_read() {
    let keys: String = (0..20_000).map(|i| format!("    k{i} = {i}\n")).collect();
    answered(&format!("locals {{\n  last = length({{\n{keys}  }})\n}}\n{VPC}"));
    answered(&format!("locals {{\n  last = length([{}])\n}}\n{VPC}", "1,".repeat(50_000)));
    answered(&format!("locals {{\n  last = length(<<EOT\n{}EOT\n)\n}}\n{VPC}", "line ${1}\n".repeat(20_000)));
    let entries: String =
        (0..20_000).map(|i| format!("  \"k{i}\" = {{ name = \"n{i}\", list = [\"a\", \"b\"] }}\n")).collect();
    let main = "variable \"big\" {\n  type = map(object({ name = string, list = list(string) }))\n}\nlocals {\n  last = length(var.big)\n}\n";
    said(
        &[("main.tf", &format!("{main}{VPC}")), ("terraform.tfvars", &format!("big = {{\n{entries}}}\n"))],
        0,
    );
    let comments = "# tf-headroom: allow tag-missing — x\n".repeat(5_000);
    said(&[("main.tf", &format!("{comments}{}", VPC.replace("local.last", "1")))], 0);
}

#[test]
fn encodings_are_told_apart() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let main = dir.path().join("main.tf");
    let crlf = b"\xef\xbb\xbfresource \"aws_vpc\" \"v\" {\r\n  tags = {\r\n    A = <<-EOT\r\n      x\r\n    EOT\r\n  }\r\n}\r\n";
    for (bytes, code, text) in [
        (&crlf[..], 0, "within AWS's limits"),
        (b"resource \"aws_vpc\" \"v\" {\n  tags = { A = \"\xff\" }\n}\n", 2, "main.tf:2"),
        (b"\xff\xfer\0e\0s\0", 2, "main.tf:1"),
        (b"locals {\n  a = \"unclosed\n}\n", 2, "main.tf:2"),
        (b"/* unclosed", 2, "main.tf:1"),
    ] {
        std::fs::write(&main, bytes).expect("a file can be written");
        let run = check(dir.path());
        assert_eq!(run.code, code, "{}", run.out);
        assert!(run.out.contains(text), "{text} is missing in\n{}", run.out);
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_and_devices_end() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    std::os::unix::fs::symlink(".", dir.path().join("loop")).expect("a link can be made");
    std::os::unix::fs::symlink("self", dir.path().join("self")).expect("a link can be made");
    for (text, code) in [
        ("length(fileset(path.module, \"**\"))", 0),
        ("filemd5(\"/dev/zero\")", 2),
        ("filemd5(\"loop/loop/loop/main.tf\")", 0),
        ("file(\"self\")", 2),
    ] {
        let main = format!("locals {{\n  last = {text}\n}}\n{VPC}");
        std::fs::write(dir.path().join("main.tf"), main).expect("a file can be written");
        let run = check(dir.path());
        assert_eq!(run.code, code, "{text}\n{}", run.out);
    }
}
