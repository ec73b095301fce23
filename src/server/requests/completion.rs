//! `textDocument/completion`

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::completion::{Completion, CompletionKind, completions};
use crate::server::capabilities::ClientSupport;
use crate::server::view::View;
use crate::syntax::Form;
use crate::text::Position;

/// Returns what can stand at a position.
pub(in crate::server) fn handle(view: &View, position: Position, support: ClientSupport) -> lsp::CompletionResponse {
    let items = view.at(position).map_or_else(Vec::new, |(cell, offset)| {
        completions(&view.analysis.model, cell, offset)
            .into_iter()
            .filter_map(|completion| item(view, cell, completion, support))
            .collect()
    });
    lsp::CompletionResponse::CompletionList(lsp::CompletionList {
        is_incomplete: false,
        items,
        ..lsp::CompletionList::default()
    })
}

fn item(view: &View, cell: usize, completion: Completion, support: ClientSupport) -> Option<lsp::CompletionItem> {
    // A body of several lines fits neither into a string of JSON nor behind comment signs.
    let one_line = view.form() == Form::Json || (view.form() == Form::Percent && completion.insert.contains('\n'));
    let snippet = completion.is_snippet && support.snippets && !one_line;
    let insert = if snippet { completion.insert.clone() } else { completion.plain() };
    let edit = view.edit(cell, completion.replace.clone(), &insert)?;
    Some(lsp::CompletionItem {
        label: completion.label,
        kind: Some(match completion.kind {
            CompletionKind::Magic => lsp::CompletionItemKind::Keyword,
            CompletionKind::Value => lsp::CompletionItemKind::EnumMember,
            CompletionKind::Key => lsp::CompletionItemKind::Field,
            CompletionKind::Property => lsp::CompletionItemKind::Property,
        }),
        detail: completion.detail,
        documentation: completion.documentation.map(|value| {
            lsp::Documentation::MarkupContent(lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value })
        }),
        sort_text: Some(completion.sort),
        filter_text: completion.filter,
        tags: completion.deprecated.then(|| vec![lsp::CompletionItemTag::Deprecated]),
        insert_text_format: Some(if snippet {
            lsp::InsertTextFormat::Snippet
        } else {
            lsp::InsertTextFormat::PlainText
        }),
        text_edit: Some(lsp::CompletionItemTextEdit::TextEdit(edit)),
        ..lsp::CompletionItem::default()
    })
}
