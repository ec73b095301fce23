//! Where long-lived secrets stand in a text.
//!
//! Only what has the shape of a real key counts: placeholders, the examples of the AWS documentation and values that are
//! read at run time do not. Nothing here returns a secret, only its place.

use std::ops::Range;

/// Characters of a secret access key.
const SECRET_LENGTH: usize = 40;
/// Characters of an access key's id.
const ID_LENGTH: usize = 20;
/// Fewest characters of a session token.
const SHORTEST_TOKEN: usize = 100;
/// Most characters between a name and its value: `"]  =  "`.
const FARTHEST: usize = 16;

/// Names under which a secret stands, compared without case, `_`, `-` and `.`.
const SECRET_NAMES: &[&str] =
    &["secretaccesskey", "awssecretkey", "s3asecretkey", "s3nawssecretaccesskey", "secretkey"];
/// Names under which a session token stands.
const TOKEN_NAMES: &[&str] = &["sessiontoken", "securitytoken"];

/// Returns the places of secret access keys and session tokens, in order, in bytes.
///
/// A value counts if it stands behind a name such as `aws_secret_access_key`, or near the id of an access key. A text
/// that names none of them costs a search for three short words.
pub fn find(text: &str) -> Vec<Range<usize>> {
    if !has_any(text, &["secret", "token", "akia", "asia"]) {
        return Vec::new();
    }
    let id = has_access_key_id(text);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(begin) = text[at..].find(is_key_char).map(|offset| at + offset) {
        let end = text[begin..].find(|c| !is_key_char(c)).map_or(text.len(), |offset| begin + offset);
        at = end;
        // `NAME=value` without quotes is one run: what stands behind the sign is the value.
        let run = &text[begin..end];
        let start = begin + run.trim_end_matches('=').rfind('=').map_or(0, |sign| sign + 1);
        let value = &text[start..end];
        let quoted = text[..start].ends_with(['"', '\'']) && text[end..].starts_with(['"', '\'']);
        let secret = value.len() == SECRET_LENGTH && ((id && quoted) || named(&text[..start], SECRET_NAMES));
        let token = value.len() >= SHORTEST_TOKEN && named(&text[..start], TOKEN_NAMES);
        if (secret || token) && is_random(value) {
            found.push(start..end);
        }
    }
    found
}

/// Returns the text with every secret replaced by asterisks, one for each byte: places stay where they are.
pub fn masked(text: &str) -> String {
    // One that stands in the text a second time, without its name, is hidden there too.
    let secrets = find(text).into_iter().map(|range| &text[range]);
    secrets.fold(text.to_owned(), |masked, secret| masked.replace(secret, &"*".repeat(secret.len())))
}

fn has_any(text: &str, words: &[&str]) -> bool {
    let bytes = text.as_bytes();
    words.iter().any(|word| bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes())))
}

/// Returns whether the id of an access key stands in the text.
fn has_access_key_id(text: &str) -> bool {
    ["AKIA", "ASIA"].iter().flat_map(|prefix| text.match_indices(prefix)).any(|(at, _)| {
        let word = &text[at..];
        let end = word.bytes().take(ID_LENGTH + 1).take_while(u8::is_ascii_alphanumeric).count();
        let id = &word[..end];
        id.len() == ID_LENGTH
            && !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric())
            && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && !id.contains("EXAMPLE")
            && distinct(id) > 7
    })
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '+' | '=')
}

/// Returns whether a value looks drawn at random: letters of both kinds and digits, none too often, and no word of an
/// example.
fn is_random(value: &str) -> bool {
    let upper = value.to_ascii_uppercase();
    let example =
        ["EXAMPLE", "SECRET", "ACCESSKEY", "PLACEHOLDER", "XXXX", "YOUR"].iter().any(|word| upper.contains(word));
    !example
        // A path or a sentence in camel case has few capitals.
        && value.bytes().filter(u8::is_ascii_uppercase).count() > 3
        && value.bytes().filter(u8::is_ascii_lowercase).count() > 3
        && value.bytes().any(|b| b.is_ascii_digit())
        && distinct(value) > 14
}

fn distinct(value: &str) -> usize {
    let mut bytes = value.as_bytes().to_vec();
    bytes.sort_unstable();
    bytes.dedup();
    bytes.len()
}

/// Returns whether one of the names stands directly before a value, with quotes, brackets, a sign and a type between.
fn named(before: &str, names: &[&str]) -> bool {
    let trimmed = before.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    if before.len() - trimmed.len() > FARTHEST || before.len() == trimmed.len() {
        return false;
    }
    let tail: Vec<char> =
        trimmed.chars().rev().take_while(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c)).take(64).collect();
    let name: String = tail.iter().rev().filter(|c| c.is_ascii_alphanumeric()).map(char::to_ascii_lowercase).collect();
    names.iter().any(|wanted| name.ends_with(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "q7Hs0PzKf2/LmV8xTnB4cRd+Jy6Wg1EuAo9Ti3Nk";

    fn count(text: &str) -> usize {
        find(&text.replace("VALUE", SECRET)).len()
    }

    #[test]
    fn values_behind_their_names() {
        for text in [
            "aws_secret_access_key = 'VALUE'",
            "{\"aws_secret_access_key\": \"VALUE\"}",
            "os.environ[\"AWS_SECRET_ACCESS_KEY\"] = 'VALUE'",
            "%env AWS_SECRET_ACCESS_KEY=VALUE",
            "%env AWS_SECRET_ACCESS_KEY VALUE",
            "spark.conf.set('fs.s3a.secret.key', 'VALUE')",
            "{'--conf': 'spark.hadoop.fs.s3a.secret.key=VALUE --conf spark.x=1'}",
            "keys = ('AKIAQ3EGR7ZK2M5T8WVN', 'VALUE')",
        ] {
            assert_eq!(count(text), 1, "{text}");
        }
    }

    #[test]
    fn what_is_no_secret() {
        for text in [
            "aws_secret_access_key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'",
            "aws_secret_access_key = '<your-secret-access-key-goes-in-this-one>'",
            "aws_secret_access_key = os.environ['AWS_SECRET_ACCESS_KEY']",
            "aws_secret_access_key = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'",
            "commit = 'VALUE'",
            "id = 'AKIAQ3EGR7ZK2M5T8WVN'",
            "('AKIAIOSFODNN7EXAMPLE', 'VALUE')",
            "sha1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'",
            "secret_key = 'prod/redshift/cluster/credentialsV2/0001'",
        ] {
            assert_eq!(count(text), 0, "{text}");
        }
    }

    #[test]
    fn tokens_and_masks() {
        let token = SECRET.repeat(4);
        let text = format!("x = 'größe'\naws_session_token = '{token}'\n");
        assert_eq!(find(&text).len(), 1);
        let masked = masked(&text);
        assert_eq!(masked.len(), text.len());
        assert!(!masked.contains(SECRET) && masked.contains(&"*".repeat(160)));
    }
}
