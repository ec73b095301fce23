//! One row below the other: `show(vertical=True)`.

use super::{Lines, NARROWEST, Table, split_at_width, width_of};

/// Reads the records that begin at a line; returns also the line behind them.
pub(super) fn read<'a>(lines: &Lines<'a>, at: usize) -> Option<(Table<'a>, usize)> {
    let heading = lines.text(at).filter(|line| is_heading(line, 0))?;
    let whole = heading.len();
    // To the next heading and no further: all that may come behind it is looked at once, not by each heading.
    let of_record = |line: &&str| !line.starts_with("-RECORD ") && width_of(line) == whole;
    let first: Vec<&str> = (at + 1..).map_while(|line| lines.text(line)).take_while(of_record).collect();
    let names = names(&first)?;
    let (mut rows, mut next) = (Vec::new(), at);
    while lines.text(next).is_some_and(|line| is_heading(line, rows.len()) && fills(line, whole)) {
        let mut row = Vec::with_capacity(names.texts.len());
        for (index, name) in names.texts.iter().enumerate() {
            let line = lines.text(next + 1 + index).filter(|line| width_of(line) == whole)?;
            let (found, value) = field(line, names.width)?;
            if found != *name {
                return None;
            }
            row.push(value);
        }
        rows.push(row);
        next += 1 + names.texts.len();
    }
    // What goes on behind a record belongs to something else.
    let goes_on =
        |line: &str| line.starts_with("-RECORD ") || (width_of(line) == whole && field(line, names.width).is_some());
    if lines.text(next).is_some_and(goes_on) {
        return None;
    }
    Some((Table { range: 0..0, header: names.texts, rows, note: None }, next))
}

/// `-RECORD 3-----`: Spark fills it up to the width of the lines below.
fn is_heading(line: &str, number: usize) -> bool {
    let dashes = line.strip_prefix("-RECORD ").and_then(|rest| rest.strip_prefix(number.to_string().as_str()));
    dashes.is_some_and(|dashes| dashes.bytes().all(|byte| byte == b'-'))
}

/// Whether a heading is as wide as the lines below it, or wider with nothing to fill up.
fn fills(heading: &str, whole: usize) -> bool {
    heading.len() == whole || (heading.len() > whole && !heading.ends_with('-'))
}

struct Names<'a> {
    texts: Vec<&'a str>,
    /// How wide the column of the names is.
    width: usize,
}

/// Finds the names at the beginning of the lines of a record: their column is as wide as the widest of them.
fn names<'a>(record: &[&'a str]) -> Option<Names<'a>> {
    let line = record.first()?;
    for (at, _) in line.match_indices(" | ").take(64) {
        let width = width_of(&line[..at]).checked_sub(1)?;
        let texts: Option<Vec<&str>> = record.iter().map(|line| Some(field(line, width)?.0)).collect();
        let Some(texts) = texts else { continue };
        let widest = texts.iter().map(|name| width_of(name)).max().unwrap_or_default().max(NARROWEST);
        if widest == width {
            return Some(Names { texts, width });
        }
    }
    None
}

/// Reads ` name  | value  `, of which the name's column has this width.
fn field(line: &str, width: usize) -> Option<(&str, &str)> {
    let rest = line.strip_prefix(' ')?;
    let (name, rest) = split_at_width(rest, width)?;
    let value = rest.strip_prefix(" | ")?.strip_suffix(' ')?;
    Some((name.trim_end_matches(' '), value.trim_end_matches(' ')))
}
