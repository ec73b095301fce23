//! `hardcoded-credentials`: who reads the notebook has the keys.
//!
//! Neither the message nor a fix repeats any part of them.

use crate::features::diagnostics::{Context, Findings, Fix};
use crate::syntax::{CellMagicKind, Tail};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let text = context.text();
    let Some(first) = context.secrets().first() else { return };
    let line_start = text[..first.start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[first.end..].find(['\n', '\r']).map_or(text.len(), |at| first.end + at);
    let mut fixes = Vec::new();
    let title = "Take the keys from the profile NAME";
    let advice = match &context.cell.cell.split.tail {
        Tail::CellMagic { kind: CellMagicKind::AssumeRole, line, .. } => {
            fixes.push(Fix::replace(title, line.start..text.len(), "%profile NAME").to_be_confirmed());
            "put the keys into a profile in ~/.aws/credentials and write `%profile NAME`, or assume a role by its ARN"
        }
        _ if text[line_start..].starts_with('%') => {
            fixes.push(Fix::replace(title, line_start..line_end, "%profile NAME").to_be_confirmed());
            "put the keys into a profile in ~/.aws/credentials and write `%profile NAME`"
        }
        Tail::CellMagic { kind: CellMagicKind::Configure, .. } => {
            "give the session's role the right to the data, or keep the keys in AWS Secrets Manager"
        }
        _ => "the session has a role of its own; keep other keys in AWS Secrets Manager",
    };
    let message = format!("a secret key stands in this cell, for everybody who gets the notebook to read: {advice}");
    findings.add_with(first.clone(), message, fixes);
}
