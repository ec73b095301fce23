use std::sync::Arc;

use ropey::Rope;

use super::Fixture;
use glue_ls::features::fix_all::{Which, fix_all, has};
use glue_ls::features::{Analysis, RuleConfig};
use glue_ls::model::open::open;
use glue_ls::model::{Environment, Kernel, NotebookModel};
use glue_ls::syntax::Form;

fn made(analysis: &Analysis, text: &str, cell: Option<usize>, which: Which<'_>) -> String {
    let mut made = text.to_owned();
    let edits =
        fix_all(analysis, &Rope::from_str(text), cell, which, &Arc::new(Environment::default())).unwrap_or_default();
    for (range, new) in edits.iter().rev() {
        made.replace_range(range.clone(), new);
    }
    made
}

fn of_text(text: &str, form: Form) -> Analysis {
    let model = NotebookModel::of(open(text, form).notebook, Some(Kernel::PySpark), &Arc::default());
    Analysis::new(model, Arc::new(RuleConfig::default()))
}

#[test]
fn all_safe_fixes_of_a_script_are_one_list_of_edits() {
    let text =
        "# %%\n# %workertype G.1X\n# %glue_versoin 5.0\n# %%\n# %%configure\n{\"--a\": true, \"timeout\": null}\n";
    let analysis = of_text(text, Form::Percent);
    assert_eq!(
        made(&analysis, text, None, Which::All),
        "# %%\n# %worker_type G.1X\n# %glue_version 5.0\n# %%\n# %%configure\n{\"--a\": \"true\", \"timeout\": None}\n"
    );
    // The second literal is found once the first is one: what is left is fixed in the next round.
    assert_eq!(made(&analysis, text, None, Which::Code("not-a-literal")).matches("None").count(), 1);
    let has_them = |least| has(&analysis, &Rope::from_str(text), None, Which::Code("unknown-magic"), least);
    assert!(has_them(2) && !has_them(3));
    assert_eq!(made(&analysis, text, None, Which::Code("no-such-rule")), text);
}

#[test]
fn a_notebooks_json_stays_valid() {
    let text =
        r#"{"cells": [{"cell_type": "code", "source": ["%workertype g1x\n", "%glue_versoin 5.0"]}], "nbformat": 4}"#;
    let fixed = made(&of_text(text, Form::Json), text, None, Which::All);
    let read: serde_json::Value = serde_json::from_str(&fixed).unwrap();
    assert_eq!(read["cells"][0]["source"], serde_json::json!(["%worker_type G.1X\n", "%glue_version 5.0"]));
}

#[test]
fn a_cell_that_is_a_document_is_fixed_alone() {
    let fixture = Fixture::new("%workertype G.1X\n# %%\n%workertype G.1X\n%glue_versoin 5.0");
    let analysis = Analysis::new(fixture.model.clone(), Arc::new(RuleConfig::default()));
    let text = &*fixture.model.cells[1].cell.text;
    assert_eq!(made(&analysis, text, Some(1), Which::All), "%worker_type G.1X\n%glue_version 5.0");
    assert_eq!(made(&analysis, text, Some(1), Which::Code("unknown-magic")), "%worker_type G.1X\n%glue_version 5.0");
    assert!(has(&analysis, &Rope::from_str(text), Some(1), Which::All, 2));
}
