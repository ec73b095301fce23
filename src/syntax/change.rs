//! What becomes of a cell: its new text in pieces of the old one and new ones, and the cells that it is split into.
//!
//! A document's form decides what the pieces are in its text; what is kept of the old text is kept as it is written
//! there, with its escapes and comment signs.

use std::ops::Range;

/// Replacements in one cell, and where it is split. All places are those of the text before the change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CellChange {
    /// The cell's position among the document's cells.
    pub cell: usize,
    /// Byte range of the cell's text, new text. They do not overlap.
    pub edits: Vec<(Range<usize>, String)>,
    /// From each of these offsets, in bytes of the cell's text, a cell of its own begins.
    pub splits: Vec<usize>,
}

/// A piece of a new text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Bytes of the old text.
    Old(Range<usize>),
    /// New text.
    New(String),
}

/// The text of one cell after a change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// In order; none is empty.
    pub pieces: Vec<Piece>,
}

impl CellChange {
    /// Returns the texts of the cells that the cell becomes; one if it is not split. The line ends in front of a split
    /// are none of the text above it.
    ///
    /// `None` if the change does not fit the text: edits that overlap, go beyond it, or span a split.
    pub fn parts(&self, text: &str) -> Option<Vec<Part>> {
        let mut edits: Vec<&(Range<usize>, String)> = self.edits.iter().collect();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut bounds = vec![0];
        for &split in &self.splits {
            if split >= text.len() || bounds.last().is_some_and(|&last| last >= split) || !text.is_char_boundary(split)
            {
                return None;
            }
            bounds.push(split);
        }
        bounds.push(text.len());
        let mut edits = edits.into_iter().peekable();
        let mut parts = Vec::new();
        for (index, bound) in bounds.windows(2).enumerate() {
            let (start, end, last) = (bound[0], bound[1], index + 2 == bounds.len());
            let mut part = Part::default();
            let mut at = start;
            let belongs = |range: &Range<usize>| last || range.end < end || (range.end == end && !range.is_empty());
            while let Some((range, new)) = edits.next_if(|(range, _)| belongs(range)) {
                if range.start < at || range.end < range.start {
                    return None;
                }
                text.get(range.clone())?;
                part.push(Piece::Old(at..range.start));
                part.push(Piece::New(new.clone()));
                at = range.end;
            }
            part.push(Piece::Old(at..end));
            if !last {
                part.trim_line_ends(text);
            }
            parts.push(part);
        }
        edits.next().is_none().then_some(parts)
    }

    /// Returns whether it adds, removes or replaces line ends, or splits the cell.
    pub fn concerns_lines(&self, text: &str) -> bool {
        let has_line_end = |text: &str| text.contains(super::split::is_line_end);
        !self.splits.is_empty()
            || self
                .edits
                .iter()
                .any(|(range, new)| has_line_end(new) || text.get(range.clone()).is_none_or(has_line_end))
    }
}

impl Part {
    fn push(&mut self, piece: Piece) {
        let empty = match &piece {
            Piece::Old(range) => range.is_empty(),
            Piece::New(text) => text.is_empty(),
        };
        if !empty {
            self.pieces.push(piece);
        }
    }

    fn trim_line_ends(&mut self, text: &str) {
        while let Some(last) = self.pieces.pop() {
            let kept = match last {
                Piece::Old(range) => {
                    let kept = text[range.clone()].trim_end_matches(['\r', '\n']).len();
                    Piece::Old(range.start..range.start + kept)
                }
                Piece::New(text) => Piece::New(text.trim_end_matches(['\r', '\n']).to_owned()),
            };
            let before = self.pieces.len();
            self.push(kept);
            if self.pieces.len() > before {
                return;
            }
        }
    }

    /// Returns the text, given the old one.
    pub fn text(&self, old: &str) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Old(range) => old.get(range.clone()).unwrap_or_default(),
                Piece::New(text) => text.as_str(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(old: &str, edits: &[(Range<usize>, &str)], splits: &[usize]) -> Option<Vec<String>> {
        let edits = edits.iter().map(|(range, new)| (range.clone(), (*new).to_owned())).collect();
        let change = CellChange { cell: 0, edits, splits: splits.to_vec() };
        Some(change.parts(old)?.iter().map(|part| part.text(old)).collect())
    }

    #[test]
    fn edits_are_made_in_the_part_that_they_stand_in() {
        assert_eq!(texts("ab", &[(1..1, "x"), (0..1, "y")], &[]).unwrap(), ["yxb"]);
        assert_eq!(texts("a\n\nb", &[], &[3]).unwrap(), ["a", "b"]);
        // What is put at the split begins the next cell; what is removed up to it ends the one above.
        assert_eq!(texts("a\r\nb", &[(3..3, "x"), (0..3, "y\n")], &[3]).unwrap(), ["y", "xb"]);
        assert_eq!(texts("\nb\nc", &[], &[1, 3]).unwrap(), ["", "b", "c"]);
    }

    #[test]
    fn what_does_not_fit_the_text_is_refused() {
        assert_eq!(texts("abc", &[(0..2, ""), (1..3, "")], &[]), None);
        assert_eq!(texts("abc", &[(2..4, "")], &[]), None);
        assert_eq!(texts("é", &[(1..2, "")], &[]), None);
        assert_eq!(texts("a\nb", &[(1..3, "")], &[2]), None);
        assert_eq!(texts("a\nb", &[], &[3]), None);
        assert_eq!(texts("a\nb", &[], &[2, 2]), None);
    }
}
