//! What holds for the members of a request by themselves: the tables of the API say it.

use serde_json::{Map, Value};

use super::pattern;
use super::wire::Refusal;
use crate::facts;
use crate::facts::sessions_api::Member;

/// How many violations are told at once.
const TOLD: usize = 5;
/// The longest value that is quoted, in characters.
const QUOTED: usize = 100;

/// Returns the members of a request. Those that are `null` are not there, and those that the operation does not have
/// are left out.
pub(super) fn members(operation: &str, body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let table = facts::sessions_api().operation(operation).ok_or_else(Refusal::unknown_operation)?;
    let given = if body.iter().all(u8::is_ascii_whitespace) {
        Map::new()
    } else {
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => members,
            Ok(_) => return Err(Refusal::serialization("The request must be a JSON object.")),
            Err(error) => return Err(Refusal::serialization(format!("The request is not JSON: {error}"))),
        }
    };
    let mut members = Map::new();
    let mut violations = Vec::new();
    for (name, value) in given {
        if let Some(member) = table.input.get(&name).filter(|_| !value.is_null()) {
            examine(&path("", &name), member, &value, &mut violations)?;
            members.insert(name, value);
        }
    }
    for (name, member) in &table.input {
        if member.required && !members.contains_key(name) {
            let path = path("", name);
            violations.push(format!("Value null at '{path}' failed to satisfy constraint: Member must not be null"));
        }
    }
    if violations.is_empty() {
        return Ok(members);
    }
    let count = violations.len();
    violations.truncate(TOLD);
    let plural = if count == 1 { "error" } else { "errors" };
    let message = format!("{count} validation {plural} detected: {}", violations.join("; "));
    let code = "ValidationException";
    Err(if table.errors.iter().any(|known| known == code) {
        Refusal::new(code, message)
    } else {
        Refusal::invalid(message)
    })
}

/// The name of a member in messages: as the service writes it, with a small first letter.
fn path(parent: &str, name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    let name: String = first.into_iter().chain(letters).collect();
    if parent.is_empty() { name } else { format!("{parent}.{name}") }
}

/// Looks at one value. What is of another type ends the examination; what breaks a rule is noted.
fn examine(path: &str, member: &Member, value: &Value, violations: &mut Vec<String>) -> Result<(), Refusal> {
    let wrong = |wanted: &str| Err(Refusal::serialization(format!("The value of '{path}' must be {wanted}.")));
    // What a map or a list holds may be secret: it is not quoted.
    let quote = !path.contains('.');
    let mut violated = |rule: String| {
        let shown = match value {
            Value::String(text) if quote && text.chars().count() <= QUOTED => format!("Value '{text}'"),
            Value::Number(number) => format!("Value '{number}'"),
            _ => "Value".to_owned(),
        };
        violations.push(format!("{shown} at '{path}' failed to satisfy constraint: {rule}"));
    };
    match member.kind.as_str() {
        "string" => {
            let Value::String(text) = value else { return wrong("a string") };
            measure(member, text.chars().count(), "have length", &mut violated);
            if let Some(pattern) =
                member.pattern.as_deref().filter(|pattern| pattern::fits(pattern, text) == Some(false))
            {
                violated(format!("Member must satisfy regular expression pattern: {pattern}"));
            }
            if !member.values.is_empty() && !member.values.contains(text) {
                violated(format!("Member must satisfy enum value set: [{}]", member.values.join(", ")));
            }
        }
        "integer" | "long" => {
            let number = value.as_i64().or_else(|| whole(value.as_f64()?));
            let Some(number) = number.filter(|number| member.kind == "long" || i32::try_from(*number).is_ok()) else {
                return wrong("an integer");
            };
            if let Some(min) = member.min.filter(|min| number < *min) {
                violated(format!("Member must have value greater than or equal to {min}"));
            }
            if let Some(max) = member.max.filter(|max| number > *max) {
                violated(format!("Member must have value less than or equal to {max}"));
            }
        }
        "double" if value.as_f64().is_none() => return wrong("a number"),
        "boolean" if !value.is_boolean() => return wrong("true or false"),
        "structure" => {
            let Value::Object(members) = value else { return wrong("an object") };
            for (name, inner) in &member.members {
                match members.get(name).filter(|value| !value.is_null()) {
                    Some(value) => examine(&self::path(path, name), inner, value, violations)?,
                    None if inner.required || member.required_members.contains(name) => {
                        let path = self::path(path, name);
                        violations.push(format!(
                            "Value null at '{path}' failed to satisfy constraint: Member must not be null"
                        ));
                    }
                    None => {}
                }
            }
        }
        "map" => {
            let Value::Object(pairs) = value else { return wrong("an object") };
            measure(member, pairs.len(), "have size", &mut violated);
            for (name, value) in pairs {
                if let Some(key) = &member.key {
                    examine(&format!("{path}.key"), key, &Value::from(name.as_str()), violations)?;
                }
                if let Some(inner) = &member.value {
                    examine(&format!("{path}.value"), inner, value, violations)?;
                }
            }
        }
        "list" => {
            let Value::Array(items) = value else { return wrong("a list") };
            measure(member, items.len(), "have size", &mut violated);
            for item in items {
                if let Some(inner) = &member.item {
                    examine(&format!("{path}.member"), inner, item, violations)?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn measure(member: &Member, size: usize, what: &str, violated: &mut impl FnMut(String)) {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    if let Some(min) = member.min.filter(|min| size < *min) {
        violated(format!("Member must {what} greater than or equal to {min}"));
    }
    if let Some(max) = member.max.filter(|max| size > *max) {
        violated(format!("Member must {what} less than or equal to {max}"));
    }
}

/// The integer that a float stands for.
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}
