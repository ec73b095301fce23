//! What an editor shows, on small documents written where they are tested.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

mod anything;
mod completion;
mod connect;
mod corpus;
mod fix_all;
mod folding;
mod hover;
mod inlays;
mod links;
mod names;
mod names_hover;
mod refactor;
mod selection;
mod semantic_tokens;
mod signature;
mod silence;
mod symbols;
mod updates;

use std::collections::BTreeMap;
use std::sync::Arc;

use glue_ls::features::Prices;
use glue_ls::features::completion::{Completion, Completions, completions};
use glue_ls::features::hover::{Hover, hover};
use glue_ls::model::{Environment, NotebookModel};
use glue_ls::syntax::{Cell, CellKind, Form, Notebook, NotebookMeta, PlacedCell};

use crate::support::accounts::Account;

/// A document with a cursor.
///
/// `# %%` alone on a line starts a cell of code, `# %% [markdown]` and `# %% [raw]` one of the others; the
/// text above the first of them is a cell too, if there is any. `$0` is the cursor. Lines that begin with
/// `#- ` set what the document is: `kernel: name` (`glue_pyspark` if not said), `form: percent`, `crlf` for
/// lines that end as on Windows, `env: NAME=value` for a variable, `profile: NAME key=value` for a profile of the AWS
/// config file (one key, or none).
struct Fixture {
    model: NotebookModel,
    /// The cell of the cursor.
    cell: usize,
    /// The cursor, in bytes of that cell's text.
    offset: usize,
}

impl Fixture {
    fn new(written: &str) -> Fixture {
        let mut meta = NotebookMeta { kernel_name: Some("glue_pyspark".into()), ..NotebookMeta::default() };
        let mut form = Form::Cells;
        let mut line_end = "\n";
        let mut variables = BTreeMap::new();
        let mut profiles: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        let mut cells: Vec<(CellKind, Vec<&str>)> = Vec::new();
        for line in written.strip_prefix('\n').unwrap_or(written).split('\n') {
            match line {
                "#- crlf" => line_end = "\r\n",
                "#- form: percent" => form = Form::Percent,
                "# %%" => cells.push((CellKind::Code, Vec::new())),
                "# %% [markdown]" => cells.push((CellKind::Markdown, Vec::new())),
                "# %% [raw]" => cells.push((CellKind::Raw, Vec::new())),
                _ => match (line.strip_prefix("#- kernel: "), line.strip_prefix("#- env: ")) {
                    (Some(name), _) => meta.kernel_name = Some(name.into()),
                    (_, Some(pair)) => {
                        let (name, value) = pair.split_once('=').unwrap();
                        variables.insert(name.to_owned(), value.to_owned());
                    }
                    _ if line.starts_with("#- profile: ") => {
                        let (name, pair) = line["#- profile: ".len()..].rsplit_once(' ').unwrap_or((&line[12..], ""));
                        let section = match pair.split_once('=') {
                            Some((key, value)) => [(key.to_owned(), value.to_owned())].into(),
                            None => BTreeMap::new(),
                        };
                        let name = if pair.contains('=') { name } else { &line[12..] };
                        profiles.insert(name.to_owned(), section);
                    }
                    _ => {
                        if cells.is_empty() {
                            cells.push((CellKind::Code, Vec::new()));
                        }
                        cells.last_mut().unwrap().1.push(line);
                    }
                },
            }
        }
        let mut cursor = None;
        let mut placed = Vec::new();
        for (index, (kind, lines)) in cells.iter().enumerate() {
            let mut text = lines.join(line_end);
            if let Some(at) = text.find("$0") {
                assert!(cursor.replace((index, at)).is_none(), "two cursors in {written}");
                text.replace_range(at..at + 2, "");
            }
            let range = 0..text.len();
            placed.push(PlacedCell { range, cell: Arc::new(Cell::whole(*kind, text)) });
        }
        let environment = Arc::new(Environment { variables, profiles, ..Environment::default() });
        let model = NotebookModel::of(Notebook { form, meta, cells: placed }, None, &environment);
        let (cell, offset) = cursor.unwrap_or_default();
        Fixture { model, cell, offset }
    }

    fn text(&self) -> &str {
        &self.model.cells[self.cell].cell.text
    }

    /// The document with an account behind it.
    fn with(written: &str, account: &Account) -> Fixture {
        let mut fixture = Fixture::new(written);
        fixture.model.accounts = account.handle();
        fixture
    }

    fn completions(&self) -> Vec<Completion> {
        self.all_completions().items
    }

    fn all_completions(&self) -> Completions {
        let all = completions(&self.model, self.cell, self.offset, &Prices::default());
        let list = &all.items;
        for completion in list {
            let replaced = self.text().get(completion.replace.clone()).unwrap();
            assert!(!replaced.contains(['\n', '\r']), "{completion:?} replaces more than a line");
            assert!((completion.replace.start..=completion.replace.end).contains(&self.offset), "{completion:?}");
        }
        assert!(list.is_sorted_by(|a, b| a.sort < b.sort), "the order of the list is that of its texts: {list:?}");
        all
    }
}

/// Asserts the labels offered, in order.
#[track_caller]
fn check_completion(written: &str, labels: &[&str]) {
    let list = Fixture::new(written).completions();
    let offered: Vec<&str> = list.iter().map(|completion| completion.label.as_str()).collect();
    assert_eq!(offered, labels);
}

/// Asserts that the labels are offered, in that order, whatever stands between them.
#[track_caller]
fn check_offers(written: &str, labels: &[&str]) {
    let list = Fixture::new(written).completions();
    let offered: Vec<&str> = list.iter().map(|completion| completion.label.as_str()).collect();
    let mut rest = offered.iter();
    for label in labels {
        assert!(rest.any(|offered| offered == label), "{label} is missing, or too early, in {offered:?}");
    }
}

/// Asserts that none of the labels is offered, but something is.
#[track_caller]
fn check_leaves_out(written: &str, labels: &[&str]) {
    let list = Fixture::new(written).completions();
    assert!(!list.is_empty(), "nothing is offered");
    for completion in list {
        assert!(!labels.contains(&completion.label.as_str()), "{} is offered", completion.label);
    }
}

/// Asserts the text of the cell once a label was chosen, places of snippets as they are written.
#[track_caller]
fn check_accepted(written: &str, label: &str, expected: &str) {
    let fixture = Fixture::new(written);
    let list = fixture.completions();
    let Some(chosen) = list.iter().find(|completion| completion.label == label) else {
        panic!("{label} is not among {:?}", list.iter().map(|c| c.label.as_str()).collect::<Vec<_>>());
    };
    let mut text = fixture.text().to_owned();
    text.replace_range(chosen.replace.clone(), &chosen.insert);
    assert_eq!(text, expected);
    assert_eq!(chosen.is_snippet, ["${", "$1", "$0"].iter().any(|place| chosen.insert.contains(place)));
}

/// Returns what is offered under a label.
#[track_caller]
fn offered(written: &str, label: &str) -> Completion {
    let list = Fixture::new(written).completions();
    list.into_iter().find(|completion| completion.label == label).unwrap_or_else(|| panic!("{label} is not offered"))
}

/// Asserts the word that a hover is about, and texts that it holds.
#[track_caller]
fn check_hover(written: &str, word: &str, says: &[&str]) {
    let fixture = Fixture::new(written);
    let Some(Hover { markdown, range }) = hover(&fixture.model, fixture.cell, fixture.offset, &Prices::default())
    else {
        panic!("there is no hover");
    };
    assert_eq!(&fixture.text()[range], word);
    for text in says {
        assert!(markdown.contains(text), "{text:?} is not in\n{markdown}");
    }
}

/// Asserts that there is nothing to complete and nothing to say.
#[track_caller]
fn check_silent(written: &str) {
    let fixture = Fixture::new(written);
    assert_eq!(fixture.completions(), []);
    assert_eq!(hover(&fixture.model, fixture.cell, fixture.offset, &Prices::default()), None);
}
