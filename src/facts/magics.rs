//! The magics of the Glue kernel.

use std::fmt;

use serde::Deserialize;

use super::nearest::nearest;

mod argument;
mod kernel;

pub use argument::{Argument, ArgumentKind};
pub use kernel::{
    CellRule, Environment, EnvironmentVariable, ForeignMagic, HiddenSetting, KernelFacts, PerKernel, Release,
    RequestOrigins,
};

/// Everything known about the kernel's magics, in the order the kernel's own help lists them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MagicTable {
    /// Number of the format of the file.
    pub schema: u32,
    /// The kernel whose behaviour the rows describe.
    pub kernel: KernelFacts,
    magics: Vec<MagicSpec>,
    /// How a cell is divided between the kernel and the session, and what surprises there.
    pub cell_rules: Vec<CellRule>,
    /// Magics of other products that people write by habit.
    pub foreign: Vec<ForeignMagic>,
    /// Environment variables the kernel reads, beyond those of single magics.
    pub environment: Environment,
    /// Released versions of the kernel, newest first.
    pub changelog: Vec<Release>,
    /// Where the figures and names come from.
    pub sources: Vec<String>,
}

impl MagicTable {
    /// Returns every row: working, removed and never existing magics.
    pub fn all(&self) -> &[MagicSpec] {
        &self.magics
    }

    /// Returns the row of the line magic `name` (without `%`), whatever its status.
    pub fn line(&self, name: &str) -> Option<&MagicSpec> {
        self.find(name, MagicForm::Line)
    }

    /// Returns the row of the cell magic `name` (without `%%`), whatever its status.
    pub fn cell(&self, name: &str) -> Option<&MagicSpec> {
        self.find(name, MagicForm::Cell)
    }

    /// Returns the row of the magic `name` in the given form, whatever its status.
    pub fn find(&self, name: &str, form: MagicForm) -> Option<&MagicSpec> {
        self.magics.iter().find(|magic| magic.form == form && magic.name == name)
    }

    /// Returns the magics that work today, in order: supported, undocumented and remote ones.
    pub fn supported(&self) -> impl Iterator<Item = &MagicSpec> {
        self.magics.iter().filter(|magic| magic.works())
    }

    /// Returns the working magic of this form that `name` was probably meant to be.
    ///
    /// See [`nearest`] for how close is close enough.
    pub fn closest(&self, name: &str, form: MagicForm) -> Option<&MagicSpec> {
        let of_form = || self.supported().filter(move |magic| magic.form == form);
        let meant = nearest(name, of_form().map(|magic| magic.name.as_str()))?;
        of_form().find(|magic| magic.name == meant)
    }

    /// Returns what is known about a magic of another product, by its label (`%%local`).
    pub fn foreign(&self, label: &str) -> Option<&ForeignMagic> {
        self.foreign.iter().find(|magic| magic.label == label)
    }
}

/// One magic.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MagicSpec {
    /// Name without percent signs.
    pub name: String,
    /// Whether it takes one line or a cell.
    pub form: MagicForm,
    /// What it is about.
    pub category: Category,
    /// Whether it exists.
    pub status: Status,
    /// Kernel version that brought it; `0.x` for before 1.0.0.
    pub since: Option<String>,
    /// Kernel version that first did it right, and what was wrong before.
    pub fixed_in: Option<String>,
    /// First kernel version without it.
    pub removed: Option<String>,
    /// What it takes: the rest of the line, or the body of the cell.
    pub argument: Argument,
    /// What holds when it is not used.
    pub default: Option<MagicDefault>,
    /// What happens without an argument.
    pub empty_argument: Option<String>,
    /// One sentence.
    pub short: String,
    /// Markdown for a hover.
    pub hover: Option<String>,
    /// A correct use; lines of a cell are joined by line feeds.
    pub example: Option<String>,
    /// What it changes.
    pub target: Target,
    /// Key of `%%configure` that sets the same.
    pub configure_key: Option<String>,
    /// What to write in `%%configure` when no such key exists.
    pub configure_note: Option<String>,
    /// Environment variables that set the same, the first one found wins.
    #[serde(default)]
    pub env: Vec<String>,
    /// How the environment variable is written, if not like the magic's argument.
    pub env_format: Option<String>,
    /// Keys of the profile in the AWS config file that set the same, the first one found wins.
    #[serde(default)]
    pub aws_config_keys: Vec<String>,
    /// Whether it has no effect on a session that is already live.
    pub new_session_only: bool,
    /// Whether the kernel itself warns when it is used with a live session.
    pub warns_if_live: bool,
    /// Session types (`Command.Name`) it is for.
    pub session_types: Vec<String>,
    /// Behaviour that surprises.
    #[serde(default)]
    pub quirks: Vec<String>,
    /// What people get wrong, the material of diagnostics.
    #[serde(default)]
    pub mistakes: Vec<Mistake>,
    /// The document that names a magic which does not exist.
    pub named_by: Option<String>,
}

impl MagicSpec {
    /// Returns the name as written in a cell: `%name` or `%%name`.
    pub fn label(&self) -> String {
        format!("{}{}", self.form, self.name)
    }

    /// Returns how it is written, with words in the places of its argument (`%profile NAME`); `None` if the table does
    /// not say it.
    pub fn usage(&self) -> Option<&str> {
        let (usage, _) = self.hover.as_deref()?.strip_prefix("**`")?.split_once("`**")?;
        let words = usage.strip_prefix(&self.label())?;
        (words.is_empty() || words.starts_with(' ')).then_some(usage)
    }

    /// Returns whether using it does something: in the kernel, or on the session for remote ones.
    pub fn works(&self) -> bool {
        matches!(self.status, Status::Supported | Status::Undocumented | Status::Remote)
    }

    /// Returns the mistake with this code.
    pub fn mistake(&self, code: &str) -> Option<&Mistake> {
        self.mistakes.iter().find(|mistake| mistake.code == code)
    }
}

/// Whether a magic takes one line or the rest of the cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MagicForm {
    /// One percent sign.
    Line,
    /// Two percent signs.
    Cell,
}

impl fmt::Display for MagicForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Line => "%",
            Self::Cell => "%%",
        })
    }
}

/// What a magic is about; the groups of the kernel's help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Identity, place and lifetime of a session.
    Session,
    /// Asking about sessions and ending them.
    Info,
    /// ETL or streaming.
    SessionType,
    /// Size, role and contents of a session.
    Config,
    /// Connections, libraries and properties of Spark sessions.
    Spark,
    /// Doing something with the session.
    Action,
    /// Ray sessions, which no longer exist.
    Ray,
    /// Names that were never magics.
    Nonexistent,
}

/// Whether a magic exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In the kernel, its help and the documentation.
    Supported,
    /// In the kernel, but neither in its help nor in the documentation.
    Undocumented,
    /// Understood by the session, not by the kernel.
    Remote,
    /// Was in the kernel; see [`MagicSpec::removed`].
    Removed,
    /// Named by a document, never existed.
    DocsOnly,
    /// A common wrong guess.
    NotRegistered,
}

/// What holds when a magic is not used.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MagicDefault {
    /// The value, if it is always the same.
    pub value: Option<String>,
    /// Who chooses it.
    pub set_by: DefaultSource,
    /// How it is found, in Markdown.
    pub note: Option<String>,
}

/// Who chooses a value that is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DefaultSource {
    /// The kernel sends it.
    Kernel,
    /// The kernel sends nothing, the service chooses.
    Service,
}

/// What a magic changes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Operation or member of the Glue API.
    pub api: Option<String>,
    /// Type of that member.
    pub api_type: Option<String>,
    /// The value sent, when it is fixed.
    pub value: Option<String>,
    /// How the value sent is put together.
    pub format: Option<String>,
    /// Job argument it becomes.
    pub default_argument: Option<String>,
    /// What it does besides.
    pub effect: Option<String>,
}

/// Something people get wrong with a magic.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mistake {
    /// Stable kebab-case code, unique within a magic.
    pub code: String,
    /// When it applies.
    pub when: String,
    /// What to tell the user.
    pub message: String,
    /// What to do about it.
    pub fix: String,
}
