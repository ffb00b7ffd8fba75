//! Text as it is written, and the strings that it means.

use std::borrow::Cow;

use ecow::EcoString;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Reads bytes as UTF-8; each byte that is none becomes a `?`, so that offsets stay. Also returns where the
/// first one was.
///
/// Terraform refuses such bytes in strings and heredocs; in a comment it does not mind.
pub fn decode(bytes: &[u8]) -> (String, Option<usize>) {
    let mut text = String::with_capacity(bytes.len());
    let mut first_bad = None;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            first_bad.get_or_insert(text.len());
            text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
        }
    }
    (text, first_bad)
}

/// Returns the text in normal form C, as all of Terraform's strings are.
pub(crate) fn nfc(text: &str) -> EcoString {
    if is_normal(text) { text.into() } else { text.nfc().collect() }
}

/// The same of a text that is there already.
pub(crate) fn normal(text: EcoString) -> EcoString {
    if is_normal(&text) { text } else { text.nfc().collect() }
}

/// False: perhaps.
fn is_normal(text: &str) -> bool {
    text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes
}

/// Resolves `$${` and `%%{`: all the escapes that heredocs and template files know.
pub(super) fn unescape_markers(raw: &str) -> Cow<'_, str> {
    if !has_escaped_marker(raw) {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr2(b'$', b'%', rest.as_bytes()) {
        text.push_str(&rest[..=at]);
        let after = &rest[at + 1..];
        rest = if is_escaped_marker(&rest.as_bytes()[at..]) { &after[1..] } else { after };
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// Resolves the escapes of a quoted string. The parser has refused those that do not exist.
pub(super) fn unescape_quoted(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() && !has_escaped_marker(raw) {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr3(b'\\', b'$', b'%', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let bytes = &rest.as_bytes()[at..];
        if bytes[0] != b'\\' {
            text.push(bytes[0] as char);
            rest = &rest[at + if is_escaped_marker(bytes) { 2 } else { 1 }..];
            continue;
        }
        let (resolved, length) = match bytes.get(1) {
            Some(b'n') => (Some('\n'), 2),
            Some(b'r') => (Some('\r'), 2),
            Some(b't') => (Some('\t'), 2),
            Some(b'u') => (hex(rest, at + 2, 4), 6),
            Some(b'U') => (hex(rest, at + 2, 8), 10),
            Some(b'"') => (Some('"'), 2),
            Some(b'\\') => (Some('\\'), 2),
            _ => (None, 0),
        };
        match resolved {
            Some(c) => {
                text.push(c);
                rest = &rest[at + length..];
            }
            None => {
                text.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// Finds the first escape in quoted text that Terraform does not know: where, how long, and what is wrong.
pub(super) fn escape_problem(raw: &str) -> Option<(usize, usize, String)> {
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &raw.as_bytes()[at..]) {
        let start = at + found;
        let selector = raw[start + 1..].chars().next()?;
        let digits = match selector {
            'n' | 'r' | 't' | '"' | '\\' => 0,
            'u' => 4,
            'U' => 8,
            other => {
                let detail =
                    format!("There is no escape sequence `\\{other}`; a backslash itself is written `\\\\`");
                return Some((start, 1 + other.len_utf8(), detail));
            }
        };
        let end = start + 2 + digits;
        let written =
            raw.as_bytes()[start + 2..].iter().take(digits).take_while(|b| b.is_ascii_hexdigit()).count();
        if written < digits {
            let detail = format!("`\\{selector}` must be followed by {digits} hexadecimal digits");
            return Some((start, 2 + written, detail));
        }
        if digits > 0 && hex(raw, start + 2, digits).is_none() {
            return Some((start, 2 + digits, format!("There is no character U+{}", &raw[start + 2..end])));
        }
        at = end;
    }
    None
}

fn hex(text: &str, from: usize, digits: usize) -> Option<char> {
    char::from_u32(u32::from_str_radix(text.get(from..from + digits)?, 16).ok()?)
}

fn has_escaped_marker(raw: &str) -> bool {
    memchr::memchr2_iter(b'$', b'%', raw.as_bytes()).any(|at| is_escaped_marker(&raw.as_bytes()[at..]))
}

fn is_escaped_marker(bytes: &[u8]) -> bool {
    bytes.starts_with(b"$${") || bytes.starts_with(b"%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_what_they_mean_in_terraform() {
        let check = |raw: &str, expected: &str| assert_eq!(unescape_quoted(raw), expected, "{raw}");
        check("plain", "plain");
        check(r#"a\nb\tc\r\"q\"\\"#, "a\nb\tc\r\"q\"\\");
        check(r"\u00e9\U0001F600", "é😀");
        check("$$ %% $ %", "$$ %% $ %");
        check("$${x} %%{y}", "${x} %{y}");
        check("$$${x}", "$${x}");
        check("$$$${x}", "$$${x}");
    }

    #[test]
    fn heredocs_know_no_backslash() {
        let check = |raw: &str, expected: &str| assert_eq!(unescape_markers(raw), expected, "{raw}");
        check(r"a\nb", r"a\nb");
        check("cost: 5$, 100%", "cost: 5$, 100%");
        check("$${x}%%{y}", "${x}%{y}");
        check("$$${x}", "$${x}");
    }

    #[test]
    fn strings_are_in_normal_form_c() {
        assert_eq!(nfc("e\u{301}"), "é");
        assert_eq!(nfc("é"), "é");
    }

    #[test]
    fn a_bad_byte_keeps_its_place() {
        assert_eq!(decode(b"# \xe9t\xe9\n"), ("# ?t?\n".to_owned(), Some(2)));
        assert_eq!(decode(b"\xe2\x82"), ("??".to_owned(), Some(0)));
        assert_eq!(decode("é".as_bytes()), ("é".to_owned(), None));
    }
}
