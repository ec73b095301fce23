//! When to ask again: intervals of polling, waiting after failures, and patience.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use tokio::time::Instant;

use super::error::{ApiError, ApiErrorKind};

/// Intervals, limits and patience of a session's actor.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Time from one question about a state to the next; the last one repeats.
    pub poll: Vec<Duration>,
    /// By which part intervals vary at random, so that clients do not march in step: 0.1 is a tenth up or down.
    pub jitter: f64,
    /// After how long a call counts as unanswered, whatever the implementation of the API does.
    pub call_limit: Duration,
    /// How often in a row a call may fail in a way that passes by itself, before the actor gives up.
    pub attempts: u32,
    /// The same for refusals because of too many calls.
    pub throttled_attempts: u32,
    /// The same for refusals because of an account's limit.
    pub quota_attempts: u32,
    /// How long a question about something that runs is asked again and again while the service cannot be reached, fails or
    /// throttles, however often that is: what runs does not stop for it.
    pub outage_patience: Duration,
    /// First waiting time after a failure; it doubles with each failure in a row.
    pub backoff: Duration,
    /// Longest waiting time after a failure.
    pub backoff_limit: Duration,
    /// How long to wait for credentials to be renewed while a statement runs.
    pub reauth_patience: Duration,
    /// How long to wait for a session that is at work for somebody else.
    pub busy_patience: Duration,
    /// When to look whether a call without an answer was carried out, counted from one look to the next, after
    /// the service itself failed.
    pub settle_server: Vec<Duration>,
    /// The same after the connection broke or the answer was unreadable.
    pub settle_connection: Vec<Duration>,
    /// The same after no answer came in time: the request may still be on its way.
    pub settle_timeout: Vec<Duration>,
    /// How long a statement may wait in the service's queue before the session is asked how it is.
    pub waiting_check: Duration,
    /// How long a statement may run before the session is asked how it is.
    pub running_check: Duration,
    /// How long a session created here may take to become ready.
    pub start_limit: Duration,
    /// How long to watch a session that is being stopped.
    pub stop_limit: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        let millis = |values: &[u64]| values.iter().copied().map(Duration::from_millis).collect();
        Self {
            poll: millis(&[100, 200, 400, 800, 1000]),
            jitter: 0.1,
            call_limit: Duration::from_secs(60),
            attempts: 8,
            throttled_attempts: 30,
            quota_attempts: 3,
            outage_patience: Duration::from_mins(120),
            backoff: Duration::from_millis(250),
            backoff_limit: Duration::from_secs(15),
            reauth_patience: Duration::from_mins(10),
            busy_patience: Duration::from_mins(30),
            settle_server: millis(&[200, 1000]),
            settle_connection: millis(&[200, 800, 2000]),
            settle_timeout: millis(&[500, 1500, 3000, 5000]),
            waiting_check: Duration::from_secs(15),
            running_check: Duration::from_mins(5),
            start_limit: Duration::from_mins(15),
            stop_limit: Duration::from_mins(2),
        }
    }
}

impl Policy {
    /// Returns when to look for the effect of a call that failed this way.
    pub(super) fn settle(&self, error: &ApiError) -> &[Duration] {
        match error.kind {
            ApiErrorKind::Timeout => &self.settle_timeout,
            ApiErrorKind::Server { .. } => &self.settle_server,
            _ => &self.settle_connection,
        }
    }
}

/// A small generator of pseudo-random numbers (SplitMix64): jitter needs no better one.
#[derive(Debug)]
pub(super) struct Jitter {
    state: u64,
}

impl Jitter {
    /// Makes a generator that differs between sessions and between processes.
    pub(super) fn new(seed: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        (seed, std::process::id()).hash(&mut hasher);
        Self { state: hasher.finish() }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns `duration`, longer or shorter by at most `part` of it.
    pub(super) fn vary(&mut self, duration: Duration, part: f64) -> Duration {
        let part = part.clamp(0.0, 1.0);
        // 53 bits are what a float holds exactly.
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        duration.mul_f64(1.0 + part * (2.0 * unit - 1.0))
    }
}

/// The pace of polling: short intervals at first, longer ones later, and longer still while the service
/// complains of too many calls.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Added to each interval; grows with each complaint and fades with each answer.
    penalty: Duration,
}

impl Pace {
    const FIRST_PENALTY: Duration = Duration::from_millis(500);
    const PENALTY_LIMIT: Duration = Duration::from_secs(16);

    /// Returns the interval before the question number `asked` (from 0) about the same thing.
    pub(super) fn interval(&self, policy: &Policy, asked: usize) -> Duration {
        let step = policy.poll.get(asked).or(policy.poll.last()).copied().unwrap_or(Duration::from_secs(1));
        step + self.penalty
    }

    /// Notes a complaint of too many calls.
    pub(super) fn throttled(&mut self) {
        self.penalty = (self.penalty * 2).clamp(Self::FIRST_PENALTY, Self::PENALTY_LIMIT);
    }

    /// Notes an answer.
    pub(super) fn answered(&mut self) {
        self.penalty /= 2;
        if self.penalty < Self::FIRST_PENALTY / 2 {
            self.penalty = Duration::ZERO;
        }
    }
}

/// Failures in a row of the same call: counts them, and says how long to wait or to give up.
#[derive(Debug, Default)]
pub(super) struct Failures {
    passing: u32,
    throttled: u32,
    quota: u32,
    reauth_since: Option<Instant>,
    busy_since: Option<Instant>,
    since: Option<Instant>,
}

impl Failures {
    /// How often credentials that have to be renewed are tried.
    const REAUTH_INTERVAL: Duration = Duration::from_secs(15);
    /// The longest wait that a service may ask for.
    const RETRY_AFTER_LIMIT: Duration = Duration::from_mins(1);

    /// Notes a failure. Returns how long to wait before the next try, `None` to give up.
    ///
    /// `patient` allows waiting for credentials to be renewed and for the end of an outage: right for a statement that runs,
    /// not for one that somebody has just asked for.
    pub(super) fn note(&mut self, policy: &Policy, error: &ApiError, patient: bool) -> Option<Duration> {
        let now = Instant::now();
        if error.requires_reauth() {
            let since = *self.reauth_since.get_or_insert(now);
            return (patient && now.duration_since(since) < policy.reauth_patience).then_some(Self::REAUTH_INTERVAL);
        }
        if !error.is_retryable() {
            return None;
        }
        if error.kind == ApiErrorKind::Busy {
            let since = *self.busy_since.get_or_insert(now);
            self.passing += 1;
            return (now.duration_since(since) < policy.busy_patience)
                .then(|| backoff(policy, self.passing).min(Duration::from_secs(5)));
        }
        let (count, limit) = match error.kind {
            ApiErrorKind::Throttled => (&mut self.throttled, policy.throttled_attempts),
            ApiErrorKind::Quota => (&mut self.quota, policy.quota_attempts),
            _ => (&mut self.passing, policy.attempts),
        };
        *count += 1;
        let asked = error.retry_after.unwrap_or_default().min(Self::RETRY_AFTER_LIMIT);
        let since = *self.since.get_or_insert(now);
        let waits = patient && error.kind != ApiErrorKind::Quota && now.duration_since(since) < policy.outage_patience;
        (*count < limit || waits).then(|| backoff(policy, *count).max(asked))
    }
}

fn backoff(policy: &Policy, failures: u32) -> Duration {
    let factor = 1_u32 << failures.saturating_sub(1).min(16);
    policy.backoff.saturating_mul(factor).min(policy.backoff_limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::error::Operation;

    fn error(kind: ApiErrorKind) -> ApiError {
        ApiError::new(Operation::GetStatement, kind, "")
    }

    #[test]
    fn jitter_stays_within_its_part_and_is_not_constant() {
        let mut jitter = Jitter::new("session");
        let second = Duration::from_secs(1);
        let values: Vec<Duration> = (0..200).map(|_| jitter.vary(second, 0.1)).collect();
        assert!(values.iter().all(|value| (900..=1100).contains(&value.as_millis())), "{values:?}");
        assert!(values.iter().any(|value| *value < second) && values.iter().any(|value| *value > second));
        assert_eq!(jitter.vary(second, 0.0), second);
    }

    #[test]
    fn the_pace_slows_down_under_throttling_and_recovers() {
        let policy = Policy::default();
        let mut pace = Pace::default();
        let interval = |pace: &Pace| pace.interval(&policy, 9).as_millis();
        assert_eq!(interval(&pace), 1000);
        let mut slower = Vec::new();
        for _ in 0..8 {
            pace.throttled();
            slower.push(interval(&pace));
        }
        assert_eq!(slower, [1500, 2000, 3000, 5000, 9000, 17000, 17000, 17000]);
        for _ in 0..8 {
            pace.answered();
        }
        assert_eq!(interval(&pace), 1000);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_bounded_and_waiting_grows() {
        let policy = Policy::default();
        let mut failures = Failures::default();
        let mut waits = Vec::new();
        while let Some(wait) = failures.note(&policy, &error(ApiErrorKind::Server { status: None }), false) {
            waits.push(wait.as_millis());
        }
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 8000, 15000]);
        assert_eq!(Failures::default().note(&policy, &error(ApiErrorKind::InvalidInput), true), None);
        let mut asked = error(ApiErrorKind::Throttled);
        asked.retry_after = Some(Duration::from_secs(7));
        assert_eq!(Failures::default().note(&policy, &asked, true), Some(Duration::from_secs(7)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_an_outage_is_waited_for_only_by_the_patient() {
        let policy = Policy::default();
        for kind in [ApiErrorKind::Connection { sent: false }, ApiErrorKind::Timeout, ApiErrorKind::Throttled] {
            let (mut failures, mut tries) = (Failures::default(), 0);
            let begun = Instant::now();
            while let Some(wait) = failures.note(&policy, &error(kind.clone()), true) {
                assert!(wait <= policy.backoff_limit);
                tokio::time::sleep(wait).await;
                tries += 1;
            }
            let over = begun.elapsed() - policy.outage_patience;
            assert!(over <= policy.backoff_limit && tries < 500, "{kind:?}: {over:?}, {tries}");
        }
        let quota = |patient| {
            (1..).take_while({
                let mut failures = Failures::default();
                let policy = policy.clone();
                move |_| failures.note(&policy, &error(ApiErrorKind::Quota), patient).is_some()
            })
        };
        assert_eq!(quota(true).count(), quota(false).count());
    }

    #[tokio::test(start_paused = true)]
    async fn renewed_credentials_are_waited_for_only_by_the_patient() {
        let policy = Policy::default();
        let expired = error(ApiErrorKind::ExpiredCredentials);
        assert_eq!(Failures::default().note(&policy, &expired, false), None);
        let mut failures = Failures::default();
        assert_eq!(failures.note(&policy, &expired, true), Some(Duration::from_secs(15)));
        tokio::time::advance(policy.reauth_patience).await;
        assert_eq!(failures.note(&policy, &expired, true), None);
    }
}
