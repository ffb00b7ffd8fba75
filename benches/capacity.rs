//! How long it takes to try other tenants: probes of one stack with twenty of them.

use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use tf_headroom::capacity::{self, Search, Shape, Study};
use tf_headroom::config::Settings;
use tf_headroom::expand::{Model, Options};
use tf_headroom::module::Loader;
use tf_headroom::projection::{Limits, Root};
use tf_headroom::source::{Disk, Files};

/// Made by a generator of monorepos: 20 tenants, about 500 instances.
const STACK: &str = "benches/stack/stacks/stack-0001";

fn capacity(c: &mut Criterion) {
    let files = Files::default();
    let loader = Loader::new(&Disk, &files);
    let (options, settings) = (Options::default(), Settings::default());
    let mut model = Model::load(&loader, Path::new(STACK), &options);
    let inventory = model.inventory();
    let tenancy = capacity::find(&mut model, &inventory, None).expect("the stack has tenants");
    let root = Root::default();
    let mut study = Study::new(model, &settings, Limits::default(), root, tenancy);
    let trial = study.trial(&Shape::Median);
    let mut group = c.benchmark_group("capacity");
    group.sample_size(10);
    // One is in the room that the search of this stack moves in.
    group.bench_function("500 probes", |b| {
        b.iter(|| (0..500).map(|n| study.probe(&trial, n % 10).instances).sum::<usize>());
    });
    group.bench_function("the whole search", |b| {
        b.iter(|| {
            capacity::search(&mut study, &Shape::Median, &Search::default()).expect("something grows").fits
        });
    });
    group.finish();
}

criterion_group!(benches, capacity);
criterion_main!(benches);
