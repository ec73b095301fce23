//! What completions are about, so that all there is to say can be said later.

use serde::{Deserialize, Serialize};

use crate::facts::{self, MagicForm, MagicSpec};
use crate::features::hover::describe;
use crate::features::prices::{Footing, Prices};

/// What a completion is about: a row of the tables, and what its price depends on.
///
/// It stands for itself: the documentation can be had from it when the document is long closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Topic {
    /// A line magic, the kernel's or one of IPython's own.
    LineMagic {
        /// Its name, without percent sign.
        name: String,
    },
    /// A cell magic.
    CellMagic {
        /// Its name, without percent signs.
        name: String,
    },
    /// A Glue version.
    GlueVersion {
        /// Its number.
        name: String,
    },
    /// A type of worker.
    WorkerType {
        /// Its name.
        name: String,
        /// The Glue version in force, if one is set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// The Region in force, if one is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
    },
    /// A Region.
    Region {
        /// Its id.
        name: String,
    },
    /// A key of `%%configure` that is a setting.
    Key {
        /// The key.
        name: String,
    },
    /// A job argument.
    Argument {
        /// Its name, with the two hyphens.
        name: String,
    },
    /// A Spark property.
    Property {
        /// Its name.
        name: String,
    },
    /// A key of `%%assume_role`.
    Credential {
        /// The key.
        name: String,
    },
}

impl Topic {
    /// Returns the topic of one of the kernel's magics.
    pub(super) fn magic(spec: &MagicSpec) -> Topic {
        match spec.form {
            MagicForm::Line => Topic::LineMagic { name: spec.name.clone() },
            MagicForm::Cell => Topic::CellMagic { name: spec.name.clone() },
        }
    }

    /// Returns all there is to say, in Markdown; `None` if the tables have no such row.
    pub fn markdown(&self, prices: &Prices) -> Option<String> {
        match self {
            Topic::LineMagic { name } => match facts::magics().find(name, MagicForm::Line) {
                Some(spec) => spec.hover.clone(),
                None => {
                    let ipython = facts::ipython();
                    ipython.has_line(name).then(|| describe::builtin_line(name, ipython.line_effect(name)))
                }
            },
            Topic::CellMagic { name } => facts::magics().find(name, MagicForm::Cell)?.hover.clone(),
            Topic::GlueVersion { name } => facts::versions().glue(name).map(describe::glue_version),
            Topic::WorkerType { name, version, region } => {
                let footing = Footing::bare(prices, version.as_deref(), region.as_deref());
                facts::versions().worker(name).map(|row| describe::worker_type(row, &footing))
            }
            Topic::Region { name } => facts::regions().find(name).map(describe::region),
            Topic::Key { name } => facts::configure().recognised(name).map(describe::recognised_key),
            Topic::Argument { name } => facts::configure().job_parameter(name).map(describe::job_parameter),
            Topic::Property { name } => facts::configure().spark_property(name).map(describe::spark_property),
            Topic::Credential { name } => describe::credential(name),
        }
    }
}
