//! Every measure flips its verdict exactly at its limit: one less and the limit itself are within, one more exceeds, in
//! source and in plan, in real units.
//!
//! A configuration is made for each measure of the catalog. Rows that are not measured have their reason in
//! `src/catalog/data/hand/unmeasured.toml`, rows for which nothing can be made in `missing.tsv`.

mod made;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tf_headroom::catalog::{self, Aggregate, Amount, Measure, Quota, ScopeKind};
use tf_headroom::expand;
use tf_headroom::inventory::StatedLimit;
use tf_headroom::module::Loader;
use tf_headroom::plan;
use tf_headroom::projection::{self, Limits, Observed, Root, TakenUsage, Verdict};
use tf_headroom::source::Files;

use crate::common::root;
use crate::conformance::Memory;
use made::{Made, Maker, Way};

/// Of more instances than these, the rest is in use already, or the limit is stated lower: what is tried is a
/// comparison, not how long a list of resources can be.
const INSTANCES: u64 = 300;
/// The same for blocks and elements within an instance; texts are made in full length.
const ELEMENTS: u64 = 1100;
/// The limit that is stated in place of one that takes too many instances, or of one that nobody publishes.
const STATED: u64 = 12;

/// How a row was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tried {
    /// With the catalog's limit, on both sides.
    Whole,
    /// With the catalog's limit and usage that AWS tells in the plan, with a stated limit in source.
    WithUsage,
    /// With a stated limit on both sides.
    Stated,
}

#[test]
fn every_measure_flips_its_verdict_exactly_at_its_limit() {
    let measures: Vec<&'static Measure> = catalog::quotas().iter().flat_map(|q| q.measures).collect();
    let outcomes: Vec<(String, Result<Tried, String>)> =
        measures.par_iter().map(|m| (row(m), on_a_deep_stack(m))).collect();
    let listed = missing();
    let mut faults = Vec::new();
    let mut tried: BTreeMap<Tried, usize> = BTreeMap::new();
    for (row, outcome) in &outcomes {
        match (outcome, listed.get(row)) {
            (Ok(how), None) => *tried.entry(*how).or_default() += 1,
            (Ok(_), Some(_)) => faults.push(format!("{row}: is listed in missing.tsv and passes")),
            (Err(why), None) => faults.push(format!("{row}: {why}")),
            (Err(_), Some(_)) => {}
        }
    }
    let rows: BTreeSet<&String> = outcomes.iter().map(|(row, _)| row).collect();
    let mut once = BTreeSet::new();
    faults.extend(
        outcomes.iter().filter(|(r, _)| !once.insert(r)).map(|(r, _)| format!("{r}: two are called so")),
    );
    faults.extend(
        listed.keys().filter(|r| !rows.contains(r)).map(|r| format!("{r}: is listed and is no measure")),
    );
    let passed: usize = tried.values().sum();
    let refused = unmeasured();
    println!(
        "boundaries: {passed} of {} measures flip at their limit ({tried:?}), {} listed; {refused} rows are not measured",
        outcomes.len(),
        listed.len()
    );
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    assert!(tried.get(&Tried::Whole).is_some_and(|n| *n > 460));
}

/// What a measure is called in `missing.tsv`.
fn row(m: &Measure) -> String {
    let quota = m.quota.get();
    let part = if m.part.is_empty() { String::new() } else { format!(" ({})", m.part) };
    let filter: Vec<String> = m.filter.iter().map(|t| format!("{:?} {:?}", t.paths, t.test)).collect();
    let scope: Vec<String> = m.scope.iter().map(|key| format!("{key:?}")).collect();
    let scope = if m.scope_type.is_empty() { String::new() } else { format!(" in {}", scope.join(" ")) };
    format!(
        "{} {}{part} {} {:?} {}{scope}",
        quota.service,
        quota.key(),
        m.resource_type,
        m.amount,
        filter.join(" ")
    )
    .trim_end()
    .replace('"', "")
}

fn missing() -> BTreeMap<String, String> {
    let text =
        std::fs::read_to_string(root().join("tests/it/boundary/missing.tsv")).expect("the list is committed");
    let lines = text.lines().filter(|l| !l.starts_with('#') && !l.is_empty());
    let entries = lines.map(|l| l.split_once('\t').unwrap_or_else(|| panic!("{l}: no reason")));
    entries.map(|(row, why)| (row.to_owned(), why.to_owned())).collect()
}

fn unmeasured() -> usize {
    let path = root().join("src/catalog/data/hand/unmeasured.toml");
    std::fs::read_to_string(path).expect("the list is committed").matches("[[row]]").count()
}

fn on_a_deep_stack(measure: &'static Measure) -> Result<Tried, String> {
    let work = move || {
        MEASURE.set(Some(measure));
        flips(measure)
    };
    let thread = std::thread::Builder::new().stack_size(32 << 20).spawn(work).expect("a thread starts");
    thread.join().unwrap_or_else(|_| Err("a panic".into()))
}

// ---------------------------------------------------------------- one measure

fn flips(measure: &'static Measure) -> Result<Tried, String> {
    let quota = measure.quota.get();
    let Some(default) = quota.default else {
        both(
            measure,
            quota.limit(STATED as f64).expect("a limit"),
            &Limits { stated: vec![stated(quota)], ..Limits::default() },
        )?;
        return Ok(Tried::Stated);
    };
    let plain = Limits::default();
    if !is_too_long(measure, default)? {
        both(measure, default, &plain)?;
        return Ok(Tried::Whole);
    }
    let lower = Limits { stated: vec![stated(quota)], ..Limits::default() };
    both(measure, quota.limit(STATED as f64).expect("a limit"), &lower)?;
    let shared = !matches!(quota.scope, ScopeKind::Each(_));
    if !shared || quota.code.is_empty() || !measure.part.is_empty() {
        return Ok(Tried::Stated);
    }
    // All but five of them are in use already.
    let free = 5;
    let used = TakenUsage {
        service: quota.service.into(),
        code: quota.code.into(),
        amount: default - measure.spare - free * measure.factor,
        account: None,
        region: None,
        parent: None,
    };
    let observed = Observed { usage: vec![used], ..Observed::default() };
    let limits = Limits { observed, ..Limits::default() };
    for (n, expected) in [(free - 1, Verdict::Within), (free, Verdict::Within), (free + 1, Verdict::Exceeded)]
    {
        let resources = Maker::new(measure)?.make(n, 1)?.1;
        expect("plan with usage", measure, n, expected, planned(&resources, &limits)?)?;
    }
    Ok(Tried::WithUsage)
}

fn is_too_long(measure: &'static Measure, limit: u64) -> Result<bool, String> {
    if limit / measure.factor <= INSTANCES {
        return Ok(false);
    }
    let mut maker = Maker::new(measure)?;
    let vcpus = maker.smallest_machine().map_or(1, |(_, n)| n);
    let (way, _) = maker.make(INSTANCES, vcpus)?;
    let elements = matches!(
        measure.amount,
        Amount::Len(_) | Amount::MaxLen(_) | Amount::Distinct(_) | Amount::Deep(..) | Amount::Json(..)
    );
    let most = match way {
        Way::Instances => INSTANCES,
        Way::Within if elements => ELEMENTS,
        Way::Within => u64::MAX,
    };
    Ok(limit / measure.factor / vcpus > most)
}

fn both(measure: &'static Measure, limit: u64, limits: &Limits) -> Result<(), String> {
    for (n, expected) in levels(measure, limit)? {
        let resources =
            if n == 0 && matches!(measure.amount, Amount::One | Amount::Each(_) | Amount::Weight(..)) {
                Vec::new()
            } else {
                Maker::new(measure)?.make(n, machine(measure)?)?.1
            };
        expect("source", measure, n, expected, sourced(&resources, limits)?)?;
        expect("plan", measure, n, expected, planned(&resources, limits)?)?;
    }
    Ok(())
}

fn machine(measure: &'static Measure) -> Result<u64, String> {
    Ok(match measure.amount {
        Amount::Weight(..) => Maker::new(measure)?.smallest_machine().ok_or("no instance type")?.1,
        _ => 1,
    })
}

/// Returns amounts around the limit with what they have to give.
fn levels(measure: &'static Measure, limit: u64) -> Result<Vec<(u64, Verdict)>, String> {
    let vcpus = machine(measure)?;
    // What AWS makes itself is there already.
    let (least, most) = made_by_aws(measure);
    let free = limit.checked_sub(measure.spare).ok_or("less than what must stay free")?;
    let uses =
        |n: u64| if n == 0 && measure.plus == 0 { 0 } else { (n * vcpus + measure.plus) * measure.factor };
    let fits = |n: u64| uses(n) + most <= free;
    let exceeds = |n: u64| uses(n) + least > free;
    let about = (free / measure.factor / vcpus).saturating_sub(measure.plus + most + 1);
    let last = (about..=about + measure.plus + most + 2).rev().find(|n| fits(*n));
    let first = (about..).find(|n| exceeds(*n)).expect("some amount exceeds");
    let mut levels = Vec::new();
    if let Some(last) = last {
        levels.extend(last.checked_sub(1).map(|n| (n, Verdict::Within)));
        levels.push((last, Verdict::Within));
    }
    levels.extend((last.map_or(0, |n| n + 1)..first).map(|n| (n, Verdict::Undecided)));
    levels.push((first, Verdict::Exceeded));
    Ok(levels)
}

/// Returns how much of the quota AWS itself uses where the measure counts, at least and at most.
fn made_by_aws(measure: &Measure) -> (u64, u64) {
    let quota = measure.quota.get();
    let own = measure.scope.iter().any(|key| key.is_own());
    let (parent, new) = match quota.scope {
        ScopeKind::Account => ("account", false),
        ScopeKind::Region => ("region", false),
        ScopeKind::Each(_) if measure.aggregate == Aggregate::Each => return (0, 0),
        ScopeKind::Each(_) => match catalog::adopts(measure.resource_type) {
            Some(adopted) if own => (adopted, false),
            _ => (measure.scope_type, true),
        },
    };
    // A parent that counts one in itself.
    let itself = |m: &&Measure| {
        !own && m.part == measure.part
            && m.resource_type == measure.scope_type
            && m.scope.iter().any(|key| key.is_own())
            && matches!(m.amount, Amount::One)
            && m.filter.is_empty()
    };
    let itself = quota.measures.iter().filter(itself).count() as u64;
    catalog::baselines(parent)
        .iter()
        .filter(|b| {
            b.quota == measure.quota && b.part == measure.part && if new { b.new } else { b.existing }
        })
        .fold((itself, itself), |(low, high), b| (low + b.low, high + b.high))
}

fn expect(
    side: &str,
    measure: &Measure,
    n: u64,
    expected: Verdict,
    found: (Verdict, String),
) -> Result<(), String> {
    let (verdict, how) = found;
    if verdict == expected {
        return Ok(());
    }
    let _ = measure;
    Err(format!("{side}: {n} should be {}, is {} ({how})", expected.name(), verdict.name()))
        .map_err(|e| e.replace('\n', " "))
}

fn stated(quota: &Quota) -> StatedLimit {
    StatedLimit {
        service: quota.service.into(),
        code: quota.code.into(),
        name: quota.name.into(),
        applied: Some(STATED as f64),
        budget: None,
        account: None,
        region: None,
        scope: None,
        reason: None,
        until: None,
        force: false,
        span: None,
    }
}

// ---------------------------------------------------------------- both readers

thread_local! {
    static MEASURE: std::cell::Cell<Option<&'static Measure>> = const { std::cell::Cell::new(None) };
}

/// Returns what a configuration comes to that exceeds the quota of a measure by as little as can be.
pub fn exceeding(measure: &'static Measure) -> Result<projection::Projected, String> {
    let quota = measure.quota.get();
    let limits = match quota.default {
        Some(default) if !is_too_long(measure, default)? => Limits::default(),
        _ => Limits { stated: vec![stated(quota)], ..Limits::default() },
    };
    let limit = match limits.stated.is_empty() {
        true => quota.default.expect("a limit that is not stated is a default"),
        false => quota.limit(STATED as f64).ok_or("no limit")?,
    };
    let (n, _) = levels(measure, limit)?.pop().ok_or("nothing exceeds")?;
    let resources = Maker::new(measure)?.make(n, machine(measure)?)?.1;
    projected(&written::source(&resources), &limits)
}

fn sourced(resources: &[Made], limits: &Limits) -> Result<(Verdict, String), String> {
    let text = written::source(resources);
    Ok(verdict(projected(&text, limits)?, &text))
}

fn projected(text: &str, limits: &Limits) -> Result<projection::Projected, String> {
    let tree = Memory(BTreeMap::from([(PathBuf::from("root/main.tf"), text.as_bytes().to_vec())]));
    let files = Files::default();
    let loader = Loader::new(&tree, &files);
    let inventory = expand::inventory(Path::new("root"), &loader, &expand::Options::default());
    if let Some(d) =
        inventory.diagnostics.iter().find(|d| d.severity == tf_headroom::finding::Severity::Error)
    {
        return Err(format!("source: {} {}\n{}", d.summary, d.detail, shown(text)));
    }
    Ok(projection::project(&inventory, &Root::default(), limits.clone(), projection::Options::default()))
}

fn planned(resources: &[Made], limits: &Limits) -> Result<(Verdict, String), String> {
    let text = written::plan(resources);
    let inventory =
        plan::read(text.as_bytes(), "plan.json", &plan::Options::default()).map_err(|e| e.to_string())?;
    Ok(verdict(
        projection::project(&inventory, &Root::default(), limits.clone(), projection::Options::default()),
        &text,
    ))
}

/// Returns the gravest verdict on the quota that is tried; silence is within.
fn verdict(projected: projection::Projected, text: &str) -> (Verdict, String) {
    let measure = MEASURE.get().expect("a measure is tried");
    let quota = measure.quota.get();
    let name = match measure.part {
        "" => quota.name.to_owned(),
        part => format!("{} ({part})", quota.name),
    };
    let worst = projected
        .projections
        .iter()
        .filter(|p| p.quota.service == quota.service && p.quota.name == name)
        .max_by_key(|p| (p.verdict, p.count.low()));
    match worst {
        Some(p) => (
            p.verdict,
            format!(
                "{} of {:?}, {:?}\n{}",
                p.count,
                p.limit.as_ref().map(|l| (l.low, l.high)),
                p.because,
                shown(text)
            ),
        ),
        None => (Verdict::Within, format!("silent\n{}", shown(text))),
    }
}

fn shown(text: &str) -> String {
    let text = text.split_once("\n\n").map_or(text, |(_, resources)| resources);
    text.chars().take(700).collect()
}
