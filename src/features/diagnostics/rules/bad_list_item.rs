//! `bad-list-item`: the kernel prints one line, keeps the old value and goes on, so that a session may
//! start without the connections or modules it needs.

use std::ops::Range;

use super::written::COMMENT_ADVICE;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::refusal::RefusalKind;
use crate::model::setting::BadItemKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        let RefusalKind::BadListItem { name, kind } = &refusal.kind else { continue };
        let text = context.text();
        match kind {
            BadItemKind::Empty => match extra_comma(text, name, refusal.range.start) {
                Some((range, with)) => {
                    let fix = Fix::replace("Remove the extra comma", range.clone(), with);
                    let message =
                        format!("there is an empty item here, so the kernel drops the whole list of `%{name}`");
                    findings.add_with(range, message, vec![fix]);
                }
                None => findings
                    .add(refusal.range.clone(), format!("the list of `%{name}` is empty, so the kernel ignores it")),
            },
            BadItemKind::Blank => {
                let item = &text[refusal.range.clone()];
                let line_end =
                    text[refusal.range.end..].find(['\n', '\r']).map_or(text.len(), |at| refusal.range.end + at);
                let (advice, fix) = match item.split_once(" #") {
                    Some((kept, _)) => {
                        let comment = refusal.range.start + kept.trim_end().len()..line_end;
                        (COMMENT_ADVICE, Fix::replace("Remove the comment", comment, ""))
                    }
                    // `pandas == 2.2` is one item, `orders events` are two.
                    None if item.contains(['=', '<', '>', '~', '[']) => {
                        let joined: String = item.split(' ').collect();
                        ("", Fix::replace("Remove the blanks", refusal.range.clone(), joined))
                    }
                    None => {
                        let parted: Vec<&str> = item.split(' ').filter(|part| !part.is_empty()).collect();
                        ("", Fix::replace("Put a comma between them", refusal.range.clone(), parted.join(", ")))
                    }
                };
                let message =
                    format!("`{item}` contains a blank, so the kernel drops the whole list of `%{name}`{advice}");
                findings.add_with(refusal.range.clone(), message, vec![fix]);
            }
        }
    }
}

/// Returns the first run of commas with nothing between them, or at an end of the list, and what to put
/// in its place. `inside` is somewhere in the line of the magic.
fn extra_comma(text: &str, name: &str, inside: usize) -> Option<(Range<usize>, &'static str)> {
    let line_start = text[..inside].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let start = line_start + text[line_start..].find(name)? + name.len();
    let list = text[start..].split(['\n', '\r']).next()?.trim_end();
    let mut at = 0;
    while let Some(comma) = list[at..].find(',').map(|found| at + found) {
        let rest = list[comma..].trim_start_matches([',', ' ', '\t']);
        let end = list.len() - rest.len();
        let outer = list[..comma].trim_matches(['[', '"', '\'', ' ', '\t']).is_empty()
            || rest.trim_matches([']', '"', '\'']).is_empty();
        if outer || list[comma..end].matches(',').count() > 1 {
            return Some((start + comma..start + end, if outer { "" } else { ", " }));
        }
        at = end;
    }
    None
}
