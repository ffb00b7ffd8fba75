//! Finding the end of a JSON value without looking at what is in it.
//!
//! Most of a plan is never asked for: it is passed over 64 bytes at a time, with bit masks of quotes and brackets as
//! simdjson has them (<https://arxiv.org/abs/1902.08318>). Of what is passed over only brackets, strings and `NaN` are checked.

use wide::u8x16;

/// The deepest nesting of brackets that is read.
///
/// Terraform's own nesting of modules and blocks stays far below; deeper text is an attack or an accident.
pub const MAX_DEPTH: usize = 512;

/// Finds the end of one value, in as many pieces as the input arrives in.
#[derive(Debug, Default)]
pub struct Scanner {
    kind: Kind,
    depth: usize,
    /// All ones while inside a string.
    string: u64,
    /// One if the next byte is escaped by a backslash.
    escaped: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Start,
    Scalar,
    String,
    Container,
}

/// What a piece of input holds of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The value ends before this offset in the piece.
    End(usize),
    /// It goes on after this piece.
    More,
    /// Brackets nest deeper than [`MAX_DEPTH`] at about this offset.
    TooDeep(usize),
    /// At this offset begins what some take for a number and JSON does not have: `NaN`, `Infinity`.
    NoNumber(usize),
}

impl Scanner {
    /// Looks at the next piece. The first piece begins with the first byte of the value.
    pub fn feed(&mut self, piece: &[u8]) -> Found {
        let mut at = 0;
        if self.kind == Kind::Start {
            let Some(first) = piece.first() else { return Found::More };
            self.kind = match first {
                b'{' | b'[' => Kind::Container,
                b'"' => {
                    at = 1;
                    Kind::String
                }
                _ => Kind::Scalar,
            };
        }
        match self.kind {
            Kind::Container => self.container(piece),
            Kind::String => self.string(piece, at),
            Kind::Scalar | Kind::Start => match piece.iter().position(|b| ends_scalar(*b)) {
                Some(end) => Found::End(end),
                None => Found::More,
            },
        }
    }

    /// True if the value is complete should nothing follow: a number at the end of the input.
    pub fn may_end(&self) -> bool {
        self.kind == Kind::Scalar
    }

    /// Looks at a piece of a string from `at` on.
    fn string(&mut self, piece: &[u8], at: usize) -> Found {
        let (blocks, rest) = piece[at..].as_chunks::<64>();
        for (i, block) in blocks.iter().enumerate() {
            if let Some(end) = self.string_end(block, 64) {
                return Found::End(at + i * 64 + end);
            }
        }
        if rest.is_empty() {
            return Found::More;
        }
        let mut last = [b' '; 64];
        last[..rest.len()].copy_from_slice(rest);
        match self.string_end(&last, rest.len()) {
            Some(end) => Found::End(at + blocks.len() * 64 + end),
            None => Found::More,
        }
    }

    /// Returns where a string ends in a block of which `len` bytes are input.
    fn string_end(&mut self, block: &[u8; 64], len: usize) -> Option<usize> {
        let (mut quotes, mut backslashes) = (0, 0);
        let (parts, _) = block.as_chunks::<16>();
        for (i, part) in parts.iter().enumerate() {
            let part = u8x16::new(*part);
            quotes |= equal(part, b'"') << (i * 16);
            backslashes |= equal(part, b'\\') << (i * 16);
        }
        let quotes = quotes & !self.escapes(backslashes, len);
        (quotes != 0).then(|| quotes.trailing_zeros() as usize + 1)
    }

    fn container(&mut self, piece: &[u8]) -> Found {
        let (blocks, rest) = piece.as_chunks::<64>();
        for (i, block) in blocks.iter().enumerate() {
            match self.block(block, 64) {
                Found::End(at) => return Found::End(i * 64 + at),
                Found::TooDeep(at) => return Found::TooDeep(i * 64 + at),
                Found::NoNumber(at) => return Found::NoNumber(i * 64 + at),
                Found::More => {}
            }
        }
        if rest.is_empty() {
            return Found::More;
        }
        let mut last = [b' '; 64];
        last[..rest.len()].copy_from_slice(rest);
        match self.block(&last, rest.len()) {
            Found::End(at) => Found::End(blocks.len() * 64 + at),
            Found::TooDeep(at) => Found::TooDeep(blocks.len() * 64 + at),
            Found::NoNumber(at) => Found::NoNumber(blocks.len() * 64 + at),
            Found::More => Found::More,
        }
    }

    /// Looks at one block, of which `len` bytes are input and the others blanks.
    fn block(&mut self, block: &[u8; 64], len: usize) -> Found {
        let Masks { quotes, backslashes, opens, closes, capitals } = masks(block);
        let quotes = quotes & !self.escapes(backslashes, len);
        let inside = prefix_xor(quotes) ^ self.string;
        self.string = ((inside as i64) >> 63) as u64;
        let opens = opens & !inside;
        let closes = closes & !inside;
        let capitals = capitals & !inside;
        if opens | closes | capitals == 0 {
            return Found::More;
        }
        let down = closes.count_ones() as usize;
        let up = opens.count_ones() as usize;
        if self.depth > down && self.depth + up <= MAX_DEPTH && capitals == 0 {
            self.depth = self.depth + up - down;
            return Found::More;
        }
        let mut brackets = opens | closes | capitals;
        while brackets != 0 {
            let at = brackets.trailing_zeros() as usize;
            brackets &= brackets - 1;
            if opens >> at & 1 == 1 {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Found::TooDeep(at);
                }
            } else if capitals >> at & 1 == 1 {
                return Found::NoNumber(at);
            } else {
                self.depth -= 1;
                if self.depth == 0 {
                    return Found::End(at + 1);
                }
            }
        }
        Found::More
    }

    /// Returns which bytes a backslash escapes, and remembers whether the next block begins with one.
    fn escapes(&mut self, backslashes: u64, len: usize) -> u64 {
        if backslashes == 0 {
            let escaped = self.escaped;
            self.escaped = 0;
            return escaped;
        }
        // Of a run of backslashes every other one escapes, from the first on: a subtraction carries along the runs.
        const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
        let first = backslashes & !self.escaped;
        let carried = ((first << 1) | ODD).wrapping_sub(first) ^ ODD;
        let escaped = carried ^ (backslashes | self.escaped);
        self.escaped = (carried & backslashes) >> (len - 1) & 1;
        escaped
    }
}

/// True for what cannot be part of a number, `true`, `false` or `null`.
pub fn ends_scalar(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r' | b':' | b'{' | b'[' | b'"')
}

/// Where a block has what: one bit for each byte.
struct Masks {
    quotes: u64,
    backslashes: u64,
    opens: u64,
    closes: u64,
    /// `N` and `I`, with which no word of JSON begins.
    capitals: u64,
}

fn masks(block: &[u8; 64]) -> Masks {
    let mut masks = Masks { quotes: 0, backslashes: 0, opens: 0, closes: 0, capitals: 0 };
    let (parts, _) = block.as_chunks::<16>();
    for (i, part) in parts.iter().enumerate() {
        let part = u8x16::new(*part);
        // `[` and `{`, `]` and `}` differ in one bit alone, and no other byte becomes one of them by it.
        let folded = part | u8x16::splat(0x20);
        masks.quotes |= equal(part, b'"') << (i * 16);
        masks.backslashes |= equal(part, b'\\') << (i * 16);
        masks.opens |= equal(folded, b'{') << (i * 16);
        masks.closes |= equal(folded, b'}') << (i * 16);
        let capitals = part.simd_eq(u8x16::splat(b'N')) | part.simd_eq(u8x16::splat(b'I'));
        masks.capitals |= u64::from(capitals.to_bitmask()) << (i * 16);
    }
    masks
}

/// Returns which bytes are this one, as bits.
fn equal(bytes: u8x16, byte: u8) -> u64 {
    u64::from(bytes.simd_eq(u8x16::splat(byte)).to_bitmask())
}

/// Bit i of the result is the parity of bits 0 to i.
fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The end of the value is found in one piece and in pieces of every size.
    fn check(text: &str, end: usize) {
        for size in (1..=text.len()).chain([200, 1000]) {
            let mut scanner = Scanner::default();
            let mut before = 0;
            let mut found = Found::More;
            for piece in text.as_bytes().chunks(size) {
                found = scanner.feed(piece);
                if let Found::End(at) = found {
                    found = Found::End(before + at);
                    break;
                }
                before += piece.len();
            }
            assert_eq!(found, Found::End(end), "{text} in pieces of {size}");
        }
    }

    #[test]
    fn a_value_ends_where_its_bracket_closes() {
        check(r#"{}, "#, 2);
        check(r#"{"a":{"b":[1,2,{}]},"c":"}"} ,"#, 28);
        check(r#"[["]"],"\"]",[]]]"#, 16);
        check(r#"{"a":"\\"}}"#, 10);
        check(r#"{"a":"\\\"}"}}"#, 13);
        check(r#""a\"b" "#, 6);
        check(r#""a\\" "#, 5);
        check("12.5e3,", 6);
        check("null}", 4);
    }

    #[test]
    fn every_other_backslash_of_a_run_escapes() {
        for run in 0..140 {
            for shift in [0, 1, 30, 61, 62, 63, 64, 65] {
                let inside = format!(
                    "{}{}{}",
                    "x".repeat(shift),
                    "\\".repeat(run),
                    if run % 2 == 1 { "\"" } else { "" }
                );
                check(&format!("\"{inside}\" ]"), inside.len() + 2);
                check(&format!("[\"{inside}\"] ]"), inside.len() + 4);
            }
        }
    }

    #[test]
    fn long_values_cross_blocks() {
        let inner = r#"{"k":"a\\\"}]","n":[1,{"x":"}"}]}"#;
        let text = format!("[{}] ", vec![inner; 40].join(","));
        let mut scanner = Scanner::default();
        assert_eq!(scanner.feed(text.as_bytes()), Found::End(text.len() - 1));
        for shift in 0..70 {
            let text = format!("[\"{}\\\\\\\"]\"]", "x".repeat(shift));
            let mut scanner = Scanner::default();
            assert_eq!(scanner.feed(text.as_bytes()), Found::End(text.len()), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_found_on_the_way() {
        for word in ["NaN", "Infinity", "-Infinity"] {
            for before in [0, 50, 61, 64, 200] {
                let text = format!(r#"{{"NaN":"{} Infinity","x":[1,{word}]}} "#, "x".repeat(before));
                let at = text.rfind(word).unwrap() + word.find(['N', 'I']).unwrap();
                assert_eq!(Scanner::default().feed(text.as_bytes()), Found::NoNumber(at), "{text}");
            }
        }
        check(r#"{"NaN":"Infinity"}NaN"#, 18);
    }

    #[test]
    fn deep_nesting_is_refused_not_followed() {
        let text = "[".repeat(100_000);
        assert!(matches!(Scanner::default().feed(text.as_bytes()), Found::TooDeep(_)));
        let text = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert_eq!(Scanner::default().feed(text.as_bytes()), Found::End(2 * MAX_DEPTH));
    }
}
