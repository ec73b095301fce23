use std::ops::Range;

use proptest::prelude::*;
use ropey::Rope;

use super::{edit_cell, has_marker, parse};
use crate::syntax::CellChange;

fn is_magic(name: &str) -> bool {
    ["glue_version", "worker_type", "configure", "sql", "timeit"].contains(&name)
}

fn edited(text: &str, cell: usize, edits: &[(Range<usize>, &str)], splits: &[usize]) -> Option<String> {
    let edits = edits.iter().map(|(range, new)| (range.clone(), (*new).to_owned())).collect();
    let change = CellChange { cell, edits, splits: splits.to_vec() };
    let edits = edit_cell(&Rope::from_str(text), &parse(text, &is_magic), &change, &is_magic)?;
    let mut new = text.to_owned();
    for (range, with) in edits.into_iter().rev() {
        new.replace_range(range, &with);
    }
    Some(new)
}

const HEADER: &str = "# ---\n# jupyter:\n#   kernelspec:\n#     language: python\n# ---\n\n";

#[test]
fn new_magics_are_written_as_the_others() {
    for header in ["", HEADER] {
        let script = |body: &str| format!("{header}# %%\n{body}\n\n# %%\ny = 1\n");
        let new = edited(&script("# %glue_version 4.0\nx = 1"), 0, &[(0..0, "%worker_type G.1X\n")], &[]);
        assert_eq!(new.unwrap(), script("# %worker_type G.1X\n# %glue_version 4.0\nx = 1"));
        let new = edited(&script("%glue_version 4.0\nx = 1"), 0, &[(0..0, "%worker_type G.1X\n")], &[]);
        assert_eq!(new.unwrap(), script("%worker_type G.1X\n%glue_version 4.0\nx = 1"));
        let new = edited(&script("#%glue_version 4.0\nx = 1"), 0, &[(18..18, "# %glue_version\n")], &[]);
        assert_eq!(new.unwrap(), script("#%glue_version 4.0\n# # %glue_version\nx = 1"));
        // The other cells tell, where this one has none.
        let raw = script("x = 1").replace("y = 1", "%timeit y");
        let new = edited(&raw, 0, &[(0..0, "%worker_type G.1X\n")], &[]).unwrap();
        assert_eq!(new, raw.replace("x = 1", "%worker_type G.1X\nx = 1"));
    }
}

#[test]
fn the_magic_of_another_language_goes_into_the_marker() {
    let script =
        |marker: &str, body: &str| format!("# %%\n# %glue_version 4.0\n\n# %% Title{marker}\n{body}\n\n# %%\ny = 1\n");
    let old = script("", "# # all\n# %%sql\nselect 1");
    let text = "# all\n%%sql\nselect 1";
    assert_eq!(&*parse(&old, &is_magic)[1].cell.text, &format!("# {text}"));
    let old = script("", "# all\n# %%sql\nselect 1");
    let new = edited(&old, 1, &[(0..6, ""), (11..11, "\n-- all\n")], &[]).unwrap();
    assert_eq!(new, script(" language=\"sql\"", "# -- all\n#\n# select 1"));
    // And back; and from its arguments to its body.
    let new =
        edited(&script(" language=\"sql\"", "# select 1"), 1, &[(0..5, "%worker_type G.1X\n%timeit")], &[]).unwrap();
    assert_eq!(new, script("", "# %worker_type G.1X\n# %timeit\nselect 1"));
    let new = edited(&script(" language=\"sql\" magic_args=\"select\"", "# 1"), 1, &[(5..6, "\n")], &[]).unwrap();
    assert_eq!(new, script(" language=\"sql\"", "# select\n# 1"));
    // Where magics are no comments, this one is none either.
    let raw = old.replace("# %glue", "%glue").replace("# %%sql", "%%sql");
    assert_eq!(edited(&raw, 1, &[(0..6, "")], &[]).unwrap(), raw.replace("# all\n", ""));
}

#[test]
fn a_split_is_a_marker() {
    let old = "# %%\n# %glue_version 4.0\nx = 1\n\n# %%\ny = 1\n";
    let new = edited(old, 0, &[], &[18]).unwrap();
    assert_eq!(new, "# %%\n# %glue_version 4.0\n\n# %%\nx = 1\n\n# %%\ny = 1\n");
    let old = "# %%\nx = 1\n# %%sql\nselect 1\n";
    let new = edited(old, 0, &[], &[6]).unwrap();
    assert_eq!(new, "# %%\nx = 1\n\n# %% language=\"sql\"\n# select 1\n");
    let old = "# %%\r\n# %glue_version 4.0\r\nx = 1";
    assert_eq!(edited(old, 0, &[], &[19]).unwrap(), "# %%\r\n# %glue_version 4.0\r\n\r\n# %%\r\nx = 1");
    // Without markers, the first cell needs none.
    let old = "# %glue_version 4.0\nx = 1\n";
    assert_eq!(edited(old, 0, &[], &[18]).unwrap(), "# %glue_version 4.0\n\n# %%\nx = 1\n");
    // Comments alone are no cell without one.
    assert_eq!(edited("# a\n# %timeit x\n", 0, &[], &[4]).unwrap(), "# %%\n# a\n\n# %%\n# %timeit x\n");
}

#[test]
fn what_no_script_says_is_not_written() {
    // A marker in a cell's text would be another cell.
    assert_eq!(edited("# %%\nx\n# %%\n", 0, &[(1..1, "\n# %%\ny")], &[]), None);
    // A string that is not closed would take in the cells below.
    assert_eq!(edited("# %%\nx\n# %%\n", 0, &[(1..1, " = '''")], &[]), None);
    assert_eq!(edited("# %% [markdown]\n# x\n# %%\n", 0, &[(0..0, "y")], &[]), None);
}

#[test]
fn an_empty_cell_takes_text() {
    assert_eq!(edited("# %%\n# %%\n", 0, &[(0..0, "%timeit x\ny")], &[]).unwrap(), "# %%\n# %timeit x\ny\n# %%\n");
    assert_eq!(edited("# %%", 0, &[(0..0, "x")], &[]).unwrap(), "# %%\nx");
}

const LINES: [&str; 16] = [
    "%glue_version 4.0",
    "%%sql",
    "%%sql -o x",
    "%%configure -f",
    "x = 1",
    "",
    "# %glue_version",
    "# text",
    "    y",
    "    %timeit x",
    "s = '''",
    "'''",
    "!ls \\",
    "select é",
    "%unknown x",
    "%%bash",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Whatever is written reads back as the cells that are wanted, and no other cell is touched.
    #[test]
    fn what_is_written_is_read(
        script in proptest::collection::vec((0..4usize, proptest::collection::vec((0..LINES.len(), any::<bool>()), 0..4)), 1..4),
        header in any::<bool>(), windows in any::<bool>(),
        which in any::<prop::sample::Index>(),
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), prop::sample::select(&["", "x", "%timeit y\n", "\n", "%%sql\n", "# ", "\n%%configure"][..])), 0..3),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let mut text = if header { HEADER.to_owned() } else { String::new() };
        for (marker, lines) in &script {
            text.push_str(["# %%\n", "# %% language=\"sql\"\n", "# %% A title\n", ""][*marker]);
            for (line, comment) in lines {
                let comment = if *comment || *marker == 1 { "# " } else { "" };
                text.push_str(&format!("{comment}{}\n", LINES[*line]));
            }
        }
        let text = if windows { text.replace('\n', "\r\n") } else { text };
        let cells = parse(&text, &is_magic);
        prop_assume!(!cells.is_empty());
        let cell = which.index(cells.len());
        let old = &*cells[cell].cell.text;
        let bounds: Vec<usize> = (0..=old.len()).filter(|at| old.is_char_boundary(*at)).collect();
        let starts: Vec<usize> = crate::syntax::split::lines(old).map(|line| line.next).filter(|at| *at < old.len()).collect();
        let mut splits: Vec<usize> = if starts.is_empty() { Vec::new() } else { cuts.iter().map(|cut| starts[cut.index(starts.len())]).collect() };
        splits.sort_unstable();
        splits.dedup();
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        for (a, b, new) in places {
            let (a, b) = (bounds[a.index(bounds.len())], bounds[b.index(bounds.len())]);
            let range = a.min(b)..a.max(b);
            if edits.iter().all(|(other, _)| other.end < range.start || range.end < other.start)
                && splits.iter().all(|split| range.end < *split || *split <= range.start) {
                edits.push((range, new.to_owned()));
            }
        }
        let change = CellChange { cell, edits, splits };
        let wanted: Vec<String> = change.parts(old).unwrap().iter().map(|part| part.text(old)).collect();
        if let Some(edits) = edit_cell(&Rope::from_str(&text), &cells, &change, &is_magic) {
            let mut new = text.clone();
            for (range, with) in edits.into_iter().rev() {
                prop_assert!(cells[cell].range.start <= range.start && range.end <= cells[cell].range.end);
                new.replace_range(range, &with);
            }
            let after = parse(&new, &is_magic);
            let mut expected: Vec<&str> = cells.iter().map(|placed| &*placed.cell.text).collect();
            expected.splice(cell..=cell, wanted.iter().map(String::as_str));
            // The file's last line end is the text's only where there is no marker.
            if !has_marker(&text) && wanted.len() > 1 && let Some(last) = expected.last_mut() {
                *last = last.strip_suffix("\r\n").or_else(|| last.strip_suffix('\n')).unwrap_or(last);
            }
            prop_assert_eq!(after.iter().map(|placed| &*placed.cell.text).collect::<Vec<_>>(), expected, "{}\n---\n{}", text, new);
        }
    }
}
