//! What rules about sessions that cannot be created have in common.

use std::ops::Range;

use crate::features::diagnostics::Context;
use crate::model::Origin;
use crate::model::refusal::CreationRefusal;
use crate::syntax::Tail;

/// Returns the failures to show in the context's cell, each with its place: the setting to blame where
/// it stands in this cell, the start of the code where the value comes from outside the document.
pub(super) fn failures<'a>(context: &'a Context<'_>) -> Vec<(&'a CreationRefusal, Range<usize>)> {
    let text = context.text();
    context
        .model
        .failures
        .iter()
        .filter_map(|(needed_by, failure)| {
            let range = match &failure.origin {
                Some(Origin::Cell { cell, range }) if *cell == context.index => range.clone(),
                Some(Origin::Cell { .. }) => return None,
                _ if *needed_by == context.index => match &context.cell.cell.split.tail {
                    Tail::Code(code) => {
                        let line = text[code.clone()].lines().next().unwrap_or_default();
                        code.start..code.start + line.len()
                    }
                    Tail::CellMagic { line, .. } => line.clone(),
                    Tail::Nothing => return None,
                },
                _ => return None,
            };
            let end = range.end.min(text.len());
            let start = range.start.min(end);
            // Of a value that is nothing but quotes nothing is left: the quotes are shown.
            let shown =
                if start == end { text[..end].rfind([' ', '\t', '\n']).map_or(start, |at| at + 1) } else { start };
            Some((&failure.refusal, shown..end))
        })
        .collect()
}
