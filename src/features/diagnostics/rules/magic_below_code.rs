//! `magic-below-code`: the kernel looks for magics in the lines at the top of a cell, from column 0.
//! Below the first line of code, or indented, a magic goes to the session as Python and fails there.

use super::written::line_end;
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::Kernel;
use crate::syntax::Tail;
use crate::syntax::python::SyntaxError;
use crate::syntax::split::{lines, magic_line};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(error) = syntax_error(context) else { return };
    let Some(range) = magic_at(context, &error) else { return };
    let text = context.text();
    let name = &text[range.clone()];
    let line_start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = line_start..range.start;
    let first = matches!(&context.cell.cell.split.tail, Tail::Code(code) if code.start == line_start);
    let mut fixes = Vec::new();
    let message = if !indent.is_empty() {
        if first {
            fixes.push(Fix::replace("Remove the indentation", indent, ""));
        }
        format!("`{name}` must start in column 0: an indented magic is sent to the session as Python")
    } else {
        if !name.starts_with("%%") {
            fixes.push(move_up(text, line_start));
        }
        let up = if name.starts_with("%%") { "give it a cell of its own" } else { "move it above the code" };
        format!(
            "`{name}` comes after code, so the kernel sends it to the session as Python, where it is a syntax error; {up}"
        )
    };
    findings.add_with(range, message, fixes);
}

/// Makes the fix that puts the line in front of all others.
fn move_up(text: &str, line_start: usize) -> Fix {
    let rest = &text[line_start..];
    let (line, next) = match rest.find('\n') {
        Some(at) => (&rest[..=at], line_start + at + 1),
        None => (rest, text.len()),
    };
    let magic = line.trim_end_matches(['\n', '\r']);
    // Of the last line the line end in front goes, so that no empty line is left behind.
    let removed = match line.ends_with('\n') {
        true => line_start..next,
        false => text[..line_start].trim_end_matches(['\n', '\r']).len()..next,
    };
    let edits = vec![(0..0, format!("{magic}{}", line_end(text))), (removed, String::new())];
    Fix::of("Move it to the top of the cell", edits)
}

/// Returns the syntax error of the cell's code, if the kernel runs Python.
pub(super) fn syntax_error(context: &Context<'_>) -> Option<SyntaxError> {
    if context.model.gate.kernel() != Some(Kernel::PySpark) {
        return None;
    }
    let version = context.model.python.get(context.index)?;
    context.cell.syntax_error(*version)
}

/// Returns where the magic stands (sigil and name) if a known one begins the line of a syntax error.
pub(super) fn magic_at(context: &Context<'_>, error: &SyntaxError) -> Option<std::ops::Range<usize>> {
    let Tail::Code(code) = &context.cell.cell.split.tail else { return None };
    let text = context.text();
    for line in lines(&text[code.clone()]) {
        let range = code.start + line.content.start..code.start + line.content.end;
        // An error at a line's end is reported there or at the start of the next one.
        if error.range.start > code.start + line.next || error.range.start < range.start {
            continue;
        }
        let content = &text[range.clone()];
        let indent = content.len() - content.trim_start_matches([' ', '\t']).len();
        if !content[indent..].starts_with('%') {
            continue;
        }
        let magic = magic_line(text, range.start + indent..range.end);
        let name = text[magic.name.clone()].trim_end();
        let table = facts::magics();
        let known = table.line(name).or_else(|| table.cell(name)).is_some()
            || facts::ipython().has_line(name)
            || facts::ipython().has_cell(name);
        if known {
            return Some(magic.sigil.start..magic.name.start + name.len());
        }
    }
    None
}
