//! The text that `%spark_conf` and the job argument `--conf` take: `key=value --conf key=value`.

/// Splits the text where `--conf` stands as a word of its own. The properties are without blanks around them; empty ones
/// come too.
pub(in crate::features) fn properties(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let now = rest?;
        let at = now.match_indices("--conf").map(|(at, _)| at).find(|&at| {
            let end = at + "--conf".len();
            now[..at].ends_with(char::is_whitespace)
                && (end == now.len() || now[end..].starts_with(char::is_whitespace))
        });
        rest = at.map(|at| &now[at + "--conf".len()..]);
        Some(at.map_or(now, |at| &now[..at]).trim())
    })
}

/// Returns the text without a `--conf` at its start: Glue puts the first one there itself.
pub(in crate::features) fn without_lead(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix("--conf").filter(|rest| rest.starts_with(char::is_whitespace)).unwrap_or(text).trim_start()
}

/// Returns one text with the properties of several, the last one of a name at its place; `None` where one is none that
/// Spark would read, or there is none at all.
pub(in crate::features) fn merged<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut all: Vec<(&str, &str)> = Vec::new();
    for text in texts {
        for property in properties(without_lead(text)) {
            let (name, value) = property.split_once('=')?;
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            if name.is_empty() || !name.chars().all(plain) || value.contains("--conf") {
                return None;
            }
            all.retain(|(known, _)| *known != name);
            all.push((name, property));
        }
    }
    let list: Vec<&str> = all.into_iter().map(|(_, property)| property).collect();
    (!list.is_empty()).then(|| list.join(" --conf "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_told_apart() {
        assert_eq!(properties("a=b --conf c=d").collect::<Vec<_>>(), ["a=b", "c=d"]);
        assert_eq!(properties("a=b --config=c").collect::<Vec<_>>(), ["a=b --config=c"]);
        assert_eq!(properties("a=b --conf").collect::<Vec<_>>(), ["a=b", ""]);
    }

    #[test]
    fn the_last_of_a_name_wins_and_what_is_no_property_stops_all() {
        let merge = |values: &[&str]| merged(values.iter().copied());
        assert_eq!(merge(&["spark.a=1", " --conf spark.b=x y "]).as_deref(), Some("spark.a=1 --conf spark.b=x y"));
        assert_eq!(merge(&["spark.a=1 --conf spark.b=2", "spark.a=3"]).as_deref(), Some("spark.b=2 --conf spark.a=3"));
        assert_eq!(merge(&["a=1 --conf b=2", " b=3 --conf c=4 "]).as_deref(), Some("a=1 --conf b=3 --conf c=4"));
        assert_eq!(merge(&["\"spark.a=1\"", "spark.b=2"]), None);
        assert_eq!(merge(&["spark.a", "spark.b=2"]), None);
    }
}
