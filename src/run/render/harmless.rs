//! Text of which a terminal takes no harm.

use std::borrow::Cow;

/// The longest sequence of colours that is passed on, in bytes.
const LONGEST: usize = 64;

/// Returns a text with each line as a terminal would leave it, without control sequences.
///
/// Of a line that was written over again and again (a progress bar) the last state is kept. Colours are kept if
/// `colour` is set; other control sequences are taken out with what they carry, and single control characters but line
/// breaks and tabs are shown as signs that stand for them.
pub(super) fn harmless(text: &str, colour: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for line in last_states(text).split_inclusive('\n') {
        clean(line, colour, &mut out);
    }
    out
}

/// Returns a text with what was overwritten left out: of each line what stands behind its last carriage return, or
/// before it if nothing follows.
fn last_states(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (code, end) = line.strip_suffix('\n').map_or((line, ""), |code| (code, "\n"));
        let last = code.rsplit('\r').find(|state| !is_blank(state)).unwrap_or_default();
        out.push_str(last);
        out.push_str(end);
    }
    Cow::Owned(out)
}

/// Returns whether a state of a line shows nothing: it only clears, to be written over.
fn is_blank(state: &str) -> bool {
    let mut shown = String::new();
    clean(state, false, &mut shown);
    shown.trim().is_empty()
}

/// Appends a line (with its end, if it has one) without what could harm.
fn clean(line: &str, colour: bool, out: &mut String) {
    let mut rest = line;
    while let Some(at) = rest.find(|c: char| c.is_control() && c != '\n' && c != '\t') {
        out.push_str(&rest[..at]);
        let Some(c) = rest[at..].chars().next() else { break };
        rest = &rest[at + c.len_utf8()..];
        match c {
            '\u{1b}' => rest = escape(rest, colour, out),
            // The same sequences, begun by one character.
            '\u{9b}' => rest = control(rest, false, out),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => rest = string(rest),
            '\u{7f}' => out.push('\u{2421}'),
            '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            _ => out.push('\u{fffd}'),
        }
    }
    out.push_str(rest);
}

/// Reads past the sequence behind an escape character; returns what follows.
fn escape<'a>(rest: &'a str, colour: bool, out: &mut String) -> &'a str {
    let Some(c) = rest.chars().next() else { return rest };
    let after = &rest[c.len_utf8()..];
    match c {
        '[' => control(after, colour, out),
        ']' | 'P' | 'X' | '^' | '_' => string(after),
        // A few intermediate characters and a last one, such as the choice of a character set.
        ' '..='/' => {
            let end = after.find(|c| !matches!(c, ' '..='/')).unwrap_or(after.len());
            let last = after[end..].chars().next().filter(|c| matches!(c, '0'..='~'));
            &after[end + last.map_or(0, char::len_utf8)..]
        }
        '0'..='~' => after,
        _ => rest,
    }
}

/// Reads past the parameters and the last character of a control sequence; passes colours on.
fn control<'a>(rest: &'a str, colour: bool, out: &mut String) -> &'a str {
    let end = rest.find(|c| !matches!(c, ' '..='?')).unwrap_or(rest.len());
    let last = rest[end..].chars().next().filter(|c| matches!(c, '@'..='~'));
    let parameters = &rest[..end];
    let plain = parameters.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':'));
    if colour && last == Some('m') && plain && end < LONGEST {
        out.extend(["\u{1b}[", parameters, "m"]);
    }
    &rest[end + last.map_or(0, char::len_utf8)..]
}

/// Reads past a string for the terminal, such as a title: to its end, or to the end of the line.
fn string(rest: &str) -> &str {
    match rest.find(['\u{7}', '\u{9c}', '\u{1b}', '\n']) {
        Some(at) if rest[at..].starts_with('\n') => &rest[at..],
        Some(at) if rest[at..].starts_with('\u{1b}') => {
            // `ESC \` ends it; any other escape ends it too and is read for itself.
            rest[at..].strip_prefix("\u{1b}\\").unwrap_or(&rest[at..])
        }
        Some(at) => &rest[at + rest[at..].chars().next().map_or(0, char::len_utf8)..],
        None => "",
    }
}
