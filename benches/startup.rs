//! What the catalog costs at the start: the program as a whole, with and without it, and the tables when they are first used.

#![expect(clippy::disallowed_methods, reason = "the input of a benchmark is a file")]

use std::process::{Command, Stdio};

use criterion::{Criterion, criterion_group, criterion_main};

fn run(arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tf-headroom"));
    command.env_clear().args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().expect("the program runs").code().is_some_and(|code| code < 2), "{arguments:?}");
}

fn startup(c: &mut Criterion) {
    let mut group = c.benchmark_group("startup");
    group.sample_size(60);
    let folder = std::env::temp_dir().join(format!("tf-headroom-startup-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let path = folder.to_str().expect("a plain name").to_owned();
    let file = |text: &str| std::fs::write(folder.join("main.tf"), text).expect("it is written");
    // Nothing of AWS: no quota is looked up.
    file("resource \"null_resource\" \"a\" {}\n");
    group.bench_function("without the catalog", |b| b.iter(|| run(&["check", &path])));
    // The same amount of text, of which each part is counted in quotas.
    file("resource \"aws_sns_topic\" \"a\" {}\n");
    group.bench_function("with the catalog", |b| b.iter(|| run(&["check", &path])));
    group.finish();
    let _ = std::fs::remove_dir_all(&folder);
}

criterion_group!(benches, startup);
criterion_main!(benches);
