//! The bodies of cell magics.

use std::ops::Range;

use crate::syntax::literal::{Node, Value, parse_literal};
use crate::syntax::local_line::{Body, LocalLine, cell_magic_body, escaped_line, is_python_space};
use crate::syntax::{Cell, CellMagicKind, Tail};

use super::effects::{ChangeKind, CredentialSource, Effects};
use super::local_python::{self, Problem};
use super::refusal::RefusalKind;
use super::setting::Setting;

pub(super) mod ipython;

/// Adds what `%%configure`, `%%tags` or `%%assume_role` does.
pub(super) fn cell_magic(effects: &mut Effects, text: &str, line: Range<usize>, below: Range<usize>) {
    let body = cell_magic_body(text, line.clone(), below);
    let (name, argument) = match escaped_line(text, line.clone()) {
        LocalLine::BodilessCellMagic { name, argument } => (name, argument),
        LocalLine::Magic { name, argument } => {
            // `%%tags? x` is a line magic of the name `%tags?`.
            effects.call(text, false, name.clone(), argument);
            let kind =
                RefusalKind::UnknownMagic { name: text[name.clone()].to_owned(), cell: false, other_form: false };
            effects.refuse(kind, name);
            return;
        }
        LocalLine::Help | LocalLine::Shell { .. } | LocalLine::NotACommand => {
            below_help(effects, text, line, &body);
            return;
        }
    };
    let word = &text[name.clone()];
    effects.call(text, true, name.clone(), argument.clone());
    let place = name.start - 2..name.end;
    if !matches!(word, "configure" | "tags" | "assume_role") {
        let kind = RefusalKind::UnknownMagic { name: word.to_owned(), cell: true, other_form: false };
        effects.refuse(kind, name);
        return;
    }
    if body.text.is_empty() {
        let kind = RefusalKind::NoBody {
            name: word.to_owned(),
            lines_follow: false,
            line_form: false,
            argument: (!argument.is_empty()).then_some(argument),
        };
        effects.refuse(kind, name);
        return;
    }
    let node = match parse_literal(&body.text) {
        Ok(node) => node,
        Err(mut error) => {
            error.range = body.to_cell(error.range);
            let range = if error.range.is_empty() { place } else { error.range.clone() };
            effects.refuse(RefusalKind::NotALiteral { name: word.to_owned(), error }, range);
            return;
        }
    };
    match word {
        "configure" => configure(effects, &body, &node, place),
        "tags" => tags(effects, &body, &node),
        _ => assume_role(effects, &body, &node),
    }
}

/// Adds what stands below a question such as `%%tags?`: Python that runs in the kernel's own process.
fn below_help(effects: &mut Effects, text: &str, line: Range<usize>, body: &Body) {
    let reason = match local_python::problem(&body.text) {
        None => return,
        Some(Problem::Syntax) => "the lines below the question are run as Python, and are none".to_owned(),
        Some(Problem::Missing(missing)) => {
            format!("the lines below the question are run as Python on this machine, where `{missing}` does not exist")
        }
    };
    let name = text[line.clone()].trim_end_matches(is_python_space).trim_start_matches('%');
    effects.refuse(RefusalKind::Usage { name: format!("%{name}"), reason }, line);
}

/// The keys that `%%configure` applies itself, in its order; all others, and `extra_jars` as well, become
/// job arguments.
const CONFIGURE_SETTINGS: &[(&str, Option<Setting>)] = &[
    ("profile", Some(Setting::Profile)),
    ("endpoint", Some(Setting::Endpoint)),
    ("region", Some(Setting::Region)),
    ("iam_role", Some(Setting::IamRole)),
    ("session_id", None),
    ("max_capacity", Some(Setting::MaxCapacity)),
    ("number_of_workers", Some(Setting::NumberOfWorkers)),
    ("worker_type", Some(Setting::WorkerType)),
    ("extra_jars", Some(Setting::ExtraJars)),
    ("connections", Some(Setting::Connections)),
    ("security_config", Some(Setting::SecurityConfig)),
    ("glue_version", Some(Setting::GlueVersion)),
    ("idle_timeout", Some(Setting::IdleTimeout)),
    ("timeout", Some(Setting::Timeout)),
];

fn configure(effects: &mut Effects, body: &Body, node: &Node, place: Range<usize>) {
    let Some(entries) = node.entries() else {
        let kind = RefusalKind::NotADictionary { name: "configure".into(), found: node.value.type_name() };
        effects.refuse(kind, body.to_cell(node.range.clone()));
        return;
    };
    if entries.is_empty() {
        effects.refuse(RefusalKind::NothingToConfigure, place);
        return;
    }
    let find = |name: &str| entries.iter().find(|(key, _)| key.value.as_str() == Some(name));
    for &(key, setting) in CONFIGURE_SETTINGS {
        let Some((_, node)) = find(key) else { continue };
        let range = body.to_cell(node.range.clone());
        let kind = match (setting, &node.value) {
            (None, value) => ChangeKind::SessionId(value.clone()),
            (Some(Setting::Region), Value::Str(text)) => {
                ChangeKind::Set(Setting::Region, Some(Value::Str(text.to_lowercase())))
            }
            // Bytes have a `lower()` as well; they fail when the session is created.
            (Some(Setting::Region), Value::Bytes(bytes)) => {
                ChangeKind::Set(Setting::Region, Some(Value::Bytes(bytes.to_ascii_lowercase())))
            }
            (Some(Setting::Region), other) => {
                // `lower()` of something else raises: what stands later in the kernel's order is lost.
                let found = other.type_name();
                effects.refuse(RefusalKind::ConfigureValue { key: key.into(), found, wanted: "text" }, range);
                return;
            }
            (Some(setting), Value::None) => ChangeKind::Set(setting, None),
            (Some(setting), value) => ChangeKind::Set(setting, Some(value.clone())),
        };
        effects.change(kind, range);
    }
    if let Some((_, tags)) = find("tags")
        && tags.value.truthy()
    {
        let Some(pairs) = tags.entries() else {
            let found = tags.value.type_name();
            let kind = RefusalKind::ConfigureValue { key: "tags".into(), found, wanted: "a dictionary" };
            effects.refuse(kind, body.to_cell(tags.range.clone()));
            return;
        };
        for (key, value) in pairs {
            let range = body.to_cell(key.range.start..value.range.end);
            effects.change(ChangeKind::Tag(key.value.clone(), value.value.clone()), range);
        }
    }
    for (key, value) in &entries {
        let managed = key.value.as_str().is_some_and(|name| {
            name != "extra_jars" && (name == "tags" || CONFIGURE_SETTINGS.iter().any(|(known, _)| *known == name))
        });
        if managed {
            continue;
        }
        for part in [key, value] {
            if !part.value.printable() {
                let key = if part.value == key.value { "a key".to_owned() } else { key.value.to_str() };
                let wanted = "a number of at most 4,300 digits";
                let kind = RefusalKind::ConfigureValue { key, found: "a longer one", wanted };
                effects.refuse(kind, body.to_cell(part.range.clone()));
                return;
            }
        }
        let name = key.value.to_str();
        let name = if name.starts_with("--") { name } else { format!("--{name}") };
        let range = body.to_cell(key.range.start..value.range.end);
        effects.change(ChangeKind::DefaultArgument { name, value: value.value.to_str() }, range);
    }
}

fn tags(effects: &mut Effects, body: &Body, node: &Node) {
    if !node.value.truthy() {
        return;
    }
    let Some(entries) = node.entries() else {
        effects.refuse(RefusalKind::TagNotText, body.to_cell(node.range.clone()));
        return;
    };
    // `strip()` of anything but text (bytes have it as well) raises, and none of the tags is kept.
    for (key, value) in &entries {
        for part in [key, value] {
            if !matches!(part.value, Value::Str(_) | Value::Bytes(_)) {
                effects.refuse(RefusalKind::TagNotText, body.to_cell(part.range.clone()));
                return;
            }
        }
    }
    for (key, value) in entries {
        let range = body.to_cell(key.range.start..value.range.end);
        effects.change(ChangeKind::Tag(stripped(&key.value), stripped(&value.value)), range);
    }
}

fn assume_role(effects: &mut Effects, body: &Body, node: &Node) {
    let range = body.to_cell(node.range.clone());
    match &node.value {
        Value::Str(role) if role.chars().count() < 20 => effects.refuse(RefusalKind::AssumedRoleTooShort, range),
        // A role is assumed; whether that works is known to the account alone.
        Value::Str(role) => effects.change(ChangeKind::Credentials(CredentialSource::Role(role.clone())), range),
        Value::Dict(_) => {
            let entries = node.entries().unwrap_or_default();
            for (key, value) in &entries {
                for part in [key, value] {
                    if !matches!(part.value, Value::Str(_) | Value::Bytes(_)) {
                        effects.refuse(RefusalKind::CredentialNotText, body.to_cell(part.range.clone()));
                        return;
                    }
                }
            }
            for key in ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"] {
                if !entries.iter().any(|(k, _)| stripped(&k.value).as_str() == Some(key)) {
                    effects.refuse(RefusalKind::MissingCredential { key }, range);
                    return;
                }
            }
            let id = entries.iter().find(|(key, _)| stripped(&key.value).as_str() == Some("aws_access_key_id"));
            let id = id.and_then(|(_, value)| stripped(&value.value).as_str().map(str::to_owned)).unwrap_or_default();
            effects.change(ChangeKind::Credentials(CredentialSource::Keys { id }), range);
        }
        // The kernel says that the role was assumed, and does nothing.
        _ => {}
    }
}

/// What `%%assume_role` is given. It holds secrets: it is made when the cell runs, and kept by nothing that can be
/// printed.
#[derive(Clone, PartialEq, Eq)]
pub enum Assumed {
    /// A role to assume, by its ARN.
    Role(String),
    /// Temporary credentials.
    Keys {
        /// The access key's id.
        id: String,
        /// The secret key.
        secret: String,
        /// The session token.
        token: String,
    },
}

/// Returns what a cell with `%%assume_role` is given; `None` for other cells, and where the kernel refuses it.
pub fn assumed(cell: &Cell) -> Option<Assumed> {
    let Tail::CellMagic { kind: CellMagicKind::AssumeRole, line, body, .. } = &cell.split.tail else { return None };
    let body = cell_magic_body(&cell.text, line.clone(), body.clone());
    let node = parse_literal(&body.text).ok()?;
    match &node.value {
        Value::Str(role) => Some(Assumed::Role(role.clone())),
        Value::Dict(_) => {
            let entries = node.entries()?;
            let find = |key: &str| {
                let (_, value) = entries.iter().find(|(k, _)| stripped(&k.value).as_str() == Some(key))?;
                stripped(&value.value).as_str().map(str::to_owned)
            };
            let (id, secret) = (find("aws_access_key_id")?, find("aws_secret_access_key")?);
            Some(Assumed::Keys { id, secret, token: find("aws_session_token")? })
        }
        _ => None,
    }
}

fn stripped(value: &Value) -> Value {
    match value {
        Value::Str(text) => Value::Str(text.trim_matches(is_python_space).to_owned()),
        other => other.clone(),
    }
}
