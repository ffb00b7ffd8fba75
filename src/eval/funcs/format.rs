//! `format` and `formatlist`: verbs as in C, with Go's layouts and Terraform's widths.

use super::text::{STRING, bounded, graphemes, string, text, unknown_after};
use super::{Call, FnError, Function, Param, Returns, Want, json};
use crate::value::{Cause, Layout, Number, Refine, Type, Value, convert, convert_error_text, quoted};

pub(super) const FAMILY: &[Function] = &[FORMAT, FORMATLIST];

const ARGS: Param = Param::new("args", Want::Any).null().unknown();

/// `format(format, args...)` puts the arguments where the verbs stand.
const FORMAT: Function = Function {
    name: "format",
    params: &[Param::new("format", Want::String)],
    rest: Some(ARGS),
    run: format_one,
    ..STRING
};

/// `formatlist(format, args...)` does so once for each element of the lists among the arguments.
const FORMATLIST: Function = Function {
    name: "formatlist",
    params: &[Param::new("format", Want::String)],
    rest: Some(ARGS),
    returns: Returns::Always(Want::ListString),
    run: format_list,
    ..STRING
};

/// No width or precision is larger; Go gives up there too, with nonsense.
const MAX_WIDTH: usize = 1_000_000;

fn format_one(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (template, values) = (string(&args[0]), &args[1..]);
    match unknown_if_any(template, values) {
        Some(unknown) => Ok(unknown),
        None => Ok(text(formatted(template, values)?)),
    }
}

/// Returns the unknown that a template with unknown arguments is.
fn unknown_if_any(template: &str, values: &[Value]) -> Option<Value> {
    let why = values.iter().find_map(Value::cause)?;
    if let ([only], "%s" | "%v") = (values, template)
        && let Some(u) = only.as_unknown()
        && u.ty == Type::String
    {
        return Some(Value::unknown_as(Type::String, Refine::not_null(), why, u.is.clone()));
    }
    Some(unknown_after(template.split_once('%').map_or("", |(prefix, _)| prefix), why))
}

/// What an argument of `formatlist` yields.
enum Source<'a> {
    Each(&'a [Value]),
    Same(&'a Value),
}

fn format_list(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (template, values) = (string(&args[0]), &args[1..]);
    if values.is_empty() {
        return Ok(Value::list(Type::String, vec![text(formatted(template, &[])?)]));
    }
    let mut sources = Vec::with_capacity(values.len());
    let mut unknown: Option<Cause> = None;
    let mut chosen: Option<(usize, usize)> = None;
    for (i, value) in values.iter().enumerate() {
        let ty = value.type_of();
        let sequence = matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_)) && !value.is_null();
        // How many elements a set with unknown ones has is not known.
        let length = match (value, &ty) {
            (Value::Unknown(_), Type::Tuple(types)) => Some(types.len()),
            (Value::Set(items), _) if !value.is_wholly_known() && items.items().len() > 1 => None,
            _ => value.len(),
        };
        match length {
            _ if !sequence => {
                if value.is_unknown() && ty == Type::Dynamic {
                    unknown = unknown.or(value.cause());
                }
                sources.push(Source::Same(value));
            }
            None => unknown = unknown.or(value.cause()),
            Some(len) => {
                let (first, expected) = *chosen.get_or_insert((i, len));
                if len != expected {
                    return Err(FnError::arg(
                        i + 1,
                        format!(
                            "argument {} has length {len}, which is inconsistent with argument {} of length {expected}",
                            i + 1,
                            first + 1
                        ),
                    ));
                }
                match value.as_seq() {
                    Some(items) => sources.push(Source::Each(items)),
                    None => unknown = unknown.or(value.cause()),
                }
            }
        }
    }
    if let Some(why) = unknown {
        return Ok(Value::unknown(call.returns.clone(), why));
    }
    let count = chosen.map_or(1, |(_, len)| len);
    let mut results = Vec::with_capacity(count);
    let mut bytes = 0;
    for i in 0..count {
        let row: Vec<Value> = sources
            .iter()
            .map(|source| match source {
                Source::Each(items) => items[i].clone(),
                Source::Same(value) => (*value).clone(),
            })
            .collect();
        if let Some(unknown) = unknown_if_any(template, &row) {
            // Only `format` keeps the prefix.
            let u = unknown.as_unknown().expect("bug: just made unknown");
            let kept = Value::unknown_as(Type::String, Refine::not_null(), u.why.clone(), u.is.clone());
            results.push(kept);
            continue;
        }
        let result = formatted(template, &row).map_err(|e| match e.arg {
            // NOTE: Terraform loses which argument it was.
            Some(_) | None => FnError::new(format!("error on format iteration {i}: {}", e.message)),
        })?;
        bytes += result.len();
        bounded(bytes)?;
        results.push(text(result));
    }
    Ok(Value::list(Type::String, results))
}

/// One `%…` of a template.
struct Verb<'a> {
    raw: &'a str,
    offset: usize,
    /// Which argument, from 1.
    arg: usize,
    mode: char,
    zero: bool,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// Returns the template with all verbs replaced.
fn formatted(template: &str, values: &[Value]) -> Result<String, FnError> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    let (mut next, mut highest) = (1, 0);
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let offset = template.len() - rest.len() + at;
        if rest[at + 1..].starts_with('%') {
            out.push('%');
            rest = &rest[at + 2..];
            continue;
        }
        let verb = scan(template, offset, next)?;
        highest = highest.max(verb.arg);
        out.push_str(&expand(&verb, values)?);
        bounded(out.len())?;
        next = verb.arg + 1;
        rest = &template[offset + verb.raw.len()..];
    }
    out.push_str(rest);
    match values.len() {
        n if n <= highest => Ok(out),
        _ if highest == 0 => Err(FnError::arg(1, "too many arguments; no verbs in format string")),
        _ => {
            let message = format!("too many arguments; only {highest} used by format string");
            Err(FnError::arg(highest + 1, message))
        }
    }
}

/// Reads the verb at an offset: `%`, flags, width, precision, index, letter.
fn scan(template: &str, offset: usize, next: usize) -> Result<Verb<'_>, FnError> {
    let bytes = template.as_bytes();
    let mut verb = Verb {
        raw: "",
        offset,
        arg: next,
        mode: ' ',
        zero: false,
        sharp: false,
        plus: false,
        minus: false,
        space: false,
        width: None,
        precision: None,
    };
    let mut at = offset + 1;
    while let Some(flag) = bytes.get(at) {
        match flag {
            b'0' => verb.zero = true,
            b'#' => verb.sharp = true,
            b'-' => verb.minus = true,
            b'+' => verb.plus = true,
            b' ' => verb.space = true,
            _ => break,
        }
        at += 1;
    }
    if bytes.get(at).is_some_and(u8::is_ascii_digit) {
        verb.width = Some(number(bytes, &mut at)?);
    }
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        verb.precision = Some(number(bytes, &mut at)?);
    }
    if bytes.get(at) == Some(&b'[') {
        at += 1;
        if !bytes.get(at).is_some_and(|b| (b'1'..=b'9').contains(b)) {
            return Err(unexpected(template, at));
        }
        verb.arg = number(bytes, &mut at)?;
        if bytes.get(at) != Some(&b']') {
            return Err(unexpected(template, at));
        }
        at += 1;
    }
    match bytes.get(at) {
        Some(letter) if letter.is_ascii_alphabetic() => {
            verb.mode = (*letter).into();
            verb.raw = &template[offset..=at];
            Ok(verb)
        }
        _ => Err(unexpected(template, at)),
    }
}

fn unexpected(template: &str, at: usize) -> FnError {
    FnError::new(match template[at..].chars().next() {
        Some(c) => format!("unrecognized format character {c:?} at offset {at}"),
        None => format!("invalid format string starting at offset {at}"),
    })
}

/// Reads digits, possibly none.
fn number(bytes: &[u8], at: &mut usize) -> Result<usize, FnError> {
    let mut n = 0usize;
    while let Some(digit) = bytes.get(*at).filter(|b| b.is_ascii_digit()) {
        n = n.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
        *at += 1;
    }
    if n > MAX_WIDTH {
        return Err(FnError::new(format!("a width or precision of {n} is too large")));
    }
    Ok(n)
}

fn expand(verb: &Verb<'_>, values: &[Value]) -> Result<String, FnError> {
    let Some(value) = values.get(verb.arg - 1) else {
        return Err(FnError::new(format!(
            "not enough arguments for {} at {}: need index {} but have {} total",
            quoted(verb.raw),
            verb.offset,
            verb.arg,
            values.len()
        )));
    };
    let unsupported = |why: &str| {
        FnError::new(format!("unsupported value for {} at {}: {why}", quoted(verb.raw), verb.offset))
    };
    if verb.mode != 'v' && value.is_null() {
        return Err(unsupported("null value cannot be formatted"));
    }
    let converted = |ty: Type| convert(value, &ty).map_err(|e| unsupported(&convert_error_text(&e)));
    match verb.mode {
        'v' => Ok(padded(
            verb,
            match value {
                Value::String(s) if !verb.sharp => s.to_string(),
                Value::Number(n) if !verb.sharp => n.laid_out(Layout::General, None),
                _ => json::encode(value).map_err(|e| unsupported(&e))?,
            },
        )),
        't' => Ok(if converted(Type::Bool)?.as_bool() == Some(true) { "true" } else { "false" }.into()),
        's' | 'q' => {
            let value = converted(Type::String)?;
            let mut s = string(&value).to_owned();
            if let Some(precision) = verb.precision.filter(|p| *p > 0) {
                s = graphemes(&s).take(precision).collect();
            }
            Ok(padded(verb, if verb.mode == 'q' { json::quote(&s) } else { s }))
        }
        'b' | 'd' | 'o' | 'x' | 'X' => {
            let value = converted(Type::Number)?;
            let number = value.as_number().expect("bug: converted to a number");
            whole(verb, number).ok_or_else(|| unsupported("an integer is required"))
        }
        'e' | 'E' | 'f' | 'g' | 'G' => {
            let value = converted(Type::Number)?;
            Ok(fraction(verb, value.as_number().expect("bug: converted to a number")))
        }
        mode => Err(FnError::new(format!(
            "unsupported format verb {mode:?} in {} at offset {}",
            quoted(verb.raw),
            verb.offset
        ))),
    }
}

/// Pads to the width, counted in characters; zeros too may stand on either side.
fn padded(verb: &Verb<'_>, s: String) -> String {
    let Some(width) = verb.width else { return s };
    let missing = width.saturating_sub(graphemes(&s).count());
    let pad = if verb.zero { "0" } else { " " }.repeat(missing);
    if verb.minus { s + &pad } else { pad + &s }
}

/// Writes a whole number as Go's `big.Int` does. None: it is not whole.
fn whole(verb: &Verb<'_>, number: &Number) -> Option<String> {
    let number = number.as_bigint()?;
    let negative = number.sign() == num_bigint::Sign::Minus;
    let mut digits = number.magnitude().to_str_radix(match verb.mode {
        'b' => 2,
        'o' => 8,
        'x' | 'X' => 16,
        _ => 10,
    });
    if verb.mode == 'X' {
        digits.make_ascii_uppercase();
    }
    let prefix = match verb.mode {
        'b' if verb.sharp => "0b",
        'o' if verb.sharp => "0",
        'x' if verb.sharp => "0x",
        'X' if verb.sharp => "0X",
        _ => "",
    };
    if verb.precision == Some(0) && digits == "0" {
        return Some(String::new());
    }
    let sign = sign_of(verb, negative);
    let mut zeros = verb.precision.map_or(0, |p| p.saturating_sub(digits.len()));
    let length = sign.len() + prefix.len() + zeros + digits.len();
    let missing = verb.width.map_or(0, |w| w.saturating_sub(length));
    let (mut left, mut right) = (0, 0);
    if verb.minus {
        right = missing;
    } else if verb.zero && verb.precision.is_none() {
        zeros = missing;
    } else {
        left = missing;
    }
    Some(format!("{}{sign}{prefix}{}{digits}{}", " ".repeat(left), "0".repeat(zeros), " ".repeat(right)))
}

/// Writes a number as Go's `big.Float` does.
fn fraction(verb: &Verb<'_>, number: &Number) -> String {
    let (layout, places) = match verb.mode {
        'e' | 'E' => (Layout::Exponent, Some(verb.precision.unwrap_or(6))),
        'f' => (Layout::Plain, Some(verb.precision.unwrap_or(6))),
        _ => (Layout::General, verb.precision),
    };
    let mut digits = number.laid_out(layout, places);
    if verb.mode.is_ascii_uppercase() {
        digits = digits.replace('e', "E");
    }
    let (sign, digits) = if let Some(digits) = digits.strip_prefix('-') {
        ("-", digits)
    } else if let Some(digits) = digits.strip_prefix('+') {
        (if verb.space { " " } else { "+" }, digits)
    } else {
        (sign_of(verb, false), digits.as_str())
    };
    let missing = verb.width.map_or(0, |w| w.saturating_sub(sign.len() + digits.len()));
    if verb.zero && !number.is_infinite() {
        // NOTE: zeros go before the digits even where blanks would go after them.
        format!("{sign}{}{digits}", "0".repeat(missing))
    } else if verb.minus {
        format!("{sign}{digits}{}", " ".repeat(missing))
    } else {
        format!("{}{sign}{digits}", " ".repeat(missing))
    }
}

fn sign_of(verb: &Verb<'_>, negative: bool) -> &'static str {
    match verb {
        _ if negative => "-",
        Verb { plus: true, .. } => "+",
        Verb { space: true, .. } => " ",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use crate::eval::funcs::testing::{check, value};

    #[test]
    fn verbs_lay_out_as_in_go() {
        let format = |verb: &str, arg: &str, want: &str| {
            check(&format!("format(\"{verb}|\", {arg})"), &format!("\"{want}|\""));
        };
        format("%v", "1000000", "1e+06");
        format("%v", "0.1", "0.1");
        format("%v", "[1, \"<\"]", r#"[1,\"\\u003c\"]"#);
        format("%#v", "\"a\"", r#"\"a\""#);
        format("%s", "1.50", "1.5");
        format("%.2s", "\"héllo\"", "hé");
        format("%-6s", "\"é\"", "é     ");
        format("%03s", "\"a\"", "00a");
        format("%q", "\"a\\n\"", r#"\"a\\n\""#);
        format("%t", "\"true\"", "true");
        format("%+d", "5", "+5");
        format("% 05d", "5", " 0005");
        format("%-05d", "5", "5    ");
        format("%.3d", "-5", "-005");
        format("%.0d", "0", "");
        format("%#x", "-255", "-0xff");
        format("%08b", "5", "00000101");
        format("%X", "\"255\"", "FF");
        format("%f", "2/3", "0.666667");
        format("%.0f", "2.5", "2");
        format("%.0f", "0.5", "0");
        format("%.0f", "0.6", "1");
        format("%e", "1234.5678", "1.234568e+03");
        format("%E", "0", "0.000000E+00");
        format("%g", "1e-5", "1e-05");
        format("%.3g", "1234.5678", "1.23e+03");
        format("%g", "123456", "123456");
        format("%-010.1f", "1.25", "00000001.2");
        format("%[1]d%[1]d", "5", "55");
        format("%%%d", "5", "%5");
    }

    #[test]
    fn what_does_not_fit_together_is_an_error() {
        check(r#"format("%d", 1.5)"#, r#"error: unsupported value for "%d" at 0: an integer is required."#);
        check(r#"format("%d", "x")"#, "error: a number is required.");
        check(r#"format("%s", [])"#, "error: string required.");
        check(r#"format("%s", tostring(null))"#, "error: null value cannot be formatted.");
        check(r#"format("%v", tostring(null))"#, r#""null""#);
        check(r#"format("%s")"#, "error: need index 1 but have 0 total.");
        check(r#"format("%s", 1, 2)"#, "error: too many arguments; only 1 used by format string.");
        check(r#"format("a", 1)"#, "error: too many arguments; no verbs in format string.");
        check(r#"format("a%")"#, "error: invalid format string starting at offset 2.");
        check(r#"format("%é", 1)"#, "error: unrecognized format character 'é' at offset 1.");
        check(r#"format("%[0]s", 1)"#, "error: unrecognized format character '0' at offset 2.");
        check(r#"format("%y", 1)"#, "error: at offset 0.");
        check(r#"format("%9999999d", 1)"#, "error: a width or precision of 9999999 is too large.");
        check(r#"format("%99999999999999999999999s", 1)"#, "error: is too large.");
    }

    #[test]
    fn what_stands_before_the_first_verb_is_known_of_an_unknown_result() {
        check(r#"format("pre-%s", local.us)"#, r#"?string! "pre-"…"#);
        check(r#"format("pre%s", local.us)"#, r#"?string! "pr"…"#);
        check(r#"format("%s", local.us)"#, "?string!");
        check(r#"format(local.us, 1)"#, "?string!");
        check(r#"format("%v", [local.us])"#, "?string!");
        check(r#"format("%s", null)"#, "?any");
        check(r#"format("%s", local.udyn)"#, "?any");
        check(r#"format("%s", sensitive(""))"#, r#"sensitive("")"#);
        check(r#"format("")"#, r#""""#);
        check(r#"format(null, 1)"#, "error: argument must not be null.");
    }

    #[test]
    fn a_verb_alone_keeps_what_its_argument_stands_for() {
        let is = |text: &str| value(text).unwrap().as_unknown().unwrap().is.clone();
        assert_eq!(is(r#"format("%s", local.id)"#), is("local.id"));
        assert_eq!(is(r#"format("%s-", local.id)"#), crate::value::Identity::Nobody);
        assert_eq!(is(r#"formatlist("%s", [local.id])[0]"#), is("local.id"));
    }

    #[test]
    fn lists_are_formatted_side_by_side() {
        check(r#"formatlist("%s-%s", ["a", "b"], "c")"#, r#"tolist(["a-c", "b-c"])"#);
        check(r#"formatlist("%s", toset(["b", "a"]))"#, r#"tolist(["a", "b"])"#);
        check(r#"formatlist("%s", [])"#, "tolist([])");
        check(r#"formatlist("x")"#, r#"tolist(["x"])"#);
        check(r#"formatlist("%s", ["a", local.us])"#, r#"tolist(["a", ?string!])"#);
        check(r#"formatlist("%s", local.ul)"#, "?list(string)!");
        check(r#"formatlist("%s", toset(["a", local.us]))"#, "?list(string)!");
        check(r#"formatlist("%s", tolist(null))"#, "error: null value cannot be formatted.");
        check(r#"formatlist("%s", [sensitive("a")])"#, r#"sensitive(tolist(["a"]))"#);
        check(
            r#"formatlist("%s%s", ["a"], ["b", "c"])"#,
            "error: argument 2 has length 2, which is inconsistent with argument 1 of length 1.",
        );
        check(r#"formatlist("%d", ["a"])"#, "error: at 0: a number is required.");
    }
}
