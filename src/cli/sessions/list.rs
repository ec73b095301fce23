//! `glue-ls sessions list`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value as Json, json};

use crate::cli::{Exit, output};
use crate::platform::Life;
use crate::run::record::{Records, SessionRecord};
use crate::run::sessions::{self, Found, Listed};
use crate::run::{Shared, age, size_text};
use crate::session::SessionInfo;

use super::{Format, Place};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only sessions that glue-ls has created on this machine
    #[arg(long)]
    mine: bool,
    /// Only sessions with this tag; may be given several times
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
    /// Also sessions that have ended, as long as Glue lists them
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    place: Place,
    /// How the list is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Do not ask AWS: only what is on record
    #[arg(long, conflicts_with_all = ["tags", "all"])]
    offline: bool,
}

fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write a tag as KEY=VALUE".to_owned()),
    }
}

/// A session of the list.
struct Row {
    id: String,
    region: Option<String>,
    info: Option<SessionInfo>,
    own: Option<Listed>,
}

pub(super) async fn list(shared: &Shared, records: &Arc<Records>, arguments: &Arguments) -> Exit {
    for broken in records.all().1 {
        output::message(&format!("{}: {}", broken.path.display(), broken.why));
    }
    let own = if arguments.offline {
        let known = sessions::on_record(records).await.into_iter();
        known.map(|record| Listed { record, info: None, error: None }).collect()
    } else {
        sessions::alive(shared, records).await
    };
    // Which of them has a tag is known to the account alone.
    let only_own = arguments.offline || (arguments.mine && arguments.tags.is_empty());
    let found = match only_own {
        true => None,
        false => Some(sessions::of_account(shared, &arguments.place.who(), &arguments.tags).await),
    };
    let mut exit = Exit::Ok;
    let found = match found {
        Some(Err(why)) => {
            exit = Exit::Failed;
            output::message(&format!("the sessions of the account cannot be listed: {why}"));
            None
        }
        Some(Ok(found)) => Some(found),
        None => None,
    };
    let more = found.as_ref().is_some_and(|found| found.more);
    let rows = rows(own, found, arguments);
    match arguments.format {
        Format::Json => {
            let array = Json::Array(rows.iter().map(as_json).collect());
            output::result(&format!("{}\n", serde_json::to_string_pretty(&array).unwrap_or_default()));
        }
        Format::Text if rows.is_empty() && exit == Exit::Ok => {
            output::result(if only_own { "No session of glue-ls is alive.\n" } else { "No session is alive.\n" });
        }
        Format::Text => output::result(&rows.iter().map(text).collect::<String>()),
    }
    if more {
        output::message(&format!(
            "there are more than {} sessions; narrow them down with --tag",
            sessions::MOST_SESSIONS
        ));
    }
    exit
}

/// Joins what is on record and what the account has: each session once, glue-ls's own first.
fn rows(own: Vec<Listed>, found: Option<Found>, arguments: &Arguments) -> Vec<Row> {
    let (region, mut others) = found.map_or((None, Vec::new()), |found| (Some(found.region), found.sessions));
    let tagged: Vec<String> = others.iter().map(|info| info.id.to_string()).collect();
    others.retain(|info| arguments.all || !info.status.is_over());
    others.retain(|info| !own.iter().any(|listed| listed.record.id == info.id.as_str()));
    let mut rows: Vec<Row> = own
        .into_iter()
        .filter(|listed| arguments.tags.is_empty() || tagged.contains(&listed.record.id))
        .map(|listed| Row {
            id: listed.record.id.clone(),
            region: listed.record.identity.region.clone(),
            info: listed.info.clone(),
            own: Some(listed),
        })
        .collect();
    if !arguments.mine {
        let other =
            |info: SessionInfo| Row { id: info.id.to_string(), region: region.clone(), info: Some(info), own: None };
        rows.extend(others.into_iter().map(other));
    }
    rows
}

/// The service's word, or ours where it has told none.
fn status(row: &Row) -> &str {
    match (&row.info, &row.own) {
        (Some(info), _) => info.status.as_str(),
        (None, Some(Listed { error: Some(_), .. })) => "unknown",
        (None, _) => "not asked",
    }
}

fn as_json(row: &Row) -> Json {
    let info = row.info.as_ref();
    let created = info.and_then(|info| info.created_on);
    let cost = info.map(|info| sessions::cost(info, row.region.as_deref(), &BTreeMap::new()));
    json!({
        "id": row.id,
        "mine": row.own.is_some(),
        "status": status(row),
        "region": row.region,
        "ageSeconds": created.and_then(|created| SystemTime::now().duration_since(created).ok()).map(|age| age.as_secs()),
        "sessionType": info.and_then(|info| info.session_type.as_deref()),
        "workerType": info.and_then(|info| info.worker_type.as_deref()),
        "numberOfWorkers": info.and_then(|info| info.number_of_workers),
        "maxCapacity": info.and_then(|info| info.max_capacity),
        "glueVersion": info.and_then(|info| info.glue_version.as_deref()),
        "dpuSeconds": info.and_then(|info| info.dpu_seconds),
        "costUsd": cost.map(|cost| cost.usd),
        "costIsEstimate": cost.map(|cost| cost.estimate),
        "record": row.own.as_ref().map(|listed| &listed.record),
        "error": row.own.as_ref().and_then(|listed| listed.error.as_deref()),
    })
}

/// Says who looks after a session.
fn owned(record: &SessionRecord) -> String {
    let left = record.grace_left().map(|left| age(Duration::from_secs(left)));
    match (record.owner.life(), record.grace, left) {
        (Life::Alive | Life::Unknown, Some(_), Some(left)) => {
            format!("its window was closed: it is stopped in {left} unless that comes back")
        }
        (Life::Alive, Some(_), None) => "its window was closed: it is being stopped".to_owned(),
        (Life::Gone, Some(grace), _) if grace.until.is_none() => {
            "its window was closed: it is left to its idle timeout".to_owned()
        }
        (Life::Alive, None, _) => format!("in use by process {}", record.owner.pid),
        (Life::Gone, ..) => "nobody looks after it".to_owned(),
        (Life::Unknown, ..) => format!("owner unknown (process {})", record.owner.pid),
    }
}

fn text(row: &Row) -> String {
    let region = row.region.as_deref().unwrap_or("default region");
    let lived = match (&row.info, &row.own) {
        (Some(SessionInfo { created_on: Some(created), .. }), _) => SystemTime::now().duration_since(*created).ok(),
        (_, Some(listed)) => Some(listed.record.age()),
        _ => None,
    };
    let mut parts = vec![status(row).to_owned()];
    parts.extend(lived.map(|lived| format!("{} old", age(lived))));
    if let Some(info) = &row.info {
        parts.extend(size_text(info));
        parts.extend(info.is_spark_connect().then(|| "Spark Connect".to_owned()));
        parts.push(format!("{} so far", sessions::cost(info, row.region.as_deref(), &BTreeMap::new())));
    }
    parts.push(region.to_owned());
    parts.extend(row.own.as_ref().map(|listed| owned(&listed.record)));
    let mut out = format!("{}  {}\n", row.id, parts.join(", "));
    if let Some(listed) = &row.own {
        for more in [&listed.record.document, &listed.error].into_iter().flatten() {
            out.push_str(&format!("  {more}\n"));
        }
    }
    out
}
