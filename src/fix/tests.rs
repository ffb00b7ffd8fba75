//! Repairs of configurations in memory: what is added, and that a second run adds nothing.

use std::path::Path;

use super::*;
use crate::config;
use crate::eval::{Work, World};
use crate::expand::{self, Options};
use crate::module::Loader;
use crate::source::Disk;
use crate::tags::judge;

/// Writes files into a folder, repairs them, and returns the repairs and the new text of `main.tf`.
fn repaired(settings: &str, files_in: &[(&str, &str)]) -> (Repairs, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files_in {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let first = run(folder.path(), settings);
    for file in &first.files {
        std::fs::write(&file.path, &file.after).unwrap();
    }
    let again = run(folder.path(), settings);
    assert!(again.files.is_empty(), "{:?}", again.files);
    assert_eq!(again.done, []);
    (first, std::fs::read_to_string(folder.path().join("main.tf")).unwrap())
}

fn run(dir: &Path, settings: &str) -> Repairs {
    let files = Files::default();
    let file = files.add("settings.hcl", settings);
    let work = Work::default();
    let world = World { tree: &Disk, cwd: Path::new("."), home: None, work: &work };
    let (settings, problems) = config::parse(&file, world, &[]);
    assert!(problems.is_empty(), "{problems:?}");
    let inventory = expand::inventory(dir, &Loader::new(&Disk, &files), &Options::default());
    assert!(inventory.diagnostics.is_empty(), "{:?}", inventory.diagnostics);
    let verdicts = judge(&inventory, "", &settings.schema, Some(&files), None);
    repairs(&verdicts.faults, &settings.schema, &files)
}

const OWNER: &str = "tag \"Owner\" {\n  required = true\n  default  = \"me\"\n}\n";
const OF_QUEUES: &str =
    "tag \"Owner\" {\n  required = true\n  default  = \"me\"\n  types    = [\"aws_sqs_*\"]\n}\n";

#[test]
fn one_resource_gets_the_tag_itself() {
    let (repairs, text) = repaired(OWNER, &[("main.tf", "resource \"aws_sqs_queue\" \"q\" {}\n")]);
    assert_eq!(text, "resource \"aws_sqs_queue\" \"q\" {\n  tags = {\n    Owner = \"me\"\n  }\n}\n");
    assert_eq!((repairs.done.len(), repairs.left.len()), (1, 0));
}

#[test]
fn a_key_that_everything_needs_goes_into_default_tags() {
    let queues = "resource \"aws_sqs_queue\" \"a\" {}\nresource \"aws_sqs_queue\" \"b\" {}\n";
    let provider = "provider \"aws\" {\n  default_tags {\n    tags = { A = 1 }\n  }\n}\n";
    let (_, text) = repaired(OWNER, &[("main.tf", provider), ("queues.tf", queues)]);
    assert_eq!(text, provider.replace("{ A = 1 }", "{ A = 1, Owner = \"me\" }"));
    let (_, text) = repaired(OWNER, &[("main.tf", "provider \"aws\" {}\n"), ("queues.tf", queues)]);
    assert!(text.contains("default_tags {\n    tags = {\n      Owner = \"me\"\n"), "{text}");
    // What is asked of some types only, or not of all, does not belong there.
    let (_, text) = repaired(OF_QUEUES, &[("main.tf", provider), ("queues.tf", queues)]);
    assert_eq!(text, provider);
    let exempt = format!("{OWNER}exempt \"aws_iam_*\" {{\n  reason = \"x\"\n}}\n");
    let (repairs, text) = repaired(&exempt, &[("main.tf", provider), ("queues.tf", queues)]);
    assert_eq!((text.as_str(), repairs.done.len()), (provider, 2));
}

#[test]
fn a_provider_without_a_block_is_not_written() {
    let queues = "resource \"aws_sqs_queue\" \"a\" {}\nresource \"aws_sqs_queue\" \"b\" {}\n";
    let (repairs, text) = repaired(OWNER, &[("main.tf", queues)]);
    assert_eq!((text.matches("Owner = \"me\"").count(), repairs.left.len()), (2, 0));
}

#[test]
fn what_a_module_gives_stays_above_what_is_added() {
    let called = [
        (
            "main.tf",
            "module \"a\" {\n  source = \"./m\"\n}\nmodule \"b\" {\n  source = \"./m\"\n  tags = { Owner = \"you\" }\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"tags\" {\n  default = {}\n}\nresource \"aws_sqs_queue\" \"q\" {\n  tags = merge(var.tags, { Name = \"q\" })\n}\n",
        ),
    ];
    let (repairs, _) = repaired(OWNER, &called);
    assert_eq!(repairs.files.len(), 1);
    let after = &repairs.files[0].after;
    assert!(after.contains("tags = merge({ Owner = \"me\" }, var.tags, { Name = \"q\" })"), "{after}");
}

#[test]
fn what_is_not_certain_is_left_with_the_reason() {
    for (settings, text, why) in [
        ("tag \"Owner\" { required = true }", "resource \"aws_sqs_queue\" \"q\" {}\n", "no `default`"),
        (OWNER, "resource \"aws_sqs_queue\" \"q\" {\n  tags = { owner = \"x\" }\n}\n", "rename"),
        (
            OWNER,
            "resource \"aws_launch_template\" \"t\" {\n  tags = { Owner = \"x\" }\n  tag_specifications {\n    resource_type = \"volume\"\n    tags = { A = 1 }\n  }\n}\n",
            "nested block",
        ),
    ] {
        let (repairs, after) = repaired(settings, &[("main.tf", text)]);
        assert_eq!(after, text);
        assert_eq!((repairs.done.len(), repairs.left.len()), (0, 1), "{text}");
        assert!(repairs.left[0].why.contains(why), "{}", repairs.left[0].why);
    }
}

#[test]
fn what_is_undecided_or_there_is_not_touched() {
    for tags in ["var.unknown", "{ Owner = null }", "{ Owner = \"\" }", "{ Owner = sensitive(\"x\") }"] {
        let text =
            format!("variable \"unknown\" {{}}\nresource \"aws_sqs_queue\" \"q\" {{\n  tags = {tags}\n}}\n");
        let (repairs, after) = repaired(OWNER, &[("main.tf", &text)]);
        if tags.contains("null") {
            // A null is no tag: it is there as text, and stays above what would be added.
            assert_ne!(after, text);
        } else {
            assert_eq!((after, repairs.done.len()), (text, 0));
        }
    }
}

#[test]
fn groups_get_a_block_and_modules_from_elsewhere_are_left() {
    let group = "resource \"aws_autoscaling_group\" \"g\" {\n  max_size = 1\n  min_size = 1\n}\n";
    let (_, text) = repaired(OWNER, &[("main.tf", group)]);
    assert!(
        text.contains("  tag {\n    key                 = \"Owner\"\n    value               = \"me\"\n"),
        "{text}"
    );
}
