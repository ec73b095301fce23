//! Several `%spark_conf` lines become one: the kernel keeps the last of them alone.

use std::ops::Range;

use crate::features::spark_conf::merged;
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
