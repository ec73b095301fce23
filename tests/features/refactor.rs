use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::Fixture;
use glue_ls::features::refactor::{Refactor, RefactorKind, refactors};
use glue_ls::model::create::CreateSession;
use glue_ls::model::plan::plan;
use glue_ls::model::{Environment, Kernel, NotebookModel};
use glue_ls::syntax::{Cell, CellKind, Form, Notebook, NotebookMeta, PlacedCell};

fn offered(fixture: &Fixture) -> Vec<Refactor> {
    let place = fixture.offset..fixture.offset;
    refactors(&fixture.model, fixture.cell, place, &Arc::new(Environment::default()))
}

fn applied(text: &str, refactor: &Refactor) -> String {
    let mut edits = refactor.fix.edits.clone();
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    assert!(edits.windows(2).all(|pair| pair[0].0.end <= pair[1].0.start), "edits overlap: {edits:?}");
    let mut text = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        text.replace_range(range, &new);
    }
    text
}

/// Asserts the titles that are offered at the cursor.
#[track_caller]
fn check(written: &str, titles: &[&str]) {
    let found = offered(&Fixture::new(written));
    let found: Vec<&str> = found.iter().map(|refactor| refactor.fix.title.as_str()).collect();
    assert_eq!(found, titles);
}

/// Asserts the text of the cell after a refactor.
#[track_caller]
fn check_made(written: &str, title: &str, expected: &str) {
    let fixture = Fixture::new(written);
    let found = offered(&fixture);
    let chosen = found.iter().find(|refactor| refactor.fix.title == title);
    let Some(chosen) = chosen else {
        panic!("`{title}` is not among {:?}", found.iter().map(|r| r.fix.title.as_str()).collect::<Vec<_>>());
    };
    assert_eq!(applied(fixture.text(), chosen), expected);
}

const ALL: &str = "Write the settings of `%%configure` as magics";
const MOVE_ALL: &str = "Move the settings of this cell into `%%configure`";

#[test]
fn a_setting_of_configure_becomes_a_magic() {
    let cell =
        "%%configure -f\n{\n    \"glue_version\": \"5.$00\",\n    \"number_of_workers\": 5,\n    \"--x\": \"y\"\n}\nx";
    check_made(
        &cell.replace("\nx", ""),
        "Write `glue_version` as the magic `%glue_version`",
        "%glue_version 5.0\n%%configure -f\n{\n    \"number_of_workers\": 5,\n    \"--x\": \"y\"\n}",
    );
    check_made(
        "%%configure\n{\"--conf\": \"spark.a=1\", \"idle_timeout\": 15$0, \"--x\": \"y\"}",
        "Write `idle_timeout` as the magic `%idle_timeout`",
        "%idle_timeout 15\n%%configure\n{\"--conf\": \"spark.a=1\", \"--x\": \"y\"}",
    );
    check_made(
        "%%conf$0igure\n{\"--conf\": \"spark.a=1\", \"idle_timeout\": 15, \"--x\": \"y\"}",
        ALL,
        "%spark_conf spark.a=1\n%idle_timeout 15\n%%configure\n{\"--x\": \"y\"}",
    );
}

#[test]
fn a_configure_without_anything_left_goes_and_its_comments_stay() {
    check_made(
        "#- crlf\n# top\n%%conf$0igure\n{\n  # small\n  'worker_type': 'G.1X', # one DPU\n  'region': 'eu-west-1',\n}\n",
        ALL,
        "# top\r\n# small\r\n# one DPU\r\n%worker_type G.1X\r\n%region eu-west-1\r\n",
    );
}

#[test]
fn what_would_change_the_plan_is_not_offered() {
    // It becomes a job argument besides.
    check("%%configure\n{'extra_jars': 's3://b/x$0.jar', '--x': '1'}", &[]);
    // No magic sets these.
    check("%%configure\n{'max_capacity': 5$0, 'tags': {'a': 'b'}}", &[]);
    // Quotes would be taken off.
    check("%%configure\n{'region': '\"eu-west-1\"$0', '--x': '1'}", &[]);
    // The last of two wins.
    check("%%configure\n{'timeout': 10$0, '--x': 1, 'timeout': 20}", &[]);
    check("%%configure\n{'timeout': true$0}", &[]);
    check("%region eu-we$0st-1\nx = 1", &[]);
    check("#- kernel: python3\n%%configure\n{'timeout': 10$0}", &[]);
}

#[test]
fn magics_become_settings_of_configure() {
    check_made(
        "%glue_v$0ersion 5.0\n%number_of_workers 5\n",
        MOVE_ALL,
        "%%configure\n{\n    \"glue_version\": \"5.0\",\n    \"number_of_workers\": 5\n}\n",
    );
    check_made(
        "# why\n%extra_jars s3://b/a.jar, s3://b/b.jar$0\n%status\n%spark_conf spark.a=\"x\"",
        "Move `%extra_jars` into `%%configure`",
        "# why\n%status\n%spark_conf spark.a=\"x\"\n%%configure\n{\n    \"--extra-jars\": \"s3://b/a.jar,s3://b/b.jar\"\n}",
    );
    check_made(
        "%region eu-w$0est-1\n%%configure\n{\n  'timeout': 10\n}",
        "Move `%region` into `%%configure`",
        "%%configure\n{\n  \"region\": \"eu-west-1\",\n  'timeout': 10\n}",
    );
    check_made(
        "%region eu-w$0est-1\n%%configure\n{'timeout': 10}",
        "Move `%region` into `%%configure`",
        "%%configure\n{\"region\": \"eu-west-1\", 'timeout': 10}",
    );
}

#[test]
fn spark_conf_lines_become_one() {
    const MERGE: &str = "Merge the `%spark_conf` lines into one";
    check_made(
        "%spark_conf spark.a=1\n%region eu-west-1\n%spark_conf$0 --conf spark.b=2\n%spark_conf spark.a=3",
        MERGE,
        "%spark_conf spark.b=2 --conf spark.a=3\n%region eu-west-1",
    );
    check_made(
        "#- crlf\n%spark_conf spark.a=1\n%spark_conf$0 spark.b=2\nx = 1",
        MERGE,
        "%spark_conf spark.a=1 --conf spark.b=2\r\nx = 1",
    );
}

#[test]
fn a_cell_magic_below_something_gets_a_cell_of_its_own() {
    for (written, at) in [
        ("%region eu-west-1\n%%s$0ql\nselect 1", 18),
        ("x = 1\n%%sql$0\nselect 1", 6),
        ("%region a\n# why\n%%tags$0\n{}", 16),
    ] {
        let fixture = Fixture::new(written);
        let found = offered(&fixture);
        let split: Vec<&Refactor> = found.iter().filter(|refactor| refactor.kind == RefactorKind::Extract).collect();
        assert_eq!(split.len(), 1, "{written}");
        assert_eq!((&split[0].fix.splits[..], &split[0].fix.edits[..]), (&[at][..], &[][..]), "{written}");
    }
    check("# a comment\n%%sql$0\nselect 1", &[]);
    check("x = '''\n%%sql$0\n'''", &[]);
    check("x = 1\n%%sql\nselec$0t 1", &[]);
}

const SETTINGS: &[(&str, &str, &str)] = &[
    ("\"glue_version\": \"5.0\"", "glue_version", "5.0"),
    ("'glue_version': '4.0'", "glue_version", " \"4.0\""),
    ("\"worker_type\": \"G.2X\"", "worker_type", "'G.2X'"),
    ("\"number_of_workers\": 5", "number_of_workers", "5"),
    ("\"number_of_workers\": \"7\"", "number_of_workers", "\"7\""),
    ("\"idle_timeout\": 15", "idle_timeout", "15"),
    ("\"timeout\": \"30\"", "timeout", "30"),
    ("\"region\": \"EU-west-1\"", "region", "EU-west-1"),
    ("\"iam_role\": \"arn:aws:iam::123456789012:role/x\"", "iam_role", "arn:aws:iam::123456789012:role/x"),
    ("\"connections\": \"a, b\"", "connections", "a, b"),
    ("\"connections\": \"a,b\"", "connections", "[a,b]"),
    ("\"--conf\": \"spark.a=1 --conf spark.b=2\"", "spark_conf", "spark.a=1 --conf spark.b=2"),
    ("\"conf\": \"spark.c=\\\"x\\\"\"", "spark_conf", "spark.c=\"x\""),
    ("\"--extra-jars\": \"s3://b/a.jar\"", "extra_jars", "s3://b/a.jar"),
    ("\"extra_jars\": \"s3://b/b.jar\"", "extra_jars", "s3://b/b.jar"),
    ("\"--extra-py-files\": \"s3://b/a.py\"", "extra_py_files", "s3://b/a.py, s3://b/b.py"),
    ("\"--additional-python-modules\": \"pandas==2.0\"", "additional_python_modules", "pandas==2.0"),
    ("\"additional-python-modules\": \"a b\"", "additional_python_modules", "a --b c"),
    ("\"security_config\": \"sc\"", "security_config", "sc"),
    ("\"session_id\": \"s\"", "session_id_prefix", "p"),
    ("\"profile\": \"dev\"", "profile", "dev"),
    ("\"endpoint\": \"https://glue.eu-west-1.amazonaws.com\"", "endpoint", "https://glue.eu-west-1.amazonaws.com"),
    ("\"max_capacity\": 5.0", "session_type", "streaming"),
    ("\"tags\": {\"a\": \"b\"}", "streaming", ""),
    ("\"--x\": \"1\"", "status", ""),
    ("\"timeout\": None", "timeout", ""),
    ("\"region\": \"$HOME\"", "region", "{x}"),
];

fn model(cells: &[String]) -> NotebookModel {
    let place =
        |text: &String| PlacedCell { range: 0..text.len(), cell: Arc::new(Cell::whole(CellKind::Code, text.as_str())) };
    let cells = cells.iter().map(place).collect();
    let notebook = Notebook { form: Form::Cells, meta: NotebookMeta::default(), cells };
    NotebookModel::of(notebook, Some(Kernel::PySpark), &Arc::new(Environment::default()))
}

/// What the kernel would send, in order, and why it would not.
fn sent(model: &NotebookModel) -> (Vec<Option<CreateSession>>, Vec<Option<String>>, Vec<String>) {
    let plan = plan(model, 60);
    let request = |request: &CreateSession| {
        let mut request = CreateSession { origins: Vec::new(), ..request.clone() };
        request.default_arguments.sort();
        request
    };
    let created = plan.cells.iter().map(|cell| cell.create_session.as_deref().map(request)).collect();
    let statements = plan.cells.iter().map(|cell| cell.statement.clone()).collect();
    (created, statements, model.failures.iter().map(|(_, failure)| format!("{:?}", failure.refusal)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]
    #[test]
    fn settings_that_move_leave_the_plan_as_it_was(
        entries in subsequence((0..SETTINGS.len()).collect::<Vec<_>>(), 0..6),
        magics in subsequence((0..SETTINGS.len()).collect::<Vec<_>>(), 0..5),
        style in 0..4_usize,
        above in select(&["", "%number_of_workers 2", "%%configure\n{\"worker_type\": \"G.1X\", \"--conf\": \"spark.z=1\"}", "x = 0"][..]),
        below in select(&["x = 1", "%%configure\n{\"--conf\": \"spark.y=1\"}", "%stop_session\n%spark_conf spark.x=1"][..]),
    ) {
        let mut text: String = magics.iter().map(|&at| format!("%{} {}\n", SETTINGS[at].1, SETTINGS[at].2)).collect();
        let pieces: Vec<&str> = entries.iter().map(|&at| SETTINGS[at].0).collect();
        if !pieces.is_empty() {
            text += "%%configure -f\n";
            text += &match style {
                0 => format!("{{{}}}", pieces.join(", ")),
                1 => format!("{{\n  {},\n}}\n", pieces.join(",\n  ")),
                2 => format!("{{ {} # last\n}}", pieces.join(", # note\n ")),
                _ => format!("{{\n    {}\n}}", pieces.join(" ,\n    # of its own\n    ")),
            };
        }
        let cells = [above.to_owned(), text.clone(), below.to_owned(), "y = 2".to_owned()];
        let before = model(&cells);
        let expected = sent(&before);
        for offset in (0..=text.len()).step_by(9) {
            for refactor in refactors(&before, 1, offset..offset, &Arc::new(Environment::default())) {
                let merges = refactor.fix.title.starts_with("Merge");
                if merges || refactor.kind == RefactorKind::Extract {
                    continue;
                }
                let changed = applied(&text, &refactor);
                prop_assert_ne!(&changed, &text);
                let cells = [cells[0].clone(), changed.clone(), cells[2].clone(), cells[3].clone()];
                prop_assert_eq!(&sent(&model(&cells)), &expected, "{} of\n{}\nmakes\n{}", refactor.fix.title, text, changed);
            }
        }
    }
}
