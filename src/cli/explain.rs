//! `explain`: the help page of a rule, or what a quota is.

use super::Result;
use super::args;
use super::error::CliError;
use super::output::Terminal;
use super::quotas;
use crate::rules::{self, RULES};
use crate::words::nearest;

/// Runs the command.
pub fn run(options: &args::Explain, terminal: &mut Terminal) -> Result<u8> {
    let subject = options.subject.join(" ");
    if matches!(subject.as_str(), "" | "rules") {
        return Ok(terminal.print(&rule_list()));
    }
    if let Some(rule) = rules::rule(&subject.to_lowercase()) {
        return Ok(terminal.print(&format!("{}\n", rule.page.trim_end())));
    }
    match quotas::find(&subject).as_slice() {
        [] => {
            let names = RULES.iter().map(|r| r.id);
            let near = nearest(&subject, names).map(str::to_owned).or_else(|| quotas::near(&subject));
            Err(Box::new(CliError::Unexplained { name: subject, near }))
        }
        found => Ok(quotas::show(found, terminal)),
    }
}

/// Every rule with its severity and what it finds.
fn rule_list() -> String {
    let width = RULES.iter().map(|r| r.id.len()).max().unwrap_or(0);
    RULES.iter().map(|r| format!("{:width$}  {:7}  {}\n", r.id, r.severity.name(), r.does())).collect()
}
