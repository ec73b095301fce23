//! What a command is meant for: a document, and cells of it.

use tower_lsp_server::jsonrpc::{Error, Result};

use crate::server::convert;
use crate::server::desk::Desk;
use crate::server::runs::Runnable;

use super::arguments::{Arguments, CellName};

/// Returns the document that a command is meant for.
///
/// # Errors
///
/// It is not open, or none was named and none was in use; the message is for people.
pub(super) fn document(desk: &Desk, arguments: &Arguments) -> Result<Runnable> {
    let cell = arguments.cell.as_ref().or_else(|| arguments.cells.as_ref().and_then(|cells| cells.first()));
    let by_cell = match cell {
        Some(CellName::Uri(uri)) => Some(uri.clone()),
        _ => None,
    };
    let uri = arguments.uri.clone().or(by_cell).or_else(|| desk.last_place().map(|(uri, _)| uri));
    let Some(uri) = uri else {
        return Err(Error::invalid_params("open a notebook or script first, or name one: {\"uri\": …}"));
    };
    let found = desk.world().runnable(&uri);
    found.ok_or_else(|| Error::invalid_params(format!("{uri} is not open here, or is no document of Glue's")))
}

/// Returns the cell at the position that is named, else the one of the last request, and the place in its text.
///
/// # Errors
///
/// There is no such place; the message is for people.
pub(super) fn spot(desk: &Desk, document: &Runnable, arguments: &Arguments) -> Result<(usize, usize)> {
    let last = desk.last_place();
    let named = arguments.position.map(|position| {
        let cell = match &arguments.cell {
            Some(CellName::Uri(uri)) => Some(uri.clone()),
            _ => None,
        };
        (cell.or_else(|| arguments.uri.clone()).unwrap_or_else(|| document.uri.clone()), convert::position(position))
    });
    let here =
        |(uri, position): (String, Option<_>)| (*desk.world().owner(&uri) == document.uri).then_some((uri, position?));
    let spot = named.or_else(|| last.and_then(here)).and_then(|(uri, position)| desk.view(&uri)?.at(position));
    spot.ok_or_else(|| Error::invalid_params("name what is selected: {\"range\": {\"start\": …, \"end\": …}}"))
}

/// Returns the place of a cell among the document's.
///
/// # Errors
///
/// There is no such cell; the message is for people.
pub(super) fn cell(document: &Runnable, name: &CellName) -> Result<usize> {
    let count = document.cells().len();
    let place = match name {
        CellName::Ordinal(ordinal) => (*ordinal < count).then_some(*ordinal),
        CellName::Uri(uri) => document.cell_uris.as_ref().and_then(|uris| uris.iter().position(|known| known == uri)),
    };
    place.ok_or_else(|| match name {
        CellName::Ordinal(ordinal) => {
            Error::invalid_params(format!("there is no cell {ordinal}; the document has {count}, counted from 0"))
        }
        CellName::Uri(uri) => Error::invalid_params(format!("{uri} is no cell of the document")),
    })
}

/// Returns the cell that a command is meant for: the one named, else the one at the position, else the one where the
/// last request was.
pub(super) fn one_cell(desk: &Desk, document: &Runnable, arguments: &Arguments) -> Result<usize> {
    if let Some(name) = &arguments.cell {
        return cell(document, name);
    }
    // The document may have been named by the URI of a cell.
    let named = arguments.uri.as_deref().filter(|uri| *uri != document.uri);
    if let Some(uri) = named
        && let Ok(place) = cell(document, &CellName::Uri(uri.to_owned()))
    {
        return Ok(place);
    }
    let last = desk.last_place();
    let position = arguments.position.map(convert::position).or_else(|| {
        let (uri, position) = last.clone()?;
        position.filter(|_| uri == document.uri)
    });
    let place = match position {
        Some(position) => desk.view(&document.uri).and_then(|view| view.cell_at(position)),
        // A synced cell is a document of its own.
        None => last.and_then(|(uri, _)| cell(document, &CellName::Uri(uri)).ok()),
    };
    place.ok_or_else(|| Error::invalid_params("name a cell: {\"cell\": …} or {\"position\": …}"))
}
