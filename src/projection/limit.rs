//! Which limit holds: live, snapshot, plan, settings, state, catalog, the most specific first.

use ecow::EcoString;

use super::observed::{Observed, TakenLimit};
use super::place::Place;
use super::{Confidence, Limit, LimitOrigin};
use crate::catalog::{self, Adjustable, Quota};
use crate::date::Date;
use crate::inventory::{StatedAccount, StatedLimit};

/// What is known of limits and of use besides the input and the catalog.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The settings' `quota` blocks.
    pub stated: Vec<StatedLimit>,
    /// What AWS answered, now or when a snapshot was taken.
    pub observed: Observed,
    /// False with `--quotas live-only`: the catalog's defaults count for nothing.
    pub defaults: bool,
    /// A stated limit whose `until` has passed no longer holds. None: all hold.
    pub today: Option<Date>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { stated: Vec::new(), observed: Observed::default(), defaults: true, today: None }
    }
}

impl Limits {
    /// True if a stated limit has not run out.
    pub fn holds(&self, stated: &StatedLimit) -> bool {
        match (stated.until, self.today) {
            (Some(until), Some(today)) => today <= until,
            _ => true,
        }
    }
}

/// A stated limit that something observed contradicts.
#[derive(Clone, Debug, PartialEq)]
pub struct Contradiction {
    /// Index in [`Limits::stated`].
    pub stated: usize,
    /// What the settings say, in base units.
    pub value: u64,
    pub observed: Limit,
    /// True if the stated one counts all the same.
    pub forced: bool,
}

/// A limit that is looked for.
pub(super) struct Asked<'a> {
    pub quota: &'static Quota,
    /// How much of it must stay free.
    pub spare: u64,
    pub place: &'a Place,
    /// True if a text of the settings or of AWS names the parent. None: the scope is the place itself.
    pub parent: Option<&'a dyn Fn(&str) -> bool>,
    /// True if apply makes the parent, so that nothing is set for it yet.
    pub new_parent: bool,
    /// What data sources of the input observed here, with their addresses.
    pub planned: Option<(f64, &'a str)>,
    /// What the state holds already.
    pub state: u64,
    /// The settings' names of accounts.
    pub accounts: &'a [StatedAccount],
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub limit: Option<Limit>,
    pub contradiction: Option<Contradiction>,
    /// Indexes of the stated limits that were considered.
    pub used: Vec<usize>,
}

impl Limits {
    /// True if nothing but the catalog tells anything of the limit of a quota.
    pub(super) fn is_plain(&self, quota: &Quota) -> bool {
        let is_stated =
            |s: &StatedLimit| s.service == quota.service && (s.code == quota.code || s.name == quota.name);
        self.observed.limits_of(quota).is_empty()
            && self.observed.requests.is_empty()
            && !self.stated.iter().any(is_stated)
    }

    /// Returns what the catalog tells of the limit of a [plain](Self::is_plain) quota. It holds wherever the state holds no more.
    pub(super) fn plain(&self, quota: &'static Quota, spare: u64, place: &Place) -> Option<Limit> {
        let asked = Asked {
            quota,
            spare,
            place,
            parent: None,
            new_parent: false,
            planned: None,
            state: 0,
            accounts: &[],
        };
        self.find(&asked).limit
    }

    pub(super) fn find(&self, asked: &Asked<'_>) -> Answer {
        let mut answer = Answer::default();
        let observed = self.taken(asked).or_else(|| planned(asked));
        let applied = self.stated_here(asked).filter(|(_, s)| s.applied.is_some()).max_by_key(|(i, s)| {
            // Of equally specific blocks the first one holds.
            (specificity(s), std::cmp::Reverse(*i))
        });
        let mut limit = match applied {
            Some((index, stated)) => {
                answer.used.push(index);
                let value = stated.applied.and_then(|v| asked.quota.limit(v)).unwrap_or(0);
                let own = stated_limit(asked, stated, value);
                let against = observed.clone().or_else(|| (asked.state > value).then(|| proven(asked)));
                match against {
                    Some(against) if disagrees(&own, &against) => {
                        answer.contradiction = Some(Contradiction {
                            stated: index,
                            value,
                            observed: against.clone(),
                            forced: stated.force,
                        });
                        Some(if stated.force { own } else { against })
                    }
                    Some(against) => Some(against),
                    None => Some(own),
                }
            }
            None => observed.or_else(|| {
                let known = self.defaults.then(|| default(asked)).flatten();
                match &known {
                    Some(l) if asked.state <= l.low => known,
                    _ if asked.state > 0 => Some(proven(asked)),
                    _ => known,
                }
            }),
        };
        if asked.spare > 0
            && let Some(l) = &mut limit
        {
            l.low = l.low.saturating_sub(asked.spare);
            l.high = l.high.map(|h| h.saturating_sub(asked.spare));
            l.note = join(&l.note, &format!("{} must stay free", asked.quota.unit.show(asked.spare)));
        }
        for (index, stated) in self.stated_here(asked) {
            let Some(value) = stated.budget.and_then(|v| asked.quota.limit(v)) else { continue };
            answer.used.push(index);
            limit = Some(within_budget(limit, stated, value));
        }
        if let Some(l) = &mut limit {
            for text in self.asked_for(asked) {
                l.note = join(&l.note, &text);
            }
        }
        answer.limit = limit;
        answer
    }

    /// Returns what is said of increases that AWS was asked for.
    fn asked_for<'a>(&'a self, asked: &'a Asked<'_>) -> impl Iterator<Item = String> + 'a {
        self.observed
            .requests
            .iter()
            .filter(|r| r.service == asked.quota.service && r.code == asked.quota.code)
            .filter(|r| asked.place.is(r.account.as_deref(), r.region.as_deref(), asked.accounts))
            .filter(|r| match (&r.resource, asked.parent) {
                (None, _) => true,
                (Some(resource), Some(named)) => resource == "*" || named(resource),
                (Some(_), None) => false,
            })
            .filter_map(|r| r.text())
    }

    /// Returns the most specific answer of AWS: live before snapshot, this parent before all parents before the account.
    fn taken(&self, asked: &Asked<'_>) -> Option<Limit> {
        let rank = |t: &TakenLimit| -> Option<u8> {
            match (&t.resource, asked.parent) {
                (None, _) => Some(2),
                (Some(r), Some(_)) if r == "*" => Some(1),
                (Some(r), Some(named)) if !asked.new_parent && named(r) => Some(0),
                (Some(_), _) => None,
            }
        };
        self.observed
            .limits_of(asked.quota)
            .iter()
            .filter(|t| t.service == asked.quota.service)
            .filter(|t| asked.place.is(t.account.as_deref(), t.region.as_deref(), asked.accounts))
            .filter_map(|t| Some(((t.default, t.origin, rank(t)?), t)))
            .min_by_key(|(order, _)| *order)
            .and_then(|((_, _, rank), t)| {
                let value = asked.quota.limit(t.value)?;
                Some(Limit {
                    low: value,
                    high: Some(value),
                    origin: t.origin,
                    confidence: Confidence::Confirmed,
                    as_of: t.as_of.clone(),
                    adjustable: adjustable(asked.quota),
                    note: answered(t, rank, asked).to_owned(),
                    assumed: t.default && asked.quota.adjustable != Adjustable::No,
                })
            })
    }

    /// Returns the stated limits that hold here.
    fn stated_here<'a>(&'a self, asked: &'a Asked<'_>) -> impl Iterator<Item = (usize, &'a StatedLimit)> {
        let quota = asked.quota;
        self.stated.iter().enumerate().filter(move |(_, s)| {
            s.service == quota.service
                && (if quota.code.is_empty() { s.name == quota.name } else { s.code == quota.code })
                && self.holds(s)
                && asked.place.is(s.account.as_deref(), s.region.as_deref(), asked.accounts)
                && s.scope.as_deref().is_none_or(|text| asked.parent.is_some_and(|named| named(text)))
        })
    }
}

/// Says which of AWS's answers it is.
fn answered(taken: &TakenLimit, rank: u8, asked: &Asked<'_>) -> &'static str {
    match (rank, taken.default) {
        (_, true) => "AWS default in this account and Region",
        (0, false) => "set for this resource",
        (1, false) => "set for all resources without a value of their own",
        (_, false) if asked.parent.is_some() => "set for the account",
        (_, false) => "",
    }
}

fn specificity(stated: &StatedLimit) -> u8 {
    let of = |set: bool, weight: u8| if set { weight } else { 0 };
    of(stated.scope.is_some(), 4) + of(stated.account.is_some(), 2) + of(stated.region.is_some(), 1)
}

fn planned(asked: &Asked<'_>) -> Option<Limit> {
    let (value, address) = asked.planned?;
    let value = asked.quota.limit(value)?;
    Some(Limit {
        low: value,
        high: Some(value),
        origin: LimitOrigin::Plan,
        confidence: Confidence::Confirmed,
        as_of: String::new(),
        adjustable: adjustable(asked.quota),
        note: format!("told by {address}"),
        assumed: false,
    })
}

fn stated_limit(asked: &Asked<'_>, stated: &StatedLimit, value: u64) -> Limit {
    Limit {
        low: value,
        high: Some(value),
        origin: LimitOrigin::Settings,
        confidence: Confidence::Confirmed,
        as_of: String::new(),
        adjustable: adjustable(asked.quota),
        note: stated.reason.as_ref().map(EcoString::to_string).unwrap_or_default(),
        assumed: false,
    }
}

/// What exists proves that the limit is no smaller.
fn proven(asked: &Asked<'_>) -> Limit {
    Limit {
        low: asked.state.saturating_add(asked.spare),
        high: None,
        origin: LimitOrigin::State,
        confidence: Confidence::Confirmed,
        as_of: String::new(),
        adjustable: adjustable(asked.quota),
        note: "the state holds as many already".into(),
        assumed: false,
    }
}

fn default(asked: &Asked<'_>) -> Option<Limit> {
    let quota = asked.quota;
    let value = quota.default?;
    // No separate defaults of other partitions are known: theirs may be lower.
    let foreign = asked.place.partition != "aws";
    let mut note = source_note(quota);
    if foreign {
        note = join(
            &note,
            &format!("a value of the commercial partition, not confirmed for {}", asked.place.partition),
        );
    }
    Some(Limit {
        low: value,
        high: Some(value),
        origin: LimitOrigin::Catalog,
        confidence: if foreign { Confidence::Unconfirmed } else { quota.confidence.into() },
        as_of: quota.as_of.into(),
        adjustable: adjustable(quota),
        note,
        assumed: quota.adjustable != Adjustable::No,
    })
}

impl From<catalog::Confidence> for Confidence {
    fn from(c: catalog::Confidence) -> Confidence {
        match c {
            catalog::Confidence::Unconfirmed => Confidence::Unconfirmed,
            catalog::Confidence::Dated => Confidence::Dated,
            catalog::Confidence::Confirmed => Confidence::Confirmed,
        }
    }
}

fn adjustable(quota: &Quota) -> Option<bool> {
    match quota.adjustable {
        Adjustable::Yes => Some(true),
        Adjustable::No => Some(false),
        Adjustable::Unknown => None,
    }
}

/// Says who states a default, and who says otherwise: `AWS default list 2026 (a page of 2024 says 50)`.
fn source_note(quota: &Quota) -> String {
    let who = if quota.sources.contains(&"SQ26") {
        format!("AWS default list {}, us-east-1", quota.as_of)
    } else {
        quota
            .sources
            .first()
            .and_then(|id| catalog::source(id))
            .map(|s| s.title.split(" (").next().unwrap_or(s.title).to_owned())
            .unwrap_or_default()
    };
    let other = quota.notes.split(';').map(str::trim).find_map(|note| {
        let (id, value) = note.split_once(": ")?;
        let source = catalog::source(id)?;
        let year = source.date.get(..4)?;
        Some(format!("a page of {year} says {value}"))
    });
    match other {
        Some(other) => format!("{who} ({other})"),
        None => who,
    }
}

/// True if no value is possible under both.
fn disagrees(stated: &Limit, observed: &Limit) -> bool {
    let above = |a: Option<u64>, b: u64| a.is_none_or(|a| a >= b);
    !(above(stated.high, observed.low) && above(observed.high, stated.low))
}

/// The team's own ceiling holds where it is the smaller one.
fn within_budget(limit: Option<Limit>, stated: &StatedLimit, value: u64) -> Limit {
    let note = match &stated.reason {
        Some(reason) => format!("our own budget: {reason}"),
        None => "our own budget".into(),
    };
    match limit {
        Some(limit) if limit.low < value && limit.high.is_some_and(|h| h <= value) => limit,
        Some(limit) if limit.low < value => {
            Limit { high: Some(value), note: join(&limit.note, &note), ..limit }
        }
        other => Limit {
            low: value,
            high: Some(value),
            origin: LimitOrigin::Settings,
            confidence: Confidence::Confirmed,
            as_of: String::new(),
            adjustable: other.and_then(|l| l.adjustable),
            note,
            assumed: false,
        },
    }
}

fn join(a: &str, b: &str) -> String {
    if a.is_empty() { b.to_owned() } else { format!("{a}; {b}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::place::{AccountKey, RegionKey};

    fn place() -> Place {
        Place {
            partition: "aws".into(),
            account: AccountKey::Id("123456789012".into()),
            region: RegionKey::Known("us-east-1".into()),
        }
    }

    fn queues() -> &'static Quota {
        catalog::quota("connect", "L-19A87C94").unwrap()
    }

    fn stated(applied: Option<f64>, budget: Option<f64>) -> StatedLimit {
        StatedLimit {
            service: "connect".into(),
            code: "L-19A87C94".into(),
            name: "Queues per instance".into(),
            applied,
            budget,
            account: None,
            region: None,
            scope: None,
            reason: None,
            until: None,
            force: false,
            span: None,
        }
    }

    fn taken(value: f64, resource: Option<&str>) -> TakenLimit {
        TakenLimit {
            service: "connect".into(),
            code: "L-19A87C94".into(),
            value,
            account: Some("123456789012".into()),
            region: Some("us-east-1".into()),
            resource: resource.map(EcoString::from),
            default: false,
            origin: LimitOrigin::Live,
            as_of: "2026-11-20".into(),
        }
    }

    fn told(limits: Vec<TakenLimit>) -> Observed {
        Observed { limits, ..Observed::default() }
    }

    struct Case {
        limits: Limits,
        place: Place,
        names: Option<&'static str>,
        new_parent: bool,
        state: u64,
    }

    impl Case {
        fn new(limits: Limits) -> Case {
            Case { limits, place: place(), names: Some("arn:x"), new_parent: false, state: 0 }
        }

        fn find(&self) -> Answer {
            let named = |text: &str| self.names == Some(text);
            self.limits.find(&Asked {
                quota: queues(),
                spare: 0,
                place: &self.place,
                parent: Some(&named),
                new_parent: self.new_parent,
                planned: None,
                state: self.state,
                accounts: &[],
            })
        }

        fn limit(&self) -> (u64, Option<u64>, LimitOrigin) {
            let l = self.find().limit.unwrap();
            (l.low, l.high, l.origin)
        }
    }

    #[test]
    fn without_anything_else_the_default_is_assumed() {
        let l = Case::new(Limits::default()).find().limit.unwrap();
        assert_eq!((l.low, l.high, l.origin, l.assumed), (100, Some(100), LimitOrigin::Catalog, true));
        assert_eq!(l.confidence, Confidence::Confirmed);
        assert!(l.note.contains("AWS default list"), "{}", l.note);
    }

    #[test]
    fn live_only_leaves_the_limit_unknown() {
        assert_eq!(Case::new(Limits { defaults: false, ..Limits::default() }).find().limit, None);
    }

    #[test]
    fn in_another_partition_the_default_is_unconfirmed() {
        let mut case = Case::new(Limits::default());
        case.place.partition = "aws-us-gov".into();
        let l = case.find().limit.unwrap();
        assert_eq!(l.confidence, Confidence::Unconfirmed);
        assert!(l.note.contains("aws-us-gov"));
    }

    #[test]
    fn the_most_specific_answer_of_aws_counts() {
        let all = vec![
            taken(110.0, None),
            taken(120.0, Some("*")),
            taken(130.0, Some("arn:x")),
            taken(140.0, Some("arn:y")),
        ];
        let mut case = Case::new(Limits { observed: told(all), ..Limits::default() });
        assert_eq!(case.limit(), (130, Some(130), LimitOrigin::Live));
        case.new_parent = true;
        assert_eq!(case.limit().0, 120);
        case.limits.observed.limits.remove(1);
        assert_eq!(case.limit().0, 110);
    }

    #[test]
    fn answers_about_other_accounts_and_regions_do_not_count() {
        let mut elsewhere = taken(7.0, None);
        elsewhere.region = Some("us-west-2".into());
        let mut other = taken(8.0, None);
        other.account = Some("999999999999".into());
        let case = Case::new(Limits { observed: told(vec![elsewhere, other]), ..Limits::default() });
        assert_eq!(case.limit().2, LimitOrigin::Catalog);
    }

    #[test]
    fn live_comes_before_a_snapshot_and_an_applied_value_before_a_default() {
        let mut snapshot = taken(150.0, Some("arn:x"));
        snapshot.origin = LimitOrigin::Snapshot;
        let mut default = taken(100.0, None);
        default.default = true;
        let case = Case::new(Limits { observed: told(vec![snapshot, default]), ..Limits::default() });
        assert_eq!(case.limit(), (150, Some(150), LimitOrigin::Snapshot));
    }

    #[test]
    fn an_increase_that_is_pending_is_told_and_never_counts() {
        let request = |status: &str, account: &str| crate::projection::TakenRequest {
            service: "connect".into(),
            code: "L-19A87C94".into(),
            desired: 200.0,
            status: status.into(),
            created: Some("2026-11-18".into()),
            account: Some(account.into()),
            region: Some("us-east-1".into()),
            resource: None,
        };
        let requests = vec![
            request("PENDING", "123456789012"),
            request("PENDING", "999999999999"),
            request("APPROVED", "123456789012"),
        ];
        let mut case = Case::new(Limits {
            observed: Observed { requests, ..told(vec![taken(110.0, None)]) },
            ..Limits::default()
        });
        let l = case.find().limit.unwrap();
        assert_eq!(l.low, 110);
        assert_eq!(l.note, "set for the account; an increase to 200 is pending since 2026-11-18");
        case.limits.observed.requests[0].status = "DENIED".into();
        let note = case.find().limit.unwrap().note;
        assert!(note.ends_with("an increase to 200 was denied after a request of 2026-11-18"), "{note}");
    }

    #[test]
    fn a_stated_value_replaces_the_default() {
        let case = Case::new(Limits { stated: vec![stated(Some(200.0), None)], ..Limits::default() });
        let answer = case.find();
        assert_eq!(answer.used, [0]);
        let l = answer.limit.unwrap();
        assert_eq!((l.low, l.origin, l.assumed), (200, LimitOrigin::Settings, false));
    }

    #[test]
    fn a_stated_value_that_aws_contradicts_does_not_count_unless_forced() {
        let limits = Limits {
            stated: vec![stated(Some(200.0), None)],
            observed: told(vec![taken(100.0, None)]),
            ..Limits::default()
        };
        let mut case = Case::new(limits);
        let answer = case.find();
        assert_eq!(answer.limit.unwrap().low, 100);
        assert_eq!(answer.contradiction.unwrap().value, 200);
        case.limits.stated[0].force = true;
        let answer = case.find();
        assert_eq!(answer.limit.unwrap().low, 200);
        assert!(answer.contradiction.unwrap().forced);
    }

    #[test]
    fn a_stated_value_that_aws_confirms_is_no_contradiction() {
        let limits = Limits {
            stated: vec![stated(Some(100.0), None)],
            observed: told(vec![taken(100.0, None)]),
            ..Limits::default()
        };
        assert!(Case::new(limits).find().contradiction.is_none());
    }

    #[test]
    fn what_the_state_holds_proves_at_least_as_much() {
        let mut case = Case::new(Limits::default());
        case.state = 120;
        assert_eq!(case.limit(), (120, None, LimitOrigin::State));
        case.state = 99;
        assert_eq!(case.limit().2, LimitOrigin::Catalog);
        case.limits.stated = vec![stated(Some(110.0), None)];
        case.state = 120;
        assert!(case.find().contradiction.is_some());
        assert_eq!(case.limit(), (120, None, LimitOrigin::State));
    }

    #[test]
    fn the_smaller_of_limit_and_budget_holds() {
        let mut case = Case::new(Limits { stated: vec![stated(None, Some(50.0))], ..Limits::default() });
        let l = case.find().limit.unwrap();
        assert_eq!((l.low, l.high, l.assumed), (50, Some(50), false));
        assert!(l.note.contains("budget"));
        case.limits.stated = vec![stated(None, Some(150.0))];
        assert_eq!(case.limit(), (100, Some(100), LimitOrigin::Catalog));
        case.limits.stated = vec![stated(Some(200.0), Some(150.0))];
        assert_eq!(case.limit(), (150, Some(150), LimitOrigin::Settings));
        // Proven by the state: at least 120; the budget closes the interval.
        case.limits.stated = vec![stated(None, Some(150.0))];
        case.state = 120;
        assert_eq!(case.limit(), (120, Some(150), LimitOrigin::State));
    }

    #[test]
    fn the_most_specific_block_of_the_settings_counts() {
        let mut here = stated(Some(300.0), None);
        here.scope = Some("arn:x".into());
        let mut region = stated(Some(250.0), None);
        region.region = Some("us-east-1".into());
        let mut elsewhere = stated(Some(999.0), None);
        elsewhere.scope = Some("arn:y".into());
        elsewhere.account = Some("123456789012".into());
        let case = Case::new(Limits {
            stated: vec![stated(Some(200.0), None), region, here, elsewhere],
            ..Limits::default()
        });
        assert_eq!(case.limit().0, 300);
    }

    #[test]
    fn a_stated_value_runs_out() {
        let mut old = stated(Some(200.0), None);
        old.until = Date::parse("2026-11-19");
        let mut case =
            Case::new(Limits { stated: vec![old], today: Date::parse("2026-11-20"), ..Limits::default() });
        assert_eq!(case.limit().2, LimitOrigin::Catalog);
        case.limits.today = Date::parse("2026-11-19");
        assert_eq!(case.limit().2, LimitOrigin::Settings);
    }

    #[test]
    fn an_account_that_is_not_known_has_no_stated_value_of_a_named_account() {
        let mut prod = stated(Some(200.0), None);
        prod.account = Some("prod".into());
        let mut case = Case::new(Limits { stated: vec![prod], ..Limits::default() });
        assert_eq!(case.limit().2, LimitOrigin::Catalog);
        case.place.account = AccountKey::Named("prod".into());
        assert_eq!(case.limit().2, LimitOrigin::Settings);
    }
}
