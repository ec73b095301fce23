//! The expressions that GetTables takes: a small part of regular expressions, over whole names.

/// The longest expression, in letters.
const LONGEST: usize = 2_048;

/// An expression: several ways, of which one must fit.
pub(super) struct Expression(Vec<Vec<Item>>);

/// A piece of an expression, and how often it may come.
struct Item {
    letter: Letter,
    none: bool,
    many: bool,
}

/// What a letter may be.
enum Letter {
    Any,
    One(char),
    Among { negated: bool, ranges: Vec<(char, char)> },
}

impl Letter {
    fn fits(&self, letter: char) -> bool {
        match self {
            Letter::Any => true,
            Letter::One(one) => *one == letter,
            Letter::Among { negated, ranges } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&letter)) != *negated
            }
        }
    }
}

impl Expression {
    /// Reads an expression: letters, `.`, classes, `*`, `+`, `?` and `|`. Returns `None` for one that has more.
    pub(super) fn new(text: &str) -> Option<Expression> {
        // A star alone is what Hive takes for all.
        let text = if text == "*" { ".*" } else { text };
        if text.chars().count() > LONGEST {
            return None;
        }
        let mut ways = vec![Vec::new()];
        let mut letters = text.chars().peekable();
        while let Some(next) = letters.next() {
            let letter = match next {
                '|' => {
                    ways.push(Vec::new());
                    continue;
                }
                '^' | '$' | '(' | ')' | '{' | '}' | '*' | '+' | '?' | ']' => return None,
                '.' => Letter::Any,
                '[' => class(&mut letters)?,
                '\\' => escaped(letters.next()?)?,
                plain => Letter::One(plain),
            };
            let (none, many) = match letters.peek() {
                Some('*') => (true, true),
                Some('+') => (false, true),
                Some('?') => (true, false),
                _ => (false, false),
            };
            if none || many {
                letters.next();
            }
            ways.last_mut()?.push(Item { letter, none, many });
        }
        Some(Expression(ways))
    }

    /// Returns whether a name fits as a whole.
    pub(super) fn fits(&self, name: &str) -> bool {
        self.0.iter().any(|way| follows(way, name))
    }
}

/// Follows all places in which one can be, letter by letter.
fn follows(way: &[Item], name: &str) -> bool {
    let mut places = vec![false; way.len() + 1];
    places[0] = true;
    skip(way, &mut places);
    for letter in name.chars() {
        let mut next = vec![false; way.len() + 1];
        for (at, item) in way.iter().enumerate().filter(|(at, _)| places[*at]) {
            if item.letter.fits(letter) {
                next[at + 1] = true;
                next[at] |= item.many;
            }
        }
        skip(way, &mut next);
        places = next;
    }
    places[way.len()]
}

/// Goes past pieces that need not come.
fn skip(way: &[Item], places: &mut [bool]) {
    for (at, item) in way.iter().enumerate() {
        if places[at] && item.none {
            places[at + 1] = true;
        }
    }
}

fn escaped(letter: char) -> Option<Letter> {
    let among = |ranges: &[(char, char)]| Letter::Among { negated: false, ranges: ranges.to_vec() };
    Some(match letter {
        'd' => among(&[('0', '9')]),
        'w' => among(&[('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')]),
        plain if !plain.is_ascii_alphanumeric() => Letter::One(plain),
        _ => return None,
    })
}

fn class(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Letter> {
    let negated = letters.next_if_eq(&'^').is_some();
    let mut ranges: Vec<(char, char)> = Vec::new();
    loop {
        match letters.next()? {
            ']' if !ranges.is_empty() => return Some(Letter::Among { negated, ranges }),
            '[' | ']' | '&' => return None,
            '\\' => match escaped(letters.next()?)? {
                Letter::One(one) => ranges.push((one, one)),
                Letter::Among { ranges: more, .. } => ranges.extend(more),
                Letter::Any => return None,
            },
            from if letters.next_if_eq(&'-').is_some() => match letters.next()? {
                ']' => {
                    ranges.extend([(from, from), ('-', '-')]);
                    return Some(Letter::Among { negated, ranges });
                }
                to if from <= to => ranges.push((from, to)),
                _ => return None,
            },
            one => ranges.push((one, one)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_as_a_whole() {
        let fits = |expression: &str, name: &str| Expression::new(expression).unwrap().fits(name);
        for (expression, name, good) in [
            ("orders", "orders", true),
            ("orders", "orders_2024", false),
            ("orders.*", "orders_2024", true),
            ("*", "anything", true),
            (".*_[0-9]+", "orders_2024", true),
            (".*_[0-9]+", "orders_", false),
            ("orders|sales_?", "sales", true),
            ("a*b*", "", true),
            ("a*b*", "aabb", true),
            ("a*b*", "aba", false),
            ("[^a]+x", "bbx", true),
            ("[^a]+x", "abx", false),
            (r"a\.b\d", "a.b7", true),
            (r"a\.b", "axb", false),
            ("o?rders", "rders", true),
        ] {
            assert_eq!(fits(expression, name), good, "{expression} {name}");
        }
        for odd in ["(a)", "a{2}", "*a", "[a", "a++", r"\p{L}", "[]", r"a\"] {
            assert!(Expression::new(odd).is_none(), "{odd}");
        }
        // No expression takes long.
        assert!(!fits(&"a*".repeat(1_000), &format!("{}b", "a".repeat(200))));
    }
}
