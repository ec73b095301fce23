//! Workers that die or cannot start.

use glue_ls::local::service::LocalConfig;
use glue_ls::session::{CancelReason, EndReason, LostReason, Outcome, Phase, SessionHandle, SessionStatus};

use super::{Local, begin, bounded, finish, python, run, running, spec, value};

/// The reason with which a session has failed.
async fn failed(session: &SessionHandle) -> String {
    let info = bounded(session.status()).await.unwrap();
    assert_eq!(info.status, SessionStatus::Failed, "{info:?}");
    info.error_message.unwrap()
}

#[tokio::test]
async fn a_worker_that_exits_says_what_happened_and_what_to_do() {
    let local = Local::new();
    let session = local.session("s").await;
    let ran = run(&session, "import os\nprint('last words', flush=True)\nos._exit(3)").await;
    assert_eq!(ran.stdout(), "last words\n");
    let (name, text, _) = ran.error();
    assert_eq!(name, "PythonEnded");
    assert!(text.contains("exit code 3") && text.contains("start a new session"), "{text}");
    let reason = failed(&session).await;
    assert!(reason.contains("exit code 3"), "{reason}");
    // What follows is not sent into the void.
    let next = run(&session, "1").await;
    let Outcome::Cancelled(CancelReason::SessionEnded(EndReason::Failed(Some(why)))) = &next.end.outcome else {
        panic!("{next:?}")
    };
    assert!(why.contains("start a new session"), "{why}");
}

#[tokio::test]
async fn a_worker_that_is_killed_says_so() {
    let local = Local::new();
    let session = local.session("s").await;
    let pid = value(&session, "import os\nos.getpid()").await;
    let mut endless = begin(&session, "x = 1\nwhile True: pass");
    running(&mut endless).await;
    let kill = std::process::Command::new("kill").args(["-9", &pid]).status().unwrap();
    assert!(kill.success());
    let ran = finish(endless).await;
    let (_, text, _) = ran.error();
    assert!(text.contains("killed while statement 1 ran") && text.contains("memory runs out"), "{text}");
    assert!(failed(&session).await.contains("SIGKILL"));
}

#[tokio::test]
async fn a_worker_that_dies_while_nothing_runs_ends_the_session() {
    let local = Local::new();
    let session = local.session("s").await;
    let pid = value(&session, "import os\nos.getpid()").await;
    assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    let ran = run(&session, "1").await;
    // It was refused, or was on its way when the death was noticed: it has not run in either case.
    match &ran.end.outcome {
        Outcome::Cancelled(CancelReason::SessionEnded(EndReason::Failed(Some(why)))) => {
            assert!(why.contains("SIGKILL"), "{why}");
        }
        Outcome::Error { value, .. } => assert!(value.contains("SIGKILL"), "{value}"),
        Outcome::Lost(LostReason::SessionEnded(EndReason::Failed(Some(why)))) => {
            assert!(why.contains("SIGKILL"), "{why}")
        }
        other => panic!("{other:?}"),
    }
    assert!(failed(&session).await.contains("SIGKILL"));
}

#[tokio::test]
async fn without_python_the_start_fails_and_names_the_remedy() {
    for (python, folder, words) in [
        ("/nowhere/python".to_owned(), std::env::temp_dir(), ["no Python interpreter `/nowhere/python`", "install"]),
        (python(), "/nowhere".into(), ["the folder `/nowhere`", "create it"]),
        ("/bin/false".to_owned(), std::env::temp_dir(), ["exit code 1", "--version"]),
    ] {
        let local = Local::with(LocalConfig::new(python, folder));
        let session = local.create(spec("s"));
        let waiting = begin(&session, "1");
        let Err(EndReason::Failed(Some(why))) = bounded(session.ready()).await else { panic!("it must fail") };
        for words in words {
            assert!(why.contains(words), "{why}");
        }
        let outcome = finish(waiting).await.end.outcome;
        assert!(matches!(outcome, Outcome::Cancelled(CancelReason::SessionEnded(EndReason::Failed(_)))), "{outcome:?}");
        assert!(matches!(session.view().phase, Phase::Ended(EndReason::Failed(_))));
    }
}

#[tokio::test]
async fn code_that_ignores_its_interrupt_is_ended_with_its_session() {
    let mut config = LocalConfig::new(python(), std::env::temp_dir());
    config.limits.interrupt_grace = std::time::Duration::from_millis(300);
    config.limits.kill_grace = std::time::Duration::from_millis(300);
    let local = Local::with(config);
    let session = local.session("s").await;
    let code = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n\
                while True:\n    try:\n        while True: pass\n    except BaseException: pass";
    let mut endless = begin(&session, code);
    running(&mut endless).await;
    session.cancel(endless.id);
    let ran = finish(endless).await;
    let (_, text, _) = ran.error();
    assert!(text.contains("went on after it was interrupted") && text.contains("start a new session"), "{text}");
    assert!(failed(&session).await.contains("interrupted"));
}
