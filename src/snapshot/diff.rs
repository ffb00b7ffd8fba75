//! What differs between two sets of values: the catalog, snapshots, Regions of one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::{Place, Snapshot};
use crate::catalog;
use crate::words::several;

/// What is compared.
#[derive(Clone, Debug)]
pub enum Side {
    Catalog,
    /// All accounts and Regions of a snapshot, each with the same one of the other side.
    File {
        name: String,
        snapshot: Snapshot,
    },
    /// One of them.
    Place {
        name: String,
        snapshot: Snapshot,
        account: Option<String>,
        region: Option<String>,
    },
}

/// What is different in one account and Region, or between two.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    pub from: String,
    pub to: String,
    /// How many values are on both sides.
    pub compared: u64,
    pub values: Vec<Changed>,
    /// In which counts of what is in use differ; only between observed values.
    pub usage: Vec<Changed>,
    /// Accounts and Regions that only one side has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
}

/// A value that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changed {
    pub service: String,
    pub code: String,
    pub name: String,
    pub resource: Option<String>,
    /// None: this side does not tell it.
    pub from: Option<f64>,
    pub to: Option<f64>,
}

/// Service, code and resource.
type Key = (String, String, Option<String>);
type Values = BTreeMap<Key, f64>;

/// Returns what differs.
///
/// # Errors
/// A place that is not in its snapshot, or two snapshots without a place in common.
pub fn compare(from: &Side, to: &Side) -> Result<Vec<Difference>, String> {
    match (from, to) {
        (Side::Catalog, Side::Catalog) => Err("both sides are the catalog".to_owned()),
        (Side::File { snapshot, .. }, Side::Catalog) => {
            Ok(snapshot.places.iter().map(|p| difference(Some(p), None)).collect())
        }
        (Side::Catalog, Side::File { snapshot, .. }) => {
            Ok(snapshot.places.iter().map(|p| difference(None, Some(p))).collect())
        }
        (Side::File { snapshot: a, .. }, Side::File { snapshot: b, .. }) => files(a, b),
        (Side::File { name, snapshot }, other @ Side::Place { .. })
        | (other @ Side::Place { .. }, Side::File { name, snapshot }) => {
            let [whole] = snapshot.places.as_slice() else {
                return Err(format!("`{name}` has several accounts or Regions: name one, `{name}@REGION`"));
            };
            let one = place(other)?;
            Ok(vec![match from {
                Side::File { .. } => difference(Some(whole), one),
                _ => difference(one, Some(whole)),
            }])
        }
        (from, to) => Ok(vec![difference(place(from)?, place(to)?)]),
    }
}

fn place(side: &Side) -> Result<Option<&Place>, String> {
    let Side::Place { name, snapshot, account, region } = side else { return Ok(None) };
    let found = snapshot.place(account.as_deref(), region.as_deref());
    match found {
        Some(place) => Ok(Some(place)),
        None => {
            let all: Vec<String> = snapshot.places.iter().map(title).collect();
            Err(format!("`{name}` is not in the snapshot; it has {}", crate::words::list_some(&all, 5)))
        }
    }
}

fn files(a: &Snapshot, b: &Snapshot) -> Result<Vec<Difference>, String> {
    let same = |p: &Place, of: &Snapshot| {
        of.places.iter().find(|q| (&q.account, &q.region) == (&p.account, &p.region)).cloned()
    };
    let mut all: Vec<Difference> =
        a.places.iter().filter_map(|p| Some(difference(Some(p), Some(&same(p, b)?)))).collect();
    if all.is_empty() {
        return Err(
            "the snapshots have no account and Region in common; name one of each: `FILE@REGION`".to_owned()
        );
    }
    let alone = a.places.iter().filter(|p| same(p, b).is_none());
    all[0].only = alone.chain(b.places.iter().filter(|p| same(p, a).is_none())).map(title).collect();
    Ok(all)
}

fn title(place: &Place) -> String {
    format!("{} {}", place.account, place.region)
}

fn difference(from: Option<&Place>, to: Option<&Place>) -> Difference {
    // Resources of one Region are none of the other's: only what is set for all can be compared.
    let apart = match (from, to) {
        (Some(a), Some(b)) => (&a.account, &a.region) != (&b.account, &b.region),
        _ => true,
    };
    let values = |place: Option<&Place>, other: Option<&Place>| match (place, other) {
        (Some(place), _) => of_place(place, apart),
        (None, Some(other)) => of_catalog(other),
        (None, None) => Values::new(),
    };
    let (a, b) = (values(from, to), values(to, from));
    let name = |p: Option<&Place>| {
        p.map_or("catalog".to_owned(), |p| {
            format!("{} of {}", title(p), p.taken_at.get(..10).unwrap_or_default())
        })
    };
    let known = |place: Option<&Place>, key: &Key| {
        place
            .and_then(|p| p.quotas.iter().find(|q| q.service == key.0 && q.code == key.1))
            .map(|q| q.name.clone())
    };
    let names = |key: &Key| {
        let own = catalog::quota(&key.0, &key.1).map(|q| q.name.to_owned());
        own.or_else(|| known(from, key)).or_else(|| known(to, key)).unwrap_or_default()
    };
    let usage = match (from, to) {
        (Some(a), Some(b)) => changed(&used(a, apart), &used(b, apart), &names),
        _ => Vec::new(),
    };
    Difference {
        from: name(from),
        to: name(to),
        compared: a.keys().filter(|k| b.contains_key(*k)).count() as u64,
        values: changed(&a, &b, &names),
        usage,
        only: Vec::new(),
    }
}

fn of_place(place: &Place, apart: bool) -> Values {
    let told = place.quotas.iter().filter(|q| q.error.is_none());
    told.filter(|q| !apart || q.resource.as_deref().is_none_or(|r| r == "*"))
        .filter_map(|q| {
            // What is set for all resources and what the account has are one thing to another Region.
            let resource = q.resource.clone().filter(|_| !apart);
            Some(((q.service.clone(), q.code.clone(), resource), q.value?))
        })
        .collect()
}

/// The catalog's defaults of what a place tells.
fn of_catalog(place: &Place) -> Values {
    of_place(place, true)
        .into_keys()
        .filter_map(|key| {
            let quota = catalog::quota(&key.0, &key.1)?;
            let value = quota.default? as f64 / quota.unit.base() as f64;
            Some((key, value))
        })
        .collect()
}

fn used(place: &Place, apart: bool) -> Values {
    let usage = place.usage.iter().filter(|u| !apart || u.resource.is_none());
    usage.map(|u| ((u.service.clone(), u.code.clone(), u.resource.clone()), u.amount as f64)).collect()
}

fn changed(a: &Values, b: &Values, name: &dyn Fn(&Key) -> String) -> Vec<Changed> {
    let mut keys: Vec<&Key> = a.keys().chain(b.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .filter(|k| a.get(*k) != b.get(*k))
        .map(|k| Changed {
            service: k.0.clone(),
            code: k.1.clone(),
            name: name(k),
            resource: k.2.clone(),
            from: a.get(k).copied(),
            to: b.get(k).copied(),
        })
        .collect()
}

/// Returns the differences for programs.
pub fn json(all: &[Difference]) -> String {
    let value = serde_json::json!({ "schema_version": 1, "differences": all });
    serde_json::to_string_pretty(&value).expect("bug: differences are plain data") + "\n"
}

/// Returns the differences for people.
pub fn human(all: &[Difference]) -> String {
    let mut text = String::new();
    for d in all {
        if !text.is_empty() {
            text.push('\n');
        }
        let (same, other) = (
            d.compared - d.values.iter().filter(|c| c.from.is_some() && c.to.is_some()).count() as u64,
            d.values.len(),
        );
        let _ = writeln!(
            text,
            "{} → {}: {} the same, {}",
            d.from,
            d.to,
            several(same, "value"),
            several(other as u64, "difference")
        );
        rows(&mut text, &d.values);
        if !d.usage.is_empty() {
            text.push_str("in use:\n");
            rows(&mut text, &d.usage);
        }
        if !d.only.is_empty() {
            let _ = writeln!(text, "on one side only: {}", d.only.join(", "));
        }
    }
    text
}

fn rows(text: &mut String, changed: &[Changed]) {
    let shown = |v: Option<f64>| v.map_or("–".to_owned(), |v| v.to_string());
    let width = |of: &dyn Fn(&Changed) -> usize| changed.iter().map(of).max().unwrap_or(0);
    let (service, from, to) =
        (width(&|c| c.service.len()), width(&|c| shown(c.from).len()), width(&|c| shown(c.to).len()));
    for c in changed {
        let resource = c.resource.as_ref().map_or(String::new(), |r| format!("  ({r})"));
        let _ = writeln!(
            text,
            "  {:service$}  {:10}  {:>from$} → {:<to$}  {}{resource}",
            c.service,
            c.code,
            shown(c.from),
            shown(c.to),
            c.name
        );
    }
}
