//! What a run found, in the forms that people and programs read.
//!
//! In: a [`Report`] and the files it points into. Out: text, one format per file.
//! Never here: what is a fault and how grave it is (`rules` decided), reading, evaluating, the clock, the terminal.

#[cfg(test)]
mod bounds;
mod github;
mod gitlab;
mod html;
pub mod human;
pub mod identity;
pub mod json;
mod junit;
mod markdown;
mod openmetrics;
pub mod origin;
#[cfg(test)]
mod sample;
mod sarif;
mod snippet;
pub mod tags;
pub mod text;
mod view;

use std::collections::BTreeMap;
use std::io;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

pub use origin::Origin;

use crate::finding::{Diagnostic, Finding, Severity};
use crate::projection::{Projection, Projections, Quiet};
use crate::source::Files;
use crate::tags::Coverage;

/// Everything a format needs.
#[derive(Debug, Default)]
pub struct Report {
    pub inputs: Vec<Input>,
    /// Those that findings are about, and all others that are not among the quiet ones.
    pub projections: Projections,
    /// More projections, if they are wanted in one form only, that lists them as they come.
    pub quiet: Option<Quiet>,
    /// The worst first, see [`Report::sort`].
    pub findings: Vec<Finding>,
    /// Findings that the base or the baseline has as well: counted, and no reason to fail.
    pub older: Vec<Finding>,
    pub diagnostics: Vec<Diagnostic>,
    /// What the change is compared with, as the user named it. None: nothing.
    pub base: Option<String>,
    pub stats: Stats,
    /// For each required tag: how many of the instances it is asked of have it.
    pub coverage: BTreeMap<EcoString, Coverage>,
    pub exit: Exit,
    /// What puts this report together with those of the other parts. None: it is not one of several parts, or cannot be.
    pub part: Option<Part>,
    /// The rules there are, for formats that carry their help.
    pub rules: Vec<RuleHelp>,
    pub origin: Origin,
}

/// One part of a check, for `merge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which part, from 1.
    pub number: usize,
    /// How many parts there are.
    pub of: usize,
    /// How many inputs all parts have together.
    pub inputs: usize,
    /// The settings file.
    pub settings: Option<String>,
    /// The snapshot that told limits.
    pub snapshot: Option<String>,
    pub baseline: Option<String>,
    /// The day that was reckoned with.
    pub today: String,
    pub all: bool,
    /// How much it may have cost to say whose each count is: `none`, `cheap`, `all`.
    pub shares: String,
    /// What is equal in all parts of one check, by what it is called.
    pub key: BTreeMap<String, String>,
    /// `live` or `live-only`, where AWS itself told limits and use.
    pub live: Option<String>,
    /// The revision that settings, baseline and snapshot are from, and which of these files it guards.
    pub settings_from: Option<PartGate>,
    /// Why it cannot be put together with others.
    pub unfit: Option<String>,
    /// What was read, packed; for the same version of the program.
    pub data: String,
    /// What was there before the change. None: nobody asked.
    pub before: Option<PartBefore>,
}

/// Where one part of a check has settings, baseline and snapshot from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartGate {
    pub name: String,
    pub commit: String,
    pub files: Vec<String>,
}

/// What one part of a check has of the base.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartBefore {
    /// As the user named it.
    pub name: String,
    /// How many inputs all parts have together.
    pub inputs: usize,
    pub data: String,
}

/// A rule as other programs show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleHelp {
    pub id: &'static str,
    pub severity: Severity,
    /// Its help page, as Markdown.
    pub page: &'static str,
}

impl RuleHelp {
    /// The first paragraph of the section "What it does".
    fn does(&self) -> String {
        let (_, text) = self.page.split_once("## What it does\n").unwrap_or_default();
        let lines: Vec<&str> =
            text.lines().skip_while(|l| l.trim().is_empty()).take_while(|l| !l.trim().is_empty()).collect();
        lines.join(" ")
    }
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// As the user wrote it; `-` for standard input.
    pub path: String,
    /// The `target` block of the settings that says what it is run with.
    pub target: Option<EcoString>,
    pub kind: InputKind,
    /// Instances read that exist after apply, data sources apart; a group of unknown number as far as it is certain.
    pub instances: u64,
    /// Why it is not whole, if it is not: `-target`, an interrupted plan.
    pub partial: Option<String>,
}

impl Input {
    /// What tells it from other inputs: `stacks/centre (prod)`.
    pub fn name(&self) -> String {
        match &self.target {
            Some(target) => format!("{} ({target})", self.path),
            None => self.path.clone(),
        }
    }
}

/// What kind of input it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputKind {
    Source,
    Plan,
}

impl InputKind {
    pub fn name(self) -> &'static str {
        match self {
            InputKind::Source => "source",
            InputKind::Plan => "plan",
        }
    }
}

/// How much was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Instances read that exist after apply, data sources apart; a group of unknown number is not among them.
    pub instances: u64,
    /// Groups whose number of instances is not known.
    pub groups: u64,
    /// Resource types among them.
    pub types: u64,
    /// Quotas compared with a count, each once for all its scopes.
    pub quotas: u64,
    /// Resource types for which no quota is measured, sorted.
    pub unmeasured: Vec<EcoString>,
    /// Instances whose tags were held against the schema.
    pub tags_judged: u64,
    /// False: there is no schema, and tags were held to AWS's own limits only.
    pub tags_schema: bool,
    /// True if there are tenants whose shares were not worked out, because it costs an evaluation for each.
    pub shares_left_out: bool,
    /// Comments in the source that allowed a fault.
    pub allowed: u64,
    /// Where limits were observed, and how old that is: `snapshot of 2026-11-18, 3 days old`.
    pub observed: Option<String>,
    /// The date of the catalog: `2026-11`.
    pub catalog: &'static str,
}

/// The exit code of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing at or above `--fail-on`.
    #[default]
    Clean,
    /// Findings at or above it.
    Findings,
    /// Something could not be checked.
    Unchecked,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Unchecked => 2,
        }
    }
}

/// How a report is to look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns of the terminal.
    pub width: usize,
    pub color: bool,
    pub detail: Detail,
}

impl Default for Look {
    fn default() -> Look {
        Look { width: 100, color: false, detail: Detail::Normal }
    }
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// The headline.
    Quiet,
    /// At most 60 lines, the rest counted.
    Normal,
    /// Everything.
    Full,
}

/// Makes a format of each module in the list.
macro_rules! formats {
    ($($module:ident $format:ident),* $(,)?) => {
        /// A form of the report.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Format { $($format),* }

        impl Format {
            pub const ALL: &[Format] = &[$(Format::$format),*];

            /// The word after `--format`.
            pub fn name(self) -> &'static str {
                match self { $(Format::$format => stringify!($module)),* }
            }

            /// Returns the report in this form.
            pub fn render(self, report: &Report, files: &Files, look: &Look) -> String {
                match self { $(Format::$format => $module::render(report, files, look)),* }
            }
        }
    };
}

formats![
    human Human,
    json Json,
    sarif Sarif,
    github Github,
    gitlab Gitlab,
    markdown Markdown,
    junit Junit,
    openmetrics Openmetrics,
    html Html,
];

impl Format {
    pub fn parse(name: &str) -> Option<Format> {
        Format::ALL.iter().copied().find(|f| f.name() == name)
    }

    /// Writes the report in this form; what may be as long as its input is not held as a whole.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(
        self,
        report: &Report,
        files: &Files,
        look: &Look,
        to: &mut dyn io::Write,
    ) -> io::Result<()> {
        match self {
            Format::Json => json::write(report, files, to),
            format => to.write_all(format.render(report, files, look).as_bytes()),
        }
    }
}

impl Report {
    /// Puts findings and diagnostics in the order in which they are told: the worst first, then by what they say.
    pub fn sort(&mut self, files: &Files) {
        let at = |place: Option<&crate::finding::Place>| place.and_then(|p| p.span).map(|s| files.locate(s));
        let projections = &self.projections;
        let rank = |f: &Finding| {
            let weight = f.quota.as_ref().map(|q| projections.get(q.projection).map_or(0, urgency));
            (
                std::cmp::Reverse(f.severity),
                // Quotas before tags, and among quotas the fullest first.
                std::cmp::Reverse(weight),
                f.rule,
                std::cmp::Reverse(f.places_total),
                at(f.places.first()),
                f.message.clone(),
            )
        };
        self.findings.sort_by_cached_key(rank);
        self.older.sort_by_cached_key(rank);
        self.diagnostics.sort_by_cached_key(|d| {
            (
                std::cmp::Reverse(d.severity),
                d.span.map(|s| files.locate(s)),
                d.summary.clone(),
                d.detail.clone(),
            )
        });
        self.diagnostics.dedup();
    }

    /// Decides the exit code: what could not be read weighs more than what was found.
    /// `fail_on`: the least grave finding that fails. None: none does.
    pub fn exit(&self, fail_on: Option<Severity>) -> Exit {
        if self.diagnostics.iter().any(|d| d.severity == Severity::Error) {
            Exit::Unchecked
        } else if fail_on.is_some_and(|least| self.findings.iter().any(|f| f.severity >= least)) {
            Exit::Findings
        } else {
            Exit::Clean
        }
    }

    /// Returns the projection a finding is about.
    pub fn projection(&self, finding: &Finding) -> Option<&Projection> {
        finding.quota.as_ref().and_then(|q| self.projections.get(q.projection))
    }
}

/// How full a quota is, in thousandths, by its certain use; without a limit 0.
fn urgency(projection: &Projection) -> u64 {
    let Some(limit) = &projection.limit else { return 0 };
    let most = limit.high.unwrap_or(limit.low);
    match projection.count.low().saturating_mul(1000).checked_div(most) {
        Some(share) => share,
        None if projection.count.low() > 0 => u64::MAX,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_rendered() {
        let (report, files) = sample::report();
        for format in Format::ALL {
            let mut written = Vec::new();
            format.write(&report, &files, &Look::default(), &mut written).unwrap();
            assert!(written == format.render(&report, &files, &Look::default()).as_bytes(), "{format:?}");
        }
    }
}
