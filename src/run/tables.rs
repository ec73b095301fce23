//! Tables in what cells print: those that Spark's `show()` draws, found in text and written as HTML.
//!
//! The text stays what it is. A client that can show more gets the table beside it, so a table is told only where
//! nothing else could be meant: every line must have the shape that Spark gives it, to the column.

mod grid;
mod records;

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value as Json;

/// A table in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<'a> {
    /// Where it stands, in bytes of the text: whole lines, the note on rows that are not shown among them.
    pub range: Range<usize>,
    /// The names of the columns.
    pub header: Vec<&'a str>,
    /// The rows, each with a value for each column, without the blanks that fill them up.
    pub rows: Vec<Vec<&'a str>>,
    /// What Spark says of rows that it does not show.
    pub note: Option<&'a str>,
}

/// The most bytes of a text in which tables are looked for.
const READ: usize = 2 * 1024 * 1024;
/// The most bytes of HTML that are made of one output.
const HTML: usize = 4 * 1024 * 1024;

/// Returns the tables of a text, in order.
pub fn find(text: &str) -> Vec<Table<'_>> {
    let lines = Lines::new(text);
    let (mut tables, mut at) = (Vec::new(), 0);
    while at < lines.0.len() {
        match grid::read(&lines, at).or_else(|| records::read(&lines, at)) {
            Some((mut table, mut end)) => {
                if let Some(note) = lines.text(end).filter(|line| is_note(line)) {
                    table.note = Some(note);
                    end += 1;
                }
                table.range = lines.0[at].0..lines.end(end);
                tables.push(table);
                at = end;
            }
            None => at += 1,
        }
    }
    tables
}

/// Returns, for each stream of standard output that has tables, its place among the outputs, and all of it as HTML.
pub fn rendered(outputs: &[Json]) -> Vec<(usize, String)> {
    let stdout = |output: &&Json| output["output_type"] == "stream" && output["name"] == "stdout";
    let text = |output: &Json| html(output["text"].as_str()?);
    let all = outputs.iter().enumerate().filter(|(_, output)| stdout(output));
    all.filter_map(|(index, output)| Some((index, text(output)?))).collect()
}

/// Returns a text as HTML, its tables as such; `None` where it has none, or is better shown as text.
pub fn html(text: &str) -> Option<String> {
    // Colours and progress bars are for terminals: HTML has another way to say the same.
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if text.len() > READ || !text.contains("+\n") && !text.contains("-RECORD 0") || !text.chars().all(plain) {
        return None;
    }
    let tables = find(text);
    if tables.is_empty() {
        return None;
    }
    let mut out = String::new();
    let mut at = 0;
    for table in &tables {
        preformatted(&text[at..table.range.start], &mut out);
        write(table, &mut out);
        at = table.range.end;
        if out.len() > HTML {
            return None;
        }
    }
    preformatted(&text[at..], &mut out);
    (out.len() <= HTML).then_some(out)
}

fn preformatted(text: &str, out: &mut String) {
    let text = text.trim_matches('\n');
    if !text.trim().is_empty() {
        out.extend(["<pre>", &escaped(text), "</pre>"]);
    }
}

fn write(table: &Table<'_>, out: &mut String) {
    out.push_str("<table><thead><tr>");
    for name in &table.header {
        out.extend(["<th>", &escaped(name), "</th>"]);
    }
    out.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        out.push_str("<tr>");
        for value in row {
            out.extend(["<td>", &escaped(value), "</td>"]);
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    if let Some(note) = table.note {
        out.extend(["<p>", &escaped(note), "</p>"]);
    }
}

fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// `only showing top 20 rows`.
fn is_note(line: &str) -> bool {
    let count = |rest: &str| rest.strip_suffix(" rows").or_else(|| rest.strip_suffix(" row")).map(str::to_owned);
    let count = line.strip_prefix("only showing top ").and_then(count);
    count.is_some_and(|count| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The lines of a text: where each begins, and what it says.
struct Lines<'a>(Vec<(usize, &'a str)>, usize);

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Lines<'a> {
        let mut at = 0;
        let lines = text.split_inclusive('\n').map(|line| {
            let start = at;
            at += line.len();
            (start, line.strip_suffix('\n').unwrap_or(line))
        });
        Lines(lines.collect(), text.len())
    }

    fn text(&self, line: usize) -> Option<&'a str> {
        self.0.get(line).map(|(_, text)| *text)
    }

    /// Where the lines before this one end.
    fn end(&self, line: usize) -> usize {
        self.0.get(line).map_or(self.1, |(start, _)| *start)
    }
}

/// How wide Spark takes a character to be: its length in UTF-16, and one more for those of full width.
fn width(c: char) -> usize {
    let full = matches!(c,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}');
    c.len_utf16() + usize::from(full)
}

fn width_of(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// Splits a text behind this width; `None` where it is narrower, or a character stands across.
fn split_at_width(text: &str, wanted: usize) -> Option<(&str, &str)> {
    let mut reached = 0;
    for (at, c) in text.char_indices() {
        if reached >= wanted {
            return (reached == wanted).then(|| text.split_at(at));
        }
        reached += width(c);
    }
    (reached == wanted).then_some((text, ""))
}

/// The narrowest column that Spark draws.
const NARROWEST: usize = 3;

#[cfg(test)]
mod tests;
