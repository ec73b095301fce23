//! What is taken and what is refused.

use super::*;

#[tokio::test]
async fn requests_go_to_the_service_they_are_signed_for() {
    let glue = without_python();
    let form = "application/x-www-form-urlencoded";
    let (head, body) = glue.sent(request("sts", form, "Action=GetCallerIdentity&Version=2011-06-15")).await;
    let body = String::from_utf8_lossy(&body);
    assert_eq!(head.status, StatusCode::OK);
    assert!(body.contains("<Arn>arn:aws:sts::000000000000:assumed-role/GlueLocal/local</Arn>"), "{body}");
    assert!(body.contains("<Account>000000000000</Account>") && body.contains(":local</UserId>"), "{body}");

    let (_, body) = glue.sent(request("iam", form, "Action=GetRole&RoleName=GlueLocal")).await;
    let body = String::from_utf8_lossy(&body);
    assert!(body.contains("<Arn>arn:aws:iam::000000000000:role/GlueLocal</Arn>"), "{body}");

    for (service, body, status, code) in [
        (
            "iam",
            "Action=GetRole&RoleName=%3Ca%3E",
            404,
            "<Code>NoSuchEntity</Code><Message>The role with name &lt;a&gt;",
        ),
        ("iam", "Action=GetRole", 400, "<Code>ValidationError</Code>"),
        ("iam", "Action=GetCallerIdentity", 400, "<Code>InvalidAction</Code>"),
        ("sts", "Action=GetSessionToken", 400, "<Code>InvalidAction</Code>"),
        ("sts", "", 400, "<Code>InvalidAction</Code>"),
        ("s3", "", 400, "UnknownOperationException"),
    ] {
        let (head, answer) = glue.sent(request(service, form, body)).await;
        let answer = String::from_utf8_lossy(&answer);
        assert_eq!(head.status, status, "{body}: {answer}");
        assert!(answer.contains(code), "{body}: {answer}");
    }

    // Without a signature by their form.
    for (header, value, body, expected) in [
        ("content-type", form, "Action=GetCallerIdentity", "GetCallerIdentityResult"),
        ("content-type", form, "Action=GetRole&RoleName=GlueLocal", "GetRoleResult"),
        ("x-amz-target", "AWSGlue.ListSessions", "{}", "\"Sessions\":[]"),
        ("x-amz-target", "AWSGlue.GetJobs", "{}", "UnknownOperationException"),
        ("x-amz-target", "Other.ListSessions", "{}", "UnknownOperationException"),
        ("content-type", "text/html", "", "UnknownOperationException"),
    ] {
        let unsigned = Request::post("/").header(header, value).body(Bytes::from(body)).unwrap();
        let (_, answer) = glue.sent(unsigned).await;
        assert!(String::from_utf8_lossy(&answer).contains(expected), "{value}: {answer:?}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_requests_are_refused() {
    let glue = without_python();
    for body in ["not json", "[]", "\"text\"", "{\"Id\":", "\u{0}", "{\"MaxResults\":\"5\"}", "{\"Tags\":[]}"] {
        let (status, answer) = glue.raw("ListSessions", body).await;
        assert_eq!((status.as_u16(), answer["__type"].as_str()), (400, Some("SerializationException")), "{body}");
    }
    let deep = format!("{{\"Tags\":{}", "[".repeat(100_000));
    assert_eq!(glue.raw("ListSessions", deep).await.1["__type"], "SerializationException");
    let (status, answer) = glue.raw("ListSessions", vec![b' '; LARGEST_REQUEST + 1]).await;
    assert_eq!((status.as_u16(), answer["__type"].as_str()), (413, Some("RequestEntityTooLargeException")));
    assert_eq!(glue.raw("ListSessions", "").await.0, StatusCode::OK);
    assert_eq!(glue.ok("ListSessions", json!({"MaxResults": null, "Unheard": {}})).await["Ids"], json!([]));
}

#[tokio::test]
async fn what_a_session_cannot_be_is_refused_and_named() {
    let glue = without_python();
    let long = "x".repeat(4097);
    for (more, code, words) in [
        (json!({"Id": null}), "ValidationException", "Value null at 'id'"),
        (json!({"Id": ""}), "ValidationException", "length greater than or equal to 1"),
        (json!({"Id": "a\nb"}), "ValidationException", "regular expression"),
        (json!({"Id": "x".repeat(256)}), "ValidationException", "length less than or equal to 255"),
        (json!({"Role": null}), "ValidationException", "'role'"),
        (json!({"Role": "GlueLocal-is-a-name-only"}), "ValidationException", "arn:aws"),
        (json!({"Command": null}), "ValidationException", "'command'"),
        (json!({"Command": {}}), "InvalidInputException", "glueetl or gluestreaming"),
        (json!({"Command": {"Name": "glueray"}}), "InvalidInputException", "\"glueray\""),
        (json!({"Command": {"Name": "glueetl", "PythonVersion": "4"}}), "ValidationException", "command.pythonVersion"),
        (json!({"Command": {"Name": "glueetl", "PythonVersion": "2"}}), "InvalidInputException", "Python 3"),
        (json!({"Command": "glueetl"}), "SerializationException", "'command' must be an object"),
        (json!({"WorkerType": "G.3X"}), "ValidationException", "Value 'G.3X' at 'workerType'"),
        (json!({"WorkerType": "Z.2X", "NumberOfWorkers": 2}), "InvalidInputException", "Z.2X"),
        (json!({"WorkerType": "G.12X", "GlueVersion": "3.0"}), "InvalidInputException", "needs Glue 4.0"),
        (json!({"GlueVersion": "2.0"}), "InvalidInputException", "Use one of 3.0"),
        (json!({"GlueVersion": "5"}), "ValidationException", "glueVersion"),
        (json!({"NumberOfWorkers": 0}), "InvalidInputException", "NumberOfWorkers"),
        (json!({"NumberOfWorkers": "2"}), "SerializationException", "'numberOfWorkers' must be an integer"),
        (json!({"NumberOfWorkers": 3_000_000_000_i64}), "SerializationException", "integer"),
        (json!({"MaxCapacity": 5.0, "NumberOfWorkers": 2}), "InvalidInputException", "together with"),
        (json!({"MaxCapacity": 1}), "InvalidInputException", "2 or more"),
        (json!({"IdleTimeout": 0}), "ValidationException", "Value '0' at 'idleTimeout'"),
        (json!({"Timeout": 1.5}), "SerializationException", "'timeout'"),
        (json!({"SessionType": "SPARK_CONNECT"}), "OperationNotSupportedException", "SessionType"),
        (json!({"DefaultArguments": {"--key": long}}), "ValidationException", "defaultArguments.value"),
        (json!({"DefaultArguments": {"a b": "x"}}), "ValidationException", "defaultArguments.key"),
        (json!({"DefaultArguments": {"--a": 1}}), "SerializationException", "a string"),
        (json!({"Tags": {"": "x"}}), "ValidationException", "tags.key"),
        (json!({"Connections": {"Connections": ["x".repeat(256)]}}), "ValidationException", "255"),
    ] {
        let members = creation_with("s", more.clone());
        let (found, message) = glue.refused("CreateSession", members).await;
        assert_eq!(found, code, "{more}: {message}");
        assert!(message.contains(words), "{more}: {message}");
        assert!(!message.contains("xxxx"), "{message}");
    }
    assert_eq!(glue.ok("ListSessions", json!({})).await["Ids"], json!([]));
    let (_, message) = glue.refused("CreateSession", json!({})).await;
    assert!(message.starts_with("3 validation errors detected: "), "{message}");
}

#[tokio::test]
async fn values_of_arguments_are_never_quoted() {
    let glue = without_python();
    let secret = "hunter2\u{1}";
    let members = creation_with("s", json!({"DefaultArguments": {"--password": secret}, "Tags": {"k": 7}}));
    let (_, answer) = glue.call("CreateSession", members).await;
    assert!(!answer.to_string().contains("hunter2"), "{answer}");
}

#[tokio::test]
async fn an_id_is_given_once() {
    let glue = without_python();
    glue.ok("CreateSession", creation("s")).await;
    assert_eq!(glue.refused("CreateSession", creation("s")).await.0, "AlreadyExistsException");
    let other = creation_with("s", json!({"IdleTimeout": 5}));
    assert_eq!(glue.refused("CreateSession", other.clone()).await.0, "IdempotentParameterMismatchException");
    glue.session_in("s", &["FAILED"]).await;
    assert_eq!(glue.refused("CreateSession", creation("s")).await.0, "AlreadyExistsException");
    assert_eq!(glue.ok("DeleteSession", json!({"Id": "s"})).await, json!({"Id": "s"}));
    glue.ok("CreateSession", other).await;
}

#[tokio::test]
async fn without_python_the_session_fails_and_says_why() {
    let glue = without_python();
    let answer = glue.ok("CreateSession", creation("s")).await;
    assert_eq!(answer["Session"]["Status"], "PROVISIONING");
    assert_eq!(answer["Session"].get("ErrorMessage"), None);
    let session = glue.session_in("s", &["FAILED", "READY"]).await;
    let message = session["ErrorMessage"].as_str().unwrap();
    assert!(message.contains("no Python interpreter `/nowhere/python`") && message.contains("install"), "{message}");
    assert!(session["CompletedOn"].as_f64() >= session["CreatedOn"].as_f64(), "{session}");
    assert_eq!(
        glue.refused("RunStatement", json!({"SessionId": "s", "Code": "1"})).await.0,
        "IllegalSessionStateException"
    );
    assert_eq!(glue.refused("StopSession", json!({"Id": "s"})).await.0, "IllegalSessionStateException");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let glue = without_python();
    glue.ok("CreateSession", creation("s")).await;
    let arn = "arn:aws:glue:eu-west-1:000000000000:session/none";
    for (operation, members) in [
        ("GetSession", json!({"Id": "none"})),
        ("RunStatement", json!({"SessionId": "none", "Code": "1"})),
        ("GetStatement", json!({"SessionId": "none", "Id": 0})),
        ("GetStatement", json!({"SessionId": "s", "Id": 0})),
        ("ListStatements", json!({"SessionId": "none"})),
        ("CancelStatement", json!({"SessionId": "none", "Id": 0})),
        ("GetTags", json!({"ResourceArn": arn})),
        ("TagResource", json!({"ResourceArn": arn, "TagsToAdd": {}})),
        ("UntagResource", json!({"ResourceArn": "arn:aws:glue:eu-west-1:1:session/s", "TagsToRemove": []})),
        ("GetTags", json!({"ResourceArn": "arn:aws:glue:eu-west-1:000000000000:job/s"})),
    ] {
        assert_eq!(glue.refused(operation, members).await.0, "EntityNotFoundException", "{operation}");
    }
    // These operations have no EntityNotFoundException.
    for operation in ["StopSession", "DeleteSession"] {
        assert_eq!(glue.refused(operation, json!({"Id": "none"})).await.0, "InvalidInputException", "{operation}");
    }
    // These operations have no ValidationException.
    assert_eq!(glue.refused("GetSession", json!({})).await.0, "InvalidInputException");
    assert_eq!(glue.refused("GetTags", json!({"ResourceArn": "x"})).await.0, "InvalidInputException");
}

#[tokio::test]
async fn tags_are_read_and_changed_and_filter_lists() {
    let glue = without_python();
    glue.ok("CreateSession", creation_with("s", json!({"Tags": {"owner": "me", "a": "1"}}))).await;
    glue.ok("CreateSession", creation_with("t", json!({"Tags": {"owner": "you"}}))).await;
    let arn = json!("arn:aws:glue:us-east-1:000000000000:session/s");
    assert_eq!(glue.ok("GetTags", json!({"ResourceArn": arn})).await, json!({"Tags": {"owner": "me", "a": "1"}}));
    glue.ok("TagResource", json!({"ResourceArn": arn, "TagsToAdd": {"a": "2", "b": ""}})).await;
    glue.ok("UntagResource", json!({"ResourceArn": arn, "TagsToRemove": ["owner", "nothing"]})).await;
    assert_eq!(glue.ok("GetTags", json!({"ResourceArn": arn})).await, json!({"Tags": {"a": "2", "b": ""}}));
    let listed = async |tags: Value| glue.ok("ListSessions", json!({"Tags": tags})).await["Ids"].clone();
    assert_eq!(listed(json!({"a": "2"})).await, json!(["s"]));
    assert_eq!(listed(json!({"a": "1"})).await, json!([]));
    assert_eq!(listed(json!({"owner": "you"})).await, json!(["t"]));
    assert_eq!(listed(json!({})).await, json!(["s", "t"]));
    let many: serde_json::Map<String, Value> = (0..49).map(|n| (format!("k{n}"), json!("v"))).collect();
    assert_eq!(
        glue.refused("TagResource", json!({"ResourceArn": arn, "TagsToAdd": many})).await.0,
        "InvalidInputException"
    );
}

#[tokio::test]
async fn a_session_shows_what_its_request_left_open() {
    let glue = without_python();
    let plain = glue.ok("CreateSession", creation("plain")).await;
    let version = plain["Session"]["GlueVersion"].as_str().unwrap();
    assert!(crate::facts::versions().glue(version).is_some(), "{plain}");
    assert_eq!((&plain["Session"]["WorkerType"], &plain["Session"]["NumberOfWorkers"]), (&json!("G.1X"), &json!(5)));
    let said = creation_with("said", json!({"WorkerType": "G.2X", "NumberOfWorkers": 3, "GlueVersion": "5.0"}));
    let said = glue.ok("CreateSession", said).await["Session"].take();
    assert_eq!((&said["WorkerType"], &said["NumberOfWorkers"]), (&json!("G.2X"), &json!(3)));
    assert_eq!(said["GlueVersion"], "5.0");
    let capacity =
        glue.ok("CreateSession", creation_with("capacity", json!({"MaxCapacity": 4.0}))).await["Session"].take();
    assert_eq!(capacity["MaxCapacity"], 4.0);
    assert!(capacity["WorkerType"].is_null() && capacity["NumberOfWorkers"].is_null(), "{capacity}");
}
