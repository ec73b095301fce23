//! One file per request: conversion only, the features do the work.

pub(super) mod code_action;
pub(super) mod code_lens;
pub(super) mod completion;
pub(super) mod diagnostic;
pub(super) mod document_link;
pub(super) mod document_symbol;
pub(super) mod folding_range;
pub(super) mod hover;
pub(super) mod inlay_hint;
pub(super) mod project_file;
pub(super) mod selection_range;
pub(super) mod semantic_tokens;
pub(super) mod signature_help;
pub(super) mod workspace_symbol;
