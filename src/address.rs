//! Terraform addresses: `module.a["x"].aws_connect_queue.q["general"]`.
//!
//! An address shares what it has in common with its neighbours; text is made when it is printed.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

/// The key of an instance or of a module instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Key {
    /// Neither `count` nor `for_each`.
    #[default]
    None,
    Index(u64),
    Name(EcoString),
    /// `count` or `for_each` is not known: stands for all instances, printed `[*]`.
    Unknown,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::None => Ok(()),
            Key::Index(i) => write!(f, "[{i}]"),
            Key::Name(n) => {
                f.write_str("[\"")?;
                match n.bytes().any(|b| matches!(b, b'"' | b'\\' | b'\n' | b'\r' | b'\t' | b'$' | b'%')) {
                    true => f.write_str(&escape(n))?,
                    false => f.write_str(n)?,
                }
                f.write_str("\"]")
            }
            Key::Unknown => f.write_str("[*]"),
        }
    }
}

/// Escapes a key as Terraform prints it in an address.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// How deep modules nest at most in an address: the program's limit for calls of modules.
const MAX_MODULES: usize = 200;

/// One instance of a module call; the root module has none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModuleInstance {
    pub parent: Option<Arc<ModuleInstance>>,
    pub name: EcoString,
    pub key: Key,
}

impl fmt::Display for ModuleInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = &self.parent {
            parent.fmt(f)?;
            f.write_str(".")?;
        }
        f.write_str("module.")?;
        f.write_str(&self.name)?;
        self.key.fmt(f)
    }
}

/// What kind of block an instance belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Mode {
    Managed,
    Data,
    Ephemeral,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Mode::Managed => "managed",
            Mode::Data => "data",
            Mode::Ephemeral => "ephemeral",
        }
    }

    /// What stands before the type in an address.
    fn prefix(self) -> &'static str {
        match self {
            Mode::Managed => "",
            Mode::Data => "data.",
            Mode::Ephemeral => "ephemeral.",
        }
    }
}

/// Mode, type and name of a resource block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlockName {
    pub mode: Mode,
    pub ty: EcoString,
    pub name: EcoString,
}

impl fmt::Display for BlockName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        [self.mode.prefix(), &self.ty, ".", &self.name].into_iter().try_for_each(|text| f.write_str(text))
    }
}

/// The address of a resource instance; 40 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    pub module: Option<Arc<ModuleInstance>>,
    pub block: Arc<BlockName>,
    pub key: Key,
}

impl Address {
    /// True if it stands for instances whose number is not known, its own or those of a module around it.
    pub fn is_group(&self) -> bool {
        let mut modules = std::iter::successors(self.module.as_ref(), |m| m.parent.as_ref());
        self.key == Key::Unknown || modules.any(|m| m.key == Key::Unknown)
    }

    /// Returns the address of the block in its module instance, without a key.
    #[must_use]
    pub fn without_key(&self) -> Address {
        Address { key: Key::None, ..self.clone() }
    }

    /// Returns the address of the block as it is written, without keys of the resource or of modules.
    ///
    /// ```
    /// use tf_headroom::address::Address;
    /// let a = Address::parse(r#"module.a["x"].aws_connect_queue.q[0]"#).unwrap();
    /// assert_eq!(a.written(), "module.a.aws_connect_queue.q");
    /// ```
    pub fn written(&self) -> String {
        let mut text = String::new();
        self.write_written(&mut text);
        text
    }

    /// Appends the address of the block as it is written.
    pub fn write_written(&self, to: &mut String) {
        write_modules(self.module.as_deref(), to);
        let BlockName { mode, ty, name } = &*self.block;
        [mode.prefix(), ty, ".", name].into_iter().for_each(|text| to.push_str(text));
    }

    /// Returns the address of the module as it is written, without keys; empty for the root.
    pub fn written_module(&self) -> String {
        let mut text = String::new();
        write_modules(self.module.as_deref(), &mut text);
        text.pop();
        text
    }

    /// Parses an address as Terraform prints it. None: it is not one.
    ///
    /// ```
    /// use tf_headroom::address::Address;
    /// let text = r#"module.a["x.y"].data.aws_vpc.main[0]"#;
    /// assert_eq!(Address::parse(text).unwrap().to_string(), text);
    /// ```
    pub fn parse(text: &str) -> Option<Address> {
        let mut rest = text;
        let mut module = None;
        let mut depth = 0;
        while let Some(after) = rest.strip_prefix("module.") {
            depth += 1;
            if depth > MAX_MODULES {
                return None;
            }
            let (name, after) = word(after)?;
            let (key, after) = parse_key(after)?;
            module = Some(Arc::new(ModuleInstance { parent: module, name: name.into(), key }));
            rest = after.strip_prefix('.')?;
        }
        let (mode, rest) = if let Some(r) = rest.strip_prefix("data.") {
            (Mode::Data, r)
        } else if let Some(r) = rest.strip_prefix("ephemeral.") {
            (Mode::Ephemeral, r)
        } else {
            (Mode::Managed, rest)
        };
        let (ty, rest) = word(rest)?;
        let (name, rest) = word(rest.strip_prefix('.')?)?;
        let (key, rest) = parse_key(rest)?;
        rest.is_empty().then(|| Address {
            module,
            block: Arc::new(BlockName { mode, ty: ty.into(), name: name.into() }),
            key,
        })
    }
}

/// Appends modules as they are written, each with a dot behind it.
fn write_modules(module: Option<&ModuleInstance>, to: &mut String) {
    if let Some(module) = module {
        write_modules(module.parent.as_deref(), to);
        ["module.", &module.name, "."].into_iter().for_each(|text| to.push_str(text));
    }
}

/// Parses `module.a["x"].module.b` into the instance it names.
pub fn parse_module(text: &str) -> Option<Arc<ModuleInstance>> {
    let mut rest = text;
    let mut module = None;
    for _ in 0..MAX_MODULES {
        let (name, after) = word(rest.strip_prefix("module.")?)?;
        let (key, after) = parse_key(after)?;
        let found = Arc::new(ModuleInstance { parent: module, name: name.into(), key });
        if after.is_empty() {
            return Some(found);
        }
        module = Some(found);
        rest = after.strip_prefix('.')?;
    }
    None
}

fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn parse_key(text: &str) -> Option<(Key, &str)> {
    let Some(rest) = text.strip_prefix('[') else { return Some((Key::None, text)) };
    if let Some(rest) = rest.strip_prefix("*]") {
        return Some((Key::Unknown, rest));
    }
    if !rest.starts_with('"') {
        let (digits, rest) = rest.split_once(']')?;
        return Some((Key::Index(digits.parse().ok()?), rest));
    }
    let mut name = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => {
                let rest = rest[i + 1..].strip_prefix(']')?;
                return Some((Key::Name(name.into()), rest));
            }
            '\\' => match chars.next()?.1 {
                'n' => name.push('\n'),
                'r' => name.push('\r'),
                't' => name.push('\t'),
                other => name.push(other),
            },
            '$' | '%' if rest[i + 1..].starts_with(c) && rest[i + 2..].starts_with('{') => {
                name.push(c);
                chars.next();
            }
            c => name.push(c),
        }
    }
    None
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(module) = &self.module {
            module.fmt(f)?;
            f.write_str(".")?;
        }
        self.block.fmt(f)?;
        self.key.fmt(f)
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Address) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    /// Orders by module path, then block, then key: indexes by value, names by bytes.
    fn cmp(&self, other: &Address) -> Ordering {
        fn path(module: Option<&Arc<ModuleInstance>>) -> Vec<(&EcoString, &Key)> {
            let mut steps = Vec::new();
            let mut at = module;
            while let Some(m) = at {
                steps.push((&m.name, &m.key));
                at = m.parent.as_ref();
            }
            steps.reverse();
            steps
        }
        let same = match (&self.module, &other.module) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        let modules = || path(self.module.as_ref()).cmp(&path(other.module.as_ref()));
        (if same { Ordering::Equal } else { modules() })
            .then_with(|| self.block.cmp(&other.block))
            .then_with(|| self.key.cmp(&other.key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_without_end_are_no_address() {
        let deep = |n: usize| vec!["module.a"; n].join(".");
        assert!(parse_module(&deep(200)).is_some() && parse_module(&deep(201)).is_none());
        for n in [201, 500_000] {
            assert!(Address::parse(&format!("{}.aws_vpc.a", deep(n))).is_none());
        }
    }

    #[test]
    fn an_address_printed_and_parsed_is_itself() {
        for text in [
            "aws_connect_queue.q",
            "aws_connect_queue.q[12]",
            r#"aws_connect_queue.q["a.b[\"c\"]"]"#,
            r#"module.a.module.b["x"].data.aws_vpc.main[0]"#,
            r#"module.a[3].ephemeral.aws_secret.s"#,
            r#"aws_connect_queue.q["$${x}\\n"]"#,
            "aws_subnet.s[*]",
        ] {
            assert_eq!(Address::parse(text).map(|a| a.to_string()).as_deref(), Some(text));
        }
        for text in ["", "aws_vpc", "module.a", "aws_vpc.a[", "aws_vpc.a[x]", r#"aws_vpc.a["x]"#] {
            assert!(Address::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn indexes_are_ordered_by_value() {
        let a = Address::parse("aws_vpc.v[2]").unwrap();
        let b = Address::parse("aws_vpc.v[10]").unwrap();
        assert!(a < b);
    }
}
