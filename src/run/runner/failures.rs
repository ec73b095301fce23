//! What is shown and told of cells that failed: the cause, what it means, what to do.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::model::create::CreateSession;
use crate::run::event::{CellFailure, EngineName, Event};
use crate::run::explain::exception::{Place, Reduced, reduce};
use crate::run::explain::{Explanation, service};
use crate::run::nbformat;
use crate::run::traceback::{self, Failure};
use crate::session::{ApiError, EndReason, Output};

use super::CellRun;
use super::actor::{Actor, Verdict};
use super::telling::limit;

/// How the stacks are shown that lie below what a cell did itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stacks {
    /// As they come, below the cause.
    Whole,
    /// Their lines are counted. The text says how the user sees them: a part of a sentence.
    Folded(&'static str),
}

/// How exceptions are reduced to their causes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reducer {
    place: Place,
    /// How the user sees lines that are left out; `None`: all are shown.
    folded: Option<&'static str>,
}

impl Reducer {
    fn reduced(self, failure: &Failure<'_>) -> Option<Reduced> {
        reduce(failure, self.place, self.folded)
    }

    /// Reduces the exceptions among a session's outputs to their causes.
    pub(super) fn reduce_all(self, outputs: &mut [Output]) {
        for output in outputs {
            if let Output::Error { ename, evalue, traceback } = output
                && let Some(reduced) = self.reduced(&Failure { ename, evalue, traceback })
            {
                *evalue = reduced.evalue;
                *traceback = reduced.traceback;
            }
        }
    }
}

impl Actor {
    /// Returns how exceptions of the document's sessions are reduced.
    pub(super) fn reducer(&self) -> Reducer {
        let folded = match self.options.stacks {
            Stacks::Whole => None,
            Stacks::Folded(whole) => Some(whole),
        };
        let place = match self.options.engine.name() {
            EngineName::Aws => Place::Aws,
            EngineName::Local => Place::Local,
        };
        Reducer { place, folded }
    }

    /// Returns a failure reduced to its cause, where that is wanted and anything is known of it.
    pub(super) fn reduced(&self, failure: &Failure<'_>) -> Option<Reduced> {
        self.reducer().reduced(failure)
    }

    /// Shows that a call was refused, and what that means.
    pub(super) fn refuse_call(&self, cell: Option<&CellRun>, error: &ApiError) -> Verdict {
        let explanation = service::of_error(error, self.asked());
        self.refuse_explained(cell, &error.to_string(), explanation)
    }

    /// Shows that the session is over, for this reason, and what that means. `why` is what is said of it.
    pub(super) fn refuse_end(&self, cell: Option<&CellRun>, reason: &EndReason, why: &str) -> Verdict {
        let explanation = service::of_end(reason, self.asked());
        self.refuse_explained(cell, why, explanation)
    }

    /// What the session was created with, as the kernel would have asked for it.
    fn asked(&self) -> Option<&CreateSession> {
        self.session.as_ref()?.request.as_ref()
    }

    fn refuse_explained(&self, cell: Option<&CellRun>, why: &str, explanation: Option<Explanation>) -> Verdict {
        const NAME: &str = "SessionError";
        let Some(explanation) = explanation else { return self.refuse(NAME, why) };
        let mut traceback = vec![format!("{NAME}: {}", explanation.what)];
        traceback.extend(explanation.lines().into_iter().skip(1));
        traceback.push(String::new());
        traceback.push(format!("{NAME}: {why}"));
        self.show(&[Output::Error { ename: NAME.to_owned(), evalue: why.to_owned(), traceback }]);
        let message = explanation.sentence();
        // What is wrong elsewhere (credentials, quotas, the network) is no mistake in the cell.
        if let Some(cell) = cell.filter(|_| explanation.change.is_some()) {
            self.tell(Event::Failure(CellFailure {
                cell: cell.key.clone(),
                text: cell.model.cell.text.clone(),
                range: traceback::first_code(&cell.model.cell),
                name: explanation.code.to_owned(),
                message: message.clone(),
                related: None,
                explanation: Some(explanation),
                whole: None,
            }));
        }
        Verdict::error(message)
    }
}

/// What is told of an exception: what went wrong, and what to do, on lines of their own.
pub(in crate::run) fn message(reduced: Option<&Reduced>, failure: &Failure<'_>) -> String {
    let Some(reduced) = reduced else { return traceback::message(failure.ename, failure.evalue) };
    let message = traceback::message("", &reduced.message);
    match &reduced.explanation {
        Some(explanation) => format!("{message}\n{}", explanation.sentence()),
        None => message,
    }
}

/// The exception as it came, where it is shown otherwise.
pub(in crate::run) fn whole(reduced: Option<&Reduced>, failure: &Failure<'_>) -> Option<Arc<Json>> {
    reduced?;
    let error = Output::Error {
        ename: failure.ename.to_owned(),
        evalue: failure.evalue.to_owned(),
        traceback: failure.traceback.to_vec(),
    };
    nbformat::objects(&[error], &limit()).pop().map(Arc::new)
}
