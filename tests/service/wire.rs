//! Requests and answers on record, to be held against AWS's own description of its services: `tests/run wire` does that,
//! with what all tests together have left.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use hyper::HeaderMap;
use serde_json::json;

/// Names the folder of the records. Without it nothing is put on record.
pub(crate) const FOLDER: &str = "GLUE_LS_WIRE";

/// A record of what comes and goes: a line of JSON for each request.
pub(crate) struct Wire(Option<Mutex<File>>);

impl Wire {
    /// Begins a record in the folder that the environment names.
    pub(crate) fn of_environment() -> Self {
        std::env::var_os(FOLDER)
            .filter(|folder| !folder.is_empty())
            .map_or(Self(None), |folder| Self::at(folder.as_ref()))
    }

    /// Begins a record in a folder.
    pub(crate) fn at(folder: &Path) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // The number of a process comes again in a long run.
        let begun = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let name = format!("{}-{number}-{begun}.jsonl", std::process::id());
        let file = File::create_new(folder.join(name)).unwrap();
        Self(Some(Mutex::new(file)))
    }

    /// Puts a request on record when what is returned goes.
    pub(crate) fn request<'a>(&'a self, headers: &HeaderMap, operation: &'a str, body: &'a [u8]) -> Exchange<'a> {
        let service = headers.get("authorization").and_then(|value| value.to_str().ok()).and_then(service);
        let service = service.unwrap_or("none").to_owned();
        Exchange { wire: self, service, operation, body, answer: None }
    }
}

/// The service in `Credential=<key>/<date>/<region>/<service>/aws4_request`.
fn service(authorization: &str) -> Option<&str> {
    authorization.split_once("Credential=")?.1.split([',', ' ']).next()?.split('/').nth(3)
}

/// A request, and perhaps its answer.
pub(crate) struct Exchange<'a> {
    wire: &'a Wire,
    service: String,
    operation: &'a str,
    body: &'a [u8],
    answer: Option<(u16, Vec<u8>)>,
}

impl Exchange<'_> {
    /// Takes note of what the service itself has answered.
    pub(crate) fn answered(&mut self, status: u16, body: &[u8]) {
        if self.wire.0.is_some() {
            self.answer = Some((status, body.to_vec()));
        }
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        let Some(file) = &self.wire.0 else { return };
        let text = String::from_utf8_lossy;
        let line = json!({
            "service": self.service, "operation": self.operation, "request": text(self.body),
            "status": self.answer.as_ref().map(|(status, _)| status),
            "answer": self.answer.as_ref().map(|(_, body)| text(body)),
        });
        // In one piece: whoever reads it later may meet a test that was killed.
        let line = format!("{line}\n");
        file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes()).unwrap();
    }
}
