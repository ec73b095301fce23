//! Runners over a scripted service, on a paused clock: slow starts, outages, nights.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use super::super::*;
use crate::run::LocalEngine;
use crate::run::event::{CellReport, CellState, Event};
use crate::session::scripted::{Behaviour, Fault, Scripted};
use crate::session::{ApiErrorKind, Operation, SessionId, SessionStatus};
use crate::syntax::{Cell, CellKind};

/// More than a run of a few cells has to tell, however long it takes.
const FEW: usize = 60;

/// A document's runner at a service.
struct Desk {
    service: Scripted,
    runner: Runner,
    events: UnboundedReceiver<Event>,
    sessions: Vec<SessionId>,
}

/// What was told of a run.
struct Story {
    events: Vec<Event>,
}

impl Story {
    /// The states of a cell, without repetitions.
    fn states(&self, index: usize) -> Vec<CellState> {
        let mut states: Vec<CellState> = self.reports(index).map(|report| report.state).collect();
        states.dedup();
        states
    }

    fn reports(&self, index: usize) -> impl Iterator<Item = &CellReport> {
        self.events.iter().filter_map(move |event| match event {
            Event::Cell(report) if report.cell == Some(CellKey::Ordinal(index)) => Some(report),
            _ => None,
        })
    }

    /// All that is shown or said, for a look at the words.
    fn text(&self) -> String {
        format!("{:?}", self.events)
    }
}

impl Desk {
    fn new() -> Desk {
        let service = Scripted::new();
        let scripted: Arc<dyn crate::session::DynGlueApi> = Arc::new(service.clone());
        let shared = Shared { records: None, scripted: Some(scripted), ..Shared::of_user() };
        let options = Options {
            // So that nobody is asked whose account it is; whatever it is asked, the script answers.
            engine: Engine::Local(Box::new(LocalEngine::new("/nowhere/python", std::env::temp_dir()))),
            kernel: Kernel::PySpark,
            environment: Arc::default(),
            document: "a.ipynb".to_owned(),
            forced: Who::default(),
            fallback: Who::default(),
            idle_timeout: 60,
            tags: BTreeMap::new(),
            idle_reminder: 0,
            rates: BTreeMap::new(),
            allowed: Arc::default(),
            arguments: Vec::new(),
            keep_session: false,
            stacks: Stacks::Whole,
            take_over: None,
        };
        let (sender, events) = unbounded_channel();
        let sink: Sink = Arc::new(move |event| drop(sender.send(event)));
        Desk { service, runner: Runner::start(shared, options, sink), events, sessions: Vec::new() }
    }

    /// Asks for cells to be run.
    fn begin(&self, texts: &[&str]) {
        let cell = |(index, text): (usize, &&str)| CellRun {
            key: CellKey::Ordinal(index),
            index,
            model: Arc::new(CellModel::new(Arc::new(Cell::whole(CellKind::Code, *text)))),
            problems: Vec::new(),
            part: false,
        };
        self.runner.run(texts.iter().enumerate().map(cell).collect(), true).begin();
    }

    /// Listens until so many cells have ended, each of which does so once and tells nothing after that.
    async fn end(&mut self, cells: usize) -> Story {
        let (mut events, mut ended) = (Vec::new(), Vec::new());
        while ended.len() < cells {
            let event = self.events.recv().await.expect("the runner has ended");
            match &event {
                Event::Cell(report) => {
                    assert!(!ended.contains(&report.cell), "{report:?} behind the end");
                    if report.state.is_final() {
                        ended.push(report.cell.clone());
                    }
                }
                Event::Session(report) => {
                    let id = report.session_id.clone().map(SessionId::new);
                    self.sessions.extend(id.filter(|id| !self.sessions.contains(id)));
                }
                _ => {}
            }
            events.push(event);
        }
        Story { events }
    }

    async fn run(&mut self, texts: &[&str]) -> Story {
        self.begin(texts);
        self.end(texts.len()).await
    }

    /// Listens until a cell is in a state.
    async fn until(&mut self, index: usize, state: CellState) {
        loop {
            let event = self.events.recv().await.expect("the runner has ended");
            if let Event::Cell(report) = &event
                && report.cell == Some(CellKey::Ordinal(index))
                && report.state == state
            {
                return;
            }
        }
    }

    fn count(&self, operation: Operation) -> usize {
        self.service.count(operation)
    }
}

/// Answers nothing but this until then.
fn outage(service: &Scripted, kind: ApiErrorKind, lasts: Duration) {
    let begun = Instant::now();
    service.plan(move |_, _| (begun.elapsed() < lasts).then(|| Fault::Refuse(kind.clone())));
}

fn lasting(seconds: u64) -> impl FnMut(&str) -> Behaviour + Send + 'static {
    move |code| Behaviour::ok(if code.contains("long") { seconds * 1000 } else { 50 }, code)
}

#[tokio::test(start_paused = true)]
async fn two_minutes_of_provisioning() {
    let mut desk = Desk::new();
    desk.service.world().ready_after = Duration::from_secs(120);
    desk.service.world().tells_progress = true;
    let begun = Instant::now();
    let story = desk.run(&["a = 1", "b = 2", "c = 3"]).await;
    assert!((120..124).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    assert_eq!(
        story.states(0),
        [CellState::Queued, CellState::StartingSession, CellState::Running, CellState::Ok],
        "{}",
        story.text()
    );
    assert_eq!(story.states(2), [CellState::Queued, CellState::Running, CellState::Ok]);
    assert_eq!(desk.service.world().executed, ["a = 1", "b = 2", "c = 3"]);
    assert_eq!(desk.count(Operation::CreateSession), 1);
    // It is told how far the start is, and asked for about once a second.
    let progress: Vec<f64> = story.reports(0).filter_map(|report| report.progress).collect();
    assert!(progress.is_sorted() && progress.len() > 60 && progress.last() > Some(&0.95), "{progress:?}");
    assert!((100..140).contains(&desk.count(Operation::GetSession)), "{}", desk.count(Operation::GetSession));
}

#[tokio::test(start_paused = true)]
async fn a_start_that_is_cancelled_after_a_minute_leaves_nothing() {
    let mut desk = Desk::new();
    desk.service.world().ready_after = Duration::from_secs(120);
    desk.begin(&["a = 1", "b = 2"]);
    desk.until(0, CellState::StartingSession).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(desk.runner.cancel(Which::All), 2);
    let story = desk.end(2).await;
    assert!(story.reports(0).any(|report| report.state == CellState::Cancelled), "{}", story.text());
    let closed = desk.runner.close().await;
    assert!(closed.alive.is_none(), "{closed:?}");
    assert_eq!(desk.service.world().executed, [""; 0]);
    let [id] = &*desk.sessions else { panic!("{:?}", desk.sessions) };
    assert_eq!(desk.service.status(id), Some(SessionStatus::Stopped));
}

#[tokio::test(start_paused = true)]
async fn a_minute_without_network() {
    let gone = || ApiErrorKind::Connection { sent: false };
    // While the session starts.
    let mut desk = Desk::new();
    desk.service.world().ready_after = Duration::from_secs(120);
    desk.begin(&["long", "b = 2"]);
    desk.service.behave(lasting(180));
    desk.until(0, CellState::StartingSession).await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    outage(&desk.service, gone(), Duration::from_secs(60));
    desk.until(0, CellState::Running).await;
    // And while a cell runs.
    tokio::time::sleep(Duration::from_secs(20)).await;
    outage(&desk.service, gone(), Duration::from_secs(60));
    let story = desk.end(2).await;
    assert_eq!((story.states(0).last(), story.states(1).last()), (Some(&CellState::Ok), Some(&CellState::Ok)));
    assert!(story.reports(0).any(|report| report.message.is_some()), "the trouble is told: {}", story.text());
    assert!(story.events.len() < FEW, "{}", story.text());
    assert_eq!(desk.service.world().executed, ["long", "b = 2"]);
    assert_eq!((desk.count(Operation::CreateSession), desk.count(Operation::RunStatement)), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_minute_without_network_before_the_next_cell_tells_what_was_not_run() {
    let mut desk = Desk::new();
    desk.run(&["a = 1"]).await;
    outage(&desk.service, ApiErrorKind::Connection { sent: false }, Duration::from_secs(60));
    let story = desk.run(&["b = 2", "c = 3"]).await;
    // Who waits in front of it is told soon, and nothing happens behind the back.
    assert_eq!(story.states(0).last(), Some(&CellState::Error), "{}", story.text());
    assert_eq!(story.states(1).last(), Some(&CellState::Cancelled), "{}", story.text());
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(desk.service.world().executed, ["a = 1"]);
    let story = desk.run(&["b = 2", "c = 3"]).await;
    assert_eq!(story.states(1).last(), Some(&CellState::Ok), "{}", story.text());
    assert_eq!(desk.service.world().executed, ["a = 1", "b = 2", "c = 3"]);
    assert_eq!(desk.count(Operation::CreateSession), 1, "the session is the same");
}

#[tokio::test(start_paused = true)]
async fn a_night_of_sleep_while_a_cell_runs() {
    let mut desk = Desk::new();
    desk.service.behave(lasting(3600));
    desk.begin(&["long", "b = 2"]);
    desk.until(0, CellState::Running).await;
    let calls = desk.service.world().calls.len();
    // The clock jumps, and nobody was awake.
    tokio::time::advance(Duration::from_secs(8 * 3600)).await;
    let story = desk.end(2).await;
    assert_eq!((story.states(0).last(), story.states(1).last()), (Some(&CellState::Ok), Some(&CellState::Ok)));
    assert_eq!(desk.service.world().executed, ["long", "b = 2"]);
    let calls = desk.service.world().calls.len() - calls;
    assert!(calls < 10, "{calls} calls: the night is not made up for");
    assert!(story.events.len() < FEW, "{}", story.text());
}

#[tokio::test(start_paused = true)]
async fn a_night_of_sleep_in_which_the_session_ended() {
    let mut desk = Desk::new();
    desk.service.behave(lasting(6 * 3600));
    desk.run(&["a = 1"]).await;
    desk.begin(&["long", "b = 2"]);
    desk.until(0, CellState::Running).await;
    let first = desk.sessions[0].clone();
    tokio::time::advance(Duration::from_secs(8 * 3600)).await;
    desk.service.force(&first, SessionStatus::Timeout, Some("idle"));
    let story = desk.end(2).await;
    assert!(matches!(story.states(0).last(), Some(CellState::Error | CellState::Ok)), "{}", story.text());
    let ran = desk.service.world().executed.len();
    assert_eq!(ran, 2, "nothing is sent a second time: {:?}", desk.service.world().executed);
    // In the morning a cell starts a new session, and says why.
    let story = desk.run(&["c = 3"]).await;
    assert_eq!(story.states(0).last(), Some(&CellState::Ok), "{}", story.text());
    assert!(story.text().contains("without the variables of the old one"), "{}", story.text());
    assert_eq!((desk.count(Operation::CreateSession), desk.sessions.len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_throttling() {
    let mut desk = Desk::new();
    desk.service.behave(lasting(1800));
    desk.begin(&["long", "b = 2"]);
    desk.until(0, CellState::Running).await;
    outage(&desk.service, ApiErrorKind::Throttled, Duration::from_secs(3600));
    let calls = desk.service.world().calls.len();
    let begun = Instant::now();
    let story = desk.end(2).await;
    assert!((3600..3700).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    assert_eq!((story.states(0).last(), story.states(1).last()), (Some(&CellState::Ok), Some(&CellState::Ok)));
    assert_eq!(desk.service.world().executed, ["long", "b = 2"]);
    assert_eq!(desk.count(Operation::RunStatement), 2);
    // Whoever asks too much asks less, and says little about it.
    let calls = desk.service.world().calls.len() - calls;
    assert!(calls < 300, "{calls} calls in an hour");
    assert!(story.events.len() < FEW, "{}", story.text());
}

#[tokio::test(start_paused = true)]
async fn a_day_of_waiting_for_the_next_cell_asks_nobody() {
    let mut desk = Desk::new();
    desk.run(&["a = 1"]).await;
    let calls = desk.service.world().calls.len();
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    assert_eq!(desk.service.world().calls.len(), calls);
    assert!(desk.events.try_recv().is_err(), "and tells nothing");
}
