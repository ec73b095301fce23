//! What a session costs: from its size, the rate of its Region, and the time or the DPU-seconds it took.
//!
//! Plain numbers: what asks for a session, and in whose words, is the callers' business.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::facts::pricing::{Confidence, DpuKind};
use crate::facts::versions;

const SECONDS_PER_HOUR: f64 = 3600.0;

/// US dollars for a DPU-hour that the user has set, by Region.
pub type Rates = BTreeMap<String, f64>;

/// An amount of US dollars.
///
/// As text it is `$0.37`, `about $0.37` where it is an estimate, and `under $0.01` where cents are too coarse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// US dollars; finite and not negative.
    pub usd: f64,
    /// Whether it rests on something that is not known for sure: the rate, the size, or the time that is billed.
    pub estimate: bool,
}

impl Cost {
    /// Nothing, for sure.
    pub const ZERO: Self = Self { usd: 0.0, estimate: false };

    /// Takes an amount; what is no amount is nothing.
    fn new(usd: f64, estimate: bool) -> Self {
        Self { usd: amount(usd), estimate }
    }

    /// Returns the text of it as a price for an hour: `$0.44/h`.
    pub fn per_hour_text(&self) -> String {
        format!("{self}/h")
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.usd > 0.0 && self.usd < 0.01 {
            return f.write_str("under $0.01");
        }
        write!(f, "{}${:.2}", if self.estimate { "about " } else { "" }, self.usd)
    }
}

/// How large a session is, as it is billed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Data processing units; finite and not negative.
    pub dpu: f64,
    /// Which kind of them.
    pub unit: DpuKind,
    /// Whether this is known: `false` for a type of worker that is not, and where the session grows on demand.
    pub sure: bool,
}

impl Size {
    /// Returns the size of a session with so many workers of a type, or with so many DPU. What is not given is what
    /// the service takes: 5 workers, of type `G.1X`.
    pub fn of(worker_type: Option<&str>, workers: Option<u32>, max_capacity: Option<f64>) -> Self {
        let defaults = &versions().capacity;
        if let (None, None, Some(dpu)) = (worker_type, workers, max_capacity) {
            return Self { dpu: amount(dpu), unit: DpuKind::Standard, sure: true };
        }
        let name = worker_type.unwrap_or(&defaults.default_worker_type);
        let (each, unit, sure) = match versions().worker(name) {
            Some(worker) => (worker.dpu, DpuKind::of_worker(worker), true),
            None => (units_in(name), if name.starts_with('R') { DpuKind::Memory } else { DpuKind::Standard }, false),
        };
        Self { dpu: each * f64::from(workers.unwrap_or(defaults.default_workers)), unit, sure }
    }

    /// Returns the size of a session that has these job arguments besides: where one of them lets it grow and shrink,
    /// the number of workers is only the most that there will be.
    pub fn with_arguments<'a>(self, mut arguments: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let scales = arguments.any(|(name, value)| scales(name, value));
        Self { sure: self.sure && !scales, ..self }
    }
}

/// Returns whether a job argument lets a session grow and shrink on demand.
pub fn scales(name: &str, value: &str) -> bool {
    name == versions().capacity.auto_scaling.argument && value.eq_ignore_ascii_case("true")
}

/// Guesses the units of a worker from its type's name: 32 of `G.32X`, else 1.
fn units_in(name: &str) -> f64 {
    let number = name.split_once('.').and_then(|(_, size)| size.strip_suffix('X')).unwrap_or_default();
    let digits = number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|units| digits && *units > 0.0).unwrap_or(1.0)
}

/// What a session of a size costs at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tariff {
    size: Size,
    /// US dollars per unit and hour.
    rate: f64,
    /// Whether the rate is known for sure.
    sure: bool,
    /// Whose rate it is.
    source: RateSource,
}

/// Whose rate a session is reckoned with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateSource {
    /// The user's own, for the Region.
    Set,
    /// The one that is known of the Region.
    Known,
    /// That of [`FALLBACK_REGION`](crate::facts::pricing::FALLBACK_REGION), for want of one of the Region.
    Elsewhere,
}

impl Tariff {
    /// Returns the tariff of a session on AWS. The rate is the one that the user has set for the Region (`cost.rates`:
    /// US dollars per DPU-hour), or else the known one; where none is known, that of another Region, as an estimate.
    ///
    /// `region` is `None` where it is not known. A set rate that is not a number from 0 on is passed over.
    pub fn new(size: Size, region: Option<&str>, glue_version: Option<&str>, rates: &Rates) -> Self {
        let set = region.and_then(|region| rates.get(region)).copied().filter(|rate| rate.is_finite() && *rate >= 0.0);
        if let Some(rate) = set {
            // The setting speaks of the usual unit; for others it is the nearest that is known.
            return Self { size, rate, sure: size.unit == DpuKind::Standard, source: RateSource::Set };
        }
        match versions().pricing.rate(region.unwrap_or_default(), glue_version, size.unit) {
            Some(known) => {
                let source = if known.other_region { RateSource::Elsewhere } else { RateSource::Known };
                Self { size, rate: known.usd, sure: known.confidence == Confidence::High, source }
            }
            // The table has a rate for every kind, as its test shows; a session is never said to cost nothing.
            None => Self { size, rate: 0.44, sure: false, source: RateSource::Elsewhere },
        }
    }

    /// Returns the tariff of the local engine: nothing.
    pub fn local() -> Self {
        let size = Size { dpu: 0.0, unit: DpuKind::Standard, sure: true };
        Self { size, rate: 0.0, sure: true, source: RateSource::Known }
    }

    /// Returns whether it is one by which nothing is ever billed.
    pub fn is_free(&self) -> bool {
        self.rate == 0.0 && self.sure
    }

    /// Returns the size it is for.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Returns US dollars per unit and hour.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Returns whose rate it is.
    pub fn source(&self) -> RateSource {
        self.source
    }

    /// Returns whether the rate is known for sure.
    pub fn is_sure(&self) -> bool {
        self.sure
    }

    /// Returns what so many minutes cost.
    pub fn per_minutes(&self, minutes: f64) -> Cost {
        let hour = self.per_hour();
        Cost::new(hour.usd * amount(minutes) / 60.0, hour.estimate)
    }

    /// Returns what an hour costs.
    pub fn per_hour(&self) -> Cost {
        Cost::new(self.size.dpu * self.rate, !(self.sure && self.size.sure))
    }

    /// Returns what some DPU-seconds cost that the service has counted, as a part of a session: without the minimum.
    pub fn of_dpu_seconds(&self, dpu_seconds: f64) -> Cost {
        Cost::new(amount(dpu_seconds) / SECONDS_PER_HOUR * self.rate, !self.sure)
    }

    /// Returns what a session has cost so far.
    ///
    /// From the DPU-seconds that the service has counted, where it tells them; else, as an estimate, from the time since
    /// it was created. A session that was begun is billed for at least a minute. `elapsed` is zero before that.
    pub fn so_far(&self, dpu_seconds: Option<f64>, elapsed: Duration) -> Cost {
        if self.is_free() {
            return Cost::ZERO;
        }
        let minimum = f64::from(versions().pricing.billing.minimum_seconds);
        // A count of zero is one that has not begun: the service may tell it late.
        match dpu_seconds.map(amount).filter(|counted| *counted > 0.0) {
            Some(counted) if self.size.sure => {
                let least = self.size.dpu * minimum;
                let cost = self.of_dpu_seconds(counted.max(least));
                // The count is the service's, the minimum is reckoned.
                Cost { estimate: cost.estimate || counted < least, ..cost }
            }
            Some(counted) => self.of_dpu_seconds(counted),
            None if elapsed.is_zero() => Cost::ZERO,
            None => Cost::new(self.per_hour().usd * elapsed.as_secs_f64().max(minimum) / SECONDS_PER_HOUR, true),
        }
    }
}

/// Returns a number that can be one of units, seconds or dollars: 0 for what cannot.
fn amount(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tariff(size: Size, region: &str, version: &str) -> Tariff {
        Tariff::new(size, Some(region), Some(version), &BTreeMap::new())
    }

    fn usual() -> Tariff {
        tariff(Size::of(None, None, None), "us-east-1", "5.0")
    }

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    /// Tells an amount to a hundredth of a cent.
    fn usd(cost: Cost) -> f64 {
        (cost.usd * 10_000.0).round() / 10_000.0
    }

    #[test]
    fn the_size_is_workers_times_units() {
        let size = |kind, workers, dpu| {
            let size = Size::of(kind, workers, dpu);
            (size.dpu, size.unit, size.sure)
        };
        assert_eq!(size(None, None, None), (5.0, DpuKind::Standard, true));
        assert_eq!(size(Some("G.2X"), None, None), (10.0, DpuKind::Standard, true));
        assert_eq!(size(None, Some(2), None), (2.0, DpuKind::Standard, true));
        assert_eq!(size(Some("G.025X"), Some(2), None), (0.5, DpuKind::Standard, true));
        assert_eq!(size(Some("R.4X"), Some(3), None), (12.0, DpuKind::Memory, true));
        assert_eq!(size(None, None, Some(10.0)), (10.0, DpuKind::Standard, true));
        // Both is what the service refuses; what was said of workers is nearer.
        assert_eq!(size(Some("G.1X"), Some(4), Some(10.0)).0, 4.0);
    }

    #[test]
    fn an_unknown_worker_is_guessed_by_its_name() {
        assert_eq!(Size::of(Some("G.32X"), Some(2), None), Size { dpu: 64.0, unit: DpuKind::Standard, sure: false });
        assert_eq!(Size::of(Some("R.16X"), Some(1), None), Size { dpu: 16.0, unit: DpuKind::Memory, sure: false });
        for odd in ["", "X", "G.X", "G.0X", "G.-1X", "G.1e9X", "G.infX", "G.99999999999X", "g.1x", "é.éX"] {
            assert_eq!(Size::of(Some(odd), Some(1), None).dpu, 1.0, "{odd}");
        }
        for odd in [f64::NAN, f64::INFINITY, -3.0] {
            assert_eq!(Size::of(None, None, Some(odd)).dpu, 0.0);
        }
    }

    #[test]
    fn an_hour_costs_what_the_price_list_says() {
        assert_eq!(usual().per_hour().per_hour_text(), "$2.20/h");
        let one = Size::of(None, Some(1), None);
        assert_eq!(tariff(one, "us-east-1", "5.1").per_hour().per_hour_text(), "$0.44/h");
        assert_eq!(tariff(one, "us-east-1", "6.0").per_hour().per_hour_text(), "about $0.31/h");
        let memory = Size::of(Some("R.1X"), Some(1), None);
        assert_eq!(tariff(memory, "us-east-1", "5.1").per_hour().per_hour_text(), "about $0.52/h");
        assert_eq!(tariff(one, "ap-south-1", "5.1").per_hour(), Cost { usd: 0.44, estimate: true });
        assert_eq!(Tariff::new(one, None, None, &BTreeMap::new()).per_hour(), Cost { usd: 0.44, estimate: true });
        let guessed = Size::of(Some("G.32X"), Some(1), None);
        assert!(tariff(guessed, "us-east-1", "5.1").per_hour().estimate);
    }

    #[test]
    fn the_users_rates_win() {
        let rates = |rate| BTreeMap::from([("eu-central-1".to_owned(), rate)]);
        let size = Size::of(None, Some(2), None);
        let of = |region, rate| Tariff::new(size, Some(region), Some("5.0"), &rates(rate)).per_hour();
        assert_eq!(of("eu-central-1", 0.5), Cost { usd: 1.0, estimate: false });
        assert_eq!(of("eu-central-1", 0.0), Cost { usd: 0.0, estimate: false });
        assert_eq!(of("us-east-1", 0.5), Cost { usd: 0.88, estimate: false });
        for odd in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(of("eu-central-1", odd), Cost { usd: 0.88, estimate: true });
        }
        let memory = Tariff::new(Size::of(Some("R.1X"), Some(2), None), Some("eu-central-1"), None, &rates(0.5));
        assert_eq!(memory.per_hour(), Cost { usd: 1.0, estimate: true });
    }

    #[test]
    fn the_services_count_makes_the_cost() {
        // The example of the price list: 5 DPU for 24 minutes.
        let cost = usual().so_far(Some(5.0 * 24.0 * 60.0), minutes(90));
        assert_eq!((usd(cost), cost.estimate), (0.88, false));
        assert_eq!(cost.to_string(), "$0.88");
        // At least a minute: 300 DPU-seconds.
        let short = usual().so_far(Some(10.0), minutes(90));
        assert_eq!((usd(short), short.estimate), (0.0367, true));
        assert_eq!(usd(usual().of_dpu_seconds(10.0)), 0.0012);
        // How much a minute is is not known of a session that grows on demand.
        let scaling = Tariff { size: Size { sure: false, ..usual().size() }, ..usual() };
        assert_eq!(usd(scaling.so_far(Some(10.0), minutes(90))), 0.0012);
        assert!(tariff(usual().size(), "ap-south-1", "5.0").so_far(Some(7200.0), minutes(1)).estimate);
    }

    #[test]
    fn without_a_count_time_makes_an_estimate() {
        for count in [None, Some(0.0), Some(-5.0), Some(f64::NAN), Some(f64::INFINITY)] {
            let cost = usual().so_far(count, minutes(24));
            assert_eq!((usd(cost), cost.estimate), (0.88, true), "{count:?}");
            assert_eq!(cost.to_string(), "about $0.88");
            assert_eq!(usd(usual().so_far(count, Duration::from_secs(1))), 0.0367);
            assert_eq!(usual().so_far(count, Duration::ZERO), Cost::ZERO);
        }
        assert!(usual().so_far(None, Duration::MAX).usd.is_finite());
    }

    #[test]
    fn the_local_engine_costs_nothing() {
        let local = Tariff::local();
        assert!(local.is_free() && !usual().is_free());
        assert_eq!(local.per_hour(), Cost::ZERO);
        assert_eq!(local.so_far(None, minutes(600)), Cost::ZERO);
        assert_eq!(local.so_far(Some(1e9), minutes(600)), Cost::ZERO);
        assert_eq!(Cost::ZERO.to_string(), "$0.00");
    }

    #[test]
    fn amounts_are_written_for_people() {
        let text = |usd, estimate| Cost { usd, estimate }.to_string();
        assert_eq!(text(0.3666, false), "$0.37");
        assert_eq!(text(0.3666, true), "about $0.37");
        assert_eq!(text(0.001, true), "under $0.01");
        assert_eq!(text(0.01, false), "$0.01");
        assert_eq!(text(1234.5, false), "$1234.50");
    }
}
