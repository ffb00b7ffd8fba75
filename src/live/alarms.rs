//! CloudWatch alarms at the tiers, as Terraform blocks, for quotas whose use is a metric.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::snapshot::{Metric, Quota};

/// Per cent of a quota at which an alarm goes off, and what the tier is called.
pub const TIERS: [(u32, &str); 3] = [(70, "notice"), (80, "warning"), (90, "critical")];

/// Returns the blocks for quotas of a snapshot, each once.
///
/// The limit in them is a function of CloudWatch, so that they follow every increase.
pub fn blocks(quotas: &[&Quota]) -> String {
    let mut text = String::from(
        "# Alarms on quotas that have a usage metric, at 70, 80 and 90 % of the applied value.\n\
         # Made by `tf-headroom quotas alarms`.\n\n\
         variable \"quota_alarm_actions\" {\n  description = \"Where alarms go: ARNs of topics\"\n  \
         type        = list(string)\n  default     = []\n}\n",
    );
    let mut seen = BTreeSet::new();
    for quota in quotas {
        let Some(metric) = &quota.metric else { continue };
        if seen.insert((&quota.service, &quota.code)) {
            for (per_cent, tier) in TIERS {
                alarm(&mut text, quota, metric, per_cent, tier);
            }
        }
    }
    text
}

fn alarm(text: &mut String, quota: &Quota, metric: &Metric, per_cent: u32, tier: &str) {
    let name = format!("quota_{}_{}_{per_cent}", word(&quota.service), word(&quota.code));
    // A rate is counted over the period, a limit by the second.
    let usage = match metric.statistic.as_str() {
        "Sum" => "usage / PERIOD(usage)",
        _ => "usage",
    };
    let _ = writeln!(
        text,
        "\nresource \"aws_cloudwatch_metric_alarm\" \"{name}\" {{\n  alarm_name          = {}\n  \
         alarm_description   = {}\n  comparison_operator = \"GreaterThanOrEqualToThreshold\"\n  \
         threshold           = {per_cent}\n  evaluation_periods  = 1\n  treat_missing_data  = \"ignore\"\n  \
         alarm_actions       = var.quota_alarm_actions\n",
        quoted(&format!("quota {} {} {tier}", quota.service, quota.code)),
        quoted(&format!("{}: {per_cent} % of the quota is in use", quota.name)),
    );
    let _ = writeln!(
        text,
        "  metric_query {{\n    id          = \"share\"\n    expression  = \"{usage} / SERVICE_QUOTA(usage) * 100\"\n    \
         label       = \"Per cent in use\"\n    return_data = true\n  }}\n  metric_query {{\n    id = \"usage\"\n    \
         metric {{\n      namespace   = {}\n      metric_name = {}\n      period      = 300\n      stat        = {}\n      \
         dimensions = {{",
        quoted(&metric.namespace),
        quoted(&metric.name),
        quoted(&metric.statistic),
    );
    let width = metric.dimensions.keys().map(|k| k.len()).max().unwrap_or(0);
    for (key, value) in &metric.dimensions {
        let _ = writeln!(text, "        {key:width$} = {}", quoted(value));
    }
    text.push_str("      }\n    }\n  }\n}\n");
}

/// A text as Terraform quotes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out.replace("${", "$${").replace("%{", "%%{")
}

/// A text as part of a name.
fn word(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}
