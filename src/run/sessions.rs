//! Sessions that are on record, whoever created them: how they are, and stopping them.

use std::sync::Arc;
use std::time::Duration;

use crate::aws::{Access, AwsClient, Identity};
use crate::platform::Life;
use crate::session::{
    ApiErrorKind, DynGlueApi, GlueApi, Opening, Operation, Policy, SessionHandle, SessionId, SessionStatus,
};

use super::record::{RecordedIdentity, Records, SessionRecord};
use super::runner::{Shared, Who};

/// How long a session whose start was asked for may be unknown all the same. The request of a process that was killed
/// may still be on its way, and a session that was just created is not known everywhere at once.
const JUST_ASKED_FOR: Duration = Duration::from_secs(60);

/// A session that may be alive.
#[derive(Debug, Clone)]
pub struct Listed {
    /// What is on record.
    pub record: SessionRecord,
    /// What the service says of its state; `None` where it was not asked, or did not say.
    pub status: Option<SessionStatus>,
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
                listed.push(Listed { record, status: Some(info.status), error: None });
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
        listed.push(Listed { record, status: None, error: Some(error) });
    }
    listed
}

/// Returns the sessions on record, oldest first, without asking anybody.
pub async fn on_record(records: &Arc<Records>) -> Vec<SessionRecord> {
    let records = Arc::clone(records);
    tokio::task::spawn_blocking(move || records.all().0).await.unwrap_or_default()
}

/// Stops a session and forgets its record. `who` says where it is if there is no record of it.
///
/// # Errors
///
/// Why it could not be stopped, for people; it may be alive.
pub async fn stop(shared: &Shared, records: &Arc<Records>, id: &str, who: Who) -> Result<(), String> {
    let record = recorded(records, id).await?;
    let client = match &record {
        Some(record) => client(shared, &record.identity),
        None => shared.aws.client(&Identity { profile: who.profile, region: who.region, ..Identity::default() }),
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
    if let Some(record) = &record {
        forget(records, record).await;
    }
    Ok(())
}

async fn recorded(records: &Arc<Records>, id: &str) -> Result<Option<SessionRecord>, String> {
    let (records, wanted) = (Arc::clone(records), id.to_owned());
    match tokio::task::spawn_blocking(move || records.get(&wanted)).await {
        Ok(read) => read.map_err(|error| format!("its record cannot be read: {error}")),
        Err(error) => Err(error.to_string()),
    }
}

/// Returns why a session may be alive although the service knows none of that id; `None` if nothing speaks for it.
async fn doubt(client: &AwsClient, record: &SessionRecord) -> Option<String> {
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

/// Returns the client with which a session was created.
fn client(shared: &Shared, identity: &RecordedIdentity) -> Arc<AwsClient> {
    shared.aws.client(&Identity {
        profile: identity.profile.clone(),
        region: identity.region.clone(),
        endpoint: identity.endpoint.clone(),
        access: identity.role_arn.clone().map_or(Access::Own, |arn| Access::Role { arn }),
    })
}

async fn forget(records: &Arc<Records>, record: &SessionRecord) {
    let (records, id) = (Arc::clone(records), record.id.clone());
    let forgotten = tokio::task::spawn_blocking(move || records.forget(&id)).await;
    if let Ok(Err(error)) = forgotten {
        tracing::warn!("the record of {} cannot be removed: {error}", record.id);
    }
}
