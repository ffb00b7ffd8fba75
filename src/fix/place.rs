//! Where in a file a tag can be added.

use std::collections::HashMap;
use std::sync::Arc;

use ecow::EcoString;

use super::edit::{Edit, Name, Place};
use crate::source::{FileId, Files, Span};
use crate::syntax::{self, Block, Body, ExprId, File, KeyExpr, Node, Stretch};
use crate::tags::TagInput;

/// Files as they were parsed for this, each once.
pub struct Sources<'a> {
    files: &'a Files,
    parsed: HashMap<FileId, Arc<File>>,
}

/// A place that was found.
#[derive(Debug)]
pub enum Found {
    /// The value of an attribute.
    Value(Place),
    /// A block that does not have the attribute.
    Block(Place),
    /// A block that takes `tag` blocks.
    Blocks(Place),
}

impl Found {
    /// Returns the edit that adds a tag there.
    pub fn edit(&self, key: &EcoString, value: &EcoString, in_provider: bool) -> Result<Edit, String> {
        let place = match self {
            Found::Value(place) => place.clone(),
            Found::Block(place) | Found::Blocks(place) => match place {
                Place::Body { open, close, .. } if in_provider => {
                    Place::Body { open: *open, close: *close, name: Name::DefaultTags }
                }
                place => place.clone(),
            },
        };
        Ok(Edit { place, key: key.clone(), value: value.clone() })
    }
}

impl<'a> Sources<'a> {
    pub fn new(files: &'a Files) -> Sources<'a> {
        Sources { files, parsed: HashMap::new() }
    }

    fn file(&mut self, id: FileId) -> Result<Arc<File>, String> {
        let source = self.files.get(id);
        if source.path.ends_with(".json") {
            return Err("it is written in JSON".to_owned());
        }
        if source.path.split('/').any(|part| part == ".terraform") {
            return Err("its module was fetched from elsewhere".to_owned());
        }
        if let Some(file) = self.parsed.get(&id) {
            return Ok(file.clone());
        }
        let (file, problems) = syntax::parse(&source);
        if !problems.is_empty() {
            return Err("its file cannot be read without errors".to_owned());
        }
        let file = Arc::new(file);
        self.parsed.insert(id, file.clone());
        Ok(file)
    }

    /// Finds how a tag is added to the value of the attribute at a span.
    pub fn attribute(&mut self, span: Span) -> Result<Found, String> {
        let file = self.file(span.file)?;
        if let Some(expr) = attribute_at(&file.body, span) {
            return Ok(Found::Value(value(&file, expr)));
        }
        // `tag` blocks have no attribute to add to: the span is the head of the first.
        match parent_of(&file.body, span) {
            Some((parent, inner)) if inner.kind == "tag" => {
                Ok(Found::Blocks(braces(self.files, span.file, parent, Name::Blocks)))
            }
            Some((parent, inner))
                if inner.kind == "dynamic" && inner.labels.first().is_some_and(|l| l.text == "tag") =>
            {
                Ok(Found::Blocks(braces(self.files, span.file, parent, Name::Blocks)))
            }
            _ => Err("it stands in a nested block of which there may be several".to_owned()),
        }
    }

    /// Finds an argument of a module call, or the call that is to be given one.
    pub fn input(&mut self, input: &TagInput) -> Result<Found, String> {
        if input.given { self.attribute(input.span) } else { self.block(input.span) }
    }

    /// Returns why the file at a span cannot be edited.
    pub fn refuses(&mut self, span: Span) -> Option<String> {
        self.file(span.file).err()
    }

    /// Finds the block whose head is at a span.
    pub fn block(&mut self, span: Span) -> Result<Found, String> {
        let file = self.file(span.file)?;
        let block = file.body.blocks.iter().find(|b| is_at(b.head_span, span));
        let Some(block) = block else { return Err("its block is not found".to_owned()) };
        if block.body.attr("tags").is_some() || block.body.blocks("default_tags").next().is_some() {
            return Err("it has tags in another form".to_owned());
        }
        let by_blocks = block.labels.first().is_some_and(|l| l.text == "aws_autoscaling_group");
        let listed = block.labels.first().is_some_and(|l| l.text.starts_with("awscc_"));
        if listed {
            return Err("it takes a list of tags".to_owned());
        }
        Ok(if by_blocks {
            Found::Blocks(braces(self.files, span.file, block, Name::Blocks))
        } else {
            Found::Block(braces(self.files, span.file, block, Name::Tags))
        })
    }
}

fn is_at(stretch: Stretch, span: Span) -> bool {
    (stretch.start, stretch.end) == (span.start, span.end)
}

fn attribute_at(body: &Body, span: Span) -> Option<ExprId> {
    let own = body.attrs.iter().find(|a| is_at(a.span, span)).map(|a| a.expr);
    own.or_else(|| body.blocks.iter().find_map(|b| attribute_at(&b.body, span)))
}

/// Finds the block whose head is at a span, with the block that holds it.
fn parent_of(body: &Body, span: Span) -> Option<(&Block, &Block)> {
    body.blocks.iter().find_map(|outer| {
        outer.body.blocks.iter().find(|b| is_at(b.head_span, span)).map(|inner| (outer, inner))
    })
}

/// The braces of a block.
fn braces(files: &Files, file: FileId, block: &Block, name: Name) -> Place {
    let text = files.get(file).text.clone();
    let head = block.head_span.end as usize;
    let open = head + text[head..].find('{').unwrap_or(0);
    Place::Body { open, close: block.span.end as usize - 1, name }
}

/// How a tag is added to an expression, below what it says already.
fn value(file: &File, expr: ExprId) -> Place {
    let at = |id: ExprId| {
        let s = file.arena.span(id);
        (s.start as usize, s.end as usize)
    };
    let (start, end) = at(expr);
    if is_plain(file, expr) {
        return Place::Object { start, end };
    }
    match file.arena.node(expr) {
        Node::Paren(inner) => value(file, *inner),
        Node::Call { name, args, .. } if name == "merge" && !args.is_empty() => {
            let (start, end) = at(args[0]);
            match is_plain(file, args[0]) {
                true => Place::Object { start, end },
                false => Place::Argument { at: start },
            }
        }
        _ => Place::Wrap { start, end },
    }
}

/// True for an object in braces whose keys are written out.
fn is_plain(file: &File, expr: ExprId) -> bool {
    match file.arena.node(expr) {
        Node::Object(items) => items.iter().all(|i| match &i.key {
            KeyExpr::Name(_) => true,
            KeyExpr::Expr(e) => matches!(file.arena.node(*e), Node::Literal(_)),
            KeyExpr::Ambiguous => false,
        }),
        _ => false,
    }
}
