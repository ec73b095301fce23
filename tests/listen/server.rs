//! A server for one test, requests as they stand on the wire, and answers as they come.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use glue_ls::local::listen::{Bounds, Key, Listener};
use glue_ls::local::service::{LocalConfig, LocalGlue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long anything may take before a test fails. A guard against hanging, not a measure of speed.
pub(super) const PATIENCE: Duration = Duration::from_secs(100);

pub(super) const LIST: &str = "AWSGlue.ListSessions";

/// The server. It ends when it is dropped.
pub(super) struct Server {
    pub(super) port: u16,
    pub(super) key: Key,
    pub(super) task: JoinHandle<()>,
    pub(super) end: Option<oneshot::Sender<()>>,
}

impl Server {
    pub(super) async fn new() -> Self {
        Self::with(Bounds::default(), |listener| listener).await
    }

    pub(super) async fn bounded(bounds: Bounds) -> Self {
        Self::with(bounds, |listener| listener).await
    }

    pub(super) async fn with(bounds: Bounds, change: impl FnOnce(Listener) -> Listener) -> Self {
        let glue = LocalGlue::new(LocalConfig::new("/nowhere/python", std::env::temp_dir()));
        let key = Key::random();
        let listener = change(Listener::bind(glue, key.clone(), 0, bounds).await.unwrap());
        let port = listener.url().strip_prefix("http://127.0.0.1:").unwrap().parse().unwrap();
        let (end, ended) = oneshot::channel::<()>();
        let task = tokio::spawn(listener.serve(async move { drop(ended.await) }));
        Self { port, key, task, end: Some(end) }
    }

    /// A good request for an operation of Glue, to be changed.
    pub(super) fn request(&self) -> Wanted {
        Wanted::new(self.port, &self.key)
    }

    pub(super) async fn connect(&self) -> Connection {
        Connection { stream: TcpStream::connect(("127.0.0.1", self.port)).await.unwrap() }
    }

    /// Sends bytes on a connection of their own, and returns the first answer, if one comes before the end.
    pub(super) async fn told(&self, bytes: &[u8]) -> Option<Answer> {
        let mut connection = self.connect().await;
        connection.send(bytes).await;
        connection.answer().await
    }

    /// The answer to a request that must have one.
    pub(super) async fn answer(&self, wanted: &Wanted) -> Answer {
        self.told(&wanted.bytes()).await.unwrap()
    }

    /// Whoever has the key is served. A server that waits but a moment may be too fast for a machine that is busy.
    pub(super) async fn serves(&self) {
        let mut told = None;
        for _ in 0..50 {
            told = self.told(&self.request().bytes()).await;
            if told.is_some() {
                break;
            }
        }
        let answer = told.unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"Ids":[],"Sessions":[]}"#), "{answer:?}");
    }

    /// A request must be refused with this status and code, and the server must go on.
    #[track_caller]
    pub(super) fn refuses(&self, bytes: Vec<u8>, status: u16, code: &str) -> impl Future<Output = Answer> {
        let caller = std::panic::Location::caller();
        async move {
            let answer = self.told(&bytes).await.unwrap_or_else(|| panic!("no answer: {caller}"));
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{caller}: {answer:?}");
            assert!(!answer.head.contains("access-control"), "{caller}: {answer:?}");
            assert!(!format!("{answer:?}").contains(&self.key.secret) && !answer.body.contains(&self.key.id));
            self.serves().await;
            answer
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A request, which is signed when it is written.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) method: &'static str,
    pub(super) target: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) unsigned: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) key: Key,
    pub(super) service: &'static str,
    pub(super) time: SystemTime,
    /// What is left out of what is signed.
    pub(super) hidden: Vec<&'static str>,
}

impl Wanted {
    pub(super) fn new(port: u16, key: &Key) -> Self {
        let headers = [
            ("host", format!("127.0.0.1:{port}")),
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", LIST.to_owned()),
        ];
        Self {
            method: "POST",
            target: "/".to_owned(),
            headers: headers.into(),
            unsigned: Vec::new(),
            body: b"{}".to_vec(),
            key: key.clone(),
            service: "glue",
            time: SystemTime::now(),
            hidden: Vec::new(),
        }
    }

    /// With another value of a header, or one more.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    /// With a header that is not signed.
    pub(super) fn aside(mut self, name: &'static str, value: &str) -> Self {
        self.unsigned.push((name, value.to_owned()));
        self
    }

    /// As a form of STS.
    pub(super) fn sts(mut self) -> Self {
        self.headers.retain(|(known, _)| *known != "x-amz-target");
        self.service = "sts";
        self.body = b"Action=GetCallerIdentity&Version=2011-06-15".to_vec();
        self.with("content-type", "application/x-www-form-urlencoded; charset=utf-8")
    }

    /// All headers, with date and signature, as pairs.
    pub(super) fn signed(&self) -> Vec<(String, String)> {
        let Key { id, secret, token, .. } = &self.key;
        let identity = Credentials::new(id, secret, token.clone(), None, "test").into();
        let mut settings = SigningSettings::default();
        let hidden = self.hidden.iter().map(|name| (*name).into());
        settings.excluded_headers.get_or_insert_default().extend(hidden);
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name(self.service)
            .time(self.time)
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let headers = self.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let host = &self.headers.iter().find(|(name, _)| *name == "host").unwrap().1;
        let address = format!("http://{host}{}", self.target);
        let request = SignableRequest::new(self.method, address, headers, SignableBody::Bytes(&self.body)).unwrap();
        let (instructions, _) = sign(request, &parameters).unwrap().into_parts();
        let all = self.headers.iter().chain(&self.unsigned).map(|(name, value)| ((*name).to_owned(), value.clone()));
        all.chain(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
    }

    /// As it stands on the wire.
    pub(super) fn bytes(&self) -> Vec<u8> {
        on_the_wire(self.method, &self.target, &self.signed(), &self.body)
    }

    /// The same with another body under the signature.
    pub(super) fn bytes_with(&self, body: &[u8]) -> Vec<u8> {
        on_the_wire(self.method, &self.target, &self.signed(), body)
    }

    /// The head alone, which promises a body.
    pub(super) fn head(&self, more: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in self.signed() {
            head += &format!("{name}: {value}\r\n");
        }
        format!("{head}{more}\r\n").into_bytes()
    }
}

pub(super) fn on_the_wire(method: &str, target: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut bytes = format!("{head}content-length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// A connection.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
}

impl Connection {
    /// Sends bytes. That the other side does not want them any more shows in the answer.
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        let _ = timeout(PATIENCE, self.stream.write_all(bytes)).await.expect("it is read");
    }

    /// Reads an answer; returns nothing where the connection ends before one.
    pub(super) async fn answer(&mut self) -> Option<Answer> {
        timeout(PATIENCE, self.read()).await.expect("an answer, or the end")
    }

    /// Waits until the other side has closed it, whatever comes before.
    pub(super) async fn closed(&mut self) {
        let mut rest = Vec::new();
        let _ = timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await.expect("it is closed");
    }

    async fn read(&mut self) -> Option<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.stream.read_exact(&mut body).await.ok()?;
        Some(Answer { status, head, body: String::from_utf8(body).unwrap() })
    }
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    /// The code of an error, in JSON or in XML; nothing where there is none.
    pub(super) fn code(&self) -> String {
        if self.body.starts_with('<') {
            assert!(self.head.contains("content-type: text/xml"), "{self:?}");
            let code = self.body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
            return code.map(|(code, _)| code.to_owned()).unwrap_or_default();
        }
        let answer: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        assert!(answer["__type"].is_null() || answer["Message"].as_str().is_some_and(|text| text.len() > 10));
        answer["__type"].as_str().unwrap_or_default().to_owned()
    }
}
