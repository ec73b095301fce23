//! `listSessions`.

use std::collections::HashMap;
use std::time::UNIX_EPOCH;

use serde_json::{Value as Json, json};
use tower_lsp_server::jsonrpc::Result;

use crate::platform::Life;
use crate::run::record::SessionRecord;
use crate::run::{Listing, Who, sessions, size_text};
use crate::server::desk::Desk;
use crate::server::offers::action;
use crate::server::runs::name;
use crate::session::{SessionInfo, SessionStatus};
use crate::settings::Engine;

use super::arguments::Arguments;
use super::session::{failed, uri};

/// Lists the sessions of account and region: as the document's would be created, else as the settings say.
pub(super) async fn handle(desk: Desk, arguments: Arguments) -> Result<Json> {
    let uri = uri(&desk, &arguments).unwrap_or_default();
    let settings = desk.world().settings().clone();
    let listing = match desk.runs().existing(&uri) {
        Some(runner) => runner.list().await,
        None if settings.engine == Engine::Aws => {
            let who = Who { profile: settings.profile.clone(), region: settings.region.clone() };
            sessions::listing(desk.runs().shared(), &who).await
        }
        None => Ok(Listing { region: None, sessions: Vec::new(), more: false }),
    };
    let listing = listing.map_err(failed)?;
    let records = match desk.runs().records() {
        Some(records) => sessions::on_record(&records).await,
        None => Vec::new(),
    };
    let records: HashMap<&str, &SessionRecord> = records.iter().map(|record| (&*record.id, record)).collect();
    let runners = desk.runs().documents().into_iter();
    let mut here: HashMap<String, String> = desk.observer().living().into_iter().collect();
    here.extend(runners.filter_map(|(document, runner)| Some((runner.report().session_id?, document))));
    let rows = listing.sessions.iter().map(|session| {
        let id = session.id.as_str();
        let place = Place { uri: &uri, region: listing.region.as_deref() };
        let cost = sessions::cost(session, place.region, &settings.rates);
        let on_aws = listing.region.is_some();
        row(session, place, (here.get(id), records.get(id).copied()), on_aws.then_some((cost.usd, cost.estimate)))
    });
    let sessions: Vec<Json> = rows.collect();
    Ok(json!({ "region": listing.region, "sessions": sessions, "more": listing.more }))
}

struct Place<'a> {
    uri: &'a str,
    region: Option<&'a str>,
}

fn row(
    session: &SessionInfo,
    place: Place<'_>,
    (here, record): (Option<&String>, Option<&SessionRecord>),
    cost: Option<(f64, bool)>,
) -> Json {
    let life = record.map(|record| record.owner.life());
    let whose = match (here, record) {
        (Some(_), _) => "here",
        (None, Some(_)) => "on-record",
        (None, None) => "other",
    };
    let document = here.map(|uri| name(uri)).or_else(|| record?.document.clone());
    let living = !session.status.is_over();
    let argument = json!({ "uri": place.uri, "sessionId": session.id });
    let mut actions = Vec::new();
    // A window never offers to stop what another one uses.
    if living && !(here.is_none() && life == Some(Life::Alive)) {
        actions.push(action("Stop the session", "glue-ls.stopSession", argument.clone()));
    }
    if session.status == SessionStatus::Ready && here.is_none_or(|uri| uri != place.uri) && !place.uri.is_empty() {
        actions.push(action("Attach to the session", "glue-ls.attachSession", argument));
    }
    let created = session.created_on;
    let tags: serde_json::Map<String, Json> =
        session.tags.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    json!({
        "sessionId": session.id,
        "status": session.status.as_str(),
        "createdAt": created
            .and_then(|created| created.duration_since(UNIX_EPOCH).ok())
            .map(|since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)),
        "ageSeconds": created.and_then(|created| created.elapsed().ok()).map(|age| age.as_secs()),
        "workers": size_text(session),
        "glueVersion": session.glue_version,
        "dpuSeconds": session.dpu_seconds,
        "cost": cost.map(|(usd, _)| usd),
        "estimate": cost.map(|(_, estimate)| estimate),
        "tags": tags,
        "whose": whose,
        "document": document,
        "actions": actions,
    })
}
