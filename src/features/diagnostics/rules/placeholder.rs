//! `placeholder`: text that stands for a value of the author's own, and is sent as it is.

use std::ops::Range;

use super::creation::failures;
use super::magic_line::{call_at, is_swallowed};
use crate::features::diagnostics::{Context, Findings, Severity};
use crate::model::Setting;
use crate::model::effects::{Change, ChangeKind};
use crate::syntax::literal::Value;

/// Longest text between angle brackets that is taken for a placeholder, in bytes.
const LONGEST: usize = 100;
/// Most signs of a value that are looked at.
const MOST_SIGNS: usize = 100;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in &context.cell.effects.changes {
        let Some(call) = call_at(context, &change.range).filter(|_| may_be_open(context, change)) else { continue };
        let is = |wanted: Setting| matches!(&change.kind, ChangeKind::Set(setting, _) if *setting == wanted);
        let origin = call.argument_range.start;
        let place = |range: Range<usize>| origin + range.start..origin + range.end;
        if let Some(range) = in_angles(&call.argument, is(Setting::AdditionalPythonModules)) {
            let found = &call.argument[range.clone()];
            let message = format!("`{found}` is a placeholder and is sent as it is; put your own value there");
            findings.add(place(range), message);
        } else if let Some((range, name)) = variable(&call.argument).filter(|_| !is(Setting::SparkConf)) {
            // What IPython can fill in is gone from the value.
            let found = &call.argument[range.clone()];
            let stays = text_of(change).is_some_and(|value| value.to_lowercase().contains(&found.to_lowercase()))
                || found.starts_with("{{");
            if stays && !context.model.may_bind_locally(context.index, call.name_range.start, name) {
                let message = format!("`{found}` is sent as it is: magics do not know the session's variables");
                findings.add(place(range), message);
            }
        } else if let Some(range) = yours(&call.argument).filter(|_| !is(Setting::Region)) {
            let message =
                format!("`{}` looks like a placeholder; put your own value there", &call.argument[range.clone()]);
            findings.add_milder(Severity::Information, place(range), message, Vec::new());
        }
    }
}

/// Returns whether the text holds something that its author, or nobody, is to fill in.
pub(super) fn is_open(text: &str) -> bool {
    in_angles(text, false).is_some() || variable(text).is_some()
}

fn text_of(change: &Change) -> Option<&str> {
    match &change.kind {
        ChangeKind::Set(_, Some(Value::Str(text))) | ChangeKind::Reconnect(text) => Some(text),
        _ => None,
    }
}

/// Returns whether the value is text in which no other rule has found a mistake.
fn may_be_open(context: &Context<'_>, change: &Change) -> bool {
    let text = text_of(change).is_some_and(|text| !text.is_empty());
    text && !is_swallowed(context, &change.range) && !failures(context).iter().any(|(_, range)| *range == change.range)
}

/// Finds `<your-role>`. In a list of requirements, `<` behind a name compares versions.
fn in_angles(argument: &str, requirements: bool) -> Option<Range<usize>> {
    argument.match_indices('<').find_map(|(at, _)| {
        let inside = &argument[at + 1..];
        let len = inside.find(['<', '>']).filter(|len| *len <= LONGEST && inside[*len..].starts_with('>'))?;
        let compares = requirements && argument[..at].ends_with(|c: char| c.is_alphanumeric() || c == ']');
        let named = inside.starts_with(|c: char| c.is_alphabetic());
        (named && !compares).then_some(at..at + len + 2)
    })
}

/// Finds `{name}`, `${name}`, `{{name}}` and `$name`; returns the place and the name.
fn variable(argument: &str) -> Option<(Range<usize>, &str)> {
    argument.match_indices(['{', '$']).take(MOST_SIGNS).find_map(|(at, _)| {
        let inside = argument[at..].trim_start_matches('$');
        let braces = inside.len() - inside.trim_start_matches('{').len();
        let padded = &inside[braces..];
        let text = if braces > 0 { padded.trim_start() } else { padded };
        let name = &text[..text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())];
        let start = argument.len() - text.len();
        let rest = &text[name.len()..];
        let close = if braces > 0 { rest.find('}').filter(|close| !rest[..*close].contains(['{', ',']))? } else { 0 };
        let end = start + name.len() + close + rest[close..].len().min(braces);
        let named = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let apart = braces > 0 || !argument[..at].ends_with(|c: char| c.is_alphanumeric());
        let closed = argument.get(at..end).is_some_and(|found| braces == 0 || found.ends_with('}'));
        (named && apart && closed).then_some((at..end, name))
    })
}

/// Finds a part such as `your-bucket` or `YOUR_ROLE`.
fn yours(argument: &str) -> Option<Range<usize>> {
    let mut start = 0;
    for part in argument.split(['/', ':', ',', ' ', '"', '\'', '=']) {
        let first = part.get(..5).map(str::to_ascii_lowercase);
        if part.len() > 5 && first.is_some_and(|first| first == "your-" || first == "your_") {
            return Some(start..start + part.len());
        }
        // All that parts them is one byte long.
        start += part.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        let angles = |text: &'static str| in_angles(text, true).map(|range| &text[range]);
        assert_eq!(angles("arn:aws:iam::<account id>:role/x"), Some("<account id>"));
        for value in ["pandas<2,numpy>1", "pandas<b,c>1", "a<", "<1>", "< x>", "<é"] {
            assert_eq!(angles(value), None, "{value}");
        }
        let found = |text: &'static str| variable(text).map(|(range, name)| (&text[range], name));
        assert_eq!(found("arn:aws:iam::{account}:role/x"), Some(("{account}", "account")));
        assert_eq!(found("${ACCOUNT_ID}"), Some(("${ACCOUNT_ID}", "ACCOUNT_ID")));
        assert_eq!(found("{{ role }}"), Some(("{{ role }}", "role")));
        assert_eq!(found("{args['role']}"), Some(("{args['role']}", "args")));
        assert_eq!(found("$ROLE/x"), Some(("$ROLE", "ROLE")));
        for value in ["100$", "a$b", "{}", "{1+1}", "{a, b}", "a{b", "$", "{é"] {
            assert_eq!(found(value), None, "{value}");
        }
        let own = |text: &'static str| yours(text).map(|range| &text[range]);
        assert_eq!(own("s3://your-bucket/x.jar"), Some("your-bucket"));
        assert_eq!(own("arn:aws:iam::1:role/YOUR_ROLE"), Some("YOUR_ROLE"));
        assert_eq!(own("yourself/your"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_argument_is_taken(text in "[<>{}$a1_é/ ,'-]{0,20}(your-)?[<>{}$a1_é/ ,'-]{0,20}") {
            let _ = (in_angles(&text, false), in_angles(&text, true), variable(&text), yours(&text));
        }
    }
}
