//! The Python literal below a cell magic.

use std::ops::Range;

use crate::syntax::literal::{Node, parse_literal};
use crate::syntax::local_line::{Body, cell_magic_body};
use crate::syntax::{Cell, CellMagicKind, Tail};

/// The value below `%%configure`, `%%tags` or `%%assume_role`.
pub(in crate::features) struct Literal {
    /// The magic.
    pub(in crate::features) kind: CellMagicKind,
    /// The magic's own line, without its end, in bytes of the cell's text.
    pub(in crate::features) line: Range<usize>,
    /// The value, with places in the body.
    pub(in crate::features) node: Node,
    body: Body,
}

impl Literal {
    /// Reads the body of a cell; `None` if no such magic stands above it, or Python cannot read it.
    pub(in crate::features) fn of(cell: &Cell) -> Option<Literal> {
        let Tail::CellMagic { kind, line, magic, body } = &cell.split.tail else { return None };
        let text = &*cell.text;
        if *kind == CellMagicKind::Sql || text[magic.name.clone()].trim_end() != kind.name() {
            return None;
        }
        let body = cell_magic_body(text, line.clone(), body.clone());
        let node = parse_literal(&body.text).ok()?;
        Some(Literal { kind: *kind, line: line.clone(), node, body })
    }

    /// Returns where a range of the body stands in the cell, in bytes of its text.
    pub(in crate::features) fn to_cell(&self, range: Range<usize>) -> Range<usize> {
        self.body.to_cell(range)
    }
}
