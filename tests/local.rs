//! Sessions on the local Glue, as the product runs them: the session's actor over the AWS client over the service in
//! this process, with real interpreters (`python3`, or the one that `GLUE_LS_TEST_PYTHON` names).
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

use std::sync::Arc;
use std::time::Duration;

use glue_ls::aws::{Access, Aws, AwsClient, AwsConfig, Identity, Keys, Surroundings, in_process};
use glue_ls::local::service::{LocalConfig, LocalGlue};
use glue_ls::session::{
    DynGlueApi, Opening, Outcome, Output, Policy, Run, RunEnd, RunEvent, RunRequest, SessionHandle, SessionId,
    SessionSpec, StreamName,
};

mod catalogue;
mod deaths;
mod ends;
mod faults;
mod outputs;
mod remote;
mod statements;
mod thousand;

/// Long enough for a loaded machine, short enough to end a test that hangs.
const BOUND: Duration = Duration::from_secs(100);

fn python() -> String {
    std::env::var("GLUE_LS_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

async fn bounded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(BOUND, future).await.expect("it ends in time")
}

/// Answers come at once here, so they are asked for often.
fn policy() -> Policy {
    Policy { poll: [5, 10, 20, 50].map(Duration::from_millis).to_vec(), ..Policy::default() }
}

/// A service, and a client of it that takes nothing from the computer.
struct Local {
    glue: LocalGlue,
    client: Arc<AwsClient>,
}

impl Local {
    fn new() -> Self {
        Self::with(LocalConfig::new(python(), std::env::temp_dir()))
    }

    fn with(config: LocalConfig) -> Self {
        let glue = LocalGlue::new(config);
        let service = glue.clone();
        let http = in_process(move |request| service.handle(request));
        let config =
            AwsConfig { http_client: Some(http), surroundings: Surroundings::Isolated, ..AwsConfig::default() };
        let access = Access::Keys(Keys::new("local", "local", None));
        let identity = Identity { region: Some("local".to_owned()), access, ..Identity::default() };
        Self { glue, client: Aws::new(config).client(&identity) }
    }

    fn create(&self, spec: SessionSpec) -> SessionHandle {
        let api: Arc<dyn DynGlueApi> = Arc::clone(&self.client) as _;
        SessionHandle::open(api, Opening::Create { spec: Box::new(spec), keep: true }, policy())
    }

    /// A session that is ready.
    async fn session(&self, id: &str) -> SessionHandle {
        let session = self.create(spec(id));
        bounded(session.ready()).await.unwrap();
        session
    }
}

fn spec(id: &str) -> SessionSpec {
    SessionSpec::new(SessionId::new(id), "glueetl")
}

/// What came of a run.
#[derive(Debug)]
struct Ran {
    end: RunEnd,
    outputs: Vec<Output>,
}

fn begin(session: &SessionHandle, code: &str) -> Run {
    session.run(RunRequest { code: code.to_owned(), stop_on_error: false })
}

/// Follows a run to its end.
async fn finish(mut run: Run) -> Ran {
    let mut outputs = Vec::new();
    loop {
        match bounded(run.events.recv()).await.expect("every run has an end") {
            RunEvent::Outputs(more) => outputs.extend(more),
            RunEvent::Ended(end) => return Ran { end, outputs },
            _ => {}
        }
    }
}

async fn run(session: &SessionHandle, code: &str) -> Ran {
    finish(begin(session, code)).await
}

/// Waits until a run's statement is being run.
async fn running(run: &mut Run) {
    use glue_ls::session::StatementState::Running;
    loop {
        let event = bounded(run.events.recv()).await.expect("it runs before it ends");
        if matches!(event, RunEvent::Running { state: Running, .. }) {
            return;
        }
    }
}

/// Runs a statement that must succeed; returns the text of its value.
async fn value(session: &SessionHandle, code: &str) -> String {
    let ran = run(session, code).await;
    assert_eq!(ran.end.outcome, Outcome::Ok, "{code}: {ran:?}");
    ran.shown("text/plain").unwrap_or_else(|| panic!("{code}: {ran:?}"))
}

impl Ran {
    fn stream(&self, wanted: StreamName) -> String {
        let texts = self.outputs.iter().filter_map(|output| match output {
            Output::Stream { name, text } if *name == wanted => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    fn stdout(&self) -> String {
        self.stream(StreamName::Stdout)
    }

    fn stderr(&self) -> String {
        self.stream(StreamName::Stderr)
    }

    /// What is shown of a value, in one type.
    fn shown(&self, kind: &str) -> Option<String> {
        self.outputs.iter().find_map(|output| match output {
            Output::DisplayData { data } => Some(data.get(kind)?.as_str()?.to_owned()),
            _ => None,
        })
    }

    /// The exception: its name, its text and its traceback. The outputs show the same one.
    fn error(&self) -> (&str, &str, String) {
        let Outcome::Error { name, value, traceback } = &self.end.outcome else { panic!("no error: {self:?}") };
        let shown = Output::Error { ename: name.clone(), evalue: value.clone(), traceback: traceback.clone() };
        assert_eq!(self.outputs.last(), Some(&shown));
        (name, value, traceback.concat())
    }
}
