//! What AWS makes for a resource, and which tags it gets.

use ecow::EcoString;

use super::measure::Path;
use super::{canonical, tables};
use crate::value::{Cause, Type, Value, convert};

/// Objects that AWS makes for a resource, and what says which tags they get.
#[derive(Debug, PartialEq, Eq)]
pub struct Passing {
    pub resource_type: &'static str,
    /// The objects, to follow "does not reach": `its tasks`.
    pub what: &'static str,
    /// The block that makes them, once for each; empty: the resource itself.
    pub block: Path,
    /// In that block, what says which tags are passed on; empty: always those of what `via` names.
    pub switch: Path,
    /// Values of it with which the resource's own tags are passed on.
    pub own: &'static [&'static str],
    /// Values with which the tags of what `via` names are.
    pub lent: &'static [&'static str],
    /// Values with which the tags of other objects are, which are judged by themselves.
    pub outside: &'static [&'static str],
    /// Where another resource is named, from the resource on.
    pub via: &'static [Path],
    /// Its type; empty: no other resource.
    pub of: &'static str,
    /// What of its tags: those of its `tag_specifications` for this; empty: its own.
    pub part: &'static str,
    /// In the block, maps of further tags.
    pub adds: &'static [Path],
    /// Its `tag` blocks with `propagate_at_launch` are passed on.
    pub launched: bool,
    /// Where one of these is set, tags are judged there.
    pub unless: &'static [Path],
    /// In the block, values without which nothing is made.
    pub only: &'static [(Path, &'static [&'static str])],
    /// default_tags reach them as they reach tags in this shape; empty: they do not.
    pub defaults: &'static str,
    /// The smallest change that mends it.
    pub repair: &'static str,
    /// The page that says so.
    pub source: &'static str,
}

impl Passing {
    /// Its place in [`all_passing`].
    pub fn index(&self) -> usize {
        tables::PASSING.iter().position(|p| p == self).expect("bug: a row of no table")
    }

    /// True if the tags of another resource are passed on whatever the resource says.
    pub fn always_lends(&self) -> bool {
        self.switch.is_empty() && !self.of.is_empty()
    }
}

/// Returns what AWS makes, by the type of the resource.
pub fn all_passing() -> &'static [Passing] {
    &tables::PASSING
}

/// Returns what AWS makes for resources of a type.
pub fn passing(resource_type: &str) -> &'static [Passing] {
    let ty = canonical(resource_type);
    let all = &tables::PASSING;
    let from = all.partition_point(|p| p.resource_type < ty);
    let to = all.partition_point(|p| p.resource_type <= ty);
    &all[from..to]
}

/// True if the path of a block leads to one that names a resource: `launch_template`.
pub fn leads_in(block: &str) -> bool {
    let inside = |path: &Path| path.len() > 1 && starts(path, block) == Some(true);
    tables::PASSING.iter().any(|p| p.via.iter().any(inside))
}

/// True if the path of an attribute in a block names a resource: `launch_template.id`.
pub fn is_lead(path: &str) -> bool {
    tables::PASSING.iter().any(|p| p.via.iter().any(|via| starts(via, path) == Some(false)))
}

/// Returns whether a path goes on after a dotted one; None: it is another.
fn starts(path: Path, dotted: &str) -> Option<bool> {
    let mut names = path.iter();
    dotted.split('.').all(|name| names.next() == Some(&name)).then(|| names.next().is_some())
}

/// The types of resources whose tags others pass on.
pub(super) fn lending_types() -> impl Iterator<Item = &'static str> {
    tables::PASSING.iter().map(|p| p.of).filter(|of| !of.is_empty())
}

/// What the attributes of one resource say of objects that AWS makes for it.
#[derive(Clone, Debug)]
pub struct Sketch {
    pub row: &'static Passing,
    pub lends: bool,
    pub open: Option<Cause>,
    /// Tags that are written for them: a map, or the `tag` blocks that are passed on at launch.
    pub added: Value,
    /// Attributes of the resource that would settle it and are not known.
    pub unsure: Vec<(&'static str, Cause)>,
}

/// Returns what the attributes say of objects that AWS makes, but for those that certainly get the resource's own tags.
///
/// `get`: a top-level attribute or block; null if it is not set.
pub fn sketches(row: &'static Passing, get: &dyn Fn(&'static str) -> Value) -> Vec<Sketch> {
    let mut unsure = Vec::new();
    for path in row.unless {
        let value = get(path[0]);
        if let Some(u) = value.as_unknown() {
            unsure.push((path[0], u.why.clone()));
        } else if is_set(&value, &path[1..]) {
            return Vec::new();
        }
    }
    let mut found = Vec::new();
    match row.block.split_first() {
        None => found.extend(sketch(row, &|path| get_at(get, path))),
        Some((first, rest)) => {
            let mut blocks = Vec::new();
            match descend(&get(first), rest, &mut blocks) {
                Ok(()) => {}
                Err(cause) => {
                    found.push(Sketch { open: Some(cause), ..empty(row) });
                }
            }
            for block in blocks {
                found.extend(sketch(row, &|path| at(&block, path)));
            }
        }
    }
    for sketch in &mut found {
        sketch.unsure.extend(unsure.iter().cloned());
        if row.launched {
            // Providers before 5.0 took a list in `tags` as well.
            let tags = [get("tag"), get("tags")].into_iter().find(|value| {
                value.as_unknown().is_some() || value.as_seq().is_some_and(|items| !items.is_empty())
            });
            launched(&tags.unwrap_or(Value::NULL), sketch);
        }
    }
    found
}

/// Returns the values by which a resource that lends its tags is named.
pub fn lenders(row: &Passing, get: &dyn Fn(&'static str) -> Value) -> Vec<Value> {
    row.via.iter().map(|path| get_at(get, path)).filter(|v| !v.is_null()).collect()
}

fn empty(row: &'static Passing) -> Sketch {
    Sketch { row, lends: row.always_lends(), open: None, added: Value::NULL, unsure: Vec::new() }
}

/// None: the tags are passed on, or nothing is made.
fn sketch(row: &'static Passing, get: &dyn Fn(Path) -> Value) -> Option<Sketch> {
    let mut sketch = empty(row);
    for (path, values) in row.only {
        match said(&get(path)) {
            Ok(Some(value)) if values.contains(&value.as_str()) => {}
            Ok(_) => return None,
            Err(cause) => sketch.open = Some(cause),
        }
    }
    if !row.switch.is_empty() {
        match said(&get(row.switch)) {
            Ok(Some(value)) if row.own.contains(&value.as_str()) => return None,
            Ok(Some(value)) if row.outside.contains(&value.as_str()) => return None,
            Ok(value) => sketch.lends |= value.is_some_and(|v| row.lent.contains(&v.as_str())),
            Err(cause) => sketch.open = Some(cause),
        }
    }
    sketch.added = further(row.adds.iter().map(|path| get(path)));
    Some(sketch)
}

/// The one map of several; where one is not known, it is not either.
fn further(maps: impl Iterator<Item = Value>) -> Value {
    let maps: Vec<Value> = maps.filter(|m| !m.is_null()).collect();
    let whole = |map: &&Value| map.as_fields().is_some_and(|f| f.open().is_none());
    match &maps[..] {
        [] => Value::NULL,
        [one] => one.clone(),
        _ => match maps.iter().find(|m| !whole(m)) {
            Some(unsure) => unsure.clone(),
            None => {
                let fields = maps.iter().filter_map(Value::as_fields);
                Value::object(fields.flat_map(|f| f.iter()).map(|(k, v)| (k.clone(), v.clone())).collect())
            }
        },
    }
}

/// Adds the `tag` blocks that are passed on at launch.
fn launched(value: &Value, sketch: &mut Sketch) {
    if let Some(u) = value.as_unknown() {
        sketch.open = Some(u.why.clone());
    }
    let mut passed = Vec::new();
    for item in value.as_seq().unwrap_or_default() {
        match item.as_fields().and_then(|f| f.get("propagate_at_launch")).map(said) {
            Some(Ok(Some(text))) if text == "true" => passed.push(item.clone()),
            Some(Err(cause)) => sketch.open = Some(cause),
            Some(Ok(_)) => {}
            None => sketch.open = sketch.open.take().or_else(|| item.cause()),
        }
    }
    sketch.added = Value::tuple(passed);
}

/// Returns the text of a value: `true` of a bool; None: it is not set.
fn said(value: &Value) -> Result<Option<EcoString>, Cause> {
    match value.as_unknown() {
        Some(u) => Err(u.why.clone()),
        None if value.is_null() => Ok(None),
        None => Ok(convert(value.bare(), &Type::String).ok().and_then(|v| v.as_str().cloned())),
    }
}

fn get_at(get: &dyn Fn(&'static str) -> Value, path: Path) -> Value {
    match path.split_first() {
        Some((first, rest)) => at(&get(first), rest),
        None => Value::NULL,
    }
}

/// Follows a path through blocks of which there is one at most.
fn at(value: &Value, path: Path) -> Value {
    let Some((first, rest)) = path.split_first() else { return value.clone() };
    if value.as_unknown().is_some() {
        return value.clone();
    }
    let of = |one: &Value| one.as_fields().and_then(|f| f.get(first)).map(|inner| at(inner, rest));
    match value.as_seq() {
        Some(items) => items.first().map(|item| at(item, path)),
        None => of(value),
    }
    .unwrap_or(Value::NULL)
}

/// Gathers the blocks at the end of a path.
fn descend(value: &Value, path: &[&str], found: &mut Vec<Value>) -> Result<(), Cause> {
    if let Some(u) = value.as_unknown() {
        return Err(u.why.clone());
    }
    if let Some(items) = value.as_seq() {
        return items.iter().try_for_each(|item| descend(item, path, found));
    }
    let Some(fields) = value.as_fields() else { return Ok(()) };
    match path.split_first() {
        None => found.push(value.clone()),
        Some((first, rest)) => {
            if let Some(inner) = fields.get(first) {
                descend(inner, rest, found)?;
            }
        }
    }
    Ok(())
}

/// True if there is something at the end of a path.
fn is_set(value: &Value, path: &[&str]) -> bool {
    if value.is_null() {
        return false;
    }
    match (value.as_seq(), path.split_first()) {
        (Some(items), _) => items.iter().any(|item| is_set(item, path)),
        (None, Some((first, rest))) => {
            value.as_fields().and_then(|f| f.get(first)).is_some_and(|inner| is_set(inner, rest))
        }
        (None, None) => value.as_fields().is_none_or(|f| !f.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_objects_of_a_type_are_found() {
        let what = |ty| passing(ty).iter().map(|p| p.what).collect::<Vec<_>>();
        assert_eq!(what("aws_ecs_service"), ["its tasks", "the volumes of its tasks"]);
        assert_eq!(what("aws_db_instance"), ["its snapshots"]);
        assert!(what("aws_sqs_queue").is_empty());
    }

    #[test]
    fn every_row_says_where_tags_come_from_and_how_to_mend_it() {
        for row in &tables::PASSING {
            let comes = !row.own.is_empty()
                || !row.of.is_empty()
                || !row.outside.is_empty()
                || row.launched
                || !row.defaults.is_empty();
            assert!(comes, "{row:?}");
            assert!(row.lent.is_empty() || !row.of.is_empty(), "{row:?}");
            assert!(row.repair.contains('`'), "{row:?}");
        }
    }
}
