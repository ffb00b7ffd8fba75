//! Text to an arena of expressions with spans.
//!
//! In: the text of a `.tf`, `.tfvars`, `.tf.json` or settings file. Out: a [`File`]: blocks and attributes,
//! whose expressions lie in one [`Arena`]; literals are values already, template text is final. Findings for
//! what could not be read; what could be read is returned all the same. Never here: looking a name up,
//! evaluating.
//!
//! hcl-edit makes the tree, from the text itself where that is sure to mean the same to it as to Terraform,
//! else from a copy that `normalise` makes. `lower` and `template` take the tree apart and compute all text
//! from the source. `check` says of a text that is refused, or that looks as if Terraform would refuse it, what
//! Terraform says. `json` is the other syntax.
//!
//! # Limits
//!
//! 64 levels of brackets, blocks, unary operators and conditionals, 128 binary operators in a row, 256 levels
//! of JSON; beyond that is an error with a position, though Terraform would read on. Numbers are those of
//! [`crate::value::Number`].

mod check;
#[cfg(test)]
mod dump;
mod items;
mod json;
mod lower;
mod native;
mod normalise;
mod template;
mod text;

use ecow::EcoString;

pub use items::Items;
pub use text::decode;
pub(crate) use text::{nfc, normal};

use crate::finding::Diagnostic;
use crate::source::{FileId, SourceFile, Span};
use crate::value::Value;

/// Levels of brackets and blocks that can be read. Terraform has no such limit.
const MAX_NESTING: usize = 64;

/// Reads a file by what its name says it is: `.tf.json` and `.tofu.json`, values for variables in any other
/// `.json`, and all the rest in native syntax.
///
/// Where there is an error, the diagnostics tell it and the file holds what could be read: whole blocks where
/// they are sound, otherwise their sound arguments. An argument whose value could not be read is there as
/// [`Node::Failed`].
///
/// In JSON, `type`, `depends_on`, references and the like hold expressions, as in native syntax. Which
/// arguments of a resource are blocks is not known here: objects and arrays stay expressions, in which a key
/// `//` is a comment if they turn out to be blocks.
///
/// Wants a stack of 16 MB.
pub fn parse(file: &SourceFile) -> (File, Vec<Diagnostic>) {
    let (mut read, diagnostics) = if file.path.ends_with(".tf.json") || file.path.ends_with(".tofu.json") {
        json::configuration(&file.text, file.id)
    } else if file.path.ends_with(".json") {
        json::values(&file.text, file.id)
    } else {
        native::body(&file.text, file.id)
    };
    // A repository of many files is held whole.
    read.arena.shrink();
    read.body.shrink();
    (read, diagnostics)
}

/// Reads a single expression, as of `-var x=…` and `eval`. Newlines mean nothing in it.
///
/// Wants a stack of 16 MB.
pub fn parse_expression(file: &SourceFile) -> (Arena, Option<ExprId>, Vec<Diagnostic>) {
    single(file, native::add_expression)
}

/// Reads a template without quotes around it, as `templatefile` and `templatestring` do.
///
/// Wants a stack of 16 MB.
pub fn parse_template(file: &SourceFile) -> (Arena, Option<ExprId>, Vec<Diagnostic>) {
    single(file, native::add_template)
}

fn single(
    file: &SourceFile,
    read: impl FnOnce(&str, FileId, &mut Arena, &mut Vec<Diagnostic>) -> Option<ExprId>,
) -> (Arena, Option<ExprId>, Vec<Diagnostic>) {
    let (mut arena, mut diagnostics) = (Arena::default(), Vec::new());
    let expr = read(&file.text, file.id, &mut arena, &mut diagnostics);
    (arena, expr, diagnostics)
}

fn too_deep(span: Span) -> Diagnostic {
    let detail = format!(
        "More than {MAX_NESTING} levels of brackets and blocks are not read here, though Terraform would"
    );
    Diagnostic::error("Nesting too deep", detail, Some(span)).help("move the inner parts to local values")
}

fn is_ident_start(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_start(c)
}

fn is_ident_continue(c: char) -> bool {
    c == '-' || unicode_ident::is_xid_continue(c)
}

/// A file's blocks and attributes, with the arena in which their expressions lie.
#[derive(Debug)]
pub struct File {
    pub id: FileId,
    pub arena: Arena,
    pub body: Body,
}

impl File {
    pub fn code(&self) -> Code<'_> {
        Code { arena: &self.arena, id: self.id }
    }
}

/// Expressions, and the file that they are in.
#[derive(Clone, Copy, Debug)]
pub struct Code<'a> {
    pub arena: &'a Arena,
    pub id: FileId,
}

/// True if a text may be the name of something.
pub fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// The content of a file or block, in source order.
#[derive(Clone, Debug, Default)]
pub struct Body {
    pub attrs: Vec<Attr>,
    pub blocks: Vec<Block>,
    pub span: Stretch,
}

impl Body {
    fn shrink(&mut self) {
        self.attrs.shrink_to_fit();
        self.blocks.shrink_to_fit();
        self.blocks.iter_mut().for_each(|b| b.body.shrink());
    }

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
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

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

    fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
        self.spans.shrink_to_fit();
        self.refs.shrink_to_fit();
    }

    /// How many nodes and references there are.
    fn marks(&self) -> (usize, usize) {
        (self.nodes.len(), self.refs.len())
    }

    /// Takes back all that was added since those marks.
    fn cut(&mut self, marks: (usize, usize)) {
        self.nodes.truncate(marks.0);
        self.spans.truncate(marks.0);
        self.refs.truncate(marks.1);
    }

    fn set_span(&mut self, id: ExprId, span: Stretch) {
        self.spans[id.0 as usize] = span;
    }

    /// Changes all stretches of the nodes and references added since those marks.
    fn move_spans(&mut self, since: (usize, usize), to: impl Fn(Stretch) -> Stretch) {
        let change = |at: &mut Stretch| *at = to(*at);
        self.spans[since.0..].iter_mut().for_each(change);
        for node in &mut self.nodes[since.0..] {
            match node {
                Node::Steps { steps, .. } => steps.iter_mut().for_each(|s| change(&mut s.span)),
                Node::Object(items) => items.iter_mut().for_each(|i| change(&mut i.key_span)),
                Node::Call { name_span, .. } => change(name_span),
                Node::Literal(_)
                | Node::Ref(_)
                | Node::Bound { .. }
                | Node::Paren(_)
                | Node::Unary(..)
                | Node::Binary(..)
                | Node::Conditional { .. }
                | Node::Tuple(_)
                | Node::For(_)
                | Node::Template(_)
                | Node::Wrap(_)
                | Node::Failed(_) => {}
            }
        }
        for reference in &mut self.refs[since.1..] {
            change(&mut reference.span);
            change(&mut reference.root_span);
            reference.steps.iter_mut().for_each(|s| change(&mut s.span));
        }
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
                for item in items.iter() {
                    if let KeyExpr::Expr(k) = &item.key {
                        f(*k);
                    }
                    f(item.value);
                }
            }
            // The second argument is a type: nothing is evaluated in it, and its names are keywords.
            Node::Call { name, args, .. } if matches!(name.as_str(), "convert" | "core::convert") => {
                args.first().into_iter().for_each(|a| f(*a));
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
    /// A variable of an enclosing `for` (expression or template directive): `depth` counts the enclosing loops
    /// outwards from 0, `second` tells `v` of `for k, v in …` (and the only name of `for v in …`) from `k`.
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
    Object(Items),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Files;

    /// Runs on the stack that the parser wants.
    fn on_big_stack(run: impl FnOnce() + Send + 'static) {
        std::thread::Builder::new()
            .stack_size(16 << 20)
            .spawn(run)
            .expect("a thread")
            .join()
            .unwrap_or_else(|e| std::panic::resume_unwind(e));
    }

    fn read(text: &str) -> (String, Vec<Diagnostic>) {
        let (file, diagnostics) = parse(&Files::default().add("test.tf", text));
        (dump::body(&file.arena, &file.body), diagnostics)
    }

    /// The text is fine and means `expected`.
    fn check(text: &str, expected: &str) {
        let (dumped, diagnostics) = read(text);
        assert_eq!(diagnostics, [], "{text}");
        assert_eq!(dumped, expected, "{text}");
    }

    /// `a = EXPR` means `expected`.
    fn check_expr(text: &str, expected: &str) {
        check(&format!("a = {text}\n"), &format!("a = {expected}"));
    }

    #[test]
    fn expressions_keep_their_shape() {
        on_big_stack(|| {
            check_expr("1 + 2 * 3", "(Add 1 (Mul 2 3))");
            check_expr("(1 + 2) * 3", "(Mul paren((Add 1 2)) 3)");
            check_expr("!a.b && -c == 1 || d", "(Or (And (Not a.b) (Eq (Neg c) 1)) d)");
            check_expr("a ? b : c ? d : e", "(? a b (? c d e))");
            check_expr("-1.a", "(Neg <1>.a)");
            check_expr("- 5", "(Neg 5)");
            check_expr("a.b[0].c[\"x\"].*.d[*].0", "a.b[0].c[\"x\"].*.d[*].0");
            check_expr("f(a)[b.c].d", "<f(a)>[b.c].d");
            check_expr("provider::ns::fn(a, b...)", "provider::ns::fn(a b...)");
            check_expr("[1, \"x\", true, null,]", "[1 \"x\" true null]");
            check_expr("{}", "{}");
        });
    }

    #[test]
    fn loops_bind_their_names() {
        on_big_stack(|| {
            check_expr("[for v in l : v.x if v != k]", "for(v in l : <@0v>.x if (NotEq @0v k))");
            check_expr("{for k, v in m : k => v...}", "for(k,v in m : @0k => @0v...)");
            check_expr(
                "[for v in v : [for k, w in v.l : \"${k}${v}${w}\"]]",
                "for(v in v : for(k,w in <@0v>.l : t(@0k @1v @0v)))",
            );
            check_expr("[for v in l : [for v in v : v]]", "for(v in l : for(v in @0v : @0v))");
            check_expr("\"%{for v in l}${v.a}%{endfor}${v}\"", "t(for(v in l : <@0v>.a) v)");
            check_expr("[for v in l : v[v.i]]", "for(v in l : <@0v>[<@0v>.i])");
        });
    }

    #[test]
    fn object_keys_are_names_or_expressions() {
        on_big_stack(|| {
            check_expr("{ a = 1, \"b\" = 2, null = 3, true: 4, 1.50 = 5 }", "{a=1 b=2 null=3 true=4 1.5=5}");
            check_expr(
                "{ (a) = 1, \"${b}x\" = 2, a.b = 3, f(x) = 4, a[b] = 5 }",
                "{<paren(a)>=1 <t(b \"x\")>=2 ?=3 <f(x)>=4 <a[b]>=5}",
            );
            check_expr("{ e\u{301} = 1 }", "{é=1}");
        });
    }

    #[test]
    fn templates_with_one_interpolation_keep_the_type() {
        on_big_stack(|| {
            check_expr("\"${a}\"", "wrap(a)");
            check_expr("\"${\"${a}\"}\"", "wrap(wrap(a))");
            check_expr("\"${a} \"", "t(a \" \")");
            check_expr("\"$${a}%%{b}\\n\\u00e9\\\"\"", r#""${a}%{b}\né\"""#);
            check_expr("\"\"", "\"\"");
            check_expr("<<E\n${a}\nE", "t(a \"\\n\")");
            check_expr("<<E\n${a~}\nE", "t(a)");
            check_expr("\"%{if a}${b}%{endif}\"", "t(if(a, b, ))");
        });
    }

    #[test]
    fn r1_empty_heredocs_end_at_once() {
        on_big_stack(|| {
            check("a = <<EOT\nEOT\nb = 1\nc = <<EOT\nx\nEOT\n", r#"a = ""; b = 1; c = "x\n""#);
            check("a = <<-EOT\n  EOT\nb = 1\nc = <<EOT\nx\nEOT\n", r#"a = ""; b = 1; c = "x\n""#);
        });
    }

    #[test]
    fn r2_the_last_of_repeated_keys_may_win() {
        on_big_stack(|| {
            check_expr("{b=1, b=2}", "{b=1 b=2}");
            check_expr("{\"b\"=1\n\"b\"=2 # x\n}", "{b=1 b=2}");
            check_expr("{\"${b}\"=1,\"${b}\"=2}", "{<wrap(b)>=1 <wrap(b)>=2}");
            check_expr(
                "{(b)=1,( b )=<<E\nx\nE\n, c = { d = 1, d = 2 }}",
                "{<paren(b)>=1 <paren(b)>=\"x\\n\" c={d=1 d=2}}",
            );
            check_expr("{\"b\"=1,\"\\u0062\"=2}", "{b=1 b=2}");
        });
    }

    #[test]
    fn r3_newlines_mean_nothing_in_brackets() {
        on_big_stack(|| {
            check_expr("{for k,v in y : k => v ?\n1 :\n2}", "for(k,v in y : @0k => (? @0v 1 2))");
            check_expr("{for k,v in y : k => v\n&& k}", "for(k,v in y : @0k => (And @0v @0k))");
            check_expr("{for k,v in y : k => v\n.b}", "for(k,v in y : @0k => <@0v>.b)");
            check_expr("[for v in y ? # c\nx :\nz : v]", "for(v in (? y x z) : @0v)");
            check_expr("[for v in x\n.z : v]", "for(v in x.z : @0v)");
            check_expr("[for\r\n x in y : x]", "for(x in y : @0v)");
            check_expr("(!\nb)", "paren((Not b))");
            check_expr("(-\n1)", "paren((Neg 1))");
            check_expr("\"%{ if x ||\ny }a%{ endif }\"", "t(if((Or x y), \"a\", ))");
            check_expr("\"%{ for a in x ?\ny : z }%{ endfor }\"", "t(for(a in (? x y z) : ))");
        });
    }

    #[test]
    fn r4_a_marker_with_something_after_it_is_text() {
        on_big_stack(|| {
            check("a = <<EOT\nEOT\"\n EOT # c\nEOT,\nEOT\n", r#"a = "EOT\"\n EOT # c\nEOT,\n""#);
            check("a = <<_E\n_E ${x}\n_E\n", r#"a = t("_E " x "\n")"#);
            check("a = <<E\nE\u{301}\nx\n\u{a0}E\u{a0}\n", "a = \"É\\nx\\n\"");
        });
    }

    #[test]
    fn r5_to_r7_marks_carriage_returns_and_large_numbers() {
        on_big_stack(|| {
            check("\u{feff}a = 1\n", "a = 1");
            check("# a\rb\na = 1\n", "a = 1");
            check_expr("1e400 > 1", &format!("(Greater 1{} 1)", "0".repeat(400)));
            check_expr("1E+2", "100");
            let long = format!("1{}", "0".repeat(399));
            check_expr(&long, &long);
        });
    }

    #[test]
    fn r11_directive_bodies_are_unescaped() {
        on_big_stack(|| {
            check_expr(r#""%{ if c }a\n\"\u00e9%{ endif }""#, r#"t(if(c, "a\n\"é", ))"#);
        });
    }

    #[test]
    fn r12_flush_heredocs_lose_the_common_indentation() {
        on_big_stack(|| {
            let check = |body: &str, expected: &str| {
                check_expr(&format!("<<-E\n{body}E"), expected);
                check_expr(
                    &format!("<<-E\n{body}  E").replace('\n', "\r\n"),
                    &expected.replace("\\n", "\\r\\n"),
                );
            };
            check("  a\n    b\n", r#""a\n  b\n""#);
            check("  a\n \n\n    b\n", r#""a\n \n\n  b\n""#);
            check("\ta\n  b\n", r#""a\n b\n""#);
            check("  %{ for x in l }\n    a\n  %{ endfor }\n", r#"t(for(x in l : "\n  a\n") "\n")"#);
            check("  a${x}\n    b\n", r#"t("a" x "\n  b\n")"#);
            check("${x}\n    b\n", r#"t(x "\n    b\n")"#);
            check("  a\n    ${x~}\n  b\n", r#"t("a\n  " x "  b\n")"#);
            check("  a\n  ${~x}\n  b\n", r#"t("  a\n" x "\n  b\n")"#);
        });
    }

    #[test]
    fn r13_tildes_take_all_space_of_the_neighbour() {
        on_big_stack(|| {
            check_expr(r#""a\n ${~ x ~} \n b""#, r#"t("a" x "b")"#);
            check_expr("<<E\na\n\n  ${~ x ~}\n\nb\nE", r#"t("a\n\n" x "\nb\n")"#);
        });
    }

    #[test]
    fn r8_to_r10_odd_indexes_are_read() {
        on_big_stack(|| {
            check_expr("a.01 + a.1e3", "(Add a.1 a.1000)");
        });
    }

    #[test]
    fn newlines_after_lists_end_the_argument() {
        on_big_stack(|| {
            for text in ["[1]\n? a : b", "f(1)\n+ 2", "[1]\n.a", "f(1) + g\n(2)", "a.\nb"] {
                let (_, diagnostics) = read(&format!("a = {text}\n"));
                assert_ne!(diagnostics, [], "{text}");
            }
        });
    }

    #[test]
    fn spans_lie_in_the_original() {
        on_big_stack(|| {
            let text = "\u{feff}a = {\r\n  é = <<E\r\nx ${b.c}\r\nE\r\n  é = f(-1)\r\n}\r\n";
            let (file, diagnostics) = parse(&Files::default().add("test.tf", text));
            assert_eq!(diagnostics, []);
            let slices: Vec<_> =
                (0..file.arena.len()).map(|i| &text[file.arena.span(ExprId(i as u32)).range()]).collect();
            assert_eq!(slices[0], "b.c");
            assert_eq!(slices[1], "<<E\r\nx ${b.c}\r\nE");
            assert_eq!(slices[2..5], ["1", "-1", "f(-1)"]);
            assert_eq!(&text[file.body.attrs[0].span.range()], text[3..].trim_end());
        });
    }

    #[test]
    fn single_expressions_may_have_newlines_around_and_inside() {
        on_big_stack(|| {
            let check = |text: &str, expected: &str| {
                let (arena, expr, diagnostics) = parse_expression(&Files::default().add("<value>", text));
                assert_eq!(diagnostics, [], "{text}");
                assert_eq!(expr.map(|e| dump::expr(&arena, e)).as_deref(), Some(expected), "{text}");
            };
            check("1", "1");
            check(" # c\n a\n + b // d\n", "(Add a b)");
            check("{ a = 1\n b = 2 }", "{a=1 b=2}");
            let refuse = |text: &str, summary: &str| {
                let (_, expr, diagnostics) = parse_expression(&Files::default().add("<value>", text));
                assert_eq!((expr, diagnostics[0].summary.as_str()), (None, summary), "{text}");
            };
            refuse("", "Missing expression");
            refuse("1 2", "Extra characters after expression");
            refuse("a b", "Extra characters after expression");
        });
    }

    #[test]
    fn template_files_have_no_quotes() {
        on_big_stack(|| {
            let check = |text: &str, expected: &str| {
                let (arena, expr, diagnostics) = parse_template(&Files::default().add("t.tmpl", text));
                assert_eq!(diagnostics, [], "{text}");
                assert_eq!(expr.map(|e| dump::expr(&arena, e)).as_deref(), Some(expected), "{text}");
            };
            check("", "\"\"");
            check("a \"b\" \\n\n", r#""a \"b\" \\n\n""#);
            check("${a}", "wrap(a)");
            check("%{ for x in l ~}\n  ${x}\n%{ endfor ~}\n", r#"t(for(x in l : "  " @0v "\n"))"#);
            // As Terraform has it: a carriage return alone ends the template's syntax.
            check("${a}\r${b}", r#"t(a "\r${b}")"#);
            // The newline after `% ` is a literal of its own, so that the space is not taken.
            check("5% \n${~ a}", r#"t("5% " a)"#);
            let (_, expr, diagnostics) = parse_template(&Files::default().add("t.tmpl", "%{ if a }"));
            assert_eq!((expr, diagnostics[0].summary.as_str()), (None, "Unexpected end of template"));
        });
    }
}
