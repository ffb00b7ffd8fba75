//! Type constraints of variables, outputs and `convert`: `map(object({ a = string, b = optional(number, 5) }))`.

use std::collections::{BTreeMap, HashSet};

use ecow::EcoString;

use super::constant::constant;
use crate::finding::Diagnostic;
use crate::syntax::{Code, ExprId, KeyExpr, Node, is_identifier};
use crate::value::{Field, Type, Value, convert, convert_error_text};

/// A type with the defaults of its optional attributes.
#[derive(Clone, Debug)]
pub struct TypeConstraint {
    pub ty: Type,
    pub defaults: Option<Defaults>,
}

impl TypeConstraint {
    /// Any type at all.
    pub fn any() -> TypeConstraint {
        TypeConstraint { ty: Type::Dynamic, defaults: None }
    }
}

/// The defaults inside a type, where there are any.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Of the optional attributes of an object, here.
    values: BTreeMap<EcoString, Value>,
    /// Further down: by attribute, by position, or "" for all elements of a collection.
    children: BTreeMap<EcoString, Defaults>,
}

impl Defaults {
    fn is_empty(&self) -> bool {
        self.values.is_empty() && self.children.is_empty()
    }
}

/// Reads a type constraint; what is wrong with it is added to `problems` and counts as `any`.
pub fn parse_type(file: Code<'_>, expr: ExprId, problems: &mut Vec<Diagnostic>) -> TypeConstraint {
    match parse(file, expr, true) {
        Ok((ty, defaults)) => TypeConstraint { ty, defaults: (!defaults.is_empty()).then_some(defaults) },
        Err(problem) => {
            problems.push(*problem);
            TypeConstraint::any()
        }
    }
}

fn refuse<T>(file: Code<'_>, at: ExprId, detail: impl Into<String>) -> Result<T, Box<Diagnostic>> {
    refuse_as("Invalid type specification", file, at, detail)
}

fn refuse_as<T>(
    summary: &str,
    file: Code<'_>,
    at: ExprId,
    detail: impl Into<String>,
) -> Result<T, Box<Diagnostic>> {
    let span = Some(file.arena.span(at).in_file(file.id));
    Err(Box::new(Diagnostic::error(summary, detail, span)))
}

fn parse(file: Code<'_>, expr: ExprId, top: bool) -> Result<(Type, Defaults), Box<Diagnostic>> {
    let arena = file.arena;
    match arena.node(expr) {
        Node::Ref(r) => {
            let reference = arena.reference(*r);
            if !reference.steps.is_empty() {
                return refuse(
                    file,
                    expr,
                    "A type specification is either a primitive type keyword (bool, number, string) or a complex type constructor call, like list(string).",
                );
            }
            Ok((keyword(file, expr, &reference.root, top)?, Defaults::default()))
        }
        Node::Literal(Value::String(s)) if top => match s.as_str() {
            "string" | "list" | "map" => refuse_as(
                "Invalid quoted type constraints",
                file,
                expr,
                "Terraform 0.11 and earlier required type constraints to be given in quotes, but that form is now deprecated and will be removed in a future version of Terraform. Remove the quotes.",
            ),
            _ => refuse_as(
                "Invalid legacy variable type hint",
                file,
                expr,
                "To provide a full type expression, remove the surrounding quotes and give the type expression directly.",
            ),
        },
        Node::Call { name, args, .. } => constructor(file, expr, name, args),
        _ => refuse(
            file,
            expr,
            "A type specification is either a primitive type keyword (bool, number, string) or a complex type constructor call, like list(string).",
        ),
    }
}

fn keyword(file: Code<'_>, expr: ExprId, name: &str, top: bool) -> Result<Type, Box<Diagnostic>> {
    Ok(match name {
        "bool" => Type::Bool,
        "string" => Type::String,
        "number" => Type::Number,
        "any" => Type::Dynamic,
        // Bare `list` and `map` are what they were before Terraform 0.12, at the top only.
        "list" if top => Type::list(Type::Dynamic),
        "map" if top => Type::map(Type::Dynamic),
        "list" | "map" | "set" => {
            return refuse(
                file,
                expr,
                format!("The {name} type constructor requires one argument specifying the element type."),
            );
        }
        "object" => {
            return refuse(
                file,
                expr,
                "The object type constructor requires one argument specifying the attribute types and values as a map.",
            );
        }
        "tuple" => {
            return refuse(
                file,
                expr,
                "The tuple type constructor requires one argument specifying the element types as a list.",
            );
        }
        "optional" => {
            return refuse(
                file,
                expr,
                "The keyword \"optional\" is valid only as a modifier for object type attributes.",
            );
        }
        _ => return refuse(file, expr, format!("The keyword {name:?} is not a valid type specification.")),
    })
}

fn constructor(
    file: Code<'_>,
    expr: ExprId,
    name: &EcoString,
    args: &[ExprId],
) -> Result<(Type, Defaults), Box<Diagnostic>> {
    let one = || match args {
        [arg] => Ok(*arg),
        _ => refuse(file, expr, format!("The {name} type constructor requires one argument.")),
    };
    match name.as_str() {
        "bool" | "string" | "number" | "any" => {
            refuse(file, expr, format!("Primitive type keyword {name:?} does not expect arguments."))
        }
        "list" | "set" | "map" => {
            let (element, inner) = parse(file, one()?, false)?;
            let mut defaults = Defaults::default();
            if !inner.is_empty() {
                defaults.children.insert("".into(), inner);
            }
            let ty = match name.as_str() {
                "list" => Type::list(element),
                "set" => Type::set(element),
                _ => Type::map(element),
            };
            Ok((ty, defaults))
        }
        "tuple" => {
            let Node::Tuple(items) = file.arena.node(one()?) else {
                return refuse(file, expr, "Tuple type constructor requires a list of element types.");
            };
            let mut types = Vec::new();
            let mut defaults = Defaults::default();
            for (i, item) in items.iter().enumerate() {
                let (ty, inner) = parse(file, *item, false)?;
                types.push(ty);
                if !inner.is_empty() {
                    defaults.children.insert(i.to_string().into(), inner);
                }
            }
            Ok((Type::tuple(types), defaults))
        }
        "object" => object(file, expr, one()?),
        "optional" => refuse(
            file,
            expr,
            "The keyword \"optional\" is valid only as a modifier for object type attributes.",
        ),
        _ => refuse(file, expr, format!("Keyword {name:?} is not a valid type constructor.")),
    }
}

fn object(file: Code<'_>, expr: ExprId, arg: ExprId) -> Result<(Type, Defaults), Box<Diagnostic>> {
    let Node::Object(items) = file.arena.node(arg) else {
        return refuse(
            file,
            expr,
            "Object type constructor requires a map whose keys are attribute names and whose values are the corresponding attribute types.",
        );
    };
    let mut fields = Vec::new();
    let mut seen = HashSet::new();
    let mut defaults = Defaults::default();
    for item in items.iter() {
        let name = match &item.key {
            // A key in quotes is longer than what it says.
            KeyExpr::Name(name) if is_identifier(name) && item.key_span.range().len() < name.len() + 2 => {
                name
            }
            _ => return refuse(file, arg, "Object constructor map keys must be attribute names."),
        };
        if !seen.insert(name) {
            return refuse(file, arg, "Object constructor map keys must be unique.");
        }
        let (mut at, mut optional, mut default) = (item.value, false, None);
        if let Node::Call { name: call, args, .. } = file.arena.node(item.value)
            && call == "optional"
        {
            optional = true;
            match &**args {
                [ty] => at = *ty,
                [ty, value] => (at, default) = (*ty, Some(*value)),
                _ => {
                    return refuse(
                        file,
                        item.value,
                        "Optional attribute modifier expects at most two arguments: the attribute type, and a default value.",
                    );
                }
            }
        }
        let (ty, inner) = parse(file, at, false)?;
        if let Some(value_at) = default {
            let span = Some(file.arena.span(value_at).in_file(file.id));
            let value = constant(file, value_at)
                .map_err(|e| Box::new(Diagnostic { span: e.span.or(span), ..e.diagnostic() }))?;
            let filled = apply_defaults(&value, &inner);
            let value = convert(&filled, &ty).map_err(|e| {
                Box::new(Diagnostic::error(
                    "Invalid default value for optional attribute",
                    format!(
                        "This default value is not compatible with the attribute's type constraint: {}.",
                        convert_error_text(&e)
                    ),
                    span,
                ))
            })?;
            defaults.values.insert(name.clone(), value);
        }
        if !inner.is_empty() {
            defaults.children.insert(name.clone(), inner);
        }
        fields.push(Field { name: name.clone(), ty, optional });
    }
    Ok((Type::object_of(fields), defaults))
}

/// Fills in the defaults of optional attributes that are absent or null, at every depth.
pub fn apply_defaults(value: &Value, defaults: &Defaults) -> Value {
    if let Value::Marked(m) = value {
        return apply_defaults(&m.value, defaults).mark(m.marks);
    }
    if defaults.values.is_empty() && defaults.children.is_empty() {
        return value.clone();
    }
    match value {
        Value::Object(f) | Value::Map(f) => {
            let given = f.iter().map(|(name, inner)| {
                let default = defaults.values.get(name).filter(|_| inner.is_null());
                child(default.unwrap_or(inner), name, defaults)
            });
            let absent: Vec<_> = defaults.values.iter().filter(|(name, _)| f.get(name).is_none()).collect();
            if absent.is_empty() {
                return Value::object_with(f.keys().clone(), given.collect());
            }
            let absent =
                absent.into_iter().map(|(name, default)| (name.clone(), child(default, name, defaults)));
            Value::object(f.keys().iter().cloned().zip(given).chain(absent).collect())
        }
        Value::List(s) | Value::Tuple(s) | Value::Set(s) => {
            // Only those of tuples go by place.
            let by_place = defaults.children.keys().any(|name| !name.is_empty());
            let name = |i: usize| if by_place { EcoString::from(i.to_string()) } else { EcoString::new() };
            let items = s.items().iter().enumerate().map(|(i, v)| child(v, &name(i), defaults));
            Value::tuple(items.collect())
        }
        other => other.clone(),
    }
}

fn child(value: &Value, name: &EcoString, defaults: &Defaults) -> Value {
    let inner = defaults.children.get(name).or_else(|| defaults.children.get(""));
    match inner {
        Some(inner) if !value.is_null() => apply_defaults(value, inner),
        _ => value.clone(),
    }
}
