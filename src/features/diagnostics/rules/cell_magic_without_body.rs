//! `cell-magic-without-body`: the kernel gives a body to four cell magics only; any other `%%name` runs
//! as one line, fails, and what follows is sent to the session as Python.

use std::ops::Range;

use super::written::as_body;
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::refusal::RefusalKind;
use crate::syntax::split::usual_line_end;
use crate::syntax::{CellMagicKind, Tail};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let text = context.text();
    for refusal in context.refusals() {
        let RefusalKind::NoBody { name, lines_follow, line_form, argument } = &refusal.kind else { continue };
        if CellMagicKind::ALL.iter().any(|kind| kind.name() == name) {
            glue_magic(text, name, refusal.range.clone(), argument.clone(), findings);
            continue;
        }
        let instead = facts::ipython().cell_fix(name).map(|fix| format!("; {fix}")).unwrap_or_default();
        let rest = if *lines_follow { ", and the lines below are sent to the session as code" } else { "" };
        let mut fixes = Vec::new();
        if *line_form && !lines_follow && argument.is_some() {
            let sigil = refusal.range.start - 2..refusal.range.start;
            fixes.push(Fix::replace(format!("Write `%{name}`"), sigil, "%"));
        }
        if *lines_follow {
            fixes.extend(without_it(text, name, &refusal.range, argument.is_some()));
        }
        let message = format!("the Glue kernel gives `%%{name}` no body: it fails{rest}{instead}");
        findings.add_with(refusal.range.clone(), message, fixes);
    }
    // An empty query is no refusal of the kernel's: it is sent, and Spark refuses it.
    if let Tail::CellMagic { kind: CellMagicKind::Sql, line, magic, body } = &context.cell.cell.split.tail
        && line.start == 0
        && text[body.clone()].trim().is_empty()
    {
        let argument = (!text[magic.argument.clone()].trim().is_empty()).then(|| magic.argument.clone());
        glue_magic(text, "sql", magic.name.clone(), argument, findings);
    }
}

/// Words that begin what is more than one command, or what the next line would not know of any more.
const SHELL_WORDS: &[&str] = &[
    "alias", "case", "cd", "do", "done", "elif", "else", "esac", "exit", "export", "fi", "for", "function", "if",
    "set", "source", "then", "unset", "until", "while", "{", "}", ".", "(",
];

/// Makes the fix that runs the lines below otherwise: Python in the session, simple shell commands line by line.
fn without_it(text: &str, name: &str, range: &Range<usize>, argument: bool) -> Option<Fix> {
    let start = range.start - 2;
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at + 1);
    match name {
        "time" | "timeit" | "capture" | "prun" if !argument || name == "capture" => {
            Some(Fix::replace("Remove the line", start..end, "").to_be_confirmed())
        }
        "bash" | "sh" if !argument => {
            let mut edits = vec![(start..end, String::new())];
            let mut at = end;
            for line in text[end..].split_inclusive('\n') {
                let content = line.trim_end();
                if !content.is_empty() && !content.starts_with('#') {
                    is_simple(content).then_some(())?;
                    edits.push((at..at, "!".to_owned()));
                }
                at += line.len();
            }
            (edits.len() > 1).then(|| Fix::of("Prefix each line with `!`", edits).to_be_confirmed())
        }
        _ => None,
    }
}

/// Returns whether a line of a shell script is a command by itself.
fn is_simple(line: &str) -> bool {
    let word = line.split(' ').next().unwrap_or_default();
    line.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.'))
        && !SHELL_WORDS.contains(&word)
        && !word.contains(['=', '(', ')'])
        && !line.ends_with(['\\', '|', '&', '{', '(', '?'])
        && !line.contains("<<")
}

/// One of the four that can have a body.
fn glue_magic(
    text: &str,
    name: &str,
    range: Range<usize>,
    argument: Option<Range<usize>>,
    findings: &mut Findings<'_>,
) {
    let value = if name == "sql" { "query" } else { "value" };
    let Some(argument) = argument else {
        findings.add(range, format!("`%%{name}` needs a {value} on the lines below it"));
        return;
    };
    let body = as_body(name, &text[argument.clone()]);
    let gap = argument.start - 1..argument.end;
    let fixes =
        body.map(|body| Fix::replace("Move it to the next line", gap, format!("{}{body}", usual_line_end(text))));
    let message = format!("`%%{name}` takes its {value} from the lines below: what stands on its own line is dropped");
    findings.add_with(range, message, fixes.into_iter().collect());
}
