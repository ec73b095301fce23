use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::notebook::News;
use super::*;
use crate::model::{CellModel, Environment};
use crate::syntax::{Cell, CellKind};

const START: u64 = 1_800_000_000_000;

fn notebook() -> Notebook {
    Notebook::new(Arc::new(Environment::default()), Kernel::PySpark)
}

fn means() -> Means<'static> {
    Means { fallback: Who::default(), own_profile: None, now: START }
}

fn creation(id: &str) -> String {
    format!(
        "Trying to create a Glue session for the kernel.\nSession ID: {id}\nWaiting for session {id} to get into ready \
         status...\nSession {id} has been created.\n"
    )
}

/// A cell that begins at a time, as the kernel shows it.
fn sees(notebook: &mut Notebook, text: &str, stdout: &str, success: Option<bool>, started: u64) -> News {
    let message = Message::read(&json!({
        "uri": "u", "cell": text, "success": success, "startedAt": started, "endedAt": started + 5,
        "outputs": [{ "output_type": "stream", "name": "stdout", "text": stdout }],
    }));
    let model = Arc::new(CellModel::new(Arc::new(Cell::whole(CellKind::Code, text))));
    notebook.take(&message.unwrap(), (CellKey::Uri(text.to_owned()), 0, model), &means())
}

fn id(notebook: &Notebook) -> Option<&str> {
    notebook.living().map(|session| session.id.as_str())
}

#[test]
fn an_execution_is_told_from_the_next_one_by_its_start() {
    let mut notebook = notebook();
    assert!(sees(&mut notebook, "x", "", None, START).begun.is_some());
    assert_eq!(notebook.idle_since, None);
    let more = sees(&mut notebook, "x", &creation("a"), None, START);
    assert!(more.begun.is_none() && more.settles && !more.ended);
    let end = sees(&mut notebook, "x", &creation("a"), Some(true), START);
    assert!(end.begun.is_none() && end.ended && !end.settles, "what was heard is not heard again");
    assert_eq!((id(&notebook), notebook.idle_since), (Some("a"), Some(START + 5)));
    assert!(sees(&mut notebook, "x", "", Some(true), START + 10).begun.is_some(), "its start was not told");
}

#[test]
fn a_kernel_that_starts_anew_has_forgotten_its_session_and_its_settings() {
    let banner = "Welcome to the Glue Interactive Sessions Kernel\n";
    let mut notebook = notebook();
    sees(&mut notebook, "%profile others", banner, Some(true), START);
    assert_eq!(notebook.identity(&means()).0.profile.as_deref(), Some("others"));
    sees(&mut notebook, "x", &creation("a"), Some(true), START + 10);
    let news = sees(&mut notebook, "%region eu-west-1", banner, Some(true), START + 20);
    assert_eq!(news.left.map(|session| session.id).as_deref(), Some("a"));
    let identity = notebook.identity(&means()).0;
    assert_eq!((identity.profile, identity.region.as_deref(), id(&notebook)), (None, Some("eu-west-1"), None));
    // As whom a session was made stays what it was.
    sees(&mut notebook, "x", &creation("b"), Some(true), START + 30);
    sees(&mut notebook, "%region us-east-1", "", Some(true), START + 40);
    assert_eq!(notebook.living().unwrap().identity.region.as_deref(), Some("eu-west-1"));
}

#[test]
fn a_session_that_is_left_may_go_on() {
    let mut notebook = notebook();
    sees(&mut notebook, "x", &creation("a"), Some(true), START);
    let news = sees(&mut notebook, "%reconnect b", "Switched to Session: b.\n", Some(true), START + 10);
    assert_eq!((news.left.map(|session| session.id).as_deref(), id(&notebook)), (Some("a"), Some("b")));
    sees(&mut notebook, "%stop_session", "Stopping session: b\nStopped session.\n", Some(true), START + 20);
    assert_eq!((id(&notebook), &*notebook.session.as_ref().unwrap().status), (None, "STOPPED"));
    let news = sees(&mut notebook, "x", &creation("c"), Some(true), START + 30);
    assert!(news.left.is_none() && id(&notebook) == Some("c"));
    // The kernel was started anew, which nobody has seen.
    let news = sees(&mut notebook, "x", &creation("d"), Some(true), START + 40);
    assert_eq!((news.left.map(|session| session.id).as_deref(), id(&notebook)), (Some("c"), Some("d")));
    let news = sees(&mut notebook, "%session_id", "There is no current session.\n", Some(true), START + 50);
    assert_eq!((news.left.map(|session| session.id).as_deref(), id(&notebook)), (Some("d"), None));
}

#[test]
fn a_session_is_stopped_when_its_cell_has_ended() {
    let mut notebook = notebook();
    sees(&mut notebook, "x", &creation("a"), Some(true), START);
    let begins = sees(&mut notebook, "%stop_session", "Stopping session: a\n", None, START + 10);
    assert!(!begins.settles && id(&notebook) == Some("a"), "the service is not asked too early");
    let ends = sees(&mut notebook, "%stop_session", "Stopping session: a\nStopped session.\n", Some(true), START + 10);
    assert!(ends.settles && id(&notebook).is_none());
}

#[test]
fn a_cell_that_goes_away_while_it_runs_runs_no_more() {
    let mut notebook = notebook();
    sees(&mut notebook, "x", "", None, START);
    sees(&mut notebook, "y", "", None, START);
    assert!(!notebook.gone("z", START + 9) && notebook.gone("x", START + 9));
    assert_eq!(notebook.idle_since, None, "another one runs");
    assert!(notebook.gone("y", START + 10) && !notebook.gone("y", START + 11));
    assert_eq!(notebook.idle_since, Some(START + 10));
}

#[test]
fn a_begin_that_turns_out_to_be_earlier_makes_no_second_execution() {
    let banner = "Welcome to the Glue Interactive Sessions Kernel\n";
    let mut notebook = notebook();
    let shown = format!("{banner}{}", creation("a"));
    sees(&mut notebook, "x", &shown, None, START + 10);
    let news = sees(&mut notebook, "x", &shown, Some(true), START);
    assert!(news.begun.is_none() && news.left.is_none() && news.ended, "its session is not one of before");
    assert_eq!(id(&notebook), Some("a"));
}

#[test]
fn the_user_is_reminded_once_of_a_session_in_which_nothing_runs() {
    let rates = Default::default();
    let mut notebook = notebook();
    sees(&mut notebook, "%idle_timeout 20", "", Some(true), START);
    assert_eq!(idle::limit_of(&notebook, 15), None, "there is no session");
    sees(&mut notebook, "x", &creation("a"), Some(true), START + 10);
    assert_eq!(idle::limit_of(&notebook, 0), None);
    let (after, turn) = idle::limit_of(&notebook, 15).unwrap();
    assert_eq!(after, Duration::from_secs(600), "half of its timeout");
    assert_eq!(idle::due_of(&mut notebook, turn, Some("a"), &rates), None, "who runs in it says it himself");
    assert_eq!(idle::due_of(&mut notebook, turn - 1, None, &rates), None, "something was run since");
    assert_eq!(idle::due_of(&mut notebook, turn, None, &rates).unwrap().0, "a");
    assert_eq!(idle::due_of(&mut notebook, turn, None, &rates), None, "once");
    sees(&mut notebook, "x", "", None, START + 20);
    assert_eq!(idle::due_of(&mut notebook, turn + 1, None, &rates), None, "one runs");
    sees(&mut notebook, "x", "", Some(true), START + 20);
    assert!(idle::due_of(&mut notebook, turn + 2, None, &rates).is_some());
}

#[test]
fn a_session_that_is_older_than_the_cell_was_not_made_by_it() {
    let mut notebook = notebook();
    sees(&mut notebook, "x", &creation("a"), Some(true), START);
    let session = notebook.session.unwrap();
    let mut info = SessionInfo::new(crate::session::SessionId::new("a"), crate::session::SessionStatus::Ready);
    assert!(!is_another(&session, &info), "nothing is known");
    let began = UNIX_EPOCH + Duration::from_millis(START);
    info.created_on = Some(began - Duration::from_secs(60));
    assert!(!is_another(&session, &info), "clocks differ");
    info.created_on = Some(began - Duration::from_secs(3600));
    assert!(is_another(&session, &info));
}
