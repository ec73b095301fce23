//! Pieces of Markdown.

/// Returns text in a code span, also inside a table.
pub(super) fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// Returns texts as code spans, separated by commas.
pub(super) fn codes<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> String {
    let spans: Vec<String> = texts.into_iter().map(|text| code(text.as_ref())).collect();
    spans.join(", ")
}

/// Returns text that means itself: nothing in it is taken for Markdown.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut previous = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let special = match character {
            '\\' | '*' | '<' | '`' | '|' | '~' => true,
            // Inside a word an underscore is one; only at its edge could it start emphasis.
            '_' => !(previous.is_alphanumeric() && characters.peek().is_some_and(|c| c.is_alphanumeric())),
            _ => false,
        };
        if special {
            escaped.push('\\');
        }
        match character {
            '\n' => escaped.push(' '),
            other => escaped.push(other),
        }
        previous = character;
    }
    escaped
}

/// Writes a table and a blank line. Cells are Markdown without line breaks.
pub(super) fn table(page: &mut String, head: &[&str], rows: &[Vec<String>]) {
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        for cell in cells {
            page.push_str("| ");
            page.push_str(cell);
            if !cell.is_empty() {
                page.push(' ');
            }
        }
        page.push_str("|\n");
    };
    line(&mut head.iter().copied());
    line(&mut head.iter().map(|_| "---"));
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
    page.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_plain() {
        assert_eq!(plain("glue_* or AWS_*"), r"glue\_\* or AWS\_\*");
        assert_eq!(plain("session_id_prefix"), "session_id_prefix");
        assert_eq!(plain("a|b\nc"), r"a\|b c");
        assert_eq!(plain("'_send_output'"), r"'\_send_output'");
    }

    #[test]
    fn code_survives_in_a_table() {
        assert_eq!(code("a|b"), r"`a\|b`");
        assert_eq!(code("`name`"), "`` `name` ``");
        assert_eq!(codes(["a", "b"]), "`a`, `b`");
    }

    #[test]
    fn tables_have_a_rule_below_the_head() {
        let mut page = String::new();
        table(&mut page, &["A", "B"], &[vec!["1".into(), String::new()]]);
        assert_eq!(page, "| A | B |\n| --- | --- |\n| 1 | |\n\n");
    }
}
