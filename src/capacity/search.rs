//! How many more tenants fit.

use std::collections::{BTreeMap, BTreeSet};

use super::meter::{MeterName, Reading};
use super::study::{Probe, Shape, Study, Trial};
use super::tenants::keys;
use crate::finding::Diagnostic;
use crate::projection::Verdict;
use crate::value::Cause;

/// How the search is made.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// No more tenants than these are tried.
    pub most: u64,
    /// So many are tried one by one where demand does not grow with the number of tenants.
    pub scanned: u64,
    /// How many quotas are followed to where they are full.
    pub quotas: usize,
    /// Per cent of a limit that is to stay free.
    pub buffer: u64,
}

impl Default for Search {
    fn default() -> Search {
        Search { most: 1_000, scanned: 200, quotas: 4, buffer: 20 }
    }
}

/// How many fit: at least `low`; at most `high`, None: as many as were tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fits {
    pub low: u64,
    pub high: Option<u64>,
}

impl Fits {
    pub fn is_exact(self) -> bool {
        self.high == Some(self.low)
    }
}

/// The room in one quota.
#[derive(Clone, Debug)]
pub struct Room {
    pub meter: MeterName,
    pub fits: Fits,
    /// What is used now, with as many as fit for certain, and with one more than possibly fit.
    pub now: Reading,
    pub with: Reading,
    pub beyond: Option<Reading>,
    /// What blocks a number, if it is an interval.
    pub because: Vec<Cause>,
    /// So many were tried one by one, because use does not grow with every tenant.
    pub scanned: Option<u64>,
}

/// The whole answer.
#[derive(Debug)]
pub struct Answer {
    pub fits: Fits,
    /// Quotas that a number of tenants fills, the first to bind first; then those that nobody can decide.
    pub rooms: Vec<Room>,
    /// With how many more a part of every limit stays free. None: with all that were tried.
    pub comfortable: Option<u64>,
    /// Quotas that are exceeded whatever the number of tenants.
    pub exceeded: Vec<(MeterName, Reading)>,
    /// The number of tenants with which the configuration fails, and how.
    pub breaks: Option<(u64, Vec<Diagnostic>)>,
    pub trial: Trial,
    pub most: u64,
    pub probes: usize,
    /// Quotas that use more with more tenants.
    pub growing: usize,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Trouble {
    /// The tenant is not among the keys.
    NoSuchTenant(String),
    /// With one more tenant of that shape the configuration fails.
    Shape(Vec<Diagnostic>),
    /// One more key makes no difference: the type of the variable has fixed keys.
    Fixed,
    /// Nothing that is measured grows.
    NothingGrows,
}

/// Quotas that are full only with so many times the tenants that fill the first are not followed.
const FAR: u64 = 64;

/// No more tenants are tried once so many instances have been evaluated.
const WORK: u64 = 200_000;

/// Probes that were made.
struct Probes<'s, 'a> {
    study: &'s mut Study<'a>,
    trial: Trial,
    made: BTreeMap<u64, Probe>,
    /// Errors that are there without any more tenants.
    errors: usize,
}

impl Probes<'_, '_> {
    fn at(&mut self, more: u64) -> &Probe {
        let (study, trial) = (&mut self.study, &self.trial);
        self.made.entry(more).or_insert_with(|| study.probe(trial, more))
    }

    fn reading(&mut self, meter: &MeterName, more: u64) -> Reading {
        self.at(more).meters.get(meter).cloned().unwrap_or_else(Reading::nothing)
    }

    fn fails(&mut self, more: u64) -> bool {
        let errors = self.errors;
        self.at(more).errors.len() > errors
    }

    /// True if no probe shows less than one with fewer tenants.
    fn is_growing(&self, meter: &MeterName) -> bool {
        let counts = || {
            self.made
                .values()
                .map(|p| p.meters.get(meter).map_or((0, Some(0)), |r| (r.count.low(), r.count.high())))
        };
        counts()
            .zip(counts().skip(1))
            .all(|(a, b)| a.0 <= b.0 && a.1.unwrap_or(u64::MAX) <= b.1.unwrap_or(u64::MAX))
    }

    /// The first number from `low + 1` to `high` for which a test holds that does not hold for `low`, and holds for `high`.
    fn first(&mut self, mut low: u64, mut high: u64, test: &mut dyn FnMut(&mut Self, u64) -> bool) -> u64 {
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if test(self, middle) { high = middle } else { low = middle }
        }
        high
    }
}

/// Finds how many more tenants of a shape fit.
///
/// # Errors
/// Why there is no number.
pub fn search(study: &mut Study<'_>, shape: &Shape, search: &Search) -> Result<Answer, Trouble> {
    if let Shape::Key(key) = shape
        && !study.tenancy.keys.contains(key)
    {
        return Err(Trouble::NoSuchTenant(key.to_string()));
    }
    let trial = study.trial(shape);
    let mut probes = Probes { study, trial, made: BTreeMap::new(), errors: 0 };
    probes.errors = probes.at(0).errors.len();
    if probes.fails(1) {
        let errors = std::mem::take(&mut probes.made.get_mut(&1).expect("bug: probed above").errors);
        return Err(Trouble::Shape(errors));
    }
    let variable = probes.study.tenancy.variable.clone();
    if probes
        .study
        .model
        .variable(&variable)
        .and_then(|v| keys(&v))
        .is_some_and(|k| k.len() == probes.study.tenancy.keys.len())
    {
        return Err(Trouble::Fixed);
    }

    // Twice as many each time, until enough quotas are full.
    let (mut steps, mut full) = (vec![0, 1], BTreeSet::new());
    let (mut broken, mut first_full, mut evaluated) = (None, None, 0_u64);
    loop {
        let last = steps[steps.len() - 1];
        let growing = |p: &Probe, base: &Probe, name: &MeterName| {
            let now = base.meters.get(name).map(|r| r.count);
            p.meters.get(name).map(|r| r.count) != now
        };
        let (base, probe) = (&probes.made[&0], &probes.made[&last]);
        for (name, reading) in &probe.meters {
            if reading.verdict == Verdict::Exceeded && growing(probe, base, name) {
                full.insert(name.clone());
            }
        }
        first_full = first_full.or((!full.is_empty()).then_some(last));
        evaluated += probe.instances as u64;
        // What is full only with many times as many tenants does not bind next.
        let far = first_full.is_some_and(|first| last >= (first + 1).saturating_mul(FAR));
        if full.len() >= search.quotas || last >= search.most || broken.is_some() || far || evaluated > WORK {
            break;
        }
        let next = (last * 2).min(search.most);
        if probes.fails(next) {
            broken = Some(probes.first(last, next, &mut |p, n| p.fails(n)));
        }
        steps.push(broken.map_or(next, |n: u64| n - 1));
        if broken == Some(last + 1) {
            break;
        }
    }
    let tried = broken.map_or(steps[steps.len() - 1], |n| n - 1);
    let breaks = broken.map(|n| {
        let base = probes.errors;
        (n, probes.at(n).errors.iter().skip(base).cloned().collect())
    });
    // Counts of a configuration that fails say nothing.
    probes.made.retain(|n, _| *n <= tried);

    let names: BTreeSet<MeterName> = probes.made.values().flat_map(|p| p.meters.keys().cloned()).collect();
    let changes = |p: &Probes<'_, '_>, name: &MeterName| {
        let base = p.made[&0].meters.get(name).map(|r| r.count);
        p.made.values().any(|probe| probe.meters.get(name).map(|r| r.count) != base)
    };
    let (growing, still): (Vec<MeterName>, Vec<MeterName>) =
        names.into_iter().partition(|name| changes(&probes, name));
    let exceeded: Vec<(MeterName, Reading)> = still
        .into_iter()
        .filter_map(|name| {
            let reading = probes.made[&0].meters.get(&name)?.clone();
            (reading.verdict == Verdict::Exceeded).then_some((name, reading))
        })
        .collect();
    if growing.is_empty() && breaks.is_none() {
        return Err(Trouble::NothingGrows);
    }

    let not_within = |reading: &Reading| reading.verdict != Verdict::Within;
    let mut rooms: Vec<Room> = Vec::new();
    for name in &growing {
        let flips = probes.made.values().any(|p| p.meters.get(name).is_some_and(not_within));
        // What falls in between may be over the limit between two probes that are not.
        if flips || !probes.is_growing(name) {
            rooms.push(room(&mut probes, name, tried, search));
        }
    }
    // Searching one quota may have shown another one to fall.
    for room in &mut rooms {
        if room.scanned.is_none() && !probes.is_growing(&room.meter) {
            *room = self::room(&mut probes, &room.meter.clone(), tried, search);
        }
    }
    rooms.retain(|r| r.fits.high.is_some_and(|h| h < tried) || r.fits.low < tried || r.beyond.is_some());
    let order = |r: &Room| (!r.fits.is_exact(), r.fits.high.unwrap_or(u64::MAX), r.fits.low, r.meter.clone());
    rooms.sort_by_key(order);

    let low = rooms.iter().map(|r| r.fits.low).min().unwrap_or(tried).min(tried);
    let high = rooms.iter().filter_map(|r| r.fits.high).chain(broken.map(|n| n - 1)).min();
    let comfortable = comfortable(&mut probes, &growing, tried, search.buffer);
    Ok(Answer {
        fits: Fits { low, high },
        rooms,
        comfortable,
        exceeded,
        breaks,
        most: tried,
        probes: probes.made.len(),
        growing: growing.len(),
        trial: probes.trial,
    })
}

/// Finds the room in one quota.
fn room(probes: &mut Probes<'_, '_>, name: &MeterName, tried: u64, search: &Search) -> Room {
    let mut scanned = None;
    let mut boundary = |probes: &mut Probes<'_, '_>, from: Verdict| -> Option<u64> {
        let mut over = |p: &mut Probes<'_, '_>, n: u64| p.reading(name, n).verdict >= from;
        if over(probes, 0) {
            return Some(0);
        }
        if probes.is_growing(name) {
            let (mut fine, mut bad) = (0, None);
            for n in probes.made.keys().copied().collect::<Vec<_>>() {
                match over(probes, n) {
                    true => {
                        bad = Some(n);
                        break;
                    }
                    false => fine = n,
                }
            }
            let found = bad.map(|bad| probes.first(fine, bad, &mut over));
            if probes.is_growing(name) {
                return found;
            }
        }
        let most = tried.min(search.scanned);
        scanned = Some(most);
        (1..=most).find(|n| over(probes, *n))
    };
    let uncertain = boundary(probes, Verdict::Undecided);
    let over = boundary(probes, Verdict::Exceeded);
    let most = scanned.unwrap_or(tried);
    let low = uncertain.map_or(most, |n| n.saturating_sub(1));
    let fits = Fits { low, high: over.map(|n| n.saturating_sub(1)) };
    let beyond = over.or(uncertain).map(|n| probes.reading(name, n.max(1)));
    let because = match (fits.is_exact(), &beyond) {
        (true, _) | (_, None) => Vec::new(),
        (false, _) => probes.reading(name, uncertain.unwrap_or(0).max(1)).because,
    };
    Room {
        now: probes.reading(name, 0),
        with: probes.reading(name, low),
        meter: name.clone(),
        fits,
        beyond,
        because,
        scanned,
    }
}

/// Returns with how many more tenants `buffer` per cent of every limit on counts stays free.
fn comfortable(probes: &mut Probes<'_, '_>, growing: &[MeterName], tried: u64, buffer: u64) -> Option<u64> {
    let tight = |p: &mut Probes<'_, '_>, n: u64| {
        growing.iter().filter(|m| !m.single).any(|name| {
            let reading = p.reading(name, n);
            let Some(limit) = &reading.limit else { return reading.verdict != Verdict::Within };
            let kept = limit.low.saturating_mul(100_u64.saturating_sub(buffer)) / 100;
            reading.count.high().is_none_or(|high| high > kept)
        })
    };
    let (mut fine, mut bad) = (None, None);
    for n in probes.made.keys().copied().filter(|n| *n <= tried).collect::<Vec<_>>() {
        if tight(probes, n) {
            bad = Some(n);
            break;
        }
        fine = Some(n);
    }
    match (fine, bad) {
        (_, None) => None,
        (None, Some(_)) => Some(0),
        (Some(fine), Some(bad)) => Some(probes.first(fine, bad, &mut { tight }) - 1),
    }
}
