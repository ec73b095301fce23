//! How the official kernel splits a cell: a scan over its lines, from the top.
//!
//! This function is the truth for all of glue-ls; the tree-sitter grammar agrees with it by property
//! test. The rule is that of `BaseKernel._execute_magics` in aws-glue-sessions 1.0.9:
//!
//! * lines are those of Python's `str.splitlines`, which knows more line ends than an editor does;
//! * a line that begins with the name of one of four cell magics takes the rest of the cell;
//! * a line that begins with `%` or `!` runs locally, alone;
//! * a line that begins with `#` and an empty line are dropped;
//! * any other line (an indented comment, a line of blanks) ends the head: from there on, all is code.

use std::ops::Range;

/// The result of [`split_cell`]: ranges are bytes of the cell's text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split {
    /// The lines that are handled locally or dropped, in order.
    pub head: Vec<HeadLine>,
    /// What follows them.
    pub tail: Tail,
}

/// A line of the head, without its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadLine {
    /// The whole line.
    pub range: Range<usize>,
    /// What the kernel does with it.
    pub kind: HeadKind,
}

/// What the kernel does with a line of the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadKind {
    /// An empty line: dropped.
    Blank,
    /// A line that begins with `#`: dropped.
    Comment,
    /// A line that begins with `%`: run by IPython, alone, also where it begins with `%%`.
    Magic(MagicLine),
    /// A line that begins with `!`: run by the local shell. The range is the command.
    Shell(Range<usize>),
}

/// The parts of a line that begins with `%`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MagicLine {
    /// `%` or `%%`.
    pub sigil: Range<usize>,
    /// The name: up to the first blank. A tab is part of it. May be empty.
    pub name: Range<usize>,
    /// What follows the first blank, to the end of the line. Empty at the line's end without one.
    pub argument: Range<usize>,
}

impl MagicLine {
    /// Returns whether the line begins with two percent signs.
    pub fn is_cell(&self) -> bool {
        self.sigil.len() == 2
    }
}

/// What follows the head.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Tail {
    /// Nothing.
    #[default]
    Nothing,
    /// Code, sent to the session: from the first line that is no head line to the end of the text.
    Code(Range<usize>),
    /// A cell magic that takes the rest of the cell.
    CellMagic {
        /// Which of the four, by how the line begins: `%%sqlx` counts as `%%sql`.
        kind: CellMagicKind,
        /// The whole line of the magic, without its line end.
        line: Range<usize>,
        /// Its parts.
        magic: MagicLine,
        /// Everything below that line.
        body: Range<usize>,
    },
}

/// The cell magics that the kernel knows how to give a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CellMagicKind {
    /// `%%configure`
    Configure,
    /// `%%sql`
    Sql,
    /// `%%tags`
    Tags,
    /// `%%assume_role`
    AssumeRole,
}

impl CellMagicKind {
    /// All of them.
    pub const ALL: [CellMagicKind; 4] =
        [CellMagicKind::Configure, CellMagicKind::Sql, CellMagicKind::Tags, CellMagicKind::AssumeRole];

    /// Returns the name, without percent signs.
    pub fn name(self) -> &'static str {
        match self {
            CellMagicKind::Configure => "configure",
            CellMagicKind::Sql => "sql",
            CellMagicKind::Tags => "tags",
            CellMagicKind::AssumeRole => "assume_role",
        }
    }

    fn at_start_of(line: &str) -> Option<CellMagicKind> {
        let name = line.strip_prefix("%%")?;
        CellMagicKind::ALL.into_iter().find(|kind| name.starts_with(kind.name()))
    }
}

/// Splits a cell as the kernel does. Total and linear.
pub fn split_cell(text: &str) -> Split {
    let mut split = Split::default();
    for line in lines(text) {
        let content = &text[line.content.clone()];
        if let Some(kind) = CellMagicKind::at_start_of(content) {
            split.tail = Tail::CellMagic {
                kind,
                magic: magic_line(text, line.content.clone()),
                line: line.content,
                body: line.next..text.len(),
            };
            return split;
        }
        let kind = match content.bytes().next() {
            None => HeadKind::Blank,
            Some(b'#') => HeadKind::Comment,
            Some(b'%') => HeadKind::Magic(magic_line(text, line.content.clone())),
            Some(b'!') => HeadKind::Shell(line.content.start + 1..line.content.end),
            Some(_) => {
                split.tail = Tail::Code(line.content.start..text.len());
                return split;
            }
        };
        split.head.push(HeadLine { range: line.content, kind });
    }
    split
}

/// Splits a line that begins with `%` into its parts.
pub fn magic_line(text: &str, line: Range<usize>) -> MagicLine {
    let content = &text[line.clone()];
    let sigil = if content.starts_with("%%") { 2 } else { 1 };
    let name_start = line.start + sigil;
    match content[sigil..].find(' ') {
        Some(blank) => MagicLine {
            sigil: line.start..name_start,
            name: name_start..name_start + blank,
            argument: name_start + blank + 1..line.end,
        },
        None => MagicLine { sigil: line.start..name_start, name: name_start..line.end, argument: line.end..line.end },
    }
}

/// Returns the lines of a text joined by `\n`, as the kernel does before it sends code.
pub fn join_lines(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for (index, line) in lines(text).enumerate() {
        if index > 0 {
            joined.push('\n');
        }
        joined.push_str(&text[line.content]);
    }
    joined
}

/// A line of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The line without its end.
    pub content: Range<usize>,
    /// Where the next line starts: behind the line end, or the end of the text.
    pub next: usize,
}

/// Iterates over the lines of a text as Python's `str.splitlines` does.
pub fn lines(text: &str) -> impl Iterator<Item = Line> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= text.len() {
            return None;
        }
        let rest = &text[start..];
        let line = match rest.char_indices().find(|&(_, c)| is_line_end(c)) {
            Some((at, c)) => {
                let crlf = c == '\r' && rest[at + 1..].starts_with('\n');
                let width = c.len_utf8() + usize::from(crlf);
                Line { content: start..start + at, next: start + at + width }
            }
            None => Line { content: start..text.len(), next: text.len() },
        };
        start = line.next;
        Some(line)
    })
}

/// Returns whether Python's `str.splitlines` ends a line at `c`.
pub fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}' | '\u{1d}' | '\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Returns a line, given without its line end, with the one that follows it in the text, if one does.
pub fn whole_line(text: &str, line: &Range<usize>) -> Range<usize> {
    let rest = &text[line.end..];
    let width = if rest.starts_with("\r\n") { 2 } else { rest.chars().next().map_or(0, char::len_utf8) };
    line.start..line.end + width
}

/// Returns the line end to write into a text: the one that it uses already.
pub fn usual_line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(text: &str) -> String {
        let split = split_cell(text);
        let mut out: Vec<String> = split
            .head
            .iter()
            .map(|line| match &line.kind {
                HeadKind::Blank => "blank".into(),
                HeadKind::Comment => "comment".into(),
                HeadKind::Magic(m) => {
                    format!(
                        "magic {:?} {:?} {:?}",
                        &text[m.sigil.clone()],
                        &text[m.name.clone()],
                        &text[m.argument.clone()]
                    )
                }
                HeadKind::Shell(command) => format!("shell {:?}", &text[command.clone()]),
            })
            .collect();
        match &split.tail {
            Tail::Nothing => {}
            Tail::Code(range) => out.push(format!("code {:?}", &text[range.clone()])),
            Tail::CellMagic { kind, magic, body, .. } => out.push(format!(
                "{kind:?} {:?} {:?} body {:?}",
                &text[magic.name.clone()],
                &text[magic.argument.clone()],
                &text[body.clone()]
            )),
        }
        out.join(" | ")
    }

    #[test]
    fn the_head_ends_at_the_first_line_that_is_neither_magic_nor_comment_nor_empty() {
        assert_eq!(
            shape("# a\n\n%region x\n!ls\nx = 1\n%y"),
            r#"comment | blank | magic "%" "region" "x" | shell "ls" | code "x = 1\n%y""#
        );
        assert_eq!(shape("  # a\n%region x"), r#"code "  # a\n%region x""#);
        assert_eq!(shape("   \n%region x"), r#"code "   \n%region x""#);
        assert_eq!(shape("?print"), r#"code "?print""#);
    }

    #[test]
    fn a_name_ends_at_the_first_blank_and_a_tab_is_part_of_it() {
        assert_eq!(shape("%region  x "), r#"magic "%" "region" " x ""#);
        assert_eq!(shape("%region\tx"), r#"magic "%" "region\tx" """#);
        assert_eq!(shape("% region x"), r#"magic "%" "" "region x""#);
        assert_eq!(shape("%"), r#"magic "%" "" """#);
    }

    #[test]
    fn four_cell_magics_take_the_rest_wherever_the_head_has_them() {
        assert_eq!(shape("# a\n%%configure -f\n{}\n"), r#"comment | Configure "configure" "-f" body "{}\n""#);
        assert_eq!(shape("%%sqlx\nselect 1"), r#"Sql "sqlx" "" body "select 1""#);
        assert_eq!(shape("%%bash\nls"), r#"magic "%%" "bash" "" | code "ls""#);
        assert_eq!(shape("x = 1\n%%sql\nselect 1"), r#"code "x = 1\n%%sql\nselect 1""#);
        assert_eq!(shape("%%tags"), r#"Tags "tags" "" body """#);
    }

    #[test]
    fn lines_end_where_python_ends_them() {
        assert_eq!(
            shape("%a\u{2028}%b\u{c}%c\r\n%d\r%e\u{85}x"),
            concat!(
                r#"magic "%" "a" "" | magic "%" "b" "" | magic "%" "c" "" | "#,
                r#"magic "%" "d" "" | magic "%" "e" "" | code "x""#
            )
        );
        assert_eq!(join_lines("a\r\nb\u{b}c\n"), "a\nb\nc");
    }

    proptest! {
        #[test]
        fn every_byte_belongs_to_the_head_or_the_tail(text in "[%!#a \t\n\r\u{85}\u{2028}sqltagsé𝕏]{0,60}") {
            let split = split_cell(&text);
            let mut at = 0;
            for line in &split.head {
                prop_assert!(text[at..line.range.start].chars().all(is_line_end));
                at = line.range.end;
            }
            match split.tail {
                Tail::Nothing => prop_assert!(text[at..].chars().all(is_line_end)),
                Tail::Code(code) => {
                    prop_assert!(text[at..code.start].chars().all(is_line_end));
                    prop_assert_eq!(code.end, text.len());
                }
                Tail::CellMagic { line, body, .. } => {
                    prop_assert!(text[at..line.start].chars().all(is_line_end));
                    prop_assert!(text[line.end..body.start].chars().all(is_line_end));
                    prop_assert_eq!(body.end, text.len());
                }
            }
        }
    }
}
