//! From the lines of a cell in a script to the text that the kernel gets, and the map between them.

use std::ops::Range;

use super::fence::uncommented;
use super::magic::{Magics, Reading};
use super::marker::Marker;
use super::quotes::{is_space, trim_start};
use crate::syntax::split::is_line_end;
use crate::syntax::{Cell, CellKind, OffsetMap};

/// A line of a script.
#[derive(Debug, Clone)]
pub(super) struct ScriptLine {
    /// The line without its end.
    pub(super) content: Range<usize>,
    /// Where the next line starts.
    pub(super) next: usize,
    /// Whether it begins inside a string.
    pub(super) quoted: bool,
}

/// The text that a cell stands in, and what is known of the document around it.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The text; all ranges are its bytes.
    pub(super) text: &'a str,
    /// The language of the document's code cells.
    pub(super) language: &'a str,
    /// Returns whether a name is one that a comment may be taken for.
    pub(super) known: &'a dyn Fn(&str) -> bool,
}

/// Appends pieces of the text to a cell.
struct Builder<'a> {
    source: &'a str,
    start: usize,
    text: String,
    map: OffsetMap,
}

impl Builder<'_> {
    fn verbatim(&mut self, range: Range<usize>) {
        self.text.push_str(&self.source[range.clone()]);
        self.map.push_verbatim(range.start - self.start, range.len());
    }

    /// Appends text that stands for what is at `at` as a whole.
    fn made(&mut self, text: &str, at: Range<usize>) {
        self.text.push_str(text);
        self.map.push_atomic(text.len(), at.start - self.start, at.len());
    }
}

impl<'a> Context<'a> {
    /// Makes the cell of a document without any marker: all of it.
    pub(super) fn whole(&self, lines: &[ScriptLine]) -> Cell {
        let mut builder = self.builder(0, self.text.len());
        let magics = Magics::new(self.language, self.known, false);
        let is_head = |line: &ScriptLine| {
            let content = &self.text[line.content.clone()];
            content.is_empty()
                || content.starts_with(['#', '%', '!'])
                || magics.is_some_and(|m| !m.comment_sign(content).is_empty())
        };
        let head = lines.iter().take_while(|line| is_head(line)).count();
        self.code(&mut builder, magics, &lines[..head]);
        let end = head.checked_sub(1).map_or(0, |last| lines[last].content.end);
        builder.verbatim(end..self.text.len());
        builder.finish(CellKind::Code)
    }

    /// Makes the cell that begins at `start`. The marker, if there is one, is the first of the lines;
    /// all of the last line but its end belongs to the cell.
    pub(super) fn cell(&self, start: usize, marker: Option<&Marker>, lines: &[ScriptLine]) -> Cell {
        let (marker_line, lines) = match marker {
            Some(_) => lines.split_first().map_or((None, lines), |(first, rest)| (Some(first), rest)),
            None => (None, lines),
        };
        let marker = marker.unwrap_or(&Marker::NONE);
        let end = lines.last().map_or(start, |last| last.content.end);
        let mut builder = self.builder(start, end.saturating_sub(start));
        if let Some(line) = marker_line {
            self.cell_magic(&mut builder, marker, line, lines.is_empty());
        }
        if !marker.active.unwrap_or(marker.kind == CellKind::Code)
            && let Some(inside) = self.docstring(lines)
        {
            builder.verbatim(inside);
            return builder.finish(marker.kind);
        }
        let foreign = !marker.active_key && marker.language.as_ref().is_some_and(|l| l.text != self.language);
        if !marker.active.unwrap_or(true) || foreign {
            self.uncommented(&mut builder, lines);
        } else if marker.kind == CellKind::Code {
            self.code(&mut builder, Magics::new(self.language, self.known, true), lines);
        } else if marker.kind == CellKind::Raw && marker.active == Some(true) {
            builder.verbatim(lines.first().map_or(end, |first| first.content.start)..end);
        } else {
            self.uncommented(&mut builder, lines);
        }
        builder.finish(marker.kind)
    }

    fn builder(&self, start: usize, capacity: usize) -> Builder<'a> {
        Builder { source: self.text, start, text: String::with_capacity(capacity), map: OffsetMap::default() }
    }

    /// Appends the line of the magic that the marker's `language="…"` stands for.
    fn cell_magic(&self, builder: &mut Builder<'_>, marker: &Marker, line: &ScriptLine, alone: bool) {
        let Some(language) = &marker.language else {
            return;
        };
        let name = language.text.as_str();
        if super::header::usual_language(name) == self.language || !(is_jupyter_language(name) || (self.known)(name)) {
            return;
        }
        let place = |range: &Range<usize>| line.content.start + range.start..line.content.start + range.end;
        let option = place(&language.option);
        let magic = format!("%%{name}");
        match &marker.magic_args {
            Some(args) if args.option.start >= language.option.end => {
                builder.made(&magic, option.clone());
                builder.made(" ", option.end..option.end);
                let range = place(&args.range);
                if self.text[range.clone()] == args.text {
                    builder.verbatim(range);
                } else {
                    builder.made(&args.text, range);
                }
            }
            // The pieces of a map are in the document's order, so both become one.
            Some(args) => {
                let both = place(&args.option).start.min(option.start)..option.end;
                builder.made(&format!("{magic} {}", args.text), both);
            }
            None => builder.made(&magic, option),
        }
        if line.next > line.content.end {
            builder.verbatim(line.content.end..line.next);
        } else if alone {
            builder.made("\n", line.content.end..line.content.end);
        }
    }

    /// Returns where the text stands of a cell that is one string in triple quotes.
    fn docstring(&self, lines: &[ScriptLine]) -> Option<Range<usize>> {
        let whole = lines.first()?.content.start..lines.last()?.content.end;
        let text = &self.text[whole.clone()];
        let start = whole.start + (text.len() - trim_start(text).len());
        let text = text.trim_matches(is_space);
        let quote = ["\"\"\"", "'''"].into_iter().find(|quote| text.ends_with(quote))?;
        let left = match text.strip_prefix(['r', 'R']).unwrap_or(text).starts_with(quote) {
            true => text.find(quote)? + quote.len(),
            false => return None,
        };
        let right = text.len().checked_sub(quote.len()).filter(|&right| right >= left)?;
        let inside = &text[left..right];
        let skipped = inside.len() - without_line_end_before(inside).len();
        let inside = without_line_end_after(without_line_end_after(&inside[skipped..]));
        Some(start + left + skipped..start + left + skipped + inside.len())
    }

    /// Appends lines without their comment signs.
    fn uncommented(&self, builder: &mut Builder<'_>, lines: &[ScriptLine]) {
        for (index, line) in lines.iter().enumerate() {
            let content = &self.text[line.content.clone()];
            let from = line.content.end - uncommented(content).len();
            builder.verbatim(from..if index + 1 < lines.len() { line.next } else { line.content.end });
        }
    }

    /// Appends lines of code, magics uncommented.
    fn code(&self, builder: &mut Builder<'_>, magics: Option<Magics<'_>>, lines: &[ScriptLine]) {
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            return;
        };
        let mut from = first.content.start;
        if let Some(magics) = magics {
            let mut continued = false;
            for line in lines {
                let content = &self.text[line.content.clone()];
                if line.quoted {
                    continue;
                }
                let sign = if continued {
                    magics.comment_sign(content)
                } else {
                    match magics.read(content) {
                        Reading::Plain => continue,
                        Reading::Magic(sign) => sign,
                    }
                };
                if !sign.is_empty() {
                    builder.verbatim(from..line.content.start + sign.start);
                    from = line.content.start + sign.end;
                }
                continued = magics.continues(content);
            }
        }
        builder.verbatim(from..last.content.end);
    }
}

impl Builder<'_> {
    fn finish(self, kind: CellKind) -> Cell {
        Cell::new(kind, self.text, self.map)
    }
}

fn without_line_end_before(text: &str) -> &str {
    text.strip_prefix("\r\n").or_else(|| text.strip_prefix(is_line_end)).unwrap_or(text)
}

fn without_line_end_after(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix(is_line_end)).unwrap_or(text)
}

/// Returns whether jupytext writes a cell that begins with `%%name` as one of another language.
pub(super) fn is_jupyter_language(name: &str) -> bool {
    // Those that no script is written in; the others have a comment sign.
    const NAMES: [&str; 20] = [
        "sh", "python2", "python3", "js", "perl", "html", "latex", "markdown", "pypy", "ruby", "script", "svg",
        "octave", "spark", "sql", "cython", "c#", "f#", "cs", "fs",
    ];
    NAMES.contains(&name) || super::quotes::comment_of(name).is_some()
}
