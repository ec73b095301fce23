//! `textDocument/documentSymbol`

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::symbols::{Symbol, cell_symbols};
use crate::model::Kernel;
use crate::server::capabilities::ClientSupport;
use crate::server::requests::workspace_symbol;
use crate::server::view::View;
use crate::syntax::Form;

/// Returns the outline: the cells, with their magics and definitions inside. Documents that are not
/// Glue's, and plain scripts, have none of ours.
pub(in crate::server) fn handle(view: &View, uri: lsp::Uri, support: ClientSupport) -> lsp::DocumentSymbolResponse {
    let kernel = view.analysis.model.gate.kernel();
    let mut symbols = Vec::new();
    if let Some(kernel) = kernel {
        for index in view.cells() {
            let cell = &view.analysis.model.cells[index];
            let symbol = cell_symbols(cell, index, kernel == Kernel::PySpark);
            if view.form() == Form::Cells {
                // The document is the cell: its parts are the outline.
                symbols.extend(symbol.children.into_iter().map(|child| convert(view, index, child)));
            } else {
                let mut symbol = convert(view, index, symbol);
                symbol.range = view.cell_range(index);
                symbols.push(symbol);
            }
        }
    }
    if support.nested_symbols {
        return lsp::DocumentSymbolResponse::DocumentSymbolList(symbols);
    }
    let mut flat = Vec::new();
    symbols.into_iter().for_each(|symbol| flatten(symbol, None, &uri, &mut flat));
    lsp::DocumentSymbolResponse::SymbolInformationList(flat)
}

#[expect(deprecated, reason = "the field has to be filled in")]
fn convert(view: &View, cell: usize, symbol: Symbol) -> lsp::DocumentSymbol {
    let children: Vec<lsp::DocumentSymbol> =
        symbol.children.into_iter().map(|child| convert(view, cell, child)).collect();
    lsp::DocumentSymbol {
        name: symbol.name,
        detail: symbol.detail,
        kind: workspace_symbol::kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: view.range(cell, symbol.range),
        selection_range: view.range(cell, symbol.selection),
        children: (!children.is_empty()).then_some(children),
    }
}

#[expect(deprecated, reason = "the field has to be filled in")]
fn flatten(
    symbol: lsp::DocumentSymbol,
    container: Option<&str>,
    uri: &lsp::Uri,
    out: &mut Vec<lsp::SymbolInformation>,
) {
    out.push(lsp::SymbolInformation {
        deprecated: None,
        location: lsp::Location { uri: uri.clone(), range: symbol.range },
        base_symbol_information: lsp::BaseSymbolInformation {
            name: symbol.name.clone(),
            kind: symbol.kind,
            tags: None,
            container_name: container.map(str::to_owned),
        },
    });
    for child in symbol.children.into_iter().flatten() {
        flatten(child, Some(&symbol.name), uri, out);
    }
}
