//! Whether the policy allows the sessions that would be created: asked before cells are queued, and once more before
//! anything is sent.

use crate::model::create::CreateSession;
use crate::model::effects::ChangeKind;
use crate::model::policy::{Breach, Circumstances, breaches};
use crate::run::event::EngineName;
use crate::session::Phase;

use super::Foreseen;
use super::actor::Actor;

impl Actor {
    /// Returns why a request is not sent; `None` if it may be.
    pub(super) fn forbidden(&self, request: &CreateSession, region: Option<&str>) -> Option<String> {
        let found = breaches(&self.options.allowed, request, self.circumstances(Some(region.unwrap_or_default())));
        (!found.is_empty()).then(|| refusal(&found))
    }

    fn circumstances<'a>(&'a self, region: Option<&'a str>) -> Circumstances<'a> {
        // All that the kernel would look at has been looked at.
        let options = &self.options;
        Circumstances { idle_timeout: options.idle_timeout, tags: &options.tags, region, role_may_come: false }
    }

    /// Returns what breaks the policy of the sessions that the cells would create.
    pub(super) fn foresee(&self, foreseen: &Foreseen) -> Vec<Breach> {
        let mut found = Vec::new();
        if self.options.engine.name() != EngineName::Aws || self.options.allowed.is_empty() {
            return found;
        }
        let mut state = self.state.clone();
        let over = self.session.as_ref().is_some_and(|live| matches!(live.handle.view().phase, Phase::Ended(_)));
        if foreseen.anew || over {
            state.set_live(false);
        }
        let waiting = self.queue.iter().map(|job| job.cell.as_ref().map(|cell| (cell.index, &cell.model)));
        let cells = foreseen.cells.iter().map(|(index, cell)| Some((*index, cell)));
        let session = foreseen.session.then_some(None);
        for step in waiting.chain(cells).chain(session) {
            let created = match step {
                Some((index, cell)) => {
                    let created = state.run(index, &cell.effects).created;
                    let attaches =
                        cell.effects.changes.iter().any(|change| matches!(change.kind, ChangeKind::Reconnect(_)));
                    if attaches {
                        state.set_live(true);
                    }
                    created.filter(|_| !attaches)
                }
                None if state.is_live() => None,
                None => state.create().ok().map(|request| {
                    state.set_live(true);
                    request.into()
                }),
            };
            let Some(request) = created else { continue };
            // Where the config file would tell the region, it is known only when the session is created.
            let region = self.options.forced.region.as_deref().or(request.region.as_deref());
            let region = region.or(self.options.fallback.region.as_deref());
            for breach in breaches(&self.options.allowed, &request, self.circumstances(region)) {
                if !found.contains(&breach) {
                    found.push(breach);
                }
            }
        }
        found
    }
}

/// Says what breaks the policy.
pub fn refusal(breaches: &[Breach]) -> String {
    let messages: Vec<&str> = breaches.iter().map(|breach| breach.message.as_str()).collect();
    format!("the policy does not allow this session: {}", messages.join("; "))
}
