//! Tests of the actor against the scripted service, on a paused clock.

use std::sync::Arc;
use std::time::Duration;

use super::scripted::{Behaviour, Fault, Scripted};
use super::*;

mod cancelling;
mod endings;
mod no_repeats;
mod running;
mod starting;

const READY: Duration = Duration::from_secs(3);

fn id() -> SessionId {
    SessionId::new("s-1")
}

fn create(keep: bool) -> Opening {
    Opening::Create { spec: Box::new(SessionSpec::new(id(), "glueetl")), keep }
}

fn open(service: &Scripted, opening: Opening) -> SessionHandle {
    SessionHandle::open(Arc::new(service.clone()), opening, Policy::default())
}

/// A session that is ready.
async fn ready(service: &Scripted) -> SessionHandle {
    let session = open(service, create(true));
    session.ready().await.unwrap();
    session
}

fn request(code: &str) -> RunRequest {
    RunRequest { code: code.to_owned(), stop_on_error: false }
}

/// All events of a run, up to its end, which comes once and last.
async fn events(run: &mut Run) -> Vec<RunEvent> {
    let mut events = Vec::new();
    while let Some(event) = run.events.recv().await {
        assert!(!matches!(events.last(), Some(RunEvent::Ended(_))), "{event:?} after the end");
        events.push(event);
    }
    assert!(matches!(events.last(), Some(RunEvent::Ended(_))), "{events:?}");
    events
}

async fn end(run: &mut Run) -> RunEnd {
    match events(run).await.pop() {
        Some(RunEvent::Ended(end)) => end,
        other => panic!("{other:?}"),
    }
}

async fn outcome(run: &mut Run) -> Outcome {
    end(run).await.outcome
}

/// Waits for the first event that fits.
async fn until(run: &mut Run, fits: impl Fn(&RunEvent) -> bool) -> RunEvent {
    loop {
        let event = run.events.recv().await.expect("the run ended");
        if fits(&event) {
            return event;
        }
    }
}

async fn until_running(run: &mut Run) {
    until(run, |event| matches!(event, RunEvent::Running { state: StatementState::Running, .. })).await;
}

fn endless_if(word: &'static str) -> impl FnMut(&str) -> Behaviour + Send {
    move |code| if code.contains(word) { Behaviour::endless() } else { Behaviour::ok(50, code) }
}
