//! Patterns of messages: text with holes.

/// The longest text that a hole stands for, in bytes.
const LONGEST: usize = 400;
/// At how many places of a message a pattern is tried.
const TRIES: usize = 64;

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text as it is.
    Text(&'a str),
    /// `{name}`, or `{name:w}` for a word.
    Hole { name: &'a str, word: bool },
}

/// Takes a pattern apart. What only looks like a hole is text.
pub(super) fn pieces(pattern: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(open) = pattern[from..].find('{').map(|at| from + at) {
        from = open + 1;
        let Some(close) = pattern[from..].find('}').map(|at| from + at) else { break };
        let inner = &pattern[from..close];
        let (name, word) = inner.strip_suffix(":w").map_or((inner, false), |name| (name, true));
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            continue;
        }
        if start < open {
            pieces.push(Piece::Text(&pattern[start..open]));
        }
        pieces.push(Piece::Hole { name, word });
        (start, from) = (close + 1, close + 1);
    }
    if start < pattern.len() {
        pieces.push(Piece::Text(&pattern[start..]));
    }
    pieces
}

/// Looks for a pattern in a text; returns what its holes stand for. An empty pattern is found in every text.
pub(super) fn find<'p, 't>(pattern: &'p str, text: &'t str) -> Option<Vec<(&'p str, &'t str)>> {
    let pieces = pieces(pattern);
    let Some((first, rest)) = pieces.split_first() else { return Some(Vec::new()) };
    // Patterns begin with text.
    let Piece::Text(first) = *first else { return None };
    text.match_indices(first).take(TRIES).find_map(|(at, _)| fit(rest, &text[at + first.len()..]))
}

/// Fits pieces to the beginning of a text.
fn fit<'p, 't>(pieces: &[Piece<'p>], mut text: &'t str) -> Option<Vec<(&'p str, &'t str)>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        at += 1;
        match *piece {
            Piece::Text(literal) => text = text.strip_prefix(literal)?,
            Piece::Hole { name, word } => {
                let line = &text[..text.floor_char_boundary(LONGEST)];
                let line = line.split(['\n', '\r']).next().unwrap_or_default();
                let end = match pieces.get(at) {
                    Some(Piece::Text(literal)) => line.find(literal)?,
                    _ if word => line.find(ends_word).unwrap_or(line.len()),
                    _ => line.len(),
                };
                let value = &line[..end];
                if value.trim().is_empty() || (word && value.contains(ends_word)) {
                    return None;
                }
                text = &text[end..];
                // At the end of a line stands the end of a sentence.
                let last = at == pieces.len();
                found.push((name, if last { value.trim_end_matches([' ', '.', ';', ':']) } else { value }));
            }
        }
    }
    Some(found)
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\'' | '"' | '`' | ',' | ';')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn holes_stand_for_the_shortest_text_of_a_line() {
        for (pattern, text, expected) in [
            ("a {x} c", "a b c c", Some(vec![("x", "b")])),
            ("no {x:w} here", "no good here", Some(vec![("x", "good")])),
            ("no {x:w} here", "no good reason here", None),
            ("no {x:w} here", "no two words here, no one here", Some(vec![("x", "one")])),
            ("at: {x}", "at: the end. \nnext", Some(vec![("x", "the end")])),
            ("at: {x:w}", "at: s3://b/k; line 1", Some(vec![("x", "s3://b/k")])),
            ("a {x} c", "a b\nc", None),
            ("a {x}", "a \n", None),
            ("{\"k\": \"v\"} {x}", "{\"k\": \"v\"} é", Some(vec![("x", "é")])),
            ("", "anything", Some(vec![])),
            ("a{x}b{y:w}", "a1b2 c", Some(vec![("x", "1"), ("y", "2")])),
        ] {
            assert_eq!(find(pattern, text), expected, "{pattern:?} in {text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_at(pattern in "[a{}x:w é_]{0,12}", text in "[a{}x:w é\n']{0,40}") {
            if let Some(found) = find(&pattern, &text) {
                prop_assert!(found.iter().all(|(_, value)| text.contains(value) && !value.contains('\n')));
            }
            // Pieces are the whole pattern.
            let len: usize = pieces(&pattern).iter().map(|piece| match piece {
                Piece::Text(text) => text.len(),
                Piece::Hole { name, word } => name.len() + 2 + if *word { 2 } else { 0 },
            }).sum();
            prop_assert_eq!(len, pattern.len());
        }
    }
}
