//! `python-syntax`: the session would refuse the cell after it has been started and paid for.

use std::ops::Range;

use super::magic_below_code::{magic_at, syntax_error};
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::refusal::RefusalKind;
use crate::syntax::CellMagicKind;

/// Cell magics whose body is no Python.
const OTHER_LANGUAGES: &[&str] = &[
    "!",
    "HTML",
    "SVG",
    "bash",
    "cmd",
    "file",
    "html",
    "javascript",
    "js",
    "latex",
    "markdown",
    "perl",
    "ruby",
    "script",
    "sh",
    "svg",
    "sx",
    "system",
    "writefile",
];

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !context.syntax_errors || body_of_another_language(context) {
        return;
    }
    let Some(error) = syntax_error(context) else { return };
    if magic_at(context, &error).is_some() {
        return;
    }
    if let Some((range, fix)) = print_statement(context.text(), &error.range) {
        let message = "Python syntax: `print` is a function since Python 3, write `print(…)`";
        findings.add_with(range, message, fix.into_iter().collect());
    } else if let Some((message, fix)) = of_ipython(context.text(), &error.range) {
        findings.add_with(error.range.clone(), format!("Python syntax: {message}"), fix.into_iter().collect());
    } else {
        findings.add(error.range.clone(), format!("Python syntax: {}", error.message));
    }
}

/// Explains what IPython would understand and Python does not, as the kernel sends it to the session as it stands:
/// `frame?`, `files = !ls`, `x = %env HOME`.
fn of_ipython(text: &str, error: &Range<usize>) -> Option<(&'static str, Option<Fix>)> {
    let start = text[..error.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[start..].find(['\n', '\r']).map_or(text.len(), |at| start + at);
    let (before, after) = (&text[start..error.start], text.get(error.start..end)?);
    let assigned = before.trim_end().strip_suffix('=').is_some_and(|name| !name.ends_with(['=', '!', '<', '>']));
    if assigned && after.starts_with('!') && !after.starts_with("!=") {
        return Some((
            "only IPython assigns what a command prints, and this is sent to the session; call `subprocess.run` there",
            None,
        ));
    }
    let named = |rest: &str| rest.starts_with(char::is_alphabetic);
    if assigned && after.strip_prefix('%').is_some_and(named) {
        return Some(("only IPython assigns what a magic returns, and this is sent to the session as Python", None));
    }
    if !after.starts_with('?') {
        return None;
    }
    let line = &text[start..end];
    let asked = line.trim().trim_matches('?');
    let plain = !asked.is_empty() && asked.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let statement = start + (line.len() - line.trim_start().len())..start + line.trim_end().len();
    let fix = plain.then(|| Fix::replace(format!("Write `help({asked})`"), statement, format!("help({asked})")));
    Some(("IPython's `?` is sent to the session as Python; `help(…)` shows the same", fix))
}

/// Returns whether the code stands below a magic that was to take it as its body: that it does not is
/// reported already, and that it is no Python is no news.
fn body_of_another_language(context: &Context<'_>) -> bool {
    context.refusals().iter().any(|refusal| match &refusal.kind {
        RefusalKind::NoBody { name, .. } => OTHER_LANGUAGES.contains(&name.as_str()),
        RefusalKind::UnknownMagic { name, cell: false, other_form: true } => {
            CellMagicKind::ALL.iter().any(|kind| kind.name() == name)
        }
        _ => false,
    })
}

/// Returns where a `print` of Python 2 stands, if the error is one, and the fix.
fn print_statement(text: &str, error: &Range<usize>) -> Option<(Range<usize>, Option<Fix>)> {
    let line_start = text[..error.start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[line_start..].find(['\n', '\r']).map_or(text.len(), |at| line_start + at);
    let line = &text[line_start..line_end];
    let start = line_start + (line.len() - line.trim_start().len());
    let printed = text[start..line_end].strip_prefix("print ")?.trim();
    if printed.starts_with('(') || error.start != line_end - text[start..line_end]["print ".len()..].trim_start().len()
    {
        return None;
    }
    // What ends in a comma or goes on in the next line is no matter of two brackets.
    let simple = !printed.contains(['#', ';', '\\'])
        && !printed.contains(">>")
        && !printed.contains("\"\"\"")
        && !printed.contains("'''")
        && !printed.ends_with([',', '(', '[', '{']);
    let statement = start..start + text[start..line_end].trim_end().len();
    let fix = simple.then(|| Fix::replace("Write `print(…)`", statement, format!("print({printed})")));
    Some((start..start + "print".len(), fix))
}
