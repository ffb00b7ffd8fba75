//! Tags from settings to repairs, as a user meets them.

use std::fs;

use crate::common::{command, finish, run};

#[test]
fn init_writes_settings_that_check_reads() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display();
    let first = run(&format!("init {dir} --profile gov-ccaas"));
    assert_eq!(first.code, 0, "{}", first.err);
    let path = folder.path().join(".tf-headroom.hcl");
    let written = fs::read_to_string(&path).unwrap();
    assert_eq!(run("init --print --profile gov-ccaas").out, written);
    fs::write(folder.path().join("main.tf"), "resource \"aws_sqs_queue\" \"q\" {}\n").unwrap();
    let check = run(&format!("check {dir}"));
    assert_eq!(check.code, 1, "{}{}", check.out, check.err);
    assert_eq!(check.out.matches("is missing on aws_sqs_queue.q").count(), 8, "{}", check.out);
    // What is there is not written over.
    let again = run(&format!("init {dir}"));
    assert_eq!(again.code, 2);
    assert!(again.err.contains("is there already"), "{}", again.err);
    assert_eq!(fs::read_to_string(&path).unwrap(), written);
    assert_eq!(run("init nowhere").code, 2);
    let misspelt = run("init --profile gov-cccas");
    assert!(misspelt.code == 2 && misspelt.err.contains("did you mean `gov-ccaas`?"), "{}", misspelt.err);
    assert_eq!(finish(command("init --print"), "").code, 0);
}
