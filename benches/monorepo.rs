//! What a repository of many root modules costs: on one thread and two, and in four parts that are merged.
//!
//! `cargo bench --no-default-features --bench monorepo` prints a table, `-- ROOTS` with another number than 500. Processor time
//! and memory are those that `/usr/bin/time` tells; without it there is the wall clock alone.

#![expect(clippy::disallowed_methods, reason = "the input of a benchmark is a file")]
#![expect(clippy::print_stdout, reason = "the table is what this is for")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use made::stack;

#[allow(dead_code, reason = "other benchmarks use the rest")]
mod made;

const TIME: &str = "/usr/bin/time";
const ROOTS: usize = 500;
const TENANTS: usize = 20;
const PARTS: usize = 4;

fn main() {
    let roots = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(ROOTS);
    let scratch = tempfile::tempdir().expect("a folder can be made");
    let at = scratch.path();
    stack(at, TENANTS, roots);
    println!("{roots} root modules of {TENANTS} tenants           wall      processor     memory");
    let whole = |threads: &str| {
        let file = format!("whole-{threads}.json");
        let format = format!("json={file}");
        let arguments = ["check", "--recursive", ".", "--format", &format];
        tell(&format!("threads: {threads}"), at, threads, &arguments);
        read(at, &file)
    };
    let (one, two) = (whole("1"), whole("2"));
    assert!(one == two, "the report depends on the number of threads");
    let parts: Vec<String> = (1..=PARTS).map(|i| format!("part-{i}.json")).collect();
    for (i, file) in (1..).zip(&parts) {
        let (shard, format) = (format!("{i}/{PARTS}"), format!("json={file}"));
        let arguments = ["check", "--recursive", ".", "--shard", &shard, "--format", &format];
        tell(&format!("part {shard}"), at, "2", &arguments);
    }
    let mut merge = vec!["merge", "--format", "json=merged.json"];
    merge.extend(parts.iter().map(String::as_str));
    tell("merge", at, "2", &merge);
    assert!(one == read(at, "merged.json"), "the parts add up to something else than the whole");
    println!("the same report on any number of threads, and merged");
}

fn read(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).expect("the report was written")
}

/// Runs the program in a folder and prints what it took.
fn tell(what: &str, folder: &Path, threads: &str, arguments: &[&str]) {
    let program = env!("CARGO_BIN_EXE_tf-headroom");
    let timed = Path::new(TIME).exists();
    let mut command = Command::new(if timed { TIME } else { program });
    if timed {
        command.args(["-f", "%U %S %M", "-o", "time.txt", program]);
    }
    command
        .args(arguments)
        .current_dir(folder)
        .env("RAYON_NUM_THREADS", threads)
        .env("AWS_REGION", "us-east-1");
    let start = Instant::now();
    let status =
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the program can be run");
    let wall = start.elapsed().as_secs_f64();
    assert!(matches!(status.code(), Some(0 | 1)), "{arguments:?}: {status}");
    let told = if timed { read(folder, "time.txt") } else { String::new() };
    // Above the figures stands that the program ended with findings.
    let figures: Vec<f64> =
        told.lines().last().unwrap_or_default().split(' ').filter_map(|n| n.parse().ok()).collect();
    match figures.as_slice() {
        [user, system, kib] => {
            println!("  {what:<32} {wall:>7.2} s {:>10.2} s {:>6.0} MiB", user + system, kib / 1024.0);
        }
        _ => println!("  {what:<32} {wall:>7.2} s"),
    }
}
