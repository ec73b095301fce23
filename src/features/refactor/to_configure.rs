//! Line magics become settings of `%%configure`.

use std::ops::Range;

use crate::features::fix::Edit;
use crate::model::effects::ChangeKind;
use crate::syntax::literal::Value;
use crate::syntax::split::{HeadKind, Tail, usual_line_end, whole_line};

use super::configure::{self, Configure};
use super::{Place, Refactor};

/// The most magics of a cell that is looked at: each is tried.
const MOST_MAGICS: usize = 100;

/// A line magic and the entry that sets the same.
struct Line {
    line: Range<usize>,
    magic: String,
    key: &'static str,
    value: String,
}

pub(super) fn offer(place: &Place<'_>, out: &mut Vec<Refactor>) {
    let cell = place.parsed();
    let found = configure::find(cell);
    if found.is_none() && !matches!(cell.split.tail, Tail::Nothing) {
        // A cell magic takes the rest of the cell: there is no place for one above code.
        return;
    }
    let magics = cell.split.head.iter().filter(|line| matches!(line.kind, HeadKind::Magic(_)));
    if magics.clone().count() > MOST_MAGICS || !magics.clone().any(|line| place.touches(&line.range)) {
        return;
    }
    let lines: Vec<Line> = magics.filter_map(|line| as_entry(place, found.as_ref(), line.range.clone())).collect();
    if let Some(one) = lines.iter().find(|line| place.touches(&line.line)) {
        let title = format!("Move `%{}` into `%%configure`", one.magic);
        out.push(Refactor::rewrite(title, edits(place, found.as_ref(), &[one])));
    }
    let all: Vec<&Line> = lines.iter().collect();
    let edits = edits(place, found.as_ref(), &all);
    if lines.len() > 1 && place.keeps_plan(&edits) {
        out.push(Refactor::rewrite("Move the settings of this cell into `%%configure`", edits));
    }
}

/// Returns the entry that sets what the magic of a line sets; `None` if none leaves the plan as it is.
fn as_entry(place: &Place<'_>, found: Option<&Configure>, line: Range<usize>) -> Option<Line> {
    let effects = &place.model.cells[place.cell].effects;
    let here = |range: &Range<usize>| line.start <= range.start && range.end <= line.end;
    let mut calls = effects.calls.iter().filter(|call| here(&call.name_range));
    let call = calls.next().filter(|call| !call.cell)?;
    let mut changes = effects.changes.iter().filter(|change| here(&change.range));
    let ChangeKind::Set(_, Some(value)) = &changes.next()?.kind else { return None };
    if changes.next().is_some() {
        return None;
    }
    let value = match value {
        Value::Int(digits) => digits.clone(),
        Value::Str(text) if call.name == "number_of_workers" && is_plain_number(text) => text.clone(),
        Value::Str(text) => quoted(text),
        _ => return None,
    };
    let free = |key: &&str| found.is_none_or(|found| found.entries.iter().all(|entry| entry.key != **key));
    let of = |key| Line { line: line.clone(), magic: call.name.clone(), key, value: value.clone() };
    configure::keys_of(&call.name)
        .into_iter()
        .filter(free)
        .map(of)
        .find(|line| place.keeps_plan(&edits(place, found, &[line])))
}

fn is_plain_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0') && !text.is_empty()
}

/// A text in double quotes, as Python reads it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\t' => out.push_str("\\t"),
            _ if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

fn edits(place: &Place<'_>, found: Option<&Configure>, lines: &[&Line]) -> Vec<Edit> {
    let text = place.text;
    let end = usual_line_end(text);
    let Some(last) = lines.last() else { return Vec::new() };
    let entry = |line: &&Line| format!("\"{}\": {}", line.key, line.value);
    let mut edits = Vec::new();
    if let Some(found) = found {
        let inside = found.dictionary.start + 1;
        let rest = text[inside..].trim_start_matches([' ', '\t']);
        let new = if rest.starts_with(['\n', '\r']) {
            let own = found.entries.first().map(|entry| indent(text, entry.range.start));
            let indent = own.filter(|own| !own.is_empty()).unwrap_or("    ");
            lines.iter().map(|line| format!("{end}{indent}{},", entry(line))).collect::<String>()
        } else {
            lines.iter().map(|line| format!("{}, ", entry(line))).collect::<String>()
        };
        edits.extend(lines.iter().map(|line| (whole_line(text, &line.line), String::new())));
        edits.push((inside..inside, new));
        return edits;
    }
    let entries: Vec<String> = lines.iter().map(|line| format!("    {}", entry(line))).collect();
    let block = format!("%%configure{end}{{{end}{}{end}}}", entries.join(&format!(",{end}")));
    let content = text.trim_end().len();
    let ends_cell = last.line.end >= content;
    let removed = &lines[..lines.len() - usize::from(ends_cell)];
    edits.extend(removed.iter().map(|line| (whole_line(text, &line.line), String::new())));
    if ends_cell {
        edits.push((last.line.clone(), block));
    } else {
        edits.push((content..content, format!("{end}{block}")));
    }
    edits
}

/// The blanks in front of an offset on its line.
fn indent(text: &str, offset: usize) -> &str {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..offset];
    if line.trim().is_empty() { line } else { "" }
}
