//! The lines that begin cells, and what they say about them.

use std::ops::Range;

use super::quotes::{is_space, trim_start};
use crate::syntax::CellKind;

/// Returns whether `line` begins a cell: `# %%` alone or with anything behind a blank, with any number
/// of further percent signs, or what nbconvert and older editors write.
pub(super) fn is_marker(line: &str) -> bool {
    let Some(comment) = trim_start(line).strip_prefix('#') else {
        return false;
    };
    let comment = trim_start(comment);
    if let Some(rest) = comment.strip_prefix("%%") {
        return rest.chars().all(is_space) || rest.trim_start_matches('%').starts_with(is_space);
    }
    let rest = match comment.strip_prefix("<codecell>") {
        Some(rest) => rest,
        None => match comment.strip_prefix("In[") {
            Some(number) => match number.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()).strip_prefix(']')
            {
                Some(rest) => rest.strip_prefix(':').unwrap_or(rest),
                None => return false,
            },
            None => return false,
        },
    };
    rest.chars().all(is_space)
}

/// A value of a marker, and where it stands in the marker's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// The value, escapes resolved.
    pub(super) text: String,
    /// The value's bytes; the text is the same if there are as many.
    pub(super) range: Range<usize>,
    /// Key and value.
    pub(super) option: Range<usize>,
}

/// What a marker says about its cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker {
    /// What the cell holds.
    pub(super) kind: CellKind,
    /// `language="sql"`: the language, where the cell is not in the document's own.
    pub(super) language: Option<Value>,
    /// `magic_args="-o df"`: what stood behind the magic's name.
    pub(super) magic_args: Option<Value>,
    /// Whether the cell's text stands in the script as code: `None` where the marker does not say.
    pub(super) active: Option<bool>,
    /// Whether `active` was said by that key rather than by a tag.
    pub(super) active_key: bool,
}

impl Marker {
    /// The cell above the first marker.
    pub(super) const NONE: Marker =
        Marker { kind: CellKind::Code, language: None, magic_args: None, active: None, active_key: false };
}

/// Reads a line for which [`is_marker`] is true.
pub(super) fn read(line: &str) -> Marker {
    let mut marker = Marker::NONE;
    let Some(sign) = line.find("%%") else {
        return marker;
    };
    let from = sign + 2;
    let text = &line[from..];
    let brace = text.find('{');
    let equals = text.find('=');
    let (title_end, options) = match brace {
        Some(brace) if equals.is_none_or(|equals| brace < equals) => (from + brace, json_options(line, from + brace)),
        _ => {
            // The last word before the first `=` is a key already.
            let title = match equals {
                Some(equals) => {
                    let words = text[..equals].trim_end_matches(' ');
                    words.rfind(' ').map_or("", |blank| &words[..blank])
                }
                None => text,
            };
            let mut title = title.trim_end_matches(is_space);
            // Words with a dot before them are attributes.
            while let Some(word) = title.rsplit(' ').next().filter(|word| word.starts_with('.')) {
                title = title[..title.len() - word.len()].trim_end_matches(is_space);
            }
            let end = from + title.len();
            (end, options(line, end))
        }
    };
    let title = &line[from..title_end];
    marker.kind = if title.contains("[markdown]") {
        CellKind::Markdown
    } else if title.contains("[raw]") {
        CellKind::Raw
    } else if title.contains("[md]") {
        CellKind::Markdown
    } else {
        CellKind::Code
    };
    let typed = marker.kind != CellKind::Code;
    let mut for_notebook = true;
    let mut kind = None;
    for option in options {
        match (option.key.as_str(), option.value) {
            ("cell_type", Some(value)) => {
                kind = Some(match value.text.as_str() {
                    "code" => CellKind::Code,
                    "markdown" => CellKind::Markdown,
                    _ => CellKind::Raw,
                });
            }
            ("language", Some(value)) => marker.language = Some(value),
            ("magic_args", Some(value)) => marker.magic_args = Some(value),
            ("active", Some(value)) => {
                let mut extensions = value.text.split(['.', ',']);
                marker.active = Some(extensions.clone().any(|e| e == "py"));
                marker.active_key = true;
                for_notebook = extensions.any(|e| e == "ipynb");
            }
            ("tags", Some(value)) => {
                let tags: Vec<String> = serde_json::from_str(&line[value.range.clone()]).unwrap_or_default();
                if let Some(tag) = tags.iter().find(|tag| tag.starts_with("active-")) {
                    marker.active = Some(tag.split('-').any(|e| e == "py"));
                    for_notebook = tag.split('-').any(|e| e == "ipynb");
                }
            }
            _ => {}
        }
    }
    if let Some(kind) = kind {
        marker.kind = kind;
    } else if !typed && !for_notebook {
        marker.kind = CellKind::Raw;
    }
    marker
}

struct Setting {
    key: String,
    value: Option<Value>,
}

/// Reads `{"key": value, …}`. Every value stands for the whole of it: nobody writes this by hand.
fn json_options(line: &str, from: usize) -> Vec<Setting> {
    let text = line[from..].trim_end_matches(is_space);
    let range = from..from + text.len();
    let Ok(serde_json::Value::Object(members)) = serde_json::from_str(text) else {
        return Vec::new();
    };
    let setting = |(key, value): (String, serde_json::Value)| {
        let text = match value {
            serde_json::Value::String(text) => text,
            _ => return None,
        };
        Some(Setting { key, value: Some(Value { text, range: range.clone(), option: range.clone() }) })
    };
    members.into_iter().filter_map(setting).collect()
}

/// Reads `key=value key …`. As in jupytext, what cannot be read voids all that stands before it.
fn options(line: &str, from: usize) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut at = from;
    loop {
        at += blanks(&line[at..]);
        if at >= line.len() {
            return settings;
        }
        let start = at;
        at += line[at..].find([' ', '=']).unwrap_or(line.len() - at);
        let key = &line[start..at];
        let equals = at + blanks(&line[at..]);
        if !line[equals..].starts_with('=') {
            if is_identifier(key) {
                settings.push(Setting { key: key.to_owned(), value: None });
            } else {
                settings.clear();
            }
            continue;
        }
        let value_start = equals + 1 + blanks(&line[equals + 1..]);
        let value_end = value_start + value_len(&line[value_start..]);
        let raw = &line[value_start..value_end];
        let ended = line[value_end..].is_empty() || line[value_end..].starts_with(is_space);
        let text = if ended && is_key(key) { value(raw) } else { None };
        match text {
            Some(text) => {
                // The quotes are no part of the value.
                let quotes = usize::from(raw.starts_with(['"', '\'']));
                let range = value_start + quotes..value_end - quotes;
                settings.push(Setting {
                    key: key.to_owned(),
                    value: Some(Value { text, range, option: start..value_end }),
                });
                at = value_end;
            }
            None => {
                settings.clear();
                at = value_end.max(equals + 1);
                at += line[at..].find(' ').unwrap_or(line.len() - at);
            }
        }
    }
}

fn blanks(text: &str) -> usize {
    text.len() - trim_start(text).len()
}

fn is_identifier(word: &str) -> bool {
    !word.starts_with(|c: char| c.is_ascii_digit())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
}

fn is_key(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.@/-".contains(&b))
}

/// Returns the length of the value at the start of `text`: a string, something in brackets, or a word.
fn value_len(text: &str) -> usize {
    let mut depth = 0usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), _) if open == byte => {
                quote = None;
                if depth == 0 {
                    return at + 1;
                }
            }
            (Some(_), _) => {}
            (None, b'"' | b'\'') if depth > 0 || at == 0 => quote = Some(byte),
            (None, b'[' | b'{' | b'(') => depth += 1,
            (None, b']' | b'}' | b')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            (None, b' ') if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

/// Returns the text of a value, or `None` if it is neither JSON nor a Python literal.
fn value(raw: &str) -> Option<String> {
    let closed = |open: &str, close: &str| raw.len() >= 2 && raw.starts_with(open) && raw.ends_with(close);
    if closed("\"", "\"") {
        return serde_json::from_str(raw).ok();
    }
    if closed("'", "'") {
        let inside = &raw[1..raw.len() - 1];
        return (!inside.contains('\\')).then(|| inside.to_owned());
    }
    let word = matches!(raw, "true" | "false" | "null" | "True" | "False" | "None") || raw.parse::<f64>().is_ok();
    (word || closed("[", "]") || closed("{", "}") || closed("(", ")")).then(|| raw.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_a_cell() {
        for line in [
            "# %%",
            "#%%",
            "# %% title",
            "#   %%",
            "  # %%",
            "# %%% nested",
            "# %%\t",
            "# %%%% x",
            "# In[1]:",
            "#In[ ]",
            "# <codecell>",
            "# %% [markdown]",
        ] {
            assert!(is_marker(line), "{line}");
        }
        for line in
            ["# %%sql", "# %%%", "%%", "# %", "## %%", "# In[a]:", "# <codecell> x", "# %%[markdown]", "x # %%", ""]
        {
            assert!(!is_marker(line), "{line}");
        }
    }

    fn kind(line: &str) -> CellKind {
        read(line).kind
    }

    #[test]
    fn kinds() {
        assert_eq!(kind("# %%"), CellKind::Code);
        assert_eq!(kind("# %% [markdown]"), CellKind::Markdown);
        assert_eq!(kind("# %% A title [md] tags=[\"a\"]"), CellKind::Markdown);
        assert_eq!(kind("# %%% [raw]"), CellKind::Raw);
        assert_eq!(kind("# %% tags=[\"a\"] [markdown]"), CellKind::Code);
        assert_eq!(kind("# %% cell_type=\"markdown\""), CellKind::Markdown);
        assert_eq!(kind("# %% {\"cell_type\": \"raw\"}"), CellKind::Raw);
        assert_eq!(kind("# %% active=\"py\""), CellKind::Raw);
        assert_eq!(kind("# %% tags=[\"active-py\"]"), CellKind::Raw);
        assert_eq!(kind("# %% active=\"ipynb\""), CellKind::Code);
    }

    fn language(line: &str) -> Option<(String, String, Option<String>)> {
        let marker = read(line);
        let language = marker.language?;
        Some((language.text, line[language.option].to_owned(), marker.magic_args.map(|v| v.text)))
    }

    #[test]
    fn the_language_and_the_arguments_of_its_magic() {
        let found =
            |text: &str, at: &str, args: Option<&str>| Some((text.to_owned(), at.to_owned(), args.map(str::to_owned)));
        assert_eq!(language("# %% language=\"sql\""), found("sql", "language=\"sql\"", None));
        assert_eq!(
            language("# %% The query language=\"sql\" magic_args=\"-o \\\"df\\\"\" tags=[\"a b\"]"),
            found("sql", "language=\"sql\"", Some("-o \"df\""))
        );
        assert_eq!(language("# %% language = 'sql'"), found("sql", "language = 'sql'", None));
        assert_eq!(language("# %% x=abc language=\"sql\""), found("sql", "language=\"sql\"", None));
        assert_eq!(language("# %% language=\"sql\" x=abc"), None);
        assert_eq!(language("# %% language=\"sql"), None);
        assert_eq!(language("# %% language"), None);
        assert_eq!(language("# %% t {\"language\": \"sql\"}"), found("sql", "{\"language\": \"sql\"}", None));
    }
}
