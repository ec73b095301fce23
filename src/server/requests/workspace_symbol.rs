//! `workspace/symbol`: symbols of the documents that are open, and of Glue's notebooks and scripts in the folders that
//! are.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use ropey::Rope;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::symbols::SymbolKind;
use crate::features::workspace_symbols::{Entry, entries, rank};
use crate::model::open::{form_of, open};
use crate::model::{Environment, NotebookModel};
use crate::server::convert;
use crate::server::runs::lock;
use crate::server::uri::{file_path, file_uri};
use crate::server::view::View;
use crate::text::{PositionEncoding, range_at};

/// The most symbols that are sent: the best ones.
const MOST_SYMBOLS: usize = 256;
/// The most symbols of a file.
const MOST_OF_A_FILE: usize = 2_000;
/// The most files that are read.
const MOST_FILES: usize = 2_000;
/// The most files and folders that are looked at.
const MOST_ENTRIES: usize = 50_000;
/// Longer files are passed over, in bytes: a notebook may hold pictures.
const LONGEST_FILE: u64 = 8 << 20;

/// The most that one search reads, in bytes; what it has not come to, the next one reads.
const MOST_BYTES: u64 = 128 << 20;

/// The symbols of files that are not open, as far as somebody has asked for them.
#[derive(Default)]
pub(in crate::server) struct Files {
    known: Mutex<HashMap<PathBuf, Known>>,
}

/// The symbols of a file as it was.
#[derive(Clone)]
struct Known {
    modified: Option<SystemTime>,
    len: u64,
    symbols: Arc<[Found]>,
}

/// A symbol with its place in its document.
#[derive(Clone)]
struct Found {
    entry: Entry,
    range: lsp::Range,
}

/// What is searched.
pub(in crate::server) struct Search {
    /// Documents that are open, with their URIs; of a notebook, its cells.
    pub(in crate::server) views: Vec<(String, View)>,
    /// URIs of what is open: their files are not read.
    pub(in crate::server) open: Vec<String>,
    /// The folders that are open.
    pub(in crate::server) folders: Vec<PathBuf>,
    pub(in crate::server) encoding: PositionEncoding,
    pub(in crate::server) environment: Arc<Environment>,
}

/// Tells a search that nobody waits for it any more, when it is dropped.
struct Cancel(Arc<AtomicBool>);

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Returns the symbols whose names answer a query, the best first. Dropping the future ends the search.
pub(in crate::server) async fn handle(
    search: Search,
    query: String,
    files: Arc<Files>,
) -> Option<lsp::WorkspaceSymbolResponse> {
    let cancelled = Arc::new(AtomicBool::new(false));
    let cancel = Cancel(cancelled.clone());
    let found = tokio::task::spawn_blocking(move || search.run(&query, &files, &cancelled)).await;
    drop(cancel);
    Some(lsp::WorkspaceSymbolResponse::SymbolInformationList(found.unwrap_or_default()))
}

impl Search {
    fn run(&self, query: &str, files: &Files, cancelled: &AtomicBool) -> Vec<lsp::SymbolInformation> {
        let mut best = Best { query, list: Vec::new() };
        for (uri, view) in &self.views {
            if cancelled.load(Ordering::Relaxed) {
                return Vec::new();
            }
            for entry in entries(&view.analysis.model, view.cells(), MOST_OF_A_FILE) {
                best.offer(uri, &entry, || view.range(entry.cell, entry.range.clone()));
            }
        }
        let open: HashSet<PathBuf> = self.open.iter().filter_map(|uri| file_path(uri)).collect();
        let mut seen = HashSet::new();
        let mut left = MOST_BYTES;
        for path in self.folders.iter().flat_map(|folder| notebooks_and_scripts(folder)).take(MOST_FILES) {
            if cancelled.load(Ordering::Relaxed) {
                return Vec::new();
            }
            if open.contains(&path) || !seen.insert(path.clone()) {
                continue;
            }
            let Some(symbols) = self.of_file(&path, files, &mut left) else { continue };
            let uri = file_uri(&path);
            symbols.iter().for_each(|found| best.offer(&uri, &found.entry, || found.range));
        }
        // What is gone, or has moved, is forgotten.
        lock(&files.known).retain(|path, _| seen.contains(path) || open.contains(path));
        best.sorted()
    }

    fn of_file(&self, path: &Path, files: &Files, left: &mut u64) -> Option<Arc<[Found]>> {
        let metadata = std::fs::metadata(path).ok().filter(|metadata| metadata.len() <= LONGEST_FILE)?;
        let (modified, len) = (metadata.modified().ok(), metadata.len());
        let known = lock(&files.known).get(path).cloned();
        if let Some(known) = known.filter(|known| known.modified == modified && known.len == len) {
            return Some(known.symbols);
        }
        *left = left.checked_sub(len)?;
        let text = std::fs::read_to_string(path).ok()?;
        let symbols: Arc<[Found]> = self.of_text(path, &text).into();
        lock(&files.known).insert(path.to_owned(), Known { modified, len, symbols: symbols.clone() });
        Some(symbols)
    }

    fn of_text(&self, path: &Path, text: &str) -> Vec<Found> {
        let language = if is(path, "py") { "python" } else { "json" };
        let notebook = open(text, form_of(text, Some(language), &path.to_string_lossy())).notebook;
        let model = NotebookModel::of(notebook, None, &self.environment);
        let rope = Rope::from_str(text);
        let found = entries(&model, 0..model.cells.len(), MOST_OF_A_FILE).into_iter().filter_map(|entry| {
            let bytes = model.notebook.cells.get(entry.cell)?.to_document(entry.range.clone());
            Some(Found { range: convert::range_to(range_at(&rope, bytes, self.encoding)), entry })
        });
        found.collect()
    }
}

/// The symbols that answer best so far.
struct Best<'a> {
    query: &'a str,
    list: Vec<(u32, lsp::SymbolInformation)>,
}

impl Best<'_> {
    /// Takes a symbol if it answers; only then is asked where it stands.
    fn offer(&mut self, uri: &str, entry: &Entry, range: impl FnOnce() -> lsp::Range) {
        let Some(rank) = rank(&entry.name, self.query) else { return };
        self.list.push((rank, information(uri, entry, range())));
        if self.list.len() >= 2 * MOST_SYMBOLS {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.list.sort_by_key(|(rank, _)| *rank);
        self.list.truncate(MOST_SYMBOLS);
    }

    fn sorted(mut self) -> Vec<lsp::SymbolInformation> {
        self.cut();
        self.list.into_iter().map(|(_, symbol)| symbol).collect()
    }
}

#[expect(deprecated, reason = "the field has to be filled in")]
fn information(uri: &str, entry: &Entry, range: lsp::Range) -> lsp::SymbolInformation {
    lsp::SymbolInformation {
        deprecated: None,
        location: lsp::Location { uri: lsp::Uri::from(uri.to_owned()), range },
        base_symbol_information: lsp::BaseSymbolInformation {
            name: entry.name.clone(),
            kind: kind(entry.kind),
            tags: None,
            container_name: entry.container.clone(),
        },
    }
}

/// Returns the protocol's kind of a symbol.
pub(in crate::server) fn kind(kind: SymbolKind) -> lsp::SymbolKind {
    match kind {
        SymbolKind::Cell => lsp::SymbolKind::Module,
        SymbolKind::Markdown => lsp::SymbolKind::String,
        SymbolKind::Magic => lsp::SymbolKind::Event,
        SymbolKind::Class => lsp::SymbolKind::Class,
        SymbolKind::Method => lsp::SymbolKind::Method,
        SymbolKind::Function => lsp::SymbolKind::Function,
        SymbolKind::Variable => lsp::SymbolKind::Variable,
    }
}

/// Iterates over the notebooks and scripts below a folder, hidden and ignored files left out.
fn notebooks_and_scripts(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = ignore::WalkBuilder::new(folder).require_git(false).build().take(MOST_ENTRIES).flatten();
    let files = entries.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    files.map(ignore::DirEntry::into_path).filter(|path| is(path, "py") || is(path, "ipynb"))
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}
