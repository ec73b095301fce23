//! Why a request is not let in, and how that is said.

use http::{HeaderMap, StatusCode, header};

use crate::local::service::wire::{Refusal, Service};

/// Why a request is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Denial {
    /// It comes from a web page.
    Browser,
    /// Its `Host` is none of ours.
    Host,
    /// Another method than POST.
    Method,
    /// Another address than `/`.
    Path,
    /// It is not signed.
    Unsigned,
    /// Its signature is not one as a whole: what is wrong.
    Incomplete(&'static str),
    /// It is signed for another day or another service: what is wrong.
    Scope(&'static str),
    /// Its key is not known, or its token does not belong to it.
    UnknownKey,
    /// Its key does not hold any more.
    ExpiredKey,
    /// Its date is too far away from ours: the clocks, as the service says it.
    Skewed(String),
    /// The signature is not that of this request.
    Mismatch,
    /// The body is too large.
    TooLarge,
    /// The body does not come.
    Slow,
    /// There are too many connections.
    Full,
    /// There are too many requests.
    Throttled,
}

/// How the two protocols say it: the code and the status of JSON, then those of XML.
type Words = ((&'static str, u16), (&'static str, u16));

const NOT_ALLOWED: Words = (("AccessDeniedException", 403), ("AccessDenied", 403));
const INCOMPLETE: Words = (("IncompleteSignatureException", 400), ("IncompleteSignature", 400));
const INVALID: Words = (("InvalidSignatureException", 400), ("SignatureDoesNotMatch", 403));

impl Denial {
    /// Returns the refusal, in the words of a service's protocol.
    pub(super) fn refusal(&self, service: Service) -> Refusal {
        let (json, xml) = self.words();
        let (code, status) = if matches!(service, Service::Sts | Service::Iam | Service::Ec2) { xml } else { json };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        Refusal { status, code, message: self.message() }
    }

    fn words(&self) -> Words {
        match self {
            Denial::Browser | Denial::Host => NOT_ALLOWED,
            Denial::Method => (("UnknownOperationException", 405), ("InvalidAction", 405)),
            Denial::Path => (("UnknownOperationException", 404), ("InvalidAction", 404)),
            Denial::Unsigned => (("MissingAuthenticationTokenException", 400), ("MissingAuthenticationToken", 403)),
            Denial::Incomplete(_) => INCOMPLETE,
            Denial::UnknownKey => (("UnrecognizedClientException", 400), ("InvalidClientTokenId", 403)),
            Denial::ExpiredKey => (("ExpiredTokenException", 400), ("ExpiredToken", 403)),
            Denial::Scope(_) | Denial::Skewed(_) | Denial::Mismatch => INVALID,
            Denial::TooLarge => (("RequestEntityTooLargeException", 413), ("RequestEntityTooLarge", 413)),
            Denial::Slow => (("RequestTimeoutException", 408), ("RequestTimeout", 408)),
            Denial::Full => (("ServiceUnavailableException", 503), ("ServiceUnavailable", 503)),
            Denial::Throttled => (("ThrottlingException", 400), ("Throttling", 400)),
        }
    }

    fn message(&self) -> String {
        let message = match self {
            Denial::Browser => "The local Glue does not serve web pages.",
            Denial::Host => "The local Glue is at 127.0.0.1 and localhost, at its own port, and has no other name.",
            Denial::Method => "The local Glue takes POST requests only.",
            Denial::Path => "The local Glue has nothing at this address; its operations are at /.",
            Denial::Unsigned => {
                "The request is not signed. Set the environment variables that `glue-ls local` has printed."
            }
            Denial::Incomplete(what) | Denial::Scope(what) => what,
            Denial::UnknownKey => {
                "The security token included in the request is invalid: it is none of this local Glue, which has a new key \
                 at each start. Set the environment variables that `glue-ls local` has printed."
            }
            Denial::ExpiredKey => "The security token included in the request is expired. Assume the role again.",
            Denial::Skewed(clocks) => clocks,
            Denial::Mismatch => {
                "The request signature does not match. Set AWS_SECRET_ACCESS_KEY as `glue-ls local` has printed it."
            }
            Denial::TooLarge => "The request is too large.",
            Denial::Slow => "The request did not arrive in time.",
            Denial::Full => "The local Glue has too many connections. Close some, or try again.",
            Denial::Throttled => "Rate exceeded",
        };
        message.to_owned()
    }
}

/// Returns the service whose protocol an answer is to be in, by the scope of the signature, else by the form.
pub(super) fn protocol(headers: &HeaderMap) -> Service {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match super::signature::service(text(header::AUTHORIZATION)) {
        Some("sts") => Service::Sts,
        Some("iam") => Service::Iam,
        Some("ec2") => Service::Ec2,
        Some(_) => Service::Glue,
        None if text(header::CONTENT_TYPE).starts_with("application/x-www-form-urlencoded") => Service::Sts,
        None => Service::Glue,
    }
}
