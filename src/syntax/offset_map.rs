//! Where a cell's text stands in its document.
//!
//! A cell's text is what the kernel would get. In a notebook synced cell by cell it is the document
//! itself; in a percent script `# ` prefixes are missing from it, in JSON text it stands escaped inside
//! string literals. The map is a list of segments in order of the cell's text, relative to the start of
//! the cell in the document, so that an edit elsewhere in the document leaves it as it is.

use std::ops::Range;

/// A piece of a cell's text and the piece of the document it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Byte offset in the cell's text.
    pub cell: usize,
    /// Bytes of the cell's text.
    pub cell_len: usize,
    /// Byte offset in the document, relative to the cell's start there.
    pub document: usize,
    /// Bytes of the document. Where it equals `cell_len` and `verbatim` is set, the bytes are the same.
    pub document_len: usize,
    /// Whether both pieces are byte for byte the same; otherwise the piece maps as a whole.
    pub verbatim: bool,
}

/// Maps byte offsets of a cell's text to byte offsets of its document, relative to the cell, and back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OffsetMap {
    segments: Vec<Segment>,
}

impl OffsetMap {
    /// Returns the map of a text of `len` bytes that stands verbatim at the cell's start.
    pub fn identity(len: usize) -> OffsetMap {
        let mut map = OffsetMap::default();
        map.push_verbatim(0, len);
        map
    }

    /// Appends `len` bytes that stand verbatim at `document`. Adjoining verbatim pieces become one.
    pub fn push_verbatim(&mut self, document: usize, len: usize) {
        if len == 0 {
            return;
        }
        let cell = self.cell_len();
        if let Some(last) = self.segments.last_mut()
            && last.verbatim
            && last.document + last.document_len == document
        {
            last.cell_len += len;
            last.document_len += len;
            return;
        }
        self.segments.push(Segment { cell, cell_len: len, document, document_len: len, verbatim: true });
    }

    /// Appends `cell_len` bytes that stand for the `document_len` bytes at `document` as a whole, such as
    /// a newline for the two bytes of `\n` in JSON. An empty `document_len` is text the document lacks.
    pub fn push_atomic(&mut self, cell_len: usize, document: usize, document_len: usize) {
        if cell_len == 0 {
            return;
        }
        let cell = self.cell_len();
        self.segments.push(Segment { cell, cell_len, document, document_len, verbatim: false });
    }

    /// Returns the segments in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Returns the length in bytes of the cell text that the map covers.
    pub fn cell_len(&self) -> usize {
        self.segments.last().map_or(0, |last| last.cell + last.cell_len)
    }

    /// Returns where `range` of the cell's text stands in the document.
    ///
    /// The start is the first document byte of the first character, the end lies behind the last
    /// document byte of the last one, so that a range never takes in the gap that follows it.
    pub fn to_document(&self, range: Range<usize>) -> Range<usize> {
        let start = self.start_in_document(range.start);
        if range.end <= range.start {
            return start..start;
        }
        start..self.end_in_document(range.end).max(start)
    }

    fn start_in_document(&self, offset: usize) -> usize {
        let index = self.segments.partition_point(|s| s.cell + s.cell_len <= offset);
        match self.segments.get(index) {
            Some(s) if s.verbatim => s.document + (offset - s.cell),
            Some(s) => s.document,
            None => self.document_end(),
        }
    }

    fn end_in_document(&self, offset: usize) -> usize {
        let index = self.segments.partition_point(|s| s.cell < offset);
        match index.checked_sub(1).and_then(|i| self.segments.get(i)) {
            Some(s) if s.verbatim => s.document + (offset - s.cell).min(s.cell_len),
            Some(s) => s.document + s.document_len,
            None => self.segments.first().map_or(0, |s| s.document),
        }
    }

    /// Returns the end in the document of the text that the map covers.
    pub fn document_end(&self) -> usize {
        self.segments.last().map_or(0, |last| last.document + last.document_len)
    }

    /// Returns the offset in the cell's text for a place in the document (relative to the cell), or the
    /// nearest one after it for a place that is no part of the text.
    pub fn to_cell(&self, document: usize) -> usize {
        // Pieces are in document order, except that a piece the document lacks may stand anywhere.
        for s in &self.segments {
            if s.document_len == 0 {
                continue;
            }
            if document < s.document {
                return s.cell;
            }
            if document < s.document + s.document_len {
                return if s.verbatim { s.cell + (document - s.document) } else { s.cell };
            }
            if document == s.document + s.document_len {
                return s.cell + s.cell_len;
            }
        }
        self.cell_len()
    }

    /// Returns whether the place in the document belongs to the cell's text: inside a piece or at one of
    /// its ends.
    pub fn covers(&self, document: usize) -> bool {
        self.segments
            .iter()
            .any(|s| s.document_len > 0 && s.document <= document && document <= s.document + s.document_len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ab\nc` as JSON text: `"ab\n", "c"`.
    fn json() -> OffsetMap {
        let mut map = OffsetMap::default();
        map.push_verbatim(1, 2);
        map.push_atomic(1, 3, 2);
        map.push_verbatim(9, 1);
        map
    }

    #[test]
    fn a_range_never_takes_in_the_gap_after_it() {
        assert_eq!(json().to_document(0..3), 1..5);
        assert_eq!(json().to_document(3..4), 9..10);
        assert_eq!(json().to_document(1..4), 2..10);
    }

    #[test]
    fn an_empty_range_is_a_place() {
        assert_eq!(json().to_document(3..3), 9..9);
        assert_eq!(json().to_document(4..4), 10..10);
        assert_eq!(OffsetMap::default().to_document(0..0), 0..0);
    }

    #[test]
    fn a_place_of_the_document_maps_back() {
        let map = json();
        for (document, cell) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (7, 3), (9, 3), (10, 4), (99, 4)] {
            assert_eq!(map.to_cell(document), cell, "document offset {document}");
        }
        assert!(map.covers(3) && !map.covers(7));
    }

    #[test]
    fn adjoining_pieces_become_one() {
        let mut map = OffsetMap::identity(3);
        map.push_verbatim(3, 4);
        assert_eq!(map.segments().len(), 1);
        assert_eq!(map.cell_len(), 7);
    }
}
