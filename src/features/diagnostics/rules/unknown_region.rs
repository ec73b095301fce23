//! `unknown-region`: no region of that name has Glue, as far as is known.

use super::invalid_region::meant;
use super::magic_line::is_swallowed;
use super::written::replace_value;
use crate::facts;
use crate::facts::nearest::nearest;
use crate::features::diagnostics::{Context, Findings};
use crate::model::Setting;
use crate::model::create::is_region_name;
use crate::model::effects::ChangeKind;
use crate::syntax::literal::Value;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in &context.cell.effects.changes {
        let ChangeKind::Set(Setting::Region, Some(Value::Str(region))) = &change.kind else { continue };
        let table = facts::regions();
        // What cannot be a region is another rule's.
        if region.is_empty() || table.find(region).is_some() || !is_region_name(region) {
            continue;
        }
        if table.kernel.adc_fixed_endpoints.contains_key(region) || table.without_glue.iter().any(|r| r.id == *region) {
            continue;
        }
        if is_swallowed(context, &change.range) {
            continue;
        }
        let zone = region.strip_suffix(|c: char| c.is_ascii_lowercase()).filter(|id| table.find(id).is_some());
        if let Some(id) = zone {
            let fix = replace_value(context.text(), &change.range, id);
            let message = format!("`{region}` is an availability zone; its region is `{id}`");
            findings.add_with(change.range.clone(), message, vec![fix]);
            continue;
        }
        match meant(region).or_else(|| nearest(region, table.all().iter().map(|r| r.id.as_str()))) {
            Some(meant) => {
                let fix = replace_value(context.text(), &change.range, meant);
                findings.add_with(
                    change.range.clone(),
                    format!("no region `{region}` is known; did you mean `{meant}`?"),
                    vec![fix],
                );
            }
            None => findings.add(change.range.clone(), format!("no region `{region}` is known")),
        }
    }
}
