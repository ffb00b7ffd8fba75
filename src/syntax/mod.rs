//! Text to an arena of expressions with spans.
//!
//! In: the text of a `.tf`, `.tfvars`, `.tf.json` or settings file. Out: a [`File`]: blocks and attributes, whose
//! expressions lie in one [`Arena`]; literals are values already, template text is final. Findings for what
//! could not be read; what could be read is returned all the same. Never here: looking a name up, evaluating.

use ecow::EcoString;

use crate::source::{FileId, Span};
use crate::value::Value;

/// A file's blocks and attributes, with the arena in which their expressions lie.
#[derive(Debug)]
pub struct File {
    pub id: FileId,
    pub arena: Arena,
    pub body: Body,
}

/// The content of a file or block, in source order.
#[derive(Clone, Debug, Default)]
pub struct Body {
    pub attrs: Vec<Attr>,
    pub blocks: Vec<Block>,
    pub span: Stretch,
}

impl Body {
    /// Returns the attribute of that name.
    pub fn attr(&self, name: &str) -> Option<&Attr> {
        self.attrs.iter().find(|a| a.name == name)
    }

    /// Returns the blocks of that kind.
    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |b| b.kind == kind)
    }
}

/// `name = expression`.
#[derive(Clone, Debug)]
pub struct Attr {
    pub name: EcoString,
    pub name_span: Stretch,
    pub expr: ExprId,
    /// From the name to the end of the expression.
    pub span: Stretch,
}

/// `kind "label" { … }`.
#[derive(Clone, Debug)]
pub struct Block {
    pub kind: EcoString,
    pub kind_span: Stretch,
    pub labels: Vec<Label>,
    pub body: Body,
    /// From the kind to the closing brace.
    pub span: Stretch,
    /// From the kind to the last label, which is what a message points at.
    pub head_span: Stretch,
}

/// A label of a block.
#[derive(Clone, Debug)]
pub struct Label {
    pub text: EcoString,
    pub span: Stretch,
}

/// A stretch of bytes in the file at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    pub start: u32,
    pub end: u32,
}

impl Stretch {
    pub fn in_file(self, file: FileId) -> Span {
        Span { file, start: self.start, end: self.end }
    }
}

/// Number of an expression in its file's [`Arena`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprId(pub u32);

/// Number of a reference in its file's [`Arena`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefId(pub u32);

/// The expressions of one file. Children stand before their parents.
#[derive(Debug, Default)]
pub struct Arena {
    nodes: Vec<Node>,
    spans: Vec<Stretch>,
    refs: Vec<Reference>,
}

impl Arena {
    pub fn push(&mut self, node: Node, span: Stretch) -> ExprId {
        let id = ExprId(u32::try_from(self.nodes.len()).expect("bug: more than 4 billion expressions"));
        self.nodes.push(node);
        self.spans.push(span);
        id
    }

    /// Adds a reference and the node that stands for it.
    pub fn push_ref(&mut self, reference: Reference, span: Stretch) -> ExprId {
        let id = RefId(u32::try_from(self.refs.len()).expect("bug: more than 4 billion references"));
        self.refs.push(reference);
        self.push(Node::Ref(id), span)
    }

    pub fn node(&self, id: ExprId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub fn span(&self, id: ExprId) -> Stretch {
        self.spans[id.0 as usize]
    }

    pub fn reference(&self, id: RefId) -> &Reference {
        &self.refs[id.0 as usize]
    }

    /// Returns all references of the file, by [`RefId`].
    pub fn refs(&self) -> &[Reference] {
        &self.refs
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Calls `f` with every expression inside `id`, itself included.
    pub fn walk(&self, id: ExprId, f: &mut dyn FnMut(ExprId, &Node)) {
        let mut rest = vec![id];
        while let Some(id) = rest.pop() {
            let node = self.node(id);
            f(id, node);
            let from = rest.len();
            self.children(node, &mut |child| rest.push(child));
            rest[from..].reverse();
        }
    }

    /// Calls `f` with each direct child of a node, in source order.
    pub fn children(&self, node: &Node, f: &mut dyn FnMut(ExprId)) {
        let steps = |steps: &[Step], f: &mut dyn FnMut(ExprId)| {
            for step in steps {
                if let StepKind::Index(i) = step.kind {
                    f(i);
                }
            }
        };
        match node {
            Node::Literal(_) | Node::Failed(_) | Node::Bound { .. } => {}
            Node::Ref(r) => steps(&self.reference(*r).steps, f),
            Node::Steps { source, steps: s } => {
                f(*source);
                steps(s, f);
            }
            Node::Paren(e) | Node::Unary(_, e) | Node::Wrap(e) => f(*e),
            Node::Binary(_, a, b) => {
                f(*a);
                f(*b);
            }
            Node::Conditional { cond, yes, no } => {
                f(*cond);
                f(*yes);
                f(*no);
            }
            Node::Tuple(items) => items.iter().for_each(|i| f(*i)),
            Node::Object(items) => {
                for item in items {
                    if let KeyExpr::Expr(k) = &item.key {
                        f(*k);
                    }
                    f(item.value);
                }
            }
            Node::Call { args, .. } => args.iter().for_each(|a| f(*a)),
            Node::For(l) => {
                f(l.collection);
                if let Some(k) = l.key {
                    f(k);
                }
                f(l.value);
                if let Some(c) = l.cond {
                    f(c);
                }
            }
            Node::Template(parts) => self.parts(parts, f),
        }
    }

    fn parts(&self, parts: &[Part], f: &mut dyn FnMut(ExprId)) {
        for part in parts {
            match part {
                Part::Text(_) => {}
                Part::Expr(e) => f(*e),
                Part::If { cond, yes, no } => {
                    f(*cond);
                    self.parts(yes, f);
                    self.parts(no, f);
                }
                Part::For { collection, body, .. } => {
                    f(*collection);
                    self.parts(body, f);
                }
            }
        }
    }
}

/// An expression. Boxes keep it small: most nodes are literals and references.
#[derive(Clone, Debug)]
pub enum Node {
    /// A constant; template text in its final form, numbers at 512 bits.
    Literal(Value),
    /// A name that is not bound by an enclosing `for`, with what follows it: `var.a[0].b`, `each.key`.
    Ref(RefId),
    /// A variable of an enclosing `for` (expression or template directive): `depth` counts the enclosing
    /// loops outwards from 0, `second` tells `v` of `for k, v in …` (and the only name of `for v in …`) from `k`.
    Bound {
        depth: u32,
        second: bool,
    },
    /// `source` followed by attribute, index and splat steps, where `source` is not a plain name.
    Steps {
        source: ExprId,
        steps: Box<[Step]>,
    },
    Paren(ExprId),
    Unary(UnaryOp, ExprId),
    Binary(BinaryOp, ExprId, ExprId),
    Conditional {
        cond: ExprId,
        yes: ExprId,
        no: ExprId,
    },
    Tuple(Box<[ExprId]>),
    Object(Box<[Item]>),
    /// `name(args)`; `name` may have namespaces: `provider::terraform::encode_tfvars`.
    /// With `expand` the last argument is followed by `...`.
    Call {
        name: EcoString,
        name_span: Stretch,
        args: Box<[ExprId]>,
        expand: bool,
    },
    For(Box<ForExpr>),
    /// A string with parts in it; always a string, unlike [`Node::Wrap`].
    Template(Box<[Part]>),
    /// `"${x}"` alone, which keeps the type of `x`.
    Wrap(ExprId),
    /// Something the parser accepts and Terraform refuses; evaluating it fails with this text.
    Failed(EcoString),
}

/// One of the steps after a name or expression.
#[derive(Clone, Debug)]
pub struct Step {
    pub kind: StepKind,
    pub span: Stretch,
}

/// `.name`, `[expr]`, `.0`, `.*`, `[*]`.
#[derive(Clone, Debug)]
pub enum StepKind {
    Attr(EcoString),
    /// `[e]`; also `["literal"]` and `[0]`.
    Index(ExprId),
    /// `.0`
    LegacyIndex(u64),
    /// `.*`: takes the following `.name` and `.0` steps with it.
    AttrSplat,
    /// `[*]`: takes all following steps with it.
    FullSplat,
}

/// A name with the steps after it. Resolved by `module`.
#[derive(Clone, Debug)]
pub struct Reference {
    pub root: EcoString,
    pub root_span: Stretch,
    pub steps: Box<[Step]>,
    pub span: Stretch,
}

/// One entry of an object expression.
#[derive(Clone, Debug)]
pub struct Item {
    pub key: KeyExpr,
    pub key_span: Stretch,
    pub value: ExprId,
}

/// The key of an object entry.
#[derive(Clone, Debug)]
pub enum KeyExpr {
    /// A bare word or a constant.
    Name(EcoString),
    /// `(expr)`, `"template ${x}"` and whatever else has to be evaluated.
    Expr(ExprId),
    /// A bare traversal such as `local.x`, which Terraform refuses.
    Ambiguous,
}

/// A `for` expression.
#[derive(Clone, Debug)]
pub struct ForExpr {
    /// The first name of `for k, v in …`.
    pub key_name: Option<EcoString>,
    pub value_name: EcoString,
    pub collection: ExprId,
    /// Present in `{for … : k => v}`.
    pub key: Option<ExprId>,
    pub value: ExprId,
    pub cond: Option<ExprId>,
    /// `v...`
    pub group: bool,
}

/// A part of a template.
#[derive(Clone, Debug)]
pub enum Part {
    Text(EcoString),
    Expr(ExprId),
    If { cond: ExprId, yes: Box<[Part]>, no: Box<[Part]> },
    For { key_name: Option<EcoString>, value_name: EcoString, collection: ExprId, body: Box<[Part]> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Not,
    Neg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Or,
    And,
    Eq,
    NotEq,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}
