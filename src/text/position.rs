//! Conversion between byte offsets and editor positions.
//!
//! A line ends at `\n`, `\r\n` or `\r`, as the protocol says; `\u{2028}`, form feed and their like do
//! not end one (the rope is built with `cr_lines` alone for that reason).

use ropey::Rope;

/// How an editor counts the `character` of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum PositionEncoding {
    /// Bytes of UTF-8.
    Utf8,
    /// UTF-16 code units; what a client that negotiates nothing means.
    #[default]
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

/// A place in a text: 0-based line, and the units before it on that line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Position {
    /// 0-based line.
    pub line: u32,
    /// Units before the place, in the encoding that was negotiated.
    pub character: u32,
}

/// A half-open pair of positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Range {
    /// First place inside.
    pub start: Position,
    /// First place outside.
    pub end: Position,
}

/// Returns the byte offset of `position` in `rope`.
///
/// Total: a line past the end means the end of the text, a character past the end of its line means
/// the end of that line (before its terminator), and a position inside a character means its start.
/// Logarithmic in the length of the text, also on a notebook whose JSON is one long line.
pub fn offset_at(rope: &Rope, position: Position, encoding: PositionEncoding) -> usize {
    let line = position.line as usize;
    if line >= rope.len_lines() {
        return rope.len_bytes();
    }
    let start = rope.line_to_char(line);
    let end = line_end(rope, line);
    let units = position.character as usize;
    let target = match encoding {
        PositionEncoding::Utf8 => {
            let byte = (rope.char_to_byte(start) + units).min(rope.len_bytes());
            rope.byte_to_char(byte)
        }
        PositionEncoding::Utf16 => {
            let unit = (rope.char_to_utf16_cu(start) + units).min(rope.len_utf16_cu());
            rope.utf16_cu_to_char(unit)
        }
        PositionEncoding::Utf32 => start + units,
    };
    rope.char_to_byte(target.min(end))
}

/// Returns the char index of the end of `line`, before its terminator.
fn line_end(rope: &Rope, line: usize) -> usize {
    let mut end = if line + 1 < rope.len_lines() { rope.line_to_char(line + 1) } else { rope.len_chars() };
    let start = rope.line_to_char(line);
    while end > start && matches!(rope.char(end - 1), '\n' | '\r') {
        end -= 1;
    }
    end
}

/// Returns the position of byte `offset`, clamped to the text and to the start of the character it is in.
pub fn position_at(rope: &Rope, offset: usize, encoding: PositionEncoding) -> Position {
    let offset = offset.min(rope.len_bytes());
    let at = rope.byte_to_char(offset);
    let line = rope.char_to_line(at);
    let start = rope.line_to_char(line);
    let character = match encoding {
        PositionEncoding::Utf8 => rope.char_to_byte(at) - rope.char_to_byte(start),
        PositionEncoding::Utf16 => rope.char_to_utf16_cu(at) - rope.char_to_utf16_cu(start),
        PositionEncoding::Utf32 => at - start,
    };
    Position { line: u32::try_from(line).unwrap_or(u32::MAX), character: u32::try_from(character).unwrap_or(u32::MAX) }
}

/// Returns the positions of both ends of a byte range.
pub fn range_at(rope: &Rope, range: std::ops::Range<usize>, encoding: PositionEncoding) -> Range {
    Range { start: position_at(rope, range.start, encoding), end: position_at(rope, range.end, encoding) }
}

/// Replaces `range` (all of the text when `None`) by `text`; returns the replaced byte range.
///
/// A range whose end lies before its start is taken as empty at its start.
pub fn apply_change(
    rope: &mut Rope,
    range: Option<Range>,
    text: &str,
    encoding: PositionEncoding,
) -> std::ops::Range<usize> {
    let Some(range) = range else {
        let old = 0..rope.len_bytes();
        *rope = Rope::from_str(text);
        return old;
    };
    let start = offset_at(rope, range.start, encoding);
    let end = offset_at(rope, range.end, encoding).max(start);
    let (from, to) = (rope.byte_to_char(start), rope.byte_to_char(end));
    rope.remove(from..to);
    rope.insert(from, text);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ENCODINGS: [PositionEncoding; 3] = [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32];

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn counts_in_the_negotiated_units() {
        let rope = Rope::from_str("a𝕏é\r\nb");
        let end = |encoding| position_at(&rope, "a𝕏é".len(), encoding);
        assert_eq!(end(PositionEncoding::Utf8), at(0, 7));
        assert_eq!(end(PositionEncoding::Utf16), at(0, 4));
        assert_eq!(end(PositionEncoding::Utf32), at(0, 3));
    }

    #[test]
    fn only_the_protocols_line_ends_break_lines() {
        let rope = Rope::from_str("a\u{2028}b\u{c}c\rd\r\ne");
        assert_eq!(rope.len_lines(), 3);
        assert_eq!(position_at(&rope, rope.len_bytes(), PositionEncoding::Utf32), at(2, 1));
    }

    #[test]
    fn a_position_past_the_line_is_its_end() {
        let rope = Rope::from_str("ab\r\ncd");
        assert_eq!(offset_at(&rope, at(0, 99), PositionEncoding::Utf16), 2);
        assert_eq!(offset_at(&rope, at(9, 0), PositionEncoding::Utf16), 6);
    }

    #[test]
    fn a_position_inside_a_surrogate_pair_is_its_start() {
        let rope = Rope::from_str("𝕏y");
        assert_eq!(offset_at(&rope, at(0, 1), PositionEncoding::Utf16), 0);
    }

    proptest! {
        #[test]
        fn offsets_and_positions_are_inverse(text in "[aé𝕏\r\n\u{2028}\t]{0,40}") {
            let rope = Rope::from_str(&text);
            for encoding in ENCODINGS {
                for (offset, _) in text.char_indices() {
                    // The place between \r and \n is no position of its own: it reads as the line's end.
                    if offset > 0 && text[..offset].ends_with('\r') && text[offset..].starts_with('\n') {
                        continue;
                    }
                    let position = position_at(&rope, offset, encoding);
                    prop_assert_eq!(offset_at(&rope, position, encoding), offset);
                }
            }
        }

        #[test]
        fn an_edit_is_the_same_in_every_encoding(
            text in "[aé𝕏\n]{0,30}", insert in "[bß𝕐\n]{0,5}", a in 0usize..30, b in 0usize..30,
        ) {
            let chars: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
            let (a, b) = (chars[a % chars.len()], chars[b % chars.len()]);
            let (start, end) = (a.min(b), a.max(b));
            let expected = format!("{}{}{}", &text[..start], insert, &text[end..]);
            for encoding in ENCODINGS {
                let mut rope = Rope::from_str(&text);
                let range = range_at(&rope, start..end, encoding);
                prop_assert_eq!(apply_change(&mut rope, Some(range), &insert, encoding), start..end);
                prop_assert_eq!(rope.to_string(), expected.clone());
            }
        }
    }
}
