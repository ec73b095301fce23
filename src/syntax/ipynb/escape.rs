//! The escapes of JSON strings, from text and to text.

use std::ops::Range;

use crate::syntax::OffsetMap;

/// Returns `text` as it must stand within a JSON string, without quotes around it.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out
}

/// Returns the character that the escape at the start of `text` stands for, and its length in bytes.
/// Half of a surrogate pair alone stands for U+FFFD.
pub(super) fn escape(text: &str) -> Option<(char, usize)> {
    let byte = *text.as_bytes().get(1)?;
    let simple = match byte {
        b'"' | b'\\' | b'/' => byte as char,
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let unit = hex(text.get(2..6)?)?;
            if let Some(c) = char::from_u32(unit) {
                return Some((c, 6));
            }
            let low = text.get(6..12).and_then(|low| hex(low.strip_prefix("\\u")?));
            if let Some(low @ 0xDC00..=0xDFFF) = low
                && unit < 0xDC00
                && let Some(c) = char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
            {
                return Some((c, 12));
            }
            return Some((char::REPLACEMENT_CHARACTER, 6));
        }
        _ => return None,
    };
    Some((simple, 2))
}

fn hex(digits: &str) -> Option<u32> {
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// Appends the content of a string literal to a text and its map, whose places are relative to `origin`.
pub(super) fn decode(text: &str, content: Range<usize>, origin: usize, out: &mut String, map: &mut OffsetMap) {
    let mut verbatim = content.start;
    let mut at = content.start;
    let source = &text[..content.end];
    while let Some(found) = source[at..].bytes().position(|b| b == b'\\') {
        at += found;
        match escape(&source[at..]) {
            Some((c, len)) => {
                out.push_str(&source[verbatim..at]);
                map.push_verbatim(verbatim - origin, at - verbatim);
                out.push(c);
                map.push_atomic(c.len_utf8(), at - origin, len);
                at += len;
                verbatim = at;
            }
            None => at += 1,
        }
    }
    out.push_str(&source[verbatim..]);
    map.push_verbatim(verbatim - origin, content.end - verbatim);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::ipynb::scanner::Scanner;
    use proptest::prelude::*;

    #[test]
    fn escapes() {
        let text = r#"a\n\u00e9\ud83d\ude00\ud800\"é\q\udc00\ud83d\u0041"#;
        let (mut out, mut map) = (String::new(), OffsetMap::default());
        decode(text, 0..text.len(), 0, &mut out, &mut map);
        assert_eq!(out, "a\né😀\u{fffd}\"é\\q\u{fffd}\u{fffd}A");
        assert_eq!(map.cell_len(), out.len());
        let at = out.find('😀').unwrap();
        assert_eq!(&text[map.to_document(at..at + 4)], r"\ud83d\ude00");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn strings_are_what_serde_says(text in r#"([a"\\/bfnrt]|\\u0041|\\ud83d\\ude00|\\u[0-9a-f]{4}|é|𝕏){0,8}"#) {
            let literal = format!("\"{text}\"");
            if let Ok(expected) = serde_json::from_str::<String>(&literal) {
                let (mut out, mut map) = (String::new(), OffsetMap::default());
                let content = Scanner::new(&literal).string().content;
                decode(&literal, content, 0, &mut out, &mut map);
                prop_assert_eq!(out, expected);
            }
        }
    }
}
