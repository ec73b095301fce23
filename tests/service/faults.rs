//! What goes wrong, and when: by rules and a seed, so that the same calls meet the same faults.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// ThrottlingException; nothing is done.
    Throttle,
    /// InternalServiceException with status 500; nothing is done.
    Internal,
    /// A page in HTML with status 503; nothing is done.
    Unavailable,
    /// ExpiredTokenException; nothing is done.
    Expired,
    /// UnrecognizedClientException: nobody has this key; nothing is done.
    Rejected,
    /// InvalidSignatureException: the signature's time is not the service's; nothing is done.
    Skewed,
    /// AccessDeniedException, with the name of the action; nothing is done.
    Denied,
    /// An error of the service in its own words, with status 400; nothing is done.
    Refused(&'static str, &'static str),
    /// A page in HTML with status 200, as portals show it; nothing is done.
    Portal,
    /// The connection is closed without an answer; nothing is done.
    HangUp,
    /// Everything goes well, but takes longer.
    Delay(Duration),
    /// The call is carried out, then the connection is closed without an answer.
    LostAnswer,
    /// The call is carried out, then answered with status 500.
    LateError,
    /// The call is carried out, and the connection breaks in the middle of the answer.
    BrokenOff,
    /// The call is carried out, and the answer ends in the middle of its JSON.
    Truncated,
    /// The call is carried out, and the answer is empty.
    Empty,
    /// The call is carried out, and the answer is a page in HTML with status 200.
    Page,
    /// The call is carried out, and the answer is no text at all.
    Garbage,
    /// The call is carried out, and the answer tells a state that nobody knows.
    UnknownState,
    /// The call is carried out, and the sessions of the answer take no statements.
    SparkConnect,
    /// A session ends by its idle timeout once it was seen ready.
    Idles,
    /// A session that is over was ended by its timeout, and says so.
    TimedOut(&'static str),
    /// A statement's value is in S3, there.
    ValueAt(&'static str),
}

impl Fault {
    /// Reads the name of a fault: `throttle`, `lost-answer`, …, `delay-<milliseconds>`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        if let Some(delay) = name.strip_prefix("delay-") {
            return delay.parse().ok().map(|delay| Self::Delay(Duration::from_millis(delay)));
        }
        Some(match name {
            "throttle" => Self::Throttle,
            "internal" => Self::Internal,
            "unavailable" => Self::Unavailable,
            "expired" => Self::Expired,
            "rejected" => Self::Rejected,
            "skewed" => Self::Skewed,
            "denied" => Self::Denied,
            "portal" => Self::Portal,
            "hang-up" => Self::HangUp,
            "lost-answer" => Self::LostAnswer,
            "late-error" => Self::LateError,
            "broken-off" => Self::BrokenOff,
            "truncated" => Self::Truncated,
            "empty" => Self::Empty,
            "page" => Self::Page,
            "garbage" => Self::Garbage,
            "unknown-state" => Self::UnknownState,
            "spark-connect" => Self::SparkConnect,
            _ => return None,
        })
    }
}

/// Which calls a rule is for. Calls are counted from 1, those of one operation or, for `*`, all of them.
#[derive(Debug, Clone, Copy)]
enum When {
    /// The first so many.
    First(u64),
    /// Every so many.
    Every(u64),
    /// So many of a hundred, chosen by the seed.
    Percent(u64),
}

/// The faults of a service. The first rule that is for a call decides.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    seed: u64,
    rules: Vec<(String, When, Fault)>,
    /// How many calls have come, by operation.
    counts: BTreeMap<String, u64>,
}

impl Faults {
    /// Returns no faults.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Sets the seed that chooses the calls of [`percent`](Self::percent).
    pub(crate) fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Adds a fault for all calls of an operation (`*`: of all operations).
    pub(crate) fn always(self, operation: &str, fault: Fault) -> Self {
        self.first(operation, u64::MAX, fault)
    }

    /// Adds a fault for the first `count` calls.
    pub(crate) fn first(self, operation: &str, count: u64, fault: Fault) -> Self {
        self.rule(operation, When::First(count), fault)
    }

    /// Adds a fault for every `n`-th call.
    pub(crate) fn every(self, operation: &str, n: u64, fault: Fault) -> Self {
        self.rule(operation, When::Every(n.max(1)), fault)
    }

    /// Adds a fault for `percent` of a hundred calls.
    pub(crate) fn percent(self, operation: &str, percent: u64, fault: Fault) -> Self {
        self.rule(operation, When::Percent(percent), fault)
    }

    fn rule(mut self, operation: &str, when: When, fault: Fault) -> Self {
        self.rules.push((operation.to_owned(), when, fault));
        self
    }

    /// Takes note of a call, and returns what goes wrong with it.
    pub(crate) fn of_call(&mut self, operation: &str) -> Option<Fault> {
        let mut count = |name: &str| {
            let count = self.counts.entry(name.to_owned()).or_default();
            *count += 1;
            *count
        };
        let (of_all, of_operation) = (count("*"), count(operation));
        let hit = |(index, (name, when, _)): &(usize, &(String, When, Fault))| {
            let number = match name.as_str() {
                "*" => of_all,
                name if name == operation => of_operation,
                _ => return false,
            };
            match *when {
                When::First(count) => number <= count,
                When::Every(n) => number.is_multiple_of(n),
                When::Percent(percent) => {
                    let mut hasher = DefaultHasher::new();
                    (self.seed, index, name, number).hash(&mut hasher);
                    hasher.finish() % 100 < percent
                }
            }
        };
        self.rules.iter().enumerate().find(hit).map(|(_, (_, _, fault))| *fault)
    }
}

#[test]
fn faults_have_names() {
    assert_eq!(Fault::from_name("lost-answer"), Some(Fault::LostAnswer));
    assert_eq!(Fault::from_name("delay-50"), Some(Fault::Delay(Duration::from_millis(50))));
    assert_eq!((Fault::from_name("delay-x"), Fault::from_name("")), (None, None));
}

#[test]
fn rules_hit_the_calls_they_name() {
    let mut faults = Faults::none()
        .first("A", 2, Fault::Throttle)
        .every("*", 4, Fault::LostAnswer)
        .percent("B", 0, Fault::Empty)
        .percent("B", 100, Fault::Page);
    let met: Vec<_> = ["A", "A", "A", "A", "B", "C"].iter().map(|operation| faults.of_call(operation)).collect();
    let throttle = Some(Fault::Throttle);
    assert_eq!(met, [throttle, throttle, None, Some(Fault::LostAnswer), Some(Fault::Page), None]);
    let chosen = |seed| {
        let mut faults = Faults::none().seed(seed).percent("*", 30, Fault::Empty);
        (0..1000).map(|_| faults.of_call("A").is_some()).collect::<Vec<_>>()
    };
    assert_eq!(chosen(7), chosen(7));
    assert_ne!(chosen(7), chosen(8));
    assert!((200..400).contains(&chosen(7).iter().filter(|hit| **hit).count()));
}
