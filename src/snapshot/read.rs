//! Reads a snapshot and says what is wrong with it.

use serde::Deserialize;
use thiserror::Error;

use super::{Place, Snapshot, VERSION};

/// Why a snapshot cannot be used.
#[derive(Debug, Error)]
pub enum SnapshotError {
    #[error("the snapshot is not whole: it ends at line {line}, column {column}")]
    Truncated { line: usize, column: usize },
    #[error("it is not JSON: {problem}")]
    Json { problem: String },
    #[error("it is JSON, and no snapshot of quotas")]
    Other,
    #[error("it is a snapshot of version {version}, and this program reads version {VERSION}")]
    Version { version: u64 },
    #[error("{what}")]
    Wrong { what: String },
}

impl SnapshotError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            SnapshotError::Truncated { .. } | SnapshotError::Wrong { .. } => {
                "write it anew: `tf-headroom quotas pull -o FILE`"
            }
            SnapshotError::Json { .. } | SnapshotError::Other => {
                "a snapshot is what `tf-headroom quotas pull -o FILE` writes"
            }
            SnapshotError::Version { .. } => {
                "write it anew with this program: `tf-headroom quotas pull -o FILE`"
            }
        }
    }
}

/// Greater values are nobody's limit: AWS's own are at most 10^10, sizes in bytes somewhat more.
const MOST: f64 = 1e18;

/// Reads the text of a snapshot.
///
/// # Errors
/// It is cut off, of another version, something else, or holds what cannot be: nothing of it is used then.
pub fn parse(text: &str) -> Result<Snapshot, SnapshotError> {
    #[derive(Deserialize)]
    struct Head {
        schema_version: Option<u64>,
        places: Option<serde::de::IgnoredAny>,
    }
    let text = text.trim_start_matches('\u{feff}');
    let head: Head = serde_json::from_str(text).map_err(|e| broken(&e))?;
    let (Some(version), Some(_)) = (head.schema_version, head.places) else {
        return Err(SnapshotError::Other);
    };
    if version != VERSION {
        return Err(SnapshotError::Version { version });
    }
    let snapshot: Snapshot = serde_json::from_str(text).map_err(|e| broken(&e))?;
    check(&snapshot)?;
    Ok(snapshot)
}

fn broken(problem: &serde_json::Error) -> SnapshotError {
    match problem.classify() {
        serde_json::error::Category::Eof => {
            SnapshotError::Truncated { line: problem.line(), column: problem.column() }
        }
        _ => SnapshotError::Json { problem: problem.to_string() },
    }
}

fn check(snapshot: &Snapshot) -> Result<(), SnapshotError> {
    if snapshot.places.is_empty() && snapshot.missing.is_empty() {
        return Err(wrong("the snapshot has no account".to_owned()));
    }
    for (at, place) in snapshot.places.iter().enumerate() {
        let name = format!("{} {}", place.account, place.region);
        if place.account.len() != 12 || !place.account.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong(format!("`{}` is not an account number", place.account)));
        }
        if place.region.is_empty() {
            return Err(wrong(format!("account {} has no Region", place.account)));
        }
        if place.day().is_none() {
            return Err(wrong(format!("{name}: `{}` is not a time", place.taken_at)));
        }
        let twice = |p: &Place| (&p.account, &p.region) == (&place.account, &place.region);
        if snapshot.places[..at].iter().any(twice) {
            return Err(wrong(format!("{name} is there twice")));
        }
        numbers(place, &name)?;
    }
    Ok(())
}

fn numbers(place: &Place, name: &str) -> Result<(), SnapshotError> {
    let values = place.quotas.iter().filter_map(|q| Some((&q.service, &q.code, q.value?)));
    let desired = place.requests.iter().map(|r| (&r.service, &r.code, r.desired));
    match values.chain(desired).find(|(.., v)| !(0.0..=MOST).contains(v)) {
        Some((service, code, value)) => {
            Err(wrong(format!("{name}: {value} is no value of a quota ({service} {code})")))
        }
        None => Ok(()),
    }
}

fn wrong(what: String) -> SnapshotError {
    SnapshotError::Wrong { what }
}
