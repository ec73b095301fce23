//! All safe fixes of a document at once: made in memory, round after round, until none is left; the result is one list
//! of edits of the text as it is.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use ropey::Rope;

use crate::model::open::open;
use crate::model::{Environment, NotebookModel};
use crate::syntax::{Cell, Form, PlacedCell};

use super::fix::all::{errors, fix_of, together};
use super::fix::{Edit, Fix, applied};
use super::{Analysis, Problem};

/// The most rounds: a fix may uncover a problem that has a fix, but not for ever.
const MOST_ROUNDS: usize = 10;

/// The problems that are to be fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// All of them.
    All,
    /// Those of one rule, by its code.
    Code(&'a str),
}

impl Which<'_> {
    fn wants(self, problem: &Problem, fix: &Fix) -> bool {
        fix.safe
            && match self {
                Which::All => true,
                Which::Code(code) => problem.code == code,
            }
    }
}

/// Returns the edits of a document's text that make all safe fixes; `None` where there is none. `text` is the text of
/// the document, `cell` the cell that is the document, where cells are synced one by one.
///
/// Edits are in order and do not overlap; ranges are bytes of `text`.
pub fn fix_all(
    analysis: &Analysis,
    text: &Rope,
    cell: Option<usize>,
    which: Which<'_>,
    environment: &Arc<Environment>,
) -> Option<Vec<Edit>> {
    let mut pieces = Pieces::of(text.len_bytes());
    let mut text = text.clone();
    let mut analysis = Cow::Borrowed(analysis);
    for _ in 0..MOST_ROUNDS {
        let Some(fixes) = together(&analysis, &text, cell, &|problem, fix| which.wants(problem, fix)) else { break };
        let Some(next) = applied(&text, &fixes.edits) else { break };
        let after = again(&analysis, &next.to_string(), cell, environment)?;
        if errors(&after) > errors(&analysis) {
            break;
        }
        pieces.edit(fixes.edits);
        (text, analysis) = (next, Cow::Owned(after));
    }
    Some(pieces.edits()).filter(|edits| !edits.is_empty())
}

/// Returns the safe fix of a problem, if it has one: the first of its fixes that is.
pub fn safe_fix(problem: &Problem) -> Option<&Fix> {
    problem.fixes.iter().find(|fix| fix.safe)
}

/// Returns whether at least `least` problems of the document have a safe fix that can be made in it, of one rule or of
/// all.
pub fn has(analysis: &Analysis, text: &Rope, cell: Option<usize>, which: Which<'_>, least: usize) -> bool {
    let cells = cell.map_or(0..analysis.model.cells.len(), |cell| cell..cell + 1);
    let problems = cells.flat_map(|index| analysis.problems(index).iter().map(move |problem| (index, problem)));
    let can_be = |(index, problem): &(usize, &Problem)| {
        fix_of(analysis, text, *index, problem, &|problem, fix| which.wants(problem, fix)).is_some()
    };
    let some = problems.filter(|(_, problem)| problem.fixes.iter().any(|fix| which.wants(problem, fix)));
    some.filter(can_be).take(least).count() == least
}

/// Analyses the document with its new text.
fn again(old: &Analysis, text: &str, cell: Option<usize>, environment: &Arc<Environment>) -> Option<Analysis> {
    let model = &old.model;
    let Some(cell) = cell else {
        let notebook = open(text, model.notebook.form).notebook;
        let model = NotebookModel::of(notebook, model.gate.kernel(), environment);
        return Some(Analysis::new(model, old.config().clone()));
    };
    let mut notebook = model.notebook.clone();
    let placed = notebook.cells.get_mut(cell)?;
    debug_assert_eq!(notebook.form, Form::Cells);
    *placed = PlacedCell { range: 0..text.len(), cell: Arc::new(Cell::whole(placed.cell.kind, text)) };
    let mut new = old.clone();
    new.update(notebook, model.gate, cell..cell + 1, environment);
    Some(new)
}

/// A text that is edited, as what is left of the old one and what has come in between.
struct Pieces {
    list: Vec<Piece>,
    /// The old text's length in bytes.
    len: usize,
}

enum Piece {
    Old(Range<usize>),
    New(String),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Piece::Old(range) => range.len(),
            Piece::New(text) => text.len(),
        }
    }

    /// Cuts the piece in two.
    fn cut(self, at: usize) -> (Piece, Piece) {
        match self {
            Piece::Old(range) => {
                let middle = range.start + at;
                (Piece::Old(range.start..middle), Piece::Old(middle..range.end))
            }
            Piece::New(mut text) => {
                let rest = text.split_off(at);
                (Piece::New(text), Piece::New(rest))
            }
        }
    }
}

impl Pieces {
    fn of(len: usize) -> Pieces {
        Pieces { list: vec![Piece::Old(0..len)], len }
    }

    /// Makes edits of the text as it is now. They are in order and do not overlap.
    fn edit(&mut self, edits: Vec<Edit>) {
        let mut rest = std::mem::take(&mut self.list).into_iter();
        let mut next = rest.next();
        let mut at = 0;
        // Moves on to an offset, keeping what is in between or not.
        let mut advance = |to: usize, keep: bool, list: &mut Vec<Piece>| {
            while at < to {
                let Some(piece) = next.take() else { return };
                let len = piece.len().min(to - at);
                let taken = if len < piece.len() {
                    let (taken, left) = piece.cut(len);
                    next = Some(left);
                    taken
                } else {
                    next = rest.next();
                    piece
                };
                at += len;
                if keep {
                    list.push(taken);
                }
            }
        };
        for (range, new) in edits {
            advance(range.start, true, &mut self.list);
            advance(range.end, false, &mut self.list);
            self.list.push(Piece::New(new));
        }
        advance(usize::MAX, true, &mut self.list);
    }

    /// Returns the edits that make the text what it is now.
    fn edits(self) -> Vec<Edit> {
        let mut edits = Vec::new();
        let mut at = 0;
        let mut between = String::new();
        for piece in self.list.into_iter().chain([Piece::Old(self.len..self.len)]) {
            match piece {
                Piece::New(text) => between.push_str(&text),
                Piece::Old(range) => {
                    if range.start > at || !between.is_empty() {
                        edits.push((at..range.start, std::mem::take(&mut between)));
                    }
                    at = range.end;
                }
            }
        }
        edits
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn edits_of_several_rounds_are_one(
            rounds in prop::collection::vec(prop::collection::vec((0..6_usize, 0..4_usize, "[a-cé]{0,3}"), 0..4), 0..5),
        ) {
            let old = "0123456789";
            let mut text = old.to_owned();
            let mut pieces = Pieces::of(old.len());
            for round in rounds {
                let mut edits: Vec<Edit> = Vec::new();
                let mut from = 0;
                for (gap, len, new) in round {
                    let start = text.floor_char_boundary((from + gap).min(text.len())).max(from);
                    let end = text.floor_char_boundary((start + len).min(text.len())).max(start);
                    edits.push((start..end, new));
                    from = end;
                }
                let mut wanted = text.clone();
                for (range, new) in edits.iter().rev() {
                    wanted.replace_range(range.clone(), new);
                }
                prop_assert_eq!(applied(&Rope::from_str(&text), &edits).unwrap().to_string(), wanted.as_str());
                pieces.edit(edits);
                text = wanted;
            }
            let edits = pieces.edits();
            prop_assert!(edits.windows(2).all(|pair| pair[0].0.end <= pair[1].0.start), "{edits:?}");
            let mut made = old.to_owned();
            for (range, new) in edits.iter().rev() {
                made.replace_range(range.clone(), new);
            }
            prop_assert_eq!(made, text);
        }
    }
}
