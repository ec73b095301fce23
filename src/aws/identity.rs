//! Who calls, and as whom.

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};

use super::errors::{CallFailure, SignIn, failure};
use super::watch::Watch;
use crate::session::ApiErrorKind;

/// The name of the sessions of assumed roles. It is part of the caller's user id and with it of the owner
/// tag, so it is the official kernel's: sessions of both belong to the same owner.
const ROLE_SESSION_NAME: &str = "AssumeRoleSession";

/// Who calls, as STS tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account's number.
    pub account: String,
    /// The ARN of the user, or of the session of a role.
    pub arn: String,
    /// The unique id (`AIDA…`, `AROA…:name`).
    pub user_id: String,
}

impl Caller {
    /// Returns the value of the tag `owner`, to which policies restrict users.
    ///
    /// Commas are left out, as the official kernel does.
    pub fn owner(&self) -> String {
        self.user_id.replace(',', "")
    }

    /// Returns the partition (`aws`, `aws-cn`) that the account is in.
    pub fn partition(&self) -> &str {
        self.arn.split(':').nth(1).filter(|partition| !partition.is_empty()).unwrap_or("aws")
    }

    /// Returns the name of the role whose session this is; `None` for users.
    pub fn role_name(&self) -> Option<&str> {
        let resource = self.arn.splitn(6, ':').nth(5)?;
        let (role, _) = resource.strip_prefix("assumed-role/")?.split_once('/')?;
        (!role.is_empty()).then_some(role)
    }
}

/// GetCallerIdentity.
pub(super) async fn caller(sts: &aws_sdk_sts::Client, sign_in: &SignIn) -> Result<Caller, CallFailure> {
    const CALL: &str = "GetCallerIdentity";
    let watch = Watch::default();
    let answer = sts
        .get_caller_identity()
        .customize()
        .interceptor(watch.clone())
        .send()
        .await
        .map_err(|error| failure(CALL, &error, &watch, sign_in))?;
    match (answer.account, answer.arn, answer.user_id) {
        (Some(account), Some(arn), Some(user_id)) => Ok(Caller { account, arn, user_id }),
        _ => Err(CallFailure::new(CALL, ApiErrorKind::BadAnswer, "the answer does not say who calls")),
    }
}

/// The ARN of the role whose session `caller` is, by GetRole, for its path is not in the session's ARN.
pub(super) async fn own_role(
    iam: &aws_sdk_iam::Client,
    caller: &Caller,
    sign_in: &SignIn,
) -> Result<String, CallFailure> {
    const CALL: &str = "GetRole";
    let Some(name) = caller.role_name() else {
        let message = format!("no role is set, and the caller, {}, is none; set one with %iam_role", caller.arn);
        return Err(CallFailure::new(CALL, ApiErrorKind::InvalidInput, message));
    };
    let watch = Watch::default();
    let answer = iam.get_role().role_name(name).customize().interceptor(watch.clone()).send().await;
    match answer {
        Ok(answer) => {
            answer.role.map(|role| role.arn).filter(|arn| !arn.is_empty()).ok_or_else(|| {
                CallFailure::new(CALL, ApiErrorKind::BadAnswer, "the answer does not tell the role's ARN")
            })
        }
        Err(error) => {
            let mut failure = failure(CALL, &error, &watch, sign_in);
            failure.message =
                format!("no role is set, and the caller's own, {name}, cannot be looked up: {}", failure.message);
            Err(failure)
        }
    }
}

/// Temporary credentials of a role. The cache of the clients asks for new ones before they expire.
#[derive(Debug)]
pub(super) struct AssumedRole {
    /// The client that assumes the role.
    pub(super) sts: aws_sdk_sts::Client,
    /// The role.
    pub(super) arn: String,
    /// How the one who assumes it signs in.
    pub(super) sign_in: SignIn,
}

impl AssumedRole {
    async fn assume(&self) -> Result<Credentials, CredentialsError> {
        const CALL: &str = "AssumeRole";
        let watch = Watch::default();
        let answer = self
            .sts
            .assume_role()
            .role_arn(&self.arn)
            .role_session_name(ROLE_SESSION_NAME)
            .customize()
            .interceptor(watch.clone())
            .send()
            .await
            .map_err(|error| CredentialsError::provider_error(failure(CALL, &error, &watch, &self.sign_in)))?;
        let Some(keys) = answer.credentials else {
            let failure = CallFailure::new(CALL, ApiErrorKind::BadAnswer, "the answer holds no credentials");
            return Err(CredentialsError::provider_error(failure));
        };
        let expires = keys.expiration.try_into().ok();
        Ok(Credentials::new(keys.access_key_id, keys.secret_access_key, Some(keys.session_token), expires, CALL))
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(arn: &str, user_id: &str) -> Caller {
        Caller { account: "123456789012".into(), arn: arn.into(), user_id: user_id.into() }
    }

    #[test]
    fn the_role_and_the_partition_are_read_from_the_arn() {
        let role = caller("arn:aws-cn:sts::123456789012:assumed-role/Analyst/me@example.com", "AROA1:me,x");
        assert_eq!(role.role_name(), Some("Analyst"));
        assert_eq!(role.partition(), "aws-cn");
        assert_eq!(role.owner(), "AROA1:mex");
        for arn in ["arn:aws:iam::1:user/assumed-role/x", "arn:aws:iam::1:root", "", "arn:aws:sts::1:assumed-role//x"] {
            assert_eq!(caller(arn, "").role_name(), None, "{arn}");
        }
        assert_eq!(caller("", "").partition(), "aws");
    }
}
