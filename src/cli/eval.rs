//! `eval`: expressions in the scope of a root module.

use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal, Write};

use clap::ArgMatches;
use serde::Serialize;
use serde_json::Value as Json;

use super::commands::{enter, reading};
use super::error::CliError;
use super::output::Terminal;
use super::{Result, args};
use crate::expand::Root;
use crate::finding::{Diagnostic, Severity};
use crate::module::Loader;
use crate::pipeline::{self, Source};
use crate::report::Exit;
use crate::source::{Disk, Files};
use crate::value::{Marks, Value, to_json, unknown_shape};

/// Runs the command.
pub fn run(
    common: &args::Common,
    options: args::Eval,
    matches: &ArgMatches,
    terminal: &mut Terminal,
) -> Result<u8> {
    let environment = enter(common)?;
    let files = Files::default();
    let mut reading = reading(options.reading, matches, &environment)?;
    let source = [Source::Folder(options.path.clone())];
    let (settings, _) = pipeline::settings(options.settings.config.as_deref(), &source, &Disk, &files);
    reading.assume = pipeline::assumed(&settings);
    let loader = Loader::new(&Disk, &files);
    let mut root = Root::load(&loader, &options.path, &reading);
    let questions_follow = options.expressions.is_empty();
    let format =
        options.format.unwrap_or(if questions_follow { args::Plain::Json } else { args::Plain::Human });
    let mut failed = false;
    let mut answer = |id: Json, text: &str| {
        let answer = Answer::of(id, root.eval_text(&files, "expression", text));
        failed |= answer.error.is_some();
        let text = match format {
            args::Plain::Json => serde_json::to_string(&answer).expect("bug: every key is a text"),
            args::Plain::Human => answer.text(),
        };
        // A reader that went away has seen enough.
        writeln!(std::io::stdout().lock(), "{text}").is_ok()
    };
    for (at, text) in options.expressions.iter().enumerate() {
        if !answer(Json::from(at + 1), text) {
            break;
        }
    }
    if questions_follow {
        if std::io::stdin().is_terminal() {
            terminal.hint("reading one JSON object a line: {\"id\": 1, \"expr\": \"length(var.tenants)\"}");
        }
        for (at, line) in std::io::stdin().lock().lines().enumerate() {
            let line = line.map_err(|problem| CliError::Unreadable { path: "-".to_owned(), problem })?;
            if line.trim().is_empty() {
                continue;
            }
            let question: Question = serde_json::from_str(&line)
                .map_err(|problem| CliError::EvalLine { line: at + 1, problem })?;
            if !answer(question.id, &question.expr) {
                break;
            }
        }
    }
    terminal.tell_errors(root.diagnostics(), &files);
    failed |= root.diagnostics().iter().any(|d| d.severity == Severity::Error);
    Ok(if failed { Exit::Unchecked.code() } else { Exit::Clean.code() })
}

/// What is asked on standard input.
#[derive(serde::Deserialize)]
struct Question {
    #[serde(default)]
    id: Json,
    expr: String,
}

/// A line of `eval --format json`.
#[derive(Debug, Serialize)]
struct Answer {
    id: Json,
    value: Json,
    unknown: Json,
    sensitive: bool,
    #[serde(rename = "type")]
    ty: Json,
    error: Option<String>,
    #[serde(skip)]
    shown: String,
}

impl Answer {
    fn of(id: Json, result: std::result::Result<Value, Vec<Diagnostic>>) -> Answer {
        match result {
            Ok(value) => {
                let shown = without_secrets(&value);
                let mut text = String::new();
                print(&value, 0, &mut text);
                Answer {
                    id,
                    value: to_json(&shown),
                    unknown: unknown_shape(&value),
                    sensitive: value.marks_deep().contains(Marks::SENSITIVE),
                    ty: value.type_of().to_json(),
                    error: None,
                    shown: text,
                }
            }
            Err(problems) => {
                let error = problems.first().map_or_else(String::new, |d| match d.detail.as_str() {
                    "" => d.summary.to_string(),
                    detail => format!("{}: {detail}", d.summary),
                });
                let (value, unknown, ty) = (Json::Null, Json::Bool(false), Json::Null);
                Answer { id, value, unknown, sensitive: false, ty, error: Some(error), shown: String::new() }
            }
        }
    }

    fn text(&self) -> String {
        self.error.as_ref().map_or_else(|| self.shown.clone(), |e| format!("error: {e}"))
    }
}

/// Puts null in place of every sensitive part.
fn without_secrets(value: &Value) -> Value {
    if value.marks().contains(Marks::SENSITIVE) {
        return Value::NULL;
    }
    match value.bare() {
        Value::List(s) | Value::Tuple(s) | Value::Set(s) => {
            Value::tuple(s.items().iter().map(without_secrets).collect())
        }
        Value::Map(f) | Value::Object(f) => {
            Value::object(f.iter().map(|(k, v)| (k.clone(), without_secrets(v))).collect())
        }
        other => other.clone(),
    }
}

/// Writes a value as `terraform console` does.
fn print(value: &Value, depth: usize, out: &mut String) {
    if value.marks().contains(Marks::SENSITIVE) {
        out.push_str("(sensitive value)");
        return;
    }
    let (open, close) = match value.bare() {
        Value::Null(_) => return out.push_str("null"),
        Value::Unknown(_) => return out.push_str("(known after apply)"),
        Value::Bool(b) => return out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => return out.push_str(&n.to_string()),
        Value::String(s) => return quote(s, out),
        Value::List(_) => ("tolist([", "])"),
        Value::Set(_) => ("toset([", "])"),
        Value::Map(_) => ("tomap({", "})"),
        Value::Tuple(_) => ("[", "]"),
        Value::Object(_) | Value::Marked(_) => ("{", "}"),
    };
    out.push_str(open);
    let indent = "  ".repeat(depth + 1);
    let mut any = false;
    for item in value.bare().as_seq().into_iter().flatten() {
        let _ = write!(out, "\n{indent}");
        print(item, depth + 1, out);
        out.push(',');
        any = true;
    }
    for (key, item) in value.bare().as_fields().into_iter().flat_map(|f| f.iter()) {
        let _ = write!(out, "\n{indent}");
        quote(key, out);
        out.push_str(" = ");
        print(item, depth + 1, out);
        any = true;
    }
    if any {
        let _ = write!(out, "\n{}", "  ".repeat(depth));
    }
    out.push_str(close);
}

/// Writes a text as a literal of the language.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => out.extend([c, c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
