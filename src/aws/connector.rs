//! How requests get out: over HTTPS, or to a service inside this process.

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
pub use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest as SdkRequest, HttpResponse as SdkResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Limited};

/// A request as a service inside this process gets it: signed, with its whole body.
pub type HttpRequest = http::Request<Bytes>;

/// The answer of a service inside this process.
pub type HttpAnswer = http::Response<Bytes>;

/// Returns a client that hands every request to `service`, whatever host it is for. No socket is opened.
pub fn in_process<S>(service: S) -> SharedHttpClient
where
    S: Fn(HttpRequest) -> BoxFuture<'static, HttpAnswer> + Send + Sync + 'static,
{
    let connector = SharedHttpConnector::new(InProcess(Arc::new(service)));
    http_client_fn(move |_, _| connector.clone())
}

type Service = dyn Fn(HttpRequest) -> BoxFuture<'static, HttpAnswer> + Send + Sync;

struct InProcess(Arc<Service>);

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: SdkRequest) -> HttpConnectorFuture {
        let service = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
            let answer = service(http::Request::from_parts(parts, body)).await;
            SdkResponse::try_from(answer.map(SdkBody::from)).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Where connections go through and whom they trust besides the system's authorities.
#[derive(Debug, Clone)]
pub(super) struct Route {
    /// The proxy.
    pub(super) proxy: ProxyConfig,
    /// Certificates in PEM form.
    pub(super) authorities: Option<Vec<u8>>,
}

/// Returns the client for the real services. Nothing is loaded before its first connector is asked for.
pub(super) fn https(route: Route) -> SharedHttpClient {
    SharedHttpClient::new(Https { route, connectors: Mutex::default() })
}

type TimeLimits = (Option<Duration>, Option<Duration>);

/// One connector, hence one pool of connections, for each pair of time limits.
#[derive(Debug)]
struct Https {
    route: Route,
    connectors: Mutex<HashMap<TimeLimits, SharedHttpConnector>>,
}

impl HttpClient for Https {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let limits = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        connectors.entry(limits).or_insert_with(|| self.connect(settings, components)).clone()
    }
}

impl Https {
    fn connect(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let mut connector = Connector::builder().connector_settings(settings.clone());
        connector.set_sleep_impl(components.sleep_impl());
        connector.set_proxy_config(Some(self.route.proxy.clone()));
        let mut trusted = TrustStore::default();
        if let Some(pem) = &self.route.authorities {
            trusted.add_pem_certificate(pem.clone());
        }
        let connector = connector.tls_provider(Provider::Rustls(CryptoMode::Ring));
        // The builder panics on certificates that it cannot read, and in debug builds where the system has
        // none at all. Neither is a reason to end.
        let built = catch_unwind(AssertUnwindSafe(|| {
            let context = TlsContext::builder().with_trust_store(trusted).build().ok()?;
            Some(SharedHttpConnector::new(connector.tls_context(context).build()))
        }));
        match built {
            Ok(Some(connector)) => connector,
            _ => SharedHttpConnector::new(Untrusting),
        }
    }
}

/// Stands for a connector that cannot be made, for it would trust nobody.
#[derive(Debug)]
struct Untrusting;

impl HttpConnector for Untrusting {
    fn call(&self, _: SdkRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Err(ConnectorError::user(Box::new(NoTrust))))
    }
}

/// There are no certificates to verify a service with, so nothing was sent.
#[derive(Debug, thiserror::Error)]
#[error("the certificates to verify AWS with cannot be read: look at AWS_CA_BUNDLE and at the system's own")]
pub(super) struct NoTrust;

/// Returns `client` with answers of at most `limit` bytes; reading a longer one fails.
pub(super) fn bounded(client: SharedHttpClient, limit: usize) -> SharedHttpClient {
    SharedHttpClient::new(Bounded { client, limit })
}

#[derive(Debug)]
struct Bounded {
    client: SharedHttpClient,
    limit: usize,
}

impl HttpClient for Bounded {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(BoundedConnector { connector, limit: self.limit })
    }
}

#[derive(Debug)]
struct BoundedConnector {
    connector: SharedHttpConnector,
    limit: usize,
}

impl HttpConnector for BoundedConnector {
    fn call(&self, request: SdkRequest) -> HttpConnectorFuture {
        let (answer, limit) = (self.connector.call(request), self.limit);
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            let body = answer.take_body();
            // A body in memory stays one, so that nothing is copied.
            *answer.body_mut() = match body.bytes() {
                Some(bytes) if bytes.len() <= limit => body,
                _ => SdkBody::from_body_1_x(Limited::new(body, limit)),
            };
            Ok(answer)
        })
    }
}
