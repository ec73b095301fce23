//! What rules have in common that look at the line of a line magic: what stands around a value.

use std::ops::Range;

use super::written::{COMMENT_ADVICE, before_comment, replace_value};
use crate::features::diagnostics::{Context, Fix};
use crate::model::actions::action;
use crate::model::effects::MagicCall;
use crate::syntax::split::usual_line_end;

/// Why blanks in front of a value do harm.
pub(super) const BLANK_ADVICE: &str = "; the name ends at the first blank, all further ones become part of the value";

/// Returns the line magic of the kernel whose argument covers a place.
pub(super) fn call_at<'a>(context: &'a Context<'_>, range: &Range<usize>) -> Option<&'a MagicCall> {
    let covers = |call: &&MagicCall| {
        call.argument_range.start <= range.start && range.end <= call.argument_range.end && !call.argument.is_empty()
    };
    context.cell.effects.calls.iter().filter(|call| !call.cell && action(&call.name).is_some()).find(covers)
}

/// Returns whether the value at that place is no value at all, but holds a second magic, or goes on in the next line:
/// other rules say so.
pub(super) fn is_swallowed(context: &Context<'_>, range: &Range<usize>) -> bool {
    call_at(context, range)
        .is_some_and(|call| is_continued(&call.argument) || !further_magics(&call.argument).is_empty())
}

/// Returns whether an argument ends as if it went on in the next line.
pub(super) fn is_continued(argument: &str) -> bool {
    argument.ends_with('\\')
}

/// Returns what stands between the magics of a line, in bytes of the first one's argument: `; ` of
/// `us-east-1; %glue_version 5.0`. Empty where the argument begins with a magic.
pub(super) fn further_magics(argument: &str) -> Vec<Range<usize>> {
    let comment = comment_start(argument).unwrap_or(argument.len());
    let mut found = Vec::new();
    for (at, _) in argument[..comment].match_indices('%') {
        let rest = &argument[at + 1..];
        let name = &rest[..rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())];
        let ended = rest[name.len()..].chars().next().is_none_or(|c| matches!(c, ' ' | '\t' | ';' | '&' | ','));
        let before = argument[..at].trim_end_matches([' ', '\t', ';', '&', ',']).len();
        if ended && action(name).is_some() && (before < at || at == 0) {
            found.push(before..at);
        }
    }
    found
}

/// Returns where a comment begins: a `#` at the start or behind a blank.
fn comment_start(text: &str) -> Option<usize> {
    let comment = |at: &usize| text[..*at].is_empty() || text[..*at].ends_with([' ', '\t']);
    text.match_indices('#').map(|(at, _)| at).find(comment)
}

/// Returns where the line of a place begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1)
}

/// Returns what is to say of a value with a comment behind it or blanks in front, and how to mend it; `None` for other
/// values. `range` is where the value stands.
pub(super) fn around(context: &Context<'_>, range: &Range<usize>, value: &str) -> Option<(&'static str, Vec<Fix>)> {
    around_meant(context, range, value, None)
}

/// As [`around`], for a value that is wrong besides: `meant` is what to write in place of it.
pub(super) fn around_meant(
    context: &Context<'_>,
    range: &Range<usize>,
    value: &str,
    meant: Option<&str>,
) -> Option<(&'static str, Vec<Fix>)> {
    if let Some(kept) = before_comment(value) {
        let meant = meant.filter(|meant| *meant != kept);
        let shorter = replace_value(context.text(), range, meant.unwrap_or(kept)).to_be_confirmed();
        let moved = moved_comment(context, range, meant);
        return Some((COMMENT_ADVICE, moved.into_iter().chain([shorter]).collect()));
    }
    let call = call_at(context, range)?;
    let lead = call.argument.len() - call.argument.trim_start().len();
    if lead == 0 || !value.starts_with(char::is_whitespace) {
        return None;
    }
    if let Some(meant) = meant.filter(|meant| *meant != value.trim_start()) {
        let fix = Fix::replace(format!("Write `{meant}`"), call.argument_range.clone(), meant);
        return Some((BLANK_ADVICE, vec![fix]));
    }
    let blanks = call.argument_range.start..call.argument_range.start + lead;
    Some((BLANK_ADVICE, vec![Fix::replace("Remove the blanks", blanks, "")]))
}

/// Makes the fix that gives the comment behind a value a line of its own. `None` where no line magic makes the value.
pub(super) fn move_comment(context: &Context<'_>, range: &Range<usize>) -> Option<Fix> {
    moved_comment(context, range, None)
}

/// As [`move_comment`], with `meant` in place of the value.
fn moved_comment(context: &Context<'_>, range: &Range<usize>, meant: Option<&str>) -> Option<Fix> {
    let text = context.text();
    let call = call_at(context, range)?;
    let argument = &call.argument;
    let at = comment_start(argument)?;
    let kept = argument[..at].trim_end().len();
    let start = line_start(text, call.name_range.start);
    let edits = vec![
        (start..start, format!("{}{}", argument[at..].trim_end(), usual_line_end(text))),
        match meant {
            Some(meant) => (call.argument_range.clone(), meant.to_owned()),
            None => (call.argument_range.start + kept..call.argument_range.end, String::new()),
        },
    ];
    (kept > 0).then(|| Fix::of("Move the comment to the line above", edits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_magics_behind_the_first() {
        let between = |argument: &str| -> Vec<String> {
            further_magics(argument).into_iter().map(|range| argument[range].to_owned()).collect()
        };
        assert_eq!(between("us-east-1; %glue_version 5.0"), ["; "]);
        assert_eq!(between("us-east-1 && %glue_version 5.0;%etl"), [" && ", ";"]);
        assert_eq!(between("%etl"), [""]);
        for alone in ["50%region", "us-east-1 # as %glue_version", "100% etl", "a %unknown b", "é%", ""] {
            assert_eq!(between(alone), [""; 0], "{alone}");
        }
    }
}
