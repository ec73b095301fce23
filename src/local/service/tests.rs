//! The service as its clients see it: requests in, answers out.

use http::StatusCode;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::*;

mod catalogue;
mod limits;
mod requests;
#[cfg(unix)]
mod sessions;

/// Long enough for a loaded machine, short enough to end a test that hangs.
const BOUND: Duration = Duration::from_secs(60);

/// A service whose sessions cannot start.
fn without_python() -> LocalGlue {
    LocalGlue::new(LocalConfig::new("/nowhere/python", std::env::temp_dir()))
}

/// A request as the SDK signs it.
fn request(service: &str, kind: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    let scope =
        format!("AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host");
    Request::post("https://example.com/")
        .header("authorization", scope)
        .header("content-type", kind)
        .body(body.into())
        .unwrap()
}

/// An answer: its status, and its JSON.
type Answer = (StatusCode, Value);

impl LocalGlue {
    async fn sent(&self, request: Request<Bytes>) -> (http::response::Parts, Bytes) {
        timeout(BOUND, self.handle(request)).await.unwrap().into_parts()
    }

    async fn raw(&self, operation: &str, body: impl Into<Bytes>) -> Answer {
        let mut request = request("glue", "application/x-amz-json-1.1", body);
        request.headers_mut().insert("x-amz-target", format!("AWSGlue.{operation}").parse().unwrap());
        let (head, body) = self.sent(request).await;
        assert!(head.headers.contains_key("x-amzn-requestid"));
        (head.status, serde_json::from_slice(&body).unwrap())
    }

    async fn call(&self, operation: &str, members: Value) -> Answer {
        self.raw(operation, members.to_string()).await
    }

    /// A call that must succeed.
    async fn ok(&self, operation: &str, members: Value) -> Value {
        let (status, answer) = self.call(operation, members).await;
        assert_eq!(status, StatusCode::OK, "{operation}: {answer}");
        answer
    }

    /// A call that must be refused: its code and message.
    async fn refused(&self, operation: &str, members: Value) -> (String, String) {
        let (status, answer) = self.call(operation, members).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{operation}: {answer}");
        (answer["__type"].as_str().unwrap().to_owned(), answer["Message"].as_str().unwrap().to_owned())
    }

    /// Asks for a session until it is in one of these states.
    async fn session_in(&self, id: &str, states: &[&str]) -> Value {
        timeout(BOUND, async {
            loop {
                let session = self.ok("GetSession", json!({"Id": id})).await["Session"].take();
                if states.contains(&session["Status"].as_str().unwrap()) {
                    return session;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap()
    }

    /// Asks for a statement until it is in one of these states.
    async fn statement_in(&self, id: &str, number: i64, states: &[&str]) -> Value {
        timeout(BOUND, async {
            loop {
                let mut answer = self.ok("GetStatement", json!({"SessionId": id, "Id": number})).await;
                if states.contains(&answer["Statement"]["State"].as_str().unwrap()) {
                    return answer["Statement"].take();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap()
    }

    async fn submit(&self, id: &str, code: &str) -> i64 {
        self.ok("RunStatement", json!({"SessionId": id, "Code": code})).await["Id"].as_i64().unwrap()
    }
}

/// The least that CreateSession takes.
fn creation(id: &str) -> Value {
    json!({"Id": id, "Role": "arn:aws:iam::000000000000:role/GlueLocal", "Command": {"Name": "glueetl"}})
}

/// The same with further members.
fn creation_with(id: &str, more: Value) -> Value {
    let mut members = creation(id);
    for (name, value) in more.as_object().unwrap() {
        members[name] = value.clone();
    }
    members
}
