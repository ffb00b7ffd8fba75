//! The forms of a request.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Ask, Way};
use crate::projection::Scope;
use crate::words::several;

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Everything for people, in the order of work.
    Checklist,
    /// Lines for a shell with the AWS CLI.
    Cli,
    /// Resource blocks; for quotas of the account only.
    Terraform,
    /// Pages of the console.
    Links,
    /// The text of a support case.
    Case,
}

/// Returns the requests in one form.
pub fn render(asks: &[Ask], form: Form) -> String {
    match form {
        Form::Checklist => checklist(asks),
        Form::Cli => lines(asks, "#", cli),
        Form::Terraform => blocks(asks),
        Form::Links => lines(asks, "#", link),
        Form::Case => case(asks),
    }
}

/// Writes what there is for each ask, or a comment why there is nothing.
fn lines(asks: &[Ask], comment: &str, one: fn(&Ask) -> Result<String, String>) -> String {
    let mut out = String::new();
    for ask in asks {
        let _ = match one(ask) {
            Ok(text) => writeln!(out, "{text}"),
            Err(why) => writeln!(out, "{comment} {}: {why}", title(ask)),
        };
    }
    if asks.is_empty() {
        let _ = writeln!(out, "{comment} nothing to ask for");
    }
    out
}

fn title(ask: &Ask) -> String {
    format!("{} ({} {}){}", ask.quota.name, ask.quota.service, ask.quota.key(), place(&ask.scope))
}

fn place(scope: &Scope) -> String {
    match (&scope.parent, &scope.region) {
        (Some(parent), _) => format!(" in {parent}"),
        (None, Some(region)) => format!(" in {region}"),
        (None, None) => String::new(),
    }
}

/// Why nothing is asked for in a form that only raises.
fn nothing(ask: &Ask) -> Option<String> {
    match &ask.way {
        Way::Hard => Some("AWS never raises it: spread the use over other scopes".to_owned()),
        Way::Pending(n) => Some(format!("the configuration asks for {} already", ask.quota.unit.show(*n))),
        Way::Support => Some(format!("it has no code: ask support for {}", ask.desired)),
        Way::Account | Way::Resource(_) | Way::Later(_) => None,
    }
}

/// The Region of the command; a global quota is answered in the partition's first one.
fn region(ask: &Ask) -> String {
    let home = match ask.scope.partition.as_str() {
        "aws-us-gov" => "us-gov-west-1",
        "aws-cn" => "cn-northwest-1",
        _ => "us-east-1",
    };
    match &ask.scope.region {
        Some(region) if !region.contains(' ') => region.to_string(),
        Some(_) | None => home.to_owned(),
    }
}

fn cli(ask: &Ask) -> Result<String, String> {
    if let Some(why) = nothing(ask) {
        return Err(why);
    }
    let mut line = format!(
        "aws service-quotas request-service-quota-increase --region {} --service-code {} --quota-code {} --desired-value {}",
        region(ask),
        ask.quota.service,
        ask.quota.code,
        ask.desired
    );
    match &ask.way {
        Way::Resource(arn) => {
            let _ = write!(line, " --context-id {}", quoted(arn));
            Ok(line)
        }
        // The ARN is not known before the first apply; the line works once the variable is set.
        Way::Later(parent) => {
            let partition = &ask.scope.partition;
            Ok(format!(
                "# once {parent} is made: CONTEXT_ID=its ARN, arn:{partition}:…\n{line} --context-id \"$CONTEXT_ID\""
            ))
        }
        _ => Ok(line),
    }
}

/// Writes the blocks, each under a name of its own.
fn blocks(asks: &[Ask]) -> String {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut out = String::new();
    for ask in asks {
        match raised_for_account(ask) {
            Ok(name) => {
                let used = names.entry(name.clone()).or_default();
                *used += 1;
                let name = if *used == 1 { name } else { format!("{name}_{used}") };
                let _ = writeln!(out, "{}", block(ask, &name));
            }
            Err(why) => _ = writeln!(out, "# {}: {why}", title(ask)),
        }
    }
    if asks.is_empty() {
        out.push_str("# nothing to ask for\n");
    }
    out
}

/// Quotes a word for a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Returns the name of a block that raises the quota.
///
/// # Errors
/// Why no block can.
fn raised_for_account(ask: &Ask) -> Result<String, String> {
    if let Some(why) = nothing(ask) {
        return Err(why);
    }
    if ask.way != Way::Account {
        return Err(
            "the provider raises quotas of the account only, not of one resource: use the AWS CLI".to_owned()
        );
    }
    let name: String = format!("{} {}", ask.quota.service, ask.quota.name)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    let mut name = name.split('_').filter(|w| !w.is_empty()).collect::<Vec<_>>().join("_");
    if let Some(region) = &ask.scope.region {
        let _ = write!(name, "_{}", region.as_str().replace(['-', ' '], "_"));
    }
    Ok(name)
}

fn block(ask: &Ask, name: &str) -> String {
    let account = ask.scope.account.as_ref().map_or(String::new(), |a| format!("# in account {a}\n"));
    format!(
        "{account}# {}\nresource \"aws_servicequotas_service_quota\" \"{name}\" {{\n  service_code = \"{}\"\n  quota_code   = \"{}\"\n  value        = {}\n}}\n",
        ask.why, ask.quota.service, ask.quota.code, ask.desired
    )
}

fn link(ask: &Ask) -> Result<String, String> {
    if let Some(why) = nothing(ask) {
        return Err(why);
    }
    let host = match ask.scope.partition.as_str() {
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        "aws-cn" => "console.amazonaws.cn",
        _ => "console.aws.amazon.com",
    };
    let region = region(ask);
    Ok(format!(
        "https://{host}/servicequotas/home/services/{}/quotas/{}?region={region}",
        ask.quota.service, ask.quota.code
    ))
}

fn case(asks: &[Ask]) -> String {
    let open: Vec<&Ask> = asks.iter().filter(|a| !matches!(a.way, Way::Hard | Way::Pending(_))).collect();
    if open.is_empty() {
        return "Nothing to ask for.\n".to_owned();
    }
    let mut out = String::from("Subject: Service quota increase\n\n");
    let _ = writeln!(out, "Please raise the following {}:\n", several(open.len() as u64, "quota"));
    for ask in open {
        let now = ask.limit.map_or("not known to us".to_owned(), |l| ask.quota.unit.show(l));
        let account = ask.scope.account.as_deref().unwrap_or("this account");
        let _ = writeln!(out, "- {}", title(ask));
        let _ = writeln!(out, "  Account: {account}; Region: {}", region(ask));
        let _ = writeln!(out, "  Limit now: {now}; wanted: {}", ask.desired);
        let _ = writeln!(out, "  Priority: {}", if ask.urgent { "high" } else { "normal" });
        let _ = writeln!(out, "  {}\n", ask.why);
    }
    out
}

fn checklist(asks: &[Ask]) -> String {
    if asks.is_empty() {
        return "Nothing to ask for: no quota is exceeded or nearly full.\n".to_owned();
    }
    let mut out = String::new();
    for ask in asks {
        let unit = ask.quota.unit;
        let used = match ask.use_high {
            Some(high) if high == ask.use_low => unit.show(high),
            Some(high) => format!("{} to {}", unit.show(ask.use_low), unit.show(high)),
            None => format!("at least {}", unit.show(ask.use_low)),
        };
        let limit = ask.limit.map_or("unknown".to_owned(), |l| unit.show(l));
        let _ = writeln!(out, "[ ] {}", title(ask));
        let _ =
            writeln!(out, "    {used} of {limit}, priority {}", if ask.urgent { "high" } else { "normal" });
        match &ask.way {
            Way::Hard => {
                let _ =
                    writeln!(out, "    AWS never raises it: use less, or spread the use over other scopes");
            }
            Way::Pending(n) => {
                let _ = writeln!(out, "    the configuration asks for {} already", unit.show(*n));
            }
            Way::Support => {
                let _ = writeln!(out, "    ask support for {}: the quota has no code", ask.desired);
            }
            Way::Account | Way::Resource(_) => {
                let _ = writeln!(out, "    ask for {}: {}", ask.desired, cli(ask).unwrap_or_default());
            }
            Way::Later(parent) => {
                let _ = writeln!(out, "    ask for {}, for this resource alone:", ask.desired);
                let over = ask.limit.is_some_and(|l| ask.use_low > l);
                let first = match over {
                    true => format!("apply {parent} with no more than {limit} of them"),
                    false => format!("apply {parent}"),
                };
                let _ = writeln!(out, "      1. {first}, unless it exists");
                let line = cli(ask).unwrap_or_default();
                let _ = writeln!(out, "      2. with its ARN: {}", line.lines().last().unwrap_or_default());
                let _ = writeln!(out, "      3. apply the rest once AWS has raised it");
            }
        }
        if !matches!(ask.way, Way::Hard | Way::Pending(_)) {
            let _ = writeln!(out, "    takes {}", ask.lead);
            if let Some(by) = ask.by {
                let _ = writeln!(out, "    ask by {by}");
            }
        }
        if let Some(instead) = &ask.instead {
            let _ = writeln!(out, "    or: {instead}");
        }
        let _ = writeln!(out, "    {}\n", ask.why);
    }
    out
}
