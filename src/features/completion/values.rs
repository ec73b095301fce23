//! Values that can be listed.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::facts;
use crate::facts::versions::GlueStatus;
use crate::features::hover::describe;
use crate::features::prices::{Footing, span};
use crate::model::effects::ChangeKind;
use crate::model::{NotebookModel, Setting};

use super::{Completion, CompletionKind, Topic};

/// The largest number that is offered because it is typed.
const LARGEST_TYPED: u32 = 99_999;
/// Numbers of workers that are offered, besides the service's own.
const WORKERS: [u32; 5] = [2, 5, 10, 20, 50];
/// Sizes in DPU that are offered.
const CAPACITIES: [u32; 4] = [2, 5, 10, 20];
/// Idle timeouts that are offered, in minutes; the service's own comes last.
const IDLE_TIMEOUTS: [u32; 5] = [15, 30, 60, 120, 240];
/// Lifetimes that are offered, in minutes; the service's own comes last.
const TIMEOUTS: [u32; 4] = [60, 120, 240, 480];

/// Where a value goes.
pub(super) struct Slot {
    /// What it replaces.
    pub(super) replace: Range<usize>,
    /// Whether a text brings its own quotes.
    pub(super) quotes: bool,
    /// The number that stands there already.
    typed: Option<u32>,
}

impl Slot {
    /// Makes the slot of a range of a cell's text.
    pub(super) fn new(text: &str, replace: Range<usize>, quotes: bool) -> Slot {
        let typed = text.get(replace.clone()).and_then(|word| word.parse().ok());
        Slot { replace, quotes, typed: typed.filter(|number| (1..=LARGEST_TYPED).contains(number)) }
    }

    pub(super) fn value(&self, text: &str) -> Completion {
        let mut completion = Completion::new(CompletionKind::Value, text, self.replace.clone());
        if self.quotes {
            completion.insert = format!("\"{text}\"");
        }
        completion
    }

    /// A number, which needs no quotes.
    fn number(&self, number: u32) -> Completion {
        Completion::new(CompletionKind::Value, &number.to_string(), self.replace.clone())
    }

    /// A text with places to fill in; `snippet` is shown without them as `label`.
    fn template(&self, label: &str, snippet: String) -> Completion {
        let insert = if self.quotes { format!("\"{snippet}\"") } else { snippet };
        Completion {
            insert,
            is_snippet: true,
            ..Completion::new(CompletionKind::Template, label, self.replace.clone())
        }
    }
}

/// Glue versions, the newest first, those past their end of life last.
pub(super) fn glue_versions(slot: &Slot) -> Vec<Completion> {
    let rows = facts::versions().glue_versions().iter().rev().enumerate();
    let mut list: Vec<Completion> = rows
        .map(|(index, row)| {
            let ended = row.status == GlueStatus::EndOfLife;
            Completion {
                detail: Some(describe::glue_version_detail(row)),
                topic: Some(Topic::GlueVersion { name: row.version.clone() }),
                sort: format!("{}{index:02}", u8::from(ended)),
                deprecated: ended,
                ..slot.value(&row.version)
            }
        })
        .collect();
    list.sort_by(|a, b| a.sort.cmp(&b.sort));
    list
}

/// Worker types, small to large within a family; those that sessions do not get last.
pub(super) fn worker_types(slot: &Slot, footing: &Footing<'_>) -> Vec<Completion> {
    let rows = facts::versions().worker_types().iter().enumerate();
    let mut list: Vec<Completion> = rows
        .map(|(index, row)| {
            let gone = row.deprecated || row.removed.is_some();
            let usual = row.session_types.iter().any(|kind| kind == "glueetl");
            let rank = if gone { 2 } else { u8::from(!usual) };
            Completion {
                detail: Some(describe::worker_type_detail(row, footing)),
                topic: Some(Topic::WorkerType {
                    name: row.name.clone(),
                    version: footing.version.clone(),
                    region: footing.region.clone(),
                }),
                sort: format!("{rank}{index:02}"),
                deprecated: gone,
                ..slot.value(&row.name)
            }
        })
        .collect();
    list.sort_by(|a, b| a.sort.cmp(&b.sort));
    list
}

/// Regions in which Glue is, in the table's order.
pub(super) fn regions(slot: &Slot) -> Vec<Completion> {
    let rows = facts::regions().all().iter().enumerate();
    rows.map(|(index, row)| Completion {
        detail: Some(row.name.clone()),
        topic: Some(Topic::Region { name: row.id.clone() }),
        sort: format!("{index:03}"),
        ..slot.value(&row.id)
    })
    .collect()
}

/// Numbers, with a word on each. First the one that is typed: a list of longer ones alone would have Enter replace it.
fn numbers(slot: &Slot, numbers: impl Iterator<Item = u32>, say: impl Fn(u32) -> String) -> Vec<Completion> {
    let listed: Vec<u32> = numbers.collect();
    let typed = slot.typed.filter(|number| !listed.contains(number));
    typed
        .into_iter()
        .chain(listed)
        .enumerate()
        .map(|(index, number)| Completion {
            detail: Some(say(number)),
            sort: format!("{index:03}"),
            ..slot.number(number)
        })
        .collect()
}

/// Numbers of workers, with what they cost.
pub(super) fn workers(slot: &Slot, footing: &Footing<'_>) -> Vec<Completion> {
    let default = facts::versions().capacity.default_workers;
    numbers(slot, WORKERS.into_iter(), |count| {
        let price = footing.with_workers(count).size_and_price();
        if count == default { format!("{price}, default") } else { price }
    })
}

/// Sizes in DPU, with what they cost.
pub(super) fn capacities(slot: &Slot, footing: &Footing<'_>) -> Vec<Completion> {
    numbers(slot, CAPACITIES.into_iter(), |dpu| footing.with_capacity(f64::from(dpu)).size_and_price())
}

/// Idle timeouts, with what idling costs.
pub(super) fn idle_timeouts(slot: &Slot, footing: &Footing<'_>) -> Vec<Completion> {
    let default = facts::versions().timeouts.idle_timeout.default;
    numbers(slot, IDLE_TIMEOUTS.into_iter().chain([default]), |minutes| {
        let cost = footing.tariff().per_minutes(f64::from(minutes));
        let service = if minutes == default { ", the service's default" } else { "" };
        format!("{}: idling costs {cost}{service}", span(minutes))
    })
}

/// Lifetimes, with what they cost.
pub(super) fn timeouts(slot: &Slot, footing: &Footing<'_>) -> Vec<Completion> {
    let default = facts::versions().timeouts.timeout.default;
    numbers(slot, TIMEOUTS.into_iter().chain([default]), |minutes| {
        let cost = footing.tariff().per_minutes(f64::from(minutes));
        let service = if minutes == default { ", the service's default" } else { "" };
        format!("{}: costs {cost}{service}", span(minutes))
    })
}

/// The ARNs of roles that other cells and the AWS config files name; what stands in `typed` of `cell` is none of them.
pub(super) fn known_roles(model: &NotebookModel, cell: usize, typed: &Range<usize>) -> BTreeSet<String> {
    let text = &model.cells[cell].cell.text;
    let typed = |at: usize, range: &Range<usize>| {
        at == cell && range.start <= typed.end && typed.start <= range.end && range.end <= text.len()
    };
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (index, other) in model.cells.iter().enumerate() {
        known.extend(other.effects.changes.iter().filter_map(|change| match &change.kind {
            ChangeKind::Set(Setting::IamRole, Some(value)) if !typed(index, &change.range) => Some(value.to_str()),
            _ => None,
        }));
    }
    let outside = Setting::IamRole.outside_names();
    let sections = model.environment.profiles.values().chain([&model.environment.variables]);
    known.extend(sections.flat_map(|section| outside.iter().filter_map(|name| section.get(name).cloned())));
    known.retain(|arn| arn.starts_with("arn:"));
    known
}

/// The shape of a role's ARN; `prefix` is what ARNs start with.
pub(super) fn role_template(slot: &Slot, prefix: &str) -> Completion {
    Completion {
        detail: Some("the ARN of a role".to_owned()),
        ..slot.template(
            &format!("{prefix}iam::account:role/name"),
            format!("{prefix}iam::${{1:account}}:role/${{2:name}}"),
        )
    }
}

/// Returns what the ARNs of a Region start with: `arn:aws:`.
pub(super) fn arn_prefix(region: Option<&str>) -> String {
    let partition = region.and_then(|region| facts::regions().partition_of(region));
    partition.map_or_else(|| "arn:aws:".to_owned(), facts::Partition::arn_prefix)
}

/// The endpoint of the Region, and the shape of that of a VPC endpoint.
pub(super) fn endpoints(slot: &Slot, footing: &Footing<'_>) -> Vec<Completion> {
    let region = footing.region.as_deref().and_then(|region| facts::regions().find(region));
    let usual = region.map(|row| Completion {
        detail: Some(format!("Glue in {}", row.name)),
        sort: "0".to_owned(),
        ..slot.value(&row.endpoint)
    });
    let place = region.map_or_else(|| "${2:region}".to_owned(), |row| row.id.clone());
    let shown = region.map_or("region", |row| row.id.as_str());
    let suffix = region.and_then(|row| facts::regions().partition(&row.partition));
    let suffix = suffix.map_or("amazonaws.com", |partition| partition.dns_suffix.as_str());
    let interface = Completion {
        detail: Some("a VPC endpoint".to_owned()),
        sort: "1".to_owned(),
        ..slot.template(
            &format!("https://vpce-id.glue.{shown}.vpce.{suffix}"),
            format!("https://vpce-${{1:id}}.glue.{place}.vpce.{suffix}"),
        )
    };
    usual.into_iter().chain([interface]).collect()
}

/// Values of a row of a table, in its order.
pub(super) fn listed<'a>(slot: &Slot, values: impl Iterator<Item = &'a str>, default: Option<&str>) -> Vec<Completion> {
    // Some defaults go on with who says so.
    let default = default.and_then(|default| default.split(" (").next());
    values
        .enumerate()
        .map(|(index, value)| Completion {
            detail: (default == Some(value)).then(|| "default".to_owned()),
            sort: format!("{index:03}"),
            ..slot.value(value)
        })
        .collect()
}
