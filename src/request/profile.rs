//! Agencies of a size, planned for without any source: what several of them need of one Connect instance, or of one each.
//!
//! The sizes are those of the planning guide for government contact centres.

use std::fmt::Write as _;

use super::{Lead, lead};
use crate::catalog::{self, Quota, ScopeKind, Unit};
use crate::projection::desired;
use crate::words::{grouped, several};

/// What an agency of one size needs.
#[derive(Debug)]
pub struct Profile {
    pub name: &'static str,
    /// For whom it is, in the guide's words.
    pub about: &'static str,
    needs: &'static [Need],
    /// Where the guide contradicts itself or what AWS answers.
    notes: &'static [&'static str],
}

#[derive(Debug)]
struct Need {
    service: &'static str,
    /// The code, or the name of a quota without one.
    key: &'static str,
    /// In the quota's own unit.
    each: u64,
    /// The guide writes `2,000+`.
    or_more: bool,
}

const fn need(service: &'static str, key: &'static str, each: u64) -> Need {
    Need { service, key, each, or_more: false }
}

const fn or_more(service: &'static str, key: &'static str, each: u64) -> Need {
    Need { service, key, each, or_more: true }
}

const CALLS: &str = "L-12AB7C57";
const USERS: &str = "L-9A46857E";
const QUEUES: &str = "L-19A87C94";
const NUMBERS: &str = "L-8F812903";
const ROUTING: &str = "L-D3E7BE26";
const SECURITY: &str = "L-F325A715";
const FLOWS: &str = "L-22922690";
const INSTANCES: &str = "L-AA17A6B9";
const LAMBDA: &str = "L-B99A9384";
const LEX: &str = "Voice requests per second";
/// The guide names no model for its requests; the only one in its tables is Claude 3 Sonnet.
const BEDROCK: &str = "L-F406804E";

/// All profiles, small ones first; `planning` is the guide's example of five agencies.
pub static PROFILES: &[Profile] = &[
    Profile {
        name: "small",
        about: "agency of fewer than 50 agents and 5,000 contacts a month",
        needs: &[
            need("connect", CALLS, 100),
            need("connect", USERS, 100),
            need("connect", QUEUES, 20),
            need("lambda", LAMBDA, 500),
            need("lex", LEX, 25),
            need("bedrock", BEDROCK, 500),
        ],
        notes: &[
            "the guide calls the default of 100 concurrent calls sufficient; AWS's own default is 10",
            "the guide states no number of phone numbers for a small agency",
        ],
    },
    Profile {
        name: "medium",
        about: "agency of 50 to 200 agents and 5,000 to 50,000 contacts a month",
        needs: &[
            need("connect", CALLS, 500),
            need("connect", USERS, 500),
            need("connect", QUEUES, 50),
            need("connect", NUMBERS, 100),
            need("lambda", LAMBDA, 1_000),
            need("lex", LEX, 100),
            need("bedrock", BEDROCK, 2_000),
        ],
        notes: &[],
    },
    Profile {
        name: "large",
        about: "agency of more than 200 agents and 50,000 contacts a month",
        needs: &[
            or_more("connect", CALLS, 2_000),
            or_more("connect", USERS, 2_000),
            or_more("connect", QUEUES, 100),
            or_more("connect", NUMBERS, 500),
            or_more("lambda", LAMBDA, 5_000),
            or_more("lex", LEX, 500),
            or_more("bedrock", BEDROCK, 10_000),
        ],
        notes: &[],
    },
    Profile {
        name: "planning",
        about: "agency of the guide's planning example: 100 agents, 10 queues, 20 numbers",
        needs: &[
            need("connect", CALLS, 100),
            need("connect", USERS, 100),
            need("connect", QUEUES, 10),
            need("connect", ROUTING, 5),
            need("connect", NUMBERS, 20),
            need("connect", SECURITY, 5),
            need("connect", FLOWS, 10),
            or_more("lambda", LAMBDA, 400),
            need("lex", LEX, 25),
            or_more("bedrock", BEDROCK, 400),
        ],
        notes: &[
            "the guide asks for 100 Lex voice requests per second for five agencies and reckons 25 × 5 = 125 in the same line: 125 is counted",
            "the guide gives Lambda and Bedrock for all five together, 2,000 each: a fifth of it is counted for each agency",
        ],
    },
];

/// Returns the profile of that name.
pub fn profile(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|p| p.name == name)
}

/// How agencies share Connect instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One instance for all.
    Shared,
    /// One instance for each.
    Separate,
}

/// One quota in a layout.
#[derive(Debug)]
pub struct Row {
    pub quota: &'static Quota,
    /// What one scope of the quota holds, with what AWS makes itself; in base units.
    pub low: u64,
    pub high: u64,
    or_more: bool,
    /// AWS's default in base units.
    pub limit: Option<u64>,
    /// How many scopes of it there are: instances, or the one account and Region.
    pub scopes: u64,
    /// How many agencies fit with AWS's default. None: as many as one likes, or nobody knows.
    pub fits: Option<u64>,
    /// What to ask for in each scope, in the quota's own unit. None: it suffices.
    pub ask: Option<u64>,
    pub lead: Lead,
}

/// What a number of agencies needs in a layout.
#[derive(Debug)]
pub struct Planned {
    pub layout: Layout,
    pub rows: Vec<Row>,
}

impl Planned {
    /// Returns the quota that fails first: the one that lets in the fewest agencies, of several the fullest.
    pub fn binding(&self) -> Option<&Row> {
        let fullness = |r: &Row| {
            let limit = r.limit.filter(|l| *l > 0).unwrap_or(1);
            u128::from(r.high) * 1_000 / u128::from(limit)
        };
        let known = self.rows.iter().filter(|r| r.fits.is_some());
        known.min_by_key(|r| (r.fits, std::cmp::Reverse(fullness(r))))
    }

    /// One for each scope of each quota that does not suffice.
    pub fn requests(&self) -> u64 {
        self.rows.iter().filter(|r| r.ask.is_some()).map(|r| r.scopes).sum()
    }

    /// Returns the request that takes longest.
    pub fn slowest(&self) -> Option<&Row> {
        let asked = self.rows.iter().filter(|r| r.ask.is_some());
        // The first of several.
        asked.rev().max_by_key(|r| (r.lead.most_days, r.lead.least_days))
    }
}

/// Returns what so many agencies need of AWS's defaults in a partition.
pub fn plan(profile: &Profile, agencies: u64, layout: Layout, buffer: u64, partition: &str) -> Planned {
    let instances = match layout {
        Layout::Shared => agencies.min(1),
        Layout::Separate => agencies,
    };
    let count = Need { service: "connect", key: INSTANCES, each: 1, or_more: false };
    let needs = std::iter::once((&count, instances)).chain(profile.needs.iter().map(|n| (n, agencies)));
    let rows = needs.map(|(need, times)| row(need, times, instances, layout, buffer, partition)).collect();
    Planned { layout, rows }
}

fn row(need: &Need, times: u64, instances: u64, layout: Layout, buffer: u64, partition: &str) -> Row {
    let quota = quota(need);
    let in_instance = matches!(quota.scope, ScopeKind::Each(_));
    let each = need.each.saturating_mul(quota.unit.base());
    let (made_low, made_high) = if in_instance { made_by_aws(quota) } else { (0, 0) };
    let (times, scopes) = match (in_instance, layout) {
        (true, Layout::Separate) => (times.min(1), instances),
        (true, Layout::Shared) | (false, _) => (times, 1),
    };
    let (low, high) = (each.saturating_mul(times) + made_low, each.saturating_mul(times) + made_high);
    let limit = quota.default;
    let is_count = need.key == INSTANCES;
    let fits = limit.and_then(|limit| match (is_count, in_instance, layout) {
        // One instance holds any number of agencies.
        (true, _, Layout::Shared) => None,
        (true, _, Layout::Separate) => Some(limit),
        (false, true, Layout::Separate) => (each + made_high > limit).then_some(0),
        (false, ..) => Some(limit.saturating_sub(made_high) / each.max(1)),
    });
    let over = limit.is_some_and(|l| high > l);
    Row {
        quota,
        low,
        high,
        or_more: need.or_more,
        limit,
        scopes,
        fits,
        ask: over.then(|| desired(quota.unit, high, 0, limit, buffer)),
        lead: lead::of(quota, partition),
    }
}

fn quota(need: &Need) -> &'static Quota {
    catalog::quota(need.service, need.key)
        .or_else(|| catalog::quotas_by_name(need.service, need.key).next())
        .expect("bug: a profile names a quota of the catalog")
}

/// What AWS makes itself in a new instance.
fn made_by_aws(quota: &Quota) -> (u64, u64) {
    let made = catalog::baselines("aws_connect_instance").iter().filter(|b| b.new && b.quota == quota.id);
    made.fold((0, 0), |(low, high), b| (low + b.low, high + b.high))
}

/// Writes what agencies of a profile need: one layout, or both and how they compare.
pub fn render(
    profile: &Profile,
    agencies: u64,
    layout: Option<Layout>,
    buffer: u64,
    partition: &str,
) -> String {
    let plan = |layout| plan(profile, agencies, layout, buffer, partition);
    let (shared, separate) = (plan(Layout::Shared), plan(Layout::Separate));
    let mut out = String::new();
    let _ = writeln!(out, "{} × {}: {}", grouped(agencies), profile.name, profile.about);
    for planned in [&shared, &separate] {
        if layout.is_none_or(|l| l == planned.layout) {
            table(&mut out, planned, agencies);
        }
    }
    out.push('\n');
    for planned in [&shared, &separate] {
        let _ = writeln!(out, "{}", compared(planned));
    }
    out.push('\n');
    for note in profile.notes {
        let _ = writeln!(out, "note: {note}");
    }
    let _ = writeln!(
        out,
        "note: peaks are added as if all came at once; limits are AWS's defaults, of an account that nobody has raised"
    );
    let _ = writeln!(out, "note: requests are for what is used and {buffer} % more, rounded up");
    let _ = writeln!(out, "source: Service Quotas and Limits Guide, sizing of agencies, 2026-02");
    out
}

fn name(layout: Layout) -> &'static str {
    match layout {
        Layout::Shared => "one instance for all",
        Layout::Separate => "one instance for each",
    }
}

fn table(out: &mut String, planned: &Planned, agencies: u64) {
    let _ = writeln!(out, "\n{}", name(planned.layout));
    let width = planned.rows.iter().map(|r| r.quota.name.chars().count()).max().unwrap_or(0);
    for row in &planned.rows {
        let unit = row.quota.unit;
        let used = match row.low == row.high {
            true => show(unit, row.high),
            false => format!("{} to {}", show(unit, row.low), show(unit, row.high)),
        };
        let used = if row.or_more { format!("{used} or more") } else { used };
        let limit = row.limit.map_or("unknown".to_owned(), |l| show(unit, l));
        let line = format!("  {:width$}  {used} of {limit}", row.quota.name);
        let what = match row.ask {
            None => "enough".to_owned(),
            Some(n) if row.scopes > 1 => {
                format!("ask for {} in each of {} instances, {}", grouped(n), grouped(row.scopes), row.lead)
            }
            Some(n) => format!("ask for {}, {}", grouped(n), row.lead),
        };
        let _ = writeln!(out, "{line}: {what}");
    }
    if let Some(row) = planned.binding() {
        let fit = row.fits.unwrap_or(0);
        let _ = writeln!(
            out,
            "  binding: {} ({} {}), with AWS's default {} of {} fit",
            row.quota.name,
            row.quota.service,
            row.quota.key(),
            grouped(fit.min(agencies)),
            grouped(agencies)
        );
    }
}

fn show(unit: Unit, n: u64) -> String {
    match unit {
        // The name says it.
        Unit::PerSecond | Unit::PerMinute if n.is_multiple_of(unit.base()) => grouped(n / unit.base()),
        _ => unit.show(n),
    }
}

fn compared(planned: &Planned) -> String {
    let requests = several(planned.requests(), "request");
    let longest = planned.slowest().map_or_else(String::new, |r| {
        format!(", the longest up to {} ({})", several(u64::from(r.lead.most_days), "day"), r.quota.name)
    });
    let binding = planned.binding().map_or_else(String::new, |r| format!("; {} binds", r.quota.name));
    format!("{}: {requests}{longest}{binding}", name(planned.layout))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(name: &str, agencies: u64, layout: Layout) -> Planned {
        plan(profile(name).unwrap(), agencies, layout, 20, "aws")
    }

    fn of<'a>(planned: &'a Planned, key: &str) -> &'a Row {
        planned.rows.iter().find(|r| r.quota.key() == key).unwrap()
    }

    /// The guide's planning block line by line: quota, what it asks for, what AWS makes on top, whether that suffices.
    #[test]
    fn the_planning_block_of_the_guide_is_what_five_agencies_need() {
        let planned = planned("planning", 5, Layout::Shared);
        for (key, required, (made_low, made_high), ask) in [
            (USERS, 500, (0, 0), None),
            (QUEUES, 50, (1, 1), None),
            (ROUTING, 25, (1, 1), None),
            (NUMBERS, 100, (0, 0), Some(120)),
            (SECURITY, 25, (4, 4), None),
            (FLOWS, 50, (8, 21), None),
            (CALLS, 500, (0, 0), Some(600)),
            (LAMBDA, 2_000, (0, 0), Some(2_400)),
            (BEDROCK, 2_000, (0, 0), Some(2_400)),
            // 100 in front, 125 in brackets.
            (LEX, 125, (0, 0), Some(150)),
        ] {
            let row = of(&planned, key);
            let base = row.quota.unit.base();
            assert_eq!(
                (row.low, row.high, row.ask),
                (required * base + made_low, required * base + made_high, ask),
                "{key}"
            );
        }
        assert_eq!(planned.rows.len(), 11);
        assert_eq!(planned.requests(), 5);
        let text = render(profile("planning").unwrap(), 5, None, 20, "aws");
        assert!(text.contains("100 Lex voice requests") && text.contains("125 is counted"), "{text}");
    }

    /// The guide's three sizes line by line.
    #[test]
    fn the_sizes_of_the_guide_are_what_one_agency_needs() {
        for (name, lines) in [
            (
                "small",
                &[(CALLS, 100), (USERS, 100), (QUEUES, 20), (LAMBDA, 500), (LEX, 25), (BEDROCK, 500)][..],
            ),
            (
                "medium",
                &[
                    (CALLS, 500),
                    (USERS, 500),
                    (QUEUES, 50),
                    (NUMBERS, 100),
                    (LAMBDA, 1_000),
                    (LEX, 100),
                    (BEDROCK, 2_000),
                ],
            ),
            (
                "large",
                &[
                    (CALLS, 2_000),
                    (USERS, 2_000),
                    (QUEUES, 100),
                    (NUMBERS, 500),
                    (LAMBDA, 5_000),
                    (LEX, 500),
                    (BEDROCK, 10_000),
                ],
            ),
        ] {
            let planned = planned(name, 1, Layout::Separate);
            assert_eq!(planned.rows.len(), lines.len() + 1, "{name}");
            for (key, each) in lines {
                let row = of(&planned, key);
                let made = made_by_aws(row.quota).0;
                let made = if matches!(row.quota.scope, ScopeKind::Each(_)) { made } else { 0 };
                assert_eq!(row.low, each * row.quota.unit.base() + made, "{name} {key}");
            }
        }
    }

    #[test]
    fn a_shared_instance_needs_fewer_requests_and_each_its_own_more_instances() {
        let (shared, separate) =
            (planned("medium", 5, Layout::Shared), planned("medium", 5, Layout::Separate));
        // One instance: calls, users, queues, numbers, Lambda, Lex, Bedrock.
        assert_eq!(shared.requests(), 7);
        assert_eq!(of(&shared, USERS).high, 2_500);
        assert_eq!(of(&shared, INSTANCES).ask, None);
        // Each its own: instances, Lambda, Lex, Bedrock once; calls and numbers five times.
        assert_eq!(separate.requests(), 14);
        assert_eq!((of(&separate, USERS).high, of(&separate, USERS).ask), (500, None));
        assert_eq!(of(&separate, INSTANCES).ask, Some(10));
        assert_eq!(separate.slowest().unwrap().quota.key(), INSTANCES);
        assert_eq!(separate.slowest().unwrap().lead.most_days, 42);
        assert_eq!(shared.slowest().unwrap().lead.most_days, 21);
    }

    #[test]
    fn the_binding_quota_lets_in_the_fewest() {
        // 25 a second each of 25, and 500 of 500 users: numbers and calls let in none.
        let shared = planned("medium", 5, Layout::Shared);
        assert_eq!(shared.binding().unwrap().quota.key(), CALLS);
        assert_eq!(shared.binding().unwrap().fits, Some(0));
        let none = planned("medium", 0, Layout::Separate);
        assert_eq!(none.requests(), 0);
    }

    #[test]
    fn government_regions_take_longer() {
        let planned = plan(profile("small").unwrap(), 1, Layout::Shared, 20, "aws-us-gov");
        assert_eq!(planned.slowest().unwrap().lead.most_days, 14);
    }
}
