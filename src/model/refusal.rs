//! What the kernel or the service's client refuses, as facts; words for people are the rules' business.

use std::ops::Range;

use crate::syntax::literal::LiteralError;

use super::setting::{BadItemKind, Setting};

/// Something that is refused, and where it stands in the cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// What is refused.
    pub kind: RefusalKind,
    /// Where, in bytes of the cell's text.
    pub range: Range<usize>,
}

/// What is refused.
#[derive(Debug, Clone, PartialEq)]
pub enum RefusalKind {
    /// IPython knows no magic of that name.
    UnknownMagic {
        /// The name as written.
        name: String,
        /// Whether it was written with `%%`.
        cell: bool,
        /// Whether a magic of that name exists in the other form.
        other_form: bool,
    },
    /// A cell magic that exists, without a body: run alone on its line, or with nothing below it.
    NoBody {
        /// The name as written.
        name: String,
        /// Whether lines follow that the user meant as its body: they are sent to the session as code.
        lines_follow: bool,
        /// Whether a line magic of that name exists.
        line_form: bool,
        /// Where the text on the magic's own line stands, if there is any.
        argument: Option<Range<usize>>,
    },
    /// A line that begins with `%=` or `!=`.
    NotACommand,
    /// A magic that needs an argument has none.
    MissingArgument {
        /// The magic's name.
        name: String,
    },
    /// A whole number was needed.
    NotAnInteger {
        /// The magic's name.
        name: String,
        /// What was written, without quotes.
        value: String,
    },
    /// A session id prefix with characters that the service does not take.
    BadPrefix,
    /// The kernel drops the whole list for the sake of one item.
    BadListItem {
        /// The magic's name.
        name: String,
        /// What is wrong with the item.
        kind: BadItemKind,
    },
    /// The magic's own use is wrong (`%env NAME` of no such variable).
    Usage {
        /// The magic's name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A command that ends in `&`: IPython runs none in the background.
    Background,
    /// A local magic runs Python that needs names only the session has.
    LocalName {
        /// The magic's name.
        name: String,
        /// The first name that is not there.
        missing: String,
    },
    /// The body of a cell magic is no Python literal.
    NotALiteral {
        /// The magic's name.
        name: String,
        /// Why, with a range in bytes of the cell's text.
        error: LiteralError,
    },
    /// `%%configure` got a value of another type than a dictionary.
    NotADictionary {
        /// The magic's name.
        name: String,
        /// The type it got, as Python calls it.
        found: &'static str,
    },
    /// `%%configure` got an empty dictionary.
    NothingToConfigure,
    /// A value of `%%configure` stops the kernel half way through.
    ConfigureValue {
        /// The key.
        key: String,
        /// The type the value has, as Python calls it.
        found: &'static str,
        /// The type that works.
        wanted: &'static str,
    },
    /// A tag's key or value is not a string.
    TagNotText,
    /// `%%assume_role` got a dictionary without this key.
    MissingCredential {
        /// The key.
        key: &'static str,
    },
    /// A value of the credentials is not a string.
    CredentialNotText,
    /// `%%assume_role` got a text shorter than any role's ARN.
    AssumedRoleTooShort,
    /// The session cannot be created.
    Creation(CreationRefusal),
}

/// Why a session cannot be created. Ranges are those of the setting to blame, where it stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum CreationRefusal {
    /// The region is set to nothing.
    NoRegion,
    /// The profile is in no AWS configuration.
    UnknownProfile {
        /// The profile.
        value: String,
    },
    /// A variable of the kernel's own environment, set by `%env`, that it cannot read.
    BadVariable {
        /// The variable.
        name: &'static str,
        /// What it must hold.
        wanted: &'static str,
    },
    /// The role is set to nothing.
    NoRole,
    /// The region has characters that no region has.
    BadRegion {
        /// The region.
        value: String,
    },
    /// The endpoint is no URL.
    BadEndpoint {
        /// The endpoint.
        value: String,
    },
    /// `max_capacity` together with workers.
    TwoCapacities,
    /// The session type is not one the kernel knows.
    BadSessionType {
        /// The type, as Python prints it.
        value: String,
    },
    /// A setting that must be a number is not.
    NotANumber {
        /// The setting.
        setting: Setting,
        /// The value, as Python prints it.
        value: String,
        /// Whether fractions are fine.
        fraction: bool,
    },
    /// A setting that must be text is of another type.
    NotText {
        /// The setting.
        setting: Setting,
        /// The type it has, as Python calls it.
        found: &'static str,
    },
    /// A number below the smallest that the API takes.
    TooSmall {
        /// The setting.
        setting: Setting,
        /// The value.
        value: String,
        /// The smallest value.
        min: i64,
    },
    /// A role shorter than the API takes: a name in place of an ARN.
    RoleTooShort {
        /// The role.
        value: String,
    },
    /// A tag's key or value is not text, or its key is empty.
    BadTag {
        /// The key, as Python prints it.
        key: String,
    },
    /// The session id is not text.
    BadSessionId,
}
