//! The reference of all settings, written from the table.

use std::fmt::Write as _;

use super::table::{Kind, Member, SETTINGS, SettingSpec, Who};

/// Returns the part of `docs/settings.md` that lists all settings, as Markdown: a heading for each, what it does, what it
/// takes.
pub fn markdown() -> String {
    let mut page = String::new();
    for spec in SETTINGS {
        let _ = write!(page, "### `{}`\n\n{}\n\n", spec.name, spec.doc);
        if let Kind::Choice(words) = spec.kind {
            for (word, meaning) in words {
                let _ = writeln!(page, "- `\"{word}\"`: {meaning}");
            }
            page.push('\n');
        }
        members(&mut page, &spec.kind);
        let _ = write!(page, "{}\n\n", facts(spec));
    }
    page
}

/// Lists the members of the records that a setting is made of.
fn members(page: &mut String, kind: &Kind) {
    let Kind::Table { values: Kind::Record(record), .. } = kind else { return };
    let what = record.what.strip_prefix("a ").unwrap_or(record.what);
    let _ = writeln!(page, "A {what} may have:\n");
    for member in record.members {
        let needed = if member.required { " (it must be there)" } else { "" };
        let _ = writeln!(page, "- `{}`{needed}: {}", member.name, member.doc);
    }
    page.push('\n');
    for member in record.members {
        members(page, &member.kind);
    }
}

/// Returns what the documentation says of a member of a record, as Markdown.
pub fn hover_member(member: &Member) -> String {
    format!("`{}`\n\n{}\n\n*Takes {}.*", member.name, member.doc, member.kind.wanted())
}

/// Returns what the documentation says of a setting where the pointer rests on it, as Markdown.
pub fn hover(spec: &SettingSpec) -> String {
    let mut text = format!("`{}`\n\n{}\n\n", spec.name, spec.doc);
    if let Kind::Choice(words) = spec.kind {
        for (word, meaning) in words {
            let _ = writeln!(text, "- `\"{word}\"`: {meaning}");
        }
        text.push('\n');
    }
    members(&mut text, &spec.kind);
    text.push_str(&facts(spec));
    text
}

fn facts(spec: &SettingSpec) -> String {
    let default = match spec.default {
        "null" => "none".to_owned(),
        default => format!("`{default}`"),
    };
    let who = match spec.who {
        Who::Start => "; from `initializationOptions` only",
        Who::User => "; not from a project file",
        Who::Everyone => "",
    };
    let wanted = match &spec.kind {
        Kind::Table { values, .. } => format!("{} to {}", spec.kind.wanted(), values.wanted()),
        kind => kind.wanted(),
    };
    format!("*Takes {wanted}; default: {default}{who}.*")
}
