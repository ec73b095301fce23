//! Who calls: the user himself, or a session of a role that he has assumed.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime};

use http::StatusCode;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request};
use subtle::ConstantTimeEq as _;

use super::LocalConfig;
use super::wire::Refusal;
use crate::local::catalogue::{Role, digest};

/// How many temporary keys are remembered. The oldest go first.
const KEYS: usize = 1_000;

/// Where a request goes whose signature does not say.
const REGION: &str = "us-east-1";

/// Who calls, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    /// The account that the caller is in.
    pub(super) account: String,
    /// The role whose session the caller is.
    pub(super) role: String,
    /// The name of that session.
    pub(super) user: String,
    /// The region that is meant.
    pub(super) region: String,
}

impl Caller {
    /// The ARN of the session.
    pub(super) fn arn(&self) -> String {
        format!("arn:aws:sts::{}:assumed-role/{}/{}", self.account, self.role, self.user)
    }

    /// The unique id of the session.
    pub(super) fn user_id(&self, config: &LocalConfig) -> String {
        format!("{}:{}", role_id(config, &self.account, &self.role), self.user)
    }

    /// The ARN of something of Glue's.
    pub(super) fn glue_arn(&self, resource: &str) -> String {
        format!("arn:aws:glue:{}:{}:{resource}", self.region, self.account)
    }
}

/// The unique id of a role, as long as the real ones and always the same.
pub(super) fn role_id(config: &LocalConfig, account: &str, role: &str) -> String {
    if account == config.account && role == config.role {
        return "AROALOCALGLUELOCALXX0".to_owned();
    }
    let mut number = u128::from(digest(&format!("{account}/{role}"))) << 64 | u128::from(digest(role));
    let mut id = "AROA".to_owned();
    for _ in 0..17 {
        id.push(char::from(LETTERS[(number % 32) as usize]));
        number /= 32;
    }
    id
}

/// What ids are made of.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Temporary keys of a role's session.
#[derive(Clone)]
pub(super) struct Temporary {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) token: String,
    pub(super) expires: SystemTime,
    account: String,
    role: String,
    user: String,
}

/// The temporary keys that were handed out.
#[derive(Default)]
pub(super) struct Keys {
    all: BTreeMap<String, Temporary>,
    order: VecDeque<String>,
}

impl Keys {
    /// Hands out keys for a session of a role.
    pub(super) fn hand_out(&mut self, account: &str, role: &str, user: &str, lifetime: Duration) -> Temporary {
        let random = || uuid::Uuid::new_v4().simple().to_string();
        let letters = uuid::Uuid::new_v4().into_bytes().map(|byte| char::from(LETTERS[usize::from(byte) % 32]));
        let made = Temporary {
            id: format!("ASIA{}", letters.iter().collect::<String>()),
            secret: random().chars().chain(random().chars()).take(40).collect(),
            token: format!("local{}{}{}", random(), random(), random()),
            expires: SystemTime::now() + lifetime,
            account: account.to_owned(),
            role: role.to_owned(),
            user: user.to_owned(),
        };
        self.all.insert(made.id.clone(), made.clone());
        self.order.push_back(made.id.clone());
        while self.order.len() > KEYS {
            if let Some(oldest) = self.order.pop_front() {
                self.all.remove(&oldest);
            }
        }
        made
    }

    /// Returns the keys with this id.
    pub(super) fn get(&self, id: &str) -> Option<&Temporary> {
        self.all.get(id)
    }

    /// Returns who sends a request: the user himself, unless keys say otherwise.
    ///
    /// # Errors
    ///
    /// The keys have expired, or their token is missing.
    pub(super) fn caller<B>(&self, config: &LocalConfig, request: &Request<B>) -> Result<Caller, Refusal> {
        let scope = scope(request.headers());
        let region = scope.and_then(|(_, region)| region).unwrap_or(REGION).to_owned();
        let Some(keys) = scope.and_then(|(id, _)| self.get(id)) else {
            let LocalConfig { account, role, user, .. } = config;
            return Ok(Caller { account: account.clone(), role: role.clone(), user: user.clone(), region });
        };
        let token = request.headers().get("x-amz-security-token").map(http::HeaderValue::as_bytes);
        if !bool::from(token.unwrap_or_default().ct_eq(keys.token.as_bytes())) {
            let message = "The security token included in the request is invalid.";
            return Err(Refusal {
                status: StatusCode::FORBIDDEN,
                ..Refusal::new("UnrecognizedClientException", message)
            });
        }
        if keys.expires <= SystemTime::now() {
            let message = "The security token included in the request is expired";
            return Err(Refusal { status: StatusCode::FORBIDDEN, ..Refusal::new("ExpiredTokenException", message) });
        }
        let Temporary { account, role, user, .. } = keys.clone();
        Ok(Caller { account, role, user, region })
    }
}

/// Key and region of `Credential=<key>/<date>/<region>/<service>/aws4_request`.
fn scope(headers: &HeaderMap) -> Option<(&str, Option<&str>)> {
    let (_, credential) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once("Credential=")?;
    let mut parts = credential.split([',', ' ']).next()?.split('/');
    let key = parts.next()?;
    Some((key, parts.nth(1).filter(|region| !region.is_empty())))
}

/// Finds a role of an account: one of the catalogue's.
pub(super) fn role<'a>(config: &'a LocalConfig, account: &str, name: &str) -> Option<&'a Role> {
    let own = |role: &Role| role.account.as_deref().unwrap_or(&config.account) == account;
    config.spark.catalogue.roles.iter().find(|role| role.name == name && own(role))
}

/// Splits the ARN of a role into its account and its name, without its path.
pub(super) fn of_role_arn(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let good = parts.next() == Some("arn") && parts.next().is_some_and(|partition| partition.starts_with("aws"));
    let good = good && parts.next() == Some("iam") && parts.next() == Some("");
    let (account, resource) = (parts.next()?, parts.next()?);
    let name = resource.strip_prefix("role/")?.rsplit('/').next()?;
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (good && digits && !name.is_empty()).then_some((account, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_arns_are_split() {
        assert_eq!(of_role_arn("arn:aws:iam::111122223333:role/a/b/Name"), Some(("111122223333", "Name")));
        for bad in
            ["Name", "arn:aws:iam::1:role/N", "arn:aws:iam::111122223333:user/N", "arn:aws:iam::111122223333:role/"]
        {
            assert_eq!(of_role_arn(bad), None, "{bad}");
        }
    }

    #[test]
    fn no_more_keys_are_remembered_than_is_good() {
        let mut keys = Keys::default();
        let first = keys.hand_out("111122223333", "R", "u", Duration::from_secs(900));
        assert_eq!((first.id.len(), first.secret.len()), (20, 40));
        assert!(keys.get(&first.id).is_some());
        for _ in 0..KEYS {
            keys.hand_out("111122223333", "R", "u", Duration::from_secs(900));
        }
        assert!(keys.get(&first.id).is_none() && keys.all.len() == KEYS && keys.order.len() == KEYS);
    }
}
