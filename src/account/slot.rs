//! One list as it is known, and when it is to be fetched.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::model::account::{Known, Status, Trouble, TroubleKind};

/// How soon after a fetch the same list is not fetched again, however young it has to be.
const PAUSE: Duration = Duration::from_secs(2);

/// How long after the first failure a list is fetched again, at most; it doubles with each.
const FIRST_BACKOFF: Duration = Duration::from_secs(2);

/// How long it is at most.
const LONGEST_BACKOFF: Duration = Duration::from_secs(5 * 60);

/// A moment, by both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    pub(super) steady: Instant,
    pub(super) wall: SystemTime,
}

/// When a list was fetched.
#[derive(Debug, Clone, Copy)]
pub(super) struct When {
    noted: Now,
    /// How old it was when this was noted.
    before: Duration,
}

impl When {
    pub(super) fn at(now: Now) -> Self {
        Self { noted: now, before: Duration::ZERO }
    }

    /// When the wall clock showed `time`, which may be before this computer was started.
    pub(super) fn on_wall(time: SystemTime, now: Now) -> Self {
        Self { noted: now, before: now.wall.duration_since(time).unwrap_or_default() }
    }

    pub(super) fn age(&self, now: Now) -> Duration {
        let steady = now.steady.saturating_duration_since(self.noted.steady);
        // The steady clock may stand still while the computer sleeps, and the wall clock may be set back.
        let wall = now.wall.duration_since(self.noted.wall).unwrap_or_default();
        self.before.saturating_add(steady.max(wall))
    }

    /// Returns what the wall clock showed.
    pub(super) fn wall(&self, now: Now) -> SystemTime {
        now.wall.checked_sub(self.age(now)).unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

/// A fetch that failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) trouble: Arc<Trouble>,
    pub(super) again: Again,
    times: u32,
}

/// When a fetch that failed may be repeated.
#[derive(Debug, PartialEq)]
pub(super) enum Again {
    /// From then on.
    At(Instant),
    /// When somebody has signed in, which the user's files tell.
    SignedIn,
}

/// Whether a list is to be fetched because it was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    No,
    Yes,
    /// If somebody has signed in.
    IfSignedIn,
}

/// Returns whether it goes away when somebody signs in or mends the config files, and not before.
pub(super) fn is_of_credentials(trouble: &Trouble) -> bool {
    use TroubleKind as Kind;
    trouble.requires_reauth
        || matches!(trouble.kind, Kind::NoCredentials | Kind::Expired | Kind::Rejected | Kind::NoRegion)
}

/// Returns whether every other call as the same caller will meet it as well.
pub(super) fn is_of_every_call(trouble: &Trouble) -> bool {
    is_of_credentials(trouble) || trouble.kind == TroubleKind::ClockSkew
}

/// What is known of a list besides its items.
#[derive(Debug, Default)]
pub(super) struct Meta {
    /// When it was last asked for; `None` if it never was.
    pub(super) asked: Option<Instant>,
    /// The number of the fetch that is under way. What another one brings does not count.
    pub(super) fetch: Option<u64>,
    pub(super) when: Option<When>,
    /// When the last fetch ended well.
    pub(super) ended: Option<Instant>,
    pub(super) complete: bool,
    pub(super) from_disk: bool,
    /// Whether there is reason to think that it has changed.
    pub(super) stale: bool,
    pub(super) failure: Option<Failure>,
    /// About how many bytes it takes.
    pub(super) weight: usize,
}

impl Meta {
    pub(super) fn due(&self, now: Now, limit: Duration) -> Due {
        if self.fetch.is_some() {
            return Due::No;
        }
        let due = match &self.failure {
            Some(Failure { again: Again::SignedIn, .. }) => return Due::IfSignedIn,
            Some(Failure { again: Again::At(time), .. }) => now.steady >= *time,
            None if self.stale || self.from_disk => true,
            None => {
                let young = self.when.is_some_and(|when| when.age(now) <= limit);
                let just_now = self.ended.is_some_and(|end| now.steady.saturating_duration_since(end) < PAUSE);
                !young && !just_now
            }
        };
        if due { Due::Yes } else { Due::No }
    }

    /// Takes note that the list is no longer what it was, and may be fetched whatever has happened.
    pub(super) fn refresh(&mut self, now: Now) {
        self.stale = true;
        if let Some(failure) = &mut self.failure {
            failure.again = Again::At(now.steady);
            failure.times = 0;
        }
    }

    /// Lets a fetch that failed for want of credentials be repeated.
    pub(super) fn signed_in(&mut self, now: Now) {
        if let Some(failure) = &mut self.failure
            && failure.again == Again::SignedIn
        {
            failure.again = Again::At(now.steady);
        }
    }

    /// Takes note that the fetch has failed.
    pub(super) fn failed(&mut self, trouble: Arc<Trouble>, now: Now, max_age: Duration) {
        self.fetch = None;
        let times = self.failure.as_ref().map_or(0, |failure| failure.times);
        let again = if is_of_credentials(&trouble) {
            Again::SignedIn
        } else if trouble.retryable {
            Again::At(now.steady + backoff(times, RandomState::new().build_hasher().finish()))
        } else {
            Again::At(now.steady + max_age.max(PAUSE))
        };
        self.failure = Some(Failure { trouble, again, times: times.saturating_add(1) });
    }

    /// Takes note that the fetch, which began at `began`, has brought the list.
    pub(super) fn fetched(&mut self, began: Now, now: Now, complete: bool) {
        self.fetch = None;
        self.when = Some(When::at(began));
        self.ended = Some(now.steady);
        self.complete = complete;
        self.from_disk = false;
        self.stale = false;
        self.failure = None;
    }

    /// Takes note that the first items of the list are shown, of a fetch that began at `began`.
    pub(super) fn partly(&mut self, began: Now, weight: usize) {
        self.when = Some(When::at(began));
        self.from_disk = false;
        self.weight = weight;
    }

    pub(super) fn status(&self) -> Status {
        match &self.failure {
            // What is tried again by itself is no news until it has gone well.
            Some(Failure { trouble, .. }) if trouble.retryable && !self.stale => Status::Failed(Arc::clone(trouble)),
            _ if self.fetch.is_some() => Status::Fetching,
            Some(failure) => Status::Failed(Arc::clone(&failure.trouble)),
            None if self.when.is_some() && !self.from_disk => Status::Ready,
            None => Status::Unasked,
        }
    }
}

/// Returns how long to wait after that many failures before; `chance` is any number.
fn backoff(times: u32, chance: u64) -> Duration {
    let longest = FIRST_BACKOFF.saturating_mul(1 << times.min(16)).min(LONGEST_BACKOFF);
    // Between half of it and all of it, so that what failed at once is not repeated at once.
    let part = u32::try_from(chance % 1024).unwrap_or_default();
    longest / 2 + longest / 2 * part / 1024
}

/// A list.
#[derive(Debug)]
pub(super) struct Slot<T> {
    pub(super) items: Arc<[T]>,
    pub(super) meta: Meta,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { items: Arc::new([]), meta: Meta::default() }
    }
}

impl<T> Slot<T> {
    pub(super) fn known(&self, now: Now, limit: Duration) -> Known<T> {
        let meta = &self.meta;
        let age = meta.when.map(|when| when.age(now));
        Known {
            items: Arc::clone(&self.items),
            status: meta.status(),
            age,
            complete: meta.complete,
            fresh: !meta.from_disk && !meta.stale && age.is_some_and(|age| age <= limit),
        }
    }

    /// Forgets everything but that it was asked for. A fetch that is under way does not count any more.
    pub(super) fn reset(&mut self) -> Arc<[T]> {
        let asked = self.meta.asked;
        self.meta = Meta { asked, ..Meta::default() };
        std::mem::replace(&mut self.items, Arc::new([]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_vary() {
        let waits: Vec<u64> = (0..12).map(|times| backoff(times, 1023).as_millis() as u64).collect();
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]), "{waits:?}");
        assert!(waits[0] <= 2_000 && waits[3] > 8_000 && *waits.last().unwrap() <= 300_000, "{waits:?}");
        assert!(backoff(u32::MAX, u64::MAX) <= LONGEST_BACKOFF);
        assert_eq!(backoff(0, 0), FIRST_BACKOFF / 2);
        assert_ne!(backoff(3, 1), backoff(3, 700));
    }

    #[test]
    fn the_clock_that_went_further_tells_the_age() {
        let start = Now { steady: Instant::now(), wall: SystemTime::now() };
        let hour = Duration::from_secs(3600);
        let when = When::at(start);
        let slept = Now { wall: start.wall + hour, ..start };
        assert_eq!(when.age(slept), hour);
        let set_back = Now { steady: start.steady + hour, wall: start.wall - hour };
        assert_eq!(when.age(set_back), hour);
        let old = When::on_wall(start.wall - hour, start);
        assert_eq!(old.age(slept), hour * 2);
        assert_eq!(old.wall(slept), start.wall - hour);
        assert_eq!(When::on_wall(start.wall + hour, start).age(start), Duration::ZERO);
    }
}
