//! Terraform's tokens.

use super::super::normalise::{Grammar, is_marker};
use super::super::{is_ident_continue, is_ident_start};

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    OBrace,
    CBrace,
    OBrack,
    CBrack,
    OParen,
    CParen,
    OQuote,
    CQuote,
    OHeredoc,
    CHeredoc,
    TemplateInterp,
    TemplateControl,
    TemplateSeqEnd,
    QuotedLit,
    StringLit,
    NumberLit,
    Ident,
    /// With `line`, the newline after it belongs to it.
    Comment {
        line: bool,
    },
    Newline,
    Eof,
    Equal,
    Dot,
    Comma,
    Colon,
    DoubleColon,
    Question,
    Ellipsis,
    FatArrow,
    Star,
    Minus,
    Bang,
    /// One that stands between two terms; besides `*` and `-`.
    Operator,
    Bitwise(char),
    Backtick,
    Apostrophe,
    Semicolon,
    QuotedNewline,
    CurlyQuote,
    Invalid,
}

impl Kind {
    pub fn is_operator(self) -> bool {
        matches!(self, Kind::Operator | Kind::Star | Kind::Minus)
    }

    /// What is wrong with a token that no text may contain.
    pub fn never_valid(self) -> Option<(&'static str, String)> {
        let (summary, detail) = match self {
            Kind::Bitwise(c) => {
                let instead = match c {
                    '&' => ": for booleans there is `&&`",
                    '|' => ": for booleans there is `||`",
                    '~' => ": for booleans there is `!`",
                    _ => "",
                };
                return Some(("Unsupported operator", format!("There are no bitwise operators{instead}")));
            }
            Kind::Backtick => (
                "Invalid character",
                "Strings stand in double quotes; one of several lines is a heredoc, `<<EOT`",
            ),
            Kind::Apostrophe => ("Invalid character", "Strings stand in double quotes, not in single ones"),
            Kind::Semicolon => {
                ("Invalid character", "Arguments are separated by newlines, items by commas; there is no `;`")
            }
            Kind::CurlyQuote => ("Invalid character", "Strings stand in straight quotes, not in curly ones"),
            Kind::QuotedNewline => {
                ("Invalid multi-line string", "A quoted string ends on its line: write `\\n`, or a heredoc")
            }
            Kind::Invalid => ("Invalid character", "This character is not used within the language"),
            _ => return None,
        };
        Some((summary, detail.to_owned()))
    }
}

enum Mode {
    /// With the braces open since the last `${`.
    Code {
        braces: usize,
    },
    Quote,
    Heredoc {
        marker: (usize, usize),
        line_start: bool,
    },
    Bare,
}

/// Cuts a text into tokens; the last one is [`Kind::Eof`].
pub(super) fn scan(text: &str, grammar: Grammar) -> Vec<Token> {
    let mode = if grammar == Grammar::Template { Mode::Bare } else { Mode::Code { braces: 0 } };
    let mut scanner = Scanner { text, bytes: text.as_bytes(), at: 0, modes: vec![mode], tokens: Vec::new() };
    if text.starts_with('\u{feff}') {
        scanner.at = 3;
    }
    while scanner.at < text.len() {
        match scanner.modes.last() {
            Some(Mode::Code { .. }) | None => scanner.code(),
            Some(Mode::Quote) => scanner.quote(),
            Some(Mode::Heredoc { marker, line_start }) => scanner.heredoc(*marker, *line_start),
            Some(Mode::Bare) => scanner.bare(),
        }
    }
    scanner.push(Kind::Eof, text.len());
    scanner.tokens
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    modes: Vec<Mode>,
    tokens: Vec<Token>,
}

impl Scanner<'_> {
    /// Adds a token from here to `end`, and goes on after it.
    fn push(&mut self, kind: Kind, end: usize) {
        self.tokens.push(Token { kind, start: self.at as u32, end: end as u32 });
        self.at = end;
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn code(&mut self) {
        let at = self.at;
        let (first, second, third) = (self.byte(at), self.byte(at + 1), self.byte(at + 2));
        let (kind, length) = match (first, second) {
            (b' ' | b'\t', _) => {
                self.at += 1;
                return;
            }
            (b'\n', _) => (Kind::Newline, 1),
            (b'\r', b'\n') => (Kind::Newline, 2),
            (b'#', _) | (b'/', b'/') => {
                let newline = memchr::memchr(b'\n', &self.bytes[at..]);
                let end = newline.map_or(self.bytes.len(), |i| at + i + 1);
                return self.push(Kind::Comment { line: newline.is_some() }, end);
            }
            (b'/', b'*') => match memchr::memmem::find(&self.bytes[at + 2..], b"*/") {
                Some(i) => (Kind::Comment { line: false }, i + 4),
                None => (Kind::Operator, 1),
            },
            (b'0'..=b'9', _) => return self.number(),
            (b'"', _) => {
                self.modes.push(Mode::Quote);
                (Kind::OQuote, 1)
            }
            (b'<', b'<') => match self.heredoc_start() {
                Some((marker, end)) => {
                    self.modes.push(Mode::Heredoc { marker, line_start: true });
                    return self.push(Kind::OHeredoc, end);
                }
                None => (Kind::Operator, 1),
            },
            (b'{', _) => {
                if let Some(Mode::Code { braces }) = self.modes.last_mut() {
                    *braces += 1;
                }
                (Kind::OBrace, 1)
            }
            (b'}', _) => (self.close_brace(Kind::CBrace), 1),
            (b'~', b'}') => (self.close_brace(Kind::TemplateSeqEnd), 2),
            (b'=', b'=') | (b'!', b'=') | (b'>', b'=') | (b'<', b'=') | (b'&', b'&') | (b'|', b'|') => {
                (Kind::Operator, 2)
            }
            (b'=', b'>') => (Kind::FatArrow, 2),
            (b':', b':') => (Kind::DoubleColon, 2),
            (b'.', b'.') if third == b'.' => (Kind::Ellipsis, 3),
            (b'[', _) => (Kind::OBrack, 1),
            (b']', _) => (Kind::CBrack, 1),
            (b'(', _) => (Kind::OParen, 1),
            (b')', _) => (Kind::CParen, 1),
            (b'.', _) => (Kind::Dot, 1),
            (b',', _) => (Kind::Comma, 1),
            (b'=', _) => (Kind::Equal, 1),
            (b':', _) => (Kind::Colon, 1),
            (b'?', _) => (Kind::Question, 1),
            (b'*', _) => (Kind::Star, 1),
            (b'-', _) => (Kind::Minus, 1),
            (b'!', _) => (Kind::Bang, 1),
            (b'+' | b'/' | b'%' | b'<' | b'>', _) => (Kind::Operator, 1),
            (b'&' | b'|' | b'~' | b'^', _) => (Kind::Bitwise(first as char), 1),
            (b'`', _) => (Kind::Backtick, 1),
            (b'\'', _) => (Kind::Apostrophe, 1),
            (b';', _) => (Kind::Semicolon, 1),
            _ => return self.word(),
        };
        self.push(kind, at + length);
    }

    fn word(&mut self) {
        let rest = &self.text[self.at..];
        let first = rest.chars().next().expect("bug: the scanner stands inside a character");
        if is_ident_start(first) {
            let length = rest.find(|c| !is_ident_continue(c)).unwrap_or(rest.len());
            self.push(Kind::Ident, self.at + length);
        } else {
            let kind = if matches!(first, '“' | '”') { Kind::CurlyQuote } else { Kind::Invalid };
            self.push(kind, self.at + first.len_utf8());
        }
    }

    /// A number is whatever consists of digits, dots and exponents and does not end in a dot.
    fn number(&mut self) {
        let mut end = self.at + 1;
        let mut at = end;
        loop {
            match self.byte(at) {
                b'.' => at += 1,
                b'0'..=b'9' => {
                    at += 1;
                    end = at;
                }
                b'e' | b'E' => {
                    let sign = usize::from(matches!(self.byte(at + 1), b'+' | b'-'));
                    if !self.byte(at + 1 + sign).is_ascii_digit() {
                        break;
                    }
                    at += 2 + sign;
                    end = at;
                }
                _ => break,
            }
        }
        self.push(Kind::NumberLit, end);
    }

    /// The marker of a heredoc that begins here, and where its body begins.
    fn heredoc_start(&self) -> Option<((usize, usize), usize)> {
        let mut from = self.at + 2;
        if self.byte(from) == b'-' {
            from += 1;
        }
        let rest = &self.text[from..];
        rest.chars().next().filter(|c| is_ident_start(*c))?;
        let length = rest.find(|c| !is_ident_continue(c)).unwrap_or(rest.len());
        let after = &rest[length..];
        let newline = if after.starts_with("\r\n") { 2 } else { usize::from(after.starts_with('\n')) };
        (newline > 0).then_some(((from, from + length), from + length + newline))
    }

    fn close_brace(&mut self, otherwise: Kind) -> Kind {
        let inside = self.modes.len() > 1;
        match self.modes.last_mut() {
            Some(Mode::Code { braces: 0 }) if inside => {
                self.modes.pop();
                Kind::TemplateSeqEnd
            }
            Some(Mode::Code { braces }) => {
                *braces = braces.saturating_sub(1);
                otherwise
            }
            _ => otherwise,
        }
    }

    /// If a template sequence begins here, adds its token.
    fn sequence(&mut self) -> bool {
        let kind = match (self.byte(self.at), self.byte(self.at + 1)) {
            (b'$', b'{') => Kind::TemplateInterp,
            (b'%', b'{') => Kind::TemplateControl,
            _ => return false,
        };
        if let Some(Mode::Heredoc { line_start, .. }) = self.modes.last_mut() {
            *line_start = false;
        }
        let tilde = usize::from(self.byte(self.at + 2) == b'~');
        self.push(kind, self.at + 2 + tilde);
        self.modes.push(Mode::Code { braces: 0 });
        true
    }

    /// The end of the literal text that begins at `at`: before a sequence, or a byte of `stop`.
    fn literal_end(&self, mut at: usize, stop: &[u8]) -> usize {
        while at < self.bytes.len() {
            let byte = self.bytes[at];
            if stop.contains(&byte) {
                break;
            }
            if matches!(byte, b'$' | b'%') {
                match (self.byte(at + 1), self.byte(at + 2)) {
                    (b'{', _) => break,
                    (next, b'{') if next == byte => at += 3,
                    _ => at += 1,
                }
                continue;
            }
            at += 1;
        }
        at.min(self.bytes.len())
    }

    fn quote(&mut self) {
        let at = self.at;
        if self.sequence() {
            return;
        }
        match self.bytes[at] {
            b'"' => {
                self.modes.pop();
                self.push(Kind::CQuote, at + 1);
            }
            b'\r' | b'\n' => {
                let length = self.bytes[at..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
                self.push(Kind::QuotedNewline, at + length);
            }
            b'\\' if matches!(self.byte(at + 1), b'\r' | b'\n' | 0) => self.push(Kind::Invalid, at + 1),
            b'\\' => {
                let escaped = self.text[at + 1..].chars().next().map_or(0, char::len_utf8);
                let hex = match self.byte(at + 1) {
                    b'u' => 4,
                    b'U' => 8,
                    _ => 0,
                };
                let from = at + 1 + escaped;
                let digits =
                    self.bytes[from..].iter().take(hex).take_while(|b| b.is_ascii_hexdigit()).count();
                self.push(Kind::QuotedLit, from + digits);
            }
            _ => {
                let end = self.literal_end(at, b"\"\\\r\n");
                self.push(Kind::QuotedLit, end);
            }
        }
    }

    fn heredoc(&mut self, marker: (usize, usize), line_start: bool) {
        let at = self.at;
        if line_start {
            let newline = memchr::memchr(b'\n', &self.bytes[at..]).map(|i| at + i);
            if let Some(newline) = newline
                && is_marker(&self.text[at..newline], &self.text[marker.0..marker.1])
            {
                let end = if self.bytes[newline - 1] == b'\r' { newline - 1 } else { newline };
                self.modes.pop();
                return self.push(Kind::CHeredoc, end);
            }
        }
        if self.sequence() {
            return;
        }
        let end = self.literal_end(at, b"\r\n");
        let newline = match (self.byte(end), self.byte(end + 1)) {
            (b'\n', _) => 1,
            (b'\r', b'\n') => 2,
            (b'\r', _) => {
                // Terraform's scanner gives up here.
                self.at = end;
                return self.push(Kind::Invalid, self.bytes.len());
            }
            _ => 0,
        };
        self.push(Kind::StringLit, end + newline);
        if let Some(Mode::Heredoc { line_start, .. }) = self.modes.last_mut() {
            *line_start = newline > 0;
        }
    }

    fn bare(&mut self) {
        if self.sequence() {
            return;
        }
        let end = self.literal_end(self.at, b"\r");
        // At a carriage return alone Terraform's scanner gives up, and takes the rest as it stands.
        let end = match (self.byte(end), self.byte(end + 1)) {
            (b'\r', b'\n') => end + 2,
            (b'\r', _) => self.bytes.len(),
            _ => end,
        };
        self.push(Kind::StringLit, end);
    }
}
