//! hcl-edit's tree to our arena.
//!
//! In: the tree, the original text. Out: nodes. Offsets lead back to the original, and all text is taken from
//! there: what hcl-edit made of strings, heredocs and numbers is not looked at. Never here: anything about
//! Terraform's blocks.

use std::collections::HashMap;

use ecow::EcoString;
use hcl_edit::Span;
use hcl_edit::expr::{
    Array, BinaryOperator, Expression, ForExpr as HclFor, FuncCall, Object, ObjectKey, Traversal,
    TraversalOperator, UnaryOperator,
};
use hcl_edit::parser::{Error, parse_expr};
use hcl_edit::structure::{self, Structure};

use super::normalise::{Piece, skip_blank, starts_with_for};
use super::text::{nfc, unescape_quoted};
use super::{
    Arena, Attr, BinaryOp, Block, Body, ExprId, ForExpr, Item, KeyExpr, Label, Node, Reference, Step,
    StepKind, Stretch, UnaryOp, is_ident_continue,
};
use crate::finding::Diagnostic;
use crate::source::FileId;
use crate::value::{Number, Value};

/// Nodes deeper than this are refused: evaluation descends as deep. hcl-edit allows 64 levels and 128 operators
/// in each piece that it is given.
const MAX_DEPTH: u32 = 512;

pub(super) struct Lowerer<'a> {
    /// The text in which the offsets of nodes lie.
    pub text: &'a str,
    pub file: FileId,
    /// What to add to the tree's offsets for offsets in `text`.
    pub base: u32,
    /// What was cut out of the copy, until its object is met; offsets are the copy's, which lies at `origin`.
    pieces: HashMap<u32, Vec<Piece>>,
    origin: u32,
    /// Why a piece cannot be parsed. What was lowered by then is of no use.
    pub refused: Option<(u32, Error)>,
    pub arena: &'a mut Arena,
    pub diagnostics: &'a mut Vec<Diagnostic>,
    /// Something was met that Terraform refuses and hcl-edit accepts.
    pub suspect: bool,
    /// The names of the enclosing loops, the innermost last.
    loops: Vec<(Option<EcoString>, EcoString)>,
    depth: u32,
    /// Whether newlines mean nothing here.
    free: bool,
}

impl<'a> Lowerer<'a> {
    pub fn new(
        text: &'a str,
        file: FileId,
        pieces: HashMap<u32, Vec<Piece>>,
        base: u32,
        arena: &'a mut Arena,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Lowerer<'a> {
        Lowerer {
            text,
            file,
            base,
            pieces,
            origin: base,
            refused: None,
            arena,
            diagnostics,
            suspect: false,
            loops: Vec::new(),
            depth: 0,
            free: false,
        }
    }

    /// Where something of the tree lies in the text.
    pub(super) fn stretch(&self, of: &impl Span) -> Stretch {
        let span = of.span().unwrap_or_default();
        Stretch { start: self.base + span.start as u32, end: self.base + span.end as u32 }
    }

    pub(super) fn slice(&self, at: Stretch) -> &'a str {
        self.text.get(at.start as usize..at.end as usize).unwrap_or("")
    }

    /// Runs `inner` where newlines mean nothing, or do.
    pub(super) fn newlines<T>(&mut self, free: bool, inner: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.free, free);
        let result = inner(self);
        self.free = outer;
        result
    }

    /// Runs `inner` with the names of a loop.
    pub(super) fn with_loop<T>(
        &mut self,
        key: Option<EcoString>,
        value: EcoString,
        inner: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.loops.push((key, value));
        let result = inner(self);
        self.loops.pop();
        result
    }

    pub fn body(&mut self, body: &structure::Body, span: Stretch) -> Body {
        let mut result = Body { span, ..Body::default() };
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let name_span = self.stretch(&attribute.key);
                    let expr = self.expr(&attribute.value);
                    let span = Stretch { start: name_span.start, end: self.arena.span(expr).end };
                    result.attrs.push(Attr { name: attribute.key.as_str().into(), name_span, expr, span });
                }
                Structure::Block(block) => {
                    let block = self.block(block);
                    result.blocks.push(block);
                }
            }
        }
        result
    }

    fn block(&mut self, block: &structure::Block) -> Block {
        let kind_span = self.stretch(&block.ident);
        let labels: Vec<Label> = block.labels.iter().map(|l| self.label(l)).collect();
        let span = self.stretch(block);
        let head_end = labels.last().map_or(kind_span.end, |l| l.span.end);
        let open = skip_blank(self.text.as_bytes(), head_end as usize) as u32;
        let inside =
            Stretch { start: (open + 1).min(span.end), end: span.end.saturating_sub(1).max(open + 1) };
        Block {
            kind: block.ident.as_str().into(),
            kind_span,
            labels,
            body: self.body(&block.body, inside),
            span,
            head_span: Stretch { start: kind_span.start, end: head_end },
        }
    }

    fn label(&mut self, label: &structure::BlockLabel) -> Label {
        match label {
            structure::BlockLabel::Ident(name) => {
                Label { text: name.as_str().into(), span: self.stretch(name) }
            }
            structure::BlockLabel::String(text) => {
                let span = self.stretch(text);
                Label { text: self.quoted(span), span }
            }
        }
    }

    /// The text of a string without templates, from its quotes on.
    fn quoted(&mut self, span: Stretch) -> EcoString {
        let raw = self.slice(span);
        let Some(raw) = raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')) else {
            // Normalising makes `""` of an empty heredoc.
            return EcoString::new();
        };
        self.suspect |= memchr::memchr2(b'\n', b'\r', raw.as_bytes()).is_some();
        nfc(&unescape_quoted(raw))
    }

    pub fn expr(&mut self, e: &Expression) -> ExprId {
        self.depth += 1;
        let id = if self.depth > MAX_DEPTH { self.too_deep(self.stretch(e)) } else { self.expr_inner(e) };
        self.depth -= 1;
        id
    }

    fn too_deep(&mut self, span: Stretch) -> ExprId {
        self.diagnostics.push(super::too_deep(span.in_file(self.file)));
        self.arena.push(Node::Failed("the expression is nested too deeply".into()), span)
    }

    fn expr_inner(&mut self, e: &Expression) -> ExprId {
        let span = self.stretch(e);
        let node = match e {
            Expression::Null(_) => Node::Literal(Value::NULL),
            Expression::Bool(b) => Node::Literal(Value::Bool(*b.value())),
            Expression::Number(_) => return self.number(span),
            Expression::String(_) => Node::Literal(Value::String(self.quoted(span))),
            Expression::Array(array) => self.array(array, span),
            Expression::Object(object) => self.object(object, span),
            Expression::StringTemplate(template) => return self.quoted_template(template, span),
            Expression::HeredocTemplate(heredoc) => return self.heredoc(heredoc, span),
            Expression::Parenthesis(inner) => Node::Paren(self.newlines(true, |l| l.expr(inner.inner()))),
            Expression::Variable(name) => return self.name(name.as_str(), span, span, Vec::new()),
            Expression::Conditional(c) => {
                let cond = self.expr(&c.cond_expr);
                let yes = self.expr(&c.true_expr);
                let no = self.expr(&c.false_expr);
                let [cond_end, yes_start, yes_end, no_start] = [
                    self.arena.span(cond).end,
                    self.arena.span(yes).start,
                    self.arena.span(yes).end,
                    self.arena.span(no).start,
                ];
                self.no_newline(cond_end, yes_start);
                self.no_newline(yes_end, no_start);
                Node::Conditional { cond, yes, no }
            }
            Expression::FuncCall(call) => self.call(call, span),
            Expression::Traversal(traversal) => return self.traversal(traversal, span),
            Expression::UnaryOp(op) => {
                let operator = match op.operator.value() {
                    UnaryOperator::Neg => UnaryOp::Neg,
                    UnaryOperator::Not => UnaryOp::Not,
                };
                Node::Unary(operator, self.expr(&op.expr))
            }
            Expression::BinaryOp(op) => {
                let left = self.expr(&op.lhs_expr);
                let right = self.expr(&op.rhs_expr);
                self.no_newline(self.arena.span(left).end, self.arena.span(right).start);
                Node::Binary(binary(*op.operator.value()), left, right)
            }
            Expression::ForExpr(for_expr) => self.for_expr(for_expr),
        };
        self.arena.push(node, span)
    }

    /// A number, with the sign that hcl-edit takes for part of it and Terraform for an operator.
    fn number(&mut self, span: Stretch) -> ExprId {
        let raw = self.slice(span);
        let digits = raw.trim_start_matches(|c: char| !c.is_ascii_digit());
        let at = Stretch { start: span.end - digits.len() as u32, end: span.end };
        // Terraform takes `1.2.3` for one number, and refuses it.
        self.suspect |= self.number_goes_on(at.end);
        let node = match Number::parse(digits) {
            Some(number) => Node::Literal(Value::Number(number)),
            None => {
                let detail = "The number is too large, too small or too long for this program".to_owned();
                self.diagnostics.push(Diagnostic::error(
                    "Invalid number literal",
                    detail,
                    Some(at.in_file(self.file)),
                ));
                Node::Failed("the number is out of range".into())
            }
        };
        let id = self.arena.push(node, at);
        if raw.starts_with('-') { self.arena.push(Node::Unary(UnaryOp::Neg, id), span) } else { id }
    }

    fn array(&mut self, array: &Array, span: Stretch) -> Node {
        self.suspect |= self.is_for(span);
        self.newlines(true, |l| Node::Tuple(array.iter().map(|item| l.expr(item)).collect()))
    }

    /// Whether a bracket is followed by `for`, after which Terraform expects nothing else.
    fn is_for(&self, span: Stretch) -> bool {
        let at = skip_blank(self.text.as_bytes(), span.start as usize + 1);
        self.text.get(at..).is_some_and(starts_with_for)
    }

    fn object(&mut self, object: &Object, span: Stretch) -> Node {
        self.suspect |= self.is_for(span);
        let pieces = span.start.checked_sub(self.origin).and_then(|at| self.pieces.remove(&at));
        self.newlines(false, |l| {
            let mut items = Vec::with_capacity(object.len());
            match pieces {
                None => l.items(object, &mut items),
                Some(pieces) => l.pieces(pieces, &mut items),
            }
            Node::Object(items.into())
        })
    }

    /// Parses what an object was cut into, one after the other: a tree is many times as large as its text.
    fn pieces(&mut self, pieces: Vec<Piece>, items: &mut Vec<Item>) {
        let outer = self.base;
        for piece in pieces {
            if self.refused.is_some() {
                break;
            }
            self.base = self.origin + piece.base;
            match parse_expr(&piece.text) {
                Ok(Expression::Object(object)) => self.items(&object, items),
                Ok(_) => {}
                Err(error) => self.refused = Some((self.base, error)),
            }
        }
        self.base = outer;
    }

    fn items(&mut self, object: &Object, items: &mut Vec<Item>) {
        for (key, value) in object {
            let (key, key_span) = match key {
                ObjectKey::Ident(name) => (KeyExpr::Name(nfc(name.as_str())), self.stretch(name)),
                ObjectKey::Expression(e) => (self.key(e), self.stretch(e)),
            };
            let value = self.expr(value.expr());
            items.push(Item { key, key_span, value });
        }
    }

    fn key(&mut self, e: &Expression) -> KeyExpr {
        match e {
            Expression::Null(_) => KeyExpr::Name("null".into()),
            Expression::Bool(b) => KeyExpr::Name(if *b.value() { "true" } else { "false" }.into()),
            Expression::String(_) => {
                let span = self.stretch(e);
                KeyExpr::Name(self.quoted(span))
            }
            Expression::Traversal(t) if is_plain(t) => {
                // Kept for what it refers to: Terraform complains of undeclared names first.
                self.expr(e);
                KeyExpr::Ambiguous
            }
            _ => {
                let id = self.expr(e);
                match self.arena.node(id) {
                    Node::Literal(Value::Number(number)) => KeyExpr::Name(number.to_string().into()),
                    Node::Literal(Value::String(text)) => KeyExpr::Name(text.clone()),
                    _ => KeyExpr::Expr(id),
                }
            }
        }
    }

    fn call(&mut self, call: &FuncCall, span: Stretch) -> Node {
        let mut name = EcoString::new();
        for scope in &call.name.namespace {
            name.push_str(scope.as_str());
            name.push_str("::");
        }
        name.push_str(call.name.name.as_str());
        let name_end = self.stretch(&call.name.name).end;
        let open = self.text[name_end as usize..].find('(').unwrap_or(0) as u32;
        self.no_newline(span.start, name_end + open);
        let args = self.newlines(true, |l| call.args.iter().map(|a| l.expr(a)).collect());
        let name_span = Stretch { start: span.start, end: name_end };
        Node::Call { name, name_span, args, expand: call.args.expand_final() }
    }

    fn for_expr(&mut self, e: &HclFor) -> Node {
        self.newlines(true, |l| {
            if let Some(first) = e.intro.key_var.as_ref().or(Some(&e.intro.value_var)) {
                l.after_keyword(l.stretch(first).start);
            }
            l.after_keyword(l.stretch(&e.intro.collection_expr).start);
            if let Some(cond) = &e.cond {
                l.after_keyword(l.stretch(&cond.expr).start);
            }
            let collection = l.expr(&e.intro.collection_expr);
            let key_name: Option<EcoString> = e.intro.key_var.as_ref().map(|k| k.as_str().into());
            let value_name: EcoString = e.intro.value_var.as_str().into();
            let (key, value, cond) = l.with_loop(key_name.clone(), value_name.clone(), |l| {
                let key = e.key_expr.as_ref().map(|k| l.expr(k));
                let value = l.expr(&e.value_expr);
                let cond = e.cond.as_ref().map(|c| l.expr(&c.expr));
                (key, value, cond)
            });
            Node::For(Box::new(ForExpr {
                key_name,
                value_name,
                collection,
                key,
                value,
                cond,
                group: e.grouping,
            }))
        })
    }

    /// A name, with what follows it: bound by a loop, or a reference.
    fn name(&mut self, name: &str, name_span: Stretch, span: Stretch, steps: Vec<Step>) -> ExprId {
        for (depth, (key, value)) in self.loops.iter().rev().enumerate() {
            let second = value == name;
            if second || key.as_ref().is_some_and(|k| k == name) {
                let id = self.arena.push(Node::Bound { depth: depth as u32, second }, name_span);
                return self.steps(id, steps, span);
            }
        }
        self.arena
            .push_ref(Reference { root: name.into(), root_span: name_span, steps: steps.into(), span }, span)
    }

    fn steps(&mut self, source: ExprId, steps: Vec<Step>, span: Stretch) -> ExprId {
        if steps.is_empty() {
            source
        } else {
            self.arena.push(Node::Steps { source, steps: steps.into() }, span)
        }
    }

    fn traversal(&mut self, t: &Traversal, span: Stretch) -> ExprId {
        if let Expression::Variable(name) = &t.expr {
            let steps = self.traversal_steps(t, self.stretch(name).end);
            return self.name(name.as_str(), self.stretch(name), span, steps);
        }
        let mut source = self.expr(&t.expr);
        let steps = self.traversal_steps(t, self.arena.span(source).end);
        // `-1.a` is `-(1.a)`.
        let sign = match (&t.expr, self.arena.node(source)) {
            (Expression::Number(_), Node::Unary(UnaryOp::Neg, inner)) => {
                source = *inner;
                true
            }
            _ => false,
        };
        let start = self.arena.span(source).start;
        let id = self.steps(source, steps, Stretch { start, end: span.end });
        if sign { self.arena.push(Node::Unary(UnaryOp::Neg, id), span) } else { id }
    }

    fn step(&mut self, operator: &TraversalOperator, span: Stretch) -> Step {
        let raw = self.slice(span);
        let kind = match operator {
            TraversalOperator::AttrSplat(_) => StepKind::AttrSplat,
            TraversalOperator::FullSplat(_) => {
                self.suspect |= raw.contains('\n');
                StepKind::FullSplat
            }
            TraversalOperator::GetAttr(name) => StepKind::Attr(name.as_str().into()),
            TraversalOperator::Index(e) => StepKind::Index(self.newlines(true, |l| l.expr(e))),
            TraversalOperator::LegacyIndex(index) => {
                self.suspect |= self.number_goes_on(span.end);
                // Normalising changes some of them: `.01`, `.1e5`.
                let digits = raw.trim_start_matches(|c: char| !c.is_ascii_digit());
                let scientific = || digits.parse::<f64>().map_or(*index.value(), |f| f as u64);
                StepKind::LegacyIndex(digits.parse().unwrap_or_else(|_| scientific()))
            }
        };
        self.suspect |= !self.free && raw.starts_with('.') && raw.contains('\n');
        Step { kind, span }
    }

    /// The steps of a traversal, `after` what they follow.
    fn traversal_steps(&mut self, t: &Traversal, mut after: u32) -> Vec<Step> {
        let mut in_splat = false;
        let mut steps = Vec::with_capacity(t.operators.len());
        for operator in &t.operators {
            let span = self.stretch(operator);
            self.no_newline(after, span.start);
            after = span.end;
            match operator.value() {
                TraversalOperator::AttrSplat(_) => {
                    self.suspect |= in_splat;
                    in_splat = true;
                }
                TraversalOperator::FullSplat(_) | TraversalOperator::Index(_) => in_splat = false,
                TraversalOperator::GetAttr(_) | TraversalOperator::LegacyIndex(_) => {}
            }
            steps.push(self.step(operator.value(), span));
        }
        steps
    }

    /// After a call or a list, hcl-edit reads on over newlines where Terraform does not.
    fn no_newline(&mut self, from: u32, to: u32) {
        let between = self.slice(Stretch { start: from, end: to });
        self.suspect |= !self.free && between.contains('\n');
    }

    /// A keyword must end before what follows it.
    pub(super) fn after_keyword(&mut self, start: u32) {
        let before = self.text[..start as usize].chars().next_back();
        self.suspect |= before.is_some_and(is_ident_continue);
    }

    /// Whether Terraform may take what follows a number for a part of it.
    fn number_goes_on(&self, end: u32) -> bool {
        matches!(self.text.as_bytes()[end as usize..], [b'.', b'0'..=b'9' | b'.' | b'e' | b'E', ..])
    }
}

/// Whether Terraform takes the traversal for one of constant steps.
fn is_plain(t: &Traversal) -> bool {
    let constant = |o: &TraversalOperator| match o {
        TraversalOperator::GetAttr(_) | TraversalOperator::LegacyIndex(_) => true,
        TraversalOperator::Index(e) => match e {
            Expression::Null(_) | Expression::Bool(_) | Expression::String(_) => true,
            Expression::Number(n) => !n.as_repr().is_some_and(|r| r.starts_with('-')),
            _ => false,
        },
        TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => false,
    };
    matches!(t.expr, Expression::Variable(_)) && t.operators.iter().all(|o| constant(o.value()))
}

fn binary(operator: BinaryOperator) -> BinaryOp {
    match operator {
        BinaryOperator::Eq => BinaryOp::Eq,
        BinaryOperator::NotEq => BinaryOp::NotEq,
        BinaryOperator::LessEq => BinaryOp::LessEq,
        BinaryOperator::GreaterEq => BinaryOp::GreaterEq,
        BinaryOperator::Less => BinaryOp::Less,
        BinaryOperator::Greater => BinaryOp::Greater,
        BinaryOperator::Plus => BinaryOp::Add,
        BinaryOperator::Minus => BinaryOp::Sub,
        BinaryOperator::Mul => BinaryOp::Mul,
        BinaryOperator::Div => BinaryOp::Div,
        BinaryOperator::Mod => BinaryOp::Rem,
        BinaryOperator::And => BinaryOp::And,
        BinaryOperator::Or => BinaryOp::Or,
    }
}
