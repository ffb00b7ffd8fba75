//! The interpreter: one arm per kind of expression.

use ecow::EcoString;

use super::access::{apply_steps, one_of_values};
use super::error::{EvalError, EvalResult};
use super::funcs::{self, World};
use super::{MAX_DEPTH, MAX_NODES, MAX_STRING, ops, special, work};
use crate::source::{FileId, Span};
use crate::syntax::{Arena, Code, ExprId, Item, Items, KeyExpr, Node, RefId, Reference};
use crate::value::{
    Cause, CauseKind, Marks, ObjectId, Refine, Type, Value, convert, convert_error_text, unify, unknown_like,
};
use crate::words::suggestion;

/// Knows what names stand for. Total, and never evaluates anything itself.
pub trait Lookup {
    /// Returns the value of a reference and how many of its steps that value has consumed.
    ///
    /// `index` evaluates an index expression of the reference.
    ///
    /// # Errors
    /// If the name is not declared, or what it names has failed.
    fn resolve(
        &self,
        id: RefId,
        reference: &Reference,
        index: &mut dyn FnMut(ExprId) -> EvalResult<Value>,
    ) -> EvalResult<(Value, usize)>;

    /// Returns the provider that has a local name here: `aws`. None: there is none of that name.
    fn provider(&self, local: &str) -> Option<EcoString> {
        Some(local.into())
    }

    /// Returns an attribute that the source does not set, of a resource that is passed on as a whole.
    ///
    /// # Errors
    /// If the resource type has no such attribute.
    fn missing(&self, object: ObjectId, attr: &str) -> EvalResult<Value>;
}

/// A lookup for constant expressions: no name is declared.
pub struct NoNames;

impl Lookup for NoNames {
    fn resolve(
        &self,
        _: RefId,
        reference: &Reference,
        _: &mut dyn FnMut(ExprId) -> EvalResult<Value>,
    ) -> EvalResult<(Value, usize)> {
        Err(EvalError::new(
            "Variables not allowed",
            format!("`{}`: names may not be used here", reference.root),
            None,
        ))
    }

    fn missing(&self, _: ObjectId, attr: &str) -> EvalResult<Value> {
        Err(EvalError::new("Unsupported attribute", format!("no attribute `{attr}`"), None))
    }
}

/// Evaluates the expressions of one file in one place.
pub struct Evaluator<'a> {
    pub arena: &'a Arena,
    pub file: FileId,
    pub lookup: &'a dyn Lookup,
    pub world: World<'a>,
    /// Enclosing `for` loops, the innermost last.
    pub(super) loops: Vec<Loop>,
    /// True inside a template file, where `templatefile` may not be called.
    pub(super) in_template: bool,
}

#[derive(Clone)]
pub(super) struct Loop {
    pub key: Value,
    pub value: Value,
}

impl<'a> Evaluator<'a> {
    pub fn new(arena: &'a Arena, file: FileId, lookup: &'a dyn Lookup, world: World<'a>) -> Evaluator<'a> {
        Evaluator { arena, file, lookup, world, loops: Vec::new(), in_template: false }
    }

    pub(super) fn code(&self) -> Code<'a> {
        Code { arena: self.arena, id: self.file }
    }

    pub(super) fn span(&self, id: ExprId) -> Option<Span> {
        Some(self.arena.span(id).in_file(self.file))
    }

    pub(super) fn fail<T>(&self, id: ExprId, summary: &str, detail: impl Into<String>) -> EvalResult<T> {
        Err(EvalError::new(summary, detail, self.span(id)))
    }

    /// Counts steps that evaluation takes at an expression.
    #[inline]
    pub(super) fn spend(&self, steps: u64, id: ExprId) -> EvalResult<()> {
        self.world.work.spend(steps, || self.span(id))
    }

    /// Evaluates an expression.
    ///
    /// # Errors
    /// What Terraform would report first.
    pub fn eval(&mut self, id: ExprId) -> EvalResult<Value> {
        self.node(id).map_err(|e| match self.arena.node(id) {
            Node::Unary(op, _) => e.typed(ops::unary_type(*op)),
            Node::Binary(op, ..) => e.typed(ops::binary_type(*op)),
            Node::Template(_) => e.typed(Type::String),
            // They say so themselves.
            Node::Paren(_)
            | Node::Wrap(_)
            | Node::Tuple(_)
            | Node::Object(_)
            | Node::For(_)
            | Node::Conditional { .. } => e,
            _ => e.typed(Type::Dynamic),
        })
    }

    fn node(&mut self, id: ExprId) -> EvalResult<Value> {
        let arena = self.arena;
        self.spend(1, id)?;
        match arena.node(id) {
            Node::Literal(value) => Ok(value.clone()),
            Node::Paren(inner) | Node::Wrap(inner) => self.eval(*inner),
            Node::Ref(r) => self.reference(*r, id),
            Node::Bound { depth, second } => {
                let at = self.loops.len().checked_sub(1 + *depth as usize);
                let bound = &self.loops[at.expect("bug: a bound name outside its loop")];
                Ok(if *second { bound.value.clone() } else { bound.key.clone() })
            }
            Node::Steps { source, steps } => {
                let value = self.eval(*source)?;
                apply_steps(self, value, steps)
            }
            Node::Unary(op, operand) => {
                let value = self.eval(*operand)?;
                ops::unary(*op, &value, self.span(*operand))
            }
            Node::Binary(op, left, right) => {
                let a = self.eval(*left);
                let b = self.eval(*right);
                match (a, b) {
                    (Ok(a), Ok(b)) => {
                        self.spend(seen(&a) + seen(&b), id)?;
                        ops::binary(*op, &a, &b, self.span(*left), self.span(*right), self.span(id))
                    }
                    (Err(a), Err(b)) => Err(b.after(Some(a))),
                    (Ok(a), Err(e)) if self.world.work.stops && !e.uncaught && ops::decides(*op, &a) => Ok(a),
                    (Err(e), Ok(_)) | (Ok(_), Err(e)) => Err(e),
                }
            }
            Node::Conditional { cond, yes, no } => self.conditional(*cond, *yes, *no, id),
            Node::Tuple(items) => {
                let values = self.all(items.iter().copied())?;
                self.bounded(Value::tuple(values), id)
            }
            Node::Object(items) => self.object(items, id),
            Node::Call { name, args, expand, .. } => self.call(name, args, *expand, id),
            Node::For(f) => {
                let mut ty = Type::Dynamic;
                self.for_expr(f, id, &mut ty).map_err(|e| e.typed(ty))
            }
            Node::Template(parts) => self.template(parts, id),
            Node::Failed(text) => self.fail(id, text, text.as_str()),
        }
    }

    /// Evaluates what stands side by side; what is wrong with any of it is told, with the type of the tuple.
    fn all(&mut self, ids: impl ExactSizeIterator<Item = ExprId>) -> EvalResult<Vec<Value>> {
        let mut values = Vec::with_capacity(ids.len());
        let mut failed = None;
        for id in ids {
            match self.eval(id) {
                Ok(value) => values.push(value),
                Err(e) => {
                    values.push(e.stand_in());
                    failed = Some(e.after(failed));
                }
            }
        }
        match failed {
            Some(e) => Err(e.typed(Value::tuple(values).type_of())),
            None => Ok(values),
        }
    }

    /// Refuses values that would exhaust memory or stack.
    pub(super) fn bounded(&self, value: Value, id: ExprId) -> EvalResult<Value> {
        let head = value.head();
        if head.nodes > MAX_NODES || head.depth > MAX_DEPTH {
            // What has failed already is not told once more wherever it is put to use.
            if let Some(why) = value.cause().filter(|c| c.kind() == CauseKind::Failed) {
                return Ok(Value::unknown(Type::Dynamic, why));
            }
            return self.fail(
                id,
                "Value too large",
                format!("the result has more than {MAX_NODES} parts or more than {MAX_DEPTH} levels"),
            );
        }
        Ok(value)
    }

    fn reference(&mut self, r: RefId, id: ExprId) -> EvalResult<Value> {
        let reference = self.arena.reference(r);
        let lookup = self.lookup;
        let (value, used) = lookup.resolve(r, reference, &mut |e| self.eval(e)).map_err(|mut e| {
            if e.span.is_none() {
                e.span = self.span(id);
            }
            e
        })?;
        if used >= reference.steps.len() {
            return Ok(value);
        }
        apply_steps(self, value, &reference.steps[used..])
    }

    fn conditional(&mut self, cond: ExprId, yes: ExprId, no: ExprId, id: ExprId) -> EvalResult<Value> {
        let condition = self.eval(cond);
        let yes_value = self.eval(yes);
        let no_value = self.eval(no);
        // The branch not taken may fail, and has a type all the same.
        let a = yes_value.as_ref().map_or_else(|e| e.stand_in(), Clone::clone);
        let b = no_value.as_ref().map_or_else(|e| e.stand_in(), Clone::clone);
        self.spend(seen(&a) + seen(&b), id)?;
        let ty = match conditional_type(&a, &b) {
            Some(ty) => ty,
            None => {
                return self.fail(
                    id,
                    "Inconsistent conditional result types",
                    "The true and false result expressions must have consistent types.",
                );
            }
        };
        self.chosen(condition, [yes_value, no_value], [a, b], [cond, id], &ty).map_err(|e| e.typed(ty))
    }

    /// Returns the branch that the condition chooses, as a value of the type that both have.
    fn chosen(
        &self,
        condition: EvalResult<Value>,
        [yes, no]: [EvalResult<Value>; 2],
        [a, b]: [Value; 2],
        [cond, id]: [ExprId; 2],
        ty: &Type,
    ) -> EvalResult<Value> {
        let condition = condition?;
        if condition.is_null() {
            return self.fail(
                cond,
                "Null condition",
                "The condition value is null. Conditions must either be true or false.",
            );
        }
        if condition.is_unknown() {
            // What a name stands for must not fail, whichever branch mentions it. With all else Terraform waits until
            // the branch is taken.
            if let Some(e) = [yes, no].into_iter().filter_map(Result::err).find(|e| e.uncaught) {
                return Err(e);
            }
            return Ok(either(&condition, &a, &b, ty));
        }
        let decided = match convert(&condition, &Type::Bool) {
            Ok(v) => v,
            Err(e) => {
                return self.fail(
                    cond,
                    "Incorrect condition type",
                    format!("The condition expression must be of type bool: {}.", convert_error_text(&e)),
                );
            }
        };
        let taken = if decided.as_bool() == Some(true) { yes? } else { no? };
        match convert(&taken, ty) {
            Ok(v) => Ok(v.mark(condition.marks() | a.marks() | b.marks())),
            Err(e) => self.fail(
                id,
                "Inconsistent conditional result types",
                format!(
                    "The true and false result expressions must have consistent types: {}.",
                    convert_error_text(&e)
                ),
            ),
        }
    }

    fn object(&mut self, items: &Items, id: ExprId) -> EvalResult<Value> {
        let mut failed: Option<Box<EvalError>> = None;
        let made = items.object(|| {
            let value = |item: &Item| {
                self.eval(item.value).unwrap_or_else(|e| {
                    let stand_in = e.stand_in();
                    failed = Some(e.after(failed.take()));
                    stand_in
                })
            };
            items.iter().map(value).collect()
        });
        match (made, failed) {
            (Some(made), None) => self.bounded(made, id),
            (Some(made), Some(e)) => Err(e.typed(made.type_of())),
            (None, _) => self.object_of(items, id),
        }
    }

    /// An object whose names are to be evaluated, or stand there twice.
    fn object_of(&mut self, items: &[Item], id: ExprId) -> EvalResult<Value> {
        let mut entries: Vec<(EcoString, Value)> = Vec::with_capacity(items.len());
        let mut marks = Marks::NONE;
        let mut open = None;
        let mut failed: Option<Box<EvalError>> = None;
        let mut has_keys = true;
        for item in items {
            let key = match &item.key {
                KeyExpr::Name(name) => Ok(Some(name.clone())),
                KeyExpr::Expr(e) => {
                    self.eval(*e).and_then(|key| self.object_key(&key, *e, &mut marks, &mut open))
                }
                KeyExpr::Ambiguous => Err(EvalError::new(
                    "Ambiguous attribute key",
                    "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a literal name containing periods, wrap it in quotes to create a string literal.",
                    Some(item.key_span.in_file(self.file)),
                )),
            };
            match (key, self.eval(item.value)) {
                (Ok(Some(key)), Ok(value)) => entries.push((key, value)),
                (Ok(None), Ok(_)) => {}
                (Ok(Some(key)), Err(e)) => {
                    entries.push((key, e.stand_in()));
                    failed = Some(e.after(failed));
                }
                (key, value) => {
                    has_keys &= key.is_ok();
                    for e in [key.err(), value.err()].into_iter().flatten() {
                        failed = Some(e.after(failed));
                    }
                }
            }
        }
        if let Some(e) = failed {
            let known = has_keys && open.is_none();
            return Err(e.typed(if known { Value::object(entries).type_of() } else { Type::Dynamic }));
        }
        if let Some(why) = open {
            return Ok(Value::unknown(Type::Dynamic, why).mark(marks));
        }
        self.bounded(Value::object(entries).mark(marks), id)
    }

    fn object_key(
        &self,
        key: &Value,
        at: ExprId,
        marks: &mut Marks,
        open: &mut Option<Cause>,
    ) -> EvalResult<Option<EcoString>> {
        if key.is_null() {
            return self.fail(at, "Null value as key", "Can't use a null value as a key.");
        }
        let (key, m) = key.unmark();
        *marks |= m;
        let key = match convert(&key, &Type::String) {
            Ok(k) => k,
            Err(e) => {
                return self.fail(
                    at,
                    "Incorrect key type",
                    format!("Can't use this value as a key: {}.", convert_error_text(&e)),
                );
            }
        };
        match key {
            Value::String(s) => Ok(Some(s)),
            other => {
                *open = other.cause().or_else(|| Some(Cause::unstated()));
                Ok(None)
            }
        }
    }

    fn call(&mut self, name: &EcoString, args: &[ExprId], expand: bool, id: ExprId) -> EvalResult<Value> {
        if !expand && let Some(result) = special::call(self, name, args, id) {
            return result;
        }
        if expand && special::is_special(name) {
            return self.special_expanded(name, args, id);
        }
        let provided = name.strip_prefix("provider::").and_then(|rest| rest.split_once("::"));
        let provided = provided.map(|(local, function)| (self.lookup.provider(local), function));
        let found = match &provided {
            Some((Some(provider), function)) => funcs::find(&format!("provider::{provider}::{function}")),
            Some((None, _)) => None,
            None => funcs::find(name),
        };
        let Some(function) = found else {
            // Only the provider itself knows what functions it has, and what they do: a plan asks it.
            if let Some((Some(provider), _)) = provided
                && provider != "terraform"
            {
                let values = self.all(args.iter().copied())?;
                let why = Cause::new(CauseKind::Data, format!("{name}()"), self.span(id));
                let marks = values.iter().fold(Marks::default(), |marks, v| marks | v.marks());
                return Ok(Value::unknown(Type::Dynamic, why).mark(marks));
            }
            let hint = suggestion(name, funcs::all().map(|f| f.name).chain(special::NAMES));
            return self.fail(
                id,
                "Call to unknown function",
                format!("There is no function named \"{name}\".{hint}"),
            );
        };
        let mut values = self.all(args.iter().copied())?;
        if expand && let (Some(value), Some(arg)) = (values.pop(), args.last()) {
            match self.expanded(&value, *arg)? {
                Some(items) => values.extend(items),
                None => return Ok(unknown_like(&value, Type::Dynamic).mark(value.marks())),
            }
        }
        if values.len() < function.params.len() {
            let missing = function.params[values.len()].name;
            let plural = if function.rest.is_some() { "at least " } else { "" };
            return self.fail(
                id,
                "Not enough function arguments",
                format!(
                    "Function \"{name}\" expects {plural}{} argument(s). Missing value for \"{missing}\".",
                    function.params.len()
                ),
            );
        }
        if function.rest.is_none() && values.len() > function.params.len() {
            return self.fail(
                id,
                "Too many function arguments",
                format!("Function \"{name}\" expects only {} argument(s).", function.params.len()),
            );
        }
        let spans = |i: usize| args.get(i.min(args.len().saturating_sub(1))).and_then(|a| self.span(*a));
        self.spend(work::effort(function.name, &values), id)?;
        let value = funcs::call(function, values, &self.world, self.span(id), &spans)?;
        self.spend(work::size(&value), id)?;
        if value.as_str().is_some_and(|s| s.len() > MAX_STRING) {
            return self.fail(id, "Value too large", format!("the string has more than {MAX_STRING} bytes"));
        }
        self.bounded(value, id)
    }

    /// Calls a special function whose last argument is expanded: its arguments are values then.
    fn special_expanded(&mut self, name: &EcoString, args: &[ExprId], id: ExprId) -> EvalResult<Value> {
        let Some((last, first)) = args.split_last() else { return special::call_values(self, name, &[], id) };
        let value = self.eval(*last)?;
        let Some(items) = self.expanded(&value, *last)? else {
            return Ok(unknown_like(&value, Type::Dynamic).mark(value.marks()));
        };
        // `try` may pass over what fails before.
        let mut values = Vec::with_capacity(first.len() + items.len());
        for arg in first {
            match self.eval(*arg) {
                Ok(value) => values.push(value),
                Err(e) if name == "try" && !e.uncaught => {}
                Err(e) => return Err(e),
            }
        }
        values.extend(items);
        special::call_values(self, name, &values, id)
    }

    /// Returns the arguments that `x...` stands for, or None if it is unknown.
    fn expanded(&self, value: &Value, at: ExprId) -> EvalResult<Option<Vec<Value>>> {
        const SUMMARY: &str = "Invalid expanding argument value";
        if value.is_null() {
            return self.fail(at, SUMMARY, "The expanding argument (indicated by ...) must not be null.");
        }
        let (bare, marks) = value.unmark();
        match &bare {
            Value::List(s) | Value::Tuple(s) | Value::Set(s) => {
                Ok(Some(s.items().iter().map(|v| v.clone().mark(marks)).collect()))
            }
            Value::Unknown(u)
                if matches!(u.ty, Type::Dynamic | Type::List(_) | Type::Tuple(_) | Type::Set(_)) =>
            {
                Ok(None)
            }
            _ => self.fail(
                at,
                SUMMARY,
                "The expanding argument (indicated by ...) must be of a tuple, list, or set type.",
            ),
        }
    }
}

/// Returns how many steps a look at all parts of a value takes.
fn seen(value: &Value) -> u64 {
    u64::from(value.head().nodes) / 16
}

fn conditional_type(a: &Value, b: &Value) -> Option<Type> {
    match (a, b) {
        (Value::String(_), Value::String(_)) => return Some(Type::String),
        (Value::Number(_), Value::Number(_)) => return Some(Type::Number),
        (Value::Bool(_), Value::Bool(_)) => return Some(Type::Bool),
        _ => {}
    }
    let untyped_null = |v: &Value| matches!(v, Value::Null(Type::Dynamic));
    let (ta, tb) = (a.type_of(), b.type_of());
    if untyped_null(a) {
        return Some(tb);
    }
    if untyped_null(b) {
        return Some(ta);
    }
    if ta == Type::Dynamic || tb == Type::Dynamic {
        return Some(Type::Dynamic);
    }
    unify(&[ta, tb], true)
}

/// Returns the unknown that is one of two values.
pub(super) fn either(condition: &Value, a: &Value, b: &Value, ty: &Type) -> Value {
    let (bare_a, marks_a) = a.unmark();
    let (bare_b, marks_b) = b.unmark();
    let marks = condition.marks() | marks_a | marks_b;
    if bare_a.is_null() && bare_b.is_null() {
        return Value::Null(ty.clone()).mark(marks);
    }
    let why = condition.cause().unwrap_or_else(Cause::unstated);
    let refine = ops::refine_either(&bare_a, &bare_b);
    let is = one_of_values([&bare_a, &bare_b].into_iter());
    let value = Value::unknown_as(ty.clone(), refine, why.clone(), is).settled();
    // Elements of a list that is certain to have so many stand for what is in their place on either side.
    let value = match (&value, bare_a.as_seq(), bare_b.as_seq()) {
        (Value::List(_) | Value::Set(_), Some(xs), Some(ys)) if xs.len() == ys.len() => {
            let element = ty.element().cloned().unwrap_or(Type::Dynamic);
            let items = xs.iter().zip(ys).map(|(x, y)| {
                let is = one_of_values([x, y].into_iter());
                Value::unknown_as(element.clone(), Refine::default(), why.clone(), is)
            });
            match value {
                Value::Set(_) => Value::set(element.clone(), items.collect()),
                _ => Value::list(element.clone(), items.collect()),
            }
        }
        _ => value,
    };
    value.mark(marks)
}
