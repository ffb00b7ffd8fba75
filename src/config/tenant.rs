//! `tenant` and `growth`: what a tenant needs that no resource shows, and how fast tenants come.

use ecow::EcoString;

use super::read::Reader;
use super::reference;
use crate::catalog;
use crate::date::Date;
use crate::source::Span;
use crate::syntax::Block;
use crate::words::meant;

/// A `tenant` block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tenant {
    /// The key in the map of tenants; `*` for all that have no figure of their own.
    pub name: EcoString,
    pub figures: Figures,
    /// Address, ARN or id of the Connect instance that takes its calls.
    pub scope: Option<EcoString>,
    /// The day on which it has to work.
    pub starts: Option<Date>,
    pub span: Option<Span>,
}

/// What a tenant needs at its busiest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Calls in a flow, in a queue or with an agent, and outbound calls; not callbacks that wait, not external transfers.
    pub concurrent_calls: Option<f64>,
    pub calls_per_hour: Option<f64>,
    /// Length of a call.
    pub average_minutes: Option<f64>,
    /// Voice requests.
    pub lex_requests_per_second: Option<f64>,
    pub lex_text_requests_per_second: Option<f64>,
    pub bedrock_requests_per_minute: Option<f64>,
    /// Code of the quota that the Bedrock requests count in: each model has its own.
    pub bedrock_quota: Option<EcoString>,
    /// False: calls are not analysed after they end.
    pub analytics: Option<bool>,
    /// True: callers are recognised by Voice ID.
    pub voice_id: Option<bool>,
}

impl Figures {
    /// Returns these figures, and where one is missing that of `others`.
    pub fn or(&self, others: &Figures) -> Figures {
        Figures {
            concurrent_calls: self.concurrent_calls.or(others.concurrent_calls),
            calls_per_hour: self.calls_per_hour.or(others.calls_per_hour),
            average_minutes: self.average_minutes.or(others.average_minutes),
            lex_requests_per_second: self.lex_requests_per_second.or(others.lex_requests_per_second),
            lex_text_requests_per_second: self
                .lex_text_requests_per_second
                .or(others.lex_text_requests_per_second),
            bedrock_requests_per_minute: self
                .bedrock_requests_per_minute
                .or(others.bedrock_requests_per_minute),
            bedrock_quota: self.bedrock_quota.clone().or_else(|| others.bedrock_quota.clone()),
            analytics: self.analytics.or(others.analytics),
            voice_id: self.voice_id.or(others.voice_id),
        }
    }
}

/// A `growth` block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    pub tenants_per_month: f64,
}

pub(super) fn tenant(r: &mut Reader<'_>, block: &Block) -> Option<Tenant> {
    let body = &block.body;
    r.only(body, "a `tenant` block", &reference::arguments("tenant"), &[]);
    let [name] = r.labels(block, ["its key, or `*` for all others"])?;
    let figures = Figures {
        concurrent_calls: r.number(body, "concurrent_calls"),
        calls_per_hour: r.number(body, "calls_per_hour"),
        average_minutes: r.number(body, "average_minutes"),
        lex_requests_per_second: r.number(body, "lex_requests_per_second"),
        lex_text_requests_per_second: r.number(body, "lex_text_requests_per_second"),
        bedrock_requests_per_minute: r.number(body, "bedrock_requests_per_minute"),
        bedrock_quota: bedrock_quota(r, block),
        analytics: r.flag(body, "analytics"),
        voice_id: r.flag(body, "voice_id"),
    };
    Some(Tenant {
        name,
        figures,
        scope: r.text(body, "scope"),
        starts: r.date(body, "starts"),
        span: Some(r.span(block.head_span)),
    })
}

fn bedrock_quota(r: &mut Reader<'_>, block: &Block) -> Option<EcoString> {
    let code = r.text(&block.body, "bedrock_quota")?;
    if catalog::quota("bedrock", &code).is_none() {
        let at = block.body.attr("bedrock_quota").map(|a| a.span).unwrap_or_default();
        let help = meant(&code, catalog::quotas_of("bedrock").iter().map(|q| q.code)).unwrap_or_else(|| {
            "`tf-headroom quotas list bedrock` lists the codes, one for each model".to_owned()
        });
        r.wrong(at, "Unknown quota", format!("the catalog has no quota `{code}` of `bedrock`"), Some(help));
        return None;
    }
    Some(code)
}

pub(super) fn growth(r: &mut Reader<'_>, block: &Block) -> Option<Growth> {
    let body = &block.body;
    r.only(body, "a `growth` block", &reference::arguments("growth"), &[]);
    let [] = r.labels(block, [])?;
    r.needs(block, "tenants_per_month", "how many tenants come in a month");
    let tenants_per_month = r.number(body, "tenants_per_month")?;
    if tenants_per_month == 0.0 || tenants_per_month > 10_000.0 {
        let at = body.attr("tenants_per_month").map(|a| a.span).unwrap_or_default();
        r.wrong(at, "Wrong value", "`tenants_per_month` has to be above 0 and at most 10000", None);
        return None;
    }
    Some(Growth { tenants_per_month })
}
