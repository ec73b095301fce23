//! What a selection grows to, step by step: word, value, argument, line, head or body, cell; in Python the nodes of its
//! syntax.

use std::ops::Range;

use tree_sitter::TreeCursor;

use crate::syntax::split::{HeadKind, MagicLine, Tail, lines};
use crate::syntax::{Cell, CellKind, CellMagicKind, deep, python};

use super::semantic_tokens::sql;

/// The most steps: editors nest them, and readers of JSON take a bounded depth.
const MOST_STEPS: usize = 60;

/// Returns the ranges that a selection at `offset` grows to, the smallest first: each holds the one before it and is
/// larger, the last one is the whole cell. Bytes of the cell's text. Total: an offset in the middle of a character, or
/// behind the end, counts as the place before it.
pub fn selection(cell: &Cell, offset: usize) -> Vec<Range<usize>> {
    let text = &*cell.text;
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let mut steps = vec![word_at(text, offset)];
    let on = |line: &Range<usize>| line.start <= offset && offset <= line.end;
    if cell.kind == CellKind::Code {
        head_steps(cell, offset, &mut steps);
        match &cell.split.tail {
            Tail::Nothing => {}
            Tail::Code(code) if code.start <= offset => {
                steps.extend(python_steps(text, code.clone(), offset));
                steps.push(line_at(text, offset));
                steps.push(trimmed(text, code.clone()));
                steps.push(code.clone());
            }
            Tail::Code(_) => {}
            Tail::CellMagic { line, magic, body, kind } => {
                if on(line) {
                    magic_steps(text, magic, line.clone(), offset, &mut steps);
                    steps.push(line.start..trimmed(text, line.start..text.len()).end);
                    steps.push(line.start..text.len());
                } else if body.start <= offset && line.end < offset {
                    match kind {
                        CellMagicKind::Sql => steps.extend(sql_steps(text, body.clone(), offset)),
                        // A literal is Python.
                        _ => steps.extend(python_steps(text, body.clone(), offset)),
                    }
                    steps.push(line_at(text, offset));
                    steps.push(trimmed(text, body.clone()));
                    steps.push(body.clone());
                    steps.push(line.start..text.len());
                }
            }
        }
    } else {
        steps.push(line_at(text, offset));
    }
    steps.push(0..text.len());
    nested(steps, offset)
}

/// Returns the statement of a cell's Python that holds `offset`, or begins in its line: a line, or a whole block. Bytes of
/// the cell's text; `None` where there is none. Total, as [`selection`].
pub fn statement_at(cell: &Cell, offset: usize) -> Option<Range<usize>> {
    let text = &*cell.text;
    let Tail::Code(code) = &cell.split.tail else { return None };
    if cell.kind != CellKind::Code || code.len() > deep::LONGEST {
        return None;
    }
    let line = line_at(text, text.floor_char_boundary(offset.min(text.len())));
    let tree = python::parse(text, code.clone(), None)?;
    let mut cursor = tree.walk();
    let mut more = cursor.goto_first_child();
    while more {
        let node = cursor.node();
        let range = node.byte_range();
        if node.kind() != "comment" && range.start <= line.end && line.start < range.end {
            return Some(range).filter(|range| code.start <= range.start && text.get(range.clone()).is_some());
        }
        more = cursor.goto_next_sibling();
    }
    None
}

/// Keeps those that hold the one before and are larger, and not too many of them.
fn nested(mut steps: Vec<Range<usize>>, offset: usize) -> Vec<Range<usize>> {
    // Pieces come from several looks at the text, so their order is that of their size.
    let whole = steps.last().cloned().unwrap_or(offset..offset);
    steps.sort_by_key(Range::len);
    let mut kept: Vec<Range<usize>> = Vec::new();
    for step in steps {
        let holds = kept.last().is_none_or(|last| step.start <= last.start && last.end <= step.end && step != *last);
        if holds && step.start <= offset && offset <= step.end && (!step.is_empty() || step == whole) {
            kept.push(step);
        }
    }
    if kept.len() > MOST_STEPS {
        let outer = kept.len() - MOST_STEPS / 2;
        kept.drain(MOST_STEPS / 2..outer);
    }
    if kept.is_empty() {
        kept.push(whole);
    }
    kept
}

fn head_steps(cell: &Cell, offset: usize, steps: &mut Vec<Range<usize>>) {
    let text = &*cell.text;
    let head = &cell.split.head;
    let index = head.partition_point(|line| line.range.end < offset);
    let Some(line) = head.get(index).filter(|line| line.range.start <= offset) else { return };
    match &line.kind {
        HeadKind::Magic(magic) => magic_steps(text, magic, line.range.clone(), offset, steps),
        HeadKind::Shell(command) => steps.extend([value_at(text, command.clone(), offset), command.clone()]),
        HeadKind::Comment => {
            let content = text[line.range.clone()].trim_start_matches(['#', ' ']);
            steps.push(line.range.end - content.len()..line.range.end);
        }
        HeadKind::Blank => {}
    }
    steps.push(line.range.clone());
    if let (Some(first), Some(last)) = (head.first(), head.last()) {
        steps.push(first.range.start..last.range.end);
    }
}

/// Name, value, argument and line of a magic.
fn magic_steps(text: &str, magic: &MagicLine, line: Range<usize>, offset: usize, steps: &mut Vec<Range<usize>>) {
    let name = trimmed(text, magic.name.clone());
    if offset <= name.end {
        steps.extend([name.clone(), magic.sigil.start..name.end]);
    } else {
        let argument = trimmed(text, magic.argument.clone());
        let value = value_at(text, argument.clone(), offset);
        let inner = text[value.clone()].trim_start_matches(['"', '\'']);
        let start = value.end - inner.len();
        let end = start + inner.trim_end_matches(['"', '\'']).len();
        steps.extend([start..end, value, argument]);
    }
    steps.push(trimmed(text, line.clone()));
    steps.push(line);
}

/// The value around an offset: what stands between blanks, commas and brackets.
fn value_at(text: &str, range: Range<usize>, offset: usize) -> Range<usize> {
    if offset < range.start || offset > range.end {
        return offset..offset;
    }
    let stop = |c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']');
    around(text, range, offset, stop)
}

fn word_at(text: &str, offset: usize) -> Range<usize> {
    around(text, 0..text.len(), offset, |c| !(c.is_alphanumeric() || c == '_'))
}

/// What stands around an offset up to characters that stop it.
fn around(text: &str, range: Range<usize>, offset: usize, stop: impl Fn(char) -> bool + Copy) -> Range<usize> {
    let before = &text[range.start..offset];
    let start = before
        .rfind(stop)
        .map_or(range.start, |at| range.start + at + before[at..].chars().next().map_or(0, char::len_utf8));
    let end = text[offset..range.end].find(stop).map_or(range.end, |at| offset + at);
    start..end
}

fn line_at(text: &str, offset: usize) -> Range<usize> {
    around(text, 0..text.len(), offset, |c| c == '\n' || c == '\r')
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let content = text[range.clone()].trim_start();
    let start = range.end - content.len();
    start..start + content.trim_end().len()
}

/// The nodes of Python's syntax around an offset.
fn python_steps(text: &str, code: Range<usize>, offset: usize) -> Vec<Range<usize>> {
    let mut steps = Vec::new();
    if code.len() > deep::LONGEST {
        return steps;
    }
    let Some(tree) = python::parse(text, code.clone(), None) else { return steps };
    let mut cursor = tree.walk();
    // A place between two nodes belongs to the one that begins there, else to the one that ends there.
    while step_into(&mut cursor, offset) {
        let range = cursor.node().byte_range();
        if code.start <= range.start && range.end <= code.end && text.get(range.clone()).is_some() {
            steps.push(range);
        }
    }
    steps
}

fn step_into(cursor: &mut TreeCursor<'_>, offset: usize) -> bool {
    if !cursor.goto_first_child() {
        return false;
    }
    loop {
        let range = cursor.node().byte_range();
        if range.start <= offset && offset <= range.end && !range.is_empty() {
            // Not by a copy of the cursor: it is as long as the tree is deep.
            if offset == range.end && cursor.goto_next_sibling() {
                let next = cursor.node().byte_range();
                if next.start != offset || next.is_empty() {
                    cursor.goto_previous_sibling();
                }
            }
            return true;
        }
        if range.start > offset || !cursor.goto_next_sibling() {
            return false;
        }
    }
}

/// The token, the brackets and the statement around an offset of a query.
fn sql_steps(text: &str, body: Range<usize>, offset: usize) -> Vec<Range<usize>> {
    let mut steps = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut statement = body.start;
    let mut end = None;
    for token in sql::lex(text, body.clone()) {
        let range = token.range.clone();
        if range.start <= offset && offset <= range.end && token.kind.is_some() {
            steps.push(range.clone());
        }
        match &text[range.clone()] {
            "(" => open.push(range.start),
            ")" => {
                if let Some(start) = open.pop().filter(|start| *start <= offset && offset <= range.end) {
                    steps.push(trimmed(text, start + 1..range.start));
                    steps.push(start..range.end);
                }
            }
            ";" if range.end <= offset => statement = range.end,
            ";" if end.is_none() => end = Some(range.start),
            _ => {}
        }
    }
    steps.push(trimmed(text, statement..end.unwrap_or(body.end)));
    // Paragraphs are what people part a query with.
    let mut paragraph = body.start..body.end;
    for line in lines(&text[body.clone()]) {
        let range = body.start + line.content.start..body.start + line.content.end;
        if text[range.clone()].trim().is_empty() {
            if range.end < offset {
                paragraph.start = body.start + line.next;
            } else if range.start > offset {
                paragraph.end = range.start;
                break;
            }
        }
    }
    steps.push(trimmed(text, paragraph));
    steps
}
