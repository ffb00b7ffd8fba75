//! Expressions as text, for tests: prefix notation, `@0v` for the value of the innermost loop, `@1k` for the
//! key of the one around it.

use std::fmt::Write;

use super::{Arena, Body, ExprId, KeyExpr, Node, Part, Step, StepKind};
use crate::value::Value;

pub(super) fn body(arena: &Arena, body: &Body) -> String {
    let mut parts = Vec::new();
    for a in &body.attrs {
        parts.push((a.span.start, format!("{} = {}", a.name, expr(arena, a.expr))));
    }
    for b in &body.blocks {
        let labels: String = b.labels.iter().map(|l| format!(" {:?}", l.text.as_str())).collect();
        parts.push((b.span.start, format!("{}{labels} {{ {} }}", b.kind, self::body(arena, &b.body))));
    }
    parts.sort_by_key(|(start, _)| *start);
    parts.into_iter().map(|(_, p)| p).collect::<Vec<_>>().join("; ")
}

pub(super) fn expr(arena: &Arena, id: ExprId) -> String {
    let e = |id: &ExprId| expr(arena, *id);
    let list = |items: &[ExprId]| items.iter().map(e).collect::<Vec<_>>().join(" ");
    match arena.node(id) {
        Node::Literal(Value::Null(_)) => "null".into(),
        Node::Literal(Value::Bool(b)) => b.to_string(),
        Node::Literal(Value::Number(n)) => n.to_string(),
        Node::Literal(Value::String(s)) => format!("{:?}", s.as_str()),
        Node::Literal(v) => format!("{v:?}"),
        Node::Ref(r) => {
            let r = arena.reference(*r);
            format!("{}{}", r.root, steps(arena, &r.steps))
        }
        Node::Bound { depth, second } => format!("@{depth}{}", if *second { 'v' } else { 'k' }),
        Node::Steps { source, steps: s } => format!("<{}>{}", e(source), steps(arena, s)),
        Node::Paren(x) => format!("paren({})", e(x)),
        Node::Unary(op, x) => format!("({op:?} {})", e(x)),
        Node::Binary(op, a, b) => format!("({op:?} {} {})", e(a), e(b)),
        Node::Conditional { cond, yes, no } => format!("(? {} {} {})", e(cond), e(yes), e(no)),
        Node::Tuple(items) => format!("[{}]", list(items)),
        Node::Object(items) => {
            let item = |i: &super::Item| match &i.key {
                KeyExpr::Name(n) => format!("{n}={}", e(&i.value)),
                KeyExpr::Expr(k) => format!("<{}>={}", e(k), e(&i.value)),
                KeyExpr::Ambiguous => format!("?={}", e(&i.value)),
            };
            format!("{{{}}}", items.iter().map(item).collect::<Vec<_>>().join(" "))
        }
        Node::Call { name, args, expand, .. } => {
            format!("{name}({}{})", list(args), if *expand { "..." } else { "" })
        }
        Node::For(f) => {
            let mut s = String::from("for(");
            if let Some(k) = &f.key_name {
                let _ = write!(s, "{k},");
            }
            let _ = write!(s, "{} in {} : ", f.value_name, e(&f.collection));
            if let Some(k) = &f.key {
                let _ = write!(s, "{} => ", e(k));
            }
            let _ = write!(s, "{}{}", e(&f.value), if f.group { "..." } else { "" });
            if let Some(c) = &f.cond {
                let _ = write!(s, " if {}", e(c));
            }
            s + ")"
        }
        Node::Template(p) => format!("t({})", parts(arena, p)),
        Node::Wrap(x) => format!("wrap({})", e(x)),
        Node::Failed(_) => "failed".into(),
    }
}

fn parts(arena: &Arena, parts: &[Part]) -> String {
    let part = |p: &Part| match p {
        Part::Text(t) => format!("{:?}", t.as_str()),
        Part::Expr(x) => expr(arena, *x),
        Part::If { cond, yes, no } => {
            format!("if({}, {}, {})", expr(arena, *cond), self::parts(arena, yes), self::parts(arena, no))
        }
        Part::For { key_name, value_name, collection, body } => {
            let key = key_name.as_ref().map(|k| format!("{k},")).unwrap_or_default();
            format!("for({key}{value_name} in {} : {})", expr(arena, *collection), self::parts(arena, body))
        }
    };
    parts.iter().map(part).collect::<Vec<_>>().join(" ")
}

fn steps(arena: &Arena, steps: &[Step]) -> String {
    let step = |s: &Step| match &s.kind {
        StepKind::Attr(n) => format!(".{n}"),
        StepKind::Index(i) => format!("[{}]", expr(arena, *i)),
        StepKind::LegacyIndex(i) => format!(".{i}"),
        StepKind::AttrSplat => ".*".into(),
        StepKind::FullSplat => "[*]".into(),
    };
    steps.iter().map(step).collect()
}
