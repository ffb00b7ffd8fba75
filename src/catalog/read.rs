//! The one place where an attribute becomes a number.
//!
//! In: a view of one instance's attributes. Out: an interval and, if something unknown widened it, the first cause.
//! An unknown never counts as nothing: it gives the bounds that are known of it.

use std::collections::BTreeSet;

use ecow::EcoString;

use super::facts::{canonical, virtual_cpus};
use super::measure::{Amount, FilterTerm, JsonPart, Measure, Path, Table, Test};
use super::schema::{Item, resource_schema};
use crate::value::{
    Candidate, Cause, CauseKind, Count, Identity, Number, ObjectId, Type, Unknown, Value, equal,
};

/// What a reader shows of one resource instance.
///
/// Nested blocks are lists, sets or tuples of objects, a single one an object. Marks do not matter: amounts are lengths and
/// numbers, and no text leaves this module.
pub trait Attributes {
    /// Returns a top-level attribute or block; null if nobody sets it, also where the provider then chooses the value.
    fn get(&self, name: &str) -> Value;

    /// Returns what lies behind an attribute that names a parent: the attribute of the parent, or of the parent's parent …,
    /// that the steps lead to, null if it is not set there. None: the parent cannot be looked at.
    fn through(&self, attribute: &str, steps: &[(&str, &str)]) -> Option<Value> {
        let _ = (attribute, steps);
        None
    }

    /// Returns the resource type of an object that an unknown value stands for. None: not known.
    fn resource_type(&self, object: ObjectId) -> Option<EcoString> {
        let _ = object;
        None
    }
}

/// An amount in base units of its quota.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    pub count: Count,
    /// What was unknown first. None: nothing was; the count may be an interval all the same.
    pub because: Option<Cause>,
    /// The known texts, sorted, where instances are compared by text: [`Amount::Distinct`] and [`Amount::MaxSame`].
    pub texts: Box<[EcoString]>,
}

impl Measure {
    /// Returns what an instance contributes to each of its scopes.
    ///
    /// ```
    /// use tf_headroom::catalog::{self, Attributes};
    /// use tf_headroom::value::{Count, Value};
    ///
    /// struct Nothing;
    /// impl Attributes for Nothing {
    ///     fn get(&self, _: &str) -> Value { Value::NULL }
    /// }
    /// let queues = catalog::quota("connect", "L-19A87C94").unwrap();
    /// assert_eq!(queues.measures[0].read(&Nothing).count, Count::exactly(1));
    /// ```
    pub fn read(&self, attributes: &dyn Attributes) -> Measured {
        let whole = self.filter.iter().filter(|term| term.at.is_empty());
        let mut doubt = None;
        for term in whole {
            match instance_meets(term, self.resource_type, attributes) {
                Answer::Yes => {}
                Answer::No => return Tally::exactly(0).done(),
                Answer::Maybe(cause) => doubt = doubt.or(Some(cause)),
            }
        }
        let mut tally = self.amount(attributes).plus(self.plus).times(self.factor);
        for path in self.blind {
            if let Some(cause) = blinds(attributes, self.resource_type, path) {
                tally = tally.opened(cause);
            }
        }
        let tally = match doubt {
            Some(cause) => tally.or_none(cause),
            None => tally,
        };
        Measured { texts: self.texts(attributes), ..tally.done() }
    }

    fn texts(&self, attributes: &dyn Attributes) -> Box<[EcoString]> {
        let one;
        let paths: &[Path] = match self.amount {
            Amount::Distinct(paths) => paths,
            Amount::MaxSame(path) => {
                one = [path];
                &one
            }
            _ => return Box::default(),
        };
        let mut texts = BTreeSet::new();
        let view = View { measure: self, attributes };
        for path in paths {
            view.leaves(path, &mut |leaf, _| {
                let Leaf::Value(value) = leaf else { return };
                match value.as_seq() {
                    Some(items) => texts.extend(items.iter().filter_map(text)),
                    None => texts.extend(text(value)),
                }
            });
        }
        texts.into_iter().filter(|t| !t.is_empty()).collect()
    }

    fn amount(&self, attributes: &dyn Attributes) -> Tally {
        let view = View { measure: self, attributes };
        match self.amount {
            // Each parent that the list names is a scope of its own and gets one.
            Amount::One | Amount::Each(_) | Amount::MaxSame(_) => Tally::exactly(1),
            Amount::Value(path) => view.fold(&[path], number, Tally::add),
            Amount::Sum(paths) => view.fold(paths, number, Tally::add),
            Amount::Max(path) => view.fold(&[path], number, Tally::larger),
            Amount::Product(factors) => factors
                .iter()
                .map(|(path, plus)| view.fold(&[*path], number, Tally::add).plus(*plus))
                .reduce(Tally::multiply)
                .unwrap_or_else(|| Tally::exactly(0)),
            Amount::Len(paths) => view.fold(paths, length, Tally::add),
            Amount::MaxLen(path) => view.fold(&[path], length, Tally::larger),
            Amount::Chars(paths) => view.fold(paths, characters, Tally::add),
            Amount::MaxChars(path) => view.fold(&[path], characters, Tally::larger),
            Amount::NoSpace(path) => view.fold(&[path], without_space, Tally::add),
            Amount::Bytes(paths) => view.fold(paths, bytes, Tally::add),
            Amount::JsonBytes(path) => view.fold(&[path], json_bytes, Tally::add),
            Amount::Base64(path) => view.fold(&[path], decoded_bytes, Tally::add),
            Amount::JsonLen(path) => view.fold(&[path], map_as_json, Tally::add),
            Amount::Json(path, part) => view.fold(&[path], |v| json_part(v, part), Tally::add),
            Amount::Deep(path, names) => view.fold(&[path], |v| named_within(v, names), Tally::add),
            Amount::Distinct(paths) => view.distinct(paths),
            Amount::Weight(path, Table::VirtualCpus) => {
                if view.is_unset(path) {
                    return Tally::exactly(1).opened(note(&path.join(".")));
                }
                view.fold(&[path], vcpus, Tally::add)
            }
        }
    }
}

/// An interval under construction.
#[derive(Clone, Debug)]
struct Tally {
    count: Count,
    because: Option<Cause>,
}

impl Tally {
    fn exactly(n: u64) -> Tally {
        Tally { count: Count::exactly(n), because: None }
    }

    fn unknown(count: Count, cause: Cause) -> Tally {
        Tally { count, because: (!count.is_exact()).then_some(cause) }
    }

    fn add(self, other: Tally) -> Tally {
        Tally { count: self.count + other.count, because: self.because.or(other.because) }
    }

    fn larger(self, other: Tally) -> Tally {
        Tally { count: self.count.max(other.count), because: self.because.or(other.because) }
    }

    fn multiply(self, other: Tally) -> Tally {
        Tally { count: self.count.times(other.count), because: self.because.or(other.because) }
    }

    fn plus(self, n: u64) -> Tally {
        Tally { count: self.count + Count::exactly(n), ..self }
    }

    fn times(self, n: u64) -> Tally {
        Tally { count: self.count.times(Count::exactly(n)), ..self }
    }

    fn opened(self, cause: Cause) -> Tally {
        Tally { count: Count::at_least(self.count.low()), because: self.because.or(Some(cause)) }
    }

    fn or_none(self, cause: Cause) -> Tally {
        let because = if self.count.is_zero() { self.because } else { self.because.or(Some(cause)) };
        Tally { count: self.count.or_none(), because }
    }

    /// One or the other: the value may be unset.
    fn or(self, n: u64) -> Tally {
        Tally { count: self.count.or(Count::exactly(n)), ..self }
    }

    fn done(self) -> Measured {
        let because = if self.count.is_exact() { None } else { self.because };
        Measured { count: self.count, because, texts: Box::default() }
    }
}

/// A cause that no value carries, said by what it is about.
fn note(about: &str) -> Cause {
    Cause::new(CauseKind::Unstated, about, None)
}

/// What is found at the end of a path.
enum Leaf<'a> {
    Value(&'a Value),
    /// It lies inside of something unknown: nobody knows how often it occurs.
    Hidden(Cause),
}

/// Follows a path through blocks and collections; null and what is missing yields nothing.
///
/// `meets` is asked at every object with the number of segments that lead to it, `fills` at an object of a nested block
/// that lacks the next one: whether the provider fills that in.
fn walk(
    value: &Value,
    path: &[&str],
    depth: usize,
    (meets, fills): (&dyn Fn(&Value, usize) -> Answer, &dyn Fn(usize) -> bool),
    doubt: Option<&Cause>,
    sink: &mut dyn FnMut(Leaf, Option<&Cause>),
) {
    match value.bare() {
        Value::Null(_) => {}
        Value::Unknown(u) if !path.is_empty() => sink(Leaf::Hidden(u.why.clone()), doubt),
        _ if path.is_empty() => sink(Leaf::Value(value), doubt),
        Value::List(seq) | Value::Tuple(seq) | Value::Set(seq) => {
            for item in seq.items() {
                walk(item, path, depth, (meets, fills), doubt, sink);
            }
        }
        Value::Map(fields) | Value::Object(fields) => {
            let answer = meets(value, depth);
            let doubt = match &answer {
                Answer::Yes => doubt,
                Answer::No => return,
                Answer::Maybe(cause) => Some(cause),
            };
            match fields.get(path[0]) {
                Some(inner) => walk(inner, &path[1..], depth + 1, (meets, fills), doubt, sink),
                None if fields.open() == Some(ObjectId::NESTED) && !fills(depth) => {}
                None if fields.open().is_some() => sink(Leaf::Hidden(note(path[0])), doubt),
                None => {}
            }
        }
        // A number where a block should be: Terraform refuses it, and says so.
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        Value::Unknown(_) | Value::Marked(_) => {}
    }
}

/// Asks nothing at the objects on the way.
fn anything(_: &Value, _: usize) -> Answer {
    Answer::Yes
}

/// True if the provider may fill in what lies at a path, where the configuration sets nothing.
fn is_filled_in(resource_type: &str, path: &[&str]) -> bool {
    let Some(schema) = resource_schema(resource_type) else { return true };
    match schema.get(&path.join(".")) {
        Some(Item::Attribute(attribute)) => attribute.flags.computed(),
        Some(Item::Block(_)) => false,
        None => true,
    }
}

struct View<'a> {
    measure: &'a Measure,
    attributes: &'a dyn Attributes,
}

impl View<'_> {
    fn leaves(&self, path: Path, sink: &mut dyn FnMut(Leaf, Option<&Cause>)) {
        let value = self.attributes.get(path[0]);
        let fills = |depth: usize| is_filled_in(self.measure.resource_type, &path[..=depth]);
        walk(&value, &path[1..], 1, (&|v, depth| self.element_meets(v, depth), &fills), None, sink);
    }

    /// Answers the conditions that are asked at the elements of a block.
    fn element_meets(&self, value: &Value, depth: usize) -> Answer {
        let terms = self.measure.filter.iter().filter(|t| !t.at.is_empty() && t.at.len() == depth);
        let mut all = Answer::Yes;
        for term in terms {
            match meets(term, &mut |path, sink| {
                let fills = |depth: usize| {
                    let whole: Vec<&str> = term.at.iter().chain(&path[..=depth]).copied().collect();
                    is_filled_in(self.measure.resource_type, &whole)
                };
                walk(value, path, 0, (&anything, &fills), None, sink);
            }) {
                Answer::Yes => {}
                Answer::No => return Answer::No,
                maybe @ Answer::Maybe(_) => all = maybe,
            }
        }
        all
    }

    /// Conditions are asked at the counted blocks themselves, not at one around them.
    fn filters_leaf(&self, path: Path) -> bool {
        self.measure.filter.iter().any(|t| !t.at.is_empty() && t.at.len() == path.len())
    }

    /// Takes the amount of everything at the ends of the paths together.
    fn fold(
        &self,
        paths: &[Path],
        amount: impl Fn(&Value) -> Tally,
        join: impl Fn(Tally, Tally) -> Tally,
    ) -> Tally {
        let mut total: Option<Tally> = None;
        let mut may_be_unset = true;
        for path in paths {
            let each = self.filters_leaf(path);
            self.leaves(path, &mut |leaf, doubt| {
                let tally = match leaf {
                    Leaf::Hidden(cause) => Tally::unknown(Count::at_least(0), cause),
                    Leaf::Value(value) => {
                        may_be_unset &= value.is_unknown();
                        if each { self.elements(value, &amount) } else { amount(value) }
                    }
                };
                let tally = match doubt {
                    Some(cause) => tally.or_none(cause.clone()),
                    None => tally,
                };
                total = Some(match total.take() {
                    Some(total) => join(total, tally),
                    None => tally,
                });
            });
        }
        let unset = self.measure.unset;
        match total {
            None => Tally::exactly(unset),
            Some(total) if may_be_unset && unset > 0 => total.or(unset),
            Some(total) => total,
        }
    }

    /// Counts the blocks of a list that meet the conditions.
    fn elements(&self, value: &Value, amount: &impl Fn(&Value) -> Tally) -> Tally {
        let Some(items) = value.as_seq() else {
            return amount(value);
        };
        let depth = self.measure.filter.iter().map(|t| t.at.len()).max().unwrap_or(0);
        items.iter().fold(Tally::exactly(0), |total, item| {
            let one = match item.as_unknown() {
                Some(u) => Tally::unknown(Count::between(0, 1), u.why.clone()),
                None => match self.element_meets(item, depth) {
                    Answer::Yes => Tally::exactly(1),
                    Answer::No => Tally::exactly(0),
                    Answer::Maybe(cause) => Tally::unknown(Count::between(0, 1), cause),
                },
            };
            total.add(one)
        })
    }

    fn is_unset(&self, path: Path) -> bool {
        let mut found = false;
        self.leaves(path, &mut |_, _| found = true);
        !found
    }

    /// Counts different values at the ends of the paths.
    fn distinct(&self, paths: &[Path]) -> Tally {
        let mut known: BTreeSet<EcoString> = BTreeSet::new();
        let mut doubtful: BTreeSet<EcoString> = BTreeSet::new();
        let mut unknown: Vec<Identity> = Vec::new();
        let (mut certain, mut open) = (false, false);
        let mut because = None;
        for path in paths {
            self.leaves(path, &mut |leaf, doubt| {
                let mut one = |value: &Value| match text(value) {
                    Some(text) if text.is_empty() => {}
                    Some(text) => {
                        if doubt.is_none() { &mut known } else { &mut doubtful }.insert(text);
                    }
                    None => {
                        let Some(u) = value.as_unknown() else { return };
                        because.get_or_insert_with(|| u.why.clone());
                        certain |= doubt.is_none() && surely_set(u);
                        if u.ty.is_iterable() || u.ty == Type::Dynamic {
                            open = true;
                        } else if u.is == Identity::Nobody || !unknown.contains(&u.is) {
                            unknown.push(u.is.clone());
                        }
                    }
                };
                match leaf {
                    Leaf::Hidden(cause) => {
                        because.get_or_insert(cause);
                        open = true;
                    }
                    Leaf::Value(value) => match value.as_seq() {
                        Some(items) => items.iter().for_each(&mut one),
                        None => one(value),
                    },
                }
                if let Some(cause) = doubt {
                    because.get_or_insert_with(|| cause.clone());
                }
            });
        }
        let low = known.len().max(usize::from(certain)) as u64;
        let high = known.union(&doubtful).count() + unknown.len();
        let count = if open { Count::at_least(low) } else { Count::between(low, high as u64) };
        Tally { count, because }
    }
}

// ---------------------------------------------------------------- amounts of one value

/// Text of a known primitive value.
fn text(value: &Value) -> Option<EcoString> {
    match value.bare() {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string().into()),
        Value::Bool(b) => Some(if *b { "true".into() } else { "false".into() }),
        _ => None,
    }
}

/// True if the value cannot turn out to be null or empty.
fn surely_set(unknown: &Unknown) -> bool {
    let own_id = |attr: &str| matches!(attr, "id" | "arn");
    if !unknown.refine.prefix.is_empty() || unknown.refine.len_min > 0 {
        return true;
    }
    match &unknown.is {
        Identity::Nobody => false,
        Identity::Is(referent) => own_id(&referent.attr),
        Identity::OneOf(candidates) => candidates.iter().all(|c| match c {
            Candidate::Is(referent) => own_id(&referent.attr),
            Candidate::Text(text) => !text.is_empty(),
        }),
    }
}

fn number(value: &Value) -> Tally {
    match value.bare() {
        Value::Number(n) => Tally::exactly(natural(n)),
        // The provider converts; a text that is no number is refused there.
        Value::String(s) => match Number::parse(s) {
            Some(n) => Tally::exactly(natural(&n)),
            None => Tally::exactly(0),
        },
        Value::Unknown(u) => {
            let low = match &u.refine.min {
                Some((n, _)) if u.refine.not_null => natural(n),
                _ => 0,
            };
            // The bound of every length, 2⁶³ − 1, bounds nothing.
            let high = u.refine.max.as_ref().map(|(n, _)| natural(n)).filter(|n| *n < i64::MAX as u64);
            Tally::unknown(Count::new(low, high), u.why.clone())
        }
        _ => Tally::exactly(0),
    }
}

/// Rounds up, as a limit is exceeded by any part; below zero counts nothing, beyond all limits the largest number.
fn natural(n: &Number) -> u64 {
    if n.is_negative() { 0 } else { n.ceil().as_u64().unwrap_or(u64::MAX) }
}

fn length(value: &Value) -> Tally {
    match value.bare() {
        Value::Null(_) | Value::Bool(false) => Tally::exactly(0),
        Value::Bool(true) | Value::Number(_) => Tally::exactly(1),
        Value::String(s) => Tally::exactly(u64::from(!s.is_empty())),
        Value::List(seq) | Value::Tuple(seq) => Tally::exactly(seq.items().len() as u64),
        Value::Set(seq) => set_length(seq.items()),
        Value::Map(fields) | Value::Object(fields) => {
            let tally = Tally::exactly(fields.len() as u64);
            if fields.open().is_some() { tally.opened(Cause::unstated()) } else { tally }
        }
        Value::Unknown(u) => {
            let count = match u.ty {
                Type::Bool | Type::Number | Type::String => Count::between(u64::from(surely_set(u)), 1),
                _ => {
                    let low = if u.refine.not_null { u.refine.len_min } else { 0 };
                    Count::new(low, u.refine.len_max)
                }
            };
            Tally::unknown(count, u.why.clone())
        }
        Value::Marked(_) => Tally::exactly(0),
    }
}

/// Elements that are not known yet may turn out equal, and are then one.
fn set_length(items: &[Value]) -> Tally {
    let high = items.len() as u64;
    let Some(cause) = items.iter().find_map(Value::cause) else {
        return Tally::exactly(high);
    };
    // A greedy choice of elements that certainly differ from each other; comparing all pairs of a long list would not pay.
    let mut differing: Vec<&Value> = Vec::new();
    for item in items.iter().take(64) {
        if differing.iter().all(|other| differ(item, other)) {
            differing.push(item);
        }
    }
    let known = items.iter().filter(|v| v.is_wholly_known()).count();
    let low = differing.len().max(known) as u64;
    Tally::unknown(Count::between(low, high), cause)
}

/// True if two values cannot turn out equal. Unlike `==`, which stops at the first unknown, it looks at all that is known.
fn differ(a: &Value, b: &Value) -> bool {
    match (a.bare(), b.bare()) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => false,
        (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => {
            let (a, b) = (a.items(), b.items());
            a.len() != b.len() || a.iter().zip(b).any(|(a, b)| differ(a, b))
        }
        (Value::Map(a), Value::Map(b)) | (Value::Object(a), Value::Object(b)) => {
            a.iter().any(|(key, value)| b.get(key).is_some_and(|other| differ(value, other)))
        }
        (a, b) => a.is_wholly_known() && b.is_wholly_known() && equal(a, b).as_bool() == Some(false),
    }
}

fn of_text(value: &Value, amount: impl Fn(&str) -> Count) -> Tally {
    match value.as_unknown() {
        Some(u) => {
            let low = amount(&u.refine.prefix).low();
            Tally::unknown(Count::at_least(low), u.why.clone())
        }
        None => Tally { count: text(value).map_or(Count::ZERO, |text| amount(&text)), because: None },
    }
}

fn characters(value: &Value) -> Tally {
    of_text(value, |text| Count::exactly(text.chars().count() as u64))
}

fn bytes(value: &Value) -> Tally {
    of_text(value, |text| Count::exactly(text.len() as u64))
}

/// White space outside of strings certainly does not count; whether it does inside of them, IAM's guide leaves open.
fn without_space(value: &Value) -> Tally {
    of_text(value, |text| {
        let low = text.chars().filter(|c| !c.is_whitespace()).count();
        let high = significant(text).count();
        Count::between(low as u64, high as u64)
    })
}

/// The provider writes the document anew, and in doing so may write `<`, `>` and `&` as six characters.
fn json_bytes(value: &Value) -> Tally {
    of_text(value, |text| {
        let low: usize = significant(text).map(char::len_utf8).sum();
        let escaped = significant(text).filter(|c| matches!(c, '<' | '>' | '&')).count();
        Count::between(low as u64, (low + 5 * escaped) as u64)
    })
}

/// Yields the characters of a JSON document but white space outside of strings.
fn significant(text: &str) -> impl Iterator<Item = char> {
    let (mut inside, mut escaped) = (false, false);
    text.chars().filter(move |&c| {
        let keep = inside || !c.is_whitespace();
        match c {
            '"' if !escaped => inside = !inside,
            '\\' if inside && !escaped => {
                escaped = true;
                return keep;
            }
            _ => {}
        }
        escaped = false;
        keep
    })
}

fn decoded_bytes(value: &Value) -> Tally {
    of_text(value, |text| {
        let digits = text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=');
        let is_digit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
        let (mut count, mut sound) = (0_u64, true);
        for b in digits {
            count += 1;
            sound &= is_digit(b);
        }
        // Not base64 at all: the provider refuses it, or AWS decodes what it can.
        if sound { Count::exactly(count * 3 / 4) } else { Count::between(0, text.len() as u64) }
    })
}

/// `{"a":"b","c":"d"}`: braces, and for each entry two quoted texts, a colon, and a comma between entries.
fn map_as_json(value: &Value) -> Tally {
    if let Some(u) = value.as_unknown() {
        return Tally::unknown(Count::at_least(0), u.why.clone());
    }
    let Some(fields) = value.as_fields() else {
        return Tally::exactly(0);
    };
    let entries = fields.len() as u64;
    if entries == 0 {
        return Tally::exactly(0);
    }
    let frame = Tally::exactly(2 + entries + (entries - 1));
    fields.iter().fold(frame, |total, (key, value)| {
        let value = match value.as_unknown() {
            Some(u) => {
                let low = quoted(&u.refine.prefix);
                Tally::unknown(Count::at_least(low), u.why.clone())
            }
            None => Tally::exactly(quoted(&text(value).unwrap_or_default())),
        };
        total.plus(quoted(key)).add(value)
    })
}

fn quoted(text: &str) -> u64 {
    serde_json::to_string(text).map_or(0, |t| t.len() as u64)
}

fn json_part(value: &Value, part: JsonPart) -> Tally {
    if let Some(u) = value.as_unknown() {
        return Tally::unknown(Count::at_least(0), u.why.clone());
    }
    let Some(text) = text(value) else {
        return Tally::exactly(0);
    };
    if text.trim().is_empty() {
        return Tally::exactly(0);
    }
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(document) => Tally::exactly(parts(&document, part)),
        Err(_) => Tally::exactly(0).opened(note("a text that is no JSON document")),
    }
}

fn parts(document: &serde_json::Value, part: JsonPart) -> u64 {
    use serde_json::Value as Json;
    /// One, or the elements of a list.
    fn several(value: &Json) -> Vec<&Json> {
        match value {
            Json::Null => vec![],
            Json::Array(items) => items.iter().collect(),
            one => vec![one],
        }
    }
    let statements = || several(&document["Statement"]);
    let over = |count: &dyn Fn(&Json) -> usize| statements().into_iter().map(count).sum();
    let number: usize = match part {
        JsonPart::Items => several(document).len(),
        JsonPart::Statements => statements().len(),
        JsonPart::Principals => over(&|s| {
            let of = |p: &Json| match p {
                Json::Object(kinds) => kinds.values().map(|v| several(v).len()).sum(),
                other => several(other).len(),
            };
            of(&s["Principal"]) + of(&s["NotPrincipal"])
        }),
        JsonPart::Conditions => over(&|s| match &s["Condition"] {
            Json::Object(operators) => {
                operators.values().map(|keys| keys.as_object().map_or(1, serde_json::Map::len)).sum()
            }
            _ => 0,
        }),
        JsonPart::Actions => over(&|s| several(&s["Action"]).len() + several(&s["NotAction"]).len()),
    };
    number as u64
}

/// Counts blocks with one of the names at any depth, without recursing into endless nesting: values are bounded in depth.
fn named_within(value: &Value, names: &[&str]) -> Tally {
    let mut total = Tally::exactly(0);
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value.bare() {
            Value::Unknown(u) if u.ty.is_primitive() => {}
            Value::Unknown(u) => {
                total = total.add(Tally::unknown(Count::at_least(0), u.why.clone()));
            }
            Value::List(seq) | Value::Tuple(seq) | Value::Set(seq) => rest.extend(seq.items()),
            Value::Map(fields) | Value::Object(fields) => {
                for (name, inner) in fields.iter() {
                    if names.contains(&name.as_str()) {
                        let one = match inner.bare() {
                            Value::Object(_) | Value::Map(_) => Tally::exactly(1),
                            _ => length(inner),
                        };
                        total = total.add(one);
                    } else {
                        rest.push(inner);
                    }
                }
            }
            _ => {}
        }
    }
    total
}

fn vcpus(value: &Value) -> Tally {
    if let Some(u) = value.as_unknown() {
        return Tally::unknown(Count::at_least(1), u.why.clone());
    }
    match text(value) {
        Some(name) => match virtual_cpus(&name) {
            Some(n) => Tally::exactly(n),
            None => Tally::exactly(1).opened(note("an instance type that the catalog does not know")),
        },
        None => Tally::exactly(0),
    }
}

// ---------------------------------------------------------------- conditions

/// Whether a condition holds.
enum Answer {
    Yes,
    No,
    Maybe(Cause),
}

impl Answer {
    fn of(holds: bool) -> Answer {
        if holds { Answer::Yes } else { Answer::No }
    }
}

fn instance_meets(term: &FilterTerm, resource_type: &str, attributes: &dyn Attributes) -> Answer {
    if let Test::Arn { service, resource_type } = term.test {
        return refers_to(&attributes.get(term.paths[0][0]), service, resource_type, attributes);
    }
    if !term.steps.is_empty() {
        let name = term.paths[0][0];
        return match attributes.through(name, term.steps) {
            Some(value) => meets(term, &mut |_, sink| {
                walk(&value, &[], 0, (&anything, &|_| true), None, sink);
            }),
            None => Answer::Maybe(attributes.get(name).cause().unwrap_or_else(|| note(name))),
        };
    }
    meets(term, &mut |path, sink| {
        let value = attributes.get(path[0]);
        let fills = |depth: usize| is_filled_in(resource_type, &path[..=depth]);
        walk(&value, &path[1..], 1, (&anything, &fills), None, sink);
    })
}

type Sink<'a> = &'a mut dyn FnMut(Leaf, Option<&Cause>);

/// Asks a condition of everything at the ends of its paths: one that fits is enough.
fn meets(term: &FilterTerm, leaves: &mut dyn FnMut(&[&str], Sink)) -> Answer {
    let (mut yes, mut no) = (false, false);
    let mut maybe: Option<Cause> = None;
    for path in term.paths {
        leaves(path, &mut |leaf, _| match leaf {
            Leaf::Hidden(cause) => {
                maybe.get_or_insert(cause);
            }
            Leaf::Value(value) => {
                let mut ask = |value: &Value| match fits(term.test, value) {
                    None => {}
                    Some(Answer::Yes) => yes = true,
                    Some(Answer::No) => no = true,
                    Some(Answer::Maybe(cause)) => {
                        maybe.get_or_insert(cause);
                    }
                };
                match value.as_seq() {
                    Some(items) if !matches!(term.test, Test::Set | Test::Unset) => {
                        items.iter().for_each(&mut ask);
                    }
                    _ => ask(value),
                }
            }
        });
    }
    match (term.test, maybe) {
        // For these every value has to fit, not one.
        (Test::Not(_) | Test::Unset, _) if no => Answer::No,
        (Test::Not(_) | Test::Unset, Some(cause)) => Answer::Maybe(cause),
        _ if yes => Answer::Yes,
        (_, Some(cause)) => Answer::Maybe(cause),
        _ if no => Answer::No,
        // Where no type is stated, a launch template or an image brings it.
        (Test::Family(_), None) => Answer::Maybe(note(&term.paths[0].join("."))),
        (_, None) => Answer::of(term.or_unset),
    }
}

/// Asks a condition of one value. None: as good as not set.
fn fits(test: Test, value: &Value) -> Option<Answer> {
    let text = match (test, value.as_unknown()) {
        (Test::Set | Test::Unset, _) => {
            let wants_set = matches!(test, Test::Set);
            let length = length(value);
            let zero = value.as_number().is_some_and(Number::is_zero);
            return Some(match (length.count.low(), length.count.high()) {
                (0, Some(0)) => Answer::of(!wants_set),
                _ if zero => Answer::of(!wants_set),
                (0, _) => Answer::Maybe(length.because.unwrap_or_else(Cause::unstated)),
                _ => Answer::of(wants_set),
            });
        }
        (Test::Is(values), Some(u)) => {
            let prefix = u.refine.prefix.as_str();
            let possible = values.iter().any(|v| v.starts_with(prefix));
            return Some(if possible { Answer::Maybe(u.why.clone()) } else { Answer::No });
        }
        (_, Some(u)) => return Some(Answer::Maybe(u.why.clone())),
        (_, None) => text(value)?,
    };
    if text.is_empty() {
        return None;
    }
    Some(Answer::of(match test {
        Test::Is(values) => values.contains(&text.as_str()),
        Test::Not(values) => !values.contains(&text.as_str()),
        Test::Family(families) => {
            let family = text.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default();
            families.contains(&family)
        }
        Test::Set | Test::Unset | Test::Arn { .. } => false,
    }))
}

/// Whether a value is the ARN of an object of that service, or stands for an object of that type.
fn refers_to(value: &Value, service: &str, resource_type: &str, attributes: &dyn Attributes) -> Answer {
    let text_fits = |text: &str| Answer::of(text.split(':').nth(2) == Some(service));
    if value.is_null() {
        return Answer::No;
    }
    let Some(unknown) = value.as_unknown() else {
        return text(value).map_or(Answer::No, |text| text_fits(&text));
    };
    let maybe = || Answer::Maybe(unknown.why.clone());
    let Some(candidates) = unknown.is.candidates() else {
        return maybe();
    };
    let answers = candidates.iter().map(|candidate| match candidate {
        Candidate::Text(text) => text_fits(text),
        Candidate::Is(referent) => match attributes.resource_type(referent.object) {
            Some(found) => Answer::of(canonical(&found) == resource_type),
            None => maybe(),
        },
    });
    // Several candidates have to agree.
    answers
        .reduce(|a, b| match (&a, &b) {
            (Answer::Yes, Answer::Yes) | (Answer::No, Answer::No) => a,
            _ => maybe(),
        })
        .unwrap_or_else(maybe)
}

/// Returns why an attribute opens the count: it is set, or may be.
fn blinds(attributes: &dyn Attributes, resource_type: &str, path: Path) -> Option<Cause> {
    let value = attributes.get(path[0]);
    let mut because = None;
    let fills = |depth: usize| is_filled_in(resource_type, &path[..=depth]);
    walk(&value, &path[1..], 1, (&anything, &fills), None, &mut |leaf, _| match leaf {
        Leaf::Hidden(cause) => {
            because.get_or_insert(cause);
        }
        Leaf::Value(value) => {
            let length = length(value);
            if !length.count.is_zero() {
                because.get_or_insert(length.because.unwrap_or_else(|| note(&path.join("."))));
            }
        }
    });
    because
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalog::{Aggregate, MeasureId, QuotaId, measures_of, quota};
    use crate::value::{Marks, Referent, Refine};

    /// A resource instance; what is not listed is not set.
    #[derive(Default)]
    struct Instance {
        attributes: BTreeMap<&'static str, Value>,
        parent: Option<Value>,
        types: BTreeMap<u32, &'static str>,
    }

    impl Attributes for Instance {
        fn get(&self, name: &str) -> Value {
            self.attributes.get(name).cloned().unwrap_or(Value::NULL)
        }

        fn through(&self, _: &str, _: &[(&str, &str)]) -> Option<Value> {
            self.parent.clone()
        }

        fn resource_type(&self, object: ObjectId) -> Option<EcoString> {
            self.types.get(&object.0).map(|t| (*t).into())
        }
    }

    fn with(attributes: impl IntoIterator<Item = (&'static str, Value)>) -> Instance {
        Instance { attributes: attributes.into_iter().collect(), ..Instance::default() }
    }

    const PLAIN: Measure = Measure {
        id: MeasureId(0),
        quota: QuotaId(0),
        resource_type: "aws_x",
        amount: Amount::One,
        aggregate: Aggregate::Sum,
        scope: &[],
        scope_type: "",
        filter: &[],
        part: "",
        plus: 0,
        unset: 0,
        spare: 0,
        factor: 1,
        on_create: false,
        blind: &[],
        notes: "",
    };

    const A: Path = &["a"];
    const B: Path = &["b"];
    const IN_BLOCK: Path = &["block", "a"];

    fn read(amount: Amount, a: Value) -> Count {
        Measure { amount, ..PLAIN }.read(&with([("a", a)])).count
    }

    fn unknown(ty: Type) -> Value {
        Value::unknown(ty, Cause::new(CauseKind::Variable, "var.a", None))
    }

    fn of_length(ty: Type, min: u64, max: Option<u64>) -> Value {
        let refine = Refine { not_null: true, len_min: min, len_max: max, ..Refine::default() };
        Value::unknown_with(ty, refine, Cause::unstated())
    }

    fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        Value::object(fields.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    fn blocks(values: impl IntoIterator<Item = Value>) -> Instance {
        let list = values.into_iter().map(|a| object([("a", a)])).collect();
        with([("block", Value::tuple(list))])
    }

    fn texts(items: &[&str]) -> Value {
        Value::list(Type::String, items.iter().map(|s| Value::from(*s)).collect())
    }

    fn strings() -> Type {
        Type::list(Type::String)
    }

    /// Every amount over one attribute, with the type that attribute has.
    fn amounts() -> Vec<(Amount, Type)> {
        vec![
            (Amount::Value(A), Type::Number),
            (Amount::Sum(&[A]), Type::Number),
            (Amount::Max(A), Type::Number),
            (Amount::Product(&[(A, 0)]), Type::Number),
            (Amount::Len(&[A]), strings()),
            (Amount::MaxLen(A), strings()),
            (Amount::Chars(&[A]), Type::String),
            (Amount::MaxChars(A), Type::String),
            (Amount::NoSpace(A), Type::String),
            (Amount::Bytes(&[A]), Type::String),
            (Amount::JsonBytes(A), Type::String),
            (Amount::Base64(A), Type::String),
            (Amount::JsonLen(A), Type::map(Type::String)),
            (Amount::Json(A, JsonPart::Items), Type::String),
            (Amount::Json(A, JsonPart::Statements), Type::String),
            (Amount::Deep(A, &["x"]), Type::list(Type::Dynamic)),
            (Amount::Distinct(&[A]), strings()),
        ]
    }

    #[test]
    fn what_is_null_or_unset_counts_nothing() {
        for (amount, ty) in amounts() {
            assert_eq!(read(amount, Value::Null(ty)), Count::ZERO, "{amount:?}");
            assert_eq!(Measure { amount, ..PLAIN }.read(&with([])).count, Count::ZERO, "{amount:?}");
        }
    }

    #[test]
    fn what_is_unknown_may_be_anything_and_says_why() {
        for (amount, ty) in amounts() {
            let measured = Measure { amount, ..PLAIN }.read(&with([("a", unknown(ty))]));
            assert_eq!(measured.count, Count::at_least(0), "{amount:?}");
            assert_eq!(measured.because.unwrap().name(), "var.a", "{amount:?}");
        }
    }

    #[test]
    fn a_block_of_unknown_number_hides_what_is_in_it() {
        let hidden = with([("block", unknown(Type::list(Type::Dynamic)))]);
        for amount in [
            Amount::Sum(&[IN_BLOCK]),
            Amount::Max(IN_BLOCK),
            Amount::Len(&[IN_BLOCK]),
            Amount::MaxLen(IN_BLOCK),
            Amount::Chars(&[IN_BLOCK]),
            Amount::Distinct(&[IN_BLOCK]),
        ] {
            assert_eq!(Measure { amount, ..PLAIN }.read(&hidden).count, Count::at_least(0));
        }
    }

    #[test]
    fn what_is_empty_counts_nothing() {
        for (amount, ty) in amounts() {
            let empty = match ty {
                Type::Number => Value::int(0),
                Type::String => Value::from(""),
                Type::Map(_) => Value::map(Type::String, vec![]),
                _ => Value::list(Type::String, vec![]),
            };
            assert_eq!(read(amount, empty), Count::ZERO, "{amount:?}");
        }
    }

    #[test]
    fn what_is_known_is_counted_exactly_and_a_mark_does_not_matter() {
        let list = || texts(&["x", "yy", "x"]);
        let policy = r#"{ "Statement": [{"Action": ["a:b", "a:c"], "Principal": {"AWS": ["1", "2"], "Service": "s"},
            "Condition": {"StringEquals": {"k": "v", "l": "w"}, "Bool": {"m": true}}}, {"Action": "a:d", "Principal": "*"}] }"#;
        let json = |part| (Amount::Json(A, part), Value::from(policy));
        let nested = Value::tuple(vec![object([
            ("x", Value::tuple(vec![object([])])),
            ("y", Value::tuple(vec![object([("x", Value::tuple(vec![object([]), object([])]))])])),
        ])]);
        for ((amount, value), expected) in [
            ((Amount::Value(A), Value::int(7)), 7),
            ((Amount::Sum(&[A]), Value::int(-1)), 0),
            ((Amount::Sum(&[A]), Value::from("12")), 12),
            ((Amount::Sum(&[A]), Number::parse("2.5").unwrap().into()), 3),
            ((Amount::Sum(&[A]), Number::parse("1e40").unwrap().into()), u64::MAX),
            ((Amount::Max(A), Value::int(9)), 9),
            ((Amount::Product(&[(A, 1)]), Value::int(3)), 4),
            ((Amount::Len(&[A]), list()), 3),
            ((Amount::Len(&[A]), Value::map(Type::String, vec![("k".into(), "v".into())])), 1),
            ((Amount::Len(&[A]), Value::from(true)), 1),
            ((Amount::Len(&[A]), Value::from("sg-1")), 1),
            ((Amount::MaxLen(A), list()), 3),
            ((Amount::Chars(&[A]), Value::from("häß")), 3),
            ((Amount::Bytes(&[A]), Value::from("häß")), 5),
            ((Amount::MaxChars(A), Value::from("abc")), 3),
            ((Amount::NoSpace(A), Value::from("{\n  \"a\" : 1 }")), 7),
            ((Amount::JsonBytes(A), Value::from("{ \"a\" : \"b c\\\"\" }")), 13),
            ((Amount::Base64(A), Value::from("aGVsbG8=")), 5),
            ((Amount::JsonLen(A), object([("A", "b".into()), ("C", "d\"".into())])), 19),
            (json(JsonPart::Items), 1),
            (json(JsonPart::Statements), 2),
            (json(JsonPart::Principals), 4),
            (json(JsonPart::Conditions), 3),
            (json(JsonPart::Actions), 3),
            ((Amount::Json(A, JsonPart::Items), Value::from("[1, 2]")), 2),
            ((Amount::Deep(A, &["x"]), nested), 3),
            ((Amount::Distinct(&[A]), list()), 2),
            ((Amount::Weight(A, Table::VirtualCpus), Value::from("m5.large")), 2),
        ] {
            assert_eq!(read(amount, value.clone()), Count::exactly(expected), "{amount:?}");
            let marked = value.mark(Marks::SENSITIVE);
            assert_eq!(read(amount, marked), Count::exactly(expected), "{amount:?}");
        }
    }

    #[test]
    fn map_as_json_is_what_a_json_writer_writes() {
        let value = object([("A", "b".into()), ("C", "d\"".into())]);
        assert_eq!(crate::value::to_json(&value).to_string().len(), 19);
    }

    #[test]
    fn what_is_known_of_an_unknown_bounds_the_count() {
        let number = |min: i64, max: i64| {
            let refine = Refine {
                not_null: true,
                min: Some((Number::integer(min), true)),
                max: Some((Number::integer(max), true)),
                ..Refine::default()
            };
            Value::unknown_with(Type::Number, refine, Cause::unstated())
        };
        let prefix = Refine { prefix: "arn:".into(), ..Refine::default() };
        let text = Value::unknown_with(Type::String, prefix, Cause::unstated());
        assert_eq!(read(Amount::Sum(&[A]), number(2, 5)), Count::between(2, 5));
        assert_eq!(read(Amount::Len(&[A]), of_length(strings(), 2, Some(3))), Count::between(2, 3));
        assert_eq!(read(Amount::Len(&[A]), of_length(strings(), 2, None)), Count::at_least(2));
        assert_eq!(read(Amount::Chars(&[A]), text.clone()), Count::at_least(4));
        assert_eq!(read(Amount::Len(&[A]), text), Count::exactly(1));
        assert_eq!(read(Amount::Len(&[A]), unknown(Type::Bool)), Count::between(0, 1));
    }

    #[test]
    fn an_id_that_is_not_known_yet_is_there_all_the_same() {
        let referent = Referent { object: ObjectId(1), attr: "id".into() };
        let id = unknown(Type::String).with_identity(Identity::Is(referent));
        assert_eq!(read(Amount::Len(&[A]), id), Count::exactly(1));
    }

    #[test]
    fn unknown_elements_of_a_set_may_be_equal() {
        let set = |items| Value::set(Type::String, items);
        let two = set(vec![unknown(Type::String), "a".into(), "b".into()]);
        assert_eq!(read(Amount::Len(&[A]), two), Count::between(2, 3));
        let list = Value::list(Type::String, vec![unknown(Type::String), "a".into()]);
        assert_eq!(read(Amount::Len(&[A]), list), Count::exactly(2));
        let differ = Value::tuple(vec![
            object([("port", Value::int(1)), ("sg", unknown(Type::String))]),
            object([("port", Value::int(2)), ("sg", unknown(Type::String))]),
        ]);
        let differ = Value::set(Type::Dynamic, differ.as_seq().unwrap().to_vec());
        assert_eq!(read(Amount::Len(&[A]), differ), Count::exactly(2));
    }

    #[test]
    fn blocks_are_passed_through() {
        let sum = Measure { amount: Amount::Sum(&[IN_BLOCK]), ..PLAIN };
        let max = Measure { amount: Amount::Max(IN_BLOCK), ..PLAIN };
        let longest = Measure { amount: Amount::MaxChars(IN_BLOCK), ..PLAIN };
        let known = blocks([Value::int(3), Value::int(4)]);
        assert_eq!(sum.read(&known).count, Count::exactly(7));
        assert_eq!(max.read(&known).count, Count::exactly(4));
        assert_eq!(longest.read(&blocks(["a".into(), "abc".into()])).count, Count::exactly(3));
        let one_unknown = blocks([Value::int(3), unknown(Type::Number)]);
        assert_eq!(sum.read(&one_unknown).count, Count::at_least(3));
        assert_eq!(max.read(&one_unknown).count, Count::at_least(3));
    }

    #[test]
    fn several_paths_are_added() {
        let measure = Measure { amount: Amount::Len(&[A, B]), ..PLAIN };
        let both = with([("a", texts(&["x"])), ("b", texts(&["y", "z"]))]);
        assert_eq!(measure.read(&both).count, Count::exactly(3));
    }

    #[test]
    fn plus_unset_and_factor_are_applied() {
        let plus = Measure { amount: Amount::Len(&[A]), plus: 1, ..PLAIN };
        assert_eq!(plus.read(&with([])).count, Count::exactly(1));
        let gib = Measure { amount: Amount::Sum(&[A]), factor: 1 << 30, ..PLAIN };
        assert_eq!(gib.read(&with([("a", Value::int(2))])).count, Count::exactly(2 << 30));
        let unset = Measure { amount: Amount::Sum(&[A]), unset: 1, ..PLAIN };
        assert_eq!(unset.read(&with([])).count, Count::exactly(1));
        assert_eq!(unset.read(&with([("a", Value::int(5))])).count, Count::exactly(5));
        let bounded = of_length(Type::Number, 0, None);
        assert_eq!(unset.read(&with([("a", bounded)])).count, Count::at_least(0));
    }

    #[test]
    fn what_nobody_can_read_opens_the_count() {
        let measure = Measure { amount: Amount::Len(&[A]), blind: &[B], ..PLAIN };
        let set = with([("a", texts(&["x"])), ("b", texts(&["pl-1"]))]);
        let measured = measure.read(&set);
        assert_eq!(measured.count, Count::at_least(1));
        assert_eq!(measured.because.unwrap().name(), "b");
        assert_eq!(measure.read(&with([("a", texts(&["x"]))])).count, Count::exactly(1));
        let empty = with([("a", texts(&["x"])), ("b", texts(&[]))]);
        assert_eq!(measure.read(&empty).count, Count::exactly(1));
    }

    #[test]
    fn distinct_counts_what_is_certainly_different() {
        let read = |items: Vec<Value>| read(Amount::Distinct(&[A]), Value::tuple(items));
        assert_eq!(read(vec!["x".into(), unknown(Type::String)]), Count::between(1, 2));
        let same = |n: u32| {
            let referent = Referent { object: ObjectId(n), attr: "arn".into() };
            unknown(Type::String).with_identity(Identity::Is(referent))
        };
        assert_eq!(read(vec![same(1), same(1)]), Count::exactly(1));
        assert_eq!(read(vec![same(1), same(2)]), Count::between(1, 2));
        assert_eq!(read(vec![]), Count::ZERO);
        let measure = Measure { amount: Amount::Distinct(&[A]), ..PLAIN };
        let measured = measure.read(&with([("a", texts(&["y", "x", "y"]))]));
        assert_eq!(measured.texts.iter().map(EcoString::as_str).collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn an_instance_type_that_nobody_knows_has_at_least_one_cpu() {
        let weight = Amount::Weight(A, Table::VirtualCpus);
        assert_eq!(read(weight, "z9.huge".into()), Count::at_least(1));
        assert_eq!(read(weight, unknown(Type::String)), Count::at_least(1));
        assert_eq!(read(weight, Value::NULL), Count::at_least(1));
    }

    #[test]
    fn white_space_inside_of_strings_may_or_may_not_count() {
        let policy = Value::from(r#"{"Sid": "a b"}"#);
        assert_eq!(read(Amount::NoSpace(A), policy), Count::between(12, 13));
    }

    #[test]
    fn a_text_that_is_no_json_leaves_its_parts_open() {
        let amount = Amount::Json(A, JsonPart::Statements);
        assert_eq!(read(amount, Value::from("{")), Count::at_least(0));
    }

    fn filtered(test: Test, or_unset: bool) -> Measure {
        let term = FilterTerm { at: &[], paths: &[A], steps: &[], test, or_unset };
        Measure { filter: Box::leak(Box::new([term])), ..PLAIN }
    }

    #[test]
    fn a_condition_holds_or_not_or_nobody_knows() {
        let one = Count::exactly(1);
        let maybe = Count::between(0, 1);
        let is = filtered(Test::Is(&["x", "y"]), false);
        let or_unset = filtered(Test::Is(&["x"]), true);
        let not = filtered(Test::Not(&["x"]), true);
        let set = filtered(Test::Set, false);
        let unset = filtered(Test::Unset, true);
        let family = filtered(Test::Family(&["m", "is"]), false);
        let number = Value::int(0);
        for (measure, value, expected) in [
            (&is, Value::from("x"), one),
            (&is, Value::from("z"), Count::ZERO),
            (&is, Value::NULL, Count::ZERO),
            (&is, unknown(Type::String), maybe),
            (&is, texts(&["q", "y"]), one),
            (&is, Value::from("x").mark(Marks::SENSITIVE), one),
            (&or_unset, Value::NULL, one),
            (&or_unset, Value::from(""), one),
            (&or_unset, Value::from("z"), Count::ZERO),
            (&or_unset, unknown(Type::String), maybe),
            (&not, Value::from("x"), Count::ZERO),
            (&not, Value::from("y"), one),
            (&not, Value::NULL, one),
            (&not, unknown(Type::String), maybe),
            (&set, Value::from("x"), one),
            (&set, Value::NULL, Count::ZERO),
            (&set, Value::from(""), Count::ZERO),
            (&set, Value::from(false), Count::ZERO),
            (&set, number, Count::ZERO),
            (&set, unknown(Type::String), maybe),
            (&unset, Value::NULL, one),
            (&unset, Value::from("x"), Count::ZERO),
            (&unset, unknown(Type::Number), maybe),
            (&family, Value::from("m5.large"), one),
            (&family, Value::from("is4gen.large"), one),
            (&family, Value::from("mac1.metal"), Count::ZERO),
            (&family, Value::NULL, maybe),
        ] {
            let measured = measure.read(&with([("a", value.clone())]));
            assert_eq!(measured.count, expected, "{:?} of {value:?}", measure.filter[0].test);
            assert_eq!(measured.because.is_some(), expected == maybe);
        }
    }

    #[test]
    fn a_known_beginning_can_rule_a_condition_out() {
        let measure = filtered(Test::Is(&["gp3"]), false);
        let begins = |prefix: &str| {
            let refine = Refine { prefix: prefix.into(), ..Refine::default() };
            with([("a", Value::unknown_with(Type::String, refine, Cause::unstated()))])
        };
        assert_eq!(measure.read(&begins("io")).count, Count::ZERO);
        assert_eq!(measure.read(&begins("gp")).count, Count::between(0, 1));
    }

    #[test]
    fn a_condition_on_a_block_is_asked_of_each_block() {
        let term = FilterTerm {
            at: &["block"],
            paths: &[&["kind"]],
            steps: &[],
            test: Test::Is(&["x"]),
            or_unset: false,
        };
        let filter: &'static [FilterTerm] = Box::leak(Box::new([term]));
        let count = Measure { amount: Amount::Len(&[&["block"]]), filter, ..PLAIN };
        let sum = Measure { amount: Amount::Sum(&[IN_BLOCK]), filter, ..PLAIN };
        let block = |kind: Value, a: i64| object([("kind", kind), ("a", Value::int(a))]);
        let three = with([(
            "block",
            Value::tuple(vec![block("x".into(), 1), block("y".into(), 2), block(unknown(Type::String), 4)]),
        )]);
        assert_eq!(count.read(&three).count, Count::between(1, 2));
        assert_eq!(sum.read(&three).count, Count::between(1, 5));
    }

    #[test]
    fn a_condition_on_the_parent_is_undecided_where_it_cannot_be_looked_at() {
        let listeners = quota("elasticloadbalancing", "L-57A373D6").unwrap();
        let measure = &listeners.measures[0];
        let mut listener = with([("load_balancer_arn", unknown(Type::String))]);
        assert_eq!(measure.read(&listener).count, Count::between(0, 1));
        listener.parent = Some(Value::from("network"));
        assert_eq!(measure.read(&listener).count, Count::exactly(1));
        listener.parent = Some(Value::from("application"));
        assert_eq!(measure.read(&listener).count, Count::ZERO);
        listener.parent = Some(Value::NULL);
        assert_eq!(measure.read(&listener).count, Count::ZERO);
        let application = &quota("elasticloadbalancing", "L-B6DF7632").unwrap().measures[0];
        assert_eq!(application.read(&listener).count, Count::exactly(1));
    }

    #[test]
    fn an_arn_or_what_stands_for_one_tells_the_service() {
        let associations = quota("wafv2", "L-C5E4D334").unwrap();
        let measure = &associations.measures[0];
        let arn = |text: &str| with([("resource_arn", Value::from(text))]);
        let balancer = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/x/1";
        assert_eq!(measure.read(&arn(balancer)).count, Count::exactly(1));
        let stage = "arn:aws:apigateway:us-east-1::/restapis/x/stages/y";
        assert_eq!(measure.read(&arn(stage)).count, Count::ZERO);
        let referent = Referent { object: ObjectId(7), attr: "arn".into() };
        let reference = unknown(Type::String).with_identity(Identity::Is(referent));
        let mut instance = with([("resource_arn", reference)]);
        assert_eq!(measure.read(&instance).count, Count::between(0, 1));
        instance.types.insert(7, "aws_alb");
        assert_eq!(measure.read(&instance).count, Count::exactly(1));
        instance.types.insert(7, "aws_api_gateway_stage");
        assert_eq!(measure.read(&instance).count, Count::ZERO);
    }

    #[test]
    fn rules_of_a_security_group_count_apart_by_direction_and_family() {
        let rule = object([
            ("cidr_blocks", texts(&["10.0.0.0/8", "172.16.0.0/12"])),
            ("ipv6_cidr_blocks", texts(&["::/0"])),
            ("security_groups", texts(&["sg-1"])),
            ("prefix_list_ids", texts(&[])),
            ("self", Value::from(true)),
        ]);
        let group = with([("ingress", Value::set(Type::Dynamic, vec![rule]))]);
        let mut counts = BTreeMap::new();
        for measure in measures_of("aws_security_group") {
            counts.insert(measure.part, measure.read(&group).count);
        }
        assert_eq!(counts["inbound IPv4"], Count::exactly(4));
        assert_eq!(counts["inbound IPv6"], Count::exactly(3));
        assert_eq!(counts["outbound IPv4"], Count::ZERO);
    }

    /// The law: making a value unknown widens its count, and the wide one contains the narrow one.
    #[test]
    fn the_count_of_an_unknown_contains_that_of_any_value() {
        let values = |ty: &Type| match ty {
            Type::Number => vec![Value::int(0), Value::int(7), Value::int(-3), Value::NULL],
            Type::String => vec!["".into(), "[1]".into(), "x y".into(), Value::NULL],
            Type::Map(_) => vec![object([("a", "b".into())]), Value::NULL],
            _ => vec![texts(&["a", "b"]), texts(&[]), Value::NULL],
        };
        for (amount, ty) in amounts() {
            for plus in [0, 1] {
                for unset in [0, 3] {
                    let measure = Measure { amount, plus, unset, ..PLAIN };
                    let wide = measure.read(&with([("a", unknown(ty.clone()))])).count;
                    for value in values(&ty) {
                        let narrow = measure.read(&with([("a", value)])).count;
                        assert!(wide.contains(narrow), "{amount:?}: {wide} and {narrow}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_measure_of_the_catalog_reads_an_empty_and_an_unknown_instance() {
        struct Unknowns;
        impl Attributes for Unknowns {
            fn get(&self, _: &str) -> Value {
                unknown(Type::Dynamic)
            }
        }
        for measure in crate::catalog::quotas().iter().flat_map(|q| q.measures) {
            let empty = measure.read(&with([])).count;
            let wide = measure.read(&Unknowns).count;
            assert!(
                wide.contains(empty),
                "{} {:?}: {wide} and {empty}",
                measure.resource_type,
                measure.amount
            );
        }
    }
}
