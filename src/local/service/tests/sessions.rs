//! Sessions with a real interpreter (`python3`, or the one that `GLUE_LS_TEST_PYTHON` names): the shapes of answers.

use super::*;

fn local() -> LocalGlue {
    let python = std::env::var("GLUE_LS_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    LocalGlue::new(LocalConfig::new(python, std::env::temp_dir()))
}

async fn ready(more: Value) -> LocalGlue {
    let glue = local();
    glue.ok("CreateSession", creation_with("s", more)).await;
    let session = glue.session_in("s", &["READY", "FAILED"]).await;
    assert_eq!(session["Status"], "READY", "{session}");
    glue
}

#[tokio::test]
async fn a_session_shows_what_it_was_asked_for() {
    let asked = json!({
        "Description": "mine", "Command": {"Name": "gluestreaming", "PythonVersion": "3"}, "GlueVersion": "5.0",
        "DefaultArguments": {"--conf": "a=b"}, "Connections": {"Connections": ["db"]}, "NumberOfWorkers": 2,
        "WorkerType": "G.1X", "SecurityConfiguration": "sec", "IdleTimeout": 10, "Timeout": 20, "Tags": {"owner": "me"},
        "RequestOrigin": "glue-ls",
    });
    let glue = ready(asked.clone()).await;
    let session = glue.ok("GetSession", json!({"Id": "s"})).await["Session"].take();
    let members = creation_with("s", asked);
    for name in [
        "Id",
        "Role",
        "Description",
        "Command",
        "GlueVersion",
        "DefaultArguments",
        "Connections",
        "NumberOfWorkers",
        "WorkerType",
        "SecurityConfiguration",
        "IdleTimeout",
    ] {
        assert_eq!(session[name], members[name], "{name}");
    }
    for name in ["Tags", "Timeout", "RequestOrigin", "CompletedOn", "ErrorMessage"] {
        assert_eq!(session.get(name), None, "{name}");
    }
    assert_eq!((session["Progress"].as_f64(), session["DPUSeconds"].as_f64()), (Some(1.0), Some(0.0)));
    assert!(session["ExecutionTime"].as_f64().unwrap() > 0.0);
    assert!(session["CreatedOn"].as_f64().unwrap() > 1.7e9);
    let number = glue.submit("s", "import sys; sys.argv").await;
    let statement = glue.statement_in("s", number, &["AVAILABLE"]).await;
    assert_eq!(statement["Output"]["Data"]["Result"], "['', '--conf', 'a=b']");

    assert_eq!(glue.refused("DeleteSession", json!({"Id": "s"})).await.0, "IllegalSessionStateException");
    assert_eq!(glue.ok("StopSession", json!({"Id": "s"})).await, json!({"Id": "s"}));
    let session = glue.session_in("s", &["STOPPED"]).await;
    assert!(session["CompletedOn"].as_f64() >= session["CreatedOn"].as_f64());
    glue.ok("StopSession", json!({"Id": "s"})).await;
    let statement = glue.statement_in("s", number, &["AVAILABLE"]).await;
    assert_eq!(statement["Output"]["Status"], "ok");
}

#[tokio::test]
async fn statements_have_the_members_of_both_models() {
    let glue = ready(json!({})).await;
    assert_eq!(glue.submit("s", "import sys\nprint('out')\nprint('err', file=sys.stderr)\n6 * 7").await, 0);
    let statement = glue.statement_in("s", 0, &["AVAILABLE"]).await;
    assert_eq!(statement["Code"], "import sys\nprint('out')\nprint('err', file=sys.stderr)\n6 * 7");
    assert!(statement["StartedOn"].as_i64().unwrap() > 1_700_000_000_000);
    assert!(statement["CompletedOn"].as_i64() >= statement["StartedOn"].as_i64());
    assert_eq!(
        statement["Output"],
        json!({
            "Data": {"TextPlain": "out\n42", "Result": "42", "MimeType": "text/plain", "StdOut": "out\n", "StdErr": "err\n"},
            "ExecutionCount": 0, "Status": "ok",
        })
    );
    assert_eq!(glue.submit("s", "print('before')\n1 / 0").await, 1);
    let output = glue.statement_in("s", 1, &["AVAILABLE"]).await["Output"].take();
    assert_eq!((&output["Status"], &output["ErrorName"]), (&json!("error"), &json!("ZeroDivisionError")));
    assert_eq!((&output["ErrorValue"], &output["Data"]["StdOut"]), (&json!("division by zero"), &json!("before\n")));
    let traceback = output["Traceback"].as_array().unwrap();
    assert!(traceback.iter().any(|line| line.as_str().unwrap().contains("\"<statement 1>\", line 2")), "{output}");
    assert_eq!(output["ExecutionCount"], 1);
}

#[tokio::test]
async fn there_is_no_dashboard_and_it_is_said() {
    let glue = ready(json!({})).await;
    let asked = |id: &str, kind: &str| json!({"ResourceId": id, "ResourceType": kind});
    let (code, message) = glue.refused("GetDashboardUrl", asked("s", "SESSION")).await;
    assert_eq!(code, "OperationNotSupportedException");
    assert_eq!(message, "The local Glue has no dashboard for the session s.");
    for (id, kind) in [("other", "SESSION"), ("s", "JOB")] {
        assert_eq!(glue.refused("GetDashboardUrl", asked(id, kind)).await.0, "EntityNotFoundException", "{kind} {id}");
    }
    let (code, message) = glue.refused("GetDashboardUrl", asked("s", "CLUSTER")).await;
    assert!(code == "InvalidInputException" && message.contains("resourceType"), "{code}: {message}");
}

#[tokio::test]
async fn statements_wait_for_each_other_and_are_cancelled() {
    let glue = ready(json!({})).await;
    let folder = tempfile::tempdir().unwrap();
    let sign = folder.path().join("begun");
    let code =
        format!("open({:?}, 'w').close()\nprint('begun', flush=True)\nwhile True: pass", sign.display().to_string());
    let endless = glue.submit("s", &code).await;
    let waiting = glue.submit("s", "x = 1").await;
    let last = glue.submit("s", "'x' in globals()").await;
    let statement = glue.statement_in("s", endless, &["RUNNING"]).await;
    assert_eq!(statement["CompletedOn"], 0);
    assert_eq!(glue.statement_in("s", waiting, &["WAITING"]).await["StartedOn"], 0);
    assert_eq!(glue.ok("CancelStatement", json!({"SessionId": "s", "Id": waiting})).await, json!({}));
    glue.statement_in("s", waiting, &["CANCELLED"]).await;
    // It runs for the service as soon as the worker has it, and may not have printed anything then.
    let begun = async {
        while !sign.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(100), begun).await.unwrap();
    // What it has printed is told while it runs, on its way a little later.
    let told = async {
        loop {
            let mut statement = glue.statement_in("s", endless, &["RUNNING"]).await;
            if statement.get("Output").is_some() {
                return statement["Output"].take();
            }
            // The state is right at once: without a pause nobody else would come to do anything.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let told = tokio::time::timeout(std::time::Duration::from_secs(100), told).await.unwrap();
    let data =
        json!({"TextPlain": "begun\n", "Result": "", "MimeType": "text/plain", "StdOut": "begun\n", "StdErr": ""});
    assert_eq!((&told["Status"], &told["Data"], &told["ExecutionCount"]), (&json!("RUNNING"), &data, &json!(endless)));
    assert_eq!(glue.statement_in("s", waiting, &["CANCELLED"]).await.get("Output"), None);
    let list = glue.ok("ListStatements", json!({"SessionId": "s"})).await;
    assert_eq!(list["Statements"][0]["Output"]["Data"]["StdOut"], "begun\n");
    glue.ok("CancelStatement", json!({"SessionId": "s", "Id": endless})).await;
    glue.ok("CancelStatement", json!({"SessionId": "s", "Id": endless})).await;
    let output = glue.statement_in("s", endless, &["CANCELLED"]).await["Output"].take();
    assert_eq!((&output["ErrorName"], &output["Data"]["StdOut"]), (&json!("KeyboardInterrupt"), &json!("begun\n")));
    assert_eq!(glue.statement_in("s", last, &["AVAILABLE"]).await["Output"]["Data"]["Result"], "False");
    // Too late: it stays as it is.
    glue.ok("CancelStatement", json!({"SessionId": "s", "Id": last})).await;
    glue.statement_in("s", last, &["AVAILABLE"]).await;
    assert_eq!(glue.refused("CancelStatement", json!({"SessionId": "s", "Id": 99})).await.0, "EntityNotFoundException");

    let list = glue.ok("ListStatements", json!({"SessionId": "s"})).await;
    let states: Vec<&str> =
        list["Statements"].as_array().unwrap().iter().map(|s| s["State"].as_str().unwrap()).collect();
    assert_eq!(states, ["CANCELLED", "CANCELLED", "AVAILABLE"]);
    assert_eq!(list["Statements"][2]["Output"]["Data"]["Result"], "False");
    assert_eq!(list.get("NextToken"), None);
}

#[tokio::test]
async fn the_queue_and_the_code_are_bounded() {
    let glue = ready(json!({})).await;
    let long = "#".repeat(68_001);
    let (code, message) = glue.refused("RunStatement", json!({"SessionId": "s", "Code": long})).await;
    assert_eq!(code, "ValidationException");
    assert!(message.contains("68000") && !message.contains("##"), "{message}");
    let first = glue.submit("s", &format!("#{}", "é".repeat(67_999))).await;
    glue.statement_in("s", first, &["AVAILABLE"]).await;
    let endless = glue.submit("s", "while True: pass").await;
    glue.statement_in("s", endless, &["RUNNING"]).await;
    for _ in 0..WAITING_STATEMENTS {
        glue.submit("s", "1").await;
    }
    let (code, _) = glue.refused("RunStatement", json!({"SessionId": "s", "Code": "1"})).await;
    assert_eq!(code, "ResourceNumberLimitExceededException");
    // What runs and what waits ends with the session.
    glue.ok("StopSession", json!({"Id": "s"})).await;
    glue.session_in("s", &["STOPPED"]).await;
    for number in [endless, endless + 1, endless + 100] {
        glue.statement_in("s", number, &["CANCELLED"]).await;
    }
}

#[tokio::test]
async fn old_outputs_are_forgotten() {
    let glue = ready(json!({})).await;
    let code = "import sys\nsys.stdout.write('x' * 8_000_000)\nNone";
    for _ in 0..6 {
        let number = glue.submit("s", code).await;
        let statement = glue.statement_in("s", number, &["AVAILABLE"]).await;
        assert_eq!(statement["Output"]["Data"]["StdOut"].as_str().unwrap().len(), 8_000_000);
    }
    let first = glue.statement_in("s", 0, &["AVAILABLE"]).await;
    assert!(first["Output"]["Data"]["StdErr"].as_str().unwrap().contains("not kept any longer"), "{first}");
    assert_eq!((first.get("Code"), &first["Output"]["Data"]["StdOut"]), (None, &json!("")));
    // Pages are bounded by their size as well.
    let (mut token, mut sizes) = (Value::Null, Vec::new());
    loop {
        let mut page = glue.ok("ListStatements", json!({"SessionId": "s", "NextToken": token})).await;
        sizes.push(page["Statements"].as_array().unwrap().len());
        token = page["NextToken"].take();
        if token.is_null() {
            break;
        }
    }
    assert!(sizes.len() >= 3, "{sizes:?}");
    assert_eq!(sizes.iter().sum::<usize>(), 6);
}

#[tokio::test]
async fn dropping_the_service_ends_its_workers() {
    let glue = ready(json!({})).await;
    let number = glue.submit("s", "import os; os.getpid()").await;
    let pid =
        glue.statement_in("s", number, &["AVAILABLE"]).await["Output"]["Data"]["Result"].as_str().unwrap().to_owned();
    let own = glue.0.keys().caller(&glue.0.config, &Request::new(())).unwrap();
    let session = glue.0.sessions().session(&own, "s").map(|session| session.status().is_terminal());
    assert_eq!(session, Ok(false));
    drop(glue);
    let gone = async {
        // A process that has ended may still be listed, as a zombie.
        while std::process::Command::new("kill").args(["-0", &pid]).output().is_ok_and(|kill| kill.status.success()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(BOUND, gone).await.unwrap();
}
