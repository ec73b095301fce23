//! How IPython fills `{expression}` and `$name` into a line magic's argument.
//!
//! IPython evaluates them in the kernel's own process, where none of the session's variables exist: in
//! practice a name is not found, the whole argument then stays as it is. Constant expressions do
//! evaluate (`{1+1}` is `2`), doubled braces become single ones, `$$x` becomes `$x`. The rule is that
//! of `DollarFormatter` (IPython 9) on `string.Formatter.parse`.

use std::borrow::Cow;

use evaluate::evaluate;

mod evaluate;

/// Returns the argument as the magic gets it.
pub fn expand(argument: &str) -> Cow<'_, str> {
    if !argument.contains(['{', '}', '$']) {
        return Cow::Borrowed(argument);
    }
    match try_expand(argument) {
        Some(text) => Cow::Owned(text),
        // One failure leaves all of it as it was.
        None => Cow::Borrowed(argument),
    }
}

fn try_expand(argument: &str) -> Option<String> {
    let mut out = String::new();
    for piece in pieces(argument)? {
        dollars(piece.literal, &mut out)?;
        if let Some(field) = piece.field {
            out.push_str(&evaluate(&field.expression, field.conversion)?);
        }
    }
    Some(out)
}

/// Literal text with the field that follows it, as `string.Formatter.parse` gives them.
struct Piece<'a> {
    literal: &'a str,
    field: Option<Field<'a>>,
}

/// What stands between braces.
struct Field<'a> {
    /// The expression; what follows a colon belongs to it, since IPython wants slices.
    expression: Cow<'a, str>,
    /// The letter behind `!`.
    conversion: Option<char>,
}

fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (brace, after) = (&rest[at..=at], &rest[at + 1..]);
        if let Some(after) = after.strip_prefix(brace) {
            // A doubled brace ends a piece: `$` is looked for in each piece alone.
            out.push(Piece { literal: &rest[..=at], field: None });
            rest = after;
            continue;
        }
        if brace == "}" {
            return None;
        }
        let (field, after) = field(after)?;
        out.push(Piece { literal: &rest[..at], field: Some(field) });
        rest = after;
    }
    out.push(Piece { literal: rest, field: None });
    Some(out)
}

/// Reads a field up to its closing brace; returns it and what follows. `None` where Python raises.
fn field(text: &str) -> Option<(Field<'_>, &str)> {
    let mut from = 0;
    let end = loop {
        let at = from + text[from..].find(['{', '[', '}', ':', '!'])?;
        match text.as_bytes()[at] {
            b'{' => return None,
            // Nothing in brackets ends the expression.
            b'[' => from = at + 1 + text[at + 1..].find(']')?,
            _ => break at,
        }
    };
    let name = &text[..end];
    let mut rest = &text[end + 1..];
    let mut conversion = None;
    match text.as_bytes()[end] {
        b'}' => return Some((Field { expression: name.into(), conversion }, rest)),
        b'!' => {
            let mut chars = rest.chars();
            conversion = Some(chars.next()?);
            match chars.next()? {
                '}' => return Some((Field { expression: name.into(), conversion }, chars.as_str())),
                ':' => rest = chars.as_str(),
                _ => return None,
            }
        }
        _ => {}
    }
    let mut depth = 1;
    let close = rest.find(|c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    let spec = &rest[..close];
    let expression = if spec.is_empty() { name.into() } else { format!("{name}:{spec}").into() };
    Some((Field { expression, conversion }, &rest[close + 1..]))
}

/// Fills in `$name` where an even number of single quotes follows it.
fn dollars(literal: &str, out: &mut String) -> Option<()> {
    let mut rest = literal;
    while let Some(at) = rest.find('$') {
        let after = &rest[at + 1..];
        let escaped = after.starts_with('$');
        let name_start = usize::from(escaped);
        let name_len = after[name_start..]
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
            .unwrap_or(after.len() - name_start);
        let end = name_start + name_len;
        let quotes_after = after[end..].matches('\'').count();
        if name_len == 0 || quotes_after % 2 == 1 {
            out.push_str(&rest[..=at]);
            rest = after;
            continue;
        }
        out.push_str(&rest[..at]);
        if escaped {
            out.push('$');
            out.push_str(&after[1..end]);
        } else {
            out.push_str(&evaluate(&after[..end], None)?);
        }
        rest = &after[end..];
    }
    out.push_str(rest);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_what_ipython_can_evaluate_and_leaves_the_rest() {
        for (text, expected) in [
            ("{1+1}", "2"),
            ("G.{2}X", "G.2X"),
            ("{account}", "{account}"),
            ("{1+1} {account}", "{1+1} {account}"),
            ("$v", "$v"),
            ("$$v", "$v"),
            ("100$", "100$"),
            ("{{x}}", "{x}"),
            ("a}b", "a}b"),
            ("a{b", "a{b"),
            ("{}", "{}"),
            ("{'a'+'b'}", "ab"),
            ("{'a'!r}", "'a'"),
            ("{7//2}{-7%3}{7/2}{2**10}", "323.51024"),
            ("{__name__}", "__main__"),
            ("{'abc'[1:]}{[1, 2][0]}{1:}{1!r:}", "bc111"),
            ("{'}'}", "{'}'}"),
            ("{1!=2}", "{1!=2}"),
            ("{1!x}", "{1!x}"),
            ("{'é'!a}", "'\\xe9'"),
            ("{{1}} {2}", "{1} 2"),
            ("'$__name__' $__name__", "'$__name__' __main__"),
            ("$1.5 $$$x", "1.5 $$x"),
            ("$1.", "1.0"),
            ("{len('abc')} {str} $len", "3 <class 'str'> <built-in function len>"),
            ("{1 if 0 else 2}{1 == 1.0}{'a' * 3}", "2Trueaaa"),
            ("{1/0}", "{1/0}"),
            ("{1 #}", "1"),
        ] {
            assert_eq!(expand(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_argument_is_taken(text in "[{}$!:\\[\\]'a1é+*(). ]{0,30}") {
            let _ = expand(&text);
        }
    }
}
