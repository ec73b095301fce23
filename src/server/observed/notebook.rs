//! What is known of a notebook whose cells another kernel runs.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Instant;

use crate::account::Identity;
use crate::model::create::CreateSession;
use crate::model::{CellModel, Environment, Kernel};
use crate::run::observed::failure::{Wrong, wrong};
use crate::run::observed::words::{self, Said};
use crate::run::observed::{OfKernel, OtherKernel, SeenCell};
use crate::run::{CellKey, Runner, Who};
use crate::session::SessionInfo;

use super::message::Message;

/// The most cells of a notebook that are thought to run at once.
const MOST_RUNNING: usize = 1_000;
/// The most cells that are kept for who runs cells next.
const MOST_SEEN: usize = 20_000;

/// A session that another kernel has.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) id: String,
    /// As whom and where it was made.
    pub(super) identity: Identity,
    /// Whether that is the document's choice.
    pub(super) of_document: bool,
    /// What it was created with; `None` for one that was there before.
    pub(super) request: Option<CreateSession>,
    /// The cell that has created it, and when that began, in milliseconds since 1970.
    pub(super) made_by: Option<(CellKey, Arc<CellModel>, u64)>,
    /// The service's word for its state, as the kernel or the service has said it last.
    pub(super) status: String,
    /// Whether it is over.
    pub(super) over: bool,
    /// What the service says of it, and its region.
    pub(super) info: Option<(SessionInfo, String)>,
    /// What there is to say about it, for people.
    pub(super) message: Option<String>,
    /// When it ended, as far as that was seen.
    pub(super) ended: Option<Instant>,
    /// When the service was asked for it last.
    pub(super) asked: Option<Instant>,
    /// Whether the user was reminded since something ran in it.
    pub(super) reminded: bool,
}

impl Session {
    pub(super) fn end(&mut self, status: String) {
        self.status = status;
        self.over = true;
        self.ended.get_or_insert_with(Instant::now);
    }
}

/// A cell that is being run.
struct Execution {
    started_at: u64,
    seen: SeenCell,
    /// How many words of the kernel on each stream have been heard.
    heard: (usize, usize),
}

/// A notebook whose cells another kernel runs.
pub(super) struct Notebook {
    kernel: OtherKernel,
    running: HashMap<String, Execution>,
    pub(super) session: Option<Session>,
    /// When the last cell ended, in milliseconds since 1970; `None` while one runs.
    pub(super) idle_since: Option<u64>,
    /// Grows with everything that is heard.
    pub(super) turn: u64,
    /// The cells that were run since the kernel started.
    seen: Vec<SeenCell>,
    /// Who was told of them, and of how many.
    told: (Weak<Runner>, usize),
}

/// What follows from a message.
#[derive(Default)]
pub(super) struct News {
    /// A cell has begun.
    pub(super) begun: Option<CellKey>,
    /// A cell has ended.
    pub(super) ended: bool,
    /// What is wrong with it.
    pub(super) wrong: Wrong,
    /// A session that the kernel has left, and that may go on.
    pub(super) left: Option<Session>,
    /// Whether the kernel was seen to be one of Glue's.
    pub(super) is_glue: bool,
    /// Whether the service is to be asked however short a time ago it was.
    pub(super) settles: bool,
}

/// What is needed to understand a message.
pub(super) struct Means<'a> {
    pub(super) fallback: Who,
    pub(super) own_profile: Option<&'a str>,
    /// Milliseconds since 1970.
    pub(super) now: u64,
}

impl Notebook {
    pub(super) fn new(environment: Arc<Environment>, kernel: Kernel) -> Notebook {
        Notebook {
            kernel: OtherKernel::new(environment, kernel),
            running: HashMap::new(),
            session: None,
            idle_since: None,
            turn: 0,
            seen: Vec::new(),
            told: (Weak::new(), 0),
        }
    }

    /// Returns as whom and where the kernel would make a session now, and whether that is the document's choice.
    pub(super) fn identity(&self, means: &Means<'_>) -> (Identity, bool) {
        (self.kernel.identity(&means.fallback), self.kernel.is_of_document(means.own_profile))
    }

    /// Takes over what the kernel does with a cell.
    pub(super) fn take(
        &mut self,
        message: &Message,
        cell: (CellKey, usize, Arc<CellModel>),
        means: &Means<'_>,
    ) -> News {
        let mut news = News::default();
        self.turn += 1;
        let known = self.running.get(&message.cell);
        let started = message.started_at;
        // A client may learn the real begin, which lies before the one that it saw, only in the end.
        if known.is_none_or(|known| started.is_some_and(|started| started > known.started_at)) {
            let (key, index, model) = cell;
            news.begun = Some(key.clone());
            self.kernel.ran(index, &model);
            if self.running.len() >= MOST_RUNNING {
                self.running.clear();
            }
            let seen = SeenCell { key, index, model, ok: false };
            let started_at = started.unwrap_or(means.now);
            self.running.insert(message.cell.clone(), Execution { started_at, seen, heard: (0, 0) });
        }
        let Some(mut execution) = self.running.remove(&message.cell) else { return news };
        let ended = message.success.is_some();
        let mut words = words::read(&execution.seen.model, &message.shown, ended);
        if !ended {
            // The kernel says first that it stops a session, and does it then.
            words.stdout.pop_if(|said| matches!(said, Said::Over(..)));
        }
        let (out, err) = execution.heard;
        let new = words.stdout.iter().skip(out).chain(words.stderr.iter().skip(err));
        for said in new {
            self.hear(said, &execution, means, &mut news);
        }
        execution.heard = (words.stdout.len(), words.stderr.len());
        match message.success {
            None => {
                self.running.insert(message.cell.clone(), execution);
                self.idle_since = None;
            }
            Some(ok) => {
                let seen = SeenCell { ok, ..execution.seen };
                let request = self.kernel.request();
                news.wrong = wrong((&seen.key, &seen.model), &message.shown, &words, !ok, request.as_ref());
                news.ended = true;
                let refused = news.wrong.failure.is_some() || news.wrong.elsewhere.is_some();
                if self.seen.len() < MOST_SEEN {
                    self.seen.push(SeenCell { ok: ok && !refused, ..seen });
                }
                let at = message.ended_at.unwrap_or(means.now);
                self.idle_since = self.running.is_empty().then_some(at);
            }
        }
        if let Some(session) = &mut self.session {
            session.reminded = false;
        }
        news
    }

    /// Takes note that a cell is gone that may be running; returns whether it was.
    pub(super) fn gone(&mut self, cell: &str, at: u64) -> bool {
        let was_running = self.running.remove(cell).is_some();
        if was_running {
            self.turn += 1;
            self.idle_since = self.running.is_empty().then_some(at);
        }
        was_running
    }

    fn hear(&mut self, said: &Said, execution: &Execution, means: &Means<'_>, news: &mut News) {
        news.is_glue = true;
        let is_known = |id: &str| self.session.as_ref().is_some_and(|known| known.id == id && !known.over);
        match said {
            Said::Started => {
                news.left = self.session.take().filter(|session| !session.over);
                self.kernel.restarted();
                self.kernel.ran(execution.seen.index, &execution.seen.model);
                self.seen.clear();
                self.told = (Weak::new(), 0);
                self.running.clear();
            }
            Said::Created(id) if !is_known(id) => {
                self.leave(news);
                let made_by = (execution.seen.key.clone(), Arc::clone(&execution.seen.model), execution.started_at);
                let request = self.kernel.request();
                self.session =
                    Some(Session { request, made_by: Some(made_by), ..self.found(id, "PROVISIONING", means) });
                self.kernel.set_live(true);
            }
            Said::Created(_) => {}
            Said::Ready(id) => {
                if let Some(session) = self.session.as_mut().filter(|session| session.id == *id) {
                    "READY".clone_into(&mut session.status);
                    news.settles = true;
                }
            }
            Said::Has(id, status) => {
                if !is_known(id) {
                    self.leave(news);
                    self.session = Some(self.found(id, "READY", means));
                    self.kernel.set_live(true);
                    news.settles = true;
                }
                if let (Some(session), Some(status)) = (&mut self.session, status) {
                    session.status.clone_from(status);
                    if ["STOPPED", "FAILED", "TIMEOUT"].contains(&&**status) {
                        session.end(status.clone());
                    }
                }
            }
            Said::Switched(id) => {
                news.left = self.session.take().filter(|session| !session.over && session.id != *id);
                self.session = Some(self.found(id, "READY", means));
                self.kernel.set_live(true);
                news.settles = true;
            }
            Said::HasNone => {
                if self.living().is_some() {
                    self.leave(news);
                }
                self.kernel.set_live(false);
            }
            Said::Over(id, status) => {
                let same = |session: &&mut Session| id.as_ref().is_none_or(|id| *id == session.id);
                if let Some(session) = self.session.as_mut().filter(same) {
                    session.end(status.clone());
                    self.kernel.set_live(false);
                    news.settles = true;
                }
            }
            Said::NotStopped(id) => {
                if let Some(session) = self.session.as_mut().filter(|session| session.id == *id) {
                    (session.over, session.ended) = (false, None);
                    "UNKNOWN".clone_into(&mut session.status);
                    session.message = Some("the kernel could not stop it, and it may cost money".to_owned());
                    self.kernel.set_live(true);
                    news.settles = true;
                }
            }
            Said::NotCreated(_) => self.kernel.set_live(false),
        }
    }

    /// Leaves the session that the kernel had, of whose end nobody has heard: the kernel may have been started anew unseen.
    fn leave(&mut self, news: &mut News) {
        if let Some(session) = self.session.take().filter(|session| !session.over) {
            news.left = Some(session);
        }
    }

    fn found(&self, id: &str, status: &str, means: &Means<'_>) -> Session {
        let (identity, of_document) = self.identity(means);
        Session {
            id: id.to_owned(),
            identity,
            of_document,
            request: None,
            made_by: None,
            status: status.to_owned(),
            over: false,
            info: None,
            message: None,
            ended: None,
            asked: None,
            reminded: false,
        }
    }

    /// Returns the session that the kernel has, if it has one that is thought to be alive.
    pub(super) fn living(&self) -> Option<&Session> {
        self.session.as_ref().filter(|session| !session.over)
    }

    /// Returns what a runner has not been told yet: cells that were run, and the session.
    pub(super) fn untold(&mut self, runner: &Arc<Runner>) -> (Vec<SeenCell>, Option<OfKernel>) {
        if !Weak::ptr_eq(&self.told.0, &Arc::downgrade(runner)) {
            self.told = (Arc::downgrade(runner), 0);
        }
        let cells = self.seen.get(self.told.1..).unwrap_or_default().to_vec();
        self.told.1 = self.seen.len();
        let of_kernel =
            |it: &Session| OfKernel { id: it.id.clone(), identity: it.identity.clone(), found: it.info.is_some() };
        let session = self.living().map(of_kernel);
        (cells, session)
    }
}
