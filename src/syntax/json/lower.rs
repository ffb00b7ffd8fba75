//! A tree of JSON to blocks, arguments and expressions.

use std::collections::HashMap;

use ecow::EcoString;

use super::blocks::{Kind as BlockKind, Reading, Schema};
use super::read::{escape, read};
use super::{Json, Kind, Property};
use crate::finding::Diagnostic;
use crate::source::FileId;
use crate::syntax::native;
use crate::syntax::text::nfc;
use crate::syntax::{Arena, Attr, Block, Body, ExprId, File, Item, KeyExpr, Label, Node, Stretch};
use crate::value::{Number, Value};

pub(super) fn file(text: &str, id: FileId, schema: &Schema) -> (File, Vec<Diagnostic>) {
    let mut lowerer = Lowerer { text, id, arena: Arena::default(), diagnostics: Vec::new() };
    let mut body = Body { span: Stretch { start: 0, end: text.len() as u32 }, ..Body::default() };
    match read(text) {
        Err((summary, detail, at)) => lowerer.error(summary, detail, at),
        Ok(root) if matches!(root.kind, Kind::Object(_) | Kind::Array(_)) => {
            lowerer.body(&root, schema, &mut body)
        }
        Ok(root) => {
            lowerer.error(
                "Root value must be object",
                "A file holds a JSON object, or an array of objects",
                root.span,
            );
        }
    }
    (File { id, arena: lowerer.arena, body }, lowerer.diagnostics)
}

struct Lowerer<'a> {
    text: &'a str,
    id: FileId,
    arena: Arena,
    diagnostics: Vec<Diagnostic>,
}

/// Labels met on the way to a block.
struct Head<'a> {
    kind: &'a BlockKind,
    name: &'a Property,
    labels: Vec<Label>,
}

impl Lowerer<'_> {
    fn error(&mut self, summary: &str, detail: impl Into<String>, at: Stretch) {
        self.diagnostics.push(Diagnostic::error(summary, detail, Some(at.in_file(self.id))));
    }

    fn body(&mut self, json: &Json, schema: &Schema, body: &mut Body) {
        let mut names: HashMap<&str, ()> = HashMap::new();
        for property in self.properties(json, None) {
            if property.name == "//" {
                continue;
            }
            if let Some(kind) = schema.block(&property.name) {
                self.blocks(&property.value, &mut Head { kind, name: property, labels: Vec::new() }, body);
            } else if let Some(reading) = schema.argument(&property.name) {
                if names.insert(&property.name, ()).is_some() {
                    let detail = format!(
                        "The argument `{}` is set already; each one may be set only once",
                        property.name
                    );
                    self.error("Duplicate argument", detail, property.name_span);
                    continue;
                }
                let expr = self.expr(&property.value, reading);
                body.attrs.push(Attr {
                    name: property.name.clone(),
                    name_span: property.name_span,
                    expr,
                    span: Stretch { start: property.name_span.start, end: property.value.span.end },
                });
            } else {
                let detail = format!("There is no argument or block named `{}` here", property.name);
                self.error("Extraneous JSON object property", detail, property.name_span);
            }
        }
    }

    /// The properties of an object, or of all objects of an array. For labels, `what` names them.
    fn properties<'j>(&mut self, json: &'j Json, what: Option<&str>) -> Vec<&'j Property> {
        let purpose = match what {
            Some(kind) => format!("whose names are labels of the block `{kind}`"),
            None => "with arguments and blocks".to_owned(),
        };
        let mut found = Vec::new();
        match &json.kind {
            Kind::Null => {}
            Kind::Object(properties) => found.extend(properties),
            Kind::Array(items) => {
                for item in items {
                    if let Kind::Object(properties) = &item.kind {
                        found.extend(properties);
                    } else {
                        let detail = format!("A JSON object is required here, {purpose}");
                        self.error("Incorrect JSON value type", detail, item.span);
                    }
                }
            }
            Kind::Bool(_) | Kind::Number | Kind::String(_) => {
                let detail = format!("A JSON object or an array of objects is required here, {purpose}");
                self.error("Incorrect JSON value type", detail, json.span);
            }
        }
        found
    }

    fn blocks(&mut self, json: &Json, head: &mut Head<'_>, body: &mut Body) {
        if head.labels.len() < head.kind.labels {
            let properties = self.properties(json, Some(head.kind.name));
            if properties.is_empty() {
                let detail = format!("A block `{}` needs a label: a property with its name", head.kind.name);
                self.error("Missing block label", detail, json.span);
            }
            for property in properties {
                head.labels.push(Label { text: nfc(&property.name), span: property.name_span });
                self.blocks(&property.value, head, body);
                head.labels.pop();
            }
            return;
        }
        match &json.kind {
            Kind::Null => {}
            Kind::Object(_) => self.block(json, head, body),
            Kind::Array(items) => {
                for item in items {
                    self.block(item, head, body);
                }
            }
            Kind::Bool(_) | Kind::Number | Kind::String(_) => {
                let name = head.kind.name;
                let detail = format!(
                    "A JSON object or array is required here, the content of one or more blocks `{name}`"
                );
                self.error("Incorrect JSON value type", detail, json.span);
            }
        }
    }

    fn block(&mut self, json: &Json, head: &Head<'_>, parent: &mut Body) {
        let kind_span = head.name.name_span;
        // Of several blocks under one label, each is pointed at by itself.
        let last = head.labels.last().map_or(kind_span, |l| l.span);
        let inside = Stretch {
            start: (json.span.start + 1).min(json.span.end),
            end: json.span.end.saturating_sub(1).max(json.span.start),
        };
        let mut body = Body { span: inside, ..Body::default() };
        self.body(json, head.kind.body, &mut body);
        parent.blocks.push(Block {
            kind: head.kind.name.into(),
            kind_span,
            labels: head.labels.clone(),
            body,
            span: Stretch { start: last.start, end: json.span.end },
            head_span: last,
        });
    }

    fn expr(&mut self, json: &Json, reading: Reading) -> ExprId {
        let node = match &json.kind {
            Kind::Null => Node::Literal(Value::NULL),
            Kind::Bool(b) => Node::Literal(Value::Bool(*b)),
            Kind::Number => {
                let text = &self.text[json.span.start as usize..json.span.end as usize];
                match Number::parse(text) {
                    Some(number) => Node::Literal(Value::Number(number)),
                    None => {
                        let detail = "The number is too large, too small or too long for this program";
                        self.error("Invalid JSON number", detail, json.span);
                        Node::Failed("the number is out of range".into())
                    }
                }
            }
            Kind::String(string) => return self.string(string, json.span, reading),
            Kind::Array(items) => Node::Tuple(items.iter().map(|i| self.expr(i, reading)).collect()),
            Kind::Object(properties) => self.object(properties, reading),
        };
        self.arena.push(node, json.span)
    }

    fn object(&mut self, properties: &[Property], reading: Reading) -> Node {
        let mut names = HashMap::new();
        let mut items = Vec::with_capacity(properties.len());
        for property in properties {
            let name = &property.name;
            let key = if reading == Reading::Template && has_marker(name) {
                KeyExpr::Expr(self.string(name, property.name_span, reading))
            } else {
                KeyExpr::Name(nfc(name))
            };
            if let KeyExpr::Name(name) = &key
                && names.insert(name.clone(), ()).is_some()
            {
                let detail = format!("An attribute named `{name}` is there already");
                self.error("Duplicate object attribute", detail, property.name_span);
                continue;
            }
            let reading = match reading {
                Reading::RequiredProvider if name == "configuration_aliases" => Reading::Expression,
                reading => reading,
            };
            let value = self.expr(&property.value, reading);
            items.push(Item { key, key_span: property.name_span, value });
        }
        Node::Object(items.into())
    }

    fn string(&mut self, string: &EcoString, span: Stretch, reading: Reading) -> ExprId {
        let read = match reading {
            Reading::Template if has_marker(string) => native::add_template,
            Reading::Expression | Reading::Type => native::add_expression,
            Reading::Template | Reading::Verbatim | Reading::RequiredProvider => {
                return self.arena.push(Node::Literal(Value::String(nfc(string))), span);
            }
        };
        let (first, told) = (self.arena.marks(), self.diagnostics.len());
        let expr = read(string, self.id, &mut self.arena, &mut self.diagnostics);
        let offsets = Offsets::new(self.text, span);
        self.arena.move_spans(first, |at| offsets.stretch(at));
        for diagnostic in &mut self.diagnostics[told..] {
            if let Some(at) = &mut diagnostic.span {
                let moved = offsets.stretch(Stretch { start: at.start, end: at.end });
                (at.start, at.end) = (moved.start, moved.end);
            }
        }
        match expr {
            // The whole string is the expression, as quotes belong to a quoted template.
            Some(expr) => {
                self.arena.set_span(expr, span);
                expr
            }
            None if reading == Reading::Type => {
                self.diagnostics.truncate(told);
                self.string(string, span, Reading::Verbatim)
            }
            None => self.arena.push(Node::Failed("the string could not be read".into()), span),
        }
    }
}

fn has_marker(text: &str) -> bool {
    text.contains("${") || text.contains("%{")
}

/// From offsets in what a JSON string means to offsets in the file.
struct Offsets {
    /// Of the first character.
    start: u32,
    /// Behind each escape: the offset in the string, and what to add from there on.
    escapes: Vec<(u32, u32)>,
}

impl Offsets {
    fn new(text: &str, span: Stretch) -> Offsets {
        let (start, end) = (span.start as usize + 1, span.end as usize - 1);
        let raw = &text[start..end];
        let mut escapes = Vec::new();
        let (mut at, mut shift) = (0, 0);
        while let Some(found) = memchr::memchr(b'\\', &raw.as_bytes()[at..]) {
            let Some((c, length)) = escape(&raw[at + found..]) else {
                break;
            };
            at += found + length;
            shift += length - c.len_utf8();
            escapes.push(((at - shift) as u32, shift as u32));
        }
        Offsets { start: start as u32, escapes }
    }

    fn offset(&self, at: u32) -> u32 {
        let behind = self.escapes.partition_point(|(from, _)| *from <= at);
        let shift = behind.checked_sub(1).map_or(0, |i| self.escapes[i].1);
        self.start + at + shift
    }

    fn stretch(&self, at: Stretch) -> Stretch {
        Stretch { start: self.offset(at.start), end: self.offset(at.end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_skip_escapes() {
        let text = r#"["a\n\u00e9b"]"#;
        let offsets = Offsets::new(text, Stretch { start: 1, end: 13 });
        let raw = |at: u32| &text[offsets.offset(at) as usize..];
        assert_eq!(raw(0), r#"a\n\u00e9b"]"#);
        assert_eq!(raw(1), r#"\n\u00e9b"]"#);
        assert_eq!(raw(2), r#"\u00e9b"]"#);
        assert_eq!(raw(4), r#"b"]"#);
        assert_eq!(raw(5), r#""]"#);
    }
}
