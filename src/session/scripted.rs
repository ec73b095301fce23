//! A service in memory that does what a test's script says: it throttles, fails before or after doing the
//! work, delays, forgets to answer, and changes states. It records every call, and every statement that
//! was really run. Time is tokio's, so with a paused clock nothing takes any.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::api::{GlueApi, Page, PageToken, SessionFilter};
use super::error::{ApiError, ApiErrorKind, Operation};
use super::types::{
    DashboardUrl, OutputStatus, SessionId, SessionInfo, SessionSpec, SessionStatus, Statement, StatementData,
    StatementId, StatementOutput, StatementState,
};

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    /// It is answered with an error, and not carried out.
    Refuse(ApiErrorKind),
    /// It is carried out, and answered with an error.
    Lose(ApiErrorKind),
    /// It reaches the service only after this time.
    DelayRequest(Duration),
    /// It is carried out at once and answered after this time.
    DelayAnswer(Duration),
    /// It is carried out and never answered.
    DropAnswer,
    /// It is never answered, and carried out after this time, whether or not anybody still waits.
    Late(Duration),
}

/// What a statement does.
#[derive(Debug, Clone)]
pub(crate) struct Behaviour {
    /// How long it runs; `None` for ever.
    pub(crate) takes: Option<Duration>,
    /// Its state while it runs.
    pub(crate) running: StatementState,
    /// What is told of its output while it runs, as far as the part of its time that is over.
    pub(crate) prints: Option<String>,
    /// Its state and output at the end.
    pub(crate) state: StatementState,
    pub(crate) output: Option<StatementOutput>,
}

impl Behaviour {
    /// Runs for so many milliseconds and shows a text.
    pub(crate) fn ok(millis: u64, text: &str) -> Self {
        let data = StatementData { text_plain: Some(text.to_owned()), ..StatementData::default() };
        Self {
            takes: Some(Duration::from_millis(millis)),
            running: StatementState::Running,
            prints: None,
            state: StatementState::Available,
            output: Some(StatementOutput {
                status: Some(OutputStatus::Ok),
                data: Some(data),
                ..StatementOutput::default()
            }),
        }
    }

    /// Raises an exception.
    pub(crate) fn error(name: &str) -> Self {
        let output = StatementOutput {
            status: Some(OutputStatus::Error),
            error_name: Some(name.to_owned()),
            error_value: Some("bad".to_owned()),
            ..StatementOutput::default()
        };
        Self { output: Some(output), ..Self::ok(50, "") }
    }

    /// What is told while it runs.
    fn so_far(&self, started: Instant) -> Option<StatementOutput> {
        let (prints, takes) = self.prints.as_ref().zip(self.takes)?;
        let count = prints.len() as f64 * started.elapsed().as_secs_f64() / takes.as_secs_f64();
        let text = prints[..prints.floor_char_boundary(count as usize)].to_owned();
        let data = StatementData { text_plain: Some(text), ..StatementData::default() };
        Some(StatementOutput { data: Some(data), ..StatementOutput::default() })
    }

    /// Runs until it is cancelled.
    pub(crate) fn endless() -> Self {
        Self { takes: None, ..Self::ok(0, "") }
    }
}

struct FakeStatement {
    code: String,
    submitted: Instant,
    started: Option<Instant>,
    ended: Option<Instant>,
    cancelled: bool,
    behaviour: Behaviour,
}

struct FakeSession {
    created: Instant,
    stopped: Option<Instant>,
    status: Option<SessionStatus>,
    error_message: Option<String>,
    statements: Vec<FakeStatement>,
}

type Plan = Box<dyn FnMut(Operation, usize) -> Option<Fault> + Send>;

/// The script and what came of it.
pub(crate) struct World {
    sessions: BTreeMap<SessionId, FakeSession>,
    /// Every call, with its time.
    pub(crate) calls: Vec<(Operation, Instant)>,
    /// The code of every statement that was started, in order.
    pub(crate) executed: Vec<String>,
    /// What goes wrong with the call of this operation, the how-manieth of all calls (from 1) it is.
    pub(crate) plan: Plan,
    /// What a statement with this code does.
    pub(crate) behave: Box<dyn FnMut(&str) -> Behaviour + Send>,
    /// How long a session takes to be ready, and to stop.
    pub(crate) ready_after: Duration,
    pub(crate) stop_takes: Duration,
    /// Number of the first statement of a session.
    pub(crate) first_id: i64,
    /// How many statements a page holds.
    pub(crate) page_size: usize,
    /// Whether sessions that are being started tell how far they are.
    pub(crate) tells_progress: bool,
}

/// The service; clones are the same one.
#[derive(Clone)]
pub(crate) struct Scripted(Arc<Mutex<World>>);

impl Scripted {
    /// A service in which all goes well: sessions are ready after 3 s, statements run for 50 ms.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(World {
            sessions: BTreeMap::new(),
            calls: Vec::new(),
            executed: Vec::new(),
            plan: Box::new(|_, _| None),
            behave: Box::new(|code| Behaviour::ok(50, code)),
            ready_after: Duration::from_secs(3),
            stop_takes: Duration::from_secs(1),
            first_id: 1,
            page_size: 100,
            tells_progress: false,
        })))
    }

    /// Reads or changes the script or the record.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.0.lock().unwrap();
        world.pass_time();
        world
    }

    /// Lets faults happen.
    pub(crate) fn plan(&self, plan: impl FnMut(Operation, usize) -> Option<Fault> + Send + 'static) {
        self.world().plan = Box::new(plan);
    }

    /// Lets this fault happen to the first call of the operation from now on, and no other.
    pub(crate) fn fault_once(&self, operation: Operation, fault: Fault) {
        let mut fault = Some(fault);
        self.plan(move |called, _| if called == operation { fault.take() } else { None });
    }

    /// Says what statements do.
    pub(crate) fn behave(&self, behave: impl FnMut(&str) -> Behaviour + Send + 'static) {
        self.world().behave = Box::new(behave);
    }

    /// Forces a session into a state.
    pub(crate) fn force(&self, id: &SessionId, status: SessionStatus, message: Option<&str>) {
        if let Some(session) = self.world().sessions.get_mut(id) {
            session.status = Some(status);
            session.error_message = message.map(str::to_owned);
        }
    }

    /// Makes a session that is ready, as another client would have.
    pub(crate) fn existing(&self, id: &SessionId) {
        let mut world = self.world();
        let session = world.fresh();
        world.sessions.insert(id.clone(), session);
        world.sessions.get_mut(id).unwrap().status = Some(SessionStatus::Ready);
    }

    /// Runs a statement as another client would.
    pub(crate) fn elsewhere(&self, id: &SessionId, code: &str) {
        self.world().do_run(id, code).unwrap();
    }

    /// Cancels all statements of a session as another client would.
    pub(crate) fn cancel_elsewhere(&self, id: &SessionId) {
        let count = self.world().sessions[id].statements.len() as i64;
        for number in 1..=count {
            self.world().do_cancel(id, StatementId(number)).unwrap();
        }
    }

    /// How often an operation was called.
    pub(crate) fn count(&self, operation: Operation) -> usize {
        self.world().calls.iter().filter(|(called, _)| *called == operation).count()
    }

    /// The state of a session, `None` where there is none.
    pub(crate) fn status(&self, id: &SessionId) -> Option<SessionStatus> {
        self.world().describe(id).map(|info| info.status)
    }

    async fn perform<T, F>(&self, operation: Operation, action: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&mut World) -> Result<T, ApiErrorKind> + Send + 'static,
    {
        let fault = {
            let mut world = self.world();
            world.calls.push((operation, Instant::now()));
            let number = world.calls.len();
            (world.plan)(operation, number)
        };
        let error = |kind| ApiError::new(operation, kind, "scripted");
        let act = |action: F| action(&mut self.world()).map_err(error);
        match fault {
            None => act(action),
            Some(Fault::Refuse(kind)) => Err(error(kind)),
            Some(Fault::Lose(kind)) => act(action).and_then(|_| Err(error(kind))),
            Some(Fault::DelayRequest(delay)) => {
                sleep(delay).await;
                act(action)
            }
            Some(Fault::DelayAnswer(delay)) => {
                let answer = act(action);
                sleep(delay).await;
                answer
            }
            Some(Fault::DropAnswer) => {
                act(action).ok();
                std::future::pending().await
            }
            Some(Fault::Late(delay)) => {
                let later = self.clone();
                tokio::spawn(async move {
                    sleep(delay).await;
                    action(&mut later.world()).ok();
                });
                std::future::pending().await
            }
        }
    }
}

impl World {
    fn fresh(&self) -> FakeSession {
        FakeSession {
            created: Instant::now(),
            stopped: None,
            status: None,
            error_message: None,
            statements: Vec::new(),
        }
    }

    fn describe(&self, id: &SessionId) -> Option<SessionInfo> {
        let session = self.sessions.get(id)?;
        let now = Instant::now();
        let status = match (&session.status, session.stopped) {
            (Some(status), _) => status.clone(),
            (None, Some(stopped)) if now < stopped + self.stop_takes => SessionStatus::Stopping,
            (None, Some(_)) => SessionStatus::Stopped,
            (None, None) if now < session.created + self.ready_after => SessionStatus::Provisioning,
            (None, None) => SessionStatus::Ready,
        };
        let mut info = SessionInfo::new(id.clone(), status);
        info.error_message = session.error_message.clone();
        if self.tells_progress && info.status == SessionStatus::Provisioning {
            info.progress = Some((now - session.created).as_secs_f64() / self.ready_after.as_secs_f64());
        }
        Some(info)
    }

    /// Lets statements start and end, one after another, up to now.
    fn pass_time(&mut self) {
        let now = Instant::now();
        for session in self.sessions.values_mut() {
            let mut free = session.created;
            for statement in &mut session.statements {
                if statement.started.is_none() && statement.ended.is_none() {
                    let start = free.max(statement.submitted);
                    if start > now {
                        break;
                    }
                    statement.started = Some(start);
                    self.executed.push(statement.code.clone());
                }
                if statement.ended.is_none() {
                    match statement.started.zip(statement.behaviour.takes).map(|(start, takes)| start + takes) {
                        Some(end) if end <= now => statement.ended = Some(end),
                        _ => break,
                    }
                }
                free = free.max(statement.ended.unwrap_or(free));
            }
        }
    }

    fn ready(&mut self, id: &SessionId) -> Result<&mut FakeSession, ApiErrorKind> {
        match self.describe(id).ok_or(ApiErrorKind::NotFound)?.status {
            SessionStatus::Ready => Ok(self.sessions.get_mut(id).unwrap()),
            _ => Err(ApiErrorKind::IllegalState),
        }
    }

    fn do_run(&mut self, id: &SessionId, code: &str) -> Result<StatementId, ApiErrorKind> {
        let behaviour = (self.behave)(code);
        let first = self.first_id;
        let session = self.ready(id)?;
        session.statements.push(FakeStatement {
            code: code.to_owned(),
            submitted: Instant::now(),
            started: None,
            ended: None,
            cancelled: false,
            behaviour,
        });
        let number = first + session.statements.len() as i64 - 1;
        self.pass_time();
        Ok(StatementId(number))
    }

    fn do_cancel(&mut self, id: &SessionId, statement: StatementId) -> Result<(), ApiErrorKind> {
        let position = usize::try_from(statement.0 - self.first_id).map_err(|_| ApiErrorKind::NotFound)?;
        let session = self.ready(id)?;
        let statement = session.statements.get_mut(position).ok_or(ApiErrorKind::NotFound)?;
        if statement.ended.is_none() {
            statement.ended = Some(Instant::now());
            statement.cancelled = true;
        }
        self.pass_time();
        Ok(())
    }

    fn tell(&self, number: StatementId, statement: &FakeStatement) -> Statement {
        let (state, output) = match (statement.started, statement.ended) {
            _ if statement.cancelled => (StatementState::Cancelled, None),
            (_, Some(_)) => (statement.behaviour.state.clone(), statement.behaviour.output.clone()),
            (Some(started), None) => (statement.behaviour.running.clone(), statement.behaviour.so_far(started)),
            (None, None) => (StatementState::Waiting, None),
        };
        let mut told = Statement::new(number, state);
        told.code = Some(statement.code.clone());
        told.output = output;
        told
    }

    fn all(&mut self, id: &SessionId) -> Result<Vec<Statement>, ApiErrorKind> {
        let first = self.first_id;
        self.ready(id)?;
        let statements = self.sessions[id].statements.iter().enumerate();
        Ok(statements.map(|(position, statement)| self.tell(StatementId(first + position as i64), statement)).collect())
    }
}

impl GlueApi for Scripted {
    async fn create_session(&self, spec: &SessionSpec) -> Result<SessionInfo, ApiError> {
        let id = spec.id.clone();
        self.perform(Operation::CreateSession, move |world| {
            if world.sessions.contains_key(&id) {
                return Err(ApiErrorKind::AlreadyExists);
            }
            let session = world.fresh();
            world.sessions.insert(id.clone(), session);
            world.describe(&id).ok_or(ApiErrorKind::NotFound)
        })
        .await
    }

    async fn get_session(&self, id: &SessionId) -> Result<SessionInfo, ApiError> {
        let id = id.clone();
        self.perform(Operation::GetSession, move |world| world.describe(&id).ok_or(ApiErrorKind::NotFound)).await
    }

    async fn stop_session(&self, id: &SessionId) -> Result<(), ApiError> {
        let id = id.clone();
        self.perform(Operation::StopSession, move |world| {
            let status = world.describe(&id).ok_or(ApiErrorKind::NotFound)?.status;
            if status.is_over() {
                return Err(ApiErrorKind::IllegalState);
            }
            let session = world.sessions.get_mut(&id).ok_or(ApiErrorKind::NotFound)?;
            session.status = None;
            session.stopped = Some(Instant::now());
            Ok(())
        })
        .await
    }

    async fn list_sessions(
        &self,
        filter: &SessionFilter,
        page: Option<&PageToken>,
    ) -> Result<Page<SessionInfo>, ApiError> {
        let start = page.map_or(0, |token| token.0.parse().unwrap());
        let size = filter.page_size.map_or(usize::MAX, |size| usize::try_from(size).unwrap());
        self.perform(Operation::ListSessions, move |world| {
            let all = || world.sessions.keys().filter_map(|id| world.describe(id)).skip(start);
            let items: Vec<SessionInfo> = all().take(size).collect();
            let end = start + items.len();
            let next = (all().count() > items.len()).then(|| PageToken(end.to_string()));
            Ok(Page { items, next })
        })
        .await
    }

    async fn run_statement(&self, session: &SessionId, code: &str) -> Result<StatementId, ApiError> {
        let (id, code) = (session.clone(), code.to_owned());
        self.perform(Operation::RunStatement, move |world| world.do_run(&id, &code)).await
    }

    async fn get_statement(&self, session: &SessionId, statement: StatementId) -> Result<Statement, ApiError> {
        let id = session.clone();
        self.perform(Operation::GetStatement, move |world| {
            let all = world.all(&id)?;
            all.into_iter().find(|told| told.id == statement).ok_or(ApiErrorKind::NotFound)
        })
        .await
    }

    async fn list_statements(
        &self,
        session: &SessionId,
        page: Option<&PageToken>,
    ) -> Result<Page<Statement>, ApiError> {
        let id = session.clone();
        let begin: usize = page.map_or(0, |page| page.0.parse().unwrap());
        self.perform(Operation::ListStatements, move |world| {
            let all = world.all(&id)?;
            let end = (begin + world.page_size).min(all.len());
            let next = (end < all.len()).then(|| PageToken(end.to_string()));
            Ok(Page { items: all[begin.min(end)..end].to_vec(), next })
        })
        .await
    }

    async fn cancel_statement(&self, session: &SessionId, statement: StatementId) -> Result<(), ApiError> {
        let id = session.clone();
        self.perform(Operation::CancelStatement, move |world| world.do_cancel(&id, statement)).await
    }

    async fn get_tags(&self, _: &SessionId) -> Result<Vec<(String, String)>, ApiError> {
        self.perform(Operation::GetTags, |_| Ok(Vec::new())).await
    }

    async fn tag_resource(&self, _: &SessionId, _: &[(String, String)]) -> Result<(), ApiError> {
        self.perform(Operation::TagResource, |_| Ok(())).await
    }

    async fn dashboard_url(&self, session: &SessionId) -> Result<DashboardUrl, ApiError> {
        let id = session.clone();
        self.perform(Operation::GetDashboardUrl, move |world| {
            world.describe(&id).ok_or(ApiErrorKind::NotFound)?;
            DashboardUrl::new(format!("https://dashboard.example/{}?token=t0ken", id.as_str().replace(' ', "+")))
                .ok_or(ApiErrorKind::BadAnswer)
        })
        .await
    }
}
