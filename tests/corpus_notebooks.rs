//! Notebooks of the corpus run from their first cell to their last with `glue-ls run --local`, on small data:
//! `tests/fixtures/corpus_notebooks.toml`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test reports by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    names: Vec<String>,
    #[serde(default)]
    replace: Vec<(String, String)>,
    #[serde(default)]
    settings: String,
    #[serde(default)]
    says: Vec<String>,
    #[serde(default)]
    counts: Vec<(String, usize)>,
    #[serde(default)]
    writes: Vec<(String, String)>,
    #[serde(default)]
    files: BTreeMap<String, String>,
}

fn cases() -> BTreeMap<String, Case> {
    toml::from_str(include_str!("fixtures/corpus_notebooks.toml")).unwrap()
}

fn run(name: &str) {
    let Some(corpus) = crate::lsp::corpus_folder() else { return };
    let Some(cache) = crate::cli::run::runtime::cache() else { return };
    let case = cases().remove(name).unwrap();
    for notebook in &case.names {
        let text = fs::read_to_string(corpus.join("notebooks").join(notebook)).unwrap();
        try_one(&case, notebook, text, &cache);
    }
}

fn try_one(case: &Case, notebook: &str, mut text: String, cache: &str) {
    let folder = tempfile::tempdir().unwrap();
    for (placeholder, value) in &case.replace {
        text = text.replace(placeholder, value);
    }
    write(&folder.path().join("notebook.ipynb"), text.as_bytes());
    write(&folder.path().join("glue-ls.toml"), case.settings.as_bytes());
    for (path, content) in &case.files {
        write(&folder.path().join(path), &packed(path, content));
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_glue-ls"));
    // Some are marked for kernels of earlier days, which had the same session behind them.
    command.args(["run", "--local", "--kernel", "glue_pyspark", "notebook.ipynb"]).current_dir(folder.path());
    command
        .env_clear()
        .env("HOME", folder.path())
        .env("XDG_CACHE_HOME", cache)
        .env("PATH", std::env::var("PATH").unwrap());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let evidence = || format!("{notebook}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{}", evidence());
    for text in &case.says {
        assert!(said.contains(text), "{text:?} is missing: {}", evidence());
    }
    for (text, count) in &case.counts {
        assert_eq!(said.matches(text).count(), *count, "{text:?}: {}", evidence());
    }
    for (place, ending) in &case.writes {
        let mut files = fs::read_dir(folder.path().join(place)).unwrap_or_else(|_| panic!("{place}: {}", evidence()));
        let is = |name: &std::ffi::OsStr| name.to_string_lossy().ends_with(ending);
        assert!(files.any(|file| is(&file.unwrap().file_name())), "{place} has no {ending}: {}", evidence());
    }
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// What a file has in it: the line break in front of the content is for the reader, and `.gz` is what it says.
fn packed(path: &str, content: &str) -> Vec<u8> {
    let content = content.strip_prefix('\n').unwrap_or(content).as_bytes();
    if !path.ends_with(".gz") {
        return content.to_vec();
    }
    // One block that is stored as it is.
    let size = u16::try_from(content.len()).unwrap();
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    file.extend(size.to_le_bytes());
    file.extend((!size).to_le_bytes());
    file.extend(content);
    let checksum = content.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    });
    file.extend((!checksum).to_le_bytes());
    file.extend(u32::from(size).to_le_bytes());
    file
}

macro_rules! cases {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                run(stringify!($name));
            }
        )*

        #[test]
        fn each_case_is_run() {
            let cases = cases();
            let run: std::collections::BTreeSet<&str> = [$(stringify!($name)),*].into();
            assert_eq!(cases.keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>(), run);
        }
    };
}

cases! {
    create_ml_transform training local_session tutorial data_prep anonymous iceberg_dataframe iceberg_sql iceberg_sql_mended
}
