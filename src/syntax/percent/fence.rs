//! Fenced blocks in markdown cells: what looks like a marker inside one (a comment of a diagram,
//! say) is none.
//!
//! A fence counts only if it is closed. jupytext looks for the end of it through the whole rest of the
//! document; here both ends must be in the same run of commented lines. So a fence that was never closed
//! swallows no cells, and whether it is closed does not depend on text far away.

use super::quotes::is_space;
use crate::syntax::split::lines;

/// A fence: its character and how often it stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fence {
    byte: u8,
    len: usize,
}

/// Returns the fence that `line` (without its comment sign) opens.
pub(super) fn opening(line: &str) -> Option<Fence> {
    let (fence, rest) = fence(line)?;
    (fence.byte != b'`' || !rest.contains('`')).then_some(fence)
}

impl Fence {
    /// Returns whether `line` (without its comment sign) closes this fence.
    pub(super) fn is_closed_by(self, line: &str) -> bool {
        closing(line).is_some_and(|close| close.byte == self.byte && close.len >= self.len)
    }
}

fn closing(line: &str) -> Option<Fence> {
    let (fence, rest) = fence(line)?;
    rest.chars().all(is_space).then_some(fence)
}

fn fence(line: &str) -> Option<(Fence, &str)> {
    let indented = line.trim_start_matches(' ');
    let byte = *indented.as_bytes().first()?;
    if line.len() - indented.len() > 3 || !matches!(byte, b'`' | b'~') {
        return None;
    }
    let len = indented.bytes().take_while(|&b| b == byte).count();
    (len >= 3).then(|| (Fence { byte, len }, &indented[len..]))
}

/// Returns `line` without its comment sign.
pub(super) fn uncommented(line: &str) -> &str {
    line.strip_prefix("# ").or_else(|| line.strip_prefix('#')).unwrap_or(line)
}

/// Where fences may close in the run of commented lines that was looked at last, so that each line is
/// looked at once however many fences open.
#[derive(Debug, Default)]
pub(super) struct Run {
    end: usize,
    /// Whether the text ends with the run.
    open_ended: bool,
    /// Per fence character, in document order: a line's start, and the longest fence from there on.
    closers: [Vec<(usize, usize)>; 2],
}

impl Run {
    /// Returns whether `fence`, opened on the line before `next`, is closed in its run of lines; `None`
    /// if the text ends before that is known.
    pub(super) fn closes(&mut self, text: &str, next: usize, fence: Fence) -> Option<bool> {
        if next >= self.end {
            self.read(text, next);
        }
        let closers = &self.closers[usize::from(fence.byte == b'~')];
        let index = closers.partition_point(|&(at, _)| at < next);
        match closers.get(index) {
            Some(&(_, longest)) if longest >= fence.len => Some(true),
            _ if self.open_ended => None,
            _ => Some(false),
        }
    }

    fn read(&mut self, text: &str, from: usize) {
        *self = Run { end: from, open_ended: true, closers: Default::default() };
        for line in lines(&text[from..]) {
            let content = &text[from + line.content.start..from + line.content.end];
            if !content.starts_with('#') {
                self.open_ended = false;
                break;
            }
            if let Some(close) = closing(uncommented(content)) {
                self.closers[usize::from(close.byte == b'~')].push((from + line.content.start, close.len));
            }
            self.end = from + line.next;
        }
        for closers in &mut self.closers {
            let mut longest = 0;
            for closer in closers.iter_mut().rev() {
                longest = longest.max(closer.1);
                closer.1 = longest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_are_those_of_markdown() {
        assert!(opening("```mermaid").is_some() && opening("   ~~~ `").is_some());
        assert!(opening("    ```").is_none() && opening("``").is_none() && opening("``` a`b").is_none());
        let fence = opening("````").unwrap();
        assert!(fence.is_closed_by("`````  ") && !fence.is_closed_by("```") && !fence.is_closed_by("```` x"));
    }

    #[test]
    fn a_fence_is_closed_within_its_run_of_comments() {
        let fence = opening("```").unwrap();
        assert_eq!(Run::default().closes("# a\n# ```\nx\n", 0, fence), Some(true));
        assert_eq!(Run::default().closes("# a\n\n# ```\n", 0, fence), Some(false));
        assert_eq!(Run::default().closes("# a\n", 0, fence), None);
        let mut run = Run::default();
        let text = "# ````\n# ```\n# x\ny";
        assert_eq!(run.closes(text, 0, opening("````").unwrap()), Some(true));
        assert_eq!(run.closes(text, 7, opening("````").unwrap()), Some(false));
        assert_eq!(run.closes(text, 7, fence), Some(true));
        assert_eq!(run.closes(text, 7, opening("~~~").unwrap()), Some(false));
    }
}
