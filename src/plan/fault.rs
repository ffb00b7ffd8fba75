//! What is wrong with the text of an input, and where.

use std::fmt;

/// A place at which the input is not what it has to be.
///
/// INVARIANT: it never carries text of the input, be it a value or a key: keys on the path are those the reader knows.
#[derive(Debug)]
pub struct Fault(Box<Inner>);

#[derive(Debug)]
struct Inner {
    what: What,
    /// Byte offset: from the start of the slice at first, in the end of the input.
    offset: u64,
    /// From the inside out.
    path: Vec<Step>,
}

/// The ways in which the input is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The input ends inside a value.
    Truncated,
    /// Something else was expected here, in the grammar of JSON.
    Expected(&'static str),
    /// A value of another kind.
    Kind {
        expected: &'static str,
        found: &'static str,
    },
    /// A key twice in one object.
    Duplicate,
    /// A resource instance twice in one list.
    Again,
    TooDeep,
    /// One value is larger than the window may grow, in bytes.
    TooLarge(usize),
    NotUtf8,
    Escape,
    /// What the system says when reading.
    Io(std::io::ErrorKind),
}

/// A step on the way to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Key(&'static str),
    Index(usize),
    /// A key that is the user's own, and not shown.
    Some,
}

impl Fault {
    #[cold]
    pub fn new(what: What, offset: usize) -> Fault {
        Fault::at(what, offset as u64)
    }

    #[cold]
    pub fn at(what: What, offset: u64) -> Fault {
        Fault(Box::new(Inner { what, offset, path: Vec::new() }))
    }

    #[must_use]
    pub fn inside(mut self, step: Step) -> Fault {
        self.0.path.push(step);
        self
    }

    /// Adds the offset of the slice in its input.
    #[must_use]
    pub fn shift(mut self, by: u64) -> Fault {
        self.0.offset += by;
        self
    }

    pub fn what(&self) -> What {
        self.0.what
    }

    pub fn offset(&self) -> u64 {
        self.0.offset
    }

    /// The way to the value as `resource_changes[12].change.after`.
    pub fn path(&self) -> String {
        let mut text = String::new();
        for step in self.0.path.iter().rev() {
            match step {
                Step::Index(i) => text.push_str(&format!("[{i}]")),
                Step::Key(key) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(key);
                }
                Step::Some => text.push_str(if text.is_empty() { "*" } else { ".*" }),
            }
        }
        text
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Truncated => f.write_str("the input ends in the middle of a value"),
            What::Expected(what) => write!(f, "expected {what}"),
            What::Kind { expected, found } => write!(f, "expected {expected}, found {found}"),
            What::Duplicate => f.write_str("a key occurs twice in one object"),
            What::Again => f.write_str("an address that occurs before, neither of them a deposed object"),
            What::TooDeep => write!(f, "brackets nest deeper than {} levels", super::scan::MAX_DEPTH),
            What::TooLarge(bytes) => write!(f, "a single value is larger than {} MB", bytes >> 20),
            What::NotUtf8 => f.write_str("a text is not UTF-8"),
            What::Escape => f.write_str("an escape sequence is not one of JSON's"),
            What::Io(kind) => write!(f, "the input cannot be read: {kind}"),
        }
    }
}
