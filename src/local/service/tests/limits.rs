//! Lists come in pages, and memory is bounded.

use super::*;

#[tokio::test]
async fn sessions_are_listed_in_pages() {
    let glue = without_python();
    for id in ["a", "b", "c", "d", "e"] {
        glue.ok("CreateSession", creation(id)).await;
    }
    let (mut found, mut token, mut pages) = (Vec::new(), Value::Null, 0);
    loop {
        let page = glue.ok("ListSessions", json!({"MaxResults": 2, "NextToken": token})).await;
        for (id, session) in page["Ids"].as_array().unwrap().iter().zip(page["Sessions"].as_array().unwrap()) {
            assert_eq!(session["Id"], *id);
            found.push(id.as_str().unwrap().to_owned());
        }
        pages += 1;
        match page.get("NextToken") {
            Some(next) => token = next.clone(),
            None => break,
        }
    }
    assert_eq!((found.concat().as_str(), pages), ("abcde", 3));
    assert_eq!(glue.refused("ListSessions", json!({"NextToken": "x"})).await.0, "InvalidInputException");
    assert_eq!(glue.refused("ListSessions", json!({"MaxResults": 1001})).await.0, "InvalidInputException");
}

#[tokio::test]
async fn sessions_that_ended_long_ago_are_forgotten() {
    let glue = without_python();
    for number in 0..ENDED_SESSIONS + 10 {
        glue.ok("CreateSession", creation(&format!("s{number}"))).await;
        glue.session_in(&format!("s{number}"), &["FAILED"]).await;
    }
    glue.ok("CreateSession", creation("last")).await;
    let ids = glue.ok("ListSessions", json!({"MaxResults": 1000})).await["Ids"].take();
    let ids = ids.as_array().unwrap();
    assert_eq!((ids.len(), &ids[0]), (ENDED_SESSIONS + 1, &json!("s10")));
}

#[tokio::test]
async fn only_so_many_sessions_are_alive_at_a_time() {
    let glue = without_python();
    // Nothing is awaited that would let their tasks run.
    for number in 0..LIVE_SESSIONS {
        glue.ok("CreateSession", creation(&format!("s{number}"))).await;
    }
    let (code, message) = glue.refused("CreateSession", creation("more")).await;
    assert_eq!(code, "ResourceNumberLimitExceededException");
    assert!(message.contains("Stop one"), "{message}");
    // One that is stopped while it starts makes room.
    glue.ok("StopSession", json!({"Id": "s0"})).await;
    glue.session_in("s0", &["STOPPED", "FAILED"]).await;
    glue.ok("CreateSession", creation("more")).await;
}

#[tokio::test]
async fn after_the_shutdown_there_are_no_new_sessions() {
    let glue = without_python();
    glue.ok("CreateSession", creation("s")).await;
    timeout(BOUND, glue.clone().shutdown()).await.unwrap();
    let status = glue.ok("GetSession", json!({"Id": "s"})).await["Session"]["Status"].take();
    assert!(status == "STOPPED" || status == "FAILED", "{status}");
    let (status, answer) = glue.call("CreateSession", creation("t")).await;
    assert_eq!((status.as_u16(), answer["__type"].as_str()), (500, Some("InternalServiceException")));
}
