//! Where a mistake fits into a notebook, and putting it there.

use std::ops::Range;

use glue_ls::model::effects::ChangeKind;
use glue_ls::model::{Kernel, NotebookModel};
use glue_ls::syntax::split::{HeadKind, lines};
use glue_ls::syntax::{CellKind, CellMagicKind, Tail};

use super::document::Document;
use super::random::Random;

/// What is written, wrongly.
#[derive(Clone, Copy)]
pub(super) enum Wrong {
    /// One of these texts. `«…»` marks the place that must be flagged; without it, it is all of the text.
    One(&'static [&'static str]),
    /// A text made up, with its marks.
    Made(fn(&mut Random) -> String),
}

/// Where a mistake fits.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// The value of a line magic that counts for the session: the notebook's own, or that of a line put into its
    /// settings, first with this value.
    Value(&'static str, &'static str),
    /// The value of a line magic that the notebook does not have.
    NewValue(&'static str),
    /// A line among the settings, before a session starts.
    Line,
    /// A line above the code of any cell.
    Head,
    /// A cell of its own before a session starts, first with this text.
    Settings(&'static str),
    /// A cell of its own anywhere, first with this text.
    Anywhere(&'static str),
    /// A cell of Python anywhere, first with this text.
    Python(&'static str),
    /// An entry of the notebook's `%%configure`, or of one put into its settings, first written so.
    Entry(&'static str),
    /// A line below a statement of Python.
    BelowCode,
    /// A cell of its own once a session is live, which lives to the notebook's end.
    Live,
}

/// A notebook before and after a mistake was planted, and where.
pub(super) struct Planted {
    pub(super) before: Document,
    pub(super) after: Document,
    pub(super) cell: usize,
    pub(super) range: Range<usize>,
}

/// Where a text goes.
#[derive(Clone)]
enum Slot {
    /// In place of this part of a cell.
    Part(usize, Range<usize>),
    /// A line of its own here in a cell.
    NewLine(usize, usize),
    /// A cell of its own here.
    NewCell(usize),
}

impl Slot {
    fn cell(&self) -> usize {
        match self {
            Slot::Part(cell, _) | Slot::NewLine(cell, _) | Slot::NewCell(cell) => *cell,
        }
    }

    /// Puts the text there. Returns the notebook and where the text's marks, or all of it, stand now.
    fn fill(&self, document: &Document, text: &str) -> (Document, Range<usize>) {
        let mut document = document.clone();
        let crlf = document.cells.iter().any(|(_, text)| text.contains("\r\n"));
        let text = if crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
        let end = if crlf { "\r\n" } else { "\n" };
        let first = text.find('«');
        let bare = text.replace(['«', '»'], "");
        let inside = match first {
            Some(start) => start..text.find('»').unwrap() - '«'.len_utf8(),
            None => 0..bare.len(),
        };
        let start = match self {
            Slot::Part(cell, range) => {
                document.cells[*cell].1.replace_range(range.clone(), &bare);
                range.start
            }
            Slot::NewLine(..) if bare.is_empty() => 0,
            Slot::NewLine(cell, at) => {
                let text = &mut document.cells[*cell].1;
                if *at == text.len() && !text.is_empty() && !text.ends_with('\n') {
                    text.push_str(&format!("{end}{bare}"));
                    at + end.len()
                } else {
                    text.insert_str(*at, &format!("{bare}{end}"));
                    *at
                }
            }
            Slot::NewCell(_) if bare.is_empty() => 0,
            Slot::NewCell(cell) => {
                document.cells.insert(*cell, (CellKind::Code, bare));
                0
            }
        };
        (document, start + inside.start..start + inside.end)
    }
}

/// The cell that creates the session: the first that sends a statement.
fn creating(model: &NotebookModel) -> Option<usize> {
    model.cells.iter().position(|cell| cell.effects.has_statement)
}

/// The lines `%name …` that the kernel reads as magics: cell, line, argument.
fn lines_of(model: &NotebookModel, name: &str) -> Vec<(usize, Range<usize>, Range<usize>)> {
    let mut found = Vec::new();
    for (index, cell) in model.cells.iter().enumerate() {
        for line in &cell.cell.split.head {
            if let HeadKind::Magic(magic) = &line.kind
                && magic.sigil.len() == 1
                && &cell.cell.text[magic.name.clone()] == name
            {
                found.push((index, line.range.clone(), magic.argument.clone()));
            }
        }
    }
    found
}

/// Whether a `%%configure` sets what the magic sets, or another magic does.
fn set_otherwise(model: &NotebookModel, name: &str) -> bool {
    let dashed = name.replace('_', "-");
    let configured = model.cells.iter().any(|cell| {
        let text = &cell.cell.text;
        text.contains("%%configure")
            && [format!("\"{name}\""), format!("-{dashed}\"")].iter().any(|key| text.contains(key.as_str()))
    });
    let twins: &[&str] = match name {
        "session_type" => &["etl", "streaming"],
        _ => &[],
    };
    configured || twins.iter().any(|twin| !lines_of(model, twin).is_empty())
}

/// Whether the notebook has the line magic or the key of `%%configure`.
fn has(model: &NotebookModel, name: &str) -> bool {
    set_otherwise(model, name) || !lines_of(model, name).is_empty()
}

/// Places for a line in the heads of the cells up to `last`, without those whose first line must stay the first.
fn head_slots(model: &NotebookModel, last: usize) -> Vec<Slot> {
    let mut slots = Vec::new();
    for (index, cell) in model.cells.iter().enumerate().take(last + 1) {
        let cell = &cell.cell;
        if cell.kind != CellKind::Code || matches!(cell.split.tail, Tail::CellMagic { .. }) {
            continue;
        }
        // A comment may be meant for the line below it.
        let comment = |at: usize| cell.text[..at].lines().last().is_some_and(|line| line.starts_with('#'));
        let starts = cell.split.head.iter().map(|line| line.range.start);
        let code = match &cell.split.tail {
            Tail::Code(code) => Some(code.start),
            _ => Some(cell.text.len()),
        };
        slots.extend(starts.chain(code).filter(|at| !comment(*at)).map(|at| Slot::NewLine(index, at)));
    }
    slots
}

/// Sets a line magic in a notebook: in its own line, or in one put into the settings. Returns the place of the line.
fn line_slot(document: &Document, name: &str, random: &mut Random) -> Option<(Slot, bool)> {
    let model = document.model();
    let creating = creating(&model)?;
    if set_otherwise(&model, name) {
        return None;
    }
    match lines_of(&model, name).as_slice() {
        [] => {
            let slots = head_slots(&model, creating);
            Some((if slots.is_empty() { Slot::NewCell(0) } else { random.pick(&slots).clone() }, false))
        }
        [(cell, line, _)] if *cell <= creating => Some((Slot::Part(*cell, line.clone()), true)),
        _ => None,
    }
}

/// The places in dictionaries of `%%configure` behind the opening bracket: one for each cell up to `last`.
fn entry_slots(model: &NotebookModel, last: usize) -> Vec<(Slot, bool)> {
    let mut slots = Vec::new();
    for (index, cell) in model.cells.iter().enumerate().take(last + 1) {
        if let Tail::CellMagic { kind: CellMagicKind::Configure, body, .. } = &cell.cell.split.tail
            && let Some(bracket) = cell.cell.text[body.clone()].find('{')
            && cell.effects.refusals.is_empty()
        {
            let at = body.start + bracket + 1;
            let alone = cell.cell.text[at..].starts_with(['\n', '\r']);
            slots.push((Slot::Part(index, at..at), alone));
        }
    }
    slots
}

/// Lines of Python below which another one may stand: imports, and the end of a cell.
fn code_slots(document: &Document, model: &NotebookModel) -> Vec<Slot> {
    let mut slots = Vec::new();
    if document.kernel != Kernel::PySpark {
        return slots;
    }
    for (index, cell) in model.cells.iter().enumerate() {
        let Tail::Code(code) = &cell.cell.split.tail else { continue };
        let text = &*cell.cell.text;
        if cell.syntax_error(model.python[index]).is_some() || text[code.clone()].contains('%') {
            continue;
        }
        for line in lines(&text[code.clone()]) {
            let content = &text[code.start + line.content.start..code.start + line.content.end];
            let import = (content.starts_with("import ") || content.starts_with("from "))
                && !content.ends_with(['(', '\\', ',']);
            if import && code.start + line.next < text.len() {
                slots.push(Slot::NewLine(index, code.start + line.next));
            }
        }
        slots.push(Slot::NewLine(index, text.len()));
    }
    slots
}

/// Plants a mistake; `None` where the notebook has no place for it.
///
/// `needs` are settings that the notebook has before, `without` such as it must not have.
pub(super) fn plant(
    document: &Document,
    needs: &[(&str, &str)],
    without: &[&str],
    place: Place,
    wrong: Wrong,
    random: &mut Random,
) -> Option<Planted> {
    let model = document.model();
    if without.iter().any(|name| has(&model, name)) {
        return None;
    }
    let mut document = document.clone();
    for (name, value) in needs {
        let slot = line_slot(&document, name, random)?.0;
        document = slot.fill(&document, &format!("%{name} {value}")).0;
    }
    let model = document.model();
    let creating = creating(&model)?;
    let wrong = match wrong {
        Wrong::One(texts) => (*random.pick(texts)).to_owned(),
        Wrong::Made(make) => make(random),
    };
    let (slot, good, bad) = match place {
        Place::Value(name, good) => {
            let (slot, there) = line_slot(&document, name, random)?;
            let good = match &slot {
                Slot::Part(cell, line) if there => document.cells[*cell].1[line.clone()].to_owned(),
                _ => format!("%{name} {good}"),
            };
            (slot, good, valued(name, &wrong))
        }
        Place::NewValue(name) => {
            let (slot, there) = line_slot(&document, name, random)?;
            if there {
                return None;
            }
            (slot, String::new(), valued(name, &wrong))
        }
        Place::Line | Place::Head => {
            let last = if matches!(place, Place::Line) { creating } else { model.cells.len() };
            let slots = head_slots(&model, last);
            (if slots.is_empty() { Slot::NewCell(0) } else { random.pick(&slots).clone() }, String::new(), wrong)
        }
        Place::Settings(good) => (Slot::NewCell(random.below(creating + 1)), good.to_owned(), wrong),
        Place::Python(_) if document.kernel != Kernel::PySpark => return None,
        Place::Anywhere(good) | Place::Python(good) => {
            (Slot::NewCell(random.below(model.cells.len() + 1)), good.to_owned(), wrong)
        }
        Place::Entry(good) => {
            let written = format!("{good} {wrong}").replace(['«', '»'], "");
            let keys = written.split("\":").filter_map(|upto| Some(upto.rsplit_once('"')?.1));
            let missing = |key: &str| {
                !has(&model, key) && !model.cells.iter().any(|cell| cell.cell.text.contains(&format!("\"{key}\"")))
            };
            if !keys.into_iter().all(missing) {
                return None;
            }
            match entry_slots(&model, creating).as_slice() {
                [] => {
                    let body = |entry: &str| format!("%%configure\n{{\n    {entry}\n}}");
                    let good = if good.is_empty() { "\"--TempDir\": \"s3://orders-temp/\"" } else { good };
                    (Slot::NewCell(random.below(creating + 1)), body(good), body(&wrong))
                }
                slots => {
                    let (slot, alone) = random.pick(slots).clone();
                    let entry = |text: &str| match (text, alone) {
                        ("", _) => String::new(),
                        (text, true) => format!("\n    {text},"),
                        (text, false) => format!("{text}, "),
                    };
                    (slot, entry(good), entry(&wrong))
                }
            }
        }
        Place::BelowCode => {
            let slots = code_slots(&document, &model);
            (!slots.is_empty()).then_some(())?;
            (random.pick(&slots).clone(), String::new(), wrong)
        }
        Place::Live => {
            let stops = |index: &usize| model.cells[*index].effects.changes.iter().any(|c| c.kind == ChangeKind::Stop);
            // A session that ends and is followed by another one takes the setting over.
            if (creating..model.cells.len()).any(|index| stops(&index)) {
                return None;
            }
            (Slot::NewCell(creating + 1 + random.below(model.cells.len() - creating)), String::new(), wrong)
        }
    };
    let (before, _) = slot.fill(&document, &good);
    let (after, range) = slot.fill(&document, &bad);
    Some(Planted { before, after, cell: slot.cell(), range })
}

/// A line magic with its value, which is marked if it is not yet.
fn valued(name: &str, value: &str) -> String {
    match value {
        "" => format!("«%{name}»"),
        _ if value.contains('«') => format!("%{name} {value}"),
        _ => format!("%{name} «{value}»"),
    }
}
