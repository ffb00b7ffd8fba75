//! Plans and states: whatever the bytes are, there is an inventory or an error, and all of it can be shown.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use tf_headroom::date::Date;
use tf_headroom::pipeline::{self, Request, Source};
use tf_headroom::report::{Format, Look};
use tf_headroom::source::Files;

fuzz_target!(|data: &[u8]| {
    let bytes = data.to_vec();
    common::roomy(move || {
        let files = Files::default();
        let tree = common::One { name: "main.tf", bytes: Vec::new() };
        let input = Box::new(std::io::Cursor::new(bytes));
        let today = Date::parse("2026-11-20").expect("a day");
        let sources = vec![Source::Json { name: "plan.json".into(), input, folder: None }];
        let request = Request { all: true, ..Request::of(sources, today) };
        let (report, _) = pipeline::run(request, &tree, &files);
        for format in Format::ALL {
            format.render(&report, &files, &Look::default());
        }
    });
});
