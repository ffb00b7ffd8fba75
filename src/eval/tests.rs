//! Conditionals and operators with values that are not known, read off Terraform's plans.

use super::funcs::testing::check;

#[test]
fn a_branch_may_fail_while_the_condition_is_unknown() {
    check(r#"local.ub ? ["a"][7] : "x""#, "?any");
    check(r#"local.ub ? tonumber("x") : 1"#, "?any");
    check(r#"can(local.ub ? ["a"][7] : "x")"#, "?bool");
    check(r#""%{ if local.ub }${["a"][7]}%{ else }b%{ endif }""#, "?string!");
}

#[test]
fn the_type_of_a_failed_branch_counts_as_far_as_it_shows() {
    check(r#"true ? "a" : 1 + "x""#, r#""a""#);
    check(r#"true ? [true] : [!"x"]"#, "[true]");
    check(r#"true ? "a" : 1 == tonumber("x")"#, r#""a""#);
    check(r#"true ? true : [["a"][7]]"#, "error: must have consistent types.");
    check("true ? true : (0 ? 1 : [])", "true");
    check("true ? true : (0 ? [1] : [])", "error: must have consistent types.");
}

#[test]
fn a_conditional_of_one_length_has_that_many_elements() {
    check(r#"local.ub ? tolist(["a"]) : tolist(["b"])"#, "tolist([?string])");
    check(r#"local.ub ? tolist(["a", "c"]) : tolist(["b", "d"])"#, "tolist([?string, ?string])");
    check(r#"local.ub ? toset(["a"]) : toset(["b"])"#, "toset([?string])");
    check("local.ub ? tolist([]) : tolist([])", "tolist([])");
    check("local.ub ? 1 : 1", "1");
    check(r#"local.ub ? "a" : "a""#, "?string!");
    check(r#"length(local.ub ? tolist(["a"]) : tolist(["b", "c"])) < 3"#, "true");
}

#[test]
fn sums_of_what_terraform_does_not_know_have_no_bounds() {
    check("(local.ub ? 1 : 2) > 0", "true");
    check("(local.ub ? 1 : 2) + 1 > 0", "?bool!");
    check("length(local.ul) + 1 > 0", "?bool!");
    check("length(local.read) + 1 > 0", "true");
}

#[test]
fn the_type_of_an_unknown_condition_is_not_asked_for() {
    check("local.un ? 1 : 2", "?number! 1..2");
    check("1 ? 1 : 2", "error: bool required.");
    check(r#""%{ if local.un }a%{ endif }""#, "?string!");
}

#[test]
fn what_merge_gets_behind_a_null_is_refused_without_a_panic() {
    check(r#"merge(null, "a")"#, "error: panic in function implementation: not a map.");
}
