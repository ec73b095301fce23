//! What the session at a place of a notebook is made of, as far as its price depends on it.

use crate::facts;
use crate::facts::pricing::DpuKind;
use crate::facts::versions::{GlueVersion, WorkerType};
use crate::model::cost::{Cost, Rates, Size, Tariff, scales};
use crate::model::create::CreateSession;
use crate::model::effects::ChangeKind;
use crate::model::{NotebookModel, Setting};

use super::hover::in_force::in_force;

/// What the user has said of prices.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prices {
    /// US dollars for a DPU-hour, by Region, where they differ from the published ones.
    pub rates: Rates,
    /// The Region of sessions where neither the document nor its surroundings name one.
    pub region: Option<String>,
}

/// What a session at a place is made of.
#[derive(Debug, Clone)]
pub(in crate::features) struct Footing<'a> {
    pub(in crate::features) prices: &'a Prices,
    /// The Region, in lower case.
    pub(in crate::features) region: Option<String>,
    /// The Glue version; `None` where nothing sets one.
    pub(in crate::features) version: Option<String>,
    worker_type: Option<String>,
    workers: Option<u32>,
    max_capacity: Option<f64>,
    /// Whether it grows and shrinks on demand.
    scales: bool,
}

impl<'a> Footing<'a> {
    /// Returns what a session would be made of that begins once a cell has been run, all above it before.
    pub(in crate::features) fn at(model: &NotebookModel, cell: usize, prices: &'a Prices) -> Footing<'a> {
        let value = |setting| in_force(model, cell, setting).map(|given| given.value).filter(|text| !text.is_empty());
        let above = model.cells.iter().take(cell + 1).rev();
        let scaling =
            above.flat_map(|model| model.effects.changes.iter().rev()).find_map(|change| match &change.kind {
                ChangeKind::DefaultArgument { name, value } if is_scaling(name) => Some(scales(name, value)),
                _ => None,
            });
        Footing {
            prices,
            region: region_at(model, cell, prices),
            version: value(Setting::GlueVersion),
            worker_type: value(Setting::WorkerType),
            workers: value(Setting::NumberOfWorkers).and_then(|text| text.parse().ok()),
            max_capacity: value(Setting::MaxCapacity).and_then(|text| text.parse().ok()),
            scales: scaling.unwrap_or(false),
        }
    }

    /// Returns what prices of workers depend on, and no more.
    pub(in crate::features) fn bare(prices: &'a Prices, version: Option<&str>, region: Option<&str>) -> Footing<'a> {
        Footing {
            prices,
            region: region.map(str::to_owned),
            version: version.map(str::to_owned),
            worker_type: None,
            workers: None,
            max_capacity: None,
            scales: false,
        }
    }

    /// Returns what the session is made of that a cell would begin with a request.
    pub(in crate::features) fn of_request(
        model: &NotebookModel,
        cell: usize,
        request: &CreateSession,
        prices: &'a Prices,
    ) -> Footing<'a> {
        Footing {
            prices,
            region: region_at(model, cell, prices),
            version: request.glue_version.clone(),
            worker_type: request.worker_type.clone(),
            workers: request.number_of_workers.as_ref().and_then(|digits| digits.parse().ok()),
            max_capacity: request.max_capacity,
            scales: request.default_arguments.iter().any(|(name, value)| scales(name, value)),
        }
    }

    /// Takes over a key of `%%configure` with its value, both as they are typed.
    pub(in crate::features) fn take(&mut self, key: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        match key {
            "glue_version" => self.version = Some(value.to_owned()),
            "region" => self.region = Some(value.to_lowercase()),
            "worker_type" => self.worker_type = Some(value.to_owned()),
            "number_of_workers" => self.workers = value.parse().ok().or(self.workers),
            "max_capacity" => self.max_capacity = value.parse().ok().or(self.max_capacity),
            _ if is_scaling(key) => {
                self.scales = scales(facts::versions().capacity.auto_scaling.argument.as_str(), value)
            }
            _ => {}
        }
    }

    /// Returns the row of the Glue version, if the table has it; that of the version the kernel asks for where none is
    /// set.
    pub(in crate::features) fn glue_version(&self) -> Option<&'static GlueVersion> {
        match &self.version {
            Some(version) => facts::versions().glue(version),
            None => facts::versions().kernel_default(),
        }
    }

    /// Returns how many workers it has.
    pub(in crate::features) fn workers(&self) -> u32 {
        self.workers.unwrap_or(facts::versions().capacity.default_workers)
    }

    /// Returns the type of its workers.
    pub(in crate::features) fn worker_type(&self) -> &str {
        self.worker_type.as_deref().unwrap_or(&facts::versions().capacity.default_worker_type)
    }

    /// Returns whether its size is given in DPU, and not by workers.
    pub(in crate::features) fn capacity(&self) -> Option<f64> {
        self.max_capacity.filter(|_| self.worker_type.is_none() && self.workers.is_none())
    }

    /// Returns whether it grows and shrinks on demand.
    pub(in crate::features) fn scales(&self) -> bool {
        self.scales
    }

    /// Returns what it costs.
    pub(in crate::features) fn tariff(&self) -> Tariff {
        let size = Size::of(self.worker_type.as_deref(), self.workers, self.max_capacity);
        self.tariff_of(Size { sure: size.sure && !self.scales, ..size })
    }

    /// Returns the same with so many workers.
    pub(in crate::features) fn with_workers(&self, workers: u32) -> Footing<'a> {
        Footing { workers: Some(workers), max_capacity: None, ..self.clone() }
    }

    /// Returns the same with so many DPU in place of workers.
    pub(in crate::features) fn with_capacity(&self, dpu: f64) -> Footing<'a> {
        Footing { workers: None, worker_type: None, max_capacity: Some(dpu), ..self.clone() }
    }

    /// Returns what one worker of a type costs.
    pub(in crate::features) fn tariff_of_worker(&self, row: &WorkerType) -> Tariff {
        self.tariff_of(Size { dpu: row.dpu, unit: DpuKind::of_worker(row), sure: true })
    }

    fn tariff_of(&self, size: Size) -> Tariff {
        Tariff::new(size, self.region.as_deref(), self.version.as_deref(), &self.prices.rates)
    }

    /// Returns its size and what an hour of it costs: `10 DPU, $4.40/h`.
    pub(in crate::features) fn size_and_price(&self) -> String {
        let tariff = self.tariff();
        let most = if self.scales { "at most " } else { "" };
        let (size, cost) = (tariff.size(), tariff.per_hour());
        // What is reckoned with the largest size is a limit, and no estimate on that account.
        let cost = Cost { estimate: cost.estimate && !(self.scales && tariff.is_sure()), ..cost };
        format!("{most}{} {}, {}", number(size.dpu), unit_name(size.unit), cost.per_hour_text())
    }
}

/// Returns what the first session of a document would be and what an hour of it costs: `5 × G.1X: 5 DPU, $2.20/h`.
pub fn first_session(model: &NotebookModel, prices: &Prices) -> String {
    let session = model.history.sessions.iter().find_map(|session| Some((session.needed_by?, &session.request)));
    let footing = match session {
        Some((cell, request)) => Footing::of_request(model, cell, request, prices),
        // A notebook that is all settings yet, or empty.
        None => match model.cells.len().checked_sub(1) {
            Some(last) => Footing::at(model, last, prices),
            None => Footing::bare(prices, None, prices.region.as_deref()),
        },
    };
    match footing.capacity() {
        Some(_) => footing.size_and_price(),
        None => format!("{} × {}: {}", footing.workers(), footing.worker_type(), footing.size_and_price()),
    }
}

/// Returns the Region that holds at a cell, in lower case.
pub(in crate::features) fn region_at(model: &NotebookModel, cell: usize, prices: &Prices) -> Option<String> {
    let given = in_force(model, cell, Setting::Region).map(|given| given.value).filter(|region| !region.is_empty());
    given.or_else(|| prices.region.clone()).map(|region| region.to_lowercase())
}

/// Returns whether a key of `%%configure` is the job argument that lets a session grow and shrink.
fn is_scaling(key: &str) -> bool {
    key.trim_start_matches('-') == facts::versions().capacity.auto_scaling.argument.trim_start_matches('-')
}

/// Returns a number without useless zeros.
pub(in crate::features) fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Returns an amount of dollars: cents, tenths of them where they count.
pub(in crate::features) fn dollars(amount: f64) -> String {
    let text = format!("{amount:.3}");
    format!("${}", text.strip_suffix('0').unwrap_or(&text))
}

/// Returns the name of a kind of units.
pub(in crate::features) fn unit_name(unit: DpuKind) -> &'static str {
    match unit {
        DpuKind::Memory => "M-DPU",
        DpuKind::Standard | DpuKind::Ray => "DPU",
    }
}

/// Returns minutes for people: `45 min`, `4 h`, `2 days`.
pub(in crate::features) fn span(minutes: u32) -> String {
    match minutes {
        1440 => "1 day".to_owned(),
        _ if minutes > 0 && minutes.is_multiple_of(1440) => format!("{} days", minutes / 1440),
        _ if minutes > 60 && minutes.is_multiple_of(60) => format!("{} h", minutes / 60),
        60 => "1 h".to_owned(),
        _ => format!("{minutes} min"),
    }
}
