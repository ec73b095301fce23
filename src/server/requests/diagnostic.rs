//! `textDocument/diagnostic`

use tower_lsp_server::gen_lsp_types as lsp;

/// Returns these diagnostics, all of a document's.
pub(in crate::server) fn report(items: Vec<lsp::Diagnostic>) -> lsp::DocumentDiagnosticReport {
    lsp::DocumentDiagnosticReport::RelatedFullDocumentDiagnosticReport(lsp::RelatedFullDocumentDiagnosticReport {
        related_documents: None,
        full_document_diagnostic_report: lsp::FullDocumentDiagnosticReport { result_id: None, items },
    })
}
