use proptest::prelude::*;
use ropey::Rope;

use super::whole::{NewScript, ScriptCell, new_script, script_stamp};
use super::{header_meta, marker_tags, parse};
use crate::syntax::CellKind;

const KNOWN: [&str; 6] = ["glue_version", "configure", "sql", "timeit", "region", "bash"];

fn is_magic(name: &str) -> bool {
    KNOWN.contains(&name)
}

fn about(language: &'static str) -> NewScript<'static> {
    NewScript {
        notebook: "my: \"orders\".ipynb",
        stamp: "s12",
        display_name: Some("Glue: 'PySpark' #1"),
        language,
        kernel: Some(if language == "scala" { "glue_spark" } else { "glue_pyspark" }),
    }
}

fn cell(kind: CellKind, text: &str) -> ScriptCell<'_> {
    ScriptCell { kind, text, tags: Vec::new(), ignored: None }
}

fn code(text: &str) -> ScriptCell<'_> {
    cell(CellKind::Code, text)
}

/// Returns what stands below the header of a script of the cells.
fn body(cells: &[ScriptCell<'_>]) -> String {
    let script = new_script(&about("python"), cells, &is_magic).unwrap();
    script.split_once("# ---\n\n").unwrap().1.to_owned()
}

#[test]
fn cells_are_written_as_jupytext_writes_them() {
    let text = body(&[
        code("%glue_version 5.0\nx = 1"),
        code("%%sql -o df\nSELECT 1"),
        code("%%configure\n{\"a\": 1}"),
        code(""),
        cell(CellKind::Markdown, "# A title\n\ntext"),
        cell(CellKind::Raw, "as it is"),
        code("# copy the data\n# %region x\n!ls\nfiles = !ls"),
    ]);
    assert_eq!(
        text,
        "# %%\n# %glue_version 5.0\nx = 1\n\n# %% language=\"sql\" magic_args=\"-o df\"\n# SELECT 1\n\n# %%\n# %%configure\n\
         {\"a\": 1}\n\n# %%\n\n# %% [markdown]\n# # A title\n#\n# text\n\n# %% [raw]\n# as it is\n\n# %%\n\
         # # copy the data\n# # %region x\n# !ls\n# files = !ls\n"
    );
}

#[test]
fn what_would_be_taken_for_a_comment_is_not_commented() {
    assert_eq!(body(&[code("%unknown x\n%region y\nls -l\nx?")]), "# %%\n%unknown x\n# %region y\nls -l\nx?\n");
}

#[test]
fn the_header_says_whose_it_is() {
    let script = new_script(&about("python"), &[], &is_magic).unwrap();
    let meta = header_meta(&script);
    assert_eq!((meta.kernel_name.as_deref(), meta.language.as_deref()), (Some("glue_pyspark"), Some("python")));
    assert!(meta.is_paired);
    assert_eq!(script_stamp(&Rope::from_str(&script)).as_deref(), Some("s12"));
    assert_eq!(parse(&script, &is_magic).len(), 1);
    for text in ["", "# glue_ls_script: s12\n", "# ---\n# jupyter:\n# ---\n#   glue_ls_script: s12\n", "x = 1\n"] {
        assert_eq!(script_stamp(&Rope::from_str(text)), None, "{text:?}");
    }
}

#[test]
fn tags_and_rules_that_are_not_reported_stand_in_the_marker() {
    let tagged = ScriptCell {
        tags: vec!["parameters".to_owned(), "active-py".to_owned(), "a \"b\" = [c]".to_owned()],
        ignored: Some("late-setting"),
        ..code("x = 1")
    };
    let text = body(std::slice::from_ref(&tagged));
    let marker = text.lines().next().unwrap();
    assert_eq!(marker_tags(marker), ["parameters", "a \"b\" = [c]"]);
    let script = new_script(&about("python"), &[tagged], &is_magic).unwrap();
    assert_eq!(parse(&script, &is_magic)[0].cell.ignored.as_deref(), Some("late-setting"));
}

#[test]
fn text_that_would_divide_the_script_is_commented_or_quoted() {
    for text in [
        "# %%\nx = 1",
        "x = 1\n# %% [markdown]\n\"\"\"open",
        "x = \"\"\"never closed",
        "%% a\n# %%\nx",
        "In[1]:\n# %%",
        "# # +\n# %%",
        "\"\"\"\n# %%\n\"\"\"\n'''\n",
    ] {
        for kind in [CellKind::Code, CellKind::Markdown, CellKind::Raw] {
            let cells = [cell(kind, text), code("y = 2")];
            let script = new_script(&about("python"), &cells, &is_magic).unwrap();
            let read = parse(&script, &is_magic);
            assert_eq!(read[0].cell.text.trim_end(), text.trim_end(), "{script}");
            assert_eq!((read.len(), &*read[1].cell.text), (2, "y = 2"), "{script}");
        }
    }
}

fn texts() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "",
        "",
        " ",
        "x = 1",
        "    y",
        "# a",
        "# %%",
        "#%%",
        "# %% [markdown]",
        "%%",
        "%% a",
        "%%sql",
        "%%sql -o df",
        "%%configure",
        "%%bash",
        "%%unknown",
        "%glue_version 5.0",
        "%unknown a",
        "  %timeit x",
        "# %timeit",
        "# # %timeit",
        "!ls",
        "# !ls",
        "#!ls",
        "ls -l",
        "# ls -l",
        "# copy it",
        "x?",
        "# why?",
        "?x",
        "a = !ls",
        "a = %timeit x",
        "\"\"\"",
        "'''",
        "x = '''",
        "r\"\"\"\\",
        "%region \\",
        "a \\",
        "# +",
        "# # +",
        "##",
        "#",
        "# ---",
        "# ```",
        "```",
        "~~~",
        "In[1]:",
        "# In[2]:",
        "<codecell>",
        "𝕏 = 'é'",
        "\u{2028}",
        "\u{c}",
        "{\"a\": 1}",
        "it's",
        "// %region",
        "// x",
        "language=\"sql\"",
        "# %x # escape",
        "# %region # noescape",
        "\\\"\"\"",
    ]);
    let end = prop::sample::select(vec!["\n", "\n", "\n", "\r\n", "\r", ""]);
    prop::collection::vec((line, end), 0..7)
        .prop_map(|lines| lines.iter().flat_map(|(line, end)| [*line, *end]).collect())
}

fn kinds() -> impl Strategy<Value = CellKind> {
    prop::sample::select(vec![CellKind::Code, CellKind::Code, CellKind::Markdown, CellKind::Raw])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_script_reads_as_the_cells_that_it_was_written_from(
        cells in prop::collection::vec((kinds(), texts()), 0..5),
        scala in any::<bool>(),
    ) {
        let about = about(if scala { "scala" } else { "python" });
        let given: Vec<ScriptCell<'_>> = cells.iter().map(|(kind, text)| cell(*kind, text)).collect();
        match new_script(&about, &given, &is_magic) {
            Ok(script) => {
                let read = parse(&script, &is_magic);
                prop_assert_eq!(read.len(), cells.len().max(1));
                for (read, (kind, text)) in read.iter().zip(&cells) {
                    prop_assert_eq!(read.cell.kind, *kind);
                    prop_assert_eq!(read.cell.text.trim_end(), text.trim_end(), "{}", script);
                }
            }
            // Only what divides a script and hides it again cannot be written.
            Err(index) => {
                let text = &cells[index].1;
                prop_assert!(text.contains("\"\"\"") && text.contains("'''") || text.contains("\\\"\"\""), "{:?}", text);
            }
        }
    }
}
