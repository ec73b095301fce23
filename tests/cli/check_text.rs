//! `glue-ls check`: what people read.

use super::{folder, notebook, run};

#[test]
fn a_script_is_shown_as_it_stands_in_the_file() {
    let folder = folder(&[("cells.py", "# %%\n# %glue_version 4.0\n# é𝕏\n\n# %%\n# %workertype G.1X\nx = 1\n")]);
    let ran = run(folder.path(), &["check", "cells.py"]);
    assert_eq!(
        ran.stdout,
        "\
cells.py:6:4: error[unknown-magic] there is no magic `%workertype`; did you mean `%worker_type`?
 --> cell 1
  |
6 | # %workertype G.1X
  |    ^^^^^^^^^^
  |
  = fix: Write `%worker_type`

1 error in 1 file.
1 can be fixed with `--fix`.
"
    );
    let ran = run(folder.path(), &["check", "cells.py", "--ignore", "unknown-magic"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "No problems in 1 file.\n"));
}

#[test]
fn a_cell_of_a_notebook_is_shown_as_editors_show_it() {
    let folder = folder(&[("etl.ipynb", &notebook(&["x = 1\n", "# 日本\n\n\n\n\n\n\n\n# é\n%workertype G.1X\n"]))]);
    let ran = run(folder.path(), &["check", "etl.ipynb"]);
    let shown = "
  --> cell 1
   |
10 | %workertype G.1X
   |  ^^^^^^^^^^
";
    assert!(ran.stdout.contains(shown), "{}", ran.stdout);
    assert!(ran.stdout.starts_with("etl.ipynb:1:"), "{}", ran.stdout);
}

#[test]
fn wide_characters_keep_the_underline_below_the_text() {
    let folder = folder(&[("a.ipynb", &notebook(&["%connections 日本, a b"]))]);
    let ran = run(folder.path(), &["check", "a.ipynb"]);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let row = lines.iter().position(|line| line.starts_with("1 | ")).unwrap();
    // Two wide characters stand before it.
    let place = lines[row].chars().collect::<String>().find("a b").unwrap() - "日本".len() + 4;
    assert_eq!(lines[row + 1], format!("  |{}^^^", " ".repeat(place - 3)), "{lines:#?}");
}

#[test]
fn the_summary_counts_by_severity() {
    let cells = ["%glue_version 9.9\n", "%workertype G.1X\n", "%wrokertype G.1X\n%number_of_workers five"];
    let folder = folder(&[("a.ipynb", &notebook(&cells))]);
    let ran = run(folder.path(), &["check", "a.ipynb"]);
    assert!(ran.stdout.contains("\n3 errors and 1 warning in 1 file.\n"), "{}", ran.stdout);
}

#[test]
fn there_are_no_colours_in_a_pipe() {
    let folder = folder(&[("a.ipynb", &notebook(&["%workertype G.1X\n"]))]);
    assert!(!run(folder.path(), &["check", "a.ipynb"]).stdout.contains('\u{1b}'));
}

#[test]
fn many_files_are_reported_in_order() {
    let wrong = notebook(&["%workertype G.1X"]);
    let names: Vec<String> = (0..120).map(|index| format!("n{index:03}.ipynb")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), wrong.as_str())).collect();
    let folder = folder(&files);
    let ran = run(folder.path(), &["check", ".", "--format", "github"]);
    let found: Vec<&str> = ran.stdout.lines().map(|line| &line["::error file=./".len()..][..10]).collect();
    assert_eq!(found, names);
}
