//! The CreateSession request that the kernel would make, and why it might not get as far.
//!
//! Checks stand in the kernel's order, those of the AWS client's own validation (botocore: types and
//! smallest lengths, neither patterns nor largest values) behind them.

use std::net::Ipv6Addr;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

use crate::syntax::literal::Value;

use super::numbers::{float_from_value, int_from_value};
use super::refusal::CreationRefusal;
use super::setting::{Given, Origin, Setting};
use super::state::{CreationFailure, KernelState};

/// A CreateSession request, without id, origin and the `owner` tag.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreateSession {
    /// The role's ARN; `None` where the account gives the default.
    pub role: Option<String>,
    /// `glueetl` or `gluestreaming`.
    pub command: String,
    /// Job arguments in the order they were first set.
    pub default_arguments: Vec<(String, String)>,
    /// Tags, in order.
    pub tags: Vec<(String, String)>,
    /// DPU, in place of workers.
    pub max_capacity: Option<f64>,
    /// How many workers, as digits.
    pub number_of_workers: Option<String>,
    /// The workers' type.
    pub worker_type: Option<String>,
    /// The security configuration's name.
    pub security_configuration: Option<String>,
    /// Minutes, as digits.
    pub idle_timeout: Option<String>,
    /// Minutes, as digits.
    pub timeout: Option<String>,
    /// Names of connections.
    pub connections: Vec<String>,
    /// The Glue version.
    pub glue_version: Option<String>,
    /// The id, where a cell asks for one.
    pub id: Option<String>,
    /// The region that a cell or an environment variable sets. The request goes there; it is no member of it.
    pub region: Option<String>,
    /// Where each setting in use comes from.
    pub origins: Vec<(Setting, Origin)>,
}

/// The request with the API's member names.
impl Serialize for CreateSession {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("Role", &self.role)?;
        out.serialize_entry("Command", &json!({"Name": self.command, "PythonVersion": "3"}))?;
        out.serialize_entry("DefaultArguments", &object(&self.default_arguments))?;
        if !self.tags.is_empty() {
            out.serialize_entry("Tags", &object(&self.tags))?;
        }
        match self.max_capacity {
            None => {}
            Some(finite) if finite.is_finite() => out.serialize_entry("MaxCapacity", &finite)?,
            // As the client writes them.
            Some(nan) if nan.is_nan() => out.serialize_entry("MaxCapacity", "NaN")?,
            Some(infinite) => {
                out.serialize_entry("MaxCapacity", if infinite > 0.0 { "Infinity" } else { "-Infinity" })?
            }
        }
        for (name, number) in [
            ("NumberOfWorkers", &self.number_of_workers),
            ("IdleTimeout", &self.idle_timeout),
            ("Timeout", &self.timeout),
        ] {
            match number.as_ref().map(|digits| (digits.parse::<i128>(), digits.parse::<f64>())) {
                None | Some((Err(_), Err(_))) => {}
                Some((Ok(whole), _)) => out.serialize_entry(name, &whole)?,
                // Readers of JSON round numbers of that size anyway.
                Some((Err(_), Ok(rounded))) => out.serialize_entry(name, &rounded.clamp(f64::MIN, f64::MAX))?,
            }
        }
        for (name, text) in [
            ("WorkerType", &self.worker_type),
            ("SecurityConfiguration", &self.security_configuration),
            ("GlueVersion", &self.glue_version),
        ] {
            if let Some(text) = text {
                out.serialize_entry(name, text)?;
            }
        }
        if !self.connections.is_empty() {
            out.serialize_entry("Connections", &json!({"Connections": self.connections}))?;
        }
        out.end()
    }
}

fn object(pairs: &[(String, String)]) -> Map<String, Json> {
    pairs.iter().map(|(key, value)| (key.clone(), Json::String(value.clone()))).collect()
}

/// Makes the request from the state, as the kernel does before a cell's first statement.
///
/// Job arguments that settings turn into stay in the state, also after a failure, as in the kernel.
pub(super) fn create_session(state: &mut KernelState) -> Result<CreateSession, CreationFailure> {
    let mut request = CreateSession::default();
    clients(state)?;
    let used = |setting: Setting| state.resolve(setting).filter(|given| given.value.truthy());
    let role = used(Setting::IamRole);
    if let Some(given) = state.resolve(Setting::IamRole).filter(|given| !given.value.truthy())
        && matches!(given.origin, Origin::Cell { .. })
    {
        return fail(CreationRefusal::NoRole, &given);
    }
    let workers = used(Setting::NumberOfWorkers);
    let worker_type = used(Setting::WorkerType);
    let capacity = used(Setting::MaxCapacity);
    if let Some(capacity) = &capacity
        && workers.is_some()
        && worker_type.is_some()
    {
        return fail(CreationRefusal::TwoCapacities, capacity);
    }
    if let Some(session_type) = state.resolve(Setting::SessionType) {
        request.command = command(&session_type)?.to_owned();
        request.origins.push((Setting::SessionType, session_type.origin));
    }
    // From here on in the order of `_get_additional_arguments`.
    if let Some(given) = &capacity {
        let number = float_from_value(&given.value).ok_or(());
        request.max_capacity = Some(number.or_else(|()| not_a_number(Setting::MaxCapacity, given, true))?);
        request.origins.push((Setting::MaxCapacity, given.origin.clone()));
    }
    let number = |setting: Setting, given: &Option<Given>| match given {
        None => Ok(None),
        Some(given) => match int_from_value(&given.value) {
            Some(digits) => Ok(Some(digits)),
            None => not_a_number(setting, given, false),
        },
    };
    request.number_of_workers = number(Setting::NumberOfWorkers, &workers)?;
    let idle_timeout = used(Setting::IdleTimeout);
    request.idle_timeout = number(Setting::IdleTimeout, &idle_timeout)?;
    let timeout = used(Setting::Timeout);
    request.timeout = number(Setting::Timeout, &timeout)?;
    let connections = used(Setting::Connections);
    if let Some(given) = &connections {
        let text = text_of(Setting::Connections, given)?;
        request.connections = text.split(',').map(str::to_owned).collect();
    }
    // `get_default_arguments`: settings become job arguments for good.
    let mut arguments = Vec::new();
    for (setting, name) in [
        (Setting::EnableDataCatalog, "--enable-glue-datacatalog"),
        (Setting::ExtraPyFiles, "--extra-py-files"),
        (Setting::ExtraJars, "--extra-jars"),
        (Setting::AdditionalPythonModules, "--additional-python-modules"),
        (Setting::SparkConf, "--conf"),
    ] {
        if let Some(given) = used(setting) {
            arguments.push((setting, name, given));
        }
    }
    let security = used(Setting::SecurityConfig);
    let version = used(Setting::GlueVersion);
    for (setting, name, given) in arguments {
        request.origins.push((setting, given.origin.clone()));
        state.set_argument(name, given.value.to_str(), given.origin);
    }
    request.default_arguments = state.arguments().iter().map(|(k, v, _)| (k.clone(), v.clone())).collect();
    if state.environment().has_bad_tags() {
        return bad_variable(state, "glue_tags", "a JSON object, `{\"key\": \"value\"}`");
    }
    // The client's own validation.
    if let Some(given) = &role {
        let text = text_of(Setting::IamRole, given)?;
        if text.chars().count() < 20 {
            return fail(CreationRefusal::RoleTooShort { value: text.to_owned() }, given);
        }
        request.role = Some(text.to_owned());
    }
    if let Some(given) = state.session_id() {
        match &given.value {
            Value::Str(id) => request.id = Some(id.clone()),
            _ => return fail(CreationRefusal::BadSessionId, given),
        }
    }
    for (setting, given, slot) in [
        (Setting::WorkerType, &worker_type, &mut request.worker_type),
        (Setting::SecurityConfig, &security, &mut request.security_configuration),
        (Setting::GlueVersion, &version, &mut request.glue_version),
    ] {
        if let Some(given) = given {
            *slot = Some(text_of(setting, given)?.to_owned());
        }
    }
    for (setting, given, digits) in
        [(Setting::IdleTimeout, &idle_timeout, &request.idle_timeout), (Setting::Timeout, &timeout, &request.timeout)]
    {
        if let (Some(given), Some(digits)) = (given, digits)
            && (digits.starts_with('-') || digits == "0")
        {
            return fail(CreationRefusal::TooSmall { setting, value: digits.clone(), min: 1 }, given);
        }
    }
    if let Some(Given { value: Value::Str(name), origin: origin @ (Origin::Cell { .. } | Origin::Environment(_)) }) =
        state.resolve(Setting::Region)
        && !name.is_empty()
    {
        request.region = Some(name);
        request.origins.push((Setting::Region, origin));
    }
    for tag in state.tags() {
        match (&tag.key, &tag.value) {
            (Value::Str(key), Value::Str(value)) if !key.is_empty() => request.tags.push((key.clone(), value.clone())),
            _ => {
                let refusal = CreationRefusal::BadTag { key: tag.key.to_str() };
                return Err(CreationFailure { refusal, origin: Some(tag.origin) });
            }
        }
    }
    for (setting, given) in [
        (Setting::IamRole, role),
        (Setting::NumberOfWorkers, workers),
        (Setting::WorkerType, worker_type),
        (Setting::IdleTimeout, idle_timeout),
        (Setting::Timeout, timeout),
        (Setting::Connections, connections),
        (Setting::SecurityConfig, security),
        (Setting::GlueVersion, version),
    ] {
        if let Some(given) = given {
            request.origins.push((setting, given.origin));
        }
    }
    Ok(request)
}

/// Checks what the AWS clients are made from: profile, region, endpoint.
///
/// A region that nothing sets is no failure here: the document may run elsewhere.
fn clients(state: &KernelState) -> Result<(), CreationFailure> {
    let profile = state.resolve(Setting::Profile).filter(|given| given.value.truthy());
    if let Some(given) = &profile {
        let value = text_of(Setting::Profile, given)?;
        if state.environment().lacks_profile(value) {
            return fail(CreationRefusal::UnknownProfile { value: value.to_owned() }, given);
        }
    } else {
        let variables = &state.environment().variables;
        let named =
            ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"].into_iter().find_map(|name| Some((name, variables.get(name)?)));
        if let Some((name, value)) = named
            && state.environment().lacks_profile(value)
        {
            let refusal = CreationRefusal::UnknownProfile { value: value.clone() };
            return Err(CreationFailure { refusal, origin: Some(state.variable_origin(name)) });
        }
    }
    if !state.has_credentials()
        && state.environment().variables.get("glue_temp_credentials").is_some_and(|v| !v.is_empty())
    {
        return bad_variable(
            state,
            "glue_temp_credentials",
            "no value (the kernel takes credentials from `%%assume_role`)",
        );
    }
    if let Some(region) = state.resolve(Setting::Region) {
        let name = text_of(Setting::Region, &region)?;
        if name.is_empty() && matches!(region.origin, Origin::Cell { .. }) {
            return fail(CreationRefusal::NoRegion, &region);
        }
        if !is_region_name(name) {
            return fail(CreationRefusal::BadRegion { value: name.to_owned() }, &region);
        }
    }
    let endpoint = state.resolve(Setting::Endpoint).filter(|given| given.value.truthy());
    if let Some(endpoint) = endpoint
        && profile.is_none()
        && !state.has_credentials()
    {
        let url = text_of(Setting::Endpoint, &endpoint)?;
        if !is_endpoint_url(url) {
            return fail(CreationRefusal::BadEndpoint { value: url.to_owned() }, &endpoint);
        }
    }
    Ok(())
}

fn command(given: &Given) -> Result<&'static str, CreationFailure> {
    let bad = || fail(CreationRefusal::BadSessionType { value: given.value.to_str() }, given);
    match &given.value {
        Value::Str(text) => match text.to_lowercase().as_str() {
            "etl" | "glueetl" => Ok("glueetl"),
            "streaming" | "gluestreaming" => Ok("gluestreaming"),
            _ => bad(),
        },
        _ => bad(),
    }
}

fn text_of(setting: Setting, given: &Given) -> Result<&str, CreationFailure> {
    match &given.value {
        Value::Str(text) => Ok(text),
        other => fail(CreationRefusal::NotText { setting, found: other.type_name() }, given),
    }
}

fn not_a_number<T>(setting: Setting, given: &Given, fraction: bool) -> Result<T, CreationFailure> {
    fail(CreationRefusal::NotANumber { setting, value: given.value.repr(), fraction }, given)
}

fn bad_variable<T>(state: &KernelState, name: &'static str, wanted: &'static str) -> Result<T, CreationFailure> {
    let origin = Some(state.variable_origin(name));
    Err(CreationFailure { refusal: CreationRefusal::BadVariable { name, wanted }, origin })
}

fn fail<T>(refusal: CreationRefusal, given: &Given) -> Result<T, CreationFailure> {
    Err(CreationFailure { refusal, origin: Some(given.origin.clone()) })
}

/// Returns whether botocore takes the text for a region's name: letters, digits and inner hyphens, at
/// most 63, not digits alone.
pub fn is_region_name(text: &str) -> bool {
    // A trailing newline would pass `$` in the client's pattern; lines cannot hold one.
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let hyphen = text.starts_with('-') || text.ends_with('-');
    text.len() <= 63 && !digits && !hyphen && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Returns whether botocore takes the text for an endpoint: a URL, as Python splits one, with a host of
/// valid labels and a port that exists.
fn is_endpoint_url(text: &str) -> bool {
    if text.contains(['\t', '\r', '\n']) {
        return false;
    }
    let url = text.trim_start_matches(|c: char| c <= ' ');
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    let rest = url.split_once(':').filter(|(scheme, _)| is_scheme(scheme)).map_or(url, |(_, rest)| rest);
    let Some(rest) = rest.strip_prefix("//") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (good, port) = match host.strip_prefix('[') {
        Some(bracketed) => match bracketed.split_once(']') {
            Some((address, port)) => (address.parse::<Ipv6Addr>().is_ok(), port.split_once(':').map(|(_, port)| port)),
            None => return false,
        },
        None => {
            let (host, port) = host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port)));
            (is_host_name(host), port)
        }
    };
    let port = port.unwrap_or_default();
    // Leading zeros are fine, signs are not.
    let number = port.trim_start_matches('0');
    good && (number.is_empty() || (number.bytes().all(|b| b.is_ascii_digit()) && number.parse::<u16>().is_ok()))
}

fn is_host_name(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 255 && host.strip_suffix('.').unwrap_or(host).split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_and_endpoints_are_judged_as_the_client_does() {
        for good in ["eu-west-1", "x", "1a"] {
            assert!(is_region_name(good), "{good}");
        }
        for bad in ["[eu-west-1]", "-a", "a-", "12", "eu_west", "a b"] {
            assert!(!is_region_name(bad), "{bad}");
        }
        for good in [
            "https://glue.us-east-1.amazonaws.com",
            "http://localhost:4566/x",
            "http://[::1]:80",
            "//h",
            " https://h:00443/",
            "x+y://u:p@h?q",
        ] {
            assert!(is_endpoint_url(good), "{good}");
        }
        for bad in [
            "glue.amazonaws.com",
            "http://",
            "https://a b",
            "https://-a",
            "= https://a",
            "-https://a",
            "\thttps://a",
            "https:///a",
            "https://a:65536",
            "https://a:x",
            "http://[a]",
            "https://a_b",
            "https://é",
        ] {
            assert!(!is_endpoint_url(bad), "{bad}");
        }
    }
}
