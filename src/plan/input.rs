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
    /// Read from the input, not handed out yet.
    pending: Vec<u8>,
    /// How much of it is handed out.
    given: usize,
    /// The first half of a pair.
    high: Option<u16>,
    ended: bool,
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
    Ok(Input { input, encoding, pending: first[mark..].to_vec(), given: 0, high: None, ended: false })
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.encoding != Encoding::Utf8 {
            return self.read_wide(into);
        }
        let rest = &self.pending[self.given..];
        if rest.is_empty() {
            return self.input.read(into);
        }
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        self.given += n;
        Ok(n)
    }
}

impl<R: Read> Input<R> {
    fn read_wide(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.convert(into);
            if n > 0 || self.ended {
                return Ok(n);
            }
            // At most one odd byte is left.
            self.pending.drain(..self.given);
            self.given = 0;
            let kept = self.pending.len();
            self.pending.resize(kept + (64 << 10), 0);
            let got = self.input.read(&mut self.pending[kept..])?;
            self.pending.truncate(kept + got);
            self.ended = got == 0;
        }
    }

    /// Converts as much as there is room for.
    fn convert(&mut self, into: &mut [u8]) -> usize {
        let mut n = 0;
        while let Some([a, b]) = self.pending.get(self.given..self.given + 2) {
            if n + 6 > into.len() {
                return n;
            }
            let unit = match self.encoding {
                Encoding::Big => u16::from_be_bytes([*a, *b]),
                _ => u16::from_le_bytes([*a, *b]),
            };
            self.given += 2;
            let units = match (self.high.take(), unit) {
                (None, 0xd800..0xdc00) => {
                    self.high = Some(unit);
                    continue;
                }
                (None, _) => vec![unit],
                (Some(high), 0xdc00..0xe000) => vec![high, unit],
                (Some(high), 0xd800..0xdc00) => {
                    self.high = Some(unit);
                    vec![high]
                }
                (Some(high), _) => vec![high, unit],
            };
            for c in char::decode_utf16(units) {
                let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
                n += c.encode_utf8(&mut into[n..]).len();
            }
        }
        n
    }
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
