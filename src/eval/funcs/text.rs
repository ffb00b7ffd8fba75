//! What functions on text have in common: Terraform's normal form, its characters, bounds.

use ecow::EcoString;
use unicode_segmentation::UnicodeSegmentation;

use super::{Call, FnError, Function, Param, Returns, Want};
use crate::syntax::nfc;
use crate::value::{Cause, Refine, Type, Value};

/// The longest text that a function may return, in bytes: nothing a plan holds is longer.
pub(super) const MAX_BYTES: usize = 16 << 20;

/// What most functions on text have in common: text that is never null.
pub(super) const STRING: Function = Function {
    name: "",
    params: &[],
    rest: None,
    returns: Returns::Always(Want::String),
    not_null: true,
    run: |call, args| Ok(call.unknown(args)),
};

/// The parameter of most of them.
pub(super) const STR: Param = Param::new("str", Want::String);

/// Returns text as a value, in the normal form that all of Terraform's strings have.
pub(super) fn text(s: impl AsRef<str>) -> Value {
    Value::String(nfc(s.as_ref()))
}

/// Returns the text of an argument that is a known string.
pub(super) fn string(value: &Value) -> &str {
    value.as_str().expect("bug: the argument is not a known string")
}

/// Returns the characters as a reader counts them.
pub(super) fn graphemes(s: &str) -> impl Iterator<Item = &str> {
    s.graphemes(true)
}

/// Returns an error if text of so many bytes would be too long.
pub(super) fn bounded(bytes: usize) -> Result<(), FnError> {
    if bytes > MAX_BYTES {
        return Err(FnError::new(format!("the result would be longer than {} MiB", MAX_BYTES >> 20)));
    }
    Ok(())
}

/// Returns an unknown string that begins so, as far as nothing that may follow can change it.
pub(super) fn unknown_after(prefix: &str, why: Cause) -> Value {
    let prefix = safe_prefix(prefix);
    Value::unknown_with(Type::String, Refine { prefix, ..Refine::not_null() }, why)
}

/// Returns what of a prefix cannot change: a combining mark may follow the last character, unless that is a delimiter.
fn safe_prefix(prefix: &str) -> EcoString {
    let prefix = nfc(prefix);
    let Some((start, last)) = prefix.grapheme_indices(true).next_back() else { return prefix };
    let delimiter = last.len() == 1 && "-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'".contains(last);
    if delimiter { prefix } else { prefix[..start].into() }
}

/// Returns the whole number an argument stands for.
pub(super) fn whole_arg(value: &Value) -> Result<i64, FnError> {
    value.as_number().and_then(crate::value::Number::as_i64).ok_or_else(|| {
        FnError::new(format!("value must be a whole number, between {} and {} inclusive", i64::MIN, i64::MAX))
    })
}

/// Returns an unknown that is not null, as a function returns that answers anew each time.
pub(super) fn impure(call: &Call<'_>, cause: &str) -> Value {
    let why = Cause::new(crate::value::CauseKind::Function, cause, call.span);
    Value::unknown_with(call.returns.clone(), Refine::not_null(), why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_nothing_that_follows_can_change_it() {
        let check = |prefix: &str, safe: &str| assert_eq!(safe_prefix(prefix), safe, "{prefix:?}");
        check("x-", "x-");
        check("pre", "pr");
        check("a1", "a");
        check("a\n", "a");
        check("", "");
        check("🙂", "");
        check("e\u{301}", "");
    }

    #[test]
    fn text_is_put_into_normal_form() {
        assert_eq!(text("e\u{301}").as_str().unwrap(), "é");
    }

    #[test]
    fn characters_are_those_of_unicode_15_as_in_terraform_1_11() {
        assert_eq!(unicode_segmentation::UNICODE_VERSION, (15, 0, 0));
        // One character since Unicode 15.1.
        assert_eq!(graphemes("क्ष").count(), 2);
    }
}
