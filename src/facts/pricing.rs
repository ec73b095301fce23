//! What sessions cost: known rates, and how time is counted.
//!
//! The rates are rows of `versions_workers.json`; [`versions`](crate::facts::versions()) holds them as `pricing`.

use serde::Deserialize;

use super::versions::{GlueVersion, WorkerType};

/// The Region whose rates are taken where nothing is known of another.
pub const FALLBACK_REGION: &str = "us-east-1";

/// What sessions cost.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pricing {
    /// Currency of the rates.
    pub currency: String,
    /// Unit of the rates.
    pub unit: String,
    /// How time is counted.
    pub billing: Billing,
    /// Known rates.
    pub rates: Vec<Rate>,
    /// What the table leaves out.
    pub regional_variation: String,
    /// How cost is computed.
    pub formula: String,
    /// The formula with numbers.
    pub example: String,
}

/// How time is counted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Billing {
    /// Step, in seconds.
    pub granularity_seconds: u32,
    /// Least that is billed, in seconds.
    pub minimum_seconds: u32,
    /// What is billed.
    pub basis: String,
}

/// A price.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Region it is from.
    pub region: String,
    /// Glue versions it is for, in words: one version, `up to` one, or `any`.
    pub glue_versions: String,
    /// Kind of unit, starting with `DPU` or `M-DPU`; see [`Rate::unit`].
    pub kind: String,
    /// Amount per unit and hour, in the currency of [`Pricing`].
    pub rate: f64,
    /// How sure it is: `high`, `medium` or `low`; see [`Rate::confidence`].
    pub confidence: String,
    /// Where it was seen.
    pub source: String,
}

/// What is billed: which kind of data processing unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DpuKind {
    /// The usual one.
    Standard,
    /// That of workers with much memory.
    Memory,
    /// That of Ray sessions.
    Ray,
}

impl DpuKind {
    /// Returns the kind that a worker type is billed by.
    pub fn of_worker(worker: &WorkerType) -> Self {
        Self::of_words(&worker.dpu_kind)
    }

    fn of_words(words: &str) -> Self {
        match words {
            _ if words.contains("Ray") => Self::Ray,
            _ if words.starts_with("M-DPU") => Self::Memory,
            _ => Self::Standard,
        }
    }
}

/// How sure a rate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Hearsay, or a rate of something similar.
    Low,
    /// From a list that may be out of date.
    Medium,
    /// Published by AWS.
    High,
}

impl Rate {
    /// Returns the kind of unit.
    pub fn unit(&self) -> DpuKind {
        DpuKind::of_words(&self.kind)
    }

    /// Returns how sure the rate is.
    pub fn confidence(&self) -> Confidence {
        match self.confidence.as_str() {
            "high" => Confidence::High,
            "medium" => Confidence::Medium,
            _ => Confidence::Low,
        }
    }

    /// Returns whether the rate is that of a Glue version, given by its major and minor number.
    fn is_of(&self, version: (u8, u8)) -> bool {
        match self.glue_versions.strip_prefix("up to ") {
            Some(last) => number(last).is_some_and(|last| version <= last),
            None => self.glue_versions == "any" || number(&self.glue_versions) == Some(version),
        }
    }
}

/// A rate that was looked up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownRate {
    /// US dollars per unit and hour.
    pub usd: f64,
    /// How sure it is, for what was asked. [`Confidence::Low`] at most where it is that of another Region or version.
    pub confidence: Confidence,
    /// Whether it is another Region's.
    pub other_region: bool,
}

impl Pricing {
    /// Returns what a unit costs in a Region on a Glue version (`5.1`); `None` stands for the version that the kernel
    /// asks for.
    ///
    /// Where the Region has no rate, it is that of [`FALLBACK_REGION`]; where the version has none (`auto`, or one that
    /// came out later), the highest of the kind. `None` if the kind has no rate at all.
    pub fn rate(&self, region: &str, version: Option<&str>, unit: DpuKind) -> Option<KnownRate> {
        let version = match version {
            Some(version) => number(version),
            None => super::versions().kernel_default().map(GlueVersion::number),
        };
        let of = |region: &str| {
            let rows = self.rates.iter().filter(move |row| row.region == region && row.unit() == unit);
            let exact = version.and_then(|version| rows.clone().find(|row| row.is_of(version)));
            let highest = || rows.clone().max_by(|a, b| a.rate.total_cmp(&b.rate));
            let known = |row: &Rate, confidence| KnownRate { usd: row.rate, confidence, other_region: false };
            exact.map(|row| known(row, row.confidence())).or_else(|| highest().map(|row| known(row, Confidence::Low)))
        };
        of(region).or_else(|| {
            let other = of(FALLBACK_REGION)?;
            Some(KnownRate { confidence: Confidence::Low, other_region: true, ..other })
        })
    }
}

/// Reads the major and minor number of a version.
fn number(version: &str) -> Option<(u8, u8)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::versions;

    fn rate(region: &str, version: Option<&str>, unit: DpuKind) -> KnownRate {
        versions().pricing.rate(region, version, unit).unwrap()
    }

    #[test]
    fn every_row_is_understood() {
        let pricing = &versions().pricing;
        assert_eq!(pricing.currency, "USD");
        assert_eq!(pricing.billing.minimum_seconds, 60);
        for row in &pricing.rates {
            let words = row.glue_versions.strip_prefix("up to ").unwrap_or(&row.glue_versions);
            assert!(words == "any" || number(words).is_some(), "{row:?}");
            assert!(["high", "medium", "low"].contains(&row.confidence.as_str()), "{row:?}");
            assert!(row.rate > 0.0 && row.rate < 10.0, "{row:?}");
            assert!(row.kind.starts_with("DPU") || row.kind.starts_with("M-DPU"), "{row:?}");
        }
        for worker in versions().worker_types() {
            let unit = DpuKind::of_worker(worker);
            assert_ne!(unit, DpuKind::Ray, "{}", worker.name);
            assert!(pricing.rate(FALLBACK_REGION, None, unit).is_some(), "{} has no price", worker.name);
        }
    }

    #[test]
    fn versions_and_units_have_their_own_rates() {
        let known = rate("us-east-1", Some("5.0"), DpuKind::Standard);
        assert_eq!(known, KnownRate { usd: 0.44, confidence: Confidence::High, other_region: false });
        assert_eq!(rate("us-east-1", None, DpuKind::Standard), known);
        assert_eq!(rate("us-east-1", Some("6.0"), DpuKind::Standard).usd, 0.308);
        assert_eq!(rate("us-east-1", Some("5.1"), DpuKind::Memory).usd, 0.52);
        assert_eq!(rate("us-east-1", Some("5.1"), DpuKind::Memory).confidence, Confidence::Medium);
        assert_eq!(rate("eu-west-1", Some("4.0"), DpuKind::Ray).usd, 0.44);
    }

    #[test]
    fn what_is_unknown_has_the_price_of_something_known() {
        // A Region that has a rate for Ray only does not sell its other units at that rate.
        let elsewhere = rate("eu-west-1", Some("5.0"), DpuKind::Memory);
        assert_eq!(elsewhere, KnownRate { usd: 0.52, confidence: Confidence::Low, other_region: true });
        assert!(rate("xx-nowhere-9", Some("4.0"), DpuKind::Standard).other_region);
        for version in ["auto", "7.0", "", "5", "999.999", "5.x"] {
            let guess = rate("us-east-1", Some(version), DpuKind::Standard);
            assert_eq!(guess, KnownRate { usd: 0.44, confidence: Confidence::Low, other_region: false }, "{version}");
        }
    }
}
