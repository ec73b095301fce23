//! What completions are about, so that all there is to say can be said later.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::facts::{self, MagicForm, MagicSpec};
use crate::features::hover::{account, describe};
use crate::features::prices::{Footing, Prices};
use crate::model::account::{Connection, Role, SecurityConfiguration, SessionFact, Subnet};

/// What a completion is about: a row of the tables with what its price depends on, or what is known of something in the
/// account, with how many seconds ago that was fetched.
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
    /// A connection.
    Connection {
        /// What is known of it.
        connection: Box<Connection>,
        /// The subnet that it names, where something is known of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subnet: Option<Box<Subnet>>,
        /// Seconds since it was fetched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        age: Option<u64>,
    },
    /// A role.
    Role {
        /// What is known of it.
        role: Box<Role>,
        /// Seconds since it was fetched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        age: Option<u64>,
    },
    /// A security configuration.
    SecurityConfiguration {
        /// What is known of it.
        configuration: Box<SecurityConfiguration>,
        /// Seconds since it was fetched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        age: Option<u64>,
    },
    /// A session.
    Session {
        /// What is known of it.
        session: Box<SessionFact>,
        /// Seconds since it was fetched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        age: Option<u64>,
    },
    /// Why names cannot be fetched.
    Trouble {
        /// What is wrong.
        message: String,
        /// What to do.
        remedy: String,
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
            Topic::Connection { connection, subnet, age } => {
                Some(account::connection(connection, subnet.as_deref(), age.map(Duration::from_secs)))
            }
            Topic::Role { role, age } => Some(account::role(role, age.map(Duration::from_secs))),
            Topic::SecurityConfiguration { configuration, age } => {
                Some(account::security_configuration(configuration, age.map(Duration::from_secs)))
            }
            Topic::Session { session, age } => Some(account::session(session, age.map(Duration::from_secs))),
            Topic::Trouble { message, remedy } => Some(account::trouble(message, remedy)),
        }
    }
}
