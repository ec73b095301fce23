//! What `%%configure` and the line magics have in common: which key is which magic, and where entries stand.

use std::ops::Range;

use crate::facts;
use crate::features::literal::Literal;
use crate::syntax::literal::Value;
use crate::syntax::{Cell, CellMagicKind};

/// A `%%configure` with its dictionary. Ranges are bytes of the cell's text.
pub(super) struct Configure {
    /// The magic's own line, without its end.
    pub(super) line: Range<usize>,
    /// The dictionary, brackets included.
    pub(super) dictionary: Range<usize>,
    /// The entries, as written.
    pub(super) entries: Vec<Entry>,
}

/// An entry whose key is text.
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: Value,
    /// From the key to the end of the value.
    pub(super) range: Range<usize>,
}

/// Returns the `%%configure` of a cell; `None` where the kernel cannot read it, or there is none.
pub(super) fn find(cell: &Cell) -> Option<Configure> {
    let literal = Literal::of(cell).filter(|literal| literal.kind == CellMagicKind::Configure)?;
    let Value::Dict(written) = &literal.node.value else { return None };
    let dictionary = literal.to_cell(literal.node.range.clone());
    let mut entries = Vec::new();
    for (key, value) in written {
        let range = literal.to_cell(key.range.start..value.range.end);
        entries.push(Entry { key: key.value.as_str()?.to_owned(), value: value.value.clone(), range });
    }
    let braces = cell.text.get(dictionary.clone()).is_some_and(|text| text.starts_with('{') && text.ends_with('}'));
    braces.then_some(Configure { line: literal.line, dictionary, entries })
}

/// Returns the name of the line magic for a key of `%%configure`, if there is one.
pub(super) fn magic_of(key: &str) -> Option<&'static str> {
    let table = facts::configure();
    let dashed = if key.starts_with("--") { key.to_owned() } else { format!("--{key}") };
    let label = match table.recognised(key) {
        Some(row) => row.magic.as_deref(),
        None => table.job_parameter(&dashed).and_then(|row| row.magic.as_deref()),
    };
    label?.strip_prefix('%').filter(|name| !name.starts_with('%'))
}

/// Returns the keys of `%%configure` that a line magic may be written as, the best one first.
pub(super) fn keys_of(magic: &str) -> Vec<&'static str> {
    let table = facts::configure();
    let label = format!("%{magic}");
    let recognised = table.recognised_keys().iter().filter(|row| row.magic.as_deref() == Some(&label));
    let parameters = table.job_parameters().iter().filter(|row| row.magic.as_deref() == Some(&label));
    recognised.map(|row| row.key.as_str()).chain(parameters.map(|row| row.name.as_str())).collect()
}
