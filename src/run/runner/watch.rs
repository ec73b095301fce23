//! Who looks on while a session lives: keeps its report, and the record of one that may cost money, up to date.

use std::sync::{Arc, Mutex};

use crate::run::event::{Event, SessionReport, Sink};
use crate::run::ledger::Ledger;
use crate::run::record::{RecordState, Records};
use crate::session::{EndReason, Phase, SessionHandle, SessionId, SessionView};

use super::known::Known;
use super::live::blocking;
use super::lock;

/// Follows a session: its report, and the record of one that may cost money.
pub(super) async fn watch(
    handle: SessionHandle,
    known: Arc<Known>,
    (report, ledger): (Arc<Mutex<SessionReport>>, Arc<Mutex<Ledger>>),
    sink: Sink,
    records: Option<Arc<Records>>,
) {
    let mut receiver = handle.watch();
    let mut drift = known.drift.subscribe();
    // The session must be able to end when nobody else holds it.
    drop(handle);
    let mut written = RecordState::Creating;
    let mut told: Option<SessionReport> = None;
    loop {
        let view = receiver.borrow_and_update().clone();
        let mut now = known.report(&view);
        if matches!(&view.phase, Phase::Ended(reason) if is_loss(reason)) {
            now.replay = lock(&ledger).to_replay();
        }
        *lock(&report) = now.clone();
        let same = told.as_ref().is_some_and(|told| {
            (&told.status, &told.message, told.dpu_seconds) == (&now.status, &now.message, now.dpu_seconds)
        });
        if !same {
            sink(Event::Session(now.clone()));
            told = Some(now);
        }
        if let Some(records) = &records {
            let wanted = state_on_record(&view);
            if wanted != Some(written) {
                write(records, &known.id, wanted).await;
            }
            written = wanted.unwrap_or(written);
        }
        if matches!(view.phase, Phase::Ended(_)) {
            lock(&ledger).ended(&known.id);
            return;
        }
        let changed = tokio::select! {
            changed = receiver.changed() => changed.is_ok(),
            // Its sender is held by this task as well.
            _ = drift.changed() => true,
        };
        if !changed {
            return;
        }
    }
}

/// Whether a session has ended so that its variables are missed: nobody here wanted it.
pub(super) fn is_loss(reason: &EndReason) -> bool {
    !matches!(reason, EndReason::Stopped | EndReason::StartCancelled | EndReason::Left)
}

/// What the record says of a session that is like this; `None`: it needs none any more.
fn state_on_record(view: &SessionView) -> Option<RecordState> {
    match &view.phase {
        // Until the service has answered, nobody knows whether it exists.
        Phase::Starting if view.info.is_none() => Some(RecordState::Creating),
        Phase::Starting | Phase::Ready => Some(RecordState::Created),
        Phase::Stopping => Some(RecordState::Stopping),
        // Left as it was, on purpose.
        Phase::Ended(EndReason::Left) => Some(RecordState::Created),
        Phase::Ended(reason) if reason.may_be_alive() => Some(RecordState::Unclear),
        Phase::Ended(_) => None,
    }
}

async fn write(records: &Arc<Records>, id: &SessionId, state: Option<RecordState>) {
    let (records, id) = (Arc::clone(records), id.clone());
    let written = blocking(move || match state {
        Some(state) => records.set_state(id.as_str(), state),
        None => records.forget(id.as_str()),
    });
    if let Err(error) = written.await {
        tracing::warn!("the record of a session cannot be changed: {error}");
    }
}
