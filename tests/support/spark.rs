//! A Python that has Spark, as `glue-ls local setup` makes one.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// Returns the Python of `GLUE_LS_SPARK_PYTHON`. Without it, or if it has no Spark, returns nothing and says so loudly; with
/// `CI=true` it has to be there.
pub(crate) fn spark_python() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(look).clone()
}

fn look() -> Option<PathBuf> {
    let python = std::env::var_os("GLUE_LS_SPARK_PYTHON").map(PathBuf::from);
    let has_spark = python.as_ref().is_some_and(|python| {
        let asked = Command::new(python).args(["-c", "import pyspark; assert pyspark.__version__ >= '3.5'"]).output();
        asked.is_ok_and(|output| output.status.success())
    });
    if !has_spark {
        let ci = std::env::var("CI").is_ok_and(|value| !matches!(value.to_lowercase().as_str(), "" | "0" | "false"));
        assert!(!ci, "{python:?} of GLUE_LS_SPARK_PYTHON has no Spark");
        eprintln!("SKIPPED: no Python with Spark; `tests/run tests` makes one, GLUE_LS_SPARK_PYTHON names it");
        return None;
    }
    python
}
