//! Numbers as Python's `int()` and `float()` read them.

use crate::syntax::literal::{MAX_DIGITS, Value};
use crate::syntax::local_line::{decimal_digit, is_python_space};

/// Returns what `int(text)` gives in base 10, as digits with a leading `-` where negative.
///
/// Python trims white space, takes a sign, single underscores between digits, and the decimal digits of
/// every script.
pub fn int_from_text(text: &str) -> Option<String> {
    let text = text.trim_matches(is_python_space);
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (if text.starts_with('-') { "-" } else { "" }, rest),
        None => ("", text),
    };
    let mut out = String::with_capacity(digits.len());
    let mut after_digit = false;
    for c in digits.chars() {
        match decimal_digit(c) {
            Some(digit) => out.push(digit),
            None if c == '_' && after_digit => {}
            None => return None,
        }
        after_digit = c != '_';
    }
    if !after_digit || out.len() > MAX_DIGITS {
        return None;
    }
    let significant = out.trim_start_matches('0');
    if significant.is_empty() {
        return Some("0".into());
    }
    Some(format!("{sign}{significant}"))
}

/// Returns what `int(value)` gives; `None` where Python raises.
pub fn int_from_value(value: &Value) -> Option<String> {
    match value {
        Value::Str(text) => int_from_text(text),
        Value::Bytes(bytes) => int_from_text(std::str::from_utf8(bytes).ok()?),
        Value::Int(digits) => Some(digits.clone()),
        Value::Bool(b) => Some(u8::from(*b).to_string()),
        Value::Float(f) if f.is_finite() => {
            let text = format!("{:.0}", f.trunc());
            Some(if text == "-0" { "0".into() } else { text })
        }
        _ => None,
    }
}

/// Returns what `float(value)` gives; `None` where Python raises.
pub fn float_from_value(value: &Value) -> Option<f64> {
    match value {
        Value::Str(text) => float_from_text(text),
        Value::Bytes(bytes) => float_from_text(std::str::from_utf8(bytes).ok()?),
        Value::Int(digits) => digits.parse::<f64>().ok().filter(|f| f.is_finite()),
        Value::Bool(b) => Some(f64::from(u8::from(*b))),
        Value::Float(f) => Some(*f),
        _ => None,
    }
}

fn float_from_text(text: &str) -> Option<f64> {
    let text: String = text.trim_matches(is_python_space).chars().map(|c| decimal_digit(c).unwrap_or(c)).collect();
    let bytes = text.as_bytes();
    let single_underscores = text
        .char_indices()
        .filter(|&(_, c)| c == '_')
        .all(|(at, _)| at > 0 && bytes[at - 1].is_ascii_digit() && bytes.get(at + 1).is_some_and(u8::is_ascii_digit));
    if !single_underscores {
        return None;
    }
    text.replace('_', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_as_python_reads_them() {
        for (text, expected) in [
            ("60", Some("60")),
            (" +60\t", Some("60")),
            ("1_0", Some("10")),
            ("007", Some("7")),
            ("-0", Some("0")),
            ("٣０", Some("30")),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("60.5", None),
            ("0x10", None),
            ("", None),
            ("6 0", None),
            ("²", None),
        ] {
            assert_eq!(int_from_text(text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(int_from_value(&Value::Float(-5.7)).as_deref(), Some("-5"));
        assert_eq!(int_from_value(&Value::Bool(true)).as_deref(), Some("1"));
        assert_eq!(int_from_value(&Value::None), None);
    }

    #[test]
    fn fractions_are_read_as_python_reads_them() {
        assert_eq!(float_from_value(&Value::Str(" 1_0.5 ".into())), Some(10.5));
        assert_eq!(float_from_value(&Value::Str("4 DPU".into())), None);
        assert_eq!(float_from_value(&Value::Str("1_e3".into())), None);
        assert_eq!(float_from_value(&Value::Str("1e3".into())), Some(1000.0));
    }
}
