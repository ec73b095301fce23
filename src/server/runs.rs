//! Runs asked for by a client: which cells of which document, by which runner.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{Notify, mpsc};

use crate::account::{AwsSource, Source};
use crate::features::{Analysis, Severity};
use crate::model::create::CreateSession;
use crate::model::spark::needs_spark;
use crate::model::{CellModel, Environment, Kernel};
use crate::run::{
    self, Asked, BatchId, CellKey, CellRun, Event, Options, Preferences, Queued, RanCell, Runner, SessionReport,
    Shared, Sink, Stacks, Who, record::Records,
};
use crate::settings::{Engine, Settings};
use crate::syntax::{CellKind, Form};

use super::admission::after_answer;
use super::results::Results;
use super::scripts;

/// A document whose cells can be run, as it was when a request arrived.
pub(super) struct Runnable {
    /// The notebook's or script's URI.
    pub(super) uri: String,
    pub(super) analysis: Arc<Analysis>,
    /// The URIs of the cells, where they are synced.
    pub(super) cell_uris: Option<Vec<String>>,
    pub(super) environment: Arc<Environment>,
}

impl Runnable {
    /// Returns how the client names a cell.
    pub(super) fn key(&self, index: usize) -> CellKey {
        match self.cell_uris.as_ref().and_then(|uris| uris.get(index)) {
            Some(uri) => CellKey::Uri(uri.clone()),
            None => CellKey::Ordinal(index),
        }
    }

    /// Returns the cells.
    pub(super) fn cells(&self) -> &[Arc<CellModel>] {
        &self.analysis.model.cells
    }

    /// Returns whether there is anything to run in a cell.
    pub(super) fn is_code(&self, index: usize) -> bool {
        self.cells()
            .get(index)
            .is_some_and(|cell| cell.cell.kind == CellKind::Code && !cell.cell.text.trim().is_empty())
    }

    /// Returns the sessions that the document asks for as it is written.
    pub(super) fn says(&self) -> Vec<Arc<CreateSession>> {
        self.analysis.model.history.sessions.iter().map(|session| Arc::clone(&session.request)).collect()
    }

    /// Returns whether its cells, as they are written now, need Spark.
    pub(super) fn needs_spark(&self) -> bool {
        needs_spark(self.cells().iter().map(|cell| &*cell.cell))
    }

    /// Returns the cells that are those which were run, in order, each once: a cell of a script may have another place now.
    pub(super) fn find(&self, ran: &[RanCell]) -> Vec<usize> {
        let text = |index: usize| self.cells().get(index).map(|cell| &cell.cell.text);
        let mut found = Vec::new();
        for RanCell { cell, text: ran } in ran {
            let place = match cell {
                CellKey::Uri(uri) => {
                    self.cell_uris.as_ref().and_then(|uris| uris.iter().position(|known| known == uri))
                }
                CellKey::Ordinal(place) if text(*place) == Some(ran) => Some(*place),
                CellKey::Ordinal(place) => {
                    let moved = (0..self.cells().len()).find(|index| text(*index) == Some(ran));
                    // It was edited since.
                    moved.or(Some(*place))
                }
            };
            found.extend(place.filter(|place| self.is_code(*place) && !found.contains(place)));
        }
        found
    }

    /// Returns what of a cell keeps it from being run, for people.
    pub(super) fn problems(&self, index: usize) -> Vec<String> {
        // The policy is asked about the request itself, and not on this machine.
        let errors = self.analysis.problems(index).iter();
        let errors = errors.filter(|problem| problem.severity == Severity::Error && problem.code != "policy");
        errors.map(|problem| problem.message.clone()).collect()
    }

    /// Returns why nothing of the document can be run; `None` if it can.
    pub(super) fn obstacle(&self) -> Option<&'static str> {
        match self.analysis.model.notebook.form {
            Form::Cells | Form::Percent => None,
            Form::Json => Some(
                "a notebook that is open as JSON text has no place for outputs; open it as a script with \
                 `glue-ls.openAsScript`, or run it with `glue-ls run`",
            ),
            Form::Script => Some("the script has no cells; divide it by lines of `# %%`, or run it with `glue-ls run`"),
            Form::Virtual => Some("JupyterLab runs its cells itself"),
        }
    }

    fn run(&self, index: usize) -> Option<CellRun> {
        let model = Arc::clone(self.cells().get(index)?);
        Some(CellRun { key: self.key(index), index, model, problems: self.problems(index), part: false })
    }
}

/// What a runner tells, and of which document.
pub(super) type Told = (String, Event);

/// All runners of a client.
pub(super) struct Runs {
    shared: OnceLock<Shared>,
    runners: Mutex<HashMap<String, Arc<Runner>>>,
    pub(super) results: Mutex<Results>,
    /// The requests whose cells are not all done: their documents and what is left of each.
    pub(super) open: Mutex<HashMap<BatchId, (String, usize)>>,
    told: mpsc::UnboundedSender<Told>,
    /// Told when there is a runner on AWS.
    on_aws: Notify,
}

impl Runs {
    pub(super) fn new(told: mpsc::UnboundedSender<Told>) -> Runs {
        Runs {
            shared: OnceLock::new(),
            runners: Mutex::default(),
            results: Mutex::default(),
            open: Mutex::default(),
            told,
            on_aws: Notify::new(),
        }
    }

    /// Returns where sessions are on record, if anywhere.
    pub(super) fn records(&self) -> Option<Arc<Records>> {
        self.shared().records.clone()
    }

    /// Returns who fetches what is known of accounts, with the clients that runs use. Making it touches nothing.
    pub(super) fn source(&self) -> Arc<dyn Source> {
        Arc::new(AwsSource::new(Arc::clone(&self.shared().aws)))
    }

    pub(super) fn shared(&self) -> &Shared {
        self.shared.get_or_init(Shared::of_user)
    }

    /// Returns the runner of a document, if it has one.
    pub(super) fn existing(&self, uri: &str) -> Option<Arc<Runner>> {
        lock(&self.runners).get(uri).cloned()
    }

    /// Returns the runner of a document. One of another engine gives way: its session is stopped.
    pub(super) fn runner(&self, document: &Runnable, settings: &Settings, root: Option<&Path>) -> Arc<Runner> {
        let engine = engine(&document.uri, settings, root);
        let preferences = Preferences {
            fallback: Who { profile: settings.profile.clone(), region: settings.region.clone() },
            idle_timeout: settings.idle_timeout,
            tags: settings.tags.clone(),
            idle_reminder: settings.idle_reminder,
            rates: settings.rates.clone(),
            allowed: Arc::clone(&settings.policy),
            engine: engine.clone(),
        };
        let mut runners = lock(&self.runners);
        if let Some(runner) = runners.get(&document.uri) {
            let changed = runner.engine().changed(&engine).filter(|_| !runner.is_busy());
            let Some(why) = changed else {
                runner.configure(preferences);
                return Arc::clone(runner);
            };
            let old = Arc::clone(runner);
            if old.has_session() {
                let text = format!(
                    "The session of {} is stopped, because {why}. Its variables are gone; the next cell starts another.",
                    name(&document.uri)
                );
                self.told.send((document.uri.clone(), Event::Notice(text))).ok();
            }
            tokio::spawn(async move { old.close().await });
        }
        if engine == run::Engine::Aws {
            self.on_aws.notify_one();
        }
        let options = Options {
            engine,
            kernel: document.analysis.model.gate.kernel().unwrap_or(Kernel::PySpark),
            environment: Arc::clone(&document.environment),
            document: name(&document.uri),
            forced: Who::default(),
            fallback: preferences.fallback,
            idle_timeout: preferences.idle_timeout,
            tags: preferences.tags,
            idle_reminder: preferences.idle_reminder,
            rates: preferences.rates,
            allowed: preferences.allowed,
            arguments: Vec::new(),
            keep_session: false,
            stacks: Stacks::Folded("show the whole output of the cell to see all"),
            take_over: Some(asked(&document.analysis)),
        };
        let (told, uri) = (self.told.clone(), document.uri.clone());
        let sink: Sink = Arc::new(move |event| drop(told.send((uri.clone(), event))));
        let runner = Arc::new(Runner::start(self.shared().clone(), options, sink));
        runners.insert(document.uri.clone(), Arc::clone(&runner));
        runner
    }

    /// Asks a runner to run cells, in order.
    pub(super) fn run(&self, runner: &Runner, document: &Runnable, cells: &[usize]) -> BatchId {
        let cells: Vec<CellRun> = cells.iter().filter_map(|index| document.run(*index)).collect();
        let texts = cells.iter().map(|cell| (cell.key.clone(), cell.model.cell.text.clone())).collect();
        self.run_these(runner, document, cells, texts)
    }

    /// Asks a runner to run a part of a cell.
    pub(super) fn run_part(&self, runner: &Runner, document: &Runnable, cell: usize, model: CellModel) -> BatchId {
        let texts = document.cells().get(cell).map(|whole| (document.key(cell), whole.cell.text.clone()));
        let model = Arc::new(model);
        let run = CellRun { key: document.key(cell), index: cell, model, problems: Vec::new(), part: true };
        self.run_these(runner, document, vec![run], texts.into_iter().collect())
    }

    fn run_these(
        &self,
        runner: &Runner,
        document: &Runnable,
        cells: Vec<CellRun>,
        texts: Vec<(CellKey, Arc<str>)>,
    ) -> BatchId {
        runner.says(document.says());
        runner.needs_spark(document.needs_spark());
        let queued = runner.run(cells, true);
        let batch = queued.batch;
        lock(&self.open).insert(batch, (document.uri.clone(), texts.len()));
        let mut results = lock(&self.results);
        for (key, text) in texts {
            results.asked(batch, key, text);
        }
        // The client knows the run by its number, so nothing is told of it before.
        after_answer(move || drop(queued));
        batch
    }

    /// Asks a runner to start a session.
    pub(super) fn start_session(&self, runner: &Runner, document: &Runnable) -> BatchId {
        runner.says(document.says());
        runner.needs_spark(document.needs_spark());
        self.without_cell(runner.start_session(), document)
    }

    /// Asks a runner to have Spark started for the first session of its document.
    pub(super) fn keep_spare(&self, runner: &Runner, document: &Runnable) {
        runner.says(document.says());
        runner.needs_spark(document.needs_spark());
        runner.keep_spare();
    }

    /// Asks a runner to attach to a session.
    pub(super) fn attach(&self, runner: &Runner, document: &Runnable, id: String) -> BatchId {
        runner.says(document.says());
        runner.needs_spark(document.needs_spark());
        self.without_cell(runner.attach(id), document)
    }

    fn without_cell(&self, queued: Queued, document: &Runnable) -> BatchId {
        let batch = queued.batch;
        lock(&self.open).insert(batch, (document.uri.clone(), 1));
        after_answer(move || drop(queued));
        batch
    }

    /// Returns the document of a request that is not done.
    pub(super) fn document_of(&self, batch: BatchId) -> Option<String> {
        lock(&self.open).get(&batch).map(|(document, _)| document.clone())
    }

    /// Counts one cell of a request as done; returns whether it was the last.
    pub(super) fn done(&self, batch: BatchId) -> bool {
        let mut open = lock(&self.open);
        let Some((_, left)) = open.get_mut(&batch) else { return false };
        *left = left.saturating_sub(1);
        *left == 0 && open.remove(&batch).is_some()
    }

    /// Waits until there is a runner on AWS.
    pub(super) async fn on_aws(&self) {
        self.on_aws.notified().await;
    }

    /// Returns all runners with their documents.
    pub(super) fn documents(&self) -> Vec<(String, Arc<Runner>)> {
        lock(&self.runners).iter().map(|(uri, runner)| (uri.clone(), Arc::clone(runner))).collect()
    }

    /// Returns all runners.
    pub(super) fn all(&self) -> Vec<Arc<Runner>> {
        lock(&self.runners).values().cloned().collect()
    }

    /// Returns what the runners share, if anything of it was ever needed.
    pub(super) fn shared_if_used(&self) -> Option<Shared> {
        self.shared.get().cloned()
    }
}

/// As whom and where a document asks for sessions: at least as nobody in particular.
fn asked(analysis: &Analysis) -> Vec<Asked> {
    let mut asked: Vec<Asked> = Vec::new();
    for session in &analysis.model.history.sessions {
        let one = Asked::of(session);
        if !asked.contains(&one) {
            asked.push(one);
        }
    }
    if asked.is_empty() {
        asked.push(Asked::default());
    }
    asked
}

/// Returns the report of a document that was never run.
pub(super) fn no_session(settings: &Settings) -> SessionReport {
    SessionReport::none(match settings.engine {
        Engine::Aws => run::EngineName::Aws,
        Engine::Local => run::EngineName::Local,
    })
}

/// The name of a document on record, for people: its path, or its URI where it has none. The script of a notebook has the
/// notebook's.
pub(super) fn name(uri: &str) -> String {
    scripts::place(uri).map_or_else(|| uri.to_owned(), |path| path.display().to_string())
}

fn engine(uri: &str, settings: &Settings, root: Option<&Path>) -> run::Engine {
    match settings.engine {
        Engine::Aws => run::Engine::Aws,
        Engine::Local => {
            let engine = run::LocalEngine::of_settings(settings, None, folder_of(uri, root));
            run::Engine::Local(Box::new(engine))
        }
    }
}

/// The folder in which the cells of a document run: its own, else the open one, else the user's.
fn folder_of(uri: &str, root: Option<&Path>) -> PathBuf {
    let own = scripts::place(uri).and_then(|path| path.parent().map(Path::to_owned)).filter(|folder| folder.is_dir());
    own.or_else(|| root.filter(|root| root.is_dir()).map(Path::to_owned))
        .or_else(std::env::home_dir)
        .unwrap_or_else(std::env::temp_dir)
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each holds plain values that are whole at all times.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
