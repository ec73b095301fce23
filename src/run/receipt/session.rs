//! What a session took and cost, once it has ended.

use std::time::Duration;

use crate::run::cost::Cost;
use crate::run::event::Meter;
use crate::run::words::age;

use super::Usage;

/// What a session took and cost.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionReceipt {
    /// Its id.
    pub id: String,
    /// From the moment its start was asked for to its end, as far as that was seen.
    pub time: Duration,
    /// What it used.
    pub usage: Usage,
    /// What that cost.
    pub cost: Cost,
}

impl SessionReceipt {
    /// Returns the receipt of a session that has ended; `None` of one that has not, or costs nothing. `dpu_seconds` is what
    /// the service has counted.
    pub(in crate::run) fn of(id: &str, meter: &Meter, dpu_seconds: Option<f64>) -> Option<SessionReceipt> {
        let ended = meter.ended.filter(|_| !meter.tariff.is_free())?;
        let time = ended.saturating_duration_since(meter.begun);
        let counted = dpu_seconds.filter(|seconds| seconds.is_finite() && *seconds > 0.0);
        let usage = Usage::of(counted.map(|_| 0.0), counted, time, meter.tariff.size().dpu);
        Some(SessionReceipt { id: id.to_owned(), time, usage, cost: meter.tariff.so_far(counted, time) })
    }

    /// Returns it as a sentence.
    pub fn text(&self) -> String {
        let id = super::clean(&self.id);
        format!(
            "The session {id} lived {}, used {} DPU-seconds and cost {}.",
            age(self.time),
            self.usage.text(),
            self.cost
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Instant;

    use super::*;
    use crate::run::cost::{Size, Tariff};

    fn meter(tariff: Tariff, lived: Option<Duration>) -> Meter {
        let begun = Instant::now();
        Meter { tariff, begun, ended: lived.map(|lived| begun + lived) }
    }

    fn dear() -> Tariff {
        let size = Size::of(Some("G.1X"), Some(2), None);
        Tariff::new(size, Some("us-east-1"), Some("5.0"), &BTreeMap::from([("us-east-1".to_owned(), 0.5)]))
    }

    #[test]
    fn what_the_service_has_counted_is_no_estimate() {
        let receipt = SessionReceipt::of("s-1", &meter(dear(), Some(Duration::from_secs(1800))), Some(3600.0)).unwrap();
        assert_eq!((receipt.usage.dpu_seconds, receipt.usage.estimate), (3600.0, false));
        assert_eq!(receipt.cost.usd, 0.5);
        let text = receipt.text();
        assert!(text.starts_with("The session s-1 lived 30 min, used 3600.0 DPU-seconds and cost "), "{text}");
    }

    #[test]
    fn what_is_reckoned_is_called_so() {
        for counted in [None, Some(f64::NAN), Some(-1.0)] {
            let receipt = SessionReceipt::of("s-1", &meter(dear(), Some(Duration::from_secs(1800))), counted).unwrap();
            assert_eq!((receipt.usage.dpu_seconds, receipt.usage.estimate), (3600.0, true), "{counted:?}");
            assert!(receipt.cost.estimate && receipt.text().contains("about 3600.0"), "{}", receipt.text());
        }
    }

    #[test]
    fn there_is_none_of_what_lives_or_costs_nothing() {
        assert_eq!(SessionReceipt::of("s-1", &meter(dear(), None), Some(1.0)), None);
        assert_eq!(SessionReceipt::of("s-1", &meter(Tariff::local(), Some(Duration::from_secs(9))), None), None);
    }
}
