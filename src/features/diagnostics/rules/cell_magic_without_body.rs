//! `cell-magic-without-body`: the kernel gives a body to four cell magics only; any other `%%name` runs
//! as one line, fails, and what follows is sent to the session as Python.

use std::ops::Range;

use super::written::{as_body, line_end};
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::refusal::RefusalKind;
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
    let fixes = body.map(|body| Fix::replace("Move it to the next line", gap, format!("{}{body}", line_end(text))));
    let message = format!("`%%{name}` takes its {value} from the lines below: what stands on its own line is dropped");
    findings.add_with(range, message, fixes.into_iter().collect());
}
