//! Every mistake of the tables has a rule that finds it, or a reason why none can.
//!
//! `tests/fixtures/mistakes.toml` has a row for each, with an example. `UPDATE_MISTAKES=1 cargo test --test all mistakes`
//! adds rows that are missing, drops stale ones, and takes `pending` off rows whose example a rule finds by now.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test reports by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glue_ls::facts;
use glue_ls::features::diagnostics::rules::find;
use glue_ls::features::{Analysis, Problem, RuleConfig};
use glue_ls::model::{Environment, Kernel, NotebookModel};
use glue_ls::syntax::{Cell, CellKind, Form, Notebook, NotebookMeta, PlacedCell};
use serde::Deserialize;

use crate::rules::KnownAccount;

const HEAD: &str = "\
# The mistakes that the tables know (`mistakes` of magics.json, `misused_keys` of configure_keys.json): the rule that
# finds each, with an example, or why none can.
#
# In an example `# %%` parts cells, `«…»` marks what the problem must touch, and `account` says what is known of the
# account. `pending = true`: no rule finds it yet, and a test fails as soon as one does. UPDATE_MISTAKES=1 adds and drops
# rows and takes `pending` off.
";

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    mistake: Vec<Row>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Row {
    /// The magic's label, or `%%configure key`.
    magic: String,
    /// The mistake's code, or the key.
    mistake: String,
    /// The rule that finds it.
    code: Option<String>,
    /// A cell, or several, with the mistake.
    cell: Option<String>,
    /// What is known of the account, as `#- account:` lines of the rules' fixtures say it.
    account: Option<String>,
    #[serde(default)]
    pending: bool,
    /// Why no rule can find it.
    no_rule: Option<String>,
}

/// Magic and mistake.
type Key = (String, String);

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mistakes.toml")
}

/// The mistakes of the tables, in their order.
fn known() -> Vec<Key> {
    let mut known = Vec::new();
    for magic in facts::magics().all() {
        known.extend(magic.mistakes.iter().map(|mistake| (magic.label(), mistake.code.clone())));
    }
    known.extend(facts::configure().misused_keys().iter().map(|row| ("%%configure key".to_owned(), row.key.clone())));
    known
}

fn rows() -> BTreeMap<Key, Row> {
    let list: List = toml::from_str(&std::fs::read_to_string(path()).unwrap_or_default()).unwrap();
    let mut rows = BTreeMap::new();
    for row in list.mistake {
        let key = (row.magic.clone(), row.mistake.clone());
        assert!(rows.insert(key.clone(), row).is_none(), "{key:?} has two rows");
    }
    rows
}

/// Returns the problems of an example that touch its marked place, and all others.
fn problems(example: &str, account: Option<&str>) -> (Vec<Problem>, Vec<Problem>) {
    let mut marked = None;
    let mut cells = Vec::new();
    for (index, text) in example.split("# %%\n").filter(|text| !text.is_empty()).enumerate() {
        let text = text.trim_end_matches('\n');
        let bare = text.replace(['«', '»'], "");
        if let Some(start) = text.find('«') {
            marked = Some((index, start..text.find('»').unwrap() - '«'.len_utf8()));
        }
        cells.push(PlacedCell { range: 0..bare.len(), cell: Arc::new(Cell::whole(CellKind::Code, bare)) });
    }
    let notebook = Notebook { form: Form::Cells, meta: NotebookMeta::default(), cells };
    let environment = Environment {
        profiles: BTreeMap::from([("analytics".to_owned(), BTreeMap::new())]),
        profiles_complete: true,
        ..Environment::default()
    };
    let mut model = NotebookModel::of(notebook, Some(Kernel::PySpark), &Arc::new(environment));
    model.accounts = KnownAccount::of_toml(account.unwrap_or_default()).handle();
    let config = RuleConfig { syntax_errors: true, ..RuleConfig::default() };
    let analysis = Analysis::new(model, Arc::new(config));
    let (mut here, mut elsewhere) = (Vec::new(), Vec::new());
    for cell in 0..analysis.model.cells.len() {
        for problem in analysis.problems(cell) {
            let touches = marked.as_ref().is_none_or(|(index, range)| {
                *index == cell && problem.range.start < range.end && range.start < problem.range.end
            });
            if touches { here.push(problem.clone()) } else { elsewhere.push(problem.clone()) }
        }
    }
    (here, elsewhere)
}

fn quoted(text: &str) -> String {
    match text.contains('\n') && !text.contains("'''") {
        true => format!("'''\n{text}'''"),
        false => toml::Value::from(text).to_string(),
    }
}

fn written(rows: &BTreeMap<Key, Row>) -> String {
    let mut text = HEAD.to_owned();
    for key in known() {
        let Some(row) = rows.get(&key) else { continue };
        write!(text, "\n[[mistake]]\nmagic = {}\nmistake = {}\n", quoted(&row.magic), quoted(&row.mistake)).unwrap();
        for (name, value) in
            [("code", &row.code), ("account", &row.account), ("cell", &row.cell), ("no_rule", &row.no_rule)]
        {
            if let Some(value) = value {
                writeln!(text, "{name} = {}", quoted(value)).unwrap();
            }
        }
        if row.pending {
            text.push_str("pending = true\n");
        }
    }
    text
}

/// A row to be filled in; all keys of `%%configure` are alike.
fn new_row(magic: &str, mistake: &str) -> Row {
    let key = magic == "%%configure key";
    Row {
        magic: magic.to_owned(),
        mistake: mistake.to_owned(),
        code: Some(if key { "unknown-configure-key" } else { mistake }.to_owned()),
        cell: Some(if key { format!("%%configure\n{{«\"{mistake}\"»: \"x\"}}") } else { String::new() }),
        pending: true,
        account: None,
        no_rule: None,
    }
}

/// What is wrong with a row.
fn complaint(row: &Row) -> Option<String> {
    let (code, cell) = match (&row.code, &row.cell, &row.no_rule) {
        (None, None, Some(reason)) if reason.len() > 20 && !row.pending => return None,
        (None, None, Some(_)) => return Some("says not enough about why no rule finds it".into()),
        (Some(code), Some(cell), None) => (code, cell),
        _ => return Some("needs `code` and `cell`, or `no_rule`".into()),
    };
    let cell = match cell.is_empty() {
        true => return Some("has no example".into()),
        false => cell,
    };
    let (here, elsewhere) = problems(cell, row.account.as_deref());
    let said = |problems: &[Problem]| -> Vec<String> {
        problems.iter().map(|problem| format!("{}: {}", problem.code, problem.message)).collect()
    };
    if row.pending {
        let first = said(&here).into_iter().next()?;
        return Some(format!("is not pending any longer (UPDATE_MISTAKES=1): {first}"));
    }
    if find(code).is_none() {
        return Some(format!("there is no rule `{code}`"));
    }
    if !here.iter().any(|problem| problem.code == code) {
        return Some(format!("`{code}` does not touch the place; there is {:?}", said(&here)));
    }
    (!elsewhere.is_empty()).then(|| format!("there is something else: {:?}", said(&elsewhere)))
}

#[test]
fn every_mistake_of_the_tables_is_found_or_has_a_reason() {
    let mut rows = rows();
    let known = known();
    assert!(known.len() > 125, "the tables have {} mistakes", known.len());
    if std::env::var_os("UPDATE_MISTAKES").is_some_and(|value| value == "1") {
        for (magic, mistake) in &known {
            let row = rows.entry((magic.clone(), mistake.clone())).or_insert_with(|| new_row(magic, mistake));
            let found = row.cell.as_deref().map(|cell| problems(cell, row.account.as_deref()).0).unwrap_or_default();
            if let (true, Some(first)) = (row.pending, found.first()) {
                row.pending = false;
                let named = found.iter().any(|problem| row.code.as_deref() == Some(problem.code));
                row.code = if named { row.code.take() } else { Some(first.code.to_owned()) };
            }
        }
        rows.retain(|key, _| known.contains(key));
        std::fs::write(path(), written(&rows)).unwrap();
    }
    let mut wrong = Vec::new();
    for key in &known {
        match rows.get(key) {
            None => wrong.push(format!("{key:?}: has no row")),
            Some(row) => wrong.extend(complaint(row).map(|complaint| format!("{key:?}: {complaint}"))),
        }
    }
    let names: BTreeSet<&Key> = known.iter().collect();
    wrong.extend(rows.keys().filter(|key| !names.contains(key)).map(|key| format!("{key:?}: is in no table")));
    assert!(wrong.is_empty(), "mistakes.toml:\n{}", wrong.join("\n"));
}
