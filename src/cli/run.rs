//! `glue-ls run`: runs the cells of a document, in order.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tokio::sync::mpsc;

use crate::features::{Analysis, Severity};
use crate::model::policy::{Breach, Circumstances, breaches};
use crate::model::spark::needs_spark;
use crate::model::{Kernel, NotebookModel};
use crate::run::record::Records;
use crate::run::render::{self, Style};
use crate::run::{
    BatchId, CellKey, CellRun, CellState, Closed, Engine, LocalEngine, Options, Runner, Shared, Stacks, Which, Who,
    refusal,
};
use crate::settings::Settings;
use crate::syntax::{CellKind, Form};

use super::config::{ConfigArguments, Configs};
use super::load::{Document, read};
use super::signals::Signals;
use super::{Exit, output};

mod bill;
mod choice;
mod course;
mod job;
mod journal;
mod lines;
mod parameters;
mod save;
mod screen;

use self::choice::Choice;
use self::course::Course;
use self::parameters::{Parameter, inject};
use self::save::Target;
use self::screen::Screen;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A notebook or script
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Run on this machine, which costs nothing
    #[arg(long)]
    local: bool,
    /// The Python of `--local`: a path, or a name to look up
    #[arg(long, value_name = "PROGRAM", requires = "local")]
    python: Option<PathBuf>,
    /// Write a notebook with the outputs there
    #[arg(long, value_name = "OUT.ipynb", conflicts_with = "in_place")]
    output: Option<PathBuf>,
    /// Write the outputs into the notebook itself
    #[arg(long)]
    in_place: bool,
    /// The AWS profile, whatever the document says
    #[arg(long, conflicts_with = "local")]
    profile: Option<String>,
    /// The AWS region, whatever the document says
    #[arg(long, conflicts_with = "local")]
    region: Option<String>,
    /// Leave the session running at the end, until its idle timeout
    #[arg(long, conflicts_with = "local")]
    keep_session: bool,
    /// Begin in spite of errors that are found beforehand, and go on behind a cell that fails
    #[arg(long)]
    allow_errors: bool,
    /// Show the stacks of exceptions whole, as they are where stdout is no terminal
    #[arg(long)]
    full_errors: bool,
    /// The longest that one cell may take, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Stop when the session has cost about this much, in US dollars
    #[arg(long, value_name = "USD", value_parser = dollars)]
    max_cost: Option<f64>,
    /// Set a variable: a cell that does is put below the one tagged `parameters`
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "in_place")]
    parameters: Vec<Parameter>,
    /// Begin with this cell, counted from 0; cells above it that only make settings are run all the same
    #[arg(long, value_name = "CELL")]
    from: Option<usize>,
    /// End with this cell
    #[arg(long, value_name = "CELL")]
    to: Option<usize>,
    /// Take the document for one of this kernel (`glue_pyspark`, `glue_spark`)
    #[arg(long, value_parser = super::kernel)]
    kernel: Option<Kernel>,
    #[command(flatten)]
    config: ConfigArguments,
    /// Arguments of the job, which it finds in `sys.argv`: `-- --day 2026-01-02 --source s3://lake/raw`. They win over
    /// those that the document sets
    #[arg(last = true, value_name = "ARGUMENTS")]
    job: Vec<String>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "must be more than 0 seconds".to_owned())
}

fn dollars(text: &str) -> Result<f64, String> {
    let amount = text.trim_start_matches('$').parse::<f64>().ok();
    amount.filter(|amount| amount.is_finite() && *amount > 0.0).ok_or_else(|| "must be an amount above 0".to_owned())
}

/// Runs what the arguments name.
pub(super) fn run(arguments: &Arguments) -> Exit {
    match prepare(arguments) {
        Ok(job) => match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
            Ok(runtime) => {
                let exit = runtime.block_on(job.run());
                // What still runs is of no interest any more.
                runtime.shutdown_background();
                exit
            }
            Err(error) => {
                output::message(&format!("cannot start: {error}"));
                Exit::Failed
            }
        },
        Err(message) => {
            output::message(&message);
            Exit::Failed
        }
    }
}

/// All that is known before anything is started.
struct Job<'a> {
    arguments: &'a Arguments,
    document: Document,
    target: Option<Target>,
    cells: Vec<CellRun>,
    options: Options,
}

/// Checks what can be checked before money is spent.
fn prepare(arguments: &Arguments) -> Result<Job<'_>, String> {
    let mut given = job::arguments(&arguments.job)?;
    let mut document = read(&arguments.file)?;
    let configs = Configs::new(&arguments.config)?;
    let settings = configs.settings_for(&arguments.file);
    let target = Target::of(&document, arguments.output.as_deref(), arguments.in_place)?;
    let mut choice = Choice::new(&document, arguments.from, arguments.to)?;
    let mut environment = crate::host::environment();
    environment.profiles_complete = !arguments.local && arguments.profile.is_none() && crate::host::has_config();
    let environment = Arc::new(environment);
    let kernel = arguments.kernel.or_else(|| job::is_one(&document).then_some(Kernel::PySpark));
    let mut model = NotebookModel::of(document.opened.notebook.clone(), kernel, &environment);
    let name = arguments.file.display();
    let Some(kernel) = model.gate.kernel() else {
        return Err(format!("{name} is not run by a Glue kernel; `--kernel glue_pyspark` runs it all the same"));
    };
    if !arguments.parameters.is_empty() {
        if kernel == Kernel::Spark {
            return Err(format!("{name} is a Scala notebook; parameters are set in Python"));
        }
        let injected = inject(&document, &model.cells, &arguments.parameters)?;
        if !injected.tagged {
            output::message(&format!(
                "no cell of {name} is tagged `parameters`; they are set above the first cell with code"
            ));
        }
        choice.inject(injected.at, injected.replaced);
        document = injected.document;
        model = NotebookModel::of(document.opened.notebook.clone(), Some(kernel), &environment);
    }
    let analysis = Analysis::new(model, configs.rules_for(&arguments.file, &[], &[]));
    let cells = choice.of(cells(&analysis));
    if cells.is_empty() {
        return Err(format!("{name} has no code to run{}", if choice.is_all() { "" } else { " there" }));
    }
    if !arguments.local {
        allowed(&analysis.model, &settings, arguments.region.as_deref())
            .map_err(|why| format!("{name} was not run: {why}"))?;
    }
    if !arguments.allow_errors {
        let found: Vec<String> = cells
            .iter()
            .flat_map(|cell| {
                let number =
                    document.cell_number(cell.index).map_or(String::new(), |number| format!("cell {number}: "));
                cell.problems.iter().map(move |problem| format!("\n  {number}{problem}"))
            })
            .collect();
        if !found.is_empty() {
            return Err(format!(
                "{name} has errors, so nothing was run:{}\n`glue-ls check` tells more; `--allow-errors` runs it all the same",
                found.concat()
            ));
        }
    }
    let folder = arguments.file.canonicalize().ok().and_then(|path| path.parent().map(Path::to_owned));
    let document_name = arguments.file.canonicalize().unwrap_or_else(|_| arguments.file.clone()).display().to_string();
    let engine = if arguments.local {
        let folder = folder.unwrap_or_else(std::env::temp_dir);
        let mut engine = LocalEngine::of_settings(&settings, arguments.python.clone(), folder);
        if document.opened.notebook.form == Form::Script {
            // A job, not a session: it makes its Spark itself.
            job::name(&mut given, &arguments.file);
            engine.spark.warm = false;
            engine.spark.script = Some(document_name.clone());
        }
        Engine::Local(Box::new(engine))
    } else {
        Engine::Aws
    };
    let options = Options {
        engine,
        kernel,
        environment,
        document: document_name,
        forced: Who { profile: arguments.profile.clone(), region: arguments.region.clone() },
        fallback: Who { profile: None, region: settings.region.clone() },
        idle_timeout: settings.idle_timeout,
        tags: settings.tags.clone(),
        arguments: given,
        // Whoever runs a whole document has no session that idles.
        idle_reminder: 0,
        rates: settings.rates.clone(),
        allowed: Arc::clone(&settings.policy),
        take_over: None,
        keep_session: arguments.keep_session,
        stacks: stacks(arguments.full_errors),
    };
    Ok(Job { arguments, document, target, cells, options })
}

/// Returns whether the policy allows all sessions that the document would create.
///
/// # Errors
///
/// What breaks it, for people.
fn allowed(model: &NotebookModel, settings: &Settings, region: Option<&str>) -> Result<(), String> {
    let mut found: Vec<Breach> = Vec::new();
    for session in model.history.sessions.iter().filter(|session| session.needed_by.is_some()) {
        let request = &*session.request;
        let region = region.or(request.region.as_deref()).or(settings.region.as_deref());
        let (idle_timeout, tags) = (settings.idle_timeout, &settings.tags);
        let around = Circumstances { idle_timeout, tags, region, role_may_come: false };
        for breach in breaches(&settings.policy, request, around) {
            if !found.contains(&breach) {
                found.push(breach);
            }
        }
    }
    if found.is_empty() { Ok(()) } else { Err(refusal(&found)) }
}

/// The cells that hold something to run, with what is wrong with each.
fn cells(analysis: &Analysis) -> Vec<CellRun> {
    let cells = analysis.model.cells.iter().enumerate();
    cells
        .filter(|(_, cell)| cell.cell.kind == CellKind::Code && !cell.cell.text.trim().is_empty())
        .map(|(index, model)| {
            // The policy is asked about the request itself, and not on this machine.
            let problems = analysis.problems(index).iter();
            let problems = problems.filter(|problem| problem.severity == Severity::Error && problem.code != "policy");
            let problems = problems.map(|problem| problem.message.clone()).collect();
            CellRun { key: CellKey::Ordinal(index), index, model: Arc::clone(model), problems, part: false }
        })
        .collect()
}

/// How long cells may take to end that were cancelled, before their session is stopped.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a run is being ended before its last cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Interrupted,
    TooSlow,
    TooDear,
}

impl Job<'_> {
    async fn run(self) -> Exit {
        let shared = Shared::of_user();
        if self.options.engine == Engine::Aws {
            mention_survivors(shared.records.clone()).await;
        }
        let (sender, mut events) = mpsc::unbounded_channel();
        let sink = Arc::new(move |event| drop(sender.send(event)));
        let mut signals = match Signals::new() {
            Ok(signals) => signals,
            Err(error) => {
                output::message(&format!("signals cannot be listened to: {error}"));
                return Exit::Failed;
            }
        };
        let runner = Runner::start(shared, self.options.clone(), sink);
        runner.needs_spark(needs_spark(self.cells.iter().map(|cell| &*cell.model.cell)));
        let batch = runner.run(self.cells.clone(), !self.arguments.allow_errors).begin();
        let mut course = Course::new(&self.document, &self.cells, &self.options);
        let mut tick = tokio::time::interval(Duration::from_millis(250));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut stop: Option<(Stop, Instant)> = None;
        // The cell that was cancelled because it took too long, where the others go on.
        let mut given_up: Option<CellKey> = None;
        while course.left > 0 {
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => course.take(event),
                    None => break,
                },
                () = signals.next() => {
                    if matches!(stop, Some((Stop::Interrupted, _))) {
                        return self.leave(&course);
                    }
                    let session = if self.arguments.keep_session { "keeping" } else { "stopping" };
                    course.screen.say(&format!("Interrupted: cancelling, and {session} the session. Once more leaves at once."));
                    stop = Some((Stop::Interrupted, Instant::now()));
                    runner.cancel(Which::All);
                }
                _ = tick.tick() => {
                    course.screen.tick(course.bill.so_far());
                    // A cell that does not heed it ends with the session.
                    if let Some((reason, since)) = stop
                        && since.elapsed() > PATIENCE
                        && (reason == Stop::TooDear || !self.arguments.keep_session)
                    {
                        break;
                    }
                    match self.limits(&course).filter(|_| stop.is_none()) {
                        // Only this cell has taken too long. It may take a while to end, and is told once.
                        Some(Stop::TooSlow) if self.arguments.allow_errors && course.screen.running() == given_up => {}
                        Some(Stop::TooSlow) if self.arguments.allow_errors => {
                            given_up = course.screen.running();
                            self.give_up(Stop::TooSlow, batch, &runner, &course.screen);
                        }
                        Some(reason) => {
                            stop = Some((reason, Instant::now()));
                            self.give_up(reason, batch, &runner, &course.screen);
                        }
                        None => {}
                    }
                }
            }
        }
        let stop = stop.map(|(reason, _)| reason);
        let mut asked = stop == Some(Stop::Interrupted);
        let mut closing = std::pin::pin!(async {
            if stop == Some(Stop::TooDear) {
                // Also one that was to be kept: it would go on to cost. Whether that succeeds is told at the end.
                let _ = runner.stop_session().await;
            }
            runner.close().await
        });
        let closed = loop {
            tokio::select! {
                closed = &mut closing => break closed,
                () = signals.next() => {
                    if std::mem::replace(&mut asked, true) {
                        return self.leave(&course);
                    }
                    // There is nothing left to cancel.
                    let session = if self.arguments.keep_session { "leaving" } else { "stopping" };
                    course.screen.say(&format!("No cell runs any more; {session} the session. Once more leaves at once."));
                }
            }
        };
        // The ends of cells that ended with the session.
        while let Ok(event) = events.try_recv() {
            course.take(event);
        }
        course.screen.clear();
        self.finish(&course, &closed, stop)
    }

    /// Returns which limit the run has passed.
    fn limits(&self, course: &Course<'_>) -> Option<Stop> {
        if self.arguments.max_cost.is_some_and(|limit| course.bill.so_far().is_some_and(|cost| cost.usd > limit)) {
            return Some(Stop::TooDear);
        }
        let too_slow = self.arguments.timeout.is_some_and(|limit| course.screen.running_for() > limit);
        too_slow.then_some(Stop::TooSlow)
    }

    fn give_up(&self, reason: Stop, batch: BatchId, runner: &Runner, screen: &Screen) {
        match reason {
            Stop::TooSlow => {
                let limit = self.arguments.timeout.unwrap_or_default().as_secs_f64();
                screen.say(&format!("The cell has taken longer than {limit} seconds, and is cancelled."));
                match screen.running() {
                    Some(cell) if self.arguments.allow_errors => runner.cancel(Which::Cell(cell)),
                    _ => runner.cancel(Which::Batch(batch)),
                };
            }
            Stop::TooDear => {
                let limit = self.arguments.max_cost.unwrap_or_default();
                screen.say(&format!("The session has cost about ${limit:.2}, the most it may: it is stopped."));
                runner.cancel(Which::All);
            }
            Stop::Interrupted => {}
        }
    }

    /// Leaves at once. What may be alive is on record.
    fn leave(&self, course: &Course<'_>) -> Exit {
        course.screen.clear();
        let id = course.session.as_ref().and_then(|report| report.session_id.as_deref());
        match id.filter(|_| self.options.engine == Engine::Aws) {
            Some(id) => output::message(&format!(
                "left at once; the session {id} may still be alive and cost money: `glue-ls sessions stop {id}` stops it"
            )),
            None => output::message("left at once"),
        }
        Exit::Found
    }

    fn finish(&self, course: &Course<'_>, closed: &Closed, stop: Option<Stop>) -> Exit {
        let saved = self.target.as_ref().map(|target| target.save(&self.document, &course.done));
        output::notice(&course.bill.receipt(closed).text(output::stderr_colours()));
        let failed = course.done.values().any(|done| done.state != Some(CellState::Ok));
        let left_behind = closed.alive.as_ref().is_some_and(|alive| !alive.kept);
        let needed = self.cells.iter().any(|cell| cell.model.effects.has_statement);
        match saved {
            Some(Err(message)) => {
                output::message(&message);
                Exit::Failed
            }
            // There was nothing that any cell could have run in.
            Some(Ok(())) | None if failed && stop.is_none() && needed && !course.was_ready => Exit::Failed,
            // A session that was left behind is no success either.
            Some(Ok(())) | None if failed || stop.is_some() || left_behind => Exit::Found,
            Some(Ok(())) | None => Exit::Ok,
        }
    }
}

async fn mention_survivors(records: Option<Arc<Records>>) {
    let Some(records) = records else { return };
    let survivors = tokio::task::spawn_blocking(move || records.survivors()).await.unwrap_or_default();
    for record in survivors {
        output::message(&format!(
            "the session {id} of an earlier run may still be alive and cost money: `glue-ls sessions stop {id}` stops it",
            id = record.id
        ));
    }
}

/// How outputs are shown.
fn style() -> Style {
    Style { colour: output::colours(), limit: 16 * 1024 * 1024 }
}

/// How stacks of exceptions are shown: a log keeps all, since nobody can ask for more of it later.
fn stacks(full: bool) -> Stacks {
    if full || !std::io::stdout().is_terminal() {
        return Stacks::Whole;
    }
    Stacks::Folded("`--full-errors` shows them, and a notebook that is written with `--output` has them")
}

/// Whether a progress line can be shown.
fn has_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Shows outputs on stdout.
fn show(outputs: &[Json]) {
    output::result(&render::outputs(outputs, style()));
}
