//! Variables of the kernel's own environment, as `%env NAME=value` sets them: those that the kernel makes settings of.

use std::ops::Range;

use crate::facts::{self, MagicSpec};

use super::{Completion, CompletionKind, Topic};

/// What stands at an offset of the argument of `%env`. Ranges are bytes of the cell's text.
pub(in crate::features) enum Spot {
    /// The name of a variable.
    Name(Range<usize>),
    /// The value of the variable that sets what a magic sets.
    Value(&'static MagicSpec, Range<usize>),
}

/// Returns what stands at `offset` of a word `NAME=value`; `None` in the value of a variable that the kernel does not
/// read.
pub(in crate::features) fn spot_at(text: &str, word: Range<usize>, offset: usize) -> Option<Spot> {
    let typed = &text[word.clone()];
    match typed.find('=') {
        Some(equals) if offset > word.start + equals => {
            let variable = &typed[..equals];
            let spec = settings().find(|spec| spec.env.iter().any(|name| name == variable))?;
            Some(Spot::Value(spec, word.start + equals + 1..word.end))
        }
        Some(equals) => Some(Spot::Name(word.start..word.start + equals)),
        None => Some(Spot::Name(word)),
    }
}

/// The magics whose settings a variable can make as well.
fn settings() -> impl Iterator<Item = &'static MagicSpec> {
    facts::magics().supported().filter(|spec| !spec.env.is_empty())
}

/// Returns the names of variables, each by the name that the kernel looks for first.
pub(super) fn names(text: &str, replace: &Range<usize>) -> Vec<Completion> {
    let equals = if text[replace.end..].starts_with('=') { "" } else { "=" };
    let listed = settings().filter_map(|spec| Some((spec, spec.env.first()?))).enumerate();
    let completion = |(index, (spec, name)): (usize, (&MagicSpec, &String))| Completion {
        detail: Some(format!("as {}", spec.label())),
        topic: Some(Topic::magic(spec)),
        insert: format!("{name}{equals}"),
        sort: format!("{index:03}"),
        ..Completion::new(CompletionKind::Key, name, replace.clone())
    };
    listed.map(completion).collect()
}
