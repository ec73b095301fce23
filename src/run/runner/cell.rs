//! What running one cell does, step by step.

use std::sync::Arc;
use std::time::Duration;

use crate::aws::{Access, Identity, Keys};
use crate::model::Setting;
use crate::model::body::{Assumed, assumed};
use crate::model::effects::{Change, ChangeKind, CredentialSource, Effects, statement};
use crate::run::event::{CellFailure, CellState, EngineName, Event, Related};
use crate::run::record::bare;
use crate::run::traceback::{self, Failure, Other};
use crate::session::{
    CancelReason, EndReason, LostReason, Outcome, Phase, RunEnd, RunEvent, RunRequest, SessionHandle, StatementId,
    StreamName,
};

use super::CellRun;
use super::actor::{Actor, Verdict};
use super::failures;
use super::lock;

impl Actor {
    /// Runs a cell: its magics, then its code.
    pub(super) async fn perform(&mut self, cell: &CellRun) -> Verdict {
        let effects = &cell.model.effects;
        let mut refused = self.complain(cell);
        // What asks for the session, or says what it should be, is about the one that is there.
        if self.session.is_none()
            && self.inherited.is_some()
            && !(effects.changes.is_empty() && effects.calls.is_empty())
            && let Err(verdict) = self.resume().await
        {
            return verdict;
        }
        if self.session.is_none()
            && self.observed.is_some()
            && !(effects.changes.is_empty() && effects.calls.is_empty())
            && let Err(verdict) = self.join().await
        {
            return verdict;
        }
        let differed = self.differs();
        for change in &effects.changes {
            match &change.kind {
                ChangeKind::Stop => {
                    if let Some(verdict) = self.stop_for_cell().await {
                        return verdict;
                    }
                }
                ChangeKind::Reconnect(id) => match self.attach(id, false).await {
                    Ok(text) => self.say(StreamName::Stdout, &text),
                    Err(why) => return self.refuse("SessionError", &why),
                },
                ChangeKind::Credentials(_) => {
                    if let Err(why) = self.take_credentials(cell).await {
                        return self.refuse("CredentialsError", &why);
                    }
                }
                _ => {}
            }
            self.set_since |= change.kind.is_setting();
            self.state.change(cell.index, change);
        }
        let waits = |change: &Change| change.kind.is_setting() && !matches!(change.kind, ChangeKind::Tag(..));
        if !differed && effects.changes.iter().any(waits) && self.differs() {
            self.say(
                StreamName::Stderr,
                "The session runs already: these settings hold from the next one on. Stop it to use them now.",
            );
        }
        lock(&self.ledger).applied(cell.model.cell.text.clone());
        let told = settings_text(effects);
        if !told.is_empty() {
            self.say(StreamName::Stdout, &told);
        }
        refused |= self.tag(effects).await;
        refused |= self.answer_questions(effects).await;
        refused |= self.pass_over(effects);
        let verdict = match statement(&cell.model.cell).filter(|_| effects.has_statement) {
            Some(code) => self.run_code(cell, &code).await,
            None => Verdict::ok(),
        };
        if refused && verdict.state == CellState::Ok {
            return Verdict::error("a part of the cell was refused");
        }
        verdict
    }

    /// Starts a session without running anything in it.
    pub(super) async fn start_session(&mut self) -> Verdict {
        let handle = match self.session(true).await {
            Ok(handle) => handle,
            Err(verdict) => return verdict,
        };
        self.tell_cell(CellState::StartingSession, None, None);
        let ready = {
            let mut view = handle.watch();
            loop {
                if self.current.as_ref().is_some_and(|current| current.cancelled) {
                    handle.cancel_all();
                }
                let settled = handle.view();
                match settled.phase {
                    Phase::Ready => break Ok(()),
                    Phase::Ended(reason) => break Err(reason),
                    _ => {}
                }
                let progress = settled.info.as_ref().and_then(|info| info.progress);
                self.tell_cell(
                    CellState::StartingSession,
                    progress,
                    settled.trouble.map(|trouble| trouble.to_string()),
                );
                let changed = self.wait(tokio::time::timeout(Duration::from_secs(1), view.changed())).await;
                if let Ok(Err(_)) = changed {
                    break Err(EndReason::Left);
                }
            }
        };
        match ready {
            Ok(()) => Verdict::ok(),
            Err(reason) => ended(&reason),
        }
    }

    /// Says what is wrong with the cell, where it is run all the same; returns whether anything is.
    fn complain(&self, cell: &CellRun) -> bool {
        for problem in &cell.problems {
            self.say(StreamName::Stderr, problem);
        }
        let refused = !cell.model.effects.refusals.is_empty();
        if refused && cell.problems.is_empty() {
            self.say(StreamName::Stderr, "A magic of this cell is not understood, and had no effect.");
        }
        refused
    }

    /// Takes over what `%%assume_role` gives. A role is assumed at once, as the kernel does: a mistake is better known
    /// here than when a session is wanted.
    ///
    /// # Errors
    ///
    /// The role cannot be assumed, for people; the credentials of before stay.
    async fn take_credentials(&mut self, cell: &CellRun) -> Result<(), String> {
        match assumed(&cell.model.cell) {
            Some(Assumed::Role(arn)) => {
                // The role is assumed with what holds without it.
                let identity = Identity { access: Access::Role { arn: arn.clone() }, ..self.identity() };
                if let Some(client) = self.machine.assuming(&identity) {
                    let caller = self.wait(async move { client.caller().await }).await;
                    caller.map_err(|failure| format!("the role {arn} cannot be assumed: {failure}"))?;
                }
                self.access = Access::Role { arn };
            }
            Some(Assumed::Keys { id, secret, token }) => self.access = Access::Keys(Keys::new(id, secret, Some(token))),
            None => {}
        }
        Ok(())
    }

    /// Runs the cell's code in the session, or in a new one if it turns out that the session is over.
    async fn run_code(&mut self, cell: &CellRun, code: &str) -> Verdict {
        loop {
            let known = self.session.is_some();
            let handle = match self.session(false).await {
                Ok(handle) => handle,
                Err(verdict) => return verdict,
            };
            let (end, sent_as) = match self.send(cell, &handle, code).await {
                Ok(end) => end,
                Err(verdict) => return verdict,
            };
            // Nobody asks how an idle session is: that it has ended shows when it is wanted. The session that is
            // started then is not known before this cell, so this happens once.
            let cancelled = self.current.as_ref().is_some_and(|current| current.cancelled);
            if known && !cancelled && is_stale(&end) && matches!(handle.view().phase, Phase::Ended(_)) {
                if let Some(current) = &mut self.current {
                    current.run = None;
                }
                continue;
            }
            // A cell may have taken its session with it. On this machine it costs nothing to ask at once.
            if end.outcome != Outcome::Ok && self.options.engine.name() == EngineName::Local {
                let asking = handle.clone();
                let _ = self.wait(async move { asking.status().await }).await;
            }
            let number = end.statement.or(sent_as).map(|statement| statement.0);
            return self.conclude(cell, code, number, end.outcome);
        }
    }

    /// Sends the cell's code, and follows it to its end.
    async fn send(
        &mut self,
        cell: &CellRun,
        handle: &SessionHandle,
        code: &str,
    ) -> Result<(RunEnd, Option<StatementId>), Verdict> {
        let run = handle.run(RunRequest { code: code.to_owned(), stop_on_error: false });
        let mut events = run.events;
        if let Some(current) = &mut self.current {
            current.run = Some(run.id);
            if current.cancelled {
                handle.cancel(run.id);
            }
        }
        let mut sent_as = None;
        let mut printed = self.printing();
        loop {
            // The channel ends behind `Ended`, which always comes.
            let Some(event) = self.wait(events.recv()).await else { return Err(ended(&EndReason::Left)) };
            match event {
                RunEvent::Queued { .. } => {}
                RunEvent::Starting { progress, .. } => self.tell_cell(CellState::StartingSession, progress, None),
                RunEvent::Running { statement, progress, .. } => {
                    if sent_as.replace(statement).is_none() {
                        self.note_sent();
                        self.sent.insert(statement.0, (cell.key.clone(), Arc::clone(&cell.model.cell)));
                    }
                    self.tell_cell(CellState::Running, progress, None);
                }
                RunEvent::Trouble(error) => {
                    let state = if sent_as.is_some() { CellState::Running } else { CellState::StartingSession };
                    self.tell_cell(state, None, Some(error.to_string()));
                }
                RunEvent::Printed { pieces, replace } => {
                    if let Some(showing) = printed.more(pieces, replace) {
                        self.display(showing);
                    }
                }
                RunEvent::Outputs(mut outputs) => {
                    self.reducer().reduce_all(&mut outputs);
                    self.display(std::mem::take(&mut printed).end(&outputs));
                    self.tell_elsewhere(&outputs);
                }
                RunEvent::Ended(end) => return Ok((end, sent_as)),
            }
        }
    }

    /// The number of a statement, where frames of tracebacks bear it: on this machine.
    fn frame_number(&self, number: Option<i64>) -> Option<i64> {
        number.filter(|_| self.options.engine.name() == EngineName::Local)
    }

    /// The place in another cell that a traceback leads through.
    fn related(&self, other: Other) -> Option<Related> {
        let (key, cell) = self.sent.get(&other.statement)?;
        let range = traceback::statement_line(cell, other.line)?;
        Some(Related { cell: key.clone(), text: cell.text.clone(), range })
    }

    fn conclude(&self, cell: &CellRun, code: &str, number: Option<i64>, outcome: Outcome) -> Verdict {
        match outcome {
            Outcome::Ok => Verdict::ok(),
            Outcome::Error { name, value, traceback } => {
                let lacks_spark = self.options.engine.name() == EngineName::Local && needs_spark(&name, &value);
                if lacks_spark {
                    self.say(StreamName::Stderr, self.no_spark());
                }
                let failure = Failure { ename: &name, evalue: &value, traceback: &traceback };
                let reduced = self.reduced(&failure);
                let message = failures::message(reduced.as_ref(), &failure);
                let whole = failures::whole(reduced.as_ref(), &failure);
                let located = traceback::locate(&cell.model.cell, code, self.frame_number(number), &failure);
                let range = located.place.map_or_else(|| traceback::first_code(&cell.model.cell), |place| place.range);
                self.tell(Event::Failure(CellFailure {
                    cell: cell.key.clone(),
                    text: cell.model.cell.text.clone(),
                    range,
                    name: name.clone(),
                    message: message.clone(),
                    related: located.other.and_then(|other| self.related(other)),
                    explanation: reduced.and_then(|reduced| reduced.explanation),
                    whole,
                }));
                Verdict { lacks_spark: lacks_spark && self.could_have_spark(), ..Verdict::error(message) }
            }
            Outcome::Refused(error) => self.refuse_call(Some(cell), &error),
            Outcome::Lost(LostReason::SessionEnded(EndReason::Stopped)) => {
                Verdict::cancelled("the session was stopped")
            }
            Outcome::Lost(reason) => {
                let why = reason.to_string();
                match reason {
                    LostReason::SessionEnded(end) => self.refuse_end(Some(cell), &end, &why),
                    LostReason::Unreachable(_) | LostReason::Unclear(_) => self.refuse("SessionError", &why),
                }
            }
            Outcome::Cancelled(CancelReason::SessionEnded(reason)) => {
                let verdict = ended(&reason);
                if verdict.state == CellState::Error {
                    return self.refuse_end(Some(cell), &reason, &reason.to_string());
                }
                verdict
            }
            Outcome::Cancelled(reason) => Verdict::cancelled(reason.to_string()),
        }
    }
}

/// Returns whether an exception says that Spark, or Glue's own library, is missing.
fn needs_spark(name: &str, value: &str) -> bool {
    let missing: &[&str] = match name {
        "NameError" => &["'spark'", "'sc'", "'glueContext'", "'sqlContext'"],
        "ModuleNotFoundError" => &["'pyspark'", "'pyspark.", "'awsglue'", "'awsglue."],
        _ => return false,
    };
    missing.iter().any(|word| value.contains(word))
}

/// Returns whether code was not sent because its session had ended by itself before.
fn is_stale(end: &RunEnd) -> bool {
    let over = matches!(
        &end.outcome,
        Outcome::Cancelled(CancelReason::SessionEnded(
            EndReason::Failed(_) | EndReason::TimedOut(_) | EndReason::StoppedElsewhere | EndReason::Gone
        ))
    );
    over && end.statement.is_none()
}

/// What the end of the session means for a cell that waited for it.
fn ended(reason: &EndReason) -> Verdict {
    match reason {
        EndReason::StartCancelled | EndReason::Stopped => Verdict::cancelled(reason.to_string()),
        _ => Verdict::error(reason.to_string()),
    }
}

/// Says which settings a cell has made, one on a line. Values of job arguments may hold secrets and are left out.
fn settings_text(effects: &Effects) -> String {
    let lines = effects.changes.iter().filter_map(|change| match &change.kind {
        // A URL may hold a password.
        ChangeKind::Set(setting @ Setting::Endpoint, Some(value)) => {
            Some(format!("{} = {}", setting.name(), bare(&value.to_str())))
        }
        ChangeKind::Set(setting, Some(value)) => Some(format!("{} = {}", setting.name(), value.to_str())),
        ChangeKind::Set(setting, None) => Some(format!("{} is not set any more", setting.name())),
        ChangeKind::DefaultArgument { name, .. } => Some(format!("{name} is set")),
        ChangeKind::SessionId(id) => Some(format!("session_id = {}", id.to_str())),
        ChangeKind::Tag(key, value) => Some(format!("tag {} = {}", key.to_str(), value.to_str())),
        ChangeKind::Credentials(CredentialSource::Role(arn)) => Some(format!("The role {arn} is used from here on.")),
        ChangeKind::Credentials(_) => Some("The credentials are used from here on.".to_owned()),
        ChangeKind::Variable(name, _) => Some(format!("{name} is set")),
        ChangeKind::Stop | ChangeKind::Reconnect(_) => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}
