//! `replaced-setting`: of two values the kernel keeps the later one; it merges nothing but tags.

use super::planned::{at, label, magic_line_of};
use crate::features::diagnostics::{Context, Findings, Fix, Severity};
use crate::features::spark_conf;
use crate::model::history::{Fate, Note, Slot};
use crate::model::{Setting, setting::strip_quotes};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for note in context.model.history.notes(context.index) {
        let Fate::Replaced { by, cell, range, .. } = &note.fate else { continue };
        if findings.is_full() {
            break;
        }
        let place = at(context, *cell, range.start);
        if note.range.is_empty() {
            continue;
        }
        let (what, other) = (label(&note.slot), label(by));
        if *by != note.slot {
            let message = format!("{other} {place} takes the place of {what}: this value never reaches a session");
            findings.add_with(note.range.clone(), message, Vec::new());
            continue;
        }
        // Of properties and lists the author may expect that they add up; another value is plainly another value.
        let adds_up = match &note.slot {
            Slot::Setting(Setting::SparkConf) => Some("properties"),
            Slot::Setting(setting) if setting.is_list() => Some("items"),
            Slot::Argument(name) if name == "--conf" => Some("properties"),
            _ => None,
        };
        match adds_up {
            Some(items) => {
                let message = format!(
                    "{what} is given again {place}, which takes the place of this one: the {items} here never reach a session"
                );
                findings.add_with(note.range.clone(), message, merged(context, note).into_iter().collect());
            }
            None => {
                let message = format!("{what} is given again {place}, before any session gets this value");
                findings.add_milder(Severity::Information, note.range.clone(), message, Vec::new());
            }
        }
    }
}

/// Makes the fix that puts what two line magics say into the later one.
fn merged(context: &Context<'_>, note: &Note) -> Option<Fix> {
    let Fate::Replaced { cell, range, value: later, .. } = &note.fate else { return None };
    let Slot::Setting(setting) = &note.slot else { return None };
    let line = magic_line_of(context, context.index, &note.range)?;
    magic_line_of(context, *cell, range)?;
    let earlier = &context.text()[note.range.clone()];
    let spark = *setting == Setting::SparkConf;
    let value = if spark { one_chain(earlier, later)? } else { one_list(earlier, later)? };
    let mut fix = Fix::replace("Put both into one", line, "");
    match *cell == context.index {
        true => fix.edits.push((range.clone(), value)),
        false => fix.elsewhere.push((*cell, range.clone(), value)),
    }
    // Items may have been left out on purpose; a property that is to be gone is set to another value.
    Some(if spark { fix } else { fix.to_be_confirmed() })
}

/// Joins two texts of Spark properties; of a property in both, the later value.
fn one_chain(earlier: &str, later: &str) -> Option<String> {
    spark_conf::merged([earlier, later].map(|text| text.trim().trim_matches(['"', '\''])))
}

/// Joins two lists; each item once.
fn one_list(earlier: &str, later: &str) -> Option<String> {
    let items = |text: &str| -> Option<Vec<String>> {
        let (text, _) = strip_quotes(text.trim())?;
        let items = text.trim_matches(['[', ']']).split(',').map(|item| item.trim().to_owned());
        Some(items.filter(|item| !item.is_empty()).collect())
    };
    let mut all = items(earlier)?;
    for item in items(later)? {
        if !all.contains(&item) {
            all.push(item);
        }
    }
    Some(all.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_property_in_both_the_later_value_counts() {
        assert_eq!(one_chain("a=1 --conf b=2", " b=3 --conf c=4 "), Some("a=1 --conf b=3 --conf c=4".to_owned()));
        assert_eq!(one_chain("'--conf a=1'", "a=2"), Some("a=2".to_owned()));
        assert_eq!(one_list("[a, b]", "\"b,c\"").as_deref(), Some("a,b,c"));
    }
}
