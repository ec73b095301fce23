//! `tag-not-text`: keys and values of tags must be text, otherwise the kernel keeps none of them, or no
//! session starts.

use std::ops::Range;

use super::creation::failures;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::refusal::{CreationRefusal, RefusalKind};
use crate::syntax::literal::{Node, Value, parse_literal};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let text = context.text();
    for refusal in context.refusals() {
        if refusal.kind == RefusalKind::TagNotText {
            let range = refusal.range.clone();
            let fix = parse_literal(&text[range.clone()]).ok().and_then(|node| quote(text, &node, range.start));
            let message = "tags are a dictionary of text, `{\"key\": \"value\"}`: the kernel drops all of them";
            findings.add_with(range, message, to_fix(fix.into_iter().collect()));
        }
    }
    for (refusal, range) in failures(context) {
        if let CreationRefusal::BadTag { key } = refusal {
            let edits = quote_pair(text, range.clone());
            let message = match key.as_str() {
                "" => "a tag needs a key: no session starts".to_owned(),
                _ => format!("key and value of the tag `{key}` must both be text in quotes: no session starts"),
            };
            findings.add_with(range, message, to_fix(edits));
        }
    }
}

/// Makes the edits that put key and value in quotes where they are plain values of another type.
fn quote_pair(text: &str, pair: Range<usize>) -> Vec<(Range<usize>, String)> {
    let Ok(node) = parse_literal(&format!("{{{}}}", &text[pair.clone()])) else { return Vec::new() };
    let Value::Dict(entries) = &node.value else { return Vec::new() };
    // The bracket in front counts.
    let origin = pair.start.saturating_sub(1);
    entries.iter().flat_map(|(key, value)| [key, value]).filter_map(|part| quote(text, part, origin)).collect()
}

fn quote(text: &str, part: &Node, origin: usize) -> Option<(Range<usize>, String)> {
    let range = origin + part.range.start..origin + part.range.end;
    let plain = matches!(part.value, Value::Bool(_) | Value::Int(_) | Value::Float(_));
    plain.then(|| (range.clone(), format!("\"{}\"", &text[range])))
}

fn to_fix(edits: Vec<(Range<usize>, String)>) -> Vec<Fix> {
    if edits.is_empty() { Vec::new() } else { vec![Fix::of("Put it in quotes", edits)] }
}
