//! One side of a change, or the values of a state: what is asked of it is read, the rest is passed over.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use ecow::EcoString;

use super::ask::{Ask, MeasureAsk, bit};
use super::fault::{Fault, Step, What};
use super::json::{Inside, Raw, Read};
use super::packed::{Entry, TagSets};
use super::store::{Held, Named, Small, Store, Unset, Wide, hash_of};
use super::values::{Reader, Shape, unknown};
use crate::catalog::{Attributes, Measure, names_another};
use crate::inventory::{TagValue, Tags, tags_at};
use crate::value::{Cause, CauseKind, Marks, Value};

/// The attributes of one side, cut out and not looked at yet.
pub struct Side<'a> {
    pub(super) ask: &'a Ask,
    slots: Vec<Option<Raw<'a>>>,
    unknown: Shape<'a>,
    sensitive: Shape<'a>,
    /// Their JSON, to recognise what was read before.
    marks: [Option<Raw<'a>>; 2],
    cause: &'a Cause,
    /// What it is called in the input.
    name: &'static str,
    /// Values that were looked at before.
    read: RefCell<Vec<(usize, Value)>>,
}

/// The most attributes that a measure looks at, and the most bytes of JSON, for its amount to be remembered.
const MEASURED: usize = 4;
const LONGEST_MEASURED: usize = 1024;

/// Conditions compare with short words.
const LONGEST_HELD: usize = 64;

/// The JSON that a side is made of.
#[derive(Clone, Copy, Default)]
pub struct Text<'a> {
    pub values: Option<Raw<'a>>,
    pub unknown: Option<Raw<'a>>,
    pub sensitive: Option<Raw<'a>>,
    /// What the values and the sensitive places are called in the input.
    pub names: (&'static str, &'static str),
}

impl<'a> Side<'a> {
    /// Cuts the wanted attributes out of an object; null has none.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn read(ask: &'a Ask, text: Text<'a>, cause: &'a Cause) -> Read<Side<'a>> {
        let Text { values, unknown, sensitive, names } = text;
        let shape = |raw: Option<Raw<'a>>| raw.map_or(Ok(Shape::Nowhere), Shape::read);
        let mut side = Side {
            ask,
            slots: vec![None; ask.attributes.len()],
            unknown: shape(unknown).key("after_unknown")?,
            sensitive: shape(sensitive).key(names.1)?,
            marks: [unknown, sensitive],
            cause,
            name: names.0,
            read: RefCell::default(),
        };
        if let Some(values) = values.filter(|v| !v.is_null()) {
            side.cut(values).shift(values.offset).key(names.0)?;
            // Slices of the object know their place in it only.
            for slot in side.slots.iter_mut().flatten() {
                slot.offset += values.offset;
            }
        }
        Ok(side)
    }

    fn cut(&mut self, values: Raw<'a>) -> Read<()> {
        let (ask, slots) = (self.ask, &mut self.slots);
        values.cursor().fields(|c, key| {
            let Some(at) = ask.attribute_of(key) else { return c.skip() };
            if slots[at].is_some() {
                let fault = Fault::new(What::Duplicate, c.offset());
                return Err(fault.inside(Step::Key(ask.attributes[at])));
            }
            slots[at] = Some(c.raw().key(ask.attributes[at])?);
            Ok(())
        })
    }

    fn slot(&self, at: usize) -> Option<Raw<'a>> {
        self.slots[at]
    }

    fn is_unknown(&self, at: usize) -> bool {
        *self.unknown.field(self.ask.attributes[at]) == Shape::Whole
    }

    pub(super) fn value(&self, at: usize) -> Read<Value> {
        if let Some((_, value)) = self.read.borrow().iter().find(|(i, _)| *i == at) {
            return Ok(value.clone());
        }
        let value = self.read_value(at)?;
        self.read.borrow_mut().push((at, value.clone()));
        Ok(value)
    }

    fn read_value(&self, at: usize) -> Read<Value> {
        let name = self.ask.attributes[at];
        let unknown_at = self.unknown.field(name);
        if *unknown_at == Shape::Whole {
            return Ok(unknown(self.cause));
        }
        let sensitive = self.sensitive.field(name);
        let Some(raw) = self.slot(at) else {
            return Ok(match unknown_at {
                // A collection of which only unknown parts are told.
                Shape::Fields(_) | Shape::Items(_) => unknown(self.cause),
                _ => Value::NULL,
            });
        };
        Reader { unknown: unknown_at, sensitive, cause: self.cause }.value(raw).key(name).key(self.name)
    }

    /// Returns a text and whether it is sensitive; None: not a text, or not known.
    pub fn text(&self, at: usize) -> Read<Option<(Cow<'a, str>, bool)>> {
        let Some(raw) = self.slot(at) else { return Ok(None) };
        if self.is_unknown(at) {
            return Ok(None);
        }
        let mut cursor = raw.cursor();
        let text = match cursor.peek() {
            b'"' => cursor.string(),
            b'-' | b'0'..=b'9' => cursor.number().map(Cow::Borrowed),
            _ => return Ok(None),
        };
        let text = text.shift(raw.offset).key(self.ask.attributes[at]).key(self.name)?;
        let sensitive = *self.sensitive.field(self.ask.attributes[at]) == Shape::Whole;
        Ok(Some((text, sensitive)))
    }

    /// Returns what an attribute holds, as far as a condition asks for it.
    pub fn held(&self, at: usize, store: &mut Store) -> Read<Held> {
        if self.is_unknown(at) {
            return Ok(Held::Unknown);
        }
        let value = self.value(at)?;
        Ok(match value.bare() {
            Value::Null(_) => Held::Nothing,
            Value::Bool(b) => Held::Text(store.text(if *b { "true" } else { "false" })),
            Value::String(text) if text.len() <= LONGEST_HELD => Held::Text(store.text(text)),
            _ => Held::Unknown,
        })
    }

    /// Returns the texts that identify the instance, and whether one is not known yet.
    pub fn identity(&self) -> Read<(Vec<Cow<'a, str>>, bool)> {
        let (mut texts, mut new) = (Vec::new(), false);
        for &at in &self.ask.identity {
            new |= self.is_unknown(at);
            texts.extend(self.text(at)?.map(|(t, _)| t).filter(|t| !t.is_empty()));
        }
        Ok((texts, new))
    }

    /// Returns what an attribute names.
    pub fn named(&self, scope: usize, store: &mut Store) -> Read<Named> {
        let ask = &self.ask.scopes[scope];
        if self.is_unknown(ask.attribute) {
            return Ok(Named::Unknown);
        }
        let Some(raw) = self.slot(ask.attribute) else { return Ok(Named::Nothing) };
        let mut cursor = raw.cursor();
        if cursor.peek() == b'[' {
            let value = self.value(ask.attribute)?;
            let mut list = Vec::new();
            for item in value.as_seq().unwrap_or_default() {
                let secret = value.marks_deep().contains(Marks::SENSITIVE);
                match item.bare() {
                    Value::String(s) if !s.is_empty() => list.push(parent(store, ask.kind, s, secret)),
                    Value::Unknown(_) => list.push(Named::Unknown),
                    _ => {}
                }
            }
            return Ok(Named::Several(store.list(list)));
        }
        Ok(match self.text(ask.attribute)? {
            Some((text, secret)) if !text.is_empty() && !names_another(ask.kind, &text) => {
                parent(store, ask.kind, &text, secret)
            }
            _ => Named::Nothing,
        })
    }

    /// Takes a measure; of the same JSON it is taken once.
    pub fn amount(&self, ask: &MeasureAsk, store: &mut Store) -> Read<Small> {
        let hash = self.short_hash(ask);
        if let Some(known) = hash.and_then(|hash| store.known_amount(hash)) {
            return Ok(known);
        }
        let wide = match self.texts_of(ask) {
            Some(length) => Wide::exactly(length),
            None => self.measure(ask.measure)?,
        };
        let small = store.small(wide);
        if let Some(hash) = hash {
            store.remember_amount(hash, small);
        }
        Ok(small)
    }

    /// Returns how many texts a list holds, if that is all that is measured, and the list is plain.
    fn texts_of(&self, ask: &MeasureAsk) -> Option<u64> {
        let ([at], true) = (ask.reads.as_slice(), ask.is_length) else { return None };
        if *self.unknown.field(self.ask.attributes[*at]) != Shape::Nowhere
            || self.ask.mirrored & bit(*at) != 0
        {
            return None;
        }
        self.slot(*at)?.cursor().plain_texts()
    }

    /// Returns a hash of all that a measure looks at, if that is short and nothing in it unknown.
    fn short_hash(&self, ask: &MeasureAsk) -> Option<u64> {
        let number = std::ptr::from_ref(ask).addr().to_ne_bytes();
        let mut texts = [&b""[..]; MEASURED + 1];
        texts[0] = &number;
        let mut length = 0;
        for (text, &at) in texts[1..].iter_mut().zip(&ask.reads) {
            if *self.unknown.field(self.ask.attributes[at]) != Shape::Nowhere {
                return None;
            }
            *text = self.slot(at).map_or(&b""[..], |raw| raw.text);
            length += text.len();
        }
        let fits = ask.reads.len() <= MEASURED && length <= LONGEST_MEASURED;
        fits.then(|| hash_of(&texts[..=ask.reads.len()]))
    }

    /// Takes a measure; the faults of attributes that it looked at come first.
    pub fn measure(&self, measure: &Measure) -> Read<Wide> {
        let view = View::of(self, 0);
        let found = measure.read_apart(&view);
        if let Some(fault) = view.fault.into_inner() {
            return Err(fault);
        }
        // What differs from instance to instance alone would keep equal amounts apart.
        let own = self.cause.kind() == CauseKind::Attribute && found.because.as_ref() == Some(self.cause);
        let why = found.because.filter(|_| !own);
        let mut wide = Wide { count: found.count, why, own, unset: None, texts: found.texts };
        let (hidden, mirrored) = (view.hidden.get(), view.looked_at.get() & self.ask.mirrored);
        if hidden | mirrored != 0 {
            let count = measure.read_apart(&View::of(self, hidden | mirrored)).count;
            if count != wide.count {
                wide.unset =
                    Some(Unset { attributes: hidden | mirrored, count, mirrored: mirrored & !hidden != 0 });
            }
        }
        Ok(wide)
    }

    /// Returns the tags of an attribute; None: it is not there, or unknown as a whole. `base`: tags that are likely in them.
    pub fn tags(&self, name: &'static str, base: Option<u32>, store: &mut Store) -> Read<Option<u32>> {
        let Some(at) = self.ask.attribute(name) else { return Ok(None) };
        let raw = self.slot(at);
        if raw.is_some_and(Raw::is_null) && !self.is_unknown(at) {
            return Ok(Some(store.no_tags()));
        }
        let Some(raw) = raw.filter(|r| !r.is_null()) else {
            return match self.unknown.field(name) {
                Shape::Fields(fields) => {
                    let unknown = || TagValue::Unknown(self.cause.clone());
                    let entries = fields.iter().map(|(k, _)| (store.shared(k), unknown())).collect();
                    // Another instance's cannot be the same: what they wait for is its own.
                    Ok(Some(store.tags.add(sorted(entries), base)))
                }
                _ => Ok(None),
            };
        };
        if self.is_unknown(at) {
            return Ok(None);
        }
        let marked = |shape: &Shape<'_>, raw: Option<Raw<'a>>| match shape {
            Shape::Nowhere => &b""[..],
            _ => raw.map_or(&b""[..], |r| r.text),
        };
        let (unknown_at, sensitive) = (self.unknown.field(name), self.sensitive.field(name));
        // The provider makes `tags_all` of `tags`, and no mark goes with them.
        let own = self.ask.attribute("tags").filter(|own| *own != at && self.slots[*own].is_some());
        let own = own.filter(|own| *self.sensitive.field("tags") != Shape::Nowhere && !self.is_unknown(*own));
        // A tag that is not known waits for an attribute of its own instance.
        let of = if *unknown_at == Shape::Nowhere { &b""[..] } else { self.cause.name().as_bytes() };
        let hash = hash_of(&[
            raw.text,
            of,
            marked(unknown_at, self.marks[0]),
            marked(if own.is_some() { &Shape::Whole } else { sensitive }, self.marks[1]),
            own.and_then(|own| self.slot(own)).map_or(&b""[..], |r| r.text),
        ]);
        if let Some(known) = store.known_tags(hash) {
            return Ok(Some(known));
        }
        let plain = *unknown_at == Shape::Nowhere && *sensitive == Shape::Nowhere;
        if plain
            && own.is_none()
            && let Some(tags) = plain_tags(raw, &mut store.tags)
        {
            return Ok(Some(store.put_tags(hash, tags, base)));
        }
        let value = self.value(at)?;
        let mut tags = tags_of(&value, store);
        if let Some(own) = own {
            hide(&mut tags, &self.value(own)?);
        }
        let number = store.add_tags(hash, tags, base);
        let twice = if value.as_seq().is_some() { Tags::twice(&value) } else { Vec::new() };
        if !twice.is_empty() {
            store.twice.insert(number, twice);
        }
        Ok(Some(number))
    }

    /// True if an attribute is a list of which something is told.
    pub fn has_list(&self, name: &str) -> bool {
        let raw = self.ask.attribute(name).and_then(|at| self.slot(at));
        raw.is_some_and(|raw| raw.text.starts_with(b"[") && raw.text != b"[]")
    }

    /// Returns tags that are written elsewhere: where, the attribute that holds them, and the tags.
    pub fn other_tags(&self, store: &mut Store) -> Read<Vec<(EcoString, &'static str, Tags)>> {
        let mut found = Vec::new();
        for path in self.ask.other_tags {
            let Some(first) = path.first() else { continue };
            let Some(at) = self.ask.attribute(first) else { continue };
            let value = self.value(at)?;
            for (shape, map) in tags_at(&value, path) {
                let tags = match map.as_unknown() {
                    Some(u) => Tags { entries: Vec::new(), open: Some(u.why.clone()) },
                    None => tags_of(map, store),
                };
                if tags != Tags::default() {
                    found.push((shape.into(), *first, tags));
                }
            }
        }
        Ok(found)
    }

    /// Returns the tags that the instance sets on another.
    pub fn attached_tags(&self) -> Read<Tags> {
        let get = |name: &str| self.ask.attribute(name).map_or(Ok(Value::NULL), |at| self.value(at));
        Ok(match self.ask.attribute("tag") {
            Some(at) => Tags::listed(&self.value(at)?),
            None => Tags::single(&get("key")?, &get("value")?),
        })
    }

    /// Returns the name; None inside: it is not known yet.
    pub fn name(&self) -> Read<Option<EcoString>> {
        let Some(at) = self.ask.attribute("name") else { return Ok(None) };
        Ok(self.text(at)?.map(|(text, _)| text.as_ref().into()))
    }

    /// True if the attribute is unknown as a whole.
    pub fn hides(&self, name: &str) -> bool {
        self.ask.attribute(name).is_some_and(|at| self.is_unknown(at))
    }

    /// Returns a known, printable text of an attribute by its name.
    pub fn plain(&self, name: &str) -> Read<Option<Cow<'a, str>>> {
        let Some(at) = self.ask.attribute(name) else { return Ok(None) };
        Ok(self.text(at)?.filter(|(t, secret)| !secret && !t.is_empty()).map(|(t, _)| t))
    }
}

pub(super) fn parent(store: &mut Store, kind: &str, text: &str, secret: bool) -> Named {
    Named::Parent(if secret {
        store.parents.of_secret(kind, text)
    } else {
        store.parents.of_text(kind, text)
    })
}

/// Tags sorted by key; of equal keys the last one counts.
fn sorted(mut entries: Vec<(EcoString, TagValue)>) -> Tags {
    entries.reverse();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.dedup_by(|b, a| a.0 == b.0);
    Tags { entries, open: None }
}

/// Reads a map of texts, which nearly all tags are. None: it is something else, or broken.
fn plain_tags(raw: Raw<'_>, sets: &mut TagSets) -> Option<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::with_capacity(8);
    let read = raw.cursor().fields(|c, key| {
        let at = c.clone();
        let entry = match c.plain_string() {
            Some(value) => sets.known(key, value),
            None => {
                *c = at;
                sets.known(key, c.string()?.as_bytes())
            }
        };
        // What is no UTF-8 is told of by the long way.
        entries.push(entry.ok_or_else(|| Fault::new(What::NotUtf8, c.offset()))?);
        Ok(())
    });
    read.ok()?;
    // Keys that are twice there are looked at more closely.
    sets.sort(&mut entries).then_some(entries)
}

fn tags_of(value: &Value, store: &mut Store) -> Tags {
    let sensitive = value.marks().contains(Marks::SENSITIVE);
    if sensitive && value.as_fields().is_some_and(|f| !f.is_empty()) {
        return Tags::secret();
    }
    let mut entries = Vec::new();
    let mut open = None;
    if let Some(fields) = value.as_fields() {
        for (key, v) in fields.iter() {
            entries.push((store.shared(key), shared(TagValue::from_value(v, sensitive), store)));
        }
    } else if let Some(items) = value.as_seq() {
        // Blocks of an Auto Scaling group, and the lists of awscc: objects with `key` and `value`.
        for item in items {
            let Some(fields) = item.as_fields() else {
                open = open.or(item.cause());
                continue;
            };
            match fields.get("key").map(|k| (k.as_str(), k.cause())) {
                Some((Some(key), _)) => {
                    let v = fields.get("value").unwrap_or(&Value::NULL);
                    entries.push((store.shared(key), shared(TagValue::from_value(v, sensitive), store)));
                }
                Some((None, cause)) => open = open.or(cause),
                None => {}
            }
        }
    }
    Tags { open, ..sorted(entries) }
}

/// Keeps to itself what is sensitive in the tags that these were made of.
fn hide(tags: &mut Tags, own: &Value) {
    let Some(fields) = own.as_fields() else { return };
    let sensitive = |v: &Value| v.marks().contains(Marks::SENSITIVE);
    if sensitive(own) {
        tags.entries.retain(|(key, _)| fields.get(key).is_none());
        tags.open = tags.open.take().or_else(|| Tags::secret().open);
        return;
    }
    for (key, value) in &mut tags.entries {
        if let TagValue::Known(text) = value
            && fields.get(key).is_some_and(sensitive)
        {
            *value = TagValue::Sensitive(std::mem::take(text));
        }
    }
}

fn shared(value: TagValue, store: &mut Store) -> TagValue {
    match value {
        TagValue::Known(text) => TagValue::Known(store.shared(&text)),
        other => other,
    }
}

/// The attributes as the catalog looks at them: each is read when somebody asks.
struct View<'s, 'a> {
    side: &'s Side<'a>,
    fault: RefCell<Option<Fault>>,
    /// Attributes asked for, as bits.
    looked_at: Cell<u64>,
    /// Attributes asked for that are unknown as a whole.
    hidden: Cell<u64>,
    /// These are shown as not set.
    unset: u64,
}

impl<'s, 'a> View<'s, 'a> {
    fn of(side: &'s Side<'a>, unset: u64) -> View<'s, 'a> {
        View { side, fault: RefCell::new(None), looked_at: Cell::new(0), hidden: Cell::new(0), unset }
    }
}

impl Attributes for View<'_, '_> {
    fn get(&self, name: &str) -> Value {
        let Some(at) = self.side.ask.attribute(name) else { return Value::NULL };
        let bit = bit(at);
        if self.unset & bit != 0 {
            return Value::NULL;
        }
        self.looked_at.set(self.looked_at.get() | bit);
        if self.side.is_unknown(at) {
            self.hidden.set(self.hidden.get() | bit);
        }
        self.side.value(at).unwrap_or_else(|fault| {
            self.fault.borrow_mut().get_or_insert(fault);
            Value::NULL
        })
    }
}
