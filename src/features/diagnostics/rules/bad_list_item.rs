//! `bad-list-item`: the kernel prints one line, keeps the old value and goes on, so that a session may
//! start without the connections or modules it needs.

use std::ops::Range;

use super::magic_line::{is_swallowed, move_comment};
use super::written::COMMENT_ADVICE;
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::refusal::RefusalKind;
use crate::model::setting::BadItemKind;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for refusal in context.refusals() {
        let RefusalKind::BadListItem { name, kind } = &refusal.kind else { continue };
        if is_swallowed(context, &refusal.range) {
            continue;
        }
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
                let (advice, fixes) = match item.split_once(" #") {
                    Some((kept, _)) => {
                        let comment = refusal.range.start + kept.trim_end().len()..line_end;
                        let removed = Fix::replace("Remove the comment", comment, "").to_be_confirmed();
                        let moved = move_comment(context, &refusal.range);
                        (COMMENT_ADVICE, moved.into_iter().chain([removed]).collect())
                    }
                    // Options of pip are written with two hyphens there.
                    None if item.starts_with('-') => ("", Vec::new()),
                    None => ("", vec![parted(item, name == "connections", refusal.range.clone())]),
                };
                let message =
                    format!("`{item}` contains a blank, so the kernel drops the whole list of `%{name}`{advice}");
                findings.add_with(refusal.range.clone(), message, fixes);
            }
        }
    }
}

/// Makes the fix of an item with blanks: `pandas == 2.2` is one item, `orders events` are two.
fn parted(item: &str, connections: bool, range: Range<usize>) -> Fix {
    let sign = ['=', '<', '>', '~', '!'];
    let mut items: Vec<String> = Vec::new();
    for word in item.split(' ').filter(|word| !word.is_empty()) {
        match items.last_mut().filter(|last| last.ends_with(sign) || word.starts_with(sign)) {
            Some(last) => last.push_str(word),
            None => items.push(word.to_owned()),
        }
    }
    let semicolons = items.iter().any(|item| item.contains(';'));
    let items: Vec<&str> = items.iter().map(|item| item.trim_matches(';')).filter(|item| !item.is_empty()).collect();
    match items.len() {
        1 => Fix::replace("Remove the blanks", range, items.join("")),
        // Connections and files may have blanks in their names, and `pandas 2.2` are no two modules.
        _ if semicolons || connections || !items.iter().all(|item| is_whole(item)) => {
            Fix::replace("Put a comma between them", range, items.join(", ")).to_be_confirmed()
        }
        _ => Fix::replace("Put a comma between them", range, items.join(", ")),
    }
}

/// Returns whether an item can stand alone: a module, or a path of its own on S3.
fn is_whole(item: &str) -> bool {
    item.starts_with("s3://") || item.starts_with(|c: char| c.is_ascii_alphabetic()) && !item.contains('/')
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
