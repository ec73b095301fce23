//! Whatever stands in a cell, and wherever the cursor is: an answer whose ranges are the text's.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;

use crate::support::accounts::Account;
use glue_ls::features::completion::completions;
use glue_ls::features::folding::cell_folds;
use glue_ls::features::hover::hover;
use glue_ls::features::inlays::{InlayOptions, inlays};
use glue_ls::features::links::links;
use glue_ls::features::refactor::refactors;
use glue_ls::features::selection::selection;
use glue_ls::features::semantic_tokens::cell_tokens;
use glue_ls::features::signature::signature;
use glue_ls::features::symbols::{Symbol, cell_symbols};
use glue_ls::features::{Analysis, Prices, RuleConfig};
use glue_ls::model::{Environment, Kernel, NotebookModel};
use glue_ls::syntax::{Cell, CellKind, Form, Notebook, NotebookMeta, PlacedCell, Tail};

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
    "'connections': ",
    "%iam_role ",
    "'iam_role': '",
    "%extra_jars ",
    "%reconnect ",
    "%security_config ",
    "'--extra-files': '",
    "s3://lake/",
    "%env glue_connections=",
    "%%sql",
    "%spark_conf spark.a=1\n",
    "select count(*) from t",
    "--",
    "/*",
    "*/",
    "`",
    "(",
    ")",
    ";",
    "$x",
    "s3://lake/x.csv",
    "arn:aws:iam::123456789012:role/x",
    "# glue-ls: ignore[unknown-region, é]\n",
    "'timeout': 5, ",
    "\"\"\"",
];

/// Whether an offset is one of the code that is sent to the session.
fn in_code(cell: &Cell, offset: usize) -> bool {
    match &cell.split.tail {
        Tail::Code(code) => code.start < offset && offset <= code.end,
        _ => false,
    }
}

fn check_ranges(symbol: &Symbol, text: &str) {
    assert!(!symbol.name.trim().is_empty(), "{symbol:?}");
    assert!(text.get(symbol.range.clone()).is_some() && text.get(symbol.selection.clone()).is_some(), "{symbol:?}");
    assert!(symbol.range.start <= symbol.selection.start && symbol.selection.end <= symbol.range.end, "{symbol:?}");
    symbol.children.iter().for_each(|child| check_ranges(child, text));
}

/// An account with something for every place, and a trouble besides.
fn account() -> Account {
    Account { fresh: true, ..Account::default().failed() }
        .with_connections(&["orders", "é𝕏", "a,b", "x\ny"])
        .with_roles(&[("x", Some(true)), ("y", Some(false)), ("\"", None)])
        .with_objects(&["s3://lake/", "s3://lake/x.csv", "s3://lake/é/"])
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
        let mut model = NotebookModel::of(notebook, Some(Kernel::PySpark), &Arc::new(Environment::default()));
        model.accounts = account().handle();
        let prices = Prices::default();
        for offset in 0..text.len() + 2 {
            let list = completions(&model, 0, offset, &prices).items;
            if in_code(&cell, offset) {
                prop_assert!(list.is_empty(), "{list:?} in code at {offset} of {text:?}");
                prop_assert!(signature(&model, 0, offset).is_none(), "{offset} of {text:?}");
            }
            if let Some(signature) = signature(&model, 0, offset) {
                prop_assert!(signature.label.get(signature.parameters[signature.active].clone()).is_some());
            }
            for completion in list {
                let replaced = text.get(completion.replace.clone());
                prop_assert!(replaced.is_some_and(|text| !text.contains(['\n', '\r'])), "{completion:?} at {offset} of {text:?}");
                prop_assert!((completion.replace.start..=completion.replace.end).contains(&offset), "{completion:?}");
            }
            if let Some(hover) = hover(&model, 0, offset, &prices) {
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
        let options = InlayOptions { values: true, cost: true, idle_timeout: Some(60), billed: true, prices: &prices };
        for inlay in inlays(&analysis.model, 0..1, &options) {
            let rest = text.get(inlay.offset..).unwrap_or("not a place");
            prop_assert!(rest.split(['\n', '\r']).next().is_some_and(|line| line.trim().is_empty()), "{inlay:?} of {text:?}");
            prop_assert!(!inlay.label.contains(['\n', '\r']) && inlay.label.chars().count() < 200, "{inlay:?}");
        }
        for fold in cell_folds(&analysis.model.cells[0]) {
            prop_assert!(text.get(fold.range.clone()).is_some_and(|text| text.contains(['\n', '\r'])), "{fold:?} of {text:?}");
        }
        check_ranges(&cell_symbols(&analysis.model.cells[0], 0, true), &text);
        let mut end = 0;
        for token in cell_tokens(&cell) {
            prop_assert!(end <= token.range.start, "{token:?} begins too early in {text:?}");
            let covered = text.get(token.range.clone());
            prop_assert!(covered.is_some_and(|text| !text.is_empty() && !text.contains(['\n', '\r'])), "{token:?} of {text:?}");
            end = token.range.end;
        }
        let mut end = 0;
        for (_, link) in links(&analysis.model, 0..1) {
            prop_assert!(end <= link.range.start, "{link:?} begins too early in {text:?}");
            prop_assert!(text.get(link.range.clone()).is_some_and(|text| !text.contains('\n')), "{link:?} of {text:?}");
            end = link.range.end;
        }
        for offset in 0..text.len() + 2 {
            let steps = selection(&cell, offset);
            prop_assert_eq!(steps.last(), Some(&(0..text.len())));
            for pair in steps.windows(2) {
                prop_assert!(pair[1].start <= pair[0].start && pair[0].end <= pair[1].end && pair[0] != pair[1], "{steps:?}");
            }
            prop_assert!(steps.iter().all(|step| text.get(step.clone()).is_some()), "{steps:?} of {text:?}");
            if text.is_char_boundary(offset) && offset % 16 == 0 {
                for refactor in refactors(&analysis.model, 0, offset..offset, &Arc::new(Environment::default())) {
                    let mut edits = refactor.fix.edits.clone();
                    edits.sort_by_key(|(range, _)| (range.start, range.end));
                    prop_assert!(edits.iter().all(|(range, _)| text.get(range.clone()).is_some()), "{refactor:?} of {text:?}");
                    prop_assert!(edits.windows(2).all(|pair| pair[0].0.end <= pair[1].0.start), "{refactor:?} of {text:?}");
                    prop_assert!(refactor.fix.splits.iter().all(|at| text.is_char_boundary(*at)), "{refactor:?}");
                }
            }
        }
    }
}
