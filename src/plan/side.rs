//! One side of a change, or the values of a state: what is asked of it is read, the rest is passed over.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use ecow::EcoString;

use super::ask::Ask;
use super::fault::{Fault, Step, What};
use super::json::{Inside, Raw, Read};
use super::store::{Named, Store, Wide, hash_of};
use super::values::{Reader, Shape, unknown};
use crate::catalog::{Attributes, Measure, TagShape};
use crate::inventory::{TagValue, Tags};
use crate::value::{Cause, Marks, Value};

/// The attributes of one side, cut out and not looked at yet.
pub struct Side<'a> {
    ask: &'a Ask,
    slots: Vec<Option<Raw<'a>>>,
    unknown: Shape<'a>,
    sensitive: Shape<'a>,
    /// Their JSON, to recognise what was read before.
    marks: [Option<Raw<'a>>; 2],
    cause: &'a Cause,
}

impl<'a> Side<'a> {
    /// Cuts the wanted attributes out of an object; null has none.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn read(
        ask: &'a Ask,
        values: Option<Raw<'a>>,
        unknown: Option<Raw<'a>>,
        sensitive: Option<Raw<'a>>,
        cause: &'a Cause,
    ) -> Read<Side<'a>> {
        let shape = |raw: Option<Raw<'a>>| raw.map_or(Ok(Shape::Nowhere), Shape::read);
        let mut side = Side {
            ask,
            slots: vec![None; ask.attributes.len()],
            unknown: shape(unknown).key("after_unknown")?,
            sensitive: shape(sensitive).key("after_sensitive")?,
            marks: [unknown, sensitive],
            cause,
        };
        if let Some(values) = values.filter(|v| !v.is_null()) {
            let slots = &mut side.slots;
            let mut cursor = values.cursor();
            let done = cursor.object(|c, key| {
                let Some(at) = ask.attribute(&key) else { return c.skip() };
                if slots[at].is_some() {
                    let fault = Fault::new(What::Duplicate, c.offset());
                    return Err(fault.inside(Step::Key(ask.attributes[at])));
                }
                slots[at] = Some(c.raw().key(ask.attributes[at])?);
                Ok(())
            });
            done.shift(values.offset)?;
            // Slices of the object know their place in it only.
            for slot in side.slots.iter_mut().flatten() {
                slot.offset += values.offset;
            }
        }
        Ok(side)
    }

    fn slot(&self, at: usize) -> Option<Raw<'a>> {
        self.slots[at]
    }

    fn is_unknown(&self, at: usize) -> bool {
        *self.unknown.field(self.ask.attributes[at]) == Shape::Whole
    }

    fn value(&self, at: usize) -> Read<Value> {
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
        Reader { unknown: unknown_at, sensitive, cause: self.cause }.value(raw).key(name)
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
        let text = text.shift(raw.offset).key(self.ask.attributes[at])?;
        let sensitive = *self.sensitive.field(self.ask.attributes[at]) == Shape::Whole;
        Ok(Some((text, sensitive)))
    }

    /// Returns the texts that identify the instance, and whether one is not known yet.
    pub fn identity(&self) -> Read<(Vec<Cow<'a, str>>, bool)> {
        let (mut texts, mut new) = (Vec::new(), false);
        for name in self.ask.identity {
            let Some(at) = self.ask.attribute(name) else { continue };
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
            Some((text, secret)) if !text.is_empty() => parent(store, ask.kind, &text, secret),
            _ => Named::Nothing,
        })
    }

    /// Takes a measure; the faults of attributes that it looked at come first.
    pub fn measure(&self, measure: &Measure) -> Read<Wide> {
        let view = View { side: self, fault: RefCell::new(None), hidden: Cell::new(0), unset: 0 };
        let found = measure.read(&view);
        if let Some(fault) = view.fault.into_inner() {
            return Err(fault);
        }
        let hidden = view.hidden.get();
        let mut wide = Wide { count: found.count, why: found.because, unset: None, texts: found.texts };
        if hidden != 0 {
            let view = View { side: self, fault: RefCell::new(None), hidden: Cell::new(0), unset: hidden };
            let count = measure.read(&view).count;
            if count != wide.count {
                wide.unset = Some((hidden, count));
            }
        }
        Ok(wide)
    }

    /// Returns the tags of an attribute; None: it is null, not there, or unknown as a whole.
    pub fn tags(&self, name: &'static str, store: &mut Store) -> Read<Option<u32>> {
        let Some(at) = self.ask.attribute(name) else { return Ok(None) };
        let Some(raw) = self.slot(at).filter(|r| !r.is_null()) else {
            return match self.unknown.field(name) {
                Shape::Fields(fields) => {
                    let entries = fields
                        .iter()
                        .map(|(k, _)| (store.shared(k), TagValue::Unknown(self.cause.clone())))
                        .collect();
                    Ok(Some(store.add_tags(0, sorted(entries))))
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
        let hash = hash_of(&[raw.text, marked(unknown_at, self.marks[0]), marked(sensitive, self.marks[1])]);
        if let Some(known) = store.known_tags(hash) {
            return Ok(Some(known));
        }
        let value = self.value(at)?;
        let tags = tags_of(&value, self.ask.tags, store);
        Ok(Some(store.add_tags(hash, tags)))
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

fn parent(store: &mut Store, kind: &str, text: &str, secret: bool) -> Named {
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

fn tags_of(value: &Value, shape: TagShape, store: &mut Store) -> Tags {
    let sensitive = value.marks().contains(Marks::SENSITIVE);
    let mut entries = Vec::new();
    let mut open = None;
    if let Some(fields) = value.as_fields() {
        for (key, v) in fields.iter() {
            entries.push((store.shared(key), shared(TagValue::from_value(v, sensitive), store)));
        }
    } else if let Some(items) = value.as_seq() {
        // Blocks of an Auto Scaling group, and the lists of awscc: objects with `key` and `value`.
        let _ = shape;
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
    /// Attributes asked for that are unknown as a whole, as bits.
    hidden: Cell<u64>,
    /// These are shown as not set.
    unset: u64,
}

impl Attributes for View<'_, '_> {
    fn get(&self, name: &str) -> Value {
        let Some(at) = self.side.ask.attribute(name) else { return Value::NULL };
        let bit = 1u64.checked_shl(at as u32).unwrap_or(0);
        if self.side.is_unknown(at) {
            if self.unset & bit != 0 {
                return Value::NULL;
            }
            self.hidden.set(self.hidden.get() | bit);
        }
        self.side.value(at).unwrap_or_else(|fault| {
            self.fault.borrow_mut().get_or_insert(fault);
            Value::NULL
        })
    }
}
