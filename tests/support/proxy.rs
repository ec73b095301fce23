//! Stands between the program and moto: lets requests through, or makes them meet a fault, and takes note of all of them.
//!
//! Moto runs no statements: sessions of Glue may be at [another service](Proxy::sessions_at). It answers for IAM Identity Center too, which moto does not have: whoever shows the token of
//! [`portal`](Proxy::portal) gets keys.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use super::moto::{Account, Moto};
use crate::service::{Fault, Faults, GARBAGE};

mod refusal;
mod request;

use request::Asked;

/// After this time it ends even if nobody drops it.
const LIFE: Duration = Duration::from_secs(60 * 60);
/// How many connections are served at a time.
const CONNECTIONS: usize = 64;
/// The longest request and answer, in bytes.
const LONGEST: usize = 64 * 1024 * 1024;

type Body = BoxBody<Bytes, io::Error>;

/// The proxy. It ends when it is dropped.
pub(crate) struct Proxy {
    /// Where it is: `http://127.0.0.1:<port>`.
    pub(crate) url: String,
    state: Arc<State>,
    runtime: Option<Runtime>,
}

/// Operations of Glue about sessions and what runs in them.
const OF_SESSIONS: [&str; 11] = [
    "CreateSession",
    "GetSession",
    "ListSessions",
    "StopSession",
    "DeleteSession",
    "RunStatement",
    "GetStatement",
    "ListStatements",
    "CancelStatement",
    "GetTags",
    "TagResource",
];

struct State {
    target: String,
    /// Where sessions are, if not there.
    sessions: Mutex<Option<String>>,
    /// ARNs by the id of the key.
    callers: BTreeMap<String, String>,
    client: Client<HttpConnector, Full<Bytes>>,
    faults: Mutex<Faults>,
    seen: Mutex<Seen>,
    portal: Mutex<Option<(String, Account)>>,
}

/// What has come so far.
#[derive(Default)]
struct Seen {
    calls: BTreeMap<String, u64>,
    handled: BTreeMap<String, u64>,
    signers: BTreeMap<String, BTreeSet<(String, String)>>,
    /// Secret keys and tokens that were given out.
    given: Vec<String>,
}

impl Proxy {
    /// Starts one in front of moto.
    pub(crate) fn before(moto: &Moto, faults: Faults) -> Self {
        Self::on(std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap(), moto, faults)
    }

    /// Starts one in front of moto that takes these connections.
    pub(crate) fn on(listener: std::net::TcpListener, moto: &Moto, faults: Faults) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        listener.set_nonblocking(true).unwrap();
        let callers = moto.accounts.iter().map(|account| (account.key.clone(), account.arn.clone())).collect();
        let state = Arc::new(State {
            target: moto.url.clone(),
            sessions: Mutex::default(),
            callers,
            client: Client::builder(TokioExecutor::new()).build_http(),
            faults: Mutex::new(faults),
            seen: Mutex::default(),
            portal: Mutex::default(),
        });
        let served = Arc::clone(&state);
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            let _ = tokio::time::timeout(LIFE, serve(listener, served)).await;
        });
        Self { url, state, runtime: Some(runtime) }
    }

    /// Replaces the faults; calls are counted anew for them.
    pub(crate) fn set(&self, faults: Faults) {
        *lock(&self.state.faults) = faults;
    }

    /// Has requests about sessions, and what runs in them, go to another service.
    pub(crate) fn sessions_at(&self, url: &str) {
        *lock(&self.state.sessions) = Some(url.to_owned());
    }

    /// Returns the secret keys and tokens that were given to whoever has assumed a role. Nobody may see them.
    pub(crate) fn given(&self) -> Vec<String> {
        lock(&self.state.seen).given.clone()
    }

    /// Has IAM Identity Center give an account's keys to whoever shows the token.
    pub(crate) fn portal(&self, token: &str, account: &Account) {
        *lock(&self.state.portal) = Some((token.to_owned(), account.clone()));
    }

    /// Returns how many requests for an operation (`GetConnections`, `AssumeRole`, `ListObjectsV2`, …) have come.
    pub(crate) fn calls(&self, operation: &str) -> u64 {
        lock(&self.state.seen).calls.get(operation).copied().unwrap_or_default()
    }

    /// Returns how many of them got through to moto: the others met a fault before.
    pub(crate) fn handled(&self, operation: &str) -> u64 {
        lock(&self.state.seen).handled.get(operation).copied().unwrap_or_default()
    }

    /// Returns how many requests have come, of all operations. Empty: nothing was asked at all.
    pub(crate) fn all_calls(&self) -> BTreeMap<String, u64> {
        lock(&self.state.seen).calls.clone()
    }

    /// Returns the key ids and regions with which requests for an operation were signed.
    pub(crate) fn signers(&self, operation: &str) -> BTreeSet<(String, String)> {
        lock(&self.state.seen).signers.get(operation).cloned().unwrap_or_default()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        runtime.shutdown_background();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&state, request));
            // An error is a client that went away, or a fault that was asked for.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            drop(place);
        });
    }
}

/// Answers a request. An error closes the connection.
async fn answer(state: &State, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LONGEST).collect().await.map_err(io::Error::other)?.to_bytes();
    let asked = Asked::of(&head, &body);
    let caller = asked.signer.as_ref().and_then(|(key, _)| state.callers.get(key));
    {
        let mut seen = lock(&state.seen);
        *seen.calls.entry(asked.operation.clone()).or_default() += 1;
        seen.signers.entry(asked.operation.clone()).or_default().extend(asked.signer.clone());
    }
    let fault = lock(&state.faults).of_call(&asked.operation);
    match fault {
        Some(Fault::HangUp) => return Err(io::Error::other("asked to hang up")),
        Some(Fault::Unavailable) => return Ok(refusal::page(503).map(full)),
        Some(Fault::Portal) => return Ok(refusal::page(200).map(full)),
        Some(Fault::Delay(delay)) => tokio::time::sleep(delay).await,
        Some(fault) => {
            if let Some(refused) = refusal::of(fault, &asked, caller) {
                return Ok(refused.map(full));
            }
        }
        None => {}
    }
    let (mut head, body) = if asked.operation == "GetRoleCredentials" {
        portal(state, &head)
    } else {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::from_parts(head.clone(), Full::new(body));
        let elsewhere = (asked.service == "glue" && OF_SESSIONS.contains(&asked.operation.as_str()))
            .then(|| lock(&state.sessions).clone())
            .flatten();
        let target = elsewhere.as_ref().unwrap_or(&state.target);
        *request.uri_mut() = format!("{target}{path}").parse().map_err(io::Error::other)?;
        let (head, body) = state.client.request(request).await.map_err(io::Error::other)?.into_parts();
        (head, Limited::new(body, LONGEST).collect().await.map_err(io::Error::other)?.to_bytes())
    };
    {
        let mut seen = lock(&state.seen);
        *seen.handled.entry(asked.operation.clone()).or_default() += 1;
        if asked.operation == "AssumeRole" {
            seen.given.extend(secrets(&String::from_utf8_lossy(&body)));
        }
    }
    let length = body.len();
    let half = body.slice(..length / 2);
    head.headers.remove("content-length");
    head.headers.remove("transfer-encoding");
    let changed = |head, body: Bytes| Ok(Response::from_parts(head, full(body)));
    match fault {
        Some(Fault::LostAnswer) => Err(io::Error::other("asked to lose the answer")),
        Some(Fault::LateError) => {
            let refused = refusal::of(Fault::Internal, &asked, caller).map(|refused| refused.map(full));
            refused.ok_or_else(|| io::Error::other("an error has no words"))
        }
        Some(Fault::Page) => Ok(refusal::page(200).map(full)),
        Some(Fault::Empty) => changed(head, Bytes::new()),
        Some(Fault::Garbage) => changed(head, Bytes::from_static(GARBAGE)),
        Some(Fault::Truncated) => changed(head, half),
        Some(Fault::BrokenOff) => {
            let broken = io::Error::new(io::ErrorKind::ConnectionReset, "asked to break off");
            head.headers.insert("content-length", length.into());
            let frames = [Ok(Frame::data(half)), Err(broken)];
            Ok(Response::from_parts(head, BodyExt::boxed(StreamBody::new(futures_util::stream::iter(frames)))))
        }
        _ => changed(head, body),
    }
}

/// The secrets of STS's answer.
fn secrets(answer: &str) -> impl Iterator<Item = String> {
    ["SecretAccessKey", "SessionToken"].into_iter().filter_map(move |name| {
        let rest = answer.split_once(&format!("<{name}>"))?.1;
        Some(rest.split_once('<')?.0.to_owned())
    })
}

/// IAM Identity Center's GetRoleCredentials.
fn portal(state: &State, head: &hyper::http::request::Parts) -> (hyper::http::response::Parts, Bytes) {
    let shown = head.headers.get("x-amz-sso_bearer_token").and_then(|token| token.to_str().ok());
    let portal = lock(&state.portal);
    let (status, body) = match portal.as_ref().filter(|(token, _)| Some(token.as_str()) == shown) {
        Some((_, account)) => {
            let keys = json!({
                "accessKeyId": account.key, "secretAccessKey": account.secret, "sessionToken": "",
                "expiration": 4_102_444_800_000_u64,
            });
            (200, json!({ "roleCredentials": keys }))
        }
        None => (401, json!({"message": "Session token not found or invalid"})),
    };
    let mut response = Response::new(());
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap();
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    if status == 401 {
        let kind = hyper::header::HeaderValue::from_static("UnauthorizedException");
        response.headers_mut().insert("x-amzn-errortype", kind);
    }
    (response.into_parts().0, body.to_string().into())
}

fn full(body: Bytes) -> Body {
    BodyExt::boxed(Full::new(body).map_err(|never: Infallible| match never {}))
}
