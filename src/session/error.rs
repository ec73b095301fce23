//! What can go wrong with a call, by meaning.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

/// The operations of [`GlueApi`](super::GlueApi), by the service's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// Creates a session.
    CreateSession,
    /// Tells of a session.
    GetSession,
    /// Stops a session.
    StopSession,
    /// Lists sessions.
    ListSessions,
    /// Queues code in a session.
    RunStatement,
    /// Tells of a statement.
    GetStatement,
    /// Lists the statements of a session.
    ListStatements,
    /// Cancels a statement.
    CancelStatement,
    /// Lists a session's tags.
    GetTags,
    /// Adds tags to a session.
    TagResource,
    /// Tells where a session's Spark dashboard is.
    GetDashboardUrl,
}

impl Operation {
    /// Returns the service's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateSession => "CreateSession",
            Self::GetSession => "GetSession",
            Self::StopSession => "StopSession",
            Self::ListSessions => "ListSessions",
            Self::RunStatement => "RunStatement",
            Self::GetStatement => "GetStatement",
            Self::ListStatements => "ListStatements",
            Self::CancelStatement => "CancelStatement",
            Self::GetTags => "GetTags",
            Self::TagResource => "TagResource",
            Self::GetDashboardUrl => "GetDashboardUrl",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What went wrong, by meaning. Several of the service's codes can have the same meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiErrorKind {
    /// A permission is missing; `action` is the one the service named (`glue:CreateSession`).
    AccessDenied {
        /// The action that is not allowed.
        action: Option<String>,
    },
    /// A value is wrong, or does not fit the others or the session's state.
    InvalidInput,
    /// There is no such session or statement in this account and region.
    NotFound,
    /// A session with this id exists, perhaps a stopped one or one with other settings.
    AlreadyExists,
    /// A limit of the account is reached.
    Quota,
    /// Too many calls.
    Throttled,
    /// Two calls changed the session at once.
    ConcurrentModification,
    /// The session is not in a state for this call.
    IllegalState,
    /// The session is at work on another request.
    Busy,
    /// The credentials have expired.
    ExpiredCredentials,
    /// The service does not accept the credentials: wrong keys, or a clock that is off.
    RejectedCredentials,
    /// The service does not accept the time of the request: the computer's clock is off.
    ClockSkew,
    /// There are no credentials, or they cannot be had.
    NoCredentials,
    /// No region is chosen.
    NoRegion,
    /// No answer came in time, or the service itself ran out of time.
    Timeout,
    /// The connection could not be made, or broke; `sent` says whether the request may have gone out.
    Connection {
        /// Whether any part of the request may have reached the service.
        sent: bool,
    },
    /// A fault inside the service; `status` is the HTTP status, where known.
    Server {
        /// The HTTP status.
        status: Option<u16>,
    },
    /// The service answered that it did the work, but the answer is cut off, of another kind or incomplete.
    BadAnswer,
    /// The service refused for another reason; `code` is its own word for it.
    Other {
        /// The service's error code.
        code: Option<String>,
    },
}

/// A call that failed.
///
/// Its text is made for users: what failed, why in the service's words, and what to do.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{}", self.sentence())]
pub struct ApiError {
    /// The call.
    pub operation: Operation,
    /// The meaning.
    pub kind: ApiErrorKind,
    /// The service's text, or the transport's; may be empty.
    pub message: String,
    /// The service's id of the request, which AWS Support asks for.
    pub request_id: Option<String>,
    /// How long the service asked to wait before the next call.
    pub retry_after: Option<Duration>,
}

impl ApiError {
    /// Returns an error without request id.
    pub fn new(operation: Operation, kind: ApiErrorKind, message: impl Into<String>) -> Self {
        Self { operation, kind, message: message.into(), request_id: None, retry_after: None }
    }

    /// Returns the error that an answer with this error code stands for.
    ///
    /// The code may carry a namespace before `#` and a suffix after `:`, as the service's protocols write it.
    pub fn from_code(
        operation: Operation,
        code: Option<&str>,
        http_status: Option<u16>,
        message: impl Into<String>,
        request_id: Option<String>,
    ) -> Self {
        let message = message.into();
        let kind = kind_of(code, http_status, &message);
        Self { operation, kind, message, request_id, retry_after: None }
    }

    /// Returns the error with the service's id of the request.
    #[must_use]
    pub fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.request_id = request_id;
        self
    }

    /// Whether the same call may succeed later without anybody doing anything.
    ///
    /// This says nothing of whether it is *safe* to send it again; see [`Self::is_ambiguous`].
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            ApiErrorKind::Quota
                | ApiErrorKind::Throttled
                | ApiErrorKind::ConcurrentModification
                | ApiErrorKind::Busy
                | ApiErrorKind::Timeout
                | ApiErrorKind::Connection { .. }
                | ApiErrorKind::Server { .. }
                | ApiErrorKind::BadAnswer
        )
    }

    /// Whether somebody has to sign in again or to name credentials.
    pub fn requires_reauth(&self) -> bool {
        matches!(
            self.kind,
            ApiErrorKind::ExpiredCredentials | ApiErrorKind::RejectedCredentials | ApiErrorKind::NoCredentials
        )
    }

    /// Whether the service may have done what was asked, although no good answer came back.
    pub fn is_ambiguous(&self) -> bool {
        matches!(
            self.kind,
            ApiErrorKind::Timeout
                | ApiErrorKind::Connection { sent: true }
                | ApiErrorKind::Server { .. }
                | ApiErrorKind::BadAnswer
        )
    }

    /// Whether the error may mean that the session is not what it is thought to be: ended, or gone.
    pub fn questions_session(&self) -> bool {
        matches!(self.kind, ApiErrorKind::InvalidInput | ApiErrorKind::NotFound | ApiErrorKind::IllegalState)
    }

    fn sentence(&self) -> String {
        let operation = self.operation;
        let (what, remedy): (String, &str) = match &self.kind {
            ApiErrorKind::AccessDenied { action } => (
                match action {
                    Some(action) => format!("{operation} is not allowed: the permission {action} is missing"),
                    None => format!("{operation} is not allowed"),
                },
                "ask for the permission, or use another profile",
            ),
            ApiErrorKind::InvalidInput => (format!("Glue does not accept the {operation} request"), ""),
            ApiErrorKind::NotFound => {
                (format!("{operation} found nothing by that name"), "check the id, the region and the account")
            }
            ApiErrorKind::AlreadyExists => {
                ("a session with this id exists already".to_owned(), "choose another id, or attach to that session")
            }
            ApiErrorKind::Quota => (
                format!("{operation} was refused: a limit of the account is reached"),
                "stop sessions that are not needed, or ask for a higher quota",
            ),
            ApiErrorKind::Throttled => {
                (format!("{operation} was refused: too many calls at once"), "try again in a while")
            }
            ApiErrorKind::ConcurrentModification => {
                (format!("{operation} was refused: another call was changing the session"), "try again")
            }
            ApiErrorKind::IllegalState => {
                (format!("{operation} is not possible in the session's state"), "look at the session's status")
            }
            ApiErrorKind::Busy => (
                format!("{operation} was refused: the session is at work on another request"),
                "wait for what is running, or cancel it",
            ),
            ApiErrorKind::ExpiredCredentials => {
                (format!("{operation} failed: the credentials have expired"), "sign in again")
            }
            ApiErrorKind::RejectedCredentials => (
                format!("{operation} failed: AWS does not accept the credentials"),
                "check the keys and the computer's clock, or sign in again",
            ),
            ApiErrorKind::ClockSkew => {
                (format!("{operation} failed: the computer's clock is off"), "set the clock, then try again")
            }
            ApiErrorKind::NoCredentials => {
                (format!("{operation} failed: there are no credentials"), "sign in, or choose a profile")
            }
            ApiErrorKind::NoRegion => {
                (format!("{operation} failed: no region is chosen"), "set one with %region, AWS_REGION or the profile")
            }
            ApiErrorKind::Timeout => (format!("{operation} got no answer in time"), "check the network"),
            ApiErrorKind::Connection { sent: false } => {
                (format!("{operation} could not reach Glue"), "check the network, the region and the endpoint")
            }
            ApiErrorKind::Connection { sent: true } => {
                (format!("the connection broke during {operation}"), "check the network")
            }
            ApiErrorKind::Server { status: Some(status) } => {
                (format!("{operation} failed inside Glue (HTTP {status})"), "try again; if it stays, ask AWS Support")
            }
            ApiErrorKind::Server { status: None } => {
                (format!("{operation} failed inside Glue"), "try again; if it stays, ask AWS Support")
            }
            ApiErrorKind::BadAnswer => (
                format!("the answer to {operation} cannot be understood"),
                "check whether a proxy stands between here and Glue",
            ),
            ApiErrorKind::Other { code: Some(code) } => (format!("{operation} failed ({code})"), ""),
            ApiErrorKind::Other { code: None } => (format!("{operation} failed"), ""),
        };
        let mut text = what;
        let message = self.message.trim().trim_end_matches('.');
        if !message.is_empty() {
            text.push_str(": ");
            text.push_str(message);
        }
        if !remedy.is_empty() {
            text.push_str("; ");
            text.push_str(remedy);
        }
        if let Some(request_id) = &self.request_id {
            text.push_str(" (request ");
            text.push_str(request_id);
            text.push(')');
        }
        text
    }
}

fn kind_of(code: Option<&str>, http_status: Option<u16>, message: &str) -> ApiErrorKind {
    let code = code.map(bare_code).filter(|code| !code.is_empty());
    if let Some(kind) = code.and_then(|code| kind_of_code(code, http_status, message)) {
        return kind;
    }
    match http_status {
        Some(429) => ApiErrorKind::Throttled,
        Some(408) => ApiErrorKind::Timeout,
        Some(status @ 500..) => ApiErrorKind::Server { status: Some(status) },
        _ => ApiErrorKind::Other { code: code.map(str::to_owned) },
    }
}

/// Cuts `namespace#Code:suffix` down to `Code`.
fn bare_code(code: &str) -> &str {
    let code = code.rsplit_once('#').map_or(code, |(_, code)| code);
    code.split_once(':').map_or(code, |(code, _)| code).trim()
}

fn kind_of_code(code: &str, http_status: Option<u16>, message: &str) -> Option<ApiErrorKind> {
    Some(match code {
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => {
            ApiErrorKind::AccessDenied { action: denied_action(message) }
        }
        "InvalidInputException" | "ValidationException" | "SerializationException" => ApiErrorKind::InvalidInput,
        "EntityNotFoundException" | "NoSuchEntity" | "NoSuchEntityException" | "NoSuchBucket" => ApiErrorKind::NotFound,
        "AlreadyExistsException" | "IdempotentParameterMismatchException" => ApiErrorKind::AlreadyExists,
        "ResourceNumberLimitExceededException" => ApiErrorKind::Quota,
        "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "EC2ThrottledException"
        | "BandwidthLimitExceeded"
        | "SlowDown" => ApiErrorKind::Throttled,
        "ConcurrentModificationException" => ApiErrorKind::ConcurrentModification,
        "IllegalSessionStateException" => ApiErrorKind::IllegalState,
        "SessionBusyException" => ApiErrorKind::Busy,
        "ExpiredTokenException" | "ExpiredToken" | "RequestExpired" | "TokenRefreshRequired" => {
            ApiErrorKind::ExpiredCredentials
        }
        "RequestTimeTooSkewed" | "RequestInTheFuture" => ApiErrorKind::ClockSkew,
        "InvalidSignatureException" | "SignatureDoesNotMatch" if speaks_of_time(message) => ApiErrorKind::ClockSkew,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "InvalidToken"
        | "AuthFailure"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignatureException"
        | "IncompleteSignature" => ApiErrorKind::RejectedCredentials,
        "MissingAuthenticationTokenException" | "MissingAuthenticationToken" => ApiErrorKind::NoCredentials,
        // The service names its own running out of time so: it may have done the work all the same.
        "OperationTimeoutException" | "RequestTimeout" | "RequestTimeoutException" => ApiErrorKind::Timeout,
        "InternalServiceException"
        | "InternalFailure"
        | "InternalError"
        | "Unavailable"
        | "InternalServerError"
        | "InternalServerException"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => ApiErrorKind::Server { status: http_status },
        _ => return None,
    })
}

/// Whether a signature was refused because of when it was made, not because of the key.
pub(crate) fn speaks_of_time(message: &str) -> bool {
    let lower = message.to_ascii_lowercase();
    ["signature expired", "signature not yet current"].iter().any(|words| lower.contains(words))
}

/// Finds the action in `… is not authorized to perform: glue:CreateSession on resource: …`.
fn denied_action(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("to perform:")?;
    let action = rest.split_whitespace().next()?.trim_end_matches(['.', ',', ';']);
    let named = action.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
    named.then(|| action.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_code(code: &str, status: u16, message: &str) -> ApiError {
        ApiError::from_code(Operation::RunStatement, Some(code), Some(status), message, Some("r-1".into()))
    }

    #[test]
    fn every_code_of_the_session_operations_has_a_meaning() {
        for (code, kind, retryable, ambiguous, reauth) in [
            ("InvalidInputException", ApiErrorKind::InvalidInput, false, false, false),
            ("ValidationException", ApiErrorKind::InvalidInput, false, false, false),
            ("EntityNotFoundException", ApiErrorKind::NotFound, false, false, false),
            ("AlreadyExistsException", ApiErrorKind::AlreadyExists, false, false, false),
            ("IdempotentParameterMismatchException", ApiErrorKind::AlreadyExists, false, false, false),
            ("ResourceNumberLimitExceededException", ApiErrorKind::Quota, true, false, false),
            ("ThrottlingException", ApiErrorKind::Throttled, true, false, false),
            ("ConcurrentModificationException", ApiErrorKind::ConcurrentModification, true, false, false),
            ("IllegalSessionStateException", ApiErrorKind::IllegalState, false, false, false),
            ("SessionBusyException", ApiErrorKind::Busy, true, false, false),
            ("ExpiredTokenException", ApiErrorKind::ExpiredCredentials, false, false, true),
            ("UnrecognizedClientException", ApiErrorKind::RejectedCredentials, false, false, true),
            ("OperationTimeoutException", ApiErrorKind::Timeout, true, true, false),
            ("InternalServiceException", ApiErrorKind::Server { status: Some(400) }, true, true, false),
        ] {
            let error = of_code(code, 400, "why");
            assert_eq!(error.kind, kind, "{code}");
            assert_eq!(error.is_retryable(), retryable, "{code}");
            assert_eq!(error.is_ambiguous(), ambiguous, "{code}");
            assert_eq!(error.requires_reauth(), reauth, "{code}");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_told_from_wrong_keys() {
        let early = "Signature not yet current: 20300101T000000Z is still later than 20260101T000500Z (20260101T000000Z + 5 min.)";
        let late =
            "Signature expired: 20200101T000000Z is now earlier than 20260101T000000Z (20260101T000500Z - 5 min.)";
        for (code, message) in [
            ("InvalidSignatureException", early),
            ("SignatureDoesNotMatch", late),
            ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
        ] {
            let error = of_code(code, 403, message);
            assert_eq!(error.kind, ApiErrorKind::ClockSkew, "{code}");
            assert!(!error.requires_reauth() && !error.is_ambiguous() && !error.is_retryable());
        }
        let wrong = "The request signature we calculated does not match the signature you provided.";
        assert_eq!(of_code("SignatureDoesNotMatch", 403, wrong).kind, ApiErrorKind::RejectedCredentials);
    }

    #[test]
    fn codes_may_carry_a_namespace_and_a_suffix() {
        let error = of_code("com.amazonaws.glue#ThrottlingException:http://internal.amazon.com/", 400, "Rate exceeded");
        assert_eq!(error.kind, ApiErrorKind::Throttled);
    }

    #[test]
    fn an_unknown_code_is_judged_by_the_http_status() {
        assert_eq!(of_code("Novel", 503, "").kind, ApiErrorKind::Server { status: Some(503) });
        assert_eq!(of_code("Novel", 429, "").kind, ApiErrorKind::Throttled);
        let refused = of_code("Novel", 400, "");
        assert_eq!(refused.kind, ApiErrorKind::Other { code: Some("Novel".into()) });
        assert!(!refused.is_ambiguous() && !refused.is_retryable());
        let empty = ApiError::from_code(Operation::GetSession, Some(""), None, "", None);
        assert_eq!(empty.kind, ApiErrorKind::Other { code: None });
    }

    #[test]
    fn a_denial_names_the_action_and_the_request() {
        let message = "User: arn:aws:iam::1:user/a is not authorized to perform: glue:RunStatement on resource: x.";
        let error = of_code("AccessDeniedException", 400, message);
        assert_eq!(error.kind, ApiErrorKind::AccessDenied { action: Some("glue:RunStatement".into()) });
        let text = error.to_string();
        assert!(text.starts_with("RunStatement is not allowed: the permission glue:RunStatement is missing: User:"));
        assert!(text.ends_with("use another profile (request r-1)"), "{text}");
        assert_eq!(
            of_code("AccessDeniedException", 400, "to perform: . nothing").kind,
            ApiErrorKind::AccessDenied { action: None }
        );
    }

    #[test]
    fn a_request_that_never_left_is_not_ambiguous() {
        let error = |sent| ApiError::new(Operation::CreateSession, ApiErrorKind::Connection { sent }, "refused");
        assert!(!error(false).is_ambiguous() && error(false).is_retryable());
        assert!(error(true).is_ambiguous());
    }
}
