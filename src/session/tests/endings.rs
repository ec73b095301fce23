//! Sessions that end, are stopped or cannot be reached, and actors that end.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_session_that_timed_out_is_noticed_at_the_next_run() {
    let service = Scripted::new();
    let session = ready(&service).await;
    outcome(&mut session.run(request("1"))).await;
    service.force(&id(), SessionStatus::Timeout, None);
    let mut runs: Vec<Run> = ["a", "b"].map(|code| session.run(request(code))).into();
    let ended = Outcome::Cancelled(CancelReason::SessionEnded(EndReason::TimedOut(None)));
    for run in &mut runs {
        assert_eq!(outcome(run).await, ended);
    }
    assert_eq!(session.view().phase, Phase::Ended(EndReason::TimedOut(None)));
    assert_eq!(service.count(Operation::RunStatement), 2);
    assert_eq!(outcome(&mut session.run(request("c"))).await, ended);
    assert_eq!(service.count(Operation::RunStatement), 2);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_under_a_statement_loses_it_and_cancels_the_rest() {
    for (status, reason) in [
        (SessionStatus::Stopped, EndReason::StoppedElsewhere),
        (SessionStatus::Stopping, EndReason::StoppedElsewhere),
        (SessionStatus::Timeout, EndReason::TimedOut(Some("over".to_owned()))),
        (SessionStatus::Failed, EndReason::Failed(Some("over".to_owned()))),
    ] {
        let service = Scripted::new();
        service.behave(endless_if("while"));
        let session = ready(&service).await;
        let mut running = session.run(request("while 1: 1"));
        let mut waiting = session.run(request("b"));
        until_running(&mut running).await;
        service.force(&id(), status, Some("over"));
        assert_eq!(outcome(&mut running).await, Outcome::Lost(LostReason::SessionEnded(reason.clone())));
        assert_eq!(outcome(&mut waiting).await, Outcome::Cancelled(CancelReason::SessionEnded(reason.clone())));
        assert_eq!(session.view().phase, Phase::Ended(reason));
    }
}

#[tokio::test(start_paused = true)]
async fn a_statement_stuck_in_the_queue_makes_the_session_be_asked() {
    let service = Scripted::new();
    service.behave(|code| Behaviour { running: StatementState::Waiting, ..Behaviour::ok(100_000, code) });
    let session = ready(&service).await;
    let before = service.count(Operation::GetSession);
    assert_eq!(outcome(&mut session.run(request("1"))).await, Outcome::Ok);
    let asked = service.count(Operation::GetSession) - before;
    assert!((4..=7).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn short_failures_of_questions_pass_unnoticed_and_long_ones_lose_the_run() {
    let service = Scripted::new();
    service.behave(|code| Behaviour::ok(20_000, code));
    let session = ready(&service).await;
    let mut run = session.run(request("1"));
    until_running(&mut run).await;
    let begun = tokio::time::Instant::now();
    let broken = ApiErrorKind::Connection { sent: false };
    let kind = broken.clone();
    service.plan(move |_, _| (begun.elapsed() < Duration::from_secs(12)).then(|| Fault::Refuse(kind.clone())));
    let story = events(&mut run).await;
    let troubles = story.iter().filter(|event| matches!(event, RunEvent::Trouble(_))).count();
    assert_eq!(troubles, 1, "{story:?}");
    assert!(matches!(story.last(), Some(RunEvent::Ended(end)) if end.outcome == Outcome::Ok));

    let mut run = session.run(request("2"));
    let mut behind = session.run(request("3"));
    until_running(&mut run).await;
    let kind = broken.clone();
    service.plan(move |_, _| Some(Fault::Refuse(kind.clone())));
    let Outcome::Lost(LostReason::Unreachable(error)) = outcome(&mut run).await else { panic!("not lost") };
    assert_eq!(error.kind, broken);
    assert_eq!(outcome(&mut behind).await, Outcome::Cancelled(CancelReason::EarlierRun));
    // The session is there still, and used again once it can be reached.
    service.plan(|_, _| None);
    assert_eq!(outcome(&mut session.run(request("4"))).await, Outcome::Ok);
    assert_eq!(service.world().executed, ["1", "2", "4"]);
}

#[tokio::test(start_paused = true)]
async fn expired_credentials_under_a_statement_are_waited_for() {
    let service = Scripted::new();
    service.behave(|code| Behaviour::ok(20_000, code));
    let session = ready(&service).await;
    let mut run = session.run(request("1"));
    until_running(&mut run).await;
    let begun = tokio::time::Instant::now();
    service.plan(move |_, _| {
        (begun.elapsed() < Duration::from_secs(300)).then_some(Fault::Refuse(ApiErrorKind::ExpiredCredentials))
    });
    let trouble = until(&mut run, |event| matches!(event, RunEvent::Trouble(_))).await;
    assert!(matches!(trouble, RunEvent::Trouble(error) if error.requires_reauth()));
    assert!(session.view().trouble.is_some());
    assert_eq!(outcome(&mut run).await, Outcome::Ok);
    assert_eq!(session.view().trouble, None);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_statement_in_a_session_that_is_well_may_turn_up() {
    let service = Scripted::new();
    let session = ready(&service).await;
    let mut left = 3;
    service.plan(move |operation, _| {
        (operation == Operation::GetStatement && left > 0).then(|| {
            left -= 1;
            Fault::Refuse(ApiErrorKind::NotFound)
        })
    });
    assert_eq!(outcome(&mut session.run(request("1"))).await, Outcome::Ok);
    service
        .plan(|operation, _| (operation == Operation::GetStatement).then_some(Fault::Refuse(ApiErrorKind::NotFound)));
    assert!(matches!(outcome(&mut session.run(request("2"))).await, Outcome::Lost(LostReason::Unreachable(_))));
    assert_eq!(service.world().executed, ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn stopping_ends_what_runs_and_what_waits() {
    let service = Scripted::new();
    service.behave(endless_if("while"));
    let session = ready(&service).await;
    let mut runs: Vec<Run> = ["while 1: 1", "b"].map(|code| session.run(request(code))).into();
    until_running(&mut runs[0]).await;
    let info = session.stop().await.unwrap().unwrap();
    assert_eq!(info.status, SessionStatus::Stopped);
    for run in &mut runs {
        assert_eq!(outcome(run).await, Outcome::Cancelled(CancelReason::SessionEnded(EndReason::Stopped)));
    }
    // Again is no error and no call.
    let calls = service.world().calls.len();
    assert_eq!(session.stop().await.unwrap().map(|info| info.status), Some(SessionStatus::Stopped));
    assert_eq!(service.world().calls.len(), calls);
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_fails_leaves_the_run_running() {
    let service = Scripted::new();
    service.behave(|code| Behaviour::ok(30_000, code));
    let session = ready(&service).await;
    let mut run = session.run(request("1"));
    until_running(&mut run).await;
    service.fault_once(Operation::StopSession, Fault::Refuse(ApiErrorKind::AccessDenied { action: None }));
    assert!(session.stop().await.is_err());
    assert_eq!(session.view().phase, Phase::Ready);
    assert_eq!(outcome(&mut run).await, Outcome::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_stop_during_the_start_ends_the_start() {
    let service = Scripted::new();
    let session = open(&service, create(true));
    let mut run = session.run(request("1"));
    until(&mut run, |event| matches!(event, RunEvent::Starting { .. })).await;
    assert!(session.stop().await.is_ok());
    assert_eq!(service.status(&id()), Some(SessionStatus::Stopped));
    assert_eq!(outcome(&mut run).await, Outcome::Cancelled(CancelReason::SessionEnded(EndReason::Stopped)));
}

#[tokio::test(start_paused = true)]
async fn a_stop_survives_faults() {
    let service = Scripted::new();
    let session = ready(&service).await;
    let mut faults = vec![
        Fault::DropAnswer,
        Fault::Refuse(ApiErrorKind::ConcurrentModification),
        Fault::Refuse(ApiErrorKind::Server { status: None }),
    ];
    service.plan(move |operation, _| if operation == Operation::StopSession { faults.pop() } else { None });
    assert_eq!(session.stop().await.unwrap().map(|info| info.status), Some(SessionStatus::Stopped));
}

#[tokio::test(start_paused = true)]
async fn status_is_told_at_any_time_and_notices_an_end() {
    let service = Scripted::new();
    service.behave(|code| Behaviour::ok(30_000, code));
    let session = open(&service, create(true));
    let mut run = session.run(request("1"));
    until(&mut run, |event| matches!(event, RunEvent::Starting { .. })).await;
    assert_eq!(session.status().await.unwrap().status, SessionStatus::Provisioning);
    until_running(&mut run).await;
    assert_eq!(session.status().await.unwrap().status, SessionStatus::Ready);
    assert_eq!(outcome(&mut run).await, Outcome::Ok);
    service.force(&id(), SessionStatus::Timeout, None);
    assert_eq!(session.status().await.unwrap().status, SessionStatus::Timeout);
    assert_eq!(session.ready().await.unwrap_err(), EndReason::TimedOut(None));
    assert_eq!(session.status().await.unwrap().status, SessionStatus::Timeout);
}

#[tokio::test(start_paused = true)]
async fn shutdown_leaves_the_session_and_ends_every_run() {
    let service = Scripted::new();
    service.behave(endless_if("while"));
    let session = ready(&service).await;
    let mut runs: Vec<Run> = ["while 1: 1", "b"].map(|code| session.run(request(code))).into();
    until_running(&mut runs[0]).await;
    session.shutdown();
    assert_eq!(outcome(&mut runs[0]).await, Outcome::Lost(LostReason::SessionEnded(EndReason::Left)));
    assert_eq!(outcome(&mut runs[1]).await, Outcome::Cancelled(CancelReason::SessionEnded(EndReason::Left)));
    assert_eq!(service.status(&id()), Some(SessionStatus::Ready));
    assert_eq!(service.count(Operation::StopSession), 0);
    // What comes too late has an end all the same.
    let mut late = session.run(request("c"));
    assert_eq!(outcome(&mut late).await, Outcome::Cancelled(CancelReason::SessionEnded(EndReason::Left)));
    assert!(session.stop().await.is_err() && session.status().await.is_err());
    assert_eq!(session.view().phase, Phase::Ended(EndReason::Left));
}

#[tokio::test(start_paused = true)]
async fn shutdown_does_not_wait_for_an_answer() {
    for operation in [Operation::CreateSession, Operation::RunStatement] {
        let service = Scripted::new();
        service.fault_once(operation, Fault::DropAnswer);
        let session = open(&service, create(true));
        let mut run = session.run(request("1"));
        tokio::time::sleep(READY * 2).await;
        let begun = tokio::time::Instant::now();
        session.shutdown();
        outcome(&mut run).await;
        assert!(begun.elapsed() < Duration::from_millis(10));
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_gone_is_a_shutdown() {
    let service = Scripted::new();
    let session = ready(&service).await;
    let mut view = session.watch();
    drop(session);
    view.wait_for(|view| view.phase == Phase::Ended(EndReason::Left)).await.unwrap();
    assert_eq!(service.status(&id()), Some(SessionStatus::Ready));
}
