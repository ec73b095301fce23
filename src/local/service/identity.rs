//! Who calls: STS's and IAM's part, in the Query protocol.

use http::StatusCode;

use super::LocalConfig;
use super::wire::{Refusal, Service, escaped, parameter};

/// Who may assume the role: Glue. The service encodes it for URLs.
const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
                     %22Principal%22%3A%7B%22Service%22%3A%22glue.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";

/// Answers a request to STS or IAM with XML.
pub(super) fn answer(config: &LocalConfig, service: Service, body: &[u8]) -> Result<String, Refusal> {
    let action = parameter(body, "Action").unwrap_or_default();
    match (service, action.as_str()) {
        (Service::Sts, "GetCallerIdentity") => Ok(caller(config)),
        (Service::Iam, "GetRole") => role(config, parameter(body, "RoleName")),
        _ => Err(Refusal::new("InvalidAction", format!("The local Glue has no operation {action}."))),
    }
}

fn caller(config: &LocalConfig) -> String {
    let LocalConfig { account, role, user, .. } = config;
    let result = format!(
        "<Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account>",
        escaped(&format!("arn:aws:sts::{account}:assumed-role/{role}/{user}")),
        escaped(&format!("{}:{user}", role_id())),
        escaped(account),
    );
    document("GetCallerIdentity", "https://sts.amazonaws.com/doc/2011-06-15/", &result)
}

fn role(config: &LocalConfig, name: Option<String>) -> Result<String, Refusal> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        let message = "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null";
        return Err(Refusal::new("ValidationError", message));
    };
    if name != config.role {
        let message = format!("The role with name {name} cannot be found.");
        return Err(Refusal { status: StatusCode::NOT_FOUND, ..Refusal::new("NoSuchEntity", message) });
    }
    let name = escaped(&name);
    let result = format!(
        "<Role><Path>/</Path><RoleName>{name}</RoleName><RoleId>{}</RoleId><Arn>{}</Arn>\
         <CreateDate>2020-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>{TRUST}</AssumeRolePolicyDocument>\
         <MaxSessionDuration>3600</MaxSessionDuration></Role>",
        role_id(),
        escaped(&format!("arn:aws:iam::{}:role/{}", config.account, config.role)),
    );
    Ok(document("GetRole", "https://iam.amazonaws.com/doc/2010-05-08/", &result))
}

/// The unique id of the role, as long as the real ones.
fn role_id() -> &'static str {
    "AROALOCALGLUELOCALXX0"
}

fn document(call: &str, namespace: &str, result: &str) -> String {
    format!(
        "<{call}Response xmlns=\"{namespace}\"><{call}Result>{result}</{call}Result><ResponseMetadata>\
         <RequestId>{}</RequestId></ResponseMetadata></{call}Response>",
        uuid::Uuid::new_v4(),
    )
}
