//! Whatever stands in a cell, and wherever the cursor is: an answer whose ranges are the text's.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;

use glue_ls::features::completion::completions;
use glue_ls::features::folding::cell_folds;
use glue_ls::features::hover::hover;
use glue_ls::features::symbols::{Symbol, cell_symbols};
use glue_ls::features::{Analysis, RuleConfig};
use glue_ls::model::{Environment, Kernel, NotebookModel};
use glue_ls::syntax::{Cell, CellKind, Form, Notebook, NotebookMeta, PlacedCell};

const PIECES: &[&str] = &[
    "%",
    "%%",
    "%glue_version ",
    "%worker_type ",
    "%spark_conf ",
    "%%configure\n{",
    "%%assume_role\n",
    "%%tags",
    "%%sql\n",
    "# ",
    "#%",
    "'glue_version': ",
    "\"--conf\": \"",
    "spark.sql.ansi.enabled",
    "=",
    " --conf ",
    "'",
    "\"",
    "'''",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    ".",
    "-",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\u{2028}",
    "é",
    "𝕏",
    "\u{feff}",
    "G.1X",
    "5.0",
    "def f():\n  pass\n",
    "import os\n",
    "class A:\n",
    "%matplot plt",
    "!ls",
    "?",
    "\u{a0}",
    "true",
    "“",
    "max_capacity",
    "print ",
    "arn:aws:iam::1:role/x",
    "%env ",
    "%connections ",
];

fn check_ranges(symbol: &Symbol, text: &str) {
    assert!(!symbol.name.trim().is_empty(), "{symbol:?}");
    assert!(text.get(symbol.range.clone()).is_some() && text.get(symbol.selection.clone()).is_some(), "{symbol:?}");
    assert!(symbol.range.start <= symbol.selection.start && symbol.selection.end <= symbol.range.end, "{symbol:?}");
    symbol.children.iter().for_each(|child| check_ranges(child, text));
}

proptest! {
    #[test]
    fn every_answer_fits_the_text(
        pieces in prop::collection::vec(select(PIECES), 0..14),
        kind in select(&[CellKind::Code, CellKind::Code, CellKind::Code, CellKind::Markdown][..]),
        form in select(&[Form::Cells, Form::Percent][..]),
    ) {
        let text = pieces.concat();
        let cell = Arc::new(Cell::whole(kind, text.as_str()));
        let placed = PlacedCell { range: 0..text.len(), cell: cell.clone() };
        let notebook = Notebook { form, meta: NotebookMeta::default(), cells: vec![placed] };
        let model = NotebookModel::of(notebook, Some(Kernel::PySpark), &Arc::new(Environment::default()));
        for offset in 0..text.len() + 2 {
            for completion in completions(&model, 0, offset) {
                let replaced = text.get(completion.replace.clone());
                prop_assert!(replaced.is_some_and(|text| !text.contains(['\n', '\r'])), "{completion:?} at {offset} of {text:?}");
                prop_assert!((completion.replace.start..=completion.replace.end).contains(&offset), "{completion:?}");
            }
            if let Some(hover) = hover(&model, 0, offset) {
                prop_assert!(text.get(hover.range.clone()).is_some_and(|word| !word.is_empty()), "{hover:?} of {text:?}");
                prop_assert!((hover.range.start..=hover.range.end).contains(&offset), "{hover:?}");
            }
        }
        let config = RuleConfig { syntax_errors: true, ..RuleConfig::default() };
        let analysis = Analysis::new(model, Arc::new(config));
        for problem in analysis.problems(0) {
            prop_assert!(text.get(problem.range.clone()).is_some(), "{problem:?} of {text:?}");
            for (range, _) in problem.fixes.iter().flat_map(|fix| &fix.edits) {
                prop_assert!(text.get(range.clone()).is_some(), "{problem:?} of {text:?}");
            }
        }
        for fold in cell_folds(&cell) {
            prop_assert!(text.get(fold.range.clone()).is_some_and(|text| text.contains(['\n', '\r'])), "{fold:?} of {text:?}");
        }
        check_ranges(&cell_symbols(&cell, 0, true), &text);
    }
}
