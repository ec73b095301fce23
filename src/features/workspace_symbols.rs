//! What can be found by name in all documents: titles of cells, magics, definitions.

use std::ops::Range;

use crate::model::{Kernel, NotebookModel};
use crate::syntax::CellKind;

use super::symbols::{Symbol, SymbolKind, cell_symbols};

/// A symbol of a document, without what is inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name; never empty. With the value, where it is a magic.
    pub name: String,
    /// The symbol that it stands in.
    pub container: Option<String>,
    /// What it is.
    pub kind: SymbolKind,
    /// Position of its cell among the document's.
    pub cell: usize,
    /// What to select, in bytes of the cell's text.
    pub range: Range<usize>,
}

/// Returns the symbols of a document that is Glue's, `cells` of it; at most `most`.
pub fn entries(model: &NotebookModel, cells: Range<usize>, most: usize) -> Vec<Entry> {
    let mut out = Vec::new();
    let Some(kernel) = model.gate.kernel() else { return out };
    for index in cells {
        let Some(entry) = model.cells.get(index) else { break };
        if out.len() >= most {
            break;
        }
        // A cell whose only name is its number is nothing to look for.
        let blank = entry.cell.text.trim().is_empty();
        if blank || entry.cell.kind == CellKind::Raw {
            continue;
        }
        let symbol = cell_symbols(entry, index, kernel == Kernel::PySpark);
        collect(&entry.cell.text, symbol, None, index, &mut out);
    }
    out.truncate(most);
    out
}

fn collect(text: &str, symbol: Symbol, container: Option<&str>, cell: usize, out: &mut Vec<Entry>) {
    let name = match (&symbol.kind, &symbol.detail) {
        (SymbolKind::Magic, Some(value)) => format!("{} {value}", symbol.name),
        _ => symbol.name.clone(),
    };
    // A cell without a title is named by its first line: what is in it is found by itself.
    let titled = text[symbol.selection.clone()].starts_with('#');
    if symbol.kind != SymbolKind::Cell || titled {
        let (kind, range) = (symbol.kind, symbol.selection);
        out.push(Entry { name, container: container.map(str::to_owned), kind, cell, range });
    }
    // Nesting is bounded where symbols are made.
    for child in symbol.children {
        collect(text, child, Some(&symbol.name), cell, out);
    }
}

/// Returns how well a name answers a query, the lower the better; `None` if it does not: the query's characters must
/// occur in the name, in order, whatever their case. Blanks of the query do not count.
pub fn rank(name: &str, query: &str) -> Option<u32> {
    let name: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    let mut rank = 0;
    let mut at = 0;
    let mut last = None;
    for wanted in query.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase) {
        let found = at + name[at..].iter().position(|c| *c == wanted)?;
        // Gaps cost, most of all in front; a word's beginning is a good place.
        let begins_word = found.checked_sub(1).is_none_or(|before| !name[before].is_alphanumeric());
        if last.is_none_or(|last| last + 1 != found) {
            rank += if begins_word { 2 } else { 5 };
            rank += u32::try_from(found - at).unwrap_or(u32::MAX).min(20);
        }
        last = Some(found);
        at = found + 1;
    }
    // Of two equally good names the shorter one.
    Some(rank * 128 + u32::try_from(name.len() - at).unwrap_or(u32::MAX).min(127))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_found_in_order_whatever_the_case() {
        assert!(rank("load_orders", "LO").is_some());
        assert!(rank("load_orders", "ldor").is_some());
        assert!(rank("load_orders", "rol").is_none());
        assert!(rank("anything", "").is_some());
        assert!(rank("%glue_version 5.0", "glue 5").is_some());
    }

    #[test]
    fn what_begins_with_the_query_comes_first() {
        let mut names = ["reload", "load_orders", "load", "unloaded"];
        names.sort_by_key(|name| rank(name, "load"));
        assert_eq!(names, ["load", "load_orders", "reload", "unloaded"]);
    }
}
