//! Diagnostics on their way: sent to clients that wait for them, announced to those that pull.
//!
//! One task sends; changes only mark documents. Marks made while it works are taken together the next
//! time, so a burst of edits costs one answer, and no timer delays it.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use tower_lsp_server::gen_lsp_types as lsp;

use super::desk::Desk;
use super::requests::project_file;

/// How long a client may take to answer that it asks again, before it is told of the next change all the same.
const PATIENCE: Duration = Duration::from_secs(5);

/// Documents whose diagnostics are to be sent, or pulled again.
#[derive(Default)]
pub(super) struct Dirty {
    queue: Mutex<Queue>,
    notify: Notify,
    hints: Notify,
}

/// In order of marking: the document that is being edited comes before those that its edit concerns.
#[derive(Default)]
struct Queue {
    order: Vec<String>,
    known: HashSet<String>,
}

impl Dirty {
    /// Marks documents whose diagnostics are to be sent.
    pub(super) fn mark(&self, documents: impl IntoIterator<Item = String>) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        for document in documents {
            if queue.known.insert(document.clone()) {
                queue.order.push(document);
            }
        }
        self.notify.notify_one();
    }

    /// Marks that documents are to be pulled again.
    pub(super) fn mark_all(&self) {
        self.notify.notify_one();
    }

    /// Marks that inlay hints are to be asked for again.
    pub(super) fn mark_hints(&self) {
        self.hints.notify_one();
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.queue.lock().unwrap_or_else(PoisonError::into_inner)).order
    }
}

/// Asks a client that pulls to do so again, for ever; ends with the runtime. Changes that come before the
/// client has answered are announced once, when it has.
pub(super) async fn refresh(desk: Desk) {
    loop {
        desk.dirty().notify.notified().await;
        // Refused or not: the client may ask when it likes.
        let _ = timeout(PATIENCE, desk.client().workspace_diagnostic_refresh()).await;
    }
}

/// Asks a client to ask for inlay hints again, for ever, as [`refresh`] does: a setting in one cell changes what another
/// one costs.
pub(super) async fn refresh_hints(desk: Desk) {
    loop {
        desk.dirty().hints.notified().await;
        let _ = timeout(PATIENCE, desk.client().inlay_hint_refresh()).await;
    }
}

/// Publishes the diagnostics of marked documents for ever; ends with the runtime.
pub(super) async fn run(desk: Desk) {
    let mut published: HashMap<String, Vec<lsp::Diagnostic>> = HashMap::new();
    loop {
        desk.dirty().notify.notified().await;
        for uri in desk.dirty().take() {
            let now = desk.view_and_version(&uri);
            let (diagnostics, version) = match now {
                Some((view, version)) => (view.diagnostics(), version),
                None if desk.world().project_file(&uri).is_some() => {
                    let world = desk.world();
                    let file = world.project_file(&uri);
                    file.map_or_else(Default::default, |(file, encoding)| {
                        (project_file::diagnostics(&file.rope, encoding), Some(file.version))
                    })
                }
                // Closed in the meantime: nothing may stay on the screen.
                None => (Vec::new(), None),
            };
            let announced = desk.support().announced;
            let diagnostics = announced.diagnostics(&uri, diagnostics);
            let before = published.get(&uri).map_or(&[][..], Vec::as_slice);
            if before == diagnostics {
                continue;
            }
            if diagnostics.is_empty() {
                published.remove(&uri);
            } else {
                published.insert(uri.clone(), diagnostics.clone());
            }
            desk.client().publish_diagnostics(lsp::Uri(uri), diagnostics, announced.version(version)).await;
        }
    }
}
