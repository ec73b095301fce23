//! A session that another kernel has for the document: cells run in it, so that nobody pays for a second one.

use std::sync::Arc;

use crate::run::event::{CellState, EngineName, Event, RanCell, SessionReport};
use crate::run::observed::{OfKernel, SeenCell, take_settings};
use crate::session::{DynGlueApi, EndReason, Phase, SessionHandle, SessionId, StreamName};

use super::actor::{Actor, Verdict};
use super::live::Origin;
use super::lock;

impl Actor {
    /// Takes note of what another kernel has run, and of the session that it has.
    pub(super) fn observe(&mut self, cells: Vec<SeenCell>, session: Option<OfKernel>) {
        if !cells.is_empty() {
            self.idle.restart();
        }
        for cell in &cells {
            take_settings(&mut self.state, &mut self.access, cell.index, &cell.model);
        }
        let own = self.session.as_ref().map(|live| live.handle.view().id);
        // What the document has already it need not come to.
        self.observed = session.filter(|session| own.as_ref().is_none_or(|own| own.as_str() != session.id));
        if own.is_none() && self.inherited.is_none() {
            let live = self.observed.is_some();
            if self.state.is_live() != live {
                self.state.set_live(live);
            }
        }
        let mut ledger = lock(&self.ledger);
        for cell in cells.into_iter().filter(|cell| cell.ok && cell.model.effects.has_statement) {
            ledger.ran(RanCell { cell: cell.key, text: cell.model.cell.text.clone() });
        }
    }

    /// Comes to the session that another kernel has, if there is one and the document has none of its own. `None` where a
    /// session is to be created as usual; why, the user is told.
    pub(super) async fn join(&mut self) -> Result<Option<SessionHandle>, Verdict> {
        self.leave_joined();
        if self.session.is_some() || self.inherited.is_some() {
            return Ok(None);
        }
        let Some(session) = self.observed.take().filter(|_| self.options.engine.name() == EngineName::Aws) else {
            return Ok(None);
        };
        let id = SessionId::new(session.id.clone());
        self.tell_cell(CellState::StartingSession, None, None);
        let identity = match self.machine.pin(session.identity.clone()).await {
            Ok(identity) => identity,
            Err(why) => {
                self.observed = Some(session);
                return Err(self.refuse("SessionError", &why));
            }
        };
        let region = identity.region.clone();
        let api: Arc<dyn DynGlueApi> = self.machine.api(identity);
        match self.attach_with(&id, api, region).await {
            // What the kernel has shown in its cells stays there.
            Ok(handle) => {
                self.joined = Some(id.clone());
                // Its variables are those of the kernel: nothing of an old session is missed.
                self.lost = None;
                let text =
                    format!("Cells of glue-ls run in the session {id}, which the notebook's other kernel has made.");
                self.say(StreamName::Stderr, &text);
                Ok(Some(handle))
            }
            Err(EndReason::Gone) if !session.found => {
                self.observed = Some(session);
                let why = format!(
                    "AWS knows no session {id} as the user that glue-ls is here. The notebook's other kernel has made it, maybe \
                     in another account, and a second one would cost money as well. `%stop_session` in that kernel, or its \
                     restart, makes way for a new one"
                );
                Err(self.refuse("SessionError", &why))
            }
            Err(reason) if is_over(&reason) => {
                self.state.set_live(false);
                lock(&self.ledger).observed = false;
                let text = format!("The session {id} of the notebook's other kernel cannot be used: {reason}.");
                self.tell(Event::Session(SessionReport {
                    session_id: Some(session.id),
                    status: Some(status(&reason).to_owned()),
                    message: Some(text.clone()),
                    attached: true,
                    ..SessionReport::none(EngineName::Aws)
                }));
                self.say(StreamName::Stderr, &format!("{text} A new session is started, without its variables."));
                Ok(None)
            }
            Err(EndReason::Left) => {
                self.observed = Some(session);
                Err(Verdict::cancelled("cancelled"))
            }
            Err(reason) => {
                self.observed = Some(session);
                let why = format!(
                    "the session {id} of the notebook's other kernel cannot be reached, and another one would cost money as \
                     well: {reason}. `%stop_session` in that kernel makes way for a new one"
                );
                Err(self.refuse("SessionError", &why))
            }
        }
    }

    /// Leaves the session of another kernel where that has gone on to another one.
    fn leave_joined(&mut self) {
        let (Some(live), Some(_), Some(joined)) = (&self.session, &self.observed, &self.joined) else { return };
        let view = live.handle.view();
        let attached = matches!(live.origin, Origin::Attached { .. });
        if attached && view.id == *joined && !matches!(view.phase, Phase::Ended(_)) {
            live.handle.shutdown();
            self.forget_session();
        }
    }
}

/// Whether a session is over for sure.
fn is_over(reason: &EndReason) -> bool {
    matches!(
        reason,
        EndReason::Gone
            | EndReason::Failed(_)
            | EndReason::TimedOut(_)
            | EndReason::Stopped
            | EndReason::StoppedElsewhere
    )
}

/// The service's word for a session that is over.
fn status(reason: &EndReason) -> &'static str {
    match reason {
        EndReason::Failed(_) => "FAILED",
        EndReason::TimedOut(_) => "TIMEOUT",
        _ => "STOPPED",
    }
}
