//! What stands behind `--`: the arguments of the job, as Glue gives them to a script.

use std::path::Path;

use crate::cli::load::Document;
use crate::model::spark::needs_spark;
use crate::syntax::Form;

/// Separates several settings in the one argument `--conf`.
const CONF: &str = "--conf";
/// The argument that every job of Glue has.
const JOB_NAME: &str = "--JOB_NAME";

/// Reads `--name value`, `--name=value` and `--name` into names, with their hyphens, and values.
///
/// # Errors
///
/// A sentence about what is no argument of a job.
pub(super) fn arguments(words: &[String]) -> Result<Vec<(String, String)>, String> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        if name.strip_prefix("--").is_none_or(str::is_empty) {
            return Err(format!("`{word}` behind `--` has no name; write arguments of the job as `--NAME VALUE`"));
        }
        let value = match value {
            Some(value) => value.to_owned(),
            None => words.next_if(|next| !next.starts_with("--")).cloned().unwrap_or_default(),
        };
        match found.iter_mut().find(|(known, _)| known == name) {
            None => found.push((name.to_owned(), value)),
            // The way to give several in one argument.
            Some((_, known)) if name == CONF => *known = format!("{known} {CONF} {value}"),
            Some(_) => return Err(format!("the argument `{name}` of the job is given twice")),
        }
    }
    Ok(found)
}

/// Returns whether a document is a Python script without cells that uses Spark or `awsglue`: there is no doubt how that is
/// to be run.
pub(super) fn is_one(document: &Document) -> bool {
    let notebook = &document.opened.notebook;
    notebook.form == Form::Script
        && document.path.extension().is_some_and(|extension| extension == "py")
        && needs_spark(notebook.cells.iter().map(|placed| &*placed.cell))
}

/// Gives a job its name where it has none, as Glue does: that of the script.
pub(super) fn name(arguments: &mut Vec<(String, String)>, script: &Path) {
    if !arguments.iter().any(|(name, _)| name == JOB_NAME)
        && let Some(stem) = script.file_stem()
    {
        arguments.push((JOB_NAME.to_owned(), stem.to_string_lossy().into_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Vec<(String, String)>, String> {
        arguments(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn names_and_values_are_told_apart() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read(&[]), Ok(vec![]));
        let words = ["--day", "2026-01-02", "--where=a=b", "--quiet", "--below", "-5", "--text=--x", "--empty", ""];
        let pairs = [("--day", "2026-01-02"), ("--where", "a=b"), ("--quiet", ""), ("--below", "-5")];
        let mut wanted: Vec<_> = pairs.map(|(name, value)| pair(name, value)).into();
        wanted.extend([pair("--text", "--x"), pair("--empty", "")]);
        assert_eq!(read(&words), Ok(wanted));
        let both = [pair("--conf", "a=1 --conf b=2")];
        assert_eq!(read(&["--conf", "a=1", "--conf=b=2"]), Ok(both.into()));
    }

    #[test]
    fn what_is_no_argument_is_named() {
        for (words, says) in [
            (&["day", "1"][..], "`day` behind `--` has no name"),
            (&["--day", "1", "2"], "`2` behind `--` has no name"),
            (&["-d", "1"], "`-d` behind `--`"),
            (&["--"], "`--` behind `--`"),
            (&["--=x"], "`--=x` behind `--`"),
            (&["--a", "1", "--a", "2"], "`--a` of the job is given twice"),
        ] {
            let error = read(words).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_job_has_a_name() {
        let mut own = read(&["--JOB_NAME", "mine"]).unwrap();
        name(&mut own, Path::new("/a/orders.py"));
        assert_eq!(own, read(&["--JOB_NAME", "mine"]).unwrap());
        let mut none = Vec::new();
        name(&mut none, Path::new("/a/orders.py"));
        assert_eq!(none, read(&["--JOB_NAME", "orders"]).unwrap());
    }
}
