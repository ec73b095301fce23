//! `not-on-s3`: the session's machines load files and jars from S3 alone.

use super::list_items::{bare, is_open, lists};
use crate::features::diagnostics::{Context, Findings, Fix};
use crate::model::Setting;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for list in lists(context) {
        if !matches!(list.setting, Setting::ExtraPyFiles | Setting::ExtraJars) {
            continue;
        }
        for (item, range) in &list.items {
            let path = bare(item);
            let s3 = ["s3://", "s3a://", "s3n://"].iter().any(|scheme| path.starts_with(scheme));
            // Connectors of the marketplace and Glue itself put files there.
            let top = path.strip_prefix('/').and_then(|path| Some(path.split_once('/')?.0));
            let there_already = top.is_some_and(|top| ["tmp", "opt", "usr"].contains(&top));
            if s3 || there_already || is_open(path) {
                continue;
            }
            let fix = meant(path).map(|meant| Fix::replace(format!("Write `{meant}`"), range.clone(), meant));
            let message = format!("`{path}` is no path on S3: upload the file and write `s3://bucket/path/file`");
            findings.add_with(range.clone(), message, fix.into_iter().collect());
        }
    }
}

/// Returns the path that `s3:/bucket/key` and the like stand for.
fn meant(path: &str) -> Option<String> {
    let rest = path.get(..2).filter(|scheme| scheme.eq_ignore_ascii_case("s3")).map(|_| &path[2..])?;
    let key = rest.trim_start_matches([':', '/']);
    (rest.len() - key.len() > 1 && key.contains('/')).then(|| format!("s3://{key}"))
}
