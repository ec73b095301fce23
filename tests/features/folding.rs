use super::Fixture;
use glue_ls::features::folding::{Fold, FoldKind, cell_folds};

/// Asserts the folds of the first cell: kind, first and last line, counted from one.
#[track_caller]
fn check(written: &str, expected: &[(FoldKind, usize, usize)]) {
    let fixture = Fixture::new(written);
    let text = fixture.text();
    let line = |offset: usize| text[..offset].matches('\n').count() + 1;
    let shown = |fold: &Fold| (fold.kind, line(fold.range.start), line(fold.range.end));
    let folds: Vec<_> = cell_folds(&fixture.model.cells[0]).iter().map(shown).collect();
    assert_eq!(folds, expected);
}

use FoldKind::{Comment, Imports, Region};

#[test]
fn a_cell_of_one_line_does_not_fold() {
    check("x = 1", &[]);
    check("x = 1\n\n", &[]);
    check("", &[]);
    check("# %% [markdown]\ntitle", &[]);
    check("# %% [markdown]\ntitle\n\ntext", &[(Region, 1, 3)]);
}

#[test]
fn runs_of_magics_and_comments_fold() {
    let written = "# one\n# two\n%region a\n\n%timeout 10\n!ls\n# three\nx = 1\n";
    check(written, &[(Region, 1, 8), (Comment, 1, 2), (Region, 3, 6)]);
    check("%region a\n%timeout 10\n", &[(Region, 1, 2)]);
}

#[test]
fn bodies_of_cell_magics_fold() {
    check("#- crlf\n# top\n%region a\n%%configure\n{\n}\n", &[(Region, 1, 5), (Region, 3, 5)]);
    check("%%sql\nselect 1\nfrom t", &[(Region, 1, 3)]);
    check("%region a\n%%sql", &[(Region, 1, 2)]);
}

#[test]
fn brackets_and_comments_in_bodies_fold() {
    check(
        "%%sql\nwith a as (\n  select 1\n)\n-- one\n-- two\nselect * from a\n/* and\n more */",
        &[(Region, 1, 9), (Region, 2, 4), (Comment, 5, 6), (Comment, 8, 9)],
    );
    check("%%configure\n{\n  'tags': {\n    'a': '{'\n  },\n  'x': [1]\n}", &[(Region, 1, 7), (Region, 3, 5)]);
}

#[test]
fn imports_classes_and_functions_fold() {
    let written = "%region a\nimport os\n# why\nfrom sys import (\n  argv,\n)\n\n@decorated\ndef f():\n  return 1\n\n\
                   class A:\n  def m(self):\n    pass\n  def n(self): pass\nimport last\n";
    check(written, &[(Region, 1, 16), (Imports, 2, 6), (Region, 9, 10), (Region, 12, 15), (Region, 13, 14)]);
}

#[test]
fn a_function_that_is_all_of_a_cell_folds_once() {
    check("def f():\n  return '𝕏'\n", &[(Region, 1, 2)]);
}
