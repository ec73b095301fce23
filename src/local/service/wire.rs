//! Requests and answers as they travel: which service is meant, and how results and refusals are written.

use std::collections::HashMap;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use serde_json::json;

/// The services that are answered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::local) enum Service {
    Glue,
    Sts,
    Iam,
    Ec2,
    /// One that is not here.
    Other,
}

impl Service {
    /// Returns the service that a request is for: by the scope of its signature, else by its form.
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        match scope(request) {
            Some("glue") => Self::Glue,
            Some("sts") => Self::Sts,
            Some("iam") => Self::Iam,
            Some("ec2") => Self::Ec2,
            Some(_) => Self::Other,
            None if request.headers().contains_key(TARGET) => Self::Glue,
            None => {
                let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
                let form = kind.starts_with("application/x-www-form-urlencoded");
                match form.then(|| parameter(request.body(), "Action")).flatten().as_deref() {
                    Some("GetRole" | "ListRoles") => Self::Iam,
                    Some(_) => Self::Sts,
                    None => Self::Glue,
                }
            }
        }
    }
}

const TARGET: &str = "x-amz-target";
const JSON: &str = "application/x-amz-json-1.1";

/// The service in `Credential=<key>/<date>/<region>/<service>/aws4_request`.
fn scope(request: &Request<Bytes>) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (_, credential) = header.split_once("Credential=")?;
    credential.split([',', ' ']).next()?.rsplit('/').nth(1)
}

/// Returns the operation of Glue that a request asks for.
pub(super) fn target(request: &Request<Bytes>) -> Option<&str> {
    request.headers().get(TARGET)?.to_str().ok()?.strip_prefix("AWSGlue.")
}

/// Returns a parameter of a request in the Query protocol.
pub(super) fn parameter(body: &[u8], name: &str) -> Option<String> {
    body.split(|byte| *byte == b'&').find_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let value = pair.get(at + 1..).unwrap_or_default();
        (decoded(&pair[..at]) == name).then(|| decoded(value))
    })
}

/// The parameters of a request in the Query protocol, for who asks for many.
pub(super) struct Parameters(HashMap<String, String>);

impl Parameters {
    /// Reads all of a body. Of a name that comes twice the first value counts, as with [`parameter`].
    pub(super) fn of(body: &[u8]) -> Parameters {
        let mut all = HashMap::new();
        for pair in body.split(|byte| *byte == b'&') {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let value = pair.get(at + 1..).unwrap_or_default();
            all.entry(decoded(&pair[..at])).or_insert_with(|| decoded(value));
        }
        Parameters(all)
    }

    /// Returns one.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns those of a list, which are numbered from 1, but not more than so many.
    pub(super) fn list(&self, name: &str, most: usize) -> Vec<String> {
        (1..=most).map_while(|number| self.get(&format!("{name}.{number}"))).map(str::to_owned).collect()
    }
}

/// Undoes the encoding of forms. What is wrong in it stays as it is.
fn decoded(text: &[u8]) -> String {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                at += 3;
                continue;
            }
            (b'+', ..) => bytes.push(b' '),
            _ => bytes.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A request that is refused, in the service's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::local) struct Refusal {
    pub(in crate::local) status: StatusCode,
    /// The code, as the protocol of the service writes it.
    pub(in crate::local) code: &'static str,
    /// What is wrong and what to do.
    pub(in crate::local) message: String,
}

impl Refusal {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new("InvalidInputException", message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new("EntityNotFoundException", message)
    }

    pub(super) fn illegal_state(message: impl Into<String>) -> Self {
        Self::new("IllegalSessionStateException", message)
    }

    pub(super) fn serialization(message: impl Into<String>) -> Self {
        Self::new("SerializationException", message)
    }

    pub(super) fn limit(message: impl Into<String>) -> Self {
        Self::new("ResourceNumberLimitExceededException", message)
    }

    /// A fault of the service itself.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { status, ..Self::new("InternalServiceException", message) }
    }

    pub(super) fn too_large() -> Self {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        Self { status, ..Self::new("RequestEntityTooLargeException", "The request is too large.") }
    }

    pub(super) fn unknown_operation() -> Self {
        Self::new("UnknownOperationException", "The local Glue does not have this operation.")
    }
}

/// Returns an answer in JSON.
pub(super) fn json(body: Vec<u8>) -> Response<Bytes> {
    response(StatusCode::OK, JSON, body)
}

/// Returns an answer in XML.
pub(super) fn xml(body: String) -> Response<Bytes> {
    response(StatusCode::OK, "text/xml", body.into_bytes())
}

/// Returns the answer to a request that is refused.
pub(in crate::local) fn refused(service: Service, refusal: &Refusal) -> Response<Bytes> {
    let Refusal { status, code, message } = refusal;
    // In XML the codes have no such ending.
    let short = code.strip_suffix("Exception").unwrap_or(code);
    match service {
        Service::Glue | Service::Other => {
            let mut answer =
                response(*status, JSON, json!({"__type": code, "Message": message}).to_string().into_bytes());
            answer.headers_mut().insert(HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(code));
            answer
        }
        Service::Sts | Service::Iam => {
            let body = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error>\
                 <RequestId>{}</RequestId></ErrorResponse>",
                escaped(short),
                escaped(message),
                uuid::Uuid::new_v4(),
            );
            response(*status, "text/xml", body.into_bytes())
        }
        Service::Ec2 => {
            let body = format!(
                "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors><RequestID>{}</RequestID></Response>",
                escaped(short),
                escaped(message),
                uuid::Uuid::new_v4(),
            );
            response(*status, "text/xml", body.into_bytes())
        }
    }
}

fn response(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(id) = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()) {
        headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    response
}

/// Returns a text as it stands in XML.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML has no way to write the others.
            '\t' | '\n' | '\r' | ' '.. => escaped.push(character),
            _ => escaped.push(char::REPLACEMENT_CHARACTER),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_forms_are_decoded() {
        let body = b"Action=GetRole&RoleName=a%2Bb+c%zz%&Empty=&Bare";
        assert_eq!(parameter(body, "Action").as_deref(), Some("GetRole"));
        assert_eq!(parameter(body, "RoleName").as_deref(), Some("a+b c%zz%"));
        assert_eq!(parameter(body, "Empty").as_deref(), Some(""));
        assert_eq!(parameter(body, "Bare").as_deref(), Some(""));
        assert_eq!(parameter(body, "Other"), None);
        let all = Parameters::of(body);
        for name in ["Action", "RoleName", "Empty", "Bare", "Other"] {
            assert_eq!(all.get(name).map(str::to_owned), parameter(body, name), "{name}");
        }
    }

    #[test]
    fn lists_are_numbered_without_gaps() {
        let all = Parameters::of(b"Id.1=a&Id.2=b%20c&Id.2=twice&Id.4=e&Other.1=x");
        assert_eq!(all.list("Id", 200), ["a", "b c"]);
        assert_eq!((all.list("Id", 1).len(), all.list("None", 200).len()), (1, 0));
    }

    #[test]
    fn xml_holds_any_text() {
        assert_eq!(escaped("a<b>&\"\u{0}ü\n"), "a&lt;b&gt;&amp;&quot;\u{fffd}ü\n");
    }
}
