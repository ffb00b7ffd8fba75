//! Turns the data files of the catalog into static Rust tables, and refuses broken rows.
//!
//! Part of the build script, not of the crate, which has it in its tests only. In: `src/catalog/data`. Out: `catalog.rs` in the build's output folder.
//! All faults are reported together, each with the row it is in.

#![allow(clippy::disallowed_methods, reason = "a build script and its tests live in files")]

mod check;
mod rows;
mod rust;
mod schema;
#[path = "../unit.rs"]
#[allow(
    dead_code,
    clippy::duplicate_mod,
    reason = "the build script has a copy of its own, and the crate uses more of it"
)]
mod unit;
mod words;

use std::path::Path;

use rows::Data;
use schema::Schema;

/// Everything wrong with the data, in words for whoever edits it.
#[derive(Default)]
pub struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, place: impl AsRef<str>, what: impl AsRef<str>) {
        self.0.push(format!("{}: {}", place.as_ref(), what.as_ref()));
    }
}

/// Reads, checks and writes the catalog.
///
/// # Errors
///
/// A list of the faults, one a line.
pub fn build(data: &Path, out: &Path) -> Result<(), String> {
    let mut faults = Faults::default();
    let schema = Schema::read(data, &mut faults);
    let rows = Data::read(data, &mut faults);
    let catalog = check::catalog(&rows, &schema, &mut faults);
    if !faults.0.is_empty() {
        return Err(faults.0.join("\n"));
    }
    std::fs::write(out, rust::tables(&rows, &catalog, &schema)).map_err(|e| format!("{}: {e}", out.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    fn data() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog/data")
    }

    /// A copy of the data in which `old` is replaced once; to be quick, of the services only the one in question.
    fn with(name: &str, old: &str, new: &str) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        fs::create_dir(copy.path().join("hand")).unwrap();
        for folder in ["", "hand"] {
            for entry in fs::read_dir(data().join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let file = path.file_name().unwrap().to_str().unwrap();
                let other = file.ends_with(".toml") && file != name && file != "sources.toml";
                let needed = !other || !folder.is_empty() || name.starts_with("hand/");
                if path.is_file() && needed {
                    fs::copy(&path, copy.path().join(folder).join(file)).unwrap();
                }
            }
        }
        let file = copy.path().join(name);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(old), "{name} has no `{old}`");
        fs::write(&file, text.replacen(old, new, 1)).unwrap();
        copy
    }

    #[track_caller]
    fn refused(name: &str, old: &str, new: &str, message: &str) {
        let copy = with(name, old, new);
        let faults = build(copy.path(), &copy.path().join("out.rs")).expect_err("it was taken");
        assert!(faults.contains(message), "`{message}` is not in:\n{faults}");
    }

    #[test]
    fn the_data_as_it_is_builds() {
        let out = tempfile::tempdir().unwrap();
        build(&data(), &out.path().join("out.rs")).unwrap();
    }

    #[test]
    fn broken_quotas_are_refused_with_their_place() {
        let sns = "sns.toml";
        refused(sns, "code = \"L-61103206\"", "code = \"L-4126E74A\"", "the code occurs twice");
        refused(sns, "unit = \"count\"", "unit = \"furlongs\"", "unknown unit `furlongs`");
        refused(sns, "kind = \"count\"", "kind = \"speed\"", "kind: `speed` is none of");
        refused(sns, "sources = [\"", "sources = [\"XX99\", \"", "source `XX99` is not in sources.toml");
        refused(sns, "default = ", "default = -", "is no limit");
        refused(sns, "kind = \"count\"", "knid = \"count\"", "unknown field `knid`");
        let name = "name = \"Firehose subscriptions per topic per subscription owner\"";
        refused(sns, name, "name = \"FIFO topics per account\"", "the name occurs twice without a code");
    }

    #[test]
    fn broken_measures_are_refused_with_their_place() {
        let sns = "sns.toml";
        let count = "amount = \"count\"";
        refused(sns, count, "amount = \"guess:name\"", "unknown measure word: `guess`");
        refused(sns, count, "amount = \"len:nmae\"", "`aws_sns_topic` has no attribute `nmae`");
        refused(sns, count, "amount = \"len:name\"", "`name` of `aws_sns_topic` is string, not List");
        refused(sns, count, "amount = \"json:policy.verbs\"", "unknown part of a JSON document: `verbs`");
        refused(sns, "type = \"aws_sns_topic\"", "type = \"aws_sns_topik\"", "unknown type");
        refused(sns, "fifo_topic=true", "fifo_topic ~ true", "unknown filter");
        refused(sns, "topic_arn>fifo", "topic_name>fifo", "does not say to which type `topic_name` leads");
        refused(sns, "of = \"aws_sns_topic\"\n", "", "`scope` and `of` go together");
        refused("ebs.toml", "unit = \"GiB\"", "unit = \"days\"", "an amount in days against a quota in TiB");
        let rate = "kind = \"rate\"";
        refused("sqs.toml", "kind = \"size\"", rate, "a rate is not used by resources");
        let runtime = "kind = \"concurrency\"";
        refused(sns, "kind = \"count\"", runtime, "value rules and reservations only");
        refused("elasticloadbalancing.toml", "\"aws_lb\"", "\"aws_alb\"", "the type is an alias");
    }

    #[test]
    fn broken_facts_are_refused_with_their_place() {
        let baselines = "hand/baselines.toml";
        refused(baselines, "L-19A87C94", "L-00000000", "no quota connect L-00000000");
        refused(baselines, "source = \"https://", "source = \"", "the source has to be a page");
        refused(baselines, "low = 1", "low = 9", "low is above high");
        refused(baselines, "part = \"inbound\"", "part = \"sideways\"", "has no part `sideways`");
        refused("hand/unmeasured.toml", "L-DA1D8B98", "L-00000000", "no quota acm L-00000000");
        refused("hand/identity.toml", "\"arn\"", "\"urn\"", "has no attribute `urn`");
        refused("hand/deletes.toml", "days = [7, 30]", "days = [30, 7]", "`days` is [least, most]");
        refused("hand/types.toml", "\"aws_lb\"", "\"aws_bl\"", "unknown type `aws_bl`");
        refused("hand/vcpus.tsv", "a1.large\t2", "a1.large\tmany", "a type and a number wanted");
    }
}
