//! What an editor shows: problems, completions, hovers, symbols, folds. Plain data in bytes of a cell's
//! text; no editor's types, no I/O. Imports `model` and below.

mod age;
pub mod analysis;
pub mod completion;
pub mod connect;
pub mod diagnostics;
pub mod fix;
pub mod fix_all;
pub mod folding;
pub mod hover;
pub mod inlays;
pub mod links;
mod literal;
pub mod names;
pub mod plain;
pub mod plan_report;
pub mod prices;
pub mod refactor;
mod scan;
pub mod secrets;
pub mod selection;
pub mod semantic_tokens;
pub mod signature;
mod spark_conf;
pub mod symbols;
pub mod workspace_symbols;

pub use analysis::Analysis;
pub use diagnostics::{Problem, RuleConfig, Severity, help_url};
pub use fix::Fix;
pub use prices::Prices;
