//! Outputs that no run has brought: of a session that has run a cell before, and none any more.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};
use tower_lsp_server::gen_lsp_types as lsp;

use crate::run::past::{Past, PastStatement};
use crate::run::{CellKey, CellState, RanCell};
use crate::server::desk::Desk;
use crate::server::results::Restored;
use crate::server::runs::lock;

use super::{CellOutput, add_tables, millis};

/// Shows what cells of a document have shown in a session before, and says what else was run in it.
pub(super) async fn show(desk: &Desk, uri: &str, past: &Past) {
    let Some(document) = desk.world().runnable(uri) else { return };
    let cells = document.cells();
    let mut placed = past.place(cells.iter().enumerate().map(|(index, cell)| (index, &**cell)));
    let text = |index: usize| cells.get(index).map_or_else(|| Arc::from(""), |cell| cell.cell.text.clone());
    let ran = |(index, past): &(usize, &PastStatement)| {
        past.ok.then(|| RanCell { cell: document.key(*index), text: text(*index) })
    };
    if let Some(runner) = desk.runs().existing(uri) {
        runner.have_run(placed.cells.iter().filter_map(ran).collect());
        let live = placed.cells.iter().filter(|(_, past)| !past.ended);
        runner.shown_by(live.map(|(index, past)| (past.number, document.key(*index))).collect());
    }
    placed.cells.retain(|(index, past)| {
        let end = match past {
            PastStatement { ok: true, .. } => CellState::Ok,
            PastStatement { cancelled: true, .. } | PastStatement { lost: true, .. } => CellState::Cancelled,
            PastStatement { .. } => CellState::Error,
        };
        let restored = Restored {
            outputs: &past.outputs,
            elsewhere: &past.elsewhere,
            state: past.ended.then_some(end),
            since: placed.since,
            text: text(*index),
        };
        lock(&desk.runs().results).restore(uri, &document.key(*index), restored)
    });
    if desk.support().shows_runs {
        for (index, statement) in &placed.cells {
            let restored = json!({
                "sessionId": past.session,
                "statement": statement.number,
                "state": statement.state,
                "startedAt": since_1970(statement.started_on),
                "completedAt": since_1970(statement.completed_on),
            });
            tell(desk, uri, &document.key(*index), &statement.outputs, Some(restored)).await;
        }
    }
    desk.show_again(uri);
    refresh_hints(desk);
    if let Some(text) = placed.text(&past.session) {
        desk.client().show_message(lsp::MessageType::Info, text).await;
    }
}

/// Tells that cells of a document show nothing any more.
pub(in crate::server) async fn cleared(desk: &Desk, uri: &str, cells: &[CellKey]) {
    if desk.support().shows_runs {
        for cell in cells {
            tell(desk, uri, cell, &[], None).await;
        }
    }
    desk.show_again(uri);
    refresh_hints(desk);
}

async fn tell(desk: &Desk, uri: &str, cell: &CellKey, outputs: &[Json], restored: Option<Json>) {
    let mut params = json!({ "uri": uri, "cell": cell, "runId": null, "outputs": outputs, "replace": true });
    if let (Some(restored), Some(members)) = (restored, params.as_object_mut()) {
        members.insert("restored".to_owned(), restored);
        add_tables(desk, outputs, members);
    }
    desk.client().send_notification::<CellOutput>(params).await;
}

fn refresh_hints(desk: &Desk) {
    let support = desk.support();
    if !support.shows_runs && support.refreshes_hints {
        let client = desk.client().clone();
        tokio::spawn(async move { client.inlay_hint_refresh().await });
    }
}

fn since_1970(time: Option<SystemTime>) -> Option<u64> {
    Some(millis(time?.duration_since(UNIX_EPOCH).ok()?.as_millis()))
}
