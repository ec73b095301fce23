//! Sending a run to the service, following it to its end, and cancelling it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::actor::{Actor, Check, Heed};
use super::error::{ApiError, ApiErrorKind, Operation};
use super::events::{CancelReason, EndReason, LostReason, Outcome, RunEnd, RunEvent};
use super::look::{Look, matching};
use super::output::{failed, outputs};
use super::poll::Failures;
use super::printed::Printed;
use super::queue::PendingRun;
use super::types::{SessionStatus, Statement, StatementId, StatementState};

impl Actor {
    /// Takes a run from the queue's head to its end.
    pub(super) async fn execute(&mut self, mut run: PendingRun) {
        self.current = Some(run.id);
        self.wishes.cancel_current = false;
        self.update(|_| {});
        let end = match self.send(&mut run).await {
            Ok(statement) => self.follow(&run, statement).await,
            Err(outcome) => RunEnd::unsent(outcome),
        };
        let lost = matches!(end.outcome, Outcome::Lost(_));
        let spoilt = lost || (run.stop_on_error && end.outcome != Outcome::Ok);
        self.current = None;
        self.wishes.cancel_current = false;
        run.end(end);
        // A session that is over gives its own reason to those that wait.
        if spoilt && self.ended().is_none() && !self.wishes.shutdown {
            self.queue.cancel_all(&CancelReason::EarlierRun);
        }
        self.update(|view| view.trouble = None);
    }

    /// Sends RunStatement, a second time only when the first one has certainly not arrived.
    async fn send(&mut self, run: &mut PendingRun) -> Result<StatementId, Outcome> {
        let left = || Outcome::Cancelled(CancelReason::SessionEnded(EndReason::Left));
        let (api, id) = (Arc::clone(&self.api), self.id.clone());
        let mut failures = Failures::default();
        let mut unanswered = 0;
        let mut asked = 0;
        loop {
            if self.wishes.shutdown {
                return Err(left());
            }
            if self.wishes.wants_stop() {
                self.stop_as_asked().await;
            }
            if let Some(reason) = self.ended() {
                return Err(Outcome::Cancelled(CancelReason::SessionEnded(reason.clone())));
            }
            if self.wishes.cancel_current {
                return Err(Outcome::Cancelled(CancelReason::Asked));
            }
            self.tell_status().await;
            run.sent = true;
            let answer = self.call(Heed::Shutdown, Operation::RunStatement, api.run_statement(&id, &run.code)).await;
            let Some(answer) = answer else {
                return Err(Outcome::Lost(LostReason::SessionEnded(EndReason::Left)));
            };
            let error = match answer {
                Ok(statement) if unanswered == 0 => return Ok(statement),
                Ok(statement) => return Ok(self.sent_again(&run.code, statement).await),
                Err(error) => error,
            };
            if error.is_ambiguous() {
                unanswered += 1;
                run.tell(RunEvent::Trouble(error.clone()));
                let look = self.look_for_statement(&run.code, &error).await;
                match look.ok_or(Outcome::Lost(LostReason::SessionEnded(EndReason::Left)))? {
                    Look::Found(statement) => return Ok(statement.id),
                    Look::Absent if unanswered < self.policy.attempts => run.sent = false,
                    Look::Absent => {
                        run.sent = false;
                        return Err(Outcome::Refused(error));
                    }
                    Look::Unclear => return Err(Outcome::Lost(self.why_lost(LostReason::Unclear(error)).await)),
                }
                continue;
            }
            run.sent = false;
            if error.questions_session() {
                match self.check().await.ok_or_else(left)? {
                    Check::Over(reason) => {
                        self.mark_ended(reason);
                        continue;
                    }
                    // Not ready, says the service: wait until it is.
                    Check::Alive(status)
                        if status != SessionStatus::Ready && asked < self.policy.throttled_attempts as usize =>
                    {
                        run.tell(RunEvent::Trouble(error));
                        let interval = self.interval(asked);
                        asked += 1;
                        self.rest(Heed::Wishes, interval).await;
                        continue;
                    }
                    Check::Alive(_) | Check::Unknown => return Err(Outcome::Refused(error)),
                }
            }
            match failures.note(&self.policy, &error, false) {
                Some(delay) => {
                    run.tell(RunEvent::Trouble(error));
                    self.rest(Heed::Wishes, delay).await;
                }
                None => return Err(Outcome::Refused(error)),
            }
        }
    }

    /// After a second sending: makes sure that the first one has not arrived late. If it has, the second is
    /// cancelled while it waits behind the first. Returns the statement to follow.
    async fn sent_again(&mut self, code: &str, statement: StatementId) -> StatementId {
        let Some(Ok(statements)) = self.list_statements().await else { return statement };
        let twins = matching(&statements, self.baseline, code);
        let Some(first) = twins.first() else { return statement };
        for twin in &twins[1..] {
            tracing::warn!(session = %self.id, statement = %twin.id, "cancelling a statement that arrived twice");
            self.cancel_statement(twin.id).await.ok();
            self.baseline.raise(twin.id);
        }
        first.id
    }

    /// Follows a statement to its end.
    async fn follow(&mut self, run: &PendingRun, statement: StatementId) -> RunEnd {
        self.baseline.raise(statement);
        let (api, id) = (Arc::clone(&self.api), self.id.clone());
        let sent = Instant::now();
        let over = |outcome| RunEnd { statement: Some(statement), elapsed: sent.elapsed(), ..RunEnd::unsent(outcome) };
        let mut told = None;
        let mut printed = Printed::default();
        let mut failures = Failures::default();
        let mut asked = 0;
        let mut cancelled = false;
        let mut checks = Checks::new(sent);
        self.tell_running(run, &Statement::new(statement, StatementState::Waiting), sent, &mut told);
        loop {
            if self.wishes.shutdown {
                return over(Outcome::Lost(LostReason::SessionEnded(EndReason::Left)));
            }
            if self.wishes.wants_stop() {
                self.stop_as_asked().await;
                if let Some(reason) = self.ended() {
                    return over(Outcome::Cancelled(CancelReason::SessionEnded(reason.clone())));
                }
            }
            if self.wishes.cancel_current {
                match self.cancel_statement(statement).await {
                    Ok(()) => cancelled = true,
                    Err(error) => run.tell(RunEvent::Trouble(error)),
                }
                self.wishes.cancel_current = false;
                asked = 0;
            }
            self.tell_status().await;
            if let Some(reason) = self.ended() {
                return over(Outcome::Lost(LostReason::SessionEnded(reason.clone())));
            }
            let interval = self.interval(asked);
            if self.attend_rest(interval).await.is_none() {
                continue;
            }
            let Some(answer) =
                self.call(Heed::Wishes, Operation::GetStatement, api.get_statement(&id, statement)).await
            else {
                continue;
            };
            asked += 1;
            let (odd, failure) = match answer {
                Ok(answer) => {
                    failures = Failures::default();
                    self.update(|view| view.trouble = None);
                    if answer.state.is_terminal() {
                        return self.conclude(finish(run, &answer, cancelled, sent)).await;
                    }
                    self.tell_running(run, &answer, sent, &mut told);
                    if let Some(event) = printed.news(&answer) {
                        run.tell(event);
                    }
                    (checks.are_due(&answer.state, self), None)
                }
                Err(error) => {
                    self.tell_trouble(run, &error);
                    (error.questions_session(), Some(error))
                }
            };
            if odd && let Some(Check::Over(reason)) = self.check().await {
                // The statement may have ended before the session did.
                let last = self.call(Heed::Shutdown, Operation::GetStatement, api.get_statement(&id, statement)).await;
                self.mark_ended(reason.clone());
                return match last {
                    Some(Ok(last)) if last.state.is_terminal() => finish(run, &last, cancelled, sent),
                    _ => over(Outcome::Lost(LostReason::SessionEnded(reason))),
                };
            }
            if let Some(error) = failure {
                // In a session that is well, an unknown statement is an answer that is behind the times.
                let passing = if odd { behind_the_times(&error) } else { error.clone() };
                match failures.note(&self.policy, &passing, !odd) {
                    Some(delay) => self.rest(Heed::Wishes, delay).await,
                    None => return over(Outcome::Lost(self.why_lost(LostReason::Unreachable(error)).await)),
                }
            }
        }
    }

    /// Finds out why a statement ended that nobody here has cancelled: most often its session is over.
    async fn conclude(&mut self, mut end: RunEnd) -> RunEnd {
        if end.outcome == Outcome::Cancelled(CancelReason::Elsewhere)
            && let Some(Check::Over(reason)) = self.check().await
        {
            self.mark_ended(reason.clone());
            end.outcome = Outcome::Lost(LostReason::SessionEnded(reason));
        }
        end
    }

    /// Sleeps; returns `None` when a wish broke it off.
    async fn attend_rest(&mut self, interval: Duration) -> Option<()> {
        let interval = self.jitter.vary(interval, self.policy.jitter);
        self.attend(Heed::Wishes, tokio::time::sleep(interval)).await
    }

    /// Sends CancelStatement until it is accepted, or has become pointless. It can be repeated.
    async fn cancel_statement(&mut self, statement: StatementId) -> Result<(), ApiError> {
        let (api, id) = (Arc::clone(&self.api), self.id.clone());
        match self.ask(Operation::CancelStatement, || api.cancel_statement(&id, statement)).await {
            // Nothing to cancel any more: the statement's state will tell.
            Some(Err(error)) if error.questions_session() => Ok(()),
            Some(answer) => answer,
            None => Ok(()),
        }
    }

    /// Returns why a run is lost: because of the session, if that is over.
    async fn why_lost(&mut self, otherwise: LostReason) -> LostReason {
        match self.check().await {
            Some(Check::Over(reason)) => {
                self.mark_ended(reason.clone());
                LostReason::SessionEnded(reason)
            }
            _ => otherwise,
        }
    }

    fn tell_running(
        &self,
        run: &PendingRun,
        statement: &Statement,
        sent: Instant,
        told: &mut Option<(StatementState, Option<f64>)>,
    ) {
        let now = (statement.state.clone(), statement.progress);
        if told.as_ref() != Some(&now) {
            let (state, progress) = now.clone();
            run.tell(RunEvent::Running { statement: statement.id, state, progress, elapsed: sent.elapsed() });
            *told = Some(now);
        }
    }

    /// Tells what keeps a run waiting, once for each kind of trouble.
    pub(super) fn tell_trouble(&self, run: &PendingRun, error: &ApiError) {
        let mut new = false;
        self.update(|view| {
            new = view.trouble.as_ref().map(|known| &known.kind) != Some(&error.kind);
            view.trouble = Some(error.clone());
        });
        if new {
            run.tell(RunEvent::Trouble(error.clone()));
        }
    }
}

fn behind_the_times(error: &ApiError) -> ApiError {
    ApiError { kind: ApiErrorKind::Server { status: None }, ..error.clone() }
}

/// When a statement that does not move is reason to ask how the session is.
struct Checks {
    state: StatementState,
    since: Instant,
}

impl Checks {
    fn new(now: Instant) -> Self {
        Self { state: StatementState::Waiting, since: now }
    }

    /// Whether the statement has been in this state for so long that the session should be asked.
    fn are_due(&mut self, state: &StatementState, actor: &Actor) -> bool {
        let now = Instant::now();
        if *state != self.state {
            self.state = state.clone();
            self.since = now;
        }
        let limit = match state {
            StatementState::Running => actor.policy.running_check,
            _ => actor.policy.waiting_check,
        };
        let due = now.duration_since(self.since) >= limit;
        if due {
            self.since = now;
        }
        due
    }
}

/// Tells the outputs of a finished statement, and returns its end.
fn finish(run: &PendingRun, statement: &Statement, cancelled: bool, sent: Instant) -> RunEnd {
    let shown = outputs(statement);
    if !shown.is_empty() {
        run.tell(RunEvent::Outputs(shown));
    }
    let output = statement.output.as_ref();
    let name = output.and_then(|output| output.error_name.clone());
    // An interrupted statement ends with this exception, if it does not end as cancelled.
    let interrupted = cancelled && name.as_deref() == Some("KeyboardInterrupt");
    let outcome = if interrupted {
        Outcome::Cancelled(CancelReason::Asked)
    } else if statement.state == StatementState::Cancelled {
        Outcome::Cancelled(if cancelled { CancelReason::Asked } else { CancelReason::Elsewhere })
    } else if failed(statement) {
        Outcome::Error {
            name: name.unwrap_or_else(|| "Error".to_owned()),
            value: output.and_then(|output| output.error_value.clone()).unwrap_or_default(),
            traceback: output.map(|output| output.traceback.clone()).unwrap_or_default(),
        }
    } else {
        Outcome::Ok
    };
    RunEnd {
        outcome,
        statement: Some(statement.id),
        execution_count: output.and_then(|output| output.execution_count),
        started_on: statement.started_on,
        completed_on: statement.completed_on,
        elapsed: sent.elapsed(),
    }
}
