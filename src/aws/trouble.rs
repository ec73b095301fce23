//! Failures of calls, for people.

use super::errors::CallFailure;
use super::keys::{Access, Identity};
use super::surroundings::is_region;
use crate::facts;
use crate::model::account::{Trouble, TroubleKind};
use crate::session::ApiErrorKind;

/// The longest part of a service's own words that is shown, in characters.
const LONGEST_QUOTE: usize = 300;

/// What is wrong, and what to do.
struct Plain {
    kind: TroubleKind,
    message: String,
    remedy: String,
}

impl Plain {
    fn new(kind: TroubleKind, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind, message: message.into(), remedy: remedy.into() }
    }
}

/// Returns what a failed call of `identity` means, and what to do about it.
///
/// The message is a sentence, the remedy begins with a verb in lower case; neither ends with a full stop.
pub fn trouble(failure: &CallFailure, identity: &Identity) -> Trouble {
    let plain = plain(failure, identity);
    Trouble {
        retryable: is_retryable(&plain.kind, &failure.kind),
        requires_reauth: matches!(
            plain.kind,
            TroubleKind::NoCredentials | TroubleKind::Expired | TroubleKind::Rejected
        ),
        kind: plain.kind,
        message: plain.message,
        remedy: plain.remedy,
    }
}

fn is_retryable(kind: &TroubleKind, cause: &ApiErrorKind) -> bool {
    match kind {
        TroubleKind::NoNetwork | TroubleKind::Throttled | TroubleKind::Service => true,
        TroubleKind::Other => {
            matches!(cause, ApiErrorKind::Busy | ApiErrorKind::ConcurrentModification | ApiErrorKind::Quota)
        }
        _ => false,
    }
}

fn plain(failure: &CallFailure, identity: &Identity) -> Plain {
    let region = failure.region().or(identity.region.as_deref());
    if let Some(region) = region.filter(|region| !is_region(region)) {
        let region: String = region.chars().take(64).collect();
        let message = format!("\"{}\" is no region", region.escape_debug());
        return Plain::new(TroubleKind::WrongRegion, message, "choose a region such as eu-west-1");
    }
    match &failure.kind {
        ApiErrorKind::NoCredentials => no_credentials(failure, identity),
        ApiErrorKind::ExpiredCredentials => {
            let message = format!("The AWS credentials {}have expired", whose(identity));
            Plain::new(TroubleKind::Expired, message, sign_in(failure, "sign in again"))
        }
        ApiErrorKind::RejectedCredentials => rejected(failure, identity, region),
        ApiErrorKind::ClockSkew => Plain::new(
            TroubleKind::ClockSkew,
            "AWS does not accept the time of this computer's clock",
            "set the clock by a time server, then try again",
        ),
        ApiErrorKind::NoRegion => Plain::new(
            TroubleKind::NoRegion,
            "No AWS region is chosen",
            "set one with %region, in the settings, in AWS_REGION or in the profile",
        ),
        ApiErrorKind::AccessDenied { action } => denied(failure, action.as_deref()),
        ApiErrorKind::Throttled => Plain::new(
            TroubleKind::Throttled,
            format!("{} gets too many calls", service_of(failure.call)),
            "wait; it is tried again",
        ),
        ApiErrorKind::Timeout => unreachable(failure, region, "did not answer in time"),
        ApiErrorKind::Connection { sent: true } => unreachable(failure, region, "broke the connection"),
        ApiErrorKind::Connection { sent: false } => unreachable(failure, region, "cannot be reached"),
        ApiErrorKind::Server { status } => {
            let status = status.map(|status| format!(" (HTTP {status})")).unwrap_or_default();
            let message = format!("{} failed at {}{status}{}", service_of(failure.call), failure.call, quoted(failure));
            Plain::new(TroubleKind::Service, message, "wait; it is tried again")
        }
        ApiErrorKind::BadAnswer => Plain::new(
            TroubleKind::Service,
            format!("The answer to {} cannot be understood{}", failure.call, quoted(failure)),
            "check whether a proxy or a login page stands between here and AWS",
        ),
        ApiErrorKind::Other { code } => other(failure, code.as_deref(), region),
        ApiErrorKind::InvalidInput
        | ApiErrorKind::NotFound
        | ApiErrorKind::AlreadyExists
        | ApiErrorKind::Quota
        | ApiErrorKind::ConcurrentModification
        | ApiErrorKind::IllegalState
        | ApiErrorKind::Busy => refused(failure),
    }
}

fn no_credentials(failure: &CallFailure, identity: &Identity) -> Plain {
    let message = match own_words(failure) {
        words if words.starts_with("there is no profile") => first_upper(&words),
        words if words.is_empty() || words.starts_with("none in") => {
            format!("There are no AWS credentials{}", of_profile(identity))
        }
        words => format!("There are no AWS credentials{}: {words}", of_profile(identity)),
    };
    let remedy = match &identity.profile {
        Some(_) if message.contains("no profile") => "choose another profile, or add it to the AWS config files",
        Some(_) => "sign in, or choose another profile",
        None => "sign in (`aws configure sso` sets it up), or choose a profile",
    };
    Plain::new(TroubleKind::NoCredentials, message, sign_in(failure, remedy))
}

fn rejected(failure: &CallFailure, identity: &Identity, region: Option<&str>) -> Plain {
    // A region that is not enabled knows nobody.
    if let Some(region) = region.and_then(|region| facts::regions().find(region)).filter(|region| region.opt_in)
        && failure.call != "ListBuckets"
        && failure.call != "ListObjectsV2"
    {
        let message = format!(
            "AWS does not accept the credentials {}in {} ({}), a region that accounts have to enable first",
            whose(identity),
            region.id,
            region.name
        );
        let remedy = "enable the region in the account or choose another; if it is enabled, check the credentials";
        return Plain::new(TroubleKind::WrongRegion, message, remedy);
    }
    let message = format!("AWS does not accept the credentials {}", whose(identity));
    let remedy = sign_in(failure, "check the keys, and that they belong to this part of AWS, or sign in again");
    Plain::new(TroubleKind::Rejected, message.trim_end(), remedy)
}

fn denied(failure: &CallFailure, action: Option<&str>) -> Plain {
    if failure.message.contains("Lake Formation") {
        let message = format!("Lake Formation does not allow {}{}", failure.call, quoted(failure));
        return Plain::new(TroubleKind::Denied(None), message, "ask for the permission in Lake Formation");
    }
    let action = action.map_or_else(|| action_of(failure), str::to_owned);
    let lower = failure.message.to_ascii_lowercase();
    let message = match lower.contains("explicit deny") {
        true => {
            match ["service control policy", "resource control policy", "permissions boundary", "VPC endpoint policy"]
                .iter()
                .find(|policy| lower.contains(&policy.to_ascii_lowercase()))
            {
                Some(policy) => format!("{action} is denied by a {policy}"),
                None => format!("{action} is denied by a policy"),
            }
        }
        false => format!("The permission {action} is missing"),
    };
    let remedy = format!("ask for {action} to be allowed, or use another profile");
    Plain::new(TroubleKind::Denied(Some(action)), message, remedy)
}

fn other(failure: &CallFailure, code: Option<&str>, region: Option<&str>) -> Plain {
    let place = region.unwrap_or("this region");
    match code {
        Some("OptInRequired" | "RegionDisabledException") => Plain::new(
            TroubleKind::WrongRegion,
            format!("The account has not enabled {} in {place}", service_of(failure.call)),
            "enable the region or the service in the account, or choose another region",
        ),
        Some("UnknownOperationException" | "OperationNotSupportedException" | "UnknownEndpoint") => Plain::new(
            TroubleKind::WrongRegion,
            format!("{} is not available in {place}", failure.call),
            "choose another region",
        ),
        Some("GlueEncryptionException") => {
            let message = format!("The key that encrypts the Data Catalog may not be used{}", quoted(failure));
            let action = "kms:Decrypt".to_owned();
            Plain::new(TroubleKind::Denied(Some(action)), message, "ask for kms:Decrypt on that key to be allowed")
        }
        // In no words of the service's own, so of something on the way.
        None => Plain::new(
            TroubleKind::NoNetwork,
            format!("Something other than AWS answered {}{}", failure.call, quoted(failure)),
            "check whether a proxy or a login page stands between here and AWS",
        ),
        Some(_) => refused(failure),
    }
}

fn refused(failure: &CallFailure) -> Plain {
    let service = service_of(failure.call);
    let message = format!("{service} refused {}{}", failure.call, quoted(failure));
    Plain::new(TroubleKind::Other, message, "check profile, region and account")
}

fn unreachable(failure: &CallFailure, region: Option<&str>, how: &str) -> Plain {
    let lower = failure.message.to_ascii_lowercase();
    if failure.message.contains("AWS_CA_BUNDLE") {
        let message = first_upper(&own_words(failure));
        return Plain::new(TroubleKind::NoNetwork, message, "correct AWS_CA_BUNDLE or the system's certificates");
    }
    if lower.contains("certificate") {
        let message = format!("The connection to AWS is not secure{}", quoted(failure));
        let remedy = "name the certificates of the proxy in AWS_CA_BUNDLE, if there is one";
        return Plain::new(TroubleKind::NoNetwork, message, remedy);
    }
    let unnamed =
        ["dns error", "failed to lookup", "name or service not known", "no such host", "nodename nor servname"];
    if let Some(region) = region
        && unnamed.iter().any(|words| lower.contains(words))
        && facts::regions().find(region).is_none()
    {
        let service = service_of(failure.call);
        let message = match facts::regions().without_glue.iter().any(|known| known.id == region) {
            true => format!("There is no {service} in {region}"),
            false => format!("{region} has no {service}, or does not exist"),
        };
        return Plain::new(TroubleKind::WrongRegion, message, "check the name of the region, or choose another");
    }
    let place = region.map(|region| format!(" in {region}")).unwrap_or_default();
    let message = format!("{}{place} {how}", service_of(failure.call));
    Plain::new(TroubleKind::NoNetwork, message, "check the network, the VPN and the proxy")
}

/// ` of profile dev `, or nothing where no profile is named.
fn whose(identity: &Identity) -> String {
    match (&identity.access, &identity.profile) {
        (Access::Keys(_), _) => "that %%assume_role names ".to_owned(),
        (_, Some(profile)) => format!("of profile {} ", profile.escape_debug()),
        (_, None) => String::new(),
    }
}

fn of_profile(identity: &Identity) -> String {
    identity.profile.as_ref().map(|profile| format!(" for profile {}", profile.escape_debug())).unwrap_or_default()
}

fn sign_in(failure: &CallFailure, otherwise: &str) -> String {
    failure.remedy().unwrap_or(otherwise).to_owned()
}

/// The service that a call is one of.
fn service_of(call: &str) -> &'static str {
    match prefix_of(call) {
        "sts" => "STS",
        "iam" => "IAM",
        "ec2" => "EC2",
        "s3" => "S3",
        _ => "Glue",
    }
}

fn prefix_of(call: &str) -> &'static str {
    match call {
        "GetCallerIdentity" => "sts",
        _ if call.starts_with("AssumeRole") => "sts",
        "ListRoles"
        | "GetRole"
        | "ListAttachedRolePolicies"
        | "ListRolePolicies"
        | "GetPolicy"
        | "GetPolicyVersion"
        | "GetRolePolicy"
        | "SimulatePrincipalPolicy" => "iam",
        "DescribeSubnets" => "ec2",
        "ListBuckets" | "ListObjectsV2" => "s3",
        _ => "glue",
    }
}

/// The action that a call needs, where the service does not name it.
fn action_of(failure: &CallFailure) -> String {
    // Credentials that could not be had carry the call that should have got them.
    if failure.message.starts_with("AssumeRole: ") {
        return "sts:AssumeRole".to_owned();
    }
    match failure.call {
        "ListBuckets" => "s3:ListAllMyBuckets".to_owned(),
        "ListObjectsV2" => "s3:ListBucket".to_owned(),
        call => format!("{}:{call}", prefix_of(call)),
    }
}

/// What the service, or the transport, says itself, without the remedy.
fn own_words(failure: &CallFailure) -> String {
    let message = failure.remedy().map_or(failure.message.as_str(), |remedy| {
        failure.message.strip_suffix(remedy).map_or(failure.message.as_str(), |rest| rest.trim_end_matches([';', ' ']))
    });
    let plain: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let plain = plain.trim().trim_end_matches('.');
    match plain.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{}…", plain.get(..end).unwrap_or_default()),
        None => plain.to_owned(),
    }
}

/// The same, as the end of a sentence.
fn quoted(failure: &CallFailure) -> String {
    match own_words(failure) {
        words if words.is_empty() => words,
        words => format!(": {words}"),
    }
}

fn first_upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::errors::SignIn;
    use super::super::keys::Keys;
    use super::*;

    fn dev() -> Identity {
        Identity { profile: Some("dev".into()), region: Some("eu-west-1".into()), ..Identity::default() }
    }

    fn of(call: &'static str, kind: ApiErrorKind, message: &str) -> Trouble {
        trouble(&CallFailure::new(call, kind, message), &dev())
    }

    fn denied_as(action: &str) -> TroubleKind {
        TroubleKind::Denied(Some(action.to_owned()))
    }

    #[test]
    fn every_failure_has_its_kind_and_its_words() {
        use ApiErrorKind as Kind;
        let no_profile = "there is no profile \"dev\" in the AWS config files";
        let dns = "dns error: failed to lookup address information: Name or service not known";
        let denied = |action: &str| Kind::AccessDenied { action: Some(action.to_owned()) };
        let unnamed = || Kind::AccessDenied { action: None };
        let coded = |code: &str| Kind::Other { code: Some(code.to_owned()) };
        let offline = || Kind::Connection { sent: false };
        for (call, kind, message, expected, said) in [
            ("GetTables", Kind::NoCredentials, "", TroubleKind::NoCredentials, "no AWS credentials for profile dev"),
            ("GetTables", Kind::NoCredentials, no_profile, TroubleKind::NoCredentials, "There is no profile \"dev\""),
            ("GetTables", Kind::ExpiredCredentials, "x", TroubleKind::Expired, "of profile dev have expired"),
            ("GetTables", Kind::RejectedCredentials, "x", TroubleKind::Rejected, "does not accept the credentials"),
            ("GetTables", Kind::ClockSkew, "x", TroubleKind::ClockSkew, "clock"),
            ("GetTables", Kind::NoRegion, "", TroubleKind::NoRegion, "No AWS region"),
            ("GetTables", coded("OptInRequired"), "x", TroubleKind::WrongRegion, "eu-west-1"),
            (
                "GetTables",
                coded("UnknownOperationException"),
                "",
                TroubleKind::WrongRegion,
                "not available in eu-west-1",
            ),
            ("GetTables", offline(), dns, TroubleKind::NoNetwork, "Glue in eu-west-1 cannot be reached"),
            ("ListRoles", Kind::Timeout, "", TroubleKind::NoNetwork, "IAM in eu-west-1 did not answer in time"),
            ("GetTables", Kind::Connection { sent: true }, "reset", TroubleKind::NoNetwork, "broke the connection"),
            ("GetTables", offline(), "invalid peer certificate", TroubleKind::NoNetwork, "not secure"),
            ("GetTables", offline(), "look at AWS_CA_BUNDLE", TroubleKind::NoNetwork, "Look at AWS_CA_BUNDLE"),
            ("GetTables", Kind::Throttled, "Rate exceeded", TroubleKind::Throttled, "too many calls"),
            ("GetTables", denied("glue:GetTables"), "x", denied_as("glue:GetTables"), "glue:GetTables is missing"),
            ("GetConnections", unnamed(), "", denied_as("glue:GetConnections"), "glue:GetConnections is missing"),
            ("ListRoles", unnamed(), "", denied_as("iam:ListRoles"), "iam:ListRoles"),
            ("GetRolePolicy", unnamed(), "", denied_as("iam:GetRolePolicy"), "iam:GetRolePolicy"),
            ("SimulatePrincipalPolicy", unnamed(), "", denied_as("iam:SimulatePrincipalPolicy"), "iam:Simulate"),
            ("DescribeSubnets", unnamed(), "", denied_as("ec2:DescribeSubnets"), "ec2:DescribeSubnets"),
            ("ListBuckets", unnamed(), "Access Denied", denied_as("s3:ListAllMyBuckets"), "s3:ListAllMyBuckets"),
            ("ListObjectsV2", unnamed(), "Access Denied", denied_as("s3:ListBucket"), "s3:ListBucket"),
            ("GetCallerIdentity", unnamed(), "", denied_as("sts:GetCallerIdentity"), "sts:GetCallerIdentity"),
            ("GetTables", unnamed(), "AssumeRole: no", denied_as("sts:AssumeRole"), "sts:AssumeRole is missing"),
            (
                "GetTables",
                denied("glue:GetTables"),
                "x with an explicit deny in a service control policy",
                denied_as("glue:GetTables"),
                "denied by a service control policy",
            ),
            (
                "GetTables",
                unnamed(),
                "Insufficient Lake Formation permission(s) on sales.",
                TroubleKind::Denied(None),
                "Lake Formation does not allow GetTables",
            ),
            ("GetTables", coded("GlueEncryptionException"), "x", denied_as("kms:Decrypt"), "encrypts"),
            ("GetTables", Kind::Server { status: Some(503) }, "", TroubleKind::Service, "HTTP 503"),
            ("GetTables", Kind::BadAnswer, "it is not JSON", TroubleKind::Service, "it is not JSON"),
            ("GetTables", Kind::Other { code: None }, "HTTP 403", TroubleKind::NoNetwork, "other than AWS"),
            (
                "GetTables",
                coded("Novel"),
                "something new.",
                TroubleKind::Other,
                "Glue refused GetTables: something new",
            ),
            ("GetTables", Kind::NotFound, "Database x not found.", TroubleKind::Other, "Database x not found"),
        ] {
            let found = of(call, kind, message);
            assert_eq!(found.kind, expected, "{call} {message}: {found:?}");
            assert!(found.message.contains(said), "{found:?}");
            assert!(
                found.message.starts_with(|c: char| c.is_uppercase() || found.message.starts_with("glue:")),
                "{found:?}"
            );
            assert!(found.remedy.starts_with(|c: char| c.is_lowercase()), "{found:?}");
            assert!(!found.message.ends_with(['.', ' ']) && !found.remedy.ends_with('.'), "{found:?}");
        }
    }

    #[test]
    fn what_passes_and_what_needs_somebody_is_told() {
        let expired = of("GetTables", ApiErrorKind::ExpiredCredentials, "");
        assert!(expired.requires_reauth && !expired.retryable);
        let slow = of("GetTables", ApiErrorKind::Throttled, "");
        assert!(!slow.requires_reauth && slow.retryable);
        let denied = of("GetTables", ApiErrorKind::AccessDenied { action: None }, "");
        assert!(!denied.requires_reauth && !denied.retryable);
    }

    #[test]
    fn the_way_to_sign_in_is_the_remedy_and_not_part_of_the_message() {
        for (sign_in, remedy) in [
            (SignIn::Sso { profile: "dev".into() }, "run `aws sso login --profile dev`"),
            (SignIn::Login { profile: "dev".into() }, "run `aws login --profile dev`"),
            (
                SignIn::Process { profile: "dev".into(), program: "/opt/get".into() },
                "see why /opt/get, the credential_process of profile dev, gives none",
            ),
            (SignIn::Environment, "renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"),
            (SignIn::NewKeys, "run the cell with %%assume_role again, with fresh credentials"),
            (SignIn::Unknown, "sign in, or choose another profile"),
        ] {
            let failure = CallFailure::new("GetTables", ApiErrorKind::NoCredentials, "the token file is gone");
            let found = trouble(&failure.finished(&sign_in), &dev());
            assert_eq!(found.remedy, remedy);
            assert_eq!(found.message, "There are no AWS credentials for profile dev: the token file is gone");
        }
        let keys = Identity { access: Access::Keys(Keys::new("AKIA", "the-secret", None)), ..dev() };
        let found = trouble(&CallFailure::new("GetTables", ApiErrorKind::RejectedCredentials, "x"), &keys);
        assert_eq!(found.message, "AWS does not accept the credentials that %%assume_role names");
    }

    #[test]
    fn regions_that_do_not_exist_or_are_not_enabled() {
        let dns = "dns error: failed to lookup address information: Name or service not known";
        let within = |region: &str, kind: ApiErrorKind, message: &str| {
            let identity = Identity { region: None, ..dev() };
            trouble(&CallFailure::new("GetTables", kind, message).within(Some(region)), &identity)
        };
        let offline = || ApiErrorKind::Connection { sent: false };
        let made_up = within("eu-west-77", offline(), dns);
        assert_eq!(made_up.kind, TroubleKind::WrongRegion);
        assert!(made_up.message.contains("eu-west-77") && !made_up.retryable, "{made_up:?}");
        assert_eq!(within("sa-west-1", offline(), dns).message, "There is no Glue in sa-west-1");
        assert_eq!(within("eu-west-77", offline(), "connection refused").kind, TroubleKind::NoNetwork);
        let closed = within("af-south-1", ApiErrorKind::RejectedCredentials, "The security token is invalid");
        assert_eq!(closed.kind, TroubleKind::WrongRegion);
        assert!(closed.message.contains("af-south-1 (Africa (Cape Town))"), "{}", closed.message);
        assert_eq!(within("eu-west-1", ApiErrorKind::RejectedCredentials, "").kind, TroubleKind::Rejected);
        let no_region = within("evil.example/", ApiErrorKind::InvalidInput, "\"evil.example/\" is no region");
        assert_eq!(
            (no_region.kind, no_region.message.as_str()),
            (TroubleKind::WrongRegion, "\"evil.example/\" is no region")
        );
    }

    #[test]
    fn a_services_words_are_cut_and_without_control_characters() {
        let found = of("GetTables", ApiErrorKind::InvalidInput, &format!("a\nb{}", "é".repeat(5_000)));
        assert!(found.message.chars().count() < 400 && !found.message.contains('\n'), "{}", found.message);
    }
}
