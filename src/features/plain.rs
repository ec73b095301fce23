//! Markdown of ours as plain text, for editors that show no Markdown.

/// Returns the words of a text in Markdown: without marks of emphasis and code, without backslashes before signs, links
/// with their address behind them. Code between fences stays as it is. Total: any text gives an answer, no longer than
/// itself but for two parentheses a link.
pub fn plain(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut fenced = false;
    for line in markdown.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            out.push_str(line);
        } else {
            let marks = line.len() - line.trim_start_matches('#').len();
            let heading = (1..=6).contains(&marks) && line[marks..].starts_with(' ');
            words(if heading { &line[marks + 1..] } else { line }, &mut out);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn words(line: &str, out: &mut String) {
    let mut rest = line;
    while let Some(at) = rest.find(['\\', '`', '*', '[']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = match rest.as_bytes()[0] {
            b'\\' => escaped(rest, out),
            b'`' => code(rest, out),
            b'*' => stars(rest, out),
            _ => link(rest, out),
        };
        rest = &rest[taken..];
    }
    out.push_str(rest);
}

/// A backslash takes the meaning of the sign behind it away. Returns how many bytes were read.
fn escaped(text: &str, out: &mut String) -> usize {
    match text[1..].chars().next().filter(char::is_ascii_punctuation) {
        Some(sign) => {
            out.push(sign);
            2
        }
        None => {
            out.push('\\');
            1
        }
    }
}

/// Code ends with as many backquotes as it begins with; else they are what they are.
fn code(text: &str, out: &mut String) -> usize {
    let count = text.len() - text.trim_start_matches('`').len();
    let (fence, inside) = text.split_at(count);
    let Some(end) = inside.find(fence) else {
        out.push_str(fence);
        return count;
    };
    let content = &inside[..end];
    let trimmed = content.strip_prefix(' ').and_then(|content| content.strip_suffix(' '));
    out.push_str(trimmed.filter(|_| count > 1).unwrap_or(content));
    end + 2 * count
}

/// Two stars are emphasis, one may be a list's or a product's.
fn stars(text: &str, out: &mut String) -> usize {
    if text.starts_with("**") {
        return 2;
    }
    out.push('*');
    1
}

fn link(text: &str, out: &mut String) -> usize {
    let parts = text.find("](").and_then(|middle| Some((middle, middle + text[middle..].find(')')?)));
    let Some((middle, end)) = parts.filter(|(middle, _)| !text[1..*middle].contains(['[', '\n'])) else {
        out.push('[');
        return 1;
    };
    words(&text[1..middle], out);
    out.push_str(" (");
    out.push_str(&text[middle + 2..end]);
    out.push(')');
    end + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_go_and_words_stay() {
        for (markdown, expected) in [
            ("**`%glue_version`** — the version", "%glue_version — the version"),
            ("one\n\n```text\n%region `x` **y**\n```\ntwo", "one\n\n%region `x` **y**\ntwo"),
            ("`` a`b `` and `c`", "a`b and c"),
            (
                "see [What the rule finds](https://example.com/a.md).",
                "see What the rule finds (https://example.com/a.md).",
            ),
            (r"5 \* 3 \_x\_ C:\dir", r"5 * 3 _x_ C:\dir"),
            ("- one\n- `two`", "- one\n- two"),
            ("### Heading\n#hash", "Heading\n#hash"),
            ("a [b] `c", "a [b] `c"),
            ("[a [b](c)", "[a b (c)"),
            ("2 * 3", "2 * 3"),
            ("ends\n\n", "ends"),
        ] {
            assert_eq!(plain(markdown), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_an_answer(text in "[\\\\`*\\[\\]()#\n aä𝕏]{0,60}") {
            let links = text.matches("](").count();
            prop_assert!(plain(&text).len() <= text.len() + 3 * links);
        }
    }
}
