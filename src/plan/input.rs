//! From bytes to UTF-8 text that begins with JSON.
//!
//! PowerShell writes UTF-16, wrappers print lines of their own first, and some pass the binary plan.

use std::io::{self, Read};

use super::error::PlanError;

/// How the bytes stand for text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Little,
    Big,
}

/// An input whose first bytes were looked at.
pub struct Input<R> {
    input: R,
    encoding: Encoding,
    /// Text that is not handed out yet, from `given` on.
    text: Vec<u8>,
    given: usize,
    /// Bytes of two-byte text that are not converted yet: at the start those looked at, later at most an odd one.
    raw: Vec<u8>,
    /// The first half of a pair.
    high: Option<u16>,
}

/// Looks at the first bytes of an input.
///
/// # Errors
/// If they are not those of a text.
pub fn open<R: Read>(mut input: R, name: &str) -> Result<Input<R>, PlanError> {
    let mut first = [0; 4];
    let mut got = 0;
    while got < first.len() {
        match input.read(&mut first[got..]) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => {
                let what = super::fault::What::Io(e.kind());
                return Err(PlanError::Text {
                    name: name.into(),
                    offset: got as u64,
                    path: String::new(),
                    what,
                });
            }
        }
    }
    let first = &first[..got];
    let (encoding, mark) = match first {
        [] => return Err(PlanError::Empty { name: name.into() }),
        [b'P', b'K', 3, 4] => return Err(PlanError::Binary { name: name.into() }),
        [0x1f, 0x8b, ..] => return Err(PlanError::Compressed { name: name.into() }),
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
        [0xff, 0xfe, ..] => (Encoding::Little, 2),
        [0xfe, 0xff, ..] => (Encoding::Big, 2),
        // No mark: ASCII in two bytes gives itself away.
        [a, 0, b, 0] if *a != 0 && *b != 0 => (Encoding::Little, 0),
        [0, a, 0, b] if *a != 0 && *b != 0 => (Encoding::Big, 0),
        _ => (Encoding::Utf8, 0),
    };
    let rest = first[mark..].to_vec();
    let (text, raw) = if encoding == Encoding::Utf8 { (rest, Vec::new()) } else { (Vec::new(), rest) };
    Ok(Input { input, encoding, text, given: 0, raw, high: None })
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() {
            if self.encoding == Encoding::Utf8 {
                return self.input.read(into);
            }
            self.convert()?;
        }
        let rest = &self.text[self.given..];
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        self.given += n;
        Ok(n)
    }
}

impl<R: Read> Input<R> {
    /// Converts the next stretch of two-byte text; none is left over only at the end.
    fn convert(&mut self) -> io::Result<()> {
        self.text.clear();
        self.given = 0;
        while self.text.is_empty() {
            let kept = self.raw.len();
            self.raw.resize(kept + (64 << 10), 0);
            let got = self.input.read(&mut self.raw[kept..])?;
            self.raw.truncate(kept + got);
            let (units, _) = self.raw.as_chunks::<2>();
            for unit in units {
                let unit = match self.encoding {
                    Encoding::Big => u16::from_be_bytes(*unit),
                    _ => u16::from_le_bytes(*unit),
                };
                push(&mut self.text, &mut self.high, unit);
            }
            self.raw.drain(..self.raw.len() / 2 * 2);
            if got == 0 {
                if self.high.take().is_some() || !self.raw.is_empty() {
                    self.raw.clear();
                    push_char(&mut self.text, char::REPLACEMENT_CHARACTER);
                }
                break;
            }
        }
        Ok(())
    }
}

/// Adds a unit of UTF-16; half a pair is replaced.
fn push(text: &mut Vec<u8>, high: &mut Option<u16>, unit: u16) {
    if let Some(first) = high.take() {
        if let Some(Ok(c)) = char::decode_utf16([first, unit]).next() {
            return push_char(text, c);
        }
        push_char(text, char::REPLACEMENT_CHARACTER);
    }
    match unit {
        0xd800..0xdc00 => *high = Some(unit),
        _ => push_char(text, char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
}

fn push_char(text: &mut Vec<u8>, c: char) {
    text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        let mut text = String::new();
        open(bytes, "plan.json").ok().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn all_encodings_give_the_same_text() {
        let text = "{\"é😀\": \"x\"}\n".repeat(20_000);
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read(text.as_bytes()), text);
        assert_eq!(read(&[&b"\xef\xbb\xbf"[..], text.as_bytes()].concat()), text);
        assert_eq!(read(&[&b"\xff\xfe"[..], &le].concat()), text);
        assert_eq!(read(&[&b"\xfe\xff"[..], &be].concat()), text);
        assert_eq!(read(&le), text);
        assert_eq!(read(&be), text);
    }

    #[test]
    fn half_pairs_are_replaced() {
        assert_eq!(read(&[0xff, 0xfe, 0x00, 0xd8, b'a', 0]), "\u{fffd}a");
    }

    #[test]
    fn what_is_no_text_is_named() {
        let check = |bytes: &[u8], part: &str| {
            let error = open(bytes, "tfplan").err().unwrap().to_string();
            assert!(error.contains(part), "{error}");
        };
        check(b"PK\x03\x04....", "binary plan file");
        check(b"\x1f\x8b\x08....", "compressed");
        check(b"", "empty");
    }
}
