//! Two texts as a unified diff.

use std::fmt::Write;
use std::path::Path;

/// How many lines around a change are shown.
const CONTEXT: usize = 3;

/// How many lines that differ are told apart; beyond that, all between the first and the last one counts as changed.
const MOST: usize = 1000;

/// Returns the changes from one text to another, as `patch` takes them; empty if there are none.
pub(super) fn unified(path: &Path, old: &str, new: &str) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) = (split(old), split(new));
    let matches = matches(&before, &after);
    let mut out = String::new();
    let mut at = 0;
    let changes = changes(&matches, before.len(), after.len());
    while at < changes.len() {
        // Changes with little between them share a hunk.
        let near = |pair: &[Change]| pair[1].0.start - pair[0].0.end <= 2 * CONTEXT;
        let end = at + 1 + changes[at..].windows(2).take_while(|pair| near(pair)).count();
        let hunk = &changes[at..end];
        at = end;
        let (first, last) = (&hunk[0], &hunk[hunk.len() - 1]);
        let lead = first.0.start.min(CONTEXT);
        let tail = (before.len() - last.0.end).min(CONTEXT);
        if out.is_empty() {
            let name = path.display();
            let _ = writeln!(out, "--- {name}\n+++ {name}");
        }
        let range = |start: usize, end: usize| {
            let len = end - start;
            // An empty range is told by the line above it.
            let start = if len == 0 { start } else { start + 1 };
            if len == 1 { format!("{start}") } else { format!("{start},{len}") }
        };
        let old = range(first.0.start - lead, last.0.end + tail);
        let new = range(first.1.start - lead, last.1.end + tail);
        let _ = writeln!(out, "@@ -{old} +{new} @@");
        let mut done = first.0.start - lead;
        for (gone, come) in hunk {
            before[done..gone.start].iter().for_each(|line| add(' ', line, &mut out));
            before[gone.clone()].iter().for_each(|line| add('-', line, &mut out));
            after[come.clone()].iter().for_each(|line| add('+', line, &mut out));
            done = gone.end;
        }
        before[done..done + tail].iter().for_each(|line| add(' ', line, &mut out));
    }
    out
}

fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn add(sign: char, line: &str, out: &mut String) {
    out.push(sign);
    out.push_str(line);
    if !line.ends_with('\n') {
        out.push_str("\n\\ No newline at end of file\n");
    }
}

/// Lines of the old text, and those that stand in their place.
type Change = (std::ops::Range<usize>, std::ops::Range<usize>);

fn changes(matches: &[(usize, usize)], old: usize, new: usize) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut a, mut b) = (0, 0);
    for &(x, y) in matches.iter().chain([&(old, new)]) {
        if x > a || y > b {
            changes.push((a..x, b..y));
        }
        (a, b) = (x + 1, y + 1);
    }
    changes
}

/// Returns which lines are the same ones, in order: a shortest way from one text to the other (Myers).
fn matches(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let most = old.len().min(new.len());
    let head = (0..most).take_while(|&at| old[at] == new[at]).count();
    let tail = (1..=most - head).take_while(|&at| old[old.len() - at] == new[new.len() - at]).count();
    let (a, b) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut found: Vec<(usize, usize)> = (0..head).map(|at| (at, at)).collect();
    found.extend(middle(a, b).into_iter().map(|(x, y)| (head + x, head + y)));
    found.extend((1..=tail).rev().map(|at| (old.len() - at, new.len() - at)));
    found
}

fn middle(a: &[&str], b: &[&str]) -> Vec<(usize, usize)> {
    // For each diagonal, how far one gets with a number of differences. Diagonals are counted from `-d`.
    let mut steps: Vec<Vec<usize>> = Vec::new();
    let most = (a.len() + b.len()).min(MOST);
    for d in 0..=most {
        let mut reached = vec![0; 2 * d + 1];
        for (place, end) in reached.iter_mut().enumerate().step_by(2) {
            let mut x = match steps.last() {
                None => 0,
                // The diagonals of the step before are one less at each end.
                Some(before) => {
                    let down = before.get(place).copied();
                    let right = place.checked_sub(2).map(|at| before[at] + 1);
                    down.max(right).unwrap_or(0)
                }
            };
            let Some(mut y) = (x + d).checked_sub(place) else { continue };
            while x < a.len() && y < b.len() && a[x] == b[y] {
                (x, y) = (x + 1, y + 1);
            }
            *end = x;
            if x >= a.len() && y >= b.len() {
                steps.push(reached);
                return back(&steps, a.len(), b.len());
            }
        }
        steps.push(reached);
    }
    Vec::new()
}

/// Returns the matches on the way that was found, from its end.
fn back(steps: &[Vec<usize>], mut x: usize, mut y: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for d in (0..steps.len()).rev() {
        let place = x + d - y;
        let before = d.checked_sub(1).map(|last| &steps[last]);
        let (from, right) = match before {
            None => (0, false),
            Some(before) => {
                let down = before.get(place).copied();
                let right = place.checked_sub(2).map(|at| before[at] + 1);
                (down.max(right).unwrap_or(0), right >= down)
            }
        };
        while x > from {
            (x, y) = (x - 1, y - 1);
            found.push((x, y));
        }
        if before.is_some() {
            (x, y) = if right { (x - 1, y) } else { (x, y - 1) };
        }
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Makes the new text of the old one, as `patch` does.
    fn patched(old: &str, diff: &str) -> String {
        let old = split(old);
        let (mut out, mut at) = (String::new(), 0);
        let mut lines = diff.split_inclusive('\n').skip(2).peekable();
        while let Some(line) = lines.next() {
            if let Some(head) = line.strip_prefix("@@ -") {
                let range = head.split(' ').next().unwrap();
                let (start, len) = range.split_once(',').unwrap_or((range, "1"));
                let (start, len): (usize, usize) = (start.parse().unwrap(), len.parse().unwrap());
                let start = if len == 0 { start } else { start - 1 };
                out.extend(old[at..start].iter().copied());
                at = start;
                continue;
            }
            let cut = lines.next_if(|next| next.starts_with('\\')).is_some();
            let text = if cut { &line[1..line.len() - 1] } else { &line[1..] };
            if line.starts_with(['-', ' ']) {
                assert_eq!(old[at], text);
                at += 1;
            }
            if line.starts_with(['+', ' ']) {
                out.push_str(text);
            }
        }
        out.extend(old[at..].iter().copied());
        out
    }

    #[test]
    fn a_diff_reads_as_that_of_other_programs() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n";
        let new = "1\nx\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n14\n";
        assert_eq!(
            unified(Path::new("a"), old, new),
            "--- a\n+++ a\n@@ -1,5 +1,5 @@\n 1\n-2\n+x\n 3\n 4\n 5\n@@ -10,5 +10,4 @@\n 10\n 11\n 12\n-13\n 14\n"
        );
        assert_eq!(unified(Path::new("a"), old, old), "");
        assert_eq!(unified(Path::new("a"), "", "x"), "--- a\n+++ a\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n");
    }

    #[test]
    fn texts_with_nothing_in_common_are_replaced() {
        let old: String = (0..3 * MOST).map(|n| format!("a{n}\n")).collect();
        let new: String = (0..3 * MOST).map(|n| format!("b{n}\n")).collect();
        assert_eq!(patched(&old, &unified(Path::new("a"), &old, &new)), new);
    }

    proptest! {
        #[test]
        fn a_diff_makes_the_new_text_with_the_fewest_lines(old in "([ab]?\n){0,12}[ab]?", new in "([ab]?\n){0,12}[ab]?") {
            let diff = unified(Path::new("a"), &old, &new);
            prop_assert_eq!(patched(&old, &diff), new.as_str());
            // As many lines are kept as the texts have in common.
            let (a, b) = (split(&old), split(&new));
            let mut longest = vec![vec![0; b.len() + 1]; a.len() + 1];
            for x in (0..a.len()).rev() {
                for y in (0..b.len()).rev() {
                    longest[x][y] = match a[x] == b[y] {
                        true => longest[x + 1][y + 1] + 1,
                        false => longest[x + 1][y].max(longest[x][y + 1]),
                    };
                }
            }
            prop_assert_eq!(matches(&a, &b).len(), longest[0][0]);
        }
    }
}
