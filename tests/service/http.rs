//! The HTTP side: takes requests, lets them meet their faults, hands the others to the local Glue.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::faults::Fault;
use super::{GARBAGE, SKEWED, State};

/// How many connections are served at a time.
const CONNECTIONS: usize = 64;
/// The longest request, in bytes.
const LONGEST: usize = 8 * 1024 * 1024;

const PAGE: &str = "<!DOCTYPE html><html><body><h1>One moment, please</h1></body></html>";

/// The local Glue assumes no roles.
const ASSUMED: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
    <AssumedRoleUser><AssumedRoleId>AROAFAKE:AssumeRoleSession</AssumedRoleId>\
    <Arn>arn:aws:sts::000000000000:assumed-role/team/AssumeRoleSession</Arn></AssumedRoleUser>\
    <Credentials><AccessKeyId>ASIAASSUMED</AccessKeyId><SecretAccessKey>assumed-secret</SecretAccessKey>\
    <SessionToken>assumed-token</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>\
    </AssumeRoleResult></AssumeRoleResponse>";

/// Nor has it dashboards. The token is as good as a key.
const DASHBOARD: &str = r#"{"Url": "https://dashboard.glue.example/session?token=d4shb0ard"}"#;

type Body = BoxBody<Bytes, io::Error>;

/// Serves for ever.
pub(super) async fn serve(listener: TcpListener, state: Arc<State>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(|request| answered(&state, request));
            // An error is a client that went away, or a fault that was asked for.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            drop(place);
        });
    }
}

/// Answers a request, also of a client that has gone away in the meantime: what has arrived is carried out.
async fn answered(state: &Arc<State>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let state = Arc::clone(state);
    tokio::spawn(async move { answer(&state, request).await })
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// Answers a request. An error closes the connection.
async fn answer(state: &State, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LONGEST).collect().await.map_err(io::Error::other)?.to_bytes();
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = match target {
        Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
        None => {
            let body = String::from_utf8_lossy(&body);
            body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or("none").to_owned()
        }
    };
    let json = target.is_some();
    state.note_call(&operation, &body, signer(&head.headers));
    let mut exchange = state.wire.request(&head.headers, &operation, &body);
    let fault = state.faults().of_call(&operation);
    let refused = |status, code, message| Ok(refusal(json, status, code, message));
    match fault {
        Some(Fault::Throttle) => return refused(400, "ThrottlingException", "Rate exceeded"),
        Some(Fault::Internal) => return refused(500, "InternalServiceException", "Something went wrong inside"),
        Some(Fault::Expired) => {
            return refused(400, "ExpiredTokenException", "The security token included in the request is expired");
        }
        Some(Fault::Rejected) => {
            return refused(
                400,
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            );
        }
        Some(Fault::Skewed) => return refused(400, "InvalidSignatureException", SKEWED),
        Some(Fault::Denied) => {
            let text = format!(
                "User: arn:aws:iam::000000000000:user/ana is not authorized to perform: glue:{operation} on resource: *"
            );
            return refused(400, "AccessDeniedException", &text);
        }
        Some(Fault::Refused(code, message)) => return refused(400, code, message),
        Some(Fault::Unavailable) => return Ok(page(503)),
        Some(Fault::Portal) => return Ok(page(200)),
        Some(Fault::HangUp) => return Err(io::Error::other("asked to hang up")),
        Some(Fault::Delay(delay)) => tokio::time::sleep(delay).await,
        _ => {}
    }
    let good = match operation.as_str() {
        "AssumeRole" => Response::new(ASSUMED.into()),
        "GetDashboardUrl" => Response::new(DASHBOARD.into()),
        _ => state.glue.handle(Request::from_parts(head, body.clone())).await,
    };
    state.note_handled(&operation);
    exchange.answered(good.status().as_u16(), good.body());
    let (head, body) = good.into_parts();
    let half = body.slice(..body.len() / 2);
    let changed = |body: Bytes| Ok(Response::from_parts(head.clone(), full(body)));
    match fault {
        Some(Fault::LostAnswer) => Err(io::Error::other("asked to lose the answer")),
        Some(Fault::LateError) => refused(500, "InternalServiceException", "Something went wrong inside"),
        Some(Fault::Page) => Ok(page(200)),
        Some(Fault::Empty) => changed(Bytes::new()),
        Some(Fault::Garbage) => changed(Bytes::from_static(GARBAGE)),
        Some(Fault::Truncated) => changed(half),
        Some(Fault::BrokenOff) => {
            let broken = io::Error::new(io::ErrorKind::ConnectionReset, "asked to break off");
            let frames = [Ok(Frame::data(half)), Err(broken)];
            let mut answer =
                Response::from_parts(head.clone(), BodyExt::boxed(StreamBody::new(futures_util::stream::iter(frames))));
            answer.headers_mut().insert("content-length", body.len().into());
            Ok(answer)
        }
        Some(Fault::UnknownState) => {
            let mut answer: Value = serde_json::from_slice(&body).unwrap_or_default();
            for (object, member) in [("Session", "Status"), ("Statement", "State")] {
                if let Some(state) = answer.pointer_mut(&format!("/{object}/{member}")) {
                    *state = json!("PONDERING");
                }
            }
            changed(answer.to_string().into())
        }
        Some(Fault::Idles) => {
            let mut answer: Value = serde_json::from_slice(&body).unwrap_or_default();
            let id = answer.pointer("/Session/Id").and_then(Value::as_str).unwrap_or_default().to_owned();
            let is_ready = answer.pointer("/Session/Status").is_some_and(|status| status == "READY");
            if is_ready && state.seen().ready.insert(id.clone()) {
                return changed(body);
            }
            if state.seen().ready.contains(&id) {
                state.glue.handle(stop(&id)).await;
                answer["Session"]["Status"] = json!("TIMEOUT");
                answer["Session"]["ErrorMessage"] = json!("It was idle");
            }
            changed(answer.to_string().into())
        }
        Some(Fault::TimedOut(why)) => {
            let mut answer: Value = serde_json::from_slice(&body).unwrap_or_default();
            let status = answer.pointer("/Session/Status").and_then(Value::as_str);
            if matches!(status, Some("STOPPING" | "STOPPED")) {
                answer["Session"]["Status"] = json!("TIMEOUT");
                answer["Session"]["ErrorMessage"] = json!(why);
            }
            changed(answer.to_string().into())
        }
        Some(Fault::ValueAt(place)) => {
            let mut answer: Value = serde_json::from_slice(&body).unwrap_or_default();
            let elsewhere = json!({ "MimeType": "text/uri-list", "Result": place });
            if let Some(data) = answer.pointer_mut("/Statement/Output/Data") {
                *data = elsewhere.clone();
            }
            for statement in answer.get_mut("Statements").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(data) = statement.pointer_mut("/Output/Data") {
                    *data = elsewhere.clone();
                }
            }
            changed(answer.to_string().into())
        }
        Some(Fault::SparkConnect) => {
            let mut answer: Value = serde_json::from_slice(&body).unwrap_or_default();
            let listed = answer.get_mut("Sessions").and_then(Value::as_array_mut).map(std::mem::take);
            let mut listed = listed.unwrap_or_default();
            for session in listed.iter_mut().chain(answer.get_mut("Session")) {
                session["SessionType"] = json!("SPARK_CONNECT");
            }
            if answer.get("Sessions").is_some() {
                answer["Sessions"] = Value::Array(listed);
            }
            changed(answer.to_string().into())
        }
        _ => changed(body),
    }
}

/// A request that creates a session, as the official kernel does.
pub(super) fn create(id: &str) -> Request<Bytes> {
    let request = Request::builder().method("POST").uri("/").header("x-amz-target", "AWSGlue.CreateSession");
    let request = request.header("content-type", "application/x-amz-json-1.1");
    let body = json!({
        "Id": id, "Role": "arn:aws:iam::111122223333:role/Etl", "Command": { "Name": "glueetl", "PythonVersion": "3" },
        "GlueVersion": "5.0", "WorkerType": "G.1X", "NumberOfWorkers": 2, "IdleTimeout": 60,
    });
    request.body(body.to_string().into()).unwrap()
}

/// A request that asks for a session.
pub(super) fn describe(id: &str) -> Request<Bytes> {
    let request = Request::builder().method("POST").uri("/").header("x-amz-target", "AWSGlue.GetSession");
    let request = request.header("content-type", "application/x-amz-json-1.1");
    request.body(json!({ "Id": id }).to_string().into()).unwrap()
}

/// A request that ends a session.
pub(super) fn stop(id: &str) -> Request<Bytes> {
    let request = Request::builder().method("POST").uri("/").header("x-amz-target", "AWSGlue.StopSession");
    let request = request.header("content-type", "application/x-amz-json-1.1");
    request.body(json!({ "Id": id }).to_string().into()).unwrap()
}

/// Key and region of `Credential=<key>/<date>/<region>/<service>/aws4_request`.
fn signer(headers: &hyper::HeaderMap) -> Option<(String, String)> {
    let (_, credential) = headers.get("authorization")?.to_str().ok()?.split_once("Credential=")?;
    let mut parts = credential.split('/');
    Some((parts.next()?.to_owned(), parts.nth(1)?.to_owned()))
}

/// An error of the service, in JSON or in XML.
fn refusal(json: bool, status: u16, code: &str, message: &str) -> Response<Body> {
    let body = if json {
        json!({"__type": code, "Message": message}).to_string()
    } else {
        let code = code.trim_end_matches("Exception");
        format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>")
    };
    response(status, if json { "application/x-amz-json-1.1" } else { "text/xml" }, body)
}

fn page(status: u16) -> Response<Body> {
    response(status, "text/html", PAGE.to_owned())
}

fn response(status: u16, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(full(body.into()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static(kind));
    response.headers_mut().insert("x-amzn-requestid", hyper::header::HeaderValue::from_static("fake-request"));
    response
}

fn full(body: Bytes) -> Body {
    BodyExt::boxed(Full::new(body).map_err(|never: Infallible| match never {}))
}
