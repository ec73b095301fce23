//! What rules have in common that look at the items of a list magic.

use std::ops::Range;

use super::magic_line::{call_at, is_swallowed};
use crate::features::diagnostics::Context;
use crate::model::Setting;
use crate::model::effects::{ChangeKind, MagicCall};
use crate::model::setting::tidy_list;
use crate::syntax::literal::Value;

/// A list as a line magic gives it, when the kernel takes it.
pub(super) struct List<'a> {
    /// The setting.
    pub setting: Setting,
    /// The call of the magic.
    pub call: &'a MagicCall,
    /// The list as the kernel keeps it.
    pub kept: &'a str,
    /// The list as written, without quotes around it.
    pub written: &'a str,
    /// Where the list stands, without quotes around it.
    pub range: Range<usize>,
    /// Its items as written: text, and where it stands. Commas in brackets part none.
    pub items: Vec<(&'a str, Range<usize>)>,
}

/// Returns the lists that line magics of the cell set.
pub(super) fn lists<'a>(context: &'a Context<'_>) -> impl Iterator<Item = List<'a>> {
    context.cell.effects.changes.iter().filter_map(move |change| {
        let ChangeKind::Set(setting, Some(Value::Str(kept))) = &change.kind else { return None };
        let call = call_at(context, &change.range).filter(|_| setting.is_list())?;
        let written = &context.text()[change.range.clone()];
        // What IPython filled in stands nowhere.
        if is_swallowed(context, &change.range) || tidy_list(written).ok().as_deref() != Some(kept.as_str()) {
            return None;
        }
        let items = items(written)
            .into_iter()
            .map(|range| (&written[range.clone()], change.range.start + range.start..change.range.start + range.end));
        Some(List { setting: *setting, call, kept, written, range: change.range.clone(), items: items.collect() })
    })
}

fn items(list: &str) -> Vec<Range<usize>> {
    let start = list.len() - list.trim_start_matches(['[', ']']).len();
    let end = start + list[start..].trim_end_matches(['[', ']']).len();
    let mut items = Vec::new();
    let (mut from, mut open) = (start, false);
    for (at, c) in list[start..end].char_indices().map(|(at, c)| (start + at, c)).chain([(end, ',')]) {
        match c {
            '[' => open = true,
            ']' => open = false,
            ',' if !open || at == end => {
                let item = &list[from..at];
                let lead = item.len() - item.trim_start().len();
                items.push(from + lead..from + lead + item.trim().len());
                from = at + 1;
            }
            _ => {}
        }
    }
    items
}

/// Returns an item without the quotes around it, which the kernel keeps.
pub(super) fn bare(item: &str) -> &str {
    item.trim_matches(['"', '\''])
}

/// Returns whether an item holds, or begins with, something that its author is to fill in.
pub(super) fn is_open(item: &str) -> bool {
    item.contains(['<', '{', '$'])
}

/// Returns the name that a requirement begins with, with its extras, and what follows; `None` for paths and options.
pub(super) fn requirement(item: &str) -> Option<(&str, &str)> {
    let item = bare(item).split(" --").next().unwrap_or_default().trim_end();
    let end = item.find(['=', '<', '>', '!', '~', '@', ';']).unwrap_or(item.len());
    let name = item[..end].trim_end();
    let file = [".whl", ".zip", ".gz", ".txt", ".egg"].iter().any(|suffix| item.ends_with(suffix));
    let named = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && !name.contains(['/', ':', '{', '$']);
    (named && !file).then_some((name, &item[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_brackets_part_no_items() {
        let parts = |list: &'static str| items(list).into_iter().map(|range| &list[range]).collect::<Vec<_>>();
        assert_eq!(parts("[a, b ]"), ["a", "b"]);
        assert_eq!(parts("x[a, b]==1,y"), ["x[a, b]==1", "y"]);
        assert_eq!(parts("ray[data]"), ["ray[data"]);
        assert_eq!(parts("é"), ["é"]);
    }

    #[test]
    fn a_requirement_is_told_from_paths_and_options() {
        assert_eq!(requirement("'pandas==2'"), Some(("pandas", "==2")));
        assert_eq!(requirement("ray[data"), Some(("ray[data", "")));
        assert_eq!(requirement("pandas --no-deps"), Some(("pandas", "")));
        for other in ["s3://b/x.whl", "--no-deps", "x.whl", "<name>", "git+https://x"] {
            assert_eq!(requirement(other), None, "{other}");
        }
    }
}
