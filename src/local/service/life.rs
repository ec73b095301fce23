//! The task of a session: starts its worker, runs its statements one after the other, ends it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::output::Output;
use super::session::{Next, Session, Wish};
use crate::local::spare::Spares;
use crate::local::worker::{End, Worker, WorkerConfig, WorkerError};
use crate::session::{SessionStatus, StatementState};

/// How many pieces of output may be on their way.
const PIECES: usize = 16;

/// How long a session lives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetimes {
    /// Without a statement.
    pub(super) idle: Duration,
    /// In any case.
    pub(super) life: Duration,
}

impl Lifetimes {
    fn idle_is_over(self) -> Ending {
        let minutes = self.idle.as_secs() / 60;
        Ending::Timeout(format!("no statement ran for {minutes} minutes (IdleTimeout)"))
    }

    fn life_is_over(self) -> Ending {
        let minutes = self.life.as_secs() / 60;
        Ending::Timeout(format!("the {minutes} minutes that a session may last are over (Timeout)"))
    }
}

/// How a session ends.
enum Ending {
    /// Somebody asked for it.
    Stopped,
    /// The worker has died.
    Failed(String),
    /// A time is over.
    Timeout(String),
    /// The service is gone.
    Left,
}

/// Takes a session from its start to its end.
pub(super) async fn live(
    session: Arc<Session>,
    mut woken: watch::Receiver<()>,
    (worker, spares): (WorkerConfig, Spares),
    lifetimes: Lifetimes,
) {
    let life = after(Instant::now(), lifetimes.life);
    let started = tokio::select! {
        started = start(worker, spares) => Some(started),
        () = stopped(&session, &mut woken) => None,
    };
    match started {
        Some(Ok(worker)) => {
            session.ready();
            let ending = serve(&session, &worker, &mut woken, lifetimes, life).await;
            finish(&session, &worker, ending).await;
        }
        Some(Err(error)) => session.end(SessionStatus::Failed, Some(error.to_string())),
        None => session.end(SessionStatus::Stopped, None),
    }
    session.done();
}

/// Takes the worker that is there already, or starts one.
async fn start(config: WorkerConfig, spares: Spares) -> Result<Worker, WorkerError> {
    match spares.take(&config).await {
        Some(worker) => Ok(worker),
        None => Worker::start(config).await,
    }
}

/// Waits until a session is to be stopped, or the service is gone.
async fn stopped(session: &Session, woken: &mut watch::Receiver<()>) {
    while !session.is_stopping() {
        if woken.changed().await.is_err() {
            return;
        }
    }
}

/// Ends the worker and the session.
async fn finish(session: &Session, worker: &Worker, ending: Ending) {
    let (status, reason) = match ending {
        Ending::Stopped | Ending::Left => {
            // It has stopped once its processes have.
            worker.kill();
            worker.ended().await;
            (SessionStatus::Stopped, None)
        }
        Ending::Failed(reason) => (SessionStatus::Failed, Some(reason)),
        Ending::Timeout(reason) => (SessionStatus::Timeout, Some(reason)),
    };
    session.end(status, reason);
    worker.kill();
    worker.ended().await;
}

/// Runs statements until the session is to end. Returns why.
async fn serve(
    session: &Session,
    worker: &Worker,
    woken: &mut watch::Receiver<()>,
    lifetimes: Lifetimes,
    life: Option<Instant>,
) -> Ending {
    loop {
        match session.next() {
            Next::Stop => return Ending::Stopped,
            Next::Run { number, code } => {
                if let Some(ending) = run(session, worker, woken, (number, code), lifetimes, life).await {
                    return ending;
                }
            }
            Next::Idle(since) => {
                let idle = after(since, lifetimes.idle);
                tokio::select! {
                    changed = woken.changed() => if changed.is_err() {
                        return Ending::Left;
                    },
                    death = worker.ended() => return Ending::Failed(death.message),
                    () = until(idle) => return lifetimes.idle_is_over(),
                    () = until(life) => return lifetimes.life_is_over(),
                }
            }
        }
    }
}

/// Runs a statement to its end. Returns why the session is to end, if it is.
async fn run(
    session: &Session,
    worker: &Worker,
    woken: &mut watch::Receiver<()>,
    (number, code): (i64, String),
    lifetimes: Lifetimes,
    life: Option<Instant>,
) -> Option<Ending> {
    let (sink, mut pieces) = mpsc::channel(PIECES);
    let outcome = worker.run(number.unsigned_abs(), code, sink);
    let mut work = pin!(async move {
        while let Some(piece) = pieces.recv().await {
            session.print(&piece);
        }
        outcome.await.end
    });
    let mut wish = Wish::None;
    let mut late = false;
    let end = loop {
        tokio::select! {
            done = &mut work => break done,
            changed = woken.changed() => {
                if changed.is_err() {
                    return Some(Ending::Left);
                }
                let wanted = session.wish();
                if wanted != wish {
                    wish = wanted;
                    match wish {
                        Wish::Stop => worker.kill(),
                        Wish::Cancel => worker.interrupt(),
                        Wish::None => {}
                    }
                }
            }
            () = until(life), if !late => {
                late = true;
                worker.kill();
            }
        }
    };
    // Whoever asks between this and the end is told of no output, as before the first one.
    let printed = session.take_printed();
    let (state, output, ending) = match end {
        End::Value(values) => (StatementState::Available, Output::value(number, printed, values), None),
        // By a signal, when the worker's own way of interrupting came to nothing, it is an ordinary exception.
        End::Interrupted(raised) | End::Error(raised) if wish == Wish::Cancel && raised.name == "KeyboardInterrupt" => {
            (StatementState::Cancelled, Output::raised(number, printed, raised), None)
        }
        End::Error(raised) | End::Interrupted(raised) => {
            (StatementState::Available, Output::raised(number, printed, raised), None)
        }
        End::Died(death) if wish == Wish::Stop => {
            let output = Output::failed_after(number, printed, "SessionStopped", &death.message);
            (StatementState::Cancelled, output, Some(Ending::Stopped))
        }
        End::Died(_) if late => {
            let reason = "The session's time is over (Timeout). Start a new one and run the cells again.";
            let output = Output::failed_after(number, printed, "SessionTimeout", reason);
            (StatementState::Error, output, Some(lifetimes.life_is_over()))
        }
        End::Died(death) => {
            let output = Output::failed_after(number, printed, "PythonEnded", &death.message);
            (StatementState::Error, output, Some(Ending::Failed(death.message)))
        }
        End::NotRun { reason } => {
            let output = Output::failed_after(number, printed, "NotRun", &reason);
            let ending = worker.death().map(|death| Ending::Failed(death.message));
            (StatementState::Error, output, ending)
        }
    };
    match &ending {
        Some(Ending::Failed(reason)) => {
            session.finish_and_end(state, output, SessionStatus::Failed, reason.clone());
        }
        Some(Ending::Timeout(reason)) => {
            session.finish_and_end(state, output, SessionStatus::Timeout, reason.clone());
        }
        _ => session.finish(state, output),
    }
    ending
}

/// A time after another one; `None` where that is further away than clocks go.
fn after(start: Instant, time: Duration) -> Option<Instant> {
    start.checked_add(time)
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
