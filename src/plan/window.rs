//! A window that slides over an input of any size.
//!
//! Objects and arrays are walked key by key and element by element; one value at a time is held whole, and what nobody
//! asks for is passed over without being held.

use std::io;

use super::fault::{Fault, Step, What};
use super::json::{Cursor, Inside, Once, Read};
use super::scan::{Found, Scanner};

/// Bytes the window holds at first.
const START: usize = 128 << 10;

/// A window over an input.
pub struct Window<R> {
    input: R,
    buffer: Vec<u8>,
    /// What is not read yet: `buffer[start..end]`.
    start: usize,
    end: usize,
    /// Offset of the buffer in the input.
    base: u64,
    /// The input has ended.
    ended: bool,
    /// The most bytes a single value may have.
    limit: usize,
}

/// A value in the window.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    pub text: &'a [u8],
    /// Offset in the input.
    pub offset: u64,
}

impl<'a> Held<'a> {
    pub fn cursor(self) -> Cursor<'a> {
        Cursor::new(self.text)
    }

    /// Does something with the value; faults then tell offsets in the input.
    ///
    /// # Errors
    /// What the reading says.
    pub fn read<T>(self, read: impl FnOnce(&mut Cursor<'a>) -> Read<T>) -> Read<T> {
        read(&mut self.cursor()).map_err(|f| f.shift(self.offset))
    }
}

/// Where a walk over an object or array is.
#[derive(Debug, Default)]
pub struct Walk {
    /// Elements met.
    count: usize,
}

impl Walk {
    /// Index of the element that was met last.
    pub fn index(&self) -> usize {
        self.count.saturating_sub(1)
    }
}

impl<R: io::Read> Window<R> {
    pub fn new(input: R, limit: usize) -> Window<R> {
        Window { input, buffer: vec![0; START], start: 0, end: 0, base: 0, ended: false, limit }
    }

    /// Offset of what comes next.
    pub fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// What is in the window and not read yet.
    pub fn held(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Passes over some bytes in the window.
    pub fn advance(&mut self, by: usize) {
        self.start = (self.start + by).min(self.end);
    }

    fn fault<T>(&self, what: What) -> Read<T> {
        Err(Fault::at(what, self.offset()))
    }

    /// Brings more of the input into the window; false at its end.
    ///
    /// # Errors
    /// What the system says, or that the window may not grow further.
    pub fn fill(&mut self) -> Read<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.start > 0 && self.end + START / 4 > self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            self.base += self.start as u64;
            self.end -= self.start;
            self.start = 0;
            if self.buffer.len() > START && self.end <= START / 2 {
                // What was large is read.
                self.buffer.truncate(START);
                self.buffer.shrink_to_fit();
            }
        }
        if self.end == self.buffer.len() {
            if self.buffer.len() >= self.limit {
                return self.fault(What::TooLarge(self.limit));
            }
            let larger = (self.buffer.len() * 2).min(self.limit.max(START));
            self.buffer.resize(larger, 0);
        }
        loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(false);
                }
                Ok(n) => {
                    self.end += n;
                    return Ok(true);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return self.fault(What::Io(e.kind())),
            }
        }
    }

    /// The next byte that is no white space, not taken. 0 at the end.
    ///
    /// # Errors
    /// What the system says.
    pub fn peek(&mut self) -> Read<u8> {
        loop {
            let held = &self.buffer[self.start..self.end];
            match held.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\n' | b'\r')) {
                Some(at) => {
                    self.start += at;
                    return Ok(self.buffer[self.start]);
                }
                None => {
                    self.start = self.end;
                    if !self.fill()? {
                        return Ok(0);
                    }
                }
            }
        }
    }

    /// Begins a walk over an object or array; ends with [`next_key`](Self::next_key) or [`next_item`](Self::next_item).
    ///
    /// # Errors
    /// If the next value is of another kind.
    pub fn open(&mut self, bracket: u8) -> Read<Walk> {
        let found = self.peek()?;
        if found != bracket {
            let expected = if bracket == b'{' { "an object" } else { "an array" };
            // The cursor knows how to say what it found instead.
            let held = &self.buffer[self.start..self.end];
            let mut cursor = Cursor::new(&held[..held.len().min(1)]);
            let said =
                if bracket == b'{' { cursor.object(|_, _| Ok(())) } else { cursor.array(|_, _| Ok(())) };
            let what = match said {
                Err(f) if f.what() != What::Truncated => f.what(),
                _ if found == 0 => What::Truncated,
                _ => What::Expected(expected),
            };
            return self.fault(what);
        }
        self.start += 1;
        Ok(Walk::default())
    }

    /// Goes on to the next key of an object; None: the object has ended.
    ///
    /// # Errors
    /// If the text is not JSON.
    pub fn next_key(&mut self, walk: &mut Walk) -> Read<Option<String>> {
        if !self.next(walk, b'}', "`,` or `}`")? {
            return Ok(None);
        }
        if self.peek()? != b'"' {
            return self.fault(if self.held().is_empty() {
                What::Truncated
            } else {
                What::Expected("a key")
            });
        }
        let key = self.value()?.read(|c| c.string().map(String::from))?;
        if self.peek()? != b':' {
            return self.fault(if self.held().is_empty() { What::Truncated } else { What::Expected("`:`") });
        }
        self.start += 1;
        Ok(Some(key))
    }

    /// Goes on to the next key that is one of these, and passes over the others; None: the object has ended.
    ///
    /// # Errors
    /// If the text is not JSON, or has one of these keys twice.
    pub fn next_of(
        &mut self,
        walk: &mut Walk,
        names: &[&'static str],
        once: &mut Once,
    ) -> Read<Option<&'static str>> {
        while let Some(key) = self.next_key(walk)? {
            if let Some(at) = names.iter().position(|name| *name == key) {
                once.meet(at, 0).map_err(|f| f.shift(self.offset())).key(names[at])?;
                return Ok(Some(names[at]));
            }
            self.skip()?;
        }
        Ok(None)
    }

    /// Goes on to the next element of an array; false: the array has ended.
    ///
    /// # Errors
    /// If the text is not JSON.
    pub fn next_item(&mut self, walk: &mut Walk) -> Read<bool> {
        self.next(walk, b']', "`,` or `]`")
    }

    fn next(&mut self, walk: &mut Walk, close: u8, expected: &'static str) -> Read<bool> {
        let found = self.peek()?;
        if found == close {
            self.start += 1;
            return Ok(false);
        }
        if walk.count > 0 {
            if found != b',' {
                return self.fault(if found == 0 { What::Truncated } else { What::Expected(expected) });
            }
            self.start += 1;
        }
        walk.count += 1;
        Ok(true)
    }

    /// Takes the next value whole.
    ///
    /// # Errors
    /// If it does not end, nests too deeply or is too large.
    pub fn value(&mut self) -> Read<Held<'_>> {
        if self.peek()? == 0 && self.held().is_empty() {
            return self.fault(What::Truncated);
        }
        let mut scanner = Scanner::default();
        let mut seen = 0;
        let len = loop {
            match scanner.feed(&self.buffer[self.start + seen..self.end]) {
                Found::End(at) => break seen + at,
                Found::TooDeep(at) => {
                    return Err(Fault::at(What::TooDeep, self.offset() + (seen + at) as u64));
                }
                Found::NoNumber(at) => {
                    let offset = self.offset() + (seen + at) as u64;
                    return Err(Fault::at(What::Expected("a value"), offset));
                }
                Found::More => {
                    seen = self.end - self.start;
                    if !self.fill()? {
                        if scanner.may_end() {
                            break seen;
                        }
                        return Err(Fault::at(What::Truncated, self.offset() + seen as u64));
                    }
                }
            }
        };
        if len == 0 {
            return self.fault(What::Expected("a value"));
        }
        let offset = self.offset();
        let from = self.start;
        self.start += len;
        Ok(Held { text: &self.buffer[from..from + len], offset })
    }

    /// Reads the next value; if that fails, it is passed over all the same, so that reading can go on behind it.
    ///
    /// `read` may be called twice: first with what the window happens to hold, and again if that failed.
    ///
    /// # Errors
    /// Outside, what [`value`](Self::value) says: nothing can be read behind it. Inside, what the reading says.
    pub fn read<T>(&mut self, mut read: impl FnMut(&mut Cursor<'_>) -> Read<T>) -> Read<Read<T>> {
        let first = self.peek()?;
        let held = Held { text: &self.buffer[self.start..self.end], offset: self.offset() };
        let mut cursor = held.cursor();
        match read(&mut cursor) {
            // A number at the edge may go on. INVARIANT: what was read with success is not read again.
            Ok(found) if cursor.offset() < held.text.len() || matches!(first, b'{' | b'[' | b'"') => {
                self.start += cursor.offset();
                Ok(Ok(found))
            }
            // What looks wrong at the edge of the window may only be cut off there: an escape, a word.
            Err(fault) if fault.what() != What::Truncated && self.is_whole() => {
                let fault = fault.shift(held.offset);
                self.skip()?;
                Ok(Err(fault))
            }
            _ => Ok(self.value()?.read(read)),
        }
    }

    /// True if all of the next value is in the window.
    fn is_whole(&self) -> bool {
        let held = &self.buffer[self.start..self.end];
        self.ended || !matches!(Scanner::default().feed(held), Found::More)
    }

    /// Passes over the next value without holding it.
    ///
    /// # Errors
    /// If it does not end or nests too deeply.
    pub fn skip(&mut self) -> Read<()> {
        let first = self.peek()?;
        if first == 0 && self.held().is_empty() {
            return self.fault(What::Truncated);
        }
        // `NaN` is a value to some, and to JSON none.
        if !matches!(first, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') {
            return self.fault(What::Expected("a value"));
        }
        let mut scanner = Scanner::default();
        let mut any = false;
        loop {
            match scanner.feed(&self.buffer[self.start..self.end]) {
                Found::End(at) => {
                    if at == 0 && !any {
                        return self.fault(What::Expected("a value"));
                    }
                    self.start += at;
                    return Ok(());
                }
                Found::TooDeep(at) => {
                    return Err(Fault::at(What::TooDeep, self.offset() + at as u64));
                }
                Found::NoNumber(at) => {
                    return Err(Fault::at(What::Expected("a value"), self.offset() + at as u64));
                }
                Found::More => {
                    any |= self.end > self.start;
                    self.start = self.end;
                    if !self.fill()? {
                        // A lone number may end the input; nothing else may.
                        if scanner.may_end() {
                            return Ok(());
                        }
                        return self.fault(What::Truncated);
                    }
                }
            }
        }
    }
}

/// Adds the index of the element that is being read.
pub fn at_index<T>(read: Read<T>, index: usize) -> Read<T> {
    read.map_err(|f| f.inside(Step::Index(index)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, so that every edge of the window is met.
    struct Slow<'a>(&'a [u8]);

    impl io::Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            into[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn an_object_is_walked_however_it_arrives() {
        let text = br#" {"a": {"x":[1,"}"]}, "b":[10 , [2], {"c":3}],"d" : null } "#;
        let mut w = Window::new(Slow(text), 1 << 20);
        let mut walk = w.open(b'{').unwrap();
        let mut seen = Vec::new();
        while let Some(key) = w.next_key(&mut walk).unwrap() {
            if key == "b" {
                let mut items = w.open(b'[').unwrap();
                while w.next_item(&mut items).unwrap() {
                    let text = String::from_utf8_lossy(w.value().unwrap().text).into_owned();
                    seen.push(format!("{}:{text}", items.index()));
                }
            } else {
                w.skip().unwrap();
                seen.push(key);
            }
        }
        assert_eq!(seen, ["a", "0:10", "1:[2]", r#"2:{"c":3}"#, "d"]);
        assert_eq!(w.peek().unwrap(), 0);
    }

    #[test]
    fn the_window_grows_for_a_large_value_and_no_further_than_allowed() {
        let text = format!("[1,\"{}\"]", "x".repeat(2 << 20));
        let mut w = Window::new(text.as_bytes(), 4 << 20);
        let mut walk = w.open(b'[').unwrap();
        assert!(w.next_item(&mut walk).unwrap());
        assert_eq!(w.value().unwrap().text, b"1");
        assert!(w.next_item(&mut walk).unwrap());
        assert_eq!(w.value().unwrap().text.len(), (2 << 20) + 2);
        let mut w = Window::new(text.as_bytes(), 1 << 20);
        assert!(matches!(w.value().unwrap_err().what(), What::TooLarge(_)));
        let mut w = Window::new(text.as_bytes(), 1 << 20);
        w.skip().unwrap();
    }

    #[test]
    fn what_is_no_value_is_not_passed_over() {
        for text in ["NaN", "Infinity", "'x'", "}", "undefined"] {
            let fault = Window::new(text.as_bytes(), 1 << 20).skip().unwrap_err();
            assert_eq!((fault.what(), fault.offset()), (What::Expected("a value"), 0), "{text}");
        }
    }

    #[test]
    fn a_truncated_input_is_told_with_its_length() {
        for text in ["{", r#"{"a"#, r#"{"a":"#, r#"{"a":[1,"x"#, r#"{"a":[1]"#, r#"{"a":1,"#] {
            let mut w = Window::new(text.as_bytes(), 1 << 20);
            let outcome = (|| -> Read<()> {
                let mut walk = w.open(b'{')?;
                while w.next_key(&mut walk)?.is_some() {
                    w.skip()?;
                }
                Ok(())
            })();
            let fault = outcome.unwrap_err();
            assert_eq!((fault.what(), fault.offset()), (What::Truncated, text.len() as u64), "{text}");
        }
    }
}
