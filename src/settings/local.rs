//! What is told of the local Glue: `[local]`.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use super::forms::{Form, address, is_column};
use super::table::{Keys, Kind, Member, Record};

/// What the settings say of the local Glue, by the names of the settings without `local.`. Connections may have passwords:
/// where it is printed only the names are.
#[derive(Clone, Default, PartialEq)]
pub struct LocalSettings(Map<String, Json>);

impl fmt::Debug for LocalSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.keys()).finish()
    }
}

impl Deref for LocalSettings {
    type Target = Map<String, Json>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for LocalSettings {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// The number of an account.
pub(super) const ACCOUNT: Form = Form {
    wanted: "the number of an account, 12 digits in quotes",
    pattern: "^[0-9]{12}$",
    example: "111122223333",
    fits: |text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()),
};

/// An amount of memory, as Java takes it.
pub(super) const MEMORY: Form = Form {
    wanted: "an amount of memory, such as \"2g\" or \"512m\"",
    pattern: "^[1-9][0-9]{0,6}[mMgG]$",
    example: "2g",
    fits: |text| {
        let digits = text.strip_suffix(['m', 'M', 'g', 'G']).unwrap_or_default();
        (1..=7).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
    },
};

/// A path.
pub(super) const PATH: Form =
    Form { wanted: "a path", pattern: "\\S", example: "data/raw", fits: |text| !text.trim().is_empty() };

/// An action of IAM.
pub(super) const ACTION: Form = Form {
    wanted: "an action such as \"glue:CreateSession\"",
    pattern: "^(\\*|[a-z0-9*-]+:[A-Za-z*?]+)$",
    example: "glue:CreateSession",
    fits: |text| {
        let word = |part: &str, more: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        text == "*" || text.split_once(':').is_some_and(|(service, action)| word(service, "*-") && word(action, "*?"))
    },
};

const ADDRESS: Form = Form {
    wanted: "an address in S3, such as \"s3://bucket/folder/\"",
    pattern: "^s3[an]?://[A-Za-z0-9._-]{1,255}(/.*)?$",
    example: "s3://lake/orders/",
    fits: |text| address(text).is_some(),
};

const COLUMN: Form = Form {
    wanted: "a name and a type as Hive writes it, such as \"id bigint\"",
    pattern: "^\\s*\\S+\\s+\\S",
    example: "id bigint",
    fits: is_column,
};

const CONNECTION_TYPE: Form = Form {
    wanted: "a type of connections, such as \"NETWORK\" or \"JDBC\"",
    pattern: "^[A-Z0-9_]+$",
    example: "NETWORK",
    fits: |text| connection_types().iter().any(|known| known == text),
};

/// The types that connections may have.
fn connection_types() -> &'static [String] {
    let filter = crate::facts::sessions_api().operation("GetConnections").and_then(|it| it.input.get("Filter"));
    filter.and_then(|filter| filter.members.get("ConnectionType")).map_or(&[], |kind| &kind.values)
}

const FORMATS: Kind = Kind::Choice(&[
    ("csv", "comma-separated values, with a header unless the options say otherwise"),
    ("json", "one JSON object on a line"),
    ("parquet", "Apache Parquet"),
]);

/// The endings of files that tell their format.
const ENDINGS: [(&str, &str); 5] =
    [("csv", "csv"), ("json", "json"), ("jsonl", "json"), ("ndjson", "json"), ("parquet", "parquet")];

/// A database.
pub(super) const DATABASE: Kind = Kind::Record(&Record {
    what: "a database",
    members: &[
        Member { name: "description", kind: Kind::Text, required: false, doc: "What it is for." },
        Member {
            name: "tables",
            kind: Kind::Table { keys: Keys::Any("tables"), values: &TABLE },
            required: false,
            doc: "Its tables, by name.",
        },
    ],
    check: |_| None,
});

const TABLE: Kind = Kind::Record(&Record {
    what: "a table over files",
    members: &[
        Member {
            name: "path",
            kind: Kind::Form(&PATH),
            required: true,
            doc: "The file or folder, from the folder of the project file.",
        },
        Member {
            name: "format",
            kind: FORMATS,
            required: false,
            doc: "How the files are written. Without it the ending of the path tells: `.csv`, `.json`, `.jsonl`, `.ndjson`, `.parquet`.",
        },
        Member {
            name: "options",
            kind: Kind::Table { keys: Keys::Any("options"), values: &Kind::Text },
            required: false,
            doc: "What Spark's reader is told, such as `{ sep = \";\" }`.",
        },
        Member {
            name: "columns",
            kind: Kind::List(&Kind::Form(&COLUMN)),
            required: false,
            doc: "The columns, each as `\"name type\"`, in order. Without them Spark finds out.",
        },
        Member {
            name: "partitions",
            kind: Kind::List(&Kind::Form(&COLUMN)),
            required: false,
            doc: "The columns that folders are named after (`day=2024-02-29`); they are not among `columns`.",
        },
        Member {
            name: "location",
            kind: Kind::Form(&ADDRESS),
            required: false,
            doc: "The address in S3 that the catalogue tells in place of the path.",
        },
        Member { name: "description", kind: Kind::Text, required: false, doc: "What it is for." },
    ],
    check: |members| {
        let path = members.get("path")?.as_str()?;
        let told = members.contains_key("format") || format_of(path).is_some();
        let message = "`path` ends in none of .csv, .json, .jsonl, .ndjson and .parquet, so there must be a `format`";
        (!told).then(|| ("path", message.to_owned()))
    },
});

/// A connection.
pub(super) const CONNECTION: Kind = Kind::Record(&Record {
    what: "a connection",
    members: &[
        Member {
            name: "type",
            kind: Kind::Form(&CONNECTION_TYPE),
            required: false,
            doc: "`NETWORK` where nothing is set, `JDBC`, …",
        },
        Member { name: "vpc", kind: Kind::Text, required: false, doc: "The VPC that it leads into." },
        Member {
            name: "subnet",
            kind: Kind::Text,
            required: false,
            doc: "The subnet. Where there is a VPC and no subnet, one is made up.",
        },
        Member { name: "zone", kind: Kind::Text, required: false, doc: "The availability zone." },
        Member { name: "securityGroups", kind: Kind::List(&Kind::Text), required: false, doc: "The security groups." },
        Member {
            name: "account",
            kind: Kind::Form(&ACCOUNT),
            required: false,
            doc: "The account that has it; `local.account` where nothing is set.",
        },
        Member {
            name: "properties",
            kind: Kind::Table { keys: Keys::Any("properties"), values: &Kind::Text },
            required: false,
            doc: "`ConnectionProperties` as the service has them, such as `JDBC_CONNECTION_URL`.",
        },
    ],
    check: |_| None,
});

/// A role.
pub(super) const ROLE: Kind = Kind::Record(&Record {
    what: "a role",
    members: &[
        Member {
            name: "account",
            kind: Kind::Form(&ACCOUNT),
            required: false,
            doc: "The account that has it; `local.account` where nothing is set.",
        },
        Member {
            name: "assumable",
            kind: Kind::Flag,
            required: false,
            doc: "Whether you may assume it with `%%assume_role`; `true` where nothing is set.",
        },
        Member {
            name: "services",
            kind: Kind::List(&Kind::Text),
            required: false,
            doc: "The services that it trusts; `[\"glue.amazonaws.com\"]` where nothing is set.",
        },
        Member {
            name: "requiredVpcs",
            kind: Kind::List(&Kind::Text),
            required: false,
            doc: "As `local.policy.requiredVpcs`, for whoever has assumed it.",
        },
        Member {
            name: "deniedActions",
            kind: Kind::List(&Kind::Form(&ACTION)),
            required: false,
            doc: "As `local.policy.deniedActions`, for whoever has assumed it.",
        },
        Member {
            name: "requiredTags",
            kind: Kind::List(&Kind::Text),
            required: false,
            doc: "As `local.policy.requiredTags`, for whoever has assumed it.",
        },
    ],
    check: |_| None,
});

/// Returns the format that the ending of a path tells.
fn format_of(path: &str) -> Option<&'static str> {
    let ending = Path::new(path.trim()).extension()?.to_str()?.to_ascii_lowercase();
    ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, format)| *format)
}

/// Takes over one of the settings of `[local]`, whose name is `name` without its section, into what is known. Paths
/// become absolute, and what can be told is filled in.
pub(super) fn take(known: &mut LocalSettings, name: &str, value: &Json, folder: Option<&Path>) {
    let mut value = value.clone();
    let whole = |path: &mut Json| {
        if let Some(text) = path.as_str() {
            *path = Json::String(absolute(text, folder).display().to_string());
        }
    };
    match name {
        "databases" => {
            let databases = value.as_object_mut().into_iter().flat_map(Map::values_mut);
            let tables = databases.filter_map(|database| database.get_mut("tables")?.as_object_mut());
            for table in tables.flat_map(Map::values_mut).filter_map(Json::as_object_mut) {
                if let Some(path) = table.get_mut("path") {
                    let format = path.as_str().and_then(format_of);
                    whole(path);
                    if let Some(format) = format {
                        table.entry("format").or_insert_with(|| Json::from(format));
                    }
                }
            }
        }
        "s3" => {
            let mounts = value.as_object_mut().map(std::mem::take).unwrap_or_default();
            // However it is written, the address has one form from here on.
            let same = |(address, mut path): (String, Json)| {
                let (bucket, prefix) = self::address(&address)?;
                whole(&mut path);
                Some((format!("s3://{bucket}/{prefix}"), path))
            };
            value = Json::Object(mounts.into_iter().filter_map(same).collect());
        }
        _ => {}
    }
    // A list of nothing is none.
    match value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty) {
        true => known.remove(name),
        false => known.insert(name.to_owned(), value),
    };
}

fn absolute(path: &str, folder: Option<&Path>) -> PathBuf {
    let path = super::home(Path::new(path.trim()));
    let path = folder.map_or_else(|| path.clone(), |folder| folder.join(&path));
    std::path::absolute(&path).unwrap_or(path)
}
