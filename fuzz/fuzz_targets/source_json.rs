//! A root module of one file in JSON: parsed, resolved, evaluated in full, counted, judged and shown.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| common::check("main.tf.json", data));
