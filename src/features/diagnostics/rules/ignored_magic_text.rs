//! `ignored-magic-text`: of a cell magic's own line the kernel reads the name and nothing else.

use crate::features::diagnostics::{Context, Findings, Fix, Severity};
use crate::syntax::literal::parse_literal;
use crate::syntax::split::usual_line_end;
use crate::syntax::{CellMagicKind, Tail};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Tail::CellMagic { kind, line, magic, body } = &context.cell.cell.split.tail else { return };
    let text = context.text();
    // Without a body another rule speaks, and an `%%sql` further down is part of the query.
    if text[body.clone()].trim().is_empty() || (*kind == CellMagicKind::Sql && line.start != 0) {
        return;
    }
    let name = &text[magic.name.clone()];
    if *kind == CellMagicKind::Sql
        && let Some(rest) = name.trim_end().strip_prefix("sql")
        && rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
    {
        let fix = Fix::replace("Write `%%sql`", magic.name.clone(), "sql");
        let message = format!("the kernel takes `%%{name}` for `%%sql`");
        findings.add_milder(Severity::Information, magic.name.clone(), message, vec![fix]);
    }
    let argument = text[magic.argument.clone()].trim();
    if argument.is_empty() || (*kind != CellMagicKind::Sql && name != kind.name()) {
        return;
    }
    let start =
        magic.argument.start + (text[magic.argument.clone()].len() - text[magic.argument.clone()].trim_start().len());
    let range = start..start + argument.len();
    let gap = magic.name.end..magic.argument.end;
    let down = || Fix::replace("Move it to the next line", magic.name.end..start, usual_line_end(text));
    let away = || Fix::replace("Remove it", gap.clone(), "");
    let option = argument.starts_with('-') && !argument.starts_with("--");
    match kind {
        CellMagicKind::Sql if option => {
            let message = "the kernel has no options for `%%sql` and drops this: the result is shown and kept nowhere";
            findings.add_with(range, message, vec![away()]);
        }
        CellMagicKind::Sql if argument.starts_with(['#', '-', '/']) => {
            findings.add_milder(Severity::Hint, range, "the kernel drops what stands behind `%%sql`", vec![away()]);
        }
        CellMagicKind::Sql => {
            let message = "the kernel drops what stands behind `%%sql`: the query begins on the next line";
            findings.add_with(range, message, vec![down()]);
        }
        // A dictionary or a role that begins here belongs to what follows.
        _ if argument.starts_with(['{', '[', '"', '\'']) => {
            let moved = format!("{argument}\n{}", &text[body.clone()]);
            let fixes = if parse_literal(&moved).is_ok() { vec![down()] } else { Vec::new() };
            let message = format!("the kernel drops what stands behind `%%{name}`: the value begins on the next line");
            findings.add_with(range, message, fixes);
        }
        _ => {
            let message = format!("the kernel drops what stands behind `%%{name}`; it has no options");
            findings.add_milder(Severity::Hint, range, message, vec![away()]);
        }
    }
}
