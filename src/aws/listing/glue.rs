//! Connections, security configurations and sessions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use aws_sdk_glue::types;
use futures_util::StreamExt;

use super::{Page, told};
use crate::aws::client::{AwsClient, Services};
use crate::aws::errors::CallFailure;
use crate::aws::watch::Watch;
use crate::model::account::{Connection, SecurityConfiguration, SessionFact};

/// The most items that Glue puts in a page.
const PAGE: i32 = 1_000;

/// The most sessions of a page whose tags are asked for, each with a call of its own.
const MOST_TAGGED: usize = 50;

/// How many of those calls are under way at once.
const TAGS_AT_ONCE: usize = 4;

impl AwsClient {
    /// Lists connections, without their properties, by GetConnections.
    ///
    /// # Errors
    /// When the call cannot be made, is refused or not understood.
    pub async fn connections(&self, next: Option<String>) -> Result<Page<Connection>, CallFailure> {
        const CALL: &str = "GetConnections";
        let services = self.services(CALL).await?;
        let watch = Watch::default();
        let request = services.glue.get_connections().hide_password(true).max_results(PAGE);
        let request = request.set_next_token(next.clone()).customize().interceptor(watch.clone());
        let answer = services.settled(CALL, &watch, Box::pin(request.send()).await)?;
        let items = answer.connection_list.unwrap_or_default().into_iter().filter_map(connection).collect();
        Page::new(CALL, next.as_deref(), items, answer.next_token).map_err(|failure| services.failed(failure))
    }

    /// Lists security configurations by GetSecurityConfigurations.
    ///
    /// # Errors
    /// When the call cannot be made, is refused or not understood.
    pub async fn security_configurations(
        &self,
        next: Option<String>,
    ) -> Result<Page<SecurityConfiguration>, CallFailure> {
        const CALL: &str = "GetSecurityConfigurations";
        let services = self.services(CALL).await?;
        let watch = Watch::default();
        let request = services.glue.get_security_configurations().max_results(PAGE);
        let request = request.set_next_token(next.clone()).customize().interceptor(watch.clone());
        let answer = services.settled(CALL, &watch, Box::pin(request.send()).await)?;
        let items = answer.security_configurations.unwrap_or_default();
        let items = items.into_iter().filter_map(security_configuration).collect();
        Page::new(CALL, next.as_deref(), items, answer.next_token).map_err(|failure| services.failed(failure))
    }

    /// Lists sessions by ListSessions. Those that are ready come with their tags, as far as GetTags may be called.
    ///
    /// # Errors
    /// When ListSessions cannot be called, is refused or not understood.
    pub async fn account_sessions(&self, next: Option<String>) -> Result<Page<SessionFact>, CallFailure> {
        const CALL: &str = "ListSessions";
        let services = self.services(CALL).await?;
        let watch = Watch::default();
        let request = services.glue.list_sessions().max_results(PAGE);
        let request = request.set_next_token(next.clone()).customize().interceptor(watch.clone());
        let answer = services.settled(CALL, &watch, Box::pin(request.send()).await)?;
        let mut items: Vec<SessionFact> =
            answer.sessions.unwrap_or_default().into_iter().filter_map(session_fact).collect();
        // The service names the sessions a second time: one that is not described is still one.
        let described: std::collections::HashSet<String> = items.iter().map(|item| item.id.clone()).collect();
        for id in answer.ids.unwrap_or_default() {
            if !id.is_empty() && !described.contains(&id) {
                items.push(SessionFact {
                    id,
                    status: String::new(),
                    created: None,
                    tags: Vec::new(),
                    size: None,
                    glue_version: None,
                });
            }
        }
        add_tags(&services, &mut items).await;
        Page::new(CALL, next.as_deref(), items, answer.next_token).map_err(|failure| services.failed(failure))
    }
}

/// Adds the tags of the youngest sessions that are ready. What cannot be had is left out: tags only help to tell
/// sessions apart.
async fn add_tags(services: &Services, sessions: &mut [SessionFact]) {
    let mut ready: Vec<&mut SessionFact> = sessions.iter_mut().filter(|session| session.status == "READY").collect();
    if ready.is_empty() {
        return;
    }
    let Ok(caller) = services.caller().await else { return };
    let arn = format!("arn:{}:glue:{}:{}:session/", caller.partition(), services.region, caller.account);
    ready.sort_by_key(|session| std::cmp::Reverse(session.created));
    // One refusal speaks for all.
    let refused = AtomicBool::new(false);
    let (arn, refused) = (&arn, &refused);
    futures_util::stream::iter(ready.into_iter().take(MOST_TAGGED))
        .for_each_concurrent(TAGS_AT_ONCE, |session| async move {
            if refused.load(Ordering::Relaxed) {
                return;
            }
            match tags(services, format!("{arn}{}", session.id)).await {
                Ok(tags) => session.tags = tags,
                Err(_) => refused.store(true, Ordering::Relaxed),
            }
        })
        .await;
}

async fn tags(services: &Services, arn: String) -> Result<Vec<(String, String)>, CallFailure> {
    let watch = Watch::default();
    let request = services.glue.get_tags().resource_arn(arn).customize().interceptor(watch.clone());
    let answer = services.settled("GetTags", &watch, Box::pin(request.send()).await)?;
    let mut tags: Vec<(String, String)> = answer.tags.unwrap_or_default().into_iter().collect();
    tags.sort();
    Ok(tags)
}

fn connection(connection: types::Connection) -> Option<Connection> {
    let network = connection.physical_connection_requirements;
    let (subnet, zone, groups) = match network {
        Some(network) => (network.subnet_id, network.availability_zone, network.security_group_id_list),
        None => (None, None, None),
    };
    Some(Connection {
        name: told(connection.name)?,
        kind: connection.connection_type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        description: told(connection.description),
        subnet: told(subnet),
        zone: told(zone),
        security_groups: groups.unwrap_or_default(),
    })
}

fn security_configuration(configuration: types::SecurityConfiguration) -> Option<SecurityConfiguration> {
    let name = told(configuration.name)?;
    let encryption = configuration.encryption_configuration;
    let mut parts = Vec::new();
    let mut add = |what: &str, mode: Option<&str>| {
        if let Some(mode) = mode.filter(|mode| !mode.is_empty() && *mode != "DISABLED") {
            parts.push(format!("{what} {mode}"));
        }
    };
    if let Some(encryption) = &encryption {
        for s3 in encryption.s3_encryption() {
            add("S3", s3.s3_encryption_mode().map(types::S3EncryptionMode::as_str));
        }
        let logs = encryption.cloud_watch_encryption().and_then(|logs| logs.cloud_watch_encryption_mode());
        add("logs", logs.map(types::CloudWatchEncryptionMode::as_str));
        let bookmarks = encryption.job_bookmarks_encryption().and_then(|marks| marks.job_bookmarks_encryption_mode());
        add("job bookmarks", bookmarks.map(types::JobBookmarksEncryptionMode::as_str));
        let quality = encryption.data_quality_encryption().and_then(|quality| quality.data_quality_encryption_mode());
        add("data quality", quality.map(types::DataQualityEncryptionMode::as_str));
    }
    let summary = if parts.is_empty() { "encrypts nothing".to_owned() } else { parts.join(", ") };
    Some(SecurityConfiguration { name, summary })
}

fn session_fact(session: types::Session) -> Option<SessionFact> {
    let size = size(session.worker_type.as_ref().map(types::WorkerType::as_str), &session);
    Some(SessionFact {
        id: told(session.id)?,
        status: session.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        created: session.created_on.and_then(|time| SystemTime::try_from(time).ok()),
        tags: Vec::new(),
        size,
        glue_version: told(session.glue_version),
    })
}

/// How large a session is, in words.
fn size(worker: Option<&str>, session: &types::Session) -> Option<String> {
    let worker = worker.filter(|worker| !worker.is_empty());
    let number = session.number_of_workers.filter(|number| *number > 0);
    match (number, worker, session.max_capacity.filter(|capacity| *capacity > 0.0)) {
        (Some(number), Some(worker), _) => Some(format!("{number} × {worker}")),
        (_, None, Some(capacity)) => Some(format!("{capacity} DPU")),
        (None, Some(worker), _) => Some(worker.to_owned()),
        (Some(number), None, None) => Some(format!("{number} workers")),
        (None, None, None) => None,
    }
}
