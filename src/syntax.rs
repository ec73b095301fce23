//! Text to cells, magics and Python structure.
//!
//! Everything here is total: any text gives an answer, nothing fails, nothing knows what a setting
//! means. Imports `text` only.

pub mod cell;
pub mod change;
pub mod deep;
pub mod first_code;
pub mod grammar;
pub mod ipynb;
pub mod literal;
pub mod local_line;
pub mod notebook;
pub mod offset_map;
pub mod percent;
pub mod python;
pub mod script;
pub mod split;

pub use cell::{Cell, CellKind, PlacedCell};
pub use change::{CellChange, Part, Piece};
pub use notebook::{Form, Notebook, NotebookMeta};
pub use offset_map::OffsetMap;
pub use split::{CellMagicKind, HeadKind, HeadLine, MagicLine, Split, Tail, split_cell};
