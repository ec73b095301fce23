//! Runners whose session waits for the runtime of this machine.

use std::fs::File;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::super::*;
use crate::local::setup::Runtimes;
use crate::run::LocalEngine;
use crate::run::event::{CellState, Event};
use crate::syntax::{Cell, CellKind};

/// A document of two cells, of which the first waits for a runtime that somebody else is making, for ever.
struct Desk {
    runner: Runner,
    events: UnboundedReceiver<Event>,
    _root: tempfile::TempDir,
    _lock: File,
}

impl Desk {
    async fn new() -> Desk {
        let root = tempfile::tempdir().unwrap();
        let lock = File::create(root.path().join("lock")).unwrap();
        lock.lock().unwrap();
        let mut engine = LocalEngine::of_user(None, std::env::temp_dir(), true);
        engine.runtimes = Some(Runtimes::in_folder(root.path().to_owned()));
        let options = Options {
            engine: Engine::Local(Box::new(engine)),
            kernel: Kernel::PySpark,
            environment: Arc::default(),
            document: "a.ipynb".to_owned(),
            forced: Who::default(),
            fallback: Who::default(),
            idle_timeout: 60,
            tags: BTreeMap::new(),
            arguments: Vec::new(),
            idle_reminder: 0,
            rates: BTreeMap::new(),
            allowed: Arc::default(),
            keep_session: false,
            stacks: Stacks::Whole,
            take_over: None,
        };
        let (sender, events) = unbounded_channel();
        let sink: Sink = Arc::new(move |event| drop(sender.send(event)));
        let runner = Runner::start(Shared { records: None, ..Shared::of_user() }, options, sink);
        let mut desk = Desk { runner, events, _root: root, _lock: lock };
        desk.runner.needs_spark(true);
        let cell = |index: usize| CellRun {
            key: CellKey::Ordinal(index),
            index,
            model: Arc::new(CellModel::new(Arc::new(Cell::whole(CellKind::Code, "spark")))),
            problems: Vec::new(),
            part: false,
        };
        desk.runner.run(vec![cell(0), cell(1)], true).begin();
        loop {
            if let Event::Cell(report) = desk.next().await
                && report.message.is_some_and(|message| message.contains("another glue-ls"))
            {
                return desk;
            }
        }
    }

    async fn next(&mut self) -> Event {
        self.events.recv().await.expect("the runner has ended")
    }

    /// Listens until both cells have ended, cancelled, and no session was made.
    async fn both_are_cancelled(mut self) {
        let mut ended = 0;
        while ended < 2 {
            match self.next().await {
                Event::Cell(report) if report.state.is_final() => {
                    assert_eq!(report.state, CellState::Cancelled, "{report:?}");
                    ended += 1;
                }
                Event::Session(report) => panic!("{report:?}"),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn to_stop_the_session_that_waits_for_the_runtime_ends_the_wait() {
    let desk = Desk::new().await;
    let report = desk.runner.stop_session().await.unwrap();
    assert_eq!(report.session_id, None);
    desk.both_are_cancelled().await;
}

#[tokio::test]
async fn to_cancel_the_cell_that_waits_for_the_runtime_ends_the_wait() {
    let desk = Desk::new().await;
    desk.runner.cancel(Which::All);
    desk.both_are_cancelled().await;
}
