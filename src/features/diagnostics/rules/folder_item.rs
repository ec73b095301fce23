//! `folder-item`: Glue takes files of Python code, no folders.

use super::list_items::{bare, lists};
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for list in lists(context).filter(|list| list.setting == Setting::ExtraPyFiles) {
        for (item, range) in &list.items {
            if bare(item).ends_with('/') {
                let message = format!("`{item}` is a folder: Glue takes single files, name each `.py` or `.zip`");
                findings.add(range.clone(), message);
            }
        }
    }
}
