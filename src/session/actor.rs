//! The actor of a session: one task that alone talks to the service about it.
//!
//! The actor's work is written as ordinary sequential code: open the session, take a run, send it, follow
//! it. Whatever it waits for, it waits in [`Actor::attend`], which takes commands in the meantime: they
//! change the queue at once, or leave a wish that the waiting code sees when it comes round. A call that
//! changes something at the service is never dropped half way for a wish, only when the actor itself ends.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};

use super::api::DynGlueApi;
use super::error::{ApiError, ApiErrorKind, Operation};
use super::events::{CancelReason, EndReason, Phase, SessionView};
use super::look::Baseline;
use super::poll::{Failures, Jitter, Pace, Policy};
use super::queue::{PendingRun, Queue, Run, RunId, RunRequest};
use super::types::{SessionId, SessionInfo, SessionSpec, SessionStatus, Statement};

/// How a session comes to be looked after.
#[derive(Debug, Clone, PartialEq)]
pub enum Opening {
    /// It is created. What has to be on record about it must be so before.
    Create {
        /// What it shall be.
        spec: Box<SessionSpec>,
        /// Whether the session is wanted for itself. Otherwise it is stopped when all its runs are cancelled
        /// before it is ready.
        keep: bool,
    },
    /// It exists already. It is never stopped but on [`SessionHandle::stop`].
    Attach(SessionId),
    /// It was created by another process of ours, which has ended, and is looked after here from now on.
    TakeOver(SessionId),
}

/// A session, from the outside. Clones are the same session.
///
/// When the last handle is gone, the actor ends as after [`SessionHandle::shutdown`].
#[derive(Debug, Clone)]
pub struct SessionHandle {
    commands: mpsc::UnboundedSender<Command>,
    view: watch::Receiver<SessionView>,
}

#[derive(Debug)]
enum Command {
    Run(PendingRun),
    Cancel(RunId),
    CancelAll,
    Stop(oneshot::Sender<Result<Option<SessionInfo>, ApiError>>),
    Status(oneshot::Sender<Result<SessionInfo, ApiError>>),
    Shutdown,
}

impl SessionHandle {
    /// Starts the actor of a session on the current runtime, and returns at once. Runs can be asked for
    /// immediately; they wait for the session.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn open(api: Arc<dyn DynGlueApi>, opening: Opening, policy: Policy) -> Self {
        let (id, owned, keep) = match &opening {
            Opening::Create { spec, keep } => (spec.id.clone(), true, *keep),
            Opening::Attach(id) => (id.clone(), false, true),
            Opening::TakeOver(id) => (id.clone(), true, true),
        };
        let (commands, receiver) = mpsc::unbounded_channel();
        let (sender, view) = watch::channel(SessionView {
            id: id.clone(),
            owned,
            phase: Phase::Starting,
            info: None,
            starting_for: Duration::ZERO,
            running: None,
            queued: 0,
            trouble: None,
            past: Vec::<Statement>::new().into(),
        });
        let actor = Actor {
            api,
            policy,
            jitter: Jitter::new(id.as_str()),
            id,
            owned,
            keep,
            commands: receiver,
            view: sender,
            queue: Queue::default(),
            current: None,
            wishes: Wishes::default(),
            attention: false,
            pace: Pace::default(),
            baseline: Baseline::Empty,
            ended: None,
        };
        tokio::spawn(actor.live(opening));
        Self { commands, view }
    }

    /// Queues code. Its events come through the returned receiver.
    pub fn run(&self, request: RunRequest) -> Run {
        let (pending, run) = PendingRun::new(request);
        // Without an actor the run comes back in the error and ends as it is dropped.
        self.commands.send(Command::Run(pending)).ok();
        run
    }

    /// Cancels a run: a waiting one never reaches the service, a running one gets CancelStatement and ends
    /// when the service says so.
    pub fn cancel(&self, run: RunId) {
        self.commands.send(Command::Cancel(run)).ok();
    }

    /// Cancels all runs, and the start of a session that is not ready yet.
    pub fn cancel_all(&self) {
        self.commands.send(Command::CancelAll).ok();
    }

    /// Stops the session, with all its runs, and waits until it has stopped. Returns what the service said
    /// last; `None` where it knows no such session.
    ///
    /// # Errors
    ///
    /// The session could not be stopped and may be alive.
    pub async fn stop(&self) -> Result<Option<SessionInfo>, ApiError> {
        let (sender, answer) = oneshot::channel();
        self.commands.send(Command::Stop(sender)).ok();
        answer.await.unwrap_or_else(|_| Err(left(Operation::StopSession)))
    }

    /// Asks the service how the session is. A session that has ended is noticed this way.
    ///
    /// # Errors
    ///
    /// The service could not be asked, or knows no such session.
    pub async fn status(&self) -> Result<SessionInfo, ApiError> {
        let (sender, answer) = oneshot::channel();
        self.commands.send(Command::Status(sender)).ok();
        answer.await.unwrap_or_else(|_| Err(left(Operation::GetSession)))
    }

    /// Ends the actor and leaves the session as it is. Runs end as cancelled or lost.
    pub fn shutdown(&self) {
        self.commands.send(Command::Shutdown).ok();
    }

    /// Returns what is known of the session, without asking the service.
    pub fn view(&self) -> SessionView {
        self.view.borrow().clone()
    }

    /// Returns a receiver that is told whenever [`SessionHandle::view`] changes.
    pub fn watch(&self) -> watch::Receiver<SessionView> {
        self.view.clone()
    }

    /// Waits until the session is ready.
    ///
    /// # Errors
    ///
    /// It never will be, for this reason.
    pub async fn ready(&self) -> Result<SessionView, EndReason> {
        let mut view = self.view.clone();
        let settled = view.wait_for(|view| matches!(view.phase, Phase::Ready | Phase::Ended(_))).await;
        match settled.map(|view| view.clone()) {
            Ok(SessionView { phase: Phase::Ended(reason), .. }) => Err(reason),
            Ok(view) => Ok(view),
            Err(_) => Err(EndReason::Left),
        }
    }
}

fn left(operation: Operation) -> ApiError {
    ApiError::new(operation, ApiErrorKind::Other { code: None }, EndReason::Left.to_string())
}

/// What commands have asked for and the actor has not done yet.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// Cancel the run that is being sent or followed.
    pub(super) cancel_current: bool,
    /// Give up the start.
    pub(super) cancel_start: bool,
    stop: Vec<oneshot::Sender<Result<Option<SessionInfo>, ApiError>>>,
    status: Vec<oneshot::Sender<Result<SessionInfo, ApiError>>>,
    /// End the actor.
    pub(super) shutdown: bool,
}

impl Wishes {
    /// Whether the session shall be stopped.
    pub(super) fn wants_stop(&self) -> bool {
        !self.stop.is_empty()
    }
}

/// What a wait can be broken off for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heed {
    /// Any wish: for sleeping, and for questions that can be asked again.
    Wishes,
    /// Only the actor's own end: for calls that change something.
    Shutdown,
}

/// How a session is, after asking.
#[derive(Debug)]
pub(super) enum Check {
    /// It may run statements, now or later.
    Alive(SessionStatus),
    /// It will not.
    Over(EndReason),
    /// The question could not be answered.
    Unknown,
}

pub(super) struct Actor {
    pub(super) api: Arc<dyn DynGlueApi>,
    pub(super) policy: Policy,
    pub(super) id: SessionId,
    pub(super) owned: bool,
    keep: bool,
    commands: mpsc::UnboundedReceiver<Command>,
    view: watch::Sender<SessionView>,
    pub(super) queue: Queue,
    pub(super) current: Option<RunId>,
    pub(super) wishes: Wishes,
    /// Whether a wish came that the waiting code has not seen.
    attention: bool,
    pub(super) jitter: Jitter,
    pub(super) pace: Pace,
    pub(super) baseline: Baseline,
    ended: Option<EndReason>,
}

impl Actor {
    async fn live(mut self, opening: Opening) {
        if let Err(reason) = self.open(opening).await {
            self.mark_ended(reason);
        }
        while !self.wishes.shutdown {
            if let Some(reason) = &self.ended {
                self.queue.cancel_all(&CancelReason::SessionEnded(reason.clone()));
            }
            self.update(|_| {});
            if self.wishes.wants_stop() {
                self.stop_as_asked().await;
            } else if !self.wishes.status.is_empty() {
                self.tell_status().await;
            } else if self.ended.is_none()
                && let Some(run) = self.queue.pop()
            {
                self.execute(run).await;
            } else {
                // Nothing to do: no timer runs, the task sleeps until a command comes.
                self.attention = false;
                let command = self.commands.recv().await;
                self.handle(command);
            }
        }
        self.mark_ended(EndReason::Left);
        // What is still in the queue or the channel ends as it is dropped.
        self.commands.close();
    }

    /// Waits for `future`, and takes commands in the meantime. Returns `None` when it was broken off.
    pub(super) async fn attend<T>(&mut self, heed: Heed, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        loop {
            if self.wishes.shutdown || (heed == Heed::Wishes && std::mem::take(&mut self.attention)) {
                return None;
            }
            tokio::select! {
                biased;
                command = self.commands.recv() => self.handle(command),
                value = &mut future => return Some(value),
            }
        }
    }

    /// Makes one call, within the limit of time. Returns `None` when it was broken off.
    pub(super) async fn call<T>(
        &mut self,
        heed: Heed,
        operation: Operation,
        call: BoxFuture<'_, Result<T, ApiError>>,
    ) -> Option<Result<T, ApiError>> {
        let limit = self.policy.call_limit;
        let answer = self.attend(heed, timeout(limit, call)).await?.unwrap_or_else(|_| {
            let text = format!("nothing came for {} s", limit.as_secs());
            Err(ApiError::new(operation, ApiErrorKind::Timeout, text))
        });
        match &answer {
            Ok(_) => self.pace.answered(),
            Err(error) => {
                tracing::debug!(session = %self.id, %operation, kind = ?error.kind, request = ?error.request_id, "call failed");
                if error.kind == ApiErrorKind::Throttled {
                    self.pace.throttled();
                }
            }
        }
        Some(answer)
    }

    /// Asks a question again and again, until it is answered or the failures are too many. Returns `None`
    /// when the actor is to end.
    pub(super) async fn ask<'a, T>(
        &mut self,
        operation: Operation,
        question: impl Fn() -> BoxFuture<'a, Result<T, ApiError>>,
    ) -> Option<Result<T, ApiError>> {
        let mut failures = Failures::default();
        loop {
            match self.call(Heed::Shutdown, operation, question()).await? {
                Ok(answer) => return Some(Ok(answer)),
                Err(error) => match failures.note(&self.policy, &error, false) {
                    Some(delay) => self.rest(Heed::Shutdown, delay).await,
                    None => return Some(Err(error)),
                },
            }
        }
    }

    /// Sleeps for about `duration`, or until a wish comes.
    pub(super) async fn rest(&mut self, heed: Heed, duration: Duration) {
        let duration = self.jitter.vary(duration, self.policy.jitter);
        self.attend(heed, sleep(duration)).await;
    }

    /// Returns the time to wait before the question number `asked` (from 0) about the same thing.
    pub(super) fn interval(&self, asked: usize) -> Duration {
        self.pace.interval(&self.policy, asked)
    }

    fn handle(&mut self, command: Option<Command>) {
        match command {
            Some(Command::Run(run)) => match &self.ended {
                Some(reason) => run.cancel(CancelReason::SessionEnded(reason.clone())),
                None => self.queue.push(run, usize::from(self.current.is_some())),
            },
            Some(Command::Cancel(id)) => {
                if self.current == Some(id) {
                    self.wishes.cancel_current = true;
                    self.attention = true;
                } else if self.queue.cancel(id) && self.queue.len() == 0 && !self.keep {
                    self.cancel_start();
                }
            }
            Some(Command::CancelAll) => {
                self.queue.cancel_all(&CancelReason::Asked);
                self.wishes.cancel_current = self.current.is_some();
                self.attention = true;
                self.cancel_start();
            }
            Some(Command::Stop(reply)) => {
                self.wishes.stop.push(reply);
                self.attention = true;
            }
            Some(Command::Status(reply)) => {
                self.wishes.status.push(reply);
                self.attention = true;
            }
            Some(Command::Shutdown) | None => self.wishes.shutdown = true,
        }
        self.update(|_| {});
    }

    fn cancel_start(&mut self) {
        if self.view.borrow().phase == Phase::Starting {
            self.wishes.cancel_start = true;
            self.attention = true;
        }
    }

    /// Changes the view and tells whoever watches, if it is another one then.
    pub(super) fn update(&self, change: impl FnOnce(&mut SessionView)) {
        self.view.send_if_modified(|view| {
            let before = view.clone();
            change(view);
            view.running = self.current;
            view.queued = self.queue.len();
            *view != before
        });
    }

    /// Notes what the service said of the session.
    pub(super) fn note(&self, info: &SessionInfo) {
        self.update(|view| {
            view.info = Some(info.clone());
            view.trouble = None;
        });
    }

    /// Notes that the session is over; the first reason stays.
    pub(super) fn mark_ended(&mut self, reason: EndReason) {
        if self.ended.is_none() {
            tracing::info!(session = %self.id, %reason, "session ended");
            self.ended = Some(reason.clone());
            self.update(|view| {
                view.phase = Phase::Ended(reason);
                view.trouble = None;
            });
        }
    }

    /// Whether the session is over, and why.
    pub(super) fn ended(&self) -> Option<&EndReason> {
        self.ended.as_ref()
    }

    /// Asks how the session is. Returns `None` when the actor is to end.
    pub(super) async fn check(&mut self) -> Option<Check> {
        let (api, id) = (Arc::clone(&self.api), self.id.clone());
        Some(match self.ask(Operation::GetSession, || api.get_session(&id)).await? {
            Ok(info) => {
                self.note(&info);
                EndReason::of(&info).map_or(Check::Alive(info.status), Check::Over)
            }
            Err(error) if error.kind == ApiErrorKind::NotFound => Check::Over(EndReason::Gone),
            Err(_) => Check::Unknown,
        })
    }

    /// Answers those who asked how the session is.
    pub(super) async fn tell_status(&mut self) {
        if self.wishes.status.is_empty() {
            return;
        }
        let (api, id) = (Arc::clone(&self.api), self.id.clone());
        let Some(answer) = self.ask(Operation::GetSession, || api.get_session(&id)).await else { return };
        match &answer {
            Ok(info) => {
                self.note(info);
                let starting = self.view.borrow().phase == Phase::Starting;
                if let Some(reason) = EndReason::of(info).filter(|_| !starting) {
                    self.mark_ended(reason);
                }
            }
            Err(error) if error.kind == ApiErrorKind::NotFound && self.view.borrow().phase == Phase::Ready => {
                self.mark_ended(EndReason::Gone);
            }
            Err(_) => {}
        }
        for reply in self.wishes.status.drain(..) {
            reply.send(answer.clone()).ok();
        }
    }

    /// Stops the session for those who asked. Afterwards it is over, unless it could not be stopped.
    pub(super) async fn stop_as_asked(&mut self) {
        let before = self.view.borrow().phase.clone();
        let answer = match &self.ended {
            // One that could not be attached to is there all the same.
            Some(reason)
                if !reason.may_be_alive()
                    && (self.owned || !matches!(reason, EndReason::Refused(_) | EndReason::SparkConnect)) =>
            {
                Ok(self.view.borrow().info.clone())
            }
            _ => {
                self.update(|view| view.phase = Phase::Stopping);
                self.stop_remote().await
            }
        };
        match &answer {
            Ok(_) => {
                if self.ended.as_ref().is_some_and(EndReason::may_be_alive) {
                    self.ended = None;
                }
                self.mark_ended(EndReason::Stopped);
            }
            Err(error) => {
                let trouble = Some(error.clone());
                self.update(|view| {
                    view.phase = before;
                    view.trouble = trouble;
                });
            }
        }
        for reply in self.wishes.stop.drain(..) {
            reply.send(answer.clone()).ok();
        }
    }
}
