//! A Glue service on loopback for one test, which fails on demand: the local Glue behind a small HTTP server, with Glue,
//! STS and IAM at one address. A client gets it as `AWS_ENDPOINT_URL`, with any keys.
//!
//! It lives in threads of its own, so that it serves tests with and without a runtime, and its sessions are real ones.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use glue_ls::local::service::{LocalConfig, LocalGlue};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

// The paths are for the program that includes this file as a module of its own.
#[path = "service/faults.rs"]
mod faults;
#[path = "service/http.rs"]
mod http;
#[path = "service/wire.rs"]
mod wire;

pub(crate) use faults::{Fault, Faults};
#[allow(unused_imports, reason = "benches include this file, and have no use for it")]
pub(crate) use wire::Wire;

/// What services say to a clock that is wrong.
pub(crate) const SKEWED: &str =
    "Signature expired: 20261122T100000Z is now earlier than 20261122T102500Z (20261122T103000Z - 5 min.)";

/// Neither text nor anything else.
pub(crate) const GARBAGE: &[u8] = b"\x1f\x8b\x00\xff\xfe{]\x00\xc3\x28\x9c";

/// After this time the service ends even if nobody drops it.
const LIFE: Duration = Duration::from_secs(60 * 60);

/// The service. It ends, with its sessions, when it is dropped.
pub(crate) struct FakeGlue {
    /// Where it is: `http://127.0.0.1:<port>`.
    pub(crate) url: String,
    state: Arc<State>,
    runtime: Option<Runtime>,
}

struct State {
    glue: LocalGlue,
    faults: Mutex<Faults>,
    seen: Mutex<Seen>,
    wire: wire::Wire,
}

/// What has come so far.
#[derive(Default)]
struct Seen {
    /// Requests, by operation.
    calls: BTreeMap<String, u64>,
    /// Those that were carried out or refused by the service itself.
    handled: BTreeMap<String, u64>,
    /// Sessions that were told as ready, where that is looked at.
    ready: BTreeSet<String>,
    /// Bodies of CreateSession.
    creations: Vec<Value>,
    /// The key and the region of each request's signature, by operation.
    signers: BTreeMap<String, BTreeSet<(String, String)>>,
}

/// The most bodies of CreateSession that are kept.
const KEPT_CREATIONS: usize = 1_000;

impl State {
    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_call(&self, operation: &str, body: &[u8], signer: Option<(String, String)>) {
        let mut seen = self.seen();
        seen.signers.entry(operation.to_owned()).or_default().extend(signer);
        *seen.calls.entry(operation.to_owned()).or_default() += 1;
        if operation == "CreateSession" && seen.creations.len() < KEPT_CREATIONS {
            seen.creations.push(serde_json::from_slice(body).unwrap_or_default());
        }
    }

    fn note_handled(&self, operation: &str) {
        *self.seen().handled.entry(operation.to_owned()).or_default() += 1;
    }
}

impl FakeGlue {
    /// Starts a service whose sessions run the Python of the tests in the folder for temporary files.
    pub(crate) fn start(faults: Faults) -> Self {
        let python = std::env::var("GLUE_LS_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        Self::with(faults, LocalConfig::new(python, std::env::temp_dir()))
    }

    /// Starts a service with other workers.
    pub(crate) fn with(faults: Faults, config: LocalConfig) -> Self {
        Self::on_record(faults, config, wire::Wire::of_environment())
    }

    /// Starts a service that puts what comes and goes on a record.
    pub(crate) fn on_record(faults: Faults, config: LocalConfig, wire: wire::Wire) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        listener.set_nonblocking(true).unwrap();
        let glue = LocalGlue::new(config);
        let state = Arc::new(State { glue, faults: Mutex::new(faults), seen: Mutex::default(), wire });
        let served = Arc::clone(&state);
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            let _ = tokio::time::timeout(LIFE, http::serve(listener, Arc::clone(&served))).await;
            served.glue.shutdown().await;
        });
        Self { url, state, runtime: Some(runtime) }
    }

    /// Creates a session and waits until it is ready, as a kernel does that is not glue-ls. Nothing is counted.
    pub(crate) fn create(&self, id: &str) {
        let Some(runtime) = &self.runtime else { return };
        let answer = runtime.block_on(self.state.glue.handle(http::create(id)));
        assert_eq!(answer.status(), 200, "{}", String::from_utf8_lossy(answer.body()));
        loop {
            let answer = runtime.block_on(self.state.glue.handle(http::describe(id)));
            let answer: Value = serde_json::from_slice(answer.body()).unwrap();
            match answer["Session"]["Status"].as_str() {
                Some("READY") => return,
                Some("PROVISIONING") => std::thread::yield_now(),
                _ => panic!("{answer}"),
            }
        }
    }

    /// Stops a session, as somebody else does.
    pub(crate) fn stop(&self, id: &str) {
        let Some(runtime) = &self.runtime else { return };
        runtime.block_on(self.state.glue.handle(http::stop(id)));
    }

    /// Replaces the faults; calls are counted anew for them.
    pub(crate) fn set(&self, faults: Faults) {
        *self.state.faults() = faults;
    }

    /// Returns how many requests for an operation (`RunStatement`, `GetCallerIdentity`, …) have come.
    pub(crate) fn calls(&self, operation: &str) -> u64 {
        self.state.seen().calls.get(operation).copied().unwrap_or_default()
    }

    /// Returns how many of them got through to the service: the others met a fault before.
    pub(crate) fn handled(&self, operation: &str) -> u64 {
        self.state.seen().handled.get(operation).copied().unwrap_or_default()
    }

    /// Returns how many requests have come, of all operations.
    pub(crate) fn all_calls(&self) -> BTreeMap<String, u64> {
        self.state.seen().calls.clone()
    }

    /// Returns the key ids and regions with which requests for an operation were signed.
    pub(crate) fn signers(&self, operation: &str) -> BTreeSet<(String, String)> {
        self.state.seen().signers.get(operation).cloned().unwrap_or_default()
    }

    /// Returns the ids of the sessions that are alive, and cost money where this is the real service.
    pub(crate) fn alive(&self) -> BTreeSet<String> {
        let mut alive = BTreeSet::new();
        let mut page = Value::Null;
        loop {
            let request = hyper::Request::builder().header("x-amz-target", "AWSGlue.ListSessions");
            let body = if page.is_null() { json!({}) } else { json!({ "NextToken": page }) };
            let request = request.body(body.to_string().into()).unwrap();
            let (sender, answer) = std::sync::mpsc::channel();
            let glue = self.state.glue.clone();
            let asked = async move { drop(sender.send(glue.handle(request).await)) };
            self.runtime.as_ref().unwrap().spawn(asked);
            let answer: Value = serde_json::from_slice(answer.recv().unwrap().body()).unwrap();
            for session in answer["Sessions"].as_array().unwrap() {
                if matches!(session["Status"].as_str(), Some("PROVISIONING" | "READY")) {
                    alive.insert(session["Id"].as_str().unwrap().to_owned());
                }
            }
            page = answer["NextToken"].clone();
            if page.as_str().is_none_or(str::is_empty) {
                return alive;
            }
        }
    }

    /// Returns the bodies of all requests for CreateSession.
    pub(crate) fn creations(&self) -> Vec<Value> {
        self.state.seen().creations.clone()
    }
}

impl Drop for FakeGlue {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        let glue = self.state.glue.clone();
        // A runtime cannot be waited for inside of another one.
        let end = std::thread::spawn(move || {
            runtime.block_on(glue.shutdown());
            runtime.shutdown_timeout(Duration::from_secs(5));
        });
        let _ = end.join();
    }
}
