//! Pages about a session: its Spark dashboard, and its logs in the console.
//!
//! A dashboard's address may let in whoever has it. It is asked for when a user wants it, given to that user, and goes
//! into no log, record, notification or notebook.

use crate::features::links::logs_page;
use crate::session::{ApiError, ApiErrorKind, DashboardUrl, DynGlueApi, SessionId};

/// Where there is more to see of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Pages {
    /// Its dashboard, or why there is none to be shown, for people.
    pub dashboard: Result<DashboardUrl, String>,
    /// Its logs; `None` where they are nowhere, as on this machine.
    pub logs: Option<String>,
}

impl Pages {
    /// Asks the service where they are. `region` is the session's, `None` for one on this machine.
    pub(super) async fn of(api: &dyn DynGlueApi, id: &SessionId, region: Option<&str>) -> Pages {
        let dashboard = api.dashboard_url(id).await.map_err(|error| trouble(&error));
        Pages { dashboard, logs: region.and_then(|region| logs_page(region, id.as_str())) }
    }

    /// Returns lines for the user who has asked: what each is about, and what it says.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        self.worded(|url| url.reveal().to_owned())
    }

    /// Returns the lines for a place that others may read: without an address that is a key.
    pub(super) fn public_lines(&self, id: &SessionId) -> Vec<(&'static str, String)> {
        self.worded(|url| match url.is_bare() {
            true => url.reveal().to_owned(),
            false => format!(
                "there is one; its address lets in whoever has it, so it is not kept here: `glue-ls sessions show {id}` \
                 shows it"
            ),
        })
    }

    fn worded(&self, shown: impl Fn(&DashboardUrl) -> String) -> Vec<(&'static str, String)> {
        let dashboard = self.dashboard.as_ref().map_or_else(|why| format!("not shown: {why}"), shown);
        let mut lines = vec![("Dashboard", dashboard)];
        lines.extend(self.logs.clone().map(|logs| ("Logs", logs)));
        lines
    }
}

/// Says why a dashboard is not shown.
fn trouble(error: &ApiError) -> String {
    let own = |code: &str| code == "OperationNotSupportedException";
    match &error.kind {
        ApiErrorKind::AccessDenied { action } => {
            let operation = error.operation;
            let action = action.clone().unwrap_or_else(|| format!("glue:{operation}"));
            format!("the permission {action} is missing")
        }
        // The service says it better than we could: there is none here.
        ApiErrorKind::Other { code: Some(code) } if own(code) && !error.message.trim().is_empty() => {
            error.message.trim().trim_end_matches('.').to_owned()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Operation;
    use crate::session::scripted::{Fault, Scripted};
    use crate::session::{GlueApi, SessionSpec};

    async fn pages_with(fault: Option<ApiErrorKind>, region: Option<&str>) -> Pages {
        let service = Scripted::new();
        let id = SessionId::new("a/b 1");
        GlueApi::create_session(&service, &SessionSpec::new(id.clone(), "glueetl")).await.unwrap();
        if let Some(kind) = fault {
            service.fault_once(Operation::GetDashboardUrl, Fault::Refuse(kind));
        }
        Pages::of(&service, &id, region).await
    }

    #[tokio::test(start_paused = true)]
    async fn the_address_is_for_the_user_who_asks() {
        let pages = pages_with(None, Some("eu-west-1")).await;
        let [(dashboard, url), (logs, page)] = &*pages.lines() else { panic!() };
        assert_eq!((*dashboard, url.as_str()), ("Dashboard", "https://dashboard.example/a/b+1?token=t0ken"));
        assert_eq!(*logs, "Logs");
        assert!(page.ends_with("logStreamNameFilter$3Da$252Fb$25201"), "{page}");
        let public = pages.public_lines(&SessionId::new("s"));
        for text in [format!("{public:?}"), format!("{pages:?}")] {
            assert!(!text.contains("t0ken"), "{text}");
        }
        assert!(public[0].1.contains("glue-ls sessions show s"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_missing_permission_is_named() {
        for (named, said) in [(None, "glue:GetDashboardUrl"), (Some("glue:Other"), "glue:Other")] {
            let kind = ApiErrorKind::AccessDenied { action: named.map(str::to_owned) };
            let lines = pages_with(Some(kind), None).await.lines();
            assert_eq!(lines, [("Dashboard", format!("not shown: the permission {said} is missing"))]);
        }
        let lines = pages_with(Some(ApiErrorKind::Throttled), None).await.lines();
        assert!(lines[0].1.contains("too many calls"), "{lines:?}");
    }

    #[test]
    fn the_service_says_itself_that_there_is_none() {
        let code = Some("OperationNotSupportedException");
        let error = ApiError::from_code(Operation::GetDashboardUrl, code, Some(400), "There is none here.", None);
        assert_eq!(trouble(&error), "There is none here");
    }
}
