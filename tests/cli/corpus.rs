//! Real notebooks and scripts.

use serde_json::Value;

use super::run;

#[test]
fn the_whole_corpus_is_checked() {
    let Some(corpus) = crate::lsp::corpus_folder() else { return };
    let ran = run(&corpus, &["check", ".", "--format", "json"]);
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.code, Some(1), "real notebooks have mistakes");
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(!found.as_array().unwrap().is_empty());
}
