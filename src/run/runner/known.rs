//! What is known of a document's session, and what is told of it.

use std::time::Instant;

use tokio::sync::watch;

use crate::run::event::{EngineName, Meter, SessionReport};
use crate::run::words;
use crate::session::{Phase, SessionId, SessionView};

/// What is known of a session from the start.
pub(super) struct Known {
    pub(super) engine: EngineName,
    pub(super) id: SessionId,
    pub(super) region: Option<String>,
    pub(super) workers: Option<String>,
    pub(super) meter: Meter,
    /// Minutes without a statement after which the service ends it.
    pub(super) idle_timeout: Option<u32>,
    /// Its tags, where it was found and they were asked for.
    pub(super) tags: Option<Vec<(String, String)>>,
    /// In what it is not as the document has it now, for people.
    pub(super) drift: watch::Sender<Option<String>>,
}

impl Known {
    pub(super) fn report(&self, view: &SessionView) -> SessionReport {
        let info = view.info.as_ref();
        let seconds = info.and_then(|info| info.dpu_seconds);
        let status = match &view.phase {
            Phase::Starting => info.map_or("PROVISIONING", |info| info.status.as_str()).to_owned(),
            Phase::Ready => "READY".to_owned(),
            Phase::Stopping => "STOPPING".to_owned(),
            Phase::Ended(reason) => match info {
                Some(info) if info.status.is_over() => info.status.as_str().to_owned(),
                _ if reason.may_be_alive() => "UNKNOWN".to_owned(),
                _ => "STOPPED".to_owned(),
            },
        };
        let message = match &view.phase {
            Phase::Ended(reason) => Some(reason.to_string()),
            _ => view.trouble.as_ref().map(ToString::to_string).or_else(|| self.drift.borrow().clone()),
        };
        // What was refused never was: it has no state, and costs nothing.
        if let (Phase::Ended(reason), None) = (&view.phase, info)
            && !reason.may_be_alive()
        {
            return SessionReport { message: Some(reason.to_string()), ..SessionReport::none(self.engine) };
        }
        let ended = matches!(view.phase, Phase::Ended(_)).then(Instant::now);
        let meter = Meter { ended, ..self.meter };
        // What nobody has asked for the service tells. On this machine there are no workers.
        let told = info.filter(|_| self.engine == EngineName::Aws);
        let told = || {
            told.and_then(|info| words::size(info.number_of_workers, info.worker_type.as_deref(), info.max_capacity))
        };
        SessionReport {
            engine: self.engine,
            session_id: Some(self.id.to_string()),
            status: Some(status),
            // The service may have filled in what nobody has asked for.
            workers: match info.and_then(|info| info.worker_type.as_ref()) {
                Some(_) => told().or_else(|| self.workers.clone()),
                None => self.workers.clone().or_else(told),
            },
            dpu_seconds: seconds,
            cost_per_hour: Some(meter.tariff.per_hour().usd),
            cost_so_far: Some(meter.so_far(seconds).usd),
            message,
            meter: Some(meter),
            attached: !view.owned,
            drifts: ended.is_none() && self.drift.borrow().is_some(),
            replay: Vec::new(),
        }
    }
}
