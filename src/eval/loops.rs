//! `for` expressions, and what they go over.

use ecow::EcoString;

use super::error::{EvalError, EvalResult};
use super::expr::{Evaluator, Loop};
use crate::syntax::{ExprId, ForExpr};
use crate::value::{Cause, Marks, Type, Value, convert, convert_error_text};

impl Evaluator<'_> {
    pub(super) fn for_expr(&mut self, f: &ForExpr, id: ExprId, failed_type: &mut Type) -> EvalResult<Value> {
        let collection = self.eval(f.collection)?;
        if collection.is_null() {
            return self.fail(
                f.collection,
                "Iteration over null value",
                "A null value cannot be used as the collection in a 'for' expression.",
            );
        }
        let (collection, mut marks) = collection.unmark();
        let Some(elements) = elements(&collection) else {
            return match &collection {
                Value::Unknown(u) if u.ty == Type::Dynamic || u.ty.is_iterable() => {
                    Ok(Value::unknown(Type::Dynamic, u.why.clone()).mark(marks))
                }
                other => self.fail(
                    f.collection,
                    "Iteration over non-iterable value",
                    format!(
                        "A value of type {} cannot be used as the collection in a 'for' expression.",
                        other.type_of().friendly()
                    ),
                ),
            };
        };
        let mut values: Vec<Value> = Vec::new();
        let mut entries: Vec<(EcoString, Value)> = Vec::new();
        let mut seen = Seen::default();
        // Of a loop that groups: the values of each entry.
        let mut groups: Vec<Vec<Value>> = Vec::new();
        let mut open: Option<Cause> = None;
        let mut failed: Option<Box<EvalError>> = None;
        self.spend(elements.len() as u64, id)?;
        for (key, value) in elements {
            self.loops.push(Loop { key, value });
            let step = self.for_step(f, &mut marks, &mut open);
            self.loops.pop();
            let step = step.map(|found| {
                found.map(|(key, value)| {
                    let value = value.unwrap_or_else(|e| {
                        let stand_in = e.stand_in();
                        failed = Some(e.after(failed.take()));
                        stand_in
                    });
                    (key, value)
                })
            });
            match step {
                Ok(Some((None, value))) => values.push(value),
                Ok(Some((Some(key), value))) => match seen.find(&key, &entries) {
                    Some(at) if f.group => groups[at].push(value),
                    Some(_) => {
                        let at = f.key.expect("bug: a keyed loop without a key");
                        let detail = format!(
                            "Two different items produced the key {key:?} in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key."
                        );
                        failed = failed
                            .or_else(|| Some(EvalError::new("Duplicate object key", detail, self.span(at))));
                    }
                    None => {
                        if f.group {
                            groups.push(vec![value]);
                            entries.push((key, Value::NULL));
                        } else {
                            entries.push((key, value));
                        }
                    }
                },
                Ok(None) => {}
                Err(e) => return Err(e),
            }
        }
        for ((_, value), group) in entries.iter_mut().zip(groups) {
            *value = Value::tuple(group);
        }
        if let Some(e) = failed {
            if open.is_none() {
                let value = if f.key.is_some() { Value::object(entries) } else { Value::tuple(values) };
                *failed_type = value.type_of();
            }
            return Err(e);
        }
        if let Some(why) = open {
            return Ok(Value::unknown(Type::Dynamic, why).mark(marks));
        }
        let value = if f.key.is_some() { Value::object(entries) } else { Value::tuple(values) };
        self.bounded(value.mark(marks), id)
    }

    /// Returns key and value of one round, or None if it is left out.
    ///
    /// Once the result is not known, Terraform is silent about keys and conditions that are null or of a wrong type.
    fn for_step(
        &mut self,
        f: &ForExpr,
        marks: &mut Marks,
        open: &mut Option<Cause>,
    ) -> EvalResult<Option<(Option<EcoString>, EvalResult<Value>)>> {
        if let Some(cond) = f.cond {
            const SUMMARY: &str = "Invalid 'for' condition";
            let included = self.eval(cond)?;
            if included.is_null() {
                if open.is_some() {
                    return Ok(None);
                }
                return self.fail(cond, SUMMARY, "The value of the 'if' clause must not be null.");
            }
            let included = match convert(&included, &Type::Bool) {
                Ok(v) => v,
                Err(_) if open.is_some() => return Ok(None),
                Err(e) => {
                    return self.fail(
                        cond,
                        SUMMARY,
                        format!("The 'if' clause value is invalid: {}.", convert_error_text(&e)),
                    );
                }
            };
            *marks |= included.marks();
            match included.as_bool() {
                Some(true) => {}
                Some(false) => return Ok(None),
                None => {
                    open.get_or_insert_with(|| included.cause().unwrap_or_else(Cause::unstated));
                    return Ok(None);
                }
            }
        }
        let Some(key) = f.key else {
            return Ok(Some((None, self.eval(f.value))));
        };
        const SUMMARY: &str = "Invalid object key";
        let raw = self.eval(key)?;
        if raw.is_null() {
            if open.is_some() {
                return Ok(None);
            }
            return self.fail(
                key,
                SUMMARY,
                "Key expression in 'for' expression must not produce a null value.",
            );
        }
        if raw.is_unknown() {
            open.get_or_insert_with(|| raw.cause().unwrap_or_else(Cause::unstated));
            return Ok(None);
        }
        let text = match convert(&raw, &Type::String) {
            Ok(k) => k,
            Err(_) if open.is_some() => return Ok(None),
            Err(e) => {
                return self.fail(
                    key,
                    SUMMARY,
                    format!("The key expression produced an invalid result: {}.", convert_error_text(&e)),
                );
            }
        };
        *marks |= text.marks();
        let text = text.as_str().expect("bug: a known string without text").clone();
        Ok(Some((Some(text), self.eval(f.value))))
    }
}

/// Finds the entry of a key among those that a loop has made.
#[derive(Default)]
struct Seen {
    /// Of the first entries, by key; empty as long as each key is greater than the last.
    by_key: foldhash::HashMap<EcoString, usize>,
}

impl Seen {
    fn find(&mut self, key: &EcoString, entries: &[(EcoString, Value)]) -> Option<usize> {
        if self.by_key.is_empty() {
            let (last, _) = entries.last()?;
            match key.cmp(last) {
                std::cmp::Ordering::Greater => return None,
                std::cmp::Ordering::Equal => return Some(entries.len() - 1),
                std::cmp::Ordering::Less => {}
            }
        }
        for (i, (key, _)) in entries.iter().enumerate().skip(self.by_key.len()) {
            self.by_key.insert(key.clone(), i);
        }
        self.by_key.get(key).copied()
    }
}

/// Returns keys and values of what can be iterated over, in Terraform's order.
pub(super) fn elements(value: &Value) -> Option<Vec<(Value, Value)>> {
    match value {
        Value::List(s) | Value::Tuple(s) => {
            Some(s.items().iter().enumerate().map(|(i, v)| (Value::int(i as i64), v.clone())).collect())
        }
        Value::Set(s) => Some(s.items().iter().map(|v| (v.clone(), v.clone())).collect()),
        Value::Map(f) => Some(f.iter().map(|(k, v)| (Value::String(k.clone()), v.clone())).collect()),
        Value::Object(f) if f.open().is_none() => {
            Some(f.iter().map(|(k, v)| (Value::String(k.clone()), v.clone())).collect())
        }
        _ => None,
    }
}
