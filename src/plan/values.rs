//! JSON of a plan as values: what is, what is known after apply, what is sensitive.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use ecow::EcoString;

use super::fault::{Fault, What};
use super::json::{Cursor, MAX_VALUE_DEPTH, Raw, Read};
use crate::value::{Cause, Marks, Number, Type, Value};

/// Where something holds: `after_unknown`, `after_sensitive`.
#[derive(Debug, Default, PartialEq)]
pub enum Shape<'a> {
    #[default]
    Nowhere,
    Whole,
    Fields(Vec<(Cow<'a, str>, Shape<'a>)>),
    Items(Vec<Shape<'a>>),
}

impl<'a> Shape<'a> {
    /// Reads a shape; whatever is neither `true` nor a structure holds nowhere.
    pub fn read(raw: Raw<'a>) -> Read<Shape<'a>> {
        // It mostly marks nothing, at length.
        static TRUE: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("true"));
        if raw.says_nothing() || TRUE.find(raw.text).is_none() {
            return Ok(Shape::Nowhere);
        }
        let mut cursor = raw.cursor();
        let shape = Shape::next(&mut cursor, 0);
        shape.map_err(|f| f.shift(raw.offset as u64))
    }

    fn next(cursor: &mut Cursor<'a>, depth: usize) -> Read<Shape<'a>> {
        too_deep(cursor, depth)?;
        match cursor.peek() {
            b'{' => {
                let mut fields = Vec::new();
                cursor.object(|c, key| {
                    let inner = Shape::next(c, depth + 1)?;
                    if inner != Shape::Nowhere {
                        fields.push((key, inner));
                    }
                    Ok(())
                })?;
                Ok(if fields.is_empty() { Shape::Nowhere } else { Shape::Fields(fields) })
            }
            b'[' => {
                let mut items = Vec::new();
                cursor.array(|c, _| {
                    items.push(Shape::next(c, depth + 1)?);
                    Ok(())
                })?;
                let nothing = items.iter().all(|i| *i == Shape::Nowhere);
                Ok(if nothing { Shape::Nowhere } else { Shape::Items(items) })
            }
            b't' | b'f' => Ok(if cursor.bool()? { Shape::Whole } else { Shape::Nowhere }),
            _ => cursor.skip().map(|()| Shape::Nowhere),
        }
    }

    /// Returns what holds for a field.
    pub fn field(&self, name: &str) -> &Shape<'a> {
        match self {
            Shape::Whole => &Shape::Whole,
            Shape::Fields(fields) => {
                fields.iter().find(|(k, _)| k == name).map_or(&Shape::Nowhere, |(_, s)| s)
            }
            Shape::Nowhere | Shape::Items(_) => &Shape::Nowhere,
        }
    }

    fn item(&self, index: usize) -> &Shape<'a> {
        match self {
            Shape::Whole => &Shape::Whole,
            Shape::Items(items) => items.get(index).unwrap_or(&Shape::Nowhere),
            Shape::Nowhere | Shape::Fields(_) => &Shape::Nowhere,
        }
    }
}

fn too_deep(cursor: &Cursor<'_>, depth: usize) -> Read<()> {
    if depth > MAX_VALUE_DEPTH {
        return Err(Fault::new(What::TooDeep, cursor.offset()));
    }
    Ok(())
}

/// What a value is read with.
#[derive(Clone, Copy)]
pub struct Reader<'s, 'a> {
    pub unknown: &'s Shape<'a>,
    pub sensitive: &'s Shape<'a>,
    pub cause: &'s Cause,
}

impl Reader<'_, '_> {
    /// Reads a value: objects and tuples, as JSON does not tell maps and lists.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn value(&self, raw: Raw<'_>) -> Read<Value> {
        let read = next(&mut raw.cursor(), self.unknown, self.sensitive, self.cause, 0);
        read.map_err(|f| f.shift(raw.offset as u64))
    }
}

/// Reads a value of which all is known.
///
/// # Errors
/// What is wrong with the text.
pub fn constant(raw: Raw<'_>) -> Read<Value> {
    let cause = Cause::unstated();
    Reader { unknown: &Shape::Nowhere, sensitive: &Shape::Nowhere, cause: &cause }.value(raw)
}

/// Returns an unknown that nothing is known of.
pub fn unknown(cause: &Cause) -> Value {
    Value::unknown(Type::Dynamic, cause.clone())
}

fn next(
    cursor: &mut Cursor<'_>,
    unknown_at: &Shape<'_>,
    sensitive_at: &Shape<'_>,
    cause: &Cause,
    depth: usize,
) -> Read<Value> {
    too_deep(cursor, depth)?;
    let value = if *unknown_at == Shape::Whole {
        cursor.skip()?;
        unknown(cause)
    } else {
        match cursor.peek() {
            b'{' => {
                let mut entries: Vec<(EcoString, Value)> = Vec::new();
                let start = cursor.offset();
                cursor.object(|c, key| {
                    let (u, s) = (unknown_at.field(&key), sensitive_at.field(&key));
                    let value = next(c, u, s, cause, depth + 1)?;
                    entries.push((EcoString::from(key.as_ref()), value));
                    Ok(())
                })?;
                let given = entries.len();
                // Terraform leaves out what it does not know.
                if let Shape::Fields(fields) = unknown_at {
                    for (key, _) in fields {
                        if !entries[..given].iter().any(|(k, _)| k.as_str() == key.as_ref()) {
                            entries.push((EcoString::from(key.as_ref()), unknown(cause)));
                        }
                    }
                }
                let all = entries.len();
                let value = Value::object(entries);
                if value.len() != Some(all) {
                    return Err(Fault::new(What::Duplicate, start));
                }
                value
            }
            b'[' => {
                let mut items = Vec::new();
                cursor.array(|c, i| {
                    items.push(next(c, unknown_at.item(i), sensitive_at.item(i), cause, depth + 1)?);
                    Ok(())
                })?;
                Value::tuple(items)
            }
            b'"' => Value::from(cursor.string()?.as_ref()),
            b't' | b'f' => Value::Bool(cursor.bool()?),
            b'n' => {
                cursor.null()?;
                // A list of the right length with an unknown element in it holds null in its place.
                Value::NULL
            }
            _ => {
                let at = cursor.offset();
                let text = cursor.number()?;
                let number = Number::parse(text).map(|n| n.as_planned());
                Value::Number(number.ok_or_else(|| Fault::new(What::Expected("a number within bounds"), at))?)
            }
        }
    };
    Ok(if *sensitive_at == Shape::Whole { value.mark(Marks::SENSITIVE) } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{sensitive_shape, to_json, unknown_shape};

    fn raw(text: &str) -> Raw<'_> {
        Raw { text: text.as_bytes(), offset: 0 }
    }

    fn check(value: &str, unknown: &str, sensitive: &str, expected: [&str; 3]) {
        let unknown = Shape::read(raw(unknown)).unwrap();
        let sensitive = Shape::read(raw(sensitive)).unwrap();
        let cause = Cause::unstated();
        let reader = Reader { unknown: &unknown, sensitive: &sensitive, cause: &cause };
        let value = reader.value(raw(value)).unwrap();
        let found = [to_json(&value), unknown_shape(&value), sensitive_shape(&value)];
        assert_eq!(found.map(|j| j.to_string()), expected);
    }

    #[test]
    fn unknown_and_sensitive_parts_keep_their_places() {
        check(
            r#"{"a":"x","b":[1,null,{"c":true}],"m":{"k":"v"}}"#,
            r#"{"b":[false,true,{"d":true}],"m":{"n":true},"u":true}"#,
            r#"{"a":true,"b":[false,false,{"c":true}]}"#,
            [
                r#"{"a":"x","b":[1,null,{"c":true,"d":null}],"m":{"k":"v","n":null},"u":null}"#,
                r#"{"b":[false,true,{"d":true}],"m":{"n":true},"u":true}"#,
                r#"{"a":true,"b":[false,false,{"c":true}]}"#,
            ],
        );
        check("null", "true", "false", ["null", "true", "false"]);
        check("[]", "{}", "[]", ["[]", "false", "false"]);
    }

    #[test]
    fn a_key_twice_is_an_error() {
        let (no, cause) = (Shape::Nowhere, Cause::unstated());
        let reader = Reader { unknown: &no, sensitive: &no, cause: &cause };
        assert_eq!(reader.value(raw(r#"{"a":1,"a":2}"#)).unwrap_err().what(), What::Duplicate);
    }

    #[test]
    fn large_numbers_are_bounded() {
        let (no, cause) = (Shape::Nowhere, Cause::unstated());
        let reader = Reader { unknown: &no, sensitive: &no, cause: &cause };
        assert!(reader.value(raw("1e999999999")).is_err());
        assert!(reader.value(raw("12345678901234567890123")).is_ok());
    }
}
