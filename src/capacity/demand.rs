//! Demand that no resource shows: `demand` blocks and what `tenant` blocks say a tenant needs.

use ecow::EcoString;

use super::sizing;
use crate::catalog::{self, Quota, ScopeKind, Unit};
use crate::config::{Demand, Figures, Settings};
use crate::expand::Model;
use crate::finding::Diagnostic;
use crate::inventory::Inventory;
use crate::projection::Demanded;
use crate::source::Span;
use crate::value::{Cause, CauseKind, Count, Value};

/// True if the settings declare any.
pub fn declares(settings: &Settings) -> bool {
    !settings.demands.is_empty() || !settings.figures.is_empty()
}

/// Evaluates `demand` blocks in a root module.
pub fn of_blocks(settings: &Settings, model: &mut Model<'_>) -> (Vec<Demanded>, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for demand in &settings.demands {
        let value = match &settings.file {
            Some(file) => model.eval(file, demand.value),
            None => continue,
        };
        let (value, failed) = match value {
            Ok(value) => (value, None),
            Err(mut errors) => {
                let cause = Cause::new(CauseKind::Failed, label(demand), demand.span);
                for error in &mut errors {
                    error.span = error.span.or(demand.span);
                }
                problems.extend(errors);
                (Value::NULL, Some(cause))
            }
        };
        found.extend(demanded(demand, &value, failed, &mut problems));
    }
    (found, problems)
}

/// Returns what `demand` blocks come to where there is no source to evaluate them in.
pub fn without_source(settings: &Settings, input: &str) -> Vec<Demanded> {
    let unread = |demand: &Demand| {
        let why = format!("{}, whose expression needs the source of {input}", label(demand));
        let cause = Cause::new(CauseKind::Unstated, why, demand.span);
        demanded(demand, &Value::NULL, Some(cause), &mut Vec::new())
    };
    settings.demands.iter().flat_map(unread).collect()
}

fn label(demand: &Demand) -> String {
    let key = if demand.code.is_empty() { &demand.name } else { &demand.code };
    format!("demand \"{}\" \"{key}\"", demand.service)
}

fn quota_of(demand: &Demand) -> Option<&'static Quota> {
    if demand.code.is_empty() {
        catalog::quotas_by_name(&demand.service, &demand.name).next()
    } else {
        catalog::quota(&demand.service, &demand.code)
    }
}

/// Returns a demand: one number, or for a map one of each scope.
fn demanded(
    demand: &Demand,
    value: &Value,
    failed: Option<Cause>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Demanded> {
    let Some(quota) = quota_of(demand) else { return Vec::new() };
    let one = |amount: Count, because: Vec<Cause>, scope: Option<EcoString>| Demanded {
        quota,
        amount,
        because,
        label: label(demand),
        scope,
        tenant: None,
        account: demand.account.clone(),
        region: demand.region.clone(),
        span: demand.span,
    };
    if let Some(cause) = failed {
        return vec![one(Count::at_least(0), vec![cause], demand.scope.clone())];
    }
    let mut read = |value: &Value, scope: Option<EcoString>| match amount(quota.unit, value) {
        Ok(Ok(n)) => one(Count::exactly(n), Vec::new(), scope),
        Ok(Err(cause)) => one(Count::at_least(0), vec![cause], scope),
        Err(what) => {
            let detail = format!("the value of {} is {what}", label(demand));
            let problem = Diagnostic::error("Wrong demand", detail, demand.span)
                .help("give a number, zero or more, or a map of numbers by scope");
            let cause = Cause::new(CauseKind::Failed, label(demand), demand.span);
            problems.push(problem);
            one(Count::at_least(0), vec![cause], scope)
        }
    };
    match value.bare() {
        Value::Map(fields) | Value::Object(fields) if fields.open().is_none() => {
            fields.iter().map(|(scope, value)| read(value, Some(scope.clone()))).collect()
        }
        _ => vec![read(value, demand.scope.clone())],
    }
}

/// Returns the amount in base units; inside, why it is not known.
///
/// # Errors
/// What the value is instead of a number.
fn amount(unit: Unit, value: &Value) -> Result<Result<u64, Cause>, String> {
    if value.is_unknown() {
        return Ok(Err(value.cause().unwrap_or_else(Cause::unstated)));
    }
    if value.is_null() {
        return Err("null".to_owned());
    }
    let Some(number) = value.as_number() else { return Err(value.type_of().friendly().to_string()) };
    base(unit, number.to_f64()).map(Ok).ok_or_else(|| "not a number from zero on".to_owned())
}

/// Half a call takes a whole line.
fn base(unit: Unit, number: f64) -> Option<u64> {
    match unit {
        Unit::Count | Unit::Number => unit.to_base(number.ceil()),
        _ => unit.to_base(number),
    }
}

/// Returns what the tenants of a root module need, by their figures.
///
/// `figures_of` names the tenant whose figures count for a key: a tenant that is tried is like another one.
pub fn of_tenants(
    settings: &Settings,
    keys: &[EcoString],
    figures_of: impl Fn(&EcoString) -> EcoString,
) -> Vec<Demanded> {
    if settings.figures.is_empty() {
        return Vec::new();
    }
    let others = settings.figures.iter().find(|t| t.name == "*");
    let mut found = Vec::new();
    for key in keys {
        let name = figures_of(key);
        let own = settings.figures.iter().find(|t| t.name == name);
        let none = Figures::default();
        let default = others.map_or(&none, |t| &t.figures);
        let figures = own.map_or_else(|| default.clone(), |t| t.figures.or(default));
        let span = own.or(others).and_then(|t| t.span);
        let scope = own.and_then(|t| t.scope.clone()).or_else(|| others.and_then(|t| t.scope.clone()));
        for need in NEEDS {
            // A figure that no tenant states is not asked of any.
            if !settings.figures.iter().any(|t| (need.stated)(&t.figures.or(default))) {
                continue;
            }
            let Some(quota) = (need.quota)(&figures)
                .or_else(|| settings.figures.iter().find_map(|t| (need.quota)(&t.figures.or(default))))
            else {
                continue;
            };
            let (amount, because) = match (need.amount)(&figures) {
                Some(Need::Exactly(n)) => {
                    (base(quota.unit, n).map_or(Count::at_least(0), Count::exactly), None)
                }
                Some(Need::AtLeast(n, why)) => {
                    let low = base(quota.unit, n).unwrap_or(0);
                    (Count::at_least(low), Some(format!("{why} of tenant \"{key}\"")))
                }
                Some(Need::Nothing) => continue,
                None => (Count::at_least(0), Some(format!("{} of tenant \"{key}\"", need.figure))),
            };
            found.push(Demanded {
                quota,
                amount,
                because: because.into_iter().map(|why| Cause::new(CauseKind::Unstated, why, span)).collect(),
                label: format!("tenant \"{key}\""),
                scope: scope.clone(),
                tenant: Some(key.clone()),
                account: None,
                region: None,
                span,
            });
        }
    }
    found
}

/// What one figure comes to.
enum Need {
    Exactly(f64),
    /// With what is missing.
    AtLeast(f64, &'static str),
    Nothing,
}

/// A quota that figures of tenants use.
struct Needed {
    /// The figure whose absence leaves the demand open.
    figure: &'static str,
    /// True if the figures speak of it.
    stated: fn(&Figures) -> bool,
    quota: fn(&Figures) -> Option<&'static Quota>,
    amount: fn(&Figures) -> Option<Need>,
}

const NEEDS: [Needed; 5] = [
    Needed {
        figure: "concurrent_calls",
        stated: |f| {
            f.concurrent_calls.is_some() || (f.calls_per_hour.is_some() && f.average_minutes.is_some())
        },
        quota: |_| catalog::quota("connect", "L-12AB7C57"),
        amount: |f| match (f.concurrent_calls, f.calls_per_hour, f.average_minutes) {
            (Some(n), ..) => Some(Need::Exactly(n)),
            // The mean; at its busiest there are more.
            (None, Some(calls), Some(minutes)) => {
                Some(Need::AtLeast(sizing::mean_concurrent_calls(calls, minutes), "concurrent_calls"))
            }
            _ => None,
        },
    },
    Needed {
        figure: "calls_per_hour and average_minutes",
        stated: |f| f.analytics != Some(false) && f.calls_per_hour.is_some() && f.average_minutes.is_some(),
        quota: |_| catalog::quotas_by_name("connect", "Concurrent post-call analytics jobs").next(),
        amount: |f| match (f.analytics, f.calls_per_hour, f.average_minutes) {
            (Some(false), ..) => Some(Need::Nothing),
            (_, Some(calls), Some(minutes)) => {
                Some(Need::Exactly(sizing::post_call_analytics_jobs(minutes, calls)))
            }
            _ => None,
        },
    },
    Needed {
        figure: "lex_requests_per_second",
        stated: |f| f.lex_requests_per_second.is_some(),
        quota: |_| catalog::quotas_by_name("lex", "Voice requests per second").next(),
        amount: |f| f.lex_requests_per_second.map(Need::Exactly),
    },
    Needed {
        figure: "lex_text_requests_per_second",
        stated: |f| f.lex_text_requests_per_second.is_some(),
        quota: |_| catalog::quotas_by_name("lex", "Text requests per second").next(),
        amount: |f| f.lex_text_requests_per_second.map(Need::Exactly),
    },
    Needed {
        figure: "bedrock_requests_per_minute",
        stated: |f| f.bedrock_requests_per_minute.is_some(),
        quota: |f| f.bedrock_quota.as_ref().and_then(|code| catalog::quota("bedrock", code)),
        amount: |f| f.bedrock_requests_per_minute.map(Need::Exactly),
    },
];

/// Complains about figures that count nowhere: tenants that do not exist, Bedrock requests of no model.
pub fn problems(settings: &Settings, keys: Option<&[EcoString]>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let others = settings.figures.iter().find(|t| t.name == "*");
    for tenant in &settings.figures {
        let none = Figures::default();
        let figures = tenant.figures.or(others.map_or(&none, |t| &t.figures));
        if figures.bedrock_requests_per_minute.is_some() && figures.bedrock_quota.is_none() {
            found.push(wrong(
                tenant.span,
                format!("the Bedrock requests of tenant \"{}\" count in no quota", tenant.name),
                "each model has a quota of its own: `bedrock_quota = \"L-…\"`; `tf-headroom quotas list bedrock`",
            ));
        }
        if tenant.figures.voice_id == Some(true) {
            found.push(wrong(
                tenant.span,
                format!("the Voice ID sessions of tenant \"{}\" are compared with nothing", tenant.name),
                "the catalog has no quota of Voice ID, whose service has ended: `voice_id` is in no count",
            ));
        }
        if let Some(keys) = keys
            && tenant.name != "*"
            && !keys.contains(&tenant.name)
        {
            let names = keys.iter().map(EcoString::as_str);
            let help = crate::words::nearest(&tenant.name, names)
                .map_or("its figures count nowhere".to_owned(), |n| format!("did you mean \"{n}\"?"));
            found.push(wrong(tenant.span, format!("there is no tenant \"{}\"", tenant.name), &help));
        }
    }
    found
}

/// Complains about demand that is made of a parent which the configuration does not have.
pub fn parentless(declared: &[Demanded], inventory: &Inventory) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for demanded in declared {
        let Some(text) = &demanded.scope else { continue };
        if !matches!(demanded.quota.scope, ScopeKind::Each(_)) || inventory.parents.find("", text).is_some() {
            continue;
        }
        let names: Vec<String> = inventory.parents.iter().map(|(_, p)| p.name.to_string()).collect();
        let help = match crate::words::nearest(text, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "give the address, id or ARN of a parent that the configuration makes or names".to_owned()
            }
        };
        let what = format!(
            "the {} of {} is made of `{text}`, which the configuration does not have: it is counted by itself",
            demanded.quota.name, demanded.label
        );
        let problem =
            Diagnostic::warning("Demand of a parent that is not there", what, demanded.span).help(help);
        if !found.contains(&problem) {
            found.push(problem);
        }
    }
    found
}

fn wrong(span: Option<Span>, detail: String, help: &str) -> Diagnostic {
    Diagnostic::warning("Figures that count nowhere", detail, span).help(help)
}
