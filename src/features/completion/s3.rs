//! Buckets, folders and objects of S3.

use crate::model::NotebookModel;
use crate::model::account::{Claim, S3Entry, Status};

use super::Completion;
use super::account::{Found, Wanted};
use super::magic_name::escape;
use super::matching::{best, fit};
use super::typed::Typed;

/// How an address begins in the lists.
const SCHEME: &str = "s3://";

/// Returns what lies right below the address that is typed.
pub(super) fn completions(
    model: &NotebookModel,
    cell: usize,
    claim: &Claim,
    wanted: Wanted,
    typed: &Typed<'_>,
) -> Found {
    let nothing = || Found { items: Vec::new(), cut: false, status: Status::Ready };
    // The kernel and Spark take `s3a://` as well.
    let scheme = if typed.word.starts_with("s3a") { "s3a://" } else { SCHEME };
    let (parent, rest) = match typed.word.strip_prefix(scheme) {
        Some(path) => path.split_at(path.rfind('/').map_or(0, |at| at + 1)),
        None if scheme.starts_with(typed.word) => ("", ""),
        None => return nothing(),
    };
    if parent.starts_with('/') {
        return nothing();
    }
    let prefix = format!("{SCHEME}{parent}");
    let known = model.accounts.objects(claim, &prefix);
    // The empty object with a folder's own name stands for the folder.
    let below = |entry: &'_ S3Entry| entry.name.strip_prefix(&prefix).filter(|name| !name.is_empty()).map(str::len);
    let (best, cut) = best(&known.items, |entry| {
        let name = &entry.name[entry.name.len() - below(entry)?..];
        let fits = fit(name, rest)?;
        typed.can_hold(&entry.name).then(|| (fits, class(name, wanted)))
    });
    let text = &*model.cells[cell].cell.text;
    let items = best.into_iter().enumerate().map(|(index, entry)| Completion {
        detail: entry.size.map_or_else(|| parent.is_empty().then(|| "bucket".to_owned()), |bytes| Some(size(bytes))),
        sort: format!("1{index:03}"),
        ..item(text, typed, scheme, entry, &prefix)
    });
    Found { items: items.collect(), cut, status: known.status.clone() }
}

/// One of the entries below `prefix`.
fn item(text: &str, typed: &Typed<'_>, scheme: &str, entry: &S3Entry, prefix: &str) -> Completion {
    let address = format!("{scheme}{}", entry.name.strip_prefix(SCHEME).unwrap_or(&entry.name));
    let label = entry.name.strip_prefix(prefix).unwrap_or(&entry.name);
    let mut item = typed.completion(label, &address, &address);
    if !entry.name.ends_with('/') {
        return item;
    }
    item.offers_next = true;
    if typed.brings_quotes() {
        // What comes next is typed inside of them.
        item.insert = format!("\"{}$1\"", escape(&address));
        item.is_snippet = true;
    } else if let Some(slash) = text[typed.cursor()..typed.name.end].find('/') {
        // A folder takes the place of a folder: what stands behind it stays.
        item.replace.end = typed.cursor() + slash + 1;
    }
    item
}

/// A size in the unit that fits.
fn size(bytes: u64) -> String {
    let mut unit = 1_u64;
    for name in ["bytes", "kB", "MB", "GB"] {
        if bytes / unit < 1000 {
            return format!("{} {name}", bytes / unit);
        }
        unit *= 1000;
    }
    format!("{} TB", bytes / unit)
}

/// What is better comes first: what is wanted, then what may lead to it.
fn class(name: &str, wanted: Wanted) -> u8 {
    let folder = name.ends_with('/');
    let ends = |endings: &[&str]| {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
    };
    let fits = match wanted {
        Wanted::Python => ends(&["py", "zip", "whl", "egg"]),
        Wanted::Jars => ends(&["jar"]),
        Wanted::Files => !folder,
        Wanted::Folder => folder,
    };
    match (fits, folder) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}
