//! `code-too-long`: the service takes statements of limited length, and the kernel shows nothing of its refusal.

use crate::features::diagnostics::{Context, Findings};
use crate::model::effects::statement;
use crate::syntax::Tail;

/// Most characters of a statement.
const MOST: usize = 68_000;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let text = context.text();
    // A statement is hardly longer than the cell.
    if text.len() + 64 <= MOST || !context.cell.effects.has_statement {
        return;
    }
    let Some(length) = statement(&context.cell.cell).map(|code| code.chars().count()).filter(|&n| n > MOST) else {
        return;
    };
    let start = match &context.cell.cell.split.tail {
        Tail::Code(range) => range.start,
        Tail::CellMagic { line, .. } => line.start,
        Tail::Nothing => return,
    };
    let rest = text[start..].trim_start();
    let start = text.len() - rest.len();
    let line = rest.lines().next().unwrap_or_default().trim_end();
    let message = format!(
        "this cell sends {length} characters, and the service takes {MOST} at most: nothing would run; split it, or read the data from S3"
    );
    findings.add(start..start + line.len(), message);
}
