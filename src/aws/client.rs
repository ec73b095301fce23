//! Clients of the services, one for each identity, made when they are first used.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::time::Instant;

use super::connector::{Route, SharedHttpClient, bounded, https};
use super::direct::Direct;
use super::errors::{CallFailure, SignIn, failure, needs_sign_in};
use super::identity::{AssumedRole, Caller, caller, own_role};
use super::keys::{Access, Identity, Keys};
use super::surroundings::{Obstacle, Sources, Surroundings, is_region};
use super::watch::Watch;
use crate::session::{ApiError, ApiErrorKind, Operation};

/// The defaults of the SDK that the calls are made with. Newer ones are to be looked at before they are
/// taken.
fn defaults() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// How often a call that may be repeated is sent at most.
pub(super) const MOST_ATTEMPTS: u32 = 3;

/// How long before they expire credentials are renewed, at most; at least it is half of it. The SDK varies it.
const RENEWED_BEFORE: Duration = Duration::from_secs(5 * 60);

/// How long it is believed that the same credentials belong to the same caller: as long as the SDK keeps
/// credentials that do not say when they expire.
const CALLER_KEPT: Duration = Duration::from_secs(15 * 60);

/// How many clients are kept that nobody uses.
const MOST_UNUSED: usize = 16;

/// How clients are made.
#[derive(Debug, Clone, Default)]
pub struct AwsConfig {
    /// Takes the requests in place of the network; see [`in_process`](super::in_process).
    pub http_client: Option<SharedHttpClient>,
    /// What may be taken from the computer.
    pub surroundings: Surroundings,
    /// The user's own keys where nothing may be taken from the computer.
    pub own_keys: Option<Keys>,
    /// How long calls may take and how long answers may be.
    pub limits: Limits,
}

/// How long calls may take and how long answers may be.
#[derive(Debug, Clone)]
pub struct Limits {
    /// To make a connection.
    pub connect: Duration,
    /// From the request to the first byte of the answer.
    pub read: Duration,
    /// One attempt, with everything it needs.
    pub attempt: Duration,
    /// The whole call, with its repetitions.
    pub call: Duration,
    /// To get credentials, with whatever programs and services that takes.
    pub credentials: Duration,
    /// The longest answer, in bytes.
    pub answer: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(30),
            attempt: Duration::from_secs(60),
            call: Duration::from_secs(90),
            credentials: Duration::from_secs(30),
            answer: 64 * 1024 * 1024,
        }
    }
}

/// All clients of the program.
#[derive(Debug, Default)]
pub struct Aws {
    config: AwsConfig,
    clients: Mutex<HashMap<Identity, Arc<AwsClient>>>,
}

impl Aws {
    /// Returns a maker of clients. It does nothing yet.
    pub fn new(config: AwsConfig) -> Self {
        Self { config, clients: Mutex::default() }
    }

    /// Returns the client of an identity. It does nothing yet.
    pub fn client(&self, identity: &Identity) -> Arc<AwsClient> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(identity) {
            return Arc::clone(client);
        }
        if clients.len() >= MOST_UNUSED {
            clients.retain(|_, client| Arc::strong_count(client) > 1);
        }
        let client = Arc::new(AwsClient::new(self.config.clone(), identity.clone()));
        clients.insert(identity.clone(), Arc::clone(&client));
        client
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Forgets the clients, so that those asked for from now on read environment and files again.
    pub fn forget(&self) {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The client of one identity. Environment, files and network are first touched by its first call.
#[derive(Debug)]
pub struct AwsClient {
    config: AwsConfig,
    identity: Identity,
    sources: Sources,
    services: tokio::sync::Mutex<Option<Arc<Services>>>,
    forgotten: AtomicBool,
}

impl AwsClient {
    fn new(config: AwsConfig, identity: Identity) -> Self {
        let services = tokio::sync::Mutex::default();
        Self { config, identity, sources: Sources::default(), services, forgotten: AtomicBool::new(false) }
    }

    /// With config files of a test's own.
    #[cfg(test)]
    pub(super) fn with_sources(config: AwsConfig, identity: Identity, sources: Sources) -> Self {
        Self { sources, ..Self::new(config, identity) }
    }

    /// Returns the identity it was made for.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Forgets credentials, region and caller, so that the next call reads environment and files again. Calls that are
    /// under way go on with what they have.
    pub fn forget(&self) {
        self.forgotten.store(true, Ordering::Release);
    }

    /// Tells who the caller is, by GetCallerIdentity unless that was asked a short while ago.
    ///
    /// # Errors
    /// When there is no region, there are no credentials, or STS cannot be reached or refuses.
    pub async fn caller(&self) -> Result<Caller, CallFailure> {
        self.services("GetCallerIdentity").await?.caller().await
    }

    /// Tells the region that calls go to, without making one.
    ///
    /// # Errors
    /// When no region is chosen, or the config files cannot be read.
    pub async fn region(&self) -> Result<String, CallFailure> {
        Ok(self.services("region").await?.region.clone())
    }

    /// The clients of the services for `operation`.
    pub(super) async fn services_for(&self, operation: Operation) -> Result<Arc<Services>, ApiError> {
        self.services(operation.as_str()).await.map_err(|failure| failure.of(operation))
    }

    /// The clients of the services for `call`, loaded again if they were forgotten or have become stale.
    pub(super) async fn services(&self, call: &'static str) -> Result<Arc<Services>, CallFailure> {
        let mut services = self.services.lock().await;
        if self.forgotten.swap(false, Ordering::AcqRel) {
            *services = None;
        }
        if let Some(services) = services.as_ref().filter(|services| !services.is_stale()) {
            return Ok(Arc::clone(services));
        }
        let loaded = self
            .load()
            .await
            .map_err(|(kind, message)| CallFailure::new(call, kind, message).within(self.identity.region.as_deref()))?;
        let loaded = Arc::new(loaded);
        *services = Some(Arc::clone(&loaded));
        Ok(loaded)
    }

    async fn load(&self) -> Result<Services, Obstacle> {
        let isolated = matches!(self.config.surroundings, Surroundings::Isolated);
        let (region, sign_in, route) = if isolated {
            let route = Route { proxy: aws_smithy_http_client::proxy::ProxyConfig::disabled(), authorities: None };
            (self.identity.region.clone(), SignIn::NewKeys, route)
        } else {
            let profiles = self.sources.profiles(self.identity.profile.as_deref()).await?;
            let region = self.sources.region(&self.identity, &profiles);
            (region, self.sources.sign_in(&self.identity, &profiles), self.sources.route()?)
        };
        let Some(region) = region else { return Err((ApiErrorKind::NoRegion, String::new())) };
        if !is_region(&region) {
            return Err((ApiErrorKind::InvalidInput, format!("\"{}\" is no region", region.escape_debug())));
        }
        let http = self.config.http_client.clone().unwrap_or_else(|| https(route));
        let http = bounded(http, self.config.limits.answer);
        let own = if isolated { self.isolated(&region, http)? } else { self.own(&region, http).await };
        let config = match &self.identity.access {
            Access::Own | Access::Keys(_) => own,
            Access::Role { arn } => {
                let sts = aws_sdk_sts::Client::new(&own);
                let role = AssumedRole { sts, arn: arn.clone(), sign_in: sign_in.clone() };
                let cache = self.credentials_cache();
                own.into_builder()
                    .credentials_provider(SharedCredentialsProvider::new(role))
                    .identity_cache(cache.build())
                    .build()
            }
        };
        Ok(self.services_of(&config, region, sign_in))
    }

    fn services_of(&self, config: &SdkConfig, region: String, sign_in: SignIn) -> Services {
        let mut glue = aws_sdk_glue::config::Builder::from(config);
        if let Some(endpoint) = &self.identity.endpoint {
            glue.set_endpoint_url(Some(endpoint.clone()));
        }
        Services {
            glue: aws_sdk_glue::Client::from_conf(glue.build()),
            sts: aws_sdk_sts::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            direct: Direct::new(config, &self.config.limits),
            region,
            sign_in,
            caller: tokio::sync::Mutex::default(),
            stale: AtomicBool::new(false),
        }
    }

    /// With nothing but what the identity says.
    fn isolated(&self, region: &str, http: SharedHttpClient) -> Result<SdkConfig, Obstacle> {
        let keys = match &self.identity.access {
            Access::Keys(keys) => Some(keys),
            Access::Own | Access::Role { .. } => self.config.own_keys.as_ref(),
        };
        let Some(keys) = keys else {
            return Err((ApiErrorKind::NoCredentials, "keys are needed where nothing else may be used".to_owned()));
        };
        let mut config = SdkConfig::builder();
        config.set_app_name(app_name());
        Ok(config
            .behavior_version(defaults())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(keys.to_sdk("identity")))
            .identity_cache(self.credentials_cache().build())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SystemTimeSource::new())
            .http_client(http)
            .timeout_config(self.time_limits())
            .retry_config(retries())
            .build())
    }

    /// With what environment and files say of credentials, endpoints and the like.
    async fn own(&self, region: &str, http: SharedHttpClient) -> SdkConfig {
        let region = Region::new(region.to_owned());
        let mut loader = aws_config::defaults(defaults())
            .profile_files(self.sources.files.clone())
            .region(region.clone())
            .http_client(http.clone())
            .identity_cache(self.credentials_cache().build())
            .timeout_config(self.time_limits())
            .retry_config(retries());
        if let Some(name) = app_name() {
            loader = loader.app_name(name);
        }
        if let Some(profile) = &self.identity.profile {
            // A profile that was chosen comes before keys in the environment.
            let settings = ProviderConfig::without_region()
                .with_region(Some(region))
                .with_behavior_version(Some(defaults()))
                .with_timeout_config(self.time_limits())
                .with_http_client(http);
            let provider = ProfileFileCredentialsProvider::builder()
                .configure(&settings)
                .profile_files(self.sources.files.clone())
                .profile_name(profile)
                .build();
            loader = loader.profile_name(profile).credentials_provider(provider);
        }
        if let Access::Keys(keys) = &self.identity.access {
            loader = loader.credentials_provider(keys.to_sdk("identity"));
        }
        loader.load().await
    }

    fn time_limits(&self) -> TimeoutConfig {
        let limits = &self.config.limits;
        TimeoutConfig::builder()
            .connect_timeout(limits.connect)
            .read_timeout(limits.read)
            .operation_attempt_timeout(limits.attempt)
            .operation_timeout(limits.call)
            .build()
    }

    fn credentials_cache(&self) -> aws_config::identity::LazyCacheBuilder {
        IdentityCache::lazy().load_timeout(self.config.limits.credentials).buffer_time(RENEWED_BEFORE)
    }
}

/// What the services see in the user agent.
fn app_name() -> Option<AppName> {
    AppName::new("glue-ls").ok()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(MOST_ATTEMPTS)
}

/// The clients of the services, loaded.
#[derive(Debug)]
pub(super) struct Services {
    pub(super) glue: aws_sdk_glue::Client,
    sts: aws_sdk_sts::Client,
    pub(super) iam: aws_sdk_iam::Client,
    /// For EC2 and S3; there is one.
    pub(super) direct: Option<Direct>,
    pub(super) region: String,
    pub(super) sign_in: SignIn,
    caller: tokio::sync::Mutex<Option<(Instant, Caller)>>,
    stale: AtomicBool,
}

impl Services {
    pub(super) async fn caller(&self) -> Result<Caller, CallFailure> {
        let mut known = self.caller.lock().await;
        if let Some((since, caller)) = known.as_ref()
            && since.elapsed() < CALLER_KEPT
        {
            return Ok(caller.clone());
        }
        let caller = caller(&self.sts, &self.sign_in).await.map_err(|failure| self.failed(failure))?;
        *known = Some((Instant::now(), caller.clone()));
        Ok(caller)
    }

    pub(super) async fn own_role(&self, caller: &Caller) -> Result<String, CallFailure> {
        own_role(&self.iam, caller, &self.sign_in).await.map_err(|failure| self.failed(failure))
    }

    /// The answer to a call that `watch` looked on at.
    pub(super) fn settled<T, E>(
        &self,
        call: &'static str,
        watch: &Watch,
        result: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<T, CallFailure>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match result {
            // The SDK takes it for an answer with nothing in it, which for a list would mean that nothing exists.
            Ok(_) if watch.is_blank() => Err(self.failed(CallFailure::bad(call, "it is empty"))),
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.failed(failure(call, &error, watch, &self.sign_in))),
        }
    }

    /// Takes note of a failure, which then tells the region.
    pub(super) fn failed(&self, failure: CallFailure) -> CallFailure {
        self.note(&failure.kind);
        failure.within(Some(&self.region))
    }

    /// Takes note of a failure. After one that asks the user to sign in, the next call reads environment and
    /// files again: the SDK itself reads a file once, and would never see the fresh keys in it.
    pub(super) fn note(&self, kind: &ApiErrorKind) {
        if needs_sign_in(kind) {
            self.stale.store(true, Ordering::Release);
        }
    }

    fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Acquire)
    }
}
