//! What was run in a session before the document came to it, and which cells of the document that was.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use serde_json::Value as Json;

use crate::features::secrets;
use crate::model::CellModel;
use crate::model::effects::statement;
use crate::session::Part;
use crate::syntax::CellKind;

/// The most characters of a statement's code that are told.
const LONGEST: usize = 40;
/// The most statements that are told one by one.
const MOST_TOLD: usize = 5;

/// What was run in a session before.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// The session's id.
    pub session: String,
    /// The statements, oldest first.
    pub statements: Vec<PastStatement>,
    /// Whether this is news of a statement that was running when the document came to the session.
    pub since: bool,
}

/// A statement of before.
#[derive(Debug, Clone, PartialEq)]
pub struct PastStatement {
    /// Its number in the session.
    pub number: i64,
    /// Its code, where the service tells it.
    pub code: Option<String>,
    /// The service's word for its state.
    pub state: String,
    /// Whether it has ended.
    pub ended: bool,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// Whether it is told of no more, though nobody knows its end: its session has ended, or is left.
    pub lost: bool,
    /// Whether it ran to its end without an exception.
    pub ok: bool,
    /// What it showed: outputs of the notebook format.
    pub outputs: Vec<Json>,
    /// What of that is in S3, and where.
    pub elsewhere: Vec<(Part, String)>,
    /// When it was started.
    pub started_on: Option<SystemTime>,
    /// When it was finished.
    pub completed_on: Option<SystemTime>,
}

/// Which statements are cells of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed<'a> {
    /// Positions of cells, in order of their statements, each with the last statement of its code.
    pub cells: Vec<(usize, &'a PastStatement)>,
    /// Statements that have ended and that no cell of the document has, oldest first.
    pub others: Vec<&'a PastStatement>,
    /// What is said of statements that have not ended.
    unfinished: Option<String>,
    /// As [`Past::since`].
    pub since: bool,
}

impl Past {
    /// Finds the cells whose code was run. Where several have the same code, all of them show what it has shown.
    pub fn place<'a>(&'a self, cells: impl Iterator<Item = (usize, &'a CellModel)>) -> Placed<'a> {
        let mut codes: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, cell) in cells.filter(|(_, cell)| cell.cell.kind == CellKind::Code && cell.effects.has_statement) {
            if let Some(code) = statement(&cell.cell) {
                codes.entry(plain(&code)).or_default().push(index);
            }
        }
        let mut last: BTreeMap<usize, &PastStatement> = BTreeMap::new();
        let mut others = Vec::new();
        for past in &self.statements {
            match past.code.as_deref().and_then(|code| codes.get(&plain(code))) {
                Some(found) => last.extend(found.iter().map(|index| (*index, past))),
                None if past.ended => others.push(past),
                None => {}
            }
        }
        let mut placed: Vec<(usize, &PastStatement)> = last.into_iter().collect();
        placed.sort_by_key(|(index, past)| (past.number, *index));
        Placed { cells: placed, others, unfinished: self.unfinished(), since: self.since }
    }

    /// Says which statements have not ended, for people; `None` if all have. Secrets in code are left out.
    pub fn unfinished(&self) -> Option<String> {
        let left: Vec<&PastStatement> = self.statements.iter().filter(|past| !past.ended).collect();
        let list: Vec<String> = left.iter().take(MOST_TOLD).map(|past| describe(past)).collect();
        let list = list.join(", ");
        match left.len() {
            0 => None,
            1 => Some(format!("Statement {list} has not ended: cells wait until it has.")),
            many if many > MOST_TOLD => Some(format!(
                "Statements {list}, and {} more, have not ended: cells wait until they have.",
                many - MOST_TOLD
            )),
            _ => Some(format!("Statements {list} have not ended: cells wait until they have.")),
        }
    }
}

impl Placed<'_> {
    /// Says what was found, for people; `None` where there is nothing to say. Secrets in code are left out.
    pub fn text(&self, session: &str) -> Option<String> {
        if !self.since {
            return Some(self.text_of_before(session));
        }
        let past = *self.others.last().or(self.cells.last().map(|(_, past)| past))?;
        let shown = if self.cells.is_empty() { "" } else { "; its cell shows what it showed" };
        past.ended.then(|| {
            let end = match past {
                PastStatement { lost: true, .. } => "is not followed any more: the session has ended or was left",
                PastStatement { cancelled: true, .. } => "was cancelled",
                PastStatement { .. } => "has ended",
            };
            format!("Statement {}, which was running in the session {session}, {end}{shown}.", describe(past))
        })
    }

    fn text_of_before(&self, session: &str) -> String {
        let ended = self.cells.iter().filter(|(_, past)| past.ended);
        let (shown, others) = (ended.count(), self.others.len());
        let mut text = match shown {
            0 => format!("None of the statements that were run in the session {session} before is a cell here."),
            1 => format!("One cell was run in the session {session} before, and shows what it showed then."),
            many => format!("{many} cells were run in the session {session} before, and show what they showed then."),
        };
        if others > 0 {
            let list: Vec<String> = self.others.iter().rev().take(MOST_TOLD).map(|past| describe(past)).collect();
            let more = if others > MOST_TOLD { format!(", and {} more", others - MOST_TOLD) } else { String::new() };
            let what = if others == 1 { "Another statement is" } else { "Other statements are" };
            text.push_str(&format!(" {what} of no cell here: {}{more}.", list.join(", ")));
        }
        if let Some(unfinished) = &self.unfinished {
            text.push(' ');
            text.push_str(unfinished);
        }
        text
    }
}

fn describe(past: &PastStatement) -> String {
    let code = past.code.as_deref().map(secrets::masked).unwrap_or_default();
    let line = code.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let clean: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    let more = if line.chars().count() > LONGEST || code.trim().lines().nth(1).is_some() { "…" } else { "" };
    let state = if past.ended { String::new() } else { format!(", {}", past.state) };
    match clean.as_str() {
        "" => format!("number {}{state}", past.number),
        line => format!("number {} (`{line}{more}`{state})", past.number),
    }
}

/// The code without what may be changed on its way: line ends, and blanks at the very end.
fn plain(code: &str) -> String {
    code.trim_end().lines().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::syntax::Cell;

    fn cells(texts: &[&str]) -> Vec<CellModel> {
        texts.iter().map(|text| CellModel::new(Arc::new(Cell::whole(CellKind::Code, *text)))).collect()
    }

    fn past(statements: &[(i64, &str, bool)]) -> Past {
        let statement = |(number, code, ended): &(i64, &str, bool)| PastStatement {
            number: *number,
            code: (!code.is_empty()).then(|| (*code).to_owned()),
            state: if *ended { "AVAILABLE" } else { "RUNNING" }.to_owned(),
            ended: *ended,
            cancelled: false,
            lost: false,
            ok: *ended,
            outputs: vec![json!(number)],
            elsewhere: Vec::new(),
            started_on: None,
            completed_on: None,
        };
        Past { session: "s-1".to_owned(), statements: statements.iter().map(statement).collect(), since: false }
    }

    fn placed(past: &Past, cells: &[CellModel]) -> (Vec<(usize, i64)>, Vec<i64>) {
        let placed = past.place(cells.iter().enumerate());
        let shown = placed.cells.iter().map(|(index, past)| (*index, past.number)).collect();
        (shown, placed.others.iter().map(|past| past.number).collect())
    }

    #[test]
    fn a_cell_gets_the_last_statement_of_its_code() {
        let cells = cells(&["x = 1", "%glue_version 4.0\ny = 2", "z", "x = 1"]);
        let past =
            past(&[(1, "x = 1\n", true), (2, "other", true), (3, "x = 1", true), (4, "x = 1", false), (5, "", true)]);
        assert_eq!(placed(&past, &cells), (vec![(0, 4), (3, 4)], vec![2, 5]));
    }

    #[test]
    fn what_the_kernel_would_send_is_compared() {
        let cells = cells(&["%glue_version 4.0\ny = 2"]);
        let code = statement(&cells[0].cell).unwrap();
        assert_eq!(placed(&past(&[(1, &code, true)]), &cells), (vec![(0, 1)], vec![]));
        assert_eq!(placed(&past(&[]), &cells), (vec![], vec![]));
    }

    #[test]
    fn what_is_told_is_short_and_without_secrets() {
        let long = format!("secret_access_key = 'Zq7vK2mX9bT4nL8cR1wY6dF3hJ5gS0pAuEiOoBxC'; {}\nmore", "ä".repeat(100));
        let many =
            past(&[(1, &long, true), (2, "two", false), (3, "", true), (4, "4", true), (5, "5", true), (6, "6", true)]);
        let text = many.place([].into_iter()).text("s-1").unwrap();
        assert!(text.contains("are of no cell here: number 6 (`6`), number 5 (`5`)"), "{text}");
        let waits = " Statement number 2 (`two`, RUNNING) has not ended: cells wait until it has.";
        assert!(text.ends_with(waits), "{text}");
        let one = past(&[(1, &long, true)]);
        let text = one.place([].into_iter()).text("s-1").unwrap();
        assert!(!text.contains("Zq7v") && text.contains("…`"), "{text}");
    }

    #[test]
    fn the_end_of_what_was_running_is_told_and_nothing_before() {
        let cells = cells(&["x = 1"]);
        let text = |number: i64, code: &str, ended: bool| {
            let news = Past { since: true, ..past(&[(number, code, ended)]) };
            news.place(cells.iter().enumerate()).text("s-1")
        };
        assert_eq!(text(4, "x = 1", false), None);
        let own = "Statement number 4 (`x = 1`), which was running in the session s-1, has ended; its cell shows what it showed.";
        assert_eq!(text(4, "x = 1", true).as_deref(), Some(own));
        let other = "Statement number 5 (`other`), which was running in the session s-1, has ended.";
        assert_eq!(text(5, "other", true).as_deref(), Some(other));
    }
}
