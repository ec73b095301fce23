//! Sessions, those on record and all others of an account: how they are, what they have cost, and stopping them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::aws::{Access, AwsClient, Identity};
use crate::platform::Life;
use crate::session::{
    ApiError, ApiErrorKind, DynGlueApi, GlueApi, Opening, Operation, PageToken, Policy, SessionFilter, SessionHandle,
    SessionId, SessionInfo,
};

use super::cost::{Cost, Size, Tariff};
use super::pages::Pages;
use super::record::{RecordedIdentity, Records, SessionRecord};
use super::runner::{self, Listing, Shared, Who};

/// How long a session whose start was asked for may be unknown all the same. The request of a process that was killed
/// may still be on its way, and a session that was just created is not known everywhere at once.
const JUST_ASKED_FOR: Duration = Duration::from_secs(60);

/// A session that may be alive.
#[derive(Debug, Clone)]
pub struct Listed {
    /// What is on record.
    pub record: SessionRecord,
    /// What the service says of it; `None` where it was not asked, or did not say.
    pub info: Option<SessionInfo>,
    /// Why the service did not say, for people.
    pub error: Option<String>,
}

/// Returns the sessions on record that may be alive, oldest first. The service is asked for each; the records of those
/// that are over go.
pub async fn alive(shared: &Shared, records: &Arc<Records>) -> Vec<Listed> {
    let mut listed = Vec::new();
    for record in on_record(records).await {
        let client = client(shared, &record.identity);
        let asked = GlueApi::get_session(&*client, &SessionId::new(record.id.clone())).await;
        let error = match asked {
            Ok(info) if info.status.is_terminal() => {
                forget(records, &record).await;
                continue;
            }
            Ok(info) => {
                listed.push(Listed { record, info: Some(info), error: None });
                continue;
            }
            Err(error) if error.kind == ApiErrorKind::NotFound => match doubt(&client, &record).await {
                None if record.owner.life() == Life::Gone && record.identity.account.is_some() => {
                    forget(records, &record).await;
                    continue;
                }
                None => error.to_string(),
                Some(doubt) => doubt,
            },
            Err(error) => error.to_string(),
        };
        listed.push(Listed { record, info: None, error: Some(error) });
    }
    listed
}

/// Returns the sessions on record, oldest first, without asking anybody.
pub async fn on_record(records: &Arc<Records>) -> Vec<SessionRecord> {
    let records = Arc::clone(records);
    tokio::task::spawn_blocking(move || records.all().0).await.unwrap_or_default()
}

/// The most sessions of an account that are listed.
pub const MOST_SESSIONS: usize = 1000;

/// How many sessions are asked for at once.
const PAGE: i32 = 100;

/// The most pages that are asked for. Where only some sessions are wanted, many a page may hold none of them.
const MOST_PAGES: usize = 200;

/// Sessions of an account in a region.
#[derive(Debug, Clone)]
pub struct Found {
    /// The region.
    pub region: String,
    /// The sessions, the newest first; [`MOST_SESSIONS`] at most.
    pub sessions: Vec<SessionInfo>,
    /// Whether there are more.
    pub more: bool,
}

/// Returns the sessions of an account in a region that have all of the tags, also those that have ended.
///
/// # Errors
///
/// Why they cannot be listed, with a remedy.
pub async fn of_account(shared: &Shared, who: &Who, tags: &[(String, String)]) -> Result<Found, String> {
    let client = shared.aws.client(&of(who));
    let region = client.region().await.map_err(|failure| failure.of(Operation::ListSessions).to_string())?;
    let api: Arc<dyn DynGlueApi> = client;
    let (sessions, more) = with_all(&*api, tags).await.map_err(|error| error.to_string())?;
    Ok(Found { region, sessions, more })
}

/// As [`all`], of the sessions that have every one of the tags. AWS does not say what several tags in one call mean.
async fn with_all(api: &dyn DynGlueApi, tags: &[(String, String)]) -> Result<(Vec<SessionInfo>, bool), ApiError> {
    let mut tags = tags.iter();
    let (mut sessions, mut more) = all(api, tags.next().map(std::slice::from_ref).unwrap_or_default()).await?;
    for tag in tags {
        let (others, more_others) = all(api, std::slice::from_ref(tag)).await?;
        let others: HashSet<SessionId> = others.into_iter().map(|session| session.id).collect();
        sessions.retain(|session| others.contains(&session.id));
        more |= more_others;
    }
    Ok((sessions, more))
}

/// Returns all sessions that the service lists with these tags, the newest first, and whether there may be more: beyond
/// [`MOST_SESSIONS`], or beyond [`MOST_PAGES`].
pub(super) async fn all(api: &dyn DynGlueApi, tags: &[(String, String)]) -> Result<(Vec<SessionInfo>, bool), ApiError> {
    let filter = SessionFilter { tags: tags.to_vec(), page_size: Some(PAGE) };
    let mut sessions = Vec::new();
    let mut next: Option<PageToken> = None;
    let mut pages = 0;
    let more = loop {
        let page = api.list_sessions(&filter, next.as_ref()).await?;
        pages += 1;
        // A token that comes twice would never end.
        let stuck = page.next == next;
        sessions.extend(page.items);
        next = page.next;
        if next.is_none() || stuck {
            break false;
        }
        if sessions.len() >= MOST_SESSIONS || pages == MOST_PAGES {
            sessions.truncate(MOST_SESSIONS);
            break true;
        }
    };
    sessions.sort_by_key(|session: &SessionInfo| Reverse(session.created_on));
    Ok((sessions, more))
}

/// Returns the sessions of an account in a region, those that live with their tags.
///
/// # Errors
///
/// Why they cannot be listed, with a remedy.
pub async fn listing(shared: &Shared, who: &Who) -> Result<Listing, String> {
    let client = shared.aws.client(&of(who));
    let region = client.region().await.map_err(|failure| failure.of(Operation::ListSessions).to_string())?;
    let api: Arc<dyn DynGlueApi> = client;
    runner::list(&api, Some(region)).await
}

/// A session with all that there is to know of it.
#[derive(Debug)]
pub struct Described {
    /// What the service says of it.
    pub info: SessionInfo,
    /// Its tags, or why they are not known.
    pub tags: Result<Vec<(String, String)>, String>,
    /// What is on record, if glue-ls has created it.
    pub record: Option<SessionRecord>,
    /// Its region.
    pub region: String,
    client: Arc<AwsClient>,
}

impl Described {
    /// Asks the service where there is more to see of the session.
    pub async fn pages(&self) -> Pages {
        Pages::of(&*self.client, &self.info.id, Some(&self.region)).await
    }
}

/// Makes sure that a session is looked for in the account that its ARN names: another one may have a session of the same
/// id. `who` says where it is if there is no record of it.
///
/// # Errors
///
/// It would be looked for elsewhere, or that cannot be told; with a remedy.
pub async fn in_account(
    shared: &Shared,
    records: &Arc<Records>,
    id: &str,
    who: &Who,
    account: &str,
) -> Result<(), String> {
    let record = recorded(records, id).await?;
    let client = record.as_ref().map_or_else(|| shared.aws.client(&of(who)), |record| client(shared, &record.identity));
    match client.caller().await {
        Ok(caller) if caller.account == account => Ok(()),
        Ok(caller) => Err(format!(
            "it is in account {account}, and these are credentials for account {}; name a profile of its own account with \
             `--profile`",
            caller.account
        )),
        Err(failure) => Err(failure.before(Operation::GetSession).to_string()),
    }
}

/// Describes a session. `who` says where it is if there is no record of it.
///
/// # Errors
///
/// Why nothing is known of it, with a remedy.
pub async fn describe(shared: &Shared, records: &Arc<Records>, id: &str, who: &Who) -> Result<Described, String> {
    describe_as(shared, records, id, &of(who)).await
}

/// Describes a session as [`describe`] does, with an identity for one that is not on record.
///
/// # Errors
///
/// Why nothing is known of it, with a remedy.
pub async fn describe_as(
    shared: &Shared,
    records: &Arc<Records>,
    id: &str,
    identity: &Identity,
) -> Result<Described, String> {
    let record = recorded(records, id).await?;
    let client = record.as_ref().map_or_else(|| shared.aws.client(identity), |record| client(shared, &record.identity));
    let region = client.region().await.map_err(|failure| failure.of(Operation::GetSession).to_string())?;
    let id = SessionId::new(id);
    let info = GlueApi::get_session(&*client, &id).await.map_err(|error| error.to_string())?;
    let tags = GlueApi::get_tags(&*client, &id).await.map_err(|error| error.to_string());
    Ok(Described { info, tags, record, region, client })
}

/// Asks for a session that is not looked after here, and for the region that it is in. Nothing else is asked.
///
/// # Errors
///
/// Why nothing is known of it, and whether that is because there is none.
pub async fn look(shared: &Shared, id: &str, identity: &Identity) -> Result<(SessionInfo, String), ApiError> {
    let client = shared.aws.client(identity);
    let region = client.region().await.map_err(|failure| failure.of(Operation::GetSession))?;
    Ok((GlueApi::get_session(&*client, &SessionId::new(id)).await?, region))
}

/// Asks the service where there is more to see of a session that is not looked after here; `None` without a region.
pub async fn pages(shared: &Shared, id: &str, identity: &Identity) -> Option<Pages> {
    let client = shared.aws.client(identity);
    let region = client.region().await.ok()?;
    Some(Pages::of(&*client, &SessionId::new(id), Some(&region)).await)
}

/// Returns what a session has cost so far, as far as it can be known from outside.
pub fn cost(info: &SessionInfo, region: Option<&str>, rates: &BTreeMap<String, f64>) -> Cost {
    let workers = info.number_of_workers.and_then(|number| u32::try_from(number).ok());
    let size = Size::of(info.worker_type.as_deref(), workers, info.max_capacity);
    let until = info.completed_on.unwrap_or_else(SystemTime::now);
    let lived = info.created_on.and_then(|created| until.duration_since(created).ok()).unwrap_or_default();
    Tariff::new(size, region, info.glue_version.as_deref(), rates).so_far(info.dpu_seconds, lived)
}

/// Stops a session and forgets its record. `who` says where it is if there is no record of it.
///
/// # Errors
///
/// Why it could not be stopped, for people; it may be alive.
pub async fn stop(shared: &Shared, records: &Arc<Records>, id: &str, who: Who) -> Result<(), String> {
    stop_as(shared, records, id, &of(&who)).await
}

/// Stops a session as [`stop`] does, with an identity for one that is not on record.
///
/// # Errors
///
/// Why it could not be stopped, for people; it may be alive.
pub async fn stop_as(shared: &Shared, records: &Arc<Records>, id: &str, identity: &Identity) -> Result<(), String> {
    let record = recorded(records, id).await?;
    let client = match &record {
        Some(record) => client(shared, &record.identity),
        None => shared.aws.client(identity),
    };
    let api: Arc<dyn DynGlueApi> = client.clone();
    // Somebody waits: what does not pass soon is told.
    let policy = Policy { attempts: 2, throttled_attempts: 10, ..shared.policy.clone() };
    let stopped = SessionHandle::open(api, Opening::Attach(SessionId::new(id)), policy).stop().await;
    let known = stopped.map_err(|error| error.to_string())?;
    if known.is_none() {
        let doubt = match &record {
            Some(record) => doubt(&client, record).await,
            None => Some("AWS knows no such session here; check the id, `--profile` and `--region`".to_owned()),
        };
        if let Some(why) = doubt {
            return Err(why);
        }
    }
    match &record {
        Some(record) => forget(records, record).await,
        None => discard(records, id).await,
    }
    Ok(())
}

/// Returns the record of a session. One that is damaged is as good as none: it must not keep anybody from the session.
async fn recorded(records: &Arc<Records>, id: &str) -> Result<Option<SessionRecord>, String> {
    let (records, wanted) = (Arc::clone(records), id.to_owned());
    match tokio::task::spawn_blocking(move || records.get(&wanted)).await {
        // No record can have an id that is too long.
        Ok(Err(error)) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput) => Ok(None),
        Ok(read) => read.map_err(|error| format!("its record cannot be read: {error}")),
        Err(error) => Err(error.to_string()),
    }
}

/// Returns why a session may be alive although the service knows none of that id; `None` if nothing speaks for it.
pub(super) async fn doubt(client: &AwsClient, record: &SessionRecord) -> Option<String> {
    if record.age() < JUST_ASKED_FOR {
        let why = "AWS does not know it yet, but its start was only just asked for; try again in a minute";
        return Some(why.to_owned());
    }
    let account = record.identity.account.as_deref()?;
    match client.caller().await {
        Ok(caller) if caller.account == account => None,
        Ok(caller) => Some(format!(
            "it is in account {account}, and these are credentials for account {}; sign in to its own",
            caller.account
        )),
        Err(failure) => Some(failure.before(Operation::GetSession).to_string()),
    }
}

fn of(who: &Who) -> Identity {
    Identity { profile: who.profile.clone(), region: who.region.clone(), ..Identity::default() }
}

/// Returns the client with which a session was created.
pub(super) fn client(shared: &Shared, recorded: &RecordedIdentity) -> Arc<AwsClient> {
    shared.aws.client(&Identity {
        profile: recorded.profile.clone(),
        region: recorded.region.clone(),
        endpoint: recorded.endpoint.clone(),
        access: recorded.role_arn.clone().map_or(Access::Own, |arn| Access::Role { arn }),
    })
}

/// Removes a damaged record of a session that is over.
async fn discard(records: &Arc<Records>, id: &str) {
    let (records, wanted) = (Arc::clone(records), id.to_owned());
    let discarded = tokio::task::spawn_blocking(move || records.discard_unreadable(&wanted)).await;
    if let Ok(Err(error)) = discarded {
        tracing::warn!("the damaged record of {id} cannot be removed: {error}");
    }
}

async fn forget(records: &Arc<Records>, record: &SessionRecord) {
    let (records, id) = (Arc::clone(records), record.id.clone());
    let forgotten = tokio::task::spawn_blocking(move || records.forget(&id)).await;
    if let Ok(Err(error)) = forgotten {
        tracing::warn!("the record of {} cannot be removed: {error}", record.id);
    }
}
