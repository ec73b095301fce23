//! A service that answers by a script, behind the SDK's connector: no socket, no clock but tokio's.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest as SdkRequest, HttpResponse as SdkResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::StreamBody;
use serde_json::Value;

use super::{Access, Aws, AwsClient, AwsConfig, Identity, Keys, Limits, SharedHttpClient, Surroundings};

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// An answer with this status, these headers and this body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// An answer that breaks off after this beginning.
    Truncated(String),
    /// The connection breaks before an answer.
    HangUp,
    /// Nothing, ever.
    Silence,
}

/// A good answer.
pub(super) fn ok(body: Value) -> Reply {
    Reply::Answer(200, vec![("x-amzn-requestid", "r-1".into())], body.to_string())
}

/// An error as Glue writes it.
pub(super) fn refused(status: u16, code: &str, message: &str) -> Reply {
    let body = serde_json::json!({"__type": code, "Message": message});
    Reply::Answer(status, vec![("x-amzn-requestid", "r-1".into())], body.to_string())
}

/// A web page.
pub(super) fn page(status: u16) -> Reply {
    let headers = vec![("content-type", "text/html".into())];
    Reply::Answer(status, headers, "<html><body>Please log in</body></html>".into())
}

/// A good answer in XML, as STS and IAM write it.
pub(super) fn xml(call: &str, result: &str) -> Reply {
    let body = format!(
        "<{call}Response xmlns=\"x\"><{call}Result>{result}</{call}Result>\
         <ResponseMetadata><RequestId>r-2</RequestId></ResponseMetadata></{call}Response>"
    );
    Reply::Answer(200, vec![], body)
}

/// An error in XML.
pub(super) fn xml_refused(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>r-2</RequestId></ErrorResponse>"
    );
    Reply::Answer(status, vec![], body)
}

/// A good answer of EC2 or S3.
pub(super) fn document(body: impl Into<String>) -> Reply {
    Reply::Answer(200, vec![], body.into())
}

/// A refusal of EC2.
pub(super) fn ec2_refused(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>\
         <RequestID>r-3</RequestID></Response>"
    );
    Reply::Answer(status, vec![], body)
}

/// A refusal of S3, with its headers.
pub(super) fn s3_refused(status: u16, code: &str, headers: &[(&'static str, &str)]) -> Reply {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Reply::Answer(status, headers, format!("<Error><Code>{code}</Code><Message>m</Message></Error>"))
}

/// GetCallerIdentity's answer.
pub(super) fn caller(arn: &str) -> Reply {
    let result = format!("<UserId>AROA1:me,x</UserId><Account>123456789012</Account><Arn>{arn}</Arn>");
    xml("GetCallerIdentity", &result)
}

/// A session of a role that calls.
pub(super) const ROLE_SESSION: &str = "arn:aws:sts::123456789012:assumed-role/Analyst/me,x";

/// AssumeRole's answer.
pub(super) fn assumed(key: &str, expires: &str) -> Reply {
    let keys = format!(
        "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>\
         <SessionToken>role-token</SessionToken><Expiration>{expires}</Expiration></Credentials>"
    );
    xml("AssumeRole", &keys)
}

/// A request that was sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) method: String,
    pub(super) host: String,
    /// The whole address.
    pub(super) address: String,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Sent {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The operation: Glue's, STS's or IAM's.
    pub(super) fn operation(&self) -> String {
        if let Some(operation) = self.header("x-amz-target").strip_prefix("AWSGlue.") {
            return operation.to_owned();
        }
        let action = self.body.split('&').find_map(|pair| pair.strip_prefix("Action="));
        action.unwrap_or_default().to_owned()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// The service.
#[derive(Debug, Clone, Default)]
pub(super) struct Scripted(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    replies: VecDeque<Reply>,
    sent: Vec<Sent>,
}

impl Scripted {
    /// Answers one request after another with `replies`, and hangs up on those that follow.
    pub(super) fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let state = State { replies: replies.into_iter().collect(), sent: Vec::new() };
        Self(Arc::new(Mutex::new(state)))
    }

    pub(super) fn sent(&self) -> Vec<Sent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).sent.clone()
    }

    /// The operations of the requests, in order.
    pub(super) fn operations(&self) -> Vec<String> {
        self.sent().iter().map(Sent::operation).collect()
    }

    pub(super) fn http_client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    /// A client that takes nothing from the computer.
    pub(super) fn client(&self) -> Arc<AwsClient> {
        self.client_of(&Identity { access: Access::Keys(keys()), ..identity() })
    }

    pub(super) fn client_of(&self, identity: &Identity) -> Arc<AwsClient> {
        self.limited(identity, limits())
    }

    /// A client that takes long answers.
    pub(super) fn patient_client(&self) -> Arc<AwsClient> {
        self.limited(&Identity { access: Access::Keys(keys()), ..identity() }, Limits::default())
    }

    fn limited(&self, identity: &Identity, limits: Limits) -> Arc<AwsClient> {
        let surroundings = Surroundings::Isolated;
        let config = AwsConfig { http_client: Some(self.http_client()), surroundings, own_keys: None, limits };
        Aws::new(config).client(identity)
    }
}

/// Limits that tests can reach.
pub(super) fn limits() -> Limits {
    Limits { answer: 4096, ..Limits::default() }
}

pub(super) fn keys() -> Keys {
    Keys::new("AKIAEXAMPLE", "the-secret", Some("the-token".into()))
}

pub(super) fn identity() -> Identity {
    Identity { region: Some("eu-west-1".into()), ..Identity::default() }
}

impl HttpConnector for Scripted {
    fn call(&self, request: SdkRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
        let headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let uri: http::Uri = request.uri().parse().unwrap();
        let host = uri.host().unwrap_or_default().to_owned();
        let (method, address) = (request.method().to_owned(), request.uri().to_owned());
        let reply = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.sent.push(Sent { method, host, address, headers, body });
            state.replies.pop_front().unwrap_or(Reply::HangUp)
        };
        HttpConnectorFuture::new(async move {
            match reply {
                Reply::Answer(status, headers, body) => Ok(response(status, &headers, SdkBody::from(body))),
                Reply::Truncated(beginning) => {
                    let broken = std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "connection reset");
                    let frames = [Ok(http_body::Frame::data(Bytes::from(beginning))), Err(broken)];
                    let body = SdkBody::from_body_1_x(StreamBody::new(futures_util::stream::iter(frames)));
                    Ok(response(200, &[], body))
                }
                Reply::HangUp => {
                    let error = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "connection reset");
                    Err(ConnectorError::io(error.into()))
                }
                Reply::Silence => std::future::pending().await,
            }
        })
    }
}

fn response(status: u16, headers: &[(&'static str, String)], body: SdkBody) -> SdkResponse {
    let mut response = SdkResponse::new(status.try_into().unwrap(), body);
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.clone());
    }
    response
}
