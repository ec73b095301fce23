//! The session operations, on the SDK.

use std::time::SystemTime;

use aws_sdk_glue::config::retry::RetryConfig;
use aws_sdk_glue::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_glue::operation::create_session::builders::CreateSessionFluentBuilder;
use aws_sdk_glue::types::{ConnectionsList, GlueResourceType, SessionCommand, WorkerType};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;
use serde_json::Value;

use super::client::{AwsClient, Services};
use super::errors::{CallFailure, failure};
use super::watch::Watch;
use crate::session::{
    ApiError, ApiErrorKind, DashboardUrl, GlueApi, Operation, Page, PageToken, SessionFilter, SessionId, SessionInfo,
    SessionSpec, SessionStatus, Statement, StatementId,
};

/// The tag that policies compare with the caller.
const OWNER: &str = "owner";

/// An answer: as the SDK understands it, if it does, and as it came.
struct Answer<T> {
    typed: Option<T>,
    json: Value,
    /// Whether nothing came at all.
    blank: bool,
}

impl<T> Answer<T> {
    /// Returns the answer of a list: where nothing came at all it is none, and does not mean that the list is empty.
    fn of_list(self, operation: Operation) -> Result<Self, ApiError> {
        if self.blank { Err(ApiError::new(operation, ApiErrorKind::BadAnswer, "it is empty")) } else { Ok(self) }
    }
}

/// Sends a request and looks on. `once` is for the requests that must not be repeated: they are sent without
/// retries.
macro_rules! send {
    (once $services:expr, $operation:expr, $request:expr) => {{
        let no_retries = aws_sdk_glue::config::Builder::new().retry_config(RetryConfig::disabled());
        let watch = Watch::default();
        let request = $request.customize().interceptor(watch.clone()).config_override(no_retries);
        answer(&$services, $operation, &watch, Box::pin(request.send()).await)
    }};
    ($services:expr, $operation:expr, $request:expr) => {{
        let watch = Watch::default();
        let request = $request.customize().interceptor(watch.clone());
        answer(&$services, $operation, &watch, Box::pin(request.send()).await)
    }};
}

fn answer<T, E>(
    services: &Services,
    operation: Operation,
    watch: &Watch,
    result: Result<T, SdkError<E, HttpResponse>>,
) -> Result<Answer<T>, ApiError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match result {
        Ok(typed) => match watch.object() {
            Some(json) => Ok(Answer { typed: Some(typed), json, blank: watch.is_blank() }),
            // Answers without members are not looked at by the SDK: a portal's page would pass for one.
            None => Err(ApiError::new(operation, ApiErrorKind::BadAnswer, "it is not JSON")),
        },
        Err(error) => {
            let succeeded = error.raw_response().is_some_and(|answer| answer.status().is_success());
            match watch.object().filter(|_| succeeded) {
                // A member has another type than the SDK expects. Others may be all right.
                Some(json) => Ok(Answer { typed: None, json, blank: watch.is_blank() }),
                None => {
                    let failure = failure(operation.as_str(), &error, watch, &services.sign_in);
                    services.note(&failure.kind);
                    Err(failure.of(operation))
                }
            }
        }
    }
}

impl GlueApi for AwsClient {
    async fn create_session(&self, spec: &SessionSpec) -> Result<SessionInfo, ApiError> {
        let operation = Operation::CreateSession;
        let services = self.services_for(operation).await?;
        let before = |failure: CallFailure| failure.before(operation);
        let caller = services.caller().await.map_err(before)?;
        let role = match &spec.role {
            Some(role) => role.clone(),
            None => services.own_role(&caller).await.map_err(before)?,
        };
        let request = create_request(services.glue.create_session(), spec, role, caller.owner());
        let answer = send!(once services, operation, request)?;
        session_of(answer.typed.and_then(|answer| answer.session), operation, &spec.id)
    }

    async fn get_session(&self, id: &SessionId) -> Result<SessionInfo, ApiError> {
        let operation = Operation::GetSession;
        let services = self.services_for(operation).await?;
        let answer = send!(services, operation, services.glue.get_session().id(id.as_str()))?;
        session_of(answer.typed.and_then(|answer| answer.session), operation, id)
    }

    async fn stop_session(&self, id: &SessionId) -> Result<(), ApiError> {
        let operation = Operation::StopSession;
        let services = self.services_for(operation).await?;
        send!(services, operation, services.glue.stop_session().id(id.as_str())).map(drop)
    }

    async fn list_sessions(
        &self,
        filter: &SessionFilter,
        page: Option<&PageToken>,
    ) -> Result<Page<SessionInfo>, ApiError> {
        let operation = Operation::ListSessions;
        let services = self.services_for(operation).await?;
        let request = services
            .glue
            .list_sessions()
            .set_tags((!filter.tags.is_empty()).then(|| filter.tags.iter().cloned().collect()))
            .set_max_results(filter.page_size)
            .set_next_token(page.map(|page| page.0.clone()));
        let answer = send!(services, operation, request)?.of_list(operation)?;
        let next = next_page(&answer.json);
        let Some(typed) = answer.typed else {
            return Err(ApiError::new(operation, ApiErrorKind::BadAnswer, "its members are not as they should be"));
        };
        let mut items: Vec<SessionInfo> = typed.sessions.unwrap_or_default().into_iter().filter_map(listed).collect();
        // The service names the sessions a second time: one that is not described is still one.
        for id in typed.ids.unwrap_or_default() {
            if !id.is_empty() && !items.iter().any(|item| item.id.as_str() == id) {
                items.push(SessionInfo::new(SessionId::new(id), SessionStatus::Unknown(String::new())));
            }
        }
        Ok(Page { items, next })
    }

    async fn run_statement(&self, session: &SessionId, code: &str) -> Result<StatementId, ApiError> {
        let operation = Operation::RunStatement;
        let services = self.services_for(operation).await?;
        let request = services.glue.run_statement().session_id(session.as_str()).code(code);
        let answer = send!(once services, operation, request)?;
        // The SDK makes 0, which is the number of the first statement, of an answer without a number.
        answer
            .json
            .get("Id")
            .and_then(Value::as_i64)
            .map(StatementId)
            .ok_or_else(|| ApiError::new(operation, ApiErrorKind::BadAnswer, "it does not tell the statement's number"))
    }

    async fn get_statement(&self, session: &SessionId, id: StatementId) -> Result<Statement, ApiError> {
        let operation = Operation::GetStatement;
        let number = number(operation, id)?;
        let services = self.services_for(operation).await?;
        let request = services.glue.get_statement().session_id(session.as_str()).id(number);
        let answer = send!(services, operation, request)?;
        answer
            .json
            .get("Statement")
            .and_then(Statement::from_json)
            .ok_or_else(|| ApiError::new(operation, ApiErrorKind::BadAnswer, "it does not describe the statement"))
    }

    async fn list_statements(
        &self,
        session: &SessionId,
        page: Option<&PageToken>,
    ) -> Result<Page<Statement>, ApiError> {
        let operation = Operation::ListStatements;
        let services = self.services_for(operation).await?;
        let request = services
            .glue
            .list_statements()
            .session_id(session.as_str())
            .set_next_token(page.map(|page| page.0.clone()));
        let answer = send!(services, operation, request)?.of_list(operation)?;
        let statements = answer.json.get("Statements").and_then(Value::as_array);
        let items = statements.into_iter().flatten().filter_map(Statement::from_json).collect();
        Ok(Page { items, next: next_page(&answer.json) })
    }

    async fn cancel_statement(&self, session: &SessionId, id: StatementId) -> Result<(), ApiError> {
        let operation = Operation::CancelStatement;
        let number = number(operation, id)?;
        let services = self.services_for(operation).await?;
        let request = services.glue.cancel_statement().session_id(session.as_str()).id(number);
        send!(services, operation, request).map(drop)
    }

    async fn get_tags(&self, session: &SessionId) -> Result<Vec<(String, String)>, ApiError> {
        let operation = Operation::GetTags;
        let services = self.services_for(operation).await?;
        let arn = session_arn(&services, operation, session).await?;
        let answer = send!(services, operation, services.glue.get_tags().resource_arn(arn))?.of_list(operation)?;
        let tags = answer.typed.and_then(|answer| answer.tags).unwrap_or_default();
        let mut tags: Vec<(String, String)> = tags.into_iter().collect();
        tags.sort();
        Ok(tags)
    }

    async fn tag_resource(&self, session: &SessionId, tags: &[(String, String)]) -> Result<(), ApiError> {
        let operation = Operation::TagResource;
        let services = self.services_for(operation).await?;
        let arn = session_arn(&services, operation, session).await?;
        let request =
            services.glue.tag_resource().resource_arn(arn).set_tags_to_add(Some(tags.iter().cloned().collect()));
        send!(services, operation, request).map(drop)
    }

    async fn dashboard_url(&self, session: &SessionId) -> Result<DashboardUrl, ApiError> {
        let operation = Operation::GetDashboardUrl;
        let services = self.services_for(operation).await?;
        let request = services.glue.get_dashboard_url().resource_id(session.as_str());
        // Somebody waits, and can do without it.
        let answer = send!(once services, operation, request.resource_type(GlueResourceType::Session))?;
        let url = answer.typed.and_then(|answer| DashboardUrl::new(answer.url));
        url.ok_or_else(|| ApiError::new(operation, ApiErrorKind::BadAnswer, "it does not hold the address of a page"))
    }
}

/// The members of CreateSession. What is `None` or empty is left out.
fn create_request(
    request: CreateSessionFluentBuilder,
    spec: &SessionSpec,
    role: String,
    owner: String,
) -> CreateSessionFluentBuilder {
    let command =
        SessionCommand::builder().name(&spec.command_name).set_python_version(spec.python_version.clone()).build();
    let arguments = (!spec.default_arguments.is_empty()).then(|| spec.default_arguments.iter().cloned().collect());
    let connections = (!spec.connections.is_empty())
        .then(|| ConnectionsList::builder().set_connections(Some(spec.connections.clone())).build());
    let mut tags: std::collections::HashMap<String, String> = spec.tags.iter().cloned().collect();
    tags.insert(OWNER.to_owned(), owner);
    request
        .id(spec.id.as_str())
        .set_description(spec.description.clone())
        .role(role)
        .command(command)
        .set_default_arguments(arguments)
        .set_tags(Some(tags))
        .set_max_capacity(spec.max_capacity)
        .set_number_of_workers(spec.number_of_workers)
        .set_worker_type(spec.worker_type.as_deref().map(WorkerType::from))
        .set_security_configuration(spec.security_configuration.clone())
        .set_idle_timeout(spec.idle_timeout)
        .set_timeout(spec.timeout)
        .set_connections(connections)
        .set_glue_version(spec.glue_version.clone())
        .set_request_origin(spec.request_origin.clone())
}

/// The session of an answer about the session `id`.
fn session_of(
    session: Option<aws_sdk_glue::types::Session>,
    operation: Operation,
    id: &SessionId,
) -> Result<SessionInfo, ApiError> {
    let bad = |message: &str| ApiError::new(operation, ApiErrorKind::BadAnswer, message);
    let session = session.ok_or_else(|| bad("it does not describe the session"))?;
    let status = session.status.as_ref().map(|status| SessionStatus::from_word(status.as_str()));
    let status = status.ok_or_else(|| bad("it does not tell the session's state"))?;
    let told = session.id.clone().filter(|told| !told.is_empty()).map_or_else(|| id.clone(), SessionId::new);
    Ok(described(told, status, session))
}

/// A session of a list; `None` where there is no id to know it by.
fn listed(session: aws_sdk_glue::types::Session) -> Option<SessionInfo> {
    let id = SessionId::new(session.id.clone().filter(|id| !id.is_empty())?);
    let status = session.status.as_ref().map_or("", |status| status.as_str());
    let status = SessionStatus::from_word(status);
    Some(described(id, status, session))
}

fn described(id: SessionId, status: SessionStatus, session: aws_sdk_glue::types::Session) -> SessionInfo {
    let time = |time: Option<DateTime>| time.and_then(|time| SystemTime::try_from(time).ok());
    SessionInfo {
        error_message: session.error_message.filter(|message| !message.is_empty()),
        // The SDK makes 0 of an answer without it.
        progress: (session.progress > 0.0).then_some(session.progress),
        created_on: time(session.created_on),
        completed_on: time(session.completed_on),
        dpu_seconds: session.dpu_seconds,
        execution_time: session.execution_time,
        role: session.role,
        command_name: session.command.and_then(|command| command.name),
        session_type: session.session_type.map(|kind| kind.as_str().to_owned()),
        glue_version: session.glue_version,
        worker_type: session.worker_type.map(|worker| worker.as_str().to_owned()),
        number_of_workers: session.number_of_workers,
        max_capacity: session.max_capacity,
        idle_timeout: session.idle_timeout,
        connections: session.connections.and_then(|connections| connections.connections).unwrap_or_default(),
        default_arguments: session.default_arguments.unwrap_or_default().into_iter().collect(),
        security_configuration: session.security_configuration.filter(|name| !name.is_empty()),
        ..SessionInfo::new(id, status)
    }
}

/// Where the list goes on; an empty token is none.
fn next_page(answer: &Value) -> Option<PageToken> {
    let token = answer.get("NextToken")?.as_str()?;
    (!token.is_empty()).then(|| PageToken(token.to_owned()))
}

/// A statement's number, as wide as the service has it.
fn number(operation: Operation, id: StatementId) -> Result<i32, ApiError> {
    i32::try_from(id.0)
        .map_err(|_| ApiError::new(operation, ApiErrorKind::InvalidInput, format!("there is no statement {id}")))
}

/// The ARN of a session of the caller's account.
async fn session_arn(services: &Services, operation: Operation, id: &SessionId) -> Result<String, ApiError> {
    let caller = services.caller().await.map_err(|failure| failure.before(operation))?;
    Ok(format!("arn:{}:glue:{}:{}:session/{id}", caller.partition(), services.region, caller.account))
}
