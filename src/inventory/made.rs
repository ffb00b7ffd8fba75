//! What AWS makes for an instance, and whose tags it gets.

use std::collections::HashMap;
use std::sync::Arc;

use ecow::EcoString;

use super::{Inventory, ProviderId, ScopeRef, Tags, Target};
use crate::catalog::{Passing, Path};
use crate::source::Span;
use crate::value::{Cause, CauseKind, Type, Value, convert};

/// Objects that AWS makes for an instance, where not all of its own tags are certain to be passed on to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Index of the instance in its inventory.
    pub instance: usize,
    pub row: &'static Passing,
    /// The tags that another resource lends them; several: of one of these. None: nobody does.
    pub lent: Option<Vec<Lent>>,
    /// Why they may have more tags.
    pub open: Option<Cause>,
    /// Tags that are written for them.
    pub added: Arc<Tags>,
    /// Where it is said which tags are passed on.
    pub span: Option<Span>,
    /// Names the resource that lends its tags, until [`Inventory::settle`] has found it.
    pub via: Option<ScopeRef>,
}

/// Tags that a resource lends to objects of another.
#[derive(Clone, Debug, PartialEq)]
pub enum Lent {
    /// All of its own.
    Own { ty: EcoString, tags: Option<Arc<Tags>>, tags_all: Option<Arc<Tags>>, provider: ProviderId },
    /// Those that it has for such objects; None: it has none.
    Part(Option<Arc<Tags>>),
}

/// What the attributes of one resource say of objects that AWS makes for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sketch {
    pub row: &'static Passing,
    pub lends: bool,
    pub open: Option<Cause>,
    pub added: Tags,
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
            launched(&get("tag"), sketch);
        }
    }
    found
}

/// Returns the values by which a resource that lends its tags is named.
pub fn lenders(row: &Passing, get: &dyn Fn(&'static str) -> Value) -> Vec<Value> {
    row.via.iter().map(|path| get_at(get, path)).filter(|v| !v.is_null()).collect()
}

fn empty(row: &'static Passing) -> Sketch {
    Sketch { row, lends: row.always_lends(), open: None, added: Tags::default(), unsure: Vec::new() }
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
    if !row.adds.is_empty() {
        sketch.added = Tags::from_value(&get(row.adds));
    }
    Some(sketch)
}

/// Adds the `tag` blocks that are passed on at launch.
fn launched(value: &Value, sketch: &mut Sketch) {
    if let Some(u) = value.as_unknown() {
        sketch.open = Some(u.why.clone());
    }
    for item in value.as_seq().unwrap_or_default() {
        let Some(fields) = item.as_fields() else {
            sketch.open = sketch.open.take().or_else(|| item.cause());
            continue;
        };
        match fields.get("propagate_at_launch").map(said) {
            Some(Ok(Some(text))) if text == "true" => {
                let one = Tags::listed(&Value::tuple(vec![item.clone()]));
                sketch.open = sketch.open.take().or(one.open);
                sketch.added.entries.extend(one.entries);
            }
            Some(Err(cause)) => sketch.open = Some(cause),
            _ => {}
        }
    }
    sketch.added.entries.sort_by(|a, b| a.0.cmp(&b.0));
    sketch.added.entries.dedup_by(|a, b| a.0 == b.0);
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

impl Inventory {
    /// Finds the resources that lend their tags.
    pub(super) fn settle_made(&mut self) {
        if self.made.is_empty() {
            return;
        }
        let by_address: HashMap<String, usize> = match self.made.iter().any(|m| m.via.is_some()) {
            true => self.instances.iter().enumerate().map(|(i, one)| (one.address.to_string(), i)).collect(),
            false => HashMap::new(),
        };
        let mut made = std::mem::take(&mut self.made);
        for one in &mut made {
            let Some(via) = one.via.take() else { continue };
            let target = self.target(&via, &by_address);
            let (lent, open) = self.lent(one.row, &target);
            (one.lent, one.open) = (lent, one.open.take().or(open));
        }
        self.made = made;
    }

    fn lent(&self, row: &Passing, target: &Target) -> (Option<Vec<Lent>>, Option<Cause>) {
        match target {
            Target::OneOf(several) => {
                let lent = several.iter().map(|at| {
                    let one = &self.instances[*at];
                    if row.part.is_empty() {
                        Lent::Own {
                            ty: one.address.block.ty.clone(),
                            tags: one.tags.clone(),
                            tags_all: one.tags_all.clone(),
                            provider: one.provider,
                        }
                    } else {
                        let part =
                            self.other_tags.iter().find(|o| o.instance == *at && is_part(&o.shape, row));
                        Lent::Part(part.map(|o| o.tags.clone()))
                    }
                });
                (Some(lent.collect()), None)
            }
            Target::Elsewhere => (None, Some(elsewhere(row))),
            Target::Unknown(cause) => (None, Some(cause.clone())),
        }
    }
}

/// True for the tags that a launch template has for such objects.
pub fn is_part(shape: &str, row: &Passing) -> bool {
    shape.strip_prefix("tag_specifications ") == Some(row.part)
}

/// Why nobody can say which tags another resource lends.
pub fn elsewhere(row: &Passing) -> Cause {
    let text = format!("which {} it uses, and which tags that one has", row.of);
    Cause::new(CauseKind::Unstated, text, None)
}
