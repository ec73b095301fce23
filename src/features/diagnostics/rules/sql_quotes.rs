//! `sql-quotes`: the kernel puts the query between three double quotes, and a quote of its own can end that string too
//! early.

use std::ops::Range;

use super::sql_text::{Part, Query, backslashes};
use crate::features::diagnostics::{Context, Findings, Fix};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(query) = Query::of(context) else { return };
    let Some((place, why)) = broken(&query) else { return };
    let start = query.range.start;
    let range = start + place.start..start + place.end;
    let message =
        format!("{why}: the kernel puts the query between three double quotes, so that the session refuses the cell");
    findings.add_with(range, message, single_quotes(&query).into_iter().collect());
}

/// Returns where the string that the kernel makes of the query breaks, in bytes of the query, and how.
fn broken(query: &Query<'_>) -> Option<(Range<usize>, &'static str)> {
    let text = query.text();
    let inside = "there are three double quotes in the query";
    let at_end = "the query ends in a double quote";
    if !query.python {
        // Scala takes the last three quotes of several for the end.
        let at = text.trim_end_matches('"').find("\"\"\"")?;
        return Some((at..at + 3, inside));
    }
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '\\' => {
                let (run, next) = backslashes(&text[at..]);
                at += run;
                if !run.is_multiple_of(2) {
                    let Some(next) = next else {
                        return Some((at - 1..at, "the query ends in a backslash"));
                    };
                    at += next.len_utf8();
                }
            }
            '"' if text[at..].starts_with("\"\"\"") && at + 3 < text.len() => return Some((at..at + 3, inside)),
            '"' if text[at..].bytes().all(|byte| byte == b'"') => return Some((at..text.len(), at_end)),
            _ => at += c.len_utf8(),
        }
    }
    None
}

/// Makes the fix that puts strings in single quotes, if the query is fine then.
fn single_quotes(query: &Query<'_>) -> Option<Fix> {
    let mut edits = Vec::new();
    for (part, range) in query.parts() {
        let Part::Text('"', _) = part else { continue };
        let inner = query.cell[range.clone()].strip_prefix('"')?.strip_suffix('"')?;
        if range.len() < 2 || inner.contains(['\'', '\\', '"']) {
            return None;
        }
        // Only the last string does harm; two side by side are an escaped quote.
        if range.end == query.range.end {
            edits.push((range.start..range.start + 1, "'".to_owned()));
            edits.push((range.end - 1..range.end, "'".to_owned()));
        }
    }
    let only_end = broken(query).is_some_and(|(place, _)| place.end == query.text().len());
    (only_end && !edits.is_empty()).then(|| Fix::of("Write single quotes", edits))
}
