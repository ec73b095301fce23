//! Names of magics.

use crate::facts::{self, ArgumentKind, MagicForm, MagicSpec, Status};
use crate::syntax::split::{HeadKind, Tail};
use crate::syntax::{Cell, CellKind};

use super::account::List;
use super::place::{NamePlace, word_len};
use super::{Completion, CompletionKind, Topic};

/// The magics most notebooks use, in the order they are offered; the others follow as the table has them.
const COMMON: &[&str] = &[
    "%glue_version",
    "%worker_type",
    "%number_of_workers",
    "%idle_timeout",
    "%region",
    "%iam_role",
    "%connections",
    "%additional_python_modules",
    "%extra_py_files",
    "%extra_jars",
    "%spark_conf",
    "%%configure",
    "%%sql",
    "%stop_session",
    "%status",
];

/// IPython's own line magics that are of some use beside a session, in the order they are offered.
const IPYTHON: &[&str] = &["env", "who", "pwd", "cd", "ls", "history", "load_ext", "lsmagic"];

/// Returns the names that may stand at a place where one begins; `arn_prefix` is what ARNs start with.
pub(super) fn completions(cell: &Cell, place: &NamePlace<'_>, offset: usize, arn_prefix: &str) -> Vec<Completion> {
    let text = &*cell.text;
    // Before the sigil nothing has begun; `%%%` is nobody's.
    if offset == place.range.start
        || (place.name.is_empty() && offset < place.line.end && text[offset..].starts_with('%'))
    {
        return Vec::new();
    }
    let typed = &text[place.range.end..place.line.end];
    if !typed.is_empty() && !typed.starts_with([' ', '\t']) {
        return Vec::new();
    }
    let below = &text[place.line.end..];
    let slot = NameSlot {
        replace: place.range.clone(),
        argument: !typed.trim().is_empty() || typed.starts_with(' '),
        body: !below.trim().is_empty(),
        arn_prefix,
    };
    let first_line = place.line.start == 0;
    let mut list = offered(&slot, |spec| match spec.form {
        MagicForm::Line => place.form == MagicForm::Line,
        // Anything above `%%sql` becomes part of the query.
        MagicForm::Cell => first_line || spec.name != "sql",
    });
    if place.form == MagicForm::Line {
        list.extend(IPYTHON.iter().enumerate().map(|(index, name)| builtin(&slot, index, name)));
    }
    list
}

/// One of IPython's own magics.
fn builtin(slot: &NameSlot<'_>, index: usize, name: &str) -> Completion {
    let effect = facts::ipython().line_effect(name);
    Completion {
        detail: effect.map(|effect| effect.effect.clone()),
        topic: Some(Topic::LineMagic { name: name.to_owned() }),
        sort: format!("2{index:02}"),
        ..Completion::new(CompletionKind::Magic, &format!("%{name}"), slot.replace.clone())
    }
}

/// Returns the magics that may stand in a comment of a percent script, where they are written as `# %name` and
/// `# %%name`: until its name is known, such a line is a comment. A query is no such cell, its marker says what it is.
pub(super) fn commented(cell: &Cell, offset: usize, arn_prefix: &str) -> Vec<Completion> {
    let text = &*cell.text;
    if cell.kind != CellKind::Code {
        return Vec::new();
    }
    let on_comment =
        cell.split.head.iter().find(|line| {
            matches!(line.kind, HeadKind::Comment) && line.range.start <= offset && offset <= line.range.end
        });
    let Some(line) = on_comment else {
        return Vec::new();
    };
    let content = text[line.range.clone()].trim_start_matches('#').trim_start_matches(' ');
    let start = line.range.end - content.len();
    let (form, name) = match (content.strip_prefix("%%"), content.strip_prefix('%')) {
        (Some(name), _) => (MagicForm::Cell, name),
        (None, Some(name)) => (MagicForm::Line, name),
        (None, None) => return Vec::new(),
    };
    let sigil = content.len() - name.len();
    let end = start + sigil + word_len(name);
    // Only a name alone: a comment that goes on is a sentence.
    if offset < start + sigil || offset > end || end != line.range.end {
        return Vec::new();
    }
    let body = !matches!(cell.split.tail, Tail::Nothing);
    let slot = NameSlot { replace: start..end, argument: false, body, arn_prefix };
    offered(&slot, |spec| spec.form == form && (form == MagicForm::Line || spec.name != "sql"))
}

struct NameSlot<'a> {
    replace: std::ops::Range<usize>,
    /// Whether a blank or an argument stands behind the name.
    argument: bool,
    /// Whether there is text below.
    body: bool,
    /// What the ARNs of the Region start with.
    arn_prefix: &'a str,
}

fn offered(slot: &NameSlot<'_>, wanted: impl Fn(&MagicSpec) -> bool) -> Vec<Completion> {
    let rows = facts::magics().supported().enumerate();
    let mut list: Vec<Completion> = rows
        // What the session itself understands must stand below code.
        .filter(|(_, spec)| spec.status != Status::Remote && wanted(spec))
        .map(|(index, spec)| completion(slot, index, spec))
        .collect();
    list.sort_by(|a, b| a.sort.cmp(&b.sort));
    list
}

fn completion(slot: &NameSlot<'_>, index: usize, spec: &MagicSpec) -> Completion {
    let label = spec.label();
    let (insert, is_snippet) = match spec.form {
        MagicForm::Line if slot.argument => (label.clone(), false),
        MagicForm::Cell if slot.body => (label.clone(), false),
        MagicForm::Line => line_text(spec, slot.arn_prefix),
        MagicForm::Cell => cell_text(spec, slot.arn_prefix),
    };
    let sort = match COMMON.iter().position(|common| *common == label) {
        Some(place) => format!("0{place:02}"),
        None => format!("1{index:02}"),
    };
    Completion {
        detail: Some(spec.short.clone()),
        topic: Some(Topic::magic(spec)),
        offers_next: !slot.argument && (is_listed(spec) || has_names(spec)),
        insert,
        is_snippet,
        sort,
        ..Completion::new(CompletionKind::Magic, &label, slot.replace.clone())
    }
}

/// Whether the values of a line magic are listed.
fn is_listed(spec: &MagicSpec) -> bool {
    spec.form == MagicForm::Line
        && (spec.argument.kind == ArgumentKind::Enum
            || matches!(spec.argument.completion.as_deref(), Some("regions" | "spark_properties")))
}

/// Whether names of the account, or of its surroundings, are listed for a line magic. They may not be known, so the text
/// starts with an example all the same.
fn has_names(spec: &MagicSpec) -> bool {
    spec.form == MagicForm::Line && List::of_setting(&spec.name).is_some()
}

/// The text of a line magic, and whether it is a snippet: where its values are listed they are offered
/// next, else the argument of its example is a start.
fn line_text(spec: &MagicSpec, arn_prefix: &str) -> (String, bool) {
    let label = spec.label();
    if spec.name == "iam_role" {
        return (format!("{label} {arn_prefix}iam::${{1:account}}:role/${{2:name}}"), true);
    }
    match spec.argument.kind {
        ArgumentKind::None => (label, false),
        _ if is_listed(spec) => (format!("{label} "), false),
        _ => {
            let example = spec.example.as_deref().and_then(|line| line.strip_prefix(&label)).map(str::trim);
            match example.filter(|argument| !argument.is_empty() && !argument.contains('\n')) {
                Some(argument) => (format!("{label} ${{1:{}}}", escape(argument)), true),
                None => (format!("{label} "), false),
            }
        }
    }
}

/// The text of a cell magic with a body to fill in, and whether it is a snippet.
fn cell_text(spec: &MagicSpec, arn_prefix: &str) -> (String, bool) {
    let label = spec.label();
    let body = match spec.name.as_str() {
        "configure" => {
            let version = starting_version();
            format!("{{\n    \"${{1:glue_version}}\": \"${{2:{version}}}\"\n}}")
        }
        "tags" => "{\n    \"${1:key}\": \"${2:value}\"\n}".to_owned(),
        "assume_role" => format!("\"{arn_prefix}iam::${{1:account}}:role/${{2:name}}\""),
        // What such a cell is for stands below.
        _ => "$0".to_owned(),
    };
    (format!("{label}\n{body}"), true)
}

/// The newest version that is known to work in sessions.
fn starting_version() -> &'static str {
    let versions = facts::versions().glue_versions().iter().rev();
    let newest = versions.into_iter().find(|row| row.sessions == facts::versions::SessionSupport::Yes);
    newest.map_or("4.0", |row| row.version.as_str())
}

/// Escapes what has a meaning in a snippet.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '$' | '}') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
