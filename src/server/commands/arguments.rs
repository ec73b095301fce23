//! The argument of a command.

use serde::Deserialize;
use serde_json::Value as Json;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::run::{BatchId, CellKey};

/// How a cell is named in an argument.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a cell is named by its URI or by its ordinal, from 0")]
pub(in crate::server) enum CellName {
    Ordinal(usize),
    Uri(String),
}

impl CellName {
    /// Returns the key of what runs under that name.
    pub(super) fn key(&self) -> CellKey {
        match self {
            CellName::Ordinal(ordinal) => CellKey::Ordinal(*ordinal),
            CellName::Uri(uri) => CellKey::Uri(uri.clone()),
        }
    }
}

/// What of the account is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::server) enum ListKind {
    Connections,
    Databases,
    Tables,
    Columns,
}

/// The one argument that commands take.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::server) struct Arguments {
    pub(super) uri: Option<String>,
    pub(super) cell: Option<CellName>,
    pub(super) cells: Option<Vec<CellName>>,
    pub(super) position: Option<lsp::Position>,
    pub(super) range: Option<lsp::Range>,
    pub(super) session_id: Option<String>,
    run_id: Option<u64>,
    pub(super) force: bool,
    pub(super) settings_first: bool,
    pub(super) replay: bool,
    pub(super) quiet: bool,
    pub(super) kind: Option<ListKind>,
    pub(super) database: Option<String>,
    pub(super) table: Option<String>,
}

impl Arguments {
    /// Reads what a client has sent: nothing, or one object.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for people.
    pub(super) fn read(arguments: Option<Vec<Json>>) -> Result<Arguments, String> {
        let mut given = arguments.unwrap_or_default().into_iter().filter(|argument| !argument.is_null());
        let Some(first) = given.next() else { return Ok(Arguments::default()) };
        if !first.is_object() || given.next().is_some() {
            return Err("the command takes one object, such as {\"uri\": …, \"cell\": 0}".to_owned());
        }
        serde_json::from_value(first).map_err(|error| format!("the command's argument is not understood: {error}"))
    }

    pub(super) fn run_id(&self) -> Option<BatchId> {
        self.run_id.map(BatchId)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_and_one_object_are_understood() {
        for nothing in [None, Some(vec![]), Some(vec![json!(null)])] {
            assert_eq!(Arguments::read(nothing).unwrap(), Arguments::default());
        }
        let read = Arguments::read(Some(vec![json!({"uri": "u", "cell": 3, "runId": 7, "force": true})])).unwrap();
        assert_eq!(
            (read.cell.clone(), read.run_id(), read.force),
            (Some(CellName::Ordinal(3)), Some(BatchId(7)), true)
        );
        let read = Arguments::read(Some(vec![json!({"cells": ["a", 1], "other": 1})])).unwrap();
        assert_eq!(read.cells, Some(vec![CellName::Uri("a".into()), CellName::Ordinal(1)]));
        for bad in [
            json!([1]),
            json!("u"),
            json!({"cell": -1}),
            json!({"uri": 3}),
            json!({"position": {}}),
            json!({"range": {}}),
            json!({"sessionId": 1}),
            json!({"kind": "roles"}),
        ] {
            assert!(Arguments::read(Some(vec![bad.clone()])).is_err(), "{bad}");
        }
        assert!(Arguments::read(Some(vec![json!({}), json!({})])).is_err());
    }
}
