//! What can go wrong with a call, read from the SDK's errors.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::connector::NoTrust;
use super::watch::Watch;
use crate::session::{ApiError, ApiErrorKind, Operation, speaks_of_time};

/// The longest text of a service or a transport that is passed on, in characters.
const LONGEST_MESSAGE: usize = 2_000;

/// A call to one of the services that failed, by meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct CallFailure {
    /// The service's name for the call (`GetCallerIdentity`).
    pub call: &'static str,
    /// The meaning.
    pub kind: ApiErrorKind,
    /// The service's text, or the transport's, with what to do about it where that is known.
    pub message: String,
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// How long the service asked to wait before the next call.
    pub retry_after: Option<Duration>,
    more: Box<More>,
}

/// The rarer parts of a failure, aside so that results stay small.
#[derive(Debug, Clone, PartialEq, Default)]
struct More {
    remedy: Option<String>,
    region: Option<String>,
}

impl CallFailure {
    /// Returns a failure of which no more is known.
    pub fn new(call: &'static str, kind: ApiErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { call, kind, message, request_id: None, retry_after: None, more: Box::default() }
    }

    /// Returns how to sign in, where that would help and is known; `message` ends with it too.
    pub fn remedy(&self) -> Option<&str> {
        self.more.remedy.as_deref()
    }

    /// Returns the region that was asked, where one was.
    pub fn region(&self) -> Option<&str> {
        self.more.region.as_deref()
    }

    /// Returns it as the failure of a call to `region`.
    #[must_use]
    pub(super) fn within(mut self, region: Option<&str>) -> Self {
        self.more.region = region.map(str::to_owned);
        self
    }

    /// An answer that says that the work was done, but cannot be used.
    pub(super) fn bad(call: &'static str, message: impl Into<String>) -> Self {
        Self::new(call, ApiErrorKind::BadAnswer, message)
    }

    /// Makes it presentable: without what the service says of the request itself, cut, and with the way to sign in
    /// where that would help.
    pub(super) fn finished(mut self, sign_in: &SignIn) -> Self {
        self.message = shortened(without_request(self.message));
        if needs_sign_in(&self.kind) {
            self.add_remedy(sign_in);
        }
        self
    }

    fn add_remedy(&mut self, sign_in: &SignIn) {
        let Some(remedy) = sign_in.remedy() else { return };
        while self.message.ends_with(['.', ' ']) {
            self.message.pop();
        }
        if !self.message.is_empty() {
            self.message.push_str("; ");
        }
        self.message.push_str(&remedy);
        self.more.remedy = Some(remedy);
    }

    /// Returns it as the failure of `operation`, which is the call that failed.
    pub fn of(self, operation: Operation) -> ApiError {
        ApiError {
            operation,
            kind: self.kind,
            message: self.message,
            request_id: self.request_id,
            retry_after: self.retry_after,
        }
    }

    /// Returns it as the failure of `operation`, which needed this call first and so was never sent.
    pub fn before(self, operation: Operation) -> ApiError {
        let message = self.to_string();
        let kind = unsent(self.kind);
        ApiError { operation, kind, message, request_id: self.request_id, retry_after: self.retry_after }
    }
}

impl fmt::Display for CallFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.kind, self.message.is_empty()) {
            (ApiErrorKind::Server { status: Some(status) }, true) => write!(f, "{}: HTTP {status}", self.call),
            (_, true) => write!(f, "{} failed", self.call),
            (_, false) => write!(f, "{}: {}", self.call, self.message),
        }
    }
}

impl Error for CallFailure {}

/// The meaning for a call that was never sent, because another one, made before it, failed with `kind`:
/// whatever became of that one, nothing is ambiguous about this.
fn unsent(kind: ApiErrorKind) -> ApiErrorKind {
    match kind {
        ApiErrorKind::Timeout
        | ApiErrorKind::Connection { .. }
        | ApiErrorKind::Server { .. }
        | ApiErrorKind::BadAnswer => ApiErrorKind::Connection { sent: false },
        other => other,
    }
}

/// How the user gets fresh credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SignIn {
    /// IAM Identity Center.
    Sso { profile: String },
    /// The console's login.
    Login { profile: String },
    /// A program, whose arguments are left out.
    Process { profile: String, program: String },
    /// `AWS_ACCESS_KEY_ID` and the like.
    Environment,
    /// Keys that the document named.
    NewKeys,
    /// Nothing is known.
    Unknown,
}

impl SignIn {
    /// What to do, as the end of a sentence.
    fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::Sso { profile } => format!("run `aws sso login --profile {profile}`"),
            Self::Login { profile } => format!("run `aws login --profile {profile}`"),
            Self::Process { profile, program } => {
                format!("see why {program}, the credential_process of profile {profile}, gives none")
            }
            Self::Environment => "renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN".to_owned(),
            Self::NewKeys => "run the cell with %%assume_role again, with fresh credentials".to_owned(),
            Self::Unknown => return None,
        })
    }
}

/// Returns what `error` means for `call`.
pub(super) fn failure<E>(
    call: &'static str,
    error: &SdkError<E, HttpResponse>,
    watch: &Watch,
    sign_in: &SignIn,
) -> CallFailure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if !watch.sent()
        && let Some(credentials) = find::<CredentialsError>(error)
    {
        return of_credentials(call, credentials, sign_in);
    }
    let mut failure = match error {
        SdkError::ServiceError(refused) if refused.raw().status().is_success() => bad_answer(call, error, watch),
        SdkError::ServiceError(refused) => {
            let (metadata, status) = (refused.err().meta(), refused.raw().status().as_u16());
            let message = match metadata.message() {
                Some(message) => message.to_owned(),
                // Services explain themselves; pages of proxies and portals have no code.
                None if metadata.code().is_none() => format!("HTTP {status}, not in the service's own words"),
                None => String::new(),
            };
            // The table of codes does not depend on the operation.
            let meaning = ApiError::from_code(Operation::GetSession, metadata.code(), Some(status), message, None);
            CallFailure::new(call, meaning.kind, meaning.message)
        }
        SdkError::ResponseError(answer) => match answer.raw().status().as_u16() {
            200..300 => bad_answer(call, error, watch),
            status => {
                let message = format!("HTTP {status}, and the rest cannot be read");
                let meaning = ApiError::from_code(Operation::GetSession, None, Some(status), message, None);
                CallFailure::new(call, meaning.kind, meaning.message)
            }
        },
        SdkError::TimeoutError(_) if watch.sent() => CallFailure::new(call, ApiErrorKind::Timeout, ""),
        SdkError::DispatchFailure(broken) => {
            let sent = watch.sent() && !at_connecting(error);
            let kind =
                if sent && broken.is_timeout() { ApiErrorKind::Timeout } else { ApiErrorKind::Connection { sent } };
            CallFailure::new(call, kind, causes_text(error))
        }
        SdkError::ConstructionFailure(_) => CallFailure::new(call, ApiErrorKind::InvalidInput, causes_text(error)),
        _ => CallFailure::new(call, ApiErrorKind::Connection { sent: watch.sent() }, causes_text(error)),
    };
    failure = failure.finished(sign_in);
    if let Some(answer) = error.raw_response() {
        failure.request_id = request_id_of(answer);
        failure.retry_after = retry_after(answer);
    }
    failure
}

/// Whether the user has to sign in or to renew keys.
pub(super) fn needs_sign_in(kind: &ApiErrorKind) -> bool {
    matches!(kind, ApiErrorKind::ExpiredCredentials | ApiErrorKind::RejectedCredentials | ApiErrorKind::NoCredentials)
}

/// An answer that says that the work was done, but cannot be read or understood.
fn bad_answer<E>(call: &'static str, error: &SdkError<E, HttpResponse>, watch: &Watch) -> CallFailure
where
    E: Error + 'static,
{
    if find::<http_body_util::LengthLimitError>(error).is_some() {
        return CallFailure::new(call, ApiErrorKind::BadAnswer, "it is longer than any that is accepted");
    }
    if !watch.answered() {
        return CallFailure::new(call, ApiErrorKind::Connection { sent: true }, causes_text(error));
    }
    // The parser's complaint about a web page helps nobody.
    let message = if watch.object().is_some() { causes_text(error) } else { "it is not JSON".to_owned() };
    CallFailure::new(call, ApiErrorKind::BadAnswer, message)
}

/// Credentials could not be had, so nothing was sent.
pub(super) fn of_credentials(call: &'static str, error: &CredentialsError, sign_in: &SignIn) -> CallFailure {
    if let Some(first) = find::<CallFailure>(error) {
        let message = first.to_string();
        return CallFailure { call, message, kind: unsent(first.kind.clone()), ..first.clone() };
    }
    let text = causes_text(error);
    let lower = text.to_ascii_lowercase();
    let kind = match error {
        _ if speaks_of_time(&text) => ApiErrorKind::ClockSkew,
        CredentialsError::ProviderTimedOut(_) => ApiErrorKind::Connection { sent: false },
        // What SSO and STS say of a sign-in that is over.
        _ if ["expired", "unauthorizedexception", "session token not found or invalid"]
            .iter()
            .any(|word| lower.contains(word)) =>
        {
            ApiErrorKind::ExpiredCredentials
        }
        _ => ApiErrorKind::NoCredentials,
    };
    let message = match error {
        // The rest lists every place that was looked at, which helps nobody who has just not signed in.
        CredentialsError::CredentialsNotLoaded(_) if lower.starts_with("no credentials found in chain") => {
            "none in the environment, the AWS config files, the container or the instance".to_owned()
        }
        _ => text,
    };
    CallFailure::new(call, kind, message).finished(sign_in)
}

/// Whether the connection could not even be made.
pub(super) fn at_connecting(error: &(dyn Error + 'static)) -> bool {
    find::<NoTrust>(error).is_some()
        || find::<hyper_util::client::legacy::Error>(error).is_some_and(hyper_util::client::legacy::Error::is_connect)
}

/// `error` and what caused it, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn Error + 'static)| (*cause).source()).take(32)
}

pub(super) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The texts of an error and its causes, each said once.
pub(super) fn chain_text(error: &(dyn Error + 'static)) -> String {
    text_of(causes(error))
}

/// As [`chain_text`] without the outermost text, which only says that there is a cause.
fn causes_text(error: &(dyn Error + 'static)) -> String {
    match error.source() {
        Some(cause) => chain_text(cause),
        None => chain_text(error),
    }
}

fn text_of<'a>(causes: impl Iterator<Item = &'a (dyn Error + 'static)>) -> String {
    let mut text = String::new();
    for cause in causes {
        let one = cause.to_string();
        if one.is_empty() || text.contains(&one) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&one);
    }
    text
}

/// Leaves out the request that services repeat when its signature is wrong: the session token is part of it.
fn without_request(mut text: String) -> String {
    let lower = text.to_ascii_lowercase();
    let starts = ["the canonical string", "the string-to-sign", "canonicalrequest", "x-amz-security-token"];
    if let Some(start) = starts.iter().filter_map(|words| lower.find(words)).min() {
        text.truncate(start);
        text.truncate(text.trim_end().len());
    }
    text
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_MESSAGE) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The service's id of the request.
pub(super) fn request_id_of(answer: &HttpResponse) -> Option<String> {
    answer.request_id().map(str::to_owned)
}

/// How long the service asks to wait.
pub(super) fn retry_after(answer: &HttpResponse) -> Option<Duration> {
    let number = |name| answer.headers().get(name)?.trim().parse::<u32>().ok().map(u64::from);
    number("x-amz-retry-after").map(Duration::from_millis).or_else(|| number("retry-after").map(Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sso() -> SignIn {
        SignIn::Sso { profile: "dev".into() }
    }

    #[test]
    fn credentials_that_cannot_be_had_come_with_the_way_to_get_them() {
        let expired = CredentialsError::provider_error("the SSO token has expired and cannot be refreshed.");
        let failure = of_credentials("RunStatement", &expired, &sso());
        assert_eq!(failure.kind, ApiErrorKind::ExpiredCredentials);
        let text = failure.of(Operation::RunStatement).to_string();
        assert!(text.contains("cannot be refreshed; run `aws sso login --profile dev`"), "{text}");

        let chain = "no credentials found in chain. Attempted:\n  Environment: not set\n  Profile: not enabled";
        let none = of_credentials("RunStatement", &CredentialsError::not_loaded(chain), &SignIn::Unknown);
        assert_eq!(none.kind, ApiErrorKind::NoCredentials);
        assert!(none.message.starts_with("none in the environment") && !none.message.contains('\n'), "{none}");

        let slow = CredentialsError::provider_timed_out(Duration::from_secs(30));
        let slow = of_credentials("RunStatement", &slow, &sso());
        assert_eq!(slow.kind, ApiErrorKind::Connection { sent: false });
        assert!(!slow.message.contains("sso login"), "{}", slow.message);
    }

    #[test]
    fn a_request_that_is_repeated_to_us_is_left_out() {
        let message = "The request signature we calculated does not match the signature you provided. Check your AWS \
                       Secret Access Key and signing method.\n\nThe Canonical String for this request should have \
                       been\n'POST\n/\n\nx-amz-security-token:the-token\n'";
        let failure = CallFailure::new("GetTables", ApiErrorKind::RejectedCredentials, message).finished(&sso());
        assert!(!failure.message.contains("the-token"), "{}", failure.message);
        assert!(failure.message.ends_with("signing method; run `aws sso login --profile dev`"), "{}", failure.message);
        assert_eq!(failure.remedy(), Some("run `aws sso login --profile dev`"));
    }

    #[test]
    fn a_role_of_a_profile_that_fails_for_the_clock_is_no_expired_sign_in() {
        let error = CredentialsError::provider_error("SignatureDoesNotMatch: Signature expired: 20260101T000000Z");
        let failure = of_credentials("GetTables", &error, &sso());
        assert_eq!((&failure.kind, failure.remedy()), (&ApiErrorKind::ClockSkew, None));
    }

    #[test]
    fn a_program_is_named_without_its_arguments() {
        let sign_in = SignIn::Process { profile: "p".into(), program: "/opt/get".into() };
        let failure = of_credentials("GetSession", &CredentialsError::provider_error("exit code 1"), &sign_in);
        assert!(failure.message.contains("/opt/get, the credential_process of profile p"), "{}", failure.message);
    }

    #[test]
    fn a_call_that_failed_first_leaves_no_doubt_about_the_one_that_was_not_sent() {
        for kind in [ApiErrorKind::Timeout, ApiErrorKind::Server { status: Some(500) }, ApiErrorKind::BadAnswer] {
            let error = CallFailure::new("GetCallerIdentity", kind, "").before(Operation::CreateSession);
            assert_eq!(error.kind, ApiErrorKind::Connection { sent: false });
            assert!(error.message.starts_with("GetCallerIdentity"), "{}", error.message);
        }
    }
}
