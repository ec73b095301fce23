//! The part of the reference that is not about single magics.

use std::fmt::Write as _;

use super::markdown::{code, codes, plain, table};
use crate::facts::versions::{GlueStatus, SessionSupport};
use crate::facts::{ConfigureKind, JobParameter, configure, ipython, magics, versions};

/// Writes everything from IPython's magics to the sources.
pub(super) fn write(page: &mut String) {
    builtins(page);
    configure_keys(page);
    job_arguments(page);
    spark_properties(page);
    environment(page);
    glue_versions(page);
    worker_types(page);
    limits(page);
    sources(page);
}

fn builtins(page: &mut String) {
    let table_of = ipython();
    let _ = write!(page, "## What IPython's own magics do\n\n{}\n\n", plain(&table_of.rule));
    let rows: Vec<Vec<String>> = table_of
        .line_effects()
        .iter()
        .map(|row| vec![code(&row.label), plain(&row.effect), optional(row.fix.as_ref())])
        .collect();
    table(page, &["Line magic", "What it does in a Glue notebook", "Instead"], &rows);
    let _ = write!(page, "{}\n\n", plain(&table_of.cell_magics.rule));
    let rows: Vec<Vec<String>> =
        table_of.cell_magics.fixes.iter().map(|(name, fix)| vec![code(&format!("%%{name}")), plain(fix)]).collect();
    table(page, &["Cell magic", "Instead"], &rows);
    for syntax in [&table_of.shell_escape, &table_of.help_suffix] {
        let _ = write!(page, "- {}: {}", code(&syntax.label), plain(&syntax.effect));
        if let Some(fix) = &syntax.fix {
            let _ = write!(page, " (instead: {})", plain(fix));
        }
        page.push('\n');
    }
    page.push('\n');
}

fn configure_keys(page: &mut String) {
    let known = configure();
    let _ = write!(
        page,
        "## Keys of %%configure\n\n\
         The body is a {}. These keys set the session, in this order; {}.\n\n",
        plain(&known.parse.syntax),
        plain(&known.parse.unknown_key),
    );
    let rows: Vec<Vec<String>> = known
        .recognised_keys()
        .iter()
        .map(|row| {
            let kind = match row.kind {
                ConfigureKind::String | ConfigureKind::Enum => "string",
                ConfigureKind::Int => "whole number",
                ConfigureKind::Number => "number",
                ConfigureKind::Dict => "dictionary",
            };
            let mut text = plain(&row.description);
            for note in &row.notes {
                let _ = write!(text, " ({})", plain(note));
            }
            vec![code(&row.key), kind.to_owned(), row.magic.as_ref().map(|m| code(m)).unwrap_or_default(), text]
        })
        .collect();
    table(page, &["Key", "Value", "Magic", "Meaning"], &rows);
    page.push_str("These look like settings but are sent as job arguments that nobody reads:\n\n");
    let rows: Vec<Vec<String>> = known
        .misused_keys()
        .iter()
        .map(|row| {
            let only = if row.only_dict { " with a dictionary" } else { "" };
            vec![format!("{}{only}", code(&row.key)), code(&row.becomes), plain(&row.use_instead)]
        })
        .collect();
    table(page, &["Key", "Becomes", "Instead"], &rows);
}

fn job_arguments(page: &mut String) {
    page.push_str(
        "## Job arguments\n\n\
         Every other key of `%%configure` is a job argument, in full: two hyphens, then the name. All \
         values are text, so switches are `\"true\"` and `\"false\"`.\n\n",
    );
    let (useful, other): (Vec<&JobParameter>, Vec<&JobParameter>) =
        configure().job_parameters().iter().partition(|row| row.is_useful());
    let rows: Vec<Vec<String>> = useful
        .iter()
        .map(|row| {
            let values = if row.values.is_empty() { plain(&row.kind) } else { codes(&row.values) };
            let versions = match &row.since {
                Some(since) => format!("from {}", plain(since)),
                None => plain(&row.versions.join(", ")),
            };
            let mut text = plain(&row.description);
            if let Some(default) = &row.default {
                let _ = write!(text, " Default: {}.", plain(default));
            }
            if !row.needs.is_empty() {
                let _ = write!(text, " Needs {}.", codes(&row.needs));
            }
            for note in &row.notes {
                let _ = write!(text, " ({})", plain(note));
            }
            vec![code(&row.name), values, versions, text]
        })
        .collect();
    table(page, &["Argument", "Value", "Glue", "Meaning"], &rows);
    page.push_str("Arguments to leave alone:\n\n");
    for row in other {
        let _ = write!(page, "- {}: {}", code(&row.name), plain(&row.description));
        if let Some(removed) = &row.removed {
            let _ = write!(page, " {}.", plain(removed));
        }
        page.push('\n');
    }
    page.push('\n');
}

fn spark_properties(page: &mut String) {
    page.push_str(
        "## Spark properties\n\n\
         For `%spark_conf` and `--conf`, the ones most often set. Defaults are Spark's own.\n\n",
    );
    let rows: Vec<Vec<String>> = configure()
        .spark_properties()
        .iter()
        .map(|row| {
            let default = row.default.as_ref().map(|default| code(default)).unwrap_or_default();
            let kind = if row.values.is_empty() { plain(&row.kind) } else { codes(&row.values) };
            vec![code(&row.name), kind, default, plain(&row.description)]
        })
        .collect();
    table(page, &["Property", "Value", "Default", "Meaning"], &rows);
}

fn environment(page: &mut String) {
    let environment = &magics().environment;
    let _ = write!(
        page,
        "## Environment variables\n\n\
         Magics come first, then environment variables, then the profile in the AWS config file, then \
         the kernel's defaults. The variables of single magics are named above; these have no magic:\n\n"
    );
    let mut rows: Vec<Vec<String>> =
        environment.variables.iter().map(|row| vec![code(&row.name), plain(&row.effect)]).collect();
    rows.extend(environment.settings.iter().map(|row| vec![codes(&row.env), plain(&row.effect)]));
    table(page, &["Variable", "Effect"], &rows);
    let _ = write!(page, "{}\n\n", plain(&environment.note));
}

fn glue_versions(page: &mut String) {
    let known = versions();
    let _ = write!(page, "## Glue versions\n\nAs of {}.\n\n", plain(&known.as_of));
    let rows: Vec<Vec<String>> = known
        .glue_versions()
        .iter()
        .map(|row| {
            let mut pythons = row.older_pythons.clone();
            pythons.push(row.python.clone());
            let state = match (row.status, row.end_of_life.as_ref()) {
                (GlueStatus::Supported, _) => "supported".to_owned(),
                (GlueStatus::EndOfLife, Some(day)) => format!("end of life {day}"),
                (GlueStatus::EndOfLife, None) => "end of life".to_owned(),
            };
            let sessions = match row.sessions {
                SessionSupport::Yes => "yes",
                SessionSupport::No => "no",
                SessionSupport::Undocumented => "not documented",
            };
            let default = if row.kernel_default { " (the kernel's default)" } else { "" };
            vec![
                format!("{}{default}", code(&row.version)),
                row.spark.clone(),
                pythons.join(", "),
                row.java.clone(),
                state,
                sessions.to_owned(),
                plain(&row.notes.join("; ")),
            ]
        })
        .collect();
    table(page, &["Version", "Spark", "Python", "Java", "State", "Sessions", "Notes"], &rows);
    let _ = write!(
        page,
        "After the end of support: {}. After the end of life: {}.\n\n",
        plain(&known.policy.end_of_support),
        plain(&known.policy.end_of_life),
    );
}

fn worker_types(page: &mut String) {
    page.push_str("## Worker types\n\n");
    let rows: Vec<Vec<String>> = versions()
        .worker_types()
        .iter()
        .map(|row| {
            let mut notes = row.notes.clone();
            if row.default {
                notes.insert(0, "the service's default".to_owned());
            }
            if let Some(removed) = &row.removed {
                notes.insert(0, removed.clone());
            }
            if row.slow_start {
                notes.push("may start slowly".to_owned());
            }
            if row.select_regions {
                notes.push("not in every Region".to_owned());
            }
            vec![
                code(&row.name),
                format!("{} {}", row.dpu, row.dpu_kind),
                row.vcpu.to_string(),
                format!("{} GB", row.memory_gb),
                format!("{} GB", row.disk_gb),
                format!("from {}", row.min_glue_version),
                codes(&row.session_types),
                plain(&notes.join("; ")),
            ]
        })
        .collect();
    table(page, &["Type", "Billed as", "vCPU", "Memory", "Disk", "Glue", "Documented for", "Notes"], &rows);
    for note in &versions().worker_notes {
        let _ = writeln!(page, "- {}", plain(note));
    }
    page.push('\n');
}

fn limits(page: &mut String) {
    let known = versions();
    let (quotas, pricing) = (&known.quotas, &known.pricing);
    let _ = write!(
        page,
        "## Limits and cost\n\n\
         - {} tags and {} job arguments a session; a statement has at most {} characters, a session id {}.\n\
         - Without settings a session has {} workers of type {}, and ends after {} minutes. {}.\n\
         - Billed is the {}, by the second, at least {} seconds: {}. {}.\n\n",
        quotas.tags,
        quotas.default_arguments,
        quotas.statement_characters,
        quotas.session_id_characters,
        known.capacity.default_workers,
        code(&known.capacity.default_worker_type),
        known.timeouts.timeout.default,
        plain(&known.capacity.note),
        plain(&pricing.billing.basis),
        pricing.billing.minimum_seconds,
        plain(&pricing.formula),
        plain(&pricing.example),
    );
    let rows: Vec<Vec<String>> = pricing
        .rates
        .iter()
        .map(|rate| {
            vec![
                code(&rate.region),
                plain(&rate.glue_versions),
                plain(&rate.kind),
                format!("{} {}", rate.rate, pricing.currency),
                format!("{} ({})", plain(&rate.confidence), plain(&rate.source)),
            ]
        })
        .collect();
    let head = format!("Per {}", pricing.unit);
    table(page, &["Region", "Glue", "Unit", &head, "How sure"], &rows);
    let _ = write!(page, "{}\n\n", plain(&pricing.regional_variation));
}

fn sources(page: &mut String) {
    page.push_str("## Sources\n\n");
    let mut seen: Vec<&str> = Vec::new();
    for source in magics().sources.iter().chain(&configure().sources).chain(&versions().sources) {
        if !seen.contains(&source.as_str()) {
            seen.push(source);
            let _ = writeln!(page, "- {}", plain(source));
        }
    }
}

fn optional(text: Option<&String>) -> String {
    text.map(|text| plain(text)).unwrap_or_default()
}
