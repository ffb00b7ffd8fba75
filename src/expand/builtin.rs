//! What is known of resource types: the type of an attribute, and what it is where the source does not set it.

use ecow::EcoString;

use crate::address::{BlockName, Mode};
use crate::catalog::{self, Item, Nesting, TypeSchema};
use crate::eval::{EvalError, EvalResult};
use crate::source::Span;
use crate::value::{Marks, Refine, Type, Value, convert, convert_error_text, is_of};

/// What an attribute is that the source does not set.
pub(super) enum Unset {
    Null(Type),
    /// No nested blocks.
    Empty,
    /// Known only after apply.
    Computed(Type, Refine),
    /// What the provider takes by itself.
    Default(Type),
    /// Known only after apply, and of the type of another attribute.
    Like(&'static str),
}

/// The attributes of `terraform_data`, the one resource type that Terraform itself brings.
const TERRAFORM_DATA: &[&str] = &["id", "input", "output", "triggers_replace"];

/// Returns all attributes of a type that are known to the last one.
pub(super) fn all_attributes(name: &BlockName) -> Option<&'static [&'static str]> {
    (name.mode == Mode::Managed && name.ty == "terraform_data").then_some(TERRAFORM_DATA)
}

/// Returns what the provider says of a block's type. None: nothing is known of it.
fn schema(name: &BlockName) -> Option<&'static TypeSchema> {
    match name.mode {
        Mode::Managed => catalog::resource_schema(&name.ty),
        Mode::Data => catalog::data_schema(&name.ty),
        Mode::Ephemeral => None,
    }
}

/// True if nothing is known of a type: whether a nested block of it is a list, a set or one object, say. Those of the
/// AWS provider are lists or sets, with a schema here or without.
pub(super) fn is_unknown(name: &BlockName) -> bool {
    !name.ty.starts_with("aws_") && all_attributes(name).is_none() && schema(name).is_none()
}

/// Returns what an attribute is that the source does not set.
///
/// # Errors
/// If the type has no such attribute; of provider types only some version is known, so theirs may have any.
pub(super) fn unset(name: &BlockName, attr: &str) -> EvalResult<Unset> {
    if all_attributes(name).is_some() {
        return match attr {
            "id" => Ok(Unset::Computed(Type::String, Refine::not_null())),
            "output" => Ok(Unset::Like("input")),
            "input" | "triggers_replace" => Ok(Unset::Null(Type::Dynamic)),
            _ => no_attribute(attr),
        };
    }
    let Some(schema) = schema(name) else { return Ok(Unset::Computed(Type::Dynamic, Refine::default())) };
    Ok(match schema.get(attr) {
        None => Unset::Computed(Type::Dynamic, Refine::default()),
        Some(Item::Attribute(a)) if a.flags.optional() && !a.flags.computed() => {
            if name.mode == Mode::Managed && catalog::has_default(&name.ty, attr) {
                return Ok(Unset::Default(a.ty.clone()));
            }
            Unset::Null(a.ty.clone())
        }
        Some(Item::Attribute(a)) if name.mode == Mode::Data && always_read(&name.ty, attr) => {
            Unset::Computed(a.ty.clone(), Refine::not_null())
        }
        Some(Item::Attribute(a)) => Unset::Computed(a.ty.clone(), Refine::default()),
        // A data source fills its nested blocks by itself.
        Some(Item::Block(_)) if name.mode == Mode::Data => Unset::Computed(Type::Dynamic, Refine::default()),
        Some(Item::Block(b)) if b.nesting == Nesting::Single => Unset::Null(Type::Dynamic),
        Some(Item::Block(_)) => Unset::Empty,
    })
}

/// Whether a data source that was read has that attribute for certain: what is not found is an error, never null.
fn always_read(ty: &str, attr: &str) -> bool {
    const NAMED: &[&str] = &[
        "aws_acm_certificate",
        "aws_ami",
        "aws_cloudfront_distribution",
        "aws_connect_contact_flow",
        "aws_connect_hours_of_operation",
        "aws_connect_instance",
        "aws_connect_queue",
        "aws_dynamodb_table",
        "aws_ecr_repository",
        "aws_ecs_cluster",
        "aws_eks_cluster",
        "aws_iam_instance_profile",
        "aws_iam_policy",
        "aws_iam_role",
        "aws_iam_user",
        "aws_kms_alias",
        "aws_kms_key",
        "aws_lambda_function",
        "aws_lb",
        "aws_lb_listener",
        "aws_lb_target_group",
        "aws_route53_zone",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
        "aws_security_group",
        "aws_sns_topic",
        "aws_sqs_queue",
        "aws_ssm_parameter",
        "aws_subnet",
        "aws_vpc",
    ];
    match attr {
        "id" | "arn" => NAMED.contains(&ty),
        "value" => ty == "aws_ssm_parameter",
        _ => false,
    }
}

fn no_attribute<T>(attr: &str) -> EvalResult<T> {
    let mut e = EvalError::new(
        "Unsupported attribute",
        format!("This object has no argument, nested block, or exported attribute named {attr:?}."),
        None,
    );
    e.uncaught = true;
    Err(e)
}

/// An argument of a resource, and what the schema says of it.
pub(super) struct Argument<'a> {
    attr: &'a EcoString,
    ephemeral: bool,
    known: Option<(&'static TypeSchema, &'static Item)>,
}

impl<'a> Argument<'a> {
    pub fn of(name: &BlockName, attr: &'a EcoString) -> Argument<'a> {
        let known = schema(name).and_then(|schema| Some((schema, schema.get(attr)?)));
        Argument { attr, ephemeral: name.mode == Mode::Ephemeral, known }
    }

    /// Converts its value to the type that the schema gives it.
    ///
    /// # Errors
    /// If the value is not of that type.
    pub fn conform(&self, value: Value, span: Span) -> EvalResult<Value> {
        let attr = self.attr;
        if value.contains_marked() && !self.ephemeral && value.marks_deep().contains(Marks::EPHEMERAL) {
            return Err(EvalError::new(
                "Invalid use of ephemeral value",
                format!(
                    "Ephemeral values are not valid for {attr:?}, because it is not a write-only attribute and must be persisted to state."
                ),
                Some(span),
            ));
        }
        match self.known {
            None => Ok(value),
            Some((_, Item::Attribute(a))) => convert(&value, &a.ty).map_err(|e| {
                EvalError::new(
                    "Incorrect attribute value type",
                    format!("Inappropriate value for attribute {attr:?}: {}.", convert_error_text(&e)),
                    Some(span),
                )
            }),
            Some((schema, Item::Block(_))) => {
                Ok(conform_blocks(schema, &mut attr.to_string(), &value).unwrap_or(value))
            }
        }
    }

    /// Completes nested blocks that stand for an attribute of objects, as `ingress { … }` of a security group does:
    /// what a block does not set is null.
    pub fn of_blocks(&self, value: Value) -> Value {
        match self.known {
            Some((_, Item::Attribute(a))) => complete(value, &a.ty),
            _ => value,
        }
    }
}

fn complete(value: Value, ty: &Type) -> Value {
    let Some(Type::Object(wanted)) = ty.element() else { return value };
    let (bare, marks) = value.unmark();
    let Value::Tuple(blocks) = &bare else { return value };
    let one = |block: &Value| {
        let (bare, marks) = block.unmark();
        let Value::Object(fields) = &bare else { return block.clone() };
        let set = fields.iter().map(|(name, inner)| {
            let ty = wanted.iter().find(|f| f.name == *name).map(|f| &f.ty);
            (name.clone(), ty.map_or_else(|| inner.clone(), |ty| complete(inner.clone(), ty)))
        });
        let unset = wanted.iter().filter(|f| fields.get(&f.name).is_none());
        let unset = unset.map(|f| (f.name.clone(), Value::Null(f.ty.clone())));
        Value::object(set.chain(unset).collect()).mark(marks)
    };
    Value::tuple(blocks.items().iter().map(one).collect()).mark(marks)
}

/// Converts the attributes of nested blocks; one that does not convert stays as it is. None: all stay as they are.
fn conform_blocks(schema: &TypeSchema, path: &mut String, value: &Value) -> Option<Value> {
    match value.bare() {
        // In JSON a single block may be written without a list around it.
        Value::Object(_) | Value::Map(_) => {
            let one = conform_object(schema, path, value).unwrap_or_else(|| value.clone());
            Some(Value::tuple(vec![one]))
        }
        Value::Tuple(s) | Value::List(s) => {
            let new: Vec<Option<Value>> = s.items().iter().map(|v| conform_object(schema, path, v)).collect();
            if matches!(value.bare(), Value::Tuple(_)) && new.iter().all(Option::is_none) {
                return None;
            }
            let items = new.into_iter().zip(s.items()).map(|(new, old)| new.unwrap_or_else(|| old.clone()));
            Some(Value::tuple(items.collect()).mark(value.marks()))
        }
        _ => None,
    }
}

fn conform_object(schema: &TypeSchema, path: &mut String, value: &Value) -> Option<Value> {
    let Value::Object(fields) = value.bare() else { return None };
    let length = path.len();
    let mut values: Option<Vec<Value>> = None;
    for (at, (name, inner)) in fields.iter().enumerate() {
        path.push('.');
        path.push_str(name);
        let new = match schema.get(path) {
            Some(Item::Attribute(a)) if is_of(inner, &a.ty) => None,
            Some(Item::Attribute(a)) => convert(inner, &a.ty).ok(),
            Some(Item::Block(_)) => conform_blocks(schema, path, inner),
            None => None,
        };
        path.truncate(length);
        if let Some(new) = new {
            values.get_or_insert_with(|| fields.values().to_vec())[at] = new;
        }
    }
    let values = values?;
    let marks = value.marks();
    Some(
        match fields.open() {
            Some(object) => Value::open_object(fields.keys().iter().cloned().zip(values).collect(), object),
            None => Value::object_with(fields.keys().clone(), values),
        }
        .mark(marks),
    )
}
