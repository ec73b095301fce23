//! One magic of the reference.

use std::fmt::Write as _;

use super::markdown::{code, codes, plain, table};
use crate::facts::magics::DefaultSource;
use crate::facts::{ArgumentKind, MagicForm, MagicSpec, Status};

/// Writes everything about a working magic, below its heading.
pub(super) fn write(page: &mut String, magic: &MagicSpec) {
    let text = magic.hover.as_deref().unwrap_or(&magic.short);
    let _ = write!(page, "{text}\n\n");
    let facts = facts(magic);
    if !facts.is_empty() {
        let _ = writeln!(page, "{facts}");
    }
    if let Some(example) = &magic.example {
        let _ = write!(page, "```python\n{example}\n```\n\n");
    }
    if !magic.quirks.is_empty() {
        page.push_str("Worth knowing:\n\n");
        for quirk in &magic.quirks {
            let _ = writeln!(page, "- {}", plain(quirk));
        }
        page.push('\n');
    }
    if !magic.mistakes.is_empty() {
        page.push_str("What goes wrong:\n\n");
        let rows: Vec<Vec<String>> = magic
            .mistakes
            .iter()
            .map(|mistake| vec![plain(&mistake.when), plain(&mistake.message), plain(&mistake.fix)])
            .collect();
        table(page, &["When", "Problem", "Remedy"], &rows);
    }
}

/// Returns a list of what the table says in single fields.
fn facts(magic: &MagicSpec) -> String {
    let argument = &magic.argument;
    let mut list = String::new();
    let mut fact = |name: &str, text: &str| {
        let _ = writeln!(list, "- **{name}:** {text}");
    };
    let described = self::argument(magic);
    if !described.is_empty() {
        let notes: String = argument.notes.iter().map(|note| format!("; {}", plain(note))).collect();
        fact("Argument", &format!("{described}{notes}"));
    }
    if argument.values.len() > FEW {
        fact("Values", &codes(&argument.values));
    }
    if !argument.keys.is_empty() {
        fact("Keys of the dictionary", &codes(&argument.keys));
    }
    if let Some(default) = &magic.default {
        let mut text = default_value(magic);
        if let Some(note) = &default.note {
            let separator = if text.is_empty() { "" } else { "; " };
            let _ = write!(text, "{separator}{note}");
        }
        fact("Default", &text);
    }
    if let Some(empty) = &magic.empty_argument {
        fact("Without an argument", &plain(empty));
    }
    if let Some((verb, target)) = target(magic) {
        fact(verb, &target);
    }
    if let Some(ways) = other_ways(magic) {
        fact("The same by", &ways);
    }
    if magic.new_session_only {
        let warned = if magic.warns_if_live { "the kernel warns" } else { "without a warning" };
        fact("On a live session", &format!("no effect, it is for the next one ({warned})"));
    }
    match (&magic.status, &magic.since) {
        (Status::Undocumented, _) => fact("Documentation", "none, and missing from the kernel's help"),
        (_, Some(since)) if since != "0.x" => fact("Since", &format!("kernel {}", plain(since))),
        _ => {}
    }
    list
}

/// Most values that are listed in a table.
const FEW: usize = 6;

/// Returns what the magic takes, in a few words of Markdown; nothing for one without argument.
pub(super) fn argument(magic: &MagicSpec) -> String {
    let argument = &magic.argument;
    let body = if magic.form == MagicForm::Cell { "body: " } else { "" };
    let mut text = match argument.kind {
        ArgumentKind::None => String::new(),
        ArgumentKind::String => match &argument.grammar {
            Some(grammar) => code(grammar),
            None => "text".to_owned(),
        },
        ArgumentKind::Int => number(magic),
        ArgumentKind::List => {
            let item = match argument.item.as_deref() {
                Some("s3uri") => "S3 paths",
                Some("requirement") => "pip requirements and S3 wheels",
                _ => "names",
            };
            format!("list of {item}")
        }
        ArgumentKind::Enum if argument.values.len() <= FEW => codes(&argument.values),
        ArgumentKind::Enum => format!("one of {} values", argument.values.len()),
        ArgumentKind::Dict => "a Python dictionary".to_owned(),
        ArgumentKind::DictOrString => "a Python string or dictionary".to_owned(),
        ArgumentKind::Sql => "SQL".to_owned(),
    };
    if !argument.required && argument.kind != ArgumentKind::None {
        text.push_str(" (optional)");
    }
    format!("{body}{text}")
}

fn number(magic: &MagicSpec) -> String {
    let argument = &magic.argument;
    let mut text = "whole number".to_owned();
    if let Some(unit) = &argument.unit {
        let _ = write!(text, " of {unit}");
    }
    if let Some(least) = argument.min {
        let _ = write!(text, ", {least} or more");
    }
    text
}

/// Returns the default, if it is a value, as Markdown.
pub(super) fn default_value(magic: &MagicSpec) -> String {
    let Some(default) = &magic.default else {
        return String::new();
    };
    let Some(value) = &default.value else {
        return String::new();
    };
    let by = match default.set_by {
        DefaultSource::Kernel => "kernel",
        DefaultSource::Service => "service",
    };
    format!("{} ({by})", code(value))
}

/// Returns what the magic sets or calls, with the word for it.
fn target(magic: &MagicSpec) -> Option<(&'static str, String)> {
    let target = &magic.target;
    if let Some(argument) = &target.default_argument {
        return Some(("Sets", format!("job argument {}", code(argument))));
    }
    let api = target.api.as_ref()?;
    let verb = if api.starts_with("CreateSession") { "Sets" } else { "Calls" };
    Some(match &target.value {
        Some(value) => (verb, format!("{} = {}", code(api), code(value))),
        None => (verb, code(api)),
    })
}

fn other_ways(magic: &MagicSpec) -> Option<String> {
    let mut ways = Vec::new();
    if let Some(key) = &magic.configure_key {
        ways.push(format!("key {} of `%%configure`", code(key)));
    }
    if let Some(note) = &magic.configure_note {
        ways.push(plain(note));
    }
    if !magic.env.is_empty() {
        let format = magic.env_format.as_ref().map(|format| format!(" ({})", plain(format)));
        ways.push(format!("environment {}{}", codes(&magic.env), format.unwrap_or_default()));
    }
    if !magic.aws_config_keys.is_empty() {
        ways.push(format!("AWS profile {}", codes(&magic.aws_config_keys)));
    }
    (!ways.is_empty()).then(|| ways.join("; "))
}
