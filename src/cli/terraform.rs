//! Arguments and environment as Terraform reads them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::ArgMatches;

use super::Result;
use super::error::CliError;
use crate::expand::VariableSource;

/// Writes Terraform's `-var-file=x` as `--var-file=x`. Short options (`-v`, `-vv`, `-q`) and values stay.
pub fn double_dashes(arguments: Vec<OsString>) -> Vec<OsString> {
    let terraforms =
        |a: &OsString| a.to_str().is_some_and(|t| t.len() > 2 && t.starts_with('-') && !t.starts_with("--"));
    if !arguments.iter().any(terraforms) {
        return arguments;
    }
    let command = super::args::command();
    let mut short = vec!['h', 'V'];
    let mut takes_value: BTreeMap<String, bool> = BTreeMap::new();
    let mut commands = vec![&command];
    while let Some(c) = commands.pop() {
        for arg in c.get_arguments() {
            let value = arg.get_action().takes_values();
            short.extend(arg.get_short());
            takes_value.extend(
                arg.get_long_and_visible_aliases().into_iter().flatten().map(|n| (n.to_owned(), value)),
            );
            takes_value.extend(arg.get_all_aliases().into_iter().flatten().map(|n| (n.to_owned(), value)));
        }
        commands.extend(c.get_subcommands());
    }
    takes_value.extend([("help".to_owned(), false), ("version".to_owned(), false)]);
    let mut out = Vec::with_capacity(arguments.len());
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            out.push(argument);
            break;
        }
        let text = argument.to_string_lossy();
        let name = text.trim_start_matches('-').split('=').next().unwrap_or_default();
        let known = text.starts_with('-').then(|| takes_value.get(name)).flatten();
        let value_follows = known == Some(&true) && !text.contains('=');
        // `-vv` is two short options; anything else of that length was meant to be a long one, even misspelt.
        let cluster = text.chars().skip(1).all(|c| short.contains(&c));
        let rewritten = terraforms(&argument) && (known.is_some() || !cluster);
        out.push(if rewritten {
            let mut longer = OsString::from("-");
            longer.push(&argument);
            longer
        } else {
            argument
        });
        // A value is never an option, whatever it looks like.
        if value_follows {
            out.extend(arguments.next());
        }
    }
    out.extend(arguments);
    out
}

/// What of the environment a run may look at.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Takes what Terraform and its AWS provider read, and no credentials.
    pub fn of_process() -> Environment {
        const OTHERS: [&str; 13] = [
            "AWS_ENDPOINT_URL_CONNECT",
            "AWS_ENDPOINT_URL_CLOUDWATCH",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_PROFILE",
            "AWS_DEFAULT_PROFILE",
            "HOME",
            // For links in reports.
            "GITHUB_SERVER_URL",
            "GITHUB_REPOSITORY",
            "GITHUB_SHA",
            "CI_PROJECT_URL",
            "CI_COMMIT_SHA",
        ];
        let wanted = |name: &str| name.starts_with("TF_") || OTHERS.contains(&name);
        Environment(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .filter(|(name, _)| wanted(name))
                .collect(),
        )
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

/// Returns what sets variables, the strongest last: `TF_CLI_ARGS_plan`, `TF_CLI_ARGS`, the command line in its order.
///
/// # Errors
/// A `-var` without `=`, or quotes in the environment that nobody closes.
pub fn variables(matches: &ArgMatches, environment: &Environment) -> Result<Vec<VariableSource>> {
    let mut sources = Vec::new();
    for name in ["TF_CLI_ARGS_plan", "TF_CLI_ARGS"] {
        let Some(text) = environment.get(name) else { continue };
        let words = words(text).ok_or_else(|| CliError::Quotes { variable: name.to_owned() })?;
        sources.extend(options_of(&words)?);
    }
    let given = matches.subcommand().map_or(matches, |(_, inner)| inner);
    let mut ordered: Vec<(usize, VariableSource)> = Vec::new();
    let indices = |name: &str| given.indices_of(name).map(Iterator::collect::<Vec<_>>).unwrap_or_default();
    for (at, text) in indices("var").into_iter().zip(given.get_many::<String>("var").into_iter().flatten()) {
        ordered.push((at, assign(text)?));
    }
    for (at, path) in
        indices("var_file").into_iter().zip(given.get_many::<PathBuf>("var_file").into_iter().flatten())
    {
        ordered.push((at, VariableSource::File(path.clone())));
    }
    ordered.sort_by_key(|(at, _)| *at);
    sources.extend(ordered.into_iter().map(|(_, source)| source));
    Ok(sources)
}

fn assign(text: &str) -> Result<VariableSource> {
    match text.split_once('=') {
        // Terraform takes the name as it is written, blanks around it apart.
        Some((name, value)) if !name.trim().is_empty() => {
            Ok(VariableSource::Assign { name: name.trim().to_owned(), text: value.to_owned() })
        }
        _ => Err(Box::new(CliError::Assignment {
            name: text.split('=').next().unwrap_or_default().to_owned(),
        })),
    }
}

/// Picks variables from options that are meant for `terraform plan`; the others do not concern us.
fn options_of(words: &[String]) -> Result<Vec<VariableSource>> {
    let mut sources = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else { continue };
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (option, None),
        };
        if !matches!(name, "var" | "var-file") {
            continue;
        }
        let Some(value) = value.or_else(|| words.next().cloned()) else { continue };
        sources.push(if name == "var" { assign(&value)? } else { VariableSource::File(value.into()) });
    }
    Ok(sources)
}

/// Splits a text as a shell would, without expanding anything. None: a quote is not closed.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => match chars.next()? {
                            c @ ('"' | '\\' | '$' | '`') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> String {
        let arguments = std::iter::once("tf-headroom").chain(text.split(' ')).map(OsString::from).collect();
        double_dashes(arguments)[1..].iter().map(|a| a.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn one_dash_is_as_good_as_two() {
        for (given, expected) in [
            ("check -var x=y", "check --var x=y"),
            ("check -var=x=-var", "check --var=x=-var"),
            ("check -var-file=a.tfvars dir", "check --var-file=a.tfvars dir"),
            ("-chdir=envs check", "--chdir=envs check"),
            ("check --var -var", "check --var -var"),
            ("check -vv -q", "check -vv -q"),
            ("check -no-color", "check --no-color"),
            ("-version", "--version"),
            ("check -settings a.hcl", "check --settings a.hcl"),
            ("eval -- -var", "eval -- -var"),
            ("check -", "check -"),
            ("check -unknown=x", "check --unknown=x"),
        ] {
            assert_eq!(rewritten(given), expected);
        }
    }

    fn sources(text: &str, environment: &[(&str, &str)]) -> Vec<String> {
        let arguments: Vec<OsString> = text.split(' ').map(OsString::from).collect();
        let matches = super::super::args::command().try_get_matches_from(double_dashes(arguments)).unwrap();
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        variables(&matches, &Environment(environment))
            .unwrap()
            .into_iter()
            .map(|s| match s {
                VariableSource::Assign { name, text } => format!("{name}={text}"),
                VariableSource::File(path) => path.display().to_string(),
            })
            .collect()
    }

    #[test]
    fn variables_keep_their_order_and_the_command_line_comes_last() {
        assert_eq!(sources("t check -var a=1 -var-file=f -var b=2", &[]), ["a=1", "f", "b=2"]);
        let environment = [
            ("TF_CLI_ARGS", "-var 'x=1 2' -input=false"),
            ("TF_CLI_ARGS_plan", r#"-lock-timeout=5m -var-file="a b" -var y=[\"q\"]"#),
        ];
        assert_eq!(sources("t check -var a=1", &environment), ["a b", r#"y=["q"]"#, "x=1 2", "a=1"]);
    }

    #[test]
    fn an_open_quote_is_an_error() {
        assert_eq!(words("a 'b"), None);
        assert_eq!(words(r#"a "b c"d '' e\ f"#).unwrap(), ["a", "b cd", "", "e f"]);
    }
}
