//! What was run in a session before the document came to it, and what still runs: that is followed to its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::run::event::{Event, Sink};
use crate::run::nbformat;
use crate::run::past::{Past, PastStatement};
use crate::session::{
    ApiErrorKind, DynGlueApi, OutputStatus, Phase, SessionHandle, SessionId, SessionView, Statement, StatementId,
    StatementState, outputs,
};

use super::actor::{Actor, limit, references};
use super::failures::Reducer;

/// The most bytes that one statement of before shows.
const MOST_BYTES: usize = 1024 * 1024;
/// How soon a statement that runs is asked for, and how rarely at last.
const SOON: Duration = Duration::from_secs(1);
const RARELY: Duration = Duration::from_secs(30);
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

impl Actor {
    /// Tells what was run in the session before the document came to it, and goes on to tell of what still runs.
    pub(super) fn tell_past(&mut self, handle: &SessionHandle) {
        let (view, reducer) = (handle.view(), self.reducer());
        if view.past.is_empty() {
            return;
        }
        let statements = view.past.iter().map(|statement| past(statement, reducer)).collect();
        self.tell(Event::Past(Past { session: view.id.to_string(), statements, since: false }));
        let running: Vec<Statement> = view.past.iter().filter(|past| !past.state.is_terminal()).cloned().collect();
        if let (false, Some(live)) = (running.is_empty(), &self.session) {
            let alive = Arc::new(());
            self.following = Arc::downgrade(&alive);
            let follower = Follower { api: Arc::clone(&live.api), id: view.id, sink: self.sink(), reducer };
            // It must not keep the session's actor: that ends when nobody else holds it.
            let session = handle.watch();
            tokio::spawn(async move {
                follower.follow(running, session).await;
                drop(alive);
            });
        }
    }
}

/// Follows statements that nobody here has started.
struct Follower {
    api: Arc<dyn DynGlueApi>,
    id: SessionId,
    sink: Sink,
    reducer: Reducer,
}

impl Follower {
    /// Tells of each statement as it goes on, until all have ended or the session is left.
    async fn follow(&self, running: Vec<Statement>, mut session: watch::Receiver<SessionView>) {
        let over = async move {
            // The sender is gone with the session's actor.
            let _ = session.wait_for(|view| matches!(view.phase, Phase::Ended(_))).await;
        };
        let all = async {
            for statement in running {
                self.follow_one(statement).await;
            }
        };
        tokio::select! {
            () = over => {}
            () = all => {}
        }
    }

    async fn follow_one(&self, before: Statement) {
        let id = before.id;
        let mut known = past(&before, self.reducer);
        let mut pause = SOON;
        while !known.ended {
            sleep(pause).await;
            pause = (pause * 2).min(RARELY);
            let now = match self.ask(id).await {
                // Its code does not change, and need not be told each time.
                Ok(Some(now)) => Statement { code: now.code.or_else(|| before.code.clone()), ..now },
                Ok(None) => continue,
                Err(()) => return,
            };
            let now = past(&now, self.reducer);
            if (&now.outputs, now.ended) == (&known.outputs, false) {
                continue;
            }
            known = now;
            (self.sink)(Event::Past(Past {
                session: self.id.to_string(),
                statements: vec![known.clone()],
                since: true,
            }));
        }
    }

    /// Asks for a statement; fails if there is none any more.
    async fn ask(&self, id: StatementId) -> Result<Option<Statement>, ()> {
        match timeout(PATIENCE, self.api.get_statement(&self.id, id)).await {
            Ok(Ok(statement)) => Ok(Some(statement)),
            Ok(Err(error)) if error.kind == ApiErrorKind::NotFound => Err(()),
            Ok(Err(_)) | Err(_) => Ok(None),
        }
    }
}

fn past(statement: &Statement, reducer: Reducer) -> PastStatement {
    let mut shown = outputs(statement);
    reducer.reduce_all(&mut shown);
    let limit = nbformat::Limit { bytes: MOST_BYTES, ..limit() };
    let error = statement.output.as_ref().is_some_and(|output| output.status == Some(OutputStatus::Error));
    let done = matches!(statement.state, StatementState::Available | StatementState::Completed);
    PastStatement {
        number: statement.id.0,
        code: statement.code.clone(),
        state: statement.state.as_str().to_owned(),
        ended: statement.state.is_terminal(),
        ok: done && !error,
        outputs: nbformat::objects(&shown, &limit),
        elsewhere: references(&shown),
        started_on: statement.started_on,
        completed_on: statement.completed_on,
    }
}
