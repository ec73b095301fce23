//! Who calls, where, and by what: credentials, clock, region, addresses.

use super::machine::Machine;
use super::probe::Failure;
use super::report::{Check, quoted};
use super::{Request, shown};
use crate::aws::Caller;
use crate::facts;
use crate::model::account::TroubleKind;

/// Where credentials come from, and how to get fresh ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// For people.
    pub(super) text: String,
    /// The command that signs in, where there is one.
    pub(super) sign_in: Option<String>,
}

/// Tells where credentials are taken from, in the order of the AWS tools.
pub(super) fn source(request: &Request, machine: &Machine) -> Source {
    let mut source = own_source(request, machine);
    if let Some(role) = &request.assume {
        source.text = format!("the role {}, assumed with {}", shown(role), source.text);
    }
    source
}

fn own_source(request: &Request, machine: &Machine) -> Source {
    let is_set = |name| machine.variable(name).is_some();
    if request.profile.is_none() && is_set("AWS_ACCESS_KEY_ID") {
        return Source { text: "the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned(), sign_in: None };
    }
    let chosen = request.profile.as_ref().map(|chosen| (chosen.value.clone(), chosen.from.clone()));
    let named = || machine.variable("AWS_PROFILE").map(|name| (name.to_owned(), "AWS_PROFILE".to_owned()));
    let (profile, from) = chosen.or_else(named).unwrap_or_else(|| ("default".to_owned(), String::new()));
    let from = if from.is_empty() { from } else { format!(", from {from}") };
    if let Some((how, sign_in)) = way(machine, &profile) {
        return Source { text: format!("the profile {} ({how}{from})", shown(&profile)), sign_in };
    }
    let text = if request.profile.is_some() {
        format!("the profile {}{from}", shown(&profile))
    } else if is_set("AWS_WEB_IDENTITY_TOKEN_FILE") {
        "a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)".to_owned()
    } else if is_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") || is_set("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
        "the container that glue-ls runs in".to_owned()
    } else if is_set("AWS_EC2_METADATA_DISABLED") {
        "the environment and the AWS config files".to_owned()
    } else {
        "the instance that glue-ls runs on".to_owned()
    };
    Source { text, sign_in: None }
}

/// How a profile comes to credentials.
fn way(machine: &Machine, profile: &str) -> Option<(&'static str, Option<String>)> {
    let mut name = profile;
    let mut role = false;
    // A profile may borrow from another; a circle ends the search.
    for _ in 0..8 {
        let keys = machine.profiles.get(name)?;
        let has = |key| keys.contains_key(key);
        if has("sso_session") || has("sso_start_url") {
            return Some(("IAM Identity Center", Some(format!("aws sso login --profile {}", quoted(name)))));
        }
        if has("login_session") {
            return Some(("console login", Some(format!("aws login --profile {}", quoted(name)))));
        }
        if has("credential_process") {
            return Some(("credential_process", None));
        }
        if has("web_identity_token_file") {
            return Some(("web identity", None));
        }
        if has("aws_access_key_id") {
            return Some((if role { "a role, with the keys of another profile" } else { "keys in the file" }, None));
        }
        role |= has("role_arn");
        match keys.get("source_profile") {
            Some(source) if source != name => name = source,
            _ => return role.then_some(("a role", None)),
        }
    }
    None
}

/// Judges the credentials, and the clock, which AWS checks with them.
pub(super) fn credentials(caller: &Result<Caller, Failure>, source: &Source) -> Vec<Check> {
    const TITLE: &str = "Credentials";
    let clock = |check: Check| Check { id: "clock", title: "Clock".to_owned(), ..check };
    match caller {
        Ok(caller) => {
            let text = format!("{}, account {}, from {}", shown(&caller.arn), shown(&caller.account), source.text);
            let check = if caller.user_id.contains(',') {
                let message = format!(
                    "{text}. The name of the role's session holds a comma, which the kernel leaves out of the tag \
                     `owner`: policies that compare the two refuse it. Assume the role with a name without comma."
                );
                Check::warning("credentials", TITLE, message)
            } else {
                Check::ok("credentials", TITLE, text)
            };
            vec![check, clock(Check::ok("", "", "AWS accepts the time of this computer"))]
        }
        Err(failure) => {
            let what = failure.sentence();
            let (check, time) = match failure.trouble.kind {
                TroubleKind::ClockSkew => (
                    Check::unknown("credentials", TITLE, "AWS does not look at them while the clock is wrong."),
                    Check::failed("", "", format!("{what}.")).command(set_clock()),
                ),
                TroubleKind::NoNetwork | TroubleKind::Service | TroubleKind::Throttled => (
                    Check::failed("credentials", TITLE, format!("{what}. They would come from {}.", source.text)),
                    Check::unknown("", "", "AWS could not be asked."),
                ),
                TroubleKind::NoCredentials | TroubleKind::Expired | TroubleKind::Rejected => {
                    let check = Check::failed("credentials", TITLE, format!("{what}. Looked for in {}.", source.text));
                    let none = failure.trouble.kind == TroubleKind::NoCredentials;
                    let command = source.sign_in.clone().or(none.then(|| "aws configure sso".to_owned()));
                    let check = command.into_iter().fold(check, Check::command);
                    (check, Check::unknown("", "", "AWS looks at it together with credentials."))
                }
                TroubleKind::NoRegion => (
                    Check::unknown("credentials", TITLE, "without a region nobody can be asked."),
                    Check::unknown("", "", "without a region nobody can be asked."),
                ),
                _ => (
                    Check::failed("credentials", TITLE, format!("{what}. They come from {}.", source.text)),
                    Check::unknown("", "", "AWS did not say."),
                ),
            };
            vec![check, clock(time)]
        }
    }
}

fn set_clock() -> &'static str {
    if cfg!(windows) {
        "w32tm /resync"
    } else if cfg!(target_os = "macos") {
        "sudo sntp -sS time.apple.com"
    } else {
        "sudo timedatectl set-ntp true"
    }
}

/// Judges the region.
pub(super) fn region(region: &Result<String, Failure>, request: &Request, machine: &Machine) -> Check {
    const TITLE: &str = "Region";
    match region {
        Ok(region) => {
            let (from, only_here) = region_from(request, machine);
            let text = format!("{}, from {from}", shown(region));
            let known = facts::regions().find(region);
            if known.is_none() {
                let message = format!("{text}. It is no region that glue-ls knows; check its name.");
                return Check::warning("region", TITLE, message);
            }
            if only_here {
                let message =
                    format!("{text}. The official kernel does not read this variable; set AWS_REGION, or use %region.");
                return Check::warning("region", TITLE, message).command(format!("export AWS_REGION={region}"));
            }
            Check::ok("region", TITLE, text)
        }
        Err(failure) if failure.trouble.kind == TroubleKind::NoRegion => {
            let message = "no region is chosen: set AWS_REGION, the region of the profile, or `--region`.";
            Check::failed("region", TITLE, message).command("export AWS_REGION=us-east-1")
        }
        Err(failure) => Check::failed("region", TITLE, format!("{}.", failure.sentence())),
    }
}

/// Where the region comes from, and whether the kernel would not find it there.
fn region_from(request: &Request, machine: &Machine) -> (String, bool) {
    if let Some(chosen) = &request.region {
        return (chosen.from.clone(), false);
    }
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if machine.variable(name).is_some_and(|value| !value.trim().is_empty()) {
            return (name.to_owned(), name == "AWS_DEFAULT_REGION");
        }
    }
    let chosen = request.profile.as_ref().map(|chosen| chosen.value.as_str());
    let profile = chosen.or_else(|| machine.variable("AWS_PROFILE")).unwrap_or("default");
    (format!("the profile {}", shown(profile)), false)
}

/// Notes addresses that stand in the place of AWS's own.
pub(super) fn endpoint(request: &Request, machine: &Machine) -> Option<Check> {
    let ignored = machine.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return None;
    }
    let variables = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_GLUE", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM"];
    let mut set: Vec<String> = variables
        .iter()
        .filter_map(|name| Some(format!("{} ({name})", shown(&without_user(machine.variable(name)?)))))
        .collect();
    let chosen = request.profile.as_ref().map(|chosen| chosen.value.as_str());
    let profile = chosen.or_else(|| machine.variable("AWS_PROFILE")).unwrap_or("default");
    if let Some(url) = machine.profiles.get(profile).and_then(|keys| keys.get("endpoint_url")) {
        set.push(format!("{} (the profile {})", shown(&without_user(url)), shown(profile)));
    }
    if set.is_empty() {
        return None;
    }
    let message = format!("calls go to {} in place of AWS's own addresses.", set.join(", "));
    Some(Check::warning("endpoint", "Address of AWS", message))
}

/// A URL without name and password, and without what follows the host.
fn without_user(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
}

#[cfg(test)]
mod tests;
