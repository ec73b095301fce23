//! The library's own client of an account at moto, inside the test: it takes the hosts that it asks for the real ones.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use glue_ls::aws::{
    Access, Aws, AwsClient, AwsConfig, HttpAnswer, HttpRequest, Identity, Keys, Surroundings, in_process,
};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::moto::Account;

/// How long an answer may take before a test fails. A guard against hanging, not a measure of speed.
const PATIENCE: Duration = Duration::from_secs(100);
/// The longest answer, in bytes.
const LONGEST: usize = 64 * 1024 * 1024;

/// Returns a client with an account's keys in a region. Whatever host it asks, the request goes to `url`, that of moto or
/// of a proxy; where the connection breaks, the answer is an empty one with status 502.
pub(crate) fn client_of(url: &str, account: &Account, region: &str) -> Arc<AwsClient> {
    let keys = Keys::new(&account.key, &account.secret, None);
    let identity = Identity { region: Some(region.to_owned()), access: Access::Keys(keys), ..Identity::default() };
    aws_of(url).client(&identity)
}

/// Returns a maker of such clients.
pub(crate) fn aws_of(url: &str) -> Aws {
    let url = url.to_owned();
    let service = move |request: HttpRequest| -> BoxFuture<'static, HttpAnswer> {
        let url = url.clone();
        Box::pin(async move {
            let forwarded = tokio::time::timeout(PATIENCE, forward(&url, request)).await.unwrap();
            forwarded.unwrap_or_else(|| {
                let mut broken = HttpAnswer::new(Bytes::new());
                *broken.status_mut() = hyper::StatusCode::BAD_GATEWAY;
                broken
            })
        })
    };
    let config = AwsConfig {
        http_client: Some(in_process(service)),
        surroundings: Surroundings::Isolated,
        ..AwsConfig::default()
    };
    Aws::new(config)
}

async fn forward(url: &str, request: HttpRequest) -> Option<HttpAnswer> {
    let (mut head, body) = request.into_parts();
    let host = head.uri.host()?.to_owned();
    let path = head.uri.path_and_query()?.as_str();
    head.uri = format!("{url}{path}").parse().ok()?;
    // The signature covers it.
    head.headers.entry("host").or_insert(host.parse().ok()?);
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(hyper::Request::from_parts(head, Full::new(body))).await.ok()?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, LONGEST).collect().await.ok()?.to_bytes();
    Some(HttpAnswer::from_parts(head, body))
}
