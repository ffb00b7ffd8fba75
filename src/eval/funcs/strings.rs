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
    bounded(s.len().saturating_add(spaces.saturating_mul(lines)))?;
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
