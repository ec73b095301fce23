//! The outline of a document: its cells, with the magics and definitions in them.

use std::ops::Range;

use crate::model::CellModel;
use crate::syntax::python::{Definition, DefinitionKind};
use crate::syntax::split::{HeadKind, HeadLine, MagicLine, Tail};
use crate::syntax::{Cell, CellKind, CellMagicKind};

use super::hover::describe::shortened;

/// The most characters of a symbol's name, and of its detail.
const MOST_CHARACTERS: usize = 60;

/// What a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SymbolKind {
    /// A cell of code.
    Cell,
    /// A cell of text.
    Markdown,
    /// A magic.
    Magic,
    /// A class.
    Class,
    /// A function of a class.
    Method,
    /// A function.
    Function,
    /// A name that a value is assigned to at the top level.
    Variable,
}

/// A named part of a document. Ranges are bytes of the cell's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Its name; never empty.
    pub name: String,
    /// A few words more.
    pub detail: Option<String>,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub range: Range<usize>,
    /// What to select when it is chosen; inside `range`.
    pub selection: Range<usize>,
    /// What is inside it, in order.
    pub children: Vec<Symbol>,
}

/// Returns the outline of a cell: the cell itself, in it its magics and, if `with_python`, what its code
/// defines.
///
/// `index` is the cell's position in the document; a cell without text is named by it, counted from one.
pub fn cell_symbols(model: &CellModel, index: usize, with_python: bool) -> Symbol {
    let cell = &*model.cell;
    let text = &*cell.text;
    let all = 0..text.len();
    if cell.kind != CellKind::Code {
        let selection = heading(text).or_else(|| first_line(text, all.clone()));
        let name = selection.clone().map(|range| shortened(text[range].trim(), MOST_CHARACTERS));
        let kind = if cell.kind == CellKind::Markdown { SymbolKind::Markdown } else { SymbolKind::Cell };
        return symbol(kind, name, index, all, selection, None, Vec::new());
    }
    let mut children: Vec<Symbol> = cell.split.head.iter().filter_map(|line| head_symbol(text, line)).collect();
    let mut detail = None;
    match &cell.split.tail {
        Tail::Nothing => {}
        Tail::CellMagic { kind, magic, body, line } => {
            if *kind == CellMagicKind::Sql {
                detail = first_line(text, body.clone()).map(|range| shortened(&text[range], MOST_CHARACTERS));
            }
            let range = line.start..text.len();
            children.push(magic_symbol(text, magic, range, detail.clone()));
        }
        Tail::Code(_) if with_python => children.extend(definition_symbols(&model.outline().definitions)),
        Tail::Code(_) => {}
    }
    let selection = title(cell);
    let name = selection.clone().map(|range| shortened(text[range].trim_start_matches('#').trim(), MOST_CHARACTERS));
    symbol(SymbolKind::Cell, name, index, all, selection, detail, children)
}

fn symbol(
    kind: SymbolKind,
    name: Option<String>,
    index: usize,
    range: Range<usize>,
    selection: Option<Range<usize>>,
    detail: Option<String>,
    children: Vec<Symbol>,
) -> Symbol {
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("Cell {}", index + 1));
    let selection = selection.unwrap_or(range.start..range.start);
    Symbol { name, detail, kind, range, selection, children }
}

/// The line that names a cell of code: its first comment that says something, else its first magic or
/// command, else its first line of code.
fn title(cell: &Cell) -> Option<Range<usize>> {
    let text = &*cell.text;
    let head = &cell.split.head;
    let comment = head.iter().find(|line| {
        let says = text[line.range.clone()].trim_start_matches('#').contains(char::is_alphanumeric);
        matches!(line.kind, HeadKind::Comment) && says && !text[line.range.clone()].starts_with("#!")
    });
    let command = || head.iter().find(|line| matches!(line.kind, HeadKind::Magic(_) | HeadKind::Shell(_)));
    if let Some(line) = comment.or_else(command) {
        return Some(line.range.clone());
    }
    match &cell.split.tail {
        Tail::Nothing => first_line(text, 0..text.len()),
        Tail::CellMagic { line, .. } => Some(line.clone()),
        Tail::Code(range) => first_line(text, range.clone()),
    }
}

/// The first line that is not blank, without the blanks around it.
fn first_line(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let content = text[range.clone()].trim_start();
    let start = range.end - content.len();
    let line = content.split(['\n', '\r']).next().unwrap_or_default().trim_end();
    (!line.is_empty()).then(|| start..start + line.len())
}

/// The text of the first heading of a Markdown cell, outside of fenced blocks.
fn heading(text: &str) -> Option<Range<usize>> {
    let mut fence: Option<&str> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim();
        let marker = ["```", "~~~"].into_iter().find(|marker| content.starts_with(marker));
        match (fence, marker) {
            (None, Some(marker)) => fence = Some(marker),
            (Some(open), Some(marker)) if open == marker => fence = None,
            (None, None) => {
                let title = content.trim_start_matches('#');
                let level = content.len() - title.len();
                let title = title.trim_end_matches('#').trim();
                if (1..=6).contains(&level) && content[level..].starts_with([' ', '\t']) && !title.is_empty() {
                    let offset = start + line.find(title)?;
                    return Some(offset..offset + title.len());
                }
            }
            _ => {}
        }
    }
    None
}

fn head_symbol(text: &str, line: &HeadLine) -> Option<Symbol> {
    let HeadKind::Magic(magic) = &line.kind else {
        return None;
    };
    let argument = text[magic.argument.clone()].trim();
    let detail = (!argument.is_empty()).then(|| shortened(argument, MOST_CHARACTERS));
    Some(magic_symbol(text, magic, line.range.clone(), detail))
}

fn magic_symbol(text: &str, magic: &MagicLine, range: Range<usize>, detail: Option<String>) -> Symbol {
    let selection = magic.sigil.start..magic.name.end;
    let name = shortened(text[selection.clone()].trim(), MOST_CHARACTERS);
    Symbol { name, detail, kind: SymbolKind::Magic, range, selection, children: Vec::new() }
}

fn definition_symbols(definitions: &[Definition]) -> Vec<Symbol> {
    // While a name is being typed the parser may supply an empty one.
    let named = definitions.iter().filter(|definition| !definition.name.trim().is_empty());
    named
        .map(|definition| Symbol {
            name: shortened(&definition.name, MOST_CHARACTERS),
            detail: None,
            kind: match definition.kind {
                DefinitionKind::Class => SymbolKind::Class,
                DefinitionKind::Method => SymbolKind::Method,
                DefinitionKind::Function => SymbolKind::Function,
                DefinitionKind::Variable => SymbolKind::Variable,
            },
            range: definition.range.clone(),
            selection: definition.name_range.clone(),
            // As deep as the parser lists, which is bounded.
            children: definition_symbols(&definition.children),
        })
        .collect()
}
