//! From the members of the policy in some settings to limits.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::model::policy::{Limits, Policy};

use super::table::SettingSpec;
use super::{text, texts};

/// Adds the limits that `values` set. `unreadable` tells why a part of them is missing there.
pub(super) fn add(
    policy: &mut Arc<Policy>,
    values: &[(&'static SettingSpec, Json)],
    written_in: &str,
    unreadable: Option<String>,
) {
    let mut limits = Limits { written_in: written_in.to_owned(), unreadable, ..Limits::default() };
    for (spec, value) in values {
        match spec.name.strip_prefix("policy.") {
            Some("workerTypes") => limits.worker_types = texts(value),
            Some("glueVersions") => limits.glue_versions = texts(value),
            Some("roles") => limits.roles = texts(value),
            Some("regions") => limits.regions = texts(value),
            Some("maxWorkers") => limits.max_workers = value.as_u64(),
            Some("maxDpu") => limits.max_dpu = value.as_f64(),
            Some("maxIdleTimeout") => limits.max_idle_timeout = value.as_u64(),
            Some("maxTimeout") => limits.max_timeout = value.as_u64(),
            Some("requiredTags") => {
                let tags = value.as_object().into_iter().flatten();
                limits.required_tags = tags.map(|(key, values)| (key.clone(), texts(values))).collect();
            }
            Some("requiredConnections") => limits.required_connections = texts(value),
            Some("requiredSubnets") => limits.required_subnets = texts(value),
            Some("requiredSecurityGroups") => limits.required_security_groups = texts(value),
            Some("requiredVpcs") => limits.required_vpcs = texts(value),
            Some("reason") => limits.reason = text(value),
            Some("reasons") => {
                let reasons = value.as_object().into_iter().flatten();
                limits.reasons = reasons.filter_map(|(member, why)| Some((member.clone(), text(why)?))).collect();
            }
            Some("contact") => limits.contact = text(value),
            _ => {}
        }
    }
    let mut all = (**policy).clone();
    all.add(limits);
    if all != **policy {
        *policy = Arc::new(all);
    }
}
