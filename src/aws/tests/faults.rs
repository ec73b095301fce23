//! Errors by meaning, and what is repeated.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::*;

async fn run(service: &Scripted) -> ApiError {
    GlueApi::run_statement(&*service.client(), &id(), "1").await.unwrap_err()
}

async fn get(service: &Scripted) -> ApiError {
    GlueApi::get_statement(&*service.client(), &id(), one()).await.unwrap_err()
}

fn spec() -> SessionSpec {
    SessionSpec { role: Some("arn:aws:iam::123456789012:role/Glue".into()), ..SessionSpec::new(id(), "glueetl") }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_undone_is_sent_once_whatever_happens() {
    let faults = [
        refused(500, "InternalServiceException", "oops"),
        refused(400, "ThrottlingException", "Rate exceeded"),
        refused(400, "OperationTimeoutException", "slow"),
        page(503),
        Reply::HangUp,
        Reply::Silence,
        Reply::Truncated(r#"{"Id""#.into()),
    ];
    for fault in faults {
        let later = [fault.clone(), ok(json!({"Id": 1})), ok(json!({"Id": 2}))];
        let service = Scripted::new(later.clone());
        run(&service).await;
        assert_eq!(service.operations(), ["RunStatement"], "{fault:?}");

        let service = Scripted::new([caller(ROLE_SESSION)].into_iter().chain(later));
        GlueApi::create_session(&*service.client(), &spec()).await.unwrap_err();
        assert_eq!(service.operations(), ["GetCallerIdentity", "CreateSession"], "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_can_be_repeated_is_a_few_times() {
    let good = ok(json!({"Statement": {"Id": 1, "State": "RUNNING"}}));
    let service = Scripted::new([refused(500, "InternalServiceException", "oops"), Reply::HangUp, good]);
    let statement = GlueApi::get_statement(&*service.client(), &id(), one()).await.unwrap();
    assert_eq!(statement.state, StatementState::Running);
    assert_eq!(service.sent().len(), 3);

    let service = Scripted::new(std::iter::repeat_n(page(502), 10));
    let error = get(&service).await;
    assert_eq!(error.kind, ApiErrorKind::Server { status: Some(502) });
    assert_eq!(service.sent().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn codes_have_their_meanings_and_keep_text_and_request_id() {
    for (reply, kind) in [
        (
            refused(400, "AccessDeniedException", "User: x is not authorized to perform: glue:RunStatement on y"),
            ApiErrorKind::AccessDenied { action: Some("glue:RunStatement".into()) },
        ),
        (refused(400, "InvalidInputException", "bad"), ApiErrorKind::InvalidInput),
        (refused(400, "com.amazonaws.glue#ValidationException", "bad"), ApiErrorKind::InvalidInput),
        (refused(400, "EntityNotFoundException", "gone"), ApiErrorKind::NotFound),
        (refused(400, "ResourceNumberLimitExceededException", "full"), ApiErrorKind::Quota),
        (refused(400, "ThrottlingException", "Rate exceeded"), ApiErrorKind::Throttled),
        (refused(400, "SessionBusyException", "busy"), ApiErrorKind::Busy),
        (refused(400, "IllegalSessionStateException", "stopped"), ApiErrorKind::IllegalState),
        (refused(400, "ExpiredTokenException", "old"), ApiErrorKind::ExpiredCredentials),
        (refused(400, "UnrecognizedClientException", "who"), ApiErrorKind::RejectedCredentials),
        (refused(400, "OperationTimeoutException", "slow"), ApiErrorKind::Timeout),
        (refused(500, "InternalServiceException", "oops"), ApiErrorKind::Server { status: Some(500) }),
        (refused(418, "NovelException", "new"), ApiErrorKind::Other { code: Some("NovelException".into()) }),
    ] {
        let error = run(&Scripted::new([reply.clone()])).await;
        assert_eq!(error.kind, kind, "{reply:?}");
        assert_eq!(error.operation, Operation::RunStatement);
        assert_eq!(error.request_id.as_deref(), Some("r-1"), "{reply:?}");
        assert!(!error.message.is_empty(), "{reply:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_none_are_ambiguous() {
    let ok_with = |body: &str| Reply::Answer(200, vec![], body.to_owned());
    for (reply, kind, text) in [
        (page(200), ApiErrorKind::BadAnswer, "it is not JSON"),
        (ok_with(""), ApiErrorKind::BadAnswer, "does not tell the statement's number"),
        (ok_with("{}"), ApiErrorKind::BadAnswer, "does not tell the statement's number"),
        (ok_with("[1]"), ApiErrorKind::BadAnswer, "it is not JSON"),
        (ok_with(r#"{"Id": 4"#), ApiErrorKind::BadAnswer, "it is not JSON"),
        (ok_with(&format!(r#"{{"Id": 4, "x": "{}"}}"#, "x".repeat(5000))), ApiErrorKind::BadAnswer, "longer than any"),
        (Reply::Truncated(r#"{"Id": 4"#.into()), ApiErrorKind::Connection { sent: true }, "connection reset"),
        (Reply::HangUp, ApiErrorKind::Connection { sent: true }, "connection reset"),
        (page(500), ApiErrorKind::Server { status: Some(500) }, "not in the service's own words"),
    ] {
        let error = run(&Scripted::new([reply.clone()])).await;
        assert_eq!(error.kind, kind, "{reply:?}: {error}");
        assert!(error.is_ambiguous(), "{reply:?}");
        assert!(error.to_string().contains(text), "{reply:?}: {error}");
    }
    let portal = run(&Scripted::new([page(403)])).await;
    assert_eq!(portal.kind, ApiErrorKind::Other { code: None });
    assert!(portal.to_string().contains("HTTP 403") && !portal.is_ambiguous(), "{portal}");
}

#[tokio::test(start_paused = true)]
async fn a_page_does_not_pass_for_an_answer_without_members() {
    let service = Scripted::new([page(200)]);
    let error = GlueApi::cancel_statement(&*service.client(), &id(), one()).await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::BadAnswer);
}

#[tokio::test(start_paused = true)]
async fn sessions_and_statements_need_their_members() {
    for body in [json!({}), json!({"Session": {"Id": "s-1"}}), json!({"Session": "no"}), json!({"Session": null})] {
        let service = Scripted::new([ok(body.clone())]);
        let error = GlueApi::get_session(&*service.client(), &id()).await.unwrap_err();
        assert_eq!(error.kind, ApiErrorKind::BadAnswer, "{body}");
    }
    let error = get(&Scripted::new([ok(json!({"Statement": {"State": "RUNNING"}}))])).await;
    assert_eq!(error.kind, ApiErrorKind::BadAnswer);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_in_time_and_is_ambiguous() {
    let started = Instant::now();
    let error = run(&Scripted::new([Reply::Silence])).await;
    assert_eq!(error.kind, ApiErrorKind::Timeout);
    assert!(error.is_ambiguous());
    assert!(started.elapsed() <= limits().call + Duration::from_secs(1), "{:?}", started.elapsed());

    let started = Instant::now();
    let error = get(&Scripted::new(std::iter::repeat_n(Reply::Silence, 10))).await;
    assert_eq!(error.kind, ApiErrorKind::Timeout);
    assert!(started.elapsed() <= limits().call + Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_the_service_asks_for_is_passed_on() {
    let throttled = |header: &'static str, value: &str| {
        let body = json!({"__type": "ThrottlingException", "message": "Rate exceeded"}).to_string();
        Scripted::new([Reply::Answer(400, vec![(header, value.to_owned())], body)])
    };
    assert_eq!(run(&throttled("retry-after", "7")).await.retry_after, Some(Duration::from_secs(7)));
    assert_eq!(run(&throttled("x-amz-retry-after", "1500")).await.retry_after, Some(Duration::from_millis(1500)));
    assert_eq!(run(&throttled("retry-after", "tomorrow")).await.retry_after, None);
}

#[tokio::test(start_paused = true)]
async fn what_fails_before_create_session_leaves_nothing_ambiguous() {
    for (reply, kind, text) in [
        (xml_refused(403, "AccessDenied", "no"), ApiErrorKind::AccessDenied { action: None }, "GetCallerIdentity: no"),
        (xml_refused(403, "ExpiredToken", "old"), ApiErrorKind::ExpiredCredentials, "%%assume_role"),
        (page(500), ApiErrorKind::Connection { sent: false }, "GetCallerIdentity"),
        (page(200), ApiErrorKind::Connection { sent: false }, "GetCallerIdentity"),
        (Reply::HangUp, ApiErrorKind::Connection { sent: false }, "connection reset"),
        (Reply::Silence, ApiErrorKind::Connection { sent: false }, "GetCallerIdentity"),
    ] {
        let service = Scripted::new(std::iter::repeat_n(reply.clone(), 3));
        let error = GlueApi::create_session(&*service.client(), &spec()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{reply:?}: {error}");
        assert_eq!(error.operation, Operation::CreateSession);
        assert!(!error.is_ambiguous());
        assert!(error.to_string().contains(text), "{reply:?}: {error}");
        assert!(!service.operations().contains(&"CreateSession".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_explanation_is_cut() {
    let error = run(&Scripted::new([refused(400, "InvalidInputException", &"ä".repeat(1900))])).await;
    assert_eq!(error.message.chars().count(), 1900);
    let service = Scripted::new([Reply::Answer(
        400,
        vec![],
        json!({"__type": "InvalidInputException", "Message": "x".repeat(3000)}).to_string(),
    )]);
    assert_eq!(run(&service).await.message.chars().count(), 2001);
}

#[tokio::test]
async fn a_connection_that_is_refused_was_not_used() {
    // A port that was free a moment ago, on the loopback: the real connector, and nobody who listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let aws = Aws::new(AwsConfig { surroundings: Surroundings::Isolated, ..AwsConfig::default() });
    let client = aws.client(&Identity {
        endpoint: Some(format!("http://127.0.0.1:{port}")),
        access: Access::Keys(keys()),
        ..identity()
    });
    let error = GlueApi::run_statement(&*client, &id(), "1").await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Connection { sent: false }, "{error}");
    assert!(!error.is_ambiguous());
}

#[tokio::test]
async fn certificates_that_cannot_be_read_end_the_call_and_not_the_program() {
    let bundle = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
    let route =
        connector::Route { proxy: aws_smithy_http_client::proxy::ProxyConfig::disabled(), authorities: Some(bundle) };
    let http_client = Some(connector::https(route));
    let aws = Aws::new(AwsConfig { http_client, surroundings: Surroundings::Isolated, ..AwsConfig::default() });
    let client = aws.client(&Identity { access: Access::Keys(keys()), ..identity() });
    let error = GlueApi::run_statement(&*client, &id(), "1").await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Connection { sent: false }, "{error}");
    assert!(error.to_string().contains("AWS_CA_BUNDLE"), "{error}");
}
