//! Calls of EC2 and S3, signed by hand: their SDKs would cost more than all the rest.
//!
//! They go the way of the other calls: the same connections and time limits, the same credentials from the same cache,
//! the same endpoints of environment and profile, as many repetitions. All of them only read, so each may be repeated.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorSettings, SharedHttpClient};
use aws_smithy_runtime_api::client::identity::{
    Identity, ResolveCachedIdentity, SharedIdentityCache, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;
use http_body_util::BodyExt;
use tokio::time::Instant;

use super::client::{Limits, MOST_ATTEMPTS};
use super::errors::{CallFailure, SignIn, at_connecting, chain_text, find, of_credentials, request_id_of, retry_after};
use crate::session::{ApiError, ApiErrorKind, Operation};

mod components;
mod endpoint;
mod xml;

pub(super) use endpoint::{Endpoints, Service};
pub(super) use xml::{Tree, child, children};

/// The longest answer that is read, in bytes: a full page of names of the greatest length is half as long.
const LONGEST_ANSWER: usize = 16 * 1024 * 1024;

/// The wait before the first repetition; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest wait that a service may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// A call.
#[derive(Debug, Clone)]
pub(super) struct Call<'a> {
    /// The service's name for it.
    pub(super) name: &'static str,
    /// The service.
    pub(super) service: Service,
    /// The region that it is signed for.
    pub(super) region: &'a str,
    /// The method.
    pub(super) method: &'static str,
    /// The whole address.
    pub(super) address: String,
    /// What is sent: a form, or nothing.
    pub(super) body: String,
}

/// A good answer, or one of S3 that tells another region.
pub(super) enum Answer {
    /// The text of the answer.
    Good(String),
    /// The bucket is in this region.
    Elsewhere(String),
}

/// Makes the calls.
pub(super) struct Direct {
    http: SharedHttpClient,
    components: RuntimeComponents,
    cache: SharedIdentityCache,
    resolver: SharedIdentityResolver,
    limits: Limits,
    endpoints: Endpoints,
    /// By how many seconds the services' clock is ahead of this one.
    skew: AtomicI64,
    /// The regions of buckets that are not in the usual one.
    buckets: Mutex<std::collections::HashMap<String, String>>,
}

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Direct").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}

/// What became of one attempt.
struct Attempt {
    status: u16,
    /// The region that S3 names.
    bucket_region: Option<String>,
    /// The service's clock.
    date: Option<DateTime>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    text: String,
}

impl Direct {
    /// Takes what is needed from the configuration of the other services. `None` if something is missing there, which
    /// it never is.
    pub(super) fn new(config: &SdkConfig, limits: &Limits) -> Option<Direct> {
        let (http, cache) = (config.http_client()?, config.identity_cache()?);
        let resolver = SharedIdentityResolver::new(config.credentials_provider()?);
        let components = components::of(cache.clone(), resolver.clone())?;
        let endpoints = Endpoints::of(config);
        let limits = Limits { answer: limits.answer.min(LONGEST_ANSWER), ..limits.clone() };
        Some(Direct {
            http,
            components,
            cache,
            resolver,
            limits,
            endpoints,
            skew: AtomicI64::new(0),
            buckets: Mutex::default(),
        })
    }

    /// The addresses of the services.
    pub(super) fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The region of a bucket, if it is known to be another one than the usual.
    pub(super) fn region_of(&self, bucket: &str) -> Option<String> {
        self.known_buckets().get(bucket).cloned()
    }

    /// Remembers the region of a bucket.
    pub(super) fn is_in(&self, bucket: &str, region: &str) {
        const MOST: usize = 256;
        let mut known = self.known_buckets();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(bucket.to_owned(), region.to_owned());
    }

    fn known_buckets(&self) -> std::sync::MutexGuard<'_, std::collections::HashMap<String, String>> {
        self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Makes a call, and repeats it a few times where that may help.
    pub(super) async fn call(&self, call: &Call<'_>, sign_in: &SignIn) -> Result<Answer, CallFailure> {
        let deadline = Instant::now() + self.limits.call;
        let mut wait = FIRST_WAIT;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let left = deadline.saturating_duration_since(Instant::now());
            let limit = left.min(self.limits.attempt);
            let (outcome, date) = match tokio::time::timeout(limit, self.attempt(call, sign_in)).await {
                Ok(Ok(attempt)) => {
                    let date = attempt.date;
                    (judged(call, attempt, sign_in), date)
                }
                Ok(Err(failure)) => (Err(failure), None),
                Err(_) => (Err(CallFailure::new(call.name, ApiErrorKind::Timeout, "")), None),
            };
            let failure = match outcome {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let corrected = failure.kind == ApiErrorKind::ClockSkew && self.correct_clock(date);
            let pause = match failure.retry_after {
                _ if corrected => Duration::ZERO,
                Some(asked) => asked.clamp(wait, LONGEST_WAIT),
                None => spread(wait),
            };
            let may_help = corrected || is_passing(&failure.kind);
            if !may_help || attempts >= MOST_ATTEMPTS || Instant::now() + pause >= deadline {
                return Err(failure);
            }
            tokio::time::sleep(pause).await;
            wait *= 2;
        }
    }

    /// Takes the service's clock for the right one, as the SDK does. Returns whether that changes anything.
    fn correct_clock(&self, date: Option<DateTime>) -> bool {
        let Some(there) = date.and_then(|date| SystemTime::try_from(date).ok()) else { return false };
        let here = SystemTime::now();
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        let ahead = match there.duration_since(here) {
            Ok(ahead) => seconds(ahead),
            Err(behind) => -seconds(behind.duration()),
        };
        let before = self.skew.swap(ahead, Ordering::AcqRel);
        // Less than services tolerate is no explanation.
        before.abs_diff(ahead) >= 60
    }

    fn now(&self) -> SystemTime {
        let skew = self.skew.load(Ordering::Acquire);
        let by = Duration::from_secs(skew.unsigned_abs());
        let now = SystemTime::now();
        let corrected = if skew >= 0 { now.checked_add(by) } else { now.checked_sub(by) };
        corrected.unwrap_or(now)
    }

    async fn attempt(&self, call: &Call<'_>, sign_in: &SignIn) -> Result<Attempt, CallFailure> {
        let identity = self.identity(call.name, sign_in).await?;
        let request = self
            .signed(call, &identity)
            .map_err(|message| CallFailure::new(call.name, ApiErrorKind::InvalidInput, message))?;
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(self.limits.connect)
            .read_timeout(self.limits.read)
            .build();
        let connector = self.http.http_connector(&settings, &self.components);
        let mut answer = connector.call(request).await.map_err(|error| {
            let sent = !at_connecting(&error);
            let kind =
                if error.is_timeout() && sent { ApiErrorKind::Timeout } else { ApiErrorKind::Connection { sent } };
            CallFailure::new(call.name, kind, chain_text(&error)).finished(sign_in)
        })?;
        let text = self.text(call.name, &mut answer).await?;
        let header = |name| answer.headers().get(name).map(str::to_owned);
        Ok(Attempt {
            status: answer.status().as_u16(),
            bucket_region: header("x-amz-bucket-region"),
            date: header("date").and_then(|date| DateTime::from_str(&date, Format::HttpDate).ok()),
            request_id: request_id_of(&answer),
            retry_after: retry_after(&answer),
            text,
        })
    }

    async fn identity(&self, call: &'static str, sign_in: &SignIn) -> Result<Identity, CallFailure> {
        let bag = ConfigBag::base();
        let identity = self.cache.resolve_cached_identity(self.resolver.clone(), &self.components, &bag);
        identity.await.map_err(|error| {
            let error: &(dyn std::error::Error + 'static) = &*error;
            match find::<CredentialsError>(error) {
                Some(credentials) => of_credentials(call, credentials, sign_in),
                None => CallFailure::new(call, ApiErrorKind::Connection { sent: false }, chain_text(error)),
            }
        })
    }

    fn signed(&self, call: &Call<'_>, identity: &Identity) -> Result<HttpRequest, String> {
        let mut settings = SigningSettings::default();
        if call.service == Service::S3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let mut request = http::Request::builder()
            .method(call.method)
            .uri(&call.address)
            .header(http::header::USER_AGENT, concat!("glue-ls/", env!("CARGO_PKG_VERSION")));
        if !call.body.is_empty() {
            request = request.header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8");
        }
        let mut request = request.body(SdkBody::from(call.body.as_str())).map_err(|error| error.to_string())?;
        let headers: Vec<(String, String)> = request
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        let parameters = v4::SigningParams::builder()
            .identity(identity)
            .region(call.region)
            .name(call.service.signing_name())
            .time(self.now())
            .settings(settings)
            .build()
            .map_err(|error| error.to_string())?
            .into();
        let signable = SignableRequest::new(
            call.method,
            call.address.as_str(),
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())),
            SignableBody::Bytes(call.body.as_bytes()),
        )
        .map_err(|error| chain_text(&error))?;
        let (instructions, _) = sign(signable, &parameters).map_err(|error| chain_text(&error))?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request.try_into().map_err(|error| chain_text(&error))
    }

    async fn text(&self, call: &'static str, answer: &mut HttpResponse) -> Result<String, CallFailure> {
        let too_long = || CallFailure::bad(call, "it is longer than any that is accepted");
        let mut body = answer.take_body();
        let mut bytes: Vec<u8> = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| {
                let error: &(dyn std::error::Error + 'static) = &*error;
                match find::<http_body_util::LengthLimitError>(error) {
                    Some(_) => too_long(),
                    None => CallFailure::new(call, ApiErrorKind::Connection { sent: true }, chain_text(error)),
                }
            })?;
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len().saturating_add(data.len()) > self.limits.answer {
                return Err(too_long());
            }
            bytes.extend_from_slice(&data);
        }
        String::from_utf8(bytes).map_err(|_| CallFailure::bad(call, "it is no text"))
    }
}

/// What an answer means.
fn judged(call: &Call<'_>, attempt: Attempt, sign_in: &SignIn) -> Result<Answer, CallFailure> {
    if (200..300).contains(&attempt.status) {
        return Ok(Answer::Good(attempt.text));
    }
    let refusal = xml::refusal(&attempt.text);
    let told = attempt.bucket_region.or_else(|| refusal.as_ref()?.region.clone());
    if call.service == Service::S3
        && matches!(attempt.status, 301 | 307 | 400)
        && let Some(region) = told.filter(|region| region != call.region && super::surroundings::is_region(region))
    {
        return Ok(Answer::Elsewhere(region));
    }
    let status = attempt.status;
    let (code, message) = match refusal {
        Some(refusal) => (Some(refusal.code), refusal.message),
        None => (None, format!("HTTP {status}, not in the service's own words")),
    };
    // The table of codes does not depend on the operation.
    let meaning = ApiError::from_code(Operation::GetSession, code.as_deref(), Some(status), message, None);
    let mut failure = CallFailure::new(call.name, meaning.kind, meaning.message).finished(sign_in);
    failure.request_id = attempt.request_id;
    failure.retry_after = attempt.retry_after;
    Err(failure)
}

/// Whether a failure may pass by itself in a moment.
fn is_passing(kind: &ApiErrorKind) -> bool {
    matches!(
        kind,
        ApiErrorKind::Throttled | ApiErrorKind::Timeout | ApiErrorKind::Connection { .. } | ApiErrorKind::Server { .. }
    )
}

/// Between a half and the whole of `wait`, so that those who failed together do not come back together.
fn spread(wait: Duration) -> Duration {
    let random = u32::from(uuid::Uuid::new_v4().as_bytes()[0]);
    wait / 2 + wait / 2 * random / 255
}
