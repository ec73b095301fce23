//! What is told line by line: the session on AWS, which costs money from here on; and where no progress line can be shown,
//! what takes long. Whoever reads a log wants to know what it waits for, and whoever runs one ends what says nothing for long.

use std::time::{Duration, Instant};

use crate::run::SessionReport;

/// After how long it is said first that something goes on, and how rarely at last.
const SOON: Duration = Duration::from_secs(30);
const RARELY: Duration = Duration::from_secs(300);

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Journal {
    session: Option<Told>,
    /// For how long something had been going on when that was said last.
    going_on: Duration,
}

#[derive(Debug)]
struct Told {
    id: String,
    since: Instant,
    ready: bool,
}

impl Journal {
    /// Takes what is known of the session; returns what to say of it, and whether a progress line says it as well.
    pub(super) fn session(&mut self, report: &SessionReport, now: Instant) -> Option<(String, bool)> {
        let (id, status) = (report.session_id.as_deref()?, report.status.as_deref()?);
        match (&mut self.session, status) {
            (Some(told), "READY") if told.id == id => {
                if std::mem::replace(&mut told.ready, true) {
                    return None;
                }
                let seconds = now.saturating_duration_since(told.since).as_secs();
                Some((format!("the session is ready after {seconds} s"), true))
            }
            (Some(told), _) if told.id == id => None,
            (told, "PROVISIONING") => {
                *told = Some(Told { id: id.to_owned(), since: now, ready: false });
                let cost = report.meter.map(|meter| meter.tariff.per_hour().per_hour_text());
                let about: Vec<&str> = report.workers.as_deref().into_iter().chain(cost.as_deref()).collect();
                let about = if about.is_empty() { String::new() } else { format!(": {}", about.join(", ")) };
                Some((format!("creating the session {id}{about}"), false))
            }
            // It is none that is created here.
            _ => None,
        }
    }

    /// Begins with something that may take long.
    pub(super) fn begins(&mut self) {
        self.going_on = Duration::ZERO;
    }

    /// Returns whether it is to be said that it goes on, after so long; more and more rarely.
    pub(super) fn goes_on(&mut self, elapsed: Duration) -> bool {
        let next = (self.going_on * 2).clamp(SOON, self.going_on.saturating_add(RARELY).max(SOON));
        let due = elapsed >= next;
        if due {
            self.going_on = elapsed;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::EngineName;

    #[test]
    fn what_goes_on_is_said_more_and_more_rarely() {
        let mut journal = Journal::default();
        let mut said = |until: u64| -> Vec<u64> {
            journal.begins();
            (0..until).filter(|second| journal.goes_on(Duration::from_secs(*second))).collect()
        };
        assert_eq!(said(29), [0; 0]);
        assert_eq!(said(1400), [30, 60, 120, 240, 480, 780, 1080, 1380]);
        assert_eq!(said(31), [30], "each time anew");
    }

    #[test]
    fn each_session_is_told_once() {
        let begun = Instant::now();
        let report = |id: &str, status: &str| SessionReport {
            session_id: Some(id.to_owned()),
            status: Some(status.to_owned()),
            workers: Some("2 × G.1X".to_owned()),
            ..SessionReport::none(EngineName::Aws)
        };
        let mut journal = Journal::default();
        let mut said = |id: &str, status: &str, after: u64| {
            journal.session(&report(id, status), begun + Duration::from_secs(after)).map(|(text, _)| text)
        };
        assert_eq!(said("found", "READY", 0), None, "it was there before");
        assert_eq!(said("a", "PROVISIONING", 1).as_deref(), Some("creating the session a: 2 × G.1X"));
        assert_eq!(said("a", "PROVISIONING", 20), None);
        assert_eq!(said("a", "READY", 62).as_deref(), Some("the session is ready after 61 s"));
        assert_eq!(said("a", "READY", 90), None);
        assert_eq!(said("a", "STOPPED", 100), None);
        assert_eq!(said("b", "PROVISIONING", 101).as_deref(), Some("creating the session b: 2 × G.1X"));
    }
}
