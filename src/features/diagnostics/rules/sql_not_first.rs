//! `sql-not-first`: the kernel sends everything below the cell's *first* line as SQL, so that with a
//! comment or a magic above it, `%%sql` itself is part of the query.

use crate::features::diagnostics::{Context, Findings, Fix};
use crate::syntax::split::usual_line_end;
use crate::syntax::{CellMagicKind, Tail};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Tail::CellMagic { kind: CellMagicKind::Sql, line, magic, .. } = &context.cell.cell.split.tail else { return };
    if line.start == 0 {
        return;
    }
    let above = &context.text()[..line.start];
    let mut fixes = Vec::new();
    if context.cell.effects.calls.is_empty() && context.cell.effects.shell.is_empty() {
        // The comments become SQL's, below the magic.
        let comments: String = above
            .lines()
            .map(|text| text.trim_start_matches('#').trim())
            .filter(|text| !text.is_empty())
            .map(|text| format!("{}-- {text}", usual_line_end(context.text())))
            .collect();
        fixes.push(Fix::of(
            "Move `%%sql` to the first line",
            vec![(0..line.start, String::new()), (line.end..line.end, comments)],
        ));
    } else {
        // What comes above it has a cell of its own then.
        fixes.push(Fix { splits: vec![line.start], ..Fix::of("Give `%%sql` a cell of its own", Vec::new()) });
    }
    findings.add_with(
        magic.sigil.start..magic.name.end,
        "`%%sql` must be the cell's first line: here it becomes part of the query, which Spark then refuses",
        fixes,
    );
}
