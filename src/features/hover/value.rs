//! What is said about values: of line magics, and of the keys of `%%configure` with the same names.

use std::fmt::Write;

use crate::facts;
use crate::features::prices::Footing;
use crate::model::effects::ChangeKind;
use crate::model::numbers::int_from_text;
use crate::model::{NotebookModel, Setting};

use super::describe::{self, code};

/// Returns what is said about the value of a setting, by the name of its magic or key.
pub(super) fn markdown(model: &NotebookModel, name: &str, value: &str, footing: &Footing<'_>) -> Option<String> {
    let table = facts::versions();
    // Written as Python's `int()` takes them.
    let whole = || int_from_text(value).and_then(|digits| digits.parse::<u32>().ok()).filter(|number| *number > 0);
    match name {
        "glue_version" => table.glue(value).map(describe::glue_version),
        "worker_type" => table.worker(value).map(|row| describe::worker_type(row, footing)),
        // The kernel takes any case.
        "region" => facts::regions().find(&value.to_lowercase()).map(describe::region),
        "number_of_workers" => whole().map(|count| describe::session_price(&footing.with_workers(count))),
        "max_capacity" => {
            let dpu = value.parse::<f64>().ok().filter(|dpu| dpu.is_finite() && *dpu > 0.0)?;
            Some(describe::session_price(&footing.with_capacity(dpu)))
        }
        "idle_timeout" => whole().map(|minutes| describe::idle_timeout(minutes, footing)),
        "timeout" => whole().map(|minutes| describe::timeout(minutes, footing)),
        "session_type" => session_type(value),
        // No key of the kernel's, but where one would write it.
        "SessionType" | "sessionType" | "--SessionType" | "--session_type" => api_session_type(value),
        "iam_role" => role(value),
        "profile" => profile(model, value),
        _ => None,
    }
}

fn session_type(value: &str) -> Option<String> {
    let (command, kind) = match value.to_lowercase().as_str() {
        "etl" | "glueetl" => ("glueetl", "an ETL session, for batches"),
        "streaming" | "gluestreaming" => ("gluestreaming", "a streaming session"),
        _ => return api_session_type(value),
    };
    Some(format!("{} — {kind} (`Command.Name` is `{command}`).", code(value)))
}

/// What the values of CreateSession's `SessionType` mean, which the kernel does not send.
fn api_session_type(value: &str) -> Option<String> {
    let kinds = &facts::versions().session_kinds;
    let kind = kinds.values.iter().find(|kind| kind.eq_ignore_ascii_case(value))?;
    let what = match kind.as_str() {
        "SPARK_CONNECT" => format!(
            "a session that takes no statements: PySpark's own client connects to it (`SparkSession.builder.remote(…)`), \
             on Glue {} and later. Neither the Glue kernel nor glue-ls starts such a session or runs cells in one; `{}` \
             of the API makes it",
            kinds.spark_connect_since, kinds.api_member
        ),
        _ => format!(
            "a session that takes statements, as all sessions of the Glue kernel and of glue-ls do without being told; \
             `{}` of the API knows the word, the kernel does not send it",
            kinds.api_member
        ),
    };
    Some(format!("{} — {what}.", code(kind)))
}

/// Takes a role's ARN apart.
pub(super) fn role(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(6, ':');
    let (Some("arn"), Some(partition), Some("iam"), Some(_), Some(account), Some(resource)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let path = resource.strip_prefix("role/")?;
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    let mut out = format!("Role {} of account {}", code(name), code(account));
    if partition != "aws" {
        let _ = write!(out, ", partition {}", code(partition));
    }
    out.push('.');
    Some(out)
}

fn profile(model: &NotebookModel, name: &str) -> Option<String> {
    let section = model.environment.profiles.get(name)?;
    let mut out = format!("Profile {} of the AWS config files", code(name));
    if let Some(region) = section.get("region") {
        let _ = write!(out, ", in {}", code(region));
    }
    out.push('.');
    // Only what is known to be a setting: a section may hold anything.
    let names = Setting::ALL.into_iter().filter(|setting| *setting != Setting::Region).flat_map(Setting::outside_names);
    let settings = names.filter_map(|name| section.get_key_value(&name)).take(10);
    for (index, (key, value)) in settings.enumerate() {
        out.push_str(if index == 0 { "\n\nThe kernel takes from it:\n" } else { "" });
        let _ = write!(out, "\n- {} = {}", code(key), code(value));
    }
    Some(out)
}

/// What a tag is, and which other values the key has in the notebook.
pub(super) fn tag(model: &NotebookModel, cell: usize, key: &str) -> String {
    let mut out = format!("**{}** — a tag of the session.", code(key));
    if key == "owner" {
        out.push_str(" The kernel overwrites this one with the caller's user id.");
    } else if key.to_lowercase().starts_with("aws:") {
        out.push_str(" Keys that begin with `aws:` are AWS's own.");
    }
    if let Some(spec) = facts::magics().cell("tags")
        && let (Some((_, key)), Some((_, value))) = (spec.argument.key_length, spec.argument.value_length)
    {
        let _ = write!(out, " A key has at most {key} characters, a value {value}.");
    }
    let mut other = Vec::new();
    for (index, model) in model.cells.iter().enumerate().filter(|(index, _)| *index != cell) {
        for change in &model.effects.changes {
            if let ChangeKind::Tag(known, value) = &change.kind
                && known.as_str() == Some(key)
            {
                other.push(format!("{} (cell {index})", code(&value.to_str())));
            }
        }
    }
    other.truncate(5);
    if !other.is_empty() {
        let _ = write!(out, "\n\nElsewhere: {}", other.join(", "));
    }
    out
}
