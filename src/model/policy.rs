//! What an organisation allows sessions to be, and what of a request breaks it.
//!
//! A policy is a list of limits, one for each place where some are written, and all of them hold: nothing that is
//! added can weaken what was there before.

use std::collections::BTreeMap;

use crate::facts;

use super::create::CreateSession;
use super::setting::Setting;

pub mod network;

/// All limits that hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policy {
    /// One for each place where limits are written.
    pub limits: Vec<Limits>,
}

/// The limits that are written in one place. What is `None` or empty sets no limit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Limits {
    /// Where they are written, for people: `glue-ls.toml`, `your editor's settings`.
    pub written_in: String,
    /// Patterns of worker types.
    pub worker_types: Vec<String>,
    /// Patterns of Glue versions.
    pub glue_versions: Vec<String>,
    /// Patterns of roles' ARNs.
    pub roles: Vec<String>,
    /// Patterns of regions.
    pub regions: Vec<String>,
    /// The most workers.
    pub max_workers: Option<u64>,
    /// The most DPU.
    pub max_dpu: Option<f64>,
    /// The longest idle timeout, in minutes.
    pub max_idle_timeout: Option<u64>,
    /// The longest lifetime, in minutes.
    pub max_timeout: Option<u64>,
    /// Tags that must be there, with patterns of the values that they may have; without any, each value will do.
    pub required_tags: BTreeMap<String, Vec<String>>,
    /// Connections that must be there.
    pub required_connections: Vec<String>,
    /// Subnets of which the session must be in one.
    pub required_subnets: Vec<String>,
    /// Security groups that the session must have.
    pub required_security_groups: Vec<String>,
    /// VPCs of which the session must be in one.
    pub required_vpcs: Vec<String>,
    /// Why, for people.
    pub reason: Option<String>,
    /// Why, for single members, by their names in the settings.
    pub reasons: BTreeMap<String, String>,
    /// Whom to ask: an address.
    pub contact: Option<String>,
    /// Why a part of them cannot be read, where that is so: nothing starts until it can be.
    pub unreadable: Option<String>,
}

/// What is known besides the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances<'a> {
    /// Minutes of the idle timeout that is sent where the request has none.
    pub idle_timeout: u32,
    /// Tags that are sent where the request has none of these keys.
    pub tags: &'a BTreeMap<String, String>,
    /// The region; `None` where it is not known yet, `""` where there is none.
    pub region: Option<&'a str>,
    /// Whether a role that the request does not name may still be set from outside of what was looked at.
    pub role_may_come: bool,
}

/// What of a request breaks a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The member of the policy, by its name in the settings.
    pub member: &'static str,
    /// The setting to blame, where it is one.
    pub setting: Option<Setting>,
    /// The tag to blame, where it is one.
    pub tag: Option<String>,
    /// The connection that is missing, where it is one.
    pub connection: Option<String>,
    /// What is wrong, why, and where that is written, for people.
    pub message: String,
}

impl Policy {
    /// Returns whether there are no limits.
    pub fn is_empty(&self) -> bool {
        self.limits.is_empty()
    }

    /// Adds limits; they hold beside those that are there.
    pub fn add(&mut self, limits: Limits) {
        let nothing = Limits { written_in: limits.written_in.clone(), ..Limits::default() };
        if limits != nothing && !self.limits.contains(&limits) {
            self.limits.push(limits);
        }
    }
}

impl Limits {
    /// Returns whether there are limits to where connections lead.
    pub fn has_network(&self) -> bool {
        let lists = [&self.required_vpcs, &self.required_subnets, &self.required_security_groups];
        lists.iter().any(|list| !list.is_empty())
    }

    /// Returns what is wrong with why, where that is written, and whom to ask, for people.
    fn message(&self, member: &str, what: &str) -> String {
        let reason = self.reasons.get(member).or(self.reason.as_ref());
        let reason = reason.map(|reason| format!(": {}", reason.trim_end_matches('.'))).unwrap_or_default();
        let contact = self.contact.as_ref().map(|contact| format!("; see {contact}")).unwrap_or_default();
        format!("{what}{reason} (`policy.{member}` in {}{contact})", self.written_in)
    }
}

/// The member of the breach that stands for a policy that cannot be read: no document can mend it.
pub const UNREADABLE: &str = "*";

/// Returns what of a request breaks a policy, in the order of the policy's members.
pub fn breaches(policy: &Policy, request: &CreateSession, circumstances: Circumstances<'_>) -> Vec<Breach> {
    let mut found: Vec<Breach> = Vec::new();
    for limits in &policy.limits {
        let mut check = Check { limits, request, found: &mut found };
        if let Some(why) = &limits.unreadable {
            check.add(UNREADABLE, None, None, &format!("the policy cannot be read in full, so nothing starts: {why}"));
        }
        check.what_it_is(circumstances);
        check.how_large();
        check.how_long(circumstances.idle_timeout);
        check.what_it_needs(circumstances.tags);
    }
    found
}

struct Check<'a> {
    limits: &'a Limits,
    request: &'a CreateSession,
    found: &'a mut Vec<Breach>,
}

impl Check<'_> {
    fn add(&mut self, member: &'static str, setting: Option<Setting>, tag: Option<&str>, what: &str) {
        let message = self.limits.message(member, what);
        self.push(Breach { member, setting, tag: tag.map(str::to_owned), connection: None, message });
    }

    fn push(&mut self, breach: Breach) {
        if !self.found.contains(&breach) {
            self.found.push(breach);
        }
    }

    fn what_it_is(&mut self, circumstances: Circumstances<'_>) {
        let (limits, request) = (self.limits, self.request);
        let worker = worker_type(request);
        if outside(worker, &limits.worker_types) {
            let default = if request.worker_type.is_some() { "" } else { " (the service's default)" };
            let list = or(&limits.worker_types);
            let what = format!("workers of the type {}{default} are not allowed; {list}", shown(worker));
            self.add("workerTypes", Some(Setting::WorkerType), None, &what);
        }
        let version = request.glue_version.as_deref().unwrap_or_default();
        if outside(version, &limits.glue_versions) {
            let what = format!("Glue {} is not allowed; {}", shown(version), or(&limits.glue_versions));
            self.add("glueVersions", Some(Setting::GlueVersion), None, &what);
        }
        match request.role.as_deref() {
            Some(role) if outside(role, &limits.roles) => {
                let what = format!("the role {} is not allowed; {}", shown(role), or(&limits.roles));
                self.add("roles", Some(Setting::IamRole), None, &what);
            }
            None if !limits.roles.is_empty() && !circumstances.role_may_come => {
                let what = format!("no role is set, and not every role is allowed; {}", or(&limits.roles));
                self.add("roles", Some(Setting::IamRole), None, &what);
            }
            _ => {}
        }
        match circumstances.region {
            Some("") if !limits.regions.is_empty() => {
                let what = format!("no region is known, and not every region is allowed; {}", or(&limits.regions));
                self.add("regions", Some(Setting::Region), None, &what);
            }
            Some(region) if outside(region, &limits.regions) => {
                let what = format!("the region {} is not allowed; {}", shown(region), or(&limits.regions));
                self.add("regions", Some(Setting::Region), None, &what);
            }
            _ => {}
        }
    }

    fn how_large(&mut self) {
        let request = self.request;
        let setting = match (request.max_capacity, &request.number_of_workers) {
            (Some(_), None) => Setting::MaxCapacity,
            _ => Setting::NumberOfWorkers,
        };
        let (workers, dpu) = size(request);
        if let Some(most) = self.limits.max_workers
            && workers > most as f64
        {
            let default = request.max_capacity.is_none() && request.number_of_workers.is_none();
            let default = if default { " (the service's default)" } else { "" };
            let plural = if workers == 1.0 { "worker is" } else { "workers are" };
            self.add(
                "maxWorkers",
                Some(setting),
                None,
                &format!("{workers} {plural} too many{default}; the most is {most}"),
            );
        }
        let Some(most) = self.limits.max_dpu else { return };
        match dpu {
            Some(dpu) if dpu > most => {
                self.add(
                    "maxDpu",
                    Some(setting),
                    None,
                    &format!("a session of {dpu} DPU is too large; the most is {most}"),
                );
            }
            Some(_) => {}
            None => {
                let worker = shown(worker_type(request));
                let what = format!(
                    "how many DPU workers of the type {worker} have is not known; the most is {most} DPU in all"
                );
                self.add("maxDpu", Some(Setting::WorkerType), None, &what);
            }
        }
    }

    fn how_long(&mut self, idle_default: u32) {
        let request = self.request;
        if let Some(most) = self.limits.max_idle_timeout {
            let minutes = request.idle_timeout.as_deref().map_or(f64::from(idle_default), number);
            if minutes > most as f64 {
                let default =
                    if request.idle_timeout.is_some() { "" } else { " (what glue-ls sends where none is set)" };
                let what = format!("an idle timeout of {minutes} minutes{default} is too long; the most is {most}");
                self.add("maxIdleTimeout", Some(Setting::IdleTimeout), None, &what);
            }
        }
        let Some(most) = self.limits.max_timeout else { return };
        let streaming = request.command == "gluestreaming";
        match &request.timeout {
            Some(digits) if number(digits) > most as f64 => {
                let what = format!("a lifetime of {} minutes is too long; the most is {most}", number(digits));
                self.add("maxTimeout", Some(Setting::Timeout), None, &what);
            }
            None if streaming || u64::from(facts::versions().timeouts.timeout.default) > most => {
                let what = match streaming {
                    true => format!("a streaming session without a timeout has no end; the most is {most} minutes"),
                    false => format!(
                        "a lifetime of {} minutes (the service's default) is too long; the most is {most}",
                        facts::versions().timeouts.timeout.default
                    ),
                };
                self.add("maxTimeout", Some(Setting::Timeout), None, &what);
            }
            _ => {}
        }
    }

    fn what_it_needs(&mut self, tags: &BTreeMap<String, String>) {
        let (limits, request) = (self.limits, self.request);
        for (key, values) in &limits.required_tags {
            let own = request.tags.iter().find(|(known, _)| known == key).map(|(_, value)| value);
            match own.or_else(|| tags.get(key)) {
                None => {
                    let wanted = if values.is_empty() { String::new() } else { format!("; {}", or(values)) };
                    self.add("requiredTags", None, Some(key), &format!("the tag {} is missing{wanted}", shown(key)));
                }
                Some(value) if outside(value, values) => {
                    let what = format!("the tag {} must not be {}; {}", shown(key), shown(value), or(values));
                    self.add("requiredTags", None, Some(key), &what);
                }
                Some(_) => {}
            }
        }
        let has = |name: &String| request.connections.iter().any(|known| known.trim() == name);
        for name in limits.required_connections.iter().filter(|name| !has(name)) {
            let what = format!("the connection {} is missing", shown(name));
            let (member, setting) = ("requiredConnections", Some(Setting::Connections));
            let message = limits.message(member, &what);
            self.push(Breach { member, setting, tag: None, connection: Some(name.clone()), message });
        }
        // Which network a connection leads to only the account knows. Without any, the session is in none of these.
        if request.connections.iter().all(|name| name.trim().is_empty()) {
            for (member, what, list) in [
                ("requiredSubnets", "subnets", &limits.required_subnets),
                ("requiredSecurityGroups", "security groups", &limits.required_security_groups),
                ("requiredVpcs", "VPCs", &limits.required_vpcs),
            ] {
                if !list.is_empty() {
                    let what = format!(
                        "without a connection the session is in none of the required {what}, {}",
                        list.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ")
                    );
                    self.add(member, Some(Setting::Connections), None, &what);
                }
            }
        }
    }
}

/// The type of the workers; capacity alone counts workers of the default type.
fn worker_type(request: &CreateSession) -> &str {
    request.worker_type.as_deref().unwrap_or(&facts::versions().capacity.default_worker_type)
}

/// How many workers a session has at most, and how many DPU; `None` for a type that nothing is known of.
fn size(request: &CreateSession) -> (f64, Option<f64>) {
    let each = facts::versions().worker(worker_type(request)).map(|row| row.dpu);
    let default = || f64::from(facts::versions().capacity.default_workers);
    match (request.max_capacity, &request.number_of_workers) {
        // What is no number is more than any.
        (Some(dpu), None) => {
            let dpu = if dpu.is_nan() { f64::INFINITY } else { dpu };
            (each.map_or(dpu, |each| (dpu / each).ceil()), Some(dpu))
        }
        (_, digits) => {
            let workers = digits.as_deref().map_or_else(default, number);
            (workers, each.map(|each| each * workers))
        }
    }
}

/// Digits of any length as a number; what is none is more than any.
fn number(digits: &str) -> f64 {
    digits.parse().unwrap_or(f64::INFINITY)
}

fn outside(value: &str, allowed: &[String]) -> bool {
    !allowed.is_empty() && !allowed.iter().any(|pattern| matches(pattern, value))
}

/// Returns whether a pattern, in which `*` stands for any text, is the whole of a text.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where the last star stands, and what it stands for ends so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((at, end)) = star {
            star = Some((at, end + 1));
            (p, t) = (at + 1, end + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// A text for people, in backticks and not longer than fits into a message.
fn shown(text: &str) -> String {
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(120).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("`{short}`")
}

fn or(list: &[String]) -> String {
    let shown: Vec<String> = list.iter().map(|item| shown(item)).collect();
    format!("allowed: {}", shown.join(", "))
}

#[cfg(test)]
mod tests;
