//! Operators.

use super::error::{EvalError, EvalResult};
use crate::source::Span;
use crate::syntax::{BinaryOp, UnaryOp};
use crate::value::{Cause, CauseKind, Number, Refine, Type, Value, convert, convert_error_text, equal};

/// Returns the type of what an operator gives, whatever its operands.
pub(super) fn unary_type(op: UnaryOp) -> Type {
    match op {
        UnaryOp::Not => Type::Bool,
        UnaryOp::Neg => Type::Number,
    }
}

/// Returns the type of what an operator gives, whatever its operands.
pub(super) fn binary_type(op: BinaryOp) -> Type {
    match op {
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => Type::Number,
        BinaryOp::Or
        | BinaryOp::And
        | BinaryOp::Eq
        | BinaryOp::NotEq
        | BinaryOp::Less
        | BinaryOp::LessEq
        | BinaryOp::Greater
        | BinaryOp::GreaterEq => Type::Bool,
    }
}

/// Applies `!` or `-`.
pub(super) fn unary(op: UnaryOp, value: &Value, at: Option<Span>) -> EvalResult<Value> {
    let want = unary_type(op);
    let value = convert(value, &want).map_err(|e| {
        EvalError::new(
            "Invalid operand",
            format!("Unsuitable value for unary operand: {}.", convert_error_text(&e)),
            at,
        )
    })?;
    if value.is_null() {
        return Err(EvalError::new(
            "Operation failed",
            "Error during operation: argument must not be null.",
            at,
        ));
    }
    let (bare, marks) = value.unmark();
    let result = match (op, &bare) {
        (UnaryOp::Not, Value::Bool(b)) => Value::Bool(!b),
        (UnaryOp::Neg, Value::Number(n)) => Value::Number(n.neg()),
        (_, other) => Value::unknown_with(want, Refine::not_null(), cause_of(other, other)),
    };
    Ok(result.mark(marks))
}

/// Applies an operator between two values.
pub(super) fn binary(
    op: BinaryOp,
    a: &Value,
    b: &Value,
    at_a: Option<Span>,
    at_b: Option<Span>,
    at: Option<Span>,
) -> EvalResult<Value> {
    match op {
        BinaryOp::Eq => return Ok(equal(a, b)),
        BinaryOp::NotEq => return Ok(negated(equal(a, b))),
        _ => {}
    }
    let want = match op {
        BinaryOp::And | BinaryOp::Or => Type::Bool,
        _ => Type::Number,
    };
    let operand = |v: &Value, side: &str, at: Option<Span>| {
        convert(v, &want).map_err(|e| {
            EvalError::new(
                "Invalid operand",
                format!("Unsuitable value for {side} operand: {}.", convert_error_text(&e)),
                at,
            )
        })
    };
    let a = operand(a, "left", at_a)?;
    let b = operand(b, "right", at_b)?;
    for (v, at) in [(&a, at_a), (&b, at_b)] {
        if v.is_null() {
            return Err(EvalError::new(
                "Operation failed",
                "Error during operation: argument must not be null.",
                at,
            ));
        }
    }
    let (a, marks_a) = a.unmark();
    let (b, marks_b) = b.unmark();
    let marks = marks_a | marks_b;
    let result = match (&a, &b) {
        (Value::Bool(x), Value::Bool(y)) => match op {
            BinaryOp::And => Value::Bool(*x && *y),
            _ => Value::Bool(*x || *y),
        },
        (Value::Number(x), Value::Number(y)) => numbers(op, x, y, at)?,
        _ => unknown_result(op, &a, &b),
    };
    Ok(result.mark(marks))
}

fn negated(value: Value) -> Value {
    let (bare, marks) = value.unmark();
    match bare {
        Value::Bool(b) => Value::Bool(!b).mark(marks),
        other => other.mark(marks),
    }
}

fn cause_of(a: &Value, b: &Value) -> Cause {
    a.cause().or_else(|| b.cause()).unwrap_or_else(Cause::unstated)
}

fn numbers(op: BinaryOp, x: &Number, y: &Number, at: Option<Span>) -> EvalResult<Value> {
    let computed = match op {
        BinaryOp::Add => x.add(y),
        BinaryOp::Sub => x.sub(y),
        BinaryOp::Mul => x.mul(y),
        BinaryOp::Div => x.div(y),
        BinaryOp::Rem => x.rem(y),
        _ => {
            let order = x.compare(y);
            let same = x == y;
            return Ok(Value::Bool(match op {
                BinaryOp::Less => order.is_lt(),
                BinaryOp::LessEq => order.is_lt() || same,
                BinaryOp::Greater => order.is_gt(),
                _ => order.is_gt() || same,
            }));
        }
    };
    computed
        .map(Value::Number)
        .map_err(|e| EvalError::new("Operation failed", format!("Error during operation: {e}."), at))
}

/// What is known of a number: its bounds.
fn bounds(v: &Value) -> (Option<Number>, Option<Number>) {
    match v {
        Value::Number(n) => (Some(n.clone()), Some(n.clone())),
        Value::Unknown(u) => {
            (u.refine.min.as_ref().map(|m| m.0.clone()), u.refine.max.as_ref().map(|m| m.0.clone()))
        }
        _ => (None, None),
    }
}

/// True if the left side of `&&` or `||` decides whatever the right one is.
pub(super) fn decides(op: BinaryOp, left: &Value) -> bool {
    match op {
        BinaryOp::And => left.bare().as_bool() == Some(false),
        BinaryOp::Or => left.bare().as_bool() == Some(true),
        _ => false,
    }
}

fn unknown_result(op: BinaryOp, a: &Value, b: &Value) -> Value {
    let why = cause_of(a, b);
    if matches!(op, BinaryOp::And | BinaryOp::Or) {
        // What Terraform reads before it plans cannot change this result. Of the rest it says nothing.
        let decides = op == BinaryOp::Or;
        let decided = |by: &Value, other: &Value| by.as_bool() == Some(decides) && only_here(other);
        if decided(a, b) || decided(b, a) {
            return Value::Bool(decides);
        }
        return Value::unknown_with(Type::Bool, Refine::not_null(), why);
    }
    let (a_min, a_max) = bounds(a);
    let (b_min, b_max) = bounds(b);
    let below = |x: &Option<Number>, y: &Option<Number>| match (x, y) {
        (Some(x), Some(y)) => x.compare(y).is_lt(),
        _ => false,
    };
    let unknown_bool = |why| Value::unknown_with(Type::Bool, Refine::not_null(), why);
    let (less, more) = (below(&a_max, &b_min), below(&b_max, &a_min));
    match op {
        BinaryOp::Less if less => return Value::Bool(true),
        BinaryOp::Less if more => return Value::Bool(false),
        BinaryOp::Greater if more => return Value::Bool(true),
        BinaryOp::Greater if less => return Value::Bool(false),
        // `<=` is `<` or `==`, and `or` never short-circuits.
        BinaryOp::Less | BinaryOp::Greater => return unknown_bool(why),
        BinaryOp::LessEq | BinaryOp::GreaterEq => {
            let ordered = match op {
                BinaryOp::LessEq if less => Some(true),
                BinaryOp::LessEq if more => Some(false),
                BinaryOp::GreaterEq if more => Some(true),
                BinaryOp::GreaterEq if less => Some(false),
                _ => None,
            };
            let same = equal(a, b);
            return match (ordered, same.as_bool()) {
                (Some(x), Some(y)) => Value::Bool(x || y),
                _ => unknown_bool(why),
            };
        }
        _ => {}
    }
    let combine = |x: &Option<Number>, y: &Option<Number>| -> Option<(Number, bool)> {
        let (x, y) = (x.as_ref()?, y.as_ref()?);
        let n = match op {
            BinaryOp::Add => x.add(y),
            BinaryOp::Sub => x.sub(y),
            BinaryOp::Mul => x.mul(y),
            _ => return None,
        };
        n.ok().map(|n| (n, true))
    };
    let refine = match op {
        _ if !(only_here(a) && only_here(b)) => Refine::not_null(),
        BinaryOp::Add => {
            Refine { min: combine(&a_min, &b_min), max: combine(&a_max, &b_max), ..Refine::not_null() }
        }
        BinaryOp::Sub => {
            Refine { min: combine(&a_min, &b_max), max: combine(&a_max, &b_min), ..Refine::not_null() }
        }
        _ => Refine::not_null(),
    };
    Value::unknown_with(Type::Number, refine, why)
}

/// True for what is known, or would be if Terraform were asked: a variable or data source.
///
/// Of what Terraform itself does not know, no more may be said than it says: a sum has no bounds there.
fn only_here(value: &Value) -> bool {
    match value {
        Value::Unknown(u) => matches!(u.why.kind(), CauseKind::Variable | CauseKind::Data),
        _ => true,
    }
}

/// Returns what is known of a value that is one of two.
pub(super) fn refine_either(a: &Value, b: &Value) -> Refine {
    let not_null = |v: &Value| match v {
        Value::Null(_) => false,
        Value::Unknown(u) => u.refine.not_null,
        _ => true,
    };
    let mut refine = Refine { not_null: not_null(a) && not_null(b), ..Refine::default() };
    let (ta, tb) = (a.type_of(), b.type_of());
    if ta == Type::Number && tb == Type::Number {
        let ((a_min, a_max), (b_min, b_max)) = (bounds(a), bounds(b));
        if let (Some(x), Some(y)) = (a_min, b_min) {
            refine.min = Some((if x.compare(&y).is_lt() { x } else { y }, true));
        }
        if let (Some(x), Some(y)) = (a_max, b_max) {
            refine.max = Some((if x.compare(&y).is_gt() { x } else { y }, true));
        }
    }
    if ta.is_collection() && ta == tb {
        let length = |v: &Value| match v {
            Value::Unknown(u) => (u.refine.len_min, u.refine.len_max),
            Value::Null(_) => (0, None),
            v => {
                let n = v.len().unwrap_or(0) as u64;
                (n, Some(n))
            }
        };
        let ((a_min, a_max), (b_min, b_max)) = (length(a), length(b));
        refine.len_min = a_min.min(b_min);
        refine.len_max = a_max.zip(b_max).map(|(x, y)| x.max(y));
    }
    refine
}
