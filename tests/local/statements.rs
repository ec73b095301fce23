//! Statements: what they show, what they leave behind, how they are cancelled.

use glue_ls::session::{CancelReason, DynGlueApi, Outcome, Output, SessionFilter};

use super::{Local, begin, bounded, finish, run, running, value};

#[tokio::test]
async fn a_statement_shows_streams_and_value_in_order() {
    let local = Local::new();
    let session = local.session("s").await;
    let ran = run(&session, "import sys\nprint('out')\nprint('err', file=sys.stderr)\n6 * 7").await;
    assert_eq!(ran.end.outcome, Outcome::Ok);
    assert_eq!((ran.stdout().as_str(), ran.stderr().as_str()), ("out\n", "err\n"));
    assert_eq!(ran.shown("text/plain").as_deref(), Some("42"));
    assert!(matches!(ran.outputs.last(), Some(Output::DisplayData { .. })), "{ran:?}");
    assert_eq!((ran.end.statement.unwrap().0, ran.end.execution_count), (0, Some(0)));
    assert!(ran.end.completed_on.unwrap() >= ran.end.started_on.unwrap());
    // Nothing to show is nothing.
    assert_eq!(run(&session, "x = [1]").await.outputs, []);
    // The namespace stays.
    run(&session, "x.append(2)").await;
    assert_eq!(value(&session, "x").await, "[1, 2]");
}

#[tokio::test]
async fn an_exception_names_its_line_and_what_came_before_is_shown() {
    let local = Local::new();
    let session = local.session("s").await;
    let ran = run(&session, "print('before')\n\nraise ValueError('no good')").await;
    assert_eq!(ran.stdout(), "before\n");
    let (name, text, traceback) = ran.error();
    assert_eq!((name, text), ("ValueError", "no good"));
    assert!(traceback.contains("File \"<statement 0>\", line 3"), "{traceback}");
    let ran = run(&session, "def f(:").await;
    assert_eq!(ran.error().0, "SyntaxError");
    // The session goes on.
    assert_eq!(value(&session, "1 + 1").await, "2");
}

#[tokio::test]
async fn an_endless_loop_is_cancelled_and_the_session_goes_on() {
    let local = Local::new();
    let session = local.session("s").await;
    run(&session, "x = 1").await;
    let mut endless = begin(&session, "print('begun', flush=True)\nx = 2\nwhile True: pass");
    running(&mut endless).await;
    session.cancel(endless.id);
    let ran = finish(endless).await;
    assert_eq!(ran.end.outcome, Outcome::Cancelled(CancelReason::Asked));
    assert!(!ran.outputs.iter().any(|output| matches!(output, Output::Error { .. })), "{ran:?}");
    assert!(value(&session, "x").await.parse::<i32>().is_ok());
}

#[tokio::test]
async fn what_waits_can_be_cancelled_too() {
    let local = Local::new();
    let session = local.session("s").await;
    let mut endless = begin(&session, "while True: pass");
    let waiting = begin(&session, "y = 1");
    running(&mut endless).await;
    session.cancel(waiting.id);
    assert_eq!(finish(waiting).await.end.outcome, Outcome::Cancelled(CancelReason::Asked));
    session.cancel_all();
    assert_eq!(finish(endless).await.end.outcome, Outcome::Cancelled(CancelReason::Asked));
    assert_eq!(value(&session, "'y' in globals()").await, "False");
}

#[tokio::test]
async fn two_sessions_run_side_by_side() {
    let local = Local::new();
    let (one, two) = tokio::join!(local.session("one"), local.session("two"));
    let mut endless = begin(&one, "while True: pass");
    running(&mut endless).await;
    run(&two, "x = 'two'").await;
    assert_eq!(value(&two, "x").await, "'two'");
    one.cancel_all();
    finish(endless).await;
    assert_eq!(value(&one, "'x' in globals()").await, "False");
    // They have the caller's tag, as sessions on AWS have it, and cost nothing.
    let owner = ("owner".to_owned(), local.client.caller().await.unwrap().owner());
    let filter = SessionFilter { tags: vec![owner], page_size: None };
    let page = bounded(DynGlueApi::list_sessions(&*local.client, &filter, None)).await.unwrap();
    let ids: Vec<&str> = page.items.iter().map(|session| session.id.as_str()).collect();
    assert!(ids.contains(&"one") && ids.contains(&"two"), "{ids:?}");
    assert!(page.items.iter().all(|session| session.dpu_seconds == Some(0.0)));
    assert_eq!(page.items[0].role.as_deref(), Some("arn:aws:iam::000000000000:role/GlueLocal"));
}

#[tokio::test]
async fn another_client_finds_what_was_run() {
    use glue_ls::session::{Opening, SessionHandle, SessionId};
    let local = Local::new();
    let session = local.session("s").await;
    run(&session, "x = 5").await;
    run(&session, "x + 1").await;
    session.shutdown();
    let api = std::sync::Arc::clone(&local.client) as _;
    let again = SessionHandle::open(api, Opening::Attach(SessionId::new("s")), super::policy());
    let view = bounded(again.ready()).await.unwrap();
    let codes: Vec<_> = view.past.iter().map(|statement| statement.code.as_deref().unwrap()).collect();
    assert_eq!(codes, ["x = 5", "x + 1"]);
    assert_eq!(value(&again, "x").await, "5");
}
