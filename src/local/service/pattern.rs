//! The patterns of the API's members, as functions.
//!
//! They are Java's regular expressions with surrogate escapes, which expressions elsewhere do not take; there are few,
//! so each is written out.

/// Returns whether a text fits a pattern as a whole; `None` for a pattern that is not known here.
pub(super) fn fits(pattern: &str, text: &str) -> Option<bool> {
    Some(match pattern {
        r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*" => text.chars().all(|c| plain(c) || c == '\t'),
        r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*" => {
            text.chars().all(|c| plain(c) || matches!(c, '\t' | '\r' | '\n'))
        }
        r"[\.\-_A-Za-z0-9]+" => !text.is_empty() && text.chars().all(|c| word(c) || matches!(c, '.' | '-')),
        r"[\w+=,.@-]+" => {
            !text.is_empty() && text.chars().all(|c| word(c) || matches!(c, '+' | '=' | ',' | '.' | '@' | '-'))
        }
        "arn:aws[^:]*:iam::[0-9]*:role/.+" => role(text),
        "arn:aws(-(cn|us-gov|iso(-[bef])?))?:glue:.*" => {
            text.split_once(":glue:").is_some_and(|(start, rest)| PARTITIONS.contains(&start) && one_line(rest))
        }
        "^([2-3]|3[.]9)$" => matches!(text, "2" | "3" | "3.9"),
        r"^((\w+\.)+\w+|auto)$" => {
            text == "auto"
                || (text.contains('.') && text.split('.').all(|part| !part.is_empty() && part.chars().all(word)))
        }
        // Letters, numbers and punctuation; which of the other signs are none is not worth a table.
        r"[\p{L}\p{N}\p{P}]*" => !text.chars().any(|c| c.is_control() || c.is_whitespace()),
        _ => return None,
    })
}

const PARTITIONS: [&str; 7] =
    ["arn:aws", "arn:aws-cn", "arn:aws-us-gov", "arn:aws-iso", "arn:aws-iso-b", "arn:aws-iso-e", "arn:aws-iso-f"];

fn plain(c: char) -> bool {
    matches!(c, ' '..='\u{fffd}' | '\u{10000}'..)
}

fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The dot of a pattern takes no line end.
fn one_line(text: &str) -> bool {
    !text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

fn role(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("arn:aws") else { return false };
    let Some((_, rest)) = rest.split_once(':') else { return false };
    let Some(rest) = rest.strip_prefix("iam::") else { return false };
    let Some((account, role)) = rest.split_once(":role/") else { return false };
    account.bytes().all(|byte| byte.is_ascii_digit()) && !role.is_empty() && one_line(role)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::sessions_api;
    use crate::facts::sessions_api::Member;

    fn patterns<'a>(member: &'a Member, found: &mut Vec<&'a str>) {
        found.extend(member.pattern.as_deref());
        member.members.values().for_each(|member| patterns(member, found));
        for inner in [&member.item, &member.key, &member.value].into_iter().flatten() {
            patterns(inner, found);
        }
    }

    #[test]
    fn every_pattern_of_the_operations_is_known() {
        let mut found = Vec::new();
        for name in super::super::sessions::OPERATIONS {
            for member in sessions_api().operation(name).unwrap().input.values() {
                patterns(member, &mut found);
            }
        }
        assert!(found.len() > 20);
        for pattern in found {
            assert!(fits(pattern, "").is_some(), "{pattern}");
        }
    }

    #[test]
    fn patterns_take_what_they_say() {
        let line = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*";
        let role = "arn:aws[^:]*:iam::[0-9]*:role/.+";
        let glue = "arn:aws(-(cn|us-gov|iso(-[bef])?))?:glue:.*";
        for (pattern, text, expected) in [
            (line, "a b\t😀", true),
            (line, "a\nb", false),
            (line, "\u{ffff}", false),
            (role, "arn:aws:iam::123456789012:role/a/b", true),
            (role, "arn:aws-cn:iam::1:role/x", true),
            (role, "arn:aws:iam::12x:role/a", false),
            (role, "arn:aws:iam::1:role/", false),
            (role, "MyRole", false),
            (glue, "arn:aws-iso-b:glue:x:1:session/a", true),
            (glue, "arn:aws-x:glue:", false),
            ("^([2-3]|3[.]9)$", "3.9", true),
            ("^([2-3]|3[.]9)$", "3.10", false),
            (r"^((\w+\.)+\w+|auto)$", "5.0", true),
            (r"^((\w+\.)+\w+|auto)$", "5", false),
            (r"^((\w+\.)+\w+|auto)$", "5.", false),
            (r"[\.\-_A-Za-z0-9]+", "--a_b.c", true),
            (r"[\.\-_A-Za-z0-9]+", "a b", false),
        ] {
            assert_eq!(fits(pattern, text), Some(expected), "{pattern} {text:?}");
        }
        assert_eq!(fits("a|b", "a"), None);
    }
}
