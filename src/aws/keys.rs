//! As whom and where calls are made.

use std::fmt;
use std::time::SystemTime;

use aws_sdk_sts::config::Credentials;

/// As whom and where calls are made. Two equal identities share a client.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Identity {
    /// The profile in the AWS config files. With `None` credentials come from the usual places in the usual
    /// order: environment, default profile, container, instance.
    pub profile: Option<String>,
    /// The region. With `None` it is `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile's; if none of them is
    /// set, calls fail with [`NoRegion`](crate::session::ApiErrorKind::NoRegion).
    pub region: Option<String>,
    /// The address of Glue in place of the usual one. STS and IAM are not affected.
    pub endpoint: Option<String>,
    /// What is done with the credentials of the profile.
    pub access: Access,
}

/// Which credentials sign the calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Access {
    /// Those of the profile, or of the usual places.
    #[default]
    Own,
    /// Temporary ones of a role, which is assumed with the profile's and again before they expire.
    Role {
        /// The role's ARN.
        arn: String,
    },
    /// These.
    Keys(Keys),
}

/// An access key. `Debug` shows its id, which is no secret, and nothing else.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Keys {
    id: String,
    secret: String,
    token: Option<String>,
    expires: Option<SystemTime>,
}

impl Keys {
    /// Wraps an access key and, if it is a temporary one, its session token.
    pub fn new(id: impl Into<String>, secret: impl Into<String>, token: Option<String>) -> Self {
        Self { id: id.into(), secret: secret.into(), token, expires: None }
    }

    /// Returns the key with the time from which on it is of no use.
    #[must_use]
    pub fn expiring(mut self, expires: Option<SystemTime>) -> Self {
        self.expires = expires;
        self
    }

    /// Returns the id of the access key (`AKIA…`, `ASIA…`), which is no secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn to_sdk(&self, origin: &'static str) -> Credentials {
        Credentials::new(&self.id, &self.secret, self.token.clone(), self.expires, origin)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("id", &self.id).field("expires", &self.expires).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_holds_no_secret() {
        let keys = Keys::new("AKIAEXAMPLE", "the-secret", Some("the-token".into()));
        let identity = Identity { access: Access::Keys(keys), ..Identity::default() };
        let text = format!("{identity:?}");
        assert!(text.contains("AKIAEXAMPLE"), "{text}");
        assert!(!text.contains("the-secret") && !text.contains("the-token"), "{text}");
    }
}
