//! `glue-ls local`: the local Glue for other programs.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::local::listen::{Bounds, Key, Listener};
use crate::local::service::LocalGlue;
use crate::local::setup::{Cancel, Progress, Runtimes, SetupError, cancellable};
use crate::run::{Interpreters, LocalEngine};

use super::config::{ConfigArguments, Configs};
use super::signals::Signals;
use super::{Exit, output};

mod remove;
mod setup;
mod status;

/// What `--help` says below the options.
pub(super) const HELP: &str = "It prints five lines of NAME=value, then serves until Ctrl-C or SIGTERM and stops all its sessions. Whoever has the\nkey that it prints runs code on this machine as you; the next start has another key. The first start makes the\nruntime for Spark, before it prints; that can be done sooner with `glue-ls local setup`.\n\nExit code: 0 it has served, 1 it was cancelled before, 2 it could not.\n\nExamples:\n  glue-ls local setup                         make the runtime for Spark, so that nobody has to wait for it later\n  glue-ls local                               for programs that are given the lines\n  glue-ls local --port 4567 --folder tests    always at the same port, sessions run in a folder\n  (umask 077; exec glue-ls local > glue.env) &\n                                              in a script: nobody else may read the key; wait for the lines, then\n  until [ -s glue.env ]; do sleep 0.1; done; export $(cat glue.env)";

/// The region of the local service, which has none: clients want one.
const REGION: &str = "us-east-1";

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    serve: Serve,
}

/// What else there is to do about the local Glue.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make the runtime for Spark, or mend it
    #[command(after_help = setup::HELP)]
    Setup(setup::Arguments),
    /// Show what there is of the runtime
    #[command(
        after_help = "Exit code: 0 it is ready, 1 it is missing or broken.\n\nExample: glue-ls local status --format json"
    )]
    Status(status::Arguments),
    /// Remove the runtime
    #[command(after_help = "It is made again when it is needed, unless the setting `local.setup` is \"never\".")]
    Remove,
}

/// How it serves.
#[derive(Debug, clap::Args)]
struct Serve {
    /// The port; any that is free where none is given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// The folder in which sessions run; where you are otherwise
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// The Python of the sessions: a path, or a name to look up; without it, that of the runtime for Spark
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// Do not make the runtime for Spark where it is missing
    #[arg(long)]
    no_setup: bool,
    #[command(flatten)]
    config: ConfigArguments,
}

/// Does what the arguments ask for.
pub(super) fn run(arguments: &Arguments) -> Exit {
    if let Some(action) = &arguments.action {
        return act(action);
    }
    match serve(&arguments.serve) {
        Ok(exit) => exit,
        Err(message) => {
            output::message(&message);
            Exit::Failed
        }
    }
}

/// Does something about the runtime.
fn act(action: &Action) -> Exit {
    let Some(runtimes) = Runtimes::of_user() else {
        output::message(&SetupError::NoFolder.to_string());
        return Exit::Failed;
    };
    match action {
        Action::Setup(arguments) => setup::run(&runtimes, arguments),
        Action::Status(arguments) => status::run(&runtimes, arguments),
        Action::Remove => remove::run(&runtimes),
    }
}

/// Serves until a signal.
fn serve(arguments: &Serve) -> Result<Exit, String> {
    let engine = engine(arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let served = runtime.block_on(until_signal(&engine, arguments.port.unwrap_or(0)));
    // What still runs is of no interest any more.
    runtime.shutdown_background();
    served
}

/// How sessions run.
fn engine(arguments: &Serve) -> Result<LocalEngine, String> {
    let folder = match &arguments.folder {
        Some(folder) => whole(folder)?,
        None => std::env::current_dir().map_err(|error| format!("the current folder cannot be told: {error}"))?,
    };
    let settings = Configs::new(&arguments.config)?.settings_for(&folder.join("glue-ls.toml"));
    let mut engine = LocalEngine::of_settings(&settings, arguments.python.clone(), folder);
    engine.makes_runtime &= !arguments.no_setup;
    Ok(engine)
}

/// Returns a folder that is there.
fn whole(folder: &Path) -> Result<PathBuf, String> {
    let name = folder.display();
    match folder.canonicalize() {
        Ok(whole) if whole.is_dir() => Ok(whole),
        Ok(_) => Err(format!("{name}, which `--folder` names, is no folder")),
        Err(error) => Err(format!("{name}, which `--folder` names, cannot be used: {error}")),
    }
}

async fn until_signal(engine: &LocalEngine, port: u16) -> Result<Exit, String> {
    let mut signals = Signals::new().map_err(|error| format!("signals cannot be listened to: {error}"))?;
    let (glue, key) = (engine.service(), Key::random());
    let lines = |url: &str| {
        let Key { id, secret, .. } = &key;
        format!(
            "AWS_ENDPOINT_URL={url}\nAWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n\
             AWS_DEFAULT_REGION={REGION}\nAWS_REGION={REGION}\n"
        )
    };
    let listener = Listener::bind(glue.clone(), key.clone(), port, Bounds::default()).await.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AddrInUse {
            format!("another program has the port {port}; leave `--port` out to take any that is free")
        } else {
            format!("cannot listen at 127.0.0.1, port {port}: {error}")
        }
    })?;
    // Those of roles that a client has assumed. The service itself tells whether they still hold.
    let temporary = glue.clone();
    let listener = listener.with_keys(Arc::new(move |id| {
        let (secret, token) = temporary.secret_of(id)?;
        Some(Key { id: id.to_owned(), secret, token: Some(token), expires: None })
    }));
    let (url, folder) = (listener.url(), engine.folder.display());
    // Before anybody has a key: each session is to have what the others have.
    if !prepared(engine, &glue, &mut signals).await {
        return Ok(Exit::Found);
    }
    // In one piece: who sees one of them sees them all.
    output::result(&lines(&url));
    output::message(&format!("serving the local Glue at {url}; its sessions run in {folder}. Ctrl-C ends it."));
    listener.serve(signals.next()).await;
    output::message("stopping all sessions; Ctrl-C again leaves at once");
    tokio::select! {
        () = glue.shutdown() => {}
        () = signals.next() => {}
    }
    Ok(Exit::Ok)
}

/// Sees to the interpreter of the sessions; the runtime is made if it is missing. Returns whether to go on: it was not
/// cancelled.
async fn prepared(engine: &LocalEngine, glue: &LocalGlue, signals: &mut Signals) -> bool {
    let screen = setup::Screen::new();
    let tell = |progress: Progress| screen.show(&progress);
    let mut asked = None;
    let done = ending(signals, |cancel| {
        asked = Some(cancel.clone());
        engine.prepare(glue, true, cancel, &tell)
    });
    let done = done.await;
    screen.clear();
    let without = "Sessions run plain Python without it.";
    match (done.failed, done.interpreter) {
        (Some(error @ SetupError::Cancelled), _) => output::message(&error.to_string()),
        _ if asked.as_ref().is_some_and(Cancel::is_cancelled) => {}
        // What could not be mended does.
        (Some(error), Interpreters::Managed) => output::message(&error.to_string()),
        (Some(error), _) => output::message(&format!("there is no Spark: {error}. {without}")),
        (None, Interpreters::System) => {
            output::message(&format!("there is no Spark: `glue-ls local setup` makes the runtime. {without}"));
        }
        (None, Interpreters::Managed | Interpreters::Chosen) => {}
    }
    !asked.is_some_and(|cancel| cancel.is_cancelled())
}

/// Does something that a signal cancels.
async fn ending<T, F: Future<Output = T>>(signals: &mut Signals, work: impl FnOnce(Cancel) -> F) -> T {
    let (canceller, cancel) = cancellable();
    let mut work = std::pin::pin!(work(cancel));
    loop {
        tokio::select! {
            done = &mut work => return done,
            // It ends in an orderly way: with nothing half made.
            () = signals.next() => canceller.cancel(),
        }
    }
}

/// Does something that Ctrl-C cancels, and returns what came of it. What cannot be begun is told.
fn with_signals<T, F>(work: impl FnOnce(Cancel) -> F) -> Option<Result<T, SetupError>>
where
    F: Future<Output = Result<T, SetupError>>,
{
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::message(&format!("cannot start: {error}"));
            return None;
        }
    };
    runtime.block_on(async {
        let mut signals = match Signals::new() {
            Ok(signals) => signals,
            Err(error) => {
                output::message(&format!("signals cannot be listened to: {error}"));
                return None;
            }
        };
        Some(ending(&mut signals, work).await)
    })
}

/// A number of bytes, for people.
fn size(bytes: u64) -> String {
    // Of decimal megabytes, as package indexes count.
    if bytes >= 1_000_000_000 {
        format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10)
    } else {
        format!("{} MB", bytes / 1_000_000)
    }
}
