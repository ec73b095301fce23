//! `sql-statements`: Spark runs one statement at a time.

use std::ops::Range;

use super::sql_text::{Part, Query};
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::syntax::split::usual_line_end;

/// A query with more semicolons is no query.
const MOST_SEMICOLONS: usize = 300;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(query) = Query::of(context) else { return };
    // What Spark takes for a string is not certain then.
    if query.text().contains("\\'") || query.text().contains("\\\"") {
        return;
    }
    let parts = query.parts();
    let semicolons: Vec<usize> = parts
        .iter()
        .filter(|(part, _)| *part == Part::Code)
        .flat_map(|(_, range)| query.cell[range.clone()].match_indices(';').map(|(at, _)| range.start + at))
        .take(MOST_SEMICOLONS + 1)
        .collect();
    if semicolons.len() > MOST_SEMICOLONS {
        return;
    }
    let has_code = |within: &Range<usize>| {
        parts.iter().any(|(part, range)| {
            let (start, end) = (range.start.max(within.start), range.end.min(within.end));
            let comment = matches!(part, Part::LineComment | Part::BlockComment);
            !comment && start < end && query.cell[start..end].contains(|c: char| !c.is_whitespace() && c != ';')
        })
    };
    let mut statements = Vec::new();
    let mut start = query.range.start;
    for &end in semicolons.iter().chain([&query.range.end]) {
        statements.push(start..end);
        start = (end + 1).min(query.range.end);
    }
    let comments_only_at_the_end = statements
        .last()
        .is_some_and(|last| !last.is_empty() && !has_code(last) && !query.cell[last.clone()].trim().is_empty());
    statements.retain(has_code);
    let [_, second, ..] = statements.as_slice() else { return };
    // Comments in front of it are part of no statement.
    let begin = parts
        .iter()
        .filter(|(part, _)| !matches!(part, Part::LineComment | Part::BlockComment))
        .find_map(|(_, range)| {
            let from = range.start.max(second.start);
            let text = query.cell.get(from..range.end.min(second.end))?;
            text.find(|c: char| !c.is_whitespace()).map(|at| from + at)
        })
        .unwrap_or(second.start);
    let first_line = query.cell[begin..second.end].lines().next().unwrap_or_default().trim_end();
    let mut fixes = Vec::new();
    if query.python && !comments_only_at_the_end {
        let calls: Option<Vec<String>> =
            statements.iter().map(|range| Query::as_python("", query.cell[range.clone()].trim())).collect();
        if let Some(calls) = calls {
            let code = calls.join(usual_line_end(query.cell));
            fixes.push(Fix::replace("Run them with `spark.sql`", 0..query.range.end, code).to_be_confirmed());
        }
    }
    let message = "`%%sql` runs one statement, and Spark refuses what follows a `;`: give each a cell of its own";
    findings.add_with(begin..begin + first_line.len(), message, fixes);
}
