//! What becomes of sessions when the client has gone.

use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::runtime::Runtime;

use crate::run::grace::{self, Charge};
use crate::run::record::{Grace, Owner, Records, SessionRecord};
use crate::run::{Left, Shared, Who, sessions};
use crate::settings::StopOnExit;

use super::desk::Desk;

/// How long the end may wait for sessions to stop. Editors kill a server that takes much longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ends all runners. Sessions cost money: they are stopped, or handed to a process that will do it, or stay on record for
/// the next start.
pub(super) fn leave(runtime: &Runtime, desk: &Desk) {
    let settings = desk.world().settings().clone();
    let left = runtime.block_on(end_runners(desk, settings.stop_on_exit));
    let Some(Shared { records: Some(records), .. }) = desk.runs().shared_if_used() else { return };
    for Left { id, at_work } in &left {
        // One that the user has attached to need not be on record.
        if let Err(error) = records.set_at_work(id, *at_work)
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!("the record of {id} cannot be changed: {error}");
        }
    }
    let warm = |id: &str| left.iter().any(|left| left.id == id);
    let mut charges = Vec::new();
    for SessionRecord { id, .. } in mine(&records) {
        let seconds = match settings.stop_on_exit {
            StopOnExit::Never if warm(&id) => {
                if let Err(error) = records.leave(&id, Grace { until: None }) {
                    tracing::warn!("the record of {id} cannot be changed: {error}");
                }
                continue;
            }
            StopOnExit::Grace if warm(&id) => settings.grace,
            // Nobody can come back to what was not ready; and what was not stopped in time is to be.
            StopOnExit::Grace | StopOnExit::Always | StopOnExit::Never => 0,
        };
        charges.push(Charge { id, seconds });
    }
    if charges.is_empty() {
        return;
    }
    if let Err(error) = grace::hand_over(&records, &charges) {
        tracing::warn!("sessions cannot be handed over, and are stopped: {error}");
        let Some(shared) = desk.runs().shared_if_used() else { return };
        runtime.block_on(async {
            let left = grace::take_back(&records, &charges);
            let stopping = left.iter().map(|id| sessions::stop(&shared, &records, id, Who::default()));
            if tokio::time::timeout(PATIENCE, join_all(stopping)).await.is_err() {
                tracing::warn!("sessions may be alive; they are on record, and listed by `glue-ls sessions list`");
            }
        });
    }
}

/// Ends all runners, for as long as there is time. Returns the sessions that were left as they were.
async fn end_runners(desk: &Desk, stop_on_exit: StopOnExit) -> Vec<Left> {
    let runners = desk.runs().all();
    let left = Mutex::new(Vec::new());
    let ending = join_all(runners.iter().map(async |runner| match stop_on_exit {
        StopOnExit::Always => drop(runner.close().await),
        StopOnExit::Grace | StopOnExit::Never => {
            let sessions = runner.leave().await;
            left.lock().unwrap_or_else(PoisonError::into_inner).extend(sessions);
        }
    }));
    if let Some(shared) = desk.runs().shared_if_used() {
        shared.spares.end();
    }
    let in_time = tokio::time::timeout(PATIENCE, ending).await.is_ok();
    if !in_time {
        tracing::warn!("sessions are not stopped in time");
    }
    left.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// The sessions that this process has to look after.
fn mine(records: &Records) -> Vec<SessionRecord> {
    let me = Owner::this_process();
    records.all().0.into_iter().filter(|record| record.owner == me && !record.keep).collect()
}
