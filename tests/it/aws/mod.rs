//! AWS on loopback: a server that answers as AWS does, with rates, refusals and nonsense where a test wants them.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

/// One request as it came in.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `ListServiceQuotas`, `ListQueues`, `GetCallerIdentity`.
    pub action: String,
    pub method: String,
    /// With the query.
    pub path: String,
    pub body: String,
    /// The key id that signed it.
    pub key: String,
    pub region: String,
    /// As signatures name it: `servicequotas`, `monitoring`.
    pub service: String,
}

/// What is answered instead of the truth.
#[derive(Clone, Debug)]
pub enum Instead {
    /// This status, error code and message.
    Error(u16, &'static str),
    /// This many times only.
    Times(u32, Box<Instead>),
    Html,
    Truncated,
    /// After so long.
    Slow(Duration),
    /// The connection is closed without an answer.
    Close,
}

/// What the server knows and does.
#[derive(Default)]
pub struct World {
    /// The account behind a key id; others are of 123456789012.
    pub accounts: BTreeMap<String, String>,
    /// Rows of Service Quotas by service.
    pub quotas: BTreeMap<String, Vec<Json>>,
    /// AWS's defaults by service.
    pub defaults: BTreeMap<String, Vec<Json>>,
    pub requests: Vec<Json>,
    /// Accounts of the organization, and their states.
    pub members: Vec<(&'static str, &'static str)>,
    /// Connect instances: id and alias, then how many of what each list holds.
    pub instances: Vec<(String, Option<String>)>,
    pub holds: BTreeMap<&'static str, usize>,
    /// The newest value of metrics, by the dimension `Resource`.
    pub metrics: BTreeMap<String, f64>,
    pub instead: HashMap<String, Instead>,
    /// Calls a second and burst, by the beginning of the action. Beyond them it throttles.
    pub rates: Vec<(&'static str, f64, f64)>,
    /// Rows on a page of Service Quotas.
    pub page: usize,
    /// How long each answer takes.
    pub delay: Duration,
}

pub struct Server {
    pub url: String,
    pub asked: Arc<Mutex<Vec<Asked>>>,
    /// How many calls were refused for their rate.
    pub throttled: Arc<Mutex<u32>>,
}

struct State {
    world: Mutex<World>,
    asked: Arc<Mutex<Vec<Asked>>>,
    throttled: Arc<Mutex<u32>>,
    /// Tokens left, and since when.
    buckets: Mutex<HashMap<String, (f64, Instant)>>,
    record: Option<std::path::PathBuf>,
}

pub const ACCOUNT: &str = "123456789012";

/// The ARN of an instance.
pub fn instance_arn(region: &str, account: &str, id: &str) -> String {
    let partition = if region.starts_with("us-gov-") { "aws-us-gov" } else { "aws" };
    format!("arn:{partition}:connect:{region}:{account}:instance/{id}")
}

/// A row of Service Quotas.
pub fn row(service: &str, code: &str, value: Option<f64>) -> Json {
    let mut row = json!({
        "ServiceCode": service, "ServiceName": service, "QuotaCode": code, "QuotaName": format!("quota {code}"),
        "QuotaArn": format!("arn:aws:servicequotas:us-east-1:{ACCOUNT}:{service}/{code}"),
        "Unit": "None", "Adjustable": true, "GlobalQuota": false, "QuotaAppliedAtLevel": "ACCOUNT",
    });
    if let Some(value) = value {
        row["Value"] = json!(value);
    }
    row
}

/// A row about one resource, or about all with `*`.
pub fn resource_row(code: &str, value: f64, resource: &str) -> Json {
    let mut row = row("connect", code, Some(value));
    row["QuotaAppliedAtLevel"] = json!("RESOURCE");
    row["QuotaContext"] = json!({
        "ContextScope": "RESOURCE", "ContextScopeType": "AWS::Connect::Instance", "ContextId": resource });
    row
}

impl Server {
    /// Starts a server that lives as long as the test.
    pub fn start(world: World) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (asked, throttled) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
        let state = Arc::new(State {
            world: Mutex::new(world),
            asked: asked.clone(),
            throttled: throttled.clone(),
            buckets: Mutex::default(),
            record: std::env::var_os("TF_HEADROOM_RECORD").map(Into::into),
        });
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = state.clone();
                std::thread::spawn(move || serve(&state, &stream));
            }
        });
        Server { url, asked, throttled }
    }

    /// The actions that were called, in order.
    pub fn actions(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").iter().map(|a| a.action.clone()).collect()
    }

    /// How often an action was called.
    pub fn count(&self, action: &str) -> usize {
        self.actions().iter().filter(|a| *a == action).count()
    }
}

fn serve(state: &State, stream: &TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let mut reader = BufReader::new(stream);
    while let Some((asked, target)) = read(&mut reader) {
        state.asked.lock().expect("no panic").push(asked.clone());
        let delay = state.world.lock().expect("no panic").delay;
        std::thread::sleep(delay);
        let Some(answer) = answer(state, &asked) else { return };
        if let Some(folder) = &state.record {
            record(folder, &asked, &target, &answer);
        }
        if write(stream, &answer).is_err() || answer.cut {
            return;
        }
    }
}

struct Answer {
    status: u16,
    kind: &'static str,
    /// `x-amzn-errortype`.
    error: Option<&'static str>,
    body: String,
    cut: bool,
}

fn ok(body: &Json) -> Answer {
    Answer {
        status: 200,
        kind: "application/x-amz-json-1.1",
        error: None,
        body: body.to_string(),
        cut: false,
    }
}

fn write(mut stream: &TcpStream, answer: &Answer) -> std::io::Result<()> {
    let length = answer.body.len() + if answer.cut { 1000 } else { 0 };
    let error = answer.error.map_or(String::new(), |e| format!("x-amzn-errortype: {e}\r\n"));
    let head = format!(
        "HTTP/1.1 {} X\r\ncontent-type: {}\r\ncontent-length: {length}\r\nx-amzn-requestid: 1\r\n{error}\r\n",
        answer.status, answer.kind
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(answer.body.as_bytes())?;
    stream.flush()
}

/// Reads one request, and what names its action.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<(Asked, String)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    let signature = headers.get("authorization").cloned().unwrap_or_default();
    let credential = signature.split("Credential=").nth(1).unwrap_or_default();
    let mut parts = credential.split('/');
    let (key, _, region) =
        (parts.next()?.to_owned(), parts.next(), parts.next().unwrap_or_default().to_owned());
    let service = parts.next().unwrap_or_default().to_owned();
    let target = headers.get("x-amz-target").cloned().unwrap_or_default();
    let action = match target.rsplit('.').next().filter(|t| !t.is_empty()) {
        Some(action) => action.to_owned(),
        None if body.contains("Action=") => {
            let rest = body.split("Action=").nth(1).unwrap_or_default();
            rest.split('&').next().unwrap_or_default().to_owned()
        }
        None => connect_action(&path).unwrap_or("Unknown").to_owned(),
    };
    Some((Asked { action, method, path, body, key, region, service }, target))
}

/// Lists of Connect, by the beginning of the path, with the field of their answer and the most items on a page.
const LISTS: [(&str, &str, &str, usize); 15] = [
    ("/queues-summary/", "ListQueues", "QueueSummaryList", 1000),
    ("/users-summary/", "ListUsers", "UserSummaryList", 1000),
    ("/phone-number/list", "ListPhoneNumbersV2", "ListPhoneNumbersSummaryList", 1000),
    ("/routing-profiles-summary/", "ListRoutingProfiles", "RoutingProfileSummaryList", 1000),
    ("/security-profiles-summary/", "ListSecurityProfiles", "SecurityProfileSummaryList", 1000),
    ("/contact-flows-summary/", "ListContactFlows", "ContactFlowSummaryList", 1000),
    ("/contact-flow-modules-summary/", "ListContactFlowModules", "ContactFlowModulesSummaryList", 1000),
    ("/hours-of-operations-summary/", "ListHoursOfOperations", "HoursOfOperationSummaryList", 1000),
    ("/quick-connects/", "ListQuickConnects", "QuickConnectSummaryList", 1000),
    ("/prompts-summary/", "ListPrompts", "PromptSummaryList", 1000),
    ("/user-hierarchy-groups-summary/", "ListUserHierarchyGroups", "UserHierarchyGroupSummaryList", 1000),
    ("/agent-status/", "ListAgentStatuses", "AgentStatusSummaryList", 1000),
    ("/lambda-functions", "ListLambdaFunctions", "LambdaFunctions", 25),
    ("/bots", "ListBots", "LexBots", 25),
    ("/instance", "ListInstances", "InstanceSummaryList", 10),
];

fn list_of(path: &str) -> Option<&'static (&'static str, &'static str, &'static str, usize)> {
    let plain = path.split('?').next().unwrap_or_default();
    LISTS.iter().find(|(part, ..)| match *part {
        "/lambda-functions" | "/bots" => plain.starts_with("/instance/") && plain.ends_with(part),
        "/instance" | "/phone-number/list" => plain == *part,
        part => plain.starts_with(part),
    })
}

fn connect_action(path: &str) -> Option<&'static str> {
    list_of(path).map(|(_, action, ..)| *action)
}

fn query<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = path.split_once('?')?;
    query.split('&').find_map(|p| p.split_once('=').filter(|(n, _)| *n == name).map(|(_, v)| v))
}

fn answer(state: &State, asked: &Asked) -> Option<Answer> {
    let instead = {
        let mut world = state.world.lock().expect("no panic");
        let keys = [
            asked.action.clone(),
            format!("{}@{}", asked.action, asked.region),
            format!("{}:{}", asked.action, asked.key),
        ];
        let found = keys.iter().find(|k| world.instead.contains_key(*k)).cloned();
        found.and_then(|key| match world.instead.get_mut(&key) {
            Some(Instead::Times(0, _)) | None => None,
            Some(Instead::Times(left, inner)) => {
                *left -= 1;
                Some((**inner).clone())
            }
            Some(other) => Some(other.clone()),
        })
    };
    match instead {
        None => {}
        Some(Instead::Error(status, code)) => return Some(error(asked, status, code)),
        Some(Instead::Html) => {
            return Some(Answer {
                kind: "text/html",
                body: "<html>proxy</html>".into(),
                status: 200,
                ..ok(&json!({}))
            });
        }
        Some(Instead::Truncated) => {
            return Some(Answer { body: "{\"Quotas\": [{\"Quo".into(), cut: true, ..ok(&json!({})) });
        }
        Some(Instead::Slow(time)) => std::thread::sleep(time),
        Some(Instead::Close) => return None,
        Some(Instead::Times(..)) => unreachable!("bug: unwrapped above"),
    }
    if over_rate(state, asked) {
        *state.throttled.lock().expect("no panic") += 1;
        let code = if connect_action(&asked.path).is_some() {
            "ThrottlingException"
        } else {
            "TooManyRequestsException"
        };
        return Some(error(asked, 429, code));
    }
    let world = state.world.lock().expect("no panic");
    let account = world.accounts.get(&asked.key).map_or(ACCOUNT, String::as_str);
    let body: Json = serde_json::from_str(&asked.body).unwrap_or(Json::Null);
    Some(match asked.action.as_str() {
        "GetCallerIdentity" => xml(&format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/x</Arn><UserId>A</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        )),
        "AssumeRole" => assumed(asked),
        "ListServiceQuotas" | "ListAWSDefaultServiceQuotas" => quotas(&world, asked, &body),
        "GetServiceQuota" | "GetAWSDefaultServiceQuota" => one_quota(&world, asked, &body),
        "ListRequestedServiceQuotaChangeHistory" => {
            paged("RequestedQuotas", &world.requests, &body, world.page)
        }
        "ListAccounts" => {
            let members = world.members.iter().map(|(id, state)| {
                json!({ "Id": id, "Arn": format!("arn:aws:organizations::{ACCOUNT}:account/o-exampleorgid/{id}"),
                    "Email": "a@example.com", "Name": "a", "State": state, "JoinedMethod": "CREATED" })
            });
            paged("Accounts", &members.collect::<Vec<_>>(), &body, 2)
        }
        "RequestServiceQuotaIncrease" => increase(&body),
        "GetMetricData" => metrics(&world, &body),
        _ => connect(&world, asked, account, &body)?,
    })
}

/// Hands out keys whose id tells the account of the role.
fn assumed(asked: &Asked) -> Answer {
    let account = asked.body.split("iam%3A%3A").nth(1).and_then(|t| t.get(..12)).unwrap_or(ACCOUNT);
    xml(&format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>R:tf-headroom</AssumedRoleId><Arn>arn:aws:sts::{account}:assumed-role/r/tf-headroom</Arn></AssumedRoleUser><Credentials><AccessKeyId>AKIA{account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    ))
}

fn xml(body: &str) -> Answer {
    Answer { kind: "text/xml", body: body.to_owned(), ..ok(&json!({})) }
}

fn error(asked: &Asked, status: u16, code: &'static str) -> Answer {
    if asked.body.contains("Action=") {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>m</Message></Error></ErrorResponse>"
        );
        return Answer { status, kind: "text/xml", error: None, body, cut: false };
    }
    let body = json!({ "__type": code, "message": "m", "Message": "m" }).to_string();
    Answer { status, error: Some(code), body, ..ok(&json!({})) }
}

fn over_rate(state: &State, asked: &Asked) -> bool {
    let world = state.world.lock().expect("no panic");
    let Some((_, rate, burst)) = world.rates.iter().find(|(name, ..)| asked.action.starts_with(name)) else {
        return false;
    };
    let mut buckets = state.buckets.lock().expect("no panic");
    let key = format!("{}|{}|{}", asked.action, asked.region, asked.key);
    let now = Instant::now();
    let (tokens, since) = buckets.entry(key).or_insert((*burst, now));
    *tokens = (*tokens + now.duration_since(*since).as_secs_f64() * rate).min(*burst);
    *since = now;
    if *tokens < 1.0 {
        return true;
    }
    *tokens -= 1.0;
    false
}

fn paged(field: &str, rows: &[Json], body: &Json, page: usize) -> Answer {
    let page = if page == 0 { 100 } else { page };
    let from: usize = body["NextToken"].as_str().and_then(|t| t.parse().ok()).unwrap_or(0);
    let upto = (from + page).min(rows.len());
    let mut answer = json!({ field: rows[from..upto] });
    if upto < rows.len() {
        answer["NextToken"] = json!(upto.to_string());
    }
    ok(&answer)
}

fn quotas(world: &World, asked: &Asked, body: &Json) -> Answer {
    let table = if asked.action.contains("Default") { &world.defaults } else { &world.quotas };
    let Some(rows) = body["ServiceCode"].as_str().and_then(|s| table.get(s)) else {
        return error(asked, 400, "NoSuchResourceException");
    };
    let level = body["QuotaAppliedAtLevel"].as_str().unwrap_or("ACCOUNT");
    let rows: Vec<Json> = rows
        .iter()
        .filter(|r| level == "ALL" || asked.action.contains("Default") || r["QuotaAppliedAtLevel"] == level)
        .cloned()
        .collect();
    paged("Quotas", &rows, body, world.page)
}

fn one_quota(world: &World, asked: &Asked, body: &Json) -> Answer {
    let table = if asked.action.contains("Default") { &world.defaults } else { &world.quotas };
    let rows = body["ServiceCode"].as_str().and_then(|s| table.get(s)).map_or(&[][..], Vec::as_slice);
    match rows.iter().find(|r| r["QuotaCode"] == body["QuotaCode"] && r["QuotaContext"].is_null()) {
        Some(row) => ok(&json!({ "Quota": row })),
        None => error(asked, 400, "NoSuchResourceException"),
    }
}

/// Takes a request in and says that it waits.
fn increase(body: &Json) -> Answer {
    let mut request = json!({ "Id": "request-1", "Status": "PENDING" });
    for field in ["ServiceCode", "QuotaCode", "DesiredValue"] {
        request[field] = body[field].clone();
    }
    ok(&json!({ "RequestedQuota": request }))
}

fn metrics(world: &World, body: &Json) -> Answer {
    let queries = body["MetricDataQueries"].as_array().cloned().unwrap_or_default();
    let results: Vec<Json> = queries
        .iter()
        .map(|q| {
            let dimensions = q["MetricStat"]["Metric"]["Dimensions"].as_array().cloned().unwrap_or_default();
            let resource = dimensions.iter().find(|d| d["Name"] == "Resource");
            let value = resource.and_then(|r| world.metrics.get(r["Value"].as_str()?));
            let (times, values) = match value {
                Some(v) => (json!([1_763_000_000, 1_762_999_700]), json!([v, v - 1.0])),
                None => (json!([]), json!([])),
            };
            json!({ "Id": q["Id"], "Label": "x", "Timestamps": times, "Values": values, "StatusCode": "Complete" })
        })
        .collect();
    ok(&json!({ "MetricDataResults": results, "Messages": [] }))
}

fn connect(world: &World, asked: &Asked, account: &str, body: &Json) -> Option<Answer> {
    let (part, action, field, most) = *list_of(&asked.path)?;
    let text = |name: &str| query(&asked.path, name).map(str::to_owned);
    let (size, token) = match action {
        "ListPhoneNumbersV2" => {
            (body["MaxResults"].as_u64().map(|n| n as usize), body["NextToken"].as_str().map(str::to_owned))
        }
        _ => (text("maxResults").and_then(|t| t.parse().ok()), text("nextToken")),
    };
    let size = size.unwrap_or(100);
    if size > most {
        return Some(error(asked, 400, "InvalidParameterException"));
    }
    let items: Vec<Json> = if action == "ListInstances" {
        let made = world.instances.iter().map(|(id, alias)| {
            let mut item = json!({ "Id": id, "Arn": instance_arn(&asked.region, account, id), "InstanceStatus": "ACTIVE" });
            if let Some(alias) = alias {
                item["InstanceAlias"] = json!(alias);
            }
            item
        });
        made.collect()
    } else {
        let plain = asked.path.split('?').next().unwrap_or_default();
        let id = match part {
            "/phone-number/list" => body["TargetArn"].as_str()?.rsplit('/').next()?.to_owned(),
            "/bots" | "/lambda-functions" => plain.split('/').nth(2)?.to_owned(),
            _ => plain.rsplit('/').next()?.to_owned(),
        };
        if !world.instances.iter().any(|(i, _)| *i == id) {
            return Some(error(asked, 404, "ResourceNotFoundException"));
        }
        // Each user has a queue of its own.
        let own = action == "ListQueues" && text("queueTypes").as_deref() != Some("STANDARD");
        let count = world.holds.get(action).copied().unwrap_or(0) + if own { 1000 } else { 0 };
        let item = |n: usize| match action {
            "ListLambdaFunctions" => json!(format!("arn:aws:lambda:us-east-1:{account}:function:f{n}")),
            "ListBots" => {
                json!({ "LexV2Bot": { "AliasArn": format!("arn:aws:lex:us-east-1:{account}:bot-alias/B/{n}") } })
            }
            "ListPhoneNumbersV2" => json!({ "PhoneNumberId": n.to_string(), "TargetArn": body["TargetArn"] }),
            _ => json!({ "Id": n.to_string(), "Name": format!("n{n}") }),
        };
        (0..count).map(item).collect()
    };
    let from: usize = token.and_then(|t| t.parse().ok()).unwrap_or(0);
    let upto = (from + size).min(items.len());
    let mut answer = json!({ field: items[from..upto] });
    if upto < items.len() {
        answer["NextToken"] = json!(upto.to_string());
    }
    Some(ok(&answer))
}

/// Keeps requests and answers, so that they can be held against AWS's own models.
fn record(folder: &std::path::Path, asked: &Asked, target: &str, answer: &Answer) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    if answer.status != 200 || answer.kind.contains("html") || answer.cut {
        return;
    }
    let line = json!({
        "action": asked.action, "method": asked.method, "path": asked.path, "target": target,
        "body": asked.body, "answer": answer.body,
    });
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let _ = std::fs::write(folder.join(format!("{}-{n}.json", std::process::id())), line.to_string());
}
