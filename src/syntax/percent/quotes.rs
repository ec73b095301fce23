//! Whether a line begins inside a string.
//!
//! jupytext's own reading of quotes, on purpose, not Python's: a quote behind any backslash counts as
//! escaped, and a string in single quotes ends with its line. Where cells begin depends on it.

/// Follows the quotes of a cell from line to line.
#[derive(Debug, Clone)]
pub(super) struct Quotes {
    comment: Option<&'static str>,
    /// R has strings that this reading does not follow.
    ignored: bool,
    triple: Option<u8>,
}

impl Quotes {
    /// Starts at the first line of a cell in `language`.
    pub(super) fn new(language: &str) -> Quotes {
        Quotes { comment: comment_of(language), ignored: language == "R", triple: None }
    }

    /// Returns whether the next line begins inside a string in triple quotes.
    pub(super) fn is_open(&self) -> bool {
        self.triple.is_some()
    }

    /// Reads a line, given without its end.
    pub(super) fn read_line(&mut self, line: &str) {
        let bytes = line.as_bytes();
        if self.ignored || !bytes.iter().any(|b| matches!(b, b'"' | b'\'')) {
            return;
        }
        if self.triple.is_none() && self.comment.is_some_and(|c| trim_start(line).starts_with(c)) {
            return;
        }
        let mut single = None;
        // Three quotes count once: the next three begin behind them.
        let mut free_from = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            if single.is_none()
                && self.triple.is_none()
                && self.comment.is_some_and(|c| bytes[at..].starts_with(c.as_bytes()))
            {
                return;
            }
            if !matches!(byte, b'"' | b'\'') || (at > 0 && bytes[at - 1] == b'\\') {
                continue;
            }
            match single {
                Some(open) if open == byte => {
                    single = None;
                    continue;
                }
                Some(_) => continue,
                None => {}
            }
            if at >= free_from + 2 && bytes[at - 1] == byte && bytes[at - 2] == byte {
                match self.triple {
                    Some(open) if open == byte => self.triple = None,
                    Some(_) => continue,
                    None => self.triple = Some(byte),
                }
                free_from = at + 1;
            } else if self.triple.is_none() {
                single = Some(byte);
            }
        }
    }
}

/// Returns what begins a comment in a language that scripts are written in.
pub(super) fn comment_of(language: &str) -> Option<&'static str> {
    Some(match language {
        "python" | "coconut" | "R" | "julia" | "bash" | "powershell" | "robotframework" | "sos" | "sage" | "tcl"
        | "gnuplot" | "xonsh" => "#",
        "c++" | "javascript" | "typescript" | "scala" | "rust" | "csharp" | "fsharp" | "java" | "groovy" | "stata"
        | "go" => "//",
        "scheme" | "clojure" => ";;",
        "idl" => ";",
        "q" => "/",
        "matlab" | "logtalk" => "%",
        "wolfram language" | "ocaml" => "(*",
        "haskell" | "lua" => "--",
        "maxima" | "sas" | "jenner" => "/*",
        _ => return None,
    })
}

/// Returns whether Python's `str.isspace` is true for `c`.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Returns `line` without the white space at its start, as Python sees white space.
pub(super) fn trim_start(line: &str) -> &str {
    line.trim_start_matches(is_space)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_after(lines: &[&str]) -> bool {
        let mut quotes = Quotes::new("python");
        for line in lines {
            quotes.read_line(line);
        }
        quotes.is_open()
    }

    #[test]
    fn triple_quotes_open_and_close() {
        assert!(open_after(&["x = \"\"\"a"]));
        assert!(!open_after(&["x = \"\"\"a", "b\"\"\""]));
        assert!(open_after(&["x = '''a", "\"\"\""]));
        assert!(open_after(&["\"\"\"\""]));
        assert!(!open_after(&["\"\"\"\"\"\""]));
    }

    #[test]
    fn comments_escapes_and_single_quotes_do_not_open() {
        assert!(!open_after(&["# \"\"\""]));
        assert!(!open_after(&["x # \"\"\""]));
        assert!(!open_after(&["it's", "x"]));
        assert!(!open_after(&["x = '\"\"\"'"]));
        assert!(open_after(&["x = '#' + \"\"\""]));
        // An escaped quote opens nothing, but counts as the first of three.
        assert!(!open_after(&["\"\"\" \\\"\"\""]));
    }

    #[test]
    fn a_language_without_known_comments_has_none() {
        let mut quotes = Quotes::new("sql");
        quotes.read_line("# \"\"\"");
        assert!(quotes.is_open());
    }
}
