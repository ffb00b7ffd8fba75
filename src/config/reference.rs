//! What a settings file may say: the table that the reader goes by, and the page made from it.

use std::fmt::Write as _;

use Takes::{Date, Expression, Flag, Number, Object, Text, Texts};

use crate::tags::Format;

/// A block, or the file itself.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The word that opens it; empty for the file itself.
    pub kind: &'static str,
    /// What its labels are, as they are written.
    pub labels: &'static str,
    /// In a sentence.
    pub does: &'static str,
    pub arguments: &'static [Argument],
}

/// One argument.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    pub name: &'static str,
    pub takes: Takes,
    pub does: &'static str,
}

/// What an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    Text,
    /// A list of texts, or one text.
    Texts,
    /// Zero or more.
    Number,
    Flag,
    /// `2027-03-31`.
    Date,
    Object,
    /// Evaluated in the root module.
    Expression,
}

impl Takes {
    fn name(self) -> &'static str {
        match self {
            Text => "text",
            Texts => "texts",
            Number => "number",
            Flag => "`true` or `false`",
            Date => "day",
            Object => "object",
            Expression => "expression",
        }
    }
}

const fn a(name: &'static str, takes: Takes, does: &'static str) -> Argument {
    Argument { name, takes, does }
}

/// Everything that may be set, the file itself first.
pub const ENTRIES: [Entry; 12] = [
    Entry {
        kind: "",
        labels: "",
        does: "Outside of all blocks.",
        arguments: &[
            a(
                "assume",
                Object,
                "Values that only a plan knows, by reference: `\"data.aws_availability_zones.available.names\" = […]`.",
            ),
            a(
                "buffer",
                Number,
                "Per cent of headroom when an increase is suggested and capacity is reckoned; 20 if not set, at most 1000.",
            ),
            a(
                "fail_on",
                Text,
                "The least grave finding that ends with exit code 1: `error` (if not set), `warning`, `notice`, `never`.",
            ),
            a(
                "snapshot_days",
                Number,
                "From how many days on a snapshot of quotas is too old; 30 if not set.",
            ),
            a(
                "tag_policy",
                Texts,
                "Organizations tag policies as JSON files, from the organization's root to the account; they hold beside `tag` blocks.",
            ),
        ],
    },
    Entry {
        kind: "quota",
        labels: "\"SERVICE\" \"CODE or NAME\"",
        does: "A limit that nobody could observe, or a ceiling of your own. One of `applied` and `budget` has to be there.",
        arguments: &[
            a(
                "applied",
                Number,
                "The limit that holds. What AWS, a snapshot, a plan or the state shows counts before it.",
            ),
            a("budget", Number, "Your own ceiling: the smaller of the two holds."),
            a("account", Text, "Name of an `account` block, or an account number. Left out: every account."),
            a("region", Text, "Left out: every Region."),
            a("scope", Text, "Address, ARN or id of one parent. Left out: every parent."),
            a("reason", Text, "For whoever reads it in a year."),
            a("until", Date, "The last day on which it holds."),
            a("force", Flag, "`applied` counts even where something observed contradicts it."),
        ],
    },
    Entry {
        kind: "account",
        labels: "\"NAME\"",
        does: "An account: what is in it, and who may ask AWS about it.",
        arguments: &[
            a("id", Text, "Its number, of twelve digits."),
            a("role_arn", Text, "The role that asks AWS."),
            a("profile", Text, "The profile of the AWS configuration that asks AWS."),
            a("region", Text, "The Region that is asked about where no configuration says one."),
            a(
                "paths",
                Texts,
                "Folders of the root modules in it, from the folder of the settings, with `*` and `**`.",
            ),
        ],
    },
    Entry {
        kind: "target",
        labels: "\"NAME\"",
        does: "A root module with what it is run with: `check --target NAME`, and each of them with `--recursive`.",
        arguments: &[
            a("root", Text, "Its folder, from the folder of the settings; that folder itself if not set."),
            a("var_files", Texts, "Files of variables, from the root module's folder."),
            a("workspace", Text, "The workspace."),
            a("account", Text, "Name of an `account` block, or an account number."),
        ],
    },
    Entry {
        kind: "roots",
        labels: "",
        does: "Which folders `--recursive` takes for root modules.",
        arguments: &[
            a("include", Texts, "Only these folders, whatever they look like; with `*` and `**`."),
            a("exclude", Texts, "Never these."),
        ],
    },
    Entry {
        kind: "tag",
        labels: "\"KEY\"",
        does: "What is asked of one tag. Several blocks for one key hold together.",
        arguments: &[
            a("required", Flag, "The key has to be there."),
            a("allowed", Texts, "Values that it may have; `*` stands for any characters."),
            a("pattern", Text, "A regular expression that the value matches."),
            a("format", Texts, "Forms, of which the value has any: see below."),
            a(
                "equals",
                Text,
                "What the value has to be: `tenant`, `key`, `account` or `region` of the instance.",
            ),
            a("default", Text, "What `tags fix` writes where the key is missing."),
            a("types", Texts, "Only these resource types, with `*`."),
            a("modules", Texts, "Only in these modules: patterns of addresses."),
            a("paths", Texts, "Only in these files: patterns of paths."),
            a("accounts", Texts, "Only in these accounts."),
            a("tenants", Texts, "Only for these tenants; needs a `tenants` block."),
            a(
                "when",
                Object,
                "Only where other tags have these values: `{ DataClassification = [\"pii\"] }`.",
            ),
            a("severity", Text, "`error` (if not set), `warning`, `notice`."),
            a("description", Text, "For people."),
        ],
    },
    Entry {
        kind: "exempt",
        labels: "\"TYPE or ADDRESS\"",
        does: "What need not be mended: tags, or with `rules` any finding. `*` stands for any characters in the label.",
        arguments: &[
            a(
                "tags",
                Texts,
                "Keys that need not be there; left out: all of them. Not together with `rules`.",
            ),
            a("rules", Texts, "Ids of rules; `*`: all of them."),
            a("reason", Text, "Has to be there."),
            a("until", Date, "The last day on which it holds."),
            a("paths", Texts, "Only in these files."),
            a("modules", Texts, "Only in these modules; for tags."),
        ],
    },
    Entry {
        kind: "rule",
        labels: "\"ID\"",
        does: "How grave the findings of a rule are.",
        arguments: &[a("severity", Text, "`error`, `warning`, `notice`, `off`. Has to be there.")],
    },
    Entry {
        kind: "tenants",
        labels: "",
        does: "Who the tenants are.",
        arguments: &[
            a(
                "variable",
                Text,
                "The variable of the root module whose keys are the tenants. Has to be there.",
            ),
            a("tag", Text, "The tag that says whose a resource is."),
        ],
    },
    Entry {
        kind: "tenant",
        labels: "\"KEY or *\"",
        does: "What one tenant needs at its busiest and no resource shows; `*` for all that have no figure of their own.",
        arguments: &[
            a(
                "concurrent_calls",
                Number,
                "Calls in a flow, in a queue or with an agent, and outbound calls.",
            ),
            a(
                "calls_per_hour",
                Number,
                "With `average_minutes`: the mean of the concurrent calls, which are at least so many when it is busiest.",
            ),
            a("average_minutes", Number, "Length of a call."),
            a("lex_requests_per_second", Number, "Voice requests to Lex."),
            a("lex_text_requests_per_second", Number, "Text requests to Lex."),
            a("bedrock_requests_per_minute", Number, "Requests to a model."),
            a("bedrock_quota", Text, "Code of the quota that they count in: each model has its own."),
            a("analytics", Flag, "`false`: calls are not analysed after they end."),
            a("voice_id", Flag, "`true`: callers are recognised by Voice ID."),
            a("scope", Text, "Address, ARN or id of the Connect instance that takes the calls."),
            a("starts", Date, "The day on which it has to work."),
        ],
    },
    Entry {
        kind: "growth",
        labels: "",
        does: "How fast tenants come, for the day by which to ask for an increase.",
        arguments: &[a("tenants_per_month", Number, "Above 0. Has to be there.")],
    },
    Entry {
        kind: "demand",
        labels: "\"SERVICE\" \"CODE or NAME\"",
        does: "Use of a quota that no resource shows: calls at one time, requests a second.",
        arguments: &[
            a(
                "value",
                Expression,
                "Any expression of the root module: `sum([for t in var.tenants : t.agents])`. Has to be there.",
            ),
            a("scope", Text, "Address, ARN or id of the parent that it is made of."),
            a("account", Text, "Name of an `account` block, or an account number."),
            a("region", Text, "Left out: that of the configuration."),
        ],
    },
];

/// Returns the names of the blocks.
pub fn blocks() -> Vec<&'static str> {
    ENTRIES.iter().map(|e| e.kind).filter(|kind| !kind.is_empty()).collect()
}

/// Returns the names of a block's arguments; of the file itself for an empty name.
pub fn arguments(kind: &str) -> Vec<&'static str> {
    let entry = ENTRIES.iter().find(|e| e.kind == kind).expect("bug: a block is not in the reference");
    entry.arguments.iter().map(|a| a.name).collect()
}

/// Returns the reference as a page.
pub fn page() -> String {
    let mut text = String::from(
        "# Settings\n\n\
         `.tf-headroom.hcl` is found from the checked folder upwards to the root of the repository (for a plan: from `--source`, else\n\
         from the working folder), or named with `--settings`. `tf-headroom init` writes one to begin with. All values are constant\n\
         but those of `demand` blocks. A misspelt name is an error with its line and what was probably meant.\n",
    );
    for entry in &ENTRIES {
        let heading = match (entry.kind, entry.labels) {
            ("", _) => "The file".to_owned(),
            (kind, "") => format!("`{kind} {{ … }}`"),
            (kind, labels) => format!("`{kind} {labels} {{ … }}`"),
        };
        let _ = write!(text, "\n## {heading}\n\n{}\n\n| argument | takes | |\n|---|---|---|\n", entry.does);
        for argument in entry.arguments {
            let does = argument.does.replace('|', "\\|");
            let _ = writeln!(text, "| `{}` | {} | {does} |", argument.name, argument.takes.name());
        }
        if entry.kind == "tag" {
            text.push_str("\nForms for `format`, each with a value that has it:\n\n| form | |\n|---|---|\n");
            for format in Format::names().filter_map(Format::from_name) {
                let _ = writeln!(text, "| `{}` | `{}` |", format.name(), format.example());
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Disk, Files};
    use crate::{config, eval};

    /// What is wrong with a settings file, as summaries with their texts.
    fn problems(text: String) -> Vec<String> {
        let files = Files::default();
        let file = files.add("s.hcl", text);
        let work = eval::Work::default();
        let world = eval::World { tree: &Disk, cwd: std::path::Path::new("."), home: None, work: &work };
        let (_, problems) = config::parse(&file, world, &["tag-missing"]);
        problems.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect()
    }

    #[test]
    fn every_argument_of_the_reference_is_read_as_what_it_says() {
        let wrong = |takes: Takes| match takes {
            Text | Texts | Date | Flag | Number | Object => "[[1]]",
            Expression => "1 +",
        };
        for entry in &ENTRIES {
            for argument in entry.arguments {
                let line = format!("{} = {}", argument.name, wrong(argument.takes));
                let labels = match (entry.kind, entry.labels.matches('"').count() / 2) {
                    ("rule", _) => " \"tag-missing\"".to_owned(),
                    ("quota" | "demand", _) => " \"connect\" \"L-19A87C94\"".to_owned(),
                    (_, n) => " \"x\"".repeat(n),
                };
                let line = match (entry.kind, argument.name) {
                    ("tenants", "tag") => format!("variable = \"x\"\n  {line}"),
                    ("demand", "scope" | "account" | "region") => format!("value = 1\n  {line}"),
                    _ => line,
                };
                let text = match entry.kind {
                    "" => format!("{line}\n"),
                    kind => format!("{kind}{labels} {{\n  {line}\n}}\n"),
                };
                let found = problems(text.clone());
                let read = found.iter().any(|p| p.contains(&format!("`{}` has to be", argument.name)))
                    || (argument.takes == Expression && !found.is_empty());
                assert!(read, "{text}{found:#?}");
                assert!(!found.iter().any(|p| p.contains("is not an argument")), "{text}{found:#?}");
            }
        }
    }
}
