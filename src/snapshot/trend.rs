//! How use grows from snapshot to snapshot, and when it reaches the limit.
//!
//! Use is followed in each account, Region and resource by itself, over the time that really passed. What a snapshot does
//! not tell is a gap, never zero; what falls by more than half began anew, and counts from there.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::{Place, Snapshot};
use crate::catalog;
use crate::date::Date;
use crate::words::{grouped, several};

/// Fewer points tell nothing of growth.
pub const POINTS: usize = 3;
/// Nor do points within a shorter time, in days.
pub const DAYS: f64 = 7.0;
/// How far ahead use is told, in days.
const AHEAD: f64 = 30.0;
/// A day farther away than this is not told.
const FAR: f64 = 10.0 * 365.0;
/// An interval so many times as long as the usual one is told.
const GAP: f64 = 3.0;

/// The use of one quota in one scope over time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trend {
    pub account: String,
    pub region: String,
    pub service: String,
    pub code: String,
    pub name: String,
    /// ARN of the parent. None: the account and Region.
    pub resource: Option<String>,
    /// The first and last day that count, and how many snapshots between them tell the use.
    pub since: String,
    pub until: String,
    pub points: usize,
    /// The newest use and limit, in the quota's own unit.
    pub used: f64,
    pub limit: Option<f64>,
    /// True if no snapshot tells the limit: it is AWS's default.
    pub limit_is_default: bool,
    pub growth: Growth,
    /// Days without a snapshot, and falls.
    pub notes: Vec<String>,
}

/// How use grows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Growth {
    /// Why nothing is said.
    TooFewPoints(String),
    Known {
        per_day: f64,
        in_30_days: f64,
        /// The first day on which use is above the limit. None: not within ten years, or no limit is known.
        over_on: Option<String>,
    },
}

impl Trend {
    /// Returns the first day above the limit.
    pub fn over_on(&self) -> Option<Date> {
        match &self.growth {
            Growth::Known { over_on, .. } => over_on.as_deref().and_then(Date::parse),
            Growth::TooFewPoints(_) => None,
        }
    }
}

/// Use at a time, in days since 1970.
type Point = (f64, f64);
/// Account, Region, service, code, resource.
type Key = (String, String, String, String, Option<String>);

/// Returns the trend of everything whose use the snapshots tell; what reaches its limit first comes first.
pub fn trends(snapshots: &[Snapshot]) -> Vec<Trend> {
    let mut series: BTreeMap<Key, BTreeMap<u64, f64>> = BTreeMap::new();
    let mut places: BTreeMap<(String, String), BTreeMap<u64, &Place>> = BTreeMap::new();
    for place in snapshots.iter().flat_map(|s| &s.places) {
        let Some(time) = seconds(&place.taken_at) else { continue };
        places.entry((place.account.clone(), place.region.clone())).or_default().insert(time, place);
        for usage in &place.usage {
            let unit = catalog::quota(&usage.service, &usage.code).map_or(1, |q| q.unit.base());
            let key = (
                place.account.clone(),
                place.region.clone(),
                usage.service.clone(),
                usage.code.clone(),
                usage.resource.clone(),
            );
            series.entry(key).or_default().insert(time, usage.amount as f64 / unit as f64);
        }
    }
    let mut found: Vec<Trend> = series
        .into_iter()
        .map(|(key, points)| {
            let own = &places[&(key.0.clone(), key.1.clone())];
            trend(key, &points, own)
        })
        .collect();
    let order = |t: &Trend| {
        let (known, day) = (matches!(t.growth, Growth::Known { .. }), t.over_on());
        (day.is_none(), day, !known)
    };
    // Places and codes stay in order among equals.
    found.sort_by_key(order);
    found
}

fn trend(key: Key, points: &BTreeMap<u64, f64>, places: &BTreeMap<u64, &Place>) -> Trend {
    let (account, region, service, code, resource) = key;
    let points: Vec<Point> = points.iter().map(|(t, n)| (*t as f64 / 86_400.0, *n)).collect();
    let mut notes = Vec::new();
    // What fell by more than half was taken down or made anew: growth before it says nothing of growth after it.
    let fell = (1..points.len()).rev().find(|i| points[*i].1 * 2.0 < points[i - 1].1);
    if let Some(i) = fell {
        notes.push(format!(
            "fell from {} to {} on {}: counted from there",
            plain(points[i - 1].1),
            plain(points[i].1),
            day(points[i].0)
        ));
    }
    let counted = &points[fell.unwrap_or(0)..];
    notes.extend(gaps(counted));
    let (limit, limit_is_default) = limit(places, &service, &code, resource.as_deref());
    let (first, last) = (counted[0], counted[counted.len() - 1]);
    let quota = catalog::quota(&service, &code);
    Trend {
        growth: growth(counted, limit),
        name: quota.map_or_else(String::new, |q| q.name.to_owned()),
        since: day(first.0).to_string(),
        until: day(last.0).to_string(),
        points: counted.len(),
        used: last.1,
        limit,
        limit_is_default,
        notes,
        account,
        region,
        service,
        code,
        resource,
    }
}

fn growth(points: &[Point], limit: Option<f64>) -> Growth {
    let (first, last) = (points[0], points[points.len() - 1]);
    let span = last.0 - first.0;
    if points.len() < POINTS || span < DAYS {
        return Growth::TooFewPoints(format!(
            "{} within {}; {POINTS} within at least {DAYS} days are needed",
            several(points.len() as u64, "point"),
            several(span.ceil() as u64, "day")
        ));
    }
    let per_day = slope(points);
    let left = limit.map(|l| l - last.1);
    let over_on = match left {
        Some(left) if left < 0.0 => Some(day(last.0)),
        // One more than fits is over.
        Some(left) if per_day > 0.0 => {
            let days = (left.floor() + 1.0) / per_day;
            (days < FAR).then(|| day(last.0 + days))
        }
        _ => None,
    };
    Growth::Known {
        per_day,
        in_30_days: (last.1 + per_day * AHEAD).max(0.0),
        over_on: over_on.map(|d| d.to_string()),
    }
}

/// The line of least squares through the points: how much its height changes in a day.
fn slope(points: &[Point]) -> f64 {
    let n = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0 / n, y + p.1 / n));
    let (with, of) = points
        .iter()
        .fold((0.0, 0.0), |(with, of), p| (with + (p.0 - x) * (p.1 - y), of + (p.0 - x) * (p.0 - x)));
    if of == 0.0 { 0.0 } else { with / of }
}

/// Tells intervals that are much longer than the usual one.
fn gaps(points: &[Point]) -> Vec<String> {
    let intervals = || points.windows(2).map(|w| w[1].0 - w[0].0);
    let mut sorted: Vec<f64> = intervals().collect();
    if sorted.len() < 2 {
        return Vec::new();
    }
    sorted.sort_by(f64::total_cmp);
    let usual = sorted[(sorted.len() - 1) / 2];
    let long = points.windows(2).filter(|w| w[1].0 - w[0].0 > usual * GAP && w[1].0 - w[0].0 > 1.0);
    long.map(|w| format!("not told between {} and {}", day(w[0].0), day(w[1].0))).collect()
}

/// Returns the newest limit in the quota's own unit: that of the resource, of all, of the account, else AWS's default.
fn limit(
    places: &BTreeMap<u64, &Place>,
    service: &str,
    code: &str,
    resource: Option<&str>,
) -> (Option<f64>, bool) {
    let wanted = [resource, resource.map(|_| "*"), None];
    for place in places.values().rev() {
        for of in wanted {
            let told = place.quotas.iter().find(|q| {
                (q.service.as_str(), q.code.as_str(), q.resource.as_deref()) == (service, code, of)
                    && q.error.is_none()
                    && q.value.is_some()
            });
            if let Some(quota) = told {
                return (quota.value, quota.default);
            }
        }
    }
    let quota = catalog::quota(service, code);
    (quota.and_then(|q| Some(q.default? as f64 / q.unit.base() as f64)), true)
}

/// Reads `2026-11-18T08:15:30Z` as seconds since 1970.
fn seconds(text: &str) -> Option<u64> {
    let date = Date::parse(text.get(..10)?)?;
    let two = |from: usize| text.get(from..from + 2).and_then(|t| t.parse::<u64>().ok());
    let time = match text.get(10..11) {
        Some("T") => two(11)? * 3600 + two(14)? * 60 + two(17)?,
        _ => 0,
    };
    Some(u64::from(date.days()) * 86_400 + time)
}

fn day(days: f64) -> Date {
    Date::from_unix((days.max(0.0) * 86_400.0) as u64)
}

/// Returns a number with at most two decimals.
fn plain(n: f64) -> String {
    if n.fract() == 0.0 && (0.0..1e15).contains(&n) {
        return grouped(n as u64);
    }
    let text = format!("{n:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Returns the trends for programs.
pub fn json(all: &[Trend]) -> String {
    let value = serde_json::json!({ "schema_version": 1, "trends": all });
    serde_json::to_string_pretty(&value).expect("bug: trends are plain data") + "\n"
}

/// Returns the trends for people. `most`: how many are shown of those that do not reach a limit.
pub fn human(all: &[Trend], most: usize) -> String {
    let mut text = String::new();
    let (mut still, mut few) = (Vec::new(), Vec::new());
    for t in all {
        match &t.growth {
            Growth::Known { .. } if t.over_on().is_some() => block(&mut text, t),
            Growth::Known { .. } => still.push(t),
            Growth::TooFewPoints(_) => few.push(t),
        }
    }
    for (some, what) in [(still, "reaching no limit within ten years"), (few, "with too few points")] {
        for t in some.iter().take(most) {
            block(&mut text, t);
        }
        if some.len() > most {
            let _ = writeln!(text, "and {} {what}; `-v` shows all", grouped((some.len() - most) as u64));
        }
    }
    if all.is_empty() {
        text.push_str("no snapshot tells what is in use\n");
    }
    text
}

fn block(text: &mut String, t: &Trend) {
    let place = t.resource.clone().unwrap_or_else(|| format!("{} {}", t.account, t.region));
    let _ = writeln!(text, "{} ({} {}) in {place}", t.name, t.service, t.code);
    let limit = match (t.limit, t.limit_is_default) {
        (Some(limit), true) => format!("{} (AWS default)", plain(limit)),
        (Some(limit), false) => plain(limit),
        (None, _) => "a limit that nobody tells".to_owned(),
    };
    let _ = writeln!(
        text,
        "    {} of {limit} on {}; {} since {}",
        plain(t.used),
        t.until,
        several(t.points as u64, "point"),
        t.since
    );
    match &t.growth {
        Growth::TooFewPoints(why) => _ = writeln!(text, "    too few points: {why}"),
        Growth::Known { per_day, in_30_days, over_on } => {
            let sign = if *per_day < 0.0 { "−" } else { "+" };
            let end = match over_on {
                Some(_) if t.limit.is_some_and(|l| t.used > l) => "over the limit already".to_owned(),
                Some(day) => format!("over the limit on {day}"),
                None => "the limit is not reached".to_owned(),
            };
            let _ = writeln!(
                text,
                "    {sign}{} a day, {} in 30 days, {end}",
                plain(per_day.abs()),
                plain(*in_30_days)
            );
        }
    }
    for note in &t.notes {
        let _ = writeln!(text, "    {note}");
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Quota, Usage};
    use super::*;

    const QUEUES: &str = "L-19A87C94";
    const ARN: &str = "arn:aws:connect:us-east-1:123456789012:instance/a";

    /// A snapshot of a time with so many queues of one instance; None: nothing was told of it.
    fn taken(at: &str, queues: Option<u64>) -> Snapshot {
        let usage = queues.map(|amount| Usage {
            service: "connect".into(),
            code: QUEUES.into(),
            amount,
            resource: Some(ARN.into()),
            source: String::new(),
        });
        let place = Place {
            account: "123456789012".into(),
            region: "us-east-1".into(),
            taken_at: at.into(),
            quotas: vec![Quota {
                service: "connect".into(),
                code: QUEUES.into(),
                value: Some(150.0),
                resource: Some("*".into()),
                ..Quota::default()
            }],
            usage: usage.into_iter().collect(),
            ..Place::default()
        };
        Snapshot { places: vec![place], ..Snapshot::new() }
    }

    fn of(points: &[(&str, Option<u64>)]) -> Trend {
        let snapshots: Vec<Snapshot> = points.iter().map(|(at, n)| taken(at, *n)).collect();
        let mut all = trends(&snapshots);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    fn known(t: &Trend) -> (f64, f64, Option<&str>) {
        match &t.growth {
            Growth::Known { per_day, in_30_days, over_on } => (*per_day, *in_30_days, over_on.as_deref()),
            Growth::TooFewPoints(why) => panic!("{why}"),
        }
    }

    #[test]
    fn use_grows_over_the_time_that_passed() {
        // 2 a day, taken at uneven times: by number of snapshots it would be more.
        let t = of(&[
            ("2026-11-01T00:00:00Z", Some(100)),
            ("2026-11-02T00:00:00Z", Some(102)),
            ("2026-11-02T12:00:00Z", Some(103)),
            ("2026-11-11T00:00:00Z", Some(120)),
        ]);
        let (per_day, ahead, over) = known(&t);
        assert!((per_day - 2.0).abs() < 1e-9 && (ahead - 180.0).abs() < 1e-9, "{per_day} {ahead}");
        // 30 more fit; the 31st comes 15.5 days later.
        assert_eq!((over, t.limit, t.limit_is_default), (Some("2026-11-26"), Some(150.0), false));
        assert_eq!(t.notes, ["not told between 2026-11-02 and 2026-11-11"]);
        assert!(human(&[t], 5).contains("+2 a day, 180 in 30 days, over the limit on 2026-11-26"));
    }

    #[test]
    fn the_order_of_files_and_a_snapshot_given_twice_change_nothing() {
        let points = [
            ("2026-11-01", Some(10)),
            ("2026-11-08", Some(17)),
            ("2026-11-15", Some(24)),
            ("2026-11-22", Some(31)),
        ];
        let mut mixed = points.to_vec();
        mixed.reverse();
        mixed.push(points[1]);
        assert_eq!(of(&points), of(&mixed));
        assert_eq!(known(&of(&points)).0, 1.0);
    }

    #[test]
    fn what_is_not_told_is_a_gap_and_not_zero() {
        let t = of(&[
            ("2026-11-01", Some(10)),
            ("2026-11-08", None),
            ("2026-11-15", Some(24)),
            ("2026-11-22", Some(31)),
        ]);
        assert_eq!((known(&t).0, t.points), (1.0, 3));
    }

    #[test]
    fn a_fall_begins_anew() {
        let before = [("2026-10-01", Some(50)), ("2026-10-11", Some(90))];
        let after = [("2026-11-01", Some(10)), ("2026-11-06", Some(15)), ("2026-11-11", Some(20))];
        let t = of(&[&before[..], &after].concat());
        assert_eq!((known(&t).0, t.points, t.since.as_str()), (1.0, 3, "2026-11-01"));
        assert_eq!(t.notes, ["fell from 90 to 10 on 2026-11-01: counted from there"]);
        // A small fall is part of the trend.
        let t = of(&[("2026-11-01", Some(60)), ("2026-11-11", Some(50)), ("2026-11-21", Some(40))]);
        assert_eq!((known(&t).0, known(&t).1, known(&t).2), (-1.0, 10.0, None));
        let t = of(&[("2026-11-01", Some(60)), ("2026-11-11", Some(40)), ("2026-11-21", Some(20))]);
        assert_eq!(known(&t).1, 0.0, "use is never below nothing");
    }

    #[test]
    fn too_few_points_tell_nothing() {
        let few = |points: &[(&str, Option<u64>)]| matches!(of(points).growth, Growth::TooFewPoints(_));
        assert!(few(&[("2026-11-01", Some(1))]));
        assert!(few(&[("2026-11-01", Some(1)), ("2026-11-30", Some(9))]));
        assert!(few(&[
            ("2026-11-01T00:00:00Z", Some(1)),
            ("2026-11-01T12:00:00Z", Some(5)),
            ("2026-11-02T00:00:00Z", Some(9))
        ]));
        // A fall leaves too few.
        assert!(few(&[("2026-10-01", Some(80)), ("2026-10-15", Some(90)), ("2026-11-11", Some(2))]));
        assert!(!few(&[("2026-11-01", Some(1)), ("2026-11-07", Some(2)), ("2026-11-08", Some(2))]));
    }

    #[test]
    fn over_already_is_the_last_day_and_flat_use_has_none() {
        let t = of(&[("2026-11-01", Some(140)), ("2026-11-11", Some(150)), ("2026-11-21", Some(160))]);
        assert_eq!(known(&t).2, Some("2026-11-21"));
        assert!(human(&[t], 5).contains("over the limit already"));
        let t = of(&[("2026-11-01", Some(7)), ("2026-11-11", Some(7)), ("2026-11-21", Some(7))]);
        assert_eq!(known(&t), (0.0, 7.0, None));
        // At the limit and growing: the next one is over.
        let t = of(&[("2026-11-01", Some(130)), ("2026-11-11", Some(140)), ("2026-11-21", Some(150))]);
        assert_eq!(known(&t).2, Some("2026-11-22"));
    }

    #[test]
    fn without_a_told_limit_the_default_is_named() {
        let points = [("2026-11-01", 10), ("2026-11-11", 20), ("2026-11-21", 30)];
        let snapshots: Vec<Snapshot> = points
            .iter()
            .map(|(at, n)| {
                let mut snapshot = taken(at, Some(*n));
                snapshot.places[0].quotas.clear();
                snapshot
            })
            .collect();
        let t = &trends(&snapshots)[0];
        assert_eq!((t.limit, t.limit_is_default), (Some(100.0), true));
        assert!(human(&trends(&snapshots), 5).contains("30 of 100 (AWS default)"));
    }
}
