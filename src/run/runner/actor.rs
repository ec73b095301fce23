//! The task behind a [`Runner`](super::Runner).
//!
//! It is written as ordinary sequential code: take a cell, do what it does, wait for its end. Whatever it waits for, it
//! waits in [`Actor::wait`], which takes orders in the meantime: they change the queue at once, or reach the cell that
//! runs through its session.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Instant, SystemTime};

use serde_json::Value as Json;
use tokio::sync::{OwnedMutexGuard, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::aws::{Access, Identity};
use crate::local::setup::Canceller;
use crate::model::create::CreateSession;
use crate::model::state::KernelState;
use crate::run::engine::{Interpreters, Machine};
use crate::run::event::{CellKey, CellReport, CellState, Event, RanCell, SessionReport, Sink, Spent};
use crate::run::ledger::Ledger;
use crate::run::nbformat;
use crate::run::receipt::Usage;
use crate::session::{EndReason, Output, Part, RunId, StreamName};
use crate::syntax::Cell;

use super::idle::Idle;
use super::inherit::Inherited;
use super::live::Live;
use super::printed::{Printed, Showing};
use super::{Closed, Job, Options, Order, Preferences, Shared, Which, lock};

/// How a cell ended, and why where it did not end well.
pub(super) struct Verdict {
    pub(super) state: CellState,
    pub(super) message: Option<String>,
    /// Whether a new session would have Spark, which the cell has missed.
    pub(super) lacks_spark: bool,
}

impl Verdict {
    fn of(state: CellState, message: Option<String>) -> Verdict {
        Verdict { state, message, lacks_spark: false }
    }

    pub(super) fn ok() -> Verdict {
        Verdict::of(CellState::Ok, None)
    }

    pub(super) fn error(message: impl Into<String>) -> Verdict {
        Verdict::of(CellState::Error, Some(message.into()))
    }

    pub(super) fn cancelled(message: impl Into<String>) -> Verdict {
        Verdict::of(CellState::Cancelled, Some(message.into()))
    }
}

/// The cell that is being run.
pub(super) struct Current {
    serial: u64,
    batch: super::BatchId,
    pub(super) key: Option<CellKey>,
    /// Whether what waits is cancelled when it does not end well.
    stop_on_error: bool,
    /// Whether somebody wants it to end.
    pub(super) cancelled: bool,
    /// Its run, once the session has it.
    pub(super) run: Option<RunId>,
    /// Ends what is done before its session can be created.
    pub(super) preparing: Option<Canceller>,
    began: (SystemTime, Instant),
    /// When its code was sent to the session.
    sent: Option<Instant>,
    /// What it showed before its code was sent.
    shown: Mutex<Vec<Json>>,
    /// Whether a new session would have Spark, which it has missed.
    lacks_spark: bool,
    /// What was told of it last.
    told: Option<(CellState, Option<f64>, Option<String>)>,
}

impl Current {
    fn cancel(&mut self) {
        self.cancelled = true;
        if let Some(preparing) = self.preparing.take() {
            preparing.cancel();
        }
    }

    /// Cancels it because its session is to end. What is asked for from now on is asked for in the knowledge of this.
    fn give_up(&mut self) {
        self.cancel();
        self.stop_on_error = false;
    }
}

pub(super) struct Actor {
    pub(super) shared: Shared,
    pub(super) options: Options,
    pub(super) machine: Machine,
    sink: Sink,
    orders: mpsc::UnboundedReceiver<Order>,
    pub(super) ledger: Arc<Mutex<Ledger>>,
    pub(super) report: Arc<Mutex<SessionReport>>,
    /// As whom and where the next session is made, for others to see.
    told_identity: Arc<Mutex<Identity>>,
    pub(super) queue: VecDeque<Job>,
    pub(super) current: Option<Current>,
    pub(super) state: KernelState,
    pub(super) access: Access,
    pub(super) session: Option<Live>,
    /// A session that an earlier process has left to the document, before it is wanted.
    pub(super) inherited: Option<Inherited>,
    /// Whether cells have made settings since a session was taken over.
    pub(super) set_since: bool,
    /// Why the session ended that the document had before, until the user is told.
    pub(super) lost: Option<EndReason>,
    /// Whether the next cell that is done tells which others were run in that session.
    pub(super) offers_replay: bool,
    /// The sessions that the document asks for as it is written.
    pub(super) says: Vec<Arc<CreateSession>>,
    /// Whether the document needs Spark, as it is written.
    pub(super) needs_spark: bool,
    /// With which interpreter the next session on this machine starts, as far as it is known.
    pub(super) interpreter: Option<Interpreters>,
    /// Why the runtime could not be made, as the user was told last.
    pub(super) no_runtime: Option<String>,
    /// For how long nothing has run in the session.
    pub(super) idle: Idle,
    /// Lives for as long as a statement is followed that was running when the document came to its session.
    pub(super) following: Weak<()>,
    /// When the service was asked last for what a session has used.
    pub(super) counted: Option<Instant>,
    /// They write down the ends of earlier sessions.
    pub(super) watchers: Vec<JoinHandle<()>>,
    /// The cells behind the session's statements, by their numbers.
    pub(super) sent: HashMap<i64, (CellKey, Arc<Cell>)>,
    closing: Vec<oneshot::Sender<Closed>>,
    leaving: Vec<oneshot::Sender<Vec<String>>>,
    /// The sessions that are left alive for somebody else to look after.
    pub(super) left: Vec<String>,
    /// Whether nobody can order anything any more.
    deserted: bool,
}

impl Actor {
    pub(super) fn new(
        shared: Shared,
        options: Options,
        sink: Sink,
        orders: mpsc::UnboundedReceiver<Order>,
        ledger: Arc<Mutex<Ledger>>,
        report: Arc<Mutex<SessionReport>>,
    ) -> Actor {
        let machine = Machine::new(&options.engine, Arc::clone(&shared.aws), shared.spares.clone());
        #[cfg(test)]
        let machine = machine.behind(shared.scripted.clone());
        Actor {
            machine,
            state: KernelState::new(Arc::clone(&options.environment), options.kernel),
            shared,
            options,
            sink,
            orders,
            ledger,
            report,
            told_identity: Arc::default(),
            queue: VecDeque::new(),
            current: None,
            access: Access::Own,
            session: None,
            inherited: None,
            set_since: false,
            lost: None,
            offers_replay: false,
            says: Vec::new(),
            needs_spark: false,
            interpreter: None,
            no_runtime: None,
            idle: Idle::default(),
            following: Weak::new(),
            counted: None,
            watchers: Vec::new(),
            sent: HashMap::new(),
            closing: Vec::new(),
            leaving: Vec::new(),
            left: Vec::new(),
            deserted: false,
        }
    }

    /// Lets others see as whom and where the next session is made, after each cell.
    pub(super) fn telling(mut self, identity: Arc<Mutex<Identity>>) -> Actor {
        self.told_identity = identity;
        self
    }

    /// Does all that is ordered, until the end. The turn is the first one's, and ends when it is known which session
    /// the document has.
    pub(super) async fn live(mut self, first: Option<OwnedMutexGuard<()>>) {
        self.take_over().await;
        drop(first);
        while !self.is_closing() {
            match self.queue.pop_front() {
                Some(job) => self.run(job).await,
                None => {
                    let due = self.idle.due(self.idle_limits());
                    tokio::select! {
                        biased;
                        order = self.orders.recv() => match order {
                            Some(order) => self.take(order),
                            None => self.deserted = true,
                        },
                        due = due => self.idle_is_due(due),
                    }
                }
            }
        }
        self.cancel_waiting(&Which::All, "glue-ls ends");
        let alive = self.leave_session().await;
        self.machine.shutdown().await;
        let closed = Closed { report: lock(&self.report).clone(), alive };
        for answer in self.closing.drain(..) {
            answer.send(closed.clone()).ok();
        }
        for answer in self.leaving.drain(..) {
            answer.send(self.left.clone()).ok();
        }
    }

    fn is_closing(&self) -> bool {
        self.deserted || !self.closing.is_empty() || !self.leaving.is_empty()
    }

    /// Returns whether somebody has asked for the end, and for that of the session.
    pub(super) fn is_closed(&self) -> bool {
        !self.closing.is_empty()
    }

    async fn run(&mut self, job: Job) {
        let Job { serial, batch, cell, attach, stop_on_error } = job;
        let key = cell.as_ref().map(|cell| cell.key.clone());
        let began = (SystemTime::now(), Instant::now());
        self.current = Some(Current {
            serial,
            batch,
            key,
            stop_on_error,
            cancelled: false,
            run: None,
            preparing: None,
            began,
            sent: None,
            shown: Mutex::default(),
            lacks_spark: false,
            told: None,
        });
        self.notice_loss();
        let needs_session = cell.as_ref().is_none_or(|cell| cell.model.effects.has_statement);
        let waits = needs_session && self.session.is_none();
        self.tell_cell(if waits { CellState::StartingSession } else { CellState::Running }, None, None);
        let verdict = match (&cell, &attach) {
            (Some(cell), _) => {
                self.output(Vec::new(), true);
                self.perform(cell).await
            }
            (None, Some(id)) => self.attach_as_asked(id).await,
            (None, None) => self.start_session().await,
        };
        if let Some(cell) = cell.filter(|cell| verdict.state == CellState::Ok && !cell.part)
            && self.current.as_ref().is_some_and(|current| current.sent.is_some())
        {
            lock(&self.ledger).ran(RanCell { cell: cell.key, text: cell.model.cell.text.clone() });
        }
        self.notice_loss();
        self.idle.restart();
        self.notice_drift();
        self.finish(verdict);
        self.count();
    }

    /// Takes note that the cell's code is with the session.
    pub(super) fn note_sent(&mut self) {
        if let Some(current) = &mut self.current {
            current.sent = Some(Instant::now());
        }
    }

    /// Returns what the cell that is being run has used; `None` where that costs nothing.
    fn spent(&self) -> Option<Spent> {
        let tariff = lock(&self.report).meter?.tariff;
        let time = self.current.as_ref()?.sent?.elapsed();
        // Asking the service before and after each cell would cost more than it tells.
        let usage = Usage::of(None, None, time, tariff.size().dpu);
        (!tariff.is_free()).then(|| Spent { usage, usd: tariff.of_dpu_seconds(usage.dpu_seconds).usd })
    }

    fn finish(&mut self, verdict: Verdict) {
        let Verdict { state, message, lacks_spark } = verdict;
        let stop_on_error = self.current.as_ref().is_some_and(|current| current.stop_on_error);
        if let Some(current) = &mut self.current {
            current.lacks_spark = lacks_spark;
            lock(&self.ledger).done(current.serial);
        }
        *lock(&self.told_identity) = self.identity();
        self.tell_cell(state, None, message);
        self.current = None;
        if state != CellState::Ok && stop_on_error {
            self.cancel_waiting(&Which::All, "not run, because an earlier cell did not end well");
        }
    }

    /// Waits for something, and takes orders in the meantime.
    pub(super) async fn wait<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        loop {
            if self.deserted {
                return future.await;
            }
            tokio::select! {
                biased;
                order = self.orders.recv() => match order {
                    Some(order) => self.take(order),
                    None => {
                        self.deserted = true;
                        self.cancel_current();
                    }
                },
                value = &mut future => return value,
            }
        }
    }

    fn take(&mut self, order: Order) {
        match order {
            Order::Run(jobs) => {
                for job in jobs {
                    let key = job.cell.as_ref().map(|cell| cell.key.clone());
                    self.tell(Event::Cell(CellReport::waiting(key, job.batch, CellState::Queued)));
                    self.queue.push_back(job);
                }
            }
            Order::Configure(preferences) => {
                let Preferences { fallback, idle_timeout, tags, idle_reminder, rates, allowed, engine } = *preferences;
                self.options.fallback = fallback;
                self.options.idle_timeout = idle_timeout;
                self.options.tags = tags;
                self.options.idle_reminder = idle_reminder;
                self.options.rates = rates;
                self.options.allowed = allowed;
                self.machine.prefer(&engine);
            }
            Order::Cancel(which) => {
                self.cancel_waiting(&which, "cancelled");
                let hit = self.current.as_ref().is_some_and(|current| match &which {
                    Which::All => true,
                    Which::Batch(batch) => current.batch == *batch,
                    Which::Cell(key) => current.key.as_ref() == Some(key),
                });
                if hit {
                    self.cancel_current();
                    // What is asked for from now on is asked for in the knowledge of this.
                    let stops = self
                        .current
                        .as_mut()
                        .is_some_and(|current| std::mem::replace(&mut current.stop_on_error, false));
                    if let Some(batch) = self.current.as_ref().map(|current| current.batch).filter(|_| stops) {
                        self.cancel_waiting(&Which::Batch(batch), "not run, because an earlier cell was cancelled");
                    }
                }
            }
            Order::Says(sessions) => {
                self.says = sessions;
                self.notice_drift();
            }
            Order::NeedsSpark(needs) => self.needs_spark = needs,
            Order::KeepSpare => self.keep_spare(),
            Order::Ran(cells) => {
                let mut ledger = lock(&self.ledger);
                cells.into_iter().for_each(|cell| ledger.ran(cell));
            }
            Order::List(answer) => self.list_sessions(answer),
            Order::Foresee(foreseen) => {
                let breaches = self.foresee(&foreseen);
                foreseen.answer.send(breaches).ok();
            }
            Order::Stop(answer) => {
                self.cancel_waiting(&Which::All, "cancelled, because the session is stopped");
                match &self.session {
                    None if self.inherited.is_some() => self.stop_inherited(answer),
                    None => {
                        // The session that is about to be made is meant.
                        if let Some(current) = self.current.as_mut().filter(|current| current.preparing.is_some()) {
                            current.give_up();
                        }
                        drop(answer.send(Ok(lock(&self.report).clone())));
                    }
                    Some(live) => {
                        if let Some(current) = &mut self.current {
                            current.give_up();
                        }
                        live.stop(answer, Arc::clone(&self.ledger));
                    }
                }
            }
            Order::Status(answer) => match &self.session {
                None if self.inherited.is_some() => self.ask_inherited(answer),
                None => drop(answer.send(lock(&self.report).clone())),
                Some(live) => live.ask(answer),
            },
            Order::Pages(answer) => {
                // Without a session there is no answer.
                if let Some(live) = &self.session {
                    live.find_pages(answer);
                }
            }
            Order::Close(answer) => {
                self.closing.push(answer);
                self.cancel_waiting(&Which::All, "cancelled, because glue-ls ends");
                self.cancel_current();
                self.hurry_stop();
            }
            Order::Leave(answer) => {
                self.leaving.push(answer);
                self.cancel_waiting(&Which::All, "cancelled, because glue-ls ends");
                if !self.let_go() {
                    self.cancel_current();
                    self.hurry_stop();
                }
            }
        }
    }

    fn cancel_current(&mut self) {
        let Some(current) = &mut self.current else { return };
        current.cancel();
        if let (Some(run), Some(live)) = (current.run, &self.session) {
            live.handle.cancel(run);
        }
    }

    /// Cancels what waits.
    fn cancel_waiting(&mut self, which: &Which, why: &str) {
        let hit = |job: &Job| match which {
            Which::All => true,
            Which::Batch(batch) => job.batch == *batch,
            Which::Cell(key) => job.cell.as_ref().is_some_and(|cell| cell.key == *key),
        };
        let (cancelled, kept) = self.queue.drain(..).partition::<VecDeque<Job>, _>(hit);
        self.queue = kept;
        for job in cancelled {
            lock(&self.ledger).done(job.serial);
            let report = CellReport::waiting(job.cell.map(|cell| cell.key), job.batch, CellState::Cancelled);
            self.tell(Event::Cell(CellReport { message: Some(why.to_owned()), ..report }));
        }
    }

    /// Returns where events go.
    pub(super) fn sink(&self) -> Sink {
        Arc::clone(&self.sink)
    }

    pub(super) fn tell(&self, event: Event) {
        (self.sink)(event);
    }

    /// Tells where the cell stands that is being run.
    pub(super) fn tell_cell(&mut self, state: CellState, progress: Option<f64>, message: Option<String>) {
        let spent = if state.is_final() { self.spent() } else { None };
        let replay = self.replay(state);
        let Some(current) = &mut self.current else { return };
        // The service does not say what it counts up to: only what can be a part of one is taken for it.
        let progress = progress.filter(|progress| (0.0..=1.0).contains(progress));
        let told = (state, progress, message);
        if current.told.as_ref() == Some(&told) {
            return;
        }
        current.told = Some(told.clone());
        let report = CellReport {
            cell: current.key.clone(),
            batch: current.batch,
            state,
            started_at: Some(current.began.0),
            elapsed: current.began.1.elapsed(),
            progress,
            message: told.2,
            replay,
            lacks_spark: current.lacks_spark,
            spent,
        };
        self.tell(Event::Cell(report));
    }

    /// Returns which cells were run in a session that is gone, for a cell that may have missed them: the first one after
    /// the loss, and those that fail as long as they are missing. The cell itself is the last.
    fn replay(&mut self, state: CellState) -> Vec<RanCell> {
        let first = state.is_final() && std::mem::take(&mut self.offers_replay);
        let missing = if first || state == CellState::Error { lock(&self.ledger).missing.clone() } else { Vec::new() };
        let own = self.current.as_ref().and_then(|current| current.key.as_ref());
        missing.into_iter().filter(|cell| Some(&cell.cell) != own).collect()
    }

    /// Shows outputs of the notebook format in the cell that is being run.
    pub(super) fn output(&self, outputs: Vec<Json>, replace: bool) {
        if let Some(current) = self.current.as_ref().filter(|current| current.sent.is_none()) {
            let mut shown = lock(&current.shown);
            if replace {
                shown.clear();
            }
            shown.extend_from_slice(&outputs);
        }
        self.display(Showing { outputs, replace, rest: None });
    }

    /// Shows what the code of the cell prints and returns.
    pub(super) fn display(&self, showing: Showing) {
        let Some(Current { key: Some(cell), batch, .. }) = &self.current else { return };
        let Showing { outputs, replace, rest } = showing;
        self.tell(Event::Output { cell: cell.clone(), batch: *batch, outputs, replace, rest });
    }

    /// Returns the place for what the code of the cell prints, which is about to be sent.
    pub(super) fn printing(&self) -> Printed {
        let shown = self.current.as_ref().map(|current| lock(&current.shown).clone());
        Printed::after(shown.unwrap_or_default())
    }

    /// Shows a session's outputs in the cell that is being run.
    pub(super) fn show(&self, outputs: &[Output]) {
        self.output(nbformat::objects(outputs, &limit()), false);
        self.tell_elsewhere(outputs);
    }

    /// Tells what of the outputs of the cell that is being run is in S3.
    pub(super) fn tell_elsewhere(&self, outputs: &[Output]) {
        let parts = references(outputs);
        if let Some(Current { key: Some(cell), .. }) = self.current.as_ref().filter(|_| !parts.is_empty()) {
            self.tell(Event::Elsewhere { cell: cell.clone(), parts });
        }
    }

    /// Shows text of glue-ls's own in the cell that is being run.
    pub(super) fn say(&self, name: StreamName, text: &str) {
        self.show(&[Output::Stream { name, text: format!("{}\n", text.trim_end()) }]);
    }

    /// Shows that the cell was not run, and why.
    pub(super) fn refuse(&self, name: &str, why: &str) -> Verdict {
        self.show(&[Output::Error {
            ename: name.to_owned(),
            evalue: why.to_owned(),
            traceback: vec![format!("{name}: {why}")],
        }]);
        Verdict::error(why)
    }
}

/// The most parts of one answer in S3 that are remembered: the service names three.
const MOST_ELSEWHERE: usize = 8;

/// Returns what of an answer is in S3, and where.
pub(super) fn references(outputs: &[Output]) -> Vec<(Part, String)> {
    let reference = |output: &Output| match output {
        Output::Reference { part, uri } => Some((*part, uri.clone())),
        _ => None,
    };
    outputs.iter().filter_map(reference).take(MOST_ELSEWHERE).collect()
}

/// How much of a cell's outputs is shown.
pub(super) fn limit() -> nbformat::Limit {
    // A little more than what a session of this machine keeps: what it has shortened itself, with a note, is not
    // shortened a second time.
    let bytes = nbformat::Limit::DEFAULT_BYTES + 64 * 1024;
    nbformat::Limit { bytes, remedy: "to keep all of it, write it to a file".into() }
}
