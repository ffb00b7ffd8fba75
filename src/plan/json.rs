//! A cursor over JSON in memory: what is asked for is taken apart, the rest is passed over.
//!
//! Borrowed from the text wherever no escape forces a copy. Compared with serde's borrowed structs in mod.rs.

use std::borrow::Cow;

use super::fault::{Fault, Step, What};
use super::scan::{Found, MAX_DEPTH, Scanner, ends_scalar};

/// The outcome of a step.
pub type Read<T> = Result<T, Fault>;

/// A position in a complete JSON text.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

/// A value that is passed over for now, with its place in the text.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a> {
    pub text: &'a [u8],
    pub offset: usize,
}

impl<'a> Raw<'a> {
    pub fn cursor(self) -> Cursor<'a> {
        Cursor { text: self.text, at: 0 }
    }

    /// True for an object or array without content, `false` and `null`: nothing is marked in such a one.
    pub fn says_nothing(self) -> bool {
        matches!(self.text, b"false" | b"{}" | b"[]" | b"null")
    }

    pub fn is_null(self) -> bool {
        self.text == b"null"
    }
}

/// Adds a step to the path of a fault.
pub trait Inside {
    #[must_use]
    fn inside(self, step: Step) -> Self;
    #[must_use]
    fn key(self, key: &'static str) -> Self;
    #[must_use]
    fn shift(self, by: usize) -> Self;
}

impl<T> Inside for Read<T> {
    fn inside(self, step: Step) -> Self {
        self.map_err(|f| f.inside(step))
    }

    fn key(self, key: &'static str) -> Self {
        self.map_err(|f| f.inside(Step::Key(key)))
    }

    fn shift(self, by: usize) -> Self {
        self.map_err(|f| f.shift(by as u64))
    }
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a [u8]) -> Cursor<'a> {
        Cursor { text, at: 0 }
    }

    pub fn offset(&self) -> usize {
        self.at
    }

    fn fault<T>(&self, what: What) -> Read<T> {
        let what = if self.at >= self.text.len() { What::Truncated } else { what };
        Err(Fault::new(what, self.at))
    }

    /// The next byte that is no white space, not taken. 0 at the end.
    pub fn peek(&mut self) -> u8 {
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                other => return *other,
            }
        }
        0
    }

    fn take(&mut self, byte: u8, name: &'static str) -> Read<()> {
        if self.peek() == byte {
            self.at += 1;
            return Ok(());
        }
        self.fault(What::Expected(name))
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Read<()> {
        let found = self.peek();
        if found == byte {
            self.at += 1;
            return Ok(());
        }
        let found = kind_name(found);
        self.fault(if found.is_empty() { What::Expected(expected) } else { What::Kind { expected, found } })
    }

    /// Reads an object: `field` gets each key and has to take the value. Keys may repeat.
    pub fn object(&mut self, mut field: impl FnMut(&mut Cursor<'a>, Cow<'a, str>) -> Read<()>) -> Read<()> {
        self.expect(b'{', "an object")?;
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.peek() != b'"' {
                return self.fault(What::Expected("a key"));
            }
            let key = self.string()?;
            self.take(b':', "`:`")?;
            field(self, key)?;
            match self.peek() {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.fault(What::Expected("`,` or `}`")),
            }
        }
    }

    /// Reads an object like [`object`](Self::object), with the bytes of each key: for keys that are compared and not kept.
    pub fn fields(&mut self, mut field: impl FnMut(&mut Cursor<'a>, &[u8]) -> Read<()>) -> Read<()> {
        self.expect(b'{', "an object")?;
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.peek() != b'"' {
                return self.fault(What::Expected("a key"));
            }
            let start = self.at + 1;
            let text = self.text;
            let end = start + string_len(&text[start..]).unwrap_or(text.len() - start);
            if text.get(end) == Some(&b'"') {
                self.at = end + 1;
                self.take(b':', "`:`")?;
                field(self, &text[start..end])?;
            } else {
                let key = self.string()?;
                self.take(b':', "`:`")?;
                field(self, key.as_bytes())?;
            }
            match self.peek() {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.fault(What::Expected("`,` or `}`")),
            }
        }
    }

    /// Reads an array: `item` has to take each value.
    pub fn array(&mut self, mut item: impl FnMut(&mut Cursor<'a>, usize) -> Read<()>) -> Read<()> {
        self.expect(b'[', "an array")?;
        if self.peek() == b']' {
            self.at += 1;
            return Ok(());
        }
        for i in 0.. {
            item(self, i).inside(Step::Index(i))?;
            match self.peek() {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.fault(What::Expected("`,` or `]`")),
            }
        }
        unreachable!("bug: an array longer than memory");
    }

    pub fn string(&mut self) -> Read<Cow<'a, str>> {
        self.expect(b'"', "a string")?;
        let from = self.at;
        let rest = &self.text[from..];
        let Some(end) = string_len(rest) else {
            self.at = self.text.len();
            return self.fault(What::Truncated);
        };
        if rest[end] == b'"' {
            self.at = from + end + 1;
            return match std::str::from_utf8(&rest[..end]) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(e) => Err(Fault::new(What::NotUtf8, from + e.valid_up_to())),
            };
        }
        self.escaped_string(from, end).map(Cow::Owned)
    }

    /// Reads a string from its first escape on.
    fn escaped_string(&mut self, from: usize, first: usize) -> Read<String> {
        let mut text = Vec::with_capacity(first * 2 + 128);
        text.extend_from_slice(&self.text[from..from + first]);
        self.at = from + first;
        loop {
            let rest = &self.text[self.at..];
            let Some(end) = string_len(rest) else {
                self.at = self.text.len();
                return self.fault(What::Truncated);
            };
            text.extend_from_slice(&rest[..end]);
            self.at += end + 1;
            if rest[end] == b'"' {
                break;
            }
            let escape = self.text.get(self.at).copied();
            self.at += 1;
            let plain = match escape {
                Some(c @ (b'"' | b'\\' | b'/')) => c,
                Some(b'n') => b'\n',
                Some(b't') => b'\t',
                Some(b'r') => b'\r',
                Some(b'b') => 8,
                Some(b'f') => 12,
                Some(b'u') => {
                    let c = self.unicode()?;
                    text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    continue;
                }
                _ => return Err(Fault::new(What::Escape, self.at - 1)),
            };
            text.push(plain);
        }
        String::from_utf8(text).map_err(|_| Fault::new(What::NotUtf8, from))
    }

    /// Reads what follows `\u`. Half a pair is replaced, as Go does.
    fn unicode(&mut self) -> Read<char> {
        let first = self.hex()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        if self.text.get(self.at..self.at + 2) == Some(b"\\u") {
            self.at += 2;
            let second = self.hex()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Read<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.text.get(self.at).and_then(|b| char::from(*b).to_digit(16));
            let Some(digit) = digit else { return Err(Fault::new(What::Escape, self.at)) };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// Reads the text of a number.
    pub fn number(&mut self) -> Read<&'a str> {
        let first = self.peek();
        if !matches!(first, b'-' | b'0'..=b'9') {
            let found = kind_name(first);
            return self.fault(if found.is_empty() {
                What::Expected("a number")
            } else {
                What::Kind { expected: "a number", found }
            });
        }
        let word = self.word();
        if !is_number(word) {
            return Err(Fault::new(What::Expected("a number"), self.at - word.len()));
        }
        Ok(std::str::from_utf8(word).expect("bug: a number is ASCII"))
    }

    pub fn bool(&mut self) -> Read<bool> {
        let first = self.peek();
        if !matches!(first, b't' | b'f') {
            let found = kind_name(first);
            return self.fault(if found.is_empty() {
                What::Expected("true or false")
            } else {
                What::Kind { expected: "true or false", found }
            });
        }
        let start = self.at;
        match self.word() {
            b"true" => Ok(true),
            b"false" => Ok(false),
            _ => Err(Fault::new(What::Expected("true or false"), start)),
        }
    }

    /// Takes `null` if it is next.
    pub fn null(&mut self) -> Read<bool> {
        if self.peek() != b'n' {
            return Ok(false);
        }
        let start = self.at;
        match self.word() {
            b"null" => Ok(true),
            _ => Err(Fault::new(What::Expected("null"), start)),
        }
    }

    fn word(&mut self) -> &'a [u8] {
        let rest = &self.text[self.at..];
        let len = rest.iter().position(|b| ends_scalar(*b)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    /// Takes this text if it comes next. It has to end with a bracket or quote, so that nothing can go on behind it.
    pub fn literal(&mut self, text: &[u8]) -> bool {
        self.peek();
        let found = self.text[self.at.min(self.text.len())..].starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    /// The same as [`raw`](Self::raw), quick if it is the same object or array again.
    pub fn raw_again(&mut self, before: Option<Raw<'a>>) -> Read<Raw<'a>> {
        self.peek();
        let offset = self.at;
        match before {
            Some(before) if matches!(before.text.first(), Some(b'{' | b'[')) && self.literal(before.text) => {
                Ok(Raw { text: before.text, offset })
            }
            _ => self.raw(),
        }
    }

    /// Takes a string and returns its bytes, which may be no UTF-8, unless something is escaped in them.
    pub fn plain_string(&mut self) -> Option<&'a [u8]> {
        if self.peek() != b'"' {
            return None;
        }
        let rest = &self.text[self.at + 1..];
        let end = string_len(rest).filter(|end| rest[*end] == b'"')?;
        self.at += end + 2;
        Some(&rest[..end])
    }

    /// Counts the elements of an array of texts in which nothing is escaped. None: it is something else, or broken.
    pub fn plain_texts(&mut self) -> Option<u64> {
        if self.peek() != b'[' {
            return None;
        }
        self.at += 1;
        let mut count = 0;
        loop {
            std::str::from_utf8(self.plain_string()?).ok()?;
            count += 1;
            match self.peek() {
                b',' => self.at += 1,
                b']' => return Some(count),
                _ => return None,
            }
        }
    }

    /// Returns the object's first field if it is a text of that name.
    pub fn first_text(&mut self, name: &str) -> Option<Cow<'a, str>> {
        (self.peek() == b'{').then_some(())?;
        self.at += 1;
        (self.plain_string()? == name.as_bytes() && self.peek() == b':').then_some(())?;
        self.at += 1;
        self.peek();
        self.string().ok()
    }

    /// Passes over a value and returns its text, which is checked when somebody looks inside.
    pub fn raw(&mut self) -> Read<Raw<'a>> {
        let first = self.peek();
        let from = self.at;
        let rest = &self.text[from..];
        let len = match first {
            b'{' | b'[' => {
                // Short ones are frequent: `[]`, `{}`.
                if matches!(rest.get(1), Some(b'}' | b']')) {
                    2
                } else {
                    match Scanner::default().feed(rest) {
                        Found::End(len) => len,
                        Found::More => {
                            self.at = self.text.len();
                            return self.fault(What::Truncated);
                        }
                        Found::TooDeep(at) => return Err(Fault::new(What::TooDeep, from + at)),
                        Found::NoNumber(at) => return Err(Fault::new(What::Expected("a value"), from + at)),
                    }
                }
            }
            b'"' => match string_len(&rest[1..]) {
                Some(end) if rest[end + 1] == b'"' => end + 2,
                _ => match Scanner::default().feed(rest) {
                    Found::End(len) => len,
                    _ => {
                        self.at = self.text.len();
                        return self.fault(What::Truncated);
                    }
                },
            },
            _ => {
                let word = self.word();
                if !is_scalar(word) {
                    return Err(Fault::new(
                        if word.is_empty() && from >= self.text.len() {
                            What::Truncated
                        } else {
                            What::Expected("a value")
                        },
                        from,
                    ));
                }
                return Ok(Raw { text: word, offset: from });
            }
        };
        self.at = from + len;
        Ok(Raw { text: &rest[..len], offset: from })
    }

    pub fn skip(&mut self) -> Read<()> {
        self.raw().map(drop)
    }

    /// Complains unless nothing follows.
    #[cfg(test)]
    pub fn end(&mut self) -> Read<()> {
        self.peek();
        if self.at == self.text.len() { Ok(()) } else { self.fault(What::Expected("the end")) }
    }
}

/// Returns where a string ends or has its first escape. None: neither comes.
fn string_len(text: &[u8]) -> Option<usize> {
    // Most strings of a plan are short: a few words at a time beat a call.
    let (words, _) = text.as_chunks::<8>();
    for (i, word) in words.iter().take(4).enumerate() {
        let word = u64::from_le_bytes(*word);
        let found =
            zero_bytes(word ^ (u64::from(b'"') * ONES)) | zero_bytes(word ^ (u64::from(b'\\') * ONES));
        if found != 0 {
            return Some(i * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let after = words.len().min(4) * 8;
    memchr::memchr2(b'"', b'\\', &text[after..]).map(|at| after + at)
}

const ONES: u64 = 0x0101_0101_0101_0101;

/// The high bits of zero bytes; right for the first one, those above it may be wrong.
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & (ONES << 7)
}

/// The kinds of values, by their first byte; empty for what begins no value.
fn kind_name(first: u8) -> &'static str {
    match first {
        b'{' => "an object",
        b'[' => "an array",
        b'"' => "a string",
        b't' | b'f' => "true or false",
        b'n' => "null",
        b'-' | b'0'..=b'9' => "a number",
        _ => "",
    }
}

fn is_scalar(word: &[u8]) -> bool {
    matches!(word, b"true" | b"false" | b"null") || is_number(word)
}

/// True for a number in JSON's grammar.
fn is_number(word: &[u8]) -> bool {
    let digits = |s: &[u8]| s.iter().take_while(|b| b.is_ascii_digit()).count();
    let mut rest = word.strip_prefix(b"-").unwrap_or(word);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(after) = rest.strip_prefix(b".") {
        let n = digits(after);
        if n == 0 {
            return false;
        }
        rest = &after[n..];
    }
    if let Some(after) = rest.strip_prefix(b"e").or(rest.strip_prefix(b"E")) {
        let after = after.strip_prefix(b"+").or(after.strip_prefix(b"-")).unwrap_or(after);
        let n = digits(after);
        if n == 0 {
            return false;
        }
        rest = &after[n..];
    }
    rest.is_empty()
}

/// Remembers which of the known keys of an object were met.
#[derive(Debug, Default)]
pub struct Once(u64);

impl Once {
    /// Complains if that key was met before; `at` is where.
    pub fn meet(&mut self, key: usize, at: usize) -> Read<()> {
        let bit = 1 << key;
        if self.0 & bit != 0 {
            return Err(Fault::new(What::Duplicate, at));
        }
        self.0 |= bit;
        Ok(())
    }
}

/// The deepest value that is turned into one of ours.
pub const MAX_VALUE_DEPTH: usize = MAX_DEPTH;

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Read<String> {
        fn value(c: &mut Cursor<'_>, out: &mut String) -> Read<()> {
            match c.peek() {
                b'{' => {
                    out.push('{');
                    c.object(|c, k| {
                        out.push_str(&k);
                        out.push(':');
                        value(c, out)?;
                        out.push(';');
                        Ok(())
                    })?;
                    out.push('}');
                }
                b'[' => {
                    out.push('[');
                    c.array(|c, _| {
                        value(c, out)?;
                        out.push(';');
                        Ok(())
                    })?;
                    out.push(']');
                }
                b'"' => out.push_str(&c.string()?),
                b't' | b'f' => out.push_str(if c.bool()? { "yes" } else { "no" }),
                b'n' => {
                    c.null()?;
                    out.push('-');
                }
                _ => out.push_str(c.number()?),
            }
            Ok(())
        }
        let mut c = Cursor::new(text.as_bytes());
        let mut out = String::new();
        value(&mut c, &mut out)?;
        c.end()?;
        Ok(out)
    }

    #[test]
    fn values_are_read_as_json_says() {
        for (text, expected) in [
            (r#" { "a" : [ 1 , -2.5e+3, true,false,null ] , "b":{} } "#, "{a:[1;-2.5e+3;yes;no;-;];b:{};}"),
            (r#""x\"\\\/\n\u00e9\ud83d\ude00\ud800""#, "x\"\\/\né😀\u{fffd}"),
            (
                r#""a long text without any escape that goes on for a while""#,
                "a long text without any escape that goes on for a while",
            ),
            ("[]", "[]"),
        ] {
            assert_eq!(read_all(text).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_not_json_is_refused_at_its_place() {
        for (text, offset, what) in [
            ("{", 1, What::Truncated),
            (r#"{"a""#, 4, What::Truncated),
            (r#"{"a" 1}"#, 5, What::Expected("`:`")),
            (r#"{"a":1 "b":2}"#, 7, What::Expected("`,` or `}`")),
            (r#"{"a":NaN}"#, 5, What::Expected("a number")),
            ("[1,]", 3, What::Expected("a number")),
            ("[01]", 1, What::Expected("a number")),
            ("[1.]", 1, What::Expected("a number")),
            ("[tru]", 1, What::Expected("true or false")),
            (r#"["\x"]"#, 3, What::Escape),
            (r#"["\u12g4"]"#, 6, What::Escape),
            (r#"["abc"#, 5, What::Truncated),
            ("1 2", 2, What::Expected("the end")),
        ] {
            let fault = read_all(text).unwrap_err();
            assert_eq!((fault.offset(), fault.what()), (offset, what), "{text}");
        }
    }

    #[test]
    fn raw_values_are_cut_out_whole() {
        for value in [r#"{"a":["}"]}"#, "[]", "{}", r#""a\"b""#, "-1.5", "null", "[ ]"] {
            let text = format!("[ {value} , 1]");
            let mut c = Cursor::new(text.as_bytes());
            let mut found = Vec::new();
            c.array(|c, _| {
                found.push(c.raw()?.text);
                Ok(())
            })
            .unwrap();
            assert_eq!(found, [value.as_bytes(), b"1"], "{text}");
        }
        assert!(Cursor::new(b"NaN").raw().is_err());
    }
}
