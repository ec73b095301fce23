//! What stands at an offset of a cell, as far as magics go.

use std::ops::Range;

use crate::facts::MagicForm;
use crate::syntax::local_line::is_python_space;
use crate::syntax::split::{HeadKind, MagicLine, Tail};
use crate::syntax::{Cell, CellKind, CellMagicKind};

/// What stands at an offset. Ranges are bytes of the cell's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features) enum Place<'a> {
    /// The sigil or the name of a magic.
    Name(NamePlace<'a>),
    /// The argument of a line magic.
    Argument {
        /// The magic's name, as written.
        name: &'a str,
        /// All of the argument.
        argument: Range<usize>,
    },
    /// The body of one of the cell magics that take one.
    Body {
        /// Which.
        kind: CellMagicKind,
        /// All of the body.
        body: Range<usize>,
    },
}

/// The sigil and the name of a magic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features) struct NamePlace<'a> {
    /// By the number of percent signs.
    pub(in crate::features) form: MagicForm,
    /// The name as far as it is a word.
    pub(in crate::features) name: &'a str,
    /// The sigil and that word.
    pub(in crate::features) range: Range<usize>,
    /// The whole line, without its end.
    pub(in crate::features) line: Range<usize>,
}

/// Returns what stands at an offset of a cell. `None` in code, in comments, in cells that are not code,
/// and where `offset` is none of the text's.
pub(in crate::features) fn place_at(cell: &Cell, offset: usize) -> Option<Place<'_>> {
    let text = &*cell.text;
    if cell.kind != CellKind::Code || !text.is_char_boundary(offset) {
        return None;
    }
    let on = |line: &Range<usize>| line.start <= offset && offset <= line.end;
    if let Some(line) = cell.split.head.iter().find(|line| on(&line.range)) {
        let HeadKind::Magic(magic) = &line.kind else {
            return None;
        };
        return magic_place(text, magic, line.range.clone(), offset);
    }
    match &cell.split.tail {
        Tail::CellMagic { line, magic, .. } if on(line) => magic_place(text, magic, line.clone(), offset),
        Tail::CellMagic { kind, magic, body, .. } if offset >= body.start => {
            // The kernel takes `%%configure-f` for a cell with a body, IPython for another magic.
            let word = text[magic.name.clone()].trim_end_matches(is_python_space);
            (word == kind.name()).then(|| Place::Body { kind: *kind, body: body.clone() })
        }
        _ => None,
    }
}

fn magic_place<'a>(text: &'a str, magic: &MagicLine, line: Range<usize>, offset: usize) -> Option<Place<'a>> {
    let name = &text[magic.name.clone()];
    let word = word_len(name);
    let range = magic.sigil.start..magic.name.start + word;
    if offset <= range.end {
        let form = if magic.is_cell() { MagicForm::Cell } else { MagicForm::Line };
        return Some(Place::Name(NamePlace { form, name: &name[..word], range, line }));
    }
    // Without a blank behind the name there is no argument yet.
    let has_argument = magic.argument.start > magic.name.end;
    (has_argument && !magic.is_cell() && offset >= magic.argument.start)
        .then(|| Place::Argument { name, argument: magic.argument.clone() })
}

/// Returns how many bytes at the start of a text could be a magic's name.
pub(in crate::features) fn word_len(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())
}

/// Returns the value of a magic's argument at `offset`, without the quotes around it; empty where one is
/// to be typed. `None` behind the first word.
pub(in crate::features) fn value_at(text: &str, argument: Range<usize>, offset: usize) -> Option<Range<usize>> {
    let content = text[argument.clone()].trim_start_matches([' ', '\t']).trim_start_matches(['"', '\'']);
    let start = argument.end - content.len();
    let end = start + content.find([' ', '\t', '"', '\'']).unwrap_or(content.len());
    (start <= offset && offset <= end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(marked: &str) -> String {
        let offset = marked.find('|').unwrap();
        let text = marked.replace('|', "");
        let cell = Cell::whole(CellKind::Code, text.as_str());
        match place_at(&cell, offset) {
            None => "nothing".into(),
            Some(Place::Name(place)) => {
                format!("{}{} at {:?}", place.form, place.name, &text[place.range])
            }
            Some(Place::Argument { name, argument }) => {
                let value = value_at(&text, argument.clone(), offset).map(|range| &text[range]);
                format!("{name} {:?} {value:?}", &text[argument])
            }
            Some(Place::Body { kind, body }) => format!("{} {:?}", kind.name(), &text[body]),
        }
    }

    #[test]
    fn a_line_has_a_name_and_an_argument() {
        assert_eq!(shown("%|"), "% at \"%\"");
        assert_eq!(shown("%glue|_version"), "%glue_version at \"%glue_version\"");
        assert_eq!(shown("%%conf|"), "%%conf at \"%%conf\"");
        assert_eq!(shown("%region |"), "region \"\" Some(\"\")");
        assert_eq!(shown("%region \"eu|-west-1\""), "region \"\\\"eu-west-1\\\"\" Some(\"eu-west-1\")");
        assert_eq!(shown("%region eu |x"), "region \"eu x\" None");
        assert_eq!(shown("%region?|"), "nothing");
        assert_eq!(shown("%%bash -|c"), "nothing");
    }

    #[test]
    fn a_body_belongs_to_the_four_that_have_one() {
        assert_eq!(shown("%%configure -f\n{|}"), "configure \"{}\"");
        assert_eq!(shown("%%sqlx\n|select"), "nothing");
        assert_eq!(shown("%%tags\t\n|{}"), "tags \"{}\"");
        assert_eq!(shown("%%bash\n|ls"), "nothing");
    }

    #[test]
    fn code_and_comments_are_no_place() {
        assert_eq!(shown("x = 10 %| 3"), "nothing");
        assert_eq!(shown("# %reg|ion"), "nothing");
        assert_eq!(shown("!ls %|"), "nothing");
    }
}
