//! `magic-below-code`: the kernel looks for magics in the lines at the top of a cell, from column 0.
//! Below the first line of code, or indented, a magic goes to the session as Python and fails there.

use std::ops::Range;

use crate::facts::{self, MagicForm, MagicSpec, Status};
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::Kernel;
use crate::syntax::python::SyntaxError;
use crate::syntax::split::{lines, magic_line, usual_line_end};
use crate::syntax::{CellMagicKind, Tail};

/// Magics of IPython that do the same above the code as below it.
const ANYWHERE: &[&str] =
    &["autoreload", "cd", "conda", "config", "env", "load_ext", "ls", "matplotlib", "pip", "pwd", "set_env"];

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(error) = syntax_error(context) else { return };
    let Some(range) = magic_at(context, &error) else { return };
    let Tail::Code(code) = &context.cell.cell.split.tail else { return };
    let text = context.text();
    let name = &text[range.clone()];
    let line_start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = line_start..range.start;
    let above = code.start.min(line_start)..line_start;
    let mut fixes = Vec::new();
    let message = if !indent.is_empty() {
        if code.start == line_start {
            fixes.push(Fix::replace("Remove the indentation", indent, ""));
        }
        format!("`{name}` must start in column 0: an indented magic is sent to the session as Python")
    } else if let (false, Some(culprit)) = (above.is_empty(), without_code(&text[above.clone()])) {
        if movable(name).is_some_and(|spec| spec.is_none_or(|spec| spec.form == MagicForm::Line)) {
            fixes.push(Fix::of("Remove the blanks", blanks(text, above)));
        }
        format!(
            "`{name}` is sent to the session as Python, where it is a syntax error: {culprit} above it counts as code"
        )
    } else {
        let advice = match movable(name) {
            _ if name.starts_with("%%") => "; give it a cell of its own".to_owned(),
            Some(_) => "; move it above the code".to_owned(),
            None => meant(name).map(|meant| format!("; did you mean `%{meant}`, above the code?")).unwrap_or_default(),
        };
        if movable(name).is_some() && !name.starts_with("%%") {
            let fix = move_up(text, line_start);
            // A command may need what the code above it does.
            fixes.push(if name.starts_with('!') { fix.to_be_confirmed() } else { fix });
        }
        // The kernel's own cell magics have all below them as their body.
        if CellMagicKind::ALL.iter().any(|kind| name.strip_prefix("%%") == Some(kind.name())) {
            fixes.push(Fix { splits: vec![line_start], ..Fix::of("Give it a cell of its own", Vec::new()) });
        }
        format!(
            "`{name}` comes after code, so the kernel sends it to the session as Python, where it is a syntax error{advice}"
        )
    };
    findings.add_with(range, message, fixes);
}

/// Returns whether a magic or a command works at the top of a cell, with its row if it is the kernel's own.
fn movable(written: &str) -> Option<Option<&'static MagicSpec>> {
    let (name, form) = match (written.strip_prefix("%%"), written.strip_prefix('%')) {
        (Some(name), _) => (name, MagicForm::Cell),
        (None, Some(name)) => (name, MagicForm::Line),
        (None, None) => return Some(None),
    };
    let works = |spec: &&MagicSpec| spec.works() && spec.status != Status::Remote;
    match facts::magics().find(name, form).filter(works) {
        Some(spec) => Some(Some(spec)),
        None => (form == MagicForm::Line && ANYWHERE.contains(&name)).then_some(None),
    }
}

/// Returns the line magic that was meant by a name that is none.
fn meant(written: &str) -> Option<&'static str> {
    let name = written.strip_prefix('%')?;
    let known = facts::magics().find(name, MagicForm::Line).is_some() || facts::ipython().has_line(name);
    facts::magics().closest(name, MagicForm::Line).filter(|_| !known).map(|spec| spec.name.as_str())
}

/// Returns what ends the magics at the top of a cell if it is no code at all.
fn without_code(above: &str) -> Option<&'static str> {
    let mut lines = above.lines().map(str::trim);
    let first = lines.next()?;
    let plain = |line: &str| line.is_empty() || line.starts_with('#');
    let culprit = if first.is_empty() { "the line of blanks" } else { "the indented comment" };
    (plain(first) && lines.all(plain)).then_some(culprit)
}

/// Makes the edits that take the blanks off the starts of lines.
fn blanks(text: &str, above: Range<usize>) -> Vec<(Range<usize>, String)> {
    let mut edits = Vec::new();
    for line in lines(&text[above.clone()]) {
        let content = &text[above.start + line.content.start..above.start + line.content.end];
        let blank = content.len() - content.trim_start().len();
        let start = above.start + line.content.start;
        edits.extend((blank > 0).then(|| (start..start + blank, String::new())));
    }
    edits
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
    let edits = vec![(0..0, format!("{magic}{}", usual_line_end(text))), (removed, String::new())];
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

/// Returns where the magic stands (sigil and name) if a known one begins the line of a syntax error; of a shell
/// command its first word.
pub(super) fn magic_at(context: &Context<'_>, error: &SyntaxError) -> Option<Range<usize>> {
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
        let start = range.start + indent;
        let word = content[indent..].split([' ', '\t']).next().unwrap_or_default();
        if word.len() > 1 && word.starts_with('!') && !word.starts_with("!=") && error.range.start == start {
            return Some(start..start + word.len());
        }
        if !content[indent..].starts_with('%') {
            continue;
        }
        let magic = magic_line(text, start..range.end);
        let name = text[magic.name.clone()].trim_end();
        if is_magic(name, magic.is_cell()) {
            return Some(magic.sigil.start..magic.name.start + name.len());
        }
    }
    None
}

/// Returns whether it is, or was meant as, the name of a magic.
fn is_magic(name: &str, cell: bool) -> bool {
    let table = facts::magics();
    table.line(name).or_else(|| table.cell(name)).is_some()
        || facts::ipython().has_line(name)
        || facts::ipython().has_cell(name)
        || table.foreign(&format!("%{name}")).or_else(|| table.foreign(&format!("%%{name}"))).is_some()
        || table.closest(name, if cell { MagicForm::Cell } else { MagicForm::Line }).is_some()
}
