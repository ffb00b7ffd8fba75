//! `configuration`, reduced to what leads from one resource to another: references, keys, providers.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

use super::fault::{Fault, Step, What};
use super::json::{Cursor, Inside, Read};
use super::providers::Arguments;
use super::window::{Walk, Window, at_index};
use crate::address::{Key, Mode};
use crate::catalog;
use crate::value::{Cause, CauseKind};

/// The modules and provider configurations of a plan.
#[derive(Debug, Default)]
pub struct Config {
    /// Root variables that are declared as sensitive.
    pub sensitive: BTreeSet<EcoString>,
    /// The root is the first; empty: the plan carries no configuration.
    pub modules: Vec<Module>,
    pub providers: BTreeMap<EcoString, Provider>,
}

/// One module as it is called.
#[derive(Debug, Default)]
pub struct Module {
    /// The calling module, and the name of the call.
    pub parent: Option<(usize, EcoString)>,
    pub blocks: BTreeMap<(Mode, EcoString, EcoString), Block>,
    pub calls: BTreeMap<EcoString, Call>,
    pub outputs: BTreeMap<EcoString, Expr>,
}

/// A resource block.
#[derive(Debug, Default)]
pub struct Block {
    /// Key of its provider configuration.
    pub provider: EcoString,
    /// What the block sets, at its top level.
    pub attributes: BTreeMap<EcoString, Expr>,
    pub repeat: Repeat,
}

/// A module call.
#[derive(Debug, Default)]
pub struct Call {
    pub module: usize,
    pub inputs: BTreeMap<EcoString, Expr>,
    pub repeat: Repeat,
}

/// How a block or call is repeated.
#[derive(Debug, Default)]
pub enum Repeat {
    #[default]
    Once,
    Count,
    ForEach(Expr),
}

/// What an expression refers to.
#[derive(Debug, Default, Clone, PartialEq)]
pub enum Expr {
    /// A constant, whose value is not kept.
    #[default]
    Constant,
    /// In the order of the plan. Empty: neither constant nor referring to anything, such as `timestamp()`.
    References(Box<[Ref]>),
}

impl Expr {
    pub fn references(&self) -> &[Ref] {
        match self {
            Expr::Constant => &[],
            Expr::References(refs) => refs,
        }
    }
}

/// One reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Ref {
    pub to: To,
    /// What of it: attributes and keys; keys that are expressions end it.
    pub path: Box<[EcoString]>,
}

/// What a reference is to.
#[derive(Debug, Clone, PartialEq)]
pub enum To {
    /// `Key::Unknown`: no key is written, or it is an expression.
    Resource {
        mode: Mode,
        ty: EcoString,
        name: EcoString,
        key: Key,
    },
    Module {
        name: EcoString,
        key: Key,
    },
    Variable(EcoString),
    Local(EcoString),
    EachKey,
    EachValue,
    CountIndex,
    /// `path.module`, `terraform.workspace`, `self`: always known, or of no help.
    Other,
}

/// A provider configuration.
#[derive(Debug, Default)]
pub struct Provider {
    pub name: EcoString,
    pub alias: Option<EcoString>,
    pub module: Option<EcoString>,
    pub arguments: Arguments,
}

impl std::fmt::Display for Ref {
    /// What it refers to, without keys: they may be the user's own.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.to {
            To::Resource { mode, ty, name, .. } => {
                match mode {
                    Mode::Managed => {}
                    Mode::Data => f.write_str("data.")?,
                    Mode::Ephemeral => f.write_str("ephemeral.")?,
                }
                write!(f, "{ty}.{name}")
            }
            To::Module { name, .. } => write!(f, "module.{name}"),
            To::Variable(name) => write!(f, "var.{name}"),
            To::Local(name) => write!(f, "local.{name}"),
            To::EachKey => f.write_str("each.key"),
            To::EachValue => f.write_str("each.value"),
            To::CountIndex => f.write_str("count.index"),
            To::Other => f.write_str("an expression"),
        }
    }
}

impl Ref {
    /// Says why something is unknown that depends on it.
    pub fn cause(&self) -> Cause {
        let kind = match &self.to {
            To::Resource { mode: Mode::Data, .. } => CauseKind::Data,
            To::Variable(_) => CauseKind::Variable,
            _ => CauseKind::Attribute,
        };
        Cause::new(kind, self.to_string(), None)
    }

    /// Reads a reference as a plan writes it: `module.a["x"].b`, `aws_vpc.main[0].id`.
    pub fn parse(text: &str) -> Ref {
        let mut parts = Parts { rest: text };
        let first = parts.name();
        let to = match first {
            Some("module") => match parts.name() {
                Some(name) => To::Module { name: name.into(), key: parts.key() },
                None => To::Other,
            },
            Some("var") => parts.name().map_or(To::Other, |n| To::Variable(n.into())),
            Some("local") => parts.name().map_or(To::Other, |n| To::Local(n.into())),
            Some("each") => match parts.name() {
                Some("key") => To::EachKey,
                Some("value") => To::EachValue,
                _ => To::Other,
            },
            Some("count") => To::CountIndex,
            Some("path" | "terraform" | "self") | None => To::Other,
            Some(word) => {
                let mode = match word {
                    "data" => Mode::Data,
                    "ephemeral" => Mode::Ephemeral,
                    _ => Mode::Managed,
                };
                let ty = if matches!(mode, Mode::Managed) { Some(word) } else { parts.name() };
                match (ty, parts.name()) {
                    (Some(ty), Some(name)) => {
                        To::Resource { mode, ty: ty.into(), name: name.into(), key: parts.key() }
                    }
                    _ => To::Other,
                }
            }
        };
        let mut path = Vec::new();
        while let Some(step) = parts.step() {
            path.push(step);
        }
        Ref { to, path: path.into() }
    }
}

struct Parts<'a> {
    rest: &'a str,
}

impl<'a> Parts<'a> {
    fn name(&mut self) -> Option<&'a str> {
        let rest = self.rest.strip_prefix('.').unwrap_or(self.rest);
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        if end == 0 {
            return None;
        }
        self.rest = &rest[end..];
        Some(&rest[..end])
    }

    fn key(&mut self) -> Key {
        let Some(text) = self.bracket() else { return Key::Unknown };
        match text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
            Some(name) => Key::Name(unescape(name)),
            None => text.parse().map_or(Key::Unknown, Key::Index),
        }
    }

    /// Takes `[…]`; returns what is inside.
    fn bracket(&mut self) -> Option<&'a str> {
        let inner = self.rest.strip_prefix('[')?;
        let mut quoted = false;
        let mut escaped = false;
        for (i, c) in inner.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                ']' if !quoted => {
                    self.rest = &inner[i + 1..];
                    return Some(&inner[..i]);
                }
                _ => {}
            }
        }
        self.rest = "";
        None
    }

    fn step(&mut self) -> Option<EcoString> {
        if self.rest.starts_with('[') {
            let text = self.bracket()?;
            let name = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
            return Some(name.map_or_else(|| text.into(), unescape));
        }
        self.name().map(EcoString::from)
    }
}

fn unescape(text: &str) -> EcoString {
    if text.contains('\\') { text.replace("\\\"", "\"").replace("\\\\", "\\").into() } else { text.into() }
}

/// Reads `configuration`. `wanted` says which attributes of a resource type matter.
///
/// # Errors
/// What is wrong with the text.
pub fn read<R: std::io::Read>(w: &mut Window<R>, config: &mut Config) -> Read<()> {
    let mut walk = w.open(b'{')?;
    while let Some(key) = w.next_key(&mut walk)? {
        match key.as_str() {
            "provider_config" => {
                let held = w.value().key("provider_config")?;
                held.read(|c| providers(c, config)).key("provider_config")?;
            }
            "root_module" => {
                config.modules = vec![Module::default()];
                module(w, config, 0, 0).key("root_module")?;
            }
            _ => w.skip()?,
        }
    }
    Ok(())
}

/// How deep modules may call modules.
const MAX_CALLS: usize = 100;

fn module<R: std::io::Read>(w: &mut Window<R>, config: &mut Config, at: usize, depth: usize) -> Read<()> {
    if depth > MAX_CALLS {
        return Err(Fault::at(What::TooDeep, w.offset()));
    }
    let mut walk = w.open(b'{')?;
    while let Some(key) = w.next_key(&mut walk)? {
        match key.as_str() {
            "resources" => blocks(w, &mut config.modules[at]).key("resources")?,
            "outputs" => {
                let held = w.value().key("outputs")?;
                config.modules[at].outputs = held.read(outputs).key("outputs")?;
            }
            "module_calls" => calls(w, config, at, depth).key("module_calls")?,
            "variables" if at == 0 => {
                let held = w.value().key("variables")?;
                held.read(|c| variables(c, &mut config.sensitive)).key("variables")?;
            }
            _ => w.skip()?,
        }
    }
    Ok(())
}

fn blocks<R: std::io::Read>(w: &mut Window<R>, module: &mut Module) -> Read<()> {
    let mut walk = w.open(b'[')?;
    while w.next_item(&mut walk)? {
        let index = walk.index();
        let held = at_index(w.value(), index)?;
        let (name, block) = at_index(held.read(block), index)?;
        if let Some(name) = name {
            module.blocks.insert(name, block);
        }
    }
    Ok(())
}

fn variables(c: &mut Cursor<'_>, sensitive: &mut BTreeSet<EcoString>) -> Read<()> {
    c.object(|c, name| {
        c.object(|c, key| {
            if key == "sensitive" {
                if c.bool()? {
                    sensitive.insert(name.as_ref().into());
                }
                return Ok(());
            }
            c.skip()
        })
        .inside(Step::Some)
    })
}

type BlockKey = (Mode, EcoString, EcoString);

fn block(c: &mut Cursor<'_>) -> Read<(Option<BlockKey>, Block)> {
    let mut block = Block::default();
    let (mut mode, mut ty, mut name) = (Mode::Managed, None, None);
    c.object(|c, key| {
        match key.as_ref() {
            "mode" => {
                mode = match c.string().key("mode")?.as_ref() {
                    "data" => Mode::Data,
                    "ephemeral" => Mode::Ephemeral,
                    _ => Mode::Managed,
                }
            }
            "type" => ty = Some(EcoString::from(c.string().key("type")?.as_ref())),
            "name" => name = Some(EcoString::from(c.string().key("name")?.as_ref())),
            "provider_config_key" => block.provider = c.string().key("provider_config_key")?.as_ref().into(),
            "expressions" => block.attributes = expressions(c).key("expressions")?,
            "count_expression" => {
                c.skip()?;
                block.repeat = Repeat::Count;
            }
            "for_each_expression" => block.repeat = Repeat::ForEach(expr(c).key("for_each_expression")?),
            _ => c.skip()?,
        }
        Ok(())
    })?;
    Ok((ty.zip(name).map(|(ty, name)| (mode, ty, name)), block))
}

fn outputs(c: &mut Cursor<'_>) -> Read<BTreeMap<EcoString, Expr>> {
    let mut outputs = BTreeMap::new();
    c.object(|c, name| {
        let mut found = Expr::Constant;
        c.object(|c, key| {
            if key == "expression" {
                found = expr(c).key("expression")?;
                return Ok(());
            }
            c.skip()
        })
        .inside(Step::Some)?;
        outputs.insert(name.as_ref().into(), found);
        Ok(())
    })?;
    Ok(outputs)
}

fn calls<R: std::io::Read>(w: &mut Window<R>, config: &mut Config, at: usize, depth: usize) -> Read<()> {
    let mut walk = w.open(b'{')?;
    while let Some(name) = w.next_key(&mut walk)? {
        let child = config.modules.len();
        config.modules.push(Module { parent: Some((at, name.as_str().into())), ..Module::default() });
        let call = call(w, config, child, depth).inside(Step::Some)?;
        config.modules[at].calls.insert(name.into(), call);
    }
    Ok(())
}

fn call<R: std::io::Read>(w: &mut Window<R>, config: &mut Config, child: usize, depth: usize) -> Read<Call> {
    let mut call = Call { module: child, ..Call::default() };
    let mut walk: Walk = w.open(b'{')?;
    while let Some(key) = w.next_key(&mut walk)? {
        match key.as_str() {
            "expressions" => {
                let held = w.value().key("expressions")?;
                call.inputs = held.read(expressions).key("expressions")?;
            }
            "count_expression" => {
                w.skip()?;
                call.repeat = Repeat::Count;
            }
            "for_each_expression" => {
                let held = w.value()?;
                call.repeat = Repeat::ForEach(held.read(expr).key("for_each_expression")?);
            }
            "module" => module(w, config, child, depth + 1).key("module")?,
            _ => w.skip()?,
        }
    }
    Ok(call)
}

fn expressions(c: &mut Cursor<'_>) -> Read<BTreeMap<EcoString, Expr>> {
    let mut all = BTreeMap::new();
    c.object(|c, name| {
        if c.peek() == b'[' && catalog::leads_in(&name) {
            nested(c, &mut name.to_string(), &mut all).inside(Step::Some)?;
            all.insert(name.as_ref().into(), Expr::Constant);
            return Ok(());
        }
        let expr = expr(c).inside(Step::Some)?;
        all.insert(name.as_ref().into(), expr);
        Ok(())
    })?;
    Ok(all)
}

/// Reads what names a resource in nested blocks, under its path: `launch_template.id`.
fn nested(c: &mut Cursor<'_>, path: &mut String, all: &mut BTreeMap<EcoString, Expr>) -> Read<()> {
    c.array(|c, _| {
        c.object(|c, name| {
            let length = path.len();
            path.push('.');
            path.push_str(&name);
            match c.peek() {
                b'[' if catalog::leads_in(path) => nested(c, path, all)?,
                b'{' if catalog::is_lead(path) => {
                    all.insert(path.as_str().into(), expr(c)?);
                }
                _ => c.skip()?,
            }
            path.truncate(length);
            Ok(())
        })
    })
}

/// Reads an expression: an object, or for nested blocks an array of objects of expressions.
fn expr(c: &mut Cursor<'_>) -> Read<Expr> {
    if c.peek() != b'{' {
        // Nested blocks: that they are there is all that matters.
        return c.skip().map(|()| Expr::Constant);
    }
    let mut found = Expr::References(Box::new([]));
    c.object(|c, key| {
        match key.as_ref() {
            "constant_value" => {
                c.skip()?;
                found = Expr::Constant;
            }
            "references" => found = Expr::References(references(c).key("references")?.into()),
            _ => c.skip()?,
        }
        Ok(())
    })?;
    Ok(found)
}

/// Reads references; the shorter spellings that follow each one are left out.
pub fn references(c: &mut Cursor<'_>) -> Read<Vec<Ref>> {
    let mut refs = Vec::new();
    let mut last = String::new();
    c.array(|c, _| {
        let text = c.string()?;
        let shorter = last.strip_prefix(text.as_ref()).is_some_and(|rest| rest.starts_with(['.', '[']));
        if !shorter {
            refs.push(Ref::parse(&text));
            last = text.into_owned();
        }
        Ok(())
    })?;
    Ok(refs)
}

fn providers(c: &mut Cursor<'_>, config: &mut Config) -> Read<()> {
    c.object(|c, key| {
        let mut provider = Provider::default();
        c.object(|c, field| {
            match field.as_ref() {
                "name" => provider.name = c.string().key("name")?.as_ref().into(),
                "alias" => provider.alias = Some(c.string().key("alias")?.as_ref().into()),
                "module_address" => provider.module = Some(c.string().key("module_address")?.as_ref().into()),
                "expressions" => provider.arguments = Arguments::read(c).key("expressions")?,
                _ => c.skip()?,
            }
            Ok(())
        })
        .inside(Step::Some)?;
        config.providers.insert(key.as_ref().into(), provider);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        let check = |text: &str, to: To, path: &[&str]| {
            let found = Ref::parse(text);
            assert_eq!(found.to, to, "{text}");
            assert_eq!(found.path.iter().map(EcoString::as_str).collect::<Vec<_>>(), path, "{text}");
        };
        let resource =
            |mode, ty: &str, name: &str, key| To::Resource { mode, ty: ty.into(), name: name.into(), key };
        check("aws_vpc.main", resource(Mode::Managed, "aws_vpc", "main", Key::Unknown), &[]);
        check("aws_vpc.main.id", resource(Mode::Managed, "aws_vpc", "main", Key::Unknown), &["id"]);
        check("aws_vpc.main[0].id", resource(Mode::Managed, "aws_vpc", "main", Key::Index(0)), &["id"]);
        check(
            r#"data.aws_vpc.a["x.y]"].tags["k"]"#,
            resource(Mode::Data, "aws_vpc", "a", Key::Name("x.y]".into())),
            &["tags", "k"],
        );
        check(
            "module.centre.context.instance_id",
            To::Module { name: "centre".into(), key: Key::Unknown },
            &["context", "instance_id"],
        );
        check(r#"module.a["b"].c"#, To::Module { name: "a".into(), key: Key::Name("b".into()) }, &["c"]);
        check("var.x.y", To::Variable("x".into()), &["y"]);
        check(r#"local.ids["primary"]"#, To::Local("ids".into()), &["primary"]);
        check("each.value.bot_id", To::EachValue, &["bot_id"]);
        check("each.key", To::EachKey, &[]);
        check("count.index", To::CountIndex, &["index"]);
        check("path.module", To::Other, &["module"]);
    }

    #[test]
    fn shorter_spellings_are_left_out() {
        let text =
            br#"["aws_vpc.a[0].id","aws_vpc.a[0]","aws_vpc.a","each.value.x","each.value","aws_vpc.ab"]"#;
        let refs = references(&mut Cursor::new(text)).unwrap();
        assert_eq!(refs.len(), 3);
    }
}
