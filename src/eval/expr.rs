//! The interpreter: one arm per kind of expression.

use ecow::EcoString;
use unicode_segmentation::UnicodeSegmentation;

use super::access::{apply_steps, one_of_values};
use super::error::{EvalError, EvalResult};
use super::funcs::{self, World};
use super::{MAX_DEPTH, MAX_NODES, MAX_STRING, ops, special, work};
use crate::source::{FileId, Span};
use crate::syntax::{Arena, ExprId, ForExpr, Item, Items, KeyExpr, Node, Part, RefId, Reference};
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

    fn for_expr(&mut self, f: &ForExpr, id: ExprId, failed_type: &mut Type) -> EvalResult<Value> {
        let collection = self.eval(f.collection)?;
        if collection.is_null() {
            return self.fail(
                f.collection,
                "Iteration over null value",
                "A null value cannot be used as the collection in a 'for' expression.",
            );
        }
        let (collection, mut marks) = collection.unmark();
        let Some(elements) = elements(&collection) else {
            return match &collection {
                Value::Unknown(u) if u.ty == Type::Dynamic || u.ty.is_iterable() => {
                    Ok(Value::unknown(Type::Dynamic, u.why.clone()).mark(marks))
                }
                other => self.fail(
                    f.collection,
                    "Iteration over non-iterable value",
                    format!(
                        "A value of type {} cannot be used as the collection in a 'for' expression.",
                        other.type_of().friendly()
                    ),
                ),
            };
        };
        let mut values: Vec<Value> = Vec::new();
        let mut entries: Vec<(EcoString, Value)> = Vec::new();
        let mut seen = Seen::default();
        // Of a loop that groups: the values of each entry.
        let mut groups: Vec<Vec<Value>> = Vec::new();
        let mut open: Option<Cause> = None;
        let mut failed: Option<Box<EvalError>> = None;
        self.spend(elements.len() as u64, id)?;
        for (key, value) in elements {
            self.loops.push(Loop { key, value });
            let step = self.for_step(f, &mut marks, &mut open);
            self.loops.pop();
            let step = step.map(|found| {
                found.map(|(key, value)| {
                    let value = value.unwrap_or_else(|e| {
                        let stand_in = e.stand_in();
                        failed = Some(e.after(failed.take()));
                        stand_in
                    });
                    (key, value)
                })
            });
            match step {
                Ok(Some((None, value))) => values.push(value),
                Ok(Some((Some(key), value))) => match seen.find(&key, &entries) {
                    Some(at) if f.group => groups[at].push(value),
                    Some(_) => {
                        let at = f.key.expect("bug: a keyed loop without a key");
                        let detail = format!(
                            "Two different items produced the key {key:?} in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key."
                        );
                        failed = failed
                            .or_else(|| Some(EvalError::new("Duplicate object key", detail, self.span(at))));
                    }
                    None => {
                        if f.group {
                            groups.push(vec![value]);
                            entries.push((key, Value::NULL));
                        } else {
                            entries.push((key, value));
                        }
                    }
                },
                Ok(None) => {}
                Err(e) => return Err(e),
            }
        }
        for ((_, value), group) in entries.iter_mut().zip(groups) {
            *value = Value::tuple(group);
        }
        if let Some(e) = failed {
            if open.is_none() {
                let value = if f.key.is_some() { Value::object(entries) } else { Value::tuple(values) };
                *failed_type = value.type_of();
            }
            return Err(e);
        }
        if let Some(why) = open {
            return Ok(Value::unknown(Type::Dynamic, why).mark(marks));
        }
        let value = if f.key.is_some() { Value::object(entries) } else { Value::tuple(values) };
        self.bounded(value.mark(marks), id)
    }

    /// Returns key and value of one round, or None if it is left out.
    ///
    /// Once the result is not known, Terraform is silent about keys and conditions that are null or of a wrong type.
    fn for_step(
        &mut self,
        f: &ForExpr,
        marks: &mut Marks,
        open: &mut Option<Cause>,
    ) -> EvalResult<Option<(Option<EcoString>, EvalResult<Value>)>> {
        if let Some(cond) = f.cond {
            const SUMMARY: &str = "Invalid 'for' condition";
            let included = self.eval(cond)?;
            if included.is_null() {
                if open.is_some() {
                    return Ok(None);
                }
                return self.fail(cond, SUMMARY, "The value of the 'if' clause must not be null.");
            }
            let included = match convert(&included, &Type::Bool) {
                Ok(v) => v,
                Err(_) if open.is_some() => return Ok(None),
                Err(e) => {
                    return self.fail(
                        cond,
                        SUMMARY,
                        format!("The 'if' clause value is invalid: {}.", convert_error_text(&e)),
                    );
                }
            };
            *marks |= included.marks();
            match included.as_bool() {
                Some(true) => {}
                Some(false) => return Ok(None),
                None => {
                    open.get_or_insert_with(|| included.cause().unwrap_or_else(Cause::unstated));
                    return Ok(None);
                }
            }
        }
        let Some(key) = f.key else {
            return Ok(Some((None, self.eval(f.value))));
        };
        const SUMMARY: &str = "Invalid object key";
        let raw = self.eval(key)?;
        if raw.is_null() {
            if open.is_some() {
                return Ok(None);
            }
            return self.fail(
                key,
                SUMMARY,
                "Key expression in 'for' expression must not produce a null value.",
            );
        }
        if raw.is_unknown() {
            open.get_or_insert_with(|| raw.cause().unwrap_or_else(Cause::unstated));
            return Ok(None);
        }
        let text = match convert(&raw, &Type::String) {
            Ok(k) => k,
            Err(_) if open.is_some() => return Ok(None),
            Err(e) => {
                return self.fail(
                    key,
                    SUMMARY,
                    format!("The key expression produced an invalid result: {}.", convert_error_text(&e)),
                );
            }
        };
        *marks |= text.marks();
        let text = text.as_str().expect("bug: a known string without text").clone();
        Ok(Some((Some(text), self.eval(f.value))))
    }

    pub(super) fn template(&mut self, parts: &[Part], id: ExprId) -> EvalResult<Value> {
        let mut text = EcoString::new();
        let mut marks = Marks::NONE;
        let mut open: Option<Cause> = None;
        for part in parts {
            let value = match part {
                Part::Text(t) => {
                    if open.is_none() {
                        text.push_str(t);
                    }
                    continue;
                }
                Part::Expr(e) => {
                    let value = self.eval(*e)?;
                    self.interpolated(&value, *e)?
                }
                Part::If { cond, yes, no } => self.template_if(*cond, yes, no, id)?,
                Part::For { collection, body, .. } => self.template_for(*collection, body, id)?,
            };
            let (value, m) = value.unmark();
            marks |= m;
            match value {
                Value::String(s) if open.is_none() => {
                    if text.len() + s.len() > MAX_STRING {
                        return self.fail(
                            id,
                            "Value too large",
                            format!("the string has more than {MAX_STRING} bytes"),
                        );
                    }
                    self.spend(s.len() as u64 / 64, id)?;
                    text.push_str(&s);
                }
                Value::String(_) => {}
                other => {
                    open.get_or_insert_with(|| other.cause().unwrap_or_else(Cause::unstated));
                }
            }
        }
        let value = match open {
            None => Value::String(crate::syntax::normal(text)),
            Some(why) => {
                let refine = Refine { prefix: known_prefix(&text), ..Refine::not_null() };
                Value::unknown_with(Type::String, refine, why)
            }
        };
        Ok(value.mark(marks))
    }

    /// Returns the text of an interpolated value, or an unknown.
    fn interpolated(&self, value: &Value, at: ExprId) -> EvalResult<Value> {
        const SUMMARY: &str = "Invalid template interpolation value";
        if value.is_null() {
            return self.fail(
                at,
                SUMMARY,
                "The expression result is null. Cannot include a null value in a string template.",
            );
        }
        if value.is_unknown() {
            return Ok(value.clone());
        }
        match convert(value, &Type::String) {
            Ok(v) => Ok(v),
            Err(e) => self.fail(
                at,
                SUMMARY,
                format!("Cannot include the given value in a string template: {}.", convert_error_text(&e)),
            ),
        }
    }

    fn template_if(&mut self, cond: ExprId, yes: &[Part], no: &[Part], id: ExprId) -> EvalResult<Value> {
        let condition = self.eval(cond)?;
        if condition.is_null() {
            return self.fail(
                cond,
                "Null condition",
                "The condition value is null. Conditions must either be true or false.",
            );
        }
        let decided = match convert(&condition, &Type::Bool) {
            Ok(v) => v,
            // Terraform asks for the type only once it knows the value.
            Err(_) if condition.is_unknown() => condition.clone(),
            Err(e) => {
                return self.fail(
                    cond,
                    "Incorrect condition type",
                    format!("The condition expression must be of type bool: {}.", convert_error_text(&e)),
                );
            }
        };
        let yes = self.template(yes, id);
        let no = self.template(no, id);
        match decided.as_bool() {
            Some(true) => Ok(yes?.mark(condition.marks())),
            Some(false) => Ok(no?.mark(condition.marks())),
            None => {
                let either_way = |text: EvalResult<Value>| match text {
                    Err(e) if e.uncaught => Err(e),
                    text => Ok(text.unwrap_or_else(|_| Value::unknown(Type::String, Cause::unstated()))),
                };
                Ok(either(&condition, &either_way(yes)?, &either_way(no)?, &Type::String))
            }
        }
    }

    fn template_for(&mut self, collection: ExprId, body: &[Part], id: ExprId) -> EvalResult<Value> {
        let value = self.eval(collection)?;
        if value.is_null() {
            return self.fail(
                collection,
                "Iteration over null value",
                "A null value cannot be used as the collection in a 'for' expression.",
            );
        }
        let (bare, mut marks) = value.unmark();
        let Some(elements) = elements(&bare) else {
            return match &bare {
                Value::Unknown(u) if u.ty == Type::Dynamic || u.ty.is_iterable() => {
                    Ok(Value::unknown(Type::String, u.why.clone()))
                }
                other => self.fail(
                    collection,
                    "Iteration over non-iterable value",
                    format!(
                        "A value of type {} cannot be used as the collection in a 'for' expression.",
                        other.type_of().friendly()
                    ),
                ),
            };
        };
        let mut text = String::new();
        let mut open = None;
        for (key, value) in elements {
            self.spend(1, id)?;
            self.loops.push(Loop { key, value });
            let round = self.template(body, id);
            self.loops.pop();
            let (round, m) = round?.unmark();
            marks |= m;
            match round {
                Value::String(s) => {
                    if text.len() + s.len() > MAX_STRING {
                        return self.fail(
                            id,
                            "Value too large",
                            format!("the string has more than {MAX_STRING} bytes"),
                        );
                    }
                    text.push_str(&s);
                }
                other => {
                    open.get_or_insert_with(|| other.cause().unwrap_or_else(Cause::unstated));
                }
            }
        }
        Ok(match open {
            None => Value::from(text).mark(marks),
            // Terraform drops the marks here.
            Some(why) => Value::unknown(Type::String, why),
        })
    }
}

/// Terraform keeps at most this many bytes of what an unknown string begins with.
const PREFIX_BYTES: usize = 128;

/// Returns the part of a known beginning that no later text can change.
///
/// The last character may still combine with what follows, unless it is one that never does.
fn known_prefix(text: &str) -> EcoString {
    const SINGLE: &str = "-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'";
    let mut end = text.len().min(PREFIX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let Some((last, cluster)) = text.grapheme_indices(true).next_back() else { return EcoString::new() };
    let ends = cluster.chars().count() == 1 && SINGLE.contains(cluster);
    if ends { text.into() } else { text[..last].into() }
}

/// Finds the entry of a key among those that a loop has made.
#[derive(Default)]
struct Seen {
    /// Of the first entries, by key; empty as long as each key is greater than the last.
    by_key: foldhash::HashMap<EcoString, usize>,
}

impl Seen {
    fn find(&mut self, key: &EcoString, entries: &[(EcoString, Value)]) -> Option<usize> {
        if self.by_key.is_empty() {
            let (last, _) = entries.last()?;
            match key.cmp(last) {
                std::cmp::Ordering::Greater => return None,
                std::cmp::Ordering::Equal => return Some(entries.len() - 1),
                std::cmp::Ordering::Less => {}
            }
        }
        for (i, (key, _)) in entries.iter().enumerate().skip(self.by_key.len()) {
            self.by_key.insert(key.clone(), i);
        }
        self.by_key.get(key).copied()
    }
}

/// Returns keys and values of what can be iterated over, in Terraform's order.
pub(super) fn elements(value: &Value) -> Option<Vec<(Value, Value)>> {
    match value {
        Value::List(s) | Value::Tuple(s) => {
            Some(s.items().iter().enumerate().map(|(i, v)| (Value::int(i as i64), v.clone())).collect())
        }
        Value::Set(s) => Some(s.items().iter().map(|v| (v.clone(), v.clone())).collect()),
        Value::Map(f) => Some(f.iter().map(|(k, v)| (Value::String(k.clone()), v.clone())).collect()),
        Value::Object(f) if f.open().is_none() => {
            Some(f.iter().map(|(k, v)| (Value::String(k.clone()), v.clone())).collect())
        }
        _ => None,
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
fn either(condition: &Value, a: &Value, b: &Value, ty: &Type) -> Value {
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
