//! JSON values as Jupyter writes them.

use serde_json::{Map, Number, Value};

use crate::syntax::ipynb::encode;
use crate::syntax::split::lines;

/// How a value is written.
pub(super) struct Layout<'a> {
    /// The line break; `None` to write all on one line.
    pub(super) newline: Option<&'a str>,
    /// The indentation of the member whose value it is.
    pub(super) indent: &'a str,
    /// One level more.
    pub(super) unit: &'a str,
    /// What stands between a key and its value.
    pub(super) colon: &'a str,
    /// What stands between a comma and the next member.
    pub(super) gap: &'a str,
    /// What stands between the bracket and the first member.
    pub(super) first_gap: &'a str,
}

impl Layout<'_> {
    fn line(&self, depth: usize, out: &mut String) {
        if let Some(newline) = self.newline {
            out.push_str(newline);
            out.push_str(self.indent);
            for _ in 0..depth {
                out.push_str(self.unit);
            }
        }
    }

    fn comma(&self, out: &mut String) {
        out.push(',');
        if self.newline.is_none() {
            out.push_str(self.gap);
        }
    }
}

/// Returns the text of a value.
pub(super) fn print(value: &Value, layout: &Layout<'_>) -> String {
    let mut out = String::new();
    match value {
        Value::Array(outputs) => {
            list(outputs, layout, 0, &mut out, &mut |output, out| print_output(output, layout, out))
        }
        other => any(other, layout, 0, &mut out),
    }
    out
}

/// Writes an output, with its texts as lists of lines where Jupyter has lists.
fn print_output(output: &Value, layout: &Layout<'_>, out: &mut String) {
    let Value::Object(members) = output else { return any(output, layout, 1, out) };
    let kind = members.get("output_type").and_then(Value::as_str).unwrap_or_default();
    object(members, layout, 1, out, &mut |name, value, out| match (kind, name, value) {
        ("stream", "text", Value::String(text)) => text_lines(text, layout, 2, out),
        ("display_data" | "execute_result", "data", Value::Object(data)) => {
            object(data, layout, 2, out, &mut |mime, value, out| match value {
                Value::String(text) if has_lines(mime) => text_lines(text, layout, 3, out),
                other => any(other, layout, 3, out),
            });
        }
        _ => any(value, layout, 2, out),
    });
}

/// Returns a list of outputs whose texts are strings, however they were given.
pub(super) fn joined(outputs: Value) -> Value {
    let Value::Array(mut outputs) = outputs else { return outputs };
    for output in &mut outputs {
        let Value::Object(members) = output else { continue };
        match members.get("output_type").and_then(Value::as_str) {
            Some("stream") => {
                if let Some(text) = members.get_mut("text") {
                    join(text);
                }
            }
            Some("display_data" | "execute_result") => {
                if let Some(Value::Object(data)) = members.get_mut("data") {
                    for (mime, value) in data.iter_mut() {
                        if has_lines(mime) {
                            join(value);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Value::Array(outputs)
}

fn join(value: &mut Value) {
    if let Value::Array(lines) = value
        && lines.iter().all(Value::is_string)
    {
        *value = Value::from(lines.iter().filter_map(Value::as_str).collect::<String>());
    }
}

/// Returns whether a file has texts of the type as lists of lines.
fn has_lines(mime: &str) -> bool {
    mime.starts_with("text/") || matches!(mime, "application/javascript" | "image/svg+xml")
}

fn text_lines(text: &str, layout: &Layout<'_>, depth: usize, out: &mut String) {
    let mut start = 0;
    let pieces: Vec<&str> = lines(text)
        .map(|line| {
            let piece = &text[start..line.next];
            start = line.next;
            piece
        })
        .collect();
    list(&pieces, layout, depth, out, &mut |piece, out| string(piece, out));
}

fn any(value: &Value, layout: &Layout<'_>, depth: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(value) => number(value, out),
        Value::String(text) => string(text, out),
        Value::Array(values) => {
            list(values, layout, depth, out, &mut |value, out| any(value, layout, depth + 1, out));
        }
        Value::Object(members) => {
            object(members, layout, depth, out, &mut |_, value, out| any(value, layout, depth + 1, out));
        }
    }
}

fn list<T>(
    values: &[T],
    layout: &Layout<'_>,
    depth: usize,
    out: &mut String,
    element: &mut dyn FnMut(&T, &mut String),
) {
    out.push('[');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            layout.comma(out);
        }
        layout.line(depth + 1, out);
        element(value, out);
    }
    if !values.is_empty() {
        layout.line(depth, out);
    }
    out.push(']');
}

fn object(
    members: &Map<String, Value>,
    layout: &Layout<'_>,
    depth: usize,
    out: &mut String,
    element: &mut dyn FnMut(&str, &Value, &mut String),
) {
    // Python sorts by code point, which is the order of the bytes of UTF-8.
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    out.push('{');
    for (index, (name, value)) in sorted.into_iter().enumerate() {
        if index > 0 {
            layout.comma(out);
        }
        layout.line(depth + 1, out);
        string(name, out);
        out.push_str(layout.colon);
        element(name, value, out);
    }
    if !members.is_empty() {
        layout.line(depth, out);
    }
    out.push('}');
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    out.push_str(&encode(text));
    out.push('"');
}

/// Writes a number as Python's `repr` does: `1e+16` where others write `1e16`.
fn number(number: &Number, out: &mut String) {
    let float = if number.is_f64() { number.as_f64() } else { None };
    let Some(float) = float.filter(|float| float.is_finite()) else {
        out.push_str(&number.to_string());
        return;
    };
    // The shortest digits that give the same number again.
    let text = format!("{float:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |mantissa| ("-", mantissa));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.replace('.', "");
    out.push_str(sign);
    if !(-4..16).contains(&exponent) {
        let (first, rest) = digits.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        out.push_str(&format!("e{sign}{:02}", exponent.abs()));
    } else if exponent < 0 {
        out.push_str("0.");
        out.push_str(&"0".repeat(usize::try_from(-exponent - 1).unwrap_or(0)));
        out.push_str(&digits);
    } else {
        let whole = usize::try_from(exponent).unwrap_or(0) + 1;
        let (before, after) = digits.split_at(whole.min(digits.len()));
        out.push_str(before);
        out.push_str(&"0".repeat(whole.saturating_sub(digits.len())));
        out.push('.');
        out.push_str(if after.is_empty() { "0" } else { after });
    }
}
