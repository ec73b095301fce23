//! One statement of a session, and how it is shown.

use std::borrow::Cow;
use std::time::SystemTime;

use serde::Serialize;

use super::output::{Output, Printed};
use super::wire::Refusal;
use crate::local::worker;
use crate::session::StatementState;

/// How many statements a page of a list holds at most.
const PAGE: usize = 500;
/// From how many bytes on a page is full.
const PAGE_BYTES: usize = 8 * 1024 * 1024;

/// A statement.
pub(super) struct Statement {
    number: i64,
    /// `None` once it was forgotten.
    code: Option<String>,
    state: StatementState,
    output: Option<Output>,
    /// What it has printed, while it runs.
    printed: Printed,
    begun: Option<SystemTime>,
    ended: Option<SystemTime>,
}

impl Statement {
    /// Returns a statement that waits.
    pub(super) fn new(number: i64, code: &str) -> Self {
        let state = StatementState::Waiting;
        let printed = Printed::default();
        Self { number, code: Some(code.to_owned()), state, output: None, printed, begun: None, ended: None }
    }

    pub(super) fn number(&self) -> i64 {
        self.number
    }

    pub(super) fn state(&self) -> &StatementState {
        &self.state
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.state == StatementState::Waiting
    }

    /// Notes that it runs. Returns its number and its code.
    pub(super) fn begin(&mut self) -> (i64, String) {
        self.state = StatementState::Running;
        self.begun = Some(SystemTime::now());
        (self.number, self.code.clone().unwrap_or_default())
    }

    /// Notes what it prints.
    pub(super) fn print(&mut self, piece: &worker::Output) {
        self.printed.push(piece);
    }

    /// Takes out what it has printed.
    pub(super) fn take_printed(&mut self) -> Printed {
        std::mem::take(&mut self.printed)
    }

    /// Cancels it: at once if it waits, else it is to be interrupted.
    pub(super) fn cancel(&mut self) {
        match self.state {
            StatementState::Waiting => self.end(StatementState::Cancelled, None),
            StatementState::Running => self.state = StatementState::Cancelling,
            _ => {}
        }
    }

    /// Ends it.
    pub(super) fn end(&mut self, state: StatementState, output: Option<Output>) {
        self.state = state;
        self.output = output;
        self.printed = Printed::default();
        self.ended = Some(SystemTime::now());
    }

    /// Returns how much memory it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let output = self.output.as_ref().map_or_else(|| self.printed.bytes(), Output::bytes);
        self.code.as_ref().map_or(0, String::len) + output
    }

    /// Forgets what it was and showed, if it has ended.
    pub(super) fn forget(&mut self) {
        if self.state.is_terminal() {
            self.code = None;
            if let Some(output) = &mut self.output {
                output.forget();
            }
        }
    }

    /// Returns what is told of it while it runs, so that nobody who prints has to wait until that is written.
    pub(super) fn so_far(&self) -> Option<Self> {
        (self.output.is_none() && !self.printed.is_empty()).then(|| Self {
            number: self.number,
            code: self.code.clone(),
            state: self.state.clone(),
            output: Some(Output::so_far(self.number, &self.printed)),
            printed: Printed::default(),
            begun: self.begun,
            ended: self.ended,
        })
    }

    /// Returns the answer to GetStatement.
    pub(super) fn answer(&self) -> Result<Vec<u8>, Refusal> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer<'a> {
            statement: Shown<'a>,
        }
        write(&Answer { statement: self.shown() })
    }

    /// Returns what it shows. While it runs that is there only if it has printed something.
    fn output(&self) -> Option<Cow<'_, Output>> {
        match &self.output {
            Some(output) => Some(Cow::Borrowed(output)),
            None if self.printed.is_empty() => None,
            None => Some(Cow::Owned(Output::so_far(self.number, &self.printed))),
        }
    }

    fn shown(&self) -> Shown<'_> {
        Shown {
            id: self.number,
            code: self.code.as_deref(),
            state: self.state.as_str(),
            output: self.output(),
            progress: if self.state.is_terminal() { 1.0 } else { 0.0 },
            started_on: self.begun.map_or(0, milliseconds),
            completed_on: self.ended.map_or(0, milliseconds),
        }
    }
}

/// A statement as the service shows it. Its times are in milliseconds, 0 for none.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown<'a> {
    id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    state: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Cow<'a, Output>>,
    progress: f64,
    started_on: i64,
    completed_on: i64,
}

/// A page of a list.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page<'a> {
    statements: Vec<Shown<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl<'a> Page<'a> {
    /// Returns as many statements as a page holds, at least one.
    pub(super) fn of(statements: impl Iterator<Item = &'a Statement>) -> Self {
        let (mut page, mut bytes) = (Vec::new(), 0);
        for statement in statements {
            if page.len() == PAGE || (bytes + statement.bytes() > PAGE_BYTES && !page.is_empty()) {
                return Self { statements: page, next_token: Some(statement.number.to_string()) };
            }
            bytes += statement.bytes();
            page.push(statement.shown());
        }
        Self { statements: page, next_token: None }
    }

    pub(super) fn answer(&self) -> Result<Vec<u8>, Refusal> {
        write(self)
    }
}

fn write(answer: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(answer).map_err(|error| Refusal::internal(format!("The answer cannot be written: {error}")))
}

/// A time in milliseconds since 1970.
pub(super) fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
