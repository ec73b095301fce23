//! `argument-not-text`: of a list, a dictionary or `None` the kernel sends what Python prints, brackets and all.

use super::dictionary::{in_quotes, properties, remove};
use super::written::with_article;
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::syntax::CellMagicKind;
use crate::syntax::literal::{Node, Value};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(literal) = context.literal(CellMagicKind::Configure) else { return };
    let entries = literal.entries();
    for (index, entry) in entries.iter().enumerate() {
        let Some(name) = entry.argument().filter(|_| !entry.key_is_doubtful()) else { continue };
        let place = entry.value_range.clone();
        let write = |text: String| vec![Fix::replace(format!("Write `{text}`"), place.clone(), text)];
        let (wanted, fixes) = match entry.value {
            Value::Str(_) | Value::Bool(_) | Value::Int(_) | Value::Float(_) => continue,
            Value::None => ("leave the argument out", remove(context.text(), &entries, index).into_iter().collect()),
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => {
                let list = facts::configure().job_parameter(&name).is_some_and(|p| p.separator.is_some());
                let fixes = joined(items).filter(|_| list).map(write).unwrap_or_default();
                ("write one text, items separated by commas", fixes)
            }
            Value::Dict(pairs) if name == "--conf" => {
                ("write one text, `k=v --conf k=v`", properties(pairs).map(write).unwrap_or_default())
            }
            _ => ("write a text in quotes", Vec::new()),
        };
        let found = match entry.value {
            Value::None => "the text `None`".to_owned(),
            value => format!("the text that Python prints for {}", with_article(value.type_name())),
        };
        findings.add_with(place, format!("`{name}` would be sent as {found}: {wanted}"), fixes);
    }
}

/// Returns the items of a list as one text in quotes, if all are text without commas.
fn joined(items: &[Node]) -> Option<String> {
    let texts: Option<Vec<&str>> =
        items.iter().map(|item| item.value.as_str().filter(|text| !text.contains(','))).collect();
    texts.filter(|texts| !texts.is_empty()).and_then(|texts| in_quotes(&texts.join(",")))
}
