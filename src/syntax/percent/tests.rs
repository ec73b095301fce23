use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::syntax::split::lines;

fn known(name: &str) -> bool {
    ["glue_version", "region", "configure", "sql", "tags", "timeit"].contains(&name)
}

fn read(text: &str) -> Vec<PlacedCell> {
    parse(text, &known)
}

/// Kind and text of each cell.
fn cells(text: &str) -> Vec<String> {
    read(text).iter().map(|placed| format!("{:?} {}", placed.cell.kind, placed.cell.text)).collect()
}

/// What stands in the document for the first `piece` of the cell's text.
fn place<'t>(text: &'t str, placed: &PlacedCell, piece: &str) -> &'t str {
    let at = placed.cell.text.find(piece).unwrap();
    &text[placed.to_document(at..at + piece.len())]
}

#[test]
fn without_markers_all_is_one_cell() {
    assert_eq!(cells(""), ["Code "]);
    assert_eq!(
        cells("# %region x\n\n# %d\n# !ls\nx = 1\n# %region y\n"),
        ["Code %region x\n\n# %d\n# !ls\nx = 1\n# %region y\n"]
    );
    assert_eq!(cells("%region x\n\"\"\"\n# %%\n\"\"\"\n"), ["Code %region x\n\"\"\"\n# %%\n\"\"\"\n"]);
    assert_eq!(read("x\n")[0].range, 0..2);
}

#[test]
fn a_marker_in_a_string_or_a_magic_is_none() {
    assert!(has_marker("x\n#%%\n") && has_marker("# ---\n# jupyter:\n# ---\n# %% [raw]"));
    for text in ["%region x\n", "'''\n# %%\n'''\n", "# %%sql\n", ""] {
        assert!(!has_marker(text), "{text:?}");
    }
}

#[test]
fn cells_tile_the_document_from_the_first_on() {
    let text = "# ---\n# jupyter:\n#   kernelspec:\n#     name: a\n# ---\n\n# %%\nx = 1\n\n# %% [markdown]\n# Text\n#\n# more\n\n\n#%%\n";
    assert_eq!(cells(text), ["Code x = 1", "Markdown Text\n\nmore", "Code "]);
    let starts: Vec<usize> = read(text).iter().map(|c| c.range.start).collect();
    assert_eq!(starts, [text.find("# %%").unwrap(), text.find("# %% [").unwrap(), text.find("#%%").unwrap()]);
    let read = read(text);
    assert!(read.windows(2).all(|w| w[0].range.end == w[1].range.start));
    assert_eq!(read[2].range.end, text.len());
}

#[test]
fn text_above_the_first_marker_is_a_cell_if_the_kernel_would_see_it() {
    assert_eq!(cells("# About\n\n# %d\n# %%\nx\n"), ["Code x"]);
    assert_eq!(cells("import a\n\n# %%\nx\n"), ["Code import a", "Code x"]);
    assert_eq!(cells("# %region x\n# %%\n"), ["Code %region x", "Code "]);
}

#[test]
fn blank_lines_before_a_marker_are_not_text() {
    for (between, kept) in
        [("\n", ""), ("\n\n", ""), ("\n\n\n", ""), ("\n\n\n\n", "\n\n"), ("\n  \n", "\n  "), ("\n \n \n", "")]
    {
        assert_eq!(
            cells(&format!("# %%\nx{between}# %%\ny")),
            [format!("Code x{kept}"), "Code y".into()],
            "{between:?}"
        );
    }
}

#[test]
fn markers_inside_strings_are_text() {
    assert_eq!(cells("# %%\nx = \"\"\"\n# %%\n\"\"\"\n# %%\n"), ["Code x = \"\"\"\n# %%\n\"\"\"", "Code "]);
}

#[test]
fn commented_magics_are_uncommented_in_place() {
    let text = "# %%\n# About\n# %glue_version 4.0\n#%region x\n# %d rows\nx = 1\n\"\"\"\n# %region y\n\"\"\"\n";
    let read = read(text);
    assert_eq!(
        &*read[0].cell.text,
        "# About\n%glue_version 4.0\n%region x\n# %d rows\nx = 1\n\"\"\"\n# %region y\n\"\"\""
    );
    for piece in ["# About", "%glue_version", "4.0", "%region", "# %d rows", "x = 1", "%region y"] {
        assert_eq!(place(text, &read[0], piece), piece);
    }
}

#[test]
fn a_continued_magic_is_uncommented_as_a_whole() {
    assert_eq!(cells("# %%\n# %timeit f(\\\n#   1)\n# x\n"), ["Code %timeit f(\\\n  1)\n# x"]);
}

#[test]
fn a_language_becomes_its_cell_magic() {
    let text =
        "# %% Title language=\"sql\" magic_args=\"-o df\"\r\n# SELECT 1\r\n#\r\n# -- it's\r\nFROM x\r\n\r\n# %%\r\n";
    let read = read(text);
    assert_eq!(&*read[0].cell.text, "%%sql -o df\r\nSELECT 1\r\n\r\n-- it's\r\nFROM x");
    for (piece, stands) in
        [("%%sql", "language=\"sql\""), ("-o df", "-o df"), ("SELECT", "SELECT"), ("FROM x", "FROM x")]
    {
        assert_eq!(place(text, &read[0], piece), stands);
    }
}

#[test]
fn a_language_with_arguments_that_do_not_stand_as_they_are() {
    let text = "# %% magic_args=\"-o\" language=\"sql\"\n# SELECT 1";
    assert_eq!(&*read(text)[0].cell.text, "%%sql -o\nSELECT 1");
    assert_eq!(place(text, &read(text)[0], "%%sql"), "magic_args=\"-o\" language=\"sql\"");
    let text = "# %% language=\"sql\" magic_args=\"\\\"é\"";
    assert_eq!(&*read(text)[0].cell.text, "%%sql \"é\n");
    assert_eq!(place(text, &read(text)[0], "\"é"), "\\\"é");
    assert_eq!(cells("# %% language=\"klingon\"\n# x"), ["Code x"]);
    assert_eq!(cells("# %% language=\"configure\"\n# {}"), ["Code %%configure\n{}"]);
    assert_eq!(cells("# %% language=\"python\"\n# x"), ["Code # x"]);
}

#[test]
fn a_cell_magic_with_a_raw_body() {
    assert_eq!(cells("# %%\n# %%configure -f\n{\n  \"a\": 1\n}\n"), ["Code %%configure -f\n{\n  \"a\": 1\n}"]);
    assert_eq!(cells("# %%\n# %%configure\n# {}\n"), ["Code %%configure\n# {}"]);
}

#[test]
fn markdown_as_string_and_raw_cells() {
    assert_eq!(
        cells("# %% [markdown]\n\"\"\"\nText\n# %%\n\"\"\"\n\n# %% [md]\nr'''a'''\n"),
        ["Markdown Text\n# %%", "Markdown a"]
    );
    assert_eq!(
        cells("# %% [raw]\n# a\n# %% active=\"py\"\n# b\n# %% active=\"ipynb\"\n# c\n"),
        ["Raw a", "Raw # b", "Code c"]
    );
}

#[test]
fn a_fenced_block_keeps_its_markers_if_it_is_closed() {
    assert_eq!(
        cells("# %% [markdown]\n# ```mermaid\n# %% comment\n# ```\n# %%\nx\n"),
        ["Markdown ```mermaid\n%% comment\n```", "Code x"]
    );
    assert_eq!(cells("# %% [markdown]\n# ```mermaid\n\n# %%\nx\n# ```\n").len(), 2);
}

#[test]
fn scala_has_its_own_comments() {
    let header = "# ---\n# jupyter:\n#   kernelspec:\n#     language: scala\n#     name: glue_scala_kernel\n# ---\n";
    assert_eq!(
        cells(&format!("{header}\n# %%\n// %region x\n// text\nval x = 1\n# %% language=\"python\"\n# x\n")),
        ["Code %region x\n// text\nval x = 1", "Code %%python\nx"]
    );
    assert_eq!(header_meta(header).kernel_name.as_deref(), Some("glue_scala_kernel"));
}

#[test]
fn what_the_header_says_of_magics_and_formats_holds() {
    let header = |line: &str| format!("# ---\n# jupyter:\n#   jupytext:\n#     {line}\n# ---\n\n");
    let body = "# %%\n# %region x\n%region y\n# # +\n";
    let read = |line: &str| cells(&format!("{}{body}", header(line)));
    assert_eq!(read("split_at_heading: true"), ["Code %region x\n%region y\n# +"]);
    for line in ["comment_magics: false", "formats: ipynb,py:hydrogen"] {
        assert_eq!(read(line), ["Code # %region x\n%region y\n# +"], "{line}");
    }
    assert!(has_marker(&format!("{}{body}", header("formats: ipynb,scripts//py:percent"))));
    assert!(!has_marker(&format!("{}{body}", header("formats: ipynb,py:light"))));
    let custom = format!("{}# %% language=\"kql\"\n# x\n", header("custom_cell_magics: kql,y"));
    assert_eq!(cells(&custom), ["Code %%kql\nx"]);
    assert!(header_meta(&header("x: y")).is_paired && !header_meta(&header("comment_magics: false")).is_paired);
    assert!(!header_meta("# ---\n# title: x\n# ---\n").is_paired && !header_meta("# %%\n").is_paired);
}

#[test]
fn an_escaped_comment_keeps_its_first_sign() {
    let text = "# %%\n# # %region x\n##copy\n# #ls\n# # +\n";
    let read = read(text);
    assert_eq!(&*read[0].cell.text, "# %region x\n#copy\n#ls\n# +");
    let pieces: Vec<usize> = read[0].cell.map.segments().iter().map(|piece| piece.cell).collect();
    assert_eq!(pieces, [0, 1, 13, 19, 23]);
}

/// Applies edits to a text and to its cells; after each, the cells must be those of the text.
fn check_edits(text: &str, edits: &[(usize, usize, String)]) {
    let mut rope = Rope::from_str(text);
    let mut cells = read(text);
    for (at, len, insert) in edits {
        let start = at % (rope.len_chars() + 1);
        let end = (start + len).min(rope.len_chars());
        let old = rope.char_to_byte(start)..rope.char_to_byte(end);
        rope.remove(start..end);
        rope.insert(start, insert);
        let before = cells.clone();
        let changed = update(&mut cells, &rope, old.clone(), insert.len(), &known);
        let text = rope.to_string();
        assert_eq!(cells, read(&text), "{text:?} after {old:?} became {insert:?}");
        let kept = cells.len() - changed.len();
        let shared = cells
            .iter()
            .enumerate()
            .filter(|(i, c)| !changed.contains(i) && before.iter().any(|b| Arc::ptr_eq(&b.cell, &c.cell)));
        assert_eq!(shared.count(), kept, "cells outside {changed:?} are those of before");
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "# %%",
        "# %%\n",
        "\n# %%\n",
        "# %% [markdown]\n",
        "# %% [raw]\n",
        "# %% language=\"sql\"\n",
        "# %%% x\r\n",
        "#%%\r",
        "\"\"\"",
        "'''",
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        "# ```\n",
        "# ````\n",
        "```",
        "# text\n",
        "#",
        "# ",
        "%",
        "x = 1\n",
        "\"",
        "'",
        "\\",
        "𝕏",
        "é",
        "\u{2028}",
        "\u{c}",
        "# %region x\n",
        "# %d\n",
        "# %%configure\n{}\n",
        "# ---\n",
        "# jupyter:\n#   kernelspec:\n#     language: scala\n# ---\n",
        "// %region\n",
        " ",
        "\t",
        "#!/bin/x\n",
        "# coding: utf-8\n",
        "# !ls\n",
        "active=\"py\"",
        "# %% tags=[\"active-ipynb\"]\n",
        "# # +\n",
        "# # copy\n",
        "#     comment_magics: false\n",
        "# jupyter:\n#   jupytext:\n#     formats: ipynb,py:light\n# ---\n",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn updating_is_parsing(
        text in pieces(),
        edits in prop::collection::vec((0usize..400, 0usize..12, prop_oneof![pieces(), "[#% \n\"'x]{0,2}"]), 1..8),
    ) {
        check_edits(&text, &edits);
    }

    #[test]
    fn updating_a_long_document_is_parsing(
        parts in prop::collection::vec(pieces(), 5..25),
        edits in prop::collection::vec((any::<usize>(), 0usize..4, "[#% \n\"'`x]{0,3}"), 1..12),
    ) {
        check_edits(&parts.join("\n\n# %%\n"), &edits);
    }

    #[test]
    fn maps_and_ranges_fit(text in pieces()) {
        let cells = read(&text);
        prop_assert!(!cells.is_empty());
        prop_assert_eq!(cells.last().map(|c| c.range.end), Some(text.len()));
        for placed in &cells {
            let (cell, map) = (&placed.cell, &placed.cell.map);
            prop_assert_eq!(map.cell_len(), cell.text.len());
            let mut last = 0;
            for s in map.segments() {
                let at = placed.range.start + s.document;
                prop_assert!(at >= last && at + s.document_len <= placed.range.end);
                last = at + s.document_len;
                let stands = &text[at..at + s.document_len];
                if s.verbatim {
                    prop_assert_eq!(stands, &cell.text[s.cell..s.cell + s.cell_len]);
                }
            }
        }
        prop_assert!(cells.windows(2).all(|w| w[0].range.end == w[1].range.start));
    }
}

#[test]
fn an_edit_reads_its_own_cell_again() {
    let mut text: String = (0..50).map(|n| format!("# %%\nx{n} = 1\n\n")).collect();
    let mut cells = read(&text);
    let at = text.find("x25").unwrap();
    text.insert(at, 'y');
    assert_eq!(update(&mut cells, &Rope::from_str(&text), at..at, 1, &known), 25..26);
    let at = text.find("# %%\nyx25").unwrap();
    text.insert(at, '\n');
    assert!(update(&mut cells, &Rope::from_str(&text), at..at, 1, &known).is_empty());
    assert_eq!(cells, read(&text));
}

#[test]
fn closing_a_fence_joins_the_cells_it_spans() {
    let text = "# %%\nx\n# %% [markdown]\n# ```mermaid\n# %% [markdown]\n# a\n# %%\ny\n";
    assert_eq!(read(text).len(), 4);
    check_edits(text, &[(text.find("# a").unwrap(), 0, "# ```\n".into())]);
    assert_eq!(read(&text.replace("# a", "# ```\n# a")).len(), 3);
    let through_code = "# %%\nx\n# %% [markdown]\n# ```mermaid\n# %%\n# b\n# %%\n# a\n# %%\ny\n";
    assert_eq!(read(through_code).len(), 5);
    check_edits(through_code, &[(through_code.find("# a").unwrap(), 0, "# ```\n".into())]);
}

#[test]
fn hostile_texts_are_read() {
    for text in [
        "\"\"\"".repeat(10_000),
        "# %% [markdown]\n# ```a\n".repeat(20_000),
        "# %% x=\"".repeat(20_000),
        "#".repeat(100_000),
    ] {
        let count = lines(&text).count();
        assert!(read(&text).len() <= count);
    }
}
