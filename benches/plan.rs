//! How long a plan takes to read, beside what only walks over its JSON.
//!
//! `TF_HEADROOM_PLAN=plan.json` measures a plan of one's own instead of the fixture.

#![expect(clippy::disallowed_methods, reason = "the input of a benchmark is a file")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::de::IgnoredAny;
use tf_headroom::plan::{self, Options};

fn read(c: &mut Criterion) {
    let path =
        std::env::var_os("TF_HEADROOM_PLAN").unwrap_or_else(|| "fixtures/plans/contact-center.json".into());
    let text = std::fs::read(&path).expect("the plan can be read");
    let mut group = c.benchmark_group("plan");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
    group.bench_function("inventory", |b| {
        b.iter(|| {
            let mut instances = 0u64;
            let read =
                plan::read_into(black_box(text.as_slice()), "plan.json", &Options::default(), &mut |_| {
                    instances += 1;
                });
            (read.expect("it is a plan"), instances)
        });
    });
    group.bench_function("serde_json, nothing kept", |b| {
        b.iter(|| serde_json::from_slice::<IgnoredAny>(black_box(&text)).expect("it is JSON"));
    });
    group.bench_function("serde_json, a tree", |b| {
        b.iter(|| serde_json::from_slice::<serde_json::Value>(black_box(&text)).expect("it is JSON"));
    });
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
