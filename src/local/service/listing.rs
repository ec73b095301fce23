//! Lists in pages.

use serde_json::{Map, Value, json};

use super::sessions::{number, text};
use super::wire::Refusal;

/// When all in the catalogue was made: 2020-01-01, in seconds.
pub(super) const MADE: u64 = 1_577_836_800;

/// Returns a page of a list as the member `name` of an answer, with where the next one begins.
pub(super) fn page<T>(
    members: &Map<String, Value>,
    name: &str,
    most: usize,
    items: Vec<T>,
    shown: impl Fn(T) -> Value,
) -> Result<Vec<u8>, Refusal> {
    let from = match text(members, "NextToken") {
        "" => 0,
        token => token.parse().map_err(|_| Refusal::invalid("The NextToken is none of this service's."))?,
    };
    let size = number(members, "MaxResults").and_then(|size| usize::try_from(size).ok()).unwrap_or(most).clamp(1, most);
    let more = items.len() > size.saturating_add(from);
    let page: Vec<Value> = items.into_iter().skip(from).take(size).map(shown).collect();
    let mut answer = json!({ name: page });
    if more {
        answer["NextToken"] = json!((from + size).to_string());
    }
    Ok(answer.to_string().into_bytes())
}
