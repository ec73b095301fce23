//! The runner on a service that does what a script says, with tokio's clock.

use std::time::Duration;

use super::super::actor::Actor;
use super::super::known::Known;
use super::super::live::Origin;
use super::super::*;
use crate::aws::Surroundings;
use crate::run::event::{CellState, Event};
use crate::run::record::{RecordedIdentity, SessionRecord};
use crate::session::scripted::Scripted;
use crate::session::{DynGlueApi, Opening, Operation, SessionHandle, SessionId, SessionSpec, SessionStatus};
use crate::syntax::{Cell, CellKind};

/// A document that is attached to a session of the service.
struct Attached {
    service: Scripted,
    id: SessionId,
    orders: mpsc::UnboundedSender<Order>,
    events: mpsc::UnboundedReceiver<Event>,
}

impl Attached {
    /// A document without any session so far, and the service with one.
    fn alone() -> (Attached, Actor) {
        let (service, id) = (Scripted::new(), SessionId::new("s-1"));
        service.existing(&id);
        let (orders, receiver) = mpsc::unbounded_channel();
        let (told, events) = mpsc::unbounded_channel();
        let options = Options {
            engine: Engine::Aws,
            kernel: Kernel::PySpark,
            environment: Arc::default(),
            document: "/a.py".to_owned(),
            forced: Who::default(),
            fallback: Who::default(),
            idle_timeout: 60,
            tags: BTreeMap::new(),
            idle_reminder: 15,
            rates: BTreeMap::new(),
            allowed: Arc::default(),
            arguments: Vec::new(),
            keep_session: false,
            stacks: Stacks::Whole,
            take_over: None,
        };
        // Without a region no other session can be created: nobody is asked for one.
        let config = AwsConfig { surroundings: Surroundings::Isolated, ..AwsConfig::default() };
        let aws = Arc::new(Aws::new(config));
        let shared =
            Shared { aws, records: None, policy: Policy::default(), spares: Default::default(), scripted: None };
        let report = Arc::new(Mutex::new(SessionReport::none(EngineName::Aws)));
        let sink: Sink = Arc::new(move |event| drop(told.send(event)));
        let actor = Actor::new(shared, options, sink, receiver, Arc::default(), report);
        (Attached { service, id, orders, events }, actor)
    }

    async fn new(idle_timeout: Option<u32>) -> Attached {
        let (attached, mut actor) = Attached::alone();
        let (service, id) = (&attached.service, &attached.id);
        let api: Arc<dyn DynGlueApi> = Arc::new(service.clone());
        let handle = SessionHandle::open(Arc::clone(&api), Opening::Attach(id.clone()), Policy::default());
        handle.ready().await.unwrap();
        let mut spec = SessionSpec::new(id.clone(), "glueetl");
        spec.worker_type = Some("G.1X".to_owned());
        spec.number_of_workers = Some(2);
        let known = Known {
            region: None,
            engine: EngineName::Aws,
            id: id.clone(),
            workers: None,
            meter: actor.meter(&spec, Some("us-east-1")),
            idle_timeout,
            tags: None,
            drift: tokio::sync::watch::Sender::default(),
        };
        actor.look_after(handle, api, known, None, Origin::Attached { on_record: false });
        tokio::spawn(actor.live(None));
        attached
    }

    /// Runs a cell to its end, and returns what was told last of it.
    async fn run(&mut self, place: usize, text: &str) -> crate::run::CellReport {
        let model = Arc::new(CellModel::new(Arc::new(Cell::whole(CellKind::Code, text))));
        let cell = CellRun { key: CellKey::Ordinal(place), index: place, model, problems: Vec::new(), part: false };
        let job = Job { serial: fresh(), batch: fresh_batch(), cell: Some(cell), attach: None, stop_on_error: true };
        self.orders.send(Order::Run(vec![job])).unwrap();
        loop {
            match self.events.recv().await.unwrap() {
                Event::Cell(report) if report.state.is_final() => return report,
                _ => {}
            }
        }
    }

    /// Lets time go by, and returns what was said meanwhile.
    async fn after(&mut self, minutes: u64) -> Vec<Event> {
        tokio::time::sleep(Duration::from_secs(minutes * 60)).await;
        let mut told = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            told.push(event);
        }
        told
    }
}

fn notices(events: &[Event]) -> Vec<&str> {
    events.iter().filter_map(|event| if let Event::Notice(text) = event { Some(&**text) } else { None }).collect()
}

#[tokio::test(start_paused = true)]
async fn the_user_is_reminded_of_a_session_that_idles_once() {
    let mut attached = Attached::new(Some(60)).await;
    assert_eq!(attached.run(0, "x = 1").await.state, CellState::Ok);
    assert!(notices(&attached.after(14).await).is_empty());
    let told = attached.after(2).await;
    let [text] = &*notices(&told) else { panic!("{told:?}") };
    for part in ["the session s-1", "15 minutes", "$0.88/h", "glue-ls.stopSession", "after 60 idle minutes"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(notices(&attached.after(30).await).is_empty(), "once");
    assert_eq!(attached.run(0, "x = 2").await.state, CellState::Ok);
    assert_eq!(notices(&attached.after(16).await).len(), 1, "and once more when something has run");
}

#[tokio::test(start_paused = true)]
async fn the_user_is_reminded_of_a_session_that_was_taken_over_and_never_wanted() {
    let (mut attached, mut actor) = Attached::alone();
    let region = Some("us-east-1".to_owned());
    let place = RecordedIdentity { profile: None, region, endpoint: None, role_arn: None, account: None };
    let mut record = SessionRecord::new("s-1", place);
    record.worker_type = Some("G.1X".to_owned());
    record.number_of_workers = Some(2);
    actor.inherit(record);
    tokio::spawn(actor.live(None));
    let told = attached.after(14).await;
    let [text] = &*notices(&told) else { panic!("{told:?}") };
    assert!(text.contains("is taken over"), "{text}");
    let told = attached.after(2).await;
    let [text] = &*notices(&told) else { panic!("{told:?}") };
    for part in ["the session s-1", "15 minutes", "$0.88/h", "glue-ls.stopSession"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(notices(&attached.after(600).await).is_empty(), "once");
    assert_eq!(attached.service.count(Operation::GetSession), 0, "nobody asks for it");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_may_have_timed_out_is_looked_at_once() {
    let mut attached = Attached::new(Some(20)).await;
    attached.run(0, "x = 1").await;
    attached.run(1, "y = 2").await;
    assert_eq!(notices(&attached.after(11).await).len(), 1, "after half of its timeout");
    let asked = attached.service.count(Operation::GetSession);
    attached.after(8).await;
    assert_eq!(attached.service.count(Operation::GetSession), asked, "nobody asks how an idle session is");
    attached.service.force(&attached.id.clone(), SessionStatus::Timeout, Some("it was idle"));
    let told = attached.after(3).await;
    let ended = told.iter().find_map(|event| match event {
        Event::Session(report) if report.status.as_deref() == Some("TIMEOUT") => Some(report),
        _ => None,
    });
    let ended = ended.unwrap_or_else(|| panic!("{told:?}"));
    assert!(ended.message.as_deref().is_some_and(|text| text.contains("timed out: it was idle")), "{ended:?}");
    let cells: Vec<&CellKey> = ended.replay.iter().map(|ran| &ran.cell).collect();
    assert_eq!(cells, [&CellKey::Ordinal(0), &CellKey::Ordinal(1)]);
    assert!(ended.receipt().is_some());
    let asked = attached.service.count(Operation::GetSession);
    attached.after(600).await;
    assert_eq!(attached.service.count(Operation::GetSession), asked);
}

#[tokio::test(start_paused = true)]
async fn a_cell_that_comes_too_late_tells_which_others_have_to_be_run() {
    let mut attached = Attached::new(None).await;
    for (place, text) in [(0, "x = 1"), (2, "y = 2"), (0, "x = 3")] {
        let report = attached.run(place, text).await;
        assert_eq!((report.state, report.replay.len()), (CellState::Ok, 0));
        assert!(report.spent.is_some_and(|spent| spent.usage.estimate));
    }
    attached.service.force(&attached.id.clone(), SessionStatus::Stopped, None);
    let report = attached.run(3, "x + y").await;
    assert_eq!(report.state, CellState::Error);
    let replay: Vec<(&CellKey, &str)> = report.replay.iter().map(|ran| (&ran.cell, &*ran.text)).collect();
    assert_eq!(replay, [(&CellKey::Ordinal(0), "x = 3"), (&CellKey::Ordinal(2), "y = 2")]);
    // They are missing for as long as they have not been run.
    assert_eq!(attached.run(2, "y = 2").await.replay.len(), 1, "without itself");
}
