//! From the lines of a cell in a script to the text that the kernel gets, and the map between them.

use std::borrow::Cow;
use std::ops::Range;

use super::fence::uncommented;
use super::header::Header;
use super::magic::{Magics, Reading};
use super::marker::Marker;
use super::quotes::{Quotes, comment_of, is_space, trim_start};
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
    /// Whether jupytext comments magics in this document.
    pub(super) comment_magics: bool,
    /// Cell magics that the header names as languages.
    pub(super) custom: &'a [String],
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
    /// Makes the context of a text in a document with the given header.
    pub(super) fn new(text: &'a str, header: &'a Header, known: &'a dyn Fn(&str) -> bool) -> Context<'a> {
        let Header { language, comment_magics, custom, .. } = header;
        Context { text, language, comment_magics: *comment_magics, custom, known }
    }

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
        self.code(&mut builder, magics, Below::Verbatim, &lines[..head]);
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
            return builder.finish(marker.kind).ignoring(marker.ignored.as_deref());
        }
        let foreign = !marker.active_key && marker.language.as_ref().is_some_and(|l| l.text != self.language);
        let language = marker.language.as_ref().map_or(self.language, |language| language.text.as_str());
        let below = match marker.kind {
            CellKind::Code => Below::Code(language),
            _ if marker.script_only => Below::Verbatim,
            _ => Below::Text,
        };
        if !marker.active.unwrap_or(true) || foreign {
            let below = if marker.script_only { Below::Verbatim } else { Below::Text };
            self.code(&mut builder, None, below, lines);
        } else {
            let magics = self.comment_magics.then(|| Magics::new(language, self.known, true)).flatten();
            self.code(&mut builder, magics, below, lines);
        }
        builder.finish(marker.kind).ignoring(marker.ignored.as_deref())
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
        if name == self.language || super::header::usual_language(name) == self.language {
            return;
        }
        if !(is_jupyter_language(name) || self.custom.iter().any(|custom| custom == name) || (self.known)(name)) {
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

    /// Appends lines: first magics are uncommented, then what is below them.
    fn code(&self, builder: &mut Builder<'_>, magics: Option<Magics<'_>>, below: Below<'_>, lines: &[ScriptLine]) {
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            return;
        };
        let mut from = first.content.start;
        let mut continued = false;
        let mut quotes = match below {
            Below::Code(language) => Some(Quotes::new(language)),
            _ => None,
        };
        for line in lines {
            let content = &self.text[line.content.clone()];
            let mut cut = 0..0;
            if let Some(magics) = magics
                && !line.quoted
            {
                let sign = match magics.read(content) {
                    _ if continued => Some(magics.comment_sign(content)),
                    Reading::Magic(sign) => Some(sign),
                    Reading::Plain => None,
                };
                if let Some(sign) = sign {
                    cut = sign;
                    continued = magics.continues(content);
                }
            }
            let rest: Cow<'_, str> = match cut.is_empty() {
                true => content.into(),
                false => format!("{}{}", &content[..cut.start], &content[cut.end..]).into(),
            };
            let more = match (&below, &quotes) {
                (Below::Text, _) => rest.len() - uncommented(&rest).len(),
                (Below::Code(language), Some(quotes)) if !quotes.is_open() => escaped_start(&rest, language),
                _ => 0,
            };
            if more > 0 {
                // Both signs stand at the line's start.
                cut = 0..cut.end + more;
            }
            if matches!(below, Below::Code(_)) && !cut.is_empty() {
                cut = second_sign(content, cut);
            }
            if let Some(quotes) = &mut quotes {
                quotes.read_line(&rest);
            }
            if !cut.is_empty() {
                builder.verbatim(from..line.content.start + cut.start);
                from = line.content.start + cut.end;
            }
        }
        builder.verbatim(from..last.content.end);
    }
}

/// Returns what to drop of a comment in a comment so that its first sign is the one that stays: it is that one which
/// makes the line a comment, in the script and in the cell. See `escapes.rs`.
fn second_sign(line: &str, first: Range<usize>) -> Range<usize> {
    let comment = line.as_bytes()[first.start];
    match line.as_bytes().get(first.end) {
        Some(&next) if next == comment && comment == b'#' => first.start + 1..first.end + 1,
        _ => first,
    }
}

/// What is made of a line once its magic is uncommented.
enum Below<'a> {
    /// Code in a language: jupytext's escape of a comment that begins with `+` is undone.
    Code(&'a str),
    /// Commented text.
    Text,
    /// Nothing.
    Verbatim,
}

/// Returns the length of the sign that makes a comment such as `# +`, which would begin a cell in another format of
/// jupytext, a comment in a comment; 0 if there is none.
fn escaped_start(line: &str, language: &str) -> usize {
    let mut inside = line;
    let mut levels = 0;
    while let Some(rest) = inside.strip_prefix('#') {
        inside = rest.strip_prefix(' ').unwrap_or(rest);
        levels += 1;
    }
    if levels < 2 || !inside.starts_with('+') || comment_of(language) != Some("#") {
        return 0;
    }
    line.len() - uncommented(line).len()
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
