//! Trust policies of roles: whom they let in, and what one looks like that lets in more.

use serde_json::{Value as Json, json};

use super::policy::{members, pattern_matches, statements};
use crate::aws::concerns;

/// What a trust policy says of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trusts {
    /// It may assume the role.
    Yes,
    /// It may, if the conditions with these keys hold.
    If(Vec<String>),
    /// It is not named.
    No,
    /// It is forbidden.
    Denied,
}

/// Returns what a trust policy says of a service (`glue.amazonaws.com`), for work in an account. `None` if it is none.
pub(super) fn trusts(policy: &Json, service: &str, account: &str) -> Option<Trusts> {
    let mut found = Trusts::No;
    for statement in statements(policy)? {
        if concerns(statement, service) != Some(true) {
            continue;
        }
        let conditions = open_conditions(statement, account);
        match statement.get("Effect").and_then(Json::as_str) {
            Some("Deny") if conditions.is_empty() => return Some(Trusts::Denied),
            Some("Allow") if conditions.is_empty() => found = Trusts::Yes,
            Some("Allow") if found == Trusts::No => found = Trusts::If(conditions),
            _ => {}
        }
    }
    Some(found)
}

/// Returns the policy with a statement for these services behind those that it has. `None` if it is none.
pub(super) fn with_services(policy: &Json, services: &[&str]) -> Option<Json> {
    let _ = statements(policy)?;
    let mut policy = policy.as_object()?.clone();
    let service = match services {
        [one] => json!(one),
        several => json!(several),
    };
    let statement = json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"});
    match policy.get_mut("Statement") {
        Some(Json::Array(list)) => list.push(statement),
        Some(single) => *single = json!([single.take(), statement]),
        None => return None,
    }
    policy.entry("Version").or_insert_with(|| json!("2012-10-17"));
    Some(Json::Object(policy))
}

/// Returns a policy that lets in these services and nobody else.
pub(super) fn of_services(services: &[&str]) -> Json {
    let empty = json!({"Version": "2012-10-17", "Statement": []});
    with_services(&empty, services).unwrap_or(empty)
}

/// The keys of conditions of which is not known that they hold.
fn open_conditions(statement: &Json, account: &str) -> Vec<String> {
    let Some(condition) = statement.get("Condition") else { return Vec::new() };
    // Something else than an object is no condition that anybody knows.
    let Some(operators) = condition.as_object() else { return vec!["Condition".to_owned()] };
    let mut open = Vec::new();
    for (operator, keys) in operators {
        let equals = ["StringEquals", "StringLike"].iter().any(|known| operator.eq_ignore_ascii_case(known));
        for (key, values) in keys.as_object().into_iter().flatten() {
            let own = equals
                && key.eq_ignore_ascii_case("aws:SourceAccount")
                && members(Some(values)).any(|value| pattern_matches(value, account, false));
            if !own && !open.contains(key) {
                open.push(key.clone());
            }
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "glue.amazonaws.com";

    fn allow(principal: Json) -> Json {
        json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    }

    fn of(statement: Json) -> Option<Trusts> {
        trusts(&json!({"Version": "2012-10-17", "Statement": statement}), GLUE, "123456789012")
    }

    #[test]
    fn a_service_may_be_named_in_many_ways() {
        assert_eq!(of(json!([allow(json!({"Service": GLUE}))])), Some(Trusts::Yes));
        assert_eq!(of(allow(json!({"Service": ["ec2.amazonaws.com", GLUE]}))), Some(Trusts::Yes));
        assert_eq!(of(allow(json!("*"))), Some(Trusts::Yes));
        // All of these let in Glue, and the rules of documents say so too.
        for principal in [
            json!({"AWS": "*"}),
            json!({"Service": "glue.amazonaws.com.cn"}),
            json!({"Service": "glue.eu-west-1.amazonaws.com"}),
        ] {
            assert_eq!(of(json!([allow(principal.clone())])), Some(Trusts::Yes), "{principal}");
        }
        assert_eq!(of(json!([allow(json!({"Service": "glue.amazonaws.com.evil.example"}))])), Some(Trusts::No));
        assert_eq!(of(json!([allow(json!({"Service": "sagemaker.amazonaws.com"}))])), Some(Trusts::No));
        assert_eq!(of(json!([])), Some(Trusts::No));
        let mut actions = allow(json!({"Service": GLUE}));
        actions["Action"] = json!(["sts:TagSession", "sts:assumerole"]);
        assert_eq!(of(json!([actions.clone()])), Some(Trusts::Yes));
        actions["Action"] = json!("sts:TagSession");
        assert_eq!(of(json!([actions.clone()])), Some(Trusts::No));
        actions["Action"] = json!("sts:*");
        actions["Effect"] = json!("Deny");
        assert_eq!(of(json!([allow(json!({"Service": GLUE})), actions])), Some(Trusts::Denied));
        for none in [json!(null), json!([]), json!("x"), json!({}), json!({"Statement": 3})] {
            assert_eq!(trusts(&none, GLUE, "1"), None, "{none}");
            assert_eq!(with_services(&none, &[GLUE]), None, "{none}");
        }
    }

    #[test]
    fn conditions_are_judged_as_far_as_they_can_be() {
        let with = |condition: Json| {
            let mut statement = allow(json!({"Service": GLUE}));
            statement["Condition"] = condition;
            statement
        };
        let own = with(json!({"StringEquals": {"aws:SourceAccount": ["1", "123456789012"]}}));
        assert_eq!(of(json!([own])), Some(Trusts::Yes));
        let other = with(json!({"StringEquals": {"aws:SourceAccount": "1"}}));
        assert_eq!(of(json!([other.clone()])), Some(Trusts::If(vec!["aws:SourceAccount".into()])));
        let arn = with(json!({"ArnLike": {"aws:SourceArn": "arn:*"}}));
        assert_eq!(of(json!([arn])), Some(Trusts::If(vec!["aws:SourceArn".into()])));
        assert_eq!(of(json!([other, allow(json!({"Service": GLUE}))])), Some(Trusts::Yes), "one of them is enough");
    }

    #[test]
    fn what_was_there_stays() {
        let lambda = json!({"Sid": "L", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:SecureTransport": "true"}}});
        let glue = allow(json!({"Service": GLUE}));
        let single = json!({"Version": "2008-10-17", "Id": "x", "Statement": lambda});
        let expected = json!({"Version": "2008-10-17", "Id": "x", "Statement": [lambda, glue]});
        assert_eq!(with_services(&single, &[GLUE]), Some(expected.clone()));
        let list = json!({"Version": "2008-10-17", "Id": "x", "Statement": [lambda]});
        assert_eq!(with_services(&list, &[GLUE]), Some(expected));
        let both = of_services(&[GLUE, "sagemaker.amazonaws.com"]);
        assert_eq!(both["Statement"][0]["Principal"]["Service"], json!([GLUE, "sagemaker.amazonaws.com"]));
        assert_eq!(both["Version"], "2012-10-17");
        assert_eq!(trusts(&both, "sagemaker.amazonaws.com", "1"), Some(Trusts::Yes));
    }
}
