//! Several `%spark_conf` lines become one: the kernel keeps the last of them alone.

use std::ops::Range;

use crate::syntax::split::HeadKind;

use super::{Place, Refactor};

pub(super) fn offer(place: &Place<'_>, out: &mut Vec<Refactor>) {
    let text = place.text;
    let lines: Vec<(&Range<usize>, Range<usize>)> = place
        .parsed()
        .split
        .head
        .iter()
        .filter_map(|line| match &line.kind {
            HeadKind::Magic(magic) if !magic.is_cell() && &text[magic.name.clone()] == "spark_conf" => {
                Some((&line.range, magic.argument.clone()))
            }
            _ => None,
        })
        .collect();
    let Some(((first, _), others)) = lines.split_first() else { return };
    if others.is_empty() || !lines.iter().any(|(line, _)| place.touches(line)) {
        return;
    }
    let Some(merged) = merged(lines.iter().map(|(_, argument)| &text[argument.clone()])) else { return };
    let mut edits = vec![((*first).clone(), format!("%spark_conf {merged}"))];
    // With the line end in front: the last line may have none behind it.
    let removed = |line: &Range<usize>| {
        let before = &text[..line.start];
        let before = before.strip_suffix('\n').unwrap_or(before);
        before.strip_suffix('\r').unwrap_or(before).len()..line.end
    };
    edits.extend(others.iter().map(|(line, _)| (removed(line), String::new())));
    out.push(Refactor::rewrite("Merge the `%spark_conf` lines into one", edits));
}

/// Returns one value with the properties of all, the last one of a name at its place; `None` where a value is none that
/// Spark would read.
fn merged<'a>(values: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut properties: Vec<(&str, &str)> = Vec::new();
    for value in values {
        for property in properties_of(value)? {
            let (name, _) = property.split_once('=')?;
            properties.retain(|(known, _)| *known != name);
            properties.push((name, property));
        }
    }
    let list: Vec<&str> = properties.into_iter().map(|(_, property)| property).collect();
    (!list.is_empty()).then(|| list.join(" --conf "))
}

/// The properties of a value, `name=value` each; `None` if something else stands among them.
fn properties_of(value: &str) -> Option<Vec<&str>> {
    let value = value.trim();
    let value = value.strip_prefix("--conf ").unwrap_or(value);
    let mut out = Vec::new();
    for property in value.split(" --conf ") {
        let property = property.trim();
        let (name, set) = property.split_once('=')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if name.is_empty() || !name.chars().all(plain) || set.contains("--conf") {
            return None;
        }
        out.push(property);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::merged;

    #[test]
    fn the_last_of_a_name_wins_and_what_is_no_property_stops_all() {
        let merge = |values: &[&str]| merged(values.iter().copied());
        assert_eq!(merge(&["spark.a=1", " --conf spark.b=x y "]).as_deref(), Some("spark.a=1 --conf spark.b=x y"));
        assert_eq!(merge(&["spark.a=1 --conf spark.b=2", "spark.a=3"]).as_deref(), Some("spark.b=2 --conf spark.a=3"));
        assert_eq!(merge(&["\"spark.a=1\"", "spark.b=2"]), None);
        assert_eq!(merge(&["spark.a", "spark.b=2"]), None);
    }
}
