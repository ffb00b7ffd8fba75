//! What a plan takes to check, from three megabytes to a gigabyte: processor time beside what only walks over its JSON, and
//! memory, from a file and from a pipe. The program as a whole, as a user runs it, and the reading by itself.
//!
//! `x sonic` is the program's time over that of sonic-rs, which passes over the sections one by one in text that is in
//! memory already; `read` is the reading alone over the same. `x walk` is over `serde_json` with `IgnoredAny`, `x jq` over
//! `jq length`.
//!
//! `cargo bench --no-default-features --bench plan_sizes` makes the plans by itself and needs 1.1 GB of disk; with
//! `-- --test` only the smallest. Linux alone tells what a process takes; elsewhere it prints nothing.

#![expect(clippy::disallowed_methods, reason = "the input of a benchmark is a file")]
#![expect(clippy::print_stdout, reason = "a table is what it makes")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::de::IgnoredAny;
use tf_headroom::plan;

/// Numbers of resources.
const SIZES: [usize; 5] = [600, 6_000, 20_000, 60_000, 200_000];

/// The clock of `/proc`, whatever the kernel's own is.
const TICKS: f64 = 100.0;

fn main() {
    let small = std::env::args().any(|a| a == "--test");
    if !Path::new("/proc/self/stat").exists() {
        return;
    }
    println!(
        "{:>9} {:>7} {:>7} {:>8} {:>8} {:>8} {:>8} {:>6} {:>8} {:>8} {:>8}",
        "resources",
        "MB",
        "CPU s",
        "sonic s",
        "x sonic",
        "read",
        "x walk",
        "x jq",
        "file MB",
        "pipe MB",
        "B/inst."
    );
    let mut base = 0.0;
    for resources in SIZES.into_iter().take(if small { 1 } else { SIZES.len() }) {
        let path = std::env::temp_dir().join(format!("tf-headroom-plan-{}-{resources}", std::process::id()));
        write_plan(&path, resources).expect("the plan can be written");
        let bytes = fs::metadata(&path).expect("it is there").len() as f64;
        let (sonic, read, walk) = in_process(&path);
        let file = check(&path, false);
        let pipe = check(&path, true);
        let jq = spent(Command::new("jq").arg("length").arg(&path)).map_or_else(
            || "-".to_owned(),
            |jq| format!("{:.2}", file.seconds / jq.seconds.max(1.0 / TICKS)),
        );
        let _ = fs::remove_file(&path);
        assert!(file.kilobytes > 0.0 && pipe.kilobytes > 0.0, "the peak is told");
        // What the program takes with next to nothing to read is no instance's.
        if base == 0.0 {
            base = file.kilobytes;
        }
        println!(
            "{resources:>9} {:>7.1} {:>7.2} {sonic:>8.2} {:>8.2} {:>8.2} {:>8.2} {jq:>6} {:>8.1} {:>8.1} {:>8.0}",
            bytes / 1e6,
            file.seconds,
            file.seconds / sonic,
            read / sonic,
            file.seconds / walk,
            file.kilobytes / 1024.0,
            pipe.kilobytes / 1024.0,
            (file.kilobytes - base) * 1024.0 / resources as f64,
        );
    }
}

/// Returns the seconds that sonic-rs takes, those of our reading from the file, and those of `serde_json`: the least of
/// three runs each.
fn in_process(path: &Path) -> (f64, f64, f64) {
    let text = fs::read(path).expect("it can be read");
    let sonic = least(|| {
        sonic_rs::to_object_iter(text.as_slice())
            .map(|section| section.expect("it is JSON").1.as_raw_str().len())
            .sum::<usize>()
    });
    let walk = least(|| serde_json::from_slice::<IgnoredAny>(&text).expect("it is JSON"));
    drop(text);
    let read = least(|| {
        let file = File::open(path).expect("it is there");
        plan::begin(file, "plan", &plan::Options::default()).expect("it is a plan")
    });
    (sonic, read, walk)
}

/// Returns the least seconds of three runs.
fn least<T>(run: impl Fn() -> T) -> f64 {
    let runs = (0..3).map(|_| {
        let start = Instant::now();
        std::hint::black_box(run());
        start.elapsed().as_secs_f64()
    });
    runs.fold(f64::INFINITY, f64::min)
}

/// What a process took.
struct Spent {
    seconds: f64,
    kilobytes: f64,
}

fn check(path: &Path, piped: bool) -> Spent {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tf-headroom"));
    command.env_clear().current_dir(std::env::temp_dir());
    command.args(["check", "--format", "json"]).arg(if piped { Path::new("-") } else { path });
    if !piped {
        return spent(&mut command).expect("the program runs");
    }
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program runs");
    let mut into = child.stdin.take().expect("a pipe");
    let mut from = File::open(path).expect("it is there");
    let writer = std::thread::spawn(move || io::copy(&mut from, &mut into).map(drop));
    let spent = watch(&mut child);
    let _ = writer.join();
    spent
}

/// Runs a command to its end; None: there is no such program.
fn spent(command: &mut Command) -> Option<Spent> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Some(watch(&mut command.spawn().ok()?))
}

/// Looks at a process until it has ended, which it tells until somebody asks for its exit code.
fn watch(child: &mut Child) -> Spent {
    let of = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap_or_default();
    let mut kilobytes = 0.0;
    let seconds = loop {
        let status = of("status");
        let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        if let Some(peak) = peak.and_then(|p| p.split_whitespace().next()) {
            kilobytes = peak.parse().unwrap_or(kilobytes);
        }
        let stat = of("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        if fields.first().is_none_or(|state| *state == "Z") {
            let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).unwrap_or_default();
            break (ticks(11) + ticks(12)) / TICKS;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let code = child.wait().expect("it was started").code();
    assert!(code.is_some_and(|code| code < 2), "it ended with {code:?}");
    Spent { seconds, kilobytes }
}

/// Types of one tenant's resources: half of them in a module for each function.
const TYPES: [&str; 20] = [
    "aws_connect_queue",
    "aws_connect_queue",
    "aws_connect_queue",
    "aws_connect_user",
    "aws_connect_user",
    "aws_sns_topic",
    "aws_security_group",
    "aws_s3_bucket",
    "aws_lambda_function",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_cloudwatch_log_group",
    "aws_lambda_function",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_cloudwatch_log_group",
    "aws_lambda_function",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_cloudwatch_log_group",
];

/// One resource instance of a plan.
struct Made {
    ty: &'static str,
    module: String,
    address: String,
    attributes: String,
    /// Every tenth is new.
    is_new: bool,
}

fn made(i: usize) -> Made {
    let (tenant, at) = (i / TYPES.len(), i % TYPES.len());
    let ty = TYPES[at];
    let function = at.checked_sub(8).map(|at| format!("function{}", at / 4));
    let module = match &function {
        Some(function) => format!(r#"module.tenant["t{tenant:05}"].module.function["{function}"]"#),
        None => format!(r#"module.tenant["t{tenant:05}"]"#),
    };
    let name = format!("t{tenant:05}-{}", function.unwrap_or_else(|| format!("own{at}")));
    let is_new = i % 10 == 9;
    let id = format!("{:08x}-{:04x}-4000-8000-{i:012x}", i.wrapping_mul(2_654_435_761), i % 65_536);
    let tags = format!(r#"{{"Application":"contact-center","Name":"{name}","Tenant":"t{tenant:05}"}}"#);
    let all = format!(
        r#"{{"Application":"contact-center","CostCenter":"CC-1","ManagedBy":"terraform","Name":"{name}","Tenant":"t{tenant:05}"}}"#
    );
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:eu-central-1:123456789012:{rest}");
    let own = match ty {
        "aws_connect_queue" | "aws_connect_user" => format!(
            r#""arn":"{}","id":"{INSTANCE}:{id}","instance_id":"{INSTANCE}","name":"{name}""#,
            arn("connect", &format!("instance/{INSTANCE}/queue/{id}"))
        ),
        "aws_iam_role" => format!(
            r#""arn":"arn:aws:iam::123456789012:role/{name}","id":"{name}","name":"{name}","inline_policy":[]"#
        ),
        "aws_iam_role_policy" => {
            let policy = r#"{\"Statement\":[{\"Action\":[\"logs:PutLogEvents\"],\"Effect\":\"Allow\",\"Resource\":\"*\"}]}"#;
            format!(r#""id":"{name}:inline","name":"inline","role":"{name}","policy":"{policy}""#)
        }
        _ => format!(r#""arn":"{}","id":"{name}","name":"{name}""#, arn("sqs", &name)),
    };
    // What nobody asks for is most of a plan.
    let rest =
        format!(r#""description":"{}","settings":[{{"mode":"x","values":[1,2,3]}}]"#, "text ".repeat(90));
    let attributes = match ty {
        "aws_iam_role_policy" => format!("{{{own},{rest}}}"),
        _ => format!(r#"{{{own},{rest},"tags":{tags},"tags_all":{all}}}"#),
    };
    let address = match at {
        0..8 => format!("{module}.{ty}.r{at}"),
        _ => format!("{module}.{ty}.this"),
    };
    Made { ty, module, address, attributes, is_new }
}

const INSTANCE: &str = "11111111-2222-3333-4444-555555555555";

fn write_plan(path: &Path, resources: usize) -> io::Result<()> {
    let mut to = BufWriter::new(File::create(path)?);
    let mut text = String::new();
    write!(to, r#"{{"format_version":"1.2","terraform_version":"1.11.4","planned_values":"#)?;
    let state = |to: &mut BufWriter<File>, text: &mut String, planned: bool| -> io::Result<()> {
        write!(to, r#"{{"root_module":{{"child_modules":["#)?;
        let mut first = true;
        for one in (0..resources).map(made).filter(|m| planned || !m.is_new) {
            text.clear();
            let Made { ty, module, address, attributes, .. } = one;
            let (quoted, name) = (quote(&address), address.rsplit('.').next().unwrap_or_default());
            let _ = write!(
                text,
                r#"{}{{"address":{},"resources":[{{"address":{quoted},"mode":"managed","type":"{ty}","name":"{name}","provider_name":"{PROVIDER}","schema_version":0,"values":{attributes},"sensitive_values":{{"tags":{{}}}}}}]}}"#,
                if first { "" } else { "," },
                quote(&module),
            );
            first = false;
            to.write_all(text.as_bytes())?;
        }
        write!(to, "]}}}}")
    };
    state(&mut to, &mut text, true)?;
    write!(to, r#","resource_changes":["#)?;
    for (i, one) in (0..resources).map(made).enumerate() {
        text.clear();
        let Made { ty, module, address, attributes, is_new } = one;
        let (before, action) = if is_new { ("null", "create") } else { (attributes.as_str(), "no-op") };
        let name = address.rsplit('.').next().unwrap_or_default();
        let _ = write!(
            text,
            r#"{}{{"address":{},"module_address":{},"mode":"managed","type":"{ty}","name":"{name}","provider_name":"{PROVIDER}","change":{{"actions":["{action}"],"before":{before},"after":{attributes},"after_unknown":{{}},"before_sensitive":{{"tags":{{}},"tags_all":{{}}}},"after_sensitive":{{"tags":{{}},"tags_all":{{}}}}}}}}"#,
            if i == 0 { "" } else { "," },
            quote(&address),
            quote(&module),
        );
        to.write_all(text.as_bytes())?;
    }
    write!(to, r#"],"prior_state":{{"format_version":"1.0","values":"#)?;
    state(&mut to, &mut text, false)?;
    write!(to, r#"}},"configuration":{CONFIGURATION}}}"#)?;
    to.flush()
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}

const PROVIDER: &str = "registry.terraform.io/hashicorp/aws";

const CONFIGURATION: &str = r#"{"provider_config":{"aws":{"name":"aws","full_name":"registry.terraform.io/hashicorp/aws","expressions":{"region":{"constant_value":"eu-central-1"}}}},"root_module":{"module_calls":{"tenant":{"source":"./tenant","for_each_expression":{"references":["var.tenants"]},"module":{"module_calls":{"function":{"source":"./function","for_each_expression":{"references":["var.functions"]},"module":{}}}}}}}}"#;
