//! CloudWatch alarms at the tiers, as Terraform blocks, for quotas whose use is a metric.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::catalog;
use crate::snapshot::{Metric, Quota};

/// Per cent of a quota at which an alarm goes off, and what the tier is called.
pub const TIERS: [(u32, &str); 3] = [(70, "notice"), (80, "warning"), (90, "critical")];

/// The only namespace whose metrics CloudWatch knows the quotas of.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Quotas-Visualize-Alarms.html>
const USAGE: &str = "AWS/Usage";

/// Returns the blocks for quotas of a snapshot, each once.
///
/// Where CloudWatch knows the limit, it is a function of its, so that alarms follow every increase.
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
        if !seen.insert((&quota.service, &quota.code)) {
            continue;
        }
        let Some(share) = share(quota, metric) else {
            let _ = writeln!(text, "\n# {} {}: the snapshot has no value of it.", quota.service, quota.code);
            continue;
        };
        for (per_cent, tier) in TIERS {
            alarm(&mut text, quota, metric, &share, per_cent, tier);
        }
    }
    text
}

/// Returns how CloudWatch reckons the per cent in use; None where nobody knows the limit.
fn share(quota: &Quota, metric: &Metric) -> Option<String> {
    // A sum is counted over the period of the alarm, the quota over its own.
    let usage = match (metric.statistic.as_str(), over(quota)) {
        ("Sum", 1) => "usage / PERIOD(usage)".to_owned(),
        ("Sum", seconds) => format!("usage / PERIOD(usage) * {seconds}"),
        _ => "usage".to_owned(),
    };
    let limit = match metric.namespace.as_str() {
        USAGE => "SERVICE_QUOTA(usage)".to_owned(),
        _ => quota.value.filter(|v| *v > 0.0)?.to_string(),
    };
    Some(format!("{usage} / {limit} * 100"))
}

/// Returns the seconds over which a rate is counted.
fn over(quota: &Quota) -> u64 {
    let row = catalog::listed_of(&quota.service).iter().find(|q| q.code == quota.code);
    let period = row.and_then(|r| r.period.split_once(' '));
    let Some((count, unit)) = period.and_then(|(n, unit)| Some((n.parse::<u64>().ok()?, unit))) else {
        return 1;
    };
    count
        * match unit {
            "MINUTE" => 60,
            "HOUR" => 3600,
            "DAY" => 86400,
            _ => 1,
        }
}

fn alarm(text: &mut String, quota: &Quota, metric: &Metric, share: &str, per_cent: u32, tier: &str) {
    let name = format!("quota_{}_{}_{per_cent}", word(&quota.service), word(&quota.code));
    let _ = writeln!(
        text,
        "\nresource \"aws_cloudwatch_metric_alarm\" \"{name}\" {{\n  alarm_name          = {}\n  \
         alarm_description   = {}\n  comparison_operator = \"GreaterThanOrEqualToThreshold\"\n  \
         threshold           = {per_cent}\n  evaluation_periods  = 1\n  treat_missing_data  = \"ignore\"\n  \
         alarm_actions       = var.quota_alarm_actions\n",
        quoted(&format!("quota {} {} {tier}", quota.service, quota.code)),
        quoted(&format!(
            "{}: {per_cent} % of the quota is in use",
            if quota.name.is_empty() { &quota.code } else { &quota.name }
        )),
    );
    let _ = writeln!(
        text,
        "  metric_query {{\n    id          = \"share\"\n    expression  = \"{share}\"\n    \
         label       = \"Per cent in use\"\n    return_data = true\n  }}\n  metric_query {{\n    id = \"usage\"\n    \
         metric {{\n      namespace   = {}\n      metric_name = {}\n      period      = 300\n      stat        = {}\n      \
         dimensions = {{",
        quoted(&metric.namespace),
        quoted(&metric.name),
        quoted(&metric.statistic),
    );
    let keys: Vec<String> =
        metric.dimensions.keys().map(|k| if is_word(k) { k.clone() } else { quoted(k) }).collect();
    let width = keys.iter().map(|k| k.chars().count()).max().unwrap_or(0);
    for (key, value) in keys.iter().zip(metric.dimensions.values()) {
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
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
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

/// Whether a text needs no quotes as a key.
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
