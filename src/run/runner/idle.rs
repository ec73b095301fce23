//! A session in which nothing runs: the user is reminded of what it costs, and its end is noticed.

use std::future::pending;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::run::event::{EngineName, Event, SessionReport};
use crate::session::Phase;

use super::actor::Actor;
use super::known::Known;
use super::lock;

/// How long after its idle timeout a session is asked for: the service looks at its clock when it likes.
const SOME_TIME: Duration = Duration::from_secs(60);

/// For how long nothing has run in the session, and what was done about it.
#[derive(Debug)]
pub(super) struct Idle {
    since: Instant,
    reminded: bool,
    looked: bool,
}

impl Default for Idle {
    fn default() -> Idle {
        Idle { since: Instant::now(), reminded: false, looked: false }
    }
}

/// When something is to be done about an idle session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Limits {
    /// The user is reminded.
    remind: Option<Duration>,
    /// The service has ended it.
    over: Option<Duration>,
}

impl Limits {
    /// Returns the limits of a session with an idle timeout, for a user who wants to be reminded after so many minutes (0:
    /// never), or after half of that timeout where that is sooner.
    fn of(reminder: u32, idle_timeout: Option<u32>) -> Limits {
        let minutes = |minutes: u32| Duration::from_secs(u64::from(minutes) * 60);
        let half = idle_timeout.map(|timeout| minutes(timeout) / 2);
        let remind = (reminder > 0).then(|| half.map_or(minutes(reminder), |half| half.min(minutes(reminder))));
        Limits { remind, over: idle_timeout.map(|timeout| minutes(timeout) + SOME_TIME) }
    }
}

/// What is to be done about an idle session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Remind the user.
    Remind,
    /// Ask the service whether it is still there.
    Look,
}

impl Idle {
    /// Takes note that something has run.
    pub(super) fn restart(&mut self) {
        *self = Idle::default();
    }

    /// Waits until something is to be done, which may be never. Dropping it changes nothing.
    pub(super) fn due(&self, limits: Limits) -> impl Future<Output = Due> + use<> {
        let remind = limits.remind.filter(|_| !self.reminded).map(|after| (self.since + after, Due::Remind));
        let look = limits.over.filter(|_| !self.looked).map(|after| (self.since + after, Due::Look));
        let next = remind.into_iter().chain(look).min_by_key(|(at, _)| *at);
        async move {
            match next {
                Some((at, due)) => {
                    sleep_until(at).await;
                    due
                }
                None => pending().await,
            }
        }
    }
}

impl Actor {
    /// Returns when something is to be done about the session; never where there is none that costs money.
    pub(super) fn idle_limits(&self) -> Limits {
        let paid = self.session.as_ref().filter(|_| self.options.engine.name() == EngineName::Aws);
        if self.session.is_none() && self.inherited.is_some() {
            // When it ends by itself is not known before the service was asked, and nobody asks for that.
            return Limits::of(self.options.idle_reminder, None);
        }
        let ready = paid.filter(|live| live.handle.view().phase == Phase::Ready);
        ready.map_or_else(Limits::default, |live| Limits::of(self.options.idle_reminder, live.known.idle_timeout))
    }

    /// Does what is to be done about an idle session.
    pub(super) fn idle_is_due(&mut self, due: Due) {
        // It may have ended meanwhile.
        if self.idle_limits() == Limits::default() {
            return;
        }
        let (known, report) = match (&self.session, &self.inherited) {
            (Some(live), _) => (&*live.known, live.known.report(&live.handle.view())),
            (None, Some(inherited)) => (inherited.known(), inherited.report()),
            (None, None) => return,
        };
        match due {
            // It is not the document's, but it runs.
            Due::Remind if !lock(&self.ledger).followed.is_empty() => self.idle.restart(),
            Due::Remind => {
                let text = reminder(known, &report, self.idle.since.elapsed());
                self.idle.reminded = true;
                self.tell(Event::Notice(text));
            }
            Due::Look => {
                self.idle.looked = true;
                let Some(handle) = self.session.as_ref().map(|live| live.handle.clone()) else { return };
                // That it has ended is told as the session's state.
                tokio::spawn(async move { handle.status().await });
            }
        }
    }
}

fn reminder(known: &Known, report: &SessionReport, idle: Duration) -> String {
    let minutes = idle.as_secs() / 60;
    let mut text = format!("Nothing has run in the session {} for {minutes} minutes", known.id);
    if let Some(meter) = &report.meter {
        let so_far = meter.so_far(report.dpu_seconds);
        text.push_str(&format!("; it costs {}, {so_far} so far", meter.tariff.per_hour().per_hour_text()));
    }
    text.push_str(". The command `glue-ls.stopSession` stops it");
    match known.idle_timeout {
        Some(timeout) => text.push_str(&format!("; it ends by itself after {timeout} idle minutes.")),
        None => text.push('.'),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    #[test]
    fn half_of_a_short_timeout_counts() {
        assert_eq!(Limits::of(15, Some(60)), Limits { remind: Some(minutes(15)), over: Some(minutes(61)) });
        assert_eq!(Limits::of(15, Some(20)).remind, Some(minutes(10)));
        assert_eq!(Limits::of(15, None), Limits { remind: Some(minutes(15)), over: None });
        assert_eq!(Limits::of(0, Some(20)), Limits { remind: None, over: Some(minutes(21)) });
        assert_eq!(Limits::of(u32::MAX, Some(u32::MAX)).remind, Some(minutes(u64::from(u32::MAX)) / 2));
    }

    #[tokio::test(start_paused = true)]
    async fn each_is_due_once_until_something_runs() {
        let limits = Limits::of(15, Some(60));
        let mut idle = Idle::default();
        let begun = Instant::now();
        assert_eq!((idle.due(limits).await, begun.elapsed().as_secs() / 60), (Due::Remind, 15));
        idle.reminded = true;
        assert_eq!((idle.due(limits).await, begun.elapsed().as_secs() / 60), (Due::Look, 61));
        idle.looked = true;
        assert!(tokio::time::timeout(minutes(1_000_000), idle.due(limits)).await.is_err());
        idle.restart();
        assert_eq!(idle.due(limits).await, Due::Remind);
        assert_eq!(begun.elapsed().as_secs() / 60, 61 + 1_000_000 + 15);
    }
}
