//! A cell magic that stands below something else gets a cell of its own.

use std::ops::Range;

use crate::features::fix::Fix;
use crate::features::scan::Scan;
use crate::syntax::CellMagicKind;
use crate::syntax::split::{HeadKind, Tail, lines, magic_line};

use super::{Place, Refactor, RefactorKind};

pub(super) fn offer(place: &Place<'_>, out: &mut Vec<Refactor>) {
    let cell = place.parsed();
    let text = place.text;
    let found = match &cell.split.tail {
        Tail::CellMagic { line, magic, .. } => {
            // Comments above may stay with it.
            let other = cell.split.head.iter().any(|line| matches!(line.kind, HeadKind::Magic(_) | HeadKind::Shell(_)));
            (other && place.touches(line)).then_some((line.start, magic.sigil.start..magic.name.end))
        }
        Tail::Code(code) => in_code(place, code.clone()),
        Tail::Nothing => None,
    };
    let Some((at, name)) = found else { return };
    let title = format!("Split the cell at `{}`", text[name].trim());
    let fix = Fix { splits: vec![at], ..Fix::of(title, Vec::new()) };
    out.push(Refactor { kind: RefactorKind::Extract, fix });
}

/// Returns where one of the kernel's cell magics begins a line of the code that is selected, and its name.
fn in_code(place: &Place<'_>, code: Range<usize>) -> Option<(usize, Range<usize>)> {
    let text = place.text;
    for line in lines(&text[code.clone()]) {
        let range = code.start + line.content.start..code.start + line.content.end;
        if !text[range.clone()].starts_with("%%") || range.start == 0 || !place.touches(&range) {
            continue;
        }
        let magic = magic_line(text, range.clone());
        let name = text[magic.name.clone()].trim_end();
        if CellMagicKind::ALL.iter().any(|kind| kind.name() == name) && !in_string(text, code.start, range.start) {
            return Some((range.start, magic.sigil.start..magic.name.end));
        }
    }
    None
}

/// Returns whether an offset is inside a string of Python code of three quotes.
fn in_string(text: &str, start: usize, offset: usize) -> bool {
    let mut scan = Scan::new(text, start..offset);
    while let Some(c) = scan.peek() {
        match c {
            '#' => scan.eat_line(),
            '"' | '\'' => {
                let triple = ["\"\"\"", "'''"].into_iter().find(|quotes| scan.eat(quotes));
                let single = if c == '"' { "\"" } else { "'" };
                if triple.is_none() {
                    scan.bump();
                }
                let closed = scan.eat_string(triple.unwrap_or(single), triple.is_some());
                if triple.is_some() && !closed {
                    return true;
                }
            }
            _ => {
                scan.bump();
            }
        }
    }
    false
}
