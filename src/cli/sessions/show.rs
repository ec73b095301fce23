//! `glue-ls sessions show` and `tags`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::cli::{Exit, output};
use crate::run::record::Records;
use crate::run::sessions::{self, Described};
use crate::run::{Shared, session_lines};
use crate::session::DashboardUrl;

use super::{Format, Session};

pub(super) async fn show(shared: &Shared, records: &Arc<Records>, session: &Session, format: Format) -> Exit {
    let described = match describe(shared, records, session).await {
        Ok(described) => described,
        Err(exit) => return exit,
    };
    let pages = described.pages().await;
    let Described { info, tags, record, region, .. } = &described;
    let cost = sessions::cost(info, Some(region), &BTreeMap::new());
    match format {
        Format::Json => {
            let value = json!({
                "id": info.id.as_str(),
                "mine": record.is_some(),
                "status": info.status.as_str(),
                "region": region,
                "role": info.role,
                "command": info.command_name,
                "sessionType": info.session_type,
                "workerType": info.worker_type,
                "numberOfWorkers": info.number_of_workers,
                "maxCapacity": info.max_capacity,
                "glueVersion": info.glue_version,
                "idleTimeout": info.idle_timeout,
                "connections": info.connections,
                "dpuSeconds": info.dpu_seconds,
                "costUsd": cost.usd,
                "costIsEstimate": cost.estimate,
                "tags": tags.as_ref().ok().map(|tags| object(tags)),
                "tagsError": tags.as_ref().err(),
                "dashboardUrl": pages.dashboard.as_ref().ok().map(DashboardUrl::reveal),
                "dashboardError": pages.dashboard.as_ref().err(),
                "logsUrl": pages.logs,
                "record": record,
                "error": info.error_message,
            });
            output::result(&format!("{}\n", serde_json::to_string_pretty(&value).unwrap_or_default()));
        }
        Format::Text => {
            let mut lines = session_lines(info);
            lines.push(("Region", region.clone()));
            lines.push(("Cost so far", cost.to_string()));
            match tags {
                Ok(tags) => {
                    lines.extend(tags.iter().map(|(key, value)| ("Tag", format!("{key}={value}"))));
                }
                Err(error) => lines.push(("Tags", format!("not shown: {error}"))),
            }
            lines.extend(pages.lines());
            lines.extend(info.error_message.clone().map(|message| ("Message", message)));
            lines.extend(record.as_ref().and_then(|record| record.document.clone()).map(|path| ("Document", path)));
            output::result(&lines.iter().map(|(name, value)| format!("{name}: {value}\n")).collect::<String>());
        }
    }
    Exit::Ok
}

pub(super) async fn tags(shared: &Shared, records: &Arc<Records>, session: &Session, format: Format) -> Exit {
    let described = match describe(shared, records, session).await {
        Ok(described) => described,
        Err(exit) => return exit,
    };
    match (described.tags, format) {
        (Err(why), _) => {
            output::message(&format!("the tags of {} are not known: {why}", described.info.id));
            return Exit::Failed;
        }
        (Ok(tags), Format::Json) => {
            output::result(&format!("{}\n", serde_json::to_string_pretty(&object(&tags)).unwrap_or_default()));
        }
        (Ok(tags), Format::Text) if tags.is_empty() => output::result("The session has no tags.\n"),
        (Ok(tags), Format::Text) => {
            output::result(&tags.iter().map(|(key, value)| format!("{key}={value}\n")).collect::<String>());
        }
    }
    Exit::Ok
}

async fn describe(shared: &Shared, records: &Arc<Records>, session: &Session) -> Result<Described, Exit> {
    let described = async {
        let (id, who) = session.find(shared, records).await?;
        sessions::describe(shared, records, id, &who).await
    };
    described.await.map_err(|why: String| {
        output::message(&format!("nothing is known of {}: {why}", session.named().id));
        Exit::Failed
    })
}

fn object(tags: &[(String, String)]) -> Map<String, Json> {
    tags.iter().map(|(key, value)| (key.clone(), Json::String(value.clone()))).collect()
}
