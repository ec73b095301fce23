//! Magics and names that lines of the notebook define in the kernel's own process.

use crate::facts::{self, MagicForm};
use crate::model::effects::MagicCall;

use super::NotebookModel;

impl NotebookModel {
    /// Returns whether a line above may have defined a line magic of that name: `%alias`, `%alias_magic` or
    /// an extension that was loaded. `offset`: where the magic stands in the cell, in bytes.
    ///
    /// Cell magics fail whoever defines them: the kernel gives them no body.
    pub fn may_define_magic(&self, cell: usize, offset: usize, name: &str) -> bool {
        let mut defined = false;
        for call in self.calls_above(cell, offset) {
            let mut words = call.argument.split(' ').filter(|word| !word.is_empty());
            match call.name.as_str() {
                "alias" => defined |= words.next() == Some(name),
                "unalias" => defined &= words.next() != Some(name),
                "alias_magic" => defined |= words.any(|word| word.trim_start_matches('%') == name),
                "load_ext" => defined |= words.next().is_some_and(|extension| may_bring(extension, name)),
                _ => {}
            }
        }
        defined
    }

    /// Returns whether code that a magic above ran in the kernel's own process may have bound the name.
    pub fn may_bind_locally(&self, cell: usize, offset: usize, name: &str) -> bool {
        let run_here = |call: &&MagicCall| matches!(call.name.as_str(), "time" | "prun" | "sc" | "macro");
        self.calls_above(cell, offset).filter(run_here).any(|call| binds(&call.argument, name))
    }

    fn calls_of(&self, cell: usize) -> impl Iterator<Item = &MagicCall> {
        self.cells.get(cell).into_iter().flat_map(|cell| &cell.effects.calls)
    }

    fn calls_above(&self, cell: usize, offset: usize) -> impl Iterator<Item = &MagicCall> {
        (0..=cell).flat_map(move |index| {
            self.calls_of(index).filter(move |call| index < cell || call.name_range.start < offset)
        })
    }
}

/// Returns whether an extension may bring the magic. What another one brings is not known; a name that is
/// close to one of Glue's is a typing error all the same.
fn may_bring(extension: &str, name: &str) -> bool {
    match extension {
        "autoreload" => matches!(name, "autoreload" | "aimport"),
        "storemagic" => name == "store",
        _ => {
            let table = facts::magics();
            table.find(name, MagicForm::Line).is_none()
                && table.foreign(&format!("%{name}")).is_none()
                && table.closest(name, MagicForm::Line).is_none()
        }
    }
}

/// Returns whether code assigns to the name or imports it.
fn binds(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (code[..at].trim_end(), code[at + name.len()..].trim_start());
        let whole = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let assigned = after.starts_with('=') && !after.starts_with("==");
        whole && (assigned || before.ends_with("import") || before.ends_with(" as") || before.ends_with("def"))
    })
}
