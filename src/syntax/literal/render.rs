//! Values as Python prints them: `str()` and `repr()`.
//!
//! The kernel turns every job argument into text with `str`, so a dictionary given for `--conf` reaches
//! the service as Python prints it.

use super::Value;

impl Value {
    /// Returns what Python's `str()` makes of the value.
    pub fn to_str(&self) -> String {
        match self {
            Value::Str(text) => text.clone(),
            other => other.repr(),
        }
    }

    /// Returns what Python's `repr()` makes of the value.
    ///
    /// Sets are written in the order of the text: Python's order changes from run to run.
    pub fn repr(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Value::None => out.push_str("None"),
            Value::Bool(true) => out.push_str("True"),
            Value::Bool(false) => out.push_str("False"),
            Value::Int(digits) => out.push_str(digits),
            Value::Float(f) => out.push_str(&float(*f)),
            Value::Complex(re, im) => {
                let im = complex_part(*im);
                if *re == 0.0 && re.is_sign_positive() {
                    out.push_str(&format!("{im}j"));
                } else {
                    let sign = if im.starts_with('-') { "" } else { "+" };
                    out.push_str(&format!("({}{sign}{im}j)", complex_part(*re)));
                }
            }
            Value::Str(text) => string(text, out),
            Value::Bytes(bytes) => byte_string(bytes, out),
            Value::Ellipsis => out.push_str("Ellipsis"),
            Value::Tuple(items) => {
                let close = if items.len() == 1 { ",)" } else { ")" };
                sequence("(", items.iter().map(|item| &item.value), close, out);
            }
            Value::List(items) => sequence("[", items.iter().map(|item| &item.value), "]", out),
            Value::Set(items) if items.is_empty() => out.push_str("set()"),
            Value::Set(items) => {
                let mut kept: Vec<&Value> = Vec::new();
                for item in items {
                    if !kept.iter().any(|k| k.same_key(&item.value)) {
                        kept.push(&item.value);
                    }
                }
                sequence("{", kept.into_iter(), "}", out);
            }
            Value::Dict(written) => {
                let mut entries: Vec<(&Value, &Value)> = Vec::new();
                for (key, value) in written {
                    match entries.iter_mut().find(|(k, _)| k.same_key(&key.value)) {
                        Some(entry) => entry.1 = &value.value,
                        None => entries.push((&key.value, &value.value)),
                    }
                }
                out.push('{');
                for (index, (key, value)) in entries.into_iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    key.write(out);
                    out.push_str(": ");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn sequence<'a>(open: &str, items: impl Iterator<Item = &'a Value>, close: &str, out: &mut String) {
    out.push_str(open);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        item.write(out);
    }
    out.push_str(close);
}

/// The shortest digits that read back the same, in Python's choice of notation: an exponent from 1e16 up
/// and below 1e-4.
fn float(f: f64) -> String {
    if f.is_nan() {
        return "nan".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let magnitude = f.abs();
    if f != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let text = format!("{f:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(rest) => ('-', rest),
            None => ('+', exponent),
        };
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    format!("{f:?}")
}

/// Parts of a complex number are written without a trailing `.0`.
fn complex_part(f: f64) -> String {
    let text = float(f);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn string(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 0x20 || (0x7f..0xa0).contains(&(c as u32)) || c == '\u{ad}' => {
                out.push_str(&format!("\\x{:02x}", c as u32));
            }
            // Separators and format characters that Python does not print.
            '\u{a0}' => out.push_str("\\xa0"),
            '\u{1680}'
            | '\u{2000}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{205f}'..='\u{206f}'
            | '\u{3000}'
            | '\u{feff}'
            | '\u{e000}'..='\u{f8ff}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push(quote);
}

fn byte_string(bytes: &[u8], out: &mut String) {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    out.push('b');
    out.push(quote);
    for &byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'\\' => out.push_str("\\\\"),
            b if char::from(b) == quote => {
                out.push('\\');
                out.push(quote);
            }
            0x20..0x7f => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(quote);
}

/// Returns the decimal digits of a number given in another base, by schoolbook multiplication.
pub(super) fn to_decimal(digits: &str, base: u32) -> String {
    // Groups of nine decimal digits, least significant first.
    const GROUP: u64 = 1_000_000_000;
    let mut groups: Vec<u64> = vec![0];
    for digit in digits.chars().filter_map(|c| c.to_digit(base)) {
        let mut carry = u64::from(digit);
        for group in &mut groups {
            let value = *group * u64::from(base) + carry;
            *group = value % GROUP;
            carry = value / GROUP;
        }
        if carry > 0 {
            groups.push(carry);
        }
    }
    let mut groups = groups.into_iter().rev();
    let mut out = groups.next().unwrap_or(0).to_string();
    for group in groups {
        out.push_str(&format!("{group:09}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::syntax::literal::parse_literal;

    #[test]
    fn prints_as_python_does() {
        for (text, expected) in [
            ("1e16", "1e+16"),
            ("1e15", "1000000000000000.0"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("4.0", "4.0"),
            ("-0.0", "-0.0"),
            ("1.5e300", "1.5e+300"),
            ("\"it's\"", "\"it's\""),
            ("'a\"b\\'c'", "'a\"b\\'c'"),
            ("'\\x00\\u2028é\\U0001d54f'", "'\\x00\\u2028é𝕏'"),
            ("(1,)", "(1,)"),
            ("()", "()"),
            ("2j", "2j"),
            ("b'\\xff\\''", "b\"\\xff'\""),
            ("{'b': {'a': 1}}", "{'b': {'a': 1}}"),
        ] {
            assert_eq!(parse_literal(text).unwrap().value.repr(), expected, "{text}");
        }
    }
}
