//! `unknown-configure-key`: a key that `%%configure` does not know becomes a job argument, `--key`, that
//! nothing reads.
//!
//! Job arguments may have any name (a script reads its own), so only keys without the hyphens, and
//! near misses of known arguments, are reported.

use crate::facts;
use crate::facts::nearest::nearest;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::syntax::literal::{Node, Value, parse_literal};
use crate::syntax::local_line::cell_magic_body;
use crate::syntax::{CellMagicKind, Tail};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Tail::CellMagic { kind: CellMagicKind::Configure, line, body, .. } = &context.cell.cell.split.tail else {
        return;
    };
    let body = cell_magic_body(context.text(), line.clone(), body.clone());
    let Ok(node) = parse_literal(&body.text) else { return };
    let Value::Dict(entries) = &node.value else { return };
    let table = facts::configure();
    for (key, value) in entries {
        let Some(name) = key.value.as_str() else { continue };
        let range = body.to_cell(key.range.clone());
        let replace = |with: &str| vec![Fix::replace(format!("Write `{with}`"), range.clone(), format!("\"{with}\""))];
        if name.starts_with("--") {
            if table.job_parameter(name).is_some() {
                continue;
            }
            let known = table.job_parameters().iter().filter(|p| p.is_useful()).map(|p| p.name.as_str());
            // Short arguments of a user's own are near to many.
            if name.len() > 8
                && let Some(meant) = nearest(name, known)
            {
                let message = format!("`{name}` is not an argument that Glue reads; did you mean `{meant}`?");
                findings.add_with(range.clone(), message, replace(meant));
            }
            continue;
        }
        if table.recognised(name).is_some() {
            continue;
        }
        let dict = matches!(value.value, Value::Dict(_));
        let misused =
            if dict { table.misused_with_dict(name).or_else(|| table.misused(name)) } else { table.misused(name) };
        let dashed = format!("--{}", name.replace('_', "-"));
        let known = table.job_parameter(&dashed).is_some();
        let becomes = format!("`%%configure` does not know `{name}`: it becomes the job argument");
        let (message, fixes) = if let Some(misused) = misused {
            let fixes = match &value.value {
                Value::Dict(properties) => {
                    let text = conf(properties);
                    let place = body.to_cell(value.range.clone());
                    let edits = |text| vec![(range.clone(), "\"--conf\"".to_owned()), (place, text)];
                    text.map(|text| Fix::of("Write `--conf`", edits(text))).into_iter().collect()
                }
                _ if known => replace(&dashed),
                _ => Vec::new(),
            };
            (format!("{becomes} `{}`; use {}", misused.becomes, misused.use_instead), fixes)
        } else if known && dashed == format!("--{name}") {
            // The kernel puts the hyphens in front: this works.
            continue;
        } else if known {
            (format!("{becomes} `--{name}`; did you mean `{dashed}`?"), replace(&dashed))
        } else if let Some(meant) = nearest(name, table.recognised_keys().iter().map(|k| k.key.as_str())) {
            (format!("{becomes} `--{name}`; did you mean `{meant}`?"), replace(meant))
        } else {
            let own = format!("--{name}");
            (format!("{becomes} `{own}`; if that is what you want, write it so"), replace(&own))
        };
        findings.add_with(range.clone(), message, fixes);
    }
}

/// Returns Spark properties as the one text that `--conf` takes; `None` if they are not all plain text.
fn conf(properties: &[(Node, Node)]) -> Option<String> {
    let plain = |node: &Node| match &node.value {
        Value::Str(text) if !text.contains(['"', '\\', '\n']) => Some(text.clone()),
        Value::Int(_) | Value::Float(_) => Some(node.value.to_str()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    };
    let pairs: Option<Vec<String>> =
        properties.iter().map(|(key, value)| Some(format!("{}={}", plain(key)?, plain(value)?))).collect();
    pairs.filter(|pairs| !pairs.is_empty()).map(|pairs| format!("\"{}\"", pairs.join(" --conf ")))
}
