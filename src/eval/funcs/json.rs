//! `jsonencode` and `jsondecode`, with the escapes of Go and the types of Terraform.

use std::collections::BTreeMap;

use ecow::EcoString;

use super::text::{STRING, string, text};
use super::{Call, FnError, Function, Param, Returns, Want};
use crate::syntax::nfc;
use crate::value::{Number, Refine, Type, Value, convert, quoted};

pub(super) const FAMILY: &[Function] = &[JSONDECODE, JSONENCODE];

/// `jsondecode(str)` is the value that JSON text stands for: objects and tuples.
const JSONDECODE: Function = Function {
    name: "jsondecode",
    params: &[Param::new("str", Want::String)],
    returns: Returns::From(|args| match args[0].as_unknown() {
        Some(unknown) => type_after(&unknown.refine.prefix),
        None => Ok(Type::Dynamic),
    }),
    not_null: false,
    run: |_, args| decode(string(&args[0])).map_err(FnError::new),
    ..STRING
};

/// `jsonencode(val)` is the value as JSON, on one line.
const JSONENCODE: Function = Function {
    name: "jsonencode",
    params: &[Param::new("val", Want::Any).unknown().dynamic().null()],
    run: jsonencode,
    ..STRING
};

/// Levels of nesting that JSON may have. Terraform's limit is 10,000.
const MAX_DEPTH: usize = 1000;

/// Returns what the beginning of unknown text tells of the value's type.
fn type_after(prefix: &str) -> Result<Type, FnError> {
    let Some(first) = prefix.trim().chars().next() else {
        return Ok(Type::Dynamic);
    };
    match first {
        '{' | '[' | 'n' => Ok(Type::Dynamic),
        '"' => Ok(Type::String),
        't' | 'f' => Ok(Type::Bool),
        '-' | '0'..='9' | '.' => Ok(Type::Number),
        _ => Err(FnError::arg(0, format!("a JSON document cannot begin with the character {first:?}"))),
    }
}

fn jsonencode(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let value = &args[0];
    let Some(why) = value.cause() else {
        return encode(value).map(text).map_err(FnError::new);
    };
    let certain = value.as_unknown().is_none_or(|u| u.refine.not_null);
    let prefix = match value.type_of() {
        _ if !certain => "",
        Type::String => "\"",
        Type::Object(_) | Type::Map(_) => "{",
        Type::Tuple(_) | Type::List(_) | Type::Set(_) => "[",
        _ => "",
    };
    Ok(Value::unknown_with(Type::String, Refine { prefix: prefix.into(), ..Refine::not_null() }, why))
}

/// Returns a known value as JSON.
pub(super) fn encode(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), String> {
    match value {
        Value::Null(_) => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) if n.is_infinite() => {
            return Err("cannot serialize infinity as JSON".into());
        }
        Value::Number(n) => out.push_str(&n.to_string()),
        Value::String(s) => write_quoted(s, out),
        Value::List(s) | Value::Tuple(s) | Value::Set(s) => {
            out.push('[');
            for (i, item) in s.items().iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Map(f) | Value::Object(f) => {
            out.push('{');
            for (i, (key, item)) in f.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_quoted(key, out);
                out.push(':');
                write(item, out)?;
            }
            out.push('}');
        }
        Value::Unknown(_) => return Err("value is not known".into()),
        Value::Marked(m) => write(&m.value, out)?,
    }
    Ok(())
}

/// Returns text as a JSON string.
pub(super) fn quote(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    write_quoted(s, &mut out);
    out
}

/// Escapes what Go's `encoding/json` does: also `<`, `>`, `&` and the line separators, but not DEL.
fn write_quoted(s: &str, out: &mut String) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// Returns the value that JSON text stands for.
///
/// # Errors
/// Why it is not JSON; or a duplicate key whose values do not fit together.
pub(super) fn decode(json: &str) -> Result<Value, String> {
    let mut reader = Reader { text: json, at: 0 };
    let document = reader.value()?;
    reader.blanks();
    match reader.peek() {
        // NOTE: Terraform does not look further than this either.
        None | Some(b']' | b'}') => typed(&document, &document.implied_type()),
        Some(_) => Err("extraneous data after JSON object".into()),
    }
}

/// A document as it was written.
enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(EcoString),
    Array(Vec<Json>),
    /// Of equal keys each.
    Object(Vec<(EcoString, Json)>),
}

impl Json {
    /// Of equal keys the last one counts.
    fn implied_type(&self) -> Type {
        match self {
            Json::Null => Type::Dynamic,
            Json::Bool(_) => Type::Bool,
            Json::Number(_) => Type::Number,
            Json::String(_) => Type::String,
            Json::Array(items) => Type::tuple(items.iter().map(Json::implied_type).collect()),
            Json::Object(entries) => {
                let last: BTreeMap<&EcoString, &Json> = entries.iter().map(|(k, v)| (k, v)).collect();
                Type::object(last.into_iter().map(|(k, v)| (k.clone(), v.implied_type())))
            }
        }
    }
}

/// Returns the value of the implied type. All values of equal keys have to be of the type of the last one.
fn typed(json: &Json, ty: &Type) -> Result<Value, String> {
    let required = || format!("{} is required", ty.friendly());
    match (json, ty) {
        (Json::Null, _) => Ok(Value::Null(ty.clone())),
        (Json::Bool(b), Type::Bool) => Ok((*b).into()),
        (Json::Number(n), Type::Number) => Ok(n.clone().into()),
        (Json::String(s), Type::String) => Ok(s.clone().into()),
        (Json::Number(n), Type::String) => Ok(n.to_string().into()),
        (Json::Bool(b), Type::String) => Ok(b.to_string().into()),
        (Json::String(s), Type::Number) => Number::parse(s).map(Value::Number).ok_or_else(required),
        (Json::String(s), Type::Bool) => convert(&Value::String(s.clone()), ty).map_err(|e| e.message),
        (Json::Array(items), Type::Tuple(types)) if items.len() == types.len() => {
            let items = items.iter().zip(types.iter()).map(|(item, ty)| typed(item, ty));
            Ok(Value::tuple(items.collect::<Result<_, _>>()?))
        }
        (Json::Array(items), Type::Tuple(types)) => {
            let rule = if items.len() < types.len() { "not enough" } else { "too many" };
            Err(format!("{rule} tuple elements (need {})", types.len()))
        }
        (Json::Object(entries), Type::Object(fields)) => {
            let mut values = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let field = ty.field(key).ok_or_else(|| format!("unsupported attribute {}", quoted(key)))?;
                values.push((key.clone(), typed(value, &field.ty)?));
            }
            let absent = fields.iter().filter(|f| entries.iter().all(|(key, _)| *key != f.name));
            values.extend(absent.map(|f| (f.name.clone(), Value::Null(f.ty.clone()))));
            Ok(Value::object(values))
        }
        _ => Err(required()),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// A collection that is being read.
enum Open {
    Array(Vec<Json>),
    /// The entries and the key whose value comes next.
    Object(Vec<(EcoString, Json)>, EcoString),
}

impl Reader<'_> {
    /// Reads one value, keeping open collections in a list of our own: the stack would not bear deep ones.
    fn value(&mut self) -> Result<Json, String> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            self.blanks();
            let mut value = match self.next()? {
                b'[' => {
                    self.blanks();
                    if self.peek() != Some(b']') {
                        open.push(Open::Array(Vec::new()));
                        if open.len() > MAX_DEPTH {
                            return Err("exceeded max depth".into());
                        }
                        continue;
                    }
                    self.at += 1;
                    Json::Array(Vec::new())
                }
                b'{' => {
                    self.blanks();
                    if self.peek() != Some(b'}') {
                        let key = self.key()?;
                        open.push(Open::Object(Vec::new(), key));
                        if open.len() > MAX_DEPTH {
                            return Err("exceeded max depth".into());
                        }
                        continue;
                    }
                    self.at += 1;
                    Json::Object(Vec::new())
                }
                b'"' => Json::String(nfc(&self.string()?)),
                b't' => self.word("true", Json::Bool(true))?,
                b'f' => self.word("false", Json::Bool(false))?,
                b'n' => self.word("null", Json::Null)?,
                b'-' | b'0'..=b'9' => self.number()?,
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected("looking for beginning of value"));
                }
            };
            // Close what this value completes.
            loop {
                match open.last_mut() {
                    None => return Ok(value),
                    Some(Open::Array(items)) => items.push(value),
                    Some(Open::Object(entries, key)) => entries.push((std::mem::take(key), value)),
                }
                self.blanks();
                match (self.next()?, open.last_mut()) {
                    (b',', Some(Open::Array(_))) => break,
                    (b',', Some(Open::Object(_, key))) => {
                        self.blanks();
                        *key = self.key()?;
                        break;
                    }
                    (b']', Some(Open::Array(items))) => value = Json::Array(std::mem::take(items)),
                    (b'}', Some(Open::Object(entries, _))) => value = Json::Object(std::mem::take(entries)),
                    (_, Some(Open::Array(_))) => {
                        self.at -= 1;
                        return Err(self.unexpected("after array element"));
                    }
                    _ => {
                        self.at -= 1;
                        return Err(self.unexpected("after object key:value pair"));
                    }
                }
                open.pop();
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, String> {
        let byte = self.peek().ok_or("unexpected EOF")?;
        self.at += 1;
        Ok(byte)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn unexpected(&self, context: &str) -> String {
        let c = self.text[self.at..].chars().next().unwrap_or(' ');
        format!("invalid character {c:?} {context}")
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, String> {
        self.at -= 1;
        if !self.text[self.at..].starts_with(word) {
            return Err(self.unexpected(&format!("in literal {word}")));
        }
        self.at += word.len();
        Ok(value)
    }

    /// Reads `"key" :`.
    fn key(&mut self) -> Result<EcoString, String> {
        if self.next()? != b'"' {
            self.at -= 1;
            return Err(self.unexpected("looking for beginning of object key string"));
        }
        let key = nfc(&self.string()?);
        self.blanks();
        if self.next()? != b':' {
            self.at -= 1;
            return Err(self.unexpected("after object key"));
        }
        Ok(key)
    }

    /// Reads the rest of a string, after its opening quote.
    fn string(&mut self) -> Result<String, String> {
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let end =
                rest.find(|c: char| matches!(c, '"' | '\\' | '\0'..='\u{1f}')).ok_or("unexpected EOF")?;
            out.push_str(&rest[..end]);
            self.at += end;
            match self.next()? {
                b'"' => return Ok(out),
                b'\\' => out.push(self.escape()?),
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected("in string literal"));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        Ok(match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex()?;
                let surrogates = (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u");
                if surrogates {
                    let back = self.at;
                    self.at += 2;
                    let second = self.hex()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(code).expect("bug: a pair of surrogates is a character"));
                    }
                    self.at = back;
                }
                // Half a pair is no character.
                char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => {
                self.at -= 1;
                return Err(self.unexpected("in string escape code"));
            }
        })
    }

    fn hex(&mut self) -> Result<u32, String> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(digits) = digits else {
            return Err(self.unexpected("in \\u hexadecimal character escape"));
        };
        self.at += 4;
        Ok(u32::from_str_radix(digits, 16).expect("bug: four hexadecimal digits"))
    }

    fn number(&mut self) -> Result<Json, String> {
        let from = self.at - 1;
        self.at = from;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.unexpected("in numeric literal")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = &self.text[from..self.at];
        Number::parse(text).map(Json::Number).ok_or_else(|| format!("cannot use {} as number", quoted(text)))
    }

    /// Reads one digit or more.
    fn digits(&mut self) -> Result<(), String> {
        if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return Err(self.unexpected("in numeric literal"));
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::eval::funcs::testing::{check, value};

    #[test]
    fn values_are_written_on_one_line_with_the_escapes_of_go() {
        check(
            r#"jsonencode("<a>&\u2028\u007f\u0001\n")"#,
            r#""\"\\u003ca\\u003e\\u0026\\u2028\x7f\\u0001\\n\"""#,
        );
        check(r#"jsonencode({b = [1.50, null], a = toset([true])})"#, r#""{\"a\":[true],\"b\":[1.5,null]}""#);
        check("jsonencode(1e21)", r#""1000000000000000000000""#);
        check("jsonencode(1/0)", "error: cannot serialize infinity as JSON.");
        check("jsonencode(null)", r#""null""#);
        check("jsonencode({})", r#""{}""#);
        check("jsonencode({a = sensitive(1)})", r#"sensitive("{\"a\":1}")"#);
    }

    #[test]
    fn the_first_character_of_unknown_json_is_known_of_what_cannot_be_null() {
        check("jsonencode([local.us])", r#"?string! "["…"#);
        check("jsonencode({a = local.us})", r#"?string! "{"…"#);
        check("jsonencode(local.id)", r#"?string! "\""…"#);
        check("jsonencode(local.ul)", "?string!");
        check("jsonencode(local.udyn)", "?string!");
    }

    #[test]
    fn documents_become_objects_and_tuples() {
        check(
            r#"jsondecode("{\"a\": [1, \"x\", null, {}], \"b\": -1e2}")"#,
            r#"{a = [1, "x", null, {}], b = -100}"#,
        );
        check(r#"jsondecode("\"\\ud83d\\ude00\\ud83d\\u00e9\"")"#, "\"😀\u{fffd}é\"");
        check(r#"jsondecode("1 ]")"#, "1");
        check(r#"jsondecode("{\"a\":1,\"a\":\"x\"}")"#, r#"{a = "x"}"#);
        check(r#"jsondecode("{\"a\":\"x\",\"a\":1}")"#, "error: number is required.");
        check(r#"jsondecode("{\"a\":{\"c\":1,\"c\":null},\"a\":{\"c\":2}}")"#, "{a = {c = 2}}");
        check(r#"jsondecode("1 2")"#, "error: extraneous data after JSON object.");
        for bad in ["", "[1,]", "{\\\"a\\\"}", "01", "1.", "nul", "\\\"\\\\x\\\"", "\\\"\\t\\\"", "[", "'a'"]
        {
            assert!(value(&format!("jsondecode(\"{bad}\")")).is_err(), "{bad}");
        }
        check("jsondecode(null)", "error: argument must not be null.");
        check(r#"jsondecode(sensitive("[]"))"#, "sensitive([])");
    }

    #[test]
    fn the_beginning_of_unknown_json_may_tell_its_type() {
        check("jsondecode(local.us)", "?any");
        check(r#"jsondecode(jsonencode(local.id))"#, "?string");
        check(r#"jsondecode(format("-%s", local.us))"#, "?number");
        check(r#"jsondecode(format("(%s", local.us))"#, "error: cannot begin with the character '('.");
    }

    #[test]
    fn deep_documents_are_refused() {
        let deep = "[".repeat(100_000);
        assert!(super::decode(&deep).unwrap_err().contains("max depth"));
    }
}
