//! Permissions: who needs which action for what, and how its absence reads.

use serde::Deserialize;

/// What IAM must allow for Glue sessions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IamTable {
    /// Number of the format of the file.
    pub schema: u32,
    /// The two identities involved.
    pub principals: Principals,
    /// What needs which permission.
    pub features: Vec<Feature>,
    /// Policies AWS keeps.
    pub managed_policies: Vec<ManagedPolicy>,
    /// Policies that must not be attached together.
    pub do_not_combine: String,
    /// Who must be trusted by which role.
    pub trust_policies: TrustPolicies,
    /// Conditions that policies put on sessions.
    pub condition_keys: Vec<ConditionKey>,
    /// Why rules about networks fail without a connection.
    pub vpc_default: String,
    /// Sessions in another account.
    pub cross_account: CrossAccount,
    /// How failures are recognised.
    pub error_patterns: Vec<ErrorPattern>,
    /// Where the figures and names come from.
    pub sources: Vec<String>,
}

impl IamTable {
    /// Returns the feature with this name (`pass-role`).
    pub fn feature(&self, name: &str) -> Option<&Feature> {
        self.features.iter().find(|feature| feature.name == name)
    }

    /// Returns the features that need this action (`iam:PassRole`).
    pub fn features_needing<'a>(&'a self, action: &'a str) -> impl Iterator<Item = &'a Feature> {
        self.features.iter().filter(move |feature| feature.actions.iter().any(|a| a == action))
    }
}

/// The two identities involved.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principals {
    /// Who calls the service.
    pub caller: String,
    /// Who runs the code.
    pub runtime_role: String,
}

/// Something that needs permissions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Stable kebab-case name.
    pub name: String,
    /// Who needs the permission.
    pub principal: String,
    /// The actions, or what else is needed, in words.
    pub actions: Vec<String>,
    /// What it is for.
    pub why: String,
    /// How its absence shows; `{caller}`, `{resource}` and the like stand for names.
    pub failure: String,
    /// What to do.
    pub fix: String,
    /// Magics that lead to it.
    #[serde(default)]
    pub magics: Vec<String>,
    /// What else to know.
    pub note: Option<String>,
}

/// A policy AWS keeps.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagedPolicy {
    /// Its name.
    pub name: String,
    /// Its ARN in the `aws` partition.
    pub arn: String,
    /// Whom it is for.
    pub principal: String,
    /// What it allows.
    pub gives: String,
    /// What it does not allow although one might think so.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// Version the row is about.
    pub version: Option<String>,
    /// What else to know.
    pub note: Option<String>,
}

/// Who must be trusted by which role.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustPolicies {
    /// The role that runs the code.
    pub runtime_role: Trust,
    /// The role of a SageMaker notebook, if sessions run with it.
    pub sagemaker_execution_role: Trust,
    /// The role of another account that creates sessions.
    pub cross_account_creation_role: Trust,
}

/// Whom a role trusts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// Services.
    #[serde(default)]
    pub service_principals: Vec<String>,
    /// Accounts, users and roles, in words.
    #[serde(default)]
    pub aws_principals: Vec<String>,
    /// The action the caller needs on the role.
    pub action: Option<String>,
}

/// A condition that policies put on sessions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionKey {
    /// The key.
    pub key: String,
    /// Its type.
    pub kind: Option<String>,
    /// Which actions it is for.
    pub applies: Vec<String>,
    /// What it means.
    pub meaning: Option<String>,
    /// The value it must have.
    pub value: Option<String>,
    /// How policies use it.
    pub pattern: Option<String>,
    /// How a violation reads.
    pub failure: Option<String>,
    /// What to do.
    pub fix: Option<String>,
}

/// Sessions in another account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossAccount {
    /// What to set up, in order.
    pub steps: Vec<String>,
    /// What goes wrong.
    pub mistakes: Vec<String>,
}

/// How a failure is recognised in a message.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorPattern {
    /// A regular expression with named groups in Python's notation.
    pub regex: String,
    /// What a match tells.
    #[serde(rename = "use")]
    pub meaning: String,
}
