//! The asking: accounts, services and instances at once, within the rates that AWS grants.

mod account;
mod call;
mod connect;
mod metrics;
mod organization;
mod pace;
mod quotas;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ecow::EcoString;
use tokio::task::JoinSet;

use crate::catalog::{self, QuotaId};
use crate::inventory::{EVERY, StatedAccount};
use crate::live::lists::KIND;
use crate::projection::{Choice, TakenAccount, Want, WantedAccount};
use crate::snapshot::{Missing, Place, Snapshot};
use account::{Accounts, Session};
use pace::Pace;

/// How AWS is asked.
#[derive(Clone)]
pub struct Options {
    /// The time of the asking: `2026-11-20T08:15:30Z`.
    pub now: String,
    /// How long one call may take.
    pub timeout: Duration,
    /// Addresses that are set for single services, by `AWS_ENDPOINT_URL_…`.
    pub endpoints: BTreeMap<String, String>,
    /// Told before each call and after it: how many were made, how many are under way or waiting.
    pub progress: Option<Progress>,
}

/// Told of calls that were answered and of those that are to come.
pub type Progress = Arc<dyn Fn(usize, usize) + Send + Sync>;

/// Which services are pulled where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    pub account: WantedAccount,
    /// None: the one that the surroundings name.
    pub region: Option<EcoString>,
    /// Empty: all that the catalog measures something of.
    pub services: BTreeSet<EcoString>,
}

/// Asks for what inputs use.
pub fn ask(wants: &[Want], accounts: &[StatedAccount], options: &Options) -> Snapshot {
    run(options, async |live| {
        let wants = wants.iter().map(|w| Asked {
            account: w.account.clone(),
            region: w.region.clone(),
            quotas: w.quotas.iter().map(|q| q.get().id).collect(),
            services: BTreeSet::new(),
            parents: Some(
                w.parents.iter().filter(|(kind, _)| kind == KIND).map(|(_, t)| t.clone()).collect(),
            ),
        });
        live.all(wants.collect(), accounts).await
    })
}

/// Asks for all quotas of services, and for the use of all that is measured.
pub fn pull(pulls: &[Pull], accounts: &[StatedAccount], options: &Options) -> Snapshot {
    run(options, async |live| {
        let asked = pulls.iter().map(|p| {
            let measured = catalog::quotas().iter().filter(|q| !q.code.is_empty() && !q.measures.is_empty());
            let chosen = |s: &str| p.services.is_empty() || p.services.contains(s);
            let quotas: BTreeSet<QuotaId> = measured.filter(|q| chosen(q.service)).map(|q| q.id).collect();
            let services = match p.services.is_empty() {
                true => quotas.iter().map(|q| q.get().service.into()).collect(),
                false => p.services.clone(),
            };
            Asked { account: p.account.clone(), region: p.region.clone(), quotas, services, parents: None }
        });
        let (asked, why) = live.spread(asked.collect(), accounts).await;
        let mut snapshot = live.all(asked, accounts).await;
        snapshot.missing.splice(0..0, why);
        snapshot
    })
}

/// What is asked for in one account and Region.
#[derive(Clone, Debug)]
struct Asked {
    account: WantedAccount,
    region: Option<EcoString>,
    quotas: BTreeSet<QuotaId>,
    /// Services of which everything is asked for.
    services: BTreeSet<EcoString>,
    /// Texts of the Connect instances whose use counts. None: all there are.
    parents: Option<BTreeSet<EcoString>>,
}

/// What all calls of a run share.
struct Live {
    pace: Pace,
    timeout: Duration,
    endpoints: BTreeMap<String, String>,
    now: String,
    progress: Option<Progress>,
    made: AtomicUsize,
    pending: AtomicUsize,
}

fn run(options: &Options, work: impl AsyncFnOnce(Arc<Live>) -> Snapshot) -> Snapshot {
    let live = Arc::new(Live {
        pace: Pace::default(),
        timeout: options.timeout,
        endpoints: options.endpoints.clone(),
        now: options.now.clone(),
        progress: options.progress.clone(),
        made: AtomicUsize::new(0),
        pending: AtomicUsize::new(0),
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(work(live)),
        Err(problem) => Snapshot {
            missing: vec![missing("applied values", "", "", format!("no runtime: {problem}"))],
            ..Snapshot::new()
        },
    }
}

impl Live {
    /// Makes one call when its turn comes, and tells of the progress.
    async fn paced<T>(&self, key: pace::Key, rate: pace::Rate, call: impl Future<Output = T>) -> T {
        self.pending.fetch_add(1, Ordering::Relaxed);
        self.tell();
        self.pace.turn(key, rate).await;
        let answer = call.await;
        self.pending.fetch_sub(1, Ordering::Relaxed);
        self.made.fetch_add(1, Ordering::Relaxed);
        self.tell();
        answer
    }

    /// Waits for the next try of a call that was refused for now.
    async fn back_off(&self, tries: u32) {
        let wait = Duration::from_millis(250) * 2u32.saturating_pow(tries.min(6));
        tokio::time::sleep(wait.min(Duration::from_secs(10))).await;
    }

    fn tell(&self) {
        if let Some(tell) = &self.progress {
            tell(self.made.load(Ordering::Relaxed), self.pending.load(Ordering::Relaxed));
        }
    }

    /// Replaces what stands for every account of the organization by those that there are.
    async fn spread(
        self: &Arc<Live>,
        asked: Vec<Asked>,
        stated: &[StatedAccount],
    ) -> (Vec<Asked>, Option<Missing>) {
        let is_every = |a: &Asked| matches!(&a.account, WantedAccount::Named(name) if *name == EVERY);
        let (every, mut plain): (Vec<Asked>, Vec<Asked>) = asked.into_iter().partition(is_every);
        let Some(first) = every.first() else { return (plain, None) };
        let accounts = Accounts::new(self.clone(), stated.to_vec());
        let own = WantedAccount::Chosen(BTreeMap::new());
        let members = match accounts.session(&own, first.region.as_deref()).await {
            Ok(session) => organization::members(self, &session).await,
            Err(why) => Err(why),
        };
        match members {
            Ok(members) => {
                // Those with a block of their own are asked by what that says.
                let own = |id: &str| stated.iter().any(|a| a.id.as_deref() == Some(id));
                for id in members.iter().filter(|id| !own(id)) {
                    let account = WantedAccount::Id(id.as_str().into());
                    plain.extend(every.iter().map(|a| Asked { account: account.clone(), ..a.clone() }));
                }
                (plain, None)
            }
            Err(why) => {
                let why = format!("the accounts of the organization: {why}");
                (plain, Some(missing("applied values", "", "", why)))
            }
        }
    }

    /// Asks all accounts at once; what cannot be asked is named.
    async fn all(self: Arc<Live>, asked: Vec<Asked>, stated: &[StatedAccount]) -> Snapshot {
        let mut snapshot = Snapshot::new();
        let accounts = Accounts::new(self.clone(), stated.to_vec());
        let mut sessions = Vec::new();
        for a in &asked {
            sessions.push(accounts.session(&a.account, a.region.as_deref()));
        }
        let mut places: BTreeMap<(String, String), (Arc<Session>, Asked)> = BTreeMap::new();
        for (a, session) in asked.into_iter().zip(join_all(sessions).await) {
            let session = match session {
                Ok(session) => session,
                Err(why) => {
                    let (account, region) = (account_text(&a.account), a.region.map(String::from));
                    snapshot.missing.push(Missing {
                        account,
                        region,
                        ..missing("applied values", "", "", why)
                    });
                    continue;
                }
            };
            snapshot.accounts.extend(known(&a.account, &session));
            let key = (session.account.clone(), session.region.clone());
            match places.get_mut(&key) {
                Some((_, here)) => {
                    here.quotas.extend(a.quotas);
                    here.services.extend(a.services);
                    match (&mut here.parents, a.parents) {
                        (Some(all), Some(more)) => all.extend(more),
                        (all, _) => *all = None,
                    }
                }
                None => _ = places.insert(key, (session, a)),
            }
        }
        snapshot.accounts.sort_by(|a, b| (&a.choice, &a.region).cmp(&(&b.choice, &b.region)));
        snapshot.accounts.dedup();
        let work = places.into_values().map(|(session, asked)| self.clone().place(session, asked));
        snapshot.places = join_all(work.collect()).await;
        snapshot
            .missing
            .sort_by(|a, b| (&a.account, &a.region, &a.why).cmp(&(&b.account, &b.region, &b.why)));
        snapshot.missing.dedup();
        snapshot
    }

    async fn place(self: Arc<Live>, session: Arc<Session>, asked: Asked) -> Place {
        let mut place = Place {
            account: session.account.clone(),
            partition: session.partition.clone(),
            region: session.region.clone(),
            taken_at: self.now.clone(),
            ..Place::default()
        };
        let parts = vec![
            boxed(quotas::applied(self.clone(), session.clone(), asked.clone())),
            boxed(quotas::requests(self.clone(), session.clone(), asked.clone())),
            boxed(connect::usage(self.clone(), session.clone(), asked.clone())),
        ];
        for part in join_all(parts).await {
            place.quotas.extend(part.quotas);
            place.usage.extend(part.usage);
            place.requests.extend(part.requests);
            place.resources.extend(part.resources);
            place.missing.extend(part.missing);
        }
        let metrics = metrics::usage(self, session, &place.quotas, &asked).await;
        place.usage.extend(metrics.usage);
        place.missing.extend(metrics.missing);
        let key = |q: &crate::snapshot::Quota| (q.service.clone(), q.code.clone(), q.resource.clone());
        place.quotas.sort_by_key(key);
        place.quotas.dedup();
        place
            .usage
            .sort_by(|a, b| (&a.service, &a.code, &a.resource).cmp(&(&b.service, &b.code, &b.resource)));
        place.missing.sort_by(|a, b| {
            (&a.service, &a.code, &a.what, &a.why).cmp(&(&b.service, &b.code, &b.what, &b.why))
        });
        place.missing.dedup();
        place
    }
}

/// Part of what one account and Region answered.
#[derive(Default)]
struct Part {
    pub quotas: Vec<crate::snapshot::Quota>,
    pub usage: Vec<crate::snapshot::Usage>,
    pub requests: Vec<crate::snapshot::Request>,
    pub resources: Vec<crate::snapshot::Resource>,
    pub missing: Vec<Missing>,
}

type Boxed<T> = std::pin::Pin<Box<dyn Future<Output = T> + Send>>;

fn boxed<T>(work: impl Future<Output = T> + Send + 'static) -> Boxed<T> {
    Box::pin(work)
}

/// Does all work at once and returns the results in order.
async fn join_all<T: Send + 'static>(work: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let mut set = JoinSet::new();
    for (at, w) in work.into_iter().enumerate() {
        set.spawn(async move { (at, w.await) });
    }
    let mut done: Vec<(usize, T)> = Vec::new();
    while let Some(result) = set.join_next().await {
        done.push(result.expect("bug: asking AWS panicked"));
    }
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, t)| t).collect()
}

fn missing(what: &str, service: &str, code: &str, why: impl Into<String>) -> Missing {
    Missing {
        what: what.to_owned(),
        service: service.to_owned(),
        code: code.to_owned(),
        why: why.into(),
        account: None,
        region: None,
    }
}

/// What projections learn of the account that a choice of credentials leads to.
fn known(account: &WantedAccount, session: &Session) -> Option<TakenAccount> {
    let choice = match account {
        WantedAccount::Named(name) => Choice::Named(name.clone()),
        WantedAccount::Chosen(arguments) => Choice::Arguments(arguments.clone()),
        WantedAccount::Id(_) | WantedAccount::Unknown(_) => return None,
    };
    let region = session.default_region.as_deref().map(EcoString::from);
    Some(TakenAccount { choice, account: session.account.as_str().into(), region })
}

fn account_text(account: &WantedAccount) -> Option<String> {
    match account {
        WantedAccount::Id(text) | WantedAccount::Named(text) => Some(text.to_string()),
        WantedAccount::Chosen(_) | WantedAccount::Unknown(_) => None,
    }
}
