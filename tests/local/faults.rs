//! One fault of the API after the other: each ends well, or in words that say what happened and what to do.

use std::time::Duration;

use glue_ls::session::{
    CancelReason, EndReason, LostReason, Outcome, Phase, Policy, SessionHandle, SessionStatus, StatementState,
};

use super::remote::{Remote, policy};
use super::{begin, bounded, finish, run, spec, value};
use crate::service::{Fault, Faults};

/// What the service does and then does not tell.
const AFTER: [Fault; 6] =
    [Fault::LostAnswer, Fault::BrokenOff, Fault::Truncated, Fault::Empty, Fault::Page, Fault::LateError];
/// What the service does not do.
const BEFORE: [Fault; 5] = [Fault::HangUp, Fault::Internal, Fault::Unavailable, Fault::Portal, Fault::Throttle];

/// Gives up soon.
fn impatient() -> Policy {
    let short = Duration::from_millis(50);
    Policy {
        attempts: 3,
        throttled_attempts: 3,
        reauth_patience: Duration::ZERO,
        outage_patience: Duration::ZERO,
        stop_limit: short,
        ..policy()
    }
}

fn contains(text: &str, words: &[&str]) {
    for words in words {
        assert!(text.contains(words), "`{words}` is not in: {text}");
    }
}

/// Why a session did not start.
async fn not_started(session: &SessionHandle) -> EndReason {
    match bounded(session.ready()).await {
        Err(reason) => reason,
        Ok(view) => panic!("it started: {view:?}"),
    }
}

#[tokio::test]
async fn a_statement_whose_answer_is_lost_is_found_and_not_sent_again() {
    for fault in AFTER {
        let remote = Remote::new(Faults::none());
        let session = remote.session(policy(), Faults::none().first("RunStatement", 1, fault)).await;
        let ran = run(&session, "print('once')\n1").await;
        assert_eq!(ran.end.outcome, Outcome::Ok, "{fault:?}: {ran:?}");
        assert_eq!((ran.stdout().as_str(), ran.shown("text/plain").as_deref()), ("once\n", Some("1")));
        assert_eq!((remote.glue.calls("RunStatement"), remote.glue.handled("RunStatement")), (1, 1), "{fault:?}");
        assert!(remote.glue.calls("ListStatements") >= 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_statement_that_did_not_arrive_is_sent_again() {
    for fault in BEFORE {
        let remote = Remote::new(Faults::none());
        let session = remote.session(policy(), Faults::none().first("RunStatement", 1, fault)).await;
        assert_eq!(value(&session, "1 + 1").await, "2", "{fault:?}");
        assert_eq!((remote.glue.calls("RunStatement"), remote.glue.handled("RunStatement")), (2, 1), "{fault:?}");
        // Throttling says that nothing was done: there is nothing to look for.
        assert_eq!(remote.glue.calls("ListStatements") == 0, fault == Fault::Throttle, "{fault:?}");
    }
}

#[tokio::test]
async fn a_session_whose_answer_is_lost_is_found_and_not_created_again() {
    for fault in AFTER {
        let remote = Remote::new(Faults::none().first("CreateSession", 1, fault));
        let session = remote.create(spec("s"), policy());
        bounded(session.ready()).await.unwrap();
        assert_eq!(remote.glue.calls("CreateSession"), 1, "{fault:?}");
        assert_eq!(remote.glue.creations()[0]["Id"], "s");
        assert_eq!(value(&session, "1").await, "1");
    }
}

#[tokio::test]
async fn a_session_that_was_not_created_is_created_again() {
    for fault in BEFORE {
        let remote = Remote::new(Faults::none().first("CreateSession", 1, fault));
        let session = remote.create(spec("s"), policy());
        bounded(session.ready()).await.unwrap();
        assert_eq!((remote.glue.calls("CreateSession"), remote.glue.handled("CreateSession")), (2, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_session_of_which_nothing_can_be_learnt_may_be_alive_and_it_is_said() {
    let faults = Faults::none()
        .first("CreateSession", 1, Fault::LostAnswer)
        .always("GetSession", Fault::HangUp)
        .always("StopSession", Fault::HangUp);
    let remote = Remote::new(faults);
    let session = remote.create(spec("s"), impatient());
    let waiting = begin(&session, "1");
    let reason = not_started(&session).await;
    assert!(matches!(reason, EndReason::Unclear(_)) && reason.may_be_alive(), "{reason:?}");
    let text = reason.to_string();
    contains(
        &text,
        &["not certain whether the session was started", "cost money", "connection broke", "check the network"],
    );
    assert_eq!(finish(waiting).await.end.outcome, Outcome::Cancelled(CancelReason::SessionEnded(reason)));
    assert_eq!(remote.glue.calls("CreateSession"), 1);
    assert!(remote.glue.calls("StopSession") >= 1);
}

#[tokio::test]
async fn a_statement_of_which_nothing_can_be_learnt_is_not_sent_again_and_it_is_said() {
    let faults = Faults::none().first("RunStatement", 1, Fault::LostAnswer).always("ListStatements", Fault::HangUp);
    let remote = Remote::new(Faults::none());
    let session = remote.session(impatient(), faults).await;
    let ran = run(&session, "x = 1").await;
    let Outcome::Lost(reason @ LostReason::Unclear(_)) = &ran.end.outcome else { panic!("{ran:?}") };
    contains(&reason.to_string(), &["not certain whether the cell was run", "not sent again", "connection broke"]);
    assert_eq!(remote.glue.calls("RunStatement"), 1);
    // It was run, and the session goes on.
    remote.glue.set(Faults::none());
    assert_eq!(value(&session, "x").await, "1");
}

#[tokio::test]
async fn a_portal_that_answers_everything_is_named() {
    let remote = Remote::new(Faults::none().always("*", Fault::Portal));
    let text = not_started(&remote.create(spec("s"), impatient())).await.to_string();
    contains(&text, &["could not be started", "GetCallerIdentity", "check the network"]);
    assert_eq!(remote.glue.calls("CreateSession"), 0);

    let remote = Remote::new(Faults::none().always("CreateSession", Fault::Portal).always("GetSession", Fault::Portal));
    let text = not_started(&remote.create(spec("s"), impatient())).await.to_string();
    contains(&text, &["cannot be understood", "not JSON", "proxy"]);
    assert_eq!(remote.glue.calls("CreateSession"), 1);

    let remote = Remote::new(Faults::none());
    let session = remote.session(impatient(), Faults::none().always("*", Fault::Portal)).await;
    let ran = run(&session, "1").await;
    let Outcome::Lost(reason) = &ran.end.outcome else { panic!("{ran:?}") };
    contains(&reason.to_string(), &["not certain whether the cell was run", "not JSON", "proxy"]);
    assert_eq!(remote.glue.calls("RunStatement"), 1);
}

#[tokio::test]
async fn an_unavailable_service_is_given_up_in_the_end() {
    let remote = Remote::new(Faults::none().always("CreateSession", Fault::Unavailable));
    let text = not_started(&remote.create(spec("s"), impatient())).await.to_string();
    contains(&text, &["could not be started", "HTTP 503", "not in the service's own words", "try again"]);
    assert_eq!(remote.glue.calls("CreateSession"), 3);

    let remote = Remote::new(Faults::none());
    let session = remote.session(impatient(), Faults::none().always("RunStatement", Fault::Throttle)).await;
    let ran = run(&session, "1").await;
    let Outcome::Refused(error) = &ran.end.outcome else { panic!("{ran:?}") };
    contains(&error.to_string(), &["too many calls at once", "Rate exceeded", "try again in a while"]);
    assert_eq!((remote.glue.calls("RunStatement"), remote.glue.handled("RunStatement")), (3, 0));
}

#[tokio::test]
async fn reading_is_repeated_whatever_comes_back() {
    for fault in AFTER.into_iter().chain(BEFORE) {
        let remote = Remote::new(Faults::none());
        let session = remote.session(policy(), Faults::none().first("GetStatement", 1, fault)).await;
        assert_eq!(value(&session, "1").await, "1", "{fault:?}");
        assert_eq!(remote.glue.calls("RunStatement"), 1, "{fault:?}");
        assert!(remote.glue.calls("GetStatement") >= 2, "{fault:?}");
    }
    let remote = Remote::new(Faults::none());
    let session = remote.session(impatient(), Faults::none().always("GetStatement", Fault::Truncated)).await;
    let ran = run(&session, "1").await;
    let Outcome::Lost(reason @ LostReason::Unreachable(_)) = &ran.end.outcome else { panic!("{ran:?}") };
    contains(&reason.to_string(), &["may still be running", "GetStatement", "cannot be understood", "proxy"]);
    assert_eq!(remote.glue.calls("RunStatement"), 1);
}

#[tokio::test]
async fn an_unknown_state_is_waited_out() {
    let remote = Remote::new(Faults::none().first("GetSession", 2, Fault::UnknownState));
    let session = remote.create(spec("s"), policy());
    let mut seen = session.watch();
    let unknown = SessionStatus::Unknown("PONDERING".to_owned());
    let seen = bounded(seen.wait_for(|view| view.info.as_ref().is_some_and(|info| info.status == unknown))).await;
    assert!(!matches!(seen.unwrap().phase, Phase::Ended(_)));
    bounded(session.ready()).await.unwrap();

    remote.glue.set(Faults::none().first("GetStatement", 2, Fault::UnknownState));
    let mut told = begin(&session, "7");
    let mut states = Vec::new();
    loop {
        match bounded(told.events.recv()).await.unwrap() {
            glue_ls::session::RunEvent::Running { state, .. } => states.push(state),
            glue_ls::session::RunEvent::Ended(end) => break assert_eq!(end.outcome, Outcome::Ok),
            _ => {}
        }
    }
    assert!(states.contains(&StatementState::Unknown("PONDERING".to_owned())), "{states:?}");

    // A session that never comes to a known one is stopped.
    let remote = Remote::new(Faults::none().always("GetSession", Fault::UnknownState));
    let policy = Policy { stop_limit: Duration::from_millis(50), start_limit: Duration::from_millis(200), ..policy() };
    let reason = not_started(&remote.create(spec("s"), policy)).await;
    contains(&reason.to_string(), &["not ready after"]);
    assert_eq!((remote.glue.calls("CreateSession"), remote.glue.calls("StopSession")), (1, 1));
}

#[tokio::test]
async fn expired_credentials_ask_to_sign_in() {
    let words = ["credentials have expired", "security token", "fresh credentials"];
    let remote = Remote::new(Faults::none().always("CreateSession", Fault::Expired));
    let reason = not_started(&remote.create(spec("s"), impatient())).await;
    assert!(!reason.may_be_alive());
    contains(&reason.to_string(), &words);
    assert_eq!(remote.glue.calls("CreateSession"), 1);

    let remote = Remote::new(Faults::none().always("GetCallerIdentity", Fault::Expired));
    contains(&not_started(&remote.create(spec("s"), impatient())).await.to_string(), &words);
    assert_eq!(remote.glue.calls("CreateSession"), 0);

    let remote = Remote::new(Faults::none());
    let session = remote.session(impatient(), Faults::none().first("RunStatement", 1, Fault::Expired)).await;
    let ran = run(&session, "1").await;
    let Outcome::Refused(error) = &ran.end.outcome else { panic!("{ran:?}") };
    contains(&error.to_string(), &words);
    assert_eq!(remote.glue.calls("RunStatement"), 1);
    // After signing in the session is still there.
    assert_eq!(value(&session, "1").await, "1");

    remote.glue.set(Faults::none().always("GetStatement", Fault::Expired));
    let ran = run(&session, "2").await;
    let Outcome::Lost(reason @ LostReason::Unreachable(_)) = &ran.end.outcome else { panic!("{ran:?}") };
    contains(&reason.to_string(), &["may still be running", "credentials have expired"]);
}

#[tokio::test]
async fn a_cancel_and_a_stop_get_through() {
    let remote = Remote::new(Faults::none());
    let faults =
        Faults::none().first("CancelStatement", 1, Fault::LostAnswer).first("StopSession", 1, Fault::LostAnswer);
    let session = remote.session(policy(), faults).await;
    let mut endless = begin(&session, "while True: pass");
    super::running(&mut endless).await;
    session.cancel_all();
    assert_eq!(finish(endless).await.end.outcome, Outcome::Cancelled(CancelReason::Asked));
    assert_eq!(bounded(session.stop()).await.unwrap().unwrap().status, SessionStatus::Stopped);
    assert!(remote.glue.calls("CancelStatement") >= 2 && remote.glue.calls("StopSession") >= 2);
}
