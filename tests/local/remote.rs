//! The same over a connection: a client whose requests go to a service on loopback, whatever host they are for.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use glue_ls::aws::{Access, Aws, AwsClient, AwsConfig, Identity, Keys, Limits, Surroundings};
use glue_ls::session::{DynGlueApi, Opening, Policy, SessionHandle, SessionSpec};

use super::bounded;
use crate::service::{FakeGlue, Faults};

/// A connector that sends everything to one address.
#[derive(Debug)]
struct Redirected {
    url: String,
    connector: SharedHttpConnector,
}

impl HttpConnector for Redirected {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        request.set_uri(format!("{}/", self.url)).unwrap();
        self.connector.call(request)
    }
}

/// A service that fails on demand, and a client of it.
pub(super) struct Remote {
    pub(super) glue: FakeGlue,
    client: Arc<AwsClient>,
}

impl Remote {
    pub(super) fn new(faults: Faults) -> Self {
        let glue = FakeGlue::start(faults);
        let plain = aws_smithy_http_client::Builder::new().build_http();
        let url = glue.url.clone();
        let http = http_client_fn(move |settings, components| {
            use aws_smithy_runtime_api::client::http::HttpClient;
            let connector = plain.http_connector(settings, components);
            SharedHttpConnector::new(Redirected { url: url.clone(), connector })
        });
        // Only what hangs shall meet them.
        let long = Duration::from_secs(100);
        let limits = Limits { connect: long, read: long, attempt: long, call: 3 * long, ..Limits::default() };
        let surroundings = Surroundings::Isolated;
        let config = AwsConfig { http_client: Some(http), surroundings, own_keys: None, limits };
        let access = Access::Keys(Keys::new("AKIAFAKE", "secret", None));
        let identity = Identity { region: Some("eu-west-1".to_owned()), access, ..Identity::default() };
        Self { glue, client: Aws::new(config).client(&identity) }
    }

    pub(super) fn create(&self, spec: SessionSpec, policy: Policy) -> SessionHandle {
        let api: Arc<dyn DynGlueApi> = Arc::clone(&self.client) as _;
        SessionHandle::open(api, Opening::Create { spec: Box::new(spec), keep: true }, policy)
    }

    /// A session that is ready. From then on there are these faults, and calls are counted from then on as well.
    pub(super) async fn session(&self, policy: Policy, faults: Faults) -> SessionHandle {
        let session = self.create(super::spec("s"), policy);
        bounded(session.ready()).await.unwrap();
        self.glue.set(faults);
        session
    }
}

/// The service is near and its faults are over soon, so waiting is short.
pub(super) fn policy() -> Policy {
    let millis = |values: &[u64]| values.iter().copied().map(Duration::from_millis).collect();
    Policy {
        poll: millis(&[5, 10, 20, 50]),
        backoff: Duration::from_millis(5),
        backoff_limit: Duration::from_millis(100),
        call_limit: Duration::from_secs(300),
        settle_server: millis(&[5, 50]),
        settle_connection: millis(&[5, 50]),
        settle_timeout: millis(&[5, 50]),
        ..Policy::default()
    }
}
