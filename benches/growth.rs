//! How the time of whole runs grows with the input, and what a check costs over parsing alone.
//!
//! `cargo bench --no-default-features --bench growth` prints a table. Each time is the least of several runs on one
//! thread, the program's start included; runs that are compared take turns.

#![expect(clippy::disallowed_methods, reason = "the input of a benchmark is a file")]
#![expect(clippy::print_stdout, reason = "the table is what this is for")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use made::{files, stack, write};

mod made;

/// Asks this program to parse a folder with hcl-edit, and do nothing else.
const PARSE: &str = "TF_HEADROOM_BENCH_PARSE";

fn main() {
    if let Some(folder) = std::env::var_os(PARSE) {
        return parse(Path::new(&folder));
    }
    let scratch = tempfile::tempdir().expect("a folder can be made");
    tenants(scratch.path());
    each(scratch.path());
    calls(scratch.path());
    repository(scratch.path());
}

/// One stack with more and more tenants.
fn tenants(scratch: &Path) {
    let sizes = [5, 20, 80, 320, 1280];
    let folders = sizes.map(|n| {
        let folder = scratch.join(format!("tenants-{n}"));
        stack(&folder, n, 1);
        folder.join("stacks/stack-0001")
    });
    growth("tenants in a stack", &sizes, &folders);
}

/// One call, each of whose instances reads its twin of another call.
fn each(scratch: &Path) {
    let sizes = [125, 250, 500, 1000];
    let folders = sizes.map(|n| {
        let keys: String = (0..n).map(|i| format!("\"k{i}\", ")).collect();
        let root = format!("locals {{\n  keys = toset([{keys}])\n}}\n{}", reader("reader"));
        modules(&scratch.join(format!("each-{n}")), &root)
    });
    growth("instances of a module that read module.x[each.key].id", &sizes, &folders);
}

/// More and more calls that read another one.
fn calls(scratch: &Path) {
    let sizes = [125, 250, 500, 1000];
    let folders = sizes.map(|n| {
        let mut root = String::from("locals {\n  keys = toset([\"a\", \"b\", \"c\"])\n}\n");
        (0..n).for_each(|i| root.push_str(&reader(&format!("reader_{i}"))));
        modules(&scratch.join(format!("calls-{n}")), &root)
    });
    growth("calls of modules that read module.x[each.key].id", &sizes, &folders);
}

fn reader(name: &str) -> String {
    format!(
        "module \"{name}\" {{\n  source   = \"./reader\"\n  for_each = local.keys\n  id       = module.x[each.key].id\n}}\n"
    )
}

/// Writes a root with the module that is read, and the one that reads.
fn modules(folder: &Path, root: &str) -> PathBuf {
    let x = "resource \"aws_sqs_queue\" \"q\" {\n}\noutput \"id\" {\n  value = aws_sqs_queue.q.id\n}\n";
    let reader = "variable \"id\" {\n  type = string\n}\nresource \"aws_sqs_queue_policy\" \"p\" {\n  queue_url = var.id\n}\n";
    write(&folder.join("x/main.tf"), x);
    write(&folder.join("reader/main.tf"), reader);
    let call = "module \"x\" {\n  source   = \"./x\"\n  for_each = local.keys\n}\n";
    write(&folder.join("main.tf"), &format!("{root}{call}"));
    folder.to_path_buf()
}

/// Fifty stacks and the modules that they share, against hcl-edit on the same files.
fn repository(scratch: &Path) {
    let folder = scratch.join("repository");
    stack(&folder, 20, 50);
    let (mut check, mut parse) = (Duration::MAX, Duration::MAX);
    for _ in 0..9 {
        check = check.min(time(program().args(["check", "--recursive"]).arg(&folder)));
        let this = std::env::current_exe().expect("this program has a path");
        parse = parse.min(time(Command::new(this).env(PARSE, &folder)));
    }
    println!("\nfifty stacks of twenty tenants");
    println!("  hcl-edit alone {:>9.1} ms", ms(parse));
    println!("  check          {:>9.1} ms, {:.2} times as long", ms(check), ms(check) / ms(parse));
}

/// Parses every file with hcl-edit alone, one after the other.
fn parse(folder: &Path) {
    let mut bytes = 0;
    for file in files(folder) {
        let text = std::fs::read_to_string(&file).expect("the file was written");
        let body = hcl_edit::parser::parse_body(&text).expect("the file is sound");
        bytes += std::hint::black_box(body).len();
    }
    std::hint::black_box(bytes);
}

fn growth(what: &str, sizes: &[usize], folders: &[PathBuf]) {
    let mut times = vec![Duration::MAX; sizes.len()];
    for _ in 0..5 {
        for (folder, best) in folders.iter().zip(&mut times) {
            *best = (*best).min(time(program().arg("check").arg(folder)));
        }
    }
    println!("\n{what}");
    let exponent =
        |a: usize, b: usize| (ms(times[b]) / ms(times[a])).ln() / (sizes[b] as f64 / sizes[a] as f64).ln();
    for i in 0..sizes.len() {
        let step = if i > 0 { format!(", exponent {:.2}", exponent(i - 1, i)) } else { String::new() };
        println!("  {:>6} {:>9.1} ms{step}", sizes[i], ms(times[i]));
    }
    println!("  exponent over all {:.2}", exponent(0, sizes.len() - 1));
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tf-headroom"));
    command.env("AWS_REGION", "us-east-1");
    command
}

/// Runs a command on one thread; that it finds faults is no failure.
fn time(command: &mut Command) -> Duration {
    command.env("RAYON_NUM_THREADS", "1").stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().expect("the program can be run");
    assert!(matches!(status.code(), Some(0 | 1)), "{command:?}: {status}");
    start.elapsed()
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
