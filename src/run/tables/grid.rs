//! Tables with borders: `show()`.

use super::{Lines, NARROWEST, Table, split_at_width};

/// Reads the table that begins at a line; returns also the line behind it.
pub(super) fn read<'a>(lines: &Lines<'a>, at: usize) -> Option<(Table<'a>, usize)> {
    let border = lines.text(at)?;
    let widths = widths(border)?;
    // Other grids have lines between their rows: part of one is no table of Spark's.
    if at.checked_sub(1).and_then(|before| lines.text(before)).is_some_and(|line| belongs(line, border, &widths)) {
        return None;
    }
    let header = row(lines.text(at + 1)?, &widths)?;
    if lines.text(at + 2)? != border {
        return None;
    }
    let (mut rows, mut next) = (Vec::new(), at + 3);
    loop {
        let line = lines.text(next)?;
        next += 1;
        if line == border {
            break;
        }
        rows.push(row(line, &widths)?);
    }
    if lines.text(next).is_some_and(|line| belongs(line, border, &widths)) {
        return None;
    }
    Some((Table { range: 0..0, header, rows, note: None }, next))
}

fn belongs(line: &str, border: &str, widths: &[usize]) -> bool {
    line == border || row(line, widths).is_some()
}

/// Reads `+---+-----+`: how wide the columns are.
fn widths(border: &str) -> Option<Vec<usize>> {
    let inner = border.strip_prefix('+')?.strip_suffix('+')?;
    let widths: Vec<usize> = inner.split('+').map(str::len).collect();
    let dashes = inner.bytes().all(|byte| matches!(byte, b'-' | b'+'));
    (dashes && widths.iter().all(|width| *width >= NARROWEST)).then_some(widths)
}

/// Reads `|  1|alice|`: the values, whatever characters they have.
fn row<'a>(line: &'a str, widths: &[usize]) -> Option<Vec<&'a str>> {
    let mut rest = line.strip_prefix('|')?;
    let mut values = Vec::with_capacity(widths.len());
    for width in widths {
        let (value, after) = split_at_width(rest, *width)?;
        rest = after.strip_prefix('|')?;
        values.push(value.trim_matches(' '));
    }
    rest.is_empty().then_some(values)
}
