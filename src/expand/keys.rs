//! The instances of a block: `count`, `for_each` and `enabled`.

use std::sync::Arc;

use ecow::EcoString;

use super::lookup::Rep;
use super::schedule::eval_at;
use super::{FrameId, MAX_INSTANCES, Root, Walk};
use crate::address::Key;
use crate::eval::{EvalError, EvalResult};
use crate::module::{At, Repeat};
use crate::value::{Cause, CauseKind, Marks, Refine, Type, Value, convert, convert_error_text};

/// The instances of a block.
#[derive(Clone, Debug)]
pub(crate) enum Keys {
    Single,
    /// None, because of `enabled`: references to it are null.
    Off,
    Count(u64),
    Each {
        keys: Box<[EcoString]>,
        values: Box<[Value]>,
    },
    /// Their number is not known.
    Unknown {
        why: Cause,
        low: u64,
        high: Option<u64>,
        by: By,
        /// `each.value` or `count.index`.
        value: Value,
    },
}

/// Which argument decides how many instances there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Count,
    Each,
    /// OpenTofu's: one without a key, or none.
    Enabled,
}

impl By {
    fn of(repeat: Repeat) -> By {
        match repeat {
            Repeat::Once | Repeat::Count(_) => By::Count,
            Repeat::ForEach(_) => By::Each,
            Repeat::Enabled(_) => By::Enabled,
        }
    }

    /// As many as there can be at most.
    fn most(self) -> Option<u64> {
        (self == By::Enabled).then_some(1)
    }
}

impl Keys {
    /// Number of columns: one for a group.
    pub fn len(&self) -> usize {
        match self {
            Keys::Single | Keys::Unknown { .. } => 1,
            Keys::Off => 0,
            Keys::Count(n) => *n as usize,
            Keys::Each { keys, .. } => keys.len(),
        }
    }

    pub fn key(&self, index: usize) -> Key {
        match self {
            Keys::Single | Keys::Off | Keys::Unknown { by: By::Enabled, .. } => Key::None,
            Keys::Count(_) => Key::Index(index as u64),
            Keys::Each { keys, .. } => Key::Name(keys[index].clone()),
            Keys::Unknown { .. } => Key::Unknown,
        }
    }

    pub fn find(&self, key: &str) -> Option<usize> {
        match self {
            Keys::Each { keys, .. } => keys.binary_search_by(|k| k.as_str().cmp(key)).ok(),
            _ => None,
        }
    }
}

/// Returns the keys of a block.
///
/// Of every instance there are `weight` blocks to evaluate.
pub(super) fn of(
    root: &mut Root<'_>,
    frame: FrameId,
    repeat: Repeat,
    weight: u64,
    address: &dyn Fn() -> String,
) -> Arc<Keys> {
    let (at, found) = match repeat {
        Repeat::Once => return root.single.clone(),
        Repeat::Count(at) => {
            (at, eval_at(root, frame, at, Rep::None, &[]).and_then(|v| count_keys(root, frame, at, &v)))
        }
        Repeat::ForEach(at) => {
            (at, eval_at(root, frame, at, Rep::None, &[]).and_then(|v| each_keys(root, frame, at, &v)))
        }
        Repeat::Enabled(at) => {
            (at, eval_at(root, frame, at, Rep::None, &[]).and_then(|v| enabled_keys(root, frame, at, &v)))
        }
    };
    let by = By::of(repeat);
    Arc::new(match found {
        // How many there are is not asked yet; what the expression gives is of the right kind.
        Ok(_) if root.walk == Walk::Validate => {
            let value = Value::unknown(Type::Dynamic, Cause::unstated());
            Keys::Unknown { why: Cause::unstated(), low: 0, high: by.most(), by, value }
        }
        Ok(keys) => {
            if let Keys::Unknown { why, .. } = &keys
                && let Some(problem) = refused(root, frame, repeat, why)
            {
                root.report_in(frame, None, &problem, Some(address()));
            }
            told_apart(root, frame, at, keys, weight, address)
        }
        Err(e) => {
            let address = address();
            root.report_in(frame, None, &e, Some(address.clone()));
            let span = root.frame(frame).module.span(at);
            let why = Cause::new(CauseKind::Failed, address.as_str(), Some(span));
            let value = Value::unknown(Type::Dynamic, why.clone());
            Keys::Unknown { why, low: 0, high: by.most(), by, value }
        }
    })
}

/// Makes one group of more instances than can be evaluated: their number stays exact.
fn told_apart(
    root: &mut Root<'_>,
    frame: FrameId,
    at: At,
    keys: Keys,
    weight: u64,
    address: &dyn Fn() -> String,
) -> Keys {
    let (n, by) = match &keys {
        Keys::Single | Keys::Off | Keys::Unknown { .. } => return keys,
        Keys::Count(n) => (*n, By::Count),
        Keys::Each { keys, .. } => (keys.len() as u64, By::Each),
    };
    root.expanded = root.expanded.saturating_add(n.saturating_mul(weight));
    let most = root.options.max_instances.unwrap_or(MAX_INSTANCES);
    if root.expanded <= most {
        return keys;
    }
    root.expanded -= n.saturating_mul(weight).min(root.expanded);
    let address = address();
    let span = Some(root.frame(frame).module.span(at));
    let detail = format!(
        "`{address}` has {n} instances: they are counted, but not looked at one by one, because a root module with more than {most} instances is not evaluated in full"
    );
    let detail = format!("{detail}; `TF_HEADROOM_MAX_INSTANCES` raises that");
    root.report(&EvalError::new("Too many instances", detail, span), Some(address.clone()));
    let why = Cause::new(CauseKind::Failed, address, span);
    let ty = if by == By::Each { Type::Dynamic } else { Type::Number };
    let value = Value::unknown_with(ty, Refine::not_null(), why.clone());
    Keys::Unknown { why, low: n, high: Some(n), by, value }
}

/// Terraform refuses keys that are known only after apply; those of a variable or data source may still be known.
fn refused(root: &Root<'_>, frame: FrameId, repeat: Repeat, why: &Cause) -> Option<Box<EvalError>> {
    let at = repeat.at()?;
    let certain = matches!(why.kind(), CauseKind::Attribute | CauseKind::Function)
        || (root.walk == Walk::Plan && matches!(why.kind(), CauseKind::Unstated));
    if !certain {
        return None;
    }
    let span = Some(root.frame(frame).module.span(at));
    let (summary, kind) = match repeat {
        Repeat::Count(_) => ("Invalid count argument", "The \"count\" value"),
        Repeat::Enabled(_) => (INVALID_ENABLED, "The \"enabled\" value"),
        _ => ("Invalid for_each argument", "The \"for_each\" map or set"),
    };
    Some(EvalError::new(
        summary,
        format!(
            "{kind} depends on {}, which is known only after apply, so {} cannot tell how many instances there will be",
            why.name(),
            if matches!(repeat, Repeat::Enabled(_)) { "OpenTofu" } else { "Terraform" },
        ),
        span,
    ))
}

fn count_keys(root: &Root<'_>, frame: FrameId, at: At, value: &Value) -> EvalResult<Keys> {
    const SUMMARY: &str = "Invalid count argument";
    let span = Some(root.frame(frame).module.span(at));
    let refuse = |detail: String| Err(EvalError::new(SUMMARY, detail, span));
    let (value, marks) = value.unmark();
    if marks.contains(Marks::EPHEMERAL) {
        return refuse("The given \"count\" is derived from an ephemeral value, which means that Terraform cannot persist it between plan/apply rounds. Use only non-ephemeral values to specify the number of resource instances.".into());
    }
    if value.is_null() {
        return refuse("The given \"count\" argument value is null. An integer is required.".into());
    }
    let number = match convert(&value, &Type::Number) {
        Ok(n) => n,
        Err(e) => {
            return Err(EvalError::new(
                "Incorrect value type",
                format!("Invalid expression value: {}.", convert_error_text(&e)),
                span,
            ));
        }
    };
    let unknown = |value: &Value| {
        let u = value.as_unknown();
        let low = u.and_then(|u| u.refine.min.as_ref()).and_then(|(n, _)| n.as_u64()).unwrap_or(0);
        // The bound of every length, 2⁶³ − 1, bounds nothing.
        let high = u.and_then(|u| u.refine.max.as_ref()).and_then(|(n, _)| n.as_u64());
        let high = high.filter(|n| *n < MAX_COUNT);
        let why = value.cause().unwrap_or_else(Cause::unstated);
        let index = Value::unknown_with(Type::Number, Refine::not_null(), why.clone());
        Keys::Unknown { why, low, high, by: By::Count, value: index }
    };
    let Some(n) = number.as_number() else { return Ok(unknown(&number)) };
    if n.is_negative() && !n.is_zero() {
        return refuse(
            "The given \"count\" argument value is unsuitable: must be greater than or equal to zero.".into(),
        );
    }
    match n.as_u64() {
        Some(n) if n < MAX_COUNT => Ok(Keys::Count(n)),
        Some(_) => refuse(format!("There cannot be {MAX_COUNT} instances or more of one block")),
        None => refuse("The given \"count\" argument value is unsuitable: must be a whole number.".into()),
    }
}

/// As many instances of one block are refused: what counts them must not overflow.
const MAX_COUNT: u64 = 1 << 40;

fn each_keys(root: &Root<'_>, frame: FrameId, at: At, value: &Value) -> EvalResult<Keys> {
    const SUMMARY: &str = "Invalid for_each argument";
    let span = Some(root.frame(frame).module.span(at));
    let refuse = |summary: &str, detail: String| Err(EvalError::new(summary, detail, span));
    let sensitive = value.marks().contains(Marks::SENSITIVE);
    if sensitive {
        return refuse(SUMMARY, "Sensitive values, or values derived from sensitive values, cannot be used as for_each arguments. If used, the sensitive value could be exposed as a resource instance key.".into());
    }
    if value.marks().contains(Marks::EPHEMERAL) {
        return refuse(SUMMARY, "The given \"for_each\" value is derived from an ephemeral value, which means that Terraform cannot persist it between plan/apply rounds. Use only non-ephemeral values to specify a resource's instance keys.".into());
    }
    let value = value.bare();
    match value {
        Value::Null(_) => refuse(SUMMARY, "The given \"for_each\" argument value is unsuitable: the given \"for_each\" argument value is null. A map, or set of strings is allowed.".into()),
        Value::Map(f) | Value::Object(f) => {
            if let Some(object) = f.open() {
                let _ = object;
                let why = value.cause().unwrap_or_else(Cause::unstated);
                return Ok(unknown_each(value, why, 0, None));
            }
            Ok(Keys::Each { keys: f.keys().iter().cloned().collect(), values: f.values().into() })
        }
        Value::Set(s) => {
            // As long as something in it is not known, its type may still change.
            if root.walk == Walk::Validate
                && let Some(why) = value.cause()
            {
                return Ok(unknown_each(value, why, 0, None));
            }
            // An empty set may be of anything, and what is not known yet may be a string.
            if !matches!(s.element_type(), Type::String | Type::Dynamic) && !s.items().is_empty() {
                return refuse(
                    "Invalid for_each set argument",
                    format!("The given \"for_each\" argument value is unsuitable: \"for_each\" supports maps and sets of strings, but you have provided a set containing type {}.", s.element_type().friendly()),
                );
            }
            if let Some(why) = value.cause() {
                let n = s.items().len() as u64;
                return Ok(unknown_each(value, why, n.min(1), Some(n)));
            }
            if s.items().iter().any(Value::is_null) {
                return refuse("Invalid for_each set argument", "The given \"for_each\" argument value is unsuitable: \"for_each\" sets must not contain null values.".into());
            }
            let keys: Box<[EcoString]> = s.items().iter().filter_map(|v| v.as_str().cloned()).collect();
            let values = keys.iter().map(|k| Value::String(k.clone())).collect();
            Ok(Keys::Each { keys, values })
        }
        Value::Unknown(u) => match &u.ty {
            Type::Dynamic | Type::Map(_) | Type::Object(_) | Type::Set(_) => {
                if let Type::Set(t) = &u.ty
                    && root.walk != Walk::Validate
                    && !matches!(**t, Type::String | Type::Dynamic)
                {
                    return refuse(
                        "Invalid for_each set argument",
                        format!("The given \"for_each\" argument value is unsuitable: \"for_each\" supports maps and sets of strings, but you have provided a set containing type {}.", t.friendly()),
                    );
                }
                Ok(unknown_each(value, u.why.clone(), u.refine.len_min, u.refine.len_max))
            }
            other => refuse(SUMMARY, not_for_each(other)),
        },
        other => refuse(SUMMARY, not_for_each(&other.type_of())),
    }
}

const INVALID_ENABLED: &str = "Invalid enabled argument";

/// <https://opentofu.org/docs/language/meta-arguments/enabled/>
fn enabled_keys(root: &Root<'_>, frame: FrameId, at: At, value: &Value) -> EvalResult<Keys> {
    let span = Some(root.frame(frame).module.span(at));
    let refuse = |detail: &str| {
        let detail = format!("The given \"enabled\" argument value is unsuitable: {detail}.");
        Err(EvalError::new(INVALID_ENABLED, detail, span))
    };
    let (value, marks) = value.unmark();
    if marks.contains(Marks::EPHEMERAL) {
        return refuse("it is derived from an ephemeral value, which does not last from plan to apply");
    }
    if marks.contains(Marks::SENSITIVE) {
        return refuse("it is derived from a sensitive value, which the presence of an instance would tell");
    }
    if value.is_null() {
        return refuse("the given value is null");
    }
    let Ok(on) = convert(&value, &Type::Bool) else {
        return refuse(&format!("bool required, but have {}", value.type_of().friendly()));
    };
    Ok(match on.as_bool() {
        Some(true) => Keys::Single,
        Some(false) => Keys::Off,
        None => {
            let why = on.cause().unwrap_or_else(Cause::unstated);
            Keys::Unknown { why, low: 0, high: Some(1), by: By::Enabled, value: Value::NULL }
        }
    })
}

fn not_for_each(ty: &Type) -> String {
    format!(
        "The given \"for_each\" argument value is unsuitable: the \"for_each\" argument must be a map, or set of strings, and you have provided a value of type {}.",
        ty.friendly()
    )
}

fn unknown_each(value: &Value, why: Cause, low: u64, high: Option<u64>) -> Keys {
    let element = match value.type_of() {
        Type::Map(t) => (*t).clone(),
        Type::Set(_) => Type::String,
        _ => Type::Dynamic,
    };
    let value = Value::unknown(element, why.clone());
    Keys::Unknown { why, low, high, by: By::Each, value }
}
