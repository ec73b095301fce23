//! Creating a session, attaching to one, waiting until it is ready, and stopping it.

use std::sync::Arc;

use tokio::time::Instant;

use super::actor::{Actor, Heed, Opening};
use super::error::{ApiError, ApiErrorKind, Operation};
use super::events::{EndReason, Phase, RunEvent};
use super::look::{Baseline, Look};
use super::poll::Failures;
use super::types::{SessionInfo, SessionSpec, SessionStatus};

/// The most statements of before that are kept, with their outputs: the newest.
const MOST_PAST: usize = 500;

impl Actor {
    /// Brings the session to the point where it takes statements.
    pub(super) async fn open(&mut self, opening: Opening) -> Result<(), EndReason> {
        let begun = Instant::now();
        let created = matches!(opening, Opening::Create { .. });
        let info = match opening {
            Opening::Create { spec, .. } => self.create(&spec, begun).await?,
            Opening::Attach(_) | Opening::TakeOver(_) => self.find().await?,
        };
        self.until_ready(info, begun).await?;
        if !created {
            self.read_past().await?;
        }
        self.update(|view| {
            view.phase = Phase::Ready;
            view.starting_for = begun.elapsed();
            view.trouble = None;
        });
        Ok(())
    }

    /// Sends CreateSession, a second time only when the first one has certainly not arrived.
    async fn create(&mut self, spec: &SessionSpec, begun: Instant) -> Result<SessionInfo, EndReason> {
        let api = Arc::clone(&self.api);
        let mut failures = Failures::default();
        let mut unanswered = 0;
        loop {
            if self.wishes.shutdown {
                return Err(EndReason::Left);
            }
            if self.wishes.cancel_start || self.wishes.wants_stop() {
                return Err(EndReason::StartCancelled);
            }
            self.tell_starting(&SessionInfo::new(self.id.clone(), SessionStatus::Provisioning), begun);
            let answer = self.call(Heed::Shutdown, Operation::CreateSession, api.create_session(spec)).await;
            let error = match answer.ok_or(EndReason::Left)? {
                Ok(info) => return Ok(info),
                Err(error) => error,
            };
            // After a call without an answer, "exists already" says that this call had arrived.
            let exists = error.kind == ApiErrorKind::AlreadyExists && unanswered > 0;
            if error.is_ambiguous() || exists {
                unanswered += 1;
                self.tell_start_trouble(&error);
                match self.look_for_session(&error).await.ok_or(EndReason::Left)? {
                    Look::Found(info) => return Ok(info),
                    Look::Absent if !exists && unanswered < self.policy.attempts => {}
                    Look::Absent if !exists => return Err(EndReason::Refused(error)),
                    Look::Absent | Look::Unclear => return Err(self.abandon(EndReason::Unclear(error)).await),
                }
            } else if let Some(delay) = failures.note(&self.policy, &error, false) {
                self.tell_start_trouble(&error);
                self.rest(Heed::Wishes, delay).await;
            } else {
                return Err(EndReason::Refused(error));
            }
        }
    }

    /// Finds the session to attach to, or to take over.
    async fn find(&mut self) -> Result<SessionInfo, EndReason> {
        let (api, id) = (Arc::clone(&self.api), self.id.clone());
        let answer = self.ask(Operation::GetSession, || api.get_session(&id)).await.ok_or(EndReason::Left)?;
        let info = answer.map_err(|error| match error.kind {
            ApiErrorKind::NotFound => EndReason::Gone,
            // That it cannot be asked for says nothing about one of ours, which did exist.
            _ if self.owned => EndReason::Unreachable(error),
            _ => EndReason::Refused(error),
        })?;
        // It can be stopped, but nothing can be run in it. One that is over is told as such.
        if info.is_spark_connect() && !info.status.is_over() && !self.wishes.wants_stop() {
            self.note(&info);
            return Err(EndReason::SparkConnect);
        }
        Ok(info)
    }

    /// Reads the statements of a session that was attached to: for their outputs, and to know which
    /// statements are not ours.
    async fn read_past(&mut self) -> Result<(), EndReason> {
        match self.list_statements().await.ok_or(EndReason::Left)? {
            Ok(mut statements) => {
                self.baseline = match statements.iter().map(|statement| statement.id).max() {
                    Some(last) => Baseline::After(last),
                    None => Baseline::Empty,
                };
                statements.sort_by_key(|statement| statement.id);
                let surplus = statements.len().saturating_sub(MOST_PAST);
                statements.drain(..surplus);
                self.update(|view| view.past = statements.into());
            }
            Err(error) => {
                // The session can be used all the same; only a call without an answer cannot be cleared up.
                tracing::warn!(session = %self.id, %error, "past statements cannot be read");
                self.baseline = Baseline::Unknown;
            }
        }
        Ok(())
    }

    /// Waits until the session is ready; cancelled starts are stopped.
    async fn until_ready(&mut self, mut info: SessionInfo, begun: Instant) -> Result<(), EndReason> {
        let (api, id) = (Arc::clone(&self.api), self.id.clone());
        let mut failures = Failures::default();
        let mut asked = 0;
        loop {
            if self.wishes.shutdown {
                return Err(EndReason::Left);
            }
            self.note(&info);
            self.tell_starting(&info, begun);
            if info.status == SessionStatus::Ready && !self.wishes.cancel_start && !self.wishes.wants_stop() {
                return Ok(());
            }
            if let Some(reason) = EndReason::of(&info) {
                return Err(reason);
            }
            if self.wishes.wants_stop() {
                self.stop_as_asked().await;
                match self.ended() {
                    Some(reason) => return Err(reason.clone()),
                    None => continue,
                }
            }
            if self.wishes.cancel_start {
                return Err(self.abandon(EndReason::StartCancelled).await);
            }
            if self.owned && begun.elapsed() >= self.policy.start_limit {
                return Err(self.abandon(EndReason::StartTooSlow(self.policy.start_limit)).await);
            }
            self.tell_status().await;
            let interval = self.interval(asked);
            self.rest(Heed::Wishes, interval).await;
            let Some(answer) = self.call(Heed::Wishes, Operation::GetSession, api.get_session(&id)).await else {
                continue;
            };
            asked += 1;
            match answer {
                Ok(answer) => {
                    info = answer;
                    failures = Failures::default();
                    self.update(|view| view.trouble = None);
                }
                Err(mut error) => {
                    let missing = error.kind == ApiErrorKind::NotFound && self.owned;
                    if missing {
                        self.update(|view| view.trouble = Some(error.clone()));
                        // It was created a moment ago: the answer is behind the times.
                        error.kind = ApiErrorKind::Server { status: None };
                    } else {
                        self.tell_start_trouble(&error);
                    }
                    match failures.note(&self.policy, &error, !missing) {
                        Some(delay) => self.rest(Heed::Wishes, delay).await,
                        None => return Err(self.abandon(EndReason::Unreachable(error)).await),
                    }
                }
            }
        }
    }

    fn tell_starting(&self, info: &SessionInfo, begun: Instant) {
        let elapsed = begun.elapsed();
        self.update(|view| view.starting_for = elapsed);
        if let Some(run) = self.queue.first() {
            run.tell(RunEvent::Starting { status: info.status.clone(), progress: info.progress, elapsed });
        }
    }

    /// Tells why the start does not get on for the moment: whoever waits for it sees nothing else.
    fn tell_start_trouble(&self, error: &ApiError) {
        match self.queue.first() {
            Some(run) => self.tell_trouble(run, error),
            None => self.update(|view| view.trouble = Some(error.clone())),
        }
    }

    /// Gives a session up, and stops it if it is ours: nobody will use it. Returns the reason to give.
    async fn abandon(&mut self, reason: EndReason) -> EndReason {
        if !self.owned {
            return reason;
        }
        self.update(|view| view.phase = Phase::Stopping);
        match (self.stop_remote().await, reason) {
            // Stopped, or not there: nothing is unclear any more.
            (Ok(_), EndReason::Unclear(error) | EndReason::Unreachable(error)) => EndReason::Refused(error),
            (Ok(_), reason) => reason,
            (Err(_), EndReason::Unclear(error)) => EndReason::Unclear(error),
            (Err(error), _) => EndReason::Unreachable(error),
        }
    }

    /// Stops the session and waits until it has stopped, or for as long as the policy allows. Returns what
    /// the service said last, `None` if it knows no such session.
    ///
    /// StopSession can be repeated, so it is, also while the service refuses it because the session is only
    /// being started.
    pub(super) async fn stop_remote(&mut self) -> Result<Option<SessionInfo>, ApiError> {
        let (api, id) = (Arc::clone(&self.api), self.id.clone());
        let left =
            || ApiError::new(Operation::StopSession, ApiErrorKind::Other { code: None }, EndReason::Left.to_string());
        let begun = Instant::now();
        let mut failures = Failures::default();
        let mut refusal = None;
        let mut accepted = false;
        let mut last = None;
        let mut asked = 0;
        loop {
            if !accepted {
                let answer = self.call(Heed::Shutdown, Operation::StopSession, api.stop_session(&id)).await;
                match answer.ok_or_else(left)? {
                    Ok(()) => accepted = true,
                    Err(error) if error.questions_session() => refusal = Some(error),
                    Err(error) => match failures.note(&self.policy, &error, false) {
                        Some(delay) => {
                            self.rest(Heed::Shutdown, delay).await;
                            continue;
                        }
                        None => return Err(error),
                    },
                }
            }
            let late = begun.elapsed() >= self.policy.stop_limit;
            match self.call(Heed::Shutdown, Operation::GetSession, api.get_session(&id)).await.ok_or_else(left)? {
                Ok(info) => {
                    self.note(&info);
                    accepted |= info.status.is_over();
                    match refusal.take() {
                        Some(refusal) if late && !accepted => return Err(refusal),
                        _ => {}
                    }
                    if info.status.is_terminal() || late {
                        return Ok(Some(info));
                    }
                    last = Some(info);
                    failures = Failures::default();
                }
                Err(error) if error.kind == ApiErrorKind::NotFound => return Ok(None),
                Err(error) => match failures.note(&self.policy, &error, false) {
                    Some(delay) if !late => self.rest(Heed::Shutdown, delay).await,
                    _ if accepted => return Ok(last),
                    _ => return Err(refusal.unwrap_or(error)),
                },
            }
            let interval = self.interval(asked);
            asked += 1;
            self.rest(Heed::Shutdown, interval).await;
        }
    }
}
