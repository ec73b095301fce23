//! A problem as people read it: its place, the lines concerned, what mends it.

use std::fmt::Write;
use std::ops::Range;

use ropey::Rope;

use crate::cli::load::Document;
use crate::features::{Severity, secrets};
use crate::syntax::{Form, PlacedCell};

use super::Options;
use super::file::{Found, lines_of};

/// How many columns of a line are shown.
const WIDTH: usize = 140;

/// How many columns are shown in front of a problem that is further right.
const LEAD: usize = 40;

/// How many lines of a problem are shown in whole; of a longer one, the first ones and the last.
const LINES: usize = 6;

/// How wide a tab is shown.
const TAB: usize = 4;

/// What a terminal is told.
struct Colours {
    bold: &'static str,
    /// Of the severity.
    own: &'static str,
    dim: &'static str,
    reset: &'static str,
}

/// Appends a problem.
pub(super) fn add(found: &Found<'_>, options: &Options, out: &mut String) {
    let problem = found.problem;
    let colours = colours(options.colours, problem.severity);
    let Colours { bold, own, dim, reset } = colours;
    let at = found.in_file.start;
    let _ = writeln!(
        out,
        "{bold}{}:{}:{}:{reset} {own}{}[{}]{reset} {}",
        printable(&found.document.path.display().to_string()),
        at.line + 1,
        at.character + 1,
        problem.severity.name(),
        problem.code,
        printable(&problem.message),
    );
    let notebook = &found.document.opened.notebook;
    let Some(placed) = notebook.cells.get(found.index) else { return };
    // The lines of a notebook's cell are numbered as editors number them; those of a script are the file's.
    // What is printed goes to logs: secrets become asterisks, which take the same place.
    let (rope, range) = match notebook.form {
        Form::Json => (Rope::from_str(&secrets::masked(&placed.cell.text)), problem.range.clone()),
        _ => (without_secrets(found.document, placed), placed.to_document(problem.range.clone())),
    };
    let blank = source(&rope, range, found.cell, &colours, out);
    for fix in &problem.fixes {
        let kind = if options.makes(fix) { "fix" } else { "help" };
        let _ = writeln!(out, "{dim}{blank} ={reset} {bold}{kind}{reset}: {}", printable(&fix.title));
    }
    out.push('\n');
}

/// Returns the text of a script with the secrets of a cell replaced by asterisks.
fn without_secrets(document: &Document, placed: &PlacedCell) -> Rope {
    let mut rope = document.rope.clone();
    for secret in secrets::find(&placed.cell.text) {
        let length = secret.len();
        let bytes = placed.to_document(secret);
        let chars = rope.byte_to_char(bytes.start)..rope.byte_to_char(bytes.end);
        if bytes.len() == length {
            rope.remove(chars.clone());
            rope.insert(chars.start, &"*".repeat(length));
        }
    }
    rope
}

/// Appends the lines of a range, underlined. Returns what stands in place of a line's number where there is none.
fn source(rope: &Rope, range: Range<usize>, cell: Option<usize>, colours: &Colours, out: &mut String) -> String {
    let Colours { own, dim, reset, .. } = colours;
    let (first, lines) = lines_of(rope, range.start, range.end);
    let start = range.start.saturating_sub(rope.line_to_byte(first));
    let last_line = first + lines.len() - 1;
    let end = range.end.saturating_sub(rope.line_to_byte(last_line));
    let gutter = (last_line + 1).to_string().len();
    let blank = " ".repeat(gutter);
    if let Some(cell) = cell {
        let _ = writeln!(out, "{dim}{blank}--> cell {cell}{reset}");
    }
    let _ = writeln!(out, "{dim}{blank} |{reset}");
    let mut line = |number: Option<usize>, text: &str| {
        let number = number.map_or(blank.clone(), |number| format!("{:>gutter$}", number + 1));
        let _ = writeln!(out, "{}", format!("{dim}{number} |{reset} {text}").trim_end());
    };
    if let [only] = lines.as_slice() {
        let shown = Shown::of(only, start);
        let (from, to) = (shown.column(only, start), shown.column(only, end.max(start)));
        line(Some(first), &shown.text);
        line(None, &format!("{}{own}{}{reset}", " ".repeat(from), "^".repeat(to.saturating_sub(from).max(1))));
    } else {
        let left_out = if lines.len() > LINES { LINES - 2..lines.len() - 1 } else { 0..0 };
        for (index, text) in lines.iter().enumerate() {
            if left_out.contains(&index) {
                if index == left_out.start {
                    line(None, &format!("{own}|{reset} ..."));
                }
                continue;
            }
            let shown = Shown::of(text, 0);
            let begins = index == 0 && text.get(..start).is_none_or(|before| before.trim().is_empty());
            let mark = match index {
                0 if begins => "/",
                0 => " ",
                _ => "|",
            };
            line(Some(first + index), &format!("{own}{mark}{reset} {}", shown.text));
            if index == 0 && !begins {
                line(None, &format!(" {own}{}^{reset}", "_".repeat(shown.column(text, start) + 1)));
            }
            if index + 1 == lines.len() {
                line(None, &format!("{own}|{}^{reset}", "_".repeat(shown.column(text, end))));
            }
        }
    }
    let _ = writeln!(out, "{dim}{blank} |{reset}");
    blank
}

fn colours(wanted: bool, severity: Severity) -> Colours {
    let own = match severity {
        Severity::Error => "\x1b[1;31m",
        Severity::Warning => "\x1b[1;33m",
        _ => "\x1b[1;34m",
    };
    match wanted {
        true => Colours { bold: "\x1b[1m", own, dim: "\x1b[2m", reset: "\x1b[0m" },
        false => Colours { bold: "", own: "", dim: "", reset: "" },
    }
}

/// A line as it is shown: tabs as blanks, without what a terminal would obey, cut where it is long.
struct Shown {
    text: String,
    /// How many columns were left out at its start, less what stands for them.
    cut: usize,
}

impl Shown {
    /// Makes the line, of which the byte at `place` is to be seen.
    fn of(line: &str, place: usize) -> Shown {
        let at = column(line, place);
        let from = if at + LEAD > WIDTH { at - LEAD } else { 0 };
        let mut text = String::new();
        let mut column = 0;
        for c in line.chars() {
            let width = width(c, column);
            if column + width > from + WIDTH {
                text.push('…');
                break;
            }
            if column >= from {
                match c {
                    '\t' => text.push_str(&" ".repeat(width)),
                    c => text.push(visible(c)),
                }
            } else if column + width > from {
                // Half of a wide one.
                text.push_str(&" ".repeat(column + width - from));
            }
            column += width;
        }
        if from > 0 {
            text.insert(0, '…');
        }
        Shown { text, cut: from.saturating_sub(usize::from(from > 0)) }
    }

    /// Returns the column at which a byte of the line is shown, or would be just behind what is shown.
    fn column(&self, line: &str, place: usize) -> usize {
        column(line, place).saturating_sub(self.cut).min(WIDTH + 1)
    }
}

/// Returns the column of a byte of a line that is shown in whole.
fn column(line: &str, place: usize) -> usize {
    let before = line.char_indices().take_while(|(at, _)| *at < place);
    before.fold(0, |column, (_, c)| column + width(c, column))
}

/// Returns how many columns a character takes on a terminal. East Asian characters and emoji take two, marks on the
/// character before them none.
fn width(c: char, column: usize) -> usize {
    match c {
        '\t' => TAB - column % TAB,
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{591}'..='\u{5bd}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{200b}'..='\u{200d}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{e0100}'..='\u{e01ef}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{a4cf}'
        | '\u{a960}'..='\u{a97c}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff01}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f680}'..='\u{1f6ff}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{1fa70}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// Returns what is shown of a character: neither what a terminal would obey nor what would turn the text around.
fn visible(c: char) -> char {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}');
    if (c.is_control() && c != '\t') || turns || breaks { '\u{fffd}' } else { c }
}

/// Returns a text without what a terminal would obey.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_a_terminal() {
        for (line, place, expected) in [
            ("abc", 2, 2),
            ("\tx", 1, 4),
            ("ab\tx", 3, 4),
            ("日本x", 6, 4),
            ("e\u{301}x", 3, 1),
            ("😀x", 4, 2),
            ("", 0, 0),
            ("a", 9, 1),
        ] {
            assert_eq!(column(line, place), expected, "{line:?}");
        }
        assert_eq!(Shown::of("a\tb\u{1b}[31m\u{202e}", 0).text, "a   b\u{fffd}[31m\u{fffd}");
    }

    fn drawn(text: &str, range: Range<usize>) -> String {
        let mut out = String::new();
        source(&Rope::from_str(text), range, None, &colours(false, Severity::Error), &mut out);
        out
    }

    #[test]
    fn what_spans_lines_is_marked_at_both_ends() {
        assert_eq!(
            drawn("x = (\n\ta\n) + 1\ny\n", 4..10),
            "  |\n1 |   x = (\n  |  _____^\n2 | |     a\n3 | | ) + 1\n  | |_^\n  |\n"
        );
        // With its line end, but not the next line.
        assert_eq!(drawn("ab\ncd\nef", 3..6), "  |\n2 | cd\n  | ^^\n  |\n");
        assert_eq!(drawn("  ab\ncd\n", 2..7), "  |\n1 | /   ab\n2 | | cd\n  | |__^\n  |\n");
        let long: String = (1..=20).map(|n| format!("l{n}\n")).collect();
        assert_eq!(
            drawn(&long, 0..long.len() - 1),
            "   |\n 1 | / l1\n 2 | | l2\n 3 | | l3\n 4 | | l4\n   | | ...\n20 | | l20\n   | |___^\n   |\n"
        );
    }

    #[test]
    fn a_place_of_no_width_is_shown() {
        assert_eq!(drawn("ab", 2..2), "  |\n1 | ab\n  |   ^\n  |\n");
        assert_eq!(drawn("", 0..0), "  |\n1 |\n  | ^\n  |\n");
        assert_eq!(drawn("a\n", 2..2), "  |\n2 |\n  | ^\n  |\n");
    }

    #[test]
    fn a_long_line_is_cut_around_the_problem() {
        let line = format!("{}%x{}", "日".repeat(500), "y".repeat(500));
        let shown = Shown::of(&line, 1500);
        assert!(shown.text.starts_with('…') && shown.text.ends_with('…'));
        let shown_at = shown.text.chars().take_while(|c| *c != '%').map(|c| width(c, 0)).sum::<usize>();
        assert_eq!(shown.column(&line, 1500), shown_at);
        assert!(shown.column(&line, line.len()) <= WIDTH + 1);
    }
}
