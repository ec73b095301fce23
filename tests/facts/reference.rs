//! `docs/magics.md`.

use std::path::Path;

use glue_ls::facts::{self, reference};

/// `docs/magics.md` is what the tables say. `UPDATE_DOCS=1` writes it.
#[test]
fn the_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/magics.md");
    let rendered = reference::markdown();
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &rendered).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    let same = written.lines().zip(rendered.lines()).take_while(|(old, new)| old == new).count();
    assert!(
        written == rendered,
        "docs/magics.md differs from the tables from line {} on; write it anew with `UPDATE_DOCS=1 cargo test --test all facts`",
        same + 1
    );
}

#[test]
fn the_reference_names_every_magic_and_breaks_no_table() {
    let page = reference::markdown();
    for magic in facts::magics().all() {
        assert!(page.contains(&format!("`{}`", magic.label())), "{}", magic.label());
    }
    for magic in facts::magics().supported() {
        assert!(page.contains(&format!("\n### {}\n", magic.label())), "{}", magic.label());
        assert!(page.contains(&format!("](#{})", magic.name)), "{}", magic.label());
    }
    // Every row of a table has as many cells as its head.
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    let mut head = None;
    for line in page.lines() {
        head = line.starts_with('|').then(|| head.unwrap_or_else(|| bars(line)));
        assert!(head.is_none_or(|count| count == bars(line)), "{line}");
    }
}
