//! The session of another kernel, as clients are told of it.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

use serde_json::{Value as Json, json};

use crate::model::create::CreateSession;
use crate::run::cost::{Size, Tariff};
use crate::run::{EngineName, Meter, SessionReport, size_text};
use crate::session::SessionInfo;

use super::Session;

/// Returns the report of a session; of none, that there is none.
pub(super) fn of(session: Option<&Session>, rates: &BTreeMap<String, f64>) -> SessionReport {
    let none = SessionReport { attached: true, ..SessionReport::none(EngineName::Aws) };
    let Some(session) = session else { return none };
    let told = SessionReport {
        session_id: Some(session.id.clone()),
        status: Some(session.status.clone()),
        message: session.message.clone(),
        ..none
    };
    let Some((info, region)) = &session.info else {
        // What it has cost since is the service's to say: the session may have ended long ago.
        let tariff = session.request.as_ref().map(|request| tariff_of(request, session, rates));
        return SessionReport {
            workers: session.request.as_ref().and_then(workers_of),
            cost_per_hour: tariff.map(|tariff| tariff.per_hour().usd),
            ..told
        };
    };
    let meter = meter(info, region, session.ended, rates);
    SessionReport {
        workers: size_text(info),
        dpu_seconds: info.dpu_seconds,
        cost_per_hour: Some(meter.tariff.per_hour().usd),
        cost_so_far: Some(meter.so_far(info.dpu_seconds).usd),
        meter: Some(meter),
        ..told
    }
}

/// Makes a session's state one of another kernel's.
pub(super) fn state(mut state: Json, idle_since: Option<u64>) -> Json {
    if let Some(members) = state.as_object_mut() {
        members.insert("observed".to_owned(), Json::Bool(true));
        members.insert("idleSince".to_owned(), json!(idle_since));
    }
    state
}

fn meter(info: &SessionInfo, region: &str, ended: Option<Instant>, rates: &BTreeMap<String, f64>) -> Meter {
    let workers = info.number_of_workers.and_then(|number| u32::try_from(number).ok());
    let size = Size::of(info.worker_type.as_deref(), workers, info.max_capacity);
    let tariff = Tariff::new(size, Some(region), info.glue_version.as_deref(), rates);
    let ago = |time: Option<SystemTime>| {
        let ago = SystemTime::now().duration_since(time?).ok()?;
        Instant::now().checked_sub(ago)
    };
    let ended = ended.map(|ended| ago(info.completed_on).unwrap_or(ended));
    Meter { tariff, begun: ago(info.created_on).unwrap_or_else(Instant::now), ended }
}

fn tariff_of(request: &CreateSession, session: &Session, rates: &BTreeMap<String, f64>) -> Tariff {
    let workers = request.number_of_workers.as_deref().and_then(|number| number.parse().ok());
    let size = Size::of(request.worker_type.as_deref(), workers, request.max_capacity);
    let arguments = request.default_arguments.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let region = request.region.as_deref().or(session.identity.region.as_deref());
    Tariff::new(size.with_arguments(arguments), region, request.glue_version.as_deref(), rates)
}

fn workers_of(request: &CreateSession) -> Option<String> {
    let mut info = SessionInfo::new(crate::session::SessionId::new(""), crate::session::SessionStatus::Ready);
    info.number_of_workers = request.number_of_workers.as_deref().and_then(|number| number.parse().ok());
    info.worker_type.clone_from(&request.worker_type);
    info.max_capacity = request.max_capacity;
    size_text(&info)
}
