//! What rules have in common that put a connection into the settings of a session.

use std::ops::Range;

use super::dictionary::in_quotes;
use crate::features::diagnostics::{Context, Fix};
use crate::features::fix::Edit;
use crate::features::literal::Literal;
use crate::model::Origin;
use crate::model::create::CreateSession;
use crate::syntax::split::{Line, lines, usual_line_end};
use crate::syntax::{Cell, CellMagicKind, Tail};

/// Returns where the last setting of a session is written: the cell, and the bytes of its text. There a further setting
/// belongs.
pub(in crate::features) fn last_setting(request: &CreateSession) -> Option<(usize, Range<usize>)> {
    let written = request.origins.iter().filter_map(|(_, origin)| match origin {
        Origin::Cell { cell, range } => Some((*cell, range.clone())),
        _ => None,
    });
    written.max_by_key(|(cell, range)| (*cell, range.start))
}

/// Returns what is shown of the setting at `range` of the context's cell where another one is missing beside it: the
/// whole line of a line magic, and the magic's line above a dictionary.
pub(super) fn shown_beside(context: &Context<'_>, range: &Range<usize>) -> Range<usize> {
    let text = context.text();
    if let Tail::CellMagic { line, body, .. } = &context.cell.cell.split.tail
        && body.start <= range.start
    {
        return line.clone();
    }
    match line_of(text, range.start) {
        Some(line) => line.content.start..line.content.start + text[line.content].trim_end().len(),
        None => range.clone(),
    }
}

/// Makes the fix that gives a session without connections one, in the context's cell: beside the setting at `range`, or
/// above the code where none is written. `None` where it cannot be written there.
pub(super) fn add(context: &Context<'_>, range: Option<&Range<usize>>, name: &str, title: String) -> Option<Fix> {
    let edit = addition(&context.cell.cell, range, name)?;
    Some(Fix::of(title, vec![edit]).to_be_confirmed())
}

/// Returns the edit of [`add`].
pub(in crate::features) fn addition(cell: &Cell, range: Option<&Range<usize>>, name: &str) -> Option<Edit> {
    let text = &*cell.text;
    let magic = format!("%connections {name}");
    Some(match (range, &cell.split.tail) {
        (Some(range), Tail::CellMagic { body, .. }) if body.start <= range.start => {
            let literal = Literal::of(cell).filter(|literal| literal.kind == CellMagicKind::Configure)?;
            let entries = literal.entries();
            let first = entries.first().filter(|_| entries.iter().all(|e| e.key.as_str() != Some("connections")))?;
            let at = first.key_range.start;
            (at..at, format!("\"connections\": {}, ", in_quotes(name)?))
        }
        (Some(range), _) => {
            let line = line_of(text, range.start)?.content;
            if text[line.clone()].ends_with('\\') {
                return None;
            }
            (line.end..line.end, format!("{}{magic}", usual_line_end(text)))
        }
        (None, Tail::Code(code)) => (code.start..code.start, format!("{magic}{}", usual_line_end(text))),
        (None, _) => return None,
    })
}

fn line_of(text: &str, at: usize) -> Option<Line> {
    lines(text).find(|line| line.content.start <= at && at <= line.content.end)
}
