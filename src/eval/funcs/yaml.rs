//! `yamldecode` and `yamlencode`: YAML 1.1 with what Terraform takes for booleans, numbers and times.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ecow::EcoString;
use libyaml_safer::{Event, EventData, Parser, ScalarStyle};

use super::text::{STRING, bounded, string, text};
use super::{Call, FnError, Function, Param, Returns, Want, encoding, time};
use crate::value::{Number, Type, Value, convert, quoted};

pub(super) const FAMILY: &[Function] = &[YAMLDECODE, YAMLENCODE];

/// `yamldecode(src)` is the value that one YAML document stands for: objects and tuples.
const YAMLDECODE: Function = Function {
    name: "yamldecode",
    params: &[Param::new("src", Want::String)],
    returns: Returns::Always(Want::Any),
    not_null: false,
    run: |_, args| decode(string(&args[0])).map_err(FnError::new),
    ..STRING
};

/// `yamlencode(value)` is the value as YAML in blocks, every text and key in quotes.
const YAMLENCODE: Function = Function {
    name: "yamlencode",
    params: &[Param::new("value", Want::Any).null().dynamic()],
    not_null: false,
    run: yamlencode,
    ..STRING
};

/// Levels of nesting that YAML may have.
const MAX_DEPTH: usize = 1000;
/// Values that a document may stand for once its aliases are followed.
const MAX_NODES: u32 = 1_000_000;

/// Returns the value that a document stands for.
///
/// # Errors
/// Why it is none, in Terraform's words.
pub(super) fn decode(source: &str) -> Result<Value, String> {
    // NOTE: libyaml-safer 0.3.0 panics if a block of text ends without a line end, so every document gets one; a last line
    // of nothing but blanks has to go for that, and the block gives the line end back.
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let kept = source.trim_end_matches(' ');
    let mut source = if kept.ends_with(is_break) { kept } else { source }.to_owned();
    let added = !source.ends_with(is_break);
    if added {
        source.push('\n');
    }
    let mut bytes = source.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut bytes);
    let next = || {
        // NOTE: and it panics at a tag with a comma after it, where Terraform reports an error; this relies on unwinding.
        let parsed = catch_unwind(AssertUnwindSafe(|| parser.parse()));
        let mut event = parsed
            .map_err(|_| "did not find expected whitespace or line break".to_owned())?
            .map_err(|e| syntax_error(&e))?;
        if let EventData::Scalar { value, style: ScalarStyle::Literal | ScalarStyle::Folded, .. } =
            &mut event.data
            && added
            && event.end_mark.index == source.len() as u64
            && value.ends_with('\n')
        {
            value.pop();
        }
        Ok(event)
    };
    let mut reader = Reader { next, open: Vec::new(), anchors: HashMap::new() };
    reader.event()?;
    let start = reader.event()?;
    if !matches!(start.data, EventData::DocumentStart { .. }) {
        return Err(at(&start, "missing start of document"));
    }
    let value = reader.value()?;
    reader.event()?;
    let end = reader.event()?;
    if !matches!(end.data, EventData::StreamEnd) {
        return Err(at(&end, "unexpected extra content after value"));
    }
    Ok(value)
}

/// Says where it happened; Terraform counts lines from 0 and says nothing of the first one.
fn at(event: &Event, message: &str) -> String {
    placed(event.start_mark.line, event.start_mark.column, message)
}

fn placed(line: u64, column: u64, message: &str) -> String {
    match line {
        0 => message.to_owned(),
        line => format!("on line {line}, column {}: {message}", column + 1),
    }
}

fn syntax_error(e: &libyaml_safer::Error) -> String {
    let scanner = e.kind() == libyaml_safer::ErrorKind::Scanner;
    match e.problem_mark().filter(|mark| mark.line != 0) {
        Some(mark) if scanner => placed(mark.line + 1, 0, e.problem()),
        Some(mark) => placed(mark.line, mark.column, e.problem()),
        None => e.problem().to_owned(),
    }
}

/// A collection that is being read, and the anchor that it will have.
struct Open {
    anchor: Option<String>,
    content: Content,
}

enum Content {
    Sequence(Vec<Value>),
    /// The entries, and what the next value is for.
    Mapping(HashMap<EcoString, Value>, Key),
}

enum Key {
    None,
    Name(EcoString),
    /// The value's entries become entries of this mapping.
    Merge,
}

/// What a scalar stands for.
enum Scalar {
    Value(Value),
    /// `<<`: a key that merges, elsewhere plain text.
    Merge,
}

struct Reader<F> {
    next: F,
    open: Vec<Open>,
    /// None: its collection is still being read.
    anchors: HashMap<String, Option<Value>>,
}

impl<F: FnMut() -> Result<Event, String>> Reader<F> {
    fn event(&mut self) -> Result<Event, String> {
        (self.next)()
    }

    /// Reads one value, keeping open collections in a list of our own: the stack would not bear deep ones.
    fn value(&mut self) -> Result<Value, String> {
        let mut nodes = 0u32;
        loop {
            let event = self.event()?;
            let Some(value) = self.step(&event)? else {
                continue;
            };
            // An alias costs nothing here, but much to whoever looks at the value.
            nodes = nodes.saturating_add(value.head().nodes);
            if nodes > MAX_NODES {
                return Err(at(&event, "document contains excessive aliasing"));
            }
            let Some(open) = self.open.last_mut() else {
                return Ok(value);
            };
            match &mut open.content {
                Content::Sequence(items) => items.push(value),
                Content::Mapping(entries, key) => match std::mem::replace(key, Key::None) {
                    Key::Name(name) => {
                        entries.insert(name, value);
                    }
                    Key::Merge => match value.as_fields() {
                        Some(fields) => entries.extend(fields.iter().map(|(k, v)| (k.clone(), v.clone()))),
                        None => {
                            let found = value.type_of().friendly();
                            return Err(at(&event, &format!("cannot merge {found} into mapping")));
                        }
                    },
                    Key::None => {
                        return Err(at(&event, "only strings are allowed as mapping keys"));
                    }
                },
            }
        }
    }

    /// Takes one event; returns a value if that completes one.
    fn step(&mut self, event: &Event) -> Result<Option<Value>, String> {
        if let Some(Open { content: Content::Mapping(_, key @ Key::None), .. }) = self.open.last_mut() {
            match &event.data {
                EventData::MappingEnd => {}
                EventData::Scalar { tag, value, style, .. } => {
                    *key = key_of(event, tag.as_deref(), value, *style)?;
                    return Ok(None);
                }
                _ => return Err(at(event, "only strings are allowed as mapping keys")),
            }
        }
        match &event.data {
            EventData::Scalar { anchor, tag, value, plain_implicit, style, .. } => {
                let scalar = resolve(tag.as_deref(), value, *style).map_err(|e| at(event, &e))?;
                let mut resolved = match scalar {
                    Scalar::Value(value) => value,
                    Scalar::Merge => Value::from("<<"),
                };
                if tag.is_none() && !plain_implicit {
                    // NOTE: a block of text is read as a number or truth value first, and then written as text.
                    resolved = convert(&resolved, &Type::String).map_err(|e| at(event, &e.message))?;
                }
                if let Some(anchor) = anchor {
                    self.anchors.insert(anchor.clone(), Some(resolved.clone()));
                }
                Ok(Some(resolved))
            }
            EventData::Alias { anchor } => match self.anchors.get(anchor) {
                Some(Some(value)) => Ok(Some(value.clone())),
                Some(None) => {
                    let message =
                        format!("cannot refer to anchor {} from inside its own definition", quoted(anchor));
                    Err(at(event, &message))
                }
                None => Err(at(event, &format!("reference to undefined anchor {}", quoted(anchor)))),
            },
            EventData::SequenceStart { anchor, tag, .. } => {
                self.opened(event, anchor, tag, "sequence", "seq", Content::Sequence(Vec::new()))
            }
            EventData::MappingStart { anchor, tag, .. } => {
                let content = Content::Mapping(HashMap::new(), Key::None);
                self.opened(event, anchor, tag, "mapping", "map", content)
            }
            EventData::SequenceEnd | EventData::MappingEnd => {
                let open = self.open.pop().expect("bug: the parser ends only what it began");
                let value = match open.content {
                    Content::Sequence(items) => Value::tuple(items),
                    Content::Mapping(entries, _) => Value::object(entries.into_iter().collect()),
                };
                if let Some(anchor) = open.anchor {
                    self.anchors.insert(anchor, Some(value.clone()));
                }
                Ok(Some(value))
            }
            EventData::StreamEnd => Err(at(event, "expecting value but found end of stream")),
            EventData::DocumentStart { .. } => Err(at(event, "only a single document is allowed")),
            EventData::StreamStart { .. } | EventData::DocumentEnd { .. } => {
                Err(at(event, "unexpected parser event"))
            }
        }
    }

    fn opened(
        &mut self,
        event: &Event,
        anchor: &Option<String>,
        tag: &Option<String>,
        what: &str,
        allowed: &str,
        content: Content,
    ) -> Result<Option<Value>, String> {
        if let Some(tag) = tag.as_deref().filter(|tag| tag.strip_prefix(TAG) != Some(allowed)) {
            return Err(at(event, &format!("can't interpret {what} as {tag}")));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(at(event, "exceeded max depth"));
        }
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor.clone(), None);
        }
        self.open.push(Open { anchor: anchor.clone(), content });
        Ok(None)
    }
}

fn key_of(event: &Event, tag: Option<&str>, value: &str, style: ScalarStyle) -> Result<Key, String> {
    match resolve(tag, value, style)? {
        Scalar::Merge => Ok(Key::Merge),
        Scalar::Value(Value::Null(_)) => Err(at(event, "mapping key cannot be null")),
        Scalar::Value(value) => match convert(&value, &Type::String) {
            Ok(Value::String(name)) => Ok(Key::Name(name)),
            _ => Err(at(event, "only strings are allowed as mapping keys")),
        },
    }
}

const TAG: &str = "tag:yaml.org,2002:";

/// Returns what a scalar stands for.
fn resolve(tag: Option<&str>, source: &str, style: ScalarStyle) -> Result<Scalar, String> {
    let kind = match tag {
        None => "",
        Some(tag) => match tag.strip_prefix(TAG) {
            Some(kind @ ("str" | "bool" | "int" | "float" | "null" | "timestamp" | "binary")) => kind,
            _ => return Err(format!("unsupported tag {}", quoted(tag))),
        },
    };
    let mut kind = kind;
    let first = source.bytes().next();
    let hinted = first.is_none_or(|b| b"+-0123456789yYnNtTfFoO~.".contains(&b));
    if hinted && kind != "str" && kind != "binary" {
        if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
            return Ok(Scalar::Value(text(source)));
        }
        if let Some(value) = well_known(source) {
            return Ok(Scalar::Value(value));
        }
        if kind.is_empty() && matches!(source, ".nan" | ".NaN" | ".NAN") {
            return Err("floating point NaN is not supported".into());
        }
        match first {
            Some(b'.') => {
                if let Some(number) = Number::parse(source) {
                    return Ok(Scalar::Value(number.into()));
                }
            }
            Some(b'+' | b'-' | b'0'..=b'9') => {
                if matches!(kind, "" | "timestamp")
                    && let Some(time) = time::from_yaml(source)
                {
                    return Ok(Scalar::Value(time.into()));
                }
                if is_integer(source) {
                    kind = "int";
                } else if is_float(source) {
                    kind = "float";
                }
            }
            _ => {}
        }
    }
    let unreadable = || format!("cannot parse {} as {TAG}{kind}", quoted(source));
    match kind {
        "" if source == "<<" => Ok(Scalar::Merge),
        "binary" if encoding::from_base64(source).is_err() => {
            Err(format!("{}: not valid base64", unreadable()))
        }
        "" | "str" | "binary" => Ok(Scalar::Value(text(source))),
        "int" | "float" => {
            number(&source.replace('_', "")).map(|n| Scalar::Value(n.into())).ok_or_else(unreadable)
        }
        "timestamp" => time::from_yaml(source).map(|t| Scalar::Value(t.into())).ok_or_else(unreadable),
        "null" => Ok(Scalar::Value(Value::NULL)),
        // What is a truth value was found above, if its first letter was any hint.
        _ => Err(unreadable()),
    }
}

fn well_known(source: &str) -> Option<Value> {
    Some(match source {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => true.into(),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => false.into(),
        "" | "~" | "null" | "Null" | "NULL" => Value::NULL,
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Number::parse("Inf")?.into(),
        "-.inf" | "-.Inf" | "-.INF" => Number::parse("-Inf")?.into(),
        _ => return None,
    })
}

/// `-1`, `0o17`, `0x1F`.
fn is_integer(s: &str) -> bool {
    let all = |s: &str, digit: fn(&u8) -> bool| !s.is_empty() && s.bytes().all(|b| digit(&b));
    if let Some(digits) = s.strip_prefix("0o") {
        return all(digits, |b| (b'0'..=b'7').contains(b));
    }
    if let Some(digits) = s.strip_prefix("0x") {
        return all(digits, u8::is_ascii_hexdigit);
    }
    all(s.strip_prefix(['-', '+']).unwrap_or(s), u8::is_ascii_digit)
}

/// `-1.5e3`, `.5`, `1.`
fn is_float(s: &str) -> bool {
    let s = s.strip_prefix(['-', '+']).unwrap_or(s);
    let (mantissa, exponent) = match s.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (s, None),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let mantissa_fine = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_fine = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['-', '+']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    mantissa_fine && exponent_fine
}

/// Reads decimal digits, or those of a base that a prefix names, as far as 64 bits go.
fn number(s: &str) -> Option<Number> {
    if let Some(number) = Number::parse(s) {
        return Some(number);
    }
    let (negative, digits) = match s.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, s.strip_prefix('+').unwrap_or(s)),
    };
    let (digits, base) = match digits.get(..2)?.to_ascii_lowercase().as_str() {
        "0x" => (&digits[2..], 16),
        "0o" => (&digits[2..], 8),
        "0b" => (&digits[2..], 2),
        _ => return None,
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    match (negative, i64::try_from(magnitude)) {
        (false, Ok(n)) => Some(Number::integer(n)),
        (true, _) => 0i64.checked_sub_unsigned(magnitude).map(Number::integer),
        (false, Err(_)) => Number::parse(&magnitude.to_string()),
    }
}

fn yamlencode(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    if !args[0].is_wholly_known() {
        return Ok(call.unknown(args));
    }
    let mut writer = Writer {
        out: String::new(),
        column: 0,
        indent: -1,
        after_blank: true,
        at_indent: true,
        open_ended: false,
    };
    writer.node(&args[0], Place::Root);
    writer.new_line();
    if writer.open_ended {
        writer.indicator("...", true, false, false);
        writer.new_line();
    }
    bounded(writer.out.len())?;
    Ok(text(writer.out))
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Item,
    Value,
    /// A key that goes before a colon on one line.
    Key,
}

/// Lays out YAML as go-yaml's emitter does.
struct Writer {
    out: String,
    /// Characters in this line.
    column: usize,
    /// Of the collection at hand; -1 outside.
    indent: isize,
    /// The last character was a blank that counts, or a line end.
    after_blank: bool,
    /// Nothing but indentation and dashes in this line.
    at_indent: bool,
    /// What was written last does not show where it ends.
    open_ended: bool,
}

/// Text in quotes is folded after this column.
const WIDTH: usize = 80;
/// A longer key needs a question mark.
const MAX_KEY_BYTES: usize = 128;

impl Writer {
    fn node(&mut self, value: &Value, place: Place) {
        match value {
            Value::Marked(m) => self.node(&m.value, place),
            Value::Null(_) | Value::Unknown(_) => self.plain("null", place),
            Value::Bool(b) => self.plain(if *b { "true" } else { "false" }, place),
            Value::Number(n) => self.plain(&n.to_string(), place),
            Value::String(s) => self.text(s, place),
            Value::List(s) | Value::Tuple(s) | Value::Set(s) if s.items().is_empty() => self.empty("[", "]"),
            Value::Map(f) | Value::Object(f) if f.is_empty() => self.empty("{", "}"),
            Value::List(s) | Value::Tuple(s) | Value::Set(s) => {
                let outside = self.indent;
                // A sequence right below a key is not indented.
                let indentless = place == Place::Value && !self.at_indent;
                self.indent = match self.indent {
                    -1 => 0,
                    indent if indentless => indent,
                    indent => indent + 2,
                };
                for item in s.items() {
                    self.new_line();
                    self.indicator("-", true, false, true);
                    self.node(item, Place::Item);
                }
                self.indent = outside;
            }
            Value::Map(f) | Value::Object(f) => {
                let outside = self.indent;
                self.indent = if self.indent < 0 { 0 } else { self.indent + 2 };
                for (key, item) in f.iter() {
                    self.new_line();
                    if key.contains(is_break) || key.len() > MAX_KEY_BYTES {
                        self.indicator("?", true, false, true);
                        self.text(key, Place::Value);
                        self.new_line();
                        self.indicator(":", true, false, true);
                    } else {
                        self.text(key, Place::Key);
                        self.indicator(":", false, false, false);
                    }
                    self.node(item, Place::Value);
                }
                self.indent = outside;
            }
        }
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true, true, false);
        self.indicator(close, false, false, false);
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column = if is_break(c) { 0 } else { self.column + 1 };
    }

    /// Begins a new line, unless this one is as new already, and indents it.
    fn new_line(&mut self) {
        let indent = usize::try_from(self.indent).unwrap_or(0);
        if !self.at_indent || self.column > indent || self.column == indent && !self.after_blank {
            self.put('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.after_blank = true;
        self.at_indent = true;
    }

    fn indicator(&mut self, indicator: &str, needs_blank: bool, is_blank: bool, is_indent: bool) {
        if needs_blank && !self.after_blank {
            self.put(' ');
        }
        indicator.chars().for_each(|c| self.put(c));
        self.after_blank = is_blank;
        self.at_indent &= is_indent;
        self.open_ended = false;
    }

    fn plain(&mut self, s: &str, place: Place) {
        if !self.after_blank {
            self.put(' ');
        }
        s.chars().for_each(|c| self.put(c));
        self.after_blank = false;
        self.at_indent = false;
        self.open_ended |= place == Place::Root;
    }

    /// Writes text of several lines as a block, other text in quotes.
    fn text(&mut self, s: &str, place: Place) {
        let outside = self.indent;
        self.indent = if self.indent < 0 { 2 } else { self.indent + 2 };
        let block = s.contains('\n') && place != Place::Key && may_be_block(s);
        if block {
            self.block(s)
        } else {
            self.in_quotes(s, place != Place::Key)
        }
        self.indent = outside;
    }

    fn block(&mut self, s: &str) {
        self.indicator("|", true, false, false);
        if s.starts_with(|c| c == ' ' || is_break(c)) {
            self.indicator("2", false, false, false);
        }
        let mut ends = s.chars().rev();
        match (ends.next().is_some_and(is_break), ends.next()) {
            (false, _) => self.indicator("-", false, false, false),
            (true, before) if before.is_none_or(is_break) => {
                self.indicator("+", false, false, false);
            }
            (true, _) => {}
        }
        self.put('\n');
        self.at_indent = true;
        self.after_blank = true;
        let mut line_begins = true;
        for c in s.chars() {
            if is_break(c) {
                self.put(c);
                self.at_indent = true;
                line_begins = true;
                continue;
            }
            if line_begins {
                self.new_line();
            }
            self.put(c);
            self.at_indent = false;
            line_begins = false;
        }
    }

    fn in_quotes(&mut self, s: &str, may_fold: bool) {
        self.indicator("\"", true, false, false);
        // NOTE: after a byte order mark at the beginning, go-yaml escapes everything.
        let marked = s.starts_with('\u{feff}');
        let mut after_space = false;
        for (i, c) in s.char_indices() {
            if marked || !is_shown(c) || is_break(c) || c == '"' || c == '\\' {
                self.escape(c);
                after_space = false;
            } else if c == ' ' {
                let inside = i > 0 && i + 1 < s.len();
                if may_fold && !after_space && self.column > WIDTH && inside {
                    self.new_line();
                    if s[i + 1..].starts_with(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                after_space = true;
            } else {
                self.put(c);
                after_space = false;
            }
        }
        self.indicator("\"", false, false, false);
        self.after_blank = false;
        self.at_indent = false;
    }

    fn escape(&mut self, c: char) {
        let escaped = match c {
            '\0' => "\\0".to_owned(),
            '\u{7}' => "\\a".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\t' => "\\t".to_owned(),
            '\n' => "\\n".to_owned(),
            '\u{b}' => "\\v".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            '\r' => "\\r".to_owned(),
            '\u{1b}' => "\\e".to_owned(),
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\u{85}' => "\\N".to_owned(),
            '\u{a0}' => "\\_".to_owned(),
            '\u{2028}' => "\\L".to_owned(),
            '\u{2029}' => "\\P".to_owned(),
            '\0'..='\u{ff}' => format!("\\x{:02X}", c as u32),
            '\0'..='\u{ffff}' => format!("\\u{:04X}", c as u32),
            _ => format!("\\U{:08X}", c as u32),
        };
        escaped.chars().for_each(|c| self.put(c));
    }
}

/// False if a block would lose blanks or show what cannot be shown.
fn may_be_block(s: &str) -> bool {
    let mut after_space = false;
    for c in s.chars() {
        if !is_shown(c) || is_break(c) && after_space {
            return false;
        }
        after_space = c == ' ';
    }
    !after_space
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// YAML 1.1 shows fewer characters than Go: none beyond the first plane.
fn is_shown(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::funcs::testing::{check, show};

    fn decoded(source: &str) -> String {
        decode(source).map_or_else(|e| format!("error: {e}"), |v| show(&v))
    }

    #[test]
    fn plain_scalars_mean_what_they_mean_to_terraform() {
        let scalar = |source: &str, want: &str| assert_eq!(decoded(source), want, "{source}");
        for yes in ["y", "Yes", "ON", "true"] {
            scalar(yes, "true");
        }
        for null in ["~", "null", "a:\n"] {
            assert!(decoded(null).contains("null"), "{null}");
        }
        scalar("017", "17");
        scalar("0o17", "15");
        scalar("0x1F", "31");
        scalar("-0x10", r#""-0x10""#);
        scalar("+1", "1");
        scalar("1_000", r#""1_000""#);
        scalar("!!int 1_000", "1000");
        scalar(".5", "0.5");
        scalar("1e3", "1000");
        scalar("-.inf", "-Inf");
        scalar(".nan", "error: floating point NaN is not supported");
        scalar("2020-1-2", r#""2020-01-02T00:00:00Z""#);
        scalar("12:30:45", r#""12:30:45""#);
        scalar("'yes'", r#""yes""#);
        scalar("!!str 1", r#""1""#);
        scalar("!!int \"1\"", r#""1""#);
        scalar("!!binary aGk=", r#""aGk=""#);
        scalar("!!bool x", "error: cannot parse \"x\" as tag:yaml.org,2002:bool");
        scalar("!mine x", "error: unsupported tag \"!mine\"");
        scalar("<<", r#""<<""#);
    }

    #[test]
    fn blocks_are_text_even_where_they_look_like_more() {
        assert_eq!(decoded("a: |-\n  017"), r#"{a = "17"}"#);
        assert_eq!(decoded("a: |\n  x"), r#"{a = "x"}"#);
        assert_eq!(decoded("a: |\n  x\n"), r#"{a = "x\n"}"#);
        assert_eq!(decoded("a: |+\n  x\n\n"), r#"{a = "x\n\n"}"#);
        assert_eq!(decoded("a: |\n  x\n  "), r#"{a = "x\n"}"#);
        assert_eq!(decoded("a: >\n  x\n  y\n\n  z\n"), r#"{a = "x y\nz\n"}"#);
    }

    #[test]
    fn anchors_and_merges_are_followed() {
        assert_eq!(decoded("a: &x {b: 1}\nc: *x"), "{a = {b = 1}, c = {b = 1}}");
        assert_eq!(decoded("<<: {a: 1, b: 1}\nb: 2"), "{a = 1, b = 2}");
        assert_eq!(decoded("a: 1\na: x"), r#"{a = "x"}"#);
        assert_eq!(
            decoded("a: &x [*x]"),
            "error: cannot refer to anchor \"x\" from inside its own definition"
        );
        assert_eq!(decoded("a: *x"), "error: reference to undefined anchor \"x\"");
        assert_eq!(decoded("<<: [a]"), "error: cannot merge tuple into mapping");
        assert_eq!(decoded("? [a]\n: b"), "error: only strings are allowed as mapping keys");
        assert_eq!(decoded("~: b"), "error: mapping key cannot be null");
    }

    #[test]
    fn a_document_is_one_document() {
        assert_eq!(decoded("---\n- 1\n...\n"), "[1]");
        assert_eq!(decoded(""), "error: on line 1, column 1: missing start of document");
        assert_eq!(
            decoded("--- a\n--- b\n"),
            "error: on line 1, column 1: unexpected extra content after value"
        );
        assert!(decoded("a:\n\tb: 1").starts_with("error: on line 2, column 1: found character"));
        assert!(decoded("a: b: c").starts_with("error: mapping values"));
        assert!(decoded("[!a, b]").starts_with("error: "));
        check("yamldecode(local.us)", "?any");
        check("yamldecode(null)", "error: argument must not be null.");
        check(r#"yamldecode(sensitive("a: 1"))"#, "sensitive({a = 1})");
    }

    #[test]
    fn bombs_are_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let before = i - 1;
            bomb.push_str(&format!("a{i}: &a{i} [{}]\n", vec![format!("*a{before}"); 9].join(", ")));
        }
        assert!(decoded(&bomb).ends_with("document contains excessive aliasing"));
        assert!(decoded(&"[".repeat(100_000)).ends_with("exceeded max depth"));
        assert!(decoded(&"- ".repeat(100_000)).ends_with("exceeded max depth"));
    }

    #[test]
    fn values_are_laid_out_in_blocks() {
        let encoded =
            |value: &str, want: &str| check(&format!("yamlencode({value})"), &format!("\"{want}\""));
        encoded("{b = [1, [2], {}], a = \"x\"}", r#"\"a\": \"x\"\n\"b\":\n- 1\n- - 2\n- {}\n"#);
        encoded("[{a = [], b = null}]", r#"- \"a\": []\n  \"b\": null\n"#);
        encoded("true", r#"true\n...\n"#);
        encoded("\"a\\nb\"", r#"|-\n  a\n  b\n"#);
        encoded("{a = \" x\\n\\n\"}", r#"\"a\": |2+\n   x\n\n"#);
        encoded("\"x \\ny\"", r#"\"x \\ny\"\n"#);
        encoded("\"é😀\\u0001\\u00a0\"", r#"\"é\\U0001F600\\x01\u00a0\"\n"#);
        encoded("{\"a\\nb\" = 1}", r#"? |-\n  a\n  b\n: 1\n"#);
        encoded("\"\"", r#"\"\"\n"#);
        check("yamlencode([local.us])", "?string");
        check("yamlencode(local.udyn)", "?string");
        check("yamlencode(null)", r#""null\n...\n""#);
        check("yamlencode([sensitive(1)])", r#"sensitive("- 1\n")"#);
    }

    #[test]
    fn long_text_is_folded_at_blanks() {
        let long = format!("{} {}", "x".repeat(85), "y  z");
        check(&format!("yamlencode(\"{long}\")"), &format!(r#""\"{}\n  y  z\"\n""#, "x".repeat(85)));
    }
}
