//! What rules have in common that look at how a value is written.

use std::ops::Range;

use crate::features::diagnostics::Fix;
use crate::syntax::literal::parse_literal;

/// Why a comment behind a value does harm.
pub(super) const COMMENT_ADVICE: &str = "; a comment behind a value becomes part of it";

/// Returns what stands before a comment behind a value: `G.1X` of `G.1X # small`.
pub(super) fn before_comment(value: &str) -> Option<&str> {
    let at = value.match_indices('#').map(|(at, _)| at).find(|&at| value[..at].ends_with([' ', '\t']))?;
    let kept = value[..at].trim_matches([' ', '\t', '"', '\'']);
    (!kept.is_empty()).then_some(kept)
}

/// Returns a sentence as the continuation of another: its first letter in lower case.
pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// Returns the name of a type with its article.
pub(super) fn with_article(type_name: &str) -> String {
    let article = if type_name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {type_name}")
}

/// Makes the fix that puts another value in the place of one, in the same quotes.
pub(super) fn replace_value(text: &str, range: &Range<usize>, with: &str) -> Fix {
    let quote = text[range.clone()].chars().next().filter(|first| matches!(first, '"' | '\''));
    let quote = quote.map(String::from).unwrap_or_default();
    Fix::replace(format!("Write `{with}`"), range.clone(), format!("{quote}{with}{quote}"))
}

/// Returns what stands on a cell magic's own line as the body below it; `None` where it would be none.
pub(super) fn as_body(magic: &str, argument: &str) -> Option<String> {
    let argument = argument.trim();
    let body = match magic {
        "assume_role" if argument.starts_with("arn:") => format!("\"{argument}\""),
        _ => argument.to_owned(),
    };
    let reads = match magic {
        "sql" => !body.is_empty(),
        _ => parse_literal(&body).is_ok(),
    };
    reads.then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_begins_behind_a_blank() {
        assert_eq!(before_comment("G.1X # small"), Some("G.1X"));
        assert_eq!(before_comment("\"4.0\" # quoted"), Some("4.0"));
        assert_eq!(before_comment("a#b"), None);
        assert_eq!(before_comment("# nothing else"), None);
    }

    #[test]
    fn a_body_must_be_readable() {
        assert_eq!(as_body("configure", " {\"a\": 1} ").as_deref(), Some("{\"a\": 1}"));
        assert_eq!(as_body("configure", "-f"), None);
        assert_eq!(as_body("assume_role", "arn:aws:iam::1:role/x").as_deref(), Some("\"arn:aws:iam::1:role/x\""));
        assert_eq!(as_body("sql", ""), None);
    }
}
