//! The service's session operations, as this layer needs them.

use std::future::Future;

use futures_util::future::BoxFuture;

use super::error::ApiError;
use super::types::{DashboardUrl, SessionId, SessionInfo, SessionSpec, Statement, StatementId};

/// Where the next page of a list begins; what it holds is the service's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageToken(pub String);

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What is on the page.
    pub items: Vec<T>,
    /// Where to go on; `None` on the last page.
    pub next: Option<PageToken>,
}

/// Which sessions ListSessions returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionFilter {
    /// Only sessions that have all these tags.
    pub tags: Vec<(String, String)>,
    /// How many sessions a page may hold, 1 to 1000.
    pub page_size: Option<i32>,
}

/// The session operations of Glue.
///
/// Implementations send CreateSession and RunStatement once: whether they may be sent again is decided
/// above. What can be repeated they may try a few times themselves. They limit the time of every call. They tell a request that certainly did
/// not reach the service from one that may have ([`ApiError::is_ambiguous`]).
pub trait GlueApi: Send + Sync + 'static {
    /// CreateSession. Returns at once, as a rule in the state `PROVISIONING`.
    fn create_session(&self, spec: &SessionSpec) -> impl Future<Output = Result<SessionInfo, ApiError>> + Send;

    /// GetSession.
    fn get_session(&self, id: &SessionId) -> impl Future<Output = Result<SessionInfo, ApiError>> + Send;

    /// StopSession. Can be repeated.
    fn stop_session(&self, id: &SessionId) -> impl Future<Output = Result<(), ApiError>> + Send;

    /// ListSessions, one page.
    fn list_sessions(
        &self,
        filter: &SessionFilter,
        page: Option<&PageToken>,
    ) -> impl Future<Output = Result<Page<SessionInfo>, ApiError>> + Send;

    /// RunStatement: queues code in the session.
    fn run_statement(
        &self,
        session: &SessionId,
        code: &str,
    ) -> impl Future<Output = Result<StatementId, ApiError>> + Send;

    /// GetStatement, with the members that the published model lacks.
    fn get_statement(
        &self,
        session: &SessionId,
        id: StatementId,
    ) -> impl Future<Output = Result<Statement, ApiError>> + Send;

    /// ListStatements, one page, with the members that the published model lacks.
    fn list_statements(
        &self,
        session: &SessionId,
        page: Option<&PageToken>,
    ) -> impl Future<Output = Result<Page<Statement>, ApiError>> + Send;

    /// CancelStatement. Can be repeated.
    fn cancel_statement(
        &self,
        session: &SessionId,
        id: StatementId,
    ) -> impl Future<Output = Result<(), ApiError>> + Send;

    /// GetTags of the session.
    fn get_tags(&self, session: &SessionId) -> impl Future<Output = Result<Vec<(String, String)>, ApiError>> + Send;

    /// TagResource: adds tags to the session or changes their values.
    fn tag_resource(
        &self,
        session: &SessionId,
        tags: &[(String, String)],
    ) -> impl Future<Output = Result<(), ApiError>> + Send;

    /// GetDashboardUrl of the session: asked for when a user wants it, never in passing.
    fn dashboard_url(&self, session: &SessionId) -> impl Future<Output = Result<DashboardUrl, ApiError>> + Send;
}

/// [`GlueApi`] behind a pointer (`Arc<dyn DynGlueApi>`). Implement the other one; this follows from it.
pub trait DynGlueApi: Send + Sync + 'static {
    /// See [`GlueApi::create_session`].
    fn create_session<'a>(&'a self, spec: &'a SessionSpec) -> BoxFuture<'a, Result<SessionInfo, ApiError>>;

    /// See [`GlueApi::get_session`].
    fn get_session<'a>(&'a self, id: &'a SessionId) -> BoxFuture<'a, Result<SessionInfo, ApiError>>;

    /// See [`GlueApi::stop_session`].
    fn stop_session<'a>(&'a self, id: &'a SessionId) -> BoxFuture<'a, Result<(), ApiError>>;

    /// See [`GlueApi::list_sessions`].
    fn list_sessions<'a>(
        &'a self,
        filter: &'a SessionFilter,
        page: Option<&'a PageToken>,
    ) -> BoxFuture<'a, Result<Page<SessionInfo>, ApiError>>;

    /// See [`GlueApi::run_statement`].
    fn run_statement<'a>(
        &'a self,
        session: &'a SessionId,
        code: &'a str,
    ) -> BoxFuture<'a, Result<StatementId, ApiError>>;

    /// See [`GlueApi::get_statement`].
    fn get_statement<'a>(
        &'a self,
        session: &'a SessionId,
        id: StatementId,
    ) -> BoxFuture<'a, Result<Statement, ApiError>>;

    /// See [`GlueApi::list_statements`].
    fn list_statements<'a>(
        &'a self,
        session: &'a SessionId,
        page: Option<&'a PageToken>,
    ) -> BoxFuture<'a, Result<Page<Statement>, ApiError>>;

    /// See [`GlueApi::cancel_statement`].
    fn cancel_statement<'a>(&'a self, session: &'a SessionId, id: StatementId) -> BoxFuture<'a, Result<(), ApiError>>;

    /// See [`GlueApi::get_tags`].
    fn get_tags<'a>(&'a self, session: &'a SessionId) -> BoxFuture<'a, Result<Vec<(String, String)>, ApiError>>;

    /// See [`GlueApi::tag_resource`].
    fn tag_resource<'a>(
        &'a self,
        session: &'a SessionId,
        tags: &'a [(String, String)],
    ) -> BoxFuture<'a, Result<(), ApiError>>;

    /// See [`GlueApi::dashboard_url`].
    fn dashboard_url<'a>(&'a self, session: &'a SessionId) -> BoxFuture<'a, Result<DashboardUrl, ApiError>>;
}

impl<T: GlueApi> DynGlueApi for T {
    fn create_session<'a>(&'a self, spec: &'a SessionSpec) -> BoxFuture<'a, Result<SessionInfo, ApiError>> {
        Box::pin(GlueApi::create_session(self, spec))
    }

    fn get_session<'a>(&'a self, id: &'a SessionId) -> BoxFuture<'a, Result<SessionInfo, ApiError>> {
        Box::pin(GlueApi::get_session(self, id))
    }

    fn stop_session<'a>(&'a self, id: &'a SessionId) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(GlueApi::stop_session(self, id))
    }

    fn list_sessions<'a>(
        &'a self,
        filter: &'a SessionFilter,
        page: Option<&'a PageToken>,
    ) -> BoxFuture<'a, Result<Page<SessionInfo>, ApiError>> {
        Box::pin(GlueApi::list_sessions(self, filter, page))
    }

    fn run_statement<'a>(
        &'a self,
        session: &'a SessionId,
        code: &'a str,
    ) -> BoxFuture<'a, Result<StatementId, ApiError>> {
        Box::pin(GlueApi::run_statement(self, session, code))
    }

    fn get_statement<'a>(
        &'a self,
        session: &'a SessionId,
        id: StatementId,
    ) -> BoxFuture<'a, Result<Statement, ApiError>> {
        Box::pin(GlueApi::get_statement(self, session, id))
    }

    fn list_statements<'a>(
        &'a self,
        session: &'a SessionId,
        page: Option<&'a PageToken>,
    ) -> BoxFuture<'a, Result<Page<Statement>, ApiError>> {
        Box::pin(GlueApi::list_statements(self, session, page))
    }

    fn cancel_statement<'a>(&'a self, session: &'a SessionId, id: StatementId) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(GlueApi::cancel_statement(self, session, id))
    }

    fn get_tags<'a>(&'a self, session: &'a SessionId) -> BoxFuture<'a, Result<Vec<(String, String)>, ApiError>> {
        Box::pin(GlueApi::get_tags(self, session))
    }

    fn tag_resource<'a>(
        &'a self,
        session: &'a SessionId,
        tags: &'a [(String, String)],
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(GlueApi::tag_resource(self, session, tags))
    }

    fn dashboard_url<'a>(&'a self, session: &'a SessionId) -> BoxFuture<'a, Result<DashboardUrl, ApiError>> {
        Box::pin(GlueApi::dashboard_url(self, session))
    }
}
