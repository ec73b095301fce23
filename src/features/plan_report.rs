//! What running a document would do, for people and for programs.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use crate::model::create::CreateSession;
use crate::model::effects::MagicCall;
use crate::model::plan::Plan;

use super::{Analysis, Problem, Severity};

/// A plan as JSON. Not built from `serde_json::Value`, which holds no numbers beyond 64 bits.
#[derive(Serialize)]
struct JsonPlan<'a> {
    schema: u32,
    create_session: Option<&'a CreateSession>,
    sends: &'a Map<String, Json>,
    cells: Vec<JsonCell<'a>>,
}

#[derive(Serialize)]
struct JsonCell<'a> {
    cell: Option<usize>,
    statement: Option<&'a str>,
    create_session: Option<&'a CreateSession>,
    magics: Vec<Json>,
    shell: &'a [String],
    problems: Vec<Json>,
}

/// Tells a cell's number from its place; `None` where the document has no cells.
pub type Number<'a> = &'a dyn Fn(usize) -> Option<usize>;

/// Returns a plan as JSON, one object and a line end.
pub fn json(plan: &Plan, analysis: &Analysis, number: Number<'_>) -> String {
    let cells = plan.cells.iter().map(|cell| JsonCell {
        cell: number(cell.cell),
        statement: cell.statement.as_deref(),
        create_session: cell.create_session.as_deref(),
        magics: cell
            .magics
            .iter()
            .map(|call| {
                let kind = if call.cell { "cell" } else { "line" };
                json!({"kind": kind, "name": call.name, "argument": redacted(call)})
            })
            .collect(),
        shell: &cell.shell,
        problems: serious(analysis, cell.cell)
            .map(|problem| json!({"code": problem.code, "message": problem.message}))
            .collect(),
    });
    let out = JsonPlan {
        schema: 1,
        create_session: plan.create_session.as_deref(),
        sends: &plan.sends,
        cells: cells.collect(),
    };
    format!("{}\n", serde_json::to_string_pretty(&out).unwrap_or_default())
}

/// Returns a plan as text for people.
pub fn text(plan: &Plan, analysis: &Analysis, number: Number<'_>) -> String {
    let mut out = String::new();
    for cell in &plan.cells {
        let name = number(cell.cell).map_or("script".to_owned(), |number| format!("cell {number}"));
        let _ = writeln!(out, "{name}");
        for call in &cell.magics {
            let sigil = if call.cell { "%%" } else { "%" };
            let _ = writeln!(out, "  magic      {sigil}{} {}", call.name, redacted(call));
        }
        for command in &cell.shell {
            let _ = writeln!(out, "  shell      {command}");
        }
        if let Some(request) = &cell.create_session {
            let _ = writeln!(out, "  session    {}", summary(request));
        }
        if let Some(statement) = &cell.statement {
            let first = statement.lines().next().unwrap_or_default();
            let more = statement.lines().count().saturating_sub(1);
            let more = if more > 0 { format!("  (and {more} more lines)") } else { String::new() };
            let _ = writeln!(out, "  statement  {first}{more}");
        }
        for problem in serious(analysis, cell.cell) {
            let _ = writeln!(out, "  {:<9}  {} [{}]", problem.severity.name(), problem.message, problem.code);
        }
    }
    match &plan.create_session {
        Some(request) => {
            let _ = writeln!(out, "\nCreateSession of the last session:");
            let json = serde_json::to_string_pretty(&**request).unwrap_or_default();
            let _ = writeln!(out, "{json}");
            if !plan.sends.is_empty() {
                let json = serde_json::to_string_pretty(&Json::Object(plan.sends.clone())).unwrap_or_default();
                let _ = writeln!(out, "glue-ls would send in addition:\n{json}");
            }
        }
        None => out.push_str("\nNo session would be created.\n"),
    }
    out
}

fn serious(analysis: &Analysis, cell: usize) -> impl Iterator<Item = Problem> {
    let problems = analysis.problems(cell);
    (0..problems.len())
        .map(move |index| problems[index].clone())
        .filter(|problem| matches!(problem.severity, Severity::Error | Severity::Warning))
}

fn summary(request: &CreateSession) -> String {
    let mut parts = vec![request.command.clone()];
    parts.extend(request.glue_version.iter().map(|version| format!("Glue {version}")));
    match (&request.number_of_workers, &request.worker_type, request.max_capacity) {
        (_, _, Some(capacity)) => parts.push(format!("{capacity} DPU")),
        (None, None, None) => {}
        (count, kind, None) => parts.push(format!(
            "{} × {}",
            count.as_deref().unwrap_or("default number"),
            kind.as_deref().unwrap_or("default workers")
        )),
    }
    parts.extend(request.role.clone());
    parts.join(", ")
}

/// The argument of a magic as it may be shown: keys of an account never are.
fn redacted(call: &MagicCall) -> String {
    let argument = &call.argument;
    let secret = call.name == "assume_role"
        || ["aws_secret", "aws_session_token", "aws_access_key", "AWS_SECRET", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY"]
            .iter()
            .any(|word| argument.contains(word));
    if secret && !argument.is_empty() { "[redacted]".to_owned() } else { argument.clone() }
}
