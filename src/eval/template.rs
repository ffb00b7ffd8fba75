//! Templates: interpolations, and the directives `if` and `for`.

use ecow::EcoString;
use unicode_segmentation::UnicodeSegmentation;

use super::MAX_STRING;
use super::error::EvalResult;
use super::expr::{Evaluator, Loop, either};
use super::loops::elements;
use crate::syntax::{ExprId, Part};
use crate::value::{Cause, Marks, Refine, Type, Value, convert, convert_error_text};

impl Evaluator<'_> {
    pub(super) fn template(&mut self, parts: &[Part], id: ExprId) -> EvalResult<Value> {
        let mut text = EcoString::new();
        let mut marks = Marks::NONE;
        let mut open: Option<Cause> = None;
        for part in parts {
            let value = match part {
                Part::Text(t) => {
                    if open.is_none() {
                        text.push_str(t);
                    }
                    continue;
                }
                Part::Expr(e) => {
                    let value = self.eval(*e)?;
                    self.interpolated(&value, *e)?
                }
                Part::If { cond, yes, no } => self.template_if(*cond, yes, no, id)?,
                Part::For { collection, body, .. } => self.template_for(*collection, body, id)?,
            };
            let (value, m) = value.unmark();
            marks |= m;
            match value {
                Value::String(s) if open.is_none() => {
                    if text.len() + s.len() > MAX_STRING {
                        return self.fail(
                            id,
                            "Value too large",
                            format!("the string has more than {MAX_STRING} bytes"),
                        );
                    }
                    self.spend(s.len() as u64 / 64, id)?;
                    text.push_str(&s);
                }
                Value::String(_) => {}
                other => {
                    open.get_or_insert_with(|| other.cause().unwrap_or_else(Cause::unstated));
                }
            }
        }
        let value = match open {
            None => Value::String(crate::syntax::normal(text)),
            Some(why) => {
                let refine = Refine { prefix: known_prefix(&text), ..Refine::not_null() };
                Value::unknown_with(Type::String, refine, why)
            }
        };
        Ok(value.mark(marks))
    }

    /// Returns the text of an interpolated value, or an unknown.
    fn interpolated(&self, value: &Value, at: ExprId) -> EvalResult<Value> {
        const SUMMARY: &str = "Invalid template interpolation value";
        if value.is_null() {
            return self.fail(
                at,
                SUMMARY,
                "The expression result is null. Cannot include a null value in a string template.",
            );
        }
        if value.is_unknown() {
            return Ok(value.clone());
        }
        match convert(value, &Type::String) {
            Ok(v) => Ok(v),
            Err(e) => self.fail(
                at,
                SUMMARY,
                format!("Cannot include the given value in a string template: {}.", convert_error_text(&e)),
            ),
        }
    }

    fn template_if(&mut self, cond: ExprId, yes: &[Part], no: &[Part], id: ExprId) -> EvalResult<Value> {
        let condition = self.eval(cond)?;
        if condition.is_null() {
            return self.fail(
                cond,
                "Null condition",
                "The condition value is null. Conditions must either be true or false.",
            );
        }
        let decided = match convert(&condition, &Type::Bool) {
            Ok(v) => v,
            // Terraform asks for the type only once it knows the value.
            Err(_) if condition.is_unknown() => condition.clone(),
            Err(e) => {
                return self.fail(
                    cond,
                    "Incorrect condition type",
                    format!("The condition expression must be of type bool: {}.", convert_error_text(&e)),
                );
            }
        };
        let yes = self.template(yes, id);
        let no = self.template(no, id);
        match decided.as_bool() {
            Some(true) => Ok(yes?.mark(condition.marks())),
            Some(false) => Ok(no?.mark(condition.marks())),
            None => {
                let either_way = |text: EvalResult<Value>| match text {
                    Err(e) if e.uncaught => Err(e),
                    text => Ok(text.unwrap_or_else(|_| Value::unknown(Type::String, Cause::unstated()))),
                };
                Ok(either(&condition, &either_way(yes)?, &either_way(no)?, &Type::String))
            }
        }
    }

    fn template_for(&mut self, collection: ExprId, body: &[Part], id: ExprId) -> EvalResult<Value> {
        let value = self.eval(collection)?;
        if value.is_null() {
            return self.fail(
                collection,
                "Iteration over null value",
                "A null value cannot be used as the collection in a 'for' expression.",
            );
        }
        let (bare, mut marks) = value.unmark();
        let Some(elements) = elements(&bare) else {
            return match &bare {
                Value::Unknown(u) if u.ty == Type::Dynamic || u.ty.is_iterable() => {
                    Ok(Value::unknown(Type::String, u.why.clone()))
                }
                other => self.fail(
                    collection,
                    "Iteration over non-iterable value",
                    format!(
                        "A value of type {} cannot be used as the collection in a 'for' expression.",
                        other.type_of().friendly()
                    ),
                ),
            };
        };
        let mut text = String::new();
        let mut open = None;
        for (key, value) in elements {
            self.spend(1, id)?;
            self.loops.push(Loop { key, value });
            let round = self.template(body, id);
            self.loops.pop();
            let (round, m) = round?.unmark();
            marks |= m;
            match round {
                Value::String(s) => {
                    if text.len() + s.len() > MAX_STRING {
                        return self.fail(
                            id,
                            "Value too large",
                            format!("the string has more than {MAX_STRING} bytes"),
                        );
                    }
                    text.push_str(&s);
                }
                other => {
                    open.get_or_insert_with(|| other.cause().unwrap_or_else(Cause::unstated));
                }
            }
        }
        Ok(match open {
            None => Value::from(text).mark(marks),
            // Terraform drops the marks here.
            Some(why) => Value::unknown(Type::String, why),
        })
    }
}

/// Terraform keeps at most this many bytes of what an unknown string begins with.
const PREFIX_BYTES: usize = 128;

/// Returns the part of a known beginning that no later text can change.
///
/// The last character may still combine with what follows, unless it is one that never does.
fn known_prefix(text: &str) -> EcoString {
    const SINGLE: &str = "-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'";
    let mut end = text.len().min(PREFIX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let Some((last, cluster)) = text.grapheme_indices(true).next_back() else { return EcoString::new() };
    let ends = cluster.chars().count() == 1 && SINGLE.contains(cluster);
    if ends { text.into() } else { text[..last].into() }
}
