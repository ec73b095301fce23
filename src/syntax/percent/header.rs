//! The commented YAML header of a percent script.
//!
//! Only what names the kernel and the language is read, by indentation; no YAML parser is needed for
//! what jupytext writes.

use ropey::Rope;

use super::quotes::{is_space, trim_start};
use crate::syntax::NotebookMeta;
use crate::syntax::split::lines;

/// What stands above the first cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// Where the header ends and cells may begin.
    pub(super) end: usize,
    /// How much of the text was read to know that; beyond the text if its end was.
    pub(super) examined: usize,
    /// What it says about the kernel.
    pub(super) meta: NotebookMeta,
    /// The language of code cells, as jupytext names it.
    pub(super) language: String,
    /// Whether `# %%` begins a cell: not in scripts that another format of jupytext wrote.
    pub(super) has_cells: bool,
    /// Whether magics are commented; else what is commented is a comment.
    pub(super) comment_magics: bool,
    /// Names that `language="…"` stands for a cell magic with, besides the usual ones.
    pub(super) custom: Vec<String>,
}

impl Header {
    /// What a text without a header is like.
    fn none(end: usize, examined: usize) -> Header {
        Header {
            end,
            examined,
            meta: NotebookMeta::default(),
            language: "python".into(),
            has_cells: true,
            comment_magics: true,
            custom: Vec::new(),
        }
    }
}

/// Reads the header of a text.
pub(super) fn read(text: &str) -> Header {
    let mut yaml = Yaml::default();
    let (mut skipped, mut started, mut encoding_seen) = (0, false, false);
    let mut all = lines(text).enumerate();
    let mut closed = None;
    let mut examined = usize::MAX;
    for (index, line) in all.by_ref() {
        let content = &text[line.content.clone()];
        if index == 0 && content.starts_with("#!") {
            skipped = line.next;
            continue;
        }
        if (index == 0 || (index == 1 && !encoding_seen)) && is_encoding(content) {
            encoding_seen = true;
            skipped = line.next;
            continue;
        }
        let commented = content.strip_prefix("# ").or_else(|| content.strip_prefix('#'));
        let ended = match commented {
            None => true,
            Some(inside) if is_rule(inside) => {
                if started {
                    closed = Some(line.next);
                }
                started = true;
                closed.is_some()
            }
            Some(inside) if !started => !inside.chars().all(is_space),
            Some(inside) => {
                yaml.read_line(inside);
                false
            }
        };
        if ended {
            examined = if line.next > line.content.end { line.next } else { usize::MAX };
            break;
        }
    }
    let Some(mut end) = closed else {
        return Header::none(skipped, examined);
    };
    // One blank line, commented or not, belongs to the header.
    examined = usize::MAX;
    if let Some((_, line)) = all.next() {
        let content = &text[line.content.clone()];
        let inside = content.strip_prefix("# ").or_else(|| content.strip_prefix('#')).unwrap_or(content);
        if inside.chars().all(is_space) {
            end = line.next;
        }
        if line.next > line.content.end {
            examined = line.next;
        }
    }
    let language = yaml.main_language.clone().or_else(|| yaml.kernel_language.clone());
    let language = language.filter(|l| !l.is_empty()).map_or_else(|| "python".into(), |l| main_language(&l));
    let format = yaml.format().map(str::to_owned);
    let format = format.as_deref();
    let has_cells = matches!(format, None | Some("percent" | "hydrogen"));
    let comment_magics = yaml.comment_magics.as_deref().map_or(format != Some("hydrogen"), |value| !is_false(value));
    let meta = NotebookMeta {
        kernel_name: yaml.kernel_name,
        language: yaml.language_info.or(yaml.kernel_language).or(yaml.main_language),
        nbformat: None,
        is_paired: yaml.jupyter && has_cells && comment_magics,
        above: None,
    };
    Header { meta, language, has_cells, comment_magics, custom: yaml.custom, ..Header::none(end, examined) }
}

/// Reads the header of a rope, without copying more of it than the header needs.
pub(super) fn read_rope(text: &Rope) -> Header {
    let mut wanted = 1024;
    loop {
        let end = text.byte_to_char(wanted.min(text.len_bytes()));
        let header = read(&String::from(text.slice(..end)));
        if header.examined != usize::MAX || wanted >= text.len_bytes() {
            return header;
        }
        wanted *= 2;
    }
}

/// Returns the name that jupytext gives to the language of a document.
pub(super) fn main_language(name: &str) -> String {
    match name {
        "R" | "sas" => name.into(),
        _ if name.starts_with("C++") => "c++".into(),
        _ => name.to_lowercase().replace('#', "sharp"),
    }
}

/// Returns the name that jupytext gives to the language of a cell.
pub(super) fn usual_language(name: &str) -> String {
    let lower = name.to_lowercase();
    match lower.as_str() {
        "r" => "R".into(),
        "octave" => "matlab".into(),
        "cs" | "c#" => "csharp".into(),
        "fs" | "f#" => "fsharp".into(),
        "sas" => "SAS".into(),
        _ if lower.starts_with("c++") => "c++".into(),
        _ => lower,
    }
}

fn is_rule(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.chars().all(is_space))
}

/// Returns whether the line declares UTF-8 as Python's encoding.
fn is_encoding(line: &str) -> bool {
    let Some(comment) = line.trim_start_matches([' ', '\t', '\u{c}']).strip_prefix('#') else {
        return false;
    };
    comment.match_indices("coding").any(|(at, word)| {
        let rest = &comment[at + word.len()..];
        rest.strip_prefix([':', '=']).is_some_and(|name| {
            name.trim_start_matches([' ', '\t']).starts_with(|c: char| c.is_ascii_alphanumeric() || "-_.".contains(c))
        })
    })
}

/// The few values that are wanted, and the keys that enclose the current line.
#[derive(Debug, Default)]
struct Yaml {
    path: Vec<(usize, String)>,
    kernel_name: Option<String>,
    kernel_language: Option<String>,
    language_info: Option<String>,
    main_language: Option<String>,
    comment_magics: Option<String>,
    extension: Option<String>,
    format_name: Option<String>,
    formats: Option<String>,
    custom: Vec<String>,
    /// Whether there is anything for Jupyter.
    jupyter: bool,
}

impl Yaml {
    /// Returns the format that jupytext takes the script for; `None` where it looks at the text.
    fn format(&self) -> Option<&str> {
        let is_py = |extension: &str| extension.rsplit('.').next() == Some("py");
        if self.extension.as_deref().is_some_and(is_py)
            && let Some(name) = self.format_name.as_deref().filter(|name| !name.is_empty())
        {
            return Some(name);
        }
        for format in self.formats.as_deref()?.split(',') {
            let format = format.rsplit('/').next().unwrap_or(format).trim();
            let (extension, name) = format.split_once(':').map_or((format, None), |(e, name)| (e, Some(name)));
            if is_py(extension) {
                return name;
            }
        }
        None
    }

    fn read_line(&mut self, line: &str) {
        let content = trim_start(line);
        let indent = line.len() - content.len();
        let Some((key, value)) = content.split_once(':') else {
            return;
        };
        while self.path.last().is_some_and(|&(outer, _)| outer >= indent) {
            self.path.pop();
        }
        let value = scalar(value);
        self.jupyter |= self.path.is_empty() && key == "jupyter";
        if self.is_in(&["jupyter", "jupytext"]) && matches!(key, "custom_cell_magics" | "custom_language_magics") {
            self.custom.extend(value.split(',').filter(|name| !name.is_empty()).take(100).map(str::to_owned));
            return;
        }
        let outer: Vec<&str> = self.path.iter().map(|(_, key)| key.as_str()).collect();
        let place = match (outer.as_slice(), key) {
            (["jupyter", "kernelspec"], "name") => Some(&mut self.kernel_name),
            (["jupyter", "kernelspec"], "language") => Some(&mut self.kernel_language),
            (["jupyter", "language_info"], "name") => Some(&mut self.language_info),
            (["jupyter", "jupytext"], "main_language") => Some(&mut self.main_language),
            (["jupyter", "jupytext"], "comment_magics") => Some(&mut self.comment_magics),
            (["jupyter", "jupytext"], "formats") => Some(&mut self.formats),
            (["jupyter", "jupytext", "text_representation"], "extension") => Some(&mut self.extension),
            (["jupyter", "jupytext", "text_representation"], "format_name") => Some(&mut self.format_name),
            _ => None,
        };
        if let Some(place) = place {
            *place = Some(value);
        }
        // What is wanted lies three keys deep; a hostile header must not make the path long.
        if self.path.len() < 4 {
            self.path.push((indent, key.to_owned()));
        }
    }

    /// Returns whether these keys enclose the current line.
    fn is_in(&self, keys: &[&str]) -> bool {
        self.path.iter().map(|(_, key)| key).eq(keys)
    }
}

fn is_false(value: &str) -> bool {
    matches!(value.to_lowercase().as_str(), "false" | "no" | "off")
}

/// Returns the value of a YAML scalar on one line.
fn scalar(value: &str) -> String {
    let value = value.trim();
    if let Some(inside) = value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')) {
        return inside.replace("''", "'");
    }
    if value.starts_with('"')
        && let Ok(inside) = serde_json::from_str(value)
    {
        return inside;
    }
    value.split(" #").next().unwrap_or_default().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = concat!(
        "#!/usr/bin/env python\n# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n",
        "#       extension: .py\n#   kernelspec:\n#     display_name: 'Glue: PySpark'\n#     language: python\n",
        "#     name: glue_pyspark\n# ---\n\n# %%\n"
    );

    #[test]
    fn the_kernel_is_read_from_the_header() {
        let header = read(GLUE);
        assert_eq!(header.meta.kernel_name.as_deref(), Some("glue_pyspark"));
        assert_eq!(header.meta.language.as_deref(), Some("python"));
        assert_eq!(&GLUE[header.end..], "# %%\n");
        assert_eq!(header.examined, header.end);
    }

    #[test]
    fn a_comment_a_rule_without_end_and_code_are_no_header() {
        for text in ["# about\n# %%\n", "# ---\n# jupyter:\n# %%\nx\n", "x\n", "", "# ---"] {
            let header = read(text);
            assert_eq!((header.end, header.meta), (0, NotebookMeta::default()), "{text:?}");
        }
        assert_eq!(read("#!/bin/x\n# -*- coding: utf-8 -*-\n# %%\n").end, "#!/bin/x\n# -*- coding: utf-8 -*-\n".len());
    }

    #[test]
    fn keys_count_only_where_they_belong() {
        let header = read(
            "# ---\n# title: x\n# kernelspec:\n#   name: a\n# jupyter:\n#   x:\n#     kernelspec:\n#       name: b\n# ---\n",
        );
        assert_eq!(header.meta.kernel_name, None);
        let header = read(
            "# ---\n# jupyter:\n#   kernelspec:\n#     name: \"g\\u0061\"\n#   language_info:\n#     name: scala\n# ---\nx",
        );
        assert_eq!(header.meta.kernel_name.as_deref(), Some("ga"));
        assert_eq!(header.meta.language.as_deref(), Some("scala"));
    }

    #[test]
    fn a_rope_gives_the_same_header() {
        let long = format!("# ---\n# title: {}\n{}", "é".repeat(3000), &GLUE[GLUE.find("# jupyter").unwrap()..]);
        for text in [GLUE, &long, "", "# é", "x\n"] {
            assert_eq!(read_rope(&Rope::from_str(text)), read(text));
        }
    }
}
