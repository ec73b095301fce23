//! What is known of things in the account: connections, roles, sessions and the like, with the age of the knowledge.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use crate::features::age::ago;
use crate::features::completion::account::List;
use crate::model::NotebookModel;
use crate::model::account::{Claim, Column, Connection, Database, Entry, Known, Role};
use crate::model::account::{SecurityConfiguration, SessionFact, Status, Subnet, Table};

use super::describe::{code, sentence, shortened, words};

/// The most tags and security groups that are shown.
const MOST: usize = 10;

/// The most columns of a table that are shown.
const MOST_COLUMNS: usize = 24;

/// Returns what is known of the thing that `name` stands for at a cell; `None` if nothing is.
pub(super) fn markdown(model: &NotebookModel, cell: usize, list: List, name: &str) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    let claim = list.claim(model, cell);
    let accounts = &model.accounts;
    match list {
        List::Connections => {
            let known = accounts.connections(&claim);
            let Some(found) = known.find(name) else { return missing(&known, "connection", name) };
            let subnets = if found.subnet.is_some() { accounts.subnets(&claim) } else { Known::default() };
            let subnet = found.subnet.as_deref().and_then(|id| subnets.find(id));
            Some(connection(found, subnet, known.age))
        }
        List::Roles | List::AssumedRoles => {
            let known = accounts.roles(&claim);
            let arn = name.starts_with("arn:");
            // Names are without their paths, and an ARN may be of another account's role of the same name.
            let found = known.find(name.rsplit('/').next().unwrap_or(name));
            if let Some(found) = found.filter(|found| !arn || found.arn == name) {
                return Some(role(found, known.age));
            }
            let account = |arn: &str| arn.split(':').nth(4).filter(|account| !account.is_empty()).map(str::to_owned);
            let asked = || {
                let caller = accounts.caller(&claim).items.first().map(|caller| caller.account.clone());
                caller.or_else(|| known.items.first().and_then(|role| account(&role.arn)))
            };
            let here = !arn || account(name).is_some_and(|account| asked() == Some(account));
            here.then(|| missing(&known, "role", name)).flatten()
        }
        List::SecurityConfigurations => {
            let known = accounts.security_configurations(&claim);
            match known.find(name) {
                Some(found) => Some(security_configuration(found, known.age)),
                None => missing(&known, "security configuration", name),
            }
        }
        List::Sessions => {
            let known = accounts.sessions(&claim);
            match known.find(name) {
                Some(found) => Some(session(found, known.age)),
                None => missing(&known, "session", name),
            }
        }
        List::Profiles => {
            if model.environment.lacks_profile(name) {
                return Some(format!("There is no profile {} in the AWS config files.", code(name)));
            }
            // Only the caller of that very profile.
            let named = claim.profile.as_ref().is_some_and(|profile| profile.name == name);
            let known = (named && claim.credentials.is_none()).then(|| accounts.caller(&claim))?;
            let caller = known.items.first()?;
            let mut out = format!("It calls AWS as {} in {}", code(&caller.arn), code(&caller.region));
            out.push_str(&as_of(known.age));
            Some(out)
        }
        List::Objects { .. } => None,
    }
}

/// Returns what is known of the database that an argument of the job's own seems to name. Of one that is not found
/// nothing is said: it may be somebody else's.
pub(super) fn database_markdown(model: &NotebookModel, cell: usize, key: &str, name: &str) -> Option<String> {
    let key = key.trim_start_matches('-').to_ascii_lowercase().replace('-', "_");
    if !["database", "database_name", "db", "db_name"].iter().any(|known| {
        let rest = key.strip_suffix(known);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    }) {
        return None;
    }
    let claim = Claim::at(model, cell);
    let known = model.accounts.databases(&claim);
    known.find(name).map(|found| database(found, known.age))
}

/// What is said of a name that is not in a list: that there is none where that is sure, else why it is not known.
fn missing<T: Entry>(known: &Known<T>, what: &str, name: &str) -> Option<String> {
    if known.is_reliable() {
        return Some(format!("There is **no {what}** {} in the account{}", code(name), as_of(known.age)));
    }
    match &known.status {
        Status::Failed(reason) => {
            Some(format!("Not looked up in the account. {}", trouble(&reason.message, &reason.remedy)))
        }
        _ => None,
    }
}

/// The end of a sentence: how old it is.
fn as_of(age: Option<Duration>) -> String {
    age.map_or_else(|| ".".to_owned(), |age| format!(", as of {}.", ago(age)))
}

/// The last line: how old all of it is.
fn close(out: &mut String, age: Option<Duration>) {
    if let Some(age) = age {
        let _ = write!(out, "\n\nAs of {}.", ago(age));
    }
}

fn describe(out: &mut String, description: Option<&str>) {
    let description = words(description.unwrap_or_default());
    if !description.is_empty() {
        let _ = write!(out, "\n\n{description}");
    }
}

/// All about a connection.
pub(in crate::features) fn connection(
    connection: &Connection,
    subnet: Option<&Subnet>,
    age: Option<Duration>,
) -> String {
    let mut out = format!("**{}** — a connection of type {}", code(&connection.name), code(&connection.kind));
    describe(&mut out, connection.description.as_deref());
    let mut facts = Vec::new();
    if let Some(id) = &connection.subnet {
        // On lines of their own: two ids are more than the panel beside a list has room for.
        facts.push(format!("Subnet {}", code(id)));
        facts.extend(subnet.map(|subnet| format!("VPC {}", code(&subnet.vpc))));
    }
    let zone = connection.zone.as_deref().or_else(|| subnet.and_then(|subnet| subnet.zone.as_deref()));
    facts.extend(zone.map(|zone| format!("Availability zone {}", code(zone))));
    if !connection.security_groups.is_empty() {
        let groups: Vec<String> = connection.security_groups.iter().take(MOST).map(|group| code(group)).collect();
        let more = if connection.security_groups.len() > MOST { ", …" } else { "" };
        facts.push(format!("Security groups {}{more}", groups.join(", ")));
    }
    bullets(&mut out, &facts);
    close(&mut out, age);
    out
}

fn bullets(out: &mut String, facts: &[String]) {
    for (index, fact) in facts.iter().enumerate() {
        let _ = write!(out, "{}- {fact}", if index == 0 { "\n\n" } else { "\n" });
    }
}

/// All about a role.
pub(in crate::features) fn role(role: &Role, age: Option<Duration>) -> String {
    let mut out = format!("**{}** — {}", code(&role.name), code(&role.arn));
    describe(&mut out, role.description.as_deref());
    out.push_str("\n\n");
    out.push_str(match role.trusts_glue {
        Some(true) => "Glue can assume it.",
        Some(false) => "**Glue cannot assume it:** its trust policy does not allow `glue.amazonaws.com`.",
        None => "Whether Glue can assume it is not known.",
    });
    close(&mut out, age);
    out
}

/// All about a security configuration.
pub(in crate::features) fn security_configuration(known: &SecurityConfiguration, age: Option<Duration>) -> String {
    let mut out = format!("**{}** — a security configuration", code(&known.name));
    describe(&mut out, Some(&known.summary));
    close(&mut out, age);
    out
}

/// All about a session.
pub(in crate::features) fn session(session: &SessionFact, age: Option<Duration>) -> String {
    let mut out = format!("**{}** — a session, {}", code(&session.id), code(&session.status));
    let mut facts = Vec::new();
    let created = session.created.and_then(|created| SystemTime::now().duration_since(created).ok());
    facts.extend(created.map(|age| format!("Created {}", ago(age))));
    facts.extend(session.size.as_deref().map(|size| format!("Size {}", words(size))));
    facts.extend(session.glue_version.as_deref().map(|version| format!("Glue {}", words(version))));
    let tags: Vec<String> =
        session.tags.iter().take(MOST).map(|(key, value)| format!("{} = {}", code(key), code(value))).collect();
    if !tags.is_empty() {
        let more = if session.tags.len() > MOST { ", …" } else { "" };
        facts.push(format!("Tags {}{more}", tags.join(", ")));
    }
    bullets(&mut out, &facts);
    close(&mut out, age);
    out
}

/// All about a database of the Data Catalog.
pub(in crate::features) fn database(database: &Database, age: Option<Duration>) -> String {
    let mut out = format!("**{}** — a database of the Data Catalog", code(&database.name));
    describe(&mut out, database.description.as_deref());
    if let Some(location) = &database.location {
        let _ = write!(out, "\n\nIts tables lie in {}.", code(location));
    }
    close(&mut out, age);
    out
}

/// All about a table of the Data Catalog.
pub(in crate::features) fn table(database: &str, table: &Table, age: Option<Duration>) -> String {
    let mut out = format!("**{}** — a table of the Data Catalog", code(&format!("{database}.{}", table.name)));
    describe(&mut out, table.description.as_deref());
    let mut facts = Vec::new();
    facts.extend(table.kind.as_deref().map(|kind| format!("Type {}", code(kind))));
    facts.extend(table.format.as_deref().map(|format| format!("Format {}", code(format))));
    facts.extend(table.location.as_deref().map(|location| format!("Location {}", code(location))));
    bullets(&mut out, &facts);
    if !table.columns.is_empty() {
        out.push_str("\n\nColumns:");
        let mut columns: Vec<String> = table.columns.iter().take(MOST_COLUMNS).map(column_line).collect();
        let more = table.columns.len().saturating_sub(MOST_COLUMNS);
        columns.extend((more > 0).then(|| format!("… and {more} more")));
        bullets(&mut out, &columns);
    }
    close(&mut out, age);
    out
}

fn column_line(column: &Column) -> String {
    // A struct's type can be as long as its author likes.
    let kind = words(&shortened(&column.kind, 60));
    format!("{} {kind}{}", code(&column.name), if column.partition { ", partition" } else { "" })
}

/// All about a column.
pub(in crate::features) fn column(column: &Column) -> String {
    let mut out = format!("**{}** — {}", code(&column.name), code(&column.kind));
    if column.partition {
        out.push_str(", partitions the table");
    }
    describe(&mut out, column.comment.as_deref());
    out
}

/// Why something cannot be fetched, and what to do.
pub(in crate::features) fn trouble(message: &str, remedy: &str) -> String {
    format!("{}\n\n{}", sentence(message), sentence(remedy))
}
