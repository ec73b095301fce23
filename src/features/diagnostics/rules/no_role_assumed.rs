//! `no-role-assumed`: of anything but a text or a dictionary the kernel says that the role was assumed, and does
//! nothing.

use super::dictionary::in_quotes;
use super::written::with_article;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::syntax::CellMagicKind;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(literal) = context.literal(CellMagicKind::AssumeRole) else { return };
    let value = &literal.node.value;
    let range = literal.to_cell(literal.node.range.clone());
    let mut fixes = Vec::new();
    match value {
        Value::Str(_) | Value::Dict(_) => return,
        Value::Set(items) | Value::List(items) | Value::Tuple(items) => {
            if let [item] = items.as_slice()
                && let Some(arn) = item.value.as_str().filter(|text| text.starts_with("arn:")).and_then(in_quotes)
            {
                fixes.push(Fix::replace(format!("Write `{arn}`"), range.clone(), arn));
            }
        }
        _ => {}
    }
    let message = format!(
        "the kernel says that the role was assumed and does nothing: it takes the ARN as text in quotes, not {}",
        with_article(value.type_name())
    );
    findings.add_with(range, message, fixes);
}
