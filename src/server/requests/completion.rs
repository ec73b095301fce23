//! `textDocument/completion` and `completionItem/resolve`

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::Prices;
use crate::features::completion::{Completion, CompletionKind, Topic, completions, markers};
use crate::server::capabilities::ClientSupport;
use crate::server::view::View;
use crate::syntax::Form;
use crate::text::Position;

/// Returns what can stand at a position.
pub(in crate::server) fn handle(
    view: &View,
    position: Position,
    support: ClientSupport,
    prices: &Prices,
) -> lsp::CompletionResponse {
    // A marker at the end of the text belongs to a cell without a text.
    let has_text = |cell: usize| !view.analysis.model.cells[cell].cell.text.is_empty();
    let items = match view.at(position).filter(|(cell, _)| view.form() != Form::Percent || has_text(*cell)) {
        Some((cell, offset)) => completions(&view.analysis.model, cell, offset, prices)
            .into_iter()
            .filter_map(|completion| item(view, cell, completion, support, prices))
            .collect(),
        None => marker_items(view, position, support, prices),
    };
    lsp::CompletionResponse::CompletionList(lsp::CompletionList {
        is_incomplete: false,
        items,
        ..lsp::CompletionList::default()
    })
}

/// Returns the item with all that can be said about it. One that is none of ours stays as it is.
pub(in crate::server) fn resolve(mut item: lsp::CompletionItem, prices: &Prices) -> lsp::CompletionItem {
    let topic = item.data.clone().and_then(|data| serde_json::from_value::<Topic>(data).ok());
    if let (Some(topic), None) = (topic, &item.documentation) {
        item.documentation = topic.markdown(prices).map(markdown);
    }
    item
}

/// Markers of cells stand between the cells of a percent script.
fn marker_items(view: &View, position: Position, support: ClientSupport, prices: &Prices) -> Vec<lsp::CompletionItem> {
    if view.form() != Form::Percent || view.analysis.model.gate.kernel().is_none() {
        return Vec::new();
    }
    let (line, offset) = view.line_at(position);
    let completion = |completion: Completion| {
        let edit = view.edit_line(position, completion.replace.clone(), &completion.insert);
        converted(completion, edit, false, support, prices)
    };
    markers(&line, offset).into_iter().map(completion).collect()
}

fn item(
    view: &View,
    cell: usize,
    completion: Completion,
    support: ClientSupport,
    prices: &Prices,
) -> Option<lsp::CompletionItem> {
    // A body of several lines fits neither into a string of JSON nor behind comment signs.
    let one_line = view.form() == Form::Json || (view.form() == Form::Percent && completion.insert.contains('\n'));
    let snippet = completion.is_snippet && support.snippets && !one_line;
    if completion.kind == CompletionKind::Template && !snippet {
        return None;
    }
    let insert = if snippet { completion.insert.clone() } else { completion.plain() };
    let edit = view.edit(cell, completion.replace.clone(), &insert)?;
    Some(converted(completion, edit, snippet, support, prices))
}

fn converted(
    completion: Completion,
    edit: lsp::TextEdit,
    snippet: bool,
    support: ClientSupport,
    prices: &Prices,
) -> lsp::CompletionItem {
    let lazy = support.resolves_documentation;
    lsp::CompletionItem {
        kind: Some(match completion.kind {
            CompletionKind::Magic => lsp::CompletionItemKind::Keyword,
            CompletionKind::Value => lsp::CompletionItemKind::EnumMember,
            CompletionKind::Key => lsp::CompletionItemKind::Field,
            CompletionKind::Property => lsp::CompletionItemKind::Property,
            CompletionKind::Template => lsp::CompletionItemKind::Snippet,
        }),
        documentation: completion
            .topic
            .as_ref()
            .filter(|_| !lazy)
            .and_then(|topic| topic.markdown(prices))
            .map(markdown),
        data: completion.topic.as_ref().filter(|_| lazy).and_then(|topic| serde_json::to_value(topic).ok()),
        label: completion.label,
        detail: completion.detail,
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
    }
}

fn markdown(value: String) -> lsp::Documentation {
    lsp::Documentation::MarkupContent(lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value })
}
