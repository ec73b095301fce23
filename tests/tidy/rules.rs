//! Every rule has its file, page and fixture; pages hold what they say.

use std::path::Path;
use std::sync::Arc;

use glue_ls::features::Analysis;
use glue_ls::features::diagnostics::rules::RULES;
use glue_ls::features::{Problem, Severity};
use glue_ls::model::open::open;
use glue_ls::model::{Environment, Kernel, NotebookModel};
use glue_ls::settings::Settings;
use glue_ls::syntax::{Cell, CellKind, Form, Notebook, NotebookMeta, PlacedCell};

use super::{between, read, section, stems};
use crate::rules::{KnownAccount, written_out};

fn codes() -> Vec<String> {
    RULES.iter().map(|rule| rule.code.to_owned()).collect()
}

#[test]
fn rules_stand_in_order() {
    assert!(RULES.is_sorted_by(|a, b| a.code < b.code), "the rows of rules.rs are not in the order of their codes");
}

#[test]
fn every_rule_has_its_file_page_and_fixture_and_nothing_else_is_there() {
    let mut sources = stems("src/features/diagnostics/rules", "rs");
    // Files beside the rules' hold what several of them share.
    sources.retain(|stem| read(format!("src/features/diagnostics/rules/{stem}.rs")).contains("fn check(context"));
    let sources: Vec<String> = sources.iter().map(|stem| stem.replace('_', "-")).collect();
    assert_eq!(sources, codes(), "src/features/diagnostics/rules");
    let mut pages = stems("docs/rules", "md");
    pages.retain(|stem| stem != "README");
    assert_eq!(pages, codes(), "docs/rules");
    assert_eq!(stems("tests/fixtures/rules", "txt"), codes(), "tests/fixtures/rules");
}

/// Returns the codes of all problems in cells parted by `# %%`, or in a percent script if there is a header, with the
/// settings of a project file, what is known of the account, and without advice of other rules than the one of `page`.
fn problems(text: &str, page: &str, settings: &str, account: &KnownAccount) -> Vec<&'static str> {
    let text = &written_out(text);
    let cells = text.split("# %%\n").filter(|text| !text.is_empty()).map(|text| {
        let text = text.trim_end_matches('\n');
        PlacedCell { range: 0..text.len(), cell: Arc::new(Cell::whole(CellKind::Code, text)) }
    });
    let notebook = match text.starts_with("# ---\n") {
        true => open(text, Form::Percent).notebook,
        false => Notebook { form: Form::Cells, meta: NotebookMeta::default(), cells: cells.collect() },
    };
    let mut model = NotebookModel::of(notebook, Some(Kernel::PySpark), &Arc::new(Environment::default()));
    model.accounts = account.handle();
    let mut read = Settings::default();
    assert_eq!(read.merge_project_file(Path::new("glue-ls.toml"), settings), [], "{settings}");
    let analysis = Analysis::new(model, read.rules(false, None));
    let counts = |problem: &&Problem| problem.severity <= Severity::Warning || problem.code == page;
    let codes = |cell| analysis.problems(cell).iter().filter(counts).map(|problem| problem.code).collect::<Vec<_>>();
    (0..analysis.model.cells.len()).flat_map(codes).collect()
}

#[test]
fn pages_show_what_fires_and_what_does_not() {
    for rule in RULES {
        let page = read(format!("docs/rules/{}.md", rule.code));
        assert!(page.starts_with(&format!("# {}\n\n", rule.code)), "{}", rule.code);
        assert!(page.contains(&format!("**Severity:** {}", rule.severity.name())), "{}", rule.code);
        assert!((20..=45).contains(&page.lines().count()), "{}: {} lines", rule.code, page.lines().count());
        let blocks = |heading: &str| -> Vec<String> {
            between(section(&page, heading), "```python\n", "```\n").into_iter().map(str::to_owned).collect()
        };
        // Some rules find nothing without settings: the first block in TOML has them.
        let settings = between(&page, "```toml\n", "```\n").first().copied().unwrap_or_default();
        // And others nothing without an account.
        let (_, below) = page.split_once("With this account:\n").unwrap_or_default();
        let account = KnownAccount::of_json(between(below, "```json\n", "```\n").first().copied().unwrap_or("{}"));
        let problems = |text: &str, page: &str| problems(text, page, settings, &account);
        let (wrong, right) = (blocks("Wrong"), blocks("Right"));
        assert!(!wrong.is_empty() && !right.is_empty(), "{}", rule.code);
        for block in wrong {
            let found = problems(&block, rule.code);
            assert!(
                !found.is_empty() && found.iter().all(|code| *code == rule.code),
                "{}: {found:?} in\n{block}",
                rule.code
            );
        }
        for block in right {
            assert_eq!(problems(&block, rule.code), [""; 0], "{}: in\n{block}", rule.code);
        }
        let off = section(&page, "Turn it off");
        assert!(off.contains(&format!("ignore = [\"{}\"]", rule.code)), "{}", rule.code);
        let ignored = between(off, "```python\n", "```\n");
        assert_eq!(ignored.len(), 1, "{}", rule.code);
        assert!(ignored[0].contains(&format!(" glue-ls: ignore[{}]\n", rule.code)), "{}", rule.code);
        assert_eq!(problems(ignored[0], rule.code), [""; 0], "{}: in\n{}", rule.code, ignored[0]);
        let without = ignored[0].replace("glue-ls: ignore", "once");
        assert!(problems(&without, rule.code).contains(&rule.code), "{}: nothing to ignore in\n{without}", rule.code);
    }
}
