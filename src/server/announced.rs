//! What clients have said that they understand, in what they are sent: the rest is taken out of it, or said in another way.

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::plain::plain;

/// How a client shows texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Markup {
    /// As words alone: it has said nothing.
    #[default]
    Words,
    /// Marked as plain text.
    Plain,
    /// As Markdown.
    Markdown,
}

/// What a client has said of single members of what it is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Announced {
    /// Texts of hovers, and of hints, of which nothing can be said.
    hover: Markup,
    completion: Markup,
    signature: Markup,
    /// Completions may be marked as deprecated, by a tag.
    deprecated: bool,
    /// Kinds of completions are known beyond those of the protocol's first version.
    enum_members: bool,
    events: bool,
    /// So are kinds of symbols, in a document and in the workspace.
    event_symbols: bool,
    event_symbols_of_workspace: bool,
    /// Completions may say whether they are snippets.
    snippets: bool,
    /// Problems may point to other places, to pages, and to a document's version.
    related_information: bool,
    code_description: bool,
    versions: bool,
    /// Code actions may be more than commands, and preferred.
    literals: bool,
    preferred: bool,
    /// Links may have a text.
    link_tooltips: bool,
}

impl Announced {
    pub(super) fn of(capabilities: &lsp::ClientCapabilities) -> Announced {
        let workspace = capabilities.workspace.as_ref().and_then(|workspace| workspace.symbol.as_ref());
        let of_workspace = knows_events(workspace.and_then(|symbol| symbol.symbol_kind.as_ref()));
        let announced = Announced { event_symbols_of_workspace: of_workspace, ..Announced::default() };
        let Some(text) = &capabilities.text_document else { return announced };
        let item = text.completion.as_ref().and_then(|completion| completion.completion_item.as_ref());
        let kinds = text.completion.as_ref().and_then(|completion| completion.completion_item_kind.as_ref());
        let kinds = kinds.and_then(|kinds| kinds.value_set.as_deref()).unwrap_or_default();
        let signature = text.signature_help.as_ref().and_then(|help| help.signature_information.as_ref());
        let pushed = text.publish_diagnostics.as_ref();
        // Pulled or pushed: the newest protocol has the same in both places.
        let of_problems = |wanted: fn(&lsp::DiagnosticsCapabilities) -> Option<bool>| {
            let both = [
                pushed.map(|pushed| &pushed.diagnostics_capabilities),
                text.diagnostic.as_ref().map(|pulled| &pulled.diagnostics_capabilities),
            ];
            both.into_iter().flatten().any(|said| wanted(said) == Some(true))
        };
        Announced {
            hover: markup(text.hover.as_ref().and_then(|hover| hover.content_format.as_deref())),
            completion: markup(item.and_then(|item| item.documentation_format.as_deref())),
            signature: markup(signature.and_then(|signature| signature.documentation_format.as_deref())),
            deprecated: item
                .and_then(|item| item.tag_support.as_ref())
                .is_some_and(|tags| tags.value_set.contains(&lsp::CompletionItemTag::Deprecated)),
            enum_members: kinds.contains(&lsp::CompletionItemKind::EnumMember),
            events: kinds.contains(&lsp::CompletionItemKind::Event),
            event_symbols: knows_events(text.document_symbol.as_ref().and_then(|symbol| symbol.symbol_kind.as_ref())),
            snippets: item.is_some_and(|item| item.snippet_support == Some(true)),
            related_information: of_problems(|said| said.related_information),
            code_description: of_problems(|said| said.code_description_support),
            versions: pushed.is_some_and(|pushed| pushed.version_support == Some(true)),
            literals: text.code_action.as_ref().is_some_and(|action| action.code_action_literal_support.is_some()),
            preferred: text.code_action.as_ref().is_some_and(|action| action.is_preferred_support == Some(true)),
            link_tooltips: text.document_link.as_ref().is_some_and(|link| link.tooltip_support == Some(true)),
            ..announced
        }
    }

    /// Returns the version that goes with published diagnostics.
    pub(super) fn version(self, version: Option<i32>) -> Option<i32> {
        version.filter(|_| self.versions)
    }

    /// Fits problems of the document `uri`.
    pub(super) fn diagnostics(self, uri: &str, mut problems: Vec<lsp::Diagnostic>) -> Vec<lsp::Diagnostic> {
        problems.iter_mut().for_each(|problem| self.diagnostic(uri, problem));
        problems
    }

    fn diagnostic(self, uri: &str, problem: &mut lsp::Diagnostic) {
        if !self.code_description {
            problem.code_description = None;
        }
        if self.related_information {
            return;
        }
        let Some(related) = problem.related_information.take() else { return };
        let lsp::Message::String(message) = &mut problem.message else { return };
        for lsp::DiagnosticRelatedInformation { location, message: what } in related {
            let place = if location.uri.0 == uri { "" } else { " of another cell" };
            message.push_str(&format!("\n({what}: line {}{place})", location.range.start.line.saturating_add(1)));
        }
    }

    #[expect(deprecated, reason = "older clients know nothing else")]
    pub(super) fn hover(self, mut hover: lsp::Hover) -> lsp::Hover {
        if let lsp::Contents::MarkupContent(content) = &mut hover.contents {
            match self.hover {
                Markup::Markdown => {}
                Markup::Plain => *content = plainly(&content.value),
                Markup::Words => {
                    let words = lsp::MarkedString::String(plain(&content.value));
                    hover.contents = lsp::Contents::MarkedString(words);
                }
            }
        }
        hover
    }

    pub(super) fn completions(self, mut response: lsp::CompletionResponse) -> lsp::CompletionResponse {
        if let lsp::CompletionResponse::CompletionList(list) = &mut response {
            list.items.iter_mut().for_each(|item| self.complete(item));
        }
        response
    }

    pub(super) fn completion(self, mut item: lsp::CompletionItem) -> lsp::CompletionItem {
        self.complete(&mut item);
        item
    }

    fn complete(self, item: &mut lsp::CompletionItem) {
        document(&mut item.documentation, self.completion);
        if !self.deprecated {
            item.tags = None;
        }
        if !self.snippets {
            item.insert_text_format = None;
        }
        match item.kind {
            Some(lsp::CompletionItemKind::EnumMember) if !self.enum_members => {
                item.kind = Some(lsp::CompletionItemKind::Value);
            }
            Some(lsp::CompletionItemKind::Event) if !self.events => item.kind = Some(lsp::CompletionItemKind::Text),
            _ => {}
        }
    }

    pub(super) fn signatures(self, mut help: lsp::SignatureHelp) -> lsp::SignatureHelp {
        for signature in &mut help.signatures {
            document(&mut signature.documentation, self.signature);
        }
        help
    }

    pub(super) fn hints(self, mut hints: Vec<lsp::InlayHint>) -> Vec<lsp::InlayHint> {
        for hint in &mut hints {
            if let Some(lsp::Tooltip::MarkupContent(content)) = &mut hint.tooltip
                && self.hover != Markup::Markdown
            {
                hint.tooltip = Some(lsp::Tooltip::String(plain(&content.value)));
            }
        }
        hints
    }

    pub(super) fn links(self, mut links: Vec<lsp::DocumentLink>) -> Vec<lsp::DocumentLink> {
        links.iter_mut().filter(|_| !self.link_tooltips).for_each(|link| link.tooltip = None);
        links
    }

    pub(super) fn symbols(self, mut response: lsp::DocumentSymbolResponse) -> lsp::DocumentSymbolResponse {
        if !self.event_symbols {
            match &mut response {
                lsp::DocumentSymbolResponse::DocumentSymbolList(symbols) => symbols.iter_mut().for_each(without_events),
                lsp::DocumentSymbolResponse::SymbolInformationList(symbols) => symbols.iter_mut().for_each(no_event),
            }
        }
        response
    }

    pub(super) fn workspace_symbols(self, mut response: lsp::WorkspaceSymbolResponse) -> lsp::WorkspaceSymbolResponse {
        if let lsp::WorkspaceSymbolResponse::SymbolInformationList(symbols) = &mut response
            && !self.event_symbols_of_workspace
        {
            symbols.iter_mut().for_each(no_event);
        }
        response
    }

    pub(super) fn actions(self, uri: &str, mut actions: Vec<lsp::CodeActionResponse>) -> Vec<lsp::CodeActionResponse> {
        if !self.literals {
            // In the first version of the protocol all actions are commands.
            return actions.into_iter().filter_map(command).collect();
        }
        for action in &mut actions {
            if let lsp::CodeActionResponse::CodeAction(action) = action {
                action.is_preferred = action.is_preferred.filter(|_| self.preferred);
                action.diagnostics.iter_mut().flatten().for_each(|problem| self.diagnostic(uri, problem));
            }
        }
        actions
    }
}

/// Returns an action that does nothing but a command, as that.
fn command(action: lsp::CodeActionResponse) -> Option<lsp::CodeActionResponse> {
    match action {
        lsp::CodeActionResponse::CodeAction(action) if action.edit.is_none() => {
            action.command.map(lsp::CodeActionResponse::Command)
        }
        lsp::CodeActionResponse::CodeAction(_) => None,
        command @ lsp::CodeActionResponse::Command(_) => Some(command),
    }
}

/// The first of the formats that we know: they are named in the order of liking.
fn markup(formats: Option<&[lsp::MarkupKind]>) -> Markup {
    let known = |format: &lsp::MarkupKind| match format {
        lsp::MarkupKind::Markdown => Some(Markup::Markdown),
        lsp::MarkupKind::PlainText => Some(Markup::Plain),
        lsp::MarkupKind::Custom(_) => None,
    };
    formats.unwrap_or_default().iter().find_map(known).unwrap_or_default()
}

fn knows_events(kinds: Option<&lsp::ClientSymbolKindOptions>) -> bool {
    kinds.and_then(|kinds| kinds.value_set.as_ref()).is_some_and(|kinds| kinds.contains(&lsp::SymbolKind::Event))
}

fn plainly(markdown: &str) -> lsp::MarkupContent {
    lsp::MarkupContent { kind: lsp::MarkupKind::PlainText, value: plain(markdown) }
}

fn document(documentation: &mut Option<lsp::Documentation>, markup: Markup) {
    if let Some(lsp::Documentation::MarkupContent(content)) = documentation {
        match markup {
            Markup::Markdown => {}
            Markup::Plain => *content = plainly(&content.value),
            Markup::Words => *documentation = Some(lsp::Documentation::String(plain(&content.value))),
        }
    }
}

/// Symbols nest as deep as cells do: cell, class, method.
fn without_events(symbol: &mut lsp::DocumentSymbol) {
    if symbol.kind == lsp::SymbolKind::Event {
        symbol.kind = lsp::SymbolKind::Property;
    }
    symbol.children.iter_mut().flatten().for_each(without_events);
}

fn no_event(symbol: &mut lsp::SymbolInformation) {
    let kind = &mut symbol.base_symbol_information.kind;
    if *kind == lsp::SymbolKind::Event {
        *kind = lsp::SymbolKind::Property;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_that_is_liked_best_is_taken() {
        use lsp::MarkupKind::{Custom, Markdown, PlainText};
        assert_eq!(markup(None), Markup::Words);
        assert_eq!(markup(Some(&[])), Markup::Words);
        assert_eq!(markup(Some(&[PlainText, Markdown])), Markup::Plain);
        assert_eq!(markup(Some(&[Custom("rst".into()), Markdown, PlainText])), Markup::Markdown);
    }
}
