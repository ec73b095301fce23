//! What was run in a session before the document came to it, and what still runs: that is followed to its end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use crate::run::event::{Event, Sink};
use crate::run::ledger::Ledger;
use crate::run::nbformat;
use crate::run::past::{Past, PastStatement};
use crate::session::{
    ApiErrorKind, DynGlueApi, OutputStatus, Phase, SessionHandle, SessionId, SessionView, Statement, StatementId,
    StatementState, outputs,
};

use super::actor::Actor;
use super::failures::Reducer;
use super::live::Origin;
use super::lock;
use super::telling::{limit, references};

/// The most bytes that one statement of before shows.
const MOST_BYTES: usize = 1024 * 1024;
/// The state of a statement whose end nobody knows; a word of ours.
const LOST: &str = "UNKNOWN";
/// How soon a statement that runs is asked for, and how rarely at last.
const SOON: Duration = Duration::from_secs(1);
const RARELY: Duration = Duration::from_secs(30);
/// How often in a row the service may fail to tell of one, before nobody asks any more: about ten minutes.
const MOST_FAILURES: u32 = 24;
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
            let own = live.origin == Origin::TakenOver;
            let news = lock(&self.ledger).followed.begin(running.iter().map(|statement| statement.id), own);
            let follower = Follower {
                api: Arc::clone(&live.api),
                id: view.id,
                sink: self.sink(),
                reducer,
                ledger: Arc::clone(&self.ledger),
                news,
            };
            // It must not keep the session's actor: that ends when nobody else holds it.
            let session = handle.watch();
            tokio::spawn(async move { follower.follow(running, session).await });
        }
    }
}

/// Follows statements that nobody here has started.
struct Follower {
    api: Arc<dyn DynGlueApi>,
    id: SessionId,
    sink: Sink,
    reducer: Reducer,
    ledger: Arc<Mutex<Ledger>>,
    /// Told when one is to be cancelled.
    news: Arc<Notify>,
}

impl Drop for Follower {
    fn drop(&mut self) {
        lock(&self.ledger).followed.done(&self.news, None);
    }
}

/// A statement that has not ended, as far as is known.
struct Course {
    before: Statement,
    known: PastStatement,
    /// How often in a row the service has not told of it.
    failures: u32,
    /// Whether it was to be cancelled: then its end is looked for though others run before it.
    cancelled: bool,
}

impl Follower {
    /// Tells of each statement as it goes on, until all have ended or the session is left.
    async fn follow(&self, running: Vec<Statement>, mut session: watch::Receiver<SessionView>) {
        let over = async move {
            // The sender is gone with the session's actor.
            let _ = session.wait_for(|view| matches!(view.phase, Phase::Ended(_))).await;
        };
        let course =
            |before: Statement| Course { known: past(&before, self.reducer), before, failures: 0, cancelled: false };
        let mut courses: Vec<Course> = running.into_iter().map(course).collect();
        tokio::select! {
            () = over => {}
            () = self.follow_all(&mut courses) => {}
        }
        // Who shows them as running is to know that nothing comes any more.
        courses.into_iter().for_each(|course| self.lose(course));
    }

    /// Tells that a statement is followed no more, though nobody knows its end.
    fn lose(&self, course: Course) {
        let known = PastStatement { state: LOST.to_owned(), ended: true, lost: true, ..course.known };
        (self.sink)(Event::Past(Past { session: self.id.to_string(), statements: vec![known], since: true }));
    }

    async fn follow_all(&self, courses: &mut Vec<Course>) {
        let mut pause = SOON;
        while !courses.is_empty() {
            tokio::select! {
                () = sleep(pause) => pause = (pause * 2).min(RARELY),
                () = self.news.notified() => {
                    let wanted = lock(&self.ledger).followed.wanted(&self.news);
                    for course in courses.iter_mut().filter(|course| wanted.contains(&course.before.id)) {
                        self.cancel(course).await;
                    }
                    // It ends soon.
                    pause = SOON / 10;
                }
            }
            let mut ended = Vec::new();
            // They run one after another.
            for (index, course) in
                courses.iter_mut().enumerate().filter(|(index, course)| *index == 0 || course.cancelled)
            {
                let was = course.known.ended;
                let there = self.look(course).await;
                if !there || course.known.ended != was {
                    ended.push(index);
                }
            }
            for index in ended.into_iter().rev() {
                let course = courses.remove(index);
                lock(&self.ledger).followed.done(&self.news, Some(course.before.id));
                if !course.known.ended {
                    self.lose(course);
                }
                pause = pause.min(SOON);
            }
        }
    }

    /// Has a statement cancelled.
    async fn cancel(&self, course: &mut Course) {
        course.cancelled = true;
        let why = match timeout(PATIENCE, self.api.cancel_statement(&self.id, course.before.id)).await {
            Ok(Ok(())) => return,
            // What has ended says so when it is asked for.
            Ok(Err(error)) if error.questions_session() => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the service does not answer".to_owned(),
        };
        let text = format!(
            "Statement number {} of the session {} could not be cancelled: {why}.",
            course.before.id.0, self.id
        );
        (self.sink)(Event::Notice(text));
    }

    /// Asks for a statement and tells what is new of it; returns whether it is there at all.
    async fn look(&self, course: &mut Course) -> bool {
        let now = match self.ask(course.before.id).await {
            // Its code does not change, and need not be told each time.
            Ok(Some(now)) => Statement { code: now.code.or_else(|| course.before.code.clone()), ..now },
            Ok(None) => {
                course.failures += 1;
                return course.failures < MOST_FAILURES;
            }
            Err(()) => return false,
        };
        course.failures = 0;
        let now = past(&now, self.reducer);
        let known = &mut course.known;
        if (&now.outputs, &now.state) != (&known.outputs, &known.state) {
            *known = now;
            (self.sink)(Event::Past(Past {
                session: self.id.to_string(),
                statements: vec![known.clone()],
                since: true,
            }));
        }
        true
    }

    /// Asks for a statement; fails if there is none any more.
    async fn ask(&self, id: StatementId) -> Result<Option<Statement>, ()> {
        match timeout(PATIENCE, self.api.get_statement(&self.id, id)).await {
            Ok(Ok(statement)) => Ok(Some(statement)),
            Ok(Err(error)) if is_final(&error.kind) => Err(()),
            Ok(Err(_)) | Err(_) => Ok(None),
        }
    }
}

/// Whether asking again is of no use.
fn is_final(kind: &ApiErrorKind) -> bool {
    matches!(kind, ApiErrorKind::NotFound | ApiErrorKind::AccessDenied { .. } | ApiErrorKind::RejectedCredentials)
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
        cancelled: statement.state == StatementState::Cancelled,
        lost: false,
        ok: done && !error,
        outputs: nbformat::objects(&shown, &limit),
        elsewhere: references(&shown),
        started_on: statement.started_on,
        completed_on: statement.completed_on,
    }
}
