//! A worker that is started before there is a session for it, so that the session has its Spark at once.
//!
//! There is at most one at a time. The next session takes it, if it would start one just like it; any other ends it, as
//! does [`IDLE`] without being wanted.

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::sleep;

use super::setup::Runtime;
use super::worker::{Worker, WorkerConfig};

/// How long a spare worker waits for a session.
pub const IDLE: Duration = Duration::from_secs(15 * 60);

/// The place of the spare worker. Clones are the same place; with the last one the worker goes.
#[derive(Clone, Default)]
pub struct Spares(Arc<Mutex<Option<Spare>>>);

/// The worker, as who may take it sees it: when this is dropped it is killed.
struct Spare {
    config: WorkerConfig,
    wanted: oneshot::Sender<oneshot::Sender<Worker>>,
}

impl fmt::Debug for Spares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spares").finish_non_exhaustive()
    }
}

impl Spares {
    /// Starts a worker, in the place of one that is started with anything else; nothing happens if there is one like it.
    /// Must be called within a tokio runtime with I/O and time. The runtimes are in use for as long as it waits.
    pub fn keep(&self, config: WorkerConfig, in_use: Vec<Runtime>) {
        let mut place = self.place();
        if place.as_ref().is_some_and(|spare| spare.config == config && !spare.wanted.is_closed()) {
            return;
        }
        let (wanted, asked) = oneshot::channel();
        let worker = config.clone();
        tokio::spawn(async move {
            wait(worker, asked).await;
            drop(in_use);
        });
        *place = Some(Spare { config, wanted });
    }

    /// Takes the worker out of its place, and waits until it is ready. `None` where there is none like that; one that is
    /// another is ended.
    pub async fn take(&self, config: &WorkerConfig) -> Option<Worker> {
        let spare = self.place().take().filter(|spare| spare.config == *config)?;
        let (give, given) = oneshot::channel();
        spare.wanted.send(give).ok()?;
        given.await.ok().filter(|worker| worker.death().is_none())
    }

    /// Ends the worker.
    pub fn end(&self) {
        drop(self.place().take());
    }

    fn place(&self) -> MutexGuard<'_, Option<Spare>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a worker and keeps it until somebody asks for it, nobody can any more, or it has waited too long. Why it does not
/// start is told to the session that starts one itself then.
async fn wait(config: WorkerConfig, mut asked: oneshot::Receiver<oneshot::Sender<Worker>>) {
    let mut starting = pin!(Worker::start(config));
    let (started, give) = tokio::select! {
        biased;
        give = &mut asked => match give {
            Ok(give) => (starting.await, Some(give)),
            Err(_) => return,
        },
        started = &mut starting => (started, None),
    };
    let worker = match started {
        Ok(worker) => worker,
        Err(error) => {
            tracing::debug!(%error, "no spare worker");
            return;
        }
    };
    let give = match give {
        Some(give) => give,
        None => tokio::select! {
            give = asked => match give {
                Ok(give) => give,
                Err(_) => return,
            },
            _ = worker.ended() => return,
            () = sleep(IDLE) => return,
        },
    };
    // If nobody waits any more it is dropped, and killed.
    drop(give.send(worker));
}
