//! The runner of a document: one task that runs its cells, one after another, as the kernel would.
//!
//! Its state is what has been run. It owns the document's session and everything that is done with it; the front
//! ends ask, and listen to [`Event`](super::Event)s.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::aws::{Aws, AwsConfig, Identity};
use crate::local::spare::Spares;
use crate::model::create::CreateSession;
use crate::model::policy::{Breach, Policy as Allowed};
use crate::model::{CellModel, Environment, Kernel};
use crate::session::{Policy, SessionInfo};

use super::engine::Engine;
use super::event::{BatchId, CellKey, EngineName, RanCell, SessionReport, Sink};
use super::ledger::{Ledger, Pending};
use super::observed::{OfKernel, SeenCell};
use super::pages::Pages;
use super::record::Records;

mod actor;
mod attach;
mod cell;
mod drift;
mod failures;
mod follow;
mod identity;
mod idle;
mod inherit;
mod known;
mod live;
mod observed;
mod orders;
mod policy;
mod prepare;
mod printed;
mod questions;
mod telling;
#[cfg(test)]
mod tests;
mod watch;

pub(super) use attach::list;
pub use failures::Stacks;
pub(super) use failures::{message as failure_message, whole as whole_failure};
pub(super) use identity::identity_of;
pub use identity::{Asked, Who};
pub use policy::refusal;

/// What the runners of a process share.
#[derive(Clone)]
pub struct Shared {
    /// The clients of AWS.
    pub aws: Arc<Aws>,
    /// Where sessions that may cost money are on record. Without it none is created on AWS.
    pub records: Option<Arc<Records>>,
    /// How sessions are looked after.
    pub policy: Policy,
    /// Where sessions on this machine may find a worker that is started already.
    pub spares: Spares,
    /// Takes the place of every service.
    #[cfg(test)]
    pub(crate) scripted: Option<Arc<dyn crate::session::DynGlueApi>>,
}

impl Shared {
    /// Returns what the user's own runners share. Nothing is read or connected to yet.
    pub fn of_user() -> Shared {
        Shared {
            aws: Arc::new(Aws::new(AwsConfig::default())),
            records: Records::default_place().map(Arc::new),
            policy: Policy::default(),
            spares: Spares::default(),
            #[cfg(test)]
            scripted: None,
        }
    }
}

/// How the cells of a document are run.
#[derive(Clone)]
pub struct Options {
    /// By whom.
    pub engine: Engine,
    /// Which kernel is followed.
    pub kernel: Kernel,
    /// What the kernel would find outside the document.
    pub environment: Arc<Environment>,
    /// The document, for people: a path or a URI.
    pub document: String,
    /// Profile and region that hold whatever the document says.
    pub forced: Who,
    /// Profile and region where neither the document nor the environment sets any.
    pub fallback: Who,
    /// Minutes of idleness after which a session ends where the document sets none.
    pub idle_timeout: u32,
    /// Tags of every session that is created; those of the document win.
    pub tags: BTreeMap<String, String>,
    /// Arguments of every session that is created, names with their hyphens; they win over those of the document.
    pub arguments: Vec<(String, String)>,
    /// Minutes without a statement after which the user is reminded of a session that costs money; 0 for never.
    pub idle_reminder: u32,
    /// US dollars for a DPU-hour by region, where the user has set them.
    pub rates: BTreeMap<String, f64>,
    /// What sessions on AWS may be: one that breaks it is not created.
    pub allowed: Arc<Allowed>,
    /// Whether the session shall live on when the runner is closed.
    pub keep_session: bool,
    /// How the stacks of exceptions are shown.
    pub stacks: Stacks,
    /// As whom and where the document asks for sessions, if one that an earlier process has left to it is to be taken
    /// over; one for each that it asks for.
    pub take_over: Option<Vec<Asked>>,
}

/// The part of [`Options`] that may change while a runner lives.
#[derive(Clone)]
pub struct Preferences {
    /// Profile and region where neither the document nor the environment sets any.
    pub fallback: Who,
    /// Minutes of idleness after which a session ends where the document sets none.
    pub idle_timeout: u32,
    /// Tags of every session that is created; those of the document win.
    pub tags: BTreeMap<String, String>,
    /// Minutes without a statement after which the user is reminded of a session that costs money; 0 for never.
    pub idle_reminder: u32,
    /// US dollars for a DPU-hour by region, where the user has set them.
    pub rates: BTreeMap<String, f64>,
    /// What sessions on AWS may be: one that breaks it is not created.
    pub allowed: Arc<Allowed>,
    /// By whom; of it only what holds from the next session on, see [`Engine::changed`].
    pub engine: Engine,
}

/// A cell to run, as it is when it is asked for.
#[derive(Clone)]
pub struct CellRun {
    /// How the front end names it.
    pub key: CellKey,
    /// Its position among the document's cells.
    pub index: usize,
    /// What it does.
    pub model: Arc<CellModel>,
    /// What is wrong with it, for people, where it is run all the same.
    pub problems: Vec<String>,
    /// Whether it is only a part of what stands there.
    pub part: bool,
}

/// Sessions of an account in a region.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The region; `None` on this machine.
    pub region: Option<String>,
    /// The sessions, the newest first, also those that have ended. Those that have not have their tags, as far as they could
    /// be had.
    pub sessions: Vec<SessionInfo>,
    /// Whether there are more.
    pub more: bool,
}

/// What to cancel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Everything.
    All,
    /// One request.
    Batch(BatchId),
    /// One cell, however often it waits.
    Cell(CellKey),
}

impl Which {
    fn matches(&self, pending: &Pending) -> bool {
        match self {
            Which::All => true,
            Which::Batch(batch) => pending.batch == *batch,
            Which::Cell(key) => pending.key.as_ref() == Some(key),
        }
    }
}

/// The runner of a document, from the outside. Dropping it ends it; the session is left to its timeouts then, see
/// [`Runner::close`].
pub struct Runner {
    orders: mpsc::UnboundedSender<Order>,
    ledger: Arc<Mutex<Ledger>>,
    report: Arc<Mutex<SessionReport>>,
    identity: Arc<Mutex<Identity>>,
    engine: Engine,
    /// Whether there is a policy that its sessions could break.
    limited: AtomicBool,
    turns: Arc<tokio::sync::Mutex<()>>,
}

enum Order {
    Run(Vec<Job>),
    Configure(Box<Preferences>),
    Cancel(Which),
    Says(Vec<Arc<CreateSession>>),
    NeedsSpark(bool),
    KeepSpare,
    Ran(Vec<RanCell>),
    Observes(Vec<SeenCell>, Option<Box<OfKernel>>),
    List(oneshot::Sender<Result<Listing, String>>),
    Foresee(Foreseen),
    Stop(oneshot::Sender<Result<SessionReport, String>>),
    Status(oneshot::Sender<SessionReport>),
    Pages(oneshot::Sender<Pages>),
    Close(oneshot::Sender<Closed>),
    Leave(oneshot::Sender<Vec<Left>>),
}

/// Cells that may be run, and whether a session is wanted behind them all the same.
struct Foreseen {
    cells: Vec<(usize, Arc<CellModel>)>,
    session: bool,
    /// Whether the session that is there will be gone by then.
    anew: bool,
    answer: oneshot::Sender<Vec<Breach>>,
}

/// One cell in the runner's hands, or the start of a session (`cell` is `None`).
struct Job {
    serial: u64,
    batch: BatchId,
    cell: Option<CellRun>,
    /// The session to attach to, in place of starting one.
    attach: Option<String>,
    stop_on_error: bool,
}

/// Cells that have their place in the queue. Nothing is told of them before they are begun; dropping begins them.
pub struct Queued {
    /// The number of the request.
    pub batch: BatchId,
    jobs: Vec<Job>,
    orders: mpsc::UnboundedSender<Order>,
}

impl Queued {
    /// Lets them be run. Returns the number of the request.
    pub fn begin(self) -> BatchId {
        self.batch
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        self.orders.send(Order::Run(std::mem::take(&mut self.jobs))).ok();
    }
}

fn is_limited(engine: &Engine, allowed: &Allowed) -> bool {
    engine.name() == EngineName::Aws && !allowed.is_empty()
}

/// How a runner has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Closed {
    /// The session it had last.
    pub report: SessionReport,
    /// Why that session may be alive, if it may.
    pub alive: Option<Alive>,
}

/// A session that was left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its id.
    pub id: String,
    /// Whether a statement runs in it, or waits there, as far as is known.
    pub at_work: bool,
}

/// Why a session may be alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alive {
    /// Whether it was left alive on purpose.
    pub kept: bool,
    /// Why, for people.
    pub why: String,
}

impl Runner {
    /// Starts a runner on the current tokio runtime. It asks nobody before it is told to run something; a session that
    /// was left to the document is its own from the first [`Runner::turn`] on.
    pub fn start(shared: Shared, options: Options, sink: Sink) -> Runner {
        let (orders, receiver) = mpsc::unbounded_channel();
        let ledger = Arc::new(Mutex::new(Ledger::default()));
        let report = Arc::new(Mutex::new(SessionReport::none(options.engine.name())));
        let identity = Arc::default();
        let engine = options.engine.clone();
        let limited = AtomicBool::new(is_limited(&engine, &options.allowed));
        let turns = Arc::<tokio::sync::Mutex<()>>::default();
        // On this machine there is nothing to wait for.
        let looks = options.take_over.is_some() && engine.name() == EngineName::Aws;
        let first = Arc::clone(&turns).try_lock_owned().ok().filter(|_| looks);
        let actor = actor::Actor::new(shared, options, sink, receiver, Arc::clone(&ledger), Arc::clone(&report));
        tokio::spawn(actor.telling(Arc::clone(&identity)).live(first));
        Runner { orders, ledger, report, identity, engine, limited, turns }
    }

    /// Waits for those who came before to have queued what they wanted. Who looks ahead before queueing keeps the turn until
    /// it is done, so that requests keep their order.
    pub async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turns.lock().await
    }

    /// Returns who runs the cells.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Takes over what the user has set since; it holds from the next session on.
    pub fn configure(&self, preferences: Preferences) {
        self.limited.store(is_limited(&self.engine, &preferences.allowed), Ordering::Relaxed);
        self.orders.send(Order::Configure(Box::new(preferences))).ok();
    }

    /// Returns which cells with settings would be passed over if the cells at `wanted` were run now; `None` stands
    /// for the start of a session. Positions in `cells`, which are all cells of the document.
    pub fn unapplied(&self, cells: &[Arc<CellModel>], wanted: Option<&[usize]>) -> Vec<usize> {
        self.ledger().unapplied(cells, wanted)
    }

    /// Returns which cells with settings have not been run as they are now, whether or not there is a session.
    pub fn not_run(&self, cells: &[Arc<CellModel>]) -> Vec<usize> {
        self.ledger().not_run(cells, None)
    }

    /// Returns the cells whose code has run to its end in the session, each once, in order; where none has, those of the
    /// session before it.
    pub fn to_replay(&self) -> Vec<RanCell> {
        self.ledger().to_replay()
    }

    /// Takes note of cells that were run in the session before the document came to it.
    pub fn have_run(&self, cells: Vec<RanCell>) {
        self.orders.send(Order::Ran(cells)).ok();
    }

    /// Takes note of cells that another kernel has run, which count as run, and of the session that it has: the document's
    /// cells run in that where it has none of its own.
    pub fn observes(&self, cells: Vec<SeenCell>, session: Option<OfKernel>) {
        {
            // Who asks next what was run must find it.
            let mut ledger = self.ledger();
            cells.iter().for_each(|cell| ledger.applied(cell.model.cell.text.clone()));
            ledger.observed = session.is_some();
        }
        self.orders.send(Order::Observes(cells, session.map(Box::new))).ok();
    }

    /// Takes note of the sessions that the document asks for as it is written now, run or not.
    pub fn says(&self, sessions: Vec<Arc<CreateSession>>) {
        self.orders.send(Order::Says(sessions)).ok();
    }

    /// Takes note of whether the document needs Spark, as it is written now. It holds from the next session on.
    pub fn needs_spark(&self, needs: bool) {
        self.orders.send(Order::NeedsSpark(needs)).ok();
    }

    /// Has a worker with Spark started on this machine for the session that the document asks for first, unless it has one.
    pub fn keep_spare(&self) {
        self.orders.send(Order::KeepSpare).ok();
    }

    /// Returns the sessions of the account and region in which the document's would be created, with tags.
    ///
    /// # Errors
    ///
    /// Why they cannot be listed, for people.
    pub async fn list(&self) -> Result<Listing, String> {
        let (answer, listing) = oneshot::channel();
        self.orders.send(Order::List(answer)).ok();
        listing.await.unwrap_or_else(|_| Err("glue-ls ends".to_owned()))
    }

    /// Returns what of the sessions that would be created breaks the policy, if the cells were run behind all that waits,
    /// each with its position in the document, and, with `session`, a session were started behind them. With `anew`, the
    /// one that is there will be gone by then. Nothing is sent.
    pub async fn foresee(&self, cells: Vec<(usize, Arc<CellModel>)>, session: bool, anew: bool) -> Vec<Breach> {
        if !self.limited.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let (answer, breaches) = oneshot::channel();
        self.orders.send(Order::Foresee(Foreseen { cells, session, anew, answer })).ok();
        // Without the task nothing is created either.
        breaches.await.unwrap_or_default()
    }

    /// Queues cells, in order, to be run from [`Queued::begin`] on. With `stop_on_error` what waits is cancelled when one
    /// of them does not end well.
    pub fn run(&self, cells: Vec<CellRun>, stop_on_error: bool) -> Queued {
        let batch = fresh_batch();
        let job = |cell| Job { serial: fresh(), batch, cell: Some(cell), attach: None, stop_on_error };
        let jobs = cells.into_iter().map(job);
        self.queue(batch, jobs.collect())
    }

    /// Queues the start of a session, if there is none, with the settings of the cells that have been run by then.
    pub fn start_session(&self) -> Queued {
        let batch = fresh_batch();
        self.queue(batch, vec![Job { serial: fresh(), batch, cell: None, attach: None, stop_on_error: true }])
    }

    /// Queues attaching to a session that exists.
    pub fn attach(&self, id: String) -> Queued {
        let batch = fresh_batch();
        self.queue(batch, vec![Job { serial: fresh(), batch, cell: None, attach: Some(id), stop_on_error: true }])
    }

    fn queue(&self, batch: BatchId, jobs: Vec<Job>) -> Queued {
        let pending = jobs.iter().map(|job| {
            let cell = job.cell.as_ref();
            Pending::new(job.serial, batch, cell.map(|cell| cell.key.clone()), cell.map(|cell| &*cell.model))
        });
        self.ledger().pending.extend(pending);
        Queued { batch, jobs, orders: self.orders.clone() }
    }

    /// Cancels cells, also those whose statements were running when the document came to its session; returns how many.
    pub fn cancel(&self, which: Which) -> usize {
        let (pending, followed) = {
            let mut ledger = self.ledger();
            let pending = ledger.pending.iter().filter(|pending| which.matches(pending)).count();
            (pending, ledger.followed.cancel(&which))
        };
        self.orders.send(Order::Cancel(which)).ok();
        pending + followed
    }

    /// Takes note of which cells of the document show statements that are followed: they are cancelled by these names.
    pub fn shown_by(&self, statements: Vec<(i64, CellKey)>) {
        self.ledger().followed.shown_by(statements);
    }

    /// Returns whether cells wait or are being run.
    pub fn is_busy(&self) -> bool {
        !self.ledger().pending.is_empty()
    }

    /// Returns whether there is a session that is thought to be alive.
    pub fn has_session(&self) -> bool {
        self.ledger().session.is_some()
    }

    /// Stops the session, with everything that runs or waits, and waits for that.
    ///
    /// # Errors
    ///
    /// Why it could not be stopped, for people; it may be alive then.
    pub async fn stop_session(&self) -> Result<SessionReport, String> {
        let (answer, stopped) = oneshot::channel();
        self.orders.send(Order::Stop(answer)).ok();
        stopped.await.unwrap_or_else(|_| Ok(self.report()))
    }

    /// Asks the service how the session is.
    pub async fn status(&self) -> SessionReport {
        let (answer, status) = oneshot::channel();
        self.orders.send(Order::Status(answer)).ok();
        status.await.unwrap_or_else(|_| self.report())
    }

    /// Asks the service how the session is, if there is one that is thought to be alive and nothing runs in it: what runs is
    /// followed anyway.
    pub async fn look(&self) {
        let there = self.engine.name() == EngineName::Aws && self.has_session();
        if there && !self.is_busy() {
            self.status().await;
        }
    }

    /// Asks the service where there is more to see of the session; `None` where there is none.
    pub async fn pages(&self) -> Option<Pages> {
        let (answer, pages) = oneshot::channel();
        self.orders.send(Order::Pages(answer)).ok();
        pages.await.ok()
    }

    /// Returns what is known of the session, without asking.
    pub fn report(&self) -> SessionReport {
        lock(&self.report).clone()
    }

    /// Returns as whom and where the cells that have been run would have a session made.
    pub fn identity(&self) -> Identity {
        lock(&self.identity).clone()
    }

    /// Ends the runner: cancels what runs, and stops the session if it was created here and shall not be kept.
    pub async fn close(&self) -> Closed {
        let (answer, closed) = oneshot::channel();
        self.orders.send(Order::Close(answer)).ok();
        closed.await.unwrap_or_else(|_| Closed { report: self.report(), alive: None })
    }

    /// Ends the runner, and leaves a session that was created here, runs statements and can be found again as it is,
    /// also what runs in it. Any other is stopped, as by [`Runner::close`]. Returns those that were left: somebody
    /// has to look after them from now on.
    pub async fn leave(&self) -> Vec<Left> {
        let (answer, left) = oneshot::channel();
        self.orders.send(Order::Leave(answer)).ok();
        left.await.unwrap_or_default()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in it is a plain value, whole at all times.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fresh() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

fn fresh_batch() -> BatchId {
    static LAST: AtomicU64 = AtomicU64::new(0);
    BatchId(LAST.fetch_add(1, Ordering::Relaxed) + 1)
}
