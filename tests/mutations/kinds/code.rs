//! Code, and magics among it; SQL.

use super::{Kind, Place, Wrong, kind};
use crate::mutations::plant::Place::{Anywhere, BelowCode, Python};
use crate::mutations::random::Random;

const PYTHON: Place = Python("print(\"orders\")");
const SQL: Place = Anywhere("%%sql\nSELECT region\nFROM sales.orders");
/// Where Python reads the text that the kernel makes of the query: Scala would take a backslash as it is.
const PYTHON_SQL: Place = Python("%%sql\nSELECT region\nFROM sales.orders");

/// More code than the service takes in one statement.
fn endless(random: &mut Random) -> String {
    (0..1500 + random.below(500))
        .map(|line| format!("order_{line} = \"the order with the number {line} of today\"\n"))
        .collect()
}

#[rustfmt::skip]
pub(super) static KINDS: &[Kind] = &[
    kind("magic below code", "rule: head-scan", BelowCode, &["«%idle_timeout» 60", "«%region» us-east-1", "«%additional_python_modules» pandas==2.2.2"], &["magic-below-code"]),
    kind("configuration below code", "rule: cell-magic-position", BelowCode, &["«%%configure»\n{\"--TempDir\": \"s3://orders-temp/\"}"], &["magic-below-code"]),
    kind("query below code", "rule: cell-magic-position", BelowCode, &["«%%sql»\nSELECT region FROM sales.orders"], &["magic-below-code"]),
    kind("IPython's magic below code", "rule: head-scan", BelowCode, &["«%time» x = 1", "«%matplotlib» inline"], &["magic-below-code"]),
    kind("shell command below code", "rule: head-scan", BelowCode, &["«!pip» install pandas", "«!aws» s3 ls s3://orders/", "«!{sys.executable}» -m pip list"], &["magic-below-code"]),
    kind("magic misspelt below code", "rule: head-scan", BelowCode, &["«%idle_timout» 60", "«%additional_python_module» pandas==2.2.2"], &["magic-below-code"]),
    kind("question of IPython", "rule: python-syntax", BelowCode, &["print«?»", "len«??»", "«?»print"], &["python-syntax"]),
    kind("what a command prints", "rule: python-syntax", BelowCode, &["files = «!ls»", "home = «%env HOME»"], &["python-syntax"]),
    kind("magic below an indented comment", "rule: column-zero", PYTHON, &["  # größe\n«%region» us-east-1\nprint(1)"], &["magic-below-code"]),
    kind("magic indented", "rule: column-zero", PYTHON, &["  «%region» us-east-1\nprint(\"orders\")", "    «%glue_version» 4.0"], &["magic-below-code"]),
    kind("cell magic indented", "rule: column-zero", PYTHON, &[" «%%sql»\nSELECT region\nFROM sales.orders"], &["magic-below-code"]),
    kind("magic below a line of blanks", "rule: column-zero", PYTHON, &["   \n«%region» us-east-1"], &["magic-below-code"]),

    Kind { name: "code without end", from: "rule: head-scan", needs: &[], without: &[], place: PYTHON, wrong: Wrong::Made(endless), codes: &["code-too-long"], also: &[] },
    kind("bracket not closed", "rule: python-syntax", PYTHON, &["print(\"orders\"", "orders = [1, 2\n"], &["python-syntax"]),
    kind("colon left out", "rule: python-syntax", PYTHON, &["for order in (1, 2)\n    print(order)", "if True\n    print(1)"], &["python-syntax"]),
    kind("print of Python 2", "rule: python-syntax", PYTHON, &["«print» \"größe\"", "x = 1\n«print» x"], &["python-syntax"]),
    kind("text not closed", "rule: python-syntax", PYTHON, &["name = \"orders\nprint(name)", "'''\norders"], &["python-syntax"]),
    kind("indentation left out", "rule: python-syntax", PYTHON, &["for order in (1, 2):\nprint(order)"], &["python-syntax"]),
    kind("assignment to a value", "rule: python-syntax", PYTHON, &["1 = orders", "def f(:\n    pass"], &["python-syntax"]),

    kind("comment above a query", "%%sql: sql-not-first", SQL, &["# Orders of today\n«%%sql»\nSELECT region FROM sales.orders", "\n«%%sql»\nSELECT 1"], &["sql-not-first"]),
    kind("magic above a query", "%%sql: sql-not-first", SQL, &["%status\n«%%sql»\nSELECT region FROM sales.orders"], &["sql-not-first"]),
    kind("query on the line of its magic", "%%sql: sql-on-magic-line", SQL, &["«%%sql SELECT region FROM sales.orders»"], &["cell-magic-without-body"]),
    kind("part of a query on the line of its magic", "%%sql: sql-on-magic-line", SQL, &["%%sql «SELECT region»\nFROM sales.orders"], &["ignored-magic-text"]),
    kind("query left out", "%%sql: empty-sql", SQL, &["«%%sql»", "«%%sql»\n\n"], &["cell-magic-without-body"]),
    kind("two queries", "%%sql: multiple-statements", SQL, &["%%sql\n«USE sales;\nSHOW TABLES»", "%%sql\n«SELECT 1; SELECT 2»"], &["sql-statements"]),
    kind("query with three quotes", "%%sql: triple-quote", PYTHON_SQL, &["%%sql\nSELECT «\"\"\"größe\"\"\"»", "%%sql\nSELECT region AS «\"Region\"»"], &["sql-quotes"]),
    kind("query with a backslash", "%%sql: backslash", PYTHON_SQL, &["%%sql\nSELECT * FROM sales.orders WHERE name RLIKE «'^\\d+\\b'»"], &["sql-backslash"]),
    kind("variable in a query", "%%sql: python-interpolation", SQL, &["%%sql\nSELECT * FROM sales.orders WHERE day = «'{day}'»", "%%sql\nSELECT * FROM «{table}»"], &["sql-variable"]),
];
