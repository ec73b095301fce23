//! All open documents. Changed under one short lock, before a handler's first `.await`.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use ropey::Rope;
use serde_json::Value as Json;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::RuleConfig;
use crate::model::Environment;
use crate::settings::{Settings, is_project_file};
use crate::syntax::Form;
use crate::text::{PositionEncoding, apply_change};

use super::accounts::{Names, of_document};
use super::convert;
use super::document::{CellItem, Means, NotebookDocument, TextDocument};
use super::runs::Runnable;
use super::scripts;
use super::view::View;

/// All open documents, and how to make more.
#[derive(Default)]
pub(super) struct World {
    texts: HashMap<String, TextDocument>,
    notebooks: HashMap<String, NotebookDocument>,
    /// The notebook of each synced cell.
    owners: HashMap<String, String>,
    encoding: PositionEncoding,
    settings: Settings,
    /// Which rules run, beside another Python server and alone: by document where files differ, else under `""`.
    rules: HashMap<String, (Arc<RuleConfig>, Arc<RuleConfig>)>,
    /// Project files that are open: what they set counts once they are saved.
    project_files: HashMap<String, ProjectFile>,
    environment: OnceLock<Arc<Environment>>,
    names: Arc<Names>,
}

/// A project file that is open.
pub(super) struct ProjectFile {
    pub(super) version: i32,
    pub(super) rope: Rope,
}

/// Which documents may show other problems after a change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// Documents whose own text changed, those included that were closed.
    pub(super) documents: Vec<String>,
    /// Whose problems may have changed besides.
    pub(super) others: Others,
}

/// Documents whose problems may have changed though their text did not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Others {
    #[default]
    None,
    /// All cells of this notebook.
    Notebook(String),
    /// All that are open.
    All,
}

impl World {
    /// Makes a world without documents, which will know of accounts what `names` knows.
    pub(super) fn new(names: Arc<Names>) -> World {
        World { names, ..World::default() }
    }

    pub(super) fn set_encoding(&mut self, encoding: PositionEncoding) {
        self.encoding = encoding;
    }

    /// Takes over settings; returns which documents may show other problems then.
    pub(super) fn configure(&mut self, settings: Settings) -> Touched {
        if self.settings == settings {
            return Touched::default();
        }
        self.settings = settings;
        self.rules.clear();
        if self.texts.is_empty() && self.notebooks.is_empty() {
            return Touched::default();
        }
        for uri in self.texts.keys().cloned().collect::<Vec<_>>() {
            let means = self.means(&uri);
            self.texts.get_mut(&uri).into_iter().for_each(|document| document.reconfigure(&means));
        }
        for uri in self.notebooks.keys().cloned().collect::<Vec<_>>() {
            let means = self.means(&uri);
            self.notebooks.get_mut(&uri).into_iter().for_each(|notebook| notebook.reconfigure(&means));
        }
        Touched { documents: Vec::new(), others: Others::All }
    }

    /// What the document of that URI is made with.
    fn means(&mut self, uri: &str) -> Means {
        let settings = &self.settings;
        let key = if settings.per_file_ignores.is_empty() { "" } else { uri };
        if !self.rules.contains_key(key) {
            let path = scripts::place(uri);
            let rules = (settings.rules(true, path.as_deref()), settings.rules(false, path.as_deref()));
            self.rules.insert(key.to_owned(), rules);
        }
        let (beside_python, alone) = self.rules.get(key).cloned().unwrap_or_default();
        Means {
            encoding: self.encoding,
            // Read when the first document is open, not before: starting must cost nothing.
            environment: self.environment.get_or_init(|| Arc::new(crate::host::environment())).clone(),
            accounts: of_document(&self.names, uri),
            beside_python,
            alone,
        }
    }

    /// Looks again at what was found with what was known of accounts, since something else is known; returns which
    /// documents show other problems then.
    pub(super) fn accounts_changed(&mut self) -> Touched {
        let texts = self.texts.values_mut().map(|document| &mut document.analysis);
        let notebooks = self.notebooks.values_mut().map(|notebook| &mut notebook.analysis);
        let mut differs = false;
        for analysis in texts.chain(notebooks).filter(|analysis| analysis.model.gate.kernel().is_some()) {
            differs |= Arc::make_mut(analysis).accounts_changed();
        }
        Touched { documents: Vec::new(), others: if differs { Others::All } else { Others::None } }
    }

    pub(super) fn open_text(&mut self, item: &lsp::TextDocumentItem) -> Touched {
        let uri = item.uri.0.clone();
        if is_project_file(&uri) {
            let file = ProjectFile { version: item.version, rope: Rope::from_str(&item.text) };
            self.project_files.insert(uri.clone(), file);
            return Touched { documents: vec![uri], others: Others::None };
        }
        let means = self.means(&uri);
        let document = TextDocument::open(&uri, item.language_id.as_str(), item.version, &item.text, &means);
        self.texts.insert(uri.clone(), document);
        Touched { documents: vec![uri], others: Others::None }
    }

    pub(super) fn change_text(&mut self, params: &lsp::DidChangeTextDocumentParams) -> Touched {
        let uri = &params.text_document.text_document_identifier.uri.0;
        if let Some(file) = self.project_files.get_mut(uri) {
            file.version = params.text_document.version;
            for change in &params.content_changes {
                let (range, text) = convert::content_change(change);
                apply_change(&mut file.rope, range, text, self.encoding);
            }
            return Touched { documents: vec![uri.clone()], others: Others::None };
        }
        let means = self.means(uri);
        let Some(document) = self.texts.get_mut(uri) else { return Touched::default() };
        document.change(params.text_document.version, &params.content_changes, &means);
        Touched { documents: vec![uri.clone()], others: Others::None }
    }

    pub(super) fn close_text(&mut self, uri: &str) {
        self.names.forget(uri);
        self.texts.remove(uri);
        self.project_files.remove(uri);
        self.rules.remove(uri);
    }

    /// Returns a project file that is open, with how the client counts its characters.
    pub(super) fn project_file(&self, uri: &str) -> Option<(&ProjectFile, PositionEncoding)> {
        Some((self.project_files.get(uri)?, self.encoding))
    }

    pub(super) fn open_notebook(&mut self, params: &lsp::DidOpenNotebookDocumentParams) -> Touched {
        let notebook = &params.notebook_document;
        let means = self.means(&notebook.uri.0);
        let mut texts: HashMap<&str, &lsp::TextDocumentItem> =
            params.cell_text_documents.iter().map(|item| (item.uri.0.as_str(), item)).collect();
        let items = notebook
            .cells
            .iter()
            .map(|cell| cell_item(cell, texts.remove(cell.document.0.as_str())))
            .collect::<Vec<_>>();
        let documents: Vec<String> = items.iter().map(|item| item.uri.clone()).collect();
        for uri in &documents {
            self.owners.insert(uri.clone(), notebook.uri.0.clone());
        }
        let meta = convert::notebook_meta(metadata(notebook.metadata.as_ref()).as_ref());
        self.notebooks.insert(notebook.uri.0.clone(), NotebookDocument::open(meta, items, &means));
        Touched { documents, others: Others::None }
    }

    /// Applies a change of a notebook: structure, then data, then text.
    pub(super) fn change_notebook(&mut self, params: &lsp::DidChangeNotebookDocumentParams) -> Touched {
        let uri = &params.notebook_document.uri.0;
        let means = self.means(uri);
        let Some(notebook) = self.notebooks.get_mut(uri) else { return Touched::default() };
        let mut touched = Touched::default();
        let mut others = false;
        if let Some(meta) = metadata(params.change.metadata.as_ref()) {
            let before = notebook.analysis.model.gate;
            notebook.set_meta(convert::notebook_meta(Some(&meta)), &means);
            others |= before != notebook.analysis.model.gate;
        }
        let cells = params.change.cells.as_ref();
        if let Some(structure) = cells.and_then(|cells| cells.structure.as_ref()) {
            let opened = structure.did_open.as_deref().unwrap_or_default();
            let mut texts: HashMap<&str, &lsp::TextDocumentItem> =
                opened.iter().map(|item| (item.uri.0.as_str(), item)).collect();
            let array = &structure.array;
            let items: Vec<CellItem> = array
                .cells
                .iter()
                .flatten()
                .map(|cell| cell_item(cell, texts.remove(cell.document.0.as_str())))
                .collect();
            for item in &items {
                self.owners.insert(item.uri.clone(), uri.clone());
                touched.documents.push(item.uri.clone());
            }
            notebook.splice(array.start as usize, array.delete_count as usize, items, &means);
            // Texts of cells that are not among the inserted ones.
            for (_, text) in texts {
                notebook.set_text(text_item(text), &means);
                touched.documents.push(text.uri.0.clone());
            }
            for closed in structure.did_close.iter().flatten() {
                if notebook.position(&closed.uri.0).is_none() {
                    self.owners.remove(&closed.uri.0);
                    touched.documents.push(closed.uri.0.clone());
                }
            }
            others = true;
        }
        for cell in cells.and_then(|cells| cells.data.as_ref()).into_iter().flatten() {
            if let Some(more) = notebook.set_data(&cell.document.0, cell.kind, ignored(cell), &means) {
                others |= more;
                touched.documents.push(cell.document.0.clone());
            }
        }
        for content in cells.and_then(|cells| cells.text_content.as_ref()).into_iter().flatten() {
            let cell = &content.document.text_document_identifier.uri.0;
            others |= notebook.change(cell, content.document.version, &content.changes, &means);
            touched.documents.push(cell.clone());
        }
        if others {
            touched.others = Others::Notebook(uri.clone());
        }
        touched
    }

    pub(super) fn close_notebook(&mut self, params: &lsp::DidCloseNotebookDocumentParams) -> Vec<String> {
        let Some(notebook) = self.notebooks.remove(&params.notebook_document.uri.0) else { return Vec::new() };
        self.rules.remove(&params.notebook_document.uri.0);
        self.names.forget(&params.notebook_document.uri.0);
        let cells: Vec<String> = notebook.cells.into_iter().map(|cell| cell.uri).collect();
        for cell in &cells {
            self.owners.remove(cell);
        }
        cells
    }

    /// Returns the document as it is now: a text, or one synced cell.
    pub(super) fn view(&self, uri: &str) -> Option<View> {
        if let Some(document) = self.texts.get(uri) {
            return Some(View::new(document.analysis.clone(), document.rope().clone(), self.encoding, None));
        }
        let notebook = self.notebooks.get(self.owners.get(uri)?)?;
        let index = notebook.position(uri)?;
        let rope = notebook.cells[index].rope.clone();
        Some(View::new(notebook.analysis.clone(), rope, self.encoding, Some(index)))
    }

    /// Returns all open documents as they are now, by their URIs; of a notebook, its cells.
    pub(super) fn views(&self) -> Vec<(String, View)> {
        let uris = self.texts.keys().chain(self.owners.keys());
        uris.filter_map(|uri| Some((uri.clone(), self.view(uri)?))).collect()
    }

    /// Returns the URIs of the texts and notebooks that are open.
    pub(super) fn open_uris(&self) -> Vec<String> {
        self.texts.keys().chain(self.notebooks.keys()).cloned().collect()
    }

    /// Returns how the client counts characters.
    pub(super) fn encoding(&self) -> PositionEncoding {
        self.encoding
    }

    /// Returns what the kernel would find outside of documents.
    pub(super) fn environment(&mut self) -> Arc<Environment> {
        self.means("").environment
    }

    /// Returns a document whose cells may be run: a text by its URI, a notebook by its own or by that of one of its cells.
    pub(super) fn runnable(&mut self, uri: &str) -> Option<Runnable> {
        let environment = self.means(uri).environment;
        if let Some(document) = self.texts.get(uri) {
            let analysis = document.analysis.clone();
            return Some(Runnable { uri: uri.to_owned(), analysis, cell_uris: None, environment });
        }
        let own = self.owners.get(uri).map_or(uri, String::as_str);
        let notebook = self.notebooks.get(own)?;
        let uris = notebook.cells.iter().map(|cell| cell.uri.clone()).collect();
        Some(Runnable { uri: own.to_owned(), analysis: notebook.analysis.clone(), cell_uris: Some(uris), environment })
    }

    /// Returns the document that a URI belongs to: a cell's notebook, or the document itself. Open or not.
    pub(super) fn owner<'a>(&'a self, uri: &'a str) -> &'a str {
        self.owners.get(uri).map_or(uri, String::as_str)
    }

    /// Returns whether a document is a notebook that is synced cell by cell, or one of its cells.
    pub(super) fn is_notebook(&self, uri: &str) -> bool {
        self.notebooks.contains_key(self.owner(uri))
    }

    /// Returns the notebooks that are open as JSON text, by their URIs.
    pub(super) fn json_texts(&self) -> Vec<(String, Rope)> {
        let is_json = |document: &TextDocument| document.analysis.model.notebook.form == Form::Json;
        let json = self.texts.iter().filter(|(_, document)| is_json(document));
        json.map(|(uri, document)| (uri.clone(), document.rope().clone())).collect()
    }

    /// Returns whether a notebook or text is open.
    pub(super) fn is_open(&self, uri: &str) -> bool {
        self.texts.contains_key(uri) || self.notebooks.contains_key(uri)
    }

    /// Returns the documents that show the problems of a notebook or text: its cells, or itself.
    pub(super) fn shown_in(&self, uri: &str) -> Vec<String> {
        match self.notebooks.get(uri) {
            Some(notebook) => notebook.cells.iter().map(|cell| cell.uri.clone()).collect(),
            None => vec![uri.to_owned()],
        }
    }

    /// Takes a notebook for one of Glue's, because its cells are run by a Glue kernel from now on.
    pub(super) fn adopt(&mut self, uri: &str) -> Touched {
        let means = self.means(uri);
        let Some(notebook) = self.notebooks.get_mut(uri) else { return Touched::default() };
        match notebook.adopt(&means) {
            true => Touched { documents: Vec::new(), others: Others::Notebook(uri.to_owned()) },
            false => Touched::default(),
        }
    }

    /// Returns the settings.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the version that the client gave the document last.
    pub(super) fn version(&self, uri: &str) -> Option<i32> {
        if let Some(document) = self.texts.get(uri) {
            return Some(document.version);
        }
        if let Some(file) = self.project_files.get(uri) {
            return Some(file.version);
        }
        let notebook = self.notebooks.get(self.owners.get(uri)?)?;
        Some(notebook.cells[notebook.position(uri)?].version)
    }

    /// Returns those documents whose problems may have changed, the changed ones first.
    pub(super) fn all_touched(&self, touched: Touched) -> Vec<String> {
        let mut documents = touched.documents;
        match touched.others {
            Others::None => {}
            Others::Notebook(uri) => {
                let cells = self.notebooks.get(&uri).map(|notebook| notebook.cells.iter());
                documents.extend(cells.into_iter().flatten().map(|cell| cell.uri.clone()));
            }
            Others::All => documents.extend(self.texts.keys().chain(self.owners.keys()).cloned()),
        }
        documents
    }
}

fn metadata(object: Option<&lsp::LspObject>) -> Option<Json> {
    object.map(|object| Json::Object(object.clone()))
}

fn cell_item(cell: &lsp::NotebookCell, text: Option<&lsp::TextDocumentItem>) -> CellItem {
    CellItem {
        uri: cell.document.0.clone(),
        kind: cell.kind,
        language_id: text.map(|text| text.language_id.as_str().to_owned()),
        version: text.map_or(0, |text| text.version),
        text: text.map(|text| text.text.clone()),
        ignored: ignored(cell),
    }
}

/// What a cell's metadata says of rules that are not reported in it. VS Code nests it once more.
fn ignored(cell: &lsp::NotebookCell) -> Option<String> {
    let metadata = cell.metadata.as_ref()?;
    let own = metadata.get("glue-ls-ignore").or_else(|| metadata.get("metadata")?.get("glue-ls-ignore"))?;
    own.as_str().map(str::to_owned)
}

fn text_item(text: &lsp::TextDocumentItem) -> CellItem {
    CellItem {
        uri: text.uri.0.clone(),
        kind: lsp::NotebookCellKind::Code,
        language_id: Some(text.language_id.as_str().to_owned()),
        version: text.version,
        text: Some(text.text.clone()),
        ignored: None,
    }
}
