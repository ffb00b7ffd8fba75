//! `regex` and `regexall`, and patterns as Go reads them.
//!
//! A pattern is read with Go's grammar and errors and handed to the regex engine as a tree: what `\d`, `\s` and `\b`
//! mean (ASCII only), which flags and escapes there are, what a class may contain, all that differs from the engine's
//! own grammar. Both engines prefer the same match.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex_automata::meta;
use regex_automata::util::captures::Captures;
use regex_syntax::hir::{Capture, Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look, Repetition};

use super::text::{STRING, bounded, string, text};
use super::{Call, FnError, Function, Param, Returns, Want};
use crate::value::{Type, Value};

pub(super) const FAMILY: &[Function] = &[REGEX, REGEXALL];

const PARAMS: &[Param] = &[Param::new("pattern", Want::String), Param::new("string", Want::String)];

/// `regex(pattern, string)` is the first match, or what its groups hold.
const REGEX: Function = Function {
    name: "regex",
    params: PARAMS,
    returns: Returns::From(|args| match args[0].as_str() {
        Some(pattern) => result_type(pattern),
        None => Ok(Type::Dynamic),
    }),
    run: regex,
    ..STRING
};

/// `regexall(pattern, string)` is the list of all matches.
const REGEXALL: Function = Function {
    name: "regexall",
    params: PARAMS,
    returns: Returns::From(|args| match args[0].as_str() {
        Some(pattern) => Ok(Type::list(result_type(pattern)?)),
        None => Ok(Type::list(Type::Dynamic)),
    }),
    run: regexall,
    ..STRING
};

/// Bytes that a compiled pattern may take.
const MAX_SIZE: usize = 8 << 20;
/// Levels of groups. Go's limit is 1000 levels of anything.
const MAX_DEPTH: usize = 250;
const MAX_REPEAT: u32 = 1000;

fn regex(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let pattern = compiled(string(&args[0])).map_err(|e| FnError::arg(0, e.in_type()))?;
    let s = string(&args[1]);
    match pattern.engine.captures_iter(s).next() {
        Some(found) => Ok(pattern.value(&found, s, &call.returns)),
        None => Err(FnError::new("pattern did not match any part of the given string")),
    }
}

fn regexall(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let pattern = compiled(string(&args[0])).map_err(|e| FnError::arg(0, e.in_type()))?;
    let s = string(&args[1]);
    let element = call.returns.element().cloned().unwrap_or(Type::String);
    let matches = pattern.engine.captures_iter(s).map(|found| pattern.value(&found, s, &element)).collect();
    Ok(Value::list(element, matches))
}

/// Replaces all matches as Go does: `$1`, `$name`, `${name}`, `$$`; a name is as long as it can be.
pub(super) fn replace_all(pattern: &str, s: &str, with: &str) -> Result<String, FnError> {
    let pattern = compiled(pattern).map_err(|e| FnError::new(e.plain()))?;
    let mut out = String::new();
    let mut from = 0;
    for found in pattern.engine.captures_iter(s) {
        let whole = found.get_match().expect("bug: a match without a span");
        out.push_str(&s[from..whole.start()]);
        pattern.expand(with, &found, s, &mut out);
        bounded(out.len())?;
        from = whole.end();
    }
    out.push_str(&s[from..]);
    bounded(out.len())?;
    Ok(out)
}

/// Returns the type of a match: text, a tuple of groups, or an object of named ones.
fn result_type(pattern: &str) -> Result<Type, FnError> {
    let pattern = compiled(pattern).map_err(|e| FnError::arg(0, e.in_type()))?;
    let named = pattern.names.iter().flatten().count();
    match pattern.names.len() {
        0 => Ok(Type::String),
        all if all == named => {
            // Groups of one name are one attribute.
            let mut names: Vec<_> = pattern.names.iter().flatten().collect();
            names.sort();
            names.dedup();
            Ok(Type::object(names.into_iter().map(|name| (name.as_str().into(), Type::String))))
        }
        all if named == 0 => Ok(Type::tuple(vec![Type::String; all])),
        _ => {
            let message = "invalid regexp pattern: cannot mix both named and unnamed capture groups";
            Err(FnError::arg(0, message))
        }
    }
}

/// A pattern made ready.
struct Pattern {
    engine: meta::Regex,
    /// The names of the groups, of which the first is number 1.
    names: Vec<Option<String>>,
}

impl Pattern {
    fn value(&self, found: &Captures, s: &str, ty: &Type) -> Value {
        match ty {
            Type::Tuple(_) => Value::tuple((0..self.names.len()).map(|i| group(found, i + 1, s)).collect()),
            Type::Object(_) => {
                let named = |(i, name): (usize, &Option<String>)| {
                    (name.as_deref().unwrap_or_default().into(), group(found, i + 1, s))
                };
                Value::object(self.names.iter().enumerate().map(named).collect())
            }
            _ => group(found, 0, s),
        }
    }

    fn expand(&self, template: &str, found: &Captures, s: &str, out: &mut String) {
        let mut rest = template;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                out.push('$');
                rest = after;
                continue;
            }
            let Some((name, after)) = reference(rest) else {
                out.push('$');
                continue;
            };
            rest = after;
            let index = match name.parse::<usize>() {
                Ok(number) if name.bytes().all(|b| b.is_ascii_digit()) => Some(number),
                _ => (self.names.iter().enumerate())
                    .filter(|(_, n)| n.as_deref() == Some(name))
                    .map(|(i, _)| i + 1)
                    .find(|i| found.get_group(*i).is_some()),
            };
            if let Some(span) = index.and_then(|i| found.get_group(i)) {
                out.push_str(&s[span.range()]);
            }
        }
        out.push_str(rest);
    }
}

/// Reads `name` or `{name}` after a `$`. None: the dollar stands for itself.
fn reference(s: &str) -> Option<(&str, &str)> {
    let (braced, s) = match s.strip_prefix('{') {
        Some(inside) => (true, inside),
        None => (false, s),
    };
    let end = s.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(s.len());
    if end == 0 {
        return None;
    }
    let (name, after) = s.split_at(end);
    Some((name, if braced { after.strip_prefix('}')? } else { after }))
}

fn group(found: &Captures, index: usize, s: &str) -> Value {
    found.get_group(index).map_or(Value::Null(Type::String), |span| text(&s[span.range()]))
}

/// What is wrong with a pattern, in Go's words.
#[derive(Clone, Debug, PartialEq)]
struct Fault {
    code: &'static str,
    what: String,
}

impl Fault {
    fn in_type(&self) -> String {
        format!("invalid regexp pattern: {} in {}", self.code, self.what)
    }

    fn plain(&self) -> String {
        format!("error parsing regexp: {}: `{}`", self.code, self.what)
    }
}

fn fault<T>(code: &'static str, what: &str) -> Result<T, Fault> {
    Err(Fault { code, what: what.to_owned() })
}

thread_local! {
    /// Patterns come again and again in loops, and making one is dear.
    static COMPILED: RefCell<HashMap<String, Result<Rc<Pattern>, Fault>>> = RefCell::new(HashMap::new());
}

fn compiled(pattern: &str) -> Result<Rc<Pattern>, Fault> {
    COMPILED.with_borrow_mut(|all| {
        if let Some(known) = all.get(pattern) {
            return known.clone();
        }
        let made = compile(pattern).map(Rc::new);
        if all.len() >= 64 {
            all.clear();
        }
        all.insert(pattern.to_owned(), made.clone());
        made
    })
}

fn compile(pattern: &str) -> Result<Pattern, Fault> {
    let (tree, names) = Parser::new(pattern).parse()?;
    let config = meta::Config::new().nfa_size_limit(Some(MAX_SIZE)).onepass_size_limit(Some(1 << 20));
    match meta::Regex::builder().configure(config).build_from_hir(&tree) {
        Ok(engine) => Ok(Pattern { engine, names }),
        Err(_) => fault("expression too large", pattern),
    }
}

#[derive(Clone, Copy, Default)]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_newline: bool,
    lazy: bool,
}

/// An open group: what was read of it so far.
#[derive(Default)]
struct Level {
    branches: Vec<Hir>,
    items: Vec<Item>,
    /// The number of a capturing group.
    capture: Option<u32>,
    /// The flags to return to.
    outside: Flags,
}

/// A part of a concatenation, and how often its innermost part is repeated at most.
struct Item {
    tree: Hir,
    copies: u32,
}

struct Parser<'a> {
    pattern: &'a str,
    rest: &'a str,
    flags: Flags,
    levels: Vec<Level>,
    names: Vec<Option<String>>,
    /// Copies of the innermost part in each closed level, by level.
    copies: Vec<u32>,
}

impl<'a> Parser<'a> {
    fn new(pattern: &'a str) -> Parser<'a> {
        Parser {
            pattern,
            rest: pattern,
            flags: Flags::default(),
            levels: vec![Level::default()],
            names: Vec::new(),
            copies: vec![1],
        }
    }

    fn parse(mut self) -> Result<(Hir, Vec<Option<String>>), Fault> {
        let mut last_repeat: Option<&str> = None;
        while let Some(c) = self.rest.chars().next() {
            let before = self.rest;
            let mut repeat = None;
            match c {
                '(' => self.open()?,
                '|' => {
                    self.skip(1);
                    let branch = self.concatenated();
                    self.level().branches.push(branch);
                }
                ')' => self.close()?,
                '^' => self.look(if self.flags.multi_line { Look::StartLF } else { Look::Start }),
                '$' => self.look(if self.flags.multi_line { Look::EndLF } else { Look::End }),
                '.' => {
                    self.skip(1);
                    let all = [(0, 0x10ffff)];
                    let line = [(0, 9), (11, 0x10ffff)];
                    self.class(if self.flags.dot_newline { &all[..] } else { &line[..] });
                }
                '[' => self.bracket()?,
                '*' | '+' | '?' => {
                    self.skip(1);
                    let (min, max) = match c {
                        '*' => (0, None),
                        '+' => (1, None),
                        _ => (0, Some(1)),
                    };
                    self.repeat(min, max, before, last_repeat)?;
                    repeat = Some(before);
                }
                '{' => match counts(self.rest) {
                    None => {
                        self.skip(1);
                        self.literal('{' as u32);
                    }
                    Some((min, max, after)) => {
                        self.rest = after;
                        let too_many =
                            min > MAX_REPEAT || max.is_some_and(|max| max > MAX_REPEAT || max < min);
                        if too_many {
                            return fault("invalid repeat count", consumed(before, after));
                        }
                        self.repeat(min, max, before, last_repeat)?;
                        repeat = Some(before);
                    }
                },
                '\\' => self.backslash()?,
                _ => {
                    self.skip(c.len_utf8());
                    self.literal(c as u32);
                }
            }
            last_repeat = repeat;
        }
        if self.levels.len() > 1 {
            return fault("missing closing )", self.pattern);
        }
        let tree = self.alternated();
        Ok((tree, self.names))
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn level(&mut self) -> &mut Level {
        self.levels.last_mut().expect("bug: the outermost level is never closed")
    }

    fn push(&mut self, tree: Hir) {
        self.level().items.push(Item { tree, copies: 1 });
    }

    fn look(&mut self, look: Look) {
        self.skip(1);
        self.push(Hir::look(look));
    }

    fn literal(&mut self, code: u32) {
        self.class(&[(code, code)]);
    }

    /// Adds a class of code points, folded if need be.
    fn class(&mut self, ranges: &[(u32, u32)]) {
        let class = class_of(ranges, self.flags.fold);
        self.push(Hir::class(Class::Unicode(class)));
    }

    /// Returns what stands since the last `|`, as one tree.
    fn concatenated(&mut self) -> Hir {
        let items = std::mem::take(&mut self.level().items);
        let copies = items.iter().map(|i| i.copies).max().unwrap_or(1);
        let innermost = self.copies.last_mut().expect("bug: one for each level");
        *innermost = (*innermost).max(copies);
        Hir::concat(items.into_iter().map(|i| i.tree).collect())
    }

    /// Returns all branches of the level as one tree.
    fn alternated(&mut self) -> Hir {
        let last = self.concatenated();
        let mut branches = std::mem::take(&mut self.level().branches);
        branches.push(last);
        Hir::alternation(branches)
    }

    /// Reads `(`, `(?:`, `(?P<name>`, `(?<name>`, `(?i)` or `(?i:`.
    fn open(&mut self) -> Result<(), Fault> {
        let s = self.rest;
        let mut flags = self.flags;
        let mut capture = None;
        let name_from = match s.as_bytes() {
            [b'(', b'?', b'P', b'<', _, ..] => Some(4),
            [b'(', b'?', b'<', _, ..] => Some(3),
            _ => None,
        };
        if let Some(from) = name_from {
            let Some(end) = s.find('>') else {
                return fault("invalid named capture", s);
            };
            let name = s.get(from..end).unwrap_or_default();
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return fault("invalid named capture", &s[..=end]);
            }
            self.names.push(Some(name.to_owned()));
            capture = Some(self.names.len() as u32);
            self.skip(end + 1);
        } else if s.starts_with("(?") {
            self.skip(2);
            if !self.flag_group(s, &mut flags)? {
                self.flags = flags;
                return Ok(());
            }
        } else {
            self.names.push(None);
            capture = Some(self.names.len() as u32);
            self.skip(1);
        }
        if self.levels.len() > MAX_DEPTH {
            return fault("expression nests too deeply", self.pattern);
        }
        self.levels.push(Level { capture, outside: self.flags, ..Level::default() });
        self.copies.push(1);
        self.flags = flags;
        Ok(())
    }

    /// Reads flags up to `:` (true: a group begins) or `)`.
    fn flag_group(&mut self, s: &str, flags: &mut Flags) -> Result<bool, Fault> {
        let (mut on, mut seen) = (true, false);
        while let Some(c) = self.rest.chars().next() {
            self.skip(c.len_utf8());
            match c {
                'i' => flags.fold = on,
                'm' => flags.multi_line = on,
                's' => flags.dot_newline = on,
                'U' => flags.lazy = on,
                '-' if on => {
                    (on, seen) = (false, false);
                    continue;
                }
                ':' | ')' if on || seen => return Ok(c == ':'),
                _ => break,
            }
            seen = true;
        }
        fault("invalid or unsupported Perl syntax", consumed(s, self.rest))
    }

    fn close(&mut self) -> Result<(), Fault> {
        if self.levels.len() == 1 {
            return fault("unexpected )", self.pattern);
        }
        self.skip(1);
        let inside = self.alternated();
        let level = self.levels.pop().expect("bug: counted above");
        let copies = self.copies.pop().expect("bug: one for each level");
        self.flags = level.outside;
        let tree = match level.capture {
            Some(index) => Hir::capture(Capture { index, name: None, sub: Box::new(inside) }),
            None => inside,
        };
        self.level().items.push(Item { tree, copies });
        Ok(())
    }

    fn repeat(&mut self, min: u32, max: Option<u32>, before: &str, last: Option<&str>) -> Result<(), Fault> {
        let counted = before.starts_with('{');
        let mut greedy = !self.flags.lazy;
        if self.rest.starts_with('?') {
            self.skip(1);
            greedy = !greedy;
        }
        if let Some(last) = last {
            return fault("invalid nested repetition operator", consumed(last, self.rest));
        }
        let rest = self.rest;
        let Some(item) = self.level().items.pop() else {
            return fault("missing argument to repetition operator", consumed(before, rest));
        };
        let times = if counted { max.unwrap_or(min).max(1) } else { 1 };
        let copies = if max == Some(0) { 1 } else { item.copies.saturating_mul(times) };
        if times > 1 && copies > MAX_REPEAT {
            return fault("invalid repeat count", consumed(before, rest));
        }
        let tree = Hir::repetition(Repetition { min, max, greedy, sub: Box::new(item.tree) });
        self.level().items.push(Item { tree, copies });
        Ok(())
    }

    fn backslash(&mut self) -> Result<(), Fault> {
        let s = self.rest;
        let look = match s.as_bytes().get(1) {
            Some(b'A') => Look::Start,
            Some(b'z') => Look::End,
            Some(b'b') => Look::WordAscii,
            Some(b'B') => Look::WordAsciiNegate,
            Some(b'C') => return fault("invalid escape sequence", &s[..2]),
            Some(b'Q') => {
                let (quoted, rest) = s[2..].split_once("\\E").unwrap_or((&s[2..], ""));
                self.rest = rest;
                quoted.chars().for_each(|c| self.literal(c as u32));
                return Ok(());
            }
            _ => {
                if let Some(class) = self.named_class()? {
                    self.push(Hir::class(Class::Unicode(class)));
                } else {
                    let code = self.escape()?;
                    self.literal(code);
                }
                return Ok(());
            }
        };
        self.skip(2);
        self.push(Hir::look(look));
        Ok(())
    }

    /// Reads `\d`, `\pL`, `\p{Greek}` and the like, if one stands here.
    fn named_class(&mut self) -> Result<Option<ClassUnicode>, Fault> {
        const DIGIT: &[(u32, u32)] = &[(0x30, 0x39)];
        const SPACE: &[(u32, u32)] = &[(9, 10), (12, 13), (32, 32)];
        const WORD: &[(u32, u32)] = &[(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)];
        let s = self.rest;
        let (ranges, negated) = match s.as_bytes() {
            [b'\\', b'd', ..] => (DIGIT, false),
            [b'\\', b'D', ..] => (DIGIT, true),
            [b'\\', b's', ..] => (SPACE, false),
            [b'\\', b'S', ..] => (SPACE, true),
            [b'\\', b'w', ..] => (WORD, false),
            [b'\\', b'W', ..] => (WORD, true),
            [b'\\', b'p' | b'P', ..] => return self.unicode_class().map(Some),
            _ => return Ok(None),
        };
        self.skip(2);
        let mut class = class_of(ranges, self.flags.fold);
        if negated {
            class.negate();
        }
        Ok(Some(class))
    }

    fn unicode_class(&mut self) -> Result<ClassUnicode, Fault> {
        let s = self.rest;
        let (whole, name) = match s[2..].chars().next() {
            None => return fault("invalid character class range", s),
            Some('{') => match s.find('}') {
                Some(end) => (&s[..=end], &s[3..end]),
                None => return fault("invalid character class range", s),
            },
            Some(letter) => (&s[..2 + letter.len_utf8()], &s[2..2 + letter.len_utf8()]),
        };
        let (name, inverted) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
        let Some(mut class) = table(name) else {
            return fault("invalid character class range", whole);
        };
        self.skip(whole.len());
        if self.flags.fold {
            class.case_fold_simple();
        }
        if inverted != s.starts_with("\\P") {
            class.negate();
        }
        Ok(class)
    }

    /// Reads `[…]`.
    fn bracket(&mut self) -> Result<(), Fault> {
        let whole = self.rest;
        self.skip(1);
        let negated = self.rest.starts_with('^');
        if negated {
            self.skip(1);
        }
        let mut class = ClassUnicode::empty();
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            let s = self.rest;
            if let Some(end) = s.strip_prefix("[:").and_then(|inside| inside.find(":]")) {
                let name = &s[..end + 4];
                let Some(named) = posix(&s[2..end + 2], self.flags.fold) else {
                    return fault("invalid character class range", name);
                };
                class.union(&named);
                self.skip(name.len());
                continue;
            }
            if let Some(named) = self.named_class()? {
                class.union(&named);
                continue;
            }
            let low = self.class_char(whole)?;
            let mut high = low;
            if self.rest.len() >= 2 && self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.skip(1);
                high = self.class_char(whole)?;
                if high < low {
                    return fault("invalid character class range", consumed(s, self.rest));
                }
            }
            class.union(&class_of(&[(low, high)], self.flags.fold));
        }
        self.skip(1);
        if negated {
            class.negate();
        }
        self.push(Hir::class(Class::Unicode(class)));
        Ok(())
    }

    fn class_char(&mut self, whole: &str) -> Result<u32, Fault> {
        match self.rest.chars().next() {
            None => fault("missing closing ]", whole),
            Some('\\') => self.escape(),
            Some(c) => {
                self.skip(c.len_utf8());
                Ok(c as u32)
            }
        }
    }

    /// Reads an escape that stands for one code point.
    fn escape(&mut self) -> Result<u32, Fault> {
        let s = self.rest;
        self.skip(1);
        let Some(c) = self.rest.chars().next() else {
            return fault("trailing backslash at end of expression", "");
        };
        self.skip(c.len_utf8());
        let octal = |b: Option<&u8>| b.is_some_and(|b| (b'0'..=b'7').contains(b));
        match c {
            '0'..='7' if c == '0' || octal(self.rest.as_bytes().first()) => {
                let mut code = c as u32 - '0' as u32;
                for _ in 0..2 {
                    if octal(self.rest.as_bytes().first()) {
                        code = code * 8 + u32::from(self.rest.as_bytes()[0] - b'0');
                        self.skip(1);
                    }
                }
                Ok(code)
            }
            'x' => match self.hexadecimal() {
                Some(code) => Ok(code),
                None => fault("invalid escape sequence", consumed(s, self.rest)),
            },
            'a' => Ok(7),
            'f' => Ok(12),
            'n' => Ok(10),
            'r' => Ok(13),
            't' => Ok(9),
            'v' => Ok(11),
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(c as u32),
            _ => fault("invalid escape sequence", consumed(s, self.rest)),
        }
    }

    /// Reads `41` or `{1F600}` after `\x`.
    fn hexadecimal(&mut self) -> Option<u32> {
        let mut next = || {
            let c = self.rest.chars().next()?;
            self.rest = &self.rest[c.len_utf8()..];
            Some(c)
        };
        match next()? {
            '{' => {
                let mut code = None;
                loop {
                    match next()? {
                        '}' => return code,
                        c => {
                            code = Some(code.unwrap_or(0) * 16 + c.to_digit(16)?);
                            code.filter(|code| *code <= 0x10ffff)?;
                        }
                    }
                }
            }
            first => Some(first.to_digit(16)? * 16 + next()?.to_digit(16)?),
        }
    }
}

/// Returns what was read between two rests of the same text.
fn consumed<'a>(before: &'a str, after: &str) -> &'a str {
    &before[..before.len() - after.len()]
}

/// Reads `{2}`, `{2,}` or `{2,3}`. None: the brace stands for itself.
fn counts(s: &str) -> Option<(u32, Option<u32>, &str)> {
    let number = |s: &str| {
        let end = s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
        let (digits, rest) = s.split_at(end);
        let fine = !digits.is_empty() && (digits == "0" || !digits.starts_with('0'));
        fine.then(|| (digits.parse().unwrap_or(u32::MAX), rest.len()))
    };
    let inside = &s[1..];
    let (min, left) = number(inside)?;
    let rest = &inside[inside.len() - left..];
    if let Some(after) = rest.strip_prefix('}') {
        return Some((min, Some(min), after));
    }
    let rest = rest.strip_prefix(',')?;
    if let Some(after) = rest.strip_prefix('}') {
        return Some((min, None, after));
    }
    let (max, left) = number(rest)?;
    let after = rest[rest.len() - left..].strip_prefix('}')?;
    Some((min, Some(max), after))
}

/// Returns a class of code points; surrogates, which no text holds, are left out.
fn class_of(ranges: &[(u32, u32)], fold: bool) -> ClassUnicode {
    let mut class = ClassUnicode::empty();
    for (low, high) in ranges {
        for (from, upto) in [(0, 0xd7ff), (0xe000, 0x10ffff)] {
            let (low, high) = (*low.max(&from), *high.min(&upto));
            if let (true, Some(low), Some(high)) = (low <= high, char::from_u32(low), char::from_u32(high)) {
                class.push(ClassUnicodeRange::new(low, high));
            }
        }
    }
    if fold {
        class.case_fold_simple();
    }
    class
}

/// Returns a class of POSIX, possibly negated.
fn posix(name: &str, fold: bool) -> Option<ClassUnicode> {
    let (name, negated) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
    let ranges: &[(char, char)] = match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\x7f')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        "digit" => &[('0', '9')],
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    };
    let ranges: Vec<(u32, u32)> = ranges.iter().map(|(low, high)| (*low as u32, *high as u32)).collect();
    let mut class = class_of(&ranges, fold);
    if negated {
        class.negate();
    }
    Some(class)
}

/// Returns a general category or script by the very name Go has for it.
fn table(name: &str) -> Option<ClassUnicode> {
    const CATEGORIES: &[&str] = &[
        "Cc", "Cf", "Co", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No",
        "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
    ];
    // Names of four letters are abbreviations, which Go does not know, but for these.
    const SHORT: &[&str] = &["Cham", "Kawi", "Lisu", "Thai", "Toto"];
    let known = |property: &str| match regex_syntax::parse(&format!("\\p{{{property}}}")).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        HirKind::Literal(literal) => {
            let c = std::str::from_utf8(&literal.0).ok()?.chars().next()?;
            Some(ClassUnicode::new([ClassUnicodeRange::new(c, c)]))
        }
        _ => None,
    };
    match name {
        "Any" => Some(class_of(&[(0, 0x10ffff)], false)),
        "Cs" => Some(ClassUnicode::empty()),
        // Without the unassigned ones.
        "C" => {
            let mut class = known("Cc")?;
            class.union(&known("Cf")?);
            class.union(&known("Co")?);
            Some(class)
        }
        _ if CATEGORIES.contains(&name) => known(name),
        _ => {
            let spelled = name.split('_').all(|word| {
                word.starts_with(|c: char| c.is_ascii_uppercase())
                    && word.bytes().all(|b| b.is_ascii_alphabetic())
            });
            (spelled && (name.len() != 4 || SHORT.contains(&name)))
                .then(|| known(&format!("Script={name}")))?
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::funcs::testing::check;

    #[test]
    fn groups_decide_the_shape() {
        check(r#"regex("[a-z]+", "1ab2")"#, r#""ab""#);
        check(r#"regex("(a)(b)?", "a")"#, r#"["a", null string]"#);
        check(r#"regex("(?P<x>a)(?<y>b)?", "a")"#, r#"{x = "a", y = null string}"#);
        check(r#"regex("(?P<n>a)(?P<n>b)", "ab")"#, r#"{n = "b"}"#);
        check(r#"regex("(?P<x>a)(b)", "ab")"#, "error: cannot mix both named and unnamed capture groups.");
        check(r#"regex("x", "")"#, "error: pattern did not match any part of the given string.");
        check(r#"regexall("a(b)?", "aab")"#, r#"tolist([[null string], ["b"]])"#);
        check(r#"regexall("", "")"#, r#"tolist([""])"#);
        check(r#"regexall("a*", "baac")"#, r#"tolist(["", "aa", ""])"#);
        check(r#"regexall("x", "a")"#, "tolist([])");
    }

    #[test]
    fn the_pattern_alone_tells_the_type() {
        check(r#"regex("(a)", local.us)"#, "?tuple([string])!");
        check(r#"regexall("(?P<x>a)", local.us)"#, "?list(object({x = string}))!");
        check(r#"regex(local.us, "a")"#, "?any");
        check(r#"regexall(local.us, "a")"#, "?list(any)!");
        check(r#"regex("(", local.us)"#, "error: invalid regexp pattern: missing closing ) in (.");
        check(r#"regex(null, "a")"#, "error: argument must not be null.");
        check(r#"regex("a", sensitive("a"))"#, r#"sensitive("a")"#);
    }

    fn first(pattern: &str, s: &str) -> Option<String> {
        let pattern = compiled(pattern).unwrap_or_else(|e| panic!("{pattern}: {}", e.plain()));
        pattern.engine.find(s).map(|m| s[m.range()].to_owned())
    }

    #[test]
    fn classes_mean_what_they_mean_in_go() {
        let found = |pattern: &str, s: &str, want: &str| {
            assert_eq!(first(pattern, s).as_deref(), Some(want), "{pattern}")
        };
        found(r"\d+", "٣3", "3");
        found(r"\w+", "éa_1", "a_1");
        found(r"\s", "\u{a0}\u{b}\u{c}", "\u{c}");
        found(r"\bé", "aé", "é");
        found(r"(?i)k", "\u{212a}", "\u{212a}");
        found(r"[[:word:]-]+", "a-b", "a-b");
        found(r"[]a]+", "]a", "]a");
        found(r"[a&&b]+", "&&", "&&");
        found(r"\pL+", "1é", "é");
        found(r"\p{^Greek}", "αa", "a");
        found(r"\Qa.b\E+", "a.bb", "a.bb");
        found(r"\x{e9}\x41\101", "éAA", "éAA");
        found("a{,2}", "a{,2}", "a{,2}");
        found("x{2,3}?", "xxx", "xx");
        found("(?U)a+", "aa", "a");
        found("(?s)a.b|(?-s).", "a\nb", "a\nb");
        found("(?m)^b$", "a\nb\nc", "b");
        found("(a|ab)(c|bcd)", "abcd", "abcd");
        assert_eq!(first("a.b", "a\nb"), None);
        assert_eq!(first(r"[^\x00-\x{10FFFF}]", "a"), None);
    }

    #[test]
    fn faults_are_named_as_in_go() {
        let fault = |pattern: &str, code: &str, what: &str| {
            let fault = compiled(pattern).err().unwrap_or_else(|| panic!("{pattern} is no fault"));
            assert_eq!((fault.code, fault.what.as_str()), (code, what), "{pattern}");
        };
        fault("a)", "unexpected )", "a)");
        fault("a**", "invalid nested repetition operator", "**");
        fault("*a", "missing argument to repetition operator", "*");
        fault("a{1001}", "invalid repeat count", "{1001}");
        fault("((a{100}){100}){100}", "invalid repeat count", "{100}");
        fault("a{2,1}", "invalid repeat count", "{2,1}");
        fault("[a", "missing closing ]", "[a");
        fault("[z-a]", "invalid character class range", "z-a");
        fault(r"[a-\d]", "invalid escape sequence", r"\d");
        fault("[[:nope:]]", "invalid character class range", "[:nope:]");
        fault(r"\p{Letter}", "invalid character class range", r"\p{Letter}");
        fault(r"\p{Grek}", "invalid character class range", r"\p{Grek}");
        fault(r"\1", "invalid escape sequence", r"\1");
        fault(r"\Z", "invalid escape sequence", r"\Z");
        fault("\\", "trailing backslash at end of expression", "");
        fault("(?=a)", "invalid or unsupported Perl syntax", "(?=");
        fault("(?i-)", "invalid or unsupported Perl syntax", "(?i-)");
        fault("(?P<a-b>x)", "invalid named capture", "(?P<a-b>");
    }

    #[test]
    fn what_would_exhaust_memory_is_a_fault() {
        let deep = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(compiled(&deep).err().unwrap().code, "expression nests too deeply");
        let large = r"\pL{1000}".repeat(50);
        assert_eq!(compiled(&large).err().unwrap().code, "expression too large");
        // Time grows with the text, not with its powers.
        assert!(first("(a*)*b", &"a".repeat(20_000)).is_none());
    }
}
