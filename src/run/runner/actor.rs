//! The task behind a [`Runner`](super::Runner).
//!
//! It is written as ordinary sequential code: take a cell, do what it does, wait for its end. Whatever it waits for, it
//! waits in [`Actor::wait`], which takes orders in the meantime: they change the queue at once, or reach the cell that
//! runs through its session.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};

use serde_json::Value as Json;
use tokio::sync::{OwnedMutexGuard, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::aws::{Access, Identity};
use crate::local::setup::Canceller;
use crate::model::create::CreateSession;
use crate::model::state::KernelState;
use crate::run::engine::{Interpreters, Machine};
use crate::run::event::{CellKey, CellState, RanCell, SessionReport, Sink, Spent};
use crate::run::ledger::Ledger;
use crate::run::observed::OfKernel;
use crate::run::receipt::Usage;
use crate::session::{EndReason, RunId, SessionId};
use crate::syntax::Cell;

use super::idle::Idle;
use super::inherit::Inherited;
use super::live::Live;
use super::{Closed, Job, Left, Options, Order, Shared, Which, lock};

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
    pub(super) serial: u64,
    pub(super) batch: super::BatchId,
    pub(super) key: Option<CellKey>,
    /// Whether what waits is cancelled when it does not end well.
    pub(super) stop_on_error: bool,
    /// Whether somebody wants it to end.
    pub(super) cancelled: bool,
    /// Its run, once the session has it.
    pub(super) run: Option<RunId>,
    /// Ends what is done before its session can be created.
    pub(super) preparing: Option<Canceller>,
    pub(super) began: (SystemTime, Instant),
    /// When its code was sent to the session.
    pub(super) sent: Option<Instant>,
    /// What it showed before its code was sent.
    pub(super) shown: Mutex<Vec<Json>>,
    /// Whether a new session would have Spark, which it has missed.
    pub(super) lacks_spark: bool,
    /// What was told of it last.
    pub(super) told: Option<(CellState, Option<f64>, Option<String>)>,
}

impl Current {
    /// Notes that it is to end, and ends what is done before its session.
    pub(super) fn cancel(&mut self) {
        self.cancelled = true;
        if let Some(preparing) = self.preparing.take() {
            preparing.cancel();
        }
    }

    /// Cancels it because its session is to end. What is asked for from now on is asked for in the knowledge of this.
    pub(super) fn give_up(&mut self) {
        self.cancel();
        self.stop_on_error = false;
    }
}

pub(super) struct Actor {
    pub(super) shared: Shared,
    pub(super) options: Options,
    pub(super) machine: Machine,
    pub(super) sink: Sink,
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
    /// A session that another kernel has for the document, and that no cell here was run in.
    pub(super) observed: Option<OfKernel>,
    /// The session of another kernel that the document has come to.
    pub(super) joined: Option<SessionId>,
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
    /// When the service was asked last for what a session has used.
    pub(super) counted: Option<Instant>,
    /// They write down the ends of earlier sessions.
    pub(super) watchers: Vec<JoinHandle<()>>,
    /// The cells behind the session's statements, by their numbers.
    pub(super) sent: HashMap<i64, (CellKey, Arc<Cell>)>,
    pub(super) closing: Vec<oneshot::Sender<Closed>>,
    pub(super) leaving: Vec<oneshot::Sender<Vec<Left>>>,
    /// The sessions that are left alive for somebody else to look after.
    pub(super) left: Vec<Left>,
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
            observed: None,
            joined: None,
            set_since: false,
            lost: None,
            offers_replay: false,
            says: Vec::new(),
            needs_spark: false,
            interpreter: None,
            no_runtime: None,
            idle: Idle::default(),
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
        self.look_in().await;
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

    /// Whether nothing is begun any more.
    pub(super) fn is_closing(&self) -> bool {
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
    pub(super) fn spent(&self) -> Option<Spent> {
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
}
