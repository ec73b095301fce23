//! An open document: its text or its cells, and what they mean.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use ropey::Rope;
use tower_lsp_server::gen_lsp_types::{NotebookCellKind, TextDocumentContentChangeEvent};

use crate::features::{Analysis, RuleConfig};
use crate::model::account::AccountsHandle;
use crate::model::gate::{self, gate, is_magic_name};
use crate::model::open::form_of;
use crate::model::{Environment, Gate, Kernel, NotebookModel};
use crate::syntax::{Cell, CellKind, Form, Notebook, NotebookMeta, PlacedCell, ipynb, percent};
use crate::text::{PositionEncoding, apply_change};

use super::convert;

/// What documents are made with.
#[derive(Clone)]
pub(super) struct Means {
    /// How the client counts characters.
    pub(super) encoding: PositionEncoding,
    /// What the kernel would find outside the document.
    pub(super) environment: Arc<Environment>,
    /// What may be known of the accounts that the document uses.
    pub(super) accounts: AccountsHandle,
    /// Rules where another Python server is likely to look at the code.
    pub(super) beside_python: Arc<RuleConfig>,
    /// Rules elsewhere.
    pub(super) alone: Arc<RuleConfig>,
}

/// A text that is open, in any form but cell by cell.
pub(super) struct TextDocument {
    pub(super) version: i32,
    language_id: String,
    path: String,
    rope: Rope,
    parts: Parts,
    pub(super) analysis: Arc<Analysis>,
}

/// What a text was taken apart into.
enum Parts {
    /// Its cells are in the model alone, between two edits.
    Json(Box<ipynb::Parsed>),
    Percent,
    /// One cell that is the whole text.
    Whole,
}

impl TextDocument {
    pub(super) fn open(path: &str, language_id: &str, version: i32, text: &str, means: &Means) -> TextDocument {
        let rope = Rope::from_str(text);
        let (parts, analysis) = take_apart(text, language_id, path, means);
        TextDocument {
            version,
            language_id: language_id.to_owned(),
            path: path.to_owned(),
            rope,
            parts,
            analysis: Arc::new(analysis),
        }
    }

    pub(super) fn rope(&self) -> &Rope {
        &self.rope
    }

    /// Applies changes in order.
    pub(super) fn change(&mut self, version: i32, changes: &[TextDocumentContentChangeEvent], means: &Means) {
        self.version = version;
        for change in changes {
            let (range, text) = convert::content_change(change);
            let old = apply_change(&mut self.rope, range, text, means.encoding);
            let new = old.start..old.start + text.len();
            if range.is_none() || self.may_change_form(new) || !self.update(old, text.len(), means) {
                self.reopen(means);
            }
        }
    }

    /// Returns whether what now stands in `edited` may have made the text one of another form.
    fn may_change_form(&self, edited: Range<usize>) -> bool {
        let notebook = begins_like_notebook(&self.rope);
        match &self.parts {
            Parts::Json(_) => !notebook,
            Parts::Percent => (notebook && self.language_id != "python") || has_rewritten_magic(&self.rope, edited),
            Parts::Whole => true,
        }
    }

    fn reopen(&mut self, means: &Means) {
        let text = self.rope.to_string();
        let (parts, analysis) = take_apart(&text, &self.language_id, &self.path, means);
        self.parts = parts;
        self.analysis = Arc::new(analysis);
    }

    /// Takes over one replaced range: cells that the edit does not touch stay as they are. Returns whether
    /// the text is sure to be of the form that it was of.
    fn update(&mut self, old: Range<usize>, new_len: usize, means: &Means) -> bool {
        let analysis = Arc::make_mut(&mut self.analysis);
        let mut notebook = take_notebook(analysis);
        let names = kernel_names(&notebook.meta);
        let changed = match &mut self.parts {
            Parts::Json(parsed) => {
                parsed.cells = std::mem::take(&mut notebook.cells);
                let changed = ipynb::update(parsed, &self.rope, old, new_len);
                notebook.cells = std::mem::take(&mut parsed.cells);
                notebook.meta.clone_from(&parsed.meta);
                changed
            }
            Parts::Percent => {
                notebook.meta = percent::header_meta_of(&self.rope);
                percent::update(&mut notebook.cells, &self.rope, old, new_len, &is_magic_name)
            }
            Parts::Whole => return false,
        };
        // Several cells need a marker between them; what one cell is depends on its text.
        let sure = notebook.form != Form::Percent || notebook.cells.len() > 1;
        let gate = match names == kernel_names(&notebook.meta) {
            true => gate_after(&analysis.model, &notebook, changed.clone(), None),
            false => gate(&notebook, None),
        };
        analysis.update(notebook, gate, changed, &means.environment);
        sure
    }

    /// Takes over other settings.
    pub(super) fn reconfigure(&mut self, means: &Means) {
        let form = self.analysis.model.notebook.form;
        Arc::make_mut(&mut self.analysis).reconfigure(rules(form, &self.language_id, means));
    }
}

fn take_apart(text: &str, language_id: &str, path: &str, means: &Means) -> (Parts, Analysis) {
    let form = form_of(text, Some(language_id), path);
    let (parts, notebook) = match form {
        Form::Json => {
            let mut parsed = ipynb::parse(text);
            let cells = std::mem::take(&mut parsed.cells);
            let notebook = Notebook { form, meta: parsed.meta.clone(), cells };
            (Parts::Json(Box::new(parsed)), notebook)
        }
        Form::Percent => {
            let cells = percent::parse(text, &is_magic_name);
            (Parts::Percent, Notebook { form, meta: percent::header_meta(text), cells })
        }
        Form::Script | Form::Virtual | Form::Cells => {
            let cell = PlacedCell { range: 0..text.len(), cell: Cell::whole(CellKind::Code, text).into() };
            (Parts::Whole, Notebook { form, meta: NotebookMeta::default(), cells: vec![cell] })
        }
    };
    let mut model = NotebookModel::of(notebook, None, &means.environment);
    model.accounts = means.accounts.clone();
    (parts, Analysis::new(model, rules(form, language_id, means)))
}

/// Takes the cells out of an analysis that is about to get others; what the document says about itself stays, to be
/// compared.
fn take_notebook(analysis: &mut Analysis) -> Notebook {
    let notebook = &mut analysis.model.notebook;
    Notebook { form: notebook.form, meta: notebook.meta.clone(), cells: std::mem::take(&mut notebook.cells) }
}

/// What a document says about its kernel.
fn kernel_names(meta: &NotebookMeta) -> (Option<String>, Option<String>) {
    (meta.kernel_name.clone(), meta.language.clone())
}

/// Decides what to do with a document, `changed` cells of which are new; the model is still that of the one before, which
/// said the same about its kernel.
fn gate_after(model: &NotebookModel, notebook: &Notebook, changed: Range<usize>, forced: Option<Kernel>) -> Gate {
    let tail = notebook.cells.len() - changed.end;
    let old = changed.start..model.cells.len().saturating_sub(tail).max(changed.start);
    gate::gate_after(model.gate, model.cells[old].iter().map(|cell| &*cell.cell), notebook, changed, forced)
}

/// Returns whether a text begins as the JSON of a notebook does; looks at no more than its beginning.
fn begins_like_notebook(text: &Rope) -> bool {
    let first = text.chars().find(|&c| c != '\u{feff}' && !c.is_whitespace());
    first == Some('{')
}

/// Returns whether one of the lines that a range of a text touches may be a magic that jupyterlab-lsp has
/// rewritten.
fn has_rewritten_magic(text: &Rope, range: Range<usize>) -> bool {
    let lines = text.byte_to_line(range.start)..=text.byte_to_line(range.end);
    lines.into_iter().any(|line| {
        let line = text.line(line);
        const START: &str = "get_ipython().run_";
        line.len_bytes() >= START.len() && line.chars().take(START.len()).eq(START.chars())
    })
}

/// Which rules run on a text: syntax errors of code inside JSON nobody else reports.
fn rules(form: Form, language_id: &str, means: &Means) -> Arc<RuleConfig> {
    let beside_python = form != Form::Json && language_id == "python";
    if beside_python { means.beside_python.clone() } else { means.alone.clone() }
}

/// A cell that is synced as a document of its own.
pub(super) struct SyncedCell {
    pub(super) uri: String,
    kind: CellKind,
    language_id: String,
    pub(super) version: i32,
    pub(super) rope: Rope,
    /// What its metadata says of rules that are not reported in it.
    ignored: Option<String>,
}

/// A notebook that is synced cell by cell.
pub(super) struct NotebookDocument {
    meta: NotebookMeta,
    /// The kernel that the user has chosen to run the cells, whatever the notebook says.
    chosen: Option<Kernel>,
    pub(super) cells: Vec<SyncedCell>,
    /// Each cell's place by its URI: a keystroke must not search thousands of cells.
    index: HashMap<String, usize>,
    pub(super) analysis: Arc<Analysis>,
}

/// A cell as the client describes it, with its text where it came along.
pub(super) struct CellItem {
    pub(super) uri: String,
    pub(super) kind: NotebookCellKind,
    pub(super) language_id: Option<String>,
    pub(super) version: i32,
    pub(super) text: Option<String>,
    /// What its metadata says of rules that are not reported in it.
    pub(super) ignored: Option<String>,
}

impl NotebookDocument {
    pub(super) fn open(meta: NotebookMeta, cells: Vec<CellItem>, means: &Means) -> NotebookDocument {
        let cells: Vec<SyncedCell> = cells.into_iter().map(|item| SyncedCell::new(item, None)).collect();
        let analysis = analyse(&meta, None, &cells, means);
        let index = index(&cells);
        NotebookDocument { meta, chosen: None, cells, index, analysis: Arc::new(analysis) }
    }

    /// Replaces cells: a move arrives as a removal and an insertion without text, so a cell that was
    /// here a moment ago keeps what it had.
    pub(super) fn splice(&mut self, start: usize, delete: usize, items: Vec<CellItem>, means: &Means) {
        let start = start.min(self.cells.len());
        let end = (start + delete).min(self.cells.len());
        let mut removed: Vec<SyncedCell> = self.cells.splice(start..end, []).collect();
        let fresh: Vec<SyncedCell> = items
            .into_iter()
            .map(|item| {
                let known = removed.iter().position(|cell| cell.uri == item.uri).map(|at| removed.swap_remove(at));
                SyncedCell::new(item, known)
            })
            .collect();
        let changed = start..start + fresh.len();
        self.cells.splice(start..start, fresh);
        self.index = index(&self.cells);
        self.refresh(changed, means);
        self.reconfigure(means);
    }

    /// Takes over the text of a cell that the client sends after the structure.
    pub(super) fn set_text(&mut self, item: CellItem, means: &Means) {
        if let Some(index) = self.position(&item.uri) {
            let (kind, ignored) = (self.cells[index].kind, self.cells[index].ignored.take());
            let mut cell = SyncedCell::new(item, None);
            (cell.kind, cell.ignored) = (kind, ignored);
            self.cells[index] = cell;
            self.refresh(index..index + 1, means);
            self.reconfigure(means);
        }
    }

    /// Applies text changes to one cell. Returns whether problems of other cells may have changed.
    pub(super) fn change(
        &mut self,
        uri: &str,
        version: i32,
        changes: &[TextDocumentContentChangeEvent],
        means: &Means,
    ) -> bool {
        let Some(index) = self.position(uri) else { return false };
        let cell = &mut self.cells[index];
        cell.version = version;
        for change in changes {
            let (range, text) = convert::content_change(change);
            apply_change(&mut cell.rope, range, text, means.encoding);
        }
        self.refresh(index..index + 1, means)
    }

    /// Takes over a cell's kind and metadata. Returns whether problems of other cells may have changed; `None` if they
    /// are those that the cell had.
    pub(super) fn set_data(
        &mut self,
        uri: &str,
        kind: NotebookCellKind,
        ignored: Option<String>,
        means: &Means,
    ) -> Option<bool> {
        let index = self.position(uri)?;
        let cell = &mut self.cells[index];
        if cell.kind == cell_kind(kind) && cell.ignored == ignored {
            return None;
        }
        (cell.kind, cell.ignored) = (cell_kind(kind), ignored);
        Some(self.refresh(index..index + 1, means))
    }

    /// Takes over what the notebook says about its kernel, if it says something else than before.
    pub(super) fn set_meta(&mut self, meta: NotebookMeta, means: &Means) {
        if self.meta != meta {
            self.meta = meta;
            self.analysis = Arc::new(analyse(&self.meta, self.chosen, &self.cells, means));
        }
    }

    /// Takes the notebook for one of Glue's from now on. Returns whether that is something new.
    pub(super) fn adopt(&mut self, means: &Means) -> bool {
        if self.analysis.model.gate.kernel().is_some() {
            return false;
        }
        self.chosen = Some(Kernel::PySpark);
        self.analysis = Arc::new(analyse(&self.meta, self.chosen, &self.cells, means));
        true
    }

    pub(super) fn reconfigure(&mut self, means: &Means) {
        Arc::make_mut(&mut self.analysis).reconfigure(cell_rules(&self.cells, means));
    }

    pub(super) fn position(&self, uri: &str) -> Option<usize> {
        self.index.get(uri).copied()
    }

    fn refresh(&mut self, changed: Range<usize>, means: &Means) -> bool {
        let analysis = Arc::make_mut(&mut self.analysis);
        let mut notebook = take_notebook(analysis);
        let tail = self.cells.len() - changed.end;
        let old_end = notebook.cells.len().saturating_sub(tail).max(changed.start);
        notebook.cells.splice(changed.start..old_end, self.cells[changed.clone()].iter().map(SyncedCell::place));
        // What the notebook says about its kernel makes another analysis.
        let gate = gate_after(&analysis.model, &notebook, changed.clone(), self.chosen);
        analysis.update(notebook, gate, changed, &means.environment)
    }
}

impl SyncedCell {
    fn new(item: CellItem, known: Option<SyncedCell>) -> SyncedCell {
        let (language_id, rope, version) = match (item.text, known) {
            (Some(text), _) => (item.language_id.unwrap_or_default(), Rope::from_str(&text), item.version),
            (None, Some(known)) => (known.language_id, known.rope, known.version),
            (None, None) => (item.language_id.unwrap_or_default(), Rope::new(), item.version),
        };
        SyncedCell { uri: item.uri, kind: cell_kind(item.kind), language_id, version, rope, ignored: item.ignored }
    }

    fn place(&self) -> PlacedCell {
        let cell = Cell::whole(self.kind, self.rope.to_string()).ignoring(self.ignored.as_deref());
        PlacedCell { range: 0..cell.text.len(), cell: cell.into() }
    }
}

fn index(cells: &[SyncedCell]) -> HashMap<String, usize> {
    cells.iter().enumerate().map(|(place, cell)| (cell.uri.clone(), place)).collect()
}

fn cell_kind(kind: NotebookCellKind) -> CellKind {
    if kind == NotebookCellKind::Code { CellKind::Code } else { CellKind::Markdown }
}

fn analyse(meta: &NotebookMeta, chosen: Option<Kernel>, cells: &[SyncedCell], means: &Means) -> Analysis {
    let notebook =
        Notebook { form: Form::Cells, meta: meta.clone(), cells: cells.iter().map(SyncedCell::place).collect() };
    let mut model = NotebookModel::of(notebook, chosen, &means.environment);
    model.accounts = means.accounts.clone();
    Analysis::new(model, cell_rules(cells, means))
}

/// Which rules run on a notebook: the Glue kernel's cells have a language of their own, which no other
/// server knows; those of a plain Python kernel are looked at by others.
fn cell_rules(cells: &[SyncedCell], means: &Means) -> Arc<RuleConfig> {
    let plain = cells.iter().any(|cell| cell.language_id == "python");
    if plain { means.beside_python.clone() } else { means.alone.clone() }
}

#[cfg(test)]
mod tests {
    use tower_lsp_server::gen_lsp_types as lsp;

    use super::*;
    use crate::text::range_at;

    fn means() -> Means {
        Means {
            encoding: PositionEncoding::Utf8,
            environment: Arc::default(),
            accounts: AccountsHandle::default(),
            beside_python: Arc::default(),
            alone: Arc::default(),
        }
    }

    fn open(text: &str) -> TextDocument {
        TextDocument::open("/script.py", "python", 1, text, &means())
    }

    /// Replaces a piece of the document's text that occurs in it once.
    fn replace(document: &mut TextDocument, old: &str, new: &str) {
        let at = document.rope.to_string().find(old).unwrap();
        let place = |offset| convert::range_to(range_at(&document.rope, offset, PositionEncoding::Utf8));
        let change = lsp::TextDocumentContentChangePartial::new(place(at..at + old.len()), None, new.to_owned());
        let change = TextDocumentContentChangeEvent::TextDocumentContentChangePartial(change);
        document.change(2, &[change], &means());
    }

    #[test]
    fn an_edit_leaves_what_is_known_of_other_cells() {
        let header = "# ---\n# jupyter:\n#   kernelspec:\n#     name: glue_pyspark\n# ---\n\n";
        let text = format!("{header}# %%\n# %workertype G.1X\n\n# %%\nx = 1\n\n# %%\n# %regin eu-west-1\n");
        let mut document = open(&text);
        let before = document.analysis.clone();
        let place = |analysis: &Analysis, cell| analysis.problems(cell).as_ptr();
        assert!([0, 2].iter().all(|&cell| !before.problems(cell).is_empty()));
        let known = [0, 2].map(|cell| place(&before, cell));
        replace(&mut document, "x = 1", "x = 12");
        assert!(!Arc::ptr_eq(&before, &document.analysis));
        assert_eq!([0, 2].map(|cell| place(&document.analysis, cell)), known, "they were computed anew");
    }

    #[test]
    fn an_edit_decides_anew_whose_document_it_is() {
        let mut document = open("# %%\nx = 1\n\n# %%\ny = 2\n\n# %%\nz = 3\n");
        let glue = |document: &TextDocument| document.analysis.model.gate.kernel().is_some();
        assert!(!glue(&document));
        for (old, new, expected) in [
            ("y = 2", "# %glue_version 5.0\ny = 2", true),
            ("x = 1", "# %worker_type G.1X\nx = 1", true),
            ("# %glue_version 5.0\n", "", true),
            ("# %worker_type G.1X", "# of no kind", false),
            ("z = 3", "import awsglue", true),
            ("x = 1", "x = 12", true),
            ("import awsglue", "import glue", false),
        ] {
            replace(&mut document, old, new);
            assert_eq!(glue(&document), expected, "{old:?} became {new:?}");
            assert_eq!(glue(&open(&document.rope.to_string())), expected, "{old:?} became {new:?}, opened anew");
        }
    }
}
