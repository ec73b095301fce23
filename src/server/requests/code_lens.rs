//! `textDocument/codeLens`: runs above the cells of scripts. A synced notebook has buttons of its own.

use serde_json::json;
use tower_lsp_server::gen_lsp_types as lsp;

use crate::server::view::View;
use crate::settings::{Engine, Settings};
use crate::syntax::{CellKind, Form};

pub(in crate::server) fn handle(view: &View, uri: &str, settings: &Settings) -> Vec<lsp::CodeLens> {
    let glue = view.analysis.model.gate.kernel().is_some();
    if view.form() != Form::Percent || !glue || !settings.code_lens {
        return Vec::new();
    }
    let run = match settings.engine {
        Engine::Aws => "Run on Glue",
        Engine::Local => "Run on this machine",
    };
    let mut lenses = Vec::new();
    let mut code_above = false;
    for cell in view.cells() {
        let model = &view.analysis.model.cells[cell].cell;
        if model.kind != CellKind::Code || model.text.trim().is_empty() {
            continue;
        }
        let start = view.cell_range(cell).start;
        let mut add = |title: &str, command: &str| {
            lenses.push(lsp::CodeLens {
                range: lsp::Range { start, end: start },
                command: Some(lsp::Command {
                    title: title.to_owned(),
                    tooltip: None,
                    command: command.to_owned(),
                    arguments: Some(vec![json!({ "uri": uri, "cell": cell })]),
                }),
                data: None,
            });
        };
        add(run, "glue-ls.runCell");
        if code_above {
            add("Run above", "glue-ls.runCellsAbove");
        }
        code_above = true;
    }
    lenses
}
