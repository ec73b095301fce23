//! The one model that all five forms of a Glue document arrive through.

use std::sync::Arc;

use super::cell::PlacedCell;

/// In which form a document arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Cells synced one by one as documents of their own.
    Cells,
    /// A notebook as JSON text.
    Json,
    /// Python text with `# %%` cells, or with magics.
    Percent,
    /// Python text without cells.
    Script,
    /// All code cells in one text with magics rewritten to `get_ipython()` calls.
    Virtual,
}

/// What a notebook says about its kernel. Every member as written, `None` where it is not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotebookMeta {
    /// `metadata.kernelspec.name`.
    pub kernel_name: Option<String>,
    /// `metadata.language_info.name`, or the kernelspec's language.
    pub language: Option<String>,
    /// `nbformat`, the format's major version.
    pub nbformat: Option<i64>,
    /// Whether this is a script whose header says that jupytext makes a notebook of it, and comments magics in it.
    pub is_paired: bool,
    /// The comments above the first cell of a percent script, where they hold something for glue-ls.
    pub above: Option<Arc<str>>,
}

/// Cells in document order, and what the document says about its kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notebook {
    /// In which form the cells arrived.
    pub form: Form,
    /// What the document says about its kernel.
    pub meta: NotebookMeta,
    /// The cells, in order. For [`Form::Cells`] each range starts at 0 of the cell's own document.
    pub cells: Vec<PlacedCell>,
}
