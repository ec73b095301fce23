//! Where and why a cell failed that another kernel has run, from what the kernel shows of it.
//!
//! The official kernel shows an exception of a statement as one text on standard output, without its traceback; refusals of
//! the service as texts on standard error, while the cell counts as one that ran well; exceptions of its own magics
//! as IPython does.

use std::collections::HashSet;
use std::ops::Range;

use crate::model::CellModel;
use crate::model::create::CreateSession;
use crate::model::effects;
use crate::run::event::{CellFailure, CellKey};
use crate::run::explain::exception::{Place, reduce};
use crate::run::explain::{Explanation, service};
use crate::run::traceback::{self, Failure, without_colours};
use crate::run::{failure_message, whole_failure};
use crate::session::{ApiError, ApiErrorKind, Operation};
use crate::syntax::Tail;

use super::words::{Said, Words};
use super::{Shown, ShownError};

/// What is wrong with a cell that another kernel has run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wrong {
    /// Where it failed, if that is in the cell.
    pub failure: Option<CellFailure>,
    /// What is wrong elsewhere (rights, limits, credentials), for people.
    pub elsewhere: Option<String>,
}

/// The longest message of the service that is read, in bytes.
const LONGEST: usize = 16 * 1024;

/// Returns what is wrong with a cell that has ended. `failed` says whether the kernel counts it as failed, `request` is what
/// a session would be created with.
pub fn wrong(
    (key, cell): (&CellKey, &CellModel),
    shown: &Shown,
    words: &Words,
    failed: bool,
    request: Option<&CreateSession>,
) -> Wrong {
    let not_created = words.stderr.iter().find_map(|said| match said {
        Said::NotCreated(why) => Some(why.as_str()),
        _ => None,
    });
    if let Some(why) = not_created {
        return explained((key, cell), creation(why, &shown.stderr, request));
    }
    if let Some(error) = shown.errors.first() {
        return exception((key, cell), error);
    }
    if let Some(error) = refused(cell, &shown.stderr) {
        return explained((key, cell), service::of_error(&error, request));
    }
    if failed && let Some(error) = said_in_text(&shown.stdout) {
        return exception((key, cell), &error);
    }
    Wrong::default()
}

/// Returns what is wrong where the session of a cell has failed with this message of the service's.
pub fn of_session((key, cell): (&CellKey, &CellModel), message: &str, request: Option<&CreateSession>) -> Wrong {
    explained((key, cell), service::of_session(message, request))
}

/// What was refused, and what that means: in the cell where it could be changed there.
fn explained((key, cell): (&CellKey, &CellModel), explanation: Option<Explanation>) -> Wrong {
    let Some(explanation) = explanation else { return Wrong::default() };
    let message = explanation.sentence();
    if explanation.change.is_none() {
        return Wrong { failure: None, elsewhere: Some(message) };
    }
    let failure = CellFailure {
        cell: key.clone(),
        text: cell.cell.text.clone(),
        range: traceback::first_code(&cell.cell),
        name: explanation.code.to_owned(),
        message,
        related: None,
        explanation: Some(explanation),
        whole: None,
    };
    Wrong { failure: Some(failure), elsewhere: None }
}

/// What it means that no session was created.
fn creation(why: &str, stderr: &str, request: Option<&CreateSession>) -> Option<Explanation> {
    let said = client_error(why).or_else(|| client_error(stderr));
    if let Some(error) = said {
        return service::of_error(&error, request);
    }
    if why.trim() == "Error while creating session" {
        // So the kernel ends after several tries, without a word of what the service has said.
        let quota = ApiError::new(Operation::CreateSession, ApiErrorKind::Quota, "");
        let mut explanation = service::of_error(&quota, request)?;
        explanation.what = format!(
            "The kernel has given up creating the session after several tries, without saying why: it does so when a limit \
             of the account is reached, and when the service is busy. {}",
            explanation.what
        );
        explanation.change = None;
        return Some(explanation);
    }
    None
}

/// Reads the error of a call as AWS's SDK for Python writes it.
fn client_error(text: &str) -> Option<ApiError> {
    let text = start(text);
    let (_, rest) = text.split_once("An error occurred (")?;
    let (code, rest) = rest.split_once(") when calling the ")?;
    let (called, rest) = rest.split_once(" operation")?;
    let message = rest.split_once(": ")?.1.lines().next().unwrap_or_default();
    const CALLS: [Operation; 4] =
        [Operation::RunStatement, Operation::GetStatement, Operation::GetSession, Operation::TagResource];
    // Who is asked before a session is created is asked for its sake.
    let operation = CALLS.into_iter().find(|call| call.as_str() == called).unwrap_or(Operation::CreateSession);
    (code.len() <= 100).then(|| ApiError::from_code(operation, Some(code), None, message.trim(), None))
}

/// What the service has refused after the session was there: the kernel prints the text alone.
fn refused(cell: &CellModel, stderr: &str) -> Option<ApiError> {
    if !cell.effects.has_statement && cell.effects.calls.is_empty() {
        return None;
    }
    let text = start(stderr);
    let own = |line: &&str| {
        ["Exception encountered while ", "Following exception encountered", "Error message: "]
            .iter()
            .any(|begin| line.starts_with(begin))
    };
    if let Some(error) = text.lines().filter(own).find_map(client_error) {
        return Some(error);
    }
    // A text of the service's that nobody else would write.
    let denied = text
        .lines()
        .map(|line| line.strip_prefix("Error message: ").unwrap_or(line))
        .find(|line| line.starts_with("User: arn:aws") && line.contains(" is not authorized to perform: "))?;
    let code = Some("AccessDeniedException");
    Some(ApiError::from_code(Operation::RunStatement, code, None, denied.trim(), None))
}

fn start(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

/// An exception of the cell.
fn exception((key, cell): (&CellKey, &CellModel), error: &ShownError) -> Wrong {
    if error.ename == "KeyboardInterrupt" {
        // Somebody wanted it.
        return Wrong::default();
    }
    let evalue = without_colours(&error.evalue);
    if let Some(refused) = client_error(&evalue).filter(|_| magic_of(cell, error).is_some()) {
        let wrong = explained((key, cell), service::of_error(&refused, None));
        if wrong != Wrong::default() {
            return wrong;
        }
    }
    let failure = Failure { ename: &error.ename, evalue: &evalue, traceback: &error.traceback };
    let reduced = reduce(&failure, Place::Aws, None);
    let found = CellFailure {
        cell: key.clone(),
        text: cell.cell.text.clone(),
        range: place(cell, error, &failure),
        name: error.ename.chars().take(200).collect(),
        message: failure_message(reduced.as_ref(), &failure),
        related: None,
        whole: whole_failure(reduced.as_ref(), &failure),
        explanation: reduced.and_then(|reduced| reduced.explanation),
    };
    Wrong { failure: Some(found), elsewhere: None }
}

fn place(cell: &CellModel, error: &ShownError, failure: &Failure<'_>) -> Range<usize> {
    if let Some(range) = magic_of(cell, error) {
        return range;
    }
    let Some(code) = effects::statement(&cell.cell) else { return traceback::first_code(&cell.cell) };
    let located = traceback::locate(&cell.cell, &code, None, failure).place.map(|place| place.range);
    let named = || failure.traceback.is_empty().then(|| named(cell, failure)).flatten();
    located.or_else(named).unwrap_or_else(|| traceback::first_code(&cell.cell))
}

/// Returns the magic that has raised an exception: IPython's traceback shows how it was called.
fn magic_of(cell: &CellModel, error: &ShownError) -> Option<Range<usize>> {
    let text = error.traceback.iter().map(|entry| without_colours(entry)).collect::<Vec<_>>().join("\n");
    let called = called(&text);
    let call = cell.effects.calls.iter().find(|call| called.contains(&(call.cell, call.name.as_str())))?;
    let end = call.argument_range.end.max(call.name_range.end);
    let all = &*cell.cell.text;
    let line_end = all[call.name_range.end..].find('\n').map_or(all.len(), |at| call.name_range.end + at);
    Some(call.name_range.start..end.min(line_end))
}

/// Returns which magics a traceback shows the calls of: whether with a body, and the name.
fn called(text: &str) -> HashSet<(bool, &str)> {
    let mut called = HashSet::new();
    for (how, with_body) in [("run_cell_magic(", true), ("run_line_magic(", false)] {
        for (at, _) in text.match_indices(how) {
            let rest = &text[at + how.len()..];
            let name = ['\'', '"'].into_iter().find_map(|quote| rest.strip_prefix(quote)?.split_once(quote));
            called.extend(name.map(|(name, _)| (with_body, name)));
        }
    }
    called
}

/// Finds where an exception without a traceback has come from, where its text names something that stands on one line of
/// the code alone.
fn named(cell: &CellModel, failure: &Failure<'_>) -> Option<Range<usize>> {
    let Tail::Code(code) = &cell.cell.split.tail else { return None };
    let class = failure.ename.rsplit('.').next().unwrap_or_default();
    let quoted = |before: &str| Some(failure.evalue.split_once(before)?.1.split_once('\'')?.0);
    let (word, before) = match class {
        "NameError" | "UnboundLocalError" => (quoted("name '").or_else(|| quoted("local variable '"))?, ""),
        "AttributeError" => (quoted("has no attribute '")?, "."),
        "ModuleNotFoundError" => (quoted("No module named '")?, ""),
        _ => return None,
    };
    let first = word.split('.').next().filter(|_| class == "ModuleNotFoundError");
    let word = first.unwrap_or(word);
    if word.is_empty() || !word.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let text = &cell.cell.text[code.clone()];
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let mut found: Option<Range<usize>> = None;
    let mut begin = 0;
    for line in text.split_inclusive('\n') {
        // It may be used several times on its line: the first one was run first.
        let written = line.split('#').next().unwrap_or_default();
        let alone = |at: &usize| {
            let (ahead, behind) = (&written[..*at], &written[at + word.len()..]);
            !ahead.ends_with(part) && !behind.starts_with(part) && ahead.ends_with(before)
        };
        if let Some(at) = written.match_indices(word).map(|(at, _)| at).find(alone) {
            if found.is_some() {
                return None;
            }
            found = Some(begin + at..begin + at + word.len());
        }
        begin += line.len();
    }
    found.map(|range| code.start + range.start..code.start + range.end)
}

/// Words that the kernel prints before a colon, and that look like an exception's class.
const NO_CLASSES: [&str; 8] =
    ["Status", "Role", "CreatedOn", "GlueVersion", "Timeout", "Tags", "Region", "Connections"];

/// Returns the word before a line's colon, if it can be an exception's class.
fn class(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(':')?;
    let letter = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let fits = name.len() <= 200 && name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    (fits && name.chars().all(letter) && !NO_CLASSES.contains(&name)).then_some(name)
}

/// Finds the exception that the kernel has printed as `class: text`, as the last thing of a statement that failed.
fn said_in_text(stdout: &str) -> Option<ShownError> {
    let plain = without_colours(stdout);
    let sure = |name: &str| {
        ["Error", "Exception", "Exit", "Warning", "Interrupt", "Iteration"].iter().any(|end| name.ends_with(end))
    };
    let mut at = 0;
    let mut last = None;
    for line in plain.split_inclusive('\n') {
        if let Some(name) = class(line) {
            if sure(name) {
                last = Some((at, name.len()));
                break;
            }
            last = Some((at, name.len()));
        }
        at += line.len();
    }
    let (at, length) = last?;
    Some(ShownError {
        ename: plain[at..at + length].to_owned(),
        evalue: plain[at + length + 1..].trim().to_owned(),
        traceback: Vec::new(),
    })
}
