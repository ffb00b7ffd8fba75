//! What nobody has anything to say of is set aside where only people read; they see the same as where it is not.

use std::fs;

use crate::common::run;

/// The table of quotas that people see, and the one that they see where another format wants every projection. Findings below
/// it say whose a count is in the latter.
fn both(dir: &str) -> (String, String) {
    let scratch = tempfile::tempdir().unwrap();
    let beside = scratch.path().join("report.sarif");
    let alone = run(&format!("check {dir} --today 2026-11-20"));
    let with =
        run(&format!("check {dir} --today 2026-11-20 --format human --format sarif={}", beside.display()));
    let table = |out: &str| -> String {
        let is_finding = |line: &&str| ["error[", "warning[", "notice["].iter().any(|s| line.starts_with(s));
        out.lines().take_while(|line| !is_finding(line)).map(|line| format!("{line}\n")).collect()
    };
    let (alone, with) = (table(&alone.out), table(&with.out));
    assert!(alone.contains("\nQuotas · "), "{alone}");
    (alone, with)
}

#[test]
fn people_see_the_same_whatever_is_set_aside() {
    for fixture in ["over-quota", "contact-center", "separate-instances", "govcloud", "unknown", "conditions"]
    {
        let (alone, with) = both(&format!("fixtures/{fixture}"));
        assert_eq!(alone, with, "{fixture}");
    }
    let (alone, with) = both("--recursive fixtures/monorepo");
    assert_eq!(alone, with, "monorepo");
    for plan in ["contact-center", "over-quota", "separate-instances"] {
        let (alone, with) = both(&format!("fixtures/plans/{plan}.json"));
        assert_eq!(alone, with, "{plan}");
    }
}

#[test]
fn parents_with_rows_are_told_apart_from_their_likes() {
    // Two groups over the limit on rules, many within at different heights, one of them the fullest by far.
    let group = |name: &str, inbound: usize, outbound: usize| {
        let rules = |kind: &str, many: usize| {
            format!(
                "  dynamic \"{kind}\" {{\n    for_each = range({many})\n    content {{\n      from_port   = {kind}.value\n      to_port     = {kind}.value\n      protocol    = \"tcp\"\n      cidr_blocks = [\"10.0.0.0/8\"]\n    }}\n  }}\n"
            )
        };
        format!(
            "resource \"aws_security_group\" \"{name}\" {{\n  name = \"{name}\"\n{}{}}}\n",
            rules("ingress", inbound),
            rules("egress", outbound)
        )
    };
    let mut main = String::new();
    for (name, inbound, outbound) in
        [("over", 70, 40), ("more", 80, 2), ("fullest", 5, 37), ("full", 31, 33)].into_iter()
    {
        main += &group(name, inbound, outbound);
    }
    for i in 0..20 {
        main += &group(&format!("small{i}"), i, 20 - i);
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), main).unwrap();
    let (alone, with) = both(&folder.path().display().to_string());
    assert_eq!(alone, with);
    // The one that has a row is not the highest of the others.
    assert!(alone.contains("aws_security_group.over") && alone.contains("37 of 60"), "{alone}");
}
