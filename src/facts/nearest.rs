//! The word somebody probably meant.

/// The most edits at which a word still counts as a slip of another one.
const MOST_EDITS: usize = 2;

/// Words longer than this (in characters) are no slips of anything in our tables.
const LONGEST_WORD: usize = 256;

/// Returns the candidate `word` was probably meant to be, if any is close enough.
///
/// Close means at most two edits and at most one for every three characters of the longer word, so
/// that short words do not match everything; an edit inserts, deletes or replaces a character or
/// swaps two neighbours. Case is ignored and `-` equals `_`. Of equally close candidates the one
/// with the same first character wins, then the earlier one. A candidate that differs in case or
/// hyphens only is returned too, also one that equals `word`.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = fold(word)?;
    let mut best: Option<(usize, bool, &'a str)> = None;
    for candidate in candidates {
        let Some(folded) = fold(candidate) else {
            continue;
        };
        let allowed = MOST_EDITS.min(word.len().max(folded.len()) / 3);
        let Some(edits) = distance_within(&word, &folded, allowed) else {
            continue;
        };
        let other_start = word.first() != folded.first();
        if best.is_none_or(|(least, least_start, _)| (edits, other_start) < (least, least_start)) {
            best = Some((edits, other_start, candidate));
        }
    }
    best.map(|(_, _, candidate)| candidate)
}

/// Returns the number of edits between two words, or `None` if it takes more than `limit`.
///
/// Counts as [`nearest`] does: case is ignored, `-` equals `_`, swapped neighbours are one edit.
pub fn edits_within(left: &str, right: &str, limit: usize) -> Option<usize> {
    distance_within(&fold(left)?, &fold(right)?, limit)
}

/// Returns the characters to compare, or `None` for a word too long to be a slip.
fn fold(word: &str) -> Option<Vec<char>> {
    let mut folded = Vec::with_capacity(word.len().min(LONGEST_WORD));
    for character in word.chars().flat_map(char::to_lowercase) {
        if folded.len() == LONGEST_WORD {
            return None;
        }
        folded.push(if character == '-' { '_' } else { character });
    }
    Some(folded)
}

/// The Damerau-Levenshtein distance in its restricted form: a swapped pair is not edited again.
fn distance_within(left: &[char], right: &[char], limit: usize) -> Option<usize> {
    if left.len().abs_diff(right.len()) > limit {
        return None;
    }
    // Three rows of the usual matrix: two back for swaps, the previous one and the present one.
    let mut before_previous = vec![0; right.len() + 1];
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    let mut row = vec![0; right.len() + 1];
    for (i, &a) in left.iter().enumerate() {
        row[0] = i + 1;
        for (j, &b) in right.iter().enumerate() {
            let replaced = previous[j] + usize::from(a != b);
            let mut least = replaced.min(previous[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a == right[j - 1] && left[i - 1] == b {
                least = least.min(before_previous[j - 1] + 1);
            }
            row[j + 1] = least;
        }
        if row.iter().all(|&edits| edits > limit) {
            return None;
        }
        std::mem::swap(&mut before_previous, &mut previous);
        std::mem::swap(&mut previous, &mut row);
    }
    Some(previous[right.len()]).filter(|&edits| edits <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 5] = ["glue_version", "idle_timeout", "timeout", "etl", "tags"];

    #[test]
    fn a_slip_is_found() {
        assert_eq!(nearest("glue_verison", WORDS), Some("glue_version"));
        assert_eq!(nearest("idle_timout", WORDS), Some("idle_timeout"));
        assert_eq!(nearest("tag", WORDS), Some("tags"));
        assert_eq!(nearest("elt", WORDS), Some("etl"));
    }

    #[test]
    fn case_and_hyphens_do_not_count() {
        assert_eq!(nearest("Glue-Version", WORDS), Some("glue_version"));
        assert_eq!(edits_within("IDLE-TIMEOUT", "idle_timeout", 0), Some(0));
    }

    #[test]
    fn another_word_is_left_alone() {
        assert_eq!(nearest("time", WORDS), None);
        assert_eq!(nearest("el", ["xy", "e"]), None);
        assert_eq!(nearest("ls", WORDS), None);
        assert_eq!(nearest("", WORDS), None);
        assert_eq!(nearest("matplotlib", WORDS), None);
    }

    #[test]
    fn the_closest_wins_then_the_same_start() {
        assert_eq!(nearest("stages", ["pages", "stags", "stage"]), Some("stags"));
        assert_eq!(nearest("bat", ["cat", "bad"]), Some("bad"));
    }

    #[test]
    fn swaps_are_one_edit_and_length_is_bounded() {
        assert_eq!(edits_within("ab", "ba", 2), Some(1));
        assert_eq!(edits_within("kitten", "sitting", 3), Some(3));
        assert_eq!(edits_within("kitten", "sitting", 2), None);
        assert_eq!(edits_within("", "ab", 2), Some(2));
        assert_eq!(nearest(&"a".repeat(100_000), WORDS), None);
    }
}
