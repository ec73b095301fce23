//! `wrong-value-type`: `%%configure` stores any value; the request is refused when a session is created.

use super::creation::failures;
use super::written::with_article;
use crate::facts;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::Setting;
use crate::model::refusal::CreationRefusal;
use crate::syntax::literal::{Value, parse_literal};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (refusal, range) in failures(context) {
        let written = &context.text()[range.clone()];
        match refusal {
            CreationRefusal::NotText { setting, found } => {
                let mut fixes = Vec::new();
                let advice = if *setting == Setting::Connections {
                    if let Some(joined) = joined(written) {
                        fixes.push(Fix::replace(format!("Write `{joined}`"), range.clone(), joined));
                    }
                    "one text in quotes, names separated by commas without blanks"
                } else {
                    if let Some(meant) = as_text(*setting, written) {
                        let quoted = format!("\"{meant}\"");
                        fixes.push(Fix::replace(format!("Write `{quoted}`"), range.clone(), quoted));
                    }
                    "text in quotes"
                };
                let message =
                    format!("`{}` must be {advice}, not {}: no session starts", setting.name(), with_article(found));
                findings.add_with(range, message, fixes);
            }
            CreationRefusal::NotANumber { setting, value, fraction } => {
                let kind = if *fraction { "number" } else { "whole number" };
                findings.add(range, format!("`{}` must be a {kind}, not {value}: no session starts", setting.name()));
            }
            _ => {}
        }
    }
}

/// A number as the text that was meant; `None` for settings that are never numbers.
fn as_text(setting: Setting, written: &str) -> Option<String> {
    let number = matches!(parse_literal(written).ok()?.value, Value::Int(_) | Value::Float(_));
    match setting {
        Setting::GlueVersion if number => {
            let known = [written.to_owned(), format!("{written}.0")];
            known.into_iter().find(|version| facts::versions().glue(version).is_some())
        }
        Setting::Profile | Setting::SecurityConfig if number => Some(written.to_owned()),
        _ => None,
    }
}

/// A list of names as one text.
fn joined(written: &str) -> Option<String> {
    let Value::List(items) = parse_literal(written).ok()?.value else { return None };
    let names: Option<Vec<&str>> = items.iter().map(|item| item.value.as_str()).collect();
    Some(format!("\"{}\"", names?.join(",")))
}
