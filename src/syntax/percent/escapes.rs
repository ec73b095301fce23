//! Comments of a script that are code in the notebook that jupytext makes of it.
//!
//! jupytext parts commented magics from comments by looks alone. It writes a comment that looks like a magic with a
//! second comment sign, and takes that away again; one that somebody wrote into the script lacks it. In the map of a
//! cell such a second sign is a gap behind the first.

use std::ops::Range;

use super::magic::{Class, Magics};
use super::quotes::Quotes;
use crate::syntax::split::lines;
use crate::syntax::{Cell, CellKind};

/// What jupytext takes a comment for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// A command of the shell: it begins with such a word.
    Command,
    /// A question to IPython: a word with a question mark.
    Question,
    /// A magic, whatever its name.
    Magic,
    /// A shell escape: `#!` without a blank.
    Shell,
}

/// Returns the comments of a script's code cell (their bytes in the cell's text) that are comments here, but code in
/// the notebook that jupytext makes of the script. `is_magic` is that of [`super::parse`]. Linear.
pub fn taken_for_code(cell: &Cell, is_magic: &dyn Fn(&str) -> bool) -> Vec<(Range<usize>, Taken)> {
    let mut taken = Vec::new();
    // A cell of another language begins with a magic that its marker stands for; jupytext reads no magics in it.
    let foreign = cell.map.segments().first().is_some_and(|first| !first.verbatim);
    if cell.kind != CellKind::Code || foreign || !cell.text.contains('#') {
        return taken;
    }
    let Some(magics) = Magics::new("python", is_magic, true) else { return taken };
    let mut quotes = Quotes::new("python");
    for line in lines(&cell.text) {
        let content = &cell.text[line.content.clone()];
        let quoted = quotes.is_open();
        quotes.read_line(content);
        if quoted {
            continue;
        }
        let Some((inside, class)) = magics.taken_for(content) else { continue };
        let sign = content.len() - content.trim_start().len() + line.content.start;
        // What begins a piece of the map was commented once more in the script.
        let begins = |at: usize| at > 0 && cell.map.segments().binary_search_by_key(&at, |piece| piece.cell).is_ok();
        if begins(sign) || begins(sign + 1) {
            continue;
        }
        let what = match class {
            Class::Named(_) | Class::Assigned(_) => Taken::Magic,
            Class::Sign | Class::AssignedShell => Taken::Shell,
            Class::Wordy if inside.trim_end().ends_with('?') => Taken::Question,
            Class::Wordy => Taken::Command,
        };
        taken.push((sign..line.content.start + content.trim_end().len(), what));
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn taken(text: &str) -> Vec<(String, Taken)> {
        let known = |name: &str| name == "region";
        let cells = parse(text, &known);
        let mut all = Vec::new();
        for placed in &cells {
            for (range, taken) in taken_for_code(&placed.cell, &known) {
                all.push((placed.cell.text[range].to_owned(), taken));
            }
        }
        all
    }

    #[test]
    fn comments_that_look_like_commands_and_magics_are_taken() {
        let text = "# %%\n# copy the data\nx = 1\n    # why?  \n# %d rows\n#!ls\n# y = %d\n# ls\r\n# text\n# !ls\n# %region x\n";
        let expected = [
            ("# copy the data", Taken::Command),
            ("# why?", Taken::Question),
            ("# %d rows", Taken::Magic),
            ("#!ls", Taken::Shell),
            ("# y = %d", Taken::Magic),
            ("# ls", Taken::Command),
        ];
        assert_eq!(taken(text), expected.map(|(text, what)| (text.to_owned(), what)));
    }

    #[test]
    fn what_is_commented_twice_stays_a_comment() {
        assert_eq!(taken("# %%\n# # copy the data\n##copy\n# #why?\n    # # %d\n# # %d\n"), []);
        // A sign for each comment.
        assert_eq!(taken("# %%\n# # copy the data\n# copy it\n").len(), 1);
    }

    #[test]
    fn strings_and_other_cells_are_left_alone() {
        assert_eq!(taken("# %%\nx = \"\"\"\n# copy the data\n\"\"\"\n"), []);
        assert_eq!(taken("# %% language=\"bash\"\n# # copy the data\n"), []);
        assert_eq!(taken("# %% [markdown]\n# # copy the data\n"), []);
        assert_eq!(taken("# %% active=\"ipynb\"\n# x = 1\n# # copy the data\n"), []);
    }
}
