//! An analysis that follows edits says what a fresh one says.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use proptest::sample::Index;

use glue_ls::features::{Analysis, Problem, RuleConfig};
use glue_ls::model::policy::{Limits, Policy};
use glue_ls::model::{Environment, Gate, Kernel, NotebookModel};
use glue_ls::syntax::{Cell, CellKind, Form, Notebook, NotebookMeta, PlacedCell};

use crate::rules::KnownAccount;

/// What is known of the account: another in each region, so that what is said of a cell depends on others.
const ACCOUNT: &str = r#"
caller = { account = "111122223333", region = "eu-west-1" }
connections = [{ name = "orders-db", subnet = "subnet-1" }, { name = "other", subnet = "subnet-2" }]
subnets = { subnet-1 = "vpc-1", subnet-2 = "vpc-2" }
roles = [{ arn = "arn:aws:iam::111122223333:role/glue-dev" }]
security_configurations = ["encrypt-all"]
sessions = [{ id = "sales", status = "STOPPED" }]

[regions.us-east-1]
connections = [{ name = "other", subnet = "subnet-3" }]
subnets = { subnet-3 = "vpc-1" }
sessions = [{ id = "sales", status = "READY" }]

[profiles.analytics]
caller = { account = "444455556666", region = "eu-west-1" }
roles = [{ arn = "arn:aws:iam::444455556666:role/glue-dev" }]
connections = []
sessions = []
"#;

/// Cells of all fixtures of rules, and some that start, stop and change sessions.
fn texts() -> &'static [String] {
    static TEXTS: OnceLock<Vec<String>> = OnceLock::new();
    TEXTS.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rules");
        let mut texts: Vec<String> = Vec::new();
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let text = fs::read_to_string(path).unwrap();
            for case in text.split("\n## ").skip(1) {
                for cell in case.split("# %%\n").skip(1) {
                    let kept = |line: &&str| !line.trim_start().starts_with('^') && !line.starts_with("#- ");
                    texts.push(cell.lines().filter(kept).collect::<Vec<_>>().join("\n"));
                }
            }
        }
        assert!(texts.len() > 200, "{} cells", texts.len());
        let usual =
            ["x = 1", "%stop_session", "%glue_version 3.0", "%worker_type R.1X", "%spark_conf a=1", "%spark_conf b=2"];
        for text in usual {
            // As often as all others together would be too seldom.
            texts.extend(std::iter::repeat_n(text.to_owned(), 40));
        }
        // What decides which account is asked, and what is looked up there.
        let account = [
            "%region us-east-1",
            "%region eu-west-1",
            "%profile analytics",
            "%connections orders-db",
            "%connections other",
            "%iam_role arn:aws:iam::111122223333:role/glue-dve",
            "%iam_role glue-dev",
            "%security_config encrypt-al",
            "%reconnect sales",
            "%%assume_role\n\"arn:aws:iam::444455556666:role/creation\"",
        ];
        texts.extend(account.iter().flat_map(|text| std::iter::repeat_n((*text).to_owned(), 30)));
        texts
    })
}

#[derive(Debug, Clone)]
enum Edit {
    Replace(Index, Index),
    Insert(Index, Index),
    Remove(Index),
    /// A blank line on top: places move, meaning does not.
    Push(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => (any::<Index>(), any::<Index>()).prop_map(|(cell, text)| Edit::Replace(cell, text)),
        2 => any::<Index>().prop_map(Edit::Push),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(cell, text)| Edit::Insert(cell, text)),
        1 => any::<Index>().prop_map(Edit::Remove),
    ]
}

fn notebook(cells: &[Arc<Cell>]) -> Notebook {
    let placed = cells.iter().map(|cell| PlacedCell { range: 0..cell.text.len(), cell: cell.clone() });
    Notebook { form: Form::Cells, meta: NotebookMeta::default(), cells: placed.collect() }
}

fn cell(text: &str) -> Arc<Cell> {
    Arc::new(Cell::whole(CellKind::Code, text))
}

fn problems(analysis: &Analysis) -> Vec<Vec<Problem>> {
    (0..analysis.model.cells.len()).map(|cell| analysis.problems(cell).to_vec()).collect()
}

proptest! {
    #[test]
    fn it_says_what_a_fresh_one_says(
        start in prop::collection::vec(any::<Index>(), 1..7),
        edits in prop::collection::vec(edit(), 1..12),
        knows in any::<bool>(),
    ) {
        let environment = Arc::new(Environment::default());
        let limits = Limits { required_vpcs: vec!["vpc-1".into()], ..Limits::default() };
        let policy = if knows { Policy { limits: vec![limits] } } else { Policy::default() };
        let config = RuleConfig { syntax_errors: true, policy: Arc::new(policy), ..RuleConfig::default() };
        let config = Arc::new(config);
        let accounts = KnownAccount::of_toml(if knows { ACCOUNT } else { "" }).handle();
        let gate = Gate::Glue(Kernel::PySpark);
        let mut cells: Vec<Arc<Cell>> = start.iter().map(|text| cell(text.get::<String>(texts()))).collect();
        let fresh = |cells: &[Arc<Cell>]| {
            let mut model = NotebookModel::new(notebook(cells), gate, &environment);
            model.accounts = accounts.clone();
            Analysis::new(model, config.clone())
        };
        let mut followed = fresh(&cells);
        for edit in &edits {
            // What has been asked for is kept.
            problems(&followed);
            let changed = match edit {
                Edit::Replace(at, text) => {
                    let at = at.index(cells.len());
                    cells[at] = cell(text.get::<String>(texts()));
                    at..at + 1
                }
                Edit::Push(at) => {
                    let at = at.index(cells.len());
                    cells[at] = cell(&format!("\n{}", cells[at].text));
                    at..at + 1
                }
                Edit::Insert(at, text) => {
                    let at = at.index(cells.len() + 1);
                    cells.insert(at, cell(text.get::<String>(texts())));
                    at..at + 1
                }
                Edit::Remove(_) if cells.len() == 1 => continue,
                Edit::Remove(at) => {
                    let at = at.index(cells.len());
                    cells.remove(at);
                    at..at
                }
            };
            followed.update(notebook(&cells), gate, changed, &environment);
            let wanted = fresh(&cells);
            prop_assert_eq!(problems(&followed), problems(&wanted), "after {:?}", edit);
        }
    }
}

#[test]
fn what_becomes_known_of_the_account_is_said_wherever_it_belongs() {
    let environment = Arc::new(Environment::default());
    let limits = Limits { required_vpcs: vec!["vpc-1".into()], ..Limits::default() };
    let policy = Arc::new(Policy { limits: vec![limits] });
    let config = Arc::new(RuleConfig { policy, ..RuleConfig::default() });
    let gate = Gate::Glue(Kernel::PySpark);
    // A setting, a session that is attached to, and code that would get a session without any setting.
    for text in ["%connections other", "%reconnect sales", "x = 1"] {
        let model = NotebookModel::new(notebook(&[cell(text)]), gate, &environment);
        let mut followed = Analysis::new(model, config.clone());
        let before = problems(&followed);
        followed.model.accounts = KnownAccount::of_toml(ACCOUNT).handle();
        followed.accounts_changed();
        assert_ne!(problems(&followed), before, "{text}");
    }
}

#[test]
fn what_a_clone_has_told_is_looked_at_again() {
    let environment = Arc::new(Environment::default());
    let model = NotebookModel::new(
        notebook(&[cell("%connections nothing"), cell("x")]),
        Gate::Glue(Kernel::PySpark),
        &environment,
    );
    let mut followed = Analysis::new(model, Arc::default());
    // A request is being answered from it while something becomes known.
    let answering = followed.clone();
    followed.model.accounts = KnownAccount::of_toml(ACCOUNT).handle();
    assert!(!followed.accounts_changed(), "nobody has asked for anything");
    let told = problems(&answering);
    assert!(followed.accounts_changed(), "more is found than was told: {told:?}");
    assert!(!followed.accounts_changed(), "it is told once");
}
