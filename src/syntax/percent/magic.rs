//! Which lines of a code cell jupytext commented, so that the script stays valid Python.

use std::ops::Range;

use super::quotes::{comment_of, is_space, trim_start};

/// What tells a commented magic from a comment.
#[derive(Clone, Copy)]
pub(super) struct Magics<'a> {
    /// Returns whether a name is one that a comment may be taken for.
    pub(super) known: &'a dyn Fn(&str) -> bool,
    /// The comment sign of the cell's language.
    comment: &'static str,
    python: bool,
    /// Whether the document has cells. In a script without them, a comment is a magic only if it
    /// stands above the code and is a known one.
    cells: bool,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    /// Code, or a comment: stays as it is.
    Plain,
    /// A magic or a shell command. Without the range, which may be empty, the line is what the
    /// kernel gets.
    Magic(Range<usize>),
}

/// What stands behind the comment signs.
pub(super) enum Class<'a> {
    /// `%name`
    Named(&'a str),
    /// `!command` or `?name`
    Sign,
    /// `x = %name …`
    Assigned(&'a str),
    /// `x = !command`
    AssignedShell,
    /// `ls -l`, `name?`: as likely a sentence as a command.
    Wordy,
}

impl<'a> Magics<'a> {
    /// Makes the rule for code in `language`; `None` if magics in it are never commented.
    pub(super) fn new(language: &str, known: &'a dyn Fn(&str) -> bool, cells: bool) -> Option<Magics<'a>> {
        if matches!(language, "matlab" | "sas" | "jenner" | "logtalk") {
            return None;
        }
        let comment = comment_of(language)?;
        Some(Magics { known, comment, python: language == "python", cells })
    }

    /// Reads a line that does not begin inside a string.
    pub(super) fn read(&self, line: &str) -> Reading {
        let rest = trim_start(line);
        let indent = line.len() - rest.len();
        let (levels, inside) = self.uncommented(rest);
        let Some(class) = self.classify(inside, indent, levels) else {
            return Reading::Plain;
        };
        let is_magic = match levels {
            0 => self.cells || !matches!(class, Class::Wordy),
            1 => match class {
                Class::Named(name) => (self.known)(name) || (self.cells && is_flagged(inside, "escape")),
                Class::Assigned(name) => self.cells && (self.known)(name),
                Class::AssignedShell => self.cells,
                // A `#!` without a blank is an interpreter's line, not what jupytext writes.
                Class::Sign => self.cells && !rest.starts_with("#!"),
                Class::Wordy => false,
            },
            // It stays a comment either way; this is what jupytext makes of a comment that looks like
            // a magic.
            _ => self.cells,
        };
        if !is_magic {
            return Reading::Plain;
        }
        Reading::Magic(self.comment_sign(line))
    }

    /// Returns what jupytext takes a comment for, where it is commented once and jupytext makes code of it.
    pub(super) fn taken_for<'t>(&self, line: &'t str) -> Option<(&'t str, Class<'t>)> {
        let rest = trim_start(line);
        let (levels, inside) = self.uncommented(rest);
        let class = self.classify(inside, line.len() - rest.len(), levels)?;
        (levels == 1 && self.read(line) == Reading::Plain).then_some((inside, class))
    }

    /// Returns where the comment sign stands that makes the line a comment; empty if there is none.
    pub(super) fn comment_sign(&self, line: &str) -> Range<usize> {
        let rest = trim_start(line);
        let indent = line.len() - rest.len();
        match rest.strip_prefix(self.comment) {
            Some(inside) => indent..indent + self.comment.len() + usize::from(inside.starts_with(' ')),
            None => indent..indent,
        }
    }

    /// Returns whether a magic's line goes on below.
    pub(super) fn continues(&self, line: &str) -> bool {
        self.python && line.trim_end_matches(is_space).ends_with('\\')
    }

    fn uncommented<'t>(&self, mut rest: &'t str) -> (usize, &'t str) {
        let mut levels = 0;
        while let Some(inside) = rest.strip_prefix(self.comment) {
            rest = inside.strip_prefix(' ').unwrap_or(inside);
            levels += 1;
        }
        (levels, rest)
    }

    fn classify<'t>(&self, inside: &'t str, indent: usize, levels: usize) -> Option<Class<'t>> {
        if is_flagged(inside, "noescape") && !is_flagged(inside, "escape") && named(inside).is_some() {
            return None;
        }
        if let Some(name) = named(inside) {
            return Some(Class::Named(name));
        }
        if !self.python {
            return None;
        }
        let trimmed = trim_start(inside);
        if let Some(command) = trimmed.strip_prefix(['!', '?'])
            && trim_start(command).starts_with(|c: char| c.is_ascii_alphabetic() || ".~$\\/{}".contains(c))
        {
            return Some(Class::Sign);
        }
        if levels == 0 || indent == 0 {
            let name_end = trimmed
                .bytes()
                .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$')))
                .unwrap_or(trimmed.len());
            if trimmed.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && let Some(value) = trim_start(&trimmed[name_end..]).strip_prefix('=')
            {
                let value = trim_start(value);
                if let Some(name) = named(value) {
                    return Some(Class::Assigned(name));
                }
                if value.strip_prefix('!').is_some_and(|v| v.starts_with(|c: char| c.is_ascii_alphabetic())) {
                    return Some(Class::AssignedShell);
                }
            }
        }
        self.is_wordy(inside, indent).then_some(Class::Wordy)
    }

    fn is_wordy(&self, inside: &str, indent: usize) -> bool {
        const COMMANDS: [&str; 13] =
            ["cat", "cd", "cp", "mv", "rm", "rmdir", "mkdir", "copy", "ddir", "echo", "ls", "ldir", "ren"];
        let line = inside.trim_end_matches(is_space);
        if line.ends_with('?') && !line.contains(is_space) {
            return true;
        }
        let (word, rest) = inside.split_at(inside.find(is_space).unwrap_or(inside.len()));
        let mut after = rest.chars().skip(1);
        indent == 0 && COMMANDS.contains(&word) && after.next().is_none_or(|c| !matches!(c, '=' | ','))
    }
}

/// Returns the name of the magic at the start of `text`.
fn named(text: &str) -> Option<&str> {
    let name = text.trim_start_matches('%');
    let signs = text.len() - name.len();
    if !(1..=3).contains(&signs) || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    Some(name.split(is_space).next().unwrap_or(name))
}

/// Returns whether a comment at the end of the line says `flag` to jupytext.
fn is_flagged(line: &str, flag: &str) -> bool {
    line.match_indices('#').any(|(at, _)| trim_start(&line[at + 1..]).starts_with(flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_in(cells: bool, line: &str) -> Option<String> {
        let known = |name: &str| ["glue_version", "configure", "sql", "timeit"].contains(&name);
        match Magics::new("python", &known, cells).unwrap().read(line) {
            Reading::Plain => None,
            Reading::Magic(drop) => Some(format!("{}{}", &line[..drop.start], &line[drop.end..])),
        }
    }

    fn read(line: &str) -> Option<String> {
        read_in(true, line)
    }

    #[test]
    fn known_magics_are_uncommented() {
        assert_eq!(read("# %glue_version 4.0").as_deref(), Some("%glue_version 4.0"));
        assert_eq!(read("#%glue_version").as_deref(), Some("%glue_version"));
        assert_eq!(read("# %%configure -f").as_deref(), Some("%%configure -f"));
        assert_eq!(read("    # %timeit f()").as_deref(), Some("    %timeit f()"));
        assert_eq!(read("# x = %timeit f()").as_deref(), Some("x = %timeit f()"));
        assert_eq!(read("%glue_version 4.0").as_deref(), Some("%glue_version 4.0"));
        assert_eq!(read("# !ls").as_deref(), Some("!ls"));
        assert_eq!(read("# ?print").as_deref(), Some("?print"));
        assert_eq!(read("# files = !ls").as_deref(), Some("files = !ls"));
        assert_eq!(read("# %other x # escape").as_deref(), Some("%other x # escape"));
    }

    #[test]
    fn comments_stay() {
        for line in [
            "# %d rows",
            "# %50",
            "#  %glue_version",
            "# %glue_version x # noescape",
            "# copy the data",
            "# ls",
            "# why?",
            "#!/bin/sh",
            "#!%glue_version",
            "# x = %other",
            "# text",
            "# +",
            "x = 1",
            "",
            "#",
            "# 50 %glue_version",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn comments_that_jupytext_escaped_are_restored() {
        for (line, comment) in [
            ("# # %d rows", "# %d rows"),
            ("##%x", "#%x"),
            ("# # copy x", "# copy x"),
            ("# # why?", "# why?"),
            ("# # !ls", "# !ls"),
        ] {
            assert_eq!(read(line).as_deref(), Some(comment));
        }
    }

    #[test]
    fn without_cells_only_known_magics_are_taken() {
        assert_eq!(read_in(false, "# %glue_version 4.0").as_deref(), Some("%glue_version 4.0"));
        for line in ["# !ls", "# ?print", "# x = !ls", "# # %d", "# %d # escape"] {
            assert_eq!(read_in(false, line), None, "{line}");
        }
    }

    #[test]
    fn other_languages_have_other_comments() {
        let all = |_: &str| true;
        let scala = Magics::new("scala", &all, true).unwrap();
        assert_eq!(scala.read("// %region x"), Reading::Magic(0..3));
        assert_eq!(scala.read("# %region x"), Reading::Plain);
        assert!(Magics::new("sql", &all, true).is_none());
    }
}
