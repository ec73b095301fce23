//! What rules have in common that look at the dictionary below a cell magic.

use std::ops::Range;

use crate::facts;
use crate::features::diagnostics::Fix;
use crate::features::literal::Literal;
use crate::syntax::literal::{Node, Value};

/// Most entries that are looked at: far more than any request takes.
const MOST_ENTRIES: usize = 600;

/// An entry of a dictionary, with its places in the cell.
#[derive(Clone)]
pub(super) struct Entry<'a> {
    /// The key.
    pub(super) key: &'a Value,
    /// The value.
    pub(super) value: &'a Value,
    /// Where the key stands.
    pub(super) key_range: Range<usize>,
    /// Where the value stands.
    pub(super) value_range: Range<usize>,
}

impl Literal {
    /// Returns the entries as written, those that a later one replaces too; none if it is no dictionary.
    pub(super) fn entries(&self) -> Vec<Entry<'_>> {
        self.entries_of(&self.node)
    }

    /// Returns the entries of a dictionary inside the value.
    fn entries_of<'a>(&'a self, node: &'a Node) -> Vec<Entry<'a>> {
        let Value::Dict(written) = &node.value else { return Vec::new() };
        let entry = |(key, value): &'a (Node, Node)| Entry {
            key: &key.value,
            value: &value.value,
            key_range: self.to_cell(key.range.clone()),
            value_range: self.to_cell(value.range.clone()),
        };
        written.iter().take(MOST_ENTRIES).map(entry).collect()
    }

    /// Returns the entries of the dictionary that stands under a key.
    pub(super) fn entries_below(&self, name: &str) -> Vec<Entry<'_>> {
        let Value::Dict(written) = &self.node.value else { return Vec::new() };
        let found = written.iter().rfind(|(key, _)| key.value.as_str() == Some(name));
        found.map(|(_, value)| self.entries_of(value)).unwrap_or_default()
    }
}

impl Entry<'_> {
    /// Returns the job argument that the entry of `%%configure` becomes, with its two hyphens; `None` if the key is a
    /// setting of the kernel's, or no text.
    pub(super) fn argument(&self) -> Option<String> {
        let name = self.key.as_str()?;
        if name.starts_with("--") {
            return Some(name.to_owned());
        }
        facts::configure().recognised(name).is_none().then(|| format!("--{name}"))
    }

    /// Returns whether another rule has something to say about the key.
    pub(super) fn key_is_doubtful(&self) -> bool {
        let dict = matches!(self.value, Value::Dict(_));
        self.key.as_str().is_none_or(|name| {
            let table = facts::configure();
            let unknown = table.job_parameter(&format!("--{name}")).is_none();
            !name.starts_with("--") && (unknown || dict && table.misused_with_dict(name).is_some())
        })
    }

    /// Makes the fix that writes another text as the value.
    pub(super) fn write(&self, value: &str) -> Option<Fix> {
        let quoted = in_quotes(value)?;
        Some(Fix::replace(format!("Write `{quoted}`"), self.value_range.clone(), quoted))
    }

    /// Makes the fix that writes another key.
    pub(super) fn rename(&self, key: &str) -> Option<Fix> {
        Some(Fix::replace(format!("Write `{key}`"), self.key_range.clone(), in_quotes(key)?))
    }
}

/// Returns the text in double quotes; `None` where it would need escapes.
pub(super) fn in_quotes(text: &str) -> Option<String> {
    let plain = !text.contains(['"', '\\']) && !text.chars().any(char::is_control);
    plain.then(|| format!("\"{text}\""))
}

/// Returns whether a text holds a place for the author to fill in.
pub(super) fn is_placeholder(text: &str) -> bool {
    text.contains(['<', '{', '$'])
}

/// Makes the fix that takes an entry out of its dictionary; `None` where a comment or a bracket stands in the way, and
/// for the only entry.
pub(super) fn remove(text: &str, entries: &[Entry<'_>], index: usize) -> Option<Fix> {
    let entry = entries.get(index)?;
    let only = |range: Range<usize>, wanted: char| {
        let between: String = text.get(range)?.chars().filter(|c| !c.is_whitespace()).collect();
        (between.len() == wanted.len_utf8() && between.starts_with(wanted)).then_some(())
    };
    only(entry.key_range.end..entry.value_range.start, ':')?;
    let range = match (entries.get(index + 1), index.checked_sub(1).and_then(|before| entries.get(before))) {
        (Some(next), _) => {
            only(entry.value_range.end..next.key_range.start, ',')?;
            entry.key_range.start..next.key_range.start
        }
        (None, Some(before)) => {
            only(before.value_range.end..entry.key_range.start, ',')?;
            before.value_range.end..entry.value_range.end
        }
        (None, None) => return None,
    };
    Some(Fix::replace("Remove the entry", range, ""))
}

/// Returns Spark properties as the one text that `--conf` takes, in quotes; `None` if they are not all plain.
pub(super) fn properties(properties: &[(Node, Node)]) -> Option<String> {
    let plain = |node: &Node| match &node.value {
        Value::Str(text) if !text.contains(['"', '\\', '\n']) => Some(text.clone()),
        Value::Int(_) | Value::Float(_) => Some(node.value.to_str()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    };
    let pairs: Option<Vec<String>> =
        properties.iter().map(|(key, value)| Some(format!("{}={}", plain(key)?, plain(value)?))).collect();
    pairs.filter(|pairs| !pairs.is_empty()).map(|pairs| format!("\"{}\"", pairs.join(" --conf ")))
}
