//! Functions of providers: Terraform's own, and those of AWS.

use super::text::{STRING, string, text};
use super::{Call, FnError, Function, Param, Returns, Want};
use crate::eval::{Evaluator, NoNames};
use crate::finding::Severity;
use crate::source::Files;
use crate::syntax;
use crate::value::{Refine, Type, Value, is_printable, quoted};

pub(super) const FAMILY: &[Function] =
    &[DECODE_TFVARS, ENCODE_EXPR, ENCODE_TFVARS, ARN_BUILD, ARN_PARSE, TRIM_IAM_ROLE_PATH, USER_AGENT];

const VALUE: Param = Param::new("value", Want::Any).dynamic().unknown();

/// `decode_tfvars(src)` is an object with what a `.tfvars` file sets.
const DECODE_TFVARS: Function = Function {
    name: "provider::terraform::decode_tfvars",
    params: &[Param::new("src", Want::String)],
    returns: Returns::Always(Want::Any),
    not_null: false,
    run: decode_tfvars,
    ..STRING
};

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
        let parts = arn_parts(string(&args[0])).map_err(FnError::new)?;
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
        return Err("arn: invalid prefix".into());
    }
    let parts: Vec<&str> = parts.collect();
    parts.try_into().map_err(|_| "arn: not enough sections".into())
}

fn trim_iam_role_path(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let arn = string(&args[0]);
    let [partition, service, region, account, resource] = arn_parts(arn).map_err(FnError::new)?;
    if service != "iam" {
        return Err(FnError::new("service must be \"iam\""));
    }
    if !region.is_empty() {
        return Err(FnError::new("region must be empty"));
    }
    let Some(path) = resource.strip_prefix("role/") else {
        return Err(FnError::new("resource must begin with \"role/\""));
    };
    let name = path.rsplit('/').next().unwrap_or_default();
    Ok(text(format!("arn:{partition}:{service}::{account}:role/{name}")))
}

fn user_agent(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (name, version, comment) = (string(&args[0]), string(&args[1]), string(&args[2]));
    if name.is_empty() {
        return Err(FnError::new("product_name must be set"));
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

fn decode_tfvars(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    const NAME: &str = "<decode_tfvars argument>";
    // A file of its own: its spans are not those of the configuration.
    let files = Files::default();
    let source = files.add(NAME, string(&args[0]));
    let (file, problems) = syntax::parse(&source);
    let at = |stretch: syntax::Stretch| {
        let (line, column) = source.line_col(stretch.start);
        format!("{NAME}:{line},{column}")
    };
    if let Some(problem) = problems.iter().find(|p| p.severity == Severity::Error) {
        return Err(FnError::new(format!("invalid tfvars syntax: {}; {}", problem.summary, problem.detail)));
    }
    if let Some(block) = file.body.blocks.first() {
        return Err(FnError::new(format!(
            "invalid tfvars content: {}: Unexpected \"{}\" block; Blocks are not allowed here",
            at(block.kind_span),
            block.kind
        )));
    }
    let mut entries = Vec::with_capacity(file.body.attrs.len());
    for attr in &file.body.attrs {
        let invalid = |place: String, problem: &str| {
            FnError::new(format!(
                "invalid expression for variable {}: {place}: {problem}",
                quoted(&attr.name)
            ))
        };
        let mut called = None;
        file.arena.walk(attr.expr, &mut |id, node| {
            if matches!(node, syntax::Node::Call { .. }) {
                called.get_or_insert(file.arena.span(id));
            }
        });
        if let Some(span) = called {
            return Err(invalid(at(span), "Function calls not allowed; Functions may not be called here."));
        }
        let value = Evaluator::new(&file.arena, file.id, &NoNames, *call.world).eval(attr.expr);
        let value = value.map_err(|e| invalid(at(attr.span), &format!("{}; {}", e.summary, e.detail)))?;
        entries.push((attr.name.clone(), value));
    }
    Ok(Value::object(entries))
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
    let mut lines = Lines::default();
    fields.iter().for_each(|(name, value)| lines.entry(name, value));
    Ok(text(lines.finish()))
}

/// Writes a value as `terraform fmt` would lay it out.
fn expression(value: &Value) -> String {
    let mut lines = Lines::default();
    lines.value(value);
    lines.finish().trim_end().to_owned()
}

/// Lines of source text before they are indented and aligned.
#[derive(Default)]
struct Lines {
    done: Vec<Line>,
    line: Line,
}

#[derive(Default)]
struct Line {
    text: String,
    /// Where the sign of equality stands in it.
    equals: Option<usize>,
    /// Brackets that it opens, less those that it closes.
    opens: isize,
}

impl Lines {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Marked(m) => self.value(&m.value),
            Value::Null(_) | Value::Unknown(_) => self.line.text.push_str("null"),
            Value::Bool(b) => self.line.text.push_str(if *b { "true" } else { "false" }),
            Value::Number(n) => self.line.text.push_str(&n.to_string()),
            Value::String(s) => self.line.text.push_str(&literal(s)),
            Value::List(s) | Value::Tuple(s) | Value::Set(s) => {
                self.bracket('[', 1);
                for (i, item) in s.items().iter().enumerate() {
                    if i > 0 {
                        self.line.text.push_str(", ");
                    }
                    self.value(item);
                }
                self.bracket(']', -1);
            }
            Value::Map(f) | Value::Object(f) => {
                self.bracket('{', 1);
                if !f.is_empty() {
                    self.new_line();
                }
                for (key, item) in f.iter() {
                    let name = if is_identifier(key) { key.to_string() } else { literal(key) };
                    self.entry(&name, item);
                }
                self.bracket('}', -1);
            }
        }
    }

    fn entry(&mut self, name: &str, value: &Value) {
        self.line.text.push_str(name);
        self.line.equals = Some(self.line.text.len());
        self.line.text.push_str("= ");
        self.value(value);
        self.new_line();
    }

    fn bracket(&mut self, bracket: char, opens: isize) {
        self.line.text.push(bracket);
        self.line.opens += opens;
    }

    fn new_line(&mut self) {
        // A value that goes on in the next line is in no column.
        if self.line.opens != 0
            && let Some(at) = self.line.equals.take()
        {
            self.line.text.insert(at, ' ');
        }
        self.done.push(std::mem::take(&mut self.line));
    }

    /// Indents by brackets, and puts the signs of equality of neighbouring lines into one column.
    fn finish(mut self) -> String {
        self.new_line();
        let mut out = String::new();
        // For each level how many brackets one line opened.
        let mut levels: Vec<isize> = Vec::new();
        let mut rest = self.done.as_slice();
        while let Some((line, after)) = rest.split_first() {
            let Some(_) = line.equals else {
                let mut closed = -line.opens;
                while closed > 0
                    && let Some(level) = levels.last_mut()
                {
                    let here = closed.min(*level);
                    *level -= here;
                    closed -= here;
                    if *level == 0 {
                        levels.pop();
                    }
                }
                if !line.text.is_empty() {
                    out.push_str(&format!("{}{}\n", "  ".repeat(levels.len()), line.text));
                }
                if line.opens > 0 {
                    levels.push(line.opens);
                }
                rest = after;
                continue;
            };
            let count = rest.iter().take_while(|line| line.equals.is_some()).count();
            let (column, after) = rest.split_at(count);
            let halves = column.iter().map(|line| line.text.split_at(line.equals.unwrap_or(0)));
            let width = |name: &str| super::text::graphemes(name).count();
            let widest = halves.clone().map(|(name, _)| width(name)).max().unwrap_or(0);
            for (name, value) in halves {
                let pad = " ".repeat(widest - width(name));
                out.push_str(&format!("{}{name}{pad} {value}\n", "  ".repeat(levels.len())));
            }
            rest = after;
        }
        out
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
            _ if is_printable(c) => out.push(c),
            '\0'..='\u{ffff}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            _ => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    out
}

/// True for names of the language.
fn is_identifier(s: &str) -> bool {
    let mut chars = s.chars();
    chars.next().is_some_and(|c| unicode_ident::is_xid_start(c) || c == '_')
        && chars.all(|c| unicode_ident::is_xid_continue(c) || c == '-')
}

#[cfg(test)]
mod tests {
    use crate::eval::funcs::testing::check;

    const TERRAFORM: &str = "provider::terraform::";

    #[test]
    fn expressions_are_laid_out_as_by_fmt() {
        let encoded = |value: &str, want: &str| {
            check(&format!("{TERRAFORM}encode_expr({value})"), &format!("\"{want}\""));
        };
        encoded("[1.50, \"a\", null]", r#"[1.5, \"a\", null]"#);
        encoded("{}", "{}");
        encoded(
            "{a = 1, bcd = 2, e = [{f = 3}], \"g h\" = 4, i = 5}",
            r#"{\n  a   = 1\n  bcd = 2\n  e = [{\n    f = 3\n  }]\n  \"g h\" = 4\n  i     = 5\n}"#,
        );
        encoded("[{a = 1}, {b = 2}]", r#"[{\n  a = 1\n  }, {\n  b = 2\n}]"#);
        encoded("\"$${a}\\u0301\\u200b\\n\"", "\\\"$${a}\u{301}\\\\u200b\\\\n\\\"");
        check(&format!("{TERRAFORM}encode_expr([local.us])"), r#"?string! "["…"#);
        check(&format!("{TERRAFORM}encode_expr(local.us)"), "?string!");
        check(&format!("{TERRAFORM}encode_expr(null)"), "error: argument must not be null.");
        check(&format!("{TERRAFORM}encode_expr(sensitive(\"\"))"), r#"sensitive("\"\"")"#);
    }

    #[test]
    fn variables_go_into_a_file_and_back() {
        check(
            &format!("{TERRAFORM}encode_tfvars({{b = 2, long_name = {{}}}})"),
            r#""b         = 2\nlong_name = {}\n""#,
        );
        check(&format!("{TERRAFORM}encode_tfvars({{}})"), r#""""#);
        check(
            &format!("{TERRAFORM}encode_tfvars({{\"a b\" = 1}})"),
            "error: per Terraform's rules for input variable declarations.",
        );
        check(&format!("{TERRAFORM}encode_tfvars([])"), "error: will become the encoded variable names.");
        check(&format!("{TERRAFORM}encode_tfvars({{a = local.us}})"), "?string!");
        check(&format!("{TERRAFORM}encode_tfvars(sensitive({{}}))"), r#"sensitive("")"#);
        let decoded = |source: &str, want: &str| check(&format!("{TERRAFORM}decode_tfvars({source})"), want);
        decoded(r#""a = [1, true]\nb = {\n  c = 1 + 1\n}\n""#, "{a = [1, true], b = {c = 2}}");
        decoded(r#""""#, "{}");
        decoded(
            r#""a = upper(\"x\")""#,
            "error: Function calls not allowed; Functions may not be called here..",
        );
        decoded(r#""a = b""#, "error: `b`: names may not be used here.");
        decoded(r#""a {\n}\n""#, r#"error: Unexpected "a" block; Blocks are not allowed here."#);
        decoded("local.us", "?any");
        decoded("null", "error: argument must not be null.");
        decoded(r#"sensitive("a = 1")"#, "sensitive({a = 1})");
    }

    #[test]
    fn arns_are_taken_apart_and_put_together() {
        let arn = r#""arn:aws:iam::123456789012:role/with/path/name""#;
        check(
            &format!("provider::aws::arn_parse({arn})"),
            r#"{account_id = "123456789012", partition = "aws", region = "", resource = "role/with/path/name", service = "iam"}"#,
        );
        check(
            &format!("provider::aws::trim_iam_role_path({arn})"),
            r#""arn:aws:iam::123456789012:role/name""#,
        );
        check(r#"provider::aws::arn_build("aws", "s3", "", "", "b")"#, r#""arn:aws:s3:::b""#);
        check(r#"provider::aws::arn_parse("")"#, "error: arn: invalid prefix.");
        check(r#"provider::aws::arn_parse("arn:aws")"#, "error: arn: not enough sections.");
        check(r#"provider::aws::trim_iam_role_path("arn:aws:s3:::b")"#, r#"error: service must be "iam"."#);
        check("provider::aws::arn_parse(null)", "error: argument must not be null.");
        check("provider::aws::arn_build(local.us, \"\", \"\", \"\", \"\")", "?string");
        check(
            "provider::aws::trim_iam_role_path(sensitive(\"arn:aws:iam::1:role/a\"))",
            r#"sensitive("arn:aws:iam::1:role/a")"#,
        );
    }

    #[test]
    fn products_say_their_version_and_a_comment() {
        check(r#"provider::aws::user_agent("a", "1", "c")"#, r#""a/1 (c)""#);
        check(r#"provider::aws::user_agent("a", "", "")"#, r#""a""#);
        check(r#"provider::aws::user_agent("", "", "")"#, "error: product_name must be set.");
        check(r#"provider::aws::user_agent(null, "", "")"#, "error: argument must not be null.");
        check(r#"provider::aws::user_agent(local.us, "", "")"#, "?string");
        check(r#"provider::aws::user_agent(sensitive("a"), "", "")"#, r#"sensitive("a")"#);
    }
}
