//! The words of `amount`, `scope` and `filter`.

use std::collections::BTreeMap;

/// A measure word with its paths.
#[derive(Clone, Debug)]
pub enum Amount {
    One,
    Each(String),
    Value(String),
    Sum(Vec<String>),
    Max(String),
    Product(Vec<(String, u64)>),
    /// With what each path has to end in.
    Len(Vec<String>, Wants),
    MaxLen(String),
    Chars(Vec<String>),
    MaxChars(String),
    NoSpace(String),
    Bytes(Vec<String>),
    JsonBytes(String),
    Base64(String),
    JsonLen(String),
    Json(String, &'static str),
    Deep(String, Vec<String>),
    Distinct(Vec<String>),
    MaxSame(String),
    VirtualCpus(String),
}

/// What a path of an amount has to end in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    Number,
    Text,
    List,
    Map,
    Anything,
}

impl Amount {
    /// # Errors
    ///
    /// What is wrong with the word.
    pub fn parse(word: &str) -> Result<Amount, String> {
        let (name, rest) = word.split_once(':').unwrap_or((word, ""));
        let paths = || -> Vec<String> { rest.split('|').map(str::to_owned).collect() };
        let one = || -> Result<String, String> {
            if rest.contains('|') { Err(format!("`{name}` takes one path")) } else { Ok(rest.to_owned()) }
        };
        if name != "count" && rest.is_empty() {
            return Err(format!("`{word}` names no attribute"));
        }
        Ok(match name {
            "count" if rest.is_empty() => Amount::One,
            "each" => Amount::Each(one()?),
            "value" => Amount::Value(one()?),
            "sum" => Amount::Sum(paths()),
            "max" => Amount::Max(one()?),
            "product" => Amount::Product(
                rest.split('*')
                    .map(|factor| match factor.split_once('+') {
                        None => Ok((factor.to_owned(), 0)),
                        Some((path, plus)) => {
                            let plus = plus.parse().map_err(|_| format!("`+{plus}` is no number"))?;
                            Ok((path.to_owned(), plus))
                        }
                    })
                    .collect::<Result<_, String>>()?,
            ),
            "len" | "blocks" => Amount::Len(paths(), Wants::List),
            "sumlen" => Amount::Len(paths(), Wants::Anything),
            "maxlen" | "maxblocks" => Amount::MaxLen(one()?),
            "strlen" => Amount::Chars(paths()),
            "maxstrlen" => Amount::MaxChars(one()?),
            "nospace" => Amount::NoSpace(one()?),
            "bytes" => Amount::Bytes(paths()),
            "jsonbytes" => Amount::JsonBytes(one()?),
            "b64len" => Amount::Base64(one()?),
            "jsonlen" => Amount::JsonLen(one()?),
            "json" => {
                let path = one()?;
                let (path, part) = path.rsplit_once('.').ok_or("`json` wants attribute.part")?;
                let part = match part {
                    "items" => "Items",
                    "statements" => "Statements",
                    "principals" => "Principals",
                    "conditions" => "Conditions",
                    "actions" => "Actions",
                    other => return Err(format!("unknown part of a JSON document: `{other}`")),
                };
                Amount::Json(path.to_owned(), part)
            }
            "deep" => {
                let (path, names) = rest.split_once('/').ok_or("`deep` wants path/name|name")?;
                Amount::Deep(path.to_owned(), names.split('|').map(str::to_owned).collect())
            }
            "distinct" => Amount::Distinct(paths()),
            "maxsame" => Amount::MaxSame(one()?),
            "vcpus" => Amount::VirtualCpus(one()?),
            other => return Err(format!("unknown measure word: `{other}`")),
        })
    }

    /// Returns the paths with what each has to end in.
    pub fn paths(&self) -> Vec<(&str, Wants)> {
        match self {
            Amount::One => vec![],
            Amount::Value(p) | Amount::Max(p) => vec![(p, Wants::Number)],
            Amount::Sum(ps) => ps.iter().map(|p| (p.as_str(), Wants::Number)).collect(),
            Amount::Product(fs) => fs.iter().map(|(p, _)| (p.as_str(), Wants::Number)).collect(),
            Amount::Len(ps, wants) => ps.iter().map(|p| (p.as_str(), *wants)).collect(),
            Amount::Distinct(ps) => ps.iter().map(|p| (p.as_str(), Wants::Anything)).collect(),
            Amount::Each(p) | Amount::MaxLen(p) | Amount::Deep(p, _) => vec![(p, Wants::List)],
            Amount::Chars(ps) | Amount::Bytes(ps) => ps.iter().map(|p| (p.as_str(), Wants::Text)).collect(),
            Amount::MaxChars(p)
            | Amount::NoSpace(p)
            | Amount::JsonBytes(p)
            | Amount::Base64(p)
            | Amount::Json(p, _)
            | Amount::VirtualCpus(p) => vec![(p, Wants::Text)],
            Amount::JsonLen(p) => vec![(p, Wants::Map)],
            Amount::MaxSame(p) => vec![(p, Wants::Anything)],
        }
    }

    /// The base unit of the amount: bytes, characters; None: whatever the attribute is in.
    pub fn unit(&self) -> Option<&'static str> {
        match self {
            Amount::Value(_) | Amount::Sum(_) | Amount::Max(_) | Amount::Product(_) => None,
            Amount::Chars(_) | Amount::MaxChars(_) | Amount::NoSpace(_) => Some("characters"),
            Amount::Bytes(_) | Amount::JsonBytes(_) | Amount::Base64(_) | Amount::JsonLen(_) => Some("B"),
            Amount::VirtualCpus(_) => Some("vCPU"),
            _ => Some("count"),
        }
    }
}

/// The type of the parent that an attribute names.
pub type LeadsTo<'a> = &'a BTreeMap<String, String>;

/// Splits `a>b>c` into `a` and the steps (type that `a` names, `b`), (type that `b` names, `c`).
fn chain(word: &str, leads_to: LeadsTo) -> Result<(String, Vec<(String, String)>), String> {
    let names: Vec<&str> = word.split('>').collect();
    let mut steps = Vec::new();
    for pair in names.windows(2) {
        let parent = leads_to
            .get(pair[0])
            .ok_or_else(|| format!("hand/types.toml does not say to which type `{}` leads", pair[0]))?;
        steps.push((parent.clone(), pair[1].to_owned()));
    }
    Ok((names[0].to_owned(), steps))
}

/// An attribute that names a scope.
#[derive(Clone, Debug)]
pub enum ScopeKey {
    Own,
    Attribute {
        name: String,
        unset: Option<String>,
    },
    /// The first attribute, then the type of each parent and the attribute of it that leads on.
    Through {
        name: String,
        steps: Vec<(String, String)>,
    },
}

impl ScopeKey {
    /// # Errors
    ///
    /// What is wrong with the word.
    pub fn parse(word: &str, leads_to: LeadsTo) -> Result<ScopeKey, String> {
        if word == "self" {
            return Ok(ScopeKey::Own);
        }
        if word.contains('>') {
            let (name, steps) = chain(word, leads_to)?;
            return Ok(ScopeKey::Through { name, steps });
        }
        Ok(match word.split_once(':') {
            Some((name, unset)) => {
                ScopeKey::Attribute { name: name.to_owned(), unset: Some(unset.to_owned()) }
            }
            None => ScopeKey::Attribute { name: word.to_owned(), unset: None },
        })
    }
}

/// A condition.
#[derive(Clone, Debug)]
pub struct FilterTerm {
    /// Attributes of the instance; more than one: any of them.
    pub paths: Vec<String>,
    /// The parents to go through; the attribute of the last one is asked.
    pub steps: Vec<(String, String)>,
    pub test: Test,
    pub or_unset: bool,
}

#[derive(Clone, Debug)]
pub enum Test {
    Is(Vec<String>),
    Not(Vec<String>),
    Set,
    Unset,
    Family(Vec<String>),
    Arn(String, String),
}

impl FilterTerm {
    /// # Errors
    ///
    /// What is wrong with the condition.
    pub fn parse(word: &str, leads_to: LeadsTo) -> Result<FilterTerm, String> {
        let list = |text: &str| -> Vec<String> { text.split(',').map(str::to_owned).collect() };
        let (subject, test, or_unset) = if let Some((subject, value)) = word.split_once('=') {
            match value.strip_suffix('?') {
                Some(value) => (subject, Test::Is(vec![value.to_owned()]), true),
                None => (subject, Test::Is(vec![value.to_owned()]), false),
            }
        } else {
            let words: Vec<&str> = word.split(' ').collect();
            match words[..] {
                [subject, "set"] => (subject, Test::Set, false),
                [subject, "unset"] => (subject, Test::Unset, true),
                [subject, "in", values] => (subject, Test::Is(list(values)), false),
                [subject, "not", values] => (subject, Test::Not(list(values)), true),
                [subject, "family", values] => (subject, Test::Family(list(values)), false),
                [subject, "arn", service, of] => {
                    (subject, Test::Arn(service.to_owned(), of.to_owned()), false)
                }
                _ => return Err(format!("unknown filter: `{word}`")),
            }
        };
        let (subject, steps) = chain(subject, leads_to)?;
        let paths: Vec<String> = subject.split('|').map(str::to_owned).collect();
        if paths.iter().any(String::is_empty) {
            return Err(format!("`{word}` names no attribute"));
        }
        Ok(FilterTerm { paths, steps, test, or_unset })
    }
}
