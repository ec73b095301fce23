//! `runSelection`.

use std::ops::Range;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tower_lsp_server::jsonrpc::{Error, Result};

use crate::features::selection::statement_at;
use crate::model::CellModel;
use crate::server::desk::Desk;
use crate::server::runs::Runnable;
use crate::syntax::{Cell, CellKind, Tail};

use super::arguments::{Arguments, CellName};
use super::{blocked, target};

const COMMAND: &str = "glue-ls.runSelection";

/// Runs a part of a cell in the session. What it shows takes the place of what the cell shows.
pub(super) async fn handle(desk: Desk, arguments: Arguments) -> Result<Json> {
    let document = target::document(&desk, &arguments)?;
    let place = place(&desk, &document, &arguments)?;
    if let Some(blocked) = blocked::nothing_runs(&desk, &document) {
        return Ok(blocked);
    }
    let not_runnable = |why: &str| Ok(blocked::answer("not-runnable", why, Vec::new()));
    let (cell, range) = match place {
        Ok(place) => place,
        Err(why) => return not_runnable(why),
    };
    let Some(whole) = document.cells().get(cell) else { return not_runnable("there is no code here") };
    if let Tail::CellMagic { kind, .. } = &whole.cell.split.tail {
        return not_runnable(&format!(
            "a part of a cell of `%%{}` means nothing without it; run the cell",
            kind.name()
        ));
    }
    let text = code(&whole.cell.text, range);
    if text.trim().is_empty() || whole.cell.kind != CellKind::Code {
        return not_runnable("no code is selected");
    }
    let part = CellModel::new(Arc::new(Cell::whole(CellKind::Code, text)));
    let effects = &part.effects;
    let magic = effects.calls.first().map(|call| format!("the magic `%{}`", call.name));
    let magic = magic.or_else(|| match &part.cell.split.tail {
        Tail::CellMagic { kind, .. } => Some(format!("the magic `%%{}`", kind.name())),
        Tail::Nothing | Tail::Code(_) => None,
    });
    let shell = effects.shell.first().map(|_| "a command of the shell".to_owned());
    if let Some(what) = magic.or(shell) {
        return not_runnable(&format!(
            "there is {what} in the selection: only code is run from one; run the cell for it"
        ));
    }
    if !effects.has_statement {
        return not_runnable("no code is selected");
    }
    let adopted = if desk.adopt(&document.uri) { desk.world().runnable(&document.uri) } else { None };
    let document = adopted.as_ref().unwrap_or(&document);
    let runner = desk.runner(document);
    let _turn = runner.turn().await;
    // Settings of its own cell count as well.
    let mut missing = runner.unapplied(document.cells(), None);
    missing.retain(|index| *index <= cell);
    if !missing.is_empty() && !arguments.force && !arguments.settings_first {
        let mut answer = blocked::unapplied(COMMAND, document, &[cell], &missing);
        for action in answer["actions"].as_array_mut().into_iter().flatten() {
            action["arguments"][0]["range"] = json!(arguments.range);
        }
        return Ok(answer);
    }
    let first: &[usize] = if arguments.force { &[] } else { &missing };
    if let Some(blocked) = blocked::policy(&runner, document, first, true).await {
        return Ok(blocked);
    }
    if !first.is_empty() {
        desk.runs().run(&runner, document, first);
    }
    Ok(json!({ "runId": desk.runs().run_part(&runner, document, cell, part) }))
}

/// Returns the cell that the selection is in, and where in its text; or why it is in none.
#[allow(clippy::type_complexity, reason = "a place, a sentence, or an error of the request")]
fn place(
    desk: &Desk,
    document: &Runnable,
    arguments: &Arguments,
) -> Result<std::result::Result<(usize, Range<usize>), &'static str>> {
    let Some(range) = arguments.range else { return Ok(statement(document, target::spot(desk, document, arguments)?)) };
    // A range counts in the document that it is made in: a synced cell is one of its own.
    let own = match (&arguments.cell, &arguments.uri) {
        (Some(CellName::Uri(uri)), _) => Some(uri),
        (None, Some(uri)) if *uri != document.uri => Some(uri),
        _ => None,
    };
    if document.cell_uris.is_some() && own.is_none() {
        return Err(Error::invalid_params("name the cell that the range is in: {\"cell\": …}"));
    }
    let uri = own.unwrap_or(&document.uri);
    let Some(view) = desk.view(uri) else {
        return Err(Error::invalid_params(format!("{uri} is not open here")));
    };
    let cells: Vec<usize> = match view.own_cell() {
        Some(cell) => vec![cell],
        None => view.cells_in(range).filter(|cell| !view.in_cell(*cell, range).is_empty()).collect(),
    };
    Ok(match &*cells {
        [] => Err("no code is selected"),
        [cell] => {
            let text = document.cells().get(*cell).map_or("", |cell| &*cell.cell.text);
            let inside = view.in_cell(*cell, range);
            let start = text.floor_char_boundary(inside.start);
            let end = text.floor_char_boundary(inside.end).max(start);
            Ok((*cell, start..end))
        }
        _ => Err("the selection spans several cells; run them as cells"),
    })
}

/// Returns the statement at a place in a cell: what is meant where nothing is selected.
fn statement(
    document: &Runnable,
    (cell, offset): (usize, usize),
) -> std::result::Result<(usize, Range<usize>), &'static str> {
    let found = document.cells().get(cell).and_then(|model| statement_at(&model.cell, offset));
    found.map(|range| (cell, range)).ok_or("there is no statement here; select what shall be run")
}

/// Returns the code of a selection, moved to the left as far as all of its lines allow.
fn code(text: &str, range: Range<usize>) -> String {
    let line = text[..range.start].rfind('\n').map_or(0, |end| end + 1);
    // Who begins behind the blanks of a line means the line.
    let start = if text[line..range.start].trim().is_empty() { line } else { range.start };
    let selected = &text[start..range.end];
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let full = || selected.lines().filter(|line| !line.trim().is_empty());
    let Some(first) = full().next() else { return String::new() };
    let indent = &first[..blanks(first)];
    // The beginning that all of them share.
    let common = full().fold(indent.len(), |most, line| {
        indent.bytes().zip(line.bytes()).take(most).take_while(|(a, b)| a == b).count()
    });
    let lines =
        selected.split_inclusive('\n').map(|line| line.get(common..).unwrap_or(line.trim_start_matches([' ', '\t'])));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(text: &str, part: &str) -> String {
        let start = text.find(part).unwrap();
        code(text, start..start + part.len())
    }

    #[test]
    fn lines_of_a_block_are_moved_to_the_left() {
        let text = "for x in y:\n    a = 1\n    if a:\n        b = 2\n\n    c = 3\n";
        assert_eq!(selected(text, "a = 1\n    if a:\n        b = 2\n"), "a = 1\nif a:\n    b = 2\n");
        assert_eq!(
            selected(text, "    a = 1\n    if a:\n        b = 2\n\n    c = 3"),
            "a = 1\nif a:\n    b = 2\n\nc = 3"
        );
        assert_eq!(selected(text, "x in y"), "x in y");
        assert_eq!(selected(text, "        b = 2\n\n    c"), "    b = 2\n\nc", "no more than all of them have");
        assert_eq!(selected("\tä = 1\n\tö", "\tä = 1\n\tö"), "ä = 1\nö");
        assert_eq!(selected("a\n\n \nb", "\n\n \n"), "");
    }
}
