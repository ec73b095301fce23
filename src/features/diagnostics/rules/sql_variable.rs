//! `sql-variable`: nothing is filled into the query of `%%sql`.

use std::collections::BTreeSet;
use std::ops::Range;

use super::sql_text::{Part, Query};
use crate::features::diagnostics::{Context, Findings, Fix, Severity};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(query) = Query::of(context).filter(|query| query.python && query.text().contains(['{', '$'])) else {
        return;
    };
    let found = variables(&query);
    // It is the same for all of them.
    let fix = as_python(&query, &found);
    let mut said = BTreeSet::new();
    for variable in &found {
        if findings.is_full() {
            break;
        }
        if !said.insert(variable.name) {
            continue;
        }
        let shown = &query.cell[variable.range.clone()];
        let fixes = fix.iter().cloned().collect();
        let advice = "use `spark.sql(f\"…\")` in a cell of Python";
        if shown.starts_with("${") {
            let message = format!(
                "`{shown}` is filled in from Spark's configuration only, never from a Python variable; {advice}"
            );
            findings.add_milder(Severity::Information, variable.range.clone(), message, fixes);
        } else {
            let message = format!("`%%sql` fills in no variables: Spark gets `{shown}` as it stands; {advice}");
            let severity = if variable.quoted { Severity::Information } else { Severity::Warning };
            findings.add_milder(severity, variable.range.clone(), message, fixes);
        }
    }
}

/// A place that looks like one for a variable.
struct Variable<'a> {
    name: &'a str,
    /// All of it, in bytes of the cell.
    range: Range<usize>,
    /// Whether it stands in a string.
    quoted: bool,
}

fn variables<'a>(query: &Query<'a>) -> Vec<Variable<'a>> {
    let mut found = Vec::new();
    for (part, range) in query.parts() {
        let quoted = match part {
            Part::Code | Part::Name => false,
            Part::Text(..) => true,
            Part::LineComment | Part::BlockComment => continue,
        };
        let mut at = range.start;
        while let Some(sign) = query.cell[at..range.end].find(['{', '$']).map(|found| at + found) {
            at = sign + 1;
            let dollar = query.cell[sign..].starts_with('$');
            let rest = &query.cell[sign + 1..range.end];
            let braced = if dollar { rest.strip_prefix('{') } else { Some(rest) };
            let (name, end) = match braced {
                Some(inside) => {
                    let name = name(inside);
                    if !inside[name.len()..].starts_with('}') {
                        continue;
                    }
                    (name, sign + 1 + usize::from(dollar) + name.len() + 1)
                }
                // In a string, `$x` is much else: a place in JSON, a price.
                None if quoted => continue,
                None => (name(rest), sign + 1 + name(rest).len()),
            };
            if name.is_empty() {
                continue;
            }
            found.push(Variable { name, range: sign..end, quoted });
            at = end;
        }
    }
    found
}

/// Returns the name that a text begins with, attributes included; empty if there is none.
fn name(text: &str) -> &str {
    if !text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return "";
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(text.len());
    text[..end].trim_end_matches('.')
}

/// Makes the fix that runs the query as an f-string of Python's.
fn as_python(query: &Query<'_>, variables: &[Variable<'_>]) -> Option<Fix> {
    let mut out = String::new();
    let mut at = query.range.start;
    for variable in variables {
        out.push_str(&doubled(&query.cell[at..variable.range.start]));
        out.push_str(&format!("{{{}}}", variable.name));
        at = variable.range.end;
    }
    out.push_str(&doubled(&query.cell[at..query.range.end]));
    let code = Query::as_python("f", &out)?;
    Some(Fix::replace("Run it with `spark.sql(f\"…\")`", 0..query.range.end, code).to_be_confirmed())
}

fn doubled(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}
