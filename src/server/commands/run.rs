//! `runCell`, `runCellsAbove`, `runAllCells`.

use serde_json::{Value as Json, json};
use tower_lsp_server::jsonrpc::Result;

use crate::server::desk::Desk;
use crate::server::runs::Runnable;

use super::arguments::Arguments;
use super::{blocked, target};

/// Runs a cell, or several in the order given.
pub(super) async fn cell(desk: Desk, arguments: Arguments) -> Result<Json> {
    let document = target::document(&desk, &arguments)?;
    if let Some(blocked) = blocked::nothing_runs(&desk, &document) {
        return Ok(blocked);
    }
    let cells = match &arguments.cells {
        Some(names) => names.iter().map(|name| target::cell(&document, name)).collect::<Result<Vec<_>>>()?,
        None => vec![target::one_cell(&desk, &document, &arguments)?],
    };
    Ok(run(&desk, &document, "glue-ls.runCell", cells, &arguments).await)
}

/// Runs the code cells above a cell.
pub(super) async fn above(desk: Desk, arguments: Arguments) -> Result<Json> {
    let document = target::document(&desk, &arguments)?;
    if let Some(blocked) = blocked::nothing_runs(&desk, &document) {
        return Ok(blocked);
    }
    let cell = target::one_cell(&desk, &document, &arguments)?;
    let cells = (0..cell).filter(|index| document.is_code(*index)).collect();
    Ok(run(&desk, &document, "glue-ls.runCell", cells, &arguments).await)
}

/// Runs all code cells.
pub(super) async fn all(desk: Desk, arguments: Arguments) -> Result<Json> {
    let document = target::document(&desk, &arguments)?;
    if let Some(blocked) = blocked::nothing_runs(&desk, &document) {
        return Ok(blocked);
    }
    let cells = (0..document.cells().len()).filter(|index| document.is_code(*index)).collect();
    Ok(run(&desk, &document, "glue-ls.runAllCells", cells, &arguments).await)
}

async fn run(desk: &Desk, document: &Runnable, command: &str, mut cells: Vec<usize>, arguments: &Arguments) -> Json {
    if !cells.iter().any(|cell| document.is_code(*cell)) {
        return blocked::answer("not-runnable", "there is no code to run here", Vec::new());
    }
    let adopted = if desk.adopt(&document.uri) { desk.world().runnable(&document.uri) } else { None };
    let document = adopted.as_ref().unwrap_or(document);
    let runner = desk.runner(document);
    let _turn = runner.turn().await;
    if arguments.settings_first {
        let mut first = runner.unapplied(document.cells(), Some(&cells));
        first.retain(|index| !cells.contains(index));
        cells.splice(0..0, first);
    }
    if let Some(blocked) = blocked::these(&runner, document, command, &cells, arguments) {
        return blocked;
    }
    if let Some(blocked) = blocked::policy(&runner, document, &cells, false).await {
        return blocked;
    }
    json!({ "runId": desk.runs().run(&runner, document, &cells) })
}
