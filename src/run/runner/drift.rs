//! In what a session is not as the document has it now.

use std::sync::Arc;

use crate::model::create::CreateSession;
use crate::model::state::KernelState;
use crate::run::event::EngineName;
use crate::run::words::size;
use crate::session::{Phase, SessionInfo};

use super::actor::Actor;

/// What is known of a session, as far as it can be compared.
struct Has<'a> {
    number: Option<String>,
    worker_type: Option<&'a str>,
    capacity: Option<f64>,
    version: Option<&'a str>,
    rest: Rest<'a>,
}

/// What is known of a session besides its size.
enum Rest<'a> {
    /// All: it was created here, with this request.
    Request(&'a CreateSession),
    /// What the service tells of one that was found, its tags where they were asked for, and the arguments that every
    /// request of this kernel has.
    Found { info: &'a SessionInfo, tags: Option<&'a [(String, String)]>, usual: &'a [(String, String)] },
}

impl<'a> Has<'a> {
    fn of_request(request: &'a CreateSession) -> Has<'a> {
        Has {
            number: request.number_of_workers.clone(),
            worker_type: request.worker_type.as_deref(),
            capacity: request.max_capacity,
            version: request.glue_version.as_deref(),
            rest: Rest::Request(request),
        }
    }

    fn of_info(info: &'a SessionInfo, tags: Option<&'a [(String, String)]>, usual: &'a [(String, String)]) -> Has<'a> {
        let number = info.number_of_workers.map(|number| number.to_string());
        Has {
            // The service may tell the capacity of what was asked for in workers.
            capacity: info.max_capacity.filter(|_| number.is_none()),
            number,
            worker_type: info.worker_type.as_deref(),
            version: info.glue_version.as_deref(),
            rest: Rest::Found { info, tags, usual },
        }
    }

    /// Returns in what it is not as a request has it, for people; `None` where it is.
    fn differs_from(&self, says: &CreateSession) -> Option<String> {
        let (mut has, mut wanted) = (Vec::new(), Vec::new());
        // Of a session that was found, what it does not say is not known, and what the document does not say is not wished.
        let created = matches!(self.rest, Rest::Request(_));
        let number = says.number_of_workers.as_deref();
        let same_type = self.worker_type == says.worker_type.as_deref() || (!created && says.worker_type.is_none());
        let same_number = self.number.as_deref() == number || (!created && number.is_none());
        let same_capacity = self.capacity == says.max_capacity || (!created && says.max_capacity.is_none());
        let sized = created || self.number.is_some() || self.capacity.is_some();
        if sized && !(same_number && same_type && same_capacity) {
            has.push(size(self.number.as_deref(), self.worker_type, self.capacity));
            wanted.push(match number {
                Some(number) if same_type && self.number.is_some() && same_capacity => Some(number.to_owned()),
                _ => size(number, says.worker_type.as_deref(), says.max_capacity),
            });
        }
        let versions = (self.version, says.glue_version.as_deref());
        if versions.0 != versions.1 && (created || (versions.0.is_some() && versions.1.is_some())) {
            has.push(self.version.map(|version| format!("Glue {version}")));
            wanted.push(says.glue_version.as_ref().map(|version| format!("Glue {version}")));
        }
        let (intro, others) = match &self.rest {
            Rest::Request(request) => {
                ("the notebook has changed since the session was started", changed(request, says))
            }
            Rest::Found { info, tags, usual } => {
                ("the session is not as the notebook says", not_as(info, *tags, usual, says))
            }
        };
        let list = |parts: Vec<Option<String>>| {
            let parts: Vec<String> =
                parts.into_iter().map(|part| part.unwrap_or_else(|| "the default".to_owned())).collect();
            parts.join(" and ")
        };
        let others = others.join(", ");
        match (has.is_empty(), others.is_empty()) {
            (true, true) => None,
            (true, false) => Some(format!("{intro}: {others}")),
            (false, true) => Some(format!("the session has {}, the notebook says {}", list(has), list(wanted))),
            (false, false) => {
                Some(format!("the session has {}, the notebook says {}; besides: {others}", list(has), list(wanted)))
            }
        }
    }
}

/// Returns in what else a request is another than the one with which a session was created.
fn changed(request: &CreateSession, says: &CreateSession) -> Vec<&'static str> {
    let compared = [
        ("the role", request.role != says.role),
        ("the session type", request.command != says.command),
        ("the connections", request.connections != says.connections),
        ("the job arguments", request.default_arguments != says.default_arguments),
        ("the security configuration", request.security_configuration != says.security_configuration),
        ("the idle timeout", request.idle_timeout != says.idle_timeout),
        ("the timeout", request.timeout != says.timeout),
        ("the tags", request.tags != says.tags),
    ];
    compared.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// Returns in what else a session that was found is not as a request asks for. Only what the document itself says and the
/// service tells is compared: what somebody else has given the session besides does no harm.
fn not_as(
    info: &SessionInfo,
    tags: Option<&[(String, String)]>,
    usual: &[(String, String)],
    says: &CreateSession,
) -> Vec<&'static str> {
    let both = |told: Option<&str>, wanted: Option<&str>| matches!((told, wanted), (Some(a), Some(b)) if a != b);
    // Every session has a role: an answer without one is a short one, of which nothing follows for what it leaves out.
    let whole = info.role.is_some();
    let lacks = |told: &[(String, String)], wanted: &(String, String)| !told.contains(wanted);
    let own_arguments = || says.default_arguments.iter().filter(|argument| !usual.contains(argument));
    let role = match (info.role.as_deref(), says.role.as_deref()) {
        (Some(told), Some(wanted)) => !is_same_role(told, wanted),
        _ => false,
    };
    let idle_timeout = info.idle_timeout.map(|minutes| minutes.to_string());
    let compared = [
        ("the role", role),
        ("the session type", both(info.command_name.as_deref(), Some(&says.command))),
        ("the connections", whole && says.connections.iter().any(|name| !info.connections.contains(name))),
        (
            "the job arguments",
            !info.default_arguments.is_empty() && own_arguments().any(|own| lacks(&info.default_arguments, own)),
        ),
        (
            "the security configuration",
            whole
                && says.security_configuration.is_some()
                && info.security_configuration != says.security_configuration,
        ),
        ("the idle timeout", both(idle_timeout.as_deref(), says.idle_timeout.as_deref())),
        ("the tags", tags.is_some_and(|tags| says.tags.iter().any(|tag| lacks(tags, tag)))),
    ];
    compared.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// Whether two names of roles may mean the same one: the service takes ARNs and plain names.
fn is_same_role(one: &str, other: &str) -> bool {
    let is_arn = |role: &str| role.starts_with("arn:");
    let name = |role: &str| role.rsplit('/').next().unwrap_or(role).to_owned();
    one == other || (!(is_arn(one) && is_arn(other)) && name(one) == name(other))
}

impl Actor {
    /// Returns in what the session is not as the document has it now, for people. On this machine all sessions are alike.
    pub(super) fn drift(&self) -> Option<String> {
        let live = self.session.as_ref().filter(|_| self.options.engine.name() == EngineName::Aws)?;
        let view = live.handle.view();
        if matches!(view.phase, Phase::Ended(_)) {
            return None;
        }
        let usual = || {
            let mut fresh = KernelState::new(Arc::clone(&self.options.environment), self.options.kernel);
            fresh.create().map(|request| request.default_arguments).unwrap_or_default()
        };
        let usual = if live.request.is_none() { usual() } else { Vec::new() };
        let has = match (&live.request, &view.info) {
            (Some(request), _) => Has::of_request(request),
            (None, Some(info)) => Has::of_info(info, live.known.tags.as_deref(), &usual),
            (None, None) => return None,
        };
        // A document may ask for several, one after the other. The last one stands for what it says now.
        let mut found = None;
        for says in &self.says {
            found = Some(has.differs_from(says)?);
        }
        found
    }

    /// Lets the user see in what the session is not as the document has it, once for each change.
    pub(super) fn notice_drift(&self) {
        let Some(live) = &self.session else { return };
        let now = self.drift();
        live.known.drift.send_if_modified(|known| {
            let new = *known != now;
            *known = now;
            new
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{SessionId, SessionStatus};

    fn request(number: &str, version: &str) -> CreateSession {
        CreateSession {
            command: "glueetl".into(),
            number_of_workers: Some(number.into()),
            worker_type: Some("G.1X".into()),
            glue_version: Some(version.into()),
            ..CreateSession::default()
        }
    }

    #[test]
    fn what_differs_is_named() {
        let session = request("5", "5.0");
        let differs = |says: &CreateSession| Has::of_request(&session).differs_from(says);
        assert_eq!(differs(&session), None);
        assert_eq!(differs(&request("10", "5.0")).unwrap(), "the session has 5 × G.1X, the notebook says 10");
        let larger = CreateSession { worker_type: Some("G.2X".into()), ..request("5", "4.0") };
        assert_eq!(
            differs(&larger).unwrap(),
            "the session has 5 × G.1X and Glue 5.0, the notebook says 5 × G.2X and Glue 4.0"
        );
        let tagged = CreateSession { tags: vec![("a".into(), "b".into())], ..request("6", "5.0") };
        assert_eq!(differs(&tagged).unwrap(), "the session has 5 × G.1X, the notebook says 6; besides: the tags");
        let linked = CreateSession { connections: vec!["db".into()], ..request("5", "5.0") };
        assert_eq!(
            differs(&linked).unwrap(),
            "the notebook has changed since the session was started: the connections"
        );
        let plain = CreateSession { number_of_workers: None, worker_type: None, ..request("5", "5.0") };
        assert_eq!(differs(&plain).unwrap(), "the session has 5 × G.1X, the notebook says the default");
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn of_a_session_that_was_found_only_what_it_says_is_compared() {
        let mut info = SessionInfo::new(SessionId::new("s"), SessionStatus::Ready);
        assert_eq!(Has::of_info(&info, None, &[]).differs_from(&request("5", "5.0")), None);
        info.glue_version = Some("4.0".into());
        info.max_capacity = Some(5.0);
        info.number_of_workers = Some(5);
        info.worker_type = Some("G.1X".into());
        let tagged = CreateSession {
            tags: pairs(&[("a", "b")]),
            connections: vec!["db".into()],
            security_configuration: Some("safe".into()),
            default_arguments: pairs(&[("--x", "1")]),
            role: Some("arn:aws:iam::1:role/a".into()),
            idle_timeout: Some("30".into()),
            ..request("5", "4.0")
        };
        assert_eq!(Has::of_info(&info, None, &[]).differs_from(&tagged), None);
        let differs = Has::of_info(&info, None, &[]).differs_from(&request("5", "5.0")).unwrap();
        assert!(differs.contains("has Glue 4.0, "), "{differs}");
        // The service tells of sizes that nobody has asked for.
        let plain = CreateSession { number_of_workers: None, worker_type: None, ..request("5", "4.0") };
        assert_eq!(Has::of_info(&info, None, &[]).differs_from(&plain), None);
        let number = CreateSession { number_of_workers: Some("10".into()), glue_version: None, ..plain };
        let differs = Has::of_info(&info, None, &[]).differs_from(&number).unwrap();
        assert_eq!(differs, "the session has 5 × G.1X, the notebook says 10");
    }

    #[test]
    fn all_that_is_told_of_a_session_that_was_found_is_compared_with_what_the_document_says() {
        let mut info = SessionInfo::new(SessionId::new("s"), SessionStatus::Ready);
        info.role = Some("arn:aws:iam::1:role/team/etl".into());
        info.command_name = Some("glueetl".into());
        info.connections = vec!["net".into(), "db".into()];
        info.default_arguments = pairs(&[("--conf", "a=b"), ("--theirs", "1")]);
        info.idle_timeout = Some(60);
        let usual = pairs(&[("--always", "true")]);
        let told = pairs(&[("team", "data"), ("owner", "them")]);
        let differs = |says: &CreateSession| Has::of_info(&info, Some(&told), &usual).differs_from(says);
        let same = CreateSession {
            role: info.role.clone(),
            connections: vec!["db".into()],
            default_arguments: pairs(&[("--always", "true"), ("--conf", "a=b")]),
            idle_timeout: Some("60".into()),
            tags: pairs(&[("team", "data")]),
            command: "glueetl".into(),
            ..CreateSession::default()
        };
        assert_eq!(differs(&same), None);
        assert_eq!(differs(&CreateSession { command: "glueetl".into(), ..CreateSession::default() }), None);
        assert_eq!(differs(&CreateSession { role: Some("etl".into()), ..same.clone() }), None);
        let role = |role: &str| CreateSession { role: Some(role.into()), ..same.clone() };
        let others = [
            (role("arn:aws:iam::2:role/team/etl"), "the role"),
            (role("other"), "the role"),
            (CreateSession { command: "gluestreaming".into(), ..same.clone() }, "the session type"),
            (CreateSession { connections: vec!["other".into()], ..same.clone() }, "the connections"),
            (CreateSession { default_arguments: pairs(&[("--conf", "c=d")]), ..same.clone() }, "the job arguments"),
            (CreateSession { default_arguments: pairs(&[("--ours", "1")]), ..same.clone() }, "the job arguments"),
            (
                CreateSession { security_configuration: Some("safe".into()), ..same.clone() },
                "the security configuration",
            ),
            (CreateSession { idle_timeout: Some("30".into()), ..same.clone() }, "the idle timeout"),
            (CreateSession { tags: pairs(&[("team", "other")]), ..same.clone() }, "the tags"),
        ];
        for (says, what) in others {
            assert_eq!(differs(&says).unwrap(), format!("the session is not as the notebook says: {what}"));
        }
    }
}
