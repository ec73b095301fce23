//! Which of many names fit what is typed, the best ones first.

/// The most names that are offered at once.
pub(super) const MOST: usize = 200;

/// How well a name fits: the less, the better. `None` if it does not. The case of ASCII letters does not count.
pub(super) fn fit(name: &str, typed: &str) -> Option<u8> {
    let (name, typed) = (name.as_bytes(), typed.as_bytes());
    let Some(first) = typed.first().map(u8::to_ascii_lowercase) else {
        return Some(0);
    };
    let mut wanted = typed.iter().map(u8::to_ascii_lowercase);
    let mut next = wanted.next();
    for letter in name {
        if next == Some(letter.to_ascii_lowercase()) {
            next = wanted.next();
            if next.is_none() {
                break;
            }
        }
    }
    if next.is_some() {
        return None;
    }
    if name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed)) {
        return Some(0);
    }
    let inside = |window: &[u8]| window[0].to_ascii_lowercase() == first && window.eq_ignore_ascii_case(typed);
    Some(if name.windows(typed.len()).any(inside) { 1 } else { 2 })
}

/// Returns the best of some items, best first, and whether there are more of them. `rank` gives the smaller value to the
/// better one, and `None` to those that are left out; among equals the order of the items counts.
pub(super) fn best<T, R: Ord>(items: &[T], rank: impl Fn(&T) -> Option<R>) -> (Vec<&T>, bool) {
    let ranked = items.iter().enumerate().filter_map(|(index, item)| Some((rank(item)?, index)));
    let mut ranked: Vec<(R, usize)> = ranked.collect();
    let cut = ranked.len() > MOST;
    if cut {
        ranked.select_nth_unstable(MOST);
        ranked.truncate(MOST);
    }
    ranked.sort_unstable();
    (ranked.into_iter().filter_map(|(_, index)| items.get(index)).collect(), cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_from_its_start_inside_or_letter_by_letter() {
        for (name, typed, expected) in [
            ("orders", "", Some(0)),
            ("Orders", "oR", Some(0)),
            ("my-orders", "ORD", Some(1)),
            ("my-orders", "mor", Some(2)),
            ("orders", "orders2", None),
            ("orders", "so", None),
            ("", "a", None),
            ("café", "É", None),
            ("café", "é", Some(1)),
        ] {
            assert_eq!(fit(name, typed), expected, "{name} {typed}");
        }
    }

    #[test]
    fn the_best_are_kept_in_order() {
        let items: Vec<u32> = (0..1000).collect();
        let (found, cut) = best(&items, |item| (item % 2 == 0).then_some(item % 4));
        assert_eq!((found.len(), cut, found[0], found[1], found[199]), (MOST, true, &0, &4, &796));
        let (found, cut) = best(&items[..5], |item| (*item > 1).then_some(std::cmp::Reverse(*item)));
        assert_eq!((found, cut), (vec![&4, &3, &2], false));
        assert!(!best(&items[..200], |_| Some(0)).1);
    }
}
