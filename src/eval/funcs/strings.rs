//! Functions of text.

use super::text::{STR, STRING, bounded, graphemes, string, text, whole_arg};
use super::{Call, FnError, Function, Param, Returns, Want, regexp};
use crate::value::{Refine, Type, Value};

pub(super) const FAMILY: &[Function] = &[
    CHOMP,
    ENDSWITH,
    INDENT,
    JOIN,
    LOWER,
    REPLACE,
    SPLIT,
    STARTSWITH,
    STRCONTAINS,
    STRREV,
    SUBSTR,
    TITLE,
    TRIM,
    TRIMPREFIX,
    TRIMSPACE,
    TRIMSUFFIX,
    UPPER,
];

/// `chomp(str)` takes all line ends off the end.
const CHOMP: Function = Function {
    name: "chomp",
    params: &[STR],
    run: |_, args| Ok(text(string(&args[0]).trim_end_matches(['\n', '\r']))),
    ..STRING
};

/// `endswith(str, suffix)` tells whether the text ends so.
const ENDSWITH: Function = Function {
    name: "endswith",
    params: &[STR, Param::new("suffix", Want::String)],
    returns: Returns::Always(Want::Bool),
    run: |_, args| Ok(string(&args[0]).ends_with(string(&args[1])).into()),
    ..STRING
};

/// `indent(spaces, str)` puts so many blanks before every line but the first.
const INDENT: Function =
    Function { name: "indent", params: &[Param::new("spaces", Want::Number), STR], run: indent, ..STRING };

/// `join(separator, lists...)` puts the elements of all lists one after the other.
const JOIN: Function = Function {
    name: "join",
    params: &[Param::new("separator", Want::String)],
    rest: Some(Param::new("lists", Want::ListString)),
    run: join,
    ..STRING
};

/// `lower(str)` makes every letter lower case, each by itself: a final sigma stays an ordinary one.
const LOWER: Function = Function {
    name: "lower",
    params: &[STR.dynamic()],
    run: |_, args| Ok(text(string(&args[0]).chars().map(lower).collect::<String>())),
    ..STRING
};

/// `replace(str, substr, replace)` replaces all occurrences; a pattern between slashes is a regular expression.
const REPLACE: Function = Function {
    name: "replace",
    params: &[STR, Param::new("substr", Want::String), Param::new("replace", Want::String)],
    run: replace,
    ..STRING
};

/// `split(separator, str)` cuts the text at each separator; at every code point if that is empty.
const SPLIT: Function = Function {
    name: "split",
    params: &[Param::new("separator", Want::String), STR],
    returns: Returns::Always(Want::ListString),
    run: split,
    ..STRING
};

/// `startswith(str, prefix)` tells whether the text begins so, of an unknown too if its beginning is known.
const STARTSWITH: Function = Function {
    name: "startswith",
    params: &[STR.unknown(), Param::new("prefix", Want::String)],
    returns: Returns::Always(Want::Bool),
    run: startswith,
    ..STRING
};

/// `strcontains(str, substr)` tells whether the one text lies within the other.
const STRCONTAINS: Function = Function {
    name: "strcontains",
    params: &[STR, Param::new("substr", Want::String)],
    returns: Returns::Always(Want::Bool),
    not_null: false,
    run: |_, args| Ok(string(&args[0]).contains(string(&args[1])).into()),
    ..STRING
};

/// `strrev(str)` is the text backwards, character by character.
const STRREV: Function = Function {
    name: "strrev",
    params: &[STR.dynamic()],
    run: |_, args| Ok(text(reversed(string(&args[0])))),
    ..STRING
};

/// `substr(str, offset, length)` is a part of the text, counted in characters.
const SUBSTR: Function = Function {
    name: "substr",
    params: &[
        STR.dynamic(),
        Param::new("offset", Want::Number).dynamic(),
        Param::new("length", Want::Number).dynamic(),
    ],
    run: substr,
    ..STRING
};

/// `title(str)` makes the first letter of each word a capital.
const TITLE: Function = Function { name: "title", params: &[STR], run: title, ..STRING };

/// `trim(str, cutset)` takes any of these characters off both ends.
const TRIM: Function = Function {
    name: "trim",
    params: &[STR, Param::new("cutset", Want::String)],
    run: |_, args| {
        let cutset = string(&args[1]);
        Ok(text(string(&args[0]).trim_matches(|c| cutset.contains(c))))
    },
    ..STRING
};

/// `trimprefix(str, prefix)` takes the prefix off, once.
const TRIMPREFIX: Function = Function {
    name: "trimprefix",
    params: &[STR, Param::new("prefix", Want::String)],
    run: |_, args| {
        let s = string(&args[0]);
        Ok(text(s.strip_prefix(string(&args[1])).unwrap_or(s)))
    },
    ..STRING
};

/// `trimspace(str)` takes blanks off both ends.
const TRIMSPACE: Function = Function {
    name: "trimspace",
    params: &[STR],
    run: |_, args| Ok(text(string(&args[0]).trim())),
    ..STRING
};

/// `trimsuffix(str, suffix)` takes the suffix off, once.
const TRIMSUFFIX: Function = Function {
    name: "trimsuffix",
    params: &[STR, Param::new("suffix", Want::String)],
    run: |_, args| {
        let s = string(&args[0]);
        Ok(text(s.strip_suffix(string(&args[1])).unwrap_or(s)))
    },
    ..STRING
};

/// `upper(str)` makes every letter upper case, each by itself: `ß` stays.
const UPPER: Function = Function {
    name: "upper",
    params: &[STR.dynamic()],
    run: |_, args| Ok(text(string(&args[0]).chars().map(upper).collect::<String>())),
    ..STRING
};

fn indent(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let spaces = whole_arg(&args[0])?;
    let spaces = usize::try_from(spaces)
        .map_err(|_| FnError::new("panic in function implementation: strings: negative Repeat count"))?;
    let s = string(&args[1]);
    let lines = s.matches('\n').count();
    bounded(s.len().saturating_add(spaces.saturating_mul(lines.max(1))))?;
    if lines == 0 {
        return Ok(text(s));
    }
    Ok(text(s.replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}

fn join(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (separator, lists) = (string(&args[0]), &args[1..]);
    if lists.is_empty() {
        return Err(FnError::new("at least one list is required"));
    }
    if let Some(why) = lists.iter().find_map(Value::cause) {
        let alone = match lists {
            [list] => list.as_seq().and_then(|items| match items {
                [only] => only.as_unknown(),
                _ => None,
            }),
            _ => None,
        };
        return Ok(match alone {
            // One element and nothing else: the result is that element.
            Some(only) => Value::unknown_as(Type::String, Refine::not_null(), why, only.is.clone()),
            None => call.unknown(args),
        });
    }
    let mut parts = Vec::new();
    for (i, list) in lists.iter().enumerate() {
        for (j, item) in list.as_seq().unwrap_or_default().iter().enumerate() {
            match item.as_str() {
                Some(part) => parts.push(part.as_str()),
                None if lists.len() > 1 => {
                    let n = i + 1;
                    let message = format!("element {j} of list {n} is null; cannot concatenate null values");
                    return Err(FnError::arg(n, message));
                }
                None => {
                    return Err(FnError::arg(
                        i + 1,
                        format!("element {j} is null; cannot concatenate null values"),
                    ));
                }
            }
        }
    }
    let between = separator.len().saturating_mul(parts.len().saturating_sub(1));
    bounded(parts.iter().map(|p| p.len()).sum::<usize>().saturating_add(between))?;
    Ok(text(parts.join(separator)))
}

fn replace(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (s, find, with) = (string(&args[0]), string(&args[1]), string(&args[2]));
    if find.len() > 1 && find.starts_with('/') && find.ends_with('/') {
        return Ok(text(regexp::replace_all(&find[1..find.len() - 1], s, with)?));
    }
    let count = if find.is_empty() { s.chars().count() + 1 } else { s.matches(find).count() };
    bounded(s.len().saturating_add(count.saturating_mul(with.len())))?;
    Ok(text(s.replace(find, with)))
}

fn split(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (separator, s) = (string(&args[0]), string(&args[1]));
    let parts: Vec<Value> = if separator.is_empty() {
        s.chars().map(|c| text(c.to_string())).collect()
    } else {
        s.split(separator).map(text).collect()
    };
    Ok(Value::list(Type::String, parts))
}

fn startswith(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let prefix = string(&args[1]);
    let Some(unknown) = args[0].as_unknown() else {
        return Ok(string(&args[0]).starts_with(prefix).into());
    };
    let known = &unknown.refine.prefix;
    if known.starts_with(prefix) {
        return Ok(true.into());
    }
    if !known.is_empty() && known.len() >= prefix.len() {
        return Ok(false.into());
    }
    Ok(call.unknown(args))
}

fn reversed(s: &str) -> String {
    graphemes(s).collect::<Vec<_>>().into_iter().rev().collect()
}

fn substr(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let s = string(&args[0]);
    let (mut offset, length) = (whole_arg(&args[1])?, whole_arg(&args[2])?);
    if offset < 0 {
        // Before the beginning is the beginning.
        offset = offset.saturating_add(graphemes(s).count() as i64).max(0);
        if length == 0 {
            // NOTE: Terraform forgets to stop here and returns everything from there on.
            return Ok(text(graphemes(s).skip(offset as usize).collect::<String>()));
        }
    }
    // Of ASCII, only a line's end is two characters in one.
    if s.is_ascii() && !s.contains('\r') {
        let rest = s.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
        return Ok(text(usize::try_from(length).ok().and_then(|n| rest.get(..n)).unwrap_or(rest)));
    }
    let rest = graphemes(s).skip(usize::try_from(offset).unwrap_or(usize::MAX));
    Ok(text(match usize::try_from(length) {
        Ok(length) => rest.take(length).collect::<String>(),
        Err(_) => rest.collect(),
    }))
}

fn title(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let mut previous = ' ';
    let mut out = String::with_capacity(string(&args[0]).len());
    for c in string(&args[0]).chars() {
        out.push(if separates(previous) { capital(c) } else { c });
        previous = c;
    }
    Ok(text(out))
}

/// True if a letter after this character begins a word.
fn separates(c: char) -> bool {
    if c.is_ascii() { !c.is_ascii_alphanumeric() && c != '_' } else { c.is_whitespace() }
}

/// Returns the one lower-case letter of a letter; where std knows several, Unicode's simple mapping.
fn lower(c: char) -> char {
    let mut all = c.to_lowercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        // The only one: a dotted capital I.
        _ => 'i',
    }
}

/// Returns the one upper-case letter of a letter; where std knows several, Unicode's simple mapping.
fn upper(c: char) -> char {
    let mut all = c.to_uppercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        _ => match c {
            '\u{1f80}'..='\u{1faf}' => char::from_u32(c as u32 | 8).unwrap_or(c),
            '\u{1fb3}' => '\u{1fbc}',
            '\u{1fc3}' => '\u{1fcc}',
            '\u{1ff3}' => '\u{1ffc}',
            _ => c,
        },
    }
}

/// Returns the title-case letter of a letter: the upper-case one, but for some digraphs and Georgian.
fn capital(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => c,
        _ => upper(c),
    }
}

#[cfg(test)]
mod tests {
    use crate::eval::funcs::testing::{check, value};

    #[test]
    fn line_ends_and_blanks_come_off_the_ends() {
        check(r#"chomp("a\r\n\n")"#, r#""a""#);
        check(r#"trimspace("\t\u00a0a b\n")"#, r#""a b""#);
        check(r#"trim("?!a?b!", "!?")"#, r#""a?b""#);
        check(r#"trimprefix("aab", "a")"#, r#""ab""#);
        check(r#"trimsuffix("baa", "a")"#, r#""ba""#);
        for f in ["chomp", "trimspace"] {
            unknown_null_sensitive_empty(f, "", r#""""#);
        }
        for f in ["trim", "trimprefix", "trimsuffix"] {
            unknown_null_sensitive_empty(f, r#", "x""#, r#""""#);
        }
    }

    /// Asserts what a function says to an unknown, a null, a sensitive and an empty first argument.
    fn unknown_null_sensitive_empty(f: &str, more: &str, empty: &str) {
        let ty = if empty.starts_with('"') { "string" } else { "bool" };
        check(&format!("{f}(null{more})"), "error: argument must not be null.");
        check(&format!(r#"{f}(""{more})"#), empty);
        check(&format!(r#"{f}(sensitive(""){more})"#), &format!("sensitive({empty})"));
        let unknown = value(&format!("{f}(local.us{more})")).unwrap();
        let unknown = unknown.as_unknown().unwrap_or_else(|| panic!("{f} knows what it cannot know"));
        assert_eq!(unknown.ty.to_string(), ty);
        assert_eq!(unknown.why.name(), "local.us");
    }

    #[test]
    fn ends_and_parts_are_recognised() {
        check(r#"endswith("abc", "bc")"#, "true");
        check(r#"startswith("abc", "b")"#, "false");
        check(r#"strcontains("abc", "")"#, "true");
        unknown_null_sensitive_empty("endswith", r#", "x""#, "false");
        unknown_null_sensitive_empty("startswith", r#", "x""#, "false");
        unknown_null_sensitive_empty("strcontains", r#", "x""#, "false");
    }

    #[test]
    fn the_known_beginning_of_an_unknown_text_may_decide() {
        check(r#"startswith(format("x-%s", local.us), "x-")"#, "true");
        check(r#"startswith(format("x-%s", local.us), "y")"#, "false");
        check(r#"startswith(format("x-%s", local.us), "x-y")"#, "?bool!");
        check(r#"startswith(local.us, "")"#, "true");
        check(r#"strcontains(local.us, "")"#, "?bool");
    }

    #[test]
    fn letters_change_case_one_by_one() {
        check(r#"upper("straße ŉ ᾳ")"#, r#""STRAßE ŉ ᾼ""#);
        check(r#"lower("ΟΔΟΣ İ")"#, r#""οδοσ i""#);
        check(r#"title("it's a_b ǆ ა-b")"#, r#""It'S A_b ǅ ა-B""#);
        for f in ["upper", "lower", "title", "strrev"] {
            unknown_null_sensitive_empty(f, "", r#""""#);
        }
        check("upper(local.udyn)", "?string!");
    }

    #[test]
    fn characters_are_what_readers_count() {
        check(r#"strrev("ae\u0301🇩🇪")"#, r#""🇩🇪éa""#);
        check(r#"substr("👨‍👩‍👧xy", 1, 1)"#, r#""x""#);
        check(r#"substr("abc", -2, 1)"#, r#""b""#);
        check(r#"substr("abc", -9, 2)"#, r#""ab""#);
        check(r#"substr("abc", 1, -1)"#, r#""bc""#);
        check(r#"substr("abc", 9, 1)"#, r#""""#);
        check(r#"substr("abc", 1, 0)"#, r#""""#);
        check(r#"substr("abc", -2, 0)"#, r#""bc""#);
        check(r#"substr("abc", 0.5, 1)"#, "error: 9223372036854775807 inclusive.");
        unknown_null_sensitive_empty("substr", ", 0, 1", r#""""#);
    }

    #[test]
    fn text_is_cut_and_put_together() {
        check(r#"split(",", "a,,b")"#, r#"tolist(["a", "", "b"])"#);
        check(r#"split("", "ae\u0301")"#, r#"tolist(["a", "é"])"#);
        check(r#"split("", "")"#, "tolist([])");
        check(r#"split(",", "")"#, r#"tolist([""])"#);
        check(r#"split(",", local.us)"#, "?list(string)!");
        check(r#"split(sensitive(","), "a")"#, r#"sensitive(tolist(["a"]))"#);
        check(r#"join("-", ["a"], [], ["b", 1])"#, r#""a-b-1""#);
        check(r#"join("-", [])"#, r#""""#);
        check(r#"join("-", ["a", null])"#, "error: element 1 is null; cannot concatenate null values.");
        check(
            r#"join("-", ["a"], [null])"#,
            "error: element 0 of list 2 is null; cannot concatenate null values.",
        );
        check(r#"join("-", ["a", local.us])"#, "?string!");
        check(r#"join("-", [sensitive("a")])"#, r#"sensitive("a")"#);
        check(r#"join("-")"#, "error: at least one list is required.");
    }

    #[test]
    fn joining_one_element_keeps_what_it_stands_for() {
        let is = |text: &str| value(text).unwrap().as_unknown().unwrap().is.clone();
        assert_eq!(is("local.id"), is(r#"join("", [local.id])"#));
        assert_eq!(is(r#"join("", [local.id], [])"#), crate::value::Identity::Nobody);
        assert_eq!(is(r#"join("", [local.id, ""])"#), crate::value::Identity::Nobody);
    }

    #[test]
    fn occurrences_and_patterns_are_replaced() {
        check(r#"replace("hello", "", "-")"#, r#""-h-e-l-l-o-""#);
        check(r#"replace("a/b", "/", "-")"#, r#""a-b""#);
        check(r#"replace("a/b", "//", "-")"#, r#""-a-/-b-""#);
        check(r#"replace("abc", "/(?P<x>b)/", "[$x$1$$1]")"#, r#""a[bb$1]c""#);
        check(r#"replace("abc", "/(b)/", "[$1y]")"#, r#""a[]c""#);
        check(r#"replace("abc", "/(/", "")"#, "error: error parsing regexp: missing closing ): `(`.");
        unknown_null_sensitive_empty("replace", r#", "a", "b""#, r#""""#);
    }

    #[test]
    fn all_lines_but_the_first_are_indented() {
        check(r#"indent(2, "a\nb\n")"#, r#""a\n  b\n  ""#);
        check(r#"indent(-1, "a")"#, "error: negative Repeat count.");
        check(r#"indent(1, "")"#, r#""""#);
        check(r#"indent(1, local.us)"#, "?string!");
        check(r#"indent(null, "a")"#, "error: argument must not be null.");
        check(r#"indent(1, sensitive("a"))"#, r#"sensitive("a")"#);
    }

    #[test]
    fn what_would_exhaust_memory_is_an_error() {
        check(r#"indent(9000000000, "a\nb")"#, "error: the result would be longer than 16 MiB.");
        let long = "x".repeat(5000);
        let text = format!(r#"replace("{long}", "", "{long}")"#);
        check(&text, "error: the result would be longer than 16 MiB.");
        let text = format!(r#"replace("{long}", "/x/", "{long}")"#);
        check(&text, "error: the result would be longer than 16 MiB.");
    }
}
