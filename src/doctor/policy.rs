//! Policies of IAM as they are written: what they allow, where nobody can be asked.

use serde_json::{Map, Value as Json, json};

/// What is decided of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Permit {
    /// It is allowed.
    Yes,
    /// Nothing allows it.
    No,
    /// It is forbidden; by conditions on these keys, if any.
    Denied(Vec<String>),
    /// It cannot be told.
    Unknown,
}

/// An action on a resource, with what conditions may look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act<'a> {
    /// The action (`iam:PassRole`).
    pub(super) action: &'a str,
    /// The resource's ARN.
    pub(super) resource: &'a str,
    /// Keys and values; a key may be there several times.
    pub(super) context: &'a [(String, String)],
}

/// Returns what policies say of an action. Boundaries, organisations and policies of resources are not among them.
pub(super) fn permit<'a>(policies: impl IntoIterator<Item = &'a Json>, act: Act<'_>) -> Permit {
    let mut permit = Permit::No;
    let mut doubt = false;
    for policy in policies {
        let Some(statements) = statements(policy) else {
            doubt = true;
            continue;
        };
        for statement in statements.filter(|statement| applies(statement, act)) {
            match (statement.get("Effect").and_then(Json::as_str), holds(statement.get("Condition"), act.context)) {
                (_, Some(false)) => {}
                (Some("Deny"), Some(true)) => return Permit::Denied(condition_keys(statement)),
                (Some("Allow"), Some(true)) => permit = Permit::Yes,
                _ => doubt = true,
            }
        }
    }
    if doubt { Permit::Unknown } else { permit }
}

/// Returns the statements of a policy. `None` if it is none.
pub(super) fn statements(policy: &Json) -> Option<impl Iterator<Item = &Json>> {
    let statement = policy.get("Statement")?;
    let list = match statement {
        Json::Array(list) => list.as_slice(),
        Json::Object(_) => std::slice::from_ref(statement),
        _ => return None,
    };
    Some(list.iter())
}

/// Returns the texts of a member that is one text or a list of them.
pub(super) fn members(value: Option<&Json>) -> impl Iterator<Item = &str> {
    let list = match value {
        Some(Json::Array(list)) => list.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    list.iter().filter_map(Json::as_str)
}

fn applies(statement: &Json, act: Act<'_>) -> bool {
    let one_of = |name: &str, text: &str, any_case: bool| {
        let member = statement.get(name)?;
        Some(members(Some(member)).any(|pattern| pattern_matches(&filled(pattern, act.context), text, any_case)))
    };
    let action = one_of("Action", act.action, true).or_else(|| one_of("NotAction", act.action, true).map(|not| !not));
    let resource =
        one_of("Resource", act.resource, false).or_else(|| one_of("NotResource", act.resource, false).map(|not| !not));
    action == Some(true) && resource == Some(true)
}

/// Whether a condition holds; `None` if that cannot be told.
fn holds(condition: Option<&Json>, context: &[(String, String)]) -> Option<bool> {
    let Some(condition) = condition else { return Some(true) };
    let mut known = true;
    for (operator, keys) in condition.as_object()? {
        for (key, wanted) in keys.as_object()? {
            match holds_for(operator, key, wanted, context) {
                // All of them have to hold.
                Some(false) => return Some(false),
                Some(true) => {}
                None => known = false,
            }
        }
    }
    known.then_some(true)
}

fn holds_for(operator: &str, key: &str, wanted: &Json, context: &[(String, String)]) -> Option<bool> {
    let lower = operator.to_ascii_lowercase();
    let (quantifier, plain) = lower.split_once(':').map_or(("", lower.as_str()), |(before, after)| (before, after));
    let plain = plain.strip_suffix("ifexists").unwrap_or(plain);
    let given: Vec<&str> =
        context.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str()).collect();
    if given.is_empty() {
        // What is not in the context may still come with the call.
        return None;
    }
    let any = |value: &str, any_case: bool, patterns: bool| {
        members(Some(wanted)).any(|pattern| {
            let pattern = filled(pattern, context);
            match patterns {
                true => pattern_matches(&pattern, value, any_case),
                false if any_case => pattern.eq_ignore_ascii_case(value),
                false => pattern == value,
            }
        })
    };
    let all_values = quantifier == "forallvalues";
    let judge = |test: &dyn Fn(&str) -> bool| {
        if all_values { given.iter().all(|value| test(value)) } else { given.iter().any(|value| test(value)) }
    };
    Some(match plain {
        "stringequals" | "arnequals" => judge(&|value| any(value, false, plain == "arnequals")),
        "stringlike" | "arnlike" => judge(&|value| any(value, false, true)),
        "stringequalsignorecase" => judge(&|value| any(value, true, false)),
        "stringnotequals" | "arnnotequals" => judge(&|value| !any(value, false, plain == "arnnotequals")),
        "stringnotlike" | "arnnotlike" => judge(&|value| !any(value, false, true)),
        _ => return None,
    })
}

/// Fills in policy variables (`${aws:userid}`) that are known; others stay, and match nothing that is looked for.
fn filled(pattern: &str, context: &[(String, String)]) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            text.push_str("${");
            rest = after;
            continue;
        };
        match context.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
            Some((_, value)) => text.push_str(value),
            None => {
                text.push_str("${");
                text.push_str(name);
                text.push('}');
            }
        }
        rest = tail;
    }
    text.push_str(rest);
    text
}

fn condition_keys(statement: &Json) -> Vec<String> {
    let operators = statement.get("Condition").and_then(Json::as_object);
    let keys = operators.into_iter().flat_map(Map::values).filter_map(Json::as_object).flat_map(Map::keys);
    keys.cloned().collect()
}

/// Returns whether a pattern, in which `*` stands for any text and `?` for one character, is the whole of a text.
pub(super) fn pattern_matches(pattern: &str, text: &str, any_case: bool) -> bool {
    let fold =
        |text: &str| -> Vec<char> { text.chars().map(|c| if any_case { c.to_ascii_lowercase() } else { c }).collect() };
    let (pattern, text) = (fold(pattern), fold(text));
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, end)) => {
                    star = Some((at, end + 1));
                    (p, t) = (at + 1, end + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

/// Returns a statement that allows actions on resources.
pub(super) fn allow(sid: &str, actions: &[String], resources: &[String]) -> Json {
    let text = |list: &[String]| match list {
        [one] => json!(one),
        several => json!(several),
    };
    json!({"Sid": sid, "Effect": "Allow", "Action": text(actions), "Resource": text(resources)})
}

/// Returns a policy of statements.
pub(super) fn policy(statements: Vec<Json>) -> Json {
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Vec<(String, String)> {
        [
            ("iam:PassedToService", "glue.amazonaws.com"),
            ("aws:userid", "AROA1:me"),
            ("aws:RequestTag/owner", "AROA1:me"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
    }

    fn of(statements: Json, action: &str, resource: &str) -> Permit {
        let document = json!({"Statement": statements});
        permit([&document], Act { action, resource, context: &context() })
    }

    const ROLE: &str = "arn:aws:iam::1:role/service-role/Analyst";

    #[test]
    fn patterns_of_actions_and_resources_count() {
        let pass = json!({"Effect": "Allow", "Action": ["IAM:pass*"], "Resource": "arn:aws:iam::*:role/*Anal?st"});
        assert_eq!(of(pass.clone(), "iam:PassRole", ROLE), Permit::Yes);
        assert_eq!(of(json!([pass.clone()]), "iam:GetRole", ROLE), Permit::No);
        assert_eq!(of(json!([pass]), "iam:PassRole", "arn:aws:iam::1:role/Other"), Permit::No);
        let not = json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"});
        assert_eq!(of(json!([not.clone()]), "iam:PassRole", ROLE), Permit::No);
        assert_eq!(of(json!([not]), "glue:GetSession", ROLE), Permit::Yes);
        let but = json!({"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::*"});
        assert_eq!(
            of(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}, but]), "a:b", ROLE),
            Permit::Denied(vec![])
        );
    }

    #[test]
    fn conditions_hold_fail_or_stay_open() {
        let with = |effect: &str, condition: Json| json!([{"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition}]);
        let passed = |service: &str| with("Allow", json!({"StringEquals": {"iam:passedtoservice": [service]}}));
        assert_eq!(of(passed("glue.amazonaws.com"), "iam:PassRole", ROLE), Permit::Yes);
        assert_eq!(of(passed("ec2.amazonaws.com"), "iam:PassRole", ROLE), Permit::No);
        let owner = with("Allow", json!({"StringEquals": {"aws:RequestTag/owner": "${aws:userid}"}}));
        assert_eq!(of(owner, "glue:CreateSession", "*"), Permit::Yes);
        let unknown = json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}});
        assert_eq!(of(with("Allow", unknown.clone()), "a:b", "*"), Permit::Unknown);
        assert_eq!(of(with("Deny", unknown), "a:b", "*"), Permit::Unknown);
        let others = with("Deny", json!({"StringNotEquals": {"aws:RequestTag/owner": "${aws:userid}"}}));
        assert_eq!(of(others, "a:b", "*"), Permit::No, "it does not hold, and nothing else allows it");
        assert_eq!(of(with("Allow", json!(3)), "a:b", "*"), Permit::Unknown);
    }

    #[test]
    fn anything_else_is_no_policy() {
        for none in [json!(null), json!({"Statement": null}), json!([1])] {
            assert_eq!(permit([&none], Act { action: "a:b", resource: "*", context: &[] }), Permit::Unknown);
        }
        assert_eq!(filled("${aws:userid}/${x}${", &context()), "AROA1:me/${x}${");
    }
}
