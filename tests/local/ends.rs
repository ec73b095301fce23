//! The ends of sessions that nothing went wrong with.

use std::time::Duration;

use glue_ls::session::{CancelReason, EndReason, LostReason, Outcome, SessionStatus};

use super::{Local, begin, bounded, finish, run, running, spec, value};

/// Whether a process is there. One that has ended may still be listed, as a zombie.
fn alive(pid: &str) -> bool {
    let stat = std::process::Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap();
    let stat = String::from_utf8_lossy(&stat.stdout).trim().to_owned();
    !stat.is_empty() && !stat.starts_with('Z')
}

#[tokio::test]
async fn stopping_ends_what_runs_and_what_waits() {
    let local = Local::new();
    let session = local.session("s").await;
    let pid = value(&session, "import os\nos.getpid()").await;
    let mut endless = begin(&session, "while True: pass");
    let waiting = begin(&session, "2");
    running(&mut endless).await;
    let info = bounded(session.stop()).await.unwrap().unwrap();
    assert_eq!(info.status, SessionStatus::Stopped);
    assert!(info.completed_on.is_some());
    for ran in [finish(endless).await, finish(waiting).await] {
        assert_eq!(ran.end.outcome, Outcome::Cancelled(CancelReason::SessionEnded(EndReason::Stopped)));
    }
    assert!(!alive(&pid));
    // Once more does no harm.
    bounded(session.stop()).await.unwrap();
}

#[tokio::test]
async fn a_session_can_be_stopped_while_it_starts() {
    let local = Local::new();
    let session = local.create(spec("s"));
    let info = bounded(session.stop()).await.unwrap();
    assert!(info.is_none_or(|info| info.status == SessionStatus::Stopped));
    let ran = run(&session, "1").await;
    assert!(matches!(ran.end.outcome, Outcome::Cancelled(CancelReason::SessionEnded(_))), "{ran:?}");
}

#[tokio::test]
async fn the_shutdown_of_the_service_leaves_no_process() {
    let local = Local::new();
    let (one, two) = tokio::join!(local.session("one"), local.session("two"));
    let pids = [value(&one, "import os\nos.getpid()").await, value(&two, "import os\nos.getpid()").await];
    let mut endless = begin(&one, "while True: pass");
    running(&mut endless).await;
    bounded(local.glue.shutdown()).await;
    assert!(pids.iter().all(|pid| !alive(pid)));
    let ran = finish(endless).await;
    assert!(matches!(ran.end.outcome, Outcome::Cancelled(_) | Outcome::Lost(_)), "{ran:?}");
}

/// Sets the clock of the runtime forward.
async fn forward(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_session_without_statements_times_out() {
    let local = Local::new();
    let session = local.create(glue_ls::session::SessionSpec { idle_timeout: Some(2), ..spec("s") });
    bounded(session.ready()).await.unwrap();
    let pid = value(&session, "import os\nos.getpid()").await;
    // A statement in between counts.
    forward(Duration::from_secs(100)).await;
    value(&session, "1").await;
    forward(Duration::from_secs(100)).await;
    assert_eq!(bounded(session.status()).await.unwrap().status, SessionStatus::Ready);
    assert!(alive(&pid));
    forward(Duration::from_secs(21)).await;
    let ran = run(&session, "1").await;
    let Outcome::Cancelled(CancelReason::SessionEnded(reason)) = &ran.end.outcome else { panic!("{ran:?}") };
    let text = reason.to_string();
    assert!(text.contains("no statement ran for 2 minutes") && text.contains("start a new one"), "{text}");
    assert_eq!(bounded(session.status()).await.unwrap().status, SessionStatus::Timeout);
    bounded(local.glue.shutdown()).await;
    assert!(!alive(&pid));
}

#[tokio::test]
async fn a_session_that_has_lived_its_time_ends_with_what_runs() {
    let local = Local::new();
    let session = local.create(glue_ls::session::SessionSpec { timeout: Some(30), ..spec("s") });
    bounded(session.ready()).await.unwrap();
    let mut endless = begin(&session, "print('begun', flush=True)\nwhile True: pass");
    running(&mut endless).await;
    forward(Duration::from_secs(30 * 60 + 1)).await;
    let ran = finish(endless).await;
    match &ran.end.outcome {
        Outcome::Error { value, .. } => {
            assert!(value.contains("Timeout") && value.contains("Start a new one"), "{value}")
        }
        Outcome::Lost(LostReason::SessionEnded(EndReason::TimedOut(Some(why)))) => assert!(why.contains("30 minutes")),
        other => panic!("{other:?}"),
    }
    let info = bounded(session.status()).await.unwrap();
    assert_eq!(info.status, SessionStatus::Timeout);
    assert!(info.error_message.unwrap().contains("30 minutes"));
}
