//! The project file: its text, where in it each value stands, and what is wrong with it.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::{Map, Number, Value as Json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::check::{self, Complaint};
use super::table::SettingSpec;
use super::{PROJECT_FILE, Source};

/// The largest project file that is read, in bytes.
pub(super) const LARGEST: usize = 1 << 20;

/// Something that is wrong in a project file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where, in bytes of the text.
    pub range: Range<usize>,
    /// What, for people.
    pub message: String,
    /// What to write there instead, where that is known.
    pub fix: Option<String>,
    /// Whether it keeps a part of the policy from being read.
    pub(super) hides_policy: bool,
}

impl Mistake {
    /// Makes one that has no place in the file.
    pub fn of_file(message: String) -> Mistake {
        Mistake { range: 0..0, message, fix: None, hides_policy: false }
    }
}

/// A project file as far as it can be read.
pub(super) struct Read {
    /// What can be used.
    pub(super) values: Vec<(&'static SettingSpec, Json)>,
    /// What cannot, in order.
    pub(super) mistakes: Vec<Mistake>,
}

/// Where a key and its value stand.
type Places = HashMap<Vec<String>, (Range<usize>, Range<usize>)>;

/// Reads the text of a project file.
pub(super) fn read(text: &str) -> Read {
    if text.len() > LARGEST {
        let message = format!("a file of settings is not read beyond {} KiB", LARGEST / 1024);
        let mistake = Mistake { range: 0..0, message, fix: None, hides_policy: true };
        return Read { values: Vec::new(), mistakes: vec![mistake] };
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    // What follows the first one mostly follows from it: a quote that is open yet, while a line is typed.
    let first = errors.iter().min_by_key(|error| error.span().map_or(0, |span| span.start));
    let broken = first.map(|error| Mistake {
        range: within(text, error.span().unwrap_or(0..0)),
        message: error.message().to_owned(),
        fix: None,
        // What the parser made of the rest may lack any of it.
        hides_policy: text.contains("policy"),
    });
    let mut places = Places::new();
    let value = object(table.get_ref(), &mut Vec::new(), &mut places);
    let checked = check::check(&value, Source::Project);
    let readable = |mistake: &Mistake| broken.as_ref().is_none_or(|broken| mistake.range.start < broken.range.start);
    let complaints = checked.complaints.into_iter().map(|complaint| placed(text, complaint, &places));
    let mut mistakes: Vec<Mistake> = complaints.filter(readable).collect();
    mistakes.extend(broken);
    mistakes.sort_by_key(|mistake| (mistake.range.start, mistake.range.end));
    Read { values: checked.values, mistakes }
}

fn placed(text: &str, complaint: Complaint, places: &Places) -> Mistake {
    let (key, value) = places.get(&complaint.path).cloned().unwrap_or_default();
    let range = within(text, if complaint.key { key } else { value });
    let hides_policy = complaint.path.first().is_some_and(|first| first == "policy") && !complaint.usable;
    // A key stands bare wherever it may; a text stands in quotes.
    let fix = complaint.meant.map(|meant| match complaint.key {
        true => meant,
        false => format!("\"{meant}\""),
    });
    Mistake { range, message: complaint.message, fix, hides_policy }
}

/// Makes a range one of whole characters of the text.
fn within(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(range.start.min(text.len()));
    start..text.ceil_char_boundary(range.end.clamp(start, text.len()))
}

fn object(table: &DeTable<'_>, path: &mut Vec<String>, places: &mut Places) -> Json {
    let mut out = Map::new();
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        let json = json(value, path, places);
        places.insert(path.clone(), (key.span(), value.span()));
        out.insert(key.get_ref().to_string(), json);
        path.pop();
    }
    Json::Object(out)
}

fn json(value: &Spanned<DeValue<'_>>, path: &mut Vec<String>, places: &mut Places) -> Json {
    match value.get_ref() {
        DeValue::String(text) => Json::String(text.to_string()),
        DeValue::Boolean(flag) => Json::Bool(*flag),
        DeValue::Integer(number) => match i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()) {
            Ok(number) => Json::Number(number.into()),
            Err(_) => strange(),
        },
        DeValue::Float(number) => {
            let number = number.as_str().replace('_', "").parse::<f64>().ok().and_then(Number::from_f64);
            number.map_or_else(strange, Json::Number)
        }
        DeValue::Datetime(_) => strange(),
        DeValue::Array(items) => {
            let mut out = Vec::new();
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                out.push(json(item, path, places));
                places.insert(path.clone(), (item.span(), item.span()));
                path.pop();
            }
            Json::Array(out)
        }
        DeValue::Table(table) => object(table, path, places),
    }
}

/// What no setting takes.
fn strange() -> Json {
    Json::Array(vec![Json::Array(Vec::new())])
}

/// Finds the project file: in `folder` or the nearest folder above it that has one.
pub fn find_project_file(folder: &Path) -> Option<PathBuf> {
    project_files(folder).next()
}

/// Finds the project files in `folder` and the folders above it, the nearest first.
pub fn project_files(folder: &Path) -> impl Iterator<Item = PathBuf> + '_ {
    folder.ancestors().map(|folder| folder.join(PROJECT_FILE)).filter(|path| path.is_file())
}

/// Returns whether a path or URI is that of a project file.
pub fn is_project_file(path: &str) -> bool {
    path.rsplit(['/', '\\']).next().is_some_and(|name| name == PROJECT_FILE)
}
