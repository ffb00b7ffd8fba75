//! A root module of one file: parsed, resolved, evaluated in full, counted, judged and shown.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| common::check("main.tf", data));
