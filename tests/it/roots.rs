//! Which folders of a repository are checked: those that a change touches, and what is said where there are none.

use std::path::Path;

use serde_json::Value;

use crate::common::{Run, command, finish};
use crate::observed::flowing;

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        std::fs::write(path, text).expect("the file can be written");
    }
}

fn at(folder: &Path, arguments: &str) -> Run {
    let mut command = command(arguments);
    command.current_dir(folder);
    finish(command, "")
}

const PROVIDER: &str = "provider \"aws\" {\n  region = \"eu-central-1\"\n}\n";
const QUEUE: &str = "resource \"aws_sqs_queue\" \"q\" {}\n";

/// The root modules that are checked when a file has changed.
fn touched(folder: &Path, files: &str) -> Vec<String> {
    let run = at(folder, &format!("check --changed {files} --format json"));
    let report: Value =
        serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}{}", run.out, run.err));
    let inputs = report["inputs"].as_array().expect("inputs").iter();
    inputs.map(|i| i["path"].as_str().expect("a path").to_owned()).collect()
}

#[test]
fn a_change_leads_to_the_root_modules_that_it_is_part_of() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    for name in ["plain", "json", "computed", "comment", "outside", "override", "values"] {
        write(at, &[(&format!("stacks/{name}/provider.tf"), PROVIDER)]);
    }
    let call = |source: &str| format!("module \"m\" {{\n  source = \"{source}\"\n}}\n");
    write(
        at,
        &[
            ("modules/inner/main.tf", QUEUE),
            ("modules/outer/main.tf", &call("../inner")),
            ("modules/other/main.tf", QUEUE),
            ("stacks/plain/main.tf", &call("../../modules/outer")),
            ("stacks/json/main.tf.json", r#"{"module": {"m": {"source": "../../modules/inner"}}}"#),
            (
                "stacks/computed/main.tf",
                "locals {\n  at = \"../../modules\"\n}\nmodule \"m\" {\n  source /* = \"./x\" */ = \"../../modules/inner\"\n}\n",
            ),
            ("stacks/comment/main.tf", "# module: source = \"../../modules/inner\"\n"),
            ("stacks/outside/main.tf", QUEUE),
            ("stacks/override/main.tf", &call("../../modules/other")),
            ("stacks/override/main_override.tf", &call("../../modules/inner")),
            ("stacks/values/envs/prod.tfvars", "n = 1\n"),
            // A comment does not make a root module of others a module that is called.
            ("modules/note.tf", "# module source = \"../stacks/plain\"\n"),
            ("examples/one/main.tf", &call("../../modules/inner")),
            ("examples/one/provider.tf", PROVIDER),
        ],
    );
    assert_eq!(touched(at, "stacks/plain/main.tf"), ["stacks/plain"]);
    assert_eq!(
        touched(at, "modules/inner/main.tf"),
        ["stacks/computed", "stacks/json", "stacks/override", "stacks/plain"]
    );
    assert_eq!(
        touched(at, "modules/outer/main.tf stacks/comment/main.tf"),
        ["stacks/comment", "stacks/plain"]
    );
    assert_eq!(touched(at, "stacks/values/envs/prod.tfvars"), ["stacks/values"]);
    assert_eq!(touched(at, "modules/inner/gone.tf").len(), 4, "a file that was deleted");
    assert_eq!(touched(at, "examples/one/main.tf"), [""; 0]);
    assert_eq!(touched(at, ".tf-headroom.hcl").len(), 7, "settings hold for all");
    // What is not reached is not read either: a fault in it is none of this change.
    write(at, &[("stacks/outside/broken.tf", "resource {\n")]);
    let run = self::at(at, "check --changed stacks/plain/main.tf");
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[test]
fn a_repository_of_modules_says_what_there_is_and_how_to_check_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let repository = folder.path();
    let call = "module \"m\" {\n  source = \"../..\"\n}\n";
    write(
        repository,
        &[
            ("main.tf", QUEUE),
            ("modules/part/main.tf", QUEUE),
            ("examples/complete/main.tf", &format!("{PROVIDER}{call}")),
            ("examples/simple/main.tf", &format!("{PROVIDER}{call}")),
            ("tests/fixture/main.tf", QUEUE),
        ],
    );
    let none = at(repository, "check --recursive");
    assert_eq!(none.code, 2, "{}", none.out);
    let said = flowing(&none.out);
    for text in [
        "there is no root module in `.` or below",
        "`.` and `modules/part` are called by nothing and without backend, provider or file of variables",
        "`tf-headroom check .`",
        "`examples/complete`, `examples/simple` and `tests/fixture` are an example or a test by name",
        "`tf-headroom check --recursive examples` checks them",
        "`roots { include = [\"FOLDER/*\"] }`",
    ] {
        assert!(said.contains(text), "`{text}` is missing in\n{said}");
    }
    // What it advises works.
    assert_eq!(at(repository, "check .").code, 0);
    let examples = at(repository, "check --recursive examples");
    assert_eq!(examples.code, 0, "{}", examples.out);
    assert!(
        examples.out.contains("examples/complete") || examples.out.contains("2 root modules"),
        "{}",
        examples.out
    );
    write(repository, &[(".tf-headroom.hcl", "roots {\n  include = [\"examples/*\"]\n}\n")]);
    let included = at(repository, "check --recursive --format json");
    let report: Value = serde_json::from_str(&included.out).expect("JSON");
    assert_eq!((included.code, report["inputs"].as_array().map(Vec::len)), (0, Some(2)), "{}", included.err);
}
