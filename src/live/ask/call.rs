//! One call: signed, retried while it is refused for now, and what went wrong in plain words.

use std::time::{Duration, SystemTime};

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::Value as Json;

use super::Live;
use super::account::Session;
use super::pace::Rate;

/// How often a call is tried.
const TRIES: u32 = 6;

/// A service that is asked without an SDK.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    /// As signatures and policies name it.
    pub name: &'static str,
    /// The first part of its host.
    pub host: &'static str,
    /// As environment variables name it: `AWS_ENDPOINT_URL_CONNECT`.
    pub variable: &'static str,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub service: Service,
    /// `ListQueues`.
    pub action: &'static str,
    pub rate: Rate,
    pub method: &'static str,
    /// With the query.
    pub path: String,
    pub headers: &'static [(&'static str, &'static str)],
    pub body: String,
}

/// Why a call failed.
enum Failed {
    /// Another try may help.
    ForNow(String),
    Surely(String),
}

/// Makes a connector for signed calls.
pub(super) fn connector(timeout: Duration) -> Connector {
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(Duration::from_secs(5).min(timeout))
        .read_timeout(timeout)
        .build();
    Connector::builder()
        .connector_settings(settings)
        .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build()
}

/// Sends a request when its turn comes, again while it is refused for now, and returns the JSON of the answer.
async fn send(live: &Live, session: &Session, http: &Connector, ask: &Ask) -> Result<Json, String> {
    let mut tries = 0;
    loop {
        let key = (session.account.clone(), session.region.clone(), ask.action);
        let answer = live.paced(key, ask.rate, once(live, session, http, ask)).await;
        match answer {
            Ok(json) => return Ok(json),
            Err(Failed::ForNow(_)) if tries + 1 < TRIES => {
                live.back_off(tries).await;
                tries += 1;
            }
            Err(Failed::ForNow(why) | Failed::Surely(why)) => return Err(why),
        }
    }
}

/// The most pages that are followed: more would be a service that answers in circles.
const PAGES: usize = 1000;

/// Sends the request for each page of a list, and hands the answers on.
pub(super) async fn pages(
    live: &Live,
    session: &Session,
    http: &Connector,
    page: impl Fn(Option<&str>) -> Ask + Send,
    mut each: impl FnMut(&Json) -> Result<(), String> + Send,
) -> Result<(), String> {
    let mut token: Option<String> = None;
    for _ in 0..PAGES {
        let answer = send(live, session, http, &page(token.as_deref())).await?;
        each(&answer)?;
        token = answer["NextToken"].as_str().filter(|t| !t.is_empty()).map(str::to_owned);
        if token.is_none() {
            return Ok(());
        }
    }
    Err(format!("{} has no end", page(None).action))
}

/// Returns the list in an answer.
pub(super) fn items<'a>(answer: &'a Json, field: &str, action: &str) -> Result<&'a [Json], String> {
    answer[field]
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| format!("the answer to {action} is none of AWS's"))
}

async fn once(live: &Live, session: &Session, http: &Connector, ask: &Ask) -> Result<Json, Failed> {
    let request = request(live, session, ask).await.map_err(Failed::Surely)?;
    let action = ask.action;
    let call = async {
        let mut answer = http.call(request).await.map_err(|error| match error.is_timeout() {
            true => Failed::ForNow(late(action)),
            false => Failed::ForNow(format!("no connection for {action}: {}", chain(&error))),
        })?;
        let status = answer.status().as_u16();
        let kind = answer.headers().get("x-amzn-errortype").map(str::to_owned);
        let body = ByteStream::new(answer.take_body()).collect().await;
        let body = body.map_err(|_| Failed::ForNow(format!("the answer to {action} breaks off")))?;
        judge(ask, status, kind.as_deref(), &body.into_bytes())
    };
    tokio::time::timeout(live.timeout, call).await.unwrap_or_else(|_| Err(Failed::ForNow(late(action))))
}

async fn request(live: &Live, session: &Session, ask: &Ask) -> Result<HttpRequest, String> {
    let uri = format!("{}{}", endpoint(live, session, ask.service), ask.path);
    let mut request = HttpRequest::new(SdkBody::from(ask.body.as_str()));
    request.set_method(ask.method).map_err(|e| e.to_string())?;
    request.set_uri(uri.as_str()).map_err(|e| format!("`{uri}` is no address: {e}"))?;
    for (name, value) in ask.headers {
        request.headers_mut().insert(*name, *value);
    }
    let provider = session.config.credentials_provider().ok_or("no credentials")?;
    let credentials =
        provider.provide_credentials().await.map_err(|e| format!("no credentials: {}", chain(&e)))?;
    let identity = credentials.into();
    #[expect(clippy::disallowed_methods, reason = "a signature carries the time")]
    let time = SystemTime::now();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&session.region)
        .name(ask.service.name)
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .map_err(|e| e.to_string())?
        .into();
    let signable = SignableRequest::new(
        ask.method,
        &uri,
        ask.headers.iter().copied(),
        SignableBody::Bytes(ask.body.as_bytes()),
    );
    let signed = signable.and_then(|s| sign(s, &parameters)).map_err(|e| e.to_string())?;
    let (headers, _) = signed.into_parts().0.into_parts();
    for header in headers {
        request.headers_mut().insert(header.name(), header.value().to_owned());
    }
    Ok(request)
}

/// Returns the address of a service: one that is set for it, one that is set for all, or AWS's own.
fn endpoint(live: &Live, session: &Session, service: Service) -> String {
    let set = live.endpoints.get(service.variable).cloned();
    let set = set.or_else(|| session.config.endpoint_url().map(str::to_owned));
    if let Some(url) = set {
        return url.trim_end_matches('/').to_owned();
    }
    // https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
    let suffix = match session.partition.as_str() {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    let fips = if session.config.use_fips() == Some(true) { "-fips" } else { "" };
    format!("https://{}{fips}.{}.{suffix}", service.host, session.region)
}

fn judge(ask: &Ask, status: u16, kind: Option<&str>, body: &[u8]) -> Result<Json, Failed> {
    let json: Option<Json> = serde_json::from_slice(body).ok();
    if (200..300).contains(&status) {
        return match json {
            Some(json @ Json::Object(_)) => Ok(json),
            _ => Err(Failed::Surely(strange(ask.action, status))),
        };
    }
    let told = json.as_ref().and_then(|j| j["__type"].as_str().or(j["code"].as_str()).or(j["Code"].as_str()));
    let code = kind.or(told).map(|c| c.split(':').next().unwrap_or(c));
    let code = code.map(|c| c.rsplit('#').next().unwrap_or(c));
    match code {
        Some(code) => {
            let why = refused(ask.action, ask.service.name, code);
            let again = is_throttled(code) || status >= 500;
            Err(if again { Failed::ForNow(why) } else { Failed::Surely(why) })
        }
        None if status == 429 => Err(Failed::ForNow(format!("throttled: {}", ask.action))),
        None if status >= 500 => Err(Failed::ForNow(strange(ask.action, status))),
        None => Err(Failed::Surely(strange(ask.action, status))),
    }
}

fn late(action: &str) -> String {
    format!("no answer to {action} in time")
}

fn strange(action: &str, status: u16) -> String {
    format!("the answer to {action} is none of AWS's (HTTP {status})")
}

fn is_throttled(code: &str) -> bool {
    code.contains("Throttl") || code == "TooManyRequestsException" || code == "RequestLimitExceeded"
}

/// Says why AWS refused.
fn refused(action: &str, service: &str, code: &str) -> String {
    match code {
        _ if code.contains("AccessDenied") || code.contains("UnauthorizedOperation") => {
            // The policy's word for it is not always the one that signs.
            let prefix = if service == "monitoring" { "cloudwatch" } else { service };
            format!("not allowed: {prefix}:{action}")
        }
        _ if is_throttled(code) => format!("throttled: {action}"),
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            "the credentials have expired".to_owned()
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken" => {
            format!("the credentials are refused ({code})")
        }
        _ => format!("{action}: {code}"),
    }
}

/// Says why a call of the SDK failed.
pub(super) fn explain<E, R>(action: &str, service: &str, error: SdkError<E, R>) -> String
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match &error {
        SdkError::TimeoutError(_) => late(action),
        SdkError::DispatchFailure(f) if f.is_timeout() => late(action),
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => {
            let text = chain(&error);
            if text.contains("credentials") {
                "no credentials".to_owned()
            } else {
                format!("no connection for {action}: {text}")
            }
        }
        SdkError::ResponseError(_) => format!("the answer to {action} is none of AWS's"),
        SdkError::ServiceError(e) => match e.err().code() {
            Some(code) => refused(action, service, code),
            None => format!("the answer to {action} is none of AWS's"),
        },
        _ => chain(&error),
    }
}

/// Returns the last reasons of an error, the ones that say most.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        source = cause.source();
    }
    let skip = texts.len().saturating_sub(2);
    texts[skip..].join(": ")
}
