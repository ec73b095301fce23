//! What is sent, and how answers are read.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::*;

fn full_spec() -> SessionSpec {
    SessionSpec {
        description: Some("d".into()),
        role: Some("arn:aws:iam::123456789012:role/Glue".into()),
        python_version: Some("3".into()),
        default_arguments: vec![("--conf".into(), "a=b".into())],
        tags: vec![("team".into(), "t".into()), ("owner".into(), "somebody".into())],
        number_of_workers: Some(2),
        worker_type: Some("G.1X".into()),
        security_configuration: Some("sc".into()),
        idle_timeout: Some(60),
        timeout: Some(120),
        connections: vec!["c1".into(), "c2".into()],
        glue_version: Some("5.0".into()),
        request_origin: Some("glue-ls".into()),
        ..SessionSpec::new(id(), "glueetl")
    }
}

#[tokio::test(start_paused = true)]
async fn create_session_sends_every_member_and_the_callers_owner_tag() {
    let service = Scripted::new([
        caller(ROLE_SESSION),
        ok(json!({"Session": {"Id": "s-1", "Status": "PROVISIONING", "CreatedOn": 1_700_000_000.5,
            "Command": {"Name": "glueetl"}, "Connections": {"Connections": ["c1"]}, "WorkerType": "Q.9X",
            "DPUSeconds": 3.5, "Progress": 0.0}})),
    ]);
    let info = GlueApi::create_session(&*service.client(), &full_spec()).await.unwrap();
    assert_eq!(info.status, SessionStatus::Provisioning);
    assert_eq!(info.created_on, Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_500)));
    assert_eq!((info.command_name.as_deref(), info.worker_type.as_deref()), (Some("glueetl"), Some("Q.9X")));
    assert_eq!((info.dpu_seconds, info.progress), (Some(3.5), None));
    assert_eq!(info.connections, ["c1"]);

    assert_eq!(service.operations(), ["GetCallerIdentity", "CreateSession"]);
    let request = &service.sent()[1];
    assert_eq!(request.host, "glue.eu-west-1.amazonaws.com");
    assert_eq!(
        request.json(),
        json!({
            "Id": "s-1", "Description": "d", "Role": "arn:aws:iam::123456789012:role/Glue",
            "Command": {"Name": "glueetl", "PythonVersion": "3"}, "Timeout": 120, "IdleTimeout": 60,
            "DefaultArguments": {"--conf": "a=b"}, "Connections": {"Connections": ["c1", "c2"]},
            "NumberOfWorkers": 2, "WorkerType": "G.1X", "SecurityConfiguration": "sc", "GlueVersion": "5.0",
            "Tags": {"team": "t", "owner": "AROA1:mex"}, "RequestOrigin": "glue-ls",
        })
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_set_is_not_sent_and_the_callers_role_is_the_default() {
    let role = "<Role><Path>/p/</Path><RoleName>Analyst</RoleName><RoleId>AROA1</RoleId>\
                <Arn>arn:aws:iam::123456789012:role/p/Analyst</Arn><CreateDate>2024-01-01T00:00:00Z</CreateDate></Role>";
    let service = Scripted::new([
        caller(ROLE_SESSION),
        xml("GetRole", role),
        ok(json!({"Session": {"Id": "s-1", "Status": "PROVISIONING"}})),
    ]);
    let spec = SessionSpec { max_capacity: Some(2.5), ..SessionSpec::new(id(), "glueetl") };
    GlueApi::create_session(&*service.client(), &spec).await.unwrap();
    let sent = service.sent();
    assert_eq!(service.operations(), ["GetCallerIdentity", "GetRole", "CreateSession"]);
    assert!(sent[1].body.contains("RoleName=Analyst"), "{}", sent[1].body);
    assert_eq!(
        sent[2].json(),
        json!({"Id": "s-1", "Role": "arn:aws:iam::123456789012:role/p/Analyst", "Command": {"Name": "glueetl"},
            "MaxCapacity": 2.5, "Tags": {"owner": "AROA1:mex"}})
    );
}

#[tokio::test(start_paused = true)]
async fn a_user_without_a_role_is_told_to_set_one() {
    let service = Scripted::new([caller("arn:aws:iam::123456789012:user/me")]);
    let spec = SessionSpec::new(id(), "glueetl");
    let error = GlueApi::create_session(&*service.client(), &spec).await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::InvalidInput);
    assert!(error.to_string().contains("user/me, is none; set one with %iam_role"), "{error}");
    assert_eq!(service.operations(), ["GetCallerIdentity"]);
}

#[tokio::test(start_paused = true)]
async fn statements_are_read_with_the_members_that_the_model_lacks() {
    let statement = json!({"Id": 1, "Code": "1+1", "State": "AVAILABLE", "StartedOn": 1_700_000_000_000_i64,
        "Output": {"Status": "ok", "ExecutionCount": 3, "Data": {"Result": "2", "MimeType": "text/plain",
            "StdOut": "out", "StdErr": "err", "TextPlain": "plain"}}});
    let service = Scripted::new([
        ok(json!({"Statement": statement})),
        ok(json!({"Statements": [statement, {"State": "RUNNING"}], "NextToken": "more"})),
        ok(json!({"Statements": [], "NextToken": ""})),
    ]);
    let client = service.client();
    let got = GlueApi::get_statement(&*client, &id(), one()).await.unwrap();
    let data = got.output.clone().unwrap().data.unwrap();
    assert_eq!(data.result.as_deref(), Some("2"));
    assert_eq!(data.mime_type.as_deref(), Some("text/plain"));
    assert_eq!(data.std_out.as_deref(), Some("out"));
    assert_eq!(data.std_err.as_deref(), Some("err"));
    assert_eq!(data.text_plain.as_deref(), Some("plain"));

    let first = GlueApi::list_statements(&*client, &id(), None).await.unwrap();
    assert_eq!(first, Page { items: vec![got], next: Some(PageToken("more".into())) });
    let second = GlueApi::list_statements(&*client, &id(), first.next.as_ref()).await.unwrap();
    assert_eq!(second, Page { items: vec![], next: None });

    let sent = service.sent();
    assert_eq!(service.operations(), ["GetStatement", "ListStatements", "ListStatements"]);
    assert_eq!(sent[0].json(), json!({"SessionId": "s-1", "Id": 1}));
    assert_eq!(sent[1].json(), json!({"SessionId": "s-1"}));
    assert_eq!(sent[2].json(), json!({"SessionId": "s-1", "NextToken": "more"}));
}

#[tokio::test(start_paused = true)]
async fn a_statement_whose_members_have_other_types_than_the_model_says_is_still_read() {
    let odd = json!({"Statement": {"Id": 1, "State": "AVAILABLE",
        "Output": {"Status": "ok", "Data": {"TextPlain": "x"}, "Traceback": "one line", "ExecutionCount": "3"}}});
    let service = Scripted::new([ok(odd)]);
    let got = GlueApi::get_statement(&*service.client(), &id(), one()).await.unwrap();
    let output = got.output.unwrap();
    assert_eq!(output.traceback, ["one line"]);
    assert_eq!(output.execution_count, Some(3));
}

#[tokio::test(start_paused = true)]
async fn states_that_are_not_known_are_kept_as_the_service_wrote_them() {
    let service = Scripted::new([
        ok(json!({"Session": {"Id": "s-1", "Status": "BUSY", "ErrorMessage": ""}})),
        ok(json!({"Statement": {"Id": 1, "State": "PONDERING"}})),
    ]);
    let client = service.client();
    let session = GlueApi::get_session(&*client, &id()).await.unwrap();
    assert_eq!(session.status, SessionStatus::Unknown("BUSY".into()));
    assert_eq!(session.error_message, None);
    let statement = GlueApi::get_statement(&*client, &id(), one()).await.unwrap();
    assert_eq!(statement.state, StatementState::Unknown("PONDERING".into()));
    assert_eq!(service.sent()[0].json(), json!({"Id": "s-1"}));
}

#[tokio::test(start_paused = true)]
async fn a_list_keeps_sessions_that_are_only_named() {
    let service = Scripted::new([ok(json!({
        "Ids": ["s-1", "s-2", ""], "Sessions": [{"Id": "s-1", "Status": "READY"}, {"Status": "READY"}], "NextToken": "n",
    }))]);
    let filter = SessionFilter { tags: vec![("owner".into(), "me".into())], page_size: Some(25) };
    let token = PageToken("m".into());
    let page = GlueApi::list_sessions(&*service.client(), &filter, Some(&token)).await.unwrap();
    let known: Vec<(&str, &str)> = page.items.iter().map(|item| (item.id.as_str(), item.status.as_str())).collect();
    assert_eq!(known, [("s-1", "READY"), ("s-2", "")]);
    assert_eq!(page.next, Some(PageToken("n".into())));
    assert_eq!(service.sent()[0].json(), json!({"Tags": {"owner": "me"}, "MaxResults": 25, "NextToken": "m"}));
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_nothing_in_it_is_no_empty_list() {
    let caller = || caller("arn:aws:iam::123456789012:user/me");
    let blank = || Reply::Answer(200, vec![], " \n".to_owned());
    let client = Scripted::new([blank()]).client();
    let failure = GlueApi::list_sessions(&*client, &SessionFilter::default(), None).await.unwrap_err();
    assert_eq!(failure.kind, ApiErrorKind::BadAnswer);
    let client = Scripted::new([blank()]).client();
    assert_eq!(GlueApi::list_statements(&*client, &id(), None).await.unwrap_err().kind, ApiErrorKind::BadAnswer);
    let client = Scripted::new([caller(), blank()]).client();
    assert_eq!(GlueApi::get_tags(&*client, &id()).await.unwrap_err().kind, ApiErrorKind::BadAnswer);
    let client = Scripted::new([ok(json!({}))]).client();
    assert_eq!(GlueApi::list_sessions(&*client, &SessionFilter::default(), None).await.unwrap().items, []);
}

#[tokio::test(start_paused = true)]
async fn the_other_operations_send_what_they_should() {
    let service = Scripted::new([
        ok(json!({"Id": 7})),
        ok(json!({})),
        ok(json!({"Id": "s-1"})),
        caller("arn:aws-cn:iam::123456789012:user/me"),
        ok(json!({"Tags": {"b": "2", "a": "1"}})),
        Reply::Answer(200, vec![], String::new()),
    ]);
    let client = service.client();
    assert_eq!(GlueApi::run_statement(&*client, &id(), "print('ä')").await.unwrap(), StatementId(7));
    GlueApi::cancel_statement(&*client, &id(), StatementId(7)).await.unwrap();
    GlueApi::stop_session(&*client, &id()).await.unwrap();
    let tags = GlueApi::get_tags(&*client, &id()).await.unwrap();
    assert_eq!(tags, [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
    GlueApi::tag_resource(&*client, &id(), &tags).await.unwrap();

    let arn = "arn:aws-cn:glue:eu-west-1:123456789012:session/s-1";
    let bodies: Vec<_> =
        service.sent().iter().filter(|sent| sent.operation() != "GetCallerIdentity").map(Sent::json).collect();
    assert_eq!(
        bodies,
        [
            json!({"SessionId": "s-1", "Code": "print('ä')"}),
            json!({"SessionId": "s-1", "Id": 7}),
            json!({"Id": "s-1"}),
            json!({"ResourceArn": arn}),
            json!({"ResourceArn": arn, "TagsToAdd": {"a": "1", "b": "2"}}),
        ]
    );
    assert_eq!(
        service.operations(),
        ["RunStatement", "CancelStatement", "StopSession", "GetCallerIdentity", "GetTags", "TagResource"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_statement_number_that_the_service_cannot_have_is_not_sent() {
    let service = Scripted::new([]);
    let error = GlueApi::get_statement(&*service.client(), &id(), StatementId(1 << 40)).await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::InvalidInput);
    assert!(service.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_service_in_this_process_gets_signed_requests_and_opens_no_socket() {
    let http_client = in_process(|request: HttpRequest| {
        Box::pin(async move {
            let signed = request
                .headers()
                .get("authorization")
                .is_some_and(|value| value.to_str().is_ok_and(|text| text.contains("/eu-west-1/glue/aws4_request")));
            let code = serde_json::from_slice::<serde_json::Value>(request.body()).unwrap()["Code"].clone();
            let answer = if signed && code == "1" { r#"{"Id": 5}"# } else { "{}" };
            http::Response::new(bytes::Bytes::from_static(answer.as_bytes()))
        })
    });
    let surroundings = Surroundings::Isolated;
    let config = AwsConfig { http_client: Some(http_client), surroundings, ..AwsConfig::default() };
    let aws = Aws::new(config);
    let client = aws.client(&Identity { access: Access::Keys(keys()), ..identity() });
    assert_eq!(GlueApi::run_statement(&*client, &id(), "1").await.unwrap(), StatementId(5));
}
