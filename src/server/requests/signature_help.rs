//! `textDocument/signatureHelp`

use tower_lsp_server::gen_lsp_types as lsp;

use crate::features::signature::signature;
use crate::server::capabilities::ClientSupport;
use crate::server::view::View;
use crate::text::Position;

/// Returns what the magic takes whose argument is at a position.
pub(in crate::server) fn handle(view: &View, position: Position, support: ClientSupport) -> Option<lsp::SignatureHelp> {
    let (cell, offset) = view.at(position)?;
    let signature = signature(&view.analysis.model, cell, offset)?;
    let units = |at: usize| u32::try_from(signature.label[..at].encode_utf16().count()).unwrap_or(u32::MAX);
    let parameter = |range: &std::ops::Range<usize>| lsp::ParameterInformation {
        label: if support.label_offsets {
            lsp::ParameterInformationLabel::Tuple((units(range.start), units(range.end)))
        } else {
            lsp::ParameterInformationLabel::String(signature.label[range.clone()].to_owned())
        },
        documentation: None,
    };
    let active = u32::try_from(signature.active).unwrap_or(0);
    Some(lsp::SignatureHelp {
        signatures: vec![lsp::SignatureInformation {
            label: signature.label.clone(),
            documentation: Some(lsp::Documentation::MarkupContent(lsp::MarkupContent {
                kind: lsp::MarkupKind::Markdown,
                value: signature.documentation.clone(),
            })),
            parameters: Some(signature.parameters.iter().map(parameter).collect()),
            active_parameter: None,
        }],
        active_signature: Some(0),
        active_parameter: Some(lsp::ActiveParameter::Int(active)),
    })
}
