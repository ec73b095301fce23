//! In what a session is not as the document has it now.

use crate::model::create::CreateSession;
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
    /// The whole request, where it was made here.
    request: Option<&'a CreateSession>,
}

impl<'a> Has<'a> {
    fn of_request(request: &'a CreateSession) -> Has<'a> {
        Has {
            number: request.number_of_workers.clone(),
            worker_type: request.worker_type.as_deref(),
            capacity: request.max_capacity,
            version: request.glue_version.as_deref(),
            request: Some(request),
        }
    }

    fn of_info(info: &'a SessionInfo) -> Has<'a> {
        let number = info.number_of_workers.map(|number| number.to_string());
        Has {
            // The service may tell the capacity of what was asked for in workers.
            capacity: info.max_capacity.filter(|_| number.is_none()),
            number,
            worker_type: info.worker_type.as_deref(),
            version: info.glue_version.as_deref(),
            request: None,
        }
    }

    /// Returns in what it is not as a request has it, for people; `None` where it is.
    fn differs_from(&self, says: &CreateSession) -> Option<String> {
        let (mut has, mut wanted, mut others) = (Vec::new(), Vec::new(), Vec::new());
        // Of a session that was found, what it does not say is not known.
        let known = |own: bool| own || self.request.is_some();
        let same_type = self.worker_type == says.worker_type.as_deref();
        let number = says.number_of_workers.as_deref();
        let sized = known(self.number.is_some() || self.capacity.is_some());
        if sized && (self.number.as_deref() != number || !same_type || self.capacity != says.max_capacity) {
            has.push(size(self.number.as_deref(), self.worker_type, self.capacity));
            wanted.push(match number {
                Some(number) if same_type && self.number.is_some() && self.capacity == says.max_capacity => {
                    Some(number.to_owned())
                }
                _ => size(number, says.worker_type.as_deref(), says.max_capacity),
            });
        }
        if known(self.version.is_some()) && self.version != says.glue_version.as_deref() {
            has.push(self.version.map(|version| format!("Glue {version}")));
            wanted.push(says.glue_version.as_ref().map(|version| format!("Glue {version}")));
        }
        if let Some(request) = self.request {
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
            others.extend(compared.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name));
        }
        let list = |parts: Vec<Option<String>>| {
            let parts: Vec<String> =
                parts.into_iter().map(|part| part.unwrap_or_else(|| "the default".to_owned())).collect();
            parts.join(" and ")
        };
        let others = others.join(", ");
        match (has.is_empty(), others.is_empty()) {
            (true, true) => None,
            (true, false) => Some(format!("the notebook has changed since the session was started: {others}")),
            (false, true) => Some(format!("the session has {}, the notebook says {}", list(has), list(wanted))),
            (false, false) => {
                Some(format!("the session has {}, the notebook says {}; besides: {others}", list(has), list(wanted)))
            }
        }
    }
}

impl Actor {
    /// Returns in what the session is not as the document has it now, for people. On this machine all sessions are alike.
    pub(super) fn drift(&self) -> Option<String> {
        let live = self.session.as_ref().filter(|_| self.options.engine.name() == EngineName::Aws)?;
        let view = live.handle.view();
        if matches!(view.phase, Phase::Ended(_)) {
            return None;
        }
        let has = match (&live.request, &view.info) {
            (Some(request), _) => Has::of_request(request),
            (None, Some(info)) => Has::of_info(info),
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

    #[test]
    fn of_a_session_that_was_found_only_what_it_says_is_compared() {
        let mut info = SessionInfo::new(SessionId::new("s"), SessionStatus::Ready);
        assert_eq!(Has::of_info(&info).differs_from(&request("5", "5.0")), None);
        info.glue_version = Some("4.0".into());
        info.max_capacity = Some(5.0);
        info.number_of_workers = Some(5);
        info.worker_type = Some("G.1X".into());
        let tagged = CreateSession { tags: vec![("a".into(), "b".into())], ..request("5", "4.0") };
        assert_eq!(Has::of_info(&info).differs_from(&tagged), None);
        assert!(Has::of_info(&info).differs_from(&request("5", "5.0")).unwrap().contains("has Glue 4.0, "));
    }
}
