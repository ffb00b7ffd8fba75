//! One expression without names around it.
#![no_main]

mod common;

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tf_headroom::eval::{Evaluator, NoNames, Work, World};
use tf_headroom::source::Files;
use tf_headroom::syntax;

fuzz_target!(|text: &str| {
    common::roomy(|| {
        let files = Files::default();
        let source = files.add("expression", text);
        let (arena, expr, problems) = syntax::parse_expression(&source);
        let Some(expr) = expr.filter(|_| problems.is_empty()) else { return };
        let tree = common::One { name: "x", bytes: b"text".to_vec() };
        let world = World { tree: &tree, cwd: Path::new("."), home: None, work: &Work::default() };
        if let Ok(value) = Evaluator::new(&arena, source.id, &NoNames, world).eval(expr) {
            tf_headroom::value::to_json(&value);
        }
    });
});
