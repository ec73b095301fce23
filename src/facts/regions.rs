//! Regions and partitions of AWS.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Regions, partitions and Glue's endpoints.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionTable {
    /// Number of the format of the file.
    pub schema: u32,
    regions: Vec<Region>,
    /// Regions known to the SDK in which Glue has no endpoint.
    pub without_glue: Vec<RegionWithoutGlue>,
    /// How endpoints are put together from `{region}`, `{dnsSuffix}` and `{dualStackDnsSuffix}`.
    pub endpoint_patterns: EndpointPatterns,
    partitions: Vec<Partition>,
    /// What the kernel itself knows about Regions.
    pub kernel: KernelRegions,
    /// What the table leaves out.
    pub note: String,
    /// Where the figures and names come from.
    pub sources: Vec<String>,
}

impl RegionTable {
    /// Returns the Region with this id (`eu-west-1`), in lower case.
    pub fn find(&self, id: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.id == id)
    }

    /// Returns all Regions with a Glue endpoint.
    pub fn all(&self) -> &[Region] {
        &self.regions
    }

    /// Returns all partitions.
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// Returns the partition with this id (`aws-cn`).
    pub fn partition(&self, id: &str) -> Option<&Partition> {
        self.partitions.iter().find(|partition| partition.id == id)
    }

    /// Returns the partition a Region belongs to, also one that is newer than the table.
    pub fn partition_of(&self, region: &str) -> Option<&Partition> {
        if let Some(known) = self.find(region) {
            return self.partition(&known.partition);
        }
        // `us-gov-` also starts with `us-`, so the longest prefix decides.
        self.partitions
            .iter()
            .filter_map(|partition| {
                let longest = partition
                    .region_prefixes
                    .iter()
                    .filter(|prefix| region.starts_with(prefix.as_str()))
                    .map(String::len)
                    .max()?;
                Some((longest, partition))
            })
            .max_by_key(|(longest, _)| *longest)
            .map(|(_, partition)| partition)
    }
}

/// A Region with a Glue endpoint.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Id of its partition.
    pub partition: String,
    /// Glue's endpoint.
    pub endpoint: String,
    /// The token service's endpoint.
    pub sts_endpoint: String,
    /// Glue's endpoint for IPv4 and IPv6.
    pub dualstack_endpoint: String,
    /// Glue's endpoint with validated cryptography.
    pub fips_endpoint: Option<String>,
    /// Whether an account has to turn the Region on first.
    #[serde(default)]
    pub opt_in: bool,
}

/// A Region in which Glue has no endpoint.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionWithoutGlue {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: Option<String>,
    /// Id of its partition.
    pub partition: String,
    /// What is known.
    pub note: String,
}

/// A partition: a part of AWS with its own accounts and ARNs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// Its id, the second part of every ARN.
    pub id: String,
    /// What endpoints end in.
    pub dns_suffix: String,
    /// What endpoints for IPv4 and IPv6 end in.
    pub dualstack_suffix: String,
    /// The Region global services sign for.
    pub default_region: String,
    /// What the ids of its Regions start with.
    pub region_prefixes: Vec<String>,
}

impl Partition {
    /// Returns what every ARN of the partition starts with (`arn:aws:`).
    pub fn arn_prefix(&self) -> String {
        format!("arn:{}:", self.id)
    }
}

/// How Glue's endpoints are put together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointPatterns {
    /// Usual.
    pub default: String,
    /// For IPv4 and IPv6.
    pub dualstack: String,
    /// With validated cryptography.
    pub fips: String,
    /// Both.
    pub fips_dualstack: String,
}

/// What the kernel itself knows about Regions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelRegions {
    /// Regions it takes for Chinese ones.
    pub china: Vec<String>,
    /// Regions it takes for GovCloud.
    pub gov: Vec<String>,
    /// Endpoints it has a fixed address for, by Region.
    pub adc_fixed_endpoints: BTreeMap<String, String>,
    /// Its own short names for Regions.
    pub adc_aliases: BTreeMap<String, String>,
    /// Which partition it writes into ARNs.
    pub arn_partition_rule: String,
    /// What goes wrong.
    pub note: String,
}
