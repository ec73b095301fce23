//! Prompts that IPython removes from text pasted into a cell magic's body: `>>>` with `...`, and `In [1]:`
//! with `...:`.
//!
//! The rule is that of `PromptStripper` (`inputtransformer2`, IPython 9). Only bodies are concerned: a head
//! line is run alone and begins with `%` or `!`, never with a prompt.

use std::ops::Range;

use super::is_python_space;

/// Removes prompts from the lines of a body; `head` is the line of the cell magic above them. Ranges are
/// bytes of `text`; a line loses bytes at its start, or all of them.
pub(super) fn remove(text: &str, head: &str, lines: &mut [Range<usize>]) {
    if text.contains(">>>") {
        doctest(text, head, lines);
    }
    if lines.first().is_some_and(|line| ipython_prompt(&text[line.clone()]) > 0) {
        for line in lines {
            line.start += ipython_prompt(&text[line.clone()]);
        }
    }
}

/// Removes the prompts of the plain interpreter, if there is one outside strings of three quotes.
fn doctest(text: &str, head: &str, lines: &mut [Range<usize>]) {
    let mut mask = Mask::default();
    mask.next(head);
    let inside: Vec<bool> = lines.iter().map(|line| mask.next(&text[line.clone()])).collect();
    let prompted = |line: &Range<usize>| first_prompt(&text[line.clone()]) > 0;
    if !lines.iter().zip(&inside).any(|(line, inside)| !inside && prompted(line)) {
        return;
    }
    let mut start = 0;
    while start < lines.len() {
        let len = inside[start..].iter().take_while(|&&same| same == inside[start]).count();
        let segment = &mut lines[start..start + len];
        if !inside[start] {
            let mut changed = false;
            for line in segment.iter_mut() {
                let content = &text[line.clone()];
                let prompt = match first_prompt(content) {
                    0 => prompt(content, "..."),
                    width => width,
                };
                line.start += prompt;
                changed |= prompt > 0;
            }
            if changed {
                // The first segment has the magic's own line in it, which has no indentation to lose.
                dedent(text, segment, start > 0);
            }
        }
        start += len;
    }
}

/// Does what `textwrap.dedent` does: lines of blanks are emptied, common indentation goes if `margin`.
fn dedent(text: &str, lines: &mut [Range<usize>], margin: bool) {
    let mut common: Option<&str> = None;
    for line in lines.iter_mut() {
        let content = &text[line.clone()];
        let indent = &content[..content.len() - content.trim_start_matches([' ', '\t']).len()];
        if indent.len() == content.len() {
            line.start = line.end;
            continue;
        }
        common = Some(match common {
            None => indent,
            Some(known) => {
                let same = known.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count();
                &known[..same]
            }
        });
    }
    if margin && let Some(common) = common {
        for line in lines.iter_mut().filter(|line| line.start < line.end) {
            line.start += common.len();
        }
    }
}

/// Which lines IPython takes for the inside of a string of three quotes.
#[derive(Default)]
struct Mask {
    quotes: Option<&'static str>,
    keeps: bool,
    seen_prompt: bool,
}

impl Mask {
    /// Returns whether the line is to be kept as it is.
    fn next(&mut self, line: &str) -> bool {
        let mut masked = self.quotes.is_some() && self.keeps;
        let mut at = 0;
        while let Some((found, quotes)) = triple_quotes(line, at) {
            match self.quotes {
                None => {
                    self.quotes = Some(quotes);
                    let before = &line[..found];
                    let first = first_prompt(before);
                    let more = prompt(&before[first..], "...");
                    let prompted = first + more > 0 && self.seen_prompt;
                    let code = before[first + more..].trim_matches(is_python_space);
                    self.keeps = !prompted && code.bytes().all(|b| b"rubfRUBF".contains(&b));
                    masked = self.keeps;
                }
                Some(open) if open == quotes => {
                    self.quotes = None;
                    self.keeps = false;
                }
                Some(_) => {}
            }
            at = found + 3;
        }
        self.seen_prompt |= first_prompt(line) > 0;
        masked
    }
}

/// Returns the next three quotes from `start` on that no backslash stands before.
fn triple_quotes(line: &str, start: usize) -> Option<(usize, &'static str)> {
    let bytes = line.as_bytes();
    (start..bytes.len()).find_map(|at| {
        let quotes = match &bytes[at..] {
            [b'"', b'"', b'"', ..] => "\"\"\"",
            [b'\'', b'\'', b'\'', ..] => "'''",
            _ => return None,
        };
        (at == 0 || bytes[at - 1] != b'\\').then_some((at, quotes))
    })
}

fn first_prompt(line: &str) -> usize {
    prompt(line, ">>>")
}

/// Returns the bytes that a prompt takes at the start of a line, blanks before it and one behind it
/// included; 0 if there is none.
fn prompt(line: &str, mark: &str) -> usize {
    let Some(rest) = line.trim_start_matches(is_python_space).strip_prefix(mark) else { return 0 };
    line.len() - rest.strip_prefix([' ', '\t']).unwrap_or(rest).len()
}

/// Returns the bytes that a prompt of IPython's takes at the start of a line; 0 if there is none.
fn ipython_prompt(line: &str) -> usize {
    let rest = input_prompt(line).or_else(|| {
        let dots = line.trim_start_matches(is_python_space);
        let rest = dots.trim_start_matches('.');
        let rest = rest.strip_prefix(':').filter(|_| dots.len() - rest.len() >= 3)?;
        Some(rest.strip_prefix(' ').unwrap_or(rest))
    });
    rest.map_or(0, |rest| line.len() - rest.len())
}

/// Returns what follows `In [1]: `, with an editing mode before it or without.
fn input_prompt(line: &str) -> Option<&str> {
    let mode = ["[nav] ", "[ins] ", " "].into_iter().find_map(|mode| line.strip_prefix(mode));
    let rest = mode.unwrap_or(line).strip_prefix("In [")?;
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    if digits.len() == rest.len() {
        return None;
    }
    digits.strip_prefix("]: ")
}
