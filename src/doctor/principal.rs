//! Users and roles by their ARNs, and how each is given a policy.

use serde_json::Value as Json;

use super::report::{Fix, quoted};
use crate::aws::Caller;

/// Who calls, as far as it matters for permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Principal {
    /// The session of a role, by the role's name.
    Role(String),
    /// A user, by name.
    User(String),
    /// The account itself.
    Root,
    /// Something else.
    Other,
}

impl Principal {
    pub(super) fn of(caller: &Caller) -> Principal {
        if let Some(name) = caller.role_name() {
            return Principal::Role(name.to_owned());
        }
        match caller.arn.splitn(6, ':').nth(5) {
            Some("root") => Principal::Root,
            Some(resource) if resource.starts_with("user/") => {
                Principal::User(resource.rsplit('/').next().unwrap_or_default().to_owned())
            }
            _ => Principal::Other,
        }
    }

    /// Whether its policies are kept by IAM Identity Center: they are changed there only.
    pub(super) fn is_reserved(&self) -> bool {
        matches!(self, Principal::Role(name) if name.starts_with("AWSReservedSSO_"))
    }

    /// How the principal is given a policy: the policy, and the command where there is one.
    pub(super) fn grant(&self, name: &str, policy: Json) -> Vec<Fix> {
        let command = match self {
            _ if self.is_reserved() => None,
            Principal::Role(role) => Some(put_role_policy(role, name, &policy)),
            Principal::User(user) => Some(format!(
                "aws iam put-user-policy --user-name {} --policy-name {name} --policy-document {}",
                quoted(user),
                quoted(&policy.to_string())
            )),
            Principal::Root | Principal::Other => None,
        };
        command.map(Fix::Command).into_iter().chain([Fix::Policy(policy)]).collect()
    }

    /// What else is to be said of giving it a policy, as a sentence.
    pub(super) fn advice(&self) -> &'static str {
        if self.is_reserved() {
            " The role belongs to IAM Identity Center: add the policy below to its permission set."
        } else {
            ""
        }
    }
}

/// Returns the command that puts a policy into a role.
pub(super) fn put_role_policy(role: &str, name: &str, policy: &Json) -> String {
    format!(
        "aws iam put-role-policy --role-name {} --policy-name {name} --policy-document {}",
        quoted(role),
        quoted(&policy.to_string())
    )
}

/// A role's ARN, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RoleArn<'a> {
    pub(super) account: &'a str,
    pub(super) name: &'a str,
}

impl RoleArn<'_> {
    /// Reads an ARN; `None` if it is no role's.
    pub(super) fn read(arn: &str) -> Option<RoleArn<'_>> {
        let mut parts = arn.splitn(6, ':');
        let head = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let (account, resource) = (parts.next()?, parts.next()?);
        let path = resource.strip_prefix("role/")?;
        let name = path.rsplit('/').next()?;
        // What IAM takes for a path and a name, so that nothing else gets into a command, and no pattern into a policy.
        let of_name = |c: char| c.is_ascii_alphanumeric() || "/_+=,.@-".contains(c);
        let is_name = !name.is_empty() && path.chars().all(of_name);
        let of_partition = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_arn = head[0] == "arn" && !head[1].is_empty() && head[1].chars().all(of_partition);
        let fits = is_arn && head[2] == "iam" && head[3].is_empty() && is_name;
        fits.then_some(RoleArn { account, name })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn principal(arn: &str) -> Principal {
        Principal::of(&Caller { account: "1".into(), arn: arn.into(), user_id: String::new() })
    }

    #[test]
    fn each_principal_has_its_command() {
        let grant = |arn: &str| match &principal(arn).grant("p", json!({}))[..] {
            [Fix::Command(command), Fix::Policy(_)] => Some(command.clone()),
            [Fix::Policy(_)] => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            grant("arn:aws:sts::1:assumed-role/Analyst/me").unwrap(),
            "aws iam put-role-policy --role-name Analyst --policy-name p --policy-document '{}'"
        );
        assert!(grant("arn:aws:iam::1:user/team/o'hara").unwrap().contains(r"--user-name 'o'\''hara'"));
        assert_eq!(grant("arn:aws:iam::1:root"), None);
        assert_eq!(grant("arn:aws:sts::1:assumed-role/AWSReservedSSO_Dev_0/me"), None);
        assert_eq!(principal("arn:aws:sts::1:federated-user/x"), Principal::Other);
    }

    #[test]
    fn a_roles_arn_is_taken_apart() {
        let role = RoleArn::read("arn:aws-cn:iam::123456789012:role/service-role/G").unwrap();
        assert_eq!((role.account, role.name), ("123456789012", "G"));
        for bad in [
            "",
            "G",
            "arn:aws:iam::1:user/x",
            "arn:aws:s3:::role/x",
            "arn:aws:iam::1:role/",
            "arn:aws:iam::1:role/a b",
            "arn:aws:iam:eu-west-1:1:role/a",
            // What would be a command, and what would be a pattern.
            "arn:aws$(id):iam::1:role/a",
            "arn:aws;id:iam::1:role/a",
            "arn:aws:iam::1:role/$(id)/a",
            "arn:aws:iam::1:role/*/a",
        ] {
            assert_eq!(RoleArn::read(bad), None, "{bad}");
        }
    }
}
