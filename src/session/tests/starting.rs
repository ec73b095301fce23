//! Starts that go wrong.

use super::*;

fn creates(service: &Scripted) -> usize {
    service.count(Operation::CreateSession)
}

#[tokio::test(start_paused = true)]
async fn a_start_without_an_answer_is_cleared_up_by_looking() {
    for fault in [
        Fault::DropAnswer,
        Fault::Lose(ApiErrorKind::Server { status: None }),
        Fault::Lose(ApiErrorKind::BadAnswer),
        Fault::Lose(ApiErrorKind::Connection { sent: true }),
    ] {
        let service = Scripted::new();
        service.fault_once(Operation::CreateSession, fault.clone());
        let session = open(&service, create(false));
        assert_eq!(outcome(&mut session.run(request("1"))).await, Outcome::Ok, "{fault:?}");
        assert_eq!(creates(&service), 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_never_arrived_is_sent_again_with_the_same_id() {
    for fault in [
        Fault::Refuse(ApiErrorKind::Server { status: None }),
        Fault::Refuse(ApiErrorKind::Timeout),
        Fault::Refuse(ApiErrorKind::Throttled),
        Fault::Refuse(ApiErrorKind::Quota),
        Fault::Refuse(ApiErrorKind::Connection { sent: false }),
    ] {
        let service = Scripted::new();
        service.fault_once(Operation::CreateSession, fault.clone());
        let session = open(&service, create(true));
        assert!(session.ready().await.is_ok(), "{fault:?}");
        assert_eq!(creates(&service), 2, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_arrives_late_is_found_when_the_second_is_refused() {
    let service = Scripted::new();
    let mut faults = vec![Fault::DelayRequest(Duration::from_secs(9)), Fault::Late(Duration::from_secs(73))];
    service.plan(move |operation, _| if operation == Operation::CreateSession { faults.pop() } else { None });
    let session = open(&service, create(true));
    assert!(session.ready().await.is_ok());
    assert_eq!(creates(&service), 2);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_taken_is_refused() {
    let service = Scripted::new();
    service.existing(&id());
    let session = open(&service, create(true));
    let mut run = session.run(request("1"));
    let Err(EndReason::Refused(error)) = session.ready().await else { panic!("not refused") };
    assert_eq!(error.kind, ApiErrorKind::AlreadyExists);
    assert!(matches!(outcome(&mut run).await, Outcome::Cancelled(CancelReason::SessionEnded(EndReason::Refused(_)))));
    // Somebody else's session is not touched.
    assert_eq!(service.count(Operation::StopSession), 0);
    let mut later = session.run(request("1"));
    assert!(matches!(outcome(&mut later).await, Outcome::Cancelled(CancelReason::SessionEnded(_))));
}

#[tokio::test(start_paused = true)]
async fn an_unclear_start_is_stopped_or_said_to_be_unclear() {
    let service = Scripted::new();
    let denied = || Fault::Refuse(ApiErrorKind::AccessDenied { action: None });
    service.plan(move |operation, _| match operation {
        Operation::CreateSession => Some(Fault::DropAnswer),
        Operation::GetSession | Operation::StopSession => Some(denied()),
        _ => None,
    });
    let session = open(&service, create(true));
    let Err(reason) = session.ready().await else { panic!("ready") };
    assert!(matches!(&reason, EndReason::Unclear(error) if error.kind == ApiErrorKind::Timeout));
    assert!(reason.may_be_alive());
    assert_eq!(creates(&service), 1);
    // Later it can be stopped after all.
    service.plan(|_, _| None);
    assert!(session.stop().await.is_ok());
    assert_eq!(service.status(&id()), Some(SessionStatus::Stopped));
    assert_eq!(session.view().phase, Phase::Ended(EndReason::Stopped));
}

#[tokio::test(start_paused = true)]
async fn quota_and_refusals_end_the_start() {
    for (kind, calls) in [(ApiErrorKind::Quota, 3), (ApiErrorKind::InvalidInput, 1), (ApiErrorKind::NoCredentials, 1)] {
        let service = Scripted::new();
        let refusal = kind.clone();
        service
            .plan(move |operation, _| (operation == Operation::CreateSession).then(|| Fault::Refuse(refusal.clone())));
        let session = open(&service, create(true));
        let Err(reason) = session.ready().await else { panic!("ready") };
        assert!(matches!(&reason, EndReason::Refused(error) if error.kind == kind));
        assert!(!reason.may_be_alive());
        assert_eq!(creates(&service), calls);
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_fails_to_start_says_why() {
    let service = Scripted::new();
    let session = open(&service, create(false));
    let mut run = session.run(request("1"));
    until(&mut run, |event| matches!(event, RunEvent::Starting { .. })).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    service.force(&id(), SessionStatus::Failed, Some("No subnet."));
    let Outcome::Cancelled(reason) = outcome(&mut run).await else { panic!("not cancelled") };
    assert_eq!(reason.to_string(), "cancelled, because the session failed: No subnet");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_never_ready_is_stopped() {
    let service = Scripted::new();
    service.world().ready_after = Duration::from_secs(100_000);
    let session = open(&service, create(true));
    assert!(matches!(session.ready().await, Err(EndReason::StartTooSlow(_))));
    assert_eq!(service.status(&id()), Some(SessionStatus::Stopped));
}

#[tokio::test(start_paused = true)]
async fn a_start_that_cannot_be_watched_is_given_up_and_said_to_be_alive() {
    let service = Scripted::new();
    service.plan(|operation, _| {
        (operation != Operation::CreateSession).then_some(Fault::Refuse(ApiErrorKind::Connection { sent: false }))
    });
    let session = open(&service, create(true));
    let Err(reason) = session.ready().await else { panic!("ready") };
    assert!(matches!(&reason, EndReason::Unreachable(_)) && reason.may_be_alive(), "{reason:?}");
}

#[tokio::test(start_paused = true)]
async fn attaching_waits_until_ready_and_reports_what_is_gone() {
    let service = Scripted::new();
    let session = open(&service, Opening::Attach(id()));
    assert!(matches!(session.ready().await, Err(EndReason::Gone)));
    service.existing(&id());
    service.force(&id(), SessionStatus::Unknown("BUSY".to_owned()), None);
    let session = open(&service, Opening::Attach(id()));
    let mut run = session.run(request("1"));
    until(&mut run, |event| matches!(event, RunEvent::Starting { .. })).await;
    service.force(&id(), SessionStatus::Ready, None);
    assert_eq!(outcome(&mut run).await, Outcome::Ok);
}
