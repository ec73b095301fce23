//! What runs tell, passed on to the client: as notifications of ours where it asks for them, else by what the protocol
//! has for everybody.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use serde_json::{Value as Json, json};
use tokio::sync::mpsc;
use tower_lsp_server::gen_lsp_types as lsp;
use tower_lsp_server::gen_lsp_types::{LspNotificationMethod, MessageDirection, Notification};

use crate::account::{Access, Identity};
use crate::model::account::{Trouble, TroubleKind};
use crate::platform::Life;
use crate::run::receipt::RunReceipt;
use crate::run::record::{SessionRecord, Unreadable};
use crate::run::{BatchId, CellKey, CellReport, CellState, Event, SessionReport, Spent, tables};
use crate::settings::Engine;

use super::answers::OFFERED;
use super::commands::told;
use super::desk::Desk;
use super::offers;
use super::requests::inlay_hint;
use super::runs::{Told, lock};

mod progress;
mod restored;

pub(super) use progress::batch_of;
pub(super) use restored::cleared;

use progress::Progress;

/// Adds the tables among outputs to what is told of them, for clients that show tables.
fn add_tables(desk: &Desk, outputs: &[Json], params: &mut serde_json::Map<String, Json>) {
    let tables = if desk.support().shows_tables { tables::rendered(outputs) } else { Vec::new() };
    if !tables.is_empty() {
        let tables = tables.into_iter().map(|(output, html)| json!({ "output": output, "html": html }));
        params.insert("tables".to_owned(), tables.collect());
    }
}

/// Declares a notification of ours.
macro_rules! notification {
    ($name:ident, $method:literal) => {
        enum $name {}
        impl Notification for $name {
            type Params = Json;
            const METHOD: LspNotificationMethod<'static> = LspNotificationMethod::Custom($method);
            const MESSAGE_DIRECTION: MessageDirection = MessageDirection::ServerToClient;
        }
    };
}

notification!(CellStateChanged, "glue-ls/cellState");
notification!(CellOutput, "glue-ls/cellOutput");
notification!(SessionStateChanged, "glue-ls/sessionState");
notification!(AccountStateChanged, "glue-ls/accountState");
notification!(AccountNews, "glue-ls/accountNews");

/// Tells how a session is that no run of ours is about.
pub(super) async fn session_state(client: &tower_lsp_server::Client, state: Json) {
    client.send_notification::<SessionStateChanged>(state).await;
}

/// Passes on what runs tell, for ever; ends with the runtime.
pub(super) async fn run(desk: Desk, mut events: mpsc::UnboundedReceiver<Told>) {
    let mut batches = HashMap::new();
    let mut said = HashMap::new();
    while let Some((uri, event)) = events.recv().await {
        if let Event::Cell(report) = &event
            && report.state.is_final()
        {
            desk.note_identity(&uri);
        }
        match event {
            Event::Cell(report) => cell(&desk, &uri, report, &mut batches).await,
            Event::Output { cell, batch, outputs, replace, .. } => {
                if is_kept(&desk, &uri) {
                    let mut results = lock(&desk.runs().results);
                    let had = results.get(&uri, &cell).is_some_and(|result| result.failure.is_some());
                    results.show(&uri, &cell, &outputs, replace);
                    drop(results);
                    if had && replace {
                        desk.show_again(&uri);
                    }
                }
                if desk.support().shows_runs && (!outputs.is_empty() || replace) {
                    let mut params = json!({
                        "uri": uri, "cell": cell, "runId": batch, "outputs": outputs, "replace": replace,
                    });
                    if let Some(members) = params.as_object_mut() {
                        add_tables(&desk, &outputs, members);
                    }
                    desk.client().send_notification::<CellOutput>(params).await;
                }
            }
            Event::Elsewhere { cell, parts } => {
                if is_kept(&desk, &uri) {
                    lock(&desk.runs().results).is_elsewhere(&uri, &cell, parts);
                }
            }
            Event::Failure(failure) => {
                desk.warm_connections(&uri, &failure);
                if is_kept(&desk, &uri) {
                    lock(&desk.runs().results).fail(&uri, failure);
                    desk.show_again(&uri);
                }
            }
            Event::Past(past) => restored::show(&desk, &uri, &past).await,
            Event::Notice(text) => desk.client().show_message(lsp::MessageType::Info, text).await,
            Event::Session(report) => {
                desk.observer().found(&uri, &report);
                if desk.support().shows_runs {
                    desk.client().send_notification::<SessionStateChanged>(told(&desk, &uri, &report)).await;
                } else {
                    session(&desk, uri, &report, &mut said).await;
                }
            }
        }
    }
}

/// Tells what is known of accounts, for ever; ends with the runtime. In the log each trouble stands once.
pub(super) async fn accounts(desk: Desk) {
    let mut told: Vec<(Identity, Arc<Trouble>)> = Vec::new();
    loop {
        desk.names().news().await;
        desk.accounts_changed();
        let mut troubles = desk.names().troubles();
        if desk.world().settings().engine == Engine::Local {
            // Who runs cells on this machine may have no account at all, and miss none.
            troubles.retain(|(_, trouble)| !matches!(trouble.kind, TroubleKind::NoCredentials | TroubleKind::NoRegion));
        }
        if desk.support().shows_runs {
            if desk.support().hears_account_news {
                // Who waits for names can ask again.
                desk.client().send_notification::<AccountNews>(json!({})).await;
            }
            if troubles == told {
                continue;
            }
            let params = json!({ "troubles": troubles.iter().map(account_trouble).collect::<Vec<_>>() });
            desk.client().send_notification::<AccountStateChanged>(params).await;
        } else {
            for (index, (identity, trouble)) in troubles.iter().enumerate() {
                // One cause is one line, whichever services show it.
                let same = |(other, known): &(Identity, Arc<Trouble>)| {
                    let cause = known.kind == trouble.kind && known.kind != TroubleKind::Other;
                    other == identity && (cause || known == trouble)
                };
                if !told.iter().any(same) && !troubles[..index].iter().any(same) {
                    desk.log(lsp::MessageType::Warning, format!("{}; {}", trouble.message, trouble.remedy));
                }
            }
        }
        told = troubles;
    }
}

fn account_trouble((identity, trouble): &(Identity, Arc<Trouble>)) -> Json {
    let role = match &identity.access {
        Access::Role { arn } => Some(arn),
        Access::Own | Access::Keys(_) => None,
    };
    json!({
        "profile": identity.profile,
        "region": identity.region,
        "role": role,
        "message": trouble.message,
        "remedy": trouble.remedy,
        "retryable": trouble.retryable,
        "requiresReauth": trouble.requires_reauth,
    })
}

/// Returns whether results of a document are kept: a run may end after its document was closed.
fn is_kept(desk: &Desk, uri: &str) -> bool {
    desk.world().is_open(uri)
}

/// What is told of a request to run cells, or to start a session, as long as it is not done.
#[derive(Default)]
struct Batch {
    progress: Option<Progress>,
    receipt: Option<RunReceipt>,
    /// How many cells are done.
    done: usize,
}

/// Says of a session what there is to do about it, to a client that shows no sessions: `said` is what it was told last.
async fn session(desk: &Desk, uri: String, report: &SessionReport, said: &mut HashMap<String, String>) {
    let Json::Array(actions) = told(desk, &uri, report)["actions"].take() else {
        said.remove(&uri);
        return;
    };
    desk.offer(actions);
    let Some(message) = report.message.clone() else { return };
    if said.get(&uri) != Some(&message) {
        let text = format!("{}: {message}; {OFFERED}", super::runs::name(&uri));
        desk.client().show_message(lsp::MessageType::Warning, text).await;
        said.insert(uri, message);
    }
}

async fn cell(desk: &Desk, uri: &str, report: CellReport, batches: &mut HashMap<BatchId, Batch>) {
    let support = desk.support();
    if let Some(cell) = &report.cell {
        let kept = is_kept(desk, uri);
        lock(&desk.runs().results).set_state(uri, cell, report.batch, report.state, kept);
    }
    let last = report.state.is_final() && desk.runs().done(report.batch);
    let mut batch = batches.remove(&report.batch).unwrap_or_default();
    batch.done += usize::from(report.state.is_final());
    if report.spent.is_some() {
        batch.receipt.get_or_insert_default().add(&report);
    }
    let receipt = if last { batch.receipt.take() } else { None };
    if support.shows_runs {
        let mut params = cell_state(desk, uri, &report);
        if let (Some(members), Some(receipt)) = (params.as_object_mut(), receipt.as_ref().and_then(run_receipt)) {
            members.insert("receipt".to_owned(), receipt);
        }
        desk.client().send_notification::<CellStateChanged>(params).await;
        if !last {
            batches.insert(report.batch, batch);
        }
        return;
    }
    desk.offer(next_steps(desk, uri, &report));
    if let Some(text) = receipt.as_ref().and_then(RunReceipt::text) {
        // Nobody is interrupted for it.
        desk.log(lsp::MessageType::Info, format!("{}: {text}", super::runs::name(uri)));
    }
    // What the cell has shown is seen at once where hints are asked for again.
    let result = if last && !support.refreshes_hints { result(desk, uri, &report, batch.done) } else { None };
    if support.progress {
        let shown = batch.progress.get_or_insert_with(|| Progress::begin(desk, report.batch));
        shown.report(&report, last, result);
    } else if let Some(text) = result {
        desk.client().show_message(lsp::MessageType::Info, text).await;
    }
    if !last {
        batches.insert(report.batch, batch);
    }
    if report.state == CellState::Error {
        let why = report.message.as_deref().unwrap_or("it could not be run");
        let what = report.cell.as_ref().map_or("The session".to_owned(), name);
        desk.client().show_message(lsp::MessageType::Error, format!("{what}: {why}")).await;
    } else if report.cell.is_none()
        && report.state == CellState::Ok
        && let Some(text) = &report.message
    {
        desk.client().show_message(lsp::MessageType::Info, text.clone()).await;
    }
    if report.state.is_final() && support.refreshes_hints {
        let client = desk.client().clone();
        tokio::spawn(async move { client.inlay_hint_refresh().await });
    }
}

/// What the last cell of a run has shown, in a line, or that it was cancelled.
fn result(desk: &Desk, uri: &str, report: &CellReport, cells: usize) -> Option<String> {
    // Of a failure there is a message, and a problem.
    let cell = report.cell.as_ref().filter(|_| report.state != CellState::Error)?;
    let label = lock(&desk.runs().results).get(uri, cell).and_then(inlay_hint::label)?;
    Some(match cells {
        1 => format!("{}: {label}", name(cell)),
        many => format!("{many} cells are done; {}: {label}", name(cell)),
    })
}

fn name(cell: &CellKey) -> String {
    match cell {
        CellKey::Ordinal(ordinal) => format!("Cell {ordinal}"),
        CellKey::Uri(_) => "The cell".to_owned(),
    }
}

fn cell_state(desk: &Desk, uri: &str, report: &CellReport) -> Json {
    let started = report.started_at.and_then(|started| started.duration_since(UNIX_EPOCH).ok());
    let mut params = json!({
        "uri": uri,
        "cell": report.cell,
        "runId": report.batch,
        "state": report.state,
        "startedAt": started.map(|since| millis(since.as_millis())),
        "elapsedMs": millis(report.elapsed.as_millis()),
        "progress": report.progress,
    });
    let Some(members) = params.as_object_mut() else { return params };
    if let Some(message) = &report.message {
        members.insert("message".to_owned(), json!(message));
    }
    if let Some(Spent { usage, usd }) = &report.spent {
        let spent = json!({ "dpuSeconds": usage.dpu_seconds, "cost": usd, "estimate": usage.estimate });
        members.insert("spent".to_owned(), spent);
    }
    let actions = next_steps(desk, uri, report);
    if !actions.is_empty() {
        members.insert("actions".to_owned(), json!(actions));
    }
    params
}

/// What the user can do next about a cell.
fn next_steps(desk: &Desk, uri: &str, report: &CellReport) -> Vec<Json> {
    let spark = report.lacks_spark.then(|| offers::with_spark(uri));
    spark.into_iter().chain(offers::replay(desk, uri, &report.replay, report.cell.as_ref())).collect()
}

/// What a run took and cost, as clients get it.
fn run_receipt(receipt: &RunReceipt) -> Option<Json> {
    Some(json!({
        "cells": receipt.cells,
        "seconds": receipt.time.as_secs_f64(),
        "dpuSeconds": receipt.usage?.dpu_seconds,
        "cost": receipt.usd,
        "estimate": receipt.usage?.estimate,
        "text": receipt.text()?,
    }))
}

fn millis(count: u128) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// How many damaged records are told of.
const MOST_UNREADABLE: usize = 3;

/// Says which sessions of earlier runs may be alive, once, at the start.
pub(super) async fn survivors(desk: Desk) {
    let mut survivors = desk.survivors().await;
    // That those are left alone was the user's own wish.
    survivors.retain(|record| record.grace.is_none_or(|grace| grace.until.is_some()));
    for Unreadable { path, why } in desk.unreadable_records().await.into_iter().take(MOST_UNREADABLE) {
        let text = format!(
            "A record of a session is damaged, so one may be alive and cost money that is not listed here: {}. {why} \
             `glue-ls sessions list` in a terminal shows what is alive, `glue-ls sessions stop ID` stops one.",
            path.display()
        );
        desk.client().show_message(lsp::MessageType::Warning, text).await;
    }
    if survivors.is_empty() {
        return;
    }
    let names: Vec<String> = survivors.iter().map(describe).collect();
    let text = match &*names {
        [one] => format!("A session of an earlier run may still be alive and cost money: {one}"),
        many => {
            format!("{} sessions of earlier runs may still be alive and cost money: {}", many.len(), many.join("; "))
        }
    };
    let text = format!("{text}. `glue-ls sessions stop ID` in a terminal stops one.");
    desk.client().show_message(lsp::MessageType::Warning, text).await;
}

fn describe(record: &SessionRecord) -> String {
    let elsewhere = match &record.owner.host {
        Some(host) if record.owner.life() == Life::Unknown => format!(", perhaps in use on {host}"),
        _ => String::new(),
    };
    match &record.document {
        Some(document) => format!("{} ({document}{elsewhere})", record.id),
        None => format!("{}{elsewhere}", record.id),
    }
}
