//! The lines that begin cells, and what they say about them.

use std::ops::Range;

use super::options::{self, Data, Setting};
use super::quotes::{is_space, trim_start};
use crate::syntax::CellKind;
use crate::syntax::cell::IGNORE_KEY;

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
    /// Whether the cell is for scripts alone: text that the kernel never sees and that is not commented.
    pub(super) script_only: bool,
    /// `glue-ls-ignore="code, code"`: see [`Cell::ignored`](crate::syntax::Cell::ignored).
    pub(super) ignored: Option<String>,
}

impl Marker {
    /// The cell above the first marker.
    pub(super) const NONE: Marker = Marker {
        kind: CellKind::Code,
        language: None,
        magic_args: None,
        active: None,
        active_key: false,
        script_only: false,
        ignored: None,
    };
}

/// Reads a line for which [`is_marker`] is true.
pub(super) fn read(line: &str) -> Marker {
    let mut marker = Marker::NONE;
    let Some(sign) = line.find("%%") else {
        return marker;
    };
    let (title_end, settings) = options::read(line, sign + 2);
    let title = line.get(sign + 2..title_end).unwrap_or_default();
    let mut kind = match title {
        _ if title.contains("[markdown]") => Some(CellKind::Markdown),
        _ if title.contains("[raw]") => Some(CellKind::Raw),
        _ if title.contains("[md]") => Some(CellKind::Markdown),
        _ => None,
    };
    let mut activity = Activity::default();
    let mut seen: Vec<&str> = Vec::new();
    for setting in &settings {
        if seen.contains(&setting.key.as_str()) {
            continue;
        }
        // Only the few keys below are of interest, however many there are.
        if activity.read(setting) {
            seen.push(&setting.key);
            continue;
        }
        let text = match &setting.data {
            Data::Text(text) => Some(text),
            _ => None,
        };
        let value = || {
            text.map(|text| Value { text: text.clone(), range: setting.value.clone(), option: setting.whole.clone() })
        };
        match setting.key.as_str() {
            "cell_type" if kind.is_none() => {
                kind = Some(match text.map(String::as_str) {
                    Some("code") => CellKind::Code,
                    Some("markdown") => CellKind::Markdown,
                    _ => CellKind::Raw,
                });
            }
            IGNORE_KEY if marker.ignored.is_none() => marker.ignored = value().map(|value| value.text),
            "language" if marker.language.is_none() => marker.language = value(),
            "magic_args" if marker.magic_args.is_none() && setting.data == Data::Other => {
                // A number is as good as its digits.
                let range = setting.value.clone();
                let text = line[range.clone()].to_owned();
                marker.magic_args = Some(Value { text, range, option: setting.whole.clone() });
            }
            "magic_args" if marker.magic_args.is_none() => marker.magic_args = value(),
            _ => {}
        }
    }
    if kind.is_none() && activity.is_in("ipynb") == Some(false) {
        marker.kind = CellKind::Raw;
        if activity.key.as_deref() == Some("") {
            activity.key = None;
        }
        marker.script_only = activity.is_in("py").unwrap_or(true);
    } else {
        marker.kind = kind.unwrap_or(CellKind::Code);
    }
    marker.active = activity.is_in("py");
    marker.active_key = activity.key.is_some();
    marker
}

/// Returns the tags of a line for which [`is_marker`] is true.
pub(super) fn tags(line: &str) -> Vec<String> {
    let Some(sign) = line.find("%%") else { return Vec::new() };
    let (_, settings) = options::read(line, sign + 2);
    let tags = settings.into_iter().find(|setting| setting.key == "tags");
    let Some(Setting { data: Data::List(tags), .. }) = tags else { return Vec::new() };
    let text = |tag: Data| match tag {
        Data::Text(text) => Some(text),
        _ => None,
    };
    tags.into_iter().filter_map(text).collect()
}

/// In which kinds of file a cell's text is active.
#[derive(Debug, Default)]
struct Activity {
    /// `run_control={"frozen": true}`: only in notebooks.
    frozen: bool,
    /// The first tag that begins with `active-`.
    tag: Option<String>,
    /// `active="ipynb,py"`.
    key: Option<String>,
}

impl Activity {
    /// Takes over an option if it is one of these.
    fn read(&mut self, setting: &Setting) -> bool {
        match (setting.key.as_str(), &setting.data) {
            ("run_control", Data::Object(members)) => {
                self.frozen = members.iter().find(|(key, _)| key == "frozen").is_some_and(|m| m.1 == Data::Bool(true));
            }
            ("tags", Data::List(tags)) => {
                self.tag = tags.iter().find_map(|tag| match tag {
                    Data::Text(tag) if tag.starts_with("active-") => Some(tag.clone()),
                    _ => None,
                });
            }
            ("active", Data::Text(extensions)) => self.key = Some(extensions.clone()),
            _ => return false,
        }
        true
    }

    /// Returns whether files with the extension have it as code; `None` where nothing is said.
    fn is_in(&self, extension: &str) -> Option<bool> {
        if self.frozen {
            return Some(extension == "ipynb");
        }
        if let Some(tag) = &self.tag {
            return Some(tag.split('-').any(|word| word == extension));
        }
        self.key.as_ref().map(|key| key.split(['.', ',']).any(|word| word == extension))
    }
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
