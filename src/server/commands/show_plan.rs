//! `showPlan`.

use serde_json::Value as Json;
use tower_lsp_server::jsonrpc::Result;

use crate::features::plan_report;
use crate::features::prices::first_session;
use crate::model::plan::plan;
use crate::server::desk::Desk;
use crate::syntax::Form;

use super::arguments::Arguments;
use super::{show_output, target};

/// Answers what running the document would do and cost, and writes it to a file, which it opens where the client can. With
/// `quiet` it does no more than answer.
pub(super) async fn handle(desk: Desk, arguments: Arguments) -> Result<Json> {
    let document = target::document(&desk, &arguments)?;
    let analysis = &document.analysis;
    let settings = desk.world().settings().clone();
    let plan = plan(&analysis.model, settings.idle_timeout).with_tags(&settings.tags);
    let divided = !matches!(analysis.model.notebook.form, Form::Script | Form::Virtual);
    let number = |index| divided.then_some(index);
    let report = plan_report::json(&plan, analysis, &number);
    let text = plan_report::text(&plan, analysis, &number);
    let price = first_session(&analysis.model, &settings.prices());
    if !arguments.quiet {
        show_output::open(&desk, "plan", text).await?;
    }
    // Numbers beyond 64 bits are rounded here, as readers of JSON do.
    let mut answer: Json = serde_json::from_str(&report).unwrap_or_default();
    if let Some(members) = answer.as_object_mut() {
        members.insert("price".to_owned(), Json::from(price));
    }
    Ok(answer)
}
