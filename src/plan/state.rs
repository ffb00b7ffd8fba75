//! States: `prior_state` of a plan, `terraform show -json` of a state, and the state file itself.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::changes::{Head, index, kept, text};
use super::fault::{Fault, Step, What};
use super::json::{Cursor, Inside, Once, Raw, Read};
use super::observed::observe;
use super::store::Store;
use super::values::{Reader, Shape};
use super::window::{Window, at_index};
use crate::address::{Key, Mode};
use crate::catalog;
use crate::value::{Cause, Value, convert};

/// What is known of the state's place in the input.
#[derive(Clone, Copy)]
pub struct Context {
    /// The changes were read: what they list is passed over.
    pub changes_read: bool,
    /// It is the state of a plan, whose changes may come yet.
    pub of_plan: bool,
}

/// How deep modules may nest.
const MAX_MODULES: usize = 100;

/// Reads `values`: `root_module` and the modules in it.
///
/// # Errors
/// What is wrong with the text.
pub fn values<R: std::io::Read>(w: &mut Window<R>, store: &mut Store, context: Context) -> Read<()> {
    if w.peek()? == b'n' {
        return w.skip();
    }
    let mut walk = w.open(b'{')?;
    while let Some(key) = w.next_key(&mut walk)? {
        match key.as_str() {
            "root_module" => module(w, store, context, 0).key("root_module")?,
            _ => w.skip()?,
        }
    }
    Ok(())
}

fn module<R: std::io::Read>(
    w: &mut Window<R>,
    store: &mut Store,
    context: Context,
    depth: usize,
) -> Read<()> {
    if depth > MAX_MODULES {
        return Err(Fault::at(What::TooDeep, w.offset()));
    }
    let mut walk = w.open(b'{')?;
    while let Some(key) = w.next_key(&mut walk)? {
        match key.as_str() {
            "resources" => {
                let mut items = w.open(b'[').key("resources")?;
                while w.next_item(&mut items).key("resources")? {
                    let read = w.read(|c| resource(c, store, context));
                    at_index(read.flatten(), items.index()).key("resources")?;
                }
            }
            "child_modules" => {
                let mut items = w.open(b'[').key("child_modules")?;
                while w.next_item(&mut items).key("child_modules")? {
                    at_index(module(w, store, context, depth + 1), items.index()).key("child_modules")?;
                }
            }
            _ => w.skip()?,
        }
    }
    Ok(())
}

fn resource(c: &mut Cursor<'_>, store: &mut Store, context: Context) -> Read<()> {
    // Nearly all are listed by the changes: their addresses stand first.
    if context.changes_read && listed(c.clone(), store) {
        let element = c.raw()?;
        if !is_deposed(element.text) {
            return Ok(());
        }
        *c = element.cursor();
    }
    let mut head = Head::default();
    let (mut values, mut sensitive) = (None, None);
    let mut once = Once::default();
    c.fields(|c, key| {
        if head.field(c, key)? {
            return Ok(());
        }
        match key {
            b"values" => {
                once.meet(0, c.offset()).key("values")?;
                values = Some(c.raw().key("values")?);
            }
            b"sensitive_values" => {
                once.meet(1, c.offset()).key("sensitive_values")?;
                sensitive = Some(c.raw().key("sensitive_values")?);
            }
            _ => c.skip()?,
        }
        Ok(())
    })?;
    if context.changes_read && head.hash().is_some_and(|h| store.has_seen(h)) {
        return Ok(());
    }
    // Only the state, not its address, tells in which module it is.
    if head.module.is_none()
        && let Some(address) = head.address.as_deref()
    {
        head.module = module_of(address).map(|m| m.to_string().into());
    }
    if head.mode == Some(Mode::Data)
        && let (Some(all), Some(address), Some(ty)) = (&mut store.data, &head.address, &head.ty)
    {
        keep(all, address, ty, values, sensitive)?;
    }
    let early = context.of_plan && !context.changes_read;
    kept(&mut head, values, sensitive, ("values", "sensitive_values"), early, store)?;
    observe(head.mode.unwrap_or(Mode::Managed), head.ty.as_deref().unwrap_or(""), values, sensitive, store)
        .key("values")
}

/// Keeps what a data source has read, in the types that its provider declares.
fn keep(
    all: &mut BTreeMap<String, Value>,
    address: &str,
    ty: &str,
    values: Option<Raw<'_>>,
    sensitive: Option<Raw<'_>>,
) -> Read<()> {
    let (Some(values), Some(schema)) = (values.filter(|v| !v.is_null()), catalog::data_schema(ty)) else {
        return Ok(());
    };
    let sensitive = sensitive.map_or(Ok(Shape::Nowhere), Shape::read).key("sensitive_values")?;
    let cause = Cause::unstated();
    let value = Reader { unknown: &Shape::Nowhere, sensitive: &sensitive, cause: &cause }.value(values);
    let value = value.key("values")?;
    for (name, value) in value.as_fields().into_iter().flat_map(|f| f.iter()) {
        // Nested blocks have types of their own, and are rarely what keys and names are made of.
        let declared = schema.attribute(name).map(|a| a.ty.clone());
        if let Some(Ok(value)) = declared.map(|ty| convert(value, &ty)) {
            all.insert(format!("{address}.{name}"), value);
        }
    }
    Ok(())
}

/// True if the element ends like one of a deposed object, which shares its address with another.
fn is_deposed(element: &[u8]) -> bool {
    let tail = &element[element.len().saturating_sub(100)..];
    static KEY: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("\"deposed_key\""));
    KEY.find(tail).is_some()
}

/// True if the changes list the address that stands at the head of the element.
fn listed(mut c: Cursor<'_>, store: &Store) -> bool {
    let address = c.first_text("address");
    address.is_some_and(|address| store.has_seen(super::store::hash_of(&[address.as_bytes(), b""])))
}

/// The module part of an address, as text.
fn module_of(address: &str) -> Option<&str> {
    let mut rest = address;
    let mut end = 0;
    while let Some(after) = rest.strip_prefix("module.") {
        let name = after.find(['.', '['])?;
        let mut at = address.len() - after.len() + name;
        if address.as_bytes()[at] == b'[' {
            at += key_len(&address[at..])?;
        }
        end = at;
        rest = address[at..].strip_prefix('.')?;
    }
    Some(&address[..end])
}

/// The length of `[…]`, whatever stands in the quotes.
fn key_len(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return Some(i + 1),
            _ => {}
        }
    }
    None
}

/// Reads `resources` of a state file of version 4.
///
/// # Errors
/// What is wrong with the text.
pub fn file<R: std::io::Read>(w: &mut Window<R>, store: &mut Store) -> Read<()> {
    let mut items = w.open(b'[')?;
    while w.next_item(&mut items)? {
        at_index(file_resource(w, store), items.index())?;
    }
    Ok(())
}

/// What the instances of a block in a state file share.
#[derive(Default)]
struct Shared {
    module: Option<String>,
    mode: Option<String>,
    ty: Option<String>,
    name: Option<String>,
    provider: Option<String>,
}

fn file_resource<R: std::io::Read>(w: &mut Window<R>, store: &mut Store) -> Read<()> {
    let mut shared = Shared::default();
    let mut waiting: Option<(Vec<u8>, u64)> = None;
    let mut walk = w.open(b'{')?;
    while let Some(key) = w.next_key(&mut walk)? {
        let field = match key.as_str() {
            "module" => (&mut shared.module, "module"),
            "mode" => (&mut shared.mode, "mode"),
            "type" => (&mut shared.ty, "type"),
            "name" => (&mut shared.name, "name"),
            "provider" => (&mut shared.provider, "provider"),
            "instances" => {
                if shared.ty.is_some() && shared.name.is_some() && shared.provider.is_some() {
                    instances(w, &shared, store).key("instances")?;
                } else {
                    // Keys in another order than Terraform's: what names the instances comes later.
                    let held = w.value().key("instances")?;
                    waiting = Some((held.text.to_vec(), held.offset));
                }
                continue;
            }
            _ => {
                w.skip()?;
                continue;
            }
        };
        let held = w.value().key(field.1)?;
        *field.0 = held.read(|c| text(c).map(|t| t.map(String::from))).key(field.1)?;
    }
    if let Some((text, offset)) = waiting {
        let limit = text.len();
        let mut inner = Window::new(text.as_slice(), limit);
        let read = instances(&mut inner, &shared, store).key("instances");
        read.map_err(|f| f.shift(offset))?;
    }
    Ok(())
}

fn instances<R: std::io::Read>(w: &mut Window<R>, shared: &Shared, store: &mut Store) -> Read<()> {
    let mut items = w.open(b'[')?;
    while w.next_item(&mut items)? {
        let held = at_index(w.value(), items.index())?;
        at_index(held.read(|c| file_instance(c, shared, store)), items.index())?;
    }
    Ok(())
}

fn file_instance(c: &mut Cursor<'_>, shared: &Shared, store: &mut Store) -> Read<()> {
    let mut head = Head::default();
    let mut attributes: Option<Raw<'_>> = None;
    let mut key = Key::None;
    let mut sensitive = Vec::new();
    let mut once = Once::default();
    c.object(|c, field| {
        match field.as_ref() {
            "index_key" => key = index(c).key("index_key")?,
            "deposed" => head.deposed = text(c).key("deposed")?,
            "attributes" => {
                once.meet(0, c.offset()).key("attributes")?;
                attributes = Some(c.raw().key("attributes")?);
            }
            "sensitive_attributes" => sensitive_paths(c, &mut sensitive).key("sensitive_attributes")?,
            _ => c.skip()?,
        }
        Ok(())
    })?;
    head.key = key;
    head.module = Some(shared.module.clone().unwrap_or_default().into());
    head.mode = Some(if shared.mode.as_deref() == Some("data") { Mode::Data } else { Mode::Managed });
    let missing = |key| Fault::new(What::Expected("a text"), 0).inside(Step::Key(key));
    head.ty = Some(shared.ty.as_deref().ok_or_else(|| missing("type"))?.into());
    head.name = Some(shared.name.as_deref().ok_or_else(|| missing("name"))?.into());
    head.provider = shared.provider.as_deref().map(Into::into);
    // In the form of `sensitive_values`; only the top level is told apart, which marks too much rather than too little.
    let marks: String = sensitive
        .iter()
        .map(|name| format!("{}:true", serde_json::Value::from(name.as_str())))
        .collect::<Vec<_>>()
        .join(",");
    let marks = format!("{{{marks}}}");
    let raw = Raw { text: marks.as_bytes(), offset: 0 };
    kept(&mut head, attributes, Some(raw), ("attributes", "sensitive_attributes"), false, store)?;
    observe(
        head.mode.unwrap_or(Mode::Managed),
        head.ty.as_deref().unwrap_or(""),
        attributes,
        Some(raw),
        store,
    )
    .key("attributes")
}

/// Reads the names of attributes in which something is sensitive.
fn sensitive_paths(c: &mut Cursor<'_>, names: &mut Vec<String>) -> Read<()> {
    if c.null()? {
        return Ok(());
    }
    c.array(|c, _| {
        if c.peek() != b'[' {
            return c.skip();
        }
        c.array(|c, i| {
            if i > 0 || c.peek() != b'{' {
                return c.skip();
            }
            c.object(|c, key| match key.as_ref() {
                "value" if c.peek() == b'"' => {
                    names.push(c.string()?.into_owned());
                    Ok(())
                }
                _ => c.skip(),
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_of_an_address_is_found() {
        assert_eq!(module_of("aws_vpc.a"), Some(""));
        assert_eq!(
            module_of(r#"module.a["x.y]"].module.b.aws_vpc.c[0]"#),
            Some(r#"module.a["x.y]"].module.b"#)
        );
        assert_eq!(module_of("module.a[0].data.aws_vpc.c"), Some("module.a[0]"));
    }
}
