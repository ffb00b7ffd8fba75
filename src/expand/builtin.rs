//! What is known of resource types: the type of an attribute, and what it is where the source does not set it.

use ecow::EcoString;

use crate::address::{BlockName, Mode};
use crate::eval::{EvalError, EvalResult};
use crate::source::Span;
use crate::value::{Marks, Refine, Type, Value};

/// What an attribute is that the source does not set.
pub(super) enum Unset {
    Null(Type),
    /// No nested blocks.
    Empty,
    /// Known only after apply.
    Computed(Type, Refine),
    /// Known only after apply, and of the type of another attribute.
    Like(&'static str),
}

/// The attributes of `terraform_data`, the one resource type that Terraform itself brings.
const TERRAFORM_DATA: &[&str] = &["id", "input", "output", "triggers_replace"];

/// Returns all attributes of a type that are known to the last one.
pub(super) fn all_attributes(name: &BlockName) -> Option<&'static [&'static str]> {
    (name.mode == Mode::Managed && name.ty == "terraform_data").then_some(TERRAFORM_DATA)
}

/// Returns what an attribute is that the source does not set.
///
/// # Errors
/// If the type has no such attribute.
pub(super) fn unset(name: &BlockName, attr: &str) -> EvalResult<Unset> {
    if all_attributes(name).is_some() {
        return match attr {
            "id" => Ok(Unset::Computed(Type::String, Refine::not_null())),
            "output" => Ok(Unset::Like("input")),
            "input" | "triggers_replace" => Ok(Unset::Null(Type::Dynamic)),
            _ => no_attribute(attr),
        };
    }
    Ok(Unset::Computed(Type::Dynamic, Refine::default()))
}

fn no_attribute<T>(attr: &str) -> EvalResult<T> {
    let mut e = EvalError::new(
        "Unsupported attribute",
        format!("This object has no argument, nested block, or exported attribute named {attr:?}."),
        None,
    );
    e.uncaught = true;
    Err(e)
}

/// Converts the value of an argument to the type that the schema gives it.
///
/// # Errors
/// If the value is not of that type.
pub(super) fn conform(name: &BlockName, attr: &EcoString, value: Value, span: Span) -> EvalResult<Value> {
    if value.marks_deep().contains(Marks::EPHEMERAL) && name.mode != Mode::Ephemeral {
        return Err(EvalError::new(
            "Invalid use of ephemeral value",
            format!(
                "Ephemeral values are not valid for {attr:?}, because it is not a write-only attribute and must be persisted to state."
            ),
            Some(span),
        ));
    }
    Ok(value)
}
