//! What the user is told, and how grave it is.

use std::fmt;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::source::Span;

/// How grave a finding is. Ordered: the worst is greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    Notice,
    Warning,
    Error,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::Notice => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What settings make of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Its findings are not told.
    Off,
    /// Its findings are as grave as this.
    At(Severity),
}

/// An `exempt` block of the settings that names rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleExemption {
    /// A pattern of types or addresses.
    pub what: EcoString,
    /// Ids of rules; `*`: all.
    pub rules: Vec<EcoString>,
    /// Patterns of files; empty: all.
    pub paths: Vec<EcoString>,
    pub reason: EcoString,
    /// The last day on which it holds.
    pub until: Option<Date>,
    pub span: Option<Span>,
}

/// Something that keeps the input from being read or evaluated as it stands: a diagnostic as Terraform has them.
///
/// An error among them means exit code 2; what could be read is judged all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    pub severity: Severity,
    /// What is wrong, in a few words: Terraform's own summary where there is one.
    pub summary: EcoString,
    /// What is, in plain words, names in backquotes, no full stop.
    pub detail: String,
    /// What to do next.
    pub help: Option<String>,
    pub span: Option<Span>,
    /// Addresses of the instances concerned, where the same expression fails for several.
    pub addresses: Vec<String>,
    /// Where it lies when there is no span: a path, an option.
    pub origin: Option<String>,
    /// The places that clash, where none of them alone is to blame.
    pub among: Vec<Span>,
}

impl Diagnostic {
    pub fn error(summary: impl Into<EcoString>, detail: impl Into<String>, span: Option<Span>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            help: None,
            span,
            addresses: Vec::new(),
            origin: None,
            among: Vec::new(),
        }
    }

    pub fn warning(
        summary: impl Into<EcoString>,
        detail: impl Into<String>,
        span: Option<Span>,
    ) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(summary, detail, span) }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Names the places that clash, where none of them alone is to blame.
    #[must_use]
    pub fn among(mut self, places: Vec<Span>) -> Diagnostic {
        self.among = places;
        self
    }

    /// Says where it lies when there is no span.
    #[must_use]
    pub fn origin(mut self, origin: impl Into<String>) -> Diagnostic {
        self.origin = Some(origin.into());
        self
    }
}

/// A judgement of a rule: what the user may want to mend.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule's id: `quota-exceeded`.
    pub rule: &'static str,
    pub severity: Severity,
    /// What is, in plain words, names in backquotes, no full stop.
    pub message: String,
    /// Facts that belong to it, in order: ("parts", "104 created + 1 BasicQueue made by AWS = 105").
    pub notes: Vec<(&'static str, String)>,
    /// What to do next.
    pub help: Option<String>,
    /// What of it is about a quota.
    pub quota: Option<QuotaFacts>,
    /// The tag key it is about.
    pub key: Option<EcoString>,
    /// Where, worst first; one place for each expression or instance.
    pub places: Vec<Place>,
    /// How many places there are in all; `places` may hold fewer.
    pub places_total: u64,
    /// Where a wrong tag is written, if that is on another line: where the most are mended, first.
    pub written: Vec<Written>,
    /// The inputs concerned, sorted; empty: there is but one, or it is about none of them.
    pub roots: Vec<EcoString>,
}

/// A place that a finding points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub address: Option<String>,
    pub span: Option<Span>,
    /// What stands under the mark: "104 instances: 13 agencies × 8 queues".
    pub label: Option<String>,
}

/// Where something that is used elsewhere is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub span: Span,
    /// The names it comes through, from where it is used: `local.common`.
    pub through: Vec<EcoString>,
    /// How many resources have it from there, or may have.
    pub resources: u64,
}

/// The numbers behind a finding about a quota.
#[derive(Clone, Debug, PartialEq)]
pub struct QuotaFacts {
    pub service: EcoString,
    /// Empty if AWS has none.
    pub code: EcoString,
    pub name: EcoString,
    /// Index of the projection in the report.
    pub projection: usize,
}

impl Finding {
    /// Returns a text that stays the same when lines move: rule, quota or key, and addresses without keys.
    pub fn identity(&self) -> String {
        let mut text = String::from(self.rule);
        if let Some(q) = &self.quota {
            text.push_str(&format!("|{}|{}|{}", q.service, q.code, q.name));
        }
        if let Some(k) = &self.key {
            text.push_str(&format!("|{k}"));
        }
        let mut addresses: Vec<&str> = self.places.iter().filter_map(|p| p.address.as_deref()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        for a in addresses {
            text.push('|');
            text.push_str(a);
        }
        text
    }
}
