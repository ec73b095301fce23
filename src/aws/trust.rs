//! Whom a role's trust policy lets assume the role.

use serde_json::Value;

use crate::facts;

/// The name by which Glue assumes roles.
pub(super) const GLUE: &str = "glue.amazonaws.com";

/// Returns whether a trust policy lets a service (`glue.amazonaws.com`) assume the role; `None` if the policy cannot be
/// read.
///
/// Conditions of what is allowed count as fulfilled, those of what is denied as not: what they compare is not known
/// here, and it is worse to doubt a role that works.
pub fn trusts(policy: &Value, service: &str) -> Option<bool> {
    let statements = policy.get("Statement")?;
    let (mut allowed, mut unclear) = (false, false);
    for statement in each(statements) {
        let (Some(effect), Some(applies)) =
            (statement.get("Effect").and_then(Value::as_str), concerns(statement, service))
        else {
            unclear = true;
            continue;
        };
        match effect {
            "Allow" => allowed |= applies,
            "Deny" if applies && !is_conditional(statement) => return Some(false),
            "Deny" => {}
            _ => unclear = true,
        }
    }
    (allowed || !unclear).then_some(allowed)
}

/// Reads a policy as IAM hands it out, as encoded JSON, or as plain JSON.
pub(super) fn policy(document: &str) -> Option<Value> {
    let plain = document.trim();
    let policy = match plain.starts_with('{') {
        true => serde_json::from_str(plain),
        false => serde_json::from_str(&decoded(plain)?),
    };
    policy.ok().filter(Value::is_object)
}

/// Undoes percent encoding. What is no code stays as it is; `None` if the result is no text.
pub(super) fn decoded(text: &str) -> Option<String> {
    let digit =
        |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16)).and_then(|it| u8::try_from(it).ok());
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high * 16 + low);
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).ok()
}

fn is_conditional(statement: &Value) -> bool {
    match statement.get("Condition") {
        None | Some(Value::Null) => false,
        Some(Value::Object(conditions)) => !conditions.is_empty(),
        Some(_) => true,
    }
}

/// Returns whether a statement of a trust policy is about a service (`glue.amazonaws.com`) that assumes the role, whatever
/// its effect and its conditions; `None` if it cannot be read.
pub fn concerns(statement: &Value, service: &str) -> Option<bool> {
    let action = match (statement.get("Action"), statement.get("NotAction")) {
        (Some(actions), None) => any(actions, is_assuming)?,
        (None, Some(others)) => !any(others, is_assuming)?,
        _ => return None,
    };
    let principal = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), None) => names(principal, service)?,
        (None, Some(others)) => !names(others, service)?,
        _ => return None,
    };
    Some(action && principal)
}

/// Whether a principal is everybody or the service.
fn names(principal: &Value, service: &str) -> Option<bool> {
    match principal {
        Value::String(everybody) => Some(everybody == "*"),
        Value::Object(kinds) => {
            let mut named = false;
            for (kind, who) in kinds {
                named |= match kind.as_str() {
                    "Service" => any(who, |name| name == "*" || is_service(name, service))?,
                    "AWS" => any(who, |name| name == "*")?,
                    _ => false,
                };
            }
            Some(named)
        }
        _ => None,
    }
}

/// Whether a name is that of the service, of a region (`glue.eu-west-1.amazonaws.com`) or partition or of all.
fn is_service(name: &str, service: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let own = service.split('.').next().unwrap_or_default();
    let Some(rest) = name.strip_prefix(own).and_then(|rest| rest.strip_prefix('.')) else { return false };
    let mut suffixes = facts::regions().partitions().iter().map(|partition| partition.dns_suffix.as_str());
    suffixes.any(|suffix| match rest.strip_suffix(suffix) {
        Some("") => true,
        Some(region) => region.strip_suffix('.').is_some_and(|region| !region.is_empty() && !region.contains('.')),
        None => false,
    })
}

/// Whether a pattern stands for assuming a role, among others.
fn is_assuming(pattern: &str) -> bool {
    let pattern: Vec<u8> = pattern.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
    matches(&pattern, b"sts:assumerole")
}

/// Whether `text` fits a pattern in which `*` is any text and `?` any character.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    // Where to go on if what comes after the last `*` does not fit.
    let mut retry: Option<(usize, usize)> = None;
    let (mut at, mut from) = (0, 0);
    loop {
        match (pattern.get(at), text.get(from)) {
            (Some(b'*'), _) => {
                retry = Some((at + 1, from));
                at += 1;
            }
            (Some(b'?'), Some(_)) => (at, from) = (at + 1, from + 1),
            (Some(expected), Some(found)) if expected == found => (at, from) = (at + 1, from + 1),
            (None, None) => return true,
            _ => match retry {
                Some((after, start)) if start < text.len() => {
                    retry = Some((after, start + 1));
                    (at, from) = (after, start + 1);
                }
                _ => return false,
            },
        }
    }
}

/// The items of a list, or the one that stands in its place.
fn each(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// Whether any of the texts fits; `None` if one is no text.
fn any(value: &Value, fits: impl Fn(&str) -> bool) -> Option<bool> {
    let mut found = false;
    for item in each(value) {
        found |= fits(item.as_str()?);
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn allow(principal: Value) -> Value {
        json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    }

    fn of(statements: Value) -> Option<bool> {
        trusts(&json!({"Version": "2012-10-17", "Statement": statements}), GLUE)
    }

    #[test]
    fn principals() {
        for (principal, trusted) in [
            (json!({"Service": "glue.amazonaws.com"}), Some(true)),
            (json!({"Service": ["ec2.amazonaws.com", "glue.amazonaws.com"]}), Some(true)),
            (json!({"Service": "glue.amazonaws.com.cn"}), Some(true)),
            (json!({"Service": "glue.eu-west-1.amazonaws.com"}), Some(true)),
            (json!({"Service": "Glue.amazonaws.com", "AWS": "arn:aws:iam::1:root"}), Some(true)),
            (json!("*"), Some(true)),
            (json!({"AWS": "*"}), Some(true)),
            (json!({"Service": "lambda.amazonaws.com"}), Some(false)),
            (json!({"Service": "glue.amazonaws.com.evil.example"}), Some(false)),
            (json!({"Service": "notglue.amazonaws.com"}), Some(false)),
            (json!({"Service": "glue.a.b.amazonaws.com"}), Some(false)),
            (json!({"Service": "gluex.amazonaws.com"}), Some(false)),
            (json!({"Service": []}), Some(false)),
            (json!({"AWS": "glue.amazonaws.com"}), Some(false)),
            (json!({"Federated": "cognito-identity.amazonaws.com"}), Some(false)),
            (json!({"Service": 1}), None),
            (json!(null), None),
        ] {
            assert_eq!(of(json!([allow(principal.clone())])), trusted, "{principal}");
            assert_eq!(of(allow(principal.clone())), trusted, "{principal}, alone");
        }
    }

    #[test]
    fn actions() {
        for (action, trusted) in [
            (json!("sts:AssumeRole"), true),
            (json!("STS:assumerole"), true),
            (json!(["sts:TagSession", "sts:AssumeRole"]), true),
            (json!("sts:*"), true),
            (json!("sts:Assume*"), true),
            (json!("sts:AssumeRol?"), true),
            (json!("*"), true),
            (json!("*Role"), true),
            (json!("sts:AssumeRoleWithSAML"), false),
            (json!("sts:TagSession"), false),
            (json!("sts:?"), false),
            (json!(""), false),
        ] {
            let mut statement = allow(json!({"Service": GLUE}));
            statement["Action"] = action.clone();
            assert_eq!(of(json!([statement])), Some(trusted), "{action}");
        }
        let not = |action: &str| json!({"Effect": "Allow", "Principal": {"Service": GLUE}, "NotAction": action});
        assert_eq!(of(not("sts:TagSession")), Some(true));
        assert_eq!(of(not("sts:*")), Some(false));
    }

    #[test]
    fn what_is_denied_and_what_is_conditional() {
        let glue = || allow(json!({"Service": GLUE}));
        let mut deny = glue();
        deny["Effect"] = json!("Deny");
        assert_eq!(of(json!([glue(), deny])), Some(false));
        assert_eq!(of(json!([deny, glue()])), Some(false));
        let mut conditional = deny.clone();
        conditional["Condition"] = json!({"StringNotEquals": {"aws:SourceAccount": "1"}});
        assert_eq!(of(json!([glue(), conditional])), Some(true));
        conditional["Condition"] = json!({});
        assert_eq!(of(json!([glue(), conditional])), Some(false));
        let mut allowed = glue();
        allowed["Condition"] = json!({"StringEquals": {"aws:SourceAccount": "1"}});
        assert_eq!(of(json!([allowed])), Some(true));
        let mut others = deny.clone();
        others["Principal"] = json!({"Service": "ec2.amazonaws.com"});
        assert_eq!(of(json!([glue(), others])), Some(true));
        let spared = json!({"Effect": "Deny", "NotPrincipal": {"Service": GLUE}, "Action": "*"});
        assert_eq!(of(json!([glue(), spared])), Some(true));
        let everybody_else = json!({"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}, "Action": "*"});
        assert_eq!(of(json!([glue(), everybody_else])), Some(false));
    }

    #[test]
    fn a_policy_that_cannot_be_read_says_nothing() {
        for policy in [json!(null), json!([]), json!({"Statement": "x"}), json!({"Statement": [{"Effect": "Allow"}]})] {
            assert_eq!(trusts(&policy, GLUE), None, "{policy}");
        }
        assert_eq!(of(json!([])), Some(false));
        // What can be read is enough.
        assert_eq!(of(json!([{"Effect": "Allow"}, allow(json!({"Service": GLUE}))])), Some(true));
        let other = allow(json!({"Service": "sagemaker.amazonaws.com"}));
        assert_eq!(trusts(&json!({"Statement": other}), "sagemaker.amazonaws.com"), Some(true));
    }

    #[test]
    fn documents_come_encoded_or_plain() {
        let text = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"glue.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for document in [text, &encoded, " {\"a\": \"100%25\"} "] {
            assert!(policy(document).is_some(), "{document}");
        }
        assert_eq!(policy(" {\"a\": \"100%25\"} ").unwrap()["a"], "100%25");
        assert_eq!(policy(&encoded).and_then(|policy| trusts(&policy, GLUE)), Some(true));
        for none in ["", "%7B", "[1]", "{", "%", "%FF%FE", "null"] {
            assert_eq!(policy(none), None, "{none}");
        }
        let long = "*".repeat(2_000);
        assert!(
            matches(long.as_bytes(), b"sts:assumerole") && !matches(format!("{long}x").as_bytes(), b"sts:assumerole")
        );
    }
}
