//! `doctor`.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;
use tower_lsp_server::jsonrpc::Result;

use crate::doctor::{self, Chosen, Request, Subject};
use crate::run::python_of;
use crate::server::desk::Desk;
use crate::server::scripts;

use super::arguments::Arguments;
use super::{show_output, target};

/// Answers what keeps sessions from working, as the user himself, and opens it where the client can. Without a document
/// the account and this machine are looked at.
pub(super) async fn handle(desk: Desk, arguments: Arguments) -> Result<Json> {
    let document = target::document(&desk, &arguments).ok();
    let settings = desk.world().settings().clone();
    let environment = desk.world().environment();
    let chosen = |value: Option<&String>, name: &str| {
        value.map(|value| Chosen { value: value.clone(), from: format!("the setting `{name}`") })
    };
    let mut request = Request {
        profile: chosen(settings.profile.as_ref(), "profile"),
        region: doctor::region_outside(&environment).or_else(|| chosen(settings.region.as_ref(), "region")),
        policy: Arc::clone(&settings.policy),
        python: python_of(settings.local_python.clone()),
        chose_python: settings.local_python.is_some(),
        makes_runtime: settings.local_setup,
        folder: desk.root().map(Path::to_owned).unwrap_or_default(),
        trusted_folders: settings.trusted_folders.clone(),
        ..Request::default()
    };
    match &document {
        Some(document) => {
            let path = scripts::place(&document.uri);
            if let Some(folder) = path.as_deref().and_then(Path::parent) {
                request.folder = folder.to_owned();
            }
            let name = path.as_deref().and_then(Path::file_name);
            let name = name.map_or_else(|| document.uri.clone(), |name| name.to_string_lossy().into_owned());
            let cell_name = |index: usize| format!("cell {index} of {name}");
            let path = path.as_deref().and_then(Path::to_str);
            let model = &document.analysis.model;
            Subject { model, name: &name, path, cell_name: &cell_name }.add_to(&mut request, false);
        }
        None => request.role = doctor::role_outside(&environment, settings.profile.as_deref()),
    }
    let report = doctor::examine_user(request, &|_| ()).await;
    show_output::open(&desk, "doctor", report.document()).await?;
    Ok(report.json())
}
