//! `sql-backslash`: the query is a Python string before it is Spark's, and each takes backslashes away.

use std::ops::Range;

use super::sql_text::{Part, Query, backslashes};
use crate::features::diagnostics::{Context, Findings, Fix, Severity};

/// What one backslash and what stands behind it come to.
enum Outcome {
    /// Python refuses the string.
    Refused(String),
    /// Spark gets something else than was written.
    Changed(String),
    /// The quote behind it ends Spark's string.
    Ends(String),
    /// Python does what Spark would have done.
    Same(String),
}

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !context.text().contains('\\') {
        return;
    }
    let Some(query) = Query::of(context).filter(|query| query.python) else { return };
    for (part, range) in query.parts() {
        if findings.is_full() {
            break;
        }
        let mut at = range.start;
        while let Some(found) = query.cell[at..range.end].find('\\') {
            let start = at + found;
            // What is escaped may stand beyond the part: the end of a line behind a comment.
            let rest = &query.cell[start..query.range.end];
            let (run, next) = backslashes(rest);
            at = (start + run + next.map_or(0, char::len_utf8)).min(range.end);
            let end = (start + run + next.map_or(0, char::len_utf8)).min(query.range.end);
            let Some(outcome) = outcome(part, run, &rest[run..]) else { continue };
            let shown = start..if next.is_some_and(char::is_whitespace) { start + run } else { end };
            report(part, run, start, shown, outcome, findings);
        }
    }
}

fn report(part: Part, run: usize, start: usize, shown: Range<usize>, outcome: Outcome, findings: &mut Findings<'_>) {
    // A string of Spark's needs two for each that is to stay, and Python two for each of those.
    let wanted = match (part, &outcome) {
        (_, Outcome::Ends(_)) => 2,
        (Part::Text(_, false), _) => 4,
        _ => 2,
    };
    let fix = || {
        let written = "\\".repeat(wanted);
        Fix::replace(format!("Write `{written}`"), start..start + run, written).to_be_confirmed()
    };
    let fixes = if run < wanted { vec![fix()] } else { Vec::new() };
    match outcome {
        Outcome::Refused(why) => findings.add_milder(Severity::Error, shown, why, fixes),
        Outcome::Changed(why) | Outcome::Ends(why) => findings.add_with(shown, why, fixes),
        Outcome::Same(why) => findings.add_milder(Severity::Hint, shown, why, Vec::new()),
    }
}

/// Returns what comes of `run` backslashes in front of `rest`; `None` where everything stays as it was meant.
fn outcome(part: Part, run: usize, rest: &str) -> Option<Outcome> {
    let next = rest.chars().next()?;
    if !run.is_multiple_of(2)
        && let Some(why) = refused(rest)
    {
        return Some(Outcome::Refused(why));
    }
    let changed = |why: String| Some(Outcome::Changed(why));
    match part {
        Part::Text(quote, false) => match (run % 4, next) {
            (1, c) if c == quote => Some(Outcome::Ends(format!(
                "Python takes the backslash away, so that `{c}` ends the string: write `\\\\{c}`"
            ))),
            (1, 'n' | 'r' | 't' | 'b') => {
                Some(Outcome::Same(format!("Python reads `\\{next}` before Spark does; the string is the same")))
            }
            (1, 'a' | 'f' | 'v' | 'x' | 'N') => {
                changed(format!("the query is a Python string, in which `\\{next}` is another character"))
            }
            (1 | 2, c) if drops(c) => changed(format!(
                "Spark gets one backslash and reads `\\{c}` in a string as `{c}`: write `\\\\\\\\{c}` to keep it"
            )),
            _ => None,
        },
        Part::Text(_, true) | Part::Name => match (run % 2, next) {
            (1, 'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | 'x' | 'u' | 'U' | 'N' | '0'..='7' | '\'' | '"') => {
                changed(format!("the query is a Python string, in which `\\{next}` is another character"))
            }
            _ => None,
        },
        Part::LineComment => match (run % 2, next) {
            (1, 'n' | 'r') => changed(format!("the query is a Python string, in which `\\{next}` ends this comment")),
            (1, '\n' | '\r') => {
                changed("Python joins the next line to this one, so that it is part of the comment".to_owned())
            }
            _ => None,
        },
        Part::Code | Part::BlockComment => None,
    }
}

/// Returns whether Spark reads a backslash in front of that character as nothing. Letters that stand for another
/// character, wildcards of `LIKE` and quotes keep it or need it.
fn drops(c: char) -> bool {
    !(c.is_ascii_digit()
        || c.is_whitespace()
        || matches!(c, 'b' | 'n' | 'r' | 't' | 'Z' | 'u' | 'U' | '%' | '_' | '\'' | '"'))
}

/// Returns why Python refuses a backslash in front of the text.
fn refused(rest: &str) -> Option<String> {
    let digits = |count: usize| {
        let found = rest.chars().skip(1).take(count).take_while(char::is_ascii_hexdigit).count();
        let c = rest.chars().next().unwrap_or_default();
        (found < count).then(|| {
            format!("Python reads the query as a string, in which `\\{c}` needs {count} hexadecimal digits: the session refuses the cell")
        })
    };
    match rest.chars().next()? {
        'x' => digits(2),
        'u' => digits(4),
        'U' => digits(8),
        'N' if !rest[1..].starts_with('{') => Some(
            "Python reads the query as a string, in which `\\N` needs a name in braces: the session refuses the cell"
                .to_owned(),
        ),
        _ => None,
    }
}
