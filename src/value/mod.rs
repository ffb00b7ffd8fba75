//! Terraform's values: known, unknown with what is known of them, and marked.
//!
//! In: literals, plan values. Out: values that evaluate as Terraform's do. Nothing here reads files,
//! looks up names or prints anything sensitive. A clone costs at most one reference count.

mod compare;
mod convert;
mod count;
mod json;
pub mod number;
mod quote;
mod set;
mod types;
mod unify;
mod unknown;

use std::sync::Arc;

use ecow::EcoString;

pub use compare::{difference, equal};
pub use convert::{
    ConvertError, PathStep, can_convert, convert, convert_error_text, is_of, located_convert_error_text,
    safe_conversion_exists, unknown_like,
};
pub use count::Count;
pub use json::{UnknownShape, from_json, sensitive_shape, to_json, unknown_shape};
pub use number::{Layout, Number};
pub use quote::{is_printable, quoted};
pub use set::Members;
pub use types::{Field, Type};
pub use unify::unify;
pub use unknown::{Candidate, Cause, CauseInfo, CauseKind, Identity, ObjectId, Referent, Refine, Unknown};

/// A Terraform value; 24 bytes.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null` of a type.
    Null(Type),
    Bool(bool),
    Number(Number),
    String(EcoString),
    List(Arc<Seq>),
    Tuple(Arc<Seq>),
    /// Elements in Terraform's order, without duplicates.
    Set(Arc<Seq>),
    Map(Arc<Fields>),
    Object(Arc<Fields>),
    Unknown(Arc<Unknown>),
    /// Never directly inside another one.
    Marked(Arc<Marked>),
}

/// A value with marks.
#[derive(Clone, Debug)]
pub struct Marked {
    pub marks: Marks,
    pub value: Value,
}

/// What must be remembered about a value: whether it is sensitive, whether it is ephemeral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(u8);

impl Marks {
    pub const NONE: Marks = Marks(0);
    pub const SENSITIVE: Marks = Marks(1);
    pub const EPHEMERAL: Marks = Marks(2);

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn contains(self, other: Marks) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn without(self, other: Marks) -> Marks {
        Marks(self.0 & !other.0)
    }
}

impl std::ops::BitOr for Marks {
    type Output = Marks;

    fn bitor(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }
}

impl std::ops::BitOrAssign for Marks {
    fn bitor_assign(&mut self, other: Marks) {
        self.0 |= other.0;
    }
}

/// What is asked of a value most often, kept when it is made.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// Number of values inside, saturating.
    pub nodes: u32,
    /// Levels of nesting.
    pub depth: u16,
    /// Nothing inside is unknown.
    pub known: bool,
    /// Something inside is marked.
    pub marked: bool,
}

impl Head {
    const LEAF: Head = Head { nodes: 1, depth: 1, known: true, marked: false };

    fn over<'a>(values: impl Iterator<Item = &'a Value>) -> Head {
        let mut head = Head { nodes: 1, depth: 1, known: true, marked: false };
        for value in values {
            let inner = value.head();
            head.nodes = head.nodes.saturating_add(inner.nodes);
            head.depth = head.depth.max(inner.depth.saturating_add(1));
            head.known &= inner.known;
            head.marked |= inner.marked;
        }
        head
    }
}

/// The elements of a list, tuple or set.
#[derive(Clone, Debug)]
pub struct Seq {
    head: Head,
    /// Of lists and sets; None for tuples, whose types follow from the elements.
    element: Option<Type>,
    items: Box<[Value]>,
}

impl Seq {
    pub fn items(&self) -> &[Value] {
        &self.items
    }
}

/// The elements of a map or an object, sorted by key.
#[derive(Clone, Debug)]
pub struct Fields {
    head: Head,
    /// Of maps; None for objects.
    element: Option<Type>,
    keys: Arc<[EcoString]>,
    values: Box<[Value]>,
    open: Option<ObjectId>,
}

impl Fields {
    pub fn keys(&self) -> &Arc<[EcoString]> {
        &self.keys
    }

    pub fn values(&self) -> &[Value] {
        &self.values
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.keys.binary_search_by(|k| k.as_str().cmp(key)).ok().map(|i| &self.values[i])
    }

    pub fn iter(&self) -> impl Iterator<Item = (&EcoString, &Value)> {
        self.keys.iter().zip(self.values.iter())
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The resource whose attributes these are, where more may exist than the source sets.
    pub fn open(&self) -> Option<ObjectId> {
        self.open
    }
}

impl Drop for Seq {
    fn drop(&mut self) {
        drop_deep(&mut self.items, self.head.depth);
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        drop_deep(&mut self.values, self.head.depth);
    }
}

/// Takes deeply nested values apart with a list of our own: the stack would not bear it.
fn drop_deep(values: &mut [Value], depth: u16) {
    if depth < 512 {
        return;
    }
    let mut rest: Vec<Value> = values.iter_mut().map(|v| std::mem::replace(v, Value::Bool(false))).collect();
    while let Some(mut value) = rest.pop() {
        match &mut value {
            Value::List(s) | Value::Tuple(s) | Value::Set(s) => {
                if let Some(s) = Arc::get_mut(s) {
                    rest.extend(s.items.iter_mut().map(|v| std::mem::replace(v, Value::Bool(false))));
                }
            }
            Value::Map(f) | Value::Object(f) => {
                if let Some(f) = Arc::get_mut(f) {
                    rest.extend(f.values.iter_mut().map(|v| std::mem::replace(v, Value::Bool(false))));
                }
            }
            Value::Marked(m) => {
                if let Some(m) = Arc::get_mut(m) {
                    rest.push(std::mem::replace(&mut m.value, Value::Bool(false)));
                }
            }
            _ => {}
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Bool(b)
    }
}

impl From<Number> for Value {
    fn from(n: Number) -> Value {
        Value::Number(n)
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Value {
        Value::String(s.into())
    }
}

impl From<String> for Value {
    fn from(s: String) -> Value {
        Value::String(s.into())
    }
}

impl From<EcoString> for Value {
    fn from(s: EcoString) -> Value {
        Value::String(s)
    }
}

/// Making values.
impl Value {
    /// The untyped `null`.
    pub const NULL: Value = Value::Null(Type::Dynamic);

    /// A whole number, as Terraform's own counting yields it.
    pub fn int(n: i64) -> Value {
        Value::Number(Number::integer(n))
    }

    pub fn list(element: Type, items: Vec<Value>) -> Value {
        let head = Head::over(items.iter());
        Value::List(Arc::new(Seq { head, element: Some(element), items: items.into() }))
    }

    pub fn tuple(items: Vec<Value>) -> Value {
        let head = Head::over(items.iter());
        Value::Tuple(Arc::new(Seq { head, element: None, items: items.into() }))
    }

    /// Returns the set of those elements; marks of elements become marks of the set, as in Terraform.
    pub fn set(element: Type, items: Vec<Value>) -> Value {
        let mut marks = Marks::NONE;
        let items = items
            .into_iter()
            .map(|v| {
                let (v, m) = v.unmark_deep();
                marks |= m;
                v
            })
            .collect();
        let items = set::normalise(items);
        let head = Head::over(items.iter());
        Value::Set(Arc::new(Seq { head, element: Some(element), items: items.into() })).mark(marks)
    }

    /// Returns a map; of equal keys the last one wins.
    pub fn map(element: Type, entries: Vec<(EcoString, Value)>) -> Value {
        let (keys, values) = sorted(entries);
        let head = Head::over(values.iter());
        Value::Map(Arc::new(Fields { head, element: Some(element), keys, values, open: None }))
    }

    /// Returns an object; of equal keys the last one wins.
    pub fn object(entries: Vec<(EcoString, Value)>) -> Value {
        let (keys, values) = sorted(entries);
        let head = Head::over(values.iter());
        Value::Object(Arc::new(Fields { head, element: None, keys, values, open: None }))
    }

    /// Returns an object that shares its sorted keys with others.
    pub fn object_with(keys: Arc<[EcoString]>, values: Vec<Value>) -> Value {
        assert_eq!(keys.len(), values.len(), "bug: an object with more keys than values");
        debug_assert!(keys.is_sorted());
        let head = Head::over(values.iter());
        Value::Object(Arc::new(Fields { head, element: None, keys, values: values.into(), open: None }))
    }

    /// Returns a map that shares its sorted keys with others.
    pub fn map_with(element: Type, keys: Arc<[EcoString]>, values: Vec<Value>) -> Value {
        assert_eq!(keys.len(), values.len(), "bug: a map with more keys than values");
        debug_assert!(keys.is_sorted());
        let head = Head::over(values.iter());
        let element = Some(element);
        Value::Map(Arc::new(Fields { head, element, keys, values: values.into(), open: None }))
    }

    /// Returns a whole resource as a value: the attributes the source sets, and possibly others.
    pub fn open_object(entries: Vec<(EcoString, Value)>, object: ObjectId) -> Value {
        let (keys, values) = sorted(entries);
        let mut head = Head::over(values.iter());
        head.known = false;
        Value::Object(Arc::new(Fields { head, element: None, keys, values, open: Some(object) }))
    }

    /// Returns an unknown of which nothing but the type is known.
    pub fn unknown(ty: Type, why: Cause) -> Value {
        Value::unknown_with(ty, Refine::default(), why)
    }

    pub fn unknown_with(ty: Type, refine: Refine, why: Cause) -> Value {
        Value::Unknown(Arc::new(Unknown { ty, refine, why, is: Identity::Nobody }))
    }

    /// Returns an unknown that stands for something.
    pub fn unknown_as(ty: Type, refine: Refine, why: Cause, is: Identity) -> Value {
        Value::Unknown(Arc::new(Unknown { ty, refine, why, is }))
    }

    /// Adds marks; marking with none changes nothing.
    #[must_use]
    pub fn mark(self, marks: Marks) -> Value {
        if marks.is_empty() {
            return self;
        }
        match self {
            Value::Marked(m) => {
                Value::Marked(Arc::new(Marked { marks: m.marks | marks, value: m.value.clone() }))
            }
            value => Value::Marked(Arc::new(Marked { marks, value })),
        }
    }
}

fn sorted(mut entries: Vec<(EcoString, Value)>) -> (Arc<[EcoString]>, Box<[Value]>) {
    // Most come in order: out of other maps.
    if !entries.is_sorted_by(|a, b| a.0 < b.0) {
        // Stable, so that of equal keys the last one written stays last.
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        if entries.windows(2).any(|two| two[0].0 == two[1].0) {
            entries.reverse();
            entries.dedup_by(|earlier, last| earlier.0 == last.0);
            entries.reverse();
        }
    }
    let mut values = Vec::with_capacity(entries.len());
    let keys = entries.into_iter().map(|(key, value)| {
        values.push(value);
        key
    });
    let keys = keys.collect();
    (keys, values.into())
}

/// Asking values.
impl Value {
    pub fn head(&self) -> Head {
        match self {
            Value::List(s) | Value::Tuple(s) | Value::Set(s) => s.head,
            Value::Map(f) | Value::Object(f) => f.head,
            Value::Unknown(_) => Head { known: false, ..Head::LEAF },
            Value::Marked(m) => Head { marked: true, ..m.value.head() },
            _ => Head::LEAF,
        }
    }

    /// Returns the type; tuples and objects are asked element by element.
    pub fn type_of(&self) -> Type {
        match self {
            Value::Null(t) => t.clone(),
            Value::Bool(_) => Type::Bool,
            Value::Number(_) => Type::Number,
            Value::String(_) => Type::String,
            Value::List(s) => Type::list(s.element_type()),
            Value::Set(s) => Type::set(s.element_type()),
            Value::Tuple(s) => Type::tuple(s.items.iter().map(Value::type_of).collect()),
            Value::Map(f) => Type::map(f.element_type()),
            // A whole resource has more attributes than are seen here.
            Value::Object(f) if f.open.is_some() => Type::Dynamic,
            Value::Object(f) => Type::object(f.iter().map(|(k, v)| (k.clone(), v.type_of()))),
            Value::Unknown(u) => u.ty.clone(),
            Value::Marked(m) => m.value.type_of(),
        }
    }

    /// True if the value itself is null, marked or not.
    pub fn is_null(&self) -> bool {
        match self {
            Value::Null(_) => true,
            Value::Marked(m) => m.value.is_null(),
            _ => false,
        }
    }

    /// True if the value itself is unknown, marked or not; parts of a collection do not count.
    pub fn is_unknown(&self) -> bool {
        match self {
            Value::Unknown(_) => true,
            Value::Marked(m) => m.value.is_unknown(),
            _ => false,
        }
    }

    /// True if nothing in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        self.head().known
    }

    /// True if something in it is marked.
    pub fn contains_marked(&self) -> bool {
        self.head().marked
    }

    /// Returns the marks on the value itself.
    pub fn marks(&self) -> Marks {
        match self {
            Value::Marked(m) => m.marks,
            _ => Marks::NONE,
        }
    }

    /// Splits the value from the marks on itself; parts keep theirs.
    pub fn unmark(&self) -> (Value, Marks) {
        match self {
            Value::Marked(m) => (m.value.clone(), m.marks),
            _ => (self.clone(), Marks::NONE),
        }
    }

    /// Returns the value without the marks on itself, by reference.
    pub fn bare(&self) -> &Value {
        match self {
            Value::Marked(m) => &m.value,
            _ => self,
        }
    }

    /// Splits the value from all marks in it.
    pub fn unmark_deep(&self) -> (Value, Marks) {
        if !self.contains_marked() {
            return (self.clone(), Marks::NONE);
        }
        let mut marks = Marks::NONE;
        let bare = self.strip(&mut marks);
        (bare, marks)
    }

    /// Returns all marks in the value.
    pub fn marks_deep(&self) -> Marks {
        self.unmark_deep().1
    }

    fn strip(&self, marks: &mut Marks) -> Value {
        if !self.contains_marked() {
            return self.clone();
        }
        match self {
            Value::Marked(m) => {
                *marks |= m.marks;
                m.value.strip(marks)
            }
            _ => self.map_elements(|v| v.strip(marks)),
        }
    }

    /// Returns the same collection or structure with every element replaced; others unchanged.
    ///
    /// The new elements have to be of the old element type; sets keep their order.
    #[must_use]
    pub fn map_elements(&self, mut f: impl FnMut(&Value) -> Value) -> Value {
        let seq = |s: &Seq, f: &mut dyn FnMut(&Value) -> Value| {
            let items: Box<[Value]> = s.items.iter().map(f).collect();
            Arc::new(Seq { head: Head::over(items.iter()), element: s.element.clone(), items })
        };
        let fields = |s: &Fields, f: &mut dyn FnMut(&Value) -> Value| {
            let values: Box<[Value]> = s.values.iter().map(f).collect();
            let mut head = Head::over(values.iter());
            head.known &= s.open.is_none();
            Arc::new(Fields { head, element: s.element.clone(), keys: s.keys.clone(), values, open: s.open })
        };
        match self {
            Value::List(s) => Value::List(seq(s, &mut f)),
            Value::Tuple(s) => Value::Tuple(seq(s, &mut f)),
            Value::Set(s) => Value::Set(seq(s, &mut f)),
            Value::Map(s) => Value::Map(fields(s, &mut f)),
            Value::Object(s) => Value::Object(fields(s, &mut f)),
            other => other.clone(),
        }
    }

    /// Returns the text of a known string, marked or not.
    pub fn as_str(&self) -> Option<&EcoString> {
        match self.bare() {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// Returns a known number, marked or not.
    pub fn as_number(&self) -> Option<&Number> {
        match self.bare() {
            Value::Number(n) => Some(n),
            _ => None,
        }
    }

    /// Returns a known truth value, marked or not.
    pub fn as_bool(&self) -> Option<bool> {
        match self.bare() {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// Returns the elements of a list, tuple or set, marked or not.
    pub fn as_seq(&self) -> Option<&[Value]> {
        match self.bare() {
            Value::List(s) | Value::Tuple(s) | Value::Set(s) => Some(s.items()),
            _ => None,
        }
    }

    /// Returns the fields of a map or object, marked or not.
    pub fn as_fields(&self) -> Option<&Fields> {
        match self.bare() {
            Value::Map(f) | Value::Object(f) => Some(f),
            _ => None,
        }
    }

    /// Returns the unknown, marked or not.
    pub fn as_unknown(&self) -> Option<&Unknown> {
        match self.bare() {
            Value::Unknown(u) => Some(u),
            _ => None,
        }
    }

    /// Returns the first cause of something unknown in it.
    pub fn cause(&self) -> Option<Cause> {
        if self.is_wholly_known() {
            return None;
        }
        match self.bare() {
            Value::Unknown(u) => Some(u.why.clone()),
            Value::List(s) | Value::Tuple(s) | Value::Set(s) => s.items.iter().find_map(Value::cause),
            Value::Map(f) | Value::Object(f) => f.values.iter().find_map(Value::cause),
            _ => None,
        }
    }

    /// Returns number of elements of a known collection or structure.
    #[allow(clippy::len_without_is_empty, reason = "what is unknown or no collection has no length")]
    pub fn len(&self) -> Option<usize> {
        match self.bare() {
            Value::List(s) | Value::Tuple(s) | Value::Set(s) => Some(s.items.len()),
            Value::Map(f) | Value::Object(f) => Some(f.len()),
            _ => None,
        }
    }

    /// Replaces what an unknown stands for; others unchanged.
    #[must_use]
    pub fn with_identity(&self, is: Identity) -> Value {
        match self {
            Value::Unknown(u) => Value::Unknown(Arc::new(Unknown { is, ..(**u).clone() })),
            Value::Marked(m) => m.value.with_identity(is).mark(m.marks),
            other => other.clone(),
        }
    }

    /// Claims that an unknown of known type will not be null; others unchanged.
    #[must_use]
    pub fn not_null(self) -> Value {
        match self {
            Value::Unknown(u) if !u.refine.not_null && u.ty != Type::Dynamic => {
                let mut u = (*u).clone();
                u.refine.not_null = true;
                Value::Unknown(Arc::new(u)).settled()
            }
            Value::Marked(m) => m.value.clone().not_null().mark(m.marks),
            other => other,
        }
    }
}

impl Seq {
    /// The element type of a list or set; `any` for tuples.
    pub fn element_type(&self) -> Type {
        self.element.clone().unwrap_or(Type::Dynamic)
    }
}

impl Fields {
    /// The element type of a map; `any` for objects.
    pub fn element_type(&self) -> Type {
        self.element.clone().unwrap_or(Type::Dynamic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(size_of::<Value>(), 24);
        assert_eq!(size_of::<Type>(), 16);
    }

    #[test]
    fn of_equal_keys_the_last_wins_and_keys_are_sorted() {
        let v = Value::object(vec![
            ("b".into(), Value::int(1)),
            ("a".into(), Value::int(2)),
            ("b".into(), Value::int(3)),
        ]);
        let f = v.as_fields().unwrap();
        assert_eq!(f.keys().iter().map(EcoString::as_str).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(f.get("b").unwrap().as_number().unwrap().to_string(), "3");
    }

    #[test]
    fn marks_of_a_sets_elements_are_marks_of_the_set() {
        let v = Value::set(Type::String, vec![Value::from("a").mark(Marks::SENSITIVE)]);
        assert_eq!(v.marks(), Marks::SENSITIVE);
        assert!(!v.bare().contains_marked());
    }

    #[test]
    fn a_very_deep_value_is_dropped_without_overflowing_the_stack() {
        let mut v = Value::int(1);
        for _ in 0..200_000 {
            v = Value::tuple(vec![v]);
        }
        drop(v);
    }
}
