//! Version 1 of what `tf-headroom capacity --format json` prints.

use serde::Serialize;

use crate::capacity::{Answer, MeterName, Reading, Room};
use crate::value::Cause;

/// What `tf-headroom capacity --format json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Capacity<'a> {
    schema_version: u32,
    /// The root module's folder.
    path: &'a str,
    /// The variable whose keys are the tenants, and how many there are.
    variable: &'a str,
    tenants: u64,
    /// The tenant that those tried are like; their keys begin with `stem`.
    like: &'a str,
    stem: &'a str,
    /// How many more fit.
    fits: FitsV1,
    /// With how many more the settings' `buffer` of every limit stays free; null: with all that were tried.
    comfortable: Option<u64>,
    /// No more were tried.
    tried: u64,
    /// The first to bind first; then those that cannot be decided.
    rooms: Vec<RoomV1<'a>>,
    /// Quotas that are exceeded with any number of tenants.
    exceeded: Vec<ExceededV1<'a>>,
    /// With how many more the configuration itself fails; null: with none that was tried.
    breaks_with: Option<u64>,
}

/// At least `low`; at most `high`, null: as many as were tried.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Fits"))]
struct FitsV1 {
    low: u64,
    high: Option<u64>,
}

/// The room in one quota.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Room"))]
struct RoomV1<'a> {
    service: &'a str,
    code: &'a str,
    name: &'a str,
    partition: &'a str,
    account: Option<&'a str>,
    region: Option<&'a str>,
    /// Address, id or name; `*` in it stands for the keys of new tenants. null: the account and Region.
    parent: Option<&'a str>,
    /// True for the fullest resource of a limit on single resources.
    single: bool,
    fits: FitsV1,
    /// Now; with `fits.low` more; with the first number that is over, or may be.
    now: CountV1,
    with: CountV1,
    beyond: Option<CountV1>,
    limit: Option<CountV1>,
    /// `live`, `snapshot`, `plan`, `settings`, `state` or `catalog`.
    limit_origin: Option<&'a str>,
    /// What blocks a number.
    because: Vec<&'a str>,
    /// So many were tried one by one, because use does not grow with every tenant; null: it does.
    scanned: Option<u64>,
}

/// A quota that is exceeded anyway.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ExceededAnyway"))]
struct ExceededV1<'a> {
    service: &'a str,
    code: &'a str,
    name: &'a str,
    parent: Option<&'a str>,
    count: CountV1,
    limit: Option<CountV1>,
}

/// From `low` to `high`, both inclusive.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Count"))]
struct CountV1 {
    low: u64,
    /// null: nothing bounds it from above.
    high: Option<u64>,
}

impl CountV1 {
    fn of(reading: &Reading) -> CountV1 {
        CountV1 { low: reading.count.low(), high: reading.count.high() }
    }

    fn limit(reading: &Reading) -> Option<CountV1> {
        reading.limit.as_ref().map(|l| CountV1 { low: l.low, high: l.high })
    }
}

/// Returns the answer as version 1.
pub fn capacity<'a>(answer: &'a Answer, path: &'a str, variable: &'a str, tenants: u64) -> Capacity<'a> {
    Capacity {
        schema_version: 1,
        path,
        variable,
        tenants,
        like: &answer.trial.like,
        stem: &answer.trial.stem,
        fits: FitsV1 { low: answer.fits.low, high: answer.fits.high },
        comfortable: answer.comfortable,
        tried: answer.most,
        rooms: answer.rooms.iter().map(room).collect(),
        exceeded: answer.exceeded.iter().map(|(name, reading)| exceeded(name, reading)).collect(),
        breaks_with: answer.breaks.as_ref().map(|(n, _)| *n),
    }
}

fn room(room: &Room) -> RoomV1<'_> {
    let MeterName { quota, scope, single } = &room.meter;
    let limit = room.beyond.as_ref().unwrap_or(&room.now);
    RoomV1 {
        service: &quota.service,
        code: &quota.code,
        name: &quota.name,
        partition: &scope.partition,
        account: scope.account.as_deref(),
        region: scope.region.as_deref(),
        parent: scope.parent.as_deref(),
        single: *single,
        fits: FitsV1 { low: room.fits.low, high: room.fits.high },
        now: CountV1::of(&room.now),
        with: CountV1::of(&room.with),
        beyond: room.beyond.as_ref().map(CountV1::of),
        limit: CountV1::limit(limit),
        limit_origin: limit.limit.as_ref().map(|l| l.origin.name()),
        because: room.because.iter().map(Cause::name).map(|n| n.as_str()).filter(|n| !n.is_empty()).collect(),
        scanned: room.scanned,
    }
}

fn exceeded<'a>(name: &'a MeterName, reading: &'a Reading) -> ExceededV1<'a> {
    ExceededV1 {
        service: &name.quota.service,
        code: &name.quota.code,
        name: &name.quota.name,
        parent: reading.parent.as_deref(),
        count: CountV1::of(reading),
        limit: CountV1::limit(reading),
    }
}
