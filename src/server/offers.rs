//! What the user can do next about a session, as actions: commands with their arguments.

use serde_json::{Value as Json, json};

use crate::run::{CellKey, RanCell};

use super::desk::Desk;

/// An action.
pub(super) fn action(title: &str, command: &str, argument: Json) -> Json {
    json!({ "title": title, "command": command, "arguments": [argument] })
}

/// Runs the cells again that were run in a session which is gone, and behind them the one that has missed it. `None` where
/// there are none any more.
pub(super) fn replay(desk: &Desk, uri: &str, ran: &[RanCell], last: Option<&CellKey>) -> Option<Json> {
    if ran.is_empty() {
        return None;
    }
    let document = desk.world().runnable(uri)?;
    let found = document.find(ran);
    let mut cells: Vec<CellKey> = found.into_iter().map(|index| document.key(index)).collect();
    if let Some(last) = last {
        cells.retain(|cell| cell != last);
    }
    let title = match (cells.len(), last) {
        (0, _) => return None,
        (1, None) => "Run the cell again that ran in it".to_owned(),
        (1, Some(_)) => "Run the cell again that ran before, then this one".to_owned(),
        (many, None) => format!("Run the {many} cells again that ran in it"),
        (many, Some(_)) => format!("Run the {many} cells again that ran before, then this one"),
    };
    cells.extend(last.cloned());
    Some(action(&title, "glue-ls.runCell", json!({ "uri": uri, "cells": cells })))
}

/// Starts a new session for a document whose session has no Spark.
pub(super) fn with_spark(uri: &str) -> Json {
    action("Start a new session, with Spark", "glue-ls.restartSession", json!({ "uri": uri, "settingsFirst": true }))
}

/// Restarts the session of a document, with the settings that the document has now.
pub(super) fn restart(uri: &str) -> Json {
    action("Restart the session", "glue-ls.restartSession", json!({ "uri": uri, "settingsFirst": true }))
}
