//! The kernel itself, apart from its magics.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The kernel the table describes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelFacts {
    /// Name of the Python package.
    pub package: String,
    /// Version of the package.
    pub version: String,
    /// Display names of its kernels.
    pub display_names: Vec<String>,
    /// Names its kernels are installed under.
    pub kernel_names: Vec<String>,
    /// Names under which hosted notebooks (Glue Studio, SageMaker) carry the same kernels.
    pub hosted_kernel_names: Vec<String>,
    /// Text found in the kernel names of SageMaker Studio, which also hold an image ARN.
    pub hosted_kernel_marker: String,
    /// `language_info.name` of each kernel.
    pub language_info_names: PerKernel,
    /// What each kernel sends as `RequestOrigin`.
    pub request_origins: RequestOrigins,
    /// Default arguments both kernels send with every session.
    pub default_arguments: BTreeMap<String, String>,
    /// Default arguments the Scala kernel sends in addition.
    pub scala_extra_arguments: BTreeMap<String, String>,
    /// `Command.PythonVersion` of every session.
    pub python_version_sent: String,
}

/// A value for each of the two kernels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerKernel {
    /// The PySpark kernel's.
    pub pyspark: String,
    /// The Scala kernel's.
    pub spark: String,
}

/// Values of `RequestOrigin`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestOrigins {
    /// Sent by the PySpark kernel.
    pub pyspark: String,
    /// Sent by the Scala kernel.
    pub spark: String,
    /// Set by SageMaker Studio.
    pub sagemaker: Vec<String>,
    /// Set by Glue Studio.
    pub glue_studio: String,
}

/// A rule of how the kernel reads a cell.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellRule {
    /// Stable name.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// What follows for the user.
    pub consequence: Option<String>,
}

/// A magic of another product.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignMagic {
    /// As written, with its percent signs.
    pub label: String,
    /// Product it belongs to.
    pub from: String,
    /// What to do in Glue instead.
    pub fix: String,
}

/// Environment variables the kernel reads, beyond those of single magics.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Variables with an effect of their own.
    pub variables: Vec<EnvironmentVariable>,
    /// Settings that have no magic.
    pub settings: Vec<HiddenSetting>,
    /// How variables are written.
    pub note: String,
}

/// An environment variable.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentVariable {
    /// Its name.
    pub name: String,
    /// What it does.
    pub effect: String,
}

/// A setting the kernel knows but has no magic for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HiddenSetting {
    /// The kernel's name for it.
    pub name: String,
    /// Key of `%%configure` that sets it.
    pub configure_key: Option<String>,
    /// Environment variables that set it.
    pub env: Vec<String>,
    /// Keys of the profile that set it.
    pub aws_config_keys: Vec<String>,
    /// Where it goes.
    pub effect: String,
}

/// A released version of the kernel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Its number.
    pub version: String,
    /// Its day, as `YYYY-MM-DD`.
    pub date: String,
    /// What changed for users.
    pub change: String,
}
