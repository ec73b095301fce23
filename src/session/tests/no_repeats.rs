//! Nothing is lost and nothing is repeated, whatever happens to calls and answers.

use super::*;

fn connection() -> ApiErrorKind {
    ApiErrorKind::Connection { sent: true }
}

fn server() -> ApiErrorKind {
    ApiErrorKind::Server { status: Some(500) }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_statements_survive_a_bad_line() {
    let service = Scripted::new();
    let session = ready(&service).await;
    // A faulty call in three; every tenth answer is dropped.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    service.plan(move |_, number| {
        if number % 10 == 0 {
            return Some(Fault::DropAnswer);
        }
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        match state % 40 {
            0 | 1 => Some(Fault::Refuse(ApiErrorKind::Throttled)),
            2 => Some(Fault::Refuse(server())),
            3 => Some(Fault::Lose(server())),
            4 => Some(Fault::Refuse(connection())),
            5 => Some(Fault::Lose(connection())),
            6 => Some(Fault::Refuse(ApiErrorKind::Connection { sent: false })),
            7 => Some(Fault::Lose(ApiErrorKind::BadAnswer)),
            8 => Some(Fault::DelayRequest(Duration::from_secs(5))),
            9 => Some(Fault::DelayAnswer(Duration::from_secs(5))),
            // Longer than the actor waits for an answer, shorter than it looks for what became of it.
            10 => Some(Fault::Late(Duration::from_secs(64))),
            _ => None,
        }
    });
    // A code in ten is the same as the one before it.
    let codes: Vec<String> =
        (0..1000).map(|number| format!("n = {}", number - usize::from(number % 10 == 7))).collect();
    let mut runs: Vec<Run> = codes.iter().map(|code| session.run(request(code))).collect();
    for (run, code) in runs.iter_mut().zip(&codes) {
        let story = events(run).await;
        let shown = Output::Stream { name: StreamName::Stdout, text: format!("{code}\n") };
        assert!(story.contains(&RunEvent::Outputs(vec![shown])), "{code}: {story:?}");
        assert!(matches!(story.last(), Some(RunEvent::Ended(end)) if end.outcome == Outcome::Ok), "{story:?}");
    }
    assert_eq!(service.world().executed, codes);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_came_is_cleared_up_by_looking() {
    for fault in
        [Fault::DropAnswer, Fault::Lose(server()), Fault::Lose(connection()), Fault::Lose(ApiErrorKind::BadAnswer)]
    {
        let service = Scripted::new();
        let session = ready(&service).await;
        service.fault_once(Operation::RunStatement, fault.clone());
        let end = end(&mut session.run(request("1"))).await;
        assert_eq!((end.outcome, end.statement), (Outcome::Ok, Some(StatementId(1))), "{fault:?}");
        assert_eq!(service.count(Operation::RunStatement), 1, "{fault:?}");
        assert_eq!(service.world().executed, ["1"], "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_arrived_is_sent_again() {
    for kind in [server(), connection(), ApiErrorKind::Timeout, ApiErrorKind::BadAnswer] {
        let service = Scripted::new();
        let session = ready(&service).await;
        outcome(&mut session.run(request("same"))).await;
        service.fault_once(Operation::RunStatement, Fault::Refuse(kind.clone()));
        // The earlier statement has the same code: it is not taken for this one.
        let end = end(&mut session.run(request("same"))).await;
        assert_eq!((end.outcome, end.statement), (Outcome::Ok, Some(StatementId(2))), "{kind:?}");
        assert_eq!(service.world().executed, ["same", "same"], "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_certain_is_not_sent_again() {
    let service = Scripted::new();
    let session = ready(&service).await;
    service.plan(|operation, _| match operation {
        Operation::RunStatement => Some(Fault::Lose(server())),
        Operation::ListStatements => Some(Fault::Refuse(ApiErrorKind::AccessDenied { action: None })),
        _ => None,
    });
    let mut first = session.run(request("1"));
    let mut second = session.run(request("2"));
    let Outcome::Lost(LostReason::Unclear(error)) = outcome(&mut first).await else { panic!("not lost") };
    assert_eq!(error.kind, server());
    assert_eq!(outcome(&mut second).await, Outcome::Cancelled(CancelReason::EarlierRun));
    assert_eq!(service.count(Operation::RunStatement), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_arrives_after_the_second_sending_began_is_not_run_twice() {
    let service = Scripted::new();
    service.behave(|code| Behaviour::ok(20_000, code));
    let session = ready(&service).await;
    // 60 s until the call is given up, 10 s of looking (a tenth more or less), then the second sending, which
    // takes 5 s to arrive; the first arrives in between.
    let mut faults = vec![Fault::DelayRequest(Duration::from_secs(5)), Fault::Late(Duration::from_secs(73))];
    service.plan(move |operation, _| if operation == Operation::RunStatement { faults.pop() } else { None });
    let end = end(&mut session.run(request("1"))).await;
    assert_eq!((end.outcome, end.statement), (Outcome::Ok, Some(StatementId(1))));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(service.count(Operation::RunStatement), 2);
    assert_eq!(service.world().executed, ["1"]);
}

#[tokio::test(start_paused = true)]
async fn other_clients_statements_are_not_ours() {
    let service = Scripted::new();
    service.existing(&id());
    service.elsewhere(&id(), "same");
    let session = open(&service, Opening::Attach(id()));
    let view = session.ready().await.unwrap();
    assert_eq!(view.past.iter().map(|statement| statement.id).collect::<Vec<_>>(), [StatementId(1)]);
    assert!(!view.owned);
    service.elsewhere(&id(), "other");
    service.fault_once(Operation::RunStatement, Fault::Lose(connection()));
    assert_eq!(end(&mut session.run(request("same"))).await.statement, Some(StatementId(3)));
    assert_eq!(service.world().executed, ["same", "other", "same"]);
}

#[tokio::test(start_paused = true)]
async fn numbers_may_begin_at_zero_and_lists_have_pages() {
    let service = Scripted::new();
    service.world().first_id = 0;
    service.world().page_size = 2;
    let session = ready(&service).await;
    for number in 0..5 {
        service.fault_once(Operation::RunStatement, Fault::Lose(server()));
        assert_eq!(end(&mut session.run(request("x"))).await.statement, Some(StatementId(number)));
    }
    assert_eq!(service.world().executed.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn sending_is_given_up_after_many_failures() {
    let service = Scripted::new();
    let session = ready(&service).await;
    service.plan(|operation, _| (operation == Operation::RunStatement).then_some(Fault::Refuse(server())));
    let Outcome::Refused(error) = outcome(&mut session.run(request("1"))).await else { panic!("not refused") };
    assert_eq!(error.kind, server());
    assert_eq!(service.count(Operation::RunStatement), 8);
    service
        .plan(|operation, _| (operation == Operation::RunStatement).then_some(Fault::Refuse(ApiErrorKind::Throttled)));
    assert!(matches!(outcome(&mut session.run(request("1"))).await, Outcome::Refused(_)));
    assert_eq!(service.count(Operation::RunStatement), 8 + 30);
}
