//! Text to a tree of JSON.

use ecow::EcoString;

use super::{Json, Kind, Property};
use crate::syntax::Stretch;

/// Values nested deeper are refused.
const MAX_DEPTH: usize = 256;

/// Why a text is no JSON: summary, detail and place.
pub(super) type Problem = (&'static str, String, Stretch);

type Result<T> = std::result::Result<T, Problem>;

/// Reads a text that holds one value.
pub(super) fn read(text: &str) -> Result<Json> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, depth: 0 };
    let value = reader.value()?;
    reader.space();
    if reader.at < text.len() {
        return reader.fail("Extraneous data after value", "Something follows the JSON value", reader.here());
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn fail<T>(&self, summary: &'static str, detail: &str, at: Stretch) -> Result<T> {
        Err((summary, detail.to_owned(), at))
    }

    fn space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The next byte after space; 0 at the end.
    fn peek(&mut self) -> u8 {
        self.space();
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn from(&self, start: usize) -> Stretch {
        Stretch { start: start as u32, end: self.at as u32 }
    }

    /// The character at hand.
    fn here(&self) -> Stretch {
        let length = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        Stretch { start: self.at as u32, end: (self.at + length) as u32 }
    }

    fn value(&mut self) -> Result<Json> {
        let first = self.peek();
        let start = self.at;
        if first == 0 && start == self.bytes.len() {
            return self.fail("Missing value", "The JSON text ends too early", self.here());
        }
        let kind = match first {
            b'{' | b'[' => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    let detail = format!("More than {MAX_DEPTH} levels of JSON are not read here");
                    return Err(("Nesting too deep", detail, self.here()));
                }
                let kind = if first == b'{' { self.object()? } else { self.array()? };
                self.depth -= 1;
                kind
            }
            b'"' => Kind::String(self.string()?),
            b'-' | b'+' | b'.' | b'0'..=b'9' => self.number()?,
            b'a'..=b'z' | b'A'..=b'Z' => self.keyword()?,
            b'}' => {
                return self.fail("Missing JSON value", "A JSON value is expected here", self.here());
            }
            b']' => {
                return self.fail(
                    "Missing array element value",
                    "A JSON value is expected here",
                    self.here(),
                );
            }
            _ => {
                let detail = "A JSON value begins with a brace, a bracket, a quote, a digit, or is `true`, `false` or `null`";
                return self.fail("Invalid start of value", detail, self.here());
            }
        };
        Ok(Json { kind, span: self.from(start) })
    }

    fn object(&mut self) -> Result<Kind> {
        let open = self.here();
        self.at += 1;
        let mut properties = Vec::new();
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(Kind::Object(properties));
        }
        loop {
            let key = self.value()?;
            let Kind::String(name) = key.kind else {
                return self.fail(
                    "Invalid object property name",
                    "The name of a property is a string",
                    key.span,
                );
            };
            match self.peek() {
                b':' => self.at += 1,
                b'}' | b',' => {
                    return self.fail(
                        "Missing object value",
                        "A colon and a value are expected here",
                        self.here(),
                    );
                }
                b'=' => {
                    let detail = "JSON has a colon between name and value, not an equals sign";
                    return self.fail("Missing property value colon", detail, self.here());
                }
                _ => {
                    let detail = "A colon is expected between name and value";
                    return self.fail("Missing property value colon", detail, self.here());
                }
            }
            let value = self.value()?;
            properties.push(Property { name, name_span: key.span, value });
            match self.peek() {
                b'}' => {
                    self.at += 1;
                    return Ok(Kind::Object(properties));
                }
                b',' => {
                    let comma = self.here();
                    self.at += 1;
                    if self.peek() == b'}' {
                        return self.fail(
                            "Trailing comma in object",
                            "JSON has no comma after the last property",
                            comma,
                        );
                    }
                }
                b']' => {
                    return self.fail(
                        "Mismatched braces",
                        "An object is closed by a brace, not by a bracket",
                        self.here(),
                    );
                }
                _ if self.at == self.bytes.len() => {
                    return self.fail("Unclosed object", "There is no closing brace for this object", open);
                }
                _ => {
                    let detail = "A comma is expected between properties";
                    return self.fail("Missing attribute seperator comma", detail, self.here());
                }
            }
        }
    }

    fn array(&mut self) -> Result<Kind> {
        let open = self.here();
        self.at += 1;
        let mut items = Vec::new();
        if self.peek() == b']' {
            self.at += 1;
            return Ok(Kind::Array(items));
        }
        loop {
            items.push(self.value()?);
            match self.peek() {
                b']' => {
                    self.at += 1;
                    return Ok(Kind::Array(items));
                }
                b',' => {
                    let comma = self.here();
                    self.at += 1;
                    if self.peek() == b']' {
                        return self.fail(
                            "Trailing comma in array",
                            "JSON has no comma after the last element",
                            comma,
                        );
                    }
                }
                b':' => {
                    return self.fail(
                        "Invalid array value",
                        "Elements of an array have no names",
                        self.here(),
                    );
                }
                b'}' => {
                    return self.fail(
                        "Mismatched brackets",
                        "An array is closed by a bracket, not by a brace",
                        self.here(),
                    );
                }
                _ if self.at == self.bytes.len() => {
                    return self.fail("Unclosed object", "There is no closing bracket for this array", open);
                }
                _ => {
                    let detail = "A comma is expected between elements";
                    return self.fail("Missing attribute seperator comma", detail, self.here());
                }
            }
        }
    }

    fn keyword(&mut self) -> Result<Kind> {
        let start = self.at;
        while matches!(self.bytes.get(self.at), Some(b'a'..=b'z' | b'A'..=b'Z' | b'_')) {
            self.at += 1;
        }
        match &self.text[start..self.at] {
            "null" => Ok(Kind::Null),
            "true" => Ok(Kind::Bool(true)),
            "false" => Ok(Kind::Bool(false)),
            word => {
                let detail = format!("`{word}` is no JSON: there are `true`, `false` and `null`");
                Err(("Invalid JSON keyword", detail, self.from(start)))
            }
        }
    }

    fn number(&mut self) -> Result<Kind> {
        let start = self.at;
        while matches!(self.bytes.get(self.at), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        if is_number(&self.bytes[start..self.at]) {
            return Ok(Kind::Number);
        }
        let detail = format!("`{}` is no number in JSON", &self.text[start..self.at]);
        Err(("Invalid JSON number", detail, self.from(start)))
    }

    fn string(&mut self) -> Result<EcoString> {
        let start = self.at;
        self.at += 1;
        let mut string = EcoString::new();
        loop {
            let from = self.at;
            while self.bytes.get(self.at).is_some_and(|b| !matches!(b, b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            string.push_str(&self.text[from..self.at]);
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => match escape(&self.text[self.at..]) {
                    Some((c, length)) => {
                        string.push(c);
                        self.at += length;
                    }
                    None => {
                        return self.fail(
                            "Invalid JSON string",
                            "There is no such escape in JSON",
                            self.here(),
                        );
                    }
                },
                Some(_) => {
                    let detail = "A string in JSON cannot contain a newline or another control character";
                    return self.fail("Invalid JSON string", detail, self.here());
                }
                None => {
                    return self.fail(
                        "Invalid JSON string",
                        "There is no closing quote for this string",
                        self.from(start),
                    );
                }
            }
        }
    }
}

/// Reads the escape with which a text begins: the character and the length of what stands for it.
pub(super) fn escape(text: &str) -> Option<(char, usize)> {
    let hex = |from: usize| {
        let digits = text.get(from..from + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let simple = |c| Some((c, 2));
    match text.as_bytes().get(1)? {
        b'"' => simple('"'),
        b'\\' => simple('\\'),
        b'/' => simple('/'),
        b'b' => simple('\u{8}'),
        b'f' => simple('\u{c}'),
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'u' => {
            let first = hex(2)?;
            if (0xd800..0xdc00).contains(&first)
                && text.get(6..8) == Some("\\u")
                && let Some(second @ 0xdc00..0xe000) = hex(8)
            {
                let c = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Some((char::from_u32(c)?, 12));
            }
            Some((char::from_u32(first).unwrap_or('\u{fffd}'), 6))
        }
        _ => None,
    }
}

fn is_number(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let digits = |b: &[u8]| b.iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(bytes);
    if whole == 0 || whole > 1 && bytes[0] == b'0' {
        return false;
    }
    let mut rest = &bytes[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let length = digits(exponent);
        return length > 0 && length == exponent.len();
    }
    rest.is_empty()
}
