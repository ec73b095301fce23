//! Cancelling, of whatever is there to cancel.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_waiting_run_is_cancelled_without_the_service() {
    let service = Scripted::new();
    service.behave(|code| Behaviour::ok(5_000, code));
    let session = ready(&service).await;
    let mut runs: Vec<Run> = ["a", "b", "c"].map(|code| session.run(request(code))).into();
    until_running(&mut runs[0]).await;
    session.cancel(runs[1].id);
    assert_eq!(outcome(&mut runs[1]).await, Outcome::Cancelled(CancelReason::Asked));
    assert_eq!(outcome(&mut runs[0]).await, Outcome::Ok);
    assert_eq!(outcome(&mut runs[2]).await, Outcome::Ok);
    assert_eq!(service.world().executed, ["a", "c"]);
    assert_eq!(service.count(Operation::CancelStatement), 0);
    // A run that is over, or another session's, is nothing to cancel.
    session.cancel(runs[0].id);
    assert_eq!(outcome(&mut session.run(request("d"))).await, Outcome::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_running_statement_is_cancelled_at_the_service() {
    let service = Scripted::new();
    service.behave(endless_if("while"));
    let session = ready(&service).await;
    let mut run = session.run(request("while True: pass"));
    until_running(&mut run).await;
    tokio::time::sleep(Duration::from_secs(7)).await;
    let begun = tokio::time::Instant::now();
    session.cancel(run.id);
    let end = end(&mut run).await;
    assert_eq!(end.outcome, Outcome::Cancelled(CancelReason::Asked));
    assert_eq!(end.statement, Some(StatementId(1)));
    assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
    assert_eq!(service.count(Operation::CancelStatement), 1);
    assert_eq!(outcome(&mut session.run(request("1"))).await, Outcome::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_fails_is_repeated() {
    let service = Scripted::new();
    service.behave(endless_if("while"));
    let session = ready(&service).await;
    let mut run = session.run(request("while True: pass"));
    until_running(&mut run).await;
    let mut faults = vec![
        Fault::Lose(ApiErrorKind::Connection { sent: true }),
        Fault::Refuse(ApiErrorKind::Throttled),
        Fault::Refuse(ApiErrorKind::Server { status: None }),
    ];
    service.plan(move |operation, _| if operation == Operation::CancelStatement { faults.pop() } else { None });
    session.cancel(run.id);
    assert_eq!(outcome(&mut run).await, Outcome::Cancelled(CancelReason::Asked));
    assert_eq!(service.count(Operation::CancelStatement), 4);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_is_not_allowed_is_told_and_the_run_goes_on() {
    let service = Scripted::new();
    service.behave(|code| Behaviour::ok(30_000, code));
    let session = ready(&service).await;
    let mut run = session.run(request("1"));
    until_running(&mut run).await;
    service.fault_once(Operation::CancelStatement, Fault::Refuse(ApiErrorKind::AccessDenied { action: None }));
    session.cancel(run.id);
    until(&mut run, |event| matches!(event, RunEvent::Trouble(error) if error.operation == Operation::CancelStatement))
        .await;
    assert_eq!(outcome(&mut run).await, Outcome::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_statement_that_was_done_before_the_cancel_is_done() {
    let service = Scripted::new();
    service.behave(|code| Behaviour::ok(3_100, code));
    let session = ready(&service).await;
    let mut run = session.run(request("1"));
    until_running(&mut run).await;
    // Done at 3.1 s, next question at about 3.5 s.
    tokio::time::sleep(Duration::from_millis(3_010)).await;
    session.cancel(run.id);
    assert_eq!(outcome(&mut run).await, Outcome::Ok);
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_statement_counts_as_cancelled() {
    let service = Scripted::new();
    service.behave(|_| Behaviour { takes: Some(Duration::from_secs(5)), ..Behaviour::error("KeyboardInterrupt") });
    let session = ready(&service).await;
    let mut run = session.run(request("1"));
    until_running(&mut run).await;
    // The service takes note, and the statement ends by itself with the exception.
    service.fault_once(Operation::CancelStatement, Fault::Refuse(ApiErrorKind::IllegalState));
    session.cancel(run.id);
    assert_eq!(outcome(&mut run).await, Outcome::Cancelled(CancelReason::Asked));
    // Without a cancel it is an exception like any other.
    assert!(matches!(outcome(&mut session.run(request("1"))).await, Outcome::Error { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_cancel_while_sending_cancels_what_was_sent() {
    let service = Scripted::new();
    service.behave(endless_if("while"));
    let session = ready(&service).await;
    service.fault_once(Operation::RunStatement, Fault::DelayAnswer(Duration::from_secs(5)));
    let mut run = session.run(request("while True: pass"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    session.cancel(run.id);
    assert_eq!(outcome(&mut run).await, Outcome::Cancelled(CancelReason::Asked));
    assert_eq!(service.count(Operation::CancelStatement), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_between_two_sendings_leaves_it_at_that() {
    let service = Scripted::new();
    let session = ready(&service).await;
    service
        .plan(|operation, _| (operation == Operation::RunStatement).then_some(Fault::Refuse(ApiErrorKind::Throttled)));
    let mut run = session.run(request("1"));
    until(&mut run, |event| matches!(event, RunEvent::Trouble(_))).await;
    session.cancel(run.id);
    assert_eq!(outcome(&mut run).await, Outcome::Cancelled(CancelReason::Asked));
    assert_eq!(service.world().executed, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn cancelling_the_only_run_stops_a_session_that_is_being_started_for_it() {
    let service = Scripted::new();
    let session = open(&service, create(false));
    let mut runs: Vec<Run> = ["a", "b"].map(|code| session.run(request(code))).into();
    until(&mut runs[0], |event| matches!(event, RunEvent::Starting { .. })).await;
    session.cancel(runs[0].id);
    assert_eq!(outcome(&mut runs[0]).await, Outcome::Cancelled(CancelReason::Asked));
    assert_eq!(service.count(Operation::StopSession), 0);
    session.cancel(runs[1].id);
    assert!(matches!(session.ready().await, Err(EndReason::StartCancelled)));
    assert_eq!(service.status(&id()), Some(SessionStatus::Stopped));
    assert_eq!(service.count(Operation::RunStatement), 0);
}

#[tokio::test(start_paused = true)]
async fn a_session_wanted_for_itself_survives_the_cancelling_of_a_run_but_not_of_all() {
    let service = Scripted::new();
    let session = open(&service, create(true));
    let mut run = session.run(request("a"));
    session.cancel(run.id);
    assert_eq!(outcome(&mut run).await, Outcome::Cancelled(CancelReason::Asked));
    assert!(session.ready().await.is_ok());
    let other = Scripted::new();
    let session = open(&other, create(true));
    session.cancel_all();
    assert!(matches!(session.ready().await, Err(EndReason::StartCancelled)));
    assert_ne!(other.status(&id()), Some(SessionStatus::Ready));
}

#[tokio::test(start_paused = true)]
async fn a_start_cancelled_before_its_answer_is_stopped_when_it_comes() {
    for fault in [Fault::DelayAnswer(Duration::from_secs(8)), Fault::DropAnswer] {
        let service = Scripted::new();
        service.fault_once(Operation::CreateSession, fault);
        let session = open(&service, create(false));
        tokio::time::sleep(Duration::from_secs(1)).await;
        session.cancel_all();
        assert!(matches!(session.ready().await, Err(EndReason::StartCancelled)));
        assert_eq!(service.status(&id()), Some(SessionStatus::Stopped));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_refused_while_provisioning_is_repeated() {
    let service = Scripted::new();
    let session = open(&service, create(false));
    let mut refusals = 3;
    service.plan(move |operation, _| {
        (operation == Operation::StopSession && refusals > 0).then(|| {
            refusals -= 1;
            Fault::Refuse(ApiErrorKind::IllegalState)
        })
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    session.cancel_all();
    assert!(matches!(session.ready().await, Err(EndReason::StartCancelled)));
    assert_eq!(service.status(&id()), Some(SessionStatus::Stopped));
    assert_eq!(service.count(Operation::StopSession), 4);
}

#[tokio::test(start_paused = true)]
async fn cancelling_all_cancels_what_runs_and_what_waits() {
    let service = Scripted::new();
    service.behave(endless_if("while"));
    let session = ready(&service).await;
    let mut runs: Vec<Run> = ["while 1: 1", "b", "c"].map(|code| session.run(request(code))).into();
    until_running(&mut runs[0]).await;
    session.cancel_all();
    for run in &mut runs {
        assert_eq!(outcome(run).await, Outcome::Cancelled(CancelReason::Asked));
    }
    assert_eq!(service.world().executed, ["while 1: 1"]);
    assert_eq!(session.view().phase, Phase::Ready);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_from_elsewhere_is_told_as_such() {
    let service = Scripted::new();
    service.behave(endless_if("while"));
    let session = ready(&service).await;
    let mut run = session.run(request("while 1: 1"));
    until_running(&mut run).await;
    service.cancel_elsewhere(&id());
    assert_eq!(outcome(&mut run).await, Outcome::Cancelled(CancelReason::Elsewhere));
}
