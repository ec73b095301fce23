//! `textDocument/completion` and `completionItem/resolve`

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::Prices;
use crate::features::completion::{Completion, CompletionKind, Completions, Topic, completions, markers};
use crate::server::capabilities::ClientSupport;
use crate::server::view::View;
use crate::syntax::Form;
use crate::text::Position;

/// The command of a client that opens its list of completions (`experimental.glueLs.triggerSuggest`).
const SUGGEST: &str = "editor.action.triggerSuggest";
/// How many characters of a label and its detail usual lists have room for; a longer detail has them cut the label.
const LIST_WIDTH: usize = 46;
/// What is left of a detail beside the longest label, in characters.
const LEAST_DETAIL: usize = 20;

/// Returns what can stand at a position; `typed` is the character that had the client ask by itself.
pub(in crate::server) fn handle(
    view: &View,
    uri: &str,
    position: Position,
    typed: Option<&str>,
    support: ClientSupport,
    prices: &Prices,
) -> lsp::CompletionResponse {
    // A marker at the end of the text belongs to a cell without a text.
    let has_text = |cell: usize| !view.analysis.model.cells[cell].cell.text.is_empty();
    let mut incomplete = false;
    let items: Vec<lsp::CompletionItem> =
        match view.at(position).filter(|(cell, _)| view.form() != Form::Percent || has_text(*cell)) {
            Some((cell, offset)) => {
                let found: Completions = completions(&view.analysis.model, cell, offset, prices);
                incomplete = found.incomplete;
                let about = About { uri, cell: view.own_cell().is_none().then_some(cell) };
                let wanted = found.items.into_iter();
                wanted
                    // Behind the comma of an entry mostly comes Enter, which would accept a key.
                    .filter(|completion| typed != Some(",") || completion.kind != CompletionKind::Key)
                    .filter_map(|completion| {
                        let kind = completion.kind;
                        item(view, cell, completion, support, prices).map(|item| about.with_command(item, kind))
                    })
                    .collect()
            }
            None => marker_items(view, position, support, prices),
        };
    let items = if support.takes_tokens { as_tokens(items, view, position) } else { items };
    lsp::CompletionResponse::CompletionList(lsp::CompletionList {
        // Numbers begin with what is typed, so the client has to ask again.
        is_incomplete: incomplete || items.iter().any(|item| item.label.bytes().all(|byte| byte.is_ascii_digit())),
        items,
        ..lsp::CompletionList::default()
    })
}

/// Fits items to jupyterlab-lsp, which passes over the edit and puts the text in the place of the token at the cursor, or, if it does not
/// begin as that does, behind it. A comment is one token there.
fn as_tokens(items: Vec<lsp::CompletionItem>, view: &View, position: Position) -> Vec<lsp::CompletionItem> {
    let (line, end) = view.line_at(position);
    let Some(typed) = line.get(..end) else { return Vec::new() };
    let start = match typed.trim_start() {
        comment if comment.starts_with('#') => end - comment.len(),
        _ => typed.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len(),
    };
    let fitted = |mut item: lsp::CompletionItem| {
        let Some(lsp::CompletionItemTextEdit::TextEdit(edit)) = &item.text_edit else { return None };
        let (_, from) = view.line_at(Position { character: edit.range.start.character, ..position });
        let whole = format!("{}{}", typed.get(..from)?, edit.new_text);
        let text = whole.get(start..)?.to_owned();
        let fits =
            edit.range.start.line == position.line && text.starts_with(&typed[start..]) && !edit.new_text.is_empty();
        item.filter_text = Some(text.clone());
        item.insert_text = Some(text);
        fits.then_some(item)
    };
    items.into_iter().filter_map(fitted).collect()
}

/// What a list is about: a document, and a cell of it that is no document of its own.
struct About<'a> {
    uri: &'a str,
    cell: Option<usize>,
}

impl About<'_> {
    /// Adds what an item does that is no name but says why there are none.
    fn with_command(&self, mut item: lsp::CompletionItem, kind: CompletionKind) -> lsp::CompletionItem {
        let (title, command) = match kind {
            CompletionKind::Trouble => ("Open the doctor", "glue-ls.doctor"),
            CompletionKind::Consent => ("Load names", "glue-ls.loadNames"),
            _ => return item,
        };
        let mut argument = serde_json::json!({ "uri": self.uri });
        if let (Some(cell), Some(members)) = (self.cell, argument.as_object_mut()) {
            members.insert("cell".to_owned(), serde_json::json!(cell));
        }
        item.command = Some(lsp::Command {
            title: title.to_owned(),
            command: command.to_owned(),
            arguments: Some(vec![argument]),
            ..lsp::Command::default()
        });
        item
    }
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
    // Names to choose from are better than an example, where the client opens their list.
    let names_follow = completion.kind == CompletionKind::Magic && completion.offers_next && support.suggests_again;
    let snippet = completion.is_snippet && support.snippets && !one_line && !names_follow;
    if completion.kind == CompletionKind::Template && !snippet {
        return None;
    }
    let insert = match (snippet, names_follow && completion.is_snippet) {
        (true, _) => completion.insert.clone(),
        (false, true) => format!("{} ", completion.label),
        (false, false) => completion.plain(),
    };
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
            CompletionKind::Trouble | CompletionKind::Consent => lsp::CompletionItemKind::Event,
        }),
        documentation: completion
            .topic
            .as_ref()
            .filter(|_| !lazy)
            .and_then(|topic| topic.markdown(prices))
            .map(markdown),
        data: completion.topic.as_ref().filter(|_| lazy).and_then(|topic| serde_json::to_value(topic).ok()),
        detail: completion.detail.map(|detail| beside(&completion.label, detail)),
        label: completion.label,
        // The client has to be told: what it inserts itself is no typing to it.
        command: (completion.offers_next && support.suggests_again).then(|| lsp::Command {
            title: "Suggest".to_owned(),
            command: SUGGEST.to_owned(),
            arguments: Some(vec![serde_json::json!({ "auto": true })]),
            ..lsp::Command::default()
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
    }
}

/// Cuts a detail to what has a place beside the label. The documentation holds all of it.
fn beside(label: &str, detail: String) -> String {
    let room = LIST_WIDTH.saturating_sub(label.chars().count()).max(LEAST_DETAIL);
    if detail.chars().count() <= room {
        return detail;
    }
    let cut: String = detail.chars().take(room - 1).collect();
    let whole = cut.rfind(' ').map_or(cut.as_str(), |at| &cut[..at]);
    format!("{}…", whole.trim_end_matches([',', ';', '.', ' ', '(']))
}

fn markdown(value: String) -> lsp::Documentation {
    lsp::Documentation::MarkupContent(lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value })
}
