//! The tables that the build script made of the data files.

#[allow(unused_imports, reason = "whether a table needs a name depends on the data")]
use super::facts::{
    Baseline, Delete, Frees, Identity, LeadTime, ServiceChange, Source, TagShape, Taggable, Unmeasured,
    Wanted,
};
use super::measure::{Aggregate, Amount, FilterTerm, JsonPart, Measure, MeasureId, ScopeKey, Table, Test};
use super::passing::Passing;
use super::quota::{Adjustable, Confidence, Kind, Quota, QuotaId, ScopeKind};
use super::rates::Rate;
use super::schema::Piece;
use super::unit::Unit;

/// Returns a run of measures; slices cannot be indexed by ranges in constants.
const fn part(first: usize, count: usize) -> &'static [Measure] {
    MEASURES.split_at(first).1.split_at(count).0
}

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
