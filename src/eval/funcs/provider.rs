//! Functions of providers: Terraform's own, and those of AWS.

use super::text::{STRING, quoted, string, text};
use super::{Call, FnError, Function, Param, Returns, Want};
use crate::value::{Refine, Type, Value};

pub(super) const FAMILY: &[Function] =
    &[ENCODE_EXPR, ENCODE_TFVARS, ARN_BUILD, ARN_PARSE, TRIM_IAM_ROLE_PATH, USER_AGENT];

const VALUE: Param = Param::new("value", Want::Any).dynamic().unknown();

/// `encode_expr(value)` is an expression that stands for the value.
const ENCODE_EXPR: Function = Function {
    name: "provider::terraform::encode_expr",
    params: &[VALUE],
    not_null: false,
    run: encode_expr,
    ..STRING
};

/// `encode_tfvars(value)` is the content of a `.tfvars` file.
const ENCODE_TFVARS: Function = Function {
    name: "provider::terraform::encode_tfvars",
    params: &[VALUE],
    not_null: false,
    run: encode_tfvars,
    ..STRING
};

/// `arn_build(partition, service, region, account_id, resource)` puts an ARN together.
const ARN_BUILD: Function = Function {
    name: "provider::aws::arn_build",
    params: &[
        Param::new("partition", Want::String),
        Param::new("service", Want::String),
        Param::new("region", Want::String),
        Param::new("account_id", Want::String),
        Param::new("resource", Want::String),
    ],
    not_null: false,
    run: |_, args| {
        let parts: Vec<&str> = args.iter().map(string).collect();
        Ok(text(format!("arn:{}", parts.join(":"))))
    },
    ..STRING
};

/// `arn_parse(arn)` is an object with the parts of an ARN.
const ARN_PARSE: Function = Function {
    name: "provider::aws::arn_parse",
    params: &[Param::new("arn", Want::String)],
    returns: Returns::From(|_| Ok(Type::object(ARN_PARTS.map(|part| (part.into(), Type::String))))),
    not_null: false,
    run: |_, args| {
        let parts = arn_parts(string(&args[0])).map_err(|e| FnError::arg(0, e))?;
        Ok(Value::object(
            ARN_PARTS.into_iter().zip(parts).map(|(name, part)| (name.into(), text(part))).collect(),
        ))
    },
    ..STRING
};

/// `trim_iam_role_path(arn)` takes the path out of a role's ARN.
const TRIM_IAM_ROLE_PATH: Function = Function {
    name: "provider::aws::trim_iam_role_path",
    params: &[Param::new("arn", Want::String)],
    not_null: false,
    run: trim_iam_role_path,
    ..STRING
};

/// `user_agent(product_name, product_version, comment)` is a product as it stands in a user agent.
const USER_AGENT: Function = Function {
    name: "provider::aws::user_agent",
    params: &[
        Param::new("product_name", Want::String),
        Param::new("product_version", Want::String),
        Param::new("comment", Want::String),
    ],
    not_null: false,
    run: user_agent,
    ..STRING
};

const ARN_PARTS: [&str; 5] = ["partition", "service", "region", "account_id", "resource"];

/// Cuts an ARN: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
fn arn_parts(arn: &str) -> Result<[&str; 5], String> {
    let mut parts = arn.splitn(6, ':');
    if parts.next() != Some("arn") {
        return Err("invalid ARN: arn: invalid prefix".into());
    }
    let parts: Vec<&str> = parts.collect();
    parts.try_into().map_err(|_| "invalid ARN: arn: not enough sections".into())
}

fn trim_iam_role_path(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let arn = string(&args[0]);
    let [partition, service, region, account, resource] = arn_parts(arn).map_err(|e| FnError::arg(0, e))?;
    if service != "iam" {
        return Err(FnError::arg(0, format!("service must be \"iam\": {arn}")));
    }
    if !region.is_empty() {
        return Err(FnError::arg(0, format!("region must be empty: {arn}")));
    }
    let mut path = resource.split('/');
    if path.next() != Some("role") {
        return Err(FnError::arg(0, format!("resource must be of type \"role\": {arn}")));
    }
    let name = path.next_back().unwrap_or_default();
    Ok(text(format!("arn:{partition}:{service}::{account}:role/{name}")))
}

fn user_agent(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (name, version, comment) = (string(&args[0]), string(&args[1]), string(&args[2]));
    if name.is_empty() {
        return Err(FnError::arg(0, "product_name must be set"));
    }
    let mut product = name.to_owned();
    if !version.is_empty() {
        product.push_str(&format!("/{version}"));
    }
    if !comment.is_empty() {
        product.push_str(&format!(" ({comment})"));
    }
    Ok(text(product))
}

fn encode_expr(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let value = &args[0];
    let Some(why) = value.cause() else {
        return Ok(text(expression(value)));
    };
    let certain = value.as_unknown().is_none_or(|u| u.refine.not_null);
    let prefix = match value.type_of() {
        _ if !certain => "",
        Type::Object(_) | Type::Map(_) => "{",
        Type::Tuple(_) | Type::List(_) | Type::Set(_) => "[",
        Type::String => "\"",
        _ => "",
    };
    Ok(Value::unknown_with(Type::String, Refine { prefix: prefix.into(), ..Refine::not_null() }, why))
}

fn encode_tfvars(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let value = &args[0];
    if let Some(why) = value.cause() {
        return Ok(Value::unknown_with(Type::String, Refine::not_null(), why));
    }
    let Some(fields) = value.as_fields() else {
        return Err(FnError::new(
            "invalid value to encode: must be an object whose attribute names will become the encoded variable names",
        ));
    };
    if let Some(name) = fields.keys().iter().find(|name| !is_identifier(name)) {
        return Err(FnError::new(format!(
            "invalid variable name {}: must be a valid identifier, per Terraform's rules for input variable declarations",
            quoted(name)
        )));
    }
    let mut out = String::new();
    write_entries(fields.iter().map(|(name, value)| (name.to_string(), value)), 0, &mut out);
    Ok(text(out))
}

/// Writes a value as `terraform fmt` would lay it out.
fn expression(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Marked(m) => write(&m.value, depth, out),
        Value::Null(_) | Value::Unknown(_) => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => out.push_str(&n.to_string()),
        Value::String(s) => out.push_str(&literal(s)),
        Value::List(s) | Value::Tuple(s) | Value::Set(s) => {
            out.push('[');
            for (i, item) in s.items().iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write(item, depth, out);
            }
            out.push(']');
        }
        Value::Map(f) | Value::Object(f) if f.is_empty() => out.push_str("{}"),
        Value::Map(f) | Value::Object(f) => {
            let name = |k: &str| {
                if is_identifier(k) { k.to_owned() } else { literal(k) }
            };
            out.push_str("{\n");
            write_entries(f.iter().map(|(k, v)| (name(k), v)), depth + 1, out);
            out.push_str(&"  ".repeat(depth));
            out.push('}');
        }
    }
}

/// Writes a line for each entry; signs of equality stand in one column as far as entries of one line go.
fn write_entries<'a>(entries: impl Iterator<Item = (String, &'a Value)>, depth: usize, out: &mut String) {
    let entries: Vec<(String, String)> = entries
        .map(|(name, value)| {
            let mut text = String::new();
            write(value, depth, &mut text);
            (name, text)
        })
        .collect();
    let width = |name: &String| super::text::graphemes(name).count();
    let mut from = 0;
    while from < entries.len() {
        // A value of several lines ends the column, and is in it with its first line.
        let lines = entries[from..].iter().position(|(_, value)| value.contains('\n'));
        let upto = lines.map_or(entries.len(), |at| from + at + 1);
        let column = entries[from..upto].iter().map(|(name, _)| width(name)).max().unwrap_or(0);
        for (name, value) in &entries[from..upto] {
            let pad = " ".repeat(column - width(name));
            out.push_str(&format!("{}{name}{pad} = {value}\n", "  ".repeat(depth)));
        }
        from = upto;
    }
}

/// Returns text as a literal of the language.
fn literal(s: &str) -> String {
    let mut out = String::from("\"");
    for (i, c) in s.char_indices() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' => {
                out.push(c);
                if s[i + 1..].starts_with('{') {
                    out.push(c);
                }
            }
            _ if super::text::printable(c) => out.push(c),
            '\0'..='\u{ffff}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            _ => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    out
}

/// True for names of the language: a letter, then letters, digits, `_` and `-`.
fn is_identifier(s: &str) -> bool {
    let mut chars = s.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}
