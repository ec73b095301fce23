//! Runs that go well, and the price of them.

use tokio::time::Instant;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_run_tells_its_story_in_order() {
    let service = Scripted::new();
    let session = open(&service, create(false));
    let mut run = session.run(request("1"));
    let story = events(&mut run).await;
    assert_eq!(story[0], RunEvent::Queued { ahead: 0 });
    assert!(matches!(&story[1], RunEvent::Starting { status: SessionStatus::Provisioning, .. }));
    let starts: Vec<Duration> = story
        .iter()
        .filter_map(|event| match event {
            RunEvent::Starting { elapsed, .. } => Some(*elapsed),
            _ => None,
        })
        .collect();
    assert!(starts.is_sorted() && starts.last() >= Some(&READY), "{starts:?}");
    let rest: Vec<&RunEvent> = story.iter().filter(|event| !matches!(event, RunEvent::Starting { .. })).collect();
    let [_, RunEvent::Running { statement, state: StatementState::Waiting, .. }, outputs, RunEvent::Ended(end)] =
        rest.as_slice()
    else {
        panic!("{rest:?}");
    };
    assert_eq!(*statement, StatementId(1));
    let shown = Output::Stream { name: StreamName::Stdout, text: "1\n".to_owned() };
    assert_eq!(**outputs, RunEvent::Outputs(vec![shown]));
    assert_eq!((&end.outcome, end.statement), (&Outcome::Ok, Some(StatementId(1))));
    assert!(session.view().owned && session.view().phase == Phase::Ready);
}

#[tokio::test(start_paused = true)]
async fn a_short_statement_costs_two_calls_and_little_time() {
    let service = Scripted::new();
    let session = ready(&service).await;
    let before = service.world().calls.len();
    let begun = Instant::now();
    assert_eq!(outcome(&mut session.run(request("1"))).await, Outcome::Ok);
    let overhead = begun.elapsed() - Duration::from_millis(50);
    assert!(overhead <= Duration::from_millis(150), "{overhead:?}");
    assert_eq!(service.world().calls.len() - before, 2);
}

#[tokio::test(start_paused = true)]
async fn questions_come_fast_at_first_and_once_a_second_later() {
    let service = Scripted::new();
    service.behave(|code| Behaviour::ok(10_000, code));
    let session = ready(&service).await;
    let before = service.count(Operation::GetSession);
    let begun = Instant::now();
    assert_eq!(outcome(&mut session.run(request("1"))).await, Outcome::Ok);
    let mut last = begun;
    let gaps: Vec<f64> = service
        .world()
        .calls
        .iter()
        .filter(|(operation, at)| *operation == Operation::GetStatement && *at > begun)
        .map(|(_, at)| at.duration_since(std::mem::replace(&mut last, *at)).as_secs_f64())
        .collect();
    let expected = [0.1, 0.2, 0.4, 0.8].into_iter().chain(std::iter::repeat(1.0));
    for (gap, expected) in gaps.iter().zip(expected) {
        // The timer counts whole milliseconds.
        assert!((gap - expected).abs() <= expected * 0.1 + 0.002, "{gaps:?}");
    }
    assert!((12..=15).contains(&gaps.len()), "{gaps:?}");
    assert_eq!(service.count(Operation::GetSession), before);
}

#[tokio::test(start_paused = true)]
async fn an_idle_session_asks_nothing() {
    let service = Scripted::new();
    let session = ready(&service).await;
    outcome(&mut session.run(request("1"))).await;
    let before = service.world().calls.len();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(service.world().calls.len(), before);
}

#[tokio::test(start_paused = true)]
async fn throttling_slows_the_questions_down() {
    let service = Scripted::new();
    service.behave(|code| Behaviour::ok(60_000, code));
    let session = ready(&service).await;
    let calm = service.world().calls.len();
    service.plan(|operation, number| {
        (operation == Operation::GetStatement && number % 2 == 0).then_some(Fault::Refuse(ApiErrorKind::Throttled))
    });
    assert_eq!(outcome(&mut session.run(request("1"))).await, Outcome::Ok);
    let calls = service.world().calls.len() - calm;
    assert!(calls < 50, "{calls} calls in 60 s");
}

#[tokio::test(start_paused = true)]
async fn runs_keep_their_order_and_one_is_sent_at_a_time() {
    let service = Scripted::new();
    service.behave(|code| Behaviour::ok(5_000, code));
    let session = ready(&service).await;
    let mut runs: Vec<Run> = ["a", "b", "c"].map(|code| session.run(request(code))).into();
    until_running(&mut runs[0]).await;
    assert_eq!(service.count(Operation::RunStatement), 1);
    assert_eq!((session.view().running, session.view().queued), (Some(runs[0].id), 2));
    assert_eq!(runs[2].events.recv().await, Some(RunEvent::Queued { ahead: 2 }));
    for run in &mut runs {
        assert_eq!(outcome(run).await, Outcome::Ok);
    }
    assert_eq!(service.world().executed, ["a", "b", "c"]);
    assert_eq!((session.view().running, session.view().queued), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn an_error_stops_those_behind_it_only_where_that_is_wanted() {
    let service = Scripted::new();
    service.behave(|code| if code == "bad" { Behaviour::error("ValueError") } else { Behaviour::ok(50, code) });
    let session = ready(&service).await;
    let mut bad = session.run(RunRequest { code: "bad".to_owned(), stop_on_error: true });
    let mut behind = session.run(request("behind"));
    let expected = Outcome::Error { name: "ValueError".to_owned(), value: "bad".to_owned(), traceback: vec![] };
    let story = events(&mut bad).await;
    let shown = Output::Error { ename: "ValueError".to_owned(), evalue: "bad".to_owned(), traceback: vec![] };
    assert_eq!(story[story.len() - 2], RunEvent::Outputs(vec![shown]));
    assert!(matches!(&story[story.len() - 1], RunEvent::Ended(end) if end.outcome == expected));
    assert_eq!(outcome(&mut behind).await, Outcome::Cancelled(CancelReason::EarlierRun));

    let mut bad = session.run(request("bad"));
    let mut behind = session.run(request("behind"));
    assert_eq!(outcome(&mut bad).await, expected);
    assert_eq!(outcome(&mut behind).await, Outcome::Ok);
}

#[tokio::test(start_paused = true)]
async fn unknown_states_are_not_taken_for_an_end() {
    let service = Scripted::new();
    service.behave(|code| Behaviour {
        running: StatementState::Unknown("PONDERING".to_owned()),
        ..Behaviour::ok(20_000, code)
    });
    let session = ready(&service).await;
    service.force(&id(), SessionStatus::Unknown("BUSY".to_owned()), None);
    let mut run = session.run(request("1"));
    until(&mut run, |event| matches!(event, RunEvent::Trouble(_))).await;
    service.force(&id(), SessionStatus::Ready, None);
    let story = events(&mut run).await;
    assert!(story.iter().any(|event| {
        matches!(event, RunEvent::Running { state: StatementState::Unknown(word), .. } if word == "PONDERING")
    }));
    assert!(matches!(story.last(), Some(RunEvent::Ended(end)) if end.outcome == Outcome::Ok));
    assert_eq!(service.world().executed, ["1"]);
}

#[tokio::test(start_paused = true)]
async fn empty_outputs_are_an_ordinary_end() {
    for output in [None, Some(StatementOutput::default())] {
        let service = Scripted::new();
        service.behave(move |_| Behaviour { output: output.clone(), ..Behaviour::ok(50, "") });
        let session = ready(&service).await;
        let story = events(&mut session.run(request(""))).await;
        assert!(!story.iter().any(|event| matches!(event, RunEvent::Outputs(_))));
        assert!(matches!(story.last(), Some(RunEvent::Ended(end)) if end.outcome == Outcome::Ok));
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_session_is_waited_for() {
    let service = Scripted::new();
    let session = ready(&service).await;
    let begun = Instant::now();
    service.plan(move |operation, _| {
        let early = begun.elapsed() < Duration::from_secs(120);
        (operation == Operation::RunStatement && early).then_some(Fault::Refuse(ApiErrorKind::Busy))
    });
    assert_eq!(outcome(&mut session.run(request("1"))).await, Outcome::Ok);
    assert!(service.count(Operation::RunStatement) < 40);
}

#[tokio::test(start_paused = true)]
async fn what_the_service_does_not_take_is_refused_once() {
    for kind in
        [ApiErrorKind::AccessDenied { action: None }, ApiErrorKind::InvalidInput, ApiErrorKind::ExpiredCredentials]
    {
        let service = Scripted::new();
        let session = ready(&service).await;
        let refusal = kind.clone();
        service
            .plan(move |operation, _| (operation == Operation::RunStatement).then(|| Fault::Refuse(refusal.clone())));
        let Outcome::Refused(error) = outcome(&mut session.run(request("1"))).await else { panic!("not refused") };
        assert_eq!(error.kind, kind);
        assert_eq!(service.count(Operation::RunStatement), 1);
        assert_eq!(session.view().phase, Phase::Ready);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_told_while_a_statement_runs_goes_on_and_costs_no_call() {
    let service = Scripted::new();
    let text = "ab\u{df}\n".repeat(40);
    let prints = text.clone();
    service.behave(move |code| {
        let prints = (code == "prints").then(|| prints.clone());
        Behaviour { prints, ..Behaviour::ok(9_000, &text) }
    });
    let session = ready(&service).await;
    let mut calls = Vec::new();
    let mut told = String::new();
    for code in ["silent", "prints"] {
        let before = service.world().calls.len();
        for event in events(&mut session.run(request(code))).await {
            match event {
                RunEvent::Printed { pieces, replace: false } => {
                    let [Output::Stream { name: StreamName::Stdout, text }] = &*pieces else { panic!("{pieces:?}") };
                    assert!(code == "prints" && !text.is_empty());
                    told.push_str(text);
                }
                RunEvent::Outputs(outputs) if code == "prints" => {
                    let [Output::Stream { text, .. }] = &*outputs else { panic!("{outputs:?}") };
                    assert!(told.len() > text.len() / 2 && text.starts_with(&told), "{told}");
                }
                event => assert!(!matches!(event, RunEvent::Printed { .. }), "{event:?}"),
            }
        }
        calls.push(service.world().calls.len() - before);
    }
    assert!(calls[0].abs_diff(calls[1]) <= 1, "{calls:?}");
}
