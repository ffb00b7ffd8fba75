//! How long a check takes, and its parts.

#![expect(clippy::disallowed_methods, reason = "the input of a benchmark is a file")]

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use tf_headroom::date::Date;
use tf_headroom::expand::{self, Options};
use tf_headroom::module::Loader;
use tf_headroom::pipeline::{self, Effort, Quotas, Request, Source};
use tf_headroom::report::{Format, Look};
use tf_headroom::source::{Disk, Files};
use tf_headroom::syntax;

const FIXTURE: &str = "fixtures/contact-center";

fn request() -> Request {
    Request {
        recursive: false,
        targets: Vec::new(),
        shard: None,
        changed: None,
        carry: false,
        in_passing: false,
        parts: Vec::new(),
        sources: vec![Source::Folder(FIXTURE.into())],
        options: Options::default(),
        settings: None,
        today: Date::parse("2026-11-20").expect("a day of the calendar"),
        all: false,
        origin: Default::default(),
        fail_on: None,
        shares: Effort::None,
        quotas: Quotas::Catalog,
        base: None,
        gate: None,
        baseline: None,
    }
}

fn check(c: &mut Criterion) {
    c.bench_function("check contact-center", |b| {
        b.iter(|| {
            let files = Files::default();
            pipeline::run(request(), &Disk, &files)
        });
    });
    c.bench_function("inventory contact-center", |b| {
        b.iter(|| {
            let files = Files::default();
            expand::inventory(Path::new(FIXTURE), &Loader::new(&Disk, &files), &Options::default())
        });
    });
    let files = Files::default();
    let (report, _) = pipeline::run(request(), &Disk, &files);
    for format in Format::ALL {
        c.bench_function(&format!("report {}", format.name()), |b| {
            b.iter(|| format.render(black_box(&report), &files, &Look::default()));
        });
    }
}

fn parse(c: &mut Criterion) {
    let text = std::fs::read_to_string("fixtures/contact-center/lex.tf").expect("the fixture is there");
    c.bench_function("parse lex.tf", |b| {
        b.iter(|| {
            let files = Files::default();
            syntax::parse(&files.add("lex.tf", text.as_str()))
        });
    });
}

/// The program starts with the whole catalog in it, and opens the long list only for those who ask.
fn start(c: &mut Criterion) {
    let run = |program: &str, arguments: &[&str]| {
        let done = std::process::Command::new(program).args(arguments).output();
        assert!(done.is_ok_and(|d| d.status.success()), "{program}");
    };
    c.bench_function("start: a program that does nothing", |b| b.iter(|| run("true", &[])));
    let program = env!("CARGO_BIN_EXE_tf-headroom");
    c.bench_function("start: the version", |b| b.iter(|| run(program, &["--version"])));
    c.bench_function("start: one quota of the long list", |b| {
        b.iter(|| run(program, &["quotas", "show", "L-6DD2993B"]));
    });
}

criterion_group!(benches, check, parse, start);
criterion_main!(benches);
