//! The operations of Glue, IAM and STS that sessions and the account need.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Shape and meaning of the service calls.
///
/// Patterns are in the service's notation, with surrogate escapes: many do not compile as regular
/// expressions elsewhere and are here to be shown, not run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionsApi {
    /// Number of the format of the file.
    pub schema: u32,
    /// How Glue's calls travel.
    pub wire: Wire,
    /// How IAM's and STS's calls travel.
    pub wire_iam_sts: WireIamSts,
    /// The operations, by name.
    pub operations: BTreeMap<String, Operation>,
    /// The errors, by code.
    pub errors: BTreeMap<String, ApiError>,
    /// States of a session.
    pub session_states: Vec<State>,
    /// States of a statement.
    pub statement_states: Vec<State>,
    /// What a finished statement brings.
    pub statement_output: StatementOutput,
    /// Limits of members, in one place.
    pub limits: Limits,
    /// What the kernel tries again.
    pub kernel_retry: KernelRetry,
    /// What the kernel sends with CreateSession.
    pub kernel_create_session: KernelCreateSession,
    /// What the kernel makes of errors.
    pub kernel_error_handling: BTreeMap<String, String>,
    /// Lists of values that several operations share.
    pub enums: Enums,
    /// Names of resources.
    pub arn: Arn,
    /// Where the kernel's own model of the service differs from the public one.
    pub model_differences: Vec<ModelDifference>,
    /// Where the figures and names come from.
    pub sources: Vec<String>,
}

impl SessionsApi {
    /// Returns the operation with this name (`CreateSession`).
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.get(name)
    }

    /// Returns what is known about an error, by its code (`InvalidInputException`).
    pub fn error(&self, code: &str) -> Option<&ApiError> {
        self.errors.get(code)
    }

    /// Returns the state of a session with this name (`READY`).
    pub fn session_state(&self, name: &str) -> Option<&State> {
        self.session_states.iter().find(|state| state.state == name)
    }

    /// Returns the state of a statement with this name (`AVAILABLE`).
    pub fn statement_state(&self, name: &str) -> Option<&State> {
        self.statement_states.iter().find(|state| state.state == name)
    }
}

/// How Glue's calls travel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wire {
    /// Protocol.
    pub protocol: String,
    /// What stands before the operation in the target header.
    pub target_prefix: String,
    /// Media type of the body.
    pub content_type: String,
    /// Service name for signing.
    pub signing_name: String,
    /// HTTP method and path.
    pub method: String,
}

/// How IAM's and STS's calls travel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireIamSts {
    /// Protocol.
    pub protocol: String,
    /// Where IAM is.
    pub iam_endpoint: String,
    /// Where STS is.
    pub sts_endpoint: String,
}

/// One operation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// `glue`, `iam` or `sts`.
    pub service: String,
    /// One sentence.
    pub summary: String,
    /// What it takes.
    pub input: BTreeMap<String, Member>,
    /// What it returns.
    pub output: BTreeMap<String, Member>,
    /// Codes of its errors.
    pub errors: Vec<String>,
    /// Permissions it needs, with conditions in words.
    pub iam: Vec<String>,
    /// How further results are had.
    pub pagination: Option<Pagination>,
    /// Decisions a simulation can give.
    #[serde(default)]
    pub decisions: Vec<String>,
    /// Forms of the ARN that is returned.
    #[serde(default)]
    pub arn_forms: BTreeMap<String, String>,
    /// Forms of the user id that is returned.
    #[serde(default)]
    pub user_id_forms: BTreeMap<String, String>,
    /// What else to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A member of an input, output or structure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// `string`, `integer`, `structure`, `list`, `map` and so on.
    #[serde(rename = "type")]
    pub kind: String,
    /// The service's name for a structure.
    pub shape: Option<String>,
    /// Whether it must be given.
    #[serde(default)]
    pub required: bool,
    /// Members of a structure that are always there.
    #[serde(default)]
    pub required_members: Vec<String>,
    /// Members of a structure.
    #[serde(default)]
    pub members: BTreeMap<String, Member>,
    /// What a list holds.
    pub item: Option<Box<Member>>,
    /// Keys of a map.
    pub key: Option<Box<Member>>,
    /// Values of a map.
    pub value: Option<Box<Member>>,
    /// Smallest number, or fewest characters or items.
    pub min: Option<i64>,
    /// Largest number, or most characters or items.
    pub max: Option<i64>,
    /// Pattern, in the service's notation.
    pub pattern: Option<String>,
    /// Accepted values.
    #[serde(default)]
    pub values: Vec<String>,
}

/// How further results are had.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pagination {
    /// Input member for the place to go on from.
    pub input_token: String,
    /// Output member that holds it.
    pub output_token: String,
    /// Input member for the size of a page.
    pub limit_key: Option<String>,
    /// Largest page.
    pub max_limit: Option<u32>,
    /// Output member that holds the results.
    pub result_key: Option<String>,
    /// Output member that says whether there are more.
    pub more: Option<String>,
    /// What else to know.
    pub note: Option<String>,
}

/// An error of the service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiError {
    /// What it means.
    pub meaning: String,
    /// What to tell the user.
    pub user_message: String,
    /// Whether trying again can help.
    pub retry: bool,
    /// Whether the kernel tries again.
    #[serde(default)]
    pub kernel_retries: bool,
    /// What else to know.
    pub note: Option<String>,
}

/// A state of a session or statement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The service's name.
    pub state: String,
    /// Whether it never changes again.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// Whether a session takes statements in it.
    #[serde(default)]
    pub usable: bool,
    /// What it means.
    pub meaning: Option<String>,
    /// What else to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What a finished statement brings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementOutput {
    /// Members of the public model.
    pub public_model: PublicOutput,
    /// Members only the kernel's own model declares.
    pub private_members: BTreeMap<String, String>,
    /// Which kernel sees which model.
    pub scope: String,
    /// What Python's client checks before it sends.
    pub client_side_checks: String,
    /// What clients of the public model lose.
    pub warning: String,
    /// The forms an output takes.
    pub cases: Vec<OutputCase>,
    /// What the kernel gets wrong.
    pub kernel_bugs: Vec<String>,
}

/// Members of a statement's output in the public model, with their types in words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct PublicOutput {
    /// Members of `Data`.
    pub data: BTreeMap<String, String>,
    /// `ExecutionCount`.
    pub execution_count: String,
    /// `Status`.
    pub status: String,
    /// `ErrorName`.
    pub error_name: String,
    /// `ErrorValue`.
    pub error_value: String,
    /// `Traceback`.
    pub traceback: String,
}

/// A form an output takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputCase {
    /// Stable name.
    pub id: String,
    /// How it is recognised.
    pub when: String,
    /// What to show.
    pub show: String,
}

/// Limits of members.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Most characters of a statement.
    pub code_max_chars: usize,
    /// Type of a statement's id.
    pub statement_id: String,
    /// Seconds between the kernel's questions.
    pub poll_interval_s: u32,
    /// Most default arguments.
    pub default_arguments_max_pairs: usize,
    /// Most characters of an argument's value.
    pub argument_value_max: usize,
    /// A session's id.
    pub session_id: SessionIdLimits,
    /// Most tags.
    pub tags_max: usize,
    /// Most characters of a description.
    pub description_max: usize,
}

/// Limits of a session's id.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionIdLimits {
    /// Fewest characters.
    pub min: usize,
    /// Most characters.
    pub max: usize,
    /// Which characters, in words.
    pub pattern: String,
}

/// What the kernel tries again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelRetry {
    /// How often.
    pub attempts: u32,
    /// How long it waits.
    pub sleep: String,
    /// Codes of errors, by operation.
    pub per_operation: BTreeMap<String, Vec<String>>,
    /// What follows the last failure.
    pub after_last: String,
    /// What its SDK does besides.
    pub sdk_retry: String,
}

/// What the kernel sends with CreateSession.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelCreateSession {
    /// Members it always sends.
    pub sent_always: Vec<String>,
    /// Members it sends when they are set to something that is true in Python.
    pub sent_when_truthy: Vec<String>,
    /// Members it never sends.
    pub never_sent: Vec<String>,
}

/// Lists of values that several operations share.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enums {
    /// `SessionType`.
    #[serde(rename = "SessionType")]
    pub session_type: Vec<String>,
    /// `Command.Name`.
    #[serde(rename = "CommandName")]
    pub command_name: Vec<String>,
    /// Pattern of `Command.PythonVersion`.
    #[serde(rename = "PythonVersion_pattern")]
    pub python_version_pattern: String,
    /// `WorkerType`.
    #[serde(rename = "WorkerType")]
    pub worker_type: Vec<String>,
    /// `ConnectionType` of the catalogue.
    #[serde(rename = "ConnectionType")]
    pub connection_type: Vec<String>,
    /// Values of `TableType` that occur; the service does not check them.
    #[serde(rename = "TableType_seen")]
    pub table_type_seen: Vec<String>,
}

/// Names of resources.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arn {
    /// A session's, with placeholders.
    pub session: String,
    /// Pattern of every ARN of Glue, in the service's notation.
    pub pattern: String,
}

/// A difference between the kernel's own model of the service and the public one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelDifference {
    /// What differs.
    pub item: String,
    /// In the kernel's model.
    pub kernel_model: String,
    /// In the public model.
    pub public_model: String,
}
