use std::fmt::Write;

use super::Fixture;
use glue_ls::features::symbols::{Symbol, cell_symbols};

/// Draws an outline: kind, name, detail and the text selected, children indented.
fn outline(written: &str, with_python: bool) -> String {
    fn draw(symbol: &Symbol, text: &str, depth: usize, out: &mut String) {
        let Symbol { name, detail, kind, range, selection, children } = symbol;
        assert!(range.start <= selection.start && selection.end <= range.end, "{symbol:?}");
        let detail = detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        let indent = "  ".repeat(depth);
        writeln!(out, "{indent}{kind:?} {name}{detail} <{}>", &text[selection.clone()]).unwrap();
        children.iter().for_each(|child| draw(child, text, depth + 1, out));
    }
    let fixture = Fixture::new(written);
    let mut out = String::new();
    for (index, model) in fixture.model.cells.iter().enumerate() {
        draw(&cell_symbols(model, index, with_python), &model.cell.text, 0, &mut out);
    }
    out
}

#[test]
fn cells_are_named_by_what_they_say_first() {
    let written = "%region eu-west-1\n# Set up\n# %%\n\n%worker_type G.1X\nx = 1\n# %%\n\n  y = 2  \n# %%\n# %% [markdown]\n\
                   text\n```\n# no\n```\n## A title ##\n# %% [markdown]\n\nplain *text*\n# %%\n!ls";
    let expected = "\
Cell Set up <# Set up>
  Magic %region (eu-west-1) <%region>
Cell %worker_type G.1X <%worker_type G.1X>
  Magic %worker_type (G.1X) <%worker_type>
Cell y = 2 <y = 2>
Cell Cell 4 <>
Markdown A title <A title>
Markdown plain *text* <plain *text*>
Cell !ls <!ls>
";
    assert_eq!(outline(written, false), expected);
}

#[test]
fn magics_and_definitions_are_children() {
    let written = "%region x\nclass A:\n  def m(self): pass\n@d\ndef f():\n  pass\nn = 1";
    let expected = "\
Cell %region x <%region x>
  Magic %region (x) <%region>
  Class A <A>
    Method m <m>
  Function f <f>
  Variable n <n>
";
    assert_eq!(outline(written, true), expected);
    assert_eq!(outline(written, false), "Cell %region x <%region x>\n  Magic %region (x) <%region>\n");
}

#[test]
fn a_query_is_told_by_its_first_line() {
    let expected = "Cell %%sql (select 1) <%%sql>\n  Magic %%sql (select 1) <%%sql>\n";
    assert_eq!(outline("#- crlf\n%%sql\n\n  select 1\nfrom t", true), expected);
}

#[test]
fn names_are_cut_by_characters() {
    let written = format!("# {}", "𝕏".repeat(100));
    let name = cell_symbols(&Fixture::new(&written).model.cells[0], 0, true).name;
    assert_eq!(name, format!("{}…", "𝕏".repeat(59)));
}

#[test]
fn secrets_in_a_body_are_not_shown() {
    let outline = outline("%%assume_role\n{'aws_secret_access_key': 'hush'}", true);
    assert!(!outline.contains("hush"), "{outline}");
}
