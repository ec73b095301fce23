//! Which cells of a script are which cells of the notebook that it was made of.
//!
//! A script has no ids. Cells that are the same are found first, in order and then elsewhere; what is left between them
//! was edited, and is told by what it has in common.

use std::collections::{HashMap, VecDeque};

use super::line_feeds;
use crate::syntax::CellKind;

/// A cell: what it holds, and its text.
type Content<'a> = (CellKind, &'a str);

/// How many pairs of cells are compared at most at once; beyond that, only their order and what is the same counts.
const MOST_PAIRS: usize = 4_000_000;
/// As [`MOST_PAIRS`], of cells that are compared by their words.
const MOST_COMPARED: usize = 10_000;
/// How many words of a cell are compared.
const MOST_WORDS: usize = 2_000;
/// How much two cells at the same place must have in common to be the same one, from 0 to 1.
const ALIKE: f64 = 0.4;
/// The same for cells at different places.
const ALIKE_ELSEWHERE: f64 = 0.6;

/// Returns for each new cell the position of the old one that it is; `None` if it is new. No two are the same one.
pub fn align(old: &[Content<'_>], new: &[Content<'_>]) -> Vec<Option<usize>> {
    let mut found = Found { from: vec![None; new.len()], used: vec![false; old.len()] };
    let mut keys = HashMap::new();
    let mut key = |&(kind, text): &Content<'_>| {
        let next = keys.len();
        *keys.entry((kind, line_feeds(text.trim_end()))).or_insert(next)
    };
    let (old_keys, new_keys): (Vec<usize>, Vec<usize>) =
        (old.iter().map(&mut key).collect(), new.iter().map(&mut key).collect());
    in_order(&old_keys, &new_keys, &mut found);
    let anchors: Vec<(usize, usize)> = found.pairs();
    elsewhere(&old_keys, &new_keys, &mut found);
    let mut above = (0, 0);
    for (at, next) in anchors.into_iter().chain([(new.len(), old.len())]) {
        edited_between((old, above.1..next), (new, above.0..at), &mut found);
        above = (at + 1, next + 1);
    }
    edited_elsewhere(old, new, &mut found);
    found.from
}

struct Found {
    /// The old cell of each new one.
    from: Vec<Option<usize>>,
    /// Which old ones are found again.
    used: Vec<bool>,
}

impl Found {
    fn set(&mut self, new: usize, old: usize) {
        self.from[new] = Some(old);
        self.used[old] = true;
    }

    fn pairs(&self) -> Vec<(usize, usize)> {
        self.from.iter().enumerate().filter_map(|(new, old)| Some((new, (*old)?))).collect()
    }

    fn left(&self, old: std::ops::Range<usize>, new: std::ops::Range<usize>) -> (Vec<usize>, Vec<usize>) {
        (old.filter(|&old| !self.used[old]).collect(), new.filter(|&new| self.from[new].is_none()).collect())
    }
}

/// Finds the longest run of cells that are the same, in order.
fn in_order(old: &[usize], new: &[usize], found: &mut Found) {
    let most = old.len().min(new.len());
    let above = (0..most).take_while(|&at| old[at] == new[at]).count();
    let below = (1..=most - above).take_while(|&at| old[old.len() - at] == new[new.len() - at]).count();
    for at in 0..above {
        found.set(at, at);
    }
    for at in 1..=below {
        found.set(new.len() - at, old.len() - at);
    }
    let (rest, other) = (&old[above..old.len() - below], &new[above..new.len() - below]);
    if rest.is_empty() || other.is_empty() {
        return;
    }
    let pairs = match rest.len().saturating_mul(other.len()) <= MOST_PAIRS {
        true => longest(rest.len(), other.len(), &|a, b| if rest[a] == other[b] { 1.0 } else { 0.0 }),
        false => next_same(rest, other),
    };
    for (a, b) in pairs {
        found.set(above + b, above + a);
    }
}

/// Returns the pairs, each behind the one before, whose values together are the most; those without any are none.
fn longest(old: usize, new: usize, value: &dyn Fn(usize, usize) -> f64) -> Vec<(usize, usize)> {
    let width = new + 1;
    let mut best = vec![0.0_f64; (old + 1) * width];
    for a in (0..old).rev() {
        for b in (0..new).rev() {
            let skipped = best[(a + 1) * width + b].max(best[a * width + b + 1]);
            let worth = value(a, b);
            let taken = if worth > 0.0 { worth + best[(a + 1) * width + b + 1] } else { 0.0 };
            best[a * width + b] = skipped.max(taken);
        }
    }
    let (mut a, mut b) = (0, 0);
    let mut pairs = Vec::new();
    while a < old && b < new {
        let here = best[a * width + b];
        let worth = value(a, b);
        if worth > 0.0 && here <= worth + best[(a + 1) * width + b + 1] {
            pairs.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if here <= best[(a + 1) * width + b] {
            a += 1;
        } else {
            b += 1;
        }
    }
    pairs
}

/// Returns pairs of cells that are the same, each behind the one before: the next that there is.
fn next_same(old: &[usize], new: &[usize]) -> Vec<(usize, usize)> {
    let mut places = by_key(old.iter().copied().enumerate());
    let mut at = 0;
    let mut pairs = Vec::new();
    for (b, key) in new.iter().enumerate() {
        let Some(places) = places.get_mut(key) else { continue };
        while places.front().is_some_and(|&place| place < at) {
            places.pop_front();
        }
        if let Some(a) = places.pop_front() {
            pairs.push((a, b));
            at = a + 1;
        }
    }
    pairs
}

fn by_key(cells: impl Iterator<Item = (usize, usize)>) -> HashMap<usize, VecDeque<usize>> {
    let mut places: HashMap<usize, VecDeque<usize>> = HashMap::new();
    for (place, key) in cells {
        places.entry(key).or_default().push_back(place);
    }
    places
}

/// Finds cells that were moved.
fn elsewhere(old: &[usize], new: &[usize], found: &mut Found) {
    let mut places = by_key(old.iter().copied().enumerate().filter(|(place, _)| !found.used[*place]));
    for (at, key) in new.iter().enumerate() {
        if found.from[at].is_none()
            && let Some(place) = places.get_mut(key).and_then(VecDeque::pop_front)
        {
            found.set(at, place);
        }
    }
}

/// Finds cells that were edited, between two that stayed.
fn edited_between(
    (old, old_range): (&[Content<'_>], std::ops::Range<usize>),
    (new, new_range): (&[Content<'_>], std::ops::Range<usize>),
    found: &mut Found,
) {
    let (gone, come) = found.left(old_range, new_range);
    if gone.is_empty() || come.is_empty() {
        return;
    }
    let mut pairs = Vec::new();
    // One in place of one is that one, whatever became of it.
    if gone.len() * come.len() > 1 && gone.len() * come.len() <= MOST_COMPARED {
        let (before, after) = (words_of(old, &gone), words_of(new, &come));
        let value = |a: usize, b: usize| {
            let alike = alike(&before[a], &after[b]);
            if alike >= ALIKE && old[gone[a]].0 == new[come[b]].0 { alike } else { 0.0 }
        };
        pairs = longest(gone.len(), come.len(), &value);
    }
    let mut above = (0, 0);
    for (a, b) in pairs.into_iter().chain([(gone.len(), come.len())]) {
        // As many as there were: each is the one at its place, unless it is something else altogether.
        if a - above.0 == b - above.1 {
            for (&a, &b) in gone[above.0..a].iter().zip(&come[above.1..b]) {
                let alike = super::is_same(old[a].1, new[b].1) && !new[b].1.trim().is_empty();
                if old[a].0 == new[b].0 || alike {
                    found.set(b, a);
                }
            }
        }
        if let (Some(&old), Some(&new)) = (gone.get(a), come.get(b)) {
            found.set(new, old);
        }
        above = (a + 1, b + 1);
    }
}

/// Finds cells that were moved and edited.
fn edited_elsewhere(old: &[Content<'_>], new: &[Content<'_>], found: &mut Found) {
    let (gone, come) = found.left(0..old.len(), 0..new.len());
    if gone.is_empty() || come.is_empty() || gone.len() * come.len() > MOST_COMPARED {
        return;
    }
    let (before, after) = (words_of(old, &gone), words_of(new, &come));
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (a, &gone) in gone.iter().enumerate() {
        for (b, &come) in come.iter().enumerate() {
            let alike = alike(&before[a], &after[b]);
            if alike >= ALIKE_ELSEWHERE && old[gone].0 == new[come].0 {
                pairs.push((alike, gone, come));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    for (_, gone, come) in pairs {
        if !found.used[gone] && found.from[come].is_none() {
            found.set(come, gone);
        }
    }
}

/// The words of a text, and how often each occurs.
type Words<'a> = HashMap<&'a str, usize>;

fn words_of<'a>(cells: &[Content<'a>], wanted: &[usize]) -> Vec<Words<'a>> {
    let words = |&index: &usize| {
        let mut words = Words::new();
        let all = cells[index].1.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        for word in all.take(MOST_WORDS) {
            *words.entry(word).or_default() += 1;
        }
        words
    };
    wanted.iter().map(words).collect()
}

/// Returns which part of the words two texts have in common, from 0 to 1.
fn alike(a: &Words<'_>, b: &Words<'_>) -> f64 {
    let count = |words: &Words<'_>| words.values().sum::<usize>();
    let all = count(a) + count(b);
    let common: usize = a.iter().map(|(word, times)| (*times).min(b.get(word).copied().unwrap_or(0))).sum();
    if all == 0 { 0.0 } else { 2.0 * common as f64 / all as f64 }
}
