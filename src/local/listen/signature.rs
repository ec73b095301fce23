//! Signatures (Signature Version 4) of requests.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, HeaderName};

use super::denial::Denial;
use super::gate::only;
use super::keys::{Key, Ring, same};

/// How far the date of a signature may be away from our clock, in both directions.
pub const WINDOW: Duration = Duration::from_secs(5 * 60);

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const HASH: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// The services that a request may be signed for.
const SERVICES: [&str; 4] = ["glue", "sts", "iam", "ec2"];

/// What a request claims, before its body is read. Everything but the signature itself has been looked at.
pub(super) struct Claim {
    key: Key,
    date: SystemTime,
    region: String,
    service: String,
    signed: Vec<HeaderName>,
    signature: String,
}

/// Returns the service that a signature is for.
pub(super) fn service(authorization: &str) -> Option<&str> {
    let (_, credential) = authorization.split_once("Credential=")?;
    credential.split([',', ' ']).next()?.split('/').nth(3)
}

/// Reads what a request claims.
///
/// # Errors
///
/// It cannot be good, whatever its signature is.
pub(super) fn claim(headers: &HeaderMap, keys: &Ring, now: SystemTime) -> Result<Claim, Denial> {
    if !headers.contains_key(AUTHORIZATION) {
        return Err(Denial::Unsigned);
    }
    let text = |name: &HeaderName| only(headers, name).and_then(|value| value.to_str().ok());
    let authorization = text(&AUTHORIZATION).ok_or(Denial::Incomplete("There must be one Authorization header."))?;
    let fields = authorization.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' '));
    let fields = fields.ok_or(Denial::Incomplete("The local Glue takes signatures of AWS4-HMAC-SHA256 only."))?;
    let (mut credential, mut names, mut signature) = (None, None, None);
    for field in fields.split(',') {
        let field = field.trim().split_once('=');
        let (name, value) = field.ok_or(Denial::Incomplete("The Authorization header is not complete."))?;
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut names,
            "Signature" => &mut signature,
            _ => return Err(Denial::Incomplete("The Authorization header has a field that is not known.")),
        };
        if place.replace(value).is_some() {
            return Err(Denial::Incomplete("The Authorization header has a field twice."));
        }
    }
    let (Some(credential), Some(names), Some(signature)) = (credential, names, signature) else {
        return Err(Denial::Incomplete("Authorization header requires Credential, SignedHeaders and Signature."));
    };
    let &[id, day, region, service, "aws4_request"] = &*credential.split('/').collect::<Vec<_>>() else {
        return Err(Denial::Incomplete("Credential must be KEY/DATE/REGION/SERVICE/aws4_request."));
    };
    let key = keys.find(id).ok_or(Denial::UnknownKey)?;
    if !SERVICES.contains(&service) {
        return Err(Denial::Scope("Credential should be scoped to one of the services glue, sts, iam and ec2."));
    }
    if region.is_empty() {
        return Err(Denial::Scope("Credential should be scoped to a region."));
    }

    let stamp = text(&DATE).ok_or(Denial::Incomplete("There must be one X-Amz-Date header."))?;
    let date = time(stamp).ok_or(Denial::Incomplete("X-Amz-Date must be written as 20260131T235959Z."))?;
    if stamp.get(..8) != Some(day) {
        return Err(Denial::Scope("Credential should be scoped to the day of X-Amz-Date."));
    }
    if let Some(clocks) = skew(date, now) {
        return Err(Denial::Skewed(clocks));
    }

    let signed: Option<Vec<HeaderName>> = names.split(';').map(|name| name.parse().ok()).collect();
    let signed = signed.ok_or(Denial::Incomplete("SignedHeaders must be names of headers."))?;
    let lacks = |name: &HeaderName| headers.contains_key(name) && !signed.contains(name);
    if [HOST, DATE, TARGET, TOKEN, HASH].iter().any(lacks) {
        let what = "The headers Host, X-Amz-Date, X-Amz-Target, X-Amz-Security-Token and X-Amz-Content-SHA256 must be signed, where they are there.";
        return Err(Denial::Incomplete(what));
    }
    if signed.iter().any(|name| *name == AUTHORIZATION || !headers.contains_key(name)) {
        return Err(Denial::Incomplete("SignedHeaders names a header that is not there."));
    }

    let token = text(&TOKEN);
    if token.is_none() && headers.contains_key(TOKEN) {
        return Err(Denial::Incomplete("There must be one X-Amz-Security-Token header at most."));
    }
    let right = match (&key.token, token) {
        (Some(token), Some(given)) => same(token, given),
        (Some(_), None) => false,
        // The environment of the client may have one of other keys beside this one. It changes nothing.
        (None, _) => true,
    };
    if !right {
        return Err(Denial::UnknownKey);
    }
    if key.expires.is_some_and(|expires| expires <= now) {
        return Err(Denial::ExpiredKey);
    }
    let (region, service, signature) = (region.to_owned(), service.to_owned(), signature.to_owned());
    Ok(Claim { key, date, region, service, signed, signature })
}

impl Claim {
    /// Returns whether the signature is that of the key for this request.
    pub(super) fn holds(&self, method: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), Denial> {
        let signature = self.expected(method, headers, body).ok_or(Denial::Mismatch)?;
        if same(&signature, &self.signature) { Ok(()) } else { Err(Denial::Mismatch) }
    }

    /// The signature that the request must have. `None` if it cannot have any.
    fn expected(&self, method: &str, headers: &HeaderMap, body: &[u8]) -> Option<String> {
        let mut settings = SigningSettings::default();
        // What is signed was chosen by the client.
        settings.excluded_headers = None;
        if headers.contains_key(HASH) {
            // The body's own hash takes the place of the one that is claimed.
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        // The token is among the headers already.
        let Key { id, secret, .. } = &self.key;
        let identity = Identity::from(Credentials::new(id, secret, None, None, "local"));
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(self.date)
            .settings(settings)
            .build()
            .ok()?
            .into();
        let mut signed = Vec::new();
        for name in &self.signed {
            for value in headers.get_all(name) {
                signed.push((name.as_str(), value.to_str().ok()?));
            }
        }
        let address = format!("http://{}/", headers.get(HOST)?.to_str().ok()?);
        let request = SignableRequest::new(method, address, signed.into_iter(), SignableBody::Bytes(body)).ok()?;
        Some(sign(request, &parameters).ok()?.into_parts().1)
    }
}

/// Says how a date is too far away from our clock, as the service does: clients read their own clock's error in it.
fn skew(date: SystemTime, now: SystemTime) -> Option<String> {
    let minutes = WINDOW.as_secs() / 60;
    if date + WINDOW < now {
        let least = stamp(now - WINDOW);
        let (date, now) = (stamp(date), stamp(now));
        return Some(format!("Signature expired: {date} is now earlier than {least} ({now} - {minutes} min.)"));
    }
    if now + WINDOW < date {
        let most = stamp(now + WINDOW);
        let (date, now) = (stamp(date), stamp(now));
        return Some(format!("Signature not yet current: {date} is still later than {most} ({now} + {minutes} min.)"));
    }
    None
}

/// Reads a time as signatures have it.
fn time(text: &str) -> Option<SystemTime> {
    let digits = |from: usize, to: usize| {
        let part = text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
        part.parse::<u64>().ok()
    };
    let well_formed = text.len() == 16 && text.get(8..9) == Some("T") && text.ends_with('Z');
    let (year, month, day) = (digits(0, 4)?, digits(4, 6)?, digits(6, 8)?);
    let (hour, minute, second) = (digits(9, 11)?, digits(11, 13)?, digits(13, 15)?);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = |month: u64| match month {
        2 => 28 + u64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !well_formed
        || !(1970..=9999).contains(&year)
        || !(1..=12).contains(&month)
        || !(1..=length(month)).contains(&day)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let days = (1970..year).map(|year| 365 + u64::from(leap(year))).sum::<u64>()
        + (1..month).map(length).sum::<u64>()
        + (day - 1);
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Writes a time as signatures have it.
fn stamp(time: SystemTime) -> String {
    let date = aws_smithy_types::DateTime::from(time);
    let text = date.fmt(aws_smithy_types::date_time::Format::DateTime).unwrap_or_default();
    // `2026-01-31T23:59:59.5Z` in short.
    let whole = text.split(['.', 'Z']).next().unwrap_or_default();
    whole.chars().filter(|character| !matches!(character, '-' | ':')).chain(['Z']).collect()
}

#[cfg(test)]
mod tests;
