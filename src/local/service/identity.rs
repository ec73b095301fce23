//! Who calls and as whom: STS's and IAM's part, in the Query protocol.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::StatusCode;
use serde_json::json;

use super::LocalConfig;
use super::access::{EXPLICIT, denial, forbidden, is_denied};
use super::caller::{self, Caller, Keys, of_role_arn, role_id};
use super::wire::{Refusal, Service, escaped, parameter};

/// The longest that a session of a role may last, in seconds, and how long it lasts where nothing is said.
const LONGEST: u64 = 3_600;

/// How many roles a page holds where the request does not say.
const PAGE: usize = 100;

/// Answers a request to STS or IAM with XML.
pub(super) fn answer(
    config: &LocalConfig,
    keys: &mut Keys,
    caller: &Caller,
    service: Service,
    body: &[u8],
) -> Result<String, Refusal> {
    let action = parameter(body, "Action").unwrap_or_default();
    match (service, action.as_str()) {
        // Nobody is ever denied it.
        (Service::Sts, "GetCallerIdentity") => Ok(who(config, caller)),
        (Service::Sts, "AssumeRole") => assume(config, keys, caller, body),
        (Service::Iam, "GetRole") => role(config, caller, parameter(body, "RoleName")),
        (Service::Iam, "ListRoles") => roles(config, caller, body),
        _ => Err(Refusal::new("InvalidAction", format!("The local Glue has no operation {action}."))),
    }
}

fn who(config: &LocalConfig, caller: &Caller) -> String {
    let result = format!(
        "<Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account>",
        escaped(&caller.arn()),
        escaped(&caller.user_id(config)),
        escaped(&caller.account),
    );
    document("GetCallerIdentity", STS, &result)
}

/// AssumeRole. Where the catalogue has no roles any may be assumed.
fn assume(config: &LocalConfig, keys: &mut Keys, caller: &Caller, body: &[u8]) -> Result<String, Refusal> {
    let given = |name: &str| parameter(body, name).filter(|value| !value.is_empty());
    let invalid = |message: &str| Refusal::new("ValidationError", message);
    let missing = |name: &str| {
        let message = "failed to satisfy constraint: Member must not be null";
        invalid(&format!("1 validation error detected: Value null at '{name}' {message}"))
    };
    let arn = given("RoleArn").ok_or_else(|| missing("roleArn"))?;
    let user = given("RoleSessionName").ok_or_else(|| missing("roleSessionName"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !(2..=64).contains(&user.len()) || !user.chars().all(plain) {
        let message = "1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint: Member must satisfy \
                       regular expression pattern: [\\w+=,.@-]* and have length from 2 to 64";
        return Err(invalid(message));
    }
    let Some((account, name)) = of_role_arn(&arn) else { return Err(invalid(&format!("{arn} is invalid"))) };
    let seconds = match given("DurationSeconds").map(|text| text.parse::<u64>()) {
        None => LONGEST,
        Some(Ok(seconds)) if (900..=LONGEST).contains(&seconds) => seconds,
        Some(Ok(seconds)) if seconds > LONGEST => {
            return Err(invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
        }
        Some(_) => {
            return Err(invalid(
                "1 validation error detected: Value at 'durationSeconds' failed to satisfy constraint: \
                                Member must have value greater than or equal to 900",
            ));
        }
    };
    const ACTION: &str = "sts:AssumeRole";
    if is_denied(config, caller, ACTION) {
        return Err(forbidden(denial(caller, ACTION, &arn, EXPLICIT)));
    }
    let open = config.spark.catalogue.roles.is_empty();
    if !open && !caller::role(config, account, name).is_some_and(|role| role.assumable) {
        return Err(forbidden(denial(caller, ACTION, &arn, "")));
    }
    let made = keys.hand_out(account, name, &user, Duration::from_secs(seconds));
    let result = format!(
        "<AssumedRoleUser><AssumedRoleId>{}:{user}</AssumedRoleId><Arn>{}</Arn></AssumedRoleUser><Credentials>\
         <AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{}</SessionToken>\
         <Expiration>{}</Expiration></Credentials>",
        role_id(config, account, name),
        escaped(&format!("arn:aws:sts::{account}:assumed-role/{name}/{user}")),
        made.id,
        made.secret,
        made.token,
        date(made.expires),
        user = escaped(&user),
    );
    Ok(document("AssumeRole", STS, &result))
}

/// GetRole, of a role of the caller's account.
fn role(config: &LocalConfig, caller: &Caller, name: Option<String>) -> Result<String, Refusal> {
    const ACTION: &str = "iam:GetRole";
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        let message = "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null";
        return Err(Refusal::new("ValidationError", message));
    };
    if is_denied(config, caller, ACTION) {
        let arn = format!("arn:aws:iam::{}:role/{name}", caller.account);
        return Err(forbidden(denial(caller, ACTION, &arn, EXPLICIT)));
    }
    if !names(config, caller).contains(&name) {
        let message = format!("The role with name {name} cannot be found.");
        return Err(Refusal { status: StatusCode::NOT_FOUND, ..Refusal::new("NoSuchEntity", message) });
    }
    let result = format!("<Role>{}</Role>", described(config, caller, &name));
    Ok(document("GetRole", IAM, &result))
}

/// ListRoles, of the caller's account.
fn roles(config: &LocalConfig, caller: &Caller, body: &[u8]) -> Result<String, Refusal> {
    const ACTION: &str = "iam:ListRoles";
    if is_denied(config, caller, ACTION) {
        let resource = format!("arn:aws:iam::{}:role/", caller.account);
        return Err(forbidden(denial(caller, ACTION, &resource, EXPLICIT)));
    }
    let number = |name: &str| parameter(body, name).filter(|text| !text.is_empty()).map(|text| text.parse::<usize>());
    let wrong = |name: &str| Refusal::new("ValidationError", format!("The {name} is none of this service's."));
    let from = number("Marker").unwrap_or(Ok(0)).map_err(|_| wrong("Marker"))?;
    let size = number("MaxItems").unwrap_or(Ok(PAGE)).map_err(|_| wrong("MaxItems"))?.clamp(1, 1_000);
    // All stand at the root.
    let all = parameter(body, "PathPrefix").is_none_or(|prefix| matches!(&*prefix, "" | "/"));
    let names = if all { names(config, caller) } else { Vec::new() };
    let page = names.iter().skip(from).take(size);
    let mut result = String::from("<Roles>");
    for name in page {
        let _ = write!(result, "<member>{}</member>", described(config, caller, name));
    }
    let more = names.len() > from.saturating_add(size);
    let _ = write!(result, "</Roles><IsTruncated>{more}</IsTruncated>");
    if more {
        let _ = write!(result, "<Marker>{}</Marker>", from + size);
    }
    Ok(document("ListRoles", IAM, &result))
}

/// The names of the roles of the caller's account, in order. The caller's own is always there.
fn names(config: &LocalConfig, caller: &Caller) -> Vec<String> {
    let of_account = |account: &str| account == caller.account;
    let roles = config.spark.catalogue.roles.iter();
    let roles = roles.filter(|role| of_account(role.account.as_deref().unwrap_or(&config.account)));
    let mut names: Vec<String> = roles.map(|role| role.name.clone()).chain([caller.role.clone()]).collect();
    names.extend(of_account(&config.account).then(|| config.role.clone()));
    names.sort();
    names.dedup();
    names
}

/// A role as IAM describes it. One that the catalogue does not have trusts Glue.
fn described(config: &LocalConfig, caller: &Caller, name: &str) -> String {
    let known = caller::role(config, &caller.account, name);
    let mut statements = Vec::new();
    let services =
        known.map_or_else(|| vec!["glue.amazonaws.com"], |role| role.services.iter().map(String::as_str).collect());
    if !services.is_empty() {
        statements.push(json!({"Service": if let [one] = services[..] { json!(one) } else { json!(services) }}));
    }
    if known.is_some_and(|role| role.assumable) {
        statements.push(json!({"AWS": format!("arn:aws:iam::{}:root", config.account)}));
    }
    let statements: Vec<_> = statements
        .into_iter()
        .map(|principal| json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}))
        .collect();
    let trust = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    format!(
        "<Path>/</Path><RoleName>{}</RoleName><RoleId>{}</RoleId><Arn>{}</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate>\
         <AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument><MaxSessionDuration>{LONGEST}</MaxSessionDuration>",
        escaped(name),
        role_id(config, &caller.account, name),
        escaped(&format!("arn:aws:iam::{}:role/{name}", caller.account)),
        encoded(&trust),
    )
}

/// A text as IAM encodes policies, for URLs.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A time as the Query protocol writes it.
fn date(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // The calendar's years begin with March here, so that a leap day is the last one of its year.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * march + 2) / 5 + 1, if march < 10 { march + 3 } else { march - 9 });
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const IAM: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

fn document(call: &str, namespace: &str, result: &str) -> String {
    format!(
        "<{call}Response xmlns=\"{namespace}\"><{call}Result>{result}</{call}Result><ResponseMetadata>\
         <RequestId>{}</RequestId></ResponseMetadata></{call}Response>",
        uuid::Uuid::new_v4(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_dates() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (4_102_444_800, "2100-01-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(date(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }
}
